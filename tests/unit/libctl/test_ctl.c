/* SPDX-License-Identifier: MIT */
/* What libctl passes to privcmd, and that it believes nothing that comes back without looking. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/libctl/domctl.h"
#include "../../../dom0-tools/libctl/error.h"
#include "../../../dom0-tools/libctl/event.h"
#include "../../../dom0-tools/libctl/foreign.h"
#include "../../../dom0-tools/libctl/hypfs.h"
#include "../../../dom0-tools/libctl/memory.h"
#include "../../../dom0-tools/libctl/privcmd.h"
#include "../../../dom0-tools/libctl/sysctl.h"
#include "../../../dom0-tools/libctl/version.h"
#include "xen/event.h"
#include "xen/hypercall.h"
#include "xen/hypfs.h"
#include "xen/version.h"

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

static struct ctl *ctl;
static struct privcmd_hypercall last;
static long (*answer)(struct privcmd_hypercall *call);
static int frame_errors[8];
static int batch_result;
static unsigned int domain_count;
static bool have_device = true;

int __wrap_open(const char *path, int flags, ...)
{
	(void)flags;
	if (have_device && !strcmp(path, "/dev/xen/privcmd")) {
		int fd = memfd_create("privcmd", 0);

		return ftruncate(fd, 1 << 20) ? -1 : fd;
	}
	errno = ENOENT;
	return -1;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct privcmd_mmapbatch_v2 *batch;
	va_list args;
	void *arg;
	long ret;

	(void)fd;
	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (request == PRIVCMD_HYPERCALL) {
		memcpy(&last, arg, sizeof(last));
		ret = answer(arg);
	} else if (request == PRIVCMD_MMAPBATCH_V2) {
		batch = arg;
		memcpy(batch->err, frame_errors, batch->num * sizeof(int));
		ret = batch_result;
	} else {
		ret = -ENOTTY;
	}
	if (ret < 0) {
		errno = (int)-ret;
		return -1;
	}
	return (int)ret;
}

static int setup(void **state)
{
	(void)state;
	memset(frame_errors, 0, sizeof(frame_errors));
	batch_result = 0;
	have_device = true;
	return ctl_open(&ctl);
}

static int teardown(void **state)
{
	(void)state;
	ctl_close(ctl);
	return 0;
}

static void test_no_device(void **state)
{
	struct ctl *none;

	(void)state;
	have_device = false;
	assert_int_equal(ctl_open(&none), -ENOENT);
	assert_null(none);
	ctl_close(none);
}

static long refuse(struct privcmd_hypercall *call)
{
	(void)call;
	return -ESRCH;
}

static void test_errors_are_negative(void **state)
{
	(void)state;
	answer = refuse;
	assert_int_equal(ctl_domain_pause(ctl, 3), -ESRCH);
	assert_int_equal(last.op, __HYPERVISOR_domctl);
	assert_int_equal(ctl_debug_keys(ctl, ""), -EINVAL);
	assert_int_equal(ctl_debug_keys(ctl, "q"), -ESRCH);
	assert_int_equal(ctl_event_alloc_unbound(ctl, 1, 0), -ESRCH);
	assert_int_equal(ctl_pin_l4(ctl, 1, 5), -ESRCH);
}

static long next_domain(struct privcmd_hypercall *call)
{
	struct xen_domctl *op = (void *)call->arg[0];

	assert_int_equal(op->interface_version, XEN_DOMCTL_INTERFACE_VERSION);
	op->u.getdomaininfo.domain = 9;
	return 0;
}

/* Older interfaces answer with the next domain: that is not the one asked for. */
static void test_other_domain(void **state)
{
	struct xen_domctl_getdomaininfo info;

	(void)state;
	answer = next_domain;
	assert_int_equal(ctl_domain_info(ctl, 8, &info), -ESRCH);
	assert_int_equal(ctl_domain_info(ctl, 9, &info), 0);
}

static long list_domains(struct privcmd_hypercall *call)
{
	struct xen_sysctl *op = (void *)call->arg[0];
	struct xen_domctl_getdomaininfo *to = (void *)op->u.getdomaininfolist.buffer;
	uint32_t count = 0;

	assert_int_equal(op->cmd, XEN_SYSCTL_getdomaininfolist);
	for (unsigned int i = op->u.getdomaininfolist.first_domain;
	     i < domain_count * 2 && count < op->u.getdomaininfolist.max_domains; i++) {
		if (!(i % 2)) {
			to[count++].domain = (xen_domid_t)i;
		}
	}
	op->u.getdomaininfolist.num_domains = count;
	return 0;
}

static void test_list_all(void **state)
{
	static const unsigned int counts[] = {0, 1, 63, 64, 65, 128, 300};
	struct xen_domctl_getdomaininfo *list;

	(void)state;
	answer = list_domains;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		domain_count = counts[i];
		assert_int_equal(ctl_domain_list_all(ctl, &list), counts[i]);
		for (unsigned int n = 0; n < counts[i]; n++) {
			assert_int_equal(list[n].domain, 2 * n);
		}
		free(list);
	}
}

static long lying_ring(struct privcmd_hypercall *call)
{
	struct xen_sysctl *op = (void *)call->arg[0];

	memset((void *)op->u.readconsole.buffer, 'x', op->u.readconsole.count);
	op->u.readconsole.count = ~0U;
	op->u.readconsole.index = 77;
	return 0;
}

static void test_console_bounds(void **state)
{
	uint32_t index = 0;
	char text[100];

	(void)state;
	answer = lying_ring;
	assert_int_equal(ctl_console_read(ctl, false, false, &index, text, sizeof(text)), 100);
	assert_int_equal(index, 77);
}

/* A node that claims to be longer than there is room for, or is text. */
static uint32_t node_length;

static long node_answer(const struct privcmd_hypercall *call)
{
	struct xen_hypfs_direntry *e = (void *)call->arg[3];

	assert_int_equal(call->arg[0], XEN_HYPFS_OP_read);
	assert_string_equal((const char *)call->arg[1], "/cpu-bugs/mitigations");
	assert_int_equal(call->arg[2], strlen("/cpu-bugs/mitigations") + 1);
	*e = (struct xen_hypfs_direntry){.type = XEN_HYPFS_TYPE_STRING, .content_len = node_length};
	memset(e + 1, 'm', call->arg[4] - sizeof(*e));
	return 0;
}

static long full_strings(struct privcmd_hypercall *call)
{
	if (call->op == __HYPERVISOR_hypfs_op) {
		return node_answer(call);
	}
	switch (call->arg[0]) {
	case XENVER_version:
		return 4 << 16 | 17;
	case XENVER_pagesize:
		return 4096;
	case XENVER_build_id:
		memset((void *)(call->arg[1] + 4), 0xab, 100);
		return 100;
	case XENVER_platform_parameters:
		return -EPERM;
	default:
		/* no NUL anywhere */
		memset((void *)call->arg[1], 'y', 1024);
		return 0;
	}
}

static void test_version(void **state)
{
	struct ctl_version version;

	(void)state;
	answer = full_strings;
	assert_int_equal(ctl_version(ctl, &version), 0);
	assert_int_equal(version.major, 4);
	assert_int_equal(version.minor, 17);
	assert_int_equal(strlen(version.extra), 15);
	assert_int_equal(strlen(version.capabilities), 1023);
	assert_int_equal(strlen(version.compile_date), 31);
	assert_int_equal(strlen(version.build_id), 128);
	assert_int_equal(version.virt_start, 0);
	assert_string_equal(version.mitigations, "");
	node_length = 2000; /* without a NUL */
	assert_int_equal(ctl_version(ctl, &version), 0);
	assert_int_equal(strlen(version.mitigations), sizeof(version.mitigations) - 1);
	node_length = ~0U;
	assert_int_equal(ctl_version(ctl, &version), 0);
	assert_string_equal(version.mitigations, "");
	answer = refuse;
	assert_int_equal(ctl_version(ctl, &version), -ESRCH);
}

/* Nodes of every type, and a directory whose lengths lie. */
static struct {
	struct xen_hypfs_direntry e;
	char content[64];
} node;
static char written[64];
static uint64_t written_size;

static long hypfs_answer(struct privcmd_hypercall *call)
{
	assert_int_equal(call->op, __HYPERVISOR_hypfs_op);
	if (call->arg[0] == XEN_HYPFS_OP_write_contents) {
		written_size = call->arg[4];
		memcpy(written, (void *)call->arg[3], sizeof(written));
		return 0;
	}
	memcpy((void *)call->arg[3], &node, sizeof(node));
	return 0;
}

/* A directory gets its entries by hand. */
static void node_is(uint8_t type, const char *content, uint32_t length)
{
	memset(&node, 0, sizeof(node));
	node.e.type = type;
	node.e.content_len = length;
	memcpy(node.content, content, type == XEN_HYPFS_TYPE_DIR || length > 8 ? 0 : length);
}

static void test_hypfs_values(void **state)
{
	char text[32];

	(void)state;
	answer = hypfs_answer;
	node_is(XEN_HYPFS_TYPE_INT, "\xfe\xff", 2);
	assert_int_equal(ctl_hypfs_read(ctl, "/a", text, sizeof(text)), 0);
	assert_string_equal(text, "-2");
	assert_int_equal(ctl_hypfs_write(ctl, "/a", "-3"), 0);
	assert_int_equal(written_size, 2);
	assert_memory_equal(written, "\xfd\xff", 2);
	assert_int_equal(ctl_hypfs_write(ctl, "/a", "3x"), -EINVAL);
	assert_int_equal(ctl_hypfs_write(ctl, "/a", ""), -EINVAL);
	node_is(XEN_HYPFS_TYPE_UINT, "\xfe\xff", 2);
	assert_int_equal(ctl_hypfs_read(ctl, "/a", text, sizeof(text)), 0);
	assert_string_equal(text, "65534");
	node_is(XEN_HYPFS_TYPE_UINT, "", 9);
	assert_int_equal(ctl_hypfs_read(ctl, "/a", text, sizeof(text)), -EINVAL);
	assert_int_equal(ctl_hypfs_write(ctl, "/a", "1"), -EINVAL);
	node_is(XEN_HYPFS_TYPE_BOOL, "\1", 1);
	assert_int_equal(ctl_hypfs_read(ctl, "/a", text, sizeof(text)), 0);
	assert_string_equal(text, "on");
	assert_int_equal(ctl_hypfs_write(ctl, "/a", "Off"), 0);
	assert_int_equal(written[0], 0);
	assert_int_equal(ctl_hypfs_write(ctl, "/a", "maybe"), -EINVAL);
	node_is(XEN_HYPFS_TYPE_STRING, "long", 5);
	assert_int_equal(ctl_hypfs_read(ctl, "/a", text, 3), 0);
	assert_string_equal(text, "lo");
	assert_int_equal(ctl_hypfs_write(ctl, "/a", "word"), 0);
	assert_int_equal(written_size, 5);
	assert_string_equal(written, "word");
	node_is(XEN_HYPFS_TYPE_BLOB, "", 0);
	assert_int_equal(ctl_hypfs_read(ctl, "/a", text, sizeof(text)), -EINVAL);
	assert_int_equal(ctl_hypfs_write(ctl, "/a", "1"), -EACCES);
	node_is(XEN_HYPFS_TYPE_DIR, "", 0);
	assert_int_equal(ctl_hypfs_read(ctl, "/a", text, sizeof(text)), -EISDIR);
}

static void test_hypfs_lists(void **state)
{
	static const uint16_t lies[] = {1, 13, 14, 15, 18, 29, 0xffff};
	struct xen_hypfs_direntry e = {.type = XEN_HYPFS_TYPE_STRING, .max_write_len = 4};
	struct ctl_node list[4];

	(void)state;
	answer = hypfs_answer;
	node_is(XEN_HYPFS_TYPE_DIR, "", 36);
	memcpy(node.content, &e, sizeof(e));
	memcpy(node.content + 12, "\x12\0one", 6);
	memcpy(node.content + 18, &(struct xen_hypfs_direntry){.type = XEN_HYPFS_TYPE_DIR}, 12);
	memcpy(node.content + 18 + 14, "two", 4);
	assert_int_equal(ctl_hypfs_list(ctl, "/a", list, 4), 2);
	assert_string_equal(list[0].name, "one");
	assert_string_equal(list[1].name, "two");
	assert_true(list[0].writable && !list[1].writable);
	assert_int_equal(ctl_hypfs_list(ctl, "/a", list, 1), 1);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		memcpy(node.content + 12, &lies[i], 2);
		assert_in_range(ctl_hypfs_list(ctl, "/a", list, 4), 1, 4);
		node.e.content_len = 20;
		assert_in_range(ctl_hypfs_list(ctl, "/a", list, 4), 1, 4);
		node.e.content_len = 36;
	}
	node.e.content_len = 10;
	assert_int_equal(ctl_hypfs_list(ctl, "/a", list, 4), 0);
	node.e.content_len = ~0U;
	assert_int_equal(ctl_hypfs_list(ctl, "/a", list, 4), -ENOBUFS);
	node.e.type = XEN_HYPFS_TYPE_STRING;
	node.e.content_len = 4;
	assert_int_equal(ctl_hypfs_list(ctl, "/a", list, 4), -ENOTDIR);
	answer = refuse;
	assert_int_equal(ctl_hypfs_list(ctl, "/a", list, 4), -ESRCH);
}

static void test_foreign_map(void **state)
{
	const uint64_t frames[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	void *pages;

	(void)state;
	assert_int_equal(ctl_foreign_map(ctl, 1, PROT_READ, frames, 8, &pages), 0);
	ctl_foreign_unmap(pages, 8);
	frame_errors[5] = -EINVAL;
	assert_int_equal(ctl_foreign_map(ctl, 1, PROT_READ, frames, 8, &pages), -EINVAL);
	assert_int_equal(msync(pages, 8 * 4096, MS_ASYNC), -1); /* nothing is mapped there */
	assert_int_equal(errno, ENOMEM);
	frame_errors[5] = 0;
	batch_result = -EPERM;
	assert_int_equal(ctl_foreign_map(ctl, 1, PROT_READ, frames, 8, &pages), -EPERM);
	assert_int_equal(ctl_foreign_map(ctl, 1, PROT_READ, frames, 0, &pages), -EINVAL);
}

static long check_vcpu(struct privcmd_hypercall *call)
{
	struct xen_domctl *op = (void *)call->arg[0];
	struct vcpu_guest_context *context = (void *)op->u.vcpucontext.ctxt;

	assert_int_equal(op->u.vcpucontext.vcpu, 2);
	if (op->cmd == XEN_DOMCTL_getvcpucontext) {
		context->ctrlreg[3] = 0x5000;
	} else {
		assert_int_equal(context->user_regs.rip, 0x1234);
	}
	return 0;
}

static void test_context(void **state)
{
	struct vcpu_guest_context context = {.flags = 0};

	(void)state;
	answer = check_vcpu;
	context.user_regs.rip = 0x1234;
	assert_int_equal(ctl_vcpu_set_context(ctl, 1, 2, &context), 0);
	assert_int_equal(ctl_vcpu_get_context(ctl, 1, 2, &context), 0);
	assert_int_equal(context.ctrlreg[3], 0x5000);
	assert_int_equal(context.user_regs.rip, 0);
}

static long check_affinity(struct privcmd_hypercall *call)
{
	struct xen_domctl_vcpuaffinity *arg = &((struct xen_domctl *)call->arg[0])->u.vcpuaffinity;

	assert_int_equal(arg->flags, XEN_VCPUAFFINITY_HARD);
	assert_int_equal(((uint8_t *)arg->cpumap_hard.bitmap)[1], 0x81);
	((uint8_t *)arg->cpumap_hard.bitmap)[1] = 0xff; /* what is in force: not for the caller */
	return 0;
}

static void test_affinity(void **state)
{
	const uint8_t hard[2] = {0, 0x81};

	(void)state;
	answer = check_affinity;
	assert_int_equal(ctl_vcpu_set_affinity(ctl, 1, 0, hard, NULL, 16, false), 0);
	assert_int_equal(ctl_vcpu_set_affinity(ctl, 1, 0, hard, NULL, 0, false), -EINVAL);
	assert_int_equal(ctl_vcpu_set_affinity(ctl, 1, 0, hard, NULL, ~0U, false), -EINVAL);
	assert_int_equal(ctl_vcpu_get_affinity(ctl, 1, 0, NULL, NULL, ~0U), -EINVAL);
}

static void test_error_record(void **state)
{
	struct ctl_error err;

	(void)state;
	ctl_error_set(&err, "an-id", "what %d", 5);
	for (uint64_t i = 0; i < 2 * CTL_ERROR_NUMBERS; i++) {
		ctl_error_number(&err, "a name that is longer than its room is", i);
	}
	assert_int_equal(err.number_count, CTL_ERROR_NUMBERS);
	assert_int_equal(strlen(err.numbers[0].name), sizeof(err.numbers[0].name) - 1);
	ctl_error_errno(&err, -ENOENT);
	assert_string_equal(err.cause, strerror(ENOENT));
	ctl_error_set(&err, "other", "x");
	assert_int_equal(err.number_count, 0);
	assert_string_equal(err.cause, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_device),
		cmocka_unit_test_setup_teardown(test_errors_are_negative, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_domain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_list_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_console_bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hypfs_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hypfs_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(test_version, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_map, setup, teardown),
		cmocka_unit_test_setup_teardown(test_context, setup, teardown),
		cmocka_unit_test_setup_teardown(test_affinity, setup, teardown),
		cmocka_unit_test(test_error_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
