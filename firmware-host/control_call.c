/* Pieces of requests and answers of the control socket: see control_call.h. */
#include "firmware-host/control_call.h"

#include "firmware-host/base/text.h"
#include "store/case.h"
#include "store/directory.h"
#include "store/privacy.h"
#include "store/subscriber.h"

#include <stdio.h>
#include <string.h>

enum { LIMIT_DEFAULT = 20, LIMIT_MAX = 1000 };

enum err call_limit(struct command_call *call, int *ret_limit) {
    int64_t limit = LIMIT_DEFAULT;
    if (json_get(call->request, "limit") && (!json_int(call->request, "limit", &limit) || limit < 1 || limit > LIMIT_MAX)) {
        str_addf(call->problem, "limit: a whole number from 1 to %d is allowed", LIMIT_MAX);
        return ERR_INVALID;
    }
    *ret_limit = (int)limit;
    return ERR_OK;
}

enum err call_number(struct command_call *call, const char *key, bool required, int64_t *ret_number) {
    int64_t number = 0;
    if (!json_get(call->request, key) && !required) {
        *ret_number = 0;
        return ERR_OK;
    }
    if (!json_int(call->request, key, &number) || number < 1) {
        str_addf(call->problem, "%s: a whole number from 1 is needed", key);
        return ERR_INVALID;
    }
    *ret_number = number;
    return ERR_OK;
}

enum err call_code(struct command_call *call, const char *key, int32_t *ret_code) {
    const char *text = json_text(call->request, key);
    int64_t code;
    if (!text || strlen(text) != CASE_CODE_SIZE - 1 || strspn(text, "0123456789") != strlen(text) || parse_int(text, 1, 999999999, &code) != ERR_OK) {
        str_addf(call->problem, "%s: a case code of 9 digits is needed", key);
        return ERR_INVALID;
    }
    *ret_code = (int32_t)code;
    return ERR_OK;
}

enum err call_day(struct command_call *call, const char *key, int32_t *day) {
    const char *text = json_text(call->request, key);
    if (!json_get(call->request, key) || (text && calendar_parse_date(text, day) == ERR_OK))
        return ERR_OK;
    str_addf(call->problem, "%s: \"%s\" is not a day (YYYY-MM-DD)", key, text ? text : "?");
    return ERR_INVALID;
}

enum err call_phone(struct command_call *call, const char *key, struct phone *ret_phone) {
    const char *text = json_text(call->request, key);
    if (text && phone_parse(text, ret_phone) == ERR_OK && (ret_phone->kind == PHONE_E164 || ret_phone->kind == PHONE_SHORT))
        return ERR_OK;
    str_addf(call->problem, "%s: a phone number is needed, like +84912000001 or 0912000001", key);
    return ERR_INVALID;
}

enum err call_actor(struct command_call *call, char out[CALL_ACTOR_SIZE]) {
    const char *as = json_text(call->request, "as");
    int len = snprintf(out, CALL_ACTOR_SIZE, "%s%suid:%d", as ? as : "", as ? "/" : "", call->uid);
    if (len < CALL_ACTOR_SIZE && (!as || (*as && strspn(as, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == strlen(as))))
        return ERR_OK;
    str_add(call->problem, "as: the key of an officer is needed");
    return ERR_INVALID;
}

enum err call_case(struct command_call *call, struct pakn_case *ret_case) {
    int32_t code;
    enum err e = call_code(call, "code", &code);
    if (e != ERR_OK)
        return e;
    e = case_by_code(call->parts->store, code, ret_case);
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "no case has that code");
    return e;
}

enum err call_officer(struct command_call *call, struct officer *ret_officer, char ret_actor[CALL_ACTOR_SIZE]) {
    const char *key = json_text(call->request, "as");
    if (!key) {
        str_add(call->problem, "as: the officer who does this is needed: a key of the directory");
        return ERR_INVALID;
    }
    enum err e = call_actor(call, ret_actor);
    if (e == ERR_OK)
        e = officer_find(call->parts->store, key, clock_vietnam_day(call->now), ret_officer);
    if (e == ERR_NOT_FOUND)
        str_addf(call->problem, "no officer \"%.64s\" in the directory, or not valid today", key);
    return e;
}

enum err call_as(struct command_call *call, char ret_actor[CALL_ACTOR_SIZE]) {
    struct officer by = {0};
    enum err e = call_officer(call, &by, ret_actor);
    officer_release(&by);
    return e;
}

enum err call_reason(struct command_call *call, const char *what, size_t most, const char **ret_reason) {
    const char *reason = json_text(call->request, "reason");
    if (!reason || strlen(reason) > most || text_letters(reason) == 0) {
        str_addf(call->problem, "reason: %s is needed, in at most %zu octets", what, most);
        return ERR_INVALID;
    }
    *ret_reason = reason;
    return ERR_OK;
}

enum err call_record_reading(struct command_call *call, int64_t case_id) {
    char actor[CALL_ACTOR_SIZE];
    if (!call->reveal || case_id == 0)
        return ERR_OK;
    const char *as = json_text(call->request, "as");
    call->case_id = case_id;
    enum err e = call_actor(call, actor);
    if (e == ERR_OK)
        e = case_event_insert(call->parts->store, case_id, call->now, "case.read", actor, "{}");
    return e == ERR_OK && as ? smsc_case_read(call->parts->smsc, case_id, as, call->now) : e;
}

/* What was asked for, without what is told elsewhere: members that are short. */
static void put_argument(void *context, const char *key, const struct json *value) {
    enum { ARGUMENT_MAX = 200 };
    static const char *const told[] = {"command", "reveal", "as"};
    struct json_writer *w = context;
    struct str text;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (strcmp(key, told[i]) == 0)
            return;
    str_init(&text, ARGUMENT_MAX);
    json_dump(value, false, &text);
    json_put_raw(w, key, strlen(key) < ARGUMENT_MAX && str_ok(&text) ? text.data : "null");
    str_release(&text);
}

enum err call_record_reveal(struct command_call *call) {
    char actor[CALL_ACTOR_SIZE];
    struct json_writer w;
    struct str data;
    if (call->numbers == 0 && call->texts == 0)
        return ERR_OK;
    enum err e = call_actor(call, actor);
    if (e != ERR_OK)
        return e;
    str_init(&data, 256 * 1024);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "command", call->command->name);
    json_open_object(&w, "arguments");
    json_each(call->request, put_argument, &w);
    json_close_object(&w);
    json_put_int(&w, "numbers", call->numbers);
    json_put_int(&w, "texts", call->texts);
    json_close_object(&w);
    struct privacy_note read = {.case_id = call->case_id, .at = call->now, .type = "data.read", .actor = actor};
    e = privacy_note(call->parts->store, &read, &data);
    str_release(&data);
    return e;
}

void call_read(struct command_call *call, struct command_task *task) {
    task->path = call->parts->config->store_path;
    task->keys = call->parts->keys;
    call->task = task;
}

void call_put_phone(struct command_call *call, const char *key, const struct phone *phone) {
    char masked[PHONE_MASK_SIZE];
    if (phone->kind == PHONE_NONE) { /* erased */
        json_put_text(call->result, key, NULL);
        return;
    }
    phone_mask(phone, masked);
    call->numbers += call->reveal;
    json_put_text(call->result, key, call->reveal ? phone->text : masked);
}

void call_put_subscriber(struct command_call *call, const char *key, int64_t subscriber_id) {
    struct subscriber s;
    if (subscriber_id == 0 || subscriber_by_id(call->parts->store, subscriber_id, &s) != ERR_OK) {
        json_put_text(call->result, key, NULL);
        return;
    }
    call_put_phone(call, key, &s.phone);
    subscriber_release(&s);
}

void call_put_text(struct command_call *call, const char *text) {
    json_put_int(call->result, "characters", text ? (int64_t)text_codepoints(text) : 0);
    if (call->reveal)
        call_put_revealed(call, "text", text);
}

void call_put_revealed(struct command_call *call, const char *key, const char *text) {
    call->texts += text != NULL;
    json_put_text(call->result, key, text);
}

void call_put_time(struct command_call *call, const char *key, int64_t wall_ms) {
    json_put_moment(call->result, key, wall_ms);
}

void call_put_number(struct command_call *call, int64_t id) {
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", id);
    json_close_object(call->result);
}

void call_put_code(struct command_call *call, const char *key, int32_t code) {
    char text[CASE_CODE_SIZE];
    if (code)
        case_code_text(code, text);
    json_put_text(call->result, key, code ? text : NULL);
}

void call_put_known(struct command_call *call, const char *key, int64_t value, int64_t unknown) {
    if (value == unknown)
        json_put_text(call->result, key, NULL);
    else
        json_put_int(call->result, key, value);
}

enum err call_list(struct command_call *call, const char *key, call_rows *rows) {
    int limit;
    int64_t before;
    enum err e = call_limit(call, &limit);
    if (e == ERR_OK)
        e = call_number(call, "before", false, &before);
    if (e != ERR_OK)
        return e;
    json_open_array(call->result, key);
    e = rows(call, before, limit);
    json_close_array(call->result);
    return e;
}
