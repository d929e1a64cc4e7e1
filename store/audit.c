/* The chains over events. What is hashed, numbers as 8 octets with the most significant first, texts with their length in front:
 *
 *   commitment = H(salt, data)        chain = H(chain before, id, case_id, at, type, actor, commitment)
 *
 * The first event's chain before is 32 zero octets. Ids go from 1 without a gap, so a row taken from the middle shows twice. Cutting rows off the
 * end leaves a whole, shorter chain: against that the head is to be kept elsewhere. Whoever can write the file and knows all this can forge a new
 * chain from any row on, and will have another head.
 *
 * The newest row's id and chain are remembered while its transaction, or savepoint, stands; after a rollback they are looked up again. */
#include "store/audit.h"

#include "store/db.h"

#include <stdlib.h>
#include <string.h>

enum { SALT_SIZE = 16 };
static const struct chain {
    enum statement head, insert, next;
    const char *context; /* of what is sealed */
} chains[AUDIT_CHAINS] = {
    [AUDIT_CASES] = {S_CASE_EVENT_HEAD, S_CASE_EVENT_INSERT, S_CASE_EVENT_CHAIN, "case_event"},
    [AUDIT_PRIVACY] = {S_PRIVACY_EVENT_HEAD, S_PRIVACY_EVENT_INSERT, S_PRIVACY_EVENT_CHAIN, "privacy_event"},
};

_Static_assert(sizeof((struct audit_report *)0)->head == 2 * HASH256_SIZE + 1, "hex");

static void add_number(struct str *to, int64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
        str_add_char(to, (char)((uint64_t)value >> shift));
}

static void add_text(struct str *to, const char *text) {
    size_t len = text ? strlen(text) : 0;
    add_number(to, (int64_t)len);
    str_add_n(to, text ? text : "", len);
}

static void hash_of(struct str *from, uint8_t ret_hash[HASH256_SIZE]) {
    hash256(bytes_of(from->data, from->len), ret_hash);
    str_release(from);
}

static void commit_to(const uint8_t salt[SALT_SIZE], const char *data, uint8_t ret_commitment[HASH256_SIZE]) {
    struct str all;
    str_init(&all, STORE_FIELD_MAX + SALT_SIZE);
    str_add_n(&all, salt, SALT_SIZE);
    str_add(&all, data);
    hash_of(&all, ret_commitment);
}

/* Turns the chain of the event before into the one of this event. */
static void chain_on(uint8_t chain[HASH256_SIZE], const struct case_event *e, const uint8_t commitment[HASH256_SIZE]) {
    struct str all;
    str_init(&all, STORE_FIELD_MAX);
    str_add_n(&all, chain, HASH256_SIZE);
    add_number(&all, e->id);
    add_number(&all, e->case_id);
    add_number(&all, e->at);
    add_text(&all, e->type);
    add_text(&all, e->actor);
    str_add_n(&all, commitment, HASH256_SIZE);
    hash_of(&all, chain);
}

static enum err column_octets(sqlite3_stmt *q, int at, uint8_t *to, size_t size) {
    const void *data = sqlite3_column_blob(q, at);
    if (!data || (size_t)sqlite3_column_bytes(q, at) != size)
        return ERR_INVALID;
    memcpy(to, data, size);
    return ERR_OK;
}

static enum err find_head(struct store *s, enum audit_chain which) {
    struct audit_head head = {.known = true};
    sqlite3_stmt *q = statement(s, chains[which].head);
    enum err e = statement_row(s, q);
    if (e == ERR_OK) {
        head.id = column_int(q, 0);
        e = column_octets(q, 1, head.chain, sizeof head.chain);
        statement_done(q);
    }
    if (e == ERR_OK || e == ERR_NOT_FOUND)
        s->audit[which] = head;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err audit_append(struct store *s, enum audit_chain which, const struct case_event *event, int64_t *ret_id) {
    enum err e = s->audit[which].known ? ERR_OK : find_head(s, which);
    if (e != ERR_OK)
        return e;
    struct case_event next = *event;
    struct audit_head head = s->audit[which];
    uint8_t salt[SALT_SIZE], commitment[HASH256_SIZE];
    random_octets(salt, sizeof salt);
    next.id = ++head.id;
    commit_to(salt, event->data, commitment);
    chain_on(head.chain, &next, commitment);
    sqlite3_stmt *q = statement(s, chains[which].insert);
    bind_int(q, 1, next.id);
    bind_int(q, 2, next.case_id);
    bind_int(q, 3, next.at);
    bind_text(q, 4, next.type);
    bind_text(q, 5, next.actor);
    e = bind_sealed(s, q, 6, chains[which].context, bytes_text(next.data));
    if (e != ERR_OK)
        return e;
    bind_bytes(q, 7, bytes_of(salt, sizeof salt));
    bind_bytes(q, 8, bytes_of(commitment, sizeof commitment));
    bind_bytes(q, 9, bytes_of(head.chain, sizeof head.chain));
    e = statement_run(s, q);
    if (e != ERR_OK)
        return e;
    s->audit[which] = head;
    *ret_id = next.id;
    return ERR_OK;
}

enum err case_event_insert(struct store *s, int64_t case_id, int64_t at, const char *type, const char *actor, const char *data) {
    struct case_event event = {
        .case_id = case_id, .at = at, .type = (char *)(uintptr_t)type, .actor = (char *)(uintptr_t)actor, .data = (char *)(uintptr_t)data};
    int64_t id;
    return audit_append(s, AUDIT_CASES, &event, &id);
}

/* ---- checking ---- */

struct link { /* a row as it stands */
    struct case_event event;
    bool erased, has_salt;
    uint8_t salt[SALT_SIZE], commitment[HASH256_SIZE], chain[HASH256_SIZE];
};

static enum err read_link(struct store *s, enum audit_chain which, int64_t after, struct link *ret_link, const char **ret_broken) {
    sqlite3_stmt *q = statement(s, chains[which].next);
    bind_int(q, 1, after);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct link l = {.event = {.id = column_int(q, 0), .case_id = column_int(q, 1), .at = column_int(q, 2)}};
    l.erased = column_is_null(q, 5);
    l.has_salt = column_octets(q, 6, l.salt, sizeof l.salt) == ERR_OK;
    if (column_unsealed(s, q, 5, chains[which].context, &l.event.data, NULL) != ERR_OK)
        *ret_broken = "the data can't be unsealed";
    else if (column_octets(q, 7, l.commitment, sizeof l.commitment) != ERR_OK || column_octets(q, 8, l.chain, sizeof l.chain) != ERR_OK)
        *ret_broken = "the chain";
    l.event.type = column_text(q, 3);
    l.event.actor = column_text(q, 4);
    statement_done(q);
    *ret_link = l;
    return ERR_OK;
}

/* `chain` is the one before, and becomes the one of this event. NULL: it holds. */
static const char *check_link(const struct link *l, int64_t expected_id, uint8_t chain[HASH256_SIZE]) {
    if (l->event.id != expected_id)
        return "a row is missing";
    uint8_t commitment[HASH256_SIZE];
    chain_on(chain, &l->event, l->commitment);
    if (memcmp(chain, l->chain, HASH256_SIZE) != 0)
        return "the chain";
    if (l->erased)
        return NULL;
    commit_to(l->salt, l->event.data, commitment);
    return l->has_salt && memcmp(commitment, l->commitment, HASH256_SIZE) == 0 ? NULL : "the commitment";
}

static void hex_of(const uint8_t chain[HASH256_SIZE], char *to) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < HASH256_SIZE; i++) {
        to[2 * i] = digits[chain[i] >> 4];
        to[2 * i + 1] = digits[chain[i] & 15];
    }
    to[2 * HASH256_SIZE] = '\0';
}

enum err audit_verify(struct store *s, enum audit_chain which, struct audit_report *ret_report) {
    struct audit_report report = {0};
    uint8_t chain[HASH256_SIZE] = {0};
    for (int64_t after = 0;;) {
        struct link l;
        const char *broken = NULL;
        enum err e = read_link(s, which, after, &l, &broken);
        if (e == ERR_NOT_FOUND)
            break;
        if (e != ERR_OK)
            return e;
        if (!broken)
            broken = check_link(&l, after + 1, chain);
        if (broken && report.broken_id == 0) {
            report.broken_id = l.event.id;
            report.broken_why = broken;
        }
        memcpy(chain, l.chain, sizeof chain); /* what comes after a broken one is checked against what stands there */
        report.events++;
        report.erased += l.erased;
        after = l.event.id;
        free(l.event.type);
        free(l.event.actor);
        free(l.event.data);
    }
    hex_of(chain, report.head);
    *ret_report = report;
    return ERR_OK;
}

enum err audit_erase(struct store *s, int64_t case_id) {
    sqlite3_stmt *q = statement(s, S_CASE_EVENT_ERASE);
    bind_int(q, 1, case_id);
    return statement_run(s, q);
}
