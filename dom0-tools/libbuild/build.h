/* SPDX-License-Identifier: MIT */
/* Filling an empty domain with a PV guest: memory, kernel, tables, first vCPU, seeded grants. */
#ifndef DOM0_TOOLS_LIBBUILD_BUILD_H
#define DOM0_TOOLS_LIBBUILD_BUILD_H

#include "../libctl/ctl.h"
#include "../libctl/error.h"
#include "kernel.h"

struct build_params {
	xen_domid_t domid;
	uint64_t memory_kib; /* given now */
	uint64_t maxmem_kib; /* what the guest may grow to; in its memory map */
	const struct kernel *kernel;
	const char *kernel_name;
	const struct blob *ramdisk; /* NULL: none */
	const char *cmdline;
	unsigned int tsc_mode;    /* as ctl_domain_set_tsc_mode() */
	evtchn_port_t store_port; /* the guest's ends */
	evtchn_port_t console_port;
	xen_domid_t store_domid; /* who serves them */
	xen_domid_t console_domid;
};

struct build_result {
	uint64_t store_mfn;
	uint64_t console_mfn;
};

/*
 * Builds a domain that was created with its vCPUs and its memory limit and is still paused. On
 * failure *err says why and the domain is only good for being destroyed: "too-little-memory" has
 * the number needed_kib, to which the caller adds who holds the rest.
 */
int build_domain(struct ctl *ctl, const struct build_params *params, struct build_result *result,
		 struct ctl_error *err);

/* What build_domain() would refuse without looking at the machine. Changes nothing. */
int build_check(const struct build_params *params, struct ctl_error *err);

#endif
