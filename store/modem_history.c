/* The history of modems. */
#include "store/modem_history.h"

#include "firmware-host/base/clock.h"
#include "store/statements.h"

const struct history_step history_steps[HISTORY_STEPS] = {
    {CLOCK_MINUTE, 24 * CLOCK_HOUR},
    {10 * CLOCK_MINUTE, 7 * 24 * CLOCK_HOUR},
    {CLOCK_HOUR, 30 * 24 * CLOCK_HOUR},
};
const int64_t history_bounds[HISTORY_TIMES] = {1000, 2000, 4000, 6000, 8000, 12000, 20000, 40000, 80000, INT64_MAX};

enum { FIRST_TIME = 13 }; /* the parameter of t0 in S_MODEM_HISTORY_ADD; the column is FIRST_TIME - 3 in S_MODEM_HISTORY_NEXT */

enum err modem_history_add(struct store *s, const char *link, const struct modem_history *h) {
    enum err e = ERR_OK;
    for (int step = 0; e == ERR_OK && step < HISTORY_STEPS; step++) {
        const int64_t values[] = {h->samples, h->up, h->registered, h->signals, h->signal_sum, h->slots_used, h->sent, h->failed, h->unknown};
        sqlite3_stmt *q = statement(s, S_MODEM_HISTORY_ADD);
        bind_int(q, 1, history_steps[step].length);
        bind_int(q, 2, h->at - h->at % history_steps[step].length);
        bind_text(q, 3, link);
        for (int i = 0; i < FIRST_TIME - 4; i++)
            bind_int(q, 4 + i, values[i]);
        for (int i = 0; i < HISTORY_TIMES; i++)
            bind_int(q, FIRST_TIME + i, h->times[i]);
        e = statement_run(s, q);
    }
    return e;
}

enum err modem_history_prune(struct store *s, int64_t now) {
    enum err e = ERR_OK;
    for (int step = 0; e == ERR_OK && step < HISTORY_STEPS; step++) {
        sqlite3_stmt *q = statement(s, S_MODEM_HISTORY_PRUNE);
        bind_int(q, 1, history_steps[step].length);
        bind_int(q, 2, now - history_steps[step].kept);
        bind_int(q, 3, HISTORY_PRUNE_MAX);
        e = statement_run(s, q);
    }
    return e;
}

static struct modem_history from_row(sqlite3_stmt *q) {
    struct modem_history h = {
        .at = column_int(q, 0),
        .samples = column_int(q, 1),
        .up = column_int(q, 2),
        .registered = column_int(q, 3),
        .signals = column_int(q, 4),
        .signal_sum = column_int(q, 5),
        .slots_used = column_int(q, 6),
        .sent = column_int(q, 7),
        .failed = column_int(q, 8),
        .unknown = column_int(q, 9),
    };
    for (int i = 0; i < HISTORY_TIMES; i++)
        h.times[i] = column_int(q, FIRST_TIME - 3 + i);
    return h;
}

enum err modem_history_list(struct store *s, const char *link, int step, int64_t from, int64_t to, modem_history_each *each, void *context) {
    for (;;) {
        sqlite3_stmt *q = statement(s, S_MODEM_HISTORY_NEXT);
        bind_int(q, 1, history_steps[step].length);
        bind_int(q, 2, from);
        bind_int(q, 3, to);
        bind_text(q, 4, link);
        enum err e = statement_row(s, q);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        struct modem_history h = from_row(q);
        statement_done(q);
        each(context, &h);
        from = h.at + 1;
    }
}

int64_t modem_history_percentile(const struct modem_history *h, int percent) {
    int64_t all = 0, seen = 0;
    for (int i = 0; i < HISTORY_TIMES; i++)
        all += h->times[i];
    for (int i = 0; all > 0 && i < HISTORY_TIMES - 1; i++) {
        seen += h->times[i];
        if (seen * 100 >= all * percent)
            return history_bounds[i];
    }
    return -1;
}
