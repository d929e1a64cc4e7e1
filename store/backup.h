/* Copies of the database. Inside store/ only. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/store.h"

#include <sqlite3.h>

/* A copy beside the database, on disk when this returns ERR_OK: `<path>.v<version>-<YYYYMMDDTHHMMSSZ>.backup`, with .1, .2 … put behind the time
 * where that stands already. A failed copy is removed. */
MUST_CHECK enum err backup_before_migration(sqlite3 *db, const struct store_options *options, int version, struct str *problem);

/* fsync of the folder in which `path` lies, so that the entry itself survives a power failure. */
MUST_CHECK enum err folder_sync(const char *path, struct str *problem);

#endif
