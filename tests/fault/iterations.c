/* A malformed number aborts: a test that quietly did less would be worse. */
#include "tests/fault/iterations.h"

#include "firmware-host/base/str.h"

#include <limits.h>
#include <stdlib.h>

static int setting(const char *name, int usual) {
    const char *set = getenv(name);
    int64_t count = usual;
    if (set && *set && parse_int(set, 1, INT_MAX, &count) != ERR_OK)
        abort();
    return (int)count;
}

int fault_iterations(int usual) {
    return setting("FAULT_ITERATIONS", usual);
}

long fault_stride(long usual) {
    return usual * setting("FAULT_SPARSE", 1);
}
