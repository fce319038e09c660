/* SPDX-License-Identifier: MIT */
/* Event channels of the runtime. */
#include <stddef.h>
#include <string.h>

#include <xen/sched.h>

#include "events.h"
#include "hypercall.h"
#include "runtime.h"
#include "traps.h"

#define MAX_PORTS 128U

static struct {
	event_handler_t *handler;
	void *arg;
} ports[MAX_PORTS];

long events_op(unsigned int cmd, void *arg)
{
	return hypercall2(__HYPERVISOR_event_channel_op, cmd, ptr_arg(arg));
}

static void port_deliver(evtchn_port_t port)
{
	if (port < MAX_PORTS && ports[port].handler != NULL) {
		ports[port].handler(port, ports[port].arg);
	}
}

static void word_deliver(unsigned int word)
{
	struct shared_info *shared = runtime_shared_info();
	uint64_t bits = __atomic_load_n(&shared->evtchn_pending[word], __ATOMIC_ACQUIRE) &
			~shared->evtchn_mask[word];

	while (bits != 0) {
		unsigned int bit = (unsigned int)__builtin_ctzl(bits);

		__atomic_fetch_and(&shared->evtchn_pending[word], ~(1UL << bit), __ATOMIC_ACQ_REL);
		port_deliver(word * 64 + bit);
		bits &= bits - 1;
	}
}

void events_poll(void)
{
	struct vcpu_info *vcpu = runtime_vcpu_info();

	while (__atomic_exchange_n(&vcpu->evtchn_upcall_pending, 0, __ATOMIC_ACQ_REL)) {
		uint64_t words =
			__atomic_exchange_n(&vcpu->evtchn_pending_sel, 0, __ATOMIC_ACQ_REL);

		while (words != 0) {
			word_deliver((unsigned int)__builtin_ctzl(words));
			words &= words - 1;
		}
	}
}

void events_enable(void)
{
	runtime_vcpu_info()->evtchn_upcall_mask = 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	events_poll();
}

void events_init(void)
{
	struct shared_info *shared = runtime_shared_info();

	memset(shared->evtchn_mask, 0xff, sizeof(shared->evtchn_mask));
	trap_event_upcall = events_poll;
	events_enable();
}

static void port_unmask(evtchn_port_t port)
{
	struct evtchn_unmask op = {.port = port};

	events_op(EVTCHNOP_unmask, &op);
}

void events_handle(evtchn_port_t port, event_handler_t *handler, void *arg)
{
	struct shared_info *shared = runtime_shared_info();

	if (port >= MAX_PORTS) {
		runtime_panic("event port %u is beyond the %u served", port, MAX_PORTS);
	}
	__atomic_fetch_or(&shared->evtchn_mask[port / 64], 1UL << (port % 64), __ATOMIC_SEQ_CST);
	ports[port].handler = handler;
	ports[port].arg = arg;
	if (handler != NULL) {
		port_unmask(port);
	}
}

static evtchn_port_t port_or_panic(long rc, evtchn_port_t port, const char *what)
{
	if (rc != 0) {
		runtime_panic("%s: %ld", what, rc);
	}
	return port;
}

evtchn_port_t events_bind_virq(unsigned int virq)
{
	struct evtchn_bind_virq op = {.virq = virq};
	long rc = events_op(EVTCHNOP_bind_virq, &op);

	return port_or_panic(rc, op.port, "bind_virq");
}

evtchn_port_t events_alloc_unbound(xen_domid_t remote)
{
	struct evtchn_alloc_unbound op = {.dom = DOMID_SELF, .remote_dom = remote};
	long rc = events_op(EVTCHNOP_alloc_unbound, &op);

	return port_or_panic(rc, op.port, "alloc_unbound");
}

evtchn_port_t events_bind_interdomain(xen_domid_t remote, evtchn_port_t port)
{
	struct evtchn_bind_interdomain op = {.remote_dom = remote, .remote_port = port};
	long rc = events_op(EVTCHNOP_bind_interdomain, &op);

	return port_or_panic(rc, op.local_port, "bind_interdomain");
}

void events_close(evtchn_port_t port)
{
	struct evtchn_close op = {.port = port};

	events_handle(port, NULL, NULL);
	events_op(EVTCHNOP_close, &op);
}

long events_send(evtchn_port_t port)
{
	struct evtchn_send op = {.port = port};

	return events_op(EVTCHNOP_send, &op);
}

void events_wait(void)
{
	runtime_vcpu_info()->evtchn_upcall_mask = 1;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&runtime_vcpu_info()->evtchn_upcall_pending, __ATOMIC_ACQUIRE)) {
		/* unmasks, and comes back through the upcall */
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0);
	}
	events_poll();
	events_enable();
}

bool events_is_pending(evtchn_port_t port)
{
	return runtime_shared_info()->evtchn_pending[port / 64] >> (port % 64) & 1;
}

xen_domid_t events_own_domid(void)
{
	evtchn_port_t here = events_alloc_unbound(DOMID_SELF);
	evtchn_port_t there = events_bind_interdomain(DOMID_SELF, here);
	struct evtchn_status status = {.dom = DOMID_SELF, .port = here};
	long rc = events_op(EVTCHNOP_status, &status);

	events_close(there);
	events_close(here);
	if (rc != 0 || status.status != EVTCHNSTAT_interdomain) {
		runtime_panic("status of a port of ours: %ld", rc);
	}
	return status.u.interdomain.dom;
}
