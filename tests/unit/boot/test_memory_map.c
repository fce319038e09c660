/* SPDX-License-Identifier: MIT */
/* The memory map: overlaps, alignment, reserving, allocating. */
#include "boot/cmocka_all.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "../../../hypervisor/boot/memory_map.h"
#include "asm/directmap.h"

static struct boot_info bi;

static int reset(void **state)
{
	(void)state;
	memset(&bi, 0, sizeof(bi));
	return 0;
}

static void expect_map(const struct mem_range *want, unsigned int count)
{
	assert_int_equal(bi.map_count, count);
	for (unsigned int i = 0; i < count; i++) {
		assert_int_equal(bi.map[i].start, want[i].start);
		assert_int_equal(bi.map[i].end, want[i].end);
		assert_int_equal(bi.map[i].type, want[i].type);
	}
}

static void test_overlaps_go_to_the_more_restricted(void **state)
{
	static const struct mem_range want[] = {
		{0, 0x9f000, MEM_RAM},         {0x9f000, 0xa0000, MEM_RESERVED},
		{0x100000, 0x200000, MEM_RAM}, {0x200000, 0x300000, MEM_UNUSABLE},
		{0x300000, 0x400000, MEM_RAM},
	};

	(void)state;
	memory_map_add(&bi, 0x100000, 0x300000, MEM_RAM);
	memory_map_add(&bi, 0x200000, 0x100000, MEM_UNUSABLE);
	memory_map_add(&bi, 0, 0x9fc00, MEM_RAM);
	memory_map_add(&bi, 0x9fc00, 0x400, 77 /* no such type: reserved */);
	memory_map_add(&bi, 0x5000, 0, MEM_RAM);
	memory_map_add(&bi, ~0ULL - 5, 100, MEM_RAM); /* wraps */
	memory_map_normalise(&bi);
	expect_map(want, 5);
	assert_int_equal(boot_ram_end(&bi), 0x400000);
}

static void test_neighbours_join(void **state)
{
	static const struct mem_range want[] = {{0x100000, 0x300000, MEM_RAM}};

	(void)state;
	memory_map_add(&bi, 0x200000, 0x100000, MEM_RAM);
	memory_map_add(&bi, 0x100000, 0x100000, MEM_RAM);
	memory_map_normalise(&bi);
	expect_map(want, 1);
}

static void test_free_leaves_out_what_is_used(void **state)
{
	(void)state;
	memory_map_add(&bi, 0, 0x1000000, MEM_RAM);
	memory_map_normalise(&bi);
	bi.image_start = 0x200000;
	bi.image_end = 0x280000;
	bi.module_count = 1;
	bi.module[0].start = 0x400123;
	bi.module[0].size = 0x1000;
	memory_map_find_free(&bi, ~0UL);
	assert_int_equal(bi.free_count, 3);
	assert_int_equal(bi.free[0].start, 0x100000);
	assert_int_equal(bi.free[0].end, 0x200000);
	assert_int_equal(bi.free[1].start, 0x280000);
	assert_int_equal(bi.free[1].end, 0x400000);
	assert_int_equal(bi.free[2].start, 0x402000);
	assert_int_equal(bi.free[2].end, 0x1000000);
}

static void test_alloc_from_the_top_below_the_limit(void **state)
{
	uint8_t *p;

	(void)state;
	memory_map_add(&bi, 0x100000, 0x700000, MEM_RAM);
	memory_map_normalise(&bi);
	memory_map_find_free(&bi, 0x600000);
	p = boot_alloc(&bi, 0x1001, 0x2000);
	assert_int_equal(virt_to_maddr(p), 0x5fe000);
	assert_int_equal(p[0] | p[0x1fff], 0);
	boot_alloc_limit(~0UL);
	assert_int_equal(virt_to_maddr(boot_alloc(&bi, 0x1000, 0x1000)), 0x7ff000);
}

/* Against a bitmap of pages: random reservations never lose or double any. */
static void test_reserve_matches_a_bitmap(void **state)
{
	static uint8_t model[256];

	(void)state;
	srand(7);
	for (unsigned int round = 0; round < 200; round++) {
		reset(NULL);
		bi.free[0] = (struct mem_range){0x100000, 0x200000, MEM_RAM};
		bi.free_count = 1;
		memset(model, 1, sizeof(model));
		for (unsigned int i = 0; i < 40; i++) {
			unsigned int from = (unsigned int)rand() % 256,
				     n = (unsigned int)rand() % 20;

			boot_reserve(&bi, 0x100000 + from * PAGE_SIZE,
				     0x100000 + (from + n) * PAGE_SIZE);
			for (unsigned int k = from; k < from + n && k < 256; k++) {
				model[k] = 0;
			}
		}
		for (unsigned int k = 0; k < 256; k++) {
			maddr_t a = 0x100000 + k * PAGE_SIZE;
			unsigned int hits = 0;

			for (unsigned int i = 0; i < bi.free_count; i++) {
				hits += a >= bi.free[i].start && a < bi.free[i].end;
				assert_true(bi.free[i].start < bi.free[i].end);
			}
			assert_int_equal(hits, model[k]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_overlaps_go_to_the_more_restricted, reset),
		cmocka_unit_test_setup(test_neighbours_join, reset),
		cmocka_unit_test_setup(test_free_leaves_out_what_is_used, reset),
		cmocka_unit_test_setup(test_alloc_from_the_top_below_the_limit, reset),
		cmocka_unit_test_setup(test_reserve_matches_a_bitmap, reset),
	};

	if (mmap((void *)DIRECTMAP_VIRT, 0x1000000, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED) {
		return 99;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
