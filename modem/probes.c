/* A probe writes its answer, one line, to a pipe that holds more than a line, so it never waits for us; the pipe is read when the process has ended.
 * Its end is seen through a pidfd, which tells of it after the kernel has closed all its files. The last close of a serial port may wait half a
 * minute for what wasn't sent (tty_wait_until_sent): an answer that was believed at once would send a worker to a port that is still held. */
#include "modem/probes.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct out {
    char *node;
    pid_t pid;
    int ended_fd, answer_fd; /* pidfd; reading end of the pipe */
    int64_t due; /* INT64_MAX: killed already */
    bool dropped;
};

struct probes {
    struct probes_parts parts;
    struct out out[PROBES_MAX];
    size_t count;
};

struct probes *probes_new(const struct probes_parts *parts) {
    struct probes *p = mem_alloc(sizeof *p);
    p->parts = *parts;
    return p;
}

static void say(struct probes *p, const char *node, const char *reason) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_PROBED);
    m.node = mem_string(node);
    m.reason = mem_string(reason);
    p->parts.answered(p->parts.context, &m);
    protocol_release(&m);
}

/* ---- in the probe's process ---- */

static _Noreturn void ask_and_end(const struct probes *p, const char *node, int64_t baud, pid_t parent, int to) {
    struct protocol_message m;
    struct str line;
    /* Nothing of discovery's stays open here but the log: what a stranger's device makes of this process must not speak to the core. */
    if (dup2(to, STDIN_FILENO) < 0 || dup2(to, STDOUT_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0U, 0) != 0)
        _exit(1);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) /* it may have ended before it could be said */
        _exit(1);
    p->parts.run(node, baud, p->parts.clock, &m);
    str_init(&line, PROTOCOL_LINE_MAX);
    protocol_write(&m, &line);
    _exit(write(STDOUT_FILENO, line.data, line.len) == (ssize_t)line.len ? 0 : 1);
}

/* ---- in ours ---- */

static bool start(struct probes *p, const char *node, int64_t baud, struct out *ret_out) {
    int pipes[2];
    pid_t parent = getpid();
    if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    struct out o = {.pid = fork(), .ended_fd = -1, .answer_fd = pipes[0]};
    if (o.pid == 0)
        ask_and_end(p, node, baud, parent, pipes[1]);
    if (o.pid > 0)
        o.ended_fd = pidfd_open(o.pid, 0);
    int problem = errno;
    close(pipes[1]);
    if (o.ended_fd < 0) {
        close(pipes[0]);
        if (o.pid > 0) {
            kill(o.pid, SIGKILL);
            waitpid(o.pid, NULL, 0);
        }
        errno = problem;
        return false;
    }
    o.node = mem_string(node);
    o.due = p->parts.clock->mono_ms(p->parts.clock) + PROBES_DEADLINE;
    *ret_out = o;
    return true;
}

void probes_ask(struct probes *p, const char *node, int64_t baud) {
    for (size_t i = 0; i < p->count; i++)
        if (!p->out[i].dropped && strcmp(p->out[i].node, node) == 0) {
            say(p, node, "is being asked already");
            return;
        }
    if (p->count == PROBES_MAX)
        say(p, node, "too many are being asked already");
    else if (start(p, node, baud, &p->out[p->count]))
        p->count++;
    else
        say(p, node, strerror(errno));
}

static void finish(struct out *o) {
    kill(o->pid, SIGKILL);
    o->due = INT64_MAX;
}

void probes_drop(struct probes *p, const char *node) {
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->out[i].node, node) == 0) {
            p->out[i].dropped = true;
            finish(&p->out[i]);
        }
}

size_t probes_count(const struct probes *p) {
    return p->count;
}

size_t probes_fds(const struct probes *p, struct pollfd fds[PROBES_MAX]) {
    for (size_t i = 0; i < p->count; i++)
        fds[i] = (struct pollfd){.fd = p->out[i].ended_fd, .events = POLLIN};
    return p->count;
}

int64_t probes_due(const struct probes *p) {
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < p->count; i++)
        due = p->out[i].due < due ? p->out[i].due : due;
    return due;
}

/* The answer of a process that ended. It has read what a stranger's device says, so it's believed of its own port and of nothing else. */
static bool read_answer(const struct out *o, struct protocol_message *ret_m) {
    char line[PROTOCOL_LINE_MAX];
    struct str problem;
    ssize_t len = read(o->answer_fd, line, sizeof line);
    if (len < 2 || line[len - 1] != '\n')
        return false;
    str_init(&problem, 256);
    enum err e = protocol_read(line, (size_t)len - 1, true, ret_m, &problem);
    str_release(&problem);
    if (e == ERR_OK && ret_m->name == PROTOCOL_PROBED && strcmp(ret_m->node, o->node) == 0)
        return true;
    if (e == ERR_OK)
        protocol_release(ret_m);
    return false;
}

static void release(struct out *o) {
    close(o->ended_fd);
    close(o->answer_fd);
    free(o->node);
}

/* Its process ended: tells its answer. */
static void end(struct probes *p, struct out *o) {
    struct protocol_message m;
    int status = 0;
    char reason[64];
    waitpid(o->pid, &status, 0);
    if (o->dropped)
        return;
    if (read_answer(o, &m)) {
        p->parts.answered(p->parts.context, &m);
        protocol_release(&m);
        return;
    }
    if (o->due == INT64_MAX)
        snprintf(reason, sizeof reason, "no answer in %d s", (int)(PROBES_DEADLINE / CLOCK_SECOND));
    else if (WIFSIGNALED(status))
        snprintf(reason, sizeof reason, "its probe was killed by signal %d", WTERMSIG(status));
    else
        snprintf(reason, sizeof reason, "its probe said nothing");
    log_event(LOG_LEVEL_WARNING, "probe.failed", log_text("node", o->node), log_text("problem", reason));
    say(p, o->node, reason);
}

void probes_tend(struct probes *p) {
    int64_t now = p->parts.clock->mono_ms(p->parts.clock);
    for (size_t i = p->count; i-- > 0;) {
        struct pollfd wait = {.fd = p->out[i].ended_fd, .events = POLLIN};
        if (poll(&wait, 1, 0) == 1) {
            struct out o = p->out[i];
            p->out[i] = p->out[--p->count];
            end(p, &o); /* may ask anew */
            release(&o);
        } else if (now >= p->out[i].due) {
            finish(&p->out[i]);
        }
    }
}

void probes_free(struct probes *p) {
    if (!p)
        return;
    for (size_t i = 0; i < p->count; i++)
        finish(&p->out[i]);
    for (size_t i = 0; i < p->count; i++) {
        waitpid(p->out[i].pid, NULL, 0);
        release(&p->out[i]);
    }
    free(p);
}
