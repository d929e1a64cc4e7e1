/* Reading files anew: see reload.h. A new calendar counts the open deadlines anew in one transaction; when that fails the message centre gets the old
 * one back. */
#include "firmware-host/reload.h"

#include "firmware-host/base/log.h"
#include "firmware-host/calendar_use.h"
#include "firmware-host/directory_file.h"
#include "store/reseal.h"

static enum err end_transaction(const struct reload_parts *p, enum err e) {
    if (e == ERR_OK)
        e = store_commit(p->store);
    else
        store_rollback(p->store);
    if (e != ERR_OK) {
        smsc_rolled_back(p->smsc);
        turn_report(p->turn, e);
    }
    return e;
}

/* ---- the keys ---- */

/* In the database first: nothing is sealed with a key that it doesn't know of. */
static enum err use_keys(const struct reload_parts *p, struct keyring *next, struct str *problems) {
    enum err e = keyring_follows(p->keys, next, p->config->key_file, problems);
    if (e == ERR_OK)
        e = store_begin(p->store);
    if (e == ERR_OK)
        e = end_transaction(p, reseal_claim_keys(p->store, next, p->config->key_file, problems));
    return e;
}

static enum err reload_keys(const struct reload_parts *p, int64_t now, struct str *problems, struct json_writer *w) {
    struct keyring *next;
    uint8_t ids[KEYRING_MAX];
    bool created;
    (void)now;
    enum err e = keyring_load(p->config->key_file, false, problems, &next, &created);
    if (e != ERR_OK)
        return e;
    e = use_keys(p, next, problems);
    if (e != ERR_OK) {
        keyring_free(next);
        return e;
    }
    keyring_take(p->keys, next);
    size_t count = keyring_ids(p->keys, ids);
    json_put_int(w, "count", (int64_t)count);
    json_put_int(w, "newest", ids[count - 1]);
    return ERR_OK;
}

/* ---- the calendar ---- */

static enum err use_calendar(const struct reload_parts *p, struct calendar *new, int64_t now, int *ret_moved) {
    enum err e = store_begin(p->store);
    if (e == ERR_OK)
        e = end_transaction(p, calendar_use(p->store, p->smsc, new, now, ret_moved));
    if (e == ERR_OK) {
        calendar_free(*p->calendar);
        *p->calendar = new;
    } else {
        smsc_restore_calendar(p->smsc, *p->calendar);
        calendar_free(new);
    }
    return e;
}

static enum err reload_calendar(const struct reload_parts *p, int64_t now, struct str *problems, struct json_writer *w) {
    struct calendar *new;
    int moved = 0;
    enum err e = config_calendar(p->config, problems, &new);
    if (e != ERR_OK)
        return e;
    e = use_calendar(p, new, now, &moved);
    if (e != ERR_OK) {
        str_addf(problems, "calendar: the open deadlines can't be counted anew: %s", err_text(e));
        return e;
    }
    json_put_text(w, "version", calendar_version(*p->calendar));
    json_put_int(w, "deadlines_moved", moved);
    return ERR_OK;
}

/* ---- the texts ---- */

static enum err reload_texts(const struct reload_parts *p, int64_t now, struct str *problems, struct json_writer *w) {
    (void)now;
    (void)w;
    struct templates *new;
    enum err e = config_templates(p->config, problems, &new);
    if (e != ERR_OK)
        return e;
    e = smsc_set_templates(p->smsc, new, problems);
    if (e != ERR_OK) {
        templates_free(new);
        return e;
    }
    templates_free(*p->templates);
    *p->templates = new;
    return ERR_OK;
}

/* ---- the operators of numbers ---- */

static enum err reload_operators(const struct reload_parts *p, int64_t now, struct str *problems, struct json_writer *w) {
    (void)now;
    struct operators *new;
    enum err e = config_operators(p->config, problems, &new);
    if (e != ERR_OK)
        return e;
    smsc_set_operators(p->smsc, new);
    operators_free(*p->operators);
    *p->operators = new;
    json_put_int(w, "ported", (int64_t)operators_ported(new));
    return ERR_OK;
}

/* ---- the directory ---- */

enum err reload_directory(const struct reload_parts *p, int64_t now, struct str *problems) {
    struct directory *d;
    if (!*p->config->directory_file)
        return ERR_OK;
    enum err e = directory_file_read(p->config->directory_file, problems, &d);
    if (e != ERR_OK)
        return e;
    e = store_begin(p->store);
    if (e == ERR_OK)
        e = end_transaction(p, directory_import(p->store, d, now, problems));
    if (e == ERR_OK)
        smsc_directory_changed(p->smsc);
    if (e != ERR_OK && problems->len == 0)
        str_addf(problems, "%s: can't be taken into the database: %s", p->config->directory_file, err_text(e));
    directory_free(d);
    return e;
}

static enum err import_directory(const struct reload_parts *p, int64_t now, struct str *problems, struct json_writer *w) {
    enum err e = reload_directory(p, now, problems);
    int64_t version = 0;
    if (e == ERR_OK)
        e = store_number_get(p->store, STORE_DIRECTORY_VERSION, &version);
    if (e == ERR_OK)
        json_put_int(w, "version", version);
    return e;
}

/* ---- all ---- */

static const struct {
    const char *name;
    enum err (*run)(const struct reload_parts *p, int64_t now, struct str *problems, struct json_writer *w);
} reloads[] = {
    {"keys", reload_keys}, {"calendar", reload_calendar}, {"texts", reload_texts}, {"directory", import_directory}, {"operators", reload_operators}};

enum err reload(const struct reload_parts *parts, int64_t now, struct str *problems, struct json_writer *w) {
    enum err first = turn_refusal(parts->turn);
    if (first != ERR_OK)
        return first;
    json_open_object(w, NULL);
    for (size_t i = 0; i < sizeof reloads / sizeof reloads[0]; i++) {
        struct str problem;
        str_init(&problem, DIRECTORY_PROBLEMS_MAX);
        json_open_object(w, reloads[i].name);
        enum err e = reloads[i].run(parts, now, &problem, w);
        json_put_bool(w, "done", e == ERR_OK);
        json_close_object(w);
        if (e != ERR_OK) {
            if (problem.len == 0)
                str_add(&problem, err_text(e));
            log_event(LOG_LEVEL_ERROR, "reload.refused", log_text("what", reloads[i].name), log_text("problem", problem.data));
            str_addf(problems, "%s%s", problems->len ? "\n" : "", problem.data);
            first = first == ERR_OK ? e : first;
        }
        str_release(&problem);
    }
    json_close_object(w);
    if (first == ERR_OK)
        log_plain(LOG_LEVEL_NOTICE, "reload.done");
    return first;
}
