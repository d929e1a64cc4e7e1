/* Submitting one PDU, and what may be said of it afterwards. The Ctrl-Z that ends the PDU is the border: before it went to the line nothing can
 * have been sent; after it only an answer that is sure counts, and everything else is unknown.
 *
 *   refused, or no prompt                              failed   class by code
 *   line lost or stuck before the Ctrl-Z was written   failed   temporary
 *   +CMGS: reference (whatever comes after it)         sent
 *   +CMS/+CME ERROR: code of a certain row             failed   class by code
 *   any other error, OK without a reference, no answer, line lost      unknown */
#include "modem/at_submit.h"
#include "firmware-host/base/crash.h"
#include "modem/at_modem.h"
#include "modem/cms_error.h"

#include <stdio.h>
#include <string.h>

enum { STEP_TRIES = 3, CMS_MEMORY_FULL = 322 };
#define PROMPT_TIMEOUT (30 * CLOCK_SECOND)
#define RESULT_TIMEOUT (120 * CLOCK_SECOND) /* the network itself gives up after about 42 s */
#define SETTLE_TIMEOUT (5 * CLOCK_SECOND) /* from +CMGS: to its OK */

static const struct cms_error *row_of(const struct at_reply *r) {
    return r->result == AT_RESULT_CME ? cme_error_find(r->code) : cms_error_find(r->code);
}

static void explain(struct driver_verdict *v, const char *where, const struct at_reply *r) {
    struct str text;
    str_init(&text, sizeof v->reason - 1);
    str_add(&text, where);
    at_reply_describe(r, &text);
    memcpy(v->reason, text.data, text.len + 1);
    str_release(&text);
}

static void failed(struct driver_verdict *v, const char *where, const struct at_reply *r) {
    bool coded = r->result == AT_RESULT_CMS || r->result == AT_RESULT_CME;
    v->outcome = DRIVER_FAILED;
    v->class = coded ? row_of(r)->class : SMS_FAILURE_TEMPORARY;
    v->code = r->result == AT_RESULT_CMS ? r->code : -1;
    explain(v, where, r);
}

static void judge(const struct at_reply *r, struct driver_verdict *v) {
    if (!r->written) {
        failed(v, "the PDU wasn't written to its end: ", r);
        return;
    }
    for (size_t i = 0; i < r->count; i++)
        if (at_parse_reference(at_reply_line(r, i), &v->reference)) {
            v->outcome = DRIVER_SENT;
            return;
        }
    if ((r->result == AT_RESULT_CMS || r->result == AT_RESULT_CME) && row_of(r)->certain) {
        failed(v, "", r);
        return;
    }
    v->outcome = DRIVER_UNKNOWN;
    v->code = r->result == AT_RESULT_CMS ? r->code : -1;
    explain(v, "after the PDU: ", r);
}

/* The state of the modem after a command that ended so. */
static enum err state_after(struct at *at, const struct at_reply *reply) {
    if (reply->result == AT_RESULT_CLOSED)
        return ERR_CLOSED;
    return reply->result == AT_RESULT_TIMEOUT ? at_synchronize(at, STEP_TRIES) : ERR_OK;
}

enum err at_submit_prompted(struct at *at, struct at_reply *reply, const char *command, const char *content, struct driver_verdict *ret_verdict) {
    struct driver_verdict v = {.code = -1, .class = SMS_FAILURE_TEMPORARY};
    at_ask_prompt(at, &(struct at_command){.text = command, .timeout = PROMPT_TIMEOUT}, reply);
    if (reply->result != AT_RESULT_PROMPT) {
        failed(&v, "before the PDU: ", reply);
    } else {
        crash_point("worker.prompted");
        at_answer_prompt(at, &(struct at_command){.text = content, .prefix = "+CMGS:", .timeout = RESULT_TIMEOUT, .settle = SETTLE_TIMEOUT}, reply);
        judge(reply, &v);
    }
    *ret_verdict = v;
    return state_after(at, reply);
}

enum err at_submit_pdu(struct at *at, struct at_reply *reply, const struct driver_submit *submit, struct driver_verdict *ret_verdict) {
    char text[32];
    snprintf(text, sizeof text, "AT+CMGS=%zu", submit->tpdu_octets);
    return at_submit_prompted(at, reply, text, submit->pdu, ret_verdict);
}

void at_judged(struct modem *m, const struct driver_verdict *verdict) {
    if (verdict->code == CMS_MEMORY_FULL) /* no failure of this message: room is wanted */
        at_storage_full(m, "+CMS ERROR: 322");
}

enum err at_submit(struct modem *m, const struct driver_submit *submit, struct driver_verdict *ret_verdict) {
    enum err e = m->text_mode ? at_text_submit(m, submit, ret_verdict) : at_submit_pdu(m->at, &m->reply, submit, ret_verdict);
    at_judged(m, ret_verdict);
    return e;
}
