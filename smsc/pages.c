/* Greedy: each page as full as it can be. */
#include "smsc/pages.h"

#include <string.h>

static size_t blanks(const char *text) {
    return strspn(text, " \n\r\t");
}

enum err pages_cut(const char *answer, enum sms_encoding encoding, size_t room, struct page *pages, size_t max, size_t *ret_count) {
    size_t count = 0, at = blanks(answer);
    while (answer[at]) {
        size_t len = sms_fit(answer + at, encoding, room, PAGES_WORD_SEARCH), next = at + len;
        if (len == 0 || count == max)
            return ERR_TOO_LONG;
        while (len > 0 && strchr(" \n\r\t", answer[at + len - 1]))
            len--;
        pages[count++] = (struct page){at, len};
        at = next + blanks(answer + next);
    }
    *ret_count = count;
    return ERR_OK;
}
