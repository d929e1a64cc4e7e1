/* The table of alarms: see alarm.h. */
#include "firmware-host/alarm.h"

#include "smsc/route.h"

#define MINUTE (60 * INT64_C(1000))
enum { STORAGE_RAISE = 70, STORAGE_CLEAR = 50 }; /* percent of the slots */
enum { SUCCESS_RAISE = 50, SUCCESS_CLEAR = 80, SUCCESS_LEAST = 10 }; /* percent sent, of so many submissions at least */

static enum alarm_state yes_if(bool holds) {
    return holds ? ALARM_YES : ALARM_NO;
}

static enum alarm_state storage(const struct link_view *v, bool raised) {
    if (v->slots_total <= 0 || v->slots_used < 0)
        return ALARM_UNKNOWN;
    return yes_if(v->slots_used * 100 >= v->slots_total * (raised ? STORAGE_CLEAR : STORAGE_RAISE));
}

static void say_storage(const struct link_view *v, struct str *to) {
    str_addf(to, "%d of %d slots hold messages: what is stored isn't taken away; the log says why", (int)v->slots_used, (int)v->slots_total);
}

static enum alarm_state unregistered(const struct link_view *v, bool raised) {
    (void)raised;
    if (!v->up || v->registration < 0)
        return ALARM_UNKNOWN;
    return yes_if(!protocol_registered(v->registration));
}

static void say_unregistered(const struct link_view *v, struct str *to) {
    str_addf(to, "%s: look at antenna, contract and the operator's coverage",
             v->registration == 3   ? "the network refuses it"
             : v->registration == 2 ? "it finds no network that takes it"
                                    : "it isn't registered in a network");
}

static enum alarm_state no_centre(const struct link_view *v, bool raised) {
    (void)raised;
    return !v->up || !v->centre ? ALARM_UNKNOWN : yes_if(!v->centre[0]);
}

static void say_no_centre(const struct link_view *v, struct str *to) {
    (void)v;
    str_add(to, "the SIM doesn't know its service centre: nothing can be sent. Set its number in a telephone, or with AT+CSCA");
}

/* A modem that is down for another reason says nothing of its SIM. */
static enum alarm_state down_for(const struct link_view *v, enum protocol_cause cause) {
    return v->up ? ALARM_NO : v->cause == cause ? ALARM_YES : ALARM_UNKNOWN;
}

static enum alarm_state pin(const struct link_view *v, bool raised) {
    (void)raised;
    return down_for(v, PROTOCOL_CAUSE_PIN);
}

static enum alarm_state puk(const struct link_view *v, bool raised) {
    (void)raised;
    return down_for(v, PROTOCOL_CAUSE_PUK);
}

static enum alarm_state no_sim(const struct link_view *v, bool raised) {
    (void)raised;
    return down_for(v, PROTOCOL_CAUSE_NO_SIM);
}

static enum alarm_state down(const struct link_view *v, bool raised) {
    (void)raised;
    return yes_if(!v->up);
}

static void say_reason(const struct link_view *v, struct str *to) {
    str_addf(to, "%.400s", v->down_reason[0] ? v->down_reason : "it didn't come up");
}

/* Which SIM it is, and so what that was refused, is known once the modem is up. */
static enum alarm_state sim_refused(const struct link_view *v, bool raised) {
    (void)raised;
    return v->up ? yes_if(v->refusals >= ROUTE_STREAK) : ALARM_UNKNOWN;
}

static void say_sim_refused(const struct link_view *v, struct str *to) {
    str_addf(to,
             "the network refused the last %d numbers: the SIM is barred or has no credit. It rests, and is tried once after each rest; paid again: "
             "phanhoictl modem sim-retry %s",
             v->refusals, v->modem->name);
}

static enum alarm_state low_success(const struct link_view *v, bool raised) {
    if (v->recent < SUCCESS_LEAST)
        return ALARM_UNKNOWN;
    return yes_if(v->recent_sent * 100 < v->recent * (raised ? SUCCESS_CLEAR : SUCCESS_RAISE));
}

static void say_low_success(const struct link_view *v, struct str *to) {
    str_addf(to, "%d of the last %d submissions were sent; phanhoictl queue and the log tell the reasons", v->recent_sent, v->recent);
}

static enum alarm_state firmware(const struct link_view *v, bool raised) {
    (void)raised;
    return v->up ? yes_if(v->trouble != NULL) : ALARM_UNKNOWN;
}

static void say_firmware(const struct link_view *v, struct str *to) {
    str_addf(to, "firmware %.64s %.256s", v->revision ? v->revision : "?", v->trouble ? v->trouble : "");
}

static enum alarm_state unhealed(const struct link_view *v, bool raised) {
    (void)raised;
    return v->helpless ? ALARM_YES : v->rung ? ALARM_UNKNOWN : ALARM_NO;
}

static void say_unhealed(const struct link_view *v, struct str *to) {
    str_addf(to, "nothing that can be done from here brought it back: look at modem, power and SIM%s%.300s", v->down_reason[0] ? "; " : "",
             v->down_reason);
}

const struct alarm_row alarm_rows[ALARM_ROWS] = {
    {"down", "the modem isn't there or doesn't serve", "mat ket noi, khong hoat dong", 5 * MINUTE, down, say_reason},
    {"pin", "the SIM asks for its PIN and none may be tried", "SIM doi ma PIN", MINUTE, pin, say_reason},
    {"puk", "the SIM is blocked", "SIM bi khoa, can ma PUK", 0, puk, say_reason},
    {"no-sim", "there is no SIM in the modem", "khong co SIM", MINUTE, no_sim, say_reason},
    {"unregistered", "no network", "khong vao duoc mang di dong", 5 * MINUTE, unregistered, say_unregistered},
    {"no-centre", "the SIM has no number of a service centre", "SIM thieu so trung tam tin nhan", 0, no_centre, say_no_centre},
    {"storage", "the memory for arrivals is nearly full", "bo nho tin nhan sap day", 0, storage, say_storage},
    {"sim-refused", "the network refuses the SIM for every number", "nha mang tu choi SIM voi moi so", 0, sim_refused, say_sim_refused},
    {"low-success", "fewer than half of the last submissions were sent", "duoi 50% tin gui di thanh cong", 0, low_success, say_low_success},
    {"unhealed", "it fails, and no restart helped", "hong, khong tu khoi phuc duoc", 0, unhealed, say_unhealed},
    {"firmware", "its firmware is known for trouble", NULL, 0, firmware, say_firmware},
};
