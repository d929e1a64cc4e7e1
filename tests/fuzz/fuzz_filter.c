/* Any octets as what libGammu says (up to an octet 00) and any as what a modem answers to each of its commands (behind it, lines). Whatever both say,
 * libGammu reads printable lines of bounded length, its command first, one result last, and of a message only the stand-in. What passes as the PDU
 * that was asked for is that PDU. */
#include "firmware-host/base/str.h"
#include "modem/filter.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINE_SEEN_MAX = 256 };

static void demand(bool promise) {
    if (!promise)
        abort();
}

/* As the engine does it: printable, bounded, pairs where a PDU follows. */
static void fill(struct at_reply *reply, const uint8_t *data, size_t size, bool pairs) {
    char line[AT_LINE_MAX + 1];
    size_t len = 0;
    at_reply_init(reply);
    for (size_t i = 0; i <= size && reply->count < AT_REPLY_LINES; i++) {
        if (i < size && data[i] != '\n') {
            if (data[i] >= 0x20 && data[i] != 0x7F && len < AT_LINE_MAX)
                line[len++] = (char)data[i];
            continue;
        }
        line[len] = '\0';
        reply->offset[reply->count++] = reply->text.len;
        str_add_n(&reply->text, line, len + 1);
        len = 0;
    }
    if (pairs && reply->count % 2)
        reply->count--;
    reply->result = size > 0 && data[size - 1] == '!' ? AT_RESULT_ERROR : AT_RESULT_OK;
}

static void check_answer(const struct filter_command *row, const char *command, const struct str *answer) {
    size_t results = 0, echo = strlen(command);
    bool messages = row->way == FILTER_LIST || row->way == FILTER_READ;
    demand(str_ok(answer) && strncmp(answer->data, command, echo) == 0 && answer->data[echo] == '\r');
    for (const char *line = answer->data + echo; *line; line += strspn(line, "\r\n")) {
        size_t len = strcspn(line, "\r\n");
        demand(len <= LINE_SEEN_MAX);
        for (size_t i = 0; i < len; i++)
            demand(line[i] >= 0x20 && line[i] < 0x7F);
        if (strncmp(line, "OK\r", 3) == 0 || strncmp(line, "ERROR\r", 6) == 0) {
            results++;
            demand(row->way == FILTER_PASS || line[len + 2] == '\0'); /* nothing behind it; AT+CGMM may say what it likes */
        } else if (messages && len > 0) {
            demand(strncmp(line, "+CMG", 4) == 0 || strncmp(line, "0791132604", 10) == 0);
        }
        line += len;
    }
    demand(results >= 1);
}

static void command(const char *text, const uint8_t *data, size_t size) {
    const struct filter_command *row = filter_find(text);
    struct filter_question question;
    struct at_reply reply;
    struct str answer;
    int number;
    filter_question(row, text, &question);
    demand(question.command.text == text && question.command.timeout > 0);
    (void)filter_number(text, &number);
    (void)filter_memory(text);
    fill(&reply, data, size, question.command.pdu_follows);
    str_init(&answer, 4 * AT_REPLY_OCTETS);
    filter_answer(row, text, &reply, &answer);
    check_answer(row, text, &answer);
    str_release(&answer);
    at_reply_release(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char asked[] = "0051070B914889070000F10000A70A050003070201CCF71D";
    const uint8_t *cut = memchr(data, 0, size);
    size_t said = cut ? (size_t)(cut - data) : size, used;
    struct filter_submission submission;
    struct filter f;
    struct str prompt;
    filter_init(&f);
    for (size_t at = 0; at < said; at += used) {
        enum filter_event event = filter_take(&f, (const char *)data + at, said - at, &used);
        demand(used > 0 && used <= said - at && f.len <= AT_LINE_MAX);
        if (event == FILTER_COMMAND && filter_find(f.text)->way == FILTER_SUBMIT) {
            str_init(&prompt, 2 * AT_LINE_MAX);
            filter_prompt(&f, f.text, &prompt);
            str_release(&prompt);
        } else if (event == FILTER_COMMAND) {
            command(f.text, cut ? cut + 1 : data, cut ? size - said - 1 : 0);
        } else if (event == FILTER_PDU) {
            bool same = filter_same_submission(f.text, asked);
            demand(!same || (filter_take_apart(f.text, &submission) && submission.len == strlen(asked) / 2 - 1));
            demand(filter_same_submission(f.text, f.text) == filter_take_apart(f.text, &submission) || submission.len > 0);
        }
    }
    return 0;
}
