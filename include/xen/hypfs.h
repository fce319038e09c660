/* SPDX-License-Identifier: MIT */
/* hypfs_op: small facts about the hypervisor, as a tree of named nodes. */
#ifndef XEN_HYPFS_H
#define XEN_HYPFS_H

#include "types.h"

#define XEN_HYPFS_VERSION	1
#define XEN_HYPFS_MAX_PATHLEN	1024

#define XEN_HYPFS_OP_get_version	0
#define XEN_HYPFS_OP_read		1	/* path, its size with NUL, buffer, its size */
#define XEN_HYPFS_OP_write_contents	2

/* What a node is, in front of its contents. */
struct xen_hypfs_direntry {
	uint8_t type;
#define XEN_HYPFS_TYPE_DIR	0
#define XEN_HYPFS_TYPE_BLOB	1
#define XEN_HYPFS_TYPE_STRING	2	/* with its NUL */
#define XEN_HYPFS_TYPE_UINT	3
#define XEN_HYPFS_TYPE_INT	4
#define XEN_HYPFS_TYPE_BOOL	5
	uint8_t encoding;
#define XEN_HYPFS_ENC_PLAIN	0
#define XEN_HYPFS_ENC_GZIP	1
	uint16_t pad;
	uint32_t content_len;
	uint32_t max_write_len;		/* 0: read-only */
};
ABI_SIZE(struct xen_hypfs_direntry, 12);

/* Contents of a directory: one of these each, aligned to 4. */
struct xen_hypfs_dirlistentry {
	struct xen_hypfs_direntry e;
	uint16_t off_next;		/* bytes to the next entry, 0: none */
	char name[];
};
ABI_OFFSET(struct xen_hypfs_dirlistentry, name, 14);

#endif /* XEN_HYPFS_H */
