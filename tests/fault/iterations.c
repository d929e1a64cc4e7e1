/* The number of repetitions. A malformed FAULT_ITERATIONS aborts: a test that quietly did less would be worse. */
#include "tests/fault/iterations.h"

#include "firmware-host/base/str.h"

#include <limits.h>
#include <stdlib.h>

int fault_iterations(int usual) {
    const char *setting = getenv("FAULT_ITERATIONS");
    int64_t count = usual;
    if (setting && *setting && parse_int(setting, 1, INT_MAX, &count) != ERR_OK)
        abort();
    return (int)count;
}
