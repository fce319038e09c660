/* SPDX-License-Identifier: MIT */
/* The state that one daemon hands to the next: all of it, and nothing torn or foreign. */
#include "fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../../dom0-tools/stored/crc.h"
#include "../../../dom0-tools/stored/state.h"
#include "../../../dom0-tools/stored/watch.h"

/* What the new store's clients are, in the order of the old one's. */
static struct fake *heirs[8];
static unsigned int heir_count;
static uint16_t dead_domid;

static int take_over(struct transport **transport, bool is_guest)
{
	struct fake *heir = fake_heir(is_guest);

	assert_true(heir_count < 8);
	heirs[heir_count++] = heir;
	*transport = &heir->transport;
	return 0;
}

static int take_socket(void *arg, uint32_t fd, struct transport **transport)
{
	(void)arg;
	(void)fd;
	return take_over(transport, false);
}

static int take_ring(void *arg, uint16_t domid, uint32_t port, uint32_t ours,
		     struct transport **transport)
{
	(void)arg;
	(void)ours;
	(void)port;
	return domid == dead_domid ? -EINVAL : take_over(transport, true);
}

static const struct state_source source = {.socket = take_socket, .ring = take_ring};

/* The store after an update. Everything that belonged to the old one is gone. */
static struct stored *update(struct world *world)
{
	struct bytes old = {0}, again = {0};
	const char *fault;
	struct stored *stored;

	heir_count = 0;
	assert_int_equal(state_dump(world->stored, true, &old), 0);
	stored = state_load(world->stored->backend, &source, old.data, old.len, &fault);
	if (!stored) {
		fail_msg("refused: %s", fault);
	}
	for (unsigned int i = 0; i < heir_count; i++) {
		heirs[i]->connection = heirs[i]->transport.connection;
	}
	if (!dead_domid) {
		assert_int_equal(state_dump(stored, true, &again), 0);
		assert_int_equal(old.len, again.len);
		assert_memory_equal(old.data, again.data, old.len);
	}
	bytes_free(&old);
	bytes_free(&again);
	stored_destroy(world->stored);
	world->stored = stored;
	world->dom0 = heirs[0];
	return stored;
}

static void test_nodes(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);

	WRITE(world->dom0, 0, "/a/b\0one");
	WRITE(world->dom0, 0, "/a/c\0");
	OK(world->dom0, XS_SET_PERMS, 0, "/a/c\0n5\0r6");
	WRITE(guest, 0, "data/x\0mine");
	update(world);
	guest = heirs[1];
	READS(world->dom0, 0, "/a/b", "one");
	READS(guest, 0, "data/x", "mine");
	READS(guest, 0, "/a/c", "");
	FAILS(guest, XS_READ, 0, "/a/b", "EACCES");
	ASK(world->dom0, XS_GET_PERMS, 0, "/a/c");
	assert_memory_equal(world->dom0->reply.data, "n5\0r6", 6);
	WRITE(guest, 0, "data/x\0still mine");
	assert_int_equal(world->stored->quota.limit[QUOTA_NODES], 1000);
}

static void test_watches_and_messages(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	char begun[7];

	OK(guest, XS_WATCH, 0, "data\0token");
	EVENT(guest, "data token");
	OK(world->dom0, XS_WATCH, 0, "@releaseDomain\0death");
	drop_events(world->dom0);
	/* An event and half a reply wait, half a request has come. */
	guest->out_limit = guest->out_len + 7;
	WRITE(world->dom0, 0, "/local/domain/5/data\0x");
	fake_send(guest, XS_READ, 0, PARTS("data"));
	guest->in_len -= 2;
	fake_run(world->stored);
	assert_int_equal(guest->out_len, 7);
	memcpy(begun, guest->out, 7);
	update(world);
	guest = heirs[1];
	memcpy(guest->out, begun, 7);
	guest->out_len = 7;
	fake_put(guest, "a\0", 2);
	fake_run(world->stored);
	assert_true(fake_take(guest));
	assert_string_equal(guest->reply.data, "x");
	EVENT(guest, "data token");
	WRITE(world->dom0, 0, "/local/domain/5/data\0y");
	EVENT(guest, "data token");
	domain_release(world->stored, 5);
	EVENT(world->dom0, "@releaseDomain death");
}

static void test_transactions(void **state)
{
	struct world *world = *state;
	struct fake *other = fake_client(world->stored);
	uint32_t good, bad, gone;

	WRITE(world->dom0, 0, "/a\0old");
	WRITE(world->dom0, 0, "/b\0old");
	good = begin(world->dom0);
	bad = begin(world->dom0);
	gone = begin(other);
	READS(world->dom0, good, "/a", "old");
	WRITE(world->dom0, good, "/a\0new");
	WRITE(world->dom0, good, "/made/here\0x");
	OK(world->dom0, XS_RM, good, "/b");
	READS(world->dom0, bad, "/a", "old");
	WRITE(world->dom0, bad, "/bad\0x");
	WRITE(other, gone, "/gone\0x");
	update(world);
	other = heirs[1];
	READS(world->dom0, good, "/a", "new");
	READS(world->dom0, good, "/made/here", "x");
	FAILS(world->dom0, XS_READ, good, "/b", "ENOENT");
	READS(world->dom0, 0, "/a", "old");
	assert_string_equal(commit(world->dom0, good), "OK");
	READS(other, 0, "/made/here", "x");
	FAILS(other, XS_READ, 0, "/b", "ENOENT");
	assert_string_equal(commit(world->dom0, bad), "EAGAIN");
	OK(other, XS_TRANSACTION_END, gone, "F");
	assert_int_not_equal(begin(world->dom0), good);
}

/* Rights of a domain that is gone stay void. */
static void test_deaths(void **state)
{
	struct world *world = *state;

	fake_guest(world->stored, 5);
	WRITE(world->dom0, 0, "/secret\0x");
	OK(world->dom0, XS_SET_PERMS, 0, "/secret\0n0\0r5");
	domain_release(world->stored, 5);
	update(world);
	FAILS(fake_guest(world->stored, 5), XS_READ, 0, "/secret", "EACCES");
}

static void test_domain_died_meanwhile(void **state)
{
	struct world *world = *state;

	fake_guest(world->stored, 5);
	fake_guest(world->stored, 6);
	OK(world->dom0, XS_WATCH, 0, "@releaseDomain\0death");
	drop_events(world->dom0);
	dead_domid = 5;
	update(world);
	dead_domid = 0;
	EVENT(world->dom0, "@releaseDomain death");
	FAILS(world->dom0, XS_READ, 0, "/local/domain/5", "ENOENT");
	READS(world->dom0, 0, "/local/domain/6", "");
}

/* Quotas that were lowered do not make what stands unloadable, and are in force again. */
static void test_quotas(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);

	OK(guest, XS_WATCH, 0, "data\0one");
	OK(guest, XS_WATCH, 0, "data\0two");
	WRITE(guest, 0, "data/x\0mine");
	drop_events(guest);
	world->stored->quota.limit[QUOTA_WATCHES] = 1;
	world->stored->quota.limit[QUOTA_NODES] = 1;
	update(world);
	FAILS(heirs[1], XS_WATCH, 0, "data\0three", "E2BIG");
	WRITE_FAILS(heirs[1], 0, "data/y\0mine", "ENOSPC");
}

static void refuse(struct world *world, const uint8_t *data, size_t len)
{
	const char *fault = NULL;

	heir_count = 0;
	assert_null(state_load(world->stored->backend, &source, data, len, &fault));
	assert_non_null(fault);
}

/* Cut anywhere, or a bit wrong anywhere, also when the checksum has been made to fit. */
static void test_torn(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	struct bytes old = {0};
	struct stored *stored;
	const char *fault;
	uint32_t crc, tx;

	OK(guest, XS_WATCH, 0, "data\0token");
	tx = begin(guest);
	WRITE(guest, tx, "data/x\0mine");
	assert_int_equal(state_dump(world->stored, true, &old), 0);
	for (size_t len = 0; len < old.len; len++) {
		refuse(world, old.data, len);
	}
	for (size_t bit = 0; bit < old.len * 8; bit += 5) {
		old.data[bit / 8] ^= 1U << bit % 8;
		refuse(world, old.data, old.len);
		heir_count = 0;
		crc = crc32_of(old.data + STATE_HEADER, old.len - STATE_HEADER);
		memcpy(old.data + 12, &crc, 4);
		dead_domid = 5; /* or any: the port may be wrong */
		stored = state_load(world->stored->backend, &source, old.data, old.len, &fault);
		dead_domid = 0;
		if (stored) {
			stored_destroy(stored);
		}
		old.data[bit / 8] ^= 1U << bit % 8;
		crc = crc32_of(old.data + STATE_HEADER, old.len - STATE_HEADER);
		memcpy(old.data + 12, &crc, 4);
	}
	bytes_free(&old);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_nodes),  TEST(test_watches_and_messages),  TEST(test_transactions),
		TEST(test_deaths), TEST(test_domain_died_meanwhile), TEST(test_quotas),
		TEST(test_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
