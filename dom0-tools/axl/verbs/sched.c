/* SPDX-License-Identifier: MIT */
/* axl sched-credit2: weights, caps and the rate limit. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../domains.h"
#include "../json.h"
#include "../options.h"
#include "../pools.h"
#include "../verbs.h"

#define WEIGHT_MAX 65535
#define CAP_PER_VCPU 100 /* per cent of a CPU */

struct sched_options {
	const char *domain;
	const char *weight;
	const char *cap;
	const char *ratelimit;
	const char *pool;
	bool parameters; /* -s: the pool's, not domains' */
};

static int parse(struct axl *axl, int argc, char **argv, struct sched_options *options)
{
	static const struct option longs[] = {
		{"domain", required_argument, NULL, 'd'},
		{"weight", required_argument, NULL, 'w'},
		{"cap", required_argument, NULL, 'c'},
		{"schedparam", no_argument, NULL, 's'},
		{"ratelimit_us", required_argument, NULL, 'r'},
		{"cpupool", required_argument, NULL, 'p'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*options = (struct sched_options){.domain = NULL};
	options_reset();
	while ((c = getopt_long(argc, argv, "d:w:c:sr:p:", longs, NULL)) != -1) {
		switch (c) {
		case 'd':
			options->domain = optarg;
			break;
		case 'w':
			options->weight = optarg;
			break;
		case 'c':
			options->cap = optarg;
			break;
		case 's':
			options->parameters = true;
			break;
		case 'r':
			options->ratelimit = optarg;
			break;
		case 'p':
			options->pool = optarg;
			break;
		default:
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
	}
	if (optind < argc) {
		return axl_usage(axl, "unknown argument %s", argv[optind]);
	}
	if ((options->weight || options->cap) && !options->domain) {
		return axl_usage(axl, "-w and -c need -d");
	}
	if (options->domain && (options->pool || options->parameters || options->ratelimit)) {
		return axl_usage(axl, "-d goes with -w and -c only");
	}
	if (options->ratelimit && !options->parameters) {
		return axl_usage(axl, "-r needs -s");
	}
	return axl_need(axl);
}

static int not_credit2(struct axl *axl, const char *pool, uint32_t sched_id)
{
	ctl_error_set(&axl->err, "other-scheduler", "CPU pool %s has no weights and caps", pool);
	ctl_error_cause(&axl->err, "its scheduler is %s", scheduler_name(sched_id));
	ctl_error_hint(&axl->err, "axl cpupool-list shows each pool's scheduler");
	return -EOPNOTSUPP;
}

static int failed(struct axl *axl, const char *what, const char *name, int ret)
{
	ctl_error_set(&axl->err, "hypercall-failed", "cannot %s of %s", what, name);
	ctl_error_errno(&axl->err, ret);
	return ret;
}

static int domain_row(struct axl *axl, const struct domain *domain, const struct pool *pool)
{
	uint16_t weight, cap;
	int ret = ctl_domain_get_share(axl->ctl, domain->info.domain, pool->info.sched_id, &weight,
				       &cap);

	if (ret) {
		return failed(axl, "read the weight", domain->name, ret);
	}
	if (axl->json) {
		json_map(axl->json, NULL);
		json_string(axl->json, "name", domain->name);
		json_number(axl->json, "domid", domain->info.domain);
		json_string(axl->json, "cpupool", pool->name);
		json_number(axl->json, "weight", weight);
		json_number(axl->json, "cap", cap);
		json_map_end(axl->json);
	} else {
		printf("%-33s %4u %6u %4u\n", domain->name, domain->info.domain, weight, cap);
	}
	return 0;
}

static void head(const struct axl *axl)
{
	if (!axl->json) {
		printf("%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
	}
}

static int set_share(struct axl *axl, const struct domain *domain, const struct pool *pool,
		     const struct sched_options *options)
{
	unsigned long most_cap = (domain->info.max_vcpu_id + 1UL) * CAP_PER_VCPU;
	unsigned long number;
	uint16_t weight, cap;
	int ret;

	most_cap = most_cap < UINT16_MAX ? most_cap : UINT16_MAX;
	ret = ctl_domain_get_share(axl->ctl, domain->info.domain, pool->info.sched_id, &weight,
				   &cap);
	if (ret) {
		return failed(axl, "read the weight", domain->name, ret);
	}
	if (options->weight) {
		ret = option_number(axl, "a weight", options->weight, 1, WEIGHT_MAX, &number);
		weight = (uint16_t)number;
	}
	if (!ret && options->cap) {
		ret = option_number(axl, "this domain's cap", options->cap, 0, most_cap, &number);
		cap = (uint16_t)number;
	}
	if (ret || axl->dry_run) {
		return ret;
	}
	ret = ctl_domain_set_share(axl->ctl, domain->info.domain, pool->info.sched_id, weight, cap);
	return ret ? failed(axl, "set the weight or cap", domain->name, ret) : 0;
}

static int one_domain(struct axl *axl, const struct sched_options *options)
{
	bool change = options->weight || options->cap;
	struct domain domain;
	struct pool pool;
	char id[16];
	int ret = domain_find(axl, options->domain, &domain);

	if (!ret) {
		snprintf(id, sizeof(id), "%u", domain.info.cpupool);
		ret = pool_find(axl, id, &pool);
	}
	if (!ret && pool.info.sched_id != XEN_SCHEDULER_CREDIT2) {
		ret = not_credit2(axl, pool.name, pool.info.sched_id);
	}
	if (!ret && change) {
		ret = set_share(axl, &domain, &pool, options);
	}
	if (ret || (change && !axl->json)) {
		return ret;
	}
	head(axl);
	if (axl->json) {
		json_array(axl->json, "domains");
	}
	ret = domain_row(axl, &domain, &pool);
	if (axl->json) {
		json_array_end(axl->json);
	}
	return ret;
}

/* The pool's own line; with -r it is set instead. */
static int parameters(struct axl *axl, const struct pool *pool, const char *ratelimit)
{
	unsigned long number;
	uint32_t us;
	int ret = 0;

	if (ratelimit && strcmp(ratelimit, "0") != 0) {
		ret = option_number(axl, "a rate limit (other than 0)", ratelimit,
				    XEN_SYSCTL_SCHED_RATELIMIT_MIN, XEN_SYSCTL_SCHED_RATELIMIT_MAX,
				    &number);
	} else if (ratelimit) {
		number = 0;
	}
	if (!ret && ratelimit && !axl->dry_run) {
		ret = ctl_pool_set_ratelimit(axl->ctl, pool->info.id, pool->info.sched_id,
					     (uint32_t)number);
		if (ret) {
			return failed(axl, "set the rate limit", pool->name, ret);
		}
	}
	if (ret || (ratelimit && !axl->json)) {
		return ret;
	}
	ret = ctl_pool_get_ratelimit(axl->ctl, pool->info.id, pool->info.sched_id, &us);
	if (ret) {
		return failed(axl, "read the rate limit", pool->name, ret);
	}
	if (axl->json) {
		json_map(axl->json, NULL);
		json_string(axl->json, "name", pool->name);
		json_number(axl->json, "ratelimit_us", us);
		json_map_end(axl->json);
	} else {
		printf("Cpupool %s: ratelimit=%uus\n", pool->name, us);
	}
	return 0;
}

static int pool_domains(struct axl *axl, const struct pool *pool, const struct domain *domains,
			int count)
{
	int ret = 0;

	for (int i = 0; !ret && i < count; i++) {
		if (domains[i].info.cpupool == pool->info.id) {
			ret = domain_row(axl, &domains[i], pool);
		}
	}
	return ret;
}

/* In text each pool's line stands above its domains; JSON has two arrays. */
static int all_pools(struct axl *axl, const struct pool *pools, int count,
		     const struct sched_options *options)
{
	struct domain *domains = NULL;
	int domain_count = domains_get(axl, 0, NULL, &domains);
	int ret = domain_count < 0 ? domain_count : 0;

	if (axl->json) {
		json_array(axl->json, "cpupools");
	}
	for (int i = 0; !ret && i < count; i++) {
		if (pools[i].info.sched_id != XEN_SCHEDULER_CREDIT2) {
			continue;
		}
		ret = parameters(axl, &pools[i], options->ratelimit);
		if (!ret && !axl->json && !options->parameters) {
			head(axl);
			ret = pool_domains(axl, &pools[i], domains, domain_count);
		}
	}
	if (axl->json) {
		json_array_end(axl->json);
	}
	if (axl->json && !ret && !options->parameters) {
		json_array(axl->json, "domains");
		for (int i = 0; !ret && i < count; i++) {
			if (pools[i].info.sched_id == XEN_SCHEDULER_CREDIT2) {
				ret = pool_domains(axl, &pools[i], domains, domain_count);
			}
		}
		json_array_end(axl->json);
	}
	free(domains);
	return ret;
}

int verb_sched_credit2(struct axl *axl, int argc, char **argv)
{
	struct sched_options options;
	struct pool *pools = NULL, one;
	int ret = parse(axl, argc, argv, &options), count;

	if (ret) {
		return ret;
	}
	if (options.domain) {
		return one_domain(axl, &options);
	}
	if (options.pool || options.ratelimit) {
		ret = pool_find(axl, options.pool ? options.pool : "0", &one);
		if (!ret && one.info.sched_id != XEN_SCHEDULER_CREDIT2) {
			ret = not_credit2(axl, one.name, one.info.sched_id);
		}
		return ret ? ret : all_pools(axl, &one, 1, &options);
	}
	count = pools_get(axl, &pools);
	ret = count < 0 ? count : all_pools(axl, pools, count, &options);
	free(pools);
	return ret;
}
