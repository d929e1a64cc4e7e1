/* Parts wait on disk (inbound rows of an assembly), never in memory alone. Nothing that came is dropped: a part that fits nowhere begins a message of
 * its own, and a message whose parts don't all come is taken as far as it goes, with a visible mark where a part is missing. */
#include "smsc/reassembly.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/surrogate.h"
#include "firmware-host/base/text.h"
#include "smsc/arrival.h"
#include "smsc/centre.h"
#include "smsc/citizen.h"

#include <stdlib.h>
#include <string.h>

enum { CANDIDATES_MAX = 8, JOINED_MAX = 256 * 1024 };

struct piece { /* a part */
    int64_t inbound_id, sent_at, arrived_at;
    int sequence;
    char *text;
};
struct pieces { /* of one assembly, by sequence */
    struct piece *of;
    size_t count;
    enum err failed;
};

static void pieces_release(struct pieces *p) {
    for (size_t i = 0; i < p->count; i++)
        free(p->of[i].text);
    free(p->of);
    *p = (struct pieces){0};
}

static void piece_add(struct pieces *p, const struct piece *piece) {
    p->of = mem_resize(p->of, p->count + 1, sizeof *p->of);
    size_t at = p->count++;
    for (; at > 0 && p->of[at - 1].sequence > piece->sequence; at--)
        p->of[at] = p->of[at - 1];
    p->of[at] = *piece;
}

static void load_piece(void *context, const struct inbound *row) {
    struct pieces *p = context;
    struct arrival_copy copy = {0};
    if (row->state == INBOUND_IGNORED || row->state == INBOUND_HELD)
        return;
    enum err e = row->body ? arrival_read(row->body, row->body_len, &copy) : ERR_SEALED;
    if (e != ERR_OK) {
        p->failed = e;
        return;
    }
    struct piece piece = {.inbound_id = row->id,
                          .sent_at = copy.arrival.sent_at,
                          .arrived_at = row->arrived_at,
                          .sequence = row->sequence,
                          .text = mem_string(copy.arrival.text ? copy.arrival.text : "")};
    piece_add(p, &piece);
    arrival_release(&copy);
}

static enum err pieces_load(struct smsc *s, int64_t assembly_id, struct pieces *ret) {
    struct pieces p = {0};
    enum err e = assembly_parts(s->store, assembly_id, load_piece, &p);
    if (e == ERR_OK)
        e = p.failed;
    if (e == ERR_OK)
        *ret = p;
    else
        pieces_release(&p);
    return e;
}

static const struct piece *piece_of(const struct pieces *p, int sequence) {
    for (size_t i = 0; i < p->count; i++)
        if (p->of[i].sequence == sequence)
            return &p->of[i];
    return NULL;
}

/* ---- to which message a part belongs ---- */

enum fit { FIT_NO, FIT_LATE, FIT_OPEN, FIT_SAME }; /* a better fit is a higher number */

static enum fit fit_of(const struct assembly *a, const struct pieces *p, const struct arrival *part) {
    const struct piece *there = piece_of(p, part->concat.sequence);
    if (a->state != ASSEMBLY_OPEN && a->message_id == 0)
        return FIT_NO; /* put aside: its parts are held */
    if (!there)
        return a->state == ASSEMBLY_OPEN ? FIT_OPEN : FIT_LATE;
    /* The same words again: a phone or network repeats the part. When the message is whole already only the service centre's time tells a
     * repetition from a second message of the same words. */
    bool same = strcmp(there->text, part->text) == 0 && (a->state == ASSEMBLY_OPEN || there->sent_at == part->sent_at);
    return same ? FIT_SAME : FIT_NO;
}

/* How far apart the part was sent from what is there; of two equal ones the older message is served first. */
static int64_t distance_of(const struct pieces *p, const struct arrival *part) {
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < p->count && part->sent_at >= 0; i++) {
        int64_t apart = p->of[i].sent_at - part->sent_at;
        apart = apart < 0 ? -apart : apart;
        if (p->of[i].sent_at >= 0 && apart < least)
            least = apart;
    }
    return least;
}

struct choice {
    enum fit fit;
    struct assembly assembly;
    struct pieces pieces;
    int64_t distance;
};

static void choose(struct choice *best, const struct assembly *a, struct pieces *p, const struct arrival *part) {
    struct choice c = {.fit = fit_of(a, p, part), .assembly = *a, .distance = distance_of(p, part)};
    bool better = c.fit > best->fit || (c.fit == best->fit && c.fit != FIT_NO && c.distance <= best->distance);
    if (!better) {
        pieces_release(p);
        return;
    }
    pieces_release(&best->pieces);
    c.pieces = *p;
    *best = c;
}

static enum err find_assembly(struct smsc *s, const struct subscriber *who, const struct arrival *part, int64_t now, struct choice *ret) {
    struct assembly found[CANDIDATES_MAX];
    size_t count = 0;
    enum err e = assembly_find(s->store, part->link, who->id, part->concat.reference, part->concat.total, part->concat.wide,
                               now - s->settings.late_part_window, found, CANDIDATES_MAX, &count);
    for (size_t i = 0; i < count && e == ERR_OK; i++) { /* newest first */
        struct pieces p = {0};
        e = pieces_load(s, found[i].id, &p);
        if (e == ERR_OK)
            choose(ret, &found[i], &p, part);
    }
    return e;
}

/* ---- joining ---- */

/* Text of all parts in order; missing ones leave "[thieu phan 2/3]" or "[thieu phan 2-4/6]". Caller frees. NULL: longer than a message may be. */
static char *join(const struct pieces *p, int total, bool *ret_incomplete) {
    struct str text;
    int expected = 1;
    str_init(&text, JOINED_MAX);
    *ret_incomplete = false;
    for (size_t i = 0; i <= p->count; i++) {
        int next = i < p->count ? p->of[i].sequence : total + 1;
        if (next > expected) {
            *ret_incomplete = true;
            str_add(&text, text.len ? " " : "");
            if (next - 1 > expected)
                str_addf(&text, REASSEMBLY_MARK "%d-%d/%d]", expected, next - 1, total);
            else
                str_addf(&text, REASSEMBLY_MARK "%d/%d]", expected, total);
            str_add(&text, i < p->count ? " " : "");
        }
        if (i < p->count)
            str_add(&text, p->of[i].text);
        expected = next + 1;
    }
    if (!str_ok(&text)) {
        str_release(&text);
        return NULL;
    }
    surrogate_mend(text.data);
    return str_detach(&text);
}

size_t reassembly_letters(const char *text, bool incomplete) {
    size_t letters = text_letters(text), of_mark = text_letters(REASSEMBLY_MARK);
    for (const char *at = text; incomplete && (at = strstr(at, REASSEMBLY_MARK)) != NULL; at++)
        letters -= of_mark;
    return letters;
}

static enum err mark_done(struct smsc *s, const struct pieces *p, int64_t message_id) {
    enum err e = ERR_OK;
    for (size_t i = 0; i < p->count && e == ERR_OK; i++)
        e = inbound_mark(s->store, p->of[i].inbound_id, INBOUND_DONE, NULL, message_id);
    return e;
}

/* The earliest service centre's time of the parts: when the citizen sent it. */
static void earliest(const struct pieces *p, struct message *m) {
    m->sent_at = -1;
    for (size_t i = 0; i < p->count; i++) {
        if (p->of[i].sent_at >= 0 && (m->sent_at < 0 || p->of[i].sent_at < m->sent_at))
            m->sent_at = p->of[i].sent_at;
        if (i == 0 || p->of[i].arrived_at < m->arrived_at)
            m->arrived_at = p->of[i].arrived_at;
    }
}

static enum err take(struct smsc *s, struct assembly *a, const struct pieces *p, struct subscriber *who, int64_t now) {
    struct message m = {.link = a->link};
    earliest(p, &m);
    m.text = join(p, a->total, &m.incomplete);
    if (!m.text)
        return ERR_TOO_LONG;
    enum err e = citizen_message(s, who, &m, now);
    free(m.text);
    if (e != ERR_OK)
        return e;
    a->state = m.incomplete ? ASSEMBLY_PARTIAL : ASSEMBLY_WHOLE;
    a->message_id = m.id;
    e = assembly_update(s->store, a);
    crash_point("reassembly.taken");
    return e == ERR_OK ? mark_done(s, p, m.id) : e;
}

static enum err take_late(struct smsc *s, struct assembly *a, const struct pieces *p, struct subscriber *who, int64_t now) {
    bool incomplete = false;
    char *text = join(p, a->total, &incomplete);
    if (!text)
        return ERR_TOO_LONG;
    enum err e = citizen_late_part(s, who, a->message_id, text, incomplete, now);
    free(text);
    a->state = incomplete ? ASSEMBLY_PARTIAL : ASSEMBLY_WHOLE;
    if (e == ERR_OK)
        e = assembly_update(s->store, a);
    log_event(LOG_LEVEL_INFO, "reassembly.late_part", log_int("message", a->message_id), log_phone("sender", &who->phone));
    return e == ERR_OK ? mark_done(s, p, a->message_id) : e;
}

static enum err begin(struct smsc *s, const struct subscriber *who, const struct arrival *part, int64_t now, struct assembly *ret) {
    struct assembly a = {.subscriber_id = who->id,
                         .reference = part->concat.reference,
                         .total = part->concat.total,
                         .wide = part->concat.wide,
                         .first_at = now,
                         .due_at = now + s->settings.reassembly_wait,
                         .state = ASSEMBLY_OPEN};
    enum err e = str_copy(a.link, sizeof a.link, part->link);
    if (e == ERR_OK)
        e = assembly_insert(s->store, &a, &a.id);
    centre_timer(s, a.due_at);
    *ret = a;
    return e;
}

/* *c is FIT_NO: begins an assembly. */
static enum err add_part(struct smsc *s, int64_t inbound_id, struct subscriber *who, const struct arrival *part, int64_t now, struct choice *c) {
    enum err e = ERR_OK;
    if (c->fit == FIT_NO) {
        pieces_release(&c->pieces);
        e = begin(s, who, part, now, &c->assembly);
    }
    if (e == ERR_OK)
        e = inbound_mark_part(s->store, inbound_id, c->assembly.id, part->concat.sequence);
    crash_point("reassembly.part");
    if (e != ERR_OK)
        return e;
    struct piece piece = {
        .inbound_id = inbound_id, .sent_at = part->sent_at, .arrived_at = now, .sequence = part->concat.sequence, .text = mem_string(part->text)};
    piece_add(&c->pieces, &piece);
    if (c->fit == FIT_LATE)
        return take_late(s, &c->assembly, &c->pieces, who, now);
    return (int)c->pieces.count == c->assembly.total ? take(s, &c->assembly, &c->pieces, who, now) : ERR_OK;
}

enum err reassembly_part(struct smsc *s, int64_t inbound_id, struct subscriber *who, const struct arrival *a, int64_t now) {
    struct choice c = {.fit = FIT_NO, .distance = INT64_MAX};
    enum err e = find_assembly(s, who, a, now, &c);
    if (e == ERR_OK && c.fit == FIT_SAME)
        e = inbound_mark(s->store, inbound_id, INBOUND_IGNORED, "a part that is there already", c.assembly.message_id);
    else if (e == ERR_OK)
        e = add_part(s, inbound_id, who, a, now, &c);
    pieces_release(&c.pieces);
    return e;
}

/* ---- the wait is over ---- */

static bool repeats(const struct pieces *these, const struct pieces *those) {
    for (size_t i = 0; i < these->count; i++) {
        const struct piece *other = piece_of(those, these->of[i].sequence);
        if (!other || strcmp(other->text, these->of[i].text) != 0)
            return false;
    }
    return true;
}

/* A phone that missed an acknowledgement sends a part once more after its message was whole; nothing new comes with it. */
static enum err find_repeated(struct smsc *s, const struct assembly *a, const struct pieces *p, int64_t *ret_message_id) {
    struct assembly found[CANDIDATES_MAX];
    size_t count = 0;
    enum err e = assembly_find(s->store, a->link, a->subscriber_id, a->reference, a->total, a->wide, a->first_at - s->settings.late_part_window,
                               found, CANDIDATES_MAX, &count);
    for (size_t i = 0; i < count && e == ERR_OK && *ret_message_id == 0; i++) {
        struct pieces other = {0};
        if (found[i].id >= a->id || !found[i].message_id)
            continue;
        e = pieces_load(s, found[i].id, &other);
        if (e == ERR_OK && repeats(p, &other))
            *ret_message_id = found[i].message_id;
        pieces_release(&other);
    }
    return e;
}

static enum err drop_repeated(struct smsc *s, struct assembly *a, const struct pieces *p, int64_t message_id) {
    enum err e = ERR_OK;
    for (size_t i = 0; i < p->count && e == ERR_OK; i++)
        e = inbound_mark(s->store, p->of[i].inbound_id, INBOUND_IGNORED, "a part that is there already", message_id);
    a->state = ASSEMBLY_WHOLE;
    a->message_id = message_id;
    return e == ERR_OK ? assembly_update(s->store, a) : e;
}

enum err reassembly_expire(struct smsc *s, struct assembly *a, int64_t now) {
    struct pieces p = {0};
    struct subscriber who = {0};
    int64_t repeated = 0;
    enum err e = pieces_load(s, a->id, &p);
    if (e == ERR_OK)
        e = find_repeated(s, a, &p, &repeated);
    if (e == ERR_OK)
        e = subscriber_by_id(s->store, a->subscriber_id, &who);
    if (e == ERR_OK && repeated) {
        e = drop_repeated(s, a, &p, repeated);
    } else if (e == ERR_OK) {
        log_event(LOG_LEVEL_NOTICE, "reassembly.incomplete", log_int("have", (int64_t)p.count), log_int("total", a->total),
                  log_phone("sender", &who.phone));
        e = take(s, a, &p, &who, now);
    }
    subscriber_release(&who);
    pieces_release(&p);
    return e;
}
