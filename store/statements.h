/* The statements of the store: one enum, one array of SQL, all prepared when the database is opened, so that no SQL is compiled, and none can be
 * found wrong, while messages come in. Inside store/ only.
 *
 * How a function uses one:
 *     sqlite3_stmt *q = statement(s, S_CASE_GET);      reset, nothing bound
 *     bind_int(q, 1, id);                              parameters count from 1; what is bound is borrowed until the statement is done
 *     enum err e = statement_row(s, q);                or statement_run() where no row is wanted
 *     … column_int(q, 0) …                             columns count from 0
 *     statement_done(q);                               after statement_row gave ERR_OK; in every other case it's done already
 *
 * Nothing stays open while a callback runs: lists ask for "the next row after this one", so a callback may do anything.
 * A statement that writes outside of a transaction is a bug and aborts. */
#ifndef STORE_STATEMENTS_H
#define STORE_STATEMENTS_H

#include "store/store.h"

#include <sqlite3.h>

/* Every sealed column: table, its key, column, the context that is authenticated with it. */
/* clang-format off */
#define SEALED_TABLE(X) \
    X(subscriber, id,       phone_sealed,  "phone") \
    X(subscriber, id,       name_sealed,   "name") \
    X(message,    id,       text_sealed,   "message") \
    X(inbound,    id,       body_sealed,   "inbound") \
    X(cases,      id,       text_sealed,   "case") \
    X(case_event, id,       data_sealed,   "case_event") \
    X(answer,     id,       text_sealed,   "answer") \
    X(answer,     id,       document_sealed, "document") \
    X(officer,    id,       name_sealed,   "officer") \
    X(behalf,     case_id,  data_sealed,   "behalf") \
    X(tax_code,   case_id,  code_sealed,   "tax_code") \
    X(block,      id,       reason_sealed, "block") \
    X(dialogue,   id,       data_sealed,   "dialogue") \
    X(ussd_session, subscriber_id, state_sealed, "ussd_session") \
    X(outbound,   id,       text_sealed,   "outbound") \
    X(outbox,     sequence, body_sealed,   "outbox") \
    X(feed_kept,  id,       body_sealed,   "feed_kept") \
    X(central_document, id, body_sealed,   "central_document") \
    X(privacy_event, id,    data_sealed,   "privacy_event") \
    X(data_request, id,     reason_sealed, "data_request") \
    X(export_request, id,   reason_sealed, "export_request") \
    X(incident,   id,       reason_sealed, "incident") \
    X(modem,      id,       sim_sealed,    "modem_sim")
/* clang-format on */

enum statement {
    S_BEGIN,
    S_COMMIT,
    S_ROLLBACK,
    S_SAVEPOINT,
    S_RELEASE,
    S_ROLLBACK_TO,
    S_META_GET,
    S_META_PUT,
    S_META_NEXT,
    S_META_REMOVE,
    S_PROGRESS,
    S_EPOCH_END,
    S_EPOCH_OF,
    S_COUNTS,
    S_STATE_COLUMN,
    S_BALANCE_GET,
    S_BALANCE_PUT,
    S_SUBSCRIBER_BY_HASH,
    S_SUBSCRIBER_BY_ID,
    S_SUBSCRIBER_INSERT,
    S_SUBSCRIBER_NOBODY,
    S_SUBSCRIBER_UPDATE,
    S_INBOUND_INSERT,
    S_INBOUND_BY_DIGEST,
    S_INBOUND_GET,
    S_INBOUND_TRY,
    S_INBOUND_MARK,
    S_INBOUND_MARK_PART,
    S_INBOUND_NEXT_WAITING,
    S_INBOUND_NEXT_IN_STATE,
    S_INBOUND_NEXT_PART,
    S_ASSEMBLY_INSERT,
    S_ASSEMBLY_UPDATE,
    S_ASSEMBLY_FIND,
    S_ASSEMBLY_NEXT_DUE,
    S_MESSAGE_INSERT,
    S_MESSAGE_UNDERSTOOD,
    S_MESSAGE_REPLACE_TEXT,
    S_MESSAGE_GET,
    S_MESSAGE_BEFORE,
    S_CASE_INSERT,
    S_CASE_UPDATE,
    S_CASE_GET,
    S_CASE_BY_CODE,
    S_CASE_BEFORE,
    S_CASE_NEWEST_OF,
    S_CASE_NEWEST_AT,
    S_CASE_PACE,
    S_CASE_SET_NEWEST,
    S_CASE_PREVIOUS,
    S_CASE_SET_PREVIOUS,
    S_CASE_BIND,
    S_CASE_EVENT_HEAD,
    S_CASE_EVENT_INSERT,
    S_CASE_EVENT_NEXT,
    S_CASE_EVENT_CHAIN,
    S_CASE_EVENT_ERASE,
    S_LIFE_INSERT,
    S_LIFE_UPDATE,
    S_LIFE_GET,
    S_LIFE_AWAITING_CONSENT,
    S_LIFE_REPRESENTED,
    S_LIFE_LAPSE_NEXT,
    S_LIFE_LAPSE_NEVER,
    S_ANSWER_INSERT,
    S_ANSWER_TOLD,
    S_ANSWER_RESULT,
    S_COORDINATION_INSERT,
    S_COORDINATION_DONE,
    S_COORDINATION_NEXT,
    S_AGENCY_STANDING,
    S_DEADLINE_INSERT,
    S_DEADLINE_SET_STATE,
    S_DEADLINE_OPEN_OF,
    S_DEADLINE_NEXT_DUE,
    S_DEADLINE_NEXT_LIVE,
    S_DEADLINE_NEXT_EVER,
    S_DEADLINE_NEWEST_OF,
    S_DEADLINE_OPEN_SAME,
    S_DEADLINE_OPEN_LATER,
    S_DEADLINE_WAITING,
    S_DIALOGUE_REPLACE,
    S_DIALOGUE_INSERT,
    S_DIALOGUE_NEWEST,
    S_DIALOGUE_BEFORE,
    S_DIALOGUE_GET,
    S_DIALOGUE_CLOSE,
    S_DIALOGUE_NEXT_EXPIRED,
    S_USSD_SESSION_GET,
    S_USSD_SESSION_PUT,
    S_USSD_SESSION_REMOVE,
    S_USSD_SESSION_NEXT_END,
    S_OUTBOUND_INSERT,
    S_OUTBOUND_GET,
    S_OUTBOUND_BEFORE,
    S_OUTBOUND_NEXT_OF_CASE,
    S_OUTBOUND_REPLACED,
    S_PART_INSERT,
    S_PART_GET,
    S_PART_NEXT_OF,
    S_PART_SET,
    S_PART_OPENED,
    S_PART_NEXT_QUEUED,
    S_ATTEMPT_INSERT,
    S_ATTEMPT_UPDATE,
    S_ATTEMPT_GET,
    S_ATTEMPT_LAST_OF,
    S_ATTEMPT_NEXT_OF,
    S_ATTEMPT_NEXT_WAITING,
    S_ATTEMPT_NEXT_IN_STATE,
    S_ATTEMPT_FOR_RECEIPT,
    S_ATTEMPT_DOUBTS,
    S_ATTEMPT_LAST_REFERENCE,
    S_ATTEMPT_REFERENCE_USED,
    S_ATTEMPT_BEFORE,
    S_RECEIPT_INSERT,
    S_RECEIPT_TAKE,
    S_RECEIPT_PRUNE,
    S_OUTBOX_INSERT,
    S_OUTBOX_NEXT,
    S_OUTBOX_NEXT_PARKED,
    S_OUTBOX_OLDEST,
    S_OUTBOX_NEWEST,
    S_OUTBOX_STATE,
    S_OUTBOX_DONE,
    S_OUTBOX_REFUSED,
    S_OUTBOX_PARK,
    S_OUTBOX_RETRY,
    S_OUTBOX_DROP,
    S_OUTBOX_FORGET,
    S_MODEM_BY_LINK,
    S_MODEM_BY_IMEI,
    S_MODEM_BY_SIM,
    S_MODEM_SIM_OF,
    S_MODEM_PUT,
    S_MODEM_EVENT_INSERT,
    S_MODEM_EVENT_BEFORE,
    S_CENTRAL_DOCUMENT_GET,
    S_CENTRAL_DOCUMENT_PUT,
    S_LOOKUP_FIND,
    S_LOOKUP_GET,
    S_LOOKUP_NEXT_WAITING,
    S_LOOKUP_PUT,
    S_LOOKUP_FORGET,
    S_LOOKUP_FORSAKE,
    S_CASE_REFERENCE_GET,
    S_CASE_REFERENCE_FIND,
    S_CASE_REFERENCE_PUT,
    S_FEED_SEEN,
    S_FEED_KNOWN,
    S_FEED_KEEP,
    S_FEED_KEPT_BEFORE,
    S_FEED_FORGET_SEEN,
    S_FEED_FORGET_KEPT,
    S_PROVINCE_GET,
    S_PROVINCE_PUT,
    S_PROVINCE_REASSIGNED_GET,
    S_PROVINCE_REASSIGNED_PUT,
    S_BLOCK_INSERT,
    S_BLOCK_CURRENT,
    S_BLOCK_LIFT,
    S_BLOCK_BEFORE,
    S_DATA_REQUEST_INSERT,
    S_DATA_REQUEST_OPEN_OF,
    S_DATA_REQUEST_GET,
    S_DATA_REQUEST_UPDATE,
    S_DATA_REQUEST_LATE,
    S_EXPORT_INSERT,
    S_EXPORT_GET,
    S_EXPORT_BEFORE,
    S_EXPORT_UPDATE,
    S_EXPORT_MESSAGE_NEXT,
    S_EXPORT_TEXT_NEXT,
    S_EXPORT_CASE_NEXT,
    S_AFFECTED_IN,
    S_AFFECTED_OUT,
    S_INCIDENT_INSERT,
    S_INCIDENT_GET,
    S_INCIDENT_BEFORE,
    S_INCIDENT_TOLD,
    S_INCIDENT_OLDEST_OPEN,
    S_DATA_REQUEST_NEXT,
    S_BEHALF_PUT,
    S_BEHALF_GET,
    S_BEHALF_UNBIND,
    S_TAX_CODE_PUT,
    S_TAX_CODE_GET,
    S_AGENCY_GET,
    S_AGENCY_BY_KEY,
    S_AGENCY_OF_KIND,
    S_AGENCY_NEXT,
    S_AGENCY_UPDATE,
    S_AGENCY_INSERT,
    S_AGENCY_END,
    S_OFFICER_GET,
    S_OFFICER_BY_KEY,
    S_OFFICER_BY_SUBSCRIBER,
    S_OFFICER_NEXT_KEPT,
    S_OFFICER_REACHABLE,
    S_OFFICER_INSERT,
    S_OFFICER_UPDATE,
    S_OFFICER_END,
    S_FIELD_NEXT,
    S_FIELD_CLEAR,
    S_FIELD_INSERT,
    S_REMINDER_INSERT,
    S_REMINDER_NEXT_WAITING,
    S_REMINDER_NEXT_WAITING_OF,
    S_REMINDER_WAITS,
    S_REMINDER_SETTLE,
    S_REMINDER_POSTPONE,
    S_REMINDER_SENT_ON,
    S_REMINDER_TOLD,
    S_REMINDER_OF_CASE,
    S_REMINDER_READ,
    S_REMINDER_BOUNCED,
    S_REMINDER_MARK_BOUNCED,
    S_WORK_OF_AGENCY,
    S_WORK_OF_UNIT,
    S_WORK_COORDINATED,
    S_WORK_LATE,
    S_AGENCY_ID_NEXT,
    S_CASE_CODE_OF,
    S_OFFICER_ADDRESS,
    S_OFFICER_ADDRESS_NEXT,
    S_PRIVACY_EVENT_HEAD,
    S_PRIVACY_EVENT_INSERT,
    S_PRIVACY_EVENT_CHAIN,
    S_PRIVACY_EVENT_BEFORE,
    S_RETENTION_GET,
    S_RETENTION_PUT,
    S_RETENTION_CLEAR,
    S_DUE_CASE,
    S_DUE_CASES,
    S_DUE_DATA_REQUEST,
    S_DUE_DATA_REQUESTS,
    S_DUE_INCIDENT,
    S_DUE_INCIDENTS,
    S_DUE_OFFICER,
    S_DUE_OFFICERS,
    S_DUE_DRAFT,
    S_DUE_MESSAGE,
    S_DUE_ARRIVAL,
    S_DUE_TEXT,
    S_DUE_EVENT,
    S_DUE_ATTEMPT,
    S_DUE_ASSEMBLY,
    S_DUE_DIALOGUE,
    S_DUE_READ,
    S_DUE_BLOCK,
    S_DUE_EXPORT,
    S_DUE_PROVINCE,
    S_DUE_PROVINCES,
    S_DUE_REASSIGNED,
    S_ERASE_CASE,
    S_ERASE_LIFE,
    S_ERASE_ANSWERS_OF,
    S_ERASE_BEHALF_OF,
    S_ERASE_TAX_CODE_OF,
    S_ERASE_EVENTS_OF,
    S_ERASE_ARRIVALS_OF,
    S_ERASE_MESSAGE,
    S_ERASE_ARRIVAL,
    S_ERASE_TEXT,
    S_ERASE_PARTS_OF,
    S_ERASE_ATTEMPTS_OF,
    S_ERASE_EVENT,
    S_ERASE_ATTEMPT,
    S_ERASE_ASSEMBLY,
    S_ERASE_DIALOGUE,
    S_ERASE_READ,
    S_ERASE_PERSON,
    S_ERASE_BLOCK,
    S_ERASE_DATA_REQUEST,
    S_ERASE_EXPORT,
    S_ERASE_INCIDENT,
    S_ERASE_OFFICER,
    S_ERASE_PROVINCE,
    S_ERASE_REASSIGNED,
    S_BLOCK_PERSON,
    S_DATA_REQUEST_PERSON,
    S_EXPORT_PERSON,
    S_OFFICER_PERSON,
    S_ERASE_BLOCKS_OF,
    S_SUBSCRIBER_TOLD,
    S_CASE_PERSON,
    S_MESSAGE_PERSON,
    S_OUTBOUND_PERSON,
    S_REPRESENTED_BY_CASE,
    S_LIFE_ERASED,
    S_MESSAGE_NEXT_OF_CASE,
    S_OUTBOUND_ID_OF_CASE,
    S_KEY_NEXT,
    S_KEY_ALL_BEFORE,
    S_PIN_GUARD_BEGIN,
    S_PIN_GUARD_MOVE,
    S_PIN_GUARD_PASSED,
    S_PIN_GUARD_FORGIVE,
    S_MODEM_ALARM_RAISE,
    S_MODEM_ALARM_CLEAR,
    S_MODEM_ALARM_NEXT,
    S_SIM_REFUSAL_OTHERS,
    S_SIM_REFUSAL_ADD,
    S_SIM_REFUSAL_END,
    S_SIM_REFUSAL_NEXT,
    S_MODEM_HISTORY_ADD,
    S_MODEM_HISTORY_PRUNE,
    S_MODEM_HISTORY_NEXT,
#define X(table, id, column, context) \
    S_SEALED_LAST_##table##_##column, S_SEALED_NEXT_##table##_##column, S_SEALED_PUT_##table##_##column, S_SEALED_COUNT_##table##_##column,
    SEALED_TABLE(X)
#undef X
        STATEMENT_COUNT
};

const char *statement_sql(enum statement which);

/* All of them, at open. On failure none is left behind. */
MUST_CHECK enum err statements_prepare(struct store *s);
void statements_finalize(struct store *s);

sqlite3_stmt *statement(struct store *s, enum statement which);
/* Runs to the end. Errors as in store.h; the statement is reset and its parameters forgotten in every case. */
MUST_CHECK enum err statement_run(struct store *s, sqlite3_stmt *q);
/* The first row. ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err statement_row(struct store *s, sqlite3_stmt *q);
void statement_done(sqlite3_stmt *q);
/* The first column of the first row, where that's all that is wanted: the statement is done. */
MUST_CHECK enum err statement_value(struct store *s, sqlite3_stmt *q, int64_t *ret_value);
/* statement_run, and ERR_NOT_FOUND when no row was changed. */
MUST_CHECK enum err statement_run_one(struct store *s, sqlite3_stmt *q);
/* statement_run of an insert, and the id of the new row. */
MUST_CHECK enum err statement_insert(struct store *s, sqlite3_stmt *q, int64_t *ret_id);

void bind_int(sqlite3_stmt *q, int at, int64_t value);
void bind_id(sqlite3_stmt *q, int at, int64_t id); /* 0 is NULL */
void bind_text(sqlite3_stmt *q, int at, const char *text); /* NULL is NULL */
void bind_bytes(sqlite3_stmt *q, int at, struct bytes bytes);
/* Seals with the column's name as context, so that a sealed field can't be moved into another column. data NULL is NULL.
 * ERR_TOO_LONG: more than STORE_FIELD_MAX octets; the statement is done then. */
#define STORE_FIELD_MAX ((size_t)1 << 20)
MUST_CHECK enum err bind_sealed(struct store *s, sqlite3_stmt *q, int at, const char *context, struct bytes plain);

/* What names a SIM (IMSI, ICCID) names a person: its keyed hash; empty for "". */
void bind_sim(struct store *s, sqlite3_stmt *q, int at, const char *sim);

struct bytes bytes_or_null(const char *text); /* what bind_sealed takes as NULL where text is NULL */
const struct keyring *store_keys(const struct store *s);

int64_t column_int(sqlite3_stmt *q, int at); /* NULL is 0 */
bool column_is_null(sqlite3_stmt *q, int at);
char *column_text(sqlite3_stmt *q, int at); /* a copy; NULL is NULL */
MUST_CHECK enum err column_copy(sqlite3_stmt *q, int at, char *to, size_t size); /* into a fixed buffer */
/* Unsealed into new memory with a NUL behind it; NULL is NULL with length 0. ERR_SEALED: not sealed with these keys, or damaged; it is logged.
 * ret_len may be NULL. */
MUST_CHECK enum err column_unsealed(struct store *s, sqlite3_stmt *q, int at, const char *context, char **ret_text, size_t *ret_len);

/* What an SQLite result means here; logs everything but a violated constraint. Aborts on what can only be a bug. */
enum err store_error(sqlite3 *db, int code, const char *what);
/* The same while the database is being opened: SQL that doesn't fit its schema means that somebody changed it, ERR_INVALID. */
enum err store_error_at_open(sqlite3 *db, int code, const char *what);

#endif
