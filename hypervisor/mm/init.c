/* SPDX-License-Identifier: MIT */
/*
 * From the boot memory map to a running heap: the frame table, the
 * machine-to-physical table, and the free frames.
 */
#include "mm/init.h"

#include <asm/directmap.h>

#include "arch/pagetable.h"
#include "boot/boot_info.h"
#include "lib/bug.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/page.h"

#define CHUNK_BYTES (1UL << FT_CHUNK_SHIFT)
#define CHUNK_FRAMES (CHUNK_BYTES >> PAGE_SHIFT)
#define LOW_MEMORY 0x100000UL /* the first MiB is firmware's and dom0's, never heap */

uint64_t frame_table_present[BITS_TO_WORDS(FT_CHUNKS_MAX)];
uint64_t max_page;
static uint64_t total_frames;
static uint64_t **m2p_chunks; /* writable view of each chunk, NULL: a hole */

/* A chunk of a table: its own 2 MiB of RAM, so that one large page maps it. */
static void *chunk_alloc(struct boot_info *bi, uint64_t va, uint64_t prot)
{
	void *chunk = boot_alloc(bi, CHUNK_BYTES, CHUNK_BYTES);

	if (hvmap_map(va, virt_to_mfn(chunk), CHUNK_FRAMES, prot)) {
		panic("mm_init: cannot map a table at %lx", (unsigned long)va);
	}
	return chunk;
}

static void frame_table_add(struct boot_info *bi, uint64_t first, uint64_t end)
{
	uint64_t c = first * sizeof(struct page_info) >> FT_CHUNK_SHIFT;
	uint64_t last = (end * sizeof(struct page_info) - 1) >> FT_CHUNK_SHIFT;

	for (; c <= last; c++) {
		if (!bit_test(frame_table_present, (unsigned int)c)) {
			chunk_alloc(bi, FRAMETABLE_VIRT + (c << FT_CHUNK_SHIFT),
				    HVMAP_RW | HVMAP_NX);
			bit_set(frame_table_present, (unsigned int)c);
		}
	}
}

static void m2p_add(struct boot_info *bi, uint64_t first, uint64_t end)
{
	for (uint64_t c = first >> M2P_CHUNK_SHIFT; c <= (end - 1) >> M2P_CHUNK_SHIFT; c++) {
		if (!m2p_chunks[c]) {
			m2p_chunks[c] = chunk_alloc(bi, M2P_VIRT + (c << FT_CHUNK_SHIFT),
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

static bool range_is_ram(const struct mem_range *r)
{
	return r->type == MEM_RAM && r->end > LOW_MEMORY;
}

static uint64_t range_first(const struct mem_range *r)
{
	return MAX(r->start, LOW_MEMORY) >> PAGE_SHIFT;
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
	for (unsigned int i = 0; i < bi->map_count; i++) {
		const struct mem_range *r = &bi->map[i];

		if (range_is_ram(r)) {
			frame_table_add(bi, range_first(r), r->end >> PAGE_SHIFT);
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
	log_info("memory: %lu MiB of RAM, %lu MiB free\n",
		 (unsigned long)(total_frames >> 8), (unsigned long)(frames_free_count() >> 8));
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
