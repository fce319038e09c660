/* SPDX-License-Identifier: MIT */
/*
 * RAM of the fake machine: a sparse file in memory, mapped once as a whole
 * (the direct map) and in parts wherever hvmap_map is asked to.
 */
#include "arch/fake/fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <asm/directmap.h>

#include "arch/pagetable.h"
#include "lib/errno.h"

uint64_t hole_l4_template[16];
maddr_t hv_root;
struct boot_info boot_info;
static int ram_fd = -1;

static void fail(const char *what)
{
	perror(what);
	exit(99);
}

static void *map_at(uint64_t va, uint64_t offset, uint64_t bytes)
{
	void *p = mmap((void *)va, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE,
		       ram_fd, (off_t)offset);

	if (p == MAP_FAILED) {
		fail("fake machine: mmap");
	}
	return p;
}

void fake_machine_start(struct boot_info *bi, const struct fake_ram *ram, unsigned int count)
{
	const maddr_t low = 0x100000;

	ram_fd = memfd_create("ram", 0);
	if (ram_fd < 0 || ftruncate(ram_fd, (off_t)ram[count - 1].end)) {
		fail("fake machine: memory");
	}
	map_at(DIRECTMAP_VIRT, 0, ram[count - 1].end);
	for (unsigned int i = 0; i < count; i++) {
		bi->map[bi->map_count++] = (struct mem_range){ram[i].start, ram[i].end, MEM_RAM};
		if (ram[i].end > low) {
			bi->free[bi->free_count++] =
				(struct mem_range){MAX(ram[i].start, low), ram[i].end, MEM_RAM};
		}
	}
	/* Recognisable: the real ones point to the hypervisor's tables. */
	for (unsigned int i = 0; i < 16; i++) {
		hole_l4_template[i] = i == 1 ? 0 : 0x1000 * (i + 1) | 0x63;
	}
}

void *boot_alloc(struct boot_info *bi, uint64_t bytes, uint64_t align)
{
	bytes = ROUND_UP(bytes, PAGE_SIZE);
	for (unsigned int i = 0; i < bi->free_count; i++) {
		maddr_t at = ROUND_UP(bi->free[i].start, align);

		/* Whatever lies before is lost; tests have enough. */
		if (at + bytes <= bi->free[i].end) {
			bi->free[i].start = at + bytes;
			return maddr_to_virt(at);
		}
	}
	fail("fake machine: boot_alloc");
	return NULL;
}

int hvmap_map(uint64_t va, mfn_t first, uint64_t count, uint64_t prot)
{
	(void)prot;
	map_at(va, mfn_to_maddr(first), count << PAGE_SHIFT);
	return 0;
}

/* The device the fake machine keeps for itself; its addresses have 40 bits. */
bool mmio_is_private(mfn_t m)
{
	return m.v >> 28 || (m.v >= 0xfee00 && m.v < 0xfef00);
}
