/* SPDX-License-Identifier: MIT */
/* Attaching to the terminal that the console daemon offers for a domain. */
#ifndef DOM0_TOOLS_AXL_CONSOLE_H
#define DOM0_TOOLS_AXL_CONSOLE_H

#include <stdio.h>

#include "axl.h"
#include "xen/types.h"

#define CONSOLE_ESCAPE 0x1d /* Ctrl-] */
#define CONSOLE_NO_ESCAPE (-1)
#define CONSOLE_GONE 1 /* the console went away: its domain has ended */

/* Opens the terminal of the domain's console, or with `number` of a channel, waiting until the
 * daemon has named it. A descriptor or -errno. */
int console_open(struct axl *axl, xen_domid_t domid, unsigned int number);

/*
 * Copies between our standard streams and the terminal until `escape` (a control character or
 * CONSOLE_NO_ESCAPE) is typed or the console goes away. Input may be a pipe; its end leaves the
 * output running. Who comes while another is attached gets its output from the log of `name`, so
 * that both see all of it; a channel (`name` is NULL) has none. 0, CONSOLE_GONE, or -errno with
 * axl->err. Closes tty.
 */
int console_attach(struct axl *axl, int tty, int escape, const char *name);

/*
 * The same, and on again with the domain's successor if its configuration has it restarted, until
 * there is none. Never CONSOLE_GONE.
 */
int console_stay(struct axl *axl, int tty, xen_domid_t domid, int escape, const char *name);

/* The log that the console daemon keeps of a domain, ours or Xen's; NULL with errno. */
FILE *console_log_open(const char *name);

#endif
