/* SPDX-License-Identifier: MIT */
/* Channels from their nodes to their ends. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../../dom0-tools/consoled/history.h"
#include "channel_world.h"

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
	sent = world->guest.page.out_prod;
	assert_int_equal(world->guest.page.out_prod - world->guest.page.out_cons,
			 sizeof(world->guest.page.out));
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
	assert_int_equal(world->guest.bound, 1);
	/* the driver goes and comes back */
	send_out(world, "bye", 3);
	front(world, "5");
	expect_state(world, "5");
	assert_int_equal(world->guest.bound, 0);
	assert_int_equal(world->guest.page.out_cons, world->guest.page.out_prod);
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
	assert_int_equal(world->guest.mapped, 0);
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
	assert_int_equal(world->guest.bound, 0);
	expect_state(world, "4");
	send_out(world, "meanwhile", 9);
	back_event(world, "/local/domain/0/backend/console");
	front_event(world);
	assert_int_equal(world->guest.bound, 1);
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
	assert_int_equal(world->guest.attempts, 1);
	put(&world->store, FRONT "/ring-ref", "8");
	put(&world->store, FRONT "/port", "666");
	front(world, "3"); /* no such port */
	expect_state(world, "2");
	assert_int_equal(world->guest.mapped, 0);
	connect_guest(world);
	expect_state(world, "4");
	attempts = world->guest.attempts;
	front(world, "4");
	assert_int_equal(world->guest.attempts, attempts);
	/* indices that make no sense */
	world->guest.page.out_prod = world->guest.page.out_cons + 100000;
	wires_event(&world->wires, 77);
	run(world);
	world->guest.page.in_prod = world->guest.page.in_cons + 100000;
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
	assert_int_equal(world->guest.mapped, 0);
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
		world->guest.page.out_prod = world->guest.page.out_cons + 100000;
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
	assert_int_equal(world->guest.bound, 1);
	world->store.introduced = false;
	channels_look_for_dead(&world->channels);
	assert_int_equal(world->guest.bound, 0);
	drop(&world->store, BACK);
	back_event(world, "/local/domain/0/backend/console/5");
	assert_string_equal(receive(fd), "last words");
	assert_int_not_equal(access(world->path, F_OK), 0);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, channel_setup, channel_teardown)

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
