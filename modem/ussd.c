/* The USSD codec. A reply's text is bytes, or hex of one of three things: UCS-2, packed septets, octets. Which one is found by reading it in each way
 * that its digits allow and asking how much the outcome looks like a text (likeness): a wrong reading gives letters of other continents, controls
 * and Greek. The order of `readings` decides between equals. */
#include "modem/ussd.h"

#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PREFIX "+CUSD:"
#define OCTETS_MAX 512 /* of a text in hex */
#define CR 0x0D

const char *ussd_form_name(enum ussd_form form) {
    static const char *const names[USSD_FORM_COUNT] = {"plain", "ucs2", "packed"};
    return (unsigned)form < USSD_FORM_COUNT ? names[form] : "?";
}

/* ---- requests ---- */

static bool has_control(const char *text) {
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7F)
            return true;
    return false;
}

/* In ASCII and in the GSM alphabet these are the same octets; "@" and "_" aren't, and a quote would end the text. */
static enum err request_plain(const char *text, struct str *to) {
    for (const char *at = text; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr(" !#%&'()*+,-./:;<=>?", *at))
            return ERR_UNSUPPORTED;
    if (strlen(text) > USSD_SEPTETS_MAX)
        return ERR_TOO_LONG;
    str_add(to, text);
    return ERR_OK;
}

static enum err request_ucs2(const char *text, struct str *to) {
    struct str octets;
    str_init(&octets, (size_t)2 * USSD_SEPTETS_MAX);
    text_to_utf16be(&octets, text);
    /* What the alphabet can say goes out as septets: only the terminal's spelling is UCS-2. */
    long septets = gsm7_length(text);
    bool fits = septets >= 0 ? septets <= USSD_SEPTETS_MAX : octets.len <= (size_t)2 * USSD_UCS2_MAX;
    fits = fits && str_ok(&octets);
    if (fits)
        str_add_hex(to, octets.data, octets.len);
    str_release(&octets);
    return fits ? ERR_OK : ERR_TOO_LONG;
}

/* Seven bits that are over at the end would be read as an @ more: a CR fills them, and another CR stands behind a text that ends in one. */
static enum err request_packed(const char *text, struct str *to) {
    uint8_t septets[USSD_SEPTETS_MAX + 1], octets[USSD_SEPTETS_MAX];
    size_t count;
    enum err e = gsm7_encode(text, septets, USSD_SEPTETS_MAX, &count);
    if (e != ERR_OK)
        return e;
    if (count % 8 == 7)
        septets[count++] = CR;
    str_add_hex(to, octets, gsm7_pack(septets, count, 0, octets));
    return ERR_OK;
}

enum err ussd_request(enum ussd_form form, const char *text, struct str *to) {
    if (text[0] == '\0' || has_control(text) || !text_valid(text, strlen(text)))
        return ERR_INVALID;
    switch (form) {
    case USSD_PLAIN:
        return request_plain(text, to);
    case USSD_UCS2:
        return request_ucs2(text, to);
    case USSD_PACKED:
        return request_packed(text, to);
    case USSD_FORM_COUNT:
        break;
    }
    return ERR_INVALID;
}

/* ---- what a text looks like ---- */

enum { SURE = 100, LIKELY = 60, NEVER = 0 };

/* Letters of Vietnamese; those of other languages in Latin script count half, like signs. */
static bool is_letter_here(uint32_t c) {
    static const uint32_t marked[] = {0x102, 0x103, 0x110, 0x111, 0x128, 0x129, 0x168, 0x169, 0x1A0, 0x1A1, 0x1AF, 0x1B0};
    for (size_t i = 0; i < sizeof marked / sizeof *marked; i++)
        if (c == marked[i])
            return true;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= 0xC0 && c < 0x100 && strchr("\xC0\xC1\xC2\xC3\xC8\xC9\xCA\xCC\xCD\xD2\xD3\xD4\xD5\xD9\xDA\xDD", (int)(c & ~0x20U))) ||
           (c >= 0x300 && c < 0x324) || (c >= 0x1EA0 && c < 0x1EFA);
}

static bool is_ordinary(uint32_t c) {
    return c == '\n' || c == '\r' || (c >= ' ' && c < 0x7F && !strchr("`~^|\\{}[]@", (int)c)) || is_letter_here(c);
}

static bool is_sign(uint32_t c) { /* dashes, quotes, bullets, the dong, emoji; not @, which is septet 0 */
    return c == '\t' || (c >= 0x20 && c < 0x7F && c != '@') || c >= 0x1F000 || (c >= 0xA0 && c < 0x250) || (c >= 0x2000 && c < 0x2070) ||
           (c >= 0x20A0 && c < 0x20D0);
}

/* How much of a text is what networks here write, in per cent: NEVER where it holds what no text has. `foreign`: other scripts may be meant. */
static int likeness(const char *text, bool foreign) {
    unsigned all = 0, ordinary = 0, signs = 0;
    while (*text) {
        uint32_t c = text_next(&text);
        if (c == 0xFFFD || c == 0x7F || (c < 0x20 && !strchr("\n\r\t", (int)c)) || (c >= 0x80 && c < 0xA0) || (c >= 0xE000 && c < 0xF900))
            return NEVER;
        all++;
        ordinary += is_ordinary(c);
        signs += is_sign(c) && !is_ordinary(c);
    }
    if (all == 0)
        return NEVER;
    int percent = (int)((ordinary * SURE + signs * 50) / all);
    return foreign && percent < LIKELY ? LIKELY : percent;
}

/* ---- readings of hex ---- */

typedef bool reading(const uint8_t *octets, size_t len, int scheme, struct str *to);

/* Scheme 0x11: two letters of a language stand in front, packed in the first two octets (TS 23.038 §5). */
static bool read_ucs2(const uint8_t *octets, size_t len, int scheme, struct str *to) {
    if (len % 2)
        return false;
    if (scheme == 0x11 && len > 2) {
        text_add_utf16be(to, octets + 2, len - 2);
        struct str whole;
        str_init(&whole, USSD_TEXT_SIZE);
        text_add_utf16be(&whole, octets, len);
        bool language = likeness(to->data, false) > likeness(whole.data, false);
        str_release(&whole);
        if (language)
            return true;
        str_clear(to);
    }
    text_add_utf16be(to, octets, len);
    return true;
}

/* Scheme 0x10: a language and a CR stand in front. */
static bool read_packed(const uint8_t *octets, size_t len, int scheme, struct str *to) {
    uint8_t septets[OCTETS_MAX * 8 / 7 + 1];
    size_t count = len * 8 / 7, from = 0;
    if (gsm7_unpack(octets, len, 0, septets, count) != ERR_OK)
        return false;
    if (count % 8 == 0 && count > 0 && (septets[count - 1] == CR || septets[count - 1] == 0))
        count--; /* the filling; some fill with nothing */
    if (scheme == 0x10 && count > 3 && septets[2] == CR)
        from = 3;
    gsm7_decode(septets + from, count - from, to);
    return true;
}

static bool read_octets(const uint8_t *octets, size_t len, int scheme, struct str *to) {
    (void)scheme;
    if (!text_valid((const char *)octets, len))
        return false;
    str_add_n(to, octets, len);
    return true;
}

static const struct {
    reading *read;
    enum ussd_form form; /* of the request that has such replies; USSD_FORM_COUNT: none */
} readings[] = {{read_ucs2, USSD_UCS2}, {read_packed, USSD_PACKED}, {read_octets, USSD_FORM_COUNT}};

static bool says_ucs2(int scheme) {
    return scheme == 0x11 || (scheme >= 0 && (scheme & 0xCC) == 0x48) || scheme == 8;
}

/* Digits that may be hex, or a number that is meant as it stands. */
static int likeness_plain(const char *raw, size_t len) {
    return raw[strspn(raw, "0123456789")] != '\0' ? (len < 8 ? 50 : 10) : len <= 12 ? 90 : 30;
}

/* Of equals the form of the request wins, then the order of `readings`. Few digits read as septets give a text too easily: without the request's
 * form they count less. */
static bool read_hex(const char *raw, size_t len, int scheme, enum ussd_form hint, struct str *to) {
    uint8_t octets[OCTETS_MAX];
    size_t octet_count;
    struct str one;
    int best = likeness_plain(raw, len);
    bool found = false;
    if (hex_decode(raw, len, octets, sizeof octets, &octet_count) != ERR_OK || octet_count == 0)
        return false;
    str_init(&one, USSD_TEXT_SIZE - 1);
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        str_clear(&one);
        if (!readings[i].read(octets, octet_count, scheme, &one) || !str_ok(&one))
            continue;
        int like = likeness(one.data, readings[i].read == read_ucs2 && says_ucs2(scheme));
        if (readings[i].form != hint && readings[i].form != USSD_UCS2 && octet_count < 4)
            like /= 2;
        like += like > 0 && readings[i].form == hint;
        if (like <= best)
            continue;
        best = like;
        found = true;
        str_clear(to);
        str_add_n(to, one.data, one.len);
    }
    str_release(&one);
    return found;
}

/* ---- replies ---- */

/* What is no UTF-8 is ISO 8859-1: modems write either where AT+CSCS can't say it. */
static void read_plain(const char *raw, size_t len, struct str *to) {
    if (text_valid(raw, len)) {
        str_add_n(to, raw, len);
        return;
    }
    for (size_t i = 0; i < len; i++)
        text_add_codepoint(to, (unsigned char)raw[i]);
}

static bool is_hex(const char *raw, size_t len) {
    return len > 0 && strspn(raw, "0123456789ABCDEFabcdef") == len;
}

/* Every end of a line is one \n, other controls go, blanks at both ends too. */
static void tidy(const char *from, char *to, size_t size) {
    size_t len = 0;
    for (; *from && len + 1 < size; from++) {
        bool end = *from == '\n' || *from == '\r';
        if (end && (len == 0 || to[len - 1] == '\n'))
            continue;
        if (end)
            to[len++] = '\n';
        else if ((unsigned char)*from >= 0x20 && *from != 0x7F && (len > 0 || *from != ' '))
            to[len++] = *from;
    }
    while (len > 0 && (to[len - 1] == ' ' || to[len - 1] == '\n'))
        len--;
    to[len] = '\0';
    while (!text_valid(to, len)) /* cut inside a character */
        to[--len] = '\0';
}

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t");
}

/* What stands behind the status: NULL where the line is none. */
static const char *behind_status(const char *line, int *ret_status) {
    if (strncasecmp(line, PREFIX, sizeof PREFIX - 1) != 0)
        return NULL;
    const char *at = skip_blanks(line + sizeof PREFIX - 1);
    if (*at < '0' || *at >= '0' + USSD_STATUS_COUNT || isdigit((unsigned char)at[1]))
        return NULL;
    *ret_status = *at - '0';
    return skip_blanks(at + 1);
}

/* The scheme behind a closing quote, from `at` to the end of the text: -1 none, -2 that is no scheme. Octets of noise behind it don't matter. */
static int scheme_behind(const char *at) {
    int scheme = -1;
    at = skip_blanks(at);
    if (*at == ',') {
        at = skip_blanks(at + 1);
        if (isdigit((unsigned char)*at)) {
            scheme = 0;
            for (; isdigit((unsigned char)*at) && scheme <= 255; at++)
                scheme = scheme * 10 + (*at - '0');
        }
    }
    while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r' || *at == ',' || ((unsigned char)*at & 0x80))
        at++;
    return *at || scheme > 255 ? -2 : scheme;
}

enum ussd_extent ussd_extent(const char *text) {
    int status;
    const char *rest = behind_status(text, &status), *open = rest ? strchr(rest, '"') : NULL;
    if (!open)
        return USSD_WHOLE;
    const char *close = strrchr(open + 1, '"');
    int scheme = close ? scheme_behind(close + 1) : -2;
    return scheme >= 0 ? USSD_WHOLE : scheme == -1 ? USSD_PERHAPS : USSD_OPEN;
}

/* The text and its scheme; without quotes it is what stands between the commas. */
static size_t cut_text(const char **from, int *ret_scheme) {
    const char *at = *from, *end;
    *ret_scheme = -1;
    if (*at == '"') {
        *from = ++at;
        end = strrchr(at, '"');
        int scheme = end ? scheme_behind(end + 1) : -2;
        if (scheme == -2) /* the closing quote never came */
            return strlen(at);
        *ret_scheme = scheme;
        return (size_t)(end - at);
    }
    end = strrchr(at, ',');
    int scheme = end ? scheme_behind(end) : -2;
    if (scheme < 0)
        return strlen(at);
    *ret_scheme = scheme;
    return (size_t)(end - at);
}

bool ussd_parse(const char *line, enum ussd_form hint, struct ussd_reply *ret_reply) {
    int status;
    struct str raw, text;
    const char *at = behind_status(line, &status);
    if (!at)
        return false;
    ret_reply->status = (enum ussd_status)status;
    ret_reply->scheme = -1;
    ret_reply->text_given = *at == ',';
    ret_reply->text[0] = '\0';
    if (!ret_reply->text_given)
        return true;
    at = skip_blanks(at + 1);
    size_t len = cut_text(&at, &ret_reply->scheme);
    str_init(&raw, (size_t)2 * OCTETS_MAX);
    str_init(&text, (size_t)4 * OCTETS_MAX);
    str_add_n(&raw, at, len < raw.max ? len : raw.max);
    if (!is_hex(raw.data, raw.len) || !read_hex(raw.data, raw.len, ret_reply->scheme, hint, &text)) {
        str_clear(&text);
        read_plain(raw.data, raw.len, &text);
    }
    tidy(text.data, ret_reply->text, sizeof ret_reply->text);
    str_release(&raw);
    str_release(&text);
    return true;
}

void ussd_reply_of(enum ussd_status status, const char *text, struct ussd_reply *ret_reply) {
    *ret_reply = (struct ussd_reply){.status = status, .scheme = -1, .text_given = text[0] != '\0'};
    tidy(text, ret_reply->text, sizeof ret_reply->text);
}

bool ussd_meaning(const struct ussd_reply *r, enum driver_ussd_outcome *ret_outcome, const char **ret_said) {
    static const struct {
        enum driver_ussd_outcome outcome;
        const char *reason;
    } meanings[USSD_STATUS_COUNT] = {
        [USSD_DONE] = {DRIVER_USSD_DONE, NULL},
        [USSD_ASKS] = {DRIVER_USSD_ASKS, NULL},
        [USSD_ENDED] = {DRIVER_USSD_ENDED, "the network has ended the dialogue"},
        [USSD_ELSEWHERE] = {DRIVER_USSD_REFUSED, "another program of the modem has the dialogue"},
        [USSD_NOT_SUPPORTED] = {DRIVER_USSD_REFUSED, "the network doesn't know the code"},
        [USSD_NO_ANSWER] = {DRIVER_USSD_TIMEOUT, "the network gave up"},
    };
    bool last_word = r->status == USSD_ENDED && r->text[0];
    *ret_outcome = last_word ? DRIVER_USSD_DONE : meanings[r->status].outcome;
    *ret_said = last_word || !meanings[r->status].reason ? r->text : meanings[r->status].reason;
    return *ret_said == r->text;
}
