/* The grammar against vectors and against a corpus of realistic messages. The rule above all others: a complaint is never swallowed by a command. */
#include "smsc/grammar.h"
#include "smsc/hints.h"

#include "firmware-host/base/crypto.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The code as the vectors write it: nine digits, a province's two in front or not, #index or ~last four. NULL: none. */
static const char *code_text(const struct parsed *p, char out[16]) {
    if (p->code_form == CODE_FORM_NONE)
        return NULL;
    if (p->code_form == CODE_FORM_FULL && p->province)
        snprintf(out, 16, "%02d-%09d", p->province, (int)p->code);
    else if (p->code_form == CODE_FORM_FULL)
        snprintf(out, 16, "%09d", (int)p->code);
    else if (p->code_form == CODE_FORM_INDEX)
        snprintf(out, 16, "#%d", (int)p->code);
    else
        snprintf(out, 16, "~%04d", (int)p->code);
    return out;
}

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static const struct {
    const char *name;
    unsigned open;
} contexts[] = {
    {"name_asked", GRAMMAR_NAME_ASKED},
    {"rating_open", GRAMMAR_RATING_OPEN},
    {"question_open", GRAMMAR_QUESTION_OPEN},
    {"list_sent", GRAMMAR_LIST_SENT},
};

static unsigned context_of(const struct json *row) {
    const char *name = json_text(row, "context");
    for (size_t i = 0; name && i < sizeof contexts / sizeof *contexts; i++)
        if (strcmp(contexts[i].name, name) == 0)
            return contexts[i].open;
    assert_null(name);
    return 0;
}

static int flag_named(const char *name) {
    static const struct {
        const char *name;
        int flag;
    } flags[] = {{"emergency", CASE_EMERGENCY}, {"scope", CASE_SCOPE_SUSPECT}, {"tax", CASE_TAX}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(flags[i].name, name) == 0)
            return flags[i].flag;
    fail_msg("no such flag: %s", name);
    return 0;
}

static int flags_of(const struct json *row) {
    const struct json *flags = json_get(row, "flags");
    int expected = 0;
    for (size_t i = 0; i < json_count(flags); i++)
        expected |= flag_named(json_text_value(json_at(flags, i)));
    return expected;
}

/* What of a row isn't as it says; NULL: all is. */
static const char *difference(const struct json *row, const struct parsed *p) {
    const char *in = json_text(row, "in"), *argument = json_text(row, "argument");
    char code[16];
    int64_t number;
    if (strcmp(verb_name(p->verb), json_text(row, "verb")) != 0)
        return "verb";
    if (!same_text(code_text(p, code), json_text(row, "code")))
        return "code";
    if (argument && (p->argument_len != strlen(argument) || strncmp(in + p->argument, argument, p->argument_len) != 0))
        return "argument";
    if (json_int(row, "rating", &number) && p->rating != number)
        return "rating";
    return json_int(row, "page", &number) && p->page != number ? "page" : NULL;
}

static void check_vector(const struct json *row) {
    struct parsed p;
    grammar_parse(json_text(row, "in"), context_of(row), &p);
    const char *what = difference(row, &p);
    what = !what && p.flags != flags_of(row) ? "flags" : what;
    if (what)
        fail_msg("\"%s\": %s: %s (%s)", json_text(row, "in"), what, verb_name(p.verb), p.why);
}

static struct json *load(const char *path) {
    struct str text;
    char block[4096];
    size_t len;
    struct json *document = NULL;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    str_init(&text, 1 << 20);
    while ((len = fread(block, 1, sizeof block, f)) > 0)
        str_add_n(&text, block, len);
    fclose(f);
    assert_int_equal(json_parse(text.data, text.len, &document), ERR_OK);
    str_release(&text);
    return document;
}

static void vectors(void **state) {
    (void)state;
    struct json *rows = load("tests/fixtures/grammar.json");
    assert_true(json_count(rows) >= 55);
    for (size_t i = 0; i < json_count(rows); i++)
        check_vector(json_at(rows, i));
    json_free(rows);
}

enum { ASKED = GRAMMAR_NAME_ASKED, DRAFT = GRAMMAR_DRAFT_ASKED };
struct row {
    const char *in;
    const char *verb;
    const char *code; /* NULL: none */
    const char *argument; /* NULL: not looked at */
    unsigned open;
};

static const struct row submissions[] = {
    {"PA Duong vao thon 3 bi sut lun", "SUBMIT", NULL, "Duong vao thon 3 bi sut lun", 0},
    {"pa: mat dien tu toi qua", "SUBMIT", NULL, "mat dien tu toi qua", 0},
    {"PA-cong thoat nuoc tac", "SUBMIT", NULL, "cong thoat nuoc tac", 0},
    {"PA.  rac thai chat dong", "SUBMIT", NULL, "rac thai chat dong", 0},
    {"PA, nha may xa khoi", "SUBMIT", NULL, "nha may xa khoi", 0},
    {"PA#den duong hong", "SUBMIT", NULL, "den duong hong", 0},
    {"PA\nduong hong\nxa Hoang Quang", "SUBMIT", NULL, "duong hong\nxa Hoang Quang", 0},
    {"  PA   nuoc sinh hoat co mui  ", "SUBMIT", NULL, "nuoc sinh hoat co mui  ", 0},
    {"\"PA nuoc ban\"", "SUBMIT", NULL, "nuoc ban\"", 0},
    {"<PA> duong hong", "SUBMIT", NULL, "duong hong", 0},
    {"PHANANH can bo hach sach", "SUBMIT", NULL, "can bo hach sach", 0},
    {"Phản ánh đường ngập", "SUBMIT", NULL, "đường ngập", 0},
    {"phản  ánh đường ngập", "SUBMIT", NULL, "đường ngập", 0},
    {"Pha\xCC\x89n a\xCC\x81nh \xC4\x91\xC6\xB0\xC6\xA1\xCC\x80ng ng\xC3\xA2\xCC\xA3p", "SUBMIT", NULL,
     "\xC4\x91\xC6\xB0\xC6\xA1\xCC\x80ng ng\xC3\xA2\xCC\xA3p", 0}, /* decomposed */
    {"Kiến nghị làm cầu", "SUBMIT", NULL, "làm cầu", 0},
    {"KN lam duong be tong", "SUBMIT", NULL, "lam duong be tong", 0},
    {"GOPY them xe buyt", "SUBMIT", NULL, "them xe buyt", 0},
    {"Góp ý thêm xe buýt", "SUBMIT", NULL, "thêm xe buýt", 0},
    {"PAKN den duong hong", "SUBMIT", NULL, "den duong hong", 0},
    {"PAKN PA den duong hong", "SUBMIT", NULL, "den duong hong", 0},
    {"PAKN TC XA CHAM CAP GIAY TO", "SUBMIT", NULL, "TC XA CHAM CAP GIAY TO", 0},
    {"\xEF\xBB\xBFPA duong hong", "SUBMIT", NULL, "duong hong", 0}, /* a byte order mark */
    {"PA\xC2\xA0"
     "duong hong",
     "SUBMIT", NULL, "duong hong", 0}, /* a no-break space */
    {"\xEF\xBC\xB0\xEF\xBC\xA1 duong hong", "SUBMIT", NULL, "duong hong", 0}, /* full-width letters */
    {"PA OK khong biet goi ai", "SUBMIT", NULL, "OK khong biet goi ai", 0},
    {"PA TC 482109304 van chua sua duong", "SUBMIT", NULL, "TC 482109304 van chua sua duong", 0},
    {"PA duong hong, soan tin gui 1022", "SUBMIT", NULL, "duong hong, soan tin gui 1022", 0},
    {"PA 5 ngay khong co nuoc", "SUBMIT", NULL, "5 ngay khong co nuoc", 0},
    {"PA so 482109304 la so nao vay, khong ai tra loi", "SUBMIT", NULL, "so 482109304 la so nao vay, khong ai tra loi", 0},
    {"KIN can bo xa nhan tien", "SUBMIT_CONF", NULL, "can bo xa nhan tien", 0},
    {"Kín: cán bộ xã nhận tiền", "SUBMIT_CONF", NULL, "cán bộ xã nhận tiền", 0},
};

static const struct row codes[] = {
    {"TC", "TRACK", NULL, NULL, 0},
    {"tc.", "TRACK", NULL, NULL, 0},
    {"TC gui 1022", "TRACK", NULL, NULL, 0},
    {"TC ma so", "TRACK", NULL, NULL, 0},
    {"TC 482109304", "TRACK", "482109304", NULL, 0},
    {"TC482109304", "TRACK", "482109304", NULL, 0},
    {"tc482.109.304", "TRACK", "482109304", NULL, 0},
    {"Tra cứu: 482 109 304", "TRACK", "482109304", NULL, 0},
    {"TRACUU482109304", "TRACK", "482109304", NULL, 0},
    {"TC 4821O93O4", "TRACK", "482109304", NULL, 0},
    {"TC 48Zl09304", "FREETEXT", NULL, NULL, 0},
    {"TC 482l09304", "TRACK", "482109304", NULL, 0},
    {"TC 482I09304", "TRACK", "482109304", NULL, 0},
    {"TC (482109304)", "TRACK", "482109304", NULL, 0},
    {"TC ma 482109304", "TRACK", "482109304", NULL, 0},
    {"TC HS: 482109304", "TRACK", "482109304", NULL, 0},
    {"TC PAKN 482109304", "TRACK", "482109304", NULL, 0},
    {"TC 482109304 gui 1022", "TRACK", "482109304", NULL, 0},
    {"TC 482109304 nhe", "TRACK", "482109304", NULL, 0},
    {"PA TC 482109304", "TRACK", "482109304", NULL, 0},
    {"PA 482109304", "TRACK", "482109304", NULL, 0},
    {"482109304", "TRACK", "482109304", NULL, 0},
    {"482 109 304", "TRACK", "482109304", NULL, 0},
    {"482109304?", "TRACK", "482109304", NULL, 0},
    {"ma so 482109304", "TRACK", "482109304", NULL, 0},
    {"PAKN 482109304", "TRACK", "482109304", NULL, 0},
    {"KQ", "TRACK", NULL, NULL, 0},
    {"Kết quả 482109304", "TRACK", "482109304", NULL, 0},
    {"Kết quả", "FREETEXT", NULL, NULL, 0},
    {"ketqua 482109304", "TRACK", "482109304", NULL, 0},
    {"TC 1", "TRACK", "#1", NULL, 0},
    {"TC3", "TRACK", "#3", NULL, 0},
    {"TC 9304", "TRACK", "~9304", NULL, 0},
    {"TC 0195", "TRACK", "~0195", NULL, 0},
    {"TC 000000195", "TRACK", "000000195", NULL, 0},
    {"TC 482109340", "BADCODE", NULL, NULL, 0},
    {"TC 48210930", "BADCODE", NULL, NULL, 0},
    {"TC 4821093040", "BADCODE", NULL, NULL, 0},
    {"TC 12", "BADCODE", NULL, NULL, 0},
    {"482109340", "BADCODE", NULL, NULL, 0},
    {"KIN 381002130", "SETCONF", "381002130", NULL, 0},
    {"GK381002130", "SETCONF", "381002130", NULL, 0},
    {"KIN 381002131", "BADCODE", NULL, NULL, 0},
    {"OK", "CONFIRM", NULL, NULL, 0},
    {"ok.", "CONFIRM", NULL, NULL, 0},
    {"OK gui 1022", "CONFIRM", NULL, NULL, 0},
    {"XN", "CONFIRM", NULL, NULL, 0},
    {"Đồng ý", "CONFIRM", NULL, NULL, 0},
    {"DY 482109304", "CONFIRM", "482109304", NULL, 0},
    {"HD", "HELP", NULL, NULL, 0},
    {"hướng dẫn", "HELP", NULL, NULL, 0},
    {"TRỢ GIÚP", "HELP", NULL, NULL, 0},
    {"???", "HELP", NULL, NULL, 0},
    {" ? ", "HELP", NULL, NULL, 0},
    {"PA HD", "HELP", NULL, NULL, 0},
    {"CD", "ACCENTS_ON", NULL, NULL, 0},
    {"kd", "ACCENTS_OFF", NULL, NULL, 0},
    {"", "IGNORE", NULL, NULL, 0},
    {" \n\t", "IGNORE", NULL, NULL, 0},
    {"...", "IGNORE", NULL, NULL, 0},
    {"\xF0\x9F\x98\x80", "IGNORE", NULL, NULL, 0}, /* an emoji */
};

/* Each begins like a command and isn't one. */
static const struct row complaints[] = {
    {"TC XA CHAM CAP GIAY TO", "FREETEXT", NULL, NULL, 0},
    {"TC 482109304 van chua thay ai den sua duong", "FREETEXT", NULL, NULL, 0},
    {"TC 2 thang roi chua co ket qua", "FREETEXT", NULL, NULL, 0},
    {"tra cuu tren mang khong duoc", "FREETEXT", NULL, NULL, 0},
    {"KQ xet nghiem nuoc cua thon toi dau", "FREETEXT", NULL, NULL, 0},
    {"ket qua giai quyet khong thoa dang", "FREETEXT", NULL, NULL, 0},
    {"HD xet duyet ho ngheo lam sai", "FREETEXT", NULL, NULL, 0},
    {"huong dan lam can cuoc qua cham", "FREETEXT", NULL, NULL, 0},
    {"KD karaoke on ao ca dem", "FREETEXT", NULL, NULL, 0},
    {"CD dan cu keu mat nuoc", "FREETEXT", NULL, NULL, 0},
    {"OK nhung duong van hong", "FREETEXT", NULL, NULL, 0},
    {"dong y cho thu phi la sai", "FREETEXT", NULL, NULL, 0},
    {"DY khong dung quy trinh", "FREETEXT", NULL, NULL, 0},
    {"xn nha nuoc xa thai ra song", "FREETEXT", NULL, NULL, 0},
    {"help toi voi, nha bi ngap", "FREETEXT", NULL, NULL, 0},
    {"HO LY BI O NHIEM", "FREETEXT", NULL, NULL, 0},
    {"MAT DIEN 3 NGAY", "FREETEXT", NULL, NULL, 0},
    {"BS Nam thu tien sai quy dinh", "FREETEXT", NULL, NULL, 0},
    {"RUT NUOC CHAM SAU MUA LON", "FREETEXT", NULL, NULL, 0},
    {"HOI THOI TU TRAI LON", "FREETEXT", NULL, NULL, 0},
    {"BAO SO 5 LAM NGAP DUONG", "FREETEXT", NULL, NULL, 0},
    {"so 5 pho Hang Bac do rac", "FREETEXT", NULL, NULL, 0},
    {"ma tuy ban o dau pho", "FREETEXT", NULL, NULL, 0},
    {"0912345678 la so cua ke lua dao", "FREETEXT", NULL, NULL, 0},
    {"482109304 la so may cua toi, nha may dien nuoc hong", "FREETEXT", NULL, NULL, 0},
    {"Đường liên thôn hỏng nặng", "FREETEXT", NULL, NULL, 0},
    {"Co ai ra xem duong khong", "FREETEXT", NULL, NULL, DRAFT},
    {"da bao nhieu lan roi", "FREETEXT", NULL, NULL, DRAFT},
    {"khong co nuoc sach", "FREETEXT", NULL, NULL, DRAFT},
    {"PA", "FREETEXT", NULL, NULL, 0},
    {"PAKN", "FREETEXT", NULL, NULL, 0},
    {"KIN", "FREETEXT", NULL, NULL, 0},
    {"PAnh oi duong hong", "FREETEXT", NULL, NULL, 0},
    {"TCXD cong trinh sai phep", "FREETEXT", NULL, NULL, 0},
    {"OKE", "FREETEXT", NULL, NULL, 0},
    {"co", "FREETEXT", NULL, NULL, 0},
    {"khong", "FREETEXT", NULL, NULL, 0},
    {"gui 1022", "FREETEXT", NULL, NULL, 0},
    {"Ten duong bi ghi sai", "FREETEXT", NULL, NULL, ASKED},
    {"TEN DUONG BI GHI SAI", "FREETEXT", NULL, NULL, ASKED},
    {"ten thon viet nham tren bien", "FREETEXT", NULL, NULL, ASKED},
    {"Tên đường bị ghi sai", "FREETEXT", NULL, NULL, ASKED},
    {"Ten duong Le Loi viet nham", "FREETEXT", NULL, NULL, ASKED},
    {"TEN TOI TRONG SO HO KHAU BI SAI", "FREETEXT", NULL, NULL, ASKED},
    {"ten trom vao nha lay xe", "FREETEXT", NULL, NULL, ASKED},
    {"ho ten trong giay khai sinh bi sai", "FREETEXT", NULL, NULL, ASKED},
    {"toi ten la gi cung duoc, duong hong thi sua di", "FREETEXT", NULL, NULL, ASKED},
    {"ten toi la gi trong danh sach", "FREETEXT", NULL, NULL, ASKED},
    {"ten le hoi bi huy", "FREETEXT", NULL, NULL, ASKED},
    {"Ten Pham Vi Sai", "FREETEXT", NULL, NULL, ASKED},
    {"Ho Ga Mat Nap", "FREETEXT", NULL, NULL, ASKED},
    {"TEN", "FREETEXT", NULL, NULL, ASKED},
    {"TEN Lan", "FREETEXT", NULL, NULL, ASKED},
    {"ten nguyen van a 12 tuoi", "FREETEXT", NULL, NULL, ASKED},
    {"Nguyen Van A", "FREETEXT", NULL, NULL, 0},
    {"ten nguyen van a", "FREETEXT", NULL, NULL, 0},
};

static const struct row answers[] = {
    {"TEN Nguyen Van A", "SETNAME", NULL, "Nguyen Van A", ASKED},
    {"TEN Nguyen Van A", "SETNAME", NULL, "Nguyen Van A", 0}, /* capitalised, and nothing else */
    {"TEN: Lê Thị Bình", "SETNAME", NULL, "Lê Thị Bình", ASKED},
    {"Tên Hồ Văn Đức", "SETNAME", NULL, "Hồ Văn Đức", ASKED},
    {"Ten Duong Minh Tuan", "SETNAME", NULL, "Duong Minh Tuan", ASKED},
    {"ten le minh tuan", "SETNAME", NULL, "le minh tuan", ASKED},
    {"TEN NGUYEN VAN A", "SETNAME", NULL, "NGUYEN VAN A", ASKED},
    {"TEN Nguyen Van A gui 1022", "SETNAME", NULL, "Nguyen Van A", ASKED},
    {"TEN Nguyen Van A.", "SETNAME", NULL, "Nguyen Van A", ASKED},
    {"TEN NGUYEN VAN A", "SETNAME", NULL, "NGUYEN VAN A", 0},
    {"Le\xCC\x82 Thi\xCC\xA3 Hoa", "SETNAME", NULL, NULL, ASKED}, /* decomposed, without TEN */
    {"Nguyen Van A", "SETNAME", NULL, "Nguyen Van A", ASKED},
    {"ten toi la nguyen van a", "SETNAME", NULL, "nguyen van a", ASKED},
    {"Toi ten Nguyen Van A", "SETNAME", NULL, "Nguyen Van A", ASKED},
    {"Họ và tên: Nguyễn Văn A", "SETNAME", NULL, "Nguyễn Văn A", ASKED},
    {"TEN La Van B", "SETNAME", NULL, "La Van B", ASKED},
    {"ok nhe", "CONFIRM", NULL, NULL, DRAFT},
    {"Vâng ạ", "CONFIRM", NULL, NULL, DRAFT},
    {"co", "CONFIRM", NULL, NULL, DRAFT},
    {"dc", "CONFIRM", NULL, NULL, DRAFT},
    {"Không", "DENY", NULL, NULL, DRAFT},
    {"ko", "DENY", NULL, NULL, DRAFT},
    {"0", "DENY", NULL, NULL, DRAFT},
    {"PA duong hong nang", "SUBMIT", NULL, NULL, DRAFT | ASKED},
    {"TC", "TRACK", NULL, NULL, DRAFT | ASKED},
};

static void check_rows(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct row *r = &rows[i];
        struct parsed p;
        char code[16];
        grammar_parse(r->in, r->open, &p);
        if (strcmp(verb_name(p.verb), r->verb) != 0 || !same_text(code_text(&p, code), r->code))
            fail_msg("\"%s\": %s %s, expected %s (%s)", r->in, verb_name(p.verb), code_text(&p, code), r->verb, p.why);
        assert_true(p.argument + p.argument_len <= strlen(r->in));
        if (r->argument && (p.argument_len != strlen(r->argument) || strncmp(r->in + p.argument, r->argument, p.argument_len) != 0))
            fail_msg("\"%s\": argument \"%.*s\", expected \"%s\"", r->in, (int)p.argument_len, r->in + p.argument, r->argument);
        if (p.verb == VERB_FREETEXT)
            assert_int_equal(p.argument, 0); /* nothing is taken off free text */
    }
}

#define CHECK(rows) check_rows((rows), sizeof(rows) / sizeof *(rows))

static void corpus(void **state) {
    (void)state;
    CHECK(submissions);
    CHECK(codes);
    CHECK(complaints);
    CHECK(answers);
}

/* ---- the large corpus ---- */

enum { COMPLAINT, PLAIN, DAMAGED, KINDS };
static const char *const kind_names[KINDS] = {"complaint", "plain", "damaged"};

static int kind_of(const struct json *row) {
    for (int i = 0; i < KINDS; i++)
        if (strcmp(json_text(row, "is"), kind_names[i]) == 0)
            return i;
    fail_msg("\"%s\": of no kind", json_text(row, "in"));
    return 0;
}

/* Swallowed: somebody's words were taken for a command, so that nobody would read them. */
static bool swallowed(const struct parsed *p) {
    return p->verb != VERB_FREETEXT && p->verb != VERB_SUBMIT && p->verb != VERB_SUBMIT_CONF;
}

static void messages(void **state) {
    (void)state;
    struct json *rows = load("tests/fixtures/corpus.json");
    int count[KINDS] = {0}, understood[KINDS] = {0}, lost = 0;
    for (size_t i = 0; i < json_count(rows); i++) {
        const struct json *row = json_at(rows, i);
        int kind = kind_of(row);
        struct parsed p;
        grammar_parse(json_text(row, "in"), context_of(row), &p);
        const char *what = difference(row, &p);
        count[kind]++;
        understood[kind] += !what;
        lost += kind == COMPLAINT && swallowed(&p);
        if (what)
            print_message("\"%s\": %s: %s (%s)\n", json_text(row, "in"), what, verb_name(p.verb), p.why);
    }
    json_free(rows);
    for (int kind = 0; kind < KINDS; kind++)
        print_message("%s: %d of %d understood\n", kind_names[kind], understood[kind], count[kind]);
    print_message("complaints swallowed: %d\n", lost);
    int all = count[COMPLAINT] + count[PLAIN] + count[DAMAGED];
    assert_true(all >= 600 && count[DAMAGED] * 4 >= all);
    assert_int_equal(lost, 0);
    assert_int_equal(understood[COMPLAINT], count[COMPLAINT]);
    assert_int_equal(understood[PLAIN], count[PLAIN]);
    assert_true(understood[DAMAGED] * 100 >= count[DAMAGED] * 95);
}

/* Whatever is open: a complaint stays one. */
static void complaints_with_everything_open(void **state) {
    (void)state;
    struct json *rows = load("tests/fixtures/corpus.json");
    for (size_t i = 0; i < json_count(rows); i++) {
        const struct json *row = json_at(rows, i);
        struct parsed p;
        if (kind_of(row) != COMPLAINT)
            continue;
        for (unsigned open = 0; open < 2 * GRAMMAR_BEHALF_ASKED; open++) {
            grammar_parse(json_text(row, "in"), open, &p);
            bool rating =
                p.verb == VERB_RATE && (open & GRAMMAR_RATING_OPEN) && strncmp(json_text(row, "in"), "DG ", 3) == 0; /* answers the question */
            if (swallowed(&p) && !rating)
                fail_msg("\"%s\" with %u open: %s (%s)", json_text(row, "in"), open, verb_name(p.verb), p.why);
        }
    }
    json_free(rows);
}

/* Each keyword in front of how complaints go on. */
static void keywords_before_complaints(void **state) {
    (void)state;
    static const char *const rest[] = {
        "bi ngap",    "khong ai sua",
        "3 ngay roi", "5 ho dan chua co",
        "cho dan",    "cho toi hoi",
        "giup dan",   "giup toi sua duong",
        "cua xa",     "cua toi bi mat",
        "2 lan",      "1 thang nay",
        "500 nghin",  "nuoc",
        "sai",        "khong duoc",
        "duong hong", "a, duong hong",
        "nha toi",    "anh em cong nhan",
        "ba con keu", "0912345678 lua dao",
        "o dau",      "di dau",
        "voi dan",    "on ao",
        "2 3 lan",    "nhieu lan",
        "roi sao im", "4 lan goi khong duoc",
        "co nuoc",    "den bao gio",
        "10 trieu",   "tu hom qua",
        "minh bach",  "em be bi ngat",
        "12 ngo 5",   "the nao cung duoc",
        "da 3 nam",   "xin viec kho",
    };
    for (size_t k = 0; keyword_at(k); k++) {
        for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
            char text[96];
            struct parsed p;
            snprintf(text, sizeof text, "%s %s", keyword_at(k)->word, rest[i]);
            grammar_parse(text, 0, &p);
            if (swallowed(&p))
                fail_msg("\"%s\": %s (%s)", text, verb_name(p.verb), p.why);
        }
    }
}

/* When an open question would change the reading, the parser says so: that is when the core looks one up. */
static void depends(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct parsed alone, asked;
        grammar_parse(answers[i].in, 0, &alone);
        grammar_parse(answers[i].in, answers[i].open, &asked);
        if (alone.verb != asked.verb)
            assert_true(alone.depends & answers[i].open);
    }
    struct parsed p;
    grammar_parse("PA Duong vao thon 3 bi sut lun", 0, &p);
    assert_int_equal(p.depends, 0);
}

static void hints(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int flags;
    } rows[] = {
        {"Cháy nhà ở thôn 5", CASE_EMERGENCY},
        {"chay nha o thon 5", CASE_EMERGENCY},
        {"nhà tôi đang cháy, cứu với", CASE_EMERGENCY},
        {"can xe CAP CUU gap!", CASE_EMERGENCY},
        {"bi cuop, hay giup", CASE_EMERGENCY},
        {"Sạt lở đường vào bản", CASE_EMERGENCY},
        {"sat lo duong vao ban", CASE_EMERGENCY},
        {"lũ cuốn trôi cầu", CASE_EMERGENCY},
        {"nuoc lu ngap nha", CASE_EMERGENCY},
        {"hoả hoạn ở chợ", CASE_EMERGENCY},
        {"Ho\xCC\x89"
         "a hoa\xCC\xA3n o cho",
         CASE_EMERGENCY}, /* decomposed */
        {"chau be bi duoi nuoc", CASE_EMERGENCY},
        {"co nguoi duoi nuoc o cau X", CASE_EMERGENCY},
        {"Toi khieu nai va to cao", CASE_SCOPE_SUSPECT},
        {"Tố cáo ông X nhận hối lộ", CASE_SCOPE_SUSPECT},
        {"To cao ông X nhận hối lộ", CASE_SCOPE_SUSPECT},
        {"đơn khiếu nại của tôi", CASE_SCOPE_SUSPECT},
        {"to cao ke giet nguoi", CASE_SCOPE_SUSPECT | CASE_EMERGENCY},
        {"thuế đất tăng vô lý", CASE_TAX},
        {"chi cuc thue huyen lam kho", CASE_TAX},
        {"cong ty tron thue", CASE_TAX},
        {"ma so thue cua toi bi khoa", CASE_TAX},
        {"Khiếu nại cán bộ thuế", CASE_TAX | CASE_SCOPE_SUSPECT},
        {"thuê nhà giá cao", 0},
        {"thue nha gia cao", 0},
        {"tien thue nha tang", 0},
        {"hop dong thue dat het han", 0},
        {"nuoc chay nha dan", 0},
        {"Nước chảy tràn ra đường", 0},
        {"nước mưa chảy nhà dân", 0},
        {"mai nha chay nuoc", 0},
        {"xe chay qua nhanh", 0},
        {"xe tai chay lon tieng ca dem", 0},
        {"bong den bi chay", 0},
        {"cay to cao sap do", 0},
        {"Cây to cao che đèn", 0},
        {"ngam duoi nuoc 3 ngay", 0},
        {"đi từ từ thôi", 0},
        {"lũ trẻ chơi trên đường", 0},
        {"lo dat cua toi", 0},
        {"may cuopc", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (hints_of(rows[i].text) != rows[i].flags)
            fail_msg("\"%s\": %d", rows[i].text, hints_of(rows[i].text));
}

static void prefixes(void **state) {
    (void)state;
    static const struct {
        const char *in, *verb;
    } rows[] = {
        {"THO TC 482109304", "TRACK"},
        {"tho: PA duong hong nang", "SUBMIT"},
        {"THO 38 TC 482109304", "TRACK"},
        {"THO PAKN TC 482109304", "TRACK"},
        {"THO MAT DIEN", "FREETEXT"},
        {"THOI TC 482109304", "FREETEXT"},
        {"38 TC", "TRACK"},
    };
    struct parsed p;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        grammar_parse_prefixed(rows[i].in, "THO 38", 0, &p);
        if (strcmp(verb_name(p.verb), rows[i].verb) != 0)
            fail_msg("\"%s\": %s (%s)", rows[i].in, verb_name(p.verb), p.why);
    }
    grammar_parse("THO TC 482109304", 0, &p);
    assert_int_equal(p.verb, VERB_FREETEXT);
}

static void officers(void **state) {
    (void)state;
    static const struct {
        const char *in;
        enum officer_verb verb;
        int32_t code;
    } rows[] = {
        {"OK 482109304", OFFICER_READ, 482109304},
        {"ok482109304", OFFICER_READ, 482109304},
        {"Ok 482-109-304.", OFFICER_READ, 482109304},
        {"OK", OFFICER_READ, 0},
        {"VIEC", OFFICER_LIST, 0},
        {"việc gui 1022", OFFICER_LIST, 0},
        {"HD", OFFICER_HELP, 0},
        {"?", OFFICER_HELP, 0},
        {"OK 482109340", OFFICER_BADCODE, 0},
        {"viec nay lau qua", OFFICER_NONE, 0},
        {"OK nhung chua xong", OFFICER_NONE, 0},
        {"PA duong hong", OFFICER_NONE, 0},
        {"", OFFICER_NONE, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct officer_parsed p;
        grammar_parse_officer(rows[i].in, &p);
        if (p.verb != rows[i].verb || p.has_code != (rows[i].code != 0) || p.code != rows[i].code)
            fail_msg("\"%s\": %d", rows[i].in, (int)p.verb);
    }
}

static void behalf(void **state) {
    (void)state;
    static const struct {
        const char *in, *parts[BEHALF_PARTS];
    } rows[] = {
        {"HO Le Thi B, thon 3 xa X, 0912345678, me toi gia yeu", {"Le Thi B", "thon 3 xa X", "0912345678", "me toi gia yeu"}},
        {"Hộ Lê Thị B, thôn 3, xã X, 0912 345 678, mẹ tôi già, yếu", {"Lê Thị B", "thôn 3, xã X", "0912 345 678", "mẹ tôi già, yếu"}},
        {"HO ba Le Thi B, 0912345678, thon 3 xa X, khong biet chu", {"ba Le Thi B", "thon 3 xa X", "0912345678", "khong biet chu"}},
        {"HO Le Thi B, thon 3, xa X, sdt: 0912.345.678", {"Le Thi B", "thon 3, xa X", "0912.345.678", ""}},
        {"HO", {"", "", "", ""}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct parsed p;
        grammar_parse(rows[i].in, 0, &p);
        assert_int_equal(p.verb, VERB_BEHALF);
        for (int part = 0; part < BEHALF_PARTS; part++) {
            char *got = mem_string_n(rows[i].in + p.behalf[part].at, p.behalf[part].len);
            assert_string_equal(got, rows[i].parts[part]);
            free(got);
        }
    }
}

static void kinds(void **state) {
    (void)state;
    struct parsed p;
    grammar_parse("KIEN NGHI lam lai cong", 0, &p);
    assert_int_equal(p.kind, CASE_KIEN_NGHI);
    grammar_parse("PA lam lai cong", 0, &p);
    assert_int_equal(p.kind, CASE_PHAN_ANH);
}

static void digits_of_bad_codes(void **state) {
    (void)state;
    struct parsed p;
    grammar_parse("TC 482-109-340", 0, &p);
    assert_string_equal(p.digits, "482109340");
    grammar_parse("TC 123456789012345678901234567890", 0, &p);
    assert_int_equal(p.verb, VERB_BADCODE);
    assert_string_equal(p.digits, "1234567890123");
}

/* Every prefix of every text, and texts of noise, give an answer within the text. */
static void hostile(void **state) {
    (void)state;
    const struct row *const lists[] = {submissions, codes, complaints, answers};
    const size_t counts[] = {sizeof submissions / sizeof *submissions, sizeof codes / sizeof *codes, sizeof complaints / sizeof *complaints,
                             sizeof answers / sizeof *answers};
    for (size_t l = 0; l < 4; l++) {
        for (size_t i = 0; i < counts[l]; i++) {
            char *text = mem_string(lists[l][i].in);
            for (size_t len = strlen(text); len > 0; len--) {
                struct parsed p;
                text[len] = '\0';
                if (!text_valid(text, len))
                    continue;
                grammar_parse(text, GRAMMAR_NAME_ASKED | GRAMMAR_DRAFT_ASKED, &p);
                assert_true(p.argument + p.argument_len <= len);
            }
            free(text);
        }
    }
    char noise[200];
    for (int round = 0; round < 2000; round++) {
        static const char pieces[] = "TC PA KIN 482109304 .-:<>()OIl\"?\n 0";
        size_t len = random_below(sizeof noise - 1);
        for (size_t i = 0; i < len; i++)
            noise[i] = pieces[random_below(sizeof pieces - 1)];
        noise[len] = '\0';
        struct parsed p;
        grammar_parse(noise, random_below(4), &p);
        assert_true(p.argument + p.argument_len <= len);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(corpus),
        cmocka_unit_test(messages),
        cmocka_unit_test(complaints_with_everything_open),
        cmocka_unit_test(keywords_before_complaints),
        cmocka_unit_test(depends),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(officers),
        cmocka_unit_test(behalf),
        cmocka_unit_test(kinds),
        cmocka_unit_test(hints),
        cmocka_unit_test(digits_of_bad_codes),
        cmocka_unit_test(hostile),
    };
    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
