/* MT counts the slots of SM first, then those of ME. */
#include "modem/virtual/slots.h"

#include "firmware-host/base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[MEMORY_COUNT] = {"SM", "ME", "SR", "MT"};

const char *memory_name(enum memory memory) {
    return names[memory];
}

bool memory_parse(const char *name, enum memory *ret_memory) {
    for (int i = 0; i < MEMORY_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *ret_memory = (enum memory)i;
            return true;
        }
    return false;
}

void slots_init(struct slots *s, int base, int sim, int me, int reports) {
    const int sizes[MEMORY_MT] = {sim, me, reports};
    s->base = base;
    for (int i = 0; i < MEMORY_MT; i++) {
        s->memory[i].size = sizes[i];
        s->memory[i].slot = mem_array((size_t)sizes[i], sizeof(struct slot));
    }
}

void slots_release(struct slots *s) {
    for (int i = 0; i < MEMORY_MT; i++)
        free(s->memory[i].slot);
}

int slots_size(const struct slots *s, enum memory memory) {
    return memory == MEMORY_MT ? s->memory[MEMORY_SM].size + s->memory[MEMORY_ME].size : s->memory[memory].size;
}

struct slot *slots_get(struct slots *s, enum memory memory, int number) {
    int i = number - s->base;
    if (i < 0 || i >= slots_size(s, memory))
        return NULL;
    if (memory != MEMORY_MT)
        return &s->memory[memory].slot[i];
    int sim = s->memory[MEMORY_SM].size;
    return i < sim ? &s->memory[MEMORY_SM].slot[i] : &s->memory[MEMORY_ME].slot[i - sim];
}

int slots_used(const struct slots *s, enum memory memory) {
    int used = 0;
    for (int number = s->base; number < s->base + slots_size(s, memory); number++)
        used += slots_get((struct slots *)s, memory, number)->used;
    return used;
}

struct slot *slots_free_one(struct slots *s, enum memory memory, int *ret_number) {
    for (int number = s->base; number < s->base + slots_size(s, memory); number++) {
        struct slot *slot = slots_get(s, memory, number);
        if (!slot->used) {
            *ret_number = number;
            return slot;
        }
    }
    return NULL;
}
