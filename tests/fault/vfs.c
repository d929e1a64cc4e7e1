/* The faulty VFS. A file is an image (what the kernel has) and a list of the changes that the disk hasn't; the real file is the disk.
 *
 * Invariants: 1. The image is the real file with all changes applied in order. 2. Without vfs_power_watch there are no images: everything goes
 * straight through. 3. While the power is off nothing but closing and unlocking works, also for files that are opened then. */
#include "tests/fault/vfs.h"

#include "firmware-host/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512, COUNTED = VFS_WRITE | VFS_SYNC | VFS_TRUNCATE | VFS_DELETE };

struct change {
    int64_t offset;
    size_t len;
    uint8_t *data; /* NULL: a truncation to `offset` */
};

struct image {
    struct image *next;
    char *path;
    uint8_t *data;
    size_t size, capacity;
    struct change *changes;
    size_t count;
    bool entry_synced; /* the folder's entry is on disk */
    bool deleted; /* unlinked; the folder wasn't synced */
};

struct file {
    sqlite3_file base;
    struct image *image; /* NULL: goes straight through */
    bool dead; /* opened before the power failed */
    sqlite3_file *real; /* lies behind this struct */
};

static struct {
    sqlite3_vfs vfs, *real;
    struct image *images;
    bool watched, off;
    long power_countdown, operations;
    enum vfs_loss loss;
    uint32_t random;
    unsigned failing; /* enum vfs_operation; 0: none */
    long nth, seen;
    bool for_ever, failed;
    int error, last_error;
} v;

static uint32_t next_random(void) { /* xorshift32 */
    v.random ^= v.random << 13;
    v.random ^= v.random >> 17;
    v.random ^= v.random << 5;
    return v.random;
}

/* ---- images ---- */

static struct image *image_find(const char *path) {
    struct image *i = v.images;
    while (i && strcmp(i->path, path) != 0)
        i = i->next;
    return i;
}

static void changes_clear(struct image *i) {
    for (size_t n = 0; n < i->count; n++)
        free(i->changes[n].data);
    free(i->changes);
    i->changes = NULL;
    i->count = 0;
}

static void images_free(void) {
    while (v.images) {
        struct image *i = v.images;
        v.images = i->next;
        changes_clear(i);
        free(i->path);
        free(i->data);
        free(i);
    }
}

static void image_resize(struct image *i, size_t size) {
    if (size > i->capacity) {
        size_t capacity = size * 2;
        i->data = mem_resize(i->data, capacity, 1);
        memset(i->data + i->capacity, 0, capacity - i->capacity);
        i->capacity = capacity;
    }
    if (size < i->size)
        memset(i->data + size, 0, i->size - size);
    i->size = size;
}

static void image_change(struct image *i, const struct change *c) {
    if (!c->data) {
        image_resize(i, (size_t)c->offset);
        return;
    }
    size_t end = (size_t)c->offset + c->len;
    if (end > i->size)
        image_resize(i, end);
    memcpy(i->data + c->offset, c->data, c->len);
}

static void image_add(struct image *i, int64_t offset, const void *data, size_t len) {
    struct change c = {.offset = offset, .len = len, .data = data ? mem_alloc(len) : NULL};
    if (data)
        memcpy(c.data, data, len);
    i->changes = mem_resize(i->changes, i->count + 1, sizeof *i->changes);
    i->changes[i->count++] = c;
    image_change(i, &c);
}

/* What is on disk under that name; `existed` says whether the entry was there before this opening. */
static struct image *image_load(const char *path, sqlite3_file *real, bool existed) {
    struct image *i = mem_alloc(sizeof *i);
    sqlite3_int64 size = 0;
    i->path = mem_string(path);
    i->entry_synced = existed;
    i->next = v.images;
    v.images = i;
    if (real->pMethods->xFileSize(real, &size) == SQLITE_OK && size > 0) {
        image_resize(i, (size_t)size);
        if (real->pMethods->xRead(real, i->data, (int)size, 0) != SQLITE_OK)
            abort();
    }
    return i;
}

/* ---- power ---- */

static void disk_write(int fd, const uint8_t *data, size_t len, int64_t offset) {
    if (pwrite(fd, data, len, offset) != (ssize_t)len)
        abort();
}

static void disk_change(int fd, const struct change *c, bool torn) {
    if (!c->data) {
        if (ftruncate(fd, c->offset) != 0)
            abort();
        return;
    }
    for (size_t at = 0; at < c->len;) {
        size_t to_boundary = SECTOR - ((size_t)c->offset + at) % SECTOR, left = c->len - at, len = left < to_boundary ? left : to_boundary;
        if (!torn || next_random() % 2)
            disk_write(fd, c->data + at, len, c->offset + (int64_t)at);
        at += len;
    }
}

/* Brings to disk what the failing power left of the changes. The locks on the file go with the descriptor: nobody needs them any more. */
static void image_survives(struct image *i, enum vfs_loss loss) {
    bool entry = i->entry_synced || (loss != VFS_LOSE_ALL && next_random() % 2);
    if (!entry || (i->deleted && next_random() % 2)) {
        (void)unlink(i->path);
        return;
    }
    int fd = open(i->path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    size_t end = loss == VFS_LOSE_ALL ? 0 : loss == VFS_LOSE_SOME ? i->count : next_random() % (i->count + 1);
    for (size_t n = 0; n < end; n++)
        if (loss == VFS_LOSE_END || next_random() % 2)
            disk_change(fd, &i->changes[n], loss == VFS_LOSE_SOME);
    close(fd);
}

void vfs_power_fail(enum vfs_loss loss) {
    for (struct image *i = v.images; i; i = i->next)
        image_survives(i, loss);
    v.off = true;
    v.power_countdown = 0;
}

/* What happens in front of every operation: power failure, fault, or nothing. `code` is how this operation says that it failed. */
static int gate(enum vfs_operation operation, int code) {
    if (operation & COUNTED)
        v.operations++;
    if (v.watched && !v.off && (operation & COUNTED) && v.power_countdown > 0 && --v.power_countdown == 0)
        vfs_power_fail(v.loss);
    if (v.off) {
        v.last_error = EIO;
        return code;
    }
    if (!(v.failing & operation))
        return SQLITE_OK;
    v.seen++;
    if (v.seen != v.nth && !(v.for_ever && v.seen > v.nth))
        return SQLITE_OK;
    v.failed = true;
    v.last_error = v.error;
    return code;
}

/* ---- files ---- */

static struct file *file_of(sqlite3_file *f) {
    return (struct file *)(void *)f;
}

static int file_gate(struct file *f, enum vfs_operation operation, int code) {
    if (f->dead || v.off)
        f->dead = true;
    int result = gate(operation, code);
    if (v.off)
        f->dead = true;
    return f->dead ? code : result;
}

static int file_close(sqlite3_file *file) {
    struct file *f = file_of(file);
    return f->real->pMethods ? f->real->pMethods->xClose(f->real) : SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *to, int len, sqlite3_int64 offset) {
    struct file *f = file_of(file);
    int code = file_gate(f, VFS_READ, SQLITE_IOERR_READ);
    if (code != SQLITE_OK || !f->image)
        return code != SQLITE_OK ? code : f->real->pMethods->xRead(f->real, to, len, offset);
    size_t from = (size_t)offset, size = f->image->size;
    size_t there = from >= size ? 0 : size - from < (size_t)len ? size - from : (size_t)len;
    if (there > 0)
        memcpy(to, f->image->data + from, there);
    memset((char *)to + there, 0, (size_t)len - there);
    return there == (size_t)len ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int write_through(struct file *f, const void *data, int len, sqlite3_int64 offset) {
    if (!f->image)
        return f->real->pMethods->xWrite(f->real, data, len, offset);
    image_add(f->image, offset, data, (size_t)len);
    return SQLITE_OK;
}

static int file_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 offset) {
    struct file *f = file_of(file);
    bool was_off = v.off;
    int code = file_gate(f, VFS_WRITE, v.error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE);
    if (code == SQLITE_OK)
        return write_through(f, data, len, offset);
    if (!was_off && !v.off && !f->dead && len > 1)
        (void)write_through(f, data, len / 2, offset);
    return v.off ? SQLITE_IOERR_WRITE : code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    struct file *f = file_of(file);
    int code = file_gate(f, VFS_TRUNCATE, SQLITE_IOERR_TRUNCATE);
    if (code != SQLITE_OK || !f->image)
        return code != SQLITE_OK ? code : f->real->pMethods->xTruncate(f->real, size);
    image_add(f->image, size, NULL, 0);
    return SQLITE_OK;
}

/* SQLite syncs the folder with the first sync of a log or journal that it made; deletions in it reach the disk with that. */
static void folder_synced(void) {
    for (struct image *i = v.images; i; i = i->next)
        if (i->deleted)
            (void)unlink(i->path);
}

static int file_sync(sqlite3_file *file, int flags) {
    (void)flags;
    struct file *f = file_of(file);
    int code = file_gate(f, VFS_SYNC, SQLITE_IOERR_FSYNC);
    if (code != SQLITE_OK || !f->image)
        return code;
    struct image *i = f->image;
    const sqlite3_io_methods *m = f->real->pMethods;
    for (size_t n = 0; n < i->count; n++) {
        struct change *c = &i->changes[n];
        code = !c->data ? m->xTruncate(f->real, c->offset) : m->xWrite(f->real, c->data, (int)c->len, c->offset);
        if (code != SQLITE_OK)
            abort();
    }
    changes_clear(i);
    if (!i->entry_synced)
        folder_synced();
    i->entry_synced = true;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    struct file *f = file_of(file);
    if (f->dead || v.off)
        return SQLITE_IOERR_FSTAT;
    if (!f->image)
        return f->real->pMethods->xFileSize(f->real, size);
    *size = (sqlite3_int64)f->image->size;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *file, int lock) {
    struct file *f = file_of(file);
    return f->dead || v.off ? SQLITE_IOERR_LOCK : f->real->pMethods->xLock(f->real, lock);
}

static int file_unlock(sqlite3_file *file, int lock) {
    struct file *f = file_of(file);
    return f->real->pMethods->xUnlock(f->real, lock);
}

static int file_reserved(sqlite3_file *file, int *result) {
    struct file *f = file_of(file);
    return f->real->pMethods->xCheckReservedLock(f->real, result);
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
    struct file *f = file_of(file);
    if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) /* would change the real file's size behind the image */
        return SQLITE_OK;
    return f->real->pMethods->xFileControl(f->real, operation, argument);
}

static int file_sector(sqlite3_file *file) {
    struct file *f = file_of(file);
    return f->real->pMethods->xSectorSize(f->real);
}

static int file_characteristics(sqlite3_file *file) {
    struct file *f = file_of(file);
    return f->real->pMethods->xDeviceCharacteristics(f->real);
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **to) {
    struct file *f = file_of(file);
    int code = file_gate(f, VFS_SHARED_MEMORY, SQLITE_IOERR_SHMMAP);
    return code != SQLITE_OK ? code : f->real->pMethods->xShmMap(f->real, page, size, extend, to);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    struct file *f = file_of(file);
    if ((f->dead || v.off) && (flags & SQLITE_SHM_LOCK))
        return SQLITE_IOERR_SHMLOCK;
    return f->real->pMethods->xShmLock(f->real, offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *file) {
    struct file *f = file_of(file);
    f->real->pMethods->xShmBarrier(f->real);
}

static int file_shm_unmap(sqlite3_file *file, int delete_it) {
    struct file *f = file_of(file);
    return f->real->pMethods->xShmUnmap(f->real, delete_it);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* no xFetch: memory mapping would go around the images */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- the VFS ---- */

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret_flags) {
    (void)vfs;
    struct file *f = file_of(file);
    *f = (struct file){.real = (sqlite3_file *)(void *)(f + 1)};
    int code = gate(VFS_OPEN, SQLITE_CANTOPEN);
    if (code != SQLITE_OK)
        return code;
    const int imaged = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL | SQLITE_OPEN_SUPER_JOURNAL;
    struct stat st;
    bool existed = path && stat(path, &st) == 0;
    code = v.real->xOpen(v.real, path, f->real, flags, ret_flags);
    if (code != SQLITE_OK)
        return code;
    f->base.pMethods = &methods;
    if (v.watched && path && (flags & imaged)) {
        f->image = image_find(path);
        if (!f->image)
            f->image = image_load(path, f->real, existed);
        if (f->image->deleted) { /* made anew under the old name */
            f->image->deleted = false;
            image_add(f->image, 0, NULL, 0);
        }
    }
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder) {
    (void)vfs;
    int code = gate(VFS_DELETE, SQLITE_IOERR_DELETE);
    if (code != SQLITE_OK)
        return code;
    struct image *i = v.watched ? image_find(path) : NULL;
    if (!i)
        return v.real->xDelete(v.real, path, 0);
    if (i->deleted)
        return SQLITE_IOERR_DELETE_NOENT;
    i->deleted = true;
    if (!sync_folder)
        return SQLITE_OK;
    code = v.real->xDelete(v.real, path, 0);
    changes_clear(i);
    image_resize(i, 0);
    i->entry_synced = false; /* should it be made again */
    i->deleted = true;
    return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)vfs;
    if (v.off)
        return SQLITE_IOERR_ACCESS;
    struct image *i = v.watched ? image_find(path) : NULL;
    if (!i)
        return v.real->xAccess(v.real, path, flags, result);
    *result = !i->deleted && (flags != SQLITE_ACCESS_EXISTS || i->size > 0); /* an empty file counts as none, as in SQLite's own */
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *to) {
    (void)vfs;
    return v.real->xFullPathname(v.real, path, size, to);
}

static int vfs_randomness(sqlite3_vfs *vfs, int len, char *to) {
    (void)vfs;
    return v.real->xRandomness(v.real, len, to);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return v.real->xSleep(v.real, microseconds);
}

static int vfs_time(sqlite3_vfs *vfs, double *to) {
    (void)vfs;
    return v.real->xCurrentTime(v.real, to);
}

static int vfs_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *to) {
    (void)vfs;
    return v.real->xCurrentTimeInt64(v.real, to);
}

static int vfs_last_error(sqlite3_vfs *vfs, int len, char *to) { /* NOLINT(readability-non-const-parameter): SQLite's type */
    (void)vfs;
    (void)len;
    (void)to;
    return v.last_error ? v.last_error : v.real->xGetLastError(v.real, 0, NULL);
}

void vfs_register(void) {
    if (v.real)
        return;
    v.real = sqlite3_vfs_find(NULL);
    v.random = 1;
    v.vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(struct file) + v.real->szOsFile,
        .mxPathname = v.real->mxPathname,
        .zName = FAULT_VFS,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time_ms,
    };
    if (sqlite3_vfs_register(&v.vfs, 0) != SQLITE_OK)
        abort();
}

void vfs_reset(void) {
    images_free();
    v.watched = v.off = v.failed = false;
    v.power_countdown = v.operations = 0;
    v.failing = 0;
    v.last_error = 0;
}

void vfs_power_watch(uint32_t seed) {
    v.watched = true;
    v.operations = 0;
    v.random = seed * 2654435761u | 1;
}

void vfs_power_fail_at(long nth, enum vfs_loss loss) {
    v.power_countdown = nth;
    v.loss = loss;
}

bool vfs_power_is_off(void) {
    return v.off;
}

void vfs_power_back(void) {
    images_free();
    v.off = false;
    v.last_error = 0;
    v.power_countdown = 0;
}

long vfs_operations(void) {
    return v.operations;
}

void vfs_fail(unsigned operations, long nth, bool for_ever, int error) {
    v.failing = operations;
    v.nth = nth;
    v.seen = 0;
    v.for_ever = for_ever;
    v.failed = false;
    v.error = error;
}

bool vfs_failed(void) {
    return v.failed;
}

void vfs_heal(void) {
    v.failing = 0;
    v.last_error = 0;
}
