/* The SIM's PIN. A wrong one costs one of three tries, after which only the PUK helps, so nothing here decides to try one: the driver says that
 * the SIM asks and how many tries are left, and enters exactly the PIN that it's given, into exactly the SIM that it told of.
 *
 * The PIN is in one command, which is never logged. */
#include "modem/at_modem.h"

#include <stdio.h>
#include <string.h>

#define PIN_TIMEOUT (30 * CLOCK_SECOND) /* the SIM checks it, some modems answer only when the SIM is read */
#define COUNTER_TIMEOUT (10 * CLOCK_SECOND)
enum { TRIES_MAX = 15, TRIES_LEAST = 2, PIN_LEAST = 4, PIN_MOST = 8, CME_SIM_PIN = 11 };

/* Where modems say how many tries are left: the command, its answer's prefix, what the first value must be (NULL: anything), the value's place. */
static const struct {
    const char *command, *prefix, *first;
    size_t field;
} counters[] = {
    {"AT+CPINR", "+CPINR:", "SIM PIN", 1}, /* 3GPP TS 27.007 §8.65: +CPINR: SIM PIN,3,3 */
    {"AT^CPIN?", "^CPIN:", NULL, 3}, /* Huawei: ^CPIN: SIM PIN,3,10,3,10,3: this, PUK, PIN, PUK2, PIN2 */
    {"AT+SPIC", "+SPIC:", NULL, 0}, /* SIMCom: +SPIC: 3,10,0,10 */
    {"AT+QPINC=\"SC\"", "+QPINC:", "SC", 1}, /* Quectel: +QPINC: "SC",3,10 */
    {"AT#PCT", "#PCT:", NULL, 0}, /* Telit: #PCT: 3, of the code that is asked for */
};

static int tries_of(const struct at_reply *r, size_t row) {
    struct at_fields f;
    int tries;
    for (size_t i = 0; i < r->count; i++)
        if (at_parse_fields(at_reply_line(r, i), counters[row].prefix, &f) &&
            (!counters[row].first || (f.count > 0 && strcmp(f.field[0], counters[row].first) == 0)) &&
            at_field_number(&f, counters[row].field, TRIES_MAX, &tries))
            return tries;
    return DRIVER_TRIES_UNKNOWN;
}

enum err at_pin_tries(struct modem *m, int *ret_tries) {
    int tries = DRIVER_TRIES_UNKNOWN;
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && tries == DRIVER_TRIES_UNKNOWN && i < sizeof counters / sizeof *counters; i++) {
        e = at_try(m, &(struct at_command){.text = counters[i].command, .prefix = counters[i].prefix, .timeout = COUNTER_TIMEOUT});
        if (e == ERR_OK && m->reply.result == AT_RESULT_OK)
            tries = tries_of(&m->reply, i);
    }
    if (e == ERR_OK)
        *ret_tries = tries;
    return e;
}

static bool looks_like_pin(const char *pin) {
    size_t len = strlen(pin);
    return len >= PIN_LEAST && len <= PIN_MOST && strspn(pin, "0123456789") == len;
}

/* Whether it's still the SIM that was told of, still asking, with a try to spare. Else says why not. */
static enum err check(struct modem *m, const char *iccid, struct str *reason) {
    char state[32] = "", found[sizeof m->sim.iccid] = "";
    const char *line;
    int tries = DRIVER_TRIES_UNKNOWN;
    enum err e = at_query(m, "AT+CPIN?", "+CPIN:", &line);
    if (e != ERR_OK)
        return e;
    bool asks = m->reply.result == AT_RESULT_CME && m->reply.code == CME_SIM_PIN;
    if (!asks && (!at_parse_word(line, "+CPIN:", state, sizeof state) || strcmp(state, "SIM PIN") != 0)) {
        str_add(reason, "the SIM doesn't ask for its PIN any more");
        return ERR_CONFLICT;
    }
    e = at_iccid(m, found, sizeof found);
    if (e == ERR_OK && strcmp(found, iccid) != 0) {
        str_add(reason, "another SIM is in the modem now");
        return ERR_CONFLICT;
    }
    if (e == ERR_OK)
        e = at_pin_tries(m, &tries);
    if (e == ERR_OK && tries != DRIVER_TRIES_UNKNOWN && tries < TRIES_LEAST) {
        str_addf(reason, "only %d tries are left", tries);
        return ERR_CONFLICT;
    }
    return e;
}

enum err at_unlock(struct modem *m, const char *iccid, const char *pin, bool *ret_entered, struct str *reason) {
    char text[sizeof "AT+CPIN=\"\"" + PIN_MOST];
    *ret_entered = false;
    if (!looks_like_pin(pin)) {
        str_add(reason, "a PIN has 4 to 8 digits");
        return ERR_CONFLICT;
    }
    enum err e = check(m, iccid, reason);
    if (e != ERR_OK)
        return e;
    snprintf(text, sizeof text, "AT+CPIN=\"%s\"", pin);
    *ret_entered = true;
    e = at_ask(m, &(struct at_command){.text = text, .timeout = PIN_TIMEOUT});
    explicit_bzero(text, sizeof text);
    if (e != ERR_OK) {
        str_add(reason, "the PIN wasn't accepted: ");
        at_reply_describe(&m->reply, reason);
    }
    return e;
}
