/* SPDX-License-Identifier: MIT */
/* Operations on one domain, XEN_DOMCTL_*: thin wrappers, no policy. */
#ifndef DOM0_TOOLS_LIBCTL_DOMCTL_H
#define DOM0_TOOLS_LIBCTL_DOMCTL_H

#include <stdbool.h>

#include "ctl.h"
#include "xen/arch.h"
#include "xen/domctl.h"

/* Makes an empty, paused domain. *domid: the id wanted, or 0 = the next free one; the id given. */
int ctl_domain_create(struct ctl *ctl, const struct xen_domctl_createdomain *config,
		      xen_domid_t *domid);

/* Ends a domain at once. 0 when all its memory is back or only others' mappings hold some. */
int ctl_domain_destroy(struct ctl *ctl, xen_domid_t domid);

int ctl_domain_pause(struct ctl *ctl, xen_domid_t domid);
int ctl_domain_unpause(struct ctl *ctl, xen_domid_t domid);

/* State of exactly this domain; -ESRCH if there is none. */
int ctl_domain_info(struct ctl *ctl, xen_domid_t domid, struct xen_domctl_getdomaininfo *info);

/* Makes vCPUs 0 … count-1; the number must be the one the domain was created with. */
int ctl_domain_max_vcpus(struct ctl *ctl, xen_domid_t domid, unsigned int count);

/* Upper bound of the domain's memory. */
int ctl_domain_max_mem(struct ctl *ctl, xen_domid_t domid, uint64_t kib);

/* NUMA nodes that the domain's memory comes from, one bit each. */
int ctl_domain_get_nodes(struct ctl *ctl, xen_domid_t domid, uint64_t *nodes);

/* Where a domain's memory is taken from now on, as long as there is some; -EINVAL: no such node. */
int ctl_domain_set_nodes(struct ctl *ctl, xen_domid_t domid, uint64_t nodes);

int ctl_domain_set_address_size(struct ctl *ctl, xen_domid_t domid, unsigned int bits);

/* tsc_mode: 0 default, 1 always emulated, 2 native. */
int ctl_domain_set_tsc_mode(struct ctl *ctl, xen_domid_t domid, unsigned int tsc_mode);

/* Seconds that the guest's wall clock differs from UTC. */
int ctl_domain_set_time_offset(struct ctl *ctl, xen_domid_t domid, int64_t seconds);

int ctl_vcpu_set_context(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			 const struct vcpu_guest_context *context);
int ctl_vcpu_get_context(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			 struct vcpu_guest_context *context);

/* -ESRCH: no such vCPU. */
int ctl_vcpu_info(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
		  struct xen_domctl_getvcpuinfo *info);

/* Maps of physical CPUs, bit 0 of byte 0 first, `bits` long; a NULL map is left as it is. `force`
 * overrides a pinning that the domain's kernel asked for. */
int ctl_vcpu_set_affinity(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu,
			  const uint8_t *hard, const uint8_t *soft, unsigned int bits, bool force);
int ctl_vcpu_get_affinity(struct ctl *ctl, xen_domid_t domid, unsigned int vcpu, uint8_t *hard,
			  uint8_t *soft, unsigned int bits);

/* Weight (1 … 65535, 256 is usual) and cap (per cent of one CPU, 0 = none) under `sched_id`,
 * XEN_SCHEDULER_CREDIT or CREDIT2. */
int ctl_domain_set_share(struct ctl *ctl, xen_domid_t domid, uint32_t sched_id, uint16_t weight,
			 uint16_t cap);
int ctl_domain_get_share(struct ctl *ctl, xen_domid_t domid, uint32_t sched_id, uint16_t *weight,
			 uint16_t *cap);

/* The call itself, for the operations not wrapped above. Fills in the version; *op is in/out. */
int ctl_domctl(struct ctl *ctl, struct xen_domctl *op);

#endif
