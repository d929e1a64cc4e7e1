/* The Open311 profile without sockets: what each event is there, what answers mean, how what may have arrived is found, which decisions come down. */
#include "store/central/profile.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "store/central/georeport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct profile_service services[] = {{"ha-tang", "POTHOLE", "to-duong"}, {"", "OTHER", ""}};
static const struct profile_open311 settings = {.jurisdiction = "th.vn", .format = "json", .services = services, .service_count = 2};
static const struct profile_open311 discreet = {.jurisdiction = "", .format = "xml", .confidential = true, .services = services, .service_count = 2};
static const struct profile_identity who = {.appliance = "th-01", .province = "38", .open311 = &settings};
static const struct profile_identity whom = {.appliance = "th-01", .province = "38", .open311 = &discreet};
static const struct profile *const p = &profile_open311;

#define AT INT64_C(1795399500123) /* 2026-11-23T02:05:00.123Z */
#define SUBMITTED \
    "{\"code\":\"482109304\",\"id\":\"38-482109304\",\"step\":\"submit\",\"text\":\"Đường vào thôn 3 & 4 bị sụt lún\",\"phone\":\"+84912000001\"," \
    "\"name\":\"Lê Thị Hoa\",\"field\":\"ha-tang\",\"confidential\":false,\"intake_due\":\"2026-11-24\"}"

static struct outbox_event event_of(const char *type, const char *data) {
    return (struct outbox_event){.sequence = 123,
                                 .epoch = 7,
                                 .case_id = 9,
                                 .at = AT,
                                 .type = (char *)type,
                                 .subject = (char *)"482109304",
                                 .data = (char *)data,
                                 .data_len = strlen(data)};
}

static enum err push(const struct profile_identity *by, const char *type, const char *data, const struct profile_case *of,
                     struct profile_request *r) {
    struct outbox_event event = event_of(type, data);
    const struct outbox_event *one[] = {&event};
    return p->push(by, one, 1, of, r);
}

static void test_request(void **state) {
    (void)state;
    struct profile_case of = {.reference = ""};
    struct profile_request r;
    assert_int_equal(push(&who, "vn.pakn.case.submitted", SUBMITTED, &of, &r), ERR_OK);
    assert_string_equal(r.method, "POST");
    assert_string_equal(r.target.data, "/requests.json");
    assert_string_equal(r.content_type, "application/x-www-form-urlencoded; charset=utf-8");
    assert_true(r.keyed_form);
    assert_string_equal(r.key, "");
    static const char words[] = "%C4%90%C6%B0%E1%BB%9Dng%20v%C3%A0o%20th%C3%B4n%203%20%26%204%20b%E1%BB%8B%20s%E1%BB%A5t%20l%C3%BAn";
    char expected[2000];
    snprintf(expected, sizeof expected,
             "jurisdiction_id=th.vn&service_code=POTHOLE&address_string=%s&description=%s%%0A%%0A%%5BPAKN%%20482109304%%5D&first_name=Hoa&"
             "last_name=L%%C3%%AA%%20Th%%E1%%BB%%8B&phone=%%2B84912000001&attribute%%5Bma_pakn%%5D=38-482109304&"
             "attribute%%5Bexpected_datetime%%5D=2026-11-24T23%%3A59%%3A59%%2B07%%3A00",
             words, words);
    assert_string_equal(r.body.data, expected);
    profile_request_release(&r);
    assert_int_equal(push(&whom, "vn.pakn.case.submitted", "{\"text\":\"x\",\"id\":\"38-482109304\",\"name\":\"Hoa\"}", &of, &r), ERR_OK);
    assert_string_equal(r.target.data, "/requests.xml");
    assert_non_null(strstr(r.body.data, "service_code=OTHER&"));
    assert_null(strstr(r.body.data, "jurisdiction"));
    assert_null(strstr(r.body.data, "last_name"));
    profile_request_release(&r);
}

/* What is too long for a description goes whole as an attribute; the marker is there all the same. */
static void test_long_words(void **state) {
    (void)state;
    struct profile_case of = {.reference = ""};
    struct profile_request r;
    struct str data;
    str_init(&data, 1 << 20);
    str_add(&data, "{\"text\":\"");
    for (int i = 0; i < 5000; i++)
        str_add(&data, "ư");
    str_add(&data, "\",\"id\":\"38-482109304\"}");
    assert_int_equal(push(&who, "vn.pakn.case.submitted", data.data, &of, &r), ERR_OK);
    const char *description = strstr(r.body.data, "description="), *end = strchr(description, '&');
    size_t letters = 0;
    for (const char *at = description; (at = strstr(at, "%C6%B0")) && at < end; at++)
        letters++;
    assert_int_equal(letters + strlen("…\n\n[PAKN 482109304]") - 2, 4000);
    assert_non_null(strstr(description, "%E2%80%A6%0A%0A%5BPAKN%20482109304%5D&attribute%5Btoan_van%5D=%C6"));
    profile_request_release(&r);
    str_release(&data);
}

static void test_confidential(void **state) {
    (void)state;
    struct profile_case secret = {.confidential = true}, sent = {.confidential = true, .reference = "r1"};
    struct profile_request r;
    assert_int_equal(push(&who, "vn.pakn.case.submitted", SUBMITTED, &secret, &r), ERR_UNSUPPORTED);
    profile_request_release(&r);
    assert_int_equal(push(&whom, "vn.pakn.case.submitted", SUBMITTED, &secret, &r), ERR_OK);
    assert_non_null(strstr(r.body.data, "attribute%5Bnon_public%5D=1"));
    profile_request_release(&r);
    static const char more[] = "{\"step\":\"supplement\",\"text\":\"can bo A\",\"name\":\"Hoa\",\"tax_code\":\"2600109388\"}";
    assert_int_equal(push(&who, "vn.pakn.case.supplemented", more, &sent, &r), ERR_OK); /* sent before it was confidential */
    assert_null(strstr(r.body.data, "can%20bo"));
    assert_null(strstr(r.body.data, "Hoa"));
    assert_null(strstr(r.body.data, "2600109388"));
    profile_request_release(&r);
    assert_int_equal(push(&whom, "vn.pakn.case.supplemented", more, &sent, &r), ERR_OK);
    assert_non_null(strstr(r.body.data, "description=can%20bo%20A&"));
    profile_request_release(&r);
}

static void test_updates(void **state) {
    (void)state;
    static const struct {
        const char *type, *data, *status; /* NULL: stays here */
    } rows[] = {
        {"vn.pakn.case.supplemented", "{\"step\":\"supplement\",\"text\":\"a\"}", "UNCHANGED"},
        {"vn.pakn.case.accepted", "{\"step\":\"accept\"}", "IN_PROGRESS"},
        {"vn.pakn.case.need-info", "{\"text\":\"a\"}", "INVESTIGATING"},
        {"vn.pakn.case.transferred", "{\"text\":\"a\"}", "INTERNAL_REFERRAL"},
        {"vn.pakn.case.coordination", "{\"step\":\"coordinate\"}", "INTERNAL_REFERRAL"},
        {"vn.pakn.case.coordination", "{\"step\":\"coordination-answer\"}", "UNCHANGED"},
        {"vn.pakn.case.published", "{\"text\":\"a\"}", "CLOSED"},
        {"vn.pakn.case.refused", "{\"step\":\"refuse\"}", "NO_FURTHER_ACTION"},
        {"vn.pakn.case.refused", "{\"step\":\"mark-duplicate\"}", "DUPLICATE"},
        {"vn.pakn.case.withdraw-requested", "{}", "CANCELLED"},
        {"vn.pakn.case.rejoinder-submitted", "{\"text\":\"a\"}", "REOPEN"},
        {"vn.pakn.case.annulled", "{\"text\":\"a\"}", "REOPEN"},
        {"vn.pakn.decision.refused", "{\"reason\":\"a\"}", "UNCHANGED"},
        {"vn.pakn.case.rated", "{\"rating\":5}", NULL},
        {"vn.pakn.case.result-ready", "{\"text\":\"a\"}", NULL},
        {"vn.pakn.deadline.missed", "{}", NULL},
        {"vn.pakn.reminder.sent", "{}", NULL},
        {"vn.pakn.appliance.heartbeat", "{}", NULL},
        {"vn.pakn.event.unknown", "{\"reason\":\"a\"}", NULL},
        {"vn.other", "{}", NULL},
    };
    struct profile_case sent = {.reference = "a b/c"}, never = {.reference = ""}, receipt = {.reference = "t1", .receipt = true};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct profile_request r;
        char status[64];
        enum err e = push(&who, rows[i].type, rows[i].data, &sent, &r);
        if (e != (rows[i].status ? ERR_OK : ERR_UNSUPPORTED))
            fail_msg("%s: %s", rows[i].type, err_text(e));
        if (rows[i].status) {
            snprintf(status, sizeof status, "&status=%s&", rows[i].status);
            assert_string_equal(r.target.data, "/servicerequestupdates.json");
            assert_non_null(strstr(r.body.data, status));
            assert_non_null(strstr(r.body.data, "service_request_id=a%20b%2Fc&update_id=th-01_7_123&"));
            assert_non_null(strstr(r.body.data, "&updated_datetime=2026-11-23T02%3A05%3A00Z&description="));
            assert_null(strstr(r.body.data, "&description=&"));
        }
        profile_request_release(&r);
        assert_int_equal(push(&who, rows[i].type, rows[i].data, &never, &r), ERR_UNSUPPORTED);
        profile_request_release(&r);
        assert_int_equal(push(&who, rows[i].type, rows[i].data, &receipt, &r), ERR_UNSUPPORTED);
        profile_request_release(&r);
    }
}

/* ---- answers ---- */

/* As the link takes it: what can't be understood may have been taken. */
static struct profile_result answered(const struct outbox_event *event, const struct profile_case *of, int status, const char *body) {
    const struct outbox_event *one[] = {event};
    struct profile_result result = {.verdict = push_verdict_of(status)};
    if (p->read_pushed(&who, one, 1, of, status, bytes_text(body), &result) != ERR_OK)
        result.verdict = PUSH_RETRY;
    return result;
}

static void test_answers(void **state) {
    (void)state;
    static const struct {
        const char *body;
        int status;
        enum push_verdict verdict;
        enum profile_learned_kind kind;
        const char *name;
    } rows[] = {
        {"[{\"service_request_id\":\"293944\",\"service_notice\":\"x\",\"account_id\":null}]", 200, PUSH_DONE, LEARNED_REFERENCE, "293944"},
        {"[{\"service_request_id\":293944}]", 201, PUSH_DONE, LEARNED_REFERENCE, "293944"},
        {"{\"service_requests\":[{\"service_request_id\":\"a-1\"}]}", 200, PUSH_DONE, LEARNED_REFERENCE, "a-1"},
        {"<?xml version=\"1.0\" encoding=\"utf-8\"?><service_requests><request><service_request_id>29&#51;</service_request_id>"
         "<account_id/></request></service_requests>",
         200, PUSH_DONE, LEARNED_REFERENCE, "293"},
        {"\xEF\xBB\xBF <service_requests><request><token>t9</token></request></service_requests>", 200, PUSH_COMPARE, LEARNED_RECEIPT, "t9"},
        {"[{\"token\":\"t9\"}]", 202, PUSH_COMPARE, LEARNED_RECEIPT, "t9"},
        {"", 200, PUSH_RETRY, LEARNED_NOTHING, ""},
        {"<html><body>It works!</body></html>", 200, PUSH_RETRY, LEARNED_NOTHING, ""},
        {"[]", 200, PUSH_RETRY, LEARNED_NOTHING, ""},
        {"[{}]", 200, PUSH_RETRY, LEARNED_NOTHING, ""},
        {"[7]", 200, PUSH_RETRY, LEARNED_NOTHING, ""},
        {"[{\"service_request_id\":\"\"}]", 200, PUSH_RETRY, LEARNED_NOTHING, ""},
        {"[{\"service_request_id\":\"a b\"}]", 200, PUSH_RETRY, LEARNED_NOTHING, ""},
        {"[{\"service_request_id\":null,\"token\":null}]", 200, PUSH_RETRY, LEARNED_NOTHING, ""},
        {"[{\"code\":400,\"description\":\"service_code is wrong\"}]", 400, PUSH_PARK, LEARNED_NOTHING, ""},
        {"", 403, PUSH_REAUTHORISE, LEARNED_NOTHING, ""},
        {"", 404, PUSH_PAUSE, LEARNED_NOTHING, ""},
        {"", 500, PUSH_RETRY, LEARNED_NOTHING, ""},
    };
    struct outbox_event event = event_of("vn.pakn.case.submitted", SUBMITTED);
    struct profile_case of = {.reference = ""};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct profile_result result = answered(&event, &of, rows[i].status, rows[i].body);
        if (result.verdict != rows[i].verdict || result.learned.kind != rows[i].kind || strcmp(result.learned.name, rows[i].name) != 0)
            fail_msg("%s: %s %d %s", rows[i].body, push_verdict_name(result.verdict), result.learned.kind, result.learned.name);
    }
    char longer[300];
    snprintf(longer, sizeof longer, "[{\"service_request_id\":\"%0200d\"}]", 1);
    struct profile_result result = answered(&event, &of, 200, longer);
    assert_int_equal(result.verdict, PUSH_RETRY);
    assert_int_equal(result.learned.kind, LEARNED_NOTHING);
}

static void test_answers_to_updates(void **state) {
    (void)state;
    struct outbox_event event = event_of("vn.pakn.case.accepted", "{}");
    struct profile_case of = {.reference = "293"};
    struct profile_result result = answered(&event, &of, 200, "[{\"update_id\":\"55\"}]");
    assert_int_equal(result.verdict, PUSH_DONE);
    assert_int_equal(result.learned.kind, LEARNED_OWN_ITEM);
    assert_string_equal(result.learned.name, "293/55");
    static const struct {
        const char *body;
        int status;
        enum push_verdict verdict;
    } rows[] = {
        {"", 404, PUSH_PARK},
        {"thanks", 200, PUSH_DONE},
        {"[{\"code\":400,\"description\":\"update th-01_7_123 already exists\"}]", 400, PUSH_DONE},
        {"already", 400, PUSH_PARK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        result = answered(&event, &of, rows[i].status, rows[i].body);
        assert_int_equal(result.verdict, rows[i].verdict);
        assert_int_equal(result.learned.kind, LEARNED_NOTHING);
    }
}

static void test_hostile_texts(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a><r><service_request_id>&b;</service_request_id></r></a>",
        "<a><r><service_request_id>1</service_request_id></r>",
        "<a><b><c><d><e><f><g><h><i><j><k><l>1</l></k></j></i></h></g></f></e></d></c></b></a>",
        "<a xmlns:x='y'><x:r></a>",
        "<",
        "<a/><b/>",
        "<?xml version=\"1.0\" encoding=\"windows-1258\"?><a><r><d>\xD0</d></r></a>",
        "{\"a\":{\"a\":{}}}",
        "[{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}]",
        "[[{\"service_request_id\":\"1\"}]]",
        "\"a\"",
        "nul",
    };
    struct georeport g;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (georeport_read(bytes_text(wrong[i]), &g) == ERR_OK)
            fail_msg("%s was read", wrong[i]);
    static const char good[] = "<a><r><x><id>deep</id></x><id> high </id><n/><t>a<b>c</b>d</t></r><r/><r>text</r></a>";
    for (size_t len = 0; len < sizeof good - 1; len++)
        assert_int_equal(georeport_read(bytes_of(good, len), &g), ERR_INVALID);
    assert_int_equal(georeport_read(bytes_text(good), &g), ERR_OK);
    assert_int_equal(g.count, 3);
    assert_string_equal(georeport_text(&g, 0, "id"), " high ");
    assert_string_equal(georeport_text(&g, 0, "n"), "");
    assert_string_equal(georeport_text(&g, 0, "b"), "c");
    assert_null(georeport_text(&g, 0, "t"));
    assert_null(georeport_text(&g, 1, "id"));
    assert_null(georeport_text(&g, 3, "id"));
    georeport_release(&g);
    char *text = mem_alloc(GEOREPORT_TEXT_MAX + 100);
    memset(text, 'x', GEOREPORT_TEXT_MAX + 50);
    memcpy(text, "<a><r><d>", 9);
    memcpy(text + GEOREPORT_TEXT_MAX + 20, "</d></r></a>", 13);
    assert_int_equal(georeport_read(bytes_text(text), &g), ERR_INVALID);
    free(text);
}

/* ---- what may have arrived ---- */

static enum push_compared search(const char *type, const struct profile_case *of, struct profile_search *s, int status, const char *body,
                                 bool *ret_more) {
    struct outbox_event event = event_of(type, strstr(type, "submitted") ? SUBMITTED : "{\"text\":\"xong\"}");
    *ret_more = false;
    return p->compare(&who, &event, of, status, bytes_text(body), s, ret_more);
}

static void test_search(void **state) {
    (void)state;
    struct outbox_event event = event_of("vn.pakn.case.submitted", SUBMITTED);
    struct profile_case of = {.reference = ""}, receipt = {.reference = "a/b", .receipt = true}, named = {.reference = "1"};
    struct profile_search s = {.now = AT + CLOCK_DAY};
    struct profile_request r;
    assert_int_equal(p->read(&who, &event, &of, &s, &r), ERR_OK);
    assert_string_equal(r.method, "GET");
    assert_string_equal(r.target.data, "/requests.json?jurisdiction_id=th.vn&service_code=POTHOLE&start_date=2026-11-23T01%3A05%3A00Z&"
                                       "end_date=2026-11-24T03%3A05%3A00Z");
    profile_request_release(&r);
    s.page = 1;
    assert_int_equal(p->read(&who, &event, &of, &s, &r), ERR_OK);
    assert_non_null(strstr(r.target.data, "&page=2"));
    profile_request_release(&r);
    assert_int_equal(p->read(&who, &event, &receipt, &s, &r), ERR_OK);
    assert_string_equal(r.target.data, "/tokens/a%2Fb.json?jurisdiction_id=th.vn");
    profile_request_release(&r);
    assert_int_equal(p->read(&who, &event, &named, &s, &r), ERR_UNSUPPORTED);
    profile_request_release(&r);
    s.now = AT + 200 * CLOCK_DAY; /* no more than 90 days may be asked for */
    s.page = 0;
    assert_int_equal(p->read(&who, &event, &of, &s, &r), ERR_OK);
    assert_non_null(strstr(r.target.data, "start_date=2027-03-13T04%3A05%3A00Z&end_date=2027-06-11T03%3A05%3A00Z"));
    profile_request_release(&r);
}

#define OTHERS "{\"service_request_id\":\"7\",\"description\":\"Đường [PAKN 482109304] hỏng\\n\\n[PAKN 111111111]\"},"
#define ITSELF "{\"service_request_id\":\"8\",\"status\":\"open\",\"description\":\"x\\n\\n[PAKN 482109304] \"}"

static void test_found_or_not(void **state) {
    (void)state;
    static const struct {
        const char *body;
        int status;
        enum push_compared found;
        bool more;
    } rows[] = {
        {"[" OTHERS ITSELF "]", 200, COMPARED_SAME, false},
        {"[{\"service_request_id\":8,\"description\":\"\",\"extended_attributes\":{\"ma_pakn\":\"38-482109304\"}}]", 200, COMPARED_SAME, false},
        {"<service_requests><request><service_request_id>8</service_request_id><description>x [PAKN 482109304]</description></request>"
         "</service_requests>",
         200, COMPARED_SAME, false},
        {"[{\"token\":\"t\",\"description\":\"x [PAKN 482109304]\"}]", 200, COMPARED_LATER, false},
        {"[]", 200, COMPARED_ABSENT, false},
        {"[{\"service_request_id\":\"7\",\"description\":\"Đường [PAKN 482109304] hỏng\\n\\n[PAKN 111111111]\"}]", 200, COMPARED_UNKNOWN, true},
        {"[{\"service_request_id\":\"7\",\"ma_pakn\":\"34-482109304\",\"description\":\"[PAKN 482109304]\"}]", 200, COMPARED_UNKNOWN, true},
        {"<html>", 200, COMPARED_UNKNOWN, false},
        {"[]", 500, COMPARED_UNKNOWN, false},
        {"[]", 400, COMPARED_UNKNOWN, false},
        {"", 0, COMPARED_UNKNOWN, false},
    };
    struct profile_case of = {.reference = ""};
    bool more;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct profile_search s = {.now = AT};
        enum push_compared found = search("vn.pakn.case.submitted", &of, &s, rows[i].status, rows[i].body, &more);
        if (found != rows[i].found || more != rows[i].more)
            fail_msg("%s: %d %d", rows[i].body, found, more);
        if (found == COMPARED_SAME) {
            assert_int_equal(s.learned.kind, LEARNED_REFERENCE);
            assert_string_equal(s.learned.name, "8");
        }
    }
    struct profile_case receipt = {.reference = "t", .receipt = true};
    struct profile_search s = {.now = AT};
    assert_int_equal(search("vn.pakn.case.submitted", &receipt, &s, 404, "", &more), COMPARED_LATER);
    assert_int_equal(search("vn.pakn.case.submitted", &receipt, &s, 200, "[{\"token\":\"t\"}]", &more), COMPARED_LATER);
    assert_int_equal(search("vn.pakn.case.submitted", &receipt, &s, 500, "", &more), COMPARED_UNKNOWN);
    assert_int_equal(search("vn.pakn.case.submitted", &receipt, &s, 200, "[{\"token\":\"t\",\"service_request_id\":\"9\"}]", &more), COMPARED_SAME);
    assert_string_equal(s.learned.name, "9");
}

/* Pages, of stores that have them and of those that have none. */
static void test_pages(void **state) {
    (void)state;
    static const char first[] = "[{\"service_request_id\":\"7\"}]", second[] = "[{\"service_request_id\":\"6\"}]";
    struct profile_case of = {.reference = ""};
    bool more;
    static const struct {
        const char *body;
        int status;
        enum push_compared found;
    } ends[] = {{"[" ITSELF "]", 200, COMPARED_SAME}, {"[]", 200, COMPARED_ABSENT}, {second, 200, COMPARED_ABSENT},   {"", 400, COMPARED_ABSENT},
                {"", 404, COMPARED_ABSENT},           {"", 500, COMPARED_UNKNOWN},  {"<html>", 200, COMPARED_UNKNOWN}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct profile_search s = {.now = AT};
        assert_int_equal(search("vn.pakn.case.submitted", &of, &s, 200, first, &more), COMPARED_UNKNOWN);
        assert_true(more);
        assert_int_equal(search("vn.pakn.case.submitted", &of, &s, 200, second, &more), COMPARED_UNKNOWN);
        assert_true(more);
        assert_int_equal(search("vn.pakn.case.submitted", &of, &s, ends[i].status, ends[i].body, &more), ends[i].found);
        assert_false(more);
    }
    struct str thousand;
    str_init(&thousand, 1 << 20);
    for (int i = 0; i < 1000; i++)
        str_addf(&thousand, "%c{\"service_request_id\":\"%d\"}", i ? ',' : '[', i);
    str_add(&thousand, "]");
    struct profile_search s = {.now = AT};
    (void)search("vn.pakn.case.submitted", &of, &s, 200, thousand.data, &more);
    assert_int_equal(search("vn.pakn.case.submitted", &of, &s, 200, thousand.data, &more), COMPARED_OTHER); /* as many as it lists at most */
    s = (struct profile_search){.now = AT};
    for (int i = 0; i < 1000 && (i == 0 || more); i++) { /* a list without end */
        char body[64];
        snprintf(body, sizeof body, "[{\"service_request_id\":\"%d\"}]", i);
        if (search("vn.pakn.case.submitted", &of, &s, 200, body, &more) == COMPARED_OTHER)
            break;
        assert_in_range(i, 0, 100);
    }
    str_release(&thousand);
}

static void test_search_for_updates(void **state) {
    (void)state;
    static const struct {
        const char *body;
        enum push_compared found;
    } rows[] = {
        {"[]", COMPARED_ABSENT},
        {"[{\"service_request_id\":\"1\",\"update_id\":\"th-01_7_123\"}]", COMPARED_SAME},
        {"[{\"service_request_id\":\"1\",\"update_id\":\"55\",\"description\":\"xong\",\"updated_datetime\":\"2026-11-23T09:05:00+07:00\"}]",
         COMPARED_SAME},
        {"[{\"service_request_id\":\"2\",\"update_id\":\"55\",\"description\":\"xong\",\"updated_datetime\":\"2026-11-23T09:05:00+07:00\"}]",
         COMPARED_ABSENT},
        {"[{\"service_request_id\":\"1\",\"update_id\":\"55\",\"description\":\"xong\",\"updated_datetime\":\"2026-11-23T09:05:01+07:00\"}]",
         COMPARED_ABSENT},
        {"[{\"service_request_id\":\"1\",\"update_id\":\"55\",\"description\":\"khac\",\"updated_datetime\":\"2026-11-23T02:05:00Z\"}]",
         COMPARED_ABSENT},
        {"[{\"update_id\":\"th-01_7_12\"},{}]", COMPARED_ABSENT},
    };
    struct profile_case of = {.reference = "1"};
    bool more;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct profile_search s = {.now = AT};
        if (search("vn.pakn.case.published", &of, &s, 200, rows[i].body, &more) != rows[i].found)
            fail_msg("%s", rows[i].body);
        assert_false(more);
        assert_int_equal(s.learned.kind, rows[i].found == COMPARED_SAME ? LEARNED_OWN_ITEM : LEARNED_NOTHING);
    }
}

/* ---- decisions ---- */

struct down {
    enum case_state state; /* of the case that is "1" there */
    const char *dealt_with; /* an item's id */
    bool broken, many; /* many: every request is a case of here */
    struct profile_feed feed;
    struct pull_request request;
    struct pull_page page;
    struct str problem;
};

static enum err case_of(void *context, const char *reference, struct profile_case *ret_case) {
    struct down *d = context;
    if (d->broken)
        return ERR_IO;
    if (!d->many && strcmp(reference, "1") != 0 && strcmp(reference, "2") != 0)
        return ERR_NOT_FOUND;
    *ret_case = (struct profile_case){.state = d->state, .code = "482109304", .field = "ha-tang"};
    if (*reference == '2')
        snprintf(ret_case->field, sizeof ret_case->field, "moi-truong");
    return ERR_OK;
}

static enum err known(void *context, const char *source, const char *id, bool *ret_known) {
    struct down *d = context;
    assert_string_equal(source, "/open311/th.vn");
    *ret_known = d->dealt_with && strcmp(d->dealt_with, id) == 0;
    return ERR_OK;
}

static struct down down(enum case_state state, const char *since) {
    struct down d = {.state = state,
                     .feed = {.now = AT, .unsettled = INT64_MAX, .case_of = case_of, .known = known},
                     .request = {.since = since, .limit = PULL_ITEMS_MAX}};
    str_init(&d.problem, 4096);
    return d;
}

static enum err read_page(struct down *d, const char *body) {
    pull_page_release(&d->page);
    str_clear(&d->problem);
    d->feed.context = d;
    return p->read_changes(&who, &d->request, &d->feed, bytes_text(body), &d->problem, &d->page);
}

static void down_end(struct down *d) {
    pull_page_release(&d->page);
    str_release(&d->problem);
}

static void test_decisions(void **state) {
    (void)state;
    static const struct {
        enum case_state state;
        const char *status, *said; /* "type step …", behind one another; "": nothing */
        const char *more; /* further members of the update */
    } rows[] = {
        {CASE_RECEIVED, "open", "", ""},
        {CASE_RECEIVED, "investigating", "case.need-info", ",\"description\":\"Ở đâu?\""},
        {CASE_IN_PROCESS, "INVESTIGATING", "case.asked", ",\"description\":\"Ở đâu?\""},
        {CASE_RECEIVED, "in_progress", "case.accepted to-duong", ""},
        {CASE_RECEIVED, "planned", "case.accepted phong-ht", ",\"agency_responsible\":\"phong-ht\""},
        {CASE_IN_PROCESS, "in_progress", "", ""},
        {CASE_IN_PROCESS, "in_progress", "open311.in_progress", ",\"description\":\"đang làm\""},
        {CASE_RECEIVED, "fixed", "case.result-ready answer case.published", ",\"description\":\"xong\""},
        {CASE_IN_PROCESS, "closed", "case.result-ready result case.published", ",\"description\":\"xong\""},
        {CASE_RESULT_READY, "CLOSED", "case.published", ",\"description\":\"xong\""},
        {CASE_RESULT_READY, "closed", "open311.closed", ""},
        {CASE_REJOINDER, "closed", "case.reconsidered", ",\"description\":\"xong\""},
        {CASE_PUBLISHED, "closed", "", ""},
        {CASE_PUBLISHED, "reopen", "case.annulled", ",\"description\":\"làm lại\""},
        {CASE_RESULT_READY, "in_progress", "case.sent-back", ",\"description\":\"làm lại\""},
        {CASE_RECEIVED, "no_further_action", "case.refused no_further_action", ",\"description\":\"không\""},
        {CASE_RECEIVED, "duplicate", "case.refused duplicate", ",\"description\":\"trùng\""},
        {CASE_IN_PROCESS, "no_further_action", "case.closed", ",\"description\":\"không\""},
        {CASE_RECEIVED, "internal_referral", "case.transferred so-xd", ",\"agency_responsible\":\"so-xd\""},
        {CASE_RECEIVED, "internal_referral", "open311.internal_referral", ""},
        {CASE_RECEIVED, "not_councils_responsibility", "open311.not_councils_responsibility", ",\"agency_responsible\":\"\""},
        {CASE_RECEIVED, "unchanged", "open311.unchanged", ",\"description\":\"đã xem\""},
        {CASE_RECEIVED, "referred_to_mars", "open311.referred_to_mars", ""},
        {CASE_RECEIVED, "cancelled", "open311.cancelled", ""},
        {CASE_CLOSED, "cancelled", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct down d = down(rows[i].state, "0");
        char body[600], said[400] = "";
        snprintf(body, sizeof body,
                 "[{\"service_request_id\":\"1\",\"update_id\":\"5\",\"status\":\"%s\",\"updated_datetime\":\"2026-11-23T08:00:00+07:00\"%s}]",
                 rows[i].status, rows[i].more);
        assert_int_equal(read_page(&d, body), ERR_OK);
        for (size_t k = 0; k < d.page.count; k++) {
            const struct pull_item *item = &d.page.items[k];
            static const char *const members[] = {"step", "unit", "agency", "reason_code"};
            assert_null(item->problem);
            assert_string_equal(item->source, "/open311/th.vn");
            assert_string_equal(item->id, k ? "1/5#2" : "1/5");
            assert_string_equal(item->subject, "482109304");
            assert_string_equal(json_text(item->data, "code"), "482109304");
            assert_int_equal(item->time, AT - AT % CLOCK_MINUTE - 65 * CLOCK_MINUTE);
            size_t len = strlen(said);
            snprintf(said + len, sizeof said - len, "%s%s", k ? " " : "", item->type + 3 + (strncmp(item->type, "vn.pakn.", 8) == 0 ? 5 : 0));
            for (size_t m = 0; m < sizeof members / sizeof *members; m++) {
                len = strlen(said);
                if (json_text(item->data, members[m]))
                    snprintf(said + len, sizeof said - len, " %s", json_text(item->data, members[m]));
            }
        }
        if (strcmp(said, rows[i].said) != 0)
            fail_msg("%s of %s: \"%s\", not \"%s\"", rows[i].status, case_state_name(rows[i].state), said, rows[i].said);
        down_end(&d);
    }
    struct down d = down(CASE_RECEIVED, "0"); /* nobody is known who'd take it on */
    assert_int_equal(read_page(&d, "[{\"service_request_id\":\"2\",\"update_id\":\"5\",\"status\":\"in_progress\"}]"), ERR_OK);
    assert_string_equal(d.page.items[0].type, "vn.open311.in_progress");
    assert_int_equal(d.page.items[0].time, -1);
    down_end(&d);
}

#define ORDERED \
    "{\"service_request_updates\":[" \
    "{\"service_request_id\":\"1\",\"update_id\":\"6\",\"status\":\"closed\",\"description\":\"xong\",\"updated_datetime\":\"2026-11-23T01:30:" \
    "00Z\"}," \
    "{\"service_request_id\":\"1\",\"update_id\":\"5\",\"status\":\"in_progress\",\"updated_datetime\":\"2026-11-23T08:00:00+07:00\"}," \
    "{\"service_request_id\":\"77\",\"update_id\":\"5\",\"status\":\"closed\",\"updated_datetime\":\"2026-11-23T08:59:00+07:00\"}," \
    "{\"service_request_id\":\"1\",\"update_id\":\"th-01_1_2\",\"status\":\"reopen\",\"updated_datetime\":\"2026-11-23T08:00:00+07:00\"}," \
    "{\"update_id\":\"7\"},{}]}"

/* One update follows from the other, whatever their order in the list. */
static void test_order(void **state) {
    (void)state;
    struct down d = down(CASE_RECEIVED, "t1795395600000");
    assert_int_equal(read_page(&d, ORDERED), ERR_OK);
    assert_int_equal(d.page.count, 1); /* where the case stands behind it is for the table to say */
    assert_string_equal(d.page.items[0].type, "vn.pakn.case.accepted");
    assert_true(d.page.more);
    assert_string_equal(d.page.next, "t1795395600000");
    d.dealt_with = "1/5";
    d.state = CASE_IN_PROCESS;
    assert_int_equal(read_page(&d, ORDERED), ERR_OK);
    assert_int_equal(d.page.count, 2);
    assert_string_equal(d.page.items[0].type, "vn.pakn.case.result-ready");
    assert_string_equal(json_text(d.page.items[0].data, "step"), "result");
    assert_string_equal(d.page.items[1].id, "1/6#2");
    assert_string_equal(d.page.next, "t1795399140000"); /* the newest, also of requests that aren't ours */
    assert_false(d.page.more);
    d.dealt_with = "1/6";
    assert_int_equal(read_page(&d, "[{\"service_request_id\":\"1\",\"update_id\":\"6\",\"status\":\"closed\",\"description\":\"xong\"}]"), ERR_OK);
    assert_int_equal(d.page.count, 0);
    assert_string_equal(d.page.next, "t1795395600000");
    d.broken = true;
    assert_int_equal(read_page(&d, "[{\"service_request_id\":\"1\",\"update_id\":\"8\",\"status\":\"closed\"}]"), ERR_INVALID);
    assert_true(d.problem.len > 0);
    assert_int_equal(read_page(&d, "<html>"), ERR_INVALID);
    assert_true(d.problem.len > 0);
    down_end(&d);
}

/* The cursor passes nothing that may be about a request of which the name isn't known yet, nor what a clock that is ahead says. */
static void test_cursor(void **state) {
    (void)state;
    struct down d = down(CASE_RECEIVED, "t1795395600000");
    static const char body[] =
        "[{\"service_request_id\":\"9\",\"update_id\":\"6\",\"status\":\"closed\",\"updated_datetime\":\"2026-11-23T02:00:00Z\"},"
        "{\"service_request_id\":\"9\",\"update_id\":\"7\",\"status\":\"closed\",\"updated_datetime\":\"2036-01-01T00:00:00Z\"},"
        "{\"service_request_id\":\"9\",\"update_id\":\"8\",\"status\":\"closed\",\"updated_datetime\":\"2026-11-23 02:04:00\"}]";
    assert_int_equal(read_page(&d, body), ERR_OK);
    assert_string_equal(d.page.next, "t1795399200000");
    d.feed.unsettled = INT64_C(1795397200000);
    assert_int_equal(read_page(&d, body), ERR_OK);
    assert_string_equal(d.page.next, "t1795397200000");
    d.feed.unsettled = 5;
    assert_int_equal(read_page(&d, body), ERR_OK);
    assert_string_equal(d.page.next, "t1795395600000");
    struct profile_request r;
    p->ask_changes(&who, &d.request, AT, &r);
    assert_string_equal(r.target.data,
                        "/servicerequestupdates.json?jurisdiction_id=th.vn&start_date=2026-11-23T00%3A00%3A00Z&end_date=2026-11-23T03%3A05%3A00Z");
    profile_request_release(&r);
    d.request.since = "0"; /* as far back as stores must answer for */
    p->ask_changes(&whom, &d.request, AT, &r);
    assert_string_equal(r.target.data, "/servicerequestupdates.xml?start_date=2026-08-25T04%3A05%3A00Z&end_date=2026-11-23T03%3A05%3A00Z");
    profile_request_release(&r);
    assert_int_equal(read_page(&d, "[]"), ERR_OK);
    assert_string_equal(d.page.next, "0");
    assert_false(d.page.more);
    d.request.limit = 50; /* a smaller period, and the rest behind it */
    d.feed.unsettled = INT64_MAX;
    assert_int_equal(read_page(&d, "[]"), ERR_OK);
    assert_true(d.page.more);
    assert_string_not_equal(d.page.next, "0");
    d.request.since = "what another kind of store gave";
    assert_int_equal(read_page(&d, "[]"), ERR_OK);
    down_end(&d);
}

/* More than a page: the rest comes with the next, and none is left out. */
static void test_many(void **state) {
    (void)state;
    struct down d = down(CASE_RECEIVED, "t1795395600000");
    struct str body;
    str_init(&body, 1 << 20);
    d.many = true;
    for (int i = 0; i < 150; i++)
        str_addf(&body, "%c{\"service_request_id\":\"c%d\",\"update_id\":\"%d\",\"status\":\"x\",\"updated_datetime\":\"2026-11-23T01:%02d:%02dZ\"}",
                 i ? ',' : '[', i, i, i / 60, i % 60);
    str_add(&body, "]");
    assert_int_equal(read_page(&d, body.data), ERR_OK);
    assert_int_equal(d.page.count, 100);
    assert_true(d.page.more);
    assert_string_equal(d.page.items[99].id, "c99/99");
    assert_string_equal(d.page.next, "t1795395699000");
    str_release(&body);
    down_end(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_confidential),
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_answers_to_updates),
        cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_found_or_not),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_search_for_updates),
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
