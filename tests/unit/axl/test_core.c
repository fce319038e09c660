/* SPDX-License-Identifier: MIT */
/* dump-core and config-update: what is in the file, and that a failure leaves none. */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"
#include "fake_run.h"
#include "xen/arch.h"

static char path[64], line[128];

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_domain(3, "web");
	snprintf(path, sizeof(path), "/tmp/test_core.%d", (int)getpid());
	snprintf(line, sizeof(line), "dump-core web %s", path);
	unlink(path);
	return 0;
}

static uint8_t *slurp(size_t *len)
{
	FILE *in = fopen(path, "r");
	uint8_t *data = malloc(8 << 20);

	assert_non_null(in);
	*len = fread(data, 1, 8 << 20, in);
	fclose(in);
	return data;
}

static const Elf64_Shdr *section(const uint8_t *file, size_t len, const char *name)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
	const Elf64_Shdr *list = (const Elf64_Shdr *)(file + header->e_shoff);

	for (unsigned int i = 1; i < header->e_shnum; i++) {
		const char *names = (const char *)file + list[header->e_shstrndx].sh_offset;

		if (!strcmp(names + list[i].sh_name, name)) {
			assert_true(list[i].sh_offset + list[i].sh_size <= len);
			return &list[i];
		}
	}
	fail_msg("no section %s", name);
	return NULL;
}

static void test_file(void **state)
{
	const Elf64_Shdr *pages, *p2m;
	const uint64_t *entries;
	struct stat about;
	uint8_t *file;
	size_t len;

	(void)state;
	run(line);
	assert_int_equal(result, 0);
	assert_string_equal(printed, "");
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	file = slurp(&len);
	assert_memory_equal(file, "\177ELF\2\1\1\0\1", 9);
	assert_int_equal(((const Elf64_Ehdr *)file)->e_type, ET_CORE);
	assert_int_equal(section(file, len, ".note.Xen")->sh_size, 0x568);
	assert_int_equal(section(file, len, ".xen_prstatus")->sh_size,
			 4 * sizeof(struct vcpu_guest_context));
	assert_int_equal(section(file, len, ".xen_shared_info")->sh_size, 4096);
	pages = section(file, len, ".xen_pages");
	p2m = section(file, len, ".xen_p2m");
	assert_int_equal(pages->sh_offset % 4096, 0);
	assert_int_equal(pages->sh_size, (FAKE_PFNS - 2) * 4096);
	assert_int_equal(p2m->sh_size, (FAKE_PFNS - 2) * 16);
	entries = (const uint64_t *)(file + p2m->sh_offset);
	for (uint64_t i = 0; i < FAKE_PFNS - 2; i++) {
		uint64_t pfn = entries[2 * i];

		assert_int_equal(entries[2 * i + 1], FAKE_FRAME + pfn);
		assert_true(pfn != FAKE_EMPTY_PFN && pfn != FAKE_FOREIGN_PFN);
		assert_int_equal(file[pages->sh_offset + i * 4096 + 17], (FAKE_FRAME + pfn) & 0xff);
	}
	/* it runs again */
	assert_false(fake.domains[1].flags & XEN_DOMINF_paused);
	free(file);
	unlink(path);
}

static void test_refused(void **state)
{
	(void)state;
	run("dump-core web");
	assert_string_equal(axl.err.id, "usage");
	run("dump-core Domain-0 /tmp/x");
	assert_string_equal(axl.err.id, "not-dom0");
	run("dump-core web /nonexistent/core");
	assert_string_equal(axl.err.id, "dump-failed");
	run("dump-core web /dev/null");
	assert_string_equal(axl.err.id, "dump-failed");
	fake.fail_at = fake.calls + 2; /* opening the store comes first */
	run(line);
	assert_string_equal(axl.err.id, "save-failed");
	assert_int_equal(access(path, F_OK), -1);
	assert_false(fake.domains[1].flags & XEN_DOMINF_paused);
}

static void test_config_update(void **state)
{
	FILE *out = fopen(path, "w");

	(void)state;
	fputs("name=\"web\"\nmemory=64\nkernel=\"/k\"\n", out);
	fclose(out);
	snprintf(line, sizeof(line), "config-update web %s vcpus=2", path);
	run_json(line);
	assert_int_equal(result, 0);
	assert_string_equal(fake_store_get("/libxl/3/config-updated"), "1");
	snprintf(line, sizeof(line), "config-update web %s vcpus=x", path);
	run_json(line);
	assert_string_equal(axl.err.id, "bad-config");
	run("config-update web");
	assert_string_equal(axl.err.id, "usage");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_file, setup),
		cmocka_unit_test_setup(test_refused, setup),
		cmocka_unit_test_setup(test_config_update, setup),
	};

	return cmocka_run_group_tests(tests, NULL, run_forget);
}
