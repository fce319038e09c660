/* SPDX-License-Identifier: MIT */
/* axl list, claims, vm-list, uptime: tables of domains, in xl's columns. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../config/config.h"
#include "../../libctl/sysctl.h"
#include "../axl.h"
#include "../cpumap.h"
#include "../domains.h"
#include "../json.h"
#include "../list_long.h"
#include "../options.h"
#include "../pools.h"
#include "../quota.h"
#include "../verbs.h"

#define KIB_PER_PAGE 4

/* "all", or the nodes the domain's memory comes from. */
static void domain_nodes(struct axl *axl, xen_domid_t domid, char text[CPUMAP_TEXT])
{
	struct config_cpumap nodes = {.bits = {1}};
	struct xen_sysctl_physinfo machine;
	unsigned int count = 1;

	if (!ctl_physinfo(axl->ctl, &machine) && machine.nr_nodes && machine.nr_nodes <= 64) {
		count = machine.nr_nodes;
	}
	if (ctl_domain_get_nodes(axl->ctl, domid, &nodes.bits[0])) {
		nodes.bits[0] = ~0ULL;
	}
	cpumap_format(&nodes, count, text);
}

/* Memory in KiB. */
static long long shown(const struct quota *quota, unsigned int kind)
{
	return quota->value[kind] / (kind == QUOTA_MEMORY ? 1024 : 1);
}

static void quota_json(struct axl *axl, const struct domain *domain, const struct quota *limits)
{
	struct quota use;
	char name[40];

	quota_use(axl, domain->info.domain, &use);
	json_map(axl->json, "store");
	for (unsigned int kind = 0; kind < QUOTA_KINDS; kind++) {
		if (use.value[kind] >= 0) {
			json_number(axl->json, quota_words[kind], (uint64_t)use.value[kind]);
		}
		snprintf(name, sizeof(name), "max_%s", quota_words[kind]);
		if (limits->value[kind] > 0) {
			json_number(axl->json, name, (uint64_t)limits->value[kind]);
		}
	}
	json_map_end(axl->json);
}

/* One column: what it uses, of what it may. */
static void quota_cell(const struct domain *domain, const struct quota *use,
		       const struct quota *limits, unsigned int kind)
{
	char text[48];

	if (use->value[kind] < 0) {
		snprintf(text, sizeof(text), "-");
	} else if (limits->value[kind] > 0 && domain->info.domain) {
		snprintf(text, sizeof(text), "%lld/%lld", shown(use, kind), shown(limits, kind));
	} else {
		snprintf(text, sizeof(text), "%lld", shown(use, kind));
	}
	printf(" %11s", text);
}

static void quota_text(struct axl *axl, const struct domain *domain, const struct quota *limits,
		       unsigned int kinds)
{
	struct quota use;

	if (!kinds) {
		return;
	}
	quota_use(axl, domain->info.domain, &use);
	for (unsigned int kind = 0; kind < kinds; kind++) {
		quota_cell(domain, &use, limits, kind);
	}
}

static void list_json(struct axl *axl, const struct domain *domain, const struct quota *limits)
{
	const struct xen_domctl_getdomaininfo *info = &domain->info;
	struct yajl_gen_t *json = axl->json;
	char state[7], uuid[37], pool[POOL_NAME_MAX];

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
	pool_name(axl, info->cpupool, pool);
	json_string(json, "cpupool_name", pool);
	if (limits) {
		quota_json(axl, domain, limits);
	}
	json_map_end(json);
}

/* Columns behind the usual ones. */
struct list_columns {
	bool verbose;
	bool context;
	bool claim;
	bool pool;
	bool nodes;
	bool quota; /* what it uses of xenstore */
	bool libxl; /* libxl's JSON instead */
};

/* Behind all of xl's: its nodes in xenstore, or all quotas. */
static unsigned int quota_columns(const struct list_columns *columns)
{
	return columns->quota ? QUOTA_KINDS : columns->verbose ? QUOTA_NODES + 1 : 0;
}

static void list_head(const struct list_columns *columns)
{
	printf("%-40s %5s %5s %5s\tState\tTime(s)", "Name", "ID", "Mem", "VCPUs");
	if (columns->verbose) {
		printf("   UUID                            Reason-Code\tSecurity Label");
	} else if (columns->context) {
		printf("   Security Label");
	}
	printf("%s%s%s%s\n", columns->claim ? "  Claimed" : "",
	       columns->pool ? "         Cpupool" : "", columns->nodes ? " NODE Affinity" : "",
	       columns->quota     ? " Store-nodes     watches  transacts.         KiB"
	       : columns->verbose ? " Store-nodes"
				  : "");
}

static void list_text(struct axl *axl, const struct domain *domain,
		      const struct list_columns *columns, const struct quota *limits)
{
	const struct xen_domctl_getdomaininfo *info = &domain->info;
	uint64_t kib = (info->tot_pages + info->outstanding_pages) * KIB_PER_PAGE;
	char state[7], uuid[37], pool[POOL_NAME_MAX], nodes[CPUMAP_TEXT];

	domain_state(info, state);
	printf("%-40s %5u %5llu %5u     %s  %8.1f", domain->name, info->domain,
	       (unsigned long long)kib / 1024, info->nr_online_vcpus, state,
	       (double)info->cpu_time / 1e9);
	if (columns->verbose) {
		config_uuid_format(info->handle, uuid);
		printf(" %s ", uuid);
		if (info->flags & XEN_DOMINF_shutdown) {
			printf("%8x", domain_shutdown_code(info));
		} else {
			printf("%8s", "-");
		}
	}
	if (columns->claim) {
		printf(" %5llu", (unsigned long long)info->outstanding_pages * KIB_PER_PAGE / 1024);
	}
	if (columns->verbose || columns->context) {
		printf(" %16s", "-"); /* no labels */
	}
	if (columns->pool) {
		pool_name(axl, info->cpupool, pool);
		printf("%16s", pool);
	}
	if (columns->nodes) {
		domain_nodes(axl, info->domain, nodes);
		printf(" %s", nodes);
	}
	quota_text(axl, domain, limits, quota_columns(columns));
	putchar('\n');
}

static int list(struct axl *axl, int argc, char **argv, const struct list_columns *columns)
{
	struct domain *list;
	struct quota limits;
	int count = domains_get(axl, argc, argv, &list);

	if (count < 0) {
		return count;
	}
	if (quota_columns(columns)) {
		quota_limits(axl, &limits);
	}
	if (columns->libxl && !axl->json) {
		int ret = list_long(axl, list, count);

		free(list);
		return ret;
	}
	if (axl->json) {
		json_array(axl->json, "domains");
	} else {
		list_head(columns);
	}
	for (int i = 0; i < count; i++) {
		if (axl->json) {
			list_json(axl, &list[i], quota_columns(columns) ? &limits : NULL);
		} else {
			list_text(axl, &list[i], columns, &limits);
		}
	}
	if (axl->json) {
		json_array_end(axl->json);
	}
	free(list);
	return 0;
}

int verb_list(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"long", no_argument, NULL, 'l'},
		{"verbose", no_argument, NULL, 'v'},
		{"context", no_argument, NULL, 'Z'},
		{"cpupool", no_argument, NULL, 'c'},
		{"numa", no_argument, NULL, 'n'},
		{"quota", no_argument, NULL, 'q'},
		{NULL, 0, NULL, 0},
	};
	struct list_columns columns = {.verbose = false};
	int c, ret;

	options_reset();
	while ((c = getopt_long(argc, argv, "lvZcnq", longs, NULL)) != -1) {
		switch (c) {
		case 'l':
			columns.libxl = true;
			break;
		case 'v':
			columns.verbose = true;
			break;
		case 'Z':
			columns.context = true;
			break;
		case 'c':
			columns.pool = true;
			break;
		case 'n':
			columns.nodes = true;
			break;
		case 'q':
			columns.quota = true;
			break;
		default:
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
	}
	ret = axl_need_ctl(axl);
	if (ret) {
		return ret;
	}
	axl_need_store(axl); /* without it there are no names, but there is a list */
	return list(axl, argc - optind, argv + optind, &columns);
}

int verb_claims(struct axl *axl, int argc, char **argv)
{
	const struct list_columns columns = {.claim = true};
	int ret = axl_need_ctl(axl);

	if (argc > 1) {
		return axl_usage(axl, "no arguments wanted");
	}
	if (ret) {
		return ret;
	}
	axl_need_store(axl);
	return list(axl, 0, argv + argc, &columns);
}

int verb_vm_list(struct axl *axl, int argc, char **argv)
{
	struct domain *list = NULL;
	char uuid[37];
	int count = axl_need(axl);

	if (argc > 1) {
		return axl_usage(axl, "no arguments wanted");
	}
	if (count) {
		return count;
	}
	count = domains_get(axl, 0, argv + argc, &list);
	if (count < 0) {
		return count;
	}
	if (axl->json) {
		json_array(axl->json, "domains");
	} else {
		printf("UUID                                  ID    name\n");
	}
	for (int i = 0; i < count; i++) {
		config_uuid_format(list[i].info.handle, uuid);
		if (axl->json) {
			json_map(axl->json, NULL);
			json_string(axl->json, "uuid", uuid);
			json_number(axl->json, "domid", list[i].info.domain);
			json_string(axl->json, "name", list[i].name);
			json_map_end(axl->json);
		} else {
			printf("%s  %-4u %-30s\n", uuid, list[i].info.domain, list[i].name);
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

/* The short form leaves the seconds out. */
static void format_uptime(uint64_t seconds, bool brief, char *text, size_t size)
{
	unsigned long long days = seconds / 86400, left = seconds % 86400;
	size_t used = 0;

	if (days) {
		used = (size_t)snprintf(text, size, "%llu day%s, ", days, days == 1 ? "" : "s");
	}
	used += (size_t)snprintf(text + used, size - used, "%2llu:%02llu", left / 3600,
				 left / 60 % 60);
	if (!brief) {
		snprintf(text + used, size - used, ":%02llu", left % 60);
	}
}

int verb_uptime(struct axl *axl, int argc, char **argv)
{
	bool brief = false;
	struct domain *list;
	char text[64], clock[16];
	time_t now = time(NULL);
	struct tm tm;
	int c, count;

	options_reset();
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

		format_uptime(seconds, brief, text, sizeof(text));
		if (axl->json) {
			json_map(axl->json, NULL);
			json_string(axl->json, "name", list[i].name);
			json_number(axl->json, "domid", list[i].info.domain);
			json_number(axl->json, "uptime_seconds", seconds);
			json_map_end(axl->json);
		} else if (brief) {
			printf(" %s up %s, %s (%u)\n", clock, text, list[i].name,
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
