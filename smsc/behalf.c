/* The phone number is found first; what stands before it is name and address, what stands behind it the reason. Where people put it second, the
 * address follows it; where they put it last, no reason was given. */
#include "smsc/behalf.h"

#include "firmware-host/base/phone.h"
#include "firmware-host/base/str.h"
#include "smsc/keywords.h"
#include "smsc/names.h"
#include "smsc/words.h"

#include <stdio.h>
#include <string.h>

enum { PIECES_LEAST = 4, PIECES_MAX = 16, NUMBER_SIZE = 40 };
#define BLANKS " \t\r\n"

/* Without the blanks around it. */
static struct place trimmed(const char *text, size_t from, size_t to) {
    while (from < to && strchr(BLANKS, text[from]))
        from++;
    while (to > from && strchr(BLANKS, text[to - 1]))
        to--;
    return (struct place){.at = from, .len = to - from};
}

/* The pieces between commas; the last takes what is too many. */
static size_t split(const char *text, size_t at, size_t limit, struct place pieces[PIECES_MAX]) {
    size_t count = 0;
    for (size_t from = at;;) {
        const char *comma = memchr(text + from, ',', limit - from);
        size_t to = comma && count + 1 < PIECES_MAX ? (size_t)(comma - text) : limit;
        pieces[count++] = trimmed(text, from, to);
        if (to == limit)
            return count;
        from = to + 1;
    }
}

/* "dt: 0912 345 678" is the place of the number; a piece with other words is none. */
static bool phone_place(const char *text, const struct place *piece, struct place *ret) {
    size_t at = piece->at, end = piece->at + piece->len;
    char number[NUMBER_SIZE];
    struct phone phone;
    for (struct word w = word_at(text, at, end); !word_none(&w) && (keyword_classes(w.folded) & WORD_PHONE); w = word_at(text, at, end))
        at = w.end;
    at = words_skip(text, at, " \t\r\n:.-");
    while (end > at && text[end - 1] == '.')
        end--;
    if (at >= end || end - at >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)(end - at), text + at);
    if (phone_parse(number, &phone) != ERR_OK || phone.kind != PHONE_E164)
        return false;
    *ret = (struct place){.at = at, .len = end - at};
    return true;
}

/* From the piece `from` to the piece `to`, both included, with the commas between them. */
static struct place joined(const struct place *pieces, size_t from, size_t to) {
    if (from > to)
        return (struct place){.at = pieces[to].at + pieces[to].len, .len = 0};
    return (struct place){.at = pieces[from].at, .len = pieces[to].at + pieces[to].len - pieces[from].at};
}

bool behalf_parse(const char *text, size_t at, size_t limit, struct place ret[BEHALF_PARTS]) {
    struct place pieces[PIECES_MAX], name, phone;
    size_t count = split(text, at, limit, pieces), found = 0;
    for (size_t i = 1; i < count && found == 0; i++)
        found = phone_place(text, &pieces[i], &phone) ? i : 0;
    if (count < PIECES_LEAST || found == 0 || !names_represented(text, pieces[0].at, pieces[0].at + pieces[0].len, &name))
        return false;
    bool second = found == 1;
    ret[BEHALF_NAME] = name;
    ret[BEHALF_PHONE] = phone;
    ret[BEHALF_ADDRESS] = second ? pieces[2] : joined(pieces, 1, found - 1);
    ret[BEHALF_REASON] = joined(pieces, second ? 3 : found + 1, count - 1);
    return true;
}
