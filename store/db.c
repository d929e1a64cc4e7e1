/* Opening, closing and transactions of the database.
 *
 * Promises:
 * 1. One writer: a lock file beside the database is held (flock) for as long as the store is open.
 * 2. What store_commit called ERR_OK is on disk: write-ahead log with synchronous=FULL, in a folder whose entry is on disk too.
 * 3. Nothing is changed in a database that isn't ours, is newer than this program, or was made with other keys.
 * 4. Before the first migration step of a database that holds something, a copy of it is on disk.
 * 5. The files are readable by their owner alone.
 * 6. A database that isn't the one that ran here last is found out (store_origin), and what shows it stays until it was adopted.
 *
 * When things go wrong: a failed commit is rolled back before the call returns, and the store can be used again. (Whether the last frames of the
 * log reached the disk when their fsync failed nobody can know; if the machine then dies, the transaction may be there at the next start, whole.
 * What came in it is then recognised by its digest.) */
#include "store/db.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "store/backup.h"
#include "store/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CACHE_KIB = 64 * 1024,
    BUSY_WAIT_MS = 200, /* for an operator's sqlite3 shell; nobody else writes */
    CHECKPOINT_PAGES = 16384, /* 64 MiB of log: the pages of indexes in no order are written back once for many changes. Measured with a
                                 million messages: 4,096 gives 20 % less and puts the wait for the write-back within the p99 of a group */
};
#define APPLICATION_ID 1346456398 /* "PAKN", as in migrations/0001_first.sql */

static enum err path_problem(struct str *problem, const char *path, const char *what, int error) {
    str_addf(problem, "%s: %s: %s", path, what, strerror(error));
    return error == ENOSPC || error == EDQUOT ? ERR_FULL : error == ENOENT || error == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
}

enum err database_lock(const char *path, struct str *problem, int *ret_fd) {
    size_t size = strlen(path) + sizeof ".lock";
    char *name = mem_array(size, 1);
    snprintf(name, size, "%s.lock", path);
    enum err e = ERR_OK;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        e = path_problem(problem, name, "can't be opened or created (does the folder exist, may this user write there?)", errno);
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        char pid[24] = "";
        ssize_t len = read(fd, pid, sizeof pid - 1);
        pid[len > 0 ? strcspn(pid, "\n") : 0] = '\0';
        str_addf(problem, "%s: held by another phanhoid%s%s; stop it first, or give this one a database of its own", name, *pid ? ", process " : "",
                 pid);
        close(fd);
        e = ERR_BUSY;
    } else {
        if (ftruncate(fd, 0) == 0)
            dprintf(fd, "%ld\n", (long)getpid()); /* for people; the lock itself is what counts */
        *ret_fd = fd;
    }
    free(name);
    return e;
}

/* The file must exist with our mode before SQLite opens it: the log and the shared memory take their mode from it. */
static enum err make_file(const char *path, struct str *problem) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return path_problem(problem, path, "can't be opened or created", errno);
    struct stat st;
    enum err e = ERR_OK;
    if (fstat(fd, &st) != 0) {
        e = path_problem(problem, path, "can't be looked at", errno);
    } else if (!S_ISREG(st.st_mode)) {
        str_addf(problem, "%s: not a file", path);
        e = ERR_INVALID;
    } else if ((st.st_mode & 077) != 0) {
        log_event(LOG_LEVEL_WARNING, "store.mode_narrowed", log_text("path", path), log_int("mode", st.st_mode & 07777));
        if (fchmod(fd, 0600) != 0)
            e = path_problem(problem, path, "is open to others, and its mode can't be changed", errno);
    }
    if (e == ERR_OK && st.st_size == 0 && fsync(fd) != 0)
        e = path_problem(problem, path, "can't be written", errno);
    close(fd);
    return e == ERR_OK && st.st_size == 0 ? folder_sync(path, problem) : e;
}

static enum err sqlite_problem(sqlite3 *db, int code, const char *path, const char *doing, struct str *problem) {
    str_addf(problem, "%s: %s: %.200s", path, doing, sqlite3_errmsg(db));
    if ((code & 0xFF) == SQLITE_NOTADB)
        return ERR_INVALID;
    return store_error(db, code, doing);
}

/* The log hook: writes the log back when it's long. That happens after the commit that it follows, which stands whatever becomes of this. */
static int log_grew(void *context, sqlite3 *db, const char *name, int pages) {
    (void)context;
    if (pages < CHECKPOINT_PAGES)
        return SQLITE_OK;
    int code = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (code != SQLITE_OK && code != SQLITE_BUSY)
        log_event(LOG_LEVEL_WARNING, "store.checkpoint_failed", log_int("sqlite", code), log_int("pages", pages));
    return SQLITE_OK;
}

/* SQLite's own count of its memory costs a lock for every allocation, and nobody reads it. Once, before the first database is opened. */
static void configure_library(void) {
    static bool done;
    if (!done && sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
        log_event(LOG_LEVEL_DEBUG, "store.memstatus", log_text("reason", "SQLite was started before"));
    done = true;
}

static enum err connect(struct store *s, const struct store_options *o, struct str *problem) {
    configure_library();
    int code = sqlite3_open_v2(o->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, o->vfs);
    if (!s->db)
        abort(); /* no memory */
    char cache[64];
    snprintf(cache, sizeof cache, "PRAGMA cache_size = -%d", o->cache_kib > 0 ? o->cache_kib : CACHE_KIB);
    const char *const pragmas[] = {
        "PRAGMA journal_mode = WAL", /* first: reads the file, so tells whether it's a database at all */
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA temp_store = MEMORY", /* nothing in files that we don't know of */
        "PRAGMA journal_size_limit = 268435456", /* after one enormous transaction the log is cut back to this */
        "PRAGMA secure_delete = ON", /* what is replaced or removed is overwritten; it costs nothing where rows only grow */
        "PRAGMA trusted_schema = OFF",
        "PRAGMA cell_size_check = ON", /* a damaged page is told, not followed */
        cache,
    };
    if (code == SQLITE_OK)
        code = sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(s->db, BUSY_WAIT_MS);
    for (size_t i = 0; code == SQLITE_OK && i < sizeof pragmas / sizeof *pragmas; i++)
        code = sqlite3_exec(s->db, pragmas[i], NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return sqlite_problem(s->db, code, o->path, "can't be opened as a database", problem);
    sqlite3_wal_hook(s->db, log_grew, NULL);
    return ERR_OK;
}

static enum err pragma_int(struct store *s, const char *sql, int64_t *ret_value) {
    sqlite3_stmt *q;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
    if (code == SQLITE_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
        *ret_value = sqlite3_column_int64(q, 0);
        code = SQLITE_OK;
    }
    sqlite3_finalize(q);
    return code == SQLITE_OK ? ERR_OK : store_error_at_open(s->db, code, sql);
}

/* Looks only. ret_version 0: a new, empty database. */
enum err database_check(struct store *s, const char *path, int newest, struct str *problem, int *ret_version) {
    int64_t version = 0, application = 0, tables = 0;
    enum err e = pragma_int(s, "PRAGMA user_version", &version);
    if (e == ERR_OK)
        e = pragma_int(s, "PRAGMA application_id", &application);
    if (e == ERR_OK)
        e = pragma_int(s, "SELECT count(*) FROM sqlite_schema", &tables);
    if (e != ERR_OK) {
        str_addf(problem, "%s: can't be read: %.200s", path, sqlite3_errmsg(s->db));
        return e;
    }
    if (tables == 0 && version == 0) {
        *ret_version = 0;
        return ERR_OK;
    }
    if (application != APPLICATION_ID || version < 1) {
        str_addf(problem, "%s: a database of another program; give store.path a file of its own", path);
        return ERR_INVALID;
    }
    if (version > newest) {
        str_addf(problem,
                 "%s: written by a newer version of phanhoi (schema %lld, this program knows %d); install that version, or go back to the copy "
                 "that it made before changing the database (%s.v%d-….backup)",
                 path, (long long)version, newest, path, newest);
        return ERR_NEWER;
    }
    e = meta_check_keys(s);
    if (e == ERR_SEALED)
        str_addf(problem,
                 "%s: was made with other keys than those in the key file; put the right key file in place, with all its keys (nothing was changed)",
                 path);
    else if (e != ERR_OK)
        str_addf(problem, "%s: can't be read: %.200s", path, sqlite3_errmsg(s->db));
    *ret_version = (int)version;
    return e;
}

int migrations_newest(const struct embedded *migrations) {
    int n = 0;
    while (migrations[n].name)
        n++;
    return n;
}

static enum err bring_up_to_date(struct store *s, const struct store_options *o, const struct embedded *migrations, struct str *problem) {
    int version = 0, newest = migrations_newest(migrations);
    enum err e = database_check(s, o->path, newest, problem, &version);
    if (e == ERR_OK && version > 0 && version < newest)
        e = backup_before_migration(s->db, o, version, problem);
    if (e == ERR_OK)
        e = migrate(s, migrations, version, problem);
    return e;
}

/* Reads the mark of the last run and takes it off until store_close. From the first run on, the file of progress.h is kept. */
static enum err mark_running(struct store *s) {
    int64_t clean = 0, kept = 0;
    enum err e = meta_get_int(s, "clean", &clean);
    if (e == ERR_OK)
        e = meta_get_int(s, META_PROGRESS_KEPT, &kept);
    s->was_clean = clean == 1;
    if (e != ERR_OK || (!s->was_clean && kept))
        return e;
    e = store_begin(s);
    if (e == ERR_OK)
        e = meta_put_int(s, "clean", 0);
    if (e == ERR_OK)
        e = meta_put_int(s, META_PROGRESS_KEPT, 1);
    if (e == ERR_OK)
        return store_commit(s);
    store_rollback(s);
    return e;
}

/* ---- whether it's the one that ran here ---- */

static enum store_origin origin_by_file(struct store *s, const struct progress *now, enum err found, const struct progress *kept) {
    if (found != ERR_OK || kept->of[PROGRESS_EPOCH] != now->of[PROGRESS_EPOCH])
        return STORE_ELSEWHERE;
    if (!progress_behind(now, kept))
        return STORE_ITSELF;
    s->codes_seen = kept->of[PROGRESS_CODES];
    return STORE_BEHIND;
}

/* An empty database, and one that an older program wrote, begin the file. */
static enum err find_origin(struct store *s, const char *path, struct str *problem) {
    struct progress now, kept;
    int64_t copied_at = 0, is_kept = 0;
    enum err e = progress_read(s, &now);
    if (e == ERR_OK)
        e = meta_get_int(s, META_COPIED_AT, &copied_at);
    if (e == ERR_OK)
        e = meta_get_int(s, META_PROGRESS_KEPT, &is_kept);
    if (e != ERR_OK)
        return e;
    enum err found = progress_open(&s->progress, path, problem, &kept);
    if (found != ERR_OK && found != ERR_NOT_FOUND)
        return found;
    s->origin = copied_at != 0 ? STORE_COPY : is_kept ? origin_by_file(s, &now, found, &kept) : STORE_ITSELF;
    if (s->origin != STORE_ITSELF) {
        log_event(LOG_LEVEL_WARNING, "store.not_itself", log_text("path", path), log_text("it_is", store_origin_words(s->origin)));
        return ERR_OK;
    }
    progress_write(&s->progress, &now);
    if (found == ERR_OK)
        return ERR_OK;
    progress_sync(&s->progress);
    return folder_sync(path, problem);
}

enum store_origin store_origin(const struct store *s) {
    return s->origin;
}

const char *store_origin_words(enum store_origin origin) {
    static const char *const words[] = {
        [STORE_ITSELF] = "the one that ran here",
        [STORE_COPY] = "a copy that was restored",
        [STORE_BEHIND] = "an older state of the one that ran here",
        [STORE_ELSEWHERE] = "from elsewhere: the file .progress beside it is missing or another's",
    };
    return words[origin];
}

static void release(struct store *s) {
    directory_forget(s);
    progress_close(&s->progress);
    statements_finalize(s);
    if (sqlite3_close(s->db) != SQLITE_OK)
        abort(); /* a statement was left open */
    if (s->lock_fd >= 0)
        close(s->lock_fd); /* gives the lock back; the file stays, for unlinking it would let two hold "it" */
    free(s);
}

enum err store_open_with(const struct store_options *options, const struct embedded *migrations, struct str *problem, struct store **ret_store) {
    struct store *s = mem_alloc(sizeof *s);
    s->keys = options->keys;
    s->lock_fd = s->progress.fd = -1;
    enum err e = database_lock(options->path, problem, &s->lock_fd);
    if (e == ERR_OK)
        e = make_file(options->path, problem);
    if (e == ERR_OK)
        e = connect(s, options, problem);
    if (e == ERR_OK)
        e = bring_up_to_date(s, options, migrations, problem);
    if (e == ERR_OK) {
        e = statements_prepare(s);
        if (e == ERR_OK)
            e = counts_start(s);
        if (e == ERR_OK)
            e = find_origin(s, options->path, problem);
        if (e == ERR_OK)
            e = mark_running(s);
        if (e != ERR_OK && problem->len == 0)
            str_addf(problem, "%s: can't be read or written: %.200s", options->path, sqlite3_errmsg(s->db));
    }
    if (e != ERR_OK) {
        release(s);
        return e;
    }
    *ret_store = s;
    return ERR_OK;
}

enum err store_open(const struct store_options *options, struct str *problem, struct store **ret_store) {
    return store_open_with(options, store_migrations, problem, ret_store);
}

void store_close(struct store *s) {
    if (!s)
        return;
    store_rollback(s);
    enum err e = store_begin(s);
    if (e == ERR_OK)
        e = meta_put_int(s, "clean", 1);
    if (e == ERR_OK)
        e = store_commit(s);
    else
        store_rollback(s);
    if (e != ERR_OK)
        log_event(LOG_LEVEL_WARNING, "store.close_unmarked", log_err(e));
    (void)sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL); /* the log holds everything if this fails */
    release(s);
}

enum err store_open_reader(const char *path, const struct keyring *keys, struct str *problem, struct store **ret_store) {
    struct store *s = mem_alloc(sizeof *s);
    s->keys = keys;
    s->lock_fd = s->progress.fd = -1;
    int code = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (!s->db)
        abort(); /* no memory */
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(s->db, BUSY_WAIT_MS);
    enum err e = code == SQLITE_OK ? statements_prepare(s) : store_error(s->db, code, "open to read");
    if (e != ERR_OK) {
        str_addf(problem, "%s: can't be read: %.200s", path, sqlite3_errmsg(s->db));
        release(s);
        return e;
    }
    *ret_store = s;
    return ERR_OK;
}

void store_close_reader(struct store *s) {
    if (s)
        release(s);
}

bool store_was_clean(const struct store *s) {
    return s->was_clean;
}

bool store_in_transaction(const struct store *s) {
    return s->in_transaction;
}

static void must(const struct store *s, bool condition, const char *what) {
    if (condition)
        return;
    log_event(LOG_LEVEL_ERROR, "store.misused", log_text("what", what), log_int("in_transaction", s->in_transaction),
              log_int("in_savepoint", s->in_savepoint));
    abort();
}

enum err store_begin(struct store *s) {
    must(s, !s->in_transaction, "begin inside a transaction");
    enum err e = statement_run(s, statement(s, S_BEGIN));
    s->in_transaction = e == ERR_OK;
    s->lost = ERR_OK;
    counts_mark_begin(s);
    return e;
}

static void ended(struct store *s) {
    s->in_transaction = s->in_savepoint = s->adopting = false;
    s->lost = ERR_OK;
}

static void forget_heads(struct store *s) {
    for (int i = 0; i < AUDIT_CHAINS; i++)
        s->audit[i].known = false;
}

void store_rollback(struct store *s) {
    forget_heads(s);
    if (!s->in_transaction)
        return;
    if (!sqlite3_get_autocommit(s->db) && statement_run(s, statement(s, S_ROLLBACK)) != ERR_OK)
        must(s, sqlite3_get_autocommit(s->db), "rollback failed");
    counts_back_to_begin(s);
    ended(s);
}

/* After a commit that erased: what the log still holds of it goes too. Waits for nobody: with a reader in the way it's tried again at the next
 * commit. */
static void empty_log(struct store *s) {
    (void)sqlite3_busy_timeout(s->db, 0);
    s->log_to_empty = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK;
    (void)sqlite3_busy_timeout(s->db, BUSY_WAIT_MS);
}

enum err store_commit(struct store *s) {
    must(s, s->in_transaction && !s->in_savepoint, "commit outside a transaction or inside a savepoint");
    crash_point("store.commit");
    enum err e = s->lost;
    if (e == ERR_OK && sqlite3_get_autocommit(s->db))
        e = ERR_IO;
    struct progress now;
    bool keep = e == ERR_OK && (s->origin == STORE_ITSELF || s->adopting) && progress_read(s, &now) == ERR_OK;
    if (e == ERR_OK)
        e = s->lost; /* a read may find the disk failing */
    if (e == ERR_OK)
        e = statement_run(s, statement(s, S_COMMIT));
    if (e == ERR_OK && s->adopting)
        s->origin = STORE_ITSELF;
    if (e == ERR_OK && keep)
        progress_write(&s->progress, &now);
    if (e == ERR_OK)
        ended(s);
    else
        store_rollback(s);
    crash_point("store.committed");
    if (e == ERR_OK && s->log_to_empty)
        empty_log(s);
    return e;
}

enum err store_savepoint(struct store *s) {
    must(s, s->in_transaction && !s->in_savepoint, "savepoint outside a transaction or inside another");
    if (s->lost != ERR_OK)
        return s->lost;
    enum err e = statement_run(s, statement(s, S_SAVEPOINT));
    s->in_savepoint = e == ERR_OK;
    counts_mark_savepoint(s);
    return e;
}

enum err store_release(struct store *s) {
    must(s, s->in_savepoint, "release without a savepoint");
    s->in_savepoint = false;
    if (s->lost != ERR_OK)
        return s->lost;
    return statement_run(s, statement(s, S_RELEASE));
}

void store_rollback_to(struct store *s) {
    must(s, s->in_savepoint, "rollback without a savepoint");
    forget_heads(s);
    s->in_savepoint = false;
    if (s->lost != ERR_OK)
        return; /* all of the transaction is gone already */
    counts_back_to_savepoint(s);
    enum err e = statement_run(s, statement(s, S_ROLLBACK_TO));
    if (e == ERR_OK)
        e = statement_run(s, statement(s, S_RELEASE));
    if (e != ERR_OK)
        s->lost = e; /* what should be undone may still be there: the transaction can't be committed */
}
