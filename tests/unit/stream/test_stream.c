/* SPDX-License-Identifier: MIT */
/* A domain goes into a stream and comes out of it the same, in other frames; a torn or bent
 * stream is refused, and nothing stays mapped. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "../../../dom0-tools/stream/pages.h"
#include "../../../dom0-tools/stream/record.h"
#include "../../../dom0-tools/stream/stream.h"
#include "argon/stream.h"
#include "machine.h"
#include "xen/grant.h"
#include "xen/start_info.h"

#define PFNS 256U
#define HOLE 100U
#define P2M_VIRT 0xffffc90000000000UL

/* The frame that a table leads to. */
#define PTE_OF(mfn, virt, shift) ENTRY_FRAME(((uint64_t *)machine_page(mfn))[(virt) >> (shift)&511])

/* What lies at which pfn. */
enum { L4 = 10, L3, L2, L1, P2M, START_INFO, STORE, CONSOLE, GDT };

static uint64_t p2m[PFNS];

static uint64_t *table(unsigned int pfn)
{
	return machine_page(p2m[pfn]);
}

static void make_tables(void)
{
	const unsigned int levels[] = {L1, L2, L3, L4};

	for (unsigned int i = 0; i < 4; i++) {
		machine.type[p2m[levels[i]]] = (i + 1) << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
	}
	machine.type[p2m[L4]] |= XEN_DOMCTL_PFINFO_LPINTAB;
	table(L4)[P2M_VIRT >> 39 & 511] = p2m[L3] << 12 | 0x67;
	table(L4)[HYPERVISOR_SLOT_FIRST] = 0xdead000 | 1; /* not the guest's: not saved */
	table(L3)[P2M_VIRT >> 30 & 511] = p2m[L2] << 12 | 0x67;
	table(L2)[P2M_VIRT >> 21 & 511] = p2m[L1] << 12 | 0x67;
	table(L1)[P2M_VIRT >> 12 & 511] = p2m[P2M] << 12 | 0x8000000000000161UL;
	table(L1)[5] = 0xabc000; /* not present: left as it is */
}

static void make_domain(void)
{
	struct machine_domain *d;
	struct shared_info *shared;
	struct start_info *info;

	machine_reset();
	d = &machine.domain[SAVED];
	for (unsigned int pfn = 0; pfn < PFNS; pfn++) {
		p2m[pfn ^ 3] = machine_frame(SAVED); /* not in order */
	}
	for (unsigned int pfn = 0; pfn < PFNS; pfn++) {
		memset(machine_page(p2m[pfn]), pfn >= L4 && pfn <= P2M ? 0 : (int)pfn, 4096);
	}
	p2m[HOLE] = ~0UL;
	make_tables();
	for (unsigned int i = 0; i < 512; i++) {
		table(P2M)[i] = i < PFNS ? p2m[i] : ~0UL;
	}
	table(P2M)[101] = 1UL << 63 | 5; /* somebody else's frame */
	shared = machine_page(d->shared_info);
	shared->arch.max_pfn = PFNS;
	shared->arch.p2m_cr3 = p2m[L4] << 12;
	shared->arch.p2m_vaddr = P2M_VIRT;
	shared->evtchn_pending[0] = 6;
	info = machine_page(p2m[START_INFO]);
	info->store_mfn = STORE; /* Linux has turned them into pfns */
	info->console.domU.mfn = CONSOLE;
	d->context.user_regs.rdx = p2m[START_INFO];
	d->context.user_regs.rip = 0x1234;
	d->context.ctrlreg[3] = p2m[L4] << 12;
	d->context.gdt_ents = 16;
	d->context.gdt_frames[0] = p2m[GDT];
	d->extended.syscall32_callback_eip = 77;
	d->tsc.gtsc_khz = 12345;
	memset(d->xsave, 3, sizeof(d->xsave));
	d->suspended = true;
}

/* The domain in a file; in which form. */
static int save_as(bool compress, struct ctl_error *err)
{
	int fd = memfd_create("saved", 0);
	struct stream_file *file = stream_file_create(fd, compress);
	int ret = stream_write_head(file, "{\"x\": 1}", err);

	assert_int_equal(ret, 0);
	if (stream_save(NULL, SAVED, file, NULL, err) || stream_write_tail(file, err)) {
		close(fd);
		fd = -1;
	}
	stream_file_free(file);
	return fd;
}

static int save(struct ctl_error *err)
{
	return save_as(false, err);
}

static int restore(int fd, struct stream_restore_result *result, struct ctl_error *err)
{
	const struct stream_restore_params params = {
		.domid = RESTORED,
		.maxmem_kib = 4096,
		.vcpus = 1,
		.store_port = 11,
		.console_port = 12,
	};
	struct stream_file *file = stream_file_open(fd);
	char *json = NULL;
	int ret;

	lseek(fd, 0, SEEK_SET);
	ret = stream_read_head(file, &json, err);
	free(json);
	if (!ret) {
		ret = stream_restore(NULL, file, &params, NULL, result, err);
	}
	if (!ret) {
		ret = stream_read_tail(file, err);
	}
	stream_file_free(file);
	return ret;
}

/* The restored domain's table, read back from its frames. */
static void check_contents(const uint64_t *now)
{
	for (unsigned int pfn = 0; pfn < PFNS; pfn++) {
		uint8_t *page;

		if (pfn == HOLE || pfn == 101) {
			assert_int_equal(now[pfn], ~0UL);
			continue;
		}
		assert_int_equal(machine.owner[now[pfn]], RESTORED);
		page = machine_page(now[pfn]);
		if (pfn < L4 || pfn > START_INFO) {
			assert_int_equal(page[0], (uint8_t)pfn);
			assert_int_equal(page[4095], (uint8_t)pfn);
		}
	}
	assert_int_equal(((uint64_t *)machine_page(now[L4]))[HYPERVISOR_SLOT_FIRST], 0);
	assert_int_equal(((uint64_t *)machine_page(now[L1]))[P2M_VIRT >> 12 & 511],
			 now[P2M] << 12 | 0x8000000000000161UL);
	assert_int_equal(((uint64_t *)machine_page(now[L1]))[5], 0xabc000);
}

static void round_trip(bool compress)
{
	const struct machine_domain *d = &machine.domain[RESTORED];
	struct stream_restore_result result = {0};
	const struct grant_entry_v1 *grants;
	const struct shared_info *shared;
	const struct start_info *info;
	struct ctl_error err;
	uint64_t now[PFNS], root;
	int fd;

	make_domain();
	fd = save_as(compress, &err);
	assert_true(fd >= 0);
	assert_int_equal(restore(fd, &result, &err), 0);
	close(fd);
	root = xen_cr3_to_pfn(d->context.ctrlreg[3]);
	assert_int_equal(d->pin_count, 1);
	assert_int_equal(d->pinned[0], root);
	/* the way down to the p2m, as the guest would go it */
	root = PTE_OF(root, P2M_VIRT, 39);
	root = PTE_OF(root, P2M_VIRT, 30);
	root = PTE_OF(root, P2M_VIRT, 21);
	root = PTE_OF(root, P2M_VIRT, 12);
	memcpy(now, machine_page(root), sizeof(now));
	check_contents(now);
	info = machine_page(now[START_INFO]);
	assert_int_equal(d->context.user_regs.rdx, now[START_INFO]);
	assert_int_equal(d->context.user_regs.rip, 0x1234);
	assert_int_equal(d->context.gdt_frames[0], now[GDT]);
	assert_int_equal(info->store_mfn, now[STORE]);
	assert_int_equal(info->store_evtchn, 11);
	assert_int_equal(info->console.domU.mfn, now[CONSOLE]);
	assert_int_equal(info->console.domU.evtchn, 12);
	assert_int_equal(info->shared_info, d->shared_info << 12);
	assert_int_equal(result.store_mfn, now[STORE]);
	shared = machine_page(d->shared_info);
	assert_int_equal(shared->evtchn_pending[0], 0);
	assert_int_equal(shared->evtchn_mask[0], ~0UL);
	assert_int_equal(shared->arch.max_pfn, PFNS);
	grants = machine_page(d->grant_table);
	assert_int_equal(grants[GNTTAB_RESERVED_XENSTORE].frame, now[STORE]);
	assert_int_equal(d->tsc.gtsc_khz, 12345);
	assert_int_equal(d->extended.syscall32_callback_eip, 77);
	assert_int_equal(d->xsave[0], 3);
	assert_int_equal(d->leaves, 2);
	assert_int_equal(machine.maps, 0);
}

static void test_round_trip(void **state)
{
	(void)state;
	round_trip(false);
}

static void test_round_trip_compressed(void **state)
{
	(void)state;
	round_trip(true);
}

static void refuse_restore(int fd, off_t at)
{
	struct stream_restore_result result;
	struct ctl_error err;

	if (!restore(fd, &result, &err)) {
		fail_msg("taken with a fault at %lld", (long long)at);
	}
	assert_string_equal(err.id, "bad-save-file");
	assert_true(err.cause[0]);
	assert_int_equal(machine.maps, 0);
}

/* Whatever of a stream is missing at its end, it is refused with the reason. */
static void torn(bool compress)
{
	struct ctl_error err;
	off_t size = 1, step;

	for (off_t len = 0; len < size; len += step) {
		int fd;

		make_domain();
		fd = save_as(compress, &err);
		size = lseek(fd, 0, SEEK_END);
		step = len < 4000 ? 61 : len > size - 4000 ? 17 : size / 16;
		step = len < size - 4000 && len + step > size - 4000 ? size - 4000 - len : step;
		assert_int_equal(ftruncate(fd, len), 0);
		refuse_restore(fd, len);
		close(fd);
	}
}

static void test_torn(void **state)
{
	(void)state;
	torn(false);
	torn(true);
}

/* One bit the other way, anywhere: refused. */
static void bent(bool compress, off_t step)
{
	struct ctl_error err;
	off_t size = 1;

	for (off_t at = 0; at < size; at += at < 3000 || at > size - 100 ? 7 : step) {
		uint8_t byte;
		int fd;

		make_domain();
		fd = save_as(compress, &err);
		size = lseek(fd, 0, SEEK_END);
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= (uint8_t)(1U << at % 8);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		refuse_restore(fd, at);
		close(fd);
	}
}

static void test_bent(void **state)
{
	(void)state;
	bent(false, 12347);
	bent(true, 37);
}

/* The sum at the file's end is what the library says, whichever instructions made it. */
static void test_sum(void **state)
{
	struct argon_stream_sum end;
	struct ctl_error err;
	off_t len;
	void *all;
	int fd;

	(void)state;
	make_domain();
	fd = save(&err);
	len = lseek(fd, 0, SEEK_END) - (off_t)sizeof(end);
	assert_int_equal(pread(fd, &end, sizeof(end), len), sizeof(end));
	all = mmap(NULL, (size_t)len, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(all, MAP_FAILED);
	assert_memory_equal(end.magic, ARGON_SUM_MAGIC, sizeof(end.magic));
	assert_int_equal(end.bytes, len);
	assert_true(end.xxh3 == XXH3_64bits(all, (size_t)len));
	munmap(all, (size_t)len);
	close(fd);
}

/* xl's file is ours without the sum, and without the word in its header that one follows. */
static int as_xl_writes(void)
{
	struct xl_save_header head;
	struct ctl_error err;
	int fd = save(&err);

	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - 32), 0);
	assert_int_equal(pread(fd, &head, sizeof(head), 0), sizeof(head));
	head.optional_flags = 0;
	assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	return fd;
}

static void test_no_sum(void **state)
{
	struct stream_restore_result result;
	struct ctl_error err;
	int fd;

	(void)state;
	make_domain();
	fd = as_xl_writes();
	assert_int_equal(restore(fd, &result, &err), 0);
	make_domain();
	assert_int_equal(pwrite(fd, "more", 4, lseek(fd, 0, SEEK_END)), 4);
	refuse_restore(fd, 0);
	close(fd);
}

/* A few bytes that unpack to records without end are given up. */
static void test_bomb(void **state)
{
	struct ctl_error err;
	int fd = memfd_create("bomb", 0);
	struct stream_file *file = stream_file_create(fd, true);
	const struct xc_sr_rhdr hdr = {.type = REC_TYPE_OPTIONAL | 77, .length = 1U << 20};
	uint8_t *body = calloc(1, hdr.length);
	uint8_t image[40];
	int plain;

	(void)state;
	make_domain();
	plain = save(&err);
	/* the image's headers lie behind xl's and libxl's */
	assert_int_equal(pread(plain, image, sizeof(image), 48 + 4 + 9 + 16 + 8), sizeof(image));
	close(plain);
	assert_int_equal(stream_write_head(file, "{\"x\": 1}", &err), 0);
	assert_int_equal(stream_write(file, image, sizeof(image), &err), 0);
	for (unsigned int i = 0; i < 256; i++) {
		assert_int_equal(stream_write(file, &hdr, sizeof(hdr), &err), 0);
		assert_int_equal(stream_write(file, body, hdr.length, &err), 0);
	}
	assert_int_equal(stream_write_tail(file, &err), 0);
	stream_file_free(file);
	free(body);
	assert_true(lseek(fd, 0, SEEK_END) < 1 << 20);
	refuse_restore(fd, 0);
	assert_true(restore(fd, NULL, &err));
	assert_non_null(strstr(err.cause, "unpacks to more"));
	close(fd);
}

static void test_full(void **state)
{
	struct ctl_error err;
	int fd = open("/dev/full", O_WRONLY);
	struct stream_file *file = stream_file_create(fd, false);
	int ret;

	(void)state;
	make_domain();
	ret = stream_write_head(file, "{}", &err);
	ret = ret ? ret : stream_save(NULL, SAVED, file, NULL, &err);
	ret = ret ? ret : stream_write_tail(file, &err);
	assert_int_equal(ret, -ENOSPC);
	assert_string_equal(err.id, "save-failed");
	assert_int_equal(machine.maps, 0);
	stream_file_free(file);
	close(fd);
}

static void refuse_save(const char *id)
{
	struct ctl_error err;

	assert_int_equal(save(&err), -1);
	assert_string_equal(err.id, id);
	assert_int_equal(machine.maps, 0);
}

static void test_save_refusals(void **state)
{
	struct shared_info *shared;

	(void)state;
	make_domain();
	machine.domain[SAVED].suspended = false;
	refuse_save("not-suspended");
	make_domain();
	shared = machine_page(machine.domain[SAVED].shared_info);
	shared->arch.p2m_cr3 = 0;
	refuse_save("save-failed");
	make_domain();
	shared = machine_page(machine.domain[SAVED].shared_info);
	shared->arch.p2m_vaddr = 0x1000; /* nothing there */
	refuse_save("save-failed");
	make_domain();
	table(L1)[7] = machine.domain[RESTORED].shared_info << 12 | 1; /* not its own */
	refuse_save("save-failed");
	make_domain();
	machine.domain[SAVED].context.gdt_frames[0] = 4000;
	refuse_save("save-failed");
	make_domain();
	machine.domain[SAVED].context.user_regs.rdx = ~0UL;
	refuse_save("save-failed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_torn),
		cmocka_unit_test(test_bent),       cmocka_unit_test(test_round_trip_compressed),
		cmocka_unit_test(test_no_sum),     cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_full),       cmocka_unit_test(test_save_refusals),
		cmocka_unit_test(test_sum),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
