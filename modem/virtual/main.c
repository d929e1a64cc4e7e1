/* phanhoi-vmodem: a virtual radio network with AT modems on pseudo-terminals and TCP ports, and handsets behind a control socket.
 * One thread, one loop. Says {"ready":true,…} on standard output when every line is open; ends on SIGTERM, SIGINT. */
#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "modem/virtual/control.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static const char usage[] = "usage: phanhoi-vmodem [--control SOCKET] [--pace N] --modem NAME,number=NUMBER,line=LINE[,OPTION=VALUE…]…\n"
                            "\n"
                            "A virtual radio network: AT modems, and any number of handsets that are played over the control socket.\n"
                            "\n"
                            "  --control SOCKET   a UNIX socket that takes JSON lines (modem/virtual/README.md lists them)\n"
                            "  --modem …          a modem; may be given up to 64 times\n"
                            "  --pace N           time goes N times as fast, also that of the control socket's waits (1)\n"
                            "  --help             this text\n"
                            "\n"
                            "LINE is pty:PATH (PATH becomes a symbolic link to a terminal) or tcp:ADDR:PORT (port 0: a free one).\n"
                            "\n"
                            "Options of a modem:\n";

#define MODEMS_MAX 64
#define OPTION_MAX 32

struct modem_options {
    struct at_modem_settings settings;
    const char *line;
    int64_t baud;
};

/* Options of --modem: name, where it goes, what it may be. */
enum option_type { OPTION_TEXT, OPTION_INT, OPTION_INT64, OPTION_DIGITS, OPTION_NUMBER, OPTION_PROFILE };
#define SETTING(member) offsetof(struct modem_options, settings.member)
static const struct option {
    const char *name;
    enum option_type type;
    size_t offset;
    int64_t min, max; /* of numbers; of digits their count */
    const char *help;
} options[] = {
    {"number", OPTION_NUMBER, SETTING(number), 0, 0, "its telephone number, +84912000001"},
    {"line", OPTION_TEXT, offsetof(struct modem_options, line), 0, 0, "where it is plugged in"},
    {"profile", OPTION_PROFILE, SETTING(profile), 0, 0, "the model it behaves like; generic at first"},
    {"submit-delay", OPTION_INT64, SETTING(knobs.submit_delay), 0, CLOCK_DAY, "ms that the radio takes for a message; 0"},
    {"ussd-delay", OPTION_INT64, SETTING(knobs.ussd_delay), 0, CLOCK_DAY, "ms until a USSD answer; 0"},
    {"ack-timeout", OPTION_INT64, SETTING(knobs.ack_timeout), 1, CLOCK_DAY, "ms that AT+CNMA may take; 15000"},
    {"noise", OPTION_INT64, SETTING(knobs.noise), 0, CLOCK_DAY, "ms between unasked lines; 0: none"},
    {"slots", OPTION_INT, SETTING(slots), 0, 255, "slots of the SIM; as the profile has it"},
    {"me-slots", OPTION_INT, SETTING(me_slots), 0, 1000, "slots of the modem's own memory; as the profile has it"},
    {"slot-base", OPTION_INT, SETTING(slot_base), 0, 1, "the first slot's number; as the profile has it"},
    {"csq", OPTION_INT64, SETTING(knobs.csq), 0, 99, "signal, 0-31 or 99; 20"},
    {"pin", OPTION_DIGITS, SETTING(pin), 4, 8, "the SIM asks for it; none"},
    {"imei", OPTION_DIGITS, SETTING(imei), 15, 15, "made from the number"},
    {"imsi", OPTION_DIGITS, SETTING(imsi), 15, 15, "made from the number"},
    {"iccid", OPTION_DIGITS, SETTING(iccid), 19, 19, "made from the number"},
    {"speed", OPTION_INT64, SETTING(knobs.speed), 1, 100000, "how many times faster the profile's own times run; 1"},
    {"baud", OPTION_INT64, offsetof(struct modem_options, baud), 0, 4000000, "speed at which the modem writes; as fast as it goes"},
};

struct program {
    uv_loop_t loop;
    uv_prepare_t turn;
    uv_timer_t timer;
    uv_signal_t signals[2];
    struct clock_rehearsal clock;
    struct world world;
    struct control *control;
    struct station stations[MODEMS_MAX];
    struct modem_options modems[MODEMS_MAX];
    char *texts[MODEMS_MAX]; /* the arguments, cut up */
    const char *control_path;
};

static void print_help(void) {
    fputs(usage, stdout);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        printf("  %-14s %s\n", options[i].name, options[i].help);
    fputs("\nProfiles:\n", stdout);
    for (size_t i = 0; profile_at(i); i++)
        printf("  %-14s %s\n", profile_at(i)->name, profile_at(i)->help);
}

/* -- the command line -------------------------------------------------------------------------------------------------------------------- */

static bool digits(const char *text, int64_t min, int64_t max) {
    size_t len = strlen(text);
    return strspn(text, "0123456789") == len && (int64_t)len >= min && (int64_t)len <= max;
}

/* false: `problem` says what is wanted instead. */
static bool option_set(const struct option *o, const char *value, struct modem_options *to, struct str *problem) {
    void *at = (char *)to + o->offset;
    int64_t number;
    switch (o->type) {
    case OPTION_TEXT:
        *(const char **)at = value;
        return true;
    case OPTION_DIGITS:
        *(const char **)at = value;
        if (!digits(value, o->min, o->max))
            str_addf(problem, "%lld to %lld digits are wanted", (long long)o->min, (long long)o->max);
        break;
    case OPTION_NUMBER:
        if (phone_parse(value, at) != ERR_OK || ((struct phone *)at)->kind == PHONE_ALPHANUMERIC)
            str_add(problem, "a telephone number such as +84912000001 is wanted");
        break;
    case OPTION_PROFILE:
        if (!(*(const struct profile **)at = profile_find(value)))
            str_add(problem, "there is no such profile; --help lists them");
        break;
    case OPTION_INT:
    case OPTION_INT64:
        if (parse_int(value, o->min, o->max, &number) != ERR_OK)
            str_addf(problem, "a number from %lld to %lld is wanted", (long long)o->min, (long long)o->max);
        else if (o->type == OPTION_INT)
            *(int *)at = (int)number;
        else
            *(int64_t *)at = number;
        break;
    }
    return problem->len == 0;
}

static bool option_take(char *text, struct modem_options *to, struct str *problem) {
    char *value = strchr(text, '=');
    if (!value) {
        str_addf(problem, "%s: OPTION=VALUE is wanted", text);
        return false;
    }
    *value++ = '\0';
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (strcmp(options[i].name, text) != 0)
            continue;
        struct str why;
        str_init(&why, 256);
        bool good = option_set(&options[i], value, to, &why);
        if (!good)
            str_addf(problem, "%s=%s: %s", text, value, why.data);
        str_release(&why);
        return good;
    }
    str_addf(problem, "%s: no such option; --help lists them", text);
    return false;
}

static bool modem_options_parse(char *text, struct modem_options *ret_options, struct str *problem) {
    at_modem_defaults(&ret_options->settings);
    char *rest = text, *part = strsep(&rest, ",");
    ret_options->settings.name = part;
    if (!*part || strchr(part, '=')) {
        str_add(problem, "the modem's name must come first");
        return false;
    }
    while ((part = strsep(&rest, ",")))
        if (!option_take(part, ret_options, problem))
            return false;
    if (ret_options->settings.number.kind == PHONE_NONE)
        str_add(problem, "number=… is missing");
    else if (!ret_options->line)
        str_add(problem, "line=… is missing");
    return problem->len == 0;
}

static bool modem_argument(struct program *p, const char *text, struct str *problem) {
    size_t n = p->world.station_count;
    if (n == MODEMS_MAX) {
        str_addf(problem, "--modem: at most %d", MODEMS_MAX);
        return false;
    }
    p->texts[n] = mem_string(text);
    p->world.station_count++;
    struct str why;
    str_init(&why, 1024);
    bool good = modem_options_parse(p->texts[n], &p->modems[n], &why);
    if (!good)
        str_addf(problem, "--modem %s: %s", text, why.data);
    str_release(&why);
    return good;
}

static bool pace_argument(struct program *p, const char *text, struct str *problem) {
    if (parse_int(text, 1, CLOCK_PACE_MAX, &p->clock.clock.pace) == ERR_OK)
        return true;
    str_addf(problem, "--pace %s: a whole number from 1 to %d is wanted", text, CLOCK_PACE_MAX);
    return false;
}

static bool control_argument(struct program *p, const char *text, struct str *problem) {
    (void)problem;
    p->control_path = text;
    return true;
}

static bool arguments_parse(struct program *p, int argc, char **argv, struct str *problem) {
    static const struct {
        const char *name;
        bool (*take)(struct program *p, const char *text, struct str *problem);
    } arguments[] = {{"--control", control_argument}, {"--pace", pace_argument}, {"--modem", modem_argument}};
    enum { ARGUMENTS = sizeof arguments / sizeof *arguments };
    for (int i = 1; i < argc; i += 2) {
        size_t a = 0;
        while (a < ARGUMENTS && strcmp(arguments[a].name, argv[i]) != 0)
            a++;
        if (a == ARGUMENTS)
            str_addf(problem, "%s: not understood; --help shows what is", argv[i]);
        else if (i + 1 == argc)
            str_addf(problem, "%s: its value is missing", argv[i]);
        if (problem->len || !arguments[a].take(p, argv[i + 1], problem))
            return false;
    }
    if (!p->world.station_count)
        str_add(problem, "no --modem given; --help shows how");
    return p->world.station_count > 0;
}

/* -- life -------------------------------------------------------------------------------------------------------------------------------- */

static void timer_rang(uv_timer_t *timer) {
    (void)timer; /* waking the loop is all: the turn does the work */
}

/* Before the loop sleeps: whatever is due, then the requests that may have been waiting for it. */
static void turn(uv_prepare_t *prepare) {
    struct program *p = prepare->data;
    schedule_run(p->world.schedule);
    if (p->control)
        control_turn(p->control);
    int64_t wait = schedule_wait(p->world.schedule);
    uv_update_time(&p->loop);
    if (wait >= 0)
        uv_timer_start(&p->timer, timer_rang, (uint64_t)clock_sleep(p->world.clock, wait), 0);
    else
        uv_timer_stop(&p->timer);
}

static void stop(uv_signal_t *signal, int number) {
    (void)number;
    struct program *p = signal->data;
    uv_stop(&p->loop);
}

static bool open_modem(struct program *p, size_t i, struct str *problem) {
    struct station *s = &p->stations[i];
    const struct modem_options *o = &p->modems[i];
    if (at_modem_new(p->world.network, p->world.schedule, p->world.clock, &o->settings, &s->modem) != ERR_OK) {
        str_addf(problem, "--modem %s: another modem has its name or its number %s", o->settings.name, o->settings.number.text);
        return false;
    }
    return line_open(&p->loop, o->line, (unsigned)o->baud, s->modem, &s->line, problem) == ERR_OK;
}

static bool open_all(struct program *p, struct str *problem) {
    for (size_t i = 0; i < p->world.station_count; i++)
        if (!open_modem(p, i, problem))
            return false;
    return !p->control_path || control_open(&p->loop, p->control_path, &p->world, &p->control, problem) == ERR_OK;
}

static void say_ready(const struct program *p) {
    struct str line;
    struct json_writer w;
    str_init(&line, 1 << 16);
    json_begin(&w, &line);
    json_open_object(&w, NULL);
    json_put_bool(&w, "ready", true);
    json_put_text(&w, "control", p->control_path);
    json_open_array(&w, "modems");
    for (size_t i = 0; i < p->world.station_count; i++) {
        json_open_object(&w, NULL);
        json_put_text(&w, "name", p->modems[i].settings.name);
        json_put_text(&w, "number", p->modems[i].settings.number.text);
        json_put_text(&w, "line", line_address(p->stations[i].line));
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    puts(line.data);
    fflush(stdout);
    str_release(&line);
}

static void run(struct program *p) {
    static const int numbers[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&p->loop, &p->signals[i]);
        p->signals[i].data = p;
        uv_signal_start(&p->signals[i], stop, numbers[i]);
    }
    uv_prepare_init(&p->loop, &p->turn);
    p->turn.data = p;
    uv_prepare_start(&p->turn, turn);
    uv_timer_init(&p->loop, &p->timer);
    say_ready(p);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&p->signals[i], NULL);
    uv_close((uv_handle_t *)&p->turn, NULL);
    uv_close((uv_handle_t *)&p->timer, NULL);
}

static void close_all(struct program *p) {
    control_close(p->control);
    for (size_t i = 0; i < p->world.station_count; i++) {
        line_close(p->stations[i].line);
        at_modem_free(p->stations[i].modem);
    }
    uv_run(&p->loop, UV_RUN_DEFAULT); /* lets what was closed be freed */
    uv_loop_close(&p->loop);
    network_free(p->world.network);
    schedule_free(p->world.schedule);
    for (size_t i = 0; i < MODEMS_MAX; i++)
        free(p->texts[i]);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help();
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);
    log_set_program("phanhoi-vmodem");
    struct program *p = mem_alloc(sizeof *p);
    struct str problem;
    str_init(&problem, 4096);
    uv_loop_init(&p->loop);
    clock_rehearsal_init(&p->clock, 1);
    p->world.clock = &p->clock.clock;
    p->world.schedule = schedule_new(p->world.clock);
    p->world.network = network_new(p->world.schedule, p->world.clock);
    p->world.stations = p->stations;
    bool understood = arguments_parse(p, argc, argv, &problem), good = understood && open_all(p, &problem);
    if (good)
        run(p);
    else
        fprintf(stderr, "phanhoi-vmodem: %s\n", problem.data);
    close_all(p);
    str_release(&problem);
    free(p);
    return good ? 0 : understood ? 1 : 2;
}
