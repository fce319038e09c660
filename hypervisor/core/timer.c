/* SPDX-License-Identifier: MIT */
/*
 * Timers (see timer.h).  Pairing heap after Fredman, Sedgewick, Sleator and
 * Tarjan, "The pairing heap", Algorithmica 1986.
 */
#include "core/timer.h"

#include "arch/cpu.h"
#include "arch/time.h"
#include "lib/bug.h"
#include "lib/spinlock.h"

struct timer_base {
	spinlock_t lock;
	struct timer *root;
	struct timer *running; /* whose callback is being run */
} __aligned(64);

static struct timer_base bases[MAX_CPUS];

static struct timer *meld(struct timer *a, struct timer *b)
{
	struct timer *t;

	if (!a || !b) {
		return a ? a : b;
	}
	if (b->expires < a->expires) {
		t = a;
		a = b;
		b = t;
	}
	/* b becomes a's first child */
	b->next = a->child;
	if (b->next) {
		b->next->prev = b;
	}
	b->prev = a;
	a->child = b;
	a->next = a->prev = NULL;
	return a;
}

/* Pairs the siblings from left to right, then melds from right to left. */
static struct timer *merge_siblings(struct timer *first)
{
	struct timer *pairs = NULL, *result = NULL;

	while (first) {
		struct timer *a = first, *b = first->next;
		struct timer *rest = b ? b->next : NULL;

		a->next = a->prev = NULL;
		if (b) {
			b->next = b->prev = NULL;
		}
		a = meld(a, b);
		a->next = pairs; /* stack of pairs */
		pairs = a;
		first = rest;
	}
	while (pairs) {
		struct timer *n = pairs->next;

		pairs->next = NULL;
		result = meld(result, pairs);
		pairs = n;
	}
	return result;
}

static void heap_insert(struct timer_base *b, struct timer *t)
{
	t->child = t->next = t->prev = NULL;
	t->pending = true;
	b->root = meld(b->root, t);
}

static void heap_remove(struct timer_base *b, struct timer *t)
{
	struct timer *sub;

	if (t != b->root) {
		if (t->prev->child == t) {
			t->prev->child = t->next;
		} else {
			t->prev->next = t->next;
		}
		if (t->next) {
			t->next->prev = t->prev;
		}
	}
	sub = merge_siblings(t->child);
	b->root = t == b->root ? sub : meld(b->root, sub);
	t->child = t->next = t->prev = NULL;
	t->pending = false;
}

/* The timer's heap, locked; the timer may be migrated while we wait. */
static struct timer_base *lock_base(struct timer *t)
{
	for (;;) {
		unsigned int cpu = __atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE);
		struct timer_base *b = &bases[cpu];

		spin_lock_quiet(&b->lock);
		if (cpu == t->cpu) {
			return b;
		}
		spin_unlock(&b->lock);
	}
}

void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu)
{
	*t = (struct timer){.fn = fn, .data = data, .cpu = (uint16_t)cpu, .expires = STIME_MAX};
}

/* The earliest deadline of b changed: its CPU reprograms its hardware timer. */
static void reprogram(struct timer_base *b, unsigned int cpu)
{
	if (cpu == smp_processor_id()) {
		cpu_timer_program(b->root ? b->root->expires : STIME_MAX);
	} else {
		cpu_raise(cpu, WORK_TIMER);
	}
}

void timer_set(struct timer *t, stime_t expires)
{
	struct timer_base *b = lock_base(t);
	bool first;

	if (t->killed) {
		spin_unlock(&b->lock);
		return;
	}
	if (t->pending) {
		heap_remove(b, t);
	}
	t->expires = expires;
	heap_insert(b, t);
	first = b->root == t;
	if (first) {
		reprogram(b, t->cpu);
	}
	spin_unlock(&b->lock);
}

void timer_stop(struct timer *t)
{
	struct timer_base *b = lock_base(t);

	if (t->pending) {
		heap_remove(b, t);
	}
	spin_unlock(&b->lock);
}

void timer_kill(struct timer *t)
{
	struct timer_base *b = lock_base(t);

	t->killed = true;
	if (t->pending) {
		heap_remove(b, t);
	}
	spin_unlock(&b->lock);
	if (b != &bases[smp_processor_id()]) {
		while (__atomic_load_n(&b->running, __ATOMIC_ACQUIRE) == t) {
			cpu_relax_serve();
		}
	}
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
	struct timer_base *b;
	bool was_pending;

	if (t->cpu == cpu) {
		return;
	}
	b = lock_base(t);
	was_pending = t->pending;
	if (was_pending) {
		heap_remove(b, t);
	}
	__atomic_store_n(&t->cpu, (uint16_t)cpu, __ATOMIC_RELEASE);
	spin_unlock(&b->lock);
	if (was_pending) {
		timer_set(t, t->expires);
	}
}

void timer_softirq(void)
{
	struct timer_base *b = &bases[smp_processor_id()];

	spin_lock_quiet(&b->lock);
	while (b->root && b->root->expires <= now_ns()) {
		struct timer *t = b->root;
		void (*fn)(void *) = t->fn;
		void *data = t->data;

		heap_remove(b, t);
		__atomic_store_n(&b->running, t, __ATOMIC_RELEASE);
		spin_unlock(&b->lock);
		fn(data);
		spin_lock_quiet(&b->lock);
		__atomic_store_n(&b->running, NULL, __ATOMIC_RELEASE);
	}
	cpu_timer_program(b->root ? b->root->expires : STIME_MAX);
	spin_unlock(&b->lock);
}

void timers_init_cpu(unsigned int cpu)
{
	spin_lock_init(&bases[cpu].lock, RANK_TIMER);
}
