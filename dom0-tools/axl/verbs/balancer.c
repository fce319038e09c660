/* SPDX-License-Identifier: MIT */
/* axl balancer: what argon-balancer decided last, and the bounds that it keeps to. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../libctl/need.h"
#include "../domains.h"
#include "../json.h"
#include "../options.h"
#include "../verbs.h"

#define STATUS_DIR "/tool/argon-balancer"

struct state {
	int pid, share_silent, dry_run;
	unsigned int interval;
	uint64_t reserve, rounds;
	int64_t spare;
};

struct line {
	unsigned int domid;
	uint64_t min, max, wish, target;
	char used[24], reason[16];
};

static int not_there(struct axl *axl, const char *cause)
{
	ctl_error_set(&axl->err, "no-balancer", "the balancer does not run");
	ctl_error_cause(&axl->err, "%s", cause);
	ctl_error_hint(&axl->err, "argon-balancer(8) starts it; axl mem-set moves memory by hand");
	return -ENOENT;
}

static int read_state(struct axl *axl, struct state *state)
{
	char *text = store_read(axl->store, STORE_NO_TX, STATUS_DIR "/state", NULL);
	int fields = text ? sscanf(text, "%d %u %" SCNu64 " %d %d %" SCNd64 " %" SCNu64,
				   &state->pid, &state->interval, &state->reserve,
				   &state->share_silent, &state->dry_run, &state->spare,
				   &state->rounds)
			  : 0;

	free(text);
	if (fields != 7) {
		return not_there(axl, "there are no decisions of it in the store");
	}
	if (state->pid <= 0 || (kill(state->pid, 0) && errno == ESRCH)) {
		return not_there(axl,
				 "its process is gone; the store still has its last decisions");
	}
	return 0;
}

static void print_state(struct axl *axl, const struct state *state)
{
	struct yajl_gen_t *json = axl->json;

	if (!json) {
		printf("round %" PRIu64 ", every %u s, %" PRId64 " MiB to spare beyond %" PRIu64
		       " MiB that stay free%s%s\n",
		       state->rounds, state->interval, state->spare / 1024, state->reserve / 1024,
		       state->share_silent ? ", silent guests share" : "",
		       state->dry_run ? ", asks nobody" : "");
		printf("%-32s %5s %8s %8s %8s %8s %8s  %s\n", "Name", "ID", "Min", "Max", "Used",
		       "Wish", "Target", "Last");
		return;
	}
	json_number(json, "pid", (uint64_t)state->pid);
	json_number(json, "rounds", state->rounds);
	json_number(json, "interval_s", state->interval);
	json_number(json, "reserve_kib", state->reserve);
	json_double(json, "spare_kib", (double)state->spare);
	json_bool(json, "share_silent", state->share_silent);
	json_bool(json, "dry_run", state->dry_run);
}

static void print_line(struct axl *axl, const struct line *line)
{
	struct yajl_gen_t *json = axl->json;
	char name[DOMAIN_NAME_MAX], used[24] = "-";

	domain_name(axl, (xen_domid_t)line->domid, name);
	if (!json) {
		if (line->used[0] != '-') {
			snprintf(used, sizeof(used), "%llu", strtoull(line->used, NULL, 10) / 1024);
		}
		printf("%-32s %5u %8" PRIu64 " %8" PRIu64 " %8s %8" PRIu64 " %8" PRIu64 "  %s\n",
		       name, line->domid, line->min / 1024, line->max / 1024, used,
		       line->wish / 1024, line->target / 1024, line->reason);
		return;
	}
	json_map(json, NULL);
	json_number(json, "domid", line->domid);
	json_string(json, "name", name);
	json_number(json, "min_kib", line->min);
	json_number(json, "max_kib", line->max);
	if (line->used[0] != '-') {
		json_number(json, "used_kib", strtoull(line->used, NULL, 10));
	}
	json_number(json, "wish_kib", line->wish);
	json_number(json, "target_kib", line->target);
	json_string(json, "last", line->reason);
	json_map_end(json);
}

static int show(struct axl *axl)
{
	struct state state;
	size_t count = 0;
	char **ids, **lines;
	int ret = read_state(axl, &state);

	if (ret) {
		return ret;
	}
	print_state(axl, &state);
	if (axl->json) {
		json_array(axl->json, "domains");
	}
	ids = store_directory(axl->store, STORE_NO_TX, STATUS_DIR "/domain", &count);
	lines = ids ? store_read_each(axl->store, STORE_NO_TX, STATUS_DIR "/domain", ids, count,
				      "last")
		    : NULL;
	for (size_t i = 0; lines && i < count; i++) {
		struct line line;

		if (lines[i] &&
		    sscanf(lines[i], "%u %" SCNu64 " %" SCNu64 " %23s %" SCNu64 " %" SCNu64 " %15s",
			   &line.domid, &line.min, &line.max, line.used, &line.wish, &line.target,
			   line.reason) == 7) {
			print_line(axl, &line);
		}
	}
	store_free_each(lines, count);
	free(ids);
	if (axl->json) {
		json_array_end(axl->json);
	}
	return 0;
}

static uint64_t read_kib(struct axl *axl, const struct domain *domain, const char *node,
			 uint64_t other)
{
	char path[64];
	uint64_t kib;

	snprintf(path, sizeof(path), "/local/domain/%u/memory/%s", domain->info.domain, node);
	return store_read_number(axl->store, STORE_NO_TX, path, UINT64_MAX >> 10, &kib) ? other
											: kib;
}

/* Bounds of one guest. A minimum below its need takes -f, as axl mem-set does. */
static int set_bounds(struct axl *axl, const char *name, const uint64_t *min, const uint64_t *max,
		      bool force)
{
	uint64_t most, need, low, high;
	struct domain domain;
	char path[64];
	int ret = domain_find(axl, name, &domain);

	if (ret) {
		return ret;
	}
	most = read_kib(axl, &domain, "static-max", domain.info.tot_pages * 4);
	need = force ? 1024 : memory_need_kib(most);
	high = max ? *max : read_kib(axl, &domain, "dynamic-max", most);
	low = min ? *min : read_kib(axl, &domain, "dynamic-min", memory_need_kib(most));
	if (!domain.info.domain || low < need || high > most || low > high) {
		ctl_error_set(&axl->err, "out-of-range", "%s cannot have %llu to %llu MiB",
			      domain.name, (unsigned long long)low / 1024,
			      (unsigned long long)high / 1024);
		ctl_error_number(&axl->err, "min_kib", need);
		ctl_error_number(&axl->err, "max_kib", most);
		ctl_error_cause(&axl->err,
				domain.info.domain ? "bounds lie within %llu and %llu MiB"
						   : "the balancer leaves domain 0 alone",
				(unsigned long long)(need + 1023) / 1024,
				(unsigned long long)most / 1024);
		ctl_error_hint(&axl->err, "axl mem-max raises the upper one; -f goes below the "
					  "lower one, where its kernel is likely to die");
		return -ERANGE;
	}
	snprintf(path, sizeof(path), "/local/domain/%u/memory/dynamic-", domain.info.domain);
	store_batch_begin(axl->store);
	if (!axl->dry_run) {
		char node[80];

		snprintf(node, sizeof(node), "%smin", path);
		store_writef(axl->store, STORE_NO_TX, node, "%llu", (unsigned long long)low);
		snprintf(node, sizeof(node), "%smax", path);
		store_writef(axl->store, STORE_NO_TX, node, "%llu", (unsigned long long)high);
	}
	ret = store_batch_end(axl->store);
	if (ret) {
		ctl_error_set(&axl->err, "xenstore-failed", "cannot set the bounds of %s",
			      domain.name);
		ctl_error_errno(&axl->err, ret);
	} else if (axl->json) {
		json_number(axl->json, "domid", domain.info.domain);
		json_string(axl->json, "name", domain.name);
		json_number(axl->json, "min_kib", low);
		json_number(axl->json, "max_kib", high);
	}
	return ret;
}

int verb_balancer(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"min", required_argument, NULL, 'm'},
		{"max", required_argument, NULL, 'M'},
		{"force", no_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	uint64_t min, max, *set_min = NULL, *set_max = NULL;
	bool force = axl->force;
	int c, ret = 0;

	options_reset();
	while (!ret && (c = getopt_long(argc, argv, "m:M:f", longs, NULL)) != -1) {
		if (c == 'm') {
			set_min = &min;
			ret = option_size_kib(axl, optarg, set_min);
		} else if (c == 'M') {
			set_max = &max;
			ret = option_size_kib(axl, optarg, set_max);
		} else if (c == 'f') {
			force = true;
		} else {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
	}
	if (!ret && argc - optind != (set_min || set_max)) {
		return axl_usage(axl, "bounds and a domain go together");
	}
	if (!ret) {
		ret = axl_need(axl);
	}
	if (ret) {
		return ret;
	}
	return argc > optind ? set_bounds(axl, argv[optind], set_min, set_max, force) : show(axl);
}
