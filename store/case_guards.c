/* Who may do what when: the conditions of the rows, and the sentence with which a step is refused. Nothing here changes anything. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/text.h"
#include "store/case_moment.h"
#include "store/directory.h"
#include "store/statements.h"

#include <string.h>

enum { LETTERS_LEAST = 10 };

#define X(symbol, why) [symbol] = (why),
static const char *const guard_sentences[GUARD_COUNT] = {CASE_GUARD_TABLE(X)};
#undef X

/* ---- agencies ---- */

enum err agency_standing(struct store *s, int64_t id, struct standing *ret_standing) {
    sqlite3_stmt *q = statement(s, S_AGENCY_STANDING);
    bind_int(q, 1, id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct standing found = {.kind = (int)column_int(q, 0), .parent_id = column_int(q, 1), .active = column_int(q, 2) != 0};
    e = column_copy(q, 3, found.key, sizeof found.key);
    statement_done(q);
    if (e == ERR_OK)
        *ret_standing = found;
    return e;
}

/* False: it isn't there, or the store failed. */
static bool standing_of(struct moment *m, int64_t id, struct standing *ret_standing) {
    enum err e = id ? agency_standing(m->parts->store, id, ret_standing) : ERR_NOT_FOUND;
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        m->failed = e;
    return e == ERR_OK;
}

static bool agency_active(struct moment *m, int64_t id) {
    struct standing s;
    return standing_of(m, id, &s) && s.active;
}

/* The service centre is 0 wherever a case says who has it. */
static int64_t normal_agency(struct moment *m, int64_t id) {
    struct standing s;
    return standing_of(m, id, &s) && s.kind == AGENCY_CENTRE ? 0 : id;
}

int64_t moment_agency_of_kind(struct moment *m, int kind) {
    struct agency found;
    enum err e = agency_of_kind(m->parts->store, (enum agency_kind)kind, &found);
    if (e != ERR_OK) {
        m->failed = e == ERR_NOT_FOUND ? m->failed : e;
        return 0;
    }
    int64_t id = found.id;
    agency_release(&found);
    return id;
}

/* Without an office the service centre, 0, finds out whose it is. */
static int64_t office_id(struct moment *m) {
    return moment_agency_of_kind(m, AGENCY_OFFICE);
}

/* Whether that agency is the actor's own, or a unit of it. */
static bool is_actors(struct moment *m, int64_t agency_id) {
    struct standing actor, that;
    if (agency_id == m->step->actor_agency_id)
        return true;
    if (agency_id == 0)
        return standing_of(m, m->step->actor_agency_id, &actor) && actor.kind == AGENCY_CENTRE;
    return standing_of(m, agency_id, &that) && that.parent_id == m->step->actor_agency_id;
}

/* An officer acts for the cases that their own agency, or a unit of it, has. */
static bool competent(struct moment *m, const struct case_rule *rule) {
    if (m->step->actor_agency_id == 0 || rule->step == STEP_COORDINATION_ANSWER)
        return true;
    switch (m->step->role) {
    case ROLE_INTAKE:
        return is_actors(m, m->life.agency_id);
    case ROLE_UNIT:
        return is_actors(m, moment_handler(m));
    case ROLE_CITIZEN:
    case ROLE_REPRESENTED:
    case ROLE_TIMER:
    case ROLE_COORDINATING:
    case ROLE_OFFICE:
    case ROLE_CENTRE:
    case ROLE_HEAD:
    case ROLE_COUNT:
        break;
    }
    return true;
}

/* ---- the conditions ---- */

static bool has_words(const char *text) {
    if (!text || strlen(text) > CASE_TEXT_MAX)
        return false;
    for (const char *at = text; *at;) {
        uint32_t c = text_next(&at);
        if (c > ' ' && c != 0xA0 && c != 0x200B && c != 0xFEFF)
            return true;
    }
    return false;
}

static bool guard_letters(struct moment *m) {
    return text_letters(m->c.text ? m->c.text : "") >= LETTERS_LEAST;
}

static bool guard_text(struct moment *m) {
    return has_words(m->step->text);
}

static bool guard_unit_known(struct moment *m) {
    return m->step->agency_count == 1 && agency_active(m, m->step->agency_ids[0]);
}

static bool guard_pauses(struct moment *m) {
    return has_words(m->step->text) && m->life.pauses < m->parts->settings->pauses_max;
}

static bool guard_refusal(struct moment *m) {
    return has_words(m->step->text) && has_words(m->step->reason_code);
}

/* Sets target_id. Too many hops: the provincial Office finds out whose it is. */
static bool guard_other_agency(struct moment *m) {
    const struct case_step *step = m->step;
    int64_t here = m->before == CASE_IN_PROCESS ? normal_agency(m, moment_handler(m)) : m->life.agency_id;
    bool lost = step->role != ROLE_OFFICE && m->life.hops >= m->parts->settings->hops_max;
    if (step->agency_count > 1 || (step->agency_count == 1 && !agency_active(m, step->agency_ids[0])))
        return false;
    if (lost)
        m->target_id = office_id(m);
    else if (step->agency_count == 1)
        m->target_id = normal_agency(m, step->agency_ids[0]);
    else
        m->target_id = step->role == ROLE_UNIT ? m->life.agency_id : office_id(m);
    return m->target_id != here;
}

static bool coordinates(const struct moment *m, int64_t agency_id, int64_t *ret_id) {
    for (size_t i = 0; i < m->asked_count; i++) {
        if (m->asked[i].agency_id == agency_id) {
            *ret_id = m->asked[i].id;
            return true;
        }
    }
    return false;
}

static bool guard_agencies(struct moment *m) {
    const struct case_step *step = m->step;
    int64_t ignored;
    if (step->agency_count < 1 || step->agency_count + m->asked_count > COORDINATIONS_MAX)
        return false;
    for (size_t i = 0; i < step->agency_count; i++) {
        if (!agency_active(m, step->agency_ids[i]) || step->agency_ids[i] == moment_handler(m) || coordinates(m, step->agency_ids[i], &ignored))
            return false;
        for (size_t k = 0; k < i; k++)
            if (step->agency_ids[k] == step->agency_ids[i])
                return false;
    }
    return true;
}

static bool guard_coordination(struct moment *m) {
    const struct case_step *step = m->step;
    int64_t whose = step->actor_agency_id == 0 && step->agency_count == 1 ? step->agency_ids[0] : step->actor_agency_id;
    return has_words(step->text) && coordinates(m, whose, &m->coordination_id);
}

static bool guard_late_reason(struct moment *m) {
    const struct deadline *unit = moment_live(m, DEADLINE_UNIT);
    return has_words(m->step->text) && m->step->day > clock_vietnam_day(m->now) && (!unit || m->step->day > unit->due_day) &&
           calendar_working(m->parts->calendar, m->step->day);
}

static bool guard_late(struct moment *m) {
    return m->life.late & (1u << DEADLINE_UNIT) && !m->life.explained;
}

/* Art. 7.4: what is flagged isn't published before an officer has looked, or its content is kept from the public anyway. No deadline waits for it. */
static bool held(const struct moment *m) {
    return m->c.flags & CASE_MODERATION && !(m->c.flags & (CASE_REVIEWED | CASE_CONFIDENTIAL | CASE_PROTECTED));
}

/* Without words of the step it's the unit's that are published. */
static bool guard_public(struct moment *m) {
    if (held(m))
        return false;
    if (m->parts->settings->behalf_consent_gate && (m->life.consent == CONSENT_PENDING || m->life.consent == CONSENT_NO))
        return false;
    m->text = m->step->text;
    if (!m->text && !m->own_text) {
        struct answer result = {0};
        enum err e = answer_newest(m->parts->store, m->c.id, true, &result);
        if (e != ERR_OK && e != ERR_NOT_FOUND)
            m->failed = e;
        m->own_text = result.text;
    }
    if (!m->text)
        m->text = m->own_text;
    return has_words(m->text);
}

static bool guard_reconsidered(struct moment *m) {
    return has_words(m->step->text) && !held(m);
}

static bool guard_flagged(struct moment *m) {
    return m->c.flags & CASE_MODERATION && !(m->c.flags & CASE_REVIEWED);
}

static bool guard_undelivered(struct moment *m) {
    return m->life.delivered_at == 0;
}

/* What was said of a result that was annulled doesn't count. */
static bool guard_rejoined(struct moment *m) {
    return m->life.rejoined_at > m->life.annulled_at;
}

static int32_t said_day(const struct moment *m) {
    int64_t at = m->step->said_at;
    return clock_vietnam_day(at > 0 && at <= m->now ? at : m->now);
}

static bool guard_in_time(struct moment *m) {
    const struct deadline *rejoinder = moment_live(m, DEADLINE_REJOINDER);
    int32_t until = rejoinder && rejoinder->due_day > m->life.rejoinder_until ? rejoinder->due_day : m->life.rejoinder_until, late = 0;
    if (rejoinder && rejoinder->due_day == 0) /* it waits for a clock */
        return true;
    if (m->life.delivered_at == 0) {
        enum err e = moment_no_receipt_day(m, &late);
        if (e != ERR_OK)
            m->failed = e;
    }
    return said_day(m) <= (until > late ? until : late);
}

static bool guard_refusal_in_time(struct moment *m) {
    int32_t until = 0;
    if (!m->parts->settings->refusal_rejoinder || m->life.original_id || guard_rejoined(m))
        return false;
    enum err e = moment_due(m, NO_AGENCY, m->life.ended_at, m->parts->settings->rejoinder_days, &until);
    if (e != ERR_OK)
        m->failed = e;
    return said_day(m) <= until;
}

static bool guard_rating(struct moment *m) {
    int64_t window = m->parts->settings->rating_change_days * CLOCK_DAY;
    return m->step->rating >= 1 && m->step->rating <= 5 && (m->life.rated_at == 0 || m->now - m->life.rated_at <= window);
}

static bool guard_rating_low(struct moment *m) {
    return m->step->rating <= 2 && guard_rating(m);
}

static bool guard_original(struct moment *m) {
    struct pakn_case original = {0};
    enum err e = case_get(m->parts->store, m->step->original_id, &original);
    bool suits = e == ERR_OK && original.id != m->c.id && original.subscriber_id == m->c.subscriber_id && m->c.subscriber_id != SUBSCRIBER_NOBODY &&
                 original.state != CASE_DRAFT && !case_state_ended(original.state);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        m->failed = e;
    case_release(&original);
    return suits;
}

static bool guard_supporter(struct moment *m) {
    struct pakn_case other = {0};
    enum err e = case_get(m->parts->store, m->step->original_id, &other);
    bool suits = e == ERR_OK && other.id != m->c.id && other.subscriber_id != m->c.subscriber_id && other.state != CASE_DRAFT;
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        m->failed = e;
    case_release(&other);
    return suits;
}

static bool guard_later(struct moment *m) {
    for (size_t i = 0; i < m->live_count; i++)
        if (m->step->deadline && m->live[i].id == m->step->deadline->id)
            return m->live[i].state == DEADLINE_OPEN && m->step->day > m->live[i].due_day;
    return false;
}

static bool guard_dissent(struct moment *m) {
    return !m->step->yes;
}

static bool guard_unopened(struct moment *m) {
    return m->parts->settings->t2_start == T2_OPENED && m->life.opened_at == 0;
}

static bool guard_other_number(struct moment *m) {
    return has_words(m->step->text) && m->step->subscriber_id != SUBSCRIBER_NOBODY && m->step->subscriber_id != m->c.subscriber_id;
}

static bool guard_bound(struct moment *m) {
    return m->c.subscriber_id != SUBSCRIBER_NOBODY;
}

static bool (*const guards[GUARD_COUNT])(struct moment *m) = {
    [GUARD_LETTERS] = guard_letters,
    [GUARD_TEXT] = guard_text,
    [GUARD_UNIT_KNOWN] = guard_unit_known,
    [GUARD_PAUSES] = guard_pauses,
    [GUARD_REFUSAL] = guard_refusal,
    [GUARD_OTHER_AGENCY] = guard_other_agency,
    [GUARD_AGENCIES] = guard_agencies,
    [GUARD_COORDINATION] = guard_coordination,
    [GUARD_LATE_REASON] = guard_late_reason,
    [GUARD_LATE] = guard_late,
    [GUARD_PUBLIC] = guard_public,
    [GUARD_UNDELIVERED] = guard_undelivered,
    [GUARD_REJOINED] = guard_rejoined,
    [GUARD_IN_TIME] = guard_in_time,
    [GUARD_REFUSAL_IN_TIME] = guard_refusal_in_time,
    [GUARD_RATING] = guard_rating,
    [GUARD_RATING_LOW] = guard_rating_low,
    [GUARD_ORIGINAL] = guard_original,
    [GUARD_LATER] = guard_later,
    [GUARD_DISSENT] = guard_dissent,
    [GUARD_UNOPENED] = guard_unopened,
    [GUARD_OTHER_NUMBER] = guard_other_number,
    [GUARD_BOUND] = guard_bound,
    [GUARD_RECONSIDERED] = guard_reconsidered,
    [GUARD_FLAGGED] = guard_flagged,
    [GUARD_SUPPORTER] = guard_supporter,
};

/* ---- the row ---- */

static bool expires(const struct moment *m, const struct case_rule *rule) {
    if (!rule->expired)
        return true;
    const struct deadline *d = m->step->deadline;
    if (!d || !(rule->expired & 1u << d->kind))
        return false;
    for (size_t i = 0; i < m->live_count; i++)
        if (m->live[i].id == d->id)
            return m->live[i].state == DEADLINE_OPEN && m->live[i].due_at <= m->now;
    return false;
}

/* ---- the refusal ---- */

static void say_states(struct str *to, unsigned states) {
    const char *between = "";
    for (int s = 0; s < CASE_STATE_COUNT; s++) {
        if (states & 1u << s) {
            str_addf(to, "%s%s", between, case_state_name((enum case_state)s));
            between = ", ";
        }
    }
    if (states & 1u << CASE_NONE)
        str_addf(to, "%sa message", between);
}

static void say_roles(struct str *to, unsigned roles) {
    const char *between = "";
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (roles & 1u << r) {
            str_addf(to, "%s%s", between, case_role_name((enum case_role)r));
            between = ", ";
        }
    }
}

static void say_case(const struct moment *m) {
    char code[CASE_CODE_SIZE];
    case_code_text(m->c.code, code);
    if (m->c.code)
        str_addf(m->problem, "case %s is %s: ", code, case_state_name(m->before));
    else
        str_add(m->problem, m->c.id ? "a draft: " : "no case yet: ");
}

struct known { /* keys of agencies, a few of them */
    struct str *to;
    int count;
};
enum { KNOWN_MOST = 8 };

static void say_agency(void *context, const struct agency *a) {
    struct known *known = context;
    if (a->active && known->count++ < KNOWN_MOST)
        str_addf(known->to, "%s%s", known->count > 1 ? ", " : " (known: ", a->key);
}

static enum err say_known(const struct moment *m) {
    struct known known = {.to = m->problem};
    enum err e = agency_list(m->parts->store, say_agency, &known);
    if (e == ERR_OK)
        str_add(m->problem, known.count > KNOWN_MOST ? ", …)" : known.count ? ")" : " (there are none: directory import)");
    return e;
}

static void say_day(const struct moment *m, const char *what, int32_t day) {
    char date[CALENDAR_DATE_SIZE];
    calendar_date_text(day, date);
    str_addf(m->problem, "%s %s", what, date);
}

static void say_flags(const struct moment *m) {
    const char *names[CASE_FLAGS_MAX];
    size_t count = case_flag_names(m->c.flags & CASE_MODERATION, names);
    for (size_t i = 0; i < count; i++)
        str_addf(m->problem, "%s%s", i ? ", " : " (", names[i]);
    str_add(m->problem, "): look at them, then `case review`; or keep them from the public with `case confidential`");
}

/* What the sentence is about, in this case. */
static enum err say_facts(struct moment *m, enum case_guard guard) {
    const struct deadline *unit = moment_live(m, DEADLINE_UNIT);
    if (guard == GUARD_UNIT_KNOWN || guard == GUARD_OTHER_AGENCY || guard == GUARD_AGENCIES)
        return say_known(m);
    if (guard == GUARD_PAUSES) {
        str_addf(m->problem, " (%d of %d times)", m->life.pauses, m->parts->settings->pauses_max);
    } else if (guard == GUARD_LATE_REASON) {
        say_day(m, " (today is", clock_vietnam_day(m->now));
        if (unit)
            say_day(m, ", the deadline", unit->due_day);
        str_add_char(m->problem, ')');
    } else if ((guard == GUARD_PUBLIC || guard == GUARD_RECONSIDERED) && held(m)) {
        say_flags(m);
    }
    return ERR_OK;
}

static enum err say_whose(struct moment *m) {
    int64_t id = m->step->role == ROLE_UNIT ? moment_handler(m) : m->life.agency_id;
    struct standing has;
    bool agency = standing_of(m, id, &has);
    str_addf(m->problem, "%s has this case, not the officer's agency", agency ? has.key : "the service centre");
    return m->failed;
}

struct near { /* how far the rows of the step fit */
    unsigned states, roles;
    bool in_state, expired, foreign;
    enum case_guard guard;
};

static enum err refuse(struct moment *m, const struct near *near) {
    enum err e = ERR_OK;
    if (!m->problem)
        return ERR_CONFLICT;
    say_case(m);
    str_addf(m->problem, "%s", case_step_name(m->step->kind));
    if (!near->in_state) {
        str_add(m->problem, " is possible from ");
        say_states(m->problem, near->states);
    } else if (near->expired) {
        str_add(m->problem, ": no deadline that it is for has passed");
    } else if (near->guard != GUARD_NONE) {
        str_addf(m->problem, ": %s", guard_sentences[near->guard]);
        e = say_facts(m, near->guard);
    } else if (near->foreign) {
        str_add(m->problem, ": ");
        e = say_whose(m);
    } else {
        str_add(m->problem, " is for ");
        say_roles(m->problem, near->roles);
        str_addf(m->problem, ", not for %s", case_role_name(m->step->role));
    }
    return e == ERR_OK ? ERR_CONFLICT : e;
}

static bool fits(struct moment *m, const struct case_rule *rule, struct near *near) {
    near->states |= rule->from;
    if (!(rule->from & 1u << m->before))
        return false;
    near->in_state = true;
    near->roles |= rule->who;
    if (!(rule->who & 1u << m->step->role))
        return false;
    if (!expires(m, rule)) {
        near->expired = true;
        return false;
    }
    if (!competent(m, rule)) {
        near->foreign = true;
        return false;
    }
    if (!guards[rule->guard] || guards[rule->guard](m))
        return true;
    if (*guard_sentences[rule->guard])
        near->guard = rule->guard;
    return false;
}

enum err moment_find_rule(struct moment *m) {
    struct near near = {0};
    for (size_t i = 0; i < case_rule_count; i++) {
        if (case_rules[i].step == m->step->kind && fits(m, &case_rules[i], &near) && m->failed == ERR_OK) {
            m->rule = &case_rules[i];
            return ERR_OK;
        }
        if (m->failed != ERR_OK)
            return m->failed;
    }
    return refuse(m, &near);
}
