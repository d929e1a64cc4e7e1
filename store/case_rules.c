/* The table. Rows of the same state and step are tried from top to bottom until who and guard fit. Everything that happens by a step is in its row,
 * but for what a step writes down (store/case_step.c). tests/golden/case_rules.txt is its print, tests/golden/case_diagram.dot its picture. */
#include "store/case_rules.h"

#include <string.h>

#define X(symbol, name, type, pushed) [symbol] = (name),
static const char *const step_names[STEP_COUNT] = {CASE_STEP_TABLE(X)};
#undef X
#define X(symbol, name) [symbol] = (name),
static const char *const role_names[ROLE_COUNT] = {CASE_ROLE_TABLE(X)};
static const char *const notice_names[NOTICE_COUNT] = {CASE_NOTICE_TABLE(X)};
#undef X

const char *case_step_name(enum case_step_kind step) {
    return (unsigned)step < STEP_COUNT ? step_names[step] : "?";
}

#define X(symbol, name, type, pushed) [symbol] = (type),
const char *case_step_event(enum case_step_kind step) {
    static const char *const types[STEP_COUNT] = {CASE_STEP_TABLE(X)};
    return (unsigned)step < STEP_COUNT ? types[step] : NULL;
}
#undef X

bool case_step_has_document(enum case_step_kind step) {
    return step == STEP_ANSWER || step == STEP_RESULT || step == STEP_RECONSIDER;
}

const char *case_role_name(enum case_role role) {
    return (unsigned)role < ROLE_COUNT ? role_names[role] : "?";
}

const char *case_notice_name(enum case_notice notice) {
    return (unsigned)notice < NOTICE_COUNT ? notice_names[notice] : "?";
}

static int find(const char *const *names, int count, const char *name) {
    int i = 0;
    while (i < count && strcmp(names[i], name) != 0)
        i++;
    return i;
}

enum case_step_kind case_step_find(const char *name) {
    return (enum case_step_kind)find(step_names, STEP_COUNT, name);
}

enum case_role case_role_find(const char *name) {
    return (enum case_role)find(role_names, ROLE_COUNT, name);
}

enum case_step_kind case_step_of_deadline(enum deadline_kind kind) {
    static const enum case_step_kind steps[DEADLINE_KIND_COUNT] = {
        [DEADLINE_INTAKE] = STEP_DEADLINE,
        [DEADLINE_UNIT] = STEP_DEADLINE,
        [DEADLINE_COORDINATION] = STEP_DEADLINE,
        [DEADLINE_PUBLICATION] = STEP_DEADLINE,
        [DEADLINE_REJOINDER] = STEP_REJOINDER_EXPIRED,
        [DEADLINE_RECONSIDERATION] = STEP_DEADLINE,
        [DEADLINE_SUPPLEMENT] = STEP_SUPPLEMENT_EXPIRED,
        [DEADLINE_REASON] = STEP_REASON_EXPIRED,
        [DEADLINE_PROMISE] = STEP_PROMISE_EXPIRED,
        [DEADLINE_CALLBACK] = STEP_DEADLINE,
        [DEADLINE_REMIND] = STEP_SUPPLEMENT_DUE,
        [DEADLINE_OVERALL] = STEP_DEADLINE,
        [DEADLINE_REMIND_REJOINDER] = STEP_REJOINDER_DUE,
    };
    return (unsigned)kind < DEADLINE_KIND_COUNT ? steps[kind] : STEP_COUNT;
}

/* clang-format off */
#define IN(state)     (1u << CASE_##state)
#define OPEN_BEFORE_PUBLISHED (IN(RECEIVED) | IN(NEED_INFO) | IN(IN_PROCESS) | IN(RESULT_READY))
#define OPEN_ALL      (OPEN_BEFORE_PUBLISHED | IN(PUBLISHED) | IN(REJOINDER))
#define ENDED         (IN(REFUSED) | IN(NOTED_CLOSED) | IN(CLOSED))
#define ANY           (OPEN_ALL | ENDED)

#define BY(role)      (1u << ROLE_##role)
#define BY_CITIZEN    BY(CITIZEN)
#define BY_EITHER     (BY(CITIZEN) | BY(REPRESENTED))
#define BY_TIMER      BY(TIMER)
#define BY_INTAKE     (BY(INTAKE) | BY(CENTRE))
#define BY_UNIT       BY(UNIT)
#define BY_HANDLER    (BY_UNIT | BY_INTAKE)
#define BY_ASKED      (BY(COORDINATING) | BY_UNIT | BY(INTAKE))
#define BY_MOVER      (BY_HANDLER | BY(OFFICE))

#define OF(kind)      (1u << DEADLINE_##kind)
#define OF_OFFICES    (OF(INTAKE) | OF(COORDINATION) | OF(PUBLICATION) | OF(RECONSIDERATION) | OF(CALLBACK) | OF(OVERALL))

#define START(kind)   {TIMER_START, DEADLINE_##kind}
#define MEET(kind)    {TIMER_MEET, DEADLINE_##kind}
#define STOP(kind)    {TIMER_STOP, DEADLINE_##kind}
#define PAUSE(kind)   {TIMER_PAUSE, DEADLINE_##kind}
#define RESUME(kind)  {TIMER_RESUME, DEADLINE_##kind}
#define RESTART(kind) {TIMER_RESTART, DEADLINE_##kind}
#define REOPEN(kind)  {TIMER_REOPEN, DEADLINE_##kind}
#define STOP_ALL      {TIMER_STOP_ALL, DEADLINE_INTAKE}
#define MOVE          {TIMER_MOVE, DEADLINE_INTAKE}
#define TIMERS(...)   {__VA_ARGS__}
#define NO_TIMERS     {{TIMER_NONE, DEADLINE_INTAKE}}
#define TOLD(...)     {__VA_ARGS__}
#define NOBODY        {NOTICE_NONE}

const struct case_rule case_rules[] = {
    /*   from                             step                     who          expired        guard                   to
     *   deadlines
     *   told to the citizen, to officers */
    {1,  1u << CASE_NONE,                 STEP_SUBMIT,             BY_CITIZEN,  0,             GUARD_LETTERS,          CASE_RECEIVED,
         TIMERS(START(INTAKE), START(OVERALL)),
         TOLD(NOTICE_ACK), TOLD(NOTICE_O_NEW)},
    {2,  1u << CASE_NONE,                 STEP_DRAFT,              BY_CITIZEN,  0,             GUARD_NONE,             CASE_DRAFT,
         NO_TIMERS,
         TOLD(NOTICE_FREETEXT), NOBODY},
    {3,  IN(DRAFT),                       STEP_CONFIRM,            BY_CITIZEN,  0,             GUARD_NONE,             CASE_RECEIVED,
         TIMERS(START(INTAKE), START(OVERALL)),
         TOLD(NOTICE_ACK), TOLD(NOTICE_O_NEW)},
    {4,  IN(DRAFT),                       STEP_DRAFT_EXPIRED,      BY_TIMER,    0,             GUARD_LETTERS,          CASE_RECEIVED,
         TIMERS(START(INTAKE), START(OVERALL)),
         TOLD(NOTICE_ACK), TOLD(NOTICE_O_NEW)},
    {5,  IN(RECEIVED),                    STEP_ANSWER,             BY_INTAKE,   0,             GUARD_TEXT,             CASE_RESULT_READY,
         TIMERS(MEET(INTAKE), START(PUBLICATION)),
         NOBODY, TOLD(NOTICE_O_PUBLISH)},
    {6,  IN(RECEIVED) | IN(NEED_INFO),    STEP_ACCEPT,             BY_INTAKE,   0,             GUARD_UNIT_KNOWN,       CASE_IN_PROCESS,
         TIMERS(MEET(INTAKE), STOP(SUPPLEMENT), STOP(REMIND), START(UNIT)),
         TOLD(NOTICE_ACCEPT), TOLD(NOTICE_O_NEW)},
    {7,  IN(RECEIVED),                    STEP_NEED_INFO,          BY_INTAKE,   0,             GUARD_PAUSES,           CASE_NEED_INFO,
         TIMERS(PAUSE(INTAKE), START(SUPPLEMENT), START(REMIND)),
         TOLD(NOTICE_NEEDINFO), NOBODY},
    {8,  IN(NEED_INFO),                   STEP_SUPPLEMENT,         BY_EITHER,   0,             GUARD_NONE,             CASE_RECEIVED,
         TIMERS(MEET(SUPPLEMENT), STOP(REMIND), RESTART(INTAKE)),
         TOLD(NOTICE_SUPPACK), TOLD(NOTICE_O_SUPP)},
    {9,  IN(NEED_INFO),                   STEP_SUPPLEMENT_DUE,     BY_TIMER,    OF(REMIND),    GUARD_NONE,             CASE_STATES_STAY,
         TIMERS(MEET(REMIND)),
         TOLD(NOTICE_REMIND), NOBODY},
    {9,  IN(NEED_INFO),                   STEP_SUPPLEMENT_EXPIRED, BY_TIMER,    OF(SUPPLEMENT),GUARD_NONE,             CASE_RECEIVED,
         TIMERS(STOP(SUPPLEMENT), STOP(REMIND), RESUME(INTAKE)),
         NOBODY, NOBODY},
    {10, IN(RECEIVED) | IN(NEED_INFO),    STEP_REFUSE,             BY_INTAKE,   0,             GUARD_REFUSAL,          CASE_REFUSED,
         TIMERS(MEET(INTAKE), STOP_ALL),
         TOLD(NOTICE_REJECT), NOBODY},
    {11, IN(RECEIVED) | IN(NEED_INFO) | IN(IN_PROCESS),
                                          STEP_TRANSFER,           BY_MOVER,    0,             GUARD_OTHER_AGENCY,     CASE_RECEIVED,
         TIMERS(STOP(UNIT), STOP(COORDINATION), STOP(REASON), STOP(PROMISE), STOP(SUPPLEMENT), STOP(REMIND), MEET(INTAKE), START(INTAKE)),
         TOLD(NOTICE_TRANSFER), TOLD(NOTICE_O_NEW)},
    {12, IN(IN_PROCESS),                  STEP_ASK,                BY_UNIT,     0,             GUARD_TEXT,             CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_ASK), NOBODY},
    {13, OPEN_ALL & ~IN(NEED_INFO),       STEP_SUPPLEMENT,         BY_EITHER,   0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_SUPPACK), TOLD(NOTICE_O_SUPP)},
    {14, IN(IN_PROCESS),                  STEP_COORDINATE,         BY_UNIT,     0,             GUARD_AGENCIES,         CASE_STATES_STAY,
         TIMERS(START(COORDINATION)),
         NOBODY, TOLD(NOTICE_O_COORD)},
    {15, IN(IN_PROCESS),                  STEP_COORDINATION_ANSWER,BY_ASKED,    0,             GUARD_COORDINATION,     CASE_STATES_STAY,
         TIMERS(MEET(COORDINATION)),
         NOBODY, TOLD(NOTICE_O_SUPP)},
    {16, ANY,                             STEP_DEADLINE,           BY_TIMER,    OF_OFFICES,    GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, TOLD(NOTICE_O_OVER, NOTICE_O_ESC)},
    {17, IN(IN_PROCESS),                  STEP_DEADLINE,           BY_TIMER,    OF(UNIT),      GUARD_NONE,             CASE_STATES_STAY,
         TIMERS(START(REASON)),
         NOBODY, TOLD(NOTICE_O_OVER)},
    {18, IN(IN_PROCESS),                  STEP_REASON_EXPIRED,     BY_TIMER,    OF(REASON),    GUARD_LATE,             CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_LATE_NOREASON), TOLD(NOTICE_O_ESC)},
    {19, IN(IN_PROCESS),                  STEP_LATE_REASON,        BY_HANDLER,  0,             GUARD_LATE_REASON,      CASE_STATES_STAY,
         TIMERS(MEET(REASON), STOP(PROMISE), START(PROMISE)),
         TOLD(NOTICE_LATE), NOBODY},
    {19, IN(IN_PROCESS),                  STEP_PROMISE_EXPIRED,    BY_TIMER,    OF(PROMISE),   GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, TOLD(NOTICE_O_OVER)},
    {20, IN(IN_PROCESS),                  STEP_RESULT,             BY_UNIT,     0,             GUARD_TEXT,             CASE_RESULT_READY,
         TIMERS(MEET(UNIT), STOP(COORDINATION), STOP(REASON), MEET(PROMISE), START(PUBLICATION)),
         NOBODY, TOLD(NOTICE_O_PUBLISH)},
    {21, IN(RESULT_READY),                STEP_SEND_BACK,          BY_INTAKE,   0,             GUARD_TEXT,             CASE_IN_PROCESS,
         TIMERS(STOP(PUBLICATION), REOPEN(UNIT), REOPEN(REASON), REOPEN(PROMISE)),
         NOBODY, TOLD(NOTICE_O_NEW)},
    {22, IN(RESULT_READY),                STEP_PUBLISH,            BY_INTAKE,   0,             GUARD_PUBLIC,           CASE_PUBLISHED,
         TIMERS(MEET(PUBLICATION), MEET(OVERALL), START(REJOINDER), START(REMIND_REJOINDER)),
         TOLD(NOTICE_RESULT, NOTICE_RESULTTAIL), NOBODY},
    {22, IN(PUBLISHED),                   STEP_RESULT_DELIVERED,   BY_TIMER | BY_CITIZEN, 0,   GUARD_UNDELIVERED,      CASE_STATES_STAY,
         TIMERS(RESTART(REJOINDER), RESTART(REMIND_REJOINDER)),
         NOBODY, NOBODY},
    {23, IN(PUBLISHED) | IN(CLOSED),      STEP_ANNUL,              BY(OFFICE),  0,             GUARD_TEXT,             CASE_IN_PROCESS,
         TIMERS(STOP(REJOINDER), STOP(REMIND_REJOINDER), START(UNIT)),
         TOLD(NOTICE_ANNUL), TOLD(NOTICE_O_NEW)},
    {25, IN(PUBLISHED) | IN(REJOINDER) | IN(CLOSED),
                                          STEP_REJOIN,             BY_CITIZEN,  0,             GUARD_REJOINED,         CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_REJOINUSED), TOLD(NOTICE_O_SUPP)},
    {24, IN(PUBLISHED),                   STEP_REJOIN,             BY_CITIZEN,  0,             GUARD_IN_TIME,          CASE_REJOINDER,
         TIMERS(MEET(REJOINDER), STOP(REMIND_REJOINDER), START(RECONSIDERATION)),
         TOLD(NOTICE_REJOINACK), TOLD(NOTICE_O_REJOIN)},
    {24, IN(REFUSED),                     STEP_REJOIN,             BY_CITIZEN,  0,             GUARD_REFUSAL_IN_TIME,  CASE_REJOINDER,
         TIMERS(START(RECONSIDERATION)),
         TOLD(NOTICE_REJOINACK), TOLD(NOTICE_O_REJOIN)},
    {25, IN(PUBLISHED) | IN(CLOSED),      STEP_REJOIN,             BY_CITIZEN,  0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_REJOINLATE), TOLD(NOTICE_O_SUPP)},
    {26, IN(REJOINDER),                   STEP_RECONSIDER,         BY_HANDLER,  0,             GUARD_RECONSIDERED,     CASE_CLOSED,
         TIMERS(MEET(RECONSIDERATION)),
         TOLD(NOTICE_RECONSIDERED), NOBODY},
    {27, IN(PUBLISHED),                   STEP_REJOINDER_DUE,      BY_TIMER,    OF(REMIND_REJOINDER), GUARD_NONE,      CASE_STATES_STAY,
         TIMERS(MEET(REMIND_REJOINDER)),
         TOLD(NOTICE_REMIND_RESULT), NOBODY},
    {27, IN(PUBLISHED),                   STEP_REJOINDER_EXPIRED,  BY_TIMER,    OF(REJOINDER), GUARD_NONE,             CASE_CLOSED,
         TIMERS(STOP(REJOINDER), STOP(REMIND_REJOINDER)),
         NOBODY, NOBODY},
    {28, OPEN_BEFORE_PUBLISHED,           STEP_WITHDRAW_ASK,       BY_CITIZEN,  0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_WDASK), NOBODY},
    {28, OPEN_BEFORE_PUBLISHED,           STEP_WITHDRAW,           BY_CITIZEN,  0,             GUARD_NONE,             CASE_NOTED_CLOSED,
         TIMERS(STOP_ALL),
         TOLD(NOTICE_WDDONE), TOLD(NOTICE_O_SUPP)},
    {29, IN(RECEIVED) | IN(NEED_INFO) | IN(IN_PROCESS),
                                          STEP_CLOSE_NOTED,        BY_INTAKE,   0,             GUARD_TEXT,             CASE_NOTED_CLOSED,
         TIMERS(MEET(INTAKE), STOP_ALL),
         TOLD(NOTICE_NOTED), NOBODY},
    {30, ANY,                             STEP_CONFIDENTIAL,       BY_EITHER,   0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_CONF), NOBODY},
    {30, ANY,                             STEP_CONFIDENTIAL,       BY_HANDLER,  0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
    {31, IN(PUBLISHED) | IN(REJOINDER) | IN(CLOSED),
                                          STEP_RATE,               BY_CITIZEN,  0,             GUARD_RATING_LOW,       CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_RATED), TOLD(NOTICE_O_LOW)},
    {31, IN(PUBLISHED) | IN(REJOINDER) | IN(CLOSED),
                                          STEP_RATE,               BY_CITIZEN,  0,             GUARD_RATING,           CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_RATED), NOBODY},
    {32, IN(RECEIVED) | IN(NEED_INFO),    STEP_MARK_DUPLICATE,     BY_INTAKE,   0,             GUARD_ORIGINAL,         CASE_REFUSED,
         TIMERS(MEET(INTAKE), STOP_ALL),
         TOLD(NOTICE_DUPMARKED), NOBODY},
    {33, ENDED,                           STEP_SUPPLEMENT,         BY_EITHER,   0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_ENDED), TOLD(NOTICE_O_SUPP)},
    {33, IN(REFUSED) | IN(NOTED_CLOSED),  STEP_REJOIN,             BY_CITIZEN,  0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_ENDED), TOLD(NOTICE_O_SUPP)},
    {33, ENDED,                           STEP_WITHDRAW_ASK,       BY_CITIZEN,  0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         TOLD(NOTICE_ENDED), TOLD(NOTICE_O_SUPP)},
    {34, ANY,                             STEP_NAME,               BY_CITIZEN,  0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
    {34, ANY,                             STEP_TAX_CODE,           BY_EITHER,   0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
    {34, ANY,                             STEP_BEHALF,             BY_CITIZEN,  0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
    {34, ANY,                             STEP_CONSENT,            BY(REPRESENTED) | BY_TIMER, 0, GUARD_DISSENT,       CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, TOLD(NOTICE_O_SUPP)},
    {34, ANY,                             STEP_CONSENT,            BY(REPRESENTED), 0,         GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
    {34, ANY,                             STEP_CALLBACK,           BY_EITHER,   0,             GUARD_NONE,             CASE_STATES_STAY,
         TIMERS(START(CALLBACK)),
         TOLD(NOTICE_CALLBACK), TOLD(NOTICE_O_SUPP)},
    {34, ANY,                             STEP_CALLED,             BY_HANDLER,  0,             GUARD_NONE,             CASE_STATES_STAY,
         TIMERS(MEET(CALLBACK)),
         NOBODY, NOBODY},
    {35, ANY,                             STEP_WORDS,              BY_EITHER,   0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, TOLD(NOTICE_O_SUPP)},
    {36, ANY,                             STEP_COMPLETED,          BY_EITHER,   0,             GUARD_NONE,             CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
    {37, ANY,                             STEP_RECALCULATED,       BY_TIMER,    0,             GUARD_LATER,            CASE_STATES_STAY,
         TIMERS(MOVE),
         NOBODY, NOBODY},
    {38, IN(IN_PROCESS),                  STEP_OPENED,             BY_UNIT,     0,             GUARD_UNOPENED,         CASE_STATES_STAY,
         TIMERS(RESTART(UNIT)),
         NOBODY, NOBODY},
    {39, ANY,                             STEP_REBIND,             BY_INTAKE,   0,             GUARD_OTHER_NUMBER,     CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
    {40, ENDED,                           STEP_LAPSE,              BY_TIMER,    0,             GUARD_BOUND,            CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
    {40, ANY,                             STEP_LAPSE,              BY_INTAKE,   0,             GUARD_BOUND,            CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
    {41, OPEN_ALL,                        STEP_REVIEW,             BY_HANDLER,  0,             GUARD_FLAGGED,          CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
    {42, OPEN_BEFORE_PUBLISHED | IN(REJOINDER),
                                          STEP_SUPPORTED,          BY_TIMER,    0,             GUARD_SUPPORTER,        CASE_STATES_STAY,
         NO_TIMERS,
         NOBODY, NOBODY},
};
/* clang-format on */
const size_t case_rule_count = sizeof case_rules / sizeof *case_rules;
