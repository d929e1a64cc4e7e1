/* Phone numbers and other senders. Anything not plainly a number, a short code or a name is refused; nothing is guessed but Vietnam. */
#include "firmware-host/base/phone.h"

#include "firmware-host/base/str.h"
#include "firmware-host/base/text.h"

#include <stdio.h>
#include <string.h>

enum { E164_MIN = 7, E164_MAX = 15, SHORT_MIN = 3, SHORT_MAX = 8, NAME_MAX_CHARACTERS = 11 };

#define VIETNAM "84"
/* National significant numbers of Vietnam: mobile and old landlines 9 digits, landlines with a 3-digit area 9–10 (Circular 22/2014/TT-BTTTT). */
enum { VIETNAM_NSN_MIN = 9, VIETNAM_NSN_MAX = 10 };

static bool is_control(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

/* Blanks, dots, dashes, brackets; also the no-break and typographic ones that copied numbers carry. */
static bool is_separator(uint32_t c) {
    return c == ' ' || c == '.' || c == '-' || c == '(' || c == ')' || c == 0x00A0 || c == 0x202F || (c >= 0x2000 && c <= 0x2015);
}

static bool is_digit(uint32_t c) {
    return c >= '0' && c <= '9';
}

/* The digits between separators. A number may open with a bracket and has to end in a digit. False: something else is in it, or too many. */
static bool collect_digits(const char *text, char digits[E164_MAX + 3]) {
    size_t count = 0;
    uint32_t last = 0;
    for (uint32_t c; (c = text_next(&text)) != 0; last = c) {
        if (is_digit(c)) {
            if (count == E164_MAX + 2) /* room for a leading 00 */
                return false;
            digits[count++] = (char)c;
        } else if (!is_separator(c) || (count == 0 && c != '(')) {
            return false;
        }
    }
    digits[count] = '\0';
    return is_digit(last);
}

static enum err e164(const char *digits, struct phone *ret_phone) {
    size_t len = strlen(digits);
    if (len < E164_MIN || len > E164_MAX || digits[0] == '0')
        return ERR_INVALID;
    const char *national = digits;
    if (strncmp(digits, VIETNAM, 2) == 0) {
        national = digits + 2;
        national += *national == '0'; /* "+84 (0)912…": the trunk 0 is never part of a number of Vietnam */
        size_t national_len = strlen(national);
        if (*national == '0' || national_len < VIETNAM_NSN_MIN || national_len > VIETNAM_NSN_MAX)
            return ERR_INVALID;
    }
    *ret_phone = (struct phone){.kind = PHONE_E164};
    snprintf(ret_phone->text, sizeof ret_phone->text, "+%s%s", national == digits ? "" : VIETNAM, national);
    return ERR_OK;
}

static enum err from_national(const char *significant, struct phone *ret_phone) {
    char digits[E164_MAX + 8];
    snprintf(digits, sizeof digits, VIETNAM "%s", significant);
    return *significant == '0' ? ERR_INVALID : e164(digits, ret_phone);
}

/* Digits without a plus: as dialled in Vietnam, as networks write them, or a short code. */
static enum err from_dialled(const char *digits, struct phone *ret_phone) {
    size_t len = strlen(digits);
    if (strncmp(digits, "00", 2) == 0)
        return e164(digits + 2, ret_phone);
    if (digits[0] == '0')
        return from_national(digits + 1, ret_phone);
    if (len >= SHORT_MIN && len <= SHORT_MAX) {
        *ret_phone = (struct phone){.kind = PHONE_SHORT};
        return str_copy(ret_phone->text, sizeof ret_phone->text, digits);
    }
    if (len == VIETNAM_NSN_MIN && strchr("35789", digits[0])) /* a mobile number whose 0 a spreadsheet has eaten */
        return from_national(digits, ret_phone);
    return len > SHORT_MAX ? e164(digits, ret_phone) : ERR_INVALID;
}

static enum err alphanumeric(const char *text, struct phone *ret_phone) {
    struct phone phone = {.kind = PHONE_ALPHANUMERIC};
    if (text_codepoints(text) > NAME_MAX_CHARACTERS || str_copy(phone.text, sizeof phone.text, text) != ERR_OK)
        return ERR_INVALID;
    *ret_phone = phone;
    return ERR_OK;
}

enum err phone_parse(const char *text, struct phone *ret_phone) {
    char trimmed[4 * PHONE_TEXT_SIZE], digits[E164_MAX + 3] = "";
    text += strspn(text, " ");
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == ' ')
        len--;
    if (len == 0 || len >= sizeof trimmed || !text_valid(text, len))
        return ERR_INVALID;
    memcpy(trimmed, text, len);
    trimmed[len] = '\0';
    const char *at = trimmed;
    for (uint32_t c; (c = text_next(&at)) != 0;)
        if (is_control(c))
            return ERR_INVALID;
    if (text_letters(trimmed) > 0)
        return alphanumeric(trimmed, ret_phone);
    bool international = trimmed[0] == '+';
    if (!collect_digits(trimmed + international, digits))
        return ERR_INVALID;
    return international ? e164(digits, ret_phone) : from_dialled(digits, ret_phone);
}

bool phone_mobile(const struct phone *phone) {
    enum { DIGITS = 9 };
    return phone->kind == PHONE_E164 && strncmp(phone->text, "+84", 3) == 0 && strlen(phone->text + 3) == DIGITS && strchr("35789", phone->text[3]);
}

bool phone_equal(const struct phone *a, const struct phone *b) {
    return a->kind == b->kind && (a->kind == PHONE_NONE || strcmp(a->text, b->text) == 0);
}

/* Shows the last three digits and at most the first five, and hides at least three. */
void phone_mask(const struct phone *phone, char out[PHONE_MASK_SIZE]) {
    size_t len = strlen(phone->text);
    if (phone->kind == PHONE_NONE) {
        snprintf(out, PHONE_MASK_SIZE, "-");
    } else if (phone->kind != PHONE_E164 || len < 1 + E164_MIN) {
        snprintf(out, PHONE_MASK_SIZE, "%s", phone->text);
    } else {
        int shown = len - 1 > 11 ? 5 : (int)len - 1 - 6;
        snprintf(out, PHONE_MASK_SIZE, "%.*s***%s", shown, phone->text + 1, phone->text + len - 3);
    }
}
