/* A chained hash table of intrusive nodes. It doubles when there are as many nodes as slots, and never shrinks. */
#include "smsc/idmap.h"

#include "firmware-host/base/mem.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 64 }; /* a power of two, as every size after it */

static size_t slot_of(const struct idmap *m, uint64_t key) {
    uint64_t x = key * UINT64_C(0x9E3779B97F4A7C15); /* Fibonacci hashing: ids run, their multiples by 2^64/φ scatter */
    return (size_t)(x >> 32) & (m->slot_count - 1);
}

static void grow(struct idmap *m) {
    struct idmap old = *m;
    m->slot_count = old.slot_count ? 2 * old.slot_count : SLOTS_FIRST;
    m->slots = mem_array(m->slot_count, sizeof *m->slots);
    for (size_t i = 0; i < old.slot_count; i++) {
        for (struct idmap_node *node = old.slots[i], *next; node; node = next) {
            struct idmap_node **slot = &m->slots[slot_of(m, node->key)];
            next = node->chain;
            node->chain = *slot;
            *slot = node;
        }
    }
    free(old.slots);
}

void idmap_release(struct idmap *m) {
    free(m->slots);
    *m = (struct idmap){0};
}

struct idmap_node *idmap_get(const struct idmap *m, uint64_t key) {
    if (m->count == 0)
        return NULL;
    struct idmap_node *node = m->slots[slot_of(m, key)];
    while (node && node->key != key)
        node = node->chain;
    return node;
}

void idmap_put(struct idmap *m, struct idmap_node *node, uint64_t key) {
    if (m->count >= m->slot_count)
        grow(m);
    struct idmap_node **slot = &m->slots[slot_of(m, key)];
    *node = (struct idmap_node){.chain = *slot, .key = key};
    *slot = node;
    m->count++;
}

void idmap_remove(struct idmap *m, struct idmap_node *node) {
    struct idmap_node **link = &m->slots[slot_of(m, node->key)];
    while (*link != node)
        link = &(*link)->chain;
    *link = node->chain;
    m->count--;
}
