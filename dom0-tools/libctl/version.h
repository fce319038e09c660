/* SPDX-License-Identifier: MIT */
/* What the hypervisor says about itself, XENVER_*. */
#ifndef DOM0_TOOLS_LIBCTL_VERSION_H
#define DOM0_TOOLS_LIBCTL_VERSION_H

#include "ctl.h"

struct ctl_version {
	unsigned int major;
	unsigned int minor;
	unsigned int page_size;
	uint64_t virt_start;
	char extra[16];
	char capabilities[1024];
	char changeset[64];
	char command_line[1024];
	char compiler[64];
	char compile_by[16];
	char compile_domain[32];
	char compile_date[32];
	char mitigations[256]; /* what is in force on this CPU; "": it does not tell */
	char build_id[129];    /* hexadecimal; "" if there is none */
};

/* All strings end in NUL. -errno if even the version number is not told. */
int ctl_version(struct ctl *ctl, struct ctl_version *version);

#endif
