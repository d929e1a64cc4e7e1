/* Cases and their names elsewhere: see central_case.h. */
#include "firmware-host/central_case.h"

#include "store/case.h"
#include "store/life.h"

#include <stdio.h>

static enum err add_field(struct store *s, int64_t case_id, struct profile_case *to) {
    struct case_life life;
    enum err e = life_get(s, case_id, &life);
    if (e != ERR_OK)
        return e;
    if (life.field)
        snprintf(to->field, sizeof to->field, "%s", life.field);
    life_release(&life);
    return ERR_OK;
}

enum err central_case_of(struct store *s, int64_t case_id, struct profile_case *ret_case) {
    struct profile_case found = {.state = CASE_RECEIVED};
    struct case_reference reference = {.case_id = 0};
    struct pakn_case c;
    if (!case_id) {
        *ret_case = found;
        return ERR_OK;
    }
    enum err e = case_get(s, case_id, &c);
    if (e == ERR_OK) {
        found.state = c.state;
        found.confidential = (c.flags & (CASE_CONFIDENTIAL | CASE_PROTECTED)) != 0;
        case_code_text(c.code, found.code);
        case_release(&c);
        e = add_field(s, case_id, &found);
    }
    if (e != ERR_OK && err_retry(e) == RETRY_NEVER) {
        found.confidential = true; /* what can't be read is nobody's to know */
        e = ERR_OK;
    }
    if (e == ERR_OK)
        e = case_reference_get(s, case_id, &reference);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    snprintf(found.reference, sizeof found.reference, "%s", reference.name);
    found.receipt = reference.receipt;
    *ret_case = found;
    return ERR_OK;
}

enum err central_case_find(struct store *s, const char *reference, struct profile_case *ret_case) {
    int64_t case_id = 0;
    enum err e = case_reference_find(s, reference, &case_id);
    return e == ERR_OK ? central_case_of(s, case_id, ret_case) : e;
}

enum err central_case_learn(struct store *s, int64_t case_id, const char *source, const struct profile_learned *learned, int64_t now) {
    struct case_reference r = {.case_id = case_id, .receipt = learned->kind == LEARNED_RECEIPT};
    bool first;
    if (learned->kind == LEARNED_NOTHING)
        return ERR_OK;
    if (learned->kind == LEARNED_OWN_ITEM)
        return feed_seen(s, source, learned->name, now, &first);
    enum err e = str_copy(r.name, sizeof r.name, learned->name);
    return e == ERR_OK ? case_reference_put(s, &r, now) : e;
}
