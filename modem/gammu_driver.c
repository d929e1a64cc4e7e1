/* The driver on libGammu 1.42. It blocks for seconds, so it works in a thread of its own, one call at a time; meanwhile the worker's thread serves
 * both lines (gammu_line.c), collects what the core says and gives signs of life. Nothing but the two pipes connects the threads: who has the turn
 * has all of struct modem.
 *
 * Of libGammu is used what is sound: connection dku2at (`at` sleeps 400 ms a command), CNMI parameters of -1 (0 would switch everything off), no
 * GSM_LinkSMS, no GSM_EncodeMultiPartSMS (they mix senders and references: parts are joined by the core, headers encoded by us), none of the helpers
 * that return static buffers, no command before the callback of a submission.
 *
 * On a line of ours (serial, TCP, pty) libGammu speaks AT behind the filter. On `gammu:CONNECTION:DEVICE` it opens the device by itself, whatever
 * it speaks; there is no filter then, arrivals are rebuilt as PDUs from what libGammu decoded, and all that is known of a submission is its
 * callback. */

/* Three of libGammu's errors have the names of ours. */
#define ERR_TIMEOUT GAMMU_ERR_TIMEOUT
#define ERR_FULL GAMMU_ERR_FULL
#define ERR_BUSY GAMMU_ERR_BUSY
#include <gammu-callback.h>
#include <gammu.h>
#undef ERR_TIMEOUT
#undef ERR_FULL
#undef ERR_BUSY

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "modem/at_reply.h"
#include "modem/cms_error.h"
#include "modem/driver.h"
#include "modem/filter.h"
#include "modem/gammu_line.h"
#include "modem/tpdu.h"
#include "modem/ussd.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { STACK = 4 << 20, INIT_TRIES = 1, SLOTS_MAX = 2000, READINGS_MAX = 4, IMSI_SIZE = 128, DBM_WEAKEST = -113, CSQ_UNKNOWN = 99 };
enum { FIRST_REJECT_DUPLICATES = 0x04, FIRST_REPORT = 0x20, FIRST_RELATIVE = 0x10 };
#define RESULT_TIMEOUT (180 * CLOCK_SECOND) /* from the end of GSM_SendSMS to its callback; the filter's is shorter */
#define POLL_PERIOD (10 * CLOCK_SECOND) /* of devices without a filter */
#define RETRY_SOON (5 * CLOCK_SECOND)
#define LISTEN_PERIOD 500 /* ms between looks for a reply of the network: libGammu hears only while it's called */

typedef GSM_Error gammu_call(struct modem *m);

struct modem {
    struct driver_host *host;
    struct gammu_line *line; /* NULL: libGammu has the device itself */
    struct sandbox_needs needs;
    GSM_StateMachine *state; /* NULL: none is open */

    pthread_t thread;
    bool runs;
    int work[2], done[2]; /* pipes: an octet says whose turn it is */
    gammu_call *call; /* what is to be done; NULL: end */
    GSM_Error result;

    /* what calls take and give */
    GSM_MultiSMSMessage messages;
    GSM_SecurityCodeType security;
    GSM_SignalQuality signal;
    GSM_NetworkInfo network;
    GSM_SMSMemoryStatus storage;
    GSM_SMSC centre;
    char model[GSM_MAX_MODEL_LENGTH + 1], revision[GSM_MAX_VERSION_LENGTH + 1], imei[GSM_MAX_IMEI_LENGTH + 1], imsi[IMSI_SIZE];
    bool answered; /* the callback came: */
    int status, reference;

    struct driver_health health; /* the last; all unknown before */

    /* Of a device without a line of ours; on one, gammu_line.c has it. While a request is out nothing else is asked: libGammu changes the character
     * set for nearly everything, and would read the reply in another than it comes in. */
    struct {
        bool out; /* a request is with the network */
        bool open; /* the network waits for an answer of ours */
        bool heard; /* the callback came, with `reply` */
        int64_t until, look_at; /* monotonic ms */
        char text[USSD_SEPTETS_MAX + 1];
        GSM_USSDMessage reply;
    } ussd;
};

static int64_t now_of(const struct modem *m) {
    return m->host->port->clock->mono_ms(m->host->port->clock);
}

/* ---- the thread ---- */

static void pass_turn(int fd) {
    while (write(fd, "", 1) < 0) /* EINTR: a pipe that nobody fills has room */
        ;
}

static bool await_turn(int fd) {
    char octet;
    ssize_t n;
    do
        n = read(fd, &octet, 1);
    while (n < 0);
    return n == 1;
}

static void *work(void *context) {
    struct modem *m = context;
    while (await_turn(m->work[0]) && m->call) {
        m->result = m->call(m);
        pass_turn(m->done[1]);
    }
    return NULL;
}

static bool start_thread(struct modem *m) {
    pthread_attr_t attributes;
    if (m->runs)
        return true;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    m->runs = pthread_attr_setstacksize(&attributes, STACK) == 0 && pthread_create(&m->thread, &attributes, work, m) == 0;
    pthread_attr_destroy(&attributes);
    return m->runs;
}

/* Until libGammu is done. The core's lines and the end of the worker are looked after by the port. */
static enum err await_done(struct modem *m) {
    struct at_port *port = m->host->port;
    struct pollfd done = {.fd = m->done[0], .events = POLLIN};
    enum err e = ERR_OK;
    port->also[0] = m->done[0];
    while (poll(&done, 1, e == ERR_OK ? 0 : -1) <= 0) /* a signal is no end */
        e = port->wait(port, false, now_of(m) + CLOCK_MINUTE);
    port->also[0] = 0;
    return e;
}

/* Has libGammu do something; m->result is what it said. Returned is the state of the modem. */
static enum err call(struct modem *m, gammu_call *what) {
    m->call = what;
    pass_turn(m->work[1]);
    enum err e = m->line ? gammu_line_serve(m->line, m->done[0]) : await_done(m);
    await_turn(m->done[0]);
    return e;
}

/* ---- in the thread: what libGammu does ---- */

static void on_sent(GSM_StateMachine *state, int status, int reference, void *context) {
    struct modem *m = context;
    (void)state;
    m->answered = true;
    m->status = status;
    m->reference = reference;
}

/* cppcheck-suppress constParameter; the type of libGammu's callbacks */
static void on_ussd(GSM_StateMachine *state, GSM_USSDMessage *reply, void *context) {
    struct modem *m = context;
    (void)state;
    m->ussd.heard = true;
    m->ussd.reply = *reply;
}

static GSM_Error call_close(struct modem *m) {
    if (m->state) {
        (void)GSM_TerminateConnection(m->state); /* whatever it was in: else its descriptor stays open */
        GSM_FreeStateMachine(m->state);
    }
    m->state = NULL;
    return ERR_NONE;
}

static GSM_Error call_open(struct modem *m) {
    const struct line_address *a = m->host->address;
    (void)call_close(m);
    GSM_SetDebugLevel("nothing", GSM_GetGlobalDebug());
    m->state = GSM_AllocStateMachine();
    if (!m->state)
        return ERR_MOREMEMORY;
    GSM_Config *config = GSM_GetConfig(m->state, 0);
    memset(config, 0, sizeof *config);
    config->Device = mem_string(m->line ? gammu_line_path(m->line) : a->path); /* freed with the state machine */
    config->Connection = mem_string(m->line ? "dku2at" : a->connection);
    config->DebugFile = mem_string("");
    snprintf(config->Model, sizeof config->Model, "%s", m->line ? "at" : a->model);
    snprintf(config->DebugLevel, sizeof config->DebugLevel, "nothing");
    for (size_t i = 0; i < sizeof config->CNMIParams / sizeof *config->CNMIParams; i++)
        config->CNMIParams[i] = -1;
    GSM_SetConfigNum(m->state, 1);
    GSM_Error e = GSM_InitConnection(m->state, INIT_TRIES);
    GSM_SetSendSMSStatusCallback(m->state, on_sent, m);
    GSM_SetIncomingUSSDCallback(m->state, on_ussd, m);
    return e;
}

static GSM_Error call_security(struct modem *m) {
    return GSM_GetSecurityStatus(m->state, &m->security);
}

static GSM_Error call_identity(struct modem *m) {
    m->model[0] = m->imei[0] = m->imsi[0] = m->revision[0] = '\0';
    (void)GSM_GetModel(m->state, m->model);
    (void)GSM_GetIMEI(m->state, m->imei);
    (void)GSM_GetFirmware(m->state, m->revision, NULL, NULL);
    return GSM_GetSIMIMSI(m->state, m->imsi);
}

static GSM_Error call_indicate(struct modem *m) {
    return GSM_SetIncomingSMS(m->state, TRUE);
}

static GSM_Error call_first(struct modem *m) {
    return GSM_GetNextSMS(m->state, &m->messages, TRUE);
}

static GSM_Error call_next(struct modem *m) {
    return GSM_GetNextSMS(m->state, &m->messages, FALSE);
}

static GSM_Error call_read(struct modem *m) {
    return GSM_GetSMS(m->state, &m->messages);
}

static GSM_Error call_delete(struct modem *m) {
    return GSM_DeleteSMS(m->state, &m->messages.SMS[0]);
}

/* Nothing is asked before the callback: it would take another command's OK for its own. */
static GSM_Error call_send(struct modem *m) {
    m->answered = false;
    GSM_Error e = GSM_SendSMS(m->state, &m->messages.SMS[0]);
    int64_t deadline = now_of(m) + RESULT_TIMEOUT * m->host->port->clock->pace; /* libGammu's time is real */
    while (e == ERR_NONE && !m->answered && now_of(m) < deadline)
        (void)GSM_ReadDevice(m->state, TRUE);
    return e;
}

static GSM_Error call_health(struct modem *m) {
    m->signal = (GSM_SignalQuality){.SignalStrength = -1, .SignalPercent = -1};
    m->network = (GSM_NetworkInfo){.State = GSM_NetworkStatusUnknown};
    if (GSM_GetSignalQuality(m->state, &m->signal) != ERR_NONE)
        m->signal.SignalStrength = m->signal.SignalPercent = -1;
    return GSM_GetNetworkInfo(m->state, &m->network);
}

static GSM_Error call_storage(struct modem *m) {
    return GSM_GetSMSStatus(m->state, &m->storage);
}

static GSM_Error call_centre(struct modem *m) {
    memset(&m->centre, 0, sizeof m->centre);
    m->centre.Location = 1;
    return GSM_GetSMSC(m->state, &m->centre);
}

static GSM_Error call_hear_ussd(struct modem *m) {
    return GSM_SetIncomingUSSD(m->state, TRUE);
}

static GSM_Error call_dial(struct modem *m) {
    return GSM_DialService(m->state, m->ussd.text);
}

static GSM_Error call_end_ussd(struct modem *m) {
    (void)GSM_SetIncomingUSSD(m->state, FALSE); /* ends a dialogue, too */
    return GSM_SetIncomingUSSD(m->state, TRUE);
}

static GSM_Error call_listen(struct modem *m) {
    (void)GSM_ReadDevice(m->state, FALSE);
    return ERR_NONE;
}

/* ---- texts of libGammu: UCS-2, high octet first, NUL at the end ---- */

static size_t octets_of(const unsigned char *text, size_t max) {
    size_t n = 0;
    while (n + 1 < max && (text[n] || text[n + 1]))
        n += 2;
    return n;
}

static bool fill_unicode(const char *utf8, unsigned char *to, size_t size) {
    struct str octets;
    str_init(&octets, size - 2);
    text_to_utf16be(&octets, utf8);
    bool whole = str_ok(&octets);
    memcpy(to, octets.data, octets.len);
    to[octets.len] = to[octets.len + 1] = 0;
    str_release(&octets);
    return whole;
}

/* ---- opening ---- */

static const struct {
    GSM_SecurityCodeType code;
    const char *reason;
} locks[] = {
    {SEC_Pin, "the SIM asks for its PIN: switch the PIN off in a telephone, or put in another SIM"},
    {SEC_Puk, "the SIM is blocked and asks for its PUK: unblock it in a telephone"},
    {SEC_Pin2, "the SIM asks for its PIN2"},
    {SEC_Puk2, "the SIM asks for its PUK2"},
    {SEC_SecurityCode, "the device asks for its own code"},
    {SEC_Phone, "the modem is locked to another SIM"},
    {SEC_Network, "the modem is locked to another network"},
};

static void explain(const struct modem *m, const char *what, struct str *reason) {
    str_addf(reason, "%s: libGammu says: %.100s", what, GSM_ErrorString(m->result));
}

static enum err open_state(struct modem *m, struct str *reason) {
    if (m->line)
        gammu_line_free_terminal(m->line);
    enum err e = call(m, call_open);
    if (e == ERR_OK && m->result != ERR_NONE) {
        explain(m, "the device can't be opened", reason);
        e = m->line ? ERR_UNSUPPORTED : ERR_CONFLICT;
    }
    return e;
}

/* Of a device without a line of ours: a PIN is never tried. What doesn't know the question has a SIM, or none that can be asked about. */
static enum err sim_ready(struct modem *m, struct str *reason) {
    enum err e = call(m, call_security);
    if (e != ERR_OK)
        return e;
    if (m->result == ERR_NOSIM || m->result == ERR_SECURITYERROR || m->result == GAMMU_ERR_BUSY) {
        explain(m, m->result == ERR_NOSIM ? "there is no SIM in the modem" : "the SIM isn't ready", reason);
        return ERR_CONFLICT;
    }
    for (size_t i = 0; m->result == ERR_NONE && i < sizeof locks / sizeof *locks; i++)
        if (m->security == locks[i].code) {
            str_add(reason, locks[i].reason);
            return ERR_CONFLICT;
        }
    return ERR_OK;
}

/* The device on the line of ours: libGammu has it once its SIM can be used. */
static enum err open_line(struct modem *m, struct driver_identity *who, struct str *reason) {
    if (!gammu_line_path(m->line)) {
        str_add(reason, "no pseudo-terminal for libGammu can be had (is /dev/pts mounted?)");
        return ERR_IO;
    }
    enum err e = gammu_line_begin(m->line, who, reason);
    if (e == ERR_OK)
        e = open_state(m, reason);
    if (e == ERR_OK)
        e = gammu_line_prepare(m->line, who, reason);
    if (e == ERR_OK)
        e = call(m, call_indicate);
    return e == ERR_OK ? gammu_line_finish(m->line, who, reason) : e;
}

static enum err open_device(struct modem *m, struct driver_identity *who, struct str *reason) {
    m->ussd.out = m->ussd.open = m->ussd.heard = false;
    m->health = (struct driver_health){.signal = CSQ_UNKNOWN, .registration = -1, .slots_used = -1, .slots_total = -1};
    enum err e = open_state(m, reason);
    if (e == ERR_OK)
        e = sim_ready(m, reason);
    if (e == ERR_OK)
        e = call(m, call_identity);
    if (e != ERR_OK)
        return e;
    snprintf(who->model, sizeof who->model, "%s", m->model);
    snprintf(who->imei, sizeof who->imei, "%.23s", m->imei);
    snprintf(who->imsi, sizeof who->imsi, "%.23s", m->imsi);
    snprintf(who->revision, sizeof who->revision, "%.63s", m->revision);
    snprintf(who->family, sizeof who->family, "gammu");
    e = call(m, call_hear_ussd);
    who->no_ussd = m->result != ERR_NONE;
    return e;
}

static enum err gammu_open(struct modem *m, struct driver_identity *ret_identity, struct str *reason) {
    struct driver_identity who = {.imei = ""};
    if (!start_thread(m)) {
        str_add(reason, "no thread for libGammu can be had");
        return ERR_IO;
    }
    enum err e = m->line ? open_line(m, &who, reason) : open_device(m, &who, reason);
    gammu_line_explain(e, reason);
    if (e == ERR_OK)
        *ret_identity = who;
    return e;
}

/* ---- messages of devices without a filter ---- */

static int64_t epoch_ms(const GSM_DateTime *t) {
    struct tm tm = {
        .tm_year = t->Year - 1900, .tm_mon = t->Month - 1, .tm_mday = t->Day, .tm_hour = t->Hour, .tm_min = t->Minute, .tm_sec = t->Second};
    if (t->Year < 1990 || t->Year > 2089 || t->Month < 1 || t->Month > 12 || t->Day < 1 || t->Day > 31)
        return -1;
    return ((int64_t)timegm(&tm) - t->Timezone) * 1000;
}

static enum sms_encoding encoding_of(const GSM_SMSMessage *sms) {
    switch (sms->Coding) {
    case SMS_Coding_Unicode_No_Compression:
    case SMS_Coding_Unicode_Compression:
        return SMS_UCS2;
    case SMS_Coding_8bit:
        return SMS_8BIT;
    case SMS_Coding_Default_No_Compression:
    case SMS_Coding_Default_Compression:
        break;
    }
    return SMS_GSM7;
}

static struct sms_concat concat_of(const GSM_UDHHeader *udh) {
    struct sms_concat c = {.total = 0};
    bool wide = udh->ID16bit >= 0 && udh->Type != UDH_ConcatenatedMessages;
    if (udh->Type == UDH_NoUDH || udh->AllParts < 1 || udh->AllParts > 255 || udh->PartNumber < 1 || udh->PartNumber > udh->AllParts)
        return c;
    c.wide = wide;
    c.reference = (uint16_t)(wide ? udh->ID16bit : udh->ID8bit & 0xFF);
    c.total = (uint8_t)udh->AllParts;
    c.sequence = (uint8_t)udh->PartNumber;
    return c;
}

/* What can't be said as a PDU (more than fits into one) becomes "broken"; whose it is and when it was sent keeps it apart from another like it. */
static void tell_plainly(const GSM_SMSMessage *sms, const char *number, int64_t time, struct str *to) {
    struct str text;
    str_init(&text, 4 * GSM_MAX_SMS_LENGTH);
    if (sms->Coding == SMS_Coding_8bit)
        str_add_hex(&text, sms->Text, sms->Length > 0 && sms->Length < GSM_MAX_SMS_LENGTH ? (size_t)sms->Length : 0);
    else
        text_add_utf16be(&text, sms->Text, octets_of(sms->Text, sizeof sms->Text));
    str_addf(to, "? %s %lld ", number, (long long)time);
    str_add(to, text.data);
    str_release(&text);
}

/* Minutes; what is no zone is taken for none. */
static int zone_of(const GSM_DateTime *t) {
    enum { FARTHEST = 14 * 3600 };
    return t->Timezone >= -FARTHEST && t->Timezone <= FARTHEST ? t->Timezone / 900 * 15 : 0;
}

/* The message as the service centre would have sent it, in hexadecimal. */
static void rebuild(const GSM_SMSMessage *sms, struct str *hex) {
    const struct phone no_centre = {.kind = PHONE_NONE};
    struct tpdu_message t = {.type = sms->PDU == SMS_Status_Report ? TPDU_STATUS_REPORT : TPDU_DELIVER, .class = -1};
    struct str number, text;
    uint8_t octets[TPDU_MAX_OCTETS], centre[12];
    size_t len = 0;
    str_init(&number, 2 * GSM_MAX_NUMBER_LENGTH + 1);
    str_init(&text, 4 * GSM_MAX_SMS_LENGTH);
    text_add_utf16be(&number, sms->Number, octets_of(sms->Number, sizeof sms->Number));
    if (phone_parse(number.data, &t.phone) != ERR_OK)
        t.phone = (struct phone){.kind = PHONE_SHORT, .text = "0"}; /* nobody's: the text is kept */
    t.encoding = encoding_of(sms);
    t.class = sms->Class >= 0 && sms->Class <= 3 ? sms->Class : -1;
    if (t.encoding == SMS_GSM7)
        text_add_utf16be(&text, sms->Text, octets_of(sms->Text, sizeof sms->Text));
    else
        t.data = bytes_of(sms->Text, sms->Length < 0 ? 0 : (size_t)sms->Length * (t.encoding == SMS_UCS2 ? 2 : 1));
    t.text = text.data;
    t.concat = concat_of(&sms->UDH);
    t.status = sms->DeliveryStatus;
    t.reference = sms->MessageReference;
    t.time = epoch_ms(t.type == TPDU_STATUS_REPORT ? &sms->SMSCTime : &sms->DateTime);
    t.discharge_time = epoch_ms(&sms->DateTime);
    t.zone_minutes = zone_of(t.type == TPDU_STATUS_REPORT ? &sms->SMSCTime : &sms->DateTime);
    if (tpdu_encode(&t, octets, &len) == ERR_OK) {
        str_add_hex(hex, centre, tpdu_encode_sca(&no_centre, centre));
        str_add_hex(hex, octets, len);
    } else {
        tell_plainly(sms, number.data, t.time, hex);
    }
    str_release(&number);
    str_release(&text);
}

static bool came_in(const GSM_SMSMessage *sms) {
    return sms->PDU != SMS_Submit && (sms->Folder == 0 || sms->InboxFolder);
}

/* One that libGammu has just read into m->messages; parts that it keeps under one number go out one by one. */
static void tell_rebuilt(struct modem *m) {
    for (int i = 0; i < m->messages.Number && i < GSM_MAX_MULTI_SMS; i++) {
        const GSM_SMSMessage *sms = &m->messages.SMS[i];
        struct str hex;
        if (!came_in(sms))
            continue;
        str_init(&hex, AT_LINE_MAX);
        rebuild(sms, &hex);
        m->host->arrived(m->host, (struct driver_place){.memory = sms->Folder, .index = sms->Location}, hex.data);
        str_release(&hex);
    }
}

/* ---- arrivals ---- */

static const GSM_MemoryType memories[] = {[AT_MEMORY_SM] = MEM_SM, [AT_MEMORY_ME] = MEM_ME, [AT_MEMORY_MT] = MEM_MT, [AT_MEMORY_SR] = MEM_SR};

static void aim(struct modem *m, struct driver_place place) {
    GSM_SMSMessage *sms = &m->messages.SMS[0];
    memset(&m->messages, 0, sizeof m->messages);
    m->messages.Number = 1;
    sms->Location = place.index > 0 ? place.index : 1; /* on a line the filter puts in the slot's own number */
    if (!m->line)
        sms->Folder = place.memory;
    else if (place.memory > AT_MEMORY_NONE && place.memory < AT_MEMORY_COUNT)
        sms->Memory = memories[place.memory];
}

/* ---- USSD of a device without a line of ours ---- */

static void unicode_text(const unsigned char *unicode, size_t unicode_size, char *to, size_t size) {
    struct str text;
    str_init(&text, size - 1);
    text_add_utf16be(&text, unicode, octets_of(unicode, unicode_size));
    memcpy(to, text.data, text.len + 1);
    str_release(&text);
}

static void device_ussd_tell(struct modem *m, enum driver_ussd_outcome outcome, const char *said) {
    m->ussd.out = false;
    m->ussd.open = outcome == DRIVER_USSD_ASKS;
    m->host->ussd(m->host, outcome, said);
}

/* What the callback brought. What nobody asked for is the network's own, or late. */
static void device_ussd_heard(struct modem *m) {
    static const enum ussd_status statuses[] = {
        [USSD_Unknown] = USSD_ENDED,    [USSD_NoActionNeeded] = USSD_DONE,     [USSD_ActionNeeded] = USSD_ASKS,
        [USSD_Terminated] = USSD_ENDED, [USSD_AnotherClient] = USSD_ELSEWHERE, [USSD_NotSupported] = USSD_NOT_SUPPORTED,
        [USSD_Timeout] = USSD_NO_ANSWER};
    const GSM_USSDMessage *heard = &m->ussd.reply;
    bool known = heard->Status >= USSD_Unknown && heard->Status <= USSD_Timeout;
    char text[4 * (GSM_MAX_USSD_LENGTH + 1)];
    struct ussd_reply reply;
    enum driver_ussd_outcome outcome;
    const char *said;
    m->ussd.heard = false;
    unicode_text(heard->Text, sizeof heard->Text, text, sizeof text);
    ussd_reply_of(statuses[known ? heard->Status : USSD_Unknown], text, &reply);
    if (m->ussd.out) {
        (void)ussd_meaning(&reply, &outcome, &said);
        device_ussd_tell(m, outcome, said);
    } else {
        m->ussd.open &= reply.status == USSD_ASKS;
    }
}

static enum err device_ussd_serve(struct modem *m) {
    enum err e = ERR_OK;
    if (m->ussd.out && !m->ussd.heard && now_of(m) >= m->ussd.look_at) {
        e = call(m, call_listen);
        m->ussd.look_at = now_of(m) + LISTEN_PERIOD;
    }
    if (m->ussd.heard)
        device_ussd_heard(m);
    if (e != ERR_OK || !m->ussd.out || now_of(m) < m->ussd.until)
        return e;
    e = call(m, call_end_ussd);
    device_ussd_tell(m, DRIVER_USSD_TIMEOUT, "the network doesn't answer");
    return e;
}

static int64_t device_due(const struct modem *m) {
    return m->ussd.heard ? 0 : m->ussd.out ? m->ussd.look_at : INT64_MAX;
}

/* libGammu has one way for a request and an answer. It writes the text into a command as it stands, so only what can't end that goes. */
static enum err device_dial(struct modem *m, const char *text) {
    struct str dialled;
    char reason[160];
    str_init(&dialled, sizeof m->ussd.text - 1);
    bool fits = ussd_request(USSD_PLAIN, text, &dialled) == ERR_OK && str_ok(&dialled);
    if (fits)
        memcpy(m->ussd.text, dialled.data, dialled.len + 1);
    str_release(&dialled);
    if (!fits) {
        device_ussd_tell(m, DRIVER_USSD_REFUSED, "libGammu can't dial this text");
        return ERR_OK;
    }
    m->ussd.heard = false;
    m->ussd.out = true;
    m->ussd.look_at = now_of(m);
    m->ussd.until = m->ussd.look_at + USSD_REPLY_TIMEOUT;
    enum err e = call(m, call_dial);
    if (e == ERR_OK && m->result != ERR_NONE && !m->ussd.heard) {
        snprintf(reason, sizeof reason, "libGammu says: %.100s", GSM_ErrorString(m->result));
        device_ussd_tell(m, DRIVER_USSD_REFUSED, reason);
    }
    return e;
}

static enum err device_ussd(struct modem *m, enum driver_ussd_action action, const char *text) {
    if (action == DRIVER_USSD_CANCEL) {
        m->ussd.out = m->ussd.open = false;
        return call(m, call_end_ussd);
    }
    if (action == DRIVER_USSD_ANSWER && !m->ussd.open) {
        device_ussd_tell(m, DRIVER_USSD_ENDED, "the network has ended the dialogue");
        return ERR_OK;
    }
    return device_dial(m, text);
}

/* One that was announced. It is read until two readings agree, or one is sound. */
static enum err read_pending(struct modem *m) {
    struct driver_place place = gammu_line_next(m->line);
    enum gammu_found found = GAMMU_UNREAD;
    enum err e = ERR_OK;
    for (int i = 0; e == ERR_OK && i < READINGS_MAX && (found == GAMMU_UNREAD || found == GAMMU_DAMAGED); i++) {
        if (i == 0)
            gammu_line_aim(m->line, place, NULL);
        aim(m, place);
        e = call(m, call_read);
        found = gammu_line_found(m->line);
    }
    if (e == ERR_OK && found == GAMMU_MESSAGE)
        gammu_line_tell(m->line);
    else if (found != GAMMU_EMPTY) {
        log_event(LOG_LEVEL_WARNING, "gammu.slot_unreadable", log_int("memory", place.memory), log_int("index", place.index));
        m->host->want_sweep(m->host, RETRY_SOON);
    }
    return e;
}

static enum err gammu_serve(struct modem *m) {
    if (!m->line)
        return device_ussd_serve(m);
    enum err e = gammu_line_listen(m->line);
    if (e == ERR_OK && gammu_line_waits(m->line))
        e = read_pending(m);
    return e == ERR_OK ? gammu_line_dialogues(m->line) : e;
}

static bool gammu_waits(const struct modem *m) {
    return m->line ? gammu_line_waits(m->line) : m->ussd.heard;
}

static enum err sweep_device(struct modem *m) {
    if (m->ussd.out) {
        m->host->want_sweep(m->host, RETRY_SOON);
        return ERR_OK;
    }
    memset(&m->messages, 0, sizeof m->messages);
    enum err e = call(m, call_first);
    for (int i = 0; e == ERR_OK && m->result == ERR_NONE && i < SLOTS_MAX; i++) {
        tell_rebuilt(m);
        e = call(m, call_next);
    }
    m->host->want_sweep(m->host, POLL_PERIOD);
    return e;
}

static enum err gammu_sweep(struct modem *m) {
    if (!m->line)
        return sweep_device(m);
    gammu_line_sweep_begins(m->line);
    memset(&m->messages, 0, sizeof m->messages);
    enum err e = call(m, call_first);
    for (int i = 0; e == ERR_OK && m->result == ERR_NONE && i < SLOTS_MAX; i++)
        e = call(m, call_next);
    return e == ERR_OK ? gammu_line_sweep_ends(m->line) : e;
}

/* Whether the device's slot still holds what was told. */
static enum err still_holds(struct modem *m, struct driver_place place, const char *pdu) {
    struct str hex;
    bool same = false;
    aim(m, place);
    enum err e = call(m, call_read);
    if (e != ERR_OK)
        return e;
    for (int i = 0; m->result == ERR_NONE && !same && i < m->messages.Number && i < GSM_MAX_MULTI_SMS; i++) {
        str_init(&hex, AT_LINE_MAX);
        rebuild(&m->messages.SMS[i], &hex);
        same = strcasecmp(hex.data, pdu) == 0;
        str_release(&hex);
    }
    return same ? ERR_OK : ERR_NOT_FOUND;
}

static enum err gammu_remove(struct modem *m, struct driver_place place, const char *pdu, bool sure) {
    (void)sure; /* libGammu reads every slot before it deletes it, and so it's looked at */
    if (place.memory == DRIVER_DIRECT)
        return m->line ? gammu_line_acknowledge(m->line, place, pdu) : ERR_OK;
    if (m->line)
        gammu_line_aim(m->line, place, pdu);
    enum err e = m->line ? ERR_OK : still_holds(m, place, pdu);
    if (e != ERR_OK)
        return e;
    aim(m, place);
    e = call(m, call_delete);
    if (e != ERR_OK)
        return e;
    if (!m->line)
        return m->result == ERR_NONE ? ERR_OK : m->result == ERR_EMPTY ? ERR_NOT_FOUND : ERR_CONFLICT;
    switch (gammu_line_found(m->line)) {
    case GAMMU_DELETED:
        return ERR_OK;
    case GAMMU_EMPTY:
        return ERR_NOT_FOUND;
    case GAMMU_OTHER:
        m->host->want_sweep(m->host, 0);
        return ERR_NOT_FOUND;
    case GAMMU_UNREAD:
    case GAMMU_DAMAGED:
    case GAMMU_MESSAGE:
        break;
    }
    return ERR_CONFLICT;
}

/* ---- submission ---- */

/* A tilde begins Nokia's own escapes in Unicode texts, unless it is doubled. */
static void fill_ucs2(const struct tpdu *t, GSM_SMSMessage *sms) {
    size_t n = 0;
    for (size_t i = 0; i + 1 < t->ud_len; i += 2) {
        bool tilde = t->ud_octets[i] == 0 && t->ud_octets[i + 1] == '~';
        for (int k = 0; k < 1 + tilde; k++, n += 2)
            memcpy(sms->Text + n, t->ud_octets + i, 2);
    }
    sms->Length = (int)(n / 2);
}

static bool fill_text(const struct tpdu *t, GSM_SMSMessage *sms) {
    struct str text;
    bool whole = true;
    if (t->dcs.encoding == SMS_UCS2) {
        sms->Coding = SMS_Coding_Unicode_No_Compression;
        fill_ucs2(t, sms);
    } else if (t->dcs.encoding == SMS_8BIT) {
        sms->Coding = SMS_Coding_8bit;
        memcpy(sms->Text, t->ud_octets, t->ud_len);
        sms->Length = t->ud_len;
    } else {
        sms->Coding = SMS_Coding_Default_No_Compression;
        str_init(&text, 4 * SMS_GSM7_SINGLE);
        tpdu_text(t, &text);
        whole = fill_unicode(text.data, sms->Text, sizeof sms->Text);
        sms->Length = (int)(octets_of(sms->Text, sizeof sms->Text) / 2);
        str_release(&text);
    }
    return whole;
}

/* What the PDU says, for libGammu to say it again. Its header goes as octets: libGammu's own references come from the clock. */
static bool fill(const char *pdu, GSM_SMSMessage *sms) {
    struct filter_submission s;
    struct tpdu t;
    if (!filter_take_apart(pdu, &s) || tpdu_decode(s.octets, s.len, TPDU_TO_SC, &t) != ERR_OK || t.type != TPDU_SUBMIT)
        return false;
    memset(sms, 0, sizeof *sms);
    sms->PDU = s.octets[0] & FIRST_REPORT ? SMS_Status_Report : SMS_Submit; /* the former asks for a report */
    sms->RejectDuplicates = (s.octets[0] & FIRST_REJECT_DUPLICATES) != 0;
    sms->MessageReference = t.reference;
    sms->Class = (signed char)t.dcs.class;
    sms->SMSC.Validity.Format = SMS_Validity_RelativeFormat;
    sms->SMSC.Validity.Relative = s.octets[0] & FIRST_RELATIVE ? (GSM_ValidityPeriod)s.octets[s.validity] : SMS_VALID_Max_Time;
    sms->UDH.Type = s.header ? UDH_UserUDH : UDH_NoUDH;
    if (s.header) {
        sms->UDH.Length = s.octets[s.header] + 1;
        memcpy(sms->UDH.Text, s.octets + s.header, (size_t)sms->UDH.Length);
    }
    /* Without the number of a service centre libGammu refuses; on a line the SIM's own is used, whatever this says. */
    return fill_unicode("0", sms->SMSC.Number, sizeof sms->SMSC.Number) && fill_unicode(t.address.phone.text, sms->Number, sizeof sms->Number) &&
           fill_text(&t, sms);
}

/* What is known of a submission to a device that libGammu has by itself: only a callback with a reference says that it's sent, and only errors from
 * before anything could be written say that it's not. */
static void judge_device(const struct modem *m, struct driver_verdict *v) {
    static const GSM_Error harmless[] = {ERR_NOTSUPPORTED, ERR_NOTIMPLEMENTED, ERR_EMPTYSMSC, ERR_SOURCENOTAVAILABLE, ERR_NOTCONNECTED};
    *v = (struct driver_verdict){.outcome = DRIVER_UNKNOWN, .code = -1, .class = SMS_FAILURE_TEMPORARY};
    snprintf(v->reason, sizeof v->reason, "libGammu says: %.120s", GSM_ErrorString(m->result));
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (m->result == harmless[i])
            v->outcome = DRIVER_FAILED;
    if (!m->answered)
        return;
    if (m->status == 0 && m->reference >= 0) {
        v->outcome = DRIVER_SENT;
        v->reference = m->reference & 0xFF;
        v->reason[0] = '\0';
    } else if (m->status > 0 && cms_error_find(m->status)->certain) {
        v->outcome = DRIVER_FAILED;
        v->code = m->status;
        v->class = cms_error_find(m->status)->class;
        snprintf(v->reason, sizeof v->reason, "+CMS ERROR: %d (%.100s)", v->code, cms_error_find(m->status)->text);
    } else {
        snprintf(v->reason, sizeof v->reason, "libGammu reports status %d without a reference", m->status);
    }
}

static enum err gammu_submit(struct modem *m, const struct driver_submit *submit, struct driver_verdict *ret_verdict) {
    struct driver_verdict v = {.outcome = DRIVER_FAILED, .code = -1, .class = SMS_FAILURE_PERMANENT};
    enum err e = ERR_OK;
    memset(&m->messages, 0, sizeof m->messages);
    if (!fill(submit->pdu, &m->messages.SMS[0])) {
        snprintf(v.reason, sizeof v.reason, "libGammu has no form for this message");
    } else if (m->line) {
        gammu_line_submits(m->line, submit);
        e = call(m, call_send);
        if (!gammu_line_verdict(m->line, &v)) { /* it never came to a PDU */
            v.class = e == ERR_OK ? SMS_FAILURE_PERMANENT : SMS_FAILURE_TEMPORARY;
            snprintf(v.reason, sizeof v.reason, "before the PDU: libGammu says: %.100s", GSM_ErrorString(m->result));
        }
    } else {
        e = call(m, call_send);
        judge_device(m, &v);
    }
    *ret_verdict = v;
    return e;
}

/* ---- health ---- */

static int registration_of(GSM_NetworkInfo_State state) {
    static const int stats[] = {[GSM_HomeNetwork] = 1,          [GSM_NoNetwork] = 0,        [GSM_RoamingNetwork] = 5, [GSM_RegistrationDenied] = 3,
                                [GSM_NetworkStatusUnknown] = 4, [GSM_RequestingNetwork] = 2};
    return state >= GSM_HomeNetwork && state <= GSM_RequestingNetwork ? stats[state] : -1;
}

/* Of a device without a line of ours. */
static enum err condition(struct modem *m, struct driver_health *h) {
    enum err e = call(m, call_storage);
    if (e == ERR_OK && m->result == ERR_NONE) {
        h->slots_used = m->storage.SIMUsed + m->storage.PhoneUsed;
        h->slots_total = m->storage.SIMSize + m->storage.PhoneSize;
    }
    if (e == ERR_OK)
        e = call(m, call_centre);
    h->centre_known = e == ERR_OK && m->result == ERR_NONE;
    if (h->centre_known)
        unicode_text(m->centre.Number, sizeof m->centre.Number, h->centre, sizeof h->centre);
    return e;
}

static enum err gammu_health(struct modem *m, struct driver_health *ret_health) {
    struct driver_health h = {.signal = CSQ_UNKNOWN, .registration = -1, .slots_used = -1, .slots_total = -1};
    if (m->ussd.out) {
        *ret_health = m->health;
        return ERR_OK;
    }
    enum err e = call(m, call_health);
    if (m->result == ERR_NONE) {
        h.registration = registration_of(m->network.State);
        unicode_text(m->network.NetworkName, sizeof m->network.NetworkName, h.operator_name, sizeof h.operator_name);
    }
    if (m->signal.SignalStrength >= DBM_WEAKEST && m->signal.SignalStrength < 0 && m->signal.SignalStrength != -1)
        h.signal = (m->signal.SignalStrength - DBM_WEAKEST) / 2;
    else if (m->signal.SignalPercent >= 0 && m->signal.SignalPercent <= 100)
        h.signal = m->signal.SignalPercent * 31 / 100;
    if (e == ERR_OK)
        e = m->line ? gammu_line_health(m->line, &h) : condition(m, &h);
    if (e == ERR_OK || e == ERR_BUSY)
        *ret_health = m->health = h;
    return e;
}

/* ---- what libGammu has no part in, on a line of ours ---- */

static int64_t line_due(const struct modem *m) {
    return gammu_line_due(m->line);
}

static enum err line_ussd(struct modem *m, enum driver_ussd_action action, const char *text) {
    return gammu_line_ussd(m->line, action, text);
}

static enum err line_restart(struct modem *m, enum driver_restart how) {
    return gammu_line_restart(m->line, how);
}

static const struct driver_sim *line_sim(const struct modem *m) {
    return gammu_line_sim(m->line);
}

static enum err line_unlock(struct modem *m, const char *iccid, const char *pin, bool *ret_entered, struct str *reason) {
    return gammu_line_unlock(m->line, iccid, pin, ret_entered, reason);
}

/* ---- the driver ---- */

static const struct sandbox_needs *gammu_needs(const struct modem *m) {
    return &m->needs;
}

static struct modem *gammu_create(struct driver_host *host) {
    struct modem *m = mem_alloc(sizeof *m);
    m->host = host;
    if (host->address->kind != LINE_GAMMU)
        m->line = gammu_line_new(host);
    m->needs = (struct sandbox_needs){.threads = true, .opens = m->line ? gammu_line_path(m->line) : host->address->path};
    if (pipe2(m->work, O_CLOEXEC) != 0 || pipe2(m->done, O_CLOEXEC) != 0)
        abort(); /* no descriptors at the start of a process: nothing can be done here */
    return m;
}

static void gammu_destroy(struct modem *m) {
    if (!m)
        return;
    if (m->runs) {
        (void)call(m, call_close);
        m->call = NULL;
        pass_turn(m->work[1]);
        pthread_join(m->thread, NULL);
    }
    for (int i = 0; i < 2; i++) {
        close(m->work[i]);
        close(m->done[i]);
    }
    gammu_line_free(m->line);
    free(m);
}

/* What is the same however the device is reached. */
#define GAMMU_DRIVER \
    .name = "gammu", .create = gammu_create, .destroy = gammu_destroy, .needs = gammu_needs, .open = gammu_open, .serve = gammu_serve, \
    .waits = gammu_waits, .sweep = gammu_sweep, .submit = gammu_submit, .remove = gammu_remove, .health = gammu_health

const struct driver gammu_driver = {
    GAMMU_DRIVER, .due = line_due, .ussd = line_ussd, .restart = line_restart, .sim = line_sim, .unlock = line_unlock,
};

const struct driver gammu_device_driver = {GAMMU_DRIVER, .due = device_due, .ussd = device_ussd};
