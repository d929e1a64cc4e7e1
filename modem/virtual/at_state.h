/* The inside of a modem, shared by the files at_*.c and nobody else. */
#ifndef MODEM_VIRTUAL_AT_STATE_H
#define MODEM_VIRTUAL_AT_STATE_H

#include "firmware-host/base/str.h"
#include "modem/virtual/at_modem.h"

#define AT_LINE_MAX 2048 /* octets of a command line, of a text or PDU, of what is typed ahead */
#define AT_ARGS_MAX 12

/* What a command comes to: AT_OK, AT_ERROR, AT_PENDING (at_finish follows), AT_PROMPT (text or a PDU is asked for), or an error code. */
enum { AT_OK = 0, AT_ERROR = 1, AT_PENDING = 2, AT_PROMPT = 3, AT_CME = 0x1000, AT_CMS = 0x2000, AT_CODE = 0xFFF };

/* TS 27.007 §9.2.1 and TS 27.005 §3.2.5 */
enum {
    CME_NOT_ALLOWED = 3,
    CME_NO_SIM = 10,
    CME_SIM_PIN = 11,
    CME_SIM_PUK = 12,
    CME_WRONG_PASSWORD = 16,
    CME_NO_SERVICE = 30,
    CME_BAD_PARAMETERS = 50,
    CMS_OPERATION_NOT_ALLOWED = 302,
    CMS_NOT_SUPPORTED = 303,
    CMS_INVALID_PDU = 304,
    CMS_INVALID_TEXT = 305,
    CMS_NO_SIM = 310,
    CMS_SIM_PIN = 311,
    CMS_SIM_PUK = 316,
    CMS_INVALID_INDEX = 321,
    CMS_FULL = 322,
    CMS_NO_CENTRE = 330,
    CMS_NO_SERVICE = 331,
    CMS_NO_CNMA = 340,
};

enum at_charset { AT_CHARSET_IRA, AT_CHARSET_GSM, AT_CHARSET_UCS2, AT_CHARSET_HEX, AT_CHARSET_COUNT };

/* What ATZ sets back. Numbers that a command only keeps are read and written through the command table. */
struct at_registers {
    int echo, quiet, verbose, cmee, cmgf, csms, csdh, creg, cgreg, cmms, cusd, clip, cops_format, cfun, cgatt;
    int cnmi[5]; /* mode, mt, bm, ds, bfr */
    int csmp[4]; /* fo, vp, pid, dcs */
    enum memory cpms[3];
    enum at_charset charset;
};

enum at_entry_kind { AT_ENTRY_NONE, AT_ENTRY_SEND, AT_ENTRY_WRITE, AT_ENTRY_ACKNOWLEDGE };
struct at_entry { /* text or a PDU being typed in after the prompt */
    enum at_entry_kind kind;
    int length; /* octets of the TPDU; PDU mode */
    struct phone to; /* text mode; may be PHONE_NONE for AT+CMGW */
    enum slot_status status;
    bool good; /* AT_ENTRY_ACKNOWLEDGE */
    bool after_cr; /* the LF of a CR LF is dropped */
};

struct at_submission { /* between the PDU and the answer */
    bool under_way;
    const char *prefix; /* "+CMGS" or "+CMSS" */
    size_t len;
    uint8_t tpdu[TPDU_MAX_OCTETS];
    struct at_fault fault;
    struct slot *stored; /* +CMSS: becomes SENT; NULL: none */
    uint64_t call; /* that will end it */
};

struct at_modem {
    struct network *network;
    struct schedule *schedule;
    struct clock *clock;
    struct subscriber *subscriber;
    struct at_modem_settings settings; /* strings are its own */
    const struct profile *profile;
    struct at_terminal terminal;
    struct at_knobs knobs;
    struct at_fault fault;
    struct slots slots;
    struct at_registers registers;
    enum profile_sim card, sim; /* the SIM's state after a restart, and now */
    int pin_tries;
    int64_t pin_entered; /* AT+CPIN= that came */
    struct phone centre;
    char imei[16], imsi[16], iccid[20];

    struct str line, last_line; /* being typed; for A/ */
    struct str data; /* being entered after a prompt */
    struct str ahead; /* typed while a command runs */
    struct str out; /* goes out at the end of each turn */
    struct str held; /* unsolicited lines that wait for the end of a command line or an entry */
    struct str indications; /* those that AT+CNMI mode 0 keeps back */
    int indication_count;
    bool busy; /* a command's final result is outstanding */
    int64_t last_byte; /* when the terminal last typed, monotonic ms */
    uint64_t release_call;

    struct at_entry entry;
    struct at_submission submission;
    uint8_t reference; /* the next TP-MR */
    int64_t submitted;
    struct arrival *shown; /* +CMT or +CDS that awaits +CNMA */
    uint64_t ack_call, noise_call;
    size_t noise_at;
    bool quiet; /* the command that ends the noise was given */
    bool deaf; /* between a restart and its first boot line */
    uint64_t boot_call;
    int64_t start_until; /* monotonic ms; before it the profile's start_error is answered */
    unsigned commands; /* lines taken */
    size_t submission_at; /* in the profile's submit_ms */
    const char *urc_port; /* where unsolicited lines go; NULL: a modem of one port */
    int said_registered; /* <stat> last told by +CREG */
    struct phone caller; /* who rings */
    int rings_left;
    uint64_t ring_call;
    int64_t calls, rejected; /* that came; that the terminal hung up */
    char *ussd_path; /* codes and answers of the open dialogue; NULL: none */
};

struct at_args {
    unsigned count;
    const char *v[AT_ARGS_MAX]; /* without quotes; NULL: left out */
    char buffer[AT_LINE_MAX];
};
/* Cuts what stands behind "=". false: more than AT_ARGS_MAX, or a quote is left open. */
bool at_args_parse(struct at_args *args, const char *text, size_t len);
/* A number in [min, max]; `fallback` when it is absent. false: no number, or out of range. */
bool at_arg_int(const struct at_args *args, unsigned i, int min, int max, int fallback, int *ret_value);
const char *at_arg_text(const struct at_args *args, unsigned i); /* NULL: left out */
/* A number in digits, or in the terminal's character set. */
bool at_arg_phone(const struct at_modem *m, const struct at_args *args, unsigned i, struct phone *ret_phone);
/* Whether `value` is in the group'th "(…)" of a range such as "(0-2),(0,1)". */
bool at_range_allows(const char *range, unsigned group, int value);

struct at_command;
typedef int at_handler(struct at_modem *m, const struct at_command *command, const struct at_args *args);
enum { AT_NEEDS_SIM = 1, AT_CMS_ERRORS = 2 }; /* unlocked SIM; its errors are +CMS ERROR */
struct at_command {
    const char *name; /* "+CSQ" */
    unsigned flags;
    const char *range; /* what NAME=? says behind "NAME: "; "": a bare OK; NULL: as `test` does, else ERROR */
    at_handler *execute, *read, *set, *test; /* NULL: that form is an error */
    size_t field; /* the register (at_number_read, at_number_set) or the fixed answer (at_identity) it is about */
};
const struct at_command *at_command_find(const char *name, size_t len); /* at_commands.c */
int at_basic(struct at_modem *m, const char **at); /* runs one basic command and moves on */

/* at_modem.c: answers */
void at_info(struct at_modem *m, const char *format, ...) __attribute__((format(printf, 2, 3))); /* a line of an answer */
void at_info_begin(struct at_modem *m);
void at_info_end(struct at_modem *m);
void at_urc(struct at_modem *m, const char *text); /* an unsolicited line, when the terminal isn't typing */
void at_finish(struct at_modem *m, int result); /* the final result of a pending command */
void at_prompt(struct at_modem *m, const struct at_entry *entry);
void at_flush(struct at_modem *m);
void at_reset(struct at_modem *m); /* ATZ */
void at_reboot(struct at_modem *m); /* AT+CFUN=1,1 */
int at_unknown(struct at_modem *m); /* what a command that isn't known comes to */
int64_t at_paced(const struct at_modem *m, int64_t ms); /* a time of the profile, with the knob `speed` */
const char *at_pin(const struct at_modem *m);
bool at_in_service(const struct at_modem *m);
void at_registration_changed(struct at_modem *m);

/* at_sms.c: commands on stored and outgoing messages */
at_handler at_cmgl, at_cmgr, at_cmgd, at_cmgs, at_cmgw, at_cmgw_execute, at_cmss, at_cpms_set, at_cpms_read, at_cpms_test, at_cmgl_test, at_cmgd_test;
int at_entry_complete(struct at_modem *m);

/* at_receive.c: arriving messages */
at_handler at_cnmi_set, at_cnmi_read, at_cnmi_test, at_cnma;
subscriber_offer at_offer;
int at_acknowledge(struct at_modem *m, bool good); /* AT+CNMA */
void at_indications_flush(struct at_modem *m);

/* at_ussd.c */
at_handler at_cusd_set;

/* at_call.c */
at_handler at_hang_up; /* AT+CHUP, ATH */

/* at_text.c: how text mode shows and takes messages */
void at_text_list(const struct at_modem *m, const struct slot *slot, int number, struct str *to); /* the two lines of AT+CMGL */
void at_text_read(const struct at_modem *m, const struct slot *slot, struct str *to); /* of AT+CMGR */
void at_text_arrival(const struct at_modem *m, const struct slot *slot, struct str *to); /* of +CMT, or the one of +CDS */
const char *at_text_status(enum slot_status status); /* "REC UNREAD" */
int at_text_submit(struct at_modem *m, const struct phone *to, struct bytes text, uint8_t octets[TPDU_MAX_OCTETS], size_t *ret_len);

/* at_charset.c: the terminal's character set (AT+CSCS) */
const char *at_charset_name(enum at_charset charset);
bool at_charset_parse(const char *name, enum at_charset *ret_charset);
void at_charset_write(enum at_charset charset, const char *text, struct str *to); /* from UTF-8 */
bool at_charset_read(enum at_charset charset, struct bytes from, struct str *to); /* to UTF-8; false: not in that set */

#endif
