/* Working days on the command line: counts a deadline and says of every day why, and looks through a calendar's years. Needs no core (but for
 * `reload`): the calendar is that of --file, else of the configuration (-c, else the default path where one is), else the one inside the program;
 * which of them stands in the answer. A year without a schedule is a warning, since its weekends still count; a calendar with a mistake is refused
 * whole. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/config.h"
#include "firmware-host/directory_file.h"
#include "store/calendar.h"
#include "store/embedded.h"

#include <string.h>
#include <unistd.h>

enum { PROBLEMS_MAX = 64 * 1024, WORDS_MAX = 4096 };

struct used { /* a calendar, and where it's from */
    struct calendar *calendar;
    struct str file; /* "": inside the program */
    bool pending_as_off;
    struct directory *directory; /* that of the configuration; NULL: it has none */
};

/* ---- which calendar ---- */

/* The configuration of the default path, where there is one and it may be read: NULL else. */
static enum ctl_exit default_config(const struct ctl *ctl, struct config **ret_config) {
    struct str problems;
    enum ctl_exit status = CTL_FINE;
    *ret_config = NULL;
    if (access(CONFIG_DEFAULT_PATH, F_OK) != 0)
        return CTL_FINE;
    str_init(&problems, PROBLEMS_MAX);
    enum err e = config_load(CONFIG_DEFAULT_PATH, &problems, ret_config);
    if (e == ERR_IO)
        fputs("phanhoictl: warning: " CONFIG_DEFAULT_PATH " can't be read, so this is the calendar inside the program\n", stderr);
    else if (e != ERR_OK)
        status = ctl_fail(ctl, err_symbol(e), problems.data);
    str_release(&problems);
    return status;
}

static void release(struct used *u) {
    calendar_free(u->calendar);
    directory_free(u->directory);
    str_release(&u->file);
}

/* One with a mistake is no reason not to count: NULL. */
static struct directory *read_directory(const char *path) {
    struct directory *directory = NULL;
    struct str problems;
    str_init(&problems, DIRECTORY_PROBLEMS_MAX);
    if (directory_file_read(path, &problems, &directory) != ERR_OK) {
        fputs("phanhoictl: warning: ", stderr);
        ctl_print_clean(problems.data, stderr);
        directory = NULL;
    }
    str_release(&problems);
    return directory;
}

/* Says itself what failed. CTL_FINE: give it to release(). */
static enum ctl_exit find_calendar(const struct ctl *ctl, struct used *ret_used) {
    struct config *own = NULL;
    struct str problem;
    if (ctl->file && !*ctl->file)
        return ctl_fail(ctl, err_symbol(ERR_INVALID), "--file is empty: the path of a calendar is needed");
    if (!ctl->file && !ctl->config) {
        enum ctl_exit status = default_config(ctl, &own);
        if (status != CTL_FINE)
            return status;
    }
    const struct config *config = ctl->config ? ctl->config : own;
    struct used u = {.pending_as_off = ctl->pending || (config && config->pending_as_off)};
    str_init(&u.file, WORDS_MAX);
    str_init(&problem, PROBLEMS_MAX);
    if (ctl->file || config)
        str_add(&u.file, ctl->file ? ctl->file : config->calendar_file);
    enum err e = config_calendar_at(u.file.data, u.pending_as_off, &problem, &u.calendar);
    if (config && *config->directory_file)
        u.directory = read_directory(config->directory_file);
    enum ctl_exit status = e == ERR_OK ? CTL_FINE : ctl_fail(ctl, err_symbol(e), problem.data);
    if (e == ERR_OK)
        *ret_used = u;
    else
        release(&u);
    str_release(&problem);
    config_free(own);
    return status;
}

static bool in_directory(const struct used *u, const char *agency) {
    for (size_t i = 0; u->directory && i < u->directory->agency_count; i++) {
        const char *key = u->directory->agencies[i].key.text;
        if (key && strcmp(key, agency) == 0)
            return true;
    }
    return false;
}

static void put_calendar(struct json_writer *w, const struct used *u) {
    json_open_object(w, "calendar");
    json_put_text(w, "file", u->file.len ? u->file.data : NULL);
    json_put_text(w, "version", calendar_version(u->calendar));
    json_put_text(w, "source", calendar_source(u->calendar));
    json_put_bool(w, "pending_as_off", u->pending_as_off);
    json_close_object(w);
}

static void print_calendar(const struct used *u, struct str *to) {
    str_addf(to, "calendar: %s, version %s; pending days are %s\n", u->file.len ? u->file.data : "the one inside the program",
             calendar_version(u->calendar), u->pending_as_off ? "off" : "worked");
}

static int year_of(int32_t day) {
    int year, month, dom;
    civil_from_day_number(day, &year, &month, &dom);
    return year;
}

/* ---- due ---- */

struct count {
    const struct used *used;
    const char *agency; /* NULL */
    int32_t event, due;
    int days;
};

static enum ctl_exit refuse(const struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
static enum ctl_exit refuse(const struct ctl *ctl, const char *format, ...) {
    struct str message;
    va_list args;
    str_init(&message, WORDS_MAX);
    va_start(args, format);
    str_vaddf(&message, format, args);
    va_end(args);
    enum ctl_exit status = ctl_fail(ctl, err_symbol(ERR_INVALID), message.data);
    str_release(&message);
    return status;
}

static enum ctl_exit arguments(const struct ctl *ctl, struct count *count) {
    const char *date = ctl->arguments[0], *days = ctl->arguments[1];
    int64_t number;
    if (calendar_parse_date(date, &count->event) != ERR_OK)
        return refuse(ctl, "\"%.40s\" is not a date: YYYY-MM-DD is needed, a day that exists, %d to %d", date, CALENDAR_YEAR_FIRST,
                      CALENDAR_YEAR_LAST);
    if (parse_int(days, 1, CALENDAR_DAYS_MAX, &number) != ERR_OK)
        return refuse(ctl, "\"%.40s\" is not a number of working days: 1 to %d is needed", days, CALENDAR_DAYS_MAX);
    count->days = (int)number;
    return CTL_FINE;
}

static enum ctl_exit count_days(const struct ctl *ctl, struct count *count) {
    const struct calendar *c = count->used->calendar;
    if (count->agency && !calendar_has_closures(c, count->agency) && !in_directory(count->used, count->agency))
        return refuse(ctl, "unknown agency \"%.40s\": %s", count->agency,
                      count->used->directory
                          ? "neither the directory nor a closure of the calendar has that key"
                          : "no closure of the calendar names it; it's misspelt, or was never closed and has everybody's working days");
    int64_t midnight = calendar_end_of_day(count->event - 1);
    if (calendar_due_for(c, count->agency, midnight, count->days, &count->due) != ERR_OK)
        return refuse(ctl, "the next three years don't have %d working days in this calendar: look at its weekend, days off and closures",
                      count->days);
    return CTL_FINE;
}

/* Worth a line though it counts. */
static bool unusual(enum calendar_reason reason) {
    return reason != CALENDAR_WEEKDAY;
}

/* One line a day, of those that count or of those that don't. */
static void print_days(const struct count *count, bool counted, const char *heading, struct str *to) {
    const struct calendar *c = count->used->calendar;
    int lines = 0;
    for (int32_t day = count->event + 1; day <= count->due; day++) {
        char date[CALENDAR_DATE_SIZE];
        if (calendar_working_for(c, count->agency, day) != counted || !unusual(calendar_reason(c, count->agency, day)))
            continue;
        calendar_date_text(day, date);
        str_addf(to, "%s  %s  ", lines++ ? "" : heading, date);
        calendar_explain(c, count->agency, day, to);
        str_add(to, "\n");
    }
}

static void put_days(const struct count *count, bool counted, const char *key, struct json_writer *w) {
    const struct calendar *c = count->used->calendar;
    struct str words;
    str_init(&words, WORDS_MAX);
    json_open_array(w, key);
    for (int32_t day = count->event + 1; day <= count->due; day++) {
        char date[CALENDAR_DATE_SIZE];
        if (calendar_working_for(c, count->agency, day) != counted)
            continue;
        calendar_date_text(day, date);
        str_clear(&words);
        calendar_explain(c, count->agency, day, &words);
        json_open_object(w, NULL);
        json_put_text(w, "date", date);
        json_put_text(w, "kind", calendar_reason_name(calendar_reason(c, count->agency, day)));
        json_put_text(w, "reason", words.data);
        json_close_object(w);
    }
    json_close_array(w);
    str_release(&words);
}

/* The next year from `year` on, up to that of the due day, that has no official schedule, and what is to be said of it. 0: none. */
static int next_warning(const struct count *count, int year, struct str *to) {
    const struct calendar *c = count->used->calendar;
    for (; year <= year_of(count->due); year++) {
        const char *text = calendar_status_text(c, year);
        enum calendar_status status = calendar_status(c, civil_day_number(year, 1, 1));
        str_clear(to);
        if (status == CALENDAR_MISSING)
            str_addf(to, "%d is missing in this calendar: only its weekends are skipped", year);
        else if (status == CALENDAR_PROVISIONAL)
            str_addf(to, "%d isn't official, so this may move: %s", year, text);
        if (to->len)
            return year;
    }
    return 0;
}

static void print_due(const struct count *count) {
    char event[CALENDAR_DATE_SIZE], due[CALENDAR_DATE_SIZE];
    struct str all, words;
    int year, month, day;
    str_init(&all, CTL_LINE_MAX);
    str_init(&words, WORDS_MAX);
    calendar_date_text(count->event, event);
    calendar_date_text(count->due, due);
    civil_from_day_number(count->due, &year, &month, &day);
    str_addf(&all, "%s %s (%02d/%02d/%04d), until 24:00: %d working day%s after %s %s%s%s\n", due, calendar_weekday_name(count->due), day, month,
             year, count->days, count->days == 1 ? "" : "s", event, calendar_weekday_name(count->event), count->agency ? ", agency " : "",
             count->agency ? count->agency : "");
    print_calendar(count->used, &all);
    print_days(count, false, "skipped:\n", &all);
    print_days(count, true, "counted:\n", &all);
    for (int at = year_of(count->event + 1); (at = next_warning(count, at, &words)); at++)
        str_addf(&all, "warning: %s\n", words.data);
    ctl_print_clean(all.data, stdout);
    str_release(&words);
    str_release(&all);
}

static void put_due(const struct count *count) {
    char event[CALENDAR_DATE_SIZE], due[CALENDAR_DATE_SIZE];
    struct str all, words;
    struct json_writer w;
    str_init(&all, CTL_LINE_MAX);
    str_init(&words, WORDS_MAX);
    calendar_date_text(count->event, event);
    calendar_date_text(count->due, due);
    json_begin(&w, &all);
    json_open_object(&w, NULL);
    json_put_text(&w, "event", event);
    json_put_int(&w, "days", count->days);
    json_put_text(&w, "agency", count->agency);
    json_put_text(&w, "due", due);
    json_put_time(&w, "late_from", calendar_end_of_day(count->due));
    put_calendar(&w, count->used);
    put_days(count, false, "skipped", &w);
    put_days(count, true, "counted", &w);
    json_open_array(&w, "warnings");
    for (int at = year_of(count->event + 1); (at = next_warning(count, at, &words)); at++)
        json_put_text(&w, NULL, words.data);
    json_close_array(&w);
    json_close_object(&w);
    puts(all.data);
    str_release(&words);
    str_release(&all);
}

enum ctl_exit ctl_calendar_due(struct ctl *ctl) {
    struct used used = {.calendar = NULL};
    struct count count = {.used = &used, .agency = ctl->agency};
    enum ctl_exit status = arguments(ctl, &count);
    if (status != CTL_FINE)
        return status;
    status = find_calendar(ctl, &used);
    if (status != CTL_FINE)
        return status;
    status = count_days(ctl, &count);
    if (status == CTL_FINE && ctl->json)
        put_due(&count);
    else if (status == CTL_FINE)
        print_due(&count);
    release(&used);
    return status;
}

/* ---- check ---- */

static bool shown(const struct calendar *c, int year, int this_year) {
    return calendar_status_text(c, year) || (year >= this_year && year <= this_year + 2);
}

static const char *status_of(const struct calendar *c, int year) {
    return calendar_status_name(calendar_status(c, civil_day_number(year, 1, 1)));
}

/* Those of the calendar by itself, then closures of agencies that nobody has. */
static void findings(const struct used *u, int this_year, calendar_finding_each *each, void *context) {
    const struct calendar_closure *closure;
    calendar_check(u->calendar, this_year, each, context);
    for (size_t i = 0; u->directory && (closure = calendar_closure(u->calendar, i)); i++) {
        struct str text;
        if (strcmp(closure->agency, "*") == 0 || in_directory(u, closure->agency))
            continue;
        str_init(&text, WORDS_MAX);
        str_addf(&text, "closures[%zu]: no agency of the directory has the key \"%s\"", i, closure->agency);
        each(context, &(struct calendar_finding){.year = year_of(closure->from), .kind = "closure", .text = text.data});
        str_release(&text);
    }
}

static void print_finding(void *context, const struct calendar_finding *f) {
    str_addf(context, "warning: %d: %s: %s\n", f->year, f->kind, f->text);
}

static void print_check(const struct used *u, int this_year) {
    const struct calendar *c = u->calendar;
    struct str all;
    str_init(&all, CTL_LINE_MAX);
    print_calendar(u, &all);
    if (calendar_source(c))
        str_addf(&all, "source: %s\n", calendar_source(c));
    for (int year = CALENDAR_YEAR_FIRST; year <= CALENDAR_YEAR_LAST; year++) {
        const char *document = calendar_document(c, year);
        if (shown(c, year, this_year))
            str_addf(&all, "%d  %s%s%s\n", year, status_of(c, year), document ? ", " : "", document ? document : "");
    }
    size_t before = all.len;
    findings(u, this_year, print_finding, &all);
    if (all.len == before)
        str_add(&all, "nothing to look at\n");
    ctl_print_clean(all.data, stdout);
    str_release(&all);
}

static void put_finding(void *context, const struct calendar_finding *f) {
    struct json_writer *w = context;
    json_open_object(w, NULL);
    json_put_int(w, "year", f->year);
    json_put_text(w, "kind", f->kind);
    json_put_text(w, "text", f->text);
    json_close_object(w);
}

static void put_check(const struct used *u, int this_year) {
    const struct calendar *c = u->calendar;
    struct str all;
    struct json_writer w;
    str_init(&all, CTL_LINE_MAX);
    json_begin(&w, &all);
    json_open_object(&w, NULL);
    put_calendar(&w, u);
    json_open_array(&w, "years");
    for (int year = CALENDAR_YEAR_FIRST; year <= CALENDAR_YEAR_LAST; year++) {
        if (!shown(c, year, this_year))
            continue;
        json_open_object(&w, NULL);
        json_put_int(&w, "year", year);
        json_put_text(&w, "status", status_of(c, year));
        json_put_text(&w, "text", calendar_status_text(c, year));
        json_put_text(&w, "document", calendar_document(c, year));
        json_close_object(&w);
    }
    json_close_array(&w);
    json_open_array(&w, "warnings");
    findings(u, this_year, put_finding, &w);
    json_close_array(&w);
    json_close_object(&w);
    puts(all.data);
    str_release(&all);
}

enum ctl_exit ctl_calendar_check(struct ctl *ctl) {
    struct used used = {.calendar = NULL};
    struct clock *clock = clock_system();
    int this_year = year_of(clock_vietnam_day(clock->wall_ms(clock)));
    enum ctl_exit status = find_calendar(ctl, &used);
    if (status != CTL_FINE)
        return status;
    (ctl->json ? put_check : print_check)(&used, this_year);
    release(&used);
    return CTL_FINE;
}

/* ---- print ---- */

enum ctl_exit ctl_calendar_print(struct ctl *ctl) {
    (void)ctl;
    fputs(store_calendar_default[0].text, stdout);
    return CTL_FINE;
}
