/* SPDX-License-Identifier: MIT */
/* domctl: creating, pausing, describing and destroying domains. */
#include "arch/cpu.h"
#include "core/cpupool.h"
#include "core/domctl.h"
#include "core/evtchn.h"
#include "core/sched.h"
#include "core/tool_bitmap.h"
#include "core/vcpu_time.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/node.h"
#include "mm/page.h"
#include "xen/sched.h"

#include <asm/directmap.h>

struct domain_defaults domain_defaults = {
	.max_grant_frames = 64,
	.max_maptrack_frames = 1024,
	.grant_version_max = 1,
};

/* Flags of createdomain that a PV guest may carry. */
#define CDF_KNOWN (XEN_DOMCTL_CDF_xs_domain)

static int limit_or_default(int32_t wanted, unsigned int standard, unsigned int limit,
			    unsigned int *out)
{
	*out = wanted < 0 ? standard : (unsigned int)wanted;
	return *out > limit ? -EINVAL : 0;
}

/* -EINVAL and a line in the log for what cannot be had. */
static int params_from(struct domain_params *p, const struct xen_domctl_createdomain *c)
{
	unsigned int version = XEN_DOMCTL_GRANT_version(c->grant_opts);

	if (c->flags & ~CDF_KNOWN) {
		log_info("createdomain: flags %#x: only PV guests without an IOMMU are offered\n",
			 c->flags);
		return -EINVAL;
	}
	if (c->max_vcpus < 1 || c->max_vcpus > MAX_VCPUS) {
		log_info("createdomain: %u vCPUs: 1 to %u are possible\n", c->max_vcpus, MAX_VCPUS);
		return -EINVAL;
	}
	if (version > domain_defaults.grant_version_max) {
		log_info("createdomain: grant table version %u: %u is the highest\n", version,
			 domain_defaults.grant_version_max);
		return -EINVAL;
	}
	if (c->iommu_opts || c->vmtrace_size || c->arch.emulation_flags ||
	    (c->arch.misc_flags & ~XEN_X86_MISC_FLAGS_MAX) || c->max_grant_frames == 0 ||
	    c->grant_opts & ~XEN_DOMCTL_GRANT_version_mask) {
		return -EINVAL;
	}
	memcpy(p->handle, c->handle, sizeof(p->handle));
	p->max_vcpus = c->max_vcpus;
	p->max_evtchn_port = MIN(c->max_evtchn_port, EVTCHN_FIFO_NR_CHANNELS - 1U);
	p->grant_version_max = version;
	p->is_privileged = false;
	p->pool = cpupool_by_id(c->cpupool_id);
	if (!p->pool) {
		return -ENOENT;
	}
	return limit_or_default(c->max_grant_frames, domain_defaults.max_grant_frames,
				GRANT_FRAMES_LIMIT, &p->max_grant_frames)
		       ?: limit_or_default(c->max_maptrack_frames,
					   domain_defaults.max_maptrack_frames,
					   MAPTRACK_FRAMES_LIMIT, &p->max_maptrack_frames);
}

/* The next free id after the one chosen last, so that ids are not reused soon. */
static int choose_id(xen_domid_t *id)
{
	static xen_domid_t last;
	xen_domid_t next = last;

	do {
		next = next + 1U < DOMID_FIRST_RESERVED ? (xen_domid_t)(next + 1) : 1;
		if (!domain_by_id(next)) {
			*id = last = next;
			return 0;
		}
	} while (next != last);
	return -ENOMEM;
}

long domctl_createdomain(struct domain *d, struct xen_domctl *op)
{
	struct domain_params p = {0};
	xen_domid_t id = op->domain;
	int rc = params_from(&p, &op->u.createdomain);

	if (rc) {
		return rc;
	}
	if (id == 0 || id >= DOMID_FIRST_RESERVED) {
		rc = choose_id(&id);
	} else if (domain_by_id(id)) {
		rc = -EEXIST;
	}
	if (rc) {
		return rc;
	}
	d = domain_create(id, &p, &rc);
	if (!d) {
		return rc;
	}
	op->domain = id;
	return 0;
}

long domctl_destroydomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	return d->is_privileged ? -EINVAL : domain_kill(d);
}

long domctl_pausedomain(struct domain *d, struct xen_domctl *op)
{
	int rc = 0;

	(void)op;
	spin_lock(&d->lock);
	if (d->ctrl_pause_count == 255) {
		rc = -EOVERFLOW;
	} else {
		d->ctrl_pause_count++;
	}
	spin_unlock(&d->lock);
	if (!rc) {
		domain_pause_sync(d);
	}
	return rc;
}

long domctl_unpausedomain(struct domain *d, struct xen_domctl *op)
{
	int rc = 0;

	(void)op;
	spin_lock(&d->lock);
	if (d->ctrl_pause_count == 0) {
		rc = -EINVAL;
	} else {
		d->ctrl_pause_count--;
		d->creation_finished = true;
	}
	spin_unlock(&d->lock);
	if (!rc) {
		domain_unpause(d);
	}
	return rc;
}

long domctl_resumedomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	domain_resume(d);
	return 0;
}

static uint32_t state_flags(const struct domain *d, unsigned int online, bool blocked, bool running)
{
	uint32_t flags = ((uint32_t)d->shutdown_code & XEN_DOMINF_shutdownmask)
			 << XEN_DOMINF_shutdownshift;

	flags |= online && blocked ? XEN_DOMINF_blocked : 0;
	flags |= online && running ? XEN_DOMINF_running : 0;
	flags |= d->dying == DOMAIN_DEAD ? XEN_DOMINF_dying : 0;
	flags |= d->is_shut_down ? XEN_DOMINF_shutdown : 0;
	flags |= d->ctrl_pause_count > 0 ? XEN_DOMINF_paused : 0;
	return flags;
}

void domain_info_get(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	bool blocked = true, running = false;
	struct vcpu *v;
	unsigned int i;

	memset(info, 0, sizeof(*info));
	info->domain = d->id;
	info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
	for_each_vcpu(d, v, i) {
		uint32_t why = __atomic_load_n(&v->blocked, __ATOMIC_RELAXED);

		info->cpu_time += vcpu_run_time(v);
		info->max_vcpu_id = i;
		if (why & VCPU_DOWN) {
			continue;
		}
		info->nr_online_vcpus++;
		blocked &= (why & (VCPU_BLOCKED | VCPU_POLLING)) != 0;
		running |= __atomic_load_n(&v->is_running, __ATOMIC_RELAXED);
	}
	info->flags = state_flags(d, info->nr_online_vcpus, blocked, running);
	info->tot_pages = d->tot_pages;
	info->max_pages = d->max_pages;
	info->outstanding_pages = d->outstanding_pages;
	info->shared_info_frame = mfn_x(virt_to_mfn(d->shared));
	memcpy(info->handle, d->handle, sizeof(info->handle));
	info->cpupool = d->pool->id;
}

long domctl_getdomaininfo(struct domain *d, struct xen_domctl *op)
{
	op->domain = d->id;
	domain_info_get(d, &op->u.getdomaininfo);
	return 0;
}

long domctl_max_vcpus(struct domain *d, struct xen_domctl *op)
{
	unsigned int i;
	long rc = 0;

	/* The number was settled by createdomain; this call makes the vCPUs. */
	if (op->u.max_vcpus.max != d->max_vcpus || d->dying) {
		return -EINVAL;
	}
	for (i = 0; i < d->max_vcpus && !rc; i++) {
		if (!d->vcpu[i] && !vcpu_create(d, i)) {
			rc = -ENOMEM;
		}
	}
	return rc;
}

long domctl_max_mem(struct domain *d, struct xen_domctl *op)
{
	uint64_t pages = op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10);

	spin_lock(&d->page_lock);
	d->max_pages = MIN(pages, (uint64_t)UINT32_MAX);
	spin_unlock(&d->page_lock);
	return 0;
}

long domctl_setdomainhandle(struct domain *d, struct xen_domctl *op)
{
	memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
	return 0;
}

long domctl_settimeoffset(struct domain *d, struct xen_domctl *op)
{
	d->time_offset = op->u.settimeoffset.time_offset_seconds;
	domain_wallclock_update(d);
	return 0;
}

long domctl_set_virq_handler(struct domain *d, struct xen_domctl *op)
{
	return d->dying ? -EINVAL : set_global_virq_handler(d, op->u.set_virq_handler.virq);
}

long domctl_scheduler_op(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_scheduler_op *s = &op->u.scheduler_op;

	if (s->sched_id != d->pool->sched->sysctl_id) {
		return -EINVAL;
	}
	if (d->pool->sched != &sched_credit) {
		return -EOPNOTSUPP;
	}
	switch (s->cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		s->u.credit2.weight = d->weight;
		s->u.credit2.cap = d->cap;
		return 0;
	case XEN_DOMCTL_SCHEDOP_putinfo:
		/* Weight 0 and cap ~0 leave it as it is. */
		return sched_set_share(d, s->u.credit2.weight ? s->u.credit2.weight : d->weight,
				       s->u.credit2.cap != UINT16_MAX ? s->u.credit2.cap : d->cap);
	default:
		return -EINVAL;
	}
}

/* Where memory is taken from now on, as long as there is some; what it has stays. */
long domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	uint64_t nodes;
	int rc = tool_bitmap_read(&op->u.nodeaffinity.nodemap, &nodes, 64);

	if (rc) {
		return rc;
	}
	nodes &= ALL_NODES >> (MAX_NODES - node_count);
	if (!nodes) {
		return -EINVAL;
	}
	d->node_affinity = (unsigned int)nodes;
	return 0;
}

long domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	return tool_bitmap_write(&op->u.nodeaffinity.nodemap,
				 d->node_affinity ?: ALL_NODES >> (MAX_NODES - node_count),
				 node_count);
}
