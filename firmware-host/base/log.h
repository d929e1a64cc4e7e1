/* The log: one line an event to stderr, the journal's priority prefix, an event name and key=value fields.
 *   <5>case.opened code=482109304 sender=84912***678 link=m1
 * Values with blanks, quotes or control bytes are quoted and escaped. Phone numbers go in through log_phone() only, which masks
 * them. A message's text never goes in. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/phone.h"

#include <stdint.h>

enum log_level { /* syslog priorities */
                 LOG_LEVEL_ERROR = 3,
                 LOG_LEVEL_WARNING = 4,
                 LOG_LEVEL_NOTICE = 5,
                 LOG_LEVEL_INFO = 6,
                 LOG_LEVEL_DEBUG = 7,
};

enum log_type { LOG_TYPE_END, LOG_TYPE_TEXT, LOG_TYPE_INT, LOG_TYPE_PHONE, LOG_TYPE_ERR };

struct log_field {
    enum log_type type;
    const char *key;
    union {
        const char *text; /* NULL prints as - */
        int64_t number;
        const struct phone *phone;
        enum err err;
    } value;
};

struct log_field log_text(const char *key, const char *text);
struct log_field log_int(const char *key, int64_t number);
struct log_field log_phone(const char *key, const struct phone *phone);
struct log_field log_err(enum err e); /* key is "err" */

void log_write(enum log_level level, const char *event, const struct log_field *fields);

#define log_event(level, event, ...) log_write((level), (event), (const struct log_field[]){__VA_ARGS__, {.type = LOG_TYPE_END}})
#define log_plain(level, event) log_write((level), (event), (const struct log_field[]){{.type = LOG_TYPE_END}})

void log_set_level(enum log_level most); /* lines above it aren't written; LOG_LEVEL_INFO at first */
void log_set_program(const char *name); /* a static string, put in front of the event: `<5>phanhoid: case.opened …` */

/* Where lines go instead of stderr; NULL puts stderr back. For tests and for the ring that `phanhoictl log` reads. The line comes without its
 * newline. Only lines of the thread that set it; those of others go to stderr. */
typedef void log_sink(void *context, const char *line);
void log_set_sink(log_sink *sink, void *context, int also_stderr);

#endif
