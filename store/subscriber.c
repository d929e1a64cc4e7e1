/* Subscribers. The number is found through its keyed hash and kept sealed; nothing in the database shows it without the key file. */
#include "store/subscriber.h"

#include "store/statements.h"

#include <stdlib.h>
#include <string.h>

/* What is hashed and sealed: the kind in front of the text, so that the short code "1022" and an alphanumeric sender "1022" are two people. */
#define IDENTITY_SIZE (PHONE_TEXT_SIZE + 1)
static struct bytes identity_of(const struct phone *phone, char out[IDENTITY_SIZE]) {
    size_t len = strnlen(phone->text, PHONE_TEXT_SIZE);
    out[0] = (char)('0' + (int)phone->kind);
    memcpy(out + 1, phone->text, len);
    return bytes_of(out, len + 1);
}

static enum err phone_from(struct store *s, sqlite3_stmt *q, int at, struct phone *ret_phone) {
    char *identity;
    size_t len;
    enum err e = column_unsealed(s, q, at, "phone", &identity, &len);
    if (e != ERR_OK)
        return e;
    if (!identity) { /* erased: nobody that anybody knows */
        *ret_phone = (struct phone){.kind = PHONE_NONE};
        return ERR_OK;
    }
    if (len < 1 || len > PHONE_TEXT_SIZE || identity[0] < '0' || identity[0] > '0' + PHONE_ALPHANUMERIC) {
        e = ERR_SEALED;
    } else {
        memset(ret_phone, 0, sizeof *ret_phone);
        ret_phone->kind = (enum phone_kind)(identity[0] - '0');
        memcpy(ret_phone->text, identity + 1, len - 1);
    }
    free(identity);
    return e;
}

/* From the current row; `phone` where the caller knows it already, else NULL. Ends the statement. */
static enum err from_row(struct store *s, sqlite3_stmt *q, const struct phone *phone, struct subscriber *ret_subscriber) {
    struct subscriber found = {
        .id = column_int(q, 0),
        .accents = column_int(q, 1) != 0,
        .first_at = column_int(q, 2),
        .last_at = column_int(q, 3),
        .help_at = column_int(q, 4),
        .opted_out = column_int(q, 7) != 0,
        .callback_at = column_int(q, 19),
        .call_at = column_int(q, 20),
        .conduct =
            {
                .window_at = column_int(q, 8),
                .window_count = (int)column_int(q, 9),
                .wrong_at = column_int(q, 10),
                .wrong_count = (int)column_int(q, 11),
                .limited_until = column_int(q, 12),
                .blocked_until = column_int(q, 13),
                .told_at = column_int(q, 14),
                .emergency_at = column_int(q, 15),
                .same_at = column_int(q, 16),
                .same_count = (int)column_int(q, 17),
                .same_hash = column_int(q, 18),
            },
    };
    enum err e = ERR_OK;
    if (phone)
        found.phone = *phone;
    else
        e = phone_from(s, q, 5, &found.phone);
    if (e == ERR_OK)
        e = column_unsealed(s, q, 6, "name", &found.name, NULL);
    statement_done(q);
    if (e == ERR_OK)
        *ret_subscriber = found;
    return e;
}

static enum err find_by_hash(struct store *s, const struct phone *phone, const uint8_t hash[HASH_SIZE], struct subscriber *ret_subscriber) {
    sqlite3_stmt *q = statement(s, S_SUBSCRIBER_BY_HASH);
    bind_bytes(q, 1, bytes_of(hash, HASH_SIZE));
    enum err e = statement_row(s, q);
    return e == ERR_OK ? from_row(s, q, phone, ret_subscriber) : e;
}

void subscriber_hash(struct store *s, const struct phone *phone, uint8_t ret_hash[HASH_SIZE]) {
    char text[IDENTITY_SIZE];
    keyed_hash(store_keys(s), "phone", identity_of(phone, text), ret_hash);
}

enum err subscriber_find(struct store *s, const struct phone *phone, struct subscriber *ret_subscriber) {
    uint8_t hash[HASH_SIZE];
    subscriber_hash(s, phone, hash);
    return find_by_hash(s, phone, hash, ret_subscriber);
}

enum err subscriber_get(struct store *s, const struct phone *phone, struct subscriber *ret_subscriber) {
    char text[IDENTITY_SIZE];
    uint8_t hash[HASH_SIZE];
    struct bytes identity = identity_of(phone, text);
    subscriber_hash(s, phone, hash);
    enum err e = find_by_hash(s, phone, hash, ret_subscriber);
    if (e != ERR_NOT_FOUND)
        return e;
    struct subscriber made = {.phone = *phone};
    sqlite3_stmt *q = statement(s, S_SUBSCRIBER_INSERT);
    bind_bytes(q, 1, bytes_of(hash, sizeof hash));
    e = bind_sealed(s, q, 2, "phone", identity);
    if (e == ERR_OK)
        e = statement_insert(s, q, &made.id);
    if (e == ERR_OK)
        *ret_subscriber = made;
    return e;
}

enum err subscriber_nobody(struct store *s) {
    return statement_run(s, statement(s, S_SUBSCRIBER_NOBODY));
}

enum err subscriber_by_id(struct store *s, int64_t id, struct subscriber *ret_subscriber) {
    if (id == SUBSCRIBER_NOBODY)
        return ERR_NOT_FOUND;
    sqlite3_stmt *q = statement(s, S_SUBSCRIBER_BY_ID);
    bind_int(q, 1, id);
    enum err e = statement_row(s, q);
    return e == ERR_OK ? from_row(s, q, NULL, ret_subscriber) : e;
}

enum err subscriber_save(struct store *s, const struct subscriber *subscriber) {
    sqlite3_stmt *q = statement(s, S_SUBSCRIBER_UPDATE);
    bind_int(q, 1, subscriber->id);
    bind_int(q, 3, subscriber->accents);
    bind_int(q, 4, subscriber->first_at);
    bind_int(q, 5, subscriber->last_at);
    bind_int(q, 6, subscriber->help_at);
    bind_int(q, 7, subscriber->opted_out);
    const struct conduct *c = &subscriber->conduct;
    const int64_t counted[] = {c->window_at, c->window_count, c->wrong_at, c->wrong_count, c->limited_until, c->blocked_until,
                               c->told_at,   c->emergency_at, c->same_at,  c->same_count,  c->same_hash};
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        bind_int(q, 8 + (int)i, counted[i]);
    bind_int(q, 19, subscriber->callback_at);
    bind_int(q, 20, subscriber->call_at);
    enum err e = bind_sealed(s, q, 2, "name", bytes_or_null(subscriber->name));
    return e == ERR_OK ? statement_run_one(s, q) : e;
}

void subscriber_release(struct subscriber *s) {
    free(s->name);
    s->name = NULL;
}
