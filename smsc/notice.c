/* The values of a text are made anew for every recipient, in the form that they read. A row without values has the case's code, as all have. */
#include "smsc/notice.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "smsc/centre.h"
#include "smsc/compose.h"

#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 3, WORDS_MAX = 4 * CASE_TEXT_MAX };

/* ---- values ---- */

static const char *const service_centre[2] = {"TT Phuc vu hanh chinh cong", "TT Phục vụ hành chính công"};

enum err notice_agency(struct smsc *s, int64_t agency_id, bool accented, struct str *to) {
    struct agency a = {0};
    enum err e = agency_id ? agency_get(s->store, agency_id, &a) : agency_of_kind(s->store, AGENCY_CENTRE, &a);
    if (e == ERR_NOT_FOUND && agency_id == 0) {
        str_add(to, service_centre[accented]);
        return ERR_OK;
    }
    if (e == ERR_OK)
        str_add(to, accented ? a.name_accented : a.name);
    agency_release(&a);
    return e;
}

void notice_date(int32_t day, bool accented, struct str *to) {
    char date[COMPOSE_DATE_SIZE];
    compose_date(day, date);
    str_add(to, day > 0 ? date : accented ? "sẽ báo sau" : "se bao sau");
}

void notice_moment(int64_t wall_ms, bool accented, struct str *to) {
    char time[COMPOSE_DATE_SIZE];
    compose_time(wall_ms, time);
    str_add(to, wall_ms >= CASE_CLOCK_PLAUSIBLE ? time : accented ? "chưa rõ giờ" : "chua ro gio");
}

/* Each appends one value, in the recipient's form. */
typedef enum err value_of(const struct notice *n, bool accented, struct str *to);

static enum err due(const struct notice *n, bool accented, struct str *to) {
    notice_date(n->outcome->due_day, accented, to);
    return ERR_OK;
}

static enum err passed(const struct notice *n, bool accented, struct str *to) {
    notice_date(n->outcome->passed_day, accented, to);
    return ERR_OK;
}

static enum err promised(const struct notice *n, bool accented, struct str *to) {
    notice_date(n->step->day, accented, to);
    return ERR_OK;
}

static enum err rejoinder_until(const struct notice *n, bool accented, struct str *to) {
    notice_date(n->life->rejoinder_until, accented, to);
    return ERR_OK;
}

static enum err today(const struct notice *n, bool accented, struct str *to) {
    notice_date(clock_vietnam_day(n->now), accented, to);
    return ERR_OK;
}

static enum err submitted(const struct notice *n, bool accented, struct str *to) {
    notice_moment(n->c->submitted_at, accented, to);
    return ERR_OK;
}

static enum err moment(const struct notice *n, bool accented, struct str *to) {
    notice_moment(n->now, accented, to);
    return ERR_OK;
}

static enum err holder(const struct notice *n, bool accented, struct str *to) {
    return notice_agency(n->s, n->life->unit_id ? n->life->unit_id : n->life->agency_id, accented, to);
}

static enum err left(const struct notice *n, bool accented, struct str *to) {
    return notice_agency(n->s, n->outcome->agency_before, accented, to);
}

static enum err receiver(const struct notice *n, bool accented, struct str *to) {
    return notice_agency(n->s, n->life->agency_id, accented, to);
}

static enum err words(const struct notice *n, bool accented, struct str *to) {
    (void)accented; /* rendering does it */
    str_add(to, n->step->text ? n->step->text : "");
    return ERR_OK;
}

static enum err answer(const struct notice *n, bool accented, struct str *to) {
    struct answer a = {0};
    (void)accented;
    enum err e = answer_newest(n->s->store, n->c->id, false, &a);
    if (e == ERR_OK)
        str_add(to, a.text);
    answer_release(&a);
    return e;
}

static enum err quote(const struct notice *n, bool accented, struct str *to) {
    compose_quote(n->c->text, accented, compose_room(n->s, TEMPLATE_FREETEXT), to);
    return ERR_OK;
}

static enum err rating(const struct notice *n, bool accented, struct str *to) {
    (void)accented;
    str_addf(to, "%d", n->step->rating);
    return ERR_OK;
}

static enum err original(const struct notice *n, bool accented, struct str *to) {
    struct pakn_case c = {0};
    char code[CASE_CODE_SIZE];
    (void)accented;
    enum err e = case_get(n->s->store, n->life->original_id, &c);
    if (e == ERR_OK) {
        case_code_text(c.code, code);
        str_add(to, code);
    }
    case_release(&c);
    return e;
}

/* ---- the table ---- */

enum copy { SENDER_ONLY, AND_REPRESENTED }; /* who reads a proactive text */

/* clang-format off */
static const struct row {
    enum case_notice notice;
    enum template_id template;
    enum outbound_class class; /* when it answers nothing */
    enum copy copy;
    struct {
        enum variable variable;
        value_of *value;
    } values[VALUES_MAX];
} rows[] = {
    {NOTICE_FREETEXT,      TEMPLATE_FREETEXT,      OUTBOUND_REPLY,    SENDER_ONLY,     {{VARIABLE_QUOTE, quote}}},
    {NOTICE_ACK,           TEMPLATE_ACK,           OUTBOUND_REPLY,    SENDER_ONLY,     {{VARIABLE_TIME, submitted}, {VARIABLE_DATE, due}}},
    {NOTICE_ACCEPT,        TEMPLATE_ACCEPT,        OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_AGENCY, holder}, {VARIABLE_DATE, due}}},
    {NOTICE_NEEDINFO,      TEMPLATE_NEEDINFO,      OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_QUESTION, words}, {VARIABLE_DATE, due}}},
    {NOTICE_REMIND,        TEMPLATE_REMIND,        OUTBOUND_REMINDER, AND_REPRESENTED, {{VARIABLE_DATE, due}}},
    {NOTICE_SUPPACK,       TEMPLATE_SUPPACK,       OUTBOUND_NOTICE,   SENDER_ONLY,     {{VARIABLE_TIME, moment}}},
    {NOTICE_REJECT,        TEMPLATE_REJECT,        OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_REASON, words}}},
    {NOTICE_TRANSFER,      TEMPLATE_TRANSFER,      OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_AGENCY, left}, {VARIABLE_TO_AGENCY, receiver}, {VARIABLE_DATE, due}}},
    {NOTICE_ASK,           TEMPLATE_ASK,           OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_AGENCY, holder}, {VARIABLE_QUESTION, words}}},
    {NOTICE_LATE,          TEMPLATE_LATE,          OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_DATE, passed}, {VARIABLE_REASON, words}, {VARIABLE_UNTIL, promised}}},
    {NOTICE_LATE_NOREASON, TEMPLATE_LATE_NOREASON, OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_DATE, passed}}},
    {NOTICE_RESULT,        TEMPLATE_RESULT,        OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_ANSWER, answer}}},
    {NOTICE_RESULTTAIL,    TEMPLATE_RESULTTAIL,    OUTBOUND_NOTICE,   SENDER_ONLY,     {{VARIABLE_DATE, rejoinder_until}}},
    {NOTICE_ANNUL,         TEMPLATE_ANNUL,         OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_AGENCY, holder}, {VARIABLE_DATE, due}}},
    {NOTICE_REMIND_RESULT, TEMPLATE_REMIND_RESULT, OUTBOUND_REMINDER, SENDER_ONLY,     {{VARIABLE_DATE, rejoinder_until}}},
    {NOTICE_REJOINACK,     TEMPLATE_REJOINACK,     OUTBOUND_NOTICE,   SENDER_ONLY,     {{VARIABLE_DATE, due}}},
    {NOTICE_REJOINUSED,    TEMPLATE_REJOINUSED,    OUTBOUND_NOTICE,   SENDER_ONLY,     {{VARIABLE_DATE, passed}}},
    {NOTICE_REJOINLATE,    TEMPLATE_REJOINLATE,    OUTBOUND_NOTICE,   SENDER_ONLY,     {{VARIABLE_DATE, passed}}},
    {NOTICE_RECONSIDERED,  TEMPLATE_RECONSIDERED,  OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_ANSWER, answer}}},
    {NOTICE_WDASK,         TEMPLATE_WDASK,         OUTBOUND_NOTICE,   SENDER_ONLY,     {{0}}},
    {NOTICE_WDDONE,        TEMPLATE_WDDONE,        OUTBOUND_NOTICE,   SENDER_ONLY,     {{VARIABLE_TIME, moment}}},
    {NOTICE_NOTED,         TEMPLATE_NOTED,         OUTBOUND_NOTICE,   AND_REPRESENTED, {{VARIABLE_REASON, words}}},
    {NOTICE_CONF,          TEMPLATE_CONF,          OUTBOUND_NOTICE,   SENDER_ONLY,     {{VARIABLE_DATE, today}}},
    {NOTICE_RATED,         TEMPLATE_RATED,         OUTBOUND_NOTICE,   SENDER_ONLY,     {{VARIABLE_RATING, rating}}},
    {NOTICE_DUPMARKED,     TEMPLATE_DUPMARKED,     OUTBOUND_NOTICE,   SENDER_ONLY,     {{VARIABLE_OTHER_CODE, original}}},
    {NOTICE_ENDED,         TEMPLATE_ENDED,         OUTBOUND_NOTICE,   SENDER_ONLY,     {{0}}},
    {NOTICE_CALLBACK,      TEMPLATE_CALLBACK,      OUTBOUND_NOTICE,   SENDER_ONLY,     {{VARIABLE_DATE, due}}},
};
/* clang-format on */

static const struct row *row_of(enum case_notice notice) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].notice == notice)
            return &rows[i];
    abort(); /* a rule with a notice to nobody */
}

/* ---- telling ---- */

/* What was public can't be called back: the text says so. */
static enum template_id template_of(const struct notice *n, const struct row *row) {
    return row->notice == NOTICE_CONF && n->outcome->was_public ? TEMPLATE_CONF_PUBLIC : row->template;
}

static enum err tell(const struct notice *n, const struct row *row, const struct subscriber *to) {
    char code[CASE_CODE_SIZE];
    struct str values[VALUES_MAX];
    enum err e = ERR_OK;
    case_code_text(n->c->code, code);
    struct reply reply = {
        .template = template_of(n, row),
        .values = {.of = {[VARIABLE_CODE] = code}},
        .class = n->answer ? OUTBOUND_REPLY : row->class,
        .link = n->answer ? n->answer->link : n->c->link, /* the number that they know */
        .case_id = n->c->id,
        .message_id = n->answer ? n->answer->message_id : 0,
        .event_id = n->outcome->event_id,
    };
    for (size_t i = 0; i < VALUES_MAX; i++) {
        str_init(&values[i], WORDS_MAX);
        if (e == ERR_OK && row->values[i].value) {
            e = row->values[i].value(n, to->accents, &values[i]);
            str_add(&values[i], "");
            reply.values.of[row->values[i].variable] = values[i].data;
        }
        if (e == ERR_OK && !str_ok(&values[i]))
            e = ERR_TOO_LONG;
    }
    if (e == ERR_OK)
        e = compose_reply(n->s, to, &reply, n->now);
    for (size_t i = 0; i < VALUES_MAX; i++)
        str_release(&values[i]);
    return e;
}

static enum err tell_id(const struct notice *n, const struct row *row, int64_t subscriber_id) {
    struct subscriber to = {0};
    if (subscriber_id == SUBSCRIBER_NOBODY)
        return ERR_OK;
    enum err e = subscriber_by_id(n->s->store, subscriber_id, &to);
    if (e == ERR_OK && to.opted_out && !n->answer)
        log_event(LOG_LEVEL_INFO, "notice.opted_out", log_phone("to", &to.phone), log_text("template", template_name(row->template)));
    else if (e == ERR_OK)
        e = tell(n, row, &to);
    subscriber_release(&to);
    return e;
}

/* Who wrote what is being answered. */
static int64_t author(const struct notice *n) {
    return n->step->role == ROLE_REPRESENTED && n->life->represented_id ? n->life->represented_id : n->c->subscriber_id;
}

struct tails { /* texts about a case that say until when one may disagree */
    const struct notice *n;
    bool delivered; /* one of them, whole */
};

static void note_tail(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    struct tails *tails = context;
    bool delivered = o->subscriber_id == tails->n->c->subscriber_id && o->created_at >= tails->n->life->published_at &&
                     strcmp(o->template_name, template_name(TEMPLATE_RESULTTAIL)) == 0;
    for (size_t i = 0; i < count; i++)
        delivered = delivered && parts[i].state == PART_DELIVERED;
    tails->delivered = tails->delivered || delivered;
}

/* Who has rated the result, and got the text that says until when they may disagree, knows all that the reminder says. */
static enum err known(const struct notice *n, bool *ret_known) {
    struct tails tails = {.n = n};
    enum err e = n->life->rating ? outbound_list_of(n->s->store, n->c->id, note_tail, &tails) : ERR_OK;
    *ret_known = tails.delivered;
    return e;
}

/* A reminder of a day that is over, because the box was off, helps nobody; nor does one of what was done. */
static enum err moot(const struct notice *n, enum case_notice notice, bool *ret_moot) {
    bool reminds = notice == NOTICE_REMIND || notice == NOTICE_REMIND_RESULT;
    *ret_moot = reminds && n->outcome->due_day < clock_vietnam_day(n->now);
    return notice == NOTICE_REMIND_RESULT && !*ret_moot ? known(n, ret_moot) : ERR_OK;
}

enum err notice_citizen(const struct notice *n, enum case_notice notice) {
    const struct row *row = row_of(notice);
    bool needless = false;
    enum err e = moot(n, notice, &needless);
    if (e != ERR_OK || needless)
        return e;
    if (n->answer)
        return n->step->who ? tell(n, row, n->step->who) : tell_id(n, row, author(n));
    e = tell_id(n, row, n->c->subscriber_id);
    bool copied = row->copy == AND_REPRESENTED && n->life->represented_id && n->life->consent == CONSENT_YES;
    return e == ERR_OK && copied ? tell_id(n, row, n->life->represented_id) : e;
}
