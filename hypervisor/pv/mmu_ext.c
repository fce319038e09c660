/* SPDX-License-Identifier: MIT */
/* mmuext_op: pinning, base pointers, flushes, the LDT, clearing and copying frames. */
#include <asm/directmap.h>
#include <asm/guest_access.h>

#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/isolation.h"
#include "core/hypercall.h"
#include "lib/errno.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "mm/word.h"
#include "pv/mmu.h"
#include "xen/hypercall.h"

#define LDT_ENTRIES_MAX 8192

/* The frame, referenced for its owner d, or NULL. */
static struct page_info *frame_get(const struct domain *d, uint64_t m)
{
	if (!mfn_is_ram(mfn(m)) || !page_get(mfn_to_page(mfn(m)), d)) {
		return NULL;
	}
	return mfn_to_page(mfn(m));
}

/* Gives back p's type and general reference; what is left over is v's old_table. */
static void table_let_go(struct vcpu *v, struct page_info *p)
{
	if (page_put_type_preemptible(p) == -ERESTART) {
		v->pv.old_table = p;
	} else {
		page_put(p);
	}
}

static int op_pin(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	enum page_type type = (enum page_type)(PT_L1 + (op->cmd - MMUEXT_PIN_L1_TABLE));

	(void)v;
	if (!mfn_is_ram(mfn(op->arg1.mfn))) {
		return -EINVAL;
	}
	return page_pin(mfn_to_page(mfn(op->arg1.mfn)), d, type);
}

static int op_unpin(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	struct page_info *p = frame_get(d, op->arg1.mfn);
	bool pinned;

	if (!p) {
		return -EINVAL;
	}
	pinned = page_clear_pin(p);
	if (pinned) {
		table_let_go(v, p);
	}
	page_put(p);
	return pinned ? 0 : -EINVAL;
}

static int op_new_baseptr(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	struct page_info *p, *old = v->pv.guest_table;
	mfn_t m = mfn(op->arg1.mfn);
	int rc;

	if (!mfn_is_ram(m)) {
		return -EINVAL;
	}
	p = mfn_to_page(m);
	if (p != old) {
		rc = page_get_and_type(p, d, PT_L4);
		if (rc) {
			return rc;
		}
		v->pv.guest_table = p;
		v->pv.cr3_kernel = mfn_to_maddr(m);
		mmu_tables_changed(d);
		isolation_roots_changed(v);
	}
	arch_load_roots(v);
	if (p != old) {
		table_let_go(v, old);
	}
	return 0;
}

/*
 * MOV to CR3 has no continuation: the table must be an L4 already, and what
 * the last call left over is finished first, or the instruction is refused.
 */
int pv_new_baseptr(uint64_t frame)
{
	const struct mmuext_op op = {.cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = frame};
	struct vcpu *v = current;
	struct page_info *p = mfn_to_page(mfn(frame));
	int rc;

	if (mmu_finish_old_table(v)) {
		return -EBUSY;
	}
	if (frame >= max_page || !page_table_lock(p, v->domain->id)) {
		return -EINVAL;
	}
	/* It is a table: a reference more, at once or never, keeps it one. */
	rc = page_get_and_type(p, v->domain, PT_L4);
	page_table_unlock(p);
	if (rc) {
		return rc;
	}
	rc = op_new_baseptr(v, v->domain, &op);
	page_put_and_type(p);
	return rc;
}

static int op_new_user_baseptr(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	struct page_info *p = NULL, *old = v->pv.guest_table_user;
	mfn_t m = mfn(op->arg1.mfn);
	int rc;

	if (m.v) {
		if (!mfn_is_ram(m)) {
			return -EINVAL;
		}
		p = mfn_to_page(m);
		if (p == old) {
			return 0;
		}
		rc = page_get_and_type(p, d, PT_L4);
		if (rc) {
			return rc;
		}
	}
	/* The guest kernel runs, on its own table: the change of root flushes. */
	v->pv.guest_table_user = p;
	v->pv.cr3_user = m.v ? mfn_to_maddr(m) : 0;
	isolation_roots_changed(v);
	if (old) {
		table_let_go(v, old);
	}
	return 0;
}

static bool address_is_guests(uint64_t va)
{
	return va < HOLE_START || va >= HOLE_END;
}

static int op_flush_local(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	(void)v;
	(void)d;
	if (op->cmd == MMUEXT_TLB_FLUSH_LOCAL) {
		tlb_flush_local();
	} else if (address_is_guests(op->arg1.linear_addr)) {
		tlb_flush_local_va(op->arg1.linear_addr & PAGE_MASK);
	}
	return 0;
}

static void flush_cpus(cpumask_t cpus, bool whole, uint64_t va)
{
	if (whole) {
		tlb_flush_mask(cpus, TLB_FLUSH_ALL_VA);
	} else if (address_is_guests(va)) {
		tlb_flush_mask(cpus, va & PAGE_MASK);
	}
}

static int op_flush_multi(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	cpumask_t cpus;
	int rc = vcpumask_to_cpus(d, gptr(op->arg2.vcpumask), &cpus);

	(void)v;
	if (!rc) {
		flush_cpus(cpus, op->cmd == MMUEXT_TLB_FLUSH_MULTI, op->arg1.linear_addr);
	}
	return rc;
}

static int op_flush_all(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	(void)v;
	flush_cpus(__atomic_load_n(&d->dirty_cpus, __ATOMIC_SEQ_CST),
		   op->cmd == MMUEXT_TLB_FLUSH_ALL, op->arg1.linear_addr);
	return 0;
}

/* Only who drives devices can have memory whose caching matters. */
static int op_flush_cache(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	(void)v;
	if (!d->pv.dom0_device_access) {
		return op->cmd == MMUEXT_FLUSH_CACHE ? -EACCES : -EINVAL;
	}
	cache_flush_mask(op->cmd == MMUEXT_FLUSH_CACHE ? cpumask_of(smp_processor_id())
						       : cpu_online_map);
	return 0;
}

static int op_set_ldt(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	uint64_t base = op->arg1.linear_addr;
	uint32_t entries = op->arg2.nr_ents;

	(void)d;
	if ((base & ~PAGE_MASK) || entries > LDT_ENTRIES_MAX ||
	    (entries && !guest_range_ok(gptr(base), entries * sizeof(uint64_t)))) {
		return -EINVAL;
	}
	if (v->pv.ldt_ents == entries && v->pv.ldt_base == base) {
		return 0;
	}
	pv_destroy_ldt(v);
	v->pv.ldt_base = base;
	v->pv.ldt_ents = entries;
	arch_load_ldt(v);
	return 0;
}

static int op_clear_page(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	struct page_info *p = frame_get(d, op->arg1.mfn);
	int rc = -EINVAL;

	(void)v;
	if (p && !page_get_type_now(p, PT_WRITABLE)) {
		memset(mfn_to_virt(page_to_mfn(p)), 0, PAGE_SIZE);
		page_put_type(p);
		rc = 0;
	}
	if (p) {
		page_put(p);
	}
	return rc;
}

static int op_copy_page(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	struct page_info *src = frame_get(d, op->arg2.src_mfn);
	struct page_info *dst = frame_get(d, op->arg1.mfn);
	int rc = -EINVAL;

	(void)v;
	if (src && dst && !page_get_type_now(dst, PT_WRITABLE)) {
		memcpy(mfn_to_virt(page_to_mfn(dst)), mfn_to_virt(page_to_mfn(src)), PAGE_SIZE);
		page_put_type(dst);
		rc = 0;
	}
	if (src) {
		page_put(src);
	}
	if (dst) {
		page_put(dst);
	}
	return rc;
}

static int op_super(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	(void)v;
	(void)d;
	(void)op;
	return -EOPNOTSUPP;
}

struct mmuext_entry {
	int (*run)(struct vcpu *v, struct domain *d, const struct mmuext_op *op);
	bool self_only; /* about the calling vCPU, not about frames of a domain */
};

static const struct mmuext_entry ops[] = {
	[MMUEXT_PIN_L1_TABLE] = {op_pin, false},
	[MMUEXT_PIN_L2_TABLE] = {op_pin, false},
	[MMUEXT_PIN_L3_TABLE] = {op_pin, false},
	[MMUEXT_PIN_L4_TABLE] = {op_pin, false},
	[MMUEXT_UNPIN_TABLE] = {op_unpin, false},
	[MMUEXT_NEW_BASEPTR] = {op_new_baseptr, true},
	[MMUEXT_TLB_FLUSH_LOCAL] = {op_flush_local, true},
	[MMUEXT_INVLPG_LOCAL] = {op_flush_local, true},
	[MMUEXT_TLB_FLUSH_MULTI] = {op_flush_multi, true},
	[MMUEXT_INVLPG_MULTI] = {op_flush_multi, true},
	[MMUEXT_TLB_FLUSH_ALL] = {op_flush_all, true},
	[MMUEXT_INVLPG_ALL] = {op_flush_all, true},
	[MMUEXT_FLUSH_CACHE] = {op_flush_cache, true},
	[MMUEXT_SET_LDT] = {op_set_ldt, true},
	[MMUEXT_NEW_USER_BASEPTR] = {op_new_user_baseptr, true},
	[MMUEXT_CLEAR_PAGE] = {op_clear_page, false},
	[MMUEXT_COPY_PAGE] = {op_copy_page, false},
	[MMUEXT_FLUSH_CACHE_GLOBAL] = {op_flush_cache, true},
	[MMUEXT_MARK_SUPER] = {op_super, false},
	[MMUEXT_UNMARK_SUPER] = {op_super, false},
};

static int op_run(struct vcpu *v, struct domain *d, const struct mmuext_op *op)
{
	const struct mmuext_entry *e;

	if (op->cmd >= ARRAY_SIZE(ops) || !ops[op->cmd].run) {
		return -ENOSYS;
	}
	e = &ops[op->cmd];
	if (e->self_only && d != v->domain) {
		return -EPERM;
	}
	return e->run(v, d, op);
}

static int list_run(struct vcpu *v, struct domain *d, gptr_t list, uint32_t count, uint32_t *done)
{
	struct mmuext_op op;
	int rc;

	while (*done < count) {
		if (*done && preempt_needed()) {
			return -ERESTART;
		}
		if (get_guest_words(&op, gptr_add(list, *done * sizeof(op)),
				    sizeof(op) / sizeof(uint64_t))) {
			return -EFAULT;
		}
		rc = op_run(v, d, &op);
		if (rc) {
			return rc;
		}
		(*done)++;
		if (unlikely(v->pv.old_table)) {
			return -ERESTART;
		}
	}
	return 0;
}

/* Whose frames the call is about: `foreign` names them, as in mmu_update. */
static inline int frames_owner_get(struct domain *self, uint32_t foreign, struct domain **d)
{
	xen_domid_t id = (xen_domid_t)foreign;

	*d = self;
	if (likely(id == DOMID_SELF) || id == self->id) {
		return 0;
	}
	if (!self->is_privileged) {
		return -EPERM;
	}
	*d = domain_lookup(id);
	return *d ? 0 : -ESRCH;
}

long do_mmuext_op(gptr_t list, uint32_t count, gptr_t pdone, uint32_t foreign)
{
	struct vcpu *v = current;
	uint32_t before = 0, done = 0;
	struct domain *d;
	int rc;

	if (unlikely(v->pv.old_table) && mmu_finish_old_table(v)) {
		return hypercall_continue(__HYPERVISOR_mmuext_op, 4, list.addr, count, pdone.addr,
					  foreign);
	}
	if (unlikely(count & MMU_UPDATE_PREEMPTED)) {
		count &= ~MMU_UPDATE_PREEMPTED;
		if (!gptr_is_null(pdone) && copy_from_guest(&before, pdone, sizeof(before))) {
			return -EFAULT;
		}
	}
	rc = frames_owner_get(v->domain, foreign, &d);
	if (rc) {
		return rc;
	}
	rc = list_run(v, d, list, count, &done);
	if (d != v->domain) {
		domain_put(d);
	}
	before += done;
	if (!gptr_is_null(pdone) && copy_to_guest(pdone, &before, sizeof(before))) {
		return -EFAULT;
	}
	if (rc == -ERESTART) {
		return hypercall_continue(__HYPERVISOR_mmuext_op, 4,
					  list.addr + done * sizeof(struct mmuext_op),
					  (count - done) | MMU_UPDATE_PREEMPTED, pdone.addr,
					  foreign);
	}
	return rc;
}

long do_vm_assist(uint32_t cmd, uint32_t type)
{
	uint64_t *assist = &current->domain->pv.vm_assist;

	if (type >= 64 || !(PV_VM_ASSIST_VALID & 1ULL << type)) {
		return -EINVAL;
	}
	switch (cmd) {
	case VMASST_CMD_enable:
		__atomic_fetch_or(assist, 1ULL << type, __ATOMIC_SEQ_CST);
		return 0;
	case VMASST_CMD_disable:
		__atomic_fetch_and(assist, ~(1ULL << type), __ATOMIC_SEQ_CST);
		return 0;
	default:
		return -ENOSYS;
	}
}
