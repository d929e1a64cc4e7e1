/* Updates that come down (GET /servicerequestupdates) as the items that the contract has (openapi.yaml): written as such a page and read as one, so
 * that whatever happens to a decision afterwards is the same for all stores.
 *
 * The feed is a time, not a list: the cursor is the moment before which everything was seen. What becomes visible late is caught by asking OVERLAP
 * earlier each time; what was dealt with already isn't an item again. The cursor stays behind the oldest event that waits: what a store says of a
 * request of ours whose name we don't know yet must be read when we do.
 *
 * A decision depends on where the case stands: the table has a row for each status and state. So a page has one update of a case at most; the next
 * page begins with the next one. A status that says what stands already decides nothing. What can't be a decision is kept for a person. */
#include "store/central/open311.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "store/central/georeport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_MAX = 96, PAGE_MAX = 64 << 20 };
#define OVERLAP CLOCK_HOUR
#define AHEAD CLOCK_HOUR /* that a store's clock may be before ours */
#define CURSOR_SIGN 't'

#define IN(state) (1u << CASE_##state)
#define OPEN_INTAKE (IN(RECEIVED) | IN(NEED_INFO))
#define ENDED (IN(REFUSED) | IN(NOTED_CLOSED) | IN(CLOSED))

/* What a decision must say besides. */
enum need { NEED_NOTHING, NEED_WORDS, NEED_UNIT, NEED_AGENCY };

/* type NULL: it says what stands. */
static const struct decision_row {
    const char *status;
    unsigned from;
    enum need need;
    const char *type, *step, *reason_code;
    const char *then; /* the type of a second step; NULL: none */
} rows[] = {
    {"open", IN(RECEIVED), NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"for_triage", IN(RECEIVED), NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"investigating", IN(RECEIVED), NEED_WORDS, "need-info", NULL, NULL, NULL},
    {"investigating", IN(IN_PROCESS), NEED_WORDS, "asked", NULL, NULL, NULL},
    {"investigating", IN(NEED_INFO), NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"in_progress", OPEN_INTAKE, NEED_UNIT, "accepted", NULL, NULL, NULL},
    {"in_progress", IN(RESULT_READY), NEED_WORDS, "sent-back", NULL, NULL, NULL},
    {"in_progress", IN(PUBLISHED) | IN(CLOSED), NEED_WORDS, "annulled", NULL, NULL, NULL},
    {"in_progress", IN(IN_PROCESS), NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"planned", OPEN_INTAKE, NEED_UNIT, "accepted", NULL, NULL, NULL},
    {"planned", IN(IN_PROCESS), NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"action_scheduled", OPEN_INTAKE, NEED_UNIT, "accepted", NULL, NULL, NULL},
    {"action_scheduled", IN(IN_PROCESS), NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"reopen", IN(RESULT_READY), NEED_WORDS, "sent-back", NULL, NULL, NULL},
    {"reopen", IN(PUBLISHED) | IN(CLOSED), NEED_WORDS, "annulled", NULL, NULL, NULL},
    {"reopen", IN(IN_PROCESS) | IN(REJOINDER), NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"fixed", IN(RECEIVED), NEED_WORDS, "result-ready", "answer", NULL, "published"},
    {"fixed", IN(IN_PROCESS), NEED_WORDS, "result-ready", "result", NULL, "published"},
    {"fixed", IN(RESULT_READY), NEED_WORDS, "published", NULL, NULL, NULL},
    {"fixed", IN(REJOINDER), NEED_WORDS, "reconsidered", NULL, NULL, NULL},
    {"fixed", IN(PUBLISHED) | ENDED, NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"closed", IN(RECEIVED), NEED_WORDS, "result-ready", "answer", NULL, "published"},
    {"closed", IN(IN_PROCESS), NEED_WORDS, "result-ready", "result", NULL, "published"},
    {"closed", IN(RESULT_READY), NEED_WORDS, "published", NULL, NULL, NULL},
    {"closed", IN(REJOINDER), NEED_WORDS, "reconsidered", NULL, NULL, NULL},
    {"closed", IN(PUBLISHED) | ENDED, NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"no_further_action", OPEN_INTAKE, NEED_WORDS, "refused", NULL, "no_further_action", NULL},
    {"no_further_action", IN(IN_PROCESS), NEED_WORDS, "closed", NULL, NULL, NULL},
    {"no_further_action", IN(REJOINDER), NEED_WORDS, "reconsidered", NULL, NULL, NULL},
    {"no_further_action", ENDED, NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"duplicate", OPEN_INTAKE, NEED_WORDS, "refused", NULL, "duplicate", NULL},
    {"duplicate", ENDED, NEED_NOTHING, NULL, NULL, NULL, NULL},
    {"not_councils_responsibility", OPEN_INTAKE | IN(IN_PROCESS), NEED_AGENCY, "transferred", NULL, NULL, NULL},
    {"internal_referral", OPEN_INTAKE | IN(IN_PROCESS), NEED_AGENCY, "transferred", NULL, NULL, NULL},
    {"cancelled", ENDED, NEED_NOTHING, NULL, NULL, NULL, NULL},
};

/* ---- when ---- */

/* -1: the beginning. */
static int64_t moment_of(const char *cursor) {
    int64_t at;
    return *cursor == CURSOR_SIGN && parse_int(cursor + 1, 0, INT64_MAX / 2, &at) == ERR_OK ? at : -1;
}

struct open311_period open311_period(const struct pull_request *what, int64_t now) {
    int64_t at = moment_of(what->since), oldest = now - OPEN311_PERIOD_MOST + 2 * CLOCK_HOUR;
    int64_t from = at - OVERLAP < oldest ? oldest : at - OVERLAP; /* what is older no store must tell */
    int64_t until = from + (OPEN311_PERIOD_MOST - 2 * CLOCK_HOUR) / PULL_ITEMS_MAX * what->limit;
    return (struct open311_period){.from = from, .until = what->limit == PULL_ITEMS_MAX || until > now ? now + AHEAD : until};
}

/* ---- one update ---- */

struct known_case {
    char reference[CASE_REFERENCE_MAX + 1];
    struct profile_case of;
    bool decided; /* on this page: where it stands behind it only the table knows */
};

struct page {
    const struct profile_identity *who;
    const struct profile_feed *feed;
    struct json_writer w;
    struct known_case *cases;
    size_t case_count, case_room;
    size_t items;
    int64_t before; /* the cursor's moment */
    char source[PULL_ATTRIBUTE_MAX + 1];
    bool ended; /* the rest comes with the next page */
};

struct update { /* borrowed from the answer */
    const char *reference, *id, *description, *agency, *moment;
    char status[64]; /* lower case */
    int64_t at; /* wall ms; -1: none that can be read */
    size_t place; /* in the answer */
};

static const char *or_nothing(const char *text) {
    return text ? text : "";
}

static struct update update_of(const struct georeport *g, size_t i) {
    struct update u = {.reference = or_nothing(georeport_text(g, i, "service_request_id")),
                       .id = or_nothing(georeport_text(g, i, "update_id")),
                       .description = or_nothing(georeport_text(g, i, "description")),
                       .agency = georeport_text(g, i, "agency_responsible"),
                       .moment = or_nothing(georeport_text(g, i, "updated_datetime")),
                       .at = -1,
                       .place = i};
    const char *status = or_nothing(georeport_text(g, i, "status"));
    for (size_t c = 0; status[c] && c + 1 < sizeof u.status; c++)
        u.status[c] = status[c] >= 'A' && status[c] <= 'Z' ? (char)(status[c] - 'A' + 'a') : status[c];
    if (clock_parse_iso(u.moment, &u.at) != ERR_OK)
        u.at = -1;
    return u;
}

static int by_time(const void *left, const void *right) {
    const struct update *a = left, *b = right;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* Good until the next call. ERR_NOT_FOUND: it isn't of here. */
static enum err case_of(struct page *p, const char *reference, struct known_case **ret_case) {
    struct known_case entry = {.decided = false};
    for (size_t i = 0; i < p->case_count; i++) {
        if (strcmp(p->cases[i].reference, reference) == 0) {
            *ret_case = &p->cases[i];
            return ERR_OK;
        }
    }
    if (!*reference || str_copy(entry.reference, sizeof entry.reference, reference) != ERR_OK)
        return ERR_NOT_FOUND;
    enum err e = p->feed->case_of(p->feed->context, reference, &entry.of);
    if (e != ERR_OK)
        return e;
    if (p->case_count == p->case_room) {
        p->case_room = p->case_room ? 2 * p->case_room : 16;
        p->cases = mem_resize(p->cases, p->case_room, sizeof *p->cases);
    }
    p->cases[p->case_count++] = entry;
    *ret_case = &p->cases[p->case_count - 1];
    return ERR_OK;
}

static const struct decision_row *row_of(const char *status, enum case_state state) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].status, status) == 0 && rows[i].from & 1u << state)
            return &rows[i];
    return NULL;
}

static void put_item(struct page *p, const struct update *u, const struct profile_case *of, const struct decision_row *row, const char *id) {
    struct json_writer *w = &p->w;
    char type[TYPE_MAX], time[CLOCK_TEXT_SIZE];
    snprintf(type, sizeof type, row ? "vn.pakn.case.%s" : "vn.open311.%s", row ? row->type : u->status);
    json_open_object(w, NULL);
    json_put_text(w, "specversion", "1.0");
    json_put_text(w, "id", id);
    json_put_text(w, "source", p->source);
    json_put_text(w, "type", type);
    if (u->at >= 0) {
        clock_iso(u->at, time);
        json_put_text(w, "time", time);
    }
    json_put_text(w, "subject", of->code);
    json_open_object(w, "data");
    json_put_text(w, "code", of->code);
    if (*u->description)
        json_put_text(w, "text", u->description);
    if (row && row->step)
        json_put_text(w, "step", row->step);
    if (row && row->reason_code)
        json_put_text(w, "reason_code", row->reason_code);
    if (row && row->need == NEED_AGENCY)
        json_put_text(w, "agency", u->agency);
    if (row && row->need == NEED_UNIT) {
        const struct profile_service *service = open311_service(p->who->open311, of->field);
        json_put_text(w, "unit", u->agency && *u->agency ? u->agency : service ? service->unit : "");
    }
    json_close_object(w);
    json_close_object(w);
    p->items++;
}

static bool can_be_said(const struct page *p, const struct update *u, const struct profile_case *of, const struct decision_row *row) {
    const struct profile_service *service = open311_service(p->who->open311, of->field);
    bool agency = u->agency && *u->agency;
    if (row->need == NEED_WORDS)
        return *u->description;
    return row->need == NEED_NOTHING || agency || (row->need == NEED_UNIT && service && *service->unit);
}

/* A step, a second one where the first goes on; or the words, for a person. */
static void put_update(struct page *p, const struct update *u, const struct profile_case *of, const char *id) {
    const struct decision_row *row = row_of(u->status, of->state);
    char second[FEED_ID_MAX + 3];
    if (row && row->type && !can_be_said(p, u, of, row))
        row = NULL;
    else if (row && !row->type && !*u->description)
        return;
    if (!row || !row->type) {
        put_item(p, u, of, NULL, id);
        return;
    }
    put_item(p, u, of, row, id);
    if (!row->then)
        return;
    const struct decision_row behind = {.type = row->then};
    snprintf(second, sizeof second, "%s#2", id);
    put_item(p, u, of, &behind, second);
}

static enum err take_update(struct page *p, const struct update *u) {
    struct known_case *k;
    char id[FEED_ID_MAX + 1];
    size_t items = p->items;
    bool known = false;
    enum err e = ERR_OK;
    if (open311_is_ours(p->who, u->id))
        return ERR_OK;
    if (open311_item_id(u->reference, u->id, id))
        e = p->feed->known(p->feed->context, p->source, id, &known);
    else if (u->at <= p->before)
        return ERR_OK; /* without an id it's known by its time: it was on an earlier page, or says not even when it was */
    else
        *id = 0;
    if (e == ERR_OK && !known)
        e = case_of(p, u->reference, &k);
    if (e != ERR_OK || known)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    p->ended = k->decided;
    if (!p->ended)
        put_update(p, u, &k->of, id);
    k->decided = *id && p->items > items; /* without an id it's none, and comes again */
    return ERR_OK;
}

/* ---- the page ---- */

/* `count`: of the updates, those that are dealt with behind this page. */
static int64_t cursor_behind(const struct page *p, const struct pull_request *what, const struct update *updates, size_t count, bool all) {
    int64_t before = moment_of(what->since), now = p->feed->now, until = open311_period(what, now).until;
    int64_t next = all && until < now ? until : before;
    for (size_t i = 0; i < count; i++)
        if (updates[i].at > next && updates[i].at <= now)
            next = updates[i].at;
    if (p->feed->unsettled < next)
        next = p->feed->unsettled;
    return next > before ? next : before;
}

static enum err write_page(struct page *p, const struct pull_request *what, const struct update *updates, size_t count, struct str *to) {
    char cursor[32];
    size_t taken = 0;
    enum err e = ERR_OK;
    json_begin(&p->w, to);
    json_open_object(&p->w, NULL);
    json_open_array(&p->w, "items");
    while (taken < count && e == ERR_OK && p->items < PULL_ITEMS_MAX && !p->ended)
        e = take_update(p, &updates[taken++]);
    taken -= p->ended;
    json_close_array(&p->w);
    int64_t next = cursor_behind(p, what, updates, taken, taken == count);
    snprintf(cursor, sizeof cursor, "%c%lld", CURSOR_SIGN, (long long)next);
    json_put_text(&p->w, "next", next < 0 ? what->since : cursor);
    json_put_bool(&p->w, "more", taken < count || open311_period(what, p->feed->now).until < p->feed->now);
    json_close_object(&p->w);
    return e == ERR_OK && !str_ok(to) ? ERR_TOO_LONG : e;
}

enum err open311_read_changes(const struct profile_identity *who, const struct pull_request *what, const struct profile_feed *feed, struct bytes body,
                              struct str *problem, struct pull_page *ret_page) {
    struct georeport g;
    struct str text;
    if (georeport_read(body, &g) != ERR_OK) {
        str_add(problem, "the store's updates are neither a JSON nor an XML list of GeoReport");
        return ERR_INVALID;
    }
    struct update *updates = mem_array(g.count + 1, sizeof *updates);
    struct page *p = mem_alloc(sizeof *p);
    p->who = who;
    p->feed = feed;
    p->before = moment_of(what->since);
    open311_source(who, p->source);
    for (size_t i = 0; i < g.count; i++)
        updates[i] = update_of(&g, i);
    qsort(updates, g.count, sizeof *updates, by_time);
    str_init(&text, PAGE_MAX);
    enum err e = write_page(p, what, updates, g.count, &text);
    if (e == ERR_OK)
        e = pull_page_read(bytes_of(text.data, text.len), problem, ret_page);
    else
        str_addf(problem, "updates can't be read into a page: %s", err_text(e));
    str_release(&text);
    free(p->cases);
    free(p);
    free(updates);
    georeport_release(&g);
    return e == ERR_OK ? ERR_OK : ERR_INVALID;
}
