/* SPDX-License-Identifier: MIT */
/* The transport over a page shared with a guest, who may write anything into it at any time. */
#ifndef DOM0_TOOLS_STORED_RING_H
#define DOM0_TOOLS_STORED_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"

struct ring {
	struct transport transport; /* first */
	struct xenstore_domain_interface *page;
	uint32_t port; /* our end of the event channel; 0 in tests */
	bool moved;    /* indices were changed since the last notification */
	/* What the ring's owner supplies: telling the other end, and giving back page, port and
	 * the ring itself. */
	void (*notify)(struct ring *ring);
	void (*release)(struct ring *ring);
};

/* Prepares a ring whose page and functions are filled in, and announces our features in it. */
void ring_init(struct ring *ring);

/* The same for a page that another daemon has served: it stays as it is. */
void ring_resume(struct ring *ring);

/* Whether the guest asked to begin anew. If so the ring is emptied; the caller resets the
 * connection. */
bool ring_reconnect(struct ring *ring);

#endif
