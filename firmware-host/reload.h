/* What may change while the appliance runs: the keys, the calendar, the texts, the directory, the operators of numbers, each a file that the
 * configuration names. Each is read anew whole or not at all: with a problem in it, what ran before goes on, and the problem is told with file, line
 * and cause. The configuration itself is read at start only. */
#ifndef HOST_RELOAD_H
#define HOST_RELOAD_H

#include "firmware-host/base/json.h"
#include "firmware-host/config.h"
#include "firmware-host/turn.h"
#include "store/central_document.h"

struct reload_parts { /* borrowed */
    const struct config *config;
    struct keyring *keys; /* those of the store: they get others */
    struct store *store;
    struct smsc *smsc;
    struct turn *turn;
    struct calendar **calendar; /* the ones in use; another after a reload, the old one is freed */
    struct templates **templates;
    struct operators **operators; /* NULL in it: the program's plan */
};

/* Makes transactions of its own, so between turns only. Writes {"keys":{…},"calendar":{…},"texts":{…},"directory":{…},"operators":{…}}. ERR_INVALID
 * or what failed first, with all `problems`, a line each; the others were done all the same. */
MUST_CHECK enum err reload(const struct reload_parts *parts, int64_t now, struct str *problems, struct json_writer *w);

/* Such a document of the central store instead, in force and in the database in one transaction; ERR_INVALID with `problems`: it isn't, and what ran
 * before goes on. Between turns only. */
MUST_CHECK enum err reload_document(const struct reload_parts *parts, enum central_document which, const char *etag, const char *text, int64_t now,
                                    struct str *problems);

/* The directory file, or the central store's, into the database; nothing to do without one. */
MUST_CHECK enum err reload_directory(const struct reload_parts *parts, int64_t now, struct str *problems);

#endif
