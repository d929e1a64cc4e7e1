/* The forms of a modem's line: word, what may stand behind it, whether a baud rate may. */
#include "firmware-host/modem_line.h"

#include <string.h>

#define DIGITS "0123456789"
enum { BAUD_LEAST = 300, BAUD_MOST = 4000000 };

static bool is_path(const char *what) {
    return what[0] == '/' && what[1];
}

static bool is_address(const char *what) { /* host:port, [::1]:port */
    const char *colon = strrchr(what, ':');
    int64_t port;
    return colon && colon != what && parse_int(colon + 1, 1, 65535, &port) == ERR_OK && !strpbrk(what, " /@");
}

static bool is_gammu(const char *what) { /* connection:/path, connection:/path:model */
    const char *path = strchr(what, ':');
    const char *model = path ? strchr(path + 1, ':') : NULL;
    return path && path > what && path - what < 24 && path[1] == '/' && path[2] && (!model || (strlen(model) < 25 && !strchr(model + 1, ':')));
}

static bool is_place(const char *what) {
    return strstr(what, "usb-0:") && !strpbrk(what, " /@");
}

static bool digits(const char *what, size_t least, size_t most) {
    size_t len = strlen(what);
    return strspn(what, DIGITS) == len && len >= least && len <= most;
}

static bool is_imei(const char *what) { /* 3GPP TS 23.003 §6.2: 14 digits and a check digit, or 2 of the software's version */
    return digits(what, 14, 16);
}

static bool is_iccid(const char *what) { /* ITU-T E.118 */
    return digits(what, 18, 22);
}

static bool is_imsi(const char *what) { /* 3GPP TS 23.003 §2.2 */
    return digits(what, 6, 15);
}

static const struct form {
    const char *prefix, *word;
    bool located, has_baud;
    bool (*fits)(const char *what);
} forms[] = {
    [MODEM_LINE_SERIAL] = {"serial:", "device", true, true, is_path}, [MODEM_LINE_TCP] = {"tcp://", "address", false, false, is_address},
    [MODEM_LINE_PTY] = {"pty:", "path", false, false, is_path},       [MODEM_LINE_GAMMU] = {"gammu:", "device", false, false, is_gammu},
    [MODEM_LINE_USB] = {"usb:", "USB place", true, true, is_place},   [MODEM_LINE_IMEI] = {"imei:", "IMEI", true, true, is_imei},
    [MODEM_LINE_ICCID] = {"iccid:", "ICCID", true, true, is_iccid},   [MODEM_LINE_IMSI] = {"imsi:", "IMSI", true, true, is_imsi},
};

static bool take(const struct form *form, const char *rest, struct modem_line *line) {
    const char *at = form->has_baud ? strrchr(rest, '@') : NULL;
    size_t len = at ? (size_t)(at - rest) : strlen(rest);
    int64_t baud;
    if (len >= sizeof line->what)
        return false;
    memcpy(line->what, rest, len);
    if (at && (parse_int(at + 1, BAUD_LEAST, BAUD_MOST, &baud) != ERR_OK || str_copy(line->baud, sizeof line->baud, at) != ERR_OK))
        return false;
    return form->fits(line->what);
}

enum err modem_line_parse(const char *text, struct modem_line *ret_line, struct str *why) {
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct modem_line line = {.kind = (enum modem_line_kind)i};
        size_t len = strlen(forms[i].prefix);
        if (strncmp(text, forms[i].prefix, len) != 0 || !take(&forms[i], text + len, &line))
            continue;
        *ret_line = line;
        return ERR_OK;
    }
    str_add(why, "allowed: \"serial:/dev/…\", \"usb:PLACE\", \"imei:…\", \"iccid:…\", \"imsi:…\", each with @BAUD if need be, \"tcp://host:port\", "
                 "\"pty:/path\" or \"gammu:connection:/path:model\"; phanhoictl modem scan shows what is there");
    return ERR_INVALID;
}

bool modem_line_is_located(const struct modem_line *line) {
    return forms[line->kind].located;
}

const char *modem_line_word(enum modem_line_kind kind) {
    return forms[kind].word;
}
