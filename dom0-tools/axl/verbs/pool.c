/* SPDX-License-Identifier: MIT */
/* axl cpupool-*: groups of CPUs with a scheduler and domains of their own. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../cpumap.h"
#include "../domains.h"
#include "../json.h"
#include "../options.h"
#include "../poolcfg.h"
#include "../pools.h"
#include "../verbs.h"

#define REMOVE_TRIES 200
#define REMOVE_POLL_NS 10000000L

static int failed(struct axl *axl, const char *what, const char *name, int ret)
{
	ctl_error_set(&axl->err, "hypercall-failed", "cannot %s CPU pool %s", what, name);
	ctl_error_errno(&axl->err, ret);
	if (ret == -ENOSYS || ret == -EOPNOTSUPP) {
		ctl_error_cause(&axl->err, "this hypervisor has one pool only");
	}
	return ret;
}

static unsigned int count_cpus(const struct ctl_pool *pool)
{
	unsigned int count = 0;

	for (size_t i = 0; i < sizeof(pool->cpus); i++) {
		count += (unsigned int)__builtin_popcount(pool->cpus[i]);
	}
	return count;
}

static bool has_cpu(const struct ctl_pool *pool, unsigned int cpu)
{
	return pool->cpus[cpu / 8] >> (cpu % 8) & 1;
}

static void list_one(struct axl *axl, const struct pool *pool, bool cpus)
{
	const struct ctl_pool *info = &pool->info;
	const char *between = "";

	if (axl->json) {
		json_map(axl->json, NULL);
		json_number(axl->json, "id", info->id);
		json_string(axl->json, "name", pool->name);
		json_string(axl->json, "scheduler", scheduler_name(info->sched_id));
		json_number(axl->json, "domains", info->domain_count);
		json_array(axl->json, "cpus");
		for (unsigned int i = 0; i < CTL_MAX_CPUS; i++) {
			if (has_cpu(info, i)) {
				json_number(axl->json, NULL, i);
			}
		}
		json_array_end(axl->json);
		json_map_end(axl->json);
	} else if (cpus) {
		printf("%-19s", pool->name);
		for (unsigned int i = 0; i < CTL_MAX_CPUS; i++) {
			if (has_cpu(info, i)) {
				printf("%s%u", between, i);
				between = ",";
			}
		}
		putchar('\n');
	} else {
		printf("%-19s%3u %9s       y       %4u\n", pool->name, count_cpus(info),
		       scheduler_name(info->sched_id), info->domain_count);
	}
}

int verb_cpupool_list(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"cpus", no_argument, NULL, 'c'},
		{NULL, 0, NULL, 0},
	};
	struct pool *list = NULL, one = {.name = ""};
	bool cpus = false;
	int c, count, ret;

	options_reset();
	while ((c = getopt_long(argc, argv, "c", longs, NULL)) != -1) {
		if (c != 'c') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		cpus = true;
	}
	ret = axl_need(axl);
	if (ret) {
		return ret;
	}
	if (optind < argc) {
		ret = pool_find(axl, argv[optind], &one);
		count = 1;
	} else {
		count = pools_get(axl, &list);
		ret = count < 0 ? count : 0;
	}
	if (ret) {
		return ret;
	}
	if (axl->json) {
		json_array(axl->json, "cpupools");
	} else if (cpus) {
		printf("%-19sCPU list\n", "Name");
	} else {
		printf("%-19sCPUs   Sched     Active   Domain count\n", "Name");
	}
	for (int i = 0; i < count; i++) {
		list_one(axl, list ? &list[i] : &one, cpus);
	}
	if (axl->json) {
		json_array_end(axl->json);
	}
	free(list);
	return 0;
}

/* Checks that the CPUs wanted are free, so that nothing has to be undone later. */
static int check_free(struct axl *axl, const struct config_cpumap *cpus)
{
	struct ctl_pool free_cpus = {.id = 0};
	struct config_cpumap map;
	char text[CPUMAP_TEXT];
	int ret = ctl_pool_free_cpus(axl->ctl, free_cpus.cpus);

	if (ret) {
		return failed(axl, "make a", "", ret);
	}
	memcpy(map.bits, free_cpus.cpus, sizeof(map.bits));
	for (unsigned int i = 0; i < CTL_MAX_CPUS; i++) {
		if (!cpumap_has(cpus, i) || has_cpu(&free_cpus, i)) {
			continue;
		}
		cpumap_format(&map, cpumap_host_cpus(axl), text);
		ctl_error_set(&axl->err, "cpu-in-use", "CPU %u is not free", i);
		ctl_error_cause(&axl->err, "free are: %s", text);
		ctl_error_hint(&axl->err,
			       "axl cpupool-list -c tells its pool; axl "
			       "cpupool-cpu-remove POOL %u frees it",
			       i);
		return -EBUSY;
	}
	return 0;
}

static int add_cpus(struct axl *axl, const struct pool *pool, const struct config_cpumap *cpus)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < CTL_MAX_CPUS; i++) {
		if (cpumap_has(cpus, i)) {
			ret = ctl_pool_add_cpu(axl->ctl, pool->info.id, i);
		}
	}
	return ret ? failed(axl, "add CPUs to", pool->name, ret) : 0;
}

/* The hypervisor may have to be asked again until nothing runs there any more. */
static int remove_cpu(struct axl *axl, const struct pool *pool, unsigned int cpu)
{
	const struct timespec rest = {.tv_nsec = REMOVE_POLL_NS};
	int ret = 0;

	for (unsigned int i = 0; i < REMOVE_TRIES; i++) {
		ret = ctl_pool_remove_cpu(axl->ctl, pool->info.id, cpu);
		if (ret != -EAGAIN && ret != -EBUSY) {
			break;
		}
		nanosleep(&rest, NULL);
	}
	return ret;
}

static int remove_cpus(struct axl *axl, const struct pool *pool, const struct config_cpumap *cpus)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < CTL_MAX_CPUS; i++) {
		if (!cpumap_has(cpus, i)) {
			continue;
		}
		ret = remove_cpu(axl, pool, i);
	}
	if (ret) {
		failed(axl, "take CPUs from", pool->name, ret);
		if (ret == -EBUSY || ret == -EAGAIN) {
			ctl_error_cause(&axl->err, "its domains need the last CPU, or a vCPU is "
						   "pinned there for the moment");
		}
	}
	return ret;
}

static int create(struct axl *axl, const struct pool_config *cfg)
{
	struct pool pool = {.info = {.id = CTL_POOL_ANY}};
	struct pool other;
	int ret;

	if (!pool_find(axl, cfg->name, &other)) {
		ctl_error_set(&axl->err, "name-in-use", "there is a CPU pool named \"%s\" already",
			      cfg->name);
		return -EEXIST;
	}
	ret = cfg->cpus_set ? check_free(axl, &cfg->cpus) : 0;
	if (ret || axl->dry_run) {
		return ret;
	}
	memcpy(pool.name, cfg->name, sizeof(pool.name));
	ret = ctl_pool_create(axl->ctl, cfg->sched_id, &pool.info.id);
	if (ret) {
		return failed(axl, "make", cfg->name, ret);
	}
	ret = pool_record(axl, pool.info.id, cfg->name);
	if (!ret) {
		ret = add_cpus(axl, &pool, &cfg->cpus);
	}
	if (ret) {
		struct ctl_error first = axl->err;

		remove_cpus(axl, &pool, &cfg->cpus);
		ctl_pool_destroy(axl->ctl, pool.info.id);
		pool_forget(axl, pool.info.id);
		axl->err = first;
	} else if (axl->json) {
		json_number(axl->json, "id", pool.info.id);
		json_string(axl->json, "name", cfg->name);
	}
	return ret;
}

int verb_cpupool_create(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"defconfig", required_argument, NULL, 'f'},
		{"dryrun", no_argument, NULL, 'n'},
		{"dry-run", no_argument, NULL, 'n'},
		{NULL, 0, NULL, 0},
	};
	const char *file = NULL;
	struct pool_config cfg;
	int c, ret;

	options_reset();
	while ((c = getopt_long(argc, argv, "f:n", longs, NULL)) != -1) {
		if (c == '?') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		file = c == 'f' ? optarg : file;
		axl->dry_run |= c == 'n';
	}
	if (!file && optind < argc && !strchr(argv[optind], '=')) {
		file = argv[optind++];
	}
	if (!file && optind == argc) {
		return axl_usage(axl, "a config file or 'key=value' wanted");
	}
	ret = axl_need(axl);
	if (!ret) {
		ret = pool_config_read(axl, file, argv + optind, argc - optind, &cfg);
	}
	if (ret) {
		return ret;
	}
	ret = create(axl, &cfg);
	if (!ret && !axl->json) {
		printf("cpupool name:   %s\nscheduler:      %s\n", cfg.name,
		       scheduler_name(cfg.sched_id));
	}
	return ret;
}

/* Checks the number of arguments and finds the pool that the one at `at` names. */
static int one_pool(struct axl *axl, int argc, char **argv, int wanted, int at, struct pool *pool)
{
	int ret;

	if (argc - 1 != wanted) {
		return axl_usage(axl, "%d argument%s wanted, %d given", wanted,
				 wanted == 1 ? "" : "s", argc - 1);
	}
	ret = axl_need(axl);
	return ret ? ret : pool_find(axl, argv[at], pool);
}

static int answer(struct axl *axl, const struct pool *pool)
{
	if (axl->json) {
		json_number(axl->json, "id", pool->info.id);
		json_string(axl->json, "name", pool->name);
	}
	return 0;
}

int verb_cpupool_destroy(struct axl *axl, int argc, char **argv)
{
	struct config_cpumap cpus;
	struct pool pool;
	int ret = one_pool(axl, argc, argv, 1, 1, &pool);

	if (ret) {
		return ret;
	}
	if (!pool.info.id || pool.info.domain_count) {
		ctl_error_set(&axl->err, "pool-in-use", "cannot destroy CPU pool %s", pool.name);
		ctl_error_cause(&axl->err,
				pool.info.id ? "%u domains are in it"
					     : "it is the machine's first pool",
				pool.info.domain_count);
		ctl_error_hint(&axl->err, "axl cpupool-migrate moves domains, axl list -c tells "
					  "which");
		return -EBUSY;
	}
	memcpy(cpus.bits, pool.info.cpus, sizeof(cpus.bits));
	ret = remove_cpus(axl, &pool, &cpus);
	if (!ret) {
		ret = ctl_pool_destroy(axl->ctl, pool.info.id);
		ret = ret ? failed(axl, "destroy", pool.name, ret) : pool_forget(axl, pool.info.id);
	}
	return ret ? ret : answer(axl, &pool);
}

int verb_cpupool_rename(struct axl *axl, int argc, char **argv)
{
	struct pool pool, other;
	int ret = one_pool(axl, argc, argv, 2, 1, &pool);

	if (ret) {
		return ret;
	}
	if (!argv[2][0] || strlen(argv[2]) >= POOL_NAME_MAX || strchr(argv[2], '/') ||
	    strchr("0123456789", argv[2][0])) {
		return axl_usage(axl,
				 "\"%s\" cannot be a name: 1 to %d characters, no digit first, no "
				 "slash",
				 argv[2], POOL_NAME_MAX - 1);
	}
	if (!pool_find(axl, argv[2], &other)) {
		ctl_error_set(&axl->err, "name-in-use", "there is a CPU pool named \"%s\" already",
			      argv[2]);
		return -EEXIST;
	}
	ret = pool_record(axl, pool.info.id, argv[2]);
	snprintf(pool.name, sizeof(pool.name), "%s", argv[2]);
	return ret ? ret : answer(axl, &pool);
}

static int change_cpus(struct axl *axl, int argc, char **argv, bool add)
{
	struct config_cpumap cpus;
	struct pool pool;
	int ret = one_pool(axl, argc, argv, 2, 1, &pool);

	if (!ret) {
		ret = cpumap_parse(axl, "CPUs of a pool", argv[2], cpumap_host_cpus(axl), &cpus);
	}
	if (!ret && add) {
		ret = check_free(axl, &cpus);
	}
	for (unsigned int i = 0; !ret && !add && i < CTL_MAX_CPUS; i++) {
		if (cpumap_has(&cpus, i) && !has_cpu(&pool.info, i)) {
			ctl_error_set(&axl->err, "cpu-not-in-pool", "CPU %u is not in CPU pool %s",
				      i, pool.name);
			ctl_error_hint(&axl->err, "axl cpupool-list -c");
			ret = -ENOENT;
		}
	}
	if (!ret && !axl->dry_run) {
		ret = add ? add_cpus(axl, &pool, &cpus) : remove_cpus(axl, &pool, &cpus);
	}
	return ret ? ret : answer(axl, &pool);
}

int verb_cpupool_cpu_add(struct axl *axl, int argc, char **argv)
{
	return change_cpus(axl, argc, argv, true);
}

int verb_cpupool_cpu_remove(struct axl *axl, int argc, char **argv)
{
	return change_cpus(axl, argc, argv, false);
}

int verb_cpupool_migrate(struct axl *axl, int argc, char **argv)
{
	struct domain domain;
	struct pool pool;
	int ret = one_pool(axl, argc, argv, 2, 2, &pool);

	if (!ret) {
		ret = domain_find(axl, argv[1], &domain);
	}
	if (!ret && !count_cpus(&pool.info)) {
		ctl_error_set(&axl->err, "empty-pool", "CPU pool %s has no CPUs", pool.name);
		ctl_error_hint(&axl->err, "axl cpupool-cpu-add %s CPU", pool.name);
		ret = -EBUSY;
	}
	if (ret || axl->dry_run) {
		return ret;
	}
	ret = ctl_pool_move_domain(axl->ctl, pool.info.id, domain.info.domain);
	return ret ? failed(axl, "move the domain to", pool.name, ret) : answer(axl, &pool);
}

int verb_cpupool_numa_split(struct axl *axl, int argc, char **argv)
{
	struct xen_sysctl_cputopo *topology = NULL;
	int count = axl_need(axl), ret = -EOPNOTSUPP;

	(void)argv;
	if (argc > 1) {
		return axl_usage(axl, "no arguments wanted");
	}
	if (count) {
		return count;
	}
	count = ctl_cpu_topology(axl->ctl, &topology);
	ctl_error_set(&axl->err, "not-here", "cannot split the CPU pool by NUMA node");
	ctl_error_cause(&axl->err, "this machine has one node");
	for (int i = 1; i < count; i++) {
		if (topology[i].node != topology[0].node) {
			ctl_error_cause(&axl->err, "axl does not do this in one step");
			ctl_error_hint(&axl->err, "axl cpupool-cpu-remove Pool-0 node:1; axl "
						  "cpupool-create 'name=\"node1\"' 'nodes=\"1\"'");
			break;
		}
	}
	free(topology);
	return ret;
}
