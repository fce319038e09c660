/* SPDX-License-Identifier: MIT */
/* Placing a PV guest's boot structures. */
#include "layout.h"

#include <errno.h>

#include "xen/arch.h"

#define PAGES_PER_4M 1024
#define SLACK_PAGES 128 /* 512 KiB that Linux may use before it maps more */
#define ADDRESS_MASK 0xffffffffffffUL
#define MAX_PAGES (1UL << 33) /* of guest memory: 32 TiB */

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + XEN_PAGE_SIZE - 1) >> XEN_PAGE_SHIFT;
}

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

/* Tables of one level (1 … 3) that `count` pages from virtual address `start` on need. */
static uint64_t tables_at(uint64_t start, uint64_t count, unsigned int level)
{
	unsigned int shift = XEN_PAGE_SHIFT + 9 * level;
	uint64_t first = start & ADDRESS_MASK;
	uint64_t last = first + (count << XEN_PAGE_SHIFT) - 1;

	return (last >> shift) - (first >> shift) + 1;
}

static struct table_counts count_tables(uint64_t start, uint64_t count)
{
	return (struct table_counts){
		.l3 = tables_at(start, count, 3),
		.l2 = tables_at(start, count, 2),
		.l1 = tables_at(start, count, 1),
	};
}

/* Whether [start, start + pages) is canonical, does not wrap and stays clear of the hole. */
static bool mappable(uint64_t start, uint64_t count)
{
	uint64_t last = start + (count << XEN_PAGE_SHIFT) - 1;
	uint64_t top = start >> 47;

	if (count > ADDRESS_MASK >> XEN_PAGE_SHIFT || last < start || last >> 47 != top ||
	    (top != 0 && top != 0x1ffff)) {
		return false;
	}
	return last < HYPERVISOR_VIRT_START || start >= HYPERVISOR_VIRT_END;
}

static bool share_a_slot(uint64_t a, uint64_t a_pages, uint64_t b, uint64_t b_pages)
{
	uint64_t a_last = a + (a_pages << XEN_PAGE_SHIFT) - 1;
	uint64_t b_last = b + (b_pages << XEN_PAGE_SHIFT) - 1;

	return a >> 39 <= b_last >> 39 && b >> 39 <= a_last >> 39;
}

static struct pfn_range take(uint64_t *next, uint64_t count)
{
	struct pfn_range range = {.first = *next, .count = count};

	*next += count;
	return range;
}

/*
 * The number of tables depends on how much is mapped, and that on the number of tables: grow the
 * guess until it fits. It grows by one table per 2 MiB, so a few rounds do.
 */
static void place_tables(struct layout *layout, uint64_t next)
{
	uint64_t guess = 0;

	for (;;) {
		uint64_t used = next + guess + 1;
		uint64_t mapped = round_up(used, PAGES_PER_4M);
		struct table_counts of;
		uint64_t count;

		if (mapped - used < SLACK_PAGES) {
			mapped += PAGES_PER_4M;
		}
		of = count_tables(layout->virt_base, mapped);
		count = 1 + of.l3 + of.l2 + of.l1;
		if (count <= guess) {
			layout->mapped = mapped;
			layout->tables_of = of;
			layout->tables = take(&next, guess);
			layout->stack = next;
			return;
		}
		guess = count;
	}
}

static int bad_addresses(struct ctl_error *err, const char *name, const char *what,
			 uint64_t address)
{
	ctl_error_set(err, "bad-kernel-image", "cannot use %s as a kernel", name);
	ctl_error_cause(err, "its %s at 0x%llx cannot be mapped", what,
			(unsigned long long)address);
	return -EINVAL;
}

/* Places everything and says in layout->needed how many pages that takes, be they there or not. */
static int place(const struct kernel_info *kernel, const char *name, uint64_t page_count,
		 uint64_t ramdisk_pages, struct layout *layout, struct ctl_error *err)
{
	uint64_t next = pages_of(kernel->end);
	uint64_t p2m_pages = pages_of(page_count * sizeof(uint64_t));

	*layout = (struct layout){.page_count = page_count, .virt_base = kernel->virt_base};
	layout->kernel.first = kernel->start >> XEN_PAGE_SHIFT;
	layout->kernel.count = next - layout->kernel.first;
	if (ramdisk_pages && !kernel->mod_start_pfn) {
		layout->ramdisk_mapped = true;
		layout->ramdisk = take(&next, ramdisk_pages);
	}
	if (!kernel->has_init_p2m) {
		layout->p2m = take(&next, p2m_pages);
	}
	layout->start_info = next++;
	layout->store = next++;
	layout->console = next++;
	if (!mappable(kernel->virt_base, next + PAGES_PER_4M)) {
		return bad_addresses(err, name, "memory", kernel->virt_base);
	}
	place_tables(layout, next);
	if (!mappable(kernel->virt_base, layout->mapped)) {
		return bad_addresses(err, name, "memory", kernel->virt_base);
	}
	next = layout->mapped;
	if (ramdisk_pages && kernel->mod_start_pfn) {
		layout->ramdisk = take(&next, ramdisk_pages);
	}
	if (kernel->has_init_p2m) {
		if (!mappable(kernel->init_p2m, p2m_pages) ||
		    share_a_slot(kernel->init_p2m, p2m_pages, kernel->virt_base, layout->mapped)) {
			return bad_addresses(err, name, "p2m", kernel->init_p2m);
		}
		layout->p2m = take(&next, p2m_pages);
		layout->p2m_virt = kernel->init_p2m;
		layout->p2m_tables_of = count_tables(kernel->init_p2m, p2m_pages);
		layout->p2m_tables =
			take(&next, layout->p2m_tables_of.l3 + layout->p2m_tables_of.l2 +
					    layout->p2m_tables_of.l1);
	} else {
		layout->p2m_virt = layout_virt(layout, layout->p2m.first);
	}
	/* The slack may be missing in a small guest, unless something lies behind it. */
	layout->needed = next == layout->mapped ? layout->stack + 1 : next;
	return 0;
}

static int too_small(struct ctl_error *err, const char *name, uint64_t needed, uint64_t page_count)
{
	ctl_error_set(err, "too-little-memory-for-kernel", "%s does not fit into the guest", name);
	ctl_error_cause(err, "kernel, ramdisk and tables need %llu KiB, memory= gives %llu KiB",
			(unsigned long long)needed * 4, (unsigned long long)page_count * 4);
	ctl_error_hint(err, "set memory=%llu or more (MiB)", (unsigned long long)needed / 256 + 1);
	ctl_error_number(err, "needed_kib", needed * 4);
	ctl_error_number(err, "memory_kib", page_count * 4);
	return -EINVAL;
}

int layout_compute(const struct kernel_info *kernel, const char *name, uint64_t page_count,
		   uint64_t ramdisk_bytes, struct layout *layout, struct ctl_error *err)
{
	uint64_t ramdisk_pages = ramdisk_bytes / XEN_PAGE_SIZE + !!(ramdisk_bytes % XEN_PAGE_SIZE);
	uint64_t enough = page_count;
	int ret;

	if (ramdisk_pages > MAX_PAGES || page_count > MAX_PAGES) {
		ctl_error_set(err, "guest-too-large", "%s: no guest can be as large", name);
		ctl_error_cause(err, "ramdisk of %llu KiB, memory of %llu KiB, at most %llu KiB",
				(unsigned long long)ramdisk_bytes >> 10,
				(unsigned long long)page_count * 4, MAX_PAGES * 4ULL);
		return -EINVAL;
	}
	ret = place(kernel, name, page_count ? page_count : 1, ramdisk_pages, layout, err);
	if (!ret && layout->needed <= page_count) {
		layout->mapped = layout->mapped < page_count ? layout->mapped : page_count;
		return 0;
	}
	/* With more memory the p2m grows too: how much is enough? */
	while (!ret && layout->needed > enough) {
		enough = layout->needed;
		ret = place(kernel, name, enough, ramdisk_pages, layout, err);
	}
	return ret ? ret : too_small(err, name, enough, page_count);
}

uint64_t layout_virt(const struct layout *layout, uint64_t pfn)
{
	return layout->virt_base + (pfn << XEN_PAGE_SHIFT);
}
