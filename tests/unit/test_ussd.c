/* The USSD codec: requests in three forms, replies in every disguise that users of other gateways have met, how far a reply goes, and every prefix of
 * all of them. Packed and UCS-2 vectors were made by another program from TS 23.038. The numbers in names are those complaints' (gammu #513, #377,
 * #358, #179, #292, #455; chan_dongle of bg111 #98, of wdoekes #180 …). */
#include "modem/ussd.h"

#include "firmware-host/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- requests ---- */

static void check_request(enum ussd_form form, const char *text, enum err result, const char *expected) {
    struct str to;
    str_init(&to, 1024);
    assert_int_equal(ussd_request(form, text, &to), result);
    assert_string_equal(to.data, expected);
    str_release(&to);
}

static void test_requests(void **state) {
    (void)state;
    check_request(USSD_PLAIN, "*101#", ERR_OK, "*101#");
    check_request(USSD_UCS2, "*101#", ERR_OK, "002A0031003000310023");
    check_request(USSD_PACKED, "*101#", ERR_OK, "AA182C3602");
    check_request(USSD_PACKED, "1", ERR_OK, "31");
    check_request(USSD_UCS2, "Số", ERR_OK, "00531ED1");
}

/* Seven septets leave seven bits over: without the CR a network reads an @ more (bg111#98). */
static void test_peers_52_seven_characters(void **state) {
    (void)state;
    check_request(USSD_PACKED, "1234567", ERR_OK, "31D98C56B3DD1A");
    check_request(USSD_PACKED, "*101*1#", ERR_OK, "AA182CA68A8D1A");
}

static void test_requests_refused(void **state) {
    char longest[256], octets[512];
    struct str to;
    (void)state;
    check_request(USSD_PLAIN, "", ERR_INVALID, "");
    check_request(USSD_PLAIN, "*101#\r", ERR_INVALID, "");
    check_request(USSD_UCS2, "\xff", ERR_INVALID, "");
    check_request(USSD_PLAIN, "1\",15;+CMGD=1", ERR_UNSUPPORTED, "");
    check_request(USSD_PLAIN, "a@b", ERR_UNSUPPORTED, "");
    check_request(USSD_PLAIN, "Số", ERR_UNSUPPORTED, "");
    check_request(USSD_PACKED, "Số", ERR_UNSUPPORTED, "");
    memset(longest, '1', sizeof longest);
    for (enum ussd_form form = USSD_PLAIN; form < USSD_FORM_COUNT; form++) {
        longest[USSD_SEPTETS_MAX] = '\0';
        str_init(&to, 1024);
        assert_int_equal(ussd_request(form, longest, &to), ERR_OK);
        str_release(&to);
        longest[USSD_SEPTETS_MAX] = '1';
        longest[USSD_SEPTETS_MAX + 1] = '\0';
        check_request(form, longest, ERR_TOO_LONG, "");
        longest[USSD_SEPTETS_MAX + 1] = '1';
    }
    for (size_t i = 0; i <= USSD_UCS2_MAX; i++)
        memcpy(octets + 2 * i, "đ", 2);
    octets[2 * (USSD_UCS2_MAX + 1)] = '\0';
    check_request(USSD_UCS2, octets, ERR_TOO_LONG, "");
}

/* ---- replies ---- */

#define PACKED_TKG "D4E55107A2D56030B20B849C1241B3D82B267BC960321B"
#define TKG "TKG: 4500d. HSD 31/12/2026"
#define UCS2_TK \
    "005400E000690020006B0068006F1EA3006E002000671ED10063003A002000310032002E0033003400350111002E0020004800530044003A002000330031002F00310032002F00" \
    "32" \
    "003000320036"
#define TK "Tài khoản gốc: 12.345đ. HSD: 31/12/2026"

static const struct {
    const char *line;
    enum ussd_form hint;
    enum ussd_status status;
    int scheme;
    const char *text;
} replies[] = {
    /* no text */
    {"+CUSD: 4", USSD_PLAIN, USSD_NOT_SUPPORTED, -1, ""},
    {"+CUSD: 5", USSD_PLAIN, USSD_NO_ANSWER, -1, ""},
    {"+CUSD:2", USSD_PLAIN, USSD_ENDED, -1, ""},
    {"+CUSD: 3,", USSD_PLAIN, USSD_ELSEWHERE, -1, ""},
    {"+CUSD: 0,\"\",15", USSD_PLAIN, USSD_DONE, 15, ""},
    /* plain, with the schemes that modems say of it, or none */
    {"+CUSD: 0,\"" TKG "\",15", USSD_PLAIN, USSD_DONE, 15, TKG},
    {"+CUSD: 0, \"" TKG "\", 15", USSD_UCS2, USSD_DONE, 15, TKG},
    {"+CUSD: 0,\"" TKG "\",72", USSD_PACKED, USSD_DONE, 72, TKG},
    {"+CUSD: 0,\"" TKG "\",0", USSD_PLAIN, USSD_DONE, 0, TKG},
    {"+CUSD: 0,\"" TKG "\",68", USSD_PLAIN, USSD_DONE, 68, TKG},
    {"+CUSD: 0,\"" TKG "\"", USSD_PLAIN, USSD_DONE, -1, TKG},
    {"+CUSD: 0," TKG ",15", USSD_PLAIN, USSD_DONE, 15, TKG},
    {"+CUSD: 1,\"Menu\n1. So du\n2. Nap the\",15", USSD_PLAIN, USSD_ASKS, 15, "Menu\n1. So du\n2. Nap the"},
    {"+CUSD: 1,\"Goi \"HOT\", 5.000d\nSoan \"1\"\",15", USSD_PLAIN, USSD_ASKS, 15, "Goi \"HOT\", 5.000d\nSoan \"1\""},
    {"+CUSD: 0,\"S\xe9rie\",15", USSD_PLAIN, USSD_DONE, 15, "Série"}, /* ISO 8859-1 */
    {"+CUSD: 0,\"Tài khoản: 5đ\",15", USSD_PLAIN, USSD_DONE, 15, "Tài khoản: 5đ"}, /* UTF-8 */
    {"+CUSD: 0,\"5000\",15", USSD_PLAIN, USSD_DONE, 15, "5000"}, /* digits that would be hex, too */
    {"+CUSD: 0,\"12345678\",15", USSD_UCS2, USSD_DONE, 15, "12345678"},
    {"+CUSD: 0,\"2015\",15", USSD_PLAIN, USSD_DONE, 15, "2015"},
    {"+CUSD: 0,\"0912345678\",15", USSD_PLAIN, USSD_DONE, 15, "0912345678"},
    {"+CUSD: 0,\"BAD\",15", USSD_PLAIN, USSD_DONE, 15, "BAD"},
    {"+CUSD: 0,\"DEAD\",15", USSD_PLAIN, USSD_DONE, 15, "DEAD"},
    /* UCS-2 in hex */
    {"+CUSD: 0,\"" UCS2_TK "\",72", USSD_PLAIN, USSD_DONE, 72, TK},
    {"+CUSD: 2,\"" UCS2_TK "\",15", USSD_UCS2, USSD_ENDED, 15, TK}, /* M35 (gammu #358) */
    {"+CUSD: 0,\"" UCS2_TK "\",0", USSD_PACKED, USSD_DONE, 0, TK},
    {"+CUSD: 0,\"" UCS2_TK "\"", USSD_PACKED, USSD_DONE, -1, TK},
    {"+CUSD: 0,\"7637" UCS2_TK "\",17", USSD_PLAIN, USSD_DONE, 17, TK}, /* a language in front */
    {"+CUSD: 0,\"" UCS2_TK "\",17", USSD_PLAIN, USSD_DONE, 17, TK}, /* said, and none there */
    {"+CUSD: 1,\"0031002E002000531ED10020006401B0000A0032002E0020004E1EA100700020007400681EBB\",72", USSD_PLAIN, USSD_ASKS, 72,
     "1. Số dư\n2. Nạp thẻ"},
    {"+CUSD: 0,\"04110430043B0430043D0441002000320030\",72", USSD_PLAIN, USSD_DONE, 72, "Баланс 20"},
    {"+CUSD: 0,\"0031\",15", USSD_UCS2, USSD_DONE, 15, "1"},
    /* packed septets in hex */
    {"+CUSD: 0,\"" PACKED_TKG "\",15", USSD_PACKED, USSD_DONE, 15, TKG},
    {"+CUSD: 0,\"" PACKED_TKG "\",15", USSD_PLAIN, USSD_DONE, 15, TKG}, /* from a model that nobody listed */
    {"+CUSD: 0,\"" PACKED_TKG "\",72", USSD_UCS2, USSD_DONE, 72, TKG},
    {"+CUSD: 0,\"" PACKED_TKG "\",1", USSD_PACKED, USSD_DONE, 1, TKG}, /* bg111#98 */
    {"+CUSD: 0,\"" PACKED_TKG "\"", USSD_PLAIN, USSD_DONE, -1, TKG},
    {"+CUSD: 0,\"F674831A4E83D6E877D8AD03D560301819\",16", USSD_PACKED, USSD_DONE, 16, "Tai khoan: 5000d"}, /* a language and a CR in front */
    {"+CUSD: 0,\"31D98C56B3DD1A\",15", USSD_PACKED, USSD_DONE, 15, "1234567"},
    {"+CUSD: 0,\"31D98C56B3DD00\",15", USSD_PACKED, USSD_DONE, 15, "1234567"}, /* filled with nothing */
    {"+CUSD: 1,\"31\",15", USSD_PACKED, USSD_ASKS, 15, "1"},
    /* octets in hex: AT+CSCS="HEX", 8-bit data */
    {"+CUSD: 0,\"42616C616E63652035303030\",68", USSD_PLAIN, USSD_DONE, 68, "Balance 5000"},
    {"+CUSD: 0,\"42616c616e63652035303030\",15", USSD_PLAIN, USSD_DONE, 15, "Balance 5000"},
};

static void test_peers_52_replies(void **state) {
    struct ussd_reply reply;
    (void)state;
    for (size_t i = 0; i < COUNT(replies); i++) {
        assert_true(ussd_parse(replies[i].line, replies[i].hint, &reply));
        if (strcmp(reply.text, replies[i].text) != 0)
            print_message("%s\n", replies[i].line);
        assert_string_equal(reply.text, replies[i].text);
        assert_int_equal(reply.status, replies[i].status);
        assert_int_equal(reply.scheme, replies[i].scheme);
    }
}

/* An emoji's two units, and one of them alone; what is cut inside a character (53, 54). */
static void test_peers_53_surrogates(void **state) {
    struct ussd_reply reply;
    (void)state;
    assert_true(ussd_parse("+CUSD: 0,\"0031D83DDE000032\",72", USSD_UCS2, &reply));
    assert_string_equal(reply.text, "1😀2");
    assert_true(ussd_parse("+CUSD: 0,\"00540061006900200031D83D\",72", USSD_UCS2, &reply));
    assert_true(text_valid(reply.text, strlen(reply.text)));
    assert_true(ussd_parse("+CUSD: 0,\"a\xf0\x9f\x98\",15", USSD_PLAIN, &reply));
    assert_true(text_valid(reply.text, strlen(reply.text)));
}

/* The longest texts come whole: 182 septets, also as UCS-2; 80 units outside the alphabet. */
static void test_peers_54_longest(void **state) {
    struct ussd_reply reply;
    struct str line;
    char text[USSD_SEPTETS_MAX + 1];
    (void)state;
    for (size_t i = 0; i < USSD_SEPTETS_MAX; i++)
        text[i] = (char)(i % 7 == 6 ? ' ' : 'a' + i % 26);
    text[USSD_SEPTETS_MAX - 1] = '.';
    text[USSD_SEPTETS_MAX] = '\0';
    for (enum ussd_form form = USSD_PLAIN; form < USSD_FORM_COUNT; form++) {
        str_init(&line, 1024);
        str_add(&line, "+CUSD: 0,\"");
        assert_int_equal(ussd_request(form, text, &line), ERR_OK);
        str_add(&line, "\",15");
        assert_true(ussd_parse(line.data, USSD_PLAIN, &reply));
        assert_string_equal(reply.text, text);
        str_release(&line);
    }
}

/* What one side writes the other reads, at every length. */
static void test_forms_agree(void **state) {
    struct ussd_reply reply;
    struct str line;
    static const char alphabet[] = "So du tai khoan: 12.345d, HSD 31/12/2026 (TKG) ";
    (void)state;
    for (enum ussd_form form = USSD_PLAIN; form < USSD_FORM_COUNT; form++)
        for (size_t len = 5; len < 160; len++) {
            char text[161];
            for (size_t i = 0; i < len; i++)
                text[i] = alphabet[i % (sizeof alphabet - 1)];
            text[len - 1] = '.';
            text[len] = '\0';
            str_init(&line, 1024);
            str_add(&line, "+CUSD: 1,\"");
            assert_int_equal(ussd_request(form, text, &line), ERR_OK);
            str_add(&line, "\"");
            assert_true(ussd_parse(line.data, form, &reply));
            assert_string_equal(reply.text, text);
            str_release(&line);
        }
}

static void test_no_reply(void **state) {
    static const char *const lines[] = {"", "+CUSD", "+CUSD:", "+CUSD: 6", "+CUSD: 10", "+CUSD: x,\"a\",15", "+CUSE: 0", "OK", "+CUSD: ,\"a\""};
    struct ussd_reply reply;
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_false(ussd_parse(lines[i], USSD_PLAIN, &reply));
}

static void test_extent(void **state) {
    static const struct {
        const char *text;
        enum ussd_extent extent;
    } rows[] = {
        {"+CUSD: 4", USSD_WHOLE},
        {"+CUSD: 0,TKG: 4500d", USSD_WHOLE},
        {"+CUSD: 0,\"a\",15", USSD_WHOLE},
        {"+CUSD: 0, \"a\" , 15 ", USSD_WHOLE},
        {"+CUSD: 0,\"a\",15\xff", USSD_WHOLE},
        {"+CUSD: 0,\"a\"", USSD_PERHAPS},
        {"+CUSD: 0,\"a\",", USSD_PERHAPS},
        {"+CUSD: 1,\"Goi \"HOT\"", USSD_PERHAPS},
        {"+CUSD: 1,\"Goi \"HOT\"\n1. Mua\",15", USSD_WHOLE},
        {"+CUSD: 1,\"", USSD_OPEN},
        {"+CUSD: 1,\"Menu", USSD_OPEN},
        {"+CUSD: 1,\"Menu\n1. \"A\" va B", USSD_OPEN},
        {"+CUSD: 1,\"a\",300", USSD_OPEN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(ussd_extent(rows[i].text), rows[i].extent);
}

/* Every prefix of every reply, and each with single bits turned over: a text or none, never more than fits. */
static void test_prefixes_and_bits(void **state) {
    struct ussd_reply reply;
    char line[2048];
    (void)state;
    for (size_t i = 0; i < COUNT(replies); i++)
        for (size_t len = 0; len <= strlen(replies[i].line); len++)
            for (unsigned bit = 0; bit <= 8; bit++) {
                snprintf(line, sizeof line, "%.*s", (int)len, replies[i].line);
                if (bit < 8 && len > 0)
                    line[len - 1] = (char)((unsigned char)line[len - 1] ^ 1U << bit);
                (void)ussd_extent(line);
                if (ussd_parse(line, USSD_PLAIN, &reply))
                    assert_true(text_valid(reply.text, strlen(reply.text)));
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_peers_52_seven_characters),
        cmocka_unit_test(test_requests_refused),
        cmocka_unit_test(test_peers_52_replies),
        cmocka_unit_test(test_peers_53_surrogates),
        cmocka_unit_test(test_peers_54_longest),
        cmocka_unit_test(test_forms_agree),
        cmocka_unit_test(test_no_reply),
        cmocka_unit_test(test_extent),
        cmocka_unit_test(test_prefixes_and_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
