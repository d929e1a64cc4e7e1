/* A folder of a test's own. What can't be made aborts the test. */
#include "tests/unit/folder.h"

#include "firmware-host/base/str.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* In memory where there is such a place: the tests make thousands of databases, and no test needs a real disk. */
static const char *parent(void) {
    const char *tmp = getenv("TMPDIR");
    return tmp && *tmp ? tmp : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

void folder_make(struct folder *f) {
    int len = snprintf(f->path, sizeof f->path, "%s/phanhoi-test-XXXXXX", parent());
    if (len < 0 || (size_t)len >= sizeof f->path || !mkdtemp(f->path))
        abort();
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void folder_remove(struct folder *f) {
    (void)nftw(f->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *folder_file(const struct folder *f, const char *name) {
    struct str path;
    str_init(&path, 4096);
    str_addf(&path, "%s/%s", f->path, name);
    return str_detach(&path);
}
