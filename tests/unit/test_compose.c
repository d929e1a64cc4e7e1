/* Quotations of strangers' words, dates, parts and references. */
#include "smsc/compose.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "tests/unit/centre_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct quote {
    const char *text;
    bool accented;
    size_t room;
    const char *expected;
};

static const struct quote quotes[] = {
    {"Đường vào thôn 3 bị sụt lún", false, 75, "Duong vao thon 3 bi sut lun"},
    {"Đường vào thôn 3 bị sụt lún", true, 75, "Đường vào thôn 3 bị sụt lún"},
    {"Đường vào thôn 3 bị sụt lún", false, 20, "Duong vao thon 3 bi"},
    {"Đường vào thôn 3 bị sụt lún", false, 19, "Duong vao thon 3 bi"},
    {"Đường vào thôn 3 bị sụt lún", false, 18, "Duong vao thon 3"},
    {"Đường vào thôn 3 bị sụt lún", true, 18, "Đường vào thôn 3"},
    {"motchurathatladaikhongcodautrongnao", false, 10, "motchurath"}, /* no blank to cut at */
    {"a bcdefghijklmnopqrstuvwxyzabcdefgh", false, 30, "a bcdefghijklmnopqrstuvwxyzabc"}, /* the blank is too far back */
    {"noi \"dung\" «co» ngoac", false, 75, "noi 'dung' 'co' ngoac"},
    {"hai\ndong\r\n  va\tmot", false, 75, "hai dong va mot"},
    {"ngoac [vuong] {nhon} a|b c\\d ~ ^ &", false, 75, "ngoac (vuong) (nhon) a/b c/d - va"},
    {"gia 5€ \xF0\x9F\x98\xA1 thoi", false, 75, "gia 5 EUR thoi"}, /* one septet a character, or none */
    {"vui \xF0\x9F\x98\xA1 thoi", true, 75, "vui \xF0\x9F\x98\xA1 thoi"},
    {"vui \xF0\x9F\x98\xA1", true, 5, "vui"}, /* two UTF-16 units don't fit one */
    {"a\xE2\x80\x8B"
     "b\xE2\x80\xAE"
     "c",
     true, 75, "abc"}, /* zero width, and writing turned round */
    {"   ", false, 75, ""},
    {"", true, 75, ""},
    {"\xE6\xBC\xA2\xE5\xAD\x97", false, 75, ""}, /* nothing of it is in the alphabet */
};

static void quotations(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
        struct str to;
        str_init(&to, 1024);
        str_add(&to, "<");
        compose_quote(quotes[i].text, quotes[i].accented, quotes[i].room, &to);
        assert_string_equal(to.data + 1, quotes[i].expected);
        str_release(&to);
    }
}

/* Whatever the text, the unaccented quotation is GSM 7-bit, within its room, and can't end the marks it stands in. */
static void any_quotation_is_harmless(void **state) {
    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct str text, to;
        size_t room = random_below(90);
        str_init(&text, 4096);
        str_init(&to, 4096);
        for (uint32_t n = random_below(60); n > 0; n--)
            text_add_codepoint(&text, random_below(4) ? 1 + random_below(0x250) : 1 + random_below(0x1FFFF));
        str_add(&text, "");
        bool accented = round % 2;
        compose_quote(text.data ? text.data : "", accented, room, &to);
        const char *quote = to.data ? to.data : "";
        assert_null(strpbrk(quote, "\"\n\r[]{}\\|~^&"));
        assert_true(text_valid(quote, strlen(quote)));
        if (!accented)
            assert_in_range(gsm7_length(quote), 0, (long)room);
        str_release(&text);
        str_release(&to);
    }
}

static void dates(void **state) {
    (void)state;
    char out[COMPOSE_DATE_SIZE];
    compose_time(INT64_C(1795226700000), out);
    assert_string_equal(out, "09:05 21/11/2026");
    compose_date(civil_day_number(2028, 2, 29), out);
    assert_string_equal(out, "29/02/2028");
    compose_short_date(civil_day_number(2026, 12, 8), out);
    assert_string_equal(out, "08/12");
}

/* ---- parts ---- */

struct kept {
    int total[8], reference[8], encoding[8];
    size_t parts[8], covered[8], count;
};

static void keep(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    struct kept *k = context;
    k->total[k->count] = o->total;
    k->reference[k->count] = o->reference;
    k->encoding[k->count] = (int)o->encoding;
    k->parts[k->count] = count;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(parts[i].sequence, (int)i + 1);
        assert_int_equal(parts[i].offset, k->covered[k->count]); /* without a gap */
        k->covered[k->count] += parts[i].len;
    }
    assert_int_equal(k->covered[k->count], strlen(o->text));
    k->count++;
}

static enum err send(struct centre_fixture *f, const char *to, const char *text) {
    struct phone phone;
    int64_t id = 0;
    assert_int_equal(phone_parse(to, &phone), ERR_OK);
    assert_int_equal(store_begin(f->store), ERR_OK);
    enum err e = smsc_send_text(f->smsc, &phone, text, f->now, &id);
    if (e == ERR_OK) {
        assert_int_equal(store_commit(f->store), ERR_OK);
    } else {
        store_rollback(f->store);
        smsc_rolled_back(f->smsc);
    }
    return e;
}

static char *repeated(const char *piece, size_t times) {
    struct str text;
    str_init(&text, 1 << 20);
    for (size_t i = 0; i < times; i++)
        str_add(&text, piece);
    return str_detach(&text);
}

static void parts_and_references(void **state) {
    struct centre_fixture *f = *state;
    char *long_text = repeated("0123456789", 17), *accented = repeated("đường ", 30);
    assert_int_equal(send(f, "+84912000001", "mot"), ERR_OK);
    assert_int_equal(send(f, "+84912000001", long_text), ERR_OK);
    assert_int_equal(send(f, "+84912000001", accented), ERR_OK);
    struct kept k = {0};
    assert_int_equal(outbound_list(f->store, 0, 8, keep, &k), ERR_OK);
    assert_int_equal(k.count, 3); /* newest first */
    assert_int_equal(k.total[2], 1);
    assert_int_equal(k.parts[1], 2);
    assert_int_equal(k.encoding[1], SMS_GSM7);
    assert_int_equal(k.parts[0], 3);
    assert_int_equal(k.encoding[0], SMS_UCS2);
    assert_int_equal(k.reference[0], k.reference[1] + 1); /* a counter, not the clock */
    free(long_text);
    free(accented);
}

static void references_wrap(void **state) {
    struct centre_fixture *f = *state;
    char *long_text = repeated("0123456789", 17);
    fixture_sql(f->store, "REPLACE INTO meta (key, value) VALUES ('concat_reference', 255) RETURNING 1");
    assert_int_equal(send(f, "+84912000001", long_text), ERR_OK);
    assert_int_equal(send(f, "+84912000001", long_text), ERR_OK);
    struct kept k = {0};
    assert_int_equal(outbound_list(f->store, 0, 8, keep, &k), ERR_OK);
    assert_int_equal(k.reference[1], 255);
    assert_int_equal(k.reference[0], 0);
    free(long_text);
}

static void texts_that_are_refused(void **state) {
    struct centre_fixture *f = *state;
    char *most = repeated("0123456789", 153), *more = repeated("0123456789", 154);
    assert_int_equal(send(f, "+84912000001", most), ERR_OK); /* ten segments */
    assert_int_equal(send(f, "+84912000001", more), ERR_TOO_LONG);
    assert_int_equal(send(f, "+84912000001", ""), ERR_INVALID);
    assert_int_equal(send(f, "+84912000001", "\xFF\xFE"), ERR_INVALID);
    assert_int_equal(send(f, "Viettel", "khong gui duoc"), ERR_INVALID);
    assert_int_equal(send(f, "1414", "TTTB"), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound"), 2);
    free(most);
    free(more);
}

/* A code or a date is never cut in two: every part that ends inside digits would be. */
static void codes_and_dates_stay_whole(void **state) {
    struct centre_fixture *f = *state;
    for (size_t lead = 140; lead < 160; lead++) {
        struct str text;
        char *front = repeated("x", lead);
        str_init(&text, 4096);
        str_addf(&text, "%s 482109304 24/11/2026 %s", front, front);
        assert_int_equal(send(f, "+84912000001", text.data), ERR_OK);
        free(front);
        str_release(&text);
    }
    assert_int_equal(centre_count(f, "SELECT count(*) FROM part WHERE sequence = 1 AND offset + len > 140 AND offset + len < 160"), 20);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound WHERE total > 3"), 0);
}

#define CENTRE(test) cmocka_unit_test_setup_teardown(test, centre_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotations),
        cmocka_unit_test(any_quotation_is_harmless),
        cmocka_unit_test(dates),
        CENTRE(parts_and_references),
        CENTRE(references_wrap),
        CENTRE(texts_that_are_refused),
        CENTRE(codes_and_dates_stay_whole),
    };
    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
