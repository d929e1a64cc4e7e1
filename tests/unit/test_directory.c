/* The directory: what a file must be, how it replaces another, who is valid when, and what a text speaks of. */
#include "firmware-host/base/clock.h"
#include "firmware-host/directory_file.h"
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAMPLE "tests/fixtures/directory.conf"
#define TODAY civil_day_number(2026, 11, 23)
#define CENTRE "{ key = \"tt\"; kind = \"centre\"; name = \"TT HCC\"; }"

static struct directory *sample(void) {
    struct str problems;
    struct directory *d = NULL;
    str_init(&problems, DIRECTORY_PROBLEMS_MAX);
    if (directory_file_read(SAMPLE, &problems, &d) != ERR_OK)
        fail_msg("%s", problems.data);
    str_release(&problems);
    return d;
}

static struct directory *parse(const char *text) {
    struct str problems;
    struct directory *d = NULL;
    str_init(&problems, DIRECTORY_PROBLEMS_MAX);
    if (directory_file_parse(text, "directory.conf", &problems, &d) != ERR_OK)
        fail_msg("%s", problems.data);
    str_release(&problems);
    return d;
}

static void import_at(struct store_fixture *f, struct directory *d, int64_t now) {
    struct str problems;
    str_init(&problems, DIRECTORY_PROBLEMS_MAX);
    assert_int_equal(store_begin(f->store), ERR_OK);
    if (directory_import(f->store, d, now, &problems) != ERR_OK)
        fail_msg("%s", problems.data);
    assert_int_equal(store_commit(f->store), ERR_OK);
    str_release(&problems);
    directory_free(d);
}

static int64_t version(struct store_fixture *f) {
    int64_t v = -1;
    assert_int_equal(store_number_get(f->store, STORE_DIRECTORY_VERSION, &v), ERR_OK);
    return v;
}

/* ---- a file ---- */

static void expect_problems(const char *text, const char *expected) {
    struct str problems;
    struct directory *d = NULL;
    str_init(&problems, DIRECTORY_PROBLEMS_MAX);
    assert_int_equal(directory_file_parse(text, "directory.conf", &problems, &d), ERR_INVALID);
    assert_null(d);
    const char *told = problems.data;
    while (*told && *expected) { /* a line at a time: cmocka cuts what it prints */
        size_t a = strcspn(told, "\n") + 1, b = strcspn(expected, "\n") + 1;
        if (a != b || strncmp(told, expected, a) != 0)
            fail_msg("told:     %.*sexpected: %.*s", (int)a, told, (int)b, expected);
        told += a;
        expected += b;
    }
    assert_string_equal(told, expected);
    str_release(&problems);
}

static void every_problem_is_told_with_its_line(void **state) {
    (void)state;
    expect_problems(
        "agencies = (\n"
        "  { key = \"so-xd\"; name = \"So Xay dung\"; },\n"
        "  { key = \"so-xd\"; name = \"Sở Xây dựng\"; },\n"
        "  { key = \"so-tc\"; name = \"So Tai chinh cua tinh Thanh Hoa\"; },\n"
        "  { key = \"gt\"; kind = \"unit\"; name = \"Phong GT\"; },\n"
        "  { key = \"gt2\"; kind = \"unit\"; name = \"Phong GT\"; parent = \"so-xdd\"; },\n"
        "  { key = \"So X\"; kind = \"sở\"; name = \"a\"; color = 7; }\n"
        ");\n"
        "officers = (\n"
        "  { key = \"a\"; name = \"A\"; phone = \"12ab\"; role = \"head\"; agency = \"so-xd\"; },\n"
        "  { key = \"b\"; name = \"B\"; phone = \"0912000101\"; role = \"head\"; agency = \"so-xd\"; from = \"2026-02-01\";\n"
        "    until = \"2026-01-31\"; },\n"
        "  { key = \"c\"; name = \"C\"; phone = \"+84912000101\"; role = \"boss\"; agency = \"so-xdd\"; },\n"
        "  { key = \"d\"; name = \"D\"; phone = \"0912000102\"; role = \"head\"; agency = \"so-xd\"; until = \"2026-02-30\"; },\n"
        "  { key = \"e\"; name = \"E\"; phone = \"0912000102\"; role = \"centre\"; agency = \"so-xd\"; },\n"
        "  { key = \"e\"; name = \"F\"; phone = \"0912.000.102\"; role = \"head\"; agency = \"so-xd\"; },\n"
        "  { key = \"g\"; role = 5; }\n"
        ");\n"
        "people = 1;\n",
        "directory.conf:19: people: unknown; agencies, officers and fields are allowed\n"
        "directory.conf:7: agencies[5].color: unknown key; allowed here: key, kind, parent, name, name_accented, match\n"
        "directory.conf:17: officers[6].role: a text in quotes is allowed\n"
        "directory.conf:3: agencies[1].key: \"so-xd\" is the key of agencies[0] too (line 2)\n"
        "directory.conf:3: agencies[1].name: \"Sở Xây dựng\" holds characters outside GSM 7-bit; write it without accents: \"So Xay "
        "dung\"\n"
        "directory.conf:4: agencies[2].name: \"So Tai chinh cua tinh Thanh Hoa\" takes 31 characters; at most 27 fit the texts\n"
        "directory.conf:5: agencies[3].parent: is missing: a unit belongs to an agency, named by its key\n"
        "directory.conf:6: agencies[4].parent: unknown agency \"so-xdd\" (known: so-xd, so-tc, gt, gt2, So X)\n"
        "directory.conf:7: agencies[5].key: \"So X\": at most 31 of the characters abcdefghijklmnopqrstuvwxyz0123456789- are allowed\n"
        "directory.conf:7: agencies[5].kind: \"sở\": \"agency\", \"unit\", \"commune\", \"centre\" or \"office\" is allowed\n"
        "directory.conf: agencies: none of kind \"centre\"; the provincial service centre, which gets what nobody else has, must be there\n"
        "directory.conf:10: officers[0].phone: \"12ab\" is no phone number; like \"0912000101\" or \"+84912000101\"\n"
        "directory.conf:12: officers[1].until: 2026-01-31 is before from, 2026-02-01\n"
        "directory.conf:13: officers[2].agency: unknown agency \"so-xdd\" (known: so-xd, so-tc, gt, gt2, So X)\n"
        "directory.conf:13: officers[2].role: \"boss\": \"intake\", \"unit\", \"coordinating\", \"office\", \"centre\" or \"head\" is "
        "allowed\n"
        "directory.conf:14: officers[3].until: \"2026-02-30\" is no day; like \"2026-12-31\"\n"
        "directory.conf:15: officers[4].role: \"centre\" is a role in the service centre; \"so-xd\" is of kind \"agency\"\n"
        "directory.conf:16: officers[5].role: \"so-xd\" has another head on the same days: officers[0] (line 10)\n"
        "directory.conf:16: officers[5].key: \"e\" is the key of officers[4] too (line 15), on the same days\n"
        "directory.conf:16: officers[5].phone: \"0912.000.102\" is the phone of officers[4] too (line 15), on the same days\n"
        "directory.conf:17: officers[6].name: is missing: the officer's name\n"
        "directory.conf:17: officers[6].agency: is missing: the key of an agency\n"
        "directory.conf:17: officers[6].role: is missing: intake, unit, coordinating, office, centre or head\n");
}

static void small_mistakes(void **state) {
    (void)state;
    expect_problems("agencies = (", "directory.conf:1: syntax error; a setting is written as name = value;\n");
    expect_problems("@include \"/etc/passwd\"\n", "directory.conf: @include isn't allowed here\n");
    expect_problems("agencies = { a = 1; };", "directory.conf:1: agencies: a list ( { … }, { … } ) is allowed\n"
                                              "directory.conf: agencies: none of kind \"centre\"; the provincial service centre, which gets what "
                                              "nobody else has, must be there\n");
    expect_problems("agencies = (" CENTRE ", { key = \"t2\"; kind = \"centre\"; name = \"TT [2]\"; parent = \"tt\"; });",
                    "directory.conf:1: agencies[1].parent: only a unit has a parent; this is of kind \"centre\"\n"
                    "directory.conf:1: agencies[1].name: \"TT [2]\": none of & [ ] { } ^ ~ \\ | is allowed in a text\n"
                    "directory.conf:1: agencies[1].kind: there is another of kind \"centre\" already; one is allowed\n");
    expect_problems("agencies = (" CENTRE ");\nfields = ( { key = \"x\"; name = \"moi truong va tai nguyen\"; words = [ \"rac\", 7 ]; } );",
                    "directory.conf:2: mismatched element type in array; a setting is written as name = value;\n");
    expect_problems("agencies = (" CENTRE ");\nfields = ( { key = \"x\"; name = \"moi truong va tai nguyen\"; words = [ 7 ]; } );",
                    "directory.conf:2: fields[0].words: a text in quotes is allowed, or several: [ \"…\", \"…\" ]\n"
                    "directory.conf:2: fields[0].name: \"moi truong va tai nguyen\" takes 24 characters; at most 20 fit the texts\n");
    expect_problems("agencies = (" CENTRE ");\nofficers = ( { key = \"a\"; name = \"\\x1b[2J\"; role = \"centre\"; agency = \"tt\"; } );",
                    "directory.conf:2: officers[0].name: control characters or invalid UTF-8 in it\n"
                    "directory.conf:2: officers[0].name: is missing: the officer's name\n");
}

static void the_sample_is_good(void **state) {
    (void)state;
    struct directory *d = sample();
    assert_int_equal(d->agency_count, 19);
    assert_int_equal(d->officer_count, 26);
    directory_free(d);
}

/* ---- replacing ---- */

static void count_agency(void *context, const struct agency *a) {
    (void)a;
    ++*(int *)context;
}

static void count_head(void *context, const struct officer *o) {
    *(int *)context += o->role == ROLE_HEAD;
}

static void imported_whole_and_read_back(void **state) {
    struct store_fixture *f = *state;
    struct agency a, parent;
    struct officer o, same;
    int count = 0;
    import_at(f, sample(), FIXTURE_NOW);
    assert_int_equal(version(f), 1);
    assert_int_equal(agency_find(f->store, "so-xd-gt", &a), ERR_OK);
    assert_int_equal(a.kind, AGENCY_UNIT);
    assert_string_equal(a.name_accented, "Phòng Quản lý hạ tầng giao thông");
    assert_int_equal(agency_get(f->store, a.parent_id, &parent), ERR_OK);
    assert_string_equal(parent.key, "so-xd");
    assert_string_equal(parent.match, "SO XD|SO GIAO THONG VAN TAI|SO GTVT");
    assert_int_equal(officer_find(f->store, "xd.dung", TODAY, &o), ERR_OK);
    assert_string_equal(o.name, "Trần Quốc Dũng");
    assert_string_equal(o.phone.text, "+84912001011");
    assert_int_equal(o.role, ROLE_INTAKE);
    assert_int_equal(o.agency_id, parent.id);
    assert_int_equal(officer_by_subscriber(f->store, o.subscriber_id, TODAY, &same), ERR_OK);
    assert_int_equal(same.id, o.id);
    assert_int_equal(officer_by_subscriber(f->store, 999, TODAY, &same), ERR_NOT_FOUND);
    officer_release(&o);
    officer_release(&same);
    agency_release(&a);
    agency_release(&parent);
    assert_int_equal(agency_of_kind(f->store, AGENCY_OFFICE, &a), ERR_OK);
    assert_string_equal(a.key, "vp-ubnd");
    agency_release(&a);
    assert_int_equal(agency_list(f->store, count_agency, &count), ERR_OK);
    assert_int_equal(count, 19);
    count = 0;
    assert_int_equal(officer_list_all(f->store, count_head, &count), ERR_OK);
    assert_int_equal(count, 5);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.directory.version'"), 1);
}

static void valid_on_its_days_only(void **state) {
    struct store_fixture *f = *state;
    struct officer o;
    int64_t ids[OFFICERS_OF_ROLE_MAX];
    size_t count = 9;
    struct agency a;
    import_at(f, sample(), FIXTURE_NOW);
    assert_int_equal(agency_find(f->store, "phuong-nghi-son", &a), ERR_OK);
    assert_int_equal(officer_find(f->store, "ns.cu", civil_day_number(2026, 11, 30), &o), ERR_OK);
    officer_release(&o);
    assert_int_equal(officer_find(f->store, "ns.moi", civil_day_number(2026, 11, 30), &o), ERR_NOT_FOUND);
    assert_int_equal(officer_find(f->store, "ns.cu", civil_day_number(2026, 12, 1), &o), ERR_NOT_FOUND);
    assert_int_equal(officer_find(f->store, "ns.moi", civil_day_number(2026, 12, 1), &o), ERR_OK);
    assert_int_equal(officer_reachable(f->store, a.id, ROLE_INTAKE, civil_day_number(2026, 12, 1), ids, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(ids[0], o.id);
    officer_release(&o);
    agency_release(&a);
    assert_int_equal(agency_find(f->store, "xa-tho-xuan", &a), ERR_OK);
    assert_int_equal(officer_reachable(f->store, a.id, ROLE_INTAKE, TODAY, ids, &count), ERR_OK);
    assert_int_equal(count, 0); /* there, without a phone */
    agency_release(&a);
}

static void the_same_again_is_no_new_version(void **state) {
    struct store_fixture *f = *state;
    import_at(f, sample(), FIXTURE_NOW);
    int64_t newest = fixture_sql(f->store, "SELECT max(id) FROM officer");
    import_at(f, sample(), FIXTURE_NOW + 1000);
    assert_int_equal(version(f), 1);
    assert_int_equal(fixture_sql(f->store, "SELECT max(id) FROM officer"), newest);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM officer WHERE ended_at <> 0"), 0);
}

#define TWO_AGENCIES "agencies = (" CENTRE ", { key = \"so-xd\"; name = \"So Xay dung\"; });\n"

static void a_newer_one_replaces_it(void **state) {
    struct store_fixture *f = *state;
    struct officer before, after, other;
    struct agency a;
    import_at(f,
              parse(TWO_AGENCIES "officers = ( { key = \"a\"; name = \"A\"; phone = \"0912000101\"; role = \"intake\"; agency = \"so-xd\"; },"
                                 "{ key = \"b\"; name = \"B\"; phone = \"0912000102\"; role = \"intake\"; agency = \"so-xd\"; } );"),
              FIXTURE_NOW);
    assert_int_equal(officer_find(f->store, "a", TODAY, &before), ERR_OK);
    assert_int_equal(officer_find(f->store, "b", TODAY, &other), ERR_OK);
    /* A has another name, the same post; B another phone; so-xd has another name. */
    import_at(f,
              parse("agencies = (" CENTRE ", { key = \"so-xd\"; name = \"So XD\"; });\n"
                    "officers = ( { key = \"a\"; name = \"A moi\"; phone = \"+84912000101\"; role = \"intake\"; agency = \"so-xd\"; },"
                    "{ key = \"b\"; name = \"B\"; phone = \"0912000109\"; role = \"intake\"; agency = \"so-xd\"; } );"),
              FIXTURE_NOW + 1);
    assert_int_equal(version(f), 2);
    assert_int_equal(officer_find(f->store, "a", TODAY, &after), ERR_OK);
    assert_int_equal(after.id, before.id);
    assert_string_equal(after.name, "A moi");
    officer_release(&before);
    officer_release(&after);
    assert_int_equal(officer_find(f->store, "b", TODAY, &after), ERR_OK);
    assert_int_not_equal(after.id, other.id);
    assert_string_equal(after.phone.text, "+84912000109");
    officer_release(&after);
    assert_int_equal(officer_by_subscriber(f->store, other.subscriber_id, TODAY, &after), ERR_NOT_FOUND);
    officer_release(&other);
    /* All gone but the centre; then back: the agency's row is the same. */
    assert_int_equal(agency_find(f->store, "so-xd", &a), ERR_OK);
    assert_string_equal(a.name, "So XD");
    int64_t id = a.id;
    agency_release(&a);
    import_at(f, parse("agencies = (" CENTRE ");"), FIXTURE_NOW + 2);
    assert_int_equal(agency_find(f->store, "so-xd", &a), ERR_NOT_FOUND);
    assert_int_equal(agency_get(f->store, id, &a), ERR_OK);
    assert_false(a.active);
    agency_release(&a);
    assert_int_equal(officer_find(f->store, "a", TODAY, &after), ERR_NOT_FOUND);
    import_at(f, parse(TWO_AGENCIES), FIXTURE_NOW + 3);
    assert_int_equal(agency_find(f->store, "so-xd", &a), ERR_OK);
    assert_int_equal(a.id, id);
    agency_release(&a);
    assert_int_equal(version(f), 4);
}

static void a_bad_one_changes_nothing(void **state) {
    struct store_fixture *f = *state;
    struct str problems;
    struct directory bad = {.file = (char *)(uintptr_t) "bad.conf"};
    import_at(f, sample(), FIXTURE_NOW);
    str_init(&problems, DIRECTORY_PROBLEMS_MAX);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(directory_import(f->store, &bad, FIXTURE_NOW, &problems), ERR_INVALID);
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_non_null(strstr(problems.data, "bad.conf: agencies: none of kind"));
    str_release(&problems);
    assert_int_equal(version(f), 1);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM officer WHERE ended_at = 0"), 26);
}

static void names_and_phones_are_sealed(void **state) {
    struct store_fixture *f = *state;
    import_at(f, sample(), FIXTURE_NOW);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM officer WHERE instr(name_sealed, CAST('Dũng' AS BLOB)) > 0"), 0);
}

/* ---- what a text speaks of ---- */

static void expect_match(struct store_fixture *f, const char *text, const char *agency, const char *commune, const char *field) {
    struct directory_hint hint;
    assert_int_equal(directory_match(f->store, text, &hint), ERR_OK);
    const char *keys[] = {agency, commune};
    int64_t ids[] = {hint.agency_id, hint.commune_id};
    for (int i = 0; i < 2; i++) {
        struct agency a = {0};
        if (ids[i])
            assert_int_equal(agency_get(f->store, ids[i], &a), ERR_OK);
        const char *found = a.key ? a.key : "-";
        if (strcmp(found, keys[i]) != 0)
            fail_msg("\"%s\" names %s, not %s", text, found, keys[i]);
        agency_release(&a);
    }
    assert_string_equal(hint.field ? hint.field : "-", field);
}

static void agencies_communes_and_fields_are_found(void **state) {
    struct store_fixture *f = *state;
    expect_match(f, "duong vao thon 3 bi sut lun", "-", "-", "ha-tang"); /* an empty directory still knows fields */
    import_at(f, sample(), FIXTURE_NOW);
    expect_match(f, "Bãi rác ở xã Hoằng Quang bốc mùi hôi thối", "xa-hoang-quang", "xa-hoang-quang", "moi-truong");
    expect_match(f, "bai rac o x.hoang quang, thon 3", "xa-hoang-quang", "xa-hoang-quang", "moi-truong");
    expect_match(f, "SO GTVT SUA DUONG O HOANG HOA CHUA XONG", "so-xd", "xa-hoang-hoa", "ha-tang");
    expect_match(f, "ubnd phuong sam son giu ho so cua toi", "phuong-sam-son", "phuong-sam-son", "thu-tuc");
    expect_match(f, "So Tai chinh, so xay dung", "so-tc", "-", "-"); /* the longer name */
    expect_match(f, "Hoang Quan va Quangxa", "-", "-", "-");
    expect_match(f, "", "-", "-", "-");
    expect_match(f, "mat dien ca xom", "-", "-", "ha-tang");
    expect_match(f, "...---...", "-", "-", "-");
}

static void a_name_of_two_says_nothing(void **state) {
    struct store_fixture *f = *state;
    import_at(f,
              parse("agencies = (" CENTRE ", { key = \"x\"; kind = \"commune\"; name = \"xa Tan Binh\"; },"
                    "{ key = \"p\"; kind = \"commune\"; name = \"phuong Tan Binh\"; });"
                    "fields = ( { key = \"mt\"; name = \"moi truong\"; words = [ \"rác\", \"khói bụi\" ]; } );"),
              FIXTURE_NOW);
    expect_match(f, "nha may o Tan Binh xa khoi bui", "-", "-", "mt");
    expect_match(f, "nha may o phuong Tan Binh", "p", "p", "-");
    char *name = NULL;
    assert_int_equal(field_name(f->store, "mt", &name), ERR_OK);
    assert_string_equal(name, "moi truong");
    free(name);
    assert_int_equal(field_name(f->store, "thue", &name), ERR_NOT_FOUND);
}

static void what_is_remembered_follows_a_rollback(void **state) {
    struct store_fixture *f = *state;
    struct str problems;
    struct directory *d = sample();
    str_init(&problems, DIRECTORY_PROBLEMS_MAX);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(directory_import(f->store, d, FIXTURE_NOW, &problems), ERR_OK);
    expect_match(f, "xa Hoang Quang", "xa-hoang-quang", "xa-hoang-quang", "-");
    store_rollback(f->store);
    expect_match(f, "xa Hoang Quang", "-", "-", "-");
    str_release(&problems);
    directory_free(d);
}

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_problem_is_told_with_its_line),
        cmocka_unit_test(small_mistakes),
        cmocka_unit_test(the_sample_is_good),
        ON_A_STORE(imported_whole_and_read_back),
        ON_A_STORE(valid_on_its_days_only),
        ON_A_STORE(the_same_again_is_no_new_version),
        ON_A_STORE(a_newer_one_replaces_it),
        ON_A_STORE(a_bad_one_changes_nothing),
        ON_A_STORE(names_and_phones_are_sealed),
        ON_A_STORE(agencies_communes_and_fields_are_found),
        ON_A_STORE(a_name_of_two_says_nothing),
        ON_A_STORE(what_is_remembered_follows_a_rollback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
