/* SPDX-License-Identifier: MIT */
/* ACPI tables as firmware writes them, and as it should not. */
#include "boot/cmocka_all.h"

#include "acpi_world.h"
#include "lib/types.h"
#include "mm/node.h"

static uint8_t image[0x2000];
static size_t used;

static void seal(size_t at, size_t bytes, size_t checksum)
{
	uint8_t sum = 0;

	image[at + checksum] = 0;
	for (size_t i = 0; i < bytes; i++) {
		sum = (uint8_t)(sum + image[at + i]);
	}
	image[at + checksum] = (uint8_t)-sum;
}

/* A table with that body behind its 36-byte header; its offset. */
static size_t table(const char *signature, const void *body, size_t bytes)
{
	size_t at = used;
	uint32_t length = (uint32_t)(36 + bytes);

	memcpy(image + at, signature, 4);
	memcpy(image + at + 4, &length, 4);
	memcpy(image + at + 36, body, bytes);
	seal(at, length, 9);
	used = (at + length + 15) & ~15UL;
	return at;
}

static uint32_t address(size_t at)
{
	return (uint32_t)(WINDOW_START + at);
}

static const uint8_t madt[] = {
	0,  0,  0xe0, 0xfe, 1,  0, 0,    0,                   /* local APIC address, flags */
	0,  8,  0,    0,    1,  0, 0,    0,                   /* CPU 0 */
	0,  8,  1,    5,    1,  0, 0,    0,                   /* CPU 1, APIC id 5 */
	0,  8,  2,    6,    0,  0, 0,    0,                   /* off */
	1,  12, 3,    0,    0,  0, 0xc0, 0xfe, 0,    0, 0, 0, /* IOAPIC */
	2,  10, 0,    9,    20, 0, 0,    0,    0x0f, 0,       /* IRQ 9 -> 20, low, level */
	2,  4,  0,    9,                                      /* too short: ignored */
	9,  16, 0,    0,    7,  1, 0,    0,    1,    0, 0, 0, 9, 0, 0, 0, /* x2APIC id 0x107 */
	99, 2,                                                            /* unknown */
};

/* Proximity domains 7 and 2; the SLIT knows domains 0 to 7. */
static const uint8_t srat[] = {
	1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,              /* reserved */
	0, 16, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* CPU of APIC id 0: domain 7 */
	2, 24, 0, 0, 2, 0, 0, 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x107: 2 */
	0, 16, 2, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,                         /* off */
	/* memory from 0, 1 GiB: domain 7 */
	1, 40, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* from 1 GiB, 512 MiB: domain 2 */
	1, 40, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0,
	1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* with a length that wraps: ignored */
	1, 40, 2, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 12, 2, 0, 0, 0, 0, 0, 0, 0, 0,
	0, /* too short: ignored */
};

static int build(void **state)
{
	uint8_t mcfg[24] = {0}, slit[8 + 64] = {8};
	uint32_t root[4];
	size_t rsdt;

	(void)state;
	memset(image, 0, sizeof(image));
	used = 64;
	mcfg[11] = 0xb0; /* 0xb0000000 */
	mcfg[19] = 255;  /* last bus */
	root[0] = address(table("APIC", madt, sizeof(madt)));
	root[1] = address(table("MCFG", mcfg, sizeof(mcfg)));
	slit[8 + 7 * 8 + 2] = 31; /* from 7 to 2; nothing is said of the way back */
	root[2] = address(table("SLIT", slit, sizeof(slit)));
	root[3] = address(table("SRAT", srat, sizeof(srat)));
	rsdt = table("RSDT", root, sizeof(root));
	memcpy(image, "RSD PTR ", 8);
	root[0] = address(rsdt);
	memcpy(image + 16, root, 4);
	seal(0, 20, 8);
	return 0;
}

static void test_what_it_says(void **state)
{
	(void)state;
	acpi_world_parse(image, used);
	assert_true(acpi_info.present);
	assert_int_equal(acpi_info.lapic_address, 0xfee00000);
	assert_int_equal(acpi_info.cpu_count, 3);
	assert_int_equal(acpi_info.cpu_apic_id[1], 5);
	assert_int_equal(acpi_info.cpu_apic_id[2], 0x107);
	assert_int_equal(acpi_info.ioapic_count, 1);
	assert_int_equal(acpi_info.ioapic[0].address, 0xfec00000);
	assert_int_equal(acpi_info.override_count, 1);
	assert_int_equal(acpi_info.override[0].gsi, 20);
	assert_true(acpi_info.override[0].level && acpi_info.override[0].active_low);
	assert_int_equal(acpi_info.mcfg_count, 1);
	assert_int_equal(acpi_info.mcfg[0].address, 0xb0000000);
	assert_int_equal(acpi_info.mcfg[0].last_bus, 255);
}

static void test_nodes(void **state)
{
	(void)state;
	acpi_world_parse(image, used);
	assert_int_equal(node_count, 2);
	assert_int_equal(node_range_count, 2);
	assert_int_equal(acpi_cpu_node(0), 0);
	assert_int_equal(acpi_cpu_node(0x107), 1);
	assert_int_equal(acpi_cpu_node(5), 0);
	assert_int_equal(node_of(0x3ffff), 0);
	assert_int_equal(node_of(0x40000), 1);
	assert_int_equal(node_size(1), 0x20000);
	assert_int_equal(node_distance[0][0], 10);
	assert_int_equal(node_distance[0][1], 31);
	assert_int_equal(node_distance[1][0], 20);
}

static void test_wrong_checksum_leaves_the_table_out(void **state)
{
	(void)state;
	image[64 + 36]++; /* in the MADT */
	acpi_world_parse(image, used);
	assert_int_equal(acpi_info.cpu_count, 0);
	assert_int_equal(acpi_info.mcfg_count, 1);
}

static void test_impossible_length_leaves_the_table_out(void **state)
{
	(void)state;
	image[64 + 7] = 0x7f;
	acpi_world_parse(image, used);
	assert_int_equal(acpi_info.cpu_count, 0);
}

static void test_no_tables(void **state)
{
	(void)state;
	image[0] = 'X';
	acpi_world_parse(image, used);
	assert_false(acpi_info.present);
}

/* Every cut and every single damaged byte: no read outside, no overflow. */
static void test_damage(void **state)
{
	(void)state;
	for (size_t cut = 0; cut < used; cut++) {
		acpi_world_parse(image, cut);
	}
	for (size_t at = 0; at < used; at++) {
		image[at] ^= 0xff;
		acpi_world_parse(image, used);
		image[at] ^= 0xff;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_it_says, build),
		cmocka_unit_test_setup(test_nodes, build),
		cmocka_unit_test_setup(test_wrong_checksum_leaves_the_table_out, build),
		cmocka_unit_test_setup(test_impossible_length_leaves_the_table_out, build),
		cmocka_unit_test_setup(test_no_tables, build),
		cmocka_unit_test_setup(test_damage, build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
