/* A modem's link: see link.h for its promises.
 *
 * Jobs outlive a worker process: each arrival remembers which process handed it over (its generation), since handles mean nothing to the next one.
 * A line that contradicts what is known (an answer to what wasn't asked) counts against the worker like one that can't be read. */
#include "firmware-host/link.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "firmware-host/base/text.h"
#include "firmware-host/ladder.h"
#include "firmware-host/pin.h"
#include "store/modem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PDU_MAX = 512, USSD_TEXT_MAX = 182 };
#define USSD_ANSWER_WAIT (180 * CLOCK_SECOND) /* networks end a dialogue before that */

enum submission { /* where the one submission of a link is */
                  SUBMISSION_NONE,
                  SUBMISSION_OPENING, /* its attempt is being stored */
                  SUBMISSION_OUT, /* the worker has it */
                  SUBMISSION_SETTLING, /* its outcome is being stored */
};

enum ussd_state { /* where the dialogue of a link is */
                  USSD_NONE,
                  USSD_WAITING, /* for the submission that is out */
                  USSD_OUT, /* the worker has the request */
                  USSD_ASKING, /* the network waits for an answer */
};

struct ussd_request {
    int64_t id; /* 0: none */
    link_ussd_done *done;
    void *context;
};

struct link {
    struct link_parts parts;
    struct worker *worker;
    struct pin *pin;
    struct ladder ladder;
    const char *argv[12];
    char pace[8];
    struct modem_line line; /* of the configuration */
    char node[PORT_TEXT_MAX]; /* the line that the worker opens */
    char place[PORT_TEXT_MAX];
    int64_t generation; /* of the worker process */
    bool up, identified, stopping; /* identified: `up` was heard from this process */
    char *imei, *imsi, *iccid, *model, *revision, *trouble, *driver;
    char *down_reason;
    enum protocol_cause cause;
    struct protocol_message health; /* the last one */
    int64_t heard_at;
    enum submission submission;
    int64_t attempt_id;
    int64_t received, refused, sent, failed, unknown, calls;
    bool can_ussd;
    enum ussd_state ussd;
    struct ussd_request request, cancel;
    enum protocol_action action; /* of the request that waits, with its text */
    char *ussd_text;
    int64_t ussd_last, asked_at; /* last id; monotonic ms since when the network waits */
    int64_t times[HISTORY_TIMES], sent_at; /* sent_at: when the submission left, monotonic */
    uint32_t recent; /* a bit for each of the last submissions, the newest lowest: it was sent */
    int recent_count;
};

static int64_t wall(const struct link *l) {
    return l->parts.clock->wall_ms(l->parts.clock);
}

static const char *name_of(const struct link *l) {
    return l->parts.modem->name;
}

/* What names its SIM; "": the modem doesn't say. */
static const char *sim_of(const struct link *l) {
    return l->imsi ? l->imsi : l->iccid ? l->iccid : "";
}

static void tell(struct link *l, enum protocol_name name, int64_t handle) {
    struct protocol_message m;
    protocol_init(&m, name);
    m.handle = handle;
    enum err e = worker_say(l->worker, &m);
    if (e != ERR_OK) /* it hands the arrival over again when it's back */
        log_event(LOG_LEVEL_DEBUG, "link.unheard", log_text("link", name_of(l)), log_text("line", protocol_name(name)), log_err(e));
}

static int64_t mono(const struct link *l) {
    return l->parts.clock->mono_ms(l->parts.clock);
}

/* ---- bringing it back ---- */

/* A file of the modem's name: phanhoi-usb-reset finds it. */
static bool ask_for_usb_reset(const struct link *l) {
    struct str path;
    str_init(&path, 4200);
    str_addf(&path, "%s/%s", l->parts.config->usb_reset_folder, name_of(l));
    int fd = open(path.data, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        log_event(LOG_LEVEL_ERROR, "link.usb_reset_not_asked", log_text("link", name_of(l)), log_text("file", path.data),
                  log_text("reason", strerror(errno)));
    else
        close(fd);
    str_release(&path);
    return fd >= 0;
}

static void say_recover(struct link *l, enum protocol_recovery how) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_RECOVER);
    m.recovery = how;
    if (worker_say(l->worker, &m) != ERR_OK)
        log_event(LOG_LEVEL_DEBUG, "link.unheard", log_text("link", name_of(l)), log_text("line", "recover"));
}

static void climb(struct link *l, enum ladder_rung rung) {
    log_event(rung == LADDER_PERSON ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "link.recovery", log_text("link", name_of(l)),
              log_text("rung", ladder_rows[rung].name));
    switch (rung) {
    case LADDER_REOPEN:
        say_recover(l, PROTOCOL_RECOVERY_REOPEN);
        break;
    case LADDER_RADIO:
        say_recover(l, PROTOCOL_RECOVERY_RADIO);
        break;
    case LADDER_RESTART:
        say_recover(l, PROTOCOL_RECOVERY_RESTART);
        break;
    case LADDER_USB:
        (void)ask_for_usb_reset(l);
        break;
    case LADDER_PERSON:
    case LADDER_RUNGS:
        break;
    }
    metric_add(METRIC_MODEM_RECOVERIES, 1);
}

/* Never while a submission is out: its verdict comes first. */
void link_look_after(struct link *l) {
    enum ladder_rung rung;
    if (!l->stopping && l->submission == SUBMISSION_NONE && ladder_climb(&l->ladder, l->parts.config->usb_reset_folder[0] != 0, mono(l), &rung))
        climb(l, rung);
}

/* ---- in ---- */

struct arrival_job {
    struct job job;
    struct link *link;
    int64_t generation;
    struct protocol_message m;
    char *origin;
    uint8_t pdu[PDU_MAX];
    size_t pdu_len;
};

static enum arrival_kind kind_of(const struct protocol_message *m) {
    static const enum arrival_kind kinds[] = {
        [PROTOCOL_KIND_TEXT] = ARRIVAL_TEXT,
        [PROTOCOL_KIND_BINARY] = ARRIVAL_BINARY,
        [PROTOCOL_KIND_MWI] = ARRIVAL_MWI,
        [PROTOCOL_KIND_BROKEN] = ARRIVAL_BROKEN,
    };
    return m->name == PROTOCOL_REPORT ? ARRIVAL_REPORT : kinds[m->kind];
}

static enum err run_arrival(struct job *job, int64_t now) {
    struct arrival_job *j = (struct arrival_job *)job;
    bool training = config_training(j->link->parts.config); /* the network's time is another */
    struct arrival a = {
        .link = name_of(j->link),
        .origin = j->origin,
        .pdu = bytes_of(j->pdu, j->pdu_len),
        .kind = kind_of(&j->m),
        .phone = j->m.phone,
        .sent_at = training ? -1 : j->m.time,
        .encoding = j->m.encoding,
        .text = j->m.text ? j->m.text : "",
        .concat = j->m.concat,
        .reference = (int)j->m.reference,
        .status = (int)j->m.status,
        .done_at = training ? -1 : j->m.done_time,
    };
    return smsc_arrival(j->link->parts.smsc, &a, *j->link->parts.careful, now);
}

static void arrival_done(struct job *job, enum err result) {
    struct arrival_job *j = (struct arrival_job *)job;
    struct link *l = j->link;
    if (result == ERR_OK) {
        l->received++;
    } else {
        l->refused++;
        metric_add(METRIC_SMS_REFUSED, 1);
        if (err_retry(result) == RETRY_NEVER)
            log_event(LOG_LEVEL_ERROR, "link.not_stored", log_text("link", name_of(l)), log_int("handle", j->m.handle), log_err(result));
    }
    if (j->generation == l->generation)
        tell(l, result == ERR_OK ? PROTOCOL_STORED : PROTOCOL_AGAIN, j->m.handle);
    protocol_release(&j->m);
    free(j->origin);
    free(j);
}

static void take_arrival(struct link *l, struct protocol_message *m) {
    if (!l->identified) { /* without the SIM's identity the same message could make two rows */
        worker_fault(l->worker, "an arrival before up");
        tell(l, PROTOCOL_AGAIN, m->handle);
        return;
    }
    struct arrival_job *j = mem_alloc(sizeof *j);
    j->job = (struct job){.run = run_arrival, .done = arrival_done};
    j->link = l;
    j->generation = l->generation;
    j->m = *m;
    protocol_init(m, m->name);
    j->origin = mem_string(*sim_of(l) ? sim_of(l) : name_of(l));
    const char *pdu = j->m.pdu ? j->m.pdu : "";
    if (hex_decode(pdu, strlen(pdu), j->pdu, sizeof j->pdu, &j->pdu_len) != ERR_OK) { /* broken: as it came */
        j->pdu_len = strnlen(pdu, sizeof j->pdu);
        memcpy(j->pdu, pdu, j->pdu_len);
    }
    turn_add(l->parts.turn, &j->job);
}

/* ---- calls ---- */

struct call_job {
    struct job job;
    struct link *link;
    struct phone from;
};

static enum err run_call(struct job *job, int64_t now) {
    struct call_job *j = (struct call_job *)job;
    return smsc_call(j->link->parts.smsc, name_of(j->link), &j->from, now);
}

/* A call that couldn't be stored is gone: whoever wants something rings again. */
static void call_done(struct job *job, enum err result) {
    struct call_job *j = (struct call_job *)job;
    if (result != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "link.call_not_stored", log_text("link", name_of(j->link)), log_err(result));
    free(j);
}

static void take_call(struct link *l, struct protocol_message *m) {
    log_event(LOG_LEVEL_NOTICE, "link.call", log_text("link", name_of(l)), log_phone("from", &m->phone));
    l->calls++;
    metric_add(METRIC_CALLS, 1);
    struct call_job *j = mem_alloc(sizeof *j);
    j->job = (struct job){.run = run_call, .done = call_done};
    j->link = l;
    j->from = m->phone;
    turn_add(l->parts.turn, &j->job);
}

/* ---- USSD ---- */

static void ussd_done(struct ussd_request *r, enum protocol_outcome outcome, const char *text) {
    struct ussd_request done = *r;
    *r = (struct ussd_request){.id = 0};
    if (done.id)
        done.done(done.context, outcome, text ? text : "");
}

/* The dialogue is over, or was never begun. */
static void ussd_over(struct link *l, enum protocol_outcome outcome, const char *text) {
    l->ussd = USSD_NONE;
    ussd_done(&l->request, outcome, text);
    ussd_done(&l->cancel, PROTOCOL_OUTCOME_ENDED, text);
}

static enum err ussd_say(struct link *l, int64_t id, enum protocol_action action, const char *text) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_USSD);
    m.id = id;
    m.action = action;
    m.text = text && *text ? mem_string(text) : NULL;
    enum err e = worker_say(l->worker, &m);
    protocol_release(&m);
    return e;
}

/* What waited for the submission goes out. */
static void ussd_go(struct link *l) {
    if (l->ussd != USSD_WAITING || l->submission != SUBMISSION_NONE)
        return;
    l->ussd = USSD_OUT;
    if (ussd_say(l, l->request.id, l->action, l->ussd_text) != ERR_OK)
        ussd_over(l, PROTOCOL_OUTCOME_REFUSED, "the worker was gone before it was told");
}

static enum err ussd_cancel(struct link *l, struct ussd_request request) {
    if (l->ussd == USSD_WAITING) { /* the worker never heard of it */
        ussd_over(l, PROTOCOL_OUTCOME_ENDED, "it was cancelled");
        ussd_done(&request, PROTOCOL_OUTCOME_ENDED, "it was cancelled");
        return ERR_OK;
    }
    l->cancel = request;
    if (ussd_say(l, request.id, PROTOCOL_ACTION_CANCEL, NULL) != ERR_OK)
        ussd_over(l, PROTOCOL_OUTCOME_REFUSED, "the worker is gone");
    return ERR_OK;
}

static enum err ussd_allowed(struct link *l, enum protocol_action action, struct str *problem) {
    if (!l->up || l->stopping) {
        str_addf(problem, "%s is down%s%s", name_of(l), l->down_reason && *l->down_reason ? ": " : "", l->down_reason ? l->down_reason : "");
        return ERR_CLOSED;
    }
    if (!l->can_ussd) {
        str_addf(problem, "%s: its driver can't speak USSD", name_of(l));
        return ERR_UNSUPPORTED;
    }
    if (action == PROTOCOL_ACTION_CANCEL ? l->ussd == USSD_NONE : action == PROTOCOL_ACTION_ANSWER && l->ussd != USSD_ASKING) {
        str_addf(problem, "%s has no USSD dialogue that could be %s; begin one with a code like *101#", name_of(l),
                 action == PROTOCOL_ACTION_CANCEL ? "cancelled" : "answered");
        return ERR_NOT_FOUND;
    }
    bool stale = l->ussd == USSD_ASKING && mono(l) - l->asked_at >= USSD_ANSWER_WAIT;
    bool taken = action == PROTOCOL_ACTION_CANCEL ? l->cancel.id != 0 : action == PROTOCOL_ACTION_START && l->ussd != USSD_NONE && !stale;
    if (taken)
        str_addf(problem, "%s has a USSD dialogue already; answer it, cancel it, or wait", name_of(l));
    return taken ? ERR_BUSY : ERR_OK;
}

enum err link_ussd(struct link *l, enum protocol_action action, const char *text, link_ussd_done *done, void *context, struct str *problem) {
    enum err e = ussd_allowed(l, action, problem);
    if (e == ERR_OK && action != PROTOCOL_ACTION_CANCEL && (!text || !*text || text_codepoints(text) > USSD_TEXT_MAX)) {
        str_addf(problem, "a USSD text of 1 to %d characters is needed", USSD_TEXT_MAX);
        e = ERR_INVALID;
    }
    if (e != ERR_OK)
        return e;
    struct ussd_request request = {.id = ++l->ussd_last, .done = done, .context = context};
    if (action == PROTOCOL_ACTION_CANCEL)
        return ussd_cancel(l, request);
    if (action == PROTOCOL_ACTION_START && l->ussd == USSD_ASKING) /* somebody left it open: else the code would be its answer */
        (void)ussd_say(l, ++l->ussd_last, PROTOCOL_ACTION_CANCEL, NULL);
    request.id = ++l->ussd_last;
    l->request = request;
    l->action = action;
    free(l->ussd_text);
    l->ussd_text = mem_string(text);
    l->ussd = USSD_WAITING;
    ussd_go(l);
    return ERR_OK;
}

static void take_ussd_reply(struct link *l, struct protocol_message *m) {
    bool asks = m->outcome == PROTOCOL_OUTCOME_ASKS;
    const char *text = asks || m->outcome == PROTOCOL_OUTCOME_DONE ? m->text : m->reason;
    if (m->id > l->ussd_last) {
        worker_fault(l->worker, "a reply to a USSD request that wasn't made");
    } else if (l->cancel.id && m->id == l->cancel.id) {
        ussd_over(l, PROTOCOL_OUTCOME_ENDED, text);
    } else if (l->request.id && m->id == l->request.id) {
        l->ussd = asks ? USSD_ASKING : USSD_NONE;
        l->asked_at = mono(l);
        ussd_done(&l->request, m->outcome, text);
    }
}

/* ---- out: the outcome of a submission ---- */

struct outcome_job {
    struct job job;
    struct link *link;
    int64_t attempt_id;
    enum protocol_name name; /* PROTOCOL_SENT, _FAILED, _UNKNOWN */
    int reference, code;
    enum sms_failure class;
    char *reason;
};

static enum err run_outcome(struct job *job, int64_t now) {
    struct outcome_job *j = (struct outcome_job *)job;
    struct smsc *smsc = j->link->parts.smsc;
    if (j->name == PROTOCOL_SENT)
        return smsc_sent(smsc, j->attempt_id, j->reference, now);
    if (j->name == PROTOCOL_FAILED)
        return smsc_failed(smsc, j->attempt_id, j->class, j->code, j->reason, now);
    return smsc_unknown(smsc, j->attempt_id, j->reason, now);
}

static void outcome_done(struct job *job, enum err result) {
    struct outcome_job *j = (struct outcome_job *)job;
    struct link *l = j->link;
    if (result != ERR_OK) /* ERR_CLOSED: the core stops; the open attempt is found unknown at its next start */
        log_event(LOG_LEVEL_ERROR, "link.outcome_not_stored", log_text("link", name_of(l)), log_int("attempt", j->attempt_id),
                  log_text("outcome", protocol_name(j->name)), log_err(result));
    l->submission = SUBMISSION_NONE;
    l->attempt_id = 0;
    ussd_go(l);
    free(j->reason);
    free(j);
    link_look_after(l);
}

static void count_time(struct link *l, int64_t took) {
    int class = 0;
    while (class < HISTORY_TIMES - 1 && took >= history_bounds[class])
        class ++;
    l->times[class]++;
}

static void settle(struct link *l, enum protocol_name name, int reference, enum sms_failure class, int code, const char *reason) {
    struct outcome_job *j = mem_alloc(sizeof *j);
    j->job = (struct job){.run = run_outcome, .done = outcome_done, .keep = true};
    j->link = l;
    j->attempt_id = l->attempt_id;
    j->name = name;
    j->reference = reference;
    j->class = class;
    j->code = code;
    j->reason = mem_string(reason ? reason : "");
    l->submission = SUBMISSION_SETTLING;
    l->sent += name == PROTOCOL_SENT;
    l->failed += name == PROTOCOL_FAILED;
    l->unknown += name == PROTOCOL_UNKNOWN;
    if (name == PROTOCOL_SENT)
        count_time(l, mono(l) - l->sent_at);
    ladder_submitted(&l->ladder, name == PROTOCOL_SENT, code);
    l->recent = l->recent << 1 | (name == PROTOCOL_SENT);
    l->recent_count += l->recent_count < LINK_RECENT;
    worker_expect(l->worker, 0);
    turn_add(l->parts.turn, &j->job);
}

static void take_outcome(struct link *l, struct protocol_message *m) {
    if (l->submission != SUBMISSION_OUT || m->id != l->attempt_id) {
        worker_fault(l->worker, "an answer to a submission that isn't out");
        return;
    }
    settle(l, m->name, (int)m->reference, m->class, (int)m->code, m->reason);
}

/* ---- out: the submission ---- */

struct dispatch_job {
    struct job job;
    struct link *link;
    struct dispatch dispatch;
    bool found;
};

static enum err run_dispatch(struct job *job, int64_t now) {
    struct dispatch_job *j = (struct dispatch_job *)job;
    if (j->found)
        dispatch_release(&j->dispatch);
    j->found = false;
    enum err e = smsc_next(j->link->parts.smsc, name_of(j->link), now, &j->dispatch);
    j->found = e == ERR_OK;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static void submit(struct link *l, struct dispatch *d) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_SEND);
    m.id = d->attempt_id;
    m.phone = d->to;
    m.encoding = d->encoding;
    m.text = d->text;
    d->text = NULL;
    m.concat = d->concat;
    m.reference = d->reference;
    m.reject_duplicates = d->reject_duplicates;
    m.want_report = d->want_report;
    m.validity_seconds = d->validity_seconds;
    l->attempt_id = d->attempt_id;
    crash_point("link.before_send");
    enum err e = worker_say(l->worker, &m);
    crash_point("link.after_send");
    protocol_release(&m);
    if (e == ERR_OK) {
        l->submission = SUBMISSION_OUT;
        l->sent_at = mono(l);
        worker_expect(l->worker, l->parts.config->send_deadline);
    } else {
        settle(l, PROTOCOL_FAILED, -1, SMS_FAILURE_TEMPORARY, -1, "the worker was gone before it was told");
    }
}

static void dispatch_done(struct job *job, enum err result) {
    struct dispatch_job *j = (struct dispatch_job *)job;
    struct link *l = j->link;
    l->submission = SUBMISSION_NONE;
    if (result == ERR_OK && j->found)
        submit(l, &j->dispatch);
    else if (result != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "link.not_dispatched", log_text("link", name_of(l)), log_err(result));
    if (j->found)
        dispatch_release(&j->dispatch);
    free(j);
    ussd_go(l);
}

bool link_wants_work(struct link *l, int64_t now) {
    bool ussd = l->ussd == USSD_WAITING || l->ussd == USSD_OUT;
    return l->up && !l->stopping && !ussd && l->submission == SUBMISSION_NONE && smsc_has_work(l->parts.smsc, name_of(l), now);
}

bool link_wants_alarm(struct link *l, int64_t now) {
    return link_wants_work(l, now) && smsc_has_alarm(l->parts.smsc, name_of(l), now);
}

void link_dispatch(struct link *l) {
    struct dispatch_job *j = mem_alloc(sizeof *j);
    j->job = (struct job){.run = run_dispatch, .done = dispatch_done};
    j->link = l;
    l->submission = SUBMISSION_OPENING;
    turn_add(l->parts.turn, &j->job);
}

bool link_busy(const struct link *l) {
    return l->submission != SUBMISSION_NONE;
}

/* ---- the worker's life ---- */

static void replace(char **to, char **from) {
    free(*to);
    *to = *from;
    *from = NULL;
}

static void go_down(struct link *l, enum protocol_cause cause, const char *reason) {
    if (l->up) {
        log_event(LOG_LEVEL_WARNING, "link.down", log_text("link", name_of(l)), log_text("reason", reason));
        smsc_link_down(l->parts.smsc, name_of(l), wall(l));
    }
    l->up = false;
    free(l->down_reason);
    l->down_reason = mem_string(reason);
    l->cause = cause;
    ladder_mute(&l->ladder, cause == PROTOCOL_CAUSE_MUTE, mono(l));
    ladder_registered(&l->ladder, LADDER_AWAY, mono(l));
}

/* The SIM knows best whose it is; the network may be another's where SIMs roam. */
static void learn_carrier(struct link *l) {
    enum carrier carrier = carrier_of_imsi(l->imsi);
    if (carrier == CARRIER_UNKNOWN)
        carrier = carrier_of_network(l->health.operator_name);
    smsc_link_carrier(l->parts.smsc, name_of(l), carrier, wall(l));
}

/* ---- who and where it is ---- */

struct sight_job { /* notes who was seen where; events of it are told when they are on disk */
    struct job job;
    struct link *link;
    char *imei, *imsi, *iccid, *place;
    struct modem_event events[MODEM_EVENTS_MAX];
    size_t count;
};

static enum err run_sight(struct job *job, int64_t now) {
    struct sight_job *j = (struct sight_job *)job;
    struct link *l = j->link;
    struct modem_seen seen = {
        .link = name_of(l),
        .imei = j->imei,
        .iccid = j->iccid,
        .imsi = j->imsi,
        .place = j->place,
        .elsewhere = l->parts.is_up,
        .context = l->parts.context,
    };
    return modem_note(l->parts.store, &seen, now, j->events, &j->count);
}

static void sight_done(struct job *job, enum err result) {
    struct sight_job *j = (struct sight_job *)job;
    if (result != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "modem.not_noted", log_text("link", name_of(j->link)), log_err(result));
    for (size_t i = 0; result == ERR_OK && i < j->count; i++) {
        const struct modem_event *event = &j->events[i];
        char name[32];
        snprintf(name, sizeof name, "modem.%s", modem_event_kind_name(event->kind));
        log_event(LOG_LEVEL_NOTICE, name, log_text("link", event->link), log_text("imei", event->imei), log_text("from", event->previous),
                  log_text("to", event->current));
    }
    free(j->imei);
    free(j->imsi);
    free(j->iccid);
    free(j->place);
    free(j);
}

static char *copy(const char *text) {
    return text ? mem_string(text) : NULL;
}

static void note_sight(struct link *l) {
    struct sight_job *j = mem_alloc(sizeof *j);
    j->job = (struct job){.run = run_sight, .done = sight_done, .keep = true};
    j->link = l;
    j->imei = copy(l->imei);
    j->imsi = copy(l->imsi);
    j->iccid = copy(l->iccid);
    j->place = mem_string(l->place);
    turn_add(l->parts.turn, &j->job);
}

static void absent(struct link *l, const char *problem) {
    struct str reason;
    str_init(&reason, 1024);
    str_addf(&reason, "%s: %s", l->parts.modem->where, problem);
    /* what else was found, in brackets, changes with every plug */
    if (!l->down_reason || strncmp(l->down_reason, reason.data, strcspn(reason.data, "(")) != 0)
        log_event(LOG_LEVEL_NOTICE, "link.absent", log_text("link", name_of(l)), log_text("problem", reason.data));
    go_down(l, PROTOCOL_CAUSE_LINE, reason.data);
    str_release(&reason);
}

/* Before each start of the worker: where what the line names is now. */
static bool is_ready(void *context) {
    struct link *l = context;
    char last[MODEM_TEXT_MAX];
    if (!modem_line_is_located(&l->line))
        return true;
    if (!port_table_complete(l->parts.ports) && !(l->line.kind == MODEM_LINE_SERIAL && port_table_lost(l->parts.ports)))
        return false;
    bool known = modem_last_place(l->parts.store, name_of(l), last) == ERR_OK;
    struct port_wanted wanted = {.name = name_of(l), .line = l->line, .last_place = known ? last : NULL};
    struct str problem;
    str_init(&problem, 900);
    enum err e = port_table_find(l->parts.ports, &wanted, l->parts.clock->mono_ms(l->parts.clock), l->node, l->place, &problem);
    if (e != ERR_OK)
        absent(l, problem.len ? problem.data : err_text(e));
    str_release(&problem);
    return e == ERR_OK;
}

void link_port_news(struct link *l, const struct protocol_message *m) {
    struct worker_view view;
    worker_view(l->worker, &view);
    bool own = m && m->name == PROTOCOL_PORT && m->place && strcmp(m->place, l->place) == 0;
    if (modem_line_is_located(&l->line) && (own || strcmp(view.state, "absent") == 0))
        worker_hurry(l->worker);
}

static void go_up(struct link *l, struct protocol_message *m) {
    if (modem_line_is_located(&l->line))
        port_table_identify(l->parts.ports, name_of(l), m);
    if (!modem_line_fits(&l->line, m)) {
        log_event(LOG_LEVEL_WARNING, "link.another", log_text("link", name_of(l)), log_text("line", l->node), log_text("imei", m->imei));
        worker_leave(l->worker, "what is plugged in there isn't what the line names");
        return;
    }
    replace(&l->imei, &m->imei);
    replace(&l->imsi, &m->imsi);
    replace(&l->iccid, &m->iccid);
    replace(&l->model, &m->model);
    replace(&l->driver, &m->driver);
    replace(&l->revision, &m->revision);
    replace(&l->trouble, &m->trouble);
    if (!l->up)
        log_event(LOG_LEVEL_NOTICE, "link.up", log_text("link", name_of(l)), log_text("model", l->model), log_text("imei", l->imei));
    l->up = l->identified = true;
    l->can_ussd = m->ussd;
    ladder_mute(&l->ladder, false, mono(l));
    free(l->down_reason);
    l->down_reason = NULL;
    smsc_link_sim(l->parts.smsc, name_of(l), sim_of(l), wall(l));
    smsc_link_up(l->parts.smsc, name_of(l), &l->parts.modem->number, wall(l));
    learn_carrier(l);
    note_sight(l);
}

/* ---- its SIM's PIN ---- */

static bool give_pin(void *context, const char *sim, const char *value) {
    struct link *l = context;
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_PIN);
    m.iccid = sim[0] ? mem_string(sim) : NULL;
    m.pin = mem_string(value);
    enum err e = worker_say(l->worker, &m);
    protocol_release(&m);
    return e == ERR_OK;
}

static void pin_not_tried(void *context, const char *reason) {
    struct link *l = context;
    if (l->down_reason && strcmp(l->down_reason, reason) == 0)
        return;
    log_event(LOG_LEVEL_ERROR, "link.pin_not_tried", log_text("link", name_of(l)), log_text("reason", reason));
    free(l->down_reason);
    l->down_reason = mem_string(reason);
}

static void take_pin_answer(struct link *l, struct protocol_message *m) {
    if (pin_out(l->pin))
        pin_answered(l->pin, m->entered, m->accepted, m->reason);
    else
        worker_fault(l->worker, "an answer to a PIN that isn't out");
}

/* ---- what it says ---- */

static void worker_greeted(void *context) {
    struct link *l = context;
    l->generation++;
    l->identified = false;
}

static void take_down(struct link *l, struct protocol_message *m) {
    go_down(l, m->cause, m->reason);
}

static void take_locked(struct link *l, struct protocol_message *m) {
    pin_asked(l->pin, m->iccid ? m->iccid : "", m->tries_left);
}

static void take_health(struct link *l, struct protocol_message *m) {
    protocol_release(&l->health);
    l->health = *m;
    protocol_init(m, PROTOCOL_HEALTH);
    l->heard_at = wall(l);
    learn_carrier(l);
    if (l->up)
        ladder_registered(&l->ladder, (int)l->health.registration, mono(l));
    link_look_after(l);
}

static void (*const takers[PROTOCOL_NAME_COUNT])(struct link *l, struct protocol_message *m) = {
    [PROTOCOL_UP] = go_up,
    [PROTOCOL_DOWN] = take_down,
    [PROTOCOL_LOCKED] = take_locked,
    [PROTOCOL_PIN_TRIED] = take_pin_answer,
    [PROTOCOL_SMS] = take_arrival,
    [PROTOCOL_REPORT] = take_arrival,
    [PROTOCOL_SENT] = take_outcome,
    [PROTOCOL_FAILED] = take_outcome,
    [PROTOCOL_UNKNOWN] = take_outcome,
    [PROTOCOL_USSD_REPLY] = take_ussd_reply,
    [PROTOCOL_CALL] = take_call,
    [PROTOCOL_HEALTH] = take_health,
};

static void worker_message(void *context, struct protocol_message *m) {
    struct link *l = context;
    if (takers[m->name])
        takers[m->name](l, m);
    else
        worker_fault(l->worker, "what discovery says isn't a modem's to say");
}

static void worker_gone(void *context, const char *why) {
    struct link *l = context;
    l->generation++;
    l->identified = false;
    pin_unheard(l->pin);
    if (modem_line_is_located(&l->line))
        port_table_release(l->parts.ports, name_of(l));
    go_down(l, l->up ? PROTOCOL_CAUSE_OTHER : l->cause, why);
    ussd_over(l, PROTOCOL_OUTCOME_REFUSED, why);
    if (l->submission == SUBMISSION_OUT)
        settle(l, PROTOCOL_UNKNOWN, -1, SMS_FAILURE_TEMPORARY, -1, why);
}

static void worker_stopped(void *context) {
    struct link *l = context;
    l->parts.stopped(l->parts.context);
}

struct link *link_new(const struct link_parts *parts) {
    struct link *l = mem_alloc(sizeof *l);
    l->parts = *parts;
    protocol_init(&l->health, PROTOCOL_HEALTH);
    struct str why;
    str_init(&why, 512);
    if (modem_line_parse(parts->modem->line, &l->line, &why) != ERR_OK)
        abort(); /* config.c has parsed it */
    str_release(&why);
    if (!modem_line_is_located(&l->line)) {
        snprintf(l->node, sizeof l->node, "%s", parts->modem->line);
        snprintf(l->place, sizeof l->place, "%s", l->line.what);
    }
    const char *argv[] = {parts->program,
                          "--name",
                          parts->modem->name,
                          "--line",
                          l->node,
                          "--driver",
                          config_driver_name(parts->modem->driver),
                          "--log",
                          config_log_level_name(parts->config->log_level),
                          "--pace",
                          l->pace,
                          NULL};
    snprintf(l->pace, sizeof l->pace, "%d", parts->config->worker_pace);
    memcpy(l->argv, argv, sizeof argv);
    struct worker_settings settings = {
        .name = parts->modem->name,
        .argv = l->argv,
        .hello_deadline = parts->config->hello_deadline,
        .life_deadline = parts->config->life_deadline,
        .stop_deadline = parts->config->stop_deadline,
        .restart_base = parts->config->restart_base,
        .restart_cap = parts->config->restart_cap,
        .restart_stable = parts->config->restart_stable,
        .bad_lines_max = parts->config->bad_lines_max,
    };
    struct pin_parts pin = {.turn = parts->turn,
                            .store = parts->store,
                            .link = parts->modem->name,
                            .file = parts->modem->pin_file ? parts->modem->pin_file : "",
                            .context = l,
                            .give = give_pin,
                            .refused = pin_not_tried};
    l->pin = pin_new(&pin);
    struct worker_owner owner = {
        .context = l, .greeted = worker_greeted, .message = worker_message, .gone = worker_gone, .stopped = worker_stopped, .ready = is_ready};
    l->worker = worker_new(parts->loop, parts->clock, &settings, &owner);
    return l;
}

void link_start(struct link *l) {
    worker_start(l->worker);
}

void link_stop(struct link *l) {
    l->stopping = true;
    if (l->ussd == USSD_WAITING)
        ussd_over(l, PROTOCOL_OUTCOME_REFUSED, "the appliance stops");
    worker_stop(l->worker);
}

void link_free(struct link *l) {
    if (!l)
        return;
    worker_free(l->worker);
    pin_free(l->pin);
    protocol_release(&l->health);
    free(l->imei);
    free(l->imsi);
    free(l->iccid);
    free(l->model);
    free(l->driver);
    free(l->revision);
    free(l->trouble);
    free(l->down_reason);
    free(l->ussd_text);
    free(l);
}

void link_sweep(struct link *l) {
    if (!l->up)
        return;
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_SWEEP);
    if (worker_say(l->worker, &m) != ERR_OK)
        log_event(LOG_LEVEL_DEBUG, "link.unheard", log_text("link", name_of(l)), log_text("line", "sweep"));
}

void link_view(const struct link *l, struct link_view *ret_view) {
    struct link_view v = {
        .modem = l->parts.modem,
        .up = l->up,
        .ussd = l->can_ussd,
        .down_reason = l->down_reason ? l->down_reason : "",
        .cause = l->cause,
        .revision = l->revision,
        .trouble = l->trouble,
        .centre = l->health.centre,
        .recent = l->recent_count,
        .recent_sent = __builtin_popcount(l->recent & ((UINT32_C(1) << l->recent_count) - 1)),
        .refusals = smsc_link_refusals(l->parts.smsc, name_of(l), wall(l)),
        .place = l->place,
        .node = l->node,
        .imei = l->imei,
        .imsi = l->imsi,
        .iccid = l->iccid,
        .driver = l->driver,
        .model = l->model,
        .operator_name = l->health.operator_name,
        .signal = l->health.signal,
        .registration = l->health.registration,
        .slots_used = l->health.slots_used,
        .slots_total = l->health.slots_total,
        .received = l->received,
        .refused = l->refused,
        .sent = l->sent,
        .failed = l->failed,
        .unknown = l->unknown,
        .calls = l->calls,
        .outstanding = l->submission == SUBMISSION_OUT ? l->attempt_id : 0,
        .heard_at = l->heard_at,
        .rung = l->ladder.next > 0 ? ladder_rows[l->ladder.next - 1].name : NULL,
        .helpless = l->ladder.next == LADDER_RUNGS,
    };
    memcpy(v.times, l->times, sizeof v.times);
    worker_view(l->worker, &v.worker);
    *ret_view = v;
}
