/* SPDX-License-Identifier: MIT */
/* The cache of unpacked kernels: found again, by file and by content, and never trusted blindly. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "../../../dom0-tools/libbuild/kernel.h"
#include "../../../dom0-tools/libbuild/unpack.h"
#include "image.h"

static char base[64], cache_dir[96], file[96];
static struct kernel kernel;
static struct ctl_error err;

/* The system's clock, moved: file identities are trusted only once they are two seconds old. */
static time_t clock_offset;
int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	int ret = __real_clock_gettime(id, now);

	now->tv_sec += clock_offset;
	return ret;
}

/* How often something was unpacked, and a disk that is full when told so. */
static unsigned int unpacked;
static bool disk_full;
int __real_unpack(const uint8_t *data, size_t len, size_t hint, uint8_t **out, size_t *out_len);
int __wrap_unpack(const uint8_t *data, size_t len, size_t hint, uint8_t **out, size_t *out_len);
int __wrap_unpack(const uint8_t *data, size_t len, size_t hint, uint8_t **out, size_t *out_len)
{
	unpacked++;
	return __real_unpack(data, len, hint, out, out_len);
}

int __real_unpack_to_file(const uint8_t *data, size_t len, int fd, size_t *out_len);
int __wrap_unpack_to_file(const uint8_t *data, size_t len, int fd, size_t *out_len);
int __wrap_unpack_to_file(const uint8_t *data, size_t len, int fd, size_t *out_len)
{
	unpacked++;
	return disk_full ? -ENOSPC : __real_unpack_to_file(data, len, fd, out_len);
}

static void write_kernel(uint8_t mark)
{
	struct image image;
	gzFile out;

	image_init(&image);
	image.segment[0] = mark;
	out = gzopen(file, "wb");
	assert_non_null(out);
	assert_int_equal(gzwrite(out, image_bytes(&image), image_len()), image_len());
	assert_int_equal(gzclose(out), Z_OK);
}

/* Opens the kernel; returns the byte that marks it and whether it came from the cache. */
static uint8_t open_mark(bool *cached)
{
	uint8_t mark;

	unpacked = 0;
	assert_int_equal(kernel_open(file, cache_dir, &kernel, &err), 0);
	*cached = !unpacked;
	assert_int_equal(blob_read(&kernel.image, kernel.info.segments[0].offset, &mark, 1), 0);
	kernel_close(&kernel);
	return mark;
}

static unsigned int entries(const char *prefix)
{
	unsigned int count = 0;
	DIR *dir = opendir(cache_dir);
	struct dirent *item;

	while (dir && (item = readdir(dir))) {
		count += !strncmp(item->d_name, prefix, strlen(prefix));
	}
	if (dir) {
		closedir(dir);
	}
	return count;
}

static int setup(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/test_cache.XXXXXX");
	assert_non_null(mkdtemp(base));
	snprintf(cache_dir, sizeof(cache_dir), "%s/a/cache", base);
	snprintf(file, sizeof(file), "%s/vmlinuz", base);
	clock_offset = 0;
	write_kernel(1);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", base);
	return system(command);
}

static void test_hit_by_content(void **state)
{
	bool cached;

	(void)state;
	assert_int_equal(open_mark(&cached), 1);
	assert_false(cached);
	assert_int_equal(entries("kernel-"), 1);
	assert_int_equal(entries("file-"), 0); /* too fresh */
	assert_int_equal(open_mark(&cached), 1);
	assert_true(cached);
	/* another file with the same bytes */
	unlink(file);
	write_kernel(1);
	assert_int_equal(open_mark(&cached), 1);
	assert_true(cached);
	assert_int_equal(entries("kernel-"), 1);
	assert_int_equal(entries("tmp-"), 0);
}

static void test_hit_by_file(void **state)
{
	bool cached;

	(void)state;
	clock_offset = 10;
	assert_int_equal(open_mark(&cached), 1);
	assert_int_equal(entries("file-"), 1);
	assert_int_equal(open_mark(&cached), 1);
	assert_true(cached);
	/* a changed file is another file, also while its identity may be the same */
	clock_offset = 0;
	write_kernel(2);
	assert_int_equal(open_mark(&cached), 2);
	assert_false(cached);
	clock_offset = 10;
	assert_int_equal(open_mark(&cached), 2);
	assert_true(cached);
	assert_int_equal(entries("kernel-"), 2);
}

static void damage(size_t keep)
{
	DIR *dir = opendir(cache_dir);
	struct dirent *item;
	char path[512];

	while ((item = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", cache_dir, item->d_name);
		if (!strncmp(item->d_name, "kernel-", 7)) {
			assert_int_equal(truncate(path, (off_t)keep), 0);
		}
	}
	closedir(dir);
}

static void test_damaged_entry(void **state)
{
	bool cached;

	(void)state;
	clock_offset = 10;
	open_mark(&cached);
	damage(200);
	assert_int_equal(open_mark(&cached), 1);
	assert_false(cached);
	/* and it was replaced */
	assert_int_equal(open_mark(&cached), 1);
	assert_true(cached);
}

/* A kernel of the same length and checksum is not taken for ours. */
static void test_checksum_proves_nothing(void **state)
{
	DIR *dir;
	struct dirent *item;
	char path[512];
	bool cached;
	FILE *packed;

	(void)state;
	assert_int_equal(open_mark(&cached), 1);
	dir = opendir(cache_dir);
	while ((item = readdir(dir))) {
		if (!strncmp(item->d_name, "packed-", 7)) {
			snprintf(path, sizeof(path), "%s/%s", cache_dir, item->d_name);
		}
	}
	closedir(dir);
	packed = fopen(path, "r+");
	assert_non_null(packed);
	fseek(packed, 20, SEEK_SET);
	fputc(fgetc(packed) ^ 1, packed);
	fclose(packed);
	assert_int_equal(open_mark(&cached), 1);
	assert_false(cached);
	assert_int_equal(open_mark(&cached), 1); /* it has made room for ours */
	assert_true(cached);
	assert_int_equal(entries("kernel-"), 1);
	assert_int_equal(entries("packed-"), 1);
}

static void test_disk_full(void **state)
{
	bool cached;

	(void)state;
	disk_full = true;
	assert_int_equal(open_mark(&cached), 1);
	assert_false(cached);
	disk_full = false;
	assert_int_equal(entries("kernel-") + entries("packed-") + entries("tmp-"), 0);
}

/* A directory that others may write to, or none at all: no cache, but a kernel. */
static void test_unusable(void **state)
{
	bool cached;

	(void)state;
	open_mark(&cached);
	assert_int_equal(chmod(cache_dir, 0777), 0);
	assert_int_equal(open_mark(&cached), 1);
	assert_false(cached);
	snprintf(cache_dir, sizeof(cache_dir), "/proc/nowhere/cache");
	assert_int_equal(open_mark(&cached), 1);
	assert_false(cached);
}

/* What is no kernel is not kept. */
static void test_bad_kernel(void **state)
{
	gzFile out = gzopen(file, "wb");

	(void)state;
	gzwrite(out, "\177ELF, but no more", 16);
	gzclose(out);
	assert_int_not_equal(kernel_open(file, cache_dir, &kernel, &err), 0);
	assert_string_equal(err.id, "bad-kernel-image");
	assert_int_equal(entries("kernel-"), 0);
}

static void test_no_file(void **state)
{
	(void)state;
	assert_int_not_equal(kernel_open("/nonexistent", cache_dir, &kernel, &err), 0);
	assert_string_equal(err.id, "no-such-kernel");
	assert_int_not_equal(kernel_open("/tmp", cache_dir, &kernel, &err), 0);
	assert_string_equal(err.id, "cannot-read-kernel");
	assert_int_not_equal(kernel_open("/dev/null", cache_dir, &kernel, &err), 0);
	unlink(file);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_int_not_equal(kernel_open(file, cache_dir, &kernel, &err), 0);
	assert_string_equal(err.id, "cannot-read-kernel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hit_by_content, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hit_by_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_entry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_checksum_proves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unusable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_file, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
