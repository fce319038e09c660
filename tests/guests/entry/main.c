/* SPDX-License-Identifier: MIT */
/*
 * Claim: a PV kernel finds the registers, start_info, page tables and shared_info that the boot
 * contract promises.
 */
#include <stdio.h>
#include <string.h>

#include <xen/memory.h>

#include "claim.h"
#include "hypercall.h"
#include "pagetable.h"
#include "runtime.h"

const char test_title[] = "entry: registers, start_info, page tables at the first instruction";

#define RFLAGS_FIXED 0x002
#define RFLAGS_IF 0x200
#define RFLAGS_IOPL 0x3000
#define INIT_P2M 0x8000000000UL

static void check_registers(void)
{
	const struct entry_state *e = &entry_state;

	CHECK_EQ(e->cs, FLAT_KERNEL_CS);
	CHECK_EQ(e->ss, FLAT_KERNEL_SS);
	CHECK_EQ(e->ds | e->es | e->fs | e->gs, 0);
	CHECK_EQ(e->rsi, start_info);
	CHECK_EQ(e->rax | e->rbx | e->rcx | e->rdx | e->rdi | e->rbp, 0);
	CHECK_EQ(e->r8 | e->r9 | e->r10 | e->r12 | e->r13 | e->r14 | e->r15, 0);
	CHECK_EQ(e->rflags & (RFLAGS_IF | RFLAGS_IOPL), RFLAGS_IF);
	CHECK_EQ(e->rsp & 0xfff, 0);
}

static void check_start_info(void)
{
	CHECK_EQ(strncmp(start_info->magic, XEN_START_INFO_MAGIC, strlen(XEN_START_INFO_MAGIC)), 0);
	CHECK_EQ((uint64_t)start_info & 0xfff, 0);
	CHECK(start_info->nr_pages >= 1024);
	CHECK_EQ(start_info->shared_info & 0xfff, 0);
	CHECK(start_info->shared_info != 0);
	CHECK_EQ(start_info->mfn_list, INIT_P2M);
	CHECK(start_info->nr_pt_frames >= 4);
	if (runtime_is_dom0()) {
		CHECK_EQ(start_info->flags & (SIF_PRIVILEGED | SIF_INITDOMAIN),
			 SIF_PRIVILEGED | SIF_INITDOMAIN);
		CHECK_EQ(start_info->store_mfn, 0);
		CHECK_EQ(start_info->store_evtchn, 0);
	} else {
		CHECK_EQ(start_info->flags & (SIF_PRIVILEGED | SIF_INITDOMAIN), 0);
		CHECK(start_info->store_mfn != 0);
		CHECK(start_info->console.domU.mfn != 0);
	}
	CHECK_EQ(start_info->mod_len, 0);
	/* in this order: start_info, page tables, boot stack */
	CHECK(start_info->pt_base > (uint64_t)start_info);
	CHECK_EQ(entry_state.rsp, start_info->pt_base + (start_info->nr_pt_frames + 1) * 4096);
}

/* Each pfn of the p2m has a frame of its own, and the M2P leads back to it. */
static void check_p2m(void)
{
	uint64_t bad = 0;

	for (uint64_t pfn = 0; pfn < start_info->nr_pages; pfn++) {
		if (mfn_to_pfn(pfn_to_mfn(pfn)) != pfn) {
			bad++;
		}
	}
	CHECK_EQ(bad, 0);
}

static void check_p2m_frames(void)
{
	uint64_t first = start_info->first_p2m_pfn;
	uint64_t slot = pt_kernel_l4()[pt_index(INIT_P2M, 4)];

	/* the array first, its page tables among the same frames */
	CHECK(start_info->nr_p2m_frames >= (start_info->nr_pages * 8 + 4095) / 4096);
	CHECK(first + start_info->nr_p2m_frames <= start_info->nr_pages);
	if (CHECK(slot & PTE_PRESENT)) {
		uint64_t pfn = mfn_to_pfn(pte_frame(slot));

		CHECK(pfn >= first && pfn < first + start_info->nr_p2m_frames);
	}
}

/*
 * From VIRT_BASE to the next 4 MiB boundary (with half a MiB of slack) every page is mapped,
 * page n to pfn n, page tables read-only and all else writable.
 */
static void check_initial_mapping(void)
{
	uint64_t pt_end = start_info->pt_base + start_info->nr_pt_frames * 4096;
	uint64_t end = VIRT_BASE, writable_tables = 0, readonly_pages = 0, misplaced = 0;

	for (;; end += 4096) {
		const uint64_t *l1 = pt_entry(pt_kernel_l4(), end, 1);
		bool is_table = end >= start_info->pt_base && end < pt_end;

		if (l1 == NULL || !(*l1 & PTE_PRESENT)) {
			break;
		}
		writable_tables += is_table && (*l1 & PTE_RW);
		readonly_pages += !is_table && !(*l1 & PTE_RW);
		misplaced += mfn_to_pfn(pte_frame(*l1)) != (end - VIRT_BASE) >> 12;
	}
	CHECK_EQ(end & 0x3fffff, 0);
	CHECK(end - entry_state.rsp >= 512 * 1024);
	CHECK_EQ(writable_tables, 0);
	CHECK_EQ(readonly_pages, 0);
	CHECK_EQ(misplaced, 0);
	printf("mapped to %lx, tables at %lx, %lu of them\n", end, start_info->pt_base,
	       start_info->nr_pt_frames);
}

static void check_top_level(void)
{
	const uint64_t *l4 = pt_kernel_l4();

	for (unsigned int slot = 0; slot < 512; slot++) {
		bool wanted = slot == 511 || slot == pt_index(INIT_P2M, 4);
		bool hole = slot >= HYPERVISOR_L4_FIRST && slot <= HYPERVISOR_L4_LAST;

		if (!hole && !!(l4[slot] & PTE_PRESENT) != wanted) {
			FAIL("top-level slot %u holds %lx", slot, l4[slot]);
		}
	}
	/* Linux unpins what it was booted on, and gives up when that fails */
	CHECK_EQ(pt_unpin(l4), 0);
	CHECK_EQ(pt_pin(l4, 4), 0);
}

static void check_shared_info(void)
{
	const struct shared_info *shared = runtime_shared_info();

	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		CHECK_EQ(shared->vcpu_info[i].evtchn_upcall_mask, 1);
	}
	CHECK_EQ(shared->vcpu_info[0].evtchn_upcall_pending, 0);
	CHECK(shared->wc_sec != 0);
	CHECK(shared->vcpu_info[0].time.tsc_to_system_mul != 0);
	CHECK_EQ(shared->vcpu_info[0].time.version & 1, 0);
}

static void check_m2p_place(void)
{
	struct xen_machphys_mapping m = {0};

	CHECK_EQ(hypercall2(__HYPERVISOR_memory_op, XENMEM_machphys_mapping, ptr_arg(&m)), 0);
	CHECK_EQ(m.v_start, MACH2PHYS_VIRT_START);
	CHECK_EQ(m.v_end, MACH2PHYS_VIRT_END);
	CHECK(m.max_mfn >= pfn_to_mfn(0));
}

void test_main(void)
{
	check_registers();
	check_start_info();
	check_m2p_place();
	check_p2m();
	check_p2m_frames();
	check_initial_mapping();
	check_top_level();
	check_shared_info();
}
