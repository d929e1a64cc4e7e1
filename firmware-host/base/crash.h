/* Named crash points: where a test kills the program to prove a promise of durability. In release builds they're nothing.
 * PHANHOI_CRASH=name[:n] in the environment kills the process with SIGKILL when the n-th passing (1 at first) of that point is reached. */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#ifdef PHANHOI_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif

#endif
