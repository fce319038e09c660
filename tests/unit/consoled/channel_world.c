/* SPDX-License-Identifier: MIT */
/* A store of any paths, and what a channel's guest and client do. */
#include "channel_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* -- a store: paths with values -- */

int slot_of(const struct store *store, const char *path)
{
	for (int i = 0; i < MAX_NODES; i++) {
		if (!strcmp(store->nodes[i].path, path)) {
			return i;
		}
	}
	return -1;
}

void put(struct store *store, const char *path, const char *value)
{
	int slot = slot_of(store, path);

	slot = slot < 0 ? slot_of(store, "") : slot;
	assert_true(slot >= 0);
	snprintf(store->nodes[slot].path, sizeof(store->nodes[slot].path), "%s", path);
	snprintf(store->nodes[slot].value, sizeof(store->nodes[slot].value), "%s", value);
}

const char *get(const struct store *store, const char *path)
{
	int slot = slot_of(store, path);

	return slot < 0 ? "" : store->nodes[slot].value;
}

void drop(struct store *store, const char *below)
{
	for (int i = 0; i < MAX_NODES; i++) {
		if (!strncmp(store->nodes[i].path, below, strlen(below))) {
			store->nodes[i].path[0] = '\0';
			store->nodes[i].is_dom0s = false;
		}
	}
}

char *store_readf(struct store *store, uint32_t tx, const char *format, ...)
{
	char path[128];
	va_list args;
	int slot;

	(void)tx;
	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	slot = slot_of(store, path);
	return slot < 0 ? NULL : strdup(store->nodes[slot].value);
}

int store_read_number(struct store *store, uint32_t tx, const char *path, uint64_t max,
		      uint64_t *number)
{
	int slot = slot_of(store, path);
	char *end;

	(void)tx;
	if (slot < 0) {
		return -ENOENT;
	}
	*number = strtoull(store->nodes[slot].value, &end, 10);
	return *end || end == store->nodes[slot].value || *number > max ? -EINVAL : 0;
}

int store_write(struct store *store, uint32_t tx, const char *path, const void *value, size_t len)
{
	char text[160];

	(void)tx;
	snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)value);
	put(store, path, text);
	store->writes++;
	return 0;
}

int store_set_perms(struct store *store, uint32_t tx, const char *path,
		    const struct store_perm *perms, size_t count)
{
	(void)tx;
	assert_int_equal(count, 2);
	store->nodes[slot_of(store, path)].is_dom0s =
		perms[0].domid == 0 && perms[0].bits == STORE_PERM_NONE && perms[1].domid == 5 &&
		perms[1].bits == STORE_PERM_READ;
	return 0;
}

int store_transact(struct store *store, int (*body)(struct store *store, uint32_t tx, void *arg),
		   void *arg)
{
	return body(store, 1, arg);
}

/* What stands at the level below, each once. */
char **store_directory(struct store *store, uint32_t tx, const char *path, size_t *count)
{
	char **list = calloc(1, MAX_NODES * (sizeof(char *) + 32));
	char *text = (char *)(list + MAX_NODES);
	size_t len = strlen(path);

	(void)tx;
	*count = 0;
	for (int i = 0; i < MAX_NODES; i++) {
		const char *node = store->nodes[i].path;
		bool seen = strncmp(node, path, len) != 0 || node[len] != '/';

		if (!seen) {
			snprintf(text, 32, "%.*s", (int)strcspn(node + len + 1, "/"),
				 node + len + 1);
		}
		for (size_t s = 0; !seen && s < *count; s++) {
			seen = !strcmp(list[s], text);
		}
		if (!seen) {
			list[(*count)++] = text;
			text += 32;
		}
	}
	return list;
}

int store_watch(struct store *store, const char *path, const char *token)
{
	(void)path;
	(void)token;
	store->watches++;
	return 0;
}

int store_unwatch(struct store *store, const char *path, const char *token)
{
	(void)path;
	(void)token;
	store->watches--;
	return 0;
}

int store_is_introduced(struct store *store, uint32_t domid)
{
	return domid == 5 && store->introduced;
}

/* -- a guest -- */

int channel_setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	strcpy(world->folder, "/tmp/channel-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	snprintf(world->path, sizeof(world->path), "%s/agent", world->folder);
	world->store.introduced = true;
	world->loop = loop_create();
	world->backend = fake_guest_backend(&world->guest);
	wires_init(&world->wires);
	world->wires.backend = &world->backend;
	world->channels.store = &world->store;
	world->channels.terminals = terminals_create(world->loop);
	world->channels.loop = world->loop;
	world->channels.wires = &world->wires;
	assert_int_equal(channels_open(&world->channels), 0);
	*state = world;
	return 0;
}

int channel_teardown(void **state)
{
	struct world *world = *state;
	char command[64];

	channels_close(&world->channels);
	terminals_destroy(world->channels.terminals);
	loop_destroy(world->loop);
	assert_int_equal(world->guest.mapped, 0);
	assert_int_equal(world->guest.bound, 0);
	assert_int_equal(world->store.watches, 1);
	assert_int_not_equal(access(world->path, F_OK), 0);
	snprintf(command, sizeof(command), "rm -r %s", world->folder);
	assert_int_equal(system(command), 0);
	free(world);
	return 0;
}

void back_event(struct world *world, const char *path)
{
	char copy[96], token[] = "channels";
	struct store_event event = {.path = copy, .token = token};

	snprintf(copy, sizeof(copy), "%s", path);
	assert_true(channels_event(&world->channels, &event));
}

void front_event(struct world *world)
{
	char path[] = FRONT "/state", token[] = "channel-front";
	struct store_event event = {.path = path, .token = token};

	assert_true(channels_event(&world->channels, &event));
}

/* The guest says where it stands. */
void front(struct world *world, const char *state)
{
	put(&world->store, FRONT "/state", state);
	front_event(world);
}

/* What axl writes. */
void make_nodes(struct world *world, bool socket)
{
	struct store *store = &world->store;

	put(store, BACK "/frontend", FRONT);
	put(store, BACK "/online", "1");
	put(store, BACK "/type", "xenconsoled");
	put(store, BACK "/state", "1");
	put(store, BACK "/connection", socket ? "socket" : "pty");
	put(store, FRONT "/state", "1");
	if (socket) {
		put(store, BACK "/path", world->path);
	}
	back_event(world, BACK "/state");
}

/* … and the guest, once it has booted. */
void connect_guest(struct world *world)
{
	put(&world->store, FRONT "/ring-ref", "8");
	put(&world->store, FRONT "/port", "9");
	front(world, "3");
}

void run(struct world *world)
{
	for (int i = 0; i < 4; i++) {
		while (wires_run(&world->wires)) {
		}
		loop_wait(world->loop, 0);
	}
}

size_t send_out(struct world *world, const char *text, size_t len)
{
	size_t done = fake_guest_print(&world->guest, text, len);

	wires_event(&world->wires, FAKE_PORT);
	return done;
}

/* What the guest reads. */
const char *take_in(struct world *world)
{
	static char text[4096];
	struct xencons_interface *page = &world->guest.page;
	size_t len = 0;

	while (page->in_cons != page->in_prod) {
		text[len++] = page->in[MASK_XENCONS_IDX(page->in_cons, page->in)];
		page->in_cons++;
	}
	text[len] = '\0';
	wires_event(&world->wires, FAKE_PORT);
	return text;
}

/* A terminal's bytes take their time: so many are on their way to the guest. */
const char *await_in(struct world *world, size_t len)
{
	while (world->guest.page.in_prod - world->guest.page.in_cons < len) {
		loop_wait(world->loop, 10000);
	}
	return take_in(world);
}

int connect_client(struct world *world)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, world->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

const char *receive(int fd)
{
	static char text[65536];
	size_t len = 0;
	ssize_t got;

	while ((got = read(fd, text + len, sizeof(text) - 1 - len)) > 0) {
		len += (size_t)got;
	}
	text[len] = '\0';
	return text;
}

void expect_state(struct world *world, const char *state)
{
	assert_string_equal(get(&world->store, BACK "/state"), state);
}
