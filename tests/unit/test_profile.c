/* How events look on the wire: CloudEvents structured and batched, keys, signatures, capability documents, what is compared; files of secrets. */
#include "store/central/profile.h"

#include "firmware-host/base/crypto.h"
#include "firmware-host/base/envelope.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "store/central/secret.h"
#include "tests/unit/folder.h"
#include "tests/unit/profile_events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void test_structured(void **state) {
    (void)state;
    const struct outbox_event *one[] = {&rated};
    struct profile_request r;
    assert_ptr_equal(central_profile("ce"), &profile_cloudevents);
    assert_null(central_profile("xml"));
    assert_int_equal(profile_cloudevents.push(&who, one, 1, NULL, &r), ERR_OK);
    assert_string_equal(r.method, "POST");
    assert_string_equal(r.target.data, "/events");
    assert_string_equal(r.content_type, "application/cloudevents+json; charset=utf-8");
    assert_string_equal(r.key, "th-01:77:123");
    assert_string_equal(r.body.data,
                        "{\"specversion\":\"1.0\",\"id\":\"th-01:77:123\",\"source\":\"/vn/38/pakn-sms/th-01\",\"type\":\"vn.pakn.case.rated\","
                        "\"time\":\"2026-02-25T06:13:20.123Z\",\"subject\":\"482109304\",\"partitionkey\":\"38-482109304\","
                        "\"sequence\":\"000000000123\",\"datacontenttype\":\"application/json\",\"data\":{\"text\":\"Đường\",\"rating\":5}}");
    profile_request_release(&r);
}

static void test_batched(void **state) {
    (void)state;
    const struct outbox_event *two[] = {&rated, &beat}, *other[] = {&rated, &rated, &beat};
    struct profile_request r, again, another;
    struct json *document;
    assert_int_equal(profile_cloudevents.push(&who, two, 2, NULL, &r), ERR_OK);
    assert_string_equal(r.content_type, "application/cloudevents-batch+json; charset=utf-8");
    assert_int_equal(json_parse(r.body.data, r.body.len, &document), ERR_OK);
    assert_int_equal(json_count(document), 2);
    assert_null(json_text(json_at(document, 1), "subject"));
    assert_string_equal(json_text(json_at(document, 1), "partitionkey"), "/vn/38/pakn-sms/th-01");
    json_free(document);
    assert_int_equal(profile_cloudevents.push(&who, two, 2, NULL, &again), ERR_OK);
    assert_int_equal(profile_cloudevents.push(&who, other, 3, NULL, &another), ERR_OK);
    assert_string_equal(r.key, again.key);
    assert_string_not_equal(r.key, another.key); /* the same first and last, other content */
    assert_non_null(strstr(r.key, "th-01:77:123..th-01:77:124~"));
    profile_request_release(&r);
    profile_request_release(&again);
    profile_request_release(&another);
}

static void test_longest_key(void **state) {
    (void)state;
    const struct profile_identity longest = {.appliance = "abcdefghijklmnopqrstuvwxyz012345", .province = "12345678"};
    const struct outbox_event event = {.sequence = INT64_MAX, .epoch = INT64_MAX, .type = (char *)"t", .data = (char *)"{}"};
    const struct outbox_event *two[] = {&event, &event};
    struct profile_request r;
    assert_int_equal(profile_cloudevents.push(&longest, two, 2, NULL, &r), ERR_OK);
    assert_true(strlen(r.key) < 255);
    assert_int_equal(r.key[strlen(r.key) - 17], '~');
    profile_request_release(&r);
}

static void test_compare(void **state) {
    (void)state;
    static const struct {
        const char *body;
        int status;
        enum push_compared answer;
    } rows[] = {
        {"{ \"data\":{\"rating\":5,\"text\":\"\\u0110\\u01b0\\u1eddng\"}, \"id\":\"th-01:77:123\",\"source\":\"/vn/38/pakn-sms/th-01\","
         "\"specversion\":\"1.0\",\"type\":\"vn.pakn.case.rated\",\"time\":\"2026-02-25T06:13:20.123Z\",\"subject\":\"482109304\","
         "\"partitionkey\":\"38-482109304\",\"sequence\":\"000000000123\",\"datacontenttype\":\"application/json\"}",
         200, COMPARED_SAME},
        {"{\"specversion\":\"1.0\",\"id\":\"th-01:77:123\",\"data\":{}}", 200, COMPARED_OTHER},
        {"[]", 200, COMPARED_OTHER},
        {"<html>", 200, COMPARED_UNKNOWN},
        {"", 200, COMPARED_UNKNOWN},
        {"", 404, COMPARED_ABSENT},
        {"{}", 500, COMPARED_UNKNOWN},
        {"", 0, COMPARED_UNKNOWN},
    };
    struct profile_request r;
    struct profile_search search = {.now = 0};
    bool more = false;
    assert_int_equal(profile_cloudevents.read(&who, &rated, NULL, &search, &r), ERR_OK);
    assert_string_equal(r.method, "GET");
    assert_string_equal(r.target.data, "/events?source=%2Fvn%2F38%2Fpakn-sms%2Fth-01&id=th-01%3A77%3A123");
    profile_request_release(&r);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(profile_cloudevents.compare(&who, &rated, NULL, rows[i].status, bytes_text(rows[i].body), &search, &more), rows[i].answer);
}

static void test_capabilities(void **state) {
    (void)state;
    struct profile_capabilities c = {.max_batch = 7};
    static const char *const wrong[] = {"", "[]", "{}", "{\"events\":{}}", "{\"events\":{\"batch\":\"yes\"}}", "{\"events\":true}", "<html>"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(profile_cloudevents.read_capabilities(bytes_text(wrong[i]), &c), ERR_INVALID);
    assert_int_equal(c.max_batch, 7);
    assert_int_equal(profile_cloudevents.read_capabilities(bytes_text("{\"events\":{\"batch\":true,\"max_batch\":500,\"max_event_octets\":70000},"
                                                                      "\"changes\":{\"max_wait\":50,\"max_limit\":500}}"),
                                                           &c),
                     ERR_OK);
    assert_true(c.batch);
    assert_int_equal(c.max_batch, 500);
    assert_int_equal(c.max_event, 70000);
    assert_int_equal(c.max_wait, 50);
    assert_int_equal(profile_cloudevents.read_capabilities(bytes_text("{\"events\":{\"batch\":true,\"max_batch\":-5}}"), &c), ERR_OK);
    assert_int_equal(c.max_batch, 1);
    assert_int_equal(profile_cloudevents.read_capabilities(bytes_text("{\"events\":{\"batch\":false,\"max_batch\":50}}"), &c), ERR_OK);
    assert_int_equal(c.max_batch, 1);
}

/* ---- files ---- */

static char *file_with(struct folder *folder, const char *content, mode_t mode) {
    char *path = folder_file(folder, "secret");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static void sign(struct folder *folder, const char *content, mode_t mode, enum err expected, const char *words) {
    char *path = file_with(folder, content, mode);
    struct str to, problem;
    str_init(&to, 1024);
    str_init(&problem, SECRET_PROBLEM_MAX);
    enum err e = webhook_sign(path, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, bytes_text("{\"test\": 2432232314}"), &problem, &to);
    if (e != expected || !strstr(expected == ERR_OK ? to.data : problem.data, words))
        fail_msg("%s: %s, %s, %s", content, err_symbol(e), to.data, problem.data);
    str_release(&to);
    str_release(&problem);
    free(path);
}

static void test_signature(void **state) {
    (void)state;
    struct folder folder;
    static const char known[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; /* of the specification's own example */
    folder_make(&folder);
    sign(&folder, SECRET "\n", 0600, ERR_OK, known);
    sign(&folder, "# the next\nwhsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n" SECRET, 0400, ERR_OK, " v1,g0hM9SsE+OTPJTGt");
    sign(&folder, SECRET, 0640, ERR_INVALID, "chmod 600");
    sign(&folder, "", 0600, ERR_INVALID, "no file of 1");
    sign(&folder, "# nothing\n", 0600, ERR_INVALID, "whsec_");
    sign(&folder, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 0600, ERR_INVALID, ":1: a line is whsec_");
    sign(&folder, SECRET "\nwhsec_short", 0600, ERR_INVALID, ":2: ");
    sign(&folder, "whsec_AAAA", 0600, ERR_INVALID, ":1: ");
    folder_remove(&folder);
}

static void test_public_key(void **state) {
    (void)state;
    struct folder folder;
    struct str problem, sealed;
    uint8_t key[ENVELOPE_KEY_SIZE] = {0};
    folder_make(&folder);
    static const struct {
        const char *content;
        enum err e;
    } rows[] = {
        {"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f\n", ERR_OK},
        {"3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=", ERR_OK},
        {"de9edb7d", ERR_INVALID},
        {"0000000000000000000000000000000000000000000000000000000000000000", ERR_INVALID},
        {"not a key", ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *path = file_with(&folder, rows[i].content, 0644); /* nothing secret about it */
        str_init(&problem, SECRET_PROBLEM_MAX);
        assert_int_equal(public_key_read(path, &problem, key), rows[i].e);
        assert_int_equal(key[0], 0xDE);
        str_release(&problem);
        free(path);
    }
    str_init(&sealed, 1024);
    envelope_add(key, bytes_text("PA Đường"), &sealed);
    assert_int_equal(sealed.len, strlen("PA Đường") + 48);
    str_release(&sealed);
    folder_remove(&folder);
}

static int start(void **state) {
    (void)state;
    crypto_start();
    return 0;
}

/* What is checked is what is signed, and nothing beside it. */
static void test_knocks(void **state) {
    (void)state;
    struct folder folder;
    struct webhook_secrets secrets;
    struct str problem, good;
    static const char body[] = "{\"a\":1}";
    enum { AT = 1772000000 };
    folder_make(&folder);
    char *path = file_with(&folder, "# of ours\n" SECRET "\nwhsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", 0600);
    str_init(&problem, 1024);
    str_init(&good, 1024);
    assert_int_equal(webhook_secrets_read(path, &problem, &secrets), ERR_OK);
    assert_int_equal(secrets.count, 2);
    assert_int_equal(webhook_sign(path, "msg_1", AT, bytes_text(body), &problem, &good), ERR_OK);
    char *second = strchr(good.data, ' ') + 1;
    struct webhook_headers h = {.id = "msg_1", .timestamp = "1772000000", .signature = good.data};
    assert_null(webhook_wrong(&secrets, &h, bytes_text(body), AT));
    assert_null(webhook_wrong(&secrets, &h, bytes_text(body), AT + WEBHOOK_WINDOW));
    assert_null(webhook_wrong(&secrets, &h, bytes_text(body), AT - WEBHOOK_WINDOW));
    assert_non_null(webhook_wrong(&secrets, &h, bytes_text(body), AT + WEBHOOK_WINDOW + 1));
    assert_non_null(webhook_wrong(&secrets, &h, bytes_text(body), AT - WEBHOOK_WINDOW - 1));
    h.signature = second;
    assert_null(webhook_wrong(&secrets, &h, bytes_text(body), AT));
    secrets.count = 1;
    assert_non_null(webhook_wrong(&secrets, &h, bytes_text(body), AT));
    secrets.count = 2;
    for (size_t at = 0; body[at]; at++) { /* each octet counts */
        char other[sizeof body];
        memcpy(other, body, sizeof body);
        other[at] ^= 1;
        assert_non_null(webhook_wrong(&secrets, &h, bytes_text(other), AT));
        assert_non_null(webhook_wrong(&secrets, &h, bytes_of(body, at), AT));
    }
    for (size_t len = strlen(second) - 1; len > 0; len--) { /* and each character of the signature */
        second[len] = 0;
        assert_non_null(webhook_wrong(&secrets, &h, bytes_text(body), AT));
    }
    static const struct webhook_headers wrong[] = {
        {NULL, "1772000000", "v1,"},  {"", "1772000000", "v1,"},
        {"a b", "1772000000", "v1,"}, {"a.b", "1772000000", "v1,"},
        {"a", NULL, "v1,"},           {"a", "", "v1,"},
        {"a", "-1", "v1,"},           {"a", "99999999999999999999", "v1,"},
        {"a", "1772000000", NULL},    {"a", "1772000000", "v1,  v1,"},
        {"a", "1772000000", "   "},   {"a", "1772000000", "v1,AAAA v2,AAAA"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_non_null(webhook_wrong(&secrets, &wrong[i], bytes_text(body), AT));
    str_release(&problem);
    str_release(&good);
    free(path);
    folder_remove(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knocks),  cmocka_unit_test(test_structured),   cmocka_unit_test(test_batched),   cmocka_unit_test(test_longest_key),
        cmocka_unit_test(test_compare), cmocka_unit_test(test_capabilities), cmocka_unit_test(test_signature), cmocka_unit_test(test_public_key),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
