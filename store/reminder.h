/* What officers were told, are to be told, and have read; and the open work that they are told of. The daily cap, merging and "once" stand on these
 * rows, so that a restart repeats nothing and forgets nothing. smsc/officer.h says what becomes of them. */
#ifndef STORE_REMINDER_H
#define STORE_REMINDER_H

#include "store/calendar.h"
#include "store/case.h"

/* Stored: new ones go to the end. */
enum reminder_kind {
    REMINDER_NEW, /* to intake: decide */
    REMINDER_ASSIGN, /* to a unit: handle */
    REMINDER_COORDINATE,
    REMINDER_REJOINDER,
    REMINDER_PUBLISH,
    REMINDER_OVERDUE,
    REMINDER_SUPPLEMENT,
    REMINDER_LOW_RATING,
    REMINDER_DUE,
    REMINDER_DIGEST,
    REMINDER_ESCALATION,
    REMINDER_MONITOR,
    REMINDER_HOPS, /* waits for the service centre's next monitor text */
    REMINDER_KIND_COUNT
};

struct reminder {
    int64_t id, officer_id;
    enum reminder_kind kind;
    int64_t case_id, deadline_id; /* 0: none; the deadline that was missed */
    int64_t not_before; /* wall ms */
    int32_t day; /* on which it was sent, or found to be no longer needed; 0: it waits */
    int64_t outbound_id; /* 0: not sent */
    int64_t read_at; /* 0: not yet */
};
MUST_CHECK enum err reminder_insert(struct store *s, const struct reminder *r);
MUST_CHECK enum err reminder_next_waiting(struct store *s, struct reminder *ret_reminder); /* the earliest; ERR_NOT_FOUND */
/* Those that wait of an officer, by id, as many as fit; free it. */
MUST_CHECK enum err reminder_waiting_of(struct store *s, int64_t officer_id, int64_t until, size_t most, struct reminder **ret_list,
                                        size_t *ret_count);
MUST_CHECK enum err reminder_waits(struct store *s, int64_t officer_id, enum reminder_kind kind, int64_t case_id, bool *ret_waits);
MUST_CHECK enum err reminder_settle(struct store *s, int64_t id, int32_t day, int64_t outbound_id); /* 0: no longer needed */
MUST_CHECK enum err reminder_postpone(struct store *s, int64_t id, int64_t not_before);
MUST_CHECK enum err reminder_sent_on(struct store *s, int64_t officer_id, int32_t day, int *ret_texts); /* merged ones count once */
MUST_CHECK enum err reminder_told(struct store *s, int64_t officer_id, enum reminder_kind kind, int32_t since, bool *ret_told);
/* Marks all of that case as read. *ret_first: none was read before. ERR_NOT_FOUND: the officer was never told of it. */
MUST_CHECK enum err reminder_read(struct store *s, int64_t officer_id, int64_t case_id, int64_t now, bool *ret_first);
/* Whether a text to that officer since that day failed for good and nobody was told. */
MUST_CHECK enum err reminder_bounced(struct store *s, int64_t officer_id, int32_t since, bool *ret_bounced);
MUST_CHECK enum err reminder_mark_bounced(struct store *s, int64_t officer_id, int32_t since);

/* The day of the last round that was done to its end; 0: none yet. */
enum reminder_round { ROUND_MORNING, ROUND_AFTERNOON };
MUST_CHECK enum err reminder_round_day(struct store *s, enum reminder_round round, int32_t *ret_day);
MUST_CHECK enum err reminder_round_done(struct store *s, enum reminder_round round, int32_t day);

/* ---- open work ---- */

struct work { /* a deadline that runs or was missed, and whose case it is of */
    int64_t deadline_id, case_id;
    enum deadline_kind kind;
    bool missed;
    int32_t due_day;
    int64_t agency_id, unit_id; /* as in struct case_life */
    bool explained;
};
struct work_list { /* starts as {0}; free(of) */
    struct work *of;
    size_t count, room;
};
enum work_by {
    WORK_OF_AGENCY, /* id 0: the service centre's */
    WORK_OF_UNIT,
    WORK_COORDINATED
};
/* Appends. Reads the open cases of that agency alone. */
MUST_CHECK enum err work_of(struct store *s, enum work_by by, int64_t id, struct work_list *to);
/* Cases with a deadline that was missed before that day, a stated reason apart. */
MUST_CHECK enum err work_late(struct store *s, int32_t before_day, int64_t *ret_cases);

/* ---- addresses, without unsealing anything ---- */

struct officer_address {
    int64_t id, subscriber_id, agency_id;
    char key[64];
};
/* Valid today, with a phone. ERR_NOT_FOUND. */
MUST_CHECK enum err officer_address(struct store *s, int64_t id, int32_t today, struct officer_address *ret_address);
MUST_CHECK enum err officer_address_next(struct store *s, int64_t after, int32_t today, struct officer_address *ret_address);
MUST_CHECK enum err agency_id_next(struct store *s, int64_t after, int64_t *ret_id, int64_t *ret_parent); /* ended ones too; ERR_NOT_FOUND */

#endif
