/* SPDX-License-Identifier: MIT */
/* A guest that does as it likes with the nodes, the ring and the event channel of its channel. Each
 * step of the input is a letter and what belongs to it; the program at the socket is a fake. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../dom0-tools/consoled/channel.h"
#include "../../dom0-tools/consoled/listener.h"

#define BACK "/local/domain/0/backend/console/5/1"
#define FRONT "/local/domain/5/device/console/1"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The nodes that are read or written; those of the guest come from the input. */
struct store {
	char back_state[8];
	char path[80];
	char guests[3][16]; /* state, ring-ref, port */
	bool there;         /* the backend's */
};

static struct store store;
static struct xencons_interface page;
static int mapped, bound;

static const char *node(const char *path)
{
	static const char *const guests[] = {FRONT "/state", FRONT "/ring-ref", FRONT "/port"};
	static const char *const fixed[][2] = {
		{BACK "/type", "xenconsoled"},
		{BACK "/connection", "socket"},
		{BACK "/online", "1"},
	};

	for (int i = 0; i < 3; i++) {
		if (!strcmp(path, guests[i])) {
			return store.guests[i][0] ? store.guests[i] : NULL;
		}
		if (store.there && !strcmp(path, fixed[i][0])) {
			return fixed[i][1];
		}
	}
	if (!store.there) {
		return NULL;
	}
	return !strcmp(path, BACK "/state")  ? store.back_state
	       : !strcmp(path, BACK "/path") ? store.path
					     : NULL;
}

char *store_readf(struct store *s, uint32_t tx, const char *format, ...)
{
	char path[128];
	va_list args;

	(void)s;
	(void)tx;
	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return node(path) ? strdup(node(path)) : NULL;
}

int store_read_number(struct store *s, uint32_t tx, const char *path, uint64_t max,
		      uint64_t *number)
{
	const char *value = node(path);
	char *end;

	(void)s;
	(void)tx;
	if (!value) {
		return -ENOENT;
	}
	*number = strtoull(value, &end, 10);
	return *end || end == value || *number > max ? -EINVAL : 0;
}

int store_write(struct store *s, uint32_t tx, const char *path, const void *value, size_t len)
{
	(void)tx;
	if (!strcmp(path, BACK "/state")) {
		assert(s->there && len == 1 && *(const char *)value > '0');
		s->back_state[0] = *(const char *)value;
	}
	return 0;
}

int store_set_perms(struct store *s, uint32_t tx, const char *path, const struct store_perm *perms,
		    size_t count)
{
	(void)s;
	(void)tx;
	(void)path;
	(void)perms;
	(void)count;
	return 0;
}

int store_transact(struct store *s, int (*body)(struct store *s, uint32_t tx, void *arg), void *arg)
{
	return body(s, 1, arg);
}

char **store_directory(struct store *s, uint32_t tx, const char *path, size_t *count)
{
	(void)s;
	(void)tx;
	(void)path;
	*count = 0;
	return NULL;
}

int store_watch(struct store *s, const char *path, const char *token)
{
	(void)s;
	(void)path;
	(void)token;
	return 0;
}

int store_unwatch(struct store *s, const char *path, const char *token)
{
	return store_watch(s, path, token);
}

int store_is_introduced(struct store *s, uint32_t domid)
{
	(void)domid;
	return s->there;
}

static int map_grant(void *arg, uint16_t domid, uint32_t ref, struct xencons_interface **mapping)
{
	(void)arg;
	(void)domid;
	if (ref % 2) {
		return -EINVAL;
	}
	mapped++;
	*mapping = &page;
	return 0;
}

static void unmap(void *arg, struct xencons_interface *mapping)
{
	(void)arg;
	assert(mapping == &page);
	mapped--;
}

static int bind_port(void *arg, uint16_t domid, uint32_t port)
{
	(void)arg;
	(void)domid;
	if (port % 2) {
		return -EINVAL;
	}
	bound++;
	return 77;
}

static void unbind_port(void *arg, int port)
{
	(void)arg;
	assert(port == 77);
	bound--;
}

static void touch(void *arg, int port)
{
	(void)arg;
	assert(port == 77);
}

static const struct wire_backend backend = {
	NULL, map_grant, unmap, bind_port, unbind_port, touch, touch, NULL,
};

/* -- the end: a program that reads or does not, and has something to say or has not -- */

struct listener {
	bool open, full, talks, wanted;
	void (*typed)(void *arg);
	void *arg;
};

static struct listener end;

struct listener *listener_create(struct loop *loop, const char *path, void (*typed)(void *arg),
				 void *arg)
{
	(void)loop;
	(void)path;
	assert(!end.open);
	end = (struct listener){.open = true, .wanted = true, .typed = typed, .arg = arg};
	return &end;
}

void listener_destroy(struct listener *listener)
{
	assert(listener->open);
	listener->open = false;
}

void listener_write(struct listener *listener, const char *bytes, size_t len)
{
	assert(listener->open && len <= sizeof(page.out) && (len == 0 || bytes[len - 1] == '\0'));
}

bool listener_is_full(const struct listener *listener)
{
	return listener->full;
}

size_t listener_read(struct listener *listener, char *bytes, size_t room)
{
	assert(listener->open && room <= sizeof(page.in));
	if (!listener->talks) {
		return 0;
	}
	memset(bytes, 'x', room);
	return room;
}

void listener_listen(struct listener *listener, bool wanted)
{
	listener->wanted = wanted;
}

static void tell(struct channels *channels, const char *path, const char *token)
{
	char path_copy[96], token_copy[32];
	struct store_event event = {.path = path_copy, .token = token_copy};

	strcpy(path_copy, path);
	strcpy(token_copy, token);
	channels_event(channels, &event);
}

/* Text up to a line's end, as one of the guest's nodes. */
static size_t set_node(char *to, const uint8_t *data, size_t size)
{
	size_t len = 0;

	while (len < size && data[len] != '\n' && len < 15) {
		to[len] = (char)data[len];
		len++;
	}
	to[len] = '\0';
	return len < size && data[len] == '\n' ? len + 1 : len;
}

static size_t set_index(uint32_t *index, const uint8_t *data, size_t size)
{
	if (size < sizeof(*index)) {
		return size;
	}
	memcpy(index, data, sizeof(*index));
	return sizeof(*index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wires wires = {.backend = &backend};
	struct channels channels = {.store = &store, .wires = &wires};

	memset(&page, 0, sizeof(page));
	memset(&store, 0, sizeof(store));
	store.there = true;
	store.back_state[0] = '1';
	strcpy(store.path, "/run/agent");
	wires_init(&wires);
	channels_open(&channels);
	tell(&channels, BACK "/state", "channels");
	for (size_t at = 0, steps = 0; at < size && steps < 64; steps++) {
		const uint8_t *rest = data + at + 1;
		size_t left = size - at - 1;

		switch (data[at++]) {
		case 's':
		case 'r':
		case 'p':
			at += set_node(store.guests[data[at - 1] == 's'   ? 0
						    : data[at - 1] == 'r' ? 1
									  : 2],
				       rest, left);
			tell(&channels, FRONT "/state", "channel-front");
			break;
		case 'o':
			at += set_index(&page.out_prod, rest, left);
			break;
		case 'O':
			at += set_index(&page.out_cons, rest, left);
			break;
		case 'i':
			at += set_index(&page.in_prod, rest, left);
			break;
		case 'I':
			at += set_index(&page.in_cons, rest, left);
			break;
		case 'c':
			end.talks = !end.talks;
			if (end.open && end.wanted) {
				end.typed(end.arg);
			}
			break;
		case 'h':
			end.full = !end.full;
			break;
		case 't':
			wires_tick(&wires);
			break;
		case 'b':
			store.back_state[0] = '5';
			tell(&channels, BACK "/state", "channels");
			break;
		case 'd':
			store.there = !store.there;
			channels_look_for_dead(&channels);
			tell(&channels, BACK, "channels");
			break;
		default:
			break;
		}
		wires_event(&wires, 77);
		for (int i = 0; i < 4; i++) {
			wires_run(&wires);
		}
	}
	channels_close(&channels);
	assert(mapped == 0 && bound == 0 && !end.open);
	return 0;
}
