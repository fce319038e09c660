/* SPDX-License-Identifier: MIT */
/* A console from ring to log and terminal, with a fake store and real pseudo terminals. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/consoled/guest.h"
#include "../../../dom0-tools/consoled/history.h"

/* ------------------------------------------------------- a store of one domain */

struct store {
	char name[32];
	char ring_ref[16];
	char port[16];
	char type[16];
	char tty[64];
	bool introduced;
	unsigned int watches;
};

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

/* --------------------------------------------------------- a guest and its page */

struct world {
	struct store store;
	struct loop *loop;
	struct guests guests;
	struct guest_backend backend;
	struct xencons_interface page;
	char folder[32];
	unsigned int mapped, bound, notified, unmasked;
};

static int fake_map(void *arg, uint16_t domid, uint64_t mfn, struct xencons_interface **page)
{
	struct world *world = arg;

	assert_int_equal(domid, 5);
	assert_int_equal(mfn, 1234);
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
	struct world *world = arg;

	(void)domid;
	if (port == 666) {
		return -EINVAL;
	}
	world->bound++;
	return 77;
}

static void fake_unbind(void *arg, int port)
{
	struct world *world = arg;

	assert_int_equal(port, 77);
	world->bound--;
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

	strcpy(world->store.name, "web");
	strcpy(world->store.ring_ref, "1234");
	strcpy(world->store.port, "2");
	strcpy(world->store.type, "xenconsoled");
	world->store.introduced = true;
	strcpy(world->folder, "/tmp/consoled-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	world->loop = loop_create();
	world->backend = (struct guest_backend){
		fake_map, fake_unmap, fake_bind, fake_unbind, fake_notify, fake_unmask, world,
	};
	world->guests.store = &world->store;
	world->guests.terminals = terminals_create(world->loop);
	world->guests.backend = &world->backend;
	world->guests.log = true;
	world->guests.log_options.folder = world->folder;
	TAILQ_INIT(&world->guests.all);
	TAILQ_INIT(&world->guests.ready);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;
	char command[64];

	guests_close(&world->guests);
	terminals_destroy(world->guests.terminals);
	loop_destroy(world->loop);
	assert_int_equal(world->mapped, 0);
	assert_int_equal(world->bound, 0);
	snprintf(command, sizeof(command), "rm -r %s", world->folder);
	assert_int_equal(system(command), 0);
	free(world);
	return 0;
}

static struct guest *connect_guest(struct world *world)
{
	struct guest *guest;

	guests_look_for_new(&world->guests);
	guest = guest_find(&world->guests, 5);
	assert_non_null(guest);
	guest_update(guest);
	return guest;
}

/* The guest prints as much as there is room for; returns how much. */
static size_t print(struct world *world, const char *text, size_t len)
{
	size_t done = 0;

	while (done < len &&
	       world->page.out_prod - world->page.out_cons < sizeof(world->page.out)) {
		world->page.out[MASK_XENCONS_IDX(world->page.out_prod, world->page.out)] =
			text[done++];
		world->page.out_prod++;
	}
	guest_event(&world->guests, 77);
	return done;
}

static void run(struct world *world)
{
	while (guests_run(&world->guests)) {
	}
	loop_wait(world->loop, 0);
}

static void say(struct world *world, const char *text)
{
	assert_int_equal(print(world, text, strlen(text)), strlen(text));
	run(world);
}

static const char *log_text(struct world *world, const char *file)
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

static int open_tty(struct world *world)
{
	int fd = open(world->store.tty, O_RDWR | O_NOCTTY | O_NONBLOCK);

	assert_true(fd >= 0);
	loop_wait(world->loop, 1000); /* the notice */
	loop_wait(world->loop, 0);
	return fd;
}

static const char *read_tty(int fd)
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

/* ----------------------------------------------------------------------- tests */

static void test_log_from_the_first_byte(void **state)
{
	struct world *world = *state;

	print(world, "before anybody came\n", 20); /* no event reaches us */
	connect_guest(world);
	run(world);
	say(world, "then\n");
	assert_string_equal(log_text(world, "guest-web.log"), "before anybody came\nthen\n");
	assert_true(world->notified >= 2);
	assert_true(world->unmasked >= 1);
}

static void test_connects_when_nodes_are_there(void **state)
{
	struct world *world = *state;
	struct guest *guest;

	world->store.ring_ref[0] = '\0';
	guest = connect_guest(world);
	assert_int_equal(world->mapped, 0);
	strcpy(world->store.ring_ref, "1234");
	strcpy(world->store.type, "ioemu");
	guest_update(guest);
	assert_int_equal(world->mapped, 0);
	strcpy(world->store.type, "xenconsoled");
	strcpy(world->store.port, "666");
	guest_update(guest);
	assert_int_equal(world->mapped, 0);
	strcpy(world->store.port, "2");
	guest_update(guest);
	assert_int_equal(world->mapped, 1);
	guest_update(guest); /* nothing new */
	assert_int_equal(world->mapped, 1);
	strcpy(world->store.port, "3");
	guest_update(guest);
	assert_int_equal(world->bound, 1);
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
	world->page.out_prod = world->page.out_cons + sizeof(world->page.out) + 1;
	guest_event(&world->guests, 77);
	run(world);
	guest_event(&world->guests, 77);
	run(world);
	assert_string_equal(log_text(world, "guest-web.log"), "fine\n");
}

static void test_flood_has_its_share(void **state)
{
	struct world *world = *state;
	char text[sizeof(world->page.out)];
	size_t printed = 0, last;

	memset(text, 'x', sizeof(text));
	connect_guest(world);
	do {
		last = print(world, text, sizeof(text));
		printed += last;
		run(world);
	} while (last);
	/* A period's share, and the ring is full. */
	assert_int_equal(printed, GUEST_PER_PERIOD + sizeof(text));
	assert_int_equal(strlen(log_text(world, "guest-web.log")), GUEST_PER_PERIOD);
	assert_true(world->guests.busy);
	guests_tick(&world->guests);
	assert_true(world->guests.busy);
	run(world);
	assert_int_equal(strlen(log_text(world, "guest-web.log")), printed);
	guests_tick(&world->guests);
	guests_tick(&world->guests);
	assert_false(world->guests.busy);
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
	assert_int_equal(world->page.in_prod, 5);
	assert_memory_equal(world->page.in, "root\r", 5);
	/* More than the ring takes waits until the guest makes room. */
	memset(text, 'y', sizeof(text));
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	for (int i = 0; i < 8; i++) {
		loop_wait(world->loop, 50);
	}
	assert_int_equal(world->page.in_prod, sizeof(world->page.in));
	while (world->page.in_prod < sizeof(text) + 5) {
		world->page.in_cons = world->page.in_prod;
		guest_event(&world->guests, 77);
		run(world);
		loop_wait(world->loop, 50);
	}
	assert_int_equal(world->page.in_prod, sizeof(text) + 5);
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
	assert_int_equal(world->mapped, 0); /* the domain is free to go */
	assert_int_equal(world->bound, 0);
	assert_null(guest_find(&world->guests, 5));
	guests_tick(&world->guests);
	assert_string_equal(read_tty(fd), "last words\n");
	assert_false(TAILQ_EMPTY(&world->guests.all));
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
		guests_tick(&world->guests);
		periods++;
	}
	assert_int_equal(periods, 10000 / GUEST_PERIOD_MS + 1);
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_log_from_the_first_byte),
		TEST(test_connects_when_nodes_are_there),
		TEST(test_names_cannot_leave_the_folder),
		TEST(test_timestamps_and_escapes),
		TEST(test_rotation),
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
