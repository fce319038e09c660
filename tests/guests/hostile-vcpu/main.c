/* SPDX-License-Identifier: MIT */
/*
 * Claim: vCPU operations reach the caller's own vCPUs only, and a context for a new one is
 * checked as if each of its parts had come by its own call.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/vcpu.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "hostile-vcpu: foreign vCPUs, forged contexts, shared areas";

static struct vcpu_guest_context context __attribute__((aligned(4096)));

static long op(unsigned int cmd, unsigned long vcpu, const void *arg)
{
	return hypercall3(__HYPERVISOR_vcpu_op, cmd, vcpu, ptr_arg(arg));
}

static void check_numbers(void)
{
	static const uint64_t beyond[] = {32, 64, 128, 8192, 0x7fffffff, 0xffffffff, ~0UL >> 1};
	static char area[256] __attribute__((aligned(64)));

	for (unsigned int i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		for (unsigned int cmd = VCPUOP_initialise; cmd <= 13; cmd++) {
			long rc = op(cmd, beyond[i],
				     cmd == VCPUOP_initialise ? (void *)&context : (void *)area);

			if (rc >= 0) {
				FAIL("vcpu_op %u on vCPU %lx: %ld", cmd, beyond[i], rc);
			}
		}
	}
}

static void good_context(void)
{
	memset(&context, 0, sizeof(context));
	context.flags = VGCF_in_kernel;
	context.user_regs.rip = VIRT_BASE + 0x1000;
	context.user_regs.cs = FLAT_KERNEL_CS;
	context.user_regs.ss = FLAT_KERNEL_SS;
	context.user_regs.rflags = 0x202;
	context.user_regs.rsp = ptr_arg(trap_stack_end);
	context.kernel_ss = FLAT_KERNEL_SS;
	context.kernel_sp = ptr_arg(trap_stack_end);
	context.ctrlreg[3] = va_to_mfn(pt_kernel_l4()) << 12;
}

#define EXPECT_REFUSED(what)                                                    \
	do {                                                                    \
		long rc_ = op(VCPUOP_initialise, 1, &context);                  \
		if (rc_ >= 0) {                                                 \
			FAIL("vCPU 1 takes a context with %s: %ld", what, rc_); \
		}                                                               \
		good_context();                                                 \
	} while (0)

/* vCPU 1 exists when the guest was given two; without it every context is refused. */
static void check_contexts(void)
{
	uint64_t *page = page_alloc();

	good_context();
	context.ctrlreg[3] = 0x7fffffffff000UL;
	EXPECT_REFUSED("a root that is no frame");
	context.ctrlreg[3] = va_to_mfn(page) << 12;
	EXPECT_REFUSED("a root that is no L4");
	context.ctrlreg[3] = 0;
	EXPECT_REFUSED("no root");
	context.ctrlreg[1] = va_to_mfn(page) << 12;
	EXPECT_REFUSED("a user root that is no L4");
	context.gdt_ents = 512;
	context.gdt_frames[0] = 0x7fffffffffUL;
	EXPECT_REFUSED("a GDT frame that is none");
	context.gdt_ents = 512;
	context.gdt_frames[0] = va_to_mfn(pt_kernel_l4());
	EXPECT_REFUSED("a page table as GDT");
	context.gdt_ents = 0xffffffff;
	EXPECT_REFUSED("a GDT of 2^32 entries");
	context.ldt_ents = 8193;
	context.ldt_base = ptr_arg(page);
	EXPECT_REFUSED("an LDT of 8193 entries");
	context.ldt_ents = 1;
	context.ldt_base = ptr_arg(page) + 1;
	EXPECT_REFUSED("an LDT in the middle of a page");
	context.event_callback_eip = 1UL << 63;
	EXPECT_REFUSED("a non-canonical event callback");
	context.syscall_callback_eip = 1UL << 47;
	EXPECT_REFUSED("a non-canonical syscall callback");
	context.failsafe_callback_eip = 1UL << 47;
	EXPECT_REFUSED("a non-canonical failsafe callback");
	context.fs_base = 1UL << 63;
	EXPECT_REFUSED("a non-canonical FS base");
	context.gs_base_kernel = 1UL << 63;
	EXPECT_REFUSED("a non-canonical GS base");
	context.user_regs.rip = 1UL << 63;
	EXPECT_REFUSED("a non-canonical RIP");
	page_free(page);
}

static void check_areas(void)
{
	struct vcpu_register_vcpu_info info = {.mfn = 0x7fffffffffUL};
	struct vcpu_register_runstate_memory_area area = {.addr.h = 0xffff82d040200000UL};
	struct vcpu_register_time_memory_area time = {.addr.h = 0xffff82d040200000UL};
	struct vcpu_runstate_info state;
	uint64_t *page = page_alloc();

	CHECK(op(VCPUOP_register_vcpu_info, 0, &info) < 0);
	info.mfn = va_to_mfn(pt_kernel_l4());
	CHECK(op(VCPUOP_register_vcpu_info, 0, &info) < 0);
	info.mfn = va_to_mfn(page);
	info.offset = 4096 - 32;
	CHECK_EQ(op(VCPUOP_register_vcpu_info, 0, &info), -ENXIO);
	CHECK(op(VCPUOP_register_runstate_memory_area, 0, &area) < 0);
	CHECK(op(VCPUOP_register_vcpu_time_memory_area, 0, &time) < 0);
	info.offset = 132;
	CHECK(op(VCPUOP_register_vcpu_info, 0, &info) < 0);
	/* twice is once too many, and the page can't become a table any more */
	info.offset = 128;
	CHECK_EQ(op(VCPUOP_register_vcpu_info, 0, &info), 0);
	CHECK_EQ(op(VCPUOP_register_vcpu_info, 0, &info), -EINVAL);
	pt_make_readonly(page);
	CHECK(pt_pin(page, 1) < 0);
	pt_make_writable(page);
	/* runstate: the times add up and the state is ours */
	CHECK_EQ(op(VCPUOP_get_runstate_info, 0, &state), 0);
	CHECK_EQ(state.state, RUNSTATE_running);
	/* an area without memory behind it is never written, and never kills */
	area.addr.h = 0x123456789000UL;
	op(VCPUOP_register_runstate_memory_area, 0, &area);
	hypercall2(__HYPERVISOR_sched_op, 0, 0);
	area.addr.h = 0;
	op(VCPUOP_register_runstate_memory_area, 0, &area);
}

static void check_timers(void)
{
	struct vcpu_set_singleshot_timer timer = {.timeout_abs_ns = ~0UL};
	struct vcpu_set_periodic_timer periodic = {.period_ns = 1};

	/* a period that would do nothing but fire */
	CHECK_EQ(op(VCPUOP_set_periodic_timer, 0, &periodic), -EINVAL);
	periodic.period_ns = ~0UL;
	CHECK_EQ(op(VCPUOP_set_periodic_timer, 0, &periodic), -EINVAL);
	CHECK_EQ(op(VCPUOP_set_singleshot_timer, 0, &timer), 0);
	timer.timeout_abs_ns = 1UL << 63;
	CHECK_EQ(op(VCPUOP_set_singleshot_timer, 0, &timer), 0);
	CHECK_EQ(op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	/* another vCPU's timer, even one's own other vCPU's */
	CHECK(op(VCPUOP_set_singleshot_timer, 1, &timer) < 0);
	CHECK(op(VCPUOP_set_periodic_timer, 1, &periodic) < 0);
}

static volatile uint64_t cr4_seen;

static void report_cr4(void)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4_seen = cr4;
	for (;;) {
		op(VCPUOP_down, 1, NULL);
	}
}

/* No bit of CR4 that is not the guest's; FSGSBASE (16) only where the CPU has it (see run). */
static void check_cr4(void)
{
	static char stack[8192] __attribute__((aligned(16)));
	static const unsigned int not_his[] = {11, 13, 14, 16, 17, 20, 21, 22, 23};
	uint32_t eax = 7, ebx, ecx = 0, edx;
	uint64_t his;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	his = (ebx & 1) << 16;
	runtime_shared_info()->vcpu_info[1].evtchn_upcall_mask = 1;
	good_context();
	context.user_regs.rip = (uint64_t)report_cr4;
	context.user_regs.rsp = ptr_arg(stack + sizeof(stack)) - 8;
	context.ctrlreg[4] = ~0UL;
	CHECK_EQ(op(VCPUOP_initialise, 1, &context), 0);
	CHECK_EQ(op(VCPUOP_up, 1, NULL), 0);
	while (!cr4_seen) {
		hypercall2(__HYPERVISOR_sched_op, 0, 0); /* yield */
	}
	for (unsigned int i = 0; i < sizeof(not_his) / sizeof(not_his[0]); i++) {
		if (cr4_seen & ~his & 1UL << not_his[i]) {
			FAIL("CR4 %lx: bit %u is set", cr4_seen, not_his[i]);
		}
	}
}

void test_main(void)
{
	traps_init();
	check_numbers();
	check_contexts();
	check_timers();
	check_areas();
	check_cr4();
}
