/* SPDX-License-Identifier: MIT */
/* The machine's memory map, and RAM given out before the heap exists. */
#include "boot/memory_map.h"

#include <asm/directmap.h>

#include "lib/bug.h"
#include "lib/printk.h"
#include "lib/string.h"

/* Nothing lies beyond what the direct map can show. */
#define MADDR_MAX ((maddr_t)DIRECTMAP_END - DIRECTMAP_VIRT)
#define LOW_MEMORY_END 0x100000UL

struct boot_info boot_info __initdata;

static maddr_t alloc_limit __initdata;

void __init memory_map_add(struct boot_info *bi, uint64_t start, uint64_t size, uint32_t type)
{
	uint64_t end = start + size;

	if (!size || end < start || bi->map_count >= BOOT_RANGES_MAX) {
		return;
	}
	if (type < MEM_RAM || type > MEM_UNUSABLE) {
		type = MEM_RESERVED;
	}
	if (type == MEM_RAM) {
		start = ROUND_UP(start, PAGE_SIZE);
		end = MIN(ROUND_DOWN(end, PAGE_SIZE), MADDR_MAX);
	} else {
		start = ROUND_DOWN(start, PAGE_SIZE);
		end = ROUND_UP(end, PAGE_SIZE);
	}
	if (start < end) {
		bi->map[bi->map_count++] = (struct mem_range){start, end, type};
	}
}

/* Which of two claims on the same bytes counts: anything beats RAM. */
static unsigned int __init precedence(uint32_t type)
{
	static const uint8_t order[] = {
		[MEM_RAM] = 1,      [MEM_ACPI] = 2,     [MEM_NVS] = 3,
		[MEM_RESERVED] = 4, [MEM_UNUSABLE] = 5,
	};

	return order[type];
}

/* The type of the bytes at a, and up to where it holds (*end). */
static uint32_t __init type_at(const struct boot_info *bi, maddr_t a, maddr_t *end)
{
	uint32_t type = 0;

	*end = ~0UL;
	for (unsigned int i = 0; i < bi->map_count; i++) {
		const struct mem_range *r = &bi->map[i];

		if (r->start > a) {
			*end = MIN(*end, r->start);
		} else if (r->end > a) {
			*end = MIN(*end, r->end);
			if (!type || precedence(r->type) > precedence(type)) {
				type = r->type;
			}
		}
	}
	return type;
}

void __init memory_map_normalise(struct boot_info *bi)
{
	static struct mem_range sorted[BOOT_RANGES_MAX] __initdata;
	unsigned int n = 0;
	maddr_t a = 0, end;

	for (; a != ~0UL; a = end) {
		uint32_t type = type_at(bi, a, &end);

		if (!type) {
			continue;
		}
		if (n && sorted[n - 1].end == a && sorted[n - 1].type == type) {
			sorted[n - 1].end = end;
		} else if (n < BOOT_RANGES_MAX) {
			sorted[n++] = (struct mem_range){a, end, type};
		}
	}
	memcpy(bi->map, sorted, n * sizeof(sorted[0]));
	bi->map_count = n;
}

maddr_t __init boot_ram_end(const struct boot_info *bi)
{
	maddr_t end = 0;

	for (unsigned int i = 0; i < bi->map_count; i++) {
		if (bi->map[i].type == MEM_RAM) {
			end = bi->map[i].end;
		}
	}
	return end;
}

void __init boot_reserve(struct boot_info *bi, maddr_t start, maddr_t end)
{
	start = ROUND_DOWN(start, PAGE_SIZE);
	end = ROUND_UP(end, PAGE_SIZE);
	for (unsigned int i = 0; i < bi->free_count; i++) {
		struct mem_range *r = &bi->free[i], old = *r;

		if (end <= old.start || start >= old.end) {
			continue;
		}
		/* What remains below stays in place, what remains above is inserted. */
		r->end = MAX(start, old.start);
		if (end < old.end) {
			BUG_ON(bi->free_count >= BOOT_RANGES_MAX);
			memmove(r + 2, r + 1, (bi->free_count - i - 1) * sizeof(*r));
			bi->free_count++;
			r[1] = (struct mem_range){end, old.end, MEM_RAM};
		}
		if (r->start == r->end) {
			bi->free_count--;
			memmove(r, r + 1, (bi->free_count - i) * sizeof(*r));
			i--;
		}
	}
}

void __init memory_map_find_free(struct boot_info *bi, maddr_t limit)
{
	alloc_limit = limit;
	bi->free_count = 0;
	for (unsigned int i = 0; i < bi->map_count; i++) {
		if (bi->map[i].type == MEM_RAM) {
			bi->free[bi->free_count++] = bi->map[i];
		}
	}
	boot_reserve(bi, 0, LOW_MEMORY_END);
	boot_reserve(bi, bi->image_start, bi->image_end);
	for (unsigned int i = 0; i < bi->module_count; i++) {
		boot_reserve(bi, bi->module[i].start, bi->module[i].start + bi->module[i].size);
	}
}

void __init boot_alloc_limit(maddr_t limit)
{
	alloc_limit = limit;
}

/* Asked after boot memory is gone, too: must not look into boot_info then. */
static bool heap_closed;

bool boot_heap_is_open(void)
{
	if (!heap_closed && !boot_info.free_count) {
		heap_closed = true;
	}
	return !heap_closed;
}

void *__init boot_alloc(struct boot_info *bi, uint64_t bytes, uint64_t align)
{
	bytes = ROUND_UP(bytes, PAGE_SIZE);
	for (unsigned int i = bi->free_count; i-- > 0;) {
		maddr_t end = MIN(bi->free[i].end, alloc_limit), start;

		if (end < bytes) {
			continue;
		}
		start = ROUND_DOWN(end - bytes, align);
		if (start >= bi->free[i].start) {
			boot_reserve(bi, start, start + bytes);
			return memset(maddr_to_virt(start), 0, bytes);
		}
	}
	panic("boot_alloc: no %lu KiB of free memory in one piece; give the machine more RAM",
	      bytes >> 10);
}

void __init memory_map_print(const struct boot_info *bi)
{
	static const char *const names[] = {
		[MEM_RAM] = "usable",   [MEM_RESERVED] = "reserved", [MEM_ACPI] = "ACPI data",
		[MEM_NVS] = "ACPI NVS", [MEM_UNUSABLE] = "unusable",
	};
	uint64_t ram = 0;

	log_info("Memory map:");
	for (unsigned int i = 0; i < bi->map_count; i++) {
		const struct mem_range *r = &bi->map[i];

		log_info(" [%#011lx, %#011lx] %s", r->start, r->end - 1, names[r->type]);
		if (r->type == MEM_RAM) {
			ram += r->end - r->start;
		}
	}
	log_info("RAM: %lu MiB", ram >> 20);
}
