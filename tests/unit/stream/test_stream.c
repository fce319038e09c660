/* SPDX-License-Identifier: MIT */
/* A domain goes into a stream and comes out of it the same, in other frames; a torn or bent
 * stream is refused, and nothing stays mapped. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../dom0-tools/stream/pages.h"
#include "../../../dom0-tools/stream/stream.h"
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

static int save(struct ctl_error *err)
{
	int fd = memfd_create("saved", 0);

	assert_int_equal(stream_write_head(fd, "{\"x\": 1}", err), 0);
	if (stream_save(NULL, SAVED, fd, NULL, err) || stream_write_tail(fd, err)) {
		close(fd);
		return -1;
	}
	return fd;
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
	char *json = NULL;
	int ret;

	lseek(fd, 0, SEEK_SET);
	ret = stream_read_head(fd, &json, err);
	free(json);
	if (!ret) {
		ret = stream_restore(NULL, fd, &params, NULL, result, err);
	}
	return ret ? ret : stream_read_tail(fd, err);
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

static void test_round_trip(void **state)
{
	const struct machine_domain *d = &machine.domain[RESTORED];
	struct stream_restore_result result = {0};
	const struct grant_entry_v1 *grants;
	const struct shared_info *shared;
	const struct start_info *info;
	struct ctl_error err;
	uint64_t now[PFNS], root;
	int fd;

	(void)state;
	make_domain();
	fd = save(&err);
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

/* Whatever of a stream is missing at its end, it is refused with the reason. */
static void test_torn(void **state)
{
	struct stream_restore_result result;
	struct ctl_error err;
	off_t size;
	int fd;

	(void)state;
	make_domain();
	fd = save(&err);
	size = lseek(fd, 0, SEEK_END);
	for (off_t len = 0; len < size; len += len < 4000 || len > size - 4000 ? 61 : 81920) {
		assert_int_equal(ftruncate(fd, size), 0);
		close(fd);
		make_domain();
		fd = save(&err);
		assert_int_equal(ftruncate(fd, len), 0);
		assert_true(restore(fd, &result, &err));
		assert_string_equal(err.id, "bad-save-file");
		assert_true(err.cause[0]);
		assert_int_equal(machine.maps, 0);
	}
	close(fd);
}

/* One bit the other way: accepted or refused, but nothing breaks and nothing stays mapped. */
static void test_bent(void **state)
{
	struct stream_restore_result result;
	struct ctl_error err;
	unsigned int refused = 0;

	(void)state;
	for (unsigned int at = 0; at < 3000; at += 23) {
		uint8_t byte;
		int fd;

		make_domain();
		fd = save(&err);
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= (uint8_t)(1U << at % 8);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		refused += restore(fd, &result, &err) != 0;
		assert_int_equal(machine.maps, 0);
		close(fd);
	}
	assert_true(refused > 10);
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
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_bent),
		cmocka_unit_test(test_save_refusals),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
