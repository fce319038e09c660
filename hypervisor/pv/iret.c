/* SPDX-License-Identifier: MIT */
/* The iret hypercall, as far as entry.S leaves it to C. */
#include "arch/context.h"
#include "arch/cpu.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "pv/pv.h"

#include <asm/guest_access.h>
#include <asm/pvcpu.h>

/* Flags a guest may not choose: interrupts stay on, its IOPL is virtual. */
static uint64_t sane_flags(uint64_t f)
{
	f &= ~(FLAG_IOPL | FLAG_VM | FLAG_VIF | FLAG_VIP | 0xffffffff00000000UL);
	return f | FLAG_IF | FLAG_FIXED1;
}

long do_iret(void)
{
	struct vcpu *v = current;
	struct cpu_user_regs *regs = guest_regs();
	struct iret_context ic;

	if (get_guest_words(&ic, gptr(regs->rsp), sizeof(ic) / 8)) {
		domain_crash(v->domain, "vcpu%u: iret frame at %lx not readable", v->id, regs->rsp);
		return 0;
	}
	if ((ic.cs & 3) == 3) {
		if (!v->pv.cr3_user) {
			domain_crash(v->domain,
				     "vcpu%u: iret to user mode without a user page table", v->id);
			return 0;
		}
		v->pv.kernel_mode = 0;
		swapgs();
		write_cr3(v->pv.cr3_user);
	}
	regs->rip = ic.rip;
	regs->cs = (uint16_t)(ic.cs | 3);
	regs->rflags = sane_flags(ic.rflags);
	regs->rsp = ic.rsp;
	regs->ss = (uint16_t)(ic.ss | 3);
	if (!(ic.flags & VGCF_in_syscall)) {
		regs->r11 = ic.r11;
		regs->rcx = ic.rcx;
	} else {
		regs->rcx = ic.rip;
		regs->r11 = regs->rflags;
	}
	v->info->evtchn_upcall_mask = !(ic.rflags & FLAG_IF);
	cpu_info()->full_frame = 1;
	/* The caller stores this as RAX. */
	return (long)ic.rax;
}
