/* Cases as a list, and one with everything that is known of it. */
#include "firmware-host/ctl.h"

#include "store/case_rules.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void print_cases(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"CODE", "code", COLUMN_TEXT}, {"STATE", "state", COLUMN_TEXT}, {"SUBMITTED", "submitted", COLUMN_TIME},     {"DUE", "due", COLUMN_TEXT},
        {"LINK", "link", COLUMN_TEXT}, {"FROM", "from", COLUMN_TEXT},   {"CHARACTERS", "characters", COLUMN_NUMBER},
    };
    ctl_print_rows(result, columns, COUNT(columns), "no cases");
}

enum ctl_exit ctl_case_list(struct ctl *ctl) {
    return ctl_ask(ctl, "case.list", print_cases);
}

/* "late: T1, T2" */
static void print_list(const char *heading, const struct json *list) {
    for (size_t i = 0; i < json_count(list); i++)
        printf("%s%s", i ? ", " : heading, json_text_value(json_at(list, i)));
    if (json_count(list))
        puts("");
}

static void print_head(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"CODE", "code", COLUMN_TEXT},
        {"STATE", "state", COLUMN_TEXT},
        {"SUBMITTED", "submitted", COLUMN_TIME},
        {"DUE", "due", COLUMN_TEXT},
        {"AGENCY", "agency", COLUMN_TEXT},
        {"UNIT", "unit", COLUMN_TEXT},
        {"FIELD", "field", COLUMN_TEXT},
        {"LINK", "link", COLUMN_TEXT},
        {"FROM", "from", COLUMN_TEXT},
        {"RATING", "rating", COLUMN_NUMBER},
        {"TRANSFERS", "hops", COLUMN_NUMBER},
        {"REFUSED FOR", "refusal", COLUMN_TEXT},
        {"DUPLICATE OF", "original", COLUMN_TEXT},
        {"SUPPORTERS", "supporters", COLUMN_NUMBER},
        {"SUPPORTS", "supports", COLUMN_TEXT},
        {"CHARACTERS", "characters", COLUMN_NUMBER},
    };
    ctl_print_object(result, columns, COUNT(columns));
    print_list("LATE        ", json_get(result, "late"));
    print_list("FLAGS       ", json_get(result, "flags"));
    ctl_print_text(result);
    const struct json *document = json_get(result, "document_ref");
    if (document) {
        fputs("DOCUMENT    ", stdout);
        ctl_print_clean(json_text(document, "number"), stdout);
        printf("\n  SHA-256   %s\n", json_text(document, "sha256"));
    }
    const char *answer = json_text(result, "answer");
    if (answer) {
        fputs("ANSWER      ", stdout);
        ctl_print_clean(answer, stdout);
        puts("");
    }
}

static void print_case(const struct json *result) {
    static const struct ctl_column deadlines[] = {
        {"DEADLINE", "kind", COLUMN_TEXT}, {"STATE", "state", COLUMN_TEXT}, {"WORKING DAYS", "working_days", COLUMN_NUMBER},
        {"FROM", "start", COLUMN_TIME},    {"DUE", "due", COLUMN_TEXT},     {"MOVED BY", "cause", COLUMN_TEXT}};
    static const struct ctl_column coordination[] = {
        {"COORDINATES", "agency", COLUMN_TEXT}, {"ASKED", "asked", COLUMN_TIME}, {"ANSWERED", "answered", COLUMN_TIME}};
    static const struct ctl_column events[] = {
        {"EVENT", "id", COLUMN_NUMBER}, {"AT", "at", COLUMN_TIME}, {"WHAT", "type", COLUMN_TEXT}, {"BY", "actor", COLUMN_TEXT}};
    static const struct ctl_column notices[] = {{"TEXT", "template", COLUMN_TEXT},
                                                {"TO", "to", COLUMN_TEXT},
                                                {"CREATED", "created", COLUMN_TIME},
                                                {"PARTS", "parts", COLUMN_NUMBER},
                                                {"IS", "state", COLUMN_TEXT}};
    print_head(result);
    puts("");
    ctl_print_rows(json_get(result, "deadlines"), deadlines, COUNT(deadlines), "no deadline ever ran");
    if (json_count(json_get(result, "coordination"))) {
        puts("");
        ctl_print_rows(json_get(result, "coordination"), coordination, COUNT(coordination), "");
    }
    puts("");
    ctl_print_rows(json_get(result, "events"), events, COUNT(events), "no events");
    puts("");
    ctl_print_rows(json_get(result, "notices"), notices, COUNT(notices), "no texts");
}

enum ctl_exit ctl_case_show(struct ctl *ctl) {
    struct ctl_request request;
    ctl_request_begin(ctl, "case.show", &request);
    json_put_text(&request.w, "code", ctl->arguments[0]);
    ctl_put_given(&request);
    return ctl_request_run(&request, print_case);
}

/* Asks no core: the table is in the program. */
enum ctl_exit ctl_case_diagram(struct ctl *ctl) {
    struct str diagram;
    str_init(&diagram, CTL_LINE_MAX);
    case_diagram(&diagram);
    if (ctl->json) {
        struct str quoted;
        struct json_writer w;
        str_init(&quoted, CTL_LINE_MAX);
        json_begin(&w, &quoted);
        json_put_text(&w, NULL, diagram.data);
        puts(quoted.data);
        str_release(&quoted);
    } else {
        fputs(diagram.data, stdout);
    }
    str_release(&diagram);
    return CTL_FINE;
}
