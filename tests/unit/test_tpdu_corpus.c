/* The kept corpus of PDUs: each decodes to what the file says; each prefix of each gives a value or an error that names its place; each with
 * single octets changed too. PDUs are decoded out of blocks of exactly their size, so that the address sanitizer sees any octet too far. */
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "modem/decode.h"
#include "modem/tpdu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CORPUS "tests/fixtures/pdus.txt"
enum { PDU_OCTETS_MAX = 700, PDU_COUNT_MIN = 100 };

struct entry {
    char *comment, *hex, *expected;
};
static struct entry *entries;
static size_t entry_count;

static char *read_line(FILE *file) {
    char *line = NULL;
    size_t size = 0;
    ssize_t len = getline(&line, &size, file);
    if (len > 0 && line[len - 1] == '\n')
        line[len - 1] = '\0';
    if (len >= 0)
        return line;
    free(line);
    return NULL;
}

static int load(void **state) {
    (void)state;
    FILE *file = fopen(CORPUS, "r");
    bool after_head = false; /* the comment that ends at the first empty line */
    if (!file)
        return -1;
    for (char *line; (line = read_line(file)) != NULL;) {
        if (line[0] != '#' || !after_head) {
            after_head |= line[0] == '\0';
            free(line);
            continue;
        }
        entries = mem_resize(entries, entry_count + 1, sizeof *entries);
        struct entry *entry = &entries[entry_count++];
        entry->comment = line;
        entry->hex = read_line(file);
        entry->expected = read_line(file);
        if (!entry->expected)
            return -1;
    }
    fclose(file);
    return 0;
}

static int unload(void **state) {
    (void)state;
    for (size_t i = 0; i < entry_count; i++) {
        free(entries[i].comment);
        free(entries[i].hex);
        free(entries[i].expected);
    }
    free(entries);
    return 0;
}

static void test_expected(void **state) {
    (void)state;
    struct str answer;
    size_t wrong = 0;
    assert_true(entry_count >= PDU_COUNT_MIN);
    str_init(&answer, 16384);
    for (size_t i = 0; i < entry_count; i++) {
        str_clear(&answer);
        bool good = decode_pdu(entries[i].hex, &answer);
        if (good == (entries[i].expected[0] == '{') && strcmp(answer.data, entries[i].expected) == 0)
            continue;
        print_error("%s\n%s\nexpected %s\ngot      %s\n", entries[i].comment, entries[i].hex, entries[i].expected, answer.data);
        wrong++;
    }
    str_release(&answer);
    assert_int_equal(wrong, 0);
}

/* A value (one JSON object) or a sentence; never nothing. */
static void check_answer(const char *hex) {
    struct str answer;
    struct json *json;
    str_init(&answer, 16384);
    bool good = decode_pdu(hex, &answer);
    assert_true(str_ok(&answer) && answer.len > 0);
    if (good) {
        assert_int_equal(json_parse(answer.data, answer.len, &json), ERR_OK);
        assert_non_null(json_text(json, "type"));
        json_free(json);
    } else {
        assert_true(answer.data[0] != '{');
    }
    str_release(&answer);
}

static void test_every_prefix_of_every_pdu(void **state) {
    (void)state;
    for (size_t i = 0; i < entry_count; i++)
        for (size_t len = 0; len < strlen(entries[i].hex); len++) {
            char *prefix = strndup(entries[i].hex, len);
            check_answer(prefix);
            free(prefix);
        }
}

/* What is promised of every decoded value, whatever the octets were. */
static void check_value(const struct tpdu *t) {
    struct str text;
    assert_true(t->ud_len <= SMS_UD_OCTETS && t->septet_count <= SMS_GSM7_SINGLE);
    assert_true(t->dcs.class >= -1 && t->dcs.class <= 3);
    assert_true(t->udh.concat.total == 0 || sms_concat_valid(&t->udh.concat));
    assert_true(t->time >= -1 && t->discharge_time >= -1 && t->validity_time >= -1);
    assert_true(text_valid(t->address.phone.text, strlen(t->address.phone.text)));
    assert_true((t->address.phone.kind == PHONE_NONE) == (t->address.phone.text[0] == '\0'));
    str_init(&text, 4 * SMS_GSM7_SINGLE);
    tpdu_text(t, &text);
    assert_true(str_ok(&text) && text_valid(text.data, text.len));
    str_release(&text);
}

/* Returns whether it decoded. */
static bool decode_exact(const uint8_t *octets, size_t len, enum tpdu_direction direction) {
    struct tpdu tpdu;
    struct tpdu_fault fault = {.octet = SIZE_MAX};
    uint8_t *block = malloc(len ? len : 1);
    if (len > 0)
        memcpy(block, octets, len);
    enum err e = tpdu_decode_explained(block, len, direction, &tpdu, &fault);
    assert_true(fault.octet <= len);
    if (e == ERR_OK)
        check_value(&tpdu);
    else
        assert_true((e != ERR_TRUNCATED || fault.octet == len) && fault.field && fault.reason);
    free(block);
    return e == ERR_OK;
}

/* The TPDU of an entry, 0 octets if its hex or service centre is broken. */
static size_t tpdu_of(const struct entry *entry, uint8_t octets[PDU_OCTETS_MAX]) {
    uint8_t pdu[PDU_OCTETS_MAX];
    struct phone centre;
    size_t len, offset;
    if (hex_decode(entry->hex, strlen(entry->hex), pdu, sizeof pdu, &len) != ERR_OK || tpdu_split_sca(pdu, len, &centre, &offset) != ERR_OK)
        return 0;
    memcpy(octets, pdu + offset, len - offset);
    return len - offset;
}

static void test_every_prefix_at_its_own_length(void **state) {
    (void)state;
    uint8_t octets[PDU_OCTETS_MAX];
    size_t values = 0, errors = 0;
    for (size_t i = 0; i < entry_count; i++)
        for (size_t len = tpdu_of(&entries[i], octets) + 1; len-- > 0;) {
            values += decode_exact(octets, len, TPDU_FROM_SC) + decode_exact(octets, len, TPDU_TO_SC);
            errors++;
        }
    assert_true(values > PDU_COUNT_MIN && errors > values);
}

static void test_changed_octets(void **state) {
    (void)state;
    uint8_t octets[PDU_OCTETS_MAX];
    for (size_t i = 0; i < entry_count; i++) {
        size_t len = tpdu_of(&entries[i], octets);
        for (size_t at = 0; at < len && at < TPDU_MAX_OCTETS; at++) {
            uint8_t was = octets[at];
            for (unsigned change = 1; change <= 0x80; change *= 2) {
                octets[at] = (uint8_t)(was ^ change);
                decode_exact(octets, len, TPDU_FROM_SC);
                decode_exact(octets, len, TPDU_TO_SC);
            }
            octets[at] = 0xFF;
            decode_exact(octets, len, TPDU_FROM_SC);
            octets[at] = was;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expected),
        cmocka_unit_test(test_every_prefix_of_every_pdu),
        cmocka_unit_test(test_every_prefix_at_its_own_length),
        cmocka_unit_test(test_changed_octets),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
