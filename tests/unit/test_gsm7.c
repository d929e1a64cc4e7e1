/* The GSM 7-bit alphabet, both tables whole, and packing at every length with every fill. */
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/text.h"
#include "tests/unit/golden.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

/* 3GPP TS 23.038 §6.2.1 in the order of the septets; the escape (0x1B) left out. */
static const char alphabet[] = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ"
                               "ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

static const struct {
    uint8_t septet;
    const char *text;
} extension[] = {{0x0A, "\f"}, {0x14, "^"}, {0x28, "{"}, {0x29, "}"}, {0x2F, "\\"}, {0x3C, "["}, {0x3D, "~"}, {0x3E, "]"}, {0x40, "|"}, {0x65, "€"}};

static void assert_decodes(const uint8_t *septets, size_t count, const char *text) {
    struct str s;
    str_init(&s, 4096);
    gsm7_decode(septets, count, &s);
    assert_string_equal(s.data, text);
    str_release(&s);
}

static void default_table(void **state) {
    (void)state;
    const char *at = alphabet;
    for (int septet = 0; septet < 128; septet++) {
        if (septet == GSM7_ESCAPE)
            continue;
        char one[8] = "";
        uint8_t encoded[2] = {0xEE, 0xEE}, coded = (uint8_t)septet;
        size_t count;
        const char *start = at;
        assert_int_equal(gsm7_width(text_next(&at)), 1);
        memcpy(one, start, (size_t)(at - start));
        assert_int_equal(gsm7_encode(one, encoded, 2, &count), ERR_OK);
        assert_int_equal(count, 1);
        assert_int_equal(encoded[0], septet);
        assert_decodes(&coded, 1, one);
    }
    assert_int_equal(*at, '\0');
}

static void extension_table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof extension / sizeof *extension; i++) {
        const uint8_t pair[2] = {GSM7_ESCAPE, extension[i].septet};
        uint8_t encoded[2];
        size_t count;
        assert_int_equal(gsm7_length(extension[i].text), 2);
        assert_int_equal(gsm7_encode(extension[i].text, encoded, 2, &count), ERR_OK);
        assert_int_equal(count, 2);
        assert_memory_equal(encoded, pair, 2);
        assert_decodes(pair, 2, extension[i].text);
    }
}

static bool listed(const char *list, uint32_t codepoint) {
    for (uint32_t c; (c = text_next(&list)) != 0;)
        if (c == codepoint)
            return true;
    return false;
}

static void nothing_else_is_in_it(void **state) {
    (void)state;
    for (uint32_t c = 0; c < 0x11000; c++) {
        int width = listed(alphabet, c) ? 1 : listed("\f^{}\\[~]|€", c) ? 2 : 0;
        if (gsm7_width(c) != width)
            fail_msg("U+%04X", (unsigned)c);
    }
    uint8_t septets[10];
    size_t count = 99;
    assert_int_equal(gsm7_length("abcđ"), -1);
    assert_int_equal(gsm7_encode("abcđ", septets, 10, &count), ERR_UNSUPPORTED);
    assert_int_equal(gsm7_encode("`", septets, 10, &count), ERR_UNSUPPORTED);
    assert_int_equal(count, 99);
}

static void escapes_without_a_meaning(void **state) {
    (void)state;
    for (int second = 0; second < 128; second++) {
        bool meaning = second == GSM7_ESCAPE;
        for (size_t i = 0; i < sizeof extension / sizeof *extension; i++)
            meaning = meaning || extension[i].septet == second;
        if (meaning)
            continue;
        const uint8_t pair[2] = {GSM7_ESCAPE, (uint8_t)second};
        struct str alone;
        str_init(&alone, 8);
        gsm7_decode(pair + 1, 1, &alone);
        assert_decodes(pair, 2, alone.data);
        str_release(&alone);
    }
    assert_decodes((const uint8_t[]){'a', GSM7_ESCAPE}, 2, "a ");
    assert_decodes((const uint8_t[]){GSM7_ESCAPE, GSM7_ESCAPE, 'e'}, 3, " e");
    assert_decodes((const uint8_t[]){GSM7_ESCAPE, GSM7_ESCAPE, GSM7_ESCAPE, 0x65}, 4, " €");
    assert_decodes((const uint8_t[]){0x80 | 'a'}, 1, "a"); /* the eighth bit is none of a septet's */
}

static void room_is_respected(void **state) {
    (void)state;
    uint8_t septets[4] = {9, 9, 9, 9};
    size_t count = 99;
    assert_int_equal(gsm7_encode("ab€", septets, 3, &count), ERR_TOO_LONG);
    assert_int_equal(septets[3], 9);
    assert_int_equal(count, 99);
    assert_int_equal(gsm7_encode("ab€", septets, 4, &count), ERR_OK);
    assert_int_equal(count, 4);
    assert_int_equal(gsm7_encode("", septets, 0, &count), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(gsm7_encode("a", septets, 0, &count), ERR_TOO_LONG);
}

static void known_packings(void **state) {
    (void)state;
    static const struct {
        const char *text;
        unsigned fill;
        const char *hex;
    } rows[] = {
        {"hellohello", 0, "E8329BFD4697D9EC37"},
        {"1234567", 0, "31D98C56B3DD00"},
        {"12345678", 0, "31D98C56B3DD70"},
        {"@", 0, "00"},
        {"a", 1, "C2"},
        {"a", 6, "4018"},
        {"", 0, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t septets[160], octets[140];
        size_t count;
        struct str hex;
        assert_int_equal(gsm7_encode(rows[i].text, septets, 160, &count), ERR_OK);
        str_init(&hex, 300);
        str_add_hex(&hex, octets, gsm7_pack(septets, count, rows[i].fill, octets));
        assert_string_equal(hex.data, rows[i].hex);
        str_release(&hex);
    }
}

static bool bit_of(const uint8_t *octets, size_t bit) {
    return octets[bit / 8] >> (bit % 8) & 1;
}

static void every_length_and_fill(void **state) {
    (void)state;
    for (unsigned fill = 0; fill <= 6; fill++)
        for (size_t count = 0; count <= 160; count++) {
            uint8_t septets[160], back[161];
            size_t octet_count = (count * 7 + fill + 7) / 8;
            for (size_t i = 0; i < count; i++)
                septets[i] = (uint8_t)((i * 37 + count * 11 + fill) % 128);
            uint8_t *octets = malloc(octet_count ? octet_count : 1); /* exactly as many as promised: a sanitizer sees one more */
            assert_int_equal(gsm7_pack(septets, count, fill, octets), octet_count);
            for (size_t bit = 0; bit < fill && octet_count; bit++)
                assert_false(bit_of(octets, bit));
            for (size_t bit = 0; bit < count * 7; bit++)
                if (bit_of(octets, fill + bit) != (septets[bit / 7] >> bit % 7 & 1))
                    fail_msg("count %zu fill %u bit %zu", count, fill, bit);
            assert_int_equal(gsm7_unpack(octets, octet_count, fill, back, count), ERR_OK);
            assert_memory_equal(back, septets, count);
            if (count > 0)
                assert_int_equal(gsm7_unpack(octets, octet_count - 1, fill, back, count), ERR_TRUNCATED);
            free(octets);
        }
}

static void unpack_refuses_what_is_not_there(void **state) {
    (void)state;
    uint8_t octets[14] = {0}, septets[16];
    for (size_t octet_count = 0; octet_count <= sizeof octets; octet_count++)
        for (unsigned fill = 0; fill <= 6; fill++)
            for (size_t count = 0; count <= 16; count++) {
                bool held = count == 0 || count * 7 + fill <= octet_count * 8;
                assert_int_equal(gsm7_unpack(octets, octet_count, fill, septets, count), held ? ERR_OK : ERR_TRUNCATED);
            }
    assert_int_equal(gsm7_unpack(octets, 14, 0, septets, SIZE_MAX), ERR_TRUNCATED);
    assert_int_equal(gsm7_unpack(octets, 14, 6, septets, SIZE_MAX / 7 + 1), ERR_TRUNCATED);
}

static void every_pair_of_septets_decodes(void **state) {
    (void)state;
    for (int a = 0; a < 256; a++)
        for (int b = 0; b < 256; b++) {
            struct str s;
            str_init(&s, 32);
            gsm7_decode((const uint8_t[]){(uint8_t)a, (uint8_t)b}, 2, &s);
            assert_true(s.len > 0 && text_valid(s.data, s.len));
            assert_true(gsm7_length(s.data) >= 0);
            str_release(&s);
        }
}

/* ---- national languages ---- */

enum { LANGUAGES = 14 };

static uint32_t shifted(unsigned locking, unsigned single, const uint8_t *septets, size_t count) {
    struct str s;
    str_init(&s, 64);
    gsm7_decode_shifted(septets, count, locking, single, &s);
    const char *at = s.data;
    uint32_t c = text_next(&at);
    assert_int_equal(*at, '\0'); /* one character */
    str_release(&s);
    return c;
}

static void print_table(struct str *out, const char *name, const char *kind, unsigned locking, unsigned single) {
    str_addf(out, "%s, %s\n", name, kind);
    for (uint8_t septet = 0; septet < 128; septet++) {
        const uint8_t pair[2] = {GSM7_ESCAPE, septet};
        uint32_t c = single ? shifted(0, single, pair, 2) : septet == GSM7_ESCAPE ? 0 : shifted(locking, 0, &septet, 1);
        if (septet % 16 == 0)
            str_addf(out, "%02X ", septet);
        str_addf(out, " %04X", (unsigned)c);
        if (septet % 16 == 15)
            str_add_char(out, '\n');
    }
}

/* As a receiver shows them: a cell without a symbol is a space, or the default alphabet's character. */
static void every_national_table(void **state) {
    (void)state;
    struct str out;
    str_init(&out, 1 << 16);
    for (unsigned id = 1; id < LANGUAGES; id++) {
        const struct gsm7_language *l = gsm7_language(id);
        if (l->locking)
            print_table(&out, l->name, "locking", id, 0);
        if (l->single)
            print_table(&out, l->name, "single", 0, id);
    }
    assert_true(str_ok(&out));
    golden_check("tests/golden/gsm7_national.txt", out.data);
    str_release(&out);
}

static void languages_that_there_are(void **state) {
    (void)state;
    for (unsigned id = 0; id < 300; id++) {
        const struct gsm7_language *l = gsm7_language(id);
        assert_int_equal(l != NULL, id < LANGUAGES);
        assert_int_equal(l && l->single, id > 0 && id < LANGUAGES);
        assert_int_equal(l && l->locking, id > 0 && id < LANGUAGES && id != 2);
        assert_int_equal(gsm7_shift_known(id, 0), id < LANGUAGES && id != 2);
        assert_int_equal(gsm7_shift_known(0, id), id < LANGUAGES);
    }
}

/* ISCII's heritage: the Indian locking tables have the same letter in the same place, as their Unicode blocks of 128 have. A slip in one cell of
 * one table would show here. And the digits 0–9 stand together in every single table. */
static void indian_tables_agree(void **state) {
    (void)state;
    enum { BENGALI = 4, GUJARATI = 5, TELUGU = 12, FOREIGN_LETTERS = 0x60 };
    for (unsigned septet = 0; septet < FOREIGN_LETTERS; septet++) {
        unsigned place = 0;
        for (unsigned id = BENGALI; id <= TELUGU; id++) {
            unsigned c = gsm7_language(id)->locking[septet];
            if (c >= 0x900 && place && c % 128 != place)
                fail_msg("%s, %02X: U+%04X", gsm7_language(id)->name, septet, c);
            if (c >= 0x900)
                place = c % 128;
        }
    }
    for (unsigned id = BENGALI; id <= TELUGU; id++) {
        unsigned first = id == BENGALI ? 0x19 : 0x1C;
        for (unsigned digit = 0, septet = first; digit < 10; digit++, septet++) {
            septet += septet == GSM7_ESCAPE;
            assert_int_equal(gsm7_language(id)->single[septet] % 128, 0x66 + digit);
        }
    }
}

static void shifts_and_what_they_leave(void **state) {
    (void)state;
    const uint8_t dollar_two = 0x24, at = 0x40;
    assert_int_equal(shifted(1, 0, &at, 1), 0x0130); /* locking changes plain septets */
    assert_int_equal(shifted(0, 1, &at, 1), 0x00A1); /* single doesn't */
    assert_int_equal(shifted(1, 0, (const uint8_t[]){GSM7_ESCAPE, 0x65}, 2), 0x20AC); /* locking alone keeps the extension table */
    assert_int_equal(shifted(0, 1, (const uint8_t[]){GSM7_ESCAPE, 0x53}, 2), 0x015E);
    assert_int_equal(shifted(1, 1, (const uint8_t[]){GSM7_ESCAPE, 0x04}, 2), 0x20AC); /* nothing there: the locking table's */
    assert_int_equal(shifted(0, 1, (const uint8_t[]){GSM7_ESCAPE, 0x04}, 2), 0x00E8); /* or the default alphabet's */
    assert_int_equal(shifted(4, 0, (const uint8_t[]){0x0C}, 1), ' '); /* no symbol at all */
    assert_int_equal(shifted(6, 6, (const uint8_t[]){GSM7_ESCAPE, GSM7_ESCAPE}, 2), ' ');
    assert_int_equal(shifted(6, 6, (const uint8_t[]){GSM7_ESCAPE}, 1), ' ');
    assert_int_equal(shifted(2, 0, &dollar_two, 1), 0x00A4); /* a language without that table */
    assert_int_equal(shifted(0, 99, (const uint8_t[]){GSM7_ESCAPE, 0x3C}, 2), '[');
    assert_int_equal(shifted(0xFFFF, 0xFFFF, (const uint8_t[]){0x80 | 'a'}, 1), 'a');
}

static void every_septet_in_every_language_decodes(void **state) {
    (void)state;
    for (unsigned id = 0; id < 256; id++)
        for (unsigned a = 0; a < 256; a++) {
            struct str s;
            str_init(&s, 32);
            gsm7_decode_shifted((const uint8_t[]){(uint8_t)a, (uint8_t)(a + id), GSM7_ESCAPE, (uint8_t)a}, 4, id, id, &s);
            assert_true(s.len > 0 && text_valid(s.data, s.len));
            str_release(&s);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_table),
        cmocka_unit_test(extension_table),
        cmocka_unit_test(nothing_else_is_in_it),
        cmocka_unit_test(escapes_without_a_meaning),
        cmocka_unit_test(room_is_respected),
        cmocka_unit_test(known_packings),
        cmocka_unit_test(every_length_and_fill),
        cmocka_unit_test(unpack_refuses_what_is_not_there),
        cmocka_unit_test(every_pair_of_septets_decodes),
        cmocka_unit_test(every_national_table),
        cmocka_unit_test(languages_that_there_are),
        cmocka_unit_test(indian_tables_agree),
        cmocka_unit_test(shifts_and_what_they_leave),
        cmocka_unit_test(every_septet_in_every_language_decodes),
    };
    return cmocka_run_group_tests_name("gsm7", tests, NULL, NULL);
}
