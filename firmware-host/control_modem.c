/* One modem: how it was, and what a person has it do. */
#include "firmware-host/control_call.h"

#include "firmware-host/base/log.h"
#include "store/modem_history.h"
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

enum err answer_modem_sim_retry(struct command_call *call) {
    struct link_view view;
    enum err e = find_modem(call, &view);
    if (e != ERR_OK)
        return e;
    e = smsc_link_forgive(call->parts->smsc, view.modem->name, call->now);
    if (e == ERR_NOT_FOUND)
        str_addf(call->problem, "%s: its SIM wasn't refused", view.modem->name);
    if (e != ERR_OK)
        return e;
    log_event(LOG_LEVEL_NOTICE, "sim.retry_allowed", log_text("link", view.modem->name), log_int("uid", call->uid));
    json_open_object(call->result, NULL);
    json_put_text(call->result, "name", view.modem->name);
    json_close_object(call->result);
    return ERR_OK;
}

/* ---- how it was ---- */

enum { HOURS_DEFAULT = 24 };

static void put_share(struct json_writer *w, const char *key, int64_t part, int64_t whole) { /* percent; of nothing: null */
    if (whole > 0)
        json_put_int(w, key, part * 100 / whole);
    else
        json_put_text(w, key, NULL);
}

static void one_bucket(void *context, const struct modem_history *h) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    call_put_time(call, "at", h->at);
    put_share(w, "up", h->up, h->samples);
    put_share(w, "registered", h->registered, h->samples);
    call_put_known(call, "signal", h->signals > 0 ? h->signal_sum / h->signals : -1, -1);
    json_put_int(w, "storage", h->slots_used);
    json_put_int(w, "sent", h->sent);
    json_put_int(w, "failed", h->failed);
    json_put_int(w, "unknown", h->unknown);
    put_share(w, "success", h->sent, h->sent + h->failed + h->unknown);
    call_put_known(call, "median_ms", modem_history_percentile(h, 50), -1);
    call_put_known(call, "p95_ms", modem_history_percentile(h, 95), -1);
    json_close_object(w);
}

/* The shortest step that is kept for so long. */
static int step_for(int64_t span) {
    int step = 0;
    while (step < HISTORY_STEPS - 1 && span > history_steps[step].kept)
        step++;
    return step;
}

enum err answer_modem_history(struct command_call *call) {
    struct link_view view;
    int64_t hours;
    enum err e = find_modem(call, &view);
    if (e == ERR_OK)
        e = call_number(call, "hours", false, &hours);
    if (e != ERR_OK)
        return e;
    int64_t most = history_steps[HISTORY_STEPS - 1].kept / CLOCK_HOUR;
    hours = hours == 0 ? HOURS_DEFAULT : hours < most ? hours : most;
    int step = step_for(hours * CLOCK_HOUR);
    int64_t length = history_steps[step].length, first = call->now - hours * CLOCK_HOUR;
    first -= first % length;
    json_open_object(call->result, NULL);
    json_put_text(call->result, "name", view.modem->name);
    json_put_int(call->result, "hours", hours);
    json_put_int(call->result, "step_ms", length);
    call_put_time(call, "from", first);
    call_put_time(call, "to", call->now);
    json_open_array(call->result, "buckets");
    e = modem_history_list(call->parts->store, view.modem->name, step, first, call->now, one_bucket, call);
    json_close_array(call->result);
    json_close_object(call->result);
    return e;
}
