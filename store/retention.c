/* What is due is found by a statement for each kind: the first row behind a cursor, its time, and whether there is anything to erase in it. Rows that
 * aren't to be erased when their time has come (a message of a case goes with the case) are passed over, once, for ever. */
#include "store/retention.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/json.h"
#include "store/case_rules.h"
#include "store/db.h"
#include "store/export.h"
#include "store/message.h"
#include "store/outbound.h"
#include "store/privacy.h"
#include "store/subscriber.h"

_Static_assert(INBOUND_RAW == 0 && INBOUND_HELD == 4 && INBOUND_IGNORED == 3, "statements name them by number");
_Static_assert(EXPORT_WAITING == 0 && EXPORT_DENIED == 2, "statements name them by number");
_Static_assert(PART_UNKNOWN == 6 && PART_EXPIRED == 5 && ATTEMPT_UNKNOWN == 5 && ATTEMPT_SETTLED == 6 && ATTEMPT_OPEN == 0,
               "statements name them by number");

struct wipe {
    struct store *store;
    const struct retention_limits *limits;
    int64_t now;
    int64_t persons; /* forgotten */
};

typedef enum err erase(struct wipe *w, int64_t id);
static erase erase_case, erase_draft, erase_message, erase_text;

enum period { PERIOD_CASES, PERIOD_MESSAGES, PERIOD_TRAFFIC };
static const struct kind {
    enum period period;
    enum statement due;
    enum statement count; /* of what is due; S_BEGIN: it's found by a cursor, else by an index which what is erased leaves */
    enum statement gone; /* of the row alone, where `erase` is NULL */
    enum statement who; /* it's about; S_BEGIN: nobody */
    erase *erase; /* it, and what belongs to it */
} kinds[RETENTION_KINDS] = {
    [RETENTION_CASE] = {PERIOD_CASES, S_DUE_CASE, S_DUE_CASES, .erase = erase_case},
    [RETENTION_DRAFT] = {PERIOD_MESSAGES, S_DUE_DRAFT, .erase = erase_draft},
    [RETENTION_MESSAGE] = {PERIOD_MESSAGES, S_DUE_MESSAGE, .erase = erase_message},
    [RETENTION_ARRIVAL] = {PERIOD_MESSAGES, S_DUE_ARRIVAL, .gone = S_ERASE_ARRIVAL},
    [RETENTION_TEXT] = {PERIOD_MESSAGES, S_DUE_TEXT, .erase = erase_text},
    [RETENTION_EVENT] = {PERIOD_MESSAGES, S_DUE_EVENT, .gone = S_ERASE_EVENT},
    [RETENTION_ATTEMPT] = {PERIOD_TRAFFIC, S_DUE_ATTEMPT, .gone = S_ERASE_ATTEMPT},
    [RETENTION_ASSEMBLY] = {PERIOD_TRAFFIC, S_DUE_ASSEMBLY, .gone = S_ERASE_ASSEMBLY},
    [RETENTION_DIALOGUE] = {PERIOD_TRAFFIC, S_DUE_DIALOGUE, .gone = S_ERASE_DIALOGUE},
    [RETENTION_READ] = {PERIOD_TRAFFIC, S_DUE_READ, .gone = S_ERASE_READ},
    /* Who was blocked was kept for it, also when all else of theirs was gone. */
    [RETENTION_BLOCK] = {PERIOD_MESSAGES, S_DUE_BLOCK, .gone = S_ERASE_BLOCK, .who = S_BLOCK_PERSON},
    [RETENTION_DATA_REQUEST] = {PERIOD_MESSAGES, S_DUE_DATA_REQUEST, S_DUE_DATA_REQUESTS, S_ERASE_DATA_REQUEST, S_DATA_REQUEST_PERSON},
    [RETENTION_EXPORT] = {PERIOD_MESSAGES, S_DUE_EXPORT, .gone = S_ERASE_EXPORT, .who = S_EXPORT_PERSON},
    [RETENTION_INCIDENT] = {PERIOD_MESSAGES, S_DUE_INCIDENT, S_DUE_INCIDENTS, S_ERASE_INCIDENT},
    [RETENTION_OFFICER] = {PERIOD_MESSAGES, S_DUE_OFFICER, S_DUE_OFFICERS, S_ERASE_OFFICER, S_OFFICER_PERSON},
    [RETENTION_PROVINCE] = {PERIOD_CASES, S_DUE_PROVINCE, S_DUE_PROVINCES, S_ERASE_PROVINCE},
    [RETENTION_REASSIGNED] = {PERIOD_CASES, S_DUE_REASSIGNED, .gone = S_ERASE_REASSIGNED},
    [RETENTION_PERSON] = {.period = PERIOD_MESSAGES}, /* follows from the others, and is the last */
};
_Static_assert(RETENTION_PERSON == RETENTION_KINDS - 1, "loops over what is looked for end before it");

const char *retention_kind_name(enum retention_kind kind) {
#define X(symbol, name) [symbol] = name,
    static const char *const names[RETENTION_KINDS] = {RETENTION_TABLE(X)};
#undef X
    return names[kind];
}

/* ---- when ---- */

static int64_t limit_of(int64_t now, int months) {
    struct civil c = civil_of(now);
    if (months == 0)
        return INT64_MIN;
    int month = c.year * 12 + c.month - 1 - months;
    int32_t first = civil_day_number(month / 12, month % 12 + 1, 1), next = civil_day_number((month + 1) / 12, (month + 1) % 12 + 1, 1);
    int32_t day = first + c.day - 1 < next ? first + c.day - 1 : next - 1; /* the 31st of a shorter month is its last */
    return day * CLOCK_DAY - CLOCK_VIETNAM_OFFSET;
}

struct retention_limits retention_limits_at(const struct retention_settings *settings, int64_t now) {
    return (struct retention_limits){.cases = limit_of(now, settings->case_months),
                                     .messages = limit_of(now, settings->message_months),
                                     .traffic = limit_of(now, settings->traffic_months)};
}

int64_t retention_limit_of(const struct retention_limits *limits, enum retention_kind kind) {
    switch (kinds[kind].period) {
    case PERIOD_CASES:
        return limits->cases;
    case PERIOD_MESSAGES:
        return limits->messages;
    case PERIOD_TRAFFIC:
        break;
    }
    return limits->traffic;
}

/* ---- how far it has come ---- */

struct so_far {
    int64_t cursor, erased;
};

static enum err so_far_get(struct store *s, enum retention_kind kind, struct so_far *ret_progress) {
    sqlite3_stmt *q = statement(s, S_RETENTION_GET);
    bind_text(q, 1, retention_kind_name(kind));
    *ret_progress = (struct so_far){0};
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    *ret_progress = (struct so_far){column_int(q, 0), column_int(q, 1)};
    statement_done(q);
    return ERR_OK;
}

static enum err so_far_put(struct store *s, enum retention_kind kind, const struct so_far *p) {
    sqlite3_stmt *q = statement(s, S_RETENTION_PUT);
    bind_text(q, 1, retention_kind_name(kind));
    bind_int(q, 2, p->cursor);
    bind_int(q, 3, p->erased);
    return statement_run(s, q);
}

struct due {
    int64_t id;
    bool wanted; /* there is something to erase */
};

/* ERR_NOT_FOUND: nothing behind the cursor is due. */
static enum err next_due(struct store *s, enum retention_kind kind, int64_t limit, int64_t now, int64_t after, struct due *ret_due) {
    sqlite3_stmt *q = statement(s, kinds[kind].due);
    bind_int(q, 1, after);
    bind_int(q, 2, CASE_CLOCK_PLAUSIBLE);
    bind_int(q, 3, now);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct due found = {.id = column_int(q, 0), .wanted = column_int(q, 2) != 0};
    bool due = !column_is_null(q, 1) && column_int(q, 1) < limit;
    statement_done(q);
    if (!due)
        return ERR_NOT_FOUND;
    *ret_due = found;
    return ERR_OK;
}

/* ---- what goes ---- */

/* A statement about the row ?1. */
static enum err run_on(struct wipe *w, enum statement which, int64_t id) {
    sqlite3_stmt *q = statement(w->store, which);
    bind_int(q, 1, id);
    return statement_run(w->store, q);
}

/* The column of the row ?1 that the statement asks for. ERR_NOT_FOUND. */
static enum err ask_about(struct wipe *w, enum statement which, int64_t id, int64_t *ret_value) {
    sqlite3_stmt *q = statement(w->store, which);
    bind_int(q, 1, id);
    return statement_value(w->store, q, ret_value);
}

/* Somebody of whom something was just erased: when that was the last, nothing tells any more that they exist. */
static enum err forget_person(struct wipe *w, int64_t id) {
    if (id == 0 || w->limits->messages == INT64_MIN)
        return ERR_OK;
    sqlite3_stmt *q = statement(w->store, S_ERASE_PERSON);
    bind_int(q, 1, id);
    bind_int(q, 2, w->limits->messages);
    bind_int(q, 3, clock_vietnam_day(w->limits->messages));
    bind_int(q, 4, w->now);
    enum err e = statement_run_one(w->store, q);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    w->persons++;
    return run_on(w, S_ERASE_BLOCKS_OF, id);
}

/* `read` and then `erase` the row, and perhaps who it was about. */
static enum err erase_with_person(struct wipe *w, int64_t id, enum statement who, enum statement gone) {
    int64_t person = 0;
    enum err e = ask_about(w, who, id, &person);
    if (e == ERR_OK)
        e = run_on(w, gone, id);
    return e == ERR_OK ? forget_person(w, person) : e;
}

static enum err erase_message(struct wipe *w, int64_t id) {
    enum err e = run_on(w, S_ERASE_ARRIVALS_OF, id);
    return e == ERR_OK ? erase_with_person(w, id, S_MESSAGE_PERSON, S_ERASE_MESSAGE) : e;
}

static enum err erase_text(struct wipe *w, int64_t id) {
    enum err e = run_on(w, S_ERASE_ATTEMPTS_OF, id);
    if (e == ERR_OK)
        e = run_on(w, S_ERASE_PARTS_OF, id);
    return e == ERR_OK ? erase_with_person(w, id, S_OUTBOUND_PERSON, S_ERASE_TEXT) : e;
}

static enum err erase_draft(struct wipe *w, int64_t id) {
    int64_t person = 0;
    enum err e = ask_about(w, S_CASE_PERSON, id, &person);
    if (e == ERR_OK)
        e = case_unbind(w->store, id);
    if (e == ERR_OK)
        e = run_on(w, S_ERASE_CASE, id);
    return e == ERR_OK ? forget_person(w, person) : e;
}

static enum err erase_all_of(struct wipe *w, int64_t case_id, enum statement next, erase *each) {
    for (int64_t id = 0;;) {
        sqlite3_stmt *q = statement(w->store, next);
        bind_int(q, 1, id);
        bind_int(q, 2, case_id);
        enum err e = statement_value(w->store, q, &id);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        e = each(w, id);
        if (e != ERR_OK)
            return e;
    }
}

static enum err erase_case(struct wipe *w, int64_t id) {
    static const enum statement rows[] = {S_ERASE_ANSWERS_OF, S_ERASE_BEHALF_OF, S_ERASE_TAX_CODE_OF, S_ERASE_EVENTS_OF};
    int64_t represented = 0;
    enum err e = ask_about(w, S_REPRESENTED_BY_CASE, id, &represented);
    if (e == ERR_OK)
        e = audit_erase(w->store, id);
    for (size_t i = 0; i < sizeof rows / sizeof *rows && e == ERR_OK; i++)
        e = run_on(w, rows[i], id);
    if (e == ERR_OK)
        e = erase_all_of(w, id, S_MESSAGE_NEXT_OF_CASE, erase_message);
    if (e == ERR_OK)
        e = erase_all_of(w, id, S_OUTBOUND_ID_OF_CASE, erase_text);
    crash_point("retention.case");
    sqlite3_stmt *q = statement(w->store, S_ERASE_LIFE);
    bind_int(q, 1, id);
    bind_int(q, 2, w->now);
    if (e == ERR_OK)
        e = statement_run(w->store, q);
    else
        statement_done(q);
    if (e == ERR_OK)
        e = erase_draft(w, id); /* its own row, and the sender */
    return e == ERR_OK ? forget_person(w, represented) : e;
}

/* ---- a piece of a run ---- */

static enum err erase_one(struct wipe *w, const struct kind *kind, int64_t id) {
    if (kind->erase)
        return kind->erase(w, id);
    return kind->who ? erase_with_person(w, id, kind->who, kind->gone) : run_on(w, kind->gone, id);
}

static enum err wipe_kind(struct wipe *w, enum retention_kind kind, int *left) {
    int64_t limit = retention_limit_of(w->limits, kind);
    struct so_far p;
    enum err e = so_far_get(w->store, kind, &p);
    if (e != ERR_OK || limit == INT64_MIN)
        return e;
    struct so_far before = p;
    while (*left > 0 && e == ERR_OK) {
        struct due due;
        e = next_due(w->store, kind, limit, w->now, p.cursor, &due);
        if (e == ERR_OK && due.wanted)
            e = erase_one(w, &kinds[kind], due.id);
        if (e != ERR_OK)
            break;
        p.erased += due.wanted;
        p.cursor = kinds[kind].count ? 0 : due.id;
        --*left;
    }
    if (e == ERR_NOT_FOUND)
        e = ERR_OK;
    return e == ERR_OK && (p.cursor != before.cursor || p.erased != before.erased) ? so_far_put(w->store, kind, &p) : e;
}

static enum err count_persons(struct wipe *w) {
    struct so_far p;
    if (w->persons == 0)
        return ERR_OK;
    enum err e = so_far_get(w->store, RETENTION_PERSON, &p);
    p.erased += w->persons;
    return e == ERR_OK ? so_far_put(w->store, RETENTION_PERSON, &p) : e;
}

enum err retention_step(struct store *s, const struct retention_limits *limits, int64_t now, int most, bool *ret_finished) {
    struct wipe w = {.store = s, .limits = limits, .now = now};
    int left = most;
    enum err e = subscriber_nobody(s);
    for (int kind = 0; kind < RETENTION_PERSON && e == ERR_OK && left > 0; kind++)
        e = wipe_kind(&w, (enum retention_kind)kind, &left);
    if (e == ERR_OK)
        e = count_persons(&w);
    crash_point("retention.step");
    if (e == ERR_OK)
        *ret_finished = left > 0;
    return e;
}

enum err retention_erased(struct store *s, int64_t ret_counts[RETENTION_KINDS]) {
    enum err e = ERR_OK;
    for (int kind = 0; kind < RETENTION_KINDS && e == ERR_OK; kind++) {
        struct so_far p;
        e = so_far_get(s, (enum retention_kind)kind, &p);
        ret_counts[kind] = p.erased;
    }
    return e;
}

/* ---- the proof ---- */

static void write_proof(const struct retention_limits *limits, const int64_t counts[RETENTION_KINDS], struct str *to) {
    struct json_writer w;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    for (int kind = 0; kind < RETENTION_KINDS; kind++) {
        if (counts[kind] == 0)
            continue;
        json_open_object(&w, retention_kind_name(kind));
        json_put_int(&w, "erased", counts[kind]);
        json_put_time(&w, "older_than", retention_limit_of(limits, (enum retention_kind)kind));
        json_close_object(&w);
    }
    json_close_object(&w);
}

enum err retention_finish(struct store *s, const struct retention_limits *limits, int64_t now) {
    int64_t counts[RETENTION_KINDS], all = 0;
    struct str data;
    enum err e = retention_erased(s, counts);
    for (int kind = 0; kind < RETENTION_KINDS && e == ERR_OK; kind++)
        all += counts[kind];
    if (e != ERR_OK || all == 0)
        return e;
    str_init(&data, 4096);
    write_proof(limits, counts, &data);
    e = privacy_note(s, &(struct privacy_note){.at = now, .type = "retention.run", .actor = "timer"}, &data);
    str_release(&data);
    if (e == ERR_OK)
        e = statement_run(s, statement(s, S_RETENTION_CLEAR));
    if (e == ERR_OK)
        s->log_to_empty = true;
    crash_point("retention.proof");
    return e;
}

/* ---- looking ---- */

static enum err due_at_end(struct store *s, enum statement count, int64_t limit, int64_t most, int64_t *ret_count) {
    sqlite3_stmt *q = statement(s, count);
    bind_int(q, 1, CASE_CLOCK_PLAUSIBLE);
    bind_int(q, 2, limit);
    bind_int(q, 3, most);
    return statement_value(s, q, ret_count);
}

static enum err due_rows(struct store *s, enum retention_kind kind, int64_t limit, int64_t now, int64_t most, int64_t *ret_count) {
    struct so_far p;
    int64_t count = 0;
    enum err e = so_far_get(s, kind, &p);
    while (e == ERR_OK && count < most) {
        struct due due;
        e = next_due(s, kind, limit, now, p.cursor, &due);
        if (e != ERR_OK)
            break;
        count += due.wanted;
        p.cursor = due.id;
    }
    *ret_count = count;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err retention_due(struct store *s, const struct retention_limits *limits, int64_t now, int64_t most, int64_t ret_counts[RETENTION_KINDS]) {
    enum err e = ERR_OK;
    ret_counts[RETENTION_PERSON] = 0;
    for (int kind = 0; kind < RETENTION_PERSON && e == ERR_OK; kind++) {
        int64_t limit = retention_limit_of(limits, (enum retention_kind)kind);
        enum statement count = kinds[kind].count;
        ret_counts[kind] = 0;
        if (limit != INT64_MIN)
            e = count ? due_at_end(s, count, limit, most, &ret_counts[kind])
                      : due_rows(s, (enum retention_kind)kind, limit, now, most, &ret_counts[kind]);
    }
    return e;
}

enum err retention_case_erased(struct store *s, int64_t case_id, int64_t *ret_at) {
    sqlite3_stmt *q = statement(s, S_LIFE_ERASED);
    bind_int(q, 1, case_id);
    *ret_at = 0;
    enum err e = statement_value(s, q, ret_at);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}
