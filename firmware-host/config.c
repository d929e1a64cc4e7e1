/* Reads the configuration file and prints its sample, both by walking the table of config_schema.c.
 *
 * libconfig parses; every setting is then looked up in the table and put where its row says. Problems are gathered, a line each, with the file
 * and line that libconfig remembers for the setting. At most PROBLEMS_MAX octets of them are kept. A file with a problem leaves nothing behind. */
#include "firmware-host/config.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "firmware-host/config_schema.h"
#include "firmware-host/modem_line.h"
#include "store/central/http.h"
#include "store/embedded.h"

#include <errno.h>
#include <libconfig.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALENDAR_FILE_MAX = 1024 * 1024, TEXTS_FILE_MAX = 1024 * 1024 };

struct reading {
    const char *path;
    struct str *problems;
    struct config *config;
    size_t count; /* of problems */
};

/* What a setting holds, before it's known which type it should have. */
struct raw {
    enum { RAW_TEXT, RAW_INTEGER, RAW_FLOAT, RAW_BOOL, RAW_OTHER } type;
    const char *text;
    int64_t integer;
    double real;
};

/* ---- problems ---- */

static void problem_at(struct reading *r, const config_setting_t *setting, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void problem_at(struct reading *r, const config_setting_t *setting, const char *format, ...) {
    const char *file = setting ? config_setting_source_file(setting) : NULL;
    str_addf(r->problems, "%s", file ? file : r->path);
    if (setting && config_setting_source_line(setting) > 0)
        str_addf(r->problems, ":%d", (int)config_setting_source_line(setting));
    str_add(r->problems, ": ");
    va_list args;
    va_start(args, format);
    str_vaddf(r->problems, format, args);
    va_end(args);
    str_add(r->problems, "\n");
    r->count++;
}

/* "modems[1].device", "store.path", "log" */
static void where(const config_setting_t *setting, struct str *to) {
    const config_setting_t *parent = config_setting_parent(setting);
    if (parent && !config_setting_is_root(parent)) {
        where(parent, to);
        if (config_setting_name(setting))
            str_add(to, ".");
    }
    if (config_setting_name(setting))
        str_add(to, config_setting_name(setting));
    else
        str_addf(to, "[%d]", config_setting_index(setting));
}

/* How many single-letter changes make one word of the other (Levenshtein). Words longer than any key count as far away. */
static size_t distance(const char *a, const char *b) {
    enum { MOST = 32 };
    size_t la = strlen(a), lb = strlen(b);
    if (la > MOST || lb > MOST)
        return MOST;
    size_t row[MOST + 1];
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t least = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < least)
                least = row[j] + 1;
            if (row[j - 1] + 1 < least)
                least = row[j - 1] + 1;
            row[j] = least;
        }
    }
    return row[lb];
}

/* The names that are allowed at one place, and the nearest to what stands there. */
struct hint {
    const char *wrong;
    struct str allowed;
    const char *nearest;
    size_t nearest_distance;
};

static void hint_init(struct hint *h, const char *wrong) {
    *h = (struct hint){.wrong = wrong, .nearest_distance = strlen(wrong) / 3 + 2};
    str_init(&h->allowed, 2048);
}

static void hint_add(struct hint *h, const char *name) {
    str_addf(&h->allowed, "%s%s", h->allowed.len ? ", " : "", name);
    size_t d = distance(h->wrong, name);
    if (d < h->nearest_distance) {
        h->nearest = name;
        h->nearest_distance = d;
    }
}

static void problem_unknown(struct reading *r, const config_setting_t *setting, const char *what, struct hint *h) {
    struct str at;
    str_init(&at, 512);
    where(setting, &at);
    if (h->nearest)
        problem_at(r, setting, "%s: unknown %s (did you mean %s?); allowed here: %s", at.data, what, h->nearest, h->allowed.data);
    else
        problem_at(r, setting, "%s: unknown %s; allowed here: %s", at.data, what, h->allowed.data);
    str_release(&at);
    str_release(&h->allowed);
}

/* ---- values: each puts raw into place, or says in `why` what is allowed ---- */

static bool put_integer(const struct config_key *key, const struct raw *raw, void *place, struct str *why) {
    if (raw->type != RAW_INTEGER || raw->integer < key->least || raw->integer > key->most) {
        str_addf(why, "a whole number from %lld to %lld is allowed", (long long)key->least, (long long)key->most);
        return false;
    }
    *(int *)place = (int)raw->integer;
    return true;
}

static bool put_seconds(const struct config_key *key, const struct raw *raw, void *place, struct str *why) {
    double seconds = raw->type == RAW_INTEGER ? (double)raw->integer : raw->type == RAW_FLOAT ? raw->real : (double)NAN;
    double ms = seconds * 1000;
    if (!(ms > (double)key->least - 0.5 && ms < (double)key->most + 0.5)) {
        str_addf(why, "a number of seconds from %g to %g is allowed", (double)key->least / 1000, (double)key->most / 1000);
        return false;
    }
    *(int64_t *)place = (int64_t)(ms + 0.5);
    return true;
}

static bool put_switch(const struct config_key *key, const struct raw *raw, void *place, struct str *why) {
    (void)key;
    if (raw->type != RAW_BOOL) {
        str_add(why, "true or false is allowed, without quotes");
        return false;
    }
    *(bool *)place = raw->integer != 0;
    return true;
}

static bool put_choice(const struct config_key *key, const struct raw *raw, void *place, struct str *why) {
    for (int i = 0; raw->type == RAW_TEXT && key->words[i]; i++) {
        if (strcmp(raw->text, key->words[i]) == 0) {
            *(int *)place = i;
            return true;
        }
    }
    for (int i = 0; raw->type == RAW_TEXT && key->later && key->later[i]; i++) {
        if (strcmp(raw->text, key->later[i]) == 0)
            str_addf(why, "\"%s\" is not built yet; ", raw->text);
    }
    str_add(why, "allowed:");
    for (int i = 0; key->words[i]; i++)
        str_addf(why, "%s \"%s\"", i ? "," : "", key->words[i]);
    return false;
}

static bool put_phone(const struct config_key *key, const struct raw *raw, void *place, struct str *why) {
    struct phone phone = {.kind = PHONE_NONE};
    if (key->preset && raw->type == RAW_TEXT && !*raw->text) { /* it may be none */
        *(struct phone *)place = phone;
        return true;
    }
    if (raw->type != RAW_TEXT || phone_parse(raw->text, &phone) != ERR_OK || (phone.kind != PHONE_E164 && phone.kind != PHONE_SHORT)) {
        str_add(why, "a phone number in quotes is allowed, like \"+84912000001\" or \"0912000001\"");
        return false;
    }
    *(struct phone *)place = phone;
    return true;
}

static bool put_time_of_day(const struct config_key *key, const struct raw *raw, void *place, struct str *why) {
    (void)key;
    const char *t = raw->type == RAW_TEXT ? raw->text : "";
    if (strlen(t) == 5 && strspn(t, "0123456789:") == 5 && t[2] == ':' && strchr(t, ':') == strrchr(t, ':')) {
        int hour = (t[0] - '0') * 10 + t[1] - '0', minute = (t[3] - '0') * 10 + t[4] - '0';
        if (hour < 24 && minute < 60) {
            *(int *)place = hour * 60 + minute;
            return true;
        }
    }
    str_add(why, "a time of day in quotes from \"00:00\" to \"23:59\" is allowed");
    return false;
}

static bool put_moment(const struct config_key *key, const struct raw *raw, void *place, struct str *why) {
    (void)key;
    int64_t wall = 0;
    if (raw->type != RAW_TEXT || (*raw->text && (clock_parse_iso(raw->text, &wall) != ERR_OK || wall <= 0))) {
        str_add(why, "a moment in quotes is allowed, like \"2026-11-23T08:00:00+07:00\"");
        return false;
    }
    *(int64_t *)place = wall;
    return true;
}

static void put_string(void *place, const char *text) { /* the place may be a const char *: it's the config's all the same */
    char *old, *copy = mem_string(text);
    memcpy(&old, place, sizeof old);
    free(old);
    memcpy(place, &copy, sizeof copy);
}

static bool printable(const char *text) {
    if (!text_valid(text, strlen(text)))
        return false;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7F)
            return false;
    }
    return true;
}

static bool put_text(const struct config_key *key, const struct raw *raw, void *place, struct str *why) {
    if (raw->type != RAW_TEXT) {
        str_add(why, "a text in quotes is allowed");
        return false;
    }
    size_t len = strlen(raw->text);
    if ((int64_t)len < key->least || (int64_t)len > key->most) {
        str_addf(why, "%zu octets; %lld to %lld are allowed", len, (long long)key->least, (long long)key->most);
        return false;
    }
    if (key->allowed && strspn(raw->text, key->allowed) != len) {
        str_addf(why, "the character '%c' can't be in it; allowed: %s", raw->text[strspn(raw->text, key->allowed)], key->allowed);
        return false;
    }
    if (!printable(raw->text)) {
        str_add(why, "control characters or invalid UTF-8 in it");
        return false;
    }
    put_string(place, raw->text);
    return true;
}

static bool put_line(const struct config_key *key, const struct raw *raw, void *place, struct str *why) {
    struct modem_line line;
    if (modem_line_parse(raw->type == RAW_TEXT ? raw->text : "", &line, why) != ERR_OK)
        return false;
    return put_text(key, raw, place, why);
}

typedef bool put(const struct config_key *key, const struct raw *raw, void *place, struct str *why);
static put *const puts_by_type[] = {
    [CONFIG_TEXT] = put_text,     [CONFIG_INTEGER] = put_integer,         [CONFIG_SECONDS] = put_seconds,
    [CONFIG_SWITCH] = put_switch, [CONFIG_CHOICE] = put_choice,           [CONFIG_PHONE] = put_phone,
    [CONFIG_LINE] = put_line,     [CONFIG_TIME_OF_DAY] = put_time_of_day, [CONFIG_MOMENT] = put_moment,
};

static struct raw raw_of(const config_setting_t *setting) {
    struct raw raw = {.type = RAW_OTHER};
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_STRING:
        raw.type = RAW_TEXT;
        raw.text = config_setting_get_string(setting);
        break;
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        raw.type = RAW_INTEGER;
        raw.integer = config_setting_get_int64(setting);
        break;
    case CONFIG_TYPE_FLOAT:
        raw.type = RAW_FLOAT;
        raw.real = config_setting_get_float(setting);
        break;
    case CONFIG_TYPE_BOOL:
        raw.type = RAW_BOOL;
        raw.integer = config_setting_get_bool(setting);
        break;
    default:
        break;
    }
    return raw;
}

static struct raw raw_of_preset(const struct config_key *key) {
    struct raw raw = {.type = RAW_TEXT, .text = key->preset};
    if (key->type == CONFIG_INTEGER || key->type == CONFIG_SECONDS) {
        raw.type = RAW_INTEGER;
        if (parse_int(key->preset, INT64_MIN, INT64_MAX, &raw.integer) != ERR_OK)
            abort();
    } else if (key->type == CONFIG_SWITCH) {
        raw.type = RAW_BOOL;
        raw.integer = strcmp(key->preset, "true") == 0;
    }
    return raw;
}

static void *place_of(void *base, const struct config_key *key) {
    return (char *)base + key->place;
}

/* ---- walking the file ---- */

static void set_presets(enum config_group group, void *base) {
    struct str why;
    str_init(&why, 512);
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        if (key->group != group || !key->preset)
            continue;
        struct raw raw = raw_of_preset(key);
        if (!puts_by_type[key->type](key, &raw, place_of(base, key), &why))
            abort(); /* the table contradicts itself */
    }
    str_release(&why);
}

static const struct config_key *find_key(enum config_group group, const char *name) {
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].group == group && strcmp(config_keys[i].name, name) == 0)
            return &config_keys[i];
    }
    return NULL;
}

static void read_setting(struct reading *r, enum config_group group, const config_setting_t *setting, void *base) {
    const struct config_key *key = find_key(group, config_setting_name(setting));
    if (!key) {
        struct hint h;
        hint_init(&h, config_setting_name(setting));
        for (size_t i = 0; i < config_key_count; i++) {
            if (config_keys[i].group == group)
                hint_add(&h, config_keys[i].name);
        }
        problem_unknown(r, setting, "key", &h);
        return;
    }
    struct raw raw = raw_of(setting);
    struct str at, why;
    str_init(&at, 512);
    str_init(&why, 1024);
    if (!puts_by_type[key->type](key, &raw, place_of(base, key), &why)) {
        where(setting, &at);
        problem_at(r, setting, "%s: %s", at.data, why.data);
    }
    str_release(&at);
    str_release(&why);
}

/* The keys of one { } group; `setting` NULL: the group isn't there. */
static void read_group(struct reading *r, enum config_group group, const config_setting_t *setting, void *base) {
    struct str at;
    str_init(&at, 512);
    if (setting)
        where(setting, &at);
    else
        str_add(&at, config_groups[group].name);
    set_presets(group, base);
    for (int i = 0; setting && i < config_setting_length(setting); i++)
        read_setting(r, group, config_setting_get_elem(setting, (unsigned)i), base);
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        if (key->group == group && !key->preset && !(setting && config_setting_get_member(setting, key->name)))
            problem_at(r, setting, "%s.%s is missing: %s", at.data, key->name, key->help);
    }
    str_release(&at);
}

/* "phanhoi.conf:41: modems[1].line", for what turns out about it later. */
static void remember_where(const struct reading *r, const config_setting_t *modem, struct config_modem *to) {
    const config_setting_t *line = config_setting_get_member(modem, "line");
    struct str at;
    if (!line)
        return;
    const char *file = config_setting_source_file(line);
    str_init(&at, 4096);
    str_addf(&at, "%s:%d: ", file ? file : r->path, (int)config_setting_source_line(line));
    where(line, &at);
    to->where = str_detach(&at);
}

static void read_modems(struct reading *r, const config_setting_t *list) {
    int count = config_setting_length(list);
    if (count > CONFIG_MODEMS_MAX) {
        problem_at(r, list, "modems: %d of them; at most %d are allowed", count, CONFIG_MODEMS_MAX);
        return;
    }
    for (int i = 0; i < count; i++) {
        const config_setting_t *one = config_setting_get_elem(list, (unsigned)i);
        if (!config_setting_is_group(one)) {
            problem_at(r, one, "modems[%d]: a group { name = …; line = …; number = …; } is allowed", i);
            continue;
        }
        struct config_modem *modem = &r->config->modems[r->config->modem_count++];
        read_group(r, GROUP_MODEMS, one, modem);
        if (modem->line && strncmp(modem->line, "gammu:", 6) == 0 && modem->driver == DRIVER_AT)
            problem_at(r, one, "modems[%d].driver: only libGammu can open \"%s\": driver = \"gammu\"", i, modem->line);
        remember_where(r, one, modem);
        for (const struct config_modem *other = r->config->modems; other < modem; other++) {
            if (modem->name && other->name && strcmp(modem->name, other->name) == 0)
                problem_at(r, one, "modems[%d].name: \"%s\" is the name of another modem", i, modem->name);
            if (modem->line && other->line && strcmp(modem->line, other->line) == 0)
                problem_at(r, one, "modems[%d].line: \"%s\" is the line of modem %s", i, modem->line, other->name ? other->name : "?");
            if (modem->number.kind != PHONE_NONE && phone_equal(&modem->number, &other->number))
                problem_at(r, one, "modems[%d].number: \"%s\" is the number of modem %s", i, modem->number.text, other->name ? other->name : "?");
        }
    }
}

static void read_services(struct reading *r, const config_setting_t *list) {
    struct config *c = r->config;
    int count = list ? config_setting_length(list) : 0;
    if (list && (!config_setting_is_list(list) || count > CONFIG_SERVICES_MAX)) {
        problem_at(r, list, "services: a list ( { … }, { … } ) of at most %d is allowed", CONFIG_SERVICES_MAX);
        return;
    }
    for (int i = 0; i < count; i++) {
        const config_setting_t *one = config_setting_get_elem(list, (unsigned)i);
        if (!config_setting_is_group(one)) {
            problem_at(r, one, "services[%d]: a group { field = …; code = …; } is allowed", i);
            continue;
        }
        struct config_service *service = &c->services[c->service_count++];
        read_group(r, GROUP_SERVICES, one, service);
        for (const struct config_service *other = c->services; other < service; other++)
            if (service->field && other->field && strcmp(service->field, other->field) == 0)
                problem_at(r, one, "services[%d].field: \"%s\" stands there twice", i, service->field);
    }
}

static void check_unknown_groups(struct reading *r, const config_setting_t *root) {
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        struct hint h;
        hint_init(&h, config_setting_name(setting));
        bool known = false;
        for (int g = 0; g < GROUP_COUNT; g++) {
            hint_add(&h, config_groups[g].name);
            known = known || strcmp(config_groups[g].name, config_setting_name(setting)) == 0;
        }
        if (known)
            str_release(&h.allowed);
        else
            problem_unknown(r, setting, "group", &h);
    }
}

/* What goes together. */
static void check_central(struct reading *r, const config_setting_t *group) {
    struct config *c = r->config;
    const struct config_central *s = &c->central;
    const struct {
        bool wrong;
        const char *why;
    } rows[] = {
        {*s->token_file && *s->oauth_url, "central: token_file and oauth_url are two ways to the same; one is allowed"},
        {*s->user && !*s->token_file, "central.user: token_file, with the password, is needed with it"},
        {strchr(s->user, ':') != NULL, "central.user: a colon can't be in it"},
        {*s->oauth_url && (!*s->oauth_id || !*s->oauth_secret_file), "central.oauth_url: oauth_id and oauth_secret_file are needed with it"},
        {!*s->cert_file != !*s->key_file, "central: cert_file and key_file go together"},
        {*s->webhook_listen && !*s->webhook_secret_file,
         "central.webhook_listen: webhook_secret_file is needed with it: a knock without a signature is anybody's"},
        {!*s->webhook_cert_file != !*s->webhook_key_file, "central: webhook_cert_file and webhook_key_file go together"},
        {*s->webhook_listen && !*s->webhook_cert_file && strncmp(s->webhook_listen, "127.", 4) != 0 && strncmp(s->webhook_listen, "[::1]:", 6) != 0,
         "central.webhook_listen: without webhook_cert_file only this machine itself may knock (127.0.0.1:PORT)"},
        {strcmp(config_central_profile(c), "open311") == 0 && c->service_count == 0,
         "central.profile: \"open311\" needs services = ( { code = …; } ): what the store is to take a case for"},
        {c->smsc.raw_messages == SMSC_RAW_SEALED && !*s->public_key_file, "central.raw_messages: \"sealed\" needs public_key_file"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].wrong)
            problem_at(r, group, "%s", rows[i].why);
    const struct { const char *name, *url; } urls[] = {{"url", c->central_url}, {"oauth_url", s->oauth_url}};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        const char *why = *urls[i].url ? http_forbidden_url(urls[i].url) : NULL;
        if (why)
            problem_at(r, config_setting_get_member(group, urls[i].name), "central.%s: %s", urls[i].name, why);
    }
    size_t len = strlen(c->central_url);
    c->smsc.central = len > 0;
    if (len > 0 && c->central_url[len - 1] == '/')
        c->central_url[len - 1] = 0;
    else if (!len)
        c->smsc.raw_messages = SMSC_RAW_NONE;
}

static void read_root(struct reading *r, const config_setting_t *root) {
    check_unknown_groups(r, root);
    for (int g = 0; g < GROUP_COUNT; g++) {
        const config_setting_t *setting = config_setting_get_member(root, config_groups[g].name);
        if (g == GROUP_SERVICES) {
            read_services(r, setting);
        } else if (g != GROUP_MODEMS && setting && !config_setting_is_group(setting)) {
            problem_at(r, setting, "%s: a group { … } is allowed", config_groups[g].name);
            set_presets((enum config_group)g, r->config);
        } else if (g != GROUP_MODEMS) {
            read_group(r, (enum config_group)g, setting, r->config);
        } else if (!setting || !config_setting_is_list(setting)) {
            problem_at(r, setting, "modems: a list ( { … }, { … } ) is needed, empty if there are none");
        } else {
            read_modems(r, setting);
        }
    }
    struct config *c = r->config;
    if (r->count == 0 && c->smsc.index >= c->smsc.of)
        problem_at(r, config_setting_get_member(config_setting_get_member(root, "appliance"), "index"),
                   "appliance.index: %d; 0 to %d are allowed, since of is %d", c->smsc.index, c->smsc.of - 1, c->smsc.of);
    if (r->count == 0)
        check_central(r, config_setting_get_member(root, "central"));
    if (r->count == 0 && config_training(c) && *c->central_url)
        problem_at(r, config_setting_get_member(root, "clock"), "clock: a training's cases must not reach a central store: remove central.url");
    for (size_t i = 0; i < c->modem_count; i++) {
        c->sims[i] = c->modems[i].sim;
        c->sims[i].link = c->modems[i].name;
    }
    c->smsc.sims = c->sims;
    c->smsc.sim_count = r->count == 0 ? c->modem_count : 0;
    if (r->count == 0 && !*c->smsc.province_name_accented)
        put_string(&c->smsc.province_name_accented, c->smsc.province_name);
}

enum err config_load(const char *path, struct str *problems, struct config **ret_config) {
    struct config *c = mem_alloc(sizeof *c);
    struct reading r = {.path = path, .problems = problems, .config = c};
    smsc_settings_default(&c->smsc);
    c->smsc.appliance_id = c->smsc.province = c->smsc.province_name = c->smsc.province_name_accented = c->smsc.shortcode = NULL;
    config_t file;
    config_init(&file);
    enum err e = ERR_OK;
    errno = 0;
    if (config_read_file(&file, path)) {
        read_root(&r, config_root_setting(&file));
        if (r.count)
            e = ERR_INVALID;
    } else if (config_error_type(&file) == CONFIG_ERR_PARSE) {
        str_addf(problems, "%s:%d: %s; a setting is written as name = value;\n", config_error_file(&file) ? config_error_file(&file) : path,
                 config_error_line(&file), config_error_text(&file));
        e = ERR_INVALID;
    } else {
        /* any words may have been given for a path, more of them than problems have room for */
        str_addf(problems, "%.*s: can't be read: %s\n", PATH_MAX, path, errno ? strerror(errno) : "is it a file?");
        e = ERR_IO;
    }
    config_destroy(&file);
    if (e == ERR_OK)
        *ret_config = c;
    else
        config_free(c);
    return e;
}

bool config_training(const struct config *config) {
    return config->clock_rate > 1 || config->clock_start != 0;
}

void config_free(struct config *config) {
    if (!config)
        return;
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        if (key->type != CONFIG_TEXT && key->type != CONFIG_LINE)
            continue;
        size_t bases = key->group == GROUP_MODEMS ? config->modem_count : key->group == GROUP_SERVICES ? config->service_count : 1;
        for (size_t b = 0; b < bases; b++) {
            void *base = key->group == GROUP_MODEMS     ? (void *)&config->modems[b]
                         : key->group == GROUP_SERVICES ? (void *)&config->services[b]
                                                        : config;
            char *text;
            memcpy(&text, place_of(base, key), sizeof text);
            free(text);
        }
    }
    for (size_t i = 0; i < config->modem_count; i++)
        free(config->modems[i].where);
    free(config);
}

static enum err read_file(const char *path, struct str *to, struct str *problem) {
    FILE *file = fopen(path, "re");
    char block[4096];
    for (size_t n; file && (n = fread(block, 1, sizeof block, file)) > 0;)
        str_add_n(to, block, n);
    enum err e = !file || ferror(file) ? ERR_IO : str_ok(to) ? ERR_OK : ERR_TOO_LONG;
    if (e != ERR_OK)
        str_addf(problem, "%s: %s", path, e == ERR_IO ? strerror(errno) : err_text(e));
    if (file)
        fclose(file);
    return e;
}

enum err config_calendar_at(const char *path, bool pending_as_off, struct str *problem, struct calendar **ret_calendar) {
    if (!*path)
        return calendar_parse(store_calendar_default[0].text, store_calendar_default[0].name, pending_as_off, problem, ret_calendar);
    struct str json;
    str_init(&json, CALENDAR_FILE_MAX);
    enum err e = read_file(path, &json, problem);
    if (e == ERR_OK && strlen(json.data) != json.len) {
        str_addf(problem, "%s: is not JSON: a NUL octet is in it", path);
        e = ERR_INVALID;
    }
    if (e == ERR_OK)
        e = calendar_parse(json.data, path, pending_as_off, problem, ret_calendar);
    str_release(&json);
    return e;
}

enum err config_calendar(const struct config *config, struct str *problem, struct calendar **ret_calendar) {
    return config_calendar_at(config->calendar_file, config->pending_as_off, problem, ret_calendar);
}

enum err config_templates_file(const char *path, const struct template_values *settings, struct str *problems, struct templates **ret_templates) {
    struct str json;
    str_init(&json, TEXTS_FILE_MAX);
    enum err e = read_file(path, &json, problems);
    if (e == ERR_OK)
        e = templates_parse(json.data ? json.data : "", path, settings, problems, ret_templates);
    str_release(&json);
    return e;
}

enum err config_operators(const struct config *config, struct str *problems, struct operators **ret_operators) {
    struct str json;
    if (!*config->operators_file) {
        *ret_operators = NULL;
        return ERR_OK;
    }
    str_init(&json, OPERATORS_FILE_MAX);
    enum err e = read_file(config->operators_file, &json, problems);
    if (e == ERR_OK && json.data && strlen(json.data) != json.len) {
        str_addf(problems, "%s: is not JSON: a NUL octet is in it", config->operators_file);
        e = ERR_INVALID;
    }
    if (e == ERR_OK)
        e = operators_parse(json.data ? json.data : "", config->operators_file, problems, ret_operators);
    str_release(&json);
    return e;
}

static struct template_values template_settings(const struct config *config) {
    return (struct template_values){.of = {[VARIABLE_PROVINCE] = config->smsc.province_name, [VARIABLE_SHORTCODE] = config->smsc.shortcode}};
}

enum err config_templates_text(const struct config *config, const char *text, const char *name, struct str *problems,
                               struct templates **ret_templates) {
    struct template_values settings = template_settings(config);
    return templates_parse(text, name, &settings, problems, ret_templates);
}

enum err config_templates(const struct config *config, struct str *problems, struct templates **ret_templates) {
    struct template_values settings = template_settings(config);
    if (*config->texts_file)
        return config_templates_file(config->texts_file, &settings, problems, ret_templates);
    return config_templates_text(config, "{}", "texts", problems, ret_templates);
}

/* ---- the sample ---- */

static void print_value(const struct config_key *key, const char *value, struct str *to) {
    bool bare = key->type == CONFIG_INTEGER || key->type == CONFIG_SECONDS || key->type == CONFIG_SWITCH;
    str_addf(to, bare ? "%s" : "\"%s\"", value);
}

static void print_group(enum config_group group, const char *indent, struct str *to) {
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        if (key->group != group)
            continue;
        str_addf(to, "%s# %s%s\n", indent, key->help, key->preset ? "" : " Required.");
        str_addf(to, "%s%s%s = ", indent, key->preset ? "# " : "", key->name);
        print_value(key, key->preset ? key->preset : key->example, to);
        str_add(to, ";\n");
    }
}

void config_print_sample(struct str *to) {
    str_add(to, "# The configuration of phanhoid. Settings that start with # show their default.\n");
    str_add(to, "# Check it with: phanhoid -t -c FILE\n");
    for (int g = 0; g < GROUP_COUNT; g++) {
        str_addf(to, "\n# %s\n", config_groups[g].help);
        bool list = config_groups[g].list_most > 0;
        str_addf(to, "%s = %s\n", config_groups[g].name, list ? "(\n    {" : "{");
        print_group((enum config_group)g, list ? "        " : "    ", to);
        str_add(to, list ? "    }\n);\n" : "};\n");
    }
}
