/* The table printed: as a picture (Graphviz), and as lines. */
#include "store/case_rules.h"
#include "store/sender_rules.h"

#include <ctype.h>
#include <string.h>

#define X(symbol, why) [symbol] = #symbol,
static const char *const guard_symbols[GUARD_COUNT] = {CASE_GUARD_TABLE(X)};
#undef X

static void add_guard(struct str *to, enum case_guard guard) {
    str_add(to, " [");
    for (const char *c = guard_symbols[guard] + strlen("GUARD_"); *c; c++)
        str_add_char(to, *c == '_' ? ' ' : (char)tolower((unsigned char)*c));
    str_add_char(to, ']');
}

static const char *const action_names[] = {
    [TIMER_NONE] = "",       [TIMER_START] = "start",   [TIMER_MEET] = "meet",       [TIMER_STOP] = "stop",     [TIMER_STOP_ALL] = "stop all",
    [TIMER_PAUSE] = "pause", [TIMER_RESUME] = "resume", [TIMER_RESTART] = "restart", [TIMER_REOPEN] = "reopen", [TIMER_MOVE] = "move",
};

enum { NODES = CASE_STATE_COUNT + 1 }; /* the states, and what isn't a case yet */

static unsigned every_state(void) {
    unsigned all = 0;
    for (int state = CASE_RECEIVED; state < CASE_STATE_COUNT; state++)
        all |= 1u << state;
    return all;
}

static const char *node_name(int node) {
    return node == CASE_NONE ? "message" : case_state_name((enum case_state)node);
}

/* ---- the picture ---- */

/* Rows that differ only in who is told are one label. */
static void add_label(struct str *to, const struct case_rule *rule) {
    const struct case_rule *before = rule == case_rules ? NULL : rule - 1;
    if (before && before->step == rule->step && before->from == rule->from && before->to == rule->to && before->guard == rule->guard)
        return;
    str_addf(to, "%d %s", rule->number, case_step_name(rule->step));
    if (rule->guard != GUARD_NONE)
        add_guard(to, rule->guard);
    str_add(to, "\\l");
}

static void add_edge(struct str *to, int from, int target) {
    bool any = false;
    for (size_t i = 0; i < case_rule_count; i++) {
        const struct case_rule *rule = &case_rules[i];
        bool stays = rule->to == CASE_STATES_STAY;
        if (!(rule->from & 1u << from) || (stays ? rule->from == every_state() || target != from : rule->to != target))
            continue;
        if (!any)
            str_addf(to, "    %s -> %s [label=\"", node_name(from), node_name(target));
        any = true;
        add_label(to, rule);
    }
    if (any)
        str_add(to, "\"];\n");
}

void case_diagram(struct str *to) {
    str_add(to, "digraph cases {\n    rankdir=LR;\n    node [shape=box, style=rounded];\n    message [shape=plaintext];\n");
    for (int state = CASE_RECEIVED; state < CASE_STATE_COUNT; state++)
        if (case_state_ended((enum case_state)state))
            str_addf(to, "    %s [peripheries=2];\n", node_name(state));
    str_add(to, "    any [shape=note, style=solid, label=\"in every state\\l");
    for (size_t i = 0; i < case_rule_count; i++)
        if (case_rules[i].from == every_state())
            add_label(to, &case_rules[i]);
    str_add(to, "\"];\n");
    for (int from = 0; from < NODES; from++)
        for (int target = 0; target < CASE_STATE_COUNT; target++)
            add_edge(to, from, target);
    str_add(to, "    subgraph cluster_sender {\n        label=\"sender\";\n");
    sender_edges(to);
    str_add(to, "    }\n}\n");
}

/* ---- the lines ---- */

static void add_set(struct str *to, unsigned set, int count, const char *(*name)(int)) {
    const char *between = "";
    for (int i = 0; i < count; i++) {
        if (set & 1u << i) {
            str_addf(to, "%s%s", between, name(i));
            between = "|";
        }
    }
}

static const char *role_name(int role) {
    return case_role_name((enum case_role)role);
}

static const char *deadline_name(int kind) {
    return deadline_kind_name((enum deadline_kind)kind);
}

static void add_timers(struct str *to, const struct case_timer *timers) {
    for (int i = 0; i < CASE_TIMERS_MAX && timers[i].action != TIMER_NONE; i++) {
        bool of_kind = timers[i].action != TIMER_STOP_ALL && timers[i].action != TIMER_MOVE;
        str_addf(to, "%s%s%s%s", i ? ", " : "    deadlines: ", action_names[timers[i].action], of_kind ? " " : "",
                 of_kind ? deadline_kind_name(timers[i].kind) : "");
    }
    if (timers[0].action != TIMER_NONE)
        str_add_char(to, '\n');
}

static void add_notices(struct str *to, const char *whom, const enum case_notice *notices) {
    for (int i = 0; i < CASE_NOTICES_MAX && notices[i] != NOTICE_NONE; i++)
        str_addf(to, "%s%s", i ? ", " : whom, case_notice_name(notices[i]));
    if (notices[0] != NOTICE_NONE)
        str_add_char(to, '\n');
}

void case_rules_print(struct str *to) {
    for (size_t i = 0; i < case_rule_count; i++) {
        const struct case_rule *rule = &case_rules[i];
        str_addf(to, "%d %s: ", rule->number, case_step_name(rule->step));
        if (rule->from == every_state())
            str_add(to, "any");
        else
            add_set(to, rule->from, NODES, node_name);
        str_addf(to, " -> %s by ", rule->to == CASE_STATES_STAY ? "same" : node_name(rule->to));
        add_set(to, rule->who, ROLE_COUNT, role_name);
        if (rule->expired)
            str_add(to, " when expired: ");
        add_set(to, rule->expired, DEADLINE_KIND_COUNT, deadline_name);
        if (rule->guard != GUARD_NONE)
            add_guard(to, rule->guard);
        str_add_char(to, '\n');
        add_timers(to, rule->timers);
        add_notices(to, "    citizen: ", rule->citizen);
        add_notices(to, "    officers: ", rule->officer);
    }
}
