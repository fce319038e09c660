/* SPDX-License-Identifier: MIT */
/* What dom0's devices offer of the hypervisor: a hypercall, events, grants; its memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../libctl/ctl.h"
#include "../libctl/evtchn.h"
#include "../libctl/gnttab.h"
#include "../libctl/sysctl.h"
#include "xen/hypercall.h"

#include "workload.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* /dev/xen/gntalloc: IOCTL_GNTALLOC_ALLOC_GREF, a page of ours that others may map. */
struct gntalloc_alloc {
	uint16_t domid;
	uint16_t flags; /* 1: writable */
	uint32_t count;
	uint64_t index;   /* out: offset for mmap */
	uint32_t refs[1]; /* out */
};
#define GNTALLOC_ALLOC _IOC(_IOC_NONE, 'G', 5, 24)

static struct ctl *ctl;

static int result(int rc)
{
	if (rc < 0) {
		errno = -rc;
		return -1;
	}
	return 0;
}

static int run_hypercall(long units)
{
	static const uint64_t args[5] = {0}; /* XENVER_version */

	while (units-- > 0) {
		if (ctl_hypercall(ctl, __HYPERVISOR_xen_version, args) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Two ends of a channel of this domain, one for each of two processes. */
static int end_fd[2] = {-1, -1};
static int end_port[2];
static pid_t answering;

static int end_open(int i)
{
	end_fd[i] = ctl_evtchn_open();
	if (end_fd[i] < 0) {
		return result(end_fd[i]);
	}
	/* reading shall wait */
	return fcntl(end_fd[i], F_SETFL, 0);
}

static int end_take(int i)
{
	uint32_t port;

	if (read(end_fd[i], &port, sizeof(port)) != sizeof(port)) {
		return -1;
	}
	return write(end_fd[i], &port, sizeof(port)) == sizeof(port) ? 0 : -1;
}

static int before_events(long units)
{
	if (end_open(0) != 0 || end_open(1) != 0) {
		return -1;
	}
	end_port[0] = ctl_evtchn_bind_unbound(end_fd[0], DOMID_SELF);
	if (end_port[0] < 0) {
		return result(end_port[0]);
	}
	end_port[1] =
		ctl_evtchn_bind_interdomain(end_fd[1], DOMID_SELF, (evtchn_port_t)end_port[0]);
	if (end_port[1] < 0) {
		return result(end_port[1]);
	}
	/* a port starts pending */
	if (end_take(1) != 0) {
		return -1;
	}
	answering = fork();
	if (answering == 0) {
		while (units-- > 0) {
			if (end_take(1) != 0 ||
			    ctl_evtchn_notify(end_fd[1], (evtchn_port_t)end_port[1]) < 0) {
				_exit(1);
			}
		}
		_exit(0);
	}
	return answering < 0 ? -1 : 0;
}

static int run_events(long units)
{
	while (units-- > 0) {
		int rc = ctl_evtchn_notify(end_fd[0], (evtchn_port_t)end_port[0]);

		if (rc < 0) {
			return result(rc);
		}
		if (end_take(0) != 0) {
			return -1;
		}
	}
	return 0;
}

static void after_events(void)
{
	waitpid(answering, NULL, 0);
	close(end_fd[0]);
	close(end_fd[1]);
}

static int grant_fd = -1;
static struct gntalloc_alloc granted;

static int before_grant(long units)
{
	int fd;

	(void)units;
	if (grant_fd >= 0) {
		return 0;
	}
	fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		return -1;
	}
	/* dom0 grants to itself */
	granted = (struct gntalloc_alloc){.flags = 1, .count = 1};
	if (ioctl(fd, GNTALLOC_ALLOC, &granted) != 0) {
		close(fd);
		return -1;
	}
	grant_fd = ctl_gnttab_open();
	return result(grant_fd);
}

static int run_grant(long units)
{
	while (units-- > 0) {
		void *page;
		int rc =
			ctl_gnttab_map(grant_fd, 0, granted.refs[0], PROT_READ | PROT_WRITE, &page);

		if (rc < 0) {
			return result(rc);
		}
		*(volatile char *)page = 1;
		rc = ctl_gnttab_unmap(grant_fd, page, 1);
		if (rc < 0) {
			return result(rc);
		}
	}
	return 0;
}

static const struct operation list[] = {
	{.name = "hypercall", .units = 20000, .run = run_hypercall},
	{.name = "event_round_trip",
	 .units = 2000,
	 .before = before_events,
	 .run = run_events,
	 .after = after_events},
	{.name = "grant_map_unmap", .units = 1000, .before = before_grant, .run = run_grant},
};

int family_hyp(const char *arg)
{
	int rc = ctl_open(&ctl);

	(void)arg;
	if (rc != 0) {
		operation_skip("hyp", strerror(-rc));
		return 1;
	}
	operations_time("hyp", list, COUNT(list));
	return 0;
}

/* Frames in all, free, and of each domain: what remains is the hypervisor's own. */
int show_memory(const char *arg)
{
	struct xen_domctl_getdomaininfo *domains = NULL;
	struct xen_sysctl_physinfo info = {0};
	int n = 0, rc = ctl_open(&ctl);

	(void)arg;
	if (rc == 0) {
		rc = ctl_physinfo(ctl, &info);
	}
	if (rc == 0) {
		n = ctl_domain_list_all(ctl, &domains);
		rc = n < 0 ? n : 0;
	}
	if (rc != 0) {
		fprintf(stderr, "workload: memory: %s\n", strerror(-rc));
		return 1;
	}
	printf("pages total %llu free %llu", (unsigned long long)info.total_pages,
	       (unsigned long long)info.free_pages);
	for (int i = 0; i < n; i++) {
		printf(" d%u %llu", domains[i].domain, (unsigned long long)domains[i].tot_pages);
	}
	printf("\n");
	free(domains);
	return 0;
}
