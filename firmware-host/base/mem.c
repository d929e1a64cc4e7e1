/* Allocation that aborts instead of failing: whatever was promised is on disk, and the next start goes on from there. */
#include "firmware-host/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void) {
    static const char line[] = "<3>mem.exhausted\n";
    ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);
    (void)ignored;
    abort();
}

static void *checked(void *p) {
    if (!p)
        out_of_memory();
    return p;
}

void *mem_alloc(size_t size) {
    return checked(calloc(1, size ? size : 1));
}

void *mem_array(size_t count, size_t size) {
    if (count == 0 || size == 0)
        return mem_alloc(0);
    return checked(calloc(count, size)); /* calloc refuses a product that overflows */
}

void *mem_resize(void *old, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size)
        out_of_memory();
    size_t total = count * size;
    return checked(realloc(old, total ? total : 1));
}

char *mem_string(const char *s) {
    return s ? mem_string_n(s, strlen(s)) : NULL;
}

char *mem_string_n(const char *s, size_t len) {
    if (len == SIZE_MAX)
        out_of_memory();
    char *copy = checked(malloc(len + 1));
    if (len)
        memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

void *mem_copy(const void *data, size_t len) {
    void *copy = checked(malloc(len ? len : 1));
    if (len)
        memcpy(copy, data, len);
    return copy;
}

void mem_wipe_free(void *secret, size_t len) {
    if (!secret)
        return;
    explicit_bzero(secret, len);
    free(secret);
}
