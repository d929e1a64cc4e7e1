/* The codec encodes the address and the time stamp of an empty message; the raw fields are put around them. Lengths are checked before use. */
#include "modem/virtual/raw_tpdu.h"

#include <string.h>

static const size_t validity_octets[4] = {0, 7, 1, 7}; /* TP-VPF: none, enhanced, relative, absolute (§9.2.3.3) */

size_t raw_tpdu_pid_offset(const uint8_t *octets, size_t len, enum raw_tpdu_kind kind) {
    size_t address = kind == RAW_TPDU_SUBMIT ? 2 : 1;
    if (len <= address)
        return 0;
    size_t pid = address + 2 + (octets[address] + 1u) / 2;
    return pid + 1 < len ? pid : 0;
}

enum err raw_tpdu_build(enum raw_tpdu_kind kind, const struct raw_tpdu *r, uint8_t octets[TPDU_MAX_OCTETS], size_t *ret_len) {
    if (r->ud_len > SMS_UD_OCTETS)
        return ERR_TOO_LONG;
    struct tpdu_message empty = {.type = kind == RAW_TPDU_SUBMIT ? TPDU_SUBMIT : TPDU_DELIVER,
                                 .phone = r->phone,
                                 .encoding = SMS_8BIT,
                                 .class = -1,
                                 .data = bytes_of("", 0),
                                 .reference = r->reference,
                                 .time = r->time,
                                 .zone_minutes = r->zone_minutes};
    uint8_t built[TPDU_MAX_OCTETS] = {0};
    size_t len;
    enum err e = tpdu_encode(&empty, built, &len);
    if (e)
        return e;
    size_t pid = raw_tpdu_pid_offset(built, len, kind);
    if (!pid)
        return ERR_INVALID;
    built[0] = (uint8_t)((built[0] & 3) | (r->first & ~3));
    built[pid] = r->pid;
    built[pid + 1] = r->dcs;
    len = kind == RAW_TPDU_SUBMIT ? pid + 2 : len - 1; /* up to TP-VP or TP-UDL */
    if (kind == RAW_TPDU_SUBMIT) {
        size_t validity = validity_octets[(r->first & RAW_TPDU_VPF) >> 3];
        memcpy(built + len, r->validity, validity);
        len += validity;
    }
    if (len + 1 + r->ud_len > TPDU_MAX_OCTETS)
        return ERR_TOO_LONG;
    built[len++] = r->udl;
    if (r->ud_len)
        memcpy(built + len, r->ud, r->ud_len);
    memcpy(octets, built, TPDU_MAX_OCTETS);
    *ret_len = len + r->ud_len;
    return ERR_OK;
}

enum err raw_tpdu_read(enum raw_tpdu_kind kind, const uint8_t *octets, size_t len, struct raw_tpdu *ret_raw) {
    struct tpdu t;
    enum err e = tpdu_decode(octets, len, kind == RAW_TPDU_SUBMIT ? TPDU_TO_SC : TPDU_FROM_SC, &t);
    if (e)
        return e;
    if (t.type != (kind == RAW_TPDU_SUBMIT ? TPDU_SUBMIT : TPDU_DELIVER))
        return ERR_INVALID;
    size_t pid = raw_tpdu_pid_offset(octets, len, kind);
    size_t between = kind == RAW_TPDU_SUBMIT ? validity_octets[(octets[0] & RAW_TPDU_VPF) >> 3] : 7; /* TP-VP or TP-SCTS */
    size_t udl = pid + 2 + between;
    if (!pid || udl >= len)
        return ERR_TRUNCATED;
    size_t ud_len = t.dcs.encoding == SMS_GSM7 ? (octets[udl] * 7u + 7) / 8 : octets[udl];
    struct raw_tpdu r = {.first = octets[0] & (uint8_t)~3,
                         .reference = t.reference,
                         .phone = t.address.phone,
                         .pid = octets[pid],
                         .dcs = octets[pid + 1],
                         .time = t.time,
                         .zone_minutes = t.zone_minutes,
                         .udl = octets[udl],
                         .ud = octets + udl + 1,
                         .ud_len = ud_len < len - udl - 1 ? ud_len : len - udl - 1};
    if (kind == RAW_TPDU_SUBMIT)
        memcpy(r.validity, octets + pid + 2, between);
    *ret_raw = r;
    return ERR_OK;
}
