/* SPDX-License-Identifier: MIT */
/*
 * ASSERT states what we believe (debug and hosted builds check it), BUG_ON
 * stops on a broken invariant in every build.  Neither may be reachable from
 * guest input.
 */
#ifndef ARGON_LIB_BUG_H
#define ARGON_LIB_BUG_H

#include "lib/types.h"

/* Prints the message, registers, a backtrace, and stops or reboots. */
void panic(const char *fmt, ...) __printf(1, 2) __attribute__((noreturn));

#define BUG_ON(cond)                                                                   \
	do {                                                                           \
		if (unlikely(cond)) {                                                  \
			panic("%s: %s at %s:%d", __func__, #cond, __FILE__, __LINE__); \
		}                                                                      \
	} while (0)

#ifdef ARGON_DEBUG
#define ASSERT(cond) BUG_ON(!(cond))
#else
#define ASSERT(cond)                \
	do {                        \
		(void)sizeof(cond); \
	} while (0)
#endif

#endif
