/* The store from inside: the open database. Inside store/ and its tests only. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "store/audit.h"
#include "store/case.h"
#include "store/embedded.h"
#include "store/progress.h"
#include "store/statements.h"
#include "store/store.h"

/* counts.c: the counts of store.h, kept by a hook that sees every change of a row, and put back with what is rolled back. */
enum counted { COUNTED_INBOUND, COUNTED_CASES, COUNTED_PART, COUNTED_ATTEMPT, COUNTED_OUTBOX, COUNTED_MESSAGE, COUNTED_TABLES };
struct counts {
    struct store_counts now, at_begin, at_savepoint;
    int state_column[COUNTED_TABLES]; /* -1: the table has none */
};

struct audit_head { /* the newest event of a chain: the next one's chain begins with it */
    bool known; /* false: look */
    int64_t id; /* 0: there is none */
    uint8_t chain[HASH256_SIZE];
};

struct store {
    sqlite3 *db;
    const struct keyring *keys;
    int lock_fd;
    bool was_clean;
    bool in_transaction, in_savepoint;
    enum store_origin origin;
    bool adopting; /* the transaction makes the database itself again */
    struct progress_file progress;
    int64_t codes_seen; /* of a database that is behind: see struct store_past */
    enum err lost; /* SQLite rolled the transaction back by itself, for this reason; ERR_OK: it didn't */
    sqlite3_stmt *statements[STATEMENT_COUNT];
    struct counts counts;
    struct audit_head audit[AUDIT_CHAINS];
    bool log_to_empty; /* something was erased: the log, in which it still stands, is to be written back and cut to nothing */
    struct directory_index *directory; /* directory_match.c; NULL: not made yet */
};

/* store_open with other migrations than the program's own: for the tests of migrating. */
MUST_CHECK enum err store_open_with(const struct store_options *options, const struct embedded *migrations, struct str *problem,
                                    struct store **ret_store);

/* Also for restore.c. The lock is held as long as the descriptor is open. */
MUST_CHECK enum err database_lock(const char *path, struct str *problem, int *ret_fd);
/* Whether the open database is ours and fits this program and the keys; reads only. *ret_version 0: it holds nothing. */
MUST_CHECK enum err database_check(struct store *s, const char *path, int newest, struct str *problem, int *ret_version);
int migrations_newest(const struct embedded *migrations);

MUST_CHECK enum err counts_start(struct store *s); /* counts everything once */
void counts_mark_begin(struct store *s);
void counts_mark_savepoint(struct store *s);
void counts_back_to_begin(struct store *s);
void counts_back_to_savepoint(struct store *s);

/* audit.c: a new event at the end of a chain; its id is given by the chain. */
MUST_CHECK enum err audit_append(struct store *s, enum audit_chain which, const struct case_event *event, int64_t *ret_id);

/* meta.c */
MUST_CHECK enum err meta_seed(struct store *s); /* a new database: epoch, probe of the keys */
/* ERR_SEALED: the keys aren't those that the database was made with. Reads only. */
MUST_CHECK enum err meta_check_keys(struct store *s);
MUST_CHECK enum err meta_reseal_probe(struct store *s); /* under the newest key */
MUST_CHECK enum err meta_get_int(struct store *s, const char *key, int64_t *ret_value); /* absent: 0 */
MUST_CHECK enum err meta_put_int(struct store *s, const char *key, int64_t value);
/* Rows of meta in a copy, and what says in the database itself that the file beside it is kept. */
#define META_COPIED_AT "copied_at" /* wall ms, or META_COPIED_SOMETIME */
#define META_COPIED_SOMETIME (-1)
#define META_SKIP_CODES "skip_codes"
#define META_PROGRESS_KEPT "progress_kept"
/* Without prepared statements, on any connection. */
MUST_CHECK int meta_write(sqlite3 *db, const char *key, int64_t value); /* an SQLite result */

/* directory.c: the next officer that the newest directory has, valid or not. ERR_NOT_FOUND: none. */
struct officer;
MUST_CHECK enum err officer_next_kept(struct store *s, int64_t after, struct officer *ret_officer);
/* directory_match.c */
void directory_forget(struct store *s); /* what is kept in memory */

#endif
