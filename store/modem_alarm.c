/* Alarms of modems. */
#include "store/modem_alarm.h"

#include "firmware-host/base/mem.h"
#include "store/statements.h"

#include <stdlib.h>

enum err modem_alarm_raise(struct store *s, const struct modem_alarm *a) {
    sqlite3_stmt *q = statement(s, S_MODEM_ALARM_RAISE);
    bind_text(q, 1, a->link);
    bind_text(q, 2, a->name);
    bind_int(q, 3, a->raised_at);
    bind_text(q, 4, a->detail);
    enum err e = statement_run_one(s, q);
    return e == ERR_NOT_FOUND ? ERR_DUPLICATE : e;
}

enum err modem_alarm_clear(struct store *s, const char *link, const char *name) {
    sqlite3_stmt *q = statement(s, S_MODEM_ALARM_CLEAR);
    bind_text(q, 1, link);
    bind_text(q, 2, name);
    return statement_run_one(s, q);
}

enum err modem_alarm_list(struct store *s, modem_alarm_each *each, void *context) {
    char *link = mem_string(""), *name = mem_string("");
    enum err e;
    for (;;) {
        sqlite3_stmt *q = statement(s, S_MODEM_ALARM_NEXT);
        bind_text(q, 1, link);
        bind_text(q, 2, name);
        e = statement_row(s, q);
        if (e != ERR_OK)
            break;
        char *next_link = column_text(q, 0), *next_name = column_text(q, 1), *detail = column_text(q, 3);
        struct modem_alarm found = {.link = next_link, .name = next_name, .raised_at = column_int(q, 2), .detail = detail};
        statement_done(q);
        each(context, &found);
        free(detail);
        free(link);
        free(name);
        link = next_link;
        name = next_name;
    }
    free(link);
    free(name);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}
