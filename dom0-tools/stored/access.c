/* SPDX-License-Identifier: MIT */
/* Permissions and quotas of every access, and the two ways to make a change: in the store or in
 * a transaction. */
#include "access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "watch.h"

static const struct subject *who(const struct access *access)
{
	return &access->connection->subject;
}

static bool allowed(const struct access *access, const struct view *view, unsigned int bits)
{
	return perms_allow(access->connection->stored, view_perms(view), who(access), bits);
}

/*
 * Opens the path and notes what is read. A missing node is ENOENT only to those who could have
 * used the nearest one above, so that names cannot be probed.
 */
static int open_view(const struct access *access, unsigned int bits, unsigned int notes,
		     struct view *view)
{
	int ret;

	view_open(access->connection->stored, access->tx, access->path, view);
	/* Who is always allowed does not depend on the permissions. */
	ret = view_note(view, notes | (subject_is_privileged(who(access)) ? 0 : NOTE_PERMS));
	if (ret) {
		return ret;
	}
	if (!allowed(access, view, bits)) {
		return -EACCES;
	}
	return view->exists ? 0 : -ENOENT;
}

int access_read(const struct access *access, unsigned int notes, struct view *view)
{
	return open_view(access, PERM_READ, notes, view);
}

/* A malloc'ed copy; an empty one is NULL. */
static int copy_value(const void *value, size_t len, char **copy)
{
	*copy = NULL;
	if (len) {
		*copy = malloc(len);
		if (!*copy) {
			return -ENOMEM;
		}
		memcpy(*copy, value, len);
	}
	return 0;
}

static int set_value(const struct access *access, struct view *view, const void *value, size_t len)
{
	struct stored *stored = access->connection->stored;
	struct account *account = access->connection->account;
	size_t old_len;
	char *copy;
	int ret = 0;

	view_value(view, &old_len);
	if (!quota_allows(stored, account, QUOTA_NODE_SIZE, 0,
			  node_size(len, view_perms(view)->count, view_child_bytes(view)))) {
		return -ENOSPC;
	}
	if (!access->tx && len > old_len &&
	    !quota_allows(stored, account, QUOTA_MEMORY, account->memory, len - old_len)) {
		return -ENOMEM;
	}
	if (copy_value(value, len, &copy)) {
		return -ENOMEM;
	}
	if (access->tx) {
		ret = tx_set_value(access->tx, view->at.t, copy, len);
		if (ret) {
			free(copy);
		}
		return ret;
	}
	node_set_value(stored, view->at.node, copy, len);
	watch_fire(stored, view->at.node, NULL);
	return 0;
}

/* Counts the missing names and what their nodes will cost. */
static void count_missing(const struct view *view, size_t value_len, size_t *nodes, size_t *memory)
{
	const char *name = view->path + view->missing_len;
	unsigned int perm_count = view_perms(view)->count;
	size_t len;

	/* view->at_len counts the slash of the root, but not that of any other node. */
	*nodes = 1;
	*memory = node_memory(view->missing_len - view->at_len, value_len, perm_count);
	while (*name) {
		len = strcspn(name + 1, "/");
		*memory += node_memory(len, 0, perm_count);
		++*nodes;
		name += 1 + len;
	}
}

/* Whether the quotas allow to make what is missing of the path. */
static int check_creation(const struct access *access, const struct view *view, size_t value_len)
{
	struct stored *stored = access->connection->stored;
	struct account *account = access->connection->account;
	unsigned int perm_count = view_perms(view)->count;
	size_t nodes, memory, parent_value;

	count_missing(view, value_len, &nodes, &memory);
	view_value(view, &parent_value);
	if (!quota_allows(stored, account, QUOTA_NODE_SIZE, 0,
			  node_size(value_len, perm_count, 0)) ||
	    !quota_allows(stored, account, QUOTA_NODE_SIZE, 0,
			  node_size(parent_value, perm_count,
				    view_child_bytes(view) + view->missing_len - view->at_len))) {
		return -ENOSPC;
	}
	/* A transaction that removed nodes is judged at its end. */
	if ((!access->tx || !access->tx->removed_some) &&
	    !quota_allows(stored, account, QUOTA_NODES,
			  account->nodes + (access->tx ? access->tx->created : 0), nodes)) {
		return -ENOSPC;
	}
	if (!access->tx && !quota_allows(stored, account, QUOTA_MEMORY, account->memory, memory)) {
		return -ENOMEM;
	}
	return 0;
}

/* Makes the next missing node, named by path[from..to), below view->at, and moves view->at to it.
 * Takes over `value` on success. */
static int make_node(const struct access *access, struct view *view, size_t from, size_t to,
		     char *value, size_t len)
{
	struct stored *stored = access->connection->stored;
	const uint16_t *owner = subject_is_privileged(who(access)) ? NULL : &who(access)->domid;
	bool last = to == view->path_len;
	struct account *payer;
	struct tx_node *t;
	struct node *node;
	struct perms perms;
	int ret = perms_inherit(stored, view_perms(view), owner, &perms);

	if (ret) {
		return ret;
	}
	if (access->tx) {
		t = tx_touch(access->tx, view->path, to, &ret);
		ret = t ? tx_make(access->tx, t, &perms, value, len, last) : ret;
		perms_free(&perms);
		view->at = (struct spot){.t = t};
		return ret;
	}
	payer = account_of(stored, perms.list[0].domid);
	if (!payer || names_reserve(&view->at.node->children, 1)) {
		perms_free(&perms);
		return -ENOMEM;
	}
	node = node_make(view->path + from, to - from, &perms, value, len);
	if (!node) {
		perms_free(&perms);
		return -ENOMEM;
	}
	node_link(stored, view->at.node, node, payer);
	view->at.node = node;
	return 0;
}

/* Makes all that is missing of the path, with the value in the last node. */
static int create(const struct access *access, struct view *view, const void *value, size_t len)
{
	size_t from = view->at_len + (view->path[view->at_len] == '/');
	size_t to = view->missing_len;
	char *copy;
	int ret = check_creation(access, view, len);

	if (ret) {
		return ret;
	}
	if (copy_value(value, len, &copy)) {
		return -ENOMEM;
	}
	for (;;) {
		bool last = to == view->path_len;

		ret = make_node(access, view, from, to, last ? copy : NULL, last ? len : 0);
		if (ret) {
			free(copy);
			return ret;
		}
		if (last) {
			break;
		}
		from = to + 1;
		to = from + strcspn(view->path + from, "/");
	}
	if (!access->tx) {
		watch_fire(access->connection->stored, view->at.node, NULL);
	}
	return 0;
}

int access_write(const struct access *access, const void *value, size_t len)
{
	struct view view;
	int ret = open_view(access, PERM_WRITE, NOTE_EXISTS, &view);

	if (ret == -ENOENT) {
		return create(access, &view, value, len);
	}
	return ret ? ret : set_value(access, &view, value, len);
}

int access_mkdir(const struct access *access)
{
	struct view view;
	int ret = open_view(access, PERM_WRITE, NOTE_EXISTS, &view);

	return ret == -ENOENT ? create(access, &view, NULL, 0) : ret;
}

int access_rm(const struct access *access)
{
	struct stored *stored = access->connection->stored;
	struct view view;
	int ret;

	if (!strcmp(access->path, "/")) {
		return -EINVAL;
	}
	ret = open_view(access, PERM_WRITE, NOTE_EXISTS, &view);
	if (ret) {
		/* Being gone already is success, as long as the parent is there. */
		return ret == -ENOENT && view.missing_len == view.path_len ? 0 : ret;
	}
	if (access->tx) {
		tx_remove(access->tx, view.at.t);
	} else {
		watch_fire_removal(stored, view.at.node, true);
		node_remove(stored, view.at.node);
	}
	return 0;
}

int access_set_perms(const struct access *access, struct perms *perms)
{
	struct stored *stored = access->connection->stored;
	struct account *account = access->connection->account;
	struct account *payer;
	struct view view;
	int ret = open_view(access, PERM_WRITE | PERM_OWNER, NOTE_EXISTS, &view);

	if (ret) {
		return ret;
	}
	if (!subject_is_privileged(who(access)) &&
	    perms->list[0].domid != view_perms(&view)->list[0].domid) {
		return -EPERM; /* a guest cannot make others pay for its nodes */
	}
	if (!strcmp(access->path, "/") && perms->list[0].domid) {
		return -EINVAL; /* the root must not go when a domain dies */
	}
	if (!quota_allows(stored, account, QUOTA_PERMS, 0, perms->count)) {
		return -ENOSPC;
	}
	perms->since = stored->generation + 1;
	if (access->tx) {
		return tx_set_perms(access->tx, view.at.t, perms);
	}
	payer = account_of(stored, perms->list[0].domid);
	if (!payer) {
		return -ENOMEM;
	}
	node_set_perms(stored, view.at.node, perms, payer);
	watch_fire(stored, view.at.node, perms);
	perms_free(perms);
	return 0;
}
