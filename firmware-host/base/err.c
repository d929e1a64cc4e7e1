/* Reads the error table. An unknown value prints as such and is treated as an internal error that may pass. */
#include "firmware-host/base/err.h"

#include <stddef.h>

static const struct {
    const char *symbol, *text;
    int http, smpp;
    enum err_retry retry;
} errors[ERR_COUNT] = {
#define X(symbol, text, http, smpp, retry) [symbol] = {#symbol, text, http, smpp, retry},
    ERR_TABLE(X)
#undef X
};

static int known(enum err e) {
    return (unsigned)e < ERR_COUNT;
}

const char *err_symbol(enum err e) {
    return known(e) ? errors[e].symbol : "ERR_?";
}

const char *err_text(enum err e) {
    return known(e) ? errors[e].text : "an error without a name";
}

int err_http(enum err e) {
    return known(e) ? errors[e].http : 500;
}

int err_smpp(enum err e) {
    return known(e) ? errors[e].smpp : 0x08;
}

enum err_retry err_retry(enum err e) {
    return known(e) ? errors[e].retry : RETRY_LATER;
}
