/* Tries of PINs. */
#include "store/pin_guard.h"

#include "store/statements.h"

#include <string.h>

static void add_digest(const struct store *s, struct pin_try *try, const char *kind, const char *name, const char *pin) {
    struct str all;
    str_init(&all, 256);
    str_addf(&all, "%s%.64s:%.16s", kind, name, pin);
    keyed_hash(store_keys(s), "pin", bytes_of(all.data, all.len), try->of[try->count++]);
    explicit_bzero(all.data, all.len);
    str_release(&all);
}

struct pin_try pin_try_of(const struct store *s, const char *link, const char *sim, const char *pin) {
    struct pin_try try = {.count = 0};
    add_digest(s, &try, "modem:", link, pin);
    if (sim[0])
        add_digest(s, &try, "", sim, pin);
    return try;
}

static sqlite3_stmt *about(struct store *s, enum statement which, const struct pin_try *try, int i) {
    sqlite3_stmt *q = statement(s, which);
    bind_bytes(q, 1, bytes_of(try->of[i], sizeof try->of[i]));
    return q;
}

/* A row that stands is this modem's now. */
static enum err was_tried(struct store *s, const struct pin_try *try, const char *link, bool *ret_tried) {
    *ret_tried = false;
    for (int i = 0; i < try->count; i++) {
        sqlite3_stmt *q = about(s, S_PIN_GUARD_MOVE, try, i);
        bind_text(q, 2, link);
        enum err e = statement_run_one(s, q);
        if (e != ERR_OK && e != ERR_NOT_FOUND)
            return e;
        *ret_tried |= e == ERR_OK;
    }
    return ERR_OK;
}

enum err pin_guard_begin(struct store *s, const struct pin_try *try, const char *link, int64_t now) {
    bool tried;
    enum err e = was_tried(s, try, link, &tried);
    if (e == ERR_OK && tried)
        return ERR_DUPLICATE;
    for (int i = 0; e == ERR_OK && i < try->count; i++) {
        sqlite3_stmt *q = about(s, S_PIN_GUARD_BEGIN, try, i);
        bind_text(q, 2, link);
        bind_int(q, 3, now);
        e = statement_run(s, q);
    }
    return e;
}

enum err pin_guard_passed(struct store *s, const struct pin_try *try) {
    enum err e = ERR_OK;
    for (int i = 0; e == ERR_OK && i < try->count; i++)
        e = statement_run(s, about(s, S_PIN_GUARD_PASSED, try, i));
    return e;
}

enum err pin_guard_forgive(struct store *s, const char *link) {
    sqlite3_stmt *q = statement(s, S_PIN_GUARD_FORGIVE);
    bind_text(q, 1, link);
    return statement_run_one(s, q);
}
