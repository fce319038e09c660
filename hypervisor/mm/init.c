/* SPDX-License-Identifier: MIT */
/*
 * From the boot memory map to a running heap: the frame table, the
 * machine-to-physical table, and the free frames.
 */
#include "mm/init.h"

#include <asm/directmap.h>

#include "arch/pagetable.h"
#include "lib/bug.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/boot_info.h"
#include "mm/page.h"

#define CHUNK_SHIFT 21 /* tables come in 2 MiB pieces: one large page each */
#define CHUNK_BYTES (1UL << CHUNK_SHIFT)
#define CHUNK_FRAMES (CHUNK_BYTES >> PAGE_SHIFT)
#define LOW_MEMORY 0x100000UL /* the first MiB is firmware's and dom0's, never heap */

uint64_t max_page;
static uint64_t total_frames;
static uint64_t **m2p_chunks; /* writable view of each chunk, NULL: a hole */

static bool range_is_ram(const struct mem_range *r)
{
	return r->type == MEM_RAM && r->end > LOW_MEMORY;
}

static uint64_t range_first(const struct mem_range *r)
{
	return MAX(r->start, LOW_MEMORY) >> PAGE_SHIFT;
}

/* A chunk of a table: its own 2 MiB of RAM, so that one large page maps it. */
static void *chunk_alloc(struct boot_info *bi, uint64_t va, uint64_t prot)
{
	void *chunk = boot_alloc(bi, CHUNK_BYTES, CHUNK_BYTES);

	if (hvmap_map(va, virt_to_mfn(chunk), CHUNK_FRAMES, prot)) {
		panic("mm_init: cannot map a table at %lx", (unsigned long)va);
	}
	return chunk;
}

/* Where there is no RAM the frame table reads as zero: 4 KiB pages, all the same. */
static void frame_table_add_hole(uint64_t va, mfn_t zero)
{
	for (uint64_t i = 0; i < CHUNK_FRAMES; i++) {
		if (hvmap_map(va + (i << PAGE_SHIFT), zero, 1, HVMAP_NX)) {
			panic("mm_init: cannot map a table at %lx", (unsigned long)va);
		}
	}
}

static bool chunk_has_ram(const struct boot_info *bi, uint64_t c)
{
	for (unsigned int i = 0; i < bi->map_count; i++) {
		const struct mem_range *r = &bi->map[i];
		uint64_t first = range_first(r) * sizeof(struct page_info);
		uint64_t end = (r->end >> PAGE_SHIFT) * sizeof(struct page_info);

		if (range_is_ram(r) && first < (c + 1) << CHUNK_SHIFT && end > c << CHUNK_SHIFT) {
			return true;
		}
	}
	return false;
}

static void frame_table_map(struct boot_info *bi)
{
	mfn_t zero = virt_to_mfn(boot_alloc(bi, PAGE_SIZE, PAGE_SIZE));

	for (uint64_t c = 0; c << CHUNK_SHIFT < max_page * sizeof(struct page_info); c++) {
		uint64_t va = FRAMETABLE_VIRT + (c << CHUNK_SHIFT);

		if (chunk_has_ram(bi, c)) {
			chunk_alloc(bi, va, HVMAP_RW | HVMAP_NX);
		} else {
			frame_table_add_hole(va, zero);
		}
	}
}

static void m2p_add(struct boot_info *bi, uint64_t first, uint64_t end)
{
	for (uint64_t c = first >> M2P_CHUNK_SHIFT; c <= (end - 1) >> M2P_CHUNK_SHIFT; c++) {
		if (!m2p_chunks[c]) {
			m2p_chunks[c] = chunk_alloc(bi, M2P_VIRT + (c << CHUNK_SHIFT),
						    HVMAP_USER | HVMAP_NX);
			memset(m2p_chunks[c], 0xff, CHUNK_BYTES);
		}
	}
}

/* Until the heap has it, RAM is Argon's own. */
static void frames_add(uint64_t first, uint64_t end)
{
	for (uint64_t m = first; m < end; m++) {
		frame_table[m].word = PGW_RAM | PGW_HYPERVISOR | PGW_REF_ONE;
		frame_table[m].owner = DOMID_INVALID;
		frame_table[m].next = frame_table[m].prev = PAGE_LINK_END;
	}
	total_frames += end - first;
}

/* The M2P's frames may be mapped read-only through DOMID_XEN, as nothing else. */
static void m2p_publish(void)
{
	for (uint64_t c = 0; c << M2P_CHUNK_SHIFT < max_page; c++) {
		mfn_t m = m2p_chunk_mfn(c);

		for (uint64_t i = 0; !mfn_eq(m, INVALID_MFN) && i < CHUNK_FRAMES; i++) {
			struct page_info *p = mfn_to_page(mfn_add(m, i));

			p->owner = DOMID_XEN;
			p->word |= PGW_TCOUNT_ONE | PGW_VALIDATED;
		}
	}
}

void mm_init(struct boot_info *bi)
{
	for (unsigned int i = 0; i < bi->map_count; i++) {
		if (range_is_ram(&bi->map[i])) {
			max_page = bi->map[i].end >> PAGE_SHIFT;
		}
	}
	m2p_chunks = boot_alloc(bi, ((max_page >> M2P_CHUNK_SHIFT) + 1) * sizeof(*m2p_chunks),
				PAGE_SIZE);
	frame_table_map(bi);
	for (unsigned int i = 0; i < bi->map_count; i++) {
		const struct mem_range *r = &bi->map[i];

		if (range_is_ram(r)) {
			m2p_add(bi, range_first(r), r->end >> PAGE_SHIFT);
		}
	}
	for (unsigned int i = 0; i < bi->map_count; i++) {
		if (range_is_ram(&bi->map[i])) {
			frames_add(range_first(&bi->map[i]), bi->map[i].end >> PAGE_SHIFT);
		}
	}
	m2p_publish();
	for (unsigned int i = 0; i < bi->free_count; i++) {
		frames_free_range(bi->free[i].start, bi->free[i].end);
	}
	bi->free_count = 0;
	log_info("memory: %lu MiB of RAM, %lu MiB free\n", (unsigned long)(total_frames >> 8),
		 (unsigned long)(frames_free_count() >> 8));
}

uint64_t frames_total_count(void)
{
	return total_frames;
}

mfn_t m2p_chunk_mfn(uint64_t chunk)
{
	if (chunk << M2P_CHUNK_SHIFT >= max_page || !m2p_chunks[chunk]) {
		return INVALID_MFN;
	}
	return virt_to_mfn(m2p_chunks[chunk]);
}

void m2p_set(mfn_t m, uint64_t pfn)
{
	uint64_t *chunk = m2p_chunks[m.v >> M2P_CHUNK_SHIFT];

	__atomic_store_n(&chunk[m.v & ((1UL << M2P_CHUNK_SHIFT) - 1)], pfn, __ATOMIC_RELAXED);
}

uint64_t m2p_get(mfn_t m)
{
	const uint64_t *chunk;

	if (m.v >= max_page || !(chunk = m2p_chunks[m.v >> M2P_CHUNK_SHIFT])) {
		return M2P_INVALID;
	}
	return __atomic_load_n(&chunk[m.v & ((1UL << M2P_CHUNK_SHIFT) - 1)], __ATOMIC_RELAXED);
}
