/* Any bytes as a file of the operator's own texts: refused with a reason, or taken, and then every text renders in both forms, in the characters and
 * segments promised. The same bytes as a public answer: pages that hold all of it. */
#include "firmware-host/base/clean.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/text.h"
#include "smsc/pages.h"
#include "smsc/templates.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 90, PAGES = 4096 };

static void demand(bool promise) {
    if (!promise)
        abort();
}

static void all_render(const struct templates *t, const char *value) {
    struct template_values values;
    for (size_t v = 0; v < VARIABLE_COUNT; v++)
        values.of[v] = value;
    for (size_t n = 0; n < 2 * (size_t)TEMPLATE_COUNT; n++) {
        struct str text;
        str_init(&text, SIZE_MAX);
        template_render(t, (enum template_id)(n / 2), n % 2, &values, &text);
        demand(n % 2 || gsm7_length(text.data) >= 0);
        demand(!strpbrk(text.data, "&[]{}^~\\|"));
        str_release(&text);
    }
}

static void as_file(const char *json, const char *value) {
    struct template_values settings = {.of = {[VARIABLE_PROVINCE] = "Thanh Hoa", [VARIABLE_SHORTCODE] = "1022"}};
    struct templates *t = NULL;
    struct str problems;
    str_init(&problems, SIZE_MAX);
    if (templates_parse(json, "file", &settings, &problems, &t) == ERR_OK) {
        demand(problems.len == 0 && templates_check(t, &settings, &problems));
        all_render(t, value);
        templates_free(t);
    } else {
        demand(problems.len > 0);
    }
    str_release(&problems);
}

static void as_answer(const char *text, bool accented) {
    static struct page pages[PAGES];
    struct str clean;
    size_t count = 0, at = 0;
    str_init(&clean, SIZE_MAX);
    clean_text(text, (struct clean_form){.accented = accented, .lines = true}, &clean);
    str_add(&clean, "");
    if (pages_cut(clean.data, accented ? SMS_UCS2 : SMS_GSM7, ROOM, pages, PAGES, &count) == ERR_OK) {
        for (size_t i = 0; i < count; i++) {
            demand(pages[i].len > 0 && pages[i].offset - at <= 1);
            demand(sms_units(clean.data + pages[i].offset, pages[i].len, accented ? SMS_UCS2 : SMS_GSM7) <= ROOM);
            demand(text_valid(clean.data + pages[i].offset, pages[i].len));
            at = pages[i].offset + pages[i].len;
        }
        demand(at == clean.len);
    }
    str_release(&clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text;
    str_init(&text, SIZE_MAX);
    text_add_lossy(&text, (const char *)data, size);
    str_add(&text, "");
    as_file(text.data, text.data);
    as_answer(text.data, false);
    as_answer(text.data, true);
    str_release(&text);
    return 0;
}
