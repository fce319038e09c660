/* SPDX-License-Identifier: MIT */
/* The hypervisor's messages. */
#ifndef DOM0_TOOLS_AXL_DMESG_H
#define DOM0_TOOLS_AXL_DMESG_H

#include <stddef.h>

struct ctl;

/* The whole ring, for free(), with a NUL behind its *len bytes. -errno, *text is for free() too. */
int dmesg_read(struct ctl *ctl, char **text, size_t *len);

#endif
