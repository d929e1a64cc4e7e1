/* A binary heap of calls, earliest first, ties in order of entry. Cancelling searches the heap: few calls wait at a time. */
#include "modem/virtual/schedule.h"

#include "firmware-host/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

struct entry {
    int64_t due;
    uint64_t number;
    schedule_call *call;
    void *context;
    int64_t argument;
};

struct schedule {
    struct clock *clock;
    struct entry *heap;
    size_t count, capacity;
    uint64_t last_number;
};

struct schedule *schedule_new(struct clock *clock) {
    struct schedule *s = mem_alloc(sizeof *s);
    s->clock = clock;
    return s;
}

void schedule_free(struct schedule *s) {
    if (!s)
        return;
    free(s->heap);
    free(s);
}

static bool before(const struct entry *a, const struct entry *b) {
    return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void swap(struct schedule *s, size_t a, size_t b) {
    struct entry held = s->heap[a];
    s->heap[a] = s->heap[b];
    s->heap[b] = held;
}

static void sift_up(struct schedule *s, size_t i) {
    for (; i > 0 && before(&s->heap[i], &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(s, i, (i - 1) / 2);
}

static void sift_down(struct schedule *s, size_t i) {
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->count; child++)
            if (before(&s->heap[child], &s->heap[least]))
                least = child;
        if (least == i)
            return;
        swap(s, i, least);
        i = least;
    }
}

uint64_t schedule_in(struct schedule *s, int64_t delay_ms, schedule_call *call, void *context, int64_t argument) {
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 16;
        s->heap = mem_resize(s->heap, s->capacity, sizeof *s->heap);
    }
    s->heap[s->count] = (struct entry){.due = s->clock->mono_ms(s->clock) + (delay_ms > 0 ? delay_ms : 0),
                                       .number = ++s->last_number,
                                       .call = call,
                                       .context = context,
                                       .argument = argument};
    sift_up(s, s->count++);
    return s->last_number;
}

static void remove_at(struct schedule *s, size_t i) {
    s->heap[i] = s->heap[--s->count];
    if (i < s->count) {
        sift_up(s, i);
        sift_down(s, i);
    }
}

void schedule_cancel(struct schedule *s, uint64_t number) {
    for (size_t i = 0; number && i < s->count; i++)
        if (s->heap[i].number == number) {
            remove_at(s, i);
            return;
        }
}

void schedule_cancel_all(struct schedule *s, const void *context) {
    for (size_t i = s->count; i-- > 0;)
        if (s->heap[i].context == context) {
            remove_at(s, i);
            i = s->count;
        }
}

int64_t schedule_wait(struct schedule *s) {
    if (!s->count)
        return -1;
    int64_t wait = s->heap[0].due - s->clock->mono_ms(s->clock);
    return wait > 0 ? wait : 0;
}

void schedule_run(struct schedule *s) {
    while (schedule_wait(s) == 0) {
        struct entry next = s->heap[0];
        remove_at(s, 0);
        next.call(next.context, next.argument);
    }
}
