/* The reserve: posix_fallocate takes the blocks, a truncation gives them back. The file's size says whether it's whole, also after a kill. */
#include "store/reserve.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { NAME_MAX_OCTETS = 8192 };

struct reserve {
    char *name;
    int64_t octets;
};

struct reserve *reserve_new(const char *path, int64_t octets) {
    struct reserve *r = mem_alloc(sizeof *r);
    struct str name;
    str_init(&name, NAME_MAX_OCTETS);
    str_addf(&name, "%s.reserve", path);
    r->name = str_detach(&name);
    r->octets = octets;
    return r;
}

void reserve_free(struct reserve *r) {
    if (!r)
        return;
    free(r->name);
    free(r);
}

static enum err problem_of(struct str *problem, const struct reserve *r, int error) {
    str_addf(problem, "%s: the reserve for a full disk can't be made: %s", r->name, strerror(error));
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? ERR_FULL : ERR_IO;
}

static enum err fill(struct reserve *r, int fd, struct str *problem) {
    struct stat st;
    struct statvfs disk;
    if (fstat(fd, &st) != 0 || fstatvfs(fd, &disk) != 0)
        return problem_of(problem, r, errno);
    if (st.st_size == r->octets && (int64_t)st.st_blocks * 512 >= r->octets)
        return ERR_OK;
    int64_t has = (int64_t)(disk.f_bavail * disk.f_frsize) + (int64_t)st.st_blocks * 512;
    if (has < 2 * r->octets)
        return problem_of(problem, r, ENOSPC);
    int error = ftruncate(fd, 0) != 0 ? errno : posix_fallocate(fd, 0, r->octets);
    if (error == 0 && fsync(fd) != 0)
        error = errno;
    if (error == 0)
        return ERR_OK;
    if (ftruncate(fd, 0) != 0)
        log_event(LOG_LEVEL_WARNING, "reserve.half", log_text("reason", strerror(errno)));
    return problem_of(problem, r, error);
}

enum err reserve_fill(struct reserve *r, struct str *problem) {
    int fd = open(r->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return problem_of(problem, r, errno);
    enum err e = fill(r, fd, problem);
    close(fd);
    return e;
}

void reserve_give_back(struct reserve *r) {
    struct stat st;
    if (stat(r->name, &st) != 0 || st.st_size == 0)
        return;
    if (truncate(r->name, 0) == 0)
        log_event(LOG_LEVEL_WARNING, "reserve.given_back", log_int("octets", r->octets), log_text("meaning", "the disk is full"));
    else
        log_event(LOG_LEVEL_ERROR, "reserve.not_given_back", log_text("reason", strerror(errno)));
}
