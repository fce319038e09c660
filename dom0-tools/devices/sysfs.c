/* SPDX-License-Identifier: MIT */
/* What the kernel says about its backends. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "device.h"

bool device_has_driver(const struct device *dev)
{
	char path[96];

	if (dev->elsewhere) {
		return true; /* its domain knows */
	}
	snprintf(path, sizeof(path),
		 "/sys/bus/xen-backend/devices/%s-%" PRIu32 "-%" PRIu32 "/driver",
		 device_kind_name(dev->kind), dev->domid, dev->devid);
	return access(path, F_OK) == 0;
}
