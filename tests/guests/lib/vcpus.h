/* SPDX-License-Identifier: MIT */
/* Further vCPUs of a test guest. */
#ifndef TESTS_GUESTS_VCPUS_H
#define TESTS_GUESTS_VCPUS_H

#include <stdbool.h>

/*
 * Starts vCPU 1: it calls fn, which never returns, with events masked. Traps must be initialised.
 * False: the domain has no second vCPU.
 */
bool vcpu_start(void (*fn)(void));

#endif /* TESTS_GUESTS_VCPUS_H */
