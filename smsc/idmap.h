/* A hash table from 64-bit numbers to structs that carry a node of it as their first member. The structs aren't owned. */
#ifndef SMSC_IDMAP_H
#define SMSC_IDMAP_H

#include <stddef.h>
#include <stdint.h>

struct idmap_node {
    struct idmap_node *chain;
    uint64_t key;
};

struct idmap { /* all zero is an empty one */
    struct idmap_node **slots;
    size_t slot_count, count;
};

void idmap_release(struct idmap *m); /* the table, not the structs */
struct idmap_node *idmap_get(const struct idmap *m, uint64_t key); /* NULL: not there */
void idmap_put(struct idmap *m, struct idmap_node *node, uint64_t key); /* the key mustn't be there yet */
void idmap_remove(struct idmap *m, struct idmap_node *node); /* must be there */

#endif
