/* Which questions are open is read once for a message, the newest first; there are few. What an answer does is the business of the file that asked.
 */
#include "smsc/questions.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "smsc/on_behalf.h"
#include "smsc/particulars.h"
#include "smsc/submission.h"
#include "smsc/supplement.h"
#include "smsc/withdrawal.h"

enum { CONSENT_DAYS = 5, QUESTIONS_READ = 200 };

typedef enum err answered(struct turn *t, const struct dialogue *question);
typedef enum err expired(struct smsc *s, const struct dialogue *question, int64_t now);

static const struct {
    int64_t life; /* ms; 0: see life_of() */
    answered *yes, *no; /* NULL: yes and no don't fit */
    expired *expired; /* NULL: it's only closed */
} kinds[DIALOGUE_KIND_COUNT] = {
    [DIALOGUE_FREETEXT] = {0, submission_confirm, submission_discard, submission_unanswered},
    [DIALOGUE_NAME] = {72 * CLOCK_HOUR, NULL, NULL, NULL},
    [DIALOGUE_LIST] = {72 * CLOCK_HOUR, NULL, NULL, NULL},
    [DIALOGUE_WITHDRAW] = {24 * CLOCK_HOUR, withdrawal_confirmed, withdrawal_denied, NULL},
    [DIALOGUE_RATING] = {72 * CLOCK_HOUR, NULL, NULL, NULL},
    [DIALOGUE_SUPPLEMENT] = {24 * CLOCK_HOUR, supplement_confirmed, supplement_denied, supplement_unanswered},
    [DIALOGUE_CONSENT] = {0, on_behalf_consented, on_behalf_declined, on_behalf_unreachable},
    [DIALOGUE_BEHALF] = {24 * CLOCK_HOUR, NULL, NULL, on_behalf_abandoned},
    [DIALOGUE_WHY] = {24 * CLOCK_HOUR, NULL, NULL, NULL},
    [DIALOGUE_TAX] = {72 * CLOCK_HOUR, NULL, NULL, tax_code_unanswered},
};

/* ---- which are open ---- */

enum err questions_read(struct turn *t, struct questions *ret_questions) {
    struct questions q = {.ratings = 0};
    int64_t before = INT64_MAX;
    enum err e = ERR_OK;
    for (int n = 0; e == ERR_OK && n < QUESTIONS_READ; n++) {
        struct dialogue d = {0};
        e = dialogue_before(t->s->store, t->who->id, before, t->now, &d);
        if (e != ERR_OK)
            break;
        before = d.id;
        q.ratings += d.kind == DIALOGUE_RATING;
        if ((unsigned)d.kind < DIALOGUE_KIND_COUNT && !q.of[d.kind].id)
            q.of[d.kind] = d;
        else
            dialogue_release(&d);
    }
    if (e != ERR_OK && e != ERR_NOT_FOUND) {
        questions_release(&q);
        return e;
    }
    *ret_questions = q;
    return ERR_OK;
}

void questions_release(struct questions *q) {
    for (int i = 0; i < DIALOGUE_KIND_COUNT; i++)
        dialogue_release(&q->of[i]);
}

static bool newest_of_all(const struct questions *q, enum dialogue_kind kind) {
    for (int i = 0; i < DIALOGUE_KIND_COUNT; i++)
        if (q->of[i].id > q->of[kind].id)
            return false;
    return q->of[kind].id != 0;
}

unsigned questions_open(const struct questions *q) {
    unsigned open = 0;
    bool behalf = newest_of_all(q, DIALOGUE_BEHALF); /* anything may be its answer: only while nothing was asked since */
    if (behalf)
        return GRAMMAR_BEHALF_ASKED;
    if (q->of[DIALOGUE_NAME].id)
        open |= GRAMMAR_NAME_ASKED;
    if (q->of[DIALOGUE_FREETEXT].id)
        open |= GRAMMAR_DRAFT_ASKED;
    if (q->of[DIALOGUE_WITHDRAW].id || q->of[DIALOGUE_SUPPLEMENT].id || q->of[DIALOGUE_CONSENT].id)
        open |= GRAMMAR_QUESTION_OPEN;
    if (q->ratings == 1 && q->of[DIALOGUE_RATING].id > q->of[DIALOGUE_LIST].id)
        open |= GRAMMAR_RATING_OPEN;
    else if (q->of[DIALOGUE_LIST].id)
        open |= GRAMMAR_LIST_SENT;
    return open;
}

const struct dialogue *questions_for_words(const struct questions *q) {
    const struct dialogue *behalf = &q->of[DIALOGUE_BEHALF], *why = &q->of[DIALOGUE_WHY];
    const struct dialogue *newer = behalf->id > why->id ? behalf : why;
    return newer->id ? newer : NULL;
}

/* ---- asking ---- */

static enum err life_of(struct smsc *s, enum dialogue_kind kind, int64_t now, int64_t *ret_expires_at) {
    int32_t day = 0;
    if (kind != DIALOGUE_CONSENT) {
        *ret_expires_at = now + (kind == DIALOGUE_FREETEXT ? s->settings.draft_life : kinds[kind].life);
        return ERR_OK;
    }
    enum err e = calendar_due(s->calendar, now, CONSENT_DAYS, &day);
    if (e == ERR_OK)
        *ret_expires_at = calendar_end_of_day(day);
    return e;
}

enum err questions_ask(struct smsc *s, int64_t subscriber_id, enum dialogue_kind kind, int64_t case_id, const char *data, int64_t now) {
    struct dialogue d = {.subscriber_id = subscriber_id, .kind = kind, .case_id = case_id, .opened_at = now, .data = (char *)(uintptr_t)data};
    int64_t id = 0;
    enum err e = life_of(s, kind, now, &d.expires_at);
    if (e != ERR_OK)
        return e;
    centre_timer(s, d.expires_at);
    e = dialogue_open(s->store, &d, &id);
    crash_point("dialogue.opened");
    return e;
}

enum err questions_end(struct turn *t, enum dialogue_kind kind, int64_t case_id) {
    int64_t before = INT64_MAX;
    for (;;) {
        struct dialogue d = {0};
        enum err e = dialogue_before(t->s->store, t->who->id, before, t->now, &d);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        before = d.id;
        bool meant = d.kind == kind && d.case_id == case_id;
        dialogue_release(&d);
        if (meant)
            return dialogue_close(t->s->store, before);
    }
}

/* ---- yes and no ---- */

/* case_id 0: about any. */
static enum err answer(struct turn *t, int64_t case_id, bool yes) {
    int64_t before = INT64_MAX;
    for (;;) {
        struct dialogue d = {0};
        enum err e = dialogue_before(t->s->store, t->who->id, before, t->now, &d);
        if (e != ERR_OK)
            return e;
        before = d.id;
        answered *with = (unsigned)d.kind < DIALOGUE_KIND_COUNT ? (yes ? kinds[d.kind].yes : kinds[d.kind].no) : NULL;
        bool fits = with && (!case_id || d.case_id == case_id);
        e = fits ? with(t, &d) : ERR_OK;
        dialogue_release(&d);
        if (fits || e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_INVALID : e; /* a row that must be there isn't */
    }
}

enum err questions_answer(struct turn *t, bool yes) {
    return answer(t, 0, yes);
}

enum err questions_answer_about(struct turn *t, int64_t case_id, bool yes) {
    return answer(t, case_id, yes);
}

enum err questions_expired(struct smsc *s, const struct dialogue *d, int64_t now) {
    struct dialogue whole = {0};
    expired *what = (unsigned)d->kind < DIALOGUE_KIND_COUNT ? kinds[d->kind].expired : NULL;
    if (!what)
        return dialogue_close(s->store, d->id);
    enum err e = dialogue_get(s->store, d->id, &whole);
    if (e == ERR_OK)
        e = what(s, &whole, now);
    crash_point("timer.dialogue");
    dialogue_release(&whole);
    return e;
}
