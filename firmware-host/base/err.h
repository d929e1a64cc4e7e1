/* Every error of the program: one table. Symbol, text for people, HTTP status, SMPP command_status, what a retry would do.
 * Fallible functions return `enum err`, outputs are the last arguments, named `ret_…`, untouched on failure. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_retry {
    RETRY_NEVER, /* the same call gives the same answer: bad input, refused */
    RETRY_LATER, /* the same call may work later: disk full, busy, away */
};

/* SMPP statuses are those of SMPP 3.4 §5.1.3: 0x08 system error, 0x14 queue full, 0x0B invalid destination … */
/* clang-format off */
#define ERR_TABLE(X) \
    /* symbol            text                                     HTTP  SMPP  retry */ \
    X(ERR_OK,            "ok",                                    200,  0x00, RETRY_NEVER) \
    X(ERR_INVALID,       "not valid",                             400,  0x08, RETRY_NEVER) \
    X(ERR_TRUNCATED,     "ends too early",                        400,  0x08, RETRY_NEVER) \
    X(ERR_TOO_LONG,      "too long",                              413,  0x01, RETRY_NEVER) \
    X(ERR_UNSUPPORTED,   "of a kind that isn't supported",        422,  0x08, RETRY_NEVER) \
    X(ERR_NOT_FOUND,     "not found",                             404,  0x0B, RETRY_NEVER) \
    X(ERR_DUPLICATE,     "already there",                         409,  0x00, RETRY_NEVER) \
    X(ERR_CONFLICT,      "refused in the present state",          409,  0x08, RETRY_NEVER) \
    X(ERR_NEWER,         "written by a newer version",            409,  0x08, RETRY_NEVER) \
    X(ERR_SEALED,        "can't be unsealed with the keys here",  500,  0x08, RETRY_NEVER) \
    X(ERR_FULL,          "no space left",                         507,  0x14, RETRY_LATER) \
    X(ERR_BUSY,          "busy, or held by another",              503,  0x14, RETRY_LATER) \
    X(ERR_IO,            "input or output failed",                500,  0x08, RETRY_LATER) \
    X(ERR_CLOSED,        "closed by the other side",              502,  0x08, RETRY_LATER) \
    X(ERR_TIMEOUT,       "no answer in time",                     504,  0x08, RETRY_LATER) \
    X(ERR_EXHAUSTED,     "no more left to give out",              507,  0x14, RETRY_NEVER)
/* clang-format on */

#define X(symbol, text, http, smpp, retry) symbol,
enum err { ERR_TABLE(X) ERR_COUNT };
#undef X

#define MUST_CHECK __attribute__((warn_unused_result))

const char *err_symbol(enum err e); /* "ERR_FULL" */
const char *err_text(enum err e); /* "no space left" */
int err_http(enum err e);
int err_smpp(enum err e);
enum err_retry err_retry(enum err e);

#endif
