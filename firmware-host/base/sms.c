/* Encodings, concatenation, and the cutting of a text into segments: greedy, since filling each segment as far as allowed gives the
 * fewest. A cut falls only between characters, which keeps escape and surrogate pairs whole by itself. */
#include "firmware-host/base/sms.h"

#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/text.h"

#include <string.h>

static const char *const encoding_names[] = {[SMS_GSM7] = "gsm7", [SMS_8BIT] = "8bit", [SMS_UCS2] = "ucs2"};
#define ENCODING_COUNT (sizeof encoding_names / sizeof *encoding_names)

const char *sms_encoding_name(enum sms_encoding e) {
    return (size_t)e < ENCODING_COUNT ? encoding_names[e] : "?";
}

enum err sms_encoding_parse(const char *name, enum sms_encoding *ret_encoding) {
    for (size_t i = 0; i < ENCODING_COUNT; i++)
        if (strcmp(name, encoding_names[i]) == 0) {
            *ret_encoding = (enum sms_encoding)i;
            return ERR_OK;
        }
    return ERR_INVALID;
}

bool sms_concat_valid(const struct sms_concat *c) {
    return c->total > 0 && c->sequence > 0 && c->sequence <= c->total;
}

enum sms_encoding sms_encoding_for(const char *text) {
    return gsm7_length(text) >= 0 ? SMS_GSM7 : SMS_UCS2;
}

/* Septets or UTF-16 units of a character; 0: not in the alphabet. */
static int units_of(enum sms_encoding encoding, uint32_t codepoint) {
    if (encoding == SMS_GSM7)
        return gsm7_width(codepoint);
    return codepoint > 0xFFFF ? 2 : 1;
}

static size_t digits_at(const char *at, size_t most) {
    size_t n = 0;
    while (n < most && at[n] >= '0' && at[n] <= '9')
        n++;
    return n;
}

/* Bytes of the case code (9 digits) or date (d/m, d/m/yy, d/m/yyyy) that starts at `start` and stands alone, 0: none does. A date beside a
 * further slash is none, so that tokens never overlap. */
static size_t token_at(const char *text, size_t start) {
    const char *at = text + start;
    char before = start > 0 ? at[-1] : ' ';
    if (digits_at(&before, 1) == 1)
        return 0;
    size_t day = digits_at(at, 10);
    if (day == 9)
        return 9;
    size_t month = day > 0 && day <= 2 && at[day] == '/' && before != '/' ? digits_at(at + day + 1, 3) : 0;
    if (month < 1 || month > 2)
        return 0;
    size_t len = day + 1 + month;
    size_t year = at[len] == '/' ? digits_at(at + len + 1, 5) : 0;
    if (year == 2 || year == 4)
        len += 1 + year;
    return at[len] == '/' || digits_at(at + len, 1) == 1 ? 0 : len;
}

/* The start of the token that a cut at `cut` would go through, else `cut`. Tokens are at most 10 bytes long. */
static size_t before_token(const char *text, size_t from, size_t cut) {
    for (size_t start = cut > from + 9 ? cut - 9 : from + 1; start < cut; start++)
        if (start + token_at(text, start) > cut)
            return start;
    return cut;
}

/* Where the segment that starts at `from` ends, at most `limit` units on. */
static size_t segment_end(const char *text, enum sms_encoding encoding, size_t from, int limit, bool whole_tokens) {
    const char *at = text + from;
    size_t end = from;
    for (int used = 0;;) {
        uint32_t c = text_next(&at);
        if (c == 0)
            return end;
        used += units_of(encoding, c);
        if (used > limit)
            break;
        end = (size_t)(at - text);
    }
    return whole_tokens ? before_token(text, from, end) : end;
}

/* Units of the whole text; -1: a character isn't in the alphabet. */
static long units_in(enum sms_encoding encoding, const char *text) {
    long units = 0;
    if (encoding == SMS_GSM7)
        return gsm7_length(text);
    for (uint32_t c; (c = text_next(&text)) != 0;)
        units += units_of(encoding, c);
    return units;
}

enum err sms_split(const char *text, enum sms_encoding encoding, bool wide_reference, bool whole_tokens, struct sms_segment *segments, size_t max,
                   size_t *ret_count) {
    static const struct {
        int single, part, part_wide;
    } limits[] = {
        [SMS_GSM7] = {SMS_GSM7_SINGLE, SMS_GSM7_PART, SMS_GSM7_PART_WIDE}, [SMS_UCS2] = {SMS_UCS2_SINGLE, SMS_UCS2_PART, SMS_UCS2_PART_WIDE}};
    if (encoding != SMS_GSM7 && encoding != SMS_UCS2)
        return ERR_UNSUPPORTED;
    long units = units_in(encoding, text);
    if (units < 0)
        return ERR_UNSUPPORTED;
    size_t len = strlen(text), count = 0;
    int limit = units <= limits[encoding].single ? limits[encoding].single : wide_reference ? limits[encoding].part_wide : limits[encoding].part;
    size_t at = 0;
    do {
        if (count == max || count == SMS_SEGMENTS_MAX)
            return ERR_TOO_LONG;
        size_t end = units <= limits[encoding].single ? len : segment_end(text, encoding, at, limit, whole_tokens);
        segments[count++] = (struct sms_segment){at, end - at};
        at = end;
    } while (at < len);
    *ret_count = count;
    return ERR_OK;
}

size_t sms_units(const char *text, size_t len, enum sms_encoding encoding) {
    size_t units = 0;
    for (const char *end = text + len; text < end;)
        units += (size_t)units_of(encoding, text_next(&text));
    return units;
}

/* Where characters as a reader sees them end, at most `room` units on; a first one that is longer than that is cut itself. */
static size_t clusters_end(const char *text, enum sms_encoding encoding, size_t room, size_t search, size_t *ret_blank) {
    size_t end = 0, used = 0, used_at_blank = 0, blank = 0;
    while (text[end]) {
        size_t len = text_cluster(text + end), units = sms_units(text + end, len, encoding);
        if (used + units > room)
            break;
        if (text[end] == ' ' || text[end] == '\n') {
            blank = end;
            used_at_blank = used;
        }
        end += len;
        used += units;
    }
    *ret_blank = used - used_at_blank <= search ? blank : 0;
    return end > 0 ? end : segment_end(text, encoding, 0, (int)room, false);
}

size_t sms_fit(const char *text, enum sms_encoding encoding, size_t room, size_t search) {
    size_t blank, end = clusters_end(text, encoding, room, search, &blank);
    if (!text[end] || text[end] == ' ' || text[end] == '\n')
        return end;
    return blank ? blank : before_token(text, 0, end);
}
