/* SPDX-License-Identifier: MIT */
/*
 * The part of QEMU's TCG plugin interface (version 1, QEMU 7.2) that the counters use; Debian
 * packages no header for it.
 */
#ifndef BENCH_QEMU_PLUGIN_H
#define BENCH_QEMU_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_PLUGIN_INTERFACE 1

struct plugin_info {
	const char *target_name;
	struct {
		int min;
		int cur;
	} version;
	bool system_emulation;
	union {
		struct {
			int smp_vcpus;
			int max_vcpus;
		} system;
	};
};

/* A translated block and an instruction in it; valid within the translation callback only. */
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { PLUGIN_CB_NO_REGS };
enum { PLUGIN_INLINE_ADD_U64 };

typedef void plugin_tb_trans_cb(uint64_t id, struct qemu_plugin_tb *tb);
typedef void plugin_exec_cb(unsigned int cpu, void *data);
typedef void plugin_atexit_cb(uint64_t id, void *data);

/* Ours, called and read by QEMU. */
extern int qemu_plugin_version;
int qemu_plugin_install(uint64_t id, const struct plugin_info *info, int argc, char **argv);

/* QEMU's. */
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, plugin_tb_trans_cb *cb);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, plugin_exec_cb *cb,
					    int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op,
						void *counter, uint64_t step);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *counter,
					      uint64_t step);
void qemu_plugin_register_atexit_cb(uint64_t id, plugin_atexit_cb *cb, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#endif /* BENCH_QEMU_PLUGIN_H */
