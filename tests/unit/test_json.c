/* JSON both ways: hostile documents in, one valid line out. */
#include "firmware-host/base/json.h"
#include "firmware-host/base/text.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static struct json *parse(const char *text) {
    struct json *document = NULL;
    assert_int_equal(json_parse(text, strlen(text), &document), ERR_OK);
    return document;
}

static void reads(void **state) {
    (void)state;
    int64_t number = 0;
    bool yes = false;
    struct json *d = parse("{\"t\":\"đ\\n\",\"n\":-9223372036854775808,\"b\":true,\"z\":null,\"a\":[1,\"x\",{\"y\":2}],\"o\":{}}");
    assert_true(json_value_is_object(d));
    assert_string_equal(json_text(d, "t"), "đ\n");
    assert_true(json_int(d, "n", &number) && number == INT64_MIN);
    assert_true(json_bool(d, "b", &yes) && yes);
    assert_null(json_get(d, "z"));
    assert_null(json_get(d, "absent"));
    const struct json *array = json_get(d, "a");
    assert_int_equal(json_count(array), 3);
    assert_true(json_int_value(json_at(array, 0), &number) && number == 1);
    assert_string_equal(json_text_value(json_at(array, 1)), "x");
    assert_true(json_int(json_at(array, 2), "y", &number) && number == 2);
    assert_null(json_at(array, 3));
    assert_true(json_value_is_object(json_get(d, "o")));
    json_free(d);
}

static void other_types_give_nothing(void **state) {
    (void)state;
    int64_t number = 5;
    bool yes = true;
    struct json *d = parse("{\"t\":\"x\",\"n\":1,\"r\":1.5,\"b\":false,\"a\":[]}");
    assert_null(json_text(d, "n"));
    assert_null(json_text(d, "a"));
    assert_false(json_int(d, "t", &number));
    assert_false(json_int(d, "r", &number));
    assert_false(json_int(d, "b", &number));
    assert_false(json_bool(d, "n", &yes));
    assert_false(json_bool(d, "absent", &yes));
    assert_int_equal(json_count(d), 0);
    assert_int_equal(json_count(NULL), 0);
    assert_null(json_at(d, 0));
    assert_null(json_get(NULL, "x"));
    assert_null(json_get(json_get(d, "t"), "x"));
    assert_null(json_text_value(NULL));
    assert_false(json_int_value(NULL, &number));
    assert_false(json_value_is_object(NULL));
    assert_false(json_value_is_object(json_get(d, "a")));
    assert_true(number == 5 && yes);
    json_free(d);
}

static void any_value_is_a_document(void **state) {
    (void)state;
    static const char *const rows[] = {"1", "\"x\"", "[]", "true", " {} "};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        json_free(parse(rows[i]));
}

static void refuses(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {
        {"", 0},
        {"{", 1},
        {"{\"a\":1", 6},
        {"{\"a\":1,}", 8},
        {"{\"a\":1}{}", 9},
        {"{\"a\":1} x", 9},
        {"{\"a\":1,\"a\":1}", 13},
        {"{'a':1}", 7},
        {"{\"a\":\"\\u0000\"}", 14},
        {"{\"a\\u0000b\":1}", 14},
        {"{\"a\":\"\0\"}", 9},
        {"{\"a\":\"\xFF\"}", 9},
        {"{\"a\":\"\xED\xA0\x80\"}", 11},
        {"{\"a\":\"\\uD800\"}", 14},
        {"{\"a\":\"x\ny\"}", 11},
        {"{\"a\":9223372036854775808}", 25},
        {"{\"a\":1e999}", 11},
        {"{\"a\":01}", 8},
        {"{\"a\":+1}", 8},
        {"{\"a\":NaN}", 9},
        {"nul", 3},
        {"{}\0", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json *document = NULL;
        if (json_parse(rows[i].text, rows[i].len, &document) != ERR_INVALID)
            fail_msg("taken: %s", rows[i].text);
        assert_null(document);
    }
}

static void deep_nesting_is_refused_not_fatal(void **state) {
    (void)state;
    enum { DEPTH = 200000 };
    char *deep = malloc(DEPTH);
    struct json *document = NULL;
    memset(deep, '[', DEPTH);
    assert_int_equal(json_parse(deep, DEPTH, &document), ERR_INVALID);
    for (size_t i = 0; i < DEPTH; i += 5)
        memcpy(deep + i, "{\"a\":", 5);
    assert_int_equal(json_parse(deep, DEPTH, &document), ERR_INVALID);
    free(deep);
}

static void add_key(void *context, const char *key, const struct json *value) {
    int64_t number = -1;
    json_int_value(value, &number);
    str_addf(context, "%s=%d;", key, (int)number);
}

static void walks_in_order(void **state) {
    (void)state;
    struct str s;
    struct json *d = parse("{\"z\":1,\"a\":2,\"m\":3}");
    str_init(&s, 100);
    json_each(d, add_key, &s);
    json_each(NULL, add_key, &s);
    assert_string_equal(s.data, "z=1;a=2;m=3;");
    json_free(d);
    str_release(&s);
}

static void dumps(void **state) {
    (void)state;
    struct str s;
    struct json *d = parse("{ \"z\" : [ 1, null ], \"t\" : \"a\\nđ\" }");
    str_init(&s, 200);
    json_dump(d, false, &s);
    assert_string_equal(s.data, "{\"z\":[1,null],\"t\":\"a\\nđ\"}");
    str_clear(&s);
    json_dump(d, true, &s);
    assert_string_equal(s.data, "{\n  \"z\": [\n    1,\n    null\n  ],\n  \"t\": \"a\\nđ\"\n}");
    str_clear(&s);
    json_dump(json_at(json_get(d, "z"), 0), false, &s);
    assert_string_equal(s.data, "1");
    json_free(d);
    str_release(&s);
}

static void writes(void **state) {
    (void)state;
    struct str s;
    struct json_writer w;
    str_init(&s, 1000);
    json_begin(&w, &s);
    json_open_object(&w, NULL);
    json_put_text(&w, "text", "a\"\\/\b\f\n\r\t\x01\x1F\x7Fđ");
    json_put_text(&w, "none", NULL);
    json_put_text_n(&w, "part", "abcdef", 3);
    json_put_int(&w, "least", INT64_MIN);
    json_put_bool(&w, "yes", true);
    json_put_bool(&w, "no", false);
    json_put_hex(&w, "hex", "\x01\xAB", 2);
    json_open_array(&w, "list");
    json_put_int(&w, NULL, 1);
    json_open_object(&w, NULL);
    json_close_object(&w);
    json_open_array(&w, NULL);
    json_close_array(&w);
    json_put_raw(&w, NULL, "{\"raw\":1}");
    json_close_array(&w);
    json_put_time(&w, "time", 1795226700000);
    json_put_moment(&w, "moment", 1795226700000);
    json_put_moment(&w, "never", 0);
    json_put_moment(&w, "ever", INT64_MIN);
    json_put_day(&w, "day", 20778);
    json_put_day(&w, "unknown", 0);
    json_put_int(&w, "k\"\n", 0);
    json_close_object(&w);
    assert_string_equal(
        s.data, "{\"text\":\"a\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0001\\u001f\\u007fđ\",\"none\":null,\"part\":\"abc\",\"least\":-9223372036854775808,"
                "\"yes\":true,\"no\":false,\"hex\":\"01AB\",\"list\":[1,{},[],{\"raw\":1}],\"time\":\"2026-11-21T02:05:00.000Z\","
                "\"moment\":\"2026-11-21T02:05:00.000Z\",\"never\":null,\"ever\":null,\"day\":\"2026-11-21\",\"unknown\":null,\"k\\\"\\n\":0}");
    json_free(parse(s.data));
    str_release(&s);
}

static void any_bytes_make_one_valid_line(void **state) {
    (void)state;
    uint32_t seed = 99;
    for (int round = 0; round < 5000; round++) {
        char data[24];
        struct str s, expected;
        struct json_writer w;
        for (size_t i = 0; i < sizeof data; i++) {
            seed = seed * 1664525 + 1013904223;
            data[i] = (char)(round % 3 ? seed >> 24 : (seed >> 24) & 0x7F);
        }
        str_init(&s, 1000);
        str_init(&expected, 1000);
        text_add_lossy(&expected, data, sizeof data);
        json_begin(&w, &s);
        json_open_object(&w, NULL);
        json_put_text_n(&w, "t", data, sizeof data);
        json_close_object(&w);
        assert_true(text_valid(s.data, s.len));
        for (size_t i = 0; i < s.len; i++)
            assert_true((unsigned char)s.data[i] >= 0x20 && s.data[i] != 0x7F);
        struct json *back = parse(s.data);
        assert_string_equal(json_text(back, "t"), expected.data);
        json_free(back);
        str_release(&s);
        str_release(&expected);
    }
}

static void nests_sixteen_deep(void **state) {
    (void)state;
    struct str s;
    struct json_writer w;
    str_init(&s, 1000);
    json_begin(&w, &s);
    for (int i = 0; i < 16; i++)
        json_open_array(&w, NULL);
    json_put_int(&w, NULL, 7);
    for (int i = 0; i < 16; i++)
        json_close_array(&w);
    assert_string_equal(s.data, "[[[[[[[[[[[[[[[[7]]]]]]]]]]]]]]]]");
    str_release(&s);
}

static void a_full_str_shows(void **state) {
    (void)state;
    struct str s;
    struct json_writer w;
    str_init(&s, 20);
    json_begin(&w, &s);
    json_open_object(&w, NULL);
    json_put_text(&w, "key", "a text that is longer than that");
    json_close_object(&w);
    assert_false(str_ok(&s));
    str_release(&s);
}

static void lines_of_members(void **state) {
    (void)state;
    static const char json[] =
        "{ \"a\": 1,\n  \"b\" : {\"x\": [\n\"c\", {\"c\": 2}],\n\"c\": \"\\\"d\\\": {\"},\n\"x\": {},\n\"d\": {\"x\": 3,\n\n\"c\": {}}}";
    static const struct {
        const char *keys[3];
        size_t count;
        int line;
    } rows[] = {
        {{"a"}, 1, 1},      {{"b"}, 1, 2},           {{"b", "x"}, 2, 2}, {{"b", "c"}, 2, 4}, /* not the one in the array */
        {{"b", "d"}, 2, 2}, /* isn't there: its object */
        {{"a", "x"}, 2, 1}, /* isn't in a number */
        {{"x", "c"}, 2, 5}, /* nor in what follows */
        {{"d"}, 1, 6}, /* not the one in the string */
        {{"d", "c"}, 2, 8}, {{"d", "c", "z"}, 3, 8}, {{"z"}, 1, 0},      {{"z"}, 0, 0},
    };
    struct json *document = NULL;
    assert_int_equal(json_parse(json, strlen(json), &document), ERR_OK);
    json_free(document);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (json_line_of(json, rows[i].keys, rows[i].count) != rows[i].line)
            fail_msg("row %zu: %d", i, json_line_of(json, rows[i].keys, rows[i].count));
    static const char *const any[] = {"", "\"", "\"\\", "{", "{\"z", "}}}", "[{\"z\":", "{\"z\":"}; /* whatever it is, the walk ends */
    for (size_t i = 0; i < sizeof any / sizeof *any; i++)
        assert_in_range(json_line_of(any[i], (const char *const[]){"z", "z"}, 2), 0, 1);
}

static void problems_have_a_place(void **state) {
    (void)state;
    struct json *document = NULL;
    struct str problem;
    str_init(&problem, 4096);
    assert_int_equal(json_parse_told("{\n 1}", 5, "file", &problem, &document), ERR_INVALID);
    assert_memory_equal(problem.data, "file:2:", 7);
    str_clear(&problem);
    assert_int_equal(json_parse_told("{\n}", 3, "file", &problem, &document), ERR_OK);
    assert_int_equal(problem.len, 0);
    json_free(document);
    str_release(&problem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(other_types_give_nothing),
        cmocka_unit_test(any_value_is_a_document),
        cmocka_unit_test(refuses),
        cmocka_unit_test(deep_nesting_is_refused_not_fatal),
        cmocka_unit_test(walks_in_order),
        cmocka_unit_test(dumps),
        cmocka_unit_test(writes),
        cmocka_unit_test(any_bytes_make_one_valid_line),
        cmocka_unit_test(nests_sixteen_deep),
        cmocka_unit_test(a_full_str_shows),
        cmocka_unit_test(lines_of_members),
        cmocka_unit_test(problems_have_a_place),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
