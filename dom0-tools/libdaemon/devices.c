/* SPDX-License-Identifier: MIT */
/* Opening and closing the hypervisor's devices. */
#include "devices.h"

#include <string.h>
#include <unistd.h>

#include "../libctl/evtchn.h"
#include "../libctl/gnttab.h"
#include "log.h"

int devices_open(struct devices *devices)
{
	int ret;

	devices->ctl = NULL;
	devices->gnttab = ctl_gnttab_open();
	devices->events.fd = ctl_evtchn_open();
	ret = devices->gnttab < 0 ? devices->gnttab : devices->events.fd;
	ret = ret < 0 ? ret : ctl_open(&devices->ctl);
	if (ret < 0) {
		log_error("cannot open the hypervisor's devices (/dev/xen/gntdev, evtchn, "
			  "privcmd): %s; are we root on a domain 0 with its modules loaded?",
			  strerror(-ret));
		devices_close(devices, NULL);
		return ret;
	}
	return 0;
}

void devices_close(struct devices *devices, struct loop *loop)
{
	if (devices->events.fd >= 0) {
		if (loop) {
			loop_remove(loop, &devices->events);
		}
		close(devices->events.fd);
	}
	if (devices->gnttab >= 0) {
		close(devices->gnttab);
	}
	ctl_close(devices->ctl);
	devices->events.fd = devices->gnttab = -1;
	devices->ctl = NULL;
}
