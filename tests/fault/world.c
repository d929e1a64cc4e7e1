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

void world_init(struct world *world, uint32_t seed) {
    *world = (struct world){.random = seed * 2654435761u + 1};
    clock_virtual_init(&world->clock, WORLD_START);
    world->loop.data = world;
    str_init(&world->wrong, WRONG_MAX);
}

void world_release(struct world *world) {
    for (size_t i = 0; i < world->sms_count; i++)
        free(world->sms[i].text);
    for (size_t i = 0; i < world->air_count; i++)
        free(world->air[i].text);
    for (size_t i = 0; i < world->written; i++)
        free(world->texts[i]);
    free(world->texts);
    free(world->sms);
    free(world->air);
    str_release(&world->wrong);
}

uint32_t world_pick(struct world *world, uint32_t below) {
    world->random = world->random * 1664525u + 1013904223u;
    return (world->random >> 8) % below;
}

const char *world_modem_name(int modem) {
    static const char *const names[WORLD_MODEMS] = {"m1", "m2"};
    return names[modem];
}

void world_wrong(struct world *world, const char *format, ...) {
    va_list args;
    if (world->wrong.len > 0)
        return;
    va_start(args, format);
    str_vaddf(&world->wrong, format, args);
    va_end(args);
}

static int64_t now(const struct world *world) {
    return world->clock.wall;
}

/* ---- citizens ---- */

static struct sms *add_sms(struct world *world, int modem, const struct phone *from) {
    world->sms = mem_resize(world->sms, world->sms_count + 1, sizeof *world->sms);
    struct sms *s = &world->sms[world->sms_count++];
    *s = (struct sms){.modem = modem, .from = *from, .sent_at = now(world), .reference = -1};
    return s;
}

static struct phone phone_of(int citizen) {
    struct phone phone = {.kind = PHONE_E164};
    snprintf(phone.text, sizeof phone.text, "+8491234500%d", citizen);
    return phone;
}

void world_write(struct world *world, int citizen, int modem, const char *text, int parts) {
    struct phone from = phone_of(citizen);
    size_t len = strlen(text), each = (len + (size_t)parts - 1) / (size_t)parts;
    int first = (int)world_pick(world, (uint32_t)parts);
    world->texts = mem_resize(world->texts, world->written + 1, sizeof *world->texts);
    world->texts[world->written++] = mem_string(text);
    for (int i = 0; i < parts; i++) {
        int part = (first + i) % parts;
        size_t offset = (size_t)part * each;
        struct sms *s = add_sms(world, modem, &from);
        s->text = mem_string_n(text + offset, len - offset < each ? len - offset : each);
        if (parts > 1)
            s->concat = (struct sms_concat){.reference = (uint16_t)(world->written % 256), .total = (uint8_t)parts, .sequence = (uint8_t)(part + 1)};
    }
}

void world_write_anything(struct world *world) {
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
    uint32_t kind = world_pick(world, sizeof kinds / sizeof *kinds);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, kinds[kind].format, world->written);
#pragma GCC diagnostic pop
    world_write(world, (int)world_pick(world, CITIZENS), (int)world_pick(world, WORLD_MODEMS), text, kinds[kind].parts);
}

/* ---- workers ---- */

static void end_submission(struct worker *w) {
    protocol_release(&w->submission);
    protocol_init(&w->submission, PROTOCOL_NAME_COUNT);
}

struct worker *worker_new(uv_loop_t *loop, struct clock *clock, const struct worker_settings *settings, const struct worker_owner *owner) {
    (void)clock;
    struct worker *w = mem_alloc(sizeof *w);
    w->world = loop->data;
    w->owner = *owner;
    while (w->modem < WORLD_MODEMS - 1 && strcmp(settings->name, world_modem_name(w->modem)) != 0)
        w->modem++;
    protocol_init(&w->submission, PROTOCOL_NAME_COUNT);
    w->world->workers[w->modem] = w;
    return w;
}

void worker_start(struct worker *w) {
    (void)w; /* world_plug */
}

void worker_stop(struct worker *w) {
    bool calm = w->world->calm;
    w->world->calm = true; /* it finishes what runs */
    (void)world_submit(w->world, w->modem);
    w->world->calm = calm;
    world_unplug(w->world, w->modem);
    w->owner.stopped(w->owner.context);
}

void worker_free(struct worker *w) {
    end_submission(w);
    w->world->workers[w->modem] = NULL;
    free(w);
}

static struct sms *handed_over(struct worker *w, int64_t handle) {
    struct world *world = w->world;
    for (size_t i = 0; i < world->sms_count; i++)
        if (world->sms[i].handle == handle && world->sms[i].modem == w->modem)
            return &world->sms[i];
    world_wrong(world, "%s was told of an arrival that it didn't hand over", world_modem_name(w->modem));
    return NULL;
}

static void hear_of_arrival(struct worker *w, const struct protocol_message *m) {
    struct sms *s = handed_over(w, m->handle);
    if (!s)
        return;
    s->handle = 0;
    if (m->name == PROTOCOL_STORED) {
        s->stored = true;
        s->in_slot = false;
    }
}

static void hear_send(struct worker *w, const struct protocol_message *m) {
    if (w->submission.name == PROTOCOL_SEND)
        world_wrong(w->world, "%s was told to send while it sends", world_modem_name(w->modem));
    end_submission(w);
    w->submission = *m;
    w->submission.text = mem_string(m->text);
    w->submission.driver = w->submission.line = w->submission.reason = w->submission.pdu = NULL;
    w->submission.imei = w->submission.imsi = w->submission.iccid = w->submission.model = w->submission.operator_name = NULL;
}

enum err worker_say(struct worker *w, const struct protocol_message *m) {
    struct world *world = w->world;
    if (!w->runs || vfs_power_is_off())
        return ERR_CLOSED;
    if (world->cut_after > 0 && --world->cut_after == 0) {
        vfs_power_fail((enum vfs_loss)world_pick(world, 3));
        if (world_pick(world, 2)) /* the worker's last word before it gets dark is heard, or not */
            return ERR_CLOSED;
    }
    if (world->fault_lasts && vfs_failed() && (m->name == PROTOCOL_STORED || m->name == PROTOCOL_SEND))
        world_wrong(world, "`%s` was said though nothing can be stored", protocol_name(m->name));
    if (m->name == PROTOCOL_STORED || m->name == PROTOCOL_AGAIN)
        hear_of_arrival(w, m);
    else if (m->name == PROTOCOL_SEND)
        hear_send(w, m);
    return ERR_OK;
}

void worker_expect(struct worker *w, int64_t within_ms) {
    (void)w;
    (void)within_ms;
}

void worker_fault(struct worker *w, const char *what) {
    world_wrong(w->world, "%s is blamed for %s", world_modem_name(w->modem), what);
}

void worker_hurry(struct worker *w) {
    world_wrong(w->world, "%s is hurried: nothing is plugged in here", world_modem_name(w->modem));
}

void worker_leave(struct worker *w, const char *why) {
    world_wrong(w->world, "%s is left: %s", world_modem_name(w->modem), why);
}

void worker_view(const struct worker *w, struct worker_view *ret_view) {
    *ret_view = (struct worker_view){.state = w->runs ? "serving" : "down", .next_start_in = -1, .last_end = ""};
}

/* ---- the air ---- */

static void transmit(struct worker *w, bool report) {
    struct world *world = w->world;
    const struct protocol_message *m = &w->submission;
    world->air = mem_resize(world->air, world->air_count + 1, sizeof *world->air);
    world->air[world->air_count++] = (struct transmission){.modem = w->modem,
                                                           .attempt_id = m->id,
                                                           .to = m->phone,
                                                           .text = mem_string(m->text),
                                                           .reference = (int)m->reference,
                                                           .reject_duplicates = m->reject_duplicates};
    if (report && m->want_report)
        add_sms(world, w->modem, &m->phone)->reference = (int)m->reference;
}

/* ---- what workers say ---- */

static void say(struct worker *w, struct protocol_message *m) {
    w->owner.message(w->owner.context, m);
    protocol_release(m);
}

void world_plug(struct world *world, int modem) {
    struct worker *w = world->workers[modem];
    struct protocol_message m;
    char imsi[32];
    if (!w || w->runs || vfs_power_is_off())
        return;
    w->runs = true;
    w->owner.greeted(w->owner.context);
    protocol_init(&m, PROTOCOL_UP);
    snprintf(imsi, sizeof imsi, "45204000000000%d", modem);
    m.imsi = mem_string(imsi);
    say(w, &m);
}

static void forget_handles(struct world *world, int modem) {
    for (size_t i = 0; i < world->sms_count; i++)
        if (world->sms[i].modem == modem)
            world->sms[i].handle = 0;
}

void world_unplug(struct world *world, int modem) {
    struct worker *w = world->workers[modem];
    if (!w || !w->runs)
        return;
    if (w->submission.name == PROTOCOL_SEND && world_pick(world, 2))
        transmit(w, world_pick(world, 2));
    end_submission(w);
    w->runs = false;
    forget_handles(world, modem);
    w->owner.gone(w->owner.context, "killed by signal 9");
}

static void hand_over(struct worker *w, size_t index) {
    struct sms *s = &w->world->sms[index];
    struct protocol_message m;
    char pdu[16];
    protocol_init(&m, s->text ? PROTOCOL_SMS : PROTOCOL_REPORT);
    snprintf(pdu, sizeof pdu, "%08zX", index);
    m.handle = s->handle = ++w->world->last_handle;
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
    say(w, &m);
}

bool world_deliver(struct world *world) {
    int used[WORLD_MODEMS] = {0};
    bool any = false;
    for (size_t i = 0; i < world->sms_count; i++)
        used[world->sms[i].modem] += world->sms[i].in_slot;
    for (size_t i = 0; i < world->sms_count && !vfs_power_is_off(); i++) {
        struct sms *s = &world->sms[i];
        struct worker *w = world->workers[s->modem];
        if (s->stored || s->handle || (!s->in_slot && s->text && used[s->modem] >= WORLD_SLOTS))
            continue;
        if (s->text && !s->in_slot) {
            s->in_slot = true;
            used[s->modem]++;
        }
        if (w && w->runs) {
            hand_over(w, i);
            any = true;
        }
    }
    return any;
}

/* ---- what becomes of a submission ---- */

enum fate { SENT, SENT_WITHOUT_REPORT, SENT_UNHEARD, NEITHER_SENT_NOR_HEARD, DIED, FAILED, NOT_YET };

static void outcome(struct worker *w, enum protocol_name name) {
    struct protocol_message m;
    protocol_init(&m, name);
    m.id = w->submission.id;
    m.reference = w->submission.reference;
    m.class = SMS_FAILURE_TEMPORARY;
    m.code = name == PROTOCOL_FAILED ? 42 : -1;
    m.reason = name == PROTOCOL_SENT ? NULL : mem_string("no answer in time");
    end_submission(w);
    say(w, &m);
}

bool world_submit(struct world *world, int modem) {
    static const uint8_t fates[] = {SENT, SENT, SENT, SENT, SENT_WITHOUT_REPORT, SENT_UNHEARD, NEITHER_SENT_NOR_HEARD, DIED, FAILED, NOT_YET};
    struct worker *w = world->workers[modem];
    if (!w || !w->runs || w->submission.name != PROTOCOL_SEND || vfs_power_is_off())
        return false;
    enum fate fate = world->calm ? SENT : (enum fate)fates[world_pick(world, sizeof fates)];
    if (fate == NOT_YET)
        return false;
    if (fate <= SENT_UNHEARD)
        transmit(w, fate != SENT_WITHOUT_REPORT && world_pick(world, 4) > 0);
    if (fate == DIED) {
        world_unplug(world, modem);
    } else {
        outcome(w, fate == FAILED ? PROTOCOL_FAILED : fate <= SENT_WITHOUT_REPORT ? PROTOCOL_SENT : PROTOCOL_UNKNOWN);
    }
    return true;
}

void world_lights_out(struct world *world) {
    for (int i = 0; i < WORLD_MODEMS; i++) {
        struct worker *w = world->workers[i];
        forget_handles(world, i);
        if (!w)
            continue;
        if (w->submission.name == PROTOCOL_SEND && world_pick(world, 2))
            transmit(w, world_pick(world, 2));
        end_submission(w);
        w->runs = false;
    }
    world->cut_after = 0;
}

size_t world_waiting(const struct world *world) {
    size_t count = 0;
    for (size_t i = 0; i < world->sms_count; i++)
        count += !world->sms[i].stored;
    return count;
}
