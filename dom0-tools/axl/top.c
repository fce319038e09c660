/* SPDX-License-Identifier: MIT */
/* One table of axl top as text. */
#include "top.h"

#include <inttypes.h>
#include <stdlib.h>

#include "xen/sched.h"

#define KIB_PER_PAGE 4

/* Directions in the text are those of dom0's interfaces, as xentop's are. */

/* xentop's letters, at xentop's places. */
static void top_state(const struct xen_domctl_getdomaininfo *info, char state[7])
{
	bool down = info->flags & XEN_DOMINF_shutdown;
	bool crashed = down && domain_shutdown_code(info) == SHUTDOWN_crash;

	state[0] = info->flags & XEN_DOMINF_dying ? 'd' : '-';
	state[1] = down && !crashed ? 's' : '-';
	state[2] = info->flags & XEN_DOMINF_blocked ? 'b' : '-';
	state[3] = crashed ? 'c' : '-';
	state[4] = info->flags & XEN_DOMINF_paused ? 'p' : '-';
	state[5] = info->flags & XEN_DOMINF_running ? 'r' : '-';
	state[6] = '\0';
}

static void print_domain(FILE *out, const struct top_options *options, const struct stats *before,
			 const struct stats *now, const struct stats_domain *domain)
{
	const struct xen_domctl_getdomaininfo *info = &domain->domain.info;
	double total = (double)(now->machine.total_pages ? now->machine.total_pages : 1);
	struct stats_vbd vbds = {.devid = 0};
	uint64_t sent = 0, received = 0;
	char state[7];

	for (size_t i = 0; i < domain->vif_count; i++) {
		sent += domain->vifs[i].tx.bytes;
		received += domain->vifs[i].rx.bytes;
	}
	for (size_t i = 0; i < domain->vbd_count; i++) {
		vbds.full += domain->vbds[i].full;
		vbds.reads += domain->vbds[i].reads;
		vbds.writes += domain->vbds[i].writes;
		vbds.read_sectors += domain->vbds[i].read_sectors;
		vbds.written_sectors += domain->vbds[i].written_sectors;
	}
	top_state(info, state);
	fprintf(out, options->full_names ? "%10s" : "%10.10s", domain->domain.name);
	fprintf(out, " %6s %10" PRIu64 " %6.1f %10" PRIu64 " %6.1f", state,
		info->cpu_time / 1000000000, stats_cpu_percent(before, now, domain),
		info->tot_pages * KIB_PER_PAGE, (double)info->tot_pages * 100 / total);
	if (info->max_pages < UINT32_MAX) {
		fprintf(out, " %10" PRIu64 " %9.1f", info->max_pages * KIB_PER_PAGE,
			(double)info->max_pages * 100 / total);
	} else {
		fprintf(out, " %10s %9s", "no limit", "n/a");
	}
	fprintf(out,
		" %5u %4zu %8" PRIu64 " %8" PRIu64 " %4zu %8" PRIu64 " %8" PRIu64 " %8" PRIu64
		" %10" PRIu64 " %10" PRIu64 " %4u\n",
		info->max_vcpu_id + 1, domain->vif_count, sent / 1024, received / 1024,
		domain->vbd_count, vbds.full, vbds.reads, vbds.writes, vbds.read_sectors,
		vbds.written_sectors, info->ssidref);
}

static void print_vcpus(FILE *out, const struct stats_domain *domain)
{
	unsigned int shown = 0;

	for (uint32_t v = 0; domain->vcpus && v <= domain->domain.info.max_vcpu_id; v++) {
		if (!domain->vcpus[v].online) {
			continue;
		}
		fprintf(out, "%s%3u: %10" PRIu64 "s",
			!shown      ? "VCPUs(sec): "
			: shown % 5 ? ""
				    : "\n            ",
			v, domain->vcpus[v].cpu_time / 1000000000);
		shown++;
	}
	if (shown) {
		fputc('\n', out);
	}
}

static void print_flow(FILE *out, const char *name, const struct stats_flow *flow)
{
	fprintf(out, "%s: %8" PRIu64 "bytes %8" PRIu64 "pkts %8" PRIu64 "err %8" PRIu64 "drop",
		name, flow->bytes, flow->packets, flow->errors, flow->dropped);
}

static void print_devices(FILE *out, const struct top_options *options,
			  const struct stats_domain *domain)
{
	for (size_t i = 0; options->networks && i < domain->vif_count; i++) {
		fprintf(out, "Net%u ", domain->vifs[i].devid);
		print_flow(out, "RX", &domain->vifs[i].rx);
		print_flow(out, "  TX", &domain->vifs[i].tx);
		fputc('\n', out);
	}
	for (size_t i = 0; options->vbds && i < domain->vbd_count; i++) {
		const struct stats_vbd *vbd = &domain->vbds[i];

		fprintf(out,
			"VBD BlkBack %u [%2x:%2x]  OO: %8" PRIu64 "   RD: %8" PRIu64
			"   WR: %8" PRIu64 "   RSECT: %10" PRIu64 "   WSECT: %10" PRIu64 "\n",
			vbd->devid, vbd->devid >> 8 & 0xfff, vbd->devid & 0xff, vbd->full,
			vbd->reads, vbd->writes, vbd->read_sectors, vbd->written_sectors);
	}
}

static const struct stats *sort_before, *sort_now;

static int by_id(const void *a, const void *b)
{
	const struct stats_domain *x = a, *y = b;

	return x->domain.info.domain - y->domain.info.domain;
}

static int more_cpu(const void *a, const void *b)
{
	double x = stats_cpu_percent(sort_before, sort_now, a);
	double y = stats_cpu_percent(sort_before, sort_now, b);

	return x == y ? by_id(a, b) : x < y ? 1 : -1;
}

void top_print(FILE *out, const struct top_options *options, const struct stats *before,
	       struct stats *now)
{
	fprintf(out,
		"%10s  STATE %10s %6s %10s %6s %10s %9s %5s %4s %8s %8s %4s %8s %8s %8s %10s "
		"%10s %4s\n",
		"NAME", "CPU(sec)", "CPU(%)", "MEM(k)", "MEM(%)", "MAXMEM(k)", "MAXMEM(%)", "VCPUS",
		"NETS", "NETTX(k)", "NETRX(k)", "VBDS", "VBD_OO", "VBD_RD", "VBD_WR", "VBD_RSECT",
		"VBD_WSECT", "SSID");
	sort_before = before;
	sort_now = now;
	qsort(now->domains, (size_t)now->count, sizeof(*now->domains),
	      options->by_cpu ? more_cpu : by_id);
	for (int i = 0; i < now->count; i++) {
		print_domain(out, options, before, now, &now->domains[i]);
		if (options->vcpus) {
			print_vcpus(out, &now->domains[i]);
		}
		print_devices(out, options, &now->domains[i]);
	}
}
