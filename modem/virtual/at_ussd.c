/* USSD (TS 27.007 §7.15): one dialogue at a time. The network says what it was told to (network.h); how the text looks is the profile's matter,
 * unless the answer orders it otherwise, to the letter: line ends, quotes and wrong schemes go out as they are. */
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/text.h"
#include "modem/virtual/at_state.h"

#include <stdlib.h>
#include <string.h>

/* Septets in hex (TS 23.038 §6.1.2.3): seven bits that are over would read as an @ more, so a CR fills them. */
static void add_packed(const char *text, struct str *to) {
    uint8_t septets[AT_LINE_MAX], octets[AT_LINE_MAX];
    size_t count;
    if (gsm7_encode(text, septets, sizeof septets - 1, &count) != ERR_OK)
        return;
    if (count % 8 == 7)
        septets[count++] = '\r';
    str_add_hex(to, octets, gsm7_pack(septets, count, 0, octets));
}

static bool read_packed(const char *hex, struct str *to) {
    uint8_t octets[AT_LINE_MAX / 2], septets[AT_LINE_MAX];
    size_t len;
    if (hex_decode(hex, strlen(hex), octets, sizeof octets, &len) != ERR_OK)
        return false;
    size_t count = len * 8 / 7;
    if (gsm7_unpack(octets, len, 0, septets, count) != ERR_OK)
        return false;
    while (count && (septets[count - 1] == '\r' || septets[count - 1] == 0))
        count--;
    gsm7_decode(septets, count, to);
    return true;
}

/* The text as the profile has it; returns its dcs. */
static int add_as_modem(struct at_modem *m, const char *text, struct str *to) {
    enum profile_ussd form = m->profile->ussd;
    bool gsm = sms_encoding_for(text) == SMS_GSM7;
    if (m->profile->ussd_no_hex && m->registers.charset == AT_CHARSET_HEX)
        return 15;
    if (form == PROFILE_USSD_PLAIN)
        str_add(to, text);
    else if (gsm && form == PROFILE_USSD_PACKED)
        add_packed(text, to);
    else
        at_charset_write(gsm && form == PROFILE_USSD_CHARSET ? m->registers.charset : AT_CHARSET_UCS2, text, to);
    return gsm || form == PROFILE_USSD_UCS2 ? 15 : 72;
}

static int add_text(struct at_modem *m, const struct network_ussd *answer, struct str *to) {
    switch (answer->form) {
    case NETWORK_USSD_AS_MODEM:
        return add_as_modem(m, answer->text, to);
    case NETWORK_USSD_PLAIN:
        str_add(to, answer->text);
        return 15;
    case NETWORK_USSD_UCS2:
        at_charset_write(AT_CHARSET_UCS2, answer->text, to);
        return 72;
    case NETWORK_USSD_PACKED:
        add_packed(answer->text, to);
        return 15;
    case NETWORK_USSD_OCTETS:
        str_add_hex(to, answer->text, strlen(answer->text));
        return 68;
    }
    return 15;
}

static void add_reply(struct at_modem *m, const struct network_ussd *answer, bool more, struct str *line) {
    const char *blank = m->profile->ussd_blanks ? " " : "";
    str_addf(line, "+CUSD: %d", answer->status >= 0 ? answer->status : more);
    if (!*answer->text)
        return;
    str_addf(line, ",%s\"", blank);
    int scheme = add_text(m, answer, line);
    str_add(line, "\"");
    if (answer->scheme != -2)
        str_addf(line, ",%s%d", blank, answer->scheme >= 0 ? answer->scheme : scheme);
}

static void say_ussd(void *context, int64_t unused) {
    (void)unused;
    struct at_modem *m = context;
    if (!m->ussd_path || !m->registers.cusd)
        return;
    const struct network_ussd *answer = network_ussd(m->network, m->ussd_path);
    bool more = answer && network_ussd_continues(m->network, m->ussd_path);
    struct str line;
    if (answer && answer->silent)
        return;
    str_init(&line, AT_LINE_MAX);
    if (answer)
        add_reply(m, answer, more, &line);
    else
        str_add(&line, "+CUSD: 4");
    at_urc(m, line.data);
    str_release(&line);
    if (!more) {
        free(m->ussd_path);
        m->ussd_path = NULL;
    }
}

/* What was typed behind AT+CUSD. false: not in the form that the modem wants. */
static bool read_text(struct at_modem *m, const char *given, struct str *to) {
    size_t before = to->len;
    if (m->profile->ussd == PROFILE_USSD_PACKED)
        return read_packed(given, to);
    if (m->profile->ussd == PROFILE_USSD_PLAIN || !at_charset_read(m->registers.charset, bytes_text(given), to) || to->len == before)
        str_add(to, given);
    return true;
}

/* AT+CUSD=[n][,"code"[,dcs]]; 2 ends the dialogue. In an open dialogue the text is the answer to its last menu. */
int at_cusd_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    int n;
    if (!at_arg_int(args, 0, 0, 2, m->registers.cusd, &n))
        return AT_CME | CME_BAD_PARAMETERS;
    const char *given = at_arg_text(args, 1);
    if (n == 2) {
        free(m->ussd_path);
        m->ussd_path = NULL;
        return AT_OK;
    }
    m->registers.cusd = n;
    if (!given)
        return AT_OK;
    if (!at_in_service(m))
        return AT_CME | CME_NO_SERVICE;
    struct str path;
    str_init(&path, AT_LINE_MAX);
    if (m->ussd_path)
        str_addf(&path, "%s>", m->ussd_path);
    if (!read_text(m, given, &path)) {
        str_release(&path);
        return AT_CME | CME_BAD_PARAMETERS;
    }
    free(m->ussd_path);
    m->ussd_path = str_detach(&path);
    schedule_in(m->schedule, m->knobs.ussd_delay + at_paced(m, m->profile->ussd_ms), say_ussd, m, 0);
    return AT_OK;
}
