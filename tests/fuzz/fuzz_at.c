/* Any octets as what a modem says, to the whole AT driver: set up, swept, served, submitted to, deleted from. Whatever it says, the driver comes to
 * an end in bounded time, tells nothing that is too long, deletes nothing it wasn't asked to, and calls a submission sent only with a reference,
 * failed only with a reason. The input is cut at octets 01: each piece can be read once the driver has said something more. At its end the line is
 * gone. */
#include "firmware-host/base/log.h"
#include "modem/driver.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct at_port port;
    struct driver_host host;
    struct clock_virtual clock;
    const uint8_t *data;
    size_t size, at, readable;
    int64_t told;
    struct driver_place last;
    char last_pdu[AT_LINE_MAX + 1];
    bool may_delete;
    int asked; /* USSD requests that wait for their reply */
};

static void demand(bool promise) {
    if (!promise)
        abort();
}

static struct world *of_port(struct at_port *port) {
    return (struct world *)((char *)port - offsetof(struct world, port));
}

static struct world *of_host(struct driver_host *host) {
    return (struct world *)((char *)host - offsetof(struct world, host));
}

static enum err port_read(struct at_port *port, void *to, size_t max, size_t *ret_len) {
    struct world *w = of_port(port);
    size_t n = w->readable - w->at;
    if (n > max)
        n = max;
    if (n == 0 && w->at == w->size)
        return ERR_CLOSED;
    memcpy(to, w->data + w->at, n);
    w->at += n;
    *ret_len = n;
    return ERR_OK;
}

static void unlock_next(struct world *w) {
    const uint8_t *cut = memchr(w->data + w->readable, 1, w->size - w->readable);
    w->readable = cut ? (size_t)(cut - w->data) + 1 : w->size;
}

static enum err port_write(struct at_port *port, const void *from, size_t len, size_t *ret_len) {
    struct world *w = of_port(port);
    demand(w->may_delete || len < 7 || memcmp(from, "AT+CMGD", 7) != 0);
    if (w->readable < w->size)
        unlock_next(w);
    *ret_len = len;
    return ERR_OK;
}

static enum err port_wait(struct at_port *port, bool writing, int64_t deadline) {
    struct world *w = of_port(port);
    (void)writing;
    if (w->at == w->readable && deadline > w->clock.mono) {
        clock_virtual_advance(&w->clock, deadline - w->clock.mono);
        if (w->readable < w->size)
            unlock_next(w);
    }
    return ERR_OK;
}

static void arrived(struct driver_host *host, struct driver_place place, const char *pdu) {
    struct world *w = of_host(host);
    size_t len = strlen(pdu);
    demand(len <= AT_LINE_MAX);
    memcpy(w->last_pdu, pdu, len + 1);
    w->last = place;
    w->told++;
}

static void listed(struct driver_host *host, int memory) {
    (void)host;
    demand(memory >= 0);
}

static void want_sweep(struct driver_host *host, int64_t in_ms) {
    (void)host;
    demand(in_ms >= 0);
}

static void ussd(struct driver_host *host, enum driver_ussd_outcome outcome, const char *text) {
    struct world *w = of_host(host);
    demand(outcome <= DRIVER_USSD_TIMEOUT && strlen(text) < 1024);
    demand(w->asked > 0); /* once for each request, never unasked */
    w->asked--;
}

static void called(struct driver_host *host, const char *number) {
    (void)host;
    demand(number[strspn(number, "+0123456789")] == '\0' && strlen(number) < 24);
}

static void ask(struct world *w, struct modem *m, enum driver_ussd_action action, const char *text) {
    w->asked = action == DRIVER_USSD_CANCEL ? 0 : 1;
    demand(at_driver.ussd(m, action, text) < ERR_COUNT);
}

static void submit(struct modem *m) {
    const struct driver_submit part = {.pdu = "0011000B914889070000F10000AA0BD02088587FBBCF20741D", .tpdu_octets = 24};
    struct driver_verdict v;
    demand(at_driver.submit(m, &part, &v) < ERR_COUNT);
    demand(v.outcome != DRIVER_SENT || (v.reference >= 0 && v.reference <= 255));
    demand(v.outcome == DRIVER_SENT || v.reason[0] != '\0');
    demand(strlen(v.reason) < sizeof v.reason);
}

static void live(struct world *w, struct modem *m) {
    struct driver_identity who;
    struct driver_health health;
    struct str reason;
    str_init(&reason, 1024);
    w->asked = 0;
    enum err e = at_driver.open(m, &who, &reason);
    demand(e == ERR_OK || reason.len > 0);
    demand(at_driver.sweep(m) < ERR_COUNT);
    for (int i = 0; i < 8 && at_driver.serve(m) == ERR_OK; i++)
        if (!at_driver.waits(m))
            submit(m);
    ask(w, m, DRIVER_USSD_START, "*101#");
    for (int i = 0; i < 8 && at_driver.serve(m) == ERR_OK; i++)
        ;
    if (w->asked == 0)
        ask(w, m, DRIVER_USSD_ANSWER, "1");
    ask(w, m, DRIVER_USSD_CANCEL, "");
    if (w->told > 0) {
        w->may_delete = true;
        demand(at_driver.remove(m, w->last, w->last_pdu, false) < ERR_COUNT);
        w->may_delete = false;
    }
    if (at_driver.health(m, &health) == ERR_OK)
        demand(health.signal >= 0 && strlen(health.operator_name) < sizeof health.operator_name);
    str_release(&reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct world w = {.data = data, .size = size};
    log_set_level(LOG_LEVEL_ERROR);
    w.port = (struct at_port){.clock = &w.clock.clock, .read = port_read, .write = port_write, .wait = port_wait};
    w.host = (struct driver_host){.port = &w.port, .arrived = arrived, .listed = listed, .ussd = ussd, .called = called, .want_sweep = want_sweep};
    clock_virtual_init(&w.clock, 0);
    struct modem *m = at_driver.create(&w.host);
    for (int i = 0; i < 3; i++)
        live(&w, m);
    demand(w.clock.mono < 6 * CLOCK_HOUR);
    at_driver.destroy(m);
    return 0;
}
