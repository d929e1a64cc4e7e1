/* What is refused here would be shortened in the SMS that tells it. */
#include "store/document_ref.h"

#include "firmware-host/base/clean.h"
#include "firmware-host/base/text.h"

#include <ctype.h>
#include <string.h>

static bool number_fits(const char *number) {
    struct str told;
    str_init(&told, 4096);
    clean_text(number, (struct clean_form){.accented = false}, &told);
    bool fits = told.len > 0 && told.len <= DOCUMENT_NUMBER_MAX && str_ok(&told) && strlen(number) < DOCUMENT_NUMBER_SIZE;
    for (const char *at = number; *at; at++)
        fits = fits && !iscntrl((unsigned char)*at);
    str_release(&told);
    return fits;
}

enum err document_ref_set(const char *number, const char *sha256, struct str *problem, struct document_ref *ret_ref) {
    struct document_ref ref = {.number = ""};
    size_t count = sha256 ? strspn(sha256, "0123456789abcdefABCDEF") : 0;
    if (!number || !number_fits(number)) {
        str_addf(problem, "a document needs its number: at most %d characters", DOCUMENT_NUMBER_MAX);
        return ERR_INVALID;
    }
    if (count != DOCUMENT_HASH_SIZE - 1 || sha256[count]) {
        str_add(problem, "a document needs its SHA-256: 64 hexadecimal digits");
        return ERR_INVALID;
    }
    memcpy(ref.number, number, strlen(number) + 1);
    for (size_t i = 0; i < count; i++)
        ref.sha256[i] = (char)tolower((unsigned char)sha256[i]);
    *ret_ref = ref;
    return ERR_OK;
}
