/* SPDX-License-Identifier: MIT */
/* memory_op: reservations, exchange, maps, and who may ask what. */
#include "mm/world.h"

#include <string.h>

#include <asm/directmap.h>

#include "mm/machine_map.h"
#include "xen/memory.h"

static struct domain *d;

static int begin(void **state)
{
	int rc = world_test_begin(state);

	d = world_domain(1, false, 2000);
	world_run(d);
	return rc;
}

#define CALL_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, world_test_end)

static struct xen_memory_reservation reservation(uint64_t *list, uint64_t n, unsigned int order)
{
	return (struct xen_memory_reservation){
		.extent_start = (uint64_t)list,
		.nr_extents = n,
		.extent_order = order,
		.domid = DOMID_SELF,
	};
}

static void test_populate_and_decrease(void **state)
{
	uint64_t list[64];
	struct xen_memory_reservation r = reservation(list, ARRAY_SIZE(list), 2);

	(void)state;
	for (unsigned int every = 0; every < 5; every++) {
		world_preempt_every(every == 1 ? 2 : every);
		for (unsigned int i = 0; i < ARRAY_SIZE(list); i++) {
			list[i] = 1000 + 4 * i;
		}
		assert_int_equal(call_memory(XENMEM_populate_physmap, &r), ARRAY_SIZE(list));
		assert_int_equal(d->tot_pages, 4 * ARRAY_SIZE(list));
		for (unsigned int i = 0; i < ARRAY_SIZE(list); i++) {
			assert_int_equal(m2p_get(mfn(list[i] + 3)), 1000 + 4 * i + 3);
			assert_true(world_table(list[i])[511] == 0);
		}
		assert_int_equal(call_memory(XENMEM_decrease_reservation, &r), ARRAY_SIZE(list));
		assert_int_equal(d->tot_pages, 0);
	}
}

static void test_reservation_limits(void **state)
{
	struct domain *other = world_domain(2, false, 10);
	uint64_t list[3] = {1, 2, 3}, theirs = world_frame(other);
	struct xen_memory_reservation r = reservation(list, 3, 9);

	(void)state;
	d->max_pages = 1030;
	assert_int_equal(call_memory(XENMEM_populate_physmap, &r), 2); /* as many as fit */
	r.extent_order = 10;
	assert_int_equal(call_memory(XENMEM_populate_physmap, &r), 0);
	r = reservation(list, 3, 0);
	r.domid = 2;
	assert_int_equal(call_memory(XENMEM_populate_physmap, &r), -EPERM);
	r.domid = DOMID_SELF;
	r.nr_extents = ~0ULL;
	assert_int_equal(call_memory(XENMEM_populate_physmap, &r), 0);
	fake_bad_address = (uint64_t)&list[1];
	r.nr_extents = 3;
	assert_int_equal(call_memory(XENMEM_populate_physmap, &r), 1);
	fake_bad_address = ~0ULL;
	/* Not its frames. */
	list[0] = theirs;
	list[1] = virt_to_mfn(d->shared).v;
	list[2] = MFN_DEVICE;
	for (unsigned int i = 0; i < 3; i++) {
		r = reservation(&list[i], 1, 0);
		assert_int_equal(call_memory(XENMEM_decrease_reservation, &r), 0);
	}
	r = reservation(NULL, 1, 0);
	assert_int_equal(call_memory(XENMEM_increase_reservation, &r), 1);
	r.mem_flags = XENMEMF_address_bits(20);
	assert_int_equal(call_memory(XENMEM_increase_reservation, &r), 0);
	assert_oracle();
}

/* A frame given away while mapped is freed when the mapping goes. */
static void test_decrease_of_a_mapped_frame(void **state)
{
	uint64_t m = world_frame(d);
	struct xen_memory_reservation r = reservation(&m, 1, 0);
	struct tables t;
	uint64_t pages;

	(void)state;
	world_tables_live(d, &t);
	assert_int_equal(update_entry(t.l1, 0, m << PAGE_SHIFT | FLAGS_USER), 0);
	pages = d->tot_pages;
	assert_int_equal(call_memory(XENMEM_decrease_reservation, &r), 1);
	assert_int_equal(d->tot_pages, pages);
	assert_oracle();
	assert_int_equal(update_entry(t.l1, 0, 0), 0);
	assert_int_equal(d->tot_pages, pages - 1);
}

static void exchange_once(unsigned int in_order, unsigned int out_order, unsigned int every)
{
	uint64_t in[64], out[64], dirty[128];
	uint64_t n_in = 64 >> in_order, n_out = 64 >> out_order;
	struct xen_memory_exchange x = {.in = reservation(in, n_in, in_order),
					.out = reservation(out, n_out, out_order)};
	uint64_t before = d->tot_pages;

	/* free memory is not empty */
	for (unsigned int i = 0; i < 128; i++) {
		dirty[i] = world_frame(d);
		memset(world_table(dirty[i]), 0xdd, PAGE_SIZE);
	}
	for (unsigned int i = 0; i < 128; i++) {
		domain_page_release(world_page(dirty[i]));
	}
	for (unsigned int i = 0; i < n_in; i++) {
		struct page_info *p = domain_page_alloc(d, in_order, 0);

		in[i] = page_to_mfn(p).v;
		memset(world_table(in[i]), 0xee, PAGE_SIZE << in_order);
	}
	for (unsigned int i = 0; i < n_out; i++) {
		out[i] = 500 + (i << out_order);
	}
	x.out.mem_flags = XENMEMF_address_bits(31);
	world_preempt_every(every);
	assert_int_equal(call_memory(XENMEM_exchange, &x), 0);
	world_preempt_every(0);
	assert_int_equal(x.nr_exchanged, n_in);
	assert_int_equal(d->tot_pages, before + 64);
	for (unsigned int i = 0; i < n_out; i++) {
		assert_true(out[i] < 1UL << 19);
		assert_int_equal(out[i] % (1UL << out_order), 0);
		assert_int_equal(m2p_get(mfn(out[i])), 500 + (i << out_order));
		for (unsigned int k = 0; k < 1U << out_order; k++) {
			assert_true(world_table(out[i] + k)[0] == 0);
			assert_int_equal(world_page(out[i] + k)->owner, 1);
		}
	}
	assert_oracle();
}

static void test_exchange(void **state)
{
	(void)state;
	for (unsigned int in = 0; in < 5; in++) {
		for (unsigned int out = 0; out < 5; out++) {
			exchange_once(in, out, (in + out) % 3);
		}
	}
}

static void test_exchange_refuses(void **state)
{
	uint64_t in[8], out[8] = {0};
	struct xen_memory_exchange x = {.in = reservation(in, 8, 0), .out = reservation(out, 1, 3)};
	uint64_t free;

	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		in[i] = world_frame(d);
		m2p_set(mfn(in[i]), i);
	}
	free = frames_free_count();
	/* One is in use: none changes hands. */
	assert_true(page_get(world_page(in[5]), d));
	assert_int_equal(call_memory(XENMEM_exchange, &x), -EINVAL);
	assert_int_equal(x.nr_exchanged, 0);
	page_put(world_page(in[5]));
	in[5] = in[4]; /* the same twice */
	assert_int_equal(call_memory(XENMEM_exchange, &x), -EINVAL);
	in[5] = MFN_DEVICE;
	assert_int_equal(call_memory(XENMEM_exchange, &x), -EINVAL);
	in[5] = ~0ULL;
	assert_int_equal(call_memory(XENMEM_exchange, &x), -EINVAL);
	x.out.mem_flags = XENMEMF_address_bits(20); /* nothing is that low */
	x.in = reservation(in, 4, 0);
	x.out.extent_order = 2;
	assert_int_equal(call_memory(XENMEM_exchange, &x), -ENOMEM);
	x.out.extent_order = 3; /* amounts differ */
	assert_int_equal(call_memory(XENMEM_exchange, &x), -EINVAL);
	x.out.extent_order = 2;
	x.nr_exchanged = 3;
	assert_int_equal(call_memory(XENMEM_exchange, &x), -EINVAL);
	x.nr_exchanged = ~0ULL;
	assert_int_equal(call_memory(XENMEM_exchange, &x), -EINVAL);
	x.nr_exchanged = 0;
	x.in.nr_extents = 1ULL << 62; /* products that wrap */
	x.out.nr_extents = 1ULL << 60;
	assert_int_equal(call_memory(XENMEM_exchange, &x), -EINVAL);
	x.in.domid = x.out.domid = 0;
	x.in.nr_extents = 4;
	x.out.nr_extents = 1;
	assert_int_equal(call_memory(XENMEM_exchange, &x), -EPERM);
	x.in.extent_order = 40;
	assert_int_equal(call_memory(XENMEM_exchange, &x), -EPERM);
	assert_int_equal(frames_free_count(), free);
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(m2p_get(mfn(in[i])), i);
	}
	assert_oracle();
}

/*
 * A frame that was writable and comes back from a failed exchange may still
 * be writable in a TLB: it must not become a table without a flush.
 */
static void test_exchange_that_fails_forgets_nothing(void **state)
{
	uint64_t m, out = 0;
	struct xen_memory_exchange x = {.in = reservation(&m, 1, 0),
					.out = reservation(&out, 1, 0)};
	struct tables t;
	unsigned int before;

	(void)state;
	world_tables_live(d, &t);
	m = world_frame(d);
	assert_int_equal(update_entry(t.l1, 0, m << PAGE_SHIFT | FLAGS_USER), 0);
	assert_int_equal(update_entry(t.l1, 0, 0), 0); /* and no flush */
	x.out.mem_flags = XENMEMF_address_bits(1);
	assert_int_equal(call_memory(XENMEM_exchange, &x), -ENOMEM);
	before = fake_flush_count;
	assert_int_equal(mmuext(MMUEXT_PIN_L1_TABLE, m), 0);
	assert_int_equal(fake_flush_count, before + 1);
}

static void test_memory_maps(void **state)
{
	struct domain *dom = world_domain(0, true, 10);
	struct e820_entry e[4] = {{.addr = 0, .size = 0x1000, .type = 1}}, got[4];
	struct xen_foreign_memory_map set = {.domid = 1,
					     .map = {.nr_entries = 2, .buffer = (uint64_t)e}};
	struct xen_memory_map map = {.nr_entries = 4, .buffer = (uint64_t)got};

	(void)state;
	assert_int_equal(call_memory(XENMEM_memory_map, &map), -ENOSYS);
	assert_int_equal(call_memory(XENMEM_set_memory_map, &set), -EPERM);
	assert_int_equal(call_memory(XENMEM_machine_memory_map, &map), -EPERM);
	world_run(dom);
	assert_int_equal(call_memory(XENMEM_set_memory_map, &set), 0);
	set.map.nr_entries = PV_E820_MAX + 1;
	assert_int_equal(call_memory(XENMEM_set_memory_map, &set), -EINVAL);
	set.map.nr_entries = 0;
	assert_int_equal(call_memory(XENMEM_set_memory_map, &set), -EINVAL);
	world_run(d);
	assert_int_equal(call_memory(XENMEM_memory_map, &map), 0);
	assert_int_equal(map.nr_entries, 2);
	assert_memory_equal(got, e, 2 * sizeof(e[0]));
	map.nr_entries = 1;
	assert_int_equal(call_memory(XENMEM_memory_map, &map), 0);
	assert_int_equal(map.nr_entries, 1);
}

static void test_numbers(void **state)
{
	struct domain *dom = world_domain(0, true, 10);
	struct xen_memory_domain who = {.domid = DOMID_SELF};
	struct xen_machphys_mapping m2p;
	struct xen_mem_acquire_resource r = {.domid = 1, .type = XENMEM_resource_grant_table};

	(void)state;
	world_frame(d);
	d->shared->arch.max_pfn = 77;
	assert_int_equal(call_memory(XENMEM_current_reservation, &who), 1);
	assert_int_equal(call_memory(XENMEM_maximum_reservation, &who), 2000);
	assert_int_equal(call_memory(XENMEM_maximum_gpfn, &who), 76);
	assert_int_equal(call_memory(XENMEM_maximum_ram_page, NULL), max_page - 1);
	who.domid = 0;
	assert_int_equal(call_memory(XENMEM_current_reservation, &who), -EPERM);
	assert_int_equal(call_memory(XENMEM_machphys_mapping, &m2p), 0);
	assert_int_equal(m2p.max_mfn, max_page - 1);
	assert_int_equal(call_memory(XENMEM_acquire_resource, &r), -EPERM);
	assert_int_equal(call_memory(8, NULL), -ENOSYS);
	assert_int_equal(call_memory(63, NULL), -ENOSYS);
	assert_int_equal(call_memory(XENMEM_add_to_physmap, NULL), -ENOSYS);
	world_run(dom);
	who.domid = 5;
	assert_int_equal(call_memory(XENMEM_current_reservation, &who), -ESRCH);
	d->max_grant_frames = 3;
	assert_int_equal(call_memory(XENMEM_acquire_resource, &r), 0);
	assert_int_equal(r.nr_frames, 3);
	r.frame_list = (uint64_t)&m2p;
	r.frame = ~0ULL;
	assert_int_equal(call_memory(XENMEM_acquire_resource, &r), -EINVAL);
	r.pad = 1;
	assert_int_equal(call_memory(XENMEM_acquire_resource, &r), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(test_populate_and_decrease),
		CALL_TEST(test_reservation_limits),
		CALL_TEST(test_decrease_of_a_mapped_frame),
		CALL_TEST(test_exchange),
		CALL_TEST(test_exchange_refuses),
		CALL_TEST(test_exchange_that_fails_forgets_nothing),
		CALL_TEST(test_memory_maps),
		CALL_TEST(test_numbers),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
