/* SPDX-License-Identifier: MIT */
/* axl list, vcpu-list, uptime: tables of domains, in xl's columns. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../config/config.h"
#include "../libctl/sysctl.h"
#include "axl.h"
#include "domains.h"
#include "json.h"
#include "verbs.h"

#define KIB_PER_PAGE 4
#define AFFINITY_BITS 1024

static void list_json(struct axl *axl, const struct domain *domain)
{
	const struct xen_domctl_getdomaininfo *info = &domain->info;
	struct yajl_gen_t *json = axl->json;
	char state[7], uuid[37];

	domain_state(info, state);
	config_uuid_format(info->handle, uuid);
	json_map(json, NULL);
	json_string(json, "name", domain->name);
	json_number(json, "domid", info->domain);
	json_string(json, "uuid", uuid);
	json_string(json, "type", info->flags & XEN_DOMINF_hvm_guest ? "hvm" : "pv");
	json_number(json, "memory_kib", info->tot_pages * KIB_PER_PAGE);
	json_number(json, "max_memory_kib", info->max_pages * KIB_PER_PAGE);
	json_number(json, "claimed_kib", info->outstanding_pages * KIB_PER_PAGE);
	json_number(json, "vcpus", info->nr_online_vcpus);
	json_number(json, "max_vcpus", info->max_vcpu_id + 1);
	json_string(json, "state", state);
	json_bool(json, "running", info->flags & XEN_DOMINF_running);
	json_bool(json, "blocked", info->flags & XEN_DOMINF_blocked);
	json_bool(json, "paused", info->flags & XEN_DOMINF_paused);
	json_bool(json, "dying", info->flags & XEN_DOMINF_dying);
	json_string(json, "shutdown_reason",
		    info->flags & XEN_DOMINF_shutdown
			    ? domain_shutdown_name(domain_shutdown_code(info))
			    : NULL);
	json_number(json, "cpu_time_ns", info->cpu_time);
	json_number(json, "cpupool", info->cpupool);
	json_map_end(json);
}

static void list_text(const struct domain *domain, bool verbose)
{
	const struct xen_domctl_getdomaininfo *info = &domain->info;
	uint64_t kib = (info->tot_pages + info->outstanding_pages) * KIB_PER_PAGE;
	char state[7], uuid[37];

	domain_state(info, state);
	printf("%-40s %5u %5llu %5u     %s  %8.1f", domain->name, info->domain,
	       (unsigned long long)kib / 1024, info->nr_online_vcpus, state,
	       (double)info->cpu_time / 1e9);
	if (verbose) {
		config_uuid_format(info->handle, uuid);
		printf(" %s %12s", uuid,
		       info->flags & XEN_DOMINF_shutdown
			       ? domain_shutdown_name(domain_shutdown_code(info))
			       : "-");
	}
	putchar('\n');
}

int verb_list(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"long", no_argument, NULL, 'l'},    {"verbose", no_argument, NULL, 'v'},
		{"context", no_argument, NULL, 'Z'}, {"cpupool", no_argument, NULL, 'c'},
		{"numa", no_argument, NULL, 'n'},    {NULL, 0, NULL, 0},
	};
	struct domain *list;
	bool verbose = false;
	int c, count;

	optind = 0; /* GNU getopt: forget an earlier run */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "lvZcn", longs, NULL)) != -1) {
		switch (c) {
		case 'l':
			axl->json = axl->json ? axl->json : json_begin(axl->verb->name);
			break;
		case 'v':
			verbose = true;
			break;
		case 'Z': /* no labels, one pool, one node: nothing to add */
		case 'c':
		case 'n':
			break;
		default:
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
	}
	count = axl_need_ctl(axl);
	if (count) {
		return count;
	}
	axl_need_store(axl); /* without it there are no names, but there is a list */
	count = domains_get(axl, argc - optind, argv + optind, &list);
	if (count < 0) {
		return count;
	}
	if (axl->json) {
		json_array(axl->json, "domains");
	} else {
		printf("%-40s %5s %5s %5s\tState\tTime(s)%s\n", "Name", "ID", "Mem", "VCPUs",
		       verbose ? "   UUID                            Reason-Code" : "");
	}
	for (int i = 0; i < count; i++) {
		if (axl->json) {
			list_json(axl, &list[i]);
		} else {
			list_text(&list[i], verbose);
		}
	}
	if (axl->json) {
		json_array_end(axl->json);
	}
	free(list);
	return 0;
}

/* A CPU map as xl writes it: "all", "0-3,6". `cpus` CPUs exist. */
static void format_cpumap(const uint8_t *map, unsigned int cpus, char *text, size_t size)
{
	unsigned int set = 0;
	size_t used = 0;

	for (unsigned int i = 0; i < cpus; i++) {
		set += map[i / 8] >> (i % 8) & 1;
	}
	if (set == cpus) {
		snprintf(text, size, "all");
		return;
	}
	text[0] = '\0';
	for (unsigned int i = 0; i < cpus; i++) {
		unsigned int first = i;

		if (!(map[i / 8] >> (i % 8) & 1)) {
			continue;
		}
		while (i + 1 < cpus && map[(i + 1) / 8] >> ((i + 1) % 8) & 1) {
			i++;
		}
		if (used < size) {
			used += (size_t)snprintf(text + used, size - used, "%s%u", used ? "," : "",
						 first);
		}
		if (i != first && used < size) {
			used += (size_t)snprintf(text + used, size - used, "-%u", i);
		}
	}
}

static void vcpu_row(struct axl *axl, const struct domain *domain, unsigned int vcpu,
		     unsigned int cpus)
{
	uint8_t hard[AFFINITY_BITS / 8] = {0}, soft[AFFINITY_BITS / 8] = {0};
	struct xen_domctl_getvcpuinfo info;
	char hard_text[256], soft_text[256];

	if (ctl_vcpu_info(axl->ctl, domain->info.domain, vcpu, &info)) {
		return;
	}
	ctl_vcpu_get_affinity(axl->ctl, domain->info.domain, vcpu, hard, soft, AFFINITY_BITS);
	format_cpumap(hard, cpus, hard_text, sizeof(hard_text));
	format_cpumap(soft, cpus, soft_text, sizeof(soft_text));
	if (axl->json) {
		json_map(axl->json, NULL);
		json_string(axl->json, "name", domain->name);
		json_number(axl->json, "domid", domain->info.domain);
		json_number(axl->json, "vcpu", vcpu);
		json_bool(axl->json, "online", info.online);
		json_bool(axl->json, "running", info.running);
		json_bool(axl->json, "blocked", info.blocked);
		json_number(axl->json, "cpu", info.cpu);
		json_number(axl->json, "cpu_time_ns", info.cpu_time);
		json_string(axl->json, "affinity_hard", hard_text);
		json_string(axl->json, "affinity_soft", soft_text);
		json_map_end(axl->json);
		return;
	}
	printf("%-32s %5u %5u", domain->name, domain->info.domain, vcpu);
	if (info.online) {
		printf(" %4u   %c%c- ", info.cpu, info.running ? 'r' : '-',
		       info.blocked ? 'b' : '-');
	} else {
		printf(" %4c   --p ", '-');
	}
	printf("%9.1f  %s / %s\n", (double)info.cpu_time / 1e9, hard_text, soft_text);
}

int verb_vcpu_list(struct axl *axl, int argc, char **argv)
{
	struct xen_sysctl_physinfo machine;
	struct domain *list;
	int count = axl_need_ctl(axl);
	unsigned int cpus;

	if (count) {
		return count;
	}
	axl_need_store(axl);
	count = domains_get(axl, argc - 1, argv + 1, &list);
	if (count < 0) {
		return count;
	}
	cpus = ctl_physinfo(axl->ctl, &machine) ? 1 : machine.max_cpu_id + 1;
	cpus = cpus < AFFINITY_BITS ? cpus : AFFINITY_BITS;
	if (axl->json) {
		json_array(axl->json, "vcpus");
	} else {
		printf("%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU", "CPU", "State",
		       "Time(s)", "Affinity (Hard / Soft)");
	}
	for (int i = 0; i < count; i++) {
		for (unsigned int v = 0; v < list[i].info.max_vcpu_id + 1; v++) {
			vcpu_row(axl, &list[i], v, cpus);
		}
	}
	if (axl->json) {
		json_array_end(axl->json);
	}
	free(list);
	return 0;
}

/* Seconds the domain has been there; dom0's is the machine's uptime. */
static uint64_t domain_uptime(struct axl *axl, xen_domid_t domid)
{
	struct timespec now;
	double start;
	char *vm, *text;

	if (!domid) {
		clock_gettime(CLOCK_BOOTTIME, &now);
		return (uint64_t)now.tv_sec;
	}
	vm = axl->store ? store_readf(axl->store, STORE_NO_TX, "/local/domain/%u/vm", domid) : NULL;
	text = vm ? store_readf(axl->store, STORE_NO_TX, "%s/start_time", vm) : NULL;
	start = text ? strtod(text, NULL) : 0;
	free(text);
	free(vm);
	clock_gettime(CLOCK_REALTIME, &now);
	return start > 0 && now.tv_sec > start ? (uint64_t)((double)now.tv_sec - start) : 0;
}

static void format_uptime(uint64_t seconds, char *text, size_t size)
{
	unsigned long long days = seconds / 86400, left = seconds % 86400;
	size_t used = 0;

	if (days) {
		used = (size_t)snprintf(text, size, "%llu day%s, ", days, days == 1 ? "" : "s");
	}
	snprintf(text + used, size - used, "%2llu:%02llu:%02llu", left / 3600, left / 60 % 60,
		 left % 60);
}

int verb_uptime(struct axl *axl, int argc, char **argv)
{
	bool brief = false;
	struct domain *list;
	char text[64], clock[16];
	time_t now = time(NULL);
	struct tm tm;
	int c, count;

	optind = 0; /* GNU getopt: forget an earlier run */
	opterr = 0;
	while ((c = getopt(argc, argv, "s")) != -1) {
		if (c != 's') {
			return axl_usage(axl, "unknown option -%c", optopt);
		}
		brief = true;
	}
	count = axl_need(axl);
	if (count) {
		return count;
	}
	count = domains_get(axl, argc - optind, argv + optind, &list);
	if (count < 0) {
		return count;
	}
	strftime(clock, sizeof(clock), "%T", localtime_r(&now, &tm));
	if (axl->json) {
		json_array(axl->json, "domains");
	} else if (!brief) {
		printf("%-33s %4s %s\n", "Name", "ID", "Uptime");
	}
	for (int i = 0; i < count; i++) {
		uint64_t seconds = domain_uptime(axl, list[i].info.domain);

		format_uptime(seconds, text, sizeof(text));
		if (axl->json) {
			json_map(axl->json, NULL);
			json_string(axl->json, "name", list[i].name);
			json_number(axl->json, "domid", list[i].info.domain);
			json_number(axl->json, "uptime_seconds", seconds);
			json_map_end(axl->json);
		} else if (brief) {
			printf(" %s up %s,  %s (%u)\n", clock, text, list[i].name,
			       list[i].info.domain);
		} else {
			printf("%-32s %5u %s\n", list[i].name, list[i].info.domain, text);
		}
	}
	if (axl->json) {
		json_array_end(axl->json);
	}
	free(list);
	return 0;
}
