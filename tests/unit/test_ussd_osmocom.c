/* A second opinion on how long a screen is: what we count in septets, libosmocore packs into octets (TS 23.038 §6.1.2.3.1) and reads back as it was.
 * libosmocore 1.7.0's own gsm_7bit_decode_n_ussd() isn't asked: it takes a last octet of 0x1A or 0x1B for padding wherever it ends, and cuts off a
 * letter. Screens with the longest values there can be, and random texts of every length up to the limit, with characters of two septets among them.
 */
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/str.h"
#include "smsc/ussd_screens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <osmocom/gsm/gsm_utils.h>

enum { OCTETS_MAX = 160 /* of a USSD string, TS 24.080 */, TEXT_SIZE = 512 };

/* `latin1`: what libosmocore takes, a character an octet. */
static void check(const char *text, const char *latin1) {
    uint8_t packed[TEXT_SIZE] = {0}, septets[TEXT_SIZE], ours[TEXT_SIZE] = {0};
    char back[2 * TEXT_SIZE] = "";
    int octets = 0;
    size_t count = 0;
    assert_int_equal(gsm7_encode(text, septets, sizeof septets, &count), ERR_OK);
    assert_int_equal(count, ussd_units(text, false));
    int theirs = gsm_7bit_encode_n_ussd(packed, sizeof packed, latin1, &octets);
    size_t padded = count + (count % 8 == 7); /* a CR in the seven spare bits, so that no @ is read there */
    assert_in_range(theirs, count, padded);
    assert_int_equal(octets, (count * 7 + 7) / 8);
    assert_in_range(octets, 1, OCTETS_MAX);
    size_t len = gsm7_pack(septets, count, 0, ours);
    assert_int_equal(len, octets);
    if (count % 8 != 7)
        assert_memory_equal(ours, packed, len);
    gsm_7bit_decode_n(back, sizeof back, packed, (uint8_t)count);
    assert_string_equal(back, latin1);
}

static void every_screen(void **state) {
    (void)state;
    static const struct ussd_values longest = {
        .of = {"THANH HOA", "1022", "482109304", "21/11", "24/11/2026", "Dang xem xet lai", "So Nong nghiep va Moi truong", "Han: 08/12/2026\n",
               "1 482109304 Dang xem xet lai\n2 381002130 Dang xem xet lai\n3 290177441 Dang xem xet lai\n", "4"}};
    for (int s = 0; s < USSD_SCREEN_COUNT; s++) {
        struct str text;
        str_init(&text, TEXT_SIZE);
        ussd_render((enum ussd_screen)s, false, &longest, &text);
        assert_in_range(ussd_units(text.data, false), 1, USSD_SEPTETS_AIM);
        check(text.data, text.data); /* ASCII in both */
        str_release(&text);
    }
}

static uint32_t seed = 1022;
static uint32_t below(uint32_t limit) {
    seed = seed * 1664525U + 1013904223U;
    return (uint32_t)((uint64_t)seed * limit >> 32);
}

/* Characters that are the same in GSM 7-bit, ASCII and Latin-1, those behind an escape too. */
static void any_length(void **state) {
    (void)state;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n.,:;()/<>?!+-*#=%&'\"", escaped[] = "[]{}~\\|^";
    for (size_t most = 1; most <= USSD_SEPTETS_MAX; most++) {
        char text[TEXT_SIZE];
        size_t len = 0;
        for (size_t used = 0; used < most;) {
            bool two = most - used >= 2 && below(10) == 0;
            text[len++] = two ? escaped[below(sizeof escaped - 1)] : letters[below(sizeof letters - 1)];
            used += two ? 2 : 1;
        }
        text[len] = '\0';
        assert_int_equal(ussd_units(text, false), most);
        check(text, text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_screen), cmocka_unit_test(any_length)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
