/* A printable document, heading by heading, as plain text (UTF-8, for a terminal or a letter) or as one HTML page without any outside part (for a
 * browser's printer). Everything put in is text: nothing of it is taken for markup, and control characters become blanks. */
#ifndef HOST_DOCUMENT_H
#define HOST_DOCUMENT_H

#include "firmware-host/base/str.h"

enum document_format { DOCUMENT_TEXT, DOCUMENT_HTML };

struct document {
    enum document_format format;
    struct str *to; /* borrowed; its maximum bounds the document */
};

void document_begin(struct document *d, enum document_format format, struct str *to, const char *title);
void document_end(struct document *d);
void document_heading(struct document *d, const char *text);
void document_paragraph(struct document *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Cells from left to right, row by row; the first row is the heading. The first column is flush left, the others right where `numbers`. */
struct table {
    size_t columns, count;
    char **cells;
    bool numbers;
};
void table_init(struct table *t, size_t columns, bool numbers);
void table_add(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void document_table(struct document *d, struct table *t); /* releases it; the last row must be whole */

#endif
