/* Who is answered, and how often (Decision 115/2025 art. 13.2). Nothing that comes in is thrown away: what isn't answered is kept and shown.
 *
 *   OK ──messages, wrong codes──► LIMITED (by itself, ≤ 24 h) ──its end──► OK
 *   OK, LIMITED ──a person, with a reason and an end──► BLOCKED ──its end, or lifted by a person──► OK
 *
 * Beyond the hour's number a sender is told once until when, and then isn't answered. Words that suggest an emergency bring the emergency numbers all
 * the same, once. The counts stand in the sender's row (store/subscriber.h) and survive restarts. */
#ifndef SMSC_ABUSE_H
#define SMSC_ABUSE_H

#include "smsc/turn.h"

enum abuse_verdict {
    ABUSE_NONE, /* answered like anybody */
    ABUSE_TELL_RATE, /* one too many: told until when, and not answered until then */
    ABUSE_TELL_LIMITED, /* far too many: the same for limit_life */
    ABUSE_TELL_BLOCKED, /* the first message of a blocked sender */
    ABUSE_SILENT, /* not answered */
};

/* Counts the message in t->who. To be asked once for every message of a sender who could be answered, parsed already. */
enum abuse_verdict abuse_verdict_of(struct turn *t);
/* What the verdict says (not ABUSE_NONE), once the message's row stands. */
MUST_CHECK enum err abuse_tell(struct turn *t, enum abuse_verdict verdict);

/* A code that is none, nobody's or another's: counted. *ret_answer: false where that was answered here, or isn't to be answered any more. */
MUST_CHECK enum err abuse_wrong_code(struct turn *t, bool *ret_answer);

/* The text is one of our own come back, by an automaton or a thumb: no words of theirs. */
bool abuse_is_echo(const struct templates *texts, const char *text);

/* A person's decision. ERR_INVALID: `problem` says what is missing. A block that stands is replaced: the new end counts. */
MUST_CHECK enum err smsc_block(struct smsc *s, const struct phone *phone, const char *reason, int64_t until, const char *by, int64_t now,
                               struct str *problem);
/* ERR_NOT_FOUND: the sender isn't blocked. */
MUST_CHECK enum err smsc_unblock(struct smsc *s, const struct phone *phone, const char *by, int64_t now);

#endif
