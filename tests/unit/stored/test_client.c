/* SPDX-License-Identifier: MIT */
/* The client library against the real daemon on a socket: every call, retries, events. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/libstore/store.h"
#include "xen/io/xs_wire.h"

static char folder[] = "/tmp/store-XXXXXX";
static char socket_path[64], pid_path[64];

static int start_daemon(void **state)
{
	char command[256];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(socket_path, sizeof(socket_path), "%s/socket", folder);
	snprintf(pid_path, sizeof(pid_path), "%s/pid", folder);
	snprintf(command, sizeof(command),
		 "build/dom0-tools/xenstored --no-domain-init --pid-file %s --socket %s", pid_path,
		 socket_path);
	/* It comes back when the daemon listens. */
	return system(command);
}

static int stop_daemon(void **state)
{
	char command[128];
	FILE *file = fopen(pid_path, "r");
	int pid = 0;

	(void)state;
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	assert_int_equal(kill(pid, SIGTERM), 0);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static int open_store(void **state)
{
	*state = store_open_path(socket_path);
	return *state ? 0 : -1;
}

static int close_store(void **state)
{
	store_rm(*state, STORE_NO_TX, "/x");
	store_close(*state);
	return 0;
}

static void assert_value(struct store *store, const char *path, const char *expected)
{
	char *value = store_read(store, STORE_NO_TX, path, NULL);

	assert_non_null(value);
	assert_string_equal(value, expected);
	free(value);
}

static void test_open(void **state)
{
	struct store *store;

	(void)state;
	assert_null(store_open_path("/nowhere"));
	assert_int_equal(errno, ENOENT);
	setenv("XENSTORED_PATH", socket_path, 1);
	store = store_open();
	assert_non_null(store);
	store_close(store);
	unsetenv("XENSTORED_PATH");
	setenv("XENSTORED_RUNDIR", folder, 1);
	store = store_open();
	assert_non_null(store);
	store_close(store);
	unsetenv("XENSTORED_RUNDIR");
	store_close(NULL);
}

static void test_nodes(void **state)
{
	struct store *store = *state;
	uint64_t number;
	size_t len;
	char *value;

	assert_int_equal(store_write(store, STORE_NO_TX, "/x/a", "b\0c", 3), 0);
	value = store_read(store, STORE_NO_TX, "/x/a", &len);
	assert_int_equal(len, 3);
	assert_memory_equal(value, "b\0c", 4);
	free(value);
	assert_null(store_read(store, STORE_NO_TX, "/x/none", NULL));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(store_writef(store, STORE_NO_TX, "/x/n", "%d", 42), 0);
	value = store_readf(store, STORE_NO_TX, "/%s/n", "x");
	assert_string_equal(value, "42");
	free(value);
	assert_int_equal(store_read_number(store, STORE_NO_TX, "/x/n", 100, &number), 0);
	assert_int_equal(number, 42);
	assert_int_equal(store_read_number(store, STORE_NO_TX, "/x/n", 41, &number), -EINVAL);
	store_writef(store, STORE_NO_TX, "/x/n", "0xff");
	assert_int_equal(store_read_number(store, STORE_NO_TX, "/x/n", 255, &number), 0);
	assert_int_equal(number, 255);
	for (const char *const *bad = (const char *const[]){"", "-1", " 1", "1x", "0x", NULL}; *bad;
	     bad++) {
		store_writef(store, STORE_NO_TX, "/x/n", "%s", *bad);
		assert_int_equal(store_read_number(store, STORE_NO_TX, "/x/n", 255, &number),
				 -EINVAL);
	}
	assert_int_equal(store_mkdir(store, STORE_NO_TX, "/x/d"), 0);
	assert_int_equal(store_rm(store, STORE_NO_TX, "/x/d"), 0);
	assert_int_equal(store_rm(store, STORE_NO_TX, "/x/d"), 0);
	assert_int_equal(store_mkdir(store, STORE_NO_TX, "/bad//path"), -EINVAL);
}

static void test_too_long(void **state)
{
	struct store *store = *state;
	char value[XENSTORE_PAYLOAD_MAX] = {0};

	assert_int_equal(store_write(store, STORE_NO_TX, "/x", value, sizeof(value) - 3), 0);
	assert_int_equal(store_write(store, STORE_NO_TX, "/x", value, sizeof(value) - 2), -E2BIG);
	assert_value(store, "/tool", ""); /* the connection goes on */
}

static void test_directory(void **state)
{
	struct store *store = *state;
	char path[64], name[64];
	char **names;
	size_t count;

	assert_null(store_directory(store, STORE_NO_TX, "/x", &count));
	assert_int_equal(errno, ENOENT);
	store_mkdir(store, STORE_NO_TX, "/x");
	names = store_directory(store, STORE_NO_TX, "/x", &count);
	assert_non_null(names);
	assert_int_equal(count, 0);
	free(names);
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "/x/name-%04u", i);
		assert_int_equal(store_mkdir(store, STORE_NO_TX, path), 0);
	}
	names = store_directory(store, STORE_NO_TX, "/x", &count);
	assert_int_equal(count, 1000);
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "name-%04u", i);
		assert_string_equal(names[i], name);
	}
	assert_null(names[1000]);
	free(names);
}

static void test_perms(void **state)
{
	struct store *store = *state;
	const struct store_perm set[] = {
		{0, STORE_PERM_NONE},
		{5, STORE_PERM_READ},
		{6, STORE_PERM_WRITE},
		{7, STORE_PERM_READ | STORE_PERM_WRITE},
	};
	struct store_perm *got;
	size_t count;

	store_mkdir(store, STORE_NO_TX, "/x");
	assert_int_equal(store_set_perms(store, STORE_NO_TX, "/x", set, 4), 0);
	got = store_get_perms(store, STORE_NO_TX, "/x", &count);
	assert_int_equal(count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(got[i].domid, set[i].domid);
		assert_int_equal(got[i].bits, set[i].bits);
	}
	free(got);
	assert_null(store_get_perms(store, STORE_NO_TX, "/x/none", &count));
}

struct race {
	struct store *other;
	unsigned int runs, spoiled;
};

/* Reads a node that somebody else changes, the first few times. */
static int race(struct store *store, uint32_t tx, void *arg)
{
	struct race *race_ = arg;
	char *value = store_read(store, tx, "/x/counter", NULL);
	unsigned int number = value ? (unsigned int)atoi(value) : 0;

	free(value);
	if (race_->runs++ < race_->spoiled) {
		store_writef(race_->other, STORE_NO_TX, "/x/counter", "%u", number + 10);
	}
	return store_writef(store, tx, "/x/counter", "%u", number + 1);
}

static int give_up(struct store *store, uint32_t tx, void *arg)
{
	(void)arg;
	store_writef(store, tx, "/x/never", "1");
	return -EXDEV;
}

static void test_transactions(void **state)
{
	struct store *store = *state;
	struct race arg = {.other = store_open_path(socket_path), .spoiled = 3};
	uint32_t tx;

	assert_int_equal(store_transact(store, race, &arg), 0);
	assert_int_equal(arg.runs, 4);
	assert_value(store, "/x/counter", "31");
	assert_int_equal(store_transact(store, give_up, NULL), -EXDEV);
	assert_null(store_read(store, STORE_NO_TX, "/x/never", NULL));
	assert_int_equal(store_tx_begin(store, &tx), 0);
	assert_int_equal(store_mkdir(store, tx, "/x/made"), 0);
	assert_int_equal(store_tx_end(store, tx, false), 0);
	assert_int_equal(store_tx_end(store, tx, true), -ENOENT);
	store_close(arg.other);
}

static void expect_event(struct store *store, const char *path, const char *token)
{
	struct store_event event;

	assert_int_equal(store_wait_event(store, 10000, &event), 1);
	assert_string_equal(event.path, path);
	assert_string_equal(event.token, token);
	store_event_free(&event);
}

static void test_events(void **state)
{
	struct store *store = *state;
	struct store *other = store_open_path(socket_path);
	struct store_event event;
	struct pollfd wish = {.fd = store_fd(store), .events = POLLIN};

	assert_int_equal(store_next_event(store, &event), 0);
	assert_int_equal(store_watch(store, "/x", "t"), 0);
	assert_int_equal(store_watch(store, "/x", "t"), -EEXIST);
	expect_event(store, "/x", "t");
	assert_int_equal(store_wait_event(store, 0, &event), 0);
	store_mkdir(other, STORE_NO_TX, "/x/one");
	assert_int_equal(poll(&wish, 1, 10000), 1);
	expect_event(store, "/x/one", "t");
	/* Events that come before an answer are kept. */
	store_mkdir(other, STORE_NO_TX, "/x/two");
	store_mkdir(store, STORE_NO_TX, "/x/three");
	expect_event(store, "/x/two", "t");
	expect_event(store, "/x/three", "t");
	assert_int_equal(store_watch_depth(store, "/x/one", "d", 1), 0);
	expect_event(store, "/x/one", "d");
	/* An ended watch's events are dropped, others' are kept. */
	store_mkdir(other, STORE_NO_TX, "/x/one/more");
	assert_value(store, "/x", "");
	assert_int_equal(store_unwatch(store, "/x", "t"), 0);
	expect_event(store, "/x/one/more", "d");
	assert_int_equal(store_next_event(store, &event), 0);
	assert_int_equal(store_unwatch(store, "/x", "t"), -ENOENT);
	store_close(other);
}

static void test_domains(void **state)
{
	struct store *store = *state;
	char *path = store_domain_path(store, 7);

	assert_string_equal(path, "/local/domain/7");
	free(path);
	assert_int_equal(store_is_introduced(store, 0), 1);
	assert_int_equal(store_is_introduced(store, 7), 0);
	assert_int_equal(store_introduce(store, 7, 1, 1), -ENOSYS); /* no hypervisor here */
	assert_int_equal(store_release(store, 7), -ENOENT);
	assert_int_equal(store_resume(store, 7), -ENOENT);
	assert_int_equal(store_set_target(store, 7, 8), -ENOENT);
}

static void test_control(void **state)
{
	struct store *store = *state;
	char *text = store_control(store, (const char *const[]){"check"}, 1);

	assert_non_null(strstr(text, " 0 faults"));
	free(text);
	assert_null(store_control(store, (const char *const[]){"nonsense"}, 1));
	assert_int_equal(errno, EINVAL);
}

/* A daemon that does not keep to the protocol breaks the connection, not us. */
static void test_bad_daemon(void **state)
{
	static const struct xsd_sockmsg answers[] = {
		{.type = XS_READ, .req_id = 1, .len = XENSTORE_PAYLOAD_MAX + 1},
		{.type = XS_READ, .req_id = 2, .len = 0},
		{.type = XS_WRITE, .req_id = 1, .len = 0},
		{.type = XS_WATCH_EVENT, .req_id = 0, .len = 0},
	};

	(void)state;
	for (size_t i = 0; i <= sizeof(answers) / sizeof(answers[0]); i++) {
		struct store *store;
		int ends[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		if (i < sizeof(answers) / sizeof(answers[0])) {
			assert_int_equal(write(ends[1], &answers[i], sizeof(answers[i])),
					 sizeof(answers[i]));
		}
		shutdown(ends[1], SHUT_WR);
		store = store_open_fd(ends[0]);
		assert_null(store_read(store, STORE_NO_TX, "/x", NULL));
		assert_true(errno == EPROTO || errno == EPIPE);
		assert_null(store_read(store, STORE_NO_TX, "/x", NULL));
		store_close(store);
		close(ends[1]);
	}
}

/* Many changes at once: all are made, in order, and the first error is told. */
static void test_batch(void **state)
{
	const struct store_perm perms[] = {{.domid = 0, .bits = STORE_PERM_NONE}};
	struct store *store = *state;
	struct store_event event;
	char path[32], big[3000], *value;
	uint32_t tx;

	memset(big, 'x', sizeof(big));
	assert_int_equal(store_watch(store, "/x/n", "token"), 0);
	assert_int_equal(store_tx_begin(store, &tx), 0);
	store_batch_begin(store);
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "/x/n/%d", i);
		assert_int_equal(store_writef(store, tx, path, "%d", i), 0);
	}
	for (int i = 0; i < 20; i++) {
		assert_int_equal(store_write(store, tx, "/x/big", big, sizeof(big)), 0);
	}
	/* a read sees what was written before it */
	value = store_readf(store, tx, "/x/n/199");
	assert_string_equal(value, "199");
	free(value);
	assert_int_equal(store_mkdir(store, tx, "/x/m"), 0);
	assert_int_equal(store_set_perms(store, tx, "/x/m", perms, 1), 0);
	assert_int_equal(store_batch_end(store), 0);
	assert_int_equal(store_tx_end(store, tx, true), 0);
	assert_value(store, "/x/n/0", "0");
	assert_value(store, "/x/m", "");
	assert_int_equal(store_wait_event(store, 5000, &event), 1);
	store_event_free(&event);
	store_batch_begin(store);
	assert_int_equal(store_write(store, STORE_NO_TX, "/x/ok", "1", 1), 0);
	assert_int_equal(store_write(store, STORE_NO_TX, "/x//bad", "1", 1), 0);
	assert_int_equal(store_set_perms(store, STORE_NO_TX, "/x/none", perms, 1), 0);
	assert_int_equal(store_batch_end(store), -EINVAL);
	assert_value(store, "/x/ok", "1");
	store_batch_begin(store); /* one that is never ended */
	assert_int_equal(store_write(store, STORE_NO_TX, "/x/lost", "1", 1), 0);
}

/* One node below each of many: more than go at once, some missing, one too long to ask for. */
static void test_read_each(void **state)
{
	struct store *store = *state;
	char text[150][8], *names[150], endless[3100], **values;

	for (unsigned int i = 0; i < 150; i++) {
		snprintf(text[i], sizeof(text[i]), "%u", i);
		names[i] = text[i];
		if (i % 3) {
			char path[32];

			snprintf(path, sizeof(path), "/x/%u/name", i);
			assert_int_equal(store_writef(store, STORE_NO_TX, path, "n%u", i), 0);
		}
	}
	values = store_read_each(store, STORE_NO_TX, "/x", names, 150, "name");
	assert_non_null(values);
	for (unsigned int i = 0; i < 150; i++) {
		snprintf(text[0], sizeof(text[0]), "n%u", i);
		if (i % 3) {
			assert_string_equal(values[i], text[0]);
		} else {
			assert_null(values[i]);
		}
	}
	store_free_each(values, 150);
	memset(endless, 'x', sizeof(endless));
	endless[sizeof(endless) - 1] = '\0';
	names[149] = endless;
	assert_null(store_read_each(store, STORE_NO_TX, "/x", names, 150, "name"));
	assert_int_equal(errno, E2BIG);
	assert_value(store, "/x/1/name", "n1"); /* and the connection goes on */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)
		TEST(test_nodes),
		TEST(test_too_long),
		TEST(test_directory),
		TEST(test_perms),
		TEST(test_transactions),
		TEST(test_batch),
		TEST(test_read_each),
		TEST(test_events),
		TEST(test_domains),
		TEST(test_control),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_bad_daemon),
	};

	return cmocka_run_group_tests(tests, start_daemon, stop_daemon);
}
