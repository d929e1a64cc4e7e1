/* The world outside the core. Everything that happens by chance comes from one seeded generator. */
#include "tests/fault/world.h"

#include "firmware-host/base/mem.h"
#include "firmware-host/supervise.h"
#include "tests/fault/vfs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_START INT64_C(1795226700000) /* Saturday 2026-11-21 09:05:00 in Vietnam */
enum { CITIZENS = 5, WRONG_MAX = 2000 };

struct worker {
    struct world *world;
    int modem;
    struct worker_owner owner;
    bool runs;
    struct protocol_message submission; /* name PROTOCOL_SEND: it has one */
};

void world_init(struct world *w, uint32_t seed) {
    *w = (struct world){.random = seed * 2654435761u + 1};
    clock_virtual_init(&w->clock, WORLD_START);
    w->loop.data = w;
    str_init(&w->wrong, WRONG_MAX);
}

void world_release(struct world *w) {
    for (size_t i = 0; i < w->sms_count; i++)
        free(w->sms[i].text);
    for (size_t i = 0; i < w->air_count; i++)
        free(w->air[i].text);
    for (size_t i = 0; i < w->written; i++)
        free(w->texts[i]);
    free(w->texts);
    free(w->sms);
    free(w->air);
    str_release(&w->wrong);
}

uint32_t world_pick(struct world *w, uint32_t below) {
    w->random = w->random * 1664525u + 1013904223u;
    return (w->random >> 8) % below;
}

const char *world_modem_name(int modem) {
    static const char *const names[WORLD_MODEMS] = {"m1", "m2"};
    return names[modem];
}

void world_wrong(struct world *w, const char *format, ...) {
    va_list args;
    if (w->wrong.len > 0)
        return;
    va_start(args, format);
    str_vaddf(&w->wrong, format, args);
    va_end(args);
}

static int64_t now(const struct world *w) {
    return w->clock.wall;
}

/* ---- citizens ---- */

static struct sms *add_sms(struct world *w, int modem, const struct phone *from) {
    w->sms = mem_resize(w->sms, w->sms_count + 1, sizeof *w->sms);
    struct sms *s = &w->sms[w->sms_count++];
    *s = (struct sms){.modem = modem, .from = *from, .sent_at = now(w), .reference = -1};
    return s;
}

static struct phone phone_of(int citizen) {
    struct phone phone = {.kind = PHONE_E164};
    snprintf(phone.text, sizeof phone.text, "+8491234500%d", citizen);
    return phone;
}

void world_write(struct world *w, int citizen, int modem, const char *text, int parts) {
    struct phone from = phone_of(citizen);
    size_t len = strlen(text), each = (len + (size_t)parts - 1) / (size_t)parts;
    int first = (int)world_pick(w, (uint32_t)parts);
    w->texts = mem_resize(w->texts, w->written + 1, sizeof *w->texts);
    w->texts[w->written++] = mem_string(text);
    for (int i = 0; i < parts; i++) {
        int part = (first + i) % parts;
        size_t offset = (size_t)part * each;
        struct sms *s = add_sms(w, modem, &from);
        s->text = mem_string_n(text + offset, len - offset < each ? len - offset : each);
        if (parts > 1)
            s->concat = (struct sms_concat){.reference = (uint16_t)(w->written % 256), .total = (uint8_t)parts, .sequence = (uint8_t)(part + 1)};
    }
}

void world_write_anything(struct world *w) {
    static const struct {
        const char *format;
        int parts;
    } kinds[] = {
        {"PA Duong vao thon %zu bi sut lun", 1},
        {"PA Rac do day bo muong thon %zu da ba tuan nay khong ai don", 2},
        {"KN Lam them den duong o thon %zu", 1},
        {"Cau treo thon %zu bi hong lan can, tre em qua lai rat nguy hiem", 3},
        {"Nuoc may thon %zu duc ngau", 1},
        {"OK", 1},
        {"TC", 1},
        {"HD", 1},
        {"TEN Nguyen Thi Binh", 1},
        {"CD", 1},
    };
    char text[160];
    uint32_t kind = world_pick(w, sizeof kinds / sizeof *kinds);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, kinds[kind].format, w->written);
#pragma GCC diagnostic pop
    world_write(w, (int)world_pick(w, CITIZENS), (int)world_pick(w, WORLD_MODEMS), text, kinds[kind].parts);
}

/* ---- workers ---- */

static void end_submission(struct worker *k) {
    protocol_release(&k->submission);
    protocol_init(&k->submission, PROTOCOL_NAME_COUNT);
}

struct worker *worker_new(uv_loop_t *loop, struct clock *clock, const struct worker_settings *settings, const struct worker_owner *owner) {
    (void)clock;
    struct worker *k = mem_alloc(sizeof *k);
    k->world = loop->data;
    k->owner = *owner;
    while (k->modem < WORLD_MODEMS - 1 && strcmp(settings->name, world_modem_name(k->modem)) != 0)
        k->modem++;
    protocol_init(&k->submission, PROTOCOL_NAME_COUNT);
    k->world->workers[k->modem] = k;
    return k;
}

void worker_start(struct worker *k) {
    (void)k; /* world_plug */
}

void worker_stop(struct worker *k) {
    bool calm = k->world->calm;
    k->world->calm = true; /* it finishes what runs */
    (void)world_submit(k->world, k->modem);
    k->world->calm = calm;
    world_unplug(k->world, k->modem);
    k->owner.stopped(k->owner.context);
}

void worker_free(struct worker *k) {
    end_submission(k);
    k->world->workers[k->modem] = NULL;
    free(k);
}

static struct sms *handed_over(struct worker *k, int64_t handle) {
    struct world *w = k->world;
    for (size_t i = 0; i < w->sms_count; i++)
        if (w->sms[i].handle == handle && w->sms[i].modem == k->modem)
            return &w->sms[i];
    world_wrong(w, "%s was told of an arrival that it didn't hand over", world_modem_name(k->modem));
    return NULL;
}

static void hear_of_arrival(struct worker *k, const struct protocol_message *m) {
    struct sms *s = handed_over(k, m->handle);
    if (!s)
        return;
    s->handle = 0;
    if (m->name == PROTOCOL_STORED) {
        s->stored = true;
        s->in_slot = false;
    }
}

static void hear_send(struct worker *k, const struct protocol_message *m) {
    if (k->submission.name == PROTOCOL_SEND)
        world_wrong(k->world, "%s was told to send while it sends", world_modem_name(k->modem));
    end_submission(k);
    k->submission = *m;
    k->submission.text = mem_string(m->text);
    k->submission.driver = k->submission.line = k->submission.reason = k->submission.pdu = NULL;
    k->submission.imei = k->submission.imsi = k->submission.iccid = k->submission.model = k->submission.operator_name = NULL;
}

enum err worker_say(struct worker *k, const struct protocol_message *m) {
    struct world *w = k->world;
    if (!k->runs || vfs_power_is_off())
        return ERR_CLOSED;
    if (w->cut_after > 0 && --w->cut_after == 0) {
        vfs_power_fail((enum vfs_loss)world_pick(w, 3));
        if (world_pick(w, 2)) /* the worker's last word before it gets dark is heard, or not */
            return ERR_CLOSED;
    }
    if (w->fault_lasts && vfs_failed() && (m->name == PROTOCOL_STORED || m->name == PROTOCOL_SEND))
        world_wrong(w, "`%s` was said though nothing can be stored", protocol_name(m->name));
    if (m->name == PROTOCOL_STORED || m->name == PROTOCOL_AGAIN)
        hear_of_arrival(k, m);
    else if (m->name == PROTOCOL_SEND)
        hear_send(k, m);
    return ERR_OK;
}

void worker_expect(struct worker *k, int64_t within_ms) {
    (void)k;
    (void)within_ms;
}

void worker_fault(struct worker *k, const char *what) {
    world_wrong(k->world, "%s is blamed for %s", world_modem_name(k->modem), what);
}

void worker_view(const struct worker *k, struct worker_view *ret_view) {
    *ret_view = (struct worker_view){.state = k->runs ? "serving" : "down", .next_start_in = -1, .last_end = ""};
}

/* ---- the air ---- */

static void transmit(struct worker *k, bool report) {
    struct world *w = k->world;
    const struct protocol_message *m = &k->submission;
    w->air = mem_resize(w->air, w->air_count + 1, sizeof *w->air);
    w->air[w->air_count++] = (struct transmission){.modem = k->modem,
                                                   .attempt_id = m->id,
                                                   .to = m->phone,
                                                   .text = mem_string(m->text),
                                                   .reference = (int)m->reference,
                                                   .reject_duplicates = m->reject_duplicates};
    if (report && m->want_report)
        add_sms(w, k->modem, &m->phone)->reference = (int)m->reference;
}

/* ---- what workers say ---- */

static void say(struct worker *k, struct protocol_message *m) {
    k->owner.message(k->owner.context, m);
    protocol_release(m);
}

void world_plug(struct world *w, int modem) {
    struct worker *k = w->workers[modem];
    struct protocol_message m;
    char imsi[32];
    if (!k || k->runs || vfs_power_is_off())
        return;
    k->runs = true;
    k->owner.greeted(k->owner.context);
    protocol_init(&m, PROTOCOL_UP);
    snprintf(imsi, sizeof imsi, "45204000000000%d", modem);
    m.imsi = mem_string(imsi);
    say(k, &m);
}

static void forget_handles(struct world *w, int modem) {
    for (size_t i = 0; i < w->sms_count; i++)
        if (w->sms[i].modem == modem)
            w->sms[i].handle = 0;
}

void world_unplug(struct world *w, int modem) {
    struct worker *k = w->workers[modem];
    if (!k || !k->runs)
        return;
    if (k->submission.name == PROTOCOL_SEND && world_pick(w, 2))
        transmit(k, world_pick(w, 2));
    end_submission(k);
    k->runs = false;
    forget_handles(w, modem);
    k->owner.gone(k->owner.context, "killed by signal 9");
}

static void hand_over(struct worker *k, size_t index) {
    struct sms *s = &k->world->sms[index];
    struct protocol_message m;
    char pdu[16];
    protocol_init(&m, s->text ? PROTOCOL_SMS : PROTOCOL_REPORT);
    snprintf(pdu, sizeof pdu, "%08zX", index);
    m.handle = s->handle = ++k->world->last_handle;
    m.kind = PROTOCOL_KIND_TEXT;
    m.pdu = mem_string(pdu);
    m.phone = s->from;
    m.time = s->sent_at;
    m.text = mem_string(s->text);
    m.encoding = s->text ? sms_encoding_for(s->text) : SMS_GSM7;
    m.concat = s->concat;
    m.reference = s->reference;
    m.status = 0;
    m.done_time = s->text ? -1 : s->sent_at;
    say(k, &m);
}

bool world_deliver(struct world *w) {
    int used[WORLD_MODEMS] = {0};
    bool any = false;
    for (size_t i = 0; i < w->sms_count; i++)
        used[w->sms[i].modem] += w->sms[i].in_slot;
    for (size_t i = 0; i < w->sms_count && !vfs_power_is_off(); i++) {
        struct sms *s = &w->sms[i];
        struct worker *k = w->workers[s->modem];
        if (s->stored || s->handle || (!s->in_slot && s->text && used[s->modem] >= WORLD_SLOTS))
            continue;
        if (s->text && !s->in_slot) {
            s->in_slot = true;
            used[s->modem]++;
        }
        if (k && k->runs) {
            hand_over(k, i);
            any = true;
        }
    }
    return any;
}

/* ---- what becomes of a submission ---- */

enum fate { SENT, SENT_WITHOUT_REPORT, SENT_UNHEARD, NEITHER_SENT_NOR_HEARD, DIED, FAILED, NOT_YET };

static void outcome(struct worker *k, enum protocol_name name) {
    struct protocol_message m;
    protocol_init(&m, name);
    m.id = k->submission.id;
    m.reference = k->submission.reference;
    m.class = SMS_FAILURE_TEMPORARY;
    m.code = name == PROTOCOL_FAILED ? 42 : -1;
    m.reason = name == PROTOCOL_SENT ? NULL : mem_string("no answer in time");
    end_submission(k);
    say(k, &m);
}

bool world_submit(struct world *w, int modem) {
    static const uint8_t fates[] = {SENT, SENT, SENT, SENT, SENT_WITHOUT_REPORT, SENT_UNHEARD, NEITHER_SENT_NOR_HEARD, DIED, FAILED, NOT_YET};
    struct worker *k = w->workers[modem];
    if (!k || !k->runs || k->submission.name != PROTOCOL_SEND || vfs_power_is_off())
        return false;
    enum fate fate = w->calm ? SENT : (enum fate)fates[world_pick(w, sizeof fates)];
    if (fate == NOT_YET)
        return false;
    if (fate <= SENT_UNHEARD)
        transmit(k, fate != SENT_WITHOUT_REPORT && world_pick(w, 4) > 0);
    if (fate == DIED) {
        world_unplug(w, modem);
    } else {
        outcome(k, fate == FAILED ? PROTOCOL_FAILED : fate <= SENT_WITHOUT_REPORT ? PROTOCOL_SENT : PROTOCOL_UNKNOWN);
    }
    return true;
}

void world_lights_out(struct world *w) {
    for (int i = 0; i < WORLD_MODEMS; i++) {
        struct worker *k = w->workers[i];
        forget_handles(w, i);
        if (!k)
            continue;
        if (k->submission.name == PROTOCOL_SEND && world_pick(w, 2))
            transmit(k, world_pick(w, 2));
        end_submission(k);
        k->runs = false;
    }
    w->cut_after = 0;
}

size_t world_waiting(const struct world *w) {
    size_t count = 0;
    for (size_t i = 0; i < w->sms_count; i++)
        count += !w->sms[i].stored;
    return count;
}
