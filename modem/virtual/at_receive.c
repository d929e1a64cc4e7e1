/* Arriving messages: where AT+CNMI sends them, and the acknowledgement of what was only shown (TS 27.005 §3.4).
 *
 *   mt 0  stored, nothing said          ds 0  delivery reports are dropped
 *   mt 1  stored, +CMTI                 ds 1  shown as +CDS
 *   mt 2  shown as +CMT                 ds 2  stored in SR, +CDSI
 *   mt 3  class 3 as with 2, others as with 1
 * Class 2 and "store" waiting indications are always stored. With AT+CSMS=1 what was shown must be acknowledged with AT+CNMA in time; else the
 * network keeps it and mt and ds fall back to 0, as the standard has it.
 */
#include "modem/virtual/at_state.h"

#include <stdio.h>
#include <string.h>

enum { CNMI_MODE, CNMI_MT, CNMI_BM, CNMI_DS, CNMI_BFR };

#define INDICATIONS_MAX 32 /* kept back by mode 0 */

void at_indications_flush(struct at_modem *m) {
    char *at = m->indications.data;
    for (int i = 0; i < m->indication_count; i++, at += strlen(at) + 1)
        at_urc(m, at);
    str_clear(&m->indications);
    m->indication_count = 0;
}

static void indicate(struct at_modem *m, const char *line) {
    if (m->registers.cnmi[CNMI_MODE] != 0) {
        at_urc(m, line);
        return;
    }
    if (m->indication_count == INDICATIONS_MAX) {
        str_remove_front(&m->indications, strlen(m->indications.data) + 1);
        m->indication_count--;
    }
    str_add_n(&m->indications, line, strlen(line) + 1);
    m->indication_count++;
}

static bool shown_directly(const struct at_modem *m, const struct arrival *a) {
    struct tpdu t;
    int mt = m->registers.cnmi[CNMI_MT], class = -1;
    bool keep = false;
    if (tpdu_decode(a->tpdu, a->len, TPDU_FROM_SC, &t) == ERR_OK) {
        class = t.dcs.class;
        keep = t.dcs.mwi == TPDU_MWI_STORE;
    }
    return (mt == 2 && class != 2 && !keep) || (mt == 3 && class == 3);
}

static void make_slot(const struct at_modem *m, struct arrival *a, struct slot *slot) {
    *slot = (struct slot){.used = true, .status = SLOT_UNREAD, .arrival = a};
    slot->tpdu_at = tpdu_encode_sca(&m->centre, slot->pdu);
    memcpy(slot->pdu + slot->tpdu_at, a->tpdu, a->len);
    slot->len = slot->tpdu_at + a->len;
}

static void not_acknowledged(void *context, int64_t unused) {
    (void)unused;
    struct at_modem *m = context;
    struct arrival *a = m->shown;
    m->shown = NULL;
    m->ack_call = 0;
    m->registers.cnmi[CNMI_MT] = m->registers.cnmi[CNMI_DS] = 0;
    subscriber_acknowledge(m->subscriber, a, false);
}

/* +CMT and +CDS. Not kept back by mode 0: there is no slot to find them in later. */
static enum subscriber_answer show(struct at_modem *m, struct arrival *a) {
    struct slot slot;
    struct str line;
    make_slot(m, a, &slot);
    str_init(&line, AT_LINE_MAX);
    if (m->registers.cmgf) {
        at_text_arrival(m, &slot, &line);
    } else {
        str_addf(&line, "%s%zu\r\n", !a->is_report ? "+CMT: ," : m->profile->report_comma ? "+CDS: ," : "+CDS: ", a->len);
        str_add_hex(&line, slot.pdu, slot.len);
    }
    at_urc(m, line.data);
    str_release(&line);
    if (m->registers.csms == 0)
        return SUBSCRIBER_SHOWN;
    m->shown = a;
    m->ack_call = schedule_in(m->schedule, m->knobs.ack_timeout, not_acknowledged, m, 0);
    return SUBSCRIBER_LATER;
}

static enum subscriber_answer store(struct at_modem *m, struct arrival *a, enum memory memory, const char *indication) {
    int number;
    struct slot *slot = m->knobs.full ? NULL : slots_free_one(&m->slots, memory, &number);
    if (!slot && m->profile->full_line)
        at_urc(m, m->profile->full_line);
    if (!slot)
        return a->is_report ? SUBSCRIBER_DISCARDED : SUBSCRIBER_FULL;
    make_slot(m, a, slot);
    if (indication) {
        char line[32];
        snprintf(line, sizeof line, "%s: \"%s\",%d", indication, memory_name(memory), number);
        indicate(m, line);
        if (m->knobs.dup_cmti && !a->is_report)
            indicate(m, line);
    }
    return SUBSCRIBER_STORED;
}

enum subscriber_answer at_offer(void *modem, struct arrival *a) {
    struct at_modem *m = modem;
    const int *cnmi = m->registers.cnmi;
    if (!at_in_service(m))
        return SUBSCRIBER_AWAY;
    if (a->is_report && cnmi[CNMI_DS] == 0)
        return SUBSCRIBER_DISCARDED;
    if (a->is_report)
        return cnmi[CNMI_DS] == 1 ? show(m, a) : store(m, a, MEMORY_SR, "+CDSI");
    if (shown_directly(m, a))
        return show(m, a);
    return store(m, a, m->registers.cpms[2], cnmi[CNMI_MT] ? "+CMTI" : NULL);
}

int at_acknowledge(struct at_modem *m, bool good) {
    struct arrival *a = m->shown;
    if (!a)
        return AT_CMS | CMS_NO_CNMA;
    m->shown = NULL;
    schedule_cancel(m->schedule, m->ack_call);
    m->ack_call = 0;
    subscriber_acknowledge(m->subscriber, a, good);
    return AT_OK;
}

/* AT+CNMA[=<n>[,<length>]]: n 2 refuses; with a length, an acknowledgement PDU follows, which isn't looked into. */
int at_cnma(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    int n;
    struct at_entry entry = {.kind = AT_ENTRY_ACKNOWLEDGE};
    if (!at_arg_int(args, 0, 0, 2, 0, &n) || !at_arg_int(args, 1, 0, TPDU_MAX_OCTETS, 0, &entry.length))
        return AT_CMS | CMS_INVALID_TEXT;
    if (entry.length == 0 || !m->shown)
        return at_acknowledge(m, n != 2);
    entry.good = n != 2;
    at_prompt(m, &entry);
    return AT_PROMPT;
}

int at_cnmi_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    int v[5];
    const char *takes = m->profile->cnmi_takes ? m->profile->cnmi_takes : m->profile->cnmi_range;
    if (args->count > 5)
        return AT_CMS | CMS_NOT_SUPPORTED;
    for (unsigned i = 0; i < 5; i++)
        if (!at_arg_int(args, i, 0, 3, m->registers.cnmi[i], &v[i]) || !at_range_allows(takes, i, v[i]))
            return AT_CMS | CMS_NOT_SUPPORTED;
    memcpy(m->registers.cnmi, v, sizeof v);
    if (v[CNMI_BFR] == 1) {
        str_clear(&m->indications);
        m->indication_count = 0;
    }
    if (v[CNMI_MODE] != 0)
        at_indications_flush(m);
    return AT_OK;
}

int at_cnmi_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    const int *v = m->registers.cnmi;
    at_info(m, "%s: %d,%d,%d,%d,%d", c->name, v[0], v[1], v[2], v[3], v[4]);
    return AT_OK;
}

int at_cnmi_test(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info(m, "%s: %s", c->name, m->profile->cnmi_range);
    return AT_OK;
}
