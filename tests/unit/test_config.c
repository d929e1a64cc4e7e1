/* The configuration file: what is taken, and what is said about what isn't. */
#include "firmware-host/config.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/config_schema.h"
#include "tests/unit/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEAST \
    "appliance = { id = \"th-01\"; index = 0; of = 8; province = \"38\"; name = \"Thanh Hoa\"; shortcode = \"1022\"; };\n" \
    "store     = { path = \"/var/lib/phanhoi/phanhoi.db\"; key_file = \"/etc/phanhoi/seal.key\"; };\n" \
    "control   = { socket = \"/run/phanhoi/control.sock\"; };\n" \
    "modems    = ( { name = \"m1\"; line = \"pty:/run/vnet/m1\"; number = \"+84912000001\"; driver = \"at\"; } );\n"

struct file {
    struct folder folder;
    char *path;
    struct str problems;
    struct config *config; /* NULL: not loaded */
};

static int setup(void **state) {
    struct file *f = mem_alloc(sizeof *f);
    folder_make(&f->folder);
    f->path = folder_file(&f->folder, "phanhoi.conf");
    str_init(&f->problems, 65536);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct file *f = *state;
    config_free(f->config);
    str_release(&f->problems);
    free(f->path);
    folder_remove(&f->folder);
    free(f);
    return 0;
}

static void write_octets(struct file *f, const char *data, size_t len) {
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static enum err load(struct file *f, const char *text) {
    write_octets(f, text, strlen(text));
    config_free(f->config);
    f->config = NULL;
    str_clear(&f->problems);
    return config_load(f->path, &f->problems, &f->config);
}

/* The file is refused, and one of the lines about it is exactly `path:line: rest`. */
static void refused(struct file *f, const char *text, int line, const char *rest) {
    char wanted[1024];
    assert_int_equal(load(f, text), ERR_INVALID);
    snprintf(wanted, sizeof wanted, line ? "%s:%d: %s\n" : "%s%.0d: %s\n", f->path, line, rest);
    if (!strstr(f->problems.data, wanted))
        fail_msg("wanted: %sgot: %s", wanted, f->problems.data);
}

static void the_least_that_runs(void **state) {
    struct file *f = *state;
    assert_int_equal(load(f, LEAST), ERR_OK);
    const struct config *c = f->config;
    assert_string_equal(c->smsc.appliance_id, "th-01");
    assert_int_equal(c->smsc.index, 0);
    assert_int_equal(c->smsc.of, 8);
    assert_string_equal(c->smsc.province, "38");
    assert_string_equal(c->smsc.province_name, "Thanh Hoa");
    assert_string_equal(c->smsc.province_name_accented, "Thanh Hoa");
    assert_string_equal(c->smsc.shortcode, "1022");
    assert_string_equal(c->store_path, "/var/lib/phanhoi/phanhoi.db");
    assert_string_equal(c->key_file, "/etc/phanhoi/seal.key");
    assert_string_equal(c->socket, "/run/phanhoi/control.sock");
    assert_int_equal(c->modem_count, 1);
    assert_string_equal(c->modems[0].name, "m1");
    assert_string_equal(c->modems[0].line, "pty:/run/vnet/m1");
    assert_string_equal(c->modems[0].number.text, "+84912000001");
    assert_int_equal(c->modems[0].driver, DRIVER_AT);
    assert_int_equal(c->log_level, 3);
    assert_string_equal(config_log_level_name(c->log_level), "info");
}

/* The table repeats the centre's defaults as text; they must be the same. */
static void defaults_are_those_of_the_message_centre(void **state) {
    struct file *f = *state;
    struct smsc_settings d;
    smsc_settings_default(&d);
    assert_int_equal(load(f, LEAST), ERR_OK);
    const struct smsc_settings *s = &f->config->smsc;
    assert_int_equal(s->cases.intake_days, d.cases.intake_days);
    assert_int_equal(s->cases.unit_days, d.cases.unit_days);
    assert_int_equal(s->cases.coordination_days, d.cases.coordination_days);
    assert_int_equal(s->cases.publication_days, d.cases.publication_days);
    assert_int_equal(s->cases.rejoinder_days, d.cases.rejoinder_days);
    assert_int_equal(s->cases.reconsideration_days, d.cases.reconsideration_days);
    assert_int_equal(s->cases.supplement_days, d.cases.supplement_days);
    assert_int_equal(s->cases.reason_days, d.cases.reason_days);
    assert_int_equal(s->cases.callback_days, d.cases.callback_days);
    assert_int_equal(s->cases.supplement_restart_days, d.cases.supplement_restart_days);
    assert_int_equal(s->cases.cutoff_time, d.cases.cutoff_time);
    assert_int_equal(s->cases.t1_on_transfer, d.cases.t1_on_transfer);
    assert_int_equal(s->cases.pause_on_need_info, d.cases.pause_on_need_info);
    assert_int_equal(s->cases.pauses_max, d.cases.pauses_max);
    assert_int_equal(s->cases.hops_max, d.cases.hops_max);
    assert_int_equal(s->cases.t5_no_receipt_days, d.cases.t5_no_receipt_days);
    assert_int_equal(s->cases.refusal_rejoinder, d.cases.refusal_rejoinder);
    assert_int_equal(s->cases.behalf_consent_gate, d.cases.behalf_consent_gate);
    assert_int_equal(s->cases.overall_limit, d.cases.overall_limit);
    assert_int_equal(s->cases.rating_change_days, d.cases.rating_change_days);
    assert_int_equal(s->cases.duplicate_days, d.cases.duplicate_days);
    assert_int_equal(s->t1_start, d.t1_start);
    assert_int_equal(s->t5_start, d.t5_start);
    assert_int_equal(s->t5_print, d.t5_print);
    assert_int_equal(s->due_time, d.due_time);
    assert_int_equal(s->reassembly_wait, d.reassembly_wait);
    assert_int_equal(s->late_part_window, d.late_part_window);
    assert_int_equal(s->draft_life, d.draft_life);
    assert_int_equal(s->confirm_freetext, d.confirm_freetext);
    assert_int_equal(s->quiet_from, d.quiet_from);
    assert_int_equal(s->quiet_to, d.quiet_to);
    assert_int_equal(s->reply_validity, d.reply_validity);
    assert_int_equal(s->notice_validity, d.notice_validity);
    assert_int_equal(s->unknown_wait, d.unknown_wait);
    assert_int_equal(s->attempts_max, d.attempts_max);
    assert_int_equal(s->abuse.messages_per_hour, d.abuse.messages_per_hour);
    assert_int_equal(s->abuse.flood_per_hour, d.abuse.flood_per_hour);
    assert_int_equal(s->abuse.wrong_codes, d.abuse.wrong_codes);
    assert_int_equal(s->abuse.wrong_codes_flood, d.abuse.wrong_codes_flood);
    assert_int_equal(s->abuse.same_text, d.abuse.same_text);
    assert_int_equal(s->abuse.limit_life, d.abuse.limit_life);
    assert_int_equal(s->retry_base, d.retry_base);
    assert_int_equal(s->rate_per_minute, d.rate_per_minute);
    assert_int_equal(s->reply_link_wait, d.reply_link_wait);
    assert_int_equal(s->want_reports, d.want_reports);
}

static void every_kind_of_value(void **state) {
    struct file *f = *state;
    assert_int_equal(load(f, LEAST "messages = { reassembly_wait = 2.5; want_reports = false; confirm_freetext = \"never\"; };\n"
                                   "quiet_hours = { from = \"22:30\"; to = \"06:05\"; };\n"
                                   "calendar = { pending_as_off = true; };\n"
                                   "deadlines = { intake_days = 3; t1_start = \"arrival\"; t1_on_transfer = \"keep\"; due_time = \"16:30\"; };\n"
                                   "worker = { restart_base = 0.1; send_deadline = 3600; };\n"
                                   "log = { level = \"debug\"; };\n"),
                     ERR_OK);
    const struct config *c = f->config;
    assert_int_equal(c->smsc.cases.intake_days, 3);
    assert_int_equal(c->smsc.t1_start, SMSC_T1_ARRIVAL);
    assert_int_equal(c->smsc.cases.t1_on_transfer, T1_KEEP);
    assert_int_equal(c->smsc.due_time, 16 * 60 + 30);
    assert_int_equal(c->smsc.reassembly_wait, 2500);
    assert_false(c->smsc.want_reports);
    assert_int_equal(c->smsc.confirm_freetext, SMSC_CONFIRM_NEVER);
    assert_int_equal(c->smsc.quiet_from, 22 * 60 + 30);
    assert_int_equal(c->smsc.quiet_to, 6 * 60 + 5);
    assert_true(c->pending_as_off);
    assert_int_equal(c->restart_base, 100);
    assert_int_equal(c->send_deadline, 3600000);
    assert_string_equal(config_log_level_name(c->log_level), "debug");
}

static void every_form_of_line_and_number(void **state) {
    struct file *f = *state;
    assert_int_equal(load(f, "appliance = { id = \"a\"; index = 7; of = 8; province = \"38\"; name = \"X\"; shortcode = \"+84912000009\"; };\n"
                             "store = { path = \"a\"; key_file = \"b\"; };\ncontrol = { socket = \"c\"; };\n"
                             "modems = ( { name = \"a\"; line = \"serial:/dev/ttyUSB0\"; number = \"0912 000 001\"; },\n"
                             "  { name = \"b\"; line = \"tcp://192.0.2.1:4001\"; number = \"84912000002\"; },\n"
                             "  { name = \"c\"; line = \"tcp://[2001:db8::1]:4001\"; number = \"+84 912-000-003\"; } );\n"),
                     ERR_OK);
    assert_int_equal(f->config->modem_count, 3);
    assert_string_equal(f->config->modems[0].number.text, "+84912000001");
    assert_string_equal(f->config->modems[1].number.text, "+84912000002");
    assert_string_equal(f->config->modems[2].number.text, "+84912000003");
}

static void no_modem_is_allowed_but_must_be_said(void **state) {
    struct file *f = *state;
    char *end = strstr(LEAST, "modems");
    char *head = mem_string_n(LEAST, strlen(LEAST) - strlen(end));
    struct str text;
    str_init(&text, 4096);
    str_addf(&text, "%smodems = ();\n", head);
    assert_int_equal(load(f, text.data), ERR_OK);
    assert_int_equal(f->config->modem_count, 0);
    refused(f, head, 0, "modems: a list ( { … }, { … } ) is needed, empty if there are none");
    free(head);
    str_release(&text);
}

static void unknown_keys_are_named_with_what_is_allowed(void **state) {
    struct file *f = *state;
    refused(f, LEAST "log = {\n  levl = \"info\";\n};\n", 6, "log.levl: unknown key (did you mean level?); allowed here: level");
    struct str groups, wanted;
    str_init(&groups, 1024);
    str_init(&wanted, 2048);
    for (int g = 0; g < GROUP_COUNT; g++)
        str_addf(&groups, "%s%s", g ? ", " : "", config_groups[g].name);
    str_addf(&wanted, "logg: unknown group (did you mean log?); allowed here: %s", groups.data);
    refused(f, LEAST "logg = { level = \"info\"; };\n", 5, wanted.data);
    str_clear(&wanted);
    str_addf(&wanted, "telephone: unknown group; allowed here: %s", groups.data);
    refused(f, LEAST "telephone = 3;\n", 5, wanted.data);
    str_release(&groups);
    str_release(&wanted);
    refused(f,
            "appliance = { id = \"th-01\"; index = 0; of = 8; province = \"38\"; name = \"Thanh Hoa\"; shortcode = \"1022\"; };\n"
            "store = { path = \"x\"; key_file = \"y\"; };\ncontrol = { socket = \"z\"; };\n"
            "modems = (\n  { name = \"m1\"; line = \"pty:/x\"; number = \"0912000001\"; },\n"
            "  { name = \"m2\"; line = \"pty:/y\"; number = \"0912000002\";\n    device = \"/dev/ttyUSB7\"; }\n);\n",
            7,
            "modems[1].device: unknown key; allowed here: name, line, number, driver, operator, cost_same, cost_other, per_minute, per_hour, "
            "per_day, weight, balance_code, balance_words, expiry_words, pin_file");
}

static void wrong_values_say_what_is_allowed(void **state) {
    struct file *f = *state;
    static const struct {
        const char *text, *rest;
    } rows[] = {
        {"deadlines = { intake_days = \"2\"; };", "deadlines.intake_days: a whole number from 1 to 60 is allowed"},
        {"deadlines = { intake_days = 0; };", "deadlines.intake_days: a whole number from 1 to 60 is allowed"},
        {"deadlines = { intake_days = 99999999999L; };", "deadlines.intake_days: a whole number from 1 to 60 is allowed"},
        {"deadlines = { intake_days = 2.0; };", "deadlines.intake_days: a whole number from 1 to 60 is allowed"},
        {"deadlines = { supplement_days = 1; };", "deadlines.supplement_days: a whole number from 2 to 60 is allowed"},
        {"deadlines = { t1_on_transfer = \"never\"; };", "deadlines.t1_on_transfer: allowed: \"restart\", \"keep\""},
        {"deadlines = { t2_start = \"read\"; };", "deadlines.t2_start: allowed: \"transfer\", \"opened\""},
        {"deadlines = { due_time = \"5pm\"; };", "deadlines.due_time: a time of day in quotes from \"00:00\" to \"23:59\" is allowed"},
        {"messages = { reply_validity = 604801; };", "messages.reply_validity: a number of seconds from 300 to 604800 is allowed"},
        {"messages = { reply_validity = 1; };", "messages.reply_validity: a number of seconds from 300 to 604800 is allowed"},
        {"messages = { reply_validity = -1; };", "messages.reply_validity: a number of seconds from 300 to 604800 is allowed"},
        {"messages = { reply_validity = 1e300; };", "messages.reply_validity: a number of seconds from 300 to 604800 is allowed"},
        {"messages = { want_reports = 1; };", "messages.want_reports: true or false is allowed, without quotes"},
        {"messages = { want_reports = \"true\"; };", "messages.want_reports: true or false is allowed, without quotes"},
        {"messages = { confirm_freetext = \"sometimes\"; };", "messages.confirm_freetext: allowed: \"first\", \"always\", \"never\""},
        {"clock = { rate = 0; };", "clock.rate: a whole number from 1 to 100000 is allowed"},
        {"clock = { start = \"2026-02-30T08:00:00Z\"; };", "clock.start: a moment in quotes is allowed, like \"2026-11-23T08:00:00+07:00\""},
        {"clock = { start = \"tomorrow\"; };", "clock.start: a moment in quotes is allowed, like \"2026-11-23T08:00:00+07:00\""},
        {"clock = { rate = 2; };\ncentral = { url = \"https://pakn.example\"; };",
         "clock: a training's cases must not reach a central store: remove central.url"},
        {"quiet_hours = { from = \"24:00\"; };", "quiet_hours.from: a time of day in quotes from \"00:00\" to \"23:59\" is allowed"},
        {"quiet_hours = { from = \"7:00\"; };", "quiet_hours.from: a time of day in quotes from \"00:00\" to \"23:59\" is allowed"},
        {"quiet_hours = { from = 700; };", "quiet_hours.from: a time of day in quotes from \"00:00\" to \"23:59\" is allowed"},
        {"quiet_hours = { from = \"0:::0\"; };", "quiet_hours.from: a time of day in quotes from \"00:00\" to \"23:59\" is allowed"},
        {"log = 3;", "log: a group { … } is allowed"},
        {"log = { level = { a = 1; }; };", "log.level: allowed: \"error\", \"warning\", \"notice\", \"info\", \"debug\""},
        {"calendar = { file = \"a\\x07b\"; };", "calendar.file: control characters or invalid UTF-8 in it"},
        {"calendar = { file = \"\\xff\\xfe\"; };", "calendar.file: control characters or invalid UTF-8 in it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str text;
        str_init(&text, 4096);
        str_addf(&text, "%s\n\n%s\n", LEAST, rows[i].text);
        refused(f, text.data, 7, rows[i].rest);
        str_release(&text);
    }
}

#define LINES_ALLOWED \
    "modems[1].line: allowed: \"serial:/dev/…\", \"usb:PLACE\", \"imei:…\", \"iccid:…\", \"imsi:…\", each with @BAUD if need be, " \
    "\"tcp://host:port\", \"pty:/path\" or \"gammu:connection:/path:model\"; phanhoictl modem scan shows what is there"

static void wrong_modems_say_what_is_allowed(void **state) {
    struct file *f = *state;
    static const struct {
        const char *modem, *rest;
    } rows[] = {
        {"3", "modems[1]: a group { name = …; line = …; number = …; } is allowed"},
        {"{ name = \"m2\"; line = \"/dev/ttyUSB0\"; number = \"0912000002\"; }", LINES_ALLOWED},
        {"{ name = \"m2\"; line = \"imei:12345\"; number = \"0912000002\"; }", LINES_ALLOWED},
        {"{ name = \"m2\"; line = \"iccid:8984048000000000001x\"; number = \"0912000002\"; }", LINES_ALLOWED},
        {"{ name = \"m2\"; line = \"usb:1-2\"; number = \"0912000002\"; }", LINES_ALLOWED},
        {"{ name = \"m2\"; line = \"usb:pci-0000:00:14.0-usb-0:2@fast\"; number = \"0912000002\"; }", LINES_ALLOWED},
        {"{ name = \"m2\"; line = \"imsi:\"; number = \"0912000002\"; }", LINES_ALLOWED},
        {"{ name = \"m2\"; line = \"tcp://host\"; number = \"0912000002\"; }", LINES_ALLOWED},
        {"{ name = \"m2\"; line = \"tcp://host:70000\"; number = \"0912000002\"; }", LINES_ALLOWED},
        {"{ name = \"m2\"; line = \"pty:/y\"; number = \"Viettel\"; }",
         "modems[1].number: a phone number in quotes is allowed, like \"+84912000001\" or \"0912000001\""},
        {"{ name = \"m2\"; line = \"pty:/y\"; number = 912000002; }",
         "modems[1].number: a phone number in quotes is allowed, like \"+84912000001\" or \"0912000001\""},
        {"{ name = \"m2\"; line = \"pty:/y\"; number = \"0912000002\"; driver = \"AT\"; }", "modems[1].driver: allowed: \"at\", \"gammu\", \"auto\""},
        {"{ name = \"m2\"; line = \"gammu:none:/var/lib/x:dummy\"; number = \"0912000002\"; }",
         "modems[1].driver: only libGammu can open \"gammu:none:/var/lib/x:dummy\": driver = \"gammu\""},
        {"{ name = \"m2\"; line = \"gammu:none\"; number = \"0912000002\"; driver = \"gammu\"; }", LINES_ALLOWED},
        {"{ name = \"m 2\"; line = \"pty:/y\"; number = \"0912000002\"; }",
         "modems[1].name: the character ' ' can't be in it; allowed: abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."},
        {"{ name = \"m1\"; line = \"pty:/y\"; number = \"0912000002\"; }", "modems[1].name: \"m1\" is the name of another modem"},
        {"{ name = \"m2\"; line = \"pty:/x\"; number = \"0912000002\"; }", "modems[1].line: \"pty:/x\" is the line of modem m1"},
        {"{ name = \"m2\"; line = \"pty:/y\"; number = \"0912000001\"; }", "modems[1].number: \"+84912000001\" is the number of modem m1"},
        {"{ name = \"m2\"; line = \"pty:/y\"; }", "modems[1].number is missing: The number of its SIM."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str text;
        str_init(&text, 4096);
        str_addf(&text,
                 "appliance = { id = \"th-01\"; index = 0; of = 8; province = \"38\"; name = \"Thanh Hoa\"; shortcode = \"1022\"; };\n"
                 "store = { path = \"x\"; key_file = \"y\"; };\ncontrol = { socket = \"z\"; };\n"
                 "modems = ( { name = \"m1\"; line = \"pty:/x\"; number = \"0912000001\"; },\n%s\n);\n",
                 rows[i].modem);
        refused(f, text.data, 5, rows[i].rest);
        str_release(&text);
    }
}

/* As many modems as the appliance can have, the program says how many that are, and one more is refused whole. */
static void as_many_modems_as_are_allowed_and_one_more(void **state) {
    struct file *f = *state;
    for (int count = CONFIG_MODEMS_MAX; count <= CONFIG_MODEMS_MAX + 1; count++) {
        struct str text;
        str_init(&text, 65536);
        str_add(&text, "appliance = { id = \"th-01\"; index = 0; of = 8; province = \"38\"; name = \"Thanh Hoa\"; shortcode = \"1022\"; };\n"
                       "store = { path = \"x\"; key_file = \"y\"; };\ncontrol = { socket = \"z\"; };\nmodems = (");
        for (int i = 0; i < count; i++)
            str_addf(&text, "%s{ name = \"m%d\"; line = \"pty:/m%d\"; number = \"+849120000%02d\"; }", i ? ", " : "", i, i, i);
        str_add(&text, ");\n");
        if (count <= CONFIG_MODEMS_MAX) {
            assert_int_equal(load(f, text.data), ERR_OK);
            assert_int_equal(f->config->modem_count, CONFIG_MODEMS_MAX);
            assert_string_equal(f->config->modems[CONFIG_MODEMS_MAX - 1].name, "m63");
        } else {
            refused(f, text.data, 4, "modems: 65 of them; at most 64 are allowed");
        }
        str_release(&text);
    }
}

static void the_slot_must_exist(void **state) {
    struct file *f = *state;
    refused(f,
            "appliance = { id = \"th-01\";\n  index = 8; of = 8; province = \"38\"; name = \"Thanh Hoa\"; shortcode = \"1022\"; };\n"
            "store = { path = \"x\"; key_file = \"y\"; };\ncontrol = { socket = \"z\"; };\nmodems = ();\n",
            2, "appliance.index: 8; 0 to 7 are allowed, since of is 8");
}

static void all_problems_are_told_at_once(void **state) {
    struct file *f = *state;
    assert_int_equal(load(f, "appliance = { idd = 1; };\nstore = { };\nmodems = 3;\n"), ERR_INVALID);
    static const char *const wanted[] = {":1: appliance.idd: unknown key (did you mean id?)",
                                         ":1: appliance.id is missing",
                                         ":1: appliance.shortcode is missing",
                                         ":2: store.path is missing",
                                         ": control.socket is missing",
                                         ":3: modems: a list"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (!strstr(f->problems.data, wanted[i]))
            fail_msg("wanted: %s\ngot: %s", wanted[i], f->problems.data);
    }
}

static void what_is_no_configuration(void **state) {
    struct file *f = *state;
    assert_int_equal(load(f, LEAST "log = { level = ; };\n"), ERR_INVALID);
    assert_non_null(strstr(f->problems.data, ":5: syntax error"));
    assert_int_equal(load(f, LEAST LEAST), ERR_INVALID); /* a group twice */
    assert_non_null(strstr(f->problems.data, ":5: "));
    assert_int_equal(load(f, ""), ERR_INVALID);

    static const char octets[] = "\0\xff{\0(\"\n=;";
    write_octets(f, octets, sizeof octets);
    str_clear(&f->problems);
    assert_int_equal(config_load(f->path, &f->problems, &f->config), ERR_INVALID);
    assert_true(f->problems.len > 0);

    str_clear(&f->problems);
    assert_int_equal(config_load("/nonexistent/phanhoi.conf", &f->problems, &f->config), ERR_IO);
    assert_string_equal(f->problems.data, "/nonexistent/phanhoi.conf: can't be read: No such file or directory\n");
    str_clear(&f->problems);
    assert_int_equal(config_load(f->folder.path, &f->problems, &f->config), ERR_IO);
}

static void the_sample_is_good(void **state) {
    struct file *f = *state;
    struct str sample;
    str_init(&sample, 256 * 1024);
    config_print_sample(&sample);
    assert_true(str_ok(&sample));
    assert_int_equal(load(f, sample.data), ERR_OK);

    /* With every default uncommented it still is, and means the same: the sample doesn't lie. */
    struct str full;
    str_init(&full, 256 * 1024);
    for (const char *at = sample.data; *at;) {
        size_t len = strcspn(at, "\n");
        const char *hash = memchr(at, '#', len);
        bool setting = hash && len > 1 && at[len - 1] == ';' && memchr(hash, '=', len - (size_t)(hash - at));
        if (setting)
            str_add_n(&full, hash + 1, len - (size_t)(hash - at) - 1);
        else
            str_add_n(&full, at, len);
        str_add(&full, "\n");
        at += len + (at[len] == '\n');
    }
    struct config *plain = f->config;
    f->config = NULL;
    if (load(f, full.data) != ERR_OK)
        fail_msg("%s", f->problems.data);
    assert_int_equal(f->config->smsc.retry_base, plain->smsc.retry_base);
    assert_int_equal(f->config->smsc.quiet_from, plain->smsc.quiet_from);
    assert_int_equal(f->config->restart_cap, plain->restart_cap);
    assert_int_equal(f->config->bad_lines_max, plain->bad_lines_max);
    assert_int_equal(f->config->log_level, plain->log_level);
    config_free(plain);
    str_release(&full);
    str_release(&sample);
}

static void the_calendar_that_it_names(void **state) {
    struct file *f = *state;
    struct str problem;
    struct calendar *calendar = NULL;
    str_init(&problem, 4096);
    int32_t day = civil_day_number(2026, 11, 24);
    assert_int_equal(load(f, LEAST), ERR_OK);
    assert_int_equal(config_calendar(f->config, &problem, &calendar), ERR_OK);
    assert_true(calendar_working(calendar, day));
    calendar_free(calendar);

    assert_int_equal(load(f, LEAST "calendar = { pending_as_off = true; };\n"), ERR_OK);
    assert_int_equal(config_calendar(f->config, &problem, &calendar), ERR_OK);
    assert_false(calendar_working(calendar, day));
    calendar_free(calendar);

    assert_int_equal(load(f, LEAST "calendar = { file = \"/nonexistent.json\"; };\n"), ERR_OK);
    assert_int_equal(config_calendar(f->config, &problem, &calendar), ERR_IO);
    assert_string_equal(problem.data, "/nonexistent.json: No such file or directory");
    str_release(&problem);
}

static void the_texts_that_it_names(void **state) {
    struct file *f = *state;
    struct str problem, conf;
    struct templates *texts = NULL;
    str_init(&problem, 4096);
    str_init(&conf, 4096);
    assert_int_equal(load(f, LEAST), ERR_OK);
    assert_int_equal(config_templates(f->config, &problem, &texts), ERR_OK);
    assert_string_equal(template_form(texts, TEMPLATE_ACK, false), template_form(templates_default(), TEMPLATE_ACK, false));
    templates_free(texts);

    assert_int_equal(load(f, LEAST "texts = { file = \"/nonexistent.json\"; };\n"), ERR_OK);
    assert_int_equal(config_templates(f->config, &problem, &texts), ERR_IO);
    assert_string_equal(problem.data, "/nonexistent.json: No such file or directory");

    str_clear(&problem); /* any file that is no JSON: the configuration itself */
    str_addf(&conf, LEAST "texts = { file = \"%s\"; };\n", f->path);
    assert_int_equal(load(f, conf.data), ERR_OK);
    assert_int_equal(config_templates(f->config, &problem, &texts), ERR_INVALID);
    assert_memory_equal(problem.data, f->path, strlen(f->path));
    assert_non_null(strstr(problem.data, ":1:"));
    str_release(&conf);
    str_release(&problem);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_least_that_runs),
        TEST(defaults_are_those_of_the_message_centre),
        TEST(every_kind_of_value),
        TEST(every_form_of_line_and_number),
        TEST(no_modem_is_allowed_but_must_be_said),
        TEST(unknown_keys_are_named_with_what_is_allowed),
        TEST(wrong_values_say_what_is_allowed),
        TEST(wrong_modems_say_what_is_allowed),
        TEST(as_many_modems_as_are_allowed_and_one_more),
        TEST(the_slot_must_exist),
        TEST(all_problems_are_told_at_once),
        TEST(what_is_no_configuration),
        TEST(the_sample_is_good),
        TEST(the_calendar_that_it_names),
        TEST(the_texts_that_it_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
