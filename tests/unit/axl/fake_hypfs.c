/* SPDX-License-Identifier: MIT */
/* Parameters of the hypervisor, played: a level, a number with a range, a switch. */
#include "fake_hypfs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../dom0-tools/libctl/hypfs.h"
#include "fake.h"
#include "xen/hypfs.h"

#define PARAMS 3

static const struct ctl_node nodes[PARAMS] = {
	{"gnttab_max_frames", XEN_HYPFS_TYPE_STRING, true},
	{"global-pages", XEN_HYPFS_TYPE_BOOL, true},
	{"loglvl", XEN_HYPFS_TYPE_STRING, true},
};
static char values[PARAMS][64];
bool fake_no_hypfs;

void fake_hypfs_reset(void)
{
	fake_no_hypfs = false;
	strcpy(values[0], "64");
	strcpy(values[1], "on");
	strcpy(values[2], "info");
}

static int find(const char *path)
{
	for (int i = 0; i < PARAMS; i++) {
		if (!strncmp(path, "/params/", 8) && !strcmp(path + 8, nodes[i].name)) {
			return i;
		}
	}
	return -ENOENT;
}

int ctl_hypfs_read(struct ctl *ctl, const char *path, char *text, size_t size)
{
	int i = find(path);

	(void)ctl;
	snprintf(text, size, "%s", i < 0 ? "" : values[i]);
	return i < 0 ? i : 0;
}

int ctl_hypfs_write(struct ctl *ctl, const char *path, const char *text)
{
	int i = find(path);
	unsigned long number = strtoul(text, NULL, 0);

	(void)ctl;
	if (i < 0) {
		return i;
	}
	if (i == 0 && (number < 1 || number > 4096)) {
		return text[0] >= '0' && text[0] <= '9' ? -ERANGE : -EINVAL;
	}
	if (i == 2 && strcmp(text, "info") != 0 && strcmp(text, "all") != 0) {
		return -EINVAL;
	}
	snprintf(values[i], sizeof(values[i]), "%s", text);
	return 0;
}

int ctl_hypfs_list(struct ctl *ctl, const char *path, struct ctl_node *list, unsigned int max)
{
	(void)ctl;
	if (fake_no_hypfs) {
		return -ENOSYS;
	}
	if (strcmp(path, "/params") != 0 || max < PARAMS) {
		return -ENOENT;
	}
	memcpy(list, nodes, sizeof(nodes));
	return PARAMS;
}
