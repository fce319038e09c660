/* SPDX-License-Identifier: MIT */
/* Domains in libxl's JSON: what was kept at their creation, with what has changed since. */
#include "list_long.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "../config/config.h"
#include "json.h"
#include "pools.h"
#include "userdata.h"

#define KIB_PER_PAGE 4

/* What replaces the members of the same names in c_info and b_info. */
struct present {
	const char *name;
	uint64_t max_kib;
	uint64_t target_kib;
	const char *scheduler; /* NULL: it has no weights */
	uint16_t weight;
	uint16_t cap;
	uint64_t online; /* a bit for each vCPU; 0: unknown */
};

static void put_name(yajl_gen gen, const struct present *now)
{
	json_string(gen, "name", now->name);
}

static void put_numbers(yajl_gen gen, const struct present *now)
{
	if (now->online) {
		json_array(gen, "avail_vcpus");
		for (unsigned int i = 0; i < 64; i++) {
			if (now->online >> i & 1) {
				json_number(gen, NULL, i);
			}
		}
		json_array_end(gen);
	}
	json_number(gen, "max_memkb", now->max_kib);
	json_number(gen, "target_memkb", now->target_kib);
	json_map(gen, "sched_params");
	if (now->scheduler) {
		json_string(gen, "sched", now->scheduler);
		json_number(gen, "weight", now->weight);
		json_number(gen, "cap", now->cap);
	}
	json_map_end(gen);
}

static const struct replaced {
	const char *map;
	const char *const *members;
	void (*put)(yajl_gen gen, const struct present *now);
} replaced[] = {
	{"c_info", (const char *const[]){"name", NULL}, put_name},
	{"b_info",
	 (const char *const[]){"avail_vcpus", "max_memkb", "target_memkb", "sched_params", NULL},
	 put_numbers},
};

static bool is_replaced(const struct replaced *map, const char *member, const struct present *now)
{
	if (map && !now->online && !strcmp(member, "avail_vcpus")) {
		return false;
	}
	for (size_t i = 0; map && map->members[i]; i++) {
		if (!strcmp(map->members[i], member)) {
			return true;
		}
	}
	return false;
}

static void copy_members(yajl_gen gen, yajl_val map, const struct replaced *except,
			 const struct present *now)
{
	for (size_t i = 0; i < map->u.object.len; i++) {
		if (!is_replaced(except, map->u.object.keys[i], now)) {
			json_value(gen, map->u.object.keys[i], map->u.object.values[i]);
		}
	}
}

/* The kept configuration, with the present values in their maps. */
static void put_kept(yajl_gen gen, yajl_val kept, const struct present *now)
{
	for (size_t i = 0; i < kept->u.object.len; i++) {
		const struct replaced *map = NULL;
		yajl_val value = kept->u.object.values[i];

		for (size_t j = 0; j < sizeof(replaced) / sizeof(replaced[0]); j++) {
			if (!strcmp(kept->u.object.keys[i], replaced[j].map)) {
				map = &replaced[j];
			}
		}
		if (map && YAJL_IS_OBJECT(value)) {
			json_map(gen, kept->u.object.keys[i]);
			map->put(gen, now);
			copy_members(gen, value, map, now);
			json_map_end(gen);
		} else {
			json_value(gen, kept->u.object.keys[i], value);
		}
	}
}

/* Nobody kept one: what the hypervisor knows. */
static void put_bare(yajl_gen gen, const struct domain *domain, const struct present *now)
{
	char uuid[37];

	json_map(gen, "c_info");
	json_string(gen, "type", "pv");
	put_name(gen, now);
	if (domain->info.domain) {
		config_uuid_format(domain->info.handle, uuid);
		json_string(gen, "uuid", uuid);
	}
	json_map_end(gen);
	json_map(gen, "b_info");
	put_numbers(gen, now);
	json_map(gen, "type.pv");
	json_map_end(gen);
	json_map_end(gen);
}

static uint64_t node_kib(struct axl *axl, xen_domid_t domid, const char *node, uint64_t missing)
{
	char *text = axl->store ? store_readf(axl->store, STORE_NO_TX, "/local/domain/%u/memory/%s",
					      domid, node)
				: NULL;
	uint64_t kib = text ? strtoull(text, NULL, 10) : 0;

	free(text);
	return kib ? kib : missing;
}

static struct present present(struct axl *axl, const struct domain *domain)
{
	const struct xen_domctl_getdomaininfo *info = &domain->info;
	struct present now = {.name = domain->name};
	struct pool pool;
	char number[16];

	now.max_kib = node_kib(axl, info->domain, "static-max", info->max_pages * KIB_PER_PAGE);
	now.target_kib = node_kib(axl, info->domain, "target", info->tot_pages * KIB_PER_PAGE);
	now.online = userdata_online(axl, info->domain, info->max_vcpu_id + 1);
	snprintf(number, sizeof(number), "%u", info->cpupool);
	if (!pool_find(axl, number, &pool) &&
	    !ctl_domain_get_share(axl->ctl, info->domain, pool.info.sched_id, &now.weight,
				  &now.cap)) {
		now.scheduler = scheduler_name(pool.info.sched_id);
	}
	return now;
}

static void put_domain(struct axl *axl, yajl_gen gen, const struct domain *domain)
{
	struct present now = present(axl, domain);
	char *text = userdata_present(axl, domain->info.domain, domain->info.handle);
	yajl_val kept = text ? yajl_tree_parse(text, NULL, 0) : NULL;

	yajl_gen_map_open(gen);
	json_number(gen, "domid", domain->info.domain);
	json_map(gen, "config");
	if (YAJL_IS_OBJECT(kept)) {
		put_kept(gen, kept, &now);
	} else {
		put_bare(gen, domain, &now);
	}
	json_map_end(gen);
	yajl_gen_map_close(gen);
	yajl_tree_free(kept);
	free(text);
}

int list_long(struct axl *axl, const struct domain *list, int count)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	const unsigned char *text;
	size_t len;

	if (!gen) {
		ctl_error_set(&axl->err, "no-memory", "out of memory");
		return -ENOMEM;
	}
	yajl_gen_config(gen, yajl_gen_beautify, 1);
	yajl_gen_config(gen, yajl_gen_indent_string, "    ");
	yajl_gen_array_open(gen);
	for (int i = 0; i < count; i++) {
		put_domain(axl, gen, &list[i]);
	}
	yajl_gen_array_close(gen);
	if (yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok) {
		fwrite(text, 1, len, stdout);
	}
	yajl_gen_free(gen);
	return 0;
}
