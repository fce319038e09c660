/* SPDX-License-Identifier: MIT */
/* Further vCPUs (see the header). */
#include <xen/vcpu.h>

#include "hypercall.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"
#include "vcpus.h"

static struct vcpu_guest_context context __attribute__((aligned(4096)));
static char stack[16384] __attribute__((aligned(16)));

bool vcpu_start(void (*fn)(void))
{
	runtime_shared_info()->vcpu_info[1].evtchn_upcall_mask = 1;
	context.flags = VGCF_in_kernel;
	context.user_regs.rip = (uint64_t)fn;
	context.user_regs.cs = FLAT_KERNEL_CS;
	context.user_regs.ss = FLAT_KERNEL_SS;
	context.user_regs.rflags = 0x202;
	context.user_regs.rsp = ptr_arg(stack + sizeof(stack)) - 8;
	context.kernel_ss = FLAT_KERNEL_SS;
	context.kernel_sp = ptr_arg(stack + sizeof(stack));
	context.ctrlreg[3] = va_to_mfn(pt_kernel_l4()) << 12;
	context.event_callback_eip = callback_entries[0];
	context.failsafe_callback_eip = callback_entries[1];
	context.syscall_callback_eip = callback_entries[2];
	for (const struct trap_entry *e = trap_entries; e->address != 0; e++) {
		context.trap_ctxt[e->vector] = (struct trap_info){
			.vector = (uint8_t)e->vector,
			.cs = FLAT_KERNEL_CS,
			.address = e->address,
		};
	}
	return hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 1, ptr_arg(&context)) == 0 &&
	       hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_up, 1, 0) == 0;
}
