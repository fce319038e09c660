/* SPDX-License-Identifier: MIT */
/* Serial input: to dom0, or, after Ctrl-a three times, debug keys. */
#ifndef ARGON_DEBUG_KEYS_H
#define ARGON_DEBUG_KEYS_H

#include "lib/types.h"

/* A character came in on the console (interrupt context). */
void keys_input(char c);
/* WORK_DEBUG_KEY: runs what the last keys ask for. */
void keys_softirq(void);
/* Runs the function of a key now: XEN_SYSCTL_debug_keys. */
void keys_run(char key);

#endif
