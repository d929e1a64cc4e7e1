/* Reading files anew: see reload.h. A new calendar counts the open deadlines anew in one transaction; when that fails the message centre gets the old
 * one back. */
#include "firmware-host/reload.h"

#include "firmware-host/base/log.h"
#include "firmware-host/calendar_use.h"
#include "firmware-host/central_document_use.h"
#include "firmware-host/directory_file.h"
#include "store/reseal.h"

#include <stdlib.h>

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

/* What comes from the central store is in force and in the database, or neither; NULL: it comes from a file. */
struct origin {
    enum central_document which;
    const char *etag, *text;
};

static enum err keep_origin(const struct reload_parts *p, const struct origin *from, int64_t now) {
    return from ? central_document_put(p->store, from->which, from->etag, from->text, now) : ERR_OK;
}

static enum err use_calendar(const struct reload_parts *p, struct calendar *new, const struct origin *from, int64_t now, int *ret_moved) {
    enum err e = store_begin(p->store);
    if (e == ERR_OK) {
        e = calendar_use(p->store, p->smsc, new, now, ret_moved);
        e = end_transaction(p, e == ERR_OK ? keep_origin(p, from, now) : e);
    }
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
    enum err e = in_force_calendar(p->config, p->store, problems, &new);
    if (e != ERR_OK)
        return e;
    e = use_calendar(p, new, NULL, now, &moved);
    if (e != ERR_OK) {
        str_addf(problems, "calendar: the open deadlines can't be counted anew: %s", err_text(e));
        return e;
    }
    json_put_text(w, "version", calendar_version(*p->calendar));
    json_put_int(w, "deadlines_moved", moved);
    return ERR_OK;
}

/* ---- the texts ---- */

static enum err use_templates(const struct reload_parts *p, struct templates *new, const struct origin *from, int64_t now, struct str *problems) {
    enum err e = smsc_set_templates(p->smsc, new, problems);
    bool set = e == ERR_OK;
    if (e == ERR_OK && from) {
        e = store_begin(p->store);
        if (e == ERR_OK)
            e = end_transaction(p, keep_origin(p, from, now));
    }
    if (e == ERR_OK) {
        templates_free(*p->templates);
        *p->templates = new;
        return ERR_OK;
    }
    if (set && smsc_set_templates(p->smsc, *p->templates, problems) != ERR_OK)
        abort(); /* they were in force until now */
    templates_free(new);
    return e;
}

static enum err reload_texts(const struct reload_parts *p, int64_t now, struct str *problems, struct json_writer *w) {
    (void)w;
    struct templates *new;
    enum err e = in_force_templates(p->config, p->store, problems, &new);
    return e == ERR_OK ? use_templates(p, new, NULL, now, problems) : e;
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

static enum err use_directory(const struct reload_parts *p, struct directory *d, const struct origin *from, int64_t now, struct str *problems) {
    enum err e = store_begin(p->store);
    if (e == ERR_OK) {
        e = directory_import(p->store, d, now, problems);
        e = end_transaction(p, e == ERR_OK ? keep_origin(p, from, now) : e);
    }
    if (e == ERR_OK)
        smsc_directory_changed(p->smsc);
    if (e != ERR_OK && problems->len == 0)
        str_addf(problems, "%s: can't be taken into the database: %s", from ? "directory" : p->config->directory_file, err_text(e));
    directory_free(d);
    return e;
}

enum err reload_directory(const struct reload_parts *p, int64_t now, struct str *problems) {
    struct directory *d = NULL;
    enum err e = in_force_directory(p->config, p->store, problems, &d);
    return e == ERR_OK && d ? use_directory(p, d, NULL, now, problems) : e;
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

/* ---- documents of the central store ---- */

enum err reload_document(const struct reload_parts *p, enum central_document which, const char *etag, const char *text, int64_t now,
                         struct str *problems) {
    const struct origin from = {which, etag, text};
    struct calendar *calendar;
    struct templates *templates;
    struct directory *directory;
    int moved = 0;
    enum err e = turn_refusal(p->turn);
    if (e != ERR_OK)
        return e;
    switch (which) {
    case CENTRAL_DIRECTORY:
        e = document_directory(text, problems, &directory);
        return e == ERR_OK ? use_directory(p, directory, &from, now, problems) : e;
    case CENTRAL_CALENDAR:
        e = document_calendar(p->config, text, problems, &calendar);
        return e == ERR_OK ? use_calendar(p, calendar, &from, now, &moved) : e;
    case CENTRAL_TEMPLATES:
        e = document_templates(p->config, text, problems, &templates);
        return e == ERR_OK ? use_templates(p, templates, &from, now, problems) : e;
    }
    return ERR_INVALID;
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
