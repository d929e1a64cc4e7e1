/* Migrating. A step and its new user_version are one transaction: after a power failure in the middle the database is at the step before, whole. */
#include "store/migrate.h"

#include "firmware-host/base/log.h"

#include <stdio.h>
#include <stdlib.h>

static enum err one_step(struct store *s, const struct embedded *migration, int version) {
    char mark[64];
    snprintf(mark, sizeof mark, "PRAGMA user_version = %d", version);
    int code = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(s->db, migration->text, NULL, NULL, NULL);
    enum err e = code == SQLITE_OK ? ERR_OK : store_error_at_open(s->db, code, migration->name);
    if (e == ERR_OK && version == 1)
        e = meta_seed(s);
    if (e == ERR_OK) {
        code = sqlite3_exec(s->db, mark, NULL, NULL, NULL);
        if (code == SQLITE_OK)
            code = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
        if (code != SQLITE_OK)
            e = store_error_at_open(s->db, code, migration->name);
    }
    if (!sqlite3_get_autocommit(s->db))
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return e;
}

enum err migrate(struct store *s, const struct embedded *migrations, int version, struct str *problem) {
    for (int i = version; migrations[i].name; i++) {
        if (strtol(migrations[i].name, NULL, 10) != i + 1)
            abort(); /* a gap or a double number among the files of store/migrations/ */
        enum err e = one_step(s, &migrations[i], i + 1);
        if (e != ERR_OK) {
            str_addf(problem, "migration %s failed and was undone: %s; the database is at schema %d", migrations[i].name, err_text(e), i);
            return e;
        }
        log_event(LOG_LEVEL_NOTICE, "store.migrated", log_text("step", migrations[i].name));
    }
    return ERR_OK;
}
