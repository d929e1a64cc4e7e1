/* libcurl's multi interface behind the hooks of base/watch.h. curl says which descriptors and what moment it waits for, and is told when they are
 * there; what has ended is taken from its queue then, and `done` called with nothing of curl's on the stack. */
#include "store/central/http.h"

#include "firmware-host/base/mem.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CONNECTIONS_DEFAULT = 8, PEM_MAX = 65536, FIELD_MAX = 1024, HEADERS_MAX = 32 };

enum field { FIELD_CONTENT_TYPE, FIELD_ETAG, FIELD_RETRY_AFTER, FIELD_DATE, FIELD_LOCATION, FIELD_COUNT };
static const char *const field_names[FIELD_COUNT] = {"content-type", "etag", "retry-after", "date", "location"};

struct exchange {
    CURL *easy;
    struct curl_slist *headers;
    uint64_t number;
    http_done *done;
    void *context;
    char *request_body; /* a copy: the caller's may go */
    char *forbidden; /* never sent: why */
    struct str body;
    char *fields[FIELD_COUNT];
    char error[CURL_ERROR_SIZE];
    bool oversized;
    struct exchange *next;
};

struct http {
    CURLM *multi;
    struct watch *watch;
    char *ca_file, *cert_file, *key_file, *user_agent;
    int64_t connect_timeout;
    size_t answer_max;
    uint64_t last_number;
    struct exchange *exchanges;
    size_t forbidden; /* of them; they wait to be told */
};

void http_start(void) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        abort();
}

/* ---- one exchange ---- */

static size_t take_body(char *data, size_t size, size_t count, void *context) {
    struct exchange *x = context;
    size_t len = size * count;
    str_add_n(&x->body, data, len);
    x->oversized = !str_ok(&x->body);
    return x->oversized ? 0 : len; /* anything but len ends the exchange */
}

static size_t take_header(char *data, size_t size, size_t count, void *context) {
    struct exchange *x = context;
    size_t len = size * count;
    const char *colon = memchr(data, ':', len);
    if (!colon || len > FIELD_MAX)
        return len;
    for (size_t f = 0; f < FIELD_COUNT; f++) {
        size_t name = strlen(field_names[f]);
        if ((size_t)(colon - data) != name || strncasecmp(data, field_names[f], name) != 0)
            continue;
        const char *from = colon + 1, *end = data + len;
        while (from < end && (*from == ' ' || *from == '\t'))
            from++;
        while (end > from && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
            end--;
        free(x->fields[f]);
        x->fields[f] = mem_string_n(from, (size_t)(end - from));
    }
    return len;
}

static void exchange_free(struct exchange *x) {
    if (x->easy)
        curl_easy_cleanup(x->easy);
    curl_slist_free_all(x->headers);
    for (size_t f = 0; f < FIELD_COUNT; f++)
        free(x->fields[f]);
    str_release(&x->body);
    free(x->request_body);
    free(x->forbidden);
    free(x);
}

const char *http_forbidden_url(const char *url) {
    const char *answer = NULL;
    char *scheme = NULL, *host = NULL, *user = NULL;
    CURLU *u = curl_url();
    if (!u || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK || curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        answer = "the URL isn't one";
    else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
        answer = "the URL holds credentials";
    else if (strcmp(scheme, "http") == 0)
        answer =
            strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0 ? NULL : "plain HTTP to another machine";
    else if (strcmp(scheme, "https") != 0)
        answer = "the URL is neither http nor https";
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(u);
    return answer;
}

/* A PEM file becomes an option of the exchange: as octets, so that curl tells connections under different certificates apart. */
static bool set_pem(CURL *easy, CURLoption option, const char *path) {
    char pem[PEM_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, pem, sizeof pem);
    if (fd >= 0)
        close(fd);
    struct curl_blob blob = {.data = pem, .len = len > 0 ? (size_t)len : 0, .flags = CURL_BLOB_COPY};
    bool set = len > 0 && (size_t)len < sizeof pem && curl_easy_setopt(easy, option, &blob) == CURLE_OK;
    explicit_bzero(pem, sizeof pem);
    return set;
}

static void forbid(struct exchange *x, const char *why, const char *about) {
    struct str text;
    if (x->forbidden)
        return;
    str_init(&text, FIELD_MAX);
    str_addf(&text, "%s%s%s", why, about ? ": " : "", about ? about : "");
    x->forbidden = str_detach(&text);
}

static void set_security(struct exchange *x, const struct http *h) {
    curl_easy_setopt(x->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(x->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(x->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(x->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(x->easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(x->easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (h->ca_file)
        curl_easy_setopt(x->easy, CURLOPT_CAPATH, NULL); /* else the system's would count beside it */
    const struct {
        const char *path;
        CURLoption option;
    } files[] = {{h->ca_file, CURLOPT_CAINFO_BLOB}, {h->cert_file, CURLOPT_SSLCERT_BLOB}, {h->key_file, CURLOPT_SSLKEY_BLOB}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i].path && !set_pem(x->easy, files[i].option, files[i].path))
            forbid(x, "can't be read as PEM", files[i].path);
}

static void set_request(struct exchange *x, const struct http_request *r) {
    const char *why = http_forbidden_url(r->url);
    if (why)
        forbid(x, why, NULL);
    curl_easy_setopt(x->easy, CURLOPT_URL, r->url);
    /* Wait for a handshake that tells whether the connection can be shared. Without TLS only an answer tells, and the first may be held for long. */
    curl_easy_setopt(x->easy, CURLOPT_PIPEWAIT, strncmp(r->url, "https:", 6) == 0 ? 1L : 0L);
    if (r->body.data) {
        x->request_body = mem_copy(r->body.data, r->body.len ? r->body.len : 1);
        curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
        curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, x->request_body);
    }
    curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, r->method);
    curl_easy_setopt(x->easy, CURLOPT_FRESH_CONNECT, r->once ? 1L : 0L);
    x->headers = curl_slist_append(x->headers, "Expect:"); /* no asking before a body is sent */
    for (size_t i = 0; i < r->header_count; i++) {
        if (i == HEADERS_MAX || strpbrk(r->headers[i], "\r\n"))
            forbid(x, "a header field that is none", NULL);
        else
            x->headers = curl_slist_append(x->headers, r->headers[i]);
    }
    if (!x->headers)
        abort();
    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
    curl_easy_setopt(x->easy, CURLOPT_TIMEOUT_MS, (long)r->timeout);
}

static void set_answer(struct exchange *x, const struct http *h) {
    curl_easy_setopt(x->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(x->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)h->connect_timeout);
    curl_easy_setopt(x->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(x->easy, CURLOPT_USERAGENT, h->user_agent ? h->user_agent : "phanhoi");
    curl_easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->error);
    curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
    curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
}

/* ---- what has ended ---- */

static enum http_end end_of(const struct exchange *x, CURLcode result) {
    long sent = 0; /* octets; how long connecting took doesn't tell, since a connection is used again */
    curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &sent);
    switch ((int)result) {
    case CURLE_OK:
        return HTTP_ANSWERED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return HTTP_UNREACHED;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return HTTP_REFUSED;
    case CURLE_UNSUPPORTED_PROTOCOL: /* of the URL, or of an answer that isn't HTTP */
    case CURLE_URL_MALFORMAT:
        return sent ? HTTP_LOST : HTTP_FORBIDDEN;
    case CURLE_OPERATION_TIMEDOUT:
        return sent ? HTTP_LOST : HTTP_UNREACHED;
    default:
        return x->oversized ? HTTP_OVERSIZED : HTTP_LOST;
    }
}

/* A redirect is never followed; to another host it's worth an alarm. */
static bool leads_elsewhere(const struct exchange *x, long status) {
    const char *location = x->fields[FIELD_LOCATION];
    char *url = NULL, *here = NULL, *there = NULL;
    if (status < 300 || status > 399 || !location || !strstr(location, "//"))
        return false;
    CURLU *u = curl_url();
    bool elsewhere = true;
    curl_easy_getinfo(x->easy, CURLINFO_EFFECTIVE_URL, &url);
    if (u && url && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_HOST, &here, 0) == CURLUE_OK &&
        curl_url_set(u, CURLUPART_URL, location, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_HOST, &there, 0) == CURLUE_OK)
        elsewhere = strcmp(here, there) != 0;
    curl_free(here);
    curl_free(there);
    curl_url_cleanup(u);
    return elsewhere;
}

static void unlink_exchange(struct http *h, struct exchange *x) {
    h->forbidden -= x->forbidden != NULL;
    struct exchange **place = &h->exchanges;
    while (*place != x)
        place = &(*place)->next;
    *place = x->next;
    curl_multi_remove_handle(h->multi, x->easy);
}

static void tell(struct http *h, struct exchange *x, enum http_end end, const char *problem) {
    long status = 0;
    curl_off_t took = 0;
    if (end == HTTP_ANSWERED)
        curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME_T, &took);
    struct http_answer answer = {
        .end = end,
        .status = (int)status,
        .problem = problem,
        .body = bytes_of(x->body.data, x->body.len),
        .content_type = x->fields[FIELD_CONTENT_TYPE],
        .etag = x->fields[FIELD_ETAG],
        .retry_after = x->fields[FIELD_RETRY_AFTER],
        .date = x->fields[FIELD_DATE],
        .elsewhere = leads_elsewhere(x, status),
        .took = took / 1000,
    };
    unlink_exchange(h, x);
    x->done(x->context, &answer);
    exchange_free(x);
}

static void tell_ended(struct http *h) {
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left));) {
        struct exchange *x = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode result = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
        const char *problem = result == CURLE_OK ? "" : x->oversized ? "the answer is too large" : *x->error ? x->error : curl_easy_strerror(result);
        tell(h, x, end_of(x, result), problem);
    }
    for (struct exchange *x = h->exchanges, *next; x; x = next) {
        next = x->next;
        if (x->forbidden) {
            tell(h, x, HTTP_FORBIDDEN, x->forbidden);
            next = h->exchanges; /* `done` may have sent or cancelled others */
        }
    }
}

/* ---- the hooks ---- */

static int want_descriptor(CURL *easy, curl_socket_t fd, int what, void *context, void *unused) {
    static const int events[] = {
        [CURL_POLL_IN] = WATCH_IN, [CURL_POLL_OUT] = WATCH_OUT, [CURL_POLL_INOUT] = WATCH_IN | WATCH_OUT, [CURL_POLL_REMOVE] = 0};
    struct http *h = context;
    (void)easy;
    (void)unused;
    h->watch->descriptor(h->watch, fd, events[what]);
    return 0;
}

static int want_timer(CURLM *multi, long ms, void *context) {
    struct http *h = context;
    (void)multi;
    h->watch->timer(h->watch, h->forbidden ? 0 : ms);
    return 0;
}

static void act(struct http *h, curl_socket_t fd, int what) {
    int running;
    curl_multi_socket_action(h->multi, fd, what, &running);
    tell_ended(h);
}

static void became_ready(void *user, int fd, int events) {
    act(user, fd, (events & WATCH_IN ? CURL_CSELECT_IN : 0) | (events & WATCH_OUT ? CURL_CSELECT_OUT : 0));
}

static void time_came(void *user) {
    act(user, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- the face ---- */

static char *given(const char *text) {
    return text && *text ? mem_string(text) : NULL;
}

struct http *http_new(const struct http_settings *settings, struct watch *watch) {
    struct http *h = mem_alloc(sizeof *h);
    h->watch = watch;
    h->ca_file = given(settings->ca_file);
    h->cert_file = given(settings->cert_file);
    h->key_file = given(settings->key_file);
    h->user_agent = given(settings->user_agent);
    h->connect_timeout = settings->connect_timeout;
    h->answer_max = settings->answer_max;
    h->multi = curl_multi_init();
    if (!h->multi)
        abort();
    long connections = settings->connections ? settings->connections : CONNECTIONS_DEFAULT;
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, want_descriptor);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, connections);
    watch->ready = became_ready;
    watch->timeout = time_came;
    watch->user = h;
    return h;
}

void http_free(struct http *h) {
    if (!h)
        return;
    while (h->exchanges)
        tell(h, h->exchanges, HTTP_CANCELLED, "stopped");
    curl_multi_cleanup(h->multi);
    h->watch->timer(h->watch, -1);
    free(h->ca_file);
    free(h->cert_file);
    free(h->key_file);
    free(h->user_agent);
    free(h);
}

uint64_t http_send(struct http *h, const struct http_request *request) {
    struct exchange *x = mem_alloc(sizeof *x);
    x->number = ++h->last_number;
    x->done = request->done;
    x->context = request->context;
    str_init(&x->body, h->answer_max);
    x->easy = curl_easy_init();
    if (!x->easy)
        abort();
    set_answer(x, h);
    set_security(x, h);
    set_request(x, request);
    x->next = h->exchanges;
    h->exchanges = x;
    uint64_t number = x->number;
    if (x->forbidden) {
        h->forbidden++;
        h->watch->timer(h->watch, 0); /* told when the loop comes by */
    } else {
        curl_multi_add_handle(h->multi, x->easy);
    }
    return number;
}

void http_cancel(struct http *h, uint64_t number) {
    struct exchange *x = h->exchanges;
    while (x && x->number != number)
        x = x->next;
    if (x)
        tell(h, x, HTTP_CANCELLED, "cancelled");
}

size_t http_under_way(const struct http *h) {
    size_t count = 0;
    for (const struct exchange *x = h->exchanges; x; x = x->next)
        count++;
    return count;
}
