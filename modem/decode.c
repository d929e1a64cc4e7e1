/* A PDU of the command line, printed. Pure but for stdout and stderr; whatever the argument holds, the answer is one JSON line or one
 * sentence that names the octet. */
#include "modem/decode.h"

#include "modem/tpdu.h"

#include <stdio.h>
#include <string.h>

#define PDU_MAX_OCTETS 512 /* far more than a PDU has: modems pad */

/* A stored PDU doesn't say which way it went: a SUBMIT came from here, everything else from the service centre. */
static enum tpdu_direction direction_of(uint8_t first) {
    return (first & 3) == 1 ? TPDU_TO_SC : TPDU_FROM_SC;
}

static void explain_hex(const char *hex, size_t len, struct str *to) {
    size_t good = 0;
    while (good < len && strchr("0123456789abcdefABCDEF", hex[good]))
        good++;
    if (good < len)
        str_addf(to, "character %zu: not a hex digit (a PDU is written as pairs of 0–9 and A–F)", good + 1);
    else if (len % 2 != 0)
        str_addf(to, "octet %zu: only half of it is there (%zu hex digits)", len / 2 + 1, len);
    else
        str_addf(to, "longer than %d octets: no PDU is", PDU_MAX_OCTETS);
}

static bool print_pdu(const uint8_t *octets, size_t len, struct str *to) {
    struct phone centre;
    struct tpdu tpdu;
    struct tpdu_fault fault;
    size_t offset;
    enum err e = tpdu_split_sca(octets, len, &centre, &offset);
    if (e != ERR_OK) {
        bool early = e == ERR_TRUNCATED;
        str_addf(to, "octet %zu: the service-centre address %s", early ? len + 1 : 1, early ? "ends too early" : "is longer than 11 octets");
        return false;
    }
    enum tpdu_direction direction = offset < len ? direction_of(octets[offset]) : TPDU_FROM_SC;
    if (tpdu_decode_explained(octets + offset, len - offset, direction, &tpdu, &fault) != ERR_OK) {
        str_addf(to, "octet %zu: %s %s", offset + fault.octet + 1, fault.field, fault.reason);
        return false;
    }
    tpdu_print_json(&tpdu, &centre, to);
    return true;
}

bool decode_pdu(const char *hex, struct str *to) {
    uint8_t octets[PDU_MAX_OCTETS];
    size_t len, start = strspn(hex, " \t\r\n"), hex_len = strcspn(hex + start, " \t\r\n"), end = start + hex_len;
    if (hex_len == 0) {
        str_add(to, "nothing to decode: the PDU in hex is expected, its service-centre address in front");
        return false;
    }
    if (hex[end + strspn(hex + end, " \t\r\n")] != '\0') {
        str_addf(to, "character %zu: a blank inside the PDU", end + 1);
        return false;
    }
    if (hex_decode(hex + start, hex_len, octets, sizeof octets, &len) != ERR_OK) {
        explain_hex(hex + start, hex_len, to);
        return false;
    }
    return print_pdu(octets, len, to);
}

int decode_main(const char *hex) {
    struct str answer;
    str_init(&answer, 16384);
    bool good = decode_pdu(hex, &answer);
    if (good)
        puts(answer.data);
    else
        fprintf(stderr, "phanhoi-modem: --decode: %s\n", answer.data);
    str_release(&answer);
    return good ? 0 : 1;
}
