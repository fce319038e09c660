/* SPDX-License-Identifier: MIT */
/*
 * Claim: whatever frame the iret hypercall is given, the guest gets a fault or a callback of its
 * own, or runs in ring 3 with harmless flags; the hypervisor goes on.
 */
#include <stdio.h>
#include <string.h>

#include "claim.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "hostile-iret: selectors, flags and addresses no kernel would use";

#define USER_TEXT 0x400000UL
#define USER_STACK 0x600000UL

#define FLAT_CS32 0xe023U
#define FLAG_IF 0x200UL
#define FLAG_IOPL 0x3000UL

extern char user_start[], user_report[];

/* RDX: flags as user mode sees them, RAX: its CS; then a trap. */
__asm__(".pushsection .user, \"ax\"\n"
	".balign 4096\n"
	"user_report: pushfq\n"
	"pop %rdx\n"
	"mov %cs, %eax\n"
	"ud2\n"
	".popsection\n");

static void build_user_space(void)
{
	uint64_t *l4 = pt_user_create();

	pt_map(l4, USER_TEXT, va_to_mfn(user_start) << 12 | PTE_KERNEL_RO);
	pt_map(l4, USER_STACK, va_to_mfn(page_alloc()) << 12 | PTE_KERNEL);
	pt_user_set(l4);
}

static struct trap_frame good_frame(void)
{
	struct trap_frame frame;

	user_frame_init(&frame, USER_TEXT + (uint64_t)(user_report - user_start),
			USER_STACK + 4096);
	return frame;
}

/* Any outcome is fine but these: ring 0 anywhere, privileged flags in force. */
static void judge(const char *what, uint64_t value, int vector)
{
	const struct trap_frame *f = &last_fault.frame;

	if (vector < 0) {
		FAIL("%s %lx: no trap", what, value);
		return;
	}
	/* what ran the report code says its CS */
	if (vector == VECTOR_UD && f->rip == USER_TEXT + 4) {
		if ((f->rax & 3) != 3) {
			FAIL("%s %lx: user code ran with CS %lx", what, value, f->rax);
		}
		if ((f->rdx & (FLAG_IF | FLAG_IOPL)) != FLAG_IF) {
			FAIL("%s %lx: user code ran with flags %lx", what, value, f->rdx);
		}
	}
	if (f->rflags & 0x3000) {
		FAIL("%s %lx: flags %lx in the frame", what, value, f->rflags);
	}
}

static void check_selectors(void)
{
	/* all low ones, all near the hypervisor's own, some between */
	for (unsigned int s = 0; s <= 0xe080; s = s < 0x40 || s >= 0xdf00 ? s + 1 : s + 0xf8) {
		struct trap_frame frame = good_frame();

		if ((s | 3) == FLAT_CS32 && (s & 3) != 3) {
			continue; /* a 32-bit kernel: its traps would find no stack */
		}
		frame.cs = (uint16_t)s;
		if ((s & 3) != 3) {
			/* to kernel mode: a failsafe callback comes in on this stack */
			frame.rsp = ptr_arg(trap_stack_end) - 2048;
		}
		judge("CS", s, frame_run(&frame));
		frame = good_frame();
		frame.ss = s;
		judge("SS", s, frame_run(&frame));
		if (s >= 0xe000 && (s & 3) == 0 && (s | 3) != FLAT_CS32) {
			/* the pair that the processor wants for ring 0 */
			frame.cs = (uint16_t)s;
			frame.ss = 0;
			frame.rsp = ptr_arg(trap_stack_end) - 2048;
			judge("CS without SS", s, frame_run(&frame));
			frame.ss = s + 8;
			judge("CS with the SS behind it", s, frame_run(&frame));
		}
	}
}

static void check_flags(void)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		struct trap_frame frame = good_frame();
		int vector;

		frame.rflags |= 1UL << bit;
		vector = frame_run(&frame);
		judge("RFLAGS bit", bit, vector);
		/* interrupts stay the hypervisor's */
		CHECK_EQ(runtime_vcpu_info()->evtchn_upcall_mask <= 1, 1);
		runtime_vcpu_info()->evtchn_upcall_mask = 1;
	}
	for (unsigned int iopl = 0; iopl < 4; iopl++) {
		struct trap_frame frame = good_frame();

		frame.rflags |= iopl << 12 | 1UL << 14 | 1UL << 17 | 1UL << 18;
		judge("RFLAGS IOPL+NT+VM+AC", iopl, frame_run(&frame));
		runtime_vcpu_info()->evtchn_upcall_mask = 1;
	}
}

static void check_addresses(void)
{
	static const uint64_t odd[] = {
		0x00007fffffffffffUL, 0x0000800000000000UL,
		0x8000000000000000UL, 0xffff7fffffffffffUL,
		0xffff800000000000UL, 0xffff82d040200000UL,
		0xffff830000000000UL, 0xffff87ffffffffffUL,
		0xffffffffffffffffUL, 0,
	};

	for (unsigned int i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct trap_frame frame = good_frame();

		frame.rip = odd[i];
		judge("RIP", odd[i], frame_run(&frame));
		/* the same in kernel mode */
		frame.cs = FLAT_KERNEL_CS & ~3;
		frame.rsp = ptr_arg(trap_stack_end) - 2048;
		judge("kernel RIP", odd[i], frame_run(&frame));
		frame = good_frame();
		frame.rsp = odd[i];
		judge("RSP", odd[i], frame_run(&frame));
	}
}

/* With the SYSRET promise in the flags word: RCX and R11 differ from RIP and RFLAGS. */
static void check_sysret(void)
{
	struct trap_frame frame = good_frame();

	frame.rcx = 0x8000000000000000UL;
	frame.r11 = ~0UL;
	judge("RCX", frame.rcx, frame_run(&frame));
	CHECK_EQ(last_fault.vector, VECTOR_UD);
	CHECK_EQ(last_fault.frame.rcx, frame.rcx);
	CHECK_EQ(last_fault.frame.r11, frame.r11);
}

static bool clear_tf(struct trap_frame *frame)
{
	frame->rflags &= ~0x100UL;
	return false;
}

void test_main(void)
{
	traps_init();
	trap_handle(VECTOR_DB, clear_tf);
	build_user_space();
	check_selectors();
	check_flags();
	check_addresses();
	check_sysret();
}
