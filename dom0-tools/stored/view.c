/* SPDX-License-Identifier: MIT */
/* Looking through a transaction at the store. */
#include "view.h"

#include <string.h>

static bool spot_exists(const struct spot *spot)
{
	return spot->t && spot->t->own ? spot->t->exists : spot->node != NULL;
}

static struct tx_node *tx_child(const struct tx_node *t, const char *name, size_t len)
{
	return (struct tx_node *)names_find(&t->children, name, len);
}

void view_open(const struct stored *stored, struct transaction *tx, const char *path,
	       struct view *view)
{
	const char *name = path;
	struct spot next;
	size_t len;

	*view = (struct view){.tx = tx, .path = path, .path_len = strlen(path)};
	view->at.node = stored->root;
	view->at.t = tx ? tx->root : NULL;
	view->at_len = 1; /* "/" */
	while (*name == '/' && name[1]) {
		name++;
		len = strcspn(name, "/");
		next.node = view->at.node ? node_child(view->at.node, name, len) : NULL;
		next.t = view->at.t ? tx_child(view->at.t, name, len) : NULL;
		if (next.t && next.t->own) {
			next.node = NULL;
		}
		if (!spot_exists(&next)) {
			view->missing_len = (size_t)(name - path) + len;
			view->missing_is_own = (next.t && next.t->own) ||
					       (view->at.t && view->at.t->own);
			return;
		}
		view->at = next;
		name += len;
		view->at_len = (size_t)(name - path);
	}
	view->exists = true;
}

const struct perms *view_perms(const struct view *view)
{
	return view->at.t && view->at.t->has_perms ? &view->at.t->perms : &view->at.node->perms;
}

const char *view_value(const struct view *view, size_t *len)
{
	if (view->at.t && view->at.t->has_value) {
		*len = view->at.t->value_len;
		return view->at.t->value;
	}
	*len = view->at.node->value_len;
	return view->at.node->value;
}

size_t view_child_bytes(const struct view *view)
{
	ssize_t bytes = view->at.node ? (ssize_t)view->at.node->children.bytes : 0;

	if (view->at.t) {
		bytes += view->at.t->child_bytes;
	}
	return bytes > 0 ? (size_t)bytes : 0; /* < 0: others removed some of them as well */
}

uint64_t view_listing(const struct view *view)
{
	if (view->at.t && view->at.t->listed) {
		return view->at.t->listed;
	}
	return view->at.node->children_changed;
}

void view_children(const struct view *view, bool (*each)(const char *name, void *arg), void *arg)
{
	static const struct names none;
	const struct names *store = view->at.node ? &view->at.node->children : &none;
	const struct names *own = view->at.t ? &view->at.t->children : &none;
	unsigned int s = 0, o = 0;

	while (s < store->count || o < own->count) {
		const struct tx_node *t = o < own->count ? (void *)own->items[o] : NULL;
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what counts has items */
		const char *name = s < store->count ? store->items[s]->name : NULL;
		int order = !t ? -1 : !name ? 1 : strcmp(name, t->named.name);
		bool shown = order <= 0; /* as far as the store goes */

		s += order <= 0;
		if (order >= 0) {
			o++;
			name = t->named.name;
			shown = t->own ? t->exists : shown;
		}
		if (shown && !each(name, arg)) {
			return;
		}
	}
}

int view_note(struct view *view, unsigned int notes)
{
	struct tx_node *t;
	int error;

	if (!view->tx) {
		return 0;
	}
	t = tx_touch(view->tx, view->path, view->at_len, &error);
	if (!t) {
		return error;
	}
	view->at.t = t;
	tx_note(view->tx, t, view->at.node, view->exists ? notes : NOTE_PERMS);
	if (!view->exists && !view->missing_is_own) {
		t = tx_touch(view->tx, view->path, view->missing_len, &error);
		if (!t) {
			return error;
		}
		tx_note(view->tx, t, NULL, NOTE_EXISTS);
	}
	return 0;
}
