/* SPDX-License-Identifier: MIT */
/* axl export: a configuration or a running domain as libvirt's XML, libxl's JSON, or our JSON. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <yajl/yajl_gen.h>

#include "../axl.h"
#include "../domains.h"
#include "../json.h"
#include "../options.h"
#include "../userdata.h"
#include "../verbs.h"

enum form {
	FORM_XML,
	FORM_LIBXL,
	FORM_OURS,
};

static int read_file(struct axl *axl, const char *file, char **overrides, int override_count,
		     struct domain_config **cfg)
{
	int ret = config_parse_file(file, (const char *const *)overrides, (size_t)override_count,
				    cfg, &axl->diags);

	if (!axl->json) {
		config_diags_print(&axl->diags, stderr);
		config_diags_free(&axl->diags);
	}
	if (ret) {
		ctl_error_set(&axl->err, "bad-config", "cannot use %s", file);
		ctl_error_hint(&axl->err, "axl check %s", file);
	}
	return ret;
}

static int read_domain(struct axl *axl, const char *name, struct domain_config **cfg)
{
	struct domain domain;
	int ret = axl_need(axl);

	if (ret) {
		return ret;
	}
	ret = domain_find(axl, name, &domain);
	if (ret) {
		ctl_error_hint(&axl->err, "name a domain of axl list, or a configuration file");
		return ret;
	}
	return userdata_read(axl, domain.info.domain, cfg);
}

static int out_of_memory(struct axl *axl)
{
	ctl_error_set(&axl->err, "no-memory", "out of memory");
	return -ENOMEM;
}

static int print_xml(struct axl *axl, const struct domain_config *cfg)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int ret = out ? config_print_xml(cfg, out, &axl->diags) : -ENOMEM;

	if (out) {
		fclose(out);
	}
	if (ret) {
		ret = out_of_memory(axl);
	} else if (axl->json) {
		json_string(axl->json, "xml", text);
	} else {
		fputs(text, stdout);
		config_diags_print(&axl->diags, stderr);
	}
	free(text);
	return ret;
}

static int print_libxl(struct axl *axl, const struct domain_config *cfg)
{
	char *text = userdata_json(cfg);

	if (!text) {
		return out_of_memory(axl);
	}
	if (axl->json) {
		json_string(axl->json, "libxl", text);
	} else {
		fputs(text, stdout);
	}
	free(text);
	return 0;
}

static int print_ours(struct axl *axl, const struct domain_config *cfg)
{
	if (!axl->json) {
		return config_print_json(cfg, stdout);
	}
	yajl_gen_string(axl->json, (const unsigned char *)"config", 6);
	config_gen_json(cfg, axl->json);
	return 0;
}

int verb_export(struct axl *axl, int argc, char **argv)
{
	static const struct option longs[] = {
		{"xml", no_argument, NULL, 'x'},
		{"libxl", no_argument, NULL, 'l'},
		{NULL, 0, NULL, 0},
	};
	static int (*const print[])(struct axl * axl, const struct domain_config *cfg) = {
		[FORM_XML] = print_xml,
		[FORM_LIBXL] = print_libxl,
		[FORM_OURS] = print_ours,
	};
	enum form form = axl->json ? FORM_OURS : FORM_XML;
	struct domain_config *cfg = NULL;
	struct stat st;
	const char *what;
	int c, ret;

	options_reset();
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c != 'x' && c != 'l') {
			return axl_usage(axl, "unknown option %s", argv[optind - 1]);
		}
		form = c == 'x' ? FORM_XML : FORM_LIBXL;
	}
	if (optind == argc) {
		return axl_usage(axl, "name a domain or a configuration file");
	}
	what = argv[optind++];
	if (!stat(what, &st) && S_ISREG(st.st_mode)) {
		ret = read_file(axl, what, argv + optind, argc - optind, &cfg);
	} else {
		ret = read_domain(axl, what, &cfg);
	}
	if (!ret) {
		ret = print[form](axl, cfg);
	}
	if (!ret && axl->json) {
		json_diags(axl->json, &axl->diags);
	}
	config_free(cfg);
	return ret;
}
