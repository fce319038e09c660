/* SPDX-License-Identifier: MIT */
/* Watching over a domain: what its configuration says about its ends is done here. */
#ifndef DOM0_TOOLS_AXL_MONITOR_H
#define DOM0_TOOLS_AXL_MONITOR_H

#include "../config/config.h"
#include "axl.h"
#include "xen/types.h"

#define AXL_LOG_DIR "/var/log/axl"

/*
 * Starts a process that outlives us, logs to AXL_LOG_DIR/NAME.log and watches over the domain;
 * returns when it is ready. -errno with axl->err otherwise. Takes nothing over from the caller.
 */
int monitor_spawn(struct axl *axl, struct domain_config *cfg, xen_domid_t domid);

/* The same in this process: returns when the domain and its successors are gone for good, or
 * with -errno and axl->err. */
int monitor_run(struct axl *axl, struct domain_config *cfg, xen_domid_t domid);

#endif
