/* SPDX-License-Identifier: MIT */
/* What doctor tells of the next boot: a host where all is well, and each thing that is not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"
#include "fake_run.h"

#ifndef DOCTOR_ROOT
#define DOCTOR_ROOT "build/tests/unit/axl/root"
#endif
#define ROOT DOCTOR_ROOT /* never "": it is removed */
#define BUILD_ID "00b91e00ec896035a56618bb4611c8f98977e07f"

static unsigned long free_mib; /* of every file system */
static char no_folder[64];     /* a folder that is not there; "": all are */

/* Instead of the C library's. */
int statvfs(const char *path, struct statvfs *fs)
{
	if (no_folder[0] && strstr(path, no_folder)) {
		errno = ENOENT;
		return -1;
	}
	*fs = (struct statvfs){.f_frsize = 1 << 20, .f_blocks = 10000, .f_bavail = free_mib};
	return 0;
}

static void put_bytes(const char *path, const void *bytes, size_t len)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), ROOT "%s", path);
	for (char *at = full + strlen(ROOT) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		mkdir(full, 0755);
		*at = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void put(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

static void take(const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), ROOT "%s", path);
	assert_int_equal(unlink(full), 0);
}

/* An image with the build id's note. */
static void put_image(const char *path, unsigned char last)
{
	unsigned char image[64] = "image",
		      note[] = {4,    0,    0,    0,    20,   0,    0,    0,    3,
				0,    0,    0,    'G',  'N',  'U',  0,    0x00, 0xb9,
				0x1e, 0x00, 0xec, 0x89, 0x60, 0x35, 0xa5, 0x66, 0x18,
				0xbb, 0x46, 0x11, 0xc8, 0xf9, 0x89, 0x77, 0xe0, last};

	memcpy(image + 8, note, sizeof(note));
	put_bytes(path, image, sizeof(image));
}

static const char bare[] = "menuentry 'Debian' --class debian $menuentry_id_option 'gnulinux' {\n"
			   "\tlinux /boot/vmlinuz-6.1.0-test root=/dev/sda1\n"
			   "\tinitrd /boot/initrd.img-6.1.0-test\n}\n";
static const char argon[] =
	"submenu 'Advanced > options' --id 'more' {\n"
	"\tmenuentry 'Debian on Argon' --class debian --id 'argon' {\n"
	"\t\tif [ \"$grub_platform\" = \"pc\" ]; then xen_rm_opts=; fi\n"
	"\t\tmultiboot2 /boot/argon placeholder dom0_mem=512M,max:512M ${xen_rm_opts}\n"
	"\t\tmodule2 /boot/vmlinuz-6.1.0-test placeholder root=/dev/sda1\n"
	"\t\tmodule2 --nounzip   /boot/initrd.img-6.1.0-test\n"
	"\t}\n}\n";
static const char head[] = "if [ -s $prefix/grubenv ]; then\n  load_env\nfi\n"
			   "if [ \"${next_entry}\" ] ; then\n"
			   "   set default=\"${next_entry}\"\n   set next_entry=\n"
			   "else\n   set default=\"%s\"\nfi\n"
			   "function savedefault {\n  set default=never # { '\n}\n"
			   "export menuentry_id_option\n";

/* grub.cfg with that default, Linux alone first, then the entry given, in a submenu. */
static void put_grub(const char *wanted, const char *entry)
{
	char text[8192];
	int used = snprintf(text, sizeof(text), head, wanted);

	snprintf(text + used, sizeof(text) - (size_t)used, "%s%s", bare, entry);
	put("/boot/grub/grub.cfg", text);
}

static void put_modules(const char *version, const char *modules)
{
	char path[256];

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", version);
	put(path, modules);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin", version);
	put(path, "kernel/drivers/xen/xen-privcmd.ko\n");
}

static const char all_modules[] = "kernel/drivers/block/xen-blkback/xen-blkback.ko.xz:\n"
				  "kernel/drivers/net/xen-netback/xen-netback.ko: a/b.ko\n"
				  "kernel/drivers/xen/xen_gntdev.ko:\n"
				  "kernel/drivers/xen/xen-evtchn.ko.zst:\n"
				  "kernel/drivers/block/loop.ko:\n";

static int setup(void **state)
{
	(void)state;
	assert_int_equal(system("rm -rf " ROOT), 0);
	mkdir(ROOT, 0755);
	fake_reset();
	fake.command_line = "dom0_mem=512M";
	fake.build_id = BUILD_ID;
	free_mib = 9000;
	no_folder[0] = '\0';
	put_grub("more>argon", argon);
	put_image("/boot/argon", 0x7f);
	put("/boot/vmlinuz-6.1.0-test", "kernel");
	put("/boot/initrd.img-6.1.0-test", "initrd");
	put_modules("6.1.0-test", all_modules);
	put("/run/systemd/system/x", "");
	put("/etc/systemd/system/multi-user.target.wants/xenstored.service", "");
	put("/usr/lib/systemd/system/multi-user.target.wants/xenconsoled.service", "");
	return 0;
}

/* A text of the result; "" if there is none. */
static const char *text_at(const char *path)
{
	const char *text = YAJL_GET_STRING(get(path));

	return text ? text : "";
}

/* Index of the finding with that id; -1: there is none. */
static int find(const char *id)
{
	for (size_t i = 0; i < get("findings")->u.array.len; i++) {
		char path[48];

		snprintf(path, sizeof(path), "findings/%zu/id", i);
		if (!strcmp(text_at(path), id)) {
			return (int)i;
		}
	}
	return -1;
}

/* Of what this file is about. */
static bool is_ours(const char *subject)
{
	return !strcmp(subject, "boot") || !strcmp(subject, "room") || !strcmp(subject, "units");
}

/* Number of our findings that are not ok. */
static unsigned int findings(void)
{
	unsigned int count = 0;

	run_json("doctor");
	for (size_t i = 0; i < get("findings")->u.array.len; i++) {
		char path[48];

		snprintf(path, sizeof(path), "findings/%zu/subject", i);
		if (!is_ours(text_at(path))) {
			continue;
		}
		snprintf(path, sizeof(path), "findings/%zu/severity", i);
		if (strcmp(text_at(path), "ok")) {
			snprintf(path, sizeof(path), "findings/%zu/what", i);
			print_message("%s\n", text_at(path));
			count++;
		}
	}
	return count;
}

/* There is this finding, it says `what`, and its remedy `remedy`. */
static void finds(const char *id, const char *severity, const char *what, const char *remedy)
{
	static const char *const members[] = {"severity", "what", "remedy"};
	const char *const wants[] = {severity, what, remedy};
	char path[48];
	int at = find(id);

	assert_int_not_equal(at, -1);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "findings/%d/%s", at, members[i]);
		if (!strstr(text_at(path), wants[i])) {
			fail_msg("%s: %s is \"%s\", without \"%s\"", id, members[i], text_at(path),
				 wants[i]);
		}
	}
}

/* That is all there is to find. */
static void finds_only(const char *id, const char *severity, const char *what, const char *remedy)
{
	assert_int_equal(findings(), 1);
	finds(id, severity, what, remedy);
}

static void test_good(void **state)
{
	(void)state;
	assert_int_equal(findings(), 0);
	finds("boot-files", "ok",
	      "GRUB starts /boot/argon with /boot/vmlinuz-6.1.0-test and 1 initrd", "");
	finds("boot-build", "ok", "/boot/argon is the hypervisor that runs", "");
	finds("boot-memory", "ok", "dom0_mem=512M,max:512M leaves", "");
	finds("boot-drivers", "ok", "6.1.0-test has all 6 drivers", "");
	finds("room", "ok", "9000 MiB free of 10000", "");
	finds("units", "ok", "start with the machine", "");
}

static void test_default(void **state)
{
	(void)state;
	/* whichever way the default is written */
	put_grub("1>0", argon);
	assert_int_equal(findings(), 0);
	put_grub("Advanced >> options>Debian on Argon", argon);
	assert_int_equal(findings(), 0);
	put_grub("1", argon); /* a submenu's first */
	assert_int_equal(findings(), 0);
	put_grub("${saved_entry}", argon);
	put("/boot/grub/grubenv", "# GRUB Environment Block\nsaved_entry=more>argon\n####");
	assert_int_equal(findings(), 0);
	put_grub("0", argon);
	put("/boot/grub/grubenv", "# GRUB Environment Block\nnext_entry=1>0\nsaved_entry=0\n###");
	assert_int_equal(findings(), 0);
	/* who does not ask for it starts its own default, which no entry changes */
	put("/boot/grub/grub.cfg", "set default=linux\nmenuentry a {\nmultiboot2 /boot/argon p\n}\n"
				   "menuentry b --id linux {\nset default=a\nlinux /vmlinuz\n}\n"
				   "submenu c {\nset default=a\n}\n");
	put("/boot/grub/grubenv", "next_entry=a\n");
	finds_only("boot-not-hypervisor", "warning", "\"b\" starts /vmlinuz", "GRUB_DEFAULT=");
	put_grub("0", argon);
	take("/boot/grub/grubenv");
	finds_only("boot-not-hypervisor", "warning",
		   "\"Debian\" starts /boot/vmlinuz-6.1.0-test, not a hypervisor",
		   "grub-set-default");
	put_grub("${saved_entry}", argon); /* nothing was saved: 0 */
	finds_only("boot-not-hypervisor", "warning", "\"Debian\"", "grub-set-default");
	put_grub("more>gone", argon);
	finds_only("boot-default-missing", "warning", "the first one there, \"Debian on Argon\"",
		   "grub-set-default");
	put_grub("gone>argon", argon);
	assert_int_equal(findings(), 2);
	finds("boot-default-missing", "warning", "\"gone>argon\" is no entry", "grub-set-default");
	finds("boot-not-hypervisor", "warning", "\"Debian\"", "GRUB_DEFAULT=");
	put_grub("${chosen}", argon);
	finds_only("boot-unknown", "note", "depends on a variable", "grub-editenv list");
	put("/boot/grub/grub.cfg", "# nothing\n");
	finds_only("boot-unknown", "note", "it has no entry", "look at that file");
	take("/boot/grub/grub.cfg");
	finds_only("boot-unknown", "note", "is not known here", "mount /boot");
}

static void test_without_menu(void **state)
{
	(void)state;
	put("/boot/grub/grub.cfg",
	    "multiboot \\\n (hd0,1)/argon p dom0_mem=512M;module /vmlinuz p\n"
	    "module /@rootfs/boot/initrd.img-6.1.0-test\nboot\n");
	put("/boot/vmlinuz", "kernel");
	assert_int_equal(findings(), 0);
	finds("boot-files", "ok", "(hd0,1)/argon with /vmlinuz and 1 initrd", "");
	take("/boot/vmlinuz");
	finds_only("boot-no-file", "warning", "kernel /vmlinuz is not there", "update-grub");
}

static void test_custom(void **state)
{
	(void)state;
	put_grub("mine", "if [ -f x ]; then\n source ${config_directory}/custom.cfg\nfi\n");
	put("/boot/grub/custom.cfg", "menuentry 'mine' {\nmultiboot2 /boot/argon p dom0_mem=1G\n"
				     "module2 /boot/vmlinuz-6.1.0-test\n}\n");
	assert_int_equal(findings(), 0);
}

static void test_files(void **state)
{
	(void)state;
	take("/boot/argon");
	finds_only("boot-no-file", "warning",
		   "hypervisor /boot/argon is not there; "
		   "/boot/grub/grub.cfg, entry \"Debian on Argon\"",
		   "update-grub");
	put("/boot/argon", "");
	finds_only("boot-no-file", "warning", "hypervisor /boot/argon is empty (0 bytes)",
		   "update-grub");
	put_image("/boot/argon", 0x7e);
	finds_only("boot-other-build", "note",
		   "has build id 00b91e00ec896035..., the one that runs", "grub-set-default");
	put("/boot/argon", "cannot be told");
	assert_int_equal(findings(), 0);
	assert_int_equal(find("boot-build"), -1);
	take("/boot/vmlinuz-6.1.0-test");
	finds_only("boot-no-file", "warning", "kernel /boot/vmlinuz-6.1.0-test is not there",
		   "update-grub");
	put("/boot/vmlinuz-6.1.0-test", "kernel");
	take("/boot/initrd.img-6.1.0-test");
	finds_only("boot-no-file", "warning", "initrd /boot/initrd.img-6.1.0-test is not there",
		   "update-initramfs -c -k all; update-grub");
	put("/boot/initrd.img-6.1.0-test", "initrd");
	put_grub("more",
		 "submenu more { menuentry x {\n multiboot2 /boot/argon p dom0_mem=1G\n}\n}\n");
	finds_only("boot-bad-config", "warning", "without a kernel", "module2");
}

#define EFI "/boot/efi/EFI/argon/"

static void test_efi(void **state)
{
	(void)state;
	take("/boot/grub/grub.cfg");
	put_image(EFI "argon.efi", 0x7f);
	finds_only("boot-bad-config", "warning",
		   EFI "argon.cfg, which argon.efi reads: no such file", "[global]");
	put(EFI "argon.cfg", "[global]\n[a]\nkernel=k\n");
	finds_only("boot-bad-config", "warning", "reads: no default= in [global]", "[global]");
	put(EFI "argon.cfg", "[global]\ndefault=a\n[b]\nkernel=k\n[a]\noptions=x\n");
	finds_only("boot-bad-config", "warning", "reads: no kernel= in its default's section",
		   "kernel=");
	put(EFI "argon.cfg", "# ours\n[global]\r\ndefault=a\r\n[b]\nkernel=k\n [a] \n"
			     "options=dom0_mem=300M\nkernel=vmlinuz-6.1.0-test ro quiet\n"
			     "ramdisk=\\boot\\initrd x\n");
	assert_int_equal(findings(), 2);
	finds("boot-no-file", "warning", "kernel " EFI "vmlinuz-6.1.0-test is not there",
	      "copy it");
	put(EFI "vmlinuz-6.1.0-test", "kernel");
	finds_only("boot-no-file", "warning", "initrd /boot/efi/boot/initrd is not there",
		   "copy it");
	put("/boot/efi/boot/initrd", "initrd");
	assert_int_equal(findings(), 0);
	finds("boot-build", "ok", EFI "argon.efi is the hypervisor that runs", "");
	finds("boot-memory", "ok", "dom0_mem=300M leaves", "");
	/* GRUB starts it */
	put_grub("0", "");
	put("/boot/grub/grub.cfg", "menuentry a { chainloader /EFI/argon/argon.efi\n}\n");
	assert_int_equal(findings(), 0);
	/* GRUB starts another, but the firmware may start ours */
	put_grub("0", "");
	finds_only("boot-not-hypervisor", "note", "not a hypervisor", "efibootmgr");
	/* under the name that firmware looks for */
	assert_int_equal(rename(ROOT EFI "argon.efi", ROOT EFI "BOOTX64.EFI"), 0);
	assert_int_equal(rename(ROOT EFI "argon.cfg", ROOT EFI "BOOTX64.cfg"), 0);
	finds_only("boot-not-hypervisor", "note", "not a hypervisor", "efibootmgr");
	/* somebody else's */
	assert_int_equal(rename(ROOT EFI "BOOTX64.EFI", ROOT EFI "grubx64.efi"), 0);
	finds_only("boot-not-hypervisor", "warning", "not a hypervisor", "grub-set-default");
}

static void put_options(const char *options)
{
	char text[512];

	snprintf(
		text, sizeof(text),
		"menuentry a {\nmultiboot2 /boot/argon p %s\nmodule2 /boot/vmlinuz-6.1.0-test\n}\n",
		options);
	put("/boot/grub/grub.cfg", text);
}

static void test_memory(void **state)
{
	static const char *const good[] = {"dom0_mem=524288",
					   "dom0_mem=99G,max:512M",
					   "dom0_mem=1M,min:0x200m",
					   "dom0_mem=-300M",
					   "dom0_mem=1M console=com1 dom0_mem=1g",
					   "dom0_mem=max:512M"};
	static const char *const bad[] = {"dom0_mem=",      "dom0_mem=512X",
					  "dom0_mem=512MB", "dom0_mem=min:",
					  "dom0_mem=--1M",  "dom0_mem=99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		put_options(good[i]);
		assert_int_equal(findings(), 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_options(bad[i]);
		finds_only("bad-dom0-mem", "warning", "is not understood", "dom0_mem=1024M");
	}
	put_options("dom0_mem=512");
	finds_only("bad-dom0-mem", "warning", "gives the control domain 0 MiB", "dom0_mem=1024M");
	put_options("notdom0_mem=512M");
	finds_only("no-dom0-mem", "note", "all of 3072 MiB but 128,", "GRUB_CMDLINE_XEN=");
	put_options("dom0_mem=99T");
	finds_only("boot-little-memory", "warning", "leaves 0 MiB of", "dom0_mem=1024M");
	/* what runs now would not fit */
	put_options("dom0_mem=-100M");
	assert_int_equal(findings(), 0);
	fake_domain(3, "web");
	put("/etc/systemd/system/multi-user.target.wants/axl@web.service", "");
	put("/etc/xen/web.cfg", "x");
	finds_only("boot-little-memory", "warning", "need 128", "dom0_mem=1024M");
	/* no loader's configuration: the command line of now */
	take("/boot/grub/grub.cfg");
	fake.command_line = "console=com1";
	assert_int_equal(findings(), 2);
	finds("no-dom0-mem", "note", "has no dom0_mem=", "/etc/default/grub");
}

static void test_drivers(void **state)
{
	struct utsname now;

	(void)state;
	put_modules("6.1.0-test",
		    "kernel/drivers/net/xen-netback.ko:\nkernel/xen-evtchn.ko:\n"
		    "kernel/notloop.ko:\nkernel/xen-blkback-x.ko:\nkernel/xen-gntdev.ko:\n");
	assert_int_equal(findings(), 2);
	finds("boot-no-driver", "warning",
	      "6.1.0-test has no xen-blkback, neither built in nor in /lib/modules/6.1.0-test",
	      "linux-image-6.1.0-test");
	assert_non_null(strstr(printed, "has no loop,"));
	assert_int_equal(system("rm -r " ROOT "/lib/modules/6.1.0-test"), 0);
	finds_only("boot-no-modules", "warning",
		   "6.1.0-test has no modules in /lib/modules/6.1.0-test", "apt install");
	/* the kernel of now: what is loaded is there */
	take("/boot/grub/grub.cfg");
	assert_int_equal(uname(&now), 0);
	put_modules(now.release, "kernel/drivers/block/loop.ko:\n");
	put("/sys/bus/xen-backend/drivers/vbd/x", "");
	put("/dev/xen/gntdev", "");
	put("/dev/xen/evtchn", "");
	assert_int_equal(findings(), 2);
	finds("boot-no-driver", "warning", "has no xen-netback", now.release);
}

static void test_room(void **state)
{
	(void)state;
	fake_domain(3, "web")->tot_pages = 200 << 8;
	put("/etc/xen/auto/web.cfg", "x");
	free_mib = 199;
	finds_only("little-room", "warning",
		   "199 MiB free of 10000; a save or core of the largest guest: up to 200 MiB",
		   "df -h /var/lib/xen");
	free_mib = 200;
	assert_int_equal(findings(), 0);
	free_mib = 63;
	assert_int_equal(findings(), 2);
	assert_non_null(strstr(printed, "/var/log/xen has 63 MiB free"));
	free_mib = 1;
	snprintf(no_folder, sizeof(no_folder), "/var/lib/argon"); /* its parent counts */
	assert_int_equal(findings(), 3);
	assert_non_null(strstr(printed, "/var/lib/argon has 1 MiB free"));
	snprintf(no_folder, sizeof(no_folder), ROOT); /* nothing is: nothing is told */
	assert_int_equal(findings(), 0);
}

static void test_units(void **state)
{
	(void)state;
	take("/etc/systemd/system/multi-user.target.wants/xenstored.service");
	finds_only("unit-not-enabled", "warning",
		   "xenstored.service is not enabled: after the next boot no guest can start",
		   "systemctl enable xenstored.service");
	put("/etc/init.d/xen", "x"); /* Debian's starts them */
	assert_int_equal(findings(), 0);
	take("/etc/init.d/xen");
	put("/etc/systemd/system/multi-user.target.wants/xenstored.service", "");
	assert_int_equal(symlink("/dev/null", ROOT "/etc/systemd/system/xenconsoled.service"), 0);
	finds_only("unit-not-enabled", "warning", "xenconsoled.service is masked",
		   "systemctl unmask xenconsoled.service; systemctl enable");
	take("/etc/systemd/system/xenconsoled.service");
	put("/etc/systemd/system/multi-user.target.wants/axl@gone.service", "");
	finds_only("guest-without-config", "warning",
		   "axl@gone.service starts with the machine, but /etc/xen/gone.cfg is not there",
		   "systemctl disable axl@gone");
	put("/etc/xen/gone.cfg", "x");
	assert_int_equal(findings(), 0);
	take("/etc/systemd/system/multi-user.target.wants/xenstored.service");
	assert_int_equal(findings(), 0); /* axl@gone takes it along */
	fake_domain(3, "web");
	fake_domain(4, "db");
	fake_domain(5, "odd $(name)");
	put("/etc/libvirt/libxl/autostart/db.xml", "x");
	put("/etc/xen/auto/web2.cfg", "x"); /* another's */
	finds_only("guest-not-enabled", "note",
		   "1 of 3 guests that run now do not start with the "
		   "machine: web",
		   "systemctl enable axl@web");
	assert_int_equal(system("rm -r " ROOT "/run/systemd"), 0);
	assert_int_equal(findings(), 0); /* no systemd */
}

/* Texts of somebody else: no end, no sense, much. */
static void test_hostile(void **state)
{
	char *text = malloc((1 << 20) + 2);

	(void)state;
	assert_non_null(text);
	memset(text, '{', (1 << 20) + 1);
	text[(1 << 20) + 1] = '\0';
	put("/boot/grub/grub.cfg", text);
	finds_only("boot-unknown", "note", "longer than 1 MiB", "look at that file");
	for (int i = 0; i < 1 << 20; i += 2) {
		memcpy(text + i, i % 64 ? "{ " : "}\n", 2);
	}
	text[1 << 20] = '\0';
	put("/boot/grub/grub.cfg", text);
	finds_only("boot-unknown", "note", "it has no entry", "look at that file");
	for (int i = 0; i < 3000; i++) {
		memcpy(text + i * 16, "menuentry a { }\n", 16);
	}
	text[3000 * 16] = '\0';
	put("/boot/grub/grub.cfg", text);
	finds_only("boot-not-hypervisor", "warning", "\"a\" starts no kernel", "grub-set-default");
	put("/boot/grub/grub.cfg", "menuentry \"a\x1b[2J\n\" {\n linux /\x07'");
	finds_only("boot-not-hypervisor", "warning", "\"a?[2J?\" starts /?, not",
		   "grub-set-default");
	run("doctor");
	assert_null(strchr(printed, '\x1b'));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_default, setup),
		cmocka_unit_test_setup(test_without_menu, setup),
		cmocka_unit_test_setup(test_custom, setup),
		cmocka_unit_test_setup(test_files, setup),
		cmocka_unit_test_setup(test_efi, setup),
		cmocka_unit_test_setup(test_memory, setup),
		cmocka_unit_test_setup(test_drivers, setup),
		cmocka_unit_test_setup(test_room, setup),
		cmocka_unit_test_setup(test_units, setup),
		cmocka_unit_test_setup(test_hostile, setup),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
