/* The menus without an operator: who asks types as a citizen's phone would. Nothing of it is play: what is chosen is done. */
#include "firmware-host/control_call.h"

#include "firmware-host/base/log.h"
#include "smsc/ussd_menu.h"

#include <string.h>
#include <unistd.h>

static enum err read_request(struct command_call *call, struct ussd_request *ret_request) {
    const char *input = json_text(call->request, "input"), *operator_name = json_text(call->request, "operator");
    int64_t sequence = 0;
    struct ussd_request r = {.session = json_text(call->request, "session"), .operator_name = operator_name ? operator_name : "ctl"};
    enum err e = call_phone(call, "phone", &r.phone);
    if (e == ERR_OK)
        e = call_number(call, "sequence", false, &sequence);
    if (e != ERR_OK)
        return e;
    r.begins = !input;
    r.input = bytes_text(input ? input : "");
    r.sequence = sequence <= UINT16_MAX ? (int)sequence : -1;
    *ret_request = r;
    return ERR_OK;
}

/* In a citizen's name things are done and their cases are shown, so in real operation a member of control.group may not. */
static enum err may(const struct command_call *call) {
    if (call->parts->training || call->uid == 0 || call->uid == (int)getuid())
        return ERR_OK;
    str_add(call->problem, "a citizen's menu is for the user whom the appliance runs as; in a training anybody may");
    return ERR_CONFLICT;
}

enum err answer_ussd_menu(struct command_call *call) {
    struct ussd_request request = {0};
    struct ussd_answer screen = {0};
    enum err e = may(call);
    if (e == ERR_OK)
        e = read_request(call, &request);
    if (e != ERR_OK)
        return e;
    if (request.begins)
        log_event(LOG_LEVEL_NOTICE, "control.ussd_menu", log_phone("phone", &request.phone), log_int("uid", call->uid));
    e = smsc_ussd(call->parts->smsc, &request, call->now, &screen);
    if (e == ERR_INVALID)
        str_add(call->problem, "phone: a person's number, not one of the appliance's own; session: 1 to 64 characters; operator: 1 to 48 of "
                               "a-z 0-9 . -; sequence: 1 to 65535");
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    json_put_text(call->result, "text", screen.text);
    json_put_text(call->result, "encoding", sms_encoding_name(screen.encoding));
    json_put_int(call->result, "length", (int64_t)sms_units(screen.text, strlen(screen.text), screen.encoding));
    json_put_bool(call->result, "ends", screen.ends);
    json_close_object(call->result);
    ussd_answer_release(&screen);
    return ERR_OK;
}
