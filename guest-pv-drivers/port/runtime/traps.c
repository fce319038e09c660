/* SPDX-License-Identifier: MIT */
/* Trap dispatch of the runtime. */
#include <stdio.h>
#include <string.h>

#include <xen/callback.h>

#include "hypercall.h"
#include "runtime.h"
#include "traps.h"

#define RFLAGS_FIXED 0x002UL
#define RFLAGS_IF 0x200UL

struct fixup {
	uint64_t start;
	uint64_t end;
};
extern const struct fixup fixups_start[], fixups_end[];

struct fault last_fault = {.vector = -1};
void (*trap_event_upcall)(void);

static trap_handler_t *handlers[TRAP_SOURCE_COUNT];
static bool user_is_running;
static bool frame_is_running;

void trap_dispatch(struct trap_frame *frame);
void user_enter(struct trap_frame *frame);
_Noreturn void user_leave(void);

void trap_handle(unsigned int vector, trap_handler_t *handler)
{
	handlers[vector] = handler;
}

static void fault_record(const struct trap_frame *frame)
{
	last_fault.vector = (int)frame->vector;
	last_fault.error = frame->error;
	last_fault.rip = frame->rip;
	last_fault.cr2 = frame->vector == VECTOR_PF ? runtime_vcpu_info()->arch.cr2 : 0;
	last_fault.frame = *frame;
}

static bool fault_fix(struct trap_frame *frame)
{
	for (const struct fixup *f = fixups_start; f < fixups_end; f++) {
		if (frame->rip >= f->start && frame->rip <= f->end) {
			fault_record(frame);
			frame->rip = f->end;
			return true;
		}
	}
	return false;
}

static _Noreturn void frame_panic(const struct trap_frame *f)
{
	printf("rip %04x:%016lx rsp %04lx:%016lx flags %lx error %lx cr2 %lx\n", f->cs, f->rip,
	       f->ss, f->rsp, f->rflags, f->error, runtime_vcpu_info()->arch.cr2);
	printf("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
	printf("rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", f->rsi, f->rdi, f->rbp, f->r8);
	runtime_panic("unexpected trap %lx from %s", f->vector,
		      trap_from_user(f) ? "user mode" : "the kernel");
}

void trap_dispatch(struct trap_frame *frame)
{
	if (frame->vector < TRAP_SOURCE_COUNT && handlers[frame->vector] != NULL &&
	    handlers[frame->vector](frame)) {
		return;
	}
	if (frame->vector == TRAP_EVENT) {
		if (trap_event_upcall != NULL) {
			trap_event_upcall();
		} else {
			/* nobody looks at ports: without this the upcall would come for ever */
			runtime_vcpu_info()->evtchn_upcall_pending = 0;
		}
		return;
	}
	if (frame_is_running || (trap_from_user(frame) && user_is_running)) {
		fault_record(frame);
		user_is_running = false;
		frame_is_running = false;
		user_leave();
	}
	if (!trap_from_user(frame) && fault_fix(frame)) {
		return;
	}
	frame_panic(frame);
}

static void callback_set(uint16_t type, uint64_t address)
{
	struct callback_register reg = {.type = type, .address = address};
	long rc = hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, ptr_arg(&reg));

	if (rc != 0) {
		runtime_panic("callback type %u refused: %ld", type, rc);
	}
}

void traps_init(void)
{
	struct trap_info table[40] = {0};
	unsigned int n = 0;
	long rc;

	/* the fault path reads CR2 there: map it while nothing depends on it */
	runtime_shared_info();
	for (const struct trap_entry *e = trap_entries; e->address != 0; e++) {
		bool open = e->vector == VECTOR_BP || e->vector == VECTOR_OF || e->vector >= 0x80;

		table[n++] = (struct trap_info){
			.vector = (uint8_t)e->vector,
			.flags = open ? 3 : 0,
			.cs = FLAT_KERNEL_CS,
			.address = e->address,
		};
	}
	rc = hypercall1(__HYPERVISOR_set_trap_table, ptr_arg(table));
	if (rc != 0) {
		runtime_panic("trap table refused: %ld", rc);
	}
	callback_set(CALLBACKTYPE_event, callback_entries[0]);
	callback_set(CALLBACKTYPE_failsafe, callback_entries[1]);
	callback_set(CALLBACKTYPE_syscall, callback_entries[2]);
	rc = hypercall2(__HYPERVISOR_stack_switch, FLAT_KERNEL_SS, ptr_arg(trap_stack_end));
	if (rc != 0) {
		runtime_panic("stack_switch refused: %ld", rc);
	}
}

void user_frame_init(struct trap_frame *frame, uint64_t rip, uint64_t rsp)
{
	memset(frame, 0, sizeof(*frame));
	frame->rip = rip;
	frame->cs = FLAT_USER_CS;
	frame->rflags = RFLAGS_FIXED;
	if (!runtime_vcpu_info()->evtchn_upcall_mask) {
		frame->rflags |= RFLAGS_IF;
	}
	frame->rsp = rsp;
	frame->ss = FLAT_USER_SS;
}

int frame_run(const struct trap_frame *frame)
{
	frame_is_running = true;
	return user_run(frame);
}

int user_run(const struct trap_frame *frame)
{
	struct trap_frame copy = *frame;

	last_fault.vector = -1;
	user_is_running = true;
	user_enter(&copy);
	return *(volatile int *)&last_fault.vector;
}
