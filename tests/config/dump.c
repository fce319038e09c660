/* SPDX-License-Identifier: MIT */
/*
 * dump [--xml] FILE [OVERRIDE…]: what the configuration library makes of a file, on standard
 * output: its findings, then the configuration as JSON, or as libvirt's XML. Both, and libxl's
 * JSON of it, must read back to the same, but for what the XML is said to lose and for libxl's
 * choice of backends. Exit status 0, or 1 if it was refused.
 */
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "config.h"

static char *as_json(const struct domain_config *cfg)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	config_print_json(cfg, out);
	fclose(out);
	return text;
}

static char *as_libxl(const struct domain_config *cfg)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	const unsigned char *text;
	char *copy;
	size_t len;

	config_gen_libxl(cfg, gen);
	yajl_gen_get_buf(gen, &text, &len);
	copy = strndup((const char *)text, len);
	yajl_gen_free(gen);
	return copy;
}

static char *as_xml(const struct domain_config *cfg, struct config_diags *lost)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	config_print_xml(cfg, out, lost);
	fclose(out);
	return text;
}

/* Does the text give the JSON again? */
static int check_reread(const char *form, const char *text, const char *json)
{
	struct config_diags diags = {0};
	struct domain_config *again = NULL;
	char *json_again = NULL;
	int ret = 0;

	if (config_parse_string(form, text, strlen(text), NULL, 0, &again, &diags) == 0) {
		json_again = as_json(again);
	}
	if (!json_again || strcmp(json, json_again) != 0) {
		printf("the %s does not read back:\n%s", form, json_again ? json_again : "");
		config_diags_print(&diags, stdout);
		ret = 2;
	}
	free(json_again);
	config_free(again);
	config_diags_free(&diags);
	return ret;
}

static int print_and_reread(const struct domain_config *cfg, bool want_xml)
{
	struct config_diags lost = {0};
	char *json = as_json(cfg);
	char *xml = as_xml(cfg, &lost);
	char *libxl = as_libxl(cfg);
	int ret = check_reread("JSON", json, json);

	fputs(want_xml ? xml : json, stdout);
	if (want_xml) {
		config_diags_print(&lost, stdout);
	}
	if (ret == 0 && !strstr(json, "\"backendtype\"")) {
		ret = check_reread("libxl JSON", libxl, json);
	}
	if (ret == 0 && lost.count == 0) {
		ret = check_reread("XML", xml, json);
	}
	config_diags_free(&lost);
	free(json);
	free(xml);
	free(libxl);
	return ret;
}

int main(int argc, char **argv)
{
	struct config_diags diags = {0};
	struct domain_config *cfg;
	bool want_xml = argc > 1 && !strcmp(argv[1], "--xml");
	int ret = 1;

	argv += want_xml;
	argc -= want_xml;
	if (argc < 2) {
		return 2;
	}
	if (config_parse_file(argv[1], (const char *const *)argv + 2, (size_t)argc - 2, &cfg,
			      &diags) == 0) {
		ret = 0;
	}
	config_diags_print(&diags, stdout);
	if (cfg && print_and_reread(cfg, want_xml) != 0) {
		ret = 2;
	}
	config_diags_free(&diags);
	config_free(cfg);
	return ret;
}
