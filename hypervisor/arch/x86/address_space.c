/* SPDX-License-Identifier: MIT */
/* The hypervisor's address space: direct map, image, stacks. */
#include "arch/x86/address_space.h"

#include <asm/directmap.h>
#include <asm/insn.h>
#include <asm/percpu.h>

#include "arch/cpu.h"
#include "arch/pagetable.h"
#include "lib/bug.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/boot_info.h"
#include "mm/init.h"
#include "mm/page.h"

extern char __image_start[], __image_end[];
extern char __text_end[], __init_text_start[], __init_text_end[];
extern char __rodata_start[], __rodata_end[];
extern char __ro_after_init_start[], __ro_after_init_end[];
extern char __init_data_start[], __init_data_end[];
extern char __data_start[], __bss_end[];
extern char __init_bss_start[], __init_bss_end[];

/* One part of the image: what its pages allow, and whether it outlives boot. */
struct image_part {
	char *start, *end;
	uint64_t prot;
	bool boot_only;
};

static const struct image_part image_parts[] = {
	{__image_start, __text_end, 0, false},
	{__init_text_start, __init_text_end, 0, true},
	{__rodata_start, __rodata_end, HVMAP_NX, false},
	{__ro_after_init_start, __ro_after_init_end, HVMAP_RW | HVMAP_NX, false},
	{__init_data_start, __init_data_end, HVMAP_RW | HVMAP_NX, true},
	{__data_start, __bss_end, HVMAP_RW | HVMAP_NX, false},
	{__init_bss_start, __init_bss_end, HVMAP_RW | HVMAP_NX, true},
};

/* A stack block fills the upper half of its place; the lower is a guard. */
#define STACK_STRIDE (2 * STACK_SIZE)
#define STACK_GUARD_PAGE 4 /* between the exception stacks and the normal one */

static maddr_t image_base __ro_after_init;

maddr_t image_to_maddr(const void *p)
{
	return image_base + ((uint64_t)p - IMAGE_VIRT);
}

static void __init must_map(uint64_t va, maddr_t start, maddr_t end, uint64_t prot)
{
	int rc;

	if (start >= end) {
		return;
	}
	rc = hvmap_map(va, maddr_to_mfn(start), (end - start) >> PAGE_SHIFT, prot);
	if (rc) {
		panic("address_space_init: mapping %#lx at %#lx fails with %d", start, va, rc);
	}
}

static void __init map_direct(maddr_t start, maddr_t end, uint64_t prot)
{
	must_map(DIRECTMAP_VIRT + start, start, end, prot | HVMAP_NX);
}

/* RAM, but the image's constant parts only readable. */
static void __init map_ram(maddr_t start, maddr_t end)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(image_parts); i++) {
		const struct image_part *p = &image_parts[i];
		maddr_t from = image_to_maddr(p->start), to = image_to_maddr(p->end);

		if (p->boot_only || (p->prot & HVMAP_RW) || to <= start || from >= end) {
			continue;
		}
		map_direct(start, MAX(from, start), HVMAP_RW);
		map_direct(MAX(from, start), MIN(to, end), HVMAP_4K);
		start = MIN(to, end);
	}
	map_direct(start, end, HVMAP_RW);
}

static void __init map_image(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(image_parts); i++) {
		const struct image_part *p = &image_parts[i];

		must_map((uint64_t)p->start, image_to_maddr(p->start), image_to_maddr(p->end),
			 p->prot | HVMAP_4K);
	}
}

/* Every slot of ours gets its table now: guests' roots are copies. */
static void __init fill_template(struct boot_info *bi)
{
	uint64_t *root = maddr_to_virt(hv_root);
	static const uint64_t fixed[] = {M2P_VIRT, IOREMAP_VIRT, FRAMETABLE_VIRT};

	for (unsigned int i = 0; i < ARRAY_SIZE(fixed); i++) {
		uint64_t *e = &root[(fixed[i] >> 39) & 511];

		if (!(*e & 1)) {
			*e = virt_to_maddr(boot_alloc(bi, PAGE_SIZE, PAGE_SIZE)) | 0x63;
		}
	}
	root[256] |= HVMAP_USER;
	memcpy(hole_l4_template, &root[HOLE_FIRST_SLOT], sizeof(hole_l4_template));
}

void __init address_space_init(struct boot_info *bi)
{
	image_base = bi->image_start;
	hv_root = virt_to_maddr(boot_alloc(bi, PAGE_SIZE, PAGE_SIZE));
	for (unsigned int i = 0; i < bi->map_count; i++) {
		const struct mem_range *r = &bi->map[i];

		if (r->type == MEM_RAM) {
			map_ram(r->start, r->end);
		} else if ((r->type == MEM_ACPI || r->type == MEM_NVS)) {
			map_direct(r->start, r->end, HVMAP_4K);
		}
	}
	map_image();
	fill_template(bi);
	write_cr3(hv_root);
}

void __init address_space_seal(void)
{
	hvmap_protect((uint64_t)__ro_after_init_start,
		      (uint64_t)(__ro_after_init_end - __ro_after_init_start) >> PAGE_SHIFT,
		      HVMAP_NX);
	tlb_flush_mask(cpu_online_map, TLB_FLUSH_ALL_VA);
}

/* Not boot code itself: it takes the boot code away. */
void address_space_free_init(void)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(image_parts); i++) {
		const struct image_part *p = &image_parts[i];

		if (p->boot_only) {
			uint64_t part = (uint64_t)(p->end - p->start);

			hvmap_unmap((uint64_t)p->start, part >> PAGE_SHIFT);
			bytes += part;
		}
	}
	tlb_flush_mask(cpu_online_map, TLB_FLUSH_ALL_VA);
	for (unsigned int i = 0; i < ARRAY_SIZE(image_parts); i++) {
		const struct image_part *p = &image_parts[i];

		if (p->boot_only) {
			frames_free_range(image_to_maddr(p->start), image_to_maddr(p->end));
		}
	}
	log_info("Boot code and data given back: %lu KiB", bytes >> 10);
}

uint64_t cpu_stack_create(unsigned int cpu)
{
	uint64_t base = IOREMAP_VIRT + cpu * STACK_STRIDE + STACK_SIZE;

	for (unsigned int page = 0; page < STACK_SIZE / PAGE_SIZE; page++) {
		void *frame;

		if (page == STACK_GUARD_PAGE) {
			continue;
		}
		frame = frames_alloc(0);
		if (!frame || hvmap_map(base + page * PAGE_SIZE, virt_to_mfn(frame), 1,
					HVMAP_RW | HVMAP_NX | HVMAP_4K)) {
			panic("cpu_stack_create: no memory for the stack of CPU %u", cpu);
		}
	}
	return base + STACK_SIZE;
}
