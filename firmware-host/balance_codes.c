/* The table of operators, and the reader of their answers. Amounts come as 4500d, 4.500d, 12,345 VND, 4500.00 đ; days as 31/12/2026, 31-12-26,
 * 2026-12-31, with a time in front or behind. Promotional accounts and offers stand behind the main account, so the first match counts. */
#include "firmware-host/balance_codes.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/str.h"
#include "firmware-host/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define AMOUNT_MAX INT64_C(1000000000000)
enum { TEXT_MAX = 4096, WORDS_TO_DAY = 24 }; /* characters between "HSD" and its day: "den 23h59 ngay" */

#define ANY_AMOUNT "TAI KHOAN GOC|TAI KHOAN CHINH|TK GOC|TK CHINH|TKG|TKC|SO DU|BALANCE"
#define ANY_EXPIRY "HSD|HAN SU DUNG|SU DUNG DEN|HAN DUNG|HET HAN|DEN NGAY|EXPIRES|EXPIRY"

static const struct balance_code codes[CARRIER_COUNT] = {
    [CARRIER_UNKNOWN] = {"*101#", ANY_AMOUNT, ANY_EXPIRY},
    [CARRIER_VIETTEL] = {"*101#", "TKG|TAI KHOAN GOC|TK GOC", "SU DUNG DEN|HSD|HAN SU DUNG"},
    [CARRIER_VINAPHONE] = {"*101#", "TK CHINH|TKC|TAI KHOAN CHINH", "HSD|HAN SU DUNG"},
    [CARRIER_MOBIFONE] = {"*101#", "TKC|TK CHINH|TAI KHOAN CHINH", "HSD|HAN SU DUNG"},
    [CARRIER_VIETNAMOBILE] = {"*101#", "TAI KHOAN CHINH|TKC|SO DU", "HAN SU DUNG|HSD|HET HAN"},
    [CARRIER_GMOBILE] = {"*101#", "TK CHINH|TAI KHOAN CHINH|SO DU", "HSD|HAN SU DUNG"},
    [CARRIER_ITELECOM] = {"*101#", ANY_AMOUNT, ANY_EXPIRY},
    [CARRIER_WINTEL] = {"*101#", ANY_AMOUNT, ANY_EXPIRY},
};

const struct balance_code *balance_code_of(enum carrier carrier) {
    return &codes[carrier];
}

/* ---- numbers ---- */

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " ");
}

/* Digits with . or , between groups of three; a last group of one or two is a fraction, and dropped. NULL: no number. */
static const char *read_amount(const char *at, int64_t *ret_amount) {
    bool negative = *at == '-';
    int64_t n = 0;
    at += negative;
    if (!isdigit((unsigned char)*at))
        return NULL;
    for (;;) {
        for (; isdigit((unsigned char)*at); at++)
            if ((n = n * 10 + (*at - '0')) > AMOUNT_MAX)
                return NULL;
        size_t group = *at == '.' || *at == ',' ? strspn(at + 1, "0123456789") : 0;
        if (group == 1 || group == 2)
            at += 1 + group;
        if (group != 3)
            break;
        at++;
    }
    *ret_amount = negative ? -n : n;
    return at;
}

static bool is_unit(const char *at) {
    static const char *const units[] = {"VND", "DONG", "D"};
    at = skip_blanks(at);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strncmp(at, units[i], strlen(units[i])) == 0 && !isalnum((unsigned char)at[strlen(units[i])]))
            return true;
    return false;
}

static bool day_of(int a, int b, int c, bool year_first, int32_t *ret_day) {
    int year = year_first ? a : c, month = b, day = year_first ? c : a;
    int y, m, d;
    if (year < 100)
        year += 2000;
    if (year < 2000 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    int32_t number = civil_day_number(year, month, day);
    civil_from_day_number(number, &y, &m, &d);
    if (m != month) /* 31/02 */
        return false;
    *ret_day = number;
    return true;
}

/* 31/12/2026, 31-12-26, 2026-12-31 at `at`. */
static bool read_day(const char *at, int32_t *ret_day) {
    int number[3];
    size_t digits[3];
    char divider = 0;
    for (int i = 0; i < 3; i++) {
        digits[i] = strspn(at, "0123456789");
        if (digits[i] < 1 || digits[i] > 4)
            return false;
        number[i] = 0;
        for (size_t n = 0; n < digits[i]; n++)
            number[i] = number[i] * 10 + (*at++ - '0');
        if (i == 2)
            break;
        if (!strchr("/-.", *at) || !*at || (divider && *at != divider))
            return false;
        divider = *at++;
    }
    bool year_first = digits[0] == 4;
    if (digits[1] > 2 || (year_first ? digits[2] > 2 : digits[0] > 2 || (digits[2] != 2 && digits[2] != 4)))
        return false;
    return day_of(number[0], number[1], number[2], year_first, ret_day);
}

/* ---- words ---- */

/* Where one of the words ends in text, as a word of its own; NULL: nowhere behind `from`. */
static const char *behind_word(const char *text, const char *from, const char *word, size_t len) {
    for (const char *at = from; (at = strstr(at, word)) != NULL; at++) {
        bool begins = at == text || !isalnum((unsigned char)at[-1]), ends = !isalnum((unsigned char)at[len]) || isdigit((unsigned char)at[len]);
        if (begins && ends)
            return at + len;
    }
    return NULL;
}

/* Between the word and its value: "TKG: 4500d", "TK chinh = 4500", "So du la 4500d", "Tai khoan goc cua quy khach con 4500d". */
static const char *to_value(const char *at) {
    enum { FURTHEST = 24 };
    for (int i = 0; *at && i < FURTHEST; i++, at++)
        if (isdigit((unsigned char)*at) || (*at == '-' && isdigit((unsigned char)at[1])))
            return at;
    return NULL;
}

typedef bool found(const char *at, void *result);

static bool amount_here(const char *at, void *result) {
    enum { MENU_ITEMS = 100 }; /* "So du 2. Nap the": what is so small has its unit behind it */
    int32_t day;
    int64_t amount;
    at = to_value(at);
    const char *end = at && !read_day(at, &day) ? read_amount(at, &amount) : NULL;
    if (!end || (amount != 0 && amount < MENU_ITEMS && amount > -MENU_ITEMS && !is_unit(end)))
        return false;
    *(int64_t *)result = amount;
    return true;
}

static bool day_here(const char *at, void *result) {
    for (int i = 0; *at && i < WORDS_TO_DAY; i++, at++)
        if (isdigit((unsigned char)*at) && (i == 0 || !isdigit((unsigned char)at[-1])) && read_day(at, result))
            return true;
    return false;
}

static bool find(const char *text, const char *words, found *here, void *result) {
    char word[64];
    for (const char *at = words; *at;) {
        size_t len = strcspn(at, "|");
        if (len > 0 && len < sizeof word) {
            memcpy(word, at, len);
            word[len] = '\0';
            for (const char *behind = text; (behind = behind_word(text, behind, word, len)) != NULL;)
                if (here(behind, result))
                    return true;
        }
        at += len + (at[len] == '|');
    }
    return false;
}

static bool find_unit(const char *text, int64_t *ret_amount) {
    for (const char *at = text; *at; at++) {
        const char *end;
        bool begins = at == text || !strchr("0123456789.,/-", at[-1]);
        if (begins && isdigit((unsigned char)*at) && (end = read_amount(at, ret_amount)) != NULL && is_unit(end))
            return true;
    }
    return false;
}

static bool find_day(const char *text, int32_t *ret_day) {
    for (const char *at = text; *at; at++)
        if (isdigit((unsigned char)*at) && (at == text || !isdigit((unsigned char)at[-1])) && read_day(at, ret_day))
            return true;
    return false;
}

/* The dong's sign is no letter, and would be left as it is. */
static char *folded(const char *text) {
    struct str plain;
    str_init(&plain, TEXT_MAX);
    for (const char *sign; (sign = strstr(text, "₫")) != NULL; text = sign + strlen("₫")) {
        str_add_n(&plain, text, (size_t)(sign - text));
        str_add_char(&plain, 'd');
    }
    str_add(&plain, text);
    char *result = text_valid(plain.data, plain.len) ? text_fold(plain.data) : mem_string("");
    str_release(&plain);
    return result;
}

bool balance_read(const char *text, const struct balance_code *code, struct balance *ret_balance) {
    struct balance b = {.known = false};
    char *fold = folded(text);
    b.known = find(fold, code->amount, amount_here, &b.amount) || find(fold, ANY_AMOUNT, amount_here, &b.amount) || find_unit(fold, &b.amount);
    if (b.known && !find(fold, code->expiry, day_here, &b.expires) && !find(fold, ANY_EXPIRY, day_here, &b.expires))
        (void)find_day(fold, &b.expires);
    free(fold);
    *ret_balance = b;
    return b.known;
}
