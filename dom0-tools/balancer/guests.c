/* SPDX-License-Identifier: MIT */
/* Reading guests' figures, carrying decisions out, and showing them. */
#include "guests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libctl/domctl.h"
#include "../libctl/need.h"
#include "../libctl/sysctl.h"
#include "../libdaemon/log.h"

#define DOMAINS "/local/domain"
#define SLACK_KIB 1024 /* room for pages the hypervisor books on the domain, as in axl mem-set */
#define NO_FIGURE UINT64_MAX
#define REST (XEN_DOMINF_dying | XEN_DOMINF_shutdown | XEN_DOMINF_paused)

static void forget(struct guests *guests)
{
	for (size_t i = 0; i < guests->count; i++) {
		free(guests->ids[i]);
	}
	free(guests->ids);
	free(guests->domids);
	free(guests->rows);
	guests->ids = NULL;
	guests->domids = NULL;
	guests->rows = NULL;
	guests->count = 0;
}

static int list(struct guests *guests)
{
	struct xen_domctl_getdomaininfo *infos;
	int found = ctl_domain_list_all(guests->ctl, &infos);
	size_t room;

	if (found < 0) {
		return found;
	}
	room = (size_t)found + 1;
	guests->ids = calloc(room, sizeof(*guests->ids));
	guests->domids = calloc(room, sizeof(*guests->domids));
	guests->rows = calloc(room, sizeof(*guests->rows));
	for (int i = 0; guests->ids && guests->domids && guests->rows && i < found; i++) {
		size_t n = guests->count;

		if (!infos[i].domain || infos[i].flags & REST ||
		    asprintf(&guests->ids[n], "%u", infos[i].domain) < 0) {
			continue;
		}
		guests->domids[n] = infos[i].domain;
		guests->rows[n].has = infos[i].tot_pages * 4;
		guests->count++;
	}
	free(infos);
	return guests->ids && guests->domids && guests->rows ? 0 : -ENOMEM;
}

/* A guest writes some of these figures: what is no number of sane size is none. */
static uint64_t figure(const char *text)
{
	unsigned long long number;
	char *end;

	if (!text || *text < '0' || *text > '9') {
		return NO_FIGURE;
	}
	errno = 0;
	number = strtoull(text, &end, 10);
	return errno || *end || number > POLICY_MOST_KIB ? NO_FIGURE : number;
}

static int read_figures(struct guests *guests, const char *leaf, uint64_t *figures)
{
	char **values = store_read_each(guests->store, STORE_NO_TX, DOMAINS, guests->ids,
					guests->count, leaf);

	if (!values) {
		return -EIO;
	}
	for (size_t i = 0; i < guests->count; i++) {
		figures[i] = figure(values[i]);
	}
	store_free_each(values, guests->count);
	return 0;
}

/* A guest may write its report once the node is its own. */
static void offer_report(struct guests *guests, const char *id)
{
	struct store_perm owner = {.domid = (uint32_t)strtoul(id, NULL, 10)};
	char path[64];
	size_t len;
	char *value;

	snprintf(path, sizeof(path), DOMAINS "/%s/memory/meminfo", id);
	value = store_read(guests->store, STORE_NO_TX, path, &len);
	if (!value && errno == ENOENT &&
	    (store_write(guests->store, STORE_NO_TX, path, "", 0) ||
	     store_set_perms(guests->store, STORE_NO_TX, path, &owner, 1))) {
		log_warn("domain %s cannot be let report its memory", id);
	}
	free(value);
}

enum { TARGET, STATIC_MAX, DYNAMIC_MIN, DYNAMIC_MAX, MEMINFO, LEAVES };

static const char *const leaves[LEAVES] = {
	[TARGET] = "memory/target",           [STATIC_MAX] = "memory/static-max",
	[DYNAMIC_MIN] = "memory/dynamic-min", [DYNAMIC_MAX] = "memory/dynamic-max",
	[MEMINFO] = "memory/meminfo",
};

/* Fills in one row; false: it says too little of itself. */
static bool fill(struct policy_guest *row, const uint64_t figures[LEAVES])
{
	if (figures[TARGET] == NO_FIGURE || figures[STATIC_MAX] == NO_FIGURE) {
		return false;
	}
	row->target = figures[TARGET];
	row->max = figures[STATIC_MAX];
	if (figures[DYNAMIC_MAX] < row->max) {
		row->max = figures[DYNAMIC_MAX];
	}
	row->min = figures[DYNAMIC_MIN] != NO_FIGURE ? figures[DYNAMIC_MIN]
						     : memory_need_kib(figures[STATIC_MAX]);
	row->min = row->min < row->max ? row->min : row->max;
	row->reports = figures[MEMINFO] != NO_FIGURE;
	row->used = row->reports ? figures[MEMINFO] : 0;
	return true;
}

static int read_rows(struct guests *guests)
{
	uint64_t *columns = calloc(guests->count * LEAVES + 1, sizeof(*columns));
	size_t kept = 0;
	int ret = columns ? 0 : -ENOMEM;

	for (size_t leaf = 0; !ret && leaf < LEAVES; leaf++) {
		ret = read_figures(guests, leaves[leaf], columns + leaf * guests->count);
	}
	for (size_t i = 0; !ret && i < guests->count; i++) {
		uint64_t figures[LEAVES];
		char *id = guests->ids[i];

		for (size_t leaf = 0; leaf < LEAVES; leaf++) {
			figures[leaf] = columns[leaf * guests->count + i];
		}
		guests->ids[i] = NULL;
		guests->rows[kept].has = guests->rows[i].has;
		if (!fill(&guests->rows[kept], figures)) {
			free(id);
			continue;
		}
		if (!guests->rows[kept].reports) {
			offer_report(guests, id);
		}
		guests->domids[kept] = guests->domids[i];
		guests->ids[kept++] = id;
	}
	if (!ret) {
		guests->count = kept;
	}
	free(columns);
	return ret;
}

/* As axl mem-set does it: the hypervisor's limit, then the guest's target. */
static void ask(struct guests *guests, size_t i)
{
	const struct policy_guest *row = &guests->rows[i];
	char path[64];
	int ret = ctl_domain_max_mem(guests->ctl, guests->domids[i], row->new_target + SLACK_KIB);

	snprintf(path, sizeof(path), DOMAINS "/%s/memory/target", guests->ids[i]);
	ret = ret ? ret
		  : store_writef(guests->store, STORE_NO_TX, path, "%llu",
				 (unsigned long long)row->new_target);
	if (ret) {
		log_warn("domain %s could not be asked: %s", guests->ids[i], strerror(-ret));
		return;
	}
	log_info("domain %s %s: %llu MiB, then %llu (uses %llu, wishes %llu)", guests->ids[i],
		 policy_reason_names[row->reason], (unsigned long long)row->target / 1024,
		 (unsigned long long)row->new_target / 1024, (unsigned long long)row->used / 1024,
		 (unsigned long long)row->wish / 1024);
}

static void free_shown(struct guests *guests)
{
	for (size_t i = 0; i < guests->shown_count; i++) {
		free(guests->shown[i]);
	}
	free(guests->shown);
	guests->shown = NULL;
	guests->shown_count = 0;
}

/* "ID MIN MAX USED|- WISH TARGET REASON" */
static char *describe(const struct guests *guests, size_t i)
{
	const struct policy_guest *row = &guests->rows[i];
	char used[24] = "-";
	char *line;

	if (row->reports) {
		snprintf(used, sizeof(used), "%llu", (unsigned long long)row->used);
	}
	if (asprintf(&line, "%s %llu %llu %s %llu %llu %s", guests->ids[i],
		     (unsigned long long)row->min, (unsigned long long)row->max, used,
		     (unsigned long long)row->wish, (unsigned long long)row->new_target,
		     policy_reason_names[row->reason]) < 0) {
		return NULL;
	}
	return line;
}

/* Shows all anew when a line has changed, in one message more or less. */
static int show(struct guests *guests, const struct settings *settings)
{
	char **lines = calloc(guests->count + 1, sizeof(*lines));
	bool same = lines && guests->rounds > 1 && guests->count == guests->shown_count;
	struct store *store = guests->store;

	if (!lines) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < guests->count; i++) {
		lines[i] = describe(guests, i);
		same = same && lines[i] && guests->shown[i] && !strcmp(lines[i], guests->shown[i]);
	}
	store_batch_begin(store);
	store_writef(store, STORE_NO_TX, STATUS_DIR "/state", "%d %u %llu %d %d %lld %llu",
		     (int)getpid(), settings->interval, (unsigned long long)settings->reserve_kib,
		     settings->share_silent, settings->dry_run, (long long)guests->spare_kib,
		     (unsigned long long)guests->rounds);
	if (!same) {
		store_rm(store, STORE_NO_TX, STATUS_DIR "/domain");
	}
	for (size_t i = 0; !same && i < guests->count; i++) {
		char path[64];

		snprintf(path, sizeof(path), STATUS_DIR "/domain/%s/last", guests->ids[i]);
		if (lines[i]) {
			store_write(store, STORE_NO_TX, path, lines[i], strlen(lines[i]));
		}
	}
	free_shown(guests);
	guests->shown = lines;
	guests->shown_count = guests->count;
	return store_batch_end(store);
}

int guests_balance(struct guests *guests, const struct settings *settings)
{
	struct xen_sysctl_physinfo machine;
	int ret = ctl_physinfo(guests->ctl, &machine);

	forget(guests);
	ret = ret ? ret : list(guests);
	ret = ret ? ret : read_rows(guests);
	if (ret) {
		return ret;
	}
	guests->rounds++;
	guests->spare_kib = (int64_t)(machine.free_pages * 4) -
			    (int64_t)(machine.outstanding_pages * 4) -
			    (int64_t)settings->reserve_kib;
	policy_decide(guests->rows, guests->count, guests->spare_kib, settings->share_silent);
	for (size_t i = 0; !settings->dry_run && i < guests->count; i++) {
		if (guests->rows[i].new_target != guests->rows[i].target) {
			ask(guests, i);
		}
	}
	return show(guests, settings);
}

void guests_end(struct guests *guests)
{
	if (guests->store) {
		store_rm(guests->store, STORE_NO_TX, STATUS_DIR);
	}
	forget(guests);
	free_shown(guests);
}
