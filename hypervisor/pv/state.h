/* SPDX-License-Identifier: MIT */
/*
 * What a PV kernel sees of its CPU and its domain: data only, embedded in
 * struct vcpu and struct domain.  The assembly entry paths read the fields
 * marked (asm) through generated offsets.
 */
#ifndef ARGON_PV_STATE_H
#define ARGON_PV_STATE_H

#include "lib/types.h"
#include "xen/arch.h"
#include "xen/memory.h"

struct page_info;

/* One handler of the guest's trap table. */
struct pv_trap {
	uint64_t addr;
	uint16_t cs;
	uint8_t dpl; /* lowest privilege that may raise it by int n: 0..3 */
	bool mask;   /* deliver with events masked */
};

/* A callback entry point (event, failsafe, syscall, ...). */
struct pv_callback {
	uint64_t addr; /* (asm) 0: none */
	bool mask;     /* (asm) deliver with events masked */
};

enum pv_callback_slot {
	PVCB_EVENT,
	PVCB_FAILSAFE,
	PVCB_SYSCALL,
	PVCB_SYSCALL32,
	PVCB_SYSENTER,
	PVCB_NMI,
	PVCB_COUNT
};

struct pv_vcpu {
	/* Running state, private to the CPU that runs the vCPU. */
	uint8_t kernel_mode;  /* (asm) 1: guest kernel, 0: guest user */
	uint8_t iopl;         /* virtual IOPL 0..3 */
	uint8_t ts;           /* virtual CR0.TS */
	uint32_t cr4;         /* guest-visible CR4 */
	uint32_t spec_ctrl;   /* its MSR_SPEC_CTRL */
	uint64_t kernel_ss;   /* (asm) stack of the next entry to the kernel */
	uint64_t kernel_sp;   /* (asm) */
	uint64_t cr3_kernel;  /* (asm) hardware CR3 value for guest kernel */
	uint64_t cr3_user;    /* (asm) hardware CR3 value for guest user, 0: none */
	uint64_t root_kernel; /* (asm) isolated roots to run the guest on, 0: not isolated */
	uint64_t root_user;   /* (asm) */
	uint64_t *root[2];    /* the tables behind them: kernel, user */
	struct page_info *root_of[2]; /* the L4s they are copies of */
	uint64_t fs_base;             /* valid while descheduled, like the next two */
	uint64_t gs_base_kernel;
	uint64_t gs_base_user;
	uint16_t ds, es, fs, gs; /* selectors, valid while descheduled */

	struct pv_callback callback[PVCB_COUNT]; /* (asm) */
	struct pv_trap *traps;                   /* exceptions, and further ones that are set */
	unsigned int trap_count;                 /* 32..256 */

	struct page_info *guest_table;      /* kernel L4: one type reference */
	struct page_info *guest_table_user; /* user L4 or NULL */
	struct page_info
		*old_table; /* half devalidated, finished by its next MMU call; one reference */

	uint64_t gdt_frames[16]; /* frames with a PT_SEGDESC reference, 0: none */
	unsigned int gdt_ents;   /* entries the guest set, <= 7168 */
	uint64_t ldt_base;
	unsigned int ldt_ents; /* <= 8192; frames are mapped on first use */
	uint32_t ldt_mapped;   /* bit n: LDT page n is mapped with a reference */

	/* The L1 table that an address led to, valid while table_changes is the same. */
	uint64_t walk_area, walk_changes;
	mfn_t walk_l1;

	uint64_t dr[8]; /* 0..3, 6, 7 */
	gptr_t iobmp;   /* guest's I/O permission bitmap */
	unsigned int iobmp_limit;
};

#define PV_E820_MAX 128

struct pv_domain {
	/*
	 * L3 table of the per-domain slot: for each vCPU 16 GDT and 16 LDT
	 * pages.  Shared by all L4s of the domain.
	 */
	uint64_t *perdomain_l3;
	uint64_t table_changes; /* atomic: how often entries above level 1 changed; from 1 */
	uint64_t vm_assist;
	struct e820_entry *e820; /* what XENMEM_memory_map tells; owned */
	unsigned int e820_count;
	uint64_t absent_watch;   /* bits that an absent entry is looked at for: L1TF */
	bool isolated;           /* vCPUs run on roots of their own (arch/isolation.h) */
	bool dom0_device_access; /* may map MMIO, do port I/O */
};

#endif
