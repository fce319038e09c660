/* SPDX-License-Identifier: MIT */
/* Layouts of guests of many sizes: nothing overlaps, everything needed is mapped, tables are
 * read-only. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../dom0-tools/libbuild/layout.h"
#include "walk.h"

/* Machine frames of the tests: pfn n is n * 3 + MFN_BASE, so that mixing them up shows. */
#define MFN_BASE 1000

static struct kernel_info kernel;
static struct layout layout;
static struct ctl_error err;
static uint64_t *p2m, *tables, *p2m_tables;

static void linux_kernel(uint64_t start, uint64_t end)
{
	kernel = (struct kernel_info){
		.start = start,
		.end = end,
		.virt_base = 0xffffffff80000000UL,
		.has_init_p2m = true,
		.init_p2m = 0x8000000000UL,
		.mod_start_pfn = true,
	};
}

static void minios_kernel(void)
{
	kernel = (struct kernel_info){.start = 0, .end = 0x80000};
}

static int compute(uint64_t pages, uint64_t ramdisk)
{
	ctl_error_clear(&err);
	return layout_compute(&kernel, "K", pages, ramdisk, &layout, &err);
}

static uint64_t *table(uint64_t mfn)
{
	uint64_t pfn = (mfn - MFN_BASE) / 3;

	if (mfn < MFN_BASE || (mfn - MFN_BASE) % 3) {
		return NULL;
	}
	if (pfn - layout.tables.first < layout.tables.count) {
		return tables + (pfn - layout.tables.first) * 512;
	}
	if (pfn - layout.p2m_tables.first < layout.p2m_tables.count) {
		return p2m_tables + (pfn - layout.p2m_tables.first) * 512;
	}
	return NULL;
}

static bool is_table(uint64_t pfn)
{
	return pfn - layout.tables.first < layout.tables.count ||
	       pfn - layout.p2m_tables.first < layout.p2m_tables.count;
}

static void expect_mapped(uint64_t virt, uint64_t pfn)
{
	uint64_t entry = 0;

	assert_true(walk(p2m[layout.tables.first], virt, table, &entry));
	assert_int_equal((entry & PTE_FRAME_MASK) >> 12, p2m[pfn]);
	assert_int_equal(!(entry & PTE_RW), is_table(pfn));
	assert_int_equal(entry & PTE_NX, 0);
}

/* No two of the guest's things share a frame, and all are inside it. */
static void expect_disjoint(void)
{
	const struct pfn_range ranges[] = {
		layout.kernel,     layout.ramdisk,      layout.p2m,
		layout.tables,     layout.p2m_tables,   {layout.start_info, 1},
		{layout.store, 1}, {layout.console, 1}, {layout.stack, 1},
	};
	uint8_t *used = calloc(1, layout.page_count);

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		for (uint64_t pfn = ranges[i].first; pfn < ranges[i].first + ranges[i].count;
		     pfn++) {
			assert_true(pfn < layout.page_count);
			assert_false(used[pfn]);
			used[pfn] = 1;
		}
	}
	free(used);
}

static void check(void)
{
	uint64_t entry;

	expect_disjoint();
	assert_int_equal(layout.tables.count,
			 1 + layout.tables_of.l3 + layout.tables_of.l2 + layout.tables_of.l1);
	p2m = malloc(layout.page_count * sizeof(*p2m));
	for (uint64_t i = 0; i < layout.page_count; i++) {
		p2m[i] = MFN_BASE + 3 * i;
	}
	tables = calloc(layout.tables.count, 4096);
	p2m_tables = calloc(layout.p2m_tables.count + 1, 4096);
	layout_fill_tables(&layout, p2m, tables, p2m_tables);
	assert_true(layout.stack < layout.mapped && layout.mapped <= layout.page_count);
	for (uint64_t pfn = 0; pfn < layout.mapped; pfn++) {
		expect_mapped(layout_virt(&layout, pfn), pfn);
	}
	assert_false(
		walk(p2m[layout.tables.first], layout_virt(&layout, layout.mapped), table, &entry));
	for (uint64_t i = 0; i < layout.p2m.count; i++) {
		expect_mapped(layout.p2m_virt + i * 4096, layout.p2m.first + i);
	}
	free(p2m);
	free(tables);
	free(p2m_tables);
}

/* The numbers of a 256 MiB guest with Debian's kernel, as Xen's own builder lays it out. */
static void test_debian(void **state)
{
	(void)state;
	linux_kernel(0x1000000, 0x4a00000);
	assert_int_equal(compute(65536, 30UL << 20), 0);
	assert_int_equal(layout.start_info, 0x4a00);
	assert_int_equal(layout.store, 0x4a01);
	assert_int_equal(layout.console, 0x4a02);
	assert_int_equal(layout.tables.first, 0x4a03);
	assert_int_equal(layout.tables.count, 41);
	assert_int_equal(layout.stack, 0x4a03 + 41);
	assert_int_equal(layout.mapped, 0x4c00);
	assert_int_equal(layout.ramdisk.first, 0x4c00);
	assert_false(layout.ramdisk_mapped);
	assert_int_equal(layout.p2m.first, 0x4c00 + (30 << 8));
	assert_int_equal(layout.p2m.count, 128);
	assert_int_equal(layout.p2m_tables.count, 3);
	check();
}

static void test_sizes(void **state)
{
	static const uint64_t ends[] = {0x200000, 0x3f0000, 0x3fd000, 0x400000,
					0x7ff000, 0xbf0000, 0x1000001};
	static const uint64_t ramdisks[] = {0, 1, 4095, 4096, 4097, 5UL << 20};

	(void)state;
	for (size_t e = 0; e < sizeof(ends) / sizeof(ends[0]); e++) {
		for (size_t r = 0; r < sizeof(ramdisks) / sizeof(ramdisks[0]); r++) {
			linux_kernel(0x100000, ends[e]);
			assert_int_equal(compute(16384, ramdisks[r]), 0);
			assert_int_equal(layout.ramdisk.count, (ramdisks[r] + 4095) / 4096);
			/* slack, as Linux relies on it */
			assert_true(layout.mapped - layout.stack - 1 >= 128);
			assert_int_equal(layout.mapped % 1024, 0);
			check();
		}
	}
}

/* A kernel at address 0 that wants everything mapped, in guests down to the smallest. */
static void test_minios(void **state)
{
	(void)state;
	for (uint64_t pages = 150; pages < 2000; pages += 7) {
		minios_kernel();
		if (compute(pages, 20000)) {
			assert_string_equal(err.id, "too-little-memory-for-kernel");
			assert_true(pages < layout.needed);
			continue;
		}
		assert_true(layout.ramdisk_mapped);
		assert_int_equal(layout.p2m_tables.count, 0);
		assert_int_equal(layout.p2m_virt, layout_virt(&layout, layout.p2m.first));
		check();
	}
	assert_int_equal(compute(2000, 20000), 0);
}

/* The page count at which a guest begins to fit is the one that the message names. */
static void test_needed(void **state)
{
	uint64_t needed;

	(void)state;
	linux_kernel(0x1000000, 0x4a00000);
	assert_int_equal(compute(100, 1 << 20), -EINVAL);
	assert_string_equal(err.id, "too-little-memory-for-kernel");
	needed = layout.needed;
	assert_int_equal(err.numbers[0].value, needed * 4);
	assert_int_equal(compute(needed - 1, 1 << 20), -EINVAL);
	assert_int_equal(layout.needed, needed);
	assert_int_equal(compute(needed, 1 << 20), 0);
	assert_int_equal(compute(0, 0), -EINVAL);
	assert_int_equal(compute(1000, ~0UL), -EINVAL);
	assert_int_equal(compute(~0UL / 16, 0), -EINVAL);
}

static void test_addresses(void **state)
{
	static const uint64_t bad_bases[] = {
		0xffff800000000000UL, 0xffff880000000000UL - 4096, 0x7ffffffff000UL,
		0x800000000000UL,     0xfffffffffffff000UL,        0xffff7ffffffff000UL,
		0x8000000000000000UL,
	};
	static const uint64_t bad_p2ms[] = {
		0xffff800000000000UL, 0xffff878000000000UL, 0x800000000000UL,
		0xfffffffffffff000UL, 0xffffffff00000000UL, 0x7ffffffff000UL,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad_bases) / sizeof(bad_bases[0]); i++) {
		linux_kernel(0x100000, 0x200000);
		kernel.virt_base = bad_bases[i];
		assert_int_equal(compute(16384, 0), -EINVAL);
		assert_string_equal(err.id, "bad-kernel-image");
	}
	for (size_t i = 0; i < sizeof(bad_p2ms) / sizeof(bad_p2ms[0]); i++) {
		linux_kernel(0x100000, 0x200000);
		kernel.init_p2m = bad_p2ms[i];
		assert_int_equal(compute(16384, 0), -EINVAL);
		assert_string_equal(err.id, "bad-kernel-image");
	}
	/* right behind the hole, and a p2m that crosses tables */
	linux_kernel(0x100000, 0x200000);
	kernel.virt_base = 0xffff880000000000UL;
	kernel.init_p2m = 0x8000000000UL - 0x4000;
	assert_int_equal(compute(16384, 0), 0);
	assert_int_equal(layout.p2m_tables_of.l3, 2);
	check();
	kernel.virt_base = 0x40000000UL - 0x200000;
	kernel.init_p2m = 0xffff880000000000UL;
	assert_int_equal(compute(16384, 0), 0);
	assert_int_equal(layout.tables_of.l2, 2);
	check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_debian),    cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_minios),    cmocka_unit_test(test_needed),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
