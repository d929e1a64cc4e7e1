/* Tries of PINs. */
#include "store/pin_guard.h"

#include "store/statements.h"

#include <string.h>

struct pin_digest pin_digest_of(const struct store *s, const char *sim, const char *pin) {
    struct pin_digest digest;
    struct str both;
    str_init(&both, 256);
    str_addf(&both, "%.64s:%.16s", sim, pin);
    keyed_hash(store_keys(s), "pin", bytes_of(both.data, both.len), digest.octets);
    explicit_bzero(both.data, both.len);
    str_release(&both);
    return digest;
}

static void bind_digest(sqlite3_stmt *q, const struct pin_digest *digest) {
    bind_bytes(q, 1, bytes_of(digest->octets, sizeof digest->octets));
}

enum err pin_guard_begin(struct store *s, const struct pin_digest *digest, const char *link, int64_t now) {
    sqlite3_stmt *q = statement(s, S_PIN_GUARD_BEGIN);
    bind_digest(q, digest);
    bind_text(q, 2, link);
    bind_int(q, 3, now);
    enum err e = statement_run_one(s, q);
    return e == ERR_NOT_FOUND ? ERR_DUPLICATE : e;
}

enum err pin_guard_passed(struct store *s, const struct pin_digest *digest) {
    sqlite3_stmt *q = statement(s, S_PIN_GUARD_PASSED);
    bind_digest(q, digest);
    return statement_run(s, q);
}

enum err pin_guard_forgive(struct store *s, const char *link) {
    sqlite3_stmt *q = statement(s, S_PIN_GUARD_FORGIVE);
    bind_text(q, 1, link);
    return statement_run_one(s, q);
}
