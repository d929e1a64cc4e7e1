/* How much a fault test does: what it says itself, or more, or less.
 *   FAULT_ITERATIONS   so many repetitions instead (`make fault`)
 *   FAULT_SPARSE       n: only every nth of the operations that it would fail (scripts/check, where the sanitizers make each of them slow) */
#ifndef TESTS_FAULT_ITERATIONS_H
#define TESTS_FAULT_ITERATIONS_H

int fault_iterations(int usual);
/* From one operation that is failed to the next. */
long fault_stride(long usual);

#endif
