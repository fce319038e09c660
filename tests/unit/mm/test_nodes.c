/* SPDX-License-Identifier: MIT */
/* Memory of NUMA nodes: where blocks come from, where they go back to, what each node has free. */
#include "mm/world.h"

#include <stdlib.h>

#include "mm/buddy.h"
#include "mm/node.h"

/* The low 96 MiB in two nodes whose boundary no large block respects; high RAM is node 1's. */
#define BOUNDARY ((40UL << 8) + 3)

static int nodes_start(void **state)
{
	static const struct node_range ranges[] = {
		{0, BOUNDARY, 0},
		{BOUNDARY, 96UL << 8, 1},
		{2UL << 18, 3UL << 18, 1},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++) {
		node_ranges[i] = ranges[i];
	}
	node_range_count = ARRAY_SIZE(ranges);
	node_count = 2;
	return world_start(state);
}

static void test_node_of(void **state)
{
	(void)state;
	assert_int_equal(node_of(BOUNDARY - 1), 0);
	assert_int_equal(node_of(BOUNDARY), 1);
	assert_int_equal(node_of(2UL << 18), 1);
	assert_int_equal(node_of(1UL << 18), 0); /* of none */
	assert_int_equal(node_size(0), BOUNDARY);
	assert_int_equal(node_size(1), (96UL << 8) - BOUNDARY + (1UL << 18));
	assert_int_equal(buddy_node_free(0) + buddy_node_free(1), frames_free_count());
}

static void test_blocks_stay_in_their_node(void **state)
{
	struct page_info *p[300];
	unsigned int order[300];
	uint64_t free[2] = {buddy_node_free(0), buddy_node_free(1)};

	(void)state;
	srand(1);
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++) {
		unsigned int node = (unsigned int)rand() % 2;
		uint64_t before = buddy_node_free(node), m;

		order[i] = (unsigned int)rand() % 6;
		p[i] = buddy_alloc(order[i], 64 | BUDDY_ON_NODES(1U << node), BUDDY_IGNORE_CLAIMS,
				   false);
		assert_non_null(p[i]);
		m = page_to_mfn(p[i]).v;
		assert_int_equal(node_of(m), node);
		assert_int_equal(node_of(m + (1UL << order[i]) - 1), node);
		assert_int_equal(buddy_node_free(node), before - (1UL << order[i]));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++) {
		buddy_free_run(p[i], p[i] + (1UL << order[i]));
	}
	assert_int_equal(buddy_node_free(0), free[0]);
	assert_int_equal(buddy_node_free(1), free[1]);
}

/* A preference is no limit: when the node is used up the others serve, and all is given back. */
static void test_preference(void **state)
{
	struct domain *d = world_domain(2, false, 100000);
	uint64_t n = buddy_node_free(0) + 100, first;
	struct page_info *p = NULL;

	(void)state;
	d->node_affinity = 1;
	for (uint64_t i = 0; i < n; i++) {
		first = buddy_node_free(0);
		p = domain_page_alloc(d, 0, 0);
		assert_non_null(p);
		assert_int_equal(node_of(page_to_mfn(p).v), first ? 0 : 1);
	}
	assert_int_equal(buddy_node_free(0), 0);
}

/* Below an address counts for more than a node. */
static void test_low_memory(void **state)
{
	struct page_info *p = buddy_alloc(0, 24 | BUDDY_ON_NODES(2), BUDDY_IGNORE_CLAIMS, false);

	(void)state;
	assert_non_null(p);
	assert_true(page_to_mfn(p).v < 1UL << 12);
	buddy_free_run(p, p + 1);
}

/* A run that lies across the boundary goes back in parts. */
static void test_run_across(void **state)
{
	uint64_t free[2] = {buddy_node_free(0), buddy_node_free(1)};
	struct page_info *p;
	uint64_t count = 0;

	(void)state;
	while ((p = buddy_alloc(0, 64, BUDDY_IGNORE_CLAIMS, false))) {
		count++;
	}
	assert_int_equal(count, free[0] + free[1]);
	p = mfn_to_page(mfn(BOUNDARY - 19));
	buddy_free_run(p, p + 64);
	assert_int_equal(buddy_node_free(0), 19);
	assert_int_equal(buddy_node_free(1), 45);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_node_of),
		WORLD_TEST(test_blocks_stay_in_their_node),
		WORLD_TEST(test_preference),
		WORLD_TEST(test_low_memory),
		/* the last: it leaves the heap empty */
		cmocka_unit_test(test_run_across),
	};

	return cmocka_run_group_tests(tests, nodes_start, NULL);
}
