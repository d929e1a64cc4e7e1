/* Counting is fixed windows: an hour, or a day, from the first message that is counted. A clock that jumps back begins a new one, so that nobody is
 * silenced for longer than was said.
 *
 * Two automatons: a machine that answers each of our texts would talk with us for ever. One that says the same again and again is left without an
 * answer after same_text; one that sends our own words back isn't understood at all (abuse_is_echo: help, once a day); one that thinks of something
 * new each time meets the hour's limit. In all three cases it's our silence that ends it. */
#include "smsc/abuse.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/hints.h"
#include "smsc/uplink.h"
#include "store/block.h"
#include "store/sender_rules.h"

#include <stdlib.h>
#include <string.h>

enum { REASON_MAX = 500, ECHO_CONSTANT = 40, ECHO_MOST = 1000 };
#define BLOCK_MOST (366 * CLOCK_DAY)

/* One more in a window; how many that makes. */
static int count(int64_t *at, int *n, int64_t now, int64_t span) {
    if (now < *at || now - *at >= span) {
        *at = now;
        *n = 0;
    }
    if (*n < INT32_MAX)
        (*n)++;
    return *n;
}

/* ---- one text again and again ---- */

static bool is_words(enum verb verb) {
    return verb == VERB_FREETEXT || verb == VERB_IGNORE || verb == VERB_SUBMIT || verb == VERB_SUBMIT_CONF;
}

static int64_t hash_of(const struct smsc *s, const char *text) {
    uint8_t hash[HASH_SIZE];
    int64_t number = 0;
    char *folded = text_fold(text);
    keyed_hash(s->keys, "same text", bytes_text(folded), hash);
    memcpy(&number, hash, sizeof number);
    free(folded);
    return number;
}

static bool said_too_often(struct turn *t) {
    struct conduct *c = &t->who->conduct;
    int most = t->s->settings.abuse.same_text;
    if (!most || !is_words(t->parsed.verb))
        return false;
    int64_t hash = hash_of(t->s, t->message->text);
    if (hash != c->same_hash) {
        c->same_hash = hash;
        c->same_count = 0;
    }
    int times = count(&c->same_at, &c->same_count, t->now, CLOCK_HOUR);
    if (times == most + 1)
        log_event(LOG_LEVEL_NOTICE, "sender.repeats", log_phone("sender", &t->who->phone), log_int("times", times));
    return times > most;
}

/* Leftmost matches are enough where only runs of any length are unknown. Constant text of the form is ASCII. */
static const char *find_constant(const char *in, const char *constant, size_t len, bool at_once) {
    for (; *in; in++) {
        size_t i = 0;
        while (i < len && in[i] && in[i] == ((constant[i] >= 'a' && constant[i] <= 'z') ? constant[i] - 'a' + 'A' : constant[i]))
            i++;
        if (i == len)
            return in + len;
        if (at_once)
            return NULL;
    }
    return len == 0 ? in : NULL;
}

static bool is_made_of(const char *folded, const char *form) {
    const char *at = folded;
    size_t constant = 0;
    bool variable = false;
    while (*form) {
        size_t len = strcspn(form, "{");
        at = find_constant(at + (variable && *at), form, len, !variable);
        if (!at)
            return false;
        constant += len;
        form += len;
        variable = *form == '{';
        if (variable)
            form = strchr(form, '}') + 1;
    }
    return constant >= ECHO_CONSTANT && (variable ? !strchr(at, ' ') : !*at); /* the last variable is a number or a date, one word */
}

bool abuse_is_echo(const struct templates *texts, const char *text) {
    size_t len = strlen(text);
    if (len < ECHO_CONSTANT || len > ECHO_MOST)
        return false;
    char *folded = text_fold(text);
    bool ours = false;
    for (int i = 0; i < TEMPLATE_COUNT && !ours; i++)
        ours = is_made_of(folded, template_form(texts, (enum template_id)i, false));
    free(folded);
    return ours;
}

/* ---- verdicts ---- */

enum abuse_verdict abuse_verdict_of(struct turn *t) {
    const struct abuse_settings *limits = &t->s->settings.abuse;
    struct conduct *c = &t->who->conduct;
    int n = count(&c->window_at, &c->window_count, t->now, CLOCK_HOUR);
    enum sender_state state = sender_state(t->who, t->now);
    if (state == SENDER_BLOCKED)
        return c->told_at ? ABUSE_SILENT : ABUSE_TELL_BLOCKED;
    if (state == SENDER_LIMITED)
        return ABUSE_SILENT;
    if (limits->flood_per_hour && n > limits->flood_per_hour)
        return ABUSE_TELL_LIMITED;
    if (limits->messages_per_hour && n > limits->messages_per_hour)
        return n == limits->messages_per_hour + 1 ? ABUSE_TELL_RATE : ABUSE_SILENT;
    return said_too_often(t) ? ABUSE_SILENT : ABUSE_NONE;
}

/* Until the end of that minute: never earlier than what is said. */
static enum err tell_until(struct turn *t, enum template_id template, int64_t until) {
    char time[COMPOSE_DATE_SIZE];
    compose_time((until + CLOCK_MINUTE - 1) / CLOCK_MINUTE * CLOCK_MINUTE, time);
    struct template_values values = {.of = {[VARIABLE_TIME] = time}};
    t->who->conduct.told_at = t->now;
    return turn_reply(t, template, &values, 0);
}

static enum err limit(struct turn *t, const char *reason) {
    struct conduct *c = &t->who->conduct;
    if (!sender_step(t->who, SENDER_FLOODS, t->now + t->s->settings.abuse.limit_life, t->now))
        return ERR_OK;
    log_event(LOG_LEVEL_NOTICE, "sender.limited", log_phone("sender", &t->who->phone), log_text("reason", reason));
    struct uplink_sender told = {"vn.pakn.sender.limited", &t->who->phone, t->s->settings.appliance_id, reason, c->limited_until};
    enum err e = uplink_sender(t->s->store, &told, t->now);
    return e == ERR_OK ? tell_until(t, TEMPLATE_LIMITED, c->limited_until) : e;
}

static enum err tell_blocked(struct turn *t) {
    char date[COMPOSE_DATE_SIZE];
    compose_date(clock_vietnam_day(t->who->conduct.blocked_until - 1), date);
    struct template_values values = {.of = {[VARIABLE_DATE] = date}};
    t->who->conduct.told_at = t->now;
    return turn_reply(t, TEMPLATE_BLOCKED, &values, 0);
}

static enum err tell_emergency_numbers(struct turn *t) {
    struct conduct *c = &t->who->conduct;
    if (c->emergency_at >= c->told_at || !(hints_of(t->message->text) & CASE_EMERGENCY))
        return ERR_OK;
    c->emergency_at = t->now;
    return turn_reply(t, TEMPLATE_EMERGENCY, NULL, 0);
}

enum err abuse_tell(struct turn *t, enum abuse_verdict verdict) {
    switch (verdict) {
    case ABUSE_TELL_RATE:
        log_event(LOG_LEVEL_NOTICE, "sender.rate", log_phone("sender", &t->who->phone));
        return tell_until(t, TEMPLATE_RATE, t->who->conduct.window_at + CLOCK_HOUR);
    case ABUSE_TELL_LIMITED:
        return limit(t, "too many messages");
    case ABUSE_TELL_BLOCKED:
        return tell_blocked(t);
    case ABUSE_SILENT:
        return tell_emergency_numbers(t);
    case ABUSE_NONE:
        break;
    }
    return ERR_OK;
}

enum err abuse_wrong_code(struct turn *t, bool *ret_answer) {
    const struct abuse_settings *limits = &t->s->settings.abuse;
    struct conduct *c = &t->who->conduct;
    int n = count(&c->wrong_at, &c->wrong_count, t->now, CLOCK_DAY);
    enum err e = ERR_OK;
    if (limits->wrong_codes_flood && n == limits->wrong_codes_flood)
        e = limit(t, "too many wrong codes");
    else if (limits->wrong_codes && n == limits->wrong_codes)
        e = tell_until(t, TEMPLATE_RATE, c->wrong_at + CLOCK_DAY);
    if (e == ERR_OK)
        *ret_answer = (!limits->wrong_codes || n < limits->wrong_codes) && c->limited_until <= t->now;
    return e;
}

/* ---- a person's decision ---- */

static bool check_block(const struct phone *phone, const char *reason, int64_t until, const char *by, int64_t now, struct str *problem) {
    if (phone->kind != PHONE_E164)
        str_add(problem, "only a telephone number can be blocked: short codes and names aren't answered anyway");
    else if (!reason || text_letters(reason) == 0 || text_codepoints(reason) > REASON_MAX)
        str_addf(problem, "a reason in words is needed, at most %d characters: a block can be disputed", REASON_MAX);
    else if (until <= now || until - now > BLOCK_MOST)
        str_add(problem, "a block ends: its end must lie in the future, at most 366 days away");
    else if (!by || !*by)
        str_add(problem, "who blocks must be said");
    else
        return true;
    return false;
}

/* Those that stand, oldest decisions included, are over. ERR_NOT_FOUND: there was none. */
static enum err lift_all(struct smsc *s, int64_t subscriber_id, const char *by, int64_t now) {
    struct block b = {0};
    enum err e = block_current(s->store, subscriber_id, now, &b);
    if (e != ERR_OK)
        return e;
    do {
        e = block_lift(s->store, b.id, now, by);
        block_release(&b);
        if (e == ERR_OK)
            e = block_current(s->store, subscriber_id, now, &b);
    } while (e == ERR_OK);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err smsc_block(struct smsc *s, const struct phone *phone, const char *reason, int64_t until, const char *by, int64_t now, struct str *problem) {
    struct subscriber who = {0};
    int64_t id = 0;
    if (!check_block(phone, reason, until, by, now, problem))
        return ERR_INVALID;
    enum err e = subscriber_get(s->store, phone, &who);
    if (e == ERR_OK)
        e = lift_all(s, who.id, by, now);
    if (e == ERR_OK || e == ERR_NOT_FOUND) {
        struct block b = {
            .subscriber_id = who.id, .from_at = now, .until_at = until, .by = (char *)(uintptr_t)by, .reason = (char *)(uintptr_t)reason};
        e = block_insert(s->store, &b, &id);
    }
    (void)sender_step(&who, SENDER_BLOCK, until, now); /* anybody can be */
    who.conduct.told_at = who.conduct.emergency_at = 0;
    if (e == ERR_OK)
        e = subscriber_save(s->store, &who);
    if (e == ERR_OK)
        e = uplink_sender(s->store, &(struct uplink_sender){"vn.pakn.sender.blocked", phone, by, reason, until}, now);
    if (e == ERR_OK)
        log_event(LOG_LEVEL_NOTICE, "sender.blocked", log_phone("sender", phone), log_text("by", by));
    subscriber_release(&who);
    return e;
}

enum err smsc_unblock(struct smsc *s, const struct phone *phone, const char *by, int64_t now) {
    struct subscriber who = {0};
    enum err e = subscriber_find(s->store, phone, &who);
    if (e == ERR_OK)
        e = lift_all(s, who.id, by, now);
    (void)sender_step(&who, SENDER_UNBLOCK, 0, now); /* lift_all said that there is a block */
    if (e == ERR_OK)
        e = subscriber_save(s->store, &who);
    if (e == ERR_OK)
        e = uplink_sender(s->store, &(struct uplink_sender){"vn.pakn.sender.unblocked", phone, by, NULL, 0}, now);
    if (e == ERR_OK)
        log_event(LOG_LEVEL_NOTICE, "sender.unblocked", log_phone("sender", phone), log_text("by", by));
    subscriber_release(&who);
    return e;
}
