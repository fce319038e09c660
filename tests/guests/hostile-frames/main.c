/* SPDX-License-Identifier: MIT */
/*
 * Claim: a domain maps its own frames and no others: not the hypervisor's, not free ones, not
 * another domain's, whatever way it tries. Sweeps all of the machine's RAM.
 */
#include <errno.h>
#include <stdio.h>

#include <xen/grant.h>
#include <xen/memory.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "hostile-frames: mapping what belongs to others";

#define MAX_GRANT_FRAMES 64U

static uint64_t *entry;
static struct e820_entry map[128];
static unsigned int map_count;
static xen_pfn_t grant_frames[MAX_GRANT_FRAMES];
static unsigned int grant_frame_count;

/* RAM for sure: in a domU everything counts, there is no device memory for it. */
static bool is_ram(uint64_t mfn)
{
	if (!runtime_is_dom0()) {
		return true;
	}
	for (unsigned int i = 0; i < map_count; i++) {
		if (map[i].type == E820_RAM && mfn << 12 >= map[i].addr &&
		    (mfn + 1) << 12 <= map[i].addr + map[i].size) {
			/* the first MiB is device memory to dom0 */
			return mfn >= 256;
		}
	}
	return false;
}

/*
 * The M2P says what a frame's owner calls it, and our p2m is the truth about ours; a fault-safe
 * read, since the M2P has holes. Shared pages are ours too.
 */
static bool is_own(uint64_t mfn)
{
	uint64_t pfn = 0;
	int trap = TRY("mov (%1), %0", : "+r"(pfn) : "r"(MACH2PHYS_VIRT_START + mfn * 8));

	if (trap != -1) {
		return false;
	}
	for (unsigned int i = 0; i < grant_frame_count; i++) {
		if (grant_frames[i] == mfn) {
			return true;
		}
	}
	return (pfn < start_info->nr_pages && pfn_to_mfn(pfn) == mfn) ||
	       mfn == start_info->shared_info >> 12;
}

/* The grant table's pages belong to the domain, but are not among its pfns. */
static void find_grant_frames(void)
{
	struct gnttab_query_size size = {.dom = DOMID_SELF};
	struct gnttab_setup_table setup = {
		.dom = DOMID_SELF,
		.frame_list = ptr_arg(grant_frames),
	};

	hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_query_size, ptr_arg(&size), 1);
	setup.nr_frames = size.nr_frames < MAX_GRANT_FRAMES ? size.nr_frames : MAX_GRANT_FRAMES;
	CHECK_EQ(hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, ptr_arg(&setup), 1),
		 0);
	grant_frame_count = setup.nr_frames;
}

static long map_as(uint64_t mfn, uint64_t flags, xen_domid_t owner)
{
	struct mmu_update req = {.ptr = va_to_maddr(entry), .val = mfn << 12 | flags};
	long rc = hypercall4(__HYPERVISOR_mmu_update, ptr_arg(&req), 1, 0, owner);

	if (rc == 0) {
		pt_write(entry, 0);
	}
	return rc;
}

/* Every frame, or of a large machine about 131072, by an odd stride. */
static void sweep(uint64_t end)
{
	uint64_t stride = (end >> 17) | 1;
	uint64_t mapped = 0, refused = 0, own = 0;

	for (uint64_t mfn = 0; mfn < end; mfn += stride) {
		if (!is_ram(mfn)) {
			continue;
		}
		if (is_own(mfn)) {
			own++;
			continue;
		}
		for (unsigned int rw = 0; rw < 2; rw++) {
			if (map_as(mfn, rw ? PTE_KERNEL : PTE_KERNEL_RO, DOMID_SELF) == 0) {
				if (mapped++ < 4) {
					FAIL("frame %lx, not ours, can be mapped %s", mfn,
					     rw ? "writable" : "read-only");
				}
			} else {
				refused++;
			}
		}
	}
	printf("%lu own frames passed by, %lu tries refused, %lu let in\n", own, refused, mapped);
	CHECK(own + 16 >= start_info->nr_pages / stride);
	CHECK(refused > 1000);
}

/* Naming another owner helps only who has the right over it. */
static void check_owners(void)
{
	uint64_t own = va_to_mfn(page_alloc());

	CHECK(map_as(own, PTE_KERNEL, 0x7abc) < 0);
	CHECK(map_as(own, PTE_KERNEL, DOMID_INVALID) < 0);
	if (!runtime_is_dom0()) {
		CHECK(map_as(own, PTE_KERNEL, 0) < 0);
		CHECK(map_as(0xfee00, PTE_KERNEL, DOMID_IO) < 0);
		CHECK(map_as(0xb8, PTE_KERNEL, DOMID_IO) < 0);
		CHECK(map_as(own + 1, PTE_KERNEL, DOMID_XEN) < 0);
	}
}

/* Frames dom0 may not write either: interrupt controllers. Reading may be granted. */
static void check_device_frames(void)
{
	static const uint64_t forbidden[] = {0xfee00, 0xfec00};

	for (unsigned int i = 0; i < 2; i++) {
		if (pt_write(entry, forbidden[i] << 12 | PTE_KERNEL) == 0) {
			CHECK_EQ(*entry & PTE_RW, 0);
		}
		CHECK_EQ(pt_write(entry, 0), 0);
	}
	CHECK(map_as(0x0fffffffffUL, PTE_KERNEL, DOMID_SELF) < 0);
	CHECK(map_as(0xffffffffffUL, PTE_KERNEL, DOMID_SELF) < 0);
}

void test_main(void)
{
	struct xen_memory_map m = {.nr_entries = 128, .buffer = ptr_arg(map)};
	long max = hypercall2(__HYPERVISOR_memory_op, XENMEM_maximum_ram_page, 0);

	traps_init();
	entry = window_entry(window_alloc(1));
	if (runtime_is_dom0()) {
		CHECK_EQ(hypercall2(__HYPERVISOR_memory_op, XENMEM_machine_memory_map, ptr_arg(&m)),
			 0);
		map_count = m.nr_entries;
	}
	CHECK(max > 0);
	find_grant_frames();
	sweep((uint64_t)max + 1);
	check_owners();
	check_device_frames();
}
