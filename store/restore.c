/* Backup and restore: see restore.h.
 *
 * Promises:
 * 1. A copy is never half there under its name: it's written under another one, synced, renamed without replacing, the folder synced.
 * 2. Restoring overwrites nothing: what stood there has a second name, with its log, before anything is taken away.
 * 3. A copy that doesn't hold what it should isn't put in place. */
#include "store/restore.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "store/backup.h"
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { STEP_PAGES = 256, NAME_MAX_OCTETS = 8192, KEPT_NAMES = 100 };

static enum err errno_problem(struct str *problem, const char *path, const char *what) {
    int error = errno;
    str_addf(problem, "%s: %s: %s", path, what, strerror(error));
    return error == ENOSPC || error == EDQUOT ? ERR_FULL : error == EEXIST ? ERR_DUPLICATE : error == ENOENT ? ERR_NOT_FOUND : ERR_IO;
}

static enum err sqlite_problem(sqlite3 *db, int code, const char *path, const char *what, struct str *problem) {
    str_addf(problem, "%s: %s: %.200s", path, what, sqlite3_errmsg(db));
    bool no_database = (code & 0xFF) == SQLITE_NOTADB || (code & 0xFF) == SQLITE_CORRUPT;
    return no_database ? ERR_INVALID : store_error_at_open(db, code, what);
}

static enum err open_at(const char *path, int flags, struct str *problem, sqlite3 **ret_db) {
    sqlite3 *db;
    int code = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (!db)
        abort(); /* no memory */
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA schema_version", NULL, NULL, NULL);
    enum err e = code == SQLITE_OK ? ERR_OK : sqlite_problem(db, code, path, "can't be opened as a database", problem);
    if (e == ERR_OK)
        *ret_db = db;
    else
        (void)sqlite3_close(db);
    return e;
}

/* ---- a marked copy under a name of its own ---- */

/* The source's snapshot stays the same from the first step to the last, whatever is written meanwhile. */
static int copy_pages(sqlite3 *from, sqlite3 *to) {
    int code = sqlite3_exec(from, "BEGIN; SELECT count(*) FROM meta", NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return code;
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup)
        return sqlite3_extended_errcode(to);
    do {
        code = sqlite3_backup_step(backup, STEP_PAGES);
        crash_point("backup.step");
    } while (code == SQLITE_OK);
    return sqlite3_backup_finish(backup);
}

/* How the copy goes on: one file without a log, and what says that it's a copy. */
static int mark(sqlite3 *to, int64_t copied_at, int64_t skip_codes) {
    int code = sqlite3_exec(to, "PRAGMA journal_mode = MEMORY", NULL, NULL, NULL);
    if (code == SQLITE_OK && copied_at != 0)
        code = meta_write(to, META_COPIED_AT, copied_at);
    if (code == SQLITE_OK && skip_codes >= 0)
        code = meta_write(to, META_SKIP_CODES, skip_codes + 1);
    return code;
}

static enum err sync_file(const char *path, struct str *problem) {
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno_problem(problem, path, "can't be opened");
    enum err e = fsync(fd) == 0 ? ERR_OK : errno_problem(problem, path, "can't be synced");
    close(fd);
    return e;
}

static void folder_of(const char *path, struct str *folder) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        str_add(folder, ".");
    else
        str_addf(folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* SQLite opens a file by its name, and the folder may be one in which others write (a stick, /tmp): whoever put a link in the file's place would
 * have the daemon write through it. So the folder's own name is taken, in which no link is left, and SQLite follows none. */
static enum err open_made(const char *name, struct str *problem, sqlite3 **ret_db) {
    struct str folder, whole;
    str_init(&folder, NAME_MAX_OCTETS);
    str_init(&whole, NAME_MAX_OCTETS);
    folder_of(name, &folder);
    char *real = str_ok(&folder) ? realpath(folder.data, NULL) : NULL;
    const char *slash = strrchr(name, '/');
    enum err e = real ? ERR_OK : errno_problem(problem, name, "its folder can't be found");
    if (e == ERR_OK) {
        str_addf(&whole, "%s/%s", real, slash ? slash + 1 : name);
        e = str_ok(&whole) ? open_at(whole.data, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, problem, ret_db) : ERR_TOO_LONG;
    }
    free(real);
    str_release(&folder);
    str_release(&whole);
    return e;
}

/* Makes `name`, which must not be there; copied_at 0: what stands in it stays. */
static enum err copy_to(sqlite3 *from, const char *name, int64_t copied_at, int64_t skip_codes, struct str *problem) {
    sqlite3 *to = NULL;
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno_problem(problem, name, "can't be made (does the folder exist, may the daemon's user write there?)");
    close(fd);
    enum err e = open_made(name, problem, &to);
    if (e == ERR_OK) {
        int code = copy_pages(from, to);
        if (code == SQLITE_OK)
            code = mark(to, copied_at, skip_codes);
        if (code != SQLITE_OK)
            e = sqlite_problem(to, code, name, "can't be written; make room or look after the disk", problem);
        (void)sqlite3_close(to);
    }
    if (e == ERR_OK)
        e = sync_file(name, problem);
    if (e != ERR_OK)
        (void)unlink(name);
    return e;
}

/* ---- backup ---- */

/* A copy that would fill the disk isn't begun: with it the appliance itself would stop. */
static enum err check_room(sqlite3 *from, const char *name, struct str *problem) {
    struct statvfs disk;
    sqlite3_stmt *q;
    int64_t size = 0;
    int code = sqlite3_prepare_v2(from, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()", -1, &q, NULL);
    if (code == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        size = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERR_OK; /* the folder's own problem is told when the file is made */
    bool known = fstatvfs(fd, &disk) == 0;
    close(fd);
    if (!known || (int64_t)(disk.f_bavail * disk.f_frsize) > size + size / 8)
        return ERR_OK;
    str_addf(problem, "%s: has %lld MiB free, the copy needs %lld and the appliance some more; take another disk or make room", name,
             (long long)(disk.f_bavail * disk.f_frsize >> 20), (long long)(size >> 20) + 1);
    return ERR_FULL;
}

static enum err publish(const char *temporary, const char *to, struct str *problem, int64_t *ret_octets) {
    struct stat st;
    crash_point("backup.written");
    if (stat(temporary, &st) != 0)
        return errno_problem(problem, temporary, "can't be looked at");
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, to, RENAME_NOREPLACE) != 0)
        return errno_problem(problem, to, "can't be put in place");
    enum err e = folder_sync(to, problem);
    if (e == ERR_OK)
        *ret_octets = st.st_size;
    return e;
}

enum err store_backup(const char *path, const char *to, int64_t now, struct str *problem, int64_t *ret_octets) {
    struct str temporary, folder;
    struct stat st;
    sqlite3 *from;
    if (lstat(to, &st) == 0) {
        str_addf(problem, "%s: is there already; a copy never replaces another", to);
        return ERR_DUPLICATE;
    }
    enum err e = open_at(path, SQLITE_OPEN_READONLY, problem, &from);
    if (e != ERR_OK)
        return e;
    str_init(&temporary, NAME_MAX_OCTETS);
    str_init(&folder, NAME_MAX_OCTETS);
    str_addf(&temporary, "%s.%08x.new", to, (unsigned)random_below(UINT32_MAX));
    folder_of(to, &folder);
    e = str_ok(&temporary) && str_ok(&folder) ? check_room(from, folder.data, problem) : ERR_TOO_LONG;
    if (e == ERR_OK)
        e = copy_to(from, temporary.data, now, -1, problem);
    if (e == ERR_OK) {
        e = publish(temporary.data, to, problem, ret_octets);
        if (e != ERR_OK)
            (void)unlink(temporary.data);
    }
    (void)sqlite3_close(from);
    str_release(&temporary);
    str_release(&folder);
    return e;
}

/* ---- what is restored ---- */

static enum err first_text(sqlite3 *db, const char *path, const char *sql, struct str *problem, struct str *ret_text) {
    sqlite3_stmt *q;
    int code = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(q);
    if (code == SQLITE_ROW)
        str_addf(ret_text, "%.300s", (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    return code == SQLITE_ROW || code == SQLITE_DONE ? ERR_OK : sqlite_problem(db, code, path, "can't be read", problem);
}

static enum err check_whole(sqlite3 *db, const char *path, struct str *problem) {
    struct str said;
    str_init(&said, 1024);
    enum err e = first_text(db, path, "PRAGMA integrity_check(1)", problem, &said);
    if (e == ERR_OK && (!said.data || strcmp(said.data, "ok") != 0)) {
        str_addf(problem, "%s: is damaged: %s; take an older copy", path, said.data ? said.data : "?");
        e = ERR_INVALID;
    }
    str_release(&said);
    return e;
}

static enum err check_appliance(sqlite3 *db, const struct store_restore *r, const char *path, struct str *problem) {
    struct str stored, wanted;
    str_init(&stored, 1024);
    str_init(&wanted, 1024);
    str_addf(&wanted, "%d/%d %s", r->index, r->of, r->id);
    enum err e = first_text(db, path, "SELECT value FROM meta WHERE key = 'appliance'", problem, &stored);
    if (e == ERR_OK && stored.len > 0 && strcmp(stored.data, wanted.data) != 0) {
        str_addf(problem, "%s: is of appliance %s (index/of id), the configuration says %s; this is another appliance's copy", path, stored.data,
                 wanted.data);
        e = ERR_CONFLICT;
    }
    str_release(&stored);
    str_release(&wanted);
    return e;
}

static enum err check_copy(sqlite3 *db, const struct store_restore *r, const char *path, struct str *problem) {
    struct store seen = {.db = db, .keys = r->keys};
    int version = 0;
    enum err e = database_check(&seen, path, migrations_newest(store_migrations), problem, &version);
    if (e == ERR_OK && version == 0) {
        str_addf(problem, "%s: holds nothing", path);
        e = ERR_INVALID;
    }
    if (e == ERR_OK)
        e = check_whole(db, path, problem);
    return e == ERR_OK ? check_appliance(db, r, path, problem) : e;
}

/* ---- restore ---- */

static void with_suffix(struct str *to, const char *path, const char *suffix) {
    str_clear(to);
    str_addf(to, "%s%s", path, suffix);
}

/* A second name for what stands there; nothing there is fine. */
static bool keep_one(const char *path, const char *suffix, const char *kept) {
    struct str old, new;
    str_init(&old, NAME_MAX_OCTETS);
    str_init(&new, NAME_MAX_OCTETS);
    with_suffix(&old, path, suffix);
    with_suffix(&new, kept, suffix);
    bool done = str_ok(&old) && str_ok(&new) && (link(old.data, new.data) == 0 || errno == ENOENT);
    str_release(&old);
    str_release(&new);
    return done;
}

static enum err keep_old(const struct store_restore *r, struct str *problem, struct str *kept) {
    struct civil utc = civil_of(r->now - CLOCK_VIETNAM_OFFSET);
    struct stat st;
    if (lstat(r->path, &st) != 0)
        return errno == ENOENT ? ERR_OK : errno_problem(problem, r->path, "can't be looked at");
    for (int copy = 0; copy < KEPT_NAMES; copy++) {
        str_clear(kept);
        str_addf(kept, "%s.replaced-%04d%02d%02dT%02d%02d%02dZ", r->path, utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second);
        if (copy > 0)
            str_addf(kept, ".%d", copy);
        if (!str_ok(kept))
            return ERR_TOO_LONG;
        if (keep_one(r->path, "", kept->data)) {
            if (keep_one(r->path, "-wal", kept->data))
                return folder_sync(r->path, problem);
            break;
        }
        if (errno != EEXIST)
            break;
    }
    return errno_problem(problem, kept->data, "the database that stands there can't be kept under this name");
}

/* The log of the old database must be gone before the new one has its name: SQLite would take it for the new one's. */
static enum err replace(const struct store_restore *r, const char *new, struct str *problem) {
    static const char *const beside[] = {"-wal", "-shm", "-journal"};
    struct str name;
    str_init(&name, NAME_MAX_OCTETS);
    crash_point("restore.kept");
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < sizeof beside / sizeof *beside; i++) {
        with_suffix(&name, r->path, beside[i]);
        if (unlink(name.data) != 0 && errno != ENOENT)
            e = errno_problem(problem, name.data, "can't be removed");
    }
    str_release(&name);
    if (e == ERR_OK)
        e = folder_sync(r->path, problem);
    crash_point("restore.log_gone");
    if (e == ERR_OK && rename(new, r->path) != 0)
        e = errno_problem(problem, r->path, "can't be replaced");
    crash_point("restore.in_place");
    return e == ERR_OK ? folder_sync(r->path, problem) : e;
}

static enum err put_in_place(const struct store_restore *r, sqlite3 *from, struct str *problem, struct str *kept) {
    struct str new, when;
    str_init(&new, NAME_MAX_OCTETS);
    str_init(&when, 64);
    str_addf(&new, "%s.restoring", r->path);
    enum err e = first_text(from, r->from, "SELECT value FROM meta WHERE key = '" META_COPIED_AT "'", problem, &when);
    if (e == ERR_OK && unlink(new.data) != 0 && errno != ENOENT) /* of a restore that was interrupted */
        e = errno_problem(problem, new.data, "can't be removed");
    if (e == ERR_OK)
        e = copy_to(from, new.data, when.len > 0 ? 0 : META_COPIED_SOMETIME, r->skip_codes, problem);
    if (e == ERR_OK) {
        e = keep_old(r, problem, kept);
        if (e == ERR_OK)
            e = replace(r, new.data, problem);
        if (e != ERR_OK)
            (void)unlink(new.data);
    }
    str_release(&new);
    str_release(&when);
    return e;
}

/* The file in place is said to be a copy. It keeps its log. */
static enum err mark_in_place(const struct store_restore *r, sqlite3 *db, struct str *problem) {
    int code = sqlite3_exec(db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = meta_write(db, META_COPIED_AT, META_COPIED_SOMETIME);
    if (code == SQLITE_OK && r->skip_codes >= 0)
        code = meta_write(db, META_SKIP_CODES, r->skip_codes + 1);
    return code == SQLITE_OK ? ERR_OK : sqlite_problem(db, code, r->path, "can't be written", problem);
}

enum err store_restore(const struct store_restore *r, struct str *problem, struct str *kept) {
    const char *path = r->from ? r->from : r->path;
    sqlite3 *db = NULL;
    int lock = -1;
    enum err e = database_lock(r->path, problem, &lock);
    if (e == ERR_OK && access(path, R_OK) != 0)
        e = errno_problem(problem, path, "can't be read");
    if (e == ERR_OK)
        e = open_at(path, r->from ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, problem, &db);
    if (e == ERR_OK)
        e = check_copy(db, r, path, problem);
    if (e == ERR_OK)
        e = r->from ? put_in_place(r, db, problem, kept) : mark_in_place(r, db, problem);
    (void)sqlite3_close(db);
    if (lock >= 0)
        close(lock);
    return e;
}
