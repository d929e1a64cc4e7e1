/* phanhoictl: asks the core over its control socket, and plays citizen on a virtual network.
 * Every command is one row of the table in ctl.c; the help is printed from it. Nothing here decides anything: the core answers, this prints.
 *
 * Exit status: 0 fine, 1 refused or failed, 2 wrong usage. With --json the answer is one line of JSON on standard output, an error too
 * ({"error","message"}). Text that comes from strangers is printed without its control characters. */
#ifndef HOST_CTL_H
#define HOST_CTL_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum ctl_exit { CTL_FINE = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

enum { CTL_LINE_MAX = 8 * 1024 * 1024 };

struct ctl { /* what the command line said */
    const char *socket; /* of the core */
    const char *network; /* of a virtual network; NULL */
    const char *to; /* NULL */
    bool json, reveal, follow, out;
    int64_t limit, before, after; /* 0: not given */
    int64_t wait_ms; /* -1: not given */
    char **arguments; /* behind the command's words */
    int argument_count;
};

/* ---- ctl_client.c: one connection, one line a request, one line an answer ---- */

struct ctl_client {
    int fd;
    struct str buffer;
};
MUST_CHECK enum ctl_exit ctl_connect(const struct ctl *ctl, const char *path, struct ctl_client *ret_client); /* says itself what failed */
void ctl_disconnect(struct ctl_client *client);
MUST_CHECK enum err ctl_tell(struct ctl_client *client, struct str *request); /* adds the newline */
/* The next line as a document. ERR_TIMEOUT after timeout_ms (-1: none), ERR_CLOSED, ERR_INVALID: no JSON, ERR_TOO_LONG. */
MUST_CHECK enum err ctl_hear(struct ctl_client *client, int timeout_ms, struct json **ret_document);

/* ---- ctl_print.c ---- */

enum ctl_column_type { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_TIME, COLUMN_SWITCH };
struct ctl_column {
    const char *heading;
    const char *key; /* of the row; "worker.state" goes into an object */
    enum ctl_column_type type;
};
/* Rows of a JSON array as a table; `none` is printed when it's empty. Texts ("text" of a row) follow on lines of their own. */
void ctl_print_rows(const struct json *rows, const struct ctl_column *columns, size_t count, const char *none);
/* One object: a line a column, heading and value. */
void ctl_print_object(const struct json *object, const struct ctl_column *columns, size_t count);
void ctl_print_json(const struct json *value);
void ctl_print_clean(const char *text, FILE *to); /* control characters (newlines but one) become ? */
enum ctl_exit ctl_fail(const struct ctl *ctl, const char *error, const char *message);

/* ---- the commands ---- */

typedef enum ctl_exit ctl_run(struct ctl *ctl);
ctl_run ctl_status, ctl_modems, ctl_queue, ctl_case_list, ctl_case_show, ctl_message_list, ctl_send, ctl_held_list, ctl_held_retry, ctl_unknown_list,
    ctl_unknown_resend, ctl_unknown_leave, ctl_log, ctl_metrics; /* ctl_core.c */
ctl_run ctl_phone_send, ctl_phone_inbox, ctl_phone_chat; /* ctl_phone.c */

#endif
