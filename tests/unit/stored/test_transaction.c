/* SPDX-License-Identifier: MIT */
/* Transactions: what they show, what conflicts with what, and that nothing else does. */
#include <string.h>

#include "fake.h"

static void test_isolation(void **state)
{
	struct world *world = *state;
	struct fake *a = world->dom0, *b = fake_client(world->stored);
	uint32_t tx;

	WRITE(a, 0, "/x/old\0old");
	tx = begin(a);
	WRITE(a, tx, "/x/new\0new");
	WRITE(a, tx, "/x/old\0newer");
	READS(a, tx, "/x/new", "new");
	READS(a, tx, "/x/old", "newer");
	FAILS(b, XS_READ, 0, "/x/new", "ENOENT");
	READS(b, 0, "/x/old", "old");
	ASK(a, XS_DIRECTORY, tx, "/x");
	assert_memory_equal(a->reply.data, "new\0old", 8);
	assert_string_equal(commit(a, tx), "OK");
	READS(b, 0, "/x/new", "new");
	READS(b, 0, "/x/old", "newer");
	FAILS(a, XS_READ, tx, "/x/new", "ENOENT");
}

static void test_abort(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	uint32_t tx = begin(c);

	WRITE(c, tx, "/x\0x");
	OK(c, XS_RM, tx, "/tool");
	FAILS(c, XS_TRANSACTION_END, tx, "X", "EINVAL");
	OK(c, XS_TRANSACTION_END, tx, "F");
	FAILS(c, XS_READ, 0, "/x", "ENOENT");
	READS(c, 0, "/tool", "");
	FAILS(c, XS_TRANSACTION_END, tx, "T", "ENOENT");
}

static void test_nesting(void **state)
{
	struct world *world = *state;
	uint32_t tx = begin(world->dom0);

	FAILS(world->dom0, XS_TRANSACTION_START, tx, "", "EBUSY");
	assert_string_equal(commit(world->dom0, tx), "OK");
}

static void test_remove_and_make_again(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	uint32_t tx;

	WRITE(c, 0,
	      "/x/a/deep\0"
	      "1");
	WRITE(c, 0,
	      "/x/b\0"
	      "2");
	tx = begin(c);
	OK(c, XS_RM, tx, "/x/a");
	FAILS(c, XS_READ, tx, "/x/a", "ENOENT");
	FAILS(c, XS_READ, tx, "/x/a/deep", "ENOENT");
	ASK(c, XS_DIRECTORY, tx, "/x");
	assert_int_equal(c->reply.len, 2);
	assert_string_equal(c->reply.data, "b");
	WRITE(c, tx,
	      "/x/a/other\0"
	      "3");
	FAILS(c, XS_READ, tx, "/x/a/deep", "ENOENT");
	ASK(c, XS_DIRECTORY, tx, "/x/a");
	assert_int_equal(c->reply.len, 6);
	assert_string_equal(c->reply.data, "other");
	WRITE(c, tx,
	      "/x/gone/soon\0"
	      "4");
	OK(c, XS_RM, tx, "/x/gone");
	OK(c, XS_RM, tx, "/x/gone");
	assert_string_equal(commit(c, tx), "OK");
	FAILS(c, XS_READ, 0, "/x/a/deep", "ENOENT");
	READS(c, 0, "/x/a/other", "3");
	READS(c, 0, "/x/b", "2");
	FAILS(c, XS_READ, 0, "/x/gone", "ENOENT");
}

/* A node that is only there inside has all that can be asked of a node. */
static void test_asking_a_new_node(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	uint32_t tx = begin(c);

	OK(c, XS_MKDIR, tx, "/new/one");
	READS(c, tx, "/new/one", "");
	ASK(c, XS_DIRECTORY, tx, "/new/one");
	assert_int_equal(c->reply.len, 0);
	ASK(c, XS_DIRECTORY_PART, tx,
	    "/new/one\0"
	    "0");
	assert_int_equal(c->reply.type, XS_DIRECTORY_PART);
	assert_int_equal(c->reply.data[c->reply.len - 1], 0);
	ASK(c, XS_GET_PERMS, tx, "/new/one");
	assert_string_equal(c->reply.data, "n0");
	assert_string_equal(commit(c, tx), "OK");
}

static void test_permissions_inside(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0, *guest = fake_guest(world->stored, 5);
	uint32_t tx = begin(c);

	WRITE(c, tx, "/x/y\0v");
	OK(c, XS_SET_PERMS, tx, "/x\0n0\0r5");
	ASK(c, XS_GET_PERMS, tx, "/x");
	assert_memory_equal(c->reply.data, "n0\0r5", 6);
	WRITE(c, tx, "/x/z\0v"); /* inherits what the transaction has set */
	FAILS(guest, XS_READ, 0, "/x", "EACCES");
	assert_string_equal(commit(c, tx), "OK");
	READS(guest, 0, "/x", "");
	FAILS(guest, XS_READ, 0, "/x/y", "EACCES");
	READS(guest, 0, "/x/z", "v");
}

/* One step of the first client inside its transaction. */
struct step {
	uint32_t type;
	const char *data;
	size_t len;
};

#define STEP(op, text)                 \
	{                              \
		op, text, sizeof(text) \
	}
#define WSTEP(text)                              \
	{                                        \
		XS_WRITE, text, sizeof(text) - 1 \
	}

/*
 * The conflict matrix: what the transaction does, what somebody else does meanwhile, and whether
 * the commit must then fail. The store begins with /d (value "d") and /d/n (value "n").
 */
static const struct {
	const char *name;
	struct step inside, outside;
	bool conflict;
} matrix[] = {
	/* reading a value */
	{"read value, value written", STEP(XS_READ, "/d/n"), WSTEP("/d/n\0m"), true},
	{"read value, same value written", STEP(XS_READ, "/d/n"), WSTEP("/d/n\0n"), true},
	{"read value, node removed", STEP(XS_READ, "/d/n"), STEP(XS_RM, "/d/n"), true},
	{"read value, parent removed", STEP(XS_READ, "/d/n"), STEP(XS_RM, "/d"), true},
	{"read value, child made", STEP(XS_READ, "/d/n"), STEP(XS_MKDIR, "/d/n/c"), false},
	{"read value, sibling made", STEP(XS_READ, "/d/n"), STEP(XS_MKDIR, "/d/s"), false},
	{"read value, parent written", STEP(XS_READ, "/d/n"), WSTEP("/d\0e"), false},
	{"read value, permissions set", STEP(XS_READ, "/d/n"), STEP(XS_SET_PERMS, "/d/n\0r0"),
	 false},
	/* reading the list of children */
	{"list, child made", STEP(XS_DIRECTORY, "/d"), STEP(XS_MKDIR, "/d/s"), true},
	{"list, child removed", STEP(XS_DIRECTORY, "/d"), STEP(XS_RM, "/d/n"), true},
	{"list, child written", STEP(XS_DIRECTORY, "/d"), WSTEP("/d/n\0m"), false},
	{"list, own value written", STEP(XS_DIRECTORY, "/d"), WSTEP("/d\0e"), false},
	{"list, grandchild made", STEP(XS_DIRECTORY, "/d"), STEP(XS_MKDIR, "/d/n/c"), false},
	{"list part, child made",
	 STEP(XS_DIRECTORY_PART, "/d\0"
				 "0"),
	 STEP(XS_MKDIR, "/d/s"), true},
	/* reading permissions */
	{"get perms, set", STEP(XS_GET_PERMS, "/d/n"), STEP(XS_SET_PERMS, "/d/n\0r0"), true},
	{"get perms, written", STEP(XS_GET_PERMS, "/d/n"), WSTEP("/d/n\0m"), false},
	/* finding nothing */
	{"missed, made", STEP(XS_READ, "/d/s"), STEP(XS_MKDIR, "/d/s"), true},
	{"missed below, made", STEP(XS_READ, "/d/s/t"), STEP(XS_MKDIR, "/d/s"), true},
	{"missed, another made", STEP(XS_READ, "/d/s"), STEP(XS_MKDIR, "/d/r"), false},
	/* writing without reading */
	{"write, written", WSTEP("/d/n\0z"), WSTEP("/d/n\0m"), false},
	{"write, sibling made", WSTEP("/d/n\0z"), STEP(XS_MKDIR, "/d/s"), false},
	{"write, removed", WSTEP("/d/n\0z"), STEP(XS_RM, "/d/n"), true},
	{"make, sibling made", STEP(XS_MKDIR, "/d/s"), STEP(XS_MKDIR, "/d/r"), false},
	{"make, same made", STEP(XS_MKDIR, "/d/s"), STEP(XS_MKDIR, "/d/s"), true},
	{"make, parent written", STEP(XS_MKDIR, "/d/s"), WSTEP("/d\0e"), false},
	{"make, parent's permissions set", STEP(XS_MKDIR, "/d/s"), STEP(XS_SET_PERMS, "/d\0r0"),
	 true},
	{"make, parent removed", STEP(XS_MKDIR, "/d/s"), STEP(XS_RM, "/d"), true},
	{"remove, value written", STEP(XS_RM, "/d/n"), WSTEP("/d/n\0m"), false},
	{"remove, child made", STEP(XS_RM, "/d/n"), STEP(XS_MKDIR, "/d/n/c"), false},
	{"remove, sibling removed", STEP(XS_RM, "/d/n"), STEP(XS_RM, "/tool/xenstored"), false},
	{"set perms, written", STEP(XS_SET_PERMS, "/d/n\0r0"), WSTEP("/d/n\0m"), false},
	/* nothing in common */
	{"elsewhere", STEP(XS_READ, "/d/n"), WSTEP("/e/f\0g"), false},
};

static void test_matrix(void **state)
{
	struct world *world = *state;
	struct fake *a = world->dom0, *b = fake_client(world->stored);

	for (size_t i = 0; i < sizeof(matrix) / sizeof(matrix[0]); i++) {
		const struct step *inside = &matrix[i].inside, *outside = &matrix[i].outside;
		const char *verdict;
		uint32_t tx;

		OK(a, XS_RM, 0, "/d");
		OK(a, XS_RM, 0, "/e");
		OK(a, XS_MKDIR, 0, "/tool/xenstored");
		WRITE(a, 0, "/d\0d");
		WRITE(a, 0, "/d/n\0n");
		tx = begin(a);
		ask(a, inside->type, tx, inside->data, inside->len);
		ask(b, outside->type, 0, outside->data, outside->len);
		assert_int_not_equal(b->reply.type, XS_ERROR);
		verdict = commit(a, tx);
		if (strcmp(verdict, matrix[i].conflict ? "EAGAIN" : "OK")) {
			fail_msg("%s: %s", matrix[i].name, verdict);
		}
		check_store(world->stored);
	}
}

/* Writes of concurrent transactions that share only directories all succeed. */
static void test_siblings_do_not_conflict(void **state)
{
	struct world *world = *state;
	struct fake *a = world->dom0, *b = fake_client(world->stored);
	uint32_t ta, tb;

	OK(a, XS_MKDIR, 0, "/local/domain/0/backend/vbd");
	ta = begin(a);
	tb = begin(b);
	WRITE(a, ta,
	      "/local/domain/0/backend/vbd/1/state\0"
	      "1");
	WRITE(b, tb,
	      "/local/domain/0/backend/vbd/2/state\0"
	      "1");
	assert_string_equal(commit(a, ta), "OK");
	assert_string_equal(commit(b, tb), "OK");
	READS(a, 0, "/local/domain/0/backend/vbd/1/state", "1");
	READS(a, 0, "/local/domain/0/backend/vbd/2/state", "1");
}

/* Two states of one node seen: no way to succeed, even if the first comes back. */
static void test_doomed(void **state)
{
	struct world *world = *state;
	struct fake *a = world->dom0, *b = fake_client(world->stored);
	uint32_t tx = begin(a);

	FAILS(a, XS_READ, tx, "/x", "ENOENT");
	WRITE(b, 0, "/x\0x");
	READS(a, tx, "/x", "x");
	OK(b, XS_RM, 0, "/x");
	assert_string_equal(commit(a, tx), "EAGAIN");
}

/* Reads of what was written inside are no reads of the store. */
static void test_own_writes_are_not_read(void **state)
{
	struct world *world = *state;
	struct fake *a = world->dom0, *b = fake_client(world->stored);
	uint32_t tx;

	WRITE(a, 0,
	      "/x\0"
	      "1");
	tx = begin(a);
	WRITE(a, tx,
	      "/x\0"
	      "2");
	READS(a, tx, "/x", "2");
	WRITE(b, 0,
	      "/x\0"
	      "3");
	assert_string_equal(commit(a, tx), "OK");
	READS(b, 0, "/x", "2");
}

static void test_reads_before_removal_count(void **state)
{
	struct world *world = *state;
	struct fake *a = world->dom0, *b = fake_client(world->stored);
	uint32_t tx;

	WRITE(a, 0,
	      "/x/y\0"
	      "1");
	tx = begin(a);
	READS(a, tx, "/x/y", "1");
	OK(a, XS_RM, tx, "/x");
	WRITE(b, 0,
	      "/x/y\0"
	      "2");
	assert_string_equal(commit(a, tx), "EAGAIN");
	READS(b, 0, "/x/y", "2");
}

/* Rights taken away meanwhile are not used by the commit. */
static void test_lost_permission(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	uint32_t tx;

	WRITE(world->dom0, 0, "/shared\0s");
	OK(world->dom0, XS_SET_PERMS, 0, "/shared\0n0\0b5");
	tx = begin(guest);
	WRITE(guest, tx, "/shared\0mine");
	WRITE(guest, tx, "/shared/new\0mine");
	OK(world->dom0, XS_SET_PERMS, 0, "/shared\0n0");
	assert_string_equal(commit(guest, tx), "EAGAIN");
	READS(world->dom0, 0, "/shared", "s");
	FAILS(world->dom0, XS_READ, 0, "/shared/new", "ENOENT");
}

static void test_end_of_client(void **state)
{
	struct world *world = *state;
	struct fake *client = fake_client(world->stored);
	uint32_t tx = begin(client);

	WRITE(client, tx, "/x/y/z\0v");
	OK(client, XS_RM, tx, "/tool");
	connection_destroy(client->connection);
	READS(world->dom0, 0, "/tool", "");
	FAILS(world->dom0, XS_READ, 0, "/x", "ENOENT");
}

static void test_events_at_the_end(void **state)
{
	struct world *world = *state;
	struct fake *a = world->dom0, *b = fake_client(world->stored);
	uint32_t tx;

	WRITE(a, 0,
	      "/x/old/deep\0"
	      "1");
	OK(b, XS_WATCH, 0, "/x\0t");
	OK(b, XS_WATCH, 0, "/x/old/deep\0deep");
	drop_events(b);
	tx = begin(a);
	WRITE(a, tx,
	      "/x/new/leaf\0"
	      "1");
	WRITE(a, tx,
	      "/x/new/leaf\0"
	      "2");
	OK(a, XS_RM, tx, "/x/old");
	WRITE(a, tx,
	      "/x/made\0"
	      "1");
	OK(a, XS_RM, tx, "/x/made");
	NO_EVENT(b);
	assert_string_equal(commit(a, tx), "OK");
	EVENT(b, "/x/new/leaf t");
	EVENT(b, "/x/old t");
	EVENT(b, "/x/old/deep deep");
	NO_EVENT(b);
}

/* A removal is told although what is above is removed later on: the kernel's backends look for
 * the inner path alone. */
static void test_events_of_removals(void **state)
{
	struct world *world = *state;
	struct fake *a = world->dom0, *b = fake_client(world->stored);
	uint32_t tx;

	WRITE(a, 0, "/x/vif/4/0\0v");
	OK(b, XS_WATCH, 0, "/x\0t");
	drop_events(b);
	tx = begin(a);
	OK(a, XS_RM, tx, "/x/vif/4/0");
	OK(a, XS_RM, tx, "/x/vif/4");
	OK(a, XS_RM, tx, "/x/vif");
	assert_string_equal(commit(a, tx), "OK");
	EVENT(b, "/x/vif/4/0 t");
	EVENT(b, "/x/vif/4 t");
	EVENT(b, "/x/vif t");
	NO_EVENT(b);
	FAILS(a, XS_READ, 0, "/x/vif", "ENOENT");
}

static void test_made_again_after_removals(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	uint32_t tx;

	WRITE(c, 0, "/x/a/b\0old");
	tx = begin(c);
	OK(c, XS_RM, tx, "/x/a/b");
	OK(c, XS_RM, tx, "/x/a");
	WRITE(c, tx, "/x/a/b\0new");
	assert_string_equal(commit(c, tx), "OK");
	READS(c, 0, "/x/a/b", "new");
	OK(c, XS_RM, 0, "/x");
}

/* Wherever memory ends while a node is made, what was refused is no change. */
static void test_half_made(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	size_t *limit = &world->stored->quota.limit[QUOTA_MEMORY], plenty = *limit;
	char big[1504] = "big";
	unsigned int refused = 0;

	for (size_t more = 0; more < 6000; more += 40) {
		uint32_t tx = begin(guest);

		*limit = guest->connection->account->memory + more;
		ask(guest, XS_WRITE, tx, big, sizeof(big));
		*limit = plenty;
		if (strcmp(guest->reply.data, "OK")) {
			assert_string_equal(guest->reply.data, "ENOMEM");
			refused++;
			assert_string_equal(commit(guest, tx), "OK");
			FAILS(guest, XS_READ, 0, "big", "ENOENT");
		} else {
			OK(guest, XS_TRANSACTION_END, tx, "F");
		}
	}
	assert_in_range(refused, 10, 140);
}

static void test_failed_commit_is_silent(void **state)
{
	struct world *world = *state;
	struct fake *a = world->dom0, *b = fake_client(world->stored);
	uint32_t tx = begin(a);

	ASK(a, XS_DIRECTORY, tx, "/tool");
	WRITE(a, tx, "/tool/x\0v");
	OK(b, XS_WATCH, 0, "/tool\0t");
	drop_events(b);
	OK(b, XS_MKDIR, 0, "/tool/other");
	EVENT(b, "/tool/other t");
	assert_string_equal(commit(a, tx), "EAGAIN");
	NO_EVENT(b);
	FAILS(a, XS_READ, 0, "/tool/x", "ENOENT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(test_isolation),
		TEST(test_abort),
		TEST(test_nesting),
		TEST(test_remove_and_make_again),
		TEST(test_asking_a_new_node),
		TEST(test_permissions_inside),
		TEST(test_matrix),
		TEST(test_siblings_do_not_conflict),
		TEST(test_doomed),
		TEST(test_own_writes_are_not_read),
		TEST(test_reads_before_removal_count),
		TEST(test_lost_permission),
		TEST(test_end_of_client),
		TEST(test_events_at_the_end),
		TEST(test_events_of_removals),
		TEST(test_made_again_after_removals),
		TEST(test_half_made),
		TEST(test_failed_commit_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
