/* The tables of store/sender_rules.h. A sender's states stand in their row as times, so what has passed is over without anybody's doing. */
#include "store/sender_rules.h"

#define X(symbol, name) [symbol] = (name),
static const char *const state_names[SENDER_STATE_COUNT] = {SENDER_STATE_TABLE(X)};
#undef X
#define X(symbol, name, who) [symbol] = {name, who},
static const struct { const char *name, *who; } events[SENDER_EVENT_COUNT] = {SENDER_EVENT_TABLE(X)};
#undef X

static const struct {
    unsigned from; /* 1 << enum sender_state, or'ed */
    enum sender_event event;
    enum sender_state to;
} rules[] = {
    {1u << SENDER_OK, SENDER_FLOODS, SENDER_LIMITED},  {1u << SENDER_OK | 1u << SENDER_LIMITED | 1u << SENDER_BLOCKED, SENDER_BLOCK, SENDER_BLOCKED},
    {1u << SENDER_BLOCKED, SENDER_UNBLOCK, SENDER_OK}, {1u << SENDER_LIMITED | 1u << SENDER_BLOCKED, SENDER_TIME, SENDER_OK},
    {1u << SENDER_ON, SENDER_OPTS_OUT, SENDER_OFF},    {1u << SENDER_OFF, SENDER_OPTS_IN, SENDER_ON},
};
enum { RULES = sizeof rules / sizeof *rules };

enum sender_state sender_state(const struct subscriber *who, int64_t now) {
    if (who->conduct.blocked_until > now)
        return SENDER_BLOCKED;
    return who->conduct.limited_until > now ? SENDER_LIMITED : SENDER_OK;
}

bool sender_step(struct subscriber *who, enum sender_event event, int64_t until, int64_t now) {
    unsigned states = 1u << sender_state(who, now) | 1u << (who->opted_out ? SENDER_OFF : SENDER_ON);
    for (int i = 0; i < RULES; i++) {
        if (rules[i].event != event || !(rules[i].from & states))
            continue;
        switch (rules[i].to) {
        case SENDER_LIMITED:
            who->conduct.limited_until = until;
            break;
        case SENDER_BLOCKED:
            who->conduct.blocked_until = until;
            break;
        case SENDER_OK: /* of the two only a block is lifted by a person */
            who->conduct.blocked_until = 0;
            break;
        case SENDER_ON:
        case SENDER_OFF:
            who->opted_out = rules[i].to == SENDER_OFF;
            break;
        case SENDER_STATE_COUNT:
            break;
        }
        return true;
    }
    return false;
}

void sender_edges(struct str *to) {
    for (int i = 0; i < RULES; i++)
        for (int from = 0; from < SENDER_STATE_COUNT; from++)
            if (rules[i].from & 1u << from)
                str_addf(to, "        %s -> %s [label=\"%s\\l(%s)\\l\"];\n", state_names[from], state_names[rules[i].to], events[rules[i].event].name,
                         events[rules[i].event].who);
}
