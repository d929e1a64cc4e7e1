/* Golden files are compared octet by octet; what differs first is named by its line. */
#include "tests/unit/golden.h"

#include "firmware-host/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char *golden_read(const char *path) {
    FILE *file = fopen(path, "rb");
    struct str content;
    char block[4096];
    size_t len;
    if (!file)
        fail_msg("%s can't be read; GOLDEN_UPDATE=1 writes it", path);
    str_init(&content, 1 << 24);
    str_add(&content, "");
    while ((len = fread(block, 1, sizeof block, file)) > 0)
        str_add_n(&content, block, len);
    fclose(file);
    return str_detach(&content);
}

void golden_check(const char *path, const char *text) {
    if (getenv("GOLDEN_UPDATE")) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
        assert_int_equal(fclose(file), 0);
        return;
    }
    char *golden = golden_read(path);
    if (strcmp(golden, text) != 0) {
        size_t at = 0;
        int line = 1;
        for (; golden[at] && golden[at] == text[at]; at++)
            line += golden[at] == '\n';
        fail_msg("%s:%d differs:\n%s", path, line, text);
    }
    free(golden);
}
