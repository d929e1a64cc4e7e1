/* The numbering plan for mobile numbers as data, and a file's changes to it. Everything is kept sorted and found by halving: a reply is routed as
 * fast with a quarter of a million ported numbers as with none. */
#include "smsc/operators.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
enum { PREFIX_LEAST = 3, PREFIX_MOST = 9, PREFIXES_MAX = 2000 };

/* ---- operators ---- */

/* mnc: of 452 (ITU-T E.212), "|" between them. networks: pieces of what AT+COPS? says. */
static const struct {
    const char *name, *mnc, *networks;
} rows[CARRIER_COUNT] = {
    [CARRIER_UNKNOWN] = {"", "", ""},
    [CARRIER_VIETTEL] = {"Viettel", "04|06", "VIETTEL"}, /* 06: EVN Telecom, taken over */
    [CARRIER_VINAPHONE] = {"VinaPhone", "02", "VINAPHONE|VNPT"},
    [CARRIER_MOBIFONE] = {"MobiFone", "01", "MOBIFONE|VMS"},
    [CARRIER_VIETNAMOBILE] = {"Vietnamobile", "05", "VIETNAMOBILE|VNMOBILE"},
    [CARRIER_GMOBILE] = {"Gmobile", "07", "GMOBILE|GTEL|BEELINE"},
    [CARRIER_ITELECOM] = {"iTelecom", "08", "ITEL"},
    [CARRIER_WINTEL] = {"Wintel", "09", "WINTEL|REDDI|MOBICAST"},
};

/* Whether text begins with that many characters of `with`, in any case. */
static bool begins(const char *text, const char *with, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (tolower((unsigned char)text[i]) != tolower((unsigned char)with[i]) || text[i] == '\0')
            return false;
    return true;
}

const char *carrier_name(enum carrier carrier) {
    return rows[carrier].name;
}

bool carrier_parse(const char *name, enum carrier *ret_carrier) {
    for (int i = 0; i < CARRIER_COUNT; i++)
        if (strlen(name) == strlen(rows[i].name) && begins(name, rows[i].name, strlen(name))) {
            *ret_carrier = (enum carrier)i;
            return true;
        }
    return false;
}

void carrier_list(struct str *to) {
    for (int i = CARRIER_UNKNOWN + 1; i < CARRIER_COUNT; i++)
        str_addf(to, "%s%s", i > CARRIER_UNKNOWN + 1 ? ", " : "", rows[i].name);
}

enum carrier carrier_of_imsi(const char *imsi) {
    if (!imsi || strncmp(imsi, "452", 3) != 0 || strlen(imsi) < 5)
        return CARRIER_UNKNOWN;
    for (int i = CARRIER_UNKNOWN + 1; i < CARRIER_COUNT; i++)
        for (const char *mnc = rows[i].mnc; *mnc; mnc += strcspn(mnc, "|"), mnc += *mnc == '|')
            if (strncmp(imsi + 3, mnc, 2) == 0)
                return (enum carrier)i;
    return CARRIER_UNKNOWN;
}

/* Whether one of the pieces of "A|B" stands in text, in any case. */
static bool has_piece(const char *text, const char *pieces) {
    for (const char *at = pieces; *at; at += strcspn(at, "|"), at += *at == '|')
        for (const char *start = text; *start; start++)
            if (begins(start, at, strcspn(at, "|")))
                return true;
    return false;
}

enum carrier carrier_of_network(const char *name) {
    enum carrier numeric = carrier_of_imsi(name);
    if (!name || numeric != CARRIER_UNKNOWN)
        return numeric;
    for (int i = CARRIER_UNKNOWN + 1; i < CARRIER_COUNT; i++)
        if (has_piece(name, rows[i].networks))
            return (enum carrier)i;
    return CARRIER_UNKNOWN;
}

/* ---- the plan ---- */

struct prefix {
    char digits[PREFIX_MOST + 1];
    enum carrier carrier;
};

/* Telecommunications numbering plan (Circular 22/2014/TT-BTTTT, ranges of 11 digits moved in September 2018), as of 2026-01. In order of digits.
 * 087 and 055 are operators without a network of their own; 0775 and 0777 (FPT, VNSKY) are ranges in MobiFone's, and cost what MobiFone does. */
static const struct prefix plan[] = {
    {"032", CARRIER_VIETTEL},      {"033", CARRIER_VIETTEL},      {"034", CARRIER_VIETTEL},      {"035", CARRIER_VIETTEL},
    {"036", CARRIER_VIETTEL},      {"037", CARRIER_VIETTEL},      {"038", CARRIER_VIETTEL},      {"039", CARRIER_VIETTEL},
    {"052", CARRIER_VIETNAMOBILE}, {"055", CARRIER_WINTEL},       {"056", CARRIER_VIETNAMOBILE}, {"058", CARRIER_VIETNAMOBILE},
    {"059", CARRIER_GMOBILE},      {"070", CARRIER_MOBIFONE},     {"076", CARRIER_MOBIFONE},     {"077", CARRIER_MOBIFONE},
    {"078", CARRIER_MOBIFONE},     {"079", CARRIER_MOBIFONE},     {"081", CARRIER_VINAPHONE},    {"082", CARRIER_VINAPHONE},
    {"083", CARRIER_VINAPHONE},    {"084", CARRIER_VINAPHONE},    {"085", CARRIER_VINAPHONE},    {"086", CARRIER_VIETTEL},
    {"087", CARRIER_ITELECOM},     {"088", CARRIER_VINAPHONE},    {"089", CARRIER_MOBIFONE},     {"090", CARRIER_MOBIFONE},
    {"091", CARRIER_VINAPHONE},    {"092", CARRIER_VIETNAMOBILE}, {"093", CARRIER_MOBIFONE},     {"094", CARRIER_VINAPHONE},
    {"096", CARRIER_VIETTEL},      {"097", CARRIER_VIETTEL},      {"098", CARRIER_VIETTEL},      {"099", CARRIER_GMOBILE},
};

struct ported {
    uint64_t number; /* its digits, 84 in front */
    enum carrier carrier;
};

struct operators {
    struct prefix *prefixes; /* of the file, in order */
    size_t prefix_count;
    struct ported *ported; /* in order */
    size_t ported_count;
};

static int by_digits(const void *a, const void *b) {
    return strcmp(((const struct prefix *)a)->digits, ((const struct prefix *)b)->digits);
}

static int by_number(const void *a, const void *b) {
    uint64_t x = ((const struct ported *)a)->number, y = ((const struct ported *)b)->number;
    return x < y ? -1 : x > y;
}

static const struct prefix *find_prefix(const struct prefix *all, size_t count, const char *national, size_t len) {
    struct prefix wanted = {.digits = ""};
    memcpy(wanted.digits, national, len);
    return count ? bsearch(&wanted, all, count, sizeof *all, by_digits) : NULL;
}

enum carrier operators_of(const struct operators *o, const struct phone *phone) {
    if (phone->kind != PHONE_E164 || strncmp(phone->text, "+84", 3) != 0)
        return CARRIER_UNKNOWN;
    char national[PHONE_TEXT_SIZE] = "0";
    memcpy(national + 1, phone->text + 3, strlen(phone->text + 3) + 1);
    if (o && o->ported_count) {
        struct ported wanted = {.number = strtoull(phone->text + 1, NULL, 10)};
        const struct ported *found = bsearch(&wanted, o->ported, o->ported_count, sizeof *o->ported, by_number);
        if (found)
            return found->carrier;
    }
    size_t digits = strlen(national);
    for (size_t len = digits < PREFIX_MOST ? digits : PREFIX_MOST; len >= PREFIX_LEAST; len--) {
        const struct prefix *found = o ? find_prefix(o->prefixes, o->prefix_count, national, len) : NULL;
        if (!found)
            found = find_prefix(plan, COUNT(plan), national, len);
        if (found)
            return found->carrier;
    }
    return CARRIER_UNKNOWN;
}

size_t operators_ported(const struct operators *o) {
    return o ? o->ported_count : 0;
}

void operators_free(struct operators *o) {
    if (!o)
        return;
    free(o->prefixes);
    free(o->ported);
    free(o);
}

/* ---- the file ---- */

struct reading {
    const char *json, *name;
    struct operators *o;
    struct str *problems;
    bool good;
};

static void problem(struct reading *r, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void problem(struct reading *r, int line, const char *format, ...) {
    va_list args;
    str_addf(r->problems, "%s%s", r->problems->len ? "\n" : "", r->name);
    if (line > 0)
        str_addf(r->problems, ":%d", line);
    str_add(r->problems, ": ");
    va_start(args, format);
    str_vaddf(r->problems, format, args);
    va_end(args);
    r->good = false;
}

/* Where a text stands for the n-th time (1, 2 …), in its quotes. */
static int line_of(const char *json, const char *text, int n) {
    struct str quoted;
    str_init(&quoted, PHONE_TEXT_SIZE + 2);
    str_addf(&quoted, "\"%s\"", text);
    const char *at = json;
    for (int i = 0; at && i < n; i++)
        at = strstr(at + (i > 0), quoted.data);
    int line = at ? 1 : 0;
    for (const char *c = json; at && c < at; c++)
        line += *c == '\n';
    str_release(&quoted);
    return line;
}

static bool takes_carrier(struct reading *r, int line, const char *where, const char *name, enum carrier *ret_carrier) {
    struct str allowed;
    if (name && *name && carrier_parse(name, ret_carrier))
        return true;
    str_init(&allowed, 512);
    carrier_list(&allowed);
    problem(r, line, "%s: \"%.40s\" is no operator; allowed: %s", where, name ? name : "", allowed.data);
    str_release(&allowed);
    return false;
}

static void read_prefix(void *context, const char *key, const struct json *value) {
    struct reading *r = context;
    struct operators *o = r->o;
    struct prefix p = {.carrier = CARRIER_UNKNOWN};
    size_t len = strlen(key);
    int line = json_line_of(r->json, (const char *const[]){"prefixes", key}, 2);
    if (len < PREFIX_LEAST || len > PREFIX_MOST || key[0] != '0' || strspn(key, "0123456789") != len)
        problem(r, line, "prefixes: \"%.40s\": 3 to 9 digits are allowed, the first of them 0", key);
    else if (o->prefix_count == PREFIXES_MAX)
        problem(r, line, "prefixes: at most %d are allowed", PREFIXES_MAX);
    else if (takes_carrier(r, line, key, json_text_value(value), &p.carrier)) {
        memcpy(p.digits, key, len);
        o->prefixes = mem_resize(o->prefixes, o->prefix_count + 1, sizeof *o->prefixes);
        o->prefixes[o->prefix_count++] = p;
    }
}

static bool is_mobile(const char *text, struct phone *ret_phone) {
    return text && strlen(text) < PHONE_TEXT_SIZE && phone_parse(text, ret_phone) == ERR_OK && ret_phone->kind == PHONE_E164 &&
           strncmp(ret_phone->text, "+84", 3) == 0;
}

static void read_ported(void *context, const char *key, const struct json *list) {
    struct reading *r = context;
    struct operators *o = r->o;
    int line = json_line_of(r->json, (const char *const[]){"ported", key}, 2);
    enum carrier carrier;
    if (!takes_carrier(r, line, "ported", key, &carrier))
        return;
    if (!json_value_is_array(list)) {
        problem(r, line, "ported: %s: a list of numbers is allowed: [\"0912345678\", …]", key);
        return;
    }
    size_t count = json_count(list);
    o->ported = mem_resize(o->ported, o->ported_count + count + 1, sizeof *o->ported);
    for (size_t i = 0; i < count && str_ok(r->problems); i++) {
        struct phone phone;
        const char *text = json_text_value(json_at(list, i));
        if (is_mobile(text, &phone))
            o->ported[o->ported_count++] = (struct ported){.number = strtoull(phone.text + 1, NULL, 10), .carrier = carrier};
        else
            problem(r, text ? line_of(r->json, text, 1) : line, "ported: %s[%zu]: \"%.40s\" is no number of Vietnam", key, i, text ? text : "");
    }
}

static void read_member(void *context, const char *key, const struct json *value) {
    struct reading *r = context;
    bool prefixes = strcmp(key, "prefixes") == 0;
    int line = json_line_of(r->json, &key, 1);
    if (!prefixes && strcmp(key, "ported") != 0)
        problem(r, line, "%.40s: unknown key; allowed here: prefixes, ported", key);
    else if (!json_value_is_object(value))
        problem(r, line, "%s: an object is allowed: {…}", key);
    else
        json_each(value, prefixes ? read_prefix : read_ported, r);
}

/* A number that stands twice would belong to whichever is found. */
static void sort(struct reading *r) {
    struct operators *o = r->o;
    if (o->prefix_count)
        qsort(o->prefixes, o->prefix_count, sizeof *o->prefixes, by_digits);
    if (o->ported_count)
        qsort(o->ported, o->ported_count, sizeof *o->ported, by_number);
    for (size_t i = 1; i < o->ported_count && str_ok(r->problems); i++)
        if (o->ported[i].number == o->ported[i - 1].number) {
            char digits[PHONE_TEXT_SIZE];
            snprintf(digits, sizeof digits, "0%09llu", (unsigned long long)(o->ported[i].number % 1000000000));
            problem(r, line_of(r->json, digits, 2), "ported: +%llu stands there twice", (unsigned long long)o->ported[i].number);
        }
}

enum err operators_parse(const char *json, const char *name, struct str *problems, struct operators **ret_operators) {
    struct reading r = {.json = json, .name = name, .problems = problems, .good = true};
    struct json *document;
    enum err e = json_parse_told(json, strlen(json), name, problems, &document);
    if (e != ERR_OK)
        return e;
    r.o = mem_alloc(sizeof *r.o);
    if (json_value_is_object(document))
        json_each(document, read_member, &r);
    else
        problem(&r, 1, "an object is allowed: {\"prefixes\": {…}, \"ported\": {…}}");
    json_free(document);
    sort(&r);
    if (!r.good) {
        operators_free(r.o);
        return ERR_INVALID;
    }
    *ret_operators = r.o;
    return ERR_OK;
}
