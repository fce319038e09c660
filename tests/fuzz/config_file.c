/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a configuration file, with what follows a NUL as an override. What is accepted
 * must keep its promises and come back the same from its own JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *dump(const struct domain_config *cfg)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out || config_print_json(cfg, out) != 0) {
		abort();
	}
	fclose(out);
	return text;
}

static void must(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check(const struct domain_config *cfg)
{
	must(cfg->name && cfg->name[0] && !strchr(cfg->name, '/'));
	must(cfg->kernel || cfg->bootloader);
	must(cfg->cmdline);
	must(cfg->memory_kib >= 1024 && cfg->maxmem_kib >= cfg->memory_kib);
	must(cfg->vcpus >= 1 && cfg->maxvcpus >= cfg->vcpus && cfg->maxvcpus <= CONFIG_MAX_CPUS);
	must(cfg->cpus_count <= 1 || cfg->cpus_count == cfg->maxvcpus);
	for (size_t i = 0; i < cfg->disk_count; i++) {
		must(cfg->disks[i].devid != 0 && cfg->disks[i].vdev[0]);
		must(cfg->disks[i].target || cfg->disks[i].format == CONFIG_DISK_EMPTY);
		for (size_t j = 0; j < i; j++) {
			must(cfg->disks[i].devid != cfg->disks[j].devid);
		}
	}
	for (size_t i = 0; i < cfg->nic_count; i++) {
		must(cfg->nics[i].devid >= -1 && memchr(cfg->nics[i].vifname, 0, 16));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	size_t len = end ? (size_t)(end - data) : size;
	char *override = end ? strndup((const char *)end + 1, size - len - 1) : NULL;
	const char *overrides[] = {override};
	struct config_diags diags = {0};
	struct domain_config *cfg, *again;

	if (config_parse_string("fuzz", (const char *)data, len, overrides, override ? 1 : 0, &cfg,
				&diags) == 0) {
		char *text, *text_again;

		check(cfg);
		text = dump(cfg);
		must(config_parse_string("dump", text, strlen(text), NULL, 0, &again, &diags) == 0);
		text_again = dump(again);
		must(strcmp(text, text_again) == 0);
		free(text);
		free(text_again);
		config_free(again);
	} else {
		must(!cfg && diags.error_count > 0);
	}
	config_free(cfg);
	config_diags_free(&diags);
	free(override);
	return 0;
}
