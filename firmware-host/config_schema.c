/* The table of configuration keys. A new key is a row here and a member in struct config; everything else follows from it.
 * Defaults of the message centre repeat smsc_settings_default(), as text, so that the sample can show them; a test compares the two. */
#include "firmware-host/config_schema.h"

#include "firmware-host/config.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

#define IN(member) offsetof(struct config, member)
#define IN_MODEM(member) offsetof(struct config_modem, member)
#define IN_SERVICE(member) offsetof(struct config_service, member)
#define SECOND 1000
#define DAY (24 * 60 * 60 * INT64_C(1000))

static const char *const driver_words[] = {"at", "gammu", "auto", NULL}; /* in the order of enum config_driver */
static const char *const carrier_words[] = {"",        "Viettel",  "VinaPhone", "MobiFone", "Vietnamobile",
                                            "Gmobile", "iTelecom", "Wintel",    NULL}; /* in the order of enum carrier */
static const char *const confirm_words[] = {"first", "always", "never", NULL}; /* in the order of enum smsc_confirm */
static const char *const t1_start_words[] = {"sent", "arrival", NULL}; /* in the order of enum smsc_t1_start */
static const char *const t1_on_transfer_words[] = {"restart", "keep", NULL}; /* in the order of enum case_t1_on_transfer */
static const char *const t2_start_words[] = {"transfer", "opened", NULL}; /* in the order of enum case_t2_start */
static const char *const t5_start_words[] = {"receipt", "publication", NULL}; /* in the order of enum smsc_t5_start */
static const char *const t5_print_words[] = {"later", "printed", NULL}; /* in the order of enum smsc_t5_print */
static const char *const schedule_words[] = {"never", "weekly", "monthly", "quarterly", NULL}; /* in the order of enum config_report_schedule */
static const char *const report_by_words[] = {"whole", "agency", "field", "commune", "channel", "month", NULL}; /* in the order of enum report_by */
static const char *const profile_words[] = {"ce", "couch", "open311", NULL};
static const char *const profile_later[] = {"lgsp", NULL};
static const char *const format_words[] = {"json", "xml", NULL};
static const char *const raw_words[] = {"none", "sealed", "plain", NULL}; /* in the order of enum smsc_raw */
static const char *const level_words[] = {"error", "warning", "notice", "info", "debug", NULL};

const struct config_group_row config_groups[GROUP_COUNT] = {
    [GROUP_APPLIANCE] = {"appliance", "Who this appliance is. id, index and of are written into the database at the first start and must stay."},
    [GROUP_STORE] = {"store", "The database and the key that seals personal data in it."},
    [GROUP_CONTROL] = {"control", "The socket that phanhoictl speaks to."},
    [GROUP_MODEMS] = {"modems", "The modems, a group each: one worker process serves each of them. At most 64.", CONFIG_MODEMS_MAX},
    [GROUP_BALANCE] = {"balance", "The credit of the SIMs: asked by USSD, shown by phanhoictl modems, told to appliance.operator when it is low."},
    [GROUP_MESSAGES] = {"messages", "How messages are joined, sent and tried again."},
    [GROUP_DEADLINES] =
        {"deadlines",
         "Working days of Decision 115/2025/QD-UBND, and the points on which it is silent. A change holds for deadlines that begin later."},
    [GROUP_QUIET_HOURS] = {"quiet_hours", "When texts that aren't replies wait. Vietnamese time."},
    [GROUP_ABUSE] = {"abuse", "How much of one sender is answered. What isn't answered is kept and shown all the same."},
    [GROUP_USSD] = {"ussd", "The menus that citizens get over USSD. phanhoictl ussd-menu shows them."},
    [GROUP_RETENTION] =
        {"retention",
         "When personal data is erased (Law 91/2025/QH15). Codes, states, dates, the chain of events and statistics stay; months of 0: never."},
    [GROUP_EXPORTS] = {"exports", "Taking personal data out of the box, for which two officers stand: phanhoictl export."},
    [GROUP_CALENDAR] = {"calendar", "Working days, by which deadlines count."},
    [GROUP_OPERATORS] = {"operators", "Which operator a number belongs to, where it isn't as the numbering plan has it."},
    [GROUP_TEXTS] = {"texts", "What citizens and officers are texted."},
    [GROUP_DIRECTORY] = {"directory", "Agencies, their units, officers and their phones."},
    [GROUP_OFFICERS] = {"officers", "When officers are told. On working days; Vietnamese time."},
    [GROUP_CLOCK] =
        {"clock",
         "Time for training: it goes faster, so that reminders, lateness and escalation can be seen happening. It needs a database of its own."},
    [GROUP_CENTRAL] = {"central", "The central case store. Without one, decisions are made here: phanhoictl case."},
    [GROUP_OPEN311] = {"open311", "What only a central store of profile \"open311\" (GeoReport v2) needs."},
    [GROUP_SERVICES] = {"services", "Which of that store's services a case of a field is, a group each. One without a field is for all others.",
                        CONFIG_SERVICES_MAX},
    [GROUP_WORKER] = {"worker", "How the processes that serve the modems are watched over."},
    [GROUP_REPORTS] = {"reports", "The periodic reports to the Chairman (Decision 115/2025/QD-UBND art. 14), written into a folder."},
    [GROUP_LOG] = {"log", "The log goes to standard error; under systemd that is the journal."},
};

/* Columns: group, key, type, place, default (NULL: required), example, least and most (octets of a text, ms of a time span), allowed characters,
 * words, later words, help. */
/* clang-format off */
const struct config_key config_keys[] = {
    {GROUP_APPLIANCE, "id", CONFIG_TEXT, IN(smsc.appliance_id), NULL, "th-01", 1, 32, LOWER UPPER DIGITS "-_.", NULL, NULL,
     "Its name, unique in the province: the source of its events."},
    {GROUP_APPLIANCE, "index", CONFIG_INTEGER, IN(smsc.index), NULL, "0", 0, 999, NULL, NULL, NULL,
     "Its slot in the code space, 0 to of - 1. Two appliances with the same slot would give out the same case codes."},
    {GROUP_APPLIANCE, "of", CONFIG_INTEGER, IN(smsc.of), NULL, "8", 1, 1000, NULL, NULL, NULL,
     "How many slots share the code space of the province, fixed for ever: 8 slots have 1.25 million codes each."},
    {GROUP_APPLIANCE, "province", CONFIG_TEXT, IN(smsc.province), NULL, "38", 1, 8, DIGITS, NULL, NULL,
     "The province's code."},
    {GROUP_APPLIANCE, "name", CONFIG_TEXT, IN(smsc.province_name), NULL, "Thanh Hoa", 1, 40, NULL, NULL, NULL,
     "The province's name as the unaccented texts print it."},
    {GROUP_APPLIANCE, "name_accented", CONFIG_TEXT, IN(smsc.province_name_accented), "", NULL, 0, 60, NULL, NULL, NULL,
     "The same for the accented texts, \"Thanh Hóa\". Empty: as name."},
    {GROUP_APPLIANCE, "shortcode", CONFIG_TEXT, IN(smsc.shortcode), NULL, "1022", 3, 16, DIGITS "+", NULL, NULL,
     "The number that citizens are told to text to."},
    {GROUP_APPLIANCE, "operator", CONFIG_PHONE, IN(smsc.operator_phone), "", NULL, 0, 0, NULL, NULL, NULL,
     "The phone of the operator on duty, who is texted when the appliance can't go on by itself: the disk is full, a SIM's credit is low, a modem fails. Empty: nobody."},

    {GROUP_APPLIANCE, "prefixes", CONFIG_TEXT, IN(smsc.prefixes), "", NULL, 0, 80, UPPER DIGITS " ", NULL, NULL,
     "Words that operators put in front of what citizens text, with blanks between. PAKN is always one."},
    {GROUP_APPLIANCE, "site", CONFIG_TEXT, IN(smsc.site), "", NULL, 0, 48, LOWER UPPER DIGITS "-._/:", NULL, NULL,
     "Where everybody can read published results, \"phanhoi.thanhhoa.gov.vn\": named to who asks for another's code. Empty: nowhere."},

    {GROUP_STORE, "path", CONFIG_TEXT, IN(store_path), NULL, "/var/lib/phanhoi/phanhoi.db", 1, 4000, NULL, NULL, NULL,
     "The database file. Its folder must be on a local disk."},
    {GROUP_STORE, "key_file", CONFIG_TEXT, IN(key_file), NULL, "/etc/phanhoi/seal.key", 1, 4000, NULL, NULL, NULL,
     "The sealing key, made at the first start if it's absent. Without it nobody can read the database: keep a copy off this machine. "
     "The appliances of a province share its first line, of which case codes are made."},
    {GROUP_STORE, "reserve", CONFIG_INTEGER, IN(reserve), "4", NULL, 1, 1024, NULL, NULL, NULL,
     "MiB of its disk that are kept for texting the operator when it's full (appliance.operator)."},

    {GROUP_CONTROL, "socket", CONFIG_TEXT, IN(socket), NULL, CONFIG_DEFAULT_SOCKET, 1, 107, NULL, NULL, NULL,
     "A UNIX socket, mode 0600: who may open it may do everything."},
    {GROUP_CONTROL, "group", CONFIG_TEXT, IN(socket_group), "", NULL, 0, 32, LOWER UPPER DIGITS "-_.", NULL, NULL,
     "A group that may open it too (mode 0660). Empty: none."},

    {GROUP_MODEMS, "name", CONFIG_TEXT, IN_MODEM(name), NULL, "m1", 1, 32, LOWER UPPER DIGITS "-_.", NULL, NULL,
     "A short name, shown everywhere and kept with every message."},
    {GROUP_MODEMS, "line", CONFIG_LINE, IN_MODEM(line), NULL, "serial:/dev/ttyUSB2", 1, 500, NULL, NULL, NULL,
     "Which modem: \"usb:PLACE\" (what is plugged in there), \"imei:…\" (wherever it's plugged in), \"iccid:…\" or \"imsi:…\" (the one with that SIM), "
     "\"serial:/dev/…\", \"tcp://host:port\" or \"pty:/path\". phanhoictl modem scan shows what is there and what to write. A device that only "
     "libGammu can open: \"gammu:CONNECTION:/path[:MODEL]\", with driver \"gammu\"."},
    {GROUP_MODEMS, "number", CONFIG_PHONE, IN_MODEM(number), NULL, "+84912000001", 0, 0, NULL, NULL, NULL,
     "The number of its SIM."},
    {GROUP_MODEMS, "driver", CONFIG_CHOICE, IN_MODEM(driver), "at", NULL, 0, 0, NULL, driver_words, NULL,
     "How to speak with it: \"at\" (standard AT commands), \"gammu\" (libGammu), \"auto\" (at, and gammu where the device doesn't answer that)."},
    {GROUP_MODEMS, "operator", CONFIG_CHOICE, IN_MODEM(sim.carrier), "", NULL, 0, 0, NULL, carrier_words, NULL,
     "Whose SIM it is. Empty: what its IMSI says, else the network. A text goes through a SIM of the recipient's operator where one can send."},
    {GROUP_MODEMS, "cost_same", CONFIG_INTEGER, IN_MODEM(sim.cost_same), "0", NULL, 0, 1000000, NULL, NULL, NULL,
     "What a segment costs to numbers of its operator, in dong."},
    {GROUP_MODEMS, "cost_other", CONFIG_INTEGER, IN_MODEM(sim.cost_other), "0", NULL, 0, 1000000, NULL, NULL, NULL,
     "What it costs to all others. Of the SIMs in question the cheapest is taken."},
    {GROUP_MODEMS, "per_minute", CONFIG_INTEGER, IN_MODEM(sim.per_minute), "0", NULL, 0, SMSC_SIM_LIMIT_MAX, NULL, NULL, NULL,
     "Parts that it may send in any minute; more wait for it. 0: no limit."},
    {GROUP_MODEMS, "per_hour", CONFIG_INTEGER, IN_MODEM(sim.per_hour), "0", NULL, 0, SMSC_SIM_LIMIT_MAX, NULL, NULL, NULL,
     "Parts that it may send in any hour; then others take over. 0: no limit."},
    {GROUP_MODEMS, "per_day", CONFIG_INTEGER, IN_MODEM(sim.per_day), "0", NULL, 0, SMSC_SIM_LIMIT_MAX, NULL, NULL, NULL,
     "Parts that it may send in any 24 hours; then others take over. 0: no limit."},
    {GROUP_MODEMS, "weight", CONFIG_INTEGER, IN_MODEM(sim.weight), "1", NULL, 0, 1000, NULL, NULL, NULL,
     "SIMs that are equally good take turns in the ratio of their weights. 0: it takes what comes, out of turn."},

    {GROUP_MODEMS, "balance_code", CONFIG_TEXT, IN_MODEM(balance_code), "", NULL, 0, 64, DIGITS "*#-", NULL, NULL,
     "What asks for its SIM's credit. Empty: as its operator has it, \"*101#\". \"-\": it's never asked."},
    {GROUP_MODEMS, "balance_words", CONFIG_TEXT, IN_MODEM(balance_words), "", NULL, 0, 200, NULL, NULL, NULL,
     "The words before the amount in the answer, divided by |, the best first: \"TK chinh|TKC\". Empty: as its operator has them."},
    {GROUP_MODEMS, "expiry_words", CONFIG_TEXT, IN_MODEM(expiry_words), "", NULL, 0, 200, NULL, NULL, NULL,
     "The same before the day until which it is valid: \"HSD|Han su dung\"."},

    {GROUP_BALANCE, "check", CONFIG_SWITCH, IN(balance_check), "true", NULL, 0, 0, NULL, NULL, NULL,
     "Whether it's asked by itself."},
    {GROUP_BALANCE, "time", CONFIG_TIME_OF_DAY, IN(balance_time), "02:30", NULL, 0, 0, NULL, NULL, NULL,
     "When, every day: the first modem then, each further one three minutes later."},
    {GROUP_BALANCE, "after_sent", CONFIG_INTEGER, IN(balance_after_sent), "0", NULL, 0, 100000, NULL, NULL, NULL,
     "Parts sent after which it's asked in between too, at most once an hour. 0: never."},
    {GROUP_BALANCE, "threshold", CONFIG_INTEGER, IN(balance_threshold), "10000", NULL, 0, 100000000, NULL, NULL, NULL,
     "Dong below which the operator is told, once, through another SIM if there is one. 0: never."},
    {GROUP_MODEMS, "pin_file", CONFIG_TEXT, IN_MODEM(pin_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "A file of mode 0600 with the PIN of its SIM, 4 to 8 digits. A PIN is tried once: after a wrong one a person puts in the right one. Empty: none."},

    {GROUP_MESSAGES, "confirm_freetext", CONFIG_CHOICE, IN(smsc.confirm_freetext), "first", NULL, 0, 0, NULL, confirm_words, NULL,
     "Whose text without a keyword is asked about before it becomes a case: \"first\"-time senders, \"always\", \"never\"."},
    {GROUP_MESSAGES, "draft_life", CONFIG_SECONDS, IN(smsc.draft_life), "86400", NULL, 50, 30 * DAY, NULL, NULL, NULL,
     "Seconds after which an unconfirmed text becomes a case by itself."},
    {GROUP_MESSAGES, "reassembly_wait", CONFIG_SECONDS, IN(smsc.reassembly_wait), "120", NULL, 50, DAY, NULL, NULL, NULL,
     "Seconds until a message with a missing part is taken as it is."},
    {GROUP_MESSAGES, "late_part_window", CONFIG_SECONDS, IN(smsc.late_part_window), "86400", NULL, 0, 30 * DAY, NULL, NULL, NULL,
     "Seconds in which a late part is still added."},
    {GROUP_MESSAGES, "reply_validity", CONFIG_SECONDS, IN(smsc.reply_validity), "86400", NULL, 300 * SECOND, 7 * DAY, NULL, NULL, NULL,
     "Seconds after which an undelivered reply is given up, here and by the network."},
    {GROUP_MESSAGES, "notice_validity", CONFIG_SECONDS, IN(smsc.notice_validity), "259200", NULL, 300 * SECOND, 7 * DAY, NULL, NULL, NULL,
     "The same for other texts."},
    {GROUP_MESSAGES, "unknown_wait", CONFIG_SECONDS, IN(smsc.unknown_wait), "600", NULL, 50, DAY, NULL, NULL, NULL,
     "Seconds that a submission with an unknown outcome waits for its delivery report before its class decides."},
    {GROUP_MESSAGES, "attempts_max", CONFIG_INTEGER, IN(smsc.attempts_max), "6", NULL, 1, 100, NULL, NULL, NULL,
     "Submissions of a part before it's given up."},
    {GROUP_MESSAGES, "retry_base", CONFIG_SECONDS, IN(smsc.retry_base), "30", NULL, 50, 3600 * SECOND, NULL, NULL, NULL,
     "Seconds; the n-th retry waits this times n squared."},
    {GROUP_MESSAGES, "rate_per_minute", CONFIG_INTEGER, IN(smsc.rate_per_minute), "0", NULL, 0, 6000, NULL, NULL, NULL,
     "Parts a modem may send in a minute. 0: as fast as it goes."},
    {GROUP_MESSAGES, "reply_link_wait", CONFIG_SECONDS, IN(smsc.reply_link_wait), "60", NULL, 0, DAY, NULL, NULL, NULL,
     "Seconds that a reply waits for the modem that received before another may send it."},
    {GROUP_MESSAGES, "answer_calls", CONFIG_SWITCH, IN(smsc.answer_calls), "false", NULL, 0, 0, NULL, NULL, NULL,
     "Whether who calls a modem's number gets the HELP text, once a day. Calls are rejected in either case."},
    {GROUP_MESSAGES, "want_reports", CONFIG_SWITCH, IN(smsc.want_reports), "true", NULL, 0, 0, NULL, NULL, NULL,
     "Whether the network is asked for delivery reports."},

    {GROUP_DEADLINES, "intake_days", CONFIG_INTEGER, IN(smsc.cases.intake_days), "2", NULL, 1, 60, NULL, NULL, NULL,
     "T1: the agency decides to accept or not (art. 11)."},
    {GROUP_DEADLINES, "unit_days", CONFIG_INTEGER, IN(smsc.cases.unit_days), "10", NULL, 1, 60, NULL, NULL, NULL,
     "T2: the unit's result (art. 11.1)."},
    {GROUP_DEADLINES, "coordination_days", CONFIG_INTEGER, IN(smsc.cases.coordination_days), "5", NULL, 1, 60, NULL, NULL, NULL,
     "T3: the answer of each agency that is asked to coordinate (art. 11.1)."},
    {GROUP_DEADLINES, "publication_days", CONFIG_INTEGER, IN(smsc.cases.publication_days), "1", NULL, 1, 60, NULL, NULL, NULL,
     "T4: the result is published (art. 12.1)."},
    {GROUP_DEADLINES, "rejoinder_days", CONFIG_INTEGER, IN(smsc.cases.rejoinder_days), "10", NULL, 1, 60, NULL, NULL, NULL,
     "T5: the citizen may disagree, once (art. 13.1)."},
    {GROUP_DEADLINES, "reconsideration_days", CONFIG_INTEGER, IN(smsc.cases.reconsideration_days), "10", NULL, 1, 60, NULL, NULL, NULL,
     "T6: the agency reconsiders (art. 13.1)."},
    {GROUP_DEADLINES, "supplement_days", CONFIG_INTEGER, IN(smsc.cases.supplement_days), "5", NULL, 2, 60, NULL, NULL, NULL,
     "Tn: the citizen supplements what is unclear (art. 11.3 names no limit). The reminder goes out a working day before."},
    {GROUP_DEADLINES, "supplement_restart_days", CONFIG_INTEGER, IN(smsc.cases.supplement_restart_days), "2", NULL, 0, 60, NULL, NULL, NULL,
     "T1 anew, after a supplement. 0: it goes on with the days that were left, at least one."},
    {GROUP_DEADLINES, "reason_days", CONFIG_INTEGER, IN(smsc.cases.reason_days), "1", NULL, 1, 60, NULL, NULL, NULL,
     "The unit states why it is late; without a reason the citizen is told so after that."},
    {GROUP_DEADLINES, "callback_days", CONFIG_INTEGER, IN(smsc.cases.callback_days), "1", NULL, 1, 60, NULL, NULL, NULL,
     "An officer calls a citizen who asked for it."},
    {GROUP_DEADLINES, "t1_start", CONFIG_CHOICE, IN(smsc.t1_start), "sent", NULL, 0, 0, NULL, t1_start_words, NULL,
     "From when T1 counts: \"sent\" (the service centre's time if it is within 72 hours and not in the future, else arrival) or \"arrival\"."},
    {GROUP_DEADLINES, "cutoff_time", CONFIG_TIME_OF_DAY, IN(smsc.cases.cutoff_time), "00:00", NULL, 0, 0, NULL, NULL, NULL,
     "A message that arrives at or after this time of day counts as the next day's. \"00:00\": none."},
    {GROUP_DEADLINES, "due_time", CONFIG_TIME_OF_DAY, IN(smsc.due_time), "17:00", NULL, 0, 0, NULL, NULL, NULL,
     "The time of day from which an officer is told that what is due that day is late. In law the day ends at 24:00 (Civil Code art. 148)."},
    {GROUP_DEADLINES, "t2_start", CONFIG_CHOICE, IN(smsc.cases.t2_start), "transfer", NULL, 0, 0, NULL, t2_start_words, NULL,
     "From when T2 counts: the \"transfer\" to the unit, or its having \"opened\" the case, by reading it or by any step. Until then it's the transfer's."},
    {GROUP_DEADLINES, "t1_on_transfer", CONFIG_CHOICE, IN(smsc.cases.t1_on_transfer), "restart", NULL, 0, 0, NULL, t1_on_transfer_words, NULL,
     "T1 when a case goes to another agency: \"restart\" or \"keep\". The citizen is told the date."},
    {GROUP_DEADLINES, "pause_on_need_info", CONFIG_SWITCH, IN(smsc.cases.pause_on_need_info), "true", NULL, 0, 0, NULL, NULL, NULL,
     "Whether T1 pauses while the citizen is asked."},
    {GROUP_DEADLINES, "pauses_max", CONFIG_INTEGER, IN(smsc.cases.pauses_max), "2", NULL, 0, 100, NULL, NULL, NULL,
     "How often the citizen of a case may be asked with T1 paused."},
    {GROUP_DEADLINES, "hops_max", CONFIG_INTEGER, IN(smsc.cases.hops_max), "3", NULL, 1, 100, NULL, NULL, NULL,
     "Transfers of a case after which it goes to the Office of the provincial People's Committee."},
    {GROUP_DEADLINES, "t5_start", CONFIG_CHOICE, IN(smsc.t5_start), "receipt", NULL, 0, 0, NULL, t5_start_words, NULL,
     "From when T5 counts: the delivery \"receipt\" of the result (or the day on which TC showed it), or \"publication\"."},
    {GROUP_DEADLINES, "t5_no_receipt_days", CONFIG_INTEGER, IN(smsc.cases.t5_no_receipt_days), "3", NULL, 0, 60, NULL, NULL, NULL,
     "Days after publication from which T5 counts when no receipt comes."},
    {GROUP_DEADLINES, "t5_print", CONFIG_CHOICE, IN(smsc.t5_print), "later", NULL, 0, 0, NULL, t5_print_words, NULL,
     "What ends T5: the \"later\" of the date that the citizen was told and the one counted from delivery, or the \"printed\" one."},
    {GROUP_DEADLINES, "rejoinder_reminder", CONFIG_SWITCH, IN(smsc.cases.rejoinder_reminder), "false", NULL, 0, 0, NULL, NULL, NULL,
     "Whether who hasn't rated a result, or may not have got the text that asks for it, is reminded once, two working days before T5 ends."},
    {GROUP_DEADLINES, "refusal_rejoinder", CONFIG_SWITCH, IN(smsc.cases.refusal_rejoinder), "false", NULL, 0, 0, NULL, NULL, NULL,
     "Whether a refusal may be disputed (art. 13.1 speaks of results)."},
    {GROUP_DEADLINES, "behalf_consent_gate", CONFIG_SWITCH, IN(smsc.cases.behalf_consent_gate), "false", NULL, 0, 0, NULL, NULL, NULL,
     "Whether a case sent on somebody's behalf waits for that person's consent."},
    {GROUP_DEADLINES, "overall_limit", CONFIG_INTEGER, IN(smsc.cases.overall_limit), "0", NULL, 0, 250, NULL, NULL, NULL,
     "Working days from receipt after which the service centre is alarmed. 0: never. Never told to citizens."},
    {GROUP_DEADLINES, "binding_days", CONFIG_INTEGER, IN(smsc.cases.binding_days), "365", NULL, 0, 3650, NULL, NULL, NULL,
     "Days after its end for which the sender's number stands for a case: numbers pass on to others. A change holds for all cases. 0: for ever."},
    {GROUP_DEADLINES, "rating_change_days", CONFIG_INTEGER, IN(smsc.cases.rating_change_days), "30", NULL, 0, 365, NULL, NULL, NULL,
     "Days in which a rating may be changed."},
    {GROUP_DEADLINES, "duplicate_days", CONFIG_INTEGER, IN(smsc.cases.duplicate_days), "30", NULL, 0, 365, NULL, NULL, NULL,
     "Days in which a near-identical text of the same sender is attached to the open case. 0: never (art. 7.6)."},

    {GROUP_QUIET_HOURS, "from", CONFIG_TIME_OF_DAY, IN(smsc.quiet_from), "21:00", NULL, 0, 0, NULL, NULL, NULL,
     "Their beginning."},
    {GROUP_QUIET_HOURS, "to", CONFIG_TIME_OF_DAY, IN(smsc.quiet_to), "07:00", NULL, 0, 0, NULL, NULL, NULL,
     "Their end. The same as from: there are none."},

    {GROUP_ABUSE, "messages_per_hour", CONFIG_INTEGER, IN(smsc.abuse.messages_per_hour), "60", NULL, 0, 100000, NULL, NULL, NULL,
     "Messages of a sender that are answered in an hour; then they're told once until when, and not answered. 0: no limit."},
    {GROUP_ABUSE, "flood_per_hour", CONFIG_INTEGER, IN(smsc.abuse.flood_per_hour), "200", NULL, 0, 100000, NULL, NULL, NULL,
     "Messages in an hour after which a sender isn't answered for limit_life. 0: no limit."},
    {GROUP_ABUSE, "wrong_codes", CONFIG_INTEGER, IN(smsc.abuse.wrong_codes), "5", NULL, 0, 1000, NULL, NULL, NULL,
     "Codes of nobody or of another phone in 24 hours, after which wrong ones aren't answered. 0: no limit."},
    {GROUP_ABUSE, "wrong_codes_flood", CONFIG_INTEGER, IN(smsc.abuse.wrong_codes_flood), "20", NULL, 0, 1000, NULL, NULL, NULL,
     "Such codes in 24 hours after which the sender isn't answered for limit_life. 0: no limit."},
    {GROUP_ABUSE, "same_text", CONFIG_INTEGER, IN(smsc.abuse.same_text), "4", NULL, 0, 1000, NULL, NULL, NULL,
     "How often in an hour one and the same text is answered: an automaton that answers ours says the same each time. 0: no limit."},
    {GROUP_ABUSE, "limit_life", CONFIG_SECONDS, IN(smsc.abuse.limit_life), "86400", NULL, 1000, DAY, NULL, NULL, NULL,
     "Seconds for which the appliance by itself leaves a sender without answers, a day at most: for longer a person decides."},

    {GROUP_USSD, "idle", CONFIG_SECONDS, IN(smsc.ussd.idle), "180", NULL, 5 * SECOND, 3600 * SECOND, NULL, NULL, NULL,
     "Seconds after which an input isn't the answer to the last screen any more, but begins anew. At least what the operators wait, 20 to 180."},
    {GROUP_USSD, "resume", CONFIG_SECONDS, IN(smsc.ussd.resume), "600", NULL, 0, 3600 * SECOND, NULL, NULL, NULL,
     "Seconds in which who dials again goes on at the screen where they were; then what they typed is wiped."},

    {GROUP_RETENTION, "case_months", CONFIG_INTEGER, IN(smsc.retention.case_months), "24", NULL, 0, RETENTION_MONTHS_MAX, NULL, NULL, NULL,
     "Months after the end of a case until its words, its messages and who sent it are erased."},
    {GROUP_RETENTION, "message_months", CONFIG_INTEGER, IN(smsc.retention.message_months), "24", NULL, 0, RETENTION_MONTHS_MAX, NULL, NULL, NULL,
     "Months until messages and texts of no case are erased, the words of data requests, exports and incidents, names of former officers, "
     "and people of whom nothing else is left."},
    {GROUP_RETENTION, "traffic_months", CONFIG_INTEGER, IN(smsc.retention.traffic_months), "24", NULL, 0, RETENTION_MONTHS_MAX, NULL, NULL, NULL,
     "Months until it can't be seen any more whom the modems exchanged messages with, and what exactly was read and exported by whom."},
    {GROUP_RETENTION, "time", CONFIG_TIME_OF_DAY, IN(smsc.retention_time), "03:00", NULL, 0, 0, NULL, NULL, NULL,
     "When the day's wipe begins."},

    {GROUP_EXPORTS, "life", CONFIG_SECONDS, IN(export_life), "86400", NULL, 60 * SECOND, 30 * DAY, NULL, NULL, NULL,
     "Seconds in which an export that was approved must be fetched."},
    {GROUP_EXPORTS, "rows", CONFIG_INTEGER, IN(export_rows), "5000", NULL, 1, 100000, NULL, NULL, NULL,
     "Rows (cases, events, messages, texts) of an export, at most."},

    {GROUP_CALENDAR, "file", CONFIG_TEXT, IN(calendar_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "A calendar of holidays and swapped Saturdays (JSON; `phanhoictl calendar print` gives one to begin with). Empty: the one inside the program."},
    {GROUP_CALENDAR, "pending_as_off", CONFIG_SWITCH, IN(pending_as_off), "false", NULL, 0, 0, NULL, NULL, NULL,
     "Whether days whose law is still pending (24/11) count as holidays."},

    {GROUP_OPERATORS, "file", CONFIG_TEXT, IN(operators_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "Prefixes and ported numbers (JSON: {\"prefixes\": {\"0777\": \"MobiFone\"}, \"ported\": {\"Viettel\": [\"0912345678\"]}}). Empty: none."},

    {GROUP_TEXTS, "file", CONFIG_TEXT, IN(texts_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "Texts of your own (JSON) instead of some of those that phanhoictl texts print shows. Empty: none."},

    {GROUP_DIRECTORY, "file", CONFIG_TEXT, IN(directory_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "Taken into the database at every start and reload. Empty: the one that phanhoictl directory import took in stays."},

    {GROUP_OFFICERS, "office_from", CONFIG_TIME_OF_DAY, IN(smsc.officers.office_from), "07:30", NULL, 0, 0, NULL, NULL, NULL,
     "When offices open: what is new is told from then on."},
    {GROUP_OFFICERS, "office_to", CONFIG_TIME_OF_DAY, IN(smsc.officers.office_to), "17:00", NULL, 0, 0, NULL, NULL, NULL,
     "When they close: what is new then waits for the next opening."},
    {GROUP_OFFICERS, "digest_time", CONFIG_TIME_OF_DAY, IN(smsc.officers.digest_time), "07:30", NULL, 0, 0, NULL, NULL, NULL,
     "When each is told of what is due today and tomorrow and overdue, heads of what is late, the service centre of what it watches."},
    {GROUP_OFFICERS, "due_time_reminder", CONFIG_TIME_OF_DAY, IN(smsc.officers.due_time), "14:00", NULL, 0, 0, NULL, NULL, NULL,
     "When each is told once more of what is due today and still open."},
    {GROUP_OFFICERS, "cap", CONFIG_INTEGER, IN(smsc.officers.cap), "4", NULL, 2, 100, NULL, NULL, NULL,
     "Texts a day and officer. What is new is merged into one text above it; what is due or overdue is told all the same."},
    {GROUP_OFFICERS, "merge_wait", CONFIG_SECONDS, IN(smsc.officers.merge_wait), "3600", NULL, 0, DAY, NULL, NULL, NULL,
     "Seconds that the last text of a day waits for more to tell."},
    {GROUP_OFFICERS, "escalate_days", CONFIG_INTEGER, IN(smsc.officers.escalate_days), "1", NULL, 0, 60, NULL, NULL, NULL,
     "Whole working days overdue until the head is told."},
    {GROUP_OFFICERS, "escalate_every", CONFIG_INTEGER, IN(smsc.officers.escalate_every), "7", NULL, 1, 60, NULL, NULL, NULL,
     "Days after which the head is told again."},
    {GROUP_OFFICERS, "monitor_days", CONFIG_INTEGER, IN(smsc.officers.monitor_days), "3", NULL, 0, 60, NULL, NULL, NULL,
     "Whole working days overdue until the service centre is told."},

    {GROUP_CLOCK, "rate", CONFIG_INTEGER, IN(clock_rate), "1", NULL, 1, 100000, NULL, NULL, NULL,
     "How many times as fast as real time: 4320 makes a day of 20 seconds. 1: real time."},
    {GROUP_CLOCK, "start", CONFIG_MOMENT, IN(clock_start), "", NULL, 0, 0, NULL, NULL, NULL,
     "When a new training begins, \"2026-11-23T08:00:00+07:00\". Empty: now. Later starts go on where time is by then."},

    {GROUP_CENTRAL, "url", CONFIG_TEXT, IN(central_url), "", NULL, 0, 500, NULL, NULL, NULL,
     "Where it is, \"https://…\": what stands before /events there. Empty: there is none. Plain http only to this machine itself."},
    {GROUP_CENTRAL, "profile", CONFIG_CHOICE, IN(central.profile), "ce", NULL, 0, 0, NULL, profile_words, profile_later,
     "How it's spoken to: \"ce\" (CloudEvents over HTTP), \"couch\" (CouchDB's protocol, url is the database: any appliance can answer for any case), "
     "\"open311\" (GeoReport v2 with mySociety's updates)."},
    {GROUP_CENTRAL, "batch", CONFIG_INTEGER, IN(central.batch), "0", NULL, 0, 1000, NULL, NULL, NULL,
     "Events of a request at most. 0: as many as the store says that it takes (200 at most), one where it says nothing."},
    {GROUP_CENTRAL, "parallel", CONFIG_INTEGER, IN(central.parallel), "4", NULL, 1, 32, NULL, NULL, NULL,
     "Requests side by side. The events of a case always go one after another."},
    {GROUP_CENTRAL, "timeout", CONFIG_SECONDS, IN(central.timeout), "30", NULL, 100, 600 * SECOND, NULL, NULL, NULL,
     "Seconds in which it must answer."},
    {GROUP_CENTRAL, "park_after", CONFIG_INTEGER, IN(central.park_after), "3", NULL, 1, 100, NULL, NULL, NULL,
     "How often it must refuse an event for good until that one is parked: phanhoictl central parked."},
    {GROUP_CENTRAL, "token_file", CONFIG_TEXT, IN(central.token_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "A file with a bearer token, mode 0600. Read for every request. Empty: none."},
    {GROUP_CENTRAL, "user", CONFIG_TEXT, IN(central.user), "", NULL, 0, 200, NULL, NULL, NULL,
     "Who this appliance is there by a password (HTTP Basic, as CouchDB has it), which token_file holds then. Empty: token_file is a token."},
    {GROUP_CENTRAL, "oauth_url", CONFIG_TEXT, IN(central.oauth_url), "", NULL, 0, 500, NULL, NULL, NULL,
     "The token endpoint of OAuth 2.0, which gives a token for the client credentials below. Empty: none."},
    {GROUP_CENTRAL, "oauth_id", CONFIG_TEXT, IN(central.oauth_id), "", NULL, 0, 200, NULL, NULL, NULL,
     "The client's id there."},
    {GROUP_CENTRAL, "oauth_secret_file", CONFIG_TEXT, IN(central.oauth_secret_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "A file with the client's secret, mode 0600."},
    {GROUP_CENTRAL, "oauth_scope", CONFIG_TEXT, IN(central.oauth_scope), "", NULL, 0, 500, NULL, NULL, NULL,
     "What the token is for, as the endpoint names it. Empty: it knows."},
    {GROUP_CENTRAL, "ca_file", CONFIG_TEXT, IN(central.ca_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "PEM: who must have signed its certificate. Empty: those that the system trusts."},
    {GROUP_CENTRAL, "cert_file", CONFIG_TEXT, IN(central.cert_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "PEM: this appliance's certificate for mutual TLS. Read for every request; 30 days before it ends the operator is texted. Empty: none."},
    {GROUP_CENTRAL, "key_file", CONFIG_TEXT, IN(central.key_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "PEM: its key, mode 0600."},
    {GROUP_CENTRAL, "secret_file", CONFIG_TEXT, IN(central.secret_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "Secrets that sign what is pushed (Standard Webhooks): a line each, whsec_…, mode 0600; all of them sign. Empty: nothing is signed."},
    {GROUP_CENTRAL, "raw_messages", CONFIG_CHOICE, IN(smsc.raw_messages), "none", NULL, 0, 0, NULL, raw_words, NULL,
     "Whether every message goes up as it came, besides what became of it: \"none\", \"sealed\" so that only public_key_file's owner can read it, \"plain\"."},
    {GROUP_CENTRAL, "public_key_file", CONFIG_TEXT, IN(central.public_key_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "The store's public key (X25519): 64 hex digits, or base64."},
    {GROUP_CENTRAL, "heartbeat", CONFIG_SECONDS, IN(central.heartbeat), "900", NULL, 0, DAY, NULL, NULL, NULL,
     "Seconds between two signs of life. 0: none."},
    {GROUP_CENTRAL, "webhook_listen", CONFIG_TEXT, IN(central.webhook_listen), "", NULL, 0, 64, NULL, NULL, NULL,
     "Where the store may knock when it has something new, \"0.0.0.0:8443\" or \"127.0.0.1:8080\" behind a proxy: POST /webhook. Empty: it can't, and is asked."},
    {GROUP_CENTRAL, "webhook_secret_file", CONFIG_TEXT, IN(central.webhook_secret_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "Secrets of which one must sign each knock (Standard Webhooks): a line each, whsec_…, mode 0600."},
    {GROUP_CENTRAL, "webhook_cert_file", CONFIG_TEXT, IN(central.webhook_cert_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "PEM: the certificate shown there, with those that lead to it. Empty: plain HTTP, for this machine only."},
    {GROUP_CENTRAL, "webhook_key_file", CONFIG_TEXT, IN(central.webhook_key_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "PEM: its key, mode 0600."},

    {GROUP_OPEN311, "jurisdiction_id", CONFIG_TEXT, IN(open311.jurisdiction), "", NULL, 0, 100, LOWER UPPER DIGITS "-_.", NULL, NULL,
     "Whose requests they are, where the store has several. Empty: it has one."},
    {GROUP_OPEN311, "api_key_file", CONFIG_TEXT, IN(open311.api_key_file), "", NULL, 0, 4000, NULL, NULL, NULL,
     "A file with the API key, mode 0600. Read for every request, sent in the body of what is posted only. Empty: none."},
    {GROUP_OPEN311, "format", CONFIG_CHOICE, IN(open311.format), "json", NULL, 0, 0, NULL, format_words, NULL,
     "What it answers: \"json\", or \"xml\", which every store has."},
    {GROUP_OPEN311, "confidential", CONFIG_SWITCH, IN(open311.confidential), "false", NULL, 0, 0, NULL, NULL, NULL,
     "Whether it keeps to itself what comes with attribute[non_public]. If not, confidential cases aren't sent there: decide them here, phanhoictl case."},

    {GROUP_SERVICES, "field", CONFIG_TEXT, IN_SERVICE(field), "", NULL, 0, 63, LOWER UPPER DIGITS "-_.", NULL, NULL,
     "A field of the directory. Empty: every other, and cases of none."},
    {GROUP_SERVICES, "code", CONFIG_TEXT, IN_SERVICE(code), NULL, "001", 1, 100, NULL, NULL, NULL,
     "The store's service_code."},
    {GROUP_SERVICES, "unit", CONFIG_TEXT, IN_SERVICE(unit), "", NULL, 0, 31, LOWER UPPER DIGITS "-_.", NULL, NULL,
     "Who handles a case that the store takes on (status in_progress): a unit of the directory. Empty: a person must say."},

    {GROUP_WORKER, "program", CONFIG_TEXT, IN(worker_program), "", NULL, 0, 4000, NULL, NULL, NULL,
     "The program that serves a modem. Empty: phanhoi-modem beside this one."},
    {GROUP_WORKER, "usb_reset_folder", CONFIG_TEXT, IN(usb_reset_folder), "", NULL, 0, 4000, NULL, NULL, NULL,
     "Where phanhoi-usb-reset is asked to reset a modem's USB device, \"/run/phanhoi-usb-reset\". Empty: it never is."},
    {GROUP_WORKER, "hello_deadline", CONFIG_SECONDS, IN(hello_deadline), "10", NULL, 50, 600 * SECOND, NULL, NULL, NULL,
     "Seconds in which a worker must say hello."},
    {GROUP_WORKER, "send_deadline", CONFIG_SECONDS, IN(send_deadline), "180", NULL, 50, 3600 * SECOND, NULL, NULL, NULL,
     "Seconds in which it must answer a submission; it's killed else, and the outcome is unknown."},
    {GROUP_WORKER, "life_deadline", CONFIG_SECONDS, IN(life_deadline), "150", NULL, 50, 3600 * SECOND, NULL, NULL, NULL,
     "Seconds without any word from it after which it's killed."},
    {GROUP_WORKER, "stop_deadline", CONFIG_SECONDS, IN(stop_deadline), "60", NULL, 50, 600 * SECOND, NULL, NULL, NULL,
     "Seconds that it may take to stop before it's killed."},
    {GROUP_WORKER, "restart_base", CONFIG_SECONDS, IN(restart_base), "1", NULL, 50, 600 * SECOND, NULL, NULL, NULL,
     "Seconds; the n-th restart in a row waits this times n squared."},
    {GROUP_WORKER, "restart_cap", CONFIG_SECONDS, IN(restart_cap), "300", NULL, 50, 3600 * SECOND, NULL, NULL, NULL,
     "The longest wait between restarts, in seconds."},
    {GROUP_WORKER, "restart_stable", CONFIG_SECONDS, IN(restart_stable), "60", NULL, 50, 3600 * SECOND, NULL, NULL, NULL,
     "Seconds that it must have run for the count of restarts to begin anew."},
    {GROUP_WORKER, "bad_lines_max", CONFIG_INTEGER, IN(bad_lines_max), "5", NULL, 1, 1000, NULL, NULL, NULL,
     "Lines that can't be understood after which it's restarted."},

    {GROUP_WORKER, "pace", CONFIG_INTEGER, IN(worker_pace), "1", NULL, 1, 1000, NULL, NULL, NULL,
     "How many times as fast a worker's time goes: for rehearsals with a virtual network of that pace. Real modems need 1."},

    {GROUP_REPORTS, "schedule", CONFIG_CHOICE, IN(report_schedule), "never", NULL, 0, 0, NULL, schedule_words, NULL,
     "When one is made of what has ended: \"never\", \"weekly\" (Monday), \"monthly\", \"quarterly\"."},
    {GROUP_REPORTS, "folder", CONFIG_TEXT, IN(report_folder), "/var/lib/phanhoi/reports", NULL, 1, 4000, NULL, NULL, NULL,
     "Where they are written, as text, CSV and HTML to print. It must be there."},
    {GROUP_REPORTS, "by", CONFIG_CHOICE, IN(report_by), "agency", NULL, 0, 0, NULL, report_by_words, NULL,
     "What they are broken down by."},
    {GROUP_REPORTS, "segment_cost", CONFIG_INTEGER, IN(segment_cost), "0", NULL, 0, 1000000, NULL, NULL, NULL,
     "What a segment of a text costs, in dong, for the cost of a case. 0: not told."},

    {GROUP_LOG, "level", CONFIG_CHOICE, IN(log_level), "info", NULL, 0, 0, NULL, level_words, NULL,
     "The least important line that is written: \"error\", \"warning\", \"notice\", \"info\", \"debug\"."},
};
/* clang-format on */

const size_t config_key_count = sizeof config_keys / sizeof config_keys[0];

const char *config_central_profile(const struct config *config) {
    return profile_words[config->central.profile];
}

const char *config_open311_format(const struct config *config) {
    return format_words[config->open311.format];
}

const char *config_driver_name(int driver) {
    return driver_words[driver];
}

const char *config_log_level_name(int log_level) {
    return level_words[log_level];
}
