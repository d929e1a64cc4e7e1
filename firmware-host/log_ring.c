/* A ring of log lines: see log_ring.h. A follower that logs would call itself; its own lines are kept but not handed on. */
#include "firmware-host/log_ring.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct log_ring {
    struct clock *clock;
    log_follower *follower;
    void *context;
    bool handing_on;
    int64_t last;
    struct {
        char *line;
        int64_t at;
    } entries[LOG_RING_LINES];
};

static void sink(void *context, const char *line) {
    struct log_ring *r = context;
    size_t slot = (size_t)(++r->last % LOG_RING_LINES);
    free(r->entries[slot].line);
    r->entries[slot].line = mem_string_n(line, strcspn(line, "\n"));
    r->entries[slot].at = r->clock->wall_ms(r->clock);
    if (!r->follower || r->handing_on)
        return;
    r->handing_on = true;
    struct log_entry entry = log_ring_get(r, r->last);
    r->follower(r->context, &entry);
    r->handing_on = false;
}

struct log_ring *log_ring_start(struct clock *clock, log_follower *follower, void *context) {
    struct log_ring *r = mem_alloc(sizeof *r);
    r->clock = clock;
    r->follower = follower;
    r->context = context;
    log_set_sink(sink, r, 1);
    return r;
}

void log_ring_stop(struct log_ring *r) {
    if (!r)
        return;
    log_set_sink(NULL, NULL, 1);
    for (size_t i = 0; i < LOG_RING_LINES; i++)
        free(r->entries[i].line);
    free(r);
}

int64_t log_ring_first(const struct log_ring *r) {
    return r->last < LOG_RING_LINES ? 1 : r->last - LOG_RING_LINES + 1;
}

int64_t log_ring_last(const struct log_ring *r) {
    return r->last;
}

struct log_entry log_ring_get(const struct log_ring *r, int64_t number) {
    size_t slot = (size_t)(number % LOG_RING_LINES);
    return (struct log_entry){.number = number, .at = r->entries[slot].at, .line = r->entries[slot].line};
}
