/* The requests, one table. Members that a request doesn't know are refused: a misspelt option must not pass for its default. */
#include "modem/virtual/requests.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "modem/virtual/raw_tpdu.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum outcome { ANSWERED, NOT_YET, REFUSED };

struct asked { /* one request being answered */
    const struct world *world;
    const struct json *request;
    bool last;
    struct json_writer *to;
    struct str *problem; /* for REFUSED */
};

struct operation {
    const char *name;
    const char *members; /* those it knows besides "op", with a blank on each side */
    enum outcome (*run)(struct asked *a);
};

struct request {
    struct json *document;
    const struct operation *operation;
    int64_t wait;
};

static enum outcome refuse(struct asked *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
static enum outcome refuse(struct asked *a, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str_vaddf(a->problem, format, args);
    va_end(args);
    return REFUSED;
}

/* -- members ----------------------------------------------------------------------------------------------------------------------------- */

static bool has(const struct asked *a, const char *key) {
    return json_get(a->request, key) != NULL;
}

static bool get_phone(struct asked *a, const char *key, struct phone *ret_phone) {
    const char *text = json_text(a->request, key);
    if (text && phone_parse(text, ret_phone) == ERR_OK)
        return true;
    if (text)
        str_addf(a->problem, "\"%s\": \"%s\" is neither a phone number, a short code nor a sender's name", key, text);
    else
        str_addf(a->problem, "\"%s\": a phone number as a string is wanted", key);
    return false;
}

static bool get_int(struct asked *a, const char *key, int64_t min, int64_t max, int64_t fallback, int64_t *ret_value) {
    int64_t value = fallback;
    if (has(a, key) && (!json_int(a->request, key, &value) || value < min || value > max)) {
        str_addf(a->problem, "\"%s\": a number from %lld to %lld is wanted", key, (long long)min, (long long)max);
        return false;
    }
    *ret_value = value;
    return true;
}

static bool get_bool(struct asked *a, const char *key, bool fallback, bool *ret_value) {
    bool value = fallback;
    if (has(a, key) && !json_bool(a->request, key, &value)) {
        str_addf(a->problem, "\"%s\": true or false is wanted", key);
        return false;
    }
    *ret_value = value;
    return true;
}

static bool get_hex(struct asked *a, const char *key, uint8_t *octets, size_t max, size_t *ret_len) {
    const char *hex = json_text(a->request, key);
    if (hex && hex_decode(hex, strlen(hex), octets, max, ret_len) == ERR_OK)
        return true;
    str_addf(a->problem, "\"%s\": hex of at most %zu octets is wanted", key, max);
    return false;
}

static struct station *get_station(struct asked *a) {
    const char *name = json_text(a->request, "name");
    for (size_t i = 0; name && i < a->world->station_count; i++)
        if (strcmp(at_modem_settings(a->world->stations[i].modem)->name, name) == 0)
            return &a->world->stations[i];
    str_addf(a->problem, "\"name\": no modem \"%s\"; there are", name ? name : "");
    for (size_t i = 0; i < a->world->station_count; i++)
        str_addf(a->problem, "%s \"%s\"", i ? "," : "", at_modem_settings(a->world->stations[i].modem)->name);
    return NULL;
}

static void put_time(struct json_writer *w, const char *key, int64_t wall_ms) {
    char text[CLOCK_TEXT_SIZE];
    clock_iso(wall_ms, text);
    json_put_text(w, key, text);
}

/* -- send -------------------------------------------------------------------------------------------------------------------------------- */

#define DATA_MAX (SMS_SEGMENTS_MAX * SMS_UD_OCTETS)

struct message { /* what "send" is asked to send */
    struct phone from, to;
    struct handset_draft draft;
    uint8_t data[DATA_MAX];
};

static bool get_encoding(struct asked *a, struct handset_draft *draft) {
    if (!has(a, "encoding"))
        return true;
    const char *name = json_text(a->request, "encoding");
    draft->has_encoding = name && sms_encoding_parse(name, &draft->encoding) == ERR_OK && draft->encoding != SMS_8BIT;
    if (!draft->has_encoding)
        str_add(a->problem, "\"encoding\": \"gsm7\" or \"ucs2\" is wanted");
    return draft->has_encoding;
}

static bool get_time(struct asked *a, struct handset_draft *draft) {
    const char *text = json_text(a->request, "time");
    draft->time = a->world->clock->wall_ms(a->world->clock);
    if (!has(a, "time") || (text && clock_parse_iso(text, &draft->time) == ERR_OK))
        return true;
    str_add(a->problem, "\"time\": RFC 3339 such as 2026-01-31T08:00:00+07:00 is wanted");
    return false;
}

static bool get_ports(struct asked *a, struct handset_draft *draft) {
    int64_t port, source;
    if (!get_int(a, "port", 0, 65535, 0, &port) || !get_int(a, "source_port", 0, 65535, 0, &source))
        return false;
    draft->has_ports = has(a, "port");
    draft->destination_port = (uint16_t)port;
    draft->source_port = (uint16_t)source;
    return true;
}

static bool get_content(struct asked *a, struct message *m) {
    size_t len;
    m->draft.text = json_text(a->request, "text");
    if (!m->draft.text == !has(a, "data")) {
        str_add(a->problem, "one of \"text\", \"data\" (hex) and \"pdu\" (hex) is wanted");
        return false;
    }
    if (m->draft.text)
        return true;
    if (!get_hex(a, "data", m->data, sizeof m->data, &len))
        return false;
    m->draft.data = bytes_of(m->data, len);
    return true;
}

static bool get_message(struct asked *a, struct message *m) {
    int64_t class, dcs, pid, reference, zone;
    if (!get_int(a, "class", 0, 3, -1, &class) || !get_int(a, "dcs", 0, 255, -1, &dcs) || !get_int(a, "pid", 0, 255, -1, &pid) ||
        !get_bool(a, "wide", false, &m->draft.wide) || !get_int(a, "ref", 0, m->draft.wide ? 65535 : 255, -1, &reference) ||
        !get_int(a, "zone", -12 * 60, 14 * 60, NETWORK_ZONE_MINUTES, &zone))
        return false;
    m->draft.class = (int)class;
    m->draft.dcs = (int)dcs;
    m->draft.pid = (int)pid;
    m->draft.reference = (int)reference;
    m->draft.zone_minutes = (int)(zone / 15 * 15);
    return get_encoding(a, &m->draft) && get_time(a, &m->draft) && get_ports(a, &m->draft) && get_content(a, m);
}

static enum outcome send_one(struct asked *a, const struct message *m, const uint8_t *tpdu, size_t len) {
    int64_t arrival;
    if (network_send(a->world->network, &m->from, &m->to, tpdu, len, &arrival) != ERR_OK)
        return refuse(a, "\"to\": no modem has %s, and a handset can't take this", m->to.text);
    json_put_int(a->to, NULL, arrival);
    return ANSWERED;
}

/* The parts in the order asked for: [2,1] swaps, [1,1] repeats, [1] drops the rest. */
static enum outcome send_parts(struct asked *a, const struct message *m, const struct handset_part *parts, size_t count) {
    const struct json *order = json_get(a->request, "parts");
    size_t n = order ? json_count(order) : count;
    for (size_t i = 0; order && i < n; i++) {
        int64_t number;
        if (!json_int_value(json_at(order, i), &number) || number < 1 || number > (int64_t)count)
            return refuse(a, "\"parts\": numbers from 1 to %zu are wanted, the message has so many parts", count);
    }
    json_open_array(a->to, "arrivals");
    enum outcome outcome = ANSWERED;
    for (size_t i = 0; i < n && outcome == ANSWERED; i++) {
        int64_t number = (int64_t)i + 1;
        if (order && !json_int_value(json_at(order, i), &number))
            continue;
        outcome = send_one(a, m, parts[number - 1].octets, parts[number - 1].len);
    }
    json_close_array(a->to);
    return outcome;
}

static enum outcome send_pdu(struct asked *a, struct message *m) {
    uint8_t tpdu[TPDU_MAX_OCTETS];
    size_t len;
    if (!get_hex(a, "pdu", tpdu, sizeof tpdu, &len))
        return REFUSED;
    json_open_array(a->to, "arrivals");
    enum outcome outcome = send_one(a, m, tpdu, len);
    json_close_array(a->to);
    return outcome;
}

static void stamp(struct handset *h, struct message *m) {
    struct str what;
    str_init(&what, SIZE_MAX);
    str_addf(&what, "%s ", m->to.text);
    if (m->draft.text)
        str_add(&what, m->draft.text);
    else
        str_add_hex(&what, m->draft.data.data, m->draft.data.len);
    m->draft.time = handset_time(h, what.data, m->draft.time);
    str_release(&what);
}

static enum outcome send_message(struct asked *a, struct message *m) {
    if (!get_phone(a, "from", &m->from) || !get_phone(a, "to", &m->to))
        return REFUSED;
    if (has(a, "pdu"))
        return send_pdu(a, m);
    if (!get_message(a, m))
        return REFUSED;
    struct handset named = {.phone = m->from}, *h = network_handset(a->world->network, &m->from);
    if (h && !has(a, "time"))
        stamp(h, m);
    struct handset_part *parts = mem_array(SMS_SEGMENTS_MAX, sizeof *parts);
    size_t count;
    enum err e = handset_compose(h ? h : &named, &m->draft, parts, &count);
    enum outcome outcome = e ? refuse(a, "the message is %s", err_text(e)) : ANSWERED;
    if (e == ERR_OK) {
        json_put_int(a->to, "parts", (int64_t)count);
        outcome = send_parts(a, m, parts, count);
    }
    free(parts);
    return outcome;
}

static enum outcome run_send(struct asked *a) {
    struct message *m = mem_alloc(sizeof *m);
    enum outcome outcome = send_message(a, m);
    free(m);
    return outcome;
}

/* -- what was sent, what arrived --------------------------------------------------------------------------------------------------------- */

static void put_user_data(struct json_writer *w, const struct tpdu *t) {
    struct str text;
    str_init(&text, 4096);
    tpdu_text(t, &text);
    json_put_text(w, "text", text.data);
    json_put_text(w, "encoding", sms_encoding_name(t->dcs.encoding));
    str_release(&text);
    if (!t->udh.concat.total)
        return;
    json_open_object(w, "concat");
    json_put_int(w, "ref", t->udh.concat.reference);
    json_put_int(w, "total", t->udh.concat.total);
    json_put_int(w, "seq", t->udh.concat.sequence);
    json_close_object(w);
}

static enum outcome run_inbox(struct asked *a) {
    struct phone phone;
    int64_t after;
    if (!get_phone(a, "number", &phone) || !get_int(a, "after", 0, INT64_MAX, 0, &after))
        return REFUSED;
    const struct handset *h = network_handset(a->world->network, &phone);
    if (!h)
        return refuse(a, "\"number\": %s is no handset's number", phone.text);
    if (!a->last && (int64_t)h->inbox_count <= after)
        return NOT_YET;
    int64_t incomplete = 0;
    for (const struct handset_partial *p = h->partials; p; p = p->next)
        incomplete++;
    json_open_array(a->to, "messages");
    for (size_t i = (size_t)after; i < h->inbox_count; i++) {
        const struct handset_message *m = &h->inbox[i];
        json_open_object(a->to, NULL);
        json_put_int(a->to, "seq", m->seq);
        json_put_text(a->to, "from", m->from.text);
        json_put_text(a->to, "text", m->text);
        json_put_text(a->to, "encoding", sms_encoding_name(m->encoding));
        json_put_int(a->to, "parts", m->parts);
        if (m->class >= 0)
            json_put_int(a->to, "class", m->class);
        put_time(a->to, "time", m->time);
        json_close_object(a->to);
    }
    json_close_array(a->to);
    json_put_int(a->to, "incomplete", incomplete);
    return ANSWERED;
}

static void put_air(struct json_writer *w, const struct air *air) {
    struct tpdu t;
    json_open_object(w, NULL);
    json_put_int(w, "seq", air->seq);
    put_time(w, "time", air->time);
    json_put_text(w, "modem", subscriber_name(air->subscriber));
    json_put_text(w, "from", subscriber_number(air->subscriber)->text);
    json_put_text(w, "to", air->to.text);
    json_put_int(w, "mr", air->reference);
    json_put_bool(w, "repeat", air->repeat);
    if (tpdu_decode(air->tpdu, air->len, TPDU_TO_SC, &t) == ERR_OK) {
        json_put_bool(w, "reject_duplicates", t.reject_duplicates);
        json_put_bool(w, "report", t.report);
        put_user_data(w, &t);
    }
    json_put_hex(w, "pdu", air->tpdu, air->len);
    json_close_object(w);
}

static enum outcome run_air(struct asked *a) {
    int64_t after;
    if (!get_int(a, "after", 0, INT64_MAX, 0, &after))
        return REFUSED;
    size_t count = network_air_count(a->world->network);
    if (!a->last && (int64_t)count <= after)
        return NOT_YET;
    json_open_array(a->to, "parts");
    for (size_t i = (size_t)after; i < count; i++)
        put_air(a->to, network_air(a->world->network, i));
    json_close_array(a->to);
    return ANSWERED;
}

static void put_arrival(struct json_writer *w, const struct arrival *arrival) {
    struct tpdu t;
    json_open_object(w, NULL);
    json_put_int(w, "seq", arrival->seq);
    put_time(w, "time", arrival->time);
    json_put_text(w, "modem", subscriber_name(arrival->subscriber));
    json_put_text(w, "kind", arrival->is_report ? "report" : "message");
    json_put_text(w, "from", arrival->from.text);
    json_put_text(w, "state", arrival_state_name(arrival->state));
    json_put_int(w, "offers", arrival->offers);
    if (arrival->done_time)
        put_time(w, "done", arrival->done_time);
    if (tpdu_decode(arrival->tpdu, arrival->len, TPDU_FROM_SC, &t) == ERR_OK) {
        if (t.type == TPDU_DELIVER) {
            put_user_data(w, &t);
        } else {
            json_put_int(w, "mr", t.reference);
            json_put_int(w, "status", t.status);
        }
    }
    json_put_hex(w, "pdu", arrival->tpdu, arrival->len);
    json_close_object(w);
}

static enum outcome run_arrivals(struct asked *a) {
    int64_t after;
    const char *state = json_text(a->request, "state"), *modem = json_text(a->request, "modem");
    if (!get_int(a, "after", 0, INT64_MAX, 0, &after))
        return REFUSED;
    json_open_array(a->to, "arrivals");
    for (size_t i = (size_t)after; i < network_arrival_count(a->world->network); i++) {
        const struct arrival *arrival = network_arrival(a->world->network, i);
        if ((!state || strcmp(state, arrival_state_name(arrival->state)) == 0) &&
            (!modem || strcmp(modem, subscriber_name(arrival->subscriber)) == 0))
            put_arrival(a->to, arrival);
    }
    json_close_array(a->to);
    return ANSWERED;
}

/* -- handsets, network ------------------------------------------------------------------------------------------------------------------- */

static enum outcome run_handset(struct asked *a) {
    struct phone phone;
    bool on;
    int64_t status;
    if (!get_phone(a, "number", &phone))
        return REFUSED;
    struct handset *h = network_handset(a->world->network, &phone);
    if (!h)
        return refuse(a, "\"number\": %s is no handset's number", phone.text);
    if (!get_bool(a, "on", h->on, &on) || !get_int(a, "fails", 0, 255, h->fail_status, &status))
        return REFUSED;
    h->fail_status = (int)status;
    network_handset_on(a->world->network, h, on);
    json_put_text(a->to, "number", phone.text);
    json_put_bool(a->to, "on", h->on);
    json_put_int(a->to, "fails", h->fail_status);
    return ANSWERED;
}

static enum outcome run_network(struct asked *a) {
    struct network_settings *s = network_settings(a->world->network);
    int64_t retry;
    bool temporary;
    if (!get_int(a, "retry", 0, CLOCK_DAY, s->retry_ms, &retry) || !get_bool(a, "temporary_reports", s->temporary_reports, &temporary))
        return REFUSED;
    s->retry_ms = retry;
    s->temporary_reports = temporary;
    json_put_int(a->to, "retry", retry);
    json_put_bool(a->to, "temporary_reports", temporary);
    return ANSWERED;
}

static enum outcome run_ussd(struct asked *a) {
    const char *code = json_text(a->request, "code"), *text = json_text(a->request, "text");
    if (!code || !*code || !text)
        return refuse(a, "\"code\" and \"text\" are wanted as strings");
    static const char *const forms[] = {"", "plain", "ucs2", "packed", "octets"}; /* in the order of enum network_ussd_form */
    struct network_ussd answer = {.text = (char *)(uintptr_t)text};
    const char *form = has(a, "form") ? json_text(a->request, "form") : "";
    int64_t status, scheme;
    size_t i = 0;
    while (form && i < sizeof forms / sizeof *forms && strcmp(form, forms[i]) != 0)
        i++;
    if (!form || i == sizeof forms / sizeof *forms)
        return refuse(a, "\"form\": plain, ucs2, packed or octets is wanted");
    if (!get_int(a, "status", 0, 9, -1, &status) || !get_int(a, "scheme", -2, 255, -1, &scheme) || !get_bool(a, "silent", false, &answer.silent))
        return REFUSED;
    answer.status = (int)status;
    answer.scheme = (int)scheme;
    answer.form = (enum network_ussd_form)i;
    network_ussd_set(a->world->network, code, &answer);
    return ANSWERED;
}

static enum outcome run_call(struct asked *a) {
    struct phone from = {.kind = PHONE_NONE}, to;
    if ((has(a, "from") && !get_phone(a, "from", &from)) || !get_phone(a, "to", &to))
        return REFUSED;
    for (size_t i = 0; i < a->world->station_count; i++) {
        struct at_modem *m = a->world->stations[i].modem;
        if (!phone_equal(&at_modem_settings(m)->number, &to))
            continue;
        json_put_bool(a->to, "rings", at_modem_call(m, &from));
        return ANSWERED;
    }
    return refuse(a, "\"to\": no modem has that number");
}

/* -- modems ------------------------------------------------------------------------------------------------------------------------------ */

enum knob_type { KNOB_INT, KNOB_BOOL };
static const struct knob {
    const char *name;
    enum knob_type type;
    size_t offset;
    int64_t min, max;
} knobs[] = {
    {"submit_delay", KNOB_INT, offsetof(struct at_knobs, submit_delay), 0, CLOCK_DAY},
    {"ussd_delay", KNOB_INT, offsetof(struct at_knobs, ussd_delay), 0, CLOCK_DAY},
    {"ack_timeout", KNOB_INT, offsetof(struct at_knobs, ack_timeout), 1, CLOCK_DAY},
    {"noise", KNOB_INT, offsetof(struct at_knobs, noise), 0, CLOCK_DAY},
    {"csq", KNOB_INT, offsetof(struct at_knobs, csq), 0, 99},
    {"registered", KNOB_INT, offsetof(struct at_knobs, registered), 0, 5},
    {"speed", KNOB_INT, offsetof(struct at_knobs, speed), 1, 100000},
    {"mute", KNOB_BOOL, offsetof(struct at_knobs, mute), 0, 1},
    {"chatter", KNOB_BOOL, offsetof(struct at_knobs, chatter), 0, 1},
    {"full", KNOB_BOOL, offsetof(struct at_knobs, full), 0, 1},
    {"dup_cmti", KNOB_BOOL, offsetof(struct at_knobs, dup_cmti), 0, 1},
    {"early_report", KNOB_BOOL, offsetof(struct at_knobs, early_report), 0, 1},
};

static const struct knob *knob_find(const char *name) {
    for (size_t i = 0; i < sizeof knobs / sizeof *knobs; i++)
        if (strcmp(knobs[i].name, name) == 0)
            return &knobs[i];
    return NULL;
}

static bool knob_turn(const struct knob *k, const struct json *set, struct at_knobs *to, struct str *problem) {
    int64_t number;
    bool flag;
    void *at = (char *)to + k->offset;
    if (k->type == KNOB_BOOL && json_bool(set, k->name, &flag)) {
        *(bool *)at = flag;
        return true;
    }
    /* "registered": true and false are home and nowhere. */
    if (k->type == KNOB_INT && k->max == 5 && json_bool(set, k->name, &flag)) {
        *(int64_t *)at = flag;
        return true;
    }
    if (k->type == KNOB_INT && json_int(set, k->name, &number) && number >= k->min && number <= k->max) {
        *(int64_t *)at = number;
        return true;
    }
    if (k->type == KNOB_BOOL)
        str_addf(problem, "\"set\".\"%s\": true or false is wanted", k->name);
    else
        str_addf(problem, "\"set\".\"%s\": a number from %lld to %lld is wanted", k->name, (long long)k->min, (long long)k->max);
    return false;
}

static const struct {
    const char *name;
    enum at_fault_kind kind;
    bool on_air;
} faults[] = {
    {"none", AT_FAULT_NONE, false},       {"prompt", AT_FAULT_PROMPT, false},   {"pdu", AT_FAULT_PDU, false},    {"lost_ok", AT_FAULT_LOST_OK, true},
    {"mute", AT_FAULT_MUTE, false},       {"hangup", AT_FAULT_HANGUP, false},   {"no_ok", AT_FAULT_NO_OK, true}, {"unplug", AT_FAULT_UNPLUG, false},
    {"restart", AT_FAULT_RESTART, false}, {"garbage", AT_FAULT_GARBAGE, false},
};

static bool fault_number(const struct json *fault, const char *key, int64_t min, int64_t *ret_value) {
    return !json_get(fault, key) || (json_int(fault, key, ret_value) && *ret_value >= min && *ret_value < 1000);
}

/* "lost_ok", or {"stage": "pdu", "code": 500, "on_air": true, "count": 3} */
static bool fault_parse(const struct json *value, struct at_fault *ret_fault, struct str *problem) {
    const char *stage = json_value_is_object(value) ? json_text(value, "stage") : json_text_value(value);
    for (size_t i = 0; stage && i < sizeof faults / sizeof *faults; i++) {
        if (strcmp(faults[i].name, stage) != 0)
            continue;
        int64_t code = 500, count = 1;
        bool on_air = faults[i].on_air;
        if (!fault_number(value, "code", 1, &code) || !fault_number(value, "count", 0, &count) ||
            (json_get(value, "on_air") && !json_bool(value, "on_air", &on_air)))
            break;
        *ret_fault = (struct at_fault){.kind = count ? faults[i].kind : AT_FAULT_NONE, .code = (int)code, .on_air = on_air, .count = (int)count};
        return true;
    }
    str_add(problem, "\"set\".\"fail_next\": \"none\", \"lost_ok\", \"no_ok\", \"mute\", \"hangup\", \"unplug\", \"restart\", \"garbage\" or "
                     "{\"stage\": one of these, \"prompt\" or \"pdu\", \"code\": 1–999, "
                     "\"on_air\": true or false, \"count\": times} is wanted");
    return false;
}

struct turning { /* an object "set" being applied: first all of it is checked, then all of it is done */
    const struct json *set;
    struct at_knobs knobs;
    const struct profile *profile;
    struct at_fault fault;
    bool has_fault, has_plugged, plugged, hangup, brownout, has_sim;
    enum profile_sim sim;
    struct str *problem;
};

static bool sim_parse(const char *name, enum profile_sim *ret_sim) {
    static const char *const names[] = {
        [PROFILE_SIM_READY] = "ready", [PROFILE_SIM_PIN] = "pin", [PROFILE_SIM_PUK] = "puk", [PROFILE_SIM_NONE] = "none"};
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *ret_sim = (enum profile_sim)i;
            return true;
        }
    return false;
}

static void turn(void *context, const char *key, const struct json *value) {
    struct turning *t = context;
    if (t->problem->len)
        return;
    const struct knob *k = knob_find(key);
    if (k) {
        knob_turn(k, t->set, &t->knobs, t->problem);
    } else if (strcmp(key, "profile") == 0) {
        const char *name = json_text_value(value);
        t->profile = name ? profile_find(name) : NULL;
        if (!t->profile)
            str_addf(t->problem, "\"set\".\"profile\": no profile \"%s\"", name ? name : "");
    } else if (strcmp(key, "fail_next") == 0) {
        t->has_fault = fault_parse(value, &t->fault, t->problem);
    } else if (strcmp(key, "plugged") == 0) {
        t->has_plugged = json_bool(t->set, key, &t->plugged);
        if (!t->has_plugged)
            str_add(t->problem, "\"set\".\"plugged\": true or false is wanted");
    } else if (strcmp(key, "hangup") == 0) {
        if (!json_bool(t->set, key, &t->hangup))
            str_add(t->problem, "\"set\".\"hangup\": true or false is wanted");
    } else if (strcmp(key, "brownout") == 0) {
        if (!json_bool(t->set, key, &t->brownout))
            str_add(t->problem, "\"set\".\"brownout\": true or false is wanted");
    } else if (strcmp(key, "sim") == 0) {
        t->has_sim = sim_parse(json_text_value(value), &t->sim);
        if (!t->has_sim)
            str_add(t->problem, "\"set\".\"sim\": \"ready\", \"pin\", \"puk\" or \"none\" is wanted");
    } else {
        str_addf(t->problem, "\"set\".\"%s\" isn't known; there are", key);
        for (size_t i = 0; i < sizeof knobs / sizeof *knobs; i++)
            str_addf(t->problem, " %s", knobs[i].name);
        str_add(t->problem, " profile fail_next plugged hangup brownout sim");
    }
}

static enum outcome modem_set(struct asked *a, struct station *s) {
    struct turning t = {.set = json_get(a->request, "set"), .knobs = *at_modem_knobs(s->modem), .problem = a->problem};
    if (!json_value_is_object(t.set))
        return refuse(a, "\"set\": an object is wanted");
    json_each(t.set, turn, &t);
    if (a->problem->len)
        return REFUSED;
    *at_modem_knobs(s->modem) = t.knobs;
    if (t.profile)
        at_modem_set_profile(s->modem, t.profile);
    if (t.has_fault)
        at_modem_fail_next(s->modem, &t.fault);
    if (t.has_sim)
        at_modem_set_sim(s->modem, t.sim);
    if (t.brownout)
        at_modem_brown_out(s->modem);
    if (t.hangup)
        at_modem_hangup(s->modem);
    if (t.has_plugged && s->line && line_plug(s->line, t.plugged) != ERR_OK)
        return refuse(a, "the line can't be plugged in again; the log says why");
    at_modem_changed(s->modem);
    return ANSWERED;
}

static void put_modem(struct json_writer *w, const struct station *s) {
    const struct at_modem_settings *settings = at_modem_settings(s->modem);
    const struct at_knobs *values = at_modem_knobs(s->modem);
    size_t messages, reports;
    subscriber_counts(at_modem_subscriber(s->modem), &messages, &reports);
    json_put_text(w, "name", settings->name);
    json_put_text(w, "number", settings->number.text);
    json_put_text(w, "profile", at_modem_profile(s->modem)->name);
    json_put_text(w, "line", s->line ? line_address(s->line) : NULL);
    json_put_bool(w, "plugged", s->line && line_plugged(s->line));
    for (size_t i = 0; i < sizeof knobs / sizeof *knobs; i++) {
        const void *at = (const char *)values + knobs[i].offset;
        if (knobs[i].type == KNOB_BOOL)
            json_put_bool(w, knobs[i].name, *(const bool *)at);
        else
            json_put_int(w, knobs[i].name, *(const int64_t *)at);
    }
    json_put_int(w, "waiting", (int64_t)messages);
    json_put_int(w, "reports_waiting", (int64_t)reports);
    json_put_bool(w, "submitting", at_modem_submitting(s->modem));
    int64_t rejected, calls = at_modem_calls(s->modem, &rejected);
    json_put_int(w, "pin_entered", at_modem_pin_entered(s->modem));
    json_put_int(w, "submitted", at_modem_submitted(s->modem));
    json_put_int(w, "calls", calls);
    json_put_int(w, "rejected", rejected);
    json_open_object(w, "slots");
    for (int i = 0; i < MEMORY_MT; i++) {
        const struct slots *slots = at_modem_slots(s->modem);
        json_open_object(w, memory_name((enum memory)i));
        json_put_int(w, "used", slots_used(slots, (enum memory)i));
        json_put_int(w, "total", slots_size(slots, (enum memory)i));
        json_close_object(w);
    }
    json_close_object(w);
}

static enum outcome run_modem(struct asked *a) {
    uint8_t octets[512];
    size_t len = 0;
    struct station *s = get_station(a);
    if (!s)
        return REFUSED;
    if (has(a, "say") && !json_text(a->request, "say"))
        return refuse(a, "\"say\": a string is wanted");
    if (has(a, "octets") && !get_hex(a, "octets", octets, sizeof octets, &len))
        return REFUSED;
    if (has(a, "set") && modem_set(a, s) == REFUSED)
        return REFUSED;
    if (has(a, "say"))
        at_modem_say(s->modem, json_text(a->request, "say"));
    if (has(a, "octets"))
        at_modem_say_octets(s->modem, octets, len);
    put_modem(a->to, s);
    return ANSWERED;
}

static enum outcome run_modems(struct asked *a) {
    json_open_array(a->to, "modems");
    for (size_t i = 0; i < a->world->station_count; i++) {
        json_open_object(a->to, NULL);
        put_modem(a->to, &a->world->stations[i]);
        json_close_object(a->to);
    }
    json_close_array(a->to);
    return ANSWERED;
}

/* -- the whole --------------------------------------------------------------------------------------------------------------------------- */

/* Nothing is in flight: no submission under way, nothing that a modem could take waits; with "empty", nothing lies in a modem's slots either. */
static enum outcome run_idle(struct asked *a) {
    bool empty;
    int64_t submitting = 0, waiting = 0, stored = 0;
    if (!get_bool(a, "empty", false, &empty))
        return REFUSED;
    for (size_t i = 0; i < a->world->station_count; i++) {
        struct at_modem *m = a->world->stations[i].modem;
        size_t messages, reports;
        subscriber_counts(at_modem_subscriber(m), &messages, &reports);
        submitting += at_modem_submitting(m);
        waiting += (int64_t)(messages + reports);
        for (int k = 0; k < MEMORY_MT; k++)
            stored += slots_used(at_modem_slots(m), (enum memory)k);
    }
    bool idle = submitting == 0 && waiting == 0 && (!empty || stored == 0);
    if (!idle && !a->last)
        return NOT_YET;
    json_put_bool(a->to, "idle", idle);
    json_put_int(a->to, "submitting", submitting);
    json_put_int(a->to, "waiting", waiting);
    json_put_int(a->to, "stored", stored);
    return ANSWERED;
}

static enum outcome run_stats(struct asked *a) {
    const struct network *n = a->world->network;
    int64_t counts[ARRIVAL_DISCARDED + 1] = {0}, repeats = 0;
    for (size_t i = 0; i < network_arrival_count(n); i++)
        if (!network_arrival(n, i)->is_report)
            counts[network_arrival(n, i)->state]++;
    for (size_t i = 0; i < network_air_count(n); i++)
        repeats += network_air(n, i)->repeat;
    json_put_int(a->to, "air", (int64_t)network_air_count(n));
    json_put_int(a->to, "repeats", repeats);
    json_put_int(a->to, "handsets", (int64_t)network_handset_count(n));
    json_put_int(a->to, "waiting_for_handsets", (int64_t)network_waiting(n));
    json_open_object(a->to, "messages");
    for (int state = 0; state <= ARRIVAL_DISCARDED; state++)
        json_put_int(a->to, arrival_state_name((enum arrival_state)state), counts[state]);
    json_put_int(a->to, "handed_over", counts[ARRIVAL_DELETED] + counts[ARRIVAL_ACKNOWLEDGED] + counts[ARRIVAL_SHOWN]);
    json_close_object(a->to);
    return run_modems(a);
}

static const struct operation operations[] = {
    {"send", " from to text data pdu encoding class ref wide parts port source_port dcs pid time zone ", run_send},
    {"inbox", " number after wait ", run_inbox},
    {"air", " after wait ", run_air},
    {"arrivals", " after state modem ", run_arrivals},
    {"handset", " number on fails ", run_handset},
    {"modem", " name set say octets ", run_modem},
    {"modems", " ", run_modems},
    {"network", " retry temporary_reports ", run_network},
    {"ussd", " code text status scheme form silent ", run_ussd},
    {"call", " from to ", run_call},
    {"idle", " empty wait ", run_idle},
    {"stats", " ", run_stats},
    {NULL, NULL, NULL},
};

/* -- the frame --------------------------------------------------------------------------------------------------------------------------- */

static void put_error(struct str *to, const char *problem) {
    struct json_writer w;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    json_put_text(&w, "error", problem);
    json_close_object(&w);
    str_add_char(to, '\n');
}

struct checking {
    const struct operation *operation;
    struct str *problem;
};

static void check_member(void *context, const char *key, const struct json *value) {
    (void)value;
    struct checking *c = context;
    struct str spaced;
    str_init(&spaced, 64);
    str_addf(&spaced, " %s ", key);
    bool known = strcmp(key, "op") == 0 || (str_ok(&spaced) && strstr(c->operation->members, spaced.data));
    str_release(&spaced);
    if (!known && !c->problem->len)
        str_addf(c->problem, "\"%s\" isn't known to \"%s\"; it knows%s", key, c->operation->name, c->operation->members);
}

static void check(struct request *r, struct str *problem) {
    if (!json_value_is_object(r->document)) {
        str_add(problem, "a JSON object is wanted, one a line");
        return;
    }
    const char *name = json_text(r->document, "op");
    for (const struct operation *o = operations; name && o->name; o++)
        if (strcmp(o->name, name) == 0)
            r->operation = o;
    if (!r->operation) {
        str_addf(problem, "\"op\": \"%s\" isn't known; there are", name ? name : "");
        for (const struct operation *o = operations; o->name; o++)
            str_addf(problem, " %s", o->name);
        return;
    }
    struct checking c = {.operation = r->operation, .problem = problem};
    json_each(r->document, check_member, &c);
    if (json_get(r->document, "wait") && (!json_int(r->document, "wait", &r->wait) || r->wait < 0 || r->wait > CLOCK_DAY))
        str_add(problem, "\"wait\": milliseconds are wanted");
}

struct request *request_parse(const char *line, size_t len, struct str *answer) {
    struct request *r = mem_alloc(sizeof *r);
    struct str problem;
    str_init(&problem, 4096);
    if (json_parse(line, len, &r->document) != ERR_OK)
        str_add(&problem, "not JSON; one object a line is wanted");
    else
        check(r, &problem);
    if (problem.len) {
        put_error(answer, problem.data);
        request_free(r);
        r = NULL;
    }
    str_release(&problem);
    return r;
}

void request_free(struct request *r) {
    if (r && r->document)
        json_free(r->document);
    free(r);
}

int64_t request_wait(const struct request *r) {
    return r->wait;
}

bool request_answer(const struct request *r, const struct world *world, bool last, struct str *answer) {
    struct json_writer w;
    struct str problem;
    size_t start = answer->len;
    str_init(&problem, 4096);
    json_begin(&w, answer);
    json_open_object(&w, NULL);
    json_put_bool(&w, "ok", true);
    struct asked a = {.world = world, .request = r->document, .last = last, .to = &w, .problem = &problem};
    enum outcome outcome = r->operation->run(&a);
    if (outcome == ANSWERED) {
        json_close_object(&w);
        str_add_char(answer, '\n');
    } else {
        str_truncate(answer, start);
    }
    if (outcome == REFUSED)
        put_error(answer, problem.data);
    str_release(&problem);
    return outcome != NOT_YET;
}
