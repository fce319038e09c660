/* SPDX-License-Identifier: MIT */
/*
 * Ticket spinlocks with a rank.  The hypervisor runs with interrupts off, so
 * no lock needs an irq-safe variant; while a CPU spins it serves the TLB
 * flush and call requests of other CPUs (cpu_relax_serve), so that a holder
 * waiting for acknowledgements cannot deadlock with a spinner.
 * Ranks ascend in the order locks are taken (docs/locking.md); debug and
 * hosted builds check them.
 */
#ifndef ARGON_LIB_SPINLOCK_H
#define ARGON_LIB_SPINLOCK_H

#include "lib/types.h"

/* The one lock order, outermost first. */
enum lock_rank {
	RANK_NONE,
	RANK_DOMAIN_LIST,  /* domain table and ids */
	RANK_DOMAIN,       /* per domain: life-cycle, pause, shutdown */
	RANK_GRANT,        /* per domain: grant table, maptrack */
	RANK_EVENT,        /* per domain: channels; two at once by address */
	RANK_PAGE_LIST,    /* per domain: page list, tot_pages, max_pages */
	RANK_IRQ,          /* interrupt descriptors */
	RANK_EVENT_QUEUE,  /* per domain: queues of FIFO events */
	RANK_SCHED,        /* run queues */
	RANK_TIMER,        /* timers of a CPU */
	RANK_CONSOLE_LINE, /* per domain: the line it is writing */
	RANK_MAPCACHE,     /* hypervisor's own page tables */
	RANK_HEAP,         /* frame allocator, slabs */
	RANK_PCI,          /* index and data registers: CF8/CFC, an IOAPIC's */
	RANK_CONSOLE,
	RANK_IPI, /* flush and call requests to other CPUs */
	RANK_LAST = RANK_IPI,
};

typedef struct {
	uint16_t next;    /* ticket handed out next */
	uint16_t serving; /* ticket whose turn it is */
	uint8_t rank;     /* enum lock_rank */
	uint8_t owner;    /* CPU + 1 in debug builds, 0 when free */
} spinlock_t;

#define SPINLOCK(r)         \
	{                   \
		.rank = (r) \
	}

void spin_lock_init(spinlock_t *l, enum lock_rank rank);

/* Waits for the ticket's turn, serving requests of other CPUs, or not. */
void spin_wait(spinlock_t *l, uint16_t ticket);
void spin_wait_quiet(spinlock_t *l, uint16_t ticket);

/* What debug builds check: order, and that nobody takes or frees twice. */
#ifdef ARGON_DEBUG
void spin_note_wanted(const spinlock_t *l);
void spin_note_taken(spinlock_t *l);
void spin_note_released(spinlock_t *l);
#else
#define spin_note_wanted(l) ((void)(l))
#define spin_note_taken(l) ((void)(l))
#define spin_note_released(l) ((void)(l))
#endif

static inline void spin_lock(spinlock_t *l)
{
	uint16_t ticket;

	spin_note_wanted(l);
	ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_ACQUIRE);
	if (unlikely(__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != ticket)) {
		spin_wait(l, ticket);
	}
	spin_note_taken(l);
}

/*
 * For a lock whose holders wait for no other CPU: spins without serving
 * requests, so that cpu_call also waits for lock-free readers who end by
 * taking it.
 */
static inline void spin_lock_quiet(spinlock_t *l)
{
	uint16_t ticket;

	spin_note_wanted(l);
	ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_ACQUIRE);
	if (unlikely(__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != ticket)) {
		spin_wait_quiet(l, ticket);
	}
	spin_note_taken(l);
}

/* Takes a lock that nobody has or waits for; false if somebody does. */
static inline bool spin_trylock(spinlock_t *l)
{
	uint16_t free = __atomic_load_n(&l->serving, __ATOMIC_RELAXED);

	if (!__atomic_compare_exchange_n(&l->next, &free, (uint16_t)(free + 1), false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		return false;
	}
	spin_note_taken(l);
	return true;
}

static inline void spin_unlock(spinlock_t *l)
{
	spin_note_released(l);
	__atomic_store_n(&l->serving, (uint16_t)(l->serving + 1), __ATOMIC_RELEASE);
}

/* Takes two locks of one rank in address order; a may equal b. */
void spin_lock_pair(spinlock_t *a, spinlock_t *b);
void spin_unlock_pair(spinlock_t *a, spinlock_t *b);

#endif
