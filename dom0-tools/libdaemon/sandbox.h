/* SPDX-License-Identifier: MIT */
/* What a daemon gives up once it is set up: root's powers, and system calls it has no use for. */
#ifndef DOM0_TOOLS_LIBDAEMON_SANDBOX_H
#define DOM0_TOOLS_LIBDAEMON_SANDBOX_H

#include <stdbool.h>

/* From now on this process and what it becomes have no capabilities and cannot gain any. 0 or
 * -errno. */
int sandbox_drop(void);

/*
 * From now on a system call that is not on the daemons' list ends the process, with a line in the
 * log that names the call. `may_exec` leaves fork and exec on the list; the program that it becomes
 * may enter again. 0 or -errno.
 */
int sandbox_enter(bool may_exec);

#endif
