/* SPDX-License-Identifier: MIT */
/* Taking a domain apart, whatever there is of it: devices, the domain, nodes, files. */
#include "apart.h"

#include <errno.h>
#include <time.h>

#include "../devices/devices.h"
#include "../libctl/domctl.h"
#include "records.h"
#include "userdata.h"

#define GONE_TIMEOUT_MS 3000
#define GONE_POLL_NS 2000000L

/* Waits until the hypervisor no longer knows the domain. Nothing tells us that but asking. */
static void wait_gone(struct axl *axl, xen_domid_t domid)
{
	const struct timespec pause = {.tv_nsec = GONE_POLL_NS};
	struct xen_domctl_getdomaininfo info;
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	now = start;
	while (!ctl_domain_info(axl->ctl, domid, &info) &&
	       (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 <
		       GONE_TIMEOUT_MS) {
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
}

int domain_take_apart(struct axl *axl, xen_domid_t domid)
{
	struct devices_ctx devices = {.store = axl->store};
	struct xen_domctl_getdomaininfo info;
	bool exists = !ctl_domain_info(axl->ctl, domid, &info);
	const char *outer = axl->step; /* what fails is that, whatever is taken back for it */
	struct ctl_error err;
	int ret = 0, ret2;

	axl_step(axl, "taking devices");
	if (exists) {
		ctl_domain_pause(axl->ctl, domid);
	}
	ret = devices_clean_up(&devices, domid, &err);
	if (ret) {
		axl->err = err;
	}
	axl_step(axl, "destroying");
	if (exists) {
		ret2 = ctl_domain_destroy(axl->ctl, domid);
		if (ret2 && ret2 != -ESRCH && !ret) {
			ctl_error_set(&axl->err, "destroy-failed", "cannot destroy domain %u",
				      domid);
			ctl_error_errno(&axl->err, ret2);
			ret = ret2;
		}
	}
	axl_step(axl, "taking records");
	ret2 = records_remove(axl, domid);
	userdata_remove(axl, domid);
	ret = ret ? ret : ret2;
	axl_step(axl, "waiting");
	if (exists) {
		wait_gone(axl, domid);
	}
	axl_step(axl, outer);
	return ret;
}
