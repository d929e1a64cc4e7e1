/* Every SQL statement of the store, and the few functions through which they are run.
 *
 * Promises: 1. A statement is reset and its parameters are forgotten after every run, also a failed one: nothing read-locks the database and no
 * personal data stays behind in SQLite's memory. 2. Nothing is written outside of a transaction that the store knows of: when SQLite has rolled
 * one back by itself (disk full, I/O error), everything that follows fails with the reason until store_rollback or store_commit.
 * 3. A result that only a bug of ours can cause (misuse, wrong SQL, a column out of range) is logged and aborts. */
#include "store/statements.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "store/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_COLUMNS "samples, up, registered, signals, signal_sum, slots_used, sent, failed, unknown, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9"
#define SUBSCRIBER_COLUMNS \
    "id, accents, first_at, last_at, help_at, phone_sealed, name_sealed, opted_out, window_at, window_count, wrong_at, wrong_count, " \
    "limited_until, blocked_until, told_at, emergency_at, same_at, same_count, same_hash, callback_at, call_at"
#define INBOUND_COLUMNS "id, link, arrived_at, state, tries, reason, assembly_id, sequence, message_id, body_sealed"
#define ASSEMBLY_COLUMNS "id, link, subscriber_id, reference, total, wide, first_at, due_at, state, message_id, tries"
#define MESSAGE_COLUMNS "id, subscriber_id, link, arrived_at, sent_at, incomplete, verb, case_id, text_sealed"
#define CASE_COLUMNS "id, code, subscriber_id, state, kind, flags, link, submitted_at, message_id, due_day, text_sealed, previous_id"
#define DEADLINE_COLUMNS "id, case_id, kind, state, working_days, start_at, due_day, due_at, coordination_id, replaces_id"
#define LIFE_COLUMNS \
    "case_id, source, field, agency_id, unit_id, requested_id, officer_id, received_day, hops, pauses, results, annulments, late, explained, " \
    "paused_left, paused_day, paused_days, accepted_at, result_at, published_at, delivered_at, annulled_at, rejoined_at, reconsidered_at, " \
    "ended_at, rejoinder_until, rating, rated_at, refusal, original_id, represented_id, consent, opened_at, lapse_from, supporters, supports_id"
#define LIFE_VALUES \
    "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, " \
    "?31, ?32, ?33, ?34, ?35, ?36"
#define ANSWER_COLUMNS "id, case_id, at, kind, text_sealed, document_sealed"
#define COORDINATION_COLUMNS "id, case_id, agency_id, asked_at, done_at"
#define CASE_EVENT_COLUMNS "id, case_id, at, type, actor, data_sealed, salt, commitment, chain"
#define DIALOGUE_COLUMNS "id, subscriber_id, kind, case_id, opened_at, expires_at, data_sealed"
#define OUTBOUND_COLUMNS \
    "id, subscriber_id, template_name, encoding, class, created_at, not_before, expires_at, link, case_id, message_id, reference, total, " \
    "text_sealed, event_id"
#define PART_COLUMNS "id, outbound_id, sequence, offset, len, state, attempts, next_at"
#define ATTEMPT_COLUMNS "id, part_id, number, link, opened_at, closed_at, state, reference, repeated, code, reason, failure"
#define RECEIPT_COLUMNS "id, link, subscriber_id, reference, status, at, done_at"
#define BLOCK_COLUMNS "id, subscriber_id, from_at, until_at, by, lifted_at, lifted_by, reason_sealed"
#define DATA_REQUEST_COLUMNS "id, subscriber_id, kind, at, due_day, done_at, act_day, answered_at, extended_at, outcome"
#define EXPORT_COLUMNS \
    "id, at, asker_id, scope, case_id, subscriber_id, from_day, to_day, state, decider_id, decided_at, expires_at, fetched_at, reason_sealed"
#define INCIDENT_COLUMNS "id, at, by, from_day, to_day, told_at, told_by, reason_sealed"

/* The epoch of an event is that in which it was written: meta.c. */
#define OUTBOX_COLUMNS \
    "sequence, coalesce((SELECT value FROM meta WHERE key >= printf('epoch:%020d', sequence) AND key < 'epoch;' ORDER BY key LIMIT 1), " \
    "(SELECT value FROM meta WHERE key = 'epoch')), case_id, at, state, attempts, type, subject, reason, body_sealed"
#define MODEM_COLUMNS "link, imei, place, sim_sealed"
#define LOOKUP_COLUMNS "id, subscriber_id, code, message_id, link, asked_at, answered_at, waits, state, agency, due_day"
#define PROVINCE_COLUMNS \
    "epoch, at, ended_at, state, state_seq, agency, agency_seq, due_day, due_seq, sender, sender_at, sender_seq, " \
    "represented, represented_at, represented_seq, consent, consent_seq"
#define REMINDER_COLUMNS "id, officer_id, kind, case_id, deadline_id, not_before, day, outbound_id, read_at"
#define WORK_COLUMNS "deadline.id, deadline.case_id, deadline.kind, deadline.state, deadline.due_day, life.agency_id, life.unit_id, life.explained"
#define AGENCY_COLUMNS "id, parent_id, key, kind, name, name_accented, match, active"
#define OFFICER_COLUMNS "id, agency_id, key, role, subscriber_id, from_day, until_day, name_sealed"
#define OFFICER_VALID(today) "ended_at = 0 AND from_day <= " today " AND (until_day = 0 OR until_day >= " today ")"

/* Retention: the first row behind ?1, its time (its own, or that of the next whose time is between ?2 and ?3), whether something is to be erased. */
#define DUE(table, at, wanted) \
    "SELECT id, (SELECT later." at " FROM " table " AS later WHERE later.id >= " table ".id AND later." at " BETWEEN ?2 AND ?3 " \
    "ORDER BY later.id LIMIT 1), " wanted " FROM " table " WHERE id > ?1 ORDER BY id LIMIT 1"
/* The same of what has an end of its own, through the index that holds what has ended and isn't erased (`left`); and how many there are. */
#define DUE_AT_END(table, id, end, left) \
    "SELECT " id ", " end ", 1 FROM " table " WHERE " left " AND " end " BETWEEN ?2 AND ?3 AND " id " > ?1 ORDER BY " end " LIMIT 1"
#define DUE_AT_END_COUNT(table, end, left) "SELECT count(*) FROM (SELECT 1 FROM " table " WHERE " left " AND " end " >= ?1 AND " end " < ?2 LIMIT ?3)"
#define LIFE_LEFT "ended_at > 0 AND erased_at = 0"
#define DATA_REQUEST_LEFT "done_at > 0 AND subscriber_id <> 0"
#define INCIDENT_LEFT "told_at > 0 AND length(reason_sealed) > 0"
#define OFFICER_LEFT "ended_at > 0 AND length(name_sealed) > 0"
#define OF_NO_CASE_LEFT(table) "NOT EXISTS (SELECT 1 FROM life WHERE life.case_id = " table ".case_id AND erased_at = 0)"

/* The conditions on state are written as in the partial indexes of migrations/: SQLite uses such an index only for the same words. */
static const char *const statement_table[STATEMENT_COUNT] = {
    [S_BEGIN] = "BEGIN IMMEDIATE",
    [S_COMMIT] = "COMMIT",
    [S_ROLLBACK] = "ROLLBACK",
    [S_SAVEPOINT] = "SAVEPOINT handler",
    [S_RELEASE] = "RELEASE handler",
    [S_ROLLBACK_TO] = "ROLLBACK TO handler",

    [S_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [S_META_PUT] = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    [S_META_NEXT] = "INSERT INTO meta (key, value) VALUES (?1, 1) ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value - 1",
    [S_META_REMOVE] = "DELETE FROM meta WHERE key = ?1",
    [S_PROGRESS] = "SELECT coalesce((SELECT value FROM meta WHERE key = 'epoch'), 0), coalesce((SELECT max(id) FROM inbound), 0), "
                   "coalesce((SELECT max(id) FROM attempt), 0), coalesce((SELECT max(id) FROM case_event), 0), "
                   "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0), "
                   "coalesce((SELECT value FROM meta WHERE key = 'case_counter'), 0)",
    /* meta.c: the end of an epoch is a row of meta, its sequence in the key so that keys are in order. */
    [S_EPOCH_END] = "INSERT INTO meta (key, value) VALUES (printf('epoch:%020d', ?1), ?2) ON CONFLICT (key) DO NOTHING",
    [S_EPOCH_OF] = "SELECT coalesce((SELECT value FROM meta WHERE key >= printf('epoch:%020d', ?1) AND key < 'epoch;' ORDER BY key LIMIT 1), "
                   "(SELECT value FROM meta WHERE key = 'epoch'))",
    [S_COUNTS] = "SELECT (SELECT count(*) FROM inbound WHERE state IN (0, 4) AND state = 0), "
                 "(SELECT count(*) FROM inbound WHERE state IN (0, 4) AND state = 4), "
                 "(SELECT coalesce(max(id), 0) FROM message), "
                 "(SELECT count(*) FROM cases WHERE state BETWEEN 1 AND 6), "
                 "(SELECT count(*) FROM cases WHERE state BETWEEN 7 AND 9), "
                 "(SELECT count(*) FROM part WHERE state = 0), "
                 "(SELECT count(*) FROM attempt WHERE state IN (0, 5) AND state = 0), "
                 "(SELECT count(*) FROM attempt WHERE state IN (0, 5) AND state = 5), "
                 "(SELECT count(*) FROM outbox WHERE state = 0), "
                 "(SELECT count(*) FROM outbox WHERE state = 3)",

    [S_STATE_COLUMN] = "SELECT cid FROM pragma_table_info(?1) WHERE name = 'state'",

    [S_BALANCE_GET] = "SELECT asked_at, read_at, amount, expires FROM balance WHERE link = ?1 AND sim = ?2",
    [S_BALANCE_PUT] = "INSERT INTO balance (link, sim, asked_at, read_at, amount, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (link) "
                      "DO UPDATE SET sim = excluded.sim, asked_at = excluded.asked_at, read_at = excluded.read_at, amount = excluded.amount, "
                      "expires = excluded.expires",
    [S_SUBSCRIBER_BY_HASH] = "SELECT " SUBSCRIBER_COLUMNS " FROM subscriber WHERE phone_hash = ?1",
    [S_SUBSCRIBER_BY_ID] = "SELECT " SUBSCRIBER_COLUMNS " FROM subscriber WHERE id = ?1",
    [S_SUBSCRIBER_INSERT] = "INSERT INTO subscriber (phone_hash, phone_sealed) VALUES (?1, ?2)",
    [S_SUBSCRIBER_NOBODY] = "INSERT INTO subscriber (id, phone_hash, phone_sealed) VALUES (0, zeroblob(16), x'') ON CONFLICT (id) DO NOTHING",
    [S_SUBSCRIBER_UPDATE] = "UPDATE subscriber SET name_sealed = ?2, accents = ?3, first_at = ?4, last_at = ?5, help_at = ?6, opted_out = ?7, "
                            "window_at = ?8, window_count = ?9, wrong_at = ?10, wrong_count = ?11, limited_until = ?12, blocked_until = ?13, "
                            "told_at = ?14, emergency_at = ?15, same_at = ?16, same_count = ?17, same_hash = ?18, "
                            "callback_at = ?19, call_at = ?20 WHERE id = ?1",

    [S_INBOUND_INSERT] = "INSERT INTO inbound (digest, link, arrived_at, body_sealed) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (digest) DO NOTHING",
    [S_INBOUND_BY_DIGEST] = "SELECT id FROM inbound WHERE digest = ?1",
    [S_INBOUND_GET] = "SELECT " INBOUND_COLUMNS " FROM inbound WHERE id = ?1",
    [S_INBOUND_TRY] = "UPDATE inbound SET tries = tries + 1 WHERE id = ?1",
    [S_INBOUND_MARK] = "UPDATE inbound SET state = ?2, reason = ?3, message_id = coalesce(?4, message_id) WHERE id = ?1",
    [S_INBOUND_MARK_PART] = "UPDATE inbound SET state = ?2, reason = NULL, assembly_id = ?3, sequence = ?4 WHERE id = ?1",
    [S_INBOUND_NEXT_WAITING] = "SELECT " INBOUND_COLUMNS " FROM inbound WHERE state IN (0, 4) AND state = ?1 AND id > ?2 ORDER BY id LIMIT 1",
    [S_INBOUND_NEXT_IN_STATE] = "SELECT " INBOUND_COLUMNS " FROM inbound WHERE state = ?1 AND id > ?2 ORDER BY id LIMIT 1",
    [S_INBOUND_NEXT_PART] = "SELECT " INBOUND_COLUMNS " FROM inbound WHERE assembly_id = ?1 AND (sequence, id) > (?2, ?3) "
                            "ORDER BY sequence, id LIMIT 1",

    [S_ASSEMBLY_INSERT] = "INSERT INTO assembly (link, subscriber_id, reference, total, wide, first_at, due_at, state, message_id) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [S_ASSEMBLY_UPDATE] = "UPDATE assembly SET state = ?2, message_id = ?3, due_at = ?4, tries = ?5 WHERE id = ?1",
    [S_ASSEMBLY_FIND] = "SELECT " ASSEMBLY_COLUMNS " FROM assembly WHERE subscriber_id = ?1 AND reference = ?2 AND link = ?3 AND total = ?4 "
                        "AND wide = ?5 AND first_at >= ?6 AND id < ?7 ORDER BY id DESC LIMIT 1",
    [S_ASSEMBLY_NEXT_DUE] = "SELECT " ASSEMBLY_COLUMNS " FROM assembly WHERE state = 0 ORDER BY due_at, id LIMIT 1",

    [S_MESSAGE_INSERT] = "INSERT INTO message (subscriber_id, link, arrived_at, sent_at, incomplete, verb, case_id, text_sealed) "
                         "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [S_MESSAGE_UNDERSTOOD] = "UPDATE message SET verb = ?2, case_id = coalesce(?3, case_id) WHERE id = ?1",
    [S_MESSAGE_REPLACE_TEXT] = "UPDATE message SET text_sealed = ?2, incomplete = ?3 WHERE id = ?1",
    [S_MESSAGE_GET] = "SELECT " MESSAGE_COLUMNS " FROM message WHERE id = ?1",
    [S_MESSAGE_BEFORE] = "SELECT " MESSAGE_COLUMNS " FROM message WHERE id < ?1 ORDER BY id DESC LIMIT 1",

    [S_CASE_INSERT] =
        "INSERT INTO cases (code, subscriber_id, state, kind, flags, link, submitted_at, message_id, due_day, text_sealed, previous_id) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, (SELECT newest_case_id FROM subscriber WHERE id = ?2))",
    [S_CASE_UPDATE] = "UPDATE cases SET code = ?2, state = ?3, kind = ?4, flags = ?5, submitted_at = ?6, due_day = ?7, "
                      "text_sealed = coalesce(?8, text_sealed) WHERE id = ?1",
    [S_CASE_GET] = "SELECT " CASE_COLUMNS " FROM cases WHERE id = ?1",
    [S_CASE_BY_CODE] = "SELECT " CASE_COLUMNS " FROM cases WHERE code = ?1",
    [S_CASE_BEFORE] = "SELECT " CASE_COLUMNS " FROM cases WHERE id < ?1 ORDER BY id DESC LIMIT 1",
    [S_CASE_NEWEST_AT] = "SELECT coalesce(max(submitted_at), 0) FROM cases WHERE code IS NOT NULL",
    [S_CASE_PACE] = "SELECT count(*), coalesce(min(submitted_at), 0) FROM cases WHERE code IS NOT NULL AND submitted_at > ?1 AND submitted_at <= ?2",
    [S_CASE_NEWEST_OF] = "SELECT newest_case_id FROM subscriber WHERE id = ?1",
    [S_CASE_SET_NEWEST] = "UPDATE subscriber SET newest_case_id = ?2 WHERE id = ?1",
    [S_CASE_PREVIOUS] = "SELECT previous_id FROM cases WHERE id = ?1",
    [S_CASE_SET_PREVIOUS] = "UPDATE cases SET previous_id = ?2 WHERE id = ?1",
    [S_CASE_BIND] = "UPDATE cases SET subscriber_id = ?2, previous_id = ?3 WHERE id = ?1",
    [S_CASE_EVENT_HEAD] = "SELECT id, chain FROM case_event WHERE id = (SELECT max(id) FROM case_event)",
    [S_CASE_EVENT_INSERT] = "INSERT INTO case_event (" CASE_EVENT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [S_CASE_EVENT_NEXT] = "SELECT " CASE_EVENT_COLUMNS " FROM case_event WHERE case_id = ?1 AND id > ?2 ORDER BY id LIMIT 1",
    [S_CASE_EVENT_CHAIN] = "SELECT " CASE_EVENT_COLUMNS " FROM case_event WHERE id > ?1 ORDER BY id LIMIT 1",
    [S_CASE_EVENT_ERASE] = "UPDATE case_event SET salt = NULL, data_sealed = NULL WHERE case_id = ?1",

    [S_LIFE_INSERT] = "INSERT INTO life (" LIFE_COLUMNS ") VALUES (" LIFE_VALUES ")",
    [S_LIFE_UPDATE] = "UPDATE life SET (" LIFE_COLUMNS ") = (" LIFE_VALUES ") WHERE case_id = ?1",
    [S_LIFE_GET] = "SELECT " LIFE_COLUMNS " FROM life WHERE case_id = ?1",
    [S_LIFE_AWAITING_CONSENT] = "SELECT case_id FROM life WHERE represented_id = ?1 AND consent = 1 ORDER BY case_id DESC LIMIT 1",
    [S_LIFE_REPRESENTED] = "SELECT case_id FROM life WHERE represented_id = ?1 LIMIT 1",
    [S_LIFE_LAPSE_NEXT] = "SELECT case_id, lapse_from FROM life WHERE lapse_from > 0 ORDER BY lapse_from LIMIT 1",
    [S_LIFE_LAPSE_NEVER] = "UPDATE life SET lapse_from = 0 WHERE case_id = ?1",

    [S_ANSWER_INSERT] = "INSERT INTO answer (case_id, at, kind, text_sealed, document_sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
    [S_ANSWER_TOLD] = "SELECT " ANSWER_COLUMNS " FROM answer WHERE case_id = ?1 AND kind > 0 ORDER BY id DESC LIMIT 1",
    [S_ANSWER_RESULT] = "SELECT " ANSWER_COLUMNS " FROM answer WHERE case_id = ?1 AND kind = 0 ORDER BY id DESC LIMIT 1",

    [S_COORDINATION_INSERT] = "INSERT INTO coordination (case_id, agency_id, asked_at) VALUES (?1, ?2, ?3)",
    [S_COORDINATION_DONE] = "UPDATE coordination SET done_at = ?2 WHERE id = ?1",
    [S_COORDINATION_NEXT] = "SELECT " COORDINATION_COLUMNS " FROM coordination WHERE case_id = ?1 AND id > ?2 ORDER BY id LIMIT 1",

    [S_AGENCY_STANDING] = "SELECT kind, parent_id, active, key FROM agency WHERE id = ?1",
    [S_DEADLINE_INSERT] = "INSERT INTO deadline (case_id, kind, state, working_days, start_at, due_day, due_at, coordination_id, replaces_id, cause) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [S_DEADLINE_SET_STATE] = "UPDATE deadline SET state = ?2 WHERE id = ?1",
    [S_DEADLINE_OPEN_OF] = "SELECT " DEADLINE_COLUMNS " FROM deadline WHERE state = 0 AND case_id = ?1 AND kind = ?2 ORDER BY id DESC LIMIT 1",
    [S_DEADLINE_NEXT_DUE] = "SELECT " DEADLINE_COLUMNS " FROM deadline WHERE state = 0 ORDER BY due_at, id LIMIT 1",
    [S_DEADLINE_NEXT_LIVE] = "SELECT " DEADLINE_COLUMNS " FROM deadline WHERE case_id = ?1 AND state IN (0, 2, 6) AND id > ?2 ORDER BY id LIMIT 1",
    [S_DEADLINE_NEXT_EVER] = "SELECT " DEADLINE_COLUMNS ", cause FROM deadline WHERE case_id = ?1 AND id > ?2 ORDER BY id LIMIT 1",
    [S_DEADLINE_NEWEST_OF] = "SELECT " DEADLINE_COLUMNS " FROM deadline WHERE case_id = ?1 AND kind = ?2 ORDER BY id DESC LIMIT 1",
    /* The next in order of (due_at, id), in two steps: a comparison of the pair is not looked up in the index, and thousands are due on one day. */
    [S_DEADLINE_OPEN_SAME] = "SELECT " DEADLINE_COLUMNS " FROM deadline WHERE state = 0 AND due_at = ?1 AND id > ?2 ORDER BY id LIMIT 1",
    [S_DEADLINE_OPEN_LATER] =
        "SELECT " DEADLINE_COLUMNS " FROM deadline WHERE state = 0 AND due_at > ?1 AND due_at < 9223372036854775807 ORDER BY due_at, id LIMIT 1",
    [S_DEADLINE_WAITING] = "SELECT " DEADLINE_COLUMNS " FROM deadline WHERE state = 0 AND due_at = 9223372036854775807 ORDER BY id LIMIT 1",

    [S_DIALOGUE_REPLACE] = "UPDATE dialogue SET open = 0, data_sealed = NULL "
                           "WHERE open = 1 AND subscriber_id = ?1 AND kind = ?2 AND case_id IS ?3",
    [S_DIALOGUE_INSERT] = "INSERT INTO dialogue (subscriber_id, kind, case_id, opened_at, expires_at, data_sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [S_DIALOGUE_NEWEST] = "SELECT " DIALOGUE_COLUMNS " FROM dialogue WHERE open = 1 AND subscriber_id = ?1 AND kind = ?2 AND expires_at > ?3 "
                          "ORDER BY id DESC LIMIT 1",
    [S_DIALOGUE_BEFORE] = "SELECT " DIALOGUE_COLUMNS " FROM dialogue WHERE open = 1 AND subscriber_id = ?1 AND expires_at > ?2 AND id < ?3 "
                          "ORDER BY id DESC LIMIT 1",
    [S_DIALOGUE_GET] = "SELECT " DIALOGUE_COLUMNS " FROM dialogue WHERE id = ?1",
    [S_DIALOGUE_CLOSE] = "UPDATE dialogue SET open = 0, data_sealed = NULL WHERE id = ?1",
    [S_DIALOGUE_NEXT_EXPIRED] =
        "SELECT id, subscriber_id, kind, case_id, opened_at, expires_at, NULL FROM dialogue WHERE open = 1 ORDER BY expires_at, id LIMIT 1",
    [S_USSD_SESSION_GET] = "SELECT subscriber_id, answered_at, expires_at, state_sealed FROM ussd_session WHERE subscriber_id = ?1",
    [S_USSD_SESSION_PUT] = "INSERT INTO ussd_session (subscriber_id, answered_at, expires_at, state_sealed) VALUES (?1, ?2, ?3, ?4) ON CONFLICT "
                           "(subscriber_id) DO UPDATE SET answered_at = excluded.answered_at, expires_at = excluded.expires_at, "
                           "state_sealed = excluded.state_sealed",
    [S_USSD_SESSION_REMOVE] = "DELETE FROM ussd_session WHERE subscriber_id = ?1",
    [S_USSD_SESSION_NEXT_END] = "SELECT subscriber_id, expires_at FROM ussd_session ORDER BY expires_at LIMIT 1",

    [S_OUTBOUND_INSERT] = "INSERT INTO outbound (subscriber_id, template_name, encoding, class, created_at, not_before, expires_at, link, case_id, "
                          "message_id, reference, total, text_sealed, event_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    [S_OUTBOUND_GET] = "SELECT " OUTBOUND_COLUMNS " FROM outbound WHERE id = ?1",
    [S_OUTBOUND_BEFORE] = "SELECT " OUTBOUND_COLUMNS " FROM outbound WHERE id < ?1 ORDER BY id DESC LIMIT 1",
    [S_OUTBOUND_NEXT_OF_CASE] = "SELECT " OUTBOUND_COLUMNS " FROM outbound WHERE case_id = ?1 AND id > ?2 ORDER BY id LIMIT 1",
    [S_OUTBOUND_REPLACED] =
        "SELECT 1 FROM outbound WHERE class = 2 AND subscriber_id = ?1 AND template_name = ?2 AND id > ?3 AND case_id IS ?4 LIMIT 1",

    [S_PART_INSERT] = "INSERT INTO part (" PART_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [S_PART_GET] = "SELECT " PART_COLUMNS " FROM part WHERE id = ?1",
    [S_PART_NEXT_OF] = "SELECT " PART_COLUMNS " FROM part WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT 1",
    [S_PART_SET] = "UPDATE part SET state = ?2, next_at = ?3 WHERE id = ?1",
    [S_PART_OPENED] = "UPDATE part SET state = ?2, attempts = attempts + 1 WHERE id = ?1",
    [S_PART_NEXT_QUEUED] = "SELECT " PART_COLUMNS " FROM part WHERE state = 0 AND id > ?1 ORDER BY id LIMIT 1",

    [S_ATTEMPT_INSERT] = "INSERT INTO attempt (part_id, number, link, subscriber_id, opened_at, closed_at, state, reference, repeated, code, reason) "
                         "SELECT part.id, ?2, ?3, outbound.subscriber_id, ?4, ?5, ?6, ?7, ?8, ?9, ?10 "
                         "FROM part JOIN outbound ON outbound.id = part.outbound_id WHERE part.id = ?1",
    [S_ATTEMPT_UPDATE] = "UPDATE attempt SET state = ?2, reference = ?3, closed_at = ?4, code = ?5, reason = ?6, failure = ?7 WHERE id = ?1",
    [S_ATTEMPT_GET] = "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE id = ?1",
    [S_ATTEMPT_LAST_OF] = "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE part_id = ?1 ORDER BY number DESC LIMIT 1",
    [S_ATTEMPT_NEXT_OF] = "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE part_id = ?1 AND number > ?2 ORDER BY number LIMIT 1",
    [S_ATTEMPT_NEXT_WAITING] = "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE state IN (0, 5) AND state = ?1 AND id > ?2 ORDER BY id LIMIT 1",
    [S_ATTEMPT_NEXT_IN_STATE] = "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE state = ?1 AND id > ?2 ORDER BY id LIMIT 1",
    [S_ATTEMPT_BEFORE] = "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE id < ?1 ORDER BY id DESC LIMIT 1",
    [S_ATTEMPT_FOR_RECEIPT] = "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE state IN (1, 5, 6) AND subscriber_id = ?1 AND reference = ?2 "
                              "AND link = ?3 AND opened_at >= ?4 ORDER BY state = 1 DESC, id DESC LIMIT 1",
    /* `state IN (1, 5, 6)` and `state IN (0, 5)` name the partial indexes. */
    [S_ATTEMPT_DOUBTS] = "SELECT count(DISTINCT doubt) FROM (SELECT part_id AS doubt FROM attempt WHERE state IN (1, 5, 6) AND state <> 1 "
                         "AND subscriber_id = ?1 AND link = ?2 AND opened_at >= ?3 UNION ALL SELECT -id FROM attempt WHERE state IN (0, 5) "
                         "AND state = 0 AND subscriber_id = ?1 AND link = ?2)",

    [S_ATTEMPT_LAST_REFERENCE] = "SELECT reference FROM attempt WHERE id > (SELECT max(id) FROM attempt) - 5000 AND link = ?1 "
                                 "AND state IN (1, 2, 3) AND repeated = 0 AND reference >= 0 ORDER BY id DESC LIMIT 1",

    /* No index: asked only before a repeat, and the window is bounded. */
    [S_ATTEMPT_REFERENCE_USED] = "SELECT 1 FROM attempt WHERE id > (SELECT max(id) FROM attempt) - 20000 AND subscriber_id = ?1 AND reference = ?2 "
                                 "AND link = ?3 AND opened_at >= ?4 AND part_id <> ?5 AND state IN (1, 2, 3, 5, 6) LIMIT 1",

    [S_RECEIPT_INSERT] = "INSERT INTO receipt (link, subscriber_id, reference, status, at, done_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [S_RECEIPT_TAKE] = "DELETE FROM receipt WHERE id = (SELECT id FROM receipt WHERE subscriber_id = ?1 AND reference = ?2 AND link = ?3 "
                       "AND at >= ?4 ORDER BY id LIMIT 1) RETURNING " RECEIPT_COLUMNS,
    [S_RECEIPT_PRUNE] = "DELETE FROM receipt WHERE at < ?1",

    /* Events of a case that a parked one holds are passed over by the index of the few that are parked. */
    [S_OUTBOX_NEXT] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE state = 0 AND sequence > ?1 AND NOT EXISTS (SELECT 1 FROM outbox AS parked "
                      "INDEXED BY outbox_parked WHERE parked.state = 3 AND parked.case_id = outbox.case_id AND parked.sequence < outbox.sequence) "
                      "ORDER BY sequence LIMIT 1",
    [S_OUTBOX_NEXT_PARKED] = "SELECT " OUTBOX_COLUMNS " FROM outbox INDEXED BY outbox_parked WHERE state = 3 AND sequence > ?1 "
                             "ORDER BY sequence LIMIT 1",
    [S_OUTBOX_OLDEST] = "SELECT at FROM outbox WHERE state = 0 ORDER BY sequence LIMIT 1",
    [S_OUTBOX_NEWEST] = "SELECT coalesce(max(sequence), 0) FROM outbox",
    [S_OUTBOX_STATE] = "SELECT state FROM outbox WHERE sequence = ?1",
    [S_OUTBOX_DONE] = "UPDATE outbox SET state = 1, done_at = ?2, reason = NULL WHERE sequence = ?1 AND state = 0",
    [S_OUTBOX_REFUSED] = "UPDATE outbox SET attempts = attempts + 1, reason = ?2 WHERE sequence = ?1 AND state = 0",
    [S_OUTBOX_PARK] = "UPDATE outbox SET state = 3, attempts = attempts + 1, reason = ?2 WHERE sequence = ?1 AND state = 0",
    [S_OUTBOX_RETRY] = "UPDATE outbox SET state = 0, attempts = 0 WHERE sequence = ?1 AND state = 3",
    [S_OUTBOX_DROP] = "UPDATE outbox SET state = 2, reason = ?2, done_at = ?3 WHERE sequence = ?1 AND state = 3",
    [S_OUTBOX_FORGET] = "UPDATE outbox SET body_sealed = x'' WHERE sequence IN (SELECT sequence FROM outbox INDEXED BY outbox_kept "
                        "WHERE state IN (1, 2) AND length(body_sealed) > 0 AND done_at < ?1 ORDER BY done_at LIMIT ?2)",
    [S_OUTBOX_INSERT] = "INSERT INTO outbox (case_id, type, subject, at, body_sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
    [S_CENTRAL_DOCUMENT_GET] = "SELECT etag, body_sealed FROM central_document WHERE id = ?1",
    [S_CENTRAL_DOCUMENT_PUT] = "INSERT INTO central_document (id, etag, at, body_sealed) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE "
                               "SET etag = excluded.etag, at = excluded.at, body_sealed = excluded.body_sealed",
    [S_LOOKUP_FIND] = "SELECT " LOOKUP_COLUMNS " FROM lookup WHERE subscriber_id = ?1 AND code = ?2",
    [S_LOOKUP_GET] = "SELECT " LOOKUP_COLUMNS " FROM lookup WHERE id = ?1",
    [S_LOOKUP_NEXT_WAITING] = "SELECT " LOOKUP_COLUMNS " FROM lookup INDEXED BY lookup_waiting WHERE waits = 1 AND id > ?1 ORDER BY id LIMIT 1",
    [S_LOOKUP_PUT] = "INSERT INTO lookup (subscriber_id, code, message_id, link, asked_at, answered_at, waits, state, agency, due_day) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (subscriber_id, code) DO UPDATE SET "
                     "message_id = excluded.message_id, link = excluded.link, asked_at = excluded.asked_at, answered_at = excluded.answered_at, "
                     "waits = excluded.waits, state = excluded.state, agency = excluded.agency, due_day = excluded.due_day",
    [S_LOOKUP_FORGET] = "DELETE FROM lookup WHERE id IN (SELECT id FROM lookup WHERE asked_at < ?1 ORDER BY asked_at LIMIT ?2)",
    [S_LOOKUP_FORSAKE] = "UPDATE lookup SET waits = 0 WHERE waits = 1",
    [S_CASE_REFERENCE_GET] = "SELECT name, receipt FROM case_reference WHERE case_id = ?1",
    [S_CASE_REFERENCE_FIND] = "SELECT case_id FROM case_reference WHERE name = ?1 AND receipt = 0",
    [S_CASE_REFERENCE_PUT] = "INSERT INTO case_reference (case_id, name, receipt, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (case_id) DO UPDATE SET "
                             "name = excluded.name, receipt = excluded.receipt, at = excluded.at WHERE receipt = 1",
    [S_FEED_SEEN] = "INSERT INTO feed_seen (key, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    [S_FEED_KNOWN] = "SELECT 1 FROM feed_seen WHERE key = ?1",
    [S_FEED_KEEP] = "INSERT INTO feed_kept (at, type, subject, reason, body_sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
    [S_FEED_KEPT_BEFORE] = "SELECT id, at, type, subject, reason, body_sealed FROM feed_kept WHERE id < ?1 ORDER BY id DESC LIMIT 1",
    [S_FEED_FORGET_SEEN] = "DELETE FROM feed_seen WHERE key IN (SELECT key FROM feed_seen WHERE at < ?1 ORDER BY at LIMIT ?2)",
    [S_FEED_FORGET_KEPT] = "DELETE FROM feed_kept WHERE id IN (SELECT id FROM feed_kept WHERE at < ?1 ORDER BY at LIMIT ?2)",
    [S_PROVINCE_GET] = "SELECT " PROVINCE_COLUMNS " FROM province WHERE code = ?1",
    [S_PROVINCE_PUT] = "INSERT OR REPLACE INTO province (code, " PROVINCE_COLUMNS ") "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    [S_PROVINCE_REASSIGNED_GET] = "SELECT at FROM province_reassigned WHERE phone = ?1",
    [S_PROVINCE_REASSIGNED_PUT] = "INSERT INTO province_reassigned (phone, at) VALUES (?1, ?2) ON CONFLICT (phone) DO UPDATE "
                                  "SET at = max(at, excluded.at)",

    [S_MODEM_BY_LINK] = "SELECT " MODEM_COLUMNS " FROM modem WHERE link = ?1 ORDER BY id DESC LIMIT 1",
    [S_MODEM_BY_IMEI] = "SELECT " MODEM_COLUMNS " FROM modem WHERE imei = ?1 ORDER BY id DESC LIMIT 1",
    [S_MODEM_BY_SIM] = "SELECT " MODEM_COLUMNS " FROM modem WHERE sim_hash = ?1 ORDER BY id DESC LIMIT 1",
    [S_MODEM_SIM_OF] = "SELECT " MODEM_COLUMNS " FROM modem WHERE imei = ?1 AND link = ?2 AND sim_sealed IS NOT NULL ORDER BY id DESC LIMIT 1",
    [S_MODEM_PUT] = "INSERT OR REPLACE INTO modem (link, imei, place, seen_at, sim_hash, sim_sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [S_MODEM_EVENT_INSERT] = "INSERT INTO modem_event (at, link, kind, imei, previous, current) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [S_MODEM_EVENT_BEFORE] = "SELECT id, at, link, kind, imei, previous, current FROM modem_event WHERE id < ?1 ORDER BY id DESC LIMIT 1",

    [S_BLOCK_INSERT] = "INSERT INTO block (subscriber_id, from_at, until_at, by, reason_sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
    [S_BLOCK_CURRENT] = "SELECT " BLOCK_COLUMNS " FROM block WHERE subscriber_id = ?1 AND lifted_at = 0 AND until_at > ?2 ORDER BY id DESC LIMIT 1",
    [S_BLOCK_LIFT] = "UPDATE block SET lifted_at = ?2, lifted_by = ?3 WHERE id = ?1 AND lifted_at = 0",
    [S_BLOCK_BEFORE] = "SELECT " BLOCK_COLUMNS " FROM block WHERE id < ?1 ORDER BY id DESC LIMIT 1",

    [S_DATA_REQUEST_INSERT] = "INSERT INTO data_request (subscriber_id, kind, at, due_day, act_day) VALUES (?1, ?2, ?3, ?4, ?5)",
    [S_DATA_REQUEST_OPEN_OF] = "SELECT " DATA_REQUEST_COLUMNS " FROM data_request WHERE done_at = 0 AND subscriber_id = ?1 AND kind = ?2 LIMIT 1",
    [S_DATA_REQUEST_GET] = "SELECT " DATA_REQUEST_COLUMNS " FROM data_request WHERE id = ?1",
    [S_DATA_REQUEST_UPDATE] = "UPDATE data_request SET answered_at = ?2, act_day = ?3, extended_at = ?4, done_at = ?5, outcome = ?6, "
                              "reason_sealed = coalesce(?7, reason_sealed) WHERE id = ?1 AND done_at = 0",
    [S_DATA_REQUEST_LATE] = "SELECT count(*) FROM data_request WHERE done_at = 0 AND due_day < ?1 AND (answered_at = 0 OR act_day < ?1)",

    [S_EXPORT_INSERT] = "INSERT INTO export_request (at, asker_id, scope, case_id, subscriber_id, from_day, to_day, reason_sealed) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [S_EXPORT_GET] = "SELECT " EXPORT_COLUMNS " FROM export_request WHERE id = ?1",
    [S_EXPORT_BEFORE] = "SELECT " EXPORT_COLUMNS " FROM export_request WHERE id < ?1 ORDER BY id DESC LIMIT 1",
    [S_EXPORT_UPDATE] = "UPDATE export_request SET state = ?2, decider_id = ?3, decided_at = ?4, expires_at = ?5, fetched_at = ?6 WHERE id = ?1",
    /* On the pool only: they go through all rows from ?1 on. */
    [S_EXPORT_MESSAGE_NEXT] = "SELECT id FROM message WHERE id > ?1 AND subscriber_id = ?2 ORDER BY id LIMIT 1",
    [S_EXPORT_TEXT_NEXT] = "SELECT id FROM outbound WHERE id > ?1 AND subscriber_id = ?2 ORDER BY id LIMIT 1",
    [S_EXPORT_CASE_NEXT] = "SELECT id FROM cases WHERE id > ?1 AND code IS NOT NULL AND (?2 = 0 OR subscriber_id = ?2) "
                           "AND submitted_at >= ?3 AND submitted_at < ?4 ORDER BY id LIMIT 1",
    [S_AFFECTED_IN] =
        "SELECT id, subscriber_id FROM message WHERE id > ?1 AND subscriber_id > 0 AND arrived_at >= ?2 AND arrived_at < ?3 ORDER BY id LIMIT 1",
    [S_AFFECTED_OUT] =
        "SELECT id, subscriber_id FROM outbound WHERE id > ?1 AND subscriber_id > 0 AND created_at >= ?2 AND created_at < ?3 ORDER BY id LIMIT 1",

    [S_INCIDENT_INSERT] = "INSERT INTO incident (at, by, from_day, to_day, reason_sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
    [S_INCIDENT_GET] = "SELECT " INCIDENT_COLUMNS " FROM incident WHERE id = ?1",
    [S_INCIDENT_BEFORE] = "SELECT " INCIDENT_COLUMNS " FROM incident WHERE id < ?1 ORDER BY id DESC LIMIT 1",
    [S_INCIDENT_TOLD] = "UPDATE incident SET told_at = ?2, told_by = ?3 WHERE id = ?1 AND told_at = 0",
    [S_INCIDENT_OLDEST_OPEN] = "SELECT " INCIDENT_COLUMNS " FROM incident WHERE told_at = 0 ORDER BY at LIMIT 1",

    [S_DATA_REQUEST_NEXT] = "SELECT " DATA_REQUEST_COLUMNS " FROM data_request WHERE done_at = 0 AND (due_day, id) > (?1, ?2) "
                            "ORDER BY due_day, id LIMIT 1",

    [S_BEHALF_PUT] = "INSERT INTO behalf (case_id, subscriber_id, data_sealed) VALUES (?1, ?2, ?3) ON CONFLICT (case_id) DO UPDATE "
                     "SET subscriber_id = excluded.subscriber_id, data_sealed = excluded.data_sealed",
    [S_BEHALF_GET] = "SELECT subscriber_id, data_sealed FROM behalf WHERE case_id = ?1",
    [S_BEHALF_UNBIND] = "UPDATE behalf SET subscriber_id = NULL WHERE case_id = ?1",
    [S_TAX_CODE_PUT] = "INSERT INTO tax_code (case_id, verified, code_sealed) VALUES (?1, ?2, ?3) ON CONFLICT (case_id) DO UPDATE "
                       "SET verified = excluded.verified, code_sealed = excluded.code_sealed",
    [S_TAX_CODE_GET] = "SELECT verified, code_sealed FROM tax_code WHERE case_id = ?1",

    [S_AGENCY_GET] = "SELECT " AGENCY_COLUMNS " FROM agency WHERE id = ?1",
    [S_AGENCY_BY_KEY] = "SELECT " AGENCY_COLUMNS " FROM agency WHERE key = ?1",
    [S_AGENCY_OF_KIND] = "SELECT " AGENCY_COLUMNS " FROM agency WHERE kind = ?1 AND active = 1 ORDER BY id LIMIT 1",
    [S_AGENCY_NEXT] = "SELECT " AGENCY_COLUMNS " FROM agency WHERE id > ?1 AND active = 1 ORDER BY id LIMIT 1",
    [S_AGENCY_UPDATE] = "UPDATE agency SET parent_id = ?2, kind = ?3, name = ?4, name_accented = ?5, match = ?6, active = 1 WHERE key = ?1",
    [S_AGENCY_INSERT] = "INSERT INTO agency (key, parent_id, kind, name, name_accented, match) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [S_AGENCY_END] = "UPDATE agency SET active = 0 WHERE id = ?1",

    [S_OFFICER_GET] = "SELECT " OFFICER_COLUMNS " FROM officer WHERE id = ?1",
    [S_OFFICER_BY_KEY] = "SELECT " OFFICER_COLUMNS " FROM officer WHERE key = ?1 AND " OFFICER_VALID("?2") " ORDER BY id LIMIT 1",
    [S_OFFICER_BY_SUBSCRIBER] = "SELECT " OFFICER_COLUMNS " FROM officer WHERE subscriber_id = ?1 AND " OFFICER_VALID("?2") " ORDER BY id LIMIT 1",
    [S_OFFICER_NEXT_KEPT] = "SELECT " OFFICER_COLUMNS " FROM officer WHERE id > ?1 AND ended_at = 0 ORDER BY id LIMIT 1",
    [S_OFFICER_REACHABLE] = "SELECT id FROM officer WHERE id > ?1 AND role = ?2 AND " OFFICER_VALID(
        "?3") " AND agency_id = ?4 AND subscriber_id IS NOT NULL ORDER BY id LIMIT 1",
    [S_OFFICER_INSERT] =
        "INSERT INTO officer (agency_id, key, role, subscriber_id, from_day, until_day, name_sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [S_OFFICER_UPDATE] = "UPDATE officer SET from_day = ?2, until_day = ?3, name_sealed = ?4 WHERE id = ?1",
    [S_OFFICER_END] = "UPDATE officer SET ended_at = ?2 WHERE id = ?1",

    [S_FIELD_NEXT] = "SELECT id, key, name, words FROM field WHERE id > ?1 ORDER BY id LIMIT 1",
    [S_FIELD_CLEAR] = "DELETE FROM field",
    [S_FIELD_INSERT] = "INSERT INTO field (key, name, words) VALUES (?1, ?2, ?3)",

    [S_REMINDER_INSERT] =
        "INSERT INTO reminder (officer_id, kind, case_id, deadline_id, not_before, day, outbound_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [S_REMINDER_NEXT_WAITING] = "SELECT " REMINDER_COLUMNS " FROM reminder WHERE day = 0 ORDER BY not_before, id LIMIT 1",
    [S_REMINDER_NEXT_WAITING_OF] = "SELECT " REMINDER_COLUMNS " FROM reminder WHERE day = 0 AND officer_id = ?1 AND id > ?2 ORDER BY id LIMIT 1",
    [S_REMINDER_WAITS] = "SELECT 1 FROM reminder WHERE day = 0 AND officer_id = ?1 AND kind = ?2 AND case_id = ?3 LIMIT 1",
    [S_REMINDER_SETTLE] = "UPDATE reminder SET day = ?2, outbound_id = ?3 WHERE id = ?1",
    [S_REMINDER_POSTPONE] = "UPDATE reminder SET not_before = ?2 WHERE id = ?1",
    [S_REMINDER_SENT_ON] = "SELECT count(DISTINCT outbound_id) FROM reminder WHERE officer_id = ?1 AND day = ?2",
    [S_REMINDER_TOLD] = "SELECT 1 FROM reminder WHERE officer_id = ?1 AND day >= ?2 AND kind = ?3 AND outbound_id IS NOT NULL LIMIT 1",
    [S_REMINDER_OF_CASE] = "SELECT " REMINDER_COLUMNS " FROM reminder WHERE case_id = ?1 AND officer_id = ?2 ORDER BY id DESC LIMIT 1",
    [S_REMINDER_READ] = "UPDATE reminder SET read_at = ?3 WHERE case_id = ?1 AND officer_id = ?2 AND read_at = 0",
    [S_REMINDER_BOUNCED] = "SELECT 1 FROM reminder CROSS JOIN part ON part.id = reminder.outbound_id * 256 + 1 "
                           "WHERE officer_id = ?1 AND day >= ?2 AND bounced = 0 AND part.state = 4 LIMIT 1",
    [S_REMINDER_MARK_BOUNCED] = "UPDATE reminder SET bounced = 1 WHERE officer_id = ?1 AND day >= ?2",
    /* CROSS JOIN keeps the order of the tables: through the open cases of one agency, never through all deadlines. */
    [S_WORK_OF_AGENCY] = "SELECT " WORK_COLUMNS " FROM life CROSS JOIN deadline ON deadline.case_id = life.case_id AND deadline.state IN (0, 2) "
                         "WHERE life.ended_at = 0 AND life.agency_id IS ?1",
    [S_WORK_OF_UNIT] = "SELECT " WORK_COLUMNS " FROM life CROSS JOIN deadline ON deadline.case_id = life.case_id AND deadline.state IN (0, 2) "
                       "WHERE life.ended_at = 0 AND life.unit_id IS NOT NULL AND life.unit_id = ?1",
    [S_WORK_COORDINATED] =
        "SELECT " WORK_COLUMNS " FROM coordination CROSS JOIN deadline ON deadline.case_id = coordination.case_id AND "
        "deadline.state IN (0, 2) AND deadline.coordination_id = coordination.id CROSS JOIN life ON life.case_id = coordination.case_id "
        "WHERE coordination.done_at = 0 AND coordination.agency_id = ?1",
    [S_WORK_LATE] = "SELECT count(DISTINCT deadline.case_id) FROM deadline CROSS JOIN life ON life.case_id = deadline.case_id "
                    "WHERE deadline.state = 2 AND deadline.due_at < ?1 AND NOT (deadline.kind = 1 AND life.explained = 1)",
    [S_AGENCY_ID_NEXT] = "SELECT id, parent_id FROM agency WHERE id > ?1 ORDER BY id LIMIT 1",
    [S_CASE_CODE_OF] = "SELECT code FROM cases WHERE id = ?1",
    [S_OFFICER_ADDRESS] =
        "SELECT id, subscriber_id, key, agency_id FROM officer WHERE id = ?1 AND subscriber_id IS NOT NULL AND " OFFICER_VALID("?2"),
    [S_OFFICER_ADDRESS_NEXT] = "SELECT id, subscriber_id, key, agency_id FROM officer WHERE id > ?1 AND subscriber_id IS NOT NULL AND " OFFICER_VALID(
        "?2") " ORDER BY id LIMIT 1",

    /* reseal.c: the keys that rows may be sealed with are rows of meta, `key:N`. */
    [S_KEY_NEXT] = "SELECT CAST(substr(key, 5) AS INTEGER) FROM meta WHERE key > printf('key:%03d', ?1) AND key < 'key;' ORDER BY key LIMIT 1",
    [S_KEY_ALL_BEFORE] = "DELETE FROM meta WHERE key >= 'key:' AND key < printf('key:%03d', ?1)",
#define X(table, id, column, context) \
    [S_SEALED_LAST_##table##_##column] = "SELECT coalesce(max(" #id "), 0) FROM " #table, \
    [S_SEALED_NEXT_##table##_##column] = "SELECT " #id ", " #column " FROM " #table " WHERE " #id " > ?1 AND " #id " <= ?2 AND " #column \
                                         " IS NOT NULL AND length(" #column ") > 0 AND substr(" #column ", 1, 1) <> ?3 ORDER BY " #id " LIMIT 1", \
    [S_SEALED_PUT_##table##_##column] = "UPDATE " #table " SET " #column " = ?2 WHERE " #id " = ?1", \
    [S_SEALED_COUNT_##table##_##column] = "SELECT substr(" #column ", 1, 1), count(*) FROM " #table " WHERE " #column " IS NOT NULL " \
                                          "AND length(" #column ") > 0 GROUP BY 1",
    SEALED_TABLE(X)
#undef X
        [S_PRIVACY_EVENT_HEAD] = "SELECT id, chain FROM privacy_event WHERE id = (SELECT max(id) FROM privacy_event)",
    [S_PRIVACY_EVENT_INSERT] = "INSERT INTO privacy_event (" CASE_EVENT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [S_PRIVACY_EVENT_CHAIN] = "SELECT " CASE_EVENT_COLUMNS " FROM privacy_event WHERE id > ?1 ORDER BY id LIMIT 1",
    [S_PRIVACY_EVENT_BEFORE] = "SELECT " CASE_EVENT_COLUMNS " FROM privacy_event WHERE id < ?1 AND at >= ?2 AND at < ?3 "
                               "AND (?4 IS NULL OR type = ?4) ORDER BY id DESC LIMIT 1",

    [S_RETENTION_GET] = "SELECT cursor, erased FROM retention WHERE kind = ?1",
    [S_RETENTION_PUT] = "INSERT INTO retention (kind, cursor, erased) VALUES (?1, ?2, ?3) ON CONFLICT (kind) DO UPDATE "
                        "SET cursor = excluded.cursor, erased = excluded.erased",
    [S_RETENTION_CLEAR] = "UPDATE retention SET erased = 0",
    [S_DUE_CASE] = DUE_AT_END("life", "case_id", "ended_at", LIFE_LEFT),
    [S_DUE_CASES] = DUE_AT_END_COUNT("life", "ended_at", LIFE_LEFT),
    [S_DUE_DATA_REQUEST] = DUE_AT_END("data_request", "id", "done_at", DATA_REQUEST_LEFT),
    [S_DUE_DATA_REQUESTS] = DUE_AT_END_COUNT("data_request", "done_at", DATA_REQUEST_LEFT),
    [S_DUE_INCIDENT] = DUE_AT_END("incident", "id", "told_at", INCIDENT_LEFT),
    [S_DUE_INCIDENTS] = DUE_AT_END_COUNT("incident", "told_at", INCIDENT_LEFT),
    [S_DUE_OFFICER] = DUE_AT_END("officer", "id", "ended_at", OFFICER_LEFT),
    [S_DUE_OFFICERS] = DUE_AT_END_COUNT("officer", "ended_at", OFFICER_LEFT),
    [S_DUE_DRAFT] = DUE("cases", "submitted_at", "code IS NULL AND length(text_sealed) > 0"),
    [S_DUE_MESSAGE] = DUE("message", "arrived_at", "length(text_sealed) > 0 AND " OF_NO_CASE_LEFT("message")),
    [S_DUE_ARRIVAL] = DUE("inbound", "arrived_at", "length(body_sealed) > 0 AND message_id IS NULL AND state <> 0"),
    [S_DUE_TEXT] = DUE("outbound", "created_at", "length(text_sealed) > 0 AND " OF_NO_CASE_LEFT("outbound")),
    [S_DUE_EVENT] =
        "SELECT sequence, (SELECT later.at FROM outbox AS later WHERE later.sequence >= outbox.sequence AND later.at BETWEEN ?2 AND ?3 "
        "ORDER BY later.sequence LIMIT 1), length(body_sealed) > 0 AND " OF_NO_CASE_LEFT("outbox") " FROM outbox "
                                                                                                   "WHERE sequence > ?1 ORDER BY sequence LIMIT 1",
    [S_DUE_ATTEMPT] = DUE("attempt", "opened_at", "subscriber_id <> 0 AND state <> 0"),
    [S_DUE_ASSEMBLY] = DUE("assembly", "first_at", "subscriber_id <> 0 AND state <> 0"),
    [S_DUE_DIALOGUE] = DUE("dialogue", "opened_at", "open = 0"),
    [S_DUE_READ] = DUE("privacy_event", "at", "type NOT LIKE 'retention.%' AND data_sealed IS NOT NULL"),
    /* A block's end may lie anywhere in 366 days; their beginnings are in the order of ids. */
    [S_DUE_BLOCK] = DUE("block", "from_at + 31622400000", "length(reason_sealed) > 0"),
    [S_DUE_EXPORT] = DUE("export_request", "at", "length(reason_sealed) > 0"),
    [S_DUE_PROVINCE] = DUE_AT_END("province", "code", "ended_at", "ended_at > 0"),
    [S_DUE_PROVINCES] = DUE_AT_END_COUNT("province", "ended_at", "ended_at > 0"),
    [S_DUE_REASSIGNED] = DUE("province_reassigned", "at", "1"),
    [S_ERASE_PROVINCE] = "DELETE FROM province WHERE code = ?1",
    [S_ERASE_REASSIGNED] = "DELETE FROM province_reassigned WHERE id = ?1",
    [S_ERASE_CASE] = "UPDATE cases SET text_sealed = x'', subscriber_id = 0, previous_id = NULL WHERE id = ?1",
    [S_ERASE_LIFE] = "UPDATE life SET represented_id = NULL, erased_at = ?2 WHERE case_id = ?1",
    [S_ERASE_ANSWERS_OF] = "UPDATE answer SET text_sealed = x'', document_sealed = NULL WHERE case_id = ?1",
    [S_ERASE_BEHALF_OF] = "DELETE FROM behalf WHERE case_id = ?1",
    [S_ERASE_TAX_CODE_OF] = "DELETE FROM tax_code WHERE case_id = ?1",
    /* An event that nobody fetched in all that time is given up: state 2. */
    [S_ERASE_EVENTS_OF] = "UPDATE outbox SET body_sealed = x'', state = iif(state IN (0, 3), 2, state) WHERE case_id = ?1",
    [S_ERASE_ARRIVALS_OF] = "UPDATE inbound SET body_sealed = x'' WHERE message_id = ?1",
    [S_ERASE_MESSAGE] = "UPDATE message SET text_sealed = x'', subscriber_id = 0 WHERE id = ?1",
    [S_ERASE_ARRIVAL] = "UPDATE inbound SET body_sealed = x'', reason = iif(state = 4, 'erased', reason), state = iif(state = 4, 3, state) "
                        "WHERE id = ?1",
    [S_ERASE_TEXT] = "UPDATE outbound SET text_sealed = x'', subscriber_id = 0 WHERE id = ?1",
    /* Nobody can send again what has no words. */
    [S_ERASE_PARTS_OF] = "UPDATE part SET state = 5 WHERE id > ?1 * 256 AND id < (?1 + 1) * 256 AND state IN (0, 6)",
    [S_ERASE_ATTEMPTS_OF] =
        "UPDATE attempt SET subscriber_id = 0, state = iif(state = 5, 6, state) WHERE part_id > ?1 * 256 AND part_id < (?1 + 1) * 256",
    [S_ERASE_EVENT] = "UPDATE outbox SET body_sealed = x'', state = iif(state IN (0, 3), 2, state) WHERE sequence = ?1",
    [S_ERASE_ATTEMPT] = "UPDATE attempt SET subscriber_id = 0 WHERE id = ?1",
    [S_ERASE_ASSEMBLY] = "UPDATE assembly SET subscriber_id = 0 WHERE id = ?1",
    [S_ERASE_DIALOGUE] = "DELETE FROM dialogue WHERE id = ?1",
    [S_ERASE_READ] = "UPDATE privacy_event SET salt = NULL, data_sealed = NULL WHERE id = ?1",
    [S_ERASE_PERSON] = "UPDATE subscriber SET phone_hash = randomblob(16), phone_sealed = x'', name_sealed = NULL, same_hash = 0 "
                       "WHERE id = ?1 AND id > 0 AND length(phone_sealed) > 0 AND last_at < ?2 AND told_day <= ?3 AND newest_case_id IS NULL AND "
                       "blocked_until <= ?4 "
                       "AND NOT EXISTS (SELECT 1 FROM officer WHERE subscriber_id = ?1) "
                       "AND NOT EXISTS (SELECT 1 FROM life WHERE represented_id IS NOT NULL AND represented_id = ?1) "
                       "AND NOT EXISTS (SELECT 1 FROM data_request WHERE done_at = 0 AND subscriber_id = ?1) "
                       "AND NOT EXISTS (SELECT 1 FROM dialogue WHERE open = 1 AND subscriber_id = ?1) "
                       "AND NOT EXISTS (SELECT 1 FROM ussd_session WHERE subscriber_id = ?1)",
    [S_ERASE_BLOCK] = "UPDATE block SET reason_sealed = x'' WHERE id = ?1",
    [S_ERASE_DATA_REQUEST] = "UPDATE data_request SET subscriber_id = 0, reason_sealed = NULL WHERE id = ?1",
    /* One about which nobody decided in all that time is denied: state 2. */
    [S_ERASE_EXPORT] = "UPDATE export_request SET subscriber_id = NULL, reason_sealed = x'', state = iif(state = 0, 2, state) WHERE id = ?1",
    [S_ERASE_INCIDENT] = "UPDATE incident SET reason_sealed = x'' WHERE id = ?1",
    [S_ERASE_OFFICER] = "UPDATE officer SET subscriber_id = NULL, name_sealed = x'' WHERE id = ?1",
    [S_BLOCK_PERSON] = "SELECT subscriber_id FROM block WHERE id = ?1",
    [S_DATA_REQUEST_PERSON] = "SELECT subscriber_id FROM data_request WHERE id = ?1",
    [S_EXPORT_PERSON] = "SELECT subscriber_id FROM export_request WHERE id = ?1",
    [S_OFFICER_PERSON] = "SELECT subscriber_id FROM officer WHERE id = ?1",
    [S_ERASE_BLOCKS_OF] = "UPDATE block SET reason_sealed = x'' WHERE subscriber_id = ?1",
    [S_SUBSCRIBER_TOLD] = "UPDATE subscriber SET told_day = ?2 WHERE id = ?1 AND told_day < ?2",
    [S_CASE_PERSON] = "SELECT subscriber_id FROM cases WHERE id = ?1",
    [S_MESSAGE_PERSON] = "SELECT subscriber_id FROM message WHERE id = ?1",
    [S_OUTBOUND_PERSON] = "SELECT subscriber_id FROM outbound WHERE id = ?1",
    [S_REPRESENTED_BY_CASE] = "SELECT represented_id FROM life WHERE case_id = ?1",
    [S_LIFE_ERASED] = "SELECT erased_at FROM life WHERE case_id = ?1",
    [S_MESSAGE_NEXT_OF_CASE] = "SELECT id FROM message WHERE id > ?1 AND case_id = ?2 ORDER BY id LIMIT 1",
    [S_OUTBOUND_ID_OF_CASE] = "SELECT id FROM outbound WHERE id > ?1 AND case_id = ?2 ORDER BY id LIMIT 1",
    [S_PIN_GUARD_BEGIN] = "INSERT INTO pin_guard (digest, link, tried_at) VALUES (?1, ?2, ?3)",
    [S_PIN_GUARD_MOVE] = "UPDATE pin_guard SET link = ?2 WHERE digest = ?1",
    [S_PIN_GUARD_PASSED] = "DELETE FROM pin_guard WHERE digest = ?1",
    [S_PIN_GUARD_FORGIVE] = "DELETE FROM pin_guard WHERE link = ?1",

    [S_MODEM_ALARM_RAISE] = "INSERT INTO modem_alarm (link, name, raised_at, detail) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (link, name) DO NOTHING",
    [S_MODEM_ALARM_CLEAR] = "DELETE FROM modem_alarm WHERE link = ?1 AND name = ?2",
    [S_MODEM_ALARM_NEXT] = "SELECT link, name, raised_at, detail FROM modem_alarm WHERE (link, name) > (?1, ?2) ORDER BY link, name LIMIT 1",
    [S_SIM_REFUSAL_OTHERS] = "DELETE FROM sim_refusal WHERE link = ?1 AND sim <> ?2 AND sim <> x'' AND ?2 <> x''",
    [S_SIM_REFUSAL_ADD] = "INSERT INTO sim_refusal (link, sim, subscriber_id, refused_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (link, subscriber_id) "
                          "DO UPDATE SET sim = excluded.sim, refused_at = excluded.refused_at",
    [S_SIM_REFUSAL_END] = "DELETE FROM sim_refusal WHERE link = ?1",
    [S_SIM_REFUSAL_NEXT] = "SELECT subscriber_id, refused_at FROM sim_refusal WHERE link = ?1 AND (sim = ?2 OR sim = x'' OR ?2 = x'') "
                           "AND subscriber_id > ?3 ORDER BY subscriber_id LIMIT 1",

    [S_MODEM_HISTORY_ADD] = "INSERT INTO modem_history (step, at, link, " HISTORY_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                            "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22) ON CONFLICT (step, at, link) DO UPDATE SET "
                            "samples = samples + excluded.samples, up = up + excluded.up, registered = registered + excluded.registered, "
                            "signals = signals + excluded.signals, signal_sum = signal_sum + excluded.signal_sum, "
                            "slots_used = max(slots_used, excluded.slots_used), sent = sent + excluded.sent, failed = failed + excluded.failed, "
                            "unknown = unknown + excluded.unknown, t0 = t0 + excluded.t0, t1 = t1 + excluded.t1, t2 = t2 + excluded.t2, "
                            "t3 = t3 + excluded.t3, t4 = t4 + excluded.t4, t5 = t5 + excluded.t5, t6 = t6 + excluded.t6, t7 = t7 + excluded.t7, "
                            "t8 = t8 + excluded.t8, t9 = t9 + excluded.t9",
    [S_MODEM_HISTORY_PRUNE] = "DELETE FROM modem_history WHERE (step, at, link) IN (SELECT step, at, link FROM modem_history WHERE step = ?1 "
                              "AND at < ?2 ORDER BY step, at, link LIMIT ?3)",
    [S_MODEM_HISTORY_NEXT] =
        "SELECT at, " HISTORY_COLUMNS " FROM modem_history WHERE step = ?1 AND at >= ?2 AND at < ?3 AND link = ?4 ORDER BY at LIMIT 1",
};

const char *statement_sql(enum statement which) {
    return statement_table[which];
}

static enum err error_of_full_or_io(sqlite3 *db) {
    return sqlite3_system_errno(db) == ENOSPC || sqlite3_system_errno(db) == EDQUOT ? ERR_FULL : ERR_IO;
}

static enum err error_of(sqlite3 *db, int primary) {
    switch (primary) {
    case SQLITE_FULL:
        return ERR_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
    case SQLITE_SCHEMA: /* somebody changes the schema over and over while we prepare */
        return ERR_BUSY;
    case SQLITE_CONSTRAINT:
        return ERR_CONFLICT;
    case SQLITE_TOOBIG:
        return ERR_TOO_LONG;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return error_of_full_or_io(db);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOLFS:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ABORT: /* the transaction was rolled back under a statement */
        return ERR_IO;
    default:
        return ERR_OK;
    }
}

enum err store_error(sqlite3 *db, int code, const char *what) {
    enum err e = error_of(db, code & 0xFF);
    if (e == ERR_CONFLICT)
        return e;
    log_event(LOG_LEVEL_ERROR, "store.failed", log_text("what", what), log_int("sqlite", code), log_text("message", sqlite3_errmsg(db)),
              log_int("errno", sqlite3_system_errno(db)));
    if (e == ERR_OK) /* SQLITE_MISUSE, SQLITE_ERROR, SQLITE_NOMEM, …: a bug, or no memory */
        abort();
    return e;
}

enum err store_error_at_open(sqlite3 *db, int code, const char *what) {
    if (code != SQLITE_ERROR)
        return store_error(db, code, what);
    log_event(LOG_LEVEL_ERROR, "store.schema", log_text("what", what), log_text("message", sqlite3_errmsg(db)));
    return ERR_INVALID;
}

enum err statements_prepare(struct store *s) {
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        int code = sqlite3_prepare_v3(s->db, statement_table[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i], NULL);
        if (code != SQLITE_OK) {
            enum err e = store_error_at_open(s->db, code, statement_table[i]);
            statements_finalize(s);
            return e;
        }
    }
    return ERR_OK;
}

void statements_finalize(struct store *s) {
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(s->statements[i]);
        s->statements[i] = NULL;
    }
}

sqlite3_stmt *statement(struct store *s, enum statement which) {
    return s->statements[which];
}

void statement_done(sqlite3_stmt *q) {
    (void)sqlite3_reset(q); /* repeats the error of the last step, which was dealt with there */
    (void)sqlite3_clear_bindings(q);
}

static bool is_control(const struct store *s, const sqlite3_stmt *q) {
    for (int i = S_BEGIN; i <= S_ROLLBACK_TO; i++)
        if (s->statements[i] == q)
            return true;
    return false;
}

/* One step under the rules of the head comment; SQLITE_ROW or SQLITE_DONE in ret_code. */
static enum err step(struct store *s, sqlite3_stmt *q, int *ret_code) {
    if (s->in_transaction && s->lost == ERR_OK && sqlite3_get_autocommit(s->db))
        s->lost = ERR_IO;
    bool control = is_control(s, q);
    if (!control && s->in_transaction && s->lost != ERR_OK)
        return s->lost;
    if (!control && !s->in_transaction && !sqlite3_stmt_readonly(q)) {
        log_event(LOG_LEVEL_ERROR, "store.write_outside_transaction", log_text("sql", sqlite3_sql(q)));
        abort();
    }
    struct store_counts before = s->counts.now; /* a statement that fails in its middle has called the hook for rows that it takes back */
    int code = sqlite3_step(q);
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        *ret_code = code;
        return ERR_OK;
    }
    s->counts.now = before;
    enum err e = store_error(s->db, code, sqlite3_sql(q));
    if (s->in_transaction && sqlite3_get_autocommit(s->db))
        s->lost = e;
    return e;
}

enum err statement_run(struct store *s, sqlite3_stmt *q) {
    int code = SQLITE_ROW;
    enum err e = ERR_OK;
    while (e == ERR_OK && code == SQLITE_ROW)
        e = step(s, q, &code);
    statement_done(q);
    return e;
}

enum err statement_row(struct store *s, sqlite3_stmt *q) {
    int code = SQLITE_DONE;
    enum err e = step(s, q, &code);
    if (e == ERR_OK && code == SQLITE_ROW)
        return ERR_OK;
    statement_done(q);
    return e == ERR_OK ? ERR_NOT_FOUND : e;
}

enum err statement_value(struct store *s, sqlite3_stmt *q, int64_t *ret_value) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_value = column_int(q, 0);
    statement_done(q);
    return ERR_OK;
}

enum err statement_run_one(struct store *s, sqlite3_stmt *q) {
    enum err e = statement_run(s, q);
    return e == ERR_OK && sqlite3_changes(s->db) == 0 ? ERR_NOT_FOUND : e;
}

enum err statement_insert(struct store *s, sqlite3_stmt *q, int64_t *ret_id) {
    enum err e = statement_run_one(s, q);
    if (e == ERR_OK)
        *ret_id = sqlite3_last_insert_rowid(s->db);
    return e;
}

static void bound(sqlite3_stmt *q, int code) {
    if (code != SQLITE_OK)
        (void)store_error(sqlite3_db_handle(q), SQLITE_MISUSE, sqlite3_sql(q));
}

void bind_int(sqlite3_stmt *q, int at, int64_t value) {
    bound(q, sqlite3_bind_int64(q, at, value));
}

void bind_id(sqlite3_stmt *q, int at, int64_t id) {
    bound(q, id == 0 ? sqlite3_bind_null(q, at) : sqlite3_bind_int64(q, at, id));
}

void bind_text(sqlite3_stmt *q, int at, const char *text) {
    bound(q, text ? sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC) : sqlite3_bind_null(q, at));
}

void bind_bytes(sqlite3_stmt *q, int at, struct bytes bytes) {
    bound(q, sqlite3_bind_blob64(q, at, bytes.data, bytes.len, SQLITE_STATIC));
}

void bind_sim(struct store *s, sqlite3_stmt *q, int at, const char *sim) {
    uint8_t hash[HASH_SIZE];
    keyed_hash(s->keys, "sim", bytes_text(sim), hash);
    size_t len = *sim ? sizeof hash : 0;
    bound(q, sqlite3_bind_blob64(q, at, mem_copy((const char *)hash, sizeof hash), len, free));
}

enum err bind_sealed(struct store *s, sqlite3_stmt *q, int at, const char *context, struct bytes plain) {
    if (!plain.data) {
        bound(q, sqlite3_bind_null(q, at));
        return ERR_OK;
    }
    if (plain.len > STORE_FIELD_MAX) {
        statement_done(q);
        return ERR_TOO_LONG;
    }
    struct str sealed;
    str_init(&sealed, STORE_FIELD_MAX + SEAL_OVERHEAD);
    seal(s->keys, context, plain, &sealed);
    size_t len = sealed.len;
    bound(q, sqlite3_bind_blob64(q, at, str_detach(&sealed), len, free));
    return ERR_OK;
}

struct bytes bytes_or_null(const char *text) {
    return text ? bytes_text(text) : bytes_of(NULL, 0);
}

const struct keyring *store_keys(const struct store *s) {
    return s->keys;
}

int64_t column_int(sqlite3_stmt *q, int at) {
    return sqlite3_column_int64(q, at);
}

bool column_is_null(sqlite3_stmt *q, int at) {
    return sqlite3_column_type(q, at) == SQLITE_NULL;
}

char *column_text(sqlite3_stmt *q, int at) {
    return mem_string((const char *)sqlite3_column_text(q, at));
}

enum err column_copy(sqlite3_stmt *q, int at, char *to, size_t size) {
    const char *text = (const char *)sqlite3_column_text(q, at);
    return str_copy(to, size, text ? text : "");
}

enum err column_unsealed(struct store *s, sqlite3_stmt *q, int at, const char *context, char **ret_text, size_t *ret_len) {
    const void *data = sqlite3_column_blob(q, at);
    struct str plain;
    size_t len = 0;
    char *text = NULL;
    if (data) {
        str_init(&plain, STORE_FIELD_MAX);
        enum err e = unseal(s->keys, context, bytes_of(data, (size_t)sqlite3_column_bytes(q, at)), &plain);
        if (e != ERR_OK) {
            str_release(&plain);
            log_event(LOG_LEVEL_ERROR, "store.unseal_failed", log_text("column", context), log_int("id", sqlite3_column_int64(q, 0)));
            return ERR_SEALED;
        }
        len = plain.len;
        text = str_detach(&plain);
    }
    *ret_text = text;
    if (ret_len)
        *ret_len = len;
    return ERR_OK;
}
