/* SPDX-License-Identifier: MIT */
/* Types of frames: promotion, exclusion, counts, partial validation, flushes. */
#include "mm/world.h"

#include <string.h>

#include <asm/directmap.h>

#include "arch/context.h"
#include "pv/mmu_grant.h"
#include "xen/grant.h"

static struct domain *d;
static struct tables t;

static int begin(void **state)
{
	int rc = world_test_begin(state);

	d = world_domain(1, false, 4000);
	world_tables(d, &t);
	return rc;
}

#define TYPES_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, world_test_end)

static int get(uint64_t m, enum page_type type)
{
	return page_get_and_type(world_page(m), d, type);
}

static void put(uint64_t m)
{
	page_put_and_type(world_page(m));
}

static void test_types_exclude_each_other(void **state)
{
	static const enum page_type types[] = {PT_L1, PT_L2, PT_L3, PT_L4, PT_SEGDESC, PT_WRITABLE};

	(void)state;
	for (unsigned int a = 0; a < ARRAY_SIZE(types); a++) {
		for (unsigned int b = 0; b < ARRAY_SIZE(types); b++) {
			uint64_t m = world_frame(d); /* all zero: acceptable as anything */

			assert_int_equal(get(m, types[a]), 0);
			assert_int_equal(get(m, types[b]), a == b ? 0 : -EINVAL);
			assert_int_equal(refs_of(m), a == b ? 3 : 2);
			assert_int_equal(types_of(m), a == b ? 2 : 1);
			if (a == b) {
				put(m);
			}
			put(m);
			assert_int_equal(refs_of(m), 1);
			assert_int_equal(types_of(m), 0);
			/* Free for any use again, once an L4's hole entries are gone. */
			memset(world_table(m), 0, PAGE_SIZE);
			assert_int_equal(get(m, types[b]), 0);
			put(m);
		}
	}
}

static void test_chain_is_validated_and_given_back(void **state)
{
	uint64_t data = world_frame(d), ro = world_frame(d);

	(void)state;
	world_table(t.l1)[0] = data << PAGE_SHIFT | FLAGS_USER;
	world_table(t.l1)[1] = ro << PAGE_SHIFT | FLAGS_RO;
	world_table(t.l1)[2] = t.l1 << PAGE_SHIFT | FLAGS_RO; /* a table sees itself */
	assert_int_equal(get(t.l4, PT_L4), 0);
	assert_int_equal(type_of(t.l1), PT_L1);
	assert_int_equal(type_of(data), PT_WRITABLE);
	assert_int_equal(type_of(ro), PT_NONE);
	assert_int_equal(types_of(data), 1);
	assert_int_equal(refs_of(t.l1), 3);
	put(t.l4);
	assert_int_equal(types_of(t.l1), 0);
	assert_int_equal(refs_of(t.l1), 1);
	assert_int_equal(refs_of(data), 1);
	assert_int_equal(refs_of(ro), 1);
}

static void test_writable_mapping_of_a_table_is_refused(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		uint64_t m = i == 0 ? t.l1 : i == 1 ? t.l2 : i == 2 ? t.l3 : t.l4;

		world_table(t.l1)[5] = m << PAGE_SHIFT | FLAGS_USER;
		assert_int_equal(get(t.l4, PT_L4), -EBUSY);
		assert_int_equal(types_of(t.l1), 0);
		assert_int_equal(types_of(t.l2), 0);
		assert_int_equal(types_of(t.l3), 0);
		assert_int_equal(types_of(t.l4), 0);
		assert_int_equal(refs_of(t.l4), 1);
	}
}

static void test_foreign_frames_are_refused(void **state)
{
	struct domain *other = world_domain(2, false, 10);
	uint64_t theirs = world_frame(other), argons = virt_to_mfn(d->vcpu).v;

	(void)state;
	world_table(t.l1)[0] = theirs << PAGE_SHIFT | FLAGS_RO;
	assert_int_equal(get(t.l1, PT_L1), -EINVAL);
	world_table(t.l1)[0] = argons << PAGE_SHIFT | FLAGS_RO;
	assert_int_equal(get(t.l1, PT_L1), -EINVAL);
	world_table(t.l1)[0] = MFN_DEVICE << PAGE_SHIFT | FLAGS_RO;
	assert_int_equal(get(t.l1, PT_L1), -EPERM);
	world_table(t.l1)[0] = 0;
	world_table(t.l2)[0] = theirs << PAGE_SHIFT | FLAGS_USER;
	assert_int_equal(get(t.l2, PT_L2), -EINVAL);
	assert_int_equal(get(theirs, PT_L1), -EINVAL);
}

static void test_cycles_are_impossible(void **state)
{
	(void)state;
	world_table(t.l4)[1] = t.l4 << PAGE_SHIFT | FLAGS_RO;
	assert_int_equal(get(t.l4, PT_L4), -EINVAL);
	world_table(t.l4)[1] = 0;
	world_table(t.l3)[1] = t.l3 << PAGE_SHIFT | FLAGS_RO;
	assert_int_equal(get(t.l4, PT_L4), -EINVAL);
	world_table(t.l3)[1] = t.l4 << PAGE_SHIFT | FLAGS_RO;
	assert_int_equal(get(t.l4, PT_L4), -EINVAL);
}

static void test_hole_is_overwritten(void **state)
{
	(void)state;
	for (unsigned int i = HOLE_FIRST_SLOT; i <= HOLE_LAST_SLOT; i++) {
		world_table(t.l4)[i] = t.l4 << PAGE_SHIFT | FLAGS_USER;
	}
	assert_int_equal(get(t.l4, PT_L4), 0);
	for (unsigned int i = 0; i < 16; i++) {
		pte_t e = world_table(t.l4)[HOLE_FIRST_SLOT + i];

		assert_true(i == 1 ? e == (virt_to_maddr(d->pv.perdomain_l3) | 0x63)
				   : e == 0x1000 * (i + 1) + 0x63);
	}
	put(t.l4);
}

static void test_entries_are_corrected(void **state)
{
	uint64_t m = world_frame(d);
	pte_t at = m << PAGE_SHIFT;

	(void)state;
	world_table(t.l1)[0] = at | PTE_PRESENT;
	world_table(t.l1)[1] = at | PTE_PRESENT | PTE_USER;
	world_table(t.l1)[2] = at | PTE_RW; /* not present: left alone */
	world_table(t.l2)[0] &= ~PTE_USER;
	assert_int_equal(get(t.l2, PT_L2), 0);
	assert_true(world_table(t.l1)[0] == (at | PTE_PRESENT | PTE_USER | PTE_GUEST_KERNEL));
	assert_true(world_table(t.l1)[1] == (at | PTE_PRESENT | PTE_USER | PTE_GLOBAL));
	assert_true(world_table(t.l1)[2] == (at | PTE_RW));
	assert_true(world_table(t.l2)[0] & PTE_USER);
	put(t.l2);
}

static void test_preempted_validation_goes_on(void **state)
{
	struct page_info *l4 = world_page(t.l4);
	unsigned int turns = 0;
	int rc;

	(void)state;
	for (unsigned int i = 1; i < 40; i++) {
		uint64_t l1 = world_frame(d);

		world_table(l1)[3] = world_frame(d) << PAGE_SHIFT | FLAGS_USER;
		world_table(t.l2)[i * 7] = l1 << PAGE_SHIFT | FLAGS_USER;
	}
	world_preempt_every(3);
	while ((rc = page_pin(l4, d, PT_L4)) == -ERESTART) {
		assert_true(l4->word & PGW_PARTIAL);
		assert_oracle();
		turns++;
	}
	assert_int_equal(rc, 0);
	assert_true(turns > 5);
	assert_oracle();
	assert_int_equal(page_pin(l4, d, PT_L4), -EINVAL); /* pinned already */
	assert_true(page_clear_pin(l4));
	rc = page_put_type_preemptible(l4);
	page_put(l4);
	for (turns = 0; rc == -ERESTART; turns++) {
		assert_oracle();
		rc = page_finish_partial(l4);
	}
	assert_true(turns > 5);
	assert_oracle();
	assert_int_equal(types_of(t.l2), 0);
	assert_false(page_clear_pin(l4));
}

/* A validation left half-way is turned round, in either direction, any time. */
static void test_partial_table_changes_direction(void **state)
{
	struct page_info *l4 = world_page(t.l4);
	int rc;

	(void)state;
	for (unsigned int i = 1; i < 20; i++) {
		world_table(t.l2)[i] = world_frame(d) << PAGE_SHIFT | FLAGS_USER;
	}
	for (unsigned int every = 1; every < 12; every++) {
		world_preempt_every(every);
		while ((rc = get(t.l4, PT_L4)) == -ERESTART &&
		       page_finish_partial(l4) == -ERESTART) {
			assert_oracle();
			rc = get(t.l4, PT_L4);
			if (!rc || page_finish_partial(l4) == 0) {
				break;
			}
		}
		world_preempt_every(0);
		assert_int_equal(page_finish_partial(l4), 0);
		if (!rc) {
			put(t.l4);
		}
		assert_oracle();
		assert_int_equal(types_of(t.l4), 0);
		assert_int_equal(types_of(t.l1), 0);
		assert_int_equal(refs_of(t.l4), 1);
	}
}

static void test_partial_table_dies_with_its_domain(void **state)
{
	(void)state;
	for (unsigned int i = 1; i < 20; i++) {
		world_table(t.l2)[i] = world_frame(d) << PAGE_SHIFT | FLAGS_USER;
	}
	world_preempt_every(2);
	assert_int_equal(page_pin(world_page(t.l4), d, PT_L4), -ERESTART);
	/* world_test_end destroys the domain, with preemption off */
	world_preempt_every(3);
	world_domain_end(d);
}

static void test_failed_validation_gives_everything_back(void **state)
{
	(void)state;
	for (unsigned int i = 1; i < 20; i++) {
		world_table(t.l2)[i] = world_frame(d) << PAGE_SHIFT | FLAGS_USER;
	}
	world_table(t.l2)[20] = t.l2 << PAGE_SHIFT | FLAGS_USER;
	for (unsigned int every = 0; every < 8; every++) {
		int rc;

		world_preempt_every(every);
		while ((rc = get(t.l4, PT_L4)) == -ERESTART) {
			assert_oracle();
		}
		assert_int_equal(rc, -EINVAL);
		assert_oracle();
		/* Giving back can be interrupted too, and is finished by hand here. */
		while (page_finish_partial(world_page(t.l4)) == -ERESTART ||
		       page_finish_partial(world_page(t.l3)) == -ERESTART ||
		       page_finish_partial(world_page(t.l2)) == -ERESTART) {
			assert_oracle();
		}
		assert_oracle();
		assert_int_equal(types_of(t.l1), 0);
	}
}

/* What was writable may become a table only once no TLB has it writable. */
static void test_change_of_type_flushes(void **state)
{
	uint64_t m = world_frame(d);
	unsigned int before;

	(void)state;
	assert_int_equal(get(m, PT_WRITABLE), 0);
	put(m);
	fake_tlb_age();
	before = fake_flush_count;
	assert_int_equal(get(m, PT_L1), 0);
	assert_int_equal(fake_flush_count, before + 1);
	put(m);
	before = fake_flush_count;
	assert_int_equal(get(m, PT_WRITABLE), 0);
	assert_int_equal(fake_flush_count, before + 1);
	put(m);
	assert_int_equal(get(m, PT_WRITABLE), 0);
	put(m);
	tlb_flush_local();
	before = fake_flush_count;
	assert_int_equal(get(m, PT_L2), 0);
	assert_int_equal(fake_flush_count, before); /* flushed meanwhile */
	put(m);
	tlb_flush_local();
	assert_int_equal(get(m, PT_WRITABLE), 0);
	put(m);
	arch_load_roots(current);
	before = fake_flush_count;
	assert_int_equal(get(m, PT_L2), 0);
	assert_int_equal(fake_flush_count, before); /* another root is a flush as well */
	put(m);
	d->dirty_cpus = 0;
	before = fake_flush_count;
	assert_int_equal(get(m, PT_WRITABLE), 0);
	assert_int_equal(fake_flush_count, before); /* runs nowhere */
	put(m);
}

/*
 * Others had the frame writable, by a grant or as a foreign frame, and let go
 * without a flush: their CPUs are flushed too before it becomes a table.
 */
static void test_change_of_type_flushes_other_domains(void **state)
{
	struct domain *other = world_domain(2, false, 100), *dom = world_domain(0, true, 100);
	struct domain *mapper[] = {other, dom};
	struct tables u;

	(void)state;
	cpu_online_map = 0x7;
	for (unsigned int i = 0; i < ARRAY_SIZE(mapper); i++) {
		uint64_t m = world_frame(d);
		unsigned int cpu = 1 + i;
		uint32_t flushed;

		world_tables_live(mapper[i], &u);
		mapper[i]->dirty_cpus = cpumask_of(cpu);
		fake_cpu = cpu;
		world_run(mapper[i]);
		if (mapper[i] == other) {
			assert_int_equal(get(m, PT_WRITABLE), 0);
			assert_int_equal(pv_map_grant(other->vcpu[0], 0, GNTMAP_host_map, mfn(m)),
					 0);
		} else {
			struct mmu_update up = {u.l1 << PAGE_SHIFT, m << PAGE_SHIFT | FLAGS_USER};

			assert_int_equal(call_mmu_update(&up, 1, NULL, 1), 0);
		}
		assert_int_equal(do_update_va_mapping(0, 0, UVMF_NONE), 0);
		fake_tlb_age();
		flushed = fake_last_flush[cpu];
		fake_cpu = 0;
		world_run(d);
		assert_int_equal(get(m, PT_L1), 0);
		assert_true(fake_last_flush[cpu] != flushed);
		put(m);
	}
	cpu_online_map = 1;
}

static void test_table_lock(void **state)
{
	(void)state;
	assert_false(page_table_lock(world_page(t.l1), 1));
	assert_int_equal(get(t.l1, PT_L1), 0);
	assert_true(page_table_lock(world_page(t.l1), 1));
	assert_int_equal(types_of(t.l1), 2);
	put(t.l1); /* the lock keeps the table valid */
	assert_int_equal(type_of(t.l1), PT_L1);
	assert_int_equal(types_of(t.l1), 1);
	page_table_unlock(world_page(t.l1));
	assert_int_equal(types_of(t.l1), 0);
}

/* Counts stop at half their field; the table lock works all the same. */
static void test_counts_are_limited(void **state)
{
	struct page_info *l1 = world_page(t.l1);
	uint64_t word;

	(void)state;
	assert_int_equal(get(t.l1, PT_L1), 0);
	word = l1->word;
	l1->word = (word & ~(PGW_REF_MASK | PGW_TCOUNT_MASK)) | PGW_REF_LIMIT | PGW_TCOUNT_LIMIT;
	assert_false(page_get(l1, d));
	assert_int_equal(page_get_type(l1, PT_L1), -EINVAL);
	assert_int_equal(get(t.l1, PT_L1), -EINVAL);
	assert_true(page_table_lock(l1, 1));
	page_table_unlock(l1);
	l1->word = word;
	put(t.l1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TYPES_TEST(test_types_exclude_each_other),
		TYPES_TEST(test_chain_is_validated_and_given_back),
		TYPES_TEST(test_writable_mapping_of_a_table_is_refused),
		TYPES_TEST(test_foreign_frames_are_refused),
		TYPES_TEST(test_cycles_are_impossible),
		TYPES_TEST(test_hole_is_overwritten),
		TYPES_TEST(test_entries_are_corrected),
		TYPES_TEST(test_preempted_validation_goes_on),
		TYPES_TEST(test_partial_table_changes_direction),
		TYPES_TEST(test_partial_table_dies_with_its_domain),
		TYPES_TEST(test_failed_validation_gives_everything_back),
		TYPES_TEST(test_change_of_type_flushes),
		TYPES_TEST(test_change_of_type_flushes_other_domains),
		TYPES_TEST(test_table_lock),
		TYPES_TEST(test_counts_are_limited),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
