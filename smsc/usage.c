/* The moments of the last submissions. The limit-th last one decides: while it lies within the window, another would be one too many. */
#include "smsc/usage.h"

#include "firmware-host/base/mem.h"

#include <stdlib.h>

void usage_init(struct usage *u, int size) {
    *u = (struct usage){.size = size};
    if (size > 0)
        u->at = mem_array((size_t)size, sizeof *u->at);
}

void usage_release(struct usage *u) {
    free(u->at);
    u->at = NULL;
}

void usage_add(struct usage *u, int64_t at) {
    if (u->size == 0)
        return;
    u->at[u->next] = at;
    u->next = (u->next + 1) % u->size;
    u->count += u->count < u->size;
}

void usage_add_before(struct usage *u, int64_t at) {
    if (u->count == u->size)
        return;
    u->count++;
    u->at[(u->next - u->count + u->size) % u->size] = at;
}

static int64_t nth_last(const struct usage *u, int n) { /* 1: the newest */
    return u->at[(u->next - n + u->size) % u->size];
}

int64_t usage_free_at(const struct usage *u, int limit, int64_t window, int64_t now) {
    if (limit == 0 || u->count < limit)
        return now;
    int64_t decides = nth_last(u, limit);
    return decides > now || now - decides >= window ? now : decides + window;
}

int usage_since(const struct usage *u, int64_t since, int64_t now) {
    int n = 0;
    while (n < u->count && nth_last(u, n + 1) >= since && nth_last(u, n + 1) <= now)
        n++;
    return n;
}
