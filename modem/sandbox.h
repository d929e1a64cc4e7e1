/* The fence around a worker once its line is open. What strangers sent is only parsed behind it: a worker that is taken over can write to its line
 * and to its core, and nothing else: no file, no socket, no process. */
#ifndef MODEM_SANDBOX_H
#define MODEM_SANDBOX_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>

/* What a driver needs besides. A worker whose driver opens something again and again has a wider fence: this one file, or what lies below this one
 * folder, and the calls for it; and threads. Where the kernel has no Landlock, system calls can't be told apart by path: it's logged. */
struct sandbox_needs {
    bool threads;
    bool serves; /* connections of a socket that listens already */
    const char *opens; /* a file or a folder; NULL: nothing */
};

/* Whether this build can be fenced: an address sanitizer needs calls that the fence forbids, so its builds run without. */
bool sandbox_supported(void);

/* For good, for this process: no new privileges, no core dump, no ptrace by the same user, Landlock (no file, no TCP; where the kernel has it),
 * seccomp (a list of allowed system calls; any other kills the process with SIGSYS). What must be open is open before. ERR_UNSUPPORTED: seccomp isn't
 * there; `problem` says what failed, and the process may be fenced in part. */
MUST_CHECK enum err sandbox_enter(const struct sandbox_needs *needs, struct str *problem); /* needs NULL: none */

/* The second fence alone, a part of sandbox_enter: with it files, TCP and signals to others are refused (EACCES, EPERM) where seccomp would let them
 * through, but for `opens` (sandbox_needs; NULL: nothing). *ret_version: that of the kernel's Landlock, 0 without: then nothing is refused, and it's
 * logged. */
MUST_CHECK enum err sandbox_landlock(const char *opens, struct str *problem, int *ret_version);

#endif
