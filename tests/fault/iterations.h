/* How often a fault test repeats: what it says itself, or FAULT_ITERATIONS in the environment. */
#ifndef TESTS_FAULT_ITERATIONS_H
#define TESTS_FAULT_ITERATIONS_H

int fault_iterations(int usual);

#endif
