/* What a person has a modem do. */
#include "firmware-host/control_call.h"

#include "firmware-host/base/log.h"
#include "store/pin_guard.h"

#include <string.h>

/* The modem that the request's "name" names. ERR_NOT_FOUND with a sentence that lists those there are. */
static enum err find_modem(struct command_call *call, struct link_view *ret_view) {
    const char *name = json_text(call->request, "name");
    for (size_t i = 0; name && i < call->parts->link_count; i++) {
        link_view(call->parts->links[i], ret_view);
        if (strcmp(ret_view->modem->name, name) == 0)
            return ERR_OK;
    }
    str_addf(call->problem, "name: no modem \"%.32s\"; there are:", name ? name : "");
    for (size_t i = 0; i < call->parts->config->modem_count; i++)
        str_addf(call->problem, " %s", call->parts->config->modems[i].name);
    return ERR_NOT_FOUND;
}

enum err answer_modem_pin_retry(struct command_call *call) {
    struct link_view view;
    enum err e = find_modem(call, &view);
    if (e != ERR_OK)
        return e;
    e = pin_guard_forgive(call->parts->store, view.modem->name);
    if (e == ERR_NOT_FOUND)
        str_addf(call->problem, "%s: no PIN of it waits for a person's word", view.modem->name);
    if (e != ERR_OK)
        return e;
    log_event(LOG_LEVEL_NOTICE, "pin.retry_allowed", log_text("link", view.modem->name), log_int("uid", call->uid));
    json_open_object(call->result, NULL);
    json_put_text(call->result, "name", view.modem->name);
    json_close_object(call->result);
    return ERR_OK;
}
