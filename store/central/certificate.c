/* Reads the end of a certificate with OpenSSL, which libcurl stands on anyway. */
#include "store/central/certificate.h"

#include "firmware-host/base/clock.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

static enum err end_of(const X509 *certificate, int64_t *ret_end) {
    struct tm tm;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
        return ERR_INVALID;
    int32_t day = civil_day_number(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    *ret_end = day * CLOCK_DAY + tm.tm_hour * CLOCK_HOUR + tm.tm_min * CLOCK_MINUTE + tm.tm_sec * CLOCK_SECOND;
    return ERR_OK;
}

enum err certificate_end(const char *path, int64_t *ret_end, struct str *problem) {
    FILE *file = fopen(path, "re");
    if (!file) {
        str_addf(problem, "%s: %s", path, strerror(errno));
        return ERR_IO;
    }
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    enum err e = certificate ? end_of(certificate, ret_end) : ERR_INVALID;
    X509_free(certificate);
    if (e != ERR_OK)
        str_addf(problem, "%s: holds no certificate in PEM form", path);
    return e;
}
