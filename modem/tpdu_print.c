/* A decoded TPDU as one JSON object, for people and their programs. Members that the type doesn't have are left out; what a type has but the
 * PDU doesn't say (a time stamp that is no time, an empty address) is null. */
#include "modem/tpdu.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/surrogate.h"

static const char *const type_names[] = {[TPDU_DELIVER] = "deliver", [TPDU_SUBMIT] = "submit", [TPDU_STATUS_REPORT] = "status-report"};

/* §9.1.2.5. A sender called "1022" isn't the number 1022. */
static const char *const number_types[8] = {"unknown",    "international", "national",    "network",
                                            "subscriber", "alphanumeric",  "abbreviated", "reserved"};

/* TS 23.040 §9.2.3.15 in quarters of 32; bit 7 is reserved and tells nothing. */
static const char *outcome_of(uint8_t status) {
    static const char *const outcomes[] = {"delivered", "still-trying", "failed", "given-up"};
    return status & 0x80 ? "unknown" : outcomes[status >> 5];
}

static void put_phone(struct json_writer *w, const char *key, const struct phone *phone) {
    json_put_text(w, key, phone->kind == PHONE_NONE ? NULL : phone->text);
}

static void put_time(struct json_writer *w, const char *key, int64_t time) {
    char iso[CLOCK_TEXT_SIZE];
    if (time != -1)
        clock_iso(time, iso);
    json_put_text(w, key, time == -1 ? NULL : iso);
}

static void put_coding(struct json_writer *w, const struct tpdu_dcs *dcs) {
    json_put_int(w, "dcs", dcs->octet);
    json_put_text(w, "encoding", sms_encoding_name(dcs->encoding));
    if (dcs->class >= 0)
        json_put_int(w, "class", dcs->class);
    if (dcs->compressed)
        json_put_bool(w, "compressed", true);
    if (dcs->mwi != TPDU_MWI_NONE)
        json_put_text(w, "mwi", dcs->mwi == TPDU_MWI_STORE ? "store" : "discard");
}

static void put_validity(struct json_writer *w, const struct tpdu *t) {
    if (t->validity_format == TPDU_VP_ABSOLUTE)
        put_time(w, "valid_until", t->validity_time);
    else if (t->validity_format != TPDU_VP_NONE)
        json_put_int(w, "validity_seconds", t->validity_seconds);
}

static void put_udh(struct json_writer *w, const struct tpdu_udh *udh) {
    json_open_object(w, "udh");
    if (udh->concat.total) {
        json_put_int(w, "ref", udh->concat.reference);
        json_put_int(w, "total", udh->concat.total);
        json_put_int(w, "seq", udh->concat.sequence);
    }
    if (udh->has_ports) {
        json_open_object(w, "ports");
        json_put_int(w, "destination", udh->destination_port);
        json_put_int(w, "source", udh->source_port);
        json_close_object(w);
    }
    if (udh->locking_shift)
        json_put_int(w, "locking_shift", udh->locking_shift);
    if (udh->single_shift)
        json_put_int(w, "single_shift", udh->single_shift);
    if (udh->unknown_language)
        json_put_bool(w, "unknown_language", true);
    if (udh->message_waiting)
        json_put_bool(w, "message_waiting", true);
    json_close_object(w);
}

static void put_user_data(struct json_writer *w, const struct tpdu *t) {
    struct str text;
    if (t->has_udh)
        put_udh(w, &t->udh);
    str_init(&text, 4 * SMS_GSM7_SINGLE);
    tpdu_text(t, &text);
    surrogate_mend(text.data); /* of one part alone */
    json_put_text(w, "text", text.data);
    str_release(&text);
    if (t->dcs.encoding == SMS_8BIT || t->dcs.compressed)
        json_put_hex(w, "data", t->ud_octets, t->ud_len);
}

void tpdu_print_json(const struct tpdu *t, const struct phone *centre, struct str *to) {
    struct json_writer w;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    json_put_text(&w, "type", type_names[t->type]);
    if (centre->kind != PHONE_NONE)
        put_phone(&w, "smsc", centre);
    put_phone(&w, t->type == TPDU_DELIVER ? "from" : "to", &t->address.phone);
    json_put_text(&w, "ton", number_types[t->address.type_octet >> 4 & 7]);
    if (t->type != TPDU_DELIVER)
        json_put_int(&w, "reference", t->reference);
    if (t->type != TPDU_SUBMIT) {
        put_time(&w, "time", t->time);
        json_put_int(&w, "zone_minutes", t->zone_minutes);
    }
    if (t->type == TPDU_STATUS_REPORT) {
        put_time(&w, "discharge_time", t->discharge_time);
        json_put_int(&w, "status", t->status);
        json_put_text(&w, "outcome", outcome_of(t->status));
    }
    json_put_int(&w, "pid", t->pid);
    put_coding(&w, &t->dcs);
    if (t->type == TPDU_SUBMIT) {
        put_validity(&w, t);
        json_put_bool(&w, "report", t->report);
        json_put_bool(&w, "reject_duplicates", t->reject_duplicates);
    }
    if (t->type != TPDU_STATUS_REPORT || t->ud_len > 0 || t->has_udh)
        put_user_data(&w, t);
    json_close_object(&w);
}
