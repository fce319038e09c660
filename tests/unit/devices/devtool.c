/* SPDX-License-Identifier: MIT */
/*
 * devtool: the devices library as a command, for tests on a running hypervisor.
 *   check CFG · attach DOMID CFG · disk DOMID SPEC · nic DOMID SPEC · wait DOMID KIND NAME
 *   detach DOMID KIND NAME [force] · cleanup DOMID · list DOMID · chains INTERFACE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/config.h"
#include "devices/devices.h"
#include "devices/nft.h"
#include "libstore/store.h"

static struct devices_ctx ctx;
static struct ctl_error err;

static struct domain_config *load(const char *path)
{
	struct config_diags diags = {0};
	struct domain_config *cfg;

	config_parse_file(path, NULL, 0, &cfg, &diags);
	config_diags_print(&diags, stderr);
	config_diags_free(&diags);
	if (!cfg) {
		exit(2);
	}
	return cfg;
}

static enum device_kind kind_of(const char *text)
{
	return strcmp(text, "vbd") == 0 ? DEVICE_VBD : DEVICE_VIF;
}

static int do_check(uint32_t domid, char **args, int count)
{
	(void)domid;
	(void)count;
	return devices_check_all(&ctx, load(args[0]), &err);
}

static int do_attach(uint32_t domid, char **args, int count)
{
	(void)count;
	return devices_attach_all(&ctx, domid, load(args[0]), &err);
}

static int do_disk(uint32_t domid, char **args, int count)
{
	struct config_diags diags = {0};
	struct config_disk disk;

	(void)count;
	if (config_parse_disk(args[0], &disk, &diags) < 0) {
		config_diags_print(&diags, stderr);
		exit(2);
	}
	return devices_attach_disk(&ctx, domid, &disk, &err);
}

static int do_nic(uint32_t domid, char **args, int count)
{
	static const uint8_t uuid[16] = {1, 2, 3};
	struct config_diags diags = {0};
	struct config_nic nic;

	(void)count;
	if (config_parse_nic(args[0], &nic, &diags) < 0) {
		config_diags_print(&diags, stderr);
		exit(2);
	}
	return devices_attach_nic(&ctx, domid, uuid, &nic, &err);
}

static int do_wait(uint32_t domid, char **args, int count)
{
	uint32_t devid;
	int ret = devices_find(&ctx, domid, kind_of(args[0]), args[1], &devid, &err);

	(void)count;
	return ret ? ret : devices_wait_connected(&ctx, domid, kind_of(args[0]), devid, &err);
}

static int do_detach(uint32_t domid, char **args, int count)
{
	uint32_t devid;
	int ret = devices_find(&ctx, domid, kind_of(args[0]), args[1], &devid, &err);

	return ret ? ret : devices_detach(&ctx, domid, kind_of(args[0]), devid, count > 2, &err);
}

static int do_cleanup(uint32_t domid, char **args, int count)
{
	(void)args;
	(void)count;
	return devices_clean_up(&ctx, domid, &err);
}

static int do_list(uint32_t domid, char **args, int count)
{
	(void)args;
	(void)count;
	for (int kind = DEVICE_VBD; kind <= DEVICE_VIF; kind++) {
		struct device_info *list;
		size_t n;
		int ret = devices_list(&ctx, domid, kind, &list, &n, &err);

		if (ret < 0) {
			return ret;
		}
		for (size_t i = 0; i < n; i++) {
			printf("%u %s %s front=%s back=%s %s mac=%s bridge=%s ring=%u/%u ev=%u\n",
			       list[i].devid, kind == DEVICE_VBD ? list[i].vdev : "vif",
			       list[i].readwrite ? "rw" : "ro",
			       devices_state_name(list[i].frontend_state),
			       devices_state_name(list[i].backend_state), list[i].node, list[i].mac,
			       list[i].bridge, list[i].ring_ref, list[i].rx_ring_ref,
			       list[i].event_channel);
		}
		devices_list_free(list, n);
	}
	return 0;
}

static int do_chains(uint32_t domid, char **args, int count)
{
	int chains = nft_chains(args[0]);

	(void)domid;
	(void)count;
	printf("%d\n", chains);
	if (chains == 0) {
		ctl_error_set(&err, "no-rules", "no rules for %s", args[0]);
	}
	return chains > 0 ? 0 : chains < 0 ? chains : -2;
}

static const struct {
	const char *name;
	bool has_domid;
	int args;
	int (*run)(uint32_t domid, char **args, int count);
} verbs[] = {
	{"check", false, 1, do_check},    {"attach", true, 1, do_attach},
	{"disk", true, 1, do_disk},       {"nic", true, 1, do_nic},
	{"wait", true, 2, do_wait},       {"detach", true, 2, do_detach},
	{"cleanup", true, 0, do_cleanup}, {"list", true, 0, do_list},
	{"chains", false, 1, do_chains},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		int first = verbs[i].has_domid ? 3 : 2;
		struct timespec from, to;
		int ret;

		if (strcmp(argv[1], verbs[i].name) != 0 || argc < first + verbs[i].args) {
			continue;
		}
		ctx.store = store_open();
		if (!ctx.store) {
			perror("xenstore");
			return 2;
		}
		clock_gettime(CLOCK_MONOTONIC, &from);
		ret = verbs[i].run(verbs[i].has_domid ? (uint32_t)atoi(argv[2]) : 0, argv + first,
				   argc - first);
		clock_gettime(CLOCK_MONOTONIC, &to);
		printf("%s: %d, %ld ms\n", argv[1], ret,
		       (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000);
		if (ret < 0) {
			printf("[%s] %s: %s; %s\n", err.id, err.what, err.cause, err.hint);
		}
		store_close(ctx.store);
		return ret < 0;
	}
	fprintf(stderr, "devtool VERB …\n");
	return 2;
}
