/* SPDX-License-Identifier: MIT */
/* In dom0: how much of the CPU each domain gets, and how much work spin.S guests get done. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../libctl/ctl.h"
#include "../libctl/domctl.h"
#include "../libctl/sysctl.h"
#include "workload.h"

static struct ctl *ctl;

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int failed(const char *what, int rc)
{
	fprintf(stderr, "workload: %s: %s\n", what, strerror(-rc));
	return 1;
}

static int all_domains(struct xen_domctl_getdomaininfo **list)
{
	int rc = ctl != NULL ? 0 : ctl_open(&ctl);

	return rc < 0 ? rc : ctl_domain_list_all(ctl, list);
}

/* CPU time of each domain within so many milliseconds: "SHARE elapsed NS d0 NS d1 NS …". */
int show_shares(const char *milliseconds)
{
	struct xen_domctl_getdomaininfo *before = NULL, *after = NULL;
	int n = all_domains(&before), m;
	int64_t start = now(), elapsed;

	usleep((useconds_t)atoi(milliseconds) * 1000);
	elapsed = now() - start;
	m = n < 0 ? n : all_domains(&after);
	if (m < 0 || m != n) {
		return failed("shares", m < 0 ? m : -11);
	}
	printf("SHARE elapsed %" PRId64, elapsed);
	for (int i = 0; i < n; i++) {
		printf(" d%u %" PRIu64, after[i].domain, after[i].cpu_time - before[i].cpu_time);
	}
	printf("\n");
	free(before);
	free(after);
	return 0;
}

/* What spin.S counts in RBX. */
static int counted(xen_domid_t domid, uint64_t *count)
{
	struct vcpu_guest_context *context = ctl_buffer_alloc(ctl, sizeof(*context));
	int rc = context == NULL ? -12 : ctl_vcpu_get_context(ctl, domid, 0, context);

	if (rc == 0) {
		*count = context->user_regs.rbx;
	}
	ctl_buffer_free(ctl, context, sizeof(*context));
	return rc;
}

/*
 * Lets all guests run for so many milliseconds, which were paused before and are after:
 * "COUNTED elapsed NS guests N rounds N", rounds since they were made.
 */
int show_counts(const char *milliseconds)
{
	struct xen_domctl_getdomaininfo *list = NULL;
	int n = all_domains(&list), rc = n < 0 ? n : 0, guests = 0;
	uint64_t sum = 0, count = 0;
	int64_t start = now(), elapsed;

	for (int i = 0; rc == 0 && i < n; i++) {
		rc = list[i].domain == 0 ? 0 : ctl_domain_unpause(ctl, list[i].domain);
	}
	usleep((useconds_t)atoi(milliseconds) * 1000);
	for (int i = 0; rc == 0 && i < n; i++) {
		rc = list[i].domain == 0 ? 0 : ctl_domain_pause(ctl, list[i].domain);
	}
	elapsed = now() - start;
	for (int i = 0; rc == 0 && i < n; i++) {
		if (list[i].domain != 0) {
			rc = counted(list[i].domain, &count);
			sum += count;
			guests++;
		}
	}
	free(list);
	if (rc != 0) {
		return failed("counts", rc);
	}
	printf("COUNTED elapsed %" PRId64 " guests %d rounds %" PRIu64 "\n", elapsed, guests, sum);
	return 0;
}
