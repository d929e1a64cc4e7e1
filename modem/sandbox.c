/* seccomp and Landlock. The list of calls is what a worker does after its start: read, write, wait, tell the time, get memory, end. It is the same
 * for all lines: they are all one open descriptor by then. Landlock without a single rule takes away the file system and TCP; it is a second fence
 * should the first have a hole, so a kernel without it is only logged. */
#include "modem/sandbox.h"

#include "firmware-host/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights that came with later versions of Landlock than the headers at hand may know (Linux 5.19, 6.2, 6.7, 6.10, 6.12). */
#define FS_RIGHTS_1 ((UINT64_C(1) << 13) - 1)
#define FS_REFER (UINT64_C(1) << 13)
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_TCP (UINT64_C(3)) /* bind and connect */
#define SCOPE_ALL (UINT64_C(3)) /* abstract UNIX sockets, signals */

struct ruleset { /* struct landlock_ruleset_attr as of version 6: the kernel takes longer ones whose rest it doesn't know if that is 0 */
    uint64_t fs, net, scoped;
};

/* Rights below a folder that a driver may use, and those that make sense for a file. */
#define FS_FOLDER_RIGHTS ((FS_RIGHTS_1 & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE) | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_FILE_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

static int allow_path(int ruleset, const char *path, uint64_t handled) {
    struct stat about;
    struct landlock_path_beneath_attr rule = {.parent_fd = open(path, O_PATH | O_CLOEXEC)};
    int failed = rule.parent_fd < 0 || fstat(rule.parent_fd, &about) != 0;
    if (!failed) {
        rule.allowed_access = handled & (S_ISDIR(about.st_mode) ? FS_FOLDER_RIGHTS : FS_FILE_RIGHTS);
        failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0;
    }
    if (rule.parent_fd >= 0)
        close(rule.parent_fd);
    return failed;
}

enum err sandbox_landlock(const char *opens, struct str *problem, int *ret_version) {
    static const struct {
        int version;
        struct ruleset adds;
    } versions[] = {
        {1, {.fs = FS_RIGHTS_1}}, {2, {.fs = FS_REFER}},     {3, {.fs = FS_TRUNCATE}},
        {4, {.net = NET_TCP}},    {5, {.fs = FS_IOCTL_DEV}}, {6, {.scoped = SCOPE_ALL}},
    };
    struct ruleset all = {0};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        log_event(LOG_LEVEL_NOTICE, "sandbox.no_landlock", log_text("because", strerror(errno)));
        *ret_version = 0;
        return ERR_OK;
    }
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (version >= versions[i].version) {
            all.fs |= versions[i].adds.fs;
            all.net |= versions[i].adds.net;
            all.scoped |= versions[i].adds.scoped;
        }
    size_t size = version >= 6 ? sizeof all : version >= 4 ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, net);
    long fd = syscall(SYS_landlock_create_ruleset, &all, size, 0);
    if (fd < 0 || (opens && allow_path((int)fd, opens, all.fs) != 0) || syscall(SYS_landlock_restrict_self, (int)fd, 0) != 0) {
        str_addf(problem, "Landlock: %s", strerror(errno));
        return ERR_UNSUPPORTED;
    }
    close((int)fd);
    *ret_version = (int)version;
    return ERR_OK;
}

static const int allowed_calls[] = {
    SCMP_SYS(read),         SCMP_SYS(write),      SCMP_SYS(writev),       SCMP_SYS(poll),           SCMP_SYS(ppoll),        SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday), SCMP_SYS(brk),        SCMP_SYS(munmap),       SCMP_SYS(mremap),         SCMP_SYS(madvise),      SCMP_SYS(close),
    SCMP_SYS(exit),         SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(getpid),
    SCMP_SYS(gettid),       SCMP_SYS(futex),      SCMP_SYS(fstat),        SCMP_SYS(lseek),          SCMP_SYS(getrandom),    SCMP_SYS(restart_syscall),
};

/* Of a driver that opens its device by itself: a terminal or files, as Landlock lets it. */
static const int device_calls[] = {
    SCMP_SYS(openat),   SCMP_SYS(open),       SCMP_SYS(ioctl),      SCMP_SYS(flock),           SCMP_SYS(fcntl),  SCMP_SYS(select),
    SCMP_SYS(pselect6), SCMP_SYS(nanosleep),  SCMP_SYS(newfstatat), SCMP_SYS(clock_nanosleep), SCMP_SYS(access), SCMP_SYS(stat),
    SCMP_SYS(uname),    SCMP_SYS(getdents64), SCMP_SYS(mkdir),      SCMP_SYS(mkdirat),         SCMP_SYS(unlink), SCMP_SYS(unlinkat),
    SCMP_SYS(readlink), SCMP_SYS(faccessat),  SCMP_SYS(readlinkat), SCMP_SYS(sysinfo),
};
/* Of a program that listens: taking connections and ending them, but making none. */
static const int server_calls[] = {
    SCMP_SYS(accept4),    SCMP_SYS(recvfrom),   SCMP_SYS(sendto),      SCMP_SYS(sendmsg),     SCMP_SYS(recvmsg),
    SCMP_SYS(shutdown),   SCMP_SYS(setsockopt), SCMP_SYS(getsockopt),  SCMP_SYS(getpeername), SCMP_SYS(getsockname),
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_ctl),  SCMP_SYS(epoll_pwait), SCMP_SYS(fcntl),       SCMP_SYS(getrusage),
};
static const int thread_calls[] = {SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield)};

static int allow_all(scmp_filter_ctx filter, const int *calls, size_t count) {
    int failed = 0;
    for (size_t i = 0; failed == 0 && i < count; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    return failed;
}

/* Threads, but no processes. The flags of clone3 are out of a filter's sight, so the libc is told that it isn't there, and falls back. */
static int allow_threads(scmp_filter_ctx filter) {
    int failed = allow_all(filter, thread_calls, sizeof thread_calls / sizeof *thread_calls);
    if (failed == 0)
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return failed ? failed : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

static int allow_calls(scmp_filter_ctx filter, const struct sandbox_needs *needs) {
    int failed = allow_all(filter, allowed_calls, sizeof allowed_calls / sizeof *allowed_calls);
    if (failed == 0 && needs->opens)
        failed = allow_all(filter, device_calls, sizeof device_calls / sizeof *device_calls);
    if (failed == 0 && needs->serves)
        failed = allow_all(filter, server_calls, sizeof server_calls / sizeof *server_calls);
    if (failed == 0 && needs->threads)
        failed = allow_threads(filter);
    /* Memory, but none that can be run; signals, but to ourselves only (abort, crash points). */
    const int no_code[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)}, to_self[] = {SCMP_SYS(kill), SCMP_SYS(tgkill)};
    for (size_t i = 0; failed == 0 && i < 2; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, no_code[i], 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    for (size_t i = 0; failed == 0 && i < 2; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, to_self[i], 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    return failed;
}

static enum err seccomp(const struct sandbox_needs *needs, struct str *problem) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int failed = filter ? allow_calls(filter, needs) : -ENOMEM;
    if (failed == 0)
        failed = seccomp_load(filter);
    if (filter)
        seccomp_release(filter);
    if (failed == 0)
        return ERR_OK;
    str_addf(problem, "seccomp: %s", strerror(-failed));
    return ERR_UNSUPPORTED;
}

bool sandbox_supported(void) {
#if defined(__SANITIZE_ADDRESS__)
    return false;
#else
    return true;
#endif
}

enum err sandbox_enter(const struct sandbox_needs *needs, struct str *problem) {
    const struct sandbox_needs nothing = {.threads = false};
    const struct rlimit none = {0};
    if (!needs)
        needs = &nothing;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0) {
        str_add(problem, strerror(errno));
        return ERR_UNSUPPORTED;
    }
    int version;
    enum err e = sandbox_landlock(needs->opens, problem, &version);
    return e == ERR_OK ? seccomp(needs, problem) : e;
}
