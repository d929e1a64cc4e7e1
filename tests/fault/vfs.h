/* A SQLite VFS for tests, over the default one, that can lose power and can fail. Give its name as store_options.vfs.
 *
 * Power. While watched, every file is as the kernel would have it: what was written can be read, but it's in memory only until xSync of that file
 * brings it to disk. When the power fails, what was not synced is lost, wholly or in part, and every operation fails until vfs_power_back().
 * A program that promised something without a sync is found out when the database is opened again. kill -9 can't show that: the kernel lives on.
 *     - A file whose creation was never followed by a sync of it is gone (SQLite syncs the folder with the first sync of a log or journal).
 *     - A file that was deleted may come back, until a sync of the folder. All files are taken to lie in one folder.
 *     - What is kept in part is torn at 512 octets, in any order.
 *     - Shared memory (-shm) isn't a file here: SQLite makes it anew.
 *
 * Faults. The nth operation of chosen kinds fails, once or from then on, with ENOSPC or EIO. A write that fails has written its first half.
 *
 * Nothing is ever really synced to disk: tests run in a folder of their own, and the machine is supposed to stay up. One thread. */
#ifndef TESTS_FAULT_VFS_H
#define TESTS_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define FAULT_VFS "phanhoi-fault"

void vfs_register(void); /* once or more */
/* Nothing watched, nothing armed, nothing remembered; power on. All files must be closed. */
void vfs_reset(void);

/* ---- power ---- */

enum vfs_loss {
    VFS_LOSE_ALL, /* everything since the last sync of each file */
    VFS_LOSE_END, /* of each file a part of the operations in their order is kept, the rest lost */
    VFS_LOSE_SOME, /* any operations, and any sectors of each write, are kept, the rest lost: the disk reorders */
};

void vfs_power_watch(uint32_t seed); /* before the files are opened; the seed decides what is kept */
void vfs_power_fail(enum vfs_loss loss); /* now */
/* At the nth write, sync, truncation or deletion from now, in the middle of it. */
void vfs_power_fail_at(long nth, enum vfs_loss loss);
bool vfs_power_is_off(void);
void vfs_power_back(void); /* after everything was closed; still watched, nothing planned */
long vfs_operations(void); /* writes, syncs, truncations and deletions since vfs_register, vfs_reset or vfs_power_watch */

/* ---- faults ---- */

enum vfs_operation {
    VFS_OPEN = 1,
    VFS_WRITE = 2,
    VFS_SYNC = 4,
    VFS_TRUNCATE = 8,
    VFS_DELETE = 16,
    VFS_SHARED_MEMORY = 32,
    VFS_READ = 64,
};

/* `operations`: enum vfs_operation, or-ed. nth counts from 1. error: ENOSPC or EIO. */
void vfs_fail(unsigned operations, long nth, bool for_ever, int error);
bool vfs_failed(void); /* whether it happened */
void vfs_heal(void); /* no more failures; vfs_failed() still tells */

#endif
