/* Which SIM a text to a number would take, and why: the order of smsc/route_choice.h with what decided. */
#include "firmware-host/control_call.h"

static void put_route(void *context, const struct smsc_route *route) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_text(w, "link", route->link);
    json_put_text(w, "operator", route->carrier == CARRIER_UNKNOWN ? NULL : carrier_name(route->carrier));
    json_put_bool(w, "same", route->same);
    json_put_int(w, "cost", route->cost);
    json_put_int(w, "weight", route->weight);
    json_put_bool(w, "can_send", route->can_send);
    json_put_text(w, "state", route->state);
    call_put_time(call, "until", route->until == INT64_MAX || route->until <= call->now ? 0 : route->until);
    json_put_int(w, "last_hour", route->last_hour);
    json_put_int(w, "last_day", route->last_day);
    json_close_object(w);
}

enum err answer_route(struct command_call *call) {
    struct phone to;
    enum err e = call_phone(call, "to", &to);
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    call_put_phone(call, "to", &to);
    json_open_array(call->result, "routes");
    enum carrier carrier = smsc_routes(call->parts->smsc, &to, call->now, put_route, call);
    json_close_array(call->result);
    json_put_text(call->result, "operator", carrier == CARRIER_UNKNOWN ? NULL : carrier_name(carrier));
    json_close_object(call->result);
    return ERR_OK;
}
