/* A modem's PIN: see pin.h for its promises. */
#include "firmware-host/pin.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "store/pin_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIN_LEAST = 4, PIN_MOST = PIN_SIZE - 1, TRIES_LEAST = 2, SIM_SIZE = 64, REASON_MAX = 4600 };

struct pin {
    struct pin_parts parts;
    bool deciding; /* the guard's row is being committed */
    bool asker_gone; /* meanwhile the worker that asked has ended */
    bool out;
    struct pin_try try; /* that is out */
};

/* ---- the file ---- */

static enum err check_file(int fd, const char *path, struct str *problem) {
    struct stat about;
    if (fstat(fd, &about) != 0) {
        str_addf(problem, "%s: can't be examined: %s", path, strerror(errno));
        return ERR_IO;
    }
    if (!S_ISREG(about.st_mode)) {
        str_addf(problem, "%s: is no regular file", path);
        return ERR_INVALID;
    }
    if (about.st_mode & (S_IRWXG | S_IRWXO)) {
        str_addf(problem, "%s: has mode %04o, open to group or others; do: chmod 600 %s", path, (unsigned)about.st_mode & 07777, path);
        return ERR_INVALID;
    }
    return ERR_OK;
}

enum err pin_read(const char *path, char ret_pin[PIN_SIZE], struct str *problem) {
    char text[PIN_SIZE + 2] = ""; /* CR LF, and one octet more that shows a longer file */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        str_addf(problem, "%s: can't be read: %s", path, strerror(errno));
        return ERR_IO;
    }
    enum err e = check_file(fd, path, problem);
    ssize_t n = e == ERR_OK ? read(fd, text, sizeof text) : 0;
    close(fd);
    if (e != ERR_OK)
        return e;
    size_t len = n > 0 ? (size_t)n : 0, digits = 0;
    while (digits < len && text[digits] >= '0' && text[digits] <= '9')
        digits++;
    bool ends = digits == len || (digits + 1 == len && text[digits] == '\n') || (digits + 2 == len && memcmp(text + digits, "\r\n", 2) == 0);
    if (digits < PIN_LEAST || digits > PIN_MOST || !ends) {
        str_addf(problem, "%s: 4 to 8 digits are wanted, and nothing else", path);
        e = ERR_INVALID;
    } else {
        memcpy(ret_pin, text, digits);
        ret_pin[digits] = '\0';
    }
    explicit_bzero(text, sizeof text);
    return e;
}

/* ---- the guard's row goes: the PIN is right, or certainly wasn't entered ---- */

struct passed_job {
    struct job job;
    struct pin *pin;
    struct pin_try try;
};

static enum err run_passed(struct job *job, int64_t now) {
    struct passed_job *j = (struct passed_job *)job;
    (void)now;
    return pin_guard_passed(j->pin->parts.store, &j->try);
}

static void passed_done(struct job *job, enum err result) {
    struct passed_job *j = (struct passed_job *)job;
    if (result != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "pin.not_cleared", log_text("link", j->pin->parts.link), log_err(result),
                  log_text("do", "phanhoictl modem pin-retry when the SIM asks again"));
    free(j);
}

static void take_away(struct pin *p) {
    struct passed_job *j = mem_alloc(sizeof *j);
    j->job = (struct job){.run = run_passed, .done = passed_done, .keep = true};
    j->pin = p;
    j->try = p->try;
    turn_add(p->parts.turn, &j->job);
}

/* ---- the try ---- */

struct guard_job {
    struct job job;
    struct pin *pin;
    struct pin_try try;
    char sim[SIM_SIZE], value[PIN_SIZE];
    bool tried_before;
};

static void refuse(struct pin *p, const char *reason) {
    p->parts.refused(p->parts.context, reason);
}

static enum err run_guard(struct job *job, int64_t now) {
    struct guard_job *j = (struct guard_job *)job;
    enum err e = pin_guard_begin(j->pin->parts.store, &j->try, j->pin->parts.link, now);
    j->tried_before = e == ERR_DUPLICATE;
    return j->tried_before ? ERR_OK : e;
}

static void refuse_again(struct pin *p) {
    struct str reason;
    str_init(&reason, REASON_MAX);
    str_addf(&reason,
             "the PIN in %s was tried on this SIM and is not known to be right; it isn't tried again: put the right one into the file, or, if it is "
             "right, do: phanhoictl modem pin-retry %s",
             p->parts.file, p->parts.link);
    refuse(p, reason.data);
    str_release(&reason);
}

static void guard_done(struct job *job, enum err result) {
    struct guard_job *j = (struct guard_job *)job;
    struct pin *p = j->pin;
    p->deciding = false;
    if (result == ERR_OK && j->tried_before) {
        refuse_again(p);
    } else if (result == ERR_OK) {
        log_event(LOG_LEVEL_NOTICE, "pin.tried", log_text("link", p->parts.link));
        crash_point("pin.committed");
        p->try = j->try;
        p->out = !p->asker_gone && p->parts.give(p->parts.context, j->sim, j->value);
        crash_point("pin.given");
        if (!p->out)
            take_away(p);
    } /* else the SIM asks again, and the store may work then */
    mem_wipe_free(j, sizeof *j);
}

void pin_asked(struct pin *p, const char *sim, int64_t tries_left) {
    char value[PIN_SIZE];
    struct str problem;
    if (!p->parts.file[0] || p->deciding || p->out)
        return;
    str_init(&problem, REASON_MAX);
    if (tries_left >= 0 && tries_left < TRIES_LEAST) {
        str_addf(&problem, "the SIM asks for its PIN and only %d of its tries are left: a person must enter it, in a telephone", (int)tries_left);
        refuse(p, problem.data);
    } else if (pin_read(p->parts.file, value, &problem) != ERR_OK) {
        refuse(p, problem.data);
    } else {
        struct guard_job *j = mem_alloc(sizeof *j);
        j->job = (struct job){.run = run_guard, .done = guard_done};
        j->pin = p;
        j->try = pin_try_of(p->parts.store, p->parts.link, sim, value);
        if (str_copy(j->sim, sizeof j->sim, sim) != ERR_OK)
            j->sim[0] = '\0';
        memcpy(j->value, value, sizeof j->value);
        p->deciding = true;
        p->asker_gone = false;
        turn_add(p->parts.turn, &j->job);
    }
    explicit_bzero(value, sizeof value);
    str_release(&problem);
}

void pin_answered(struct pin *p, bool entered, bool accepted, const char *reason) {
    p->out = false;
    log_event(accepted ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR, accepted ? "pin.accepted" : "pin.refused", log_text("link", p->parts.link),
              log_text("reason", reason));
    if (accepted || !entered)
        take_away(p);
    if (accepted)
        return;
    struct str words;
    str_init(&words, REASON_MAX);
    str_addf(&words, "%s: %.500s", p->parts.file, reason);
    refuse(p, words.data);
    str_release(&words);
}

void pin_unheard(struct pin *p) {
    p->out = false;
    p->asker_gone = true;
}

bool pin_out(const struct pin *p) {
    return p->out;
}

struct pin *pin_new(const struct pin_parts *parts) {
    struct pin *p = mem_alloc(sizeof *p);
    p->parts = *parts;
    return p;
}

void pin_free(struct pin *p) {
    free(p);
}
