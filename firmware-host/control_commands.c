/* Everything that can be asked over the control socket, one row each. Handlers read the store and write one JSON value; those of kind COMMAND_WRITES
 * run in the turn's transaction. Numbers are masked and texts left out unless the call reveals. */
#include "firmware-host/control_commands.h"

#include "firmware-host/control_call.h"
#include "firmware-host/desk.h"

#include <string.h>

static command_run answer_help;

const struct command commands[] = {
    {"status", "", "how the appliance is, and what it has", COMMAND_READS, answer_status},
    {"modems", "as", "each modem, its worker and its counts", COMMAND_RECORDS, answer_modems},
    {"modem.events", "limit, before", "modems and SIMs that were moved, replaced or changed, newest first", COMMAND_READS, answer_modem_events},
    {"route", "to", "through which modem a text to that number would go, and why", COMMAND_READS, answer_route},
    {"reload", "", "reads keys, calendar, texts, directory and operators anew, each whole or not at all", COMMAND_READS, answer_reload},
    {"ussd", "modem, text, answer, cancel", "dials a code on a modem, answers the menu that came, or cancels; the answer is the network's",
     COMMAND_WAITS, answer_ussd},
    {"ussd.menu", "phone, session, input, operator, sequence",
     "the menu that a citizen gets over USSD: the next screen of a session; what is chosen is done, it opens real cases", COMMAND_WRITES,
     answer_ussd_menu},
    {"keys", "", "the keys that seal personal data, how much each, and whether it's still needed", COMMAND_POOL, answer_keys},
    {"backup", "file", "copies the database to a new file that the core can make", COMMAND_POOL, answer_backup},
    {"alarms", "", "what is wrong with modems and wants a person", COMMAND_READS, answer_alarms},
    {"modem.history", "name, hours", "how a modem was: signal, network, storage, submissions and how long they took", COMMAND_READS,
     answer_modem_history},
    {"modem.pin-retry", "name", "a modem's PIN may be tried once more", COMMAND_WRITES, answer_modem_pin_retry},
    {"modem.sim-retry", "name", "a modem's SIM that was refused is tried again at once", COMMAND_WRITES, answer_modem_sim_retry},
    {"clock.skip", "to", "sets a training's clock ahead", COMMAND_WRITES, answer_clock_skip},
    {"queue", "limit, as", "parts that wait to be sent, and those that are being sent", COMMAND_RECORDS, answer_queue},
    {"case.list", "limit, before, as", "cases, newest first", COMMAND_RECORDS, answer_case_list},
    {"case.show", "code, as", "a case: who has it, deadlines, events, texts; revealing it is an event of its own", COMMAND_RECORDS, answer_case_show},
    {"case.slip", "code, format, as", "the transfer slip of a case, to print", COMMAND_RECORDS, answer_case_slip},
/* clang-format off */
#define X(step, name, arguments, least, most, operand, options, members, help) {"case." name, members, help, COMMAND_WRITES, answer_case_step},
    DESK_TABLE(X)
#undef X
    /* clang-format on */
    {"message.list", "limit, before, out, as", "messages that came in (or, with out, went out), newest first", COMMAND_RECORDS, answer_message_list},
    {"message.show", "id, out, as", "one of them; with out, every try to send it", COMMAND_RECORDS, answer_message_show},
    {"send", "to, text", "queues a text", COMMAND_WRITES, answer_send},
    {"held.list", "limit, as", "messages whose handling failed", COMMAND_RECORDS, answer_held_list},
    {"held.retry", "id", "handles a held message again", COMMAND_WRITES, answer_held_retry},
    {"unknown.list", "limit, as", "submissions of which nobody knows whether they reached the air", COMMAND_RECORDS, answer_unknown_list},
    {"unknown.resend", "part", "sends such a part again", COMMAND_WRITES, answer_unknown_resend},
    {"unknown.leave", "part", "gives such a part up", COMMAND_WRITES, answer_unknown_leave},
    {"sender.list", "limit, before, as", "senders that were blocked, newest first", COMMAND_RECORDS, answer_sender_list},
    {"sender.block", "phone, reason, until, as", "a sender isn't answered until the end of that day", COMMAND_WRITES, answer_sender_block},
    {"sender.unblock", "phone, as", "lifts a block", COMMAND_WRITES, answer_sender_unblock},
    {"sender.reassigned", "phone, as", "a number has a new owner: it no longer stands for its cases, its name and wishes are forgotten",
     COMMAND_WRITES, answer_sender_reassigned},
    {"data-request.list", "as", "what people asked about their own data and wait for", COMMAND_RECORDS, answer_data_request_list},
    {"data-request.answer", "id, as", "they were told what will be done", COMMAND_WRITES, answer_data_request_answer},
    {"data-request.extend", "id, reason, until, as", "more time to do it, once, 15 days at most", COMMAND_WRITES, answer_data_request_extend},
    {"data-request.restrict", "id, reason, as", "instead of erasing: their cases are confidential, and they are texted why", COMMAND_WRITES,
     answer_data_request_restrict},
    {"data-request.done", "id, as", "what was asked was done", COMMAND_WRITES, answer_data_request_done},
    {"export.request", "case, sender, from, to, reason, as", "asks for personal data to be taken out of the box", COMMAND_WRITES,
     answer_export_request},
    {"export.approve", "id, as", "another officer approves it", COMMAND_WRITES, answer_export_approve},
    {"export.deny", "id, as", "or doesn't", COMMAND_WRITES, answer_export_deny},
    {"export.list", "limit, before, as", "exports, newest first", COMMAND_RECORDS, answer_export_list},
    {"export.fetch", "id, as", "the data, as JSON lines, once, for who asked", COMMAND_POOL, answer_export_fetch},
    {"incident.report", "reason, from, to, as", "a security incident that touches personal data: 72 hours to tell the authority", COMMAND_WRITES,
     answer_incident_report},
    {"incident.list", "limit, before, as", "incidents, newest first", COMMAND_RECORDS, answer_incident_list},
    {"incident.told", "id, as", "the authority was told", COMMAND_WRITES, answer_incident_told},
    {"incident.affected", "id, as", "whose data it touches", COMMAND_POOL, answer_incident_affected},
    {"directory.import", "file", "replaces agencies and officers by those of a file that the core can read, whole or not at all", COMMAND_WRITES,
     answer_directory_import},
    {"directory.list", "as", "agencies and officers, valid today or not", COMMAND_RECORDS, answer_directory_list},
    {"audit.verify", "", "whether the chains over all events of cases, and over what was done with personal data, hold", COMMAND_POOL,
     answer_audit_verify},
    {"audit.reads", "from, to, limit, before", "who was shown personal data, newest first", COMMAND_READS, answer_audit_reads},
    {"retention.status", "", "what would be erased now, and what was", COMMAND_POOL, answer_retention_status},
    {"retention.run", "as", "begins the wipe now", COMMAND_WRITES, answer_retention_run},
    {"report", "from, to, by, format, public", "statistics of the cases received in a period", COMMAND_POOL, answer_report},
    {"central.status", "", "how it stands with the central store", COMMAND_READS, answer_central_status},
    {"central.parked", "limit", "events that it refused for good; each holds the later ones of its case", COMMAND_READS, answer_central_parked},
    {"central.retry", "event, all", "sends such an event again, or all of them; without either it's tried now whether the store takes anything",
     COMMAND_WRITES, answer_central_retry},
    {"central.kept", "limit, before, as", "what came from it and took no effect: refused decisions, unknown events; newest first", COMMAND_RECORDS,
     answer_central_kept},
    {"central.drop", "event, as", "gives such an event up, for ever", COMMAND_WRITES, answer_central_drop},
    {"log", "limit", "the last lines of the log", COMMAND_READS, answer_log},
    {"log.follow", "limit", "the same, and then each line as it comes", COMMAND_FOLLOWS, answer_log},
    {"metrics", "", "counters and gauges in the Prometheus text format", COMMAND_READS, answer_metrics},
    {"help", "", "this list", COMMAND_READS, answer_help},
};
const size_t command_count = sizeof commands / sizeof commands[0];

static enum err answer_help(struct command_call *call) {
    json_open_array(call->result, NULL);
    for (size_t i = 0; i < command_count; i++) {
        json_open_object(call->result, NULL);
        json_put_text(call->result, "command", commands[i].name);
        json_put_text(call->result, "arguments", commands[i].arguments);
        json_put_text(call->result, "help", commands[i].help);
        json_close_object(call->result);
    }
    json_close_array(call->result);
    return ERR_OK;
}

const struct command *command_find(const char *name) {
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}
