/* phanhoictl modem …: what a person has a modem do. */
#include "firmware-host/ctl.h"

#include <stdio.h>

static void print_pin_retry(const struct json *result) {
    const char *name = json_text(result, "name");
    printf("%s: its PIN is tried once more, within a minute\n", name ? name : "?");
}

enum ctl_exit ctl_modem_pin_retry(struct ctl *ctl) {
    return ctl_ask_text(ctl, "modem.pin-retry", "name", print_pin_retry);
}
