/* Commands on stored and outgoing messages (TS 27.005 §3.4, §3.5, §4).
 *
 * A submission: AT+CMGS or AT+CMSS → submit() checks, gives the TP-MR and waits as long as the radio takes → submission_done() puts the part on
 * the air and says the result. A fault that a test asked for strikes at its stage and nowhere else. */
#include "modem/virtual/at_state.h"
#include "modem/virtual/raw_tpdu.h"

#include <stdlib.h>
#include <string.h>

/* -- submitting -------------------------------------------------------------------------------------------------------------------------- */

/* The fault that strikes at this stage. One of the prompt's that was asked for when the prompt had been given waits for the next submission. */
static struct at_fault take_fault(struct at_modem *m, bool at_prompt) {
    if ((m->fault.kind == AT_FAULT_PROMPT) != at_prompt)
        return (struct at_fault){.kind = AT_FAULT_NONE};
    struct at_fault fault = m->fault;
    if (fault.kind != AT_FAULT_NONE && --m->fault.count <= 0)
        m->fault.kind = AT_FAULT_NONE;
    return fault;
}

static void tell_reference(struct at_modem *m) {
    const struct profile *p = m->profile;
    at_info(m, "%s:%s%d%s", m->submission.prefix, p->reference_tight ? "" : " ", m->submission.tpdu[1], p->reference_tail ? p->reference_tail : "");
}

static void answer(void *context, int64_t cause) {
    struct at_modem *m = context;
    struct at_submission *s = &m->submission;
    s->under_way = false;
    if (cause == 0) {
        m->submitted++;
        if (s->stored)
            s->stored->status = SLOT_SENT;
        tell_reference(m);
    }
    at_finish(m, cause ? AT_CMS | (int)cause : AT_OK);
}

/* The submission ends without a result. */
static void break_off(struct at_modem *m, enum at_fault_kind fault) {
    static const char garbage[] = "\r\n+C\x00\xff\xfe\x80 MGS\r\n\x01\x02OK\x7f\xc3\r\n>\r\n";
    switch (fault) {
    case AT_FAULT_MUTE:
        m->knobs.mute = true;
        break;
    case AT_FAULT_HANGUP:
        at_modem_hangup(m);
        break;
    case AT_FAULT_UNPLUG:
        if (m->terminal.unplug)
            m->terminal.unplug(m->terminal.line);
        break;
    case AT_FAULT_RESTART:
        at_modem_brown_out(m);
        break;
    case AT_FAULT_GARBAGE:
        at_modem_say_octets(m, garbage, sizeof garbage - 1);
        break;
    case AT_FAULT_NO_OK:
        m->submitted++;
        tell_reference(m);
        at_flush(m);
        break;
    case AT_FAULT_NONE:
    case AT_FAULT_PROMPT:
    case AT_FAULT_PDU:
    case AT_FAULT_LOST_OK:
        break;
    }
}

static void submission_done(void *context, int64_t unused) {
    (void)unused;
    struct at_modem *m = context;
    struct at_submission *s = &m->submission;
    enum at_fault_kind fault = s->fault.kind;
    int cause = 0;
    if (fault == AT_FAULT_NONE || fault == AT_FAULT_LOST_OK || fault == AT_FAULT_NO_OK || s->fault.on_air)
        cause = at_in_service(m) ? subscriber_submit(m->subscriber, s->tpdu, s->len) : CMS_NO_SERVICE;
    switch (fault) {
    case AT_FAULT_PDU:
        answer(m, s->fault.code);
        return;
    case AT_FAULT_LOST_OK:
    case AT_FAULT_MUTE:
    case AT_FAULT_HANGUP:
    case AT_FAULT_UNPLUG:
    case AT_FAULT_RESTART:
    case AT_FAULT_GARBAGE:
    case AT_FAULT_NO_OK:
        s->under_way = false;
        m->busy = false;
        break_off(m, fault);
        return;
    case AT_FAULT_NONE:
    case AT_FAULT_PROMPT:
        break;
    }
    if (m->knobs.early_report || m->profile->early_report)
        schedule_in(m->schedule, 0, answer, m, cause); /* behind the report that the network has just scheduled */
    else
        answer(m, cause);
}

/* What the profile's radio takes for this submission. */
static int64_t radio_time(struct at_modem *m) {
    const int *times = m->profile->submit_ms;
    if (!times)
        return 0;
    if (!times[m->submission_at])
        m->submission_at = 0;
    int ms = times[m->submission_at++];
    if (ms < 0 && m->submission.fault.kind == AT_FAULT_NONE)
        m->submission.fault.kind = AT_FAULT_LOST_OK;
    return ms < 0 ? 0 : at_paced(m, ms);
}

static int submit(struct at_modem *m, const char *prefix, const uint8_t *tpdu, size_t len, struct slot *stored) {
    struct tpdu t;
    if (len > TPDU_MAX_OCTETS || tpdu_decode(tpdu, len, TPDU_TO_SC, &t) != ERR_OK || t.type != TPDU_SUBMIT)
        return AT_CMS | CMS_INVALID_PDU;
    if (!at_in_service(m))
        return AT_CMS | CMS_NO_SERVICE;
    m->submission = (struct at_submission){.under_way = true, .prefix = prefix, .len = len, .fault = take_fault(m, false), .stored = stored};
    memcpy(m->submission.tpdu, tpdu, len);
    if (!t.reject_duplicates)
        m->submission.tpdu[1] = m->reference++;
    m->busy = true;
    m->submission.call = schedule_in(m->schedule, m->knobs.submit_delay + radio_time(m), submission_done, m, 0);
    return AT_PENDING;
}

static int prompt_fault(struct at_modem *m) {
    struct at_fault fault = take_fault(m, true);
    return fault.kind == AT_FAULT_PROMPT ? AT_CMS | fault.code : AT_OK;
}

int at_cmgs(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    struct at_entry entry = {.kind = AT_ENTRY_SEND};
    if (m->registers.cmgf) {
        if (!at_arg_phone(m, args, 0, &entry.to))
            return AT_CMS | CMS_INVALID_TEXT;
    } else if (!at_arg_text(args, 0) || !at_arg_int(args, 0, 1, TPDU_MAX_OCTETS, 0, &entry.length)) {
        return AT_CMS | CMS_INVALID_PDU;
    }
    int r = prompt_fault(m);
    if (r)
        return r;
    at_prompt(m, &entry);
    return AT_PROMPT;
}

/* -- stored messages --------------------------------------------------------------------------------------------------------------------- */

static void slot_fill(struct slot *slot, enum slot_status status, const uint8_t *pdu, size_t len, size_t tpdu_at) {
    *slot = (struct slot){.used = true, .status = status, .len = len, .tpdu_at = tpdu_at};
    memcpy(slot->pdu, pdu, len);
}

static int write_slot(struct at_modem *m, const uint8_t *pdu, size_t len, size_t tpdu_at) {
    int number;
    struct slot *slot = m->knobs.full ? NULL : slots_free_one(&m->slots, m->registers.cpms[1], &number);
    if (!slot)
        return AT_CMS | CMS_FULL;
    slot_fill(slot, m->entry.status, pdu, len, tpdu_at);
    at_info(m, "+CMGW: %d", number);
    return AT_OK;
}

static int text_entered(struct at_modem *m) {
    uint8_t pdu[SLOT_OCTETS];
    uint8_t tpdu[TPDU_MAX_OCTETS];
    size_t len;
    if (!str_ok(&m->data))
        return AT_CMS | CMS_INVALID_TEXT;
    int r = at_text_submit(m, &m->entry.to, bytes_of(m->data.data, m->data.len), tpdu, &len);
    if (r)
        return r;
    if (m->entry.kind == AT_ENTRY_SEND)
        return submit(m, "+CMGS", tpdu, len, NULL);
    size_t at = tpdu_encode_sca(&m->centre, pdu);
    memcpy(pdu + at, tpdu, len);
    return write_slot(m, pdu, at + len, at);
}

/* A PDU as hex with line ends and blanks anywhere; its TPDU must be as long as the command said. */
static bool entered_pdu(struct at_modem *m, uint8_t pdu[SLOT_OCTETS], size_t *ret_len, size_t *ret_tpdu_at) {
    struct phone centre;
    char hex[2 * SLOT_OCTETS];
    size_t digits = 0;
    for (size_t i = 0; i < m->data.len; i++) {
        if (strchr("\n ", m->data.data[i]) && m->data.data[i])
            continue;
        if (digits == sizeof hex)
            return false;
        hex[digits++] = m->data.data[i];
    }
    return str_ok(&m->data) && hex_decode(hex, digits, pdu, SLOT_OCTETS, ret_len) == ERR_OK &&
           tpdu_split_sca(pdu, *ret_len, &centre, ret_tpdu_at) == ERR_OK && *ret_len - *ret_tpdu_at == (size_t)m->entry.length;
}

static int pdu_entered(struct at_modem *m) {
    uint8_t pdu[SLOT_OCTETS];
    size_t len, at;
    if (!entered_pdu(m, pdu, &len, &at))
        return AT_CMS | CMS_INVALID_PDU;
    if (m->entry.kind == AT_ENTRY_WRITE)
        return write_slot(m, pdu, len, at);
    if (at == 1 && m->centre.kind == PHONE_NONE)
        return AT_CMS | CMS_NO_CENTRE;
    return submit(m, "+CMGS", pdu + at, len - at, NULL);
}

int at_entry_complete(struct at_modem *m) {
    if (m->entry.kind == AT_ENTRY_ACKNOWLEDGE)
        return at_acknowledge(m, m->entry.good);
    return m->registers.cmgf ? text_entered(m) : pdu_entered(m);
}

/* A status as PDU mode (0–3) or text mode ("REC UNREAD") writes it; `all` is one more. */
static bool parse_status(const struct at_modem *m, const struct at_args *args, unsigned i, int all, int fallback, int *ret_status) {
    const char *text = at_arg_text(args, i);
    if (!m->registers.cmgf || !text)
        return at_arg_int(args, i, 0, all, fallback, ret_status);
    for (int status = 0; status <= all; status++)
        if (strcmp(text, status == SLOT_STATUS_COUNT ? "ALL" : at_text_status((enum slot_status)status)) == 0) {
            *ret_status = status;
            return true;
        }
    return false;
}

int at_cmgw(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    struct at_entry entry = {.kind = AT_ENTRY_WRITE};
    int status;
    if (m->registers.cmgf) {
        if (at_arg_text(args, 0) && !at_arg_phone(m, args, 0, &entry.to))
            return AT_CMS | CMS_INVALID_TEXT;
    } else if (!at_arg_text(args, 0) || !at_arg_int(args, 0, 1, TPDU_MAX_OCTETS, 0, &entry.length)) {
        return AT_CMS | CMS_INVALID_PDU;
    }
    if (!parse_status(m, args, m->registers.cmgf ? 2 : 1, SLOT_STATUS_COUNT - 1, SLOT_UNSENT, &status))
        return AT_CMS | CMS_INVALID_TEXT;
    entry.status = (enum slot_status)status;
    at_prompt(m, &entry);
    return AT_PROMPT;
}

int at_cmgw_execute(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    return m->registers.cmgf ? at_cmgw(m, c, args) : AT_CMS | CMS_INVALID_PDU;
}

int at_cmss(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    int number;
    struct slot *slot;
    struct raw_tpdu raw;
    uint8_t tpdu[TPDU_MAX_OCTETS];
    size_t len;
    if (!at_arg_int(args, 0, 0, 65535, -1, &number) || !(slot = slots_get(&m->slots, m->registers.cpms[1], number)) || !slot->used)
        return AT_CMS | CMS_INVALID_INDEX;
    if (raw_tpdu_read(RAW_TPDU_SUBMIT, slot->pdu + slot->tpdu_at, slot->len - slot->tpdu_at, &raw) != ERR_OK)
        return AT_CMS | CMS_OPERATION_NOT_ALLOWED;
    if (at_arg_text(args, 1) && !at_arg_phone(m, args, 1, &raw.phone))
        return AT_CMS | CMS_INVALID_TEXT;
    if (raw.phone.kind == PHONE_NONE || raw_tpdu_build(RAW_TPDU_SUBMIT, &raw, tpdu, &len) != ERR_OK)
        return AT_CMS | CMS_INVALID_TEXT;
    int r = prompt_fault(m);
    return r ? r : submit(m, "+CMSS", tpdu, len, slot);
}

/* -- reading ----------------------------------------------------------------------------------------------------------------------------- */

static void list_slot(struct at_modem *m, const struct slot *slot, int number) {
    at_info_begin(m);
    if (m->registers.cmgf) {
        at_text_list(m, slot, number, &m->out);
    } else {
        str_addf(&m->out, "+CMGL: %d,%d,,%zu\r\n", number, (int)slot->status, slot->len - slot->tpdu_at);
        str_add_hex(&m->out, slot->pdu, slot->len);
    }
    at_info_end(m);
}

int at_cmgl(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    int wanted;
    if (!parse_status(m, args, 0, SLOT_STATUS_COUNT, SLOT_UNREAD, &wanted))
        return AT_CMS | (m->registers.cmgf ? CMS_INVALID_TEXT : CMS_INVALID_PDU);
    enum memory memory = m->registers.cpms[0];
    for (int number = m->slots.base; number < m->slots.base + slots_size(&m->slots, memory); number++) {
        struct slot *slot = slots_get(&m->slots, memory, number);
        if (!slot->used || (wanted != SLOT_STATUS_COUNT && (int)slot->status != wanted))
            continue;
        list_slot(m, slot, number);
        if (slot->status == SLOT_UNREAD)
            slot->status = SLOT_READ;
    }
    return AT_OK;
}

int at_cmgl_test(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info(m, "%s: %s", c->name, m->registers.cmgf ? "(\"REC UNREAD\",\"REC READ\",\"STO UNSENT\",\"STO SENT\",\"ALL\")" : "(0-4)");
    return AT_OK;
}

int at_cmgr(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    int number;
    struct slot *slot;
    if (!at_arg_int(args, 0, 0, 65535, -1, &number) || !(slot = slots_get(&m->slots, m->registers.cpms[0], number)))
        return AT_CMS | CMS_INVALID_INDEX;
    if (!slot->used)
        return m->profile->empty_slot ? AT_CMS | m->profile->empty_slot : AT_OK;
    at_info_begin(m);
    if (m->registers.cmgf) {
        at_text_read(m, slot, &m->out);
    } else {
        str_addf(&m->out, "+CMGR: %d,,%zu\r\n", (int)slot->status, slot->len - slot->tpdu_at);
        str_add_hex(&m->out, slot->pdu, slot->len);
    }
    at_info_end(m);
    if (slot->status == SLOT_UNREAD)
        slot->status = SLOT_READ;
    return AT_OK;
}

/* -- deleting, memories ------------------------------------------------------------------------------------------------------------------ */

static void empty_slot(struct at_modem *m, struct slot *slot) {
    if (!slot->used)
        return;
    slot->used = false;
    if (slot->arrival)
        arrival_deleted(slot->arrival);
    slot->arrival = NULL;
    if (m->submission.stored == slot)
        m->submission.stored = NULL;
}

/* AT+CMGD=<index>[,<delflag>]: 1 read; 2 and sent; 3 and unsent; 4 all of them (TS 27.005 §3.5.4). */
int at_cmgd(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    int number, flag;
    enum memory memory = m->registers.cpms[0];
    if (!at_arg_int(args, 0, 0, 65535, -1, &number) || !at_arg_int(args, 1, 0, 4, 0, &flag))
        return AT_CMS | CMS_INVALID_INDEX;
    if (flag == 0) {
        struct slot *slot = slots_get(&m->slots, memory, number);
        if (!slot)
            return AT_CMS | CMS_INVALID_INDEX;
        empty_slot(m, slot);
    }
    static const unsigned statuses[] = {0, 1 << SLOT_READ, 1 << SLOT_READ | 1 << SLOT_SENT, 1 << SLOT_READ | 1 << SLOT_SENT | 1 << SLOT_UNSENT, ~0u};
    for (int i = m->slots.base; flag && i < m->slots.base + slots_size(&m->slots, memory); i++) {
        struct slot *slot = slots_get(&m->slots, memory, i);
        if (statuses[flag] >> slot->status & 1)
            empty_slot(m, slot);
    }
    if (at_in_service(m))
        subscriber_ready(m->subscriber);
    return AT_OK;
}

int at_cmgd_test(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info_begin(m);
    str_addf(&m->out, "%s: (", c->name);
    const char *comma = "";
    for (int number = m->slots.base; number < m->slots.base + slots_size(&m->slots, m->registers.cpms[0]); number++)
        if (slots_get(&m->slots, m->registers.cpms[0], number)->used) {
            str_addf(&m->out, "%s%d", comma, number);
            comma = ",";
        }
    str_add(&m->out, "),(0-4)");
    at_info_end(m);
    return AT_OK;
}

static bool memory_there(const struct at_modem *m, const char *name, unsigned place, enum memory *ret_memory) {
    return memory_parse(name, ret_memory) && slots_size(&m->slots, *ret_memory) > 0 && (place == 0 || *ret_memory != MEMORY_SR);
}

static int used(const struct at_modem *m, enum memory memory) {
    return m->knobs.full ? slots_size(&m->slots, memory) : slots_used(&m->slots, memory);
}

int at_cpms_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    enum memory chosen[3];
    memcpy(chosen, m->registers.cpms, sizeof chosen);
    if (args->count > (m->profile->cpms_values ? (unsigned)m->profile->cpms_values : 3))
        return AT_CMS | CMS_OPERATION_NOT_ALLOWED;
    for (unsigned i = 0; i < args->count; i++) {
        const char *name = at_arg_text(args, i);
        if (name ? !memory_there(m, name, i, &chosen[i]) : i == 0)
            return AT_CMS | CMS_OPERATION_NOT_ALLOWED;
    }
    memcpy(m->registers.cpms, chosen, sizeof chosen);
    at_info_begin(m);
    str_addf(&m->out, "%s: ", c->name);
    for (int i = 0; i < 3; i++)
        str_addf(&m->out, "%s%d,%d", i ? "," : "", used(m, chosen[i]), slots_size(&m->slots, chosen[i]));
    at_info_end(m);
    if (at_in_service(m))
        subscriber_ready(m->subscriber);
    return AT_OK;
}

int at_cpms_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info_begin(m);
    str_addf(&m->out, "%s: ", c->name);
    for (int i = 0; i < 3; i++) {
        enum memory memory = m->registers.cpms[i];
        str_addf(&m->out, "%s\"%s\",%d,%d", i ? "," : "", memory_name(memory), used(m, memory), slots_size(&m->slots, memory));
    }
    at_info_end(m);
    return AT_OK;
}

int at_cpms_test(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info_begin(m);
    str_addf(&m->out, "%s: ", c->name);
    for (unsigned place = 0; place < 3; place++) {
        const char *before = place ? ",(" : "(";
        for (int i = 0; i < MEMORY_COUNT; i++) {
            enum memory memory;
            if (!memory_there(m, memory_name((enum memory)i), place, &memory))
                continue;
            str_addf(&m->out, "%s\"%s\"", before, memory_name(memory));
            before = ",";
        }
        str_add(&m->out, ")");
    }
    at_info_end(m);
    return AT_OK;
}
