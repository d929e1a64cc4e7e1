/* The counters and gauges of the program: one table, cells in memory, printed in the Prometheus text format. */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* symbol, type, exposed name, help */
/* clang-format off */
#define METRIC_TABLE(X) \
    X(METRIC_SMS_RECEIVED,      counter, "phanhoi_sms_received_total",      "messages and parts taken from links and committed") \
    X(METRIC_SMS_DUPLICATE,     counter, "phanhoi_sms_duplicate_total",     "messages that a link handed over again") \
    X(METRIC_SMS_HELD,          counter, "phanhoi_sms_held_total",          "messages whose handling failed; they wait for a person") \
    X(METRIC_SMS_REFUSED,       counter, "phanhoi_sms_refused_total",       "arrivals told to try again because they couldn't be stored") \
    X(METRIC_PARTS_SUBMITTED,   counter, "phanhoi_parts_submitted_total",   "parts that a message centre accepted") \
    X(METRIC_PARTS_DELIVERED,   counter, "phanhoi_parts_delivered_total",   "parts reported as delivered") \
    X(METRIC_PARTS_FAILED,      counter, "phanhoi_parts_failed_total",      "parts given up") \
    X(METRIC_PARTS_UNKNOWN,     counter, "phanhoi_parts_unknown_total",     "attempts whose outcome is unknown") \
    X(METRIC_CASES_OPENED,      counter, "phanhoi_cases_opened_total",      "cases opened") \
    X(METRIC_COMMITS,           counter, "phanhoi_commits_total",           "transactions committed") \
    X(METRIC_COMMIT_FAILURES,   counter, "phanhoi_commit_failures_total",   "transactions that could not be committed") \
    X(METRIC_CALLS,             counter, "phanhoi_calls_total",             "calls that came in and were rejected") \
    X(METRIC_WORKER_STARTS,     counter, "phanhoi_worker_starts_total",     "worker processes started") \
    X(METRIC_PROTOCOL_ERRORS,   counter, "phanhoi_protocol_errors_total",   "lines from workers that were not understood") \
    X(METRIC_CENTRAL_EVENTS,    counter, "phanhoi_central_events_total",    "events that the central store acknowledged") \
    X(METRIC_CENTRAL_REQUESTS,  counter, "phanhoi_central_requests_total",  "requests to the central store that ended") \
    X(METRIC_CENTRAL_REFUSED,   counter, "phanhoi_central_refused_total",   "of them, those that acknowledged nothing") \
    X(METRIC_FEED_ITEMS,        counter, "phanhoi_feed_items_total",        "items of the central store's feed that were dealt with") \
    X(METRIC_FEED_NOT_TAKEN,    counter, "phanhoi_feed_not_taken_total",    "of them, those that took no effect: refused, or not understood") \
    X(METRIC_CENTRAL_KNOCKS,    counter, "phanhoi_central_knocks_total",    "webhooks by which the central store said that there is something new") \
    X(METRIC_CENTRAL_UP,        gauge,   "phanhoi_central_up",              "1 while the central store takes what it's sent") \
    X(METRIC_QUEUE_DEPTH,       gauge,   "phanhoi_queue_depth",             "parts waiting to be sent") \
    X(METRIC_MODEM_ALARMS,      gauge,   "phanhoi_modem_alarms",            "alarms of modems that are raised") \
    X(METRIC_MODEM_RECOVERIES,  counter, "phanhoi_modem_recoveries_total",  "steps taken to bring a modem back that fails") \
    X(METRIC_STORE_REFUSING,    gauge,   "phanhoi_store_refusing",          "1 while nothing can be stored (disk full or failing)")
/* clang-format on */

#define X(symbol, type, name, help) symbol,
enum metric { METRIC_TABLE(X) METRIC_COUNT };
#undef X

void metric_add(enum metric m, int64_t n);
/* What this thread adds from here on shows when metric_end(true) is called, and never after metric_end(false): work that is rolled back and done
 * again counts once. */
void metric_begin(void);
void metric_end(bool keep);
void metric_set(enum metric m, int64_t value);
int64_t metric_get(enum metric m);
void metric_print(struct str *to);

#endif
