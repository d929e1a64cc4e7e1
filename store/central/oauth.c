/* See oauth.h. The client's id and secret go in Authorization: Basic, each form-encoded first (RFC 6749 §2.3.1). */
#include "store/central/oauth.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/envelope.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "store/central/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TOKEN_MAX = 8192, FORM_MAX = 4096, LIFE_PRESET_S = 300, LIFE_MOST_S = 30 * 86400 };
#define WAIT_FIRST (5 * CLOCK_SECOND)
#define WAIT_MOST (5 * CLOCK_MINUTE)

struct oauth {
    struct oauth_settings settings;
    char *url, *client_id, *secret_file, *scope;
    char *token; /* NULL: none */
    int64_t asked_at, refresh_at, ends_at, not_before;
    uint64_t request; /* that is on its way; 0: none */
    int failures;
    struct str problem;
};

struct oauth *oauth_new(const struct oauth_settings *settings) {
    struct oauth *o = mem_alloc(sizeof *o);
    o->settings = *settings;
    o->url = mem_string(settings->url);
    o->client_id = mem_string(settings->client_id);
    o->secret_file = mem_string(settings->secret_file);
    o->scope = mem_string(settings->scope ? settings->scope : "");
    str_init(&o->problem, SECRET_PROBLEM_MAX);
    return o;
}

static void forget_token(struct oauth *o) {
    if (o->token)
        mem_wipe_free(o->token, strlen(o->token));
    o->token = NULL;
}

void oauth_free(struct oauth *o) {
    if (!o)
        return;
    if (o->request)
        http_cancel(o->settings.http, o->request);
    forget_token(o);
    free(o->url);
    free(o->client_id);
    free(o->secret_file);
    free(o->scope);
    str_release(&o->problem);
    free(o);
}

/* ---- the answer ---- */

static bool fits_in_field(const char *token) { /* RFC 6750 §2.1, b64token, and what others use */
    size_t len = strlen(token);
    for (const char *c = token; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return len > 0 && len < TOKEN_MAX;
}

enum err oauth_read(struct bytes body, char **ret_token, int64_t *ret_life) {
    struct json *document = NULL;
    int64_t seconds = LIFE_PRESET_S;
    if (json_parse((const char *)body.data, body.len, &document) != ERR_OK)
        return ERR_INVALID;
    const char *token = json_text(document, "access_token"), *type = json_text(document, "token_type");
    bool good = token && fits_in_field(token) && (!type || strcasecmp(type, "bearer") == 0);
    if (json_get(document, "expires_in") && (!json_int(document, "expires_in", &seconds) || seconds <= 0))
        good = false;
    if (good) {
        *ret_token = mem_string(token);
        *ret_life = (seconds < LIFE_MOST_S ? seconds : LIFE_MOST_S) * CLOCK_SECOND;
    }
    json_free(document);
    return good ? ERR_OK : ERR_INVALID;
}

static void failed(struct oauth *o) {
    int64_t wait = o->failures < 6 ? WAIT_FIRST << o->failures : WAIT_MOST;
    o->failures++;
    o->not_before = o->settings.mono(o->settings.context) + (wait < WAIT_MOST ? wait : WAIT_MOST);
}

static void answered(void *context, const struct http_answer *answer) {
    struct oauth *o = context;
    char *token = NULL;
    int64_t life = 0;
    o->request = 0;
    if (answer->end == HTTP_CANCELLED)
        return;
    str_clear(&o->problem);
    if (answer->status == 200 && oauth_read(answer->body, &token, &life) == ERR_OK) {
        forget_token(o);
        o->token = token;
        o->refresh_at = o->asked_at + life / 5 * 4;
        o->ends_at = o->asked_at + life;
        o->failures = 0;
        o->not_before = 0;
    } else {
        if (answer->end == HTTP_ANSWERED)
            str_addf(&o->problem, "the token endpoint %s answered HTTP %d%s", o->url, answer->status,
                     answer->status == 200 ? " without a bearer token" : "");
        else
            str_addf(&o->problem, "the token endpoint %s: %s", o->url, answer->problem);
        failed(o);
    }
    o->settings.changed(o->settings.context);
}

/* ---- the request ---- */

static void add_form(struct str *to, const char *text) {
    for (; *text; text++) {
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._*", *text))
            str_add_char(to, *text);
        else
            str_addf(to, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

static enum err add_authorization(struct oauth *o, struct str *to) {
    struct str secret, pair;
    enum err e = secret_read(o->secret_file, &o->problem, &secret);
    if (e != ERR_OK)
        return e;
    str_init(&pair, 4 * FORM_MAX);
    add_form(&pair, o->client_id);
    str_add_char(&pair, ':');
    add_form(&pair, secret.data);
    str_add(to, "Authorization: Basic ");
    base64_add(bytes_of(pair.data, pair.len), to);
    secret_wipe(&pair);
    secret_wipe(&secret);
    return str_ok(to) ? ERR_OK : ERR_TOO_LONG;
}

static void ask(struct oauth *o) {
    struct str form, authorization;
    str_init(&form, FORM_MAX);
    str_init(&authorization, 8 * FORM_MAX);
    str_clear(&o->problem);
    str_add(&form, "grant_type=client_credentials");
    if (*o->scope) {
        str_add(&form, "&scope=");
        add_form(&form, o->scope);
    }
    if (add_authorization(o, &authorization) == ERR_OK) {
        const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json", authorization.data};
        struct http_request request = {.method = "POST",
                                       .url = o->url,
                                       .headers = headers,
                                       .header_count = sizeof headers / sizeof *headers,
                                       .body = bytes_of(form.data, form.len),
                                       .timeout = o->settings.timeout,
                                       .done = answered,
                                       .context = o};
        o->asked_at = o->settings.mono(o->settings.context);
        o->request = http_send(o->settings.http, &request);
    } else {
        failed(o);
    }
    secret_wipe(&authorization);
    str_release(&form);
}

const char *oauth_token(struct oauth *o) {
    int64_t now = o->settings.mono(o->settings.context);
    if (o->token && now >= o->ends_at)
        forget_token(o);
    if ((!o->token || now >= o->refresh_at) && !o->request && now >= o->not_before)
        ask(o);
    return o->token;
}

void oauth_drop(struct oauth *o) {
    forget_token(o);
}

int64_t oauth_next_at(const struct oauth *o) {
    if (o->request)
        return INT64_MAX;
    int64_t at = o->token ? o->refresh_at : 0;
    return at > o->not_before ? at : o->not_before;
}

const char *oauth_problem(const struct oauth *o) {
    return o->problem.len ? o->problem.data : "";
}
