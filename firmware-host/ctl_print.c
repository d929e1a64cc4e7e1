/* Answers for people: tables whose columns are as wide as what is in them, counted in characters, since Vietnamese takes more octets than columns.
 * Times are shown in Vietnamese time. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { CELL_MAX = 256 };

void ctl_print_json(const struct json *value) {
    struct str text;
    str_init(&text, CTL_LINE_MAX);
    if (value)
        json_dump(value, false, &text);
    else
        str_add(&text, "null");
    puts(text.data);
    str_release(&text);
}

enum ctl_exit ctl_fail(const struct ctl *ctl, const char *error, const char *message) {
    if (ctl->json) {
        struct str text;
        struct json_writer w;
        str_init(&text, 65536);
        json_begin(&w, &text);
        json_open_object(&w, NULL);
        json_put_text(&w, "error", error);
        json_put_text(&w, "message", message);
        json_close_object(&w);
        puts(text.data);
        str_release(&text);
    } else {
        fputs("phanhoictl: ", stderr);
        ctl_print_clean(message, stderr);
        fputs("\n", stderr);
    }
    return CTL_FAILED;
}

/* C0, DEL, C1, and what changes the direction of text. */
static bool harmful(uint32_t c) {
    return (c < 0x20 && c != '\n') || (c >= 0x7F && c <= 0x9F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void ctl_print_clean(const char *text, FILE *to) {
    struct str clean;
    str_init(&clean, CTL_LINE_MAX);
    for (const char *at = text; *at;) {
        uint32_t c = text_next(&at);
        if (harmful(c))
            str_add_char(&clean, '?');
        else
            text_add_codepoint(&clean, c);
    }
    fputs(clean.data, to);
    str_release(&clean);
}

/* "worker.state" goes an object down for every dot. */
static const struct json *find(const struct json *row, const char *key, const char **ret_last) {
    for (const char *dot; (dot = strchr(key, '.')); key = dot + 1) {
        char *first = mem_string_n(key, (size_t)(dot - key));
        row = json_get(row, first);
        free(first);
    }
    *ret_last = key;
    return row;
}

static void time_cell(const char *iso, struct str *cell) {
    int64_t wall;
    if (clock_parse_iso(iso, &wall) != ERR_OK) {
        str_add(cell, iso);
        return;
    }
    struct civil c = civil_of(wall);
    str_addf(cell, "%02d/%02d/%04d %02d:%02d:%02d", c.day, c.month, c.year, c.hour, c.minute, c.second);
}

static void cell_of(const struct json *row, const struct ctl_column *column, struct str *cell) {
    const char *key;
    row = find(row, column->key, &key);
    const char *text = json_text(row, key);
    int64_t number;
    bool flag;
    str_clear(cell);
    if (column->type == COLUMN_TIME && text)
        time_cell(text, cell);
    else if (text)
        str_add_n(cell, text, strlen(text) < CELL_MAX ? strlen(text) : text_prefix(text, CELL_MAX / 4));
    else if (json_int(row, key, &number))
        str_addf(cell, "%lld", (long long)number);
    else if (json_bool(row, key, &flag))
        str_add(cell, flag ? "yes" : "no");
    if (!cell->len)
        str_add(cell, "-");
}

static void pad(size_t columns) {
    while (columns-- > 0)
        putchar(' ');
}

static void print_cell(const char *text, enum ctl_column_type type, size_t width, bool last) {
    size_t own = text_codepoints(text);
    if (type == COLUMN_NUMBER && own < width)
        pad(width - own);
    ctl_print_clean(text, stdout);
    if (type != COLUMN_NUMBER && own < width && !last)
        pad(width - own);
    fputs(last ? "\n" : "  ", stdout);
}

static size_t width_of(const struct json *rows, const struct ctl_column *column, struct str *cell) {
    size_t width = text_codepoints(column->heading);
    for (size_t i = 0; i < json_count(rows); i++) {
        cell_of(json_at(rows, i), column, cell);
        size_t own = text_codepoints(cell->data);
        width = own > width ? own : width;
    }
    return width;
}

void ctl_print_rows(const struct json *rows, const struct ctl_column *columns, size_t count, const char *none) {
    if (json_count(rows) == 0) {
        puts(none);
        return;
    }
    struct str cell;
    str_init(&cell, 4 * CELL_MAX);
    size_t *widths = mem_array(count, sizeof *widths);
    for (size_t c = 0; c < count; c++)
        widths[c] = width_of(rows, &columns[c], &cell);
    for (size_t c = 0; c < count; c++)
        print_cell(columns[c].heading, columns[c].type, widths[c], c + 1 == count);
    for (size_t i = 0; i < json_count(rows); i++) {
        for (size_t c = 0; c < count; c++) {
            cell_of(json_at(rows, i), &columns[c], &cell);
            print_cell(cell.data, columns[c].type, widths[c], c + 1 == count);
        }
        const char *text = json_text(json_at(rows, i), "text");
        if (text) {
            fputs("    ", stdout);
            ctl_print_clean(text, stdout);
            fputs("\n", stdout);
        }
    }
    free(widths);
    str_release(&cell);
}

void ctl_print_object(const struct json *object, const struct ctl_column *columns, size_t count) {
    struct str cell;
    str_init(&cell, 4 * CELL_MAX);
    size_t width = 0;
    for (size_t c = 0; c < count; c++) {
        size_t own = text_codepoints(columns[c].heading);
        width = own > width ? own : width;
    }
    for (size_t c = 0; c < count; c++) {
        print_cell(columns[c].heading, COLUMN_TEXT, width, false);
        cell_of(object, &columns[c], &cell);
        print_cell(cell.data, COLUMN_TEXT, 0, true);
    }
    str_release(&cell);
}

void ctl_print_text(const struct json *object) {
    const char *text = json_text(object, "text");
    if (!text)
        return;
    fputs("TEXT        ", stdout);
    ctl_print_clean(text, stdout);
    puts("");
}
