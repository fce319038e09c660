/* SPDX-License-Identifier: MIT */
/*
 * Claim: a domain can give frames back, get fresh ones (entered in the M2P), exchange
 * them for contiguous ones, and learn its limits.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/memory.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "memory: decrease, populate, exchange, maps, limits";

static long op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_memory_op, cmd, ptr_arg(arg));
}

static struct xen_memory_reservation reservation(xen_pfn_t *list, unsigned long count,
						 unsigned int order)
{
	return (struct xen_memory_reservation){
		.extent_start = ptr_arg(list),
		.nr_extents = count,
		.extent_order = order,
		.domid = DOMID_SELF,
	};
}

static void p2m_set(uint64_t pfn, uint64_t mfn)
{
	((uint64_t *)start_info->mfn_list)[pfn] = mfn;
}

static void check_limits(void)
{
	struct xen_memory_domain self = {.domid = DOMID_SELF};
	long now = op(XENMEM_current_reservation, &self);
	long max = op(XENMEM_maximum_reservation, &self);

	CHECK(now >= (long)start_info->nr_pages);
	CHECK(max >= now);
	CHECK(op(XENMEM_maximum_ram_page, NULL) > 0);
	self.domid = 0x7abc;
	CHECK(op(XENMEM_current_reservation, &self) < 0);
}

/* A page leaves, another comes back at the same pfn. */
static void check_decrease_populate(void)
{
	char *page = page_alloc();
	uint64_t pfn = (ptr_arg(page) - VIRT_BASE) >> 12;
	xen_pfn_t list[2] = {va_to_mfn(page)};
	struct xen_memory_reservation r = reservation(list, 1, 0);
	struct xen_memory_domain self = {.domid = DOMID_SELF};
	long before = op(XENMEM_current_reservation, &self);
	uint64_t old = list[0];

	memset(page, 0x55, 4096);
	CHECK_EQ(pt_remap(page, 0), 0);
	CHECK_EQ(op(XENMEM_decrease_reservation, &r), 1);
	CHECK_EQ(op(XENMEM_current_reservation, &self), before - 1);
	/* it is ours no more */
	CHECK(pt_remap(page, old << 12 | PTE_KERNEL) < 0);
	CHECK_EQ(op(XENMEM_decrease_reservation, &r), 0);
	p2m_set(pfn, ~0UL);
	list[0] = pfn;
	CHECK_EQ(op(XENMEM_populate_physmap, &r), 1);
	CHECK_EQ(mfn_to_pfn(list[0]), pfn);
	CHECK_EQ(op(XENMEM_current_reservation, &self), before);
	p2m_set(pfn, list[0]);
	CHECK_EQ(pt_remap(page, list[0] << 12 | PTE_KERNEL), 0);
	page_free(page);
}

static void check_exchange(void)
{
	/* four pages side by side in pfn space, for one block of four frames */
	char *pages = window_alloc(4);
	xen_pfn_t in[4], out[1];
	uint64_t pfns[4];
	char *own[4];
	struct xen_memory_exchange x;

	for (unsigned int i = 0; i < 4; i++) {
		own[i] = page_alloc();
		pfns[i] = (ptr_arg(own[i]) - VIRT_BASE) >> 12;
		in[i] = va_to_mfn(own[i]);
		memset(own[i], 0x66, 4096);
		CHECK_EQ(pt_remap(own[i], 0), 0);
	}
	out[0] = pfns[0];
	x = (struct xen_memory_exchange){
		.in = reservation(in, 4, 0),
		.out = reservation(out, 1, 2),
	};
	CHECK_EQ(op(XENMEM_exchange, &x), 0);
	CHECK_EQ(x.nr_exchanged, 4);
	CHECK_EQ(out[0] & 3, 0);
	for (unsigned int i = 0; i < 4; i++) {
		CHECK_EQ(mfn_to_pfn(out[0] + i), pfns[0] + i);
		CHECK_EQ(pt_remap(pages + i * 4096, (out[0] + i) << 12 | PTE_KERNEL), 0);
	}
	memset(pages, 1, 4 * 4096);
	/* what was given away is gone */
	CHECK(pt_remap(own[1], in[1] << 12 | PTE_KERNEL) < 0);
	/* totals must agree; the count must start at the beginning */
	x.in.nr_extents = 3;
	x.nr_exchanged = 0;
	CHECK_EQ(op(XENMEM_exchange, &x), -EINVAL);
	x.in.nr_extents = 4;
	x.nr_exchanged = 5;
	CHECK_EQ(op(XENMEM_exchange, &x), -EINVAL);
	x.nr_exchanged = 0;
	x.out.domid = 0x7abc;
	CHECK(op(XENMEM_exchange, &x) < 0);
}

static void check_map(void)
{
	static struct e820_entry list[128];
	struct xen_memory_map m = {.nr_entries = 128, .buffer = ptr_arg(list)};
	uint64_t end = 0, ram = 0;

	if (!runtime_is_dom0()) {
		CHECK_EQ(op(XENMEM_machine_memory_map, &m), -EPERM);
		return;
	}
	CHECK_EQ(op(XENMEM_machine_memory_map, &m), 0);
	CHECK(m.nr_entries > 2 && m.nr_entries <= 128);
	for (unsigned int i = 0; i < m.nr_entries && i < 128; i++) {
		CHECK(list[i].addr >= end);
		CHECK(list[i].size > 0);
		end = list[i].addr + list[i].size;
		ram += list[i].type == E820_RAM ? list[i].size : 0;
	}
	CHECK(ram >= start_info->nr_pages * 4096);
	m.nr_entries = 1;
	CHECK_EQ(op(XENMEM_machine_memory_map, &m), -EINVAL);
}

static void check_refusals(void)
{
	char *page = page_alloc();
	xen_pfn_t list[1];
	struct xen_memory_reservation r = reservation(list, 1, 0);

	list[0] = 0x7fffffffffff;
	CHECK_EQ(op(XENMEM_decrease_reservation, &r), 0);
	/* orders and counts beyond reason */
	r = reservation(list, 1, 63);
	CHECK(op(XENMEM_populate_physmap, &r) <= 0);
	r = reservation(list, ~0UL, 0);
	CHECK(op(XENMEM_populate_physmap, &r) <= 0);
	r = reservation((void *)0xffff82d040200000UL, 1, 0);
	CHECK(op(XENMEM_populate_physmap, &r) <= 0);
	r = reservation(list, 1, 0);
	r.domid = 0x7abc;
	CHECK(op(XENMEM_populate_physmap, &r) <= 0);
	page_free(page);
}

void test_main(void)
{
	traps_init();
	check_limits();
	check_decrease_populate();
	check_exchange();
	check_map();
	check_refusals();
}
