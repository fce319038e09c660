/* SPDX-License-Identifier: MIT */
/*
 * hypfs as dom0's tools call it: what each node tells, what may be written and what comes of it.
 * The error numbers are those of Xen 4.17.
 */
#include "core/world.h"

#include <stdlib.h>
#include <string.h>

#include "arch/isolation.h"
#include "core/domctl.h"
#include "core/hypercall.h"
#include "lib/printk.h"
#include "lib/version.h"
#include "xen/hypfs.h"

static struct {
	char path[2048];
	union {
		struct xen_hypfs_direntry entry;
		char bytes[4096];
	} buffer;
} memory;
static struct xen_hypfs_direntry *const entry = &memory.buffer.entry;
static char *const content = memory.buffer.bytes + sizeof(struct xen_hypfs_direntry);

static long op(uint32_t cmd, const char *path, uint64_t path_size, uint64_t size)
{
	memcpy(memory.path, path, path_size < sizeof(memory.path) ? path_size : 0);
	return do_hypfs_op(cmd, gptr((uint64_t)memory.path), path_size,
			   gptr((uint64_t)memory.buffer.bytes), size);
}

static long node_read(const char *path, uint64_t size)
{
	memset(memory.buffer.bytes, 0xee, sizeof(memory.buffer.bytes));
	return op(XEN_HYPFS_OP_read, path, strlen(path) + 1, size);
}

static long node_write(const char *path, const char *value, uint64_t size)
{
	memcpy(memory.buffer.bytes, value, size);
	return op(XEN_HYPFS_OP_write_contents, path, strlen(path) + 1, size);
}

static long set(const char *path, const char *value)
{
	return node_write(path, value, strlen(value) + 1);
}

static void says(const char *path, const char *text)
{
	assert_int_equal(node_read(path, sizeof(memory.buffer)), 0);
	assert_int_equal(entry->type, XEN_HYPFS_TYPE_STRING);
	assert_int_equal(entry->encoding, XEN_HYPFS_ENC_PLAIN);
	assert_int_equal(entry->content_len, strlen(text) + 1);
	assert_string_equal(content, text);
}

static void test_tree(void **state)
{
	static const struct {
		const char *dir, *name;
		uint32_t type, len, most;
		uint16_t next;
	} want[] = {
		{"/", "buildinfo", XEN_HYPFS_TYPE_DIR, 26, 0, 26},
		{"/", "cpu-bugs", XEN_HYPFS_TYPE_DIR, 26, 0, 26},
		{"/", "params", XEN_HYPFS_TYPE_DIR, 34 + 42 + 30 + 22, 0, 0},
		{"/params", "gnttab_max_frames", XEN_HYPFS_TYPE_STRING, 3, 12, 34},
		{"/params", "gnttab_max_maptrack_frames", XEN_HYPFS_TYPE_STRING, 5, 12, 42},
		{"/params", "guest_loglvl", XEN_HYPFS_TYPE_STRING, 8, 16, 30},
		{"/params", "loglvl", XEN_HYPFS_TYPE_STRING, 5, 16, 0},
	};
	const char *at = content;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct xen_hypfs_direntry e;
		uint16_t next;

		if (!i || strcmp(want[i].dir, want[i - 1].dir)) {
			assert_int_equal(node_read(want[i].dir, sizeof(memory.buffer)), 0);
			assert_int_equal(entry->type, XEN_HYPFS_TYPE_DIR);
			at = content;
		}
		memcpy(&e, at, sizeof(e));
		memcpy(&next, at + sizeof(e), sizeof(next));
		assert_string_equal(at + 14, want[i].name);
		assert_int_equal(e.type, want[i].type);
		assert_int_equal(e.content_len, want[i].len);
		assert_int_equal(e.max_write_len, want[i].most);
		assert_int_equal(next, want[i].next);
		at += next;
	}
	says("/buildinfo/changeset", argon_version);
	says("/cpu-bugs/mitigations", mitigations_text);
	assert_int_equal(entry->max_write_len, 0);
}

/* A buffer that is too short gets the size, none gets nothing. */
static void test_bad_reads(void **state)
{
	char longest[1025];

	(void)state;
	assert_int_equal(do_hypfs_op(XEN_HYPFS_OP_get_version, gptr(0), 0, gptr(0), 0), 1);
	assert_int_equal(op(XEN_HYPFS_OP_get_version, "/", 2, 0), -EINVAL);
	assert_int_equal(op(3, "/", 2, 0), -EOPNOTSUPP);
	assert_int_equal(op(~0U, "/", 2, 0), -EOPNOTSUPP);
	assert_int_equal(node_read("/params/loglvl", 12 + 4), -ENOBUFS);
	assert_int_equal(entry->content_len, 5);
	assert_int_equal(content[0], (char)0xee);
	assert_int_equal(node_read("/params/loglvl", 12 + 5), 0);
	assert_int_equal(node_read("/params/loglvl", 11), -EINVAL);
	assert_int_equal(memory.buffer.bytes[0], (char)0xee);
	assert_int_equal(node_read("/params", 12 + 127), -ENOBUFS);
	assert_int_equal(node_read("/params", 12 + 128), 0);
	assert_int_equal(content[128], (char)0xee);
	assert_int_equal(op(XEN_HYPFS_OP_read, "/params", 7, 4096), -EINVAL);
	assert_int_equal(op(XEN_HYPFS_OP_read, "/params\0\0", 9, 4096), -EINVAL);
	assert_int_equal(op(XEN_HYPFS_OP_read, "/", 0, 4096), -EINVAL);
	assert_int_equal(node_read("params", 4096), -EINVAL);
	assert_int_equal(node_read("", 4096), -EINVAL);
	assert_int_equal(node_read("/nope", 4096), -ENOENT);
	assert_int_equal(node_read("//params", 4096), -ENOENT);
	assert_int_equal(node_read("/params//", 4096), -ENOENT);
	assert_int_equal(node_read("/params/", 4096), 0);
	assert_int_equal(entry->type, XEN_HYPFS_TYPE_DIR);
	memset(longest, '/', sizeof(longest));
	assert_int_equal(op(XEN_HYPFS_OP_read, longest, 1024, 4096), -ENOENT);
	assert_int_equal(op(XEN_HYPFS_OP_read, longest, 1025, 4096), -EINVAL);
	assert_int_equal(op(XEN_HYPFS_OP_read, longest, ~0UL, 4096), -EINVAL);
	assert_int_equal(do_hypfs_op(XEN_HYPFS_OP_read, gptr(8), 2, gptr(8), 4096), -EFAULT);
	memcpy(memory.path, "/params", 8);
	assert_int_equal(do_hypfs_op(XEN_HYPFS_OP_read, gptr((uint64_t)memory.path), 8, gptr(8),
				     99),
			 -EFAULT);
}

static void test_levels(void **state)
{
	static const struct {
		const char *value;
		long result;
		enum log_level level;
		const char *said;
	} want[] = {
		{"all", 0, LOG_DEBUG, "all"},
		{"none", 0, LOG_ERR, "error"},
		{"debug", 0, LOG_DEBUG, "all"},
		{"warning", 0, LOG_WARNING, "warning"},
		{"error/info", 0, LOG_ERR, "error"},
		{"", 0, LOG_INFO, "info"},
		{"all", 0, LOG_DEBUG, "all"},
		{"/error", 0, LOG_INFO, "info"},
		{"error", 0, LOG_ERR, "error"},
		{"al", -EINVAL, LOG_ERR, "error"},
		{"alll", -EINVAL, LOG_ERR, "error"},
		{"ALL", -EINVAL, LOG_ERR, "error"},
		{"all/", -EINVAL, LOG_ERR, "error"},
		{"all/all/all", -EINVAL, LOG_ERR, "error"},
		{"bad/all", -EINVAL, LOG_ERR, "error"},
		{"0123456789abcdef", -EINVAL, LOG_ERR, "error"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(set("/params/loglvl", want[i].value), want[i].result);
		assert_int_equal(printk_level, want[i].level);
		says("/params/loglvl", want[i].said);
	}
	assert_int_equal(gprintk_level, LOG_WARNING);
	assert_int_equal(set("/params/guest_loglvl", "info"), 0);
	assert_int_equal(gprintk_level, LOG_INFO);
	assert_int_equal(set("/params/guest_loglvl", ""), 0);
	assert_int_equal(gprintk_level, LOG_WARNING);
	assert_int_equal(node_write("/params/loglvl", "all", 3), -EDOM);
	assert_int_equal(node_write("/params/loglvl", "all\0b", 6), -EDOM);
	assert_int_equal(node_write("/params/loglvl", "all", 0), -EDOM);
	memcpy(memory.path, "/params/loglvl", 15);
	assert_int_equal(do_hypfs_op(XEN_HYPFS_OP_write_contents, gptr((uint64_t)memory.path), 15,
				     gptr(8), 4),
			 -EFAULT);
	assert_int_equal(printk_level, LOG_ERR);
	printk_level = PRINTK_STANDARD;
}

static void test_numbers(void **state)
{
	static const char frames[] = "/params/gnttab_max_frames";
	static const char maptrack[] = "/params/gnttab_max_maptrack_frames";
	const struct domain_defaults before = domain_defaults;

	(void)state;
	assert_int_equal(set(frames, "1"), 0);
	assert_int_equal(domain_defaults.max_grant_frames, 1);
	assert_int_equal(set(frames, "4096"), 0);
	says(frames, "4096");
	assert_int_equal(set(frames, "0x20"), 0);
	says(frames, "32");
	assert_int_equal(set(frames, "0"), -ERANGE);
	assert_string_equal(fake_log, "/params/gnttab_max_frames: 1 to 4096 are possible\n");
	assert_int_equal(set(frames, "4097"), -ERANGE);
	assert_int_equal(set(frames, "4294967328"), -ERANGE);
	assert_int_equal(set(frames, "99999999999"), -ERANGE);
	assert_int_equal(set(frames, "999999999999"), -ERANGE);
	assert_int_equal(set(frames, ""), -EINVAL);
	assert_int_equal(set(frames, "0x"), -EINVAL);
	assert_int_equal(set(frames, "-1"), -EINVAL);
	assert_int_equal(set(frames, "64k"), -EINVAL);
	assert_int_equal(set(frames, " 64"), -EINVAL);
	says(frames, "32");
	assert_int_equal(set(maptrack, "0"), 0);
	assert_int_equal(set(maptrack, "65536"), 0);
	assert_int_equal(set(maptrack, "65537"), -ERANGE);
	says(maptrack, "65536");
	assert_int_equal(set("/params", "1"), -EACCES);
	assert_int_equal(set("/cpu-bugs/mitigations", "none"), -EACCES);
	assert_int_equal(set("/params/nope", "1"), -ENOENT);
	domain_defaults = before;
}

/* Nobody but dom0 learns or changes anything. */
static void test_of_a_guest(void **state)
{
	struct domain *d = world_domain(5, 1);

	(void)state;
	world_act_as(d->vcpu[0]);
	assert_int_equal(node_read("/", 4096), -EPERM);
	assert_int_equal(node_read("/nope", 4096), -EPERM);
	assert_int_equal(set("/params/loglvl", "all"), -EPERM);
	assert_int_equal(do_hypfs_op(XEN_HYPFS_OP_get_version, gptr(0), 0, gptr(0), 0), -EPERM);
	assert_int_equal(printk_level, PRINTK_STANDARD);
}

/* Any bytes as path, value and sizes: what comes out is as it should be, or as it was. */
static void test_any_bytes(void **state)
{
	static const char *const paths[] = {"/",
					    "/params",
					    "/params/loglvl",
					    "/params/guest_loglvl",
					    "/params/gnttab_max_frames",
					    "/params/gnttab_max_maptrack_frames",
					    "/cpu-bugs/mitigations"};
	static const char bytes[] = "0123456789xallinfoerror/k-\0\0\0\0\0\0";
	const struct domain_defaults before = domain_defaults;
	unsigned int seed = 4;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		unsigned int r = (unsigned int)rand_r(&seed);
		uint64_t path_size, size = r >> 3 & 31;

		strcpy(memory.path, paths[r >> 8 & 7 ? (r >> 8 & 7) - 1 : 2]);
		path_size = strlen(memory.path) + 1;
		if ((r & 7) == 7) {
			memory.path[rand_r(&seed) % path_size] = (char)rand_r(&seed);
			path_size += (rand_r(&seed) & 3) - 1U;
		}
		for (unsigned int j = 0; j < size; j++) {
			memory.buffer.bytes[j] = bytes[rand_r(&seed) % sizeof(bytes)];
		}
		do_hypfs_op(r >> 12 & 3 ? XEN_HYPFS_OP_write_contents : XEN_HYPFS_OP_read,
			    gptr((uint64_t)memory.path), path_size,
			    gptr((uint64_t)memory.buffer.bytes), size);
		assert_in_range(domain_defaults.max_grant_frames, 1, GRANT_FRAMES_LIMIT);
		assert_in_range(domain_defaults.max_maptrack_frames, 0, MAPTRACK_FRAMES_LIMIT);
		assert_in_range(printk_level, LOG_ERR, LOG_DEBUG);
		assert_in_range(gprintk_level, LOG_ERR, LOG_DEBUG);
	}
	domain_defaults = before;
	printk_level = PRINTK_STANDARD;
	gprintk_level = GPRINTK_STANDARD;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tree, world_test_begin, world_test_end),
		cmocka_unit_test_setup_teardown(test_bad_reads, world_test_begin, world_test_end),
		cmocka_unit_test_setup_teardown(test_levels, world_test_begin, world_test_end),
		cmocka_unit_test_setup_teardown(test_numbers, world_test_begin, world_test_end),
		cmocka_unit_test_setup_teardown(test_of_a_guest, world_test_begin, world_test_end),
		cmocka_unit_test_setup_teardown(test_any_bytes, world_test_begin, world_test_end),
	};

	return cmocka_run_group_tests(tests, world_start, NULL);
}
