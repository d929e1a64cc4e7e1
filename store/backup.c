/* Copies of the database, through SQLite's backup interface: consistent also while the log isn't written back. The copy is opened, written and
 * synced here, 0600 from its first octet on. */
#include "store/backup.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "store/statements.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err errno_problem(struct str *problem, const char *path, const char *what) {
    int error = errno;
    str_addf(problem, "%s: %s: %s", path, what, strerror(error));
    return error == ENOSPC || error == EDQUOT ? ERR_FULL : ERR_IO;
}

static enum err sync_path(const char *path, int flags, struct str *problem) {
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return errno_problem(problem, path, "can't be opened");
    enum err e = fsync(fd) == 0 ? ERR_OK : errno_problem(problem, path, "can't be synced");
    close(fd);
    return e;
}

enum err folder_sync(const char *path, struct str *problem) {
    const char *slash = strrchr(path, '/');
    char *folder = !slash ? mem_string(".") : slash == path ? mem_string("/") : mem_string_n(path, (size_t)(slash - path));
    enum err e = sync_path(folder, O_RDONLY | O_DIRECTORY, problem);
    free(folder);
    return e;
}

static void add_name(struct str *name, const struct store_options *o, int version, int copy) {
    struct civil utc = civil_of(o->now - CLOCK_VIETNAM_OFFSET);
    str_addf(name, "%s.v%d-%04d%02d%02dT%02d%02d%02dZ", o->path, version, utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second);
    if (copy > 0)
        str_addf(name, ".%d", copy);
    str_add(name, ".backup");
}

/* An empty file that nobody has yet. */
static enum err claim_name(struct str *name, const struct store_options *o, int version, struct str *problem) {
    for (int copy = 0; copy < 100; copy++) {
        str_clear(name);
        add_name(name, o, version, copy);
        int fd = open(name->data, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0) {
            close(fd);
            return ERR_OK;
        }
        if (errno != EEXIST)
            break;
    }
    return errno_problem(problem, name->data, "the copy to make before migrating can't be created");
}

static int copy_pages(sqlite3 *from, sqlite3 *to) {
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup)
        return sqlite3_extended_errcode(to);
    (void)sqlite3_backup_step(backup, -1);
    return sqlite3_backup_finish(backup);
}

static enum err copy_to(sqlite3 *db, const struct store_options *o, const char *name, struct str *problem) {
    sqlite3 *to = NULL;
    int code = sqlite3_open_v2(name, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, o->vfs);
    if (!to)
        abort(); /* no memory */
    if (code == SQLITE_OK)
        code = copy_pages(db, to);
    enum err e = ERR_OK;
    if (code != SQLITE_OK) {
        e = store_error(to, code, "backup");
        str_addf(problem, "%s: the copy to make before migrating failed: %s; make room or look after the disk, nothing was changed", name,
                 sqlite3_errstr(code));
    }
    (void)sqlite3_close(to);
    if (e == ERR_OK)
        e = sync_path(name, O_RDWR, problem);
    return e == ERR_OK ? folder_sync(name, problem) : e;
}

enum err backup_before_migration(sqlite3 *db, const struct store_options *options, int version, struct str *problem) {
    struct str name;
    str_init(&name, 8192);
    enum err e = claim_name(&name, options, version, problem);
    if (e == ERR_OK) {
        e = copy_to(db, options, name.data, problem);
        if (e == ERR_OK)
            log_event(LOG_LEVEL_NOTICE, "store.backed_up", log_text("to", name.data));
        else
            (void)unlink(name.data);
    }
    str_release(&name);
    return e;
}
