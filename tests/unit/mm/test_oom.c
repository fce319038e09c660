/* SPDX-License-Identifier: MIT */
/*
 * Out of memory at the n-th allocation, for every n: the call fails or does
 * less, nothing is lost, the oracle agrees.  Linked with --wrap=buddy_alloc.
 */
#include "mm/world.h"

#include <asm/directmap.h>

#include "arch/context.h"
#include "mm/buddy.h"
#include "mm/perdomain.h"
#include "xen/memory.h"

static unsigned int fail_at, allocations; /* 0: never */

struct page_info *__real_buddy_alloc(unsigned int order, unsigned int bits, uint64_t claim,
				     bool zeroed);
struct page_info *__wrap_buddy_alloc(unsigned int order, unsigned int bits, uint64_t claim,
				     bool zeroed);

struct page_info *__wrap_buddy_alloc(unsigned int order, unsigned int bits, uint64_t claim,
				     bool zeroed)
{
	return ++allocations == fail_at ? NULL : __real_buddy_alloc(order, bits, claim, zeroed);
}

/* Calls fn with the 1st, 2nd, ... allocation failing, until it gets by without. */
static void fail_each(struct domain *d, void (*fn)(struct domain *d, bool failed))
{
	unsigned int n = 0;

	do {
		fail_at = ++n;
		allocations = 0;
		world_run(d);
		fn(d, false);
		assert_true(n < 500);
		fail_at = 0;
		fn(d, true);
		assert_oracle();
	} while (allocations >= n);
	assert_true(n > 1);
}

static uint64_t list[16];

static void populate(struct domain *d, bool undo)
{
	struct xen_memory_reservation r = {.extent_start = (uint64_t)list,
					   .nr_extents = ARRAY_SIZE(list),
					   .extent_order = 1,
					   .domid = DOMID_SELF};
	static long got;

	if (undo) {
		r.nr_extents = (uint64_t)got;
		assert_int_equal(call_memory(XENMEM_decrease_reservation, &r), got);
		assert_int_equal(d->tot_pages, 0);
		return;
	}
	got = call_memory(XENMEM_populate_physmap, &r);
	assert_int_equal(got, fail_at <= ARRAY_SIZE(list) ? fail_at - 1 : ARRAY_SIZE(list));
	assert_int_equal(d->tot_pages, 2 * got);
}

static void test_populate(void **state)
{
	(void)state;
	fail_each(world_domain(1, false, 1000), populate);
}

static uint64_t in[16], out[4];

static void exchange(struct domain *d, bool undo)
{
	struct xen_memory_exchange x = {
		.in = {.extent_start = (uint64_t)in, .nr_extents = 16, .domid = DOMID_SELF},
		.out = {.extent_start = (uint64_t)out,
			.nr_extents = 4,
			.extent_order = 2,
			.domid = DOMID_SELF},
	};
	uint64_t done;

	if (undo) {
		return;
	}
	for (unsigned int i = 0; i < 16; i++) {
		/* These must not fail: they are not what is tested. */
		allocations -= 1;
		in[i] = world_frame(d);
	}
	assert_int_equal(call_memory(XENMEM_exchange, &x), fail_at <= 4 ? -ENOMEM : 0);
	done = fail_at <= 4 ? fail_at - 1 : 4;
	assert_int_equal(x.nr_exchanged, 4 * done);
	for (unsigned int i = 4 * (unsigned int)done; i < 16; i++) {
		assert_int_equal(world_page(in[i])->owner, 1); /* still the domain's */
		domain_page_release(world_page(in[i]));
	}
	for (unsigned int i = 0; i < done; i++) {
		for (unsigned int k = 0; k < 4; k++) {
			domain_page_release(world_page(out[i] + k));
		}
	}
	assert_int_equal(d->tot_pages, 0);
}

static void test_exchange(void **state)
{
	(void)state;
	fail_each(world_domain(1, false, 1000), exchange);
}

static struct domain big; /* many vCPUs: more tables */

static void perdomain(struct domain *d, bool undo)
{
	static int rc;

	(void)d;
	if (undo) {
		if (!rc) {
			perdomain_destroy(&big);
		}
		assert_null(big.pv.perdomain_l3);
		return;
	}
	big.max_vcpus = MAX_VCPUS;
	rc = perdomain_create(&big);
	assert_int_equal(rc, fail_at <= 2 + MAX_VCPUS / 16 ? -ENOMEM : 0);
}

static void test_perdomain(void **state)
{
	(void)state;
	fail_each(world_domain(1, false, 1000), perdomain);
}

static void guest_map(struct domain *d, bool undo)
{
	struct e820_entry e[100] = {{.type = 1}};
	struct xen_foreign_memory_map set = {
		.domid = 0,
		.map = {.nr_entries = ARRAY_SIZE(e), .buffer = (uint64_t)e},
	};
	struct e820_entry *before = d->pv.e820;

	if (undo) {
		return;
	}
	if (call_memory(XENMEM_set_memory_map, &set) == -ENOMEM) {
		assert_ptr_equal(d->pv.e820, before);
		assert_int_equal(allocations, fail_at);
	}
}

static void test_guest_map(void **state)
{
	(void)state;
	fail_each(world_domain(0, true, 1000), guest_map);
}

static void test_all_memory_given_out(void **state)
{
	struct domain *d = world_domain(1, false, ~0ULL >> 1);
	uint64_t frames = 0;

	(void)state;
	while (domain_page_alloc(d, 0, PAGE_ALLOC_NO_ZERO)) {
		frames++;
	}
	assert_int_equal(frames_free_count(), 0);
	assert_int_equal(d->tot_pages, frames);
	assert_null(frames_alloc(0));
	assert_null(hv_alloc(3000));
	world_domain_end(d);
	assert_true(frames_free_count() >= frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_populate),
		WORLD_TEST(test_exchange),
		WORLD_TEST(test_perdomain),
		WORLD_TEST(test_guest_map),
		WORLD_TEST(test_all_memory_given_out),
	};

	return cmocka_run_group_tests(tests, world_start_small, NULL);
}
