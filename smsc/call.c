/* What a missed call means: see call.h. A call has no words, so no message row stands for it; its texts leave over the modem that it came to. */
#include "smsc/call.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "smsc/particulars.h"
#include "smsc/turn.h"
#include "store/sender_rules.h"

static const char call_text[] = "Cuộc gọi nhỡ"; /* a call has no words of its own */
#define CALL_PERIOD (24 * CLOCK_HOUR)

static bool recent(int64_t at, int64_t now) {
    return at > 0 && at <= now && now - at < CALL_PERIOD;
}

/* The case that a call is about: the one about which a call is due, else the newest open one, if GOI came lately. *ret_case 0: none. */
static enum err case_of_call(struct turn *t, bool asked, int64_t *ret_case) {
    int count = 0;
    int64_t newest = 0, due = 0;
    enum err e = particulars_call_due(t, &due);
    if (e == ERR_OK && !due && asked)
        e = turn_count_cases(t, STATES_OPEN, &count, &newest);
    if (e == ERR_OK)
        *ret_case = due ? due : newest;
    return e;
}

static enum err ask_again(struct turn *t, int64_t case_id) {
    struct pakn_case c = {0};
    enum err e = case_get(t->s->store, case_id, &c);
    if (e == ERR_OK)
        e = particulars_call_about(t, &c);
    case_release(&c);
    return e;
}

static enum err take(struct smsc *s, const char *link, struct subscriber *who, int64_t now) {
    struct message none = {.link = (char *)(uintptr_t)link, .text = (char *)(uintptr_t)call_text};
    struct turn t = {.s = s, .who = who, .message = &none, .now = now};
    int64_t about = 0;
    if (sender_state(who, now) != SENDER_OK || recent(who->call_at, now))
        return ERR_OK;
    enum err e = case_of_call(&t, recent(who->callback_at, now), &about);
    if (e != ERR_OK || (!about && !s->settings.answer_calls))
        return e;
    e = about ? ask_again(&t, about) : turn_reply(&t, TEMPLATE_HELP, NULL, 0);
    who->call_at = now;
    log_event(LOG_LEVEL_INFO, "call.answered", log_text("link", link), log_text("with", about ? "CALLBACK" : "HELP"), log_int("case", about));
    return e == ERR_OK ? subscriber_save(s->store, who) : e;
}

enum err call_take(struct smsc *s, const char *link, const struct phone *from, int64_t now) {
    struct subscriber who = {0};
    if (from->kind != PHONE_E164 || centre_own_number(s, from))
        return ERR_OK;
    /* Where calls aren't answered, one of an unknown number leaves no trace. */
    enum err e = s->settings.answer_calls ? subscriber_get(s->store, from, &who) : subscriber_find(s->store, from, &who);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    e = take(s, link, &who, now);
    subscriber_release(&who);
    return e;
}
