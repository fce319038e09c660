/* SPDX-License-Identifier: MIT */
/* A domain's memory and vCPUs as a file: the ELF core that xl dump-core writes and crash reads. */
#ifndef DOM0_TOOLS_AXL_CORE_H
#define DOM0_TOOLS_AXL_CORE_H

#include "axl.h"
#include "xen/types.h"

#define CORE_DIR "/var/lib/xen/dump"

/*
 * Writes the core of a domain to `path`, mode 0600, which must not exist or be a regular file; the
 * domain is paused meanwhile. *pages: how many of its pages are in it; those it shows as its own
 * but has not are left out. On failure the file is removed.
 */
int core_dump(struct axl *axl, xen_domid_t domid, const char *path, uint64_t *pages);

#endif
