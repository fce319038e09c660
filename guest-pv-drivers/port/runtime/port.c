/* SPDX-License-Identifier: MIT */
/* What the driver libraries need, from the runtime of a PV guest. */
#include <xen/event.h>

#include "clock.h"
#include "events.h"
#include "hypercall.h"
#include "pages.h"
#include "pagetable.h"
#include "port/port.h"
#include "window.h"

#define MAX_PORTS 128U

static struct {
	port_handler_t *handler;
	void *arg;
} handlers[MAX_PORTS];

static evtchn_port_t timer_port;
static volatile bool signalled; /* since port_wait() last returned */

void *port_page_alloc(void)
{
	return pages_free_count() > 0 ? page_alloc() : NULL;
}

void port_page_free(void *page)
{
	page_free(page);
}

uint64_t port_page_frame(const void *page)
{
	return va_to_mfn(page);
}

long port_grant_op(unsigned int cmd, void *arg, unsigned int count)
{
	return hypercall3(__HYPERVISOR_grant_table_op, cmd, ptr_arg(arg), count);
}

long port_evtchn_op(unsigned int cmd, void *arg)
{
	return events_op(cmd, arg);
}

void *port_map_frames(const xen_pfn_t *frames, unsigned int count)
{
	char *va = window_alloc(count);

	for (unsigned int i = 0; i < count; i++) {
		if (pt_remap(va + i * 4096UL, frames[i] << 12 | PTE_KERNEL) != 0) {
			return NULL;
		}
	}
	return va;
}

static void deliver(evtchn_port_t port, void *arg)
{
	(void)arg;
	signalled = true;
	if (handlers[port].handler != NULL) {
		handlers[port].handler(handlers[port].arg);
	}
}

void port_event_handle(uint32_t port, port_handler_t *handler, void *arg)
{
	if (port >= MAX_PORTS) {
		runtime_panic("event port %u is beyond the %u served", port, MAX_PORTS);
	}
	handlers[port].handler = handler;
	handlers[port].arg = arg;
	events_handle(port, handler != NULL ? deliver : NULL, NULL);
}

static void timer_fired(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
	signalled = true;
}

void port_wait(uint64_t deadline)
{
	if (deadline != 0) {
		if (timer_port == 0) {
			timer_port = events_bind_virq(VIRQ_TIMER);
			events_handle(timer_port, timer_fired, NULL);
		}
		clock_set_timer(deadline);
	}
	/* an upcall between here and the block would be slept over: look with upcalls off */
	runtime_vcpu_info()->evtchn_upcall_mask = 1;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	while (!signalled) {
		events_wait();
		runtime_vcpu_info()->evtchn_upcall_mask = 1;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	signalled = false;
	events_enable();
}

uint64_t port_now(void)
{
	return clock_now();
}

void *port_xenstore_ring(uint32_t *port)
{
	if (runtime_is_dom0()) {
		return NULL;
	}
	*port = start_info->store_evtchn;
	return mfn_to_va(start_info->store_mfn);
}
