/* Blocked senders. */
#include "firmware-host/ctl.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void print_senders(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"ID", "id", COLUMN_NUMBER},       {"NUMBER", "phone", COLUMN_TEXT},        {"STATE", "state", COLUMN_TEXT},
        {"FROM", "from", COLUMN_TIME},     {"UNTIL", "until", COLUMN_TIME},         {"BY", "by", COLUMN_TEXT},
        {"LIFTED", "lifted", COLUMN_TIME}, {"LIFTED BY", "lifted_by", COLUMN_TEXT}, {"CHARACTERS OF THE REASON", "characters", COLUMN_NUMBER},
    };
    ctl_print_rows(result, columns, COUNT(columns), "no sender was ever blocked");
}

enum ctl_exit ctl_sender_list(struct ctl *ctl) {
    return ctl_ask(ctl, "sender.list", print_senders);
}

static void print_sender(const struct json *result) {
    static const struct ctl_column columns[] = {{"number", "phone", COLUMN_TEXT}, {"blocked until", "until", COLUMN_TIME}};
    ctl_print_object(result, columns, COUNT(columns));
}

static enum ctl_exit about_sender(struct ctl *ctl, const char *command, void (*print)(const struct json *result)) {
    struct ctl_request request;
    ctl_request_begin(ctl, command, &request);
    json_put_text(&request.w, "phone", ctl->arguments[0]);
    ctl_put_given(&request);
    return ctl_request_run(&request, print);
}

enum ctl_exit ctl_sender_block(struct ctl *ctl) {
    return about_sender(ctl, "sender.block", print_sender);
}

enum ctl_exit ctl_sender_unblock(struct ctl *ctl) {
    return about_sender(ctl, "sender.unblock", print_sender);
}

static void print_reassigned(const struct json *result) {
    static const struct ctl_column columns[] = {{"number", "phone", COLUMN_TEXT}, {"cases that it stood for", "cases", COLUMN_NUMBER}};
    ctl_print_object(result, columns, COUNT(columns));
}

enum ctl_exit ctl_sender_reassigned(struct ctl *ctl) {
    return about_sender(ctl, "sender.reassigned", print_reassigned);
}
