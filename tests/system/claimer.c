/* SPDX-License-Identifier: MIT */
/*
 * claimer MIB: a domain builder that stops in the middle. Creates a domain, claims so much memory
 * for it, says so, and waits to be killed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../dom0-tools/libctl/domctl.h"
#include "../../dom0-tools/libctl/memory.h"

int main(int argc, char **argv)
{
	struct xen_domctl_createdomain new = {
		.max_vcpus = 1,
		.max_evtchn_port = 1023,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
	};
	uint64_t pages = argc > 1 ? strtoull(argv[1], NULL, 10) * 256 : 0;
	xen_domid_t domid;
	struct ctl *ctl;
	int ret = ctl_open(&ctl);

	ret = ret ? ret : ctl_domain_create(ctl, &new, &domid);
	ret = ret ? ret : ctl_domain_max_mem(ctl, domid, pages * 4);
	ret = ret ? ret : ctl_claim_pages(ctl, domid, pages);
	if (ret) {
		fprintf(stderr, "claimer: %s\n", strerror(-ret));
		return 1;
	}
	printf("domain %u has %llu pages promised\n", domid, (unsigned long long)pages);
	fflush(stdout);
	for (;;) {
		pause();
	}
}
