/* From an appliance's event to what it says of its case, by the members that store/central/openapi.yaml gives it: see province.h. An event of a type
 * that isn't known here says what it says all the same. */
#include "smsc/province.h"

#include "firmware-host/base/log.h"
#include "smsc/centre.h"
#include "smsc/code.h"
#include "store/central/profile.h"
#include "store/province.h"

#include <string.h>

/* ---- whose ---- */

/* Behind "/vn/38/pakn-sms/"; NULL: no appliance's. */
static const char *appliance_of(const struct smsc *s, const struct pull_item *item) {
    const struct profile_identity nobody = {.appliance = "", .province = s->settings.province};
    char prefix[PROFILE_ATTRIBUTE_SIZE];
    profile_source(&nobody, prefix);
    return strncmp(item->source, prefix, strlen(prefix)) == 0 ? item->source + strlen(prefix) : NULL;
}

bool province_is_event(const struct smsc *s, const struct pull_item *item) {
    return appliance_of(s, item) != NULL;
}

/* "th-02:17:123": the appliance, its epoch, the sequence. */
static bool read_id(const struct pull_item *item, const char *appliance, struct province_event *event) {
    char epoch[24];
    size_t len = strlen(appliance);
    if (strncmp(item->id, appliance, len) != 0 || item->id[len] != ':')
        return false;
    const char *from = item->id + len + 1, *colon = strchr(from, ':');
    if (!colon || (size_t)(colon - from) >= sizeof epoch)
        return false;
    memcpy(epoch, from, (size_t)(colon - from));
    epoch[colon - from] = 0;
    return parse_int(epoch, 1, INT64_MAX, &event->epoch) == ERR_OK && parse_int(colon + 1, 1, INT64_MAX, &event->sequence) == ERR_OK;
}

/* ---- how the case stands ---- */

static void read_state(const struct json *data, struct province_event *event) {
    const char *name = json_text(data, "state");
    for (enum case_state state = CASE_RECEIVED; state < CASE_STATE_COUNT && name; state++) {
        if (strcmp(case_state_name(state), name) != 0)
            continue;
        event->state = state;
        event->says_state = true;
    }
}

static int32_t day_of(const struct json *object, const char *key) {
    const char *text = json_text(object, key);
    int32_t day;
    return text && calendar_parse_date(text, &day) == ERR_OK ? day : 0;
}

/* Whether the citizen is told the date of such a deadline. */
static bool is_told(const struct json *deadline) {
    static const enum deadline_kind told[] = {DEADLINE_INTAKE, DEADLINE_UNIT, DEADLINE_RECONSIDERATION, DEADLINE_SUPPLEMENT, DEADLINE_PROMISE};
    const char *kind = json_text(deadline, "kind");
    for (size_t i = 0; i < sizeof told / sizeof *told && kind; i++)
        if (strcmp(deadline_kind_name(told[i]), kind) == 0)
            return true;
    return false;
}

static void read_due(const struct json *data, struct province_event *event) {
    const struct json *deadlines = json_get(data, "deadlines");
    if (json_get(data, "intake_due")) {
        event->due_day = day_of(data, "intake_due");
        event->says_due = true;
        return;
    }
    for (size_t i = 0; i < json_count(deadlines); i++) {
        const struct json *deadline = json_at(deadlines, i);
        const char *state = json_text(deadline, "state");
        if (!is_told(deadline) || !state)
            continue;
        if (strcmp(state, "open") == 0)
            event->due_day = day_of(deadline, "due");
        event->says_due = true;
    }
}

static void read_agency(const struct json *data, struct province_event *event) {
    const char *key = json_text(data, "unit");
    if (!key)
        key = json_text(data, "agency");
    size_t len = key ? strnlen(key, LOOKUP_AGENCY_MAX + 1) : 0;
    if (len > 0 && len <= LOOKUP_AGENCY_MAX)
        event->agency = key;
}

/* ---- whose it is ---- */

static bool read_phone(const struct json *object, struct province_event *event) {
    const char *text = json_text(object, "phone");
    return text && strnlen(text, PHONE_TEXT_SIZE) < PHONE_TEXT_SIZE && phone_parse(text, &event->phone) == ERR_OK && event->phone.kind == PHONE_E164;
}

static enum province_binding behalf_of(const struct json *data, struct province_event *event) {
    const char *step = json_text(data, "step");
    bool consent = false;
    if (json_bool(data, "consent", &consent))
        return consent ? PROVINCE_CONSENT : PROVINCE_DISSENT;
    if (step && strcmp(step, "consent") == 0)
        return PROVINCE_DISSENT;
    return read_phone(json_get(data, "data"), event) ? PROVINCE_ASKED : PROVINCE_BINDING_STAYS;
}

static void read_binding(const struct pull_item *item, struct province_event *event) {
    if (strcmp(item->type, "vn.pakn.case.submitted") == 0 || strcmp(item->type, "vn.pakn.case.rebound") == 0)
        event->binding = read_phone(item->data, event) ? PROVINCE_BOUND : PROVINCE_BINDING_STAYS;
    else if (strcmp(item->type, "vn.pakn.case.binding-lapsed") == 0)
        event->binding = PROVINCE_LAPSED;
    else if (strcmp(item->type, "vn.pakn.case.behalf-consent") == 0)
        event->binding = behalf_of(item->data, event);
}

/* ---- the event ---- */

/* Its index is ours, or its key file begins otherwise: then its codes mean nothing here, and ours nothing there. */
static void warn_of_slot(struct smsc *s, const struct pull_item *item) {
    if (s->same_slot_told)
        return;
    s->same_slot_told = true;
    log_event(LOG_LEVEL_ERROR, "province.same_slot", log_text("event", item->id), log_text("meaning", "it gives out codes of our slot"),
              log_text("do", "give each appliance its own appliance.index, and all of them the first line of one key file"));
}

static enum err learn(struct smsc *s, const struct pull_item *item, struct province_event *event) {
    int64_t code;
    if (strcmp(item->type, "vn.pakn.sender.reassigned") == 0)
        return read_phone(item->data, event) ? province_reassigned(s->store, &event->phone, event->at) : ERR_OK;
    if (!item->subject || strlen(item->subject) != CODE_DIGITS || parse_int(item->subject, 0, 999999999, &code) != ERR_OK || !code_valid(code))
        return ERR_OK;
    event->code = (int32_t)code;
    if (code_in_slot(s->keys, event->code, s->settings.index, s->settings.of)) {
        warn_of_slot(s, item);
        return ERR_OK;
    }
    read_state(item->data, event);
    read_due(item->data, event);
    read_agency(item->data, event);
    read_binding(item, event);
    bool says = event->says_state || event->says_due || event->agency || event->binding != PROVINCE_BINDING_STAYS;
    return says ? province_learn(s->store, event) : ERR_OK;
}

enum err province_take(struct smsc *s, const struct pull_item *item, bool *ret_taken) {
    const char *appliance = item->problem ? NULL : appliance_of(s, item);
    struct province_event event = {.at = item->time};
    *ret_taken = appliance && item->time >= 0 && read_id(item, appliance, &event);
    if (!*ret_taken || strcmp(appliance, s->settings.appliance_id) == 0)
        return ERR_OK;
    return learn(s, item, &event);
}
