/* SPDX-License-Identifier: MIT */
/* The hypervisor's named nodes: facts about it, and parameters that can be set while it runs. */
#ifndef DOM0_TOOLS_LIBCTL_HYPFS_H
#define DOM0_TOOLS_LIBCTL_HYPFS_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl.h"

struct ctl_node {
	char name[64];
	unsigned int type; /* XEN_HYPFS_TYPE_* */
	bool writable;
};

/* What a node says, as text, cut to size. -EISDIR; -EINVAL: no text and no number. */
int ctl_hypfs_read(struct ctl *ctl, const char *path, char *text, size_t size);

/* Gives it another value; text becomes what the node's type is. -EINVAL: it cannot. */
int ctl_hypfs_write(struct ctl *ctl, const char *path, const char *text);

/* The first max nodes of a directory, and their number; -ENOTDIR. */
int ctl_hypfs_list(struct ctl *ctl, const char *path, struct ctl_node *nodes, unsigned int max);

#endif
