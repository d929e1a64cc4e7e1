/* Groups of digits are joined while nothing but one blank, dot or dash is between them, and tried at every length: "thon 3 0912 345 678" has one
 * number that counts. The few words in front say what a number is. */
#include "smsc/numbers.h"

#include "smsc/words.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 19, DIGITS_LEAST = 6, BEFORE = 5, PHONE_DIGITS = 10, IDENTITY_DIGITS = 12, OLD_IDENTITY_DIGITS = 9, PROVINCES = 96 };

struct scan {
    const char *text;
    size_t limit;
    char before[BEFORE][WORD_SIZE]; /* the words in front of the number, the nearest first */
    const struct phone *sender;
    int found;
};

static void remember(struct scan *s, const char *folded) {
    memmove(s->before[1], s->before[0], sizeof s->before - sizeof s->before[0]);
    snprintf(s->before[0], sizeof s->before[0], "%s", folded);
}

/* ---- what the words in front say ---- */

static bool near_word(const struct scan *s, int within, const char *list) {
    for (int i = 0; i < within; i++)
        if (words_in_list(list, s->before[i]))
            return true;
    return false;
}

static bool behind(const struct scan *s, const char *first, const char *second) {
    for (int i = 0; i < 2; i++)
        if (strcmp(s->before[i + 1], first) == 0 && strcmp(s->before[i], second) == 0)
            return true;
    return false;
}

static bool no_persons(const struct scan *s) {
    static const char *const pairs[][2] = {{"MA", "SO"},    {"MA", "KH"},   {"KHACH", "HANG"}, {"HOP", "DONG"}, {"HO", "SO"},
                                           {"BIEN", "LAI"}, {"CONG", "TO"}, {"DAY", "NONG"},   {"TONG", "DAI"}, {"QUYET", "DINH"}};
    if (near_word(s, 2, "MST THUE MKH KH HD HS SERI SERIAL IMEI HOTLINE"))
        return true;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (behind(s, pairs[i][0], pairs[i][1]))
            return true;
    return false;
}

#define KINDS "LA SO SDT DT DTDD DIEN THOAI QUA THEO MAY CCCD CMND STK CUA O"
#define ONESELF "TOI EM CHAU MINH TUI CON"

/* The nearest word, in front or behind, that isn't about what kind of number it is: "sdt cua toi la …", "… la so cua toi". */
static bool called_own(const struct scan *s, size_t end) {
    struct word w = word_at(s->text, end, s->limit);
    bool says_so = strcmp(w.folded, "LA") == 0;
    int i = 0;
    while (i < BEFORE && words_in_list(KINDS, s->before[i]))
        i++;
    if (i < BEFORE && words_in_list(ONESELF, s->before[i]))
        return true;
    for (i = 0; i < BEFORE && words_in_list(KINDS, w.folded); i++)
        w = word_at(s->text, w.end, s->limit);
    return says_so && words_in_list(ONESELF, w.folded);
}

static bool identity(const struct scan *s) {
    return near_word(s, 3, "CMND CMT CMTND CCCD") || behind(s, "CAN", "CUOC") || behind(s, "CHUNG", "MINH") || behind(s, "MINH", "THU");
}

static bool account(const struct scan *s) {
    return near_word(s, 3, "STK") || behind(s, "TAI", "KHOAN");
}

/* ---- what the digits say ---- */

static bool senders(const struct scan *s, const struct phone *phone) {
    return s->sender && phone_equal(s->sender, phone);
}

/* 12 digits of an identity number begin with 0 and a province (Circular 59/2021/TT-BCA: 001 to 096). */
static bool identity_shape(const char *digits, size_t count) {
    int province = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0';
    return count == IDENTITY_DIGITS && province >= 1 && province <= PROVINCES;
}

/* Whether these digits, which end there, are such a number; then s->found says so. */
static bool judge(struct scan *s, const char *digits, size_t count, size_t end) {
    struct phone phone;
    bool service = (count >= 8 && count <= PHONE_DIGITS) && (strncmp(digits, "1900", 4) == 0 || strncmp(digits, "1800", 4) == 0);
    bool typed_as_phone = (count == PHONE_DIGITS && digits[0] == '0') || (count == 11 && strncmp(digits, "84", 2) == 0);
    bool mobile = typed_as_phone && phone_parse(digits, &phone) == ERR_OK && phone_mobile(&phone);
    bool others = (count == OLD_IDENTITY_DIGITS && identity(s)) || identity_shape(digits, count) || (count >= DIGITS_LEAST && account(s));
    if (mobile || service)
        s->found |= NUMBERS_TO_CALL;
    if (mobile && !others)
        others = !senders(s, &phone);
    if (others && !called_own(s, end) && !no_persons(s))
        s->found |= NUMBERS_OF_OTHERS;
    return mobile || service || others;
}

/* The digits at the end of a word, *ret_letters of it in front: "SDT0912345678". */
static size_t digits_of(const struct word *w, size_t *ret_letters) {
    size_t letters = strcspn(w->folded, "0123456789");
    size_t digits = strspn(w->folded + letters, "0123456789");
    *ret_letters = letters;
    return w->folded[letters + digits] == '\0' ? digits : 0;
}

/* An account's digits are as many as there are; all others have their length. Returns behind what was looked at. */
static size_t number_at(struct scan *s, const struct word *first, size_t letters) {
    char digits[DIGITS_MAX + 1];
    size_t count = 0;
    struct word w = *first;
    for (size_t skip = letters;; skip = 0) {
        size_t more = strlen(w.folded + skip);
        if (count + more > DIGITS_MAX)
            break;
        memcpy(digits + count, w.folded + skip, more + 1);
        count += more;
        struct word next = word_at(s->text, w.end, s->limit);
        bool goes_on = !word_none(&next) && next.start == w.end + 1 && strchr(" .-", s->text[w.end]) &&
                       next.folded[strspn(next.folded, "0123456789")] == '\0' && next.folded[0];
        if ((!account(s) || !goes_on) && judge(s, digits, count, w.end))
            return w.end;
        if (!goes_on)
            break;
        w = next;
    }
    return first->end;
}

int numbers_in(const char *text, const struct phone *sender) {
    struct scan s = {.text = text, .limit = strlen(text), .sender = sender};
    for (struct word w = word_at(text, 0, s.limit); !word_none(&w);) {
        size_t letters = 0, end = w.end;
        if (digits_of(&w, &letters) == 0) {
            remember(&s, w.folded);
        } else {
            char prefix[WORD_SIZE];
            snprintf(prefix, sizeof prefix, "%.*s", (int)letters, w.folded);
            if (letters)
                remember(&s, prefix);
            end = number_at(&s, &w, letters);
            if (!letters)
                remember(&s, w.folded);
        }
        w = word_at(text, end, s.limit);
    }
    return s.found;
}
