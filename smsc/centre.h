/* The message centre's inside, shared by the files of smsc/ only. */
#ifndef SMSC_CENTRE_H
#define SMSC_CENTRE_H

#include "firmware-host/base/envelope.h"
#include "smsc/queue.h"
#include "smsc/smsc.h"

#include <stddef.h>

enum { OWN_NUMBERS_MAX = 128 };

struct smsc {
    struct store *store;
    const struct calendar *calendar;
    const struct keyring *keys;
    const struct templates *templates;
    struct smsc_settings settings;
    struct queue *queue;
    size_t queue_mark; /* of the handler that runs */

    uint8_t raw_key[ENVELOPE_KEY_SIZE]; /* raw messages are sealed for its owner */
    struct phone own_numbers[OWN_NUMBERS_MAX]; /* of the links that ever came up: never answered, two automatons would talk for ever */
    size_t own_count;

    enum lookups lookups;
    bool same_slot_told; /* that another appliance gives out codes of our slot: once */

    struct supporters *supporters; /* which cases may be the first with a matter (supporters.h) */

    struct officer_round *round; /* of the officers, while it goes on (digest.c); NULL: none */

    int64_t timers_at; /* no timer row is due before this; INT64_MIN: look */
    int64_t officers_at; /* no officer is to be told anything before this; INT64_MIN: look */
    int64_t retention_at; /* when the wipe of old personal data begins or goes on; INT64_MIN: look */
    int64_t waiting_at; /* when to look for deadlines that wait for a plausible clock; INT64_MAX: none waits */

    /* What is interpreted after an unclean stop, its try counted on disk by this process; 0: nothing. That a failing disk keeps it from being
     * ended isn't counted again. */
    int64_t trying_inbound, trying_assembly;
};

enum { CENTRE_TRIES = 2 }; /* how often something that may have stopped the program is begun again */
#define CENTRE_TRIED "its handling stopped the program twice"

/* An arrival that a person must look at. */
MUST_CHECK enum err centre_hold(struct smsc *s, int64_t inbound_id, const char *reason);

/* A timer row with that moment was written: smsc_next_time() must not be later. */
void centre_timer(struct smsc *s, int64_t at);
void centre_officers(struct smsc *s, int64_t at); /* the same for the row of a reminder */
/* Whatever memory knew of the rows' moments is void. */
void centre_look(struct smsc *s);

/* A handler's own savepoint, with what it does to the queue's memory. `result` not ERR_OK: back to where it began. Gives back `result`, or what
 * ending the savepoint failed with. */
MUST_CHECK enum err centre_guard_begin(struct smsc *s);
MUST_CHECK enum err centre_guard_end(struct smsc *s, enum err result);

bool centre_own_number(const struct smsc *s, const struct phone *phone);
bool centre_own_province(const struct smsc *s, int province); /* what stood in front of a code is the appliance's; 0, nothing did */

#endif
