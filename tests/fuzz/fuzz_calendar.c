/* Any bytes as a calendar's file: refused with words that begin with its name, or a calendar of which everything may be asked, and that counts as it
 * says: the n-th working day is one, and n of them lie up to it. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "store/calendar.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool promise) {
    if (!promise)
        abort();
}

static void take_finding(void *context, const struct calendar_finding *f) {
    (void)context;
    demand(f->year >= CALENDAR_YEAR_FIRST && f->year <= CALENDAR_YEAR_LAST && *f->kind && text_valid(f->text, strlen(f->text)));
}

static void ask(const struct calendar *c, const char *agency, int32_t event) {
    static const int counts[] = {1, 2, 10, CALENDAR_DAYS_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        int32_t due;
        if (calendar_due_for(c, agency, calendar_end_of_day(event) - 1, counts[i], &due) != ERR_OK)
            continue;
        demand(calendar_working_for(c, agency, due));
        demand(calendar_working_days(c, agency, event, due) == counts[i]);
        demand(!agency || calendar_working(c, due)); /* a closure gives no working day */
    }
}

static void use(const struct calendar *c) {
    struct str words;
    str_init(&words, SIZE_MAX);
    for (int32_t day = civil_day_number(2025, 12, 25); day < civil_day_number(2028, 1, 5); day += 3)
        calendar_explain(c, "so-xd", day, &words);
    demand(str_ok(&words) && text_valid(words.data, words.len));
    str_release(&words);
    for (int year = CALENDAR_YEAR_FIRST - 1; year <= CALENDAR_YEAR_LAST + 1; year += 9)
        ask(c, year % 2 ? "so-xd" : NULL, civil_day_number(year, 12, 30));
    ask(c, NULL, civil_day_number(2026, 2, 11));
    ask(c, "so-xd", civil_day_number(2026, 9, 7));
    calendar_check(c, 2026, take_finding, NULL);
    demand(strlen(calendar_version(c)) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *json = mem_string_n((const char *)data, size);
    for (int pending = 0; pending <= 1; pending++) {
        struct calendar *c = NULL;
        struct str problem;
        str_init(&problem, 64 * 1024);
        if (calendar_parse(json, "f.json", pending, &problem, &c) == ERR_OK) {
            demand(!problem.len);
            use(c);
        } else {
            demand(!c && strncmp(problem.data, "f.json: ", 8) == 0);
        }
        calendar_free(c);
        str_release(&problem);
    }
    free(json);
    return 0;
}
