/* SPDX-License-Identifier: MIT */
/* Taking statistics: the hypervisor's by hypercall, the backends' from sysfs. */
#include "stats.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libctl/pool.h"

const char *stats_backends = "/sys/bus/xen-backend/devices";

#define MAX_VCPUS 8192 /* of a domain */

static uint64_t read_counter(const char *device, const char *folder, const char *name)
{
	unsigned long long value = 0;
	char path[512];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s/%s/%s", stats_backends, device, folder, name);
	in = fopen(path, "re");
	if (in) {
		if (fscanf(in, "%llu", &value) != 1) {
			value = 0;
		}
		fclose(in);
	}
	return value;
}

static void take_vbd(struct stats_domain *domain, const char *device, uint32_t devid)
{
	struct stats_vbd *bigger =
		realloc(domain->vbds, (domain->vbd_count + 1) * sizeof(*domain->vbds));

	if (!bigger) {
		return;
	}
	domain->vbds = bigger;
	bigger[domain->vbd_count++] = (struct stats_vbd){
		.devid = devid,
		.full = read_counter(device, "statistics", "oo_req"),
		.reads = read_counter(device, "statistics", "rd_req"),
		.writes = read_counter(device, "statistics", "wr_req"),
		.read_sectors = read_counter(device, "statistics", "rd_sect"),
		.written_sectors = read_counter(device, "statistics", "wr_sect"),
	};
}

/* The interface's name is the one entry of the device's net/. */
static bool interface_name(const char *device, char name[16])
{
	struct dirent *entry;
	char path[512];
	DIR *net;

	snprintf(path, sizeof(path), "%s/%s/net", stats_backends, device);
	net = opendir(path);
	name[0] = '\0';
	while (net && !name[0] && (entry = readdir(net))) {
		if (entry->d_name[0] != '.' && strlen(entry->d_name) < 16) {
			strcpy(name, entry->d_name);
		}
	}
	if (net) {
		closedir(net);
	}
	return name[0];
}

static void take_vif(struct stats_domain *domain, const char *device, uint32_t devid)
{
	struct stats_vif vif = {.devid = devid};
	struct stats_vif *bigger;
	char folder[64];

	if (!interface_name(device, vif.name)) {
		return;
	}
	bigger = realloc(domain->vifs, (domain->vif_count + 1) * sizeof(*domain->vifs));
	if (!bigger) {
		return;
	}
	domain->vifs = bigger;
	snprintf(folder, sizeof(folder), "net/%s/statistics", vif.name);
	vif.rx = (struct stats_flow){
		.bytes = read_counter(device, folder, "rx_bytes"),
		.packets = read_counter(device, folder, "rx_packets"),
		.errors = read_counter(device, folder, "rx_errors"),
		.dropped = read_counter(device, folder, "rx_dropped"),
	};
	vif.tx = (struct stats_flow){
		.bytes = read_counter(device, folder, "tx_bytes"),
		.packets = read_counter(device, folder, "tx_packets"),
		.errors = read_counter(device, folder, "tx_errors"),
		.dropped = read_counter(device, folder, "tx_dropped"),
	};
	bigger[domain->vif_count++] = vif;
}

static struct stats_domain *find(const struct stats *stats, xen_domid_t domid)
{
	for (int i = 0; i < stats->count; i++) {
		if (stats->domains[i].domain.info.domain == domid) {
			return &stats->domains[i];
		}
	}
	return NULL;
}

/* Devices are folders named vbd-DOMID-DEVID and vif-DOMID-DEVID. */
static void take_devices(struct stats *stats)
{
	DIR *dir = opendir(stats_backends);
	struct stats_domain *domain;
	struct dirent *entry;
	uint32_t domid, devid;

	while (dir && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "v%*[bdif]-%" SCNu32 "-%" SCNu32, &domid, &devid) != 2 ||
		    domid > UINT16_MAX) {
			continue;
		}
		domain = find(stats, (xen_domid_t)domid);
		if (domain && !strncmp(entry->d_name, "vbd-", 4)) {
			take_vbd(domain, entry->d_name, devid);
		} else if (domain && !strncmp(entry->d_name, "vif-", 4)) {
			take_vif(domain, entry->d_name, devid);
		}
	}
	if (dir) {
		closedir(dir);
	}
}

static void take_vcpus(struct axl *axl, struct stats_domain *domain)
{
	uint32_t count = domain->domain.info.max_vcpu_id + 1;

	if (!count || count > MAX_VCPUS) {
		return;
	}
	domain->vcpus = calloc(count, sizeof(*domain->vcpus));
	for (uint32_t v = 0; domain->vcpus && v < count; v++) {
		ctl_vcpu_info(axl->ctl, domain->domain.info.domain, v, &domain->vcpus[v]);
	}
}

int stats_take(struct axl *axl, struct stats *stats)
{
	struct domain *list = NULL;
	int ret;

	*stats = (struct stats){.count = 0};
	clock_gettime(CLOCK_MONOTONIC, &stats->when);
	ret = ctl_physinfo(axl->ctl, &stats->machine);
	if (ret) {
		ctl_error_set(&axl->err, "hypercall-failed", "cannot look at the machine");
		ctl_error_errno(&axl->err, ret);
		return ret;
	}
	ret = domains_get(axl, 0, NULL, &list);
	if (ret < 0) {
		return ret;
	}
	stats->domains = calloc((size_t)ret + 1, sizeof(*stats->domains));
	if (!stats->domains) {
		free(list);
		ctl_error_set(&axl->err, "no-memory", "out of memory");
		return -ENOMEM;
	}
	for (int i = 0; i < ret; i++) {
		stats->domains[i].domain = list[i];
		take_vcpus(axl, &stats->domains[i]);
	}
	stats->count = ret;
	free(list);
	take_devices(stats);
	stats->cpu_count = ctl_cpu_idle(axl->ctl, &stats->cpu_idle_ns);
	stats->cpu_count = stats->cpu_count > 0 ? stats->cpu_count : 0;
	return 0;
}

void stats_free(struct stats *stats)
{
	for (int i = 0; i < stats->count; i++) {
		free(stats->domains[i].vcpus);
		free(stats->domains[i].vbds);
		free(stats->domains[i].vifs);
	}
	free(stats->domains);
	free(stats->cpu_idle_ns);
	*stats = (struct stats){.count = 0};
}

double stats_cpu_percent(const struct stats *before, const struct stats *now,
			 const struct stats_domain *domain)
{
	const struct xen_domctl_getdomaininfo *info = &domain->domain.info;
	const struct stats_domain *then = find(before, info->domain);
	double ns = (double)(now->when.tv_sec - before->when.tv_sec) * 1e9 +
		    (double)(now->when.tv_nsec - before->when.tv_nsec);

	if (!then || ns <= 0 || info->cpu_time < then->domain.info.cpu_time) {
		return 0;
	}
	return (double)(info->cpu_time - then->domain.info.cpu_time) * 100 / ns;
}
