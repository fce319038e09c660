/* SPDX-License-Identifier: MIT */
/* A domain's birth and death, each as one transaction. */
#ifndef DOM0_TOOLS_AXL_START_H
#define DOM0_TOOLS_AXL_START_H

#include <signal.h>

#include "../config/config.h"
#include "../stream/stream.h"
#include "axl.h"
#include "xen/types.h"

#define AXL_CACHE_DIR "/var/cache/argon/kernels"

/*
 * Creates and builds the domain with all its devices, and leaves it paused. cfg gets the ids it
 * left open. On failure axl->err says why and nothing is left: no domain, node, loop device.
 */
int domain_start(struct axl *axl, struct domain_config *cfg, xen_domid_t *domid);

/* The same with what a file has behind stream_read_head() instead of a kernel. */
int domain_restore(struct axl *axl, struct domain_config *cfg, struct stream_file *image,
		   const struct stream_progress *progress, xen_domid_t *domid);

/*
 * Puts signals that would end this process aside while a domain is half made, so that
 * domain_start() sees them and undoes what was done. Release lets them through again.
 */
void signals_hold(sigset_t *old);
void signals_release(const sigset_t *old);

/* Whether such a signal waits. */
bool signals_pending(void);

/* domain_take_apart(), with a note of it for the case that this process is killed. */
int domain_remove(struct axl *axl, xen_domid_t domid);

#endif
