/* Calls that come in. Nobody is here to answer: a call is rejected, and the host hears once who called. The number follows the first RING as +CLIP; a
 * modem that doesn't say it is given a moment, then the call has no number. What rings on after being hung up is hung up again, and is the same call.
 */
#include "firmware-host/base/log.h"
#include "modem/at_modem.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_WAIT INT64_C(1500) /* ms from RING to +CLIP */
#define RING_PERIOD (10 * CLOCK_SECOND) /* rings of one call come every 3 to 6 s */
#define STEP_TIMEOUT (10 * CLOCK_SECOND)

static int64_t now_of(const struct modem *m) {
    return m->host->port->clock->mono_ms(m->host->port->clock);
}

static void rings(struct modem *m) {
    int64_t now = now_of(m);
    if (now - m->call.rang_at > RING_PERIOD) {
        m->call.number[0] = '\0';
        m->call.told = m->call.known = false;
    }
    m->call.rang_at = now;
    if (!m->call.rings)
        m->call.hang_up_at = now + (m->call.known ? 0 : NUMBER_WAIT);
    m->call.rings = true;
}

void at_call_rings(struct modem *m) {
    rings(m);
}

void at_call_number(struct modem *m, const char *line) {
    char number[sizeof m->call.number];
    if (!at_parse_caller(line, number, sizeof number))
        return;
    if (m->call.known && strcmp(number, m->call.number) != 0) /* somebody else */
        m->call.rang_at = -RING_PERIOD;
    rings(m);
    memcpy(m->call.number, number, sizeof number);
    m->call.known = true;
    m->call.hang_up_at = now_of(m);
}

int64_t at_call_due(const struct modem *m) {
    return m->call.rings ? m->call.hang_up_at : INT64_MAX;
}

/* What the family wants, then the other one. */
static enum err hang_up(struct modem *m) {
    const char *first = m->quirks->hang_up ? m->quirks->hang_up : "AT+CHUP", *second = strcmp(first, "ATH") == 0 ? "AT+CHUP" : "ATH";
    enum err e = at_try(m, &(struct at_command){.text = m->call.told ? second : first, .timeout = STEP_TIMEOUT});
    if (e == ERR_OK && m->reply.result != AT_RESULT_OK)
        e = at_try(m, &(struct at_command){.text = m->call.told ? first : second, .timeout = STEP_TIMEOUT});
    return e;
}

enum err at_call_serve(struct modem *m) {
    if (!m->call.rings || now_of(m) < m->call.hang_up_at)
        return ERR_OK;
    m->call.rings = false;
    enum err e = hang_up(m);
    if (!m->call.told)
        m->host->called(m->host, m->call.number);
    m->call.told = true;
    return e;
}
