/* Personal data: the chains, who read, and the wipe. */
#include "firmware-host/ctl.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void print_audit(const struct json *result) {
    static const struct ctl_column columns[] = {{"events of cases", "events", COLUMN_NUMBER},
                                                {"of them erased", "erased", COLUMN_NUMBER},
                                                {"head", "head", COLUMN_TEXT},
                                                {"events about personal data", "privacy.events", COLUMN_NUMBER},
                                                {"of them erased", "privacy.erased", COLUMN_NUMBER},
                                                {"head", "privacy.head", COLUMN_TEXT}};
    ctl_print_object(result, columns, COUNT(columns));
    puts("the chains hold; keep the heads elsewhere: a later one that doesn't continue it shows that events were cut off");
}

enum ctl_exit ctl_audit_verify(struct ctl *ctl) {
    return ctl_ask(ctl, "audit.verify", print_audit);
}

static void print_reads(const struct json *result) {
    static const struct ctl_column columns[] = {{"ID", "id", COLUMN_NUMBER},      {"AT", "at", COLUMN_TIME},
                                                {"BY", "by", COLUMN_TEXT},        {"COMMAND", "command", COLUMN_TEXT},
                                                {"CASE", "case", COLUMN_TEXT},    {"NUMBERS", "numbers", COLUMN_NUMBER},
                                                {"TEXTS", "texts", COLUMN_NUMBER}};
    ctl_print_rows(result, columns, COUNT(columns), "nobody was shown personal data");
}

enum ctl_exit ctl_audit_reads(struct ctl *ctl) {
    struct ctl_request request;
    ctl_request_begin(ctl, "audit.reads", &request);
    ctl_put_period(&request);
    return ctl_request_run(&request, print_reads);
}

static void print_retention(const struct json *result) {
    static const struct ctl_column kinds[] = {{"KIND", "kind", COLUMN_TEXT},
                                              {"OLDER THAN", "older_than", COLUMN_TIME},
                                              {"DUE", "due", COLUMN_NUMBER},
                                              {"ERASED IN THIS RUN", "erased", COLUMN_NUMBER}},
                                   state[] = {{"running", "running", COLUMN_SWITCH}, {"last run", "done", COLUMN_TIME}};
    ctl_print_object(result, state, COUNT(state));
    ctl_print_rows(json_get(result, "kinds"), kinds, COUNT(kinds), "");
    const struct json *runs = json_get(result, "runs");
    for (size_t i = 0; i < json_count(runs); i++) {
        static const struct ctl_column columns[] = {{"erased at", "at", COLUMN_TIME},
                                                    {"proof", "id", COLUMN_NUMBER},
                                                    {"cases", "kinds.case.erased", COLUMN_NUMBER},
                                                    {"messages", "kinds.message.erased", COLUMN_NUMBER},
                                                    {"texts", "kinds.text.erased", COLUMN_NUMBER},
                                                    {"persons", "kinds.person.erased", COLUMN_NUMBER}};
        puts("");
        ctl_print_object(json_at(runs, i), columns, COUNT(columns));
    }
}

enum ctl_exit ctl_retention_status(struct ctl *ctl) {
    return ctl_ask(ctl, "retention.status", print_retention);
}

static void print_begun(const struct json *result) {
    (void)result;
    puts("begun; phanhoictl retention status tells how far it is");
}

enum ctl_exit ctl_retention_run(struct ctl *ctl) {
    return ctl_ask(ctl, "retention.run", print_begun);
}
