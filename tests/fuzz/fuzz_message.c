/* Any text as a citizen's message: understood within its bounds whatever is open, the same when what it depends on isn't; its quotation is harmless.
 * Any bytes as a raw row: refused, or written again to the same. */
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/arrival.h"
#include "smsc/code.h"
#include "smsc/compose.h"
#include "smsc/grammar.h"
#include "smsc/hints.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool promise) {
    if (!promise)
        abort();
}

static void understanding(const char *text) {
    struct parsed alone;
    size_t len = strlen(text);
    grammar_parse(text, 0, &alone);
    for (unsigned open = 0; open <= (GRAMMAR_NAME_ASKED | GRAMMAR_DRAFT_ASKED); open++) {
        struct parsed p;
        grammar_parse(text, open, &p);
        demand(p.verb < VERB_COUNT && p.why);
        demand(p.argument + p.argument_len <= len);
        demand(p.verb != VERB_FREETEXT || p.argument == 0);
        demand(p.code_form != CODE_FORM_FULL || code_valid(p.code));
        demand(p.verb == alone.verb || (alone.depends & open));
        demand(strlen(p.digits) <= PARSED_DIGITS_MAX);
    }
    (void)hints_of(text);
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
