/* Requests out and answers in: see central_link.h.
 *
 *   turn ─► wake ─► push_run ─► send: profile, token, signature ─► http ─► … ─► answered ─► push_answered ─┬► push_run
 *                                                                                                         └► write job ─► turn
 *
 * Housekeeping, once a minute at least: capabilities (at the start, and daily), heartbeat, bodies whose time is over, the certificate's end, alarms.
 */
#include "firmware-host/central_link.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/envelope.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "firmware-host/central_case.h"
#include "firmware-host/central_documents.h"
#include "firmware-host/central_feed.h"
#include "firmware-host/central_lookup.h"
#include "firmware-host/watch_uv.h"
#include "smsc/lookup.h"
#include "smsc/uplink.h"
#include "store/central/certificate.h"
#include "store/central/http.h"
#include "store/central/oauth.h"
#include "store/central/problem.h"
#include "store/central/profile.h"
#include "store/central/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REASON_MAX = 400,
    HEADERS = 8,
    HEADER_MAX = 16384,
    FORGET_A_TIME = 200,
    BATCH_OCTETS = 512 * 1024,
    ANSWER_MAX = 1 << 20,
    LIST_MAX = 4 << 20 /* of a thousand requests */,
    DATE_SIZE = 16
};
#define CONNECT_MS (10 * CLOCK_SECOND)
#define CREDENTIALS_MS (30 * CLOCK_SECOND) /* until files that couldn't be read are tried again */
#define SKEW_MOST (10 * CLOCK_SECOND) /* of our clock, before the store's counts in signatures */
#define CERTIFICATE_WARNING (30 * CLOCK_DAY)
#define ALARM_AFTER (4 * CLOCK_HOUR) /* away */
static const char incident_away[] = "central", incident_parked[] = "central-parked", incident_certificate[] = "central-certificate";

struct central_link {
    struct central_link_parts parts;
    const struct profile *profile;
    struct profile_identity who;
    struct profile_open311 open311; /* of `who`, with the services */
    struct profile_service services[CONFIG_SERVICES_MAX];
    struct watch *watch;
    struct http *http;
    struct oauth *oauth; /* NULL: a token of a file, or none */
    struct push *push;
    struct central_feed *feed;
    struct central_documents *documents;
    struct central_lookup *lookup;
    uv_timer_t timer, housekeeping;
    struct job write, keep; /* what answers made of rows; what housekeeping writes */
    bool writing, keeping, stopped, capabilities;
    int handles;
    struct profile_capabilities allowed;
    struct str problem; /* of credentials */
    int64_t skew; /* the store's clock minus ours, ms */
    int64_t capabilities_at, heartbeat_at, token_at; /* mono ms */
    int64_t certificate_ends; /* wall ms; 0: none, or it can't be read */
};

struct transfer { /* a request on its way, then what its answer teaches on its way to the disk */
    struct central_link *link;
    const struct push_request *request;
    struct profile_case of;
    struct profile_search search;
    struct profile_learned learned;
    bool searching; /* the answer is to a question for what stands there */
    struct job job;
};

static int64_t wall(const struct central_link *l) {
    return l->parts.clock->wall_ms(l->parts.clock);
}

static int64_t mono(const struct central_link *l) {
    return l->parts.clock->mono_ms(l->parts.clock);
}

static const struct config_central *settings_of(const struct central_link *l) {
    return &l->parts.config->central;
}

static void run(struct central_link *l);

/* ---- what is written ---- */

static enum err write_effect(void *context, const struct push_effect *effect) {
    struct central_link *l = context;
    switch (effect->kind) {
    case EFFECT_DONE:
        return outbox_done(l->parts.store, effect->sequence, wall(l));
    case EFFECT_REFUSED:
        return outbox_refused(l->parts.store, effect->sequence, effect->reason);
    case EFFECT_PARKED:
        log_event(LOG_LEVEL_ERROR, "central.parked", log_int("event", effect->sequence), log_text("reason", effect->reason),
                  log_text("do", "phanhoictl central parked"));
        return outbox_park(l->parts.store, effect->sequence, effect->reason);
    }
    return ERR_OK;
}

static struct central_link *of_write(struct job *job) {
    return (struct central_link *)((char *)job - offsetof(struct central_link, write));
}

static enum err run_write(struct job *job, int64_t now) {
    (void)now;
    enum err e = push_write(of_write(job)->push);
    crash_point("central.written");
    return e;
}

static void write_done(struct job *job, enum err result) {
    struct central_link *l = of_write(job);
    l->writing = false;
    if (result == ERR_OK)
        push_written(l->push);
    else if (result != ERR_CLOSED)
        log_event(LOG_LEVEL_ERROR, "central.not_written", log_err(result)); /* again with the next answer, or by housekeeping */
    if (result == ERR_OK && !l->stopped)
        run(l); /* more of them may be made now */
}

static void write_effects(struct central_link *l) {
    if (l->writing || !push_has_effects(l->push))
        return;
    l->writing = true;
    l->write = (struct job){.run = run_write, .done = write_done, .keep = true};
    turn_add(l->parts.turn, &l->write);
}

/* ---- answers ---- */

static enum push_verdict verdict_of(const struct http_answer *answer) {
    switch (answer->end) {
    case HTTP_ANSWERED:
        return push_verdict_of(answer->status);
    case HTTP_FORBIDDEN:
        return PUSH_PAUSE;
    case HTTP_UNREACHED:
    case HTTP_REFUSED:
    case HTTP_LOST:
    case HTTP_OVERSIZED:
    case HTTP_CANCELLED:
        break;
    }
    return PUSH_RETRY;
}

static void learn_skew(struct central_link *l, const struct http_answer *answer) {
    int64_t theirs;
    if (answer->date && http_date_parse(answer->date, &theirs) == ERR_OK)
        l->skew = theirs - wall(l);
}

static void note_state(struct central_link *l, enum push_state before) {
    struct push_view v;
    push_view(l->push, &v);
    metric_set(METRIC_CENTRAL_UP, v.state == PUSH_UP);
    if (v.state == before)
        return;
    if (v.state == PUSH_UP)
        log_plain(LOG_LEVEL_NOTICE, "central.up");
    else
        log_event(LOG_LEVEL_WARNING, "central.not_up", log_text("state", push_state_name(v.state)), log_text("reason", v.reason));
}

static enum push_state state_now(const struct central_link *l) {
    struct push_view v;
    push_view(l->push, &v);
    return v.state;
}

/* Of how many events it says that they were taken. */
static size_t taken_by(const struct push_request *request, const struct push_answer *answer) {
    size_t count = 0;
    for (size_t i = 0; i < request->count && answer->taken; i++)
        count += answer->taken[i];
    return answer->taken ? count : request->count;
}

static void tell_push(struct central_link *l, const struct push_request *request, const struct push_answer *answer) {
    enum push_state before = state_now(l);
    metric_add(METRIC_CENTRAL_REQUESTS, 1);
    if (push_verdict_good(answer->verdict))
        metric_add(METRIC_CENTRAL_EVENTS, (int64_t)taken_by(request, answer));
    else
        metric_add(METRIC_CENTRAL_REFUSED, 1);
    push_answered(l->push, request, answer, mono(l));
    note_state(l, before);
    write_effects(l);
    run(l);
}

static void tell_compared(struct central_link *l, const struct push_request *request, enum push_compared what, const char *reason) {
    enum push_state before = state_now(l);
    push_compared(l->push, request, what, reason, mono(l));
    note_state(l, before);
    write_effects(l);
    run(l);
}

static struct transfer *of_learning(struct job *job) {
    return (struct transfer *)((char *)job - offsetof(struct transfer, job));
}

static enum err run_learning(struct job *job, int64_t now) {
    struct transfer *t = of_learning(job);
    char source[PULL_ATTRIBUTE_MAX + 1];
    t->link->profile->feed_source(&t->link->who, source);
    enum err e = central_case_learn(t->link->parts.store, t->request->events[0]->case_id, source, &t->learned, now);
    crash_point("central.learned");
    return e;
}

/* Only now the event is done: the next one of its case needs the name. */
static void learning_done(struct job *job, enum err result) {
    struct transfer *t = of_learning(job);
    struct central_link *l = t->link;
    const struct push_request *request = t->request;
    const struct push_answer done = {.verdict = PUSH_DONE, .reason = ""};
    const struct push_answer again = {.verdict = PUSH_RETRY, .reason = "what the store calls the case couldn't be written down", .unknown = true};
    bool receipt = t->learned.kind == LEARNED_RECEIPT, searching = t->searching;
    free(t);
    if (l->stopped)
        return;
    if (result == ERR_CONFLICT)
        tell_compared(l, request, COMPARED_OTHER, "the store calls it what it called another case before");
    else if (result != ERR_OK)
        tell_push(l, request, &again);
    else if (receipt || searching)
        tell_compared(l, request, receipt ? COMPARED_LATER : COMPARED_SAME, "");
    else
        tell_push(l, request, &done);
}

static void learn(struct transfer *t) {
    t->job = (struct job){.run = run_learning, .done = learning_done};
    turn_add(t->link->parts.turn, &t->job);
}

static void explain(const struct central_link *l, const struct http_answer *answer, struct str *reason) {
    problem_explain(answer, reason);
    if (answer->end == HTTP_ANSWERED && l->profile->explain)
        l->profile->explain(answer->body, reason);
}

/* Whether the store may have taken what it doesn't say that it took. */
static bool may_be_taken(const struct http_answer *answer) {
    switch (answer->end) {
    case HTTP_ANSWERED:
        return answer->status != 421 && answer->status != 425 && answer->status != 429;
    case HTTP_LOST:
    case HTTP_OVERSIZED:
    case HTTP_CANCELLED:
        return true;
    case HTTP_UNREACHED:
    case HTTP_REFUSED:
    case HTTP_FORBIDDEN:
        break;
    }
    return false;
}

/* What an answer says of each event of a request. */
struct results {
    struct profile_result *of;
    bool *taken;
};

static void results_release(struct results *r) {
    free(r->of);
    free(r->taken);
}

/* Into the answer, which comes as the status has it, and borrows from them. False: it can't be understood. */
static bool read_results(struct transfer *t, const struct http_answer *answer, struct push_answer *a, struct results *ret_results) {
    const struct profile *profile = t->link->profile;
    const struct push_request *request = t->request;
    struct results r = {.of = mem_array(request->count, sizeof *r.of), .taken = mem_array(request->count, sizeof *r.taken)};
    *ret_results = r;
    for (size_t i = 0; i < request->count; i++)
        r.of[i] = (struct profile_result){.verdict = a->verdict};
    if (answer->end != HTTP_ANSWERED || !profile->read_pushed)
        return true;
    if (profile->read_pushed(&t->link->who, request->events, request->count, &t->of, answer->status, answer->body, r.of) != ERR_OK) {
        a->verdict = PUSH_RETRY;
        return false;
    }
    if (request->count > 1 && push_verdict_good(a->verdict)) {
        for (size_t i = 0; i < request->count; i++)
            r.taken[i] = push_verdict_good(r.of[i].verdict);
        a->taken = r.taken;
    } else {
        a->verdict = r.of[0].verdict;
        t->learned = r.of[0].learned;
    }
    return true;
}

static void pushed(void *context, const struct http_answer *answer) {
    struct transfer *t = context;
    struct central_link *l = t->link;
    const struct push_request *request = t->request;
    struct str reason;
    if (l->stopped) {
        free(t);
        return;
    }
    crash_point("central.answered");
    learn_skew(l, answer);
    struct push_answer a = {.verdict = verdict_of(answer), .wait = push_retry_after(answer->retry_after, answer->date, wall(l))};
    struct results results;
    bool understood = read_results(t, answer, &a, &results);
    if (t->learned.kind != LEARNED_NOTHING) {
        results_release(&results);
        learn(t);
        return;
    }
    free(t);
    str_init(&reason, 4 * REASON_MAX);
    if (understood && *results.of[0].reason)
        str_add(&reason, results.of[0].reason);
    else
        explain(l, answer, &reason);
    if (!understood)
        str_add(&reason, ": the answer can't be understood");
    a.reason = reason.data ? reason.data : "";
    a.unknown = a.verdict == PUSH_RETRY && may_be_taken(answer);
    tell_push(l, request, &a);
    results_release(&results);
    str_release(&reason);
}

static bool ask_what_stands(struct transfer *t);

static void compared(void *context, const struct http_answer *answer) {
    struct transfer *t = context;
    struct central_link *l = t->link;
    const struct push_request *request = t->request;
    struct str reason;
    bool more = false;
    if (l->stopped) {
        free(t);
        return;
    }
    enum push_compared what = l->profile->compare(&l->who, request->events[0], &t->of, answer->status, answer->body, &t->search, &more);
    t->learned = t->search.learned;
    if (what == COMPARED_SAME && t->learned.kind != LEARNED_NOTHING) {
        learn(t);
        return;
    }
    if (more && ask_what_stands(t))
        return;
    free(t);
    str_init(&reason, 4 * REASON_MAX);
    if (what == COMPARED_OTHER)
        str_add(&reason, l->profile->searches ? "whether it arrived can't be told: the store lists more than can be looked through"
                                              : "another event stands under its id");
    else
        explain(l, answer, &reason);
    tell_compared(l, request, what, reason.data ? reason.data : "");
    str_release(&reason);
}

/* ---- requests ---- */

struct headers {
    const char *of[HEADERS];
    size_t count;
    struct str texts[HEADERS];
};

static void headers_release(struct headers *h) {
    for (size_t i = 0; i < h->count; i++)
        secret_wipe(&h->texts[i]);
}

static struct str *header_begin(struct headers *h, const char *name) {
    struct str *text = &h->texts[h->count++];
    str_init(text, HEADER_MAX);
    str_addf(text, "%s: ", name);
    return text;
}

/* RFC 7617. */
static void add_password(const char *user, const struct str *password, struct str *to) {
    struct str pair;
    str_init(&pair, HEADER_MAX);
    str_addf(&pair, "%s:%s", user, password->data);
    str_add(to, "Basic ");
    base64_add(bytes_of(pair.data, pair.len), to);
    secret_wipe(&pair);
}

/* False: there are no credentials now; l->problem says why, or a token is being asked for. */
static bool add_credentials(struct central_link *l, struct headers *h) {
    const struct config_central *c = settings_of(l);
    struct str token;
    str_clear(&l->problem);
    if (l->oauth) {
        const char *bearer = oauth_token(l->oauth);
        str_add(&l->problem, oauth_problem(l->oauth));
        if (bearer)
            str_addf(header_begin(h, "Authorization"), "Bearer %s", bearer);
        return bearer != NULL;
    }
    if (!*c->token_file)
        return true;
    if (secret_read(c->token_file, &l->problem, &token) != ERR_OK)
        return false;
    if (*c->user)
        add_password(c->user, &token, header_begin(h, "Authorization"));
    else
        str_addf(header_begin(h, "Authorization"), "Bearer %s", token.data);
    secret_wipe(&token);
    return true;
}

/* The body with the API key, where the profile wants one and there is one. */
static bool add_key(struct central_link *l, const struct profile_request *r, struct str *form) {
    const char *path = l->parts.config->open311.api_key_file;
    struct str key;
    if (!r->keyed_form)
        return true;
    str_add_n(form, r->body.data, r->body.len);
    if (!*path)
        return true;
    if (secret_read(path, &l->problem, &key) != ERR_OK)
        return false;
    str_add(form, "&api_key=");
    profile_add_escaped(form, key.data);
    secret_wipe(&key);
    return true;
}

static bool add_signature(struct central_link *l, const struct profile_request *r, struct headers *h) {
    const char *path = settings_of(l)->secret_file;
    int64_t skew = l->skew > SKEW_MOST || l->skew < -SKEW_MOST ? l->skew : 0;
    int64_t seconds = (wall(l) + skew) / CLOCK_SECOND;
    struct str value;
    if (!*path || !*r->key)
        return true;
    str_init(&value, HEADER_MAX);
    bool signed_ = webhook_sign(path, r->key, seconds, bytes_of(r->body.data, r->body.len), &l->problem, &value) == ERR_OK;
    if (signed_) {
        str_add(header_begin(h, "webhook-id"), r->key);
        str_addf(header_begin(h, "webhook-timestamp"), "%lld", (long long)seconds);
        str_add(header_begin(h, "webhook-signature"), value.data);
    }
    str_release(&value);
    return signed_;
}

/* `timeout`: ms, of the whole exchange. False: not now. */
static bool send_timed(struct central_link *l, const struct profile_request *r, int64_t timeout, http_done *done, void *context) {
    struct headers h = {.count = 0};
    struct str url, form;
    str_init(&form, PROFILE_BODY_MAX + SECRET_FILE_MAX);
    bool ready = add_credentials(l, &h) && add_key(l, r, &form) && add_signature(l, r, &h);
    struct bytes body = r->keyed_form ? bytes_of(form.data, form.len) : bytes_of(r->body.data, r->body.len);
    if (ready) {
        str_add(header_begin(&h, "Accept"), "application/json, application/problem+json, application/cloudevents+json");
        if (r->content_type)
            str_add(header_begin(&h, "Content-Type"), r->content_type);
        if (r->if_none_match)
            str_add(header_begin(&h, "If-None-Match"), r->if_none_match);
        if (*r->key)
            str_addf(header_begin(&h, "Idempotency-Key"), "\"%s\"", r->key);
        for (size_t i = 0; i < h.count; i++)
            h.of[i] = h.texts[i].data;
        str_init(&url, PROFILE_TARGET_MAX + 1024);
        str_addf(&url, "%s%s", l->parts.config->central_url, r->target.data);
        struct http_request request = {.method = r->method,
                                       .url = url.data,
                                       .headers = h.of,
                                       .header_count = h.count,
                                       .body = r->content_type ? body : bytes_of(NULL, 0),
                                       .once = r->once,
                                       .timeout = timeout,
                                       .done = done,
                                       .context = context};
        http_send(l->http, &request);
        str_release(&url);
    } else {
        l->token_at = mono(l) + CREDENTIALS_MS;
    }
    headers_release(&h);
    secret_wipe(&form);
    return ready;
}

static bool send_request(struct central_link *l, const struct profile_request *r, http_done *done, void *context) {
    return send_timed(l, r, settings_of(l)->timeout, done, context);
}

/* NULL: its case can't be read now. */
static struct transfer *transfer_new(struct central_link *l, const struct push_request *request) {
    struct transfer *t = mem_alloc(sizeof *t);
    *t = (struct transfer){.link = l, .request = request, .search = {.now = wall(l)}};
    enum err e = l->profile->searches ? central_case_of(l->parts.store, request->events[0]->case_id, &t->of) : ERR_OK;
    if (e == ERR_OK)
        return t;
    log_event(LOG_LEVEL_ERROR, "central.case_unreadable", log_int("event", request->events[0]->sequence), log_err(e));
    str_clear(&l->problem);
    str_addf(&l->problem, "a case can't be read: %s", err_text(e));
    l->token_at = mono(l) + CREDENTIALS_MS;
    free(t);
    return NULL;
}

static enum push_sent push_events(void *context, const struct push_request *request) {
    struct central_link *l = context;
    struct profile_request r;
    struct transfer *t = transfer_new(l, request);
    if (!t)
        return PUSH_NOT_NOW;
    enum err e = l->profile->push(&l->who, request->events, request->count, &t->of, &r);
    bool sent = e == ERR_OK && send_request(l, &r, pushed, t);
    if (!sent)
        free(t);
    profile_request_release(&r);
    return sent ? PUSH_SENT : e == ERR_UNSUPPORTED ? PUSH_NOTHING : PUSH_NOT_NOW;
}

static void no_answer(struct central_link *l, const struct push_request *request) {
    push_compared(l->push, request, COMPARED_UNKNOWN, l->problem.len ? l->problem.data : "no credentials", mono(l));
}

static bool ask_what_stands(struct transfer *t) {
    struct central_link *l = t->link;
    struct profile_request r;
    bool sent = l->profile->read(&l->who, t->request->events[0], &t->of, &t->search, &r) == ERR_OK && send_request(l, &r, compared, t);
    profile_request_release(&r);
    return sent;
}

static void compare_event(void *context, const struct push_request *request) {
    struct central_link *l = context;
    struct profile_request r;
    struct transfer *t = transfer_new(l, request);
    if (!t) {
        no_answer(l, request);
        return;
    }
    t->searching = true;
    enum err e = l->profile->read(&l->who, request->events[0], &t->of, &t->search, &r);
    bool sent = e == ERR_OK && send_request(l, &r, compared, t);
    profile_request_release(&r);
    if (sent)
        return;
    free(t);
    if (e == ERR_UNSUPPORTED)
        push_compared(l->push, request, COMPARED_NOTHING, "", mono(l));
    else
        no_answer(l, request);
}

static enum err next_event(void *context, int64_t after, struct outbox_event *ret_event) {
    struct central_link *l = context;
    enum err e = outbox_next(l->parts.store, after, ret_event);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        log_event(LOG_LEVEL_ERROR, "central.outbox_unreadable", log_err(e));
    return e;
}

static void other_credentials(void *context) {
    struct central_link *l = context;
    if (l->oauth)
        oauth_drop(l->oauth);
}

static uint32_t draw(void *context, uint32_t limit) {
    (void)context;
    return random_below(limit);
}

/* ---- when ---- */

static void timer_came(uv_timer_t *timer) {
    run(timer->data);
}

static void run(struct central_link *l) {
    if (l->stopped || store_in_transaction(l->parts.store))
        return;
    int64_t now = mono(l);
    push_run(l->push, now);
    central_feed_run(l->feed, now);
    central_documents_run(l->documents, now);
    central_lookup_run(l->lookup);
    int64_t at = push_next_at(l->push, now);
    if (central_feed_next_at(l->feed, now) < at)
        at = central_feed_next_at(l->feed, now);
    if (central_documents_next_at(l->documents, now) < at)
        at = central_documents_next_at(l->documents, now);
    if (central_lookup_next_at(l->lookup) < at)
        at = central_lookup_next_at(l->lookup);
    if (l->oauth && oauth_next_at(l->oauth) < at && push_next_at(l->push, now) == INT64_MAX)
        at = oauth_next_at(l->oauth);
    if (l->problem.len && l->token_at > now && l->token_at < at)
        at = l->token_at;
    write_effects(l); /* of events that can't be read */
    if (at == INT64_MAX)
        uv_timer_stop(&l->timer);
    else
        uv_timer_start(&l->timer, timer_came, (uint64_t)(at > now ? at - now : 1), 0);
}

void central_link_wake(void *link) {
    struct central_link *l = link;
    push_wake(l->push);
    run(l);
}

static void token_changed(void *context) {
    struct central_link *l = context;
    str_clear(&l->problem);
    if (*oauth_problem(l->oauth)) {
        str_add(&l->problem, oauth_problem(l->oauth));
        log_event(LOG_LEVEL_WARNING, "central.no_token", log_text("problem", l->problem.data));
    }
    run(l);
}

void central_link_released(struct central_link *l, int64_t sequence) {
    push_released(l->push, sequence ? sequence : 1);
    run(l);
}

void central_link_knock(struct central_link *l) {
    if (!l || l->stopped)
        return;
    central_feed_knock(l->feed);
    run(l);
}

void central_link_resume(struct central_link *l) {
    push_resume(l->push);
    central_feed_resume(l->feed);
    l->capabilities_at = 0;
    run(l);
}

/* ---- what the store allows ---- */

static void set_limits(struct central_link *l) {
    const struct config_central *c = settings_of(l);
    int64_t batch = c->batch ? c->batch : 200; /* 0: as many as the store says, within reason */
    if (!l->capabilities && !c->batch)
        batch = 1; /* batches must be solicited */
    if (l->capabilities && l->allowed.max_batch < batch)
        batch = l->allowed.max_batch;
    struct push_limits limits = {.batch = l->profile->searches ? 1 : (int)batch,
                                 .octets = BATCH_OCTETS,
                                 .parallel = c->parallel,
                                 .park_after = c->park_after,
                                 .apart = l->profile->read_pushed != NULL,
                                 .search = l->profile->searches,
                                 .settle = c->timeout}; /* as long as it may take to answer it may take to do */
    if (l->push)
        push_set_limits(l->push, &limits);
}

static void heard_capabilities(void *context, const struct http_answer *answer) {
    struct central_link *l = context;
    if (l->stopped)
        return;
    learn_skew(l, answer);
    if (answer->status == 200 && l->profile->read_capabilities(answer->body, &l->allowed) == ERR_OK) {
        l->capabilities = true;
        l->capabilities_at = mono(l) + CLOCK_DAY;
        set_limits(l);
        central_feed_allow(l->feed, &l->allowed);
        central_documents_want(l->documents, l->allowed.documents);
        if (l->profile->ask_lookup)
            smsc_lookups(l->parts.smsc, l->allowed.lookup ? LOOKUPS_ASKED : LOOKUPS_NONE);
        log_event(LOG_LEVEL_INFO, "central.capabilities", log_int("batch", l->allowed.max_batch), log_int("event", l->allowed.max_event));
    }
    run(l);
}

static void ask_capabilities(struct central_link *l) {
    struct profile_request r;
    if (mono(l) < l->capabilities_at)
        return;
    l->capabilities_at = mono(l) + 5 * CLOCK_MINUTE;
    l->profile->ask_capabilities(&l->who, &r);
    if (!send_request(l, &r, heard_capabilities, l))
        l->capabilities_at = mono(l) + CLOCK_SECOND;
    profile_request_release(&r);
}

/* ---- housekeeping ---- */

static enum err put_heartbeat(struct central_link *l, int64_t now) {
    struct pull_view feed;
    struct str data;
    struct json_writer w;
    int64_t every = settings_of(l)->heartbeat;
    if (!every || mono(l) < l->heartbeat_at || state_now(l) != PUSH_UP)
        return ERR_OK; /* one that comes days later tells nothing */
    str_init(&data, 4096);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    l->parts.put_health(l->parts.context, &w);
    central_feed_view(l->feed, &feed);
    json_put_text(&w, "cursor", feed.cursor);
    json_close_object(&w);
    enum err e = outbox_add(l->parts.store, 0, "vn.pakn.appliance.heartbeat", NULL, now, &data);
    str_release(&data);
    if (e == ERR_OK)
        l->heartbeat_at = mono(l) + every;
    return e;
}

static enum err tell_if(struct central_link *l, const char *incident, bool now_wrong, enum template_id template, int64_t now) {
    char date[DATE_SIZE];
    struct template_values values = {.of = {NULL}};
    struct civil c = civil_of(l->certificate_ends);
    snprintf(date, sizeof date, "%02d/%02d/%04d", c.day, c.month, c.year);
    if (template == TEMPLATE_OP_CERTIFICATE)
        values.of[VARIABLE_DATE] = date;
    return now_wrong ? smsc_alarm(l->parts.smsc, incident, template, &values, now) : smsc_alarm_over(l->parts.smsc, incident, now);
}

/* The service centre is told after some hours in which offices were open (smsc/digest.c). That nothing was tried since the start says nothing. */
static enum err note_away(struct central_link *l, int64_t now) {
    struct push_view v;
    push_view(l->push, &v);
    if (v.state == PUSH_UP && v.acknowledged == 0)
        return ERR_OK;
    return smsc_central_away(l->parts.smsc, v.state == PUSH_UP ? 0 : now - (mono(l) - v.since), now);
}

static enum err tell_operator(struct central_link *l, int64_t now) {
    struct push_view v;
    struct store_counts counts;
    push_view(l->push, &v);
    enum err e = store_counts(l->parts.store, &counts);
    bool away = v.state == PUSH_STOPPED || v.state == PUSH_PAUSED || (v.state == PUSH_AWAY && mono(l) - v.since >= ALARM_AFTER);
    if (e == ERR_OK && (away || v.state == PUSH_UP))
        e = tell_if(l, incident_away, away, TEMPLATE_OP_CENTRAL, now);
    if (e == ERR_OK)
        e = tell_if(l, incident_parked, counts.outbox_parked > 0, TEMPLATE_OP_PARKED, now);
    if (e == ERR_OK && *settings_of(l)->cert_file)
        e = tell_if(l, incident_certificate, l->certificate_ends && l->certificate_ends - now < CERTIFICATE_WARNING, TEMPLATE_OP_CERTIFICATE, now);
    return e;
}

static struct central_link *of_keep(struct job *job) {
    return (struct central_link *)((char *)job - offsetof(struct central_link, keep));
}

static enum err run_keep(struct job *job, int64_t now) {
    struct central_link *l = of_keep(job);
    int forgotten;
    enum err e = outbox_forget(l->parts.store, now - OUTBOX_KEPT_MS, FORGET_A_TIME, &forgotten);
    if (e == ERR_OK)
        e = lookup_forget(l->parts.store, now - LOOKUP_KEPT_MS, FORGET_A_TIME);
    if (e == ERR_OK)
        e = feed_forget(l->parts.store, now, FORGET_A_TIME);
    if (e == ERR_OK)
        e = put_heartbeat(l, now);
    if (e == ERR_OK)
        e = note_away(l, now);
    return e == ERR_OK ? tell_operator(l, now) : e;
}

static void keep_done(struct job *job, enum err result) {
    of_keep(job)->keeping = false;
    if (result != ERR_OK && result != ERR_CLOSED)
        log_event(LOG_LEVEL_WARNING, "central.housekeeping_failed", log_err(result));
}

static void read_certificate(struct central_link *l) {
    struct str problem;
    if (!*settings_of(l)->cert_file)
        return;
    str_init(&problem, SECRET_PROBLEM_MAX);
    if (certificate_end(settings_of(l)->cert_file, &l->certificate_ends, &problem) != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "central.certificate", log_text("problem", problem.data));
    else if (l->certificate_ends - wall(l) < CERTIFICATE_WARNING)
        log_event(LOG_LEVEL_WARNING, "central.certificate_ends", log_text("file", settings_of(l)->cert_file),
                  log_int("days", (l->certificate_ends - wall(l)) / CLOCK_DAY));
    str_release(&problem);
}

static void keep_house(uv_timer_t *timer) {
    struct central_link *l = timer->data;
    read_certificate(l);
    ask_capabilities(l);
    write_effects(l);
    if (l->keeping || turn_refusing(l->parts.turn))
        return;
    l->keeping = true;
    l->keep = (struct job){.run = run_keep, .done = keep_done};
    turn_add(l->parts.turn, &l->keep);
}

/* ---- life ---- */

static enum err seal_raw(const struct central_link_parts *parts, struct str *problem) {
    uint8_t key[32];
    const struct config_central *c = &parts->config->central;
    if (parts->config->smsc.raw_messages != SMSC_RAW_SEALED)
        return ERR_OK;
    enum err e = public_key_read(c->public_key_file, problem, key);
    if (e == ERR_OK)
        smsc_seal_raw_for(parts->smsc, key);
    return e;
}

static void open_http(struct central_link *l) {
    const struct config_central *c = settings_of(l);
    struct http_settings http = {.ca_file = c->ca_file,
                                 .cert_file = c->cert_file,
                                 .key_file = c->key_file,
                                 .connections = c->parallel + 4, /* for a token, the feed, a document, a citizen's question */
                                 .connect_timeout = CONNECT_MS,
                                 .answer_max = l->profile->searches ? LIST_MAX : ANSWER_MAX};
    http_start();
    l->watch = watch_uv_new(l->parts.uv);
    l->http = http_new(&http, l->watch);
}

static int64_t mono_of(void *context) {
    return mono(context);
}

static void open_oauth(struct central_link *l) {
    const struct config_central *c = settings_of(l);
    struct oauth_settings oauth = {.url = c->oauth_url,
                                   .client_id = c->oauth_id,
                                   .secret_file = c->oauth_secret_file,
                                   .scope = c->oauth_scope,
                                   .http = l->http,
                                   .timeout = c->timeout,
                                   .changed = token_changed,
                                   .context = l,
                                   .mono = mono_of};
    if (*c->oauth_url)
        l->oauth = oauth_new(&oauth);
}

static enum err open_push(struct central_link *l) {
    struct push_parts parts = {.context = l,
                               .next = next_event,
                               .send = push_events,
                               .compare = compare_event,
                               .write = write_effect,
                               .reauthorise = other_credentials,
                               .random_below = draw};
    struct push_limits limits = {.batch = 1, .octets = BATCH_OCTETS, .parallel = 1, .park_after = 1};
    int64_t newest = 0;
    enum err e = outbox_newest(l->parts.store, &newest);
    if (e != ERR_OK)
        return e;
    l->push = push_new(&parts, &limits);
    push_doubt(l->push, newest);
    set_limits(l);
    return ERR_OK;
}

static bool send_for_feed(void *context, const struct profile_request *request, int64_t held, http_done *done, void *done_context) {
    struct central_link *l = context;
    return send_timed(l, request, settings_of(l)->timeout + held, done, done_context);
}

static void wake_for_feed(void *context) {
    run(context);
}

static void documents_changed(void *context) {
    struct central_link *l = context;
    central_documents_want(l->documents, CENTRAL_ALL_DOCUMENTS); /* it may be one that the store hadn't when it said which it has */
}

static void open_documents(struct central_link *l) {
    struct central_documents_parts parts = {
        .clock = l->parts.clock, .reload = l->parts.reload, .profile = l->profile, .context = l, .send = send_for_feed, .wake = central_link_wake};
    l->documents = central_documents_new(&parts);
}

static bool send_for_lookup(void *context, const struct profile_request *request, int64_t timeout, http_done *done, void *done_context) {
    return send_timed(context, request, timeout, done, done_context);
}

/* Until the store says otherwise it can be asked: it may be away, and citizens are told so. */
static void open_lookup(struct central_link *l) {
    struct central_lookup_parts parts = {.clock = l->parts.clock,
                                         .turn = l->parts.turn,
                                         .store = l->parts.store,
                                         .smsc = l->parts.smsc,
                                         .profile = l->profile,
                                         .context = l,
                                         .send = send_for_lookup,
                                         .wake = wake_for_feed};
    l->lookup = central_lookup_new(&parts);
    smsc_lookups(l->parts.smsc, l->profile->ask_lookup ? LOOKUPS_ASKED : l->profile->shared ? LOOKUPS_KNOWN : LOOKUPS_NONE);
}

static void open_open311(struct central_link *l) {
    const struct config *c = l->parts.config;
    for (size_t i = 0; i < c->service_count; i++)
        l->services[i] = (struct profile_service){.field = c->services[i].field, .code = c->services[i].code, .unit = c->services[i].unit};
    l->open311 = (struct profile_open311){.jurisdiction = c->open311.jurisdiction,
                                          .format = config_open311_format(c),
                                          .confidential = c->open311.confidential,
                                          .services = l->services,
                                          .service_count = c->service_count};
}

static enum err open_ways(struct central_link *l, struct str *problem) {
    struct central_feed_parts parts = {.clock = l->parts.clock,
                                       .turn = l->parts.turn,
                                       .store = l->parts.store,
                                       .smsc = l->parts.smsc,
                                       .profile = l->profile,
                                       .who = &l->who,
                                       .context = l,
                                       .send = send_for_feed,
                                       .reauthorise = other_credentials,
                                       .wake = wake_for_feed,
                                       .documents_changed = documents_changed};
    enum err e = open_push(l);
    if (e == ERR_OK)
        e = central_feed_open(&parts, &l->feed);
    if (e != ERR_OK)
        str_addf(problem, "%s: how far the central store and this one have read each other can't be told: %s", l->parts.config->store_path,
                 err_text(e));
    return e;
}

enum err central_link_open(const struct central_link_parts *parts, struct str *problem, struct central_link **ret_link) {
    enum err e = seal_raw(parts, problem);
    if (e != ERR_OK)
        return ERR_INVALID;
    struct central_link *l = mem_alloc(sizeof *l);
    l->parts = *parts;
    l->profile = central_profile(config_central_profile(parts->config));
    open_open311(l);
    l->who =
        (struct profile_identity){.appliance = parts->config->smsc.appliance_id, .province = parts->config->smsc.province, .open311 = &l->open311};
    str_init(&l->problem, SECRET_PROBLEM_MAX);
    e = open_ways(l, problem);
    if (e != ERR_OK) {
        push_free(l->push);
        str_release(&l->problem);
        free(l);
        return e;
    }
    open_http(l);
    open_oauth(l);
    open_documents(l);
    open_lookup(l);
    metric_set(METRIC_CENTRAL_UP, 1);
    if (uv_timer_init(parts->uv, &l->timer) || uv_timer_init(parts->uv, &l->housekeeping))
        abort();
    l->handles = 2;
    l->timer.data = l->housekeeping.data = l;
    int64_t tick = settings_of(l)->heartbeat && settings_of(l)->heartbeat < CLOCK_MINUTE ? settings_of(l)->heartbeat : CLOCK_MINUTE;
    uv_timer_start(&l->housekeeping, keep_house, 0, (uint64_t)tick);
    *ret_link = l;
    return ERR_OK;
}

void central_link_stop(struct central_link *l) {
    if (!l || l->stopped)
        return;
    l->stopped = true;
    uv_timer_stop(&l->timer);
    uv_timer_stop(&l->housekeeping);
    central_feed_stop(l->feed);
    central_documents_stop(l->documents);
    central_lookup_stop(l->lookup);
    oauth_free(l->oauth);
    l->oauth = NULL;
    http_free(l->http);
    l->http = NULL;
    watch_uv_free(l->watch);
    write_effects(l); /* what was acknowledged is written by the last turn */
}

static void closed(uv_handle_t *handle) {
    struct central_link *l = handle->data;
    if (--l->handles == 0)
        free(l);
}

void central_link_free(struct central_link *l) {
    if (!l)
        return;
    central_link_stop(l);
    push_free(l->push);
    central_feed_free(l->feed);
    central_documents_free(l->documents);
    central_lookup_free(l->lookup);
    str_release(&l->problem);
    uv_close((uv_handle_t *)&l->timer, closed);
    uv_close((uv_handle_t *)&l->housekeeping, closed);
}

void central_link_view(const struct central_link *l, struct central_link_view *ret_view) {
    struct push_view v;
    push_view(l->push, &v);
    int64_t away = wall(l) - mono(l);
    *ret_view = (struct central_link_view){
        .push = v,
        .problem = l->problem.len ? l->problem.data : "",
        .since = v.state == PUSH_UP ? 0 : v.since + away,
        .next_at = v.next_at > mono(l) ? v.next_at + away : 0,
        .certificate_ends = l->certificate_ends,
        .batch = (int)(l->capabilities ? l->allowed.max_batch : 1),
        .capabilities = l->capabilities,
    };
    central_feed_view(l->feed, &ret_view->feed);
    if (settings_of(l)->batch && (!l->capabilities || settings_of(l)->batch < ret_view->batch))
        ret_view->batch = settings_of(l)->batch;
}
