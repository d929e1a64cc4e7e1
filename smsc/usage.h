/* When a SIM's last submissions were, for limits over time: at most so many in any minute, hour or day, whenever it begins. */
#ifndef SMSC_USAGE_H
#define SMSC_USAGE_H

#include <stddef.h>
#include <stdint.h>

struct usage { /* a ring of moments, the newest `count` of them */
    int64_t *at; /* wall ms; NULL while none is kept */
    int size, count, next;
};

void usage_init(struct usage *u, int size); /* as many as the highest limit; 0: nothing is kept */
void usage_release(struct usage *u);
void usage_add(struct usage *u, int64_t at);
void usage_add_before(struct usage *u, int64_t at); /* one that was earlier than all, if there's room */
/* From when `limit` submissions in `window` ms allow another one, `now` if they do now; limit 0: none. A clock that was set back holds nothing. */
int64_t usage_free_at(const struct usage *u, int limit, int64_t window, int64_t now);
int usage_since(const struct usage *u, int64_t since, int64_t now); /* how many, as far as they are kept */

#endif
