/* The worker's loop. One thread; the driver's calls block, and whatever they wait for, wait_for() is where the waiting is done: there the core's
 * lines are collected too, and the sign of life goes out.
 *
 *   OPENING ─ driver->open() ─► UP ─ the modem is mute, or restarted ─► OPENING …   pauses grow while it fails; `down` and `up` tell the core
 *   any     ─ line lost ──────────────────────────────► end (the core starts another worker, which opens the line anew)
 *   any     ─ `stop`, SIGTERM, SIGINT, end of input ──► end
 *
 * Promises:
 * 1. Every `send` that was understood is answered by exactly one `sent`, `failed` or `unknown`, also while the modem is down (failed) and when the
 *    line is lost meanwhile. Only when the core itself is gone nobody is told.
 * 2. A message leaves the modem after `stored` only (handover.h).
 * 3. So is every `ussd` by one `ussd_reply`; the network's reply is waited for beside everything else.
 * 4. A line goes out at least every LIFE_PERIOD, whatever the modem does.
 * 5. Nothing that the core or the modem says makes memory grow without end: lines, queue and ledger are bounded. */
#include "modem/worker.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/str.h"
#include "modem/core_pipe.h"
#include "modem/handover.h"
#include "modem/line.h"
#include "modem/pdu_message.h"
#include "modem/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define LIFE_PERIOD (50 * CLOCK_SECOND) /* a sign of life at least so often: protocol.h promises 60 s */
#define HEALTH_PERIOD (30 * CLOCK_SECOND)
#define SWEEP_PERIOD CLOCK_MINUTE
#define MUTE_OPENS_MAX 8 /* openings in a row without any answer: the line is given up, a fresh one may help */
#define CROWDED 70 /* percent of the slots: empty them now */
#define NEVER INT64_MAX

/* The n-th pause between failing openings, ms. */
static const int64_t pauses[] = {1000, 2000, 5000, 10000, 20000, 30000, 60000};

struct worker {
    struct at_port port;
    struct driver_host host;
    struct clock *clock;
    struct line_address address;
    const struct driver *const *drivers; /* of the settings; each has its modem, since all of them had to be made before the fence */
    struct modem *modems[WORKER_DRIVERS_MAX];
    size_t spoken; /* the one that is used: drivers[spoken] */
    struct line *line;
    struct handovers *handovers;
    struct core_pipe core;
    bool greeted, foreign; /* the core said hello; it said it in another version */
    bool stopping, line_lost;
    bool given_up; /* of line_lost: by us, so that another worker opens it anew */

    bool identified, up; /* `up` was said once; the last thing said was `up` */
    struct driver_identity identity;
    struct driver_health health;
    int64_t ussd_id; /* of the request that is out; -1: none */
    size_t failures; /* openings in a row */
    int mute_openings;
    char down_reason[192]; /* said last */
    int64_t open_at, sweep_at, health_at; /* monotonic ms */
};

static volatile sig_atomic_t signalled;

static void note_signal(int number) {
    signalled = number;
}

static int64_t now_of(const struct worker *w) {
    return w->clock->mono_ms(w->clock);
}

static const struct driver *driver_of(const struct worker *w) {
    return w->drivers[w->spoken];
}

static struct modem *modem_of(const struct worker *w) {
    return w->modems[w->spoken];
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static bool ends(const struct worker *w) {
    return w->stopping || w->line_lost || w->core.gone || w->foreign;
}

/* ---- saying ---- */

static void say_hello(struct worker *w, const struct worker_settings *settings) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_HELLO);
    m.version = PROTOCOL_VERSION;
    m.driver = mem_string(settings->drivers[1] ? "auto" : settings->drivers[0]->name);
    m.line = mem_string(settings->line);
    core_pipe_say(&w->core, &m);
    protocol_release(&m);
}

static char *known(const char *text) {
    return text[0] ? mem_string(text) : NULL;
}

static bool can_ussd(const struct worker *w) {
    return driver_of(w)->ussd && !w->identity.no_ussd;
}

static void say_up(struct worker *w) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_UP);
    m.imei = known(w->identity.imei);
    m.imsi = known(w->identity.imsi);
    m.iccid = known(w->identity.iccid);
    m.model = known(w->identity.model);
    m.family = known(w->identity.family);
    m.driver = mem_string(driver_of(w)->name);
    m.ussd = can_ussd(w);
    m.revision = known(w->identity.revision);
    m.trouble = mem_string(w->identity.trouble);
    core_pipe_say(&w->core, &m);
    protocol_release(&m);
    w->up = w->identified = true;
    w->down_reason[0] = '\0';
    log_event(LOG_LEVEL_NOTICE, "modem.up", log_text("model", w->identity.model), log_text("family", w->identity.family));
}

static void say_down(struct worker *w, enum protocol_cause cause, const char *reason) {
    struct protocol_message m;
    struct str cut;
    w->up = false;
    w->health = (struct driver_health){.signal = 99, .registration = -1, .slots_used = -1, .slots_total = -1};
    str_init(&cut, 4096);
    str_addf(&cut, "%.*s", (int)sizeof w->down_reason - 1, reason);
    if (strcmp(w->down_reason, cut.data) != 0) { /* else it was said already */
        memcpy(w->down_reason, cut.data, cut.len + 1);
        protocol_init(&m, PROTOCOL_DOWN);
        m.reason = mem_string(reason);
        m.cause = cause;
        core_pipe_say(&w->core, &m);
        protocol_release(&m);
        log_event(LOG_LEVEL_WARNING, "modem.down", log_text("reason", reason));
    }
    str_release(&cut);
}

static const struct driver_sim *sim_of(const struct worker *w) {
    static const struct driver_sim unknown = {.tries_left = DRIVER_TRIES_UNKNOWN};
    return driver_of(w)->sim ? driver_of(w)->sim(modem_of(w)) : &unknown;
}

static void say_locked(struct worker *w) {
    const struct driver_sim *sim = sim_of(w);
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_LOCKED);
    m.iccid = known(sim->iccid);
    m.tries_left = sim->tries_left;
    core_pipe_say(&w->core, &m);
    protocol_release(&m);
}

static void say_health(struct worker *w) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_HEALTH);
    m.signal = w->health.signal;
    m.registration = w->health.registration;
    m.slots_used = w->health.slots_used;
    m.slots_total = w->health.slots_total;
    m.operator_name = known(w->health.operator_name);
    m.centre = w->health.centre_known ? mem_string(w->health.centre) : NULL;
    core_pipe_say(&w->core, &m);
    protocol_release(&m);
}

static void answer_ussd(struct worker *w, int64_t id, enum protocol_outcome outcome, const char *text) {
    struct protocol_message m;
    bool network = outcome == PROTOCOL_OUTCOME_DONE || outcome == PROTOCOL_OUTCOME_ASKS;
    protocol_init(&m, PROTOCOL_USSD_REPLY);
    m.id = id;
    m.outcome = outcome;
    m.text = network ? mem_string(text) : NULL;
    m.reason = network ? NULL : mem_string(text);
    log_event(network ? LOG_LEVEL_INFO : LOG_LEVEL_NOTICE, "modem.ussd", log_int("id", id), log_text("reason", m.reason));
    core_pipe_say(&w->core, &m);
    protocol_release(&m);
}

/* The request that is out, if one is, isn't any more. */
static void ussd_ends(struct worker *w, enum protocol_outcome outcome, const char *text) {
    int64_t id = w->ussd_id;
    w->ussd_id = -1;
    if (id >= 0)
        answer_ussd(w, id, outcome, text);
}

static void hand_over(struct worker *w, int64_t handle, const char *pdu) {
    struct protocol_message m;
    pdu_to_message(pdu, handle, &m);
    bool broken = m.name == PROTOCOL_SMS && m.kind == PROTOCOL_KIND_BROKEN;
    log_event(broken ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
              broken                      ? "modem.broken"
              : m.name == PROTOCOL_REPORT ? "modem.report"
                                          : "modem.arrival",
              log_int("handle", handle), log_phone("phone", &m.phone));
    core_pipe_say(&w->core, &m);
    protocol_release(&m);
}

/* ---- what the driver tells ---- */

static struct worker *worker_of(struct driver_host *host) {
    return (struct worker *)((char *)host - offsetof(struct worker, host));
}

static void arrived(struct driver_host *host, struct driver_place place, const char *pdu) {
    struct worker *w = worker_of(host);
    int64_t now = now_of(w), handle = handovers_told(w->handovers, place, pdu, now);
    if (handle < 0)
        log_event(LOG_LEVEL_WARNING, "modem.ledger_full", log_int("entries", HANDOVER_MAX));
    if (handle <= 0)
        return;
    crash_point("worker.read");
    if (w->identified) {
        hand_over(w, handle, pdu);
    } else { /* before `up` the core can't know whose message it is */
        (void)handovers_again(w->handovers, handle, now);
        handovers_hurry(w->handovers, now);
    }
}

static void listed(struct driver_host *host, int memory) {
    handovers_listed(worker_of(host)->handovers, memory);
}

static void ussd_came(struct driver_host *host, enum driver_ussd_outcome outcome, const char *text) {
    static const enum protocol_outcome outcomes[] = {
        [DRIVER_USSD_DONE] = PROTOCOL_OUTCOME_DONE,       [DRIVER_USSD_ASKS] = PROTOCOL_OUTCOME_ASKS,
        [DRIVER_USSD_ENDED] = PROTOCOL_OUTCOME_ENDED,     [DRIVER_USSD_REFUSED] = PROTOCOL_OUTCOME_REFUSED,
        [DRIVER_USSD_TIMEOUT] = PROTOCOL_OUTCOME_TIMEOUT,
    };
    ussd_ends(worker_of(host), outcomes[outcome], text);
}

static void called(struct driver_host *host, const char *number) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_CALL);
    if (number[0] && phone_parse(number, &m.phone) != ERR_OK)
        m.phone = (struct phone){.kind = PHONE_NONE};
    log_event(LOG_LEVEL_INFO, "modem.call", log_phone("from", &m.phone));
    core_pipe_say(&worker_of(host)->core, &m);
    protocol_release(&m);
}

static void want_sweep(struct driver_host *host, int64_t in_ms) {
    struct worker *w = worker_of(host);
    w->sweep_at = earlier(w->sweep_at, now_of(w) + in_ms);
}

/* ---- waiting ---- */

enum watch { WATCH_READ, WATCH_WRITE, WATCH_HANGUP };

/* Until the line is ready, the core spoke, the time has come, or a signal came. */
static enum err wait_for(struct worker *w, enum watch watch, int64_t deadline) {
    static const short events[] = {[WATCH_READ] = POLLIN, [WATCH_WRITE] = POLLIN | POLLOUT, [WATCH_HANGUP] = POLLRDHUP};
    struct pollfd fds[4] = {{.fd = line_fd(w->line), .events = events[watch]}, {.fd = core_pipe_poll_fd(&w->core), .events = POLLIN}};
    int64_t life = w->core.said_at + LIFE_PERIOD, left = clock_sleep(w->clock, earlier(deadline, life) - now_of(w));
    struct timespec timeout = {.tv_sec = (time_t)(left / CLOCK_SECOND), .tv_nsec = (long)(left % CLOCK_SECOND) * 1000000};
    sigset_t none;
    sigemptyset(&none);
    for (int i = 0; i < 2; i++)
        fds[2 + i] = (struct pollfd){.fd = w->port.also[i] > 0 ? w->port.also[i] : -1, .events = POLLIN};
    int n = ppoll(fds, 4, &timeout, &none);
    if (n > 0 && fds[1].revents)
        core_pipe_read(&w->core);
    if (n > 0 && watch == WATCH_HANGUP && fds[0].revents)
        w->line_lost = true;
    if (now_of(w) >= life)
        say_health(w);
    w->stopping |= signalled != 0;
    if (n < 0 && errno != EINTR)
        return ERR_IO;
    return w->core.gone ? ERR_CLOSED : ERR_OK;
}

static struct worker *worker_of_port(struct at_port *port) {
    return (struct worker *)((char *)port - offsetof(struct worker, port));
}

static enum err port_read(struct at_port *port, void *data, size_t max, size_t *ret_len) {
    struct worker *w = worker_of_port(port);
    enum err e = line_read(w->line, data, max, ret_len);
    w->line_lost |= e != ERR_OK;
    return e;
}

static enum err port_write(struct at_port *port, const void *data, size_t len, size_t *ret_len) {
    struct worker *w = worker_of_port(port);
    enum err e = line_write(w->line, data, len, ret_len);
    w->line_lost |= e != ERR_OK;
    return e;
}

/* A signal lets the running command finish, and the loop ends after it; but nobody waits for a modem that isn't even up. */
static enum err port_wait(struct at_port *port, bool writing, int64_t deadline) {
    struct worker *w = worker_of_port(port);
    enum err e = wait_for(w, writing ? WATCH_WRITE : WATCH_READ, deadline);
    return e == ERR_OK && w->stopping && !w->up ? ERR_CLOSED : e;
}

/* ---- what the core says ---- */

static void answer_send(struct worker *w, int64_t id, const struct driver_verdict *v) {
    static const enum protocol_name names[] = {[DRIVER_SENT] = PROTOCOL_SENT, [DRIVER_FAILED] = PROTOCOL_FAILED, [DRIVER_UNKNOWN] = PROTOCOL_UNKNOWN};
    struct protocol_message m;
    protocol_init(&m, names[v->outcome]);
    m.id = id;
    m.reference = v->reference;
    m.code = v->code;
    m.class = v->class;
    m.reason = known(v->reason);
    log_event(v->outcome == DRIVER_SENT ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "modem.submit", log_int("id", id),
              log_text("outcome", protocol_name(m.name)), log_text("reason", m.reason));
    core_pipe_say(&w->core, &m);
    protocol_release(&m);
}

static void refuse_send(struct worker *w, int64_t id, enum sms_failure class, const char *reason, const char *detail) {
    struct driver_verdict v = {.outcome = DRIVER_FAILED, .class = class, .code = -1};
    struct str text;
    str_init(&text, sizeof v.reason - 1);
    str_addf(&text, "%s%.100s", reason, detail);
    memcpy(v.reason, text.data, text.len + 1);
    str_release(&text);
    answer_send(w, id, &v);
}

static enum err do_send(struct worker *w, const struct protocol_message *m) {
    struct driver_verdict verdict;
    struct driver_submit submit;
    struct str hex;
    if (!w->up) {
        refuse_send(w, m->id, SMS_FAILURE_TEMPORARY, "the modem is down: ", w->down_reason);
        return ERR_OK;
    }
    str_init(&hex, AT_LINE_MAX);
    enum err e = pdu_of_send(m, &hex, &submit.tpdu_octets);
    if (e != ERR_OK) {
        refuse_send(w, m->id, SMS_FAILURE_PERMANENT, "it can't be made an SMS-SUBMIT: ", err_text(e));
        e = ERR_OK;
    } else {
        submit.pdu = hex.data;
        e = driver_of(w)->submit(modem_of(w), &submit, &verdict);
        crash_point("worker.submitted");
        answer_send(w, m->id, &verdict);
    }
    str_release(&hex);
    return e;
}

static enum err do_ussd(struct worker *w, const struct protocol_message *m) {
    static const enum driver_ussd_action actions[] = {
        [PROTOCOL_ACTION_START] = DRIVER_USSD_START, [PROTOCOL_ACTION_ANSWER] = DRIVER_USSD_ANSWER, [PROTOCOL_ACTION_CANCEL] = DRIVER_USSD_CANCEL};
    bool cancel = m->action == PROTOCOL_ACTION_CANCEL;
    ussd_ends(w, PROTOCOL_OUTCOME_ENDED, cancel ? "it was cancelled" : "another request came");
    if (!can_ussd(w)) {
        answer_ussd(w, m->id, PROTOCOL_OUTCOME_UNSUPPORTED, "this driver can't speak USSD with this device");
        return ERR_OK;
    }
    if (!w->up) {
        answer_ussd(w, m->id, PROTOCOL_OUTCOME_REFUSED, w->down_reason[0] ? w->down_reason : "the modem is down");
        return ERR_OK;
    }
    if (!cancel)
        w->ussd_id = m->id;
    enum err e = driver_of(w)->ussd(modem_of(w), actions[m->action], m->text ? m->text : "");
    if (cancel)
        answer_ussd(w, m->id, PROTOCOL_OUTCOME_ENDED, "it was cancelled");
    return e;
}

/* Once for each `pin`: whatever comes of it is said, and another try is the core's to decide. */
static enum err do_unlock(struct worker *w, const struct protocol_message *m) {
    struct protocol_message answer;
    struct str reason;
    enum err e = ERR_CONFLICT;
    bool entered = false;
    str_init(&reason, 512);
    if (w->up || sim_of(w)->obstacle != DRIVER_OBSTACLE_PIN)
        str_add(&reason, "the SIM doesn't ask for its PIN any more");
    else
        e = driver_of(w)->unlock(modem_of(w), m->iccid ? m->iccid : "", m->pin, &entered, &reason);
    crash_point("worker.pin_tried");
    protocol_init(&answer, PROTOCOL_PIN_TRIED);
    answer.entered = entered;
    answer.accepted = e == ERR_OK;
    answer.reason = mem_string(e == ERR_OK || reason.len ? reason.data : err_text(e));
    log_event(e == ERR_OK ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR, "modem.pin_tried", log_text("accepted", e == ERR_OK ? "yes" : "no"),
              log_text("reason", answer.reason));
    core_pipe_say(&w->core, &answer);
    protocol_release(&answer);
    str_release(&reason);
    if (e == ERR_OK) {
        w->failures = 0;
        w->open_at = now_of(w);
    }
    return e == ERR_CONFLICT ? ERR_OK : e;
}

static enum err do_recover(struct worker *w, const struct protocol_message *m) {
    enum protocol_recovery how = m->recovery;
    static const char *const done[] = {
        [PROTOCOL_RECOVERY_RADIO] = "its radio was switched off and on", [PROTOCOL_RECOVERY_RESTART] = "it was restarted"};
    enum err e = ERR_OK;
    if (how == PROTOCOL_RECOVERY_REOPEN) {
        w->line_lost = w->given_up = true;
        return ERR_OK;
    }
    if (!driver_of(w)->restart)
        return ERR_OK;
    e = driver_of(w)->restart(modem_of(w), how == PROTOCOL_RECOVERY_RADIO ? DRIVER_RESTART_RADIO : DRIVER_RESTART_MODEM);
    log_event(LOG_LEVEL_WARNING, "modem.recovery", log_text("done", done[how]), log_err(e));
    if (e == ERR_OK || e == ERR_TIMEOUT) { /* some restart before they say OK */
        say_down(w, PROTOCOL_CAUSE_OTHER, done[how]);
        w->failures = 0;
        w->open_at = now_of(w) + pauses[0];
    }
    return e == ERR_CLOSED || e == ERR_IO ? e : ERR_OK;
}

static enum err do_greet(struct worker *w, const struct protocol_message *m) {
    (void)m;
    w->greeted = true;
    return ERR_OK;
}

static enum err do_delete(struct worker *w, const struct protocol_message *m) {
    (void)handovers_stored(w->handovers, m->handle);
    return ERR_OK;
}

static enum err do_keep(struct worker *w, const struct protocol_message *m) {
    (void)handovers_again(w->handovers, m->handle, now_of(w));
    return ERR_OK;
}

static enum err do_sweep(struct worker *w, const struct protocol_message *m) {
    (void)m;
    handovers_hurry(w->handovers, now_of(w));
    w->sweep_at = now_of(w);
    return ERR_OK;
}

static enum err do_stop(struct worker *w, const struct protocol_message *m) {
    (void)m;
    w->stopping = true;
    return ERR_OK;
}

static enum err obey(struct worker *w, const struct protocol_message *m) {
    static enum err (*const doers[PROTOCOL_NAME_COUNT])(struct worker * w, const struct protocol_message *m) = {
        [PROTOCOL_HELLO] = do_greet,   [PROTOCOL_SEND] = do_send,       [PROTOCOL_USSD] = do_ussd,
        [PROTOCOL_STORED] = do_delete, [PROTOCOL_AGAIN] = do_keep,      [PROTOCOL_SWEEP] = do_sweep,
        [PROTOCOL_PIN] = do_unlock,    [PROTOCOL_RECOVER] = do_recover, [PROTOCOL_STOP] = do_stop,
    };
    return doers[m->name] ? doers[m->name](w, m) : ERR_OK; /* protocol_read lets only discovery's `probe` through besides */
}

/* A hello that wasn't understood: the core is of another version, nothing it says can be trusted to mean what we think. */
static bool is_hello(const char *line, size_t len) {
    struct json *document;
    if (json_parse(line, len, &document) != ERR_OK)
        return false;
    const char *name = json_text(document, "name");
    bool hello = name && strcmp(name, protocol_name(PROTOCOL_HELLO)) == 0;
    json_free(document);
    return hello;
}

/* Does the next line of the core, if one waits. */
static enum err take_line(struct worker *w) {
    struct protocol_message m;
    struct str problem;
    size_t len;
    char *line = core_pipe_next(&w->core, &len);
    if (!line)
        return ERR_OK;
    str_init(&problem, 256);
    enum err e = protocol_read(line, len, false, &m, &problem), result = ERR_OK;
    if (e == ERR_OK && !w->greeted && m.name != PROTOCOL_HELLO) {
        str_add(&problem, "something else than hello first");
        protocol_release(&m);
        e = ERR_INVALID;
    }
    if (e == ERR_OK) {
        result = obey(w, &m);
        protocol_release(&m);
    } else {
        log_event(LOG_LEVEL_ERROR, "core.line_refused", log_text("problem", problem.data));
        w->foreign = !w->greeted && is_hello(line, len);
    }
    str_release(&problem);
    mem_wipe_free(line, len);
    return result;
}

/* ---- the modem's life ---- */

static bool same_sim(const struct driver_identity *a, const struct driver_identity *b) {
    return (a->imsi[0] || a->iccid[0]) && strcmp(a->imsi, b->imsi) == 0 && strcmp(a->iccid, b->iccid) == 0;
}

static void opened(struct worker *w, const struct driver_identity *who) {
    bool same = same_sim(who, &w->identity);
    bool news = !w->up || !same || strcmp(who->imei, w->identity.imei) != 0;
    handovers_reopened(w->handovers, same);
    w->identity = *who;
    w->failures = 0;
    w->mute_openings = 0;
    w->sweep_at = w->health_at = now_of(w);
    if (news)
        say_up(w);
}

static enum protocol_cause cause_of(const struct worker *w, enum err why) {
    static const enum protocol_cause causes[] = {[DRIVER_OBSTACLE_OTHER] = PROTOCOL_CAUSE_OTHER,
                                                 [DRIVER_OBSTACLE_PIN] = PROTOCOL_CAUSE_PIN,
                                                 [DRIVER_OBSTACLE_PUK] = PROTOCOL_CAUSE_PUK,
                                                 [DRIVER_OBSTACLE_NO_SIM] = PROTOCOL_CAUSE_NO_SIM};
    return why == ERR_TIMEOUT ? PROTOCOL_CAUSE_MUTE : causes[sim_of(w)->obstacle];
}

static void not_opened(struct worker *w, enum err why, const char *reason) {
    const size_t last = sizeof pauses / sizeof *pauses - 1;
    enum protocol_cause cause = cause_of(w, why);
    say_down(w, cause, reason[0] ? reason : err_text(why));
    if (cause == PROTOCOL_CAUSE_PIN)
        say_locked(w);
    w->mute_openings = why == ERR_TIMEOUT ? w->mute_openings + 1 : 0;
    w->line_lost |= w->mute_openings >= MUTE_OPENS_MAX;
    w->open_at = now_of(w) + pauses[w->failures < last ? w->failures : last];
    w->failures++;
    if ((why == ERR_TIMEOUT || why == ERR_UNSUPPORTED) && w->drivers[1]) { /* the other one's turn */
        w->spoken = w->drivers[w->spoken + 1] ? w->spoken + 1 : 0;
        log_event(LOG_LEVEL_NOTICE, "modem.other_driver", log_text("driver", driver_of(w)->name));
    }
}

/* Leaves the modem up, or down with a time for the next try. */
static void open_modem(struct worker *w) {
    struct driver_identity who = {.imei = ""};
    struct str reason;
    str_init(&reason, 512);
    ussd_ends(w, PROTOCOL_OUTCOME_REFUSED, "the modem was set up anew meanwhile");
    enum err e = driver_of(w)->open(modem_of(w), &who, &reason);
    if (e == ERR_OK)
        opened(w, &who);
    else if (!ends(w))
        not_opened(w, e, reason.data);
    str_release(&reason);
}

static enum err remove_one(struct worker *w) {
    struct handover_removal r;
    if (!handovers_removable(w->handovers, now_of(w), &r))
        return ERR_OK;
    char *pdu = mem_string(r.pdu);
    crash_point("worker.before_delete");
    enum err e = driver_of(w)->remove(modem_of(w), r.place, pdu, r.sure);
    crash_point("worker.deleted");
    free(pdu);
    handovers_removed(w->handovers, r.handle, e == ERR_OK || e == ERR_NOT_FOUND);
    return e == ERR_NOT_FOUND || e == ERR_CONFLICT ? ERR_OK : e;
}

static enum err sweep(struct worker *w) {
    w->sweep_at = now_of(w) + SWEEP_PERIOD;
    handovers_sweep_begins(w->handovers);
    return driver_of(w)->sweep(modem_of(w));
}

static enum err check_health(struct worker *w) {
    enum err e = driver_of(w)->health(modem_of(w), &w->health);
    w->health_at = now_of(w) + HEALTH_PERIOD;
    if (e == ERR_OK && w->health.slots_total > 0 && w->health.slots_used * 100 >= w->health.slots_total * CROWDED)
        w->sweep_at = now_of(w); /* a full modem announces nothing */
    if (e == ERR_OK || e == ERR_BUSY)
        say_health(w);
    return e;
}

/* A turn while the modem is up: a little of everything, so that nothing waits for long. */
static enum err serve(struct worker *w) {
    enum err e = driver_of(w)->serve(modem_of(w));
    if (e == ERR_OK)
        e = remove_one(w);
    if (e == ERR_OK)
        e = take_line(w);
    if (e == ERR_OK && now_of(w) >= w->sweep_at)
        e = sweep(w);
    if (e == ERR_OK && now_of(w) >= w->health_at)
        e = check_health(w);
    return e;
}

static void turn(struct worker *w) {
    enum err e = ERR_OK;
    int64_t handle;
    const char *pdu;
    if (w->up)
        e = serve(w);
    else
        e = take_line(w);
    w->line_lost |= (e == ERR_CLOSED || e == ERR_IO) && !w->core.gone;
    if (w->line_lost || w->core.gone)
        return;
    if (e == ERR_TIMEOUT) {
        say_down(w, PROTOCOL_CAUSE_MUTE, "the modem doesn't answer");
        w->open_at = now_of(w);
    }
    if (e == ERR_BUSY || (!w->up && now_of(w) >= w->open_at)) /* a modem that restarted is opened at once, and not called down for it */
        open_modem(w);
    while (w->identified && handovers_due(w->handovers, now_of(w), &handle, &pdu))
        hand_over(w, handle, pdu);
}

static int64_t next_due(const struct worker *w) {
    int64_t due = w->identified ? handovers_next_due(w->handovers) : NEVER;
    int64_t driver = w->up && driver_of(w)->due ? driver_of(w)->due(modem_of(w)) : NEVER;
    return earlier(earlier(due, driver), w->up ? earlier(w->sweep_at, w->health_at) : w->open_at);
}

/* Whether another turn finds something to do at once. */
static bool has_work(struct worker *w) {
    struct handover_removal next;
    return core_pipe_waits(&w->core) || (w->up && (driver_of(w)->waits(modem_of(w)) || handovers_removable(w->handovers, now_of(w), &next)));
}

static void say_lost(struct worker *w) {
    if (w->given_up)
        say_down(w, PROTOCOL_CAUSE_OTHER, "the line is opened anew");
    else if (w->mute_openings >= MUTE_OPENS_MAX)
        say_down(w, PROTOCOL_CAUSE_MUTE, "the modem doesn't answer: the line is given up");
    else
        say_down(w, PROTOCOL_CAUSE_LINE, "the line was lost");
}

static enum worker_exit loop(struct worker *w) {
    while (!ends(w)) {
        turn(w);
        if (!ends(w) && !has_work(w) && wait_for(w, w->up ? WATCH_READ : WATCH_HANGUP, next_due(w)) == ERR_IO)
            w->line_lost = true;
    }
    if (w->core.gone)
        return WORKER_EXIT_DONE;
    if (w->line_lost)
        say_lost(w);
    ussd_ends(w, PROTOCOL_OUTCOME_REFUSED, w->line_lost ? "the line was lost" : "the worker ends");
    w->up = false;
    while (core_pipe_waits(&w->core)) /* promise 1 for what was said meanwhile */
        (void)take_line(w);
    return w->foreign ? WORKER_EXIT_PROTOCOL : w->line_lost ? WORKER_EXIT_LINE : WORKER_EXIT_DONE;
}

/* ---- start and end ---- */

/* Signals are let in only while waiting (ppoll). */
static void catch_signals(void) {
    struct sigaction note = {.sa_handler = note_signal}, ignore = {.sa_handler = SIG_IGN};
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigprocmask(SIG_BLOCK, &ours, NULL);
    sigaction(SIGTERM, &note, NULL);
    sigaction(SIGINT, &note, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static enum worker_exit fence(const struct worker *w, const struct worker_settings *settings) {
    struct sandbox_needs needs = {.threads = false};
    struct str problem;
    enum worker_exit exit_code = WORKER_EXIT_DONE;
    if (!settings->sandbox || !sandbox_supported()) {
        log_event(LOG_LEVEL_WARNING, "sandbox.off", log_text("because", settings->sandbox ? "this is a sanitizer build" : "--no-sandbox"));
        return exit_code;
    }
    for (size_t i = 0; w->drivers[i]; i++)
        if (w->drivers[i]->needs)
            needs = *w->drivers[i]->needs(w->modems[i]);
    str_init(&problem, 256);
    if (sandbox_enter(&needs, &problem) != ERR_OK) {
        log_event(LOG_LEVEL_ERROR, "sandbox.failed", log_text("problem", problem.data),
                  log_text("advice", "a kernel with seccomp, or --no-sandbox at your own risk"));
        exit_code = WORKER_EXIT_SANDBOX;
    }
    str_release(&problem);
    return exit_code;
}

static enum worker_exit open_line(struct worker *w, const char *text) {
    struct str problem;
    str_init(&problem, 512);
    enum err e = line_parse(text, &w->address, &problem);
    if (e == ERR_OK)
        e = line_connect(&w->address, &w->line, &problem);
    if (e != ERR_OK) {
        log_event(LOG_LEVEL_ERROR, "line.not_opened", log_text("line", text), log_text("problem", problem.data));
        say_down(w, PROTOCOL_CAUSE_LINE, problem.data);
    }
    str_release(&problem);
    return e == ERR_OK ? WORKER_EXIT_DONE : WORKER_EXIT_OPEN;
}

enum worker_exit worker_run(const struct worker_settings *settings) {
    struct worker w = {
        .port = {.clock = settings->clock, .read = port_read, .write = port_write, .wait = port_wait},
        .host = {.arrived = arrived, .listed = listed, .ussd = ussd_came, .called = called, .want_sweep = want_sweep},
        .clock = settings->clock,
        .drivers = settings->drivers,
        .handovers = handovers_new(),
        .health = {.signal = 99, .registration = -1, .slots_used = -1, .slots_total = -1},
        .sweep_at = NEVER,
        .ussd_id = -1,
    };
    w.host.port = &w.port;
    w.host.address = &w.address;
    core_pipe_init(&w.core, settings->in, settings->out, settings->clock);
    catch_signals();
    say_hello(&w, settings);
    enum worker_exit result = open_line(&w, settings->line);
    for (size_t i = 0; result == WORKER_EXIT_DONE && w.drivers[i]; i++)
        w.modems[i] = w.drivers[i]->create(&w.host);
    if (result == WORKER_EXIT_DONE)
        result = fence(&w, settings);
    if (result == WORKER_EXIT_DONE)
        result = loop(&w);
    for (size_t i = 0; w.drivers[i]; i++)
        w.drivers[i]->destroy(w.modems[i]);
    line_disconnect(w.line);
    handovers_free(w.handovers);
    core_pipe_release(&w.core);
    return result;
}
