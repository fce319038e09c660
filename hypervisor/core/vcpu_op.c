/* SPDX-License-Identifier: MIT */
/* vcpu_op: a guest's own vCPUs: starting them, their timers and shared areas. */
#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/time.h"
#include "core/domain.h"
#include "core/evtchn.h"
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

static long op_initialise(struct vcpu *v, gptr_t arg)
{
	struct vcpu_guest_context *ctx;
	long rc;

	ctx = frames_alloc(1);
	if (!ctx) {
		return -ENOMEM;
	}
	if (copy_from_guest(ctx, arg, sizeof(*ctx))) {
		rc = -EFAULT;
	} else {
		rc = vcpu_load_context(v, ctx, true);
	}
	frames_free(ctx, 1);
	if (rc == -ERESTART) {
		return hypercall_continue(__HYPERVISOR_vcpu_op, 3, VCPUOP_initialise, v->id,
					  arg.addr, 0);
	}
	return rc;
}

static long op_up(struct vcpu *v, gptr_t arg)
{
	(void)arg;
	if (!v->initialised) {
		return -EINVAL;
	}
	if (__atomic_fetch_and(&v->blocked, ~(uint32_t)VCPU_DOWN, __ATOMIC_SEQ_CST) & VCPU_DOWN) {
		vcpu_time_update(v);
		sched_wake(v);
	}
	return 0;
}

static long op_down(struct vcpu *v, gptr_t arg)
{
	struct domain *d = v->domain;
	struct vcpu *other;
	unsigned int i, up = 0;

	(void)arg;
	for_each_vcpu(d, other, i) {
		up += other != v && !(other->blocked & VCPU_DOWN);
	}
	if (!up) {
		domain_shutdown(d, SHUTDOWN_poweroff);
		return 0;
	}
	if (!(__atomic_fetch_or(&v->blocked, VCPU_DOWN, __ATOMIC_SEQ_CST) & VCPU_DOWN)) {
		sched_sleep_nosync(v);
	}
	return 0;
}

static long op_is_up(struct vcpu *v, gptr_t arg)
{
	(void)arg;
	return !(v->blocked & VCPU_DOWN);
}

static long op_get_runstate(struct vcpu *v, gptr_t arg)
{
	struct vcpu_runstate_info info;

	vcpu_runstate_get(v, &info);
	return copy_to_guest(arg, &info, sizeof(info));
}

static long op_register_runstate(struct vcpu *v, gptr_t arg)
{
	struct vcpu_register_runstate_memory_area area;
	struct vcpu_runstate_info info;

	if (copy_from_guest(&area, arg, sizeof(area))) {
		return -EFAULT;
	}
	if (!guest_range_ok(gptr(area.addr.p), sizeof(info))) {
		return -EFAULT;
	}
	v->runstate_area = gptr(area.addr.p);
	if (v == current) {
		vcpu_runstate_publish(v);
	} else if (area.addr.p) {
		vcpu_runstate_get(v, &info);
		(void)!copy_to_guest(v->runstate_area, &info, sizeof(info));
	}
	return 0;
}

static long op_set_periodic(struct vcpu *v, gptr_t arg)
{
	struct vcpu_set_periodic_timer set;

	if (copy_from_guest(&set, arg, sizeof(set))) {
		return -EFAULT;
	}
	/* Shorter periods would only burn the host's time. */
	if (set.period_ns < NSEC_PER_MSEC || set.period_ns > NSEC_PER_SEC * 3600) {
		return -EINVAL;
	}
	vcpu_set_periodic(v, set.period_ns);
	return 0;
}

static long op_stop_periodic(struct vcpu *v, gptr_t arg)
{
	(void)arg;
	vcpu_set_periodic(v, 0);
	return 0;
}

static long op_set_singleshot(struct vcpu *v, gptr_t arg)
{
	struct vcpu_set_singleshot_timer set;

	if (v != current) {
		return -EINVAL;
	}
	if (copy_from_guest(&set, arg, sizeof(set))) {
		return -EFAULT;
	}
	if ((set.flags & VCPU_SSHOTTMR_future) && set.timeout_abs_ns < now_ns()) {
		return -ETIME;
	}
	/* 0 is a time in the past like any other: it fires at once. */
	vcpu_set_singleshot(v, MAX(set.timeout_abs_ns, 1UL));
	return 0;
}

static long op_stop_singleshot(struct vcpu *v, gptr_t arg)
{
	(void)arg;
	if (v != current) {
		return -EINVAL;
	}
	vcpu_set_singleshot(v, 0);
	return 0;
}

static long op_register_info(struct vcpu *v, gptr_t arg)
{
	struct vcpu_register_vcpu_info r;
	struct domain *d = v->domain;
	struct page_info *page, *none = NULL;
	struct vcpu_info *info;

	if (copy_from_guest(&r, arg, sizeof(r))) {
		return -EFAULT;
	}
	if (r.offset > PAGE_SIZE - sizeof(*info)) {
		return -ENXIO;
	}
	if (r.offset % 8 || !mfn_is_ram(mfn(r.mfn))) {
		return -EINVAL;
	}
	if (v->info_page || (v != current && !(v->blocked & VCPU_DOWN))) {
		return -EINVAL;
	}
	page = mfn_to_page(mfn(r.mfn));
	if (page_get_and_type(page, d, PT_WRITABLE)) {
		return -EINVAL;
	}
	if (!__atomic_compare_exchange_n(&v->info_page, &none, page, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST)) {
		page_put_and_type(page); /* another vCPU registers one for it just now */
		return -EINVAL;
	}
	info = (struct vcpu_info *)((char *)mfn_to_virt(mfn(r.mfn)) + r.offset);
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

static long op_get_physid(struct vcpu *v, gptr_t arg)
{
	struct vcpu_get_physid id;

	if (!v->domain->is_privileged) {
		return -EINVAL;
	}
	id.phys_id = cpu_topology[v->cpu].apic_id | ((uint64_t)v->cpu << 32);
	return copy_to_guest(arg, &id, sizeof(id));
}

static long op_register_time(struct vcpu *v, gptr_t arg)
{
	struct vcpu_register_time_memory_area area;

	if (copy_from_guest(&area, arg, sizeof(area))) {
		return -EFAULT;
	}
	if (!guest_range_ok(gptr(area.addr.p), sizeof(struct vcpu_time_info))) {
		return -EFAULT;
	}
	v->time_area = gptr(area.addr.p);
	vcpu_time_update(v);
	return 0;
}

static long (*const vcpu_ops[])(struct vcpu *v, gptr_t arg) = {
	[VCPUOP_initialise] = op_initialise,
	[VCPUOP_up] = op_up,
	[VCPUOP_down] = op_down,
	[VCPUOP_is_up] = op_is_up,
	[VCPUOP_get_runstate_info] = op_get_runstate,
	[VCPUOP_register_runstate_memory_area] = op_register_runstate,
	[VCPUOP_set_periodic_timer] = op_set_periodic,
	[VCPUOP_stop_periodic_timer] = op_stop_periodic,
	[VCPUOP_set_singleshot_timer] = op_set_singleshot,
	[VCPUOP_stop_singleshot_timer] = op_stop_singleshot,
	[VCPUOP_register_vcpu_info] = op_register_info,
	[VCPUOP_get_physid] = op_get_physid,
	[VCPUOP_register_vcpu_time_memory_area] = op_register_time,
};

long do_vcpu_op(uint32_t cmd, uint32_t id, gptr_t arg)
{
	struct vcpu *v = domain_vcpu(current->domain, id);

	if (!v) {
		return -ENOENT;
	}
	if (cmd >= ARRAY_SIZE(vcpu_ops) || !vcpu_ops[cmd]) {
		return -ENOSYS;
	}
	return vcpu_ops[cmd](v, arg);
}

long do_xenpmu_op(uint32_t cmd, gptr_t arg)
{
	(void)cmd;
	(void)arg;
	return -EOPNOTSUPP; /* no virtual performance counters */
}
