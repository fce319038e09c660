/* SPDX-License-Identifier: MIT */
/* domctl: the state of a vCPU in and out, and where it may run. */
#include "arch/cpu.h"
#include "arch/x86/fpu.h"
#include "core/domctl.h"
#include "core/sched.h"
#include "core/tool_bitmap.h"
#include "core/vcpu_time.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "mm/page.h"
#include "pv/pv.h"
#include "xen/arch.h"

/* A vCPU held still for an operation: by its domain's pause where that is due. */
static long with_vcpu_paused(struct vcpu *v, struct xen_domctl *op,
			     long (*fn)(struct vcpu *v, struct xen_domctl *op))
{
	long rc;

	if (!v) {
		return -ESRCH;
	}
	if (v == current) {
		return -EINVAL;
	}
	vcpu_pause_sync(v);
	rc = fn(v, op);
	vcpu_unpause(v);
	return rc;
}

static long set_context(struct vcpu *v, struct xen_domctl *op)
{
	struct vcpu_guest_context *c = hv_alloc(sizeof(*c));
	long rc;

	if (!c) {
		return -ENOMEM;
	}
	if (copy_from_guest(c, gptr(op->u.vcpucontext.ctxt), sizeof(*c))) {
		rc = -EFAULT;
	} else {
		rc = vcpu_load_context(v, c, false);
	}
	if (!rc && c->flags & VGCF_online) {
		__atomic_fetch_and(&v->blocked, ~(uint32_t)VCPU_DOWN, __ATOMIC_SEQ_CST);
		vcpu_time_update(v);
	} else if (!rc) {
		__atomic_fetch_or(&v->blocked, VCPU_DOWN, __ATOMIC_SEQ_CST);
	}
	hv_free(c);
	return rc;
}

long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);

	if (!v || d->dying) {
		return -EINVAL;
	}
	if (!op->u.vcpucontext.ctxt) {
		/* Xen resets the vCPU; nobody asks for that of a PV guest. */
		return -EOPNOTSUPP;
	}
	return with_vcpu_paused(v, op, set_context);
}

static long get_context(struct vcpu *v, struct xen_domctl *op)
{
	struct vcpu_guest_context *c;
	long rc = 0;

	if (!v->initialised) {
		return -ENODATA;
	}
	c = hv_alloc(sizeof(*c));
	if (!c) {
		return -ENOMEM;
	}
	vcpu_get_context(v, c);
	if (copy_to_guest(gptr(op->u.vcpucontext.ctxt), c, sizeof(*c))) {
		rc = -EFAULT;
	}
	hv_free(c);
	return rc;
}

long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);

	return v ? with_vcpu_paused(v, op, get_context) : -EINVAL;
}

long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getvcpuinfo *i = &op->u.getvcpuinfo;
	struct vcpu *v = domain_vcpu(d, i->vcpu);
	uint32_t why;

	if (i->vcpu >= d->max_vcpus) {
		return -EINVAL;
	}
	if (!v) {
		return -ESRCH;
	}
	why = __atomic_load_n(&v->blocked, __ATOMIC_RELAXED);
	i->online = !(why & VCPU_DOWN);
	i->blocked = (why & (VCPU_BLOCKED | VCPU_POLLING)) != 0;
	i->running = __atomic_load_n(&v->is_running, __ATOMIC_RELAXED);
	i->cpu_time = vcpu_run_time(v);
	i->cpu = v->cpu;
	return 0;
}

static int affinity_target(const struct domain *d, const struct xen_domctl_vcpuaffinity *a,
			   struct vcpu **v)
{
	if (a->vcpu >= d->max_vcpus ||
	    !(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT))) {
		return -EINVAL;
	}
	if ((a->flags & XEN_VCPUAFFINITY_HARD && !a->cpumap_hard.bitmap) ||
	    (a->flags & XEN_VCPUAFFINITY_SOFT && !a->cpumap_soft.bitmap)) {
		return -EINVAL;
	}
	*v = domain_vcpu(d, a->vcpu);
	return *v ? 0 : -ESRCH;
}

/* Both maps are read and checked before either changes. */
long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	cpumask_t hard, soft;
	struct vcpu *v;
	int rc = affinity_target(d, a, &v);

	if (rc) {
		return rc;
	}
	hard = v->hard_affinity;
	soft = v->soft_affinity;
	if (a->flags & XEN_VCPUAFFINITY_HARD) {
		rc = tool_bitmap_read(&a->cpumap_hard, &hard, MAX_CPUS);
	}
	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT) {
		rc = tool_bitmap_read(&a->cpumap_soft, &soft, MAX_CPUS);
	}
	if (rc) {
		return rc;
	}
	if (!(hard & d->pool->cpus)) {
		return -EINVAL;
	}
	v->hard_affinity = hard;
	v->soft_affinity = soft;
	sched_changed(v);
	/* The answer: what of it takes effect. */
	if (a->flags & XEN_VCPUAFFINITY_HARD) {
		rc = tool_bitmap_write(&a->cpumap_hard, hard & d->pool->cpus, MAX_CPUS);
	}
	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT) {
		rc = tool_bitmap_write(&a->cpumap_soft, soft & hard & d->pool->cpus, MAX_CPUS);
	}
	return rc;
}

long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v;
	int rc = affinity_target(d, a, &v);

	if (!rc && a->flags & XEN_VCPUAFFINITY_HARD) {
		rc = tool_bitmap_write(&a->cpumap_hard, v->hard_affinity, cpu_count);
	}
	if (!rc && a->flags & XEN_VCPUAFFINITY_SOFT) {
		rc = tool_bitmap_write(&a->cpumap_soft, v->soft_affinity, cpu_count);
	}
	return rc;
}

static long set_ext_context(struct vcpu *v, struct xen_domctl *op)
{
	const struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
	struct pv_callback *cb = v->pv.callback;

	cb[PVCB_SYSENTER] =
		(struct pv_callback){e->sysenter_callback_eip, e->sysenter_disables_events};
	cb[PVCB_SYSCALL32] =
		(struct pv_callback){e->syscall32_callback_eip, e->syscall32_disables_events};
	return 0;
}

static bool is_canonical_address(uint64_t va)
{
	return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;

	if (e->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap) ||
	    !is_canonical_address(e->sysenter_callback_eip) ||
	    !is_canonical_address(e->syscall32_callback_eip)) {
		return -EINVAL;
	}
	return with_vcpu_paused(domain_vcpu(d, e->vcpu), op, set_ext_context);
}

/* Callbacks run with the flat selector, whatever the tools say. */
static long get_ext_context(struct vcpu *v, struct xen_domctl *op)
{
	const struct pv_callback *cb = v->pv.callback;

	op->u.ext_vcpucontext = (struct xen_domctl_ext_vcpucontext){
		.vcpu = v->id,
		.size = sizeof(op->u.ext_vcpucontext),
		.sysenter_callback_cs = FLAT_KERNEL_CS,
		.sysenter_callback_eip = cb[PVCB_SYSENTER].addr,
		.sysenter_disables_events = cb[PVCB_SYSENTER].mask,
		.syscall32_callback_cs = FLAT_KERNEL_CS,
		.syscall32_callback_eip = cb[PVCB_SYSCALL32].addr,
		.syscall32_disables_events = cb[PVCB_SYSCALL32].mask,
	};
	return 0;
}

long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
	return with_vcpu_paused(domain_vcpu(d, op->u.ext_vcpucontext.vcpu), op, get_ext_context);
}

/* What goes before the XSAVE image: XCR0, and all components ever switched on. */
struct xstate_header {
	uint64_t xcr0, xcr0_accum;
};

static uint64_t xstate_bytes(void)
{
	return host_xcr0 ? sizeof(struct xstate_header) + xsave_bytes : 0;
}

static long get_xstate(struct vcpu *v, struct xen_domctl *op)
{
	struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
	struct xstate_header *h;
	long rc = 0;

	if ((!e->size && !e->xfeature_mask) || !e->buffer) {
		e->size = xstate_bytes();
		e->xfeature_mask = host_xcr0;
		return 0;
	}
	if (e->size != xstate_bytes() || e->xfeature_mask != host_xcr0) {
		return -EINVAL;
	}
	h = hv_alloc(xstate_bytes());
	if (!h) {
		return -ENOMEM;
	}
	h->xcr0 = v->xcr0;
	h->xcr0_accum = host_xcr0; /* the image has them all */
	fpu_get_xsave(v, h + 1);
	if (copy_to_guest(gptr(e->buffer), h, xstate_bytes())) {
		rc = -EFAULT;
	}
	hv_free(h);
	return rc;
}

long domctl_getvcpuextstate(struct domain *d, struct xen_domctl *op)
{
	return with_vcpu_paused(domain_vcpu(d, op->u.vcpuextstate.vcpu), op, get_xstate);
}

static long set_xstate(struct vcpu *v, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
	struct xstate_header *h = hv_alloc(e->size);
	long rc = -EFAULT;

	if (!h) {
		return -ENOMEM;
	}
	if (!copy_from_guest(h, gptr(e->buffer), e->size)) {
		/* Only the header: the vCPU never touched its vector state. */
		rc = e->size == sizeof(*h)
			     ? 0
			     : fpu_set_xsave(v, h + 1, (unsigned int)(e->size - sizeof(*h)),
					     h->xcr0);
	}
	hv_free(h);
	return rc;
}

long domctl_setvcpuextstate(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;

	if (e->size < sizeof(struct xstate_header) || e->size > xstate_bytes()) {
		return -EINVAL;
	}
	return with_vcpu_paused(domain_vcpu(d, e->vcpu), op, set_xstate);
}

/* No MSR of a PV vCPU outlives a move but those in its context. */
long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
	if (!domain_vcpu(d, op->u.vcpu_msrs.vcpu)) {
		return -EINVAL;
	}
	op->u.vcpu_msrs.msr_count = 0;
	return 0;
}

long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;

	if (!domain_vcpu(d, m->vcpu)) {
		return -EINVAL;
	}
	if (m->msr_count == 0) {
		return 0;
	}
	m->msr_count = 0; /* the index of the first that was refused */
	return -EINVAL;
}
