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

/* Whose vCPU calls, and whose frames it means. */
struct call {
	struct vcpu *v;
	struct domain *d;
};

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

static int op_pin(const struct call *c, const struct mmuext_op *op)
{
	enum page_type type = (enum page_type)(PT_L1 + (op->cmd - MMUEXT_PIN_L1_TABLE));

	if (!mfn_is_ram(mfn(op->arg1.mfn))) {
		return -EINVAL;
	}
	return page_pin(mfn_to_page(mfn(op->arg1.mfn)), c->d, type);
}

static int op_unpin(const struct call *c, const struct mmuext_op *op)
{
	struct page_info *p = frame_get(c->d, op->arg1.mfn);
	bool pinned;

	if (!p) {
		return -EINVAL;
	}
	pinned = page_clear_pin(p);
	if (pinned) {
		table_let_go(c->v, p);
	}
	page_put(p);
	return pinned ? 0 : -EINVAL;
}

static int op_new_baseptr(const struct call *c, const struct mmuext_op *op)
{
	struct vcpu *v = c->v;
	struct page_info *p, *old = v->pv.guest_table;
	mfn_t m = mfn(op->arg1.mfn);
	int rc;

	if (!mfn_is_ram(m)) {
		return -EINVAL;
	}
	p = mfn_to_page(m);
	if (p != old) {
		rc = page_get_and_type(p, c->d, PT_L4);
		if (rc) {
			return rc;
		}
		v->pv.guest_table = p;
		v->pv.cr3_kernel = mfn_to_maddr(m);
		mmu_tables_changed(c->d);
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
	const struct call c = {v, v->domain};
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
	rc = op_new_baseptr(&c, &op);
	page_put_and_type(p);
	return rc;
}

static int op_new_user_baseptr(const struct call *c, const struct mmuext_op *op)
{
	struct vcpu *v = c->v;
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
		rc = page_get_and_type(p, c->d, PT_L4);
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

/* INVLPG_* or TLB_FLUSH_*, on this CPU, some vCPUs', or all that may have entries. */
static int op_flush(const struct call *c, const struct mmuext_op *op)
{
	cpumask_t cpus = __atomic_load_n(&c->d->dirty_cpus, __ATOMIC_SEQ_CST);
	uint64_t va = op->arg1.linear_addr & PAGE_MASK;
	int rc;

	switch (op->cmd) {
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_INVLPG_MULTI:
		rc = vcpumask_to_cpus(c->d, gptr(op->arg2.vcpumask), &cpus);
		if (rc) {
			return rc;
		}
		break;
	case MMUEXT_TLB_FLUSH_LOCAL:
	case MMUEXT_INVLPG_LOCAL:
		cpus = cpumask_of(smp_processor_id());
		break;
	default:
		break;
	}
	if (op->cmd == MMUEXT_TLB_FLUSH_LOCAL || op->cmd == MMUEXT_TLB_FLUSH_MULTI ||
	    op->cmd == MMUEXT_TLB_FLUSH_ALL) {
		va = TLB_FLUSH_ALL_VA;
	} else if (va >= HOLE_START && va < HOLE_END) {
		return 0;
	}
	tlb_flush_mask(cpus, va);
	return 0;
}

/* Only who drives devices can have memory whose caching matters. */
static int op_flush_cache(const struct call *c, const struct mmuext_op *op)
{
	if (!c->d->pv.dom0_device_access) {
		return op->cmd == MMUEXT_FLUSH_CACHE ? -EACCES : -EINVAL;
	}
	cache_flush_mask(op->cmd == MMUEXT_FLUSH_CACHE ? cpumask_of(smp_processor_id())
						       : cpu_online_map);
	return 0;
}

static int op_set_ldt(const struct call *c, const struct mmuext_op *op)
{
	struct vcpu *v = c->v;
	uint64_t base = op->arg1.linear_addr;
	uint32_t entries = op->arg2.nr_ents;

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

/* CLEAR_PAGE and COPY_PAGE. */
static int op_fill_page(const struct call *c, const struct mmuext_op *op)
{
	bool copy = op->cmd == MMUEXT_COPY_PAGE;
	struct page_info *src = copy ? frame_get(c->d, op->arg2.src_mfn) : NULL;
	struct page_info *dst = frame_get(c->d, op->arg1.mfn);
	int rc = -EINVAL;

	if (dst && (src || !copy) && !page_get_type_now(dst, PT_WRITABLE)) {
		void *va = mfn_to_virt(page_to_mfn(dst));

		if (copy) {
			memcpy(va, mfn_to_virt(page_to_mfn(src)), PAGE_SIZE);
		} else {
			memset(va, 0, PAGE_SIZE);
		}
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

static int op_super(const struct call *c, const struct mmuext_op *op)
{
	(void)c;
	(void)op;
	return -EOPNOTSUPP;
}

struct mmuext_entry {
	int (*run)(const struct call *c, const struct mmuext_op *op);
	bool self_only; /* about the calling vCPU, not about frames of a domain */
};

static const struct mmuext_entry ops[] = {
	[MMUEXT_PIN_L1_TABLE] = {op_pin, false},
	[MMUEXT_PIN_L2_TABLE] = {op_pin, false},
	[MMUEXT_PIN_L3_TABLE] = {op_pin, false},
	[MMUEXT_PIN_L4_TABLE] = {op_pin, false},
	[MMUEXT_UNPIN_TABLE] = {op_unpin, false},
	[MMUEXT_NEW_BASEPTR] = {op_new_baseptr, true},
	[MMUEXT_TLB_FLUSH_LOCAL] = {op_flush, true},
	[MMUEXT_INVLPG_LOCAL] = {op_flush, true},
	[MMUEXT_TLB_FLUSH_MULTI] = {op_flush, true},
	[MMUEXT_INVLPG_MULTI] = {op_flush, true},
	[MMUEXT_TLB_FLUSH_ALL] = {op_flush, true},
	[MMUEXT_INVLPG_ALL] = {op_flush, true},
	[MMUEXT_FLUSH_CACHE] = {op_flush_cache, true},
	[MMUEXT_SET_LDT] = {op_set_ldt, true},
	[MMUEXT_NEW_USER_BASEPTR] = {op_new_user_baseptr, true},
	[MMUEXT_CLEAR_PAGE] = {op_fill_page, false},
	[MMUEXT_COPY_PAGE] = {op_fill_page, false},
	[MMUEXT_FLUSH_CACHE_GLOBAL] = {op_flush_cache, true},
	[MMUEXT_MARK_SUPER] = {op_super, false},
	[MMUEXT_UNMARK_SUPER] = {op_super, false},
};

static int op_run(const struct call *c, const struct mmuext_op *op)
{
	if (op->cmd >= ARRAY_SIZE(ops) || !ops[op->cmd].run) {
		return -ENOSYS;
	}
	if (ops[op->cmd].self_only && c->d != c->v->domain) {
		return -EPERM;
	}
	return ops[op->cmd].run(c, op);
}

static int list_run(const struct call *c, gptr_t list, uint32_t count, uint32_t *done)
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
		rc = op_run(c, &op);
		if (rc) {
			return rc;
		}
		(*done)++;
		if (unlikely(c->v->pv.old_table)) {
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
	struct call c = {.v = current};
	uint32_t before, done = 0;
	long rc = mmu_list_begin(c.v, &count, pdone, &before);

	if (!rc) {
		rc = frames_owner_get(c.v->domain, foreign, &c.d);
		if (rc) {
			return rc;
		}
		rc = list_run(&c, list, count, &done);
		if (c.d != c.v->domain) {
			domain_put(c.d);
		}
	} else if (rc != -ERESTART) {
		return rc;
	}
	list.addr += done * sizeof(struct mmuext_op);
	return mmu_list_end(__HYPERVISOR_mmuext_op, rc, list, count - done, pdone, before + done,
			    foreign);
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
