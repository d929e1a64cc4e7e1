/* A PDU of the command line, printed. Pure but for stdout and stderr; whatever the argument holds, the answer is one JSON line or one
 * sentence that names the octet. */
#include "modem/decode.h"

#include "modem/tpdu.h"

#include <stdio.h>
#include <string.h>

#define PDU_MAX_OCTETS 512 /* far more than a PDU has: modems pad */

static int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int complain(const char *format, ...) {
    va_list args;
    fputs("phanhoi-modem: --decode: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return 1;
}

/* A stored PDU doesn't say which way it went: a SUBMIT came from here, everything else from the service centre. */
static enum tpdu_direction direction_of(uint8_t first) {
    return (first & 3) == 1 ? TPDU_TO_SC : TPDU_FROM_SC;
}

static int complain_hex(const char *hex, size_t len) {
    size_t good = 0;
    while (good < len && strchr("0123456789abcdefABCDEF", hex[good]))
        good++;
    if (good < len)
        return complain("character %zu: not a hex digit (a PDU is written as pairs of 0–9 and A–F)", good + 1);
    if (len % 2 != 0)
        return complain("octet %zu: only half of it is there (%zu hex digits)", len / 2 + 1, len);
    return complain("longer than %d octets: no PDU is", PDU_MAX_OCTETS);
}

int decode_main(const char *hex) {
    uint8_t octets[PDU_MAX_OCTETS];
    size_t len, offset;
    struct phone centre;
    struct tpdu tpdu;
    struct tpdu_fault fault;
    struct str json;
    hex += strspn(hex, " \t\r\n");
    size_t hex_len = strcspn(hex, " \t\r\n");
    if (hex[hex_len + strspn(hex + hex_len, " \t\r\n")] != '\0')
        return complain("character %zu: a blank inside the PDU", hex_len + 1);
    if (hex_len == 0)
        return complain("nothing to decode: the PDU in hex is expected, its service-centre address in front");
    if (hex_decode(hex, hex_len, octets, sizeof octets, &len) != ERR_OK)
        return complain_hex(hex, hex_len);
    enum err e = tpdu_split_sca(octets, len, &centre, &offset);
    if (e != ERR_OK)
        return complain("octet %zu: the service-centre address %s", e == ERR_TRUNCATED ? len + 1 : 1,
                        e == ERR_TRUNCATED ? "ends too early" : "is longer than 11 octets");
    enum tpdu_direction direction = offset < len ? direction_of(octets[offset]) : TPDU_FROM_SC;
    if (tpdu_decode_explained(octets + offset, len - offset, direction, &tpdu, &fault) != ERR_OK)
        return complain("octet %zu: %s %s", offset + fault.octet + 1, fault.field, fault.reason);
    str_init(&json, 16384);
    tpdu_print_json(&tpdu, &centre, &json);
    puts(json.data);
    str_release(&json);
    return 0;
}
