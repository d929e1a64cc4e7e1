/* The directory over the control socket. A file is named, not sent: the core reads it, and checks it whole before anything changes. */
#include "firmware-host/control_call.h"
#include "firmware-host/directory_file.h"

#include <string.h>

enum err answer_directory_import(struct command_call *call) {
    const char *path = json_text(call->request, "file");
    struct directory *d = NULL;
    int64_t before = 0, version = 0;
    if (!path || *path != '/') {
        str_add(call->problem, "file: the whole path of a file is needed, like \"/etc/phanhoi/directory.conf\"");
        return ERR_INVALID;
    }
    enum err e = directory_file_read(path, call->problem, &d);
    if (e != ERR_OK)
        return e == ERR_IO ? ERR_NOT_FOUND : e; /* the disk that holds the database is fine */
    e = store_number_get(call->parts->store, STORE_DIRECTORY_VERSION, &before);
    if (e == ERR_OK)
        e = directory_import(call->parts->store, d, call->now, call->problem);
    if (e == ERR_OK)
        e = store_number_get(call->parts->store, STORE_DIRECTORY_VERSION, &version);
    if (e == ERR_OK) {
        smsc_directory_changed(call->parts->smsc);
        json_open_object(call->result, NULL);
        json_put_int(call->result, "version", version);
        json_put_bool(call->result, "changed", version != before);
        json_put_int(call->result, "agencies", (int64_t)d->agency_count);
        json_put_int(call->result, "officers", (int64_t)d->officer_count);
        json_close_object(call->result);
    }
    directory_free(d);
    return e;
}

/* ---- list ---- */

struct listing {
    struct command_call *call;
    int32_t today;
    enum err failed;
};

static void put_agency_key(struct command_call *call, const char *key, int64_t id, enum err *failed) {
    struct agency a;
    enum err e = id ? agency_get(call->parts->store, id, &a) : ERR_NOT_FOUND;
    if (e == ERR_OK) {
        json_put_text(call->result, key, a.key);
        agency_release(&a);
        return;
    }
    json_put_text(call->result, key, NULL);
    *failed = e == ERR_NOT_FOUND ? *failed : e;
}

static void put_agency(void *context, const struct agency *a) {
    struct listing *l = context;
    struct json_writer *w = l->call->result;
    json_open_object(w, NULL);
    json_put_text(w, "key", a->key);
    json_put_text(w, "kind", agency_kind_name(a->kind));
    put_agency_key(l->call, "parent", a->parent_id, &l->failed);
    json_put_text(w, "name", a->name);
    json_put_text(w, "name_accented", a->name_accented);
    json_close_object(w);
}

static void put_officer(void *context, const struct officer *o) {
    struct listing *l = context;
    struct json_writer *w = l->call->result;
    json_open_object(w, NULL);
    json_put_text(w, "key", o->key);
    put_agency_key(l->call, "agency", o->agency_id, &l->failed);
    json_put_text(w, "role", case_role_name(o->role));
    if (l->call->reveal)
        call_put_revealed(l->call, "name", o->name);
    if (o->phone.kind == PHONE_NONE)
        json_put_text(w, "phone", NULL);
    else
        call_put_phone(l->call, "phone", &o->phone);
    json_put_day(l->call->result, "from", o->from_day);
    json_put_day(l->call->result, "until", o->until_day);
    json_put_bool(w, "valid", o->from_day <= l->today && (o->until_day == 0 || o->until_day >= l->today));
    json_close_object(w);
}

static void put_field(void *context, const struct field *f) {
    struct listing *l = context;
    json_open_object(l->call->result, NULL);
    json_put_text(l->call->result, "key", f->key);
    json_put_text(l->call->result, "name", f->name);
    json_close_object(l->call->result);
}

enum err answer_directory_list(struct command_call *call) {
    struct listing l = {.call = call, .today = clock_vietnam_day(call->now), .failed = ERR_OK};
    struct json_writer *w = call->result;
    int64_t version = 0;
    enum err e = store_number_get(call->parts->store, STORE_DIRECTORY_VERSION, &version);
    json_open_object(w, NULL);
    json_put_int(w, "version", version);
    json_open_array(w, "agencies");
    if (e == ERR_OK)
        e = agency_list(call->parts->store, put_agency, &l);
    json_close_array(w);
    json_open_array(w, "officers");
    if (e == ERR_OK)
        e = officer_list_all(call->parts->store, put_officer, &l);
    json_close_array(w);
    json_open_array(w, "fields");
    if (e == ERR_OK)
        e = field_list(call->parts->store, put_field, &l);
    json_close_array(w);
    json_close_object(w);
    return e == ERR_OK ? l.failed : e;
}
