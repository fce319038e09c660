/* SPDX-License-Identifier: MIT */
/* mmu_update and update_va_mapping as calls: done counts, owners, flushes. */
#include "mm/world.h"

#include <asm/directmap.h>

static struct domain *d;
static struct tables t;
static uint64_t data;

static int begin(void **state)
{
	int rc = world_test_begin(state);

	d = world_domain(1, false, 4000);
	world_tables_live(d, &t);
	world_run(d);
	data = world_frame(d);
	return rc;
}

#define CALL_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, world_test_end)

static uint64_t slot_addr(uint64_t table, unsigned int i)
{
	return (table << PAGE_SHIFT) + i * sizeof(pte_t);
}

static void test_list_stops_at_first_error(void **state)
{
	struct mmu_update u[40];
	uint32_t done = 99;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(u); i++) {
		u[i].ptr = slot_addr(t.l1, i);
		u[i].val = data << PAGE_SHIFT | FLAGS_USER;
	}
	for (unsigned int bad = 0; bad <= ARRAY_SIZE(u); bad++) {
		if (bad < ARRAY_SIZE(u)) {
			u[bad].val = t.l1 << PAGE_SHIFT | FLAGS_USER;
		}
		for (unsigned int every = 0; every < 4; every++) {
			world_preempt_every(every);
			assert_int_equal(call_mmu_update(u, ARRAY_SIZE(u), &done, DOMID_SELF),
					 bad < ARRAY_SIZE(u) ? -EBUSY : 0);
			assert_int_equal(done, bad);
			assert_int_equal(types_of(data), MAX(bad, types_of(data)));
		}
		if (bad < ARRAY_SIZE(u)) {
			u[bad].val = data << PAGE_SHIFT | FLAGS_USER;
		}
	}
	assert_oracle();
	assert_int_equal(types_of(data), ARRAY_SIZE(u));
}

static void test_list_at_the_edge_of_memory(void **state)
{
	struct mmu_update u[20];
	uint32_t done = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(u); i++) {
		u[i].ptr = slot_addr(t.l1, i);
		u[i].val = data << PAGE_SHIFT | FLAGS_RO;
	}
	fake_bad_address = (uint64_t)&u[7].val;
	assert_int_equal(call_mmu_update(u, ARRAY_SIZE(u), &done, DOMID_SELF), -EFAULT);
	assert_int_equal(done, 7);
	assert_int_equal(refs_of(data), 1 + 7);
	fake_bad_address = (uint64_t)&done;
	assert_int_equal(call_mmu_update(u, 1, &done, DOMID_SELF), -EFAULT);
}

static void test_addresses_that_are_refused(void **state)
{
	struct domain *other = world_domain(2, false, 10);
	const uint64_t ptrs[] = {
		slot_addr(t.l1, 3) + 4,           /* misaligned */
		MFN_DEVICE << PAGE_SHIFT,         /* not RAM */
		slot_addr(world_frame(other), 0), /* another's */
		virt_to_maddr(d->vcpu),           /* Argon's */
		slot_addr(t.l4, HOLE_FIRST_SLOT), /* the hole */
		slot_addr(t.l4, HOLE_LAST_SLOT),  ~0ULL & ~7ULL,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(ptrs); i++) {
		struct mmu_update u = {.ptr = ptrs[i], .val = 0};
		uint32_t done = 5;

		assert_int_equal(call_mmu_update(&u, 1, &done, DOMID_SELF), -EINVAL);
		assert_int_equal(done, 0);
	}
}

/* Whatever its type is already, another domain's frame is neither page nor table of d's. */
static void test_frames_of_others(void **state)
{
	struct domain *other = world_domain(2, false, 10);
	uint64_t writable = world_frame(other), fresh = world_frame(other);
	struct mmu_update u = {.ptr = slot_addr(fresh, 0) | MMU_MACHPHYS_UPDATE, .val = 4711};

	(void)state;
	assert_int_equal(page_get_and_type(world_page(writable), other, PT_WRITABLE), 0);
	assert_int_not_equal(update_entry(t.l1, 3, writable << PAGE_SHIFT | FLAGS_USER), 0);
	assert_int_not_equal(update_entry(t.l1, 3, fresh << PAGE_SHIFT | FLAGS_USER), 0);
	assert_int_not_equal(update_entry(t.l1, 3, (fresh << PAGE_SHIFT | FLAGS_USER) & ~PTE_RW),
			     0);
	assert_int_not_equal(update_entry(t.l2, 3, fresh << PAGE_SHIFT | FLAGS_USER), 0);
	assert_int_equal(call_mmu_update(&u, 1, NULL, DOMID_SELF), -EINVAL);
	assert_int_not_equal(m2p_get(mfn(fresh)), 4711);
	page_put_and_type(world_page(writable));
}

static void test_plain_memory_and_machphys(void **state)
{
	struct mmu_update u[] = {
		{slot_addr(data, 5), 0x1234},
		{slot_addr(data, 0) | MMU_MACHPHYS_UPDATE, 4711},
	};

	(void)state;
	assert_int_equal(call_mmu_update(u, 2, NULL, DOMID_SELF), 0);
	assert_int_equal(world_table(data)[5], 0x1234);
	assert_int_equal(m2p_get(mfn(data)), 4711);
	assert_int_equal(types_of(data), 0);
	u[0].ptr = virt_to_maddr(d->vcpu) | MMU_MACHPHYS_UPDATE;
	assert_int_equal(call_mmu_update(u, 1, NULL, DOMID_SELF), -EINVAL);
}

/* Frame 0 is nobody's, whatever the command bits of its entries' addresses look like. */
static void test_frame_zero(void **state)
{
	pte_t *first = world_table(0);
	struct mmu_update u[2];

	(void)state;
	for (uint64_t at = 0; at < 16; at++) {
		u[0] = u[1] = (struct mmu_update){at, data << PAGE_SHIFT | FLAGS_USER};
		assert_int_equal(call_mmu_update(u, 2, NULL, DOMID_SELF), -EINVAL);
		assert_int_equal(first[at / 8], 0);
	}
	assert_int_equal(refs_of(data), 1);
}

static void test_whose_frames(void **state)
{
	struct domain *dom = world_domain(0, true, 100);
	struct mmu_update u = {.ptr = slot_addr(t.l1, 0), .val = 0};
	uint64_t theirs;
	struct tables t0;

	(void)state;
	theirs = world_frame(dom);
	u.val = theirs << PAGE_SHIFT | FLAGS_RO;
	assert_int_equal(call_mmu_update(&u, 1, NULL, 0), -EPERM);
	assert_int_equal(call_mmu_update(&u, 1, NULL, DOMID_IO), -EPERM);
	assert_int_equal(call_mmu_update(&u, 1, NULL, DOMID_XEN), -EPERM);
	assert_int_equal(call_mmu_update(&u, 1, NULL, DOMID_SELF | 1 << 16), -EPERM);
	assert_int_equal(call_mmu_update(&u, 1, NULL, 1), -EINVAL);
	world_tables_live(dom, &t0);
	world_run(dom);
	u.ptr = slot_addr(t0.l1, 0);
	u.val = data << PAGE_SHIFT | FLAGS_USER;
	assert_int_equal(call_mmu_update(&u, 1, NULL, DOMID_SELF), -EINVAL);
	assert_int_equal(call_mmu_update(&u, 1, NULL, 6), -ESRCH);
	assert_int_equal(call_mmu_update(&u, 1, NULL, 1), 0);
	assert_int_equal(types_of(data), 1);
	assert_oracle();
	/* Tables of another domain. */
	u.ptr = slot_addr(t.l1, 0);
	assert_int_equal(call_mmu_update(&u, 1, NULL, DOMID_SELF | 2 << 16), 0);
	assert_int_equal(types_of(data), 2);
	/* Devices by their own name. */
	u.ptr = slot_addr(t0.l1, 1);
	u.val = MFN_DEVICE << PAGE_SHIFT | FLAGS_USER;
	assert_int_equal(call_mmu_update(&u, 1, NULL, DOMID_IO), 0);
	assert_oracle();
}

/* A frame of a dead domain stays until the last foreign mapping goes. */
static void foreign_mapping_outlives_owner(uint64_t frame)
{
	struct domain *dom = world_domain(0, true, 100);
	struct tables t0;
	struct mmu_update u;

	world_tables_live(dom, &t0);
	world_run(dom);
	u = (struct mmu_update){slot_addr(t0.l1, 0), frame << PAGE_SHIFT | FLAGS_USER};
	assert_int_equal(call_mmu_update(&u, 1, NULL, 1), 0);
	world_domain_end(d);
	world_run(dom);
	assert_non_null(domain_by_id(1));
	assert_oracle();
	assert_int_equal(update_entry(t0.l1, 0, 0), 0);
	assert_null(domain_by_id(1));
}

static void test_foreign_mapping_outlives_owner(void **state)
{
	(void)state;
	foreign_mapping_outlives_owner(data);
}

/* A frame shared with a domain has a type count that no reference stands behind. */
static void test_mapping_of_shared_frame_outlives_owner(void **state)
{
	(void)state;
	foreign_mapping_outlives_owner(virt_to_mfn(d->shared).v);
}

static void test_upper_levels(void **state)
{
	uint64_t l1 = world_frame(d), l2 = world_frame(d), mine = world_frame(d);
	unsigned int before;

	(void)state;
	world_table(l1)[0] = mine << PAGE_SHIFT | FLAGS_USER;
	world_table(l2)[1] = l1 << PAGE_SHIFT | FLAGS_USER;
	assert_int_equal(update_entry(t.l3, 1, l2 << PAGE_SHIFT | FLAGS_USER), 0);
	assert_int_equal(type_of(l1), PT_L1);
	before = fake_flush_count;
	assert_int_equal(update_entry(t.l3, 2, l2 << PAGE_SHIFT | FLAGS_USER), 0);
	assert_int_equal(fake_flush_count, before); /* nothing was there to be cached */
	assert_int_equal(types_of(l2), 2);
	assert_int_equal(update_entry(t.l3, 1, 0), 0);
	assert_int_equal(fake_flush_count, before + 1);
	assert_int_equal(update_entry(t.l3, 2, l1 << PAGE_SHIFT | FLAGS_USER), -EINVAL);
	assert_int_equal(type_of(l1), PT_L1);
	assert_oracle();
	assert_int_equal(update_entry(t.l3, 2, 0), 0);
	assert_int_equal(types_of(l1), 0);
	assert_int_equal(types_of(mine), 0);
}

/* Taking out a big table is done in pieces, and done when the call is over. */
static void test_big_table_is_taken_out_in_pieces(void **state)
{
	uint64_t l2 = world_frame(d), before = world_continuations;

	(void)state;
	for (unsigned int i = 0; i < 50; i++) {
		world_table(l2)[i * 9] = world_frame(d) << PAGE_SHIFT | FLAGS_USER;
	}
	world_preempt_every(4);
	assert_int_equal(update_entry(t.l3, 1, l2 << PAGE_SHIFT | FLAGS_USER), 0);
	assert_true(world_continuations > before + 5);
	assert_int_equal(types_of(l2), 1);
	before = world_continuations;
	assert_int_equal(update_entry(t.l3, 1, 0), 0);
	assert_true(world_continuations > before + 5);
	assert_int_equal(types_of(l2), 0);
	assert_null(d->vcpu[0]->pv.old_table);
}

static void test_update_va_mapping(void **state)
{
	pte_t e = data << PAGE_SHIFT | FLAGS_USER;
	uint64_t mask = 1, va = 7UL << PAGE_SHIFT;
	unsigned int before = fake_flush_count;

	(void)state;
	assert_int_equal(do_update_va_mapping(va, e, UVMF_NONE), 0);
	assert_true(world_table(t.l1)[7] == (e | PTE_GLOBAL));
	assert_int_equal(fake_flush_count, before);
	assert_int_equal(do_update_va_mapping(va, e, UVMF_INVLPG | UVMF_LOCAL), 0);
	assert_int_equal(do_update_va_mapping(va, e, UVMF_TLB_FLUSH | UVMF_ALL), 0);
	assert_int_equal(do_update_va_mapping(va, e, UVMF_INVLPG | (uint64_t)&mask), 0);
	assert_int_equal(fake_flush_count, before + 3);
	assert_int_equal(do_update_va_mapping(va, e, UVMF_INVLPG | 8), -EFAULT);
	assert_int_equal(do_update_va_mapping(1UL << 21, e, UVMF_NONE), -EINVAL);
	assert_int_equal(do_update_va_mapping(1UL << 47, e, UVMF_NONE), -EINVAL);
	assert_int_equal(do_update_va_mapping(HOLE_START, e, UVMF_NONE), -EINVAL);
	assert_int_equal(do_update_va_mapping(va, t.l4 << PAGE_SHIFT | FLAGS_USER, UVMF_NONE),
			 -EBUSY);
	assert_int_equal(do_update_va_mapping(va, 0, UVMF_NONE), 0);
	assert_int_equal(types_of(data), 0);
	assert_int_equal(do_update_va_mapping_otherdomain(va, e, UVMF_NONE, 0), -EPERM);
	assert_int_equal(do_update_va_mapping_otherdomain(va, e, UVMF_NONE, 1), 0);
}

/* On a CPU with L1TF: absent entries may hold what names no RAM; others end the domain. */
static void test_absent_entries(void **state)
{
	const pte_t inverted = ~(data << PAGE_SHIFT) & PTE_FRAME_MASK;
	const pte_t high = 1ULL << 46; /* the L1 cache may not compare that bit */
	struct mmu_update u = {.ptr = slot_addr(t.l1, 7), .val = data << PAGE_SHIFT | PTE_RW};
	struct page_info *plain;
	uint64_t frame;
	uint32_t done;

	(void)state;
	assert_int_equal(call_mmu_update(&u, 1, &done, DOMID_SELF), 0);
	assert_int_equal(world_crashes, 0);
	d->pv.absent_watch = PTE_FRAME_MASK;
	for (unsigned int level = 1; level <= 4; level++) {
		const uint64_t table[] = {t.l1, t.l2, t.l3, t.l4};

		u.ptr = slot_addr(table[level - 1], 8);
		u.val = 0xf0; /* no frame number */
		assert_int_equal(call_mmu_update(&u, 1, &done, DOMID_SELF), 0);
		u.val = inverted | PTE_NX;
		assert_int_equal(call_mmu_update(&u, 1, &done, DOMID_SELF), 0);
		assert_int_equal(world_crashes, 0);
		u.val = data << PAGE_SHIFT;
		assert_int_equal(call_mmu_update(&u, 1, &done, DOMID_SELF), -EINVAL);
		assert_int_equal(world_crashes, 1);
		u.val = high;
		assert_int_equal(call_mmu_update(&u, 1, &done, DOMID_SELF), -EINVAL);
		assert_int_equal(world_crashes, 2);
		u.val = 0;
		assert_int_equal(call_mmu_update(&u, 1, &done, DOMID_SELF), 0);
		world_crashes = 0;
	}
	/* A frame that becomes a table: every entry counts, also in groups with none present. */
	for (enum page_type type = PT_L1; type <= PT_L4; type++) {
		for (unsigned int i = 0; i < 256; i += 37) {
			frame = world_frame(d);
			plain = mfn_to_page(mfn(frame));
			((pte_t *)mfn_to_virt(mfn(frame)))[i] = data << PAGE_SHIFT;
			assert_int_equal(page_pin(plain, d, type), -EINVAL);
			assert_int_equal(world_crashes, 1);
			world_crashes = 0;
			((pte_t *)mfn_to_virt(mfn(frame)))[i] = inverted;
			assert_int_equal(page_pin(plain, d, type), 0);
			assert_true(page_clear_pin(plain));
			page_put_and_type(plain);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(test_list_stops_at_first_error),
		CALL_TEST(test_list_at_the_edge_of_memory),
		CALL_TEST(test_addresses_that_are_refused),
		CALL_TEST(test_frames_of_others),
		CALL_TEST(test_plain_memory_and_machphys),
		CALL_TEST(test_frame_zero),
		CALL_TEST(test_whose_frames),
		CALL_TEST(test_foreign_mapping_outlives_owner),
		CALL_TEST(test_mapping_of_shared_frame_outlives_owner),
		CALL_TEST(test_upper_levels),
		CALL_TEST(test_big_table_is_taken_out_in_pieces),
		CALL_TEST(test_update_va_mapping),
		CALL_TEST(test_absent_entries),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
