/* Migrations: numbered SQL files inside the program (store/migrations/NNNN_name.sql), each run once, in order, in a transaction of its own.
 * `user_version` is the number of the last one. The files are append-only. Inside store/ and its tests only. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/db.h"

/* From `version` (0: an empty database, which is seeded too) to the last of `migrations`. On failure the steps before the failed one stand. */
MUST_CHECK enum err migrate(struct store *s, const struct embedded *migrations, int version, struct str *problem);

#endif
