/* SPDX-License-Identifier: MIT */
/* The store's link to the hypervisor: guests' rings, event channels, and news of deaths. */
#ifndef DOM0_TOOLS_STORED_MACHINE_H
#define DOM0_TOOLS_STORED_MACHINE_H

#include "../libdaemon/loop.h"
#include "stored.h"
#include "takeover.h"

struct machine;

/* Opens the devices, and what connects to domain 0's kernel, or takes them from an old daemon, if
 * `from` is not NULL. NULL after a line in the log. */
struct machine *machine_open(struct loop *loop, const struct takeover *from);

/* Fills in what the next daemon passes to machine_open(). */
void machine_hand_over(const struct machine *machine, struct takeover *takeover);

/* Goes on with the ring of a domain (0: of the kernel), see struct state_source. 0 or -errno. */
int machine_ring_resume(struct machine *machine, uint16_t domid, uint32_t port, uint32_t ours,
			struct transport **transport);

const struct stored_backend *machine_backend(struct machine *machine);

/* Begins to serve: `stored` is told of domains, and the kernel of domain 0 is connected. 0 or
 * -errno after a line in the log. */
int machine_start(struct machine *machine, struct stored *stored);

/* After stored_destroy(). */
void machine_close(struct machine *machine);

#endif
