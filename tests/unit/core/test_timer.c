/* SPDX-License-Identifier: MIT */
/* Timers fire in the order of their deadlines, once, on their CPU; killed ones never. */
#include "core/world.h"

#include <stdlib.h>

#define TIMERS 200

static struct timer timers[TIMERS];
static unsigned int fired[TIMERS], order[TIMERS], fire_count;
static stime_t fired_at[TIMERS];
static unsigned int fired_on[TIMERS];

static void on_fire(void *data)
{
	unsigned int i = (unsigned int)(uintptr_t)data;

	fired[i]++;
	fired_at[i] = fake_now;
	fired_on[i] = smp_processor_id();
	order[fire_count++ % TIMERS] = i;
}

static int begin(void **state)
{
	int rc = world_test_begin(state);

	for (unsigned int i = 0; i < TIMERS; i++) {
		timer_init(&timers[i], on_fire, (void *)(uintptr_t)i, i % CPUS);
		fired[i] = 0;
	}
	fire_count = 0;
	return rc;
}

static int end(void **state)
{
	for (unsigned int i = 0; i < TIMERS; i++) {
		timer_kill(&timers[i]);
	}
	return world_test_end(state);
}

#define TIMER_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

static void test_order_on_one_cpu(void **state)
{
	stime_t start = fake_now;

	(void)state;
	srandom(1);
	for (unsigned int i = 0; i < TIMERS; i++) {
		timer_migrate(&timers[i], 0);
		timer_set(&timers[i], start + 1 + (unsigned long)random() % 1000);
	}
	world_pass(2000);
	assert_int_equal(fire_count, TIMERS);
	for (unsigned int i = 1; i < TIMERS; i++) {
		assert_true(timers[order[i - 1]].expires <= timers[order[i]].expires);
		assert_int_equal(fired[order[i]], 1);
	}
}

static void test_not_before_its_time(void **state)
{
	stime_t start = fake_now;

	(void)state;
	timer_set(&timers[0], start + 1000);
	assert_int_equal(fake_deadline[0], start + 1000);
	world_pass(999);
	assert_int_equal(fired[0], 0);
	world_pass(1);
	assert_int_equal(fired[0], 1);
	assert_int_equal(fake_deadline[0], STIME_MAX);
	/* A time that has passed: at once. */
	timer_set(&timers[0], 1);
	world_pass(0);
	assert_int_equal(fired[0], 2);
}

static void test_rearm_and_stop(void **state)
{
	stime_t start = fake_now;

	(void)state;
	timer_set(&timers[4], start + 100);
	timer_set(&timers[8], start + 200);
	timer_set(&timers[4], start + 300); /* later than it was */
	world_pass(150);
	assert_int_equal(fire_count, 0);
	timer_stop(&timers[8]);
	timer_stop(&timers[8]);
	world_pass(1000);
	assert_int_equal(fired[4], 1);
	assert_int_equal(fired[8], 0);
	timer_kill(&timers[8]);
	timer_set(&timers[8], start + 1);
	assert_false(timers[8].pending);
	world_pass(1000);
	assert_int_equal(fired[8], 0);
}

static void test_fires_where_it_lives(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		timer_set(&timers[i], fake_now + 100);
	}
	timer_migrate(&timers[1], 3);
	world_pass(100);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(fired[i], 1);
		assert_int_equal(fired_on[i], i == 1 ? 3 : i % CPUS);
	}
}

/* A model of the heap: a list of pending deadlines, changed at random. */
static void test_random_against_model(void **state)
{
	stime_t due[TIMERS] = {0};

	(void)state;
	srandom(42);
	for (unsigned int step = 0; step < 20000; step++) {
		unsigned int i = (unsigned int)random() % TIMERS;

		switch (random() % 4) {
		case 0:
		case 1:
			due[i] = fake_now + 1 + (unsigned long)random() % 500;
			timer_set(&timers[i], due[i]);
			break;
		case 2:
			due[i] = 0;
			timer_stop(&timers[i]);
			break;
		default:
			timer_migrate(&timers[i], (unsigned int)random() % CPUS);
			if (random() % 8 == 0) {
				world_pass((unsigned long)random() % 100);
			}
			break;
		}
		for (i = 0; i < TIMERS; i++) {
			bool late = due[i] && due[i] <= fake_now;

			assert_int_equal(fired[i], late);
			assert_int_equal(timers[i].pending, due[i] && !late);
			if (late) {
				fired[i] = 0;
				due[i] = 0;
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TIMER_TEST(test_order_on_one_cpu),     TIMER_TEST(test_not_before_its_time),
		TIMER_TEST(test_rearm_and_stop),       TIMER_TEST(test_fires_where_it_lives),
		TIMER_TEST(test_random_against_model),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
