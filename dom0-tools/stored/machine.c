/* SPDX-License-Identifier: MIT */
/* Rings of real guests and of domain 0's kernel, and the hypervisor's word on who is alive. */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../libctl/evtchn.h"
#include "../libctl/gnttab.h"
#include "../libctl/sysctl.h"
#include "../libdaemon/devices.h"
#include "../libdaemon/log.h"
#include "domain.h"
#include "ring.h"
#include "xen/event.h"

#define XENSTORE_GRANT 1U /* the grant reference that every guest's store page has */

struct machine {
	struct loop *loop;
	struct devices devices;
	int dom_exc;     /* port of VIRQ_DOM_EXC, or 0 */
	int kernel_page; /* /proc/xen/xsd_kva, or -errno */
	int kernel_port; /* what /proc/xen/xsd_port says, or -errno */
	struct stored *stored;
	struct guest_ring **by_port; /* indexed by our own port */
	size_t port_room;
	struct stored_backend backend;
};

struct guest_ring {
	struct ring ring; /* first */
	struct machine *machine;
	uint16_t domid;
	evtchn_port_t port; /* ours */
};

static void guest_ring_notify(struct ring *ring)
{
	struct guest_ring *guest = (struct guest_ring *)ring;

	ctl_evtchn_notify(guest->machine->devices.events.fd, guest->port);
}

static void guest_ring_release(struct ring *ring)
{
	struct guest_ring *guest = (struct guest_ring *)ring;
	struct machine *machine = guest->machine;

	machine->by_port[guest->port] = NULL;
	ctl_evtchn_unbind(machine->devices.events.fd, guest->port);
	munmap(ring->page, XEN_PAGE_SIZE);
	free(guest);
}

/* Remembers whose port it is. */
static int claim_port(struct machine *machine, evtchn_port_t port, struct guest_ring *guest)
{
	struct guest_ring **more;
	size_t room = machine->port_room ? machine->port_room : 64;

	while (room <= port) {
		room *= 2;
	}
	if (room > machine->port_room) {
		more = realloc(machine->by_port, room * sizeof(struct guest_ring *));
		if (!more) {
			return -ENOMEM;
		}
		memset(more + machine->port_room, 0,
		       (room - machine->port_room) * sizeof(struct guest_ring *));
		machine->by_port = more;
		machine->port_room = room;
	}
	machine->by_port[port] = guest;
	return 0;
}

/* Binds the ring's event channel to the guest's `port`. */
static int bind_port(struct guest_ring *guest, uint32_t port)
{
	struct machine *machine = guest->machine;
	int ours = ctl_evtchn_bind_interdomain(machine->devices.events.fd, guest->domid, port);
	int ret;

	if (ours < 0) {
		return ours;
	}
	ret = claim_port(machine, (evtchn_port_t)ours, guest);
	if (ret) {
		ctl_evtchn_unbind(machine->devices.events.fd, (evtchn_port_t)ours);
		return ret;
	}
	guest->port = (evtchn_port_t)ours;
	guest->ring.port = guest->port;
	return 0;
}

/* Makes a ring around a mapped page, which stays the caller's on failure. `ours` is the port that
 * an old daemon bound already, or 0. */
static int make_ring(struct machine *machine, uint16_t domid, void *page, uint32_t port,
		     uint32_t ours, struct transport **transport)
{
	struct guest_ring *guest = calloc(1, sizeof(*guest));
	int ret;

	if (!guest) {
		return -ENOMEM;
	}
	guest->machine = machine;
	guest->domid = domid;
	guest->port = ours;
	guest->ring.port = ours;
	guest->ring.page = page;
	guest->ring.notify = guest_ring_notify;
	guest->ring.release = guest_ring_release;
	ret = ours ? claim_port(machine, ours, guest) : bind_port(guest, port);
	if (ret) {
		free(guest);
		return ret;
	}
	*transport = &guest->ring.transport;
	return 0;
}

static int open_guest(struct machine *machine, uint16_t domid, uint32_t port, uint32_t ours,
		      struct transport **transport)
{
	void *page;
	int ret = ctl_gnttab_map(machine->devices.gnttab, domid, XENSTORE_GRANT,
				 PROT_READ | PROT_WRITE, &page);

	if (ret) {
		log_error("domain %u: cannot map its store page, grant %u: %s", domid,
			  XENSTORE_GRANT, strerror(-ret));
		return ret;
	}
	/* The descriptor goes to the next program in a live update. */
	ret = ctl_gnttab_detach(machine->devices.gnttab, page, 1);
	ret = ret ? ret : make_ring(machine, domid, page, port, ours, transport);
	if (ret) {
		log_error("domain %u: cannot bind its event channel %u: %s", domid, port,
			  strerror(-ret));
		munmap(page, XEN_PAGE_SIZE);
	}
	return ret;
}

static int machine_ring_open(void *arg, uint16_t domid, uint32_t port, struct transport **transport)
{
	int ret = open_guest(arg, domid, port, 0, transport);

	if (!ret) {
		ring_init((struct ring *)*transport);
	}
	return ret;
}

static int machine_ring_rebind(void *arg, struct transport *transport, uint32_t port)
{
	struct machine *machine = arg;
	struct guest_ring *guest = (struct guest_ring *)transport;
	evtchn_port_t old = guest->port;
	int ret = bind_port(guest, port);

	if (!ret) {
		machine->by_port[old] = NULL;
		ctl_evtchn_unbind(machine->devices.events.fd, old);
	}
	return ret;
}

static int compare_domid(const void *key, const void *element)
{
	const struct xen_domctl_getdomaininfo *info = element;

	return (int)*(const uint16_t *)key - (int)info->domain;
}

/* Asks the hypervisor for every domain and compares with those introduced. */
static void check_domains(struct machine *machine)
{
	struct xen_domctl_getdomaininfo *list;
	struct domain *domain, *next;
	int count = ctl_domain_list_all(machine->devices.ctl, &list);

	if (count < 0) {
		log_error("cannot ask the hypervisor for its domains: %s", strerror(-count));
		return;
	}
	for (domain = TAILQ_FIRST(&machine->stored->domains); domain; domain = next) {
		struct domain_state now = {0};
		const struct xen_domctl_getdomaininfo *info;

		next = TAILQ_NEXT(domain, link); /* the update may free the domain */
		info = bsearch(&domain->domid, list, (size_t)count, sizeof(*list), compare_domid);
		if (info) {
			now.exists = !(info->flags & XEN_DOMINF_dying);
			now.shutdown = info->flags & XEN_DOMINF_shutdown;
		}
		domain_update(machine->stored, domain, &now);
	}
	free(list);
}

static void guest_event(struct guest_ring *guest)
{
	struct connection *connection = guest->ring.transport.connection;

	if (!connection) {
		return;
	}
	if (ring_reconnect(&guest->ring)) {
		connection_reset(connection);
		connection->stopped = false;
	}
	connection_wake(connection);
}

static void machine_events(struct loop_source *source, uint32_t events)
{
	struct machine *machine =
		(struct machine *)((char *)source - offsetof(struct machine, devices.events));
	int port;

	(void)events;
	while ((port = ctl_evtchn_next(source->fd)) >= 0) {
		ctl_evtchn_unmask(source->fd, (evtchn_port_t)port);
		if (port == machine->dom_exc) {
			check_domains(machine);
		} else if ((size_t)port < machine->port_room && machine->by_port[port]) {
			guest_event(machine->by_port[port]);
		}
	}
}

const struct stored_backend *machine_backend(struct machine *machine)
{
	return &machine->backend;
}

/* The number that the kernel shows in a file of xenfs, or -errno. */
static int read_port(void)
{
	char text[16] = "";
	int fd = open("/proc/xen/xsd_port", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0) {
		return -errno;
	}
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	return got > 0 ? atoi(text) : -EIO;
}

static int open_devices(struct machine *machine)
{
	machine->kernel_port = read_port();
	machine->kernel_page = open("/proc/xen/xsd_kva", O_RDWR | O_CLOEXEC);
	if (machine->kernel_page < 0) {
		machine->kernel_page = -errno;
	}
	return devices_open(&machine->devices);
}

/* A daemon that stayed root handed over no more than its event channels. */
static int take_devices(struct machine *machine, const struct takeover *from)
{
	int ret;

	if (from->of[TAKE_GNTTAB] < 0) {
		ret = open_devices(machine);
		if (!ret) {
			close(machine->devices.events.fd);
		}
	} else {
		machine->kernel_page = from->of[TAKE_KERNEL_PAGE];
		machine->kernel_port = -ENODEV; /* its ring has been bound for long */
		machine->devices.gnttab = from->of[TAKE_GNTTAB];
		ret = ctl_take_over(from->of[TAKE_PRIVCMD], from->of[TAKE_BUFFERS],
				    &machine->devices.ctl);
	}
	machine->devices.events.fd = from->of[TAKE_EVENTS];
	machine->dom_exc = from->of[TAKE_DOM_EXC];
	return ret;
}

struct machine *machine_open(struct loop *loop, const struct takeover *from)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	if (!machine) {
		return NULL;
	}
	machine->loop = loop;
	machine->backend = (struct stored_backend){
		.ring_open = machine_ring_open,
		.ring_rebind = machine_ring_rebind,
		.arg = machine,
	};
	machine->devices.events.ready = machine_events;
	if (from ? take_devices(machine, from) : open_devices(machine)) {
		free(machine);
		return NULL;
	}
	return machine;
}

static int map_kernel_page(const struct machine *machine, void **page)
{
	if (machine->kernel_page < 0) {
		return machine->kernel_page;
	}
	*page = mmap(NULL, XEN_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, machine->kernel_page,
		     0);
	return *page == MAP_FAILED ? -errno : 0;
}

/* Domain 0's own kernel: its page and port are shown in xenfs. */
static int open_kernel(struct machine *machine, uint32_t ours, struct transport **transport)
{
	void *page = NULL;
	int port = ours ? 0 : machine->kernel_port;
	int ret = port < 0 ? port : map_kernel_page(machine, &page);

	if (ret) {
		return ret;
	}
	ret = make_ring(machine, 0, page, (uint32_t)port, ours, transport);
	if (ret) {
		munmap(page, XEN_PAGE_SIZE);
	}
	return ret;
}

int machine_ring_resume(struct machine *machine, uint16_t domid, uint32_t port, uint32_t ours,
			struct transport **transport)
{
	int ret = domid ? open_guest(machine, domid, port, ours, transport)
			: open_kernel(machine, ours, transport);

	if (!ret) {
		ring_resume((struct ring *)*transport);
	}
	return ret;
}

static int connect_kernel(struct machine *machine)
{
	struct transport *transport;
	int ret = open_kernel(machine, 0, &transport);

	if (ret) {
		return ret;
	}
	ring_init((struct ring *)transport);
	if (!connection_create(machine->stored, transport, 0)) {
		transport->ops->close(transport);
		return -ENOMEM;
	}
	/* The kernel's xenbus waits for this first sign of life. */
	guest_ring_notify((struct ring *)transport);
	return 0;
}

/* Whether the store that was taken over has the kernel's ring. */
static bool kernel_is_connected(const struct stored *stored)
{
	const struct connection *connection;

	TAILQ_FOREACH(connection, &stored->connections, link)
	{
		if (!connection->subject.domid && connection->transport->ops->is_ring) {
			return true;
		}
	}
	return false;
}

int machine_start(struct machine *machine, struct stored *stored)
{
	int ret;

	machine->stored = stored;
	if (!machine->dom_exc) {
		machine->dom_exc = ctl_evtchn_bind_virq(machine->devices.events.fd, VIRQ_DOM_EXC);
	}
	if (machine->dom_exc < 0) {
		log_error("cannot bind VIRQ_DOM_EXC: %s%s", strerror(-machine->dom_exc),
			  machine->dom_exc == -EEXIST ? "; another xenstored is running" : "");
		return machine->dom_exc;
	}
	ret = kernel_is_connected(stored) ? 0 : connect_kernel(machine);
	if (ret) {
		log_error("cannot connect domain 0's kernel through /proc/xen/xsd_kva and "
			  "xsd_port: %s; is xenfs mounted on /proc/xen?",
			  strerror(-ret));
		return ret;
	}
	check_domains(machine); /* those of an old store may have died since */
	return loop_add(machine->loop, &machine->devices.events, EPOLLIN);
}

void machine_hand_over(const struct machine *machine, struct takeover *takeover)
{
	takeover->of[TAKE_EVENTS] = machine->devices.events.fd;
	takeover->of[TAKE_DOM_EXC] = machine->dom_exc;
	takeover->of[TAKE_GNTTAB] = machine->devices.gnttab;
	ctl_descriptors(machine->devices.ctl, &takeover->of[TAKE_PRIVCMD],
			&takeover->of[TAKE_BUFFERS]);
	takeover->of[TAKE_KERNEL_PAGE] = machine->kernel_page;
}

void machine_close(struct machine *machine)
{
	devices_close(&machine->devices, machine->loop);
	if (machine->kernel_page >= 0) {
		close(machine->kernel_page);
	}
	free(machine->by_port);
	free(machine);
}
