/* SPDX-License-Identifier: MIT */
/* Every quota: its last unit is given, one more is refused, domain 0 is not, and giving back
 * makes room again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../dom0-tools/libdaemon/log.h"
#include "../../../dom0-tools/stored/node.h"
#include "fake.h"

static size_t limit(const struct world *world, enum quota_kind kind)
{
	return world->stored->quota.limit[kind];
}

static const struct account *account(const struct world *world, uint16_t domid)
{
	const struct account *found = account_find(world->stored, domid);

	assert_non_null(found);
	return found;
}

/* A request about data/N or the like. */
static const char *ask_numbered(struct fake *fake, uint32_t op, uint32_t tx, const char *format,
				unsigned int number, size_t extra)
{
	char text[XENSTORE_PAYLOAD_MAX];
	int len = snprintf(text, sizeof(text), format, number) + 1;

	memset(text + len, 'v', extra);
	ask(fake, op, tx, text, (size_t)len + extra);
	return fake->reply.data;
}

/* Numbers with few enough in each folder that its own size is no limit. */
#define SPREAD "n/%u"

static const char *make(struct fake *guest, uint32_t tx, unsigned int i)
{
	char path[64];
	int len = snprintf(path, sizeof(path), "n/%u/%u", i / 100, i) + 1;

	ask(guest, XS_MKDIR, tx, path, (size_t)len);
	return guest->reply.data;
}

static void test_nodes(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5), *dom0 = world->dom0;
	unsigned int i = 0;
	uint32_t tx;

	while (account(world, 5)->nodes + 2 <= limit(world, QUOTA_NODES)) {
		assert_string_equal(make(guest, 0, i++), "OK");
	}
	while (account(world, 5)->nodes < limit(world, QUOTA_NODES)) {
		assert_string_equal(make(guest, 0, i++), "OK");
	}
	FAILS(guest, XS_MKDIR, 0, "more", "ENOSPC");
	WRITE_FAILS(guest, 0, "more\0v", "ENOSPC");
	assert_int_equal(account(world, 5)->nodes, limit(world, QUOTA_NODES));
	/* Existing ones may be written, and domain 0 may add to them. */
	WRITE(guest, 0, "n/0/0\0v");
	WRITE(dom0, 0, "/local/domain/5/more\0v");
	OK(dom0, XS_RM, 0, "/local/domain/5/more");
	/* In a transaction as well, and one that replaces a node is right. */
	tx = begin(guest);
	FAILS(guest, XS_MKDIR, tx, "more", "ENOSPC");
	OK(guest, XS_RM, tx, "n/0/1");
	OK(guest, XS_MKDIR, tx, "more");
	assert_string_equal(commit(guest, tx), "OK");
	tx = begin(guest);
	OK(guest, XS_RM, tx, "n/0/2");
	OK(guest, XS_MKDIR, tx, "more2");
	OK(guest, XS_MKDIR, tx, "more3");
	assert_string_equal(commit(guest, tx), "ENOSPC");
	assert_int_equal(account(world, 5)->nodes, limit(world, QUOTA_NODES));
	FAILS(guest, XS_READ, 0, "more3", "ENOENT");
	OK(guest, XS_RM, 0, "n/0");
	OK(guest, XS_MKDIR, 0, "more4");
}

/* Several transactions, each within the quota, not so together. */
static void test_nodes_by_transactions(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	uint32_t one, two;

	while (account(world, 5)->nodes + 3 < limit(world, QUOTA_NODES)) {
		assert_string_equal(make(guest, 0, (unsigned int)account(world, 5)->nodes), "OK");
	}
	one = begin(guest);
	two = begin(guest);
	OK(guest, XS_MKDIR, one, "a/b");
	OK(guest, XS_MKDIR, two, "c/d");
	assert_string_equal(commit(guest, one), "OK");
	assert_string_equal(commit(guest, two), "ENOSPC");
	assert_true(account(world, 5)->nodes <= limit(world, QUOTA_NODES));
}

static void test_watches(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5), *dom0 = world->dom0;
	unsigned int i;

	for (i = 0; i < limit(world, QUOTA_WATCHES); i++) {
		assert_string_equal(ask_numbered(guest, XS_WATCH, 0, "w%u", i, 0), "EINVAL");
		ask(guest, XS_WATCH, 0,
		    (char[]){'w', 0, (char)('0' + i % 10), (char)('0' + i / 10 % 10),
			     (char)('0' + i / 100), 0},
		    6);
		assert_string_equal(guest->reply.data, "OK");
		drop_events(guest);
	}
	FAILS(guest, XS_WATCH, 0, "w\0more", "E2BIG");
	OK(guest, XS_UNWATCH, 0,
	   "w\0"
	   "000");
	OK(guest, XS_WATCH, 0, "w\0more");
	FAILS(guest, XS_WATCH, 0, "w\0more2", "E2BIG");
	for (i = 0; i <= limit(world, QUOTA_WATCHES); i++) {
		ask(dom0, XS_WATCH, 0,
		    (char[]){'/', 0, (char)('0' + i % 10), (char)('0' + i / 10 % 10),
			     (char)('0' + i / 100), 0},
		    6);
		assert_string_equal(dom0->reply.data, "OK");
	}
}

static void test_transactions(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	uint32_t tx = 0;

	for (size_t i = 0; i < limit(world, QUOTA_TRANSACTIONS); i++) {
		tx = begin(guest);
		begin(world->dom0);
	}
	FAILS(guest, XS_TRANSACTION_START, 0, "", "ENOSPC");
	begin(world->dom0);
	assert_string_equal(commit(guest, tx), "OK");
	begin(guest);
	FAILS(guest, XS_TRANSACTION_START, 0, "", "ENOSPC");
	OK(guest, XS_RESET_WATCHES, 0, "");
	begin(guest);
}

static void test_transaction_nodes(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5), *dom0 = world->dom0;
	uint32_t tx = begin(guest);
	/* The root and the three names of the home count too. */
	unsigned int free = (unsigned int)limit(world, QUOTA_TX_NODES) - 4;
	unsigned int i;

	for (i = 0; i < free; i++) {
		assert_string_equal(ask_numbered(guest, XS_READ, tx, "x%u", i, 0), "ENOENT");
	}
	assert_string_equal(ask_numbered(guest, XS_READ, tx, "x%u", i, 0), "ENOSPC");
	FAILS(guest, XS_MKDIR, tx, "x", "ENOSPC");
	assert_string_equal(ask_numbered(guest, XS_READ, tx, "x%u", 0, 0), "ENOENT");
	assert_string_equal(commit(guest, tx), "OK");
	tx = begin(dom0);
	for (i = 0; i < free + 10; i++) {
		assert_string_equal(ask_numbered(dom0, XS_READ, tx, "x%u", i, 0), "ENOENT");
	}
	assert_string_equal(commit(dom0, tx), "OK");
}

static void test_permissions(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);

	assert_int_equal(limit(world, QUOTA_PERMS), 5);
	WRITE(guest, 0, "x\0v");
	OK(guest, XS_SET_PERMS, 0, "x\0n5\0r1\0r2\0r3\0r4");
	FAILS(guest, XS_SET_PERMS, 0, "x\0n5\0r1\0r2\0r3\0r4\0r6", "ENOSPC");
	OK(world->dom0, XS_SET_PERMS, 0, "/local/domain/5/x\0n5\0r1\0r2\0r3\0r4\0r6");
}

static void test_node_size_by_value(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	unsigned int most = (unsigned int)(limit(world, QUOTA_NODE_SIZE) - node_size(0, 1, 0));
	uint32_t tx;

	assert_string_equal(ask_numbered(guest, XS_WRITE, 0, "x%u", 1, most), "OK");
	assert_string_equal(ask_numbered(guest, XS_WRITE, 0, "x%u", 2, most + 1), "ENOSPC");
	assert_string_equal(ask_numbered(guest, XS_WRITE, 0, "x%u", 1, most + 1), "ENOSPC");
	tx = begin(guest);
	assert_string_equal(ask_numbered(guest, XS_WRITE, tx, "x%u", 1, most + 1), "ENOSPC");
	assert_string_equal(ask_numbered(guest, XS_WRITE, tx, "x%u", 3, most + 1), "ENOSPC");
	assert_string_equal(commit(guest, tx), "OK");
	assert_string_equal(ask_numbered(world->dom0, XS_WRITE, 0, "/local/domain/5/x%u", 1,
					 most + 1),
			    "OK");
}

static void test_node_size_by_children(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	size_t room;
	unsigned int i = 0;
	uint32_t one, two;

	OK(guest, XS_MKDIR, 0, "d");
	room = limit(world, QUOTA_NODE_SIZE) - node_size(0, 1, 0);
	for (; room >= 2 * 8; room -= 8) {
		assert_string_equal(ask_numbered(guest, XS_MKDIR, 0, "d/%07u", i++, 0), "OK");
	}
	/* Room for one more, which two transactions want. */
	one = begin(guest);
	two = begin(guest);
	OK(guest, XS_MKDIR, one, "d/1234567");
	OK(guest, XS_MKDIR, two, "d/7654321");
	assert_string_equal(commit(guest, one), "OK");
	assert_string_equal(commit(guest, two), "ENOSPC");
	FAILS(guest, XS_MKDIR, 0, "d/1234568", "ENOSPC");
	OK(guest, XS_RM, 0, "d/1234567");
	OK(guest, XS_MKDIR, 0, "d/1234568");
	WRITE(world->dom0, 0, "/local/domain/5/d/a-name-of-dom0-s\0v");
}

static void test_path(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	char path[100];

	world->stored->quota.limit[QUOTA_PATH] = 64;
	memset(path, 'x', sizeof(path));
	memcpy(path, "/local/domain/5/", 16);
	path[64] = '\0';
	ask(guest, XS_MKDIR, 0, path, 65);
	assert_string_equal(guest->reply.data, "OK");
	path[64] = 'x';
	path[65] = '\0';
	ask(guest, XS_MKDIR, 0, path, 66);
	assert_string_equal(guest->reply.data, "E2BIG");
	ask(guest, XS_MKDIR, 0, path + 16, 50);
	assert_string_equal(guest->reply.data, "E2BIG");
	ask(world->dom0, XS_MKDIR, 0, path, 66);
	assert_string_equal(world->dom0->reply.data, "OK");
}

static void test_memory(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	size_t nodes = 0, before, tx_before;
	uint32_t tx;

	/* A small limit reaches memory before the other quotas. */
	world->stored->quota.limit[QUOTA_MEMORY] = 20000;
	while (!strcmp(ask_numbered(guest, XS_WRITE, 0, SPREAD, (unsigned int)nodes, 1000), "OK")) {
		nodes++;
	}
	assert_string_equal(guest->reply.data, "ENOMEM");
	assert_true(nodes > 10);
	before = account(world, 5)->memory;
	assert_true(before <= 20000 && before > 20000 - 1500);
	assert_string_equal(ask_numbered(guest, XS_WRITE, 0, SPREAD, 0, 2000), "ENOMEM");
	READS(world->dom0, 0, "/local/domain/5/n", "");
	/* Transactions are charged as well, and give everything back. */
	OK(guest, XS_RM, 0, "n/0");
	OK(guest, XS_RM, 0, "n/1");
	OK(guest, XS_RM, 0, "n/2");
	tx = begin(guest);
	tx_before = account(world, 5)->memory;
	assert_string_equal(ask_numbered(guest, XS_WRITE, tx, SPREAD, 1, 600), "OK");
	assert_true(account(world, 5)->memory > tx_before + 600);
	assert_string_equal(ask_numbered(guest, XS_WRITE, tx, SPREAD, 2, 1800), "ENOMEM");
	ASK(guest, XS_TRANSACTION_END, tx, "F");
	assert_true(account(world, 5)->memory < tx_before);
	/* Watches too. */
	world->stored->quota.limit[QUOTA_MEMORY] = account(world, 5)->memory + 10;
	FAILS(guest, XS_WATCH, 0, "x\0t", "ENOMEM");
	FAILS(guest, XS_TRANSACTION_START, 0, "", "ENOMEM");
	OK(guest, XS_RM, 0, "n");
	OK(guest, XS_WATCH, 0, "x\0t");
}

/* Events that a guest does not read fill its own account, not our memory. */
static void test_unread_events(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	size_t most;

	OK(world->dom0, XS_MKDIR, 0, "/x");
	OK(world->dom0, XS_SET_PERMS, 0, "/x\0r0");
	OK(guest, XS_WATCH, 0, "/x\0t");
	drop_events(guest);
	world->stored->quota.limit[QUOTA_MEMORY] = 20000;
	guest->out_limit = 0;
	for (unsigned int i = 0; i < 1000; i++) {
		assert_string_equal(ask_numbered(world->dom0, XS_MKDIR, 0, "/x/%u", i, 0), "OK");
	}
	most = account(world, 5)->memory;
	assert_true(most <= 20000 && most > 19000);
	guest->out_limit = FAKE_ROOM;
	drop_events(guest);
	assert_true(account(world, 5)->memory < 1000);
	READS(guest, 0, "/x", "");
}

static void test_outstanding(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	unsigned int most = (unsigned int)limit(world, QUOTA_OUTSTANDING);

	guest->out_limit = 0;
	for (unsigned int i = 0; i < most + 1; i++) {
		char text[32];
		int len = snprintf(text, sizeof(text), "x%u", i) + 1;

		fake_send(guest, XS_MKDIR, 0, text, (size_t)len);
	}
	fake_run(world->stored);
	READS(world->dom0, 0, "/local/domain/5/x19", "");
	FAILS(world->dom0, XS_READ, 0, "/local/domain/5/x20", "ENOENT");
	/* One answer read, one more request heard. */
	guest->out_limit = sizeof(struct xsd_sockmsg) + 3;
	connection_wake(guest->connection);
	fake_run(world->stored);
	READS(world->dom0, 0, "/local/domain/5/x20", "");
	guest->out_limit = FAKE_ROOM;
	connection_wake(guest->connection);
	fake_run(world->stored);
	for (unsigned int i = 0; i < most + 1; i++) {
		assert_true(fake_take(guest));
		assert_string_equal(guest->reply.data, "OK");
	}
}

/* A flood of one does not keep others waiting: each has its turn. */
static void test_turns(void **state)
{
	struct world *world = *state;
	struct fake *flood = fake_guest(world->stored, 5), *other = fake_guest(world->stored, 6);

	for (int i = 0; i < 1000; i++) {
		fake_send(flood, XS_READ, 0, PARTS("nothing"));
	}
	fake_send(other, XS_READ, 0, PARTS("nothing"));
	connections_run(world->stored);
	assert_true(fake_take(other));
	assert_true(flood->in_len > 900 * (sizeof(struct xsd_sockmsg) + 8));
	fake_run(world->stored);
}

/* All that a domain used is given back at its death. */
static void test_death_gives_back(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	const struct account *dom0 = account(world, 0);
	size_t nodes, memory;
	uint32_t tx;

	OK(world->dom0, XS_MKDIR, 0, "/shared");
	OK(world->dom0, XS_SET_PERMS, 0, "/shared\0b0");
	nodes = dom0->nodes;
	memory = dom0->memory;
	WRITE(guest, 0, "/shared/a/b/c\0v");
	WRITE(guest, 0, "x/y/z\0v");
	OK(guest, XS_WATCH, 0, "x\0t");
	tx = begin(guest);
	WRITE(guest, tx, "x/y/w\0v");
	OK(guest, XS_RM, tx, "x");
	guest->out_limit = 0;
	fake_send(guest, XS_READ, 0, PARTS("x"));
	fake_run(world->stored);
	OK(world->dom0, XS_RELEASE, 0, "5");
	assert_null(account_find(world->stored, 5));
	FAILS(world->dom0, XS_READ, 0, "/shared/a", "ENOENT");
	FAILS(world->dom0, XS_READ, 0, "/local/domain/5", "ENOENT");
	assert_int_equal(dom0->nodes, nodes);
	assert_int_equal(dom0->memory, memory);
}

/* What the log says when a domain is refused: its name, the quota and the numbers, once; whatever
 * the name holds, it is one line. */
static void test_log(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5), *other = fake_guest(world->stored, 6);
	char path[] = "/tmp/test_quota-XXXXXX", text[2048];
	int fd = mkstemp(path);
	unsigned int lines = 0;
	ssize_t got;

	WRITE(world->dom0, 0, "/local/domain/5/name\0web\n2026 forged\033[2J\xc2\x9bJ");
	WRITE(world->dom0, 0, "/local/domain/6/name\0mail");
	assert_true(log_to_file(path) >= 0);
	world->stored->quota.limit[QUOTA_NODES] = 20;
	world->stored->quota.limit[QUOTA_WATCHES] = 3;
	for (unsigned int i = 0; i < 30; i++) {
		make(guest, 0, i);
		ASK(other, XS_WATCH, 0, "a\0t");
		ASK(other, XS_WATCH, 0, "b\0t");
		ASK(other, XS_WATCH, 0, "c\0t");
		ASK(other, XS_WATCH, 0, "d\0t");
	}
	assert_true(log_to_file("/dev/null") >= 0);
	got = pread(fd, text, sizeof(text) - 1, 0);
	text[got > 0 ? got : 0] = '\0';
	close(fd);
	unlink(path);
	for (const char *c = text; *c; c++) {
		lines += *c == '\n';
		assert_true(*c == '\n' || ((unsigned char)*c >= ' ' && *c != 0x7f));
	}
	assert_null(strstr(text, "\xc2\x9b"));
	assert_int_equal(lines, 2);
	assert_non_null(strstr(text,
			       "domain 5 (web?2026 forged?[2J??J): quota 'nodes' of 20 is used "
			       "up (20 used, 1 more wanted)"));
	assert_non_null(strstr(text, "domain 6 (mail): quota 'watches' of 3 is used up"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(test_nodes),
		TEST(test_nodes_by_transactions),
		TEST(test_watches),
		TEST(test_transactions),
		TEST(test_transaction_nodes),
		TEST(test_permissions),
		TEST(test_node_size_by_value),
		TEST(test_node_size_by_children),
		TEST(test_path),
		TEST(test_memory),
		TEST(test_unread_events),
		TEST(test_outstanding),
		TEST(test_turns),
		TEST(test_death_gives_back),
		TEST(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
