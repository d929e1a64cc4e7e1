/* Any bytes from a virtual modem's terminal, any request to its network, any time in between. A line that begins with '!' is a request, with '@' the
 * milliseconds that pass; every other is typed, its end as CR. Whatever comes, what lies in slots is what the network counts as stored, and what
 * was on the air decodes. */
#include "firmware-host/base/clock.h"
#include "modem/virtual/requests.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool promise) {
    if (!promise)
        abort();
}

static void swallow(void *line, const char *data, size_t len) {
    (void)line, (void)data, (void)len;
}

static void ask(const struct world *w, const char *line, size_t len) {
    struct str answer;
    str_init(&answer, 1 << 24);
    struct request *r = request_parse(line, len, &answer);
    if (r)
        demand(request_answer(r, w, true, &answer));
    demand(answer.len > 0 && memchr(answer.data, '\n', answer.len) == answer.data + answer.len - 1);
    request_free(r);
    str_release(&answer);
}

static void perform(struct world *w, struct clock_virtual *clock, const char *line, size_t len, bool ended) {
    if (len > 0 && *line == '!') {
        ask(w, line + 1, len - 1);
    } else if (len > 0 && *line == '@') {
        int64_t ms = 0;
        for (size_t i = 1; i < len && line[i] >= '0' && line[i] <= '9' && ms < CLOCK_DAY; i++)
            ms = 10 * ms + (line[i] - '0');
        clock_virtual_advance(clock, ms);
    } else {
        at_modem_input(w->stations[0].modem, line, len);
        if (ended)
            at_modem_input(w->stations[0].modem, "\r", 1);
    }
    schedule_run(w->schedule);
}

static void check(const struct world *w) {
    struct slots *slots = (struct slots *)at_modem_slots(w->stations[0].modem);
    size_t stored = 0, from_network = 0;
    struct tpdu t;
    for (size_t i = 0; i < network_arrival_count(w->network); i++)
        stored += network_arrival(w->network, i)->state == ARRIVAL_STORED;
    for (int memory = 0; memory < MEMORY_MT; memory++)
        for (int number = slots->base; number < slots->base + slots_size(slots, (enum memory)memory); number++) {
            const struct slot *slot = slots_get(slots, (enum memory)memory, number);
            from_network += slot->used && slot->arrival;
        }
    demand(stored == from_network);
    for (size_t i = 0; i < network_air_count(w->network); i++)
        demand(tpdu_decode(network_air(w->network, i)->tpdu, network_air(w->network, i)->len, TPDU_TO_SC, &t) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct clock_virtual clock;
    struct station station = {.line = NULL};
    struct at_modem_settings settings;
    clock_virtual_init(&clock, INT64_C(1793580605000));
    struct schedule *schedule = schedule_new(&clock.clock);
    struct world w = {&clock.clock, schedule, network_new(schedule, &clock.clock), &station, 1};
    at_modem_defaults(&settings);
    settings.name = "m1";
    settings.slots = 3;
    demand(phone_parse("+84912000001", &settings.number) == ERR_OK);
    demand(at_modem_new(w.network, schedule, &clock.clock, &settings, &station.modem) == ERR_OK);
    at_modem_connect(station.modem, &(struct at_terminal){.output = swallow});
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;
        perform(&w, &clock, (const char *)data + at, len, end);
        at += len + 1;
    }
    check(&w);
    at_modem_free(station.modem);
    network_free(w.network);
    schedule_free(schedule);
    return 0;
}
