/* A worker without a modem: speaks the protocol of modem/protocol.h and hands over complaints as fast as the core takes them, with a window of
 * arrivals that aren't `stored` yet. The radio is out of the way, so what is measured is the engine.
 *
 * The core starts it like any worker. From the environment: BENCH_COUNT arrivals, BENCH_WINDOW at once, BENCH_RESULT a folder in which it leaves
 * `<name>.result`: "count first_ns last_ns" (CLOCK_MONOTONIC of the first `sms` written and of the last `stored` read). It answers `send` never:
 * submitting isn't what is measured here.
 *
 * With BENCH_ANSWERS each text is sent at once, the window counts citizens who wait for one, and the result is a line for each: the ns from `stored`,
 * which follows the commit, to the first `send` to that citizen, the acknowledgement. */
#include "firmware-host/base/ident.h"
#include "firmware-host/base/mem.h"
#include "modem/protocol.h"
#include "modem/tpdu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct generator {
    const char *name, *result;
    int64_t count, window, seed;
    int64_t written, stored;
    int64_t first_ns, last_ns, start_ms;
    bool answers;
    int64_t told; /* citizens who got a first text */
    int64_t *stored_ns, *took_ns; /* of each arrival; took_ns 0: nothing was sent yet */
    struct str in, out;
};

enum { SENDERS = 5000 };

static int64_t now_ns(clockid_t which) {
    struct timespec t;
    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t environment(const char *name, int64_t otherwise) {
    const char *text = getenv(name);
    int64_t value = otherwise;
    if (text && parse_int(text, 1, INT64_C(1) << 40, &value) != ERR_OK) {
        fprintf(stderr, "generator: %s=%s is no positive number\n", name, text);
        exit(2);
    }
    return value;
}

static void flush(struct generator *g) {
    size_t at = 0;
    while (at < g->out.len) {
        ssize_t n = write(STDOUT_FILENO, g->out.data + at, g->out.len - at);
        if (n <= 0)
            exit(0); /* the core is gone */
        at += (size_t)n;
    }
    str_clear(&g->out);
}

static void say_hello_and_up(struct generator *g) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_HELLO);
    m.version = PROTOCOL_VERSION;
    m.driver = mem_string("at");
    m.line = mem_string("generator");
    protocol_write(&m, &g->out);
    protocol_release(&m);
    protocol_init(&m, PROTOCOL_UP);
    m.imsi = mem_string(g->name);
    m.model = mem_string("generator");
    protocol_write(&m, &g->out);
    protocol_release(&m);
}

/* A complaint of its own: 5,000 senders a link, every text and PDU different, also from those of other links: what two phones say alike is another
 * case (smsc/supporters.h). */
static void write_arrival(struct generator *g) {
    int64_t n = g->written++;
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_SMS);
    char number[PHONE_TEXT_SIZE], text[160];
    snprintf(number, sizeof number, "+8491%07" PRId64, (g->seed * SENDERS + n % SENDERS) % 10000000);
    snprintf(text, sizeof text, "PA Duong vao thon %" PRId64 " bi sut lun, nuoc ngap sau %" PRId64 " ngay chua rut", n % 97, n * 2000 + g->seed);
    if (phone_parse(number, &m.phone) != ERR_OK)
        abort();
    m.time = g->start_ms / 1000 * 1000;
    struct tpdu_message t = {
        .type = TPDU_DELIVER, .phone = m.phone, .encoding = SMS_GSM7, .class = -1, .text = text, .time = m.time, .zone_minutes = 420};
    uint8_t octets[1 + TPDU_MAX_OCTETS] = {0}; /* an empty service-centre address in front */
    size_t len = 0;
    if (tpdu_encode(&t, octets + 1, &len) != ERR_OK)
        abort();
    struct str hex;
    str_init(&hex, 1024);
    str_add_hex(&hex, octets, len + 1);
    m.pdu = str_detach(&hex);
    m.handle = n + 1;
    m.kind = PROTOCOL_KIND_TEXT;
    m.encoding = SMS_GSM7;
    m.text = mem_string(text);
    protocol_write(&m, &g->out);
    protocol_release(&m);
}

static void fill_window(struct generator *g) {
    while (g->written < g->count && g->written - (g->answers ? g->told : g->stored) < g->window && g->out.len < 60000)
        write_arrival(g);
    if (g->first_ns == 0 && g->written > 0)
        g->first_ns = now_ns(CLOCK_MONOTONIC);
    flush(g);
}

static void leave_result(struct generator *g) {
    char path[512], unfinished[520];
    snprintf(path, sizeof path, "%s/%s.result", g->result, g->name);
    snprintf(unfinished, sizeof unfinished, "%s.new", path);
    FILE *f = fopen(unfinished, "we");
    if (!f) {
        perror(unfinished);
        exit(2);
    }
    if (!g->answers)
        fprintf(f, "%" PRId64 " %" PRId64 " %" PRId64 "\n", g->stored, g->first_ns, g->last_ns);
    for (int64_t n = 0; g->answers && n < g->count; n++)
        fprintf(f, "%" PRId64 "\n", g->took_ns[n]);
    if (fclose(f) != 0 || rename(unfinished, path) != 0) {
        perror(path);
        exit(2);
    }
}

static void take_stored(struct generator *g, int64_t handle) {
    if (g->answers && handle >= 1 && handle <= g->count)
        g->stored_ns[handle - 1] = now_ns(CLOCK_MONOTONIC);
    if (++g->stored == g->count && !g->answers) {
        g->last_ns = now_ns(CLOCK_MONOTONIC);
        leave_result(g);
    }
}

static void take_send(struct generator *g, const struct protocol_message *m) {
    int64_t now = now_ns(CLOCK_MONOTONIC), number = strtoll(m->phone.text + strlen("+8491"), NULL, 10);
    int64_t n = (number - g->seed * SENDERS % 10000000 + 10000000) % 10000000;
    struct protocol_message sent;
    if (!g->answers)
        return;
    protocol_init(&sent, PROTOCOL_SENT);
    sent.id = m->id;
    sent.reference = m->reference;
    protocol_write(&sent, &g->out);
    protocol_release(&sent);
    if (n >= g->count || g->took_ns[n])
        return;
    g->took_ns[n] = g->stored_ns[n] ? now - g->stored_ns[n] + 1 : 1; /* read in one go with `stored`: at once */
    if (++g->told == g->count)
        leave_result(g);
}

static void take_line(struct generator *g, const char *line, size_t len) {
    struct protocol_message m;
    if (protocol_read(line, len, false, &m, NULL) != ERR_OK) {
        fprintf(stderr, "generator: not understood: %.*s\n", (int)len, line);
        exit(2);
    }
    if (m.name == PROTOCOL_STOP)
        exit(0);
    if (m.name == PROTOCOL_STORED)
        take_stored(g, m.handle);
    if (m.name == PROTOCOL_SEND)
        take_send(g, &m);
    if (m.name == PROTOCOL_AGAIN) {
        fprintf(stderr, "generator: an arrival could not be stored\n");
        exit(2);
    }
    protocol_release(&m);
}

static void take_input(struct generator *g) {
    char buffer[65536];
    ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
    if (n <= 0)
        exit(0);
    str_add_n(&g->in, buffer, (size_t)n);
    size_t at = 0;
    const char *end;
    while ((end = memchr(g->in.data + at, '\n', g->in.len - at))) {
        take_line(g, g->in.data + at, (size_t)(end - g->in.data) - at);
        at = (size_t)(end - g->in.data) + 1;
    }
    str_remove_front(&g->in, at);
}

int main(int argc, char **argv) {
    struct generator g = {.name = "generator", .result = getenv("BENCH_RESULT")};
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--name") == 0)
            g.name = argv[i + 1];
    if (!g.result) {
        fprintf(stderr, "generator: BENCH_RESULT names no folder\n");
        return 2;
    }
    g.count = environment("BENCH_COUNT", 10000);
    g.window = environment("BENCH_WINDOW", 256);
    g.answers = getenv("BENCH_ANSWERS") != NULL;
    if (g.answers && g.count > SENDERS) {
        fprintf(stderr, "generator: BENCH_ANSWERS goes with at most %d arrivals\n", SENDERS);
        return 2;
    }
    g.stored_ns = mem_array((size_t)g.count, sizeof *g.stored_ns);
    g.took_ns = mem_array((size_t)g.count, sizeof *g.took_ns);
    for (const char *c = g.name; *c; c++)
        g.seed = (g.seed * 31 + *c) % 1999;
    g.start_ms = now_ns(CLOCK_REALTIME) / 1000000;
    str_init(&g.in, 4 << 20);
    str_init(&g.out, 4 << 20);
    say_hello_and_up(&g);
    for (;;) {
        fill_window(&g);
        take_input(&g);
    }
}
