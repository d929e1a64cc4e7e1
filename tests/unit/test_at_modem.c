/* Transcripts of a virtual modem against golden files. A file of tests/golden/at_modem/ holds what is done and what must come of it:
 *   # a comment
 *   > AT+CSQ\r           the terminal types (escapes of C)
 *   < \r\n+CSQ: 20,99\r\n    the modem answers; one such line for each line of text
 *   ! {"op":"modems"}    a request to the network
 *   = {"ok":true,…}      its answer
 *   @ 1500               the virtual clock moves on so many ms
 *   + slots=2,pin=1234   the modem's options, on the first line only
 * Lines with '<' and '=' are what is compared; with GOLDEN_UPDATE in the environment they are written anew. Each transcript is run twice: with
 * what the terminal types in one piece, and octet by octet. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/str.h"
#include "modem/virtual/at_modem.h"
#include "modem/virtual/requests.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/golden/at_modem"
#define WALL INT64_C(1793580605000) /* 2026-11-02T00:50:05Z */

struct scene {
    struct clock_virtual clock;
    struct world world;
    struct station station;
    struct str said; /* by the modem, not yet in the transcript */
    struct str transcript;
    bool octet_by_octet;
};

static void hear(void *line, const char *data, size_t len) {
    str_add_n(&((struct scene *)line)->said, data, len);
}

static void hung_up(void *line) {
    str_add(&((struct scene *)line)->said, "<hang-up>\n");
}

static void unplugged(void *line) {
    str_add(&((struct scene *)line)->said, "<unplugged>\n");
}

static void set_options(struct at_modem_settings *settings, char *options) {
    char *rest = options, *option;
    while ((option = strsep(&rest, ","))) {
        char *value = strchr(option, '=');
        assert_non_null(value);
        *value++ = '\0';
        if (strcmp(option, "slots") == 0)
            settings->slots = atoi(value);
        else if (strcmp(option, "slot-base") == 0)
            settings->slot_base = atoi(value);
        else if (strcmp(option, "submit-delay") == 0)
            settings->knobs.submit_delay = atoi(value);
        else if (strcmp(option, "speed") == 0)
            settings->knobs.speed = atoi(value);
        else if (strcmp(option, "profile") == 0)
            assert_non_null(settings->profile = profile_find(value));
        else if (strcmp(option, "pin") == 0)
            settings->pin = value;
        else
            fail_msg("option %s", option);
    }
}

static void scene_open(struct scene *s, char *options) {
    struct at_modem_settings settings;
    clock_virtual_init(&s->clock, WALL);
    s->world.clock = &s->clock.clock;
    s->world.schedule = schedule_new(&s->clock.clock);
    s->world.network = network_new(s->world.schedule, &s->clock.clock);
    s->world.stations = &s->station;
    s->world.station_count = 1;
    at_modem_defaults(&settings);
    settings.name = "m1";
    assert_int_equal(phone_parse("+84912000001", &settings.number), ERR_OK);
    set_options(&settings, options);
    assert_int_equal(at_modem_new(s->world.network, s->world.schedule, &s->clock.clock, &settings, &s->station.modem), ERR_OK);
    at_modem_connect(s->station.modem, &(struct at_terminal){hear, hung_up, s, unplugged});
    str_init(&s->said, 1 << 20);
    str_init(&s->transcript, 1 << 20);
}

static void scene_close(struct scene *s) {
    at_modem_free(s->station.modem);
    network_free(s->world.network);
    schedule_free(s->world.schedule);
    str_release(&s->said);
    str_release(&s->transcript);
}

static void add_escaped(struct str *to, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\r')
            str_add(to, "\\r");
        else if (c == '\n')
            str_add(to, "\\n");
        else if (c < ' ' || c > '~' || c == '\\')
            str_addf(to, "\\x%02x", c);
        else
            str_add_char(to, (char)c);
    }
}

/* What the modem said, cut behind each line that has text. */
static void note_said(struct scene *s) {
    size_t start = 0;
    bool text = false;
    for (size_t i = 0; i < s->said.len; i++) {
        text = text || !strchr("\r\n", s->said.data[i]) || !s->said.data[i];
        if (i + 1 < s->said.len && (s->said.data[i] != '\n' || !text))
            continue;
        str_add(&s->transcript, "< ");
        add_escaped(&s->transcript, s->said.data + start, i + 1 - start);
        str_add_char(&s->transcript, '\n');
        start = i + 1;
        text = false;
    }
    str_clear(&s->said);
}

static void unescape(const char *from, struct str *to) {
    while (*from) {
        if (*from != '\\') {
            str_add_char(to, *from++);
        } else if (from[1] == 'x') {
            char hex[3] = {from[2], from[3], '\0'};
            str_add_char(to, (char)strtol(hex, NULL, 16));
            from += 4;
        } else {
            str_add_char(to, from[1] == 'r' ? '\r' : from[1] == 'n' ? '\n' : from[1]);
            from += 2;
        }
    }
}

static void type(struct scene *s, const char *escaped) {
    struct str typed;
    str_init(&typed, 4096);
    unescape(escaped, &typed);
    size_t step = s->octet_by_octet ? 1 : typed.len;
    for (size_t i = 0; i < typed.len; i += step) {
        at_modem_input(s->station.modem, typed.data + i, step);
        schedule_run(s->world.schedule);
    }
    str_release(&typed);
}

static void ask(struct scene *s, const char *line) {
    struct str answer;
    str_init(&answer, 1 << 20);
    struct request *r = request_parse(line, strlen(line), &answer);
    if (r)
        assert_true(request_answer(r, &s->world, true, &answer));
    request_free(r);
    str_addf(&s->transcript, "= %s", answer.data);
    str_release(&answer);
}

/* To the next call and its time, one after the other, as the loop would. */
static void pass(struct scene *s, int64_t ms) {
    while (ms > 0) {
        int64_t wait = schedule_wait(s->world.schedule), step = wait < 0 || wait > ms ? ms : wait;
        clock_virtual_advance(&s->clock, step ? step : 0);
        ms -= step;
        schedule_run(s->world.schedule);
    }
}

static void perform(struct scene *s, const char *line) {
    if (*line == '<' || *line == '=')
        return;
    str_addf(&s->transcript, "%s\n", line);
    if (*line == '>')
        type(s, line + 2);
    else if (*line == '!')
        ask(s, line + 2);
    else if (*line == '@')
        pass(s, atoll(line + 2));
    else if (*line && *line != '#' && *line != '+')
        fail_msg("not understood: %s", line);
    schedule_run(s->world.schedule);
    note_said(s);
}

static char *slurp(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s can't be opened", path);
    struct str content;
    char part[4096];
    size_t n;
    str_init(&content, 1 << 20);
    while ((n = fread(part, 1, sizeof part, file)) > 0)
        str_add_n(&content, part, n);
    fclose(file);
    return str_detach(&content);
}

static void write_golden(const char *path, const char *content) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void run_transcript(const char *path, bool octet_by_octet) {
    struct scene s = {.octet_by_octet = octet_by_octet};
    char *golden = slurp(path), *copy = mem_string(golden), *rest = copy, *line;
    char *options = copy[0] == '+' && copy[1] == ' ' ? mem_string_n(copy + 2, strcspn(copy + 2, "\n")) : NULL;
    scene_open(&s, options);
    while ((line = strsep(&rest, "\n")))
        if (rest || *line)
            perform(&s, line);
    if (getenv("GOLDEN_UPDATE") && !octet_by_octet)
        write_golden(path, s.transcript.data);
    else
        assert_string_equal(s.transcript.data, golden);
    scene_close(&s);
    free(options);
    free(copy);
    free(golden);
}

static void transcript(void **state) {
    run_transcript(*state, false);
    run_transcript(*state, true);
}

static int is_transcript(const struct dirent *entry) {
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".txt") == 0;
}

int main(void) {
    struct dirent **entries;
    int count = scandir(FOLDER, &entries, is_transcript, alphasort);
    if (count <= 0) {
        fprintf(stderr, "no transcripts in " FOLDER "\n");
        return 1;
    }
    struct CMUnitTest *tests = mem_array((size_t)count, sizeof *tests);
    for (int i = 0; i < count; i++) {
        struct str path;
        str_init(&path, 4096);
        str_addf(&path, FOLDER "/%s", entries[i]->d_name);
        tests[i] = (struct CMUnitTest){.name = entries[i]->d_name, .test_func = transcript, .initial_state = str_detach(&path)};
    }
    int failed = _cmocka_run_group_tests("at_modem", tests, (size_t)count, NULL, NULL);
    for (int i = 0; i < count; i++) {
        free(tests[i].initial_state);
        free(entries[i]);
    }
    free(tests);
    free(entries);
    return failed;
}
