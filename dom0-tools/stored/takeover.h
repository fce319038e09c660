/* SPDX-License-Identifier: MIT */
/* What one daemon passes, in an option, to the next, which may not open it itself. */
#ifndef DOM0_TOOLS_STORED_TAKEOVER_H
#define DOM0_TOOLS_STORED_TAKEOVER_H

enum {
	TAKE_STATE, /* memory with the state */
	TAKE_LISTENER,
	TAKE_EVENTS, /* /dev/xen/evtchn */
	TAKE_DOM_EXC,
	TAKE_OLD_COUNT, /* daemons that stayed root passed no more */
	TAKE_GNTTAB = TAKE_OLD_COUNT,
	TAKE_PRIVCMD,
	TAKE_BUFFERS,
	TAKE_KERNEL_PAGE, /* /proc/xen/xsd_kva */
	TAKE_PID_FILE,
	TAKE_COUNT
};

/* Descriptors, but for TAKE_DOM_EXC, a port; -1: none. */
struct takeover {
	int of[TAKE_COUNT];
};

#endif
