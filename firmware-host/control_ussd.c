/* USSD by hand: a code on a modem, the answers within its dialogue. The network's texts go to who asks and nowhere else: the log names the code. */
#include "firmware-host/control_call.h"

#include "firmware-host/base/log.h"

#include <string.h>
#include <unistd.h>

static const char *const outcome_words[] = {
    [PROTOCOL_OUTCOME_DONE] = "done",       [PROTOCOL_OUTCOME_ASKS] = "asks",       [PROTOCOL_OUTCOME_ENDED] = "ended",
    [PROTOCOL_OUTCOME_REFUSED] = "refused", [PROTOCOL_OUTCOME_TIMEOUT] = "timeout", [PROTOCOL_OUTCOME_UNSUPPORTED] = "unsupported",
};

static void answered(void *context, enum protocol_outcome outcome, const char *text) {
    static const enum err errors[] = {
        [PROTOCOL_OUTCOME_REFUSED] = ERR_CONFLICT, [PROTOCOL_OUTCOME_TIMEOUT] = ERR_TIMEOUT, [PROTOCOL_OUTCOME_UNSUPPORTED] = ERR_UNSUPPORTED};
    struct command_later *later = context;
    bool failed = outcome == PROTOCOL_OUTCOME_REFUSED || outcome == PROTOCOL_OUTCOME_TIMEOUT || outcome == PROTOCOL_OUTCOME_UNSUPPORTED;
    if (failed) {
        str_add(later->problem, text);
        later->answer(later, errors[outcome]);
        return;
    }
    json_open_object(&later->result, NULL);
    json_put_text(&later->result, "outcome", outcome_words[outcome]);
    json_put_text(&later->result, "text", text);
    json_close_object(&later->result);
    later->answer(later, ERR_OK);
}

static struct link *link_named(const struct command_call *call, const char *name) {
    for (size_t i = 0; name && i < call->parts->link_count; i++) {
        struct link_view view;
        link_view(call->parts->links[i], &view);
        if (strcmp(view.modem->name, name) == 0)
            return call->parts->links[i];
    }
    return NULL;
}

static enum err action_of(const struct command_call *call, enum protocol_action *ret_action, const char **ret_text) {
    const char *code = json_text(call->request, "text"), *answer = json_text(call->request, "answer");
    bool cancel = false;
    if (!json_bool(call->request, "cancel", &cancel))
        cancel = false;
    if ((code != NULL) + (answer != NULL) + cancel != 1) {
        str_add(call->problem, "one of text (a code like *101#), answer and cancel is needed");
        return ERR_INVALID;
    }
    *ret_action = cancel ? PROTOCOL_ACTION_CANCEL : answer ? PROTOCOL_ACTION_ANSWER : PROTOCOL_ACTION_START;
    *ret_text = answer ? answer : code;
    return ERR_OK;
}

/* A code may order things and cost money, so a member of control.group may not: only who runs the appliance, or root. */
enum err answer_ussd(struct command_call *call) {
    const char *name = json_text(call->request, "modem"), *text = NULL;
    enum protocol_action action;
    struct link *link = link_named(call, name);
    if (call->uid != 0 && call->uid != (int)getuid()) {
        str_add(call->problem, "USSD is for the user whom the appliance runs as");
        return ERR_CONFLICT;
    }
    if (!link) {
        str_add(call->problem, "modem: the name of a modem is needed; phanhoictl modems lists them");
        return ERR_NOT_FOUND;
    }
    enum err e = action_of(call, &action, &text);
    if (e != ERR_OK)
        return e;
    log_event(LOG_LEVEL_NOTICE, "control.ussd", log_text("link", name), log_int("uid", call->uid),
              log_text("code", action == PROTOCOL_ACTION_START    ? text
                               : action == PROTOCOL_ACTION_ANSWER ? "(an answer)"
                                                                  : "(cancel)"));
    return link_ussd(link, action, text, answered, call->later, call->problem);
}
