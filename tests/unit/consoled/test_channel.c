/* SPDX-License-Identifier: MIT */
/* Channels from their nodes to their ends, with a guest that keeps to the protocol or does not. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/consoled/channel.h"
#include "../../../dom0-tools/consoled/history.h"

#define BACK "/local/domain/0/backend/console/5/1"
#define FRONT "/local/domain/5/device/console/1"

/* -- a store: paths with values -- */

#define MAX_NODES 64

struct store {
	struct {
		char path[96];
		char value[160];
		bool is_dom0s;
	} nodes[MAX_NODES];
	unsigned int watches;
	bool introduced;
	unsigned int writes;
};

static int slot_of(const struct store *store, const char *path)
{
	for (int i = 0; i < MAX_NODES; i++) {
		if (!strcmp(store->nodes[i].path, path)) {
			return i;
		}
	}
	return -1;
}

static void put(struct store *store, const char *path, const char *value)
{
	int slot = slot_of(store, path);

	slot = slot < 0 ? slot_of(store, "") : slot;
	assert_true(slot >= 0);
	snprintf(store->nodes[slot].path, sizeof(store->nodes[slot].path), "%s", path);
	snprintf(store->nodes[slot].value, sizeof(store->nodes[slot].value), "%s", value);
}

static const char *get(const struct store *store, const char *path)
{
	int slot = slot_of(store, path);

	return slot < 0 ? "" : store->nodes[slot].value;
}

static void drop(struct store *store, const char *below)
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

struct world {
	struct store store;
	struct loop *loop;
	struct wires wires;
	struct channels channels;
	struct wire_backend backend;
	struct xencons_interface page;
	char folder[32];
	char path[64]; /* of a socket */
	int mapped, bound, notified, unmasked, attempts;
};

static int fake_map_grant(void *arg, uint16_t domid, uint32_t ref, struct xencons_interface **page)
{
	struct world *world = arg;

	assert_int_equal(domid, 5);
	world->attempts++;
	if (ref != 8) {
		return -EINVAL;
	}
	world->mapped++;
	*page = &world->page;
	return 0;
}

static void fake_unmap(void *arg, struct xencons_interface *page)
{
	struct world *world = arg;

	assert_ptr_equal(page, &world->page);
	world->mapped--;
}

static int fake_bind(void *arg, uint16_t domid, uint32_t port)
{
	(void)domid;
	if (port != 9) {
		return -EINVAL;
	}
	((struct world *)arg)->bound++;
	return 77;
}

static void fake_unbind(void *arg, int port)
{
	assert_int_equal(port, 77);
	((struct world *)arg)->bound--;
}

static void fake_notify(void *arg, int port)
{
	(void)port;
	((struct world *)arg)->notified++;
}

static void fake_unmask(void *arg, int port)
{
	(void)port;
	((struct world *)arg)->unmasked++;
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	strcpy(world->folder, "/tmp/channel-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	snprintf(world->path, sizeof(world->path), "%s/agent", world->folder);
	world->store.introduced = true;
	world->loop = loop_create();
	world->backend = (struct wire_backend){
		NULL,        fake_map_grant, fake_unmap,  fake_bind,
		fake_unbind, fake_notify,    fake_unmask, world,
	};
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

static int teardown(void **state)
{
	struct world *world = *state;
	char command[64];

	channels_close(&world->channels);
	terminals_destroy(world->channels.terminals);
	loop_destroy(world->loop);
	assert_int_equal(world->mapped, 0);
	assert_int_equal(world->bound, 0);
	assert_int_equal(world->store.watches, 1);
	assert_int_not_equal(access(world->path, F_OK), 0);
	snprintf(command, sizeof(command), "rm -r %s", world->folder);
	assert_int_equal(system(command), 0);
	free(world);
	return 0;
}

static void back_event(struct world *world, const char *path)
{
	char copy[96], token[] = "channels";
	struct store_event event = {.path = copy, .token = token};

	snprintf(copy, sizeof(copy), "%s", path);
	assert_true(channels_event(&world->channels, &event));
}

static void front_event(struct world *world)
{
	char path[] = FRONT "/state", token[] = "channel-front";
	struct store_event event = {.path = path, .token = token};

	assert_true(channels_event(&world->channels, &event));
}

/* The guest says where it stands. */
static void front(struct world *world, const char *state)
{
	put(&world->store, FRONT "/state", state);
	front_event(world);
}

/* What axl writes. */
static void make_nodes(struct world *world, bool socket)
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
static void connect_guest(struct world *world)
{
	put(&world->store, FRONT "/ring-ref", "8");
	put(&world->store, FRONT "/port", "9");
	front(world, "3");
}

static void run(struct world *world)
{
	for (int i = 0; i < 4; i++) {
		while (wires_run(&world->wires)) {
		}
		loop_wait(world->loop, 0);
	}
}

static size_t send_out(struct world *world, const char *text, size_t len)
{
	struct xencons_interface *page = &world->page;
	size_t done = 0;

	while (done < len && page->out_prod - page->out_cons < sizeof(page->out)) {
		page->out[MASK_XENCONS_IDX(page->out_prod, page->out)] = text[done++];
		page->out_prod++;
	}
	wires_event(&world->wires, 77);
	return done;
}

/* What the guest reads. */
static const char *take_in(struct world *world)
{
	static char text[4096];
	struct xencons_interface *page = &world->page;
	size_t len = 0;

	while (page->in_cons != page->in_prod) {
		text[len++] = page->in[MASK_XENCONS_IDX(page->in_cons, page->in)];
		page->in_cons++;
	}
	text[len] = '\0';
	wires_event(&world->wires, 77);
	return text;
}

/* A terminal's bytes take their time: so many are on their way to the guest. */
static const char *await_in(struct world *world, size_t len)
{
	while (world->page.in_prod - world->page.in_cons < len) {
		loop_wait(world->loop, 10000);
	}
	return take_in(world);
}

static int connect_client(struct world *world)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, world->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static const char *receive(int fd)
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

static void expect_state(struct world *world, const char *state)
{
	assert_string_equal(get(&world->store, BACK "/state"), state);
}

/* -- tests -- */

static void test_pty(void **state)
{
	struct world *world = *state;
	int fd;

	make_nodes(world, false);
	expect_state(world, "2");
	fd = open(get(&world->store, FRONT "/tty"), O_RDWR | O_NOCTTY | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_true(world->store.nodes[slot_of(&world->store, FRONT "/tty")].is_dom0s);
	assert_string_equal(get(&world->store, BACK "/tty"), get(&world->store, FRONT "/tty"));
	run(world);
	assert_int_equal(write(fd, "early", 5), 5); /* nobody there to read it yet */
	run(world);
	connect_guest(world);
	expect_state(world, "4");
	run(world);
	assert_string_equal(await_in(world, 5), "early");
	send_out(world, "hello", 5);
	run(world);
	assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 10000), 1);
	assert_string_equal(receive(fd), "hello");
	assert_int_equal(write(fd, "you", 3), 3);
	run(world);
	assert_string_equal(await_in(world, 3), "you");
	close(fd);
}

static void test_socket(void **state)
{
	struct world *world = *state;
	struct stat there;
	int fd, second;

	make_nodes(world, true);
	expect_state(world, "2");
	assert_int_equal(stat(world->path, &there), 0);
	assert_int_equal(there.st_mode & 0777, 0600);
	connect_guest(world);
	expect_state(world, "4");
	send_out(world, "nobody hears this", 17);
	run(world);
	fd = connect_client(world);
	second = connect_client(world);
	assert_int_equal(write(second, "second", 6), 6);
	run(world);
	send_out(world, "one", 3);
	assert_int_equal(write(fd, "two", 3), 3);
	run(world);
	assert_string_equal(receive(fd), "one");
	assert_string_equal(take_in(world), "two");
	assert_int_equal(write(fd, "last", 4), 4);
	close(fd);
	run(world);
	run(world);
	assert_string_equal(take_in(world), "lastsecond");
	send_out(world, "three", 5);
	run(world);
	assert_string_equal(receive(second), "three");
	/* half closed: it still reads */
	shutdown(second, SHUT_WR);
	run(world);
	send_out(world, "four", 4);
	run(world);
	assert_string_equal(receive(second), "four");
	close(second);
	run(world);
	fd = connect_client(world);
	run(world);
	send_out(world, "five", 4);
	run(world);
	assert_string_equal(receive(fd), "five");
	close(fd);
}

/* More than the guest has room for, from a client that does not stay. */
static void test_client_leaves_with_much_unread(void **state)
{
	struct world *world = *state;
	char much[5000];
	size_t got = 0;
	int fd;

	memset(much, 'x', sizeof(much));
	make_nodes(world, true);
	fd = connect_client(world);
	assert_int_equal(write(fd, much, sizeof(much)), sizeof(much));
	close(fd);
	run(world);
	connect_guest(world);
	for (int i = 0; i < 20; i++) {
		run(world);
		got += strlen(take_in(world));
	}
	assert_int_equal(got, sizeof(much));
	fd = connect_client(world);
	run(world);
	send_out(world, "next", 4);
	run(world);
	assert_string_equal(receive(fd), "next");
	close(fd);
}

/* A client that does not read holds the guest up; nothing is lost. */
static void test_slow_client(void **state)
{
	struct world *world = *state;
	size_t sent = 0, got = 0;
	int fd, size = 4096;

	make_nodes(world, true);
	connect_guest(world);
	fd = connect_client(world);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	run(world);
	for (int i = 0; i < 1000; i++) {
		while (send_out(world, "0123456789abcdef", 16)) {
		}
		run(world);
		wires_tick(&world->wires);
	}
	sent = world->page.out_prod;
	assert_int_equal(world->page.out_prod - world->page.out_cons, sizeof(world->page.out));
	for (int i = 0; i < 10000 && got < sent; i++) {
		got += strlen(receive(fd));
		run(world);
		wires_tick(&world->wires);
	}
	assert_int_equal(got, sent);
	close(fd);
}

static void test_paths(void **state)
{
	struct world *world = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char error[] = "/local/domain/0/error/backend/console/5/1/error";
	int fd = open(world->path, O_CREAT | O_WRONLY, 0600);

	/* a file is left alone */
	close(fd);
	make_nodes(world, true);
	expect_state(world, "6");
	assert_non_null(strstr(get(&world->store, error), "no socket is there"));
	assert_int_equal(access(world->path, F_OK), 0);
	unlink(world->path);
	/* somebody listens */
	strcpy(address.sun_path, world->path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	make_nodes(world, true);
	expect_state(world, "6");
	assert_non_null(strstr(get(&world->store, error), "another program listens there"));
	/* nobody does any more */
	close(fd);
	make_nodes(world, true);
	expect_state(world, "2");
	/* somebody has put another file there: not ours to remove */
	unlink(world->path);
	fd = open(world->path, O_CREAT | O_WRONLY, 0600);
	drop(&world->store, BACK);
	back_event(world, "/local/domain/0/backend/console/5");
	assert_int_equal(access(world->path, F_OK), 0);
	close(fd);
	unlink(world->path);
	strcpy(world->path, "/nowhere/at/all");
	make_nodes(world, true);
	expect_state(world, "6");
	assert_non_null(strstr(get(&world->store, error), "there is no such folder"));
	strcpy(world->path, "relative");
	make_nodes(world, true);
	expect_state(world, "6");
	put(&world->store, BACK "/connection", "carrier pigeon");
	put(&world->store, BACK "/state", "1");
	back_event(world, BACK);
	expect_state(world, "6");
	memset(world->path, 'x', sizeof(world->path) - 1);
}

static void test_states(void **state)
{
	struct world *world = *state;

	make_nodes(world, false);
	connect_guest(world);
	front(world, "4");
	expect_state(world, "4");
	assert_int_equal(world->bound, 1);
	/* the driver goes and comes back */
	send_out(world, "bye", 3);
	front(world, "5");
	expect_state(world, "5");
	assert_int_equal(world->bound, 0);
	assert_int_equal(world->page.out_cons, world->page.out_prod);
	front(world, "6");
	expect_state(world, "6");
	front(world, "1");
	expect_state(world, "2");
	connect_guest(world);
	expect_state(world, "4");
	/* the toolstack takes it away */
	put(&world->store, BACK "/online", "0");
	put(&world->store, BACK "/state", "5");
	back_event(world, BACK "/state");
	assert_int_equal(world->mapped, 0);
	expect_state(world, "5");
	front(world, "6");
	expect_state(world, "6");
	drop(&world->store, BACK);
	back_event(world, BACK);
	assert_int_equal(slot_of(&world->store, BACK "/state"), -1);
	assert_int_equal(world->store.watches, 1);
}

static void test_next_daemon(void **state)
{
	struct world *world = *state;
	int fd;

	make_nodes(world, true);
	connect_guest(world);
	front(world, "4");
	channels_close(&world->channels);
	assert_int_equal(world->bound, 0);
	expect_state(world, "4");
	send_out(world, "meanwhile", 9);
	back_event(world, "/local/domain/0/backend/console");
	front_event(world);
	assert_int_equal(world->bound, 1);
	expect_state(world, "4");
	fd = connect_client(world);
	run(world);
	send_out(world, "again", 5);
	run(world);
	assert_non_null(strstr(receive(fd), "again"));
	close(fd);
}

static void test_lying_guest(void **state)
{
	struct world *world = *state;
	unsigned int writes;
	int attempts;

	make_nodes(world, false);
	front(world, "3"); /* neither ring nor port */
	expect_state(world, "2");
	put(&world->store, FRONT "/ring-ref", "7");
	put(&world->store, FRONT "/port", "nine");
	front(world, "3");
	put(&world->store, FRONT "/port", "9");
	front(world, "3"); /* no such grant */
	assert_int_equal(world->attempts, 1);
	put(&world->store, FRONT "/ring-ref", "8");
	put(&world->store, FRONT "/port", "10");
	front(world, "3"); /* no such port */
	expect_state(world, "2");
	assert_int_equal(world->mapped, 0);
	connect_guest(world);
	expect_state(world, "4");
	attempts = world->attempts;
	front(world, "4");
	assert_int_equal(world->attempts, attempts);
	/* indices that make no sense */
	world->page.out_prod = world->page.out_cons + 100000;
	wires_event(&world->wires, 77);
	run(world);
	world->page.in_prod = world->page.in_cons + 100000;
	wires_event(&world->wires, 77);
	run(world);
	/* states that make none */
	writes = world->store.writes;
	front(world, "4");
	assert_int_equal(world->store.writes, writes);
	front(world, "999999999999");
	expect_state(world, "6");
	front(world, "");
	expect_state(world, "6");
	/* it removes its nodes */
	drop(&world->store, FRONT);
	front_event(world);
	expect_state(world, "6");
	assert_int_equal(world->mapped, 0);
}

/* However often a guest errs, the log has a line for each way to do it. */
static void test_log_is_not_filled(void **state)
{
	struct world *world = *state;
	int old = dup(STDERR_FILENO), lines = 0, c;
	char path[64];
	FILE *log;

	snprintf(path, sizeof(path), "%s/log", world->folder);
	assert_non_null(freopen(path, "w", stderr));
	make_nodes(world, false);
	for (int i = 0; i < 10; i++) {
		put(&world->store, FRONT "/ring-ref", "7");
		put(&world->store, FRONT "/port", "9");
		front(world, "3");
		connect_guest(world);
		world->page.out_prod = world->page.out_cons + 100000;
		wires_event(&world->wires, 77);
		run(world);
		front(world, "1");
	}
	fflush(stderr);
	dup2(old, STDERR_FILENO);
	close(old);
	log = fopen(path, "r");
	while ((c = fgetc(log)) != EOF) {
		lines += c == '\n';
	}
	fclose(log);
	assert_int_equal(lines, 2);
}

static void test_not_ours(void **state)
{
	struct world *world = *state;
	struct store *store = &world->store;
	char path[] = "/local/domain/5/console", token[] = "5";
	struct store_event event = {.path = path, .token = token};

	/* a device model's, as xl writes them, and the primary console's */
	put(store, BACK "/connection", "pty");
	put(store, BACK "/state", "1");
	put(store, "/local/domain/0/backend/console/5/0/type", "xenconsoled");
	put(store, "/local/domain/0/backend/console/5/0/state", "1");
	put(store, "/local/domain/0/backend/console/99999/1/type", "xenconsoled");
	put(store, "/local/domain/0/backend/console/99999/1/state", "1");
	back_event(world, "/local/domain/0/backend/console");
	assert_int_equal(store->writes, 0);
	assert_int_equal(store->watches, 1);
	assert_false(channels_event(&world->channels, &event));
}

static void test_death(void **state)
{
	struct world *world = *state;
	int fd;

	make_nodes(world, true);
	connect_guest(world);
	fd = connect_client(world);
	run(world);
	send_out(world, "last words", 10);
	channels_look_for_dead(&world->channels);
	assert_int_equal(world->bound, 1);
	world->store.introduced = false;
	channels_look_for_dead(&world->channels);
	assert_int_equal(world->bound, 0);
	drop(&world->store, BACK);
	back_event(world, "/local/domain/0/backend/console/5");
	assert_string_equal(receive(fd), "last words");
	assert_int_not_equal(access(world->path, F_OK), 0);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pty),
		TEST(test_socket),
		TEST(test_client_leaves_with_much_unread),
		TEST(test_slow_client),
		TEST(test_paths),
		TEST(test_states),
		TEST(test_next_daemon),
		TEST(test_lying_guest),
		TEST(test_log_is_not_filled),
		TEST(test_not_ours),
		TEST(test_death),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
