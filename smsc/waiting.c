/* What waits to be told, officer by officer.
 *
 * Overdue work first, whatever the cap says; then what is new: one by one while the day has texts left, merged into one text where it would take the
 * last of them, and in the next morning where none is left; then what is only to be known. A row whose reason is gone by then (decided, done,
 * reconsidered meanwhile) is settled without a text. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "smsc/office_hours.h"
#include "smsc/officer_desk.h"

#include <stdio.h>
#include <stdlib.h>

enum { OFFICERS_A_TICK = 16, ROWS_MOST = 256 };

enum group { GROUP_OVERDUE, GROUP_WORK, GROUP_KNOW, GROUP_NONE };

static const struct kind_row {
    enum group group;
    enum deadline_kind deadline; /* GROUP_WORK: that must still run */
    enum template_id template;
} kinds[REMINDER_KIND_COUNT] = {
    [REMINDER_NEW] = {GROUP_WORK, DEADLINE_INTAKE, TEMPLATE_O_NEW},
    [REMINDER_ASSIGN] = {GROUP_WORK, DEADLINE_UNIT, TEMPLATE_O_ASSIGN},
    [REMINDER_COORDINATE] = {GROUP_WORK, DEADLINE_COORDINATION, TEMPLATE_O_COORD},
    [REMINDER_REJOINDER] = {GROUP_WORK, DEADLINE_RECONSIDERATION, TEMPLATE_O_REJOIN},
    [REMINDER_PUBLISH] = {GROUP_WORK, DEADLINE_PUBLICATION, TEMPLATE_O_PUBLISH},
    [REMINDER_OVERDUE] = {GROUP_OVERDUE, DEADLINE_KIND_COUNT, TEMPLATE_O_OVER},
    [REMINDER_SUPPLEMENT] = {GROUP_KNOW, DEADLINE_KIND_COUNT, TEMPLATE_O_SUPP},
    [REMINDER_LOW_RATING] = {GROUP_KNOW, DEADLINE_KIND_COUNT, TEMPLATE_O_LOW},
    [REMINDER_DUE] = {GROUP_NONE, DEADLINE_KIND_COUNT, TEMPLATE_COUNT},
    [REMINDER_DIGEST] = {GROUP_NONE, DEADLINE_KIND_COUNT, TEMPLATE_COUNT},
    [REMINDER_ESCALATION] = {GROUP_NONE, DEADLINE_KIND_COUNT, TEMPLATE_COUNT},
    [REMINDER_MONITOR] = {GROUP_NONE, DEADLINE_KIND_COUNT, TEMPLATE_COUNT},
    [REMINDER_HOPS] = {GROUP_NONE, DEADLINE_KIND_COUNT, TEMPLATE_COUNT},
};

struct flush { /* one officer's turn */
    struct smsc *s;
    struct officer_address to;
    int64_t now;
    int32_t today;
    int left; /* texts of the day */
    struct reminder *rows;
    size_t count;
};

struct item { /* a row that is still to be told */
    const struct reminder *row;
    struct deadline deadline;
};

/* ---- the deadline that a row is about ---- */

/* Whose the deadline is now: a case may have gone to another agency meanwhile. */
static enum err whose(struct flush *f, const struct deadline *d, enum duty *ret_duty, int64_t *ret_agency) {
    struct case_life life = {0};
    enum err e = life_get(f->s->store, d->case_id, &life);
    if (e == ERR_OK)
        e = duty_now(f->s, d, &life, ret_duty, ret_agency);
    life_release(&life);
    return e;
}

static enum err is_theirs(struct flush *f, const struct deadline *d, bool *ret_theirs) {
    struct officer_ids ids = {.count = 0};
    enum duty duty;
    int64_t agency = 0;
    enum err e = whose(f, d, &duty, &agency);
    if (e == ERR_OK)
        e = duty_officers(f->s, duty, agency, f->today, &ids);
    *ret_theirs = false;
    for (size_t i = 0; i < ids.count; i++)
        *ret_theirs = *ret_theirs || ids.of[i] == f->to.id;
    return e;
}

struct deadlines { /* that a row may be about */
    const struct reminder *row;
    struct deadline of[16];
    size_t count;
};

static void note_deadline(void *context, const struct deadline *d) {
    struct deadlines *all = context;
    const struct reminder *row = all->row;
    bool fits = row->deadline_id ? d->id == row->deadline_id && d->state == DEADLINE_MISSED
                                 : d->kind == kinds[row->kind].deadline && d->state == DEADLINE_OPEN;
    if (fits && all->count < sizeof all->of / sizeof *all->of)
        all->of[all->count++] = *d;
}

/* ERR_NOT_FOUND: it isn't open any more, or made good, or another's. A rejoinder is told to intake too, though the unit has the deadline. */
static enum err deadline_of_row(struct flush *f, const struct reminder *row, struct deadline *ret_deadline) {
    struct deadlines all = {.row = row};
    enum err e = deadline_list_of(f->s->store, row->case_id, note_deadline, &all);
    for (size_t i = 0; i < all.count && e == ERR_OK; i++) {
        bool theirs = row->kind == REMINDER_REJOINDER;
        if (!theirs)
            e = is_theirs(f, &all.of[i], &theirs);
        if (e == ERR_OK && theirs) {
            *ret_deadline = all.of[i];
            return ERR_OK;
        }
    }
    return e == ERR_OK ? ERR_NOT_FOUND : e;
}

/* The rows of a group that are ripe and still to be told; what is settled meanwhile says so. */
static enum err collect(struct flush *f, enum group group, struct item *items, size_t *ret_count) {
    *ret_count = 0;
    enum err e = ERR_OK;
    for (size_t i = 0; i < f->count && e == ERR_OK; i++) {
        struct item item = {.row = &f->rows[i]};
        if (kinds[item.row->kind].group != group)
            continue;
        if (group != GROUP_KNOW)
            e = deadline_of_row(f, item.row, &item.deadline);
        if (e == ERR_OK)
            items[(*ret_count)++] = item;
        else if (e == ERR_NOT_FOUND)
            e = reminder_settle(f->s->store, item.row->id, f->today, 0);
    }
    return e;
}

static enum err settle_all(struct flush *f, const struct item *items, size_t count, int64_t outbound_id) {
    enum err e = ERR_OK;
    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = reminder_settle(f->s->store, items[i].row->id, f->today, outbound_id);
    crash_point("officer.told");
    return e;
}

static enum err postpone_all(struct flush *f, const struct item *items, size_t count) {
    int64_t at = office_next(f->s, calendar_end_of_day(f->today), f->s->settings.officers.office_from);
    enum err e = ERR_OK;
    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = reminder_postpone(f->s->store, items[i].row->id, at);
    return e;
}

/* ---- one text ---- */

struct words { /* what the values point to */
    struct case_words c;
    char agency[32], date[COMPOSE_DATE_SIZE], until[COMPOSE_DATE_SIZE], days[16], rating[16];
};

/* Who asks for coordination, else whose deadline it was. */
static enum err agency_of_item(struct flush *f, const struct item *item, const struct case_life *life, char out[32]) {
    enum duty duty;
    int64_t agency = life->agency_id;
    enum err e = item->row->kind == REMINDER_OVERDUE ? whose(f, &item->deadline, &duty, &agency) : ERR_OK;
    return e == ERR_OK ? agency_words(f->s, agency, out) : e;
}

static enum err fill(struct flush *f, const struct item *item, struct words *w) {
    struct pakn_case c = {0};
    struct case_life life = {0};
    enum err e = case_get(f->s->store, item->row->case_id, &c);
    if (e == ERR_OK)
        e = life_get(f->s->store, c.id, &life);
    if (e == ERR_OK)
        e = case_words(f->s, &c, &life, &w->c);
    if (e == ERR_OK)
        e = agency_of_item(f, item, &life, w->agency);
    compose_date(item->deadline.due_day, w->date);
    compose_date(item->deadline.due_day, w->until);
    if (item->row->kind == REMINDER_REJOINDER)
        compose_date(clock_vietnam_day(life.rejoined_at), w->date);
    snprintf(w->days, sizeof w->days, "%d", item->deadline.working_days);
    snprintf(w->rating, sizeof w->rating, "%d", life.rating);
    case_release(&c);
    life_release(&life);
    return e;
}

/* The citizen is told a reason where the unit is late (art. 11.1); the other offices only have to do what is due. */
static const char *what_to_do(const struct deadline *d) {
    return d->kind == DEADLINE_UNIT ? "Nhap ly do de thong bao nguoi dan" : "De nghi xu ly ngay";
}

static enum err send_one(struct flush *f, const struct item *item) {
    struct words w = {0};
    int64_t outbound = 0;
    enum err e = fill(f, item, &w);
    struct officer_text text = {.template = kinds[item->row->kind].template,
                                .class = item->row->kind == REMINDER_OVERDUE ? OUTBOUND_REMINDER : OUTBOUND_NOTICE,
                                .case_id = item->row->case_id,
                                .values = {.of = {[VARIABLE_CODE] = w.c.code,
                                                  [VARIABLE_FIELD] = w.c.field,
                                                  [VARIABLE_PLACE] = w.c.place,
                                                  [VARIABLE_AGENCY] = w.agency,
                                                  [VARIABLE_DATE] = w.date,
                                                  [VARIABLE_UNTIL] = w.until,
                                                  [VARIABLE_DAYS] = w.days,
                                                  [VARIABLE_ASK] = what_to_do(&item->deadline),
                                                  [VARIABLE_RATING] = w.rating}}};
    if (e == ERR_OK)
        e = officer_send(f->s, &f->to, &text, f->now, &outbound);
    f->left--;
    return e == ERR_OK ? settle_all(f, item, 1, outbound) : e;
}

static enum err send_each(struct flush *f, const struct item *items, size_t count) {
    enum err e = ERR_OK;
    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = send_one(f, &items[i]);
    return e;
}

/* ---- groups ---- */

static enum err tell_overdue(struct flush *f, const struct item *items, size_t count) {
    int64_t case_ids[ROWS_MOST], outbound = 0;
    int texts = 0;
    if (count <= 1 || (int)count <= f->left)
        return send_each(f, items, count);
    for (size_t i = 0; i < count; i++)
        case_ids[i] = items[i].row->case_id;
    struct officer_codes codes = {"QUA HAN", case_ids, count};
    enum err e = officer_send_codes(f->s, &f->to, &codes, f->now, &outbound, &texts);
    f->left -= texts;
    return e == ERR_OK ? settle_all(f, items, count, outbound) : e;
}

static enum err merge(struct flush *f, const struct item *items, size_t count) {
    int64_t case_ids[CODES_SHOWN], outbound = 0;
    char codes[CODES_SIZE], many[16], date[COMPOSE_DATE_SIZE];
    int32_t nearest = items[0].deadline.due_day;
    for (size_t i = 0; i < count; i++) {
        if (i < CODES_SHOWN)
            case_ids[i] = items[i].row->case_id;
        if (items[i].deadline.due_day < nearest)
            nearest = items[i].deadline.due_day;
    }
    snprintf(many, sizeof many, "%zu", count);
    compose_date(nearest, date);
    struct officer_text text = {.template = TEMPLATE_O_NEWMANY, .class = OUTBOUND_NOTICE};
    text.values.of[VARIABLE_HOW_MANY] = many;
    text.values.of[VARIABLE_CODES] = codes;
    text.values.of[VARIABLE_DATE] = date;
    enum err e = codes_words(f->s, case_ids, count, codes);
    if (e == ERR_OK)
        e = officer_send(f->s, &f->to, &text, f->now, &outbound);
    f->left--;
    return e == ERR_OK ? settle_all(f, items, count, outbound) : e;
}

static enum err tell_work(struct flush *f, const struct item *items, size_t count) {
    if (count == 0)
        return ERR_OK;
    if (f->left <= 0)
        return postpone_all(f, items, count);
    return count == 1 || (int)count < f->left ? send_each(f, items, count) : merge(f, items, count);
}

/* The last text of the day is kept for work. */
static enum err tell_known(struct flush *f, const struct item *items, size_t count) {
    enum err e = ERR_OK;
    size_t i = 0;
    for (; i < count && f->left > 1 && e == ERR_OK; i++)
        e = send_one(f, &items[i]);
    return e == ERR_OK ? postpone_all(f, items + i, count - i) : e;
}

static enum err tell_groups(struct flush *f) {
    static enum err (*const tellers[])(struct flush *, const struct item *,
                                       size_t) = {[GROUP_OVERDUE] = tell_overdue, [GROUP_WORK] = tell_work, [GROUP_KNOW] = tell_known};
    struct item items[ROWS_MOST];
    enum err e = ERR_OK;
    for (int group = GROUP_OVERDUE; group < GROUP_NONE && e == ERR_OK; group++) {
        size_t count = 0;
        e = collect(f, (enum group)group, items, &count);
        if (e == ERR_OK)
            e = tellers[group](f, items, count);
    }
    for (size_t i = 0; i < f->count && e == ERR_OK; i++)
        if (kinds[f->rows[i].kind].group == GROUP_NONE) /* the round that it waited for is over */
            e = reminder_settle(f->s->store, f->rows[i].id, f->today, 0);
    return e;
}

/* ---- who isn't there any more ---- */

/* What waited for them goes to who has that duty in that place now. */
static enum err hand_on(struct flush *f, int64_t officer_id) {
    struct officer gone;
    struct officer_ids ids = {.count = 0};
    enum err e = officer_get(f->s->store, officer_id, &gone);
    if (e == ERR_OK) {
        e = duty_officers(f->s, duty_of_role(gone.role), gone.agency_id, f->today, &ids);
        officer_release(&gone);
    }
    for (size_t i = 0; i < f->count && e == ERR_OK; i++) {
        for (size_t k = 0; k < ids.count && e == ERR_OK && f->rows[i].kind != REMINDER_HOPS; k++) {
            struct reminder r = f->rows[i];
            bool waits = false;
            r.officer_id = ids.of[k];
            e = reminder_waits(f->s->store, r.officer_id, r.kind, r.case_id, &waits);
            if (e == ERR_OK && !waits)
                e = reminder_insert(f->s->store, &r);
        }
        if (e == ERR_OK)
            e = reminder_settle(f->s->store, f->rows[i].id, f->today, 0);
    }
    return e;
}

static enum err flush_officer(struct smsc *s, int64_t officer_id, int64_t now) {
    struct flush f = {.s = s, .now = now, .today = clock_vietnam_day(now)};
    int sent = 0;
    enum err e = reminder_waiting_of(s->store, officer_id, now, ROWS_MOST, &f.rows, &f.count);
    if (e != ERR_OK)
        return e;
    e = officer_address(s->store, officer_id, f.today, &f.to);
    if (e == ERR_NOT_FOUND) {
        e = hand_on(&f, officer_id);
    } else if (e == ERR_OK) {
        e = reminder_sent_on(s->store, officer_id, f.today, &sent);
        f.left = s->settings.officers.cap - sent;
        if (e == ERR_OK)
            e = tell_groups(&f);
    }
    free(f.rows);
    return e;
}

enum err waiting_tick(struct smsc *s, int64_t now) {
    enum err e = ERR_OK;
    for (int i = 0; i < OFFICERS_A_TICK && e == ERR_OK && office_open(s, now); i++) {
        struct reminder first;
        e = reminder_next_waiting(s->store, &first);
        if (e != ERR_OK || first.not_before > now)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        e = flush_officer(s, first.officer_id, now);
    }
    return e;
}

enum err waiting_next(struct smsc *s, int64_t now, int64_t *ret_at) {
    struct reminder first;
    enum err e = reminder_next_waiting(s->store, &first);
    if (e == ERR_NOT_FOUND) {
        *ret_at = INT64_MAX;
        return ERR_OK;
    }
    if (e == ERR_OK)
        *ret_at = office_next_open(s, first.not_before > now ? first.not_before : now);
    return e;
}
