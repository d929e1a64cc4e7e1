/* phanhoictl ussd: a code is dialled on a modem, what the network says is printed, and its menus are answered: with --answer, by hand on a terminal,
 * else not at all, and then the dialogue is cancelled, so that the modem is free for the next. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NETWORK_MS = 280000, ANSWER_MAX = 256 }; /* a submission that is out is waited for, then the network */

/* One request of the dialogue. *ret_asks: a menu came. */
static enum ctl_exit step(const struct ctl *ctl, struct ctl_client *client, const char *key, const char *text, bool *ret_asks) {
    struct ctl_request request;
    struct json *answer = NULL;
    *ret_asks = false;
    ctl_request_begin(ctl, "ussd", &request);
    request.wait_ms = NETWORK_MS;
    json_put_text(&request.w, "modem", ctl->arguments[0]);
    if (text)
        json_put_text(&request.w, key, text);
    else
        json_put_bool(&request.w, key, true);
    enum ctl_exit status = ctl_request_ask(&request, client, &answer);
    if (status != CTL_FINE)
        return status;
    const struct json *result = json_get(answer, "result");
    const char *outcome = json_text(result, "outcome"), *said = json_text(result, "text");
    *ret_asks = outcome && strcmp(outcome, "asks") == 0;
    bool shown = text || ctl->cancel; /* a dialogue that nobody answers is ended without a word */
    if (shown && ctl->json) {
        ctl_print_json(result);
    } else if (shown) {
        ctl_print_clean(said ? said : "", stdout);
        puts("");
    }
    fflush(stdout);
    json_free(answer);
    return CTL_FINE;
}

/* The next of "1,2", which it is cut off from; NULL: none is left. */
static const char *next_given(char **rest) {
    return *rest ? strsep(rest, ",") : NULL;
}

static const char *typed(char line[ANSWER_MAX]) {
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return NULL;
    fputs("> ", stdout);
    fflush(stdout);
    if (!fgets(line, ANSWER_MAX, stdin))
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    return line[0] ? line : NULL;
}

static enum ctl_exit converse(const struct ctl *ctl, struct ctl_client *client, char *given) {
    char line[ANSWER_MAX];
    bool asks;
    enum ctl_exit status = step(ctl, client, "text", ctl->arguments[1], &asks);
    while (status == CTL_FINE && asks) {
        const char *answer = next_given(&given);
        if (!answer)
            answer = typed(line);
        status = step(ctl, client, answer ? "answer" : "cancel", answer, &asks);
    }
    if (status == CTL_FINE && given)
        status = ctl_fail(ctl, err_symbol(ERR_CONFLICT), "the network asked for fewer answers than were given");
    return status;
}

enum ctl_exit ctl_ussd(struct ctl *ctl) {
    struct ctl_client client;
    bool asks;
    if (ctl->cancel == (ctl->argument_count == 2)) {
        fputs("phanhoictl: ussd MODEM CODE, or ussd MODEM --cancel\n", stderr);
        return CTL_USAGE;
    }
    enum ctl_exit status = ctl_connect(ctl, ctl->socket, &client);
    if (status != CTL_FINE)
        return status;
    char *given = ctl->answer ? mem_string(ctl->answer) : NULL;
    status = ctl->cancel ? step(ctl, &client, "cancel", NULL, &asks) : converse(ctl, &client, given);
    free(given);
    ctl_disconnect(&client);
    return status;
}
