/* SPDX-License-Identifier: MIT */
/*
 * Several CPUs change the same tables at once: real threads, each a CPU with a
 * vCPU of its own.  No wait may last for ever, and when all have stopped the
 * oracle agrees.  What interleaves is up to the machine.
 */
#include "mm/world.h"

#include <pthread.h>
#include <sched.h>

#include <asm/directmap.h>

#include "mm/buddy.h"

#define THREADS 4
#define STEPS 300000
#define FRAMES 12

static struct domain *d;
static struct tables t;
static uint64_t frame[FRAMES];
static struct vcpu *vcpus[THREADS];

static uint64_t rnd(uint64_t *s, uint64_t n)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s % n;
}

static pte_t some_entry(uint64_t *s)
{
	static const pte_t flags[] = {FLAGS_USER, FLAGS_RO, 0};

	return frame[rnd(s, FRAMES)] << PAGE_SHIFT | flags[rnd(s, 3)];
}

static void one_step(uint64_t *s)
{
	const uint64_t table[] = {t.l1, t.l1, t.l1, t.l2, t.l3, frame[rnd(s, FRAMES)]};
	uint64_t m = frame[rnd(s, FRAMES)];
	struct mmu_update u[3];

	switch (rnd(s, 8)) {
	case 0:
		mmuext(MMUEXT_PIN_L1_TABLE + (uint32_t)rnd(s, 4), m);
		break;
	case 1:
	case 2:
		mmuext(MMUEXT_UNPIN_TABLE, m);
		break;
	case 3:
		do_update_va_mapping(rnd(s, 8) << PAGE_SHIFT, some_entry(s), UVMF_NONE);
		break;
	case 4:
		if (!page_get_and_type(world_page(m), d, PT_WRITABLE)) {
			page_put_and_type(world_page(m));
		}
		break;
	default:
		for (unsigned int i = 0; i < ARRAY_SIZE(u); i++) {
			/* Slot 0 of the live tables stays. */
			u[i].ptr = (table[rnd(s, ARRAY_SIZE(table))] << PAGE_SHIFT) +
				   8 * (1 + rnd(s, 4));
			u[i].val = some_entry(s);
		}
		call_mmu_update(u, 1 + (uint32_t)rnd(s, ARRAY_SIZE(u)), NULL, DOMID_SELF);
		break;
	}
}

static void *cpu_main(void *arg)
{
	uint64_t s = 0x9e3779b97f4a7c15ULL * (1 + (uint64_t)arg);

	fake_cpu = (unsigned int)(uint64_t)arg + 1;
	cpu_set_current(vcpus[(uint64_t)arg]);
	for (unsigned int i = 0; i < STEPS; i++) {
		one_step(&s);
	}
	return NULL;
}

static void test_four_cpus(void **state)
{
	pthread_t thread[THREADS];

	(void)state;
	d = world_domain(1, false, 200);
	world_tables_live(d, &t);
	d->dirty_cpus = 0x1e;
	for (unsigned int i = 0; i < FRAMES; i++) {
		frame[i] = world_frame(d);
	}
	for (uint64_t i = 0; i < THREADS; i++) {
		vcpus[i] = hv_alloc(sizeof(*vcpus[i]));
		vcpus[i]->domain = d;
		vcpus[i]->pv.guest_table = d->vcpu[0]->pv.guest_table;
	}
	for (uint64_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&thread[i], NULL, cpu_main, (void *)i), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_null(vcpus[i]->pv.old_table);
		hv_free(vcpus[i]);
	}
	assert_oracle();
}

#define HEAP_STEPS 60000

/* Takes blocks, writes into them, and finds them as they were left. */
static void *taker_main(void *arg)
{
	uint64_t s = 0x9e3779b97f4a7c15ULL * (1 + (uint64_t)arg);

	fake_cpu = (unsigned int)(uint64_t)arg + 1;
	for (unsigned int i = 0; i < HEAP_STEPS; i++) {
		unsigned int order = (unsigned int)rnd(&s, 4);
		uint64_t count = 1UL << order;
		struct page_info *p = buddy_alloc(order, 64, BUDDY_IGNORE_CLAIMS, false);

		if (!p) {
			continue;
		}
		for (uint64_t n = 0; n < count; n++) {
			*(uint64_t *)mfn_to_virt(page_to_mfn(&p[n])) = s + n;
		}
		sched_yield();
		for (uint64_t n = 0; n < count; n++) {
			assert_int_equal(*(uint64_t *)mfn_to_virt(page_to_mfn(&p[n])), s + n);
			assert_int_equal(p[n].word, PGW_RAM);
		}
		buddy_free_run(p, p + count);
	}
	return NULL;
}

static void *scrubber_main(void *arg)
{
	const bool *stop = arg;

	fake_cpu = THREADS;
	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		frames_scrub();
	}
	return NULL;
}

/* Idle CPUs zero free frames, never those that somebody is just taking. */
static void test_scrubbing_meets_taking(void **state)
{
	pthread_t taker[2], scrubber;
	uint64_t before = frames_free_count();
	bool stop = false;

	(void)state;
	assert_int_equal(pthread_create(&scrubber, NULL, scrubber_main, &stop), 0);
	for (uint64_t i = 0; i < ARRAY_SIZE(taker); i++) {
		assert_int_equal(pthread_create(&taker[i], NULL, taker_main, (void *)i), 0);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(taker); i++) {
		pthread_join(taker[i], NULL);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(scrubber, NULL);
	assert_int_equal(frames_free_count(), before);
	assert_oracle();
}

/* Who only tries a lock never stands in line: its holder's next turn is its own. */
static void test_trying(void **state)
{
	spinlock_t lock = SPINLOCK(RANK_HEAP);

	(void)state;
	for (unsigned int i = 0; i < 0x10003; i++) { /* past the end of the tickets */
		assert_true(spin_trylock(&lock));
		assert_false(spin_trylock(&lock));
		spin_unlock(&lock);
		spin_lock(&lock);
		assert_false(spin_trylock(&lock));
		spin_unlock(&lock);
	}
	assert_int_equal(lock.next, lock.serving);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_four_cpus),
		WORLD_TEST(test_scrubbing_meets_taking),
		WORLD_TEST(test_trying),
	};

	return cmocka_run_group_tests(tests, world_start_small, NULL);
}
