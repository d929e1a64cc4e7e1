/* phanhoictl: the command line. One table of commands, one of options; both are checked against what was typed, and the help is printed from them. */
#include "firmware-host/ctl.h"

#include "firmware-host/app.h"
#include "firmware-host/config.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_SECONDS_MAX = 86400, PROBLEMS_MAX = 64 * 1024 };

static const struct option_row {
    const char *name;
    char letter; /* also what a command's `options` names it by */
    const char *argument; /* NULL: none */
    const char *help;
} option_rows[] = {
    {"socket", 's', "SOCKET", "the core's control socket (" CONFIG_DEFAULT_SOCKET ")"},
    {"config", 'c', "FILE", "take the socket from this configuration"},
    {"json", 'j', NULL, "print JSON"},
    {"reveal", 'r', NULL, "show whole numbers and texts; this is logged"},
    {"limit", 'n', "N", "how many at most"},
    {"before", 'b', "ID", "only older ones"},
    {"out", 'o', NULL, "what went out instead of what came in"},
    {"follow", 'f', NULL, "go on as lines come"},
    {"network", 'N', "SOCKET", "the control socket of phanhoi-vmodem"},
    {"to", 't', "NUMBER", "whom to text to (the network's first modem)"},
    {"wait", 'w', "SECONDS", "wait so long for a message"},
    {"after", 'a', "SEQ", "only messages after this one"},
    {"version", 'V', NULL, "print the version"},
    {"help", 'h', NULL, "print this"},
};
enum { OPTION_ROWS = sizeof option_rows / sizeof option_rows[0] };

static const struct command_row {
    const char *words;
    const char *arguments;
    int least, most; /* arguments */
    const char *options; /* besides s, c, j, V and h */
    const char *help;
    ctl_run *run;
} command_rows[] = {
    {"status", "", 0, 0, "", "how the appliance is, and what it has", ctl_status},
    {"modems", "", 0, 0, "r", "each modem and its worker", ctl_modems},
    {"queue", "", 0, 0, "nr", "parts that wait to be sent, and those that are being sent", ctl_queue},
    {"case list", "", 0, 0, "nbr", "cases, newest first", ctl_case_list},
    {"case show", "CODE", 1, 1, "r", "a case with its events and open deadlines", ctl_case_show},
    {"message list", "", 0, 0, "nbor", "messages, newest first", ctl_message_list},
    {"send", "NUMBER TEXT", 2, 2, "", "send a text", ctl_send},
    {"held list", "", 0, 0, "nr", "messages whose handling failed", ctl_held_list},
    {"held retry", "ID", 1, 1, "", "handle one again", ctl_held_retry},
    {"unknown list", "", 0, 0, "nr", "submissions of which nobody knows whether they reached the air", ctl_unknown_list},
    {"unknown resend", "PART", 1, 1, "", "send such a part again", ctl_unknown_resend},
    {"unknown leave", "PART", 1, 1, "", "give such a part up", ctl_unknown_leave},
    {"log", "", 0, 0, "nf", "the last lines of the log", ctl_log},
    {"metrics", "", 0, 0, "", "counters and gauges in the Prometheus text format", ctl_metrics},
    {"phone send", "FROM TEXT", 2, 2, "Nt", "text to the appliance from a phone of a virtual network", ctl_phone_send},
    {"phone inbox", "NUMBER", 1, 1, "Nwa", "what a phone of a virtual network has received", ctl_phone_inbox},
    {"phone chat", "NUMBER", 1, 1, "Ntw", "be that phone: type texts, see the answers", ctl_phone_chat},
};
enum { COMMAND_ROWS = sizeof command_rows / sizeof command_rows[0] };

static void print_help(FILE *to) {
    enum { COLUMN = 30 };
    fputs("usage: phanhoictl [OPTION]... COMMAND\n\ncommands:\n", to);
    for (int i = 0; i < COMMAND_ROWS; i++) {
        const struct command_row *c = &command_rows[i];
        int width = fprintf(to, "  %s%s%s", c->words, *c->arguments ? " " : "", c->arguments);
        fprintf(to, "%*s%s", width < COLUMN ? COLUMN - width : 1, "", c->help);
        for (const char *letter = c->options; *letter; letter++)
            fprintf(to, "%s-%c%s", letter == c->options ? " [" : " ", *letter, letter[1] ? "" : "]");
        fputs("\n", to);
    }
    fputs("\noptions:\n", to);
    for (int i = 0; i < OPTION_ROWS; i++) {
        const struct option_row *o = &option_rows[i];
        int width = fprintf(to, "  -%c, --%s%s%s", o->letter, o->name, o->argument ? " " : "", o->argument ? o->argument : "");
        fprintf(to, "%*s%s\n", width < COLUMN ? COLUMN - width : 1, "", o->help);
    }
}

static enum ctl_exit usage(const char *what, const char *about) {
    fprintf(stderr, "phanhoictl: %s%s%s; see phanhoictl --help\n", what, about ? ": " : "", about ? about : "");
    return CTL_USAGE;
}

/* ---- options ---- */

struct given { /* the letters that were on the command line */
    char letters[OPTION_ROWS + 1];
    const char *config;
};

static bool number_of(const char *text, int64_t least, int64_t most, int64_t *ret_number) {
    return parse_int(text, least, most, ret_number) == ERR_OK;
}

static bool take_option(struct ctl *ctl, struct given *given, int letter, const char *argument) {
    int64_t seconds;
    switch (letter) {
    case 's':
        ctl->socket = argument;
        return true;
    case 'c':
        given->config = argument;
        return true;
    case 'j':
        ctl->json = true;
        return true;
    case 'r':
        ctl->reveal = true;
        return true;
    case 'o':
        ctl->out = true;
        return true;
    case 'f':
        ctl->follow = true;
        return true;
    case 'N':
        ctl->network = argument;
        return true;
    case 't':
        ctl->to = argument;
        return true;
    case 'n':
        return number_of(argument, 1, 1000, &ctl->limit);
    case 'b':
        return number_of(argument, 1, INT64_MAX, &ctl->before);
    case 'a':
        return number_of(argument, 0, INT64_MAX, &ctl->after);
    case 'w':
        if (!number_of(argument, 0, WAIT_SECONDS_MAX, &seconds))
            return false;
        ctl->wait_ms = seconds * 1000;
        return true;
    default:
        return false;
    }
}

/* Fills in what getopt_long wants. */
static void getopt_tables(struct option longs[OPTION_ROWS + 1], char shorts[2 * OPTION_ROWS + 1]) {
    for (int i = 0; i < OPTION_ROWS; i++) {
        const struct option_row *o = &option_rows[i];
        longs[i] = (struct option){o->name, o->argument ? required_argument : no_argument, NULL, o->letter};
        *shorts++ = o->letter;
        if (o->argument)
            *shorts++ = ':';
    }
    longs[OPTION_ROWS] = (struct option){0};
    *shorts = 0;
}

/* -1: go on; else the exit status. */
static int take_options(struct ctl *ctl, struct given *given, int argc, char **argv) {
    struct option longs[OPTION_ROWS + 1];
    char shorts[2 * OPTION_ROWS + 1];
    getopt_tables(longs, shorts);
    for (int letter; (letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (letter == 'h') {
            print_help(stdout);
            return CTL_FINE;
        }
        if (letter == 'V') {
            puts("phanhoictl " PHANHOI_VERSION);
            return CTL_FINE;
        }
        if (letter == '?')
            return usage("an option isn't right", NULL);
        if (!take_option(ctl, given, letter, optarg))
            return usage("a whole number is needed", optarg);
        if (!strchr(given->letters, letter))
            given->letters[strlen(given->letters)] = (char)letter;
    }
    return -1;
}

/* ---- commands ---- */

/* How many words of the command line the row's words are; 0: another command. */
static int match(const struct command_row *c, int count, char **words) {
    const char *second = strchr(c->words, ' ');
    size_t first_len = second ? (size_t)(second - c->words) : strlen(c->words);
    if (count < 1 || strlen(words[0]) != first_len || strncmp(words[0], c->words, first_len) != 0)
        return 0;
    if (!second)
        return 1;
    return count > 1 && strcmp(words[1], second + 1) == 0 ? 2 : 0;
}

static int check(const struct command_row *c, const struct given *given, int arguments) {
    if (arguments < c->least || arguments > c->most) {
        fprintf(stderr, "usage: phanhoictl %s%s%s\n", c->words, *c->arguments ? " " : "", c->arguments);
        return CTL_USAGE;
    }
    for (const char *letter = given->letters; *letter; letter++) {
        if (!strchr("scj", *letter) && !strchr(c->options, *letter)) {
            char option[] = {'-', *letter, 0};
            return usage("that command has no such option", option);
        }
    }
    return -1;
}

static int run(struct ctl *ctl, const struct given *given, int count, char **words) {
    for (int i = 0; i < COMMAND_ROWS; i++) {
        int matched = match(&command_rows[i], count, words);
        if (!matched)
            continue;
        int status = check(&command_rows[i], given, count - matched);
        if (status >= 0)
            return status;
        ctl->arguments = words + matched;
        ctl->argument_count = count - matched;
        return (int)command_rows[i].run(ctl);
    }
    return count ? usage("no such command", words[0]) : usage("a command is needed", NULL);
}

static int with_config(struct ctl *ctl, const struct given *given, int count, char **words) {
    struct str problems;
    struct config *config = NULL;
    str_init(&problems, PROBLEMS_MAX);
    int status = CTL_FAILED;
    if (config_load(given->config, &problems, &config) == ERR_OK) {
        ctl->socket = config->socket;
        status = run(ctl, given, count, words);
    } else {
        fputs(problems.data, stderr);
    }
    config_free(config);
    str_release(&problems);
    return status;
}

int main(int argc, char **argv) {
    struct ctl ctl = {.socket = CONFIG_DEFAULT_SOCKET, .wait_ms = -1};
    struct given given = {.config = NULL};
    int status = take_options(&ctl, &given, argc, argv);
    if (status < 0 && argc > optind && strcmp(argv[optind], "help") == 0) {
        print_help(stdout);
        status = CTL_FINE;
    }
    if (status < 0 && given.config && !strchr(given.letters, 's'))
        status = with_config(&ctl, &given, argc - optind, argv + optind);
    else if (status < 0)
        status = run(&ctl, &given, argc - optind, argv + optind);
    return fflush(stdout) == 0 ? status : CTL_FAILED;
}
