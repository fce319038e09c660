/* SPDX-License-Identifier: MIT */
/* Patch points: bytes written, NOPs behind them, moved jumps, misfits refused. */
#include "boot/cmocka_all.h"

#include "arch/x86/patch.h"

static uint8_t place[64];
static unsigned int count[PATCH_FEATURES];

static int reset(void **state)
{
	(void)state;
	memset(place, 0xcc, sizeof(place));
	memset(count, 0, sizeof(count));
	return 0;
}

static void test_only_wanted_features(void **state)
{
	static const uint8_t code[] = {0x0f, 0x05};
	const struct patch p[] = {{place, code, 2, 2, PATCH_HOOKS},
				  {place + 8, code, 2, 2, PATCH_THUNK_JMP}};

	(void)state;
	assert_true(patch_apply(p, p + 2, 1U << PATCH_THUNK_JMP, count));
	assert_int_equal(place[0], 0xcc);
	assert_memory_equal(place + 8, code, 2);
	assert_int_equal(count[PATCH_HOOKS], 0);
	assert_int_equal(count[PATCH_THUNK_JMP], 1);
}

/* Every gap: the bytes behind the code are NOPs of the documented forms, to the last byte. */
static void test_nops(void **state)
{
	static const uint8_t code[] = {0xc3};
	static const uint8_t first[10][3] = {{0},
					     {0x90},
					     {0x66, 0x90},
					     {0x0f, 0x1f, 0x00},
					     {0x0f, 0x1f, 0x40},
					     {0x0f, 0x1f, 0x44},
					     {0x66, 0x0f, 0x1f},
					     {0x0f, 0x1f, 0x80},
					     {0x0f, 0x1f, 0x84},
					     {0x66, 0x0f, 0x1f}};

	for (uint8_t gap = 1; gap < 32; gap++) {
		const struct patch p = {place, code, (uint8_t)(1 + gap), 1, PATCH_HOOKS};
		uint8_t *at = place + 1;

		reset(state);
		assert_true(patch_apply(&p, &p + 1, 1U << PATCH_HOOKS, count));
		for (unsigned int left = gap; left;) {
			unsigned int now = left < 9 ? left : 9;

			assert_memory_equal(at, first[now], now < 3 ? now : 3);
			for (unsigned int i = 4; i < now; i++) {
				assert_true(at[i] == 0 || (i == 4 && now == 9));
			}
			at += now;
			left -= now;
		}
		assert_int_equal(place[1 + gap], 0xcc);
	}
}

static void test_jump_keeps_its_target(void **state)
{
	static uint8_t code[5] = {0xe8};
	const struct patch p = {place + 10, code, 5, 5, PATCH_HOOKS};
	const uint8_t *target = place + 40;
	int32_t offset = (int32_t)(target - (code + 5));

	(void)state;
	memcpy(code + 1, &offset, 4);
	assert_true(patch_apply(&p, &p + 1, 1U << PATCH_HOOKS, count));
	memcpy(&offset, place + 11, 4);
	assert_int_equal(place[10], 0xe8);
	assert_ptr_equal(place + 15 + offset, target);
}

static void test_misfits(void **state)
{
	static const uint8_t code[3] = {0};
	const struct patch too_long = {place, code, 2, 3, PATCH_HOOKS};
	const struct patch unknown = {place, code, 3, 3, PATCH_FEATURES};

	(void)state;
	assert_false(patch_apply(&too_long, &too_long + 1, ~0U, count));
	assert_false(patch_apply(&unknown, &unknown + 1, ~0U, count));
	assert_int_equal(place[0], 0xcc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_only_wanted_features, reset),
		cmocka_unit_test_setup(test_nops, reset),
		cmocka_unit_test_setup(test_jump_keeps_its_target, reset),
		cmocka_unit_test_setup(test_misfits, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
