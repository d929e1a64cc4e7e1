/* Where a member stands in the text of a document, for people who must find it. A walk over the text, since jansson keeps no places. */
#include "firmware-host/base/json.h"

#include <string.h>

#define BLANKS " \t\r\n"

/* Behind the closing quotation mark of the string that begins at `at`; the end of the text where there is none. */
static const char *string_end(const char *at) {
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

static bool is_key(const char *from, const char *behind, const char *key) {
    size_t len = (size_t)(behind - from);
    return behind[strspn(behind, BLANKS)] == ':' && len == strlen(key) + 2 && memcmp(from + 1, key, len - 2) == 0;
}

int json_line_of(const char *json, const char *const *keys, size_t count) {
    size_t depth = 0, matched = 0;
    int line = 1, found = 0;
    for (const char *at = json; *at && matched < count;) {
        const char *next = at + 1;
        if (*at == '"') {
            next = string_end(at);
            if (depth == matched + 1 && is_key(at, next, keys[matched])) {
                matched++;
                found = line;
            }
        } else if (*at == '\n') {
            line++;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if ((*at == '}' || *at == ']') && depth > 0) {
            depth--;
        }
        if (matched > 0 && (depth < matched || (*at == ',' && depth == matched)))
            break; /* the member is over, and what was looked for isn't in it */
        at = next;
    }
    return found;
}
