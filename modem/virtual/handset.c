/* Phones. Parts are kept as decoded TPDUs until the last is there, then joined; a surrogate pair cut by a careless sender still reads right.
 * Parts of different senders, references or totals never mix. */
#include "modem/virtual/handset.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/surrogate.h"
#include "modem/virtual/raw_tpdu.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (SMS_SEGMENTS_MAX * 640)

void handset_init(struct handset *h, const struct phone *phone) {
    *h = (struct handset){.phone = *phone, .on = true};
}

static void partial_free(struct handset_partial *p) {
    for (unsigned i = 0; i < p->concat.total; i++)
        free(p->parts[i]);
    free(p->parts);
    free(p);
}

void handset_release(struct handset *h) {
    for (size_t i = 0; i < h->inbox_count; i++)
        free(h->inbox[i].text);
    free(h->inbox);
    for (struct handset_partial *p = h->partials, *next; p; p = next) {
        next = p->next;
        partial_free(p);
    }
}

static char *join(struct tpdu *const *parts, unsigned count) {
    struct str text;
    str_init(&text, TEXT_MAX);
    for (unsigned i = 0; i < count; i++)
        tpdu_text(parts[i], &text);
    char *joined = str_detach(&text);
    surrogate_mend(joined);
    return joined;
}

static void complete(struct handset *h, const struct phone *from, struct tpdu *const *parts, unsigned count, int64_t now) {
    if (h->inbox_count == h->inbox_capacity) {
        h->inbox_capacity = h->inbox_capacity ? 2 * h->inbox_capacity : 8;
        h->inbox = mem_resize(h->inbox, h->inbox_capacity, sizeof *h->inbox);
    }
    h->inbox[h->inbox_count] = (struct handset_message){.seq = (int64_t)h->inbox_count + 1,
                                                        .from = *from,
                                                        .text = join(parts, count),
                                                        .encoding = parts[0]->dcs.encoding,
                                                        .parts = count,
                                                        .class = parts[0]->dcs.class,
                                                        .time = now};
    h->inbox_count++;
}

static struct handset_partial **partial_of(struct handset *h, const struct phone *from, const struct sms_concat *c) {
    struct handset_partial **at = &h->partials;
    for (; *at; at = &(*at)->next) {
        const struct handset_partial *p = *at;
        if (p->concat.reference == c->reference && p->concat.total == c->total && p->concat.wide == c->wide && phone_equal(&p->from, from))
            return at;
    }
    struct handset_partial *p = mem_alloc(sizeof *p);
    p->from = *from;
    p->concat = *c;
    p->parts = mem_array(c->total, sizeof(struct tpdu *));
    *at = p;
    return at;
}

void handset_take(struct handset *h, const struct phone *from, const struct tpdu *t, int64_t now) {
    struct tpdu *part = mem_alloc(sizeof *part);
    *part = *t;
    if (!sms_concat_valid(&t->udh.concat) || t->udh.concat.total == 1) {
        complete(h, from, &part, 1, now);
        free(part);
        return;
    }
    struct handset_partial **at = partial_of(h, from, &t->udh.concat), *p = *at;
    unsigned i = t->udh.concat.sequence - 1u;
    if (p->parts[i]) {
        free(part);
        return;
    }
    p->parts[i] = part;
    if (++p->count < p->concat.total)
        return;
    *at = p->next;
    complete(h, from, p->parts, p->concat.total, now);
    partial_free(p);
}

int64_t handset_time(struct handset *h, const char *what, int64_t now) {
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (const char *c = what; *c; c++)
        hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
    struct handset_sent *place = &h->sent[0]; /* of the same message, else the oldest */
    for (size_t i = 0; i < sizeof h->sent / sizeof *h->sent && place->hash != hash; i++)
        if (h->sent[i].hash == hash || h->sent[i].second < place->second)
            place = &h->sent[i];
    int64_t second = now / CLOCK_SECOND;
    if (place->hash == hash && place->second >= second)
        second = place->second + 1;
    *place = (struct handset_sent){.hash = hash, .second = second};
    return second == now / CLOCK_SECOND ? now : second * CLOCK_SECOND;
}

/* The TPDU of one part; `message` says everything but its text or data. Octets go in behind the codec's back where the codec can't say them:
 * a data coding scheme or protocol identifier of the caller's. */
static enum err compose_part(const struct handset_draft *draft, const struct tpdu_message *message, struct handset_part *part) {
    enum err e = tpdu_encode(message, part->octets, &part->len);
    if (e)
        return e;
    size_t pid = raw_tpdu_pid_offset(part->octets, part->len, RAW_TPDU_DELIVER);
    if (draft->pid >= 0)
        part->octets[pid] = (uint8_t)draft->pid;
    if (draft->dcs >= 0)
        part->octets[pid + 1] = (uint8_t)draft->dcs;
    return ERR_OK;
}

/* Octets of user data that are left for data behind the header. */
static size_t data_room(const struct handset_draft *draft, bool concat) {
    size_t header = (concat ? (draft->wide ? 6 : 5) : 0) + (draft->has_ports ? 6 : 0);
    return SMS_UD_OCTETS - header - (header ? 1 : 0);
}

static enum err data_segments(const struct handset_draft *draft, struct sms_segment *segments, size_t *ret_count) {
    size_t room = data_room(draft, false), count = 0;
    if (draft->data.len > room)
        room = data_room(draft, true);
    for (size_t offset = 0; offset < draft->data.len || count == 0; offset += room) {
        if (count == SMS_SEGMENTS_MAX)
            return ERR_TOO_LONG;
        size_t left = draft->data.len - offset;
        segments[count++] = (struct sms_segment){.offset = offset, .len = left < room ? left : room};
    }
    *ret_count = count;
    return ERR_OK;
}

enum err handset_compose(struct handset *h, const struct handset_draft *draft, struct handset_part *parts, size_t *ret_count) {
    struct sms_segment segments[SMS_SEGMENTS_MAX];
    size_t count;
    enum sms_encoding encoding = draft->has_encoding ? draft->encoding : draft->text ? sms_encoding_for(draft->text) : SMS_8BIT;
    enum err e = draft->text ? sms_split(draft->text, encoding, draft->wide, false, segments, SMS_SEGMENTS_MAX, &count)
                             : data_segments(draft, segments, &count);
    if (e)
        return e;
    if (count > 1 && draft->reference < 0)
        h->reference++;
    for (size_t i = 0; i < count; i++) {
        char *text = draft->text ? mem_string_n(draft->text + segments[i].offset, segments[i].len) : NULL;
        struct tpdu_message m = {.type = TPDU_DELIVER,
                                 .phone = h->phone,
                                 .encoding = encoding,
                                 .class = draft->class,
                                 .text = text,
                                 .has_ports = draft->has_ports,
                                 .destination_port = draft->destination_port,
                                 .source_port = draft->source_port,
                                 .time = draft->time,
                                 .zone_minutes = draft->zone_minutes};
        if (!text)
            m.data = bytes_of(draft->data.data + segments[i].offset, segments[i].len);
        if (count > 1)
            m.concat = (struct sms_concat){.reference = draft->reference < 0 ? h->reference : (uint16_t)draft->reference,
                                           .total = (uint8_t)count,
                                           .sequence = (uint8_t)(i + 1),
                                           .wide = draft->wide};
        e = compose_part(draft, &m, &parts[i]);
        free(text);
        if (e)
            return e;
    }
    *ret_count = count;
    return ERR_OK;
}
