/* Cases that are elsewhere: see lookup.h. */
#include "smsc/lookup.h"

#include "firmware-host/base/clock.h"
#include "smsc/code.h"
#include "smsc/notice.h"
#include "smsc/tracking.h"
#include "store/directory.h"
#include "store/province.h"

#include <string.h>

void smsc_lookups(struct smsc *s, enum lookups how) {
    s->lookups = how;
}

/* ---- telling ---- */

static enum err agency_of(struct smsc *s, const char *key, bool accents, struct str *to) {
    struct agency a;
    enum err e = *key ? agency_find(s->store, key, &a) : ERR_NOT_FOUND;
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    int64_t id = e == ERR_OK ? a.id : 0;
    if (e == ERR_OK)
        agency_release(&a);
    return notice_agency(s, id, accents, to);
}

static enum err tell_found(struct turn *t, const struct lookup *l) {
    char code[CASE_CODE_SIZE];
    struct str date, agency;
    enum template_id template = case_state_ended((enum case_state)l->state) ? TEMPLATE_ENDED : l->due_day ? TEMPLATE_LOOKUP : TEMPLATE_LOOKUP_STATE;
    bool accents = t->who->accents;
    case_code_text(l->code, code);
    str_init(&date, 64);
    str_init(&agency, 256);
    notice_date(l->due_day, accents, &date);
    enum err e = agency_of(t->s, l->agency, accents, &agency);
    struct template_values values = {.of = {[VARIABLE_CODE] = code,
                                            [VARIABLE_DATE] = date.data,
                                            [VARIABLE_AGENCY] = agency.data,
                                            [VARIABLE_STATE] = tracking_state_text((enum case_state)l->state, accents)}};
    if (e == ERR_OK)
        e = turn_reply(t, template, &values, 0);
    str_release(&date);
    str_release(&agency);
    return e;
}

static enum err tell(struct turn *t, const struct lookup *l, bool reached) {
    char code[CASE_CODE_SIZE];
    if (l->state == LOOKUP_UNBOUND)
        return tracking_not_found(t);
    if (reached)
        return tell_found(t, l);
    case_code_text(l->code, code);
    struct template_values values = {.of = {[VARIABLE_CODE] = code}};
    return turn_reply(t, TEMPLATE_LOOKUP_LATER, &values, 0);
}

/* ---- asking ---- */

/* Whose wrong codes aren't answered any more isn't worth a question either. */
static bool answers_codes(const struct turn *t) {
    const struct conduct *c = &t->who->conduct;
    int most = t->s->settings.abuse.wrong_codes;
    return !most || c->wrong_count < most || t->now - c->wrong_at >= CLOCK_DAY;
}

static bool is_elsewhere(const struct turn *t) {
    const struct smsc_settings *settings = &t->s->settings;
    bool whole = t->parsed.code_form == CODE_FORM_FULL && centre_own_province(t->s, t->parsed.province);
    return whole && !code_in_slot(t->s->keys, t->parsed.code, settings->index, settings->of);
}

static enum err answer_known(struct turn *t) {
    struct province_case known = {.due_day = 0};
    struct lookup l = {.code = t->parsed.code, .state = LOOKUP_UNBOUND};
    enum err e = province_find(t->s->store, t->parsed.code, &t->who->phone, &known);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    if (e == ERR_OK)
        l.state = (int)known.state;
    l.due_day = known.due_day;
    memcpy(l.agency, known.agency, sizeof l.agency);
    return tell(t, &l, true);
}

enum err lookup_ask(struct turn *t, bool *ret_taken) {
    struct lookup l = {.subscriber_id = t->who->id, .code = t->parsed.code, .state = LOOKUP_UNBOUND};
    *ret_taken = t->s->lookups == LOOKUPS_KNOWN ? is_elsewhere(t) : t->s->lookups == LOOKUPS_ASKED && answers_codes(t) && is_elsewhere(t);
    if (!*ret_taken)
        return ERR_OK;
    if (t->s->lookups == LOOKUPS_KNOWN)
        return answer_known(t);
    enum err e = lookup_find(t->s->store, t->who->id, t->parsed.code, &l);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    if (l.answered_at && l.answered_at <= t->now && t->now - l.answered_at < LOOKUP_CACHED_MS)
        return tell(t, &l, true);
    if (str_copy(l.link, sizeof l.link, t->message->link) != ERR_OK)
        return ERR_TOO_LONG;
    if (!l.waits)
        l.asked_at = t->now; /* a second message doesn't put the answer off */
    l.message_id = t->message->id;
    l.waits = true;
    return lookup_put(t->s->store, &l);
}

/* ---- the answer ---- */

static void note(struct lookup *l, const struct lookup_answer *answer, int64_t now) {
    const char *agency = answer->agency ? answer->agency : "";
    l->waits = false;
    if (answer->end == LOOKUP_UNREACHED)
        return;
    l->answered_at = now;
    l->state = answer->end == LOOKUP_FOUND ? (int)answer->state : LOOKUP_UNBOUND;
    l->due_day = answer->due_day;
    if (str_copy(l->agency, sizeof l->agency, agency) != ERR_OK)
        l->agency[0] = 0;
}

enum err smsc_lookup_answered(struct smsc *s, int64_t id, const struct lookup_answer *answer, int64_t now) {
    struct lookup l;
    struct subscriber who;
    enum err e = lookup_get(s->store, id, &l);
    if (e == ERR_NOT_FOUND || (e == ERR_OK && !l.waits))
        return ERR_OK;
    if (e == ERR_OK)
        e = subscriber_by_id(s->store, l.subscriber_id, &who);
    if (e != ERR_OK)
        return e;
    note(&l, answer, now);
    const struct message message = {.id = l.message_id, .link = l.link};
    struct turn t = {
        .s = s, .who = &who, .message = &message, .parsed = {.verb = VERB_TRACK, .code_form = CODE_FORM_FULL, .code = l.code}, .now = now};
    e = lookup_put(s->store, &l);
    if (e == ERR_OK)
        e = tell(&t, &l, answer->end != LOOKUP_UNREACHED);
    if (e == ERR_OK)
        e = subscriber_save(s->store, &who); /* wrong codes were counted */
    subscriber_release(&who);
    return e;
}
