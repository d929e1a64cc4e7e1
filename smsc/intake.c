/* One bad message never stops the rest: its raw row is written first, its handling runs in a savepoint, and when that fails the row is held with
 * the reason and everything else goes on. A disk that is full or fails isn't the message's fault: then nothing is stored and the caller rolls back.
 */
#include "firmware-host/base/crash.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "firmware-host/base/surrogate.h"
#include "smsc/arrival.h"
#include "smsc/centre.h"
#include "smsc/citizen.h"
#include "smsc/reassembly.h"
#include "store/outbox.h"

#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 64 * 1024 };
#define TP_MMS 0x04 /* in the first octet of a DELIVER and of a STATUS-REPORT, 3GPP TS 23.040 §9.2.3.2 */

static enum err ignore(struct smsc *s, int64_t id, const struct arrival *a, const char *reason) {
    log_event(LOG_LEVEL_NOTICE, "sms.ignored", log_int("inbound", id), log_text("link", a->link), log_text("reason", reason));
    return inbound_mark(s->store, id, INBOUND_IGNORED, reason, 0);
}

static enum err take_report(struct smsc *s, int64_t id, const struct arrival *a, int64_t now) {
    struct subscriber whom = {0};
    enum err e = subscriber_get(s->store, &a->phone, &whom);
    if (e == ERR_OK)
        e = queue_receipt(s->queue, a->link, whom.id, a->reference, a->status, a->sent_at, a->done_at, now);
    subscriber_release(&whom);
    return e == ERR_OK ? inbound_mark(s->store, id, INBOUND_DONE, NULL, 0) : e;
}

static enum err take_whole(struct smsc *s, int64_t id, struct subscriber *who, const struct arrival *a, int64_t now) {
    struct message m = {.link = (char *)(uintptr_t)a->link, .arrived_at = now, .sent_at = a->sent_at, .text = mem_string(a->text)};
    surrogate_mend(m.text);
    enum err e = citizen_message(s, who, &m, now);
    free(m.text);
    return e == ERR_OK ? inbound_mark(s->store, id, INBOUND_DONE, NULL, m.id) : e;
}

static enum err take_text(struct smsc *s, int64_t id, const struct arrival *a, int64_t now) {
    struct subscriber who = {0};
    enum err e = subscriber_get(s->store, &a->phone, &who);
    if (e != ERR_OK)
        return e;
    if (sms_concat_valid(&a->concat) && a->concat.total > 1)
        e = reassembly_part(s, id, &who, a, now);
    else
        e = take_whole(s, id, &who, a, now);
    subscriber_release(&who);
    return e;
}

static enum err interpret(struct smsc *s, int64_t id, const struct arrival *a, int64_t now) {
    if (a->phone.kind == PHONE_NONE && (a->kind == ARRIVAL_TEXT || a->kind == ARRIVAL_REPORT))
        return ignore(s, id, a, "no number to tell who it is from");
    switch (a->kind) {
    case ARRIVAL_TEXT:
        return a->text ? take_text(s, id, a, now) : ignore(s, id, a, "a text message without its text");
    case ARRIVAL_REPORT:
        return take_report(s, id, a, now);
    case ARRIVAL_BINARY:
        return ignore(s, id, a, "binary: not a text message");
    case ARRIVAL_MWI:
        return ignore(s, id, a, "message waiting indication");
    case ARRIVAL_BROKEN:
        return ignore(s, id, a, "the PDU can't be decoded");
    }
    return ERR_INVALID;
}

/* In a savepoint; a failure that is the message's own holds it. */
static enum err interpret_guarded(struct smsc *s, int64_t id, const struct arrival *a, int64_t now) {
    enum err e = centre_guard_begin(s);
    if (e != ERR_OK)
        return e;
    e = centre_guard_end(s, interpret(s, id, a, now));
    crash_point("intake.interpreted");
    if (e == ERR_OK || err_retry(e) == RETRY_LATER)
        return e;
    return centre_hold(s, id, err_text(e));
}

/* The octets by which an SMS is known again. When the service centre offers one a second time because it wasn't acknowledged in time, other messages
 * may wait behind it than before: the bit that says so isn't part of the message. A copy that the caller frees. */
static uint8_t *identity_of(const struct arrival *a) {
    uint8_t *octets = mem_copy(a->pdu.data, a->pdu.len);
    size_t first = a->pdu.len > 0 ? (size_t)octets[0] + 1 : 0; /* behind the service-centre address */
    if (a->kind != ARRIVAL_BROKEN && first < a->pdu.len)
        octets[first] &= (uint8_t)~TP_MMS;
    return octets;
}

void smsc_seal_raw_for(struct smsc *s, const uint8_t public_key[32]) {
    memcpy(s->raw_key, public_key, sizeof s->raw_key);
}

/* The arrival as it came, for a central store that wants it. */
static enum err push_raw(struct smsc *s, const struct arrival *a, struct bytes raw, int64_t now) {
    struct str data, sealed;
    struct json_writer w;
    if (s->settings.raw_messages == SMSC_RAW_NONE || a->kind == ARRIVAL_REPORT)
        return ERR_OK;
    str_init(&data, 2 * BODY_MAX);
    str_init(&sealed, 2 * BODY_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "link", a->link);
    if (s->settings.raw_messages == SMSC_RAW_PLAIN) {
        json_put_raw(&w, "message", (const char *)raw.data);
    } else {
        struct str octets;
        str_init(&octets, 2 * BODY_MAX);
        envelope_add(s->raw_key, raw, &octets);
        base64_add(bytes_of(octets.data, octets.len), &sealed);
        json_put_text(&w, "sealed", sealed.data);
        str_release(&octets);
    }
    json_close_object(&w);
    enum err e = outbox_add(s->store, 0, "vn.pakn.sms.received", NULL, now, &data);
    str_release(&sealed);
    str_release(&data);
    return e;
}

static enum err insert_raw(struct smsc *s, const struct arrival *a, int64_t now, int64_t *ret_id) {
    struct str body;
    str_init(&body, BODY_MAX);
    arrival_write(a, &body);
    uint8_t *identity = identity_of(a);
    struct bytes raw = bytes_of(body.data, body.len);
    enum err e =
        str_ok(&body) ? inbound_insert(s->store, a->link, a->origin, bytes_of(identity, a->pdu.len), a->sent_at, raw, now, ret_id) : ERR_TOO_LONG;
    free(identity);
    if (e == ERR_OK)
        e = push_raw(s, a, raw, now);
    str_release(&body);
    return e;
}

enum err smsc_arrival(struct smsc *s, const struct arrival *a, bool raw_only, int64_t now) {
    int64_t id = 0;
    enum err e = insert_raw(s, a, now, &id);
    if (e == ERR_DUPLICATE) {
        metric_add(METRIC_SMS_DUPLICATE, 1);
        log_event(LOG_LEVEL_DEBUG, "sms.duplicate", log_int("inbound", id), log_text("link", a->link));
        return ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    crash_point("intake.raw");
    metric_add(METRIC_SMS_RECEIVED, 1);
    return raw_only ? ERR_OK : interpret_guarded(s, id, a, now);
}

static enum err interpret_row(struct smsc *s, const struct inbound *row, int64_t now) {
    struct arrival_copy copy = {0};
    enum err e = row->body ? arrival_read(row->body, row->body_len, &copy) : ERR_SEALED;
    if (e != ERR_OK)
        return centre_hold(s, row->id, err_text(e));
    e = interpret_guarded(s, row->id, &copy.arrival, now);
    arrival_release(&copy);
    return e;
}

enum err smsc_held_retry(struct smsc *s, int64_t inbound_id, int64_t now) {
    struct inbound row = {0};
    enum err e = inbound_get(s->store, inbound_id, &row);
    if (e != ERR_OK)
        return e;
    e = row.state == INBOUND_HELD ? interpret_row(s, &row, now) : ERR_CONFLICT;
    inbound_release(&row);
    return e;
}

static enum err transaction_end(struct smsc *s, enum err e) {
    if (e == ERR_OK)
        e = store_commit(s->store);
    else
        store_rollback(s->store);
    if (e != ERR_OK)
        smsc_rolled_back(s);
    return e;
}

/* The try is counted in a transaction of its own, so that a handler that kills the program is met twice at most. */
static enum err count_try(struct smsc *s, int64_t id) {
    enum err e = store_begin(s->store);
    if (e != ERR_OK)
        return e;
    e = transaction_end(s, inbound_try(s->store, id));
    if (e == ERR_OK)
        s->trying_inbound = id;
    crash_point("intake.try_counted");
    return e;
}

enum err smsc_interpret_raw(struct smsc *s, int64_t now) {
    struct inbound row = {0};
    enum err e = inbound_next_raw(s->store, &row);
    if (e != ERR_OK)
        return e;
    bool counted = s->trying_inbound == row.id, tried = !counted && row.tries >= CENTRE_TRIES;
    e = counted || tried ? ERR_OK : count_try(s, row.id);
    if (e == ERR_OK)
        e = store_begin(s->store);
    if (e == ERR_OK) {
        e = tried ? centre_hold(s, row.id, CENTRE_TRIED) : interpret_row(s, &row, now);
        e = transaction_end(s, e);
    }
    inbound_release(&row);
    return e;
}
