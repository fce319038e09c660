/* SPDX-License-Identifier: MIT */
/*
 * Ways into the hypervisor and back to the guest.
 *
 * Every way in ends with this frame at the top of the CPU's stack (struct
 * cpu_user_regs inside struct cpu_info, low addresses first):
 *
 *   r15 r14 r13 r12 rbp rbx | r11 r10 r9 r8 rax rcx rdx rsi rdi |
 *   error+vector | rip cs rflags rsp ss | es ds fs gs | current cpu work ...
 *
 * Hypercalls store only what C clobbers (the middle group); the rest stays
 * in registers, as C preserves it, and is stored when somebody needs the
 * whole frame (work pending).  cpu_info.full_frame then says: leave by IRET
 * with everything from the frame.
 */
#include <asm/layout.h>

#include "arch/x86/patch.h"
#include "arch/x86/speculation.h"
#include "arch/x86/traps.h"
#include "asm-offsets.h"

#define HYPERCALL_IRET 23
#define HYPERCALL_SLOTS 64
#define VGCF_IN_SYSCALL 0x100

#define FLAG_FIXED1 0x2
#define FLAG_TF 0x100
#define FLAG_IF 0x200
#define FLAG_DF 0x400
#define FLAG_IOPL 0x3000
#define FLAG_NT 0x4000
#define FLAG_RF 0x10000
#define FLAG_VM 0x20000
#define FLAG_AC 0x40000
#define FLAG_VIF 0x80000
#define FLAG_VIP 0x100000

	.section .text.entry, "ax", @progbits

	/* where the hooks (entry_hooks.S) come back to */
	.globl syscall_hooked, exception_hooked, nested_hooked, hypercall_leave_hooked, exit_hooked
	.globl user_syscall_root_loaded, user_syscall_leave_hooked, iret_leave_hooked

/* A range whose faults continue at a fixup address. */
.macro EX_RANGE start, end, fixup
	.pushsection .ex_table, "a"
	.quad \start, \end, \fixup
	.popsection
.endm

.macro SAVE_CLOBBERED
	push %rdi
	push %rsi
	push %rdx
	push %rcx
	push %rax
	push %r8
	push %r9
	push %r10
	push %r11
.endm

.macro SAVE_PRESERVED
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
.endm

.macro RESTORE_PRESERVED
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
.endm

.macro RESTORE_CLOBBERED
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
.endm

/*
 * SYSCALL does not switch stacks and no register is free, so each CPU has
 * its own entry, 64 bytes apart, that knows its stack.  syscall_stack[cpu]
 * is {scratch, address just above the frame's ss}.
 */
	.globl syscall_stubs, syscall32_stubs, syscall_stack
.macro SYSCALL_STUBS name, entry
	.align 64
\name:
.set stub, 0
.rept MAX_CPUS_ASM
	.align 64
	mov %rsp, syscall_stack + 16 * stub(%rip)
	mov syscall_stack + 16 * stub + 8(%rip), %rsp
	push $SEL_GUEST_DS
	push syscall_stack + 16 * stub(%rip)
	jmp \entry
.set stub, stub + 1
.endr
.endm
	SYSCALL_STUBS syscall_stubs, syscall_entry
	SYSCALL_STUBS syscall32_stubs, syscall32_entry

/*
 * 64-bit SYSCALL: a hypercall from the guest kernel, a system call from user.
 * The stub pushed ss and rsp; RCX and R11 hold the guest's RIP and RFLAGS.
 * Below, RSP points at regs.rip until the general registers are stored.
 */
#define FROM_RIP(offset) ((offset) - REGS_RIP)(%rsp)
#define FRAME_RIP 0(%rsp)
#define FRAME_CS 8(%rsp)
#define FRAME_RFLAGS 16(%rsp)
#define FRAME_RSP 24(%rsp)
#define FRAME_SS 32(%rsp)

	.align 64
syscall_entry:
	push %r11
	push $SEL_GUEST_CS64
	push %rcx
	PATCH_JUMP PATCH_HOOKS, syscall_hook
syscall_hooked:
	mov FROM_RIP(CI_CURRENT), %rcx
	cmpb $0, VCPU_KERNEL_MODE(%rcx)
	je user_syscall
	cmp $HYPERCALL_IRET, %eax
	je guest_iret

hypercall:
	push $-1			/* neither vector nor error code */
	push %rdi
	push %rsi
	push %rdx
	push 32(%rsp)			/* RCX as the guest knows it: RIP */
	push %rax
	push %r8
	push %r9
	push %r10
	push %r11
	sub $(6 * 8), %rsp
	cmp $HYPERCALL_SLOTS, %eax
	jae 9f
	and $(HYPERCALL_SLOTS - 1), %eax	/* also if that branch was mispredicted */
	mov %r10, %rcx
	lea hypercall_table(%rip), %r10
	mov (%r10, %rax, 8), %r10
8:	call __x86_indirect_thunk_r10
	PATCH_FOR 8b, 8b+5, PATCH_THUNK_JMP, "call *%r10"
	mov %rax, REGS_RAX(%rsp)
hypercall_exit:
	cmpq $0, CI_WORK(%rsp)
	jne hypercall_exit_slow
	mov CI_CURRENT(%rsp), %r11
	mov VCPU_INFO(%r11), %rcx
	cmpb $0, 0(%rcx)
	jne hypercall_exit_event
hypercall_sysret:
	PATCH_JUMP PATCH_HOOKS, hypercall_leave_hook
hypercall_leave_hooked:
	mov REGS_R10(%rsp), %r10
	mov REGS_R9(%rsp), %r9
	mov REGS_R8(%rsp), %r8
	mov REGS_RAX(%rsp), %rax
	mov REGS_RDX(%rsp), %rdx
	mov REGS_RSI(%rsp), %rsi
	mov REGS_RDI(%rsp), %rdi
	mov REGS_RFLAGS(%rsp), %r11
	/*
	 * SYSRET to a non-canonical address would fault in ring 0.  The one that
	 * can be here is 2^47, behind a SYSCALL in the last bytes below: there
	 * the guest faults in the hole.
	 */
	mov REGS_RIP(%rsp), %rcx
	shl $16, %rcx
	sar $16, %rcx
	mov REGS_RSP(%rsp), %rsp
	sysretq

hypercall_exit_event:
	cmpb $0, 1(%rcx)
	jne hypercall_sysret
hypercall_exit_slow:
	add $(6 * 8), %rsp
	SAVE_PRESERVED
	movl $1, CI_FULL_FRAME(%rsp)
	jmp exit_to_guest

9:	movq $-38, REGS_RAX(%rsp)	/* -ENOSYS */
	jmp hypercall_exit

/*
 * A system call: the bounce frame RCX R11 RIP CS RFLAGS RSP SS goes straight
 * to the guest's kernel stack.  Taken only with nothing else to do; all else
 * goes the long way through C.  do_stack_switch keeps kernel_sp outside the hypervisor's hole.
 */
user_syscall:
	cmpq $0, FROM_RIP(CI_WORK)
	jne user_syscall_slow
	mov VCPU_INFO(%rcx), %r11
	cmpq $0, VCPU_SYSCALL_CB(%rcx)
	je user_syscall_slow
	push %rax
	push %rdx
	xor %eax, %eax
	cmpb $0, 1(%r11)
	setne %al			/* events were masked */
	jne 3f
	cmpb $0, 0(%r11)
	jne user_syscall_pending
3:	mov VCPU_SYSCALL_MASK(%rcx), %dl
	or %dl, 1(%r11)
	movb $1, VCPU_KERNEL_MODE(%rcx)
	swapgs
8:	mov VCPU_CR3_KERNEL(%rcx), %rdx
	mov %rdx, %cr3
user_syscall_root_loaded:
	PATCH_FOR 8b, user_syscall_root_loaded, PATCH_HOOKS, "jmp user_syscall_root_hook"
	mov VCPU_KERNEL_SP(%rcx), %rdx
	and $~15, %rdx
	mov 16 + FRAME_RFLAGS, %r11
	mov %eax, %ecx
	shl $9, %ecx			/* IF, which user mode always has set */
	xor %r11, %rcx
	shl $32, %rax
	or $SEL_GUEST_CS64, %rax
1:	movq $SEL_GUEST_DS, -8(%rdx)
	mov %rcx, -24(%rdx)
	mov %rax, -32(%rdx)
	mov 16 + FRAME_RIP, %rax
	mov %rax, -40(%rdx)
	mov %r11, -48(%rdx)
	mov %rax, -56(%rdx)
	mov 16 + FRAME_RSP, %rax
	mov %rax, -16(%rdx)
2:	lea -56(%rdx), %rdx
	mov %rdx, 16 + FRAME_RSP
	mov 16 + FROM_RIP(CI_CURRENT), %rcx
	mov VCPU_SYSCALL_CB(%rcx), %rcx
	PATCH_JUMP PATCH_HOOKS, user_syscall_leave_hook
user_syscall_leave_hooked:
	and $~(FLAG_TF | FLAG_DF | FLAG_NT | FLAG_RF | FLAG_VM | FLAG_AC), %r11d
	pop %rdx
	pop %rax
	mov FRAME_RSP, %rsp
	sysretq
	EX_RANGE 1b, 2b, guest_stack_fault

user_syscall_pending:
	pop %rdx
	pop %rax
user_syscall_slow:
	mov FRAME_RIP, %rcx
	mov FRAME_RFLAGS, %r11
	push $0
	movl $ENTRY_SYSCALL, 4(%rsp)
	SAVE_CLOBBERED
	SAVE_PRESERVED
	jmp exception_hooked

/* The guest's stack could not be read or written: it is lost. */
guest_stack_fault:
	or $0x7fff, %rsp
	sub $(CI_SIZE - 1), %rsp
	movl $ENTRY_STACK_FAULT, REGS_VECTOR(%rsp)
	jmp exception_hooked

/*
 * The iret hypercall without C: RAX R11 RCX flags RIP CS RFLAGS RSP SS are on
 * the guest's stack.  RCX: the vCPU; RAX, RCX and R11 get new values anyway.
 */
guest_iret:
	cmpq $0, FROM_RIP(CI_WORK)
	jne guest_iret_slow
	mov FRAME_RSP, %r11
	mov %r11, %rax
	shr $43, %rax
	cmp $(HOLE_START >> 43), %eax
	je guest_iret_slow
	cmpq $0, VCPU_CR3_USER(%rcx)
	je guest_iret_slow
1:	mov 40(%r11), %rax
	mov VCPU_INFO(%rcx), %rcx
	testl $FLAG_IF, 48(%r11)
	jz 4f
	cmpb $0, 0(%rcx)
	jne guest_iret_slow
	movb $0, 1(%rcx)
	jmp 5f
4:	movb $1, 1(%rcx)
5:	mov %rax, FRAME_CS
	mov 32(%r11), %rax
	mov %rax, FRAME_RIP
	mov 48(%r11), %rax
	and $~(FLAG_IOPL | FLAG_VM | FLAG_VIF | FLAG_VIP), %eax
	or $(FLAG_IF | FLAG_FIXED1), %eax
	mov %rax, FRAME_RFLAGS
	mov 56(%r11), %rax
	mov %rax, FRAME_RSP
	mov 64(%r11), %rax
	or $3, %eax
	mov %rax, FRAME_SS
	push 24(%r11)
	push 16(%r11)
	push 0(%r11)
	mov 8(%r11), %r11
2:	mov 24 + FROM_RIP(CI_CURRENT), %rcx
	mov 24 + FRAME_CS, %eax
	not %eax
	test $3, %al			/* RPL 3 means user */
	jnz 6f
	movb $0, VCPU_KERNEL_MODE(%rcx)
	swapgs
8:	mov VCPU_CR3_USER(%rcx), %rax
	mov %rax, %cr3
6:	PATCH_FOR 8b, 6b, PATCH_HOOKS, "jmp iret_root_hook"
	PATCH_JUMP PATCH_HOOKS, iret_leave_hook
iret_leave_hooked:
	orb $3, 24 + FRAME_CS
	testl $VGCF_IN_SYSCALL, 16(%rsp)
	pop %rax
	pop %rcx
	lea 8(%rsp), %rsp
	jnz 7f
guest_iret_insn:
	iretq
guest_iret_insn_end:
	EX_RANGE guest_iret_insn, guest_iret_insn_end, iret_fault
	EX_RANGE 1b, 2b, guest_stack_fault

	/* Out of a system call: RCX and R11 are free, SYSRET will do. */
7:	mov FRAME_RIP, %rcx
	shl $16, %rcx
	sar $16, %rcx
	cmp %rcx, FRAME_RIP		/* not canonical: IRET's fault */
	jne guest_iret_insn
	cmpw $SEL_GUEST_CS32, FRAME_CS
	mov FRAME_RFLAGS, %r11
	mov FRAME_RSP, %rsp
	je 8f
	sysretq
8:	sysretl

guest_iret_slow:
	mov FRAME_RIP, %rcx
	mov FRAME_RFLAGS, %r11
	mov $HYPERCALL_IRET, %eax
	jmp hypercall

/* 32-bit SYSCALL from compatibility code (AMD). */
syscall32_entry:
	push %r11
	push $SEL_GUEST_CS32
	mov %ecx, %ecx
	push %rcx
	push $0
	movl $ENTRY_SYSCALL32, 4(%rsp)
	jmp exception_saves

/* SYSENTER (Intel): the processor saved nothing. RSP comes from an MSR. */
	.align 16
	.globl sysenter_entry
sysenter_entry:
	push $SEL_GUEST_DS
	push $0
	pushfq
	push $3
	push $0
	push $0
	movl $ENTRY_SYSENTER, 4(%rsp)
	/* SYSENTER leaves NT, TF and AC as user code had them. */
	pushq $FLAG_FIXED1
	popfq
	jmp exception_saves

/* The guest's frame could not be loaded: rebuild ours, tell the failsafe callback. */
iret_fault:
	push $0
	movl $ENTRY_FAILSAFE, 4(%rsp)
exception_saves:
	SAVE_CLOBBERED
	SAVE_PRESERVED
exception_from_guest:
	PATCH_JUMP PATCH_HOOKS, exception_hook
exception_hooked:
	movl $1, CI_FULL_FRAME(%rsp)
	mov %rsp, %rdi
	call trap_from_guest
	/* fall through */

/*
 * The one slow way out: all registers in the frame.  Work first, then events,
 * then IRET.  Interrupts are off from the last look at the work word on.
 */
	.globl exit_to_guest
exit_to_guest:
	cmpl $0, CI_WORK(%rsp)
	jne 2f
	mov CI_CURRENT(%rsp), %rbx
	mov VCPU_INFO(%rbx), %rax
	cmpb $0, 0(%rax)
	je 1f
	cmpb $0, 1(%rax)
	je 3f
1:	movl $0, CI_FULL_FRAME(%rsp)
	PATCH_JUMP PATCH_HOOKS, exit_hook
exit_hooked:
	RESTORE_PRESERVED
	RESTORE_CLOBBERED
	add $8, %rsp
	.globl iret_to_guest
iret_to_guest:
	iretq
iret_to_guest_end:
	EX_RANGE iret_to_guest, iret_to_guest_end, iret_fault

2:	mov %rsp, %rdi
	call exit_work
	jmp exit_to_guest

3:	mov %rsp, %rdi
	call pv_deliver_event
	jmp exit_to_guest

/* Abandons the current stack contents and goes on with the current vCPU. */
	.globl arch_run_current
arch_run_current:
	or $0x7fff, %rsp
	sub $(CI_SIZE - 1), %rsp
	mov CI_CURRENT(%rsp), %rdi
	call vcpu_is_idle_asm
	test %al, %al
	je exit_to_guest
	xor %ebp, %ebp
	call idle_loop
	ud2

/* Exceptions and interrupts: 256 stubs, 16 bytes apart. */
	.align 16
	.globl exception_stubs
exception_stubs:
.set vector, 0
.rept 256
	.align 16
	/* vectors whose error code the processor pushes */
	.if vector < 32 && (0x60227d00 >> (vector & 31)) & 1
	.else
	push $0
	.endif
	movl $vector, 4(%rsp)
	.if vector == 1 || vector == 2 || vector == 8 || vector == 18
	jmp ist_common
	.else
	jmp exception_common
	.endif
.set vector, vector + 1
.endr

exception_common:
	cld
	SAVE_CLOBBERED
	SAVE_PRESERVED
	testb $3, REGS_CS(%rsp)
	jnz exception_from_guest

/* On any of the CPU's stacks, perhaps between a hook and the guest: leaves as it came. */
exception_in_hypervisor:
	xor %ebx, %ebx
	xor %r12d, %r12d
	PATCH_JUMP PATCH_HOOKS, nested_hook
nested_hooked:
	mov %rsp, %rdi
	call trap_in_hypervisor
	test %r12d, %r12d
	jz 1f
	mov $MSR_SPEC_CTRL, %ecx
	lea -1(%r12), %eax
	xor %edx, %edx
	wrmsr
1:	test %rbx, %rbx
	jz 2f
	mov %rbx, %cr3
2:	RESTORE_PRESERVED
	RESTORE_CLOBBERED
	add $8, %rsp
	iretq

/*
 * #DB, NMI, #DF, #MC run on stacks of their own.  What came from the guest
 * (except #DF) is moved to the CPU's normal stack and treated as usual.
 */
ist_common:
	cld
	SAVE_CLOBBERED
	SAVE_PRESERVED
	testb $3, REGS_CS(%rsp)
	jz exception_in_hypervisor
	mov %rsp, %rsi
	or $0x7fff, %rsp
	sub $(CI_SIZE - 1), %rsp
	mov %rsp, %rdi
	mov $(REGS_ES / 8), %ecx
	rep movsq
	jmp exception_from_guest

	.section .bss.page_aligned, "aw", @nobits
	.balign 4096
syscall_stack:
	.skip 16 * MAX_CPUS_ASM
	.balign 4096

	.section .note.GNU-stack, "", @progbits
