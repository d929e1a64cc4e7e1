/* The one HTTP server that strangers can reach: it takes a POST to /webhook that is signed as Standard Webhooks 1.0 has it, and nothing else. What
 * stands in its body is signed for, and never looked into: it only says that the store has something new.
 *
 * Few connections, few octets, one deadline for each from its first to its last octet, one request each. libmicrohttpd parses HTTP (and GnuTLS TLS),
 * in this process, behind its fence. */
#ifndef WEBHOOK_LISTENER_H
#define WEBHOOK_LISTENER_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/str.h"
#include "store/central/secret.h"

#include <stdint.h>

enum { LISTENER_CONNECTIONS = 16, LISTENER_PER_ADDRESS = 8, LISTENER_HEAD_MAX = 16 * 1024, LISTENER_BODY_MAX = 64 * 1024 };
#define LISTENER_DEADLINE (10 * CLOCK_SECOND)

struct listener_settings { /* borrowed */
    int socket; /* that listens */
    const char *certificate, *key; /* PEM, their content; NULL: plain HTTP */
    const struct webhook_secrets *secrets;
    struct clock *clock;
    void (*knock)(void *context); /* one that is good and wasn't there before */
    void *context;
};

struct listener;
struct listener *listener_new(const struct listener_settings *settings); /* NULL: libmicrohttpd can't, and has said why in the log */
void listener_free(struct listener *l);
int listener_fd(const struct listener *l); /* to be polled for input */
int64_t listener_due(const struct listener *l); /* mono ms by when it's to be run even so; INT64_MAX: never */
void listener_run(struct listener *l);

#endif
