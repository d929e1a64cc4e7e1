/* The lines between the core and a modem worker, written and read from one table: `members` says how each member looks on the line and where
 * it lives in struct protocol_message, `lines` says which members each name must and may have.
 *
 * A member whose value is its absent value isn't written and, when it isn't on the line, is read as that value.
 * What is written is always one line of at most PROTOCOL_LINE_MAX octets: strings are cut at the `max` of their row first, and those are small
 * enough that the longest line still fits when every octet of it takes a six-octet escape.
 * A line that isn't understood gives ERR_INVALID and a sentence about it; nothing of it is used. */
#include "modem/protocol.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum member_type { MEMBER_INT, MEMBER_BOOL, MEMBER_TEXT, MEMBER_WORD, MEMBER_PHONE, MEMBER_CONCAT };

static const char *const kind_words[] = {"text", "binary", "mwi", "broken", NULL};
static const char *const encoding_words[] = {"gsm7", "8bit", "ucs2", NULL}; /* in the order of enum sms_encoding */
static const char *const action_words[] = {"start", "answer", "cancel", NULL};
static const char *const outcome_words[] = {"done", "asks", "ended", "refused", "timeout", "unsupported", NULL};
static const char *const cause_words[] = {"other", "pin", "puk", "no-sim", "mute", "line", NULL}; /* in the order of enum protocol_cause */
static const char *const recovery_words[] = {"reopen", "radio", "restart", NULL}; /* in the order of enum protocol_recovery */
static const char *const class_words[] = {"permanent", "temporary", "other-sim", "sim", NULL};
static const char *const role_words[] = {"unknown", "at", "adapter", "ppp", "diag", "gps", "audio", "ignore", NULL};

#define AT(field) offsetof(struct protocol_message, field)
/* symbol, key on the line, type, place, least and most (texts: most octets written), absent value, words */
/* clang-format off */
#define MEMBER_TABLE(X) \
    X(VERSION,      "version",           MEMBER_INT,    AT(version),           0,  INT32_MAX, -1, NULL) \
    X(ID,           "id",                MEMBER_INT,    AT(id),                0,  INT64_MAX, -1, NULL) \
    X(HANDLE,       "handle",            MEMBER_INT,    AT(handle),            0,  INT64_MAX, -1, NULL) \
    X(DRIVER,       "driver",            MEMBER_TEXT,   AT(driver),            0,  64,         0, NULL) \
    X(LINE,         "line",              MEMBER_TEXT,   AT(line),              0,  512,        0, NULL) \
    X(IMEI,         "imei",              MEMBER_TEXT,   AT(imei),              0,  64,         0, NULL) \
    X(IMSI,         "imsi",              MEMBER_TEXT,   AT(imsi),              0,  64,         0, NULL) \
    X(ICCID,        "iccid",             MEMBER_TEXT,   AT(iccid),             0,  64,         0, NULL) \
    X(MODEL,        "model",             MEMBER_TEXT,   AT(model),             0,  128,        0, NULL) \
    X(FAMILY,       "family",            MEMBER_TEXT,   AT(family),            0,  32,         0, NULL) \
    X(REVISION,     "revision",          MEMBER_TEXT,   AT(revision),          0,  64,         0, NULL) \
    X(TROUBLE,      "trouble",           MEMBER_TEXT,   AT(trouble),           0,  256,        0, NULL) \
    X(REASON,       "reason",            MEMBER_TEXT,   AT(reason),            0,  512,        0, NULL) \
    X(CAUSE,        "cause",             MEMBER_WORD,   AT(cause),             0,  0,          0, cause_words) \
    X(TRIES_LEFT,   "tries_left",        MEMBER_INT,    AT(tries_left),        -1, 255,       -1, NULL) \
    X(PIN,          "pin",               MEMBER_TEXT,   AT(pin),               0,  8,          0, NULL) \
    X(ENTERED,      "entered",           MEMBER_BOOL,   AT(entered),           0,  1,          0, NULL) \
    X(ACCEPTED,     "accepted",          MEMBER_BOOL,   AT(accepted),          0,  1,          0, NULL) \
    X(PDU,          "pdu",               MEMBER_TEXT,   AT(pdu),               0,  512,        0, NULL) \
    X(FROM,         "from",              MEMBER_PHONE,  AT(phone),             0,  0,          0, NULL) \
    X(TO,           "to",                MEMBER_PHONE,  AT(phone),             0,  0,          0, NULL) \
    X(RECIPIENT,    "recipient",         MEMBER_PHONE,  AT(phone),             0,  0,          0, NULL) \
    X(TIME,         "time",              MEMBER_INT,    AT(time),              -1, INT64_MAX, -1, NULL) \
    X(DONE_TIME,    "done_time",         MEMBER_INT,    AT(done_time),         -1, INT64_MAX, -1, NULL) \
    X(KIND,         "kind",              MEMBER_WORD,   AT(kind),              0,  0,          0, kind_words) \
    X(ENCODING,     "encoding",          MEMBER_WORD,   AT(encoding),          0,  0,          0, encoding_words) \
    X(TEXT,         "text",              MEMBER_TEXT,   AT(text),              0,  640,        0, NULL) \
    X(CONCAT,       "concat",            MEMBER_CONCAT, AT(concat),            0,  0,          0, NULL) \
    X(ACTION,       "action",            MEMBER_WORD,   AT(action),            0,  0,          0, action_words) \
    X(OUTCOME,      "outcome",           MEMBER_WORD,   AT(outcome),           0,  0,          0, outcome_words) \
    X(USSD,         "ussd",              MEMBER_BOOL,   AT(ussd),              0,  1,          0, NULL) \
    X(REFERENCE,    "reference",         MEMBER_INT,    AT(reference),         -1, 255,       -1, NULL) \
    X(STATUS,       "status",            MEMBER_INT,    AT(status),            0,  255,       -1, NULL) \
    X(VALIDITY,     "validity",          MEMBER_INT,    AT(validity_seconds),  0,  INT32_MAX,  0, NULL) \
    X(WANT_REPORT,  "want_report",       MEMBER_BOOL,   AT(want_report),       0,  1,          0, NULL) \
    X(NO_DUPLICATES, "reject_duplicates", MEMBER_BOOL,   AT(reject_duplicates), 0,  1,          0, NULL) \
    X(RECOVERY,     "recovery",          MEMBER_WORD,   AT(recovery),          0,  0,          0, recovery_words) \
    X(CODE,         "code",              MEMBER_INT,    AT(code),              -1, INT32_MAX, -1, NULL) \
    X(CLASS,        "class",             MEMBER_WORD,   AT(class),             0,  0,          0, class_words) \
    X(SIGNAL,       "signal",            MEMBER_INT,    AT(signal),            -1, 255,       -1, NULL) \
    X(REGISTRATION, "registration",      MEMBER_INT,    AT(registration),      -1, 255,       -1, NULL) \
    X(SLOTS_USED,   "slots_used",        MEMBER_INT,    AT(slots_used),        -1, INT32_MAX, -1, NULL) \
    X(SLOTS_TOTAL,  "slots_total",       MEMBER_INT,    AT(slots_total),       -1, INT32_MAX, -1, NULL) \
    X(OPERATOR,     "operator",          MEMBER_TEXT,   AT(operator_name),     0,  64,         0, NULL) \
    X(CENTRE,       "centre",            MEMBER_TEXT,   AT(centre),            0,  24,         0, NULL) \
    X(NODE,         "node",              MEMBER_TEXT,   AT(node),              0,  255,        0, NULL) \
    X(PLACE,        "place",             MEMBER_TEXT,   AT(place),             0,  255,        0, NULL) \
    X(USB,          "usb",               MEMBER_TEXT,   AT(usb),               0,  16,         0, NULL) \
    X(PRODUCT,      "product",           MEMBER_TEXT,   AT(product),           0,  128,        0, NULL) \
    X(SERIAL,       "serial",            MEMBER_TEXT,   AT(serial),            0,  128,        0, NULL) \
    X(INTERFACE,    "interface",         MEMBER_INT,    AT(interface),         -1, 255,       -1, NULL) \
    X(ROLE,         "role",              MEMBER_WORD,   AT(role),              0,  0,          0, role_words) \
    X(BUSY,         "busy",              MEMBER_BOOL,   AT(busy),              0,  1,          0, NULL) \
    X(ANSWERS,      "answers",           MEMBER_BOOL,   AT(answers),           0,  1,          0, NULL) \
    X(BAUD,         "baud",              MEMBER_INT,    AT(baud),              0,  4000000,    0, NULL) \
    X(COUNT,        "count",             MEMBER_INT,    AT(count),             0,  INT32_MAX,  0, NULL)
/* clang-format on */

#define X(symbol, key, type, place, least, most, absent, words) MEMBER_##symbol##_INDEX,
enum member_index { MEMBER_TABLE(X) MEMBER_COUNT };
#undef X

struct member {
    const char *key;
    enum member_type type;
    size_t place;
    int64_t least, most, absent;
    const char *const *words;
};
#define X(symbol, key, type, place, least, most, absent, words) {key, type, place, least, most, absent, words},
static const struct member members[MEMBER_COUNT] = {MEMBER_TABLE(X)};
#undef X

static_assert(MEMBER_COUNT <= 64, "member sets are 64-bit words");
#define M(symbol) (UINT64_C(1) << MEMBER_##symbol##_INDEX)

enum { FROM_CORE = 1, FROM_WORKER = 2 };

static const struct line {
    const char *name;
    int from;
    uint64_t must, may; /* sets of members */
} lines[PROTOCOL_NAME_COUNT] = {
    [PROTOCOL_HELLO] = {"hello", FROM_CORE | FROM_WORKER, M(VERSION), M(DRIVER) | M(LINE)},
    [PROTOCOL_SEND] = {"send", FROM_CORE, M(ID) | M(TO) | M(ENCODING) | M(TEXT),
                       M(CONCAT) | M(REFERENCE) | M(VALIDITY) | M(WANT_REPORT) | M(NO_DUPLICATES)},
    [PROTOCOL_STORED] = {"stored", FROM_CORE, M(HANDLE), 0},
    [PROTOCOL_AGAIN] = {"again", FROM_CORE, M(HANDLE), 0},
    [PROTOCOL_SWEEP] = {"sweep", FROM_CORE, 0, 0},
    [PROTOCOL_USSD] = {"ussd", FROM_CORE, M(ID) | M(ACTION), M(TEXT)},
    [PROTOCOL_PIN] = {"pin", FROM_CORE, M(PIN), M(ICCID)},
    [PROTOCOL_RECOVER] = {"recover", FROM_CORE, M(RECOVERY), 0},
    [PROTOCOL_STOP] = {"stop", FROM_CORE, 0, 0},
    [PROTOCOL_PROBE] = {"probe", FROM_CORE, M(NODE), M(BAUD)},
    [PROTOCOL_UP] = {"up", FROM_WORKER, 0, M(IMEI) | M(IMSI) | M(ICCID) | M(MODEL) | M(FAMILY) | M(REVISION) | M(TROUBLE) | M(DRIVER) | M(USSD)},
    [PROTOCOL_DOWN] = {"down", FROM_WORKER, M(REASON), M(CAUSE)},
    [PROTOCOL_LOCKED] = {"locked", FROM_WORKER, 0, M(ICCID) | M(TRIES_LEFT)},
    [PROTOCOL_PIN_TRIED] = {"pin_tried", FROM_WORKER, M(REASON), M(ENTERED) | M(ACCEPTED)},
    [PROTOCOL_SMS] = {"sms", FROM_WORKER, M(HANDLE) | M(KIND) | M(PDU), M(FROM) | M(TIME) | M(ENCODING) | M(TEXT) | M(CONCAT)},
    [PROTOCOL_REPORT] = {"report", FROM_WORKER, M(HANDLE) | M(REFERENCE) | M(STATUS) | M(PDU), M(RECIPIENT) | M(TIME) | M(DONE_TIME)},
    [PROTOCOL_SENT] = {"sent", FROM_WORKER, M(ID) | M(REFERENCE), 0},
    [PROTOCOL_FAILED] = {"failed", FROM_WORKER, M(ID) | M(CLASS) | M(REASON), M(CODE)},
    [PROTOCOL_UNKNOWN] = {"unknown", FROM_WORKER, M(ID) | M(REASON), M(CODE)},
    [PROTOCOL_HEALTH] = {"health", FROM_WORKER, 0, M(SIGNAL) | M(REGISTRATION) | M(SLOTS_USED) | M(SLOTS_TOTAL) | M(OPERATOR) | M(CENTRE)},
    [PROTOCOL_USSD_REPLY] = {"ussd_reply", FROM_WORKER, M(ID) | M(OUTCOME), M(TEXT) | M(REASON)},
    [PROTOCOL_CALL] = {"call", FROM_WORKER, 0, M(FROM)},
    [PROTOCOL_PORT] = {"port", FROM_WORKER, M(NODE) | M(ROLE), M(PLACE) | M(USB) | M(PRODUCT) | M(SERIAL) | M(INTERFACE) | M(BUSY)},
    [PROTOCOL_PORT_GONE] = {"port_gone", FROM_WORKER, M(NODE), 0},
    [PROTOCOL_PORTS] = {"ports", FROM_WORKER, M(COUNT), 0},
    [PROTOCOL_PROBED] = {"probed", FROM_WORKER, M(NODE), M(ANSWERS) | M(IMEI) | M(IMSI) | M(ICCID) | M(MODEL) | M(REASON)},
    [PROTOCOL_LISTENING] = {"listening", FROM_WORKER, 0, 0},
    [PROTOCOL_KNOCK] = {"knock", FROM_WORKER, 0, 0},
};

const char *protocol_name(enum protocol_name name) {
    return (unsigned)name < PROTOCOL_NAME_COUNT ? lines[name].name : "?";
}

const char *protocol_role_name(enum protocol_role role) {
    return (unsigned)role < sizeof role_words / sizeof role_words[0] - 1 ? role_words[role] : "?";
}

static int64_t *int_at(const struct protocol_message *m, const struct member *member) {
    return (int64_t *)((char *)m + member->place);
}

static bool *bool_at(const struct protocol_message *m, const struct member *member) {
    return (bool *)((char *)m + member->place);
}

static char **text_at(const struct protocol_message *m, const struct member *member) {
    return (char **)((char *)m + member->place);
}

/* The enums of the struct are all numbered from 0 in the order of their words. */
static unsigned *word_at(const struct protocol_message *m, const struct member *member) {
    return (unsigned *)((char *)m + member->place);
}
static_assert(sizeof(enum protocol_kind) == sizeof(unsigned) && sizeof(enum sms_failure) == sizeof(unsigned) &&
                  sizeof(enum sms_encoding) == sizeof(unsigned) && sizeof(enum protocol_action) == sizeof(unsigned) &&
                  sizeof(enum protocol_outcome) == sizeof(unsigned) && sizeof(enum protocol_cause) == sizeof(unsigned) &&
                  sizeof(enum protocol_recovery) == sizeof(unsigned) && sizeof(enum protocol_role) == sizeof(unsigned),
              "words are read and written as unsigned");

void protocol_init(struct protocol_message *m, enum protocol_name name) {
    memset(m, 0, sizeof *m);
    m->name = name;
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (members[i].type == MEMBER_INT)
            *int_at(m, &members[i]) = members[i].absent;
}

void protocol_release(struct protocol_message *m) {
    if (m->pin)
        explicit_bzero(m->pin, strlen(m->pin));
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (members[i].type == MEMBER_TEXT) {
            free(*text_at(m, &members[i]));
            *text_at(m, &members[i]) = NULL;
        }
}

/* An alphanumeric sender is marked, so that one who calls himself "+84912000001" is never taken for that number. */
#define ALPHANUMERIC_MARK "alpha:"

static void write_phone(struct json_writer *w, const char *key, const struct phone *phone) {
    char marked[sizeof ALPHANUMERIC_MARK + PHONE_TEXT_SIZE];
    if (phone->kind != PHONE_ALPHANUMERIC) {
        json_put_text(w, key, phone->text);
        return;
    }
    memcpy(marked, ALPHANUMERIC_MARK, sizeof ALPHANUMERIC_MARK - 1);
    memcpy(marked + sizeof ALPHANUMERIC_MARK - 1, phone->text, PHONE_TEXT_SIZE);
    json_put_text(w, key, marked);
}

static void write_concat(struct json_writer *w, const char *key, const struct sms_concat *c) {
    json_open_object(w, key);
    json_put_int(w, "reference", c->reference);
    json_put_int(w, "total", c->total);
    json_put_int(w, "sequence", c->sequence);
    if (c->wide)
        json_put_bool(w, "wide", true);
    json_close_object(w);
}

static void write_text(struct json_writer *w, const char *key, const char *text, size_t max) {
    size_t len = strnlen(text, max + 1);
    if (len > max) {
        len = max;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) /* not inside a character */
            len--;
    }
    json_put_text_n(w, key, text, len);
}

static void write_member(struct json_writer *w, const struct protocol_message *m, const struct member *member, bool must) {
    switch (member->type) {
    case MEMBER_INT:
        if (must || *int_at(m, member) != member->absent)
            json_put_int(w, member->key, *int_at(m, member));
        break;
    case MEMBER_BOOL:
        if (*bool_at(m, member))
            json_put_bool(w, member->key, true);
        break;
    case MEMBER_TEXT: {
        const char *text = *text_at(m, member);
        if (must || text)
            write_text(w, member->key, text ? text : "", (size_t)member->most);
        break;
    }
    case MEMBER_WORD:
        json_put_text(w, member->key, member->words[*word_at(m, member)]);
        break;
    case MEMBER_PHONE:
        if (m->phone.kind != PHONE_NONE)
            write_phone(w, member->key, &m->phone);
        break;
    case MEMBER_CONCAT:
        if (sms_concat_valid(&m->concat))
            write_concat(w, member->key, &m->concat);
        break;
    }
}

void protocol_write(const struct protocol_message *m, struct str *to) {
    const struct line *line = &lines[m->name];
    struct json_writer w;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    json_put_text(&w, "name", line->name);
    for (uint64_t left = line->must | line->may; left; left &= left - 1) {
        int i = __builtin_ctzll(left);
        write_member(&w, m, &members[i], line->must >> i & 1);
    }
    json_close_object(&w);
    str_add_char(to, '\n');
}

/* Reading ----------------------------------------------------------------------------------------------------------------------------- */

struct reading {
    const struct json *document;
    const struct line *line;
    struct protocol_message *message;
    struct str *problem;
    uint64_t seen;
    bool failed;
};

/* Keeps the first reason. Without a key it's the line itself that is wrong. */
static void refuse(struct reading *r, const char *key, const char *why) {
    if (!r->failed && r->problem)
        str_addf(r->problem, "%s%s%.64s %s", r->line ? r->line->name : "line", key ? ": " : "", key ? key : "", why);
    r->failed = true;
}

static bool digits_only(const char *text, size_t least, size_t most) {
    size_t n = strspn(text, "0123456789");
    return text[n] == '\0' && n >= least && n <= most;
}

/* Only what write_phone writes; nobody's spelling is guessed at here. */
static bool read_phone(const char *text, struct phone *ret_phone) {
    struct phone phone = {.kind = PHONE_NONE, .text = ""};
    if (text[0] == '+' && digits_only(text + 1, 1, 15))
        phone.kind = PHONE_E164;
    else if (digits_only(text, 3, 8))
        phone.kind = PHONE_SHORT;
    else if (strncmp(text, ALPHANUMERIC_MARK, sizeof ALPHANUMERIC_MARK - 1) == 0) {
        phone.kind = PHONE_ALPHANUMERIC;
        text += sizeof ALPHANUMERIC_MARK - 1;
    }
    if (phone.kind == PHONE_NONE || text[0] == '\0' || str_copy(phone.text, sizeof phone.text, text) != ERR_OK)
        return false;
    *ret_phone = phone;
    return true;
}

static void count_member(void *context, const char *key, const struct json *value) {
    (void)key;
    (void)value;
    ++*(unsigned *)context;
}

static bool read_small(const struct json *object, const char *key, int64_t most, int64_t *ret_value) {
    return json_int(object, key, ret_value) && *ret_value >= 0 && *ret_value <= most;
}

static bool read_concat(const struct json *value, struct sms_concat *ret_concat) {
    int64_t reference, total, sequence;
    bool wide = false;
    unsigned count = 0;
    if (!read_small(value, "reference", UINT16_MAX, &reference) || !read_small(value, "total", UINT8_MAX, &total) ||
        !read_small(value, "sequence", UINT8_MAX, &sequence))
        return false;
    json_each(value, count_member, &count);
    if (count != 3 && !(count == 4 && json_bool(value, "wide", &wide)))
        return false;
    struct sms_concat concat = {.reference = (uint16_t)reference, .total = (uint8_t)total, .sequence = (uint8_t)sequence, .wide = wide};
    if (!sms_concat_valid(&concat) || (!wide && reference > UINT8_MAX))
        return false;
    *ret_concat = concat;
    return true;
}

static bool read_word(const char *const *words, const char *text, unsigned *ret_word) {
    for (unsigned i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) {
            *ret_word = i;
            return true;
        }
    return false;
}

/* NULL: read. Else what was expected. */
static const char *read_member(struct reading *r, const struct member *member, const struct json *value) {
    struct protocol_message *m = r->message;
    const char *text = json_text_value(value);
    int64_t number;
    switch (member->type) {
    case MEMBER_INT:
        if (!json_int_value(value, &number) || number < member->least || number > member->most)
            return "isn't a whole number in its range";
        *int_at(m, member) = number;
        return NULL;
    case MEMBER_BOOL:
        return json_bool(r->document, member->key, bool_at(m, member)) ? NULL : "isn't true or false";
    case MEMBER_TEXT:
        if (!text)
            return "isn't a string";
        *text_at(m, member) = mem_string(text);
        return NULL;
    case MEMBER_WORD:
        return text && read_word(member->words, text, word_at(m, member)) ? NULL : "isn't one of its words";
    case MEMBER_PHONE:
        return text && read_phone(text, &m->phone) ? NULL : "isn't +digits, a short code or " ALPHANUMERIC_MARK "sender";
    case MEMBER_CONCAT:
        return read_concat(value, &m->concat) ? NULL : "isn't a concatenation";
    }
    return "is of a type without a reader";
}

static void read_each(void *context, const char *key, const struct json *value) {
    struct reading *r = context;
    if (r->failed || strcmp(key, "name") == 0)
        return;
    for (uint64_t left = r->line->must | r->line->may; left; left &= left - 1) {
        int i = __builtin_ctzll(left);
        if (strcmp(members[i].key, key) != 0)
            continue;
        const char *wrong = read_member(r, &members[i], value);
        if (wrong)
            refuse(r, key, wrong);
        r->seen |= UINT64_C(1) << i;
        return;
    }
    refuse(r, key, "isn't a member of this line");
}

static const struct line *find_line(const char *name, bool from_worker) {
    for (size_t i = 0; name && i < PROTOCOL_NAME_COUNT; i++)
        if (strcmp(lines[i].name, name) == 0 && (lines[i].from & (from_worker ? FROM_WORKER : FROM_CORE)))
            return &lines[i];
    return NULL;
}

static void read_members(struct reading *r) {
    json_each(r->document, read_each, r);
    uint64_t missing = r->line->must & ~r->seen;
    if (missing)
        refuse(r, members[__builtin_ctzll(missing)].key, "is missing");
    if (!r->failed && r->message->name == PROTOCOL_HELLO && r->message->version != PROTOCOL_VERSION)
        refuse(r, "version", "isn't the one spoken here");
}

enum err protocol_read(const char *data, size_t len, bool from_worker, struct protocol_message *ret_message, struct str *problem) {
    struct protocol_message message;
    struct reading r = {.problem = problem, .message = &message};
    struct json *document;
    if (len >= PROTOCOL_LINE_MAX) {
        refuse(&r, NULL, "is too long");
        return ERR_INVALID;
    }
    if (json_parse(data, len, &document) != ERR_OK) {
        refuse(&r, NULL, "isn't JSON");
        return ERR_INVALID;
    }
    const char *name = json_text(document, "name");
    r.document = document;
    r.line = find_line(name, from_worker);
    if (!r.line) {
        refuse(&r, name, name ? "isn't understood" : "has no name");
        json_free(document);
        return ERR_INVALID;
    }
    protocol_init(&message, (enum protocol_name)(r.line - lines));
    read_members(&r);
    json_free(document);
    if (r.failed) {
        protocol_release(&message);
        return ERR_INVALID;
    }
    *ret_message = message;
    return ERR_OK;
}

bool protocol_registered(int64_t stat) {
    return stat == 1 || (stat >= 5 && stat <= 7) || stat == 9 || stat == 10;
}
