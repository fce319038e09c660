/* SPDX-License-Identifier: MIT */
/* Requests as bytes: every type, malformed ones, split ones, and what the answers look like. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

static void test_nodes(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;

	WRITE(c, 0, "/a/b\0value");
	READS(c, 0, "/a/b", "value");
	READS(c, 0, "/a", "");
	WRITE(c, 0, "/a/b\0");
	READS(c, 0, "/a/b", "");
	WRITE(c, 0, "/a/bin\0x\0y\n\xff");
	READS(c, 0, "/a/bin", "x\0y\n\xff");
	OK(c, XS_MKDIR, 0, "/a/c");
	OK(c, XS_MKDIR, 0, "/a/c");
	ASK(c, XS_DIRECTORY, 0, "/a");
	assert_int_equal(c->reply.len, 8);
	assert_memory_equal(c->reply.data, "b\0bin\0c", 8);
	ASK(c, XS_DIRECTORY, 0, "/a/c");
	assert_int_equal(c->reply.type, XS_DIRECTORY);
	assert_int_equal(c->reply.len, 0);
	OK(c, XS_RM, 0, "/a/b");
	OK(c, XS_RM, 0, "/a/b");
	FAILS(c, XS_RM, 0, "/x/y", "ENOENT");
	FAILS(c, XS_RM, 0, "/", "EINVAL");
	FAILS(c, XS_READ, 0, "/a/b", "ENOENT");
	OK(c, XS_RM, 0, "/a");
	FAILS(c, XS_DIRECTORY, 0, "/a", "ENOENT");
}

static void test_names_are_prefixes_of_others(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;

	WRITE(c, 0,
	      "/p/ab\0"
	      "2");
	WRITE(c, 0,
	      "/p/a\0"
	      "1");
	WRITE(c, 0,
	      "/p/abc\0"
	      "3");
	WRITE(c, 0,
	      "/p/b\0"
	      "4");
	READS(c, 0, "/p/a", "1");
	READS(c, 0, "/p/ab", "2");
	READS(c, 0, "/p/abc", "3");
	OK(c, XS_RM, 0, "/p/ab");
	READS(c, 0, "/p/abc", "3");
	READS(c, 0, "/p/a", "1");
	FAILS(c, XS_READ, 0, "/p/ab", "ENOENT");
}

static void test_paths(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	char path[XENSTORE_ABS_PATH_MAX + 8];

	WRITE(c, 0, "name\0me");
	READS(c, 0, "/local/domain/0/name", "me");
	WRITE_FAILS(c, 0, "\0x", "EINVAL");
	WRITE_FAILS(c, 0, "/a//b\0x", "EINVAL");
	WRITE_FAILS(c, 0, "/a/\0x", "EINVAL");
	WRITE_FAILS(c, 0, "a/\0x", "EINVAL");
	WRITE_FAILS(c, 0, "/a b\0x", "EINVAL");
	WRITE_FAILS(c, 0, "/a.b\0x", "EINVAL");
	WRITE_FAILS(c, 0, "/\xc3\xa4\0x", "EINVAL");
	WRITE_FAILS(c, 0, "@x\0x", "EINVAL");
	WRITE(c, 0, "/Az09-_@\0x");
	WRITE(c, 0, "/\0root");
	READS(c, 0, "/", "root");

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[XENSTORE_ABS_PATH_MAX] = '\0';
	ask(c, XS_MKDIR, 0, path, XENSTORE_ABS_PATH_MAX + 1);
	assert_string_equal(c->reply.data, "OK");
	path[XENSTORE_ABS_PATH_MAX] = 'x';
	path[XENSTORE_ABS_PATH_MAX + 1] = '\0';
	ask(c, XS_MKDIR, 0, path, XENSTORE_ABS_PATH_MAX + 2);
	assert_string_equal(c->reply.data, "E2BIG");
	path[0] = 'x';
	path[XENSTORE_REL_PATH_MAX + 1] = '\0';
	ask(c, XS_MKDIR, 0, path, XENSTORE_REL_PATH_MAX + 2);
	assert_string_equal(c->reply.data, "E2BIG");
}

/* The deepest tree that a path allows can be made, watched and removed. */
static void test_depth(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	char path[XENSTORE_ABS_PATH_MAX + 1];

	for (size_t i = 0; i < XENSTORE_ABS_PATH_MAX; i += 2) {
		memcpy(path + i, "/d", 2);
	}
	path[XENSTORE_ABS_PATH_MAX] = '\0';
	ask(c, XS_MKDIR, 0, path, sizeof(path));
	assert_string_equal(c->reply.data, "OK");
	check_store(world->stored);
	OK(c, XS_RM, 0, "/d");
}

static void test_directory_parts(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	char request[64], all[16384], generation[32];
	size_t len = 0, names = 0, skip;
	int n;

	for (int i = 0; i < 300; i++) {
		n = snprintf(request, sizeof(request), "/many/a-rather-long-name-%03d", i) + 1;
		ask(c, XS_MKDIR, 0, request, (size_t)n);
	}
	FAILS(c, XS_DIRECTORY, 0, "/many", "E2BIG");
	do {
		n = snprintf(request, sizeof(request), "/many%c%zu", 0, len) + 1;
		ask(c, XS_DIRECTORY_PART, 0, request, (size_t)n);
		assert_int_equal(c->reply.type, XS_DIRECTORY_PART);
		skip = strlen(c->reply.data) + 1;
		if (len) {
			assert_string_equal(c->reply.data, generation);
		}
		memcpy(generation, c->reply.data, skip);
		assert_true(c->reply.len > skip);
		memcpy(all + len, c->reply.data + skip, c->reply.len - skip);
		len += c->reply.len - skip;
	} while (len < 2 || all[len - 2]);
	for (size_t at = 0; all[at]; at += strlen(all + at) + 1) {
		snprintf(request, sizeof(request), "a-rather-long-name-%03zu", names++);
		assert_string_equal(all + at, request);
	}
	assert_int_equal(names, 300);

	ASK(c, XS_DIRECTORY_PART, 0,
	    "/many\0"
	    "100000");
	assert_int_equal(c->reply.len, strlen(generation) + 2);
	OK(c, XS_MKDIR, 0, "/many/more");
	ASK(c, XS_DIRECTORY_PART, 0,
	    "/many\0"
	    "0");
	assert_string_not_equal(c->reply.data, generation);
	ASK(c, XS_DIRECTORY_PART, 0,
	    "/many/more\0"
	    "0");
	assert_int_equal(c->reply.data[c->reply.len - 1], 0);
	FAILS(c, XS_DIRECTORY_PART, 0, "/many\0-1", "EINVAL");
	FAILS(c, XS_DIRECTORY_PART, 0, "/many\0x", "EINVAL");
	FAILS(c, XS_DIRECTORY_PART, 0, "/many", "EINVAL");
}

static void test_malformed(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;

	for (uint32_t type = 0; type < XS_TYPE_COUNT + 2; type++) {
		ask(c, type, 0, NULL, 0);
		if (type != XS_TRANSACTION_START && type != XS_RESET_WATCHES) {
			assert_int_equal(c->reply.type, XS_ERROR);
		}
		ask(c, type, 0, "no end", 6);
	}
	FAILS(c, XS_TYPE_COUNT, 0, "", "ENOSYS");
	FAILS(c, 20, 0, "", "ENOSYS");
	FAILS(c, XS_INVALID, 0, "", "ENOSYS");
	FAILS(c, XS_WATCH_EVENT, 0, "/a\0t", "ENOSYS");
	FAILS(c, XS_ERROR, 0, "EINVAL", "ENOSYS");
	FAILS(c, XS_READ, 4711, "/", "ENOENT");
	FAILS(c, XS_WATCH, 0, "/a", "EINVAL");
	FAILS(c, XS_WATCH, 0, "@nothing\0t", "EINVAL");
	FAILS(c, XS_WATCH, 0, "/a\0t\0-1", "EINVAL");
	FAILS(c, XS_UNWATCH, 0, "/a\0t", "ENOENT");
	FAILS(c, XS_SET_PERMS, 0, "/\0q0", "EINVAL");
	FAILS(c, XS_SET_PERMS, 0, "/\0r", "EINVAL");
	FAILS(c, XS_SET_PERMS, 0, "/\0r32752", "EINVAL");
	FAILS(c, XS_SET_PERMS, 0, "/\0r0x", "EINVAL");
	FAILS(c, XS_SET_PERMS, 0, "/\0", "EINVAL");
	ask(c, XS_SET_PERMS, 0, "/\0r0", 5);
	assert_int_equal(c->reply.type, XS_SET_PERMS);
	ask(c, XS_SET_PERMS, 0, "/\0r0", 4);
	assert_string_equal(c->reply.data, "EINVAL");
	FAILS(c, XS_TRANSACTION_END, 0, "T", "ENOENT");
	FAILS(c, XS_GET_DOMAIN_PATH, 0, "32752", "EINVAL");
	FAILS(c, XS_GET_DOMAIN_PATH, 0, "-1", "EINVAL");
	FAILS(c, XS_GET_DOMAIN_PATH, 0, " 1", "EINVAL");
	FAILS(c, XS_CONTROL, 0, "nothing", "EINVAL");
}

/* Bytes may come in any portions, and several requests at once. */
static void test_portions(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	char bytes[256];
	size_t len = 0;

	for (int i = 0; i < 3; i++) {
		struct xsd_sockmsg header = {.type = XS_WRITE,
					     .req_id = 70U + (unsigned int)i,
					     .len = 5};

		memcpy(bytes + len, &header, sizeof(header));
		memcpy(bytes + len + sizeof(header), "/a\0xx", 5);
		bytes[len + sizeof(header) + 4] = (char)('0' + i);
		len += sizeof(header) + 5;
	}
	for (size_t i = 0; i < len; i++) {
		fake_put(c, bytes + i, 1);
		fake_run(world->stored);
	}
	for (int i = 0; i < 3; i++) {
		assert_true(fake_take(c));
		assert_string_equal(c->reply.data, "OK");
	}
	READS(c, 0, "/a", "x2");
	fake_put(c, bytes, len);
	fake_run(world->stored);
	for (int i = 0; i < 3; i++) {
		assert_true(fake_take(c));
	}
	assert_false(fake_take(c));
}

static void test_too_long_stops_a_guest(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5), *other = fake_guest(world->stored, 6);
	struct xsd_sockmsg header = {.type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1};

	OK(guest, XS_WATCH, 0, "data\0t");
	drop_events(guest);
	fake_put(guest, &header, sizeof(header));
	fake_run(world->stored);
	assert_int_equal(guest->stopped, XENSTORE_ERROR_PROTO);
	/* Nothing is read or sent any more, and others do not notice. */
	fake_send(guest, XS_READ, 0, PARTS("data"));
	WRITE(world->dom0, 0, "/local/domain/5/data\0x");
	fake_run(world->stored);
	assert_false(fake_take(guest));
	assert_int_equal(guest->event_count, guest->event_next);
	WRITE(other, 0, "data\0x");
	READS(other, 0, "data", "x");
}

static void test_too_long_closes_a_socket(void **state)
{
	struct world *world = *state;
	struct fake *client = fake_client(world->stored);
	struct xsd_sockmsg header = {.type = XS_READ, .len = UINT32_MAX};
	struct connection *connection;
	unsigned int count = 0;

	fake_put(client, &header, sizeof(header));
	fake_run(world->stored);
	TAILQ_FOREACH(connection, &world->stored->connections, link)
	{
		count++;
	}
	assert_int_equal(count, 1);
}

/* A client that goes in the middle of a request, at each byte of it, has done nothing. */
static void test_truncated(void **state)
{
	struct world *world = *state;
	struct xsd_sockmsg header = {.type = XS_WRITE, .len = 5};
	char bytes[sizeof(header) + 5];

	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), "/cut\0", 5);
	for (size_t len = 0; len < sizeof(bytes); len++) {
		struct fake *client = fake_client(world->stored);

		fake_put(client, bytes, len);
		fake_run(world->stored);
		client->fault = -EPIPE;
		connection_wake(client->connection);
		fake_run(world->stored);
		FAILS(world->dom0, XS_READ, 0, "/cut", "ENOENT");
		assert_ptr_equal(TAILQ_FIRST(&world->stored->connections), world->dom0->connection);
		assert_null(TAILQ_NEXT(world->dom0->connection, link));
	}
	check_store(world->stored);
}

/* Every byte that is no letter of a name, alone and inside, in each kind of request that names. */
static void test_odd_names(void **state)
{
	static const uint32_t types[] = {XS_WRITE,     XS_MKDIR,     XS_RM,        XS_READ,
					 XS_DIRECTORY, XS_GET_PERMS, XS_SET_PERMS, XS_WATCH};
	static const char right[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_@/";
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	char path[16];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (unsigned int byte = 1; byte < 256; byte++) {
			int len = snprintf(path, sizeof(path), "data/a%cb%cn5", (char)byte, 0) + 1;

			if (!strchr(right, (int)byte)) {
				ask(guest, types[i], 0, path, (size_t)len);
				assert_int_equal(guest->reply.type, XS_ERROR);
				assert_string_equal(guest->reply.data, "EINVAL");
			}
		}
	}
	/* Names that mean something elsewhere mean nothing here. */
	FAILS(guest, XS_READ, 0, "data/../../6", "EINVAL");
	FAILS(guest, XS_MKDIR, 0, "~", "EINVAL");
	FAILS(guest, XS_MKDIR, 0, "data/%s%n", "EINVAL");
	WRITE(guest, 0, "data/-rf\0x");
	WRITE(guest, 0, "data/@releaseDomain\0x");
	READS(guest, 0, "data/@releaseDomain", "x");
	check_store(world->stored);
}

/* A guest sets and drops watches, and never reads what they say: nothing grows. */
static void test_watch_flood(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);
	const struct account *account = guest->connection->account;
	size_t before = 0;

	for (unsigned int i = 0; i < 5000; i++) {
		OK(guest, XS_WATCH, 0, "data\0t");
		OK(guest, XS_UNWATCH, 0, "data\0t");
		drop_events(guest);
		before = i == 10 ? account->memory : before;
	}
	assert_int_equal(account->watches, 0);
	assert_int_equal(account->memory, before);
	guest->out_limit = 0;
	for (unsigned int i = 0; i < 5000; i++) {
		fake_send(guest, XS_WATCH, 0, PARTS("data\0t"));
		fake_send(guest, XS_UNWATCH, 0, PARTS("data\0t"));
		fake_run(world->stored);
		if (guest->in_len > FAKE_ROOM - 256) {
			break; /* nobody takes them: it waits */
		}
	}
	assert_true(account->memory <= world->stored->quota.limit[QUOTA_MEMORY]);
	WRITE(world->dom0, 0, "/tool/x\0y");
	READS(world->dom0, 0, "/tool/x", "y");
	check_store(world->stored);
}

static void test_broken_transport(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);

	guest->fault = -EBADMSG;
	connection_wake(guest->connection);
	fake_run(world->stored);
	assert_int_equal(guest->stopped, XENSTORE_ERROR_RINGIDX);
	READS(world->dom0, 0, "/tool", "");
}

static void test_longest_value(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	char data[XENSTORE_PAYLOAD_MAX] = "/a";

	memset(data + 3, 'v', sizeof(data) - 3);
	ask(c, XS_WRITE, 0, data, sizeof(data));
	assert_string_equal(c->reply.data, "OK");
	ASK(c, XS_READ, 0, "/a");
	assert_int_equal(c->reply.len, sizeof(data) - 3);
	assert_memory_equal(c->reply.data, data + 3, sizeof(data) - 3);
}

static void test_ids_are_echoed(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0;
	struct xsd_sockmsg request = {.type = XS_READ, .req_id = 0xdeadbeef, .len = 2};
	struct xsd_sockmsg answer;

	request.tx_id = begin(c);
	fake_put(c, &request, sizeof(request));
	fake_put(c, "/", 2);
	fake_run(world->stored);
	memcpy(&answer, c->out, sizeof(answer));
	assert_int_equal(answer.req_id, request.req_id);
	assert_int_equal(answer.tx_id, request.tx_id);
	assert_true(fake_take(c));
}

static void test_control(void **state)
{
	struct world *world = *state;
	struct fake *c = world->dom0, *guest = fake_guest(world->stored, 5);

	ASK(c, XS_CONTROL, 0, "help");
	assert_non_null(strstr(c->reply.data, "quota"));
	ASK(c, XS_CONTROL, 0, "quota");
	assert_non_null(strstr(c->reply.data, "nodes"));
	ASK(c, XS_CONTROL, 0,
	    "quota\0set\0nodes\0"
	    "7");
	assert_int_equal(c->reply.type, XS_CONTROL);
	assert_int_equal(world->stored->quota.limit[QUOTA_NODES], 7);
	FAILS(c, XS_CONTROL, 0, "quota\0set\0nodes\0x", "EINVAL");
	FAILS(c, XS_CONTROL, 0,
	      "quota\0set\0nothing\0"
	      "7",
	      "EINVAL");
	FAILS(c, XS_CONTROL, 0,
	      "quota\0set\0outstanding\0"
	      "0",
	      "EINVAL");
	ASK(c, XS_CONTROL, 0,
	    "quota\0"
	    "5");
	assert_non_null(strstr(c->reply.data, "nodes: 1\n"));
	FAILS(c, XS_CONTROL, 0,
	      "quota\0"
	      "99999",
	      "EINVAL");
	ASK(c, XS_CONTROL, 0, "domains");
	assert_non_null(strstr(c->reply.data, "domain 5"));
	ASK(c, XS_CONTROL, 0, "memreport");
	assert_int_equal(c->reply.type, XS_CONTROL);
	FAILS(c, XS_CONTROL, 0, "log\0maybe", "EINVAL");
	FAILS(guest, XS_CONTROL, 0, "help", "EACCES");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(test_nodes),
		TEST(test_names_are_prefixes_of_others),
		TEST(test_paths),
		TEST(test_depth),
		TEST(test_directory_parts),
		TEST(test_malformed),
		TEST(test_portions),
		TEST(test_too_long_stops_a_guest),
		TEST(test_too_long_closes_a_socket),
		TEST(test_truncated),
		TEST(test_odd_names),
		TEST(test_watch_flood),
		TEST(test_broken_transport),
		TEST(test_longest_value),
		TEST(test_ids_are_echoed),
		TEST(test_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
