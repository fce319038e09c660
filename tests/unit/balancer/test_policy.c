/* SPDX-License-Identifier: MIT */
/* The balancer's policy: cases by hand, and what holds for any guests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../dom0-tools/balancer/policy.h"

#define MIB 1024ULL
#define COUNT 6
#define ROUNDS 200000

static struct policy_guest guest(uint64_t min, uint64_t max, uint64_t has, uint64_t used)
{
	return (struct policy_guest){
		.min = min * MIB,
		.max = max * MIB,
		.target = has * MIB,
		.has = has * MIB,
		.used = used * MIB,
		.reports = true,
	};
}

static void expect(const struct policy_guest *g, uint64_t target, enum policy_reason reason)
{
	assert_int_equal(g->new_target, target * MIB);
	assert_string_equal(policy_reason_names[g->reason], policy_reason_names[reason]);
}

/* With enough for all, each has what it wishes: used, a quarter more, 32 MiB. */
static void test_enough(void **state)
{
	struct policy_guest g[] = {guest(64, 512, 256, 200), guest(64, 512, 256, 40)};

	(void)state;
	policy_decide(g, 2, 100 * MIB, false);
	expect(&g[0], 282, POLICY_TAKES);
	expect(&g[1], 82, POLICY_GIVES);
}

/* Nothing is free: the one that has too much gives first, then the other takes. */
static void test_gives_before_takes(void **state)
{
	struct policy_guest g[] = {guest(64, 512, 256, 400), guest(64, 512, 256, 40)};

	(void)state;
	policy_decide(g, 2, 0, false);
	expect(&g[0], 256, POLICY_WAITS);
	/* the pool of 512 is short of 512 + 82: 64 + 18 * 384 / 466 */
	expect(&g[1], 78, POLICY_GIVES);
	g[1].target = g[1].new_target;
	policy_decide(g, 2, 0, false);
	expect(&g[0], 256, POLICY_WAITS); /* it was asked and has not given yet */
	g[1].has = g[1].target;
	policy_decide(g, 2, 178 * MIB, false);
	expect(&g[0], 433, POLICY_TAKES);
	expect(&g[1], 78, POLICY_KEEPS);
}

/* What is short is short for each in proportion to what it wishes above its minimum. */
static void test_shortage(void **state)
{
	struct policy_guest g[] = {guest(100, 1000, 300, 900), guest(100, 400, 300, 900)};

	(void)state;
	policy_decide(g, 2, 0, false);
	assert_int_equal(g[0].wish, 1000 * MIB);
	assert_int_equal(g[1].wish, 400 * MIB);
	assert_int_equal(g[0].share, 400 * MIB); /* 100 + 400 * 900 / 1200 */
	assert_int_equal(g[1].share, 200 * MIB);
}

/* A debt (more is to stay free than is) takes guests to their minimum and no further. */
static void test_debt(void **state)
{
	struct policy_guest g[] = {guest(100, 400, 300, 300), guest(50, 400, 300, 10)};

	(void)state;
	policy_decide(g, 2, -2000 * (int64_t)MIB, false);
	expect(&g[0], 100, POLICY_GIVES);
	expect(&g[1], 50, POLICY_GIVES);
}

static void test_silent(void **state)
{
	struct policy_guest g[] = {guest(64, 512, 256, 0), guest(64, 512, 200, 400)};

	(void)state;
	g[0].reports = false;
	policy_decide(g, 2, 0, false);
	expect(&g[0], 256, POLICY_SILENT);
	expect(&g[1], 200, POLICY_KEEPS); /* the pool is its own memory only */
	policy_decide(g, 2, 0, true);
	expect(&g[0], 228, POLICY_GIVES);
	expect(&g[1], 200, POLICY_WAITS);
}

/* A guest that does not take what it was given leaves it promised, not free. */
static void test_promised(void **state)
{
	struct policy_guest g[] = {guest(64, 512, 100, 300), guest(64, 512, 100, 300)};

	(void)state;
	g[0].target = 200 * MIB;
	policy_decide(g, 2, 100 * MIB, false);
	assert_int_equal(g[1].new_target, 100 * MIB);
	assert_string_equal(policy_reason_names[g[1].reason], "waits");
}

static void test_small_changes(void **state)
{
	struct policy_guest g = guest(64, 512, 160, 100); /* wishes 157 */

	(void)state;
	policy_decide(&g, 1, 0, false);
	expect(&g, 160, POLICY_KEEPS);
}

/* A report is a guest's word: no number of it leaves the bounds or wraps. */
static void test_lies(void **state)
{
	struct policy_guest g[] = {guest(64, 512, 128, 0), guest(64, 512, 128, 100)};

	(void)state;
	g[0].used = UINT64_MAX;
	policy_decide(g, 2, 1000 * MIB, false);
	expect(&g[0], 512, POLICY_TAKES);
	g[0].used = 0;
	policy_decide(g, 2, 1000 * MIB, false);
	expect(&g[0], 64, POLICY_GIVES);
}

static uint64_t below(uint64_t limit)
{
	return (uint64_t)random() % limit;
}

static struct policy_guest any_guest(void)
{
	struct policy_guest g;

	g.min = below(600) * MIB + below(MIB);
	g.max = g.min + below(2) * below(4000) * MIB;
	g.target = below(10) ? g.min + below(g.max - g.min + 1) : below(5000 * MIB);
	g.has = below(3) ? g.target : below(5000 * MIB);
	g.used = below(20) ? below(4000 * MIB) : UINT64_MAX;
	g.reports = below(4);
	return g;
}

/* Nobody leaves its bounds, and no more is given out than is free. */
static void check_decision(const struct policy_guest *g, size_t count, int64_t spare, bool silent)
{
	int64_t open = spare;

	for (size_t i = 0; i < count; i++) {
		bool managed = g[i].reports || silent;

		if (g[i].target > g[i].has) {
			open -= (int64_t)(g[i].target - g[i].has);
		}
		assert_true(managed || g[i].new_target == g[i].target);
		if (g[i].new_target != g[i].target) {
			assert_true(g[i].new_target <= g[i].max);
			/* below its minimum only on the way up */
			assert_true(g[i].new_target >= g[i].min || g[i].new_target > g[i].target);
			assert_true(llabs((long long)(g[i].new_target - g[i].target)) >=
				    (long long)POLICY_STEP_KIB);
		}
		assert_int_equal(g[i].reason == POLICY_TAKES, g[i].new_target > g[i].target);
		assert_int_equal(g[i].reason == POLICY_GIVES, g[i].new_target < g[i].target);
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t held = g[i].has > g[i].target ? g[i].has : g[i].target;

		if (g[i].new_target > held) {
			open -= (int64_t)(g[i].new_target - held);
			assert_true(open >= 0);
		}
	}
}

static void test_any(void **state)
{
	struct policy_guest g[COUNT];

	(void)state;
	srandom(1);
	for (int round = 0; round < ROUNDS; round++) {
		int64_t spare = (int64_t)below(6000 * MIB) - 1000 * (int64_t)MIB;
		bool silent = below(2);
		size_t count = below(COUNT + 1);

		for (size_t i = 0; i < count; i++) {
			g[i] = any_guest();
		}
		policy_decide(g, count, spare, silent);
		check_decision(g, count, spare, silent);
	}
}

/* Guests that do as they are asked come to rest: within a few rounds nobody moves any more. */
static void test_settles(void **state)
{
	struct policy_guest g[COUNT];
	int longest = 0;

	(void)state;
	srandom(2);
	for (int round = 0; round < ROUNDS / 20; round++) {
		int64_t spare = (int64_t)below(3000 * MIB);
		int steps = 0;
		bool moved = true;

		for (int i = 0; i < COUNT; i++) {
			g[i] = any_guest();
			g[i].target = g[i].has = g[i].min + below(g[i].max - g[i].min + 1);
		}
		for (; moved && steps < 20; steps++) {
			policy_decide(g, COUNT, spare, true);
			moved = false;
			for (int i = 0; i < COUNT; i++) {
				moved = moved || g[i].new_target != g[i].target;
				spare += (int64_t)g[i].has - (int64_t)g[i].new_target;
				g[i].target = g[i].has = g[i].new_target;
			}
		}
		assert_false(moved);
		longest = steps > longest ? steps : longest;
	}
	printf("at rest after %d rounds at most\n", longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enough),        cmocka_unit_test(test_gives_before_takes),
		cmocka_unit_test(test_shortage),      cmocka_unit_test(test_debt),
		cmocka_unit_test(test_silent),        cmocka_unit_test(test_promised),
		cmocka_unit_test(test_small_changes), cmocka_unit_test(test_lies),
		cmocka_unit_test(test_any),           cmocka_unit_test(test_settles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
