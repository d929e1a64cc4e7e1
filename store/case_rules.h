/* The life of a case as one table: Decision 115/2025/QĐ-UBND art. 11–13 and 20. Every row says from which states, by which step, fired by whom, under
 * which condition a case goes where, which deadlines start and stop, and who is told what. What no row allows is refused with its reason, and
 * nothing changes.
 *
 * case_step() does a whole step: it finds the row, changes the case, its life, its deadlines, writes the event (chained, audit.h) and the event
 * for the central store, and gives back what is to be told. The words are composed from that by smsc/, in the same transaction. */
#ifndef STORE_CASE_RULES_H
#define STORE_CASE_RULES_H

#include "store/calendar.h"
#include "store/case.h"
#include "store/life.h"
#include "store/subscriber.h"

/* clang-format off */

/* symbol, name (of the row, of `phanhoictl case NAME`), type of the event, type as the central store knows it */
#define CASE_STEP_TABLE(X) \
    X(STEP_DRAFT,               "draft",                NULL,                            NULL)                                     /* a first text without a verb; in the appliance only: no event */ \
    X(STEP_SUBMIT,              "submit",               "case.submitted",                "vn.pakn.case.submitted")                 /* a citizen's words, long enough */ \
    X(STEP_CONFIRM,             "confirm",              "case.submitted",                "vn.pakn.case.submitted")                 /* OK to a draft */ \
    X(STEP_DRAFT_EXPIRED,       "draft-expired",        "case.submitted",                "vn.pakn.case.submitted")                 /* nobody answered for 24 h */ \
    X(STEP_ANSWER,              "answer",               "case.answered",                 "vn.pakn.case.result-ready")              /* accept and answer now */ \
    X(STEP_ACCEPT,              "accept",               "case.accepted",                 "vn.pakn.case.accepted")                  /* to a unit */ \
    X(STEP_NEED_INFO,           "need-info",            "case.need-info",                "vn.pakn.case.need-info") \
    X(STEP_SUPPLEMENT,          "supplement",           "case.supplemented",             "vn.pakn.case.supplemented")              /* BS */ \
    X(STEP_REFUSE,              "refuse",               "case.refused",                  "vn.pakn.case.refused") \
    X(STEP_TRANSFER,            "transfer",             "case.transferred",              "vn.pakn.case.transferred") \
    X(STEP_ASK,                 "ask",                  "case.asked",                    "vn.pakn.case.asked") \
    X(STEP_COORDINATE,          "coordinate",           "case.coordination",             "vn.pakn.case.coordination") \
    X(STEP_COORDINATION_ANSWER, "coordination-answer",  "case.coordination-answered",    "vn.pakn.case.coordination") \
    X(STEP_DEADLINE,            "deadline",             "case.late",                     "vn.pakn.deadline.missed")                /* T1, T2, T3, T4, T6 expires */ \
    X(STEP_SUPPLEMENT_DUE,      "supplement-due",       "case.supplement-due",           "vn.pakn.deadline.warned")                /* Tn − 1 working day */ \
    X(STEP_SUPPLEMENT_EXPIRED,  "supplement-expired",   "case.no-answer",                "vn.pakn.deadline.missed")                /* Tn expires */ \
    X(STEP_REASON_EXPIRED,      "reason-expired",       "case.no-reason",                "vn.pakn.deadline.missed")                /* late, and no reason a day later */ \
    X(STEP_PROMISE_EXPIRED,     "promise-expired",      "case.promise-missed",           "vn.pakn.deadline.missed")                /* the new date passes too */ \
    X(STEP_LATE_REASON,         "late-reason",          "case.late-reason",              "vn.pakn.case.late-reason") \
    X(STEP_RESULT,              "result",               "case.result-ready",             "vn.pakn.case.result-ready") \
    X(STEP_SEND_BACK,           "send-back",            "case.sent-back",                "vn.pakn.case.sent-back") \
    X(STEP_PUBLISH,             "publish",              "case.published",                "vn.pakn.case.published") \
    X(STEP_RESULT_DELIVERED,    "result-delivered",     "case.result-delivered",         "vn.pakn.notice.delivered")               /* T5 begins */ \
    X(STEP_ANNUL,               "annul",                "case.annulled",                 "vn.pakn.case.annulled") \
    X(STEP_REJOIN,              "rejoin",               "case.rejoinder",                "vn.pakn.case.rejoinder-submitted")       /* PD */ \
    X(STEP_RECONSIDER,          "reconsider",           "case.reconsidered",             "vn.pakn.case.reconsidered") \
    X(STEP_REJOINDER_EXPIRED,   "rejoinder-expired",    "case.closed",                   "vn.pakn.case.closed")                    /* T5 expires */ \
    X(STEP_WITHDRAW_ASK,        "withdraw-ask",         "case.withdraw-asked",           "vn.pakn.case.withdraw-asked")            /* RUT */ \
    X(STEP_WITHDRAW,            "withdraw",             "case.withdrawn",                "vn.pakn.case.withdraw-requested")        /* DY to it */ \
    X(STEP_CLOSE_NOTED,         "close-noted",          "case.noted",                    "vn.pakn.case.closed") \
    X(STEP_CONFIDENTIAL,        "confidential",         "case.confidentiality-requested","vn.pakn.case.confidentiality-requested") /* KIN */ \
    X(STEP_RATE,                "rate",                 "case.rated",                    "vn.pakn.case.rated")                     /* DG */ \
    X(STEP_MARK_DUPLICATE,      "mark-duplicate",       "case.duplicate",                "vn.pakn.case.refused") \
    X(STEP_WORDS,               "words",                "case.words",                    "vn.pakn.case.supplemented")              /* words to a case that no other row takes: kept, shown */ \
    X(STEP_NAME,                "name",                 "case.named",                    "vn.pakn.case.supplemented")              /* TEN */ \
    X(STEP_TAX_CODE,            "tax-code",             "case.tax-code",                 "vn.pakn.case.supplemented")              /* MST */ \
    X(STEP_BEHALF,              "behalf",               "case.behalf",                   "vn.pakn.case.behalf-consent")            /* HO */ \
    X(STEP_CONSENT,             "consent",              "case.consent",                  "vn.pakn.case.behalf-consent")            /* DY, KDY of the represented person */ \
    X(STEP_CALLBACK,            "callback",             "case.callback",                 "vn.pakn.case.callback-requested")        /* GOI */ \
    X(STEP_CALLED,              "called",               "case.called",                   "vn.pakn.case.called")                    /* an officer has called */ \
    X(STEP_COMPLETED,           "completed",            "case.completed",                "vn.pakn.case.supplemented")              /* a late part of its message: the text is whole */ \
    X(STEP_RECALCULATED,        "recalculated",         "case.deadline-moved",           "vn.pakn.deadline.moved")                 /* another calendar, no delivery receipt, a clock at last */ \
    X(STEP_REJOINDER_DUE,       "rejoinder-due",        "case.rejoinder-due",            "vn.pakn.deadline.warned")                /* T5 - 2 working days */ \
    X(STEP_OPENED,              "opened",               "case.opened",                   "vn.pakn.case.opened")                    /* its unit looked at it first */ \
    X(STEP_REBIND,              "rebind",               "case.rebound",                  "vn.pakn.case.rebound")                   /* to the citizen's new number, by an officer */ \
    X(STEP_LAPSE,               "lapse",                "case.binding-lapsed",           "vn.pakn.case.binding-lapsed")            /* no number stands for it any more */ \
    X(STEP_REVIEW,              "review",               "case.reviewed",                 "vn.pakn.case.reviewed")                  /* an officer has looked at what is flagged in the citizen's words */ \
    X(STEP_SUPPORTED,           "supported",            "case.supported",                "vn.pakn.case.supported")                 /* another phone sent the same matter */

/* symbol, name in the directory file and on the command line, in Vietnamese offices called */
#define CASE_ROLE_TABLE(X) \
    X(ROLE_CITIZEN,     "citizen")     /* the bound phone */ \
    X(ROLE_REPRESENTED, "represented") /* on whose behalf it was sent */ \
    X(ROLE_TIMER,       "timer") \
    X(ROLE_INTAKE,      "intake")      /* tiep_nhan */ \
    X(ROLE_UNIT,        "unit")        /* don_vi_xu_ly */ \
    X(ROLE_COORDINATING,"coordinating")/* phoi_hop */ \
    X(ROLE_OFFICE,      "office")      /* vp_ubnd: assigns what nobody knows, annuls */ \
    X(ROLE_CENTRE,      "centre")      /* ttpvhcc: runs, monitors, receives what has no other agency */ \
    X(ROLE_HEAD,        "head")        /* thu_truong */

/* Who is told what. A notice to a citizen is a text of smsc/templates.h; to officers one of the O-… texts. */
#define CASE_NOTICE_TABLE(X) \
    X(NOTICE_NONE, "") X(NOTICE_FREETEXT, "FREETEXT") \
    X(NOTICE_ACK, "ACK") X(NOTICE_ACCEPT, "ACCEPT") X(NOTICE_NEEDINFO, "NEEDINFO") X(NOTICE_REMIND, "REMIND") X(NOTICE_SUPPACK, "SUPPACK") \
    X(NOTICE_REJECT, "REJECT") X(NOTICE_TRANSFER, "TRANSFER") X(NOTICE_ASK, "ASK") X(NOTICE_LATE, "LATE") X(NOTICE_LATE_NOREASON, "LATE_NOREASON") \
    X(NOTICE_RESULT, "RESULT") X(NOTICE_RESULTTAIL, "RESULTTAIL") X(NOTICE_ANNUL, "ANNUL") X(NOTICE_REJOINACK, "REJOINACK") \
    X(NOTICE_REJOINUSED, "REJOINUSED") X(NOTICE_REJOINLATE, "REJOINLATE") X(NOTICE_RECONSIDERED, "RECONSIDERED") X(NOTICE_WDASK, "WDASK") \
    X(NOTICE_WDDONE, "WDDONE") X(NOTICE_NOTED, "NOTED") X(NOTICE_CONF, "CONF") X(NOTICE_RATED, "RATED") X(NOTICE_DUPMARKED, "DUPMARKED") \
    X(NOTICE_ENDED, "ENDED") X(NOTICE_CALLBACK, "CALLBACK") X(NOTICE_REMIND_RESULT, "REMIND_RESULT") \
    X(NOTICE_O_NEW, "O-NEW") X(NOTICE_O_COORD, "O-COORD") X(NOTICE_O_OVER, "O-OVER") X(NOTICE_O_ESC, "O-ESC") X(NOTICE_O_REJOIN, "O-REJOIN") \
    X(NOTICE_O_PUBLISH, "O-PUBLISH") X(NOTICE_O_SUPP, "O-SUPP") X(NOTICE_O_LOW, "O-LOW")

/* A condition besides state and role; `why` is the sentence with which the step is refused when it doesn't hold; "": another row takes it then. */
#define CASE_GUARD_TABLE(X) \
    X(GUARD_NONE, "") \
    X(GUARD_LETTERS, "fewer than ten letters are no submission yet") \
    X(GUARD_TEXT, "the text is empty: say in words what the citizen, or the unit, is to read") \
    X(GUARD_UNIT_KNOWN, "no such unit in the directory") \
    X(GUARD_PAUSES, "the question is empty, or the citizen was asked often enough already") \
    X(GUARD_REFUSAL, "a refusal needs a reason code and a reason in words") \
    X(GUARD_OTHER_AGENCY, "the case is there already, or no such agency is in the directory") \
    X(GUARD_AGENCIES, "no such agency in the directory, or it has this case already, or coordinates it") \
    X(GUARD_COORDINATION, "that agency wasn't asked, or has answered, or the answer is empty") \
    X(GUARD_LATE_REASON, "a reason in words is needed, and a new date: a working day after today and after the deadline") \
    X(GUARD_LATE, "the case isn't late, or the reason was stated") \
    X(GUARD_PUBLIC, "there is no public text to publish, or the represented person hasn't consented yet, or the citizen's words are flagged") \
    X(GUARD_UNDELIVERED, "that it was received is known already") \
    X(GUARD_REJOINED, "") \
    X(GUARD_IN_TIME, "") \
    X(GUARD_REFUSAL_IN_TIME, "") \
    X(GUARD_RATING, "a rating is 1 to 5; it may be changed for a while only, see rating_change_days") \
    X(GUARD_RATING_LOW, "") \
    X(GUARD_ORIGINAL, "the original must be another open case of the same sender") \
    X(GUARD_LATER, "that deadline isn't open, or would move to an earlier day") \
    X(GUARD_DISSENT, "") \
    X(GUARD_UNOPENED, "the unit's days don't count from its looking at the case (deadlines.t2_start), or it has looked already") \
    X(GUARD_OTHER_NUMBER, "a reason in words is needed, and a number that the case isn't bound to already") \
    X(GUARD_BOUND, "no number stands for the case any more") \
    X(GUARD_RECONSIDERED, "the text is empty: say in words what the citizen is to read; or the citizen's words are flagged") \
    X(GUARD_FLAGGED, "nothing in the citizen's words is flagged that nobody has looked at") \
    X(GUARD_SUPPORTER, "a supporter is another case, of another sender")
/* clang-format on */

#define X(symbol, ...) symbol,
enum case_step_kind { CASE_STEP_TABLE(X) STEP_COUNT };
enum case_role { CASE_ROLE_TABLE(X) ROLE_COUNT };
enum case_notice { CASE_NOTICE_TABLE(X) NOTICE_COUNT };
enum case_guard { CASE_GUARD_TABLE(X) GUARD_COUNT };
#undef X

const char *case_step_name(enum case_step_kind step);
enum case_step_kind case_step_find(const char *name); /* STEP_COUNT: there is none */
const char *case_step_event(enum case_step_kind step); /* the type of its event, "case.accepted"; NULL: it leaves none */
bool case_step_has_document(enum case_step_kind step); /* answer, result, reconsider */
const char *case_role_name(enum case_role role);
enum case_role case_role_find(const char *name); /* ROLE_COUNT: there is none */
const char *case_notice_name(enum case_notice notice);

/* The step of ROLE_TIMER when a deadline of that kind has passed. */
enum case_step_kind case_step_of_deadline(enum deadline_kind kind);

/* What a step does to the deadlines of a kind. A deadline whose number of working days is set to 0 isn't started. */
enum case_timer_action {
    TIMER_NONE,
    TIMER_START,
    TIMER_MEET, /* what it was for is done: MET, or LATE if it was missed */
    TIMER_STOP, /* no longer needed: STOPPED, or LATE if it was missed */
    TIMER_STOP_ALL, /* all kinds */
    TIMER_PAUSE, /* the working days that are left are kept */
    TIMER_RESUME, /* with those, at least 1 */
    TIMER_RESTART, /* anew: T1 with settings.supplement_restart_days, T2, T5 and its reminder with their own, never earlier */
    TIMER_REOPEN, /* goes on with its old date */
    TIMER_MOVE, /* the step's deadline, to the step's day */
};
enum { CASE_TIMERS_MAX = 8, CASE_NOTICES_MAX = 3 };
enum { CASE_NONE = CASE_STATE_COUNT /* from: isn't on disk yet */, CASE_STATES_STAY = CASE_STATE_COUNT /* to: no change */ };

struct case_rule { /* one row */
    int number; /* of the rule in the table of the README; several rows may have the same */
    unsigned from; /* 1 << enum case_state, or'ed; 1 << CASE_NONE */
    enum case_step_kind step;
    unsigned who; /* 1 << enum case_role, or'ed */
    unsigned expired; /* steps of timers: 1 << enum deadline_kind, or'ed, of the deadlines it is for; else 0 */
    enum case_guard guard; /* rows of the same state and step are tried in order */
    int to; /* enum case_state, or CASE_STATES_STAY */
    struct case_timer {
        enum case_timer_action action;
        enum deadline_kind kind;
    } timers[CASE_TIMERS_MAX];
    enum case_notice citizen[CASE_NOTICES_MAX], officer[CASE_NOTICES_MAX];
};
extern const struct case_rule case_rules[];
extern const size_t case_rule_count;

/* The points on which the Decision is silent, and its numbers of working days; case_settings_default() has the defaults. */
enum case_t1_on_transfer { T1_RESTART, T1_KEEP };
enum case_t2_start { T2_TRANSFER, T2_OPENED };
struct case_settings {
    int intake_days, unit_days, coordination_days, publication_days, rejoinder_days, reconsideration_days, supplement_days; /* 2 10 5 1 10 10 5 */
    int reason_days, callback_days; /* 1 1 */
    int supplement_restart_days; /* T1 anew after a supplement: 2 */
    int cutoff_time; /* minute of the day in Vietnam from which an arrival counts as the next day's; 0: none */
    enum case_t1_on_transfer t1_on_transfer; /* restart; keep: the date that the citizen was told stays, or the next working day if it has passed */
    enum case_t2_start
        t2_start; /* transfer; opened: counted anew, never earlier, when the unit looks at the case; until it does, the transfer's date */
    bool pause_on_need_info; /* true */
    int pauses_max, hops_max; /* 2, 3 */
    int t5_no_receipt_days; /* without a delivery receipt T5 starts that many days after publication: 3 */
    bool refusal_rejoinder; /* false */
    bool rejoinder_reminder; /* false; two working days before T5 ends, to who hasn't rated, or may not have got the text that says until when */
    bool behalf_consent_gate; /* false */
    int overall_limit; /* working days after which the service centre is alarmed; 0: off */
    int binding_days; /* days after its end for which the sender's number stands for a case: 365; 0: for ever */
    int rating_change_days; /* 30 */
    int duplicate_days; /* 30 */
};
void case_settings_default(struct case_settings *s);
MUST_CHECK bool case_settings_check(const struct case_settings *s, struct str *problem); /* false: `problem` names the key and its range */

struct case_step { /* what happens; borrowed; what a step doesn't need is 0 */
    enum case_step_kind kind;
    enum case_role role;
    const char *actor; /* for the event: an officer's key; NULL: the role's name */
    int64_t officer_id; /* 0: not an officer */
    int64_t actor_agency_id; /* of that officer: an officer acts for their own agency's cases, office and centre for all; 0: decided in the
                              * central store, which has checked */
    const char *text; /* the words: question, reason, public answer, supplement, rejoinder, comment */
    const char *reason_code; /* refuse */
    struct document_ref document; /* case_step_has_document(): the signed document that goes with the words */
    const int64_t *agency_ids; /* accept: the unit; coordinate: those asked; coordination-answer: whose, if not the actor's */
    size_t agency_count; /* transfer: the target; none: back to its intake (by a unit), else to the provincial Office */
    int32_t day; /* late-reason: the new date */
    int rating;
    int64_t original_id; /* mark-duplicate, supported: the other case */
    const struct deadline *deadline; /* STEP_DEADLINE and the other steps of timers: the one that expired */
    int64_t message_id; /* what the citizen wrote */
    int64_t said_at; /* and when, where that is plausible: rejoinders are in time by it; 0: now */
    int flags; /* enum case_flag to be set: of a new case, or of the words that are added to one */
    bool yes; /* consent; tax-code: its check digits are right */
    int64_t represented_id; /* behalf: the represented person's subscriber */
    int64_t subscriber_id; /* rebind: to whom */
    const char *number; /* rebind: that subscriber's, for the central store; it isn't in the case's event */
    const char *data; /* a JSON object that goes into the event as it is (behalf: name, address, phone, reason); NULL */
    const char *cause; /* recalculated: "calendar-v7"; lapse: "age", "reassigned" */
    const struct subscriber *who; /* the sender; NULL: read where it's needed */
    const struct case_life
        *life; /* submissions: source, field, agency_id, requested_id, represented_id, consent, supports_id; NULL: by SMS, to the centre */
};

struct case_outcome {
    const struct case_rule *rule;
    enum case_state before;
    int64_t event_id;
    int32_t due_day; /* of the deadline that the step started, the one that the citizen is told; else the case's */
    int32_t passed_day; /* the deadline that passed, or that was printed */
    int64_t coordination_first_id; /* of the coordinations that began: one for each agency, in their order; 0 */
    int64_t agency_before; /* transfer: who had it; 0: the service centre */
    int64_t answer_id; /* publish, reconsider: the answer that the citizen is told */
    bool was_public; /* confidential: its content was public until now */
    bool clock_waits; /* deadlines wait for a plausible clock: no date can be told */
};

enum { CASE_TEXT_MAX = 20000 }; /* octets of the words of a step; what an SMS can carry of them is smsc/'s to check */

struct case_parts { /* what a step stands on; borrowed */
    struct store *store;
    const struct calendar *calendar;
    const struct case_settings *settings;
    const char *province; /* "38": in front of the code in the central store's id */
};

/* Does the step on a case that case_get gave (or, for draft and submit, that isn't on disk yet: id 0), which is changed to what it becomes. Of a new
 * case, and of a draft that becomes one, the caller has set the code. `c->text` is written only where a step is about it (draft, submit, completed).
 * ERR_CONFLICT: no row allows it; `problem` (may be NULL) has the reason in words, and nothing was changed. Any other error: roll back.
 * Must run in a transaction. */
MUST_CHECK enum err case_step(const struct case_parts *parts, struct pakn_case *c, const struct case_step *step, int64_t now, struct str *problem,
                              struct case_outcome *ret_outcome);

/* The table as Graphviz text, and as lines of text. */
void case_diagram(struct str *to);
void case_rules_print(struct str *to);

/* Before it a clock was never set. Deadlines that would begin then wait: open, due_day 0, due_at INT64_MAX. */
#define CASE_CLOCK_PLAUSIBLE INT64_C(1735689600000) /* 2025-01-01 */
/* Once `now` is plausible: counts those that wait, from the service centre's time where there is one, else from now. Cheap when there are none. */
MUST_CHECK enum err case_start_waiting(const struct case_parts *parts, int64_t now, int *ret_started);

/* Counts every open deadline anew by another calendar: later where the calendar says so, never earlier; each change is an event with that cause. */
MUST_CHECK enum err case_recalculate(const struct case_parts *parts, const char *cause, int64_t now, int *ret_moved);

#endif
