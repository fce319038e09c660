/* SPDX-License-Identifier: MIT */
/* The table of axl top: xentop's columns as text, and on a terminal. */
#ifndef DOM0_TOOLS_AXL_TOP_H
#define DOM0_TOOLS_AXL_TOP_H

#include <stdio.h>

#include "stats.h"

struct top_options {
	bool vcpus;
	bool networks;
	bool vbds;
	bool full_names;
	bool by_cpu; /* most busy first; else in order of id */
	double delay_seconds;
	unsigned long iterations; /* 0 = until told to stop */
};

void top_print(FILE *out, const struct top_options *options, const struct stats *before,
	       struct stats *now);

/* Until q is pressed or the iterations are over. 0 or -errno with axl->err. */
int top_screen(struct axl *axl, struct top_options *options);

#endif
