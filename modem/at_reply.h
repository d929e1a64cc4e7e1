/* What a line from a modem says: pure parsers from text to values, each tolerant of the spellings that modems are known for and strict about the
 * values (3GPP TS 27.005, TS 27.007; vendors' own lines where a name says so). No line, no clock, no memory of earlier lines.
 * Every parser returns false, and leaves its outputs alone, where the line doesn't say what it asks. */
#ifndef MODEM_AT_REPLY_H
#define MODEM_AT_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#define AT_LINE_MAX 1024 /* octets of a line that are kept; the longest sound one is a PDU of 2 × 188 */

/* ---- results ---- */

enum at_result {
    AT_RESULT_OK,
    AT_RESULT_ERROR, /* ERROR, COMMAND NOT SUPPORT: no reason given */
    AT_RESULT_CMS, /* +CMS ERROR: code */
    AT_RESULT_CME, /* +CME ERROR: code */
    AT_RESULT_PROMPT, /* "> " */
    AT_RESULT_TIMEOUT, /* no answer in time */
    AT_RESULT_CLOSED, /* the line is gone, or the worker has to end */
};

/* Whether a line is the final result of a command. ret_code: of CMS and CME, -1 where it can't be read.
 * NO CARRIER, BUSY and the like aren't: nothing here dials, so they can only be about somebody else's call. */
bool at_parse_final(const char *line, enum at_result *ret_result, int *ret_code);

/* ---- fields ---- */

#define AT_FIELDS_MAX 24
struct at_fields { /* the comma-separated values behind the colon: trimmed, without their quotes; empty where nothing stands */
    size_t count;
    const char *field[AT_FIELDS_MAX]; /* point into text */
    char text[AT_LINE_MAX + 1];
};
/* ret_fields of `+CREG: 2,1,"8BE3"` with prefix "+CREG:" → "2", "1", "8BE3". Blanks after the prefix don't matter; more than AT_FIELDS_MAX
 * values are dropped. False: the line doesn't start with the prefix. */
bool at_parse_fields(const char *line, const char *prefix, struct at_fields *ret_fields);
/* The i-th field as a number 0…most: decimal, leading zeros allowed. */
bool at_field_number(const struct at_fields *f, size_t i, int most, int *ret_number);

/* ---- lines that nobody asked for ---- */

enum at_urc {
    AT_URC_NONE, /* not a line that looks unsolicited: it may be the text of an answer */
    AT_URC_OTHER, /* looks unsolicited and means nothing here */
    AT_URC_STORED, /* +CMTI: a message came into memory, index */
    AT_URC_REPORT_STORED, /* +CDSI: a delivery report did */
    AT_URC_MESSAGE, /* +CMT: the PDU of a message stands on the next line; length is of its TPDU, in octets */
    AT_URC_REPORT, /* +CDS: of a report */
    AT_URC_BROADCAST, /* +CBM: of a cell broadcast */
    AT_URC_RESTARTED, /* the modem or its SIM came up anew: settings are gone */
    AT_URC_SIM_GONE,
    AT_URC_FULL, /* ^SMMEMFULL, +CIEV-like warnings: no room for arrivals */
    AT_URC_USSD, /* +CUSD: what the network says; its text may go on on the next lines */
    AT_URC_RING, /* somebody calls */
    AT_URC_CALLER, /* +CLIP: who does */
};
enum at_memory { AT_MEMORY_NONE, AT_MEMORY_SM, AT_MEMORY_ME, AT_MEMORY_MT, AT_MEMORY_SR, AT_MEMORY_COUNT };
const char *at_memory_name(enum at_memory m); /* "SM"; AT_MEMORY_NONE: "" */

struct at_unsolicited {
    enum at_urc urc;
    enum at_memory memory; /* STORED, REPORT_STORED; AT_MEMORY_NONE: a memory without a name here */
    int index; /* likewise; -1: can't be read */
    int length; /* MESSAGE, REPORT, BROADCAST; -1: can't be read */
};
struct at_unsolicited at_parse_unsolicited(const char *line);

/* A line that can be a PDU: hexadecimal digits and nothing else. */
bool at_is_hex(const char *line);

/* ---- answers ---- */

struct at_memories { /* sets of 1 << enum at_memory */
    unsigned read, write, arrive; /* mem1: read and delete; mem2: write and send; mem3: arrivals */
};
bool at_parse_memories(const char *line, struct at_memories *ret_memories); /* +CPMS: ("SM","ME"),("SM"),("SM"), and what else is sent */

struct at_usage { /* of the memory for arrivals */
    enum at_memory memory; /* AT_MEMORY_NONE: not said, or without a name here */
    int used, total; /* slots */
};
bool at_parse_usage(const char *line, struct at_usage *ret_usage); /* of AT+CPMS? */

bool at_parse_list_entry(const char *line, int *ret_index, int *ret_stat, int *ret_length); /* +CMGL: 3,1,,25 */
bool at_parse_read_entry(const char *line, int *ret_stat, int *ret_length); /* +CMGR: 1,,25 */
bool at_parse_reference(const char *line, int *ret_reference); /* +CMGS: 7, +CMGS:7,"24/01/01,…" */
bool at_parse_registration(const char *line, const char *prefix, int *ret_stat); /* of AT+CREG? (prefix "+CREG:"), AT+CEREG? */
bool at_parse_signal(const char *line, int *ret_rssi); /* +CSQ: 23,99 */
bool at_parse_operator(const char *line, char *name, size_t size); /* +COPS: 0,0,"Viettel",7; false where no name is said */
bool at_parse_number(const char *line, const char *prefix, int *ret_number); /* the first value: +CSMS: 1,1,1,1 · +CFUN: 1 */
bool at_parse_word(const char *line, const char *prefix, char *word, size_t size); /* the first value as it stands: +CPIN: SIM PIN */
/* Who calls: +CLIP: "+84987654321",145. As a caller's number is written: with + where its type says so. "": withheld. */
bool at_parse_caller(const char *line, char *number, size_t size);
/* A decimal identity of at least `least` digits, bare or behind a prefix and in quotes: AT+CGSN, AT+CIMI. */
bool at_parse_digits(const char *line, size_t least, char *digits, size_t size);
bool at_parse_iccid(const char *line, char *digits, size_t size); /* 18–20 digits behind any prefix, without the filling F */

#endif
