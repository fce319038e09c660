/* SPDX-License-Identifier: MIT */
/* A PV vCPU's machine state: switched between CPUs, rewound for continuations. */
#include "arch/context.h"

#include "arch/cpu.h"
#include "arch/isolation.h"
#include "arch/pagetable.h"
#include "arch/x86/fpu.h"
#include "arch/x86/speculation.h"
#include "arch/x86/traps.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "lib/string.h"
#include "mm/page.h"
#include "pv/pv.h"

#include <asm/layout.h>
#include <asm/pvcpu.h>
#include <asm/segment.h>

/* CR4 while v runs: Argon's own bits and the few a guest chooses. */
static uint64_t hardware_cr4(const struct vcpu *v, uint64_t now)
{
	uint64_t chosen = CR4_TSD | CR4_FSGSBASE;

	return (now & ~chosen) | (v->pv.cr4 & chosen);
}

void pv_load_cr4(struct vcpu *v)
{
	uint64_t now = read_cr4();
	uint64_t want = hardware_cr4(v, now);

	if (now != want) {
		write_cr4(want);
	}
}

/* Of the mode v is in, or of the other. */
static uint64_t *gs_base(struct vcpu *v, bool active)
{
	return v->pv.kernel_mode == active ? &v->pv.gs_base_kernel : &v->pv.gs_base_user;
}

/* With v's CR4, for the bases; what it leaves there is not looked at any more. */
static void save_segments(struct vcpu *v)
{
	v->pv.ds = read_ds();
	v->pv.es = read_es();
	v->pv.fs = read_fs();
	v->pv.gs = read_gs();
	if (v->pv.cr4 & CR4_FSGSBASE) {
		v->pv.fs_base = rdfsbase();
		*gs_base(v, true) = rdgsbase();
		swapgs();
		*gs_base(v, false) = rdgsbase();
	} else {
		v->pv.fs_base = rdmsr(MSR_FS_BASE);
		*gs_base(v, true) = rdmsr(MSR_GS_BASE);
		*gs_base(v, false) = rdmsr(MSR_KERNEL_GS_BASE);
	}
}

static void load_segments(struct vcpu *v)
{
	if (v->pv.ds | read_ds()) {
		load_ds(v->pv.ds);
	}
	if (v->pv.es | read_es()) {
		load_es(v->pv.es);
	}
	if (v->pv.fs | read_fs()) {
		load_fs(v->pv.fs);
	}
	if (v->pv.gs | read_gs()) {
		load_gs(v->pv.gs);
	}
	if (v->pv.cr4 & CR4_FSGSBASE) {
		wrfsbase(v->pv.fs_base);
		wrgsbase(*gs_base(v, false));
		swapgs();
		wrgsbase(*gs_base(v, true));
	} else {
		wrmsr(MSR_FS_BASE, v->pv.fs_base);
		wrmsr(MSR_GS_BASE, *gs_base(v, true));
		wrmsr(MSR_KERNEL_GS_BASE, *gs_base(v, false));
	}
}

static uint64_t current_root(const struct vcpu *v)
{
	return v->pv.kernel_mode ? v->pv.cr3_kernel : v->pv.cr3_user;
}

static void leave(struct vcpu *prev)
{
	memcpy(&prev->regs, guest_regs(), offsetof(struct cpu_user_regs, es));
	save_segments(prev);
	fpu_save(prev);
}

static void enter(struct vcpu *next, bool debug_in_use)
{
	cpumask_set_atomic(&next->domain->dirty_cpus, smp_processor_id());
	/* The old GDT is not mapped in the new tables: an NMI must find one. */
	gdt_load_own();
	tlb_clock_tick();
	write_cr3(current_root(next));
	isolation_roots_changed(next);
	cpu_info()->xen_cr3 = next->domain->pv.isolated ? next->pv.cr3_kernel : 0;
	speculation_switch(next);
	gdt_load_vcpu(next);
	ldt_load(LDT_VIRT(next->id), next->pv.ldt_ents);
	memcpy(guest_regs(), &next->regs, offsetof(struct cpu_user_regs, es));
	pv_load_cr4(next);
	load_segments(next);
	fpu_restore(next);
	if (debug_in_use || (next->pv.dr[7] & 0xff)) {
		pv_load_debug_registers(next);
	}
	cpu_info()->full_frame = 1;
}

void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
	struct cpu_info *ci = cpu_info();
	bool prev_idle = vcpu_is_idle(prev);

	if (!prev_idle) {
		leave(prev);
	}
	ci->vcpu = next;
	if (vcpu_is_idle(next)) {
		ci->xen_cr3 = 0;
		ci->spec_flags = 0;
		gdt_load_own();
		load_ldtr(0);
		tlb_clock_tick();
		write_cr3(hv_root);
	} else {
		enter(next, !prev_idle && (prev->pv.dr[7] & 0xff));
	}
	/* The CR3 load dropped prev's translations: PGE is off. */
	if (!prev_idle && prev->domain != next->domain) {
		cpumask_clear_atomic(&prev->domain->dirty_cpus, ci->cpu);
	}
}

void arch_load_roots(struct vcpu *v)
{
	if (v == current) {
		tlb_clock_tick();
		write_cr3(current_root(v));
	}
}

void arch_load_ldt(struct vcpu *v)
{
	if (v == current) {
		ldt_load(LDT_VIRT(v->id), v->pv.ldt_ents);
	}
}

void cpu_set_current(struct vcpu *v)
{
	cpu_info()->vcpu = v;
}

int copy_to_guest_kernel(gptr_t dst, const void *src, size_t bytes)
{
	struct vcpu *v = current;
	int rc;

	if (v->pv.kernel_mode) {
		return copy_to_guest(dst, src, bytes);
	}
	write_cr3(v->pv.cr3_kernel);
	rc = copy_to_guest(dst, src, bytes);
	write_cr3(v->pv.cr3_user);
	return rc;
}

void arch_hypercall_rewind(unsigned int number, unsigned int nargs, const uint64_t *args)
{
	struct cpu_user_regs *r = guest_regs();
	uint64_t *const slot[] = {&r->rdi, &r->rsi, &r->rdx, &r->r10, &r->r8};
	unsigned int i;

	for (i = 0; i < nargs && i < ARRAY_SIZE(slot); i++) {
		*slot[i] = args[i];
	}
	r->rip -= 2;
	/* The exit path stores the handler's value, this number, as RAX. */
	r->rax = number;
}

int arch_vcpu_init(struct vcpu *v)
{
	v->pv.traps = hv_alloc(EXCEPTIONS * sizeof(*v->pv.traps));
	if (!v->pv.traps) {
		return -ENOMEM;
	}
	v->pv.trap_count = EXCEPTIONS;
	v->pv.kernel_mode = 1;
	v->pv.dr[6] = 0xffff0ff0;
	v->pv.dr[7] = 0x400;
	if (fpu_vcpu_init(v) || isolation_vcpu_init(v)) {
		arch_vcpu_free(v);
		return -ENOMEM;
	}
	return 0;
}

void arch_vcpu_free(struct vcpu *v)
{
	fpu_vcpu_free(v);
	isolation_vcpu_free(v);
	hv_free(v->pv.traps);
	v->pv.traps = NULL;
}
