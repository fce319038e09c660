/* SPDX-License-Identifier: MIT */
/* The hypervisor's devices as daemons hold them: opened by root, used by whom he becomes. */
#ifndef DOM0_TOOLS_LIBDAEMON_DEVICES_H
#define DOM0_TOOLS_LIBDAEMON_DEVICES_H

#include "../libctl/ctl.h"
#include "loop.h"

struct devices {
	struct loop_source events; /* /dev/xen/evtchn; whoever owns this fills in ready() */
	int gnttab;                /* /dev/xen/gntdev */
	struct ctl *ctl;
};

/* Opens all of them. 0, or -errno after a line in the log; then none is open. */
int devices_open(struct devices *devices);

/* Closes what is open; -1 and NULL are not. `loop`, unless NULL, no longer listens to events. */
void devices_close(struct devices *devices, struct loop *loop);

#endif
