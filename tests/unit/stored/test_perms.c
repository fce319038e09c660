/* SPDX-License-Identifier: MIT */
/* Who may do what with a node, for every kind of entry; inheriting; what dead domains leave. */
#include <stdio.h>
#include <string.h>

#include "fake.h"

/* Whether a guest's request comes through. */
static bool may(struct fake *guest, uint32_t op, const char *data, size_t len)
{
	ask(guest, op, 0, data, len);
	if (guest->reply.type == XS_ERROR) {
		assert_string_equal(guest->reply.data, "EACCES");
	}
	return guest->reply.type != XS_ERROR;
}

static const struct {
	const char *perms; /* NULs as commas */
	bool read, write;  /* for domain 5 */
} table[] = {
	{"n0", false, false},      {"r0", true, false},
	{"w0", false, true},       {"b0", true, true},
	{"n5", true, true},        {"n6", false, false},
	{"n0,r5", true, false},    {"n0,w5", false, true},
	{"n0,b5", true, true},     {"b0,n5", false, false},
	{"b6,r5", true, false},    {"n0,r6", false, false},
	{"r0,b6", true, false},    {"n0,r6,b7,w5", false, true},
	{"n0,r5,b5", true, false}, /* the first entry counts */
};

static void test_table(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0, *guest = fake_guest(world->stored, 5);

	fake_guest(world->stored, 6);
	fake_guest(world->stored, 7);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char text[64];
		int len;

		OK(dom0, XS_RM, 0, "/x");
		WRITE(dom0, 0, "/x\0v");
		len = snprintf(text, sizeof(text), "/x,%s", table[i].perms) + 1;
		for (int c = 0; c < len; c++) {
			text[c] = text[c] == ',' ? '\0' : text[c];
		}
		ask(dom0, XS_SET_PERMS, 0, text, (size_t)len);
		assert_string_equal(dom0->reply.data, "OK");
		ASK(dom0, XS_GET_PERMS, 0, "/x");
		assert_int_equal(dom0->reply.len, len - 3);
		assert_memory_equal(dom0->reply.data, text + 3, (size_t)len - 3);
		assert_int_equal(may(guest, XS_READ, PARTS("/x")), table[i].read);
		assert_int_equal(may(guest, XS_DIRECTORY, PARTS("/x")), table[i].read);
		assert_int_equal(may(guest, XS_DIRECTORY_PART,
				     PARTS("/x\0"
					   "0")),
				 table[i].read);
		assert_int_equal(may(guest, XS_GET_PERMS, PARTS("/x")), table[i].read);
		assert_int_equal(may(guest, XS_WRITE, "/x\0w", 4), table[i].write);
		assert_int_equal(may(guest, XS_WRITE, "/x/y\0w", 6), table[i].write);
		assert_int_equal(may(guest, XS_MKDIR, PARTS("/x/z")), table[i].write);
		assert_int_equal(may(guest, XS_RM, PARTS("/x/none")), table[i].write);
		assert_int_equal(may(guest, XS_RM, PARTS("/x")), table[i].write);
	}
}

static void test_missing_nodes_do_not_tell(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0, *guest = fake_guest(world->stored, 5);

	WRITE(dom0, 0, "/secret/there\0v");
	FAILS(guest, XS_READ, 0, "/secret/there", "EACCES");
	FAILS(guest, XS_READ, 0, "/secret/not-there", "EACCES");
	FAILS(guest, XS_READ, 0, "/secret/not/there", "EACCES");
	OK(dom0, XS_SET_PERMS, 0, "/secret\0r0");
	FAILS(guest, XS_READ, 0, "/secret/there", "EACCES");
	FAILS(guest, XS_READ, 0, "/secret/not-there", "ENOENT");
	FAILS(guest, XS_RM, 0, "/secret/not-there", "EACCES");
}

static void test_inheriting(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0, *guest = fake_guest(world->stored, 5);

	OK(dom0, XS_MKDIR, 0, "/x");
	OK(dom0, XS_SET_PERMS, 0, "/x\0r6\0b5");
	OK(dom0, XS_MKDIR, 0, "/x/a/b");
	ASK(dom0, XS_GET_PERMS, 0, "/x/a/b");
	assert_memory_equal(dom0->reply.data, "r6\0b5", 6);
	/* What a guest makes is the guest's. */
	WRITE(guest, 0, "/x/c/d\0v");
	ASK(dom0, XS_GET_PERMS, 0, "/x/c");
	assert_memory_equal(dom0->reply.data, "r5\0b5", 6);
	ASK(dom0, XS_GET_PERMS, 0, "/x/c/d");
	assert_memory_equal(dom0->reply.data, "r5\0b5", 6);
}

static void test_setting(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0, *guest = fake_guest(world->stored, 5);

	WRITE(guest, 0, "mine\0v");
	OK(guest, XS_SET_PERMS, 0, "mine\0r5\0b6");
	FAILS(guest, XS_SET_PERMS, 0, "mine\0r6\0b5", "EPERM");
	FAILS(guest, XS_SET_PERMS, 0, "mine\0r0", "EPERM");
	WRITE(dom0, 0, "/x\0v");
	OK(dom0, XS_SET_PERMS, 0, "/x\0n0\0b5");
	FAILS(guest, XS_SET_PERMS, 0, "/x\0n0\0b5", "EACCES");
	FAILS(guest, XS_SET_PERMS, 0, "/x\0n5", "EACCES");
	FAILS(guest, XS_SET_PERMS, 0, "none\0n5", "ENOENT");
	FAILS(dom0, XS_SET_PERMS, 0, "/\0n5", "EINVAL");
	FAILS(dom0, XS_SET_PERMS, 0, "/none\0n5", "ENOENT");
}

static void test_privileged_requests(void **state)
{
	struct world *world = *state;
	struct fake *guest = fake_guest(world->stored, 5);

	FAILS(guest, XS_INTRODUCE, 0,
	      "6\0"
	      "1\0"
	      "1",
	      "EACCES");
	FAILS(guest, XS_RELEASE, 0, "5", "EACCES");
	FAILS(guest, XS_RESUME, 0, "5", "EACCES");
	FAILS(guest, XS_SET_TARGET, 0,
	      "5\0"
	      "6",
	      "EACCES");
	FAILS(guest, XS_CONTROL, 0, "quota", "EACCES");
	ASK(guest, XS_GET_DOMAIN_PATH, 0, "6");
	assert_string_equal(guest->reply.data, "/local/domain/6");
	ASK(guest, XS_IS_DOMAIN_INTRODUCED, 0, "6");
	assert_string_equal(guest->reply.data, "F");
}

static void test_target(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0, *stub = fake_guest(world->stored, 6);

	fake_guest(world->stored, 5);
	FAILS(stub, XS_READ, 0, "/local/domain/5", "EACCES");
	FAILS(dom0, XS_SET_TARGET, 0,
	      "6\0"
	      "9",
	      "ENOENT");
	FAILS(dom0, XS_SET_TARGET, 0,
	      "9\0"
	      "5",
	      "ENOENT");
	OK(dom0, XS_SET_TARGET, 0,
	   "6\0"
	   "5");
	WRITE(stub, 0, "/local/domain/5/device\0v");
	READS(stub, 0, "/local/domain/5/device", "v");
}

/* A new domain with a dead one's id has none of its rights and none of its nodes. */
static void test_nothing_is_inherited_from_the_dead(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0, *guest = fake_guest(world->stored, 5);
	uint32_t tx;

	WRITE(dom0, 0, "/x\0v");
	OK(dom0, XS_SET_PERMS, 0, "/x\0n0\0r5\0r6");
	WRITE(dom0, 0, "/theirs\0v");
	OK(dom0, XS_SET_PERMS, 0, "/theirs\0n5");
	READS(guest, 0, "/x", "v");
	tx = begin(dom0);
	WRITE(dom0, tx, "/late\0v");
	OK(dom0, XS_SET_PERMS, tx, "/late\0n0\0b5");
	OK(dom0, XS_RELEASE, 0, "5");
	assert_string_equal(commit(dom0, tx), "OK");
	FAILS(dom0, XS_READ, 0, "/theirs", "ENOENT");
	FAILS(dom0, XS_READ, 0, "/local/domain/5", "ENOENT");
	ASK(dom0, XS_GET_PERMS, 0, "/x");
	assert_int_equal(dom0->reply.len, 6);
	assert_memory_equal(dom0->reply.data, "n0\0r6", 6);
	WRITE(dom0, 0, "/x/new\0v"); /* its copy of the entries leaves out the void one */
	guest = fake_guest(world->stored, 5);
	FAILS(guest, XS_READ, 0, "/x", "EACCES");
	FAILS(guest, XS_READ, 0, "/x/new", "EACCES");
	FAILS(guest, XS_READ, 0, "/late", "EACCES");
	OK(dom0, XS_SET_PERMS, 0, "/x\0n0\0r5");
	READS(guest, 0, "/x", "v");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(test_table),
		TEST(test_missing_nodes_do_not_tell),
		TEST(test_inheriting),
		TEST(test_setting),
		TEST(test_privileged_requests),
		TEST(test_target),
		TEST(test_nothing_is_inherited_from_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
