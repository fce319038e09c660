/* SPDX-License-Identifier: MIT */
/* States a front and a back walk through in their "state" keys. */
#ifndef XEN_IO_XENBUS_H
#define XEN_IO_XENBUS_H

enum xenbus_state {
	XenbusStateUnknown = 0,
	XenbusStateInitialising = 1,
	XenbusStateInitWait = 2,	/* back waits for the front's details */
	XenbusStateInitialised = 3,	/* front published them */
	XenbusStateConnected = 4,
	XenbusStateClosing = 5,
	XenbusStateClosed = 6,
	XenbusStateReconfiguring = 7,
	XenbusStateReconfigured = 8,
};

#endif /* XEN_IO_XENBUS_H */
