/* SPDX-License-Identifier: MIT */
/* axl block-* and network-*: disks and NICs of domains that run. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/devices.h"
#include "../domains.h"
#include "../json.h"
#include "../kept.h"
#include "../options.h"
#include "../verbs.h"

/* Joins what is left of the arguments by commas: xl takes a specification in pieces. */
static int join(struct axl *axl, char *const *argv, int count, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < count && used < size; i++) {
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "," : "", argv[i]);
	}
	return used < size ? 0 : axl_usage(axl, "the specification is too long");
}

/* The options of the attaching and detaching verbs, then a domain; optind is behind it. */
static int parse(struct axl *axl, int argc, char **argv, bool *force, struct domain *domain)
{
	static const struct option longs[] = {
		{"force", no_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	int c, ret;

	*force = axl->force;
	options_reset();
	while ((c = getopt_long(argc, argv, "f", longs, NULL)) != -1) {
		if (c != 'f') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		*force = true;
	}
	if (optind == argc) {
		return axl_usage(axl, "no domain given");
	}
	ret = axl_need(axl);
	return ret ? ret : domain_find(axl, argv[optind++], domain);
}

/* What a specification was found to have; the first mistake is the error. */
static int bad_spec(struct axl *axl, const char *what, const char *text)
{
	const struct config_diag *first = NULL;

	for (size_t i = 0; i < axl->diags.count && !first; i++) {
		if (axl->diags.list[i].severity == CONFIG_ERROR) {
			first = &axl->diags.list[i];
		}
	}
	ctl_error_set(&axl->err, "bad-config", "cannot make a %s of \"%s\"", what, text);
	if (first) {
		ctl_error_cause(&axl->err, "%s%s%s", first->what,
				first->expected ? "; expected " : "",
				first->expected ? first->expected : "");
		ctl_error_hint(&axl->err, "%s", first->hint ? first->hint : "axl.cfg(5)");
	}
	return -EINVAL;
}

int verb_block_attach(struct axl *axl, int argc, char **argv)
{
	struct devices_ctx ctx;
	struct config_disk disk;
	struct domain domain;
	char spec[4096];
	bool force;
	int ret = parse(axl, argc, argv, &force, &domain);

	if (!ret && optind == argc) {
		ret = axl_usage(axl, "no disk given");
	}
	if (!ret) {
		ret = join(axl, argv + optind, argc - optind, spec, sizeof(spec));
	}
	if (ret) {
		return ret;
	}
	if (config_parse_disk(spec, &disk, &axl->diags)) {
		return bad_spec(axl, "disk", spec);
	}
	ctx = (struct devices_ctx){.store = axl->store};
	if (!axl->dry_run) {
		ret = devices_attach_disk(&ctx, domain.info.domain, &disk, &axl->err);
		if (!ret) {
			kept_add_disk(axl, &domain, &disk);
		}
	}
	if (!ret && axl->json) {
		json_number(axl->json, "domid", domain.info.domain);
		json_string(axl->json, "vdev", disk.vdev);
		json_number(axl->json, "devid", disk.devid);
		json_string(axl->json, "target", disk.target);
	}
	config_disk_free(&disk);
	return ret;
}

int verb_network_attach(struct axl *axl, int argc, char **argv)
{
	struct devices_ctx ctx;
	struct config_nic nic;
	struct domain domain;
	char spec[4096], mac[18];
	bool force;
	int ret = parse(axl, argc, argv, &force, &domain);

	if (!ret) {
		ret = join(axl, argv + optind, argc - optind, spec, sizeof(spec));
	}
	if (ret) {
		return ret;
	}
	if (config_parse_nic(spec, &nic, &axl->diags)) {
		return bad_spec(axl, "NIC", spec);
	}
	ctx = (struct devices_ctx){.store = axl->store};
	if (!axl->dry_run) {
		ret = devices_attach_nic(&ctx, domain.info.domain, domain.info.handle, &nic,
					 &axl->err);
		if (!ret) {
			kept_add_nic(axl, &domain, &nic);
		}
	}
	if (!ret && axl->json) {
		config_mac_format(nic.mac, mac);
		json_number(axl->json, "domid", domain.info.domain);
		json_number(axl->json, "devid", (uint64_t)(nic.devid < 0 ? 0 : nic.devid));
		json_string(axl->json, "mac", mac);
		json_string(axl->json, "bridge", nic.bridge);
	}
	config_nic_free(&nic);
	return ret;
}

static int detach(struct axl *axl, int argc, char **argv, enum device_kind kind)
{
	struct devices_ctx ctx;
	struct domain domain;
	uint32_t devid;
	bool force;
	int ret = parse(axl, argc, argv, &force, &domain);

	if (!ret && argc - optind != 1) {
		ret = axl_usage(axl, "one device wanted, %d given", argc - optind);
	}
	if (ret) {
		return ret;
	}
	ctx = (struct devices_ctx){.store = axl->store};
	ret = devices_find(&ctx, domain.info.domain, kind, argv[optind], &devid, &axl->err);
	if (!ret && !axl->dry_run) {
		ret = devices_detach(&ctx, domain.info.domain, kind, devid, force, &axl->err);
	}
	if (!ret && axl->json) {
		json_number(axl->json, "domid", domain.info.domain);
		json_number(axl->json, "devid", devid);
	}
	return ret;
}

int verb_block_detach(struct axl *axl, int argc, char **argv)
{
	return detach(axl, argc, argv, DEVICE_VBD);
}

int verb_network_detach(struct axl *axl, int argc, char **argv)
{
	return detach(axl, argc, argv, DEVICE_VIF);
}

int verb_block_resize(struct axl *axl, int argc, char **argv)
{
	struct devices_ctx ctx;
	struct domain domain;
	uint64_t kib = 0, sectors = 0;
	uint32_t devid;
	int ret = axl_need(axl);

	if (argc < 3 || argc > 4) {
		return axl_usage(axl, "a domain, a disk and perhaps a size wanted");
	}
	if (!ret && argc == 4) {
		ret = option_size_kib(axl, argv[3], &kib);
	}
	if (!ret) {
		ret = domain_find(axl, argv[1], &domain);
	}
	if (ret) {
		return ret;
	}
	ctx = (struct devices_ctx){.store = axl->store};
	ret = devices_find(&ctx, domain.info.domain, DEVICE_VBD, argv[2], &devid, &axl->err);
	if (!ret && !axl->dry_run) {
		ret = devices_resize_disk(&ctx, domain.info.domain, devid, kib << 10, &sectors,
					  &axl->err);
	}
	if (!ret && axl->json) {
		json_number(axl->json, "domid", domain.info.domain);
		json_number(axl->json, "devid", devid);
		json_number(axl->json, "sectors", sectors);
	}
	return ret;
}

/* "rate=none" is ours: xl's syntax has no word for a limit that goes. Cuts it out. */
static bool take_no_rate(char *spec)
{
	static const char word[] = "rate=none";
	char *found = strstr(spec, word);
	size_t length = sizeof(word) - 1;

	if (!found || (found != spec && found[-1] != ',') ||
	    (found[length] && found[length] != ',')) {
		return false;
	}
	memmove(found, found + length, strlen(found + length) + 1);
	return true;
}

int verb_network_set(struct axl *axl, int argc, char **argv)
{
	struct devices_ctx ctx;
	struct config_nic nic;
	struct domain domain;
	char spec[4096];
	uint32_t devid;
	bool no_rate;
	int ret = axl_need(axl);

	if (argc < 4) {
		return axl_usage(axl, "a domain, a network interface and what to change wanted");
	}
	if (!ret) {
		ret = join(axl, argv + 3, argc - 3, spec, sizeof(spec));
	}
	if (!ret) {
		ret = domain_find(axl, argv[1], &domain);
	}
	if (ret) {
		return ret;
	}
	no_rate = take_no_rate(spec);
	if (config_parse_nic(spec, &nic, &axl->diags)) {
		return bad_spec(axl, "change of a NIC", spec);
	}
	ctx = (struct devices_ctx){.store = axl->store};
	ret = devices_find(&ctx, domain.info.domain, DEVICE_VIF, argv[2], &devid, &axl->err);
	if (!ret && !axl->dry_run) {
		ret = devices_set_nic(&ctx, domain.info.domain, devid, &nic, no_rate, &axl->err);
		if (!ret) {
			kept_change_nic(axl, &domain, devid, &nic, no_rate);
		}
	}
	if (!ret && axl->json) {
		json_number(axl->json, "domid", domain.info.domain);
		json_number(axl->json, "devid", devid);
	}
	config_nic_free(&nic);
	return ret;
}

static void device_json(struct axl *axl, const struct domain *domain,
			const struct device_info *device)
{
	json_map(axl->json, NULL);
	json_number(axl->json, "domid", domain->info.domain);
	json_string(axl->json, "name", domain->name);
	json_number(axl->json, "devid", device->devid);
	json_number(axl->json, "backend_domid", device->backend_domid);
	json_string(axl->json, "frontend_state", devices_state_name(device->frontend_state));
	json_string(axl->json, "backend_state", devices_state_name(device->backend_state));
	json_string(axl->json, "node", device->node);
	if (device->kind == DEVICE_VBD) {
		json_string(axl->json, "vdev", device->vdev);
		json_string(axl->json, "target", device->target);
		json_bool(axl->json, "readwrite", device->readwrite);
	} else {
		json_string(axl->json, "mac", device->mac);
		json_string(axl->json, "bridge", device->bridge);
		if (device->ip) {
			json_string(axl->json, "ip", device->ip);
			json_number(axl->json, "dropped_frames", device->dropped);
		}
	}
	json_string(axl->json, "backend_path", device->backend_path);
	json_map_end(axl->json);
}

/* xl shows what a frontend has not said yet as -1. */
static int shown(uint32_t number)
{
	return number ? (int)number : -1;
}

static void device_row(const struct domain *domain, const struct device_info *device)
{
	if (device->kind == DEVICE_VBD) {
		printf("%-5u %-3u %-6u %-5d %-6d %-8d %-30s\n", device->devid,
		       device->backend_domid, domain->info.domain, device->frontend_state,
		       shown(device->event_channel), shown(device->ring_ref), device->backend_path);
	} else {
		printf("%-3u %-2u %-17s %5u %5d %6d %5d/%-11d %-30s\n", device->devid,
		       device->backend_domid, device->mac, device->devid, device->frontend_state,
		       shown(device->event_channel), shown(device->ring_ref),
		       shown(device->rx_ring_ref), device->backend_path);
	}
}

static int list_domain(struct axl *axl, const struct domain *domain, enum device_kind kind)
{
	struct devices_ctx ctx = {.store = axl->store};
	struct device_info *list;
	size_t count;
	int ret = devices_list(&ctx, domain->info.domain, kind, &list, &count, &axl->err);

	if (ret) {
		return ret;
	}
	for (size_t i = 0; i < count; i++) {
		if (axl->json) {
			device_json(axl, domain, &list[i]);
		} else {
			device_row(domain, &list[i]);
		}
	}
	devices_list_free(list, count);
	return 0;
}

static int list(struct axl *axl, int argc, char **argv, enum device_kind kind)
{
	struct domain *domains;
	int count = domains_listed(axl, argc, argv, &domains);
	int ret = 0;

	if (count < 0) {
		return count;
	}
	if (axl->json) {
		json_array(axl->json, "devices");
	} else if (kind == DEVICE_VBD) {
		printf("%-5s %-3s %-6s %-5s %-6s %-8s %-30s\n", "Vdev", "BE", "handle", "state",
		       "evt-ch", "ring-ref", "BE-path");
	} else {
		printf("%-3s %-2s %-17s %-6s %-5s %-6s %5s/%-5s %-30s\n", "Idx", "BE", "Mac Addr.",
		       "handle", "state", "evt-ch", "tx-", "rx-ring-ref", "BE-path");
	}
	for (int i = 0; !ret && i < count; i++) {
		ret = list_domain(axl, &domains[i], kind);
	}
	if (axl->json && !ret) {
		json_array_end(axl->json);
	}
	free(domains);
	return ret;
}

int verb_block_list(struct axl *axl, int argc, char **argv)
{
	return list(axl, argc, argv, DEVICE_VBD);
}

int verb_network_list(struct axl *axl, int argc, char **argv)
{
	return list(axl, argc, argv, DEVICE_VIF);
}
