/* Whether a sender is answered (Decision 115/2025 art. 13.2), and whether they want texts that they didn't ask for: two small machines, a table each
 * row of which is a transition. What ends by itself ends when its time has passed; no row is written for that. */
#ifndef STORE_SENDER_RULES_H
#define STORE_SENDER_RULES_H

#include "store/subscriber.h"

/* clang-format off */
#define SENDER_STATE_TABLE(X) \
    X(SENDER_OK,      "OK") \
    X(SENDER_LIMITED, "LIMITED") /* by the appliance, until a time */ \
    X(SENDER_BLOCKED, "BLOCKED") /* by a person, with a reason, until a time */ \
    X(SENDER_ON,      "ON")      /* wants notices */ \
    X(SENDER_OFF,     "OFF")
#define SENDER_EVENT_TABLE(X) /* symbol, name, who */ \
    X(SENDER_FLOODS,   "too many messages or wrong codes", "appliance") \
    X(SENDER_BLOCK,    "block",   "a person") \
    X(SENDER_UNBLOCK,  "unblock", "a person") \
    X(SENDER_TIME,     "its end", "timer") \
    X(SENDER_OPTS_OUT, "TUCHOI",  "citizen") \
    X(SENDER_OPTS_IN,  "NHAN",    "citizen")
/* clang-format on */
#define X(symbol, ...) symbol,
enum sender_state { SENDER_STATE_TABLE(X) SENDER_STATE_COUNT };
enum sender_event { SENDER_EVENT_TABLE(X) SENDER_EVENT_COUNT };
#undef X

enum sender_state sender_state(const struct subscriber *who, int64_t now); /* OK, LIMITED or BLOCKED */

/* Changes *who, which the caller saves. `until` for LIMITED and BLOCKED. False: no row allows it, nothing is changed. */
bool sender_step(struct subscriber *who, enum sender_event event, int64_t until, int64_t now);

/* The rows, as edges of a Graphviz text; "from -> to [label=…]" lines. */
void sender_edges(struct str *to);

#endif
