/* Rows of life, answers, coordinations. */
#include "store/life.h"

#include "store/statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CONSENT_PENDING == 1 && ANSWER_RESULT == 0 && ANSWER_PUBLISHED == 1, "statements name them by number");

void life_release(struct case_life *l) {
    free(l->field);
    free(l->refusal);
    *l = (struct case_life){0};
}

static void bind_life(sqlite3_stmt *q, const struct case_life *l) {
    int at = 0;
    bind_int(q, ++at, l->case_id);
    bind_int(q, ++at, l->source);
    bind_text(q, ++at, l->field);
    bind_id(q, ++at, l->agency_id);
    bind_id(q, ++at, l->unit_id);
    bind_id(q, ++at, l->requested_id);
    bind_id(q, ++at, l->officer_id);
    bind_int(q, ++at, l->received_day);
    bind_int(q, ++at, l->hops);
    bind_int(q, ++at, l->pauses);
    bind_int(q, ++at, l->results);
    bind_int(q, ++at, l->annulments);
    bind_int(q, ++at, l->late);
    bind_int(q, ++at, l->explained);
    bind_int(q, ++at, l->paused_left);
    bind_int(q, ++at, l->paused_day);
    bind_int(q, ++at, l->paused_days);
    bind_int(q, ++at, l->accepted_at);
    bind_int(q, ++at, l->result_at);
    bind_int(q, ++at, l->published_at);
    bind_int(q, ++at, l->delivered_at);
    bind_int(q, ++at, l->annulled_at);
    bind_int(q, ++at, l->rejoined_at);
    bind_int(q, ++at, l->reconsidered_at);
    bind_int(q, ++at, l->ended_at);
    bind_int(q, ++at, l->rejoinder_until);
    bind_int(q, ++at, l->rating);
    bind_int(q, ++at, l->rated_at);
    bind_text(q, ++at, l->refusal);
    bind_id(q, ++at, l->original_id);
    bind_id(q, ++at, l->represented_id);
    bind_int(q, ++at, l->consent);
    bind_int(q, ++at, l->opened_at);
    bind_int(q, ++at, l->lapse_from);
    bind_int(q, ++at, l->supporters);
    bind_id(q, ++at, l->supports_id);
}

enum err life_insert(struct store *s, const struct case_life *l) {
    sqlite3_stmt *q = statement(s, S_LIFE_INSERT);
    bind_life(q, l);
    return statement_run(s, q);
}

enum err life_update(struct store *s, const struct case_life *l) {
    sqlite3_stmt *q = statement(s, S_LIFE_UPDATE);
    bind_life(q, l);
    return statement_run_one(s, q);
}

enum err life_get(struct store *s, int64_t case_id, struct case_life *ret_life) {
    sqlite3_stmt *q = statement(s, S_LIFE_GET);
    bind_int(q, 1, case_id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct case_life l = {0};
    int at = 0;
    l.case_id = column_int(q, at++);
    l.source = (enum case_source)column_int(q, at++);
    l.field = column_text(q, at++);
    l.agency_id = column_int(q, at++);
    l.unit_id = column_int(q, at++);
    l.requested_id = column_int(q, at++);
    l.officer_id = column_int(q, at++);
    l.received_day = (int32_t)column_int(q, at++);
    l.hops = (int)column_int(q, at++);
    l.pauses = (int)column_int(q, at++);
    l.results = (int)column_int(q, at++);
    l.annulments = (int)column_int(q, at++);
    l.late = (unsigned)column_int(q, at++);
    l.explained = column_int(q, at++) != 0;
    l.paused_left = (int)column_int(q, at++);
    l.paused_day = (int32_t)column_int(q, at++);
    l.paused_days = (int)column_int(q, at++);
    l.accepted_at = column_int(q, at++);
    l.result_at = column_int(q, at++);
    l.published_at = column_int(q, at++);
    l.delivered_at = column_int(q, at++);
    l.annulled_at = column_int(q, at++);
    l.rejoined_at = column_int(q, at++);
    l.reconsidered_at = column_int(q, at++);
    l.ended_at = column_int(q, at++);
    l.rejoinder_until = (int32_t)column_int(q, at++);
    l.rating = (int)column_int(q, at++);
    l.rated_at = column_int(q, at++);
    l.refusal = column_text(q, at++);
    l.original_id = column_int(q, at++);
    l.represented_id = column_int(q, at++);
    l.consent = (enum consent)column_int(q, at++);
    l.opened_at = column_int(q, at++);
    l.lapse_from = column_int(q, at++);
    l.supporters = (int)column_int(q, at++);
    l.supports_id = column_int(q, at++);
    statement_done(q);
    *ret_life = l;
    return ERR_OK;
}

enum err life_awaiting_consent(struct store *s, int64_t subscriber_id, int64_t *ret_case_id) {
    sqlite3_stmt *q = statement(s, S_LIFE_AWAITING_CONSENT);
    bind_int(q, 1, subscriber_id);
    return statement_value(s, q, ret_case_id);
}

enum err life_represented(struct store *s, int64_t subscriber_id, int64_t *ret_case_id) {
    sqlite3_stmt *q = statement(s, S_LIFE_REPRESENTED);
    bind_int(q, 1, subscriber_id);
    return statement_value(s, q, ret_case_id);
}

enum err life_next_lapse(struct store *s, int64_t *ret_case_id, int64_t *ret_from) {
    sqlite3_stmt *q = statement(s, S_LIFE_LAPSE_NEXT);
    enum err e = statement_row(s, q);
    if (e == ERR_OK) {
        *ret_case_id = column_int(q, 0);
        *ret_from = column_int(q, 1);
        statement_done(q);
    }
    return e;
}

enum err life_lapses_never(struct store *s, int64_t case_id) {
    sqlite3_stmt *q = statement(s, S_LIFE_LAPSE_NEVER);
    bind_int(q, 1, case_id);
    return statement_run_one(s, q);
}

/* ---- answers ---- */

void answer_release(struct answer *a) {
    free(a->text);
    *a = (struct answer){0};
}

/* On disk "HASH NUMBER". */
static enum err bind_document(struct store *s, sqlite3_stmt *q, int at, const struct document_ref *d) {
    char text[DOCUMENT_HASH_SIZE + DOCUMENT_NUMBER_SIZE];
    if (!*d->number)
        return ERR_OK;
    snprintf(text, sizeof text, "%s %s", d->sha256, d->number);
    return bind_sealed(s, q, at, "document", bytes_text(text));
}

static enum err column_document(struct store *s, sqlite3_stmt *q, int at, struct document_ref *ret) {
    char *text = NULL;
    enum err e = column_unsealed(s, q, at, "document", &text, NULL);
    if (e == ERR_OK && text && strlen(text) >= DOCUMENT_HASH_SIZE) {
        snprintf(ret->sha256, sizeof ret->sha256, "%.*s", DOCUMENT_HASH_SIZE - 1, text);
        snprintf(ret->number, sizeof ret->number, "%s", text + DOCUMENT_HASH_SIZE);
    }
    free(text);
    return e;
}

enum err answer_insert(struct store *s, const struct answer *a, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_ANSWER_INSERT);
    bind_int(q, 1, a->case_id);
    bind_int(q, 2, a->at);
    bind_int(q, 3, a->kind);
    enum err e = bind_sealed(s, q, 4, "answer", bytes_text(a->text));
    if (e == ERR_OK)
        e = bind_document(s, q, 5, &a->document);
    return e == ERR_OK ? statement_insert(s, q, ret_id) : e;
}

enum err answer_newest(struct store *s, int64_t case_id, bool result, struct answer *ret_answer) {
    sqlite3_stmt *q = statement(s, result ? S_ANSWER_RESULT : S_ANSWER_TOLD);
    bind_int(q, 1, case_id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct answer found = {.id = column_int(q, 0), .case_id = column_int(q, 1), .at = column_int(q, 2), .kind = (enum answer_kind)column_int(q, 3)};
    e = column_unsealed(s, q, 4, "answer", &found.text, NULL);
    if (e == ERR_OK)
        e = column_document(s, q, 5, &found.document);
    statement_done(q);
    if (e == ERR_OK)
        *ret_answer = found;
    else
        answer_release(&found);
    return e;
}

/* ---- coordinations ---- */

enum err coordination_insert(struct store *s, const struct coordination *c, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_COORDINATION_INSERT);
    bind_int(q, 1, c->case_id);
    bind_int(q, 2, c->agency_id);
    bind_int(q, 3, c->asked_at);
    return statement_insert(s, q, ret_id);
}

enum err coordination_done(struct store *s, int64_t id, int64_t at) {
    sqlite3_stmt *q = statement(s, S_COORDINATION_DONE);
    bind_int(q, 1, id);
    bind_int(q, 2, at);
    return statement_run_one(s, q);
}

enum err coordination_list(struct store *s, int64_t case_id, coordination_each *each, void *context) {
    for (int64_t after = 0;;) {
        sqlite3_stmt *q = statement(s, S_COORDINATION_NEXT);
        bind_int(q, 1, case_id);
        bind_int(q, 2, after);
        enum err e = statement_row(s, q);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        struct coordination found = {column_int(q, 0), column_int(q, 1), column_int(q, 2), column_int(q, 3), column_int(q, 4)};
        statement_done(q);
        after = found.id;
        each(context, &found);
    }
}
