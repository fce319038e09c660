/* SPDX-License-Identifier: MIT */
/* Storms (see the header). */
#include <stdio.h>
#include <string.h>

#include <xen/io/console.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "claim.h"
#include "clock.h"
#include "events.h"
#include "hypercall.h"
#include "pagetable.h"
#include "runtime.h"
#include "storm.h"
#include "traps.h"

#define TICKS 50U
#define TICK_NS 2000000UL

static struct vcpu_guest_context context __attribute__((aligned(4096)));
static char stack[16384] __attribute__((aligned(16)));
static void (*storm_round)(unsigned long n);
static volatile unsigned long done;
static volatile unsigned int ticks;

/* vCPU 1 begins here and never comes back. */
static _Noreturn void storm(void)
{
	for (;;) {
		storm_round(done);
		done++;
	}
}

static bool vcpu_start(void)
{
	runtime_shared_info()->vcpu_info[1].evtchn_upcall_mask = 1;
	context.flags = VGCF_in_kernel;
	context.user_regs.rip = (uint64_t)storm;
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

static void count_tick(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
	ticks++;
}

static void nothing(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
}

/* One line from the console, without its end. */
static void console_line(char *line, size_t room)
{
	struct xencons_interface *r = mfn_to_va(start_info->console.domU.mfn);
	size_t n = 0;
	char c = 0;

	while (c != '\n') {
		uint32_t cons = r->in_cons;

		while (cons == __atomic_load_n(&r->in_prod, __ATOMIC_ACQUIRE)) {
			events_wait();
		}
		c = r->in[cons % sizeof(r->in)];
		__atomic_store_n(&r->in_cons, cons + 1, __ATOMIC_RELEASE);
		if (c >= ' ' && n < room - 1) {
			line[n++] = c;
		}
	}
	line[n] = '\0';
	events_send(start_info->console.domU.evtchn);
}

static void console_answer(void)
{
	char line[64];

	events_handle(start_info->console.domU.evtchn, nothing, NULL);
	printf("the storm goes on\n");
	for (;;) {
		console_line(line, sizeof(line));
		if (strcmp(line, "end") == 0) {
			return;
		}
		printf("round %lu, you said: %s\n", done, line);
	}
}

void storm_run(void (*round)(unsigned long n), unsigned long rounds)
{
	unsigned long before;

	storm_round = round;
	events_handle(events_bind_virq(VIRQ_TIMER), count_tick, NULL);
	if (!vcpu_start()) {
		SKIP("there is no second vCPU");
		return;
	}
	while (done == 0) {
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	}
	before = done;
	for (unsigned int i = 0; i < TICKS; i++) {
		clock_set_timer(clock_now() + TICK_NS);
		while (ticks <= i) {
			events_wait();
		}
	}
	while (done - before < rounds) {
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	}
	printf("%u ticks in %lu rounds\n", ticks, done - before);
	if (!runtime_is_dom0()) {
		console_answer();
	}
}

static bool pass_over(struct trap_frame *frame)
{
	frame->rip = frame->rbx;
	return true;
}

void storm_faults(void)
{
	static const unsigned int vectors[] = {0, VECTOR_UD, VECTOR_GP, VECTOR_PF};

	for (unsigned int i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		trap_handle(vectors[i], pass_over);
	}
}
