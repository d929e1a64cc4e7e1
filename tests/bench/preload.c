/* Fills a database with history: COUNT complaints that were answered and whose answers were delivered, through the same code as the core's
 * (smsc_arrival on a real store), so that the rows are what they are in service. For scripts/bench engine.
 *
 * With DAYS the complaints are spread over that many days, which end now, while the central store is away: time is moved from hour to hour, texts are
 * sent, deadlines are warned of and missed, and all that the store is to be told waits in the outbox. For tests/crash/drain.mjs.
 * usage: preload DATABASE KEYFILE COUNT [DAYS] */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/log.h"
#include "modem/tpdu.h"
#include "smsc/smsc.h"
#include "store/outbound.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 1000, SENDERS = 100000, REBUILD = 20000 };

static void need(enum err e, const char *what, const struct str *problem) {
    if (e == ERR_OK)
        return;
    fprintf(stderr, "preload: %s: %s %s\n", what, err_text(e), problem ? problem->data : "");
    exit(1);
}

static void arrive(struct smsc *smsc, int64_t n, int64_t now) {
    char number[PHONE_TEXT_SIZE], text[160];
    snprintf(number, sizeof number, "+8498%07" PRId64, n % SENDERS);
    snprintf(text, sizeof text, "PA Den duong so %" PRId64 " khong sang da %" PRId64 " dem roi", n, n % 30 + 1);
    struct arrival a = {
        .link = "m0", .origin = "452040000000000", .kind = ARRIVAL_TEXT, .sent_at = now / 1000 * 1000, .encoding = SMS_GSM7, .text = text};
    need(phone_parse(number, &a.phone), number, NULL);
    struct tpdu_message t = {
        .type = TPDU_DELIVER, .phone = a.phone, .encoding = SMS_GSM7, .class = -1, .text = text, .time = a.sent_at, .zone_minutes = 420};
    uint8_t octets[1 + TPDU_MAX_OCTETS] = {0};
    size_t len = 0;
    need(tpdu_encode(&t, octets + 1, &len), "tpdu_encode", NULL);
    a.pdu = bytes_of(octets, len + 1);
    need(smsc_arrival(smsc, &a, false, now), "smsc_arrival", NULL);
}

struct queued {
    int64_t ids[8 * GROUP];
    size_t count;
};

static void collect(void *context, const struct outbound *o, const struct part *part) {
    (void)o;
    struct queued *q = context;
    if (q->count < sizeof q->ids / sizeof q->ids[0])
        q->ids[q->count++] = part->id;
}

/* What the group queued was delivered long ago. */
static void deliver_queued(struct store *store) {
    static struct queued q;
    q.count = 0;
    need(part_list_queued(store, collect, &q), "part_list_queued", NULL);
    for (size_t i = 0; i < q.count; i++)
        need(part_set(store, q.ids[i], PART_DELIVERED, 0), "part_set", NULL);
}

static void send_all(struct store *store, struct smsc *smsc, int64_t now) {
    enum err e;
    need(store_begin(store), "begin", NULL);
    for (struct dispatch d; (e = smsc_next(smsc, "m0", now, &d)) == ERR_OK; dispatch_release(&d))
        need(smsc_sent(smsc, d.attempt_id, d.reference, now), "smsc_sent", NULL);
    if (e != ERR_NOT_FOUND)
        need(e, "smsc_next", NULL);
    need(store_commit(store), "commit", NULL);
}

static void an_hour(struct store *store, struct smsc *smsc, int64_t from, int64_t to, int64_t now) {
    need(store_begin(store), "begin", NULL);
    for (int64_t n = from; n < to; n++)
        arrive(smsc, n, now);
    need(store_commit(store), "commit", NULL);
    for (bool due = true; due; due = smsc_next_time(smsc) <= now) {
        need(store_begin(store), "begin", NULL);
        need(smsc_tick(smsc, now), "smsc_tick", NULL);
        need(store_commit(store), "commit", NULL);
        send_all(store, smsc, now); /* what ripened */
    }
}

static void fill(struct store *store, const struct smsc_parts *parts, const struct smsc_settings *settings, int64_t count, int64_t now) {
    struct smsc *smsc = NULL;
    struct str problem;
    str_init(&problem, 4096);
    for (int64_t n = 0; n < count; n += GROUP) {
        if (n % REBUILD == 0) { /* the schedule in memory isn't what is filled here */
            smsc_free(smsc);
            smsc = NULL;
            need(smsc_new(parts, settings, &problem, &smsc), "smsc_new", &problem);
        }
        need(store_begin(store), "begin", NULL);
        for (int64_t k = n; k < n + GROUP && k < count; k++)
            arrive(smsc, k, now);
        deliver_queued(store);
        need(store_commit(store), "commit", NULL);
    }
    smsc_free(smsc);
    str_release(&problem);
}

static void fill_days(struct store *store, const struct smsc_parts *parts, const struct smsc_settings *settings, int64_t count, int64_t days,
                      int64_t now) {
    struct smsc *smsc = NULL;
    struct str problem;
    str_init(&problem, 4096);
    need(smsc_new(parts, settings, &problem, &smsc), "smsc_new", &problem);
    smsc_link_up(smsc, "m0", NULL, now - days * CLOCK_DAY);
    int64_t hours = days * 24;
    for (int64_t hour = 0; hour < hours; hour++)
        an_hour(store, smsc, count * hour / hours, count * (hour + 1) / hours, now - (hours - hour) * CLOCK_HOUR);
    smsc_free(smsc);
    str_release(&problem);
}

int main(int argc, char **argv) {
    int64_t count = 0, days = 0;
    if (argc < 4 || argc > 5 || parse_int(argv[3], 1, INT64_C(100000000), &count) != ERR_OK ||
        (argc == 5 && parse_int(argv[4], 1, 1000, &days) != ERR_OK)) {
        fprintf(stderr, "usage: preload DATABASE KEYFILE COUNT [DAYS]\n");
        return 2;
    }
    crypto_start();
    log_set_level(LOG_LEVEL_ERROR);
    struct str problem;
    str_init(&problem, 4096);
    struct keyring *keys = NULL;
    bool created = false;
    need(keyring_load(argv[2], true, &problem, &keys, &created), argv[2], &problem);
    int64_t now = clock_system()->wall_ms(clock_system());
    struct store_options options = {.path = argv[1], .keys = keys, .now = now - days * CLOCK_DAY};
    struct store *store = NULL;
    need(store_open(&options, &problem, &store), argv[1], &problem);
    struct calendar *calendar = calendar_default();
    struct smsc_settings settings;
    smsc_settings_default(&settings);
    settings.appliance_id = "bench-01";
    settings.province = "38";
    settings.province_name = "Thanh Hoa";
    settings.province_name_accented = "Thanh Hóa";
    settings.shortcode = "1022";
    settings.index = 0;
    settings.of = 1;
    need(store_claim_identity(store, settings.appliance_id, settings.index, settings.of, &problem), "identity", &problem);
    struct smsc_parts parts = {.store = store, .calendar = calendar, .keys = keys};
    settings.central = days > 0;
    if (days)
        fill_days(store, &parts, &settings, count, days, now);
    else
        fill(store, &parts, &settings, count, now);
    store_close(store);
    calendar_free(calendar);
    keyring_free(keys);
    str_release(&problem);
    return 0;
}
