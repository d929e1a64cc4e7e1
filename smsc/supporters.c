/* Memory may name cases that were rolled back, or have another text by now: what is found there is read and compared before it's believed. Where a
 * bucket is full, its oldest case is forgotten; a damaged row is passed over, since no message may fail by a case of somebody else. */
#include "smsc/supporters.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/mem.h"
#include "smsc/centre.h"
#include "smsc/duplicate.h"
#include "smsc/life.h"
#include "smsc/words.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS = 4, RUN = 3, WORDS_LEAST = 8, SLOTS_EACH = 4, BUCKETS = 1 << 15, RECOVERED_MOST = 20000, OWN_LOOKED_AT = 8 };

struct supporters {
    uint64_t seeds[KEYS]; /* drawn at the start: nobody can make texts that fill a bucket */
    struct slot {
        uint64_t key;
        int64_t case_id; /* 0: empty */
    } slots[BUCKETS][SLOTS_EACH];
};

struct supporters *supporters_new(void) {
    struct supporters *s = mem_alloc(sizeof *s);
    random_octets(s->seeds, sizeof s->seeds);
    return s;
}

void supporters_free(struct supporters *s) {
    free(s);
}

/* ---- the keys of a text ---- */

/* Every bit of the result depends on every bit of x (the finalizer of splitmix64). */
static uint64_t mixed(uint64_t x) {
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static uint64_t hash_of(const char *folded) {
    uint64_t hash = UINT64_C(0xCBF29CE484222325); /* FNV-1a */
    for (const char *at = folded; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001B3);
    return hash;
}

/* All numbers of the text are in its keys, for two matters with other numbers are never the same. False: too few words to say which matter it is. */
static bool keys_of(const struct supporters *s, const char *text, uint64_t keys[KEYS]) {
    uint64_t run[RUN] = {0}, numbers = 0;
    size_t limit = strlen(text), words = 0;
    memset(keys, 0xFF, KEYS * sizeof *keys);
    for (struct word w = word_at(text, 0, limit); !word_none(&w); w = word_at(text, w.end, limit)) {
        memmove(&run[1], &run[0], sizeof run - sizeof run[0]);
        run[0] = hash_of(w.folded);
        if (w.folded[strcspn(w.folded, "0123456789")])
            numbers = mixed(numbers ^ run[0]);
        if (++words < RUN)
            continue;
        uint64_t whole = mixed(mixed(mixed(run[2]) ^ run[1]) ^ run[0]);
        for (int k = 0; k < KEYS; k++) {
            uint64_t key = mixed(whole ^ s->seeds[k]);
            keys[k] = key < keys[k] ? key : keys[k];
        }
    }
    for (int k = 0; k < KEYS; k++)
        keys[k] = mixed(keys[k] ^ numbers);
    return words >= WORDS_LEAST;
}

static void remember(struct supporters *s, const char *text, int64_t case_id) {
    uint64_t keys[KEYS];
    if (!keys_of(s, text, keys))
        return;
    for (int k = 0; k < KEYS; k++) {
        struct slot *bucket = s->slots[keys[k] % BUCKETS], *oldest = &bucket[0];
        for (int i = 1; i < SLOTS_EACH; i++)
            oldest = bucket[i].case_id < oldest->case_id ? &bucket[i] : oldest;
        if (oldest->case_id < case_id)
            *oldest = (struct slot){.key = keys[k], .case_id = case_id};
    }
}

/* Case ids with a key in common, the lowest first, each once. */
static int candidates(const struct supporters *s, const char *text, int64_t ids[KEYS * SLOTS_EACH]) {
    uint64_t keys[KEYS];
    int count = 0;
    if (!keys_of(s, text, keys))
        return 0;
    for (int n = 0; n < KEYS * SLOTS_EACH; n++) {
        uint64_t key = keys[n / SLOTS_EACH];
        const struct slot *slot = &s->slots[key % BUCKETS][n % SLOTS_EACH];
        int at = count;
        if (slot->key != key || slot->case_id == 0)
            continue;
        while (at > 0 && ids[at - 1] > slot->case_id)
            at--;
        if (at > 0 && ids[at - 1] == slot->case_id)
            continue;
        memmove(&ids[at + 1], &ids[at], (size_t)(count - at) * sizeof *ids);
        ids[at] = slot->case_id;
        count++;
    }
    return count;
}

/* ---- the first one ---- */

static bool stands_alone(const struct pakn_case *c) {
    return c->flags & (CASE_CONFIDENTIAL | CASE_PROTECTED) || c->subscriber_id == SUBSCRIBER_NOBODY || !c->text;
}

static bool supported(const struct smsc *s, const struct pakn_case *first, const struct pakn_case *c, int64_t now) {
    int64_t since = now - s->settings.cases.duplicate_days * CLOCK_DAY;
    return duplicate_handled(first, since) && first->id != c->id && first->subscriber_id != c->subscriber_id && !stands_alone(first) &&
           duplicate_near(first->text, c->text);
}

struct own { /* the sender's cases */
    int64_t ids[OWN_LOOKED_AT];
    int count;
};

static void collect(void *context, const struct pakn_case *c) {
    struct own *own = context;
    own->ids[own->count++] = c->id;
}

/* Whether a case of that sender supports it already. */
static enum err counted(struct smsc *s, int64_t subscriber_id, int64_t first_id, bool *ret_counted) {
    struct own own = {.count = 0};
    enum err e = case_list_of(s->store, subscriber_id, false, OWN_LOOKED_AT, collect, &own);
    for (int i = 0; i < own.count && e == ERR_OK && !*ret_counted; i++) {
        struct case_life life = {0};
        e = life_get(s->store, own.ids[i], &life);
        *ret_counted = e == ERR_OK && life.supports_id == first_id;
        life_release(&life);
    }
    return e;
}

enum err supporters_first(struct smsc *s, const struct pakn_case *c, int64_t now, struct pakn_case *ret_first) {
    int64_t ids[KEYS * SLOTS_EACH];
    int count = stands_alone(c) ? 0 : candidates(s->supporters, c->text, ids);
    for (int i = 0; i < count; i++) {
        struct pakn_case first = {0};
        bool already = false;
        enum err e = case_get(s->store, ids[i], &first);
        if (e == ERR_OK && supported(s, &first, c, now)) {
            e = counted(s, c->subscriber_id, first.id, &already);
            if (e == ERR_OK && !already) {
                *ret_first = first;
                return ERR_OK;
            }
        }
        case_release(&first);
        if (already)
            return ERR_NOT_FOUND;
        if (e != ERR_OK && e != ERR_NOT_FOUND && e != ERR_SEALED)
            return e;
    }
    return ERR_NOT_FOUND;
}

enum err supporters_filed(struct smsc *s, const struct pakn_case *c, struct pakn_case *first, int64_t now) {
    struct case_step step = {.kind = STEP_SUPPORTED, .role = ROLE_TIMER, .original_id = c->id};
    struct case_outcome outcome;
    if (first)
        return life_step(s, first, &step, NULL, now, NULL, &outcome);
    if (!stands_alone(c))
        remember(s->supporters, c->text, c->id);
    return ERR_OK;
}

/* ---- after a start ---- */

struct recovery {
    struct smsc *s;
    int64_t since, oldest; /* oldest: the id to go on before */
    bool ended;
    enum err failed;
};

static void recover(void *context, const struct pakn_case *c) {
    struct recovery *r = context;
    struct case_life life = {0};
    r->oldest = c->id;
    r->ended = r->ended || (c->state != CASE_DRAFT && c->submitted_at < r->since - CLOCK_DAY); /* ids and times aren't in quite the same order */
    if (r->ended || r->failed != ERR_OK || !duplicate_handled(c, r->since) || stands_alone(c))
        return;
    r->failed = life_get(r->s->store, c->id, &life);
    if (r->failed == ERR_OK && life.supports_id == 0)
        remember(r->s->supporters, c->text, c->id);
    life_release(&life);
}

enum err supporters_recover(struct smsc *s, int64_t now) {
    struct recovery r = {.s = s, .since = now - s->settings.cases.duplicate_days * CLOCK_DAY};
    enum err e = ERR_OK;
    for (int n = 0; n < RECOVERED_MOST && e == ERR_OK && !r.ended; n++) {
        int64_t before = r.oldest;
        e = case_list(s->store, before, 1, recover, &r);
        if (e == ERR_OK)
            e = r.failed;
        if (r.oldest == before)
            break;
    }
    return e == ERR_SEALED ? ERR_OK : e; /* what is older isn't found, then */
}
