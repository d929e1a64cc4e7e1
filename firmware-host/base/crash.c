/* Crash points. The environment is read once; the n-th passing of the named point ends the process as a power cut would: by SIGKILL,
 * with nothing flushed and no handler run. A malformed PHANHOI_CRASH is an error of the test and aborts. */
#include "firmware-host/base/crash.h"

#include "firmware-host/base/str.h"

#ifdef PHANHOI_CRASH_POINTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char wanted[64]; /* empty: no crash wanted */
static atomic_llong passings_left;

static void read_environment(void) {
    const char *setting = getenv("PHANHOI_CRASH");
    int64_t count = 1;
    if (!setting || !*setting)
        return;
    size_t name_len = strcspn(setting, ":");
    if (name_len == 0 || name_len >= sizeof wanted)
        abort();
    if (setting[name_len] == ':' && parse_int(setting + name_len + 1, 1, INT64_MAX, &count) != ERR_OK)
        abort();
    memcpy(wanted, setting, name_len);
    atomic_store(&passings_left, count);
}

void crash_point(const char *name) {
    pthread_once(&once, read_environment);
    if (wanted[0] && strcmp(name, wanted) == 0 && atomic_fetch_sub(&passings_left, 1) == 1)
        raise(SIGKILL);
}

#endif
