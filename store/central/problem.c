/* Problem details: see problem.h. What the other side says is cut: it's for a line in a log. */
#include "store/central/problem.h"

#include "firmware-host/base/json.h"

void problem_explain(const struct http_answer *answer, struct str *to) {
    struct json *document = NULL;
    if (answer->end != HTTP_ANSWERED) {
        str_add(to, answer->problem);
        return;
    }
    str_addf(to, "HTTP %d", answer->status);
    if (answer->elsewhere)
        str_add(to, ", a redirect to another host");
    if (answer->body.len && json_parse((const char *)answer->body.data, answer->body.len, &document) == ERR_OK) {
        const char *title = json_text(document, "title"), *detail = json_text(document, "detail");
        title = title ? title : json_text(document, "error"); /* as CouchDB says it, and OAuth */
        detail = detail ? detail : json_text(document, "reason");
        str_addf(to, "%s%.150s%s%.200s", title ? ": " : "", title ? title : "", detail ? ": " : "", detail ? detail : "");
        json_free(document);
    }
}
