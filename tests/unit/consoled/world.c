/* SPDX-License-Identifier: MIT */
/* A store of one domain, its page, and what its guest and its readers do. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- a store of one domain -- */

static const char *field_of(struct store *store, const char *path)
{
	static const struct {
		const char *path;
		size_t offset;
	} fields[] = {
		{"/local/domain/5/name", offsetof(struct store, name)},
		{"/local/domain/5/console/ring-ref", offsetof(struct store, ring_ref)},
		{"/local/domain/5/console/port", offsetof(struct store, port)},
		{"/local/domain/5/console/type", offsetof(struct store, type)},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!strcmp(fields[i].path, path)) {
			return (char *)store + fields[i].offset;
		}
	}
	return "";
}

char *store_readf(struct store *store, uint32_t tx, const char *format, ...)
{
	char path[128];
	va_list args;

	(void)tx;
	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return *field_of(store, path) ? strdup(field_of(store, path)) : NULL;
}

int store_read_number(struct store *store, uint32_t tx, const char *path, uint64_t max,
		      uint64_t *number)
{
	(void)tx;
	(void)max;
	*number = strtoull(field_of(store, path), NULL, 10);
	return *field_of(store, path) ? 0 : -ENOENT;
}

int store_write(struct store *store, uint32_t tx, const char *path, const void *value, size_t len)
{
	(void)tx;
	assert_string_equal(path, "/local/domain/5/console/tty");
	assert_true(len < sizeof(store->tty));
	memcpy(store->tty, value, len);
	store->tty[len] = '\0';
	return 0;
}

char **store_directory(struct store *store, uint32_t tx, const char *path, size_t *count)
{
	char **list = malloc(2 * sizeof(char *) + 4);

	(void)tx;
	assert_string_equal(path, "/local/domain");
	list[0] = strcpy((char *)(list + 2), "0");
	list[1] = strcpy((char *)(list + 2) + 2, "5");
	*count = store->introduced ? 2 : 1;
	return list;
}

int store_watch(struct store *store, const char *path, const char *token)
{
	assert_string_equal(path, "/local/domain/5/console");
	assert_string_equal(token, "5");
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

int world_setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	strcpy(world->store.name, "web");
	strcpy(world->store.ring_ref, "1234");
	strcpy(world->store.port, "2");
	strcpy(world->store.type, "xenconsoled");
	world->store.introduced = true;
	strcpy(world->folder, "/tmp/consoled-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	world->loop = loop_create();
	world->backend = fake_guest_backend(&world->guest);
	world->guests.store = &world->store;
	world->guests.terminals = terminals_create(world->loop);
	wires_init(&world->wires);
	world->wires.backend = &world->backend;
	world->guests.wires = &world->wires;
	world->guests.log = true;
	world->guests.log_options.folder = world->folder;
	TAILQ_INIT(&world->guests.all);
	*state = world;
	return 0;
}

int world_teardown(void **state)
{
	struct world *world = *state;
	char command[64];

	guests_close(&world->guests);
	terminals_destroy(world->guests.terminals);
	loop_destroy(world->loop);
	assert_int_equal(world->guest.mapped, 0);
	assert_int_equal(world->guest.bound, 0);
	snprintf(command, sizeof(command), "rm -r %s", world->folder);
	assert_int_equal(system(command), 0);
	free(world);
	return 0;
}

struct guest *connect_guest(struct world *world)
{
	struct guest *guest;

	guests_look_for_new(&world->guests);
	guest = guest_find(&world->guests, 5);
	assert_non_null(guest);
	guest_update(guest);
	return guest;
}

size_t print(struct world *world, const char *text, size_t len)
{
	size_t done = fake_guest_print(&world->guest, text, len);

	wires_event(&world->wires, FAKE_PORT);
	return done;
}

void run(struct world *world)
{
	while (wires_run(&world->wires)) {
	}
	loop_wait(world->loop, 0);
}

void say(struct world *world, const char *text)
{
	assert_int_equal(print(world, text, strlen(text)), strlen(text));
	run(world);
}

const char *log_text(struct world *world, const char *file)
{
	static char text[100000];
	char path[96];
	int fd;
	ssize_t len;

	snprintf(path, sizeof(path), "%s/%s", world->folder, file);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len] = '\0';
	return text;
}

int open_tty(struct world *world)
{
	int fd = open(world->store.tty, O_RDWR | O_NOCTTY | O_NONBLOCK);

	assert_true(fd >= 0);
	loop_wait(world->loop, 1000); /* the notice */
	loop_wait(world->loop, 0);
	return fd;
}

const char *read_tty(int fd)
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
