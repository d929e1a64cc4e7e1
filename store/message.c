/* Arrivals, assemblies and messages. */
#include "store/message.h"

#include "firmware-host/base/clock.h"
#include "store/statements.h"

#include <stdlib.h>
#include <string.h>

static const char *const inbound_state_names[] = {
    [INBOUND_RAW] = "raw", [INBOUND_PART] = "part", [INBOUND_DONE] = "done", [INBOUND_IGNORED] = "ignored", [INBOUND_HELD] = "held",
};
_Static_assert(INBOUND_RAW == 0 && INBOUND_HELD == 4, "the index inbound_waiting names them by number");
_Static_assert(ASSEMBLY_OPEN == 0, "the index assembly_due names it by number");

const char *inbound_state_name(enum inbound_state state) {
    return (size_t)state < sizeof inbound_state_names / sizeof *inbound_state_names ? inbound_state_names[state] : "?";
}

void inbound_release(struct inbound *i) {
    free(i->link);
    free(i->body);
    free(i->reason);
    *i = (struct inbound){0};
}

enum { DIGEST_TIME_SIZE = 4, DIGEST_SIZE = 16 };
_Static_assert(DIGEST_SIZE - DIGEST_TIME_SIZE <= HASH_SIZE, "the hash fills the rest");

/* The seconds at which it was sent, big-endian, so that the index grows at its end; then the keyed hash of origin and PDU, with the origin's length
 * in front: no two pairs give the same octets. */
static void digest_of(struct store *s, const char *origin, struct bytes pdu, int64_t sent_at, uint8_t ret_digest[DIGEST_SIZE]) {
    struct str both;
    uint8_t hash[HASH_SIZE];
    uint32_t seconds = sent_at > 0 ? (uint32_t)(sent_at / CLOCK_SECOND) : 0;
    str_init(&both, strlen(origin) + pdu.len + 32);
    str_addf(&both, "%zu:", strlen(origin));
    str_add(&both, origin);
    str_add_n(&both, pdu.data, pdu.len);
    keyed_hash(store_keys(s), "inbound", bytes_of(both.data, both.len), hash);
    str_release(&both);
    for (int i = 0; i < DIGEST_TIME_SIZE; i++)
        ret_digest[i] = (uint8_t)(seconds >> (24 - 8 * i));
    memcpy(ret_digest + DIGEST_TIME_SIZE, hash, DIGEST_SIZE - DIGEST_TIME_SIZE);
}

static enum err inbound_by_digest(struct store *s, const uint8_t digest[DIGEST_SIZE], int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_INBOUND_BY_DIGEST);
    bind_bytes(q, 1, bytes_of(digest, DIGEST_SIZE));
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_id = column_int(q, 0);
    statement_done(q);
    return ERR_DUPLICATE;
}

enum err inbound_insert(struct store *s, const char *link, const char *origin, struct bytes pdu, int64_t sent_at, struct bytes body,
                        int64_t arrived_at, int64_t *ret_id) {
    uint8_t digest[DIGEST_SIZE];
    digest_of(s, origin, pdu, sent_at, digest);
    sqlite3_stmt *q = statement(s, S_INBOUND_INSERT);
    bind_bytes(q, 1, bytes_of(digest, sizeof digest));
    bind_text(q, 2, link);
    bind_int(q, 3, arrived_at);
    enum err e = bind_sealed(s, q, 4, "inbound", body.data ? body : bytes_text(""));
    if (e == ERR_OK)
        e = statement_insert(s, q, ret_id);
    return e == ERR_NOT_FOUND ? inbound_by_digest(s, digest, ret_id) : e;
}

/* From the current row, which ends. A damaged body doesn't hide the row: whoever goes through the arrivals must get past it. */
static void inbound_from_row(struct store *s, sqlite3_stmt *q, struct inbound *ret_inbound) {
    struct inbound found = {
        .id = column_int(q, 0),
        .arrived_at = column_int(q, 2),
        .state = (enum inbound_state)column_int(q, 3),
        .tries = (int)column_int(q, 4),
        .assembly_id = column_int(q, 6),
        .sequence = (int)column_int(q, 7),
        .message_id = column_int(q, 8),
    };
    (void)!column_unsealed(s, q, 9, "inbound", &found.body, &found.body_len); /* logged there */
    found.link = column_text(q, 1);
    found.reason = column_text(q, 5);
    statement_done(q);
    *ret_inbound = found;
}

static enum err inbound_row(struct store *s, sqlite3_stmt *q, struct inbound *ret_inbound) {
    enum err e = statement_row(s, q);
    if (e == ERR_OK)
        inbound_from_row(s, q, ret_inbound);
    return e;
}

enum err inbound_get(struct store *s, int64_t id, struct inbound *ret_inbound) {
    sqlite3_stmt *q = statement(s, S_INBOUND_GET);
    bind_int(q, 1, id);
    return inbound_row(s, q, ret_inbound);
}

static enum err inbound_next(struct store *s, enum inbound_state state, int64_t after, struct inbound *ret_inbound) {
    bool waiting = state == INBOUND_RAW || state == INBOUND_HELD; /* has an index */
    sqlite3_stmt *q = statement(s, waiting ? S_INBOUND_NEXT_WAITING : S_INBOUND_NEXT_IN_STATE);
    bind_int(q, 1, state);
    bind_int(q, 2, after);
    return inbound_row(s, q, ret_inbound);
}

enum err inbound_next_raw(struct store *s, struct inbound *ret_inbound) {
    return inbound_next(s, INBOUND_RAW, 0, ret_inbound);
}

enum err inbound_try(struct store *s, int64_t id) {
    sqlite3_stmt *q = statement(s, S_INBOUND_TRY);
    bind_int(q, 1, id);
    return statement_run_one(s, q);
}

enum err inbound_mark(struct store *s, int64_t id, enum inbound_state state, const char *reason, int64_t message_id) {
    sqlite3_stmt *q = statement(s, S_INBOUND_MARK);
    bind_int(q, 1, id);
    bind_int(q, 2, state);
    bind_text(q, 3, reason);
    bind_id(q, 4, message_id);
    return statement_run_one(s, q);
}

enum err inbound_mark_part(struct store *s, int64_t id, int64_t assembly_id, int sequence) {
    sqlite3_stmt *q = statement(s, S_INBOUND_MARK_PART);
    bind_int(q, 1, id);
    bind_int(q, 2, INBOUND_PART);
    bind_id(q, 3, assembly_id);
    bind_int(q, 4, sequence);
    return statement_run_one(s, q);
}

enum err inbound_list(struct store *s, enum inbound_state state, int limit, inbound_each *each, void *context) {
    int64_t after = 0;
    for (int n = 0; n < limit; n++) {
        struct inbound i;
        enum err e = inbound_next(s, state, after, &i);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        after = i.id;
        each(context, &i);
        inbound_release(&i);
    }
    return ERR_OK;
}

enum err assembly_parts(struct store *s, int64_t assembly_id, inbound_each *each, void *context) {
    int64_t sequence = -1, id = 0;
    for (;;) {
        struct inbound i;
        sqlite3_stmt *q = statement(s, S_INBOUND_NEXT_PART);
        bind_int(q, 1, assembly_id);
        bind_int(q, 2, sequence);
        bind_int(q, 3, id);
        enum err e = inbound_row(s, q, &i);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        sequence = i.sequence;
        id = i.id;
        each(context, &i);
        inbound_release(&i);
    }
}

enum err assembly_insert(struct store *s, const struct assembly *a, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_ASSEMBLY_INSERT);
    bind_text(q, 1, a->link);
    bind_int(q, 2, a->subscriber_id);
    bind_int(q, 3, a->reference);
    bind_int(q, 4, a->total);
    bind_int(q, 5, a->wide);
    bind_int(q, 6, a->first_at);
    bind_int(q, 7, a->due_at);
    bind_int(q, 8, a->state);
    bind_id(q, 9, a->message_id);
    return statement_insert(s, q, ret_id);
}

enum err assembly_update(struct store *s, const struct assembly *a) {
    sqlite3_stmt *q = statement(s, S_ASSEMBLY_UPDATE);
    bind_int(q, 1, a->id);
    bind_int(q, 2, a->state);
    bind_id(q, 3, a->message_id);
    bind_int(q, 4, a->due_at);
    bind_int(q, 5, a->tries);
    return statement_run_one(s, q);
}

static enum err assembly_row(struct store *s, sqlite3_stmt *q, struct assembly *ret_assembly) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct assembly found = {
        .id = column_int(q, 0),
        .subscriber_id = column_int(q, 2),
        .reference = (int)column_int(q, 3),
        .total = (int)column_int(q, 4),
        .wide = column_int(q, 5) != 0,
        .first_at = column_int(q, 6),
        .due_at = column_int(q, 7),
        .state = (enum assembly_state)column_int(q, 8),
        .message_id = column_int(q, 9),
        .tries = (int)column_int(q, 10),
    };
    e = column_copy(q, 1, found.link, sizeof found.link);
    statement_done(q);
    if (e == ERR_OK)
        *ret_assembly = found;
    return e;
}

enum err assembly_find(struct store *s, const char *link, int64_t subscriber_id, int reference, int total, bool wide, int64_t since,
                       struct assembly *assemblies, size_t max, size_t *ret_count) {
    int64_t before = INT64_MAX;
    size_t count = 0;
    while (count < max) {
        sqlite3_stmt *q = statement(s, S_ASSEMBLY_FIND);
        bind_int(q, 1, subscriber_id);
        bind_int(q, 2, reference);
        bind_text(q, 3, link);
        bind_int(q, 4, total);
        bind_int(q, 5, wide);
        bind_int(q, 6, since);
        bind_int(q, 7, before);
        enum err e = assembly_row(s, q, &assemblies[count]);
        if (e == ERR_NOT_FOUND)
            break;
        if (e != ERR_OK)
            return e;
        before = assemblies[count++].id;
    }
    *ret_count = count;
    return ERR_OK;
}

enum err assembly_next_due(struct store *s, struct assembly *ret_assembly) {
    return assembly_row(s, statement(s, S_ASSEMBLY_NEXT_DUE), ret_assembly);
}

void message_release(struct message *m) {
    free(m->link);
    free(m->text);
    free(m->verb);
    *m = (struct message){0};
}

enum err message_insert(struct store *s, const struct message *m, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_MESSAGE_INSERT);
    bind_int(q, 1, m->subscriber_id);
    bind_text(q, 2, m->link);
    bind_int(q, 3, m->arrived_at);
    if (m->sent_at >= 0)
        bind_int(q, 4, m->sent_at);
    bind_int(q, 5, m->incomplete);
    bind_text(q, 6, m->verb);
    bind_id(q, 7, m->case_id);
    enum err e = bind_sealed(s, q, 8, "message", bytes_text(m->text));
    return e == ERR_OK ? statement_insert(s, q, ret_id) : e;
}

enum err message_understood(struct store *s, int64_t id, const char *verb, int64_t case_id) {
    sqlite3_stmt *q = statement(s, S_MESSAGE_UNDERSTOOD);
    bind_int(q, 1, id);
    bind_text(q, 2, verb);
    bind_id(q, 3, case_id);
    return statement_run_one(s, q);
}

enum err message_replace_text(struct store *s, int64_t id, const char *text, bool incomplete) {
    sqlite3_stmt *q = statement(s, S_MESSAGE_REPLACE_TEXT);
    bind_int(q, 1, id);
    bind_int(q, 3, incomplete);
    enum err e = bind_sealed(s, q, 2, "message", bytes_text(text));
    return e == ERR_OK ? statement_run_one(s, q) : e;
}

static enum err message_row(struct store *s, sqlite3_stmt *q, struct message *ret_message) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct message found = {
        .id = column_int(q, 0),
        .subscriber_id = column_int(q, 1),
        .arrived_at = column_int(q, 3),
        .sent_at = column_is_null(q, 4) ? -1 : column_int(q, 4),
        .incomplete = column_int(q, 5) != 0,
        .case_id = column_int(q, 7),
    };
    e = column_unsealed(s, q, 8, "message", &found.text, NULL);
    if (e == ERR_OK) {
        found.link = column_text(q, 2);
        found.verb = column_text(q, 6);
        *ret_message = found;
    }
    statement_done(q);
    return e;
}

enum err message_get(struct store *s, int64_t id, struct message *ret_message) {
    sqlite3_stmt *q = statement(s, S_MESSAGE_GET);
    bind_int(q, 1, id);
    return message_row(s, q, ret_message);
}

enum err message_list(struct store *s, int64_t before_id, int limit, message_each *each, void *context) {
    int64_t before = before_id > 0 ? before_id : INT64_MAX;
    for (int n = 0; n < limit; n++) {
        struct message m;
        sqlite3_stmt *q = statement(s, S_MESSAGE_BEFORE);
        bind_int(q, 1, before);
        enum err e = message_row(s, q, &m);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        before = m.id;
        each(context, &m);
        message_release(&m);
    }
    return ERR_OK;
}
