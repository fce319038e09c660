/* SPDX-License-Identifier: MIT */
/* Watches: what fires them, who is told, and what becomes of events nobody reads. */
#include <stdio.h>
#include <string.h>

#include "fake.h"

static void test_first_event_follows_the_answer(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	struct xsd_sockmsg header;

	fake_send(c, XS_WATCH, 0, PARTS("/nothing/there\0t"));
	fake_run(world->stored);
	memcpy(&header, c->out, sizeof(header));
	assert_int_equal(header.type, XS_WATCH);
	assert_true(fake_take(c));
	EVENT(c, "/nothing/there t");
	NO_EVENT(c);
}

static void test_what_fires(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;

	OK(c, XS_WATCH, 0, "/a/b\0t");
	drop_events(c);
	WRITE(c, 0, "/a/b\0v");
	EVENT(c, "/a/b t");
	WRITE(c, 0, "/a/b/c/d\0v");
	EVENT(c, "/a/b/c/d t");
	OK(c, XS_MKDIR, 0, "/a/b/e");
	EVENT(c, "/a/b/e t");
	OK(c, XS_SET_PERMS, 0, "/a/b/e\0r0");
	EVENT(c, "/a/b/e t");
	OK(c, XS_RM, 0, "/a/b/c");
	EVENT(c, "/a/b/c t");
	NO_EVENT(c);
	OK(c, XS_MKDIR, 0, "/a/b/e"); /* there already: no change */
	OK(c, XS_RM, 0, "/a/b/nothing");
	WRITE(c, 0, "/a\0v");
	WRITE(c, 0, "/a/bc\0v");
	WRITE(c, 0, "/a/c\0v");
	FAILS(c, XS_READ, 0, "/a/b/nothing", "ENOENT");
	NO_EVENT(c);
	OK(c, XS_RM, 0, "/a");
	EVENT(c, "/a/b t"); /* removed with its parent */
	NO_EVENT(c);
	WRITE(c, 0, "/a/b\0v");
	EVENT(c, "/a/b t");
}

static void test_root_and_many(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;

	OK(c, XS_WATCH, 0, "/\0root");
	OK(c, XS_WATCH, 0, "/x\0one");
	OK(c, XS_WATCH, 0, "/x\0two");
	drop_events(c);
	WRITE(c, 0, "/x/y\0v");
	EVENT(c, "/x/y root");
	EVENT(c, "/x/y one");
	EVENT(c, "/x/y two");
	NO_EVENT(c);
	OK(c, XS_UNWATCH, 0, "/x\0one");
	WRITE(c, 0, "/x/y\0v");
	EVENT(c, "/x/y root");
	EVENT(c, "/x/y two");
	NO_EVENT(c);
	FAILS(c, XS_WATCH, 0, "/x\0two", "EEXIST");
	FAILS(c, XS_UNWATCH, 0, "/x\0one", "ENOENT");
	OK(c, XS_RESET_WATCHES, 0, "");
	WRITE(c, 0, "/x/y\0v");
	NO_EVENT(c);
}

static void test_depth(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;

	OK(c, XS_WATCH, 0,
	   "/x\0zero\0"
	   "0");
	OK(c, XS_WATCH, 0,
	   "/x\0one\0"
	   "1");
	OK(c, XS_WATCH, 0, "/x\0all");
	drop_events(c);
	WRITE(c, 0, "/x\0v");
	EVENT(c, "/x zero");
	EVENT(c, "/x one");
	EVENT(c, "/x all");
	WRITE(c, 0, "/x/y\0v");
	EVENT(c, "/x/y one");
	EVENT(c, "/x/y all");
	WRITE(c, 0, "/x/y/z\0v");
	EVENT(c, "/x/y/z all");
	NO_EVENT(c);
}

static void test_relative(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);

	OK(guest, XS_WATCH, 0, "control/shutdown\0t");
	EVENT(guest, "control/shutdown t");
	WRITE(world->dom0, 0, "/local/domain/5/control/shutdown\0now");
	EVENT(guest, "control/shutdown t");
	OK(world->dom0, XS_SET_PERMS, 0, "/local/domain/5/control/shutdown\0n0\0r5");
	EVENT(guest, "control/shutdown t");
	WRITE(guest, 0, "control2/x\0y");
	NO_EVENT(guest);
	OK(guest, XS_UNWATCH, 0, "/local/domain/5/control/shutdown\0t");
}

static void test_only_readers_are_told(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0, *guest = fake_guest(world->stored, 5);

	WRITE(dom0, 0, "/secret/a\0v");
	WRITE(dom0, 0, "/open/a\0v");
	OK(dom0, XS_SET_PERMS, 0, "/open\0n0\0r5");
	OK(guest, XS_WATCH, 0, "/secret\0s");
	OK(guest, XS_WATCH, 0, "/open\0o");
	OK(guest, XS_WATCH, 0, "/\0r");
	drop_events(guest);
	WRITE(dom0, 0, "/secret/a\0w");
	WRITE(dom0, 0, "/secret/b\0w");
	OK(dom0, XS_RM, 0, "/secret/b");
	OK(dom0, XS_RM, 0, "/secret");
	NO_EVENT(guest);
	WRITE(dom0, 0, "/open/a\0w"); /* its parent may be read */
	EVENT(guest, "/open/a r");
	EVENT(guest, "/open/a o");
	WRITE(dom0, 0, "/open/a/deep\0w"); /* neither may be */
	NO_EVENT(guest);
	OK(dom0, XS_SET_PERMS, 0, "/open\0n0"); /* told that it has lost it */
	EVENT(guest, "/open r");
	EVENT(guest, "/open o");
	WRITE(dom0, 0, "/open/a\0x");
	NO_EVENT(guest);
}

static void test_domains(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0, *guest;

	OK(dom0, XS_WATCH, 0, "@introduceDomain\0in");
	OK(dom0, XS_WATCH, 0, "@releaseDomain\0out");
	OK(dom0, XS_WATCH, 0,
	   "@releaseDomain\0out1\0"
	   "1");
	EVENT(dom0, "@introduceDomain in");
	EVENT(dom0, "@releaseDomain out");
	EVENT(dom0, "@releaseDomain out1");
	guest = fake_guest(world->stored, 5);
	EVENT(dom0, "@introduceDomain in");
	OK(guest, XS_WATCH, 0, "@introduceDomain\0in");
	OK(guest, XS_WATCH, 0, "@releaseDomain\0out");
	drop_events(guest);
	fake_guest(world->stored, 6);
	NO_EVENT(guest);
	OK(dom0, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r5");
	FAILS(guest, XS_SET_PERMS, 0, "@releaseDomain\0r5", "EACCES");
	FAILS(guest, XS_GET_PERMS, 0, "@releaseDomain", "EACCES");
	drop_events(dom0);
	OK(dom0, XS_RELEASE, 0, "6");
	EVENT(guest, "@releaseDomain out");
	EVENT(dom0, "@releaseDomain out");
	EVENT(dom0, "@releaseDomain/6 out1");
	NO_EVENT(guest);
}

/* The same event is not queued twice while the client has not begun to read it. */
static void test_events_are_merged(void **state)
{
	struct world *world = *state;
	struct fake *slow = fake_client(world->stored);
	unsigned int count = 0;

	OK(slow, XS_WATCH, 0, "/x\0t");
	drop_events(slow);
	slow->out_limit = 10; /* part of one header */
	for (int i = 0; i < 100; i++) {
		WRITE(world->dom0, 0, "/x/a\0v");
		WRITE(world->dom0, 0, "/x/b\0v");
	}
	slow->out_limit = FAKE_ROOM;
	while (next_event(slow)) {
		count++;
	}
	assert_int_equal(count, 3); /* one under way, and one of each */
}

static void test_a_client_that_never_reads_is_cut_off(void **state)
{
	struct world *world = *state;
	struct fake *slow = fake_client(world->stored);
	struct connection *connection;
	unsigned int count = 0;
	char path[128];

	OK(slow, XS_WATCH, 0, "/\0t");
	slow->out_limit = 0;
	for (int i = 0; i < 300000 && !count; i++) {
		int len = snprintf(path, sizeof(path),
				   "/x/some-rather-long-path-to-fill-the-"
				   "queue-with-%d",
				   i) +
			  1;

		ask(world->dom0, XS_MKDIR, 0, path, (size_t)len);
		ask(world->dom0, XS_RM, 0, path, (size_t)len);
		count = TAILQ_NEXT(TAILQ_FIRST(&world->stored->connections), link) == NULL;
	}
	assert_int_equal(count, 1);
	count = 0;
	TAILQ_FOREACH(connection, &world->stored->connections, link)
	{
		count++;
	}
	assert_int_equal(count, 1);
}

static void test_end_of_client(void **state)
{
	struct world *world = *state;
	struct fake *client = fake_client(world->stored);

	OK(client, XS_WATCH, 0, "/x\0t");
	WRITE(world->dom0, 0, "/x\0v");
	connection_destroy(client->connection);
	WRITE(world->dom0, 0, "/x\0w");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(test_first_event_follows_the_answer),
		TEST(test_what_fires),
		TEST(test_root_and_many),
		TEST(test_depth),
		TEST(test_relative),
		TEST(test_only_readers_are_told),
		TEST(test_domains),
		TEST(test_events_are_merged),
		TEST(test_a_client_that_never_reads_is_cut_off),
		TEST(test_end_of_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
