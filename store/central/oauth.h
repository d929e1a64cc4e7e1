/* OAuth 2.0 client credentials (RFC 6749 §4.4): a bearer token, kept in memory, asked for anew at 80 % of its life, by one request at a time.
 * Its life counts from when it was asked for, by the monotonic clock: what our clock or the server's shows doesn't matter. */
#ifndef CENTRAL_OAUTH_H
#define CENTRAL_OAUTH_H

#include "store/central/http.h"

struct oauth;

struct oauth_settings { /* borrowed */
    const char *url; /* the token endpoint */
    const char *client_id, *secret_file;
    const char *scope; /* "": none */
    struct http *http;
    int64_t timeout; /* ms, of a request */
    void (*changed)(void *context); /* there is another token, or asking has failed; not from inside the calls below */
    void *context;
    int64_t (*mono)(void *context);
};

struct oauth *oauth_new(const struct oauth_settings *settings);
void oauth_free(struct oauth *o); /* NULL is fine */

/* The token, good until the next call; NULL: there's none, and it's being asked for, or will be at oauth_next_at. */
const char *oauth_token(struct oauth *o);
void oauth_drop(struct oauth *o); /* it was refused */
int64_t oauth_next_at(const struct oauth *o); /* when to call oauth_token again, mono ms; INT64_MAX: when `changed` is called */
const char *oauth_problem(const struct oauth *o); /* why there's none; "" */

/* What a token endpoint answered. ERR_INVALID: no bearer token in it that can stand in a header field. *ret_life in ms. The caller frees the token.
 */
MUST_CHECK enum err oauth_read(struct bytes body, char **ret_token, int64_t *ret_life);

#endif
