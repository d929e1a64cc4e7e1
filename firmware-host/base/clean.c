/* One table of what must not stand in a short message, and one walk over the text. Never fails; what it can't keep it leaves out. */
#include "firmware-host/base/clean.h"

#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/text.h"

#include <stdlib.h>

#define ALWAYS 0
#define IN_QUOTES 1 /* only where the text stands between quotation marks */
#define UNACCENTED 2 /* only where it must be GSM 7-bit */

static const struct {
    uint32_t first, last;
    int when;
    const char *instead, *accented; /* accented NULL: the same */
} replacements[] = {
    {0x01, 0x1F, ALWAYS, " ", NULL}, /* controls and line ends */
    {0x7F, 0xA0, ALWAYS, " ", NULL},
    {0x1680, 0x1680, ALWAYS, " ", NULL}, /* spaces of every width */
    {0x2000, 0x200A, ALWAYS, " ", NULL},
    {0x2028, 0x2029, ALWAYS, " ", NULL},
    {0x202F, 0x202F, ALWAYS, " ", NULL},
    {0x205F, 0x205F, ALWAYS, " ", NULL},
    {0x3000, 0x3000, ALWAYS, " ", NULL},
    {0xAD, 0xAD, ALWAYS, "", NULL}, /* invisible, or turning the writing round */
    {0x200B, 0x200F, ALWAYS, "", NULL},
    {0x202A, 0x202E, ALWAYS, "", NULL},
    {0x2060, 0x206F, ALWAYS, "", NULL},
    {0xFEFF, 0xFEFF, ALWAYS, "", NULL},
    {0xFFF9, 0xFFFB, ALWAYS, "", NULL},
    {0xE0000, 0xE007F, ALWAYS, "", NULL},
    {'&', '&', ALWAYS, " va ", " và "}, /* what gateways mangle */
    {'[', '[', ALWAYS, "(", NULL},
    {'{', '{', ALWAYS, "(", NULL},
    {']', ']', ALWAYS, ")", NULL},
    {'}', '}', ALWAYS, ")", NULL},
    {'\\', '\\', ALWAYS, "/", NULL},
    {'|', '|', ALWAYS, "/", NULL},
    {'~', '~', ALWAYS, "-", NULL},
    {'^', '^', ALWAYS, " ", NULL},
    {'"', '"', IN_QUOTES, "'", NULL},
    {0xAB, 0xAB, IN_QUOTES, "'", NULL},
    {0xBB, 0xBB, IN_QUOTES, "'", NULL},
    {0x201C, 0x201F, IN_QUOTES, "'", NULL},
    {0xB0, 0xB0, UNACCENTED, " do ", NULL}, /* what people write where the sign isn't on the keyboard */
    {0xB2, 0xB2, UNACCENTED, "2", NULL},
    {0xB3, 0xB3, UNACCENTED, "3", NULL},
    {0xD7, 0xD7, UNACCENTED, "x", NULL},
    {0x20AB, 0x20AB, UNACCENTED, "d", NULL},
    {0x20AC, 0x20AC, UNACCENTED, " EUR", NULL},
    {0x2103, 0x2103, UNACCENTED, " do C", NULL},
    {'`', '`', UNACCENTED, "'", NULL},
};

static bool applies(int when, struct clean_form form) {
    return when == ALWAYS || (when == IN_QUOTES && form.quoted) || (when == UNACCENTED && !form.accented);
}

static const char *replacement_of(uint32_t c, struct clean_form form) {
    for (size_t i = 0; i < sizeof replacements / sizeof *replacements; i++)
        if (c >= replacements[i].first && c <= replacements[i].last && applies(replacements[i].when, form))
            return form.accented && replacements[i].accented ? replacements[i].accented : replacements[i].instead;
    return NULL;
}

/* A blank only behind something else, a line end instead of blanks. */
static void add_blank(struct str *to, size_t start, char blank) {
    while (blank == '\n' && to->len > start && to->data[to->len - 1] == ' ')
        str_truncate(to, to->len - 1);
    if (to->len > start && to->data[to->len - 1] != ' ' && to->data[to->len - 1] != '\n')
        str_add_char(to, blank);
}

static void add(struct str *to, size_t start, uint32_t c, struct clean_form form) {
    if (c == ' ')
        add_blank(to, start, ' ');
    else if (form.accented || gsm7_width(c) == 1)
        text_add_codepoint(to, c);
}

/* Marks may have come to stand by a letter, when what was between them went. */
static void compose_again(struct str *to, size_t start) {
    if (to->len == start)
        return;
    char *composed = text_nfc(to->data + start);
    str_truncate(to, start);
    str_add(to, composed);
    free(composed);
}

void clean_text(const char *text, struct clean_form form, struct str *to) {
    char *base = form.accented ? text_nfc(text) : text_unaccent(text);
    const char *at = base;
    size_t start = to->len;
    for (uint32_t c; (c = text_next(&at)) != 0;) {
        const char *instead = replacement_of(c, form);
        if (c == '\n' && form.lines)
            add_blank(to, start, '\n');
        else if (!instead)
            add(to, start, c, form);
        else
            for (uint32_t i; (i = text_next(&instead)) != 0;)
                add(to, start, i, form);
    }
    free(base);
    while (to->len > start && (to->data[to->len - 1] == ' ' || to->data[to->len - 1] == '\n'))
        str_truncate(to, to->len - 1);
    if (form.accented)
        compose_again(to, start);
}
