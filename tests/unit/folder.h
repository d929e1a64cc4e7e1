/* A folder of a test's own, removed with all that is in it. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

struct folder {
    char path[64];
};

void folder_make(struct folder *f); /* under TMPDIR, else /dev/shm, else /tmp */
void folder_remove(struct folder *f);
char *folder_file(const struct folder *f, const char *name); /* its path; the caller frees */

#endif
