/* SPDX-License-Identifier: MIT */
/* axl dump-core, config-update: a running domain's memory and configuration. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../core.h"
#include "../domains.h"
#include "../json.h"
#include "../options.h"
#include "../userdata.h"
#include "../verbs.h"

int verb_dump_core(struct axl *axl, int argc, char **argv)
{
	struct domain domain;
	uint64_t pages;
	int ret;

	if (argc != 3) {
		return axl_usage(axl, "a domain and a file wanted");
	}
	ret = axl_need(axl);
	if (!ret) {
		ret = domain_find(axl, argv[1], &domain);
	}
	if (!ret && !domain.info.domain) {
		ctl_error_set(&axl->err, "not-dom0", "will not dump domain 0");
		ctl_error_cause(&axl->err, "it would have to be paused");
		ret = -EPERM;
	}
	if (!ret) {
		ret = core_dump(axl, domain.info.domain, argv[2], &pages);
	}
	if (!ret && axl->json) {
		json_number(axl->json, "domid", domain.info.domain);
		json_string(axl->json, "file", argv[2]);
		json_number(axl->json, "pages", pages);
	}
	return ret;
}

/* The name and the UUID stay the domain's own: it is what they belong to. */
int verb_config_update(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"defconfig", required_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	const char *file = NULL;
	struct domain_config *cfg;
	struct domain domain;
	char path[64];
	int c, ret;

	options_reset();
	while ((c = getopt_long(argc, argv, "f:d", longs, NULL)) != -1) {
		if (c == 'f') {
			file = optarg;
		} else if (c != 'd') { /* xl's debugging output */
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
	}
	if (argc - optind < (file ? 1 : 2)) {
		return axl_usage(axl, "a domain and a config file wanted");
	}
	ret = axl_need(axl);
	if (!ret) {
		ret = domain_find(axl, argv[optind++], &domain);
	}
	if (ret) {
		return ret;
	}
	file = file ? file : argv[optind++];
	ret = config_parse_file(file, (const char *const *)argv + optind, (size_t)(argc - optind),
				&cfg, &axl->diags);
	if (!axl->json && axl->diags.count) {
		config_diags_print(&axl->diags, stderr);
	}
	if (ret) {
		ctl_error_set(&axl->err, "bad-config", "cannot use %s", file);
		ctl_error_cause(&axl->err, "%zu mistakes, see above", axl->diags.error_count);
		return ret;
	}
	memcpy(cfg->uuid, domain.info.handle, sizeof(cfg->uuid));
	cfg->uuid_set = true;
	if (!axl->dry_run) {
		ret = userdata_write(axl, domain.info.domain, cfg);
		snprintf(path, sizeof(path), USERDATA_UPDATED, domain.info.domain);
		ret = ret ? ret : store_write(axl->store, STORE_NO_TX, path, "1", 1);
	}
	if (!ret && axl->json) {
		json_number(axl->json, "domid", domain.info.domain);
		json_string(axl->json, "name", domain.name);
	}
	config_free(cfg);
	return ret;
}
