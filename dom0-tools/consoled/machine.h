/* SPDX-License-Identifier: MIT */
/* The console daemon's link to the hypervisor: guests' pages and ports, and its own console. */
#ifndef DOM0_TOOLS_CONSOLED_MACHINE_H
#define DOM0_TOOLS_CONSOLED_MACHINE_H

#include "../libdaemon/loop.h"
#include "logfile.h"
#include "wire.h"

struct machine;

/* Opens the devices. NULL after a line in the log. */
struct machine *machine_open(struct loop *loop, struct wires *wires);
void machine_close(struct machine *machine);

const struct wire_backend *machine_backend(struct machine *machine);

/* Copies the hypervisor's console to a log from now on, beginning with what it still holds. 0 or
 * -errno. */
int machine_log_hypervisor(struct machine *machine, struct logfile *log);

#endif
