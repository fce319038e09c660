/* SPDX-License-Identifier: MIT */
/* Whole domains, built against the fake machine and looked at from the guest's side. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../dom0-tools/libbuild/build.h"
#include "fake_machine.h"
#include "image.h"
#include "walk.h"
#include "xen/elfnote.h"
#include "xen/start_info.h"

#define MEMORY_KIB (20UL << 10)
#define RAMDISK_LEN 70001

static struct image image;
static struct kernel kernel;
static struct ctl *ctl;
static struct ctl_error err;
static struct build_params params;
static struct build_result result;
static struct blob ramdisk;
static uint8_t ramdisk_bytes[RAMDISK_LEN];

static void open_kernel(void)
{
	kernel_close(&kernel);
	assert_int_equal(kernel_open_memory(image_bytes(&image), image_len(), "K", &kernel, &err),
			 0);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	image_init(&image);
	memset(&kernel, 0, sizeof(kernel));
	kernel.image.fd = -1;
	open_kernel();
	for (size_t i = 0; i < RAMDISK_LEN; i++) {
		ramdisk_bytes[i] = (uint8_t)(i * 13 + 1);
	}
	blob_from_memory(&ramdisk, ramdisk_bytes, RAMDISK_LEN);
	params = (struct build_params){
		.domid = FAKE_DOMID,
		.memory_kib = MEMORY_KIB,
		.maxmem_kib = 2 * MEMORY_KIB,
		.kernel = &kernel,
		.kernel_name = "K",
		.ramdisk = &ramdisk,
		.cmdline = "root=/dev/xvda quiet",
		.store_port = 1,
		.console_port = 2,
	};
	return ctl_open(&ctl);
}

static int teardown(void **state)
{
	(void)state;
	ctl_close(ctl);
	kernel_close(&kernel);
	return 0;
}

static uint64_t *table(uint64_t mfn)
{
	return fake.pfn_of[mfn] == -1 ? NULL : fake_frame(mfn);
}

static uint64_t root(void)
{
	return fake.context.ctrlreg[3] >> 12;
}

/* The guest's view of one of its addresses; NULL if not mapped. */
static uint8_t *at(uint64_t virt)
{
	uint64_t entry;

	if (!walk(root(), virt, table, &entry)) {
		return NULL;
	}
	return (uint8_t *)fake_frame((entry & PTE_FRAME_MASK) >> 12) + virt % 4096;
}

static void guest_read(uint64_t virt, void *to, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t *byte = at(virt + i);

		assert_non_null(byte);
		((uint8_t *)to)[i] = *byte;
	}
}

static struct start_info read_start_info(void)
{
	struct start_info info;

	guest_read(fake.context.user_regs.rsi, &info, sizeof(info));
	return info;
}

static void check_kernel(void)
{
	uint8_t byte;

	for (uint64_t i = 0; i < IMAGE_MEM_SIZE; i++) {
		guest_read(IMAGE_VIRT_BASE + IMAGE_START + i, &byte, 1);
		assert_int_equal(byte, i < IMAGE_FILE_SIZE ? (uint8_t)(i * 7) : 0);
	}
}

/* The p2m is right, and agrees with the machine's own table. */
static void check_p2m(const struct start_info *info)
{
	assert_int_equal(info->nr_pages, MEMORY_KIB / 4);
	for (uint64_t pfn = 0; pfn < info->nr_pages; pfn++) {
		uint64_t mfn;

		guest_read(info->mfn_list + pfn * 8, &mfn, 8);
		assert_true(mfn < FAKE_FRAMES);
		assert_int_equal(fake.pfn_of[mfn], pfn);
	}
}

/* Tables that hang below the root are mapped read-only wherever they are mapped, as the
 * hypervisor demands. */
static void check_read_only(uint64_t mfn, int level, uint8_t *is_table)
{
	uint64_t *entries = table(mfn);

	assert_non_null(entries);
	is_table[mfn] = 1;
	for (int i = 0; level > 1 && i < 512; i++) {
		if (entries[i] & PTE_PRESENT) {
			check_read_only((entries[i] & PTE_FRAME_MASK) >> 12, level - 1, is_table);
		}
	}
}

static void check_leaves(uint64_t mfn, int level, const uint8_t *is_table)
{
	uint64_t *entries = table(mfn);

	for (int i = 0; i < 512; i++) {
		uint64_t below = (entries[i] & PTE_FRAME_MASK) >> 12;

		if (!(entries[i] & PTE_PRESENT)) {
			assert_int_equal(entries[i], 0);
		} else if (level > 1) {
			check_leaves(below, level - 1, is_table);
		} else {
			assert_true(below < FAKE_FRAMES && fake.pfn_of[below] != -1);
			assert_int_equal(!(entries[i] & PTE_RW), is_table[below]);
		}
	}
}

static void check_tables(const struct start_info *info)
{
	uint8_t *is_table = calloc(1, FAKE_FRAMES);
	uint64_t count = 0;

	check_read_only(root(), 4, is_table);
	check_leaves(root(), 4, is_table);
	for (uint64_t mfn = 0; mfn < FAKE_FRAMES; mfn++) {
		count += is_table[mfn];
	}
	assert_int_equal(count,
			 info->nr_pt_frames +
				 (info->nr_p2m_frames
					  ? info->nr_p2m_frames - (MEMORY_KIB / 4 * 8 + 4095) / 4096
					  : 0));
	assert_ptr_equal(at(info->pt_base), fake_frame(root()));
	free(is_table);
}

static void check_rings(const struct start_info *info)
{
	static const uint8_t zeros[4096];
	struct grant_entry_v1 *grants = fake_frame(FAKE_GRANT_TABLE);

	assert_int_equal(info->store_mfn, result.store_mfn);
	assert_int_equal(info->console.domU.mfn, result.console_mfn);
	assert_int_equal(info->store_evtchn, 1);
	assert_int_equal(info->console.domU.evtchn, 2);
	assert_memory_equal(fake_frame(result.store_mfn), zeros, 4096);
	assert_memory_equal(fake_frame(result.console_mfn), zeros, 4096);
	assert_int_equal(grants[GNTTAB_RESERVED_CONSOLE].flags, GTF_permit_access);
	assert_int_equal(grants[GNTTAB_RESERVED_CONSOLE].frame, result.console_mfn);
	assert_int_equal(grants[GNTTAB_RESERVED_XENSTORE].flags, GTF_permit_access);
	assert_int_equal(grants[GNTTAB_RESERVED_XENSTORE].frame, result.store_mfn);
	assert_int_equal(grants[2].flags, 0);
}

static void check_vcpu(void)
{
	const struct cpu_user_regs *regs = &fake.context.user_regs;
	const struct shared_info *shared = fake_frame(FAKE_SHARED_INFO);

	assert_true(fake.vcpu_set);
	assert_int_equal(fake.pinned_mfn, root());
	assert_int_equal(regs->rip, kernel.info.entry);
	assert_int_equal(regs->cs, FLAT_KERNEL_CS);
	assert_int_equal(regs->ss, FLAT_KERNEL_SS);
	assert_int_equal(regs->rflags, 0x200);
	assert_int_equal(regs->rsp % 4096, 0);
	assert_non_null(at(regs->rsp - 8));
	assert_int_equal(fake.context.flags, VGCF_in_kernel | VGCF_online);
	for (int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		assert_int_equal(shared->vcpu_info[i].evtchn_upcall_mask, 1);
	}
}

static void check_domain(void)
{
	struct start_info info = read_start_info();

	assert_string_equal(info.magic, XEN_START_INFO_MAGIC);
	assert_string_equal((char *)info.cmd_line, params.cmdline);
	assert_int_equal(info.shared_info, FAKE_SHARED_INFO * 4096UL);
	assert_true(fake.fail_at || !fake.claims);
	assert_int_equal(fake.map_bytes, 2 * MEMORY_KIB << 10);
	check_kernel();
	check_p2m(&info);
	check_tables(&info);
	check_rings(&info);
	check_vcpu();
}

static int build(void)
{
	ctl_error_clear(&err);
	return build_domain(ctl, &params, &result, &err);
}

static void test_linux(void **state)
{
	struct start_info info;

	(void)state;
	assert_int_equal(build(), 0);
	check_domain();
	info = read_start_info();
	assert_int_equal(info.flags, SIF_MOD_START_PFN | SIF_VIRT_P2M_4TOOLS);
	assert_int_equal(info.mod_len, RAMDISK_LEN);
	assert_int_equal(info.mfn_list, IMAGE_INIT_P2M);
	for (uint64_t i = 0; i < RAMDISK_LEN; i++) {
		uint64_t mfn;

		guest_read(info.mfn_list + (info.mod_start + i / 4096) * 8, &mfn, 8);
		assert_int_equal(((uint8_t *)fake_frame(mfn))[i % 4096], ramdisk_bytes[i]);
	}
}

static void test_single_frames(void **state)
{
	(void)state;
	fake.superpages = false;
	assert_int_equal(build(), 0);
	check_domain();
}

static void test_no_ramdisk(void **state)
{
	struct start_info info;

	(void)state;
	params.ramdisk = NULL;
	assert_int_equal(build(), 0);
	check_domain();
	info = read_start_info();
	assert_int_equal(info.mod_len, 0);
	assert_int_equal(info.flags, SIF_VIRT_P2M_4TOOLS);
}

/* So much to load that a process of its own does it; failures come back from there too. */
static void test_apart(void **state)
{
	static uint8_t large[8 << 20];
	struct start_info info;
	uint64_t mfn;

	(void)state;
	memset(large, 0x5a, sizeof(large));
	blob_from_memory(&ramdisk, large, sizeof(large));
	assert_int_equal(build(), 0);
	check_domain();
	info = read_start_info();
	assert_int_equal(info.mod_len, sizeof(large));
	guest_read(info.mfn_list + (info.mod_start + (sizeof(large) >> 12) - 1) * 8, &mfn, 8);
	assert_memory_equal(fake_frame(mfn), large, 4096);
	fake_reset();
	fake.free_frames = 100;
	assert_int_equal(build(), -ENOMEM);
	assert_string_equal(err.id, "too-little-memory");
	assert_int_equal(err.numbers[0].value, MEMORY_KIB);
}

/* An older kind of kernel: everything mapped in one place, and a hypercall page to be filled. */
static void test_old_kernel(void **state)
{
	struct start_info info;
	uint8_t byte;

	(void)state;
	image_no_notes(&image);
	image_note(&image, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
	image_note_number(&image, XEN_ELFNOTE_VIRT_BASE, IMAGE_VIRT_BASE);
	image_note_number(&image, XEN_ELFNOTE_PADDR_OFFSET, 0);
	image_note_number(&image, XEN_ELFNOTE_ENTRY, IMAGE_VIRT_BASE + IMAGE_START);
	image_note_number(&image, XEN_ELFNOTE_HYPERCALL_PAGE,
			  IMAGE_VIRT_BASE + IMAGE_START + 0x1000);
	open_kernel();
	assert_int_equal(build(), 0);
	check_domain();
	info = read_start_info();
	assert_int_equal(info.flags & SIF_MOD_START_PFN, 0);
	for (uint64_t i = 0; i < RAMDISK_LEN; i++) {
		guest_read(info.mod_start + i, &byte, 1);
		assert_int_equal(byte, ramdisk_bytes[i]);
	}
	assert_int_equal(fake.pfn_of[fake.hypercall_page], (IMAGE_START + 0x1000) >> 12);
}

static void test_too_little_memory(void **state)
{
	(void)state;
	fake.free_frames = MEMORY_KIB / 4 - 1;
	assert_int_equal(build(), -ENOMEM);
	assert_string_equal(err.id, "too-little-memory");
	assert_int_equal(err.numbers[0].value, MEMORY_KIB);
	assert_int_equal(fake.claims, 0);
	assert_int_equal(fake.free_frames, MEMORY_KIB / 4 - 1);
}

static void test_long_command_line(void **state)
{
	char line[MAX_GUEST_CMDLINE + 1];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[MAX_GUEST_CMDLINE] = '\0';
	params.cmdline = line;
	assert_int_equal(build(), -EINVAL);
	assert_string_equal(err.id, "command-line-too-long");
	assert_int_equal(fake.calls, 0);
	line[MAX_GUEST_CMDLINE - 1] = '\0';
	assert_int_equal(build(), 0);
	assert_string_equal((char *)read_start_info().cmd_line, line);
}

/* Every single call may fail: each failure is reported, no claim stays, and (leak sanitizer) no
 * memory. Failing to get superpages only costs superpages. */
static void test_every_failure(void **state)
{
	unsigned int total, survived = 0;

	assert_int_equal(build(), 0);
	total = fake.calls;
	assert_true(total > 12);
	for (unsigned int n = 1; n <= total; n++) {
		teardown(state);
		setup(state);
		fake.fail_at = n;
		if (!build()) {
			check_domain();
			survived++;
			continue;
		}
		assert_true(err.id[0] && err.what[0] && err.cause[0]);
		assert_false(fake.vcpu_set);
	}
	/* the first superpages, and giving back what is left of the claim */
	assert_true(survived <= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_linux, setup, teardown),
		cmocka_unit_test_setup_teardown(test_single_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_ramdisk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_little_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_command_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_failure, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
