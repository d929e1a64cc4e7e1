/* phanhoictl alarms, modem …: what is wrong with modems, where they were, and what a person has one do. */
#include "firmware-host/ctl.h"

#include <stdio.h>

static void print_alarms(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"MODEM", "modem", COLUMN_TEXT}, {"ALARM", "alarm", COLUMN_TEXT}, {"RAISED", "raised", COLUMN_TIME}, {"DETAIL", "detail", COLUMN_TEXT}};
    ctl_print_rows(result, columns, sizeof columns / sizeof columns[0], "no alarms");
}

enum ctl_exit ctl_alarms(struct ctl *ctl) {
    return ctl_ask(ctl, "alarms", print_alarms);
}

static void print_pin_retry(const struct json *result) {
    const char *name = json_text(result, "name");
    printf("%s: its PIN is tried once more, within a minute\n", name ? name : "?");
}

enum ctl_exit ctl_modem_pin_retry(struct ctl *ctl) {
    return ctl_ask_text(ctl, "modem.pin-retry", "name", print_pin_retry);
}

static void print_sim_retry(const struct json *result) {
    const char *name = json_text(result, "name");
    printf("%s: its SIM is tried again with the next text\n", name ? name : "?");
}

enum ctl_exit ctl_modem_sim_retry(struct ctl *ctl) {
    return ctl_ask_text(ctl, "modem.sim-retry", "name", print_sim_retry);
}

static void print_events(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"ID", "id", COLUMN_NUMBER},   {"TIME", "at", COLUMN_TIME},   {"MODEM", "modem", COLUMN_TEXT}, {"EVENT", "event", COLUMN_TEXT},
        {"IMEI", "imei", COLUMN_TEXT}, {"FROM", "from", COLUMN_TEXT}, {"TO", "to", COLUMN_TEXT},
    };
    ctl_print_rows(result, columns, sizeof columns / sizeof columns[0], "no modem and no SIM was ever moved");
}

enum ctl_exit ctl_modem_events(struct ctl *ctl) {
    return ctl_ask(ctl, "modem.events", print_events);
}
