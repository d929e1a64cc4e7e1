/* A subscriber: anybody who exchanges messages with the appliance, known by number. Number and name are sealed; the row is found by keyed hash. */
#ifndef STORE_SUBSCRIBER_H
#define STORE_SUBSCRIBER_H

#include "firmware-host/base/crypto.h"
#include "store/store.h"

/* Whose cases are bound to no number any more: a row without anything sealed, which no key is needed for and which is never read. */
enum { SUBSCRIBER_NOBODY = 0 };

struct subscriber {
    int64_t id;
    struct phone phone;
    char *name; /* NULL: not known yet */
    bool accents; /* texts with accents, on the subscriber's wish (CD / KD) */
    int64_t first_at, last_at; /* wall ms of the first and the last message from them; 0: never wrote */
    int64_t help_at; /* wall ms of the last help that an empty message got; 0: none */
    int64_t callback_at; /* wall ms of the last GOI; 0: none */
    int64_t call_at; /* wall ms when a call of theirs was last answered by a text; 0: never */
    bool opted_out; /* no proactive texts, on the subscriber's wish (TUCHOI / NHAN) */
    struct conduct { /* what smsc/abuse.c counts; wall ms, 0: never */
        int64_t window_at; /* the hour in which messages are counted began */
        int window_count;
        int64_t wrong_at; /* the day in which wrong codes are counted began */
        int wrong_count;
        int64_t limited_until; /* not answered until then, by the appliance itself */
        int64_t blocked_until; /* by a person (struct block) */
        int64_t told_at; /* when they were last told that they aren't answered */
        int64_t emergency_at; /* when they last got the emergency numbers while they weren't answered */
        int64_t same_at; /* the hour in which one text is counted began */
        int same_count;
        int64_t same_hash; /* of that text, keyed */
    } conduct;
};

void subscriber_release(struct subscriber *s);
void subscriber_hash(struct store *s, const struct phone *phone, uint8_t ret_hash[HASH_SIZE]); /* by which a number is found where it isn't kept */
/* Finds the row, or makes it. */
MUST_CHECK enum err subscriber_get(struct store *s, const struct phone *phone, struct subscriber *ret_subscriber);
MUST_CHECK enum err subscriber_find(struct store *s, const struct phone *phone, struct subscriber *ret_subscriber); /* ERR_NOT_FOUND */
MUST_CHECK enum err subscriber_nobody(struct store *s); /* makes that row, if it isn't there */
MUST_CHECK enum err subscriber_by_id(struct store *s, int64_t id, struct subscriber *ret_subscriber);
MUST_CHECK enum err subscriber_save(struct store *s, const struct subscriber *subscriber); /* all but id and phone */

#endif
