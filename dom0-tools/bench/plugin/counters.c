/* SPDX-License-Identifier: MIT */
/*
 * QEMU plugin for one emulated CPU: counts instructions and the events of decode.h between the
 * marks that the measured program executes. Arguments: out=FILE, and profile=FILE for the
 * instructions per translated block of each row. Lines of FILE:
 *   interval INSNS HYPERVISOR HOST_NS EVENT...  one per BEGIN/END pair, in order; HYPERVISOR is
 *                                      the part of INSNS at the addresses guests leave to it
 *   row STREAM INSNS HYPERVISOR  the intervals since the last row belong together; since reset
 *   kernel INSNS HYPERVISOR      since reset, when the first guest kernel begins
 *   block ADDRESS INSNS                (profile) of the row before, in all its intervals
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <argon/bench_marks.h>
#include "decode.h"
#include "qemu_plugin.h"

__attribute__((visibility("default"))) int qemu_plugin_version = QEMU_PLUGIN_INTERFACE;

/* The hole that the PV ABI keeps free: L4 slots 256 to 271. */
#define HOLE_START 0xffff800000000000UL
#define HOLE_END 0xffff880000000000UL

#define KERNEL_START 0xffffffff80000000UL
#define KERNEL_BLOCKS 4 /* a block may be translated and not run */

struct counts {
	uint64_t insns;
	uint64_t hypervisor;
	uint64_t host_ns;
	uint64_t event[EVENT_COUNT];
};

/* One per translation; a block may be translated again. */
struct block {
	struct block *next;
	uint64_t address;
	uint64_t insns; /* executed, ever */
	uint64_t at_begin;
	uint64_t in_row;
};

static FILE *out, *profile;
static struct counts now, begin;
static struct block *blocks;
static unsigned int kernel_blocks;

static uint64_t host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void interval_begin(void)
{
	for (struct block *b = blocks; b != NULL; b = b->next) {
		b->at_begin = b->insns;
	}
	begin = now;
	begin.host_ns = host_ns();
}

static void interval_end(void)
{
	now.host_ns = host_ns();
	fprintf(out, "interval %" PRIu64 " %" PRIu64 " %" PRIu64, now.insns - begin.insns,
		now.hypervisor - begin.hypervisor, now.host_ns - begin.host_ns);
	for (int e = 0; e < EVENT_COUNT; e++) {
		fprintf(out, " %" PRIu64, now.event[e] - begin.event[e]);
	}
	fputc('\n', out);
	for (struct block *b = blocks; b != NULL; b = b->next) {
		b->in_row += b->insns - b->at_begin;
	}
}

static void row(unsigned int stream)
{
	fprintf(out, "row %u %" PRIu64 " %" PRIu64 "\n", stream, now.insns, now.hypervisor);
	fflush(out);
	if (profile == NULL) {
		return;
	}
	for (struct block *b = blocks; b != NULL; b = b->next) {
		if (b->in_row != 0) {
			fprintf(profile, "block %" PRIx64 " %" PRIu64 "\n", b->address, b->in_row);
		}
		b->in_row = 0;
	}
	fprintf(profile, "row %u\n", stream);
}

static void mark_executed(unsigned int cpu, void *data)
{
	unsigned int mark = (unsigned int)(uintptr_t)data;

	(void)cpu;
	if (mark == MARK_BEGIN) {
		interval_begin();
	} else if (mark == MARK_END) {
		interval_end();
	} else if (mark >= MARK_ROW && mark < MARK_ROW + MARK_STREAMS) {
		row(mark - MARK_ROW);
	}
}

/* Linux and our own guests, but no hypervisor, run in the last 2 GiB. */
static void kernel_begins(unsigned int cpu, void *data)
{
	static bool known;

	(void)cpu;
	(void)data;
	if (!known) {
		known = true;
		fprintf(out, "kernel %" PRIu64 " %" PRIu64 "\n", now.insns, now.hypervisor);
	}
}

static void block_count(struct qemu_plugin_tb *tb)
{
	struct block *b = calloc(1, sizeof(*b));
	size_t n = qemu_plugin_tb_n_insns(tb);

	if (b == NULL) {
		abort();
	}
	b->address = qemu_plugin_tb_vaddr(tb);
	b->next = blocks;
	blocks = b;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, PLUGIN_INLINE_ADD_U64, &b->insns, n);
}

static void block_translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (profile != NULL) {
		block_count(tb);
	}
	qemu_plugin_register_vcpu_tb_exec_inline(tb, PLUGIN_INLINE_ADD_U64, &now.insns, n);
	if (qemu_plugin_tb_vaddr(tb) >= KERNEL_START && kernel_blocks < KERNEL_BLOCKS) {
		kernel_blocks++;
		qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, 0),
						       kernel_begins, PLUGIN_CB_NO_REGS, NULL);
	}
	if (qemu_plugin_tb_vaddr(tb) >= HOLE_START && qemu_plugin_tb_vaddr(tb) < HOLE_END) {
		qemu_plugin_register_vcpu_tb_exec_inline(tb, PLUGIN_INLINE_ADD_U64, &now.hypervisor,
							 n);
	}
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const uint8_t *bytes = qemu_plugin_insn_data(insn);
		size_t length = qemu_plugin_insn_size(insn);
		enum event e = event_of(bytes, length);
		int mark = mark_of(bytes, length);

		if (e != EVENT_NONE) {
			qemu_plugin_register_vcpu_insn_exec_inline(insn, PLUGIN_INLINE_ADD_U64,
								   &now.event[e], 1);
		}
		if (mark >= 0) {
			qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_executed,
							       PLUGIN_CB_NO_REGS,
							       (void *)(uintptr_t)mark);
		}
	}
}

static void at_exit(uint64_t id, void *data)
{
	(void)id;
	(void)data;
	fclose(out);
	if (profile != NULL) {
		fclose(profile);
	}
}

static FILE *file_open(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL) {
		fprintf(stderr, "counters: can't write %s\n", path);
	}
	return f;
}

__attribute__((visibility("default"))) int qemu_plugin_install(uint64_t id,
							       const struct plugin_info *info,
							       int argc, char **argv)
{
	if (!info->system_emulation || info->system.smp_vcpus != 1) {
		fprintf(stderr, "counters: one emulated CPU only\n");
		return -1;
	}
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "out=", 4) == 0) {
			out = file_open(argv[i] + 4);
		} else if (strncmp(argv[i], "profile=", 8) == 0) {
			profile = file_open(argv[i] + 8);
		}
	}
	if (out == NULL) {
		fprintf(stderr, "counters: out=FILE is wanted\n");
		return -1;
	}
	fputs("# interval insns hypervisor host_ns", out);
	for (int e = 0; e < EVENT_COUNT; e++) {
		fprintf(out, " %s", event_names[e]);
	}
	fputc('\n', out);
	qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
