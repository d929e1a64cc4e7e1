/* Cases (phản ánh, kiến nghị), their events, deadlines and the open questions of a dialogue. */
#ifndef STORE_CASE_H
#define STORE_CASE_H

#include "store/store.h"

/* The states of a case, Decision 115/2025/QĐ-UBND art. 11–13. CASE_DRAFT lives in the appliance only. */
/* clang-format off */
#define CASE_STATE_TABLE(X) \
    X(CASE_DRAFT, "DRAFT") X(CASE_RECEIVED, "RECEIVED") X(CASE_NEED_INFO, "NEED_INFO") X(CASE_IN_PROCESS, "IN_PROCESS") \
    X(CASE_RESULT_READY, "RESULT_READY") X(CASE_PUBLISHED, "PUBLISHED") X(CASE_REJOINDER, "REJOINDER") X(CASE_REFUSED, "REFUSED") \
    X(CASE_NOTED_CLOSED, "NOTED_CLOSED") X(CASE_CLOSED, "CLOSED")
/* clang-format on */
#define X(symbol, name) symbol,
enum case_state { CASE_STATE_TABLE(X) CASE_STATE_COUNT };
#undef X
const char *case_state_name(enum case_state state);
bool case_state_ended(enum case_state state); /* REFUSED, NOTED_CLOSED, CLOSED */

enum case_kind { CASE_PHAN_ANH, CASE_KIEN_NGHI };
/* symbol, value (stored), name */
/* clang-format off */
#define CASE_FLAG_TABLE(X) \
    X(CASE_UNCONFIRMED,     1, "unconfirmed") \
    X(CASE_INCOMPLETE,      2, "incomplete") \
    X(CASE_CONFIDENTIAL,    4, "confidential") \
    X(CASE_SCOPE_SUSPECT,   8, "scope_suspect") \
    X(CASE_EMERGENCY,      16, "emergency") \
    X(CASE_TAX,            32, "tax") \
    X(CASE_SUPPLEMENTED,   64, "supplemented") \
    X(CASE_NO_ANSWER,     128, "no_answer")     /* the citizen was asked and didn't answer in time */ \
    X(CASE_PROTECTED,     256, "protected")     /* art. 20.3: content hidden from all but the officers who have it */ \
    X(CASE_UNACCENTED,    512, "unaccented")    /* these three: the words need normalising before they're published (art. 7.1) */ \
    X(CASE_TEENCODE,     1024, "teencode") \
    X(CASE_ABBREVIATED,  2048, "abbreviated") \
    X(CASE_INSULT,       4096, "insult")        /* these three: somebody has to look before it's published (art. 7.4) */ \
    X(CASE_INCITEMENT,   8192, "incitement") \
    X(CASE_PERSONAL_DATA,16384, "personal_data") /* of others than the sender */ \
    X(CASE_ADVERTISING, 32768, "advertising")   /* art. 7.5 */ \
    X(CASE_REVIEWED,    65536, "reviewed")      /* an officer has looked at what CASE_MODERATION flags; over with the next words that are flagged */
/* clang-format on */
#define X(symbol, value, name) symbol = (value),
enum case_flag { CASE_FLAG_TABLE(X) };
#undef X
enum { CASE_FLAGS_MAX = 17 };
size_t case_flag_names(int flags, const char *ret_names[CASE_FLAGS_MAX]); /* in the table's order; returns how many */
#define CASE_NORMALISE (CASE_UNACCENTED | CASE_TEENCODE | CASE_ABBREVIATED)
#define CASE_MODERATION (CASE_INSULT | CASE_INCITEMENT | CASE_PERSONAL_DATA)

struct pakn_case {
    int64_t id;
    int32_t code; /* 9 digits with its check digits, as a number; 0 while a draft */
    int64_t subscriber_id; /* SUBSCRIBER_NOBODY: its number no longer stands for it */
    enum case_state state;
    enum case_kind kind;
    int flags; /* enum case_flag */
    char *text; /* the content, never altered; sealed on disk */
    char *link; /* where it came in */
    int64_t submitted_at; /* wall ms from which deadlines count: TP-SCTS where plausible, else arrival */
    int64_t message_id; /* the message that opened it */
    int32_t due_day; /* the day number of the deadline that runs; 0: none */
};
void case_release(struct pakn_case *c);
#define CASE_CODE_SIZE 10
void case_code_text(int32_t code, char out[CASE_CODE_SIZE]); /* always 9 digits */

MUST_CHECK enum err case_insert(struct store *s, const struct pakn_case *c, int64_t *ret_id); /* ERR_CONFLICT: the code stands already */
MUST_CHECK enum err case_update(struct store *s, const struct pakn_case *c); /* code, state, kind, flags, text, submitted_at, due_day */
MUST_CHECK enum err case_get(struct store *s, int64_t id, struct pakn_case *ret_case);
MUST_CHECK enum err case_by_code(struct store *s, int32_t code, struct pakn_case *ret_case);
MUST_CHECK enum err case_code_of(struct store *s, int64_t id, int32_t *ret_code); /* without unsealing its text; 0: a draft */
/* To another subscriber, whose list it joins in its place, or to SUBSCRIBER_NOBODY, who has no list. Sets c->subscriber_id. */
MUST_CHECK enum err case_bind(struct store *s, struct pakn_case *c, int64_t subscriber_id);
MUST_CHECK enum err case_unbind(struct store *s, int64_t id); /* to SUBSCRIBER_NOBODY, without reading its words */
MUST_CHECK enum err case_newest_of(struct store *s, int64_t subscriber_id, int64_t *ret_id); /* drafts too; 0: none */
typedef void case_each(void *context, const struct pakn_case *c);
/* A subscriber's cases, newest first, drafts left out; open_only leaves the ended ones out. */
MUST_CHECK enum err case_list_of(struct store *s, int64_t subscriber_id, bool open_only, int limit, case_each *each, void *context);
/* How fast codes are given out: the moment of the newest case that has one (0: none has), and of those submitted after `since` and not after
 * `until` how many, and when the first. They read all cases. */
MUST_CHECK enum err case_newest_at(struct store *s, int64_t *ret_at);
MUST_CHECK enum err case_pace(struct store *s, int64_t since, int64_t until, int64_t *ret_count, int64_t *ret_first);
MUST_CHECK enum err case_list(struct store *s, int64_t before_id, int limit, case_each *each, void *context); /* all, newest first */

/* What happened to a case: immutable rows. `data` is JSON, sealed on disk. */
struct case_event {
    int64_t id, case_id, at;
    char *type; /* "case.submitted" */
    char *actor; /* "citizen", "timer", an officer's id */
    char *data; /* NULL: erased */
};
/* Joins the chain of store/audit.h. */
MUST_CHECK enum err case_event_insert(struct store *s, int64_t case_id, int64_t at, const char *type, const char *actor, const char *data);
typedef void case_event_each(void *context, const struct case_event *e);
MUST_CHECK enum err case_event_list(struct store *s, int64_t case_id, case_event_each *each, void *context);

/* Deadlines in working days, each a row; a moved one gets a new row and keeps the old (art. 18.2: never silently). */
/* clang-format off */
#define DEADLINE_KIND_TABLE(X) \
    X(DEADLINE_INTAKE,          "T1") /* the decision to accept or not (art. 11) */ \
    X(DEADLINE_UNIT,            "T2") /* the unit's result (art. 11.1) */ \
    X(DEADLINE_COORDINATION,    "T3") /* one for each coordinating agency (art. 11.1) */ \
    X(DEADLINE_PUBLICATION,     "T4") /* art. 12.1 */ \
    X(DEADLINE_REJOINDER,       "T5") /* the citizen's (art. 13.1) */ \
    X(DEADLINE_RECONSIDERATION, "T6") /* art. 13.1 */ \
    X(DEADLINE_SUPPLEMENT,      "Tn") /* the citizen's (art. 11.3) */ \
    X(DEADLINE_REASON,          "reason")   /* for being late, after T2 */ \
    X(DEADLINE_PROMISE,         "promise")  /* the new date that was stated with the reason */ \
    X(DEADLINE_CALLBACK,        "callback") /* an officer calls */ \
    X(DEADLINE_REMIND,          "remind")   /* a working day before Tn */ \
    X(DEADLINE_OVERALL,         "overall")  /* an alarm inside the house */ \
    X(DEADLINE_REMIND_REJOINDER,"remind-T5") /* two working days before T5 */
/* clang-format on */
#define X(symbol, name) symbol,
enum deadline_kind { DEADLINE_KIND_TABLE(X) DEADLINE_KIND_COUNT };
#undef X
const char *deadline_kind_name(enum deadline_kind kind);
enum deadline_state { /* each named by deadline_state_name in small letters */
                      DEADLINE_OPEN,
                      DEADLINE_MET,
                      DEADLINE_MISSED, /* and what it was for isn't done yet */
                      DEADLINE_STOPPED, /* no longer needed */
                      DEADLINE_LATE, /* missed, and done since */
                      DEADLINE_REPLACED, /* moved: another row names it */
                      DEADLINE_PAUSED
};
const char *deadline_state_name(enum deadline_state state);
struct deadline {
    int64_t id, case_id;
    enum deadline_kind kind;
    enum deadline_state state;
    int working_days;
    int64_t start_at; /* wall ms */
    int32_t due_day; /* the last day on which it is still met */
    int64_t due_at; /* wall ms of the end of that day in Vietnam (Civil Code art. 148) */
    int64_t coordination_id; /* T3; 0 */
    int64_t replaces_id; /* 0: the first */
    const char *cause; /* why it was moved; borrowed; NULL. deadline_insert takes it, deadline_history gives it */
};
MUST_CHECK enum err deadline_insert(struct store *s, const struct deadline *d, int64_t *ret_id);
MUST_CHECK enum err deadline_set_state(struct store *s, int64_t id, enum deadline_state state);
MUST_CHECK enum err deadline_open_of(struct store *s, int64_t case_id, enum deadline_kind kind, struct deadline *ret_deadline); /* ERR_NOT_FOUND */
MUST_CHECK enum err deadline_newest_of(struct store *s, int64_t case_id, enum deadline_kind kind,
                                       struct deadline *ret_deadline); /* in any state; ERR_NOT_FOUND */
MUST_CHECK enum err deadline_waiting(struct store *s, struct deadline *ret_deadline); /* one that waits for a plausible clock; ERR_NOT_FOUND */
/* All open ones that don't wait for a clock, by due_at and id: the next after that one. ERR_NOT_FOUND. */
MUST_CHECK enum err deadline_next_open(struct store *s, int64_t after_due_at, int64_t after_id, struct deadline *ret_deadline);
MUST_CHECK enum err deadline_next_due(struct store *s, struct deadline *ret_deadline); /* the open one due first; ERR_NOT_FOUND */
typedef void deadline_each(void *context, const struct deadline *d);
MUST_CHECK enum err deadline_list_of(struct store *s, int64_t case_id, deadline_each *each, void *context); /* OPEN, MISSED and PAUSED ones */
MUST_CHECK enum err deadline_history(struct store *s, int64_t case_id, deadline_each *each,
                                     void *context); /* all that there ever were, oldest first */

/* A question that is open with a subscriber; it has a life. */
enum dialogue_kind {
    DIALOGUE_FREETEXT, /* "is this what you want to send?" */
    DIALOGUE_NAME,
    DIALOGUE_LIST, /* the codes that the last list showed */
    DIALOGUE_WITHDRAW,
    DIALOGUE_RATING,
    DIALOGUE_SUPPLEMENT, /* "does this belong to <code>?"; data: the messages */
    DIALOGUE_CONSENT, /* of the represented person */
    DIALOGUE_BEHALF, /* the questions of a bare HO; data says which, and the answers so far */
    DIALOGUE_WHY, /* a low rating: why? */
    DIALOGUE_TAX, /* a tax code whose check digit is wrong: once more? data: what was typed */
    DIALOGUE_KIND_COUNT
};
struct dialogue {
    int64_t id, subscriber_id;
    enum dialogue_kind kind;
    int64_t case_id; /* 0: none */
    int64_t opened_at, expires_at;
    char *data; /* what the kind needs; sealed; NULL */
};
void dialogue_release(struct dialogue *d);
MUST_CHECK enum err dialogue_open(struct store *s, const struct dialogue *d, int64_t *ret_id); /* replaces an open one of the same kind and case */
MUST_CHECK enum err dialogue_newest(struct store *s, int64_t subscriber_id, enum dialogue_kind kind, int64_t now, struct dialogue *ret_dialogue);
/* The newest open one of any kind whose row is older than `before_id` (INT64_MAX: the newest of all). ERR_NOT_FOUND. */
MUST_CHECK enum err dialogue_before(struct store *s, int64_t subscriber_id, int64_t before_id, int64_t now, struct dialogue *ret_dialogue);
MUST_CHECK enum err dialogue_get(struct store *s, int64_t id, struct dialogue *ret_dialogue); /* also one that is closed */
MUST_CHECK enum err dialogue_close(struct store *s, int64_t id);
/* The open one that expires first, without its data. ERR_NOT_FOUND: none is open. */
MUST_CHECK enum err dialogue_next_expired(struct store *s, struct dialogue *ret_dialogue);

#endif
