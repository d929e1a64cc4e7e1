/* The HTTP client on a real loop, against a server in the same loop that answers as the path says. TLS is tried in tests/e2e/central.mjs. */
#include "store/central/http.h"

#include "firmware-host/base/mem.h"
#include "firmware-host/watch_uv.h"
#include "store/central/oauth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

enum { ANSWER_MAX = 4096, LOG_MAX = 1024 };

struct world {
    uv_loop_t uv;
    uv_tcp_t server;
    uv_timer_t pulse; /* uv_run() waits once more after its timers: not for ever */
    struct watch *watch;
    struct http *http;
    int port, connections, asked;
    char said[LOG_MAX]; /* of each answer, in order */
    int told;
};

struct client {
    uv_tcp_t tcp;
    uv_write_t write;
    struct world *world;
    char request[8192];
    size_t len;
    char *answer;
};

static void client_closed(uv_handle_t *handle) {
    struct client *c = handle->data;
    free(c->answer);
    free(c);
}

static void written(uv_write_t *write, int status) {
    struct client *c = write->data;
    (void)status;
    free(c->answer);
    c->answer = NULL;
}

static void say(struct client *c, const char *answer) {
    uv_buf_t buffer;
    c->answer = mem_string(answer);
    buffer = uv_buf_init(c->answer, (unsigned)strlen(c->answer));
    c->write.data = c;
    uv_write(&c->write, (uv_stream_t *)&c->tcp, &buffer, 1, written);
}

static void answer(struct client *c) {
    static const struct {
        const char *path, *answer;
    } rows[] = {
        {"/ok ", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"7\"\r\nRetry-After:  12 \r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                 "Content-Length: 2\r\n\r\n{}"},
        {"/nothing ", "HTTP/1.1 204 No Content\r\n\r\n"},
        {"/away ", "HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"},
        {"/here ", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n"},
        {"/elsewhere ", "HTTP/1.1 307 There\r\nLocation: http://localhost:1/ok\r\nContent-Length: 0\r\n\r\n"},
        {"/nonsense ", "SSH-2.0-OpenSSH\r\n"},
        {"/short ", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strstr(c->request, rows[i].path))
            say(c, rows[i].answer);
    if (strstr(c->request, "/large ")) {
        char large[2 * ANSWER_MAX + 1];
        memset(large, 'x', sizeof large - 1);
        large[sizeof large - 1] = 0;
        int len = snprintf(large, sizeof large, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", ANSWER_MAX + 1);
        large[len] = 'x';
        say(c, large);
    }
    if (strstr(c->request, "/cut ") || strstr(c->request, "/short "))
        uv_close((uv_handle_t *)&c->tcp, client_closed);
}

static void room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer) {
    struct client *c = handle->data;
    (void)wanted;
    *buffer = uv_buf_init(c->request + c->len, (unsigned)(sizeof c->request - 1 - c->len));
}

static void heard(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer) {
    struct client *c = stream->data;
    (void)buffer;
    if (len < 0) {
        if (!uv_is_closing((uv_handle_t *)stream))
            uv_close((uv_handle_t *)stream, client_closed);
        return;
    }
    c->len += (size_t)len;
    c->request[c->len] = 0;
    if (!strstr(c->request, "\r\n\r\n"))
        return;
    c->world->asked++;
    answer(c);
    c->len = 0;
}

static void came(uv_stream_t *server, int status) {
    struct world *w = server->data;
    struct client *c = mem_alloc(sizeof *c);
    assert_int_equal(status, 0);
    w->connections++;
    c->world = w;
    uv_tcp_init(&w->uv, &c->tcp);
    c->tcp.data = c;
    uv_accept(server, (uv_stream_t *)&c->tcp);
    uv_read_start((uv_stream_t *)&c->tcp, room, heard);
}

static void beat(uv_timer_t *timer) {
    (void)timer;
}

static int setup(void **state) {
    struct world *w = mem_alloc(sizeof *w);
    struct sockaddr_in any;
    int size = sizeof any;
    *state = w;
    uv_loop_init(&w->uv);
    uv_tcp_init(&w->uv, &w->server);
    w->server.data = w;
    uv_timer_init(&w->uv, &w->pulse);
    uv_timer_start(&w->pulse, beat, 5, 5);
    uv_ip4_addr("127.0.0.1", 0, &any);
    uv_tcp_bind(&w->server, (struct sockaddr *)&any, 0);
    assert_int_equal(uv_listen((uv_stream_t *)&w->server, 16, came), 0);
    uv_tcp_getsockname(&w->server, (struct sockaddr *)&any, &size);
    w->port = ntohs(any.sin_port);
    http_start();
    w->watch = watch_uv_new(&w->uv);
    struct http_settings settings = {.connections = 2, .connect_timeout = 5000, .answer_max = ANSWER_MAX};
    w->http = http_new(&settings, w->watch);
    return 0;
}

static void close_any(uv_handle_t *handle, void *context) {
    struct world *w = context;
    if (!uv_is_closing(handle))
        uv_close(handle, handle == (uv_handle_t *)&w->server || handle == (uv_handle_t *)&w->pulse ? NULL : client_closed);
}

static int teardown(void **state) {
    struct world *w = *state;
    http_free(w->http);
    watch_uv_free(w->watch);
    uv_walk(&w->uv, close_any, w);
    uv_run(&w->uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->uv), 0);
    free(w);
    return 0;
}

static void done(void *context, const struct http_answer *a) {
    struct world *w = context;
    static const char *const ends[] = {
        [HTTP_ANSWERED] = "answered",   [HTTP_UNREACHED] = "unreached", [HTTP_REFUSED] = "refused",    [HTTP_LOST] = "lost",
        [HTTP_OVERSIZED] = "oversized", [HTTP_FORBIDDEN] = "forbidden", [HTTP_CANCELLED] = "cancelled"};
    size_t len = strlen(w->said);
    snprintf(w->said + len, sizeof w->said - len, "%s %d %s%s\n", ends[a->end], a->status, a->elsewhere ? "elsewhere " : "",
             a->end == HTTP_FORBIDDEN ? a->problem : "");
    if (a->status == 200 && a->end == HTTP_ANSWERED) {
        assert_string_equal(a->content_type, "application/json");
        assert_string_equal(a->etag, "\"7\"");
        assert_string_equal(a->retry_after, "12");
        assert_string_equal(a->date, "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_true(bytes_equal(a->body, bytes_text("{}")));
    }
    w->told++;
}

static uint64_t ask(struct world *w, const char *path, const char *header, int64_t timeout) {
    char url[200];
    const char *headers[] = {header};
    if (strstr(path, "://"))
        snprintf(url, sizeof url, "%s", path);
    else
        snprintf(url, sizeof url, "http://127.0.0.1:%d%s", w->port, path);
    struct http_request r = {.method = "POST",
                             .url = url,
                             .headers = headers,
                             .header_count = header ? 1 : 0,
                             .body = bytes_text("{\"a\":1}"),
                             .timeout = timeout,
                             .done = done,
                             .context = w};
    int told = w->told;
    uint64_t number = http_send(w->http, &r);
    assert_int_equal(w->told, told); /* never from inside */
    return number;
}

static void until(struct world *w, int told) {
    while (w->told < told)
        uv_run(&w->uv, UV_RUN_ONCE);
}

static void test_answers(void **state) {
    struct world *w = *state;
    static const struct {
        const char *path, *said;
    } rows[] = {
        {"/ok", "answered 200 \n"},
        {"/nothing", "answered 204 \n"},
        {"/away", "answered 503 \n"},
        {"/here", "answered 302 \n"},
        {"/elsewhere", "answered 307 elsewhere \n"},
        {"/nonsense", "lost 0 \n"},
        {"/short", "lost 0 \n"},
        {"/cut", "lost 0 \n"},
        {"/large", "oversized 0 \n"},
        {"http://127.0.0.1:1/ok", "unreached 0 \n"},
        {"http://other.example/ok", "forbidden 0 plain HTTP to another machine\n"},
        {"http://user@127.0.0.1/ok", "forbidden 0 the URL holds credentials\n"},
        {"file:///etc/passwd", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w->said[0] = 0;
        ask(w, rows[i].path, NULL, 5000);
        until(w, w->told + 1);
        if (rows[i].said ? strcmp(w->said, rows[i].said) != 0 : strncmp(w->said, "forbidden", 9) != 0)
            fail_msg("%s: %s", rows[i].path, w->said);
    }
    assert_int_equal(http_under_way(w->http), 0);
}

static void test_one_connection_is_used_again(void **state) {
    struct world *w = *state;
    for (int i = 1; i <= 10; i++) {
        ask(w, "/ok", "X-Number: 1", 5000);
        until(w, i);
    }
    assert_int_equal(w->connections, 1);
    for (int i = 0; i < 10; i++)
        ask(w, "/ok", NULL, 5000);
    until(w, 20);
    assert_true(w->connections <= 2);
    assert_int_equal(w->asked, 20);
}

static void test_time_is_over(void **state) {
    struct world *w = *state;
    ask(w, "/ok", NULL, 5000);
    until(w, 1);
    w->said[0] = 0;
    ask(w, "/silent", NULL, 50); /* on a connection that stood: it may have been heard */
    until(w, 2);
    assert_string_equal(w->said, "lost 0 \n");
}

/* The feed is the first that asks after the store was away: what is sent meanwhile doesn't wait behind it. */
static void test_one_that_is_held_holds_nobody(void **state) {
    struct world *w = *state;
    ask(w, "/silent", NULL, 60000);
    while (w->asked < 1)
        uv_run(&w->uv, UV_RUN_ONCE);
    ask(w, "/ok", NULL, 60000);
    until(w, 1);
    assert_string_equal(w->said, "answered 200 \n");
    assert_int_equal(w->connections, 2);
}

static void test_a_line_break_is_no_header(void **state) {
    struct world *w = *state;
    ask(w, "/ok", "X: a\r\nY: b", 5000);
    ask(w, "/ok", NULL, 5000); /* curl sets the timer meanwhile */
    until(w, 2);
    assert_non_null(strstr(w->said, "forbidden 0 a header field that is none"));
    assert_non_null(strstr(w->said, "answered 200"));
    assert_int_equal(w->asked, 1);
}

static void test_cancelled(void **state) {
    struct world *w = *state;
    uint64_t number = ask(w, "/silent", NULL, 5000);
    ask(w, "/silent", NULL, 5000);
    http_cancel(w->http, number);
    assert_string_equal(w->said, "cancelled 0 \n");
    http_cancel(w->http, number); /* nothing happens */
    assert_int_equal(w->told, 1);
    http_free(w->http);
    w->http = NULL;
    assert_string_equal(w->said, "cancelled 0 \ncancelled 0 \n");
}

static void test_tokens(void **state) {
    (void)state;
    char *token = NULL;
    int64_t life = 0;
    static const char *const wrong[] = {"",
                                        "[]",
                                        "{}",
                                        "{\"access_token\":7}",
                                        "{\"access_token\":\"\"}",
                                        "{\"access_token\":\"a b\"}",
                                        "{\"access_token\":\"a\\r\\nX: y\"}",
                                        "{\"access_token\":\"abc\",\"token_type\":\"mac\"}",
                                        "{\"access_token\":\"abc\",\"expires_in\":0}",
                                        "{\"access_token\":\"abc\",\"expires_in\":\"soon\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(oauth_read(bytes_text(wrong[i]), &token, &life), ERR_INVALID);
    assert_int_equal(oauth_read(bytes_text("{\"access_token\":\"abc\",\"token_type\":\"bearer\",\"expires_in\":60}"), &token, &life), ERR_OK);
    assert_string_equal(token, "abc");
    assert_int_equal(life, 60000);
    free(token);
    assert_int_equal(oauth_read(bytes_text("{\"access_token\":\"abc\"}"), &token, &life), ERR_OK);
    assert_int_equal(life, 300000);
    free(token);
    assert_int_equal(oauth_read(bytes_text("{\"access_token\":\"abc\",\"expires_in\":9223372036854775807}"), &token, &life), ERR_OK);
    assert_true(life > 0);
    free(token);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_connection_is_used_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_time_is_over, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_that_is_held_holds_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_line_break_is_no_header, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancelled, setup, teardown),
        cmocka_unit_test(test_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
