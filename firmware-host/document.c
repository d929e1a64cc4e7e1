/* Plain text pads columns with blanks by code points, which is right for Vietnamese; HTML leaves that to the browser. */
#include "firmware-host/document.h"

#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { CELL_MAX = 4096, GAP = 2 };

/* What a page needs to be read and printed, and nothing from anywhere else. */
static const char style[] = "body{font:11pt/1.4 \"Times New Roman\",serif;margin:2cm;color:#000}h1{font-size:15pt;text-align:center}"
                            "h2{font-size:12pt;margin:1.2em 0 .3em}table{border-collapse:collapse;margin:.5em 0;page-break-inside:auto}"
                            "td,th{border:1px solid #666;padding:2px 6px;text-align:left;vertical-align:top}td.n{text-align:right}"
                            "tr{page-break-inside:avoid}p{margin:.3em 0;white-space:pre-wrap;overflow-wrap:anywhere}@page{margin:1.5cm}";

/* ---- text of others ---- */

static void add_clean(struct document *d, const char *text, bool lines) {
    for (const char *at = text; *at;) {
        const char *start = at;
        uint32_t c = text_next(&at);
        bool control = c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        if (c == '\n' && lines)
            str_add_char(d->to, '\n');
        else if (control)
            str_add_char(d->to, ' ');
        else if (d->format == DOCUMENT_HTML && (c == '&' || c == '<' || c == '>' || c == '"'))
            str_addf(d->to, "&#%u;", (unsigned)c);
        else
            str_add_n(d->to, start, (size_t)(at - start));
    }
}

static void add_element(struct document *d, const char *open, const char *text, const char *close) {
    str_add(d->to, open);
    add_clean(d, text, true);
    str_add(d->to, close);
}

/* ---- the parts ---- */

static void add_rule(struct document *d, const char *under, char c) {
    for (size_t i = text_codepoints(under); i > 0; i--)
        str_add_char(d->to, c);
    str_add_char(d->to, '\n');
}

void document_begin(struct document *d, enum document_format format, struct str *to, const char *title) {
    *d = (struct document){.format = format, .to = to};
    if (format == DOCUMENT_HTML) {
        add_element(d, "<!DOCTYPE html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\"><title>", title, "</title><style>");
        str_add(to, style);
        add_element(d, "</style></head><body>\n<h1>", title, "</h1>\n");
        return;
    }
    add_element(d, "", title, "\n");
    add_rule(d, title, '=');
}

void document_end(struct document *d) {
    if (d->format == DOCUMENT_HTML)
        str_add(d->to, "</body></html>\n");
}

void document_heading(struct document *d, const char *text) {
    if (d->format == DOCUMENT_HTML) {
        add_element(d, "<h2>", text, "</h2>\n");
        return;
    }
    add_element(d, "\n", text, "\n");
    add_rule(d, text, '-');
}

void document_paragraph(struct document *d, const char *format, ...) {
    struct str text;
    va_list args;
    str_init(&text, d->to->max);
    va_start(args, format);
    str_vaddf(&text, format, args);
    va_end(args);
    add_element(d, d->format == DOCUMENT_HTML ? "<p>" : "", text.data ? text.data : "", d->format == DOCUMENT_HTML ? "</p>\n" : "\n");
    d->to->overflow = d->to->overflow || text.overflow;
    str_release(&text);
}

/* ---- tables ---- */

void table_init(struct table *t, size_t columns, bool numbers) {
    *t = (struct table){.columns = columns, .numbers = numbers};
}

void table_add(struct table *t, const char *format, ...) {
    struct str cell;
    va_list args;
    str_init(&cell, CELL_MAX);
    va_start(args, format);
    str_vaddf(&cell, format, args);
    va_end(args);
    t->cells = mem_resize(t->cells, t->count + 1, sizeof *t->cells);
    t->cells[t->count++] = cell.data && !cell.overflow ? str_detach(&cell) : mem_string(cell.overflow ? "…" : "");
    str_release(&cell);
}

static void add_html_rows(struct document *d, const struct table *t) {
    str_add(d->to, "<table>\n");
    for (size_t i = 0; i < t->count; i++) {
        bool heading = i < t->columns, number = t->numbers && i % t->columns > 0;
        str_add(d->to, i % t->columns == 0 ? "<tr>" : "");
        add_element(d, heading ? "<th>" : number ? "<td class=\"n\">" : "<td>", t->cells[i], heading ? "</th>" : "</td>");
        str_add(d->to, i % t->columns == t->columns - 1 ? "</tr>\n" : "");
    }
    str_add(d->to, "</table>\n");
}

static size_t width_of(const struct table *t, size_t column) {
    size_t widest = 0;
    for (size_t i = column; i < t->count; i += t->columns) {
        size_t width = text_codepoints(t->cells[i]);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void add_blanks(struct document *d, size_t count) {
    while (count-- > 0)
        str_add_char(d->to, ' ');
}

static void add_text_rows(struct document *d, const struct table *t) {
    size_t *widths = mem_array(t->columns, sizeof *widths);
    for (size_t column = 0; column < t->columns; column++)
        widths[column] = width_of(t, column);
    for (size_t i = 0; i < t->count; i++) {
        size_t column = i % t->columns, pad = widths[column] - text_codepoints(t->cells[i]);
        bool last = column == t->columns - 1, right = t->numbers && column > 0;
        add_blanks(d, right ? pad : 0);
        add_clean(d, t->cells[i], false);
        if (last)
            str_add_char(d->to, '\n');
        else
            add_blanks(d, (right ? 0 : pad) + GAP);
    }
    str_add_char(d->to, '\n');
    free(widths);
}

void document_table(struct document *d, struct table *t) {
    if (t->columns == 0 || t->count % t->columns != 0)
        abort(); /* a bug: the last row isn't whole */
    if (d->format == DOCUMENT_HTML)
        add_html_rows(d, t);
    else
        add_text_rows(d, t);
    for (size_t i = 0; i < t->count; i++)
        free(t->cells[i]);
    free(t->cells);
    *t = (struct table){0};
}
