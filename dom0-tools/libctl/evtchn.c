/* SPDX-License-Identifier: MIT */
/* /dev/xen/evtchn. The requests and their arguments are Linux's <xen/evtchn.h>, restated here
 * because that header wants Xen's own typedefs. */
#include "evtchn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVTCHN_BIND_VIRQ _IOC(_IOC_NONE, 'E', 0, sizeof(struct bind_virq))
#define EVTCHN_BIND_INTERDOMAIN _IOC(_IOC_NONE, 'E', 1, sizeof(struct bind_interdomain))
#define EVTCHN_BIND_UNBOUND _IOC(_IOC_NONE, 'E', 2, sizeof(struct bind_unbound))
#define EVTCHN_UNBIND _IOC(_IOC_NONE, 'E', 3, sizeof(struct port_only))
#define EVTCHN_NOTIFY _IOC(_IOC_NONE, 'E', 4, sizeof(struct port_only))

struct bind_virq {
	unsigned int virq;
};

struct bind_interdomain {
	unsigned int remote_domain;
	unsigned int remote_port;
};

struct bind_unbound {
	unsigned int remote_domain;
};

struct port_only {
	unsigned int port;
};

static int evtchn_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int ctl_evtchn_open(void)
{
	int fd = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int ctl_evtchn_bind_virq(int fd, unsigned int virq)
{
	struct bind_virq arg = {.virq = virq};

	return evtchn_ioctl(fd, EVTCHN_BIND_VIRQ, &arg);
}

int ctl_evtchn_bind_interdomain(int fd, xen_domid_t domid, evtchn_port_t remote_port)
{
	struct bind_interdomain arg = {.remote_domain = domid, .remote_port = remote_port};

	return evtchn_ioctl(fd, EVTCHN_BIND_INTERDOMAIN, &arg);
}

int ctl_evtchn_bind_unbound(int fd, xen_domid_t domid)
{
	struct bind_unbound arg = {.remote_domain = domid};

	return evtchn_ioctl(fd, EVTCHN_BIND_UNBOUND, &arg);
}

int ctl_evtchn_unbind(int fd, evtchn_port_t port)
{
	struct port_only arg = {.port = port};

	return evtchn_ioctl(fd, EVTCHN_UNBIND, &arg);
}

int ctl_evtchn_notify(int fd, evtchn_port_t port)
{
	struct port_only arg = {.port = port};

	return evtchn_ioctl(fd, EVTCHN_NOTIFY, &arg);
}

int ctl_evtchn_next(int fd)
{
	evtchn_port_t port;
	ssize_t got = read(fd, &port, sizeof(port));

	if (got < 0) {
		return -errno;
	}
	return got == sizeof(port) ? (int)port : -EIO;
}

int ctl_evtchn_unmask(int fd, evtchn_port_t port)
{
	ssize_t put = write(fd, &port, sizeof(port));

	if (put < 0) {
		return -errno;
	}
	return put == sizeof(port) ? 0 : -EIO;
}
