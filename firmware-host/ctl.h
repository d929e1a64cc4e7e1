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

struct config;

struct ctl { /* what the command line said; texts that weren't given are NULL */
    const char *socket; /* of the core */
    const char *config_file;
    const struct config *config; /* read from it; NULL */
    const char *network; /* the control socket of a virtual network */
    const char *to;
    const char *file; /* a calendar; the words of a decision */
    const char *agency; /* a key */
    const char *context; /* of a text to be parsed */
    const char *from, *by; /* of a report */
    const char *of_case, *sender; /* to be exported */
    bool csv, html, is_public;
    const char *answer; /* to the menus of a USSD dialogue, divided by commas */
    bool cancel;
    bool json, reveal, follow, out, pending, version, help;
    int64_t limit, before, after, hours; /* 0: not given */
    int64_t wait_ms; /* -1: not given */
    const char *as, *text, *reason, *until; /* of a decision */
    const char *document, *signed_file, *sha256; /* of its signed document: number, file, hash */
    char **words; /* the command's */
    char **arguments; /* behind them */
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

/* ---- ctl_ask.c: a request to the core, made of what the command line said ---- */

struct ctl_request {
    const struct ctl *ctl;
    struct str line;
    struct json_writer w; /* for members of the command's own */
    int wait_ms; /* for the answer; half a minute unless said otherwise */
};
void ctl_request_begin(const struct ctl *ctl, const char *command, struct ctl_request *ret_request); /* with reveal, limit, before, out */
typedef void ctl_printer(const struct json *result);
void ctl_put_given(struct ctl_request *request); /* as, reason, until, as far as they were given */
void ctl_put_period(struct ctl_request *request); /* from, to, likewise */
enum ctl_exit ctl_request_run(struct ctl_request *request, ctl_printer *print); /* asks, prints (JSON with --json), releases the request */
/* The same on a connection that stays. CTL_FINE: the answer must be freed; "result" is in it. Else it was said what failed. */
MUST_CHECK enum ctl_exit ctl_request_ask(struct ctl_request *request, struct ctl_client *client, struct json **ret_answer);
enum ctl_exit ctl_lost(const struct ctl *ctl, enum err e); /* says why no answer came */

/* Whole requests: without more members, with the first argument as a text, with it as a number and what was given. */
enum ctl_exit ctl_ask(const struct ctl *ctl, const char *command, ctl_printer *print);
enum ctl_exit ctl_ask_text(const struct ctl *ctl, const char *command, const char *key, ctl_printer *print);
enum ctl_exit ctl_ask_number(const struct ctl *ctl, const char *command, const char *key, ctl_printer *print);

/* ---- ctl_print.c ---- */

enum ctl_column_type { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_TIME, COLUMN_SWITCH };
struct ctl_column {
    const char *heading;
    const char *key; /* of the row; "worker.state" goes into an object, and on */
    enum ctl_column_type type;
};
/* Rows of a JSON array as a table; `none` is printed when it's empty. Texts ("text" of a row) follow on lines of their own. */
void ctl_print_rows(const struct json *rows, const struct ctl_column *columns, size_t count, const char *none);
/* One object: a line a column, heading and value. */
void ctl_print_object(const struct json *object, const struct ctl_column *columns, size_t count);
void ctl_print_text(const struct json *object); /* its "text", on a line of its own, if it's there */
void ctl_print_json(const struct json *value);
void ctl_print_clean(const char *text, FILE *to); /* control characters (newlines but one) become ? */
enum ctl_exit ctl_fail(const struct ctl *ctl, const char *error, const char *message);

/* ---- the commands ---- */

typedef enum ctl_exit ctl_run(struct ctl *ctl);
ctl_run ctl_status, ctl_modems, ctl_route, ctl_queue, ctl_message_list, ctl_message_show, ctl_send, ctl_held_list, ctl_held_retry, ctl_unknown_list,
    ctl_unknown_resend, ctl_unknown_leave, ctl_log, ctl_metrics, ctl_reload, ctl_clock_skip; /* ctl_core.c */
ctl_run ctl_modem_scan; /* ctl_modem_scan.c */
ctl_run ctl_backup, ctl_keys; /* ctl_backup.c */
ctl_run ctl_audit_verify, ctl_audit_reads, ctl_retention_status, ctl_retention_run, ctl_data_request_list, ctl_data_request_answer,
    ctl_data_request_extend, ctl_data_request_restrict, ctl_data_request_done, ctl_export_request, ctl_export_approve, ctl_export_deny,
    ctl_export_list, ctl_export_fetch, ctl_incident_report, ctl_incident_list, ctl_incident_told, ctl_incident_affected; /* ctl_privacy.c */
ctl_run ctl_alarms, ctl_modem_events, ctl_modem_pin_retry, ctl_modem_sim_retry; /* ctl_modem.c */
ctl_run ctl_modem_history; /* ctl_history.c */
ctl_run ctl_case_list, ctl_case_show, ctl_case_diagram; /* ctl_cases.c */
ctl_run ctl_ussd; /* ctl_ussd.c */
ctl_run ctl_ussd_menu; /* ctl_ussd_menu.c */
ctl_run ctl_case_step; /* ctl_desk.c */
ctl_run ctl_sender_list, ctl_sender_block, ctl_sender_unblock, ctl_sender_reassigned; /* ctl_senders.c */
ctl_run ctl_central_status, ctl_central_parked, ctl_central_retry, ctl_central_drop, ctl_central_kept; /* ctl_central.c */
ctl_run ctl_report, ctl_case_slip; /* ctl_report.c */
ctl_run ctl_calendar_due, ctl_calendar_check, ctl_calendar_print; /* ctl_calendar.c; they don't ask the core */
ctl_run ctl_directory_import, ctl_directory_list, ctl_directory_check; /* ctl_directory.c */
ctl_run ctl_texts_list, ctl_texts_print, ctl_texts_screens, ctl_texts_check; /* ctl_texts.c */
ctl_run ctl_parse; /* ctl_parse.c; doesn't ask the core */
ctl_run ctl_phone_call, ctl_phone_send, ctl_phone_inbox, ctl_phone_chat; /* ctl_phone.c */

#endif
