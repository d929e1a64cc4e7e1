/* Log lines. Each is written by one write(2), so that lines of several threads and processes don't mix. What can't be written is lost:
 * the log never stops the program. Values come from strangers: nothing in them can start a line, move a terminal's cursor or look like a field. */
#include "firmware-host/base/log.h"

#include "firmware-host/base/str.h"
#include "firmware-host/base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192, VALUE_MAX_BYTES = 512 };

static struct {
    enum log_level most;
    const char *program;
    log_sink *sink;
    pthread_t thread; /* the sink's */
    void *context;
    int also_stderr;
} settings = {.most = LOG_LEVEL_INFO};

struct log_field log_text(const char *key, const char *text) {
    return (struct log_field){.type = LOG_TYPE_TEXT, .key = key, .value.text = text};
}

struct log_field log_int(const char *key, int64_t number) {
    return (struct log_field){.type = LOG_TYPE_INT, .key = key, .value.number = number};
}

struct log_field log_phone(const char *key, const struct phone *phone) {
    return (struct log_field){.type = LOG_TYPE_PHONE, .key = key, .value.phone = phone};
}

struct log_field log_err(enum err e) {
    return (struct log_field){.type = LOG_TYPE_ERR, .key = "err", .value.err = e};
}

/* Controls, and the invisible and direction-changing characters between U+200B and U+206F. */
static bool is_unprintable(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           c == 0xFEFF;
}

static bool is_plain(const char *value) {
    if (*value == '\0')
        return false;
    for (uint32_t c; (c = text_next(&value)) != 0;)
        if (c == ' ' || c == '"' || c == '\\' || c == '=' || is_unprintable(c))
            return false;
    return true;
}

static void add_escaped(struct str *line, uint32_t c) {
    if (c == '\n')
        str_add(line, "\\n");
    else if (c == '\r')
        str_add(line, "\\r");
    else if (c == '\t')
        str_add(line, "\\t");
    else if (c == '"' || c == '\\')
        str_addf(line, "\\%c", (char)c);
    else if (is_unprintable(c))
        str_addf(line, "\\u%04" PRIX32, c);
    else
        text_add_codepoint(line, c);
}

static void add_value(struct str *line, const char *text) {
    struct str value;
    size_t len = strnlen(text, VALUE_MAX_BYTES + 1);
    str_init(&value, 4 * VALUE_MAX_BYTES);
    text_add_lossy(&value, text, len > VALUE_MAX_BYTES ? VALUE_MAX_BYTES : len);
    if (len > VALUE_MAX_BYTES)
        str_add(&value, "…");
    if (is_plain(value.data)) {
        str_add(line, value.data);
    } else {
        const char *at = value.data;
        str_add_char(line, '"');
        for (uint32_t c; (c = text_next(&at)) != 0;)
            add_escaped(line, c);
        str_add_char(line, '"');
    }
    str_release(&value);
}

static void add_field(struct str *line, const struct log_field *field) {
    char mask[PHONE_MASK_SIZE];
    str_addf(line, " %s=", field->key);
    switch (field->type) {
    case LOG_TYPE_TEXT:
        if (field->value.text)
            add_value(line, field->value.text);
        else
            str_add_char(line, '-');
        break;
    case LOG_TYPE_INT:
        str_addf(line, "%" PRId64, field->value.number);
        break;
    case LOG_TYPE_PHONE:
        phone_mask(field->value.phone, mask);
        add_value(line, mask);
        break;
    case LOG_TYPE_ERR:
        str_add(line, err_symbol(field->value.err));
        break;
    case LOG_TYPE_END:
        break;
    }
}

static void write_line(const struct str *line) {
    size_t done = 0;
    while (done < line->len) {
        ssize_t n = write(STDERR_FILENO, line->data + done, line->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        done += (size_t)n;
    }
}

void log_write(enum log_level level, const char *event, const struct log_field *fields) {
    struct str line;
    if (level > settings.most)
        return;
    int saved_errno = errno;
    str_init(&line, LINE_MAX_BYTES);
    str_addf(&line, "<%d>%s%s%s", (int)level, settings.program ? settings.program : "", settings.program ? ": " : "", event);
    for (const struct log_field *field = fields; field->type != LOG_TYPE_END; field++)
        add_field(&line, field);
    bool own = settings.sink && pthread_equal(pthread_self(), settings.thread);
    if (own)
        settings.sink(settings.context, line.data);
    if (!own || settings.also_stderr) {
        line.overflow = false; /* the line's end is written even where a field was left out */
        if (line.len == line.max)
            str_truncate(&line, line.len - 1);
        str_add_char(&line, '\n');
        write_line(&line);
    }
    str_release(&line);
    errno = saved_errno;
}

void log_set_level(enum log_level most) {
    settings.most = most;
}

void log_set_program(const char *name) {
    settings.program = name;
}

void log_set_sink(log_sink *sink, void *context, int also_stderr) {
    settings.sink = sink;
    settings.thread = pthread_self();
    settings.context = context;
    settings.also_stderr = also_stderr;
}
