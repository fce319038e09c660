/* SPDX-License-Identifier: MIT */
/*
 * The x86-64 shape of a PV guest: selectors, the hypervisor's address hole, page-table entry
 * bits, saved registers, trap table, vCPU context, and the pages shared with the hypervisor.
 */
#ifndef XEN_ARCH_H
#define XEN_ARCH_H

#include "types.h"

/*
 * Flat selectors in the part of every GDT that the hypervisor owns (frames 14 and 15). Guest
 * kernel and guest user both run in ring 3.
 */
#define FLAT_RING3_CS32		0xe023
#define FLAT_RING3_CS64		0xe033
#define FLAT_RING3_DS32		0xe02b
#define FLAT_RING3_DS64		0x0000
#define FLAT_RING3_SS32		0xe02b
#define FLAT_RING3_SS64		0xe02b

#define FLAT_KERNEL_DS64	FLAT_RING3_DS64
#define FLAT_KERNEL_DS32	FLAT_RING3_DS32
#define FLAT_KERNEL_DS		FLAT_KERNEL_DS64
#define FLAT_KERNEL_CS64	FLAT_RING3_CS64
#define FLAT_KERNEL_CS32	FLAT_RING3_CS32
#define FLAT_KERNEL_CS		FLAT_KERNEL_CS64
#define FLAT_KERNEL_SS64	FLAT_RING3_SS64
#define FLAT_KERNEL_SS32	FLAT_RING3_SS32
#define FLAT_KERNEL_SS		FLAT_KERNEL_SS64

#define FLAT_USER_DS64		FLAT_RING3_DS64
#define FLAT_USER_DS32		FLAT_RING3_DS32
#define FLAT_USER_DS		FLAT_USER_DS64
#define FLAT_USER_CS64		FLAT_RING3_CS64
#define FLAT_USER_CS32		FLAT_RING3_CS32
#define FLAT_USER_CS		FLAT_USER_CS64
#define FLAT_USER_SS64		FLAT_RING3_SS64
#define FLAT_USER_SS32		FLAT_RING3_SS32
#define FLAT_USER_SS		FLAT_USER_SS64

/* GDT frames 0..13 are the guest's, the rest the hypervisor's. */
#define FIRST_RESERVED_GDT_PAGE		14
#define FIRST_RESERVED_GDT_BYTE		(FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY	(FIRST_RESERVED_GDT_BYTE / 8)

/* The hypervisor's hole: top-level slots 256..271. The machine-to-physical table starts it. */
#define HYPERVISOR_VIRT_START	0xffff800000000000UL
#define HYPERVISOR_VIRT_END	0xffff880000000000UL
#define MACH2PHYS_VIRT_START	0xffff800000000000UL
#define MACH2PHYS_VIRT_END	0xffff804000000000UL
#define MACH2PHYS_NR_ENTRIES	((MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) >> 3)
#define HYPERVISOR_L4_FIRST	256	/* first top-level slot of the hole */
#define HYPERVISOR_L4_LAST	271	/* last one */

/* An entry of the machine-to-physical table that has no pfn. */
#define INVALID_M2P_ENTRY	(~0UL)

/* Page-table entry bits, as the processor defines them (AMD64 manual, volume 2, chapter 5). */
#define PTE_PRESENT		(1UL << 0)
#define PTE_RW			(1UL << 1)
#define PTE_USER		(1UL << 2)
#define PTE_PWT			(1UL << 3)
#define PTE_PCD			(1UL << 4)
#define PTE_ACCESSED		(1UL << 5)
#define PTE_DIRTY		(1UL << 6)
#define PTE_PAT			(1UL << 7)	/* in an L1 entry */
#define PTE_PSE			(1UL << 7)	/* in an L2 or L3 entry: large page */
#define PTE_GLOBAL		(1UL << 8)
#define PTE_AVAIL_LOW		(7UL << 9)	/* software bits 9-11 */
#define PTE_AVAIL_HIGH		(0x7ffUL << 52)	/* software bits 52-62 */
#define PTE_GUEST_KERNEL	(1UL << 52)	/* hypervisor's mark: guest had cleared USER */
#define PTE_NX			(1UL << 63)
#define PTE_FRAME_MASK		0x000ffffffffff000UL

/* set_segment_base: which base to set. */
#define SEGBASE_FS		0
#define SEGBASE_GS_USER		1	/* inactive GS base while the guest kernel runs */
#define SEGBASE_GS_KERNEL	2
#define SEGBASE_GS_USER_SEL	3	/* loads a selector into the user's GS */

/* Instruction prefix that asks the hypervisor to emulate what follows: ud2, then "xen". */
#define XEN_EMULATE_PREFIX	".byte 0x0f,0x0b,0x78,0x65,0x6e ; "
#define XEN_CPUID		XEN_EMULATE_PREFIX "cpuid"

/* CR3 values in vcpu_guest_context and mmuext calls are frame numbers shifted by the page. */
#define xen_pfn_to_cr3(pfn)	((uint64_t)(pfn) << 12)
#define xen_cr3_to_pfn(cr3)	((uint64_t)(cr3) >> 12)

/* What the iret hypercall finds at RSP. */
struct iret_context {
	uint64_t rax;
	uint64_t r11;
	uint64_t rcx;
	uint64_t flags;		/* VGCF_in_syscall: RCX and R11 need not be restored */
	uint64_t rip;
	uint64_t cs;
	uint64_t rflags;
	uint64_t rsp;
	uint64_t ss;
};
ABI_SIZE(struct iret_context, 72);

/* A vCPU's integer state as tools and the trap path see it. */
struct cpu_user_regs {
	uint64_t r15;
	uint64_t r14;
	uint64_t r13;
	uint64_t r12;
	uint64_t rbp;
	uint64_t rbx;
	uint64_t r11;
	uint64_t r10;
	uint64_t r9;
	uint64_t r8;
	uint64_t rax;
	uint64_t rcx;
	uint64_t rdx;
	uint64_t rsi;
	uint64_t rdi;
	uint32_t error_code;		/* hypervisor's own */
	uint32_t entry_vector;		/* hypervisor's own */
	uint64_t rip;
	uint16_t cs;
	uint16_t _pad0[1];
	uint8_t saved_upcall_mask;	/* event mask at the time of the trap */
	uint8_t _pad1[3];
	uint64_t rflags;
	uint64_t rsp;
	uint16_t ss;
	uint16_t _pad2[3];
	uint16_t es;
	uint16_t _pad3[3];
	uint16_t ds;
	uint16_t _pad4[3];
	uint16_t fs;
	uint16_t _pad5[3];
	uint16_t gs;
	uint16_t _pad6[3];
};
ABI_SIZE(struct cpu_user_regs, 200);
ABI_OFFSET(struct cpu_user_regs, rax, 80);
ABI_OFFSET(struct cpu_user_regs, error_code, 120);
ABI_OFFSET(struct cpu_user_regs, rip, 128);
ABI_OFFSET(struct cpu_user_regs, cs, 136);
ABI_OFFSET(struct cpu_user_regs, saved_upcall_mask, 140);
ABI_OFFSET(struct cpu_user_regs, rflags, 144);
ABI_OFFSET(struct cpu_user_regs, ss, 160);
ABI_OFFSET(struct cpu_user_regs, gs, 192);

/* One entry of set_trap_table's array; address 0 ends the array. */
struct trap_info {
	uint8_t vector;
	uint8_t flags;		/* bits 0-1: least privileged ring allowed; bit 2: mask events */
	uint16_t cs;
	uint64_t address;
};
#define TI_GET_DPL(ti)		((ti)->flags & 3)
#define TI_GET_IF(ti)		((ti)->flags & 4)
ABI_SIZE(struct trap_info, 16);
ABI_OFFSET(struct trap_info, address, 8);

/* Everything needed to start, save or restore a vCPU. */
struct vcpu_guest_context {
	struct {
		char x[512];		/* FXSAVE image */
	} fpu_ctxt;
	uint64_t flags;			/* VGCF_* */
	struct cpu_user_regs user_regs;
	struct trap_info trap_ctxt[256];	/* indexed by vector */
	uint64_t ldt_base;		/* virtual address */
	uint64_t ldt_ents;
	uint64_t gdt_frames[16];	/* machine frames; the last two unused */
	uint64_t gdt_ents;
	uint64_t kernel_ss;
	uint64_t kernel_sp;
	uint64_t ctrlreg[8];		/* [3] CR3 of the kernel, [1] CR3 of the user or 0 */
	uint64_t debugreg[8];
	uint64_t event_callback_eip;
	uint64_t failsafe_callback_eip;
	uint64_t syscall_callback_eip;
	uint64_t vm_assist;		/* bitmap of VMASST_TYPE_* */
	uint64_t fs_base;
	uint64_t gs_base_kernel;
	uint64_t gs_base_user;
};
#define _VGCF_i387_valid		0
#define VGCF_i387_valid			(1 << _VGCF_i387_valid)
#define VGCF_I387_VALID			(1 << 0)
#define _VGCF_in_kernel			2
#define VGCF_in_kernel			(1 << _VGCF_in_kernel)
#define VGCF_IN_KERNEL			(1 << 2)
#define _VGCF_failsafe_disables_events	3
#define VGCF_failsafe_disables_events	(1 << _VGCF_failsafe_disables_events)
#define _VGCF_syscall_disables_events	4
#define VGCF_syscall_disables_events	(1 << _VGCF_syscall_disables_events)
#define _VGCF_online			5
#define VGCF_online			(1 << _VGCF_online)
#define _VGCF_in_syscall		8	/* only in iret_context.flags */
#define VGCF_in_syscall			(1 << _VGCF_in_syscall)
#define VGCF_IN_SYSCALL			VGCF_in_syscall
ABI_SIZE(struct vcpu_guest_context, 5168);
ABI_OFFSET(struct vcpu_guest_context, flags, 512);
ABI_OFFSET(struct vcpu_guest_context, user_regs, 520);
ABI_OFFSET(struct vcpu_guest_context, trap_ctxt, 720);
ABI_OFFSET(struct vcpu_guest_context, ldt_base, 4816);
ABI_OFFSET(struct vcpu_guest_context, gdt_frames, 4832);
ABI_OFFSET(struct vcpu_guest_context, gdt_ents, 4960);
ABI_OFFSET(struct vcpu_guest_context, kernel_ss, 4968);
ABI_OFFSET(struct vcpu_guest_context, ctrlreg, 4984);
ABI_OFFSET(struct vcpu_guest_context, debugreg, 5048);
ABI_OFFSET(struct vcpu_guest_context, event_callback_eip, 5112);
ABI_OFFSET(struct vcpu_guest_context, vm_assist, 5136);
ABI_OFFSET(struct vcpu_guest_context, gs_base_user, 5160);

#define XEN_LEGACY_MAX_VCPUS	32	/* vCPUs that have a vcpu_info inside shared_info */

struct arch_vcpu_info {
	uint64_t cr2;		/* faulting address of the last page fault delivered */
	uint64_t pad;
};
ABI_SIZE(struct arch_vcpu_info, 16);

/*
 * Clock of one vCPU. ns = system_time + ((tsc - tsc_timestamp) shifted by tsc_shift) *
 * tsc_to_system_mul / 2^32. version is odd while the hypervisor writes.
 */
struct vcpu_time_info {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time;		/* ns since the hypervisor booted */
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;		/* negative: shift right */
	uint8_t flags;			/* XEN_PVCLOCK_* */
	uint8_t pad1[2];
};
#define XEN_PVCLOCK_TSC_STABLE_BIT	(1 << 0)
#define XEN_PVCLOCK_GUEST_STOPPED	(1 << 1)
ABI_SIZE(struct vcpu_time_info, 32);
ABI_OFFSET(struct vcpu_time_info, system_time, 16);
ABI_OFFSET(struct vcpu_time_info, flags, 29);

/* Per-vCPU page fragment, in shared_info or where VCPUOP_register_vcpu_info put it. */
struct vcpu_info {
	uint8_t evtchn_upcall_pending;	/* set by the hypervisor, cleared by the guest */
	uint8_t evtchn_upcall_mask;	/* non-zero: no upcalls, the guest's "interrupts off" */
	xen_ulong_t evtchn_pending_sel;	/* bit n: word n of evtchn_pending has news */
	struct arch_vcpu_info arch;
	struct vcpu_time_info time;
};
ABI_SIZE(struct vcpu_info, 64);
ABI_OFFSET(struct vcpu_info, evtchn_upcall_mask, 1);
ABI_OFFSET(struct vcpu_info, evtchn_pending_sel, 8);
ABI_OFFSET(struct vcpu_info, arch, 16);
ABI_OFFSET(struct vcpu_info, time, 32);

/* Filled by the guest for the save tools. */
struct arch_shared_info {
	uint64_t max_pfn;		/* number of pfns the p2m covers */
	xen_pfn_t pfn_to_mfn_frame_list_list;	/* machine frame; ~0 when p2m_vaddr is used */
	uint64_t nmi_reason;		/* XEN_NMIREASON_* from the hypervisor to dom0 */
	uint64_t p2m_cr3;		/* 0: linear p2m not in use; else CR3 that maps p2m_vaddr */
	uint64_t p2m_vaddr;		/* virtual address of the linear p2m */
	uint64_t p2m_generation;	/* odd while the guest changes the p2m mapping */
};
ABI_SIZE(struct arch_shared_info, 48);
ABI_OFFSET(struct arch_shared_info, p2m_cr3, 24);

/* The page each domain shares with the hypervisor. */
struct shared_info {
	struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	xen_ulong_t evtchn_pending[64];
	xen_ulong_t evtchn_mask[64];
	uint32_t wc_version;		/* odd while the wall clock is being written */
	uint32_t wc_sec;		/* wall clock at system_time 0, low 32 bits of seconds */
	uint32_t wc_nsec;
	uint32_t wc_sec_hi;
	struct arch_shared_info arch;
};
ABI_SIZE(struct shared_info, 3136);
ABI_OFFSET(struct shared_info, evtchn_pending, 2048);
ABI_OFFSET(struct shared_info, evtchn_mask, 2560);
ABI_OFFSET(struct shared_info, wc_version, 3072);
ABI_OFFSET(struct shared_info, wc_sec_hi, 3084);
ABI_OFFSET(struct shared_info, arch, 3088);

/* One CPUID leaf and one MSR of a serialised CPU policy. */
#define XEN_CPUID_NO_SUBLEAF	0xffffffffu	/* subleaf of a leaf that has none */
struct xen_cpuid_leaf {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t a;
	uint32_t b;
	uint32_t c;
	uint32_t d;
};
ABI_SIZE(struct xen_cpuid_leaf, 24);

struct xen_msr_entry {
	uint32_t idx;
	uint32_t flags;		/* must be 0 */
	uint64_t val;
};
ABI_SIZE(struct xen_msr_entry, 16);

/* Architecture part of createdomain. PV guests have no emulated devices. */
struct xen_arch_domainconfig {
	uint32_t emulation_flags;	/* XEN_X86_EMU_* */
	uint32_t misc_flags;		/* XEN_X86_MSR_RELAXED */
};
#define XEN_X86_EMU_LAPIC	(1U << 0)
#define XEN_X86_EMU_HPET	(1U << 1)
#define XEN_X86_EMU_PM		(1U << 2)
#define XEN_X86_EMU_RTC		(1U << 3)
#define XEN_X86_EMU_IOAPIC	(1U << 4)
#define XEN_X86_EMU_PIC		(1U << 5)
#define XEN_X86_EMU_VGA		(1U << 6)
#define XEN_X86_EMU_IOMMU	(1U << 7)
#define XEN_X86_EMU_PIT		(1U << 8)
#define XEN_X86_EMU_USE_PIRQ	(1U << 9)
#define XEN_X86_EMU_VPCI	(1U << 10)
#define XEN_X86_EMU_ALL		0x7ffU
#define XEN_X86_MSR_RELAXED	(1U << 0)
#define XEN_X86_MISC_FLAGS_MAX	XEN_X86_MSR_RELAXED
ABI_SIZE(struct xen_arch_domainconfig, 8);

#endif /* XEN_ARCH_H */
