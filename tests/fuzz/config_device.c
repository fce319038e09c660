/* SPDX-License-Identifier: MIT */
/* Any text as a disk or vif of a hot-plug command; the first byte says which. */
#include <stdlib.h>
#include <string.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_disk(const char *text)
{
	struct config_diags diags = {0};
	struct config_disk disk;
	uint32_t devid;
	char name[16];

	if (config_parse_disk(text, &disk, &diags) == 0) {
		config_vdev_name(disk.devid, name);
		if (!config_vdev_parse(name, &devid) || (disk.cdrom && disk.readwrite)) {
			abort();
		}
		config_disk_free(&disk);
	}
	config_diags_free(&diags);
}

static void fuzz_nic(const char *text)
{
	struct config_diags diags = {0};
	struct config_nic nic;

	if (config_parse_nic(text, &nic, &diags) == 0) {
		if (nic.mac_set && nic.mac[0] & 1) {
			abort();
		}
		config_nic_free(&nic);
	}
	config_diags_free(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = size > 1 ? strndup((const char *)data + 1, size - 1) : NULL;

	if (text && data[0] == 'd') {
		fuzz_disk(text);
	} else if (text) {
		fuzz_nic(text);
	}
	free(text);
	return 0;
}
