/* SPDX-License-Identifier: MIT */
/* The report's tables. Goals: docs/benchmarks.md says where they come from. */
#include "rows.h"

const struct table tables[TABLE_COUNT] = {
	[TABLE_MICRO] =
		{
			.name = "paths",
			.title = "Path lengths, instructions per operation",
			.column =
				{
					{"xen", "Xen 4.17"},
					{"xen-spec-ctrl-no", "Xen spec-ctrl=no"},
					{"argon", "Argon"},
				},
			.theirs = "xen",
			.ours = "argon",
		},
	[TABLE_OPERATIONS] =
		{
			.name = "operations",
			.title = "Whole operations, instructions of the machine per operation",
			.column =
				{
					{"native", "native"},
					{"xen.dom0", "Xen dom0"},
					{"argon.dom0", "Argon dom0"},
					{"xen.guest", "Xen PV guest"},
					{"argon.guest", "Argon PV guest"},
				},
			.theirs = "xen.guest",
			.ours = "argon.guest",
		},
	[TABLE_LIFE] =
		{
			.name = "life",
			.title = "Boot and life of domains, instructions (idle time included)",
			.column =
				{
					{"native", "native"},
					{"xen.xl", "Xen, xl"},
					{"argon.xl", "Argon, xl"},
					{"argon.axl", "Argon, axl"},
				},
			.theirs = "xen.xl",
			.ours = "argon.axl",
		},
	[TABLE_SIZE] =
		{
			.name = "size",
			.title = "Size",
			.column =
				{
					{"xen", "Xen 4.17"},
					{"argon", "Argon"},
				},
			.theirs = "xen",
			.ours = "argon",
		},
	[TABLE_SHARING] =
		{
			.name = "sharing",
			.title = "One CPU among guests that compute without end",
			.column = {{"xen", "Xen 4.17"}, {"argon", "Argon"}},
			.theirs = "xen",
			.ours = "argon",
		},
	[TABLE_CLOCKS] =
		{
			.name = "clocks",
			.title = "Clocks of two guests beside dom0's, all at work, nanoseconds",
			.column = {{"xen", "Xen 4.17"}, {"argon", "Argon"}},
			.theirs = "xen",
			.ours = "argon",
		},
};

#define MICRO(k, t, g)                                                \
	{                                                             \
		.table = TABLE_MICRO, .key = k, .title = t, .goal = g \
	}
#define OPERATION(k, t, g)                                                 \
	{                                                                  \
		.table = TABLE_OPERATIONS, .key = k, .title = t, .goal = g \
	}
#define LIFE(k, t, g)                                                \
	{                                                            \
		.table = TABLE_LIFE, .key = k, .title = t, .goal = g \
	}
#define SIZE(k, t, g)                                                \
	{                                                            \
		.table = TABLE_SIZE, .key = k, .title = t, .goal = g \
	}

#define SHARING(k, t, g)                                                \
	{                                                               \
		.table = TABLE_SHARING, .key = k, .title = t, .goal = g \
	}
#define CLOCKS(k, t, g)                                                \
	{                                                              \
		.table = TABLE_CLOCKS, .key = k, .title = t, .goal = g \
	}

const struct row rows[] = {
	MICRO("null_hypercall", "null hypercall", 80),
	MICRO("xen_version", "xen_version(0)", 0),
	MICRO("user_syscall", "user syscall to guest kernel and back", 180),
	MICRO("user_syscall_isolated", "the same with kernel/user isolation", 200),
	MICRO("user_page_fault", "user page fault to guest kernel and back", 250),
	MICRO("update_va_mapping_same", "update_va_mapping, same entry", 0),
	MICRO("update_va_mapping", "update_va_mapping, other frame, no flush", 250),
	MICRO("update_va_mapping_invlpg", "the same with INVLPG", 0),
	MICRO("update_va_mapping_flush", "the same with a TLB flush", 0),
	MICRO("mmu_update_batch_1", "mmu_update, one entry", 0),
	MICRO("mmu_update_batch_8", "mmu_update per entry of 8", 0),
	MICRO("mmu_update_batch_32", "mmu_update per entry of 32", 120),
	MICRO("mmu_update_batch_128", "mmu_update per entry of 128", 120),
	MICRO("writable_table_mov", "store to a writable page table", 0),
	MICRO("pin_unpin_l1_empty", "pin + unpin of an empty L1", 4000),
	{.table = TABLE_MICRO,
	 .key = "pin_unpin_l1_full",
	 .minus = "pin_unpin_l1_empty",
	 .divisor = 1024,
	 .title = "pin or unpin per present entry, one way",
	 .goal = 60},
	{.table = TABLE_MICRO,
	 .key = "multicall_8_per_entry",
	 .minus = "xen_version",
	 .plus = "null_hypercall",
	 .title = "multicall per entry of 8, less the call",
	 .goal = 40},
	MICRO("evtchn_send_new", "event send, newly pending", 160),
	MICRO("evtchn_send_pending", "event send, pending already", 0),
	MICRO("grant_map_unmap", "grant map + unmap", 900),
	MICRO("grant_copy_64_single", "grant copy of 64 bytes, one", 400),
	MICRO("grant_copy_64_batch_32", "grant copy of 64 bytes, each of 32", 120),
	MICRO("grant_copy_1500_batch_32", "grant copy of 1500 bytes, each of 32", 0),
	MICRO("clts", "emulated clts", 250),
	MICRO("mov_cr0_read", "emulated mov from CR0", 250),
	MICRO("rdmsr_gs_base", "emulated rdmsr", 250),
	MICRO("wrmsr_gs_base", "emulated wrmsr", 250),
	MICRO("in_port", "emulated in", 0),
	MICRO("cpuid_prefixed", "forced cpuid", 0),
	MICRO("new_baseptr", "MMUEXT_NEW_BASEPTR", 0),
	MICRO("new_user_baseptr", "MMUEXT_NEW_USER_BASEPTR", 0),
	MICRO("stack_switch", "stack_switch", 0),
	MICRO("set_segment_base", "set_segment_base", 0),
	MICRO("sched_yield", "sched_op(yield), alone", 0),
	MICRO("vcpu_switch", "sched_op(yield) to another vCPU", 0),
	MICRO("ipi_round_trip", "IPI to a sleeping vCPU on the same CPU, and back", 0),
	MICRO("wake_idle_half", "deadline of a timer to who slept, idle CPU: half of 400", 0),
	MICRO("wake_idle_99", "99 % of them", 0),
	MICRO("wake_idle_max", "the longest", 0),
	MICRO("wake_spinner_half", "the same beside a vCPU that spins: half", 0),
	MICRO("wake_spinner_99", "99 %", 0),
	MICRO("wake_spinner_max", "the longest", 0),

	OPERATION("cpu.getppid", "getppid", 520),
	OPERATION("cpu.touch", "touch an anonymous page", 5600),
	OPERATION("cpu.mmap_unmap", "mmap, touch, munmap a page", 0),
	OPERATION("cpu.mmap_unmap_tables", "the same, making three page tables", 40e3),
	OPERATION("cpu.mprotect_256", "mprotect 256 pages, there and back", 170e3),
	OPERATION("cpu.signal", "signal to oneself", 0),
	OPERATION("cpu.segv_handler", "SIGSEGV handler", 20e3),
	OPERATION("cpu.fork_exit", "fork, exit, wait", 430e3),
	OPERATION("cpu.fork_exec", "fork, exec, wait", 1050e3),
	OPERATION("cpu.fork_exit_16M", "fork with 16 MiB touched, exit, wait", 0),
	OPERATION("cpu.pipe_round_trip", "pipe round trip between processes", 15e3),
	OPERATION("hyp.hypercall", "hypercall through privcmd", 0),
	OPERATION("hyp.event_round_trip", "event-channel round trip through the device", 26e3),
	OPERATION("hyp.grant_map_unmap", "grant map + unmap of a page through the device (dom0)",
		  24e3),
	OPERATION("net.tcp_round_trip", "TCP round trip, guest to dom0 (others: loopback)", 60e3),
	OPERATION("blk.random_read_4k", "4 KiB random read, depth 1 (others: the RAM disk)", 28e3),
	OPERATION("blk.read_1M", "1 MiB sequential read, per MiB", 500e3),
	OPERATION("blk.write_1M", "1 MiB sequential write, per MiB", 0),

	LIFE("boot.first_instruction", "reset to dom0's kernel", 4e9),
	LIFE("boot.kernel_to_init", "dom0 kernel's start to its init", 2.6e9),
	LIFE("boot.hypervisor", "of that, in the hypervisor", 0),
	LIFE("life.guest_kernel_to_init", "PV guest kernel's start to its init", 0),
	LIFE("life.create_paused", "create -p, 256 MiB, kernel unpacked, no devices", 60e6),
	LIFE("life.create_paused_xz", "create -p, 256 MiB, stock XZ bzImage, first", 2e9),
	LIFE("life.create_paused_xz_again", "create -p, 256 MiB, stock XZ bzImage, again", 60e6),
	LIFE("life.step_xz_check", "of that, step: checks, kernel read and unpacked", 0),
	LIFE("life.destroy", "destroy of the 256 MiB guest", 15e6),
	LIFE("life.create_devices", "create -p, 256 MiB, with disk and NIC", 0),
	LIFE("life.step_check", "of that, step: checks, kernel read and unpacked", 0),
	LIFE("life.step_domain", "of that, step: domain, its records and limits", 0),
	LIFE("life.step_build", "of that, step: memory, kernel in place, page tables", 0),
	LIFE("life.step_ramdisk", "of that, step: ramdisk unpacked", 0),
	LIFE("life.step_devices", "of that, step: devices", 0),
	LIFE("life.step_rest", "of that, step: program and configuration", 0),
	LIFE("life.destroy_devices", "destroy of it", 0),
	LIFE("life.step_end_devices", "of that, step: devices", 0),
	LIFE("life.step_end_domain", "of that, step: domain and records", 0),
	LIFE("life.step_end_rest", "of that, step: program", 0),
	LIFE("life.create_tiny_first", "create, 32 MiB without a kernel, first", 8e6),
	LIFE("life.create_tiny_40th", "create, 32 MiB without a kernel, 40th", 8e6),
	LIFE("life.create_tiny_100th", "create, 32 MiB without a kernel, 100th", 8e6),
	LIFE("life.save", "save of the 256 MiB guest", 200e6),
	LIFE("life.restore", "restore of it", 200e6),
	LIFE("life.balloon_down", "mem-set, the guest gives 128 MiB", 0),
	LIFE("life.balloon_up", "mem-set, the guest takes 128 MiB", 0),

	SIZE("size.code_pv", "lines of code that stay in the PV image", 20000),
	SIZE("size.code_boot", "lines of code, given back after boot", 0),
	SIZE("size.code_abi", "lines of code, include/xen", 0),
	SIZE("size.text", "bytes of text", 262144),
	SIZE("size.rodata", "bytes of read-only data", 0),
	SIZE("size.data", "bytes of data", 0),
	SIZE("size.bss", "bytes of bss", 0),
	SIZE("size.kept_2G", "KiB kept by the hypervisor, 2 GiB machine", 0),
	SIZE("size.kept_4G", "KiB kept by the hypervisor, 4 GiB machine", 0),
	SIZE("size.installed", "KiB of programs in dom0, and what they depend on", 0),
	SIZE("size.kept_guest", "KiB kept for a tiny guest beyond its memory", 32),

	SHARING("sharing.weights", "weights 1 : 2 : 4, worst error of a share, millionths of it",
		10e3),
	SHARING("sharing.caps", "caps 5, 25, 50, worst error, millionths of it", 10e3),
	SHARING("sharing.cap_5", "a guest capped at 5 has, %", 0),
	SHARING("sharing.cap_25", "one capped at 25, %", 0),
	SHARING("sharing.cap_50", "one capped at 50, %", 0),
	SHARING("sharing.one", "one guest's work, rounds of 2000 instructions a second", 0),
	SHARING("sharing.twenty", "twenty guests' work in all", 0),

	CLOCKS("clocks.seconds", "seconds compared", 0),
	CLOCKS("clocks.realtime", "the time of day drifts from dom0's by", 1e6),
	CLOCKS("clocks.monotonic", "the monotonic clock drifts by", 1e6),
};
const unsigned int row_count = sizeof(rows) / sizeof(rows[0]);
