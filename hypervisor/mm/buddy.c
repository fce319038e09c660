/* SPDX-License-Identifier: MIT */
/*
 * Buddy allocator over page_info.  A zone holds the frames of a node whose
 * numbers have the same highest bit, so "below 2^n" is a choice of zones and no
 * block crosses a zone (frame 0 is never in the heap).  The head of a free block
 * carries its order, its list links and the newest flush stamp of its frames.
 */
#include "mm/buddy.h"

#include <asm/directmap.h>

#include "arch/cpu.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/node.h"
#include "mm/page_list.h"

#define ZONES 32U /* frame numbers have up to 31 bits */

struct zone {
	uint32_t head[BUDDY_ORDER_MAX + 1]; /* first free block, 0: none */
	uint32_t orders;                    /* bit n: head[n] is not empty */
	uint64_t frames;                    /* free here */
};

static struct zone zones[MAX_NODES][ZONES];
static uint64_t free_count;
static uint64_t claimed_count; /* of the free ones, promised to domains */
/* Free frames that are not PGW_CLEAN lie in [dirty_first, dirty_end). */
static uint64_t dirty_first = ~0ULL, dirty_end;
static spinlock_t heap_lock = SPINLOCK(RANK_HEAP);

static struct zone *zone_of(uint64_t m)
{
	return &zones[node_of(m)][bit_last(m)];
}

static void list_push(struct zone *z, uint64_t m, unsigned int order)
{
	frame_table[m].progress = (uint16_t)order;
	page_list_push(&z->head[order], &frame_table[m]);
	z->orders |= 1U << order;
	z->frames += 1UL << order;
}

static void list_remove(struct zone *z, uint64_t m, unsigned int order)
{
	page_list_remove(&z->head[order], &frame_table[m]);
	z->frames -= 1UL << order;
	if (!z->head[order]) {
		z->orders &= ~(1U << order);
	}
}

/* The later of two readings of the flush clock, which wraps. */
static uint32_t stamp_newer(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0 ? a : b;
}

/*
 * Takes a block of the wanted order out of a zone that has one at least as
 * big: of a larger block the half that begins clean.
 */
static uint64_t zone_take(struct zone *z, unsigned int order)
{
	unsigned int have = bit_first(z->orders >> order << order);
	uint64_t m = z->head[have];
	uint32_t stamp = frame_table[m].tlb_stamp;

	list_remove(z, m, have);
	while (have > order) {
		uint64_t half = 1ULL << --have;

		frame_table[m + half].tlb_stamp = stamp;
		if (frame_table[m + half].word & ~frame_table[m].word & PGW_CLEAN) {
			m += half;
		}
		list_push(z, m ^ half, have);
	}
	return m;
}

static uint64_t take_below(unsigned int order, unsigned int addr_bits, unsigned int nodes)
{
	unsigned int zone_end = addr_bits > PAGE_SHIFT ? addr_bits - PAGE_SHIFT : 0;

	for (unsigned int i = MIN(zone_end, ZONES); i-- > 0;) {
		for (unsigned int n = 0; n < node_count; n++) {
			if (nodes >> n & 1 && zones[n][i].orders >> order) {
				return zone_take(&zones[n][i], order);
			}
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

static bool frame_is_zero(const struct page_info *p)
{
	const uint64_t *t = mfn_to_virt(page_to_mfn(p));
	unsigned int i = 0;

	while (i < PAGE_SIZE / 8 && !(t[i] | t[i + 1] | t[i + 2] | t[i + 3] | t[i + 4] | t[i + 5] |
				      t[i + 6] | t[i + 7])) {
		i += 8;
	}
	return i == PAGE_SIZE / 8;
}

static void frame_zero(const struct page_info *p)
{
	memset(mfn_to_virt(page_to_mfn(p)), 0, PAGE_SIZE);
}

/* Under heap_lock: from now on neither the scrubber nor a freed neighbour takes it for free. */
static void block_claim(struct page_info *p, unsigned int order)
{
	for (uint64_t i = 0; i < 1ULL << order; i++) {
		p[i].word ^= PGW_FREE;
	}
}

/* A block out of the heap becomes a set of frames that belong to nobody yet. */
static void block_prepare(struct page_info *p, unsigned int order, bool zeroed, bool windows)
{
	cpumask_t stale = tlb_filter_stale(cpu_online_map, p->tlb_stamp);

	if (stale) {
		tlb_flush_mask(stale, TLB_FLUSH_ALL_VA);
	}
	for (uint64_t i = 0; i < 1ULL << order; i++) {
		bool clean = p[i].word & PGW_CLEAN;

		BUG_ON((p[i].word & ~PGW_CLEAN) != PGW_RAM);
		if (zeroed && !clean) {
			frame_zero(&p[i]);
		}
		if (windows && i % 64 == 63) {
			cpu_irq_window(); /* 32,768 words zeroed */
		}
		ASSERT(!clean || frame_is_zero(&p[i]));
		p[i].owner = DOMID_INVALID;
		p[i].progress = 0;
		p[i].next = p[i].prev = PAGE_LINK_END;
		__atomic_store_n(&p[i].word, PGW_RAM, __ATOMIC_RELEASE);
	}
}

struct page_info *buddy_alloc(unsigned int order, unsigned int where, uint64_t from_claim,
			      bool zeroed)
{
	unsigned int nodes = where / BUDDY_ON_NODES(1U), bits = where % BUDDY_ON_NODES(1U);
	uint64_t m = 0;

	if (order > BUDDY_ORDER_MAX) {
		return NULL;
	}
	spin_lock(&heap_lock);
	if (claim_allows(1ULL << order, from_claim)) {
		m = nodes ? take_below(order, bits, nodes) : 0;
		m = m ? m : take_below(order, bits, ALL_NODES);
	}
	if (m) {
		block_claim(&frame_table[m], order);
		free_count -= 1ULL << order;
		if (from_claim != BUDDY_IGNORE_CLAIMS) {
			claimed_count -= from_claim;
		}
	}
	spin_unlock(&heap_lock);
	if (!m) {
		return NULL;
	}
	block_prepare(&frame_table[m], order, zeroed, from_claim != BUDDY_IGNORE_CLAIMS);
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

static void block_free(uint64_t m, unsigned int order)
{
	struct page_info *p = &frame_table[m];
	struct zone *z = zone_of(m);
	uint32_t stamp = p->tlb_stamp;

	spin_lock(&heap_lock);
	for (uint64_t i = 0; i < 1ULL << order; i++) {
		BUG_ON(p[i].word & (PGW_FREE | PGW_REF_MASK | PGW_TCOUNT_MASK));
		stamp = stamp_newer(stamp, p[i].tlb_stamp);
		p[i].progress = BUDDY_ORDER_MAX + 1; /* not a head */
		__atomic_store_n(&p[i].word, PGW_RAM | PGW_FREE, __ATOMIC_RELAXED);
	}
	free_count += 1ULL << order;
	dirty_first = MIN(dirty_first, m);
	dirty_end = MAX(dirty_end, m + (1ULL << order));
	while (order < BUDDY_ORDER_MAX) {
		uint64_t other = m ^ (1ULL << order);

		if (!other || zone_of(other) != z || !buddy_is_free(other, order)) {
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

void buddy_free_run(struct page_info *p, struct page_info *last)
{
	uint64_t m = page_to_mfn(p).v, end = page_to_mfn(last).v;

	while (m < end) {
		unsigned int order = MIN(bit_first(m), bit_last(end - m));

		order = MIN(order, BUDDY_ORDER_MAX);
		while (node_of(m) != node_of(m + (1ULL << order) - 1)) {
			order--;
		}
		block_free(m, order);
		m += 1ULL << order;
	}
}

void frames_free_range(maddr_t start, maddr_t end)
{
	struct page_info *first = &frame_table[ROUND_UP(start, PAGE_SIZE) >> PAGE_SHIFT];
	struct page_info *last = &frame_table[end >> PAGE_SHIFT];

	for (struct page_info *p = first; p < last; p++) {
		p->word = PGW_RAM;
		p->tlb_stamp = tlb_clock();
	}
	if (first < last) {
		buddy_free_run(first, last);
	}
}

#define SCRUB_LOOK 256 /* frames looked at in one go */

/*
 * The next frame to zero, of those looked at, or NULL: from the top, where
 * allocations are made.  Under heap_lock.
 */
static struct page_info *scrub_next(void)
{
	for (unsigned int i = 0; i < SCRUB_LOOK && dirty_first < dirty_end; i++, dirty_end--) {
		struct page_info *p = &frame_table[dirty_end - 1];

		if ((__atomic_load_n(&p->word, __ATOMIC_RELAXED) & (PGW_FREE | PGW_CLEAN)) ==
		    PGW_FREE) {
			return p;
		}
	}
	return NULL;
}

/* Zeroes a frame, if there is one. Under heap_lock, which it may give up in between. */
static void scrub_one(void)
{
	struct page_info *p;
	cpumask_t stale;
	uint32_t stamp;

	p = scrub_next();
	stamp = p ? p->tlb_stamp : 0;
	stale = p ? tlb_filter_stale(cpu_online_map, stamp) : 0;
	if (stale) {
		/* Nobody may still write to it through an old translation. */
		spin_unlock(&heap_lock);
		tlb_flush_mask(stale, TLB_FLUSH_ALL_VA);
		spin_lock(&heap_lock);
		if (p->word != (PGW_RAM | PGW_FREE) || p->tlb_stamp != stamp) {
			p = NULL;
		}
	}
	if (p) {
		/* What reads as zero need not be written: most of a new machine's memory. */
		if (!frame_is_zero(p)) {
			frame_zero(p);
		}
		__atomic_store_n(&p->word, PGW_RAM | PGW_FREE | PGW_CLEAN, __ATOMIC_RELAXED);
	}
	if (dirty_first >= dirty_end) {
		dirty_first = ~0ULL;
		dirty_end = 0;
	}
}

/*
 * One CPU at a time, and only while nobody else wants the heap: idle CPUs that
 * stood in line for the lock would keep those waiting that have work to do.
 */
bool frames_scrub(void)
{
	static bool busy;

	if (__atomic_load_n(&dirty_first, __ATOMIC_RELAXED) == ~0ULL ||
	    __atomic_exchange_n(&busy, true, __ATOMIC_ACQUIRE)) {
		return false;
	}
	if (spin_trylock(&heap_lock)) {
		scrub_one();
		spin_unlock(&heap_lock);
	} else {
		cpu_pause();
	}
	__atomic_store_n(&busy, false, __ATOMIC_RELEASE);
	return true;
}

uint64_t buddy_node_free(unsigned int node)
{
	uint64_t frames = 0;

	for (unsigned int i = 0; i < ZONES; i++) {
		frames += __atomic_load_n(&zones[node][i].frames, __ATOMIC_RELAXED);
	}
	return frames;
}

uint64_t frames_free_count(void)
{
	return __atomic_load_n(&free_count, __ATOMIC_RELAXED);
}
