/* Documents that the core makes: a report as text, CSV or HTML is printed as it comes; with --json the numbers. */
#include "firmware-host/ctl.h"

static void print_document(const struct json *result) {
    const char *text = json_text_value(result);
    if (text)
        fputs(text, stdout);
    else
        fputs("phanhoictl: the document is too long; ask for a shorter period\n", stderr);
}

enum ctl_exit ctl_report(struct ctl *ctl) {
    struct ctl_request request;
    ctl_request_begin(ctl, "report", &request);
    ctl_put_period(&request);
    if (ctl->by)
        json_put_text(&request.w, "by", ctl->by);
    json_put_bool(&request.w, "public", ctl->is_public);
    json_put_text(&request.w, "format", ctl->json ? "json" : ctl->csv ? "csv" : ctl->html ? "html" : "text");
    return ctl_request_run(&request, print_document);
}

enum ctl_exit ctl_case_slip(struct ctl *ctl) {
    struct ctl_request request;
    ctl_request_begin(ctl, "case.slip", &request);
    json_put_text(&request.w, "code", ctl->arguments[0]);
    json_put_text(&request.w, "format", ctl->html ? "html" : "text");
    ctl_put_given(&request);
    return ctl_request_run(&request, print_document);
}
