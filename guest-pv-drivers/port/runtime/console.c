/* SPDX-License-Identifier: MIT */
/* Console output of the runtime. */
#include <stdarg.h>
#include <stdio.h>

#include <xen/event.h>
#include <xen/io/console.h>
#include <xen/mmu.h>
#include <xen/sched.h>

#include "console.h"
#include "hypercall.h"
#include "pagetable.h"
#include "runtime.h"

/* How often to yield for a console daemon that doesn't read. */
#define PATIENCE 2000000

static struct xencons_interface *ring(void)
{
	return mfn_to_va(start_info->console.domU.mfn);
}

static void notify(void)
{
	struct evtchn_send send = {.port = start_info->console.domU.evtchn};

	hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, ptr_arg(&send));
}

static void wait_for_daemon(struct xencons_interface *r, uint32_t used)
{
	for (unsigned int i = 0; i < PATIENCE; i++) {
		if (r->out_prod - __atomic_load_n(&r->out_cons, __ATOMIC_ACQUIRE) <= used) {
			return;
		}
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	}
}

static void ring_write(const char *text, size_t length)
{
	struct xencons_interface *r = ring();

	for (size_t i = 0; i < length; i++) {
		uint32_t prod = r->out_prod;

		if (prod - __atomic_load_n(&r->out_cons, __ATOMIC_ACQUIRE) >= sizeof(r->out)) {
			notify();
			wait_for_daemon(r, sizeof(r->out) - 1);
		}
		r->out[prod % sizeof(r->out)] = text[i];
		__atomic_store_n(&r->out_prod, prod + 1, __ATOMIC_RELEASE);
	}
	notify();
}

void console_write(const char *text, size_t length)
{
	if (runtime_is_dom0()) {
		hypercall3(__HYPERVISOR_console_io, CONSOLEIO_write, length, ptr_arg(text));
	} else {
		ring_write(text, length);
	}
}

void console_flush(void)
{
	if (!runtime_is_dom0()) {
		wait_for_daemon(ring(), 0);
	}
}

int printf(const char *format, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	n = n < (int)sizeof(line) ? n : (int)sizeof(line) - 1;
	console_write(line, (size_t)n);
	return n;
}
