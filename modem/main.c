/* phanhoi-modem: options, then the worker. What is wrong with them is said with the option's name, and ends with status 2. */
#include "firmware-host/base/log.h"
#include "firmware-host/base/str.h"
#include "modem/decode.h"
#include "modem/discover.h"
#include "modem/line.h"
#include "modem/protocol.h"
#include "modem/worker.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION "0.1.0"

enum option_id {
    OPTION_LINE = 1,
    OPTION_DRIVER,
    OPTION_NAME,
    OPTION_LOG,
    OPTION_PACE,
    OPTION_NO_SANDBOX,
    OPTION_DECODE,
    OPTION_DISCOVER,
    OPTION_WATCH,
    OPTION_PROBE,
    OPTION_VERSION,
    OPTION_HELP
};

static const struct {
    const char *name, *value; /* value NULL: takes none */
    enum option_id id;
    const char *help;
} options[] = {
    {"line", "LINE", OPTION_LINE, "serial:DEVICE[@BAUD], tcp://HOST:PORT, pty:PATH, or gammu:CONNECTION:PATH[:MODEL]"},
    {"driver", "NAME", OPTION_DRIVER, "how the modem is spoken to: at (default), gammu, or auto"},
    {"name", "NAME", OPTION_NAME, "what the log calls this modem"},
    {"log", "LEVEL", OPTION_LOG, "error, warning, notice, info (default) or debug"},
    {"pace", "N", OPTION_PACE, "time goes N times as fast: for rehearsals with a virtual network of that pace"},
    {"no-sandbox", NULL, OPTION_NO_SANDBOX, "don't fence the process in after its line is open"},
    {"decode", "HEX", OPTION_DECODE, "print a PDU as JSON and end; service-centre address in front"},
    {"discover", NULL, OPTION_DISCOVER, "list the serial ports as protocol lines and end"},
    {"watch", NULL, OPTION_WATCH, "with --discover: go on as modems are plugged and pulled"},
    {"probe", NULL, OPTION_PROBE, "with --discover: ask who is at each port that may be asked (AT, AT+CGSN …)"},
    {"version", NULL, OPTION_VERSION, "print the version and end"},
    {"help", NULL, OPTION_HELP, "print this and end"},
};
enum { OPTION_COUNT = sizeof options / sizeof *options };

/* What can be chosen; the first driver of a choice is tried first. */
static const struct {
    const char *name, *help;
    const struct driver *drivers[WORKER_DRIVERS_MAX + 1], *device[2]; /* on a line of ours; of a gammu: line */
} choices[] = {
    {"at", "modems that speak standard AT commands (3GPP TS 27.005)", {&at_driver}, {NULL}},
    {"gammu", "telephones and modems through libGammu", {&gammu_driver}, {&gammu_device_driver}},
    {"auto",
     "at first, gammu where the device doesn't answer that; gammu: lines only with gammu",
     {&at_driver, &gammu_driver},
     {&gammu_device_driver}},
};
enum { CHOICE_COUNT = sizeof choices / sizeof *choices };

static const struct {
    const char *name;
    enum log_level level;
} log_levels[] = {
    {"error", LOG_LEVEL_ERROR}, {"warning", LOG_LEVEL_WARNING}, {"notice", LOG_LEVEL_NOTICE}, {"info", LOG_LEVEL_INFO}, {"debug", LOG_LEVEL_DEBUG},
};

static void print_help(void) {
    static const struct {
        int number;
        const char *text;
    } exits[] = {
#define X(symbol, number, text) {number, text},
        WORKER_EXIT_TABLE(X)
#undef X
    };
    printf("usage: phanhoi-modem --line LINE [--driver at|gammu|auto] [--name NAME]\n"
           "       phanhoi-modem --discover [--watch] [--probe]\n"
           "       phanhoi-modem --decode HEX\n\n"
           "Serves one modem: speaks protocol lines (modem/protocol.h) on standard input and output, logs to standard error.\n\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char left[32];
        snprintf(left, sizeof left, "--%s %s", options[i].name, options[i].value ? options[i].value : "");
        printf("  %-18s %s\n", left, options[i].help);
    }
    printf("\ndrivers:\n");
    for (size_t i = 0; i < CHOICE_COUNT; i++)
        printf("  %-18s %s\n", choices[i].name, choices[i].help);
    printf("\nexit status:\n");
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        printf("  %-18d %s\n", exits[i].number, exits[i].text);
}

static int usage(const char *what, const char *problem) {
    fprintf(stderr, "phanhoi-modem: %s: %s; see phanhoi-modem --help\n", what, problem);
    return WORKER_EXIT_USAGE;
}

struct given {
    const char *line, *driver, *name, *log, *decode, *pace;
    bool no_sandbox, discover, watch, probe;
};

/* ERR_CLOSED: everything is done (--help). ERR_INVALID: the reason was printed. */
static enum err parse_options(int argc, char **argv, struct given *ret_given) {
    struct option table[OPTION_COUNT + 1] = {{0}};
    struct given g = {.driver = "at", .log = "info", .pace = "1"};
    for (size_t i = 0; i < OPTION_COUNT; i++)
        table[i] = (struct option){options[i].name, options[i].value ? required_argument : no_argument, NULL, (int)options[i].id};
    for (int id; (id = getopt_long(argc, argv, "", table, NULL)) != -1;)
        switch (id) {
        case OPTION_LINE:
            g.line = optarg;
            break;
        case OPTION_DRIVER:
            g.driver = optarg;
            break;
        case OPTION_NAME:
            g.name = optarg;
            break;
        case OPTION_LOG:
            g.log = optarg;
            break;
        case OPTION_PACE:
            g.pace = optarg;
            break;
        case OPTION_NO_SANDBOX:
            g.no_sandbox = true;
            break;
        case OPTION_DECODE:
            g.decode = optarg;
            break;
        case OPTION_DISCOVER:
            g.discover = true;
            break;
        case OPTION_WATCH:
            g.watch = true;
            break;
        case OPTION_PROBE:
            g.probe = true;
            break;
        case OPTION_VERSION:
            printf("phanhoi-modem %s, protocol %d\n", VERSION, PROTOCOL_VERSION);
            return ERR_CLOSED;
        case OPTION_HELP:
            print_help();
            return ERR_CLOSED;
        default: /* getopt named the option */
            fputs("see phanhoi-modem --help\n", stderr);
            return ERR_INVALID;
        }
    if (optind < argc) {
        usage(argv[optind], "no such argument");
        return ERR_INVALID;
    }
    *ret_given = g;
    return ERR_OK;
}

/* NULL: no such choice. The first of them NULL: none for such a line. */
static const struct driver *const *find_drivers(const char *name, enum line_kind kind) {
    for (size_t i = 0; i < CHOICE_COUNT; i++)
        if (strcmp(choices[i].name, name) == 0)
            return kind == LINE_GAMMU ? choices[i].device : choices[i].drivers;
    return NULL;
}

static bool set_log(const char *level, const char *name) {
    static char program[64];
    for (size_t i = 0; i < sizeof log_levels / sizeof *log_levels; i++)
        if (strcmp(log_levels[i].name, level) == 0) {
            snprintf(program, sizeof program, "phanhoi-modem[%.40s]", name ? name : "-");
            log_set_program(program);
            log_set_level(log_levels[i].level);
            return true;
        }
    return false;
}

static int serve(const struct given *g) {
    struct line_address address;
    struct clock_rehearsal clock;
    int64_t pace;
    struct str problem;
    struct worker_settings settings = {
        .line = g->line,
        .sandbox = !g->no_sandbox,
        .in = STDIN_FILENO,
        .out = STDOUT_FILENO,
        .clock = &clock.clock,
    };
    if (!g->line)
        return usage("--line", "is missing");
    if (!find_drivers(g->driver, LINE_PTY))
        return usage(g->driver, "is no driver");
    if (!set_log(g->log, g->name))
        return usage(g->log, "is no log level");
    if (parse_int(g->pace, 1, CLOCK_PACE_MAX, &pace) != ERR_OK)
        return usage("--pace", "is a whole number from 1 to 1000");
    clock_rehearsal_init(&clock, pace);
    str_init(&problem, 512);
    bool sound = line_parse(g->line, &address, &problem) == ERR_OK;
    if (sound)
        settings.drivers = find_drivers(g->driver, address.kind);
    if (sound && !settings.drivers[0]) {
        str_add(&problem, "a gammu: line needs --driver gammu");
        sound = false;
    }
    if (!sound)
        usage("--line", problem.data);
    str_release(&problem);
    return sound ? (int)worker_run(&settings) : WORKER_EXIT_USAGE;
}

static int discover(const struct given *g) {
    const struct discover_settings settings = {
        .watch = g->watch, .probe = g->probe, .in = STDIN_FILENO, .out = STDOUT_FILENO, .clock = clock_system()};
    if (!set_log(g->log, "discover"))
        return usage(g->log, "is no log level");
    return discover_run(&settings);
}

int main(int argc, char **argv) {
    struct given given;
    enum err e = parse_options(argc, argv, &given);
    if (e != ERR_OK)
        return e == ERR_CLOSED ? WORKER_EXIT_DONE : WORKER_EXIT_USAGE;
    if (given.discover)
        return discover(&given);
    if (given.watch || given.probe)
        return usage(given.watch ? "--watch" : "--probe", "goes with --discover");
    return given.decode ? decode_main(given.decode) : serve(&given);
}
