/* Golden files: what a table prints, kept in tests/golden/ and compared whole. GOLDEN_UPDATE=1 writes them anew; the difference is then reviewed. */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

void golden_check(const char *path, const char *text); /* from the root: "tests/golden/report.txt"; fails the test where they differ */
char *golden_read(const char *path); /* a whole file; the caller frees; fails the test when it can't be read */

#endif
