/* Writing JSON straight into a str: valid UTF-8 on one line whatever bytes come in. Nesting deeper than the writer holds, or closing
 * what isn't open, is a mistake in the program and aborts. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = sizeof((struct json_writer *)0)->first / sizeof(bool) };

void json_begin(struct json_writer *w, struct str *to) {
    *w = (struct json_writer){.to = to};
}

static bool stands_for_itself(unsigned char c) {
    return c >= 0x20 && c != '"' && c != '\\' && c != 0x7F;
}

static void add_escape(struct str *to, unsigned char c) {
    static const char digits[] = "0123456789abcdef";
    switch (c) {
    case '"':
    case '\\':
        str_add_n(to, (const char[]){'\\', (char)c}, 2);
        break;
    case '\n':
        str_add(to, "\\n");
        break;
    case '\r':
        str_add(to, "\\r");
        break;
    case '\t':
        str_add(to, "\\t");
        break;
    default:
        str_add_n(to, (const char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6);
        break;
    }
}

static void add_string(struct str *to, const char *text, size_t len) {
    size_t run = 0; /* where the octets that stand for themselves start */
    str_add_char(to, '"');
    for (size_t at = 0; at < len; at++) {
        if (stands_for_itself((unsigned char)text[at]))
            continue;
        str_add_n(to, text + run, at - run);
        add_escape(to, (unsigned char)text[at]);
        run = at + 1;
    }
    str_add_n(to, text + run, len - run);
    str_add_char(to, '"');
}

static void add_valid_string(struct str *to, const char *text, size_t len) {
    struct str valid;
    if (text_valid(text, len)) {
        add_string(to, text, len);
        return;
    }
    str_init(&valid, SIZE_MAX);
    text_add_lossy(&valid, text, len);
    add_string(to, valid.data, valid.len);
    str_release(&valid);
}

static void begin_value(struct json_writer *w, const char *key) {
    if (w->depth > 0) {
        if (!w->first[w->depth - 1])
            str_add_char(w->to, ',');
        w->first[w->depth - 1] = false;
    }
    if (key) {
        add_valid_string(w->to, key, strlen(key));
        str_add_char(w->to, ':');
    }
}

static void open_container(struct json_writer *w, const char *key, char bracket) {
    if (w->depth == DEPTH_MAX)
        abort();
    begin_value(w, key);
    str_add_char(w->to, bracket);
    w->first[w->depth++] = true;
}

static void close_container(struct json_writer *w, char bracket) {
    if (w->depth == 0)
        abort();
    w->depth--;
    str_add_char(w->to, bracket);
}

void json_open_object(struct json_writer *w, const char *key) {
    open_container(w, key, '{');
}

void json_open_array(struct json_writer *w, const char *key) {
    open_container(w, key, '[');
}

void json_close_object(struct json_writer *w) {
    close_container(w, '}');
}

void json_close_array(struct json_writer *w) {
    close_container(w, ']');
}

void json_put_text(struct json_writer *w, const char *key, const char *text) {
    if (text)
        json_put_text_n(w, key, text, strlen(text));
    else
        json_put_raw(w, key, "null");
}

void json_put_text_n(struct json_writer *w, const char *key, const char *text, size_t len) {
    begin_value(w, key);
    add_valid_string(w->to, text, len);
}

void json_put_int(struct json_writer *w, const char *key, int64_t value) {
    begin_value(w, key);
    str_addf(w->to, "%" PRId64, value);
}

void json_put_bool(struct json_writer *w, const char *key, bool value) {
    json_put_raw(w, key, value ? "true" : "false");
}

void json_put_hex(struct json_writer *w, const char *key, const void *data, size_t len) {
    begin_value(w, key);
    str_add_char(w->to, '"');
    str_add_hex(w->to, data, len);
    str_add_char(w->to, '"');
}

void json_put_raw(struct json_writer *w, const char *key, const char *json) {
    begin_value(w, key);
    str_add(w->to, json);
}

void json_put_time(struct json_writer *w, const char *key, int64_t wall_ms) {
    char text[CLOCK_TEXT_SIZE];
    clock_iso(wall_ms, text);
    json_put_text(w, key, text);
}

void json_put_moment(struct json_writer *w, const char *key, int64_t wall_ms) {
    if (wall_ms > 0)
        json_put_time(w, key, wall_ms);
    else
        json_put_text(w, key, NULL);
}

void json_put_day(struct json_writer *w, const char *key, int32_t day_number) {
    int year, month, day;
    char text[32];
    civil_from_day_number(day_number, &year, &month, &day);
    snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
    json_put_text(w, key, day_number ? text : NULL);
}
