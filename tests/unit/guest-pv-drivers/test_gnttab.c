/* SPDX-License-Identifier: MIT */
/* The granting library: references are unique, bounded, and not given back while in use. */
#include "cmocka_first.h"

#include "gnttab/gnttab.h"
#include "port/hosted/hosted.h"
#include "port/port.h"

static int setup(void **state)
{
	(void)state;
	hosted_reset(NULL);
	return 0;
}

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(gnttab_init(0), -22);
	assert_int_equal(gnttab_init(5), -22);
	assert_int_equal(gnttab_init(4), 0);
	assert_int_equal(gnttab_free_count(), 4 * 512 - GNTTAB_NR_RESERVED_ENTRIES);
}

static void test_entry(void **state)
{
	void *page;
	int ref;

	(void)state;
	assert_int_equal(gnttab_init(1), 0);
	page = port_page_alloc();
	ref = gnttab_grant(3, page, true);
	assert_true(ref >= GNTTAB_NR_RESERVED_ENTRIES);
	assert_int_equal(gnttab_table()[ref].flags, GTF_permit_access | GTF_readonly);
	assert_int_equal(gnttab_table()[ref].domid, 3);
	assert_int_equal(gnttab_table()[ref].frame, port_page_frame(page));
	assert_null(hosted_grant_map((grant_ref_t)ref, 3, true));
	assert_null(hosted_grant_map((grant_ref_t)ref, 4, false));
	assert_ptr_equal(hosted_grant_map((grant_ref_t)ref, 3, false), page);
	/* in use */
	assert_false(gnttab_revoke(ref));
	hosted_grant_unmap((grant_ref_t)ref);
	assert_true(gnttab_revoke(ref));
	assert_int_equal(gnttab_table()[ref].flags, 0);
	port_page_free(page);
}

static void test_exhaustion(void **state)
{
	static int refs[512];
	int count = 0;
	void *page;

	(void)state;
	assert_int_equal(gnttab_init(1), 0);
	page = port_page_alloc();
	while ((refs[count] = gnttab_grant(0, page, false)) >= 0) {
		for (int i = 0; i < count; i++) {
			assert_int_not_equal(refs[i], refs[count]);
		}
		count++;
	}
	assert_int_equal(count, 512 - GNTTAB_NR_RESERVED_ENTRIES);
	assert_int_equal(gnttab_free_count(), 0);
	while (count > 0) {
		assert_true(gnttab_revoke(refs[--count]));
	}
	assert_int_equal(gnttab_free_count(), 512 - GNTTAB_NR_RESERVED_ENTRIES);
	port_page_free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_sizes, setup),
		cmocka_unit_test_setup(test_entry, setup),
		cmocka_unit_test_setup(test_exhaustion, setup),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	hosted_reset(NULL);
	return failed;
}
