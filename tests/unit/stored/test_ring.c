/* SPDX-License-Identifier: MIT */
/* The shared page: ordinary talk across its end, a guest that lies about its indices, and one that
 * begins anew. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../../dom0-tools/stored/ring.h"
#include "fake.h"

struct test_ring {
	struct ring ring; /* first */
	unsigned int notified;
	struct connection *connection;
	struct xenstore_domain_interface page;
};

static void count_notice(struct ring *ring)
{
	((struct test_ring *)ring)->notified++;
}

static void release(struct ring *ring)
{
	free(ring);
}

static struct test_ring *open_ring(struct world *world)
{
	struct test_ring *test = calloc(1, sizeof(*test));

	test->ring.page = &test->page;
	test->ring.notify = count_notice;
	test->ring.release = release;
	ring_init(&test->ring);
	test->connection = connection_create(world->stored, &test->ring.transport, 9);
	return test;
}

/* What the guest does. */
static void guest_put(struct test_ring *test, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		assert_true(test->page.req_prod - test->page.req_cons < XENSTORE_RING_SIZE);
		/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
		test->page.req[MASK_XENSTORE_IDX(test->page.req_prod++)] = ((const char *)bytes)[i];
	}
}

static void guest_get(struct test_ring *test, void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		assert_true(test->page.rsp_cons != test->page.rsp_prod);
		((char *)bytes)[i] = test->page.rsp[MASK_XENSTORE_IDX(test->page.rsp_cons++)];
	}
}

static void turn(struct world *world, struct test_ring *test)
{
	connection_wake(test->connection);
	fake_run(world->stored);
}

static void ask_ring(struct world *world, struct test_ring *test, uint32_t type, const char *text,
		     size_t len, char *answer)
{
	struct xsd_sockmsg header = {.type = type, .req_id = 3, .len = (uint32_t)len};

	guest_put(test, &header, sizeof(header));
	guest_put(test, text, len);
	turn(world, test);
	do { /* events may come first */
		guest_get(test, &header, sizeof(header));
		guest_get(test, answer, header.len);
	} while (header.type == XS_WATCH_EVENT);
	assert_int_equal(header.req_id, 3);
	answer[header.len] = '\0';
}

static void test_talk(void **state)
{
	struct world *world = *state;
	struct test_ring *test = open_ring(world);
	char answer[64];

	assert_int_equal(test->page.server_features,
			 XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR);
	/* Long enough for both rings to wrap, with the indices' own wrap on the way. */
	test->page.req_prod = test->page.req_cons = UINT32_MAX - 2000;
	test->page.rsp_prod = test->page.rsp_cons = UINT32_MAX - 2000;
	for (int i = 0; i < 500; i++) {
		test->notified = 0;
		ask_ring(world, test, XS_GET_DOMAIN_PATH, PARTS("9"), answer);
		assert_string_equal(answer, "/local/domain/9");
		assert_int_equal(test->notified, 1);
	}
	turn(world, test);
	test->notified = 0;
	turn(world, test);
	assert_int_equal(test->notified, 0);
}

/* An answer longer than the ring goes out as the guest makes room. */
static void test_long_answer(void **state)
{
	struct world *world = *state;
	struct test_ring *test = open_ring(world);
	struct xsd_sockmsg header = {.type = XS_READ, .len = 3};
	char value[4000], got[4000];
	size_t at = 0, n;

	memcpy(value, "/x", 3);
	memset(value + 3, 'v', sizeof(value) - 3);
	ask(world->dom0, XS_WRITE, 0, value, sizeof(value));
	OK(world->dom0, XS_SET_PERMS, 0, "/x\0r0");
	guest_put(test, &header, sizeof(header));
	guest_put(test, "/x", 3);
	turn(world, test);
	guest_get(test, &header, sizeof(header));
	assert_int_equal(header.len, sizeof(value) - 3);
	while (at < header.len) {
		n = test->page.rsp_prod - test->page.rsp_cons;
		assert_true(n > 0 && n <= XENSTORE_RING_SIZE);
		guest_get(test, got + at, n);
		at += n;
		turn(world, test);
	}
	assert_memory_equal(got, value + 3, header.len);
}

static void test_bad_request_index(void **state)
{
	struct world *world = *state;
	struct test_ring *test = open_ring(world);

	test->page.req_prod = test->page.req_cons + XENSTORE_RING_SIZE + 1;
	turn(world, test);
	assert_int_equal(test->page.error, XENSTORE_ERROR_RINGIDX);
	assert_true(test->connection->stopped);
	READS(world->dom0, 0, "/tool", "");
}

static void test_bad_answer_index(void **state)
{
	struct world *world = *state;
	struct test_ring *test = open_ring(world);
	struct xsd_sockmsg header = {.type = XS_READ, .len = 2};

	test->page.rsp_cons = test->page.rsp_prod + 1;
	guest_put(test, &header, sizeof(header));
	guest_put(test, "/", 2);
	turn(world, test);
	assert_int_equal(test->page.error, XENSTORE_ERROR_RINGIDX);
	assert_true(test->connection->stopped);
	turn(world, test);
}

static void test_begin_anew(void **state)
{
	struct world *world = *state;
	struct test_ring *test = open_ring(world);
	char answer[64];
	unsigned int nodes;

	ask_ring(world, test, XS_WATCH, PARTS("/x\0t"), answer);
	ask_ring(world, test, XS_TRANSACTION_START, PARTS(""), answer);
	nodes = (unsigned int)account_find(world->stored, 9)->watches;
	assert_int_equal(nodes, 1);
	test->page.req_prod += XENSTORE_RING_SIZE * 2; /* and lies besides */
	turn(world, test);
	assert_true(test->connection->stopped);
	assert_false(ring_reconnect(&test->ring));
	test->page.connection = XENSTORE_RECONNECT;
	assert_true(ring_reconnect(&test->ring));
	connection_reset(test->connection);
	test->connection->stopped = false;
	assert_int_equal(test->page.connection, XENSTORE_CONNECTED);
	assert_int_equal(test->page.error, XENSTORE_ERROR_NONE);
	assert_int_equal(test->page.req_prod, 0);
	assert_int_equal(account_find(world->stored, 9)->watches, 0);
	assert_int_equal(account_find(world->stored, 9)->transactions, 0);
	ask_ring(world, test, XS_GET_DOMAIN_PATH, PARTS("9"), answer);
	assert_string_equal(answer, "/local/domain/9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(test_talk),
		TEST(test_long_answer),
		TEST(test_bad_request_index),
		TEST(test_bad_answer_index),
		TEST(test_begin_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
