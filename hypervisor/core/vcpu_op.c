/* SPDX-License-Identifier: MIT */
/* vcpu_op: a guest's own vCPUs: starting them, their timers and shared areas. */
#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/time.h"
#include "core/guest_op.h"
#include "core/hypercall.h"
#include "core/sched.h"
#include "core/vcpu_time.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "mm/page.h"
#include "xen/arch.h"
#include "xen/hypercall.h"
#include "xen/sched.h"
#include "xen/vcpu.h"

#include <asm/directmap.h>

int vcpu_load_context(struct vcpu *v, const struct vcpu_guest_context *ctx, bool only_new)
{
	int rc;

	/* Two at once would both take and both drop the descriptor table's frames. */
	if (__atomic_exchange_n(&v->loading, true, __ATOMIC_ACQUIRE)) {
		return -EBUSY;
	}
	rc = only_new && v->initialised ? -EEXIST : vcpu_set_context(v, ctx);
	__atomic_store_n(&v->loading, false, __ATOMIC_RELEASE);
	return rc;
}

static long op_initialise(struct guest_op *o)
{
	struct vcpu_guest_context *ctx = frames_alloc(1);
	long rc;

	if (!ctx) {
		return -ENOMEM;
	}
	rc = copy_from_guest(ctx, o->at, sizeof(*ctx)) ?: vcpu_load_context(o->v, ctx, true);
	frames_free(ctx, 1);
	if (rc == -ERESTART) {
		return hypercall_continue(__HYPERVISOR_vcpu_op, 3, o->cmd, o->v->id, o->at.addr, 0);
	}
	return rc;
}

static long op_up(struct guest_op *o)
{
	struct vcpu *v = o->v;

	if (!v->initialised) {
		return -EINVAL;
	}
	if (__atomic_fetch_and(&v->blocked, ~(uint32_t)VCPU_DOWN, __ATOMIC_SEQ_CST) & VCPU_DOWN) {
		vcpu_time_update(v);
		sched_wake(v);
	}
	return 0;
}

static long op_down(struct guest_op *o)
{
	struct vcpu *v = o->v, *other;
	unsigned int i, up = 0;

	for_each_vcpu(o->d, other, i) {
		up += other != v && !(other->blocked & VCPU_DOWN);
	}
	if (!up) {
		domain_shutdown(o->d, SHUTDOWN_poweroff);
	} else if (!(__atomic_fetch_or(&v->blocked, VCPU_DOWN, __ATOMIC_SEQ_CST) & VCPU_DOWN)) {
		sched_sleep_nosync(v);
	}
	return 0;
}

static long op_is_up(struct guest_op *o)
{
	return !(o->v->blocked & VCPU_DOWN);
}

static long op_get_runstate(struct guest_op *o)
{
	struct vcpu_runstate_info info;

	vcpu_runstate_get(o->v, &info);
	return copy_to_guest(o->at, &info, sizeof(info));
}

static long op_register_runstate(struct guest_op *o)
{
	gptr_t area = gptr(((struct vcpu_register_runstate_memory_area *)o->arg)->addr.p);
	struct vcpu_runstate_info info;

	if (!guest_range_ok(area, sizeof(info))) {
		return -EFAULT;
	}
	o->v->runstate_area = area;
	if (o->v == current) {
		vcpu_runstate_publish(o->v);
	} else if (!gptr_is_null(area)) {
		vcpu_runstate_get(o->v, &info);
		(void)!copy_to_guest(area, &info, sizeof(info));
	}
	return 0;
}

static long op_set_periodic(struct guest_op *o)
{
	uint64_t period = ((struct vcpu_set_periodic_timer *)o->arg)->period_ns;

	/* Shorter periods would only burn the host's time. */
	if (period < NSEC_PER_MSEC || period > NSEC_PER_SEC * 3600) {
		return -EINVAL;
	}
	vcpu_set_periodic(o->v, period);
	return 0;
}

static long op_stop_periodic(struct guest_op *o)
{
	vcpu_set_periodic(o->v, 0);
	return 0;
}

static long op_set_singleshot(struct guest_op *o)
{
	const struct vcpu_set_singleshot_timer *set = o->arg;

	if (o->v != current) {
		return -EINVAL;
	}
	if ((set->flags & VCPU_SSHOTTMR_future) && set->timeout_abs_ns < now_ns()) {
		return -ETIME;
	}
	/* 0 is a time in the past like any other: it fires at once. */
	vcpu_set_singleshot(o->v, MAX(set->timeout_abs_ns, 1UL));
	return 0;
}

static long op_stop_singleshot(struct guest_op *o)
{
	if (o->v != current) {
		return -EINVAL;
	}
	vcpu_set_singleshot(o->v, 0);
	return 0;
}

static long op_register_info(struct guest_op *o)
{
	const struct vcpu_register_vcpu_info *r = o->arg;
	struct vcpu *v = o->v;
	struct page_info *page, *none = NULL;
	struct vcpu_info *info;

	if (r->offset > PAGE_SIZE - sizeof(*info)) {
		return -ENXIO;
	}
	if (r->offset % 8 || !mfn_is_ram(mfn(r->mfn))) {
		return -EINVAL;
	}
	if (v->info_page || (v != current && !(v->blocked & VCPU_DOWN))) {
		return -EINVAL;
	}
	page = mfn_to_page(mfn(r->mfn));
	if (page_get_and_type(page, o->d, PT_WRITABLE)) {
		return -EINVAL;
	}
	if (!__atomic_compare_exchange_n(&v->info_page, &none, page, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST)) {
		page_put_and_type(page); /* another vCPU registers one for it just now */
		return -EINVAL;
	}
	info = (struct vcpu_info *)((char *)mfn_to_virt(mfn(r->mfn)) + r->offset);
	if (v->id < XEN_LEGACY_MAX_VCPUS) {
		memcpy(info, v->info, sizeof(*info));
	} else {
		memset(info, 0, sizeof(*info));
		info->evtchn_upcall_mask = 1;
	}
	__atomic_store_n(&v->info, info, __ATOMIC_RELEASE);
	/* Nothing sent to the old place may be lost: have all words looked at. */
	info->evtchn_pending_sel = ~0ULL;
	info->evtchn_upcall_pending = 1;
	vcpu_time_update(v);
	return 0;
}

static long op_get_physid(struct guest_op *o)
{
	struct vcpu_get_physid id = {
		.phys_id = cpu_topology[o->v->cpu].apic_id | ((uint64_t)o->v->cpu << 32),
	};

	return o->d->is_privileged ? copy_to_guest(o->at, &id, sizeof(id)) : -EINVAL;
}

static long op_register_time(struct guest_op *o)
{
	gptr_t area = gptr(((struct vcpu_register_time_memory_area *)o->arg)->addr.p);

	if (!guest_range_ok(area, sizeof(struct vcpu_time_info))) {
		return -EFAULT;
	}
	o->v->time_area = area;
	vcpu_time_update(o->v);
	return 0;
}

static const struct guest_op_entry vcpu_ops[] = {
	[VCPUOP_initialise] = GUEST_OP_PLAIN(op_initialise),
	[VCPUOP_up] = GUEST_OP_PLAIN(op_up),
	[VCPUOP_down] = GUEST_OP_PLAIN(op_down),
	[VCPUOP_is_up] = GUEST_OP_PLAIN(op_is_up),
	[VCPUOP_get_runstate_info] = GUEST_OP_PLAIN(op_get_runstate),
	[VCPUOP_register_runstate_memory_area] =
		GUEST_OP(op_register_runstate, vcpu_register_runstate_memory_area, 0),
	[VCPUOP_set_periodic_timer] = GUEST_OP(op_set_periodic, vcpu_set_periodic_timer, 0),
	[VCPUOP_stop_periodic_timer] = GUEST_OP_PLAIN(op_stop_periodic),
	[VCPUOP_set_singleshot_timer] = GUEST_OP(op_set_singleshot, vcpu_set_singleshot_timer, 0),
	[VCPUOP_stop_singleshot_timer] = GUEST_OP_PLAIN(op_stop_singleshot),
	[VCPUOP_register_vcpu_info] = GUEST_OP(op_register_info, vcpu_register_vcpu_info, 0),
	[VCPUOP_get_physid] = GUEST_OP_PLAIN(op_get_physid),
	[VCPUOP_register_vcpu_time_memory_area] =
		GUEST_OP(op_register_time, vcpu_register_time_memory_area, 0),
};

long do_vcpu_op(uint32_t cmd, uint32_t id, gptr_t arg)
{
	struct guest_op o = {.cmd = cmd, .at = arg, .v = domain_vcpu(current->domain, id)};

	return o.v ? guest_op_call(vcpu_ops, ARRAY_SIZE(vcpu_ops), &o) : -ENOENT;
}

long do_xenpmu_op(uint32_t cmd, gptr_t arg)
{
	(void)cmd;
	(void)arg;
	return -EOPNOTSUPP; /* no virtual performance counters */
}
