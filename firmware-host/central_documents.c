/* Documents of the central store: see central_documents.h. */
#include "firmware-host/central_documents.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/directory_file.h"
#include "store/central/problem.h"
#include "store/outbox.h"

#include <stdlib.h>
#include <string.h>

enum { REASON_MAX = 1600, REPORT_MAX = 8192 };
#define AGAIN (5 * CLOCK_MINUTE) /* after one that didn't come */

struct central_documents {
    struct central_documents_parts parts;
    unsigned wanted; /* 1 << which */
    enum central_document asked; /* 0: none is on its way */
    int64_t not_before; /* mono ms */
    uint8_t refused[CENTRAL_DOCUMENTS + 1][HASH256_SIZE]; /* what was refused and reported already; zeroes: nothing */
    bool stopped;
};

static int64_t wall(const struct central_documents *d) {
    return d->parts.clock->wall_ms(d->parts.clock);
}

/* ---- what came ---- */

static enum err report(struct central_documents *d, enum central_document which, const char *etag, const char *reason) {
    struct store *s = d->parts.reload->store;
    struct json_writer w;
    struct str data;
    str_init(&data, REPORT_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "document", central_document_name(which));
    json_put_text(&w, "etag", etag);
    json_put_text(&w, "reason", reason);
    json_close_object(&w);
    enum err e = store_begin(s);
    if (e == ERR_OK)
        e = outbox_add(s, 0, "vn.pakn.document.refused", NULL, wall(d), &data);
    if (e == ERR_OK)
        e = store_commit(s);
    else if (store_in_transaction(s))
        store_rollback(s);
    str_release(&data);
    return e;
}

/* A document that can't be taken is known by its octets: its ETag may be what's wrong with it. */
static void fingerprint(const struct http_answer *answer, uint8_t out[HASH256_SIZE]) {
    hash256(answer->end == HTTP_ANSWERED ? answer->body : bytes_text(answer->problem), out);
}

static bool refused_before(const struct central_documents *d, enum central_document which, const struct http_answer *answer) {
    uint8_t mark[HASH256_SIZE];
    fingerprint(answer, mark);
    return memcmp(mark, d->refused[which], sizeof mark) == 0;
}

static void refuse(struct central_documents *d, enum central_document which, const struct http_answer *answer, const char *reason) {
    log_event(LOG_LEVEL_ERROR, "central.document_refused", log_text("document", central_document_name(which)), log_text("problem", reason),
              log_text("meaning", "what ran before goes on"));
    enum err e = report(d, which, central_etag_valid(answer->etag) ? answer->etag : NULL, reason);
    if (e == ERR_OK)
        fingerprint(answer, d->refused[which]);
    else
        log_event(LOG_LEVEL_WARNING, "central.not_reported", log_err(e)); /* it is when it comes again */
}

static void take(struct central_documents *d, enum central_document which, const struct http_answer *answer) {
    struct str text, problems, reason;
    str_init(&text, answer->body.len + 1);
    str_init(&problems, DIRECTORY_PROBLEMS_MAX);
    str_init(&reason, REASON_MAX);
    str_add_n(&text, answer->body.data, answer->body.len);
    const char *etag = answer->etag;
    enum err e = ERR_INVALID;
    if (!central_etag_valid(etag))
        str_add(&problems, "it came without an ETag");
    else if (!text.data || strlen(text.data) != text.len)
        str_add(&problems, "it's empty, or binary data is in it");
    else
        e = reload_document(d->parts.reload, which, etag, text.data, wall(d), &problems);
    crash_point("document.taken");
    if (e == ERR_OK) {
        memset(d->refused[which], 0, sizeof d->refused[which]);
        log_event(LOG_LEVEL_NOTICE, "central.document", log_text("document", central_document_name(which)), log_text("etag", etag));
    } else if (err_retry(e) == RETRY_LATER) {
        d->wanted |= 1u << which;
        d->not_before = d->parts.clock->mono_ms(d->parts.clock) + AGAIN;
        log_event(LOG_LEVEL_ERROR, "central.document_not_stored", log_text("document", central_document_name(which)), log_err(e));
    } else {
        str_addf(&reason, "%.1500s", problems.data ? problems.data : err_text(e));
        refuse(d, which, answer, reason.data);
    }
    str_release(&reason);
    str_release(&problems);
    str_release(&text);
}

static void came(void *context, const struct http_answer *answer) {
    struct central_documents *d = context;
    enum central_document which = d->asked;
    struct str reason;
    if (d->stopped)
        return;
    d->asked = 0;
    bool came_here = answer->status == 200 || answer->end == HTTP_OVERSIZED;
    if (came_here && refused_before(d, which, answer)) {
        log_event(LOG_LEVEL_INFO, "central.document_still_refused", log_text("document", central_document_name(which)));
    } else if (answer->end == HTTP_OVERSIZED) {
        refuse(d, which, answer, answer->problem);
    } else if (answer->status == 200) {
        take(d, which, answer);
    } else if (answer->status != 304 && answer->status != 404) {
        d->wanted |= 1u << which;
        d->not_before = d->parts.clock->mono_ms(d->parts.clock) + AGAIN;
        str_init(&reason, REASON_MAX);
        problem_explain(answer, &reason);
        log_event(LOG_LEVEL_WARNING, "central.no_document", log_text("document", central_document_name(which)),
                  log_text("reason", reason.data ? reason.data : ""));
        str_release(&reason);
    }
    d->parts.wake(d->parts.context);
}

/* ---- asking ---- */

static void ask(struct central_documents *d, enum central_document which) {
    char etag[CENTRAL_ETAG_MAX + 1] = "";
    char *text = NULL;
    struct profile_request r;
    enum err e = central_document_get(d->parts.reload->store, which, etag, &text);
    free(text);
    d->parts.profile->ask_document(central_document_name(which), e == ERR_OK ? etag : NULL, &r);
    if (d->parts.send(d->parts.context, &r, 0, came, d)) {
        d->asked = which;
        d->wanted &= ~(1u << which);
    }
    profile_request_release(&r);
}

void central_documents_run(struct central_documents *d, int64_t now) {
    if (d->stopped || d->not_before > now)
        return;
    for (enum central_document which = CENTRAL_DIRECTORY; which <= CENTRAL_TEMPLATES && !d->asked; which++)
        if (d->wanted & 1u << which)
            ask(d, which);
}

int64_t central_documents_next_at(const struct central_documents *d, int64_t now) {
    return d->wanted && !d->asked && d->not_before > now ? d->not_before : INT64_MAX;
}

void central_documents_want(struct central_documents *d, unsigned which) {
    if (d->parts.profile->ask_document)
        d->wanted |= which;
    d->not_before = 0;
}

/* ---- life ---- */

struct central_documents *central_documents_new(const struct central_documents_parts *parts) {
    struct central_documents *d = mem_alloc(sizeof *d);
    *d = (struct central_documents){.parts = *parts};
    return d;
}

void central_documents_stop(struct central_documents *d) {
    if (d)
        d->stopped = true;
}

void central_documents_free(struct central_documents *d) {
    free(d);
}
