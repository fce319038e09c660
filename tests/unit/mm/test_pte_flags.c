/* SPDX-License-Identifier: MIT */
/*
 * Every change of an entry's flags, at every level, against a model written
 * from the rules (abi: page-table entries) and not from the code: which new
 * entries are accepted, what is stored, what is referenced afterwards.
 */
#include "mm/world.h"

/* The bits that matter; accessed and dirty go together. */
static const pte_t bits[] = {PTE_PRESENT, PTE_RW,          PTE_USER,   PTE_PWT,
			     PTE_PCD,     PTE_PAT,         PTE_GLOBAL, PTE_ACCESSED | PTE_DIRTY,
			     PTE_NX,      PTE_GUEST_KERNEL};
#define COMBINATIONS (1U << ARRAY_SIZE(bits))
#define CACHE (PTE_PWT | PTE_PCD | PTE_PAT)

static struct domain *d;
static struct tables t;
static uint64_t frame[2];

static pte_t flags_of_number(unsigned int n)
{
	pte_t f = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(bits); i++) {
		f |= n >> i & 1 ? bits[i] : 0;
	}
	return f;
}

/* The model: an L1 entry of RAM that the domain owns. */
static bool model_accepts(pte_t e, bool device_access)
{
	return !(e & PTE_PRESENT) || !(e & CACHE) || device_access;
}

static pte_t model_stored(pte_t e)
{
	if (!(e & PTE_PRESENT)) {
		return e;
	}
	if (!(e & PTE_USER)) {
		return e | PTE_USER | PTE_GUEST_KERNEL;
	}
	return e & PTE_GUEST_KERNEL ? e : e | PTE_GLOBAL;
}

/* The references of a frame when e is the only entry that can name it. */
static void expect_counts(uint64_t m, pte_t e)
{
	bool present = pte_mfn(e).v == m && (e & PTE_PRESENT);
	bool writable = present && (e & PTE_RW);

	assert_int_equal(refs_of(m), 1 + present);
	assert_int_equal(types_of(m), writable);
}

/* From each old entry to each new one, to the same frame and to another. */
static void all_changes(bool device_access, enum pte_store how)
{
	pte_t *slot = &world_table(t.l1)[9];

	d->pv.dom0_device_access = device_access;
	for (unsigned int a = 0; a < COMBINATIONS; a++) {
		pte_t old = frame[0] << PAGE_SHIFT | flags_of_number(a);

		if (!model_accepts(old, device_access)) {
			continue;
		}
		for (unsigned int b = 0; b < 2 * COMBINATIONS; b++) {
			unsigned int which = b / COMBINATIONS;
			pte_t new = frame[which] << PAGE_SHIFT | flags_of_number(b % COMBINATIONS);
			pte_t before, want;
			int rc;

			assert_int_equal(l1e_update(d, d->id, slot, old, PTE_STORE, 0), 0);
			before = *slot;
			if (before != model_stored(old)) {
				fail_msg("stored %lx for %lx", before, old);
			}
			rc = l1e_update(d, d->id, slot, new, how, before);
			if (rc != (model_accepts(new, device_access) ? 0 : -EINVAL)) {
				fail_msg("%lx to %lx: %d", old, new, rc);
			}
			want = rc ? before : model_stored(new);
			if (!rc && how == PTE_STORE_KEEP_AD) {
				want |= before & (PTE_ACCESSED | PTE_DIRTY);
			}
			if (*slot != want) {
				fail_msg("%lx to %lx: stored %lx, expected %lx", old, new, *slot,
					 want);
			}
			expect_counts(frame[0], want);
			expect_counts(frame[1], want);
		}
	}
	assert_int_equal(l1e_update(d, d->id, slot, 0, PTE_STORE, 0), 0);
	d->pv.dom0_device_access = false;
}

static int begin(void **state)
{
	int rc = world_test_begin(state);

	d = world_domain(1, false, 100);
	world_tables_live(d, &t);
	world_run(d);
	frame[0] = world_frame(d);
	frame[1] = world_frame(d);
	assert_true(page_table_lock(world_page(t.l1), 1));
	return rc;
}

static int end(void **state)
{
	page_table_unlock(world_page(t.l1));
	return world_test_end(state);
}

static void test_l1_all_changes(void **state)
{
	(void)state;
	all_changes(false, PTE_STORE);
	all_changes(true, PTE_STORE);
}

static void test_l1_all_changes_preserving_ad(void **state)
{
	(void)state;
	all_changes(false, PTE_STORE_KEEP_AD);
}

static void test_l1_all_changes_compared(void **state)
{
	pte_t *slot = &world_table(t.l1)[9];

	(void)state;
	all_changes(false, PTE_STORE_IF_SAME);
	/* Not the expected old entry: nothing happens. */
	assert_int_equal(l1e_update(d, d->id, slot, frame[0] << PAGE_SHIFT | FLAGS_USER,
				    PTE_STORE_IF_SAME, 1),
			 -EAGAIN);
	assert_int_equal(*slot, 0);
	expect_counts(frame[0], 0);
}

/* Bits that no entry may have: reserved address bits are a frame that is not there. */
static void test_l1_frame_numbers(void **state)
{
	pte_t *slot = &world_table(t.l1)[9];

	(void)state;
	for (unsigned int bit = 0; bit < 40; bit++) {
		uint64_t m = 1ULL << bit;
		bool ours = mfn_is_ram(mfn(m)) && world_page(m)->owner == d->id &&
			    !(world_page(m)->word & PGW_HYPERVISOR);
		int rc = l1e_update(d, d->id, slot, m << PAGE_SHIFT | FLAGS_RO, PTE_STORE, 0);

		assert_int_equal(!rc, ours);
	}
	assert_int_equal(l1e_update(d, d->id, slot, 0, PTE_STORE, 0), 0);
}

/* Devices: only with access, never the private ones, never cached. */
static void test_l1_devices(void **state)
{
	pte_t *slot = &world_table(t.l1)[9];

	(void)state;
	for (unsigned int n = 0; n < COMBINATIONS; n++) {
		pte_t e = MFN_DEVICE << PAGE_SHIFT | flags_of_number(n) | PTE_PRESENT;
		pte_t cache = e & CACHE, want;

		assert_int_equal(l1e_update(d, d->id, slot, 0, PTE_STORE, 0), 0);
		d->pv.dom0_device_access = false;
		assert_int_not_equal(l1e_update(d, d->id, slot, e, PTE_STORE, 0), 0);
		d->pv.dom0_device_access = true;
		assert_int_equal(l1e_update(d, 2, slot, e, PTE_STORE, 0), -EINVAL);
		assert_int_equal(l1e_update(d, d->id, slot,
					    (e & ~PTE_FRAME_MASK) | MFN_PRIVATE << PAGE_SHIFT,
					    PTE_STORE, 0),
				 -EPERM);
		assert_int_equal(l1e_update(d, n & 1 ? DOMID_IO : d->id, slot, e, PTE_STORE, 0), 0);
		/* PAT: 0 WB, 1 WT, 5 WP become uncached; UC-, UC, WC stay. */
		want = cache == 0                     ? PTE_PWT | PTE_PCD
		       : cache == PTE_PWT             ? PTE_PWT | PTE_PCD
		       : cache == (PTE_PAT | PTE_PWT) ? PTE_PWT | PTE_PCD
						      : cache;
		assert_true((*slot & CACHE) == want);
	}
	assert_int_equal(l1e_update(d, d->id, slot, 0, PTE_STORE, 0), 0);
}

/* Levels 2 to 4: through the hypercall, all flags, old and new. */
static void test_upper_levels_all_changes(void **state)
{
	const uint64_t table[] = {t.l2, t.l3, t.l4}, below[] = {t.l1, t.l2, t.l3};
	const pte_t refused = PTE_PWT | PTE_PCD | PTE_PSE | PTE_GLOBAL;

	(void)state;
	for (unsigned int level = 0; level < 3; level++) {
		for (unsigned int a = 0; a < COMBINATIONS; a++) {
			pte_t old = below[level] << PAGE_SHIFT | flags_of_number(a);
			uint64_t refs = refs_of(below[level]);
			bool present = old & PTE_PRESENT, ok = !present || !(old & refused);
			pte_t want = ok ? old | (present ? PTE_USER : 0) : 0;

			/* Slot 3: in slot 0 the live mapping stays. */
			assert_int_equal(update_entry(table[level], 3, old), ok ? 0 : -EINVAL);
			assert_true(world_table(table[level])[3] == want);
			assert_int_equal(refs_of(below[level]), refs + (ok && present));
			for (unsigned int b = a % 7; ok && b < COMBINATIONS; b += 7) {
				pte_t new = below[level] << PAGE_SHIFT | flags_of_number(b);
				bool fine = !(new &PTE_PRESENT) || !(new &refused);

				assert_int_equal(update_entry(table[level], 3, new),
						 fine ? 0 : -EINVAL);
				assert_int_equal(update_entry(table[level], 3, old), 0);
			}
			assert_int_equal(update_entry(table[level], 3, 0), 0);
			assert_int_equal(refs_of(below[level]), refs);
		}
		/* A table of the wrong level. */
		assert_int_equal(update_entry(table[level], 3,
					      table[level] << PAGE_SHIFT | FLAGS_USER),
				 -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_l1_all_changes, begin, end),
		cmocka_unit_test_setup_teardown(test_l1_all_changes_preserving_ad, begin, end),
		cmocka_unit_test_setup_teardown(test_l1_all_changes_compared, begin, end),
		cmocka_unit_test_setup_teardown(test_l1_frame_numbers, begin, end),
		cmocka_unit_test_setup_teardown(test_l1_devices, begin, end),
		cmocka_unit_test_setup_teardown(test_upper_levels_all_changes, begin, end),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
