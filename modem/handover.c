/* The ledger: an array, searched from its start; it is short in all ordinary life, and bounded in the other. */
#include "modem/handover.h"

#include "firmware-host/base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum state { HANDED, AGAIN, STORED };
#define LONG_AGO INT64_MIN

struct entry {
    int64_t handle;
    enum state state;
    struct driver_place place;
    bool placed; /* false: it was in `place`, but isn't any more */
    bool twin; /* another entry has the same PDU: the two slots may be one */
    bool removable; /* STORED: may be tried now */
    char *pdu;
    int64_t seen_at; /* in its place; LONG_AGO: before the modem was last opened */
    int64_t due_at; /* HANDED, AGAIN */
    uint64_t seen_in; /* number of the sweep */
};

struct handovers {
    struct entry entries[HANDOVER_MAX];
    size_t count;
    int64_t last_handle;
    uint64_t sweep;
};

struct handovers *handovers_new(void) {
    return mem_alloc(sizeof(struct handovers));
}

static void drop(struct handovers *h, struct entry *e) {
    free(e->pdu);
    *e = h->entries[--h->count];
}

void handovers_free(struct handovers *h) {
    if (!h)
        return;
    while (h->count > 0)
        drop(h, &h->entries[0]);
    free(h);
}

size_t handovers_count(const struct handovers *h) {
    return h->count;
}

static struct entry *by_handle(struct handovers *h, int64_t handle) {
    for (size_t i = 0; i < h->count; i++)
        if (h->entries[i].handle == handle)
            return &h->entries[i];
    return NULL;
}

static struct entry *by_place(struct handovers *h, struct driver_place place) {
    for (size_t i = 0; i < h->count; i++)
        if (h->entries[i].placed && h->entries[i].place.memory == place.memory && h->entries[i].place.index == place.index)
            return &h->entries[i];
    return NULL;
}

/* Its slot is gone: what is stored has nothing left to be done; the rest waits for its answer. */
static void lose_place(struct handovers *h, struct entry *e) {
    e->placed = false;
    if (e->state == STORED)
        drop(h, e);
}

static int64_t add(struct handovers *h, struct driver_place place, const char *pdu, int64_t now) {
    bool twin = false;
    if (h->count == HANDOVER_MAX)
        return -1;
    for (size_t i = 0; i < h->count; i++)
        if (strcasecmp(h->entries[i].pdu, pdu) == 0)
            h->entries[i].twin = twin = true;
    h->entries[h->count++] = (struct entry){
        .handle = ++h->last_handle,
        .state = HANDED,
        .place = place,
        .placed = true,
        .twin = twin,
        .pdu = mem_string(pdu),
        .seen_at = now,
        .due_at = now + HANDOVER_PATIENCE,
        .seen_in = h->sweep,
    };
    return h->last_handle;
}

int64_t handovers_told(struct handovers *h, struct driver_place place, const char *pdu, int64_t now) {
    struct entry *e = by_place(h, place);
    if (e && strcasecmp(e->pdu, pdu) == 0) {
        e->seen_at = now;
        e->seen_in = h->sweep;
        e->removable = e->state == STORED;
        return 0;
    }
    if (e)
        lose_place(h, e); /* the slot holds another message now */
    return add(h, place, pdu, now);
}

bool handovers_stored(struct handovers *h, int64_t handle) {
    struct entry *e = by_handle(h, handle);
    if (!e)
        return false;
    e->state = STORED;
    e->removable = true;
    if (!e->placed)
        drop(h, e);
    return true;
}

bool handovers_again(struct handovers *h, int64_t handle, int64_t now) {
    struct entry *e = by_handle(h, handle);
    if (!e || e->state != HANDED)
        return false;
    e->state = AGAIN;
    e->due_at = now + HANDOVER_RETRY;
    return true;
}

bool handovers_due(struct handovers *h, int64_t now, int64_t *ret_handle, const char **ret_pdu) {
    for (size_t i = 0; i < h->count; i++) {
        struct entry *e = &h->entries[i];
        if (e->state == STORED || e->due_at > now)
            continue;
        e->state = HANDED;
        e->due_at = now + HANDOVER_PATIENCE;
        e->handle = ++h->last_handle;
        *ret_handle = e->handle;
        *ret_pdu = e->pdu;
        return true;
    }
    return false;
}

int64_t handovers_next_due(const struct handovers *h) {
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < h->count; i++)
        if (h->entries[i].state != STORED && h->entries[i].due_at < next)
            next = h->entries[i].due_at;
    return next;
}

void handovers_hurry(struct handovers *h, int64_t now) {
    for (size_t i = 0; i < h->count; i++)
        if (h->entries[i].state == AGAIN)
            h->entries[i].due_at = now;
}

bool handovers_removable(struct handovers *h, int64_t now, struct handover_removal *ret_removal) {
    for (size_t i = 0; i < h->count; i++) {
        struct entry *e = &h->entries[i];
        if (e->state != STORED || !e->removable)
            continue;
        ret_removal->handle = e->handle;
        ret_removal->place = e->place;
        ret_removal->pdu = e->pdu;
        ret_removal->sure = !e->twin && e->seen_at != LONG_AGO && now - e->seen_at <= HANDOVER_SURE;
        return true;
    }
    return false;
}

void handovers_removed(struct handovers *h, int64_t handle, bool gone) {
    struct entry *e = by_handle(h, handle);
    if (!e)
        return;
    if (gone)
        drop(h, e);
    else
        e->removable = false;
}

void handovers_sweep_begins(struct handovers *h) {
    h->sweep++;
}

void handovers_listed(struct handovers *h, int memory) {
    for (size_t i = h->count; i-- > 0;) {
        struct entry *e = &h->entries[i];
        if (e->placed && e->place.memory == memory && e->seen_in != h->sweep)
            lose_place(h, e);
    }
}

void handovers_reopened(struct handovers *h, bool same_sim) {
    for (size_t i = h->count; i-- > 0;) {
        struct entry *e = &h->entries[i];
        e->seen_at = LONG_AGO;
        if (!same_sim || e->place.memory == DRIVER_DIRECT)
            lose_place(h, e);
    }
}
