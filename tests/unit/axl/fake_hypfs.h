/* SPDX-License-Identifier: MIT */
/* The played hypervisor's parameters: gnttab_max_frames, global-pages, loglvl. */
#ifndef TESTS_UNIT_AXL_FAKE_HYPFS_H
#define TESTS_UNIT_AXL_FAKE_HYPFS_H

#include <stdbool.h>

extern bool fake_no_hypfs; /* a hypervisor without any */

void fake_hypfs_reset(void);

#endif
