/* Alarms of modems, for people. */
#include "firmware-host/control_call.h"

#include "firmware-host/alarm.h"
#include "store/modem_alarm.h"

#include <string.h>

static void one_alarm(void *context, const struct modem_alarm *a) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    const char *help = NULL;
    for (size_t row = 0; row < ALARM_ROWS; row++)
        if (strcmp(alarm_rows[row].name, a->name) == 0)
            help = alarm_rows[row].help;
    json_open_object(w, NULL);
    json_put_text(w, "modem", a->link);
    json_put_text(w, "alarm", a->name);
    json_put_text(w, "meaning", help);
    call_put_time(call, "raised", a->raised_at);
    json_put_text(w, "detail", a->detail);
    json_close_object(w);
}

enum err answer_alarms(struct command_call *call) {
    json_open_array(call->result, NULL);
    enum err e = modem_alarm_list(call->parts->store, one_alarm, call);
    json_close_array(call->result);
    return e;
}
