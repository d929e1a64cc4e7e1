/* The table of modem models. A new model is a new row; behaviour that no row can say yet is a new column. */
#include "modem/virtual/profiles.h"

#include <string.h>

static const struct profile_line silent[] = {{0, NULL}};

/* Lines that modems of several makers say unasked; a client must let every one of them pass. */
static const struct profile_line noise[] = {
    {0, "^RSSI:18"},
    {0, "+QIND: \"csq\",20,99"},
    {0, "*PSUTTZ: 2026,1,2,3,4,5,\"+28\",0"},
    {0, "RDY"},
    {0, "^BOOT:27710117,0,0,0,75"},
    {0, "SMS Ready"},
    {0, "\xff\x80\x01"},
    {0, "+ZUSIMR:2"},
    {0, "OVER-VOLTAGE WARNNING"},
    {0, "^NWTIME: 26/01/02,03:04:05+28,00"},
    {0, "RING"},
    {0, NULL},
};

static const struct profile profiles[] = {
    {
        .name = "generic",
        .help = "TS 27.005 and 27.007 to the letter",
        .manufacturer = "phanhoi",
        .model = "virtual",
        .revision = "1.0",
        .echo = true,
        .slot_base = 1,
        .sim_slots = 20,
        .me_slots = 50,
        .cnmi_range = "(0-3),(0-3),(0,2),(0-2),(0,1)",
        .charsets = "\"GSM\",\"IRA\",\"UCS2\",\"HEX\"",
        .cpms_single = false,
        .empty_slot = 321,
        .unknown = NULL,
        .boot = silent,
        .noise = noise,
    },
};

const struct profile *profile_at(size_t i) {
    return i < sizeof profiles / sizeof *profiles ? &profiles[i] : NULL;
}

const struct profile *profile_find(const char *name) {
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}
