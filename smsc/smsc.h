/* The message centre as the box sees it: bytes and events with `now` go in, what is to be done comes out. No socket, thread, file or clock here.
 *
 * Every call works inside the store's transaction that the caller holds, unless it says otherwise. What a call returns (a stored arrival, a dispatch)
 * may leave the house only after that transaction was committed. When it wasn't, smsc_rolled_back() puts the memory back to what the disk says.
 * All times are wall milliseconds, UTC. */
#ifndef SMSC_SMSC_H
#define SMSC_SMSC_H

#include "firmware-host/base/crypto.h"
#include "firmware-host/base/phone.h"
#include "firmware-host/base/sms.h"
#include "smsc/operators.h"
#include "smsc/templates.h"
#include "store/calendar.h"
#include "store/case_rules.h"
#include "store/retention.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct smsc;

enum smsc_confirm { SMSC_CONFIRM_FIRST, SMSC_CONFIRM_ALWAYS, SMSC_CONFIRM_NEVER }; /* whose free text is asked about before it becomes a case */
enum smsc_t1_start { SMSC_T1_SENT, SMSC_T1_ARRIVAL }; /* from when T1 counts: the service centre's time where it's plausible, or arrival always */
enum lookups { /* how questions for cases that are elsewhere are answered (lookup.h) */
               LOOKUPS_NONE, /* there is no central store, or it knows none */
               LOOKUPS_ASKED, /* the central store is asked */
               LOOKUPS_KNOWN, /* by what its feed told (store/province.h) */
};
enum smsc_raw { SMSC_RAW_NONE, SMSC_RAW_SEALED, SMSC_RAW_PLAIN }; /* whether each arrival goes to the central store as it came */
enum smsc_t5_start { SMSC_T5_RECEIPT, SMSC_T5_PUBLICATION }; /* from when T5 counts: the delivery of the result, or its publication always */
enum smsc_t5_print {
    SMSC_T5_LATER,
    SMSC_T5_PRINTED
}; /* what ends T5: the later of the date printed and that counted from delivery; the printed one */

struct abuse_settings { /* how much of a sender is answered; a limit of 0 is none */
    int messages_per_hour; /* 20: a person who types without a pause, the longest dialogue included, stays below it */
    int flood_per_hour; /* 60: no person; not answered for limit_life */
    int wrong_codes; /* in 24 h, after which wrong ones aren't answered any more: 5 */
    int wrong_codes_flood; /* in 24 h; not answered for limit_life: 20 */
    int same_text; /* how often in an hour one and the same text is answered: 4, so that somebody who insists is, and two automatons aren't */
    int64_t limit_life; /* ms, 24 h at most: longer only by a person (art. 13.2) */
};

struct ussd_settings { /* ms; smsc/ussd_menu.h */
    int64_t idle; /* how long a session waits for the next input: 180 s. Operators wait for 20 s to 180 s */
    int64_t resume; /* how long after the last screen who begins anew goes on there: 10 min */
};

/* When officers are told (smsc/officer.h). Times are minutes of the day in Vietnam, on working days. */
struct officer_settings {
    int office_from, office_to; /* what is new is told between them, else at the next opening: 07:30–17:00 */
    int digest_time, due_time; /* the morning's round, and the due day's: 07:30, 14:00 */
    int cap; /* texts a day: 4. Due and overdue work is told above it too */
    int64_t merge_wait; /* ms that the last text of the day waits for more to tell: 1 h */
    int escalate_days, escalate_every; /* whole working days overdue until the head is told: 1; then every so many days: 7 */
    int monitor_days; /* whole working days overdue until the service centre is told: 3 */
};

#define SMSC_SIM_LIMIT_MAX 10000 /* submissions that a limit may count */
struct smsc_sim { /* what is agreed about the SIM of a link */
    const char *link;
    enum carrier carrier; /* CARRIER_UNKNOWN: what smsc_link_carrier() says */
    int cost_same, cost_other; /* dong a segment, to its operator's numbers and to others */
    int per_minute, per_hour, per_day; /* submissions in any of them; 0: no limit */
    int weight; /* of equals each takes turns in this ratio; 0: whoever is free first */
};

struct smsc_settings { /* strings are borrowed for the centre's life; smsc_settings_default() fills the rest */
    const char *appliance_id; /* "th-01" */
    const char *province; /* "38" */
    const char *province_name; /* "Thanh Hoa", as the unaccented texts print it */
    const char *province_name_accented; /* "Thanh Hóa" */
    const char *shortcode; /* "1022" */
    const char *site; /* where published results can be read, "phanhoi.thanhhoa.gov.vn"; NULL or "": nowhere */
    const char *prefixes; /* words that the operator puts in front of what citizens text: upper case, blanks between; NULL or "": none but PAKN */
    struct phone operator_phone; /* of the operator on duty: alarms; kind PHONE_NONE: nobody */
    int index, of; /* the appliance's slot in the code space, and how many slots share it, for ever */
    struct case_settings cases; /* deadlines, and what the Decision is silent about */
    enum smsc_t1_start t1_start; /* sent */
    enum smsc_t5_start t5_start; /* receipt */
    enum smsc_t5_print t5_print; /* later */
    int raw_messages; /* enum smsc_raw: none */
    bool central; /* there is a central store, which is told also of texts and incidents: false */
    int due_time; /* minute of the day from which officers are told that what is due that day is late: 17:00. In law it ends at 24:00 */
    int64_t reassembly_wait; /* ms until a message with a missing part is taken as it is: 120 s */
    int64_t late_part_window; /* ms in which a late part is still added: 24 h */
    int64_t draft_life; /* ms until an unconfirmed free text becomes a case by itself: 24 h */
    enum smsc_confirm confirm_freetext;
    int quiet_from, quiet_to; /* minutes of the day in Vietnam; proactive texts wait between them: 21:00–07:00 */
    int64_t reply_validity, notice_validity; /* ms: 24 h, 72 h; given to the network as TP-VP, and after it a part expires here */
    int64_t unknown_wait; /* ms that an unknown attempt waits for its receipt before the policy of its class acts: 10 min */
    int attempts_max; /* submissions of a part before it fails: 6 */
    int64_t retry_base; /* ms; the n-th retry waits base × n²: 30 s */
    int rate_per_minute; /* submissions per link; 0: as fast as it goes */
    int64_t reply_link_wait; /* ms that a reply waits for the link that received before another may take it: 60 s */
    const struct smsc_sim *sims; /* borrowed; of links that aren't in it nothing is agreed */
    size_t sim_count;
    bool answer_calls; /* who calls gets HELP by text, once a day: false */
    bool want_reports; /* ask the network for delivery reports: true */
    struct abuse_settings abuse;
    struct ussd_settings ussd;
    struct officer_settings officers;
    struct retention_settings retention; /* 24 months each */
    int retention_time; /* minute of the day in Vietnam at which the wipe begins: 03:00 */
};
void smsc_settings_default(struct smsc_settings *s);
/* Ranges, and every template with its longest values. ERR_INVALID with `problem`. */
MUST_CHECK enum err smsc_settings_check(const struct smsc_settings *s, struct str *problem);

struct smsc_parts { /* what the centre stands on; all borrowed */
    struct store *store;
    const struct calendar *calendar;
    const struct keyring *keys;
    const struct templates *templates; /* NULL: those of the program */
};

/* ERR_INVALID with `problem`: what smsc_settings_check() says. */
MUST_CHECK enum err smsc_new(const struct smsc_parts *parts, const struct smsc_settings *settings, struct str *problem, struct smsc **ret_smsc);
void smsc_free(struct smsc *s);

/* The texts from now on, borrowed. ERR_INVALID with `problem`, and the old ones stay: they don't fit with this appliance's name and short code. */
MUST_CHECK enum err smsc_set_templates(struct smsc *s, const struct templates *templates, struct str *problem);
/* Whether a reason, question or answer fits the text that it's typed for: never cut, whatever form the recipient gets. ERR_INVALID: nothing of it can
 * be sent. ERR_TOO_LONG: *ret_most characters fit. */
MUST_CHECK enum err smsc_text_fits(const struct smsc *s, enum template_id id, const char *text, size_t *ret_most);

/* After a start: a database that isn't itself is adopted (restore.h); attempts found open become unknown; the schedule is rebuilt from the queue.
 * Outside a transaction (makes its own). */
MUST_CHECK enum err smsc_recover(struct smsc *s, int64_t now);
/* After an unclean stop arrivals are first committed raw; this interprets the oldest raw one, with a persisted count of tries; after two it's held.
 * ERR_NOT_FOUND: none left. Outside a transaction (makes its own). */
MUST_CHECK enum err smsc_interpret_raw(struct smsc *s, int64_t now);
/* The transaction failed, or was rolled back: forget what memory knows of it. */
void smsc_rolled_back(struct smsc *s);

/* ---- in ---- */

enum arrival_kind { ARRIVAL_TEXT, ARRIVAL_BINARY, ARRIVAL_MWI, ARRIVAL_BROKEN, ARRIVAL_REPORT };
struct arrival { /* all borrowed */
    const char *link; /* "m1" */
    const char *origin; /* the SIM: IMSI, else ICCID, else the link's name */
    struct bytes pdu; /* as it came */
    enum arrival_kind kind;
    struct phone phone; /* the sender; for a report the recipient of what it reports on */
    int64_t sent_at; /* TP-SCTS; -1: none */
    enum sms_encoding encoding;
    const char *text;
    struct sms_concat concat;
    int reference, status; /* report: TP-MR, TP-ST */
    int64_t done_at; /* report: TP-DT; -1: none */
};
/* Takes an arrival: a raw row, then, in a savepoint, its meaning. ERR_OK: it may be called stored once the transaction is committed (also when it
 * was there already, isn't for us, or was held because its handling failed). Anything else: it isn't stored; roll back.
 * `raw_only`: only the raw row (after an unclean stop). */
MUST_CHECK enum err smsc_arrival(struct smsc *s, const struct arrival *a, bool raw_only, int64_t now);
/* Somebody called a link's number and was rejected (smsc/call.h). `from`: PHONE_NONE: withheld. */
MUST_CHECK enum err smsc_call(struct smsc *s, const char *link, const struct phone *from, int64_t now);
/* Runs a held message again. ERR_CONFLICT: it isn't held. */
MUST_CHECK enum err smsc_held_retry(struct smsc *s, int64_t inbound_id, int64_t now);

/* ---- out ---- */

struct dispatch { /* one part to submit */
    int64_t attempt_id;
    struct phone to;
    enum sms_encoding encoding;
    char *text;
    struct sms_concat concat;
    int reference; /* TP-MR wanted */
    bool reject_duplicates, want_report;
    int64_t validity_seconds;
};
void dispatch_release(struct dispatch *d);

/* Which SIM is in it, IMSI or ICCID, before it's up; "": it doesn't say. What a SIM was refused is remembered until it's another. */
void smsc_link_sim(struct smsc *s, const char *link, const char *sim, int64_t now);
void smsc_link_up(struct smsc *s, const char *link, const struct phone *own_number, int64_t now); /* may be given work; no transaction needed */
void smsc_link_down(struct smsc *s, const char *link, int64_t now);
void smsc_link_carrier(struct smsc *s, const char *link, enum carrier carrier, int64_t now); /* the operator that its SIM says to be of */
void smsc_set_operators(struct smsc *s, const struct operators *operators); /* the plan from now on, borrowed; NULL: the program's own */

struct smsc_route { /* a SIM, as a text that isn't tied to any would find it (smsc/route_choice.h) */
    const char *link;
    enum carrier carrier;
    bool same; /* the recipient's operator */
    int cost, weight;
    bool can_send;
    const char *state; /* why not, or what it waits for */
    int64_t until; /* wall ms; INT64_MAX: not by time alone */
    int last_hour, last_day; /* submissions, as far as limits need to know */
};
typedef void smsc_route_each(void *context, const struct smsc_route *route);
enum carrier smsc_routes(struct smsc *s, const struct phone *to, int64_t now, smsc_route_each *each,
                         void *context); /* the best first; its operator */
/* The next part for an idle link: its attempt row is opened in the transaction. ERR_NOT_FOUND: nothing for it now. */
MUST_CHECK enum err smsc_next(struct smsc *s, const char *link, int64_t now, struct dispatch *ret_dispatch);
/* How many numbers in a row were refused for a cause that may be the link's SIM (3: it is, and the link rests); 0: the last went out. */
int smsc_link_refusals(const struct smsc *s, const char *link, int64_t now);
/* A person's word that such a SIM is fine again: it's tried at once. ERR_NOT_FOUND: nothing was refused. */
MUST_CHECK enum err smsc_link_forgive(struct smsc *s, const char *link, int64_t now);
bool smsc_has_work(struct smsc *s, const char *link, int64_t now); /* whether smsc_next would find something; cheap, no transaction */

bool smsc_has_alarm(struct smsc *s, const char *link, int64_t now); /* and that would be an alarm */

/* Exactly one of these answers a dispatch. */
MUST_CHECK enum err smsc_sent(struct smsc *s, int64_t attempt_id, int reference, int64_t now);
MUST_CHECK enum err smsc_failed(struct smsc *s, int64_t attempt_id, enum sms_failure class, int code, const char *reason, int64_t now);
MUST_CHECK enum err smsc_unknown(struct smsc *s, int64_t attempt_id, const char *reason, int64_t now);

/* A free text from the operator. ERR_INVALID, ERR_TOO_LONG (more than 10 segments). */
MUST_CHECK enum err smsc_send_text(struct smsc *s, const struct phone *to, const char *text, int64_t now, int64_t *ret_outbound);
/* A person's word on an unknown part: send it again, or leave it. ERR_CONFLICT: it isn't unknown. */
MUST_CHECK enum err smsc_settle_unknown(struct smsc *s, int64_t part_id, bool resend, int64_t now);

/* ---- the operator on duty ---- */

/* For whom raw messages are sealed, where settings say so: an X25519 key that works. */
void smsc_seal_raw_for(struct smsc *s, const uint8_t public_key[32]);

/* Texts the operator of an incident ("disk-full", "balance:m2"), and has an event for the central store, once until smsc_alarm_over; `values` without
 * {appliance}. At any hour, before all else that waits; SMSC_ALARMS_A_DAY at most in a day. ERR_OK also when nobody is to be told, or was told
 * already. */
enum { SMSC_ALARMS_A_DAY = 10 };
MUST_CHECK enum err smsc_alarm(struct smsc *s, const char *incident, enum template_id template, const struct template_values *values, int64_t now);
/* The same over a certain link, unless that can't send within reply_link_wait: the alarm of a SIM shouldn't leave through it. NULL: any. */
MUST_CHECK enum err smsc_alarm_through(struct smsc *s, const char *incident, const char *link, enum template_id template,
                                       const struct template_values *values, int64_t now);
MUST_CHECK enum err smsc_alarm_over(struct smsc *s, const char *incident, int64_t now); /* the next time it's told again */
/* The same of what has an event of its own (vn.pakn.modem.alarm): only the operator is texted, so that the central store hears of it once. */
MUST_CHECK enum err smsc_alarm_text(struct smsc *s, const char *incident, enum template_id template, const struct template_values *values,
                                    int64_t now);
MUST_CHECK enum err smsc_alarm_text_over(struct smsc *s, const char *incident);

/* ---- cases ---- */

/* A step by a named officer, whole: rules, deadlines, event, texts (smsc/life.h). `code` is the case's, `officer` a key of the directory that is
 * valid today: role, actor and agency of the step become theirs. Words that don't fit the SMS that carries them are refused, never cut.
 * ERR_NOT_FOUND: no such case or officer. ERR_TOO_LONG. ERR_CONFLICT: no row of the table allows it. Each with `problem` in words, and nothing was
 * changed. */
MUST_CHECK enum err smsc_case_step(struct smsc *s, int32_t code, const char *officer, const struct case_step *step, int64_t now, struct str *problem,
                                   struct case_outcome *ret_outcome);
/* Somebody read a case whole: where T2 counts from that (deadlines.t2_start), a unit's officer has opened it. A key of nobody changes nothing. */
MUST_CHECK enum err smsc_case_read(struct smsc *s, int64_t case_id, const char *officer, int64_t now);
/* The operator reports that a number has a new owner: it no longer stands for any case, and what its subscriber had said of themselves is forgotten.
 * `officer` as above, of intake or the service centre. ERR_NOT_FOUND, ERR_CONFLICT with `problem`. Any error: roll back. */
MUST_CHECK enum err smsc_reassigned(struct smsc *s, const struct phone *phone, const char *officer, int64_t now, struct str *problem, int *ret_cases);
/* Another directory was imported: when officers are to be told is looked at anew. */
void smsc_directory_changed(struct smsc *s);
/* Another calendar from now on; borrowed. Open deadlines are counted anew, never earlier, each change an event. When the transaction isn't committed,
 * the caller sets the old one again. */
MUST_CHECK enum err smsc_set_calendar(struct smsc *s, const struct calendar *calendar, int64_t now, int *ret_moved);
void smsc_restore_calendar(struct smsc *s, const struct calendar *calendar); /* the old one after a rollback: sets it and counts nothing */

/* Begins a run of the wipe now (smsc/retention.h), for a person who says that the clock is right. ERR_CONFLICT: it was never set. */
MUST_CHECK enum err smsc_retention_run(struct smsc *s, const char *actor, int64_t now);

/* ---- time ---- */

/* When smsc_tick has something to do or a queued part ripens; INT64_MAX: never. */
int64_t smsc_next_time(struct smsc *s);
/* Does what is due (partial messages, drafts, deadlines, unknown attempts, expiry), at most a bounded number of things: smsc_next_time() tells
 * whether more is due. What ripened is found by asking smsc_has_work() for the idle links. */
MUST_CHECK enum err smsc_tick(struct smsc *s, int64_t now);

#endif
