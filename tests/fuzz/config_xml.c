/* SPDX-License-Identifier: MIT */
/* libFuzzer: any text as libvirt's domain XML; what is accepted is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was taken must be writable, and its XML be taken again. */
static void write_and_reread(const struct domain_config *cfg)
{
	struct config_diags diags = {0};
	struct domain_config *again = NULL;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		abort();
	}
	if (config_print_xml(cfg, out, &diags)) {
		abort();
	}
	fclose(out);
	if (diags.count == 0 && config_parse_string("again", text, len, NULL, 0, &again, &diags)) {
		config_diags_print(&diags, stderr);
		fputs(text, stderr);
		abort();
	}
	config_free(again);
	config_diags_free(&diags);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_diags diags = {0};
	struct domain_config *cfg;
	char *text = malloc(size + 1);

	/* the first character chooses the reader */
	text[0] = '<';
	memcpy(text + 1, data, size);
	if (!config_parse_string("fuzz.xml", text, size + 1, NULL, 0, &cfg, &diags)) {
		write_and_reread(cfg);
	}
	config_free(cfg);
	config_diags_free(&diags);
	free(text);
	return 0;
}
