/* Personal data: the chains, who read, the wipe, what people ask about theirs, exports, incidents. */
#include "firmware-host/ctl.h"

#include <stdio.h>

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

/* ---- requests of data subjects ---- */

static void print_data_requests(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"ID", "id", COLUMN_NUMBER},         {"NUMBER", "phone", COLUMN_TEXT},      {"WANTS", "kind", COLUMN_TEXT},
        {"ASKED", "at", COLUMN_TIME},        {"ANSWER BY", "due", COLUMN_TEXT},     {"ANSWERED", "answered", COLUMN_TIME},
        {"DO IT BY", "act_by", COLUMN_TEXT}, {"EXTENDED", "extended", COLUMN_TIME}, {"LATE", "late", COLUMN_SWITCH}};
    ctl_print_rows(result, columns, COUNT(columns), "no request waits");
}

enum ctl_exit ctl_data_request_list(struct ctl *ctl) {
    return ctl_ask(ctl, "data-request.list", print_data_requests);
}

static void print_done(const struct json *result) {
    const char *day = json_text(result, "act_by");
    int64_t cases = 0;
    if (day)
        printf("to be done by %s\n", day);
    else if (json_int(result, "cases", &cases))
        printf("%lld cases are confidential now; the person is texted why\n", (long long)cases);
    else
        puts("done");
}

enum ctl_exit ctl_data_request_answer(struct ctl *ctl) {
    return ctl_ask_number(ctl, "data-request.answer", "id", print_done);
}

enum ctl_exit ctl_data_request_extend(struct ctl *ctl) {
    return ctl_ask_number(ctl, "data-request.extend", "id", print_done);
}

enum ctl_exit ctl_data_request_restrict(struct ctl *ctl) {
    return ctl_ask_number(ctl, "data-request.restrict", "id", print_done);
}

enum ctl_exit ctl_data_request_done(struct ctl *ctl) {
    return ctl_ask_number(ctl, "data-request.done", "id", print_done);
}

/* ---- exports ---- */

static void print_id(const struct json *result) {
    int64_t id = 0;
    if (json_int(result, "id", &id))
        printf("export %lld\n", (long long)id);
}

enum ctl_exit ctl_export_request(struct ctl *ctl) {
    struct ctl_request request;
    ctl_request_begin(ctl, "export.request", &request);
    if (ctl->of_case)
        json_put_text(&request.w, "case", ctl->of_case);
    if (ctl->sender)
        json_put_text(&request.w, "sender", ctl->sender);
    ctl_put_period(&request);
    ctl_put_given(&request);
    return ctl_request_run(&request, print_id);
}

enum ctl_exit ctl_export_approve(struct ctl *ctl) {
    return ctl_ask_number(ctl, "export.approve", "id", print_id);
}

enum ctl_exit ctl_export_deny(struct ctl *ctl) {
    return ctl_ask_number(ctl, "export.deny", "id", print_id);
}

static void print_exports(const struct json *result) {
    static const struct ctl_column columns[] = {{"ID", "id", COLUMN_NUMBER},        {"WHAT", "scope", COLUMN_TEXT},
                                                {"CASE", "case", COLUMN_TEXT},      {"SENDER", "sender", COLUMN_TEXT},
                                                {"FROM", "from", COLUMN_TEXT},      {"TO", "to", COLUMN_TEXT},
                                                {"STATE", "state", COLUMN_TEXT},    {"BY", "by", COLUMN_TEXT},
                                                {"AT", "at", COLUMN_TIME},          {"DECIDED BY", "decided_by", COLUMN_TEXT},
                                                {"EXPIRES", "expires", COLUMN_TIME}};
    ctl_print_rows(result, columns, COUNT(columns), "nothing was ever to be exported");
}

enum ctl_exit ctl_export_list(struct ctl *ctl) {
    return ctl_ask(ctl, "export.list", print_exports);
}

/* As it comes, for a file: JSON has escaped what is harmful. */
static void print_lines(const struct json *result) {
    fputs(json_text_value(result), stdout);
}

enum ctl_exit ctl_export_fetch(struct ctl *ctl) {
    return ctl_ask_number(ctl, "export.fetch", "id", print_lines);
}

/* ---- incidents ---- */

static void print_incident(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"incident", "id", COLUMN_NUMBER}, {"found out", "at", COLUMN_TIME}, {"tell the authority by", "authority_by", COLUMN_TIME}};
    ctl_print_object(result, columns, COUNT(columns));
}

enum ctl_exit ctl_incident_report(struct ctl *ctl) {
    struct ctl_request request;
    ctl_request_begin(ctl, "incident.report", &request);
    ctl_put_period(&request);
    ctl_put_given(&request);
    return ctl_request_run(&request, print_incident);
}

static void print_incidents(const struct json *result) {
    static const struct ctl_column columns[] = {{"ID", "id", COLUMN_NUMBER},   {"AT", "at", COLUMN_TIME},
                                                {"BY", "by", COLUMN_TEXT},     {"FROM", "from", COLUMN_TEXT},
                                                {"TO", "to", COLUMN_TEXT},     {"AUTHORITY BY", "authority_by", COLUMN_TIME},
                                                {"TOLD", "told", COLUMN_TIME}, {"LATE", "late", COLUMN_SWITCH}};
    ctl_print_rows(result, columns, COUNT(columns), "no incident was ever reported");
}

enum ctl_exit ctl_incident_list(struct ctl *ctl) {
    return ctl_ask(ctl, "incident.list", print_incidents);
}

static void print_told(const struct json *result) {
    (void)result;
    puts("written down");
}

enum ctl_exit ctl_incident_told(struct ctl *ctl) {
    return ctl_ask_number(ctl, "incident.told", "id", print_told);
}

static void print_affected(const struct json *result) {
    const struct json *numbers = json_get(result, "numbers");
    for (size_t i = 0; i < json_count(numbers); i++)
        puts(json_text_value(json_at(numbers, i)) ? json_text_value(json_at(numbers, i)) : "-");
}

enum ctl_exit ctl_incident_affected(struct ctl *ctl) {
    return ctl_ask_number(ctl, "incident.affected", "id", print_affected);
}
