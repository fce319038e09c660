/* SPDX-License-Identifier: MIT */
/* axl top: the busy ones, on a terminal, line by line, or as JSON. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "../json.h"
#include "../options.h"
#include "../top.h"
#include "../verbs.h"

#define DELAY_MIN 0.1
#define DELAY_MAX 86400

static int parse_delay(struct axl *axl, const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (end == text || *end || !(*seconds >= DELAY_MIN && *seconds <= DELAY_MAX)) {
		return axl_usage(axl, "a delay is %.1f to %d seconds, not \"%s\"", DELAY_MIN,
				 DELAY_MAX, text);
	}
	return 0;
}

static int parse(struct axl *axl, int argc, char **argv, struct top_options *options, bool *batch)
{
	static const struct option longs[] = {
		{"batch", no_argument, NULL, 'b'},
		{"delay", required_argument, NULL, 'd'},
		{"iterations", required_argument, NULL, 'i'},
		{"networks", no_argument, NULL, 'n'},
		{"vbds", no_argument, NULL, 'x'},
		{"vcpus", no_argument, NULL, 'v'},
		{"full-name", no_argument, NULL, 'f'},
		{"repeat-header", no_argument, NULL, 'r'},
		{NULL, 0, NULL, 0},
	};
	int c, ret = 0;

	*options = (struct top_options){.delay_seconds = 3};
	*batch = false;
	options_reset();
	while (!ret && (c = getopt_long(argc, argv, "bd:i:nxvfr", longs, NULL)) != -1) {
		switch (c) {
		case 'b':
			*batch = true;
			break;
		case 'd':
			ret = parse_delay(axl, optarg, &options->delay_seconds);
			break;
		case 'i':
			ret = option_number(axl, "a number of iterations", optarg, 1, UINT32_MAX,
					    &options->iterations);
			break;
		case 'n':
			options->networks = true;
			break;
		case 'x':
			options->vbds = true;
			break;
		case 'v':
			options->vcpus = true;
			break;
		case 'f':
			options->full_names = true;
			break;
		case 'r': /* the head is there each time anyway */
			break;
		default:
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
	}
	if (!ret && optind < argc) {
		ret = axl_usage(axl, "unknown argument %s", argv[optind]);
	}
	return ret;
}

static void pause_for(double seconds)
{
	struct timespec rest = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9),
	};

	while (nanosleep(&rest, &rest) < 0 && errno == EINTR) {
	}
}

static void json_flow(struct axl *axl, const char *name, const struct stats_flow *flow)
{
	json_map(axl->json, name);
	json_number(axl->json, "bytes", flow->bytes);
	json_number(axl->json, "packets", flow->packets);
	json_number(axl->json, "errors", flow->errors);
	json_number(axl->json, "dropped", flow->dropped);
	json_map_end(axl->json);
}

static void json_devices(struct axl *axl, const struct stats_domain *domain)
{
	json_array(axl->json, "networks");
	for (size_t i = 0; i < domain->vif_count; i++) {
		json_map(axl->json, NULL);
		json_number(axl->json, "devid", domain->vifs[i].devid);
		json_string(axl->json, "interface", domain->vifs[i].name);
		json_flow(axl, "sent", &domain->vifs[i].rx);
		json_flow(axl, "received", &domain->vifs[i].tx);
		json_map_end(axl->json);
	}
	json_array_end(axl->json);
	json_array(axl->json, "disks");
	for (size_t i = 0; i < domain->vbd_count; i++) {
		json_map(axl->json, NULL);
		json_number(axl->json, "devid", domain->vbds[i].devid);
		json_number(axl->json, "reads", domain->vbds[i].reads);
		json_number(axl->json, "writes", domain->vbds[i].writes);
		json_number(axl->json, "read_sectors", domain->vbds[i].read_sectors);
		json_number(axl->json, "written_sectors", domain->vbds[i].written_sectors);
		json_number(axl->json, "out_of_requests", domain->vbds[i].full);
		json_map_end(axl->json);
	}
	json_array_end(axl->json);
}

static void json_vcpus(struct axl *axl, const struct stats_domain *domain)
{
	json_array(axl->json, "vcpus");
	for (uint32_t v = 0; domain->vcpus && v <= domain->domain.info.max_vcpu_id; v++) {
		json_map(axl->json, NULL);
		json_number(axl->json, "vcpu", v);
		json_bool(axl->json, "online", domain->vcpus[v].online);
		json_number(axl->json, "cpu_time_ns", domain->vcpus[v].cpu_time);
		json_map_end(axl->json);
	}
	json_array_end(axl->json);
}

static void json_sample(struct axl *axl, const struct stats *before, const struct stats *now)
{
	char state[7];

	json_map(axl->json, NULL);
	json_number(axl->json, "total_kib", now->machine.total_pages * 4);
	json_number(axl->json, "free_kib", now->machine.free_pages * 4);
	json_number(axl->json, "cpus", now->machine.nr_cpus);
	json_array(axl->json, "domains");
	for (int i = 0; i < now->count; i++) {
		const struct stats_domain *domain = &now->domains[i];
		const struct xen_domctl_getdomaininfo *info = &domain->domain.info;

		domain_state(info, state);
		json_map(axl->json, NULL);
		json_string(axl->json, "name", domain->domain.name);
		json_number(axl->json, "domid", info->domain);
		json_string(axl->json, "state", state);
		json_number(axl->json, "cpu_time_ns", info->cpu_time);
		json_double(axl->json, "cpu_percent", stats_cpu_percent(before, now, domain));
		json_number(axl->json, "memory_kib", info->tot_pages * 4);
		json_number(axl->json, "max_memory_kib", info->max_pages * 4);
		json_vcpus(axl, domain);
		json_devices(axl, domain);
		json_map_end(axl->json);
	}
	json_array_end(axl->json);
	json_map_end(axl->json);
}

static int lines(struct axl *axl, const struct top_options *options)
{
	struct stats before, now;
	int ret = stats_take(axl, &before);

	if (ret) {
		return ret;
	}
	if (axl->json) {
		json_array(axl->json, "samples");
	}
	for (unsigned long i = 0; !ret && (!options->iterations || i < options->iterations); i++) {
		/* text begins at once, as xentop's does; one number alone is of no use */
		if (i || axl->json) {
			pause_for(options->delay_seconds);
		}
		ret = stats_take(axl, &now);
		if (ret) {
			break;
		}
		if (axl->json) {
			json_sample(axl, &before, &now);
		} else {
			top_print(stdout, options, i ? &before : &now, &now);
			fflush(stdout);
			ret = ferror(stdout) ? -EPIPE : 0;
		}
		stats_free(&before);
		before = now;
	}
	stats_free(&before);
	if (axl->json && !ret) {
		json_array_end(axl->json);
	}
	if (ret == -EPIPE) {
		ctl_error_set(&axl->err, "cannot-write", "nobody reads this");
	}
	return ret;
}

int verb_top(struct axl *axl, int argc, char **argv)
{
	struct top_options options;
	bool batch;
	int ret = parse(axl, argc, argv, &options, &batch);

	if (!ret) {
		ret = axl_need_ctl(axl);
	}
	if (ret) {
		return ret;
	}
	axl_need_store(axl); /* only for names */
	if (axl->json && !options.iterations) {
		options.iterations = 1;
	}
	return axl->json || batch ? lines(axl, &options) : top_screen(axl, &options);
}
