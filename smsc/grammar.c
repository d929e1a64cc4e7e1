/* Keywords first, then bare answers; what is neither is somebody's words. Every path that isn't certain ends there; nothing refuses. */
#include "smsc/grammar.h"

#include "firmware-host/base/text.h"
#include "smsc/bare_answers.h"
#include "smsc/hints.h"
#include "smsc/reading.h"
#include "smsc/shapes.h"

#include <string.h>

enum { PREFIXES_MAX = 3, SHORT_CODE_LEAST = 3, SHORT_CODE_MOST = 5, TAIL = 32 };

/* ---- commands ---- */

/* The first reading that finds a keyword decides, unless a later one reads more of the text as a keyword ("goi laij"), or the first took what may be
 * accents' digits for a code ("goi5 lai5"). */
static bool parse_command(struct reading *r, size_t from) {
    size_t read = 0;
    bool glued = false;
    for (int reading = 0; reading < READING_COUNT; reading++) {
        if (!keyword_match(r->text, from, r->limit, (enum keyword_reading)reading, &r->match))
            continue;
        if (read > 0 && !glued && r->match.end <= read)
            continue;
        if (shape_parse(r))
            return true;
        read = r->match.end;
        glued = r->match.glued;
    }
    return false;
}

static bool is_prefix(const struct reading *r, const struct word *w) {
    return !word_none(w) && ((keyword_classes(w->folded) & WORD_PREFIX) || words_in_list(r->prefixes, w->folded));
}

/* Behind what operators put in front, and people copy with it. */
static bool parse_behind_prefix(struct reading *r) {
    struct word w = word_at(r->text, 0, r->limit);
    for (int i = 0; i < PREFIXES_MAX && is_prefix(r, &w); i++) {
        struct word next = word_at(r->text, w.end, r->limit);
        if (strcmp(next.folded, "TIN") == 0) /* "soan tin: TC …" */
            w = next;
        if (parse_command(r, w.end))
            return true;
        w = word_at(r->text, w.end, r->limit);
    }
    return false;
}

/* ---- the whole ---- */

static bool is_short_code(const char *digits) {
    size_t len = strlen(digits);
    return len >= SHORT_CODE_LEAST && len <= SHORT_CODE_MOST && strspn(digits, "0123456789") == len;
}

/* The texts end in "gui 1022", and people copy that too ("gui1022", "gui so 1022"): a command ends before it. */
static size_t command_limit(const char *text) {
    size_t len = strlen(text), at = len > TAIL ? len - TAIL : 0, gui = len;
    while (at > 0 && !strchr(" \t\r\n", text[at]))
        at--; /* the beginning of a word */
    bool ends = false;
    for (struct word w = word_at(text, at, len); !word_none(&w); w = word_at(text, w.end, len)) {
        bool begins = strncmp(w.folded, "GUI", 3) == 0, between = strcmp(w.folded, "SO") == 0 || strcmp(w.folded, "DEN") == 0;
        ends = is_short_code(w.folded) || (begins && is_short_code(w.folded + 3));
        if (begins && w.start > 0)
            gui = w.start;
        else if (!between && !ends)
            gui = len;
    }
    return ends ? gui : len;
}

static bool parse_without_words(const struct reading *r) {
    const char *p = r->text;
    bool question = false;
    for (uint32_t c; (c = text_next(&p)) != 0;) {
        if (c == '?')
            question = true;
        if (!words_separator(c) && !(c >= 0x200B && c <= 0x206F) && c != 0xFEFF)
            return false;
    }
    return reading_decide(r, question ? VERB_HELP : VERB_IGNORE, "no letter and no digit");
}

static void parse(struct reading *r) {
    if (parse_without_words(r) || parse_behind_prefix(r) || parse_command(r, 0) || bare_code(r, 0) || bare_yes_no(r) || bare_digit(r) || bare_name(r))
        return;
    unsigned depends = r->ret->depends;
    *r->ret = (struct parsed){.verb = VERB_FREETEXT, .argument_len = strlen(r->text), .depends = depends};
    reading_decide(r, VERB_FREETEXT, "no keyword in its shape");
}

/* Verbs whose argument is somebody's words, up to the end of the text. */
static bool has_content(enum verb verb) {
    return verb == VERB_FREETEXT || verb == VERB_SUBMIT || verb == VERB_SUBMIT_CONF || verb == VERB_SUPPLEMENT || verb == VERB_REJOIN;
}

void grammar_parse(const char *text, unsigned open, struct parsed *ret) {
    grammar_parse_prefixed(text, "", open, ret);
}

void grammar_parse_prefixed(const char *text, const char *prefixes, unsigned open, struct parsed *ret) {
    struct reading r = {.text = text, .limit = command_limit(text), .prefixes = prefixes, .open = open, .ret = ret};
    *ret = (struct parsed){.verb = VERB_FREETEXT};
    parse(&r);
    if (has_content(ret->verb))
        ret->flags = hints_of(text + ret->argument);
}

/* ---- officers ---- */

void grammar_parse_officer(const char *text, struct officer_parsed *ret) {
    struct parsed p;
    *ret = (struct officer_parsed){.verb = OFFICER_NONE};
    grammar_parse(text, 0, &p);
    struct word first = word_at(text, 0, strlen(text));
    if (p.verb == VERB_HELP) {
        ret->verb = OFFICER_HELP;
    } else if (p.verb == VERB_CONFIRM) {
        ret->verb = OFFICER_READ;
        ret->has_code = p.code_form == CODE_FORM_FULL;
        ret->code = p.code;
        ret->province = p.province;
    } else if (p.verb == VERB_BADCODE) {
        ret->verb = OFFICER_BADCODE;
        memcpy(ret->digits, p.digits, sizeof ret->digits);
    } else if (strcmp(first.folded, "VIEC") == 0) {
        struct word rest = word_at(text, first.end, command_limit(text));
        ret->verb = word_none(&rest) ? OFFICER_LIST : OFFICER_NONE;
    }
}
