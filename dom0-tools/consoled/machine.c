/* SPDX-License-Identifier: MIT */
/* Pages and ports of real guests, and the hypervisor's console ring. */
#include "machine.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../libctl/evtchn.h"
#include "../libctl/foreign.h"
#include "../libctl/gnttab.h"
#include "../libctl/sysctl.h"
#include "../libdaemon/devices.h"
#include "xen/event.h"

#define CONSOLE_GRANT 0U /* the grant reference that every guest's console page has */

struct machine {
	struct loop *loop;
	struct devices devices;
	struct wires *wires;
	struct logfile *log; /* of the hypervisor, or NULL */
	int con_ring;        /* port of VIRQ_CON_RING */
	uint32_t log_index;
	struct wire_backend backend;
};

static int machine_map(void *arg, uint16_t domid, uint64_t mfn, struct xencons_interface **page)
{
	struct machine *machine = arg;
	int prot = PROT_READ | PROT_WRITE;
	void *mapped;
	int ret = ctl_gnttab_map(machine->devices.gnttab, domid, CONSOLE_GRANT, prot, &mapped);

	if (ret) {
		ret = ctl_foreign_map(machine->devices.ctl, domid, prot, &mfn, 1, &mapped);
	}
	*page = ret ? NULL : mapped;
	return ret;
}

static int machine_map_grant(void *arg, uint16_t domid, uint32_t ref,
			     struct xencons_interface **page)
{
	struct machine *machine = arg;
	void *mapped;
	int ret = ctl_gnttab_map(machine->devices.gnttab, domid, ref, PROT_READ | PROT_WRITE,
				 &mapped);

	*page = ret ? NULL : mapped;
	return ret;
}

static void machine_unmap(void *arg, struct xencons_interface *page)
{
	struct machine *machine = arg;

	if (ctl_gnttab_unmap(machine->devices.gnttab, page, 1)) {
		ctl_foreign_unmap(page, 1); /* it was not mapped by grant */
	}
}

static int machine_bind(void *arg, uint16_t domid, uint32_t port)
{
	struct machine *machine = arg;

	return ctl_evtchn_bind_interdomain(machine->devices.events.fd, domid, port);
}

static void machine_unbind(void *arg, int port)
{
	struct machine *machine = arg;

	ctl_evtchn_unbind(machine->devices.events.fd, (evtchn_port_t)port);
}

static void machine_notify(void *arg, int port)
{
	struct machine *machine = arg;

	ctl_evtchn_notify(machine->devices.events.fd, (evtchn_port_t)port);
}

static void machine_unmask(void *arg, int port)
{
	struct machine *machine = arg;

	ctl_evtchn_unmask(machine->devices.events.fd, (evtchn_port_t)port);
}

/* Copies what the hypervisor has printed since the last time. */
static void copy_hypervisor_log(struct machine *machine)
{
	char text[16384];
	int len;

	do {
		len = ctl_console_read(machine->devices.ctl, false, true, &machine->log_index, text,
				       sizeof(text));
		if (len > 0) {
			logfile_write(machine->log, text, (size_t)len);
		}
	} while (len == (int)sizeof(text));
}

static void machine_events(struct loop_source *source, uint32_t events)
{
	struct machine *machine =
		(struct machine *)((char *)source - offsetof(struct machine, devices.events));
	int port;

	(void)events;
	while ((port = ctl_evtchn_next(source->fd)) >= 0) {
		if (machine->log && port == machine->con_ring) {
			copy_hypervisor_log(machine);
			ctl_evtchn_unmask(source->fd, (evtchn_port_t)port);
		} else {
			wires_event(machine->wires, port);
		}
	}
}

struct machine *machine_open(struct loop *loop, struct wires *wires)
{
	struct machine *machine = calloc(1, sizeof(*machine));
	int ret;

	if (!machine) {
		return NULL;
	}
	machine->loop = loop;
	machine->wires = wires;
	machine->backend = (struct wire_backend){
		.map = machine_map,
		.map_grant = machine_map_grant,
		.unmap = machine_unmap,
		.bind = machine_bind,
		.unbind = machine_unbind,
		.notify = machine_notify,
		.unmask = machine_unmask,
		.arg = machine,
	};
	machine->devices.events.ready = machine_events;
	ret = devices_open(&machine->devices);
	ret = ret ? ret : loop_add(loop, &machine->devices.events, EPOLLIN);
	if (ret) {
		devices_close(&machine->devices, NULL);
		free(machine);
		return NULL;
	}
	return machine;
}

void machine_close(struct machine *machine)
{
	devices_close(&machine->devices, machine->loop);
	free(machine);
}

const struct wire_backend *machine_backend(struct machine *machine)
{
	return &machine->backend;
}

int machine_log_hypervisor(struct machine *machine, struct logfile *log)
{
	int port = ctl_evtchn_bind_virq(machine->devices.events.fd, VIRQ_CON_RING);

	if (port < 0) {
		return port;
	}
	machine->con_ring = port;
	machine->log = log;
	copy_hypervisor_log(machine);
	return 0;
}
