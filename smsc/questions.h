/* The open questions of a dialogue: rows that survive restarts, each with a life of its own. A bare answer (DY, OK, khong, 5, a name, some words)
 * goes to the newest that it fits; an explicit code always wins; every other verb still works meanwhile.
 *
 *   question     bare answers that fit     life                without an answer
 *   FREETEXT     yes, no                   draft_life (24 h)   filed, unconfirmed
 *   NAME         a name                    72 h                nothing
 *   LIST         a place in the list       72 h                nothing
 *   WITHDRAW     yes, no                   24 h                the case goes on
 *   RATING       1 to 5                    72 h                nothing
 *   SUPPLEMENT   yes, no                   24 h                a case of its own, unconfirmed
 *   CONSENT      yes, no                   5 working days      the represented person is unreachable
 *   BEHALF       words                     24 h                filed, unconfirmed, if the reason is among them
 *   WHY          words                     24 h                nothing
 *   TAX          none: MST asks again      72 h                what was typed first is taken, unverified */
#ifndef SMSC_QUESTIONS_H
#define SMSC_QUESTIONS_H

#include "smsc/turn.h"

struct questions { /* the newest of every kind; id 0: none is open */
    struct dialogue of[DIALOGUE_KIND_COUNT];
    int ratings; /* how many results wait to be rated */
};
MUST_CHECK enum err questions_read(struct turn *t, struct questions *ret_questions);
void questions_release(struct questions *q);
unsigned questions_open(const struct questions *q); /* enum grammar_open: what changes the meaning of a bare answer */
/* The newer of the open ones that words answer, BEHALF or WHY; NULL. */
const struct dialogue *questions_for_words(const struct questions *q);

/* Opens one, for its kind's life. An open one of the same kind about the same case is replaced. */
MUST_CHECK enum err questions_ask(struct smsc *s, int64_t subscriber_id, enum dialogue_kind kind, int64_t case_id, const char *data, int64_t now);
/* Ends the sender's open one of that kind about that case, if there is one. */
MUST_CHECK enum err questions_end(struct turn *t, enum dialogue_kind kind, int64_t case_id);

/* CONFIRM and DENY: to the newest that is waiting for yes or no, with a code to that about the case. ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err questions_answer(struct turn *t, bool yes);
/* The same about one case. */
MUST_CHECK enum err questions_answer_about(struct turn *t, int64_t case_id, bool yes);

/* Its life is over (smsc/timers.c). */
MUST_CHECK enum err questions_expired(struct smsc *s, const struct dialogue *d, int64_t now);

#endif
