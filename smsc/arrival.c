/* Written by us and sealed, so what doesn't read back is damage: ERR_INVALID, never a guess. */
#include "smsc/arrival.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
    [ARRIVAL_TEXT] = "text", [ARRIVAL_BINARY] = "binary", [ARRIVAL_MWI] = "mwi", [ARRIVAL_BROKEN] = "broken", [ARRIVAL_REPORT] = "report",
};
static const char alphanumeric_prefix[] = "alpha:";

static void write_phone(struct json_writer *w, const struct phone *phone) {
    char text[sizeof alphanumeric_prefix + PHONE_TEXT_SIZE];
    if (phone->kind == PHONE_NONE)
        return;
    snprintf(text, sizeof text, "%s%s", phone->kind == PHONE_ALPHANUMERIC ? alphanumeric_prefix : "", phone->text);
    json_put_text(w, "from", text);
}

void arrival_write(const struct arrival *a, struct str *to) {
    struct json_writer w;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    json_put_text(&w, "kind", kind_names[a->kind]);
    json_put_text(&w, "link", a->link);
    json_put_text(&w, "origin", a->origin);
    write_phone(&w, &a->phone);
    json_put_int(&w, "time", a->sent_at);
    if (a->kind == ARRIVAL_REPORT) {
        json_put_int(&w, "reference", a->reference);
        json_put_int(&w, "status", a->status);
        json_put_int(&w, "done_time", a->done_at);
    } else {
        json_put_text(&w, "encoding", sms_encoding_name(a->encoding));
        if (a->text)
            json_put_text(&w, "text", a->text);
    }
    if (a->concat.total) {
        json_open_object(&w, "concat");
        json_put_int(&w, "reference", a->concat.reference);
        json_put_int(&w, "total", a->concat.total);
        json_put_int(&w, "sequence", a->concat.sequence);
        json_put_bool(&w, "wide", a->concat.wide);
        json_close_object(&w);
    }
    json_put_hex(&w, "pdu", a->pdu.data, a->pdu.len);
    json_close_object(&w);
}

static bool read_kind(const struct json *o, enum arrival_kind *ret_kind) {
    const char *name = json_text(o, "kind");
    for (size_t i = 0; name && i < sizeof kind_names / sizeof *kind_names; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *ret_kind = (enum arrival_kind)i;
            return true;
        }
    }
    return false;
}

static bool read_phone(const struct json *o, struct phone *ret_phone) {
    const char *text = json_text(o, "from");
    size_t prefix = sizeof alphanumeric_prefix - 1;
    if (!text)
        return true;
    if (strncmp(text, alphanumeric_prefix, prefix) != 0)
        return phone_parse(text, ret_phone) == ERR_OK;
    ret_phone->kind = PHONE_ALPHANUMERIC;
    return str_copy(ret_phone->text, sizeof ret_phone->text, text + prefix) == ERR_OK;
}

static bool read_number(const struct json *o, const char *key, int64_t max, int64_t *ret_value) {
    return json_int(o, key, ret_value) && *ret_value >= 0 && *ret_value <= max;
}

static bool read_concat(const struct json *o, struct sms_concat *ret_concat) {
    const struct json *c = json_get(o, "concat");
    int64_t reference = 0, total = 0, sequence = 0;
    bool wide = false;
    if (!c)
        return true;
    if (!read_number(c, "reference", UINT16_MAX, &reference) || !read_number(c, "total", UINT8_MAX, &total) ||
        !read_number(c, "sequence", UINT8_MAX, &sequence) || !json_bool(c, "wide", &wide))
        return false;
    *ret_concat = (struct sms_concat){.reference = (uint16_t)reference, .total = (uint8_t)total, .sequence = (uint8_t)sequence, .wide = wide};
    return true;
}

static bool read_members(const struct json *o, struct arrival *a) {
    int64_t reference = 0, status = 0;
    a->link = json_text(o, "link");
    a->origin = json_text(o, "origin");
    a->text = json_text(o, "text");
    a->sent_at = a->done_at = -1;
    if (!a->link || !a->origin || !read_kind(o, &a->kind) || !read_phone(o, &a->phone) || !json_int(o, "time", &a->sent_at) ||
        !read_concat(o, &a->concat))
        return false;
    if (a->kind != ARRIVAL_REPORT)
        return json_text(o, "encoding") && sms_encoding_parse(json_text(o, "encoding"), &a->encoding) == ERR_OK;
    if (!read_number(o, "reference", INT32_MAX, &reference) || !read_number(o, "status", INT32_MAX, &status) ||
        !json_int(o, "done_time", &a->done_at))
        return false;
    a->reference = (int)reference;
    a->status = (int)status;
    return true;
}

enum err arrival_read(const char *body, size_t len, struct arrival_copy *ret) {
    struct arrival_copy copy = {0};
    if (json_parse(body, len, &copy.document) != ERR_OK)
        return ERR_INVALID;
    if (!read_members(copy.document, &copy.arrival)) {
        json_free(copy.document);
        return ERR_INVALID;
    }
    *ret = copy;
    return ERR_OK;
}

void arrival_release(struct arrival_copy *a) {
    json_free(a->document);
    *a = (struct arrival_copy){0};
}
