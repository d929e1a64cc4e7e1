/* A row is read, the event laid over it, and the row written: see province.h. */
#include "store/province.h"

#include "firmware-host/base/crypto.h"
#include "store/statements.h"
#include "store/subscriber.h"

#include <string.h>

struct bound { /* a number of the case */
    bool known;
    uint8_t hash[HASH_SIZE];
    int64_t at, seq; /* of the event that said so */
};

struct row {
    int64_t epoch, at, ended_at;
    int state; /* -1: not said yet */
    int64_t state_seq;
    char agency[LOOKUP_AGENCY_MAX + 1];
    int64_t agency_seq;
    int32_t due_day;
    int64_t due_seq;
    struct bound sender, represented;
    bool consent;
    int64_t consent_seq;
};

/* ---- rows ---- */

static struct bound number_from(sqlite3_stmt *q, int at) {
    struct bound n = {.known = sqlite3_column_bytes(q, at) == HASH_SIZE, .at = column_int(q, at + 1), .seq = column_int(q, at + 2)};
    if (n.known)
        memcpy(n.hash, sqlite3_column_blob(q, at), HASH_SIZE);
    return n;
}

static enum err row_get(struct store *s, int32_t code, struct row *ret_row) {
    sqlite3_stmt *q = statement(s, S_PROVINCE_GET);
    bind_int(q, 1, code);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct row r = {.epoch = column_int(q, 0),
                    .at = column_int(q, 1),
                    .ended_at = column_int(q, 2),
                    .state = column_is_null(q, 3) ? -1 : (int)column_int(q, 3),
                    .state_seq = column_int(q, 4),
                    .agency_seq = column_int(q, 6),
                    .due_day = (int32_t)column_int(q, 7),
                    .due_seq = column_int(q, 8),
                    .sender = number_from(q, 9),
                    .represented = number_from(q, 12),
                    .consent = column_int(q, 15) != 0,
                    .consent_seq = column_int(q, 16)};
    if (!column_is_null(q, 5))
        e = column_copy(q, 5, r.agency, sizeof r.agency);
    statement_done(q);
    if (e == ERR_OK)
        *ret_row = r;
    return e;
}

static void bind_number(sqlite3_stmt *q, int at, const struct bound *n) {
    if (n->known)
        bind_bytes(q, at, bytes_of(n->hash, HASH_SIZE));
    bind_int(q, at + 1, n->at);
    bind_int(q, at + 2, n->seq);
}

static enum err row_put(struct store *s, int32_t code, const struct row *r) {
    sqlite3_stmt *q = statement(s, S_PROVINCE_PUT);
    bind_int(q, 1, code);
    bind_int(q, 2, r->epoch);
    bind_int(q, 3, r->at);
    bind_int(q, 4, r->ended_at);
    if (r->state >= 0)
        bind_int(q, 5, r->state);
    bind_int(q, 6, r->state_seq);
    bind_text(q, 7, *r->agency ? r->agency : NULL);
    bind_int(q, 8, r->agency_seq);
    bind_int(q, 9, r->due_day);
    bind_int(q, 10, r->due_seq);
    bind_number(q, 11, &r->sender);
    bind_number(q, 14, &r->represented);
    bind_int(q, 17, r->consent);
    bind_int(q, 18, r->consent_seq);
    return statement_run(s, q);
}

/* ---- learning ---- */

/* *seq is that of what stands. */
static bool is_newer(int64_t *seq, const struct province_event *event) {
    if (event->sequence <= *seq)
        return false;
    *seq = event->sequence;
    return true;
}

static void set_number(struct store *s, struct bound *n, const struct province_event *event, bool known) {
    if (!is_newer(&n->seq, event))
        return;
    n->known = known;
    n->at = event->at;
    if (known)
        subscriber_hash(s, &event->phone, n->hash);
}

static void set_binding(struct store *s, struct row *r, const struct province_event *event) {
    switch (event->binding) {
    case PROVINCE_BINDING_STAYS:
        break;
    case PROVINCE_BOUND:
    case PROVINCE_LAPSED:
        set_number(s, &r->sender, event, event->binding == PROVINCE_BOUND);
        break;
    case PROVINCE_ASKED:
        set_number(s, &r->represented, event, true);
        break;
    case PROVINCE_CONSENT:
    case PROVINCE_DISSENT:
        if (is_newer(&r->consent_seq, event))
            r->consent = event->binding == PROVINCE_CONSENT;
        break;
    }
}

/* Another epoch begins when its appliance was restored: what stands is older, whatever its sequence is. */
static void begin_epoch(struct row *r, int64_t epoch) {
    r->epoch = epoch;
    r->state_seq = r->agency_seq = r->due_seq = r->sender.seq = r->represented.seq = r->consent_seq = 0;
}

enum err province_learn(struct store *s, const struct province_event *event) {
    struct row r = {.state = -1};
    enum err e = row_get(s, event->code, &r);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    if (r.epoch != event->epoch && e == ERR_OK && event->at < r.at)
        return ERR_OK; /* of an epoch that has ended */
    if (r.epoch != event->epoch)
        begin_epoch(&r, event->epoch);
    if (event->at > r.at)
        r.at = event->at;
    if (event->says_state && is_newer(&r.state_seq, event)) {
        r.state = (int)event->state;
        r.ended_at = case_state_ended(event->state) ? event->at : 0;
    }
    if (event->says_due && is_newer(&r.due_seq, event))
        r.due_day = event->due_day;
    if (event->agency && is_newer(&r.agency_seq, event) && str_copy(r.agency, sizeof r.agency, event->agency) != ERR_OK)
        r.agency[0] = 0;
    set_binding(s, &r, event);
    return row_put(s, event->code, &r);
}

enum err province_reassigned(struct store *s, const struct phone *phone, int64_t at) {
    uint8_t hash[HASH_SIZE];
    subscriber_hash(s, phone, hash);
    sqlite3_stmt *q = statement(s, S_PROVINCE_REASSIGNED_PUT);
    bind_bytes(q, 1, bytes_of(hash, sizeof hash));
    bind_int(q, 2, at);
    return statement_run(s, q);
}

/* ---- finding ---- */

static enum err reassigned_at(struct store *s, const uint8_t hash[HASH_SIZE], int64_t *ret_at) {
    sqlite3_stmt *q = statement(s, S_PROVINCE_REASSIGNED_GET);
    bind_bytes(q, 1, bytes_of(hash, HASH_SIZE));
    enum err e = statement_row(s, q);
    *ret_at = INT64_MIN;
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    *ret_at = column_int(q, 0);
    statement_done(q);
    return ERR_OK;
}

static bool is_bound(const struct bound *n, const uint8_t hash[HASH_SIZE], int64_t reassigned) {
    bool same = bytes_equal(bytes_of(n->hash, HASH_SIZE), bytes_of(hash, HASH_SIZE));
    return same && n->known && n->at > reassigned;
}

enum err province_find(struct store *s, int32_t code, const struct phone *phone, struct province_case *ret_case) {
    struct row r = {.state = -1};
    uint8_t hash[HASH_SIZE];
    int64_t reassigned;
    subscriber_hash(s, phone, hash);
    enum err e = row_get(s, code, &r);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    e = reassigned_at(s, hash, &reassigned);
    if (e != ERR_OK)
        return e;
    bool sent = is_bound(&r.sender, hash, reassigned);
    bool represented = is_bound(&r.represented, hash, reassigned) && r.consent && r.consent_seq > r.represented.seq;
    if ((!sent && !represented) || r.state < 0 || r.state >= CASE_STATE_COUNT)
        return ERR_NOT_FOUND;
    *ret_case = (struct province_case){.state = (enum case_state)r.state, .due_day = r.due_day};
    memcpy(ret_case->agency, r.agency, sizeof ret_case->agency);
    return ERR_OK;
}
