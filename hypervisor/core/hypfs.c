/* SPDX-License-Identifier: MIT */
/*
 * hypfs_op: what dom0's tools read about the hypervisor by name.  Read-only,
 * and small: every directory has one entry, the next line of the table.
 */
#include "xen/hypfs.h"

#include "arch/cpu.h"
#include "arch/isolation.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "lib/string.h"

#define PATH_MAX_HERE 32
#define NAME_ROOM 14 /* in a listing of 4-byte alignment */

static const struct node {
	const char *path;
	const char *name;
	const char *text; /* NULL: a directory */
} nodes[] = {
	{"/", "", NULL},
	{"/cpu-bugs", "cpu-bugs", NULL},
	{"/cpu-bugs/mitigations", "mitigations", mitigations_text},
};

/* A listing of one entry, ready to be copied. */
struct listing {
	struct xen_hypfs_direntry e;
	uint16_t off_next;
	char name[NAME_ROOM];
};
_Static_assert(offsetof(struct listing, name) == offsetof(struct xen_hypfs_dirlistentry, name),
	       "one entry of a directory");

static struct xen_hypfs_direntry describe(const struct node *n)
{
	return (struct xen_hypfs_direntry){
		.type = n->text ? XEN_HYPFS_TYPE_STRING : XEN_HYPFS_TYPE_DIR,
		.content_len = n->text ? (uint32_t)strlen(n->text) + 1 : sizeof(struct listing),
	};
}

static long node_read(const struct node *n, gptr_t buffer, uint64_t size)
{
	struct xen_hypfs_direntry e = describe(n);
	struct listing list = {.off_next = 0};
	const void *content = n->text;

	if (size < sizeof(e)) {
		return -ENOBUFS;
	}
	if (copy_to_guest(buffer, &e, sizeof(e))) {
		return -EFAULT;
	}
	if (size - sizeof(e) < e.content_len) {
		return -ENOBUFS;
	}
	if (!n->text) {
		list.e = describe(n + 1);
		strlcpy(list.name, n[1].name, sizeof(list.name));
		content = &list;
	}
	return copy_to_guest(gptr_add(buffer, sizeof(e)), content, e.content_len);
}

long do_hypfs_op(uint32_t cmd, gptr_t path, uint64_t path_size, gptr_t buffer, uint64_t size)
{
	char name[PATH_MAX_HERE];

	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (cmd == XEN_HYPFS_OP_get_version) {
		return gptr_is_null(path) && !path_size && gptr_is_null(buffer) && !size
			       ? XEN_HYPFS_VERSION
			       : -EINVAL;
	}
	if (cmd != XEN_HYPFS_OP_read) {
		return cmd == XEN_HYPFS_OP_write_contents ? -EACCES : -EOPNOTSUPP;
	}
	if (!path_size || path_size > XEN_HYPFS_MAX_PATHLEN) {
		return -EINVAL;
	}
	if (path_size > sizeof(name)) {
		return -ENOENT;
	}
	if (copy_from_guest(name, path, path_size)) {
		return -EFAULT;
	}
	if (name[path_size - 1] != 0 || name[0] != '/') {
		return -EINVAL;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(nodes); i++) {
		if (!strcmp(nodes[i].path, name)) {
			return node_read(&nodes[i], buffer, size);
		}
	}
	return -ENOENT;
}
