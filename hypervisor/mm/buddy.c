/* SPDX-License-Identifier: MIT */
/*
 * Buddy allocator over page_info.  A zone holds the frames whose numbers have
 * the same highest bit, so "below 2^n" is a choice of zones and no block
 * crosses a zone (frame 0 is never in the heap).  The head of a free block
 * carries its order, its list links and the newest flush stamp of its frames.
 */
#include "mm/buddy.h"

#include "arch/cpu.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/spinlock.h"

#define ZONES 32U /* frame numbers have up to 31 bits */

struct zone {
	uint32_t head[BUDDY_ORDER_MAX + 1]; /* first free block, 0: none */
	uint32_t orders;                    /* bit n: head[n] is not empty */
};

static struct zone zones[ZONES];
static uint64_t free_count;
static uint64_t claimed_count; /* of the free ones, promised to domains */
static spinlock_t heap_lock = SPINLOCK(RANK_HEAP);

static unsigned int zone_of(uint64_t m)
{
	return bit_last(m);
}

static void list_push(struct zone *z, uint64_t m, unsigned int order)
{
	struct page_info *p = &frame_table[m];

	p->progress = (uint16_t)order;
	p->prev = 0;
	p->next = z->head[order];
	if (p->next) {
		frame_table[p->next].prev = (uint32_t)m;
	}
	z->head[order] = (uint32_t)m;
	z->orders |= 1U << order;
}

static void list_remove(struct zone *z, uint64_t m, unsigned int order)
{
	struct page_info *p = &frame_table[m];

	if (p->prev) {
		frame_table[p->prev].next = p->next;
	} else {
		z->head[order] = p->next;
		if (!p->next) {
			z->orders &= ~(1U << order);
		}
	}
	if (p->next) {
		frame_table[p->next].prev = p->prev;
	}
}

/* The later of two readings of the flush clock, which wraps. */
static uint32_t stamp_newer(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0 ? a : b;
}

/* Takes a block of the wanted order out of a zone that has one at least as big. */
static uint64_t zone_take(struct zone *z, unsigned int order)
{
	unsigned int have = bit_first(z->orders >> order << order);
	uint64_t m = z->head[have];
	uint32_t stamp = frame_table[m].tlb_stamp;

	list_remove(z, m, have);
	while (have > order) {
		have--;
		frame_table[m + (1ULL << have)].tlb_stamp = stamp;
		list_push(z, m + (1ULL << have), have);
	}
	return m;
}

static uint64_t take_below(unsigned int order, unsigned int addr_bits)
{
	unsigned int zone_end = addr_bits > PAGE_SHIFT ? addr_bits - PAGE_SHIFT : 0;

	for (unsigned int i = MIN(zone_end, ZONES); i-- > 0;) {
		if (zones[i].orders >> order) {
			return zone_take(&zones[i], order);
		}
	}
	return 0;
}

/* Whether claims let this block go; uses up the caller's own. */
static bool claim_allows(uint64_t frames, uint64_t from_claim)
{
	if (from_claim == BUDDY_IGNORE_CLAIMS) {
		return free_count >= frames;
	}
	return free_count >= claimed_count - from_claim + frames;
}

/* A free block becomes a set of frames that belong to nobody yet. */
static void block_prepare(struct page_info *p, unsigned int order)
{
	cpumask_t stale = tlb_filter_stale(cpu_online_map, p->tlb_stamp);

	if (stale) {
		tlb_flush_mask(stale, TLB_FLUSH_ALL_VA);
	}
	for (uint64_t i = 0; i < 1ULL << order; i++) {
		BUG_ON(p[i].word != (PGW_RAM | PGW_FREE));
		p[i].owner = DOMID_INVALID;
		p[i].progress = 0;
		p[i].next = p[i].prev = PAGE_LINK_END;
		__atomic_store_n(&p[i].word, PGW_RAM, __ATOMIC_RELEASE);
	}
}

struct page_info *buddy_alloc(unsigned int order, unsigned int addr_bits, uint64_t from_claim)
{
	uint64_t m = 0;

	if (order > BUDDY_ORDER_MAX) {
		return NULL;
	}
	spin_lock(&heap_lock);
	if (claim_allows(1ULL << order, from_claim)) {
		m = take_below(order, addr_bits);
	}
	if (m) {
		free_count -= 1ULL << order;
		if (from_claim != BUDDY_IGNORE_CLAIMS) {
			claimed_count -= from_claim;
		}
	}
	spin_unlock(&heap_lock);
	if (!m) {
		return NULL;
	}
	block_prepare(&frame_table[m], order);
	return &frame_table[m];
}

int buddy_claim(int64_t change)
{
	int rc = 0;

	spin_lock(&heap_lock);
	if (change > 0 && free_count < claimed_count + (uint64_t)change) {
		rc = -ENOMEM;
	} else {
		claimed_count += (uint64_t)change;
	}
	spin_unlock(&heap_lock);
	return rc;
}

uint64_t frames_claimed_count(void)
{
	return __atomic_load_n(&claimed_count, __ATOMIC_RELAXED);
}

/* The block of this order beside m, if it is free as a whole. */
static bool buddy_is_free(uint64_t m, unsigned int order)
{
	return mfn_is_ram(mfn(m)) && (frame_table[m].word & PGW_FREE) &&
	       frame_table[m].progress == order;
}

void buddy_free(struct page_info *p, unsigned int order)
{
	uint64_t m = page_to_mfn(p).v;
	struct zone *z = &zones[zone_of(m)];
	uint32_t stamp = p->tlb_stamp;

	for (uint64_t i = 0; i < 1ULL << order; i++) {
		BUG_ON(p[i].word & (PGW_FREE | PGW_REF_MASK | PGW_TCOUNT_MASK));
		stamp = stamp_newer(stamp, p[i].tlb_stamp);
	}
	spin_lock(&heap_lock);
	for (uint64_t i = 0; i < 1ULL << order; i++) {
		p[i].progress = BUDDY_ORDER_MAX + 1; /* not a head */
		__atomic_store_n(&p[i].word, PGW_RAM | PGW_FREE, __ATOMIC_RELAXED);
	}
	free_count += 1ULL << order;
	while (order < BUDDY_ORDER_MAX) {
		uint64_t other = m ^ (1ULL << order);

		if (!other || zone_of(other) != zone_of(m) || !buddy_is_free(other, order)) {
			break;
		}
		list_remove(z, other, order);
		stamp = stamp_newer(stamp, frame_table[other].tlb_stamp);
		frame_table[MAX(m, other)].progress = BUDDY_ORDER_MAX + 1;
		m = MIN(m, other);
		order++;
	}
	frame_table[m].tlb_stamp = stamp;
	list_push(z, m, order);
	spin_unlock(&heap_lock);
}

void frames_free_range(maddr_t start, maddr_t end)
{
	uint64_t m = ROUND_UP(start, PAGE_SIZE) >> PAGE_SHIFT;
	uint64_t last = end >> PAGE_SHIFT;

	while (m < last) {
		unsigned int order = MIN(bit_first(m), BUDDY_ORDER_MAX);

		while (m + (1ULL << order) > last) {
			order--;
		}
		for (uint64_t i = 0; i < 1ULL << order; i++) {
			frame_table[m + i].word = PGW_RAM;
			frame_table[m + i].tlb_stamp = tlb_clock();
		}
		buddy_free(&frame_table[m], order);
		m += 1ULL << order;
	}
}

uint64_t frames_free_count(void)
{
	return __atomic_load_n(&free_count, __ATOMIC_RELAXED);
}
