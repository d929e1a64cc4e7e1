/* The metric cells: written by any thread, read by the console. They start at 0 with the program. */
#include "firmware-host/base/metric.h"

#include <inttypes.h>
#include <stdatomic.h>

static _Atomic int64_t cells[METRIC_COUNT];

static const struct {
    const char *type, *name, *help;
} metrics[METRIC_COUNT] = {
#define X(symbol, type, name, help) [symbol] = {#type, name, help},
    METRIC_TABLE(X)
#undef X
};

static _Thread_local bool holding;
static _Thread_local int64_t held[METRIC_COUNT];

void metric_begin(void) {
    holding = true;
}

void metric_end(bool keep) {
    holding = false;
    for (int m = 0; m < METRIC_COUNT; m++) {
        if (keep && held[m])
            metric_add((enum metric)m, held[m]);
        held[m] = 0;
    }
}

void metric_add(enum metric m, int64_t n) {
    if (holding)
        held[m] += n;
    else
        atomic_fetch_add_explicit(&cells[m], n, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t value) {
    atomic_store_explicit(&cells[m], value, memory_order_relaxed);
}

int64_t metric_get(enum metric m) {
    return atomic_load_explicit(&cells[m], memory_order_relaxed);
}

void metric_print(struct str *to) {
    for (int m = 0; m < METRIC_COUNT; m++)
        str_addf(to, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", metrics[m].name, metrics[m].help, metrics[m].name, metrics[m].type,
                 metrics[m].name, metric_get((enum metric)m));
}
