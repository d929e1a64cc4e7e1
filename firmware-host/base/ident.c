/* UUID version 7 with the 12-bit counter of RFC 9562 §6.2 method 1: within one millisecond it counts up from a random start in its lower half,
 * when it is used up the time part runs ahead. Small steps back of the clock are ridden out, large ones followed. */
#include "firmware-host/base/ident.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crypto.h"

#include <pthread.h>

#define RIDDEN_OUT_MS (10 * CLOCK_SECOND)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t last_ms = INT64_MIN;
static unsigned last_count;

/* The pair (time, counter) that comes after every earlier one. */
static void next_tick(int64_t wall_ms, int64_t *ret_ms, unsigned *ret_count) {
    pthread_mutex_lock(&lock);
    if (wall_ms > last_ms || wall_ms < last_ms - RIDDEN_OUT_MS) {
        last_ms = wall_ms;
        last_count = random_below(0x800);
    } else if (++last_count > 0xFFF) {
        last_ms++;
        last_count = random_below(0x800);
    }
    *ret_ms = last_ms;
    *ret_count = last_count;
    pthread_mutex_unlock(&lock);
}

void uuid7(int64_t wall_ms, char out[UUID_TEXT_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t octets[16];
    int64_t ms;
    unsigned count;
    next_tick(wall_ms < 0 ? 0 : wall_ms, &ms, &count);
    for (int i = 0; i < 6; i++)
        octets[i] = (uint8_t)(ms >> (40 - 8 * i));
    octets[6] = (uint8_t)(0x70 | count >> 8);
    octets[7] = (uint8_t)count;
    random_octets(octets + 8, 8);
    octets[8] = (uint8_t)(0x80 | (octets[8] & 0x3F));
    char *to = out;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = digits[octets[i] >> 4];
        *to++ = digits[octets[i] & 15];
    }
    *to = '\0';
}
