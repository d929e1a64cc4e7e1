/* One pass over the cases received in the period, then some over the messages. What can't be told from rows isn't told.
 * The connection is read-only, so nothing here can change or block what the writer does; a long read keeps the log from being cut back until it ends.
 */
#include "store/report.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "store/directory.h"
#include "store/outbound.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS_MOST = 36600, BUSY_MS = 5000, PUBLIC_LEAST = 5 };

#define X(symbol, name, label) [symbol] = {name, label},
const struct report_name report_counts[REPORT_COUNTS] = {REPORT_COUNT_TABLE(X)};
const struct report_name report_ages[REPORT_AGES] = {REPORT_AGE_TABLE(X)};
const struct report_name report_channels[REPORT_CHANNELS] = {REPORT_CHANNEL_TABLE(X)};
const struct report_name report_bys[REPORT_BYS] = {REPORT_BY_TABLE(X)};
#undef X
#define X(symbol, name, numerator, denominator, label) [symbol] = {name, label, numerator, denominator},
const struct report_ratio_row report_ratios[REPORT_RATIOS] = {REPORT_RATIO_TABLE(X)};
#undef X

enum report_by report_by_find(const char *name) {
    enum report_by by = REPORT_BY_NONE;
    while (by < REPORT_BYS && strcmp(report_bys[by].name, name) != 0)
        by++;
    return by;
}

/* ---- the request ---- */

enum err report_request_new(const char *path, const struct calendar *calendar, int32_t from_day, int32_t to_day, int32_t today,
                            struct report_request **ret_request) {
    int32_t last = to_day > today ? to_day : today;
    if (from_day < 0 || to_day < from_day || last - from_day > DAYS_MOST)
        return ERR_INVALID;
    struct report_request *r = mem_alloc(sizeof *r);
    r->path = mem_string(path);
    r->from_day = r->first_day = from_day;
    r->to_day = to_day;
    r->today = today;
    r->worked_count = (size_t)(last - from_day) + 2;
    r->worked = mem_array(r->worked_count, sizeof *r->worked);
    for (size_t i = 1; i < r->worked_count; i++)
        r->worked[i] = r->worked[i - 1] + calendar_working(calendar, from_day + (int32_t)i - 1);
    *ret_request = r;
    return ERR_OK;
}

void report_request_free(struct report_request *r) {
    if (!r)
        return;
    free(r->path);
    free(r->worked);
    free(r);
}

/* Working days after `from`, up to and with `to`. */
static int worked_between(const struct report_request *r, int32_t from, int32_t to) {
    int64_t first = (int64_t)from + 1 - r->first_day, behind = (int64_t)to + 1 - r->first_day, most = (int64_t)r->worked_count - 1;
    first = first < 0 ? 0 : first > most ? most : first;
    behind = behind < first ? first : behind > most ? most : behind;
    return r->worked[behind] - r->worked[first];
}

/* ---- while it is being made ---- */

struct ages {
    int *of;
    size_t count, capacity;
};

struct making { /* a group with what its percentiles are made of */
    int64_t key; /* what its cases have in common; a place in `fields` when they are grouped by field */
    struct report_group group;
    struct ages gross[REPORT_AGES], net[REPORT_AGES];
};

struct work {
    const struct report_request *request;
    struct str *problem;
    sqlite3 *db;
    struct report *report;
    struct making whole, *groups;
    size_t group_count, group_capacity;
    char **fields;
    size_t field_count;
};

static enum err failed(struct work *w, const char *what) {
    str_addf(w->problem, "%s: %s: %s", w->request->path, what, sqlite3_errmsg(w->db));
    return ERR_IO;
}

static enum err prepare(struct work *w, const char *sql, sqlite3_stmt **ret_statement) {
    return sqlite3_prepare_v2(w->db, sql, -1, ret_statement, NULL) == SQLITE_OK ? ERR_OK : failed(w, "the report can't ask");
}

/* Whether there is a row; *e says what failed otherwise. */
static bool next_row(struct work *w, sqlite3_stmt *q, enum err *e) {
    int code = *e == ERR_OK ? sqlite3_step(q) : SQLITE_DONE;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        *e = failed(w, "the report can't read");
    return code == SQLITE_ROW;
}

static void add_age(struct ages *a, int days) {
    if (a->count == a->capacity) {
        a->capacity = a->capacity ? 2 * a->capacity : 64;
        a->of = mem_resize(a->of, a->capacity, sizeof *a->of);
    }
    a->of[a->count++] = days;
}

static struct making *group_with(struct work *w, int64_t key) {
    for (size_t i = 0; i < w->group_count; i++)
        if (w->groups[i].key == key)
            return &w->groups[i];
    if (w->group_count == w->group_capacity) {
        w->group_capacity = w->group_capacity ? 2 * w->group_capacity : 16;
        w->groups = mem_resize(w->groups, w->group_capacity, sizeof *w->groups);
    }
    struct making *m = &w->groups[w->group_count++];
    *m = (struct making){.key = key};
    return m;
}

static int64_t field_number(struct work *w, const char *field) {
    for (size_t i = 0; i < w->field_count; i++)
        if (strcmp(w->fields[i], field) == 0)
            return (int64_t)i;
    w->fields = mem_resize(w->fields, w->field_count + 1, sizeof *w->fields);
    w->fields[w->field_count] = mem_string(field);
    return (int64_t)w->field_count++;
}

/* ---- the cases ---- */

/* The agency that has a case is its unit's, else the one whose intake it is; the commune is the one that the citizen named. */
#define CASES_SQL \
    "SELECT l.received_day, c.state, c.flags, l.source, l.field, l.hops, l.pauses, l.results, l.annulments, l.late, l.explained, l.paused_days," \
    " l.accepted_at, l.result_at, l.published_at, l.rejoined_at, l.reconsidered_at, l.ended_at, l.rating, l.refusal, l.original_id," \
    " COALESCE(u.parent_id, l.unit_id, l.agency_id), CASE WHEN r.kind = ?3 THEN r.id END, l.supports_id" \
    " FROM life l JOIN cases c ON c.id = l.case_id LEFT JOIN agency u ON u.id = l.unit_id LEFT JOIN agency r ON r.id = l.requested_id" \
    " WHERE l.received_day BETWEEN ?1 AND ?2"

struct counted { /* one row of it */
    int32_t received_day;
    enum case_state state;
    int flags, hops, pauses, results, annulments, paused_days, rating;
    unsigned late;
    bool explained, duplicate, supporting;
    int64_t source, accepted_at, result_at, published_at, rejoined_at, reconsidered_at, ended_at, agency, commune;
    const char *field, *refusal;
};

static struct counted counted_row(sqlite3_stmt *q) {
    return (struct counted){
        .received_day = (int32_t)sqlite3_column_int(q, 0),
        .state = (enum case_state)sqlite3_column_int(q, 1),
        .flags = sqlite3_column_int(q, 2),
        .source = sqlite3_column_int(q, 3),
        .field = (const char *)sqlite3_column_text(q, 4),
        .hops = sqlite3_column_int(q, 5),
        .pauses = sqlite3_column_int(q, 6),
        .results = sqlite3_column_int(q, 7),
        .annulments = sqlite3_column_int(q, 8),
        .late = (unsigned)sqlite3_column_int(q, 9),
        .explained = sqlite3_column_int(q, 10),
        .paused_days = sqlite3_column_int(q, 11),
        .accepted_at = sqlite3_column_int64(q, 12),
        .result_at = sqlite3_column_int64(q, 13),
        .published_at = sqlite3_column_int64(q, 14),
        .rejoined_at = sqlite3_column_int64(q, 15),
        .reconsidered_at = sqlite3_column_int64(q, 16),
        .ended_at = sqlite3_column_int64(q, 17),
        .rating = sqlite3_column_int(q, 18),
        .refusal = (const char *)sqlite3_column_text(q, 19),
        .duplicate = sqlite3_column_int64(q, 20) != 0,
        .agency = sqlite3_column_int64(q, 21),
        .commune = sqlite3_column_int64(q, 22),
        .supporting = sqlite3_column_int64(q, 23) != 0,
    };
}

static void count_case(const struct counted *c, int64_t n[REPORT_COUNTS]) {
    /* The citizen's and the house's own timers make nobody late. */
    unsigned late = c->late & (1u << DEADLINE_INTAKE | 1u << DEADLINE_UNIT | 1u << DEADLINE_COORDINATION | 1u << DEADLINE_PUBLICATION |
                               1u << DEADLINE_RECONSIDERATION);
    bool refused = c->state == CASE_REFUSED && !c->duplicate, noted = c->state == CASE_NOTED_CLOSED;
    bool withdrawn = noted && c->refusal && strcmp(c->refusal, "withdrawn") == 0;
    bool answered = c->published_at != 0;
    n[REPORT_RECEIVED]++;
    n[REPORT_ACCEPTED] += c->accepted_at != 0;
    n[REPORT_REFUSED] += refused;
    n[REPORT_WITHDRAWN] += withdrawn;
    n[REPORT_NOTED] += noted && !withdrawn;
    n[REPORT_DUPLICATES] += c->duplicate;
    n[REPORT_SUPPORTING] += c->supporting;
    n[REPORT_TRANSFERRED] += c->hops > 0;
    n[REPORT_HOPS] += c->hops;
    n[REPORT_NEED_INFO] += c->pauses > 0;
    n[REPORT_WAITING] += c->state == CASE_RECEIVED || c->state == CASE_NEED_INFO;
    n[REPORT_IN_PROCESS] += c->state == CASE_IN_PROCESS || c->state == CASE_RESULT_READY;
    n[REPORT_ANSWERED] += answered;
    n[REPORT_ON_TIME] += answered && !late;
    n[REPORT_LATE] += late != 0;
    n[REPORT_LATE_REASON] += late && c->explained;
    n[REPORT_REJOINDERS] += c->rejoined_at != 0;
    n[REPORT_RECONSIDERED] += c->reconsidered_at != 0;
    n[REPORT_ANNULLED] += c->annulments > 0;
    n[REPORT_RATED] += c->rating > 0;
    if (c->rating >= 1 && c->rating <= 5)
        n[REPORT_RATED_1 + c->rating - 1]++;
    n[REPORT_UNSATISFIED] += c->rating == 1 || c->rating == 2;
    n[REPORT_CONFIDENTIAL] += (c->flags & CASE_CONFIDENTIAL) != 0;
    n[REPORT_UNCONFIRMED] += (c->flags & CASE_UNCONFIRMED) != 0;
}

static int32_t day_of(int64_t at) {
    return at ? clock_vietnam_day(at) : 0;
}

/* A phase that has ended gets an age; the pauses lie in the first one. */
static void age_case(const struct report_request *r, const struct counted *c, struct making *m) {
    int64_t intake = c->accepted_at ? c->accepted_at : c->ended_at;
    bool open = !case_state_ended(c->state);
    const struct {
        enum report_age age;
        int32_t from, to;
        bool ended, pauses;
    } phases[] = {
        {AGE_INTAKE, c->received_day, day_of(intake), intake != 0, true},
        {AGE_RESULT, day_of(c->accepted_at), day_of(c->result_at), c->accepted_at && c->result_at, false},
        {AGE_PUBLISH, day_of(c->result_at), day_of(c->published_at), c->result_at && c->published_at, false},
        {AGE_WHOLE, c->received_day, day_of(c->published_at), c->published_at != 0, true},
        {AGE_OPEN, c->received_day, r->today, open, true},
    };
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        if (!phases[i].ended)
            continue;
        int gross = worked_between(r, phases[i].from, phases[i].to), paused = phases[i].pauses ? c->paused_days : 0;
        add_age(&m->gross[phases[i].age], gross);
        add_age(&m->net[phases[i].age], gross > paused ? gross - paused : 0);
    }
}

static int64_t key_of(struct work *w, const struct counted *c) {
    int year, month, day;
    switch (w->report->by) {
    case REPORT_BY_AGENCY:
        return c->agency;
    case REPORT_BY_COMMUNE:
        return c->commune;
    case REPORT_BY_FIELD:
        return field_number(w, c->field ? c->field : "");
    case REPORT_BY_CHANNEL:
        return c->source;
    case REPORT_BY_MONTH:
        civil_from_day_number(c->received_day, &year, &month, &day);
        return (int64_t)year * 100 + month;
    case REPORT_BY_NONE:
    case REPORT_BYS:
        break;
    }
    return 0;
}

static void count_reason(struct report *r, const char *code) {
    size_t i = 0;
    while (i < r->reason_count && strcmp(r->reasons[i].code, code) != 0)
        i++;
    if (i == r->reason_count) {
        r->reasons = mem_resize(r->reasons, ++r->reason_count, sizeof *r->reasons);
        r->reasons[i] = (struct report_reason){.code = mem_string(code)};
    }
    r->reasons[i].count++;
}

static enum err read_cases(struct work *w) {
    sqlite3_stmt *q = NULL;
    enum err e = prepare(w, CASES_SQL, &q);
    if (e == ERR_OK) {
        sqlite3_bind_int(q, 1, w->request->from_day);
        sqlite3_bind_int(q, 2, w->request->to_day);
        sqlite3_bind_int(q, 3, AGENCY_COMMUNE);
    }
    while (next_row(w, q, &e)) {
        struct counted c = counted_row(q);
        count_case(&c, w->whole.group.counts);
        age_case(w->request, &c, &w->whole);
        if (w->report->by != REPORT_BY_NONE) {
            struct making *m = group_with(w, key_of(w, &c));
            count_case(&c, m->group.counts);
            age_case(w->request, &c, m);
        }
        if (c.state == CASE_REFUSED && !c.duplicate)
            count_reason(w->report, c.refusal ? c.refusal : "");
    }
    sqlite3_finalize(q);
    return e;
}

/* ---- names, percentiles ---- */

static int ascending(const void *a, const void *b) {
    int first = *(const int *)a, second = *(const int *)b;
    return (first > second) - (first < second);
}

static void sort_ages(struct ages *a) {
    if (a->count > 1)
        qsort(a->of, a->count, sizeof *a->of, ascending);
}

/* The smallest value that at least `percent` of all don't pass (nearest rank). */
static int nearest_rank(const struct ages *a, int percent) {
    return a->count ? a->of[(a->count * (size_t)percent + 99) / 100 - 1] : 0;
}

static void take_percentiles(struct ages *a, struct report_percentiles *ret) {
    sort_ages(a);
    *ret = (struct report_percentiles){(int64_t)a->count, nearest_rank(a, 50), nearest_rank(a, 90)};
    free(a->of);
    *a = (struct ages){0};
}

static void finish_group(struct making *m) {
    for (size_t i = 0; i < REPORT_AGES; i++) {
        take_percentiles(&m->gross[i], &m->group.gross[i]);
        take_percentiles(&m->net[i], &m->group.net[i]);
    }
}

/* Key and name of an agency or officer; both "" where the number is 0. */
static enum err name_of(struct work *w, const char *sql, int64_t id, char **ret_key, char **ret_name) {
    sqlite3_stmt *q = NULL;
    enum err e = prepare(w, sql, &q);
    if (e == ERR_OK)
        sqlite3_bind_int64(q, 1, id);
    bool found = next_row(w, q, &e);
    *ret_key = mem_string(found ? (const char *)sqlite3_column_text(q, 0) : "");
    *ret_name = mem_string(found ? (const char *)sqlite3_column_text(q, 1) : "");
    sqlite3_finalize(q);
    return e;
}

#define AGENCY_NAME_SQL "SELECT key, name_accented FROM agency WHERE id = ?1"

static enum err name_group(struct work *w, struct making *m) {
    char text[32] = "";
    switch (w->report->by) {
    case REPORT_BY_AGENCY:
    case REPORT_BY_COMMUNE:
        return name_of(w, AGENCY_NAME_SQL, m->key, &m->group.key, &m->group.name);
    case REPORT_BY_FIELD:
        m->group.key = mem_string(w->fields[m->key]);
        m->group.name = mem_string(m->group.key);
        return ERR_OK;
    case REPORT_BY_CHANNEL:
        m->group.key = mem_string(m->key == SOURCE_USSD ? "ussd" : "sms");
        m->group.name = mem_string(m->key == SOURCE_USSD ? "USSD" : "SMS");
        return ERR_OK;
    case REPORT_BY_MONTH:
        snprintf(text, sizeof text, "%04d-%02d", (int)(m->key / 100), (int)(m->key % 100));
        break;
    case REPORT_BY_NONE:
    case REPORT_BYS:
        break;
    }
    m->group.key = mem_string(text);
    m->group.name = mem_string(text);
    return ERR_OK;
}

static int by_key(const void *a, const void *b) {
    return strcmp(((const struct making *)a)->group.key, ((const struct making *)b)->group.key);
}

static int by_size(const void *a, const void *b) {
    int64_t first = ((const struct making *)a)->group.counts[REPORT_RECEIVED], second = ((const struct making *)b)->group.counts[REPORT_RECEIVED];
    return first == second ? by_key(a, b) : first < second ? 1 : -1;
}

static enum err finish_groups(struct work *w) {
    enum err e = ERR_OK;
    finish_group(&w->whole);
    w->whole.group.key = mem_string("");
    w->whole.group.name = mem_string("");
    w->report->whole = w->whole.group;
    for (size_t i = 0; i < w->group_count; i++) {
        finish_group(&w->groups[i]);
        enum err named = name_group(w, &w->groups[i]);
        e = e == ERR_OK ? named : e;
    }
    if (w->group_count > 1)
        qsort(w->groups, w->group_count, sizeof *w->groups, w->report->by == REPORT_BY_MONTH ? by_key : by_size);
    w->report->groups = mem_array(w->group_count, sizeof *w->report->groups);
    w->report->group_count = w->group_count;
    for (size_t i = 0; i < w->group_count; i++)
        w->report->groups[i] = w->groups[i].group;
    return e;
}

/* ---- ranking ---- */

#define RANK_SQL(id, key, name, table) \
    "SELECT a." key ", a." name ", count(*), sum(l.rating <= 2), sum(l.rating) FROM life l" \
    " LEFT JOIN agency u ON u.id = l.unit_id JOIN " table " a ON a.id = " id \
    " WHERE l.rating > 0 AND l.received_day BETWEEN ?1 AND ?2 GROUP BY a.id ORDER BY avg(l.rating) DESC, count(*) DESC, a." key

static enum err read_ranks(struct work *w, const char *sql, struct report_rank **ranks, size_t *count) {
    sqlite3_stmt *q = NULL;
    enum err e = prepare(w, sql, &q);
    if (e == ERR_OK) {
        sqlite3_bind_int(q, 1, w->request->from_day);
        sqlite3_bind_int(q, 2, w->request->to_day);
    }
    while (next_row(w, q, &e)) {
        *ranks = mem_resize(*ranks, *count + 1, sizeof **ranks);
        (*ranks)[(*count)++] = (struct report_rank){
            .key = mem_string((const char *)sqlite3_column_text(q, 0)),
            .name = mem_string((const char *)sqlite3_column_text(q, 1)),
            .rated = sqlite3_column_int64(q, 2),
            .unsatisfied = sqlite3_column_int64(q, 3),
            .sum = sqlite3_column_int64(q, 4),
        };
    }
    sqlite3_finalize(q);
    return e;
}

/* ---- the channel ---- */

/* One number each; ?1 and ?2 are the first instant of the period and the first after it. A report about delivery may come later than the period. */
static const struct {
    enum report_channel channel;
    const char *sql;
} channel_sql[] = {
    {CHANNEL_SENDERS, "SELECT count(*) FROM subscriber WHERE first_at > 0 AND first_at < ?2 AND ?1 < ?2"},
    {CHANNEL_MESSAGES_IN, "SELECT count(*) FROM message WHERE arrived_at >= ?1 AND arrived_at < ?2"},
    {CHANNEL_PARSE_FAILURES, "SELECT count(*) FROM message WHERE arrived_at >= ?1 AND arrived_at < ?2 AND verb IN ('BADCODE', 'BADRATE', 'IGNORE')"},
    {CHANNEL_FREETEXT, "SELECT count(*) FROM message WHERE arrived_at >= ?1 AND arrived_at < ?2 AND verb = 'FREETEXT'"},
    {CHANNEL_EXCHANGES,
     "SELECT count(*) FROM case_event WHERE at >= ?1 AND at < ?2 AND type IN ('case.asked', 'case.need-info', 'case.supplemented', 'case.words')"},
    {CHANNEL_MESSAGES_OUT, "SELECT count(*) FROM outbound WHERE created_at >= ?1 AND created_at < ?2"},
    {CHANNEL_SEGMENTS, "SELECT COALESCE(sum(total), 0) FROM outbound WHERE created_at >= ?1 AND created_at < ?2"},
    {CHANNEL_DELIVERED, "SELECT count(*) FROM outbound o JOIN part p ON p.id BETWEEN o.id * 256 AND o.id * 256 + 255"
                        " WHERE o.created_at >= ?1 AND o.created_at < ?2 AND p.state = 3"},
    {CHANNEL_UNDELIVERED, "SELECT count(*) FROM outbound o JOIN part p ON p.id BETWEEN o.id * 256 AND o.id * 256 + 255"
                          " WHERE o.created_at >= ?1 AND o.created_at < ?2 AND p.state IN (4, 5)"},
    {CHANNEL_LIMITED, "SELECT count(*) FROM outbox WHERE at >= ?1 AND at < ?2 AND type = 'vn.pakn.sender.limited'"},
    {CHANNEL_BLOCKED, "SELECT count(*) FROM block WHERE from_at >= ?1 AND from_at < ?2"},
};
_Static_assert(PART_DELIVERED == 3 && PART_FAILED == 4 && PART_EXPIRED == 5, "the statements name them by number");

static enum err bind_period(struct work *w, const char *sql, sqlite3_stmt **ret_statement) {
    enum err e = prepare(w, sql, ret_statement);
    if (e == ERR_OK) {
        sqlite3_bind_int64(*ret_statement, 1, calendar_end_of_day(w->request->from_day - 1));
        sqlite3_bind_int64(*ret_statement, 2, calendar_end_of_day(w->request->to_day));
    }
    return e;
}

/* From arrival to the answer of the worker that took the first part of the acknowledgement. */
#define ACK_SQL \
    "SELECT a.closed_at - m.arrived_at FROM outbound o JOIN message m ON m.id = o.message_id JOIN attempt a ON a.part_id = o.id * 256 + 1" \
    " WHERE o.created_at >= ?1 AND o.created_at < ?2 AND o.template_name = 'ACK' AND a.number = 1 AND a.closed_at > 0"

static enum err read_acknowledgements(struct work *w) {
    sqlite3_stmt *q = NULL;
    struct ages waits = {0};
    enum err e = bind_period(w, ACK_SQL, &q);
    while (next_row(w, q, &e))
        add_age(&waits, sqlite3_column_int(q, 0));
    sqlite3_finalize(q);
    sort_ages(&waits);
    w->report->channel[CHANNEL_ACK_P50] = nearest_rank(&waits, 50);
    w->report->channel[CHANNEL_ACK_P95] = nearest_rank(&waits, 95);
    free(waits.of);
    return e;
}

static enum err read_channel(struct work *w) {
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < sizeof channel_sql / sizeof *channel_sql; i++) {
        sqlite3_stmt *q = NULL;
        e = bind_period(w, channel_sql[i].sql, &q);
        if (next_row(w, q, &e))
            w->report->channel[channel_sql[i].channel] = sqlite3_column_int64(q, 0);
        sqlite3_finalize(q);
    }
    return e == ERR_OK ? read_acknowledgements(w) : e;
}

/* ---- what a public report doesn't tell ---- */

static bool is_small(int64_t count) {
    return count > 0 && count < PUBLIC_LEAST;
}

/* One column: small counts go; if that leaves a single gap, the total would give it away, so the smallest other one that isn't 0 goes too. */
static void suppress_column(struct report *r, enum report_count column) {
    size_t gaps = 0, smallest = r->group_count;
    for (size_t i = 0; i < r->group_count; i++) {
        int64_t *count = &r->groups[i].counts[column];
        if (is_small(*count)) {
            *count = REPORT_SUPPRESSED;
            gaps++;
        } else if (*count > 0 && (smallest == r->group_count || *count < r->groups[smallest].counts[column])) {
            smallest = i;
        }
    }
    if (gaps == 1 && smallest < r->group_count)
        r->groups[smallest].counts[column] = REPORT_SUPPRESSED;
    if (is_small(r->whole.counts[column]))
        r->whole.counts[column] = REPORT_SUPPRESSED;
}

static void suppress_ages(struct report_group *g) {
    for (size_t i = 0; i < REPORT_AGES; i++)
        if (is_small(g->gross[i].count))
            g->gross[i] = g->net[i] = (struct report_percentiles){.count = REPORT_SUPPRESSED};
}

static void suppress(struct report *r) {
    for (size_t column = 0; column < REPORT_COUNTS; column++)
        suppress_column(r, (enum report_count)column);
    suppress_ages(&r->whole);
    for (size_t i = 0; i < r->group_count; i++)
        suppress_ages(&r->groups[i]);
    for (size_t i = 0; i < r->agency_count; i++)
        if (is_small(r->agencies[i].rated))
            r->agencies[i].rated = r->agencies[i].unsatisfied = r->agencies[i].sum = 0;
    for (size_t i = 0; i < r->officer_count; i++) { /* who an officer is, is nobody's business outside */
        free(r->officers[i].key);
        free(r->officers[i].name);
    }
    r->officer_count = 0;
    for (size_t i = 0; i < r->reason_count; i++)
        if (is_small(r->reasons[i].count))
            r->reasons[i].count = REPORT_SUPPRESSED;
    for (size_t i = 0; i < CHANNEL_ACK_P50; i++)
        if (is_small(r->channel[i]))
            r->channel[i] = REPORT_SUPPRESSED;
}

/* ---- the whole ---- */

static int reason_order(const void *a, const void *b) {
    const struct report_reason *first = a, *second = b;
    return first->count == second->count ? strcmp(first->code, second->code) : first->count < second->count ? 1 : -1;
}

static enum err gather(struct work *w) {
    enum err e = read_cases(w);
    enum err finished = finish_groups(w);
    e = e == ERR_OK ? finished : e;
    if (e == ERR_OK)
        e = read_ranks(w, RANK_SQL("COALESCE(u.parent_id, l.unit_id, l.agency_id)", "key", "name_accented", "agency"), &w->report->agencies,
                       &w->report->agency_count);
    if (e == ERR_OK)
        e = read_ranks(w, RANK_SQL("l.officer_id", "key", "key", "officer"), &w->report->officers, &w->report->officer_count);
    if (e == ERR_OK)
        e = read_channel(w);
    if (w->report->reason_count > 1)
        qsort(w->report->reasons, w->report->reason_count, sizeof *w->report->reasons, reason_order);
    return e;
}

/* One transaction, so that all numbers are of the same moment. */
static enum err open_reader(struct work *w) {
    if (sqlite3_open_v2(w->request->path, &w->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return failed(w, "can't be read");
    sqlite3_busy_timeout(w->db, BUSY_MS);
    return sqlite3_exec(w->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : failed(w, "can't be read");
}

enum err report_make(const struct report_request *request, struct str *problem, struct report **ret_report) {
    struct report *r = mem_alloc(sizeof *r);
    struct work w = {.request = request, .problem = problem, .report = r};
    r->from_day = request->from_day;
    r->to_day = request->to_day;
    r->today = request->today;
    r->by = request->by;
    r->is_public = request->is_public;
    enum err e = open_reader(&w);
    if (e == ERR_OK)
        e = gather(&w);
    sqlite3_close(w.db); /* ends the transaction; NULL is fine */
    for (size_t i = 0; i < w.field_count; i++)
        free(w.fields[i]);
    free(w.fields);
    free(w.groups);
    if (e != ERR_OK) {
        report_free(r);
        return e;
    }
    if (request->is_public)
        suppress(r);
    *ret_report = r;
    return ERR_OK;
}

static void free_ranks(struct report_rank *ranks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(ranks[i].key);
        free(ranks[i].name);
    }
    free(ranks);
}

void report_free(struct report *r) {
    if (!r)
        return;
    for (size_t i = 0; i < r->group_count; i++) {
        free(r->groups[i].key);
        free(r->groups[i].name);
    }
    free(r->groups);
    free(r->whole.key);
    free(r->whole.name);
    free_ranks(r->agencies, r->agency_count);
    free_ranks(r->officers, r->officer_count);
    for (size_t i = 0; i < r->reason_count; i++)
        free(r->reasons[i].code);
    free(r->reasons);
    free(r);
}

int64_t report_percent(const struct report_group *g, enum report_ratio ratio) {
    int64_t n = g->counts[report_ratios[ratio].numerator], of = g->counts[report_ratios[ratio].denominator];
    return n < 0 || of <= 0 ? -1 : (n * 10000 + of / 2) / of;
}
