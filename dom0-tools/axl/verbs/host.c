/* SPDX-License-Identifier: MIT */
/* axl info, dmesg, debug-keys, version: verbs about the machine. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "../../libctl/memory.h"
#include "../../libctl/sysctl.h"
#include "../../libctl/version.h"
#include "../axl.h"
#include "../dmesg.h"
#include "../json.h"
#include "../options.h"
#include "../pools.h"
#include "../verbs.h"
#include "xen/memory.h"

#ifndef AXL_VERSION
#define AXL_VERSION "unknown"
#endif

static int no_answer(struct axl *axl, const char *what, int ret)
{
	ctl_error_set(&axl->err, "hypercall-failed", "the hypervisor does not answer: %s", what);
	ctl_error_errno(&axl->err, ret);
	return ret;
}

/* One line of xl info, and one member of the JSON result. */
static void field(struct axl *axl, const char *name, const char *value)
{
	if (axl->json) {
		json_string(axl->json, name, value);
	} else {
		printf("%-23s: %s\n", name, value);
	}
}

static void field_number(struct axl *axl, const char *name, uint64_t value)
{
	if (axl->json) {
		json_number(axl->json, name, value);
	} else {
		printf("%-23s: %llu\n", name, (unsigned long long)value);
	}
}

static void virt_caps(const struct xen_sysctl_physinfo *machine, char *text, size_t size)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} caps[] = {
		{XEN_SYSCTL_PHYSCAP_pv, "pv"},
		{XEN_SYSCTL_PHYSCAP_hvm, "hvm"},
		{XEN_SYSCTL_PHYSCAP_directio, "pv_directio"},
		{XEN_SYSCTL_PHYSCAP_hap, "hap"},
		{XEN_SYSCTL_PHYSCAP_shadow, "shadow"},
		{XEN_SYSCTL_PHYSCAP_gnttab_v1, "gnttab-v1"},
		{XEN_SYSCTL_PHYSCAP_gnttab_v2, "gnttab-v2"},
	};
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		if (machine->capabilities & caps[i].bit && used < size) {
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "",
						 caps[i].name);
		}
	}
}

static void info_machine(struct axl *axl, const struct xen_sysctl_physinfo *machine)
{
	uint64_t mib = 256; /* pages */
	uint8_t free_map[CTL_MAX_CPUS / 8] = {0};
	unsigned int free_cpus = 0;
	struct utsname host;
	char text[128];
	long pages;

	uname(&host);
	field(axl, "host", host.nodename);
	field(axl, "release", host.release);
	field(axl, "version", host.version);
	field(axl, "machine", host.machine);
	field_number(axl, "nr_cpus", machine->nr_cpus);
	field_number(axl, "max_cpu_id", machine->max_cpu_id);
	field_number(axl, "nr_nodes", machine->nr_nodes);
	field_number(axl, "cores_per_socket", machine->cores_per_socket);
	field_number(axl, "threads_per_core", machine->threads_per_core);
	snprintf(text, sizeof(text), "%u.%03u", machine->cpu_khz / 1000, machine->cpu_khz % 1000);
	field(axl, "cpu_mhz", text);
	snprintf(text, sizeof(text), "%08x:%08x:%08x:%08x:%08x:%08x:%08x:%08x", machine->hw_cap[0],
		 machine->hw_cap[1], machine->hw_cap[2], machine->hw_cap[3], machine->hw_cap[4],
		 machine->hw_cap[5], machine->hw_cap[6], machine->hw_cap[7]);
	field(axl, "hw_caps", text);
	virt_caps(machine, text, sizeof(text));
	field(axl, "virt_caps", text);
	field_number(axl, "total_memory", machine->total_pages / mib);
	field_number(axl, "free_memory", (machine->free_pages - machine->outstanding_pages) / mib);
	pages = ctl_memory_value(axl->ctl, XENMEM_get_sharing_freed_pages);
	field_number(axl, "sharing_freed_memory", pages > 0 ? (uint64_t)pages / mib : 0);
	pages = ctl_memory_value(axl->ctl, XENMEM_get_sharing_shared_pages);
	field_number(axl, "sharing_used_memory", pages > 0 ? (uint64_t)pages / mib : 0);
	field_number(axl, "outstanding_claims", machine->outstanding_pages / mib);
	ctl_pool_free_cpus(axl->ctl, free_map);
	for (size_t i = 0; i < sizeof(free_map); i++) {
		free_cpus += (unsigned int)__builtin_popcount(free_map[i]);
	}
	field_number(axl, "free_cpus", free_cpus);
	if (axl->json) {
		/* MiB hide what a leak test looks for */
		json_number(axl->json, "total_pages", machine->total_pages);
		json_number(axl->json, "free_pages", machine->free_pages);
	}
}

static void info_version(struct axl *axl, const struct ctl_version *version)
{
	uint32_t scheduler = 0;
	char text[64];

	field_number(axl, "xen_major", version->major);
	field_number(axl, "xen_minor", version->minor);
	field(axl, "xen_extra", version->extra);
	snprintf(text, sizeof(text), "%u.%u%s", version->major, version->minor, version->extra);
	field(axl, "xen_version", text);
	field(axl, "xen_caps", version->capabilities);
	ctl_sched_id(axl->ctl, &scheduler);
	field(axl, "xen_scheduler", scheduler_name(scheduler));
	field_number(axl, "xen_pagesize", version->page_size);
	snprintf(text, sizeof(text), "virt_start=0x%llx", (unsigned long long)version->virt_start);
	field(axl, "platform_params", text);
	field(axl, "xen_changeset", version->changeset);
	field(axl, "xen_commandline", version->command_line);
	field(axl, "mitigations", version->mitigations[0] ? version->mitigations : "unknown");
	field(axl, "cc_compiler", version->compiler);
	field(axl, "cc_compile_by", version->compile_by);
	field(axl, "cc_compile_domain", version->compile_domain);
	field(axl, "cc_compile_date", version->compile_date);
	field(axl, "build_id", version->build_id);
	field_number(axl, "xend_config_format", 4);
}

static void info_topology(struct axl *axl)
{
	struct xen_sysctl_cputopo *cpus = NULL;
	int count = ctl_cpu_topology(axl->ctl, &cpus);

	if (axl->json) {
		json_array(axl->json, "cpu_topology");
	} else {
		printf("cpu_topology           :\ncpu:    core    socket     node\n");
	}
	for (int i = 0; i < count; i++) {
		if (cpus[i].core == XEN_INVALID_CORE_ID) {
			continue;
		}
		if (axl->json) {
			json_map(axl->json, NULL);
			json_number(axl->json, "cpu", (uint64_t)i);
			json_number(axl->json, "core", cpus[i].core);
			json_number(axl->json, "socket", cpus[i].socket);
			json_number(axl->json, "node", cpus[i].node);
			json_map_end(axl->json);
		} else {
			printf("%3d:    %4u     %4u     %4u\n", i, cpus[i].core, cpus[i].socket,
			       cpus[i].node);
		}
	}
	if (axl->json) {
		json_array_end(axl->json);
	} else {
		printf("device topology        :\ndevice           node\n"
		       "No device topology data available\n");
	}
	free(cpus);
}

static void info_nodes(struct axl *axl)
{
	struct xen_sysctl_meminfo *memory = NULL;
	uint32_t *distances = NULL;
	int count = ctl_numa_info(axl->ctl, &memory, &distances);

	if (axl->json) {
		json_array(axl->json, "numa_nodes");
	} else {
		printf("numa_info              :\nnode:    memsize    memfree    distances\n");
	}
	for (int i = 0; i < count; i++) {
		if (axl->json) {
			json_map(axl->json, NULL);
			json_number(axl->json, "node", (uint64_t)i);
			json_number(axl->json, "memory_kib", memory[i].memsize >> 10);
			json_number(axl->json, "free_kib", memory[i].memfree >> 10);
			json_array(axl->json, "distances");
		} else {
			printf("%4d:    %6llu     %6llu      ", i,
			       (unsigned long long)memory[i].memsize >> 20,
			       (unsigned long long)memory[i].memfree >> 20);
		}
		for (int j = 0; j < count; j++) {
			uint32_t distance = distances[i * count + j];

			if (axl->json) {
				json_number(axl->json, NULL, distance);
			} else {
				printf(j ? ",%u" : "%u", distance);
			}
		}
		if (axl->json) {
			json_array_end(axl->json);
			json_map_end(axl->json);
		} else {
			putchar('\n');
		}
	}
	if (axl->json) {
		json_array_end(axl->json);
	}
	free(memory);
	free(distances);
}

int verb_info(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"numa", no_argument, NULL, 'n'},
		{NULL, 0, NULL, 0},
	};
	struct xen_sysctl_physinfo machine;
	struct ctl_version version;
	bool numa = false;
	int c, ret;

	options_reset();
	while ((c = getopt_long(argc, argv, "n", longs, NULL)) != -1) {
		if (c != 'n') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		numa = true;
	}
	if (optind < argc) {
		return axl_usage(axl, "no arguments wanted");
	}
	ret = axl_need_ctl(axl);
	if (ret) {
		return ret;
	}
	ret = ctl_physinfo(axl->ctl, &machine);
	if (!ret) {
		ret = ctl_version(axl->ctl, &version);
	}
	if (ret) {
		return no_answer(axl, "what machine this is", ret);
	}
	info_machine(axl, &machine);
	if (numa) {
		info_topology(axl);
		info_nodes(axl);
	}
	info_version(axl, &version);
	return 0;
}

static void json_lines(struct axl *axl, char *text)
{
	char *line, *rest = text;

	json_array(axl->json, "lines");
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, "\r")] = '\0';
		if (rest || line[0]) {
			json_string(axl->json, NULL, line);
		}
	}
	json_array_end(axl->json);
}

int verb_dmesg(struct axl *axl, int argc, char **argv)
{
	bool clear = argc == 2 && (!strcmp(argv[1], "-c") || !strcmp(argv[1], "--clear"));
	uint32_t index = 0;
	char *text, none;
	size_t len;
	int ret;

	if (argc > 1 && !clear) {
		return axl_usage(axl, "unknown argument %s", argv[1]);
	}
	ret = axl_need_ctl(axl);
	if (ret) {
		return ret;
	}
	ret = dmesg_read(axl->ctl, &text, &len);
	if (!ret && clear) {
		ret = ctl_console_read(axl->ctl, true, false, &index, &none, 1);
	}
	if (ret < 0) {
		free(text);
		return no_answer(axl, "its console ring", ret);
	}
	if (axl->json) {
		json_lines(axl, text);
	} else {
		fwrite(text, 1, len, stdout);
	}
	free(text);
	return 0;
}

int verb_debug_keys(struct axl *axl, int argc, char **argv)
{
	int ret;

	if (argc != 2 || !argv[1][0]) {
		return axl_usage(axl, "one word of keys wanted");
	}
	ret = axl_need_ctl(axl);
	if (!ret) {
		ret = ctl_debug_keys(axl->ctl, argv[1]);
		if (ret) {
			return no_answer(axl, "debug keys", ret);
		}
	}
	return ret;
}

int verb_version(struct axl *axl, int argc, char **argv)
{
	struct ctl_version version;
	char text[64] = "none";

	(void)argc;
	(void)argv;
	if (!axl_need_ctl(axl) && !ctl_version(axl->ctl, &version)) {
		snprintf(text, sizeof(text), "%u.%u%s", version.major, version.minor,
			 version.extra);
	}
	field(axl, "axl_version", AXL_VERSION);
	field(axl, "hypervisor_version", text);
	return 0;
}
