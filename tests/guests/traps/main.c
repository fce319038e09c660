/* SPDX-License-Identifier: MIT */
/*
 * Claim: exceptions of the guest kernel are delivered with the frame the ABI promises, and the
 * privileged instructions that PV kernels use are emulated.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/mmu.h>
#include <xen/physdev.h>

#include "claim.h"
#include "hypercall.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "traps: exceptions from the kernel, emulated instructions";

#define MSR_EFER 0xc0000080
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS 0xc0000102
#define MSR_PAT 0x277
#define XEN_PAT 0x050100070406UL

#define CR0_TS (1UL << 3)
#define CR4_TSD (1UL << 2)
#define CR4_OSXSAVE (1UL << 18)
#define RFLAGS_TF 0x100UL
#define RFLAGS_IF 0x200UL

#define PFEC_PRESENT 1
#define PFEC_WRITE 2
#define PFEC_FETCH 16

#define UNMAPPED 0x123456789000UL

static char page[4096] __attribute__((aligned(4096)));

static void check_frame(uint64_t error)
{
	const struct trap_frame *f = &last_fault.frame;

	CHECK_EQ(f->cs, FLAT_KERNEL_CS & ~3);
	CHECK_EQ(f->ss, FLAT_KERNEL_SS);
	CHECK_EQ(f->error, error);
	CHECK_EQ(f->saved_mask, runtime_vcpu_info()->evtchn_upcall_mask);
	/* IF shows the event mask, IOPL nothing */
	CHECK_EQ(f->rflags & 0x3200, f->saved_mask ? 0 : RFLAGS_IF);
}

static void check_simple(void)
{
	uint64_t rip, rsp;

	CHECK_EQ(TRY("ud2", :), VECTOR_UD);
	check_frame(0);
	/* the frame holds the interrupted RSP and the instruction's own RIP */
	__asm__ volatile("mov %%rsp, %0" : "=r"(rsp));
	CHECK(last_fault.frame.rsp >= rsp - 512 && last_fault.frame.rsp <= rsp + 512);
	CHECK_EQ(TRY("lea 1b(%%rip), %0\n ud2", : "=r"(rip)), VECTOR_UD);
	CHECK_EQ(*(const uint16_t *)last_fault.rip, 0x0b0f);
	CHECK_EQ(TRY("int3", :), VECTOR_BP);
	check_frame(0);
	CHECK_EQ(*(const uint8_t *)(last_fault.rip - 1), 0xcc);
	CHECK_EQ(TRY("xor %%ecx, %%ecx\n mov $1, %%eax\n xor %%edx, %%edx\n div %%ecx",
		     :
		     :
		     : "eax", "ecx", "edx"),
		 0);
	check_frame(0);
	CHECK_EQ(TRY("hlt", :), VECTOR_GP);
	check_frame(0);
	CHECK_EQ(TRY("invlpg (%0)", : : "r"(page)), VECTOR_GP);
	CHECK_EQ(TRY("ltr %w0", : : "r"(0)), VECTOR_GP);
	CHECK_EQ(TRY("lgdt (%0)", : : "r"(page)), VECTOR_GP);
	CHECK_EQ(TRY("lidt (%0)", : : "r"(page)), VECTOR_GP);
	/* a selector that exists nowhere: error code is the selector */
	CHECK_EQ(TRY("mov %w0, %%es", : : "r"(0x100 | 3)), VECTOR_GP);
	check_frame(0x100);
	CHECK_EQ(TRY("mov %w0, %%es", : : "r"(0)), -1);
	/* non-canonical access, and the same through the stack */
	CHECK_EQ(TRY("mov (%0), %%al", : : "r"(1UL << 63) : "al"), VECTOR_GP);
	check_frame(0);
}

static void check_page_faults(void)
{
	uint64_t cr2 = 0;

	CHECK_EQ(TRY("mov (%0), %%al", : : "r"(UNMAPPED + 5) : "al"), VECTOR_PF);
	check_frame(0);
	CHECK_EQ(last_fault.cr2, UNMAPPED + 5);
	CHECK_EQ(TRY("mov %%cr2, %0", : "=r"(cr2)), -1);
	CHECK_EQ(cr2, UNMAPPED + 5);
	CHECK_EQ(TRY("movb $1, (%0)", : : "r"(UNMAPPED)), VECTOR_PF);
	check_frame(PFEC_WRITE);
	pt_make_readonly(page);
	CHECK_EQ(TRY("movb $1, (%0)", : : "r"(page)), VECTOR_PF);
	check_frame(PFEC_WRITE | PFEC_PRESENT);
	CHECK_EQ(last_fault.cr2, page);
	pt_make_writable(page);
	CHECK_EQ(TRY("movb $1, (%0)", : : "r"(page)), -1);
	/* the hypervisor's own range: no present bit is given away, no fault but the guest's */
	CHECK_EQ(TRY("mov (%0), %%al", : : "r"(0xffff82d040200000UL) : "al"), VECTOR_PF);
	/* top-level tables are not emulated: the guest sees its fault */
	CHECK_EQ(TRY("movb $0, (%0)", : : "r"(pt_kernel_l4())), VECTOR_PF);
	check_frame(PFEC_WRITE | PFEC_PRESENT);
}

static bool pop_return(struct trap_frame *frame)
{
	last_fault.vector = (int)frame->vector;
	last_fault.frame = *frame;
	last_fault.cr2 = runtime_vcpu_info()->arch.cr2;
	frame->rip = *(uint64_t *)frame->rsp;
	frame->rsp += 8;
	return true;
}

static void call_address(uint64_t address)
{
	last_fault.vector = -1;
	trap_handle(VECTOR_PF, pop_return);
	__asm__ volatile("call *%0" : : "r"(address) : "memory");
	trap_handle(VECTOR_PF, NULL);
}

static void check_fetch(void)
{
	call_address(UNMAPPED);
	CHECK_EQ(last_fault.vector, VECTOR_PF);
	CHECK_EQ(last_fault.frame.rip, UNMAPPED);
	CHECK_EQ(last_fault.cr2, UNMAPPED);
	check_frame(last_fault.frame.error & PFEC_FETCH);
	/* a page of return instructions, executable, then not */
	memset(page, 0xc3, sizeof(page));
	call_address(ptr_arg(page));
	CHECK_EQ(last_fault.vector, -1);
	CHECK_EQ(pt_remap(page, va_to_mfn(page) << 12 | PTE_KERNEL | PTE_NX), 0);
	call_address(ptr_arg(page));
	CHECK_EQ(last_fault.vector, VECTOR_PF);
	CHECK_EQ(last_fault.frame.rip, page);
	check_frame(PFEC_PRESENT | PFEC_FETCH);
	pt_make_writable(page);
}

static void check_cpuid(void)
{
	uint32_t a = 0x40000000, b = 0, c = 0, d = 0;

	CHECK_EQ(TRY(XEN_CPUID, : "+a"(a), "+b"(b), "+c"(c), "+d"(d)), -1);
	CHECK_EQ(b, 0x566e6558);
	CHECK_EQ(c, 0x65584d4d);
	CHECK_EQ(d, 0x4d4d566e);
	CHECK(a >= 0x40000005);
	a = 0x40000001;
	c = 0;
	CHECK_EQ(TRY(XEN_CPUID, : "+a"(a), "+b"(b), "+c"(c), "+d"(d)), -1);
	CHECK_EQ(a, 0x40011);
	a = 1;
	c = 0;
	CHECK_EQ(TRY(XEN_CPUID, : "+a"(a), "+b"(b), "+c"(c), "+d"(d)), -1);
	CHECK_EQ(c & (1 << 21), 0); /* no x2APIC */
	CHECK_EQ(c & (1 << 3), 0);  /* no MONITOR in a domU; dom0's leaf 5 aside */
	CHECK_EQ(d & (1 << 3), 0);  /* no PSE */
	CHECK(c & (1U << 31));      /* hypervisor present */
	/* the prefix without cpuid behind it is an undefined opcode */
	CHECK_EQ(TRY(".byte 0x0f,0x0b,0x78,0x65,0x6e,0x90,0x90", :), VECTOR_UD);
}

static int msr_read(uint32_t msr, uint64_t *value)
{
	uint32_t lo = 0, hi = 0;
	int trap = TRY("rdmsr", : "=a"(lo), "=d"(hi) : "c"(msr));

	*value = (uint64_t)hi << 32 | lo;
	return trap;
}

static int msr_write(uint32_t msr, uint64_t value)
{
	return TRY("wrmsr", : : "a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(msr));
}

static void check_msrs(void)
{
	static uint64_t target[2] = {0x1122334455667788, 0x99aabbccddeeff00};
	uint64_t value = 0;

	CHECK_EQ(msr_write(MSR_GS_BASE, ptr_arg(target)), -1);
	__asm__ volatile("mov %%gs:8, %0" : "=r"(value));
	CHECK_EQ(value, target[1]);
	CHECK_EQ(msr_read(MSR_GS_BASE, &value), -1);
	CHECK_EQ(value, target);
	CHECK_EQ(msr_write(MSR_FS_BASE, ptr_arg(target)), -1);
	__asm__ volatile("mov %%fs:0, %0" : "=r"(value));
	CHECK_EQ(value, target[0]);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_FS, ptr_arg(page)), 0);
	CHECK_EQ(msr_read(MSR_FS_BASE, &value), -1);
	CHECK_EQ(value, page);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER, 0x7000), 0);
	CHECK_EQ(msr_read(MSR_KERNEL_GS, &value), -1);
	CHECK_EQ(value, 0x7000);
	CHECK_EQ(msr_write(MSR_KERNEL_GS, 0x8000), -1);
	CHECK_EQ(msr_read(MSR_KERNEL_GS, &value), -1);
	CHECK_EQ(value, 0x8000);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_KERNEL, 0x9000), 0);
	CHECK_EQ(msr_read(MSR_GS_BASE, &value), -1);
	CHECK_EQ(value, 0x9000);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER_SEL, 0), 0);
	CHECK_EQ(msr_write(MSR_GS_BASE, 1UL << 63), VECTOR_GP);
	CHECK_EQ(msr_read(MSR_EFER, &value), -1);
	CHECK_EQ(value & 0x501, 0x501); /* SCE, LME, LMA */
	CHECK_EQ(msr_read(MSR_PAT, &value), -1);
	CHECK_EQ(value, XEN_PAT);
	CHECK_EQ(msr_write(MSR_PAT, 0), VECTOR_GP);
	CHECK_EQ(msr_read(0xdeadbeef, &value), VECTOR_GP);
	check_frame(0);
}

static void check_segment_bases(void)
{
	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_FS, 1UL << 63), -EINVAL);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER, 1UL << 47), -EINVAL);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_KERNEL, 1UL << 63), -EINVAL);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_segment_base, 9, 0), -EINVAL);
}

static void check_io(void)
{
	struct physdev_set_iopl iopl = {.iopl = 1};
	struct vcpu_info *vcpu = runtime_vcpu_info();
	uint8_t mask = vcpu->evtchn_upcall_mask;
	uint32_t value;

	CHECK_EQ(TRY("cli", :), VECTOR_GP);
	CHECK_EQ(TRY("in %%dx, %%al", : : "d"(0x80) : "al"), VECTOR_GP);
	CHECK_EQ(hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, ptr_arg(&iopl)), 0);
	CHECK_EQ(TRY("cli", :), -1);
	CHECK_EQ(vcpu->evtchn_upcall_mask, mask);
	CHECK_EQ(TRY("sti", :), -1);
	CHECK_EQ(vcpu->evtchn_upcall_mask, mask);
	CHECK_EQ(TRY("outb %%al, %%dx", : : "a"(0), "d"(0x80)), -1);
	CHECK_EQ(TRY("inb %%dx, %%al", : "=a"(value) : "d"(0x61)), -1);
	CHECK_EQ(TRY("inw %%dx, %%ax", : "=a"(value) : "d"(0x1ce)), -1);
	/* the interrupt controller is the hypervisor's: reads as all ones */
	value = 0;
	CHECK_EQ(TRY("inb %%dx, %%al", : "+a"(value) : "d"(0x21)), -1);
	CHECK_EQ(value & 0xff, 0xff);
	CHECK_EQ(TRY("outb %%al, %%dx", : : "a"(0xff), "d"(0x21)), -1);
	/* string form, and the immediate form */
	CHECK_EQ(TRY("outsb", : : "S"(page), "d"(0x80)), -1);
	CHECK_EQ(TRY("rep outsb", : : "S"(page), "d"(0x80), "c"(3)), -1);
	CHECK_EQ(TRY("outb %%al, $0x80", : : "a"(0)), -1);
	CHECK_EQ(TRY("inb $0x80, %%al", : "=a"(value)), -1);
}

static void check_control_registers(void)
{
	uint64_t cr0 = 0, cr3 = 0, cr4 = 0;

	CHECK_EQ(TRY("mov %%cr0, %0", : "=r"(cr0)), -1);
	CHECK((cr0 & 0x80000001) == 0x80000001);
	CHECK_EQ(TRY("mov %%cr3, %0", : "=r"(cr3)), -1);
	CHECK_EQ(cr3 >> 12, va_to_mfn(pt_kernel_l4()));
	CHECK_EQ(TRY("mov %0, %%cr3", : : "r"(cr3)), -1);
	CHECK_EQ(TRY("mov %%cr4, %0", : "=r"(cr4)), -1);
	CHECK_EQ(TRY("mov %0, %%cr4", : : "r"(cr4)), -1);
	/* FPU: TS by hypercall, by MOV CR0, and off by CLTS */
	CHECK_EQ(hypercall1(__HYPERVISOR_fpu_taskswitch, 1), 0);
	CHECK_EQ(TRY("fninit", :), VECTOR_NM);
	check_frame(0);
	CHECK_EQ(hypercall1(__HYPERVISOR_fpu_taskswitch, 0), 0);
	CHECK_EQ(TRY("fninit", :), -1);
	CHECK_EQ(TRY("mov %0, %%cr0", : : "r"(cr0 | CR0_TS)), -1);
	CHECK_EQ(TRY("fninit", :), VECTOR_NM);
	CHECK_EQ(TRY("clts", :), -1);
	CHECK_EQ(TRY("fninit", :), -1);
	/* nothing but TS may change */
	CHECK_EQ(TRY("mov %0, %%cr0", : : "r"(cr0 ^ 0x10000)), VECTOR_GP);
	CHECK_EQ(TRY("mov %%cr8, %0", : "=r"(cr0)), VECTOR_GP);
	CHECK_EQ(TRY("wbinvd", :), -1);
}

static volatile unsigned int steps;

static bool single_step(struct trap_frame *frame)
{
	steps++;
	frame->rflags &= ~RFLAGS_TF;
	return true;
}

static void check_debug(void)
{
	uint64_t dr6 = 0;

	trap_handle(VECTOR_DB, single_step);
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop" : : : "memory", "cc");
	CHECK_EQ(steps, 1);
	CHECK_EQ(TRY("mov %%dr6, %0", : "=r"(dr6)), -1);
	CHECK_EQ(dr6 & 0x4000, 0x4000);
	CHECK_EQ(hypercall1(__HYPERVISOR_get_debugreg, 6) & 0x4000, 0x4000);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_debugreg, 6, 0xffff0ff0), 0);
	/* an address in the hypervisor's range is nobody's to watch */
	CHECK_EQ(hypercall2(__HYPERVISOR_set_debugreg, 0, 0xffff82d040200000UL), -EPERM);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_debugreg, 0, ptr_arg(page)), 0);
	CHECK_EQ(hypercall1(__HYPERVISOR_get_debugreg, 0), page);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_debugreg, 7, 1UL << 32), -EINVAL);
	/* local enable of slot 0, one byte, write */
	CHECK_EQ(hypercall2(__HYPERVISOR_set_debugreg, 7, 0x10001), 0);
	steps = 0;
	*(volatile char *)page = 1;
	CHECK_EQ(steps, 1);
	CHECK_EQ(hypercall2(__HYPERVISOR_set_debugreg, 7, 0), 0);
	*(volatile char *)page = 1;
	CHECK_EQ(steps, 1);
	trap_handle(VECTOR_DB, NULL);
}

static void check_flags(void)
{
	uint64_t flags;

	/* IF stays as it is for the processor, whatever POPF says */
	__asm__ volatile("push $2; popfq; pushfq; pop %0" : "=r"(flags) : : "memory", "cc");
	CHECK_EQ(flags & 0x3200, RFLAGS_IF);
}

void test_main(void)
{
	traps_init();
	check_simple();
	check_page_faults();
	check_fetch();
	check_cpuid();
	check_msrs();
	check_segment_bases();
	check_io();
	check_control_registers();
	check_debug();
	check_flags();
}
