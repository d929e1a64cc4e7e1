/* Replaces the directory by a file's content.
 *
 * Compared row by row with what stands there, so that a file that says the same (it is read at every start) changes nothing and makes no new version.
 * An officer is the same person in the same place while key, agency, role and phone are the same: then the row stays, and with it what they were told
 * and how often today. Anything else ends the row and begins another. */
#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "store/db.h"
#include "store/directory_typed.h"
#include "store/outbox.h"
#include "store/subscriber.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 4096, EVENT_MAX = 1024 };

struct import {
    struct store *store;
    const struct directory *d;
    int64_t now;
    size_t changed; /* rows */
    bool *kept; /* of each officer of the file: their row stands already */
};

static bool equal(const char *a, const char *b) { /* NULL is NULL */
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Alternatives, each folded; NULL where there are none. Caller frees. */
static char *fold_words(const char *typed) {
    struct str folded;
    str_init(&folded, WORDS_MAX);
    while (typed && *typed) {
        size_t len = strcspn(typed, "|");
        char *one = mem_string_n(typed, len), *word = text_fold(one);
        if (*word)
            str_addf(&folded, "%s%s", folded.len ? "|" : "", word);
        free(one);
        free(word);
        typed += len + (typed[len] == '|');
    }
    char *words = folded.len ? mem_string(folded.data) : NULL;
    str_release(&folded);
    return words;
}

/* ---- agencies ---- */

static enum err agency_id_of(struct import *im, const char *key, int64_t *ret_id) {
    struct agency a;
    enum err e = agency_find(im->store, key, &a);
    if (e != ERR_OK)
        return e;
    *ret_id = a.id;
    agency_release(&a);
    return ERR_OK;
}

/* One that ended and comes back keeps its row. */
static enum err write_agency(struct import *im, const struct agency *a, const char *accented) {
    enum err e = ERR_NOT_FOUND;
    static const enum statement tries[] = {S_AGENCY_UPDATE, S_AGENCY_INSERT};
    for (size_t i = 0; i < 2 && e == ERR_NOT_FOUND; i++) {
        sqlite3_stmt *q = statement(im->store, tries[i]);
        bind_text(q, 1, a->key);
        bind_id(q, 2, a->parent_id);
        bind_int(q, 3, a->kind);
        bind_text(q, 4, a->name);
        bind_text(q, 5, accented);
        bind_text(q, 6, a->match);
        e = statement_run_one(im->store, q);
    }
    im->changed++;
    return e;
}

static enum err put_agency(struct import *im, const struct directory_agency *typed) {
    struct agency old = {0};
    int64_t parent_id = 0;
    enum err e = typed->parent.text ? agency_id_of(im, typed->parent.text, &parent_id) : ERR_OK;
    if (e != ERR_OK)
        return e;
    const char *accented = typed->name_accented.text && *typed->name_accented.text ? typed->name_accented.text : typed->name.text;
    char *match = fold_words(typed->match.text);
    e = agency_find(im->store, typed->key.text, &old);
    bool stands = e == ERR_OK && old.parent_id == parent_id && old.kind == directory_kind(typed) && equal(old.name, typed->name.text) &&
                  equal(old.name_accented, accented) && equal(old.match, match);
    if (e == ERR_OK)
        agency_release(&old);
    if (e == ERR_NOT_FOUND)
        e = ERR_OK;
    if (e == ERR_OK && !stands) {
        struct agency row = {.parent_id = parent_id, .key = typed->key.text, .kind = directory_kind(typed), .name = typed->name.text, .match = match};
        e = write_agency(im, &row, accented);
    }
    free(match);
    return e;
}

struct ended { /* ids of agencies that aren't in the file */
    const struct directory *d;
    int64_t *ids;
    size_t count, room;
};

static void note_ended(void *context, const struct agency *a) {
    struct ended *ended = context;
    if (directory_agency(ended->d, a->key))
        return;
    if (ended->count == ended->room) {
        ended->room = ended->room ? 2 * ended->room : 64;
        ended->ids = mem_resize(ended->ids, ended->room, sizeof *ended->ids);
    }
    ended->ids[ended->count++] = a->id;
}

static enum err end_agencies(struct import *im) {
    struct ended ended = {.d = im->d};
    enum err e = agency_list(im->store, note_ended, &ended);
    for (size_t i = 0; i < ended.count && e == ERR_OK; i++) {
        sqlite3_stmt *q = statement(im->store, S_AGENCY_END);
        bind_int(q, 1, ended.ids[i]);
        e = statement_run(im->store, q);
        im->changed++;
    }
    free(ended.ids);
    return e;
}

/* Units last: their agencies must stand before them. */
static enum err put_agencies(struct import *im) {
    enum err e = ERR_OK;
    for (int units = 0; units <= 1; units++)
        for (size_t i = 0; i < im->d->agency_count && e == ERR_OK; i++)
            if ((directory_kind(&im->d->agencies[i]) == AGENCY_UNIT) == (units == 1))
                e = put_agency(im, &im->d->agencies[i]);
    return e == ERR_OK ? end_agencies(im) : e;
}

/* ---- officers ---- */

static bool stays(const struct officer *old, const char *agency_key, const struct directory_officer *typed) {
    struct phone phone;
    return equal(old->key, typed->key.text) && equal(agency_key, typed->agency.text) && old->role == directory_role(typed) &&
           directory_phone(&typed->phone, &phone) && phone_equal(&old->phone, &phone);
}

static enum err end_officer(struct import *im, int64_t id) {
    sqlite3_stmt *q = statement(im->store, S_OFFICER_END);
    bind_int(q, 1, id);
    bind_int(q, 2, im->now);
    im->changed++;
    return statement_run(im->store, q);
}

static enum err keep_officer(struct import *im, const struct officer *old, const struct directory_officer *typed) {
    int32_t from = 0, until = 0;
    (void)directory_day(&typed->from, &from);
    (void)directory_day(&typed->until, &until);
    if (old->from_day == from && old->until_day == until && equal(old->name, typed->name.text))
        return ERR_OK;
    sqlite3_stmt *q = statement(im->store, S_OFFICER_UPDATE);
    bind_int(q, 1, old->id);
    bind_int(q, 2, from);
    bind_int(q, 3, until);
    im->changed++;
    enum err e = bind_sealed(im->store, q, 4, "officer", bytes_text(typed->name.text));
    return e == ERR_OK ? statement_run(im->store, q) : e;
}

static enum err compare_officer(struct import *im, const struct officer *old) {
    struct agency agency;
    enum err e = agency_get(im->store, old->agency_id, &agency);
    if (e != ERR_OK)
        return e;
    size_t i = 0;
    while (i < im->d->officer_count && (im->kept[i] || !stays(old, agency.key, &im->d->officers[i])))
        i++;
    agency_release(&agency);
    if (i == im->d->officer_count)
        return end_officer(im, old->id);
    im->kept[i] = true;
    return keep_officer(im, old, &im->d->officers[i]);
}

static enum err insert_officer(struct import *im, const struct directory_officer *typed) {
    struct phone phone;
    struct subscriber who = {0};
    int64_t agency_id = 0;
    int32_t from = 0, until = 0;
    enum err e = agency_id_of(im, typed->agency.text, &agency_id);
    if (e == ERR_OK && directory_phone(&typed->phone, &phone) && phone.kind == PHONE_E164)
        e = subscriber_get(im->store, &phone, &who);
    if (e != ERR_OK)
        return e;
    (void)directory_day(&typed->from, &from);
    (void)directory_day(&typed->until, &until);
    sqlite3_stmt *q = statement(im->store, S_OFFICER_INSERT);
    bind_int(q, 1, agency_id);
    bind_text(q, 2, typed->key.text);
    bind_int(q, 3, directory_role(typed));
    bind_id(q, 4, who.id);
    bind_int(q, 5, from);
    bind_int(q, 6, until);
    subscriber_release(&who);
    im->changed++;
    e = bind_sealed(im->store, q, 7, "officer", bytes_text(typed->name.text));
    return e == ERR_OK ? statement_run(im->store, q) : e;
}

static enum err put_officers(struct import *im) {
    enum err e = ERR_OK;
    im->kept = mem_array(im->d->officer_count, sizeof *im->kept);
    for (int64_t after = 0; e == ERR_OK;) {
        struct officer old;
        e = officer_next_kept(im->store, after, &old);
        if (e != ERR_OK)
            break;
        after = old.id;
        e = compare_officer(im, &old);
        officer_release(&old);
    }
    if (e == ERR_NOT_FOUND)
        e = ERR_OK;
    for (size_t i = 0; i < im->d->officer_count && e == ERR_OK; i++)
        if (!im->kept[i])
            e = insert_officer(im, &im->d->officers[i]);
    free(im->kept);
    return e;
}

/* ---- fields ---- */

static enum err fields_stand(struct import *im, bool *ret_same) {
    int64_t after = 0;
    bool same = true;
    for (size_t i = 0;; i++) {
        sqlite3_stmt *q = statement(im->store, S_FIELD_NEXT);
        bind_int(q, 1, after);
        enum err e = statement_row(im->store, q);
        if (e != ERR_OK && e != ERR_NOT_FOUND)
            return e;
        if (e == ERR_NOT_FOUND || i == im->d->field_count || !same) {
            if (e == ERR_OK)
                statement_done(q);
            *ret_same = same && e == ERR_NOT_FOUND && i == im->d->field_count;
            return ERR_OK;
        }
        after = column_int(q, 0);
        char *key = column_text(q, 1), *name = column_text(q, 2), *words = column_text(q, 3), *typed = fold_words(im->d->fields[i].words.text);
        statement_done(q);
        same = equal(key, im->d->fields[i].key.text) && equal(name, im->d->fields[i].name.text) && equal(words, typed);
        free(key);
        free(name);
        free(words);
        free(typed);
    }
}

static enum err put_fields(struct import *im) {
    bool same = false;
    enum err e = fields_stand(im, &same);
    if (e != ERR_OK || same)
        return e;
    im->changed++;
    e = statement_run(im->store, statement(im->store, S_FIELD_CLEAR));
    for (size_t i = 0; i < im->d->field_count && e == ERR_OK; i++) {
        char *words = fold_words(im->d->fields[i].words.text);
        sqlite3_stmt *q = statement(im->store, S_FIELD_INSERT);
        bind_text(q, 1, im->d->fields[i].key.text);
        bind_text(q, 2, im->d->fields[i].name.text);
        bind_text(q, 3, words);
        e = statement_run(im->store, q);
        free(words);
    }
    return e;
}

/* ---- the whole ---- */

static enum err tell_version(struct import *im) {
    struct json_writer w;
    struct str data;
    int64_t version = 0;
    enum err e = store_number_next(im->store, STORE_DIRECTORY_VERSION, &version);
    if (e != ERR_OK)
        return e;
    str_init(&data, EVENT_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_int(&w, "version", version + 1);
    json_put_int(&w, "agencies", (int64_t)im->d->agency_count);
    json_put_int(&w, "officers", (int64_t)im->d->officer_count);
    json_put_int(&w, "fields", (int64_t)im->d->field_count);
    json_close_object(&w);
    e = outbox_add(im->store, 0, "vn.pakn.directory.version", NULL, im->now, &data);
    str_release(&data);
    if (e == ERR_OK)
        log_event(LOG_LEVEL_NOTICE, "directory.imported", log_text("file", im->d->file), log_int("version", version + 1),
                  log_int("agencies", (int64_t)im->d->agency_count), log_int("officers", (int64_t)im->d->officer_count));
    return e;
}

enum err directory_import(struct store *s, const struct directory *d, int64_t now, struct str *problems) {
    struct import im = {.store = s, .d = d, .now = now};
    enum err e = directory_check(d, problems);
    if (e == ERR_OK)
        e = put_agencies(&im);
    if (e == ERR_OK)
        e = put_officers(&im);
    if (e == ERR_OK)
        e = put_fields(&im);
    if (im.changed)
        directory_forget(s);
    return e == ERR_OK && im.changed ? tell_version(&im) : e;
}
