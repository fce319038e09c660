/* SPDX-License-Identifier: MIT */
/* axl vcpu-list, vcpu-pin, vcpu-set. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../libctl/sysctl.h"
#include "../cpumap.h"
#include "../domains.h"
#include "../json.h"
#include "../options.h"
#include "../verbs.h"

static void get_affinity(struct axl *axl, xen_domid_t domid, unsigned int vcpu,
			 struct config_cpumap *hard, struct config_cpumap *soft)
{
	*hard = *soft = (struct config_cpumap){0};
	ctl_vcpu_get_affinity(axl->ctl, domid, vcpu, (uint8_t *)hard->bits, (uint8_t *)soft->bits,
			      CONFIG_MAX_CPUS);
}

static void vcpu_row(struct axl *axl, const struct domain *domain, unsigned int vcpu,
		     unsigned int cpus)
{
	struct xen_domctl_getvcpuinfo info;
	struct config_cpumap hard, soft;
	char hard_text[CPUMAP_TEXT], soft_text[CPUMAP_TEXT];

	if (ctl_vcpu_info(axl->ctl, domain->info.domain, vcpu, &info)) {
		return;
	}
	get_affinity(axl, domain->info.domain, vcpu, &hard, &soft);
	cpumap_format(&hard, cpus, hard_text);
	cpumap_format(&soft, cpus, soft_text);
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
	cpus = cpumap_host_cpus(axl);
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

struct pinning {
	bool force;
	const char *vcpus; /* a number or "all" */
	const char *hard;  /* NULL: unchanged */
	const char *soft;
};

static int pin_options(struct axl *axl, int argc, char **argv, struct pinning *pinning)
{
	static const struct option longs[] = {
		{"force", no_argument, NULL, 'f'},
		{"ignore-global-affinity-masks", no_argument, NULL, 'i'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*pinning = (struct pinning){.force = axl->force};
	options_reset();
	/* "+": the last arguments may be "-" or begin with "^", none is an option */
	while ((c = getopt_long(argc, argv, "+f", longs, NULL)) != -1) {
		if (c == '?') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		pinning->force |= c == 'f';
	}
	if (argc - optind < 3 || argc - optind > 4) {
		return axl_usage(axl, "a domain, a vCPU and one or two lists of CPUs wanted");
	}
	pinning->vcpus = argv[optind + 1];
	pinning->hard = strcmp(argv[optind + 2], "-") != 0 ? argv[optind + 2] : NULL;
	pinning->soft = argc - optind == 4 && strcmp(argv[optind + 3], "-") != 0 ? argv[optind + 3]
										 : NULL;
	return 0;
}

static int pin_one(struct axl *axl, const struct domain *domain, unsigned int vcpu, bool force,
		   const struct config_cpumap *hard, const struct config_cpumap *soft)
{
	int ret = ctl_vcpu_set_affinity(axl->ctl, domain->info.domain, vcpu,
					hard ? (const uint8_t *)hard->bits : NULL,
					soft ? (const uint8_t *)soft->bits : NULL, CONFIG_MAX_CPUS,
					force);

	if (!ret) {
		return 0;
	}
	ctl_error_set(&axl->err, "hypercall-failed", "cannot pin vCPU %u of %s", vcpu,
		      domain->name);
	if (ret == -EINVAL) {
		ctl_error_cause(&axl->err, "none of these CPUs is in its CPU pool");
		ctl_error_hint(&axl->err, "axl cpupool-list -c");
	} else if (ret == -EBUSY) {
		ctl_error_cause(&axl->err, "its kernel has pinned it for a moment");
		ctl_error_hint(&axl->err, "try again, or override it by -f");
	} else {
		ctl_error_errno(&axl->err, ret);
	}
	return ret;
}

static int pin(struct axl *axl, const struct domain *domain, const struct pinning *pinning)
{
	struct config_cpumap hard, soft;
	unsigned int cpus = cpumap_host_cpus(axl);
	unsigned long first = 0, last = domain->info.max_vcpu_id;
	int ret = 0;

	if (strcmp(pinning->vcpus, "all") != 0) {
		ret = option_number(axl, "a vCPU of this domain", pinning->vcpus, 0, last, &first);
		last = first;
	}
	if (!ret && pinning->hard) {
		ret = cpumap_parse(axl, "a hard affinity", pinning->hard, cpus, &hard);
	}
	if (!ret && pinning->soft) {
		ret = cpumap_parse(axl, "a soft affinity", pinning->soft, cpus, &soft);
	}
	for (unsigned long v = first; !ret && !axl->dry_run && v <= last; v++) {
		ret = pin_one(axl, domain, (unsigned int)v, pinning->force,
			      pinning->hard ? &hard : NULL, pinning->soft ? &soft : NULL);
	}
	if (ret || !axl->json) {
		return ret;
	}
	json_array(axl->json, "vcpus");
	for (unsigned long v = first; v <= last; v++) {
		vcpu_row(axl, domain, (unsigned int)v, cpus);
	}
	json_array_end(axl->json);
	return 0;
}

int verb_vcpu_pin(struct axl *axl, int argc, char **argv)
{
	struct pinning pinning;
	struct domain domain;
	int ret = pin_options(axl, argc, argv, &pinning);

	if (!ret) {
		ret = axl_need(axl);
	}
	if (!ret) {
		ret = domain_find(axl, argv[optind], &domain);
	}
	return ret ? ret : pin(axl, &domain, &pinning);
}

struct onlining {
	xen_domid_t domid;
	unsigned long online;
	uint32_t max;
};

static int online_body(struct store *store, uint32_t tx, void *arg)
{
	const struct onlining *onlining = arg;
	char path[64];
	int ret = 0;

	for (uint32_t i = 0; !ret && i < onlining->max; i++) {
		const char *state = i < onlining->online ? "online" : "offline";

		snprintf(path, sizeof(path), "/local/domain/%u/cpu/%u/availability",
			 onlining->domid, i);
		ret = store_write(store, tx, path, state, strlen(state));
	}
	return ret;
}

static int overcommitted(struct axl *axl, unsigned long wanted, unsigned int cpus)
{
	ctl_error_set(&axl->err, "overcommitted", "will not give a domain %lu vCPUs", wanted);
	ctl_error_cause(&axl->err, "this machine has %u CPUs", cpus);
	ctl_error_number(&axl->err, "wanted", wanted);
	ctl_error_number(&axl->err, "cpus", cpus);
	ctl_error_hint(&axl->err, "--ignore-host does it all the same");
	return -ERANGE;
}

static int online(struct axl *axl, const struct domain *domain, const char *text, bool ignore_host)
{
	struct onlining onlining = {
		.domid = domain->info.domain,
		.max = domain->info.max_vcpu_id + 1,
	};
	struct xen_sysctl_physinfo machine;
	int ret = option_number(axl, "the number of this domain's vCPUs", text, 1, onlining.max,
				&onlining.online);

	if (ret) {
		return ret;
	}
	if (!ignore_host && onlining.online > domain->info.nr_online_vcpus &&
	    !ctl_physinfo(axl->ctl, &machine) && onlining.online > machine.nr_cpus) {
		return overcommitted(axl, onlining.online, machine.nr_cpus);
	}
	ret = axl->dry_run ? 0 : store_transact(axl->store, online_body, &onlining);
	if (ret) {
		ctl_error_set(&axl->err, "xenstore-failed", "cannot tell %s", domain->name);
		ctl_error_errno(&axl->err, ret);
	} else if (axl->json) {
		json_number(axl->json, "domid", domain->info.domain);
		json_string(axl->json, "name", domain->name);
		json_number(axl->json, "vcpus", onlining.online);
		json_number(axl->json, "max_vcpus", onlining.max);
	}
	return ret;
}

int verb_vcpu_set(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"ignore-host", no_argument, NULL, 'i'},
		{NULL, 0, NULL, 0},
	};
	struct domain domain;
	bool ignore_host = false;
	int c, ret;

	options_reset();
	while ((c = getopt_long(argc, argv, "i", longs, NULL)) != -1) {
		if (c != 'i') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		ignore_host = true;
	}
	if (argc - optind != 2) {
		return axl_usage(axl, "a domain and a number wanted");
	}
	ret = axl_need(axl);
	if (!ret) {
		ret = domain_find(axl, argv[optind], &domain);
	}
	return ret ? ret : online(axl, &domain, argv[optind + 1], ignore_host);
}
