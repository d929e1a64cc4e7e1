/* Likeness is measured by aligning the words, not by counting them: two complaints about two hamlets differ in one word of twenty, and are two. What
 * is less than a repetition becomes a case of its own; officers can still mark it as a duplicate. */
#include "smsc/duplicate.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/typo.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 8, WORDS_MAX = 256, TOKEN_SIZE = 16, MORE_IN = 10, DRAFTS_LOOKED_AT = 20 };

/* ---- likeness ---- */

struct word_list {
    char *folded;
    struct token {
        const char *at;
        size_t len;
        bool number; /* has a digit */
    } of[WORDS_MAX];
    size_t count;
    bool whole; /* not more words than are compared */
};

static bool in_word(char c) {
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static void split(const char *text, struct word_list *list) {
    list->folded = text_fold(text);
    list->count = 0;
    const char *at = list->folded;
    for (;;) {
        while (*at && !in_word(*at))
            at++;
        if (!*at || list->count == WORDS_MAX)
            break;
        struct token *token = &list->of[list->count++];
        *token = (struct token){.at = at};
        for (; in_word(*at); at++)
            token->number |= isdigit((unsigned char)*at) != 0;
        token->len = (size_t)(at - token->at);
    }
    list->whole = !*at;
}

/* A slip of the finger makes what is no syllable: PHONG and PHUONG are two places. */
static bool is_slip(const struct token *a, const struct token *b) {
    char one[TOKEN_SIZE], other[TOKEN_SIZE];
    if (a->number || b->number || a->len >= sizeof one || b->len >= sizeof other)
        return false;
    snprintf(one, sizeof one, "%.*s", (int)a->len, a->at);
    snprintf(other, sizeof other, "%.*s", (int)b->len, b->at);
    return typo_within_one(one, other) && !(typo_is_syllable(one) && typo_is_syllable(other));
}

static bool same_word(const struct token *a, const struct token *b) {
    return (a->len == b->len && memcmp(a->at, b->at, a->len) == 0) || is_slip(a, b);
}

/* Words left over between two words that fit: on one side only they're an addition; on both sides one thing stands in another's place. A number left
 * over is always another number. */
static bool same_but_additions(const struct word_list *a, const struct word_list *b, uint16_t (*common)[WORDS_MAX + 1]) {
    size_t i = 0, j = 0;
    while (i < a->count || j < b->count) {
        size_t from_i = i, from_j = j;
        while ((i < a->count || j < b->count) && !(i < a->count && j < b->count && same_word(&a->of[i], &b->of[j]))) {
            bool take_a = j == b->count || (i < a->count && common[i + 1][j] >= common[i][j + 1]);
            if (take_a ? a->of[i].number : b->of[j].number)
                return false;
            i += take_a;
            j += !take_a;
        }
        if (i > from_i && j > from_j)
            return false;
        i += i < a->count;
        j += j < b->count;
    }
    return true;
}

/* All numbers, in their order: what tells most texts apart, at a glance. */
static bool same_numbers(const struct word_list *a, const struct word_list *b) {
    for (size_t i = 0, j = 0;; i++, j++) {
        while (i < a->count && !a->of[i].number)
            i++;
        while (j < b->count && !b->of[j].number)
            j++;
        if (i == a->count || j == b->count)
            return i == a->count && j == b->count;
        if (!same_word(&a->of[i], &b->of[j]))
            return false;
    }
}

static bool alike(const struct word_list *a, const struct word_list *b) {
    size_t most = a->count > b->count ? a->count : b->count, least = a->count + b->count - most;
    if (!a->whole || !b->whole || most == 0)
        return strcmp(a->folded, b->folded) == 0;
    if ((most - least) * MORE_IN > most || !same_numbers(a, b))
        return false;
    uint16_t(*common)[WORDS_MAX + 1] = mem_alloc((WORDS_MAX + 1) * sizeof *common); /* of the words from i and j on */
    for (size_t i = a->count; i-- > 0;) {
        for (size_t j = b->count; j-- > 0;) {
            uint16_t skip = common[i + 1][j] > common[i][j + 1] ? common[i + 1][j] : common[i][j + 1];
            common[i][j] = same_word(&a->of[i], &b->of[j]) ? (uint16_t)(common[i + 1][j + 1] + 1) : skip;
        }
    }
    bool enough = (most - common[0][0]) * MORE_IN <= most;
    bool same = enough && same_but_additions(a, b, common);
    free(common);
    return same;
}

static bool like(const struct word_list *a, const char *text) {
    struct word_list *b = mem_alloc(sizeof *b);
    split(text, b);
    bool same = alike(a, b);
    free(b->folded);
    free(b);
    return same;
}

bool duplicate_near(const char *a, const char *b) {
    struct word_list *words = mem_alloc(sizeof *words);
    split(a, words);
    bool same = like(words, b);
    free(words->folded);
    free(words);
    return same;
}

/* ---- the sender's cases ---- */

struct search {
    struct word_list words;
    int64_t since, found; /* found: a case; 0 */
};

bool duplicate_handled(const struct pakn_case *c, int64_t since) {
    return STATE_OF(c) & (STATES_BEFORE_RESULT | STATE(REJOINDER)) && c->submitted_at >= since;
}

static void compare(void *context, const struct pakn_case *c) {
    struct search *search = context;
    if (!search->found && duplicate_handled(c, search->since) && like(&search->words, c->text))
        search->found = c->id;
}

enum err duplicate_find(struct turn *t, const char *text, struct pakn_case *ret_case) {
    struct search *search = mem_alloc(sizeof *search);
    search->since = t->now - t->s->settings.cases.duplicate_days * CLOCK_DAY;
    split(text, &search->words);
    enum err e = case_list_of(t->s->store, t->who->id, true, LOOKED_AT, compare, search);
    int64_t found = search->found;
    free(search->words.folded);
    free(search);
    if (e != ERR_OK)
        return e;
    return found ? case_get(t->s->store, found, ret_case) : ERR_NOT_FOUND;
}

enum err duplicate_of_draft(struct turn *t, const char *text, struct dialogue *ret_question) {
    int64_t before = INT64_MAX;
    for (int n = 0; n < DRAFTS_LOOKED_AT; n++) {
        struct dialogue d = {0};
        struct pakn_case draft = {0};
        enum err e = dialogue_before(t->s->store, t->who->id, before, t->now, &d);
        if (e != ERR_OK)
            return e;
        before = d.id;
        if (d.kind == DIALOGUE_FREETEXT)
            e = case_get(t->s->store, d.case_id, &draft);
        bool same = e == ERR_OK && draft.text && duplicate_near(text, draft.text);
        case_release(&draft);
        if (same) {
            *ret_question = d;
            return ERR_OK;
        }
        dialogue_release(&d);
        if (e != ERR_OK && e != ERR_NOT_FOUND)
            return e;
    }
    return ERR_NOT_FOUND;
}

/* While something else is being asked, a repetition is no answer: then the clock doesn't go on by it. */
enum err duplicate_add(struct turn *t, struct pakn_case *c, const char *text, bool confidential) {
    struct case_step supplement = {.kind = c->state == CASE_NEED_INFO ? STEP_WORDS : STEP_SUPPLEMENT, .text = text};
    struct case_step conceal = {.kind = STEP_CONFIDENTIAL};
    char code[CASE_CODE_SIZE], date[COMPOSE_DATE_SIZE];
    bool done = false;
    enum err e = turn_step(t, c, ROLE_CITIZEN, &supplement, true, &done);
    if (e != ERR_OK || !done)
        return e;
    case_code_text(c->code, code);
    compose_date(clock_vietnam_day(c->submitted_at), date);
    struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_DATE] = date}};
    e = turn_reply(t, TEMPLATE_DUP, &values, c->id);
    if (e == ERR_OK)
        e = turn_hint(t);
    if (e == ERR_OK && confidential && !(c->flags & CASE_CONFIDENTIAL))
        e = turn_step(t, c, ROLE_CITIZEN, &conceal, false, &done);
    return e;
}
