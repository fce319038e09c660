/* SPDX-License-Identifier: MIT */
/*
 * struct vcpu_guest_context in and out: how the toolstack, and a guest that
 * starts its own vCPUs, describe a PV vCPU.
 */
#include "arch/context.h"
#include "arch/cpu.h"
#include "arch/x86/fpu.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "core/vcpu_time.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/page.h"
#include "pv/mmu.h"
#include "pv/pv.h"
#include "xen/mmu.h"

#include <asm/layout.h>
#include <asm/pvcpu.h>

#define GDT_GUEST_PAGES 14
#define GDT_GUEST_ENTRIES (GDT_GUEST_PAGES * 512)
#define LDT_ENTRIES_MAX 8192

static bool addresses_are_canonical(const struct vcpu_guest_context *c)
{
	unsigned int i;
	uint64_t all = 0;

	for (i = 0; i < 256; i++) {
		all |= !is_canonical(c->trap_ctxt[i].address);
	}
	return !all && is_canonical(c->user_regs.rip) && is_canonical(c->event_callback_eip) &&
	       is_canonical(c->failsafe_callback_eip) && is_canonical(c->syscall_callback_eip) &&
	       is_canonical(c->fs_base) && is_canonical(c->gs_base_kernel) &&
	       is_canonical(c->gs_base_user);
}

static bool tables_match(const struct vcpu *v, const struct vcpu_guest_context *c)
{
	unsigned int i;
	mfn_t kernel = page_to_mfn(v->pv.guest_table);
	uint64_t user = v->pv.guest_table_user ? mfn_x(page_to_mfn(v->pv.guest_table_user)) : 0;

	for (i = 0; i < DIV_ROUND_UP(v->pv.gdt_ents, 512); i++) {
		if (v->pv.gdt_frames[i] != c->gdt_frames[i]) {
			return false;
		}
	}
	return xen_cr3_to_pfn(c->ctrlreg[3]) == mfn_x(kernel) &&
	       xen_cr3_to_pfn(c->ctrlreg[1]) == user && v->pv.gdt_ents == c->gdt_ents &&
	       v->pv.ldt_base == c->ldt_base && v->pv.ldt_ents == c->ldt_ents;
}

static void set_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct cpu_user_regs *r = &v->regs;

	*r = c->user_regs;
	r->cs |= 3;
	r->ss |= 3;
	r->rflags = (r->rflags & ~(FLAG_IOPL | FLAG_VM | FLAG_VIF | FLAG_VIP | FLAG_NT |
				   0xffffffff00000000UL)) |
		    FLAG_IF | FLAG_FIXED1;
	v->pv.iopl = (c->user_regs.rflags >> 12) & 3;
	v->pv.ds = r->ds;
	v->pv.es = r->es;
	v->pv.fs = r->fs;
	v->pv.gs = r->gs;
	v->pv.fs_base = c->fs_base;
	v->pv.gs_base_kernel = c->gs_base_kernel;
	v->pv.gs_base_user = c->gs_base_user;
	v->pv.kernel_ss = c->kernel_ss | 3;
	v->pv.kernel_sp = pv_sane_kernel_sp(c->kernel_sp);
	v->pv.cr4 = pv_sane_cr4(v->domain, c->ctrlreg[4]);
	v->pv.ts = (c->ctrlreg[0] & CR0_TS) != 0;
	v->pv.kernel_mode = (c->flags & VGCF_in_kernel) != 0;
}

static int set_handlers(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct pv_callback *cb = v->pv.callback;

	/* From the last: the table grows once. */
	for (unsigned int i = 256; i-- > 0;) {
		struct trap_info t = c->trap_ctxt[i];

		t.vector = (uint8_t)i;
		if (pv_set_trap(v, &t)) {
			return -ENOMEM;
		}
	}
	cb[PVCB_EVENT] = (struct pv_callback){c->event_callback_eip, true};
	cb[PVCB_FAILSAFE] = (struct pv_callback){c->failsafe_callback_eip,
						 c->flags & VGCF_failsafe_disables_events};
	cb[PVCB_SYSCALL] = (struct pv_callback){c->syscall_callback_eip,
						c->flags & VGCF_syscall_disables_events};
	return 0;
}

/* Makes frame m a root of v's, with type and reference; -ERESTART to be called again. */
static int root_take(struct vcpu *v, mfn_t m, struct page_info **table, uint64_t *cr3)
{
	int rc = mfn_is_ram(m) ? page_get_and_type(mfn_to_page(m), v->domain, PT_L4) : -EINVAL;

	if (!rc) {
		*table = mfn_to_page(m);
		*cr3 = mfn_to_maddr(m);
	}
	return rc;
}

static int set_roots(struct vcpu *v, const struct vcpu_guest_context *c)
{
	mfn_t kernel = mfn(xen_cr3_to_pfn(c->ctrlreg[3])),
	      user = mfn(xen_cr3_to_pfn(c->ctrlreg[1]));
	int rc = 0;

	if (!v->pv.guest_table) {
		rc = root_take(v, kernel, &v->pv.guest_table, &v->pv.cr3_kernel);
	} else if (!mfn_eq(page_to_mfn(v->pv.guest_table), kernel)) {
		return -EINVAL;
	}
	if (!rc && user.v && !v->pv.guest_table_user) {
		rc = root_take(v, user, &v->pv.guest_table_user, &v->pv.cr3_user);
	}
	return rc;
}

int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	int rc;

	if (!addresses_are_canonical(c) || c->gdt_ents > GDT_GUEST_ENTRIES ||
	    c->ldt_ents > LDT_ENTRIES_MAX || (c->ldt_base & ~PAGE_MASK)) {
		return -EINVAL;
	}
	if (!(c->flags & VGCF_in_kernel) && !c->ctrlreg[1]) {
		return -EINVAL;
	}
	if (v->initialised && !tables_match(v, c)) {
		return -EOPNOTSUPP;
	}
	if (!v->initialised) {
		rc = set_roots(v, c);
		if (rc) {
			return rc;
		}
		rc = pv_set_gdt(v, c->gdt_frames, (unsigned int)c->gdt_ents);
		if (rc) {
			return rc;
		}
		v->pv.ldt_base = c->ldt_base;
		v->pv.ldt_ents = (unsigned int)c->ldt_ents;
	}
	rc = set_handlers(v, c);
	if (rc) {
		return rc;
	}
	set_registers(v, c);
	if (c->flags & VGCF_i387_valid) {
		fpu_set_legacy(v, &c->fpu_ctxt);
	}
	for (unsigned int i = 0; i < 8; i++) {
		/* Zero or unacceptable values leave the reset state. */
		if (c->debugreg[i] && i != 4 && i != 5) {
			pv_set_debugreg(v, i, c->debugreg[i]);
		}
	}
	if (v->id == 0) {
		v->domain->pv.vm_assist = c->vm_assist & PV_VM_ASSIST_VALID;
		/* Builders clear shared_info after the domain was created. */
		domain_wallclock_update(v->domain);
	}
	v->initialised = true;
	return 0;
}

void vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	unsigned int i;

	memset(c, 0, sizeof(*c));
	fpu_get_legacy(v, &c->fpu_ctxt);
	c->flags = VGCF_i387_valid;
	if (v->pv.kernel_mode) {
		c->flags |= VGCF_in_kernel;
	}
	if (v->pv.callback[PVCB_FAILSAFE].mask) {
		c->flags |= VGCF_failsafe_disables_events;
	}
	if (v->pv.callback[PVCB_SYSCALL].mask) {
		c->flags |= VGCF_syscall_disables_events;
	}
	if (!(v->blocked & VCPU_DOWN)) {
		c->flags |= VGCF_online;
	}
	c->user_regs = v->regs;
	c->user_regs.ds = v->pv.ds;
	c->user_regs.es = v->pv.es;
	c->user_regs.fs = v->pv.fs;
	c->user_regs.gs = v->pv.gs;
	c->user_regs.rflags = (v->regs.rflags & ~FLAG_IOPL) | ((uint64_t)v->pv.iopl << 12);
	for (i = 0; i < 256; i++) {
		struct pv_trap t = pv_get_trap(v, i);

		c->trap_ctxt[i].vector = (uint8_t)i;
		c->trap_ctxt[i].flags = (uint8_t)(t.dpl | (t.mask ? 4 : 0));
		c->trap_ctxt[i].cs = t.cs;
		c->trap_ctxt[i].address = t.addr;
	}
	c->ldt_base = v->pv.ldt_base;
	c->ldt_ents = v->pv.ldt_ents;
	for (i = 0; i < GDT_GUEST_PAGES; i++) {
		c->gdt_frames[i] = v->pv.gdt_frames[i];
	}
	c->gdt_ents = v->pv.gdt_ents;
	c->kernel_ss = v->pv.kernel_ss;
	c->kernel_sp = v->pv.kernel_sp;
	c->ctrlreg[0] = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP |
			(v->pv.ts ? CR0_TS : 0);
	if (v->pv.guest_table) {
		c->ctrlreg[3] = xen_pfn_to_cr3(mfn_x(page_to_mfn(v->pv.guest_table)));
	}
	if (v->pv.guest_table_user) {
		c->ctrlreg[1] = xen_pfn_to_cr3(mfn_x(page_to_mfn(v->pv.guest_table_user)));
	}
	c->ctrlreg[4] = v->pv.cr4;
	memcpy(c->debugreg, v->pv.dr, sizeof(c->debugreg));
	c->event_callback_eip = v->pv.callback[PVCB_EVENT].addr;
	c->failsafe_callback_eip = v->pv.callback[PVCB_FAILSAFE].addr;
	c->syscall_callback_eip = v->pv.callback[PVCB_SYSCALL].addr;
	c->vm_assist = v->domain->pv.vm_assist;
	c->fs_base = v->pv.fs_base;
	c->gs_base_kernel = v->pv.gs_base_kernel;
	c->gs_base_user = v->pv.gs_base_user;
}
