/* SPDX-License-Identifier: MIT */
/* Device numbers of virtual disks, against the table of xen-vbd-interface(7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config.h"

static void known_names(void **state)
{
	static const struct {
		const char *name;
		uint32_t devid;
	} table[] = {
		{"xvda", 51712},
		{"xvda1", 51713},
		{"xvdb", 51728},
		{"xvdp15", 202 << 8 | 255},
		{"xvdq", 1 << 28 | 16 << 8},
		{"xvda16", 1 << 28 | 16},
		{"xvdz", 1 << 28 | 25 << 8},
		{"xvdaa", 1 << 28 | 26 << 8},
		{"xvdba", 1 << 28 | 52 << 8},
		{"xvdaaa", 1 << 28 | 702 << 8},
		{"sda", 2048},
		{"sdb3", 2067},
		{"sdp15", 8 << 8 | 255},
		{"hda", 768},
		{"hda1", 769},
		{"hdb", 832},
		{"hdc", 5632},
		{"hdd63", 22 << 8 | 127},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint32_t devid = 0;
		char name[16];

		assert_true(config_vdev_parse(table[i].name, &devid));
		assert_int_equal(devid, table[i].devid);
		config_vdev_name(devid, name);
		assert_string_equal(name, table[i].name);
	}
}

static void other_spellings(void **state)
{
	static const struct {
		const char *name;
		uint32_t devid;
	} table[] = {
		{"/dev/xvda", 51712}, {"d0", 51712},
		{"d0p1", 51713},      {"d536p37", 1 << 28 | 536 << 8 | 37},
		{"51712", 51712},     {"0xca00", 51712},
		{"d15p15", 51967},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint32_t devid = 0;

		assert_true(config_vdev_parse(table[i].name, &devid));
		assert_int_equal(devid, table[i].devid);
	}
}

static void refused_names(void **state)
{
	static const char *const names[] = {
		"",
		"xvd",
		"xvd1",
		"xvda01",
		"xvda256",
		"XVDA",
		"xvda ",
		"xvda1x",
		"sdq",
		"sda16",
		"hde",
		"hda64",
		"vda",
		"d",
		"dp1",
		"d1048576",
		"d0p256",
		"d00",
		"0",
		"-1",
		"536870912",
		"12x",
		"xvdzzzzz",
		"xvda-1",
		"/dev/",
		"99999999999999999999",
		"xvdaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint32_t devid;

		if (config_vdev_parse(names[i], &devid)) {
			fail_msg("\"%s\" gave %u", names[i], devid);
		}
	}
}

/* Every number that a name can have comes back as a name of the same number. */
static void names_round_trip(void **state)
{
	(void)state;
	for (uint32_t devid = 1; devid < 1U << 29; devid += devid < 100000 ? 1 : 4093) {
		uint32_t again = 0;
		char name[16];

		config_vdev_name(devid, name);
		assert_true(config_vdev_parse(name, &again));
		/* the first disks have two numbers, the older one is preferred */
		if (!(devid & 1U << 28 && (devid & 0xfffffff) >> 8 < 16 && (devid & 0xff) < 16)) {
			assert_int_equal(again, devid);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_names),
		cmocka_unit_test(other_spellings),
		cmocka_unit_test(refused_names),
		cmocka_unit_test(names_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
