/* SPDX-License-Identifier: MIT */
/*
 * Page-table calls of PV guests (mmu_update, mmuext_op, update_va_mapping), the assists they may
 * switch on, and console_io.
 */
#ifndef XEN_MMU_H
#define XEN_MMU_H

#include "types.h"

/* Command in the low two bits of mmu_update.ptr. */
#define MMU_NORMAL_PT_UPDATE		0	/* ptr: machine address of an entry */
#define MMU_MACHPHYS_UPDATE		1	/* ptr: machine address, val: its new pfn */
#define MMU_PT_UPDATE_PRESERVE_AD	2	/* as 0, keeping accessed and dirty bits */
#define MMU_PT_UPDATE_NO_TRANSLATE	3	/* val holds a machine frame; same as 0 for PV */

struct mmu_update {
	uint64_t ptr;
	uint64_t val;
};
ABI_SIZE(struct mmu_update, 16);

#define MMUEXT_PIN_L1_TABLE		0	/* arg1.mfn */
#define MMUEXT_PIN_L2_TABLE		1
#define MMUEXT_PIN_L3_TABLE		2
#define MMUEXT_PIN_L4_TABLE		3
#define MMUEXT_UNPIN_TABLE		4	/* arg1.mfn */
#define MMUEXT_NEW_BASEPTR		5	/* arg1.mfn: kernel top-level table */
#define MMUEXT_TLB_FLUSH_LOCAL		6
#define MMUEXT_INVLPG_LOCAL		7	/* arg1.linear_addr */
#define MMUEXT_TLB_FLUSH_MULTI		8	/* arg2.vcpumask */
#define MMUEXT_INVLPG_MULTI		9	/* arg1.linear_addr, arg2.vcpumask */
#define MMUEXT_TLB_FLUSH_ALL		10
#define MMUEXT_INVLPG_ALL		11	/* arg1.linear_addr */
#define MMUEXT_FLUSH_CACHE		12
#define MMUEXT_SET_LDT			13	/* arg1.linear_addr, arg2.nr_ents */
#define MMUEXT_NEW_USER_BASEPTR		15	/* arg1.mfn, 0: none */
#define MMUEXT_CLEAR_PAGE		16	/* arg1.mfn */
#define MMUEXT_COPY_PAGE		17	/* arg1.mfn from arg2.src_mfn */
#define MMUEXT_FLUSH_CACHE_GLOBAL	18
#define MMUEXT_MARK_SUPER		19
#define MMUEXT_UNMARK_SUPER		20

struct mmuext_op {
	uint32_t cmd;			/* MMUEXT_* */
	union {
		xen_pfn_t mfn;
		uint64_t linear_addr;
	} arg1;
	union {
		uint32_t nr_ents;
		guest_handle_t vcpumask;	/* bitmap as long as the domain's vCPUs need */
		xen_pfn_t src_mfn;
	} arg2;
};
ABI_SIZE(struct mmuext_op, 24);
ABI_OFFSET(struct mmuext_op, arg1, 8);
ABI_OFFSET(struct mmuext_op, arg2, 16);

/*
 * Third argument of update_va_mapping: what to flush in bits 0-1; above, where: local, all
 * (UVMF_ALL), or a pointer to a vCPU bitmap (UVMF_MULTI plus an 8-byte aligned pointer).
 */
#define UVMF_NONE		(0UL << 0)
#define UVMF_TLB_FLUSH		(1UL << 0)
#define UVMF_INVLPG		(2UL << 0)
#define UVMF_FLUSHTYPE_MASK	(3UL << 0)
#define UVMF_MULTI		(0UL << 2)
#define UVMF_LOCAL		(0UL << 2)
#define UVMF_ALL		(1UL << 2)

#define VMASST_CMD_enable	0
#define VMASST_CMD_disable	1
#define VMASST_TYPE_4gb_segments		0
#define VMASST_TYPE_4gb_segments_notify		1
#define VMASST_TYPE_writable_pagetables		2	/* emulate writes to L1 tables */
#define VMASST_TYPE_pae_extended_cr3		3
#define VMASST_TYPE_architectural_iopl		4	/* show IOPL in the saved flags */
#define VMASST_TYPE_runstate_update_flag	5	/* set XEN_RUNSTATE_UPDATE on update */
#define VMASST_TYPE_m2p_strict			32	/* hide the M2P from user mode */

#define CONSOLEIO_write		0	/* (count, buffer) */
#define CONSOLEIO_read		1	/* (room, buffer): returns the bytes read */

#endif /* XEN_MMU_H */
