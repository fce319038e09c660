/* SPDX-License-Identifier: MIT */
/* Single elements of disk= and vif=, as hot-plug commands take them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"

struct disk_case {
	const char *text;
	const char *target; /* NULL: refused */
	uint32_t devid;
	bool readwrite;
	size_t warnings;
};

static void disks(void **state)
{
	static const struct disk_case cases[] = {
		{"/dev/vg/guest,raw,xvda,rw", "/dev/vg/guest", 51712, true, 0},
		{"/dev/vg/guest,,xvda", "/dev/vg/guest", 51712, true, 0},
		{"/dev/vg/guest, raw, xvda, r", "/dev/vg/guest", 51712, false, 0},
		{"format=raw, vdev=xvda, access=rw, target=/dev/vg/g", "/dev/vg/g", 51712, true, 0},
		{"vdev=xvda,target=/a=b,c=d", "/a=b,c=d", 51712, true, 0},
		{"phy:/dev/vg/g,xvda,w", "/dev/vg/g", 51712, true, 1},
		{"file:/x.img,sda1,ro", "/x.img", 2049, false, 1},
		{"tap:aio:/x.img,xvdb,w", "/x.img", 51728, true, 1},
		{"raw:/x.img,xvda,w", "/x.img", 51712, true, 1},
		{"/x.iso,raw,hdc:cdrom,ro", "/x.iso", 5632, false, 0},
		{"/x.iso,raw,xvdc,devtype=cdrom", "/x.iso", 51744, false, 0},
		{"/x,raw,xvda,discard=0,trusted,direct-io-safe", "/x", 51712, true, 0},
		{"", NULL, 0, false, 0},
		{",,,", NULL, 0, false, 0},
		{"/x,raw", NULL, 0, false, 0},
		{"x,raw,xvda", NULL, 0, false, 0},
		{"/x,raw,xvda,w!", NULL, 0, false, 0},
		{"/x,raw,xvda,w,w", NULL, 0, false, 0},
		{"/x,raw,xvda,access", NULL, 0, false, 0},
		{"/x,raw,xvda,script=block-iscsi", "/x", 51712, true, 0},
		{"vdev=xvda,script=block-iscsi,target=iqn=a,b", "iqn=a,b", 51712, true, 0},
		{"/x,qcow2,xvda", "/x", 51712, true, 0},
		{"/x,vhd,xvda,backendtype=qdisk", "/x", 51712, true, 0},
		{"/x,vmdk,xvda", NULL, 0, false, 0},
		{"/x,raw,xvda,backend=storage", "/x", 51712, true, 0},
		{"/x,raw,xvda,backend=a/b", NULL, 0, false, 0},
		{"/x,raw,xvda,backend=", NULL, 0, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config_diags diags = {0};
		struct config_disk disk;
		int ret = config_parse_disk(cases[i].text, &disk, &diags);

		if (cases[i].target) {
			config_diags_print(&diags, stderr);
			assert_int_equal(ret, 0);
			assert_string_equal(disk.target, cases[i].target);
			assert_int_equal(disk.devid, cases[i].devid);
			assert_int_equal(disk.readwrite, cases[i].readwrite);
			assert_int_equal(diags.warning_count, cases[i].warnings);
			config_disk_free(&disk);
		} else {
			assert_int_equal(ret, -EINVAL);
			assert_true(diags.error_count > 0);
		}
		config_diags_free(&diags);
	}
}

static void rates(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
		uint32_t us;
	} cases[] = {
		/* the first one as Debian's xl gives it to netback */
		{"rate=10Mb/s", 62500, 50000},
		{"rate=10MB/s", 500000, 50000},
		{"rate=250KB/s@20ms", 5000, 20000},
		{"rate=1Gb/s@1s", 125000000, 1000000},
		{"rate=100B/s@500us", 0, 0},
		{"rate=10Mb", 0, 0},
		{"rate=Mb/s", 0, 0},
		{"rate=10Mb/s@", 0, 0},
		{"rate=10Mb/s@20", 0, 0},
		{"rate=10Mb/s@0ms", 0, 0},
		{"rate=99999999999Gb/s", 0, 0},
		{"rate=10Mb/sx", 0, 0},
		{"rate=1000000000GB/s@4000s", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config_diags diags = {0};
		struct config_nic nic;
		int ret = config_parse_nic(cases[i].text, &nic, &diags);

		assert_int_equal(ret, cases[i].us ? 0 : -EINVAL);
		if (ret == 0) {
			assert_int_equal(nic.rate_bytes_per_interval, cases[i].bytes);
			assert_int_equal(nic.rate_interval_us, cases[i].us);
			config_nic_free(&nic);
		}
		config_diags_free(&diags);
	}
}

static void addresses(void **state)
{
	const char *list = " 10.0.0.2/24  fe80::1 192.0.2.1";
	struct config_ip ip;

	(void)state;
	assert_int_equal(config_ip_next(&list, &ip), 1);
	assert_memory_equal(ip.addr, "\x0a\x00\x00\x02", 4);
	assert_int_equal(ip.prefix, 24);
	assert_int_equal(config_ip_next(&list, &ip), 1);
	assert_true(ip.v6);
	assert_int_equal(ip.prefix, 128);
	assert_int_equal(config_ip_next(&list, &ip), 1);
	assert_int_equal(ip.prefix, 32);
	assert_int_equal(config_ip_next(&list, &ip), 0);
	for (size_t i = 0; i < 5; i++) {
		static const char *const bad[] = {"10.0.0", "10.0.0.1/33", "10.0.0.1/", "::1/129",
						  "name"};

		assert_int_equal(config_ip_next(&(const char *){bad[i]}, &ip), -EINVAL);
	}
}

static bool is_tagged(const struct config_vlans *vlans, unsigned int vid)
{
	return vlans->tagged[vid / 64] >> (vid % 64) & 1;
}

static void vlans(void **state)
{
	static const char *const bad[] = {"",
					  "0",
					  "4095",
					  "10p/20p",
					  "10/",
					  "/10",
					  "10-9",
					  "10-",
					  "4094+1x2",
					  "10+x4",
					  "10+5",
					  "10q",
					  "99999999999999999999"};
	struct config_vlans vlans;
	unsigned int count = 0;

	(void)state;
	assert_true(config_vlan_parse("10p/20/100+10x4/30-33/10", &vlans));
	assert_int_equal(vlans.pvid, 10);
	for (unsigned int vid = 0; vid < 4096; vid++) {
		count += is_tagged(&vlans, vid);
	}
	assert_int_equal(count, 1 + 4 + 4);
	assert_true(is_tagged(&vlans, 130) && is_tagged(&vlans, 33) && is_tagged(&vlans, 20));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(config_vlan_parse(bad[i], &vlans));
	}
}

static void nics(void **state)
{
	struct config_diags diags = {0};
	struct config_nic nic;

	(void)state;
	assert_int_equal(config_parse_nic("", &nic, &diags), 0);
	assert_false(nic.mac_set);
	assert_int_equal(nic.devid, -1);
	config_nic_free(&nic);
	assert_int_equal(
		config_parse_nic("mac=00:16:3E:aa:0b:cc , bridge = br0,untrusted,backend=0", &nic,
				 &diags),
		0);
	assert_memory_equal(nic.mac, "\x00\x16\x3e\xaa\x0b\xcc", 6);
	assert_string_equal(nic.bridge, "br0");
	assert_int_equal(nic.trusted, CONFIG_FALSE);
	config_nic_free(&nic);
	assert_int_equal(diags.count, 0);
	assert_int_equal(config_parse_nic("mac=0:16:3e:aa:b:cc", &nic, &diags), -EINVAL);
	assert_int_equal(config_parse_nic("mac=00:16:3e:aa:0b:cc:", &nic, &diags), -EINVAL);
	assert_int_equal(config_parse_nic("mac=00:00:00:00:00:00", &nic, &diags), -EINVAL);
	assert_int_equal(config_parse_nic("mac=:::::::::::::::::", &nic, &diags), -EINVAL);
	assert_int_equal(config_parse_nic("vifname=..", &nic, &diags), -EINVAL);
	assert_int_equal(config_parse_nic("vifname=--help", &nic, &diags), -EINVAL);
	assert_int_equal(config_parse_nic("bridge=-b", &nic, &diags), -EINVAL);
	assert_int_equal(config_parse_nic("vifname=a b", &nic, &diags), -EINVAL);
	assert_int_equal(config_parse_nic("mtu=67", &nic, &diags), -EINVAL);
	assert_int_equal(diags.error_count, 9);
	config_diags_free(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disks),     cmocka_unit_test(rates), cmocka_unit_test(nics),
		cmocka_unit_test(addresses), cmocka_unit_test(vlans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
