/* The case desk: what officers decide where there's no central store. One row a decision; the control socket's commands "case.NAME", phanhoictl's
 * `case NAME` and the help of both come from it. Who may do what when is the table of store/case_rules.h; nothing here decides.
 *
 * Columns: step, name, arguments of the command line, least and most of them, the member of a request that those behind CODE become ("": none; a list
 * if it's "agencies"), options, members of a request, help. Where "text" is an option, an argument that is left is that text. */
#ifndef HOST_DESK_H
#define HOST_DESK_H

/* clang-format off */
#define DESK_TABLE(X) \
    X(STEP_ACCEPT,               "accept",              "CODE UNIT",           2, 2,  "unit",     "as",                  "code, as, unit",             "take it up; that unit handles it") \
    X(STEP_ANSWER,               "answer",              "CODE [TEXT]",         1, 2,  "",         "as text file document signed sha256", "code, as, text, document, sha256",            "take it up and answer at once") \
    X(STEP_COUNT,                "assign",              "CODE AGENCY",         2, 2,  "agency",   "as text file",        "code, as, agency, text",     "the Office: to the agency whose it is; others: as accept") \
    X(STEP_TRANSFER,             "transfer",            "CODE [AGENCY [TEXT]]", 1, 3,  "agency",   "as text file",        "code, as, agency, text",     "to the agency whose it is; without one to the Office, or back to intake") \
    X(STEP_COORDINATE,           "coordinate",          "CODE AGENCY...",      2, 33, "agencies", "as text file",        "code, as, agencies, text",   "ask other agencies for their part") \
    X(STEP_COORDINATION_ANSWER,  "coordination-answer", "CODE [TEXT]",         1, 2,  "",         "as text file",        "code, as, text",             "answer as an agency that was asked") \
    X(STEP_NEED_INFO,            "need-info",           "CODE [TEXT]",         1, 2,  "",         "as text file",        "code, as, text",             "ask the citizen before taking it up") \
    X(STEP_ASK,                  "ask",                 "CODE [TEXT]",         1, 2,  "",         "as text file",        "code, as, text",             "ask the citizen while handling it") \
    X(STEP_REFUSE,               "refuse",              "CODE [TEXT]",         1, 2,  "",         "as reason text file", "code, as, reason, text",     "don't take it up; the text says why") \
    X(STEP_LATE_REASON,          "late-reason",         "CODE [TEXT]",         1, 2,  "",         "as until text file",  "code, as, until, text",      "why it is late, and until when") \
    X(STEP_RESULT,               "result",              "CODE [TEXT]",         1, 2,  "",         "as text file document signed sha256", "code, as, text, document, sha256",            "the unit's result") \
    X(STEP_SEND_BACK,            "send-back",           "CODE [TEXT]",         1, 2,  "",         "as text file",        "code, as, text",             "a result back to its unit") \
    X(STEP_PUBLISH,              "publish",             "CODE [TEXT]",         1, 2,  "",         "as text file",        "code, as, text",             "publish the result, or this text instead; the citizen gets it") \
    X(STEP_REVIEW,               "review",              "CODE [TEXT]",         1, 2,  "",         "as text file",        "code, as, text",             "what is flagged in the citizen's words was looked at: it may be published") \
    X(STEP_ANNUL,                "annul",               "CODE [TEXT]",         1, 2,  "",         "as text file",        "code, as, text",             "the Office: a result that doesn't fit is void") \
    X(STEP_RECONSIDER,           "reconsider",          "CODE [TEXT]",         1, 2,  "",         "as text file document signed sha256", "code, as, text, document, sha256",            "answer a rejoinder") \
    X(STEP_CLOSE_NOTED,          "close-noted",         "CODE [TEXT]",         1, 2,  "",         "as text file",        "code, as, text",             "thanks, or no longer true: noted and closed") \
    X(STEP_MARK_DUPLICATE,       "mark-duplicate",      "CODE ORIGINAL",       2, 2,  "original", "as",                  "code, as, original",         "the same as another open case of the sender") \
    X(STEP_REBIND,               "rebind",              "CODE NUMBER [TEXT]",  2, 3,  "phone",    "as text file",        "code, as, phone, text",      "bind it to the citizen's new number; the text says why") \
    X(STEP_CONFIDENTIAL,         "confidential",        "CODE",                1, 1,  "",         "as",                  "code, as",                   "keep its content from the public") \
    X(STEP_CALLED,               "called",              "CODE [TEXT]",         1, 2,  "",         "as text file",        "code, as, text",             "the citizen who wanted a call was called")
/* clang-format on */

#endif
