/* The configuration file (libconfig syntax): read once at start, checked against config_schema.c.
 *
 * Unknown groups and keys, wrong types, values out of range, names used twice: each is a problem of one line,
 *   phanhoi.conf:41: modems[1].device: unknown key; allowed here: name, line, number, driver, …
 * All of them are gathered, so that one look at the file is enough. Nothing is half applied: a file with a problem isn't used. */
#ifndef HOST_CONFIG_H
#define HOST_CONFIG_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/phone.h"
#include "firmware-host/base/str.h"
#include "smsc/smsc.h"
#include "store/calendar.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_MODEMS_MAX 64
#define CONFIG_SERVICES_MAX 64
#define CONFIG_DEFAULT_PATH "/etc/phanhoi/phanhoi.conf"
#define CONFIG_DEFAULT_SOCKET "/run/phanhoi/control.sock"

enum config_driver { DRIVER_AT, DRIVER_GAMMU, DRIVER_AUTO };
enum config_report_schedule { REPORTS_NEVER, REPORTS_WEEKLY, REPORTS_MONTHLY, REPORTS_QUARTERLY };

struct config_modem {
    char *name; /* unique; the link's name everywhere */
    char *line; /* unique */
    char *where; /* the line stands in the file: "phanhoi.conf:41: modems[1].line" */
    struct phone number; /* of its SIM */
    int driver; /* enum config_driver */
    struct smsc_sim sim; /* its link is the name */
    char *balance_code, *balance_words, *expiry_words; /* "": as the operator has them; code "-": never asked */
    char *pin_file; /* "": none */
};

struct config_central { /* texts: "": not given */
    int profile, batch, parallel, park_after; /* profile: an index, see config_central_profile; batch 0: as the store says */
    int64_t timeout, heartbeat; /* ms */
    char *token_file, *user, *oauth_url, *oauth_id, *oauth_secret_file, *oauth_scope;
    char *ca_file, *cert_file, *key_file, *secret_file, *public_key_file;
    char *webhook_listen, *webhook_secret_file, *webhook_cert_file, *webhook_key_file; /* listen "": nothing does */
};

struct config_open311 { /* texts: "": not given */
    char *jurisdiction, *api_key_file;
    int format; /* an index, see config_open311_format */
    bool confidential;
};

struct config_service {
    char *field, *code, *unit;
};

struct config {
    struct smsc_settings smsc; /* its strings belong to the config */
    char *store_path, *key_file;
    int reserve; /* MiB */
    char *socket, *socket_group; /* group "": none */
    char *calendar_file; /* "": the calendar inside the program */
    bool pending_as_off;
    char *directory_file; /* "": none */
    char *operators_file; /* "": none */
    char *texts_file; /* "": none of the operator's own */
    int clock_rate; /* 1: real time */
    int64_t clock_start; /* wall ms; 0: not given */
    char *central_url; /* "": there is no central store */
    char *usb_reset_folder; /* "": USB devices aren't reset */
    struct config_central central;
    struct config_open311 open311;
    struct config_service services[CONFIG_SERVICES_MAX];
    size_t service_count;
    char *worker_program; /* "": phanhoi-modem beside this program */
    int64_t hello_deadline, send_deadline, life_deadline, stop_deadline; /* ms */
    int64_t restart_base, restart_cap, restart_stable; /* ms */
    int bad_lines_max;
    int worker_pace;
    char *report_folder;
    int report_schedule; /* enum config_report_schedule */
    int report_by; /* enum report_by */
    int segment_cost; /* đồng */
    int64_t export_life; /* ms */
    int export_rows;
    bool balance_check;
    int balance_time; /* minute of the day in Vietnam */
    int balance_after_sent, balance_threshold; /* parts, dong; 0: never */
    int log_level; /* index: error, warning, notice, info, debug */
    struct config_modem modems[CONFIG_MODEMS_MAX];
    size_t modem_count;
    struct smsc_sim sims[CONFIG_MODEMS_MAX]; /* of the modems, for smsc.sims */
};

/* ERR_INVALID: the file has problems, all of them in `problems`, a line each. ERR_IO: it can't be read. */
MUST_CHECK enum err config_load(const char *path, struct str *problems, struct config **ret_config);
void config_free(struct config *config);

/* The calendar that it names: calendar.file, else the one inside the program. ERR_IO, ERR_INVALID with `problem`. */
MUST_CHECK enum err config_calendar(const struct config *config, struct str *problem, struct calendar **ret_calendar);
/* The calendar of a file; path "": the one inside the program. ERR_IO, ERR_TOO_LONG, ERR_INVALID with `problem`. */
MUST_CHECK enum err config_calendar_at(const char *path, bool pending_as_off, struct str *problem, struct calendar **ret_calendar);

bool config_training(const struct config *config); /* whether the clock isn't the real one */

/* The numbering plan that it names, operators.file; NULL without one. ERR_IO, ERR_INVALID with `problems`, a line each. operators_free() it. */
MUST_CHECK enum err config_operators(const struct config *config, struct str *problems, struct operators **ret_operators);

/* The texts that it names: texts.file over those of the program. ERR_IO, ERR_INVALID with `problems`, a line each. templates_free() them. */
MUST_CHECK enum err config_templates(const struct config *config, struct str *problems, struct templates **ret_templates);
/* The same of any file, for an appliance of that name and short code. */
/* The same of a text; `name` stands in front of problems. */
MUST_CHECK enum err config_templates_text(const struct config *config, const char *text, const char *name, struct str *problems,
                                          struct templates **ret_templates);
MUST_CHECK enum err config_templates_file(const char *path, const struct template_values *settings, struct str *problems,
                                          struct templates **ret_templates);

const char *config_central_profile(const struct config *config); /* "ce" */
const char *config_open311_format(const struct config *config); /* "json" */
const char *config_driver_name(int driver); /* "at" */
const char *config_log_level_name(int log_level); /* "info" */

/* The commented sample: the required keys with example values, the others commented out with their defaults. It passes config_load(). */
void config_print_sample(struct str *to);

#endif
