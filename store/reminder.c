/* Reminders as rows, and the work they are about. */
#include "store/reminder.h"

#include "firmware-host/base/mem.h"
#include "store/db.h"

#include <stdlib.h>

_Static_assert(DEADLINE_OPEN == 0 && DEADLINE_MISSED == 2 && DEADLINE_UNIT == 1, "the statements of work name them by number");

static const char *const round_keys[] = {[ROUND_MORNING] = "officer_morning", [ROUND_AFTERNOON] = "officer_afternoon"};

enum err reminder_insert(struct store *s, const struct reminder *r) {
    sqlite3_stmt *q = statement(s, S_REMINDER_INSERT);
    bind_int(q, 1, r->officer_id);
    bind_int(q, 2, r->kind);
    bind_id(q, 3, r->case_id);
    bind_id(q, 4, r->deadline_id);
    bind_int(q, 5, r->not_before);
    bind_int(q, 6, r->day);
    bind_id(q, 7, r->outbound_id);
    return statement_run(s, q);
}

static enum err reminder_row(struct store *s, sqlite3_stmt *q, struct reminder *ret_reminder) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_reminder = (struct reminder){
        .id = column_int(q, 0),
        .officer_id = column_int(q, 1),
        .kind = (enum reminder_kind)column_int(q, 2),
        .case_id = column_int(q, 3),
        .deadline_id = column_int(q, 4),
        .not_before = column_int(q, 5),
        .day = (int32_t)column_int(q, 6),
        .outbound_id = column_int(q, 7),
        .read_at = column_int(q, 8),
    };
    statement_done(q);
    return ERR_OK;
}

enum err reminder_next_waiting(struct store *s, struct reminder *ret_reminder) {
    return reminder_row(s, statement(s, S_REMINDER_NEXT_WAITING), ret_reminder);
}

enum err reminder_waiting_of(struct store *s, int64_t officer_id, int64_t until, size_t most, struct reminder **ret_list, size_t *ret_count) {
    struct reminder *list = mem_array(most, sizeof *list), r = {0};
    size_t count = 0;
    enum err e = ERR_OK;
    while (count < most && e == ERR_OK) {
        sqlite3_stmt *q = statement(s, S_REMINDER_NEXT_WAITING_OF);
        bind_int(q, 1, officer_id);
        bind_int(q, 2, r.id);
        e = reminder_row(s, q, &r);
        if (e == ERR_OK && r.not_before <= until)
            list[count++] = r;
    }
    if (e != ERR_OK && e != ERR_NOT_FOUND) {
        free(list);
        return e;
    }
    *ret_list = list;
    *ret_count = count;
    return ERR_OK;
}

/* Whether there is a row. */
static enum err any_row(struct store *s, sqlite3_stmt *q, bool *ret_any) {
    enum err e = statement_row(s, q);
    if (e == ERR_OK)
        statement_done(q);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    *ret_any = e == ERR_OK;
    return ERR_OK;
}

enum err reminder_waits(struct store *s, int64_t officer_id, enum reminder_kind kind, int64_t case_id, bool *ret_waits) {
    sqlite3_stmt *q = statement(s, S_REMINDER_WAITS);
    bind_int(q, 1, officer_id);
    bind_int(q, 2, kind);
    bind_int(q, 3, case_id);
    return any_row(s, q, ret_waits);
}

enum err reminder_settle(struct store *s, int64_t id, int32_t day, int64_t outbound_id) {
    sqlite3_stmt *q = statement(s, S_REMINDER_SETTLE);
    bind_int(q, 1, id);
    bind_int(q, 2, day);
    bind_id(q, 3, outbound_id);
    return statement_run_one(s, q);
}

enum err reminder_postpone(struct store *s, int64_t id, int64_t not_before) {
    sqlite3_stmt *q = statement(s, S_REMINDER_POSTPONE);
    bind_int(q, 1, id);
    bind_int(q, 2, not_before);
    return statement_run_one(s, q);
}

enum err reminder_sent_on(struct store *s, int64_t officer_id, int32_t day, int *ret_texts) {
    sqlite3_stmt *q = statement(s, S_REMINDER_SENT_ON);
    bind_int(q, 1, officer_id);
    bind_int(q, 2, day);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_texts = (int)column_int(q, 0);
    statement_done(q);
    return ERR_OK;
}

enum err reminder_told(struct store *s, int64_t officer_id, enum reminder_kind kind, int32_t since, bool *ret_told) {
    sqlite3_stmt *q = statement(s, S_REMINDER_TOLD);
    bind_int(q, 1, officer_id);
    bind_int(q, 2, since);
    bind_int(q, 3, kind);
    return any_row(s, q, ret_told);
}

enum err reminder_read(struct store *s, int64_t officer_id, int64_t case_id, int64_t now, bool *ret_first) {
    struct reminder newest;
    sqlite3_stmt *q = statement(s, S_REMINDER_OF_CASE);
    bind_int(q, 1, case_id);
    bind_int(q, 2, officer_id);
    enum err e = reminder_row(s, q, &newest);
    if (e != ERR_OK)
        return e;
    q = statement(s, S_REMINDER_READ);
    bind_int(q, 1, case_id);
    bind_int(q, 2, officer_id);
    bind_int(q, 3, now);
    e = statement_run(s, q);
    if (e == ERR_OK)
        *ret_first = newest.read_at == 0;
    return e;
}

enum err reminder_bounced(struct store *s, int64_t officer_id, int32_t since, bool *ret_bounced) {
    sqlite3_stmt *q = statement(s, S_REMINDER_BOUNCED);
    bind_int(q, 1, officer_id);
    bind_int(q, 2, since);
    return any_row(s, q, ret_bounced);
}

enum err reminder_mark_bounced(struct store *s, int64_t officer_id, int32_t since) {
    sqlite3_stmt *q = statement(s, S_REMINDER_MARK_BOUNCED);
    bind_int(q, 1, officer_id);
    bind_int(q, 2, since);
    return statement_run(s, q);
}

enum err reminder_round_day(struct store *s, enum reminder_round round, int32_t *ret_day) {
    int64_t day = 0;
    enum err e = meta_get_int(s, round_keys[round], &day);
    if (e == ERR_OK)
        *ret_day = (int32_t)day;
    return e;
}

enum err reminder_round_done(struct store *s, enum reminder_round round, int32_t day) {
    return meta_put_int(s, round_keys[round], day);
}

/* ---- open work ---- */

enum err work_of(struct store *s, enum work_by by, int64_t id, struct work_list *to) {
    static const enum statement statements[] = {
        [WORK_OF_AGENCY] = S_WORK_OF_AGENCY, [WORK_OF_UNIT] = S_WORK_OF_UNIT, [WORK_COORDINATED] = S_WORK_COORDINATED};
    sqlite3_stmt *q = statement(s, statements[by]);
    bind_id(q, 1, id);
    enum err e = statement_row(s, q);
    while (e == ERR_OK) {
        if (to->count == to->room) {
            to->room = to->room ? 2 * to->room : 64;
            to->of = mem_resize(to->of, to->room, sizeof *to->of);
        }
        to->of[to->count++] = (struct work){
            .deadline_id = column_int(q, 0),
            .case_id = column_int(q, 1),
            .kind = (enum deadline_kind)column_int(q, 2),
            .missed = column_int(q, 3) == DEADLINE_MISSED,
            .due_day = (int32_t)column_int(q, 4),
            .agency_id = column_int(q, 5),
            .unit_id = column_int(q, 6),
            .explained = column_int(q, 7) != 0,
        };
        e = statement_row(s, q);
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err work_late(struct store *s, int32_t before_day, int64_t *ret_cases) {
    sqlite3_stmt *q = statement(s, S_WORK_LATE);
    bind_int(q, 1, calendar_end_of_day(before_day - 1) + 1);
    return statement_value(s, q, ret_cases);
}

/* ---- addresses ---- */

static enum err address_row(struct store *s, sqlite3_stmt *q, struct officer_address *ret_address) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct officer_address found = {.id = column_int(q, 0), .subscriber_id = column_int(q, 1), .agency_id = column_int(q, 3)};
    e = column_copy(q, 2, found.key, sizeof found.key);
    statement_done(q);
    if (e == ERR_OK)
        *ret_address = found;
    return e;
}

enum err officer_address(struct store *s, int64_t id, int32_t today, struct officer_address *ret_address) {
    sqlite3_stmt *q = statement(s, S_OFFICER_ADDRESS);
    bind_int(q, 1, id);
    bind_int(q, 2, today);
    return address_row(s, q, ret_address);
}

enum err officer_address_next(struct store *s, int64_t after, int32_t today, struct officer_address *ret_address) {
    sqlite3_stmt *q = statement(s, S_OFFICER_ADDRESS_NEXT);
    bind_int(q, 1, after);
    bind_int(q, 2, today);
    return address_row(s, q, ret_address);
}

enum err agency_id_next(struct store *s, int64_t after, int64_t *ret_id, int64_t *ret_parent) {
    sqlite3_stmt *q = statement(s, S_AGENCY_ID_NEXT);
    bind_int(q, 1, after);
    enum err e = statement_row(s, q);
    if (e == ERR_OK) {
        *ret_id = column_int(q, 0);
        *ret_parent = column_int(q, 1);
        statement_done(q);
    }
    return e;
}
