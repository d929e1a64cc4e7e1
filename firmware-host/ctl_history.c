/* phanhoictl modem history: a line of bars for each thing that is measured, or CSV. Buckets in which nothing was seen leave a gap. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/clock.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 60, BARS = 8 };
static const char *const bars[BARS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

static const struct measure {
    const char *heading, *key, *unit;
    int64_t top; /* of the scale; 0: the largest value */
    bool sum; /* of the buckets of a column, not their mean */
} measures[] = {
    {"up", "up", "%", 100, false},
    {"registered", "registered", "%", 100, false},
    {"signal", "signal", "", 31, false},
    {"storage", "storage", "%", 100, false},
    {"sent", "sent", "", 0, true},
    {"failed", "failed", "", 0, true},
    {"unknown", "unknown", "", 0, true},
    {"success", "success", "%", 100, false},
    {"median", "median_ms", " ms", 0, false},
    {"95 %", "p95_ms", " ms", 0, false},
};
enum { MEASURES = sizeof measures / sizeof measures[0] };

struct column {
    int64_t total, count;
};

static bool time_of(const struct json *object, const char *key, int64_t *ret_time) {
    const char *text = json_text(object, key);
    return text && clock_parse_iso(text, ret_time) == ERR_OK;
}

/* Sums up one measure into columns. `ret_least` and `ret_most`: over all columns; false: nothing was measured. */
static bool sum_up(const struct json *result, const struct measure *m, struct column columns[COLUMNS], int64_t *ret_least, int64_t *ret_most) {
    const struct json *buckets = json_get(result, "buckets");
    int64_t from = 0, to = 0, at, value;
    if (!time_of(result, "from", &from) || !time_of(result, "to", &to) || to <= from)
        return false;
    for (size_t i = 0; i < json_count(buckets); i++) {
        const struct json *bucket = json_at(buckets, i);
        if (!time_of(bucket, "at", &at) || at < from || at >= to || !json_int(bucket, m->key, &value))
            continue;
        struct column *c = &columns[(at - from) * COLUMNS / (to - from)];
        c->total += value;
        c->count++;
    }
    bool any = false;
    for (int i = 0; i < COLUMNS; i++) {
        if (columns[i].count == 0)
            continue;
        if (!m->sum)
            columns[i].total /= columns[i].count;
        *ret_least = !any || columns[i].total < *ret_least ? columns[i].total : *ret_least;
        *ret_most = !any || columns[i].total > *ret_most ? columns[i].total : *ret_most;
        any = true;
    }
    return any;
}

static void print_measure(const struct json *result, const struct measure *m) {
    struct column columns[COLUMNS];
    int64_t least = 0, most = 0;
    memset(columns, 0, sizeof columns);
    printf("%-12s", m->heading);
    if (!sum_up(result, m, columns, &least, &most)) {
        puts("-");
        return;
    }
    int64_t top = m->top > 0 ? m->top : most;
    for (int i = 0; i < COLUMNS; i++) {
        int64_t height = top > 0 ? columns[i].total * BARS / top : 0;
        fputs(columns[i].count == 0 ? " " : bars[height < BARS ? height : BARS - 1], stdout);
    }
    printf(" %lld–%lld%s\n", (long long)least, (long long)most, m->unit);
}

static void print_bars(const struct json *result) {
    int64_t hours = 0;
    const char *name = json_text(result, "name");
    if (!json_int(result, "hours", &hours))
        return;
    printf("%s, the last %lld hours, %lld min a column\n", name ? name : "?", (long long)hours, (long long)hours * 60 / COLUMNS);
    for (size_t i = 0; i < MEASURES; i++)
        print_measure(result, &measures[i]);
}

static void print_csv(const struct json *result) {
    const struct json *buckets = json_get(result, "buckets");
    int64_t value;
    fputs("at", stdout);
    for (size_t i = 0; i < MEASURES; i++)
        printf(",%s", measures[i].key);
    puts("");
    for (size_t i = 0; i < json_count(buckets); i++) {
        const struct json *bucket = json_at(buckets, i);
        const char *at = json_text(bucket, "at");
        ctl_print_clean(at ? at : "", stdout);
        for (size_t k = 0; k < MEASURES; k++)
            if (json_int(bucket, measures[k].key, &value))
                printf(",%lld", (long long)value);
            else
                fputs(",", stdout);
        puts("");
    }
}

enum ctl_exit ctl_modem_history(struct ctl *ctl) {
    struct ctl_request request;
    ctl_request_begin(ctl, "modem.history", &request);
    json_put_text(&request.w, "name", ctl->arguments[0]);
    if (ctl->hours)
        json_put_int(&request.w, "hours", ctl->hours);
    return ctl_request_run(&request, ctl->csv ? print_csv : print_bars);
}
