/* Everything goes by steps of the rules, so that each is an event of its case. What a number had besides cases (a name, wishes, questions, a block)
 * is its owner's: it goes when the owner does. */
#include "smsc/binding.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "smsc/abuse.h"
#include "smsc/centre.h"
#include "smsc/life.h"
#include "smsc/questions.h"
#include "smsc/uplink.h"
#include "store/directory.h"
#include "store/particulars.h"
#include "store/ussd_session.h"

#include <stdlib.h>

/* ---- another number ---- */

static bool suits(struct smsc *s, const char *number, struct phone *ret_phone, struct str *problem) {
    if (!number || phone_parse(number, ret_phone) != ERR_OK || !phone_mobile(ret_phone))
        str_add(problem, "a mobile number is needed, like 0912000001: a case is bound to the phone that its texts go to");
    else if (centre_own_number(s, ret_phone))
        str_add(problem, "that is a number of this appliance");
    else
        return true;
    return false;
}

enum err binding_target(struct smsc *s, const char *number, int64_t now, struct str *problem, struct subscriber *ret_subscriber) {
    struct phone phone;
    struct subscriber who = {0};
    if (!suits(s, number, &phone, problem))
        return ERR_INVALID;
    enum err e = subscriber_get(s->store, &phone, &who);
    if (e != ERR_OK)
        return e;
    if (who.conduct.blocked_until > now) {
        str_add(problem, "that sender is blocked, and wouldn't be answered: lift the block first (phanhoictl sender unblock)");
        subscriber_release(&who);
        return ERR_CONFLICT;
    }
    *ret_subscriber = who;
    return ERR_OK;
}

/* ---- what is left behind ---- */

/* The newest open question of that subscriber about the case (0: about anything), older than `before`; also one whose time is over. ERR_NOT_FOUND. */
static enum err question_about(struct smsc *s, int64_t subscriber_id, int64_t case_id, int64_t *before, struct dialogue *ret_question) {
    for (;;) {
        struct dialogue d = {0};
        enum err e = dialogue_before(s->store, subscriber_id, *before, INT64_MIN, &d);
        if (e != ERR_OK)
            return e;
        *before = d.id;
        if (case_id == 0 || d.case_id == case_id) {
            *ret_question = d;
            return ERR_OK;
        }
        dialogue_release(&d);
    }
}

static enum err end_questions(struct smsc *s, int64_t subscriber_id, int64_t case_id, int64_t now) {
    int64_t before = INT64_MAX;
    for (;;) {
        struct dialogue d = {0};
        enum err e = question_about(s, subscriber_id, case_id, &before, &d);
        if (e == ERR_OK)
            e = questions_expired(s, &d, now);
        else
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        dialogue_release(&d);
        if (e != ERR_OK)
            return e;
    }
}

enum err binding_left(struct smsc *s, int64_t subscriber_id, int64_t case_id, int64_t now) {
    if (subscriber_id == SUBSCRIBER_NOBODY)
        return ERR_OK;
    enum err e = end_questions(s, subscriber_id, case_id, now);
    return e == ERR_OK ? queue_withdraw(s->queue, subscriber_id, case_id, now) : e;
}

/* ---- by age ---- */

enum err binding_next(struct smsc *s, int64_t *ret_case_id, int64_t *ret_at) {
    int64_t from = 0, days = s->settings.cases.binding_days;
    *ret_at = INT64_MAX;
    if (days == 0)
        return ERR_OK;
    enum err e = life_next_lapse(s->store, ret_case_id, &from);
    if (e == ERR_OK)
        *ret_at = from + days * CLOCK_DAY;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err binding_lapse(struct smsc *s, int64_t case_id, int64_t now) {
    const struct case_step step = {.kind = STEP_LAPSE, .role = ROLE_TIMER, .cause = "age"};
    struct pakn_case c = {0};
    struct case_outcome outcome;
    enum err e = case_get(s->store, case_id, &c);
    if (e == ERR_OK)
        e = life_step(s, &c, &step, NULL, now, NULL, &outcome);
    if (e == ERR_CONFLICT) /* the rules don't know of it: it isn't asked for again */
        e = life_lapses_never(s->store, case_id);
    case_release(&c);
    return e;
}

enum err binding_cut(struct smsc *s, int64_t case_id) {
    enum err e = case_unbind(s->store, case_id);
    if (e == ERR_OK)
        e = behalf_unbind(s->store, case_id);
    return e == ERR_OK ? life_lapses_never(s->store, case_id) : e;
}

/* ---- a new owner ---- */

static enum err lapse_newest(struct smsc *s, int64_t case_id, const struct officer *by, int64_t now) {
    const struct case_step step = {.kind = STEP_LAPSE, .role = ROLE_CENTRE, .actor = by->key, .officer_id = by->id, .cause = "reassigned"};
    struct pakn_case c = {0};
    struct case_outcome outcome;
    enum err e = case_get(s->store, case_id, &c);
    if (e == ERR_OK && c.state == CASE_DRAFT) /* too little for a case, and nobody else knows of it */
        e = case_bind(s->store, &c, SUBSCRIBER_NOBODY);
    else if (e == ERR_OK)
        e = life_step(s, &c, &step, NULL, now, NULL, &outcome);
    case_release(&c);
    return e == ERR_CONFLICT ? ERR_INVALID : e; /* it would be found for ever */
}

static enum err lapse_all(struct smsc *s, int64_t subscriber_id, const struct officer *by, int64_t now, int *ret_cases) {
    for (int n = 0;; n++) {
        int64_t id = 0;
        enum err e = case_newest_of(s->store, subscriber_id, &id);
        if (e == ERR_OK && id == 0)
            *ret_cases = n;
        if (e != ERR_OK || id == 0)
            return e;
        e = lapse_newest(s, id, by, now);
        if (e != ERR_OK)
            return e;
    }
}

/* Who was represented can't be reached at that number any more. */
static enum err unreachable(struct smsc *s, int64_t case_id, int64_t now) {
    const struct case_step step = {.kind = STEP_CONSENT, .role = ROLE_TIMER, .cause = "reassigned"};
    struct pakn_case c = {0};
    struct case_life life = {0};
    struct case_outcome outcome;
    enum err e = case_get(s->store, case_id, &c);
    if (e == ERR_OK)
        e = life_step(s, &c, &step, NULL, now, NULL, &outcome);
    if (e == ERR_OK)
        e = life_get(s->store, case_id, &life);
    life.represented_id = 0;
    if (e == ERR_OK)
        e = life_update(s->store, &life);
    if (e == ERR_OK)
        e = behalf_unbind(s->store, case_id);
    life_release(&life);
    case_release(&c);
    return e;
}

static enum err unrepresent_all(struct smsc *s, int64_t subscriber_id, int64_t now) {
    for (;;) {
        int64_t case_id = 0;
        enum err e = life_represented(s->store, subscriber_id, &case_id);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        e = unreachable(s, case_id, now);
        if (e != ERR_OK)
            return e;
    }
}

/* The row is the new owner's now, who never wrote. */
static enum err begin_anew(struct smsc *s, const struct phone *phone, const char *by, int64_t now) {
    struct subscriber who = {0};
    enum err e = smsc_unblock(s, phone, by, now);
    if (e == ERR_OK || e == ERR_NOT_FOUND)
        e = subscriber_find(s->store, phone, &who);
    if (e != ERR_OK)
        return e;
    struct subscriber fresh = {.id = who.id, .phone = who.phone};
    e = subscriber_save(s->store, &fresh);
    subscriber_release(&who);
    return e;
}

static enum err reassign(struct smsc *s, const struct subscriber *who, const struct officer *by, int64_t now, int *ret_cases) {
    enum err e = end_questions(s, who->id, 0, now); /* what was asked about before is filed first, and lapses with the rest */
    if (e == ERR_OK)
        e = end_questions(s, who->id, 0, now); /* those that filing has opened */
    if (e == ERR_OK)
        e = lapse_all(s, who->id, by, now, ret_cases);
    if (e == ERR_OK)
        e = unrepresent_all(s, who->id, now);
    if (e == ERR_OK)
        e = queue_withdraw(s->queue, who->id, 0, now);
    if (e == ERR_OK)
        e = ussd_session_remove(s->store, who->id); /* what was never sent isn't anybody's */
    if (e == ERR_OK)
        e = begin_anew(s, &who->phone, by->key, now);
    return e == ERR_OK ? uplink_sender(s->store, &(struct uplink_sender){"vn.pakn.sender.reassigned", &who->phone, by->key, NULL, 0}, now) : e;
}

/* Whose word it is: an officer's who may bind cases, about a number that is none of the directory's. */
static enum err check_report(struct smsc *s, const struct officer *by, const struct subscriber *who, int64_t now, struct str *problem) {
    struct officer owner = {0};
    if (by->role != ROLE_INTAKE && by->role != ROLE_CENTRE) {
        str_add(problem, "that a number has a new owner is for intake and the service centre to say");
        return ERR_CONFLICT;
    }
    enum err e = officer_by_subscriber(s->store, who->id, clock_vietnam_day(now), &owner);
    if (e == ERR_OK) {
        str_addf(problem, "that is the number of officer \"%s\": import a directory without it first", owner.key);
        officer_release(&owner);
        return ERR_CONFLICT;
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err smsc_reassigned(struct smsc *s, const struct phone *phone, const char *officer, int64_t now, struct str *problem, int *ret_cases) {
    struct officer by = {0};
    struct subscriber who = {0};
    enum err e = officer_find(s->store, officer, clock_vietnam_day(now), &by);
    if (e == ERR_NOT_FOUND)
        str_addf(problem, "no officer \"%s\" in the directory, or not valid today", officer);
    if (e == ERR_OK && (e = subscriber_find(s->store, phone, &who)) == ERR_NOT_FOUND)
        str_add(problem, "that number never wrote, and was never written to");
    if (e == ERR_OK)
        e = check_report(s, &by, &who, now, problem);
    if (e == ERR_OK)
        e = reassign(s, &who, &by, now, ret_cases);
    if (e == ERR_OK)
        log_event(LOG_LEVEL_NOTICE, "sender.reassigned", log_phone("sender", phone), log_text("by", by.key), log_int("cases", *ret_cases));
    subscriber_release(&who);
    officer_release(&by);
    return e;
}
