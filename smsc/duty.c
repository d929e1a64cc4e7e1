/* Who has a duty: a ladder of roles in the agency itself, then in the agency above it, at last in the service centre, which has what nobody else has
 * (Decision 115/2025 art. 9). Only who is valid today and has a phone counts. */
#include "firmware-host/base/clock.h"
#include "smsc/officer_desk.h"

#include <string.h>

enum { ROLES_MOST = 4 };

static const enum case_role ladders[][ROLES_MOST] = {
    [DUTY_INTAKE] = {ROLE_INTAKE, ROLE_OFFICE, ROLE_CENTRE, ROLE_COUNT},
    [DUTY_UNIT] = {ROLE_UNIT, ROLE_INTAKE, ROLE_HEAD, ROLE_COUNT},
    [DUTY_COORDINATION] = {ROLE_COORDINATING, ROLE_INTAKE, ROLE_UNIT, ROLE_HEAD},
    [DUTY_HEAD] = {ROLE_HEAD, ROLE_COUNT, ROLE_COUNT, ROLE_COUNT},
};
static const enum case_role centre_ladder[ROLES_MOST] = {ROLE_CENTRE, ROLE_INTAKE, ROLE_HEAD, ROLE_COUNT};

static enum err climb(struct smsc *s, const enum case_role *ladder, int64_t agency_id, int32_t today, struct officer_ids *ids) {
    enum err e = ERR_OK;
    for (int i = 0; i < ROLES_MOST && ladder[i] != ROLE_COUNT && ids->count == 0 && e == ERR_OK; i++)
        e = officer_reachable(s->store, agency_id, ladder[i], today, ids->of, &ids->count);
    return e;
}

static enum err officers_of_centre(struct smsc *s, enum duty duty, int32_t today, struct officer_ids *ids) {
    struct agency centre;
    enum err e = agency_of_kind(s->store, AGENCY_CENTRE, &centre);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    int64_t id = centre.id;
    agency_release(&centre);
    if (duty == DUTY_HEAD)
        e = climb(s, ladders[DUTY_HEAD], id, today, ids);
    return e == ERR_OK && ids->count == 0 ? climb(s, centre_ladder, id, today, ids) : e;
}

enum err duty_officers(struct smsc *s, enum duty duty, int64_t agency_id, int32_t today, struct officer_ids *ret_ids) {
    struct officer_ids ids = {.count = 0};
    enum err e = ERR_OK;
    for (int64_t at = agency_id; at != 0 && ids.count == 0 && e == ERR_OK;) {
        struct agency a;
        e = agency_get(s->store, at, &a);
        if (e != ERR_OK)
            break;
        if (a.active)
            e = climb(s, ladders[duty], at, today, &ids);
        at = a.parent_id;
        agency_release(&a);
    }
    if (e == ERR_NOT_FOUND)
        e = ERR_OK;
    if (e == ERR_OK && ids.count == 0)
        e = officers_of_centre(s, duty, today, &ids);
    if (e == ERR_OK)
        *ret_ids = ids;
    return e;
}

enum duty duty_of_role(enum case_role role) {
    return role == ROLE_UNIT ? DUTY_UNIT : role == ROLE_COORDINATING ? DUTY_COORDINATION : role == ROLE_HEAD ? DUTY_HEAD : DUTY_INTAKE;
}

/* Who handles a case: its unit, else the agency that has it. */
static void handler(int64_t agency_id, int64_t unit_id, enum duty *ret_duty, int64_t *ret_agency) {
    *ret_duty = unit_id ? DUTY_UNIT : DUTY_INTAKE;
    *ret_agency = unit_id ? unit_id : agency_id;
}

enum err officer_handles(struct smsc *s, const struct officer *o, const struct case_life *life, int64_t now, bool *ret_handles) {
    struct officer_ids ids;
    enum duty duty;
    int64_t agency_id = 0;
    handler(life->agency_id, life->unit_id, &duty, &agency_id);
    *ret_handles = o->agency_id == agency_id;
    enum err e = *ret_handles ? ERR_OK : duty_officers(s, duty, agency_id, clock_vietnam_day(now), &ids);
    for (size_t i = 0; e == ERR_OK && !*ret_handles && i < ids.count; i++)
        *ret_handles = ids.of[i] == o->id;
    return e;
}

bool duty_of_deadline(enum deadline_kind kind, int64_t agency_id, int64_t unit_id, int64_t coordinating_id, enum duty *ret_duty,
                      int64_t *ret_agency) {
    switch (kind) {
    case DEADLINE_INTAKE:
    case DEADLINE_PUBLICATION:
    case DEADLINE_CALLBACK:
        *ret_duty = DUTY_INTAKE;
        *ret_agency = agency_id;
        return true;
    case DEADLINE_UNIT:
    case DEADLINE_PROMISE:
    case DEADLINE_RECONSIDERATION:
        handler(agency_id, unit_id, ret_duty, ret_agency);
        return true;
    case DEADLINE_COORDINATION:
        *ret_duty = DUTY_COORDINATION;
        *ret_agency = coordinating_id;
        return true;
    case DEADLINE_OVERALL: /* an alarm for who watches over all */
        *ret_duty = DUTY_INTAKE;
        *ret_agency = 0;
        return true;
    case DEADLINE_REASON: /* told with the deadline that was missed */
    case DEADLINE_REJOINDER:
    case DEADLINE_SUPPLEMENT:
    case DEADLINE_REMIND:
    case DEADLINE_REMIND_REJOINDER:
    case DEADLINE_KIND_COUNT:
        break;
    }
    return false;
}

struct asked_of {
    int64_t coordination_id, agency_id;
};

static void note_agency(void *context, const struct coordination *c) {
    struct asked_of *asked = context;
    if (c->id == asked->coordination_id)
        asked->agency_id = c->agency_id;
}

enum err duty_now(struct smsc *s, const struct deadline *d, const struct case_life *life, enum duty *ret_duty, int64_t *ret_agency) {
    struct asked_of asked = {.coordination_id = d->coordination_id};
    enum err e = asked.coordination_id ? coordination_list(s->store, d->case_id, note_agency, &asked) : ERR_OK;
    if (e == ERR_OK && !duty_of_deadline(d->kind, life->agency_id, life->unit_id, asked.agency_id, ret_duty, ret_agency))
        e = ERR_NOT_FOUND;
    return e;
}
