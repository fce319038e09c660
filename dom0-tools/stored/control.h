/* SPDX-License-Identifier: MIT */
/* The daemon's control command: questions about its state, and its limits. */
#ifndef DOM0_TOOLS_STORED_CONTROL_H
#define DOM0_TOOLS_STORED_CONTROL_H

#include <stddef.h>

#include "stored.h"

#define CONTROL_LATER 1

/* Runs parts[0] with the arguments behind it; its text goes to `text`, cut to size. -EINVAL for an
 * unknown command or bad arguments; CONTROL_LATER if a live update is to answer when it is done. */
int control_run(struct stored *stored, const char *const *parts, unsigned int count, char *text,
		size_t room);

#endif
