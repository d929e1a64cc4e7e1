/* Secrets that stand in files (or systemd's credentials), never in the configuration: read when they're needed, so another one is used without a
 * restart; wiped after use. */
#ifndef CENTRAL_SECRET_H
#define CENTRAL_SECRET_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stddef.h>
#include <stdint.h>

enum { SECRET_FILE_MAX = 32 * 1024, SECRET_PROBLEM_MAX = 1024 };

/* The content without blanks and line ends around it. ERR_IO; ERR_INVALID: empty, too long, or readable by group or others. `problem` says which and
 * what to do. secret_wipe() it. */
MUST_CHECK enum err secret_read(const char *path, struct str *problem, struct str *ret_text);
/* The same of a file that others may read: a certificate. */
MUST_CHECK enum err public_read(const char *path, struct str *problem, struct str *ret_text);
void secret_wipe(struct str *text);

/* Standard Webhooks 1.0.0: a file of secrets, `whsec_` and base64 of 24 to 64 octets, one a line, `#` comments. Each signs, so that the receiver can
 * change from one to the next. Adds the value of `webhook-signature`. */
MUST_CHECK enum err webhook_sign(const char *path, const char *id, int64_t unix_seconds, struct bytes body, struct str *problem, struct str *to);

/* The same file, to check what is signed with one of its secrets. */
enum { WEBHOOK_SECRETS_MAX = 8, WEBHOOK_SECRET_MOST = 64, WEBHOOK_WINDOW = 300 /* s that a timestamp may be from now */ };
struct webhook_secrets {
    struct {
        uint8_t octets[WEBHOOK_SECRET_MOST];
        size_t len;
    } of[WEBHOOK_SECRETS_MAX];
    size_t count;
};
MUST_CHECK enum err webhook_secrets_read(const char *path, struct str *problem, struct webhook_secrets *ret_secrets);

struct webhook_headers { /* NULL: it came without */
    const char *id, *timestamp, *signature;
};
/* NULL: one of the signatures is by one of the secrets, and it's of now. Else what is wrong, for people. An id has no dot and no blank in it: with
 * one, the same signature would be good for another id, time and body. */
const char *webhook_wrong(const struct webhook_secrets *secrets, const struct webhook_headers *headers, struct bytes body, int64_t unix_seconds);

/* A public key to seal for: 64 hex digits, or base64 of its 32 octets. */
MUST_CHECK enum err public_key_read(const char *path, struct str *problem, uint8_t ret_key[32]);

#endif
