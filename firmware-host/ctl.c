/* phanhoictl: the command line. One table of commands, one of options; both are checked against what was typed, and the help is printed from them. */
#include "firmware-host/ctl.h"

#include "firmware-host/app.h"
#include "firmware-host/base/clock.h"
#include "firmware-host/config.h"
#include "firmware-host/desk.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { PROBLEMS_MAX = 64 * 1024 };

#define WAIT_MAX_MS (86400 * INT64_C(1000))

/* Columns: name, letter (0: none), type, argument (NULL: none), place in struct ctl, least and most of a number, help. */
enum option_type { OPTION_TEXT, OPTION_NUMBER, OPTION_SECONDS, OPTION_SWITCH };
#define IN(member) offsetof(struct ctl, member)
/* clang-format off */
static const struct option_row {
    const char *name;
    char letter;
    enum option_type type;
    const char *argument;
    size_t place;
    int64_t least, most;
    const char *help;
} option_rows[] = {
    {"socket", 's', OPTION_TEXT, "SOCKET", IN(socket), 0, 0, "the core's control socket (" CONFIG_DEFAULT_SOCKET ")"},
    {"config", 'c', OPTION_TEXT, "FILE", IN(config_file), 0, 0, "take the socket from this configuration"},
    {"json", 'j', OPTION_SWITCH, NULL, IN(json), 0, 0, "print JSON"},
    {"reveal", 'r', OPTION_SWITCH, NULL, IN(reveal), 0, 0, "show whole numbers and texts; who was shown what is written down"},
    {"limit", 'n', OPTION_NUMBER, "N", IN(limit), 1, 1000, "how many at most"},
    {"hours", 0, OPTION_NUMBER, "N", IN(hours), 1, 720, "the last N hours (24)"},
    {"before", 'b', OPTION_NUMBER, "ID", IN(before), 1, INT64_MAX, "only older ones"},
    {"out", 'o', OPTION_SWITCH, NULL, IN(out), 0, 0, "what went out instead of what came in"},
    {"follow", 'f', OPTION_SWITCH, NULL, IN(follow), 0, 0, "go on as lines come"},
    {"network", 'N', OPTION_TEXT, "SOCKET", IN(network), 0, 0, "the control socket of phanhoi-vmodem"},
    {"to", 't', OPTION_TEXT, "NUMBER", IN(to), 0, 0, "whom to text or call (the network's first modem); of a report or list: its last day"},
    {"from", 0, OPTION_TEXT, "DAY", IN(from), 0, 0, "the first day of a report (the first of this month) or list"},
    {"by", 0, OPTION_TEXT, "WHAT", IN(by), 0, 0, "break a report down by agency, field, commune, channel or month"},
    {"case", 0, OPTION_TEXT, "CODE", IN(of_case), 0, 0, "export that case"},
    {"sender", 0, OPTION_TEXT, "NUMBER", IN(sender), 0, 0, "export all that is kept about that number"},
    {"csv", 0, OPTION_SWITCH, NULL, IN(csv), 0, 0, "print CSV for a spreadsheet"},
    {"html", 0, OPTION_SWITCH, NULL, IN(html), 0, 0, "print a page for a browser's printer"},
    {"public", 0, OPTION_SWITCH, NULL, IN(is_public), 0, 0, "leave out counts under 5 and who the officers are"},
    {"wait", 'w', OPTION_SECONDS, "SECONDS", IN(wait_ms), 0, WAIT_MAX_MS, "wait so long for a message"},
    {"after", 'a', OPTION_NUMBER, "SEQ", IN(after), 0, INT64_MAX, "only messages after this one"},
    {"file", 0, OPTION_TEXT, "FILE", IN(file), 0, 0, "a calendar instead of the one in use; the words of a decision"},
    {"agency", 0, OPTION_TEXT, "KEY", IN(agency), 0, 0, "count without the days on which this agency is closed"},
    {"pending", 0, OPTION_SWITCH, NULL, IN(pending), 0, 0, "count days whose law is pending (24/11) as off"},
    {"as", 0, OPTION_TEXT, "OFFICER", IN(as), 0, 0, "the officer who decides or reads: a key of the directory"},
    {"text", 0, OPTION_TEXT, "TEXT", IN(text), 0, 0, "the words; - reads them from standard input"},
    {"reason", 0, OPTION_TEXT, "REASON", IN(reason), 0, 0, "why: a word for the statistics, or a sentence"},
    {"until", 0, OPTION_TEXT, "DATE", IN(until), 0, 0, "until when, like 2026-12-15"},
    {"document", 0, OPTION_TEXT, "NUMBER", IN(document), 0, 0, "the signed document that goes with a result; its hash by --signed or --sha256"},
    {"signed", 0, OPTION_TEXT, "FILE", IN(signed_file), 0, 0, "that document: its SHA-256 is taken here, the file itself goes nowhere"},
    {"sha256", 0, OPTION_TEXT, "HEX", IN(sha256), 0, 0, "that document's SHA-256, as sha256sum prints it"},
    {"answer", 0, OPTION_TEXT, "ANSWERS", IN(answer), 0, 0, "what to answer the menus that come, in turn: 1,2"},
    {"cancel", 0, OPTION_SWITCH, NULL, IN(cancel), 0, 0, "end the dialogue that somebody left open"},
    {"context", 0, OPTION_TEXT, "WHAT", IN(context), 0, 0, "what was asked before: name_asked, rating_open, question_open, list_sent"},
    {"version", 'V', OPTION_SWITCH, NULL, IN(version), 0, 0, "print the version"},
    {"help", 'h', OPTION_SWITCH, NULL, IN(help), 0, 0, "print this"},
};
enum { OPTION_ROWS = sizeof option_rows / sizeof option_rows[0], OPTION_LONG = 256 };
/* clang-format on */

static const struct command_row {
    const char *words;
    const char *arguments;
    int least, most; /* arguments */
    const char *options; /* names; besides socket, config, json, version and help */
    const char *help;
    ctl_run *run;
} command_rows[] = {
    {"status", "", 0, 0, "", "how the appliance is, and what it has", ctl_status},
    {"modems", "", 0, 0, "reveal as", "each modem and its worker", ctl_modems},
    {"modem scan", "", 0, 0, "reveal", "what is plugged in here, and what to write into the configuration; asks no core", ctl_modem_scan},
    {"modem events", "", 0, 0, "limit before", "modems and SIMs that were moved, replaced or changed, newest first", ctl_modem_events},
    {"route", "NUMBER", 1, 1, "", "through which modem a text to that number would go, and why", ctl_route},
    {"reload", "", 0, 0, "", "read keys, calendar, texts, directory and operators anew, each whole or not at all", ctl_reload},
    {"ussd", "MODEM [CODE]", 1, 2, "answer cancel", "dial a code like *101# on a modem; its menus are answered by hand, or with --answer", ctl_ussd},
    {"ussd-menu", "NUMBER", 1, 1, "answer",
     "the menu as that citizen's phone shows it over USSD, for training; what is chosen is done: it opens real cases", ctl_ussd_menu},
    {"keys", "", 0, 0, "", "the keys that seal personal data, how much each, and whether it's still needed", ctl_keys},
    {"backup", "FILE", 1, 1, "", "copy the database to a new file, while everything goes on", ctl_backup},
    {"alarms", "", 0, 0, "", "what is wrong with modems and wants a person", ctl_alarms},
    {"modem history", "NAME", 1, 1, "hours csv", "how a modem was: signal, network, storage, submissions and how long they took", ctl_modem_history},
    {"modem pin-retry", "NAME", 1, 1, "", "let a modem's PIN be tried once more: a wrong one costs a try", ctl_modem_pin_retry},
    {"modem sim-retry", "NAME", 1, 1, "", "try a modem's SIM again that was refused for every number", ctl_modem_sim_retry},
    {"clock skip", "TO", 1, 1, "", "set a training's clock ahead: +36h, +2d, 2026-12-08, 2026-12-08T14:30", ctl_clock_skip},
    {"queue", "", 0, 0, "limit reveal as", "parts that wait to be sent, and those that are being sent", ctl_queue},
    {"case list", "", 0, 0, "limit before reveal as", "cases, newest first", ctl_case_list},
    {"case show", "CODE", 1, 1, "reveal as", "a case: who has it, deadlines, events, texts; revealing it is an event of its own", ctl_case_show},
    {"case diagram", "", 0, 0, "", "the life of a case as Graphviz text; asks no core", ctl_case_diagram},
    {"case slip", "CODE", 1, 1, "html reveal as", "the transfer slip of a case, to print", ctl_case_slip},
/* clang-format off */
#define X(step, name, arguments, least, most, operand, options, members, help) {"case " name, arguments, least, most, options, help, ctl_case_step},
    DESK_TABLE(X)
#undef X
    /* clang-format on */
    {"message list", "", 0, 0, "limit before out reveal as", "messages, newest first", ctl_message_list},
    {"message show", "ID", 1, 1, "out reveal as", "one of them; with --out every try to send it", ctl_message_show},
    {"send", "NUMBER TEXT", 2, 2, "", "send a text", ctl_send},
    {"held list", "", 0, 0, "limit reveal as", "messages whose handling failed", ctl_held_list},
    {"held retry", "ID", 1, 1, "", "handle one again", ctl_held_retry},
    {"unknown list", "", 0, 0, "limit reveal as", "submissions of which nobody knows whether they reached the air", ctl_unknown_list},
    {"unknown resend", "PART", 1, 1, "", "send such a part again", ctl_unknown_resend},
    {"unknown leave", "PART", 1, 1, "", "give such a part up", ctl_unknown_leave},
    {"sender list", "", 0, 0, "limit before reveal as", "senders that were blocked, newest first", ctl_sender_list},
    {"sender block", "NUMBER", 1, 1, "reason until as", "don't answer a sender until the end of that day", ctl_sender_block},
    {"sender unblock", "NUMBER", 1, 1, "as", "lift a block", ctl_sender_unblock},
    {"sender reassigned", "NUMBER", 1, 1, "as", "a number has a new owner: it stands for none of its cases any more", ctl_sender_reassigned},
    {"data-request list", "", 0, 0, "reveal as", "what people asked about their own data and wait for", ctl_data_request_list},
    {"data-request answer", "ID", 1, 1, "as", "they were told what will be done", ctl_data_request_answer},
    {"data-request extend", "ID", 1, 1, "reason until as", "more time to do it, once, 15 days at most", ctl_data_request_extend},
    {"data-request restrict", "ID", 1, 1, "reason as", "instead of erasing: their cases are confidential, and they are texted why",
     ctl_data_request_restrict},
    {"data-request done", "ID", 1, 1, "as", "what was asked was done", ctl_data_request_done},
    {"export request", "", 0, 0, "case sender from to reason as", "ask for personal data to be taken out of the box", ctl_export_request},
    {"export approve", "ID", 1, 1, "as", "another officer, of the service centre or a head, approves it", ctl_export_approve},
    {"export deny", "ID", 1, 1, "as", "or doesn't", ctl_export_deny},
    {"export list", "", 0, 0, "limit before reveal as", "exports, newest first", ctl_export_list},
    {"export fetch", "ID", 1, 1, "as", "the data, a JSON object a line, once, for who asked", ctl_export_fetch},
    {"incident report", "", 0, 0, "reason from to as", "a security incident: 72 hours to tell the authority begin", ctl_incident_report},
    {"incident list", "", 0, 0, "limit before reveal as", "incidents, newest first", ctl_incident_list},
    {"incident told", "ID", 1, 1, "as", "the authority was told", ctl_incident_told},
    {"incident affected", "ID", 1, 1, "reveal as", "the numbers whose data it touches", ctl_incident_affected},
    {"audit verify", "", 0, 0, "", "whether the chains over all events of cases, and over what was done with personal data, hold; their heads",
     ctl_audit_verify},
    {"audit reads", "", 0, 0, "from to limit before", "who was shown personal data, newest first", ctl_audit_reads},
    {"retention status", "", 0, 0, "", "what would be erased now, and what was", ctl_retention_status},
    {"retention run", "", 0, 0, "as", "begin the wipe now: where the last is long ago, after a look at the clock", ctl_retention_run},
    {"report", "", 0, 0, "from to by csv html public", "statistics of the cases received in a period", ctl_report},
    {"directory import", "FILE", 1, 1, "", "replace agencies and officers by those of a file, whole or not at all", ctl_directory_import},
    {"directory list", "", 0, 0, "reveal as", "agencies and officers", ctl_directory_list},
    {"directory check", "FILE", 1, 1, "", "what is wrong with a file of agencies and officers; asks no core", ctl_directory_check},
    {"texts list", "[FILE]", 0, 1, "", "the texts that people get: lengths with the longest values, variables", ctl_texts_list},
    {"texts print", "[FILE]", 0, 1, "", "the same with the texts themselves; those of a file instead of the program's", ctl_texts_print},
    {"texts screens", "", 0, 0, "", "the screens of the USSD menus: both texts, how long they can be, what may be typed there", ctl_texts_screens},
    {"texts check", "FILE", 1, 1, "", "what is wrong with a file of one's own texts", ctl_texts_check},
    {"central status", "", 0, 0, "", "how it stands with the central store", ctl_central_status},
    {"central parked", "", 0, 0, "limit", "events that it refused for good; each holds the later ones of its case", ctl_central_parked},
    {"central retry", "[EVENT|all]", 0, 1, "", "send such an event again, or all of them; without either try now whether the store takes anything",
     ctl_central_retry},
    {"central kept", "", 0, 0, "limit before reveal as", "what came from it and took no effect: refused decisions, unknown events; newest first",
     ctl_central_kept},
    {"central drop", "EVENT", 1, 1, "as", "give such an event up, for ever", ctl_central_drop},
    {"log", "", 0, 0, "limit follow", "the last lines of the log", ctl_log},
    {"metrics", "", 0, 0, "", "counters and gauges in the Prometheus text format", ctl_metrics},
    {"calendar due", "DATE N", 2, 2, "file agency pending", "the N-th working day after a day (2026-02-11), and which days are skipped",
     ctl_calendar_due},
    {"calendar check", "", 0, 0, "file pending", "which years of the calendar are provisional or missing, and what looks wrong", ctl_calendar_check},
    {"calendar print", "", 0, 0, "", "the calendar inside the program, to begin a file of one's own with", ctl_calendar_print},
    {"parse", "TEXT", 1, 1, "context", "how a citizen's text is understood", ctl_parse},
    {"phone send", "FROM TEXT", 2, 2, "network to", "text to the appliance from a phone of a virtual network", ctl_phone_send},
    {"phone call", "FROM", 1, 1, "network to", "call the appliance from such a phone; it hangs up", ctl_phone_call},
    {"phone inbox", "NUMBER", 1, 1, "network wait after", "what a phone of a virtual network has received", ctl_phone_inbox},
    {"phone chat", "NUMBER", 1, 1, "network to wait", "be that phone: type texts, see the answers", ctl_phone_chat},
};
enum { COMMAND_ROWS = sizeof command_rows / sizeof command_rows[0] };

/* Whether the blank-separated `list` holds the word. */
static bool listed(const char *list, const char *word) {
    size_t len = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += len) {
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
    }
    return false;
}

static void print_command(const struct command_row *c, FILE *to) {
    enum { COLUMN = 38 };
    int width = fprintf(to, "  %s%s%s", c->words, *c->arguments ? " " : "", c->arguments);
    fprintf(to, "%*s%s", width < COLUMN ? COLUMN - width : 1, "", c->help);
    for (int i = 0, printed = 0; i < OPTION_ROWS; i++) {
        if (listed(c->options, option_rows[i].name))
            fprintf(to, "%s--%s", printed++ ? " " : " [", option_rows[i].name);
    }
    fputs(*c->options ? "]\n" : "\n", to);
}

static void print_help(FILE *to) {
    enum { COLUMN = 30 };
    fputs("usage: phanhoictl [OPTION]... COMMAND\n\ncommands:\n", to);
    for (int i = 0; i < COMMAND_ROWS; i++)
        print_command(&command_rows[i], to);
    fputs("\noptions:\n", to);
    for (int i = 0; i < OPTION_ROWS; i++) {
        const struct option_row *o = &option_rows[i];
        char letter[] = {'-', o->letter, ',', ' ', 0};
        int width = fprintf(to, "  %s--%s%s%s", o->letter ? letter : "    ", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
        fprintf(to, "%*s%s\n", width < COLUMN ? COLUMN - width : 1, "", o->help);
    }
}

static enum ctl_exit usage(const char *what, const char *about) {
    fprintf(stderr, "phanhoictl: %s%s%s; see phanhoictl --help\n", what, about ? ": " : "", about ? about : "");
    return CTL_USAGE;
}

/* ---- options ---- */

struct given { /* which rows were on the command line */
    bool rows[OPTION_ROWS];
};

static bool take_option(struct ctl *ctl, const struct option_row *row, const char *argument) {
    char *place = (char *)ctl + row->place;
    bool on = true;
    int64_t number;
    switch (row->type) {
    case OPTION_SWITCH:
        memcpy(place, &on, sizeof on);
        return true;
    case OPTION_TEXT:
        memcpy(place, &argument, sizeof argument);
        return true;
    case OPTION_NUMBER:
    case OPTION_SECONDS:
        break;
    }
    int64_t unit = row->type == OPTION_SECONDS ? CLOCK_SECOND : 1;
    if (parse_int(argument, row->least, row->most / unit, &number) != ERR_OK)
        return false;
    number *= unit;
    memcpy(place, &number, sizeof number);
    return true;
}

/* Fills in what getopt_long wants; it gives OPTION_LONG + row for each of them, or its letter. */
static void getopt_tables(struct option longs[OPTION_ROWS + 1], char shorts[2 * OPTION_ROWS + 1]) {
    for (int i = 0; i < OPTION_ROWS; i++) {
        const struct option_row *o = &option_rows[i];
        longs[i] = (struct option){o->name, o->argument ? required_argument : no_argument, NULL, OPTION_LONG + i};
        if (!o->letter)
            continue;
        *shorts++ = o->letter;
        if (o->argument)
            *shorts++ = ':';
    }
    longs[OPTION_ROWS] = (struct option){0};
    *shorts = 0;
}

static int row_of(int found) {
    int i = 0;
    if (found >= OPTION_LONG)
        return found - OPTION_LONG;
    while (option_rows[i].letter != found)
        i++;
    return i;
}

/* -1: go on; else the exit status. */
static int take_options(struct ctl *ctl, struct given *given, int argc, char **argv) {
    struct option longs[OPTION_ROWS + 1];
    char shorts[2 * OPTION_ROWS + 1];
    getopt_tables(longs, shorts);
    for (int found; (found = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (found == '?')
            return usage("an option isn't right", NULL);
        int row = row_of(found);
        if (!take_option(ctl, &option_rows[row], optarg))
            return usage("a whole number is needed", optarg);
        given->rows[row] = true;
    }
    if (ctl->help)
        print_help(stdout);
    else if (ctl->version)
        puts("phanhoictl " PHANHOI_VERSION);
    return ctl->help || ctl->version ? CTL_FINE : -1;
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
    for (int i = 0; i < OPTION_ROWS; i++) {
        if (given->rows[i] && !listed("socket config json", option_rows[i].name) && !listed(c->options, option_rows[i].name))
            return usage("that command has no such option", option_rows[i].name);
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
        ctl->words = words;
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
    if (config_load(ctl->config_file, &problems, &config) == ERR_OK) {
        ctl->config = config;
        if (!ctl->socket)
            ctl->socket = config->socket;
        status = run(ctl, given, count, words);
    } else {
        fputs(problems.data, stderr);
    }
    config_free(config);
    str_release(&problems);
    return status;
}

static int without_config(struct ctl *ctl, const struct given *given, int count, char **words) {
    if (!ctl->socket)
        ctl->socket = CONFIG_DEFAULT_SOCKET;
    return run(ctl, given, count, words);
}

int main(int argc, char **argv) {
    struct ctl ctl = {.wait_ms = -1};
    struct given given = {0};
    int status = take_options(&ctl, &given, argc, argv);
    if (status < 0 && argc > optind && strcmp(argv[optind], "help") == 0) {
        print_help(stdout);
        status = CTL_FINE;
    }
    if (status < 0)
        status = (ctl.config_file ? with_config : without_config)(&ctl, &given, argc - optind, argv + optind);
    return fflush(stdout) == 0 ? status : CTL_FAILED;
}
