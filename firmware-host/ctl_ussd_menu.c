/* phanhoictl ussd-menu: the menus that citizens get over USSD, on this terminal. A line that is typed is an input; the end of input hangs up, and who
 * asks again for the same number within ten minutes goes on there. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SESSION_SIZE = 48 };

struct dialled {
    const struct ctl *ctl;
    struct ctl_client client;
    char session[SESSION_SIZE];
    char *given; /* what is left of --answer; NULL: nothing */
};

/* input NULL: the session begins. */
static enum ctl_exit step(struct dialled *d, const char *input, bool *ret_ends) {
    struct ctl_request request;
    struct json *answer = NULL;
    ctl_request_begin(d->ctl, "ussd.menu", &request);
    json_put_text(&request.w, "phone", d->ctl->arguments[0]);
    json_put_text(&request.w, "session", d->session);
    if (input)
        json_put_text(&request.w, "input", input);
    enum ctl_exit status = ctl_request_ask(&request, &d->client, &answer);
    if (status != CTL_FINE)
        return status;
    const struct json *screen = json_get(answer, "result");
    const char *text = json_text(screen, "text");
    *ret_ends = true;
    if (!json_bool(screen, "ends", ret_ends) || !text)
        status = ctl_fail(d->ctl, err_symbol(ERR_INVALID), "the core's answer is no screen");
    else if (d->ctl->json)
        ctl_print_json(screen);
    else
        printf("%s\n", text);
    fflush(stdout);
    json_free(answer);
    return status;
}

/* The next input: of --answer, then of standard input. False: there is none. The caller frees. */
static bool next_input(struct dialled *d, char **ret_line) {
    char *line = NULL;
    size_t size = 0;
    if (d->ctl->answer && !d->given)
        return false;
    if (d->given) {
        *ret_line = mem_string(strsep(&d->given, ","));
        return true;
    }
    if (isatty(STDIN_FILENO) && !d->ctl->json)
        fputs("> ", stdout);
    fflush(stdout);
    ssize_t len = getline(&line, &size, stdin);
    if (len < 0) {
        free(line);
        return false;
    }
    line[strcspn(line, "\n")] = '\0';
    *ret_line = line;
    return true;
}

static enum ctl_exit converse(struct dialled *d) {
    bool ends = false;
    char *line = NULL;
    enum ctl_exit status = step(d, NULL, &ends);
    while (status == CTL_FINE && !ends && next_input(d, &line)) {
        status = step(d, line, &ends);
        free(line);
    }
    if (status == CTL_FINE && d->given)
        status = ctl_fail(d->ctl, err_symbol(ERR_CONFLICT), "the menu ended before all answers were given");
    return status;
}

enum ctl_exit ctl_ussd_menu(struct ctl *ctl) {
    struct dialled d = {.ctl = ctl};
    struct clock *clock = clock_system();
    snprintf(d.session, sizeof d.session, "ctl-%ld-%lld", (long)getpid(), (long long)clock->wall_ms(clock));
    enum ctl_exit status = ctl_connect(ctl, ctl->socket, &d.client);
    if (status != CTL_FINE)
        return status;
    char *answers = ctl->answer ? mem_string(ctl->answer) : NULL;
    d.given = answers;
    if (!ctl->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        fputs("The menu as that citizen's phone shows it. What you choose is done: it opens real cases and texts that number. Ctrl-D hangs up.\n",
              stderr);
    status = converse(&d);
    free(answers);
    ctl_disconnect(&d.client);
    return status;
}
