/* SPDX-License-Identifier: MIT */
/*
 * Claim: grants open nothing that was not granted: no reference of dom0's, no frame of its by
 * number, no table of its; and own grants are no way round the rules for own frames.
 */
#include <errno.h>
#include <stdio.h>

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

const char test_title[] = "domu-grants: grants of other domains";

static char *window;
static xen_domid_t self;
static char window_page[4096] __attribute__((aligned(4096)));

static void op(unsigned int cmd, void *arg)
{
	hypercall3(__HYPERVISOR_grant_table_op, cmd, ptr_arg(arg), 1);
}

static void check_foreign_references(void)
{
	for (grant_ref_t ref = 0; ref < 4096; ref++) {
		struct gnttab_map_grant_ref map = {
			.host_addr = ptr_arg(window),
			.flags = GNTMAP_host_map | GNTMAP_readonly,
			.ref = ref,
			.dom = 0,
		};
		struct gnttab_copy copy = {
			.source = {.u.ref = ref, .domid = 0},
			.dest = {.u.gmfn = va_to_mfn(window_page), .domid = DOMID_SELF},
			.len = 8,
			.flags = GNTCOPY_source_gref,
		};

		op(GNTTABOP_map_grant_ref, &map);
		op(GNTTABOP_copy, &copy);
		if (map.status >= 0 || copy.status >= 0) {
			FAIL("reference %u of dom0: map %d, copy %d", ref, map.status, copy.status);
		}
	}
}

/* Copies that name a foreign frame instead of a reference. */
static void check_foreign_frames(void)
{
	char *page = page_alloc();
	static const xen_domid_t owners[] = {0, DOMID_XEN, DOMID_IO, 0x7abc};

	for (uint64_t mfn = 0; mfn < 0x20000; mfn += 61) {
		for (unsigned int i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
			struct gnttab_copy copy = {
				.source = {.u.gmfn = mfn, .domid = owners[i]},
				.dest = {.u.gmfn = va_to_mfn(page), .domid = DOMID_SELF},
				.len = 8,
			};

			op(GNTTABOP_copy, &copy);
			if (copy.status >= 0) {
				FAIL("frame %lx of domain %x can be read", mfn, owners[i]);
			}
			copy.dest.u.gmfn = mfn;
			copy.dest.domid = owners[i];
			copy.source.u.gmfn = va_to_mfn(page);
			copy.source.domid = DOMID_SELF;
			op(GNTTABOP_copy, &copy);
			if (copy.status >= 0) {
				FAIL("frame %lx of domain %x can be written", mfn, owners[i]);
			}
		}
	}
	page_free(page);
}

/* A grant of a frame that is not ours gives nobody access to it. */
static void check_forged_entries(void)
{
	struct grant_entry_v1 *table = gnttab_table();
	unsigned int let_in = 0;

	for (uint32_t mfn = 0; mfn < 0x40000; mfn += 37) {
		struct gnttab_map_grant_ref map = {
			.host_addr = ptr_arg(window),
			.flags = GNTMAP_host_map,
			.ref = 100,
			.dom = self,
		};
		struct gnttab_unmap_grant_ref unmap = {.host_addr = ptr_arg(window)};
		uint64_t pfn = 0;

		TRY("mov (%1), %0", : "+r"(pfn) : "r"(MACH2PHYS_VIRT_START + mfn * 8UL));
		if (pfn < start_info->nr_pages && pfn_to_mfn(pfn) == mfn) {
			continue;
		}
		table[100].frame = mfn;
		table[100].domid = self;
		__atomic_store_n(&table[100].flags, GTF_permit_access, __ATOMIC_RELEASE);
		op(GNTTABOP_map_grant_ref, &map);
		if (map.status >= 0) {
			let_in++;
			unmap.handle = map.handle;
			op(GNTTABOP_unmap_grant_ref, &unmap);
		}
		table[100].flags = 0;
	}
	/* own pages without a pfn: shared_info and the grant table's */
	CHECK(let_in <= 2);
}

/* What was mapped through a grant goes away with the unmap, not by overwriting the entry. */
static void check_mapping_rules(void)
{
	uint64_t *page = page_alloc();
	int ref = gnttab_grant(self, page, true);
	struct gnttab_map_grant_ref map = {
		.host_addr = ptr_arg(window),
		.flags = GNTMAP_host_map | GNTMAP_readonly,
		.ref = (grant_ref_t)ref,
		.dom = self,
	};
	struct gnttab_unmap_grant_ref unmap = {.host_addr = ptr_arg(window)};

	op(GNTTABOP_map_grant_ref, &map);
	CHECK_EQ(map.status, GNTST_okay);
	/* the entry replaced: the unmap notices that its mapping is not there */
	CHECK_EQ(pt_write(window_entry(window), 0), 0);
	unmap.handle = map.handle;
	op(GNTTABOP_unmap_grant_ref, &unmap);
	CHECK(unmap.status < 0 || gnttab_table()[ref].flags == (GTF_permit_access | GTF_readonly));
	/* handles nobody gave out */
	for (grant_handle_t h = map.handle + 1; h < map.handle + 2000; h++) {
		unmap.handle = h;
		op(GNTTABOP_unmap_grant_ref, &unmap);
		CHECK(unmap.status < 0);
	}
}

void test_main(void)
{
	if (runtime_is_dom0()) {
		SKIP("this is dom0");
		return;
	}
	traps_init();
	self = events_own_domid();
	window = window_alloc(1);
	CHECK_EQ(gnttab_init(1), 0);
	check_foreign_references();
	check_foreign_frames();
	check_forged_entries();
	check_mapping_rules();
}
