/* SPDX-License-Identifier: MIT */
/*
 * Claim: grants to oneself can be mapped, unmapped and copied by the rules of version 1, with the
 * statuses of Xen 4.17.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/grant.h>

#include "claim.h"
#include "events.h"
#include "gnttab/gnttab.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "grants: set-up, self map, unmap, copy, refusals";

static char *window; /* where grants get mapped */
static xen_domid_t self;

static long op(unsigned int cmd, void *arg, unsigned int count)
{
	return hypercall3(__HYPERVISOR_grant_table_op, cmd, ptr_arg(arg), count);
}

static int16_t map(uint64_t host_addr, uint32_t flags, int ref, grant_handle_t *handle)
{
	struct gnttab_map_grant_ref m = {
		.host_addr = host_addr,
		.flags = flags,
		.ref = (grant_ref_t)ref,
		.dom = self,
	};

	CHECK_EQ(op(GNTTABOP_map_grant_ref, &m, 1), 0);
	*handle = m.handle;
	return m.status;
}

static int16_t unmap(uint64_t host_addr, grant_handle_t handle)
{
	struct gnttab_unmap_grant_ref u = {.host_addr = host_addr, .handle = handle};

	CHECK_EQ(op(GNTTABOP_unmap_grant_ref, &u, 1), 0);
	return u.status;
}

static void check_setup(void)
{
	struct gnttab_query_size size = {.dom = DOMID_SELF};
	struct gnttab_get_version get = {.dom = DOMID_SELF};
	struct gnttab_set_version set = {.version = 1};

	CHECK_EQ(op(GNTTABOP_set_version, &set, 1), 0);
	CHECK_EQ(set.version, 1);
	CHECK_EQ(op(GNTTABOP_get_version, &get, 1), 0);
	CHECK_EQ(get.version, 1);
	CHECK_EQ(op(GNTTABOP_query_size, &size, 1), 0);
	CHECK_EQ(size.status, GNTST_okay);
	CHECK(size.max_nr_frames >= 4);
	CHECK_EQ(gnttab_init(2), 0);
	CHECK_EQ(op(GNTTABOP_query_size, &size, 1), 0);
	CHECK(size.nr_frames >= 2);
	CHECK_EQ(op(99, &size, 1), -ENOSYS);
}

static void check_map(void)
{
	uint64_t *page = page_alloc();
	char *other = page_alloc();
	int ref = gnttab_grant(self, page, false);
	struct grant_entry_v1 *entry = &gnttab_table()[ref];
	grant_handle_t handle, second;

	page[1] = 0x1234;
	CHECK_EQ(map(ptr_arg(window), GNTMAP_host_map, ref, &handle), GNTST_okay);
	CHECK_EQ(((volatile uint64_t *)window)[1], 0x1234);
	((volatile uint64_t *)window)[1] = 0x4321;
	CHECK_EQ(page[1], 0x4321);
	CHECK_EQ(entry->flags, GTF_permit_access | GTF_reading | GTF_writing);
	/* in use: can't be taken back */
	CHECK_EQ(gnttab_revoke(ref), 0);
	/* a second mapping, read-only */
	CHECK_EQ(map(ptr_arg(window + 4096), GNTMAP_host_map | GNTMAP_readonly, ref, &second),
		 GNTST_okay);
	CHECK_EQ(TRY("movb $1, (%0)", : : "r"(window + 4096) : "memory"), VECTOR_PF);
	CHECK_EQ(unmap(ptr_arg(window), handle), GNTST_okay);
	CHECK_EQ(entry->flags, GTF_permit_access | GTF_reading);
	CHECK_EQ(TRY("movb $1, (%0)", : : "r"(window) : "memory"), VECTOR_PF);
	CHECK_EQ(unmap(ptr_arg(window), handle), GNTST_bad_handle);
	/* the wrong address for the handle: nothing is unmapped */
	CHECK_EQ(unmap(ptr_arg(window + 8192), second), GNTST_general_error);
	/* nor where another frame is mapped the same way */
	CHECK_EQ(pt_write(window_entry(window + 8192), va_to_mfn(other) << 12 | PTE_KERNEL_RO), 0);
	CHECK_EQ(unmap(ptr_arg(window + 8192), second), GNTST_general_error);
	CHECK_EQ(pt_write(window_entry(window + 8192), 0), 0);
	CHECK_EQ(unmap(ptr_arg(window + 4096), second), GNTST_okay);
	CHECK_EQ(entry->flags, GTF_permit_access);
	CHECK_EQ(gnttab_revoke(ref), 1);
	page_free(page);
}

/* Through the machine address of the PTE, as gntdev does it. */
static void check_pte_map(void)
{
	uint64_t *page = page_alloc();
	int ref = gnttab_grant(self, page, false);
	uint64_t pte = va_to_maddr(window_entry(window));
	grant_handle_t handle;

	page[0] = 77;
	CHECK_EQ(map(pte, GNTMAP_host_map | GNTMAP_contains_pte | 1U << _GNTMAP_guest_avail0, ref,
		     &handle),
		 GNTST_okay);
	CHECK_EQ(*(volatile uint64_t *)window, 77);
	CHECK_EQ(*window_entry(window) & PTE_AVAIL_LOW, 1UL << 9);
	/* the guest may not unmap it by hand and then by handle as if nothing were */
	CHECK_EQ(unmap(pte, handle), GNTST_okay);
	CHECK_EQ(*window_entry(window) & PTE_PRESENT, 0);
	CHECK_EQ(map(pte + 1, GNTMAP_host_map | GNTMAP_contains_pte, ref, &handle),
		 GNTST_general_error);
	CHECK_EQ(gnttab_revoke(ref), 1);
	page_free(page);
}

static void check_refusals(void)
{
	uint64_t *page = page_alloc();
	int ref = gnttab_grant(self, page, true);
	int foreign = gnttab_grant((xen_domid_t)(self + 77), page, false);
	grant_handle_t handle;
	struct gnttab_map_grant_ref m = {
		.host_addr = ptr_arg(window),
		.flags = GNTMAP_host_map,
		.dom = 0x7abc,
	};

	/* writable mapping of a read-only grant; a grant for somebody else; none at all */
	CHECK_EQ(map(ptr_arg(window), GNTMAP_host_map, ref, &handle), GNTST_general_error);
	CHECK_EQ(map(ptr_arg(window), GNTMAP_host_map, foreign, &handle), GNTST_general_error);
	CHECK_EQ(map(ptr_arg(window), GNTMAP_host_map, 700, &handle), GNTST_general_error);
	CHECK_EQ(map(ptr_arg(window), GNTMAP_host_map, 0x7fffffff, &handle), GNTST_bad_gntref);
	CHECK_EQ(map(ptr_arg(window), 0, ref, &handle), GNTST_bad_gntref);
	CHECK_EQ(map(0x123456789000UL, GNTMAP_host_map | GNTMAP_readonly, ref, &handle),
		 GNTST_general_error);
	CHECK_EQ(op(GNTTABOP_map_grant_ref, &m, 1), 0);
	CHECK_EQ(m.status, GNTST_bad_domain);
	CHECK_EQ(unmap(ptr_arg(window), 0x7fffffff), GNTST_bad_handle);
	CHECK_EQ(op(GNTTABOP_map_grant_ref, (void *)0xffff82d040200000UL, 1), -EFAULT);
	CHECK_EQ(op(GNTTABOP_map_grant_ref, &m, 0), 0);
	CHECK_EQ(gnttab_revoke(ref), 1);
	CHECK_EQ(gnttab_revoke(foreign), 1);
	page_free(page);
}

static struct gnttab_copy copy_from(int ref, unsigned int offset, void *to, unsigned int length)
{
	return (struct gnttab_copy){
		.source = {.u.ref = (grant_ref_t)ref,
			   .domid = DOMID_SELF,
			   .offset = (uint16_t)offset},
		.dest = {.u.gmfn = va_to_mfn(to),
			 .domid = DOMID_SELF,
			 .offset = (uint16_t)((uint64_t)to & 0xfff)},
		.len = (uint16_t)length,
		.flags = GNTCOPY_source_gref,
	};
}

static void check_copy(void)
{
	char *source = page_alloc(), *dest = page_alloc();
	int ref = gnttab_grant(self, source, true), ref_dest = gnttab_grant(self, dest, false);
	struct gnttab_copy c[3];

	memcpy(source + 100, "granted bytes", 14);
	c[0] = copy_from(ref, 100, dest + 7, 14);
	c[1] = copy_from(ref, 4090, dest, 10);
	c[2] = copy_from(ref, 104, dest + 2048, 5);
	CHECK_EQ(op(GNTTABOP_copy, c, 3), 0);
	CHECK_EQ(c[0].status, GNTST_okay);
	CHECK_EQ(c[1].status, GNTST_bad_copy_arg);
	CHECK_EQ(c[2].status, GNTST_okay);
	CHECK_EQ(strcmp(dest + 7, "granted bytes"), 0);
	CHECK_EQ(memcmp(dest + 2048, source + 104, 5), 0);
	/* into a read-only grant, and from a grant into a grant */
	c[0] = copy_from(ref_dest, 0, dest, 10);
	c[0].flags |= GNTCOPY_dest_gref;
	c[0].dest.u.ref = (grant_ref_t)ref;
	CHECK_EQ(op(GNTTABOP_copy, c, 1), 0);
	CHECK_EQ(c[0].status, GNTST_general_error);
	c[0].dest.u.ref = (grant_ref_t)ref_dest;
	c[0].source.u.ref = (grant_ref_t)ref;
	CHECK_EQ(op(GNTTABOP_copy, c, 1), 0);
	CHECK_EQ(c[0].status, GNTST_okay);
	/* into a page table, and into a frame that isn't there */
	c[0] = copy_from(ref, 0, dest, 8);
	c[0].dest.u.gmfn = va_to_mfn(pt_kernel_l4());
	CHECK_EQ(op(GNTTABOP_copy, c, 1), 0);
	CHECK(c[0].status < 0);
	c[0].dest.u.gmfn = 0x7fffffffffff;
	CHECK_EQ(op(GNTTABOP_copy, c, 1), 0);
	CHECK(c[0].status < 0);
	/* the entries are as before */
	CHECK_EQ(gnttab_table()[ref].flags, GTF_permit_access | GTF_readonly);
	CHECK_EQ(gnttab_table()[ref_dest].flags, GTF_permit_access);
	CHECK_EQ(gnttab_revoke(ref), 1);
	CHECK_EQ(gnttab_revoke(ref_dest), 1);
	page_free(source);
	page_free(dest);
}

void test_main(void)
{
	traps_init();
	self = events_own_domid();
	window = window_alloc(4);
	check_setup();
	check_map();
	check_pte_map();
	check_refusals();
	check_copy();
}
