/* Rows of SIMs that are refused. */
#include "store/sim_refusal.h"

#include "store/statements.h"

static sqlite3_stmt *about(struct store *s, enum statement which, const char *link, const char *sim) {
    sqlite3_stmt *q = statement(s, which);
    bind_text(q, 1, link);
    bind_sim(s, q, 2, sim);
    return q;
}

enum err sim_refusal_add(struct store *s, const char *link, const char *sim, int64_t subscriber_id, int64_t now) {
    enum err e = statement_run(s, about(s, S_SIM_REFUSAL_OTHERS, link, sim));
    if (e != ERR_OK)
        return e;
    sqlite3_stmt *q = about(s, S_SIM_REFUSAL_ADD, link, sim);
    bind_int(q, 3, subscriber_id);
    bind_int(q, 4, now);
    return statement_run(s, q);
}

enum err sim_refusal_end(struct store *s, const char *link) {
    sqlite3_stmt *q = statement(s, S_SIM_REFUSAL_END);
    bind_text(q, 1, link);
    return statement_run(s, q);
}

enum err sim_refusal_list(struct store *s, const char *link, const char *sim, sim_refusal_each *each, void *context) {
    for (int64_t last = 0;;) {
        sqlite3_stmt *q = about(s, S_SIM_REFUSAL_NEXT, link, sim);
        bind_int(q, 3, last);
        enum err e = statement_row(s, q);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        int64_t refused_at = column_int(q, 1);
        last = column_int(q, 0);
        statement_done(q);
        each(context, last, refused_at);
    }
}
