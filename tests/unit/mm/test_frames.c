/* SPDX-License-Identifier: MIT */
/* Frame allocator, slabs, owners, claims. */
#include "mm/world.h"

#include <stdlib.h>
#include <string.h>

#include <asm/directmap.h>

#include "mm/buddy.h"

static void block_free(struct page_info *p, unsigned int order)
{
	buddy_free_run(p, p + (1UL << order));
}

static void test_table_covers_ram_only(void **state)
{
	const struct {
		uint64_t m;
		bool ram;
	} facts[] = {
		{0, false},
		{0x9e, false},
		{0x100, true},
		{(96UL << 8) - 1, true},
		{96UL << 8, false},
		{MFN_DEVICE, false},
		{2UL << 18, true},
		{max_page - 1, true},
		{max_page, false},
		{~0ULL, false},
		{PTE_FRAME_MASK >> PAGE_SHIFT, false},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(facts); i++) {
		assert_int_equal(mfn_is_ram(mfn(facts[i].m)), facts[i].ram);
	}
}

static void test_blocks_are_aligned_disjoint_and_merge(void **state)
{
	struct page_info *p[200];
	uint64_t before = frames_free_count();
	unsigned int order[200];

	(void)state;
	srand(1);
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++) {
		order[i] = (unsigned int)rand() % 6;
		p[i] = buddy_alloc(order[i], 64, BUDDY_IGNORE_CLAIMS, false);
		assert_non_null(p[i]);
		assert_int_equal(page_to_mfn(p[i]).v % (1UL << order[i]), 0);
		for (unsigned int k = 0; k < 1U << order[i]; k++) {
			assert_int_equal(p[i][k].word, PGW_RAM);
			p[i][k].next = i + 1;
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++) {
		for (unsigned int k = 0; k < 1U << order[i]; k++) {
			assert_int_equal(p[i][k].next, i + 1); /* nobody else's */
		}
		block_free(p[i], order[i]);
	}
	assert_int_equal(frames_free_count(), before);
	/* All in one piece again: the upper range is 16 MiB, order 12. */
	p[0] = buddy_alloc(12, 64, BUDDY_IGNORE_CLAIMS, false);
	assert_non_null(p[0]);
	block_free(p[0], 12);
}

static void test_address_limit(void **state)
{
	struct page_info *p = buddy_alloc(0, 64, BUDDY_IGNORE_CLAIMS, false);
	struct page_info *low = buddy_alloc(0, 31, BUDDY_IGNORE_CLAIMS, false);

	(void)state;
	assert_true(page_to_mfn(p).v >= 2UL << 18); /* high memory first */
	assert_true(page_to_mfn(low).v < 1UL << 19);
	assert_null(buddy_alloc(0, 20, BUDDY_IGNORE_CLAIMS, false)); /* the first MiB is not ours */
	assert_null(buddy_alloc(0, 12, BUDDY_IGNORE_CLAIMS, false));
	assert_null(buddy_alloc(0, 0, BUDDY_IGNORE_CLAIMS, false));
	assert_null(buddy_alloc(BUDDY_ORDER_MAX + 1, 64, BUDDY_IGNORE_CLAIMS, false));
	block_free(p, 0);
	block_free(low, 0);
}

/* A frame freed while some CPU may still have it mapped is flushed before reuse. */
static void test_reuse_flushes(void **state)
{
	struct page_info *p = buddy_alloc(0, 64, BUDDY_IGNORE_CLAIMS, false);
	unsigned int before;

	(void)state;
	fake_tlb_age();
	p->tlb_stamp = tlb_clock();
	block_free(p, 0);
	before = fake_flush_count;
	p = buddy_alloc(0, 64, BUDDY_IGNORE_CLAIMS, false);
	assert_true(fake_flush_count > before);
	block_free(p, 0);
	before = fake_flush_count;
	p = buddy_alloc(0, 64, BUDDY_IGNORE_CLAIMS, false);
	assert_int_equal(fake_flush_count, before); /* flushed since */
	block_free(p, 0);
}

static unsigned int others, others_scrubbed;

static void another_is_idle(void)
{
	others++;
	others_scrubbed += frames_scrub();
}

/* While one CPU is at it (it waits for a flush here), the others leave the heap alone. */
static void test_one_scrubs(void **state)
{
	struct page_info *p;

	(void)state;
	while (frames_scrub()) {
	}
	p = buddy_alloc(0, 64, BUDDY_IGNORE_CLAIMS, true);
	fake_tlb_age();
	p->tlb_stamp = tlb_clock();
	block_free(p, 0);
	others = others_scrubbed = 0;
	fake_on_flush = another_is_idle;
	assert_true(frames_scrub());
	fake_on_flush = NULL;
	assert_int_equal(others, 1);
	assert_int_equal(others_scrubbed, 0);
	assert_true(p->word & PGW_CLEAN);
}

/* What is scrubbed and what is not: whoever wants zeroes gets them. */
static void test_scrubbed_frames(void **state)
{
	static const uint8_t zeroes[PAGE_SIZE << 4];
	struct page_info *p;
	unsigned int before;

	(void)state;
	for (unsigned int scrubbed = 0; scrubbed <= 17; scrubbed++) {
		while (frames_scrub()) {
		}
		p = buddy_alloc(4, 64, BUDDY_IGNORE_CLAIMS, true);
		for (unsigned int i = 0; i < 16; i++) {
			assert_int_equal(p[i].word, PGW_RAM);
		}
		assert_memory_equal(mfn_to_virt(page_to_mfn(p)), zeroes, sizeof(zeroes));
		memset(mfn_to_virt(page_to_mfn(p)), 0xaa, sizeof(zeroes));
		fake_tlb_age();
		for (unsigned int i = 0; i < 16; i++) {
			p[i].tlb_stamp = tlb_clock();
		}
		before = fake_flush_count;
		block_free(p, 4);
		for (unsigned int i = 0; i < scrubbed; i++) {
			/* Not while somebody may still write to it. */
			assert_true(frames_scrub() || i == 16);
			assert_int_equal(fake_flush_count, before + 1);
		}
		for (unsigned int i = 0; i < 16; i++) {
			assert_int_equal(!!(p[i].word & PGW_CLEAN), i + scrubbed >= 16);
		}
		assert_ptr_equal(buddy_alloc(4, 64, BUDDY_IGNORE_CLAIMS, true), p);
		assert_memory_equal(mfn_to_virt(page_to_mfn(p)), zeroes, sizeof(zeroes));
		memset(mfn_to_virt(page_to_mfn(p)), 0xaa, sizeof(zeroes));
		block_free(p, 4);
	}
	/* Of one who does not want them, too: it is not known to be clean later. */
	while (frames_scrub()) {
	}
	p = buddy_alloc(0, 64, BUDDY_IGNORE_CLAIMS, false);
	memset(mfn_to_virt(page_to_mfn(p)), 0xaa, PAGE_SIZE);
	block_free(p, 0);
	assert_ptr_equal(buddy_alloc(0, 64, BUDDY_IGNORE_CLAIMS, true), p);
	assert_memory_equal(mfn_to_virt(page_to_mfn(p)), zeroes, PAGE_SIZE);
	block_free(p, 0);
}

/* A dying domain's frames go back in runs, whatever order they lie in. */
static void test_relinquish_runs(void **state)
{
	uint64_t before = frames_free_count();
	struct domain *d = world_domain(1, false, 2000);
	struct page_info *held, *p;

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		p = domain_page_alloc(d, i % 4, 0);
		assert_non_null(p);
		if (i % 7 == 0) {
			domain_page_release(p);
		}
	}
	assert_non_null(domain_page_alloc(d, 10, 0));
	held = domain_page_alloc(d, 3, 0) + 5;
	assert_true(page_get_id(held, 1));
	world_domain_end(d);
	assert_int_equal(d->tot_pages, 1);
	page_put(held);
	assert_int_equal(frames_free_count(), before);
}

static void test_slab_objects(void **state)
{
	static const size_t sizes[] = {1, 32, 33, 100, 500, 1024, 2048, 2049, 5000, 70000};
	uint8_t *object[10][64];

	(void)state;
	for (unsigned int s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (unsigned int i = 0; i < 64; i++) {
			object[s][i] = hv_alloc(sizes[s]);
			assert_non_null(object[s][i]);
			for (size_t k = 0; k < sizes[s]; k++) {
				assert_int_equal(object[s][i][k], 0);
			}
			memset(object[s][i], (int)(s * 64 + i), sizes[s]);
		}
	}
	for (unsigned int s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (unsigned int i = 0; i < 64; i++) {
			assert_int_equal(object[s][i][sizes[s] - 1], (uint8_t)(s * 64 + i));
			hv_free(object[s][i]);
		}
	}
	hv_free(NULL);
}

static void test_limit_of_a_domain(void **state)
{
	struct domain *d = world_domain(1, false, 10);
	struct page_info *p = domain_page_alloc(d, 3, 0);

	(void)state;
	assert_non_null(p);
	assert_int_equal(d->tot_pages, 8);
	assert_null(domain_page_alloc(d, 2, 0));
	assert_int_equal(d->tot_pages, 8);
	domain_page_release(p);
	assert_int_equal(d->tot_pages, 7);
	domain_page_release(p); /* a second time: nothing */
	assert_int_equal(d->tot_pages, 7);
	world_frame(d);
	assert_oracle();
}

/* A frame somebody else references outlives its owner's release, and its owner. */
static void test_reference_keeps_frame_and_domain(void **state)
{
	struct domain *d = world_domain(1, false, 10);
	uint64_t m = world_frame(d);

	(void)state;
	assert_true(page_get_id(world_page(m), 1));
	assert_false(page_get_id(world_page(m), 2));
	world_domain_end(d);
	assert_non_null(domain_by_id(1));
	assert_int_equal(d->tot_pages, 1);
	page_put(world_page(m));
	assert_null(domain_by_id(1));
}

static void test_claims(void **state)
{
	struct domain *d = world_domain(1, false, 1UL << 20);
	struct domain *other = world_domain(2, false, 1UL << 20);
	uint64_t most = frames_free_count();

	(void)state;
	assert_int_equal(domain_claim_pages(d, most + 1), -ENOMEM);
	assert_int_equal(domain_claim_pages(d, (1UL << 20) + 1), -EINVAL);
	assert_int_equal(domain_claim_pages(d, most - 4), 0);
	assert_int_equal(frames_claimed_count(), most - 4);
	assert_non_null(domain_page_alloc(other, 2, 0));
	assert_null(domain_page_alloc(other, 0, 0)); /* the rest is promised */
	assert_non_null(domain_page_alloc(d, 3, 0));
	assert_int_equal(frames_claimed_count(), most - 4 - 8);
	assert_int_equal(domain_claim_pages(d, 0), 0);
	assert_non_null(domain_page_alloc(other, 0, 0));
}

static void test_shared_frame(void **state)
{
	struct domain *d = world_domain(1, false, 10);
	struct domain *dom = world_domain(0, true, 10);
	uint64_t ro = virt_to_mfn(frames_alloc(0)).v, rw = virt_to_mfn(d->shared).v;
	pte_t e = ro << PAGE_SHIFT | FLAGS_RO;

	(void)state;
	page_share_with(world_page(ro), d, false);
	assert_oracle();
	e |= PTE_RW;
	assert_int_equal(l1e_get(d, 1, &e), -EBUSY);
	e &= ~PTE_RW;
	assert_int_equal(l1e_get(d, 1, &e), 0);
	assert_false(page_unshare(world_page(ro), d)); /* mapped */
	l1e_put(e);
	assert_int_equal(l1e_get(d, 1, &e), -EINVAL);
	e = rw << PAGE_SHIFT | FLAGS_USER;
	assert_int_equal(l1e_get(dom, 1, &e), 0);
	l1e_put(e);
	assert_int_equal(page_get_type(world_page(rw), PT_L1), -EINVAL);
	assert_int_equal(page_get_type(world_page(rw), PT_SEGDESC), -EINVAL);
	assert_true(page_unshare(world_page(ro), d));
	frames_free(mfn_to_virt(mfn(ro)), 0);
}

static void test_m2p(void **state)
{
	struct domain *d = world_domain(1, false, 10);
	uint64_t m = world_frame(d);
	mfn_t chunk = m2p_chunk_mfn(m >> M2P_CHUNK_SHIFT);
	const uint64_t *seen = (const uint64_t *)M2P_VIRT;
	pte_t e = chunk.v << PAGE_SHIFT | FLAGS_RO;

	(void)state;
	assert_true(m2p_get(mfn(m)) == M2P_INVALID);
	m2p_set(mfn(m), 77);
	assert_int_equal(seen[m], 77);
	domain_page_release(world_page(m));
	assert_true(seen[m] == M2P_INVALID);
	assert_true(mfn_eq(m2p_chunk_mfn(1), INVALID_MFN)); /* a hole */
	assert_true(m2p_get(mfn(1UL << 18)) == M2P_INVALID);
	/* Read-only through DOMID_XEN, and no other way. */
	assert_int_equal(l1e_get(d, 1, &e), -EINVAL);
	assert_int_equal(l1e_get(d, DOMID_XEN, &e), 0);
	l1e_put(e);
	e |= PTE_RW;
	assert_int_equal(l1e_get(d, DOMID_XEN, &e), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_table_covers_ram_only),
		WORLD_TEST(test_blocks_are_aligned_disjoint_and_merge),
		WORLD_TEST(test_address_limit),
		WORLD_TEST(test_reuse_flushes),
		WORLD_TEST(test_one_scrubs),
		WORLD_TEST(test_scrubbed_frames),
		WORLD_TEST(test_relinquish_runs),
		WORLD_TEST(test_slab_objects),
		WORLD_TEST(test_limit_of_a_domain),
		WORLD_TEST(test_reference_keeps_frame_and_domain),
		WORLD_TEST(test_claims),
		WORLD_TEST(test_shared_frame),
		WORLD_TEST(test_m2p),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
