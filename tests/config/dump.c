/* SPDX-License-Identifier: MIT */
/*
 * dump FILE [OVERRIDE…]: what the configuration library makes of a file, on standard output:
 * its findings, then the configuration as JSON. Exit status 0, or 1 if it was refused.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"

/* Writes the JSON and checks that reading it back gives the same JSON. */
static int print_and_reread(const struct domain_config *cfg)
{
	struct config_diags diags = {0};
	struct domain_config *again = NULL;
	char *text[2] = {NULL, NULL};
	size_t len[2];
	FILE *out = open_memstream(&text[0], &len[0]);
	int ret = 0;

	config_print_json(cfg, out);
	fclose(out);
	fputs(text[0], stdout);
	if (config_parse_string("dump", text[0], len[0], NULL, 0, &again, &diags) == 0) {
		out = open_memstream(&text[1], &len[1]);
		config_print_json(again, out);
		fclose(out);
	}
	if (!text[1] || strcmp(text[0], text[1]) != 0) {
		printf("the JSON does not read back:\n%s", text[1] ? text[1] : "");
		config_diags_print(&diags, stdout);
		ret = 2;
	}
	config_free(again);
	config_diags_free(&diags);
	free(text[0]);
	free(text[1]);
	return ret;
}

int main(int argc, char **argv)
{
	struct config_diags diags = {0};
	struct domain_config *cfg;
	int ret = 1;

	if (argc < 2) {
		return 2;
	}
	if (config_parse_file(argv[1], (const char *const *)argv + 2, (size_t)argc - 2, &cfg,
			      &diags) == 0) {
		ret = 0;
	}
	config_diags_print(&diags, stdout);
	if (cfg && print_and_reread(cfg) != 0) {
		ret = 2;
	}
	config_diags_free(&diags);
	config_free(cfg);
	return ret;
}
