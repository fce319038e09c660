/* SPDX-License-Identifier: MIT */
/*
 * The families of metrics, one table row each. Names follow Prometheus' conventions: base units,
 * counters end in _total. Format: openmetrics.io, version 1.0.
 */
#include "metrics.h"

#include <inttypes.h>

#include "../config/config.h"

#define PAGE_BYTES 4096
#define SECTOR_BYTES 512

struct family {
	const char *name;
	const char *unit; /* "" if it is a plain number */
	bool counter;
	const char *help;
	void (*samples)(FILE *out, const struct family *family, const struct stats *stats);
	uint64_t (*value)(const struct stats_domain *domain); /* of families with one per domain */
};

/* A label's value: backslash, quote and newline are escaped; names hold no other control
 * characters. */
static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"') {
			fputc('\\', out);
		}
		fputc(*value, out);
	}
	fputc('"', out);
}

/* "name_total{domain=…,domid=…" and leaves the braces open. */
static void put_domain(FILE *out, const struct family *family, const struct stats_domain *domain)
{
	fprintf(out, "%s%s{", family->name, family->counter ? "_total" : "");
	put_label(out, "domain", domain->domain.name);
	fprintf(out, ",domid=\"%u\"", domain->domain.info.domain);
}

static void put_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

static void each_domain(FILE *out, const struct family *family, const struct stats *stats)
{
	for (int i = 0; i < stats->count; i++) {
		put_domain(out, family, &stats->domains[i]);
		fprintf(out, "} %" PRIu64 "\n", family->value(&stats->domains[i]));
	}
}

static uint64_t memory_bytes(const struct stats_domain *domain)
{
	return domain->domain.info.tot_pages * PAGE_BYTES;
}

static uint64_t memory_max_bytes(const struct stats_domain *domain)
{
	uint64_t pages = domain->domain.info.max_pages;

	return pages < UINT64_MAX / PAGE_BYTES ? pages * PAGE_BYTES : UINT64_MAX;
}

static uint64_t claimed_bytes(const struct stats_domain *domain)
{
	return domain->domain.info.outstanding_pages * PAGE_BYTES;
}

static uint64_t vcpus_online(const struct stats_domain *domain)
{
	return domain->domain.info.nr_online_vcpus;
}

static uint64_t vcpus_max(const struct stats_domain *domain)
{
	return domain->domain.info.max_vcpu_id + 1;
}

static void domain_info(FILE *out, const struct family *family, const struct stats *stats)
{
	char uuid[37];

	for (int i = 0; i < stats->count; i++) {
		put_domain(out, family, &stats->domains[i]);
		config_uuid_format(stats->domains[i].domain.info.handle, uuid);
		fprintf(out, ",uuid=\"%s\",cpupool=\"%u\"} 1\n", uuid,
			stats->domains[i].domain.info.cpupool);
	}
}

/* One sample per state, 1 where the domain is in it: what a state set is in OpenMetrics. */
static void domain_states(FILE *out, const struct family *family, const struct stats *stats)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} states[] = {
		{"running", XEN_DOMINF_running}, {"blocked", XEN_DOMINF_blocked},
		{"paused", XEN_DOMINF_paused},   {"shutdown", XEN_DOMINF_shutdown},
		{"dying", XEN_DOMINF_dying},
	};

	for (int i = 0; i < stats->count; i++) {
		for (size_t s = 0; s < sizeof(states) / sizeof(states[0]); s++) {
			put_domain(out, family, &stats->domains[i]);
			fprintf(out, ",state=\"%s\"} %d\n", states[s].name,
				!!(stats->domains[i].domain.info.flags & states[s].flag));
		}
	}
}

static void domain_seconds(FILE *out, const struct family *family, const struct stats *stats)
{
	for (int i = 0; i < stats->count; i++) {
		put_domain(out, family, &stats->domains[i]);
		fprintf(out, "} ");
		put_seconds(out, stats->domains[i].domain.info.cpu_time);
	}
}

static void vcpu_seconds(FILE *out, const struct family *family, const struct stats *stats)
{
	for (int i = 0; i < stats->count; i++) {
		const struct stats_domain *domain = &stats->domains[i];

		for (uint32_t v = 0; domain->vcpus && v <= domain->domain.info.max_vcpu_id; v++) {
			put_domain(out, family, domain);
			fprintf(out, ",vcpu=\"%u\"} ", v);
			put_seconds(out, domain->vcpus[v].cpu_time);
		}
	}
}

/* What each vCPU is at now; time by state is known to the guest only. */
static void vcpu_states(FILE *out, const struct family *family, const struct stats *stats)
{
	for (int i = 0; i < stats->count; i++) {
		const struct stats_domain *domain = &stats->domains[i];

		for (uint32_t v = 0; domain->vcpus && v <= domain->domain.info.max_vcpu_id; v++) {
			const struct xen_domctl_getvcpuinfo *vcpu = &domain->vcpus[v];
			const char *now = !vcpu->online   ? "offline"
					  : vcpu->running ? "running"
					  : vcpu->blocked ? "blocked"
							  : "runnable";

			put_domain(out, family, domain);
			fprintf(out, ",vcpu=\"%u\",state=\"%s\"} 1\n", v, now);
		}
	}
}

static void put_vbd(FILE *out, const struct family *family, const struct stats_domain *domain,
		    const struct stats_vbd *vbd, const char *direction, uint64_t value)
{
	char vdev[16];

	config_vdev_name(vbd->devid, vdev);
	put_domain(out, family, domain);
	fprintf(out, ",vdev=\"%s\",direction=\"%s\"} %" PRIu64 "\n", vdev, direction, value);
}

static void vbd_requests(FILE *out, const struct family *family, const struct stats *stats)
{
	for (int i = 0; i < stats->count; i++) {
		const struct stats_domain *domain = &stats->domains[i];

		for (size_t d = 0; d < domain->vbd_count; d++) {
			put_vbd(out, family, domain, &domain->vbds[d], "read",
				domain->vbds[d].reads);
			put_vbd(out, family, domain, &domain->vbds[d], "write",
				domain->vbds[d].writes);
		}
	}
}

static void vbd_bytes(FILE *out, const struct family *family, const struct stats *stats)
{
	for (int i = 0; i < stats->count; i++) {
		const struct stats_domain *domain = &stats->domains[i];

		for (size_t d = 0; d < domain->vbd_count; d++) {
			put_vbd(out, family, domain, &domain->vbds[d], "read",
				domain->vbds[d].read_sectors * SECTOR_BYTES);
			put_vbd(out, family, domain, &domain->vbds[d], "write",
				domain->vbds[d].written_sectors * SECTOR_BYTES);
		}
	}
}

/* Directions are the guest's: what dom0's interface receives, it has sent. */
static void put_flows(FILE *out, const struct family *family, const struct stats *stats,
		      uint64_t (*value)(const struct stats_flow *flow))
{
	for (int i = 0; i < stats->count; i++) {
		const struct stats_domain *domain = &stats->domains[i];

		for (size_t d = 0; d < domain->vif_count; d++) {
			const struct stats_vif *vif = &domain->vifs[d];

			for (int sent = 0; sent < 2; sent++) {
				put_domain(out, family, domain);
				fprintf(out, ",devid=\"%u\",interface=\"%s\",direction=\"%s\"} ",
					vif->devid, vif->name, sent ? "sent" : "received");
				fprintf(out, "%" PRIu64 "\n", value(sent ? &vif->rx : &vif->tx));
			}
		}
	}
}

static uint64_t flow_bytes(const struct stats_flow *flow)
{
	return flow->bytes;
}

static uint64_t flow_packets(const struct stats_flow *flow)
{
	return flow->packets;
}

static uint64_t flow_drops(const struct stats_flow *flow)
{
	return flow->dropped + flow->errors;
}

static void vif_bytes(FILE *out, const struct family *family, const struct stats *stats)
{
	put_flows(out, family, stats, flow_bytes);
}

static void vif_packets(FILE *out, const struct family *family, const struct stats *stats)
{
	put_flows(out, family, stats, flow_packets);
}

static void vif_drops(FILE *out, const struct family *family, const struct stats *stats)
{
	put_flows(out, family, stats, flow_drops);
}

static void host_memory(FILE *out, const struct family *family, const struct stats *stats)
{
	const struct xen_sysctl_physinfo *machine = &stats->machine;

	fprintf(out, "%s{state=\"total\"} %" PRIu64 "\n", family->name,
		machine->total_pages * PAGE_BYTES);
	fprintf(out, "%s{state=\"free\"} %" PRIu64 "\n", family->name,
		machine->free_pages * PAGE_BYTES);
	fprintf(out, "%s{state=\"claimed\"} %" PRIu64 "\n", family->name,
		machine->outstanding_pages * PAGE_BYTES);
}

static void host_cpus(FILE *out, const struct family *family, const struct stats *stats)
{
	fprintf(out, "%s %u\n", family->name, stats->machine.nr_cpus);
}

static void host_idle(FILE *out, const struct family *family, const struct stats *stats)
{
	for (int i = 0; i < stats->cpu_count; i++) {
		fprintf(out, "%s_total{cpu=\"%d\"} ", family->name, i);
		put_seconds(out, stats->cpu_idle_ns[i]);
	}
}

static void host_domains(FILE *out, const struct family *family, const struct stats *stats)
{
	fprintf(out, "%s %d\n", family->name, stats->count);
}

static const struct family families[] = {
	{"xen_host_memory_bytes", "bytes", false, "Memory of the machine.", host_memory, NULL},
	{"xen_host_cpus", "", false, "CPUs that are online.", host_cpus, NULL},
	{"xen_host_cpu_idle_seconds", "seconds", true, "Time that CPUs had nothing to do.",
	 host_idle, NULL},
	{"xen_host_domains", "", false, "Domains, the control domain included.", host_domains,
	 NULL},
	{"xen_domain_present", "", false, "1 for each domain, with its UUID and CPU pool.",
	 domain_info, NULL},
	{"xen_domain_state", "", false, "Whether the domain is in this state.", domain_states,
	 NULL},
	{"xen_domain_cpu_seconds", "seconds", true, "CPU time used.", domain_seconds, NULL},
	{"xen_domain_memory_bytes", "bytes", false, "Memory it has.", each_domain, memory_bytes},
	{"xen_domain_memory_max_bytes", "bytes", false, "Memory it may have now.", each_domain,
	 memory_max_bytes},
	{"xen_domain_memory_claimed_bytes", "bytes", false, "Memory promised to it.", each_domain,
	 claimed_bytes},
	{"xen_domain_vcpus_online", "", false, "Virtual CPUs in use.", each_domain, vcpus_online},
	{"xen_domain_vcpus_max", "", false, "Virtual CPUs it can have.", each_domain, vcpus_max},
	{"xen_domain_vcpu_cpu_seconds", "seconds", true, "CPU time used by a virtual CPU.",
	 vcpu_seconds, NULL},
	{"xen_domain_vcpu_state", "", false, "What a virtual CPU is at.", vcpu_states, NULL},
	{"xen_domain_vbd_requests", "", true, "Requests to its disks.", vbd_requests, NULL},
	{"xen_domain_vbd_bytes", "bytes", true, "Bytes read and written.", vbd_bytes, NULL},
	{"xen_domain_vif_bytes", "bytes", true, "Bytes on its networks.", vif_bytes, NULL},
	{"xen_domain_vif_packets", "", true, "Packets on its networks.", vif_packets, NULL},
	{"xen_domain_vif_drops", "", true, "Packets dropped or faulty.", vif_drops, NULL},
};

void metrics_print(FILE *out, const struct stats *stats)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct family *family = &families[i];

		fprintf(out, "# TYPE %s %s\n", family->name, family->counter ? "counter" : "gauge");
		if (family->unit[0]) {
			fprintf(out, "# UNIT %s %s\n", family->name, family->unit);
		}
		fprintf(out, "# HELP %s %s\n", family->name, family->help);
		family->samples(out, family, stats);
	}
	fprintf(out, "# EOF\n");
}
