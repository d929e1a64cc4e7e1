/* What is due when: a binary heap of structs that carry a node of it. The structs aren't owned. */
#ifndef SMSC_TIMEHEAP_H
#define SMSC_TIMEHEAP_H

#include <stddef.h>
#include <stdint.h>

struct timed { /* all zero: in no heap */
    int64_t at; /* wall ms, or anything else that is counted up */
    int64_t tie; /* of two with the same time the lower one is first; the owner sets it before timeheap_set */
    size_t place; /* in the heap, from 1; 0: not in it */
};

struct timeheap { /* all zero is an empty one */
    struct timed **nodes;
    size_t count, capacity;
};

void timeheap_release(struct timeheap *h); /* the heap, not the structs */
void timeheap_set(struct timeheap *h, struct timed *node, int64_t at); /* puts it in, or moves it */
void timeheap_remove(struct timeheap *h, struct timed *node); /* one that isn't in it stays so */
struct timed *timeheap_first(const struct timeheap *h); /* the earliest; NULL: empty */

#endif
