/* The table of modem models. A new model is a new row; behaviour that no row can say yet is a new column. What modems say is kept to the letter,
 * their misspellings too: a client has to live with it. Rows that are named after a trouble and not after a model have it alone, so that a test
 * that fails names what isn't coped with. */
#include "modem/virtual/profiles.h"

#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define END \
    { 0, NULL, 0 }
#define OCTETS(text) text, sizeof(text) - 1

/* ---- what they say unasked ---- */

/* Of several makers: for the knob `noise` of the plain modem. */
static const struct profile_line any_noise[] = {
    {0, "^RSSI:18", 0},
    {0, "+QIND: \"csq\",20,99", 0},
    {0, "*PSUTTZ: 2026,1,2,3,4,5,\"+28\",0", 0},
    {0, "RDY", 0},
    {0, "^BOOT:27710117,0,0,0,75", 0},
    {0, "SMS Ready", 0},
    {0, "\xff\x80\x01", 0},
    {0, "+ZUSIMR:2", 0},
    {0, "OVER-VOLTAGE WARNNING", 0},
    {0, "^NWTIME: 26/01/02,03:04:05+28,00", 0},
    {0, "RING", 0},
    END,
};
static const struct profile_line sim800_boot[] = {
    {2000, "RDY", 0}, {0, "+CFUN: 1", 0}, {0, "+CPIN: READY", 0}, {3000, "Call Ready", 0}, {1000, "SMS Ready", 0}, END,
};
static const struct profile_line sim800_noise[] = {
    {4000, "*PSUTTZ: 2026,1,2,3,4,5,\"+28\",0", 0},
    {0, "DST: 0", 0},
    {4000, "UNDER-VOLTAGE WARNNING", 0},
    END,
};
static const struct profile_line voltage_noise[] = {{700, "OVER-VOLTAGE WARNNING", 0}, END};
static const struct profile_line ec25_boot[] = {
    {2000, "RDY", 0}, {0, "+CFUN: 1", 0}, {0, "+CPIN: READY", 0}, {0, "+QUSIM: 1", 0}, {1000, "+QIND: SMS DONE", 0}, {1000, "+QIND: PB DONE", 0}, END,
};
static const struct profile_line ec25_noise[] = {{5000, "+QIND: \"csq\",20,99", 0}, {5000, "+QIND: \"act\",\"LTE\"", 0}, END};
static const struct profile_line m35_boot[] = {{2000, "RDY", 0}, {0, "+CFUN: 1", 0}, {0, "+CPIN: READY", 0}, {3000, "Call Ready", 0}, END};
static const struct profile_line m35_noise[] = {{9000, "UNDER_VOLTAGE WARNING", 0}, END};
static const struct profile_line huawei_noise[] = {
    {1000, "^RSSI:18", 0},
    {0, "^HCSQ:\"WCDMA\",30,30,30", 0},
    {0, "^BOOT:27710117,0,0,0,75", 0},
    {1000, "^MODE:5,4", 0},
    {0, "^SRVST:2", 0},
    {1000, "^SIMST:1", 0},
    {0, "^STIN: 0, 0, 0", 0},
    {1000, "^DSFLOWRPT:00000001,00000000,00000000,0000000000000000,0000000000000000,00000000,00000000", 0},
    {1000, "^NWTIME: 26/01/02,03:04:05+28,00", 0},
    END,
};
static const struct profile_line zte_noise[] = {{2000, "+ZUSIMR:2", 0}, END};
static const struct profile_line wavecom_boot[] = {{500, "+WIND: 1", 0}, {500, "+WIND: 3", 0}, {2000, "+WIND: 7", 0}, {4000, "+WIND: 4", 0}, END};
static const struct profile_line wild_noise[] = {
    {300, OCTETS("\0\xff\x80")},
    {300, "NO CARRIER", 0},
    {300, "RING", 0},
    {0, "+CLIP: \"+84987654321\",145,\"\",0,\"\",0", 0},
    {300, OCTETS("\r\n+CREG: 1,\"2E")},
    {300, OCTETS("\xf8\r\n")},
    {300, "BUSY", 0},
    {300, OCTETS("\r\n\r\n\r\n")},
    {300, "MISSED_CALL: 03:04AM 0987654321", 0},
    END,
};
static const struct profile_line dead_chatter[] = {{8000, "^BOOT:27710117,0,0,0,75", 0}, END};

/* ---- what they answer ---- */

static const struct profile_answer sim800_answers[] = {{"+CIURC=0", ""}, {"+CLTS=0", ""}, {NULL, NULL}};
static const struct profile_answer ec25_answers[] = {
    {"+QINDCFG=\"csq\",0", ""},
    {"+QINDCFG=\"act\",0", ""},
    {"+CGMR", "EC25EFAR06A06M4G"},
    {NULL, NULL},
};
static const struct profile_answer huawei_answers[] = {
    {"^CURC=0", ""}, {"^PORTSEL=1", ""}, {"^U2DIAG=0", ""}, {"+CEREG?", "COMMAND NOT SUPPORT"}, {NULL, NULL},
};
static const struct profile_answer zte_answers[] = {{"+ZCDRUN=8", ""}, {"+ZOPRT=5", ""}, {NULL, NULL}};
static const struct profile_answer wavecom_answers[] = {{"+WIND=0", ""}, {"+WOPEN=0", ""}, {NULL, NULL}};
static const struct profile_answer cpms_bare[] = {{"+CPMS=?", "+CPMS: \"SM\",\"SM\",\"SM\""}, {NULL, NULL}};
static const struct profile_answer cpms_unquoted[] = {{"+CPMS=?", "+CPMS: (ME\", \"SR\"), (\"ME\", \"SR\"), (\"ME\")"}, {NULL, NULL}};
static const struct profile_answer cpms_list[] = {{"+CPMS=?", "+CPMS: \"ME\",\"MT\",\"SM\""}, {NULL, NULL}};
static const struct profile_answer cpms_empty[] = {{"+CPMS=?", "+CPMS: "}, {NULL, NULL}};
static const struct profile_answer cpms_silent[] = {{"+CPMS=?", ""}, {"+CPMS?", ""}, {NULL, NULL}};
static const struct profile_answer creg_quoted[] = {{"+CREG?", "+CREG: 2,1,\"8BE3\",\"00002BAF\""}, {NULL, NULL}};
static const struct profile_answer creg_bare[] = {{"+CREG?", "+CREG: 1,8BE3,2BAF"}, {NULL, NULL}};
static const struct profile_answer creg_padded[] = {{"+CREG?", "+CREG:002,001,\"18d8\",\"ffff\""}, {NULL, NULL}};
static const struct profile_answer creg_empty[] = {{"+CREG?", "+CREG: 2,,"}, {NULL, NULL}};
static const struct profile_answer creg_crowded[] = {{"+CREG?", "+CREG: 2,1,000B,2816, B, C2816"}, {NULL, NULL}};
static const struct profile_answer creg_broken[] = {{"+CREG?", "+CREG: 2,1,\"0B,\"0100701\""}, {NULL, NULL}};

static const struct profile_answer no_pdu_mode[] = {{"+CMGF=0", "+CMS ERROR: 303"}, {NULL, NULL}};

static const int slow_submissions[] = {3000, 6000, 15000, 45000, 119000, -1, 0};

/* ---- columns that many rows share ---- */

#define PLAIN_IDENTITY .manufacturer = "phanhoi", .model = "virtual", .revision = "1.0"
#define PLAIN_MEMORY .slot_base = 1, .sim_slots = 20, .me_slots = 50, .empty_slot = 321
#define PLAIN_INDICATIONS .cnmi_range = "(0-3),(0-3),(0,2),(0-2),(0,1)"
#define PLAIN_CHARSETS .charsets = "\"GSM\",\"IRA\",\"UCS2\",\"HEX\""
#define PLAIN PLAIN_IDENTITY, PLAIN_MEMORY, PLAIN_INDICATIONS, PLAIN_CHARSETS

#define SIM800 \
    .manufacturer = "SIMCOM_Ltd", .model = "SIMCOM_SIM800C", .revision = "Revision:1418B04SIM800C24", .slot_base = 1, .sim_slots = 10, \
    .cnmi_range = "(0-2),(0-3),(0,2),(0,1),(0,1)", .charsets = "\"IRA\",\"GSM\",\"UCS2\",\"HEX\",\"PCCP\",\"PCDN\",\"8859-1\"", .ussd_blanks = true, \
    .ussd_no_hex = true, .answers = sim800_answers, .boot = sim800_boot
#define EC25 \
    .manufacturer = "Quectel", .model = "EC25", .revision = "EC25EFAR06A06M4G", .sim_slots = 20, .me_slots = 255, .empty_slot = 321, \
    .cnmi_range = "(0-2),(0-3),(0,2),(0-2),(0,1)", .charsets = "\"GSM\",\"IRA\",\"UCS2\"", .answers = ec25_answers, .boot = ec25_boot, \
    .noise = ec25_noise, .urc_ports = "usbat usbmodem uart1", .urc_port = "usbat"

static const struct profile profiles[] = {
    {.name = "generic", .help = "TS 27.005 and 27.007 to the letter", PLAIN, .noise = any_noise},

    {.name = "boot-sim800", .help = "SIM800C: boot lines, ten slots, plain USSD with blanks", SIM800, .noise = sim800_noise},
    {.name = "volt-sim800",
     .help = "SIM800C on a bad supply: warnings also between a command and its answer",
     SIM800,
     .noise = voltage_noise,
     .interjection = "OVER-VOLTAGE WARNNING"},
    {.name = "ec25", .help = "Quectel EC25 on its AT port, to which unsolicited lines go", EC25, .port = "usbat"},
    {.name = "ec25-modem-port", .help = "Quectel EC25 on its modem port: unsolicited lines go to the other one", EC25, .port = "usbmodem"},
    {.name = "m35",
     .help = "Quectel M35: USSD is UCS-2 in hex under a dcs of the default alphabet",
     .manufacturer = "Quectel_Ltd",
     .model = "Quectel_M35",
     .revision = "Revision: M35FAR02A01",
     .slot_base = 1,
     .sim_slots = 20,
     .empty_slot = 321,
     .cnmi_range = "(0-2),(0-3),(0,2),(0,1),(0,1)",
     PLAIN_CHARSETS,
     .boot = m35_boot,
     .noise = m35_noise,
     .ussd = PROFILE_USSD_UCS2},
    {.name = "e1550",
     .help = "Huawei E1550: slots from 0, talkative, USSD in packed hex",
     .manufacturer = "huawei",
     .model = "E1550",
     .revision = "11.608.12.10.209",
     .unknown = "COMMAND NOT SUPPORT",
     .answers = huawei_answers,
     .noise = huawei_noise,
     .sim_slots = 10,
     .me_slots = 23,
     .empty_slot = 321,
     .cnmi_range = "(0-1),(0-3),(0,2,3),(0-2),(0,1)",
     .full_line = "^SMMEMFULL: \"SM\"",
     PLAIN_CHARSETS,
     .ussd = PROFILE_USSD_PACKED},
    {.name = "zte",
     .help = "ZTE MF: floods until its storage was asked for, delivery reports with a comma too many",
     .manufacturer = "ZTE CORPORATION",
     .model = "MF180",
     .revision = "BD_MF180V1.0.0B01",
     .answers = zte_answers,
     .noise = zte_noise,
     .quiet_after = "+CPMS?",
     .slot_base = 1,
     .sim_slots = 20,
     .me_slots = 50,
     .empty_slot = 321,
     .cnmi_range = "(0-2),(0-3),(0,2),(0,1),(0,1)",
     .report_comma = true,
     PLAIN_CHARSETS},
    {.name = "wavecom",
     .help = "Wavecom Fastrack: AT+CPMS takes one memory, +CMS ERROR: 515 while it starts",
     .manufacturer = " WAVECOM MODEM",
     .model = " MULTIBAND  900E  1800 ",
     .revision = " 657f09gg.Q2406B 1485212 020206 18:21",
     .answers = wavecom_answers,
     .boot = wavecom_boot,
     .start_ms = 10000,
     .start_error = 515,
     .slot_base = 1,
     .sim_slots = 20,
     .empty_slot = 321,
     .cnmi_range = "(0-2),(0-3),(0,2),(0-2),(0,1)",
     .cpms_values = 1,
     PLAIN_CHARSETS},

    {.name = "cnmi-bm0",
     .help = "no broadcast messages in AT+CNMI",
     PLAIN_IDENTITY,
     PLAIN_MEMORY,
     PLAIN_CHARSETS,
     .cnmi_range = "(0-2),(0,1,3),(0),(0,1),(0,1)"},
    {.name = "cnmi-ds-lie",
     .help = "offers delivery reports in AT+CNMI and refuses them",
     PLAIN_IDENTITY,
     PLAIN_MEMORY,
     PLAIN_CHARSETS,
     .cnmi_range = "(0-2),(0-3),(0,2),(0,1),(0,1)",
     .cnmi_takes = "(0-2),(0-3),(0,2),(0),(0,1)"},
    {.name = "cnmi-none", .help = "announces nothing", PLAIN_IDENTITY, PLAIN_MEMORY, PLAIN_CHARSETS, .cnmi_range = "(0),(0),(0),(0),(0)"},
    {.name = "cpms-bare", .help = "AT+CPMS=? without brackets", PLAIN, .answers = cpms_bare},
    {.name = "cpms-unquoted", .help = "AT+CPMS=? with a quote missing, ME only", PLAIN, .answers = cpms_unquoted},
    {.name = "cpms-list", .help = "AT+CPMS=? as a list of memories", PLAIN, .answers = cpms_list},
    {.name = "cpms-empty", .help = "AT+CPMS=? names no memory", PLAIN, .answers = cpms_empty},
    {.name = "cpms-silent", .help = "AT+CPMS=? and AT+CPMS? say OK and nothing else", PLAIN, .answers = cpms_silent},
    {.name = "creg-quoted", .help = "AT+CREG? with a long cell", PLAIN, .answers = creg_quoted},
    {.name = "creg-bare", .help = "AT+CREG? as an unsolicited line has it, without quotes", PLAIN, .answers = creg_bare},
    {.name = "creg-padded", .help = "AT+CREG? with zeros in front", PLAIN, .answers = creg_padded},
    {.name = "creg-empty", .help = "AT+CREG? with nothing between its commas", PLAIN, .answers = creg_empty},
    {.name = "creg-crowded", .help = "AT+CREG? with more values than there are", PLAIN, .answers = creg_crowded},
    {.name = "creg-broken", .help = "AT+CREG? with a quote missing", PLAIN, .answers = creg_broken},
    {.name = "full",
     .help = "two slots, and nothing said when they are full",
     PLAIN_IDENTITY,
     PLAIN_INDICATIONS,
     PLAIN_CHARSETS,
     .slot_base = 1,
     .sim_slots = 2,
     .empty_slot = 321},
    {.name = "netloss", .help = "not registered at first", PLAIN, .unregistered = true},
    {.name = "slow",
     .help = "submissions take 3 to 119 s or are never answered, USSD takes 30 s",
     PLAIN,
     .submit_ms = slow_submissions,
     .ussd_ms = 30000},
    {.name = "late-ref", .help = "+CMGS:7 without its blank", PLAIN, .reference_tight = true},
    {.name = "late-ref-time",
     .help = "+CMGS:7 with the time behind the reference",
     PLAIN,
     .reference_tight = true,
     .reference_tail = ",\"24/01/01,00:00:00+28\""},
    {.name = "noecho", .help = "never echoes", PLAIN, .echo = PROFILE_ECHO_NEVER},
    {.name = "double-echo", .help = "says each command twice, whatever ATE says", PLAIN, .echo = PROFILE_ECHO_TWICE},
    {.name = "noise", .help = "garbage, half lines, calls", PLAIN, .noise = wild_noise},
    {.name = "ussd-multiline", .help = "USSD texts go out as they are, line ends and quotes in them", PLAIN},
    {.name = "ussd-plain", .help = "USSD texts plain, whatever the character set is", PLAIN, .ussd = PROFILE_USSD_PLAIN},
    {.name = "ussd-packed", .help = "USSD texts as packed septets, of a maker whom nobody listed", PLAIN, .ussd = PROFILE_USSD_PACKED},
    {.name = "pin", .help = "the SIM asks for its PIN, 1234", PLAIN, .sim = PROFILE_SIM_PIN, .pin = "1234"},
    {.name = "puk", .help = "the SIM asks for its PUK", PLAIN, .sim = PROFILE_SIM_PUK, .pin = "1234"},
    {.name = "nosim", .help = "there is no SIM", PLAIN, .sim = PROFILE_SIM_NONE},
    {.name = "dead", .help = "mute at first", PLAIN, .mute = true},
    {.name = "dead-chatter",
     .help = "mute at first, but for an unsolicited line every 8 s",
     PLAIN,
     .mute = true,
     .chatter = true,
     .noise = dead_chatter},
    {.name = "text-only", .help = "knows text mode only", PLAIN, .answers = no_pdu_mode},
    {.name = "report-direct",
     .help = "delivery reports as +CDS only",
     PLAIN_IDENTITY,
     PLAIN_MEMORY,
     PLAIN_CHARSETS,
     .cnmi_range = "(0-2),(0-3),(0,2),(0,1),(0,1)"},
    {.name = "report-early", .help = "delivery reports before the answer to their AT+CMGS", PLAIN, .early_report = true},
    {.name = "report-never",
     .help = "no delivery reports",
     PLAIN_IDENTITY,
     PLAIN_MEMORY,
     PLAIN_CHARSETS,
     .cnmi_range = "(0-2),(0-3),(0,2),(0),(0,1)"},
};

const struct profile *profile_at(size_t i) {
    return i < COUNT(profiles) ? &profiles[i] : NULL;
}

const struct profile *profile_find(const char *name) {
    for (size_t i = 0; i < COUNT(profiles); i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}

const char *profile_answer(const struct profile *p, const char *command, size_t len) {
    for (const struct profile_answer *a = p->answers; a && a->command; a++)
        if (strlen(a->command) == len && strncasecmp(a->command, command, len) == 0)
            return a->answer;
    return NULL;
}
