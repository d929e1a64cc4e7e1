/* Pages of the feed into the database: see central_feed.h. */
#include "firmware-host/central_feed.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "firmware-host/central_case.h"
#include "smsc/decision.h"
#include "store/central/problem.h"

#include <stdlib.h>
#include <string.h>

enum { REASON_MAX = 400 };

struct central_feed {
    struct central_feed_parts parts;
    struct pull *pull;
    struct job job;
    struct pull_page page; /* of the job */
    int64_t asked_at; /* wall ms */
    size_t ends[DECISION_END_COUNT]; /* what the job's items became */
    bool stopped;
};

static int64_t mono(const struct central_feed *f) {
    return f->parts.clock->mono_ms(f->parts.clock);
}

static struct central_feed *of_job(struct job *job) {
    return (struct central_feed *)((char *)job - offsetof(struct central_feed, job));
}

/* ---- a page ---- */

static enum err apply_page(struct job *job, int64_t now) {
    struct central_feed *f = of_job(job);
    struct pull_view before;
    enum err e = ERR_OK;
    memset(f->ends, 0, sizeof f->ends);
    for (size_t i = 0; i < f->page.count && e == ERR_OK; i++) {
        enum decision_end end = DECISION_DONE;
        e = smsc_decide(f->parts.smsc, &f->page.items[i], now, &end);
        f->ends[end]++;
        crash_point("feed.decided");
    }
    pull_view(f->pull, &before);
    if (e == ERR_OK && strcmp(before.cursor, f->page.next) != 0)
        e = feed_cursor_put(f->parts.store, f->page.next);
    crash_point("feed.applied");
    return e;
}

static void page_applied(struct job *job, enum err result) {
    struct central_feed *f = of_job(job);
    size_t fresh = f->page.count - f->ends[DECISION_AGAIN];
    crash_point("feed.committed");
    if (result != ERR_OK && result != ERR_CLOSED)
        log_event(LOG_LEVEL_ERROR, "central.feed_not_applied", log_err(result));
    if (result == ERR_OK && !f->page.document)
        log_event(LOG_LEVEL_NOTICE, "central.feed_anew",
                  log_text("meaning", "the store doesn't know how far it was read; what was done isn't done again"));
    if (result == ERR_OK) {
        metric_add(METRIC_FEED_ITEMS, (int64_t)fresh);
        metric_add(METRIC_FEED_NOT_TAKEN, (int64_t)(f->ends[DECISION_REFUSED] + f->ends[DECISION_UNKNOWN]));
    }
    pull_page_release(&f->page);
    pull_applied(f->pull, result == ERR_OK, fresh, mono(f));
    if (f->stopped)
        return;
    if (result == ERR_OK && f->ends[DECISION_DOCUMENT])
        f->parts.documents_changed(f->parts.context);
    f->parts.wake(f->parts.context);
}

static void apply(void *context, const struct pull_page *page) {
    struct central_feed *f = context;
    f->page = *page;
    f->job = (struct job){.run = apply_page, .done = page_applied};
    turn_add(f->parts.turn, &f->job);
}

/* ---- requests ---- */

static void answered(void *context, const struct http_answer *answer) {
    struct central_feed *f = context;
    struct str reason;
    if (f->stopped)
        return;
    str_init(&reason, 4 * REASON_MAX);
    problem_explain(answer, &reason);
    bool anew = answer->status != 0 && answer->status == f->parts.profile->cursor_unknown;
    struct pull_answer a = {.status = anew ? 410 : answer->status,
                            .oversized = answer->end == HTTP_OVERSIZED,
                            .body = answer->body,
                            .reason = reason.data ? reason.data : "",
                            .wait = push_retry_after(answer->retry_after, answer->date, f->parts.clock->wall_ms(f->parts.clock))};
    struct pull_view before, after;
    pull_view(f->pull, &before);
    bool failed_before = *before.problem;
    pull_answered(f->pull, &a, mono(f));
    pull_view(f->pull, &after);
    if (*after.problem && !failed_before)
        log_event(LOG_LEVEL_WARNING, "central.no_feed", log_text("reason", after.problem));
    str_release(&reason);
    f->parts.wake(f->parts.context);
}

static bool ask(void *context, const struct pull_request *request) {
    struct central_feed *f = context;
    struct profile_request r;
    f->asked_at = f->parts.clock->wall_ms(f->parts.clock);
    f->parts.profile->ask_changes(f->parts.who, request, f->asked_at, &r);
    bool sent = f->parts.send(f->parts.context, &r, request->wait * CLOCK_SECOND, answered, f);
    profile_request_release(&r);
    return sent;
}

static enum err case_of(void *context, const char *reference, struct profile_case *ret_case) {
    return central_case_find(context, reference, ret_case);
}

static enum err known(void *context, const char *source, const char *id, bool *ret_known) {
    return feed_known(context, source, id, ret_known);
}

static enum err read_answer(void *context, const struct pull_request *request, struct bytes body, struct str *problem, struct pull_page *ret_page) {
    struct central_feed *f = context;
    int64_t oldest = 0;
    enum err e = outbox_oldest_at(f->parts.store, &oldest);
    if (e != ERR_OK) {
        str_addf(problem, "the outbox can't be read: %s", err_text(e));
        return ERR_INVALID;
    }
    struct profile_feed feed = {
        .now = f->asked_at, .unsettled = oldest ? oldest : INT64_MAX, .case_of = case_of, .known = known, .context = f->parts.store};
    return f->parts.profile->read_changes(f->parts.who, request, &feed, body, problem, ret_page);
}

static void other_credentials(void *context) {
    struct central_feed *f = context;
    f->parts.reauthorise(f->parts.context);
}

static uint32_t draw(void *context, uint32_t limit) {
    (void)context;
    return random_below(limit);
}

/* ---- life ---- */

enum err central_feed_open(const struct central_feed_parts *parts, struct central_feed **ret_feed) {
    char cursor[FEED_CURSOR_MAX + 1];
    enum err e = feed_cursor_get(parts->store, cursor);
    if (e != ERR_OK)
        return e;
    struct central_feed *f = mem_alloc(sizeof *f);
    f->parts = *parts;
    struct pull_parts pull = {.context = f,
                              .checks = parts->profile->checks,
                              .bares = parts->profile->bares,
                              .send = ask,
                              .read = read_answer,
                              .apply = apply,
                              .reauthorise = other_credentials,
                              .random_below = draw};
    f->pull = pull_new(&pull, cursor);
    *ret_feed = f;
    return ERR_OK;
}

void central_feed_stop(struct central_feed *f) {
    if (f)
        f->stopped = true;
}

void central_feed_free(struct central_feed *f) {
    if (!f)
        return;
    pull_free(f->pull);
    free(f);
}

void central_feed_allow(struct central_feed *f, const struct profile_capabilities *allowed) {
    pull_set_limits(f->pull, allowed->max_wait, allowed->max_limit);
}

void central_feed_resume(struct central_feed *f) {
    pull_resume(f->pull);
}

void central_feed_knock(struct central_feed *f) {
    pull_knock(f->pull);
}

void central_feed_run(struct central_feed *f, int64_t now) {
    if (!f->stopped)
        pull_run(f->pull, now);
}

int64_t central_feed_next_at(const struct central_feed *f, int64_t now) {
    return pull_next_at(f->pull, now);
}

void central_feed_view(const struct central_feed *f, struct pull_view *ret_view) {
    pull_view(f->pull, ret_view);
}
