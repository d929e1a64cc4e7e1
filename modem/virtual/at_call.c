/* A call that comes in: RING every five seconds, behind it +CLIP where the terminal wants it (TS 27.007 §6.11, §7.6), until the terminal hangs up or
 * the caller gives up. Nobody can speak here, so there is no ATA. */
#include "modem/virtual/at_state.h"

#include <string.h>

enum { RINGS = 6, RING_MS = 5000 };

static void ring(void *context, int64_t unused) {
    struct at_modem *m = context;
    (void)unused;
    m->ring_call = 0;
    if (m->rings_left == 0)
        return;
    m->rings_left--;
    at_urc(m, "RING");
    if (m->registers.clip) {
        bool known = m->caller.kind != PHONE_NONE, plus = m->caller.text[0] == '+';
        struct str line;
        str_init(&line, AT_LINE_MAX);
        str_add(&line, "+CLIP: \"");
        if (known)
            at_charset_write(m->registers.charset, m->caller.text, &line);
        str_addf(&line, "\",%d,\"\",0,\"\",%d", !known ? 128 : plus ? 145 : 129, !known);
        at_urc(m, line.data);
        str_release(&line);
    }
    m->ring_call = schedule_in(m->schedule, at_paced(m, RING_MS), ring, m, 0);
}

bool at_modem_call(struct at_modem *m, const struct phone *from) {
    if (m->rings_left > 0 || !at_in_service(m))
        return false;
    m->caller = *from;
    m->rings_left = RINGS;
    m->calls++;
    m->ring_call = schedule_in(m->schedule, 0, ring, m, 0);
    return true;
}

int at_hang_up(struct at_modem *m, const struct at_command *command, const struct at_args *args) {
    (void)command;
    (void)args;
    m->rejected += m->rings_left > 0;
    m->rings_left = 0;
    schedule_cancel(m->schedule, m->ring_call);
    m->ring_call = 0;
    return AT_OK;
}

int64_t at_modem_calls(const struct at_modem *m, int64_t *ret_rejected) {
    *ret_rejected = m->rejected;
    return m->calls;
}
