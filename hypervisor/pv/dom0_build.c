/* SPDX-License-Identifier: MIT */
/*
 * Dom0's initial address space (docs/boot.md).  From VIRT_BASE, pfn n at
 * VIRT_BASE + n pages: kernel, [initrd], [p2m], start_info, page tables,
 * boot stack.  The initrd and the p2m come after that region, and outside of
 * it in virtual space, if the kernel says it can do with that.
 */
#include "pv/dom0_build.h"

#include <asm/directmap.h>

#include "core/domain.h"
#include "lib/errno.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/boot_info.h"
#include "mm/buddy.h"
#include "mm/machine_map.h"
#include "mm/table.h"
#include "pv/dom0_build_elf.h"
#include "pv/hypercall_page.h"
#include "xen/start_info.h"

#define REGION_ROUND (4UL << 20)
#define REGION_SLACK (512UL << 10)
#define REGION_MAX (1UL << 30) /* one L2 table: the kernel copies exactly one */
#define CHUNK_ORDER 9U         /* dom0's memory comes in 2 MiB pieces where possible */
#define RESERVE_MAX (128UL << (20 - PAGE_SHIFT))
#define TABLE_PROT (PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define PAGE_PROT (PTE_PRESENT | PTE_RW | PTE_ACCESSED | PTE_DIRTY)

/* Virtual addresses of the initial region, all page aligned. */
struct layout {
	uint64_t start, initrd, p2m, start_info, tables, tables_end, stack_end, end;
};

struct builder {
	struct domain *d;
	const struct dom0_image *image;
	struct pv_kernel kernel;
	struct layout at;
	uint64_t *p2m;       /* pfn -> mfn, while building; nr_pages entries */
	uint64_t nr_pages;   /* dom0's memory */
	uint64_t next_pfn;   /* pfns below have frames */
	uint64_t next_table; /* virtual address of the next unused page-table page */
	uint64_t initrd_pfn;
	uint64_t p2m_pfn, p2m_frames; /* frames of a p2m outside the region */
	uint64_t p2m_tables_pfn;      /* of these, the next unused table */
	pte_t *l4;
};

static uint64_t __init pages_of(uint64_t bytes)
{
	return DIV_ROUND_UP(bytes, PAGE_SIZE);
}

/* How many tables of a level map [start, end). */
static uint64_t __init tables_for(uint64_t start, uint64_t end, unsigned int level)
{
	unsigned int shift = PAGE_SHIFT + 9 * level;

	return ((end - 1) >> shift) - (start >> shift) + 1;
}

static uint64_t __init tables_below_l4(uint64_t start, uint64_t end)
{
	return tables_for(start, end, 1) + tables_for(start, end, 2) + tables_for(start, end, 3);
}

/* dom0_mem=: what dom0 gets, from the frames that are free or hold its initrd. */
static uint64_t __init memory_size(const struct dom0_image *image)
{
	uint64_t free = frames_free_count() + pages_of(image->initrd_size);
	uint64_t reserve = MIN(free / 16, RESERVE_MAX);
	int64_t want = image->mem_size >> PAGE_SHIFT, most = image->mem_max >> PAGE_SHIFT;
	int64_t least = image->mem_min >> PAGE_SHIFT;
	int64_t all = (int64_t)(free - reserve);

	want = want == 0 ? all : want < 0 ? (int64_t)free + want : want;
	most = most < 0 ? (int64_t)free + most : most;
	least = least < 0 ? (int64_t)free + least : least;
	if (most && want > most) {
		want = most;
	}
	want = MAX(want, least);
	if (want > all) {
		log_warn("dom0: %ld MiB asked for, %ld MiB can be given\n", (long)(want >> 8),
			 (long)(all >> 8));
		want = all;
	}
	return (uint64_t)want;
}

/* Places everything in the region; the tables' number depends on its end. */
static int __init layout_compute(struct builder *b)
{
	struct layout *a = &b->at;
	const struct pv_kernel *k = &b->kernel;
	uint64_t at = ROUND_UP(k->end, PAGE_SIZE), tables, needed = 1;

	a->start = k->virt_base & PAGE_MASK;
	a->initrd = at;
	if (!k->initrd_by_pfn) {
		at += pages_of(b->image->initrd_size) << PAGE_SHIFT;
	}
	a->p2m = k->p2m_base;
	if (k->p2m_base == NOT_GIVEN) {
		a->p2m = at;
		at += pages_of(b->nr_pages * sizeof(uint64_t)) << PAGE_SHIFT;
	}
	a->start_info = at;
	a->tables = at + PAGE_SIZE;
	do {
		tables = needed;
		a->tables_end = a->tables + (tables << PAGE_SHIFT);
		a->stack_end = a->tables_end + PAGE_SIZE;
		a->end = ROUND_UP(a->stack_end, REGION_ROUND);
		if (a->end - a->stack_end < REGION_SLACK) {
			a->end += REGION_ROUND;
		}
		needed = 1 + tables_below_l4(a->start, a->end);
	} while (needed > tables);

	if (a->end - a->start > REGION_MAX) {
		log_err("dom0: kernel and tables need %lu MiB, at most %lu can be mapped\n",
			(unsigned long)((a->end - a->start) >> 20), REGION_MAX >> 20);
		return -EINVAL;
	}
	return 0;
}

/* Everything with a place at start must fit into dom0's memory. */
static int __init memory_suffices(const struct builder *b)
{
	uint64_t p2m = b->nr_pages * sizeof(uint64_t);
	uint64_t needed = ((b->at.end - b->at.start) >> PAGE_SHIFT) +
			  pages_of(b->image->initrd_size) + pages_of(p2m) +
			  tables_below_l4(b->at.p2m, b->at.p2m + p2m);

	if (needed > b->nr_pages) {
		log_err("dom0: kernel, initrd and tables need %lu MiB, but dom0 gets %lu MiB; "
			"raise dom0_mem= or give the machine more memory\n",
			(unsigned long)(needed >> 8), (unsigned long)(b->nr_pages >> 8));
		return -ENOMEM;
	}
	return 0;
}

static void __init frame_take(struct builder *b, mfn_t m)
{
	b->p2m[b->next_pfn] = m.v;
	m2p_set(m, b->next_pfn);
	b->next_pfn++;
}

/* Gives dom0 frames until pfns below `until` have one. */
static int __init memory_fill(struct builder *b, uint64_t until, unsigned int flags)
{
	unsigned int order = CHUNK_ORDER;
	struct page_info *p;

	while (b->next_pfn < until) {
		while (b->next_pfn + (1UL << order) > until) {
			order--;
		}
		p = domain_page_alloc(b->d, order, flags);
		if (!p && !order) {
			log_err("dom0: out of memory after %lu of %lu MiB\n",
				(unsigned long)(b->next_pfn >> 8),
				(unsigned long)(b->nr_pages >> 8));
			return -ENOMEM;
		}
		if (!p) {
			order--;
			continue;
		}
		for (uint64_t i = 0; i < 1UL << order; i++) {
			frame_take(b, mfn_add(page_to_mfn(p), i));
		}
	}
	return 0;
}

static void *__init pfn_virt(const struct builder *b, uint64_t pfn)
{
	return mfn_to_virt(mfn(b->p2m[pfn]));
}

static uint64_t __init region_pfn(const struct builder *b, uint64_t va)
{
	return (va - b->at.start) >> PAGE_SHIFT;
}

/* Copies bytes to a virtual address of the region, whose frames lie scattered. */
static void __init region_write(const struct builder *b, uint64_t va, const void *data,
				uint64_t size)
{
	const uint8_t *from = data;

	while (size) {
		uint64_t offset = va & ~PAGE_MASK;
		uint64_t n = MIN(size, PAGE_SIZE - offset);

		memcpy((uint8_t *)pfn_virt(b, region_pfn(b, va)) + offset, from, n);
		va += n;
		from += n;
		size -= n;
	}
}

static void __init kernel_load(const struct builder *b)
{
	for (unsigned int i = 0; i < b->kernel.segment_count; i++) {
		const struct elf_segment *s = &b->kernel.segment[i];

		region_write(b, s->va, s->data, s->file_size);
	}
	if (b->kernel.hypercall_page != NOT_GIVEN && b->kernel.hypercall_page >= b->at.start &&
	    b->kernel.hypercall_page < b->at.initrd && !(b->kernel.hypercall_page & ~PAGE_MASK)) {
		hypercall_page_fill(pfn_virt(b, region_pfn(b, b->kernel.hypercall_page)));
	}
}

/* The initrd's frames become dom0's as they lie, if they are whole frames. */
static int __init initrd_place(struct builder *b)
{
	uint64_t pages = pages_of(b->image->initrd_size);
	mfn_t first = maddr_to_mfn(b->image->initrd);
	uint8_t *data = maddr_to_virt(b->image->initrd);
	bool adopt = !(b->image->initrd & ~PAGE_MASK) && mfn_is_ram(first);
	int rc;

	if (!b->image->initrd_size) {
		return 0;
	}
	if (!b->kernel.initrd_by_pfn) {
		region_write(b, b->at.initrd, data, b->image->initrd_size);
		return 0;
	}
	b->initrd_pfn = b->next_pfn;
	if (!adopt) {
		rc = memory_fill(b, b->next_pfn + pages, 0);
		for (uint64_t i = 0; !rc && i < pages; i++) {
			memcpy(pfn_virt(b, b->initrd_pfn + i), data + i * PAGE_SIZE,
			       MIN(PAGE_SIZE, b->image->initrd_size - i * PAGE_SIZE));
		}
		return rc;
	}
	memset(data + b->image->initrd_size, 0, pages * PAGE_SIZE - b->image->initrd_size);
	for (uint64_t i = 0; i < pages; i++) {
		if (page_adopt(mfn_to_page(mfn_add(first, i)), b->d)) {
			log_err("dom0: its memory is too small for an initrd of %lu MiB\n",
				(unsigned long)(b->image->initrd_size >> 20));
			return -ENOMEM;
		}
		frame_take(b, mfn_add(first, i));
	}
	return 0;
}

/* Frames for a p2m outside the region: the array's, then those of its tables. */
static int __init p2m_allocate(struct builder *b)
{
	uint64_t bytes = b->nr_pages * sizeof(uint64_t), end = b->at.p2m + bytes;

	b->p2m_pfn = b->next_pfn;
	if (b->kernel.p2m_base == NOT_GIVEN) {
		return 0;
	}
	if ((b->at.p2m & ~PAGE_MASK) || end < b->at.p2m ||
	    (b->at.p2m < HOLE_END && end > HOLE_START) ||
	    (b->at.p2m >> 39) == (b->at.start >> 39)) {
		log_err("dom0 kernel: wants its p2m at %lx, which cannot be\n",
			(unsigned long)b->at.p2m);
		return -EINVAL;
	}
	b->p2m_tables_pfn = b->p2m_pfn + pages_of(bytes);
	b->p2m_frames = pages_of(bytes) + tables_below_l4(b->at.p2m, end);
	return memory_fill(b, b->next_pfn + b->p2m_frames, 0);
}

/* A fresh table: from the region's own, or from the p2m's. */
static mfn_t __init table_new(struct builder *b, uint64_t va)
{
	uint64_t pfn;

	if (va >= b->at.start && va < b->at.end) {
		pfn = region_pfn(b, b->next_table);
		b->next_table += PAGE_SIZE;
	} else {
		pfn = b->p2m_tables_pfn++;
	}
	return mfn(b->p2m[pfn]);
}

/* The L1 entry for va, making tables on the way. */
static pte_t *__init entry_for(struct builder *b, uint64_t va)
{
	pte_t *t = b->l4;

	for (unsigned int level = 4;; level--) {
		pte_t *e = &t[(va >> (PAGE_SHIFT + 9 * (level - 1))) & (PTES_PER_TABLE - 1)];

		if (level == 1) {
			return e;
		}
		if (!*e) {
			*e = mfn_to_maddr(table_new(b, va)) | TABLE_PROT;
		}
		t = mfn_to_virt(pte_mfn(*e));
	}
}

static void __init region_map(struct builder *b)
{
	b->l4 = pfn_virt(b, region_pfn(b, b->at.tables));
	b->next_table = b->at.tables + PAGE_SIZE;
	for (uint64_t va = b->at.start; va < b->at.end; va += PAGE_SIZE) {
		pte_t e = b->p2m[region_pfn(b, va)] << PAGE_SHIFT | PAGE_PROT;

		if (va >= b->at.tables && va < b->at.tables_end) {
			e &= ~PTE_RW;
		}
		*entry_for(b, va) = e;
	}
}

static void __init p2m_map(struct builder *b)
{
	uint64_t pages = pages_of(b->nr_pages * sizeof(uint64_t));

	for (uint64_t i = 0; b->kernel.p2m_base != NOT_GIVEN && i < pages; i++) {
		*entry_for(b, b->at.p2m + (i << PAGE_SHIFT)) =
			b->p2m[b->p2m_pfn + i] << PAGE_SHIFT | PAGE_PROT;
	}
}

/* Once every pfn has its frame: the array goes where dom0 sees it. */
static void __init p2m_write(const struct builder *b)
{
	uint64_t first = b->kernel.p2m_base == NOT_GIVEN ? region_pfn(b, b->at.p2m) : b->p2m_pfn;
	const uint64_t per_page = PAGE_SIZE / sizeof(uint64_t);

	for (uint64_t pfn = 0; pfn < b->nr_pages; pfn += per_page) {
		memcpy(pfn_virt(b, first + pfn / per_page), &b->p2m[pfn],
		       MIN(per_page, b->nr_pages - pfn) * sizeof(uint64_t));
	}
}

static void __init screen_describe(struct dom0_vga_console_info *info, const struct boot_screen *s)
{
	memset(info, 0, sizeof(*info));
	if (s->kind == VIDEO_TEXT) {
		info->video_type = XEN_VGATYPE_TEXT_MODE_3;
		info->u.text_mode_3.font_height = s->font_height;
		info->u.text_mode_3.cursor_x = s->cursor_x;
		info->u.text_mode_3.cursor_y = s->cursor_y;
		info->u.text_mode_3.rows = s->rows;
		info->u.text_mode_3.columns = s->cols;
		return;
	}
	info->video_type = s->kind == VIDEO_EFI ? XEN_VGATYPE_EFI_LFB : XEN_VGATYPE_VESA_LFB;
	info->u.vesa_lfb.width = s->width;
	info->u.vesa_lfb.height = s->height;
	info->u.vesa_lfb.bytes_per_line = s->bytes_per_line;
	info->u.vesa_lfb.bits_per_pixel = s->bits_per_pixel;
	info->u.vesa_lfb.lfb_base = (uint32_t)s->lfb_base;
	info->u.vesa_lfb.ext_lfb_base = (uint32_t)(s->lfb_base >> 32);
	info->u.vesa_lfb.lfb_size = s->lfb_size >> 16;
	info->u.vesa_lfb.red_pos = s->red_pos;
	info->u.vesa_lfb.red_size = s->red_size;
	info->u.vesa_lfb.green_pos = s->green_pos;
	info->u.vesa_lfb.green_size = s->green_size;
	info->u.vesa_lfb.blue_pos = s->blue_pos;
	info->u.vesa_lfb.blue_size = s->blue_size;
}

static void __init start_info_write(const struct builder *b)
{
	struct start_info *si = pfn_virt(b, region_pfn(b, b->at.start_info));
	const struct boot_screen *screen = b->image->screen;

	strlcpy(si->magic, XEN_START_INFO_MAGIC, sizeof(si->magic));
	si->nr_pages = b->nr_pages;
	si->shared_info = virt_to_maddr(b->d->shared);
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->pt_base = b->at.tables;
	si->nr_pt_frames = (b->at.tables_end - b->at.tables) >> PAGE_SHIFT;
	si->mfn_list = b->at.p2m;
	if (b->kernel.p2m_base != NOT_GIVEN) {
		si->first_p2m_pfn = b->p2m_pfn;
		si->nr_p2m_frames = b->p2m_frames;
	}
	if (b->image->initrd_size) {
		si->mod_len = b->image->initrd_size;
		si->mod_start = b->at.initrd;
		if (b->kernel.initrd_by_pfn) {
			si->mod_start = b->initrd_pfn;
			si->flags |= SIF_MOD_START_PFN;
		}
	}
	strlcpy((char *)si->cmd_line, b->image->cmdline, sizeof(si->cmd_line));
	if (screen && screen->kind != VIDEO_NONE) {
		si->console.dom0.info_off = sizeof(*si);
		si->console.dom0.info_size = sizeof(struct dom0_vga_console_info);
		screen_describe((struct dom0_vga_console_info *)(si + 1), screen);
	}
}

/* Types and pins the L4 and points v0 to it: now the frames are really dom0's tables. */
static int __init tables_activate(struct builder *b, struct vcpu *v0)
{
	struct page_info *l4 = mfn_to_page(virt_to_mfn(b->l4));
	int rc;

	do {
		rc = page_pin(l4, b->d, PT_L4);
	} while (rc == -ERESTART);
	if (!rc) {
		rc = page_get_and_type(l4, b->d, PT_L4);
	}
	if (rc) {
		log_err("dom0: its initial page tables were refused (%d)\n", rc);
		return rc;
	}
	v0->pv.guest_table = l4;
	v0->pv.cr3_kernel = mfn_to_maddr(page_to_mfn(l4));
	return 0;
}

/* The entry state of a PV kernel. */
static void __init vcpu_prepare(const struct builder *b, struct vcpu *v0)
{
	memset(&v0->regs, 0, sizeof(v0->regs));
	v0->regs.rip = b->kernel.entry;
	v0->regs.cs = FLAT_KERNEL_CS;
	v0->regs.ss = FLAT_KERNEL_SS;
	v0->regs.rsp = b->at.stack_end;
	v0->regs.rsi = b->at.start_info;
	v0->regs.rflags = 0x202; /* IF and the fixed bit */
	v0->pv.kernel_mode = 1;
	v0->pv.kernel_ss = FLAT_KERNEL_SS;
	v0->pv.kernel_sp = b->at.stack_end;
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		b->d->shared->vcpu_info[i].evtchn_upcall_mask = 1;
	}
	v0->initialised = true;
}

static void __init layout_report(const struct builder *b)
{
	const struct layout *a = &b->at;

	log_info("dom0: kernel %lx-%lx, start info %lx, page tables %lx-%lx, stack %lx, end %lx\n",
		 (unsigned long)b->kernel.start, (unsigned long)b->kernel.end,
		 (unsigned long)a->start_info, (unsigned long)a->tables,
		 (unsigned long)a->tables_end, (unsigned long)a->stack_end, (unsigned long)a->end);
	log_info("dom0: %lu MiB, p2m %lx, initrd %lu KiB, entry %lx\n",
		 (unsigned long)(b->nr_pages >> 8), (unsigned long)a->p2m,
		 (unsigned long)(b->image->initrd_size >> 10), (unsigned long)b->kernel.entry);
}

static int __init build(struct builder *b, struct vcpu *v0)
{
	int rc = layout_compute(b);

	rc = rc ? rc : memory_suffices(b);
	rc = rc ? rc : memory_fill(b, (b->at.end - b->at.start) >> PAGE_SHIFT, 0);
	rc = rc ? rc : initrd_place(b);
	rc = rc ? rc : p2m_allocate(b);
	/* Nobody's secrets are in memory yet, and dom0 does not rely on zeroes. */
	rc = rc ? rc : memory_fill(b, b->nr_pages, PAGE_ALLOC_NO_ZERO);
	if (rc) {
		return rc;
	}
	kernel_load(b);
	region_map(b);
	p2m_map(b);
	p2m_write(b);
	start_info_write(b);
	rc = tables_activate(b, v0);
	if (!rc) {
		vcpu_prepare(b, v0);
		layout_report(b);
	}
	return rc;
}

int __init pv_build_dom0(struct domain *d, struct vcpu *v0, const struct dom0_image *image)
{
	struct builder b = {.d = d, .image = image};
	int rc = pv_kernel_parse(&b.kernel, image->kernel, image->kernel_size);

	if (rc) {
		return rc;
	}
	machine_map_init(&boot_info);
	d->pv.dom0_device_access = true;
	b.nr_pages = memory_size(image);
	/* Without a limit dom0 may balloon up to whatever is free. */
	d->max_pages = image->mem_max > 0 ? MAX((uint64_t)image->mem_max >> PAGE_SHIFT, b.nr_pages)
					  : UINT32_MAX;
	b.p2m = hv_alloc(b.nr_pages * sizeof(*b.p2m));
	if (!b.p2m) {
		log_err("dom0: no memory to list its %lu pages\n", (unsigned long)b.nr_pages);
		return -ENOMEM;
	}
	rc = build(&b, v0);
	hv_free(b.p2m);
	return rc;
}
