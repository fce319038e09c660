/* SPDX-License-Identifier: MIT */
/* hypfs_op calls. Path and contents share the page of the handle; no node of use is longer. */
#include "hypfs.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "xen/hypercall.h"
#include "xen/hypfs.h"

#define ROOM (XEN_PAGE_SIZE - XEN_HYPFS_MAX_PATHLEN)

static long call(struct ctl *ctl, unsigned int cmd, const char *path, size_t size)
{
	char *page = ctl_arg_page(ctl), *name = page + ROOM;
	const size_t length = strlen(path) + 1;
	const uint64_t args[5] = {cmd, (uintptr_t)name, length, (uintptr_t)page, size};

	if (length > XEN_HYPFS_MAX_PATHLEN) {
		return -ENOENT;
	}
	memcpy(name, path, length);
	return ctl_hypercall(ctl, __HYPERVISOR_hypfs_op, args);
}

/* The entry with its contents behind it, in the handle's page. */
static int fetch(struct ctl *ctl, const char *path, struct xen_hypfs_direntry *entry)
{
	char *page = ctl_arg_page(ctl);
	long ret;

	memset(page, 0, XEN_PAGE_SIZE);
	ret = call(ctl, XEN_HYPFS_OP_read, path, ROOM);
	memcpy(entry, page, sizeof(*entry));
	if (ret == 0 && entry->content_len > ROOM - sizeof(*entry)) {
		return -ENOBUFS;
	}
	return (int)ret;
}

/* A little-endian number of one to eight bytes. */
static uint64_t number_of(const char *bytes, size_t length)
{
	uint64_t number = 0;

	memcpy(&number, bytes, length < sizeof(number) ? length : sizeof(number));
	return number;
}

int ctl_hypfs_read(struct ctl *ctl, const char *path, char *text, size_t size)
{
	const char *content = (const char *)ctl_arg_page(ctl) + sizeof(struct xen_hypfs_direntry);
	struct xen_hypfs_direntry entry;
	int ret = fetch(ctl, path, &entry);
	unsigned int unused_bits;
	uint64_t number;

	text[0] = '\0';
	if (ret) {
		return ret;
	}
	if (entry.type == XEN_HYPFS_TYPE_DIR) {
		return -EISDIR;
	}
	if (entry.encoding != XEN_HYPFS_ENC_PLAIN || entry.type == XEN_HYPFS_TYPE_BLOB) {
		return -EINVAL;
	}
	if (entry.type == XEN_HYPFS_TYPE_STRING) {
		snprintf(text, size, "%.*s", (int)entry.content_len, content);
		return 0;
	}
	if (entry.content_len < 1 || entry.content_len > sizeof(number)) {
		return -EINVAL;
	}
	number = number_of(content, entry.content_len);
	unused_bits = 64 - 8 * entry.content_len;
	if (entry.type == XEN_HYPFS_TYPE_BOOL) {
		snprintf(text, size, "%s", number ? "on" : "off");
	} else if (entry.type == XEN_HYPFS_TYPE_INT) {
		snprintf(text, size, "%lld",
			 (long long)((int64_t)(number << unused_bits) >> unused_bits));
	} else {
		snprintf(text, size, "%llu", (unsigned long long)number);
	}
	return 0;
}

/* 1, 0, or -EINVAL. */
static int bool_of(const char *text)
{
	static const char *const words[][2] = {{"0", "1"},
					       {"no", "yes"},
					       {"off", "on"},
					       {"false", "true"},
					       {"disable", "enable"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (int value = 0; value < 2; value++) {
			if (!strcasecmp(text, words[i][value])) {
				return value;
			}
		}
	}
	return -EINVAL;
}

int ctl_hypfs_write(struct ctl *ctl, const char *path, const char *text)
{
	char *page = ctl_arg_page(ctl);
	struct xen_hypfs_direntry entry;
	int ret = fetch(ctl, path, &entry);
	size_t length = strlen(text) + 1;
	long long number = 0;
	char *end;

	if (ret) {
		return ret;
	}
	switch (entry.type) {
	case XEN_HYPFS_TYPE_STRING:
		if (length > ROOM) {
			return -EINVAL;
		}
		memcpy(page, text, length);
		return (int)call(ctl, XEN_HYPFS_OP_write_contents, path, length);
	case XEN_HYPFS_TYPE_BOOL:
		number = bool_of(text);
		if (number < 0) {
			return -EINVAL;
		}
		break;
	case XEN_HYPFS_TYPE_UINT:
	case XEN_HYPFS_TYPE_INT:
		errno = 0;
		number = strtoll(text, &end, 0);
		if (!text[0] || isspace((unsigned char)text[0]) || *end || errno) {
			return -EINVAL;
		}
		break;
	default:
		return -EACCES;
	}
	if (entry.content_len < 1 || entry.content_len > sizeof(number)) {
		return -EINVAL;
	}
	memcpy(page, &number, sizeof(number));
	return (int)call(ctl, XEN_HYPFS_OP_write_contents, path, entry.content_len);
}

int ctl_hypfs_list(struct ctl *ctl, const char *path, struct ctl_node *nodes, unsigned int max)
{
	const size_t name_at = offsetof(struct xen_hypfs_dirlistentry, name);
	const char *content = (const char *)ctl_arg_page(ctl) + sizeof(struct xen_hypfs_direntry);
	struct xen_hypfs_direntry dir, entry;
	unsigned int count = 0;
	uint16_t next = 1;
	size_t left;
	int ret = fetch(ctl, path, &dir);

	if (ret) {
		return ret;
	}
	if (dir.type != XEN_HYPFS_TYPE_DIR) {
		return -ENOTDIR;
	}
	/* entries are aligned to 2, and their lengths are the hypervisor's word */
	for (left = dir.content_len; next && left > name_at && count < max; left -= next) {
		memcpy(&entry, content, sizeof(entry));
		memcpy(&next, content + offsetof(struct xen_hypfs_dirlistentry, off_next),
		       sizeof(next));
		nodes[count].type = entry.type;
		nodes[count].writable = entry.max_write_len > 0;
		snprintf(nodes[count].name, sizeof(nodes[count].name), "%.*s",
			 (int)((next && next < left ? next : left) - name_at), content + name_at);
		count++;
		content += next;
		if (next <= name_at || next > left) {
			break;
		}
	}
	return (int)count;
}
