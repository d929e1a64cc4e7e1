/* What the handlers of the control socket's commands share: reading a request's members, writing the pieces of an answer. The handlers themselves
 * stand in control_*.c, a file a subject; control_commands.c has the table. */
#ifndef HOST_CONTROL_CALL_H
#define HOST_CONTROL_CALL_H

#include "firmware-host/control_commands.h"
#include "store/case.h"

/* ---- members of a request: ERR_INVALID with a sentence in call->problem ---- */

MUST_CHECK enum err call_limit(struct command_call *call, int *ret_limit); /* "limit": 1 … 1000; 20 when it isn't there */
MUST_CHECK enum err call_number(struct command_call *call, const char *key, bool required, int64_t *ret_number); /* from 1; 0: it isn't there */
MUST_CHECK enum err call_code(struct command_call *call, const char *key, int32_t *ret_code); /* a case code: 9 digits */
MUST_CHECK enum err call_day(struct command_call *call, const char *key, int32_t *day); /* "2026-11-24"; left as it is when it isn't there */
/* The case whose "code" the request names: to be released. ERR_NOT_FOUND with a sentence. */
MUST_CHECK enum err call_case(struct command_call *call, struct pakn_case *ret_case);

MUST_CHECK enum err call_phone(struct command_call *call, const char *key, struct phone *ret_phone); /* of a person: E.164, or a short code */
/* Who asks, as a row that is kept names them: "uid:1000", behind the officer that "as" names if it's there. */
#define CALL_ACTOR_SIZE 96
MUST_CHECK enum err call_actor(struct command_call *call, char out[CALL_ACTOR_SIZE]);

/* The officer that "as" names, who is needed: valid today; to be released; and who asks, as above. ERR_INVALID, ERR_NOT_FOUND with a sentence. */
struct officer;
MUST_CHECK enum err call_officer(struct command_call *call, struct officer *ret_officer, char ret_actor[CALL_ACTOR_SIZE]);
MUST_CHECK enum err call_as(struct command_call *call, char ret_actor[CALL_ACTOR_SIZE]); /* the same, where who it is is all that counts */
/* "reason": words, which are needed, of at most `most` octets; `what` says for people what is to be told. ERR_INVALID with a sentence. */
MUST_CHECK enum err call_reason(struct command_call *call, const char *what, size_t most, const char **ret_reason);

/* A call that reveals what a citizen wrote in a case (0: none) leaves an event of that case, too: who read. */
MUST_CHECK enum err call_record_reading(struct command_call *call, int64_t case_id);
/* After a handler that revealed something: who (uid, and the officer that "as" names), what, how much, in the chain of store/privacy.h. */
MUST_CHECK enum err call_record_reveal(struct command_call *call);

/* The call's work is that task, which reads the database beside the loop. */
void call_read(struct command_call *call, struct command_task *task);

/* ---- members of an answer ---- */

#define CALL_DOCUMENT_MAX (3 * 1024 * 1024) /* of a document in an answer: it must fit with its quotation */

void call_put_phone(struct command_call *call, const char *key, const struct phone *phone); /* masked, unless the call reveals */
void call_put_subscriber(struct command_call *call, const char *key, int64_t subscriber_id); /* their number; 0: null */
/* A text that nobody but a person with a reason should read: "characters", and "text" if the call reveals. */
void call_put_text(struct command_call *call, const char *text);
void call_put_revealed(struct command_call *call, const char *key, const char *text); /* such a text, in a call that reveals; counted */
void call_put_time(struct command_call *call, const char *key, int64_t wall_ms); /* 0: null */
void call_put_code(struct command_call *call, const char *key, int32_t code); /* 0: null */
void call_put_number(struct command_call *call, int64_t id); /* the whole answer: {"id": 7} */
void call_put_known(struct command_call *call, const char *key, int64_t value, int64_t unknown); /* the latter: null */

void call_put_central(struct command_call *call, const char *key); /* how it stands with the central store; control_central.c */

/* A list: an array of what `rows` writes, at most `limit` of them (the request's), older than the id `before` (the request's; 0: all). */
typedef enum err call_rows(struct command_call *call, int64_t before, int limit);
MUST_CHECK enum err call_list(struct command_call *call, const char *key, call_rows *rows);

/* ---- the handlers ---- */

typedef enum err command_run(struct command_call *call);
command_run answer_status, answer_modems, answer_metrics, answer_log, answer_reload; /* control_status.c */
command_run answer_ussd; /* control_ussd.c */
command_run answer_ussd_menu; /* control_ussd_menu.c */
command_run answer_keys; /* control_keys.c */
command_run answer_backup; /* control_backup.c */
command_run answer_modem_pin_retry, answer_modem_sim_retry, answer_modem_history; /* control_modem.c */
command_run answer_alarms; /* control_alarm.c */
command_run answer_modem_events; /* control_modem_events.c */
command_run answer_clock_skip; /* control_clock.c */
command_run answer_case_list, answer_case_show; /* control_cases.c */
command_run answer_case_step; /* control_desk.c */
command_run answer_message_list, answer_message_show, answer_held_list, answer_held_retry; /* control_messages.c */
command_run answer_queue, answer_unknown_list, answer_unknown_resend, answer_unknown_leave, answer_send; /* control_queue.c */
command_run answer_sender_list, answer_sender_block, answer_sender_unblock, answer_sender_reassigned; /* control_senders.c */
command_run answer_data_request_list, answer_data_request_answer, answer_data_request_extend, answer_data_request_restrict,
    answer_data_request_done; /* control_data_requests.c */
command_run answer_export_request, answer_export_approve, answer_export_deny, answer_export_list, answer_export_fetch; /* control_export.c */
command_run answer_incident_report, answer_incident_list, answer_incident_told, answer_incident_affected; /* control_incident.c */
command_run answer_directory_import, answer_directory_list; /* control_directory.c */
command_run answer_audit_verify, answer_audit_reads; /* control_audit.c */
command_run answer_retention_status, answer_retention_run; /* control_retention.c */
command_run answer_report; /* control_report.c */
command_run answer_route; /* control_route.c */
command_run answer_central_status, answer_central_parked, answer_central_retry, answer_central_drop, answer_central_kept; /* control_central.c */
command_run answer_case_slip; /* control_slip.c */

#endif
