/* What goes out: a message (`outbound`), its parts, every attempt to submit a part, and receipts that came before what they belong to. */
#ifndef STORE_OUTBOUND_H
#define STORE_OUTBOUND_H

#include "firmware-host/base/sms.h"
#include "store/store.h"

/* Priority classes, most urgent first, but for the last, which goes before all. The class also decides the policy for an unknown outcome and whether
 * quiet hours hold it back. */
enum outbound_class {
    OUTBOUND_REPLY, /* acknowledgement or answer to a citizen: at any hour; unknown → resent once, same TP-MR and TP-RD */
    OUTBOUND_NOTICE, /* proactive text to a citizen: quiet hours; unknown → as a reply */
    OUTBOUND_REMINDER, /* of what is due, to officers and citizens: quiet hours; unknown → dropped if a later one replaces it, else left unknown */
    OUTBOUND_OPERATOR, /* `phanhoictl send`: at any hour; unknown → a person decides */
    OUTBOUND_ALARM, /* to the operator on duty: at any hour; unknown → as a reply */
};
const char *outbound_class_name(enum outbound_class class);

/* queued → submitting → submitted → delivered; or → waiting for another try (queued again), failed, expired; unknown when nobody knows. */
enum part_state { PART_QUEUED, PART_SUBMITTING, PART_SUBMITTED, PART_DELIVERED, PART_FAILED, PART_EXPIRED, PART_UNKNOWN };
const char *part_state_name(enum part_state state);

struct outbound {
    int64_t id;
    int64_t subscriber_id;
    char *template_name; /* "ACK"; "-" for a free text */
    char *text; /* composed, whole; sealed on disk */
    enum sms_encoding encoding;
    enum outbound_class class;
    int64_t created_at, not_before, expires_at; /* wall ms */
    char *link; /* preferred: the link that received; NULL: any */
    int64_t case_id; /* 0: none */
    int64_t message_id; /* what it answers; 0: none */
    int64_t event_id; /* the step of the case that it tells of; 0: none */
    int reference; /* of the concatenation, 0–255 */
    int total; /* parts */
};
void outbound_release(struct outbound *o);

struct part {
    int64_t id, outbound_id;
    int sequence; /* 1 … total */
    size_t offset, len; /* bytes of the outbound's text */
    enum part_state state;
    int attempts; /* opened so far */
    int64_t next_at; /* wall ms: not before; queued parts */
};

/* The message and its parts in one go; ret_id and each part's id are set. */
MUST_CHECK enum err outbound_insert(struct store *s, const struct outbound *o, struct part *parts, size_t count, int64_t *ret_id);
MUST_CHECK enum err outbound_get(struct store *s, int64_t id, struct outbound *ret_outbound);
MUST_CHECK enum err outbound_delivered(struct store *s, const struct outbound *o, bool *ret_delivered); /* whether all its parts are */
typedef void outbound_each(void *context, const struct outbound *o, const struct part *parts, size_t count);
MUST_CHECK enum err outbound_list(struct store *s, int64_t before_id, int limit, outbound_each *each, void *context); /* newest first */
MUST_CHECK enum err outbound_list_of(struct store *s, int64_t case_id, outbound_each *each, void *context); /* of a case, oldest first */
/* Whether a later reminder of the same template went to the same subscriber about the same case. */
MUST_CHECK enum err outbound_replaced(struct store *s, const struct outbound *o, bool *ret_replaced);
MUST_CHECK enum err part_get(struct store *s, int64_t id, struct part *ret_part);
MUST_CHECK enum err part_set(struct store *s, int64_t id, enum part_state state, int64_t next_at);
typedef void part_each(void *context, const struct outbound *o, const struct part *part);
MUST_CHECK enum err part_list_queued(struct store *s, part_each *each,
                                     void *context); /* for rebuilding the schedule; by id; outbound without its text */

/* One submission of a part. An attempt found open at start becomes unknown: nobody knows whether it reached the air. Settled: nobody knows, and
 * nobody asks any more, because the part was sent again or a person left it; a late receipt is still taken. */
enum attempt_state {
    ATTEMPT_OPEN,
    ATTEMPT_SUBMITTED,
    ATTEMPT_DELIVERED,
    ATTEMPT_UNDELIVERED,
    ATTEMPT_FAILED,
    ATTEMPT_UNKNOWN,
    ATTEMPT_SETTLED,
};
const char *attempt_state_name(enum attempt_state state);
struct attempt {
    int64_t id, part_id;
    int number; /* 1 for the first */
    char link[64];
    int64_t opened_at, closed_at; /* closed_at 0: still open */
    enum attempt_state state;
    int reference; /* TP-MR: the one asked for, then the one the network gave */
    bool repeated; /* sent with TP-RD after an unknown: the citizen may have it twice */
    int code; /* +CMS ERROR or TP-ST; -1: none */
    int failure; /* enum sms_failure of a failed one; -1: none, as attempt_open leaves it */
    char reason[96];
};
MUST_CHECK enum err attempt_open(struct store *s, const struct attempt *a, int64_t *ret_id); /* also part → submitting, attempts + 1 */
MUST_CHECK enum err attempt_update(struct store *s, const struct attempt *a); /* state, reference, closed_at, code, failure, reason */
MUST_CHECK enum err attempt_get(struct store *s, int64_t id, struct attempt *ret_attempt);
MUST_CHECK enum err attempt_last_of(struct store *s, int64_t part_id, struct attempt *ret_attempt); /* ERR_NOT_FOUND */
typedef void attempt_each(void *context, const struct attempt *a);
MUST_CHECK enum err attempt_list(struct store *s, enum attempt_state state, int limit, attempt_each *each, void *context);
MUST_CHECK enum err attempt_list_of(struct store *s, int64_t part_id, attempt_each *each, void *context);
/* The attempt that a report with that TP-MR, link and recipient may be about: the newest submitted one, whose number the network gave; without such,
 * the newest unknown or settled one, whose number is only the one that was asked for. Opened at or after `since`. ERR_NOT_FOUND. */
MUST_CHECK enum err attempt_for_receipt(struct store *s, const char *link, int64_t subscriber_id, int reference, int64_t since,
                                        struct attempt *ret_attempt);

/* Whether an attempt of another part to that subscriber had the link and TP-MR of `a`, was accepted or may have been, and was opened at or after
 * `since`; as far as the last 20,000 attempts tell. */
MUST_CHECK enum err attempt_reference_used(struct store *s, const struct attempt *a, int64_t subscriber_id, int64_t since, bool *ret_used);

/* How many there are, to that subscriber on that link, whose number isn't certain: parts with an unknown or settled attempt, and open attempts, each
 * for itself: the repeat that is on its way has the number of the attempt that it repeats, and the report on it is no evidence about that one. */
MUST_CHECK enum err attempt_doubts(struct store *s, const char *link, int64_t subscriber_id, int64_t since, int64_t *ret_count);

/* The attempts opened at or after `since`, the latest first, as long as the clock wasn't set back between them. */
typedef void attempt_moment(void *context, const char *link, int64_t opened_at);
MUST_CHECK enum err attempt_list_since(struct store *s, int64_t since, attempt_moment *each, void *context);

/* The TP-MR that the network gave last on that link, as far as the last thousands of attempts tell. ERR_NOT_FOUND. */
MUST_CHECK enum err attempt_last_reference(struct store *s, const char *link, int *ret_reference);

/* A receipt that came before its submit result, or for which nothing is found (yet). */
struct receipt {
    int64_t id;
    char link[64];
    int64_t subscriber_id;
    int reference, status;
    int64_t at, done_at;
};
MUST_CHECK enum err receipt_keep(struct store *s, const struct receipt *r);
MUST_CHECK enum err receipt_take(struct store *s, const char *link, int64_t subscriber_id, int reference, int64_t since,
                                 struct receipt *ret_receipt); /* and removes it; ERR_NOT_FOUND */
MUST_CHECK enum err receipt_prune(struct store *s, int64_t before);

#endif
