/* What came in: raw arrivals (`inbound`), parts waiting to be joined (`assembly`) and whole messages (`message`). */
#ifndef STORE_MESSAGE_H
#define STORE_MESSAGE_H

#include "store/store.h"

/* Life of an arrival: raw → part → done, or raw → ignored (no text for us), or → held (its handling failed; a person decides). */
enum inbound_state { INBOUND_RAW, INBOUND_PART, INBOUND_DONE, INBOUND_IGNORED, INBOUND_HELD };
const char *inbound_state_name(enum inbound_state state);

struct inbound {
    int64_t id;
    char *link; /* where it came from: the modem's or bind's name */
    int64_t arrived_at; /* wall ms */
    char *body; /* everything that came, as the protocol line wrote it (JSON); sealed on disk. NULL: can't be unsealed, the row is damaged */
    size_t body_len;
    enum inbound_state state;
    int tries; /* how often its interpretation was begun outside a group */
    char *reason; /* held, ignored: why; NULL */
    int64_t assembly_id; /* 0: not a part */
    int sequence;
    int64_t message_id; /* 0: none yet */
};
void inbound_release(struct inbound *i);

/* A new raw row. `origin`, `pdu` and `sent_at` make the digest that keeps the same SMS from making two rows: origin is the SIM (IMSI, else ICCID,
 * else the link's name), pdu the octets as they came, service-centre time included, and sent_at that time (wall ms; -1: it has none), which lets
 * new digests go to one end of their index. ERR_DUPLICATE: it stands already, ret_id is that row. */
MUST_CHECK enum err inbound_insert(struct store *s, const char *link, const char *origin, struct bytes pdu, int64_t sent_at, struct bytes body,
                                   int64_t arrived_at, int64_t *ret_id);
MUST_CHECK enum err inbound_get(struct store *s, int64_t id, struct inbound *ret_inbound);
MUST_CHECK enum err inbound_next_raw(struct store *s, struct inbound *ret_inbound); /* the oldest raw one; ERR_NOT_FOUND */
MUST_CHECK enum err inbound_try(struct store *s, int64_t id); /* tries + 1 */
/* Moves on. message_id and assembly_id 0 leave what is there. */
MUST_CHECK enum err inbound_mark(struct store *s, int64_t id, enum inbound_state state, const char *reason, int64_t message_id);
MUST_CHECK enum err inbound_mark_part(struct store *s, int64_t id, int64_t assembly_id, int sequence);
/* Calls `each` for rows of a state, oldest first, at most `limit`. */
typedef void inbound_each(void *context, const struct inbound *inbound);
MUST_CHECK enum err inbound_list(struct store *s, enum inbound_state state, int limit, inbound_each *each, void *context);

/* A message of several parts on its way to being whole. */
enum assembly_state { ASSEMBLY_OPEN, ASSEMBLY_WHOLE, ASSEMBLY_PARTIAL };
struct assembly {
    int64_t id;
    char link[64];
    int64_t subscriber_id;
    int reference, total;
    bool wide;
    int64_t first_at, due_at; /* wall ms; due_at: when the text so far becomes the message */
    enum assembly_state state;
    int64_t message_id; /* 0: none yet */
    int tries; /* how often taking it as it is was begun after an unclean stop */
};
MUST_CHECK enum err assembly_insert(struct store *s, const struct assembly *a, int64_t *ret_id);
MUST_CHECK enum err assembly_update(struct store *s, const struct assembly *a); /* state, message_id, due_at, tries */
/* Those of that key which began at or after `since`, newest first; ERR_OK with 0 where there are none. */
MUST_CHECK enum err assembly_find(struct store *s, const char *link, int64_t subscriber_id, int reference, int total, bool wide, int64_t since,
                                  struct assembly *assemblies, size_t max, size_t *ret_count);
MUST_CHECK enum err assembly_parts(struct store *s, int64_t assembly_id, inbound_each *each, void *context); /* by sequence */
MUST_CHECK enum err assembly_next_due(struct store *s, struct assembly *ret_assembly); /* the open one due first; ERR_NOT_FOUND */

struct message {
    int64_t id;
    int64_t subscriber_id;
    char *link;
    int64_t arrived_at; /* wall ms, of the first part */
    int64_t sent_at; /* TP-SCTS, wall ms; -1: none */
    char *text; /* as the citizen wrote it; sealed on disk */
    bool incomplete; /* a part was missing when its time ran out */
    char *verb; /* how it was understood: "SUBMIT"; NULL: not yet */
    int64_t case_id; /* 0: none */
};
void message_release(struct message *m);
MUST_CHECK enum err message_insert(struct store *s, const struct message *m, int64_t *ret_id);
MUST_CHECK enum err message_understood(struct store *s, int64_t id, const char *verb, int64_t case_id);
MUST_CHECK enum err message_replace_text(struct store *s, int64_t id, const char *text, bool incomplete); /* a late part was added */
MUST_CHECK enum err message_get(struct store *s, int64_t id, struct message *ret_message);
typedef void message_each(void *context, const struct message *message);
MUST_CHECK enum err message_list(struct store *s, int64_t before_id, int limit, message_each *each,
                                 void *context); /* newest first; before_id 0: from the end */

#endif
