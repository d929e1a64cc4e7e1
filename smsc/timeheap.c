/* A binary min-heap. Each node knows its place, so that it can be moved and removed in O(log n). */
#include "smsc/timeheap.h"

#include "firmware-host/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

enum { CAPACITY_FIRST = 64 };

static void place(struct timeheap *h, size_t at, struct timed *node) {
    h->nodes[at - 1] = node;
    node->place = at;
}

static bool before(const struct timed *a, const struct timed *b) {
    return a->at != b->at ? a->at < b->at : a->tie < b->tie;
}

static void sift_up(struct timeheap *h, struct timed *node) {
    size_t at = node->place;
    for (; at > 1 && before(node, h->nodes[at / 2 - 1]); at /= 2)
        place(h, at, h->nodes[at / 2 - 1]);
    place(h, at, node);
}

static void sift_down(struct timeheap *h, struct timed *node) {
    size_t at = node->place;
    for (;;) {
        size_t child = 2 * at;
        if (child < h->count && before(h->nodes[child], h->nodes[child - 1]))
            child++;
        if (child > h->count || !before(h->nodes[child - 1], node))
            break;
        place(h, at, h->nodes[child - 1]);
        at = child;
    }
    place(h, at, node);
}

void timeheap_release(struct timeheap *h) {
    free(h->nodes);
    *h = (struct timeheap){0};
}

void timeheap_set(struct timeheap *h, struct timed *node, int64_t at) {
    if (node->place == 0) {
        if (h->count == h->capacity) {
            h->capacity = h->capacity ? 2 * h->capacity : CAPACITY_FIRST;
            h->nodes = mem_resize(h->nodes, h->capacity, sizeof *h->nodes);
        }
        place(h, ++h->count, node);
    }
    node->at = at;
    sift_up(h, node);
    sift_down(h, node);
}

void timeheap_remove(struct timeheap *h, struct timed *node) {
    if (node->place == 0)
        return;
    struct timed *last = h->nodes[--h->count];
    if (last != node) {
        place(h, node->place, last);
        sift_up(h, last);
        sift_down(h, last);
    }
    node->place = 0;
}

struct timed *timeheap_first(const struct timeheap *h) {
    return h->count > 0 ? h->nodes[0] : NULL;
}
