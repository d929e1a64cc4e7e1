/* The rounds of a working day: digests, escalation and the monitor's text in the morning, what is due today in the afternoon.
 *
 *   GATHER  agency by agency: open work ─► items (officer, case, how urgent), in memory
 *   TELL    officer by officer: items ─► texts, each with its row
 *   WATCH   officer by officer: whose number bounced       (morning)
 *   MONITOR the service centre's officers                  (morning)
 *
 * A tick does a piece of a phase, so that no turn of the loop waits for 600 officers. Only rows that it sent are kept on disk: after a restart in the
 * middle the round begins anew and passes over who was told already today. It's done when its day is written down; one that can't be finished in
 * office hours is left for the next day. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "smsc/office_hours.h"
#include "smsc/officer_desk.h"
#include "smsc/uplink.h"
#include "store/data_request.h"
#include "store/incident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CENTRAL_AWAY_MOST (4 * CLOCK_HOUR) /* of office hours, until the service centre is told */
enum { AGENCIES_A_TICK = 16, OFFICERS_A_TICK = 16, WATCHED_A_TICK = 64, BOUNCE_DAYS = 14, BOUNCED_SHOWN = 3, CODES_MOST = 512, ITEMS_MAX = 512 };

enum urgency { OVERDUE, DUE_TODAY, DUE_NEXT, LATER, ESCALATED };

struct item {
    int64_t officer_id, case_id;
    int32_t due_day;
    uint8_t urgency;
};

struct items {
    struct item *of;
    size_t count, room;
};

enum phase { PHASE_GATHER, PHASE_TELL, PHASE_WATCH, PHASE_MONITOR };

struct officer_round {
    enum reminder_round which;
    enum phase phase;
    int32_t day, last_day; /* the last round of this kind */
    int32_t next_day; /* the next working day */
    int64_t cursor; /* agency or officer that was done last; agency −1: not even the service centre's */
    struct items items;
    size_t at; /* of the items, in PHASE_TELL */
    int64_t *bounced;
    size_t bounced_count;
};

void officer_forget(struct smsc *s) {
    if (!s->round)
        return;
    free(s->round->items.of);
    free(s->round->bounced);
    free(s->round);
    s->round = NULL;
}

/* ---- gathering ---- */

static void add_item(struct items *items, const struct item *item) {
    if (items->count == items->room) {
        items->room = items->room ? 2 * items->room : 256;
        items->of = mem_resize(items->of, items->room, sizeof *items->of);
    }
    items->of[items->count++] = *item;
}

/* A duty's officers, asked for when the first deadline of that duty comes. */
struct lazy_ids {
    bool known;
    struct officer_ids ids;
};

struct gathering { /* the work of one agency */
    struct smsc *s;
    int64_t agency_id;
    int32_t today, next_day;
    bool afternoon, everything; /* everything: for VIEC, whatever the date; nothing is escalated */
    int64_t only; /* this officer's; 0: all */
    struct lazy_ids officers[DUTY_HEAD + 1];
    struct items *items;
    struct work_list *works; /* with `only`: the work itself */
};

static enum err officers_of(struct gathering *g, enum duty duty, const struct officer_ids **ret_ids) {
    struct lazy_ids *lazy = &g->officers[duty];
    enum err e = lazy->known ? ERR_OK : duty_officers(g->s, duty, g->agency_id, g->today, &lazy->ids);
    lazy->known = e == ERR_OK;
    *ret_ids = &lazy->ids;
    return e;
}

static enum urgency urgency_of(const struct gathering *g, const struct work *w) {
    if (w->missed || w->due_day < g->today)
        return OVERDUE;
    return w->due_day == g->today ? DUE_TODAY : w->due_day <= g->next_day ? DUE_NEXT : LATER;
}

static void add_work(struct gathering *g, const struct work *w) {
    struct work_list *to = g->works;
    if (to->count == to->room) {
        to->room = to->room ? 2 * to->room : 64;
        to->of = mem_resize(to->of, to->room, sizeof *to->of);
    }
    to->of[to->count++] = *w;
}

static enum err add_for(struct gathering *g, enum duty duty, const struct work *w, enum urgency urgency) {
    const struct officer_ids *ids;
    enum err e = officers_of(g, duty, &ids);
    for (size_t i = 0; i < ids->count && e == ERR_OK; i++) {
        if (g->only && ids->of[i] == g->only)
            add_work(g, w);
        if (!g->only)
            add_item(g->items, &(struct item){ids->of[i], w->case_id, w->due_day, (uint8_t)urgency});
    }
    return e;
}

/* Whether a deadline that was found by agency, unit or coordination is that one's own. */
static bool own(const struct gathering *g, enum work_by by, const struct work *w, enum duty *ret_duty) {
    int64_t agency = 0;
    if (w->kind == DEADLINE_OVERALL || !duty_of_deadline(w->kind, w->agency_id, w->unit_id, g->agency_id, ret_duty, &agency))
        return false; /* an alarm has no place in a digest: its text was sent when it passed */
    if (w->kind == DEADLINE_UNIT && w->missed && w->explained)
        return false; /* the date that was stated instead counts */
    return agency == g->agency_id && (*ret_duty == DUTY_UNIT) == (by == WORK_OF_UNIT) && (*ret_duty == DUTY_COORDINATION) == (by == WORK_COORDINATED);
}

static enum err take_work(struct gathering *g, enum work_by by, const struct work *w) {
    enum duty duty;
    if (!own(g, by, w, &duty))
        return ERR_OK;
    enum urgency urgency = urgency_of(g, w);
    if (g->everything)
        return add_for(g, duty, w, urgency);
    if (g->afternoon)
        return urgency == DUE_TODAY ? add_for(g, duty, w, urgency) : ERR_OK;
    enum err e = urgency < LATER ? add_for(g, duty, w, urgency) : ERR_OK;
    if (e == ERR_OK && urgency == OVERDUE && office_days_late(g->s, w->due_day, g->today) >= g->s->settings.officers.escalate_days)
        e = add_for(g, DUTY_HEAD, w, ESCALATED);
    return e;
}

static enum err gather(struct gathering *g) {
    struct work_list works = {0};
    enum err e = ERR_OK;
    for (int by = WORK_OF_AGENCY; by <= WORK_COORDINATED && e == ERR_OK; by++) {
        works.count = 0;
        if (g->agency_id || by == WORK_OF_AGENCY)
            e = work_of(g->s->store, (enum work_by)by, g->agency_id, &works);
        for (size_t i = 0; i < works.count && e == ERR_OK; i++)
            e = take_work(g, (enum work_by)by, &works.of[i]);
    }
    free(works.of);
    return e;
}

static int compare_cases(const void *a, const void *b) {
    const struct item *p = a, *q = b;
    if (p->officer_id != q->officer_id)
        return p->officer_id < q->officer_id ? -1 : 1;
    bool p_escalated = p->urgency == ESCALATED, q_escalated = q->urgency == ESCALATED;
    if (p_escalated != q_escalated)
        return p_escalated ? 1 : -1;
    if (p->case_id != q->case_id)
        return p->case_id < q->case_id ? -1 : 1;
    return p->urgency != q->urgency ? p->urgency - q->urgency : p->due_day - q->due_day;
}

static int compare_urgency(const void *a, const void *b) {
    const struct item *p = a, *q = b;
    if (p->officer_id != q->officer_id)
        return p->officer_id < q->officer_id ? -1 : 1;
    if (p->urgency != q->urgency)
        return p->urgency - q->urgency;
    if (p->due_day != q->due_day)
        return p->due_day - q->due_day;
    return (p->case_id > q->case_id) - (p->case_id < q->case_id);
}

/* A case counts once for each officer, as what is most urgent of it; then by officer, urgency, date. */
static void put_in_order(struct items *items) {
    size_t kept = 0;
    if (items->count == 0)
        return;
    qsort(items->of, items->count, sizeof *items->of, compare_cases);
    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = &items->of[i], *last = kept ? &items->of[kept - 1] : NULL;
        bool again = last && last->officer_id == item->officer_id && last->case_id == item->case_id &&
                     (last->urgency == ESCALATED) == (item->urgency == ESCALATED);
        if (!again)
            items->of[kept++] = *item;
    }
    items->count = kept;
    qsort(items->of, items->count, sizeof *items->of, compare_urgency);
}

static enum err phase_gather(struct smsc *s, struct officer_round *r) {
    enum err e = ERR_OK;
    for (int i = 0; i < AGENCIES_A_TICK && e == ERR_OK; i++) {
        struct gathering g = {.s = s, .today = r->day, .next_day = r->next_day, .afternoon = r->which == ROUND_AFTERNOON, .items = &r->items};
        int64_t parent = 0;
        if (r->cursor >= 0) /* the service centre's cases name no agency: they come first, as agency 0 */
            e = agency_id_next(s->store, r->cursor, &g.agency_id, &parent);
        if (e == ERR_OK)
            e = gather(&g);
        r->cursor = g.agency_id;
    }
    if (e != ERR_NOT_FOUND)
        return e;
    put_in_order(&r->items);
    r->phase = PHASE_TELL;
    return ERR_OK;
}

/* ---- telling ---- */

struct run { /* one officer's items of one urgency */
    const struct item *of;
    size_t count;
};

struct talk { /* with one officer */
    struct smsc *s;
    const struct officer_round *r;
    struct officer_address to;
    struct run runs[ESCALATED + 1];
    int64_t now;
};

static enum err record(struct talk *t, enum reminder_kind kind, int64_t case_id, int64_t outbound) {
    struct reminder row = {.officer_id = t->to.id, .kind = kind, .case_id = case_id, .not_before = t->now, .day = t->r->day, .outbound_id = outbound};
    return reminder_insert(t->s->store, &row);
}

/* " 2: 482109304, 381002130." as far as there is room; what isn't shown is counted. */
static enum err add_codes(struct talk *t, const struct run *run, size_t room, struct str *items) {
    enum err e = ERR_OK;
    for (size_t i = 0; i < run->count && e == ERR_OK; i++) {
        char code[CASE_CODE_SIZE];
        int32_t number = 0;
        size_t rest = run->count - i, tail = rest > 1 ? sizeof " va 9999 viec khac" : 1;
        if (i > 0 && items->len + sizeof ", 482109304" + tail > room) {
            str_addf(items, " va %zu viec khac", rest);
            break;
        }
        e = case_code_of(t->s->store, run->of[i].case_id, &number);
        case_code_text(number, code);
        str_addf(items, "%s%s", i ? ", " : "", code);
    }
    str_add(items, ".");
    return e;
}

/* "hom nay het han 2: 482109304, 381002130. Con 1 ngay: 290177441. Qua han 3." */
static enum err digest_items(struct talk *t, struct str *items) {
    const struct run *overdue = &t->runs[OVERDUE], *today = &t->runs[DUE_TODAY], *next = &t->runs[DUE_NEXT];
    size_t room = compose_room(t->s, TEMPLATE_O_DIGEST);
    size_t for_overdue = overdue->count ? sizeof " Qua han 99999." : 0;
    size_t for_next = next->count ? sizeof " Con 1 ngay 9999: 482109304 va 9999 viec khac." : 0;
    enum err e = ERR_OK;
    if (today->count) {
        str_addf(items, "hom nay het han %zu: ", today->count);
        e = add_codes(t, today, room - for_overdue - for_next, items);
    }
    if (next->count && e == ERR_OK) {
        str_addf(items, next->count > 1 ? "%sCon 1 ngay %zu: " : "%sCon 1 ngay: ", items->len ? " " : "", next->count);
        e = add_codes(t, next, room - for_overdue, items);
    }
    if (overdue->count && e == ERR_OK && items->len) {
        str_addf(items, " Qua han %zu.", overdue->count);
    } else if (overdue->count && e == ERR_OK) {
        str_addf(items, "Qua han %zu: ", overdue->count);
        e = add_codes(t, overdue, room, items);
    }
    return e;
}

static enum err tell_digest(struct talk *t) {
    char day[COMPOSE_DATE_SIZE];
    bool told = false;
    int64_t outbound = 0;
    if (t->runs[OVERDUE].count + t->runs[DUE_TODAY].count + t->runs[DUE_NEXT].count == 0)
        return ERR_OK;
    enum err e = reminder_told(t->s->store, t->to.id, REMINDER_DIGEST, t->r->day, &told);
    if (e != ERR_OK || told)
        return e;
    struct str items;
    str_init(&items, ITEMS_MAX);
    compose_short_date(t->r->day, day);
    e = digest_items(t, &items);
    struct officer_text text = {.template = TEMPLATE_O_DIGEST, .class = OUTBOUND_REMINDER};
    text.values.of[VARIABLE_DAY] = day;
    text.values.of[VARIABLE_ITEMS] = items.data;
    if (e == ERR_OK)
        e = officer_send(t->s, &t->to, &text, t->now, &outbound);
    str_release(&items);
    return e == ERR_OK ? record(t, REMINDER_DIGEST, 0, outbound) : e;
}

/* Whether something was escalated to nobody yet: overdue enough now, and not in the last round. */
static bool newly_escalated(const struct talk *t) {
    const struct run *run = &t->runs[ESCALATED];
    for (size_t i = 0; i < run->count; i++)
        if (office_days_late(t->s, run->of[i].due_day, t->r->last_day) < t->s->settings.officers.escalate_days)
            return true;
    return false;
}

static enum err tell_escalation(struct talk *t) {
    const struct run *run = &t->runs[ESCALATED];
    char codes[CODES_SIZE], many[16];
    int64_t case_ids[CODES_SHOWN], outbound = 0;
    bool told = false;
    if (run->count == 0)
        return ERR_OK;
    int32_t since = newly_escalated(t) ? t->r->day : t->r->day - t->s->settings.officers.escalate_every + 1;
    enum err e = reminder_told(t->s->store, t->to.id, REMINDER_ESCALATION, since, &told);
    if (e != ERR_OK || told)
        return e;
    for (size_t i = 0; i < run->count && i < CODES_SHOWN; i++)
        case_ids[i] = run->of[i].case_id;
    snprintf(many, sizeof many, "%zu", run->count);
    e = codes_words(t->s, case_ids, run->count, codes);
    struct officer_text text = {.template = TEMPLATE_O_ESC, .class = OUTBOUND_REMINDER};
    text.values.of[VARIABLE_HOW_MANY] = many;
    text.values.of[VARIABLE_CODES] = codes;
    if (e == ERR_OK)
        e = officer_send(t->s, &t->to, &text, t->now, &outbound);
    return e == ERR_OK ? record(t, REMINDER_ESCALATION, 0, outbound) : e;
}

static enum err send_due(struct talk *t, int64_t case_id, int64_t *ret_outbound) {
    struct pakn_case c = {0};
    struct case_life life = {0};
    struct case_words words;
    enum err e = case_get(t->s->store, case_id, &c);
    if (e == ERR_OK)
        e = life_get(t->s->store, case_id, &life);
    if (e == ERR_OK)
        e = case_words(t->s, &c, &life, &words);
    case_release(&c);
    life_release(&life);
    if (e != ERR_OK)
        return e;
    struct officer_text text = {.template = TEMPLATE_O_DUE,
                                .class = OUTBOUND_REMINDER,
                                .case_id = case_id,
                                .values = {.of = {[VARIABLE_CODE] = words.code, [VARIABLE_FIELD] = words.field, [VARIABLE_PLACE] = words.place}}};
    return officer_send(t->s, &t->to, &text, t->now, ret_outbound);
}

/* Each by itself while the day has texts left, else all codes in as few texts as hold them: never dropped. */
static enum err tell_due(struct talk *t) {
    const struct run *run = &t->runs[DUE_TODAY];
    int64_t outbound = 0, case_ids[CODES_MOST];
    int sent = 0, texts = 0;
    bool told = false;
    enum err e = reminder_told(t->s->store, t->to.id, REMINDER_DUE, t->r->day, &told);
    if (e == ERR_OK)
        e = reminder_sent_on(t->s->store, t->to.id, t->r->day, &sent);
    if (e != ERR_OK || told || run->count == 0)
        return e;
    bool each = run->count == 1 || (int)run->count <= t->s->settings.officers.cap - sent;
    for (size_t i = 0; i < run->count && i < CODES_MOST; i++)
        case_ids[i] = run->of[i].case_id;
    struct officer_codes codes = {"hom nay het han, chua xong", case_ids, run->count < CODES_MOST ? run->count : CODES_MOST};
    if (!each)
        e = officer_send_codes(t->s, &t->to, &codes, t->now, &outbound, &texts);
    for (size_t i = 0; i < codes.count && e == ERR_OK; i++) {
        if (each)
            e = send_due(t, case_ids[i], &outbound);
        if (e == ERR_OK)
            e = record(t, REMINDER_DUE, case_ids[i], outbound);
    }
    return e;
}

static enum err talk_to(struct smsc *s, struct officer_round *r, int64_t officer_id, size_t end, int64_t now) {
    struct talk t = {.s = s, .r = r, .now = now};
    for (size_t i = r->at; i < end; i++) {
        struct run *run = &t.runs[r->items.of[i].urgency];
        if (run->count++ == 0)
            run->of = &r->items.of[i];
    }
    enum err e = officer_address(s->store, officer_id, r->day, &t.to);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    if (r->which == ROUND_AFTERNOON)
        return tell_due(&t);
    e = tell_digest(&t);
    return e == ERR_OK ? tell_escalation(&t) : e;
}

static enum err phase_tell(struct smsc *s, struct officer_round *r, int64_t now) {
    enum err e = ERR_OK;
    for (int i = 0; i < OFFICERS_A_TICK && r->at < r->items.count && e == ERR_OK; i++) {
        int64_t officer_id = r->items.of[r->at].officer_id;
        size_t end = r->at;
        while (end < r->items.count && r->items.of[end].officer_id == officer_id)
            end++;
        e = talk_to(s, r, officer_id, end, now);
        r->at = end;
    }
    if (e == ERR_OK && r->at == r->items.count) {
        r->phase = PHASE_WATCH;
        r->cursor = 0;
    }
    return e;
}

/* ---- the monitor ---- */

static enum err phase_watch(struct smsc *s, struct officer_round *r) {
    enum err e = ERR_OK;
    for (int i = 0; i < WATCHED_A_TICK && e == ERR_OK && r->which == ROUND_MORNING; i++) {
        struct officer_address o;
        bool bounced = false;
        e = officer_address_next(s->store, r->cursor, r->day, &o);
        if (e == ERR_OK)
            e = reminder_bounced(s->store, o.id, r->day - BOUNCE_DAYS, &bounced);
        if (e == ERR_OK)
            r->cursor = o.id;
        if (e == ERR_OK && bounced) {
            r->bounced = mem_resize(r->bounced, r->bounced_count + 1, sizeof *r->bounced);
            r->bounced[r->bounced_count++] = o.id;
        }
    }
    if (e == ERR_NOT_FOUND || r->which == ROUND_AFTERNOON) {
        r->phase = PHASE_MONITOR;
        return ERR_OK;
    }
    return e;
}

static enum err add_bounced(struct smsc *s, const struct officer_round *r, struct str *items) {
    enum err e = ERR_OK;
    if (r->bounced_count == 0)
        return ERR_OK;
    str_addf(items, "%sso can bo khong nhan duoc tin %zu: ", items->len ? " " : "", r->bounced_count);
    for (size_t i = 0; i < r->bounced_count && i < BOUNCED_SHOWN && e == ERR_OK; i++) {
        struct officer_address o;
        e = officer_address(s->store, r->bounced[i], r->day, &o);
        if (e == ERR_OK)
            str_addf(items, "%s%.16s", i ? ", " : "", o.key);
    }
    str_add(items, r->bounced_count > BOUNCED_SHOWN ? ", ..." : ".");
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Cases that were passed on too often, of the rows that wait for this officer; they're settled with the text. */
static enum err add_hops(struct smsc *s, const struct reminder *rows, size_t count, struct str *items) {
    char codes[CODES_SIZE];
    int64_t case_ids[CODES_SHOWN];
    size_t hops = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].kind == REMINDER_HOPS && hops++ < CODES_SHOWN)
            case_ids[hops - 1] = rows[i].case_id;
    if (hops == 0)
        return ERR_OK;
    enum err e = codes_words(s, case_ids, hops, codes);
    str_addf(items, "%schuyen %d lan: %s.", items->len ? " " : "", s->settings.cases.hops_max, codes);
    return e;
}

/* For how long in office hours the central store wasn't reached: still, or until after the last of these rounds. */
static enum err add_central(struct smsc *s, const struct officer_round *r, int64_t now, struct str *items) {
    int64_t from = 0, until = 0;
    char since[COMPOSE_DATE_SIZE], to[COMPOSE_DATE_SIZE];
    enum err e = uplink_away(s, &from, &until);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    bool told = until && until < office_moment(r->last_day, s->settings.officers.digest_time);
    if (told || office_time(s, from, until ? until : now) < CENTRAL_AWAY_MOST)
        return ERR_OK;
    compose_time(from, since);
    compose_time(until, to);
    str_addf(items, "%smat ket noi kho trung tam tu %s%s%s.", items->len ? " " : "", since, until ? " den " : "", until ? to : "");
    return ERR_OK;
}

/* What is open and late by the data protection law. */
static enum err add_privacy(struct smsc *s, int32_t today, struct str *items) {
    int64_t late = 0;
    bool open = false;
    enum err e = data_request_count_late(s->store, today, &late);
    if (e == ERR_OK && late)
        str_addf(items, "%syeu cau du lieu ca nhan qua han: %lld.", items->len ? " " : "", (long long)late);
    if (e == ERR_OK)
        e = incident_is_open(s->store, &open);
    if (e == ERR_OK && open)
        str_addf(items, "%sco su co du lieu chua bao co quan chuc nang (72 gio).", items->len ? " " : "");
    return e;
}

static enum err settle_hops(struct smsc *s, const struct reminder *rows, size_t count, int32_t day, int64_t outbound) {
    enum err e = ERR_OK;
    for (size_t i = 0; i < count && e == ERR_OK; i++)
        if (rows[i].kind == REMINDER_HOPS)
            e = reminder_settle(s->store, rows[i].id, day, outbound);
    return e;
}

static enum err send_monitor(struct talk *t, const char *items, const struct reminder *rows, size_t count) {
    char day[COMPOSE_DATE_SIZE];
    int64_t outbound = 0;
    struct officer_text text = {.template = TEMPLATE_O_MONITOR, .class = OUTBOUND_REMINDER};
    compose_short_date(t->r->day, day);
    text.values.of[VARIABLE_DAY] = day;
    text.values.of[VARIABLE_ITEMS] = items;
    enum err e = officer_send(t->s, &t->to, &text, t->now, &outbound);
    if (e == ERR_OK)
        e = record(t, REMINDER_MONITOR, 0, outbound);
    return e == ERR_OK ? settle_hops(t->s, rows, count, t->r->day, outbound) : e;
}

static enum err monitor_one(struct talk *t, int64_t late) {
    struct reminder *rows = NULL;
    size_t count = 0;
    bool told = false;
    struct str items;
    str_init(&items, ITEMS_MAX);
    enum err e = reminder_told(t->s->store, t->to.id, REMINDER_MONITOR, t->r->day, &told);
    if (e == ERR_OK)
        e = reminder_waiting_of(t->s->store, t->to.id, t->now, CODES_MOST, &rows, &count);
    if (late)
        str_addf(&items, "qua han tu %d ngay lam viec: %lld viec.", t->s->settings.officers.monitor_days, (long long)late);
    if (e == ERR_OK)
        e = add_central(t->s, t->r, t->now, &items);
    if (e == ERR_OK)
        e = add_hops(t->s, rows, count, &items);
    if (e == ERR_OK)
        e = add_privacy(t->s, t->r->day, &items);
    if (e == ERR_OK)
        e = add_bounced(t->s, t->r, &items);
    if (e == ERR_OK && items.len && !told)
        e = send_monitor(t, items.data, rows, count);
    free(rows);
    str_release(&items);
    return e;
}

/* The day before which something must have been due to be so many whole working days late. */
static int32_t late_before(const struct smsc *s, int32_t today) {
    int32_t day = today;
    while (day > today - 400 && office_days_late(s, day - 1, today) < s->settings.officers.monitor_days)
        day--;
    return day;
}

static enum err phase_monitor(struct smsc *s, struct officer_round *r, int64_t now) {
    struct officer_ids ids = {.count = 0};
    int64_t late = 0;
    enum err e = ERR_OK;
    if (r->which == ROUND_MORNING)
        e = work_late(s->store, late_before(s, r->day), &late);
    if (e == ERR_OK && r->which == ROUND_MORNING)
        e = duty_officers(s, DUTY_INTAKE, 0, r->day, &ids);
    for (size_t i = 0; i < ids.count && e == ERR_OK; i++) {
        struct talk t = {.s = s, .r = r, .now = now};
        e = officer_address(s->store, ids.of[i], r->day, &t.to);
        if (e == ERR_OK)
            e = monitor_one(&t, late);
    }
    for (size_t i = 0; i < r->bounced_count && ids.count && e == ERR_OK; i++)
        e = reminder_mark_bounced(s->store, r->bounced[i], r->day - BOUNCE_DAYS);
    if (e == ERR_OK)
        e = reminder_round_done(s->store, r->which, r->day);
    crash_point("officer.round");
    if (e == ERR_OK) {
        log_event(LOG_LEVEL_INFO, "officer.round", log_text("which", r->which == ROUND_MORNING ? "morning" : "afternoon"),
                  log_int("items", (int64_t)r->items.count));
        officer_forget(s);
    }
    return e;
}

/* ---- when ---- */

static int minute_of(const struct smsc *s, enum reminder_round which) {
    return which == ROUND_MORNING ? s->settings.officers.digest_time : s->settings.officers.due_time;
}

static enum err round_due(struct smsc *s, enum reminder_round which, int64_t now, bool *ret_due) {
    int32_t today = clock_vietnam_day(now), done = 0;
    *ret_due = false;
    if (!office_open(s, now) || now < office_moment(today, minute_of(s, which)))
        return ERR_OK;
    enum err e = reminder_round_day(s->store, which, &done);
    *ret_due = e == ERR_OK && done != today;
    return e;
}

static enum err begin(struct smsc *s, enum reminder_round which, int64_t now) {
    int32_t last = 0, today = clock_vietnam_day(now);
    enum err e = reminder_round_day(s->store, which, &last);
    if (e != ERR_OK)
        return e;
    struct officer_round *r = mem_alloc(sizeof *r);
    r->which = which;
    r->day = today;
    r->last_day = last < today ? last : today - 1; /* later: the clock was put back */
    r->next_day = office_next_day(s, today);
    r->cursor = -1;
    s->round = r;
    return ERR_OK;
}

enum err round_tick(struct smsc *s, int64_t now, bool *ret_worked) {
    enum err e = ERR_OK;
    if (s->round && (!office_open(s, now) || s->round->day != clock_vietnam_day(now)))
        officer_forget(s);
    for (int which = ROUND_MORNING; which <= ROUND_AFTERNOON && !s->round && e == ERR_OK; which++) {
        bool due = false;
        e = round_due(s, (enum reminder_round)which, now, &due);
        if (e == ERR_OK && due)
            e = begin(s, (enum reminder_round)which, now);
    }
    *ret_worked = s->round != NULL;
    if (e != ERR_OK || !s->round)
        return e;
    switch (s->round->phase) {
    case PHASE_GATHER:
        return phase_gather(s, s->round);
    case PHASE_TELL:
        return phase_tell(s, s->round, now);
    case PHASE_WATCH:
        return phase_watch(s, s->round);
    case PHASE_MONITOR:
        break;
    }
    return phase_monitor(s, s->round, now);
}

enum err round_next(struct smsc *s, int64_t now, int64_t *ret_at) {
    int64_t first = INT64_MAX;
    for (int which = ROUND_MORNING; which <= ROUND_AFTERNOON; which++) {
        bool due = false;
        enum err e = round_due(s, (enum reminder_round)which, now, &due);
        if (e != ERR_OK)
            return e;
        int64_t at = due ? now : office_next(s, now + 1, minute_of(s, (enum reminder_round)which));
        first = at < first ? at : first;
    }
    *ret_at = s->round ? now : first;
    return ERR_OK;
}

/* ---- VIEC ---- */

static int compare_work(const void *a, const void *b) {
    const struct work *p = a, *q = b;
    if (p->missed != q->missed)
        return p->missed ? -1 : 1;
    if (p->due_day != q->due_day)
        return p->due_day < q->due_day ? -1 : 1;
    return (p->case_id > q->case_id) - (p->case_id < q->case_id);
}

static void each_case_once(struct work_list *list) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        bool again = false;
        for (size_t k = 0; k < kept && !again; k++)
            again = list->of[k].case_id == list->of[i].case_id;
        if (!again)
            list->of[kept++] = list->of[i];
    }
    list->count = kept;
}

/* The officer's own agency, its units, and for the service centre all that falls to it. */
enum err round_work_of(struct smsc *s, const struct officer *o, int32_t today, struct work_list *ret_list) {
    struct work_list list = {0};
    struct agency own_agency;
    enum err e = agency_get(s->store, o->agency_id, &own_agency);
    if (e != ERR_OK)
        return e;
    bool centre = own_agency.kind == AGENCY_CENTRE;
    agency_release(&own_agency);
    int64_t parent = 0;
    for (int64_t id = 0; e == ERR_OK; e = agency_id_next(s->store, id, &id, &parent)) {
        struct gathering g = {.s = s, .agency_id = id, .today = today, .everything = true, .only = o->id, .works = &list};
        if (centre || id == o->agency_id || (id && parent == o->agency_id))
            e = gather(&g);
        if (e != ERR_OK)
            break;
    }
    if (e != ERR_NOT_FOUND) {
        free(list.of);
        return e;
    }
    if (list.count)
        qsort(list.of, list.count, sizeof *list.of, compare_work);
    each_case_once(&list);
    *ret_list = list;
    return ERR_OK;
}
