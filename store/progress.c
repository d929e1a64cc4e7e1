/* The file that says how far the database has come. What fails here is logged and takes nothing else with it: the file then says less than it
 * could, and less is found out. */
#include "store/progress.h"

#include "firmware-host/base/log.h"
#include "store/backup.h"
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 160 }; /* always as long as this, so that a shorter one never leaves the end of a longer one behind; within one sector */

enum err progress_read(struct store *s, struct progress *ret_progress) {
    sqlite3_stmt *q = statement(s, S_PROGRESS);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    for (int i = 0; i < PROGRESS_NUMBERS; i++)
        ret_progress->of[i] = column_int(q, i);
    statement_done(q);
    return ERR_OK;
}

bool progress_behind(const struct progress *p, const struct progress *than) {
    for (int i = PROGRESS_EPOCH + 1; i < PROGRESS_NUMBERS; i++)
        if (p->of[i] < than->of[i])
            return true;
    return false;
}

static bool parse(const char *line, struct progress *ret_progress) {
    struct progress p;
    for (int i = 0; i < PROGRESS_NUMBERS; i++) {
        char *end;
        errno = 0;
        p.of[i] = strtoll(line, &end, 10);
        if (end == line || *end != ' ' || errno != 0)
            return false;
        line = end + 1;
    }
    if (*line != '.')
        return false;
    *ret_progress = p;
    return true;
}

enum err progress_open(struct progress_file *f, const char *path, struct str *problem, struct progress *ret_kept) {
    struct str name;
    char line[LINE_SIZE + 1];
    str_init(&name, 8192);
    str_addf(&name, "%s.progress", path);
    f->fd = open(name.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t len = f->fd >= 0 ? pread(f->fd, line, LINE_SIZE, 0) : -1;
    enum err e = ERR_OK;
    if (len < 0) {
        str_addf(problem, "%s: can't be opened, made or read: %s", name.data, strerror(errno));
        e = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
    } else {
        line[len] = '\0';
        e = parse(line, ret_kept) ? ERR_OK : ERR_NOT_FOUND;
    }
    str_release(&name);
    return e;
}

void progress_write(struct progress_file *f, const struct progress *p) {
    char line[LINE_SIZE + 1];
    if (f->fd < 0)
        return;
    int len = snprintf(line, sizeof line, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " .", p->of[0], p->of[1], p->of[2],
                       p->of[3], p->of[4], p->of[5]);
    if (len < 0 || len >= LINE_SIZE)
        abort(); /* six numbers of 20 digits fit */
    memset(line + len, ' ', (size_t)(LINE_SIZE - 1 - len));
    line[LINE_SIZE - 1] = '\n';
    bool failed = pwrite(f->fd, line, LINE_SIZE, 0) != LINE_SIZE;
    if (failed && !f->failed)
        log_event(LOG_LEVEL_WARNING, "store.progress_not_kept", log_text("reason", strerror(errno)));
    f->failed = failed;
}

void progress_sync(struct progress_file *f) {
    if (f->fd >= 0 && fsync(f->fd) != 0)
        log_event(LOG_LEVEL_WARNING, "store.progress_not_kept", log_text("reason", strerror(errno)));
}

void progress_close(struct progress_file *f) {
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}
