/* What happened to modems and SIMs. */
#include "firmware-host/control_call.h"

#include "store/modem.h"

static void one_event(void *context, const struct modem_event *event) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", event->id);
    call_put_time(call, "at", event->at);
    json_put_text(call->result, "modem", event->link);
    json_put_text(call->result, "event", modem_event_kind_name(event->kind));
    json_put_text(call->result, "imei", event->imei[0] ? event->imei : NULL);
    json_put_text(call->result, "from", event->previous);
    json_put_text(call->result, "to", event->current);
    json_close_object(call->result);
}

static enum err event_rows(struct command_call *call, int64_t before, int limit) {
    return modem_event_list(call->parts->store, before, limit, one_event, call);
}

enum err answer_modem_events(struct command_call *call) {
    return call_list(call, NULL, event_rows);
}
