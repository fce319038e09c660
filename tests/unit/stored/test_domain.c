/* SPDX-License-Identifier: MIT */
/* Domains coming, resuming, shutting down and dying. */
#include <errno.h>
#include <string.h>

#include "fake.h"

static void test_introduce(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0, *guest;

	FAILS(dom0, XS_INTRODUCE, 0,
	      "0\0"
	      "1\0"
	      "1",
	      "EINVAL");
	FAILS(dom0, XS_INTRODUCE, 0,
	      "5\0"
	      "1",
	      "EINVAL");
	FAILS(dom0, XS_INTRODUCE, 0,
	      "5\0"
	      "1\0"
	      "0",
	      "EINVAL");
	FAILS(dom0, XS_INTRODUCE, 0,
	      "32752\0"
	      "1\0"
	      "1",
	      "EINVAL");
	FAILS(dom0, XS_INTRODUCE, 0,
	      "5\0"
	      "1\0"
	      "666",
	      "EINVAL"); /* the backend's */
	ASK(dom0, XS_IS_DOMAIN_INTRODUCED, 0, "5");
	assert_string_equal(dom0->reply.data, "F");
	ASK(dom0, XS_IS_DOMAIN_INTRODUCED, 0, "0");
	assert_string_equal(dom0->reply.data, "T");
	guest = fake_guest(world->stored, 5);
	ASK(guest, XS_IS_DOMAIN_INTRODUCED, 0, "5");
	assert_string_equal(guest->reply.data, "T");
	WRITE(guest, 0, "x\0v");
	READS(dom0, 0, "/local/domain/5/x", "v");
}

/* Introduced again, with a new port: it keeps its watches. */
static void test_again(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0, *guest = fake_guest(world->stored, 5);

	OK(guest, XS_WATCH, 0, "x\0t");
	drop_events(guest);
	OK(dom0, XS_WATCH, 0, "@introduceDomain\0in");
	drop_events(dom0);
	OK(dom0, XS_INTRODUCE, 0,
	   "5\0"
	   "1\0"
	   "8");
	EVENT(dom0, "@introduceDomain in");
	assert_int_equal(domain_find(world->stored, 5)->port, 8);
	FAILS(dom0, XS_INTRODUCE, 0,
	      "5\0"
	      "1\0"
	      "666",
	      "EINVAL");
	assert_int_equal(domain_find(world->stored, 5)->port, 8);
	WRITE(guest, 0, "x\0v");
	EVENT(guest, "x t");
}

static void test_shutdown_is_told_once(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0;
	const struct domain_state down = {.exists = true, .shutdown = true};
	const struct domain_state up = {.exists = true};
	struct domain *domain;

	fake_guest(world->stored, 5);
	domain = domain_find(world->stored, 5);
	OK(dom0, XS_WATCH, 0, "@releaseDomain\0out");
	drop_events(dom0);
	domain_update(world->stored, domain, &up);
	NO_EVENT(dom0);
	FAILS(dom0, XS_RESUME, 0, "5", "EINVAL");
	domain_update(world->stored, domain, &down);
	EVENT(dom0, "@releaseDomain out");
	domain_update(world->stored, domain, &down);
	NO_EVENT(dom0);
	ASK(dom0, XS_IS_DOMAIN_INTRODUCED, 0, "5");
	assert_string_equal(dom0->reply.data, "T");
	OK(dom0, XS_RESUME, 0, "5");
	FAILS(dom0, XS_RESUME, 0, "6", "ENOENT");
	domain_update(world->stored, domain, &down);
	EVENT(dom0, "@releaseDomain out");
}

static void test_death(void **state)
{
	struct world *world = *state;
	struct fake *dom0 = world->dom0;
	const struct domain_state gone = {0};

	fake_guest(world->stored, 5);
	fake_guest(world->stored, 6);
	OK(dom0, XS_WATCH, 0, "@releaseDomain\0out");
	OK(dom0, XS_WATCH, 0, "/local/domain/5\0home");
	drop_events(dom0);
	domain_update(world->stored, domain_find(world->stored, 5), &gone);
	EVENT(dom0, "/local/domain/5 home");
	EVENT(dom0, "@releaseDomain out");
	assert_null(domain_find(world->stored, 5));
	assert_non_null(domain_find(world->stored, 6));
	FAILS(dom0, XS_RELEASE, 0, "5", "ENOENT");
	FAILS(dom0, XS_RELEASE, 0, "0", "EINVAL");
	OK(dom0, XS_RELEASE, 0, "6");
}

/* Many lives leave nothing behind. */
static void test_many_lives(void **state)
{
	struct world *world = *state;
	const struct account *dom0 = account_find(world->stored, 0);
	size_t nodes = 0, memory = 0;

	for (int i = 0; i < 200; i++) {
		struct fake *guest = fake_guest(world->stored, (uint16_t)(1 + i % 7));
		uint32_t tx = begin(guest);

		WRITE(guest, tx, "a/b\0v");
		OK(guest, XS_WATCH, 0, "a\0t");
		assert_string_equal(commit(guest, tx), "OK");
		begin(guest);
		assert_int_equal(domain_release(world->stored, (uint16_t)(1 + i % 7)), 0);
		if (!i) {
			nodes = dom0->nodes;
			memory = dom0->memory;
		}
	}
	assert_int_equal(dom0->nodes, nodes);
	assert_int_equal(dom0->memory, memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		TEST(test_introduce), TEST(test_again),      TEST(test_shutdown_is_told_once),
		TEST(test_death),     TEST(test_many_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
