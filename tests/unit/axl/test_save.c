/* SPDX-License-Identifier: MIT */
/*
 * axl save and restore: whichever step fails, either the guest runs on and no file is left, or no
 * domain is left; and a saved domain comes back under its name.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../dom0-tools/axl/run.h"
#include "../../../dom0-tools/axl/start.h"
#include "../../../dom0-tools/axl/userdata.h"
#include "../../../dom0-tools/axl/verbs.h"
#include "fake.h"
#include "xen/sched.h"

extern bool fake_compressed;

#define FILE_NAME "build/tests/unit/axl/saved"

static const char config[] = "name = 'web'\nmemory = 64\nkernel = '/k'\n";

/* A domain that axl made, as suspended as its guest would be when asked. */
static xen_domid_t make_suspended(struct axl *axl)
{
	struct config_diags diags = {0};
	struct domain_config *cfg;
	xen_domid_t domid;

	assert_int_equal(config_parse_string("t", config, strlen(config), NULL, 0, &cfg, &diags),
			 0);
	config_diags_free(&diags);
	assert_int_equal(axl_need(axl), 0);
	assert_int_equal(domain_start(axl, cfg, &domid), 0);
	config_free(cfg);
	fake.domains[fake.domain_count - 1].flags |= XEN_DOMINF_shutdown |
						     SHUTDOWN_suspend << XEN_DOMINF_shutdownshift;
	return domid;
}

static int save(struct axl *axl, const char *option)
{
	char *argv[] = {(char *)"save", (char *)"web", (char *)FILE_NAME, (char *)option, NULL};

	/* getopt reorders them: the option may come last */
	return verb_save(axl, option ? 4 : 3, argv);
}

static int restore(struct axl *axl)
{
	char *argv[] = {(char *)"restore", (char *)"-pqe", (char *)FILE_NAME, NULL};

	return verb_restore(axl, 3, argv);
}

static int begin(void **state)
{
	struct axl *axl = calloc(1, sizeof(*axl));
	size_t matches;

	axl->verb = verb_find(verbs, verb_count, "restore", &matches);
	fake_reset();
	unlink(FILE_NAME);
	*state = axl;
	return 0;
}

static int end(void **state)
{
	struct axl *axl = *state;

	axl_disconnect(axl);
	config_diags_free(&axl->diags);
	free(axl);
	return 0;
}

static void test_there_and_back(void **state)
{
	struct axl *axl = *state;
	xen_domid_t old = make_suspended(axl);

	assert_int_equal(save(axl, NULL), 0);
	assert_int_equal(fake.domain_count, 1);
	assert_int_equal(access(FILE_NAME, R_OK), 0);
	assert_int_not_equal(access(FILE_NAME ".partial", F_OK), 0);
	assert_int_equal(restore(axl), 0);
	assert_int_equal(fake.domain_count, 2);
	assert_int_equal(fake.built, 1);
	assert_int_equal(fake.devices, 1);
	domain_remove(axl, fake.domains[1].domain);
	(void)old;
}

static void test_checkpoint_runs_on(void **state)
{
	struct axl *axl = *state;
	xen_domid_t domid = make_suspended(axl);

	assert_int_equal(save(axl, "-c"), 0);
	assert_int_equal(fake.domain_count, 2);
	assert_false(fake.domains[1].flags & XEN_DOMINF_shutdown);
	assert_false(fake_compressed);
	domain_remove(axl, domid);
}

/* A slip of the fingers puts no saved domain in the place of a disk; an older save may go. */
static void test_replaces_only_saved_domains(void **state)
{
	struct axl *axl = *state;
	xen_domid_t domid = make_suspended(axl);
	char text[32] = "";
	FILE *file = fopen(FILE_NAME, "w");

	fputs("a disk's first sector", file);
	fclose(file);
	assert_int_equal(save(axl, "-c"), -EEXIST);
	assert_string_equal(axl->err.id, "cannot-write-file");
	assert_true(axl->err.hint[0]);
	file = fopen(FILE_NAME, "r");
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, "a disk's first sector");
	axl->force = true;
	assert_int_equal(save(axl, "-c"), 0);
	axl->force = false;
	domain_remove(axl, domid);
	domid = make_suspended(axl);
	file = fopen(FILE_NAME, "w");
	fputs("Xen saved domain, xl format\n", file);
	fclose(file);
	assert_int_equal(save(axl, "-c"), 0);
	domain_remove(axl, domid);
}

static void test_compress(void **state)
{
	struct axl *axl = *state;

	make_suspended(axl);
	assert_int_equal(save(axl, "--compress"), 0);
	assert_true(fake_compressed);
}

static void test_failures_leave_nothing(void **state)
{
	struct axl *axl = *state;
	unsigned int failed = 0;

	for (unsigned int n = 1; n < 200; n++) {
		unsigned int calls;
		xen_domid_t domid;
		int ret;

		axl_disconnect(axl);
		fake_reset();
		unlink(FILE_NAME);
		domid = make_suspended(axl);
		fake.calls = 0;
		fake.fail_at = n;
		ret = save(axl, "-c");
		fake.fail_at = 0;
		assert_int_not_equal(access(FILE_NAME ".partial", F_OK), 0);
		assert_int_equal(fake.domain_count, 2);
		calls = fake.calls;
		domain_remove(axl, domid);
		if (calls < n) {
			break; /* no such call any more */
		}
		failed += ret != 0;
		assert_true(!ret || axl->err.id[0]);
	}
	assert_true(failed >= 2);
}

static void test_restore_failures_leave_no_domain(void **state)
{
	struct axl *axl = *state;
	unsigned int failed = 0;

	make_suspended(axl);
	assert_int_equal(save(axl, NULL), 0);
	for (unsigned int n = 1; n < 400; n++) {
		int ret;

		axl_disconnect(axl);
		fake_reset();
		fake.fail_at = n;
		ret = restore(axl);
		fake.fail_at = 0;
		if (fake.calls < n) {
			break; /* no such call any more */
		}
		if (!ret) {
			continue;
		}
		failed++;
		assert_true(axl->err.id[0]);
		assert_int_equal(fake.domain_count, 1);
		assert_int_equal(fake.built, 0);
		assert_int_equal(fake.devices, 0);
	}
	assert_true(failed > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_there_and_back, begin, end),
		cmocka_unit_test_setup_teardown(test_checkpoint_runs_on, begin, end),
		cmocka_unit_test_setup_teardown(test_replaces_only_saved_domains, begin, end),
		cmocka_unit_test_setup_teardown(test_compress, begin, end),
		cmocka_unit_test_setup_teardown(test_failures_leave_nothing, begin, end),
		cmocka_unit_test_setup_teardown(test_restore_failures_leave_no_domain, begin, end),
	};

	return cmocka_run_group_tests_name("save", tests, NULL, NULL);
}
