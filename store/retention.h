/* The end of personal data: what is erased when, found without looking at what isn't due, and the proof that it was.
 *
 *   kind        time                      what goes                                            what stays
 *   case        its end + case_months     content, events' data and salts, answers, behalf,    code, states, dates, deadlines, the chain of events
 *                                         tax code, its messages and texts, events for the     (audit.h), ratings, statistics
 *                                         central store, who sent it
 *   draft       + message_months          content, sender: it never became a case              its row
 *   message     + message_months          text, sender, the raw arrivals: of no case           times, link, verb, the digest of every arrival
 *   arrival     + message_months          raw arrivals that became no message                  the same
 *   text        + message_months          texts sent about no case, and to whom                template, times, parts and what became of them
 *   event       + message_months          what the central store was told about no case        type and time
 *   attempt     + traffic_months          to whom a part was submitted                         when, over which modem, how it ended
 *   assembly    + traffic_months          whose parts were joined                              when
 *   dialogue    + traffic_months          the rows of questions that are closed                nothing
 *   read        + traffic_months          what exactly was read, and other words of the        who, what kind of thing, when; the chain
 *                                         chain of privacy.h but the proofs
 *   block       the end that it may have  why a sender was blocked                             when, until when, by whom
 *               at most + message_months
 *   data_request its end + message_months who asked about their data, why it was extended or   what for, when, what became of it
 *                                         restricted
 *   export      + message_months          why, and whose data                                  who asked, who decided, when; the case
 *   incident    the authority was told    what happened                                        when, by whom, which days
 *               + message_months
 *   officer     no directory has them     name and phone                                       key, role, agency, from when to when
 *               + message_months
 *   province    its end + case_months     how a case of another appliance stands, and          nothing
 *                                         the keyed hashes of whose it is (province.h)
 *   reassigned  + case_months             the keyed hash of a number that another           nothing
 *                                         appliance knew to have another owner
 *   person      when nothing of theirs is left, nothing was heard of or said to them for       nothing that could be traced: the number's
 *               message_months, and they're no officer: number, name, reasons of blocks       keyed hash becomes a random one
 *
 * What may name a person, or keeps them from being forgotten, is a row of one of these kinds; whoever it names is looked at when it's erased. So
 * nobody stays of whom no row is left, whichever of them was the last.
 *
 * The same SMS read again after the wipe is still the same: its digest stays. A case that ended before the clock was plausible is left alone, and so
 * is an arrival that nobody has interpreted yet; one that was held for all that time is erased and marked ignored. Any other row's time, when it's
 * implausible or in the future, is taken to be that of the next one that is plausible: rows stand in the order in which they came.
 * Erased is erased: what stood there is overwritten (secure_delete), and at the end of a run the write-ahead log is written back and cut to nothing.
 */
#ifndef STORE_RETENTION_H
#define STORE_RETENTION_H

#include "store/store.h"

#define RETENTION_MONTHS_MAX 1200

struct retention_settings { /* months; 0: never */
    int case_months, message_months, traffic_months;
};

/* clang-format off */
#define RETENTION_TABLE(X) \
    X(RETENTION_CASE, "case") X(RETENTION_DRAFT, "draft") X(RETENTION_MESSAGE, "message") X(RETENTION_ARRIVAL, "arrival") X(RETENTION_TEXT, "text") \
    X(RETENTION_EVENT, "event") X(RETENTION_ATTEMPT, "attempt") X(RETENTION_ASSEMBLY, "assembly") X(RETENTION_DIALOGUE, "dialogue") \
    X(RETENTION_READ, "read") X(RETENTION_BLOCK, "block") X(RETENTION_DATA_REQUEST, "data_request") \
    X(RETENTION_EXPORT, "export") X(RETENTION_INCIDENT, "incident") X(RETENTION_OFFICER, "officer") \
    X(RETENTION_PROVINCE, "province") X(RETENTION_REASSIGNED, "reassigned") X(RETENTION_PERSON, "person")
/* clang-format on */
#define X(symbol, name) symbol,
enum retention_kind { RETENTION_TABLE(X) RETENTION_KINDS };
#undef X
const char *retention_kind_name(enum retention_kind kind);

struct retention_limits { /* what is older than that is due, wall ms; INT64_MIN: nothing ever */
    int64_t cases, messages, traffic;
};
/* The beginning of the Vietnamese day so many calendar months ago. */
struct retention_limits retention_limits_at(const struct retention_settings *settings, int64_t now);
int64_t retention_limit_of(const struct retention_limits *limits, enum retention_kind kind);

/* Erases what is due, at most `most` rows (a case, with all that belongs to it, counts as one); in a transaction. Counts are kept on disk: what a run
 * has done isn't forgotten when it's stopped in its middle. *ret_finished: nothing more is due. */
MUST_CHECK enum err retention_step(struct store *s, const struct retention_limits *limits, int64_t now, int most, bool *ret_finished);

/* How many this run has erased so far, of each kind. */
MUST_CHECK enum err retention_erased(struct store *s, int64_t ret_counts[RETENTION_KINDS]);
/* Ends a run, in a transaction: a row of type "retention.run" in the chain of privacy.h (which kinds, how many, older than what), counts back to 0.
 * No row when nothing was erased. After the commit the log is emptied. */
MUST_CHECK enum err retention_finish(struct store *s, const struct retention_limits *limits, int64_t now);

/* How many are due, of each kind; counting stops at `most`. Persons aren't counted: who is forgotten shows when the rest is gone. Reads only. */
MUST_CHECK enum err retention_due(struct store *s, const struct retention_limits *limits, int64_t now, int64_t most,
                                  int64_t ret_counts[RETENTION_KINDS]);

/* When the words of that case were erased, wall ms; 0: they weren't. */
MUST_CHECK enum err retention_case_erased(struct store *s, int64_t case_id, int64_t *ret_at);

#endif
