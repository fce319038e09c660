/* SPDX-License-Identifier: MIT */
/*
 * Path lengths of the hypervisor, one "BENCH name value" line each. Under QEMU with
 * -icount shift=0,sleep=off the TSC counts instructions. Best of 5 rounds of 256 calls, the
 * empty loop subtracted; the guest's own call stub (3 to 12 instructions) is included.
 */
#include <stdio.h>
#include <string.h>

#include <argon/bench_marks.h>
#include <xen/callback.h>
#include <xen/event.h>
#include <xen/grant.h>
#include <xen/physdev.h>
#include <xen/sched.h>

#include "claim.h"
#include "events.h"
#include "gnttab/gnttab.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "window.h"

const char test_title[] = "bench: instructions per operation";

#define ROUNDS 5
#define CALLS 256
#define USER_TEXT 0x400000UL
#define USER_STACK 0x600000UL
#define USER_ABSENT 0x800000UL
#define NR_UNUSED 11UL

#define PTE_OF(page, flags) (va_to_mfn(page) << 12 | (flags))

static uint64_t empty; /* ticks of CALLS turns of nothing */

/* Ticks without a fence: the fence would count as an instruction of its own. */
static inline uint64_t ticks(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* Value per operation, in tenths, rounded. */
static void report_tenths(const char *name, uint64_t total, uint64_t operations)
{
	uint64_t tenths = (total * 10 + operations / 2) / operations;

	bench_mark_row(0);
	printf("BENCH %s %lu.%lu %lu\n", name, tenths / 10, tenths % 10, operations);
}

/* Times CALLS turns of a statement, operations in each. */
#define MEASURE_N(name, operations, statement)                         \
	do {                                                           \
		uint64_t best_ = ~0UL;                                 \
		for (int round_ = 0; round_ < ROUNDS; round_++) {      \
			uint64_t start_;                               \
			BENCH_MARK(MARK_BEGIN);                        \
			start_ = ticks();                              \
			for (int turn_ = 0; turn_ < CALLS; turn_++) {  \
				statement;                             \
				__asm__ volatile("" : : : "memory");   \
			}                                              \
			start_ = ticks() - start_;                     \
			BENCH_MARK(MARK_END);                          \
			best_ = start_ < best_ ? start_ : best_;       \
		}                                                      \
		report_tenths(name, best_ > empty ? best_ - empty : 0, \
			      (uint64_t)(operations)*CALLS);           \
	} while (0)
#define MEASURE(name, statement) MEASURE_N(name, 1, statement)

static void measure_empty(void)
{
	uint64_t best = ~0UL, nops;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = ticks();

		for (int turn = 0; turn < CALLS; turn++) {
			__asm__ volatile("" : : : "memory");
		}
		start = ticks() - start;
		best = start < best ? start : best;
	}
	empty = best;
	nops = ticks();
	__asm__ volatile(".rept 10000; nop; .endr");
	nops = ticks() - nops;
	printf("BENCH-INFO empty loop %lu ticks for %d turns; 10000 nops %lu ticks\n", empty, CALLS,
	       nops);
	if (nops > 11000) {
		printf("BENCH-INFO the TSC does not count instructions here: values are ticks\n");
	}
}

static void measure_simple(void)
{
	MEASURE("null_hypercall", hypercall1(NR_UNUSED, 0));
	MEASURE("xen_version", hypercall2(__HYPERVISOR_xen_version, 0, 0));
	MEASURE("stack_switch",
		hypercall2(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, ptr_arg(trap_stack_end)));
	MEASURE("fpu_taskswitch", hypercall1(__HYPERVISOR_fpu_taskswitch, 0));
	MEASURE("set_segment_base", hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_FS, 0x1000));
	MEASURE("sched_yield", hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0));
}

static void measure_multicall(void)
{
	static struct multicall_entry list[8];

	for (int i = 0; i < 8; i++) {
		list[i].op = __HYPERVISOR_xen_version;
	}
	MEASURE("multicall_1", hypercall2(__HYPERVISOR_multicall, ptr_arg(list), 1));
	MEASURE_N("multicall_8_per_entry", 8, hypercall2(__HYPERVISOR_multicall, ptr_arg(list), 8));
}

static void measure_instructions(void)
{
	uint64_t value;
	uint32_t lo, hi;

	MEASURE("mov_cr0_read", __asm__ volatile("mov %%cr0, %0" : "=r"(value)));
	MEASURE("mov_cr2_read", __asm__ volatile("mov %%cr2, %0" : "=r"(value)));
	MEASURE("mov_cr4_read", __asm__ volatile("mov %%cr4, %0" : "=r"(value)));
	MEASURE("clts", __asm__ volatile("clts"));
	MEASURE("rdmsr_gs_base", __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(0xc0000101)));
	MEASURE("wrmsr_gs_base", __asm__ volatile("wrmsr" : : "a"(0), "d"(0), "c"(0xc0000101)));
	MEASURE("rdmsr_kernel_gs", __asm__ volatile("rdmsr"
						    : "=a"(lo), "=d"(hi)
						    : "c"(0xc0000102)));
	MEASURE("in_port", __asm__ volatile("inb $0x80, %%al" : "=a"(lo)));
	MEASURE("cpuid_prefixed", {
		lo = 1;
		hi = 0;
		__asm__ volatile(XEN_CPUID : "+a"(lo), "+c"(hi) : : "rbx", "rdx");
	});
}

static void measure_update_va(void)
{
	char *window = window_alloc(1);
	char *a = page_alloc(), *b = page_alloc();
	uint64_t pte_a = PTE_OF(a, PTE_KERNEL), pte_b = PTE_OF(b, PTE_KERNEL);
	static const struct {
		const char *name;
		uint64_t flush;
	} kinds[] = {
		{"update_va_mapping", UVMF_NONE},
		{"update_va_mapping_invlpg", UVMF_INVLPG},
		{"update_va_mapping_flush", UVMF_TLB_FLUSH},
	};

	hypercall3(__HYPERVISOR_update_va_mapping, ptr_arg(window), pte_a, 0);
	MEASURE("update_va_mapping_same",
		hypercall3(__HYPERVISOR_update_va_mapping, ptr_arg(window), pte_a, 0));
	for (int i = 0; i < 3; i++) {
		MEASURE_N(kinds[i].name, 2, {
			hypercall3(__HYPERVISOR_update_va_mapping, ptr_arg(window), pte_b,
				   kinds[i].flush);
			hypercall3(__HYPERVISOR_update_va_mapping, ptr_arg(window), pte_a,
				   kinds[i].flush);
		});
	}
	pt_remap(window, 0);
	page_free(a);
	page_free(b);
}

static void measure_mmu_update(void)
{
	static struct mmu_update set[128], clear[128];
	static const int batches[] = {1, 8, 32, 128};
	char *window = window_alloc(128);
	char *page = page_alloc();
	char name[32];

	for (int i = 0; i < 128; i++) {
		set[i].ptr = va_to_maddr(window_entry(window + i * 4096L));
		set[i].val = PTE_OF(page, PTE_KERNEL);
		clear[i].ptr = set[i].ptr;
	}
	for (unsigned int b = 0; b < 4; b++) {
		snprintf(name, sizeof(name), "mmu_update_batch_%d", batches[b]);
		MEASURE_N(name, 2 * batches[b], {
			hypercall4(__HYPERVISOR_mmu_update, ptr_arg(set), (unsigned)batches[b], 0,
				   DOMID_SELF);
			hypercall4(__HYPERVISOR_mmu_update, ptr_arg(clear), (unsigned)batches[b], 0,
				   DOMID_SELF);
		});
	}
	page_free(page);
}

static void measure_ptwr(void)
{
	char *window = window_alloc(1);
	char *page = page_alloc();
	volatile uint64_t *entry = window_entry(window);
	uint64_t pte = PTE_OF(page, PTE_KERNEL);

	hypercall2(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	MEASURE_N("writable_table_mov", 2, {
		*entry = pte;
		*entry = 0;
	});
	page_free(page);
}

static void measure_pin(void)
{
	uint64_t *l1 = page_alloc();
	char *page = page_alloc();

	pt_make_readonly(l1);
	MEASURE("pin_unpin_l1_empty", {
		pt_pin(l1, 1);
		pt_unpin(l1);
	});
	pt_make_writable(l1);
	for (int i = 0; i < 512; i++) {
		l1[i] = PTE_OF(page, PTE_KERNEL);
	}
	pt_make_readonly(l1);
	MEASURE("pin_unpin_l1_full", {
		pt_pin(l1, 1);
		pt_unpin(l1);
	});
	pt_make_writable(l1);
	memset(l1, 0, 4096);
	page_free(l1);
	page_free(page);
}

static void measure_roots(const uint64_t *user_l4)
{
	struct mmuext_op op = {
		.cmd = MMUEXT_NEW_BASEPTR,
		.arg1.mfn = va_to_mfn(pt_kernel_l4()),
	};

	MEASURE("new_baseptr", hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(&op), 1, 0, DOMID_SELF));
	op = (struct mmuext_op){
		.cmd = MMUEXT_NEW_USER_BASEPTR,
		.arg1.mfn = va_to_mfn(user_l4),
	};
	MEASURE("new_user_baseptr",
		hypercall4(__HYPERVISOR_mmuext_op, ptr_arg(&op), 1, 0, DOMID_SELF));
}

static void measure_events(void)
{
	evtchn_port_t in = events_alloc_unbound(DOMID_SELF);
	evtchn_port_t out = events_bind_interdomain(DOMID_SELF, in);
	struct evtchn_send send = {.port = out};
	struct shared_info *shared = runtime_shared_info();

	/* upcalls off: the send alone */
	runtime_vcpu_info()->evtchn_upcall_mask = 1;
	shared->evtchn_mask[in / 64] &= ~(1UL << (in % 64));
	MEASURE("evtchn_send_pending",
		hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, ptr_arg(&send)));
	MEASURE("evtchn_send_new", {
		shared->evtchn_pending[in / 64] = 0;
		shared->vcpu_info[0].evtchn_pending_sel = 0;
		shared->vcpu_info[0].evtchn_upcall_pending = 0;
		hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, ptr_arg(&send));
	});
	shared->evtchn_pending[in / 64] = 0;
	shared->vcpu_info[0].evtchn_upcall_pending = 0;
}

static void measure_grants(void)
{
	static struct gnttab_copy copies[32];
	static const uint16_t lengths[] = {64, 1500};
	char *window = window_alloc(1);
	char *page = page_alloc(), *to = page_alloc();
	xen_domid_t self = events_own_domid();
	int ref = (gnttab_init(1), gnttab_grant(self, page, false));
	struct gnttab_map_grant_ref map = {
		.host_addr = ptr_arg(window),
		.flags = GNTMAP_host_map,
		.ref = (grant_ref_t)ref,
		.dom = self,
	};
	struct gnttab_unmap_grant_ref unmap = {.host_addr = ptr_arg(window)};
	char name[32];

	MEASURE("grant_map_unmap", {
		hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, ptr_arg(&map), 1);
		unmap.handle = map.handle;
		hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, ptr_arg(&unmap),
			   1);
	});
	for (int l = 0; l < 2; l++) {
		for (int i = 0; i < 32; i++) {
			copies[i] = (struct gnttab_copy){
				.source = {.u.ref = (grant_ref_t)ref, .domid = DOMID_SELF},
				.dest = {.u.gmfn = va_to_mfn(to), .domid = DOMID_SELF},
				.len = lengths[l],
				.flags = GNTCOPY_source_gref,
			};
		}
		snprintf(name, sizeof(name), "grant_copy_%u_single", lengths[l]);
		MEASURE(name,
			hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, ptr_arg(copies), 1));
		snprintf(name, sizeof(name), "grant_copy_%u_batch_32", lengths[l]);
		MEASURE_N(name, 32,
			  hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_copy, ptr_arg(copies),
				     32));
		if (map.status != GNTST_okay || unmap.status != GNTST_okay ||
		    copies[0].status != GNTST_okay) {
			ERROR("grant statuses: map %d, unmap %d, copy %d", map.status, unmap.status,
			      copies[0].status);
		}
	}
}

extern char user_start[], user_empty[], user_syscall[], user_fault[];
extern char stub_syscall[], stub_page_fault[];
uint64_t bench_user(struct iret_context *to, uint64_t rbx);

static uint64_t user_ticks(const char *code)
{
	static struct {
		char stack[4096];
		struct iret_context context;
	} area __attribute__((aligned(16)));

	area.context = (struct iret_context){
		.rip = USER_TEXT + (uint64_t)(code - user_start),
		.cs = FLAT_USER_CS,
		.rflags = 0x2,
		.rsp = USER_STACK + 4096,
		.ss = FLAT_USER_SS,
	};
	return bench_user(&area.context, USER_ABSENT);
}

static uint64_t *build_user_space(void)
{
	uint64_t *l4 = pt_user_create();

	pt_map(l4, USER_TEXT, PTE_OF(user_start, PTE_KERNEL_RO));
	pt_map(l4, USER_STACK, PTE_OF(page_alloc(), PTE_KERNEL));
	pt_user_set(l4);
	return l4;
}

static void measure_user(void)
{
	struct callback_register syscall = {
		.type = CALLBACKTYPE_syscall,
		.address = ptr_arg(stub_syscall),
	};
	struct trap_info page_fault[2] = {
		{.vector = VECTOR_PF, .cs = FLAT_KERNEL_CS, .address = ptr_arg(stub_page_fault)},
	};
	uint64_t nothing;

	hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, ptr_arg(&syscall));
	hypercall1(__HYPERVISOR_set_trap_table, ptr_arg(page_fault));
	nothing = user_ticks(user_empty);
	report_tenths("user_loop", nothing, CALLS);
	report_tenths("user_syscall", user_ticks(user_syscall) - nothing, CALLS);
	report_tenths("user_page_fault", user_ticks(user_fault) - nothing, CALLS);
}

void test_main(void)
{
	struct physdev_set_iopl iopl = {.iopl = 1};
	uint64_t *user_l4;

	traps_init();
	hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, ptr_arg(&iopl));
	measure_empty();
	measure_simple();
	measure_multicall();
	measure_instructions();
	measure_update_va();
	measure_mmu_update();
	measure_ptwr();
	measure_pin();
	measure_events();
	measure_grants();
	user_l4 = build_user_space();
	measure_roots(user_l4);
	measure_user();
}
