/* SPDX-License-Identifier: MIT */
/* The store's link to the hypervisor: guests' rings, event channels, and news of deaths. */
#ifndef DOM0_TOOLS_STORED_MACHINE_H
#define DOM0_TOOLS_STORED_MACHINE_H

#include "../libdaemon/loop.h"
#include "stored.h"

struct machine;

/* Opens the devices and listens for dying domains. NULL after a line in the log. */
struct machine *machine_open(struct loop *loop);

const struct stored_backend *machine_backend(struct machine *machine);

/* Begins to serve: `stored` is told of domains, and the kernel of domain 0 is connected. 0 or
 * -errno after a line in the log. */
int machine_start(struct machine *machine, struct stored *stored);

/* After stored_destroy(). */
void machine_close(struct machine *machine);

#endif
