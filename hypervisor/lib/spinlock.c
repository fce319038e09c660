/* SPDX-License-Identifier: MIT */
/* Ticket locks; debug builds check the order they are taken in. */
#include "lib/spinlock.h"

#include "arch/cpu.h"
#include "lib/bug.h"

#ifdef ARGON_DEBUG
/* Locks a CPU holds, by rank: how many of each. */
static DEFINE_PER_CPU(uint8_t, held)[RANK_LAST + 1];

void spin_note_wanted(const spinlock_t *l)
{
	if (__atomic_load_n(&l->owner, __ATOMIC_RELAXED) == smp_processor_id() + 1) {
		panic("spin_lock: rank %u taken twice by one CPU", l->rank);
	}
}

void spin_note_taken(spinlock_t *l)
{
	uint8_t *held = this_cpu(held);

	for (unsigned int r = l->rank + 1U; r <= RANK_LAST; r++) {
		if (held[r]) {
			panic("spin_lock: rank %u taken while holding rank %u", l->rank, r);
		}
	}
	held[l->rank]++;
	l->owner = (uint8_t)(smp_processor_id() + 1);
}

void spin_note_released(spinlock_t *l)
{
	BUG_ON(l->owner != smp_processor_id() + 1);
	l->owner = 0;
	this_cpu(held)[l->rank]--;
}
#endif

void spin_lock_init(spinlock_t *l, enum lock_rank rank)
{
	*l = (spinlock_t)SPINLOCK((uint8_t)rank);
}

void spin_wait(spinlock_t *l, uint16_t ticket)
{
	while (__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != ticket) {
		cpu_relax_serve();
	}
}

void spin_wait_quiet(spinlock_t *l, uint16_t ticket)
{
	while (__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != ticket) {
		cpu_pause();
	}
}

void spin_lock_pair(spinlock_t *a, spinlock_t *b)
{
	spin_lock(MIN(a, b));
	if (a != b) {
		spin_lock(MAX(a, b));
	}
}

void spin_unlock_pair(spinlock_t *a, spinlock_t *b)
{
	spin_unlock(a);
	if (a != b) {
		spin_unlock(b);
	}
}
