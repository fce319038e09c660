/* SPDX-License-Identifier: MIT */
/*
 * hypfs_op: what dom0's tools read about the hypervisor by name, and the parameters that they
 * may change while it runs.  A table: what is not in it is not there.
 */
#include "xen/hypfs.h"

#include "arch/cpu.h"
#include "arch/isolation.h"
#include "core/domain.h"
#include "core/domctl.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "lib/version.h"

#define PATH_ROOM 40  /* paths that are longer are not here */
#define NAME_ROOM 28  /* of the last part of one */
#define LEVEL_ROOM 16 /* values that may be written, with their NUL: Xen's numbers */
#define NUMBER_ROOM 12
#define LISTING_SIZE(n) (uint16_t)(offsetof(struct listing, name) + ROUND_UP(strlen(n) + 1, 4))

/* One of text, level and number; a directory has none of them. */
struct node {
	const char *path;
	const char *text;
	enum log_level *level, standard; /* the latter is meant by "" */
	unsigned int *number, min, max;
};

/* clang-format off */
#define NUMBER(name, var, from, to)                                                          \
	{.path = "/params/" name, .number = &(var), .min = (from), .max = (to)}
#define LEVEL(name, var, usual) {.path = "/params/" name, .level = &(var), .standard = (usual)}
/* clang-format on */

static const struct node nodes[] = {
	{.path = "/"},
	{.path = "/buildinfo"},
	{.path = "/buildinfo/changeset", .text = argon_version},
	{.path = "/cpu-bugs"},
	{.path = "/cpu-bugs/mitigations", .text = mitigations_text},
	{.path = "/params"},
	NUMBER("gnttab_max_frames", domain_defaults.max_grant_frames, 1, GRANT_FRAMES_LIMIT),
	NUMBER("gnttab_max_maptrack_frames", domain_defaults.max_maptrack_frames, 0,
	       MAPTRACK_FRAMES_LIMIT),
	LEVEL("guest_loglvl", gprintk_level, GPRINTK_STANDARD),
	LEVEL("loglvl", printk_level, PRINTK_STANDARD),
};

/* An entry of a directory; only its name's part up to 4-byte alignment is told. */
struct listing {
	struct xen_hypfs_direntry e;
	uint16_t off_next;
	char name[NAME_ROOM];
};
_Static_assert(offsetof(struct listing, name) == offsetof(struct xen_hypfs_dirlistentry, name),
	       "one entry of a directory");

/* What n is called in dir; NULL: it is elsewhere. */
static const char *name_in(const struct node *dir, const struct node *n)
{
	size_t len = dir == nodes ? 0 : strlen(dir->path);
	const char *name = n->path + len + 1;
	bool within = !strncmp(n->path, dir->path, len) && n->path[len] == '/' && *name;

	return within && !strchr(name, '/') ? name : NULL;
}

/* What a node says, in room if it is a number; NULL: a directory. */
static const char *text_of(const struct node *n, char room[NUMBER_ROOM])
{
	if (n->number) {
		snprintf(room, NUMBER_ROOM, "%u", *n->number);
		return room;
	}
	return n->level ? log_level_name(*n->level) : n->text;
}

static struct xen_hypfs_direntry describe(const struct node *n, const char *text)
{
	struct xen_hypfs_direntry e = {.type = XEN_HYPFS_TYPE_STRING};

	e.max_write_len = n->level ? LEVEL_ROOM : n->number ? NUMBER_ROOM : 0;
	e.content_len = text ? (uint32_t)strlen(text) + 1 : 0;
	for (unsigned int i = 0; !text && i < ARRAY_SIZE(nodes); i++) {
		const char *name = name_in(n, &nodes[i]);

		e.type = XEN_HYPFS_TYPE_DIR;
		e.content_len += name ? LISTING_SIZE(name) : 0;
	}
	return e;
}

static long dir_read(const struct node *dir, gptr_t buffer, uint32_t left)
{
	char room[NUMBER_ROOM];

	for (const struct node *n = nodes; left; n++) {
		const char *name = name_in(dir, n);
		uint16_t size = name ? LISTING_SIZE(name) : 0;
		struct listing l = {.off_next = left == size ? 0 : size};

		if (!name) {
			continue;
		}
		l.e = describe(n, text_of(n, room));
		strlcpy(l.name, name, sizeof(l.name));
		if (copy_to_guest(buffer, &l, size)) {
			return -EFAULT;
		}
		left -= size;
		buffer = gptr_add(buffer, size);
	}
	return 0;
}

static long node_read(const struct node *n, gptr_t buffer, uint64_t size)
{
	char room[NUMBER_ROOM];
	const char *text = text_of(n, room);
	struct xen_hypfs_direntry e = describe(n, text);

	if (size < sizeof(e)) {
		return -EINVAL;
	}
	if (copy_to_guest(buffer, &e, sizeof(e))) {
		return -EFAULT;
	}
	if (size - sizeof(e) < e.content_len) {
		return -ENOBUFS;
	}
	buffer = gptr_add(buffer, sizeof(e));
	return text ? copy_to_guest(buffer, text, e.content_len)
		    : dir_read(n, buffer, e.content_len);
}

static long node_write(const struct node *n, gptr_t buffer, uint64_t size)
{
	uint32_t most = n->level ? LEVEL_ROOM : n->number ? NUMBER_ROOM : 0;
	char value[LEVEL_ROOM];
	const char *end;
	uint64_t number;
	int rc;

	if (!most) {
		return -EACCES;
	}
	if (size > most) { /* no level has such a name, and no number is in range */
		return n->level ? -EINVAL : -ERANGE;
	}
	if (copy_from_guest(value, buffer, size)) {
		return -EFAULT;
	}
	if (!size || memchr(value, 0, size) != value + size - 1) {
		return -EDOM;
	}
	if (n->level) {
		return parse_log_level(value, n->standard, n->level);
	}
	rc = parse_number(value, &end, &number);
	if (rc || *end) {
		return rc ? rc : -EINVAL;
	}
	if (number < n->min || number > n->max) {
		log_info("%s: %u to %u are possible\n", n->path, n->min, n->max);
		return -ERANGE;
	}
	*n->number = (unsigned int)number;
	return 0;
}

long do_hypfs_op(uint32_t cmd, gptr_t path, uint64_t path_size, gptr_t buffer, uint64_t size)
{
	char name[PATH_ROOM];

	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (cmd == XEN_HYPFS_OP_get_version) {
		return gptr_is_null(path) && !path_size && gptr_is_null(buffer) && !size
			       ? XEN_HYPFS_VERSION
			       : -EINVAL;
	}
	if (cmd > XEN_HYPFS_OP_write_contents) {
		return -EOPNOTSUPP;
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
	if (memchr(name, 0, path_size) != name + path_size - 1 || name[0] != '/') {
		return -EINVAL;
	}
	if (path_size > 2 && name[path_size - 2] == '/') { /* a directory may be so written */
		name[path_size - 2] = 0;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(nodes); i++) {
		if (!strcmp(nodes[i].path, name)) {
			return cmd == XEN_HYPFS_OP_read ? node_read(&nodes[i], buffer, size)
							: node_write(&nodes[i], buffer, size);
		}
	}
	return -ENOENT;
}
