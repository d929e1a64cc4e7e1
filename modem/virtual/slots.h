/* The message memories of a modem: SM (SIM), ME (the modem's own), SR (delivery reports), and MT, which is SM and ME seen as one.
 * Slots have numbers base … base + size - 1, as the profile counts. */
#ifndef MODEM_VIRTUAL_SLOTS_H
#define MODEM_VIRTUAL_SLOTS_H

#include "modem/virtual/network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum memory { MEMORY_SM, MEMORY_ME, MEMORY_SR, MEMORY_MT, MEMORY_COUNT };
const char *memory_name(enum memory memory); /* "SM" */
bool memory_parse(const char *name, enum memory *ret_memory);

enum slot_status { SLOT_UNREAD, SLOT_READ, SLOT_UNSENT, SLOT_SENT, SLOT_STATUS_COUNT }; /* TS 27.005 <stat> */

#define SLOT_OCTETS (12 + TPDU_MAX_OCTETS)
struct slot {
    bool used;
    enum slot_status status;
    uint8_t pdu[SLOT_OCTETS]; /* service-centre address and TPDU */
    size_t len, tpdu_at;
    struct arrival *arrival; /* where it came from; NULL: written by AT+CMGW */
};

struct slots {
    int base;
    struct memory_slots {
        int size;
        struct slot *slot;
    } memory[MEMORY_MT];
};

void slots_init(struct slots *s, int base, int sim, int me, int reports);
void slots_release(struct slots *s);
int slots_size(const struct slots *s, enum memory memory);
int slots_used(const struct slots *s, enum memory memory);
struct slot *slots_get(struct slots *s, enum memory memory, int number); /* NULL: no slot of that number */
struct slot *slots_free_one(struct slots *s, enum memory memory, int *ret_number); /* the first empty slot; NULL: full */

#endif
