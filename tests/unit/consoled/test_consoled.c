/* SPDX-License-Identifier: MIT */
/* A console from ring to log and terminal. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "../../../dom0-tools/consoled/history.h"
#include "world.h"

static void test_log_from_the_first_byte(void **state)
{
	struct world *world = *state;

	print(world, "before anybody came\n", 20); /* no event reaches us */
	connect_guest(world);
	run(world);
	say(world, "then\n");
	assert_string_equal(log_text(world, "guest-web.log"), "before anybody came\nthen\n");
	assert_true(world->guest.notified >= 2);
	assert_true(world->guest.unmasked >= 1);
}

static void test_connects_when_nodes_are_there(void **state)
{
	struct world *world = *state;
	struct guest *guest;

	world->store.ring_ref[0] = '\0';
	guest = connect_guest(world);
	assert_int_equal(world->guest.mapped, 0);
	strcpy(world->store.ring_ref, "1234");
	strcpy(world->store.type, "ioemu");
	guest_update(guest);
	assert_int_equal(world->guest.mapped, 0);
	strcpy(world->store.type, "xenconsoled");
	strcpy(world->store.port, "666");
	guest_update(guest);
	assert_int_equal(world->guest.mapped, 0);
	strcpy(world->store.port, "2");
	guest_update(guest);
	assert_int_equal(world->guest.mapped, 1);
	guest_update(guest); /* nothing new */
	assert_int_equal(world->guest.mapped, 1);
	strcpy(world->store.port, "3");
	guest_update(guest);
	assert_int_equal(world->guest.bound, 1);
	assert_int_equal(world->store.watches, 1);
	guests_look_for_new(&world->guests);
	assert_int_equal(world->store.watches, 1);
}

static void test_names_cannot_leave_the_folder(void **state)
{
	struct world *world = *state;

	strcpy(world->store.name, "../../etc/x");
	connect_guest(world);
	say(world, "x\n");
	assert_string_equal(log_text(world, "guest-.._.._etc_x.log"), "x\n");
}

static void test_timestamps_and_escapes(void **state)
{
	struct world *world = *state;
	const char *text;

	world->guests.log_options.timestamps = true;
	world->guests.log_options.replace_escape = true;
	connect_guest(world);
	say(world, "one\ntw");
	say(world, "o\n\033[31mred");
	text = log_text(world, "guest-web.log");
	assert_int_equal(text[0], '[');
	assert_memory_equal(text + 22, "one\n[", 5);
	assert_memory_equal(text + 26 + 22, "two\n[", 5);
	assert_string_equal(text + 26 + 26 + 22, ".[31mred");
}

static void test_rotation(void **state)
{
	struct world *world = *state;

	world->guests.log_options.max_size = 10;
	connect_guest(world);
	say(world, "0123456789\n");
	say(world, "next\n");
	assert_string_equal(log_text(world, "guest-web.log.1"), "0123456789\n");
	assert_string_equal(log_text(world, "guest-web.log"), "next\n");
}

/* The daemon's user may not be let through to the folder that was opened before. */
static void test_folder_that_is_open(void **state)
{
	struct world *world = *state;

	world->guests.log_options.folder_fd = open(world->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(world->guests.log_options.folder_fd > 0);
	world->guests.log_options.folder = "/no way";
	world->guests.log_options.max_size = 10;
	connect_guest(world);
	say(world, "0123456789\n");
	say(world, "next\n");
	assert_string_equal(log_text(world, "guest-web.log.1"), "0123456789\n");
	assert_string_equal(log_text(world, "guest-web.log"), "next\n");
	close(world->guests.log_options.folder_fd);
}

static void test_reopen(void **state)
{
	struct world *world = *state;
	char from[64], to[64];

	connect_guest(world);
	say(world, "old\n");
	snprintf(from, sizeof(from), "%s/guest-web.log", world->folder);
	snprintf(to, sizeof(to), "%s/moved", world->folder);
	assert_int_equal(rename(from, to), 0);
	guests_reopen_logs(&world->guests);
	say(world, "new\n");
	assert_string_equal(log_text(world, "moved"), "old\n");
	assert_string_equal(log_text(world, "guest-web.log"), "new\n");
}

static void test_lying_guest(void **state)
{
	struct world *world = *state;

	connect_guest(world);
	say(world, "fine\n");
	world->guest.page.out_prod = world->guest.page.out_cons + sizeof(world->guest.page.out) + 1;
	wires_event(&world->wires, 77);
	run(world);
	wires_event(&world->wires, 77);
	run(world);
	assert_string_equal(log_text(world, "guest-web.log"), "fine\n");
}

static void test_flood_has_its_share(void **state)
{
	struct world *world = *state;
	char text[sizeof(world->guest.page.out)];
	size_t printed = 0, last;

	memset(text, 'x', sizeof(text));
	connect_guest(world);
	do {
		last = print(world, text, sizeof(text));
		printed += last;
		run(world);
	} while (last);
	/* A period's share, and the ring is full. */
	assert_int_equal(printed, WIRE_PER_PERIOD + sizeof(text));
	assert_int_equal(strlen(log_text(world, "guest-web.log")), WIRE_PER_PERIOD);
	assert_true(world->wires.busy);
	wires_tick(&world->wires);
	guests_tick(&world->guests);
	assert_true(world->wires.busy);
	run(world);
	assert_int_equal(strlen(log_text(world, "guest-web.log")), printed);
	wires_tick(&world->wires);
	guests_tick(&world->guests);
	wires_tick(&world->wires);
	guests_tick(&world->guests);
	assert_false(world->wires.busy);
}

static void test_last_screen_and_what_comes(void **state)
{
	struct world *world = *state;
	struct termios settings;
	int fd;

	connect_guest(world);
	say(world, "login: ");
	fd = open_tty(world);
	assert_string_equal(read_tty(fd), "login: ");
	say(world, "live");
	assert_string_equal(read_tty(fd), "live");
	assert_int_equal(tcgetattr(fd, &settings), 0);
	assert_int_equal(settings.c_lflag & (ECHO | ICANON), 0);
	close(fd);
	loop_wait(world->loop, 1000);
	say(world, "unseen");
	fd = open_tty(world);
	assert_string_equal(read_tty(fd), "login: liveunseen");
	close(fd);
}

static void test_two_readers(void **state)
{
	struct world *world = *state;
	int one, two;

	connect_guest(world);
	/* Both come before we look: their notices may be merged into one. */
	one = open(world->store.tty, O_RDWR | O_NOCTTY | O_NONBLOCK);
	two = open(world->store.tty, O_RDWR | O_NOCTTY | O_NONBLOCK);
	loop_wait(world->loop, 1000);
	close(one);
	loop_wait(world->loop, 1000);
	say(world, "still here");
	assert_string_equal(read_tty(two), "still here");
	close(two);
	loop_wait(world->loop, 1000);
	say(world, "alone");
	one = open_tty(world);
	assert_string_equal(read_tty(one), "still herealone");
	close(one);
}

static void test_typing(void **state)
{
	struct world *world = *state;
	char text[3000];
	int fd;

	connect_guest(world);
	fd = open_tty(world);
	assert_int_equal(write(fd, "root\r", 5), 5);
	loop_wait(world->loop, 1000);
	assert_int_equal(world->guest.page.in_prod, 5);
	assert_memory_equal(world->guest.page.in, "root\r", 5);
	/* More than the ring takes waits until the guest makes room. */
	memset(text, 'y', sizeof(text));
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	for (int i = 0; i < 8; i++) {
		loop_wait(world->loop, 50);
	}
	assert_int_equal(world->guest.page.in_prod, sizeof(world->guest.page.in));
	while (world->guest.page.in_prod < sizeof(text) + 5) {
		world->guest.page.in_cons = world->guest.page.in_prod;
		wires_event(&world->wires, 77);
		run(world);
		loop_wait(world->loop, 50);
	}
	assert_int_equal(world->guest.page.in_prod, sizeof(text) + 5);
	close(fd);
}

/* A reader who is there when the guest dies gets the rest, then the end. */
static void test_death_under_a_reader(void **state)
{
	struct world *world = *state;
	int fd;

	connect_guest(world);
	fd = open_tty(world);
	print(world, "last words\n", 11);
	world->store.introduced = false;
	guests_look_for_dead(&world->guests);
	assert_int_equal(world->guest.mapped, 0); /* the domain is free to go */
	assert_int_equal(world->guest.bound, 0);
	assert_null(guest_find(&world->guests, 5));
	wires_tick(&world->wires);
	guests_tick(&world->guests);
	assert_string_equal(read_tty(fd), "last words\n");
	assert_false(TAILQ_EMPTY(&world->guests.all));
	wires_tick(&world->wires);
	guests_tick(&world->guests);
	assert_true(TAILQ_EMPTY(&world->guests.all));
	errno = 0;
	assert_true(read(fd, (char[1]){0}, 1) <= 0 && errno != EAGAIN);
	close(fd);
	assert_string_equal(log_text(world, "guest-web.log"), "last words\n");
}

static void test_death_under_a_reader_who_sleeps(void **state)
{
	struct world *world = *state;
	unsigned int periods = 0;
	int fd;

	connect_guest(world);
	fd = open_tty(world);
	say(world, "unread");
	world->store.introduced = false;
	guests_look_for_dead(&world->guests);
	while (!TAILQ_EMPTY(&world->guests.all)) {
		wires_tick(&world->wires);
		guests_tick(&world->guests);
		periods++;
	}
	assert_int_equal(periods, 10000 / WIRE_PERIOD_MS + 1);
	close(fd);
}

static void test_slow_reader_loses_the_oldest(void **state)
{
	struct world *world = *state;
	char text[1024];
	const char *seen;
	int fd;

	connect_guest(world);
	fd = open_tty(world);
	memset(text, '.', sizeof(text));
	for (int i = 0; i < 200; i++) {
		print(world, text, sizeof(text));
		run(world);
		wires_tick(&world->wires);
		guests_tick(&world->guests);
	}
	say(world, "END");
	for (int i = 0; i < 20; i++) {
		loop_wait(world->loop, 20);
		seen = read_tty(fd);
		if (strstr(seen, "END")) {
			break;
		}
	}
	assert_non_null(strstr(seen, "END"));
	close(fd);
}

static void test_history(void **state)
{
	static struct history history;
	char text[HISTORY_SIZE * 2], tail[64];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = i % 10 == 9 ? '\n' : (char)('0' + i % 10);
	}
	for (size_t i = 0; i < sizeof(text); i += 128) {
		history_add(&history, text + i, 128);
	}
	assert_int_equal(history.len, HISTORY_SIZE);
	len = history_tail(&history, tail, sizeof(tail));
	assert_true(len > 50 && len < 64);
	assert_int_equal(tail[0], '0'); /* begins a line */
	assert_memory_equal(tail, text + sizeof(text) - len, len);
	history_add(&history, text, sizeof(text));
	assert_int_equal(history.len, HISTORY_SIZE);
	while (history.len) {
		history_oldest(&history, &len);
		assert_true(len > 0);
		history_drop(&history, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(test_log_from_the_first_byte),
		TEST(test_connects_when_nodes_are_there),
		TEST(test_names_cannot_leave_the_folder),
		TEST(test_timestamps_and_escapes),
		TEST(test_rotation),
		TEST(test_folder_that_is_open),
		TEST(test_reopen),
		TEST(test_lying_guest),
		TEST(test_flood_has_its_share),
		TEST(test_last_screen_and_what_comes),
		TEST(test_two_readers),
		TEST(test_typing),
		TEST(test_death_under_a_reader),
		TEST(test_death_under_a_reader_who_sleeps),
		TEST(test_slow_reader_loses_the_oldest),
		cmocka_unit_test(test_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
