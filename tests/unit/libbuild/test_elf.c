/* SPDX-License-Identifier: MIT */
/* Kernel ELF files, and what lies about them must get. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../../../dom0-tools/libbuild/elf.h"
#include "image.h"
#include "xen/elfnote.h"

static struct image image;
static struct kernel_info info;
static struct ctl_error err;

static int parse_len(size_t len)
{
	/* a copy of exactly that length, so that reading past it is seen */
	uint8_t *copy = test_malloc(len ? len : 1);
	struct blob blob;
	int ret;

	memcpy(copy, image_bytes(&image), len);
	blob_from_memory(&blob, copy, len);
	ctl_error_clear(&err);
	ret = elf_parse(&blob, "KERNEL", &info, &err);
	test_free(copy);
	if (ret) {
		assert_true(err.id[0] && err.cause[0]);
		assert_non_null(strstr(err.what, "KERNEL"));
	}
	return ret;
}

static int parse(void)
{
	return parse_len(image_len());
}

static int setup(void **state)
{
	(void)state;
	image_init(&image);
	return 0;
}

static void test_good(void **state)
{
	(void)state;
	assert_int_equal(parse(), 0);
	assert_int_equal(info.segment_count, 1);
	assert_int_equal(info.start, IMAGE_START);
	assert_int_equal(info.end, IMAGE_START + IMAGE_MEM_SIZE);
	assert_int_equal(info.virt_base, IMAGE_VIRT_BASE);
	assert_int_equal(info.entry, IMAGE_VIRT_BASE + IMAGE_START + 0x10);
	assert_true(info.has_init_p2m && info.mod_start_pfn);
	assert_false(info.has_hypercall_page);
	assert_string_equal(info.guest_os, "linux");
}

/* Every prefix of a right file: refused, or parsed without reading beyond its end. */
static void test_truncated(void **state)
{
	(void)state;
	for (size_t len = 0; len < image_len(); len++) {
		assert_int_not_equal(parse_len(len), 0);
	}
}

static void test_notes_of_four_bytes(void **state)
{
	uint32_t base = 0x40000000;

	(void)state;
	image_no_notes(&image);
	image_note(&image, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
	image_note(&image, XEN_ELFNOTE_VIRT_BASE, &base, sizeof(base));
	image_note_number(&image, XEN_ELFNOTE_PADDR_OFFSET, 0);
	image_note_number(&image, XEN_ELFNOTE_ENTRY, 0x40000000 + IMAGE_START);
	image_note(&image, 0x12345678, "?", 1);
	assert_int_equal(parse(), 0);
	assert_int_equal(info.virt_base, base);
}

/* Without PADDR_OFFSET, p_paddr counts from VIRT_BASE. */
static void test_default_offset(void **state)
{
	(void)state;
	image_no_notes(&image);
	image_note(&image, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
	image_note_number(&image, XEN_ELFNOTE_VIRT_BASE, IMAGE_VIRT_BASE);
	image.load.p_paddr = IMAGE_VIRT_BASE + IMAGE_START;
	image.header.e_entry = IMAGE_VIRT_BASE + IMAGE_START;
	assert_int_equal(parse(), 0);
	assert_int_equal(info.start, IMAGE_START);
	assert_int_equal(info.entry, IMAGE_VIRT_BASE + IMAGE_START);
}

static void test_not_pv(void **state)
{
	(void)state;
	image_no_notes(&image);
	assert_int_not_equal(parse(), 0);
	assert_string_equal(err.id, "not-a-pv-kernel");
	image_note(&image, XEN_ELFNOTE_XEN_VERSION, "xen-2.0", 8);
	assert_int_not_equal(parse(), 0);
	assert_string_equal(err.id, "not-a-pv-kernel");
}

static void test_wrong_kind(void **state)
{
	(void)state;
	image.header.e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_not_equal(parse(), 0);
	image_init(&image);
	image.header.e_machine = EM_AARCH64;
	assert_int_not_equal(parse(), 0);
	image_init(&image);
	image.header.e_ident[0] = 'X';
	assert_int_not_equal(parse(), 0);
}

static void test_header_lies(void **state)
{
	static const uint64_t far[] = {~0UL, ~0UL - 63, 1UL << 63, 0x7fffffffffffffffUL};

	(void)state;
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		image_init(&image);
		image.header.e_phoff = far[i];
		assert_int_not_equal(parse(), 0);
	}
	image_init(&image);
	image.header.e_phnum = 0;
	assert_int_not_equal(parse(), 0);
	image.header.e_phnum = 0xffff;
	assert_int_not_equal(parse(), 0);
	image.header.e_phnum = 64; /* allowed, but not inside the file */
	image.header.e_phoff = image_len() - sizeof(Elf64_Phdr);
	assert_int_not_equal(parse(), 0);
	image_init(&image);
	image.header.e_phentsize = 0;
	assert_int_not_equal(parse(), 0);
}

static void test_segment_lies(void **state)
{
	static const struct {
		uint64_t offset, filesz, memsz, paddr;
	} lies[] = {
		{0, IMAGE_FILE_SIZE, IMAGE_FILE_SIZE - 1, IMAGE_START},
		{~0UL, 1, 1, IMAGE_START},
		{0x100, ~0UL, ~0UL, IMAGE_START},
		{~0UL - 0xff, 0x200, 0x200, IMAGE_START},
		{0, 1, ~0UL, IMAGE_START},
		{0, 1, KERNEL_MAX_END, IMAGE_START},
		{0, 1, 2, KERNEL_MAX_END},
		{0, 1, 2, ~0UL},
		{1UL << 40, 0, 1, IMAGE_START},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		image_init(&image);
		image.load.p_offset = lies[i].offset;
		image.load.p_filesz = lies[i].filesz;
		image.load.p_memsz = lies[i].memsz;
		image.load.p_paddr = lies[i].paddr;
		assert_int_not_equal(parse(), 0);
		assert_string_equal(err.id, "bad-kernel-image");
	}
	image_init(&image);
	image.load.p_type = PT_NULL;
	assert_int_not_equal(parse(), 0);
}

/* Each of these addresses would end up outside of the kernel. */
static void test_note_lies(void **state)
{
	static const struct {
		uint32_t type;
		uint64_t value;
	} lies[] = {
		{XEN_ELFNOTE_ENTRY, 0},
		{XEN_ELFNOTE_ENTRY, IMAGE_VIRT_BASE + IMAGE_START - 1},
		{XEN_ELFNOTE_ENTRY, IMAGE_VIRT_BASE + IMAGE_START + IMAGE_MEM_SIZE},
		{XEN_ELFNOTE_ENTRY, ~0UL},
		{XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_VIRT_BASE + IMAGE_START + 8},
		{XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_VIRT_BASE},
		{XEN_ELFNOTE_HYPERCALL_PAGE, IMAGE_VIRT_BASE + IMAGE_START + IMAGE_MEM_SIZE},
		{XEN_ELFNOTE_INIT_P2M, IMAGE_INIT_P2M + 1},
		{XEN_ELFNOTE_VIRT_BASE, IMAGE_VIRT_BASE + 1},
		{XEN_ELFNOTE_PADDR_OFFSET, IMAGE_START + 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		image_init(&image);
		image_note_number(&image, lies[i].type, lies[i].value);
		assert_int_not_equal(parse(), 0);
		assert_string_equal(err.id, "bad-kernel-image");
	}
}

static void test_broken_notes(void **state)
{
	const Elf64_Nhdr endless = {.n_namesz = ~0U, .n_descsz = ~0U, .n_type = 1};

	(void)state;
	/* sizes that overflow end the walk; what came before counts */
	memcpy(image.notes + image.notes_len, &endless, sizeof(endless));
	image.note.p_filesz = image.notes_len + sizeof(endless);
	assert_int_equal(parse(), 0);
	/* a segment of notes outside the file */
	image.note.p_offset = image_len();
	assert_int_not_equal(parse(), 0);
	image.note.p_offset = ~0UL;
	assert_int_not_equal(parse(), 0);
	/* too large to be notes: ignored, and then it is no PV kernel */
	image_init(&image);
	image.note.p_filesz = ~0UL;
	assert_int_not_equal(parse(), 0);
}

/* Texts go to a terminal. */
static void test_text_is_cleaned(void **state)
{
	(void)state;
	image_note(&image, XEN_ELFNOTE_GUEST_OS, "\033[2Jevil\n", 9);
	assert_int_equal(parse(), 0);
	assert_string_equal(info.guest_os, "?[2Jevil?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_truncated, setup),
		cmocka_unit_test_setup(test_notes_of_four_bytes, setup),
		cmocka_unit_test_setup(test_default_offset, setup),
		cmocka_unit_test_setup(test_not_pv, setup),
		cmocka_unit_test_setup(test_wrong_kind, setup),
		cmocka_unit_test_setup(test_header_lies, setup),
		cmocka_unit_test_setup(test_segment_lies, setup),
		cmocka_unit_test_setup(test_note_lies, setup),
		cmocka_unit_test_setup(test_broken_notes, setup),
		cmocka_unit_test_setup(test_text_is_cleaned, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
