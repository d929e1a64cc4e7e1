/* An HTTP client for the central case store: requests out, answers in, on one pool of connections, without ever waiting. libcurl's multi interface
 * behind the hooks of base/watch.h.
 *
 * What it never does: follow a redirect (credentials would go with it), take a certificate that doesn't verify or doesn't bear the host's name, speak
 * less than TLS 1.2, read a body beyond its limit, use a proxy of the environment, speak plain HTTP with anybody but this machine itself.
 * Certificates are read anew for every request, so a renewed one is used without a restart; connections under the old one aren't used again. */
#ifndef CENTRAL_HTTP_H
#define CENTRAL_HTTP_H

#include "firmware-host/base/str.h"
#include "firmware-host/base/watch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;

struct http_settings { /* borrowed; "" or NULL: not given */
    const char *ca_file; /* PEM; without it those of the system */
    const char *cert_file, *key_file; /* PEM, of this appliance: mutual TLS */
    const char *user_agent;
    int connections; /* at most, to all hosts together */
    int64_t connect_timeout; /* ms */
    size_t answer_max; /* octets of a body */
};

/* How a request ended. Where no answer came nobody knows whether the other side has done it. */
enum http_end {
    HTTP_ANSWERED, /* there is a status */
    HTTP_UNREACHED, /* no connection: certainly not done */
    HTTP_REFUSED, /* TLS: a certificate that doesn't verify, on either side; certainly not done */
    HTTP_LOST, /* cut off, or no answer in time */
    HTTP_OVERSIZED, /* the answer is larger than answer_max */
    HTTP_FORBIDDEN, /* never sent: a URL that isn't allowed, a certificate that can't be read */
    HTTP_CANCELLED, /* by http_cancel or http_free */
};

/* Only while `done` runs. */
struct http_answer {
    enum http_end end;
    int status; /* of an answered one, else 0 */
    const char *problem; /* for people: what went wrong; "" when answered */
    struct bytes body;
    const char *content_type, *etag, *retry_after, *date; /* header fields as they came; NULL: none */
    bool elsewhere; /* the status is a redirect to another host */
    int64_t took; /* ms */
};

typedef void http_done(void *context, const struct http_answer *answer);

struct http_request { /* borrowed until http_send returns */
    const char *method; /* "GET", "POST" … */
    const char *url;
    const char *const *headers; /* "Name: value", `header_count` of them; a line break in one is refused */
    size_t header_count;
    struct bytes body; /* data NULL: none */
    bool once; /* it mustn't go out a second time by itself: libcurl repeats a request when a connection that it used before turns out to be dead */
    int64_t timeout; /* ms, of the whole exchange */
    http_done *done; /* exactly once, never from inside http_send */
    void *context;
};

/* Why requests to such a URL are never sent; NULL: they are. It must be one of https, or go to this machine itself (a test, a proxy that adds TLS),
 * and hold no credentials. */
const char *http_forbidden_url(const char *url);

/* Once per program, before any other call and any thread. */
void http_start(void);

struct http *http_new(const struct http_settings *settings, struct watch *watch);
void http_free(struct http *h); /* what is on its way ends HTTP_CANCELLED */

/* The number of the request, never 0. */
uint64_t http_send(struct http *h, const struct http_request *request);
void http_cancel(struct http *h, uint64_t number); /* one that has ended: nothing happens; else `done` is called before this returns */
size_t http_under_way(const struct http *h);

#endif
