/* Case codes: the check digits against vectors, the permutation as a bijection, the end of a slot. */
#include "smsc/code.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As the program reads a code: nine digits, no more, no fewer. */
static bool text_is_code(const char *text) {
    int64_t n = 0;
    return strlen(text) == CODE_DIGITS && parse_int(text, 0, 999999999, &n) == ERR_OK && code_valid(n);
}

static void check_list(const struct json *list, bool expected) {
    assert_true(json_count(list) > 0);
    for (size_t i = 0; i < json_count(list); i++) {
        const char *code = json_text_value(json_at(list, i));
        if (text_is_code(code) != expected)
            fail_msg("%s should%s be valid", code, expected ? "" : "n't");
    }
}

static void vectors(void **state) {
    (void)state;
    char text[4096];
    FILE *f = fopen("tests/fixtures/code.json", "rb");
    assert_non_null(f);
    size_t len = fread(text, 1, sizeof text, f);
    fclose(f);
    struct json *document = NULL;
    assert_int_equal(json_parse(text, len, &document), ERR_OK);
    check_list(json_get(document, "valid"), true);
    check_list(json_get(document, "invalid"), false);
    json_free(document);
}

static void check_digits(void **state) {
    (void)state;
    assert_int_equal(code_of_body(4821093), 482109304);
    assert_int_equal(code_of_body(1), 195);
    assert_int_equal(code_of_body(9999999), 999999967);
    for (int32_t body = 0; body < CODE_BODIES; body += 997)
        assert_true(code_valid(code_of_body(body)));
    assert_false(code_valid(0));
    assert_false(code_valid(-96));
    assert_false(code_valid(INT64_C(1000000063))); /* ten digits, remainder 1 */
}

/* Every wrong digit and every swap of neighbours is found. */
static void errors_are_found(void **state) {
    (void)state;
    const int64_t code = 482109304;
    for (int64_t place = 1; place <= 100000000; place *= 10) {
        int64_t digit = code / place % 10, left = code / place / 10 % 10;
        for (int64_t other = 0; other < 10; other++)
            assert_true(other == digit || !code_valid(code + (other - digit) * place));
        if (place < 100000000 && left != digit)
            assert_false(code_valid(code + (left - digit) * place + (digit - left) * place * 10));
    }
}

static void permutation_of(uint32_t domain) {
    static const uint8_t secret[32] = {9};
    struct keyring *keys = keyring_from_secret(secret);
    uint8_t *seen = mem_alloc(domain);
    uint32_t fixed = 0;
    for (uint32_t i = 0; i < domain; i++) {
        uint32_t to = code_permute(keys, i, domain);
        assert_true(to < domain);
        assert_int_equal(seen[to]++, 0);
        fixed += to == i;
    }
    assert_true(domain < 100 || fixed < domain / 10);
    free(seen);
    keyring_free(keys);
}

static void permutation_is_a_bijection(void **state) {
    (void)state;
    const uint32_t domains[] = {1, 2, 3, 5, 64, 1000, 4096, 4097, 10007};
    for (size_t i = 0; i < sizeof domains / sizeof *domains; i++)
        permutation_of(domains[i]);
}

/* A sample of the real domain: 100,000 neighbours have 100,000 images, spread over it. */
static void permutation_of_the_real_domain(void **state) {
    (void)state;
    enum { SAMPLE = 100000 };
    static const uint8_t secret[32] = {7};
    struct keyring *keys = keyring_from_secret(secret);
    uint8_t *seen = mem_alloc(CODE_BODIES / 8);
    uint32_t tenths[10] = {0};
    for (uint32_t i = 0; i < SAMPLE; i++) {
        uint32_t to = code_permute(keys, i, CODE_BODIES);
        assert_true(to < CODE_BODIES);
        assert_false(seen[to / 8] & 1 << to % 8);
        seen[to / 8] |= (uint8_t)(1 << to % 8);
        tenths[to / (CODE_BODIES / 10)]++;
    }
    for (size_t i = 0; i < 10; i++)
        assert_in_range(tenths[i], SAMPLE / 10 - 700, SAMPLE / 10 + 700);
    free(seen);
    keyring_free(keys);
}

static void keys_differ(void **state) {
    (void)state;
    static const uint8_t one[32] = {1}, two[32] = {2};
    struct keyring *a = keyring_from_secret(one), *b = keyring_from_secret(two);
    int same = 0;
    for (uint32_t i = 0; i < 100; i++)
        same += code_permute(a, i, CODE_BODIES) == code_permute(b, i, CODE_BODIES);
    assert_true(same < 3);
    keyring_free(a);
    keyring_free(b);
}

static int32_t next(struct store_fixture *f, int index, int of) {
    int32_t code = 0;
    assert_int_equal(code_next(f->store, f->keys, index, of, &code), ERR_OK);
    assert_true(code_valid(code));
    return code;
}

static int by_value(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

static void slots_never_meet(void **state) {
    struct store_fixture *f = *state;
    enum { EACH = 500, SLOTS = 8 };
    int32_t codes[EACH * SLOTS];
    assert_int_equal(store_begin(f->store), ERR_OK);
    for (int index = 0; index < SLOTS; index++) {
        fixture_sql(f->store, "REPLACE INTO meta (key, value) VALUES ('case_counter', 0) RETURNING 0");
        for (int i = 0; i < EACH; i++)
            codes[index * EACH + i] = next(f, index, SLOTS);
    }
    store_rollback(f->store);
    qsort(codes, EACH * SLOTS, sizeof *codes, by_value);
    for (size_t i = 1; i < EACH * SLOTS; i++)
        assert_int_not_equal(codes[i - 1], codes[i]);
}

/* Each code is of the slot that gave it, and of no other; back is the inverse of the permutation. */
static void a_code_tells_its_slot(void **state) {
    struct store_fixture *f = *state;
    enum { SLOTS = 3 };
    assert_int_equal(store_begin(f->store), ERR_OK);
    for (int i = 0; i < 60; i++) {
        int32_t code = next(f, i % SLOTS, SLOTS);
        for (int index = 0; index < SLOTS; index++)
            assert_int_equal(code_in_slot(f->keys, code, index, SLOTS), index == i % SLOTS);
        assert_true(code_in_slot(f->keys, code, 0, 1));
        assert_false(code_in_slot(f->keys, code + 1, 0, 1));
    }
    store_rollback(f->store);
    for (uint32_t value = 0; value < 1000; value++)
        assert_int_equal(code_permute_back(f->keys, code_permute(f->keys, value, 1000), 1000), value);
}

static int warnings;
static void count_warnings(void *context, const char *line) {
    (void)context;
    warnings += strstr(line, "code.nearly_exhausted") != NULL;
}

/* A slot of ten codes: all ten, each once; from the ninth on a warning; then no more. */
static void a_slot_ends(void **state) {
    struct store_fixture *f = *state;
    const int of = CODE_BODIES / 10;
    int32_t codes[10], code = 0;
    assert_int_equal(code_capacity(of - 1, of), 10);
    assert_int_equal(code_capacity(0, 3), 3333334);
    assert_int_equal(code_capacity(2, 3), 3333333);
    warnings = 0;
    log_set_sink(count_warnings, NULL, 0);
    assert_int_equal(store_begin(f->store), ERR_OK);
    for (int i = 0; i < 10; i++) {
        codes[i] = next(f, of - 1, of);
        for (int k = 0; k < i; k++)
            assert_int_not_equal(codes[i], codes[k]);
        assert_int_equal(warnings, i < 9 ? 0 : i - 8);
    }
    assert_int_equal(code_next(f->store, f->keys, of - 1, of, &code), ERR_EXHAUSTED);
    store_rollback(f->store);
    log_set_sink(NULL, NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(check_digits),
        cmocka_unit_test(errors_are_found),
        cmocka_unit_test(permutation_is_a_bijection),
        cmocka_unit_test(permutation_of_the_real_domain),
        cmocka_unit_test(keys_differ),
        cmocka_unit_test_setup_teardown(slots_never_meet, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_code_tells_its_slot, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_slot_ends, fixture_setup, fixture_teardown),
    };
    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
