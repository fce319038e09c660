/* SPDX-License-Identifier: MIT */
/* axl mem-set, mem-max: what a guest may have, and what it is asked to have now. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../libctl/need.h"
#include "../../libctl/sysctl.h"
#include "../domains.h"
#include "../json.h"
#include "../options.h"
#include "../verbs.h"

#define MIB 1024ULL                /* KiB */
#define SLACK_KIB MIB              /* room for pages the hypervisor books on the domain */
#define DOM0_LEAST_KIB (128 * MIB) /* as Xen's tools have it */

struct memory {
	struct domain domain;
	uint64_t most_kib; /* memory/static-max */
	uint64_t now_kib;  /* memory/target */
};

static uint64_t least_kib(const struct memory *memory)
{
	return memory->domain.info.domain ? memory_need_kib(memory->most_kib) : DOM0_LEAST_KIB;
}

static uint64_t read_kib(struct axl *axl, xen_domid_t domid, const char *node, uint64_t other)
{
	char path[64];
	uint64_t kib;

	snprintf(path, sizeof(path), "/local/domain/%u/memory/%s", domid, node);
	return store_read_number(axl->store, STORE_NO_TX, path, UINT64_MAX >> 10, &kib) ? other
											: kib;
}

static int write_kib(struct axl *axl, const struct memory *memory, const char *node, uint64_t kib)
{
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/local/domain/%u/memory/%s", memory->domain.info.domain,
		 node);
	ret = store_writef(axl->store, STORE_NO_TX, path, "%llu", (unsigned long long)kib);
	if (ret) {
		ctl_error_set(&axl->err, "xenstore-failed", "cannot tell %s", memory->domain.name);
		ctl_error_errno(&axl->err, ret);
	}
	return ret;
}

/* The arguments of both verbs: a domain and a size. */
static int parse(struct axl *axl, int argc, char **argv, bool *force, struct memory *memory,
		 uint64_t *kib)
{
	static const struct option longs[] = {
		{"force", no_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	uint64_t has;
	int c, ret;

	*force = axl->force;
	options_reset();
	while ((c = getopt_long(argc, argv, "f", longs, NULL)) != -1) {
		if (c != 'f') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		*force = true;
	}
	if (argc - optind != 2) {
		return axl_usage(axl, "a domain and a size wanted");
	}
	ret = option_size_kib(axl, argv[optind + 1], kib);
	if (!ret) {
		ret = axl_need(axl);
	}
	if (!ret) {
		ret = domain_find(axl, argv[optind], &memory->domain);
	}
	if (!ret) {
		has = memory->domain.info.tot_pages * 4;
		memory->now_kib = read_kib(axl, memory->domain.info.domain, "target", has);
		memory->most_kib =
			read_kib(axl, memory->domain.info.domain, "static-max", memory->now_kib);
	}
	return ret;
}

static void answer(struct axl *axl, const struct memory *memory)
{
	if (axl->json) {
		json_number(axl->json, "domid", memory->domain.info.domain);
		json_string(axl->json, "name", memory->domain.name);
		json_number(axl->json, "target_kib", memory->now_kib);
		json_number(axl->json, "max_kib", memory->most_kib);
		json_number(axl->json, "least_kib", least_kib(memory));
		json_number(axl->json, "memory_kib", memory->domain.info.tot_pages * 4);
	}
}

static unsigned long long up_to_mib(uint64_t kib)
{
	return (kib + MIB - 1) / MIB;
}

static int out_of_range(struct axl *axl, const struct memory *memory, uint64_t kib, uint64_t min,
			uint64_t max)
{
	ctl_error_set(&axl->err, "out-of-range", "%s cannot have %llu MiB", memory->domain.name,
		      (unsigned long long)kib / 1024);
	ctl_error_number(&axl->err, "min_kib", min);
	ctl_error_number(&axl->err, "max_kib", max);
	ctl_error_cause(&axl->err, "valid are %llu to %llu MiB", up_to_mib(min),
			(unsigned long long)max / 1024);
	return -ERANGE;
}

/* The hypervisor's bound first, then what the guest is told in `node`. */
static int set_limit(struct axl *axl, const struct memory *memory, const char *node, uint64_t kib)
{
	int ret = ctl_domain_max_mem(axl->ctl, memory->domain.info.domain, kib + SLACK_KIB);

	if (ret) {
		ctl_error_set(&axl->err, "hypercall-failed", "cannot limit the memory of %s",
			      memory->domain.name);
		ctl_error_errno(&axl->err, ret);
		return ret;
	}
	ret = write_kib(axl, memory, node, kib);
	if (!ret) {
		answer(axl, memory);
	}
	return ret;
}

/* A guest asked to grow by more than there is would wait for ever. */
static int grow_check(struct axl *axl, const struct memory *memory, uint64_t kib)
{
	uint64_t has = memory->domain.info.tot_pages * 4;
	struct xen_sysctl_physinfo machine;

	if (kib <= has || ctl_physinfo(axl->ctl, &machine) ||
	    kib - has <= (machine.free_pages - machine.outstanding_pages) * 4) {
		return 0;
	}
	return domains_memory_error(axl, kib - has);
}

int verb_mem_set(struct axl *axl, int argc, char **argv)
{
	struct memory memory;
	uint64_t kib;
	bool force;
	int ret = parse(axl, argc, argv, &force, &memory, &kib);

	if (ret) {
		return ret;
	}
	if (kib > memory.most_kib || (kib < least_kib(&memory) && !force)) {
		ret = out_of_range(axl, &memory, kib, least_kib(&memory), memory.most_kib);
		if (kib > memory.most_kib) {
			ctl_error_hint(&axl->err, "axl mem-max, or maxmem= at its next start");
		} else {
			ctl_error_hint(&axl->err, "with less its kernel is likely to die; -f tries "
						  "it all the same");
		}
		return ret;
	}
	if (kib > memory.now_kib && !force) {
		ret = grow_check(axl, &memory, kib);
	}
	if (ret || axl->dry_run) {
		return ret;
	}
	memory.now_kib = kib;
	return set_limit(axl, &memory, "target", kib);
}

int verb_mem_max(struct axl *axl, int argc, char **argv)
{
	struct xen_sysctl_physinfo machine = {.total_pages = UINT64_MAX >> 12};
	struct memory memory;
	uint64_t kib;
	bool force;
	int ret = parse(axl, argc, argv, &force, &memory, &kib);

	if (ret) {
		return ret;
	}
	ctl_physinfo(axl->ctl, &machine);
	if (kib < memory.now_kib || kib > machine.total_pages * 4) {
		ret = out_of_range(axl, &memory, kib, memory.now_kib, machine.total_pages * 4);
		ctl_error_hint(&axl->err, "the least is what it is asked to have now: see axl "
					  "mem-set; the most is what the machine has");
		return ret;
	}
	if (axl->dry_run) {
		return 0;
	}
	memory.most_kib = kib;
	return set_limit(axl, &memory, "static-max", kib);
}
