/* The digitally signed document that goes with a result (Decision 115/2025 art. 14.4): an SMS can't carry it, so what is kept is its number and the
 * SHA-256 of its octets, signature included. Who has the code of a case gets the number and the beginning of the hash by SMS, and can hold it against
 * the document wherever they get that: 16 digits, 64 bits, are enough against a document that somebody makes to fit. The document itself is
 * elsewhere. */
#ifndef STORE_DOCUMENT_REF_H
#define STORE_DOCUMENT_REF_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

enum {
    DOCUMENT_NUMBER_MAX = 40, /* characters, as an SMS has them */
    DOCUMENT_NUMBER_SIZE = 4 * DOCUMENT_NUMBER_MAX + 1,
    DOCUMENT_HASH_SIZE = 65, /* hex digits in small letters, and the NUL */
    DOCUMENT_SHORT_HASH = 16, /* so many of them are told */
};
struct document_ref {
    char number[DOCUMENT_NUMBER_SIZE]; /* "123/UBND-NN"; "": there is no document */
    char sha256[DOCUMENT_HASH_SIZE];
};

/* From what an officer, or the central store, says. ERR_INVALID with the reason in `problem`. */
MUST_CHECK enum err document_ref_set(const char *number, const char *sha256, struct str *problem, struct document_ref *ret_ref);

#endif
