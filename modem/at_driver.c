/* The driver for modems that speak standard AT commands (3GPP TS 27.005, TS 27.007): its table of functions, what it does with unsolicited lines,
 * and the health check. Setting up, storage and submission are in at_setup.c, at_storage.c and at_submit.c.
 *
 * What comes in unasked while a command runs is only noted; it is read when the worker calls serve(). Announcements that find no room, or that
 * can't be read, are made up for by a sweep. */
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "modem/at_modem.h"
#include "modem/protocol.h"
#include "modem/text_record.h"

#include <stdlib.h>
#include <string.h>

enum { STEP_TRIES = 3 };
#define QUERY_TIMEOUT (10 * CLOCK_SECOND)
#define RESTART_TIMEOUT (20 * CLOCK_SECOND)
#define FULL_PAUSE (5 * CLOCK_SECOND)

static int64_t now_of(const struct modem *m) {
    return m->host->port->clock->mono_ms(m->host->port->clock);
}

enum err at_ask(struct modem *m, const struct at_command *command) {
    at_run(m->at, command, &m->reply);
    switch (m->reply.result) {
    case AT_RESULT_OK:
        return ERR_OK;
    case AT_RESULT_TIMEOUT:
        return ERR_TIMEOUT;
    case AT_RESULT_CLOSED:
        return ERR_CLOSED;
    case AT_RESULT_ERROR:
    case AT_RESULT_CMS:
    case AT_RESULT_CME:
    case AT_RESULT_PROMPT:
        break;
    }
    return ERR_CONFLICT;
}

enum err at_try(struct modem *m, const struct at_command *command) {
    enum err e = at_ask(m, command);
    if (e == ERR_TIMEOUT) {
        log_event(LOG_LEVEL_WARNING, "at.no_answer", log_text("command", command->text));
        e = at_synchronize(m->at, STEP_TRIES);
    }
    return e == ERR_CONFLICT ? ERR_OK : e;
}

enum err at_query(struct modem *m, const char *text, const char *prefix, const char **ret_line) {
    enum err e = at_try(m, &(struct at_command){.text = text, .prefix = prefix, .timeout = QUERY_TIMEOUT});
    *ret_line = e == ERR_OK && m->reply.result == AT_RESULT_OK ? at_reply_line(&m->reply, 0) : "";
    return e;
}

/* ---- unsolicited lines ---- */

static void direct(struct modem *m, const struct at_unsolicited *u, const char *line, const char *pdu) {
    char record[AT_LINE_MAX + 1];
    bool sound = m->text_mode ? text_record_make(line, "+CMT:", pdu, record, sizeof record) == TEXT_RECORD_MADE : at_pdu_sound(pdu, u->length);
    if (m->text_mode && sound)
        pdu = record;
    /* A damaged copy that nobody acknowledges comes again from the network; one that was acknowledged by the modem itself doesn't. */
    if (m->acknowledges && !sound) {
        log_event(LOG_LEVEL_WARNING, "at.damaged_arrival", log_int("length", u->length), log_int("digits", (int64_t)strlen(pdu)));
        m->settings_lost = true; /* TS 27.005 §3.4.1: a modem without its acknowledgement stops routing arrivals */
        return;
    }
    m->direct_last++;
    m->direct_waits = true;
    m->host->arrived(m->host, (struct driver_place){.memory = DRIVER_DIRECT, .index = m->direct_last}, pdu);
}

/* It may say so as often as the network tries again, which may be whenever we look. */
void at_storage_full(struct modem *m, const char *line) {
    int64_t now = now_of(m), in = m->full_until > now ? m->full_until - now : 0;
    if (in == 0) {
        log_event(LOG_LEVEL_WARNING, "at.storage_full", log_text("line", line));
        m->full_until = now + FULL_PAUSE;
    }
    m->host->want_sweep(m->host, in);
}

static void on_unsolicited(void *context, const struct at_unsolicited *u, const char *line, const char *pdu) {
    struct modem *m = context;
    switch (u->urc) {
    case AT_URC_STORED:
    case AT_URC_REPORT_STORED:
        m->announced_here = true;
        if (u->memory == AT_MEMORY_NONE || u->index < 0)
            m->host->want_sweep(m->host, 0);
        else
            at_pending_add(m, u->memory, u->index);
        break;
    case AT_URC_MESSAGE:
    case AT_URC_REPORT:
        direct(m, u, line, pdu);
        break;
    case AT_URC_RESTARTED:
    case AT_URC_SIM_GONE:
        log_event(LOG_LEVEL_INFO, "at.restarted", log_text("line", line));
        m->settings_lost = true;
        m->host->want_sweep(m->host, AT_RESTART_PAUSE);
        break;
    case AT_URC_FULL:
        at_storage_full(m, line);
        break;
    case AT_URC_USSD:
        at_ussd_came(m, line);
        break;
    case AT_URC_RING:
        at_call_rings(m);
        break;
    case AT_URC_CALLER:
        at_call_number(m, line);
        break;
    case AT_URC_BROADCAST:
    case AT_URC_OTHER:
    case AT_URC_NONE:
        log_event(LOG_LEVEL_DEBUG, "at.unsolicited", log_text("line", line));
        break;
    }
}

enum err at_listen(struct modem *m) {
    enum err e = at_poll(m->at);
    return e == ERR_OK && m->settings_lost && now_of(m) - m->opened_at >= AT_RESTART_PAUSE ? ERR_BUSY : e;
}

enum err at_serve_dialogues(struct modem *m) {
    enum err e = at_call_serve(m);
    return e == ERR_OK ? at_ussd_serve(m) : e;
}

static enum err at_serve(struct modem *m) {
    enum err e = at_listen(m);
    if (e == ERR_OK && m->pending_count > 0)
        e = at_read_pending(m);
    return e == ERR_OK ? at_serve_dialogues(m) : e;
}

int64_t at_due_next(const struct modem *m) {
    int64_t due = at_due(m->at), call = at_call_due(m), ussd = at_ussd_due(m);
    due = call < due ? call : due;
    return ussd < due ? ussd : due;
}

static bool at_waits(const struct modem *m) {
    return m->pending_count > 0;
}

/* ---- health ---- */

enum err at_registration(struct modem *m, int *ret_stat) {
    const char *line;
    int stat = -1, lte;
    enum err e = at_query(m, "AT+CREG?", "+CREG:", &line);
    if (e != ERR_OK)
        return e;
    at_parse_registration(line, "+CREG:", &stat);
    if (!protocol_registered(stat)) { /* registered for LTE only */
        if ((e = at_query(m, "AT+CEREG?", "+CEREG:", &line)) != ERR_OK)
            return e;
        if (at_parse_registration(line, "+CEREG:", &lte) && protocol_registered(lte))
            stat = lte;
    }
    *ret_stat = stat;
    return ERR_OK;
}

static enum err storage(struct modem *m, struct driver_health *h) {
    struct at_usage usage;
    const char *line;
    enum err e = at_query(m, "AT+CPMS?", "+CPMS:", &line);
    if (e == ERR_OK && at_parse_usage(line, &usage)) {
        h->slots_used = usage.used;
        h->slots_total = usage.total;
    }
    return e;
}

/* A SIM without the number of its service centre refuses every submission (+CMS ERROR: 330). */
static enum err service_centre(struct modem *m, struct driver_health *h) {
    const char *line;
    struct at_fields f;
    enum err e = at_query(m, "AT+CSCA?", "+CSCA:", &line);
    h->centre_known = e == ERR_OK && at_parse_fields(line, "+CSCA:", &f);
    if (h->centre_known && f.count > 0 && strlen(f.field[0]) < sizeof h->centre)
        memcpy(h->centre, f.field[0], strlen(f.field[0]) + 1);
    return e;
}

static enum err settings_kept(struct modem *m) {
    const char *line;
    if (!m->announces) /* it may only have been busy with its start */
        return at_indicate(m);
    enum err e = at_query(m, "AT+CNMI?", "+CNMI:", &line);
    if (e == ERR_OK && line[0] && m->indications[0] && strcmp(line, m->indications) != 0) {
        log_event(LOG_LEVEL_WARNING, "at.settings_lost", log_text("were", m->indications), log_text("are", line));
        e = ERR_BUSY;
    }
    return e;
}

enum err at_condition(struct modem *m, struct driver_health *health) {
    enum err e = storage(m, health);
    if (e == ERR_OK)
        e = service_centre(m, health);
    return e == ERR_OK ? settings_kept(m) : e;
}

static enum err at_health(struct modem *m, struct driver_health *ret_health) {
    struct driver_health h = {.signal = 99, .registration = -1, .slots_used = -1, .slots_total = -1};
    const char *line;
    enum err e = at_registration(m, &h.registration);
    if (e == ERR_OK && (e = at_query(m, "AT+CSQ", "+CSQ:", &line)) == ERR_OK)
        at_parse_signal(line, &h.signal);
    if (e == ERR_OK && (e = at_query(m, "AT+COPS?", "+COPS:", &line)) == ERR_OK)
        at_parse_operator(line, h.operator_name, sizeof h.operator_name);
    if (m->text_mode) { /* in its character set */
        char name[sizeof h.operator_name];
        memcpy(name, h.operator_name, sizeof name);
        text_record_plain(name, h.operator_name, sizeof h.operator_name);
    }
    if (e == ERR_OK)
        e = at_condition(m, &h);
    if (e == ERR_OK || e == ERR_BUSY)
        *ret_health = h;
    return e;
}

/* ---- the driver ---- */

void at_modem_init(struct modem *m, struct driver_host *host, struct at_port *port) {
    *m = (struct modem){.host = host};
    m->call.rang_at = -CLOCK_HOUR; /* the monotonic clock may begin at 0 */
    m->quirks = quirks_find("", "");
    m->at = at_new(port, on_unsolicited, m);
    at_reply_init(&m->reply);
}

void at_modem_release(struct modem *m) {
    at_free(m->at);
    at_reply_release(&m->reply);
}

static struct modem *at_create(struct driver_host *host) {
    struct modem *m = mem_alloc(sizeof *m);
    at_modem_init(m, host, host->port);
    return m;
}

static void at_destroy(struct modem *m) {
    if (!m)
        return;
    at_modem_release(m);
    free(m);
}

static enum err at_open(struct modem *m, struct driver_identity *ret_identity, struct str *reason) {
    struct driver_identity identity = {.imei = ""};
    enum err e = at_setup(m, AT_SETUP_ALL, &identity, reason);
    at_setup_explain(e, reason);
    if (e == ERR_OK)
        *ret_identity = identity;
    return e;
}

enum err at_restart(struct modem *m, enum driver_restart how) {
    if (how == DRIVER_RESTART_MODEM)
        return at_ask(m, &(struct at_command){.text = m->quirks->restart, .timeout = RESTART_TIMEOUT});
    enum err e = at_ask(m, &(struct at_command){.text = "AT+CFUN=4", .timeout = RESTART_TIMEOUT});
    if (e == ERR_OK)
        e = at_ask(m, &(struct at_command){.text = "AT+CFUN=1", .timeout = RESTART_TIMEOUT});
    return e;
}

static const struct driver_sim *at_sim(const struct modem *m) {
    return &m->sim;
}

const struct driver at_driver = {
    .name = "at",
    .create = at_create,
    .destroy = at_destroy,
    .open = at_open,
    .serve = at_serve,
    .waits = at_waits,
    .sweep = at_sweep,
    .submit = at_submit,
    .remove = at_remove,
    .health = at_health,
    .due = at_due_next,
    .ussd = at_ussd,
    .restart = at_restart,
    .sim = at_sim,
    .unlock = at_unlock,
};
