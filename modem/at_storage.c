/* Messages that lie in the modem: choosing memories, reading announced slots, listing everything, deleting.
 *
 * A PDU that isn't as long as its header says was damaged on the line, or lies damaged in the modem. It is read until two readings agree: then it
 * is what the modem holds and is told as it is, so that it can be stored and deleted and never blocks a slot.
 *
 * Slots are deleted for what was told and stored, never for what they may hold by now: unless the worker is sure, the slot is read first. */
#include "firmware-host/base/log.h"
#include "modem/at_modem.h"
#include "modem/tpdu.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SELECT_TIMEOUT (10 * CLOCK_SECOND)
#define READ_TIMEOUT (20 * CLOCK_SECOND)
#define LIST_TIMEOUT (180 * CLOCK_SECOND) /* 255 slots at 9600 baud take 100 s */
#define DELETE_TIMEOUT (25 * CLOCK_SECOND)
#define ACKNOWLEDGE_TIMEOUT (10 * CLOCK_SECOND)
#define RETRY_SOON (5 * CLOCK_SECOND)
#define POLL_PERIOD (10 * CLOCK_SECOND) /* of modems that don't announce */
enum { READINGS_MAX = 4, SLOTS_MAX = 255, INVALID_INDEX = 321, STAT_READ = 1 };

/* ---- choosing ---- */

/* What stands for mem1, mem2 and mem3 in one command. Some modems take one value or two only. */
static enum err select_form(struct modem *m, enum at_memory memory, enum at_memory arrivals, int values) {
    char text[48];
    const char *name = at_memory_name(memory);
    if (values == 3)
        snprintf(text, sizeof text, "AT+CPMS=\"%s\",\"%s\",\"%s\"", name, name, at_memory_name(arrivals));
    else if (values == 2)
        snprintf(text, sizeof text, "AT+CPMS=\"%s\",\"%s\"", name, name);
    else
        snprintf(text, sizeof text, "AT+CPMS=\"%s\"", name);
    return at_try(m, &(struct at_command){.text = text, .prefix = "+CPMS:", .timeout = SELECT_TIMEOUT});
}

enum err at_select(struct modem *m, enum at_memory memory) {
    if (memory == m->selected || memory == AT_MEMORY_NONE)
        return ERR_OK;
    for (int values = 1; values <= 3; values++) {
        if (values == 3 && m->arrivals == AT_MEMORY_NONE)
            break;
        enum err e = select_form(m, memory, m->arrivals, values);
        if (e != ERR_OK)
            return e;
        if (m->reply.result == AT_RESULT_OK) {
            m->selected = memory;
            return ERR_OK;
        }
    }
    return ERR_CONFLICT;
}

/* In the order that suits the family. MT is SM and ME together. */
static enum err choose_arrivals(struct modem *m, unsigned offered) {
    const enum at_memory *order = m->quirks->memories;
    for (size_t i = 0; i < sizeof m->quirks->memories / sizeof *m->quirks->memories; i++) {
        if (offered && !(offered & 1U << order[i]))
            continue;
        for (int values = 3; values >= 1; values--) {
            enum err e = select_form(m, order[i], order[i], values);
            if (e != ERR_OK)
                return e;
            if (m->reply.result == AT_RESULT_OK) {
                m->arrivals = m->selected = order[i];
                return ERR_OK;
            }
        }
    }
    return ERR_OK;
}

enum err at_choose_memories(struct modem *m) {
    const unsigned single = 1U << AT_MEMORY_SM | 1U << AT_MEMORY_ME;
    struct at_memories offered = {0};
    const char *line;
    enum err e = at_query(m, "AT+CPMS=?", "+CPMS:", &line);
    if (e != ERR_OK)
        return e;
    at_parse_memories(line, &offered);
    m->arrivals = m->selected = AT_MEMORY_NONE;
    m->pending_count = 0; /* a sweep follows */
    e = choose_arrivals(m, offered.arrive);
    m->readable = offered.read | 1U << m->arrivals;
    if (m->readable & single)
        m->readable &= ~(1U << AT_MEMORY_MT); /* the same messages again */
    if (m->readable & ~1U)
        m->readable &= ~(1U << AT_MEMORY_NONE);
    log_event(LOG_LEVEL_INFO, "at.memories", log_text("arrivals", at_memory_name(m->arrivals)), log_int("readable", m->readable));
    return e;
}

/* ---- reading ---- */

bool at_pdu_sound(const char *pdu, int length) {
    uint8_t octets[AT_LINE_MAX / 2];
    struct phone centre;
    struct tpdu tpdu;
    size_t len, offset;
    if (hex_decode(pdu, strlen(pdu), octets, sizeof octets, &len) != ERR_OK || len == 0)
        return false;
    if (length >= 0 && len == 1U + octets[0] + (size_t)length)
        return true;
    return tpdu_split_sca(octets, len, &centre, &offset) == ERR_OK && tpdu_decode(octets + offset, len - offset, TPDU_FROM_SC, &tpdu) == ERR_OK;
}

static void tell(struct modem *m, enum at_memory memory, int index, const char *pdu) {
    m->told++;
    m->host->arrived(m->host, (struct driver_place){.memory = (int)memory, .index = index}, pdu);
}

/* A header that isn't one of the PDU mode: the modem forgot its settings. */
static void odd_header(struct modem *m) {
    m->settings_lost = true;
    m->host->want_sweep(m->host, AT_RESTART_PAUSE);
}

enum at_slot at_look(struct modem *m, char pdu[AT_LINE_MAX + 1]) {
    int stat, length;
    const char *header = at_reply_line(&m->reply, 0), *content = at_reply_line(&m->reply, 1);
    if (m->reply.result != AT_RESULT_OK)
        return m->reply.result == AT_RESULT_CMS && m->reply.code == INVALID_INDEX ? AT_SLOT_EMPTY : AT_SLOT_UNREAD;
    if (m->reply.count == 0)
        return AT_SLOT_EMPTY;
    if (!at_parse_read_entry(header, &stat, &length)) {
        odd_header(m);
        return AT_SLOT_DAMAGED;
    }
    if (stat > STAT_READ || (content[0] == '\0' && length <= 0))
        return AT_SLOT_EMPTY;
    if (content[0] == '\0')
        content = header; /* a slot without a PDU: better a riddle than a slot that's blocked for ever */
    bool again = strcmp(pdu, content) == 0;
    memcpy(pdu, content, strlen(content) + 1);
    return again || at_pdu_sound(pdu, length) ? AT_SLOT_MESSAGE : AT_SLOT_DAMAGED;
}

/* ERR_NOT_FOUND: the slot is empty, or holds a message of our own. ERR_CONFLICT: it can't be read. */
static enum err read_slot(struct modem *m, int index, char pdu[AT_LINE_MAX + 1]) {
    if (m->text_mode)
        return at_text_read(m, index, pdu);
    char text[32];
    enum at_slot found = AT_SLOT_DAMAGED;
    snprintf(text, sizeof text, "AT+CMGR=%d", index);
    pdu[0] = '\0';
    for (int i = 0; i < READINGS_MAX && found == AT_SLOT_DAMAGED; i++) {
        enum err e = at_ask(m, &(struct at_command){.text = text, .prefix = "+CMGR:", .pdu_follows = true, .timeout = READ_TIMEOUT});
        if (e != ERR_OK && e != ERR_CONFLICT)
            return e;
        found = at_look(m, pdu);
    }
    return found == AT_SLOT_MESSAGE ? ERR_OK : found == AT_SLOT_EMPTY ? ERR_NOT_FOUND : ERR_CONFLICT;
}

static enum err read_and_tell(struct modem *m, enum at_memory memory, int index) {
    char pdu[AT_LINE_MAX + 1];
    enum err e = at_select(m, memory);
    if (e == ERR_OK)
        e = read_slot(m, index, pdu);
    if (e == ERR_OK)
        tell(m, memory, index, pdu);
    return e;
}

void at_pending_add(struct modem *m, enum at_memory memory, int index) {
    for (size_t i = 0; i < m->pending_count; i++)
        if (m->pending[i].memory == (int)memory && m->pending[i].index == index)
            return;
    if (m->pending_count == AT_PENDING_MAX)
        m->host->want_sweep(m->host, 0);
    else
        m->pending[m->pending_count++] = (struct driver_place){.memory = (int)memory, .index = index};
}

struct driver_place at_pending_take(struct modem *m) {
    struct driver_place oldest = m->pending[0];
    memmove(m->pending, m->pending + 1, --m->pending_count * sizeof *m->pending);
    return oldest;
}

enum err at_read_pending(struct modem *m) {
    struct driver_place p = at_pending_take(m);
    enum err e = read_and_tell(m, (enum at_memory)p.memory, p.index);
    if (e == ERR_OK || e == ERR_NOT_FOUND)
        return ERR_OK;
    log_event(LOG_LEVEL_WARNING, "at.slot_unreadable", log_text("memory", at_memory_name((enum at_memory)p.memory)), log_int("index", p.index),
              log_err(e));
    m->host->want_sweep(m->host, RETRY_SOON);
    return e == ERR_CONFLICT ? ERR_OK : e;
}

/* ---- listing ---- */

/* For modems whose AT+CMGL fails: as many slots as are used, one by one. */
static enum err list_by_slot(struct modem *m, enum at_memory memory) {
    struct at_fields f;
    const char *line;
    int used = SLOTS_MAX, total = SLOTS_MAX;
    enum err e = at_query(m, "AT+CPMS?", "+CPMS:", &line);
    if (e != ERR_OK)
        return e;
    if (at_parse_fields(line, "+CPMS:", &f) && at_field_number(&f, 1, SLOTS_MAX, &used))
        at_field_number(&f, 2, SLOTS_MAX, &total);
    for (int index = m->quirks->first_slot; index <= total && used > 0; index++) {
        e = read_and_tell(m, memory, index);
        if (e == ERR_OK)
            used--;
        else if (e == ERR_TIMEOUT || e == ERR_CLOSED)
            return e;
    }
    m->host->listed(m->host, (int)memory);
    return ERR_OK;
}

/* AT+CMGL says less of a message than AT+CMGR does, so it names the slots only. */
static enum err list_texts(struct modem *m, enum at_memory memory) {
    int indexes[SLOTS_MAX];
    bool whole = true;
    enum err e = at_ask(m, &(struct at_command){.text = "AT+CMGL=\"ALL\"", .prefix = "+CMGL:", .pdu_follows = true, .timeout = LIST_TIMEOUT});
    if (e == ERR_CONFLICT)
        return list_by_slot(m, memory);
    if (e != ERR_OK)
        return e;
    size_t count = at_text_list(m, indexes, SLOTS_MAX);
    for (size_t i = 0; i < count; i++) {
        e = read_and_tell(m, memory, indexes[i]);
        if (e == ERR_TIMEOUT || e == ERR_CLOSED)
            return e;
        whole = whole && e != ERR_CONFLICT;
    }
    if (whole)
        m->host->listed(m->host, (int)memory);
    else
        m->host->want_sweep(m->host, RETRY_SOON);
    return ERR_OK;
}

bool at_tell_list(struct modem *m, enum at_memory memory) {
    int index, stat, length;
    bool whole = !m->reply.overflow;
    for (size_t i = 0; i + 1 < m->reply.count; i += 2) {
        const char *pdu = at_reply_line(&m->reply, i + 1);
        if (!at_parse_list_entry(at_reply_line(&m->reply, i), &index, &stat, &length)) {
            whole = false;
            odd_header(m);
        } else if (stat > STAT_READ) {
            continue;
        } else if (at_pdu_sound(pdu, length)) {
            tell(m, memory, index, pdu);
        } else {
            whole = false;
            at_pending_add(m, memory, index); /* looked at by itself, several times if needed */
        }
    }
    if (m->reply.overflow)
        m->host->want_sweep(m->host, RETRY_SOON);
    else if (whole)
        m->host->listed(m->host, (int)memory);
    return whole;
}

static enum err list(struct modem *m, enum at_memory memory) {
    if (m->text_mode)
        return list_texts(m, memory);
    enum err e = at_ask(m, &(struct at_command){.text = "AT+CMGL=4", .prefix = "+CMGL:", .pdu_follows = true, .timeout = LIST_TIMEOUT});
    if (e == ERR_CONFLICT)
        return list_by_slot(m, memory);
    if (e == ERR_OK)
        (void)at_tell_list(m, memory);
    return e;
}

/* The port behind the one that announcements go to now. */
static const char *next_port(const char *const *ports, const char *now) {
    for (const char *const *port = ports; *port; port++)
        if (strcasecmp(*port, now) == 0 && port[1])
            return port[1];
    return ports[0];
}

/* A modem of several ports announces on one of them, and which one ours is can't be asked. So it's swept often until something was announced here;
 * and when a sweep finds more than the one before, all of it unannounced, the announcements are turned to the next port. */
static enum err follow_announcements(struct modem *m) {
    struct at_fields f;
    const char *line;
    char text[64];
    bool missed = m->swept && m->told > m->told_before;
    m->swept = true;
    m->told_before = m->told;
    if (!m->quirks->urc_ports || !m->announces || m->announced_here)
        return ERR_OK;
    m->host->want_sweep(m->host, POLL_PERIOD);
    if (!missed)
        return ERR_OK;
    enum err e = at_query(m, "AT+QURCCFG=\"urcport\"", "+QURCCFG:", &line);
    if (e != ERR_OK)
        return e;
    bool known = at_parse_fields(line, "+QURCCFG:", &f) && f.count >= 2;
    snprintf(text, sizeof text, "AT+QURCCFG=\"urcport\",\"%s\"", next_port(m->quirks->urc_ports, known ? f.field[1] : ""));
    log_event(LOG_LEVEL_NOTICE, "at.unannounced", log_text("command", text));
    return at_try(m, &(struct at_command){.text = text, .timeout = SELECT_TIMEOUT});
}

enum err at_sweep(struct modem *m) {
    m->told = 0;
    return at_sweep_rest(m, 0);
}

enum err at_sweep_rest(struct modem *m, unsigned listed) {
    enum err e = ERR_OK;
    for (enum at_memory memory = AT_MEMORY_NONE; e == ERR_OK && memory < AT_MEMORY_COUNT; memory++) {
        if (!(m->readable & ~listed & 1U << memory))
            continue;
        e = at_select(m, memory);
        if (e == ERR_OK)
            e = list(m, memory);
        else if (e == ERR_CONFLICT) {
            log_event(LOG_LEVEL_WARNING, "at.memory_refused", log_text("memory", at_memory_name(memory)));
            m->readable &= ~(1U << memory);
            e = ERR_OK;
        }
    }
    if (e == ERR_OK)
        e = at_select(m, m->arrivals);
    if (e == ERR_OK && !m->announces)
        m->host->want_sweep(m->host, POLL_PERIOD);
    if (e == ERR_OK)
        e = follow_announcements(m);
    return e == ERR_CONFLICT ? ERR_OK : e;
}

/* ---- removing ---- */

/* AT+CNMA names no message: it is for the last one, so it may only be said when that one is stored. Late ones are refused (340) and come again. */
static enum err acknowledge(struct modem *m, int number) {
    if (!m->acknowledges || number != m->direct_last || !m->direct_waits)
        return ERR_OK;
    m->direct_waits = false;
    enum err e = at_try(m, &(struct at_command){.text = "AT+CNMA", .timeout = ACKNOWLEDGE_TIMEOUT});
    if (e == ERR_OK && m->reply.result != AT_RESULT_OK)
        log_event(LOG_LEVEL_NOTICE, "at.acknowledgement_refused", log_int("code", m->reply.code));
    return e;
}

static enum err still_holds(struct modem *m, int index, const char *pdu) {
    char now[AT_LINE_MAX + 1];
    enum err e = read_slot(m, index, now);
    if (e == ERR_OK && strcasecmp(now, pdu) != 0) {
        m->host->want_sweep(m->host, 0);
        return ERR_NOT_FOUND;
    }
    return e;
}

enum err at_remove(struct modem *m, struct driver_place place, const char *pdu, bool sure) {
    char text[32];
    if (place.memory == DRIVER_DIRECT)
        return acknowledge(m, place.index);
    enum err e = at_select(m, (enum at_memory)place.memory);
    if (e == ERR_OK && !sure)
        e = still_holds(m, place.index, pdu);
    if (e != ERR_OK)
        return e;
    snprintf(text, sizeof text, "AT+CMGD=%d", place.index);
    e = at_ask(m, &(struct at_command){.text = text, .timeout = DELETE_TIMEOUT});
    if (e != ERR_CONFLICT)
        return e;
    if (m->reply.result == AT_RESULT_CMS && m->reply.code == INVALID_INDEX)
        return ERR_NOT_FOUND;
    log_event(LOG_LEVEL_WARNING, "at.delete_refused", log_text("memory", at_memory_name((enum at_memory)place.memory)), log_int("index", place.index),
              log_int("code", m->reply.code));
    return e;
}
