/* Any text as a citizen's message: understood within its bounds whatever is open, the same when what it depends on isn't; its quotation is harmless.
 * Any bytes as a raw row: refused, or written again to the same. */
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/arrival.h"
#include "smsc/code.h"
#include "smsc/compose.h"
#include "smsc/grammar.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool promise) {
    if (!promise)
        abort();
}

static bool on_border(const char *text, size_t at) {
    return ((unsigned char)text[at] & 0xC0) != 0x80;
}

static void place(const char *text, size_t at, size_t len) {
    demand(at <= strlen(text) && len <= strlen(text) - at);
    demand(on_border(text, at) && on_border(text, at + len));
}

static void understood(const char *text, const struct parsed *p) {
    demand(p->verb < VERB_COUNT && p->why);
    place(text, p->argument, p->argument_len);
    for (int part = 0; part < BEHALF_PARTS; part++)
        place(text, p->behalf[part].at, p->behalf[part].len);
    demand(p->verb != VERB_FREETEXT || (p->argument == 0 && p->argument_len == strlen(text)));
    demand(p->code_form != CODE_FORM_FULL || code_valid(p->code));
    demand(p->rating >= 0 && p->rating <= 5 && (p->verb == VERB_RATE) == (p->rating > 0));
    demand(p->page >= 0 && p->page <= 9 && (p->verb == VERB_TRACK || p->page == 0));
    demand(strlen(p->digits) <= PARSED_DIGITS_MAX);
}

static void understanding(const char *text) {
    static const unsigned opens[] = {0,
                                     GRAMMAR_NAME_ASKED,
                                     GRAMMAR_DRAFT_ASKED,
                                     GRAMMAR_RATING_OPEN,
                                     GRAMMAR_QUESTION_OPEN,
                                     GRAMMAR_LIST_SENT,
                                     GRAMMAR_BEHALF_ASKED,
                                     GRAMMAR_BEHALF_ASKED - 1,
                                     2 * GRAMMAR_BEHALF_ASKED - 1};
    struct parsed alone;
    struct officer_parsed officer;
    grammar_parse(text, 0, &alone);
    for (size_t i = 0; i < sizeof opens / sizeof *opens; i++) {
        struct parsed p;
        grammar_parse(text, opens[i], &p);
        understood(text, &p);
        demand(p.verb == alone.verb || (alone.depends & opens[i]));
    }
    grammar_parse_officer(text, &officer);
    demand(!officer.has_code || code_valid(officer.code));
}

static void quoting(const char *text) {
    for (int accented = 0; accented < 2; accented++) {
        struct str to;
        str_init(&to, SIZE_MAX);
        compose_quote(text, accented, 75, &to);
        const char *quote = to.data ? to.data : "";
        demand(!strpbrk(quote, "\"\r\n[]{}"));
        demand(text_valid(quote, strlen(quote)) && text_codepoints(quote) <= 75);
        demand(accented || (gsm7_length(quote) >= 0 && gsm7_length(quote) <= 75));
        str_release(&to);
    }
}

static void reading(const uint8_t *data, size_t size) {
    struct arrival_copy copy, again;
    struct str body;
    if (arrival_read((const char *)data, size, &copy) != ERR_OK)
        return;
    str_init(&body, SIZE_MAX);
    arrival_write(&copy.arrival, &body);
    demand(arrival_read(body.data, body.len, &again) == ERR_OK);
    demand(again.arrival.kind == copy.arrival.kind && phone_equal(&again.arrival.phone, &copy.arrival.phone));
    arrival_release(&again);
    arrival_release(&copy);
    str_release(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text;
    str_init(&text, SIZE_MAX);
    text_add_lossy(&text, (const char *)data, size);
    char *copy = mem_string(text.data ? text.data : "");
    understanding(copy);
    quoting(copy);
    reading(data, size);
    free(copy);
    str_release(&text);
    return 0;
}
