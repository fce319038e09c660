/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's own page tables: mapping, unmapping, and devices.
 * Source: AMD64 manual, volume 2, section 5.3.
 */
#include "arch/pagetable.h"

#include <asm/directmap.h>
#include <asm/features.h>
#include <asm/insn.h>

#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/boot_info.h"
#include "mm/page.h"

#define PTE_P (1ULL << 0)
#define PTE_W (1ULL << 1)
#define PTE_U (1ULL << 2)
#define PTE_AD ((1ULL << 5) | (1ULL << 6))
#define PTE_LARGE (1ULL << 7)
#define PTE_PAT_LARGE (1ULL << 12)
#define PTE_PAT_4K (1ULL << 7)
#define PTE_ADDR 0x000ffffffffff000ULL

/* Devices: after the CPU stacks, which take the first GiB of the slot. */
#define DEVICE_START (IOREMAP_VIRT + (1UL << 30))
#define DEVICE_END (IOREMAP_VIRT + (1UL << 39))

uint64_t hole_l4_template[16];
maddr_t hv_root;
static spinlock_t map_lock = SPINLOCK(RANK_MAPCACHE);
static uint64_t device_next = DEVICE_START;

/* A zeroed table: from boot memory until the heap has taken that over. */
static uint64_t *table_alloc(void)
{
	if (boot_heap_is_open()) {
		return boot_alloc(&boot_info, PAGE_SIZE, PAGE_SIZE);
	}
	return frames_alloc(0);
}

static unsigned int slot(uint64_t va, unsigned int level)
{
	return (va >> (PAGE_SHIFT + 9 * (level - 1))) & 511;
}

static uint64_t level_size(unsigned int level)
{
	return PAGE_SIZE << (9 * (level - 1));
}

/*
 * The entry for va in the table of the wanted level, making tables on the
 * way (user: open to guests) or, if !make, NULL where there is none.  *level
 * is raised when a large page is met first.
 */
static uint64_t *walk(uint64_t va, unsigned int *level, bool make, bool user)
{
	uint64_t *table = maddr_to_virt(hv_root), *e;

	for (unsigned int l = 4;; l--) {
		e = &table[slot(va, l)];
		if (l == *level) {
			return e;
		}
		if ((*e & PTE_P) && (*e & PTE_LARGE)) {
			*level = l;
			return e;
		}
		if (!(*e & PTE_P)) {
			uint64_t *t = make ? table_alloc() : NULL;

			if (!t) {
				return NULL;
			}
			*e = virt_to_maddr(t) | PTE_P | PTE_W | PTE_AD | (user ? PTE_U : 0);
		}
		table = maddr_to_virt(*e & PTE_ADDR);
	}
}

static unsigned int largest_level(uint64_t va, uint64_t frame, uint64_t count, uint64_t prot)
{
	unsigned int max = prot & HVMAP_4K ? 1 : cpu_features.page_1g ? 3 : 2;

	for (unsigned int l = max; l > 1; l--) {
		uint64_t pages = level_size(l) >> PAGE_SHIFT;

		if (!(va & (level_size(l) - 1)) && !(frame & (pages - 1)) && count >= pages) {
			return l;
		}
	}
	return 1;
}

static uint64_t leaf(uint64_t frame, uint64_t prot, unsigned int level)
{
	uint64_t e = (frame << PAGE_SHIFT) | PTE_P | PTE_AD | (prot & ~(HVMAP_4K | PTE_PAT_LARGE));

	/* The PAT bit stands elsewhere in entries of 4 KiB pages. */
	if (level > 1) {
		e |= PTE_LARGE | (prot & PTE_PAT_LARGE);
	} else if (prot & PTE_PAT_LARGE) {
		e |= PTE_PAT_4K;
	}
	return e;
}

int hvmap_map(uint64_t va, mfn_t first, uint64_t count, uint64_t prot)
{
	uint64_t frame = first.v, bytes = count << PAGE_SHIFT;
	int rc = 0;

	if ((va & ~PAGE_MASK) || va < HOLE_START || va + bytes < va || va + bytes > HOLE_END) {
		return -EINVAL;
	}
	spin_lock(&map_lock);
	while (count) {
		unsigned int want = largest_level(va, frame, count, prot), level = want;
		uint64_t *e = walk(va, &level, true, prot & HVMAP_USER);
		uint64_t pages = level_size(want) >> PAGE_SHIFT;

		if (!e || level != want || (*e & PTE_P)) {
			rc = e ? -EEXIST : -ENOMEM;
			break;
		}
		*e = leaf(frame, prot, level);
		va += pages << PAGE_SHIFT;
		frame += pages;
		count -= pages;
	}
	spin_unlock(&map_lock);
	return rc;
}

void hvmap_unmap(uint64_t va, uint64_t count)
{
	spin_lock(&map_lock);
	for (; count; count--, va += PAGE_SIZE) {
		unsigned int level = 1;
		uint64_t *e = walk(va, &level, false, false);

		if (e && level == 1) {
			*e = 0;
		}
	}
	spin_unlock(&map_lock);
}

void hvmap_protect(uint64_t va, uint64_t count, uint64_t prot)
{
	spin_lock(&map_lock);
	for (; count; count--, va += PAGE_SIZE) {
		unsigned int level = 1;
		uint64_t *e = walk(va, &level, false, false);

		BUG_ON(!e || level != 1 || !(*e & PTE_P));
		*e = (*e & PTE_ADDR) | PTE_P | PTE_AD | (prot & ~HVMAP_4K);
	}
	spin_unlock(&map_lock);
}

mfn_t hvmap_lookup(uint64_t va)
{
	unsigned int level = 1;
	uint64_t *e, offset;

	if (va < HOLE_START || va >= HOLE_END) {
		return INVALID_MFN;
	}
	e = walk(va, &level, false, false);
	if (!e || !(*e & PTE_P)) {
		return INVALID_MFN;
	}
	offset = va & (level_size(level) - 1);
	return maddr_to_mfn((*e & PTE_ADDR & ~(level_size(level) - 1)) + offset);
}

static void *device_map(maddr_t addr, uint64_t bytes, uint64_t prot)
{
	uint64_t offset = addr & ~PAGE_MASK, count = DIV_ROUND_UP(offset + bytes, PAGE_SIZE), va;

	spin_lock(&map_lock);
	/* A large device is mapped by large pages. */
	va = count < 512 ? device_next : ROUND_UP(device_next, 512 * PAGE_SIZE);
	if (va >= DEVICE_END || count > (DEVICE_END - va) >> PAGE_SHIFT) {
		spin_unlock(&map_lock);
		return NULL;
	}
	/* One page stays free: running past the end of a device faults. */
	device_next = va + ((count + 1) << PAGE_SHIFT);
	spin_unlock(&map_lock);
	if (hvmap_map(va, maddr_to_mfn(addr), count, prot | HVMAP_NX)) {
		return NULL;
	}
	return (void *)(va + offset);
}

void *ioremap(maddr_t addr, uint64_t bytes)
{
	return device_map(addr, bytes, HVMAP_RW | HVMAP_UC);
}

const void *firmware_map(maddr_t addr, uint64_t bytes)
{
	mfn_t last = maddr_to_mfn(addr + bytes - 1);

	if (addr + bytes < addr || addr + bytes > DIRECTMAP_END - DIRECTMAP_VIRT) {
		return NULL;
	}
	for (uint64_t m = addr >> PAGE_SHIFT; m <= last.v; m++) {
		if (mfn_eq(hvmap_lookup(DIRECTMAP_VIRT + (m << PAGE_SHIFT)), INVALID_MFN)) {
			return device_map(addr, bytes, 0);
		}
	}
	return maddr_to_virt(addr);
}

/* --- device memory that guests must not see ---------------------------- */

#define PRIVATE_MAX 32
static struct {
	uint64_t first, count;
} private_mmio[PRIVATE_MAX] __ro_after_init = {
	{0xfee00, 0x100}, /* where writes become interrupt messages */
};
static unsigned int private_count __ro_after_init = 1;

void __init mmio_set_private(mfn_t first, uint64_t count)
{
	BUG_ON(private_count >= PRIVATE_MAX);
	private_mmio[private_count].first = first.v;
	private_mmio[private_count++].count = count;
}

bool mmio_is_private(mfn_t m)
{
	if (m.v >> (cpu_features.phys_bits - PAGE_SHIFT)) {
		return true; /* reserved bits of an address, not an address */
	}
	for (unsigned int i = 0; i < private_count; i++) {
		if (m.v - private_mmio[i].first < private_mmio[i].count) {
			return true;
		}
	}
	return false;
}
