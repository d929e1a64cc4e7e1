/* The core in a test's world. */
#include "tests/fault/core.h"

#include "firmware-host/base/mem.h"
#include "smsc/arrival.h"
#include "store/db.h"
#include "tests/fault/vfs.h"
#include "tests/unit/centre_fixture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS_MAX = 500, SETTLE_STEPS_MAX = 2000, HELD_MAX = 64 };
#define SETTLE_MS (26 * CLOCK_HOUR) /* unconfirmed texts become cases after 24 h */

void core_init(struct core *c, struct world *w) {
    void *files = NULL;
    *c = (struct core){.world = w};
    if (fixture_setup_closed(&files) != 0)
        abort();
    c->files = files;
    c->files->vfs = FAULT_VFS;
    c->calendar = calendar_default();
    smsc_settings_default(&c->config.smsc);
    c->config.smsc.appliance_id = "th-01";
    c->config.smsc.province = "38";
    c->config.smsc.province_name = "Thanh Hoa";
    c->config.smsc.province_name_accented = "Thanh Hóa";
    c->config.smsc.shortcode = "1022";
    c->config.usb_reset_folder = mem_string("");
    c->config.modem_count = WORLD_MODEMS;
    static const char *const lines[] = {"pty:/m1", "pty:/m2"};
    static_assert(sizeof lines / sizeof lines[0] >= WORLD_MODEMS, "each modem has a line");
    for (int i = 0; i < WORLD_MODEMS; i++)
        c->config.modems[i] = (struct config_modem){.name = mem_string(world_modem_name(i)), .line = mem_string(lines[i])};
}

void core_release(struct core *c) {
    free(c->config.usb_reset_folder);
    void *files = c->files;
    for (int i = 0; i < WORLD_MODEMS; i++) {
        free(c->config.modems[i].name);
        free(c->config.modems[i].line);
    }
    calendar_free(c->calendar);
    (void)fixture_teardown(&files);
}

bool core_runs(const struct core *c) {
    return c->smsc != NULL;
}

/* ---- start and end ---- */

static void dispatch(void *context) { /* as loop_dispatch */
    struct core *c = context;
    for (int i = 0; i < WORLD_MODEMS; i++)
        if (link_wants_work(c->links[i], c->world->clock.wall))
            link_dispatch(c->links[i]);
}

static bool is_up(void *context, const char *name, const char *imei) {
    (void)context;
    (void)name;
    (void)imei;
    return true; /* nobody moves modems here */
}

static void stopped(void *context) {
    (void)context;
}

static bool open_store(struct core *c) {
    struct store_options options = fixture_options(c->files);
    struct str problem;
    str_init(&problem, 2000);
    enum err e = store_open(&options, &problem, &c->files->store);
    if (e == ERR_OK && c->weakened && sqlite3_exec(c->files->store->db, c->weakened, NULL, NULL, NULL) != SQLITE_OK)
        abort();
    if (e == ERR_OK)
        e = store_claim_identity(c->files->store, "th-01", 0, 8, &problem);
    if (e != ERR_OK && problem.len == 0)
        world_wrong(c->world, "the start failed with %s, and no word about why", err_symbol(e));
    if (e != ERR_OK && !vfs_power_is_off() && !vfs_failed())
        world_wrong(c->world, "power and disk are good, yet: %s", problem.data);
    str_release(&problem);
    return e == ERR_OK;
}

static bool start_centre(struct core *c) {
    struct smsc_parts parts = {.store = c->files->store, .calendar = c->calendar, .keys = c->files->keys};
    struct str problem;
    str_init(&problem, 2000);
    if (smsc_new(&parts, &c->config.smsc, &problem, &c->smsc) != ERR_OK)
        abort();
    str_release(&problem);
    return smsc_recover(c->smsc, c->world->clock.wall) == ERR_OK;
}

static void end(struct core *c) { /* in the order of firmware-host/app.c */
    turn_free(c->turn);
    for (int i = 0; i < WORLD_MODEMS; i++) {
        link_free(c->links[i]);
        c->links[i] = NULL;
    }
    smsc_free(c->smsc);
    fixture_close(c->files);
    c->turn = NULL;
    c->smsc = NULL;
}

bool core_start(struct core *c) {
    if (!open_store(c) || !start_centre(c)) {
        end(c);
        return false;
    }
    c->careful = !store_was_clean(c->files->store);
    c->raw_left = true;
    c->ticking = false;
    struct turn_parts parts = {.store = c->files->store, .smsc = c->smsc, .clock = &c->world->clock.clock};
    c->turn = turn_new(&parts);
    turn_set_dispatch(c->turn, dispatch, c);
    for (int i = 0; i < WORLD_MODEMS; i++) {
        struct link_parts link = {.loop = &c->world->loop,
                                  .clock = &c->world->clock.clock,
                                  .turn = c->turn,
                                  .store = c->files->store,
                                  .smsc = c->smsc,
                                  .config = &c->config,
                                  .modem = &c->config.modems[i],
                                  .program = "phanhoi-modem",
                                  .careful = &c->careful,
                                  .is_up = is_up,
                                  .stopped = stopped,
                                  .context = c};
        c->links[i] = link_new(&link);
        link_start(c->links[i]);
        world_plug(c->world, i);
    }
    return true;
}

void core_stop(struct core *c) {
    for (int i = 0; i < WORLD_MODEMS; i++)
        link_stop(c->links[i]);
    for (int i = 0; i < TURNS_MAX && turn_has_work(c->turn); i++) /* as loop_finish */
        turn_run(c->turn);
    end(c);
    if (vfs_power_is_off())
        core_vanish(c);
}

void core_vanish(struct core *c) {
    if (!vfs_power_is_off())
        vfs_power_fail((enum vfs_loss)world_pick(c->world, 3));
    world_lights_out(c->world);
    if (core_runs(c))
        end(c);
    vfs_power_back();
}

/* ---- turns ---- */

static enum err run_tick(struct job *job, int64_t now) {
    struct core *c = (struct core *)(void *)((char *)job - offsetof(struct core, tick));
    return smsc_tick(c->smsc, now);
}

static void tick_done(struct job *job, enum err result) {
    struct core *c = (struct core *)(void *)((char *)job - offsetof(struct core, tick));
    (void)result;
    c->ticking = false;
}

/* True: a tick was added that may change something. */
static bool add_tick(struct core *c, int64_t *ticked_for) {
    int64_t due = smsc_next_time(c->smsc);
    if (c->ticking || turn_refusing(c->turn) || due > c->world->clock.wall || due == *ticked_for)
        return false;
    *ticked_for = due;
    c->ticking = true;
    c->tick = (struct job){.run = run_tick, .done = tick_done};
    turn_add(c->turn, &c->tick);
    return true;
}

static void interpret_raw(struct core *c) {
    while (c->raw_left && !turn_refusing(c->turn)) {
        enum err e = smsc_interpret_raw(c->smsc, c->world->clock.wall);
        turn_report(c->turn, e);
        if (e == ERR_NOT_FOUND)
            c->raw_left = false;
        else if (e != ERR_OK && !turn_refusing(c->turn))
            world_wrong(c->world, "a raw message can't be interpreted: %s", err_symbol(e));
        if (e != ERR_OK)
            return;
    }
}

static bool links_want_work(struct core *c) {
    for (int i = 0; i < WORLD_MODEMS; i++)
        if (link_wants_work(c->links[i], c->world->clock.wall))
            return true;
    return false;
}

static void probe(struct core *c) {
    turn_probe(c->turn);
    for (int i = 0; i < WORLD_MODEMS && !turn_refusing(c->turn); i++)
        link_sweep(c->links[i]);
}

void core_turns(struct core *c) {
    int64_t ticked_for = -1;
    if (turn_refusing(c->turn))
        probe(c);
    for (int i = 0; i < TURNS_MAX && !vfs_power_is_off(); i++) {
        bool tick = add_tick(c, &ticked_for), refusing = turn_refusing(c->turn);
        if (!tick && !turn_has_work(c->turn) && (refusing || (!c->raw_left && !links_want_work(c))))
            return;
        if (turn_has_work(c->turn) || (!refusing && links_want_work(c))) {
            turn_run(c->turn);
            c->raw_left = c->raw_left || c->careful;
        }
        interpret_raw(c);
    }
    if (!vfs_power_is_off())
        world_wrong(c->world, "the core's turns don't end");
}

struct ids {
    int64_t of[HELD_MAX];
    int count;
};

static void note_id(void *context, const struct inbound *row) {
    struct ids *ids = context;
    ids->of[ids->count++] = row->id;
}

void core_retry_held(struct core *c) {
    struct store *store = c->files->store;
    struct ids held = {.count = 0};
    if (inbound_list(store, INBOUND_HELD, HELD_MAX, note_id, &held) != ERR_OK)
        world_wrong(c->world, "held arrivals can't be listed");
    for (int i = 0; i < held.count; i++) {
        enum err e = store_begin(store);
        if (e == ERR_OK)
            e = smsc_held_retry(c->smsc, held.of[i], c->world->clock.wall);
        if (e == ERR_OK)
            e = store_commit(store);
        if (e != ERR_OK)
            world_wrong(c->world, "arrival %lld can't be run again: %s", (long long)held.of[i], err_symbol(e));
    }
}

/* ---- what must hold ---- */

static int64_t count(struct core *c, const char *sql) {
    return fixture_sql(c->files->store, sql);
}

struct seen { /* how many rows each SMS has */
    struct core *c;
    int *rows;
};

static void see_arrival(void *context, const struct inbound *row) {
    struct seen *seen = context;
    struct arrival_copy copy;
    if (arrival_read(row->body, row->body_len, &copy) != ERR_OK) {
        world_wrong(seen->c->world, "arrival %lld can't be read", (long long)row->id);
        return;
    }
    const char *pdu = json_text(copy.document, "pdu");
    size_t index = pdu ? strtoul(pdu, NULL, 16) : SIZE_MAX;
    if (index < seen->c->world->sms_count)
        seen->rows[index]++;
    else
        world_wrong(seen->c->world, "arrival %lld was never sent", (long long)row->id);
    arrival_release(&copy);
}

static void check_arrivals(struct core *c) {
    struct world *w = c->world;
    struct seen seen = {c, mem_array(w->sms_count, sizeof(int))};
    for (int state = INBOUND_RAW; state <= INBOUND_HELD; state++)
        if (inbound_list(c->files->store, (enum inbound_state)state, INT32_MAX, see_arrival, &seen) != ERR_OK)
            world_wrong(w, "arrivals can't be listed");
    for (size_t i = 0; i < w->sms_count; i++) {
        if (seen.rows[i] == 0 && w->sms[i].stored)
            world_wrong(w, "sms %zu was called stored, and isn't there", i);
        if (seen.rows[i] > 1)
            world_wrong(w, "sms %zu has %d rows", i, seen.rows[i]);
    }
    free(seen.rows);
}

static void check_promises(struct core *c) {
    const char *broken = centre_broken_promise(c->files->store);
    if (broken)
        world_wrong(c->world, "broken: %s", broken);
    if (count(c, "SELECT count(*) FROM outbound WHERE template_name = 'ACK' AND "
                 "(SELECT count(*) FROM cases WHERE cases.id = case_id AND code IS NOT NULL) <> 1"))
        world_wrong(c->world, "an acknowledgement without its case");
    if (count(c, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"))
        world_wrong(c->world, "the database is damaged");
}

static bool was_unknown(const struct attempt *a) {
    return a->state == ATTEMPT_UNKNOWN || a->state == ATTEMPT_SETTLED || a->state == ATTEMPT_SUBMITTED || a->state == ATTEMPT_DELIVERED;
}

/* Whether the attempt's row stands and is of what was on the air. */
static bool find_attempt(struct core *c, const struct transmission *t, struct attempt *ret_attempt) {
    struct part p;
    struct outbound o;
    bool same = false;
    if (attempt_get(c->files->store, t->attempt_id, ret_attempt) != ERR_OK || part_get(c->files->store, ret_attempt->part_id, &p) != ERR_OK ||
        outbound_get(c->files->store, p.outbound_id, &o) != ERR_OK)
        return false;
    same = p.offset + p.len <= strlen(o.text) && strlen(t->text) == p.len && strncmp(o.text + p.offset, t->text, p.len) == 0;
    outbound_release(&o);
    return same;
}

/* Two transmissions of one part. A repeat asks the centre to drop it if it has the first (TP-RD), but where that TP-MR went to another message too.
 */
static void check_pair(struct world *w, const struct attempt *first, const struct attempt *second, const struct transmission *again) {
    if (first->id == second->id)
        world_wrong(w, "attempt %lld was on the air twice", (long long)first->id);
    else if (!second->repeated || (!again->reject_duplicates && again->reference == first->reference))
        world_wrong(w, "part %lld was sent again, but not as a repeat", (long long)first->part_id);
    else if (!was_unknown(first))
        world_wrong(w, "part %lld was sent again after an attempt that is %s", (long long)first->part_id, attempt_state_name(first->state));
}

static void check_air(struct core *c) {
    struct world *w = c->world;
    struct attempt *attempts = mem_array(w->air_count, sizeof *attempts);
    for (size_t i = 0; i < w->air_count; i++) {
        if (!find_attempt(c, &w->air[i], &attempts[i]))
            world_wrong(w, "attempt %lld was on the air, and has no row", (long long)w->air[i].attempt_id);
        for (size_t j = 0; j < i; j++)
            if (attempts[j].part_id == attempts[i].part_id)
                check_pair(w, &attempts[j], &attempts[i], &w->air[i]);
    }
    free(attempts);
}

void core_check(struct core *c) {
    check_arrivals(c);
    check_promises(c);
    check_air(c);
}

/* ---- the end of everything ---- */

struct matches { /* every text written and the message that it became */
    struct world *world;
    bool *found;
};

static void match_text(void *context, const struct message *m) {
    struct matches *matches = context;
    struct world *w = matches->world;
    for (size_t i = 0; i < w->written; i++) {
        if (!matches->found[i] && strcmp(w->texts[i], m->text) == 0) {
            matches->found[i] = true;
            return;
        }
    }
    world_wrong(w, "message %lld is one too many, or says what nobody wrote: %s", (long long)m->id, m->text);
}

static void check_messages(struct core *c) {
    struct world *w = c->world;
    struct matches matches = {w, mem_array(w->written, sizeof(bool))};
    if (message_list(c->files->store, 0, INT32_MAX, match_text, &matches) != ERR_OK)
        world_wrong(w, "messages can't be listed");
    for (size_t i = 0; i < w->written; i++)
        if (!matches.found[i])
            world_wrong(w, "no message says: %s", w->texts[i]);
    free(matches.found);
}

void core_check_settled(struct core *c) {
    static const char *const leftovers[] = {
        "SELECT count(*) FROM inbound WHERE state NOT IN (2, 3)",
        "SELECT count(*) FROM part WHERE state IN (0, 1)",
        "SELECT count(*) FROM attempt WHERE state = 0",
        "SELECT count(*) FROM cases WHERE code IS NULL AND id IN (SELECT case_id FROM dialogue WHERE open = 1)",
        "SELECT count(*) FROM outbound WHERE template_name = 'ACK' AND NOT EXISTS (SELECT 1 FROM attempt JOIN part ON part.id = part_id "
        "WHERE outbound_id = outbound.id)",
    };
    struct world *w = c->world;
    core_check(c);
    for (size_t i = 0; i < sizeof leftovers / sizeof *leftovers; i++)
        if (count(c, leftovers[i]) != 0)
            world_wrong(w, "left over: %s", leftovers[i]);
    if (world_waiting(w) > 0)
        world_wrong(w, "%zu sms still wait", world_waiting(w));
    check_messages(c);
}

void core_settle(struct core *c) {
    struct world *w = c->world;
    int64_t last = w->clock.wall + SETTLE_MS;
    w->calm = true;
    for (int i = 0; i < SETTLE_STEPS_MAX && !vfs_power_is_off(); i++) {
        bool any = world_deliver(w);
        for (int m = 0; m < WORLD_MODEMS; m++) {
            world_plug(w, m);
            any = world_submit(w, m) || any;
        }
        core_turns(c);
        for (int m = 0; m < WORLD_MODEMS; m++)
            any = any || link_busy(c->links[m]);
        if (any || turn_refusing(c->turn) || world_waiting(w) > 0)
            continue;
        int64_t next = smsc_next_time(c->smsc);
        if (next > last)
            break;
        clock_virtual_advance(&w->clock, next > w->clock.wall ? next - w->clock.wall : CLOCK_SECOND);
    }
}
