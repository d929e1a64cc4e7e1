/* Every key of the configuration file: one table. It drives the reading, the checks, the hints about typos and the commented sample that
 * `phanhoid --print-config` prints, so that none of them can differ from another. */
#ifndef HOST_CONFIG_SCHEMA_H
#define HOST_CONFIG_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

enum config_type {
    CONFIG_TEXT, /* char *; least and most count octets */
    CONFIG_INTEGER, /* int */
    CONFIG_SECONDS, /* written in seconds, fractions too, kept as int64_t milliseconds */
    CONFIG_SWITCH, /* bool */
    CONFIG_CHOICE, /* int: the index in `words` */
    CONFIG_PHONE, /* struct phone */
    CONFIG_LINE, /* char *: one of the forms of modem_line.h */
    CONFIG_MOMENT, /* RFC 3339, kept as int64_t wall ms; "": 0 */
    CONFIG_TIME_OF_DAY, /* "21:00", kept as int minutes */
};

enum config_group {
    GROUP_APPLIANCE,
    GROUP_STORE,
    GROUP_CONTROL,
    GROUP_MODEMS, /* a list: its places are in struct config_modem, all others' in struct config */
    GROUP_BALANCE,
    GROUP_MESSAGES,
    GROUP_DEADLINES,
    GROUP_QUIET_HOURS,
    GROUP_ABUSE,
    GROUP_USSD,
    GROUP_RETENTION,
    GROUP_EXPORTS,
    GROUP_CALENDAR,
    GROUP_OPERATORS,
    GROUP_TEXTS,
    GROUP_DIRECTORY,
    GROUP_OFFICERS,
    GROUP_CLOCK,
    GROUP_CENTRAL,
    GROUP_OPEN311,
    GROUP_SERVICES, /* a list: places in struct config_service */
    GROUP_WORKER,
    GROUP_REPORTS,
    GROUP_LOG,
    GROUP_COUNT,
};

struct config_key {
    enum config_group group;
    const char *name;
    enum config_type type;
    size_t place; /* offset of the value */
    const char *preset; /* the default, as it would be typed; NULL: the key is required */
    const char *example; /* what the sample shows for a required key */
    int64_t least, most; /* of the number, the milliseconds, or the octets of a text */
    const char *allowed; /* CONFIG_TEXT: the characters it may consist of; NULL: all printable ones */
    const char *const *words; /* CONFIG_CHOICE: what it may be */
    const char *const *later; /* CONFIG_CHOICE: words that are known but not built yet; NULL: none */
    const char *help;
};

struct config_group_row {
    const char *name;
    const char *help;
    int list_most; /* it's a list of so many groups at most; 0: a group */
};

extern const struct config_group_row config_groups[GROUP_COUNT];
extern const struct config_key config_keys[];
extern const size_t config_key_count;

#endif
