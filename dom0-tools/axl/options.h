/* SPDX-License-Identifier: MIT */
/* What the verbs' arguments have in common: numbers in a range, sizes, and getopt's state. */
#ifndef DOM0_TOOLS_AXL_OPTIONS_H
#define DOM0_TOOLS_AXL_OPTIONS_H

#include "axl.h"

/* Makes getopt forget an earlier run and leave messages to us. */
void options_reset(void);

/* A whole number, decimal or 0x. -EINVAL with axl->err "out-of-range": the text, what it is for,
 * and the range. */
int option_number(struct axl *axl, const char *what, const char *text, unsigned long min,
		  unsigned long max, unsigned long *number);

/* A size with a suffix b, k, m, g or t; MiB without one. -EINVAL with axl->err "usage". */
int option_size_kib(struct axl *axl, const char *text, uint64_t *kib);

/* "… is out of range", with the range, the numbers min and max, and a hint. */
int option_out_of_range(struct axl *axl, const char *what, const char *text, unsigned long min,
			unsigned long max);

#endif
