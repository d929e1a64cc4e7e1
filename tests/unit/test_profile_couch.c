/* Events as documents of CouchDB's protocol, what its answers say of each of them, and pages of its changes; whatever comes instead. */
#include "store/central/profile.h"

#include "firmware-host/base/json.h"
#include "store/central_document.h"
#include "tests/unit/profile_events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct profile *const couch = &profile_couch;
static const struct outbox_event *const two[] = {&rated, &beat};

#define RATED \
    "\"specversion\":\"1.0\",\"id\":\"th-01:77:123\",\"source\":\"/vn/38/pakn-sms/th-01\",\"type\":\"vn.pakn.case.rated\"," \
    "\"time\":\"2026-02-25T06:13:20.123Z\",\"subject\":\"482109304\",\"partitionkey\":\"38-482109304\",\"sequence\":\"000000000123\"," \
    "\"datacontenttype\":\"application/json\",\"data\":{\"text\":\"Đường\",\"rating\":5}"

static void test_push(void **state) {
    (void)state;
    struct profile_request r;
    assert_ptr_equal(central_profile("couch"), couch);
    assert_int_equal(couch->push(&who, two, 1, NULL, &r), ERR_OK);
    assert_string_equal(r.method, "POST");
    assert_string_equal(r.target.data, "/_bulk_docs");
    assert_string_equal(r.content_type, "application/json");
    assert_string_equal(r.key, "");
    assert_string_equal(r.body.data, "{\"docs\":[{\"_id\":\"th-01:77:123\"," RATED "}]}");
    profile_request_release(&r);
    assert_int_equal(couch->push(&who, two, 2, NULL, &r), ERR_OK);
    assert_non_null(strstr(r.body.data, "{\"_id\":\"th-01:77:124\",\"specversion\""));
    profile_request_release(&r);
}

#define OK(id) "{\"ok\":true,\"id\":\"" id "\",\"rev\":\"1-a\"}"
#define ERROR(id, error) "{\"id\":\"" id "\",\"error\":\"" error "\",\"reason\":\"why\"}"
#define FIRST "th-01:77:123"
#define SECOND "th-01:77:124"

static void test_taken(void **state) {
    (void)state;
    static const struct {
        const char *body;
        enum err e;
        enum push_verdict first, second;
    } rows[] = {
        {"[" OK(FIRST) "," OK(SECOND) "]", ERR_OK, PUSH_DONE, PUSH_DONE},
        {"[" ERROR(FIRST, "conflict") "," OK(SECOND) "]", ERR_OK, PUSH_COMPARE, PUSH_DONE},
        {"[" OK(FIRST) "," ERROR(SECOND, "forbidden") "]", ERR_OK, PUSH_DONE, PUSH_PARK},
        {"[" ERROR(FIRST, "unauthorized") "," ERROR(SECOND, "internal_server_error") "]", ERR_OK, PUSH_REAUTHORISE, PUSH_RETRY},
        {"[" ERROR(FIRST, "document_too_large") "," ERROR(SECOND, "") "]", ERR_OK, PUSH_SPLIT, PUSH_RETRY},
        {"[" OK(SECOND) "," OK(FIRST) "]", ERR_INVALID, 0, 0},
        {"[" OK(FIRST) "]", ERR_INVALID, 0, 0},
        {"[" OK(FIRST) "," OK(SECOND) "," OK(SECOND) "]", ERR_INVALID, 0, 0},
        {"[" OK(FIRST) ",{\"id\":\"" SECOND "\"}]", ERR_INVALID, 0, 0},
        {"[" OK(FIRST) ",{\"id\":\"" SECOND "\",\"rev\":7}]", ERR_INVALID, 0, 0},
        {"[7,null]", ERR_INVALID, 0, 0},
        {"{\"error\":\"x\"}", ERR_INVALID, 0, 0},
        {"", ERR_INVALID, 0, 0},
        {"<html>", ERR_INVALID, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct profile_result results[2] = {{.verdict = PUSH_DONE}, {.verdict = PUSH_DONE}};
        assert_int_equal(couch->read_pushed(&who, two, 2, NULL, 201, bytes_text(rows[i].body), results), rows[i].e);
        if (rows[i].e == ERR_OK) {
            assert_int_equal(results[0].verdict, rows[i].first);
            assert_int_equal(results[1].verdict, rows[i].second);
        }
    }
    struct profile_result one = {.verdict = PUSH_DONE};
    assert_int_equal(couch->read_pushed(&who, two, 1, NULL, 201, bytes_text("[" ERROR(FIRST, "forbidden") "]"), &one), ERR_OK);
    assert_int_equal(one.verdict, PUSH_PARK);
    assert_string_equal(one.reason, "forbidden: why");
    one = (struct profile_result){.verdict = PUSH_SPLIT};
    assert_int_equal(couch->read_pushed(&who, two, 1, NULL, 413, bytes_text("[" OK(FIRST) "]"), &one), ERR_OK);
    assert_int_equal(one.verdict, PUSH_SPLIT); /* of a bad status nothing counts but the status */
    assert_string_equal(one.reason, "");
}

static void test_compared(void **state) {
    (void)state;
    static const struct {
        const char *body;
        int status;
        enum push_compared answer;
    } rows[] = {
        {"{\"_id\":\"" FIRST "\",\"_rev\":\"1-a\"," RATED "}", 200, COMPARED_SAME},
        {"{" RATED ",\"_rev\":\"1-b\",\"_id\":\"" FIRST "\"}", 200, COMPARED_SAME},
        {"{\"_id\":\"" FIRST "\",\"_rev\":\"1-a\"," RATED ",\"more\":1}", 200, COMPARED_OTHER},
        {"{\"_id\":\"" FIRST "\",\"_rev\":\"1-a\"}", 200, COMPARED_OTHER},
        {"{\"_id\":\"" FIRST "\"," RATED "}", 200, COMPARED_UNKNOWN}, /* no document */
        {"[]", 200, COMPARED_UNKNOWN},
        {"<html>", 200, COMPARED_UNKNOWN},
        {"", 404, COMPARED_ABSENT},
        {"{}", 500, COMPARED_UNKNOWN},
        {"", 0, COMPARED_UNKNOWN},
    };
    struct profile_search search = {.now = 0};
    struct profile_request r;
    bool more = true;
    assert_int_equal(couch->read(&who, &rated, NULL, &search, &r), ERR_OK);
    assert_string_equal(r.target.data, "/th-01%3A77%3A123");
    profile_request_release(&r);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(couch->compare(&who, &rated, NULL, rows[i].status, bytes_text(rows[i].body), &search, &more), rows[i].answer);
    assert_false(more);
}

static void asks(const struct pull_request *what, const char *target) {
    struct profile_request r;
    couch->ask_changes(&who, what, 0, &r);
    assert_string_equal(r.method, "GET");
    assert_string_equal(r.target.data ? r.target.data : "", target);
    profile_request_release(&r);
}

static void test_questions(void **state) {
    (void)state;
    struct profile_request r;
    asks(&(struct pull_request){.since = "0", .limit = 100}, "/_changes?since=0&limit=100&include_docs=true");
    asks(&(struct pull_request){.since = "12-g1AA+/=", .limit = 7, .wait = 50},
         "/_changes?since=12-g1AA%2B%2F%3D&limit=7&include_docs=true&feed=longpoll&timeout=50000");
    asks(&(struct pull_request){.since = "5", .limit = 1, .bare = true}, "/_changes?since=5&limit=1");
    asks(&(struct pull_request){.since = "5", .limit = 1, .check = true}, "");
    couch->ask_document("directory", "\"e\"", &r);
    assert_string_equal(r.target.data, "/document:directory/text");
    assert_string_equal(r.if_none_match, "\"e\"");
    profile_request_release(&r);
}

#define ROW(seq, id, rest) "{\"seq\":" seq ",\"id\":\"" id "\",\"changes\":[{\"rev\":\"1-a\"}]" rest "}"
#define DOC(members) ",\"doc\":{" members "}"
#define EVENT "\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"/store\",\"type\":\"vn.pakn.case.accepted\",\"data\":{}"

static enum err reads(const struct pull_request *what, const char *body, struct pull_page *ret_page) {
    struct str problem;
    str_init(&problem, 500);
    enum err e = couch->read_changes(&who, what, NULL, bytes_text(body), &problem, ret_page);
    assert_int_equal(problem.len == 0, e == ERR_OK);
    str_release(&problem);
    return e;
}

static void test_pages(void **state) {
    (void)state;
    const struct pull_request what = {.since = "3", .limit = 4}, bare = {.since = "3", .limit = 1, .bare = true};
    struct pull_page page;
    assert_int_equal(reads(&what,
                           "{\"results\":[" ROW("4", "x", DOC(EVENT)) "," ROW("5", "y", ",\"deleted\":true" DOC("\"_deleted\":true")) "," ROW(
                               "6", "_design/x", DOC("")) "," ROW("7", "document:directory", DOC("")) "],\"last_seq\":7}",
                           &page),
                     ERR_OK);
    assert_int_equal(page.count, 1);
    assert_string_equal(page.items[0].id, "a");
    assert_null(page.items[0].problem);
    assert_string_equal(page.next, "7");
    assert_true(page.more);
    pull_page_release(&page);
    assert_int_equal(
        reads(&what, "{\"results\":[" ROW("\"5-g1\"", "x", DOC("")) ",7,null," ROW("\"6-g1\"", "z", "") "],\"last_seq\":\"6-g1\",\"pending\":0}",
              &page),
        ERR_OK);
    assert_int_equal(page.count, 4); /* each with its problem */
    for (size_t i = 0; i < page.count; i++)
        assert_non_null(page.items[i].problem);
    assert_string_equal(page.next, "6-g1");
    pull_page_release(&page);
    assert_int_equal(reads(&bare, "{\"results\":[" ROW("4", "x", "") "],\"last_seq\":4}", &page), ERR_OK);
    assert_non_null(strstr(page.items[0].problem, "too large"));
    pull_page_release(&page);
    assert_int_equal(reads(&what, "{\"results\":[],\"last_seq\":\"3-otherwise\"}", &page), ERR_OK);
    assert_string_equal(page.next, "3"); /* nothing: the place stays as it's written */
    assert_int_equal(page.count, 0);
    assert_false(page.more);
    pull_page_release(&page);
}

static void test_no_pages(void **state) {
    (void)state;
    const struct pull_request what = {.since = "3", .limit = 4};
    static const char *const bodies[] = {"",
                                         "<html>",
                                         "[]",
                                         "7",
                                         "{}",
                                         "{\"results\":[]}",
                                         "{\"results\":{},\"last_seq\":1}",
                                         "{\"results\":[],\"last_seq\":-1}",
                                         "{\"results\":[],\"last_seq\":[1,\"g\"]}",
                                         "{\"results\":[],\"last_seq\":\"\"}",
                                         "{\"results\":[],\"last_seq\":\"a b\"}",
                                         "{\"results\":[],\"last_seq\":1.5}",
                                         "{\"results\":[\n"}; /* cut off in the middle of a hold */
    struct pull_page page;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_int_equal(reads(&what, bodies[i], &page), ERR_INVALID);
}

static void test_check(void **state) {
    (void)state;
    static const struct {
        const char *cursor, *body, *next;
    } rows[] = {
        {"0", "{\"db_name\":\"pakn\",\"update_seq\":0}", "0"},
        {"7", "{\"db_name\":\"pakn\",\"update_seq\":7}", "7"},
        {"8", "{\"db_name\":\"pakn\",\"update_seq\":7}", "0"},
        {"c7", "{\"db_name\":\"pakn\",\"update_seq\":7}", "0"}, /* of another kind of store */
        {"7-g1AAA", "{\"db_name\":\"pakn\",\"update_seq\":9}", "0"},
        {"7-g1AAA", "{\"db_name\":\"pakn\",\"update_seq\":\"3-g1BBB\"}", "7-g1AAA"}, /* the store itself knows */
        {"0", "{\"db_name\":\"pakn\"}", NULL},
        {"0", "{\"update_seq\":7}", NULL},
        {"0", "{\"couchdb\":\"Welcome\"}", NULL}, /* the server, not a database */
        {"0", "[]", NULL},
        {"0", "<html>", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct pull_request what = {.since = rows[i].cursor, .limit = 1, .check = true};
        struct pull_page page;
        assert_int_equal(reads(&what, rows[i].body, &page), rows[i].next ? ERR_OK : ERR_INVALID);
        if (rows[i].next) {
            assert_string_equal(page.next, rows[i].next);
            assert_int_equal(page.count, 0);
            pull_page_release(&page);
        }
        struct profile_capabilities c;
        assert_int_equal(couch->read_capabilities(bytes_text(rows[i].body), &c), rows[i].next ? ERR_OK : ERR_INVALID);
        if (rows[i].next)
            assert_true(c.batch && c.max_batch > 1 && c.max_wait > 0 && c.documents == CENTRAL_ALL_DOCUMENTS);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_push),  cmocka_unit_test(test_taken),    cmocka_unit_test(test_compared), cmocka_unit_test(test_questions),
        cmocka_unit_test(test_pages), cmocka_unit_test(test_no_pages), cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
