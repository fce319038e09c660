/* SPDX-License-Identifier: MIT */
/* Programs that devices need: found, failing, hanging, leaving a daemon; they inherit nothing. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/program.h"
#include "fake.h"

static struct ctl_error err;

static int shell(const char *script, unsigned int timeout_ms)
{
	const char *argv[] = {"sh", "-c", script, NULL};
	static const char *const env[] = {"GIVEN=yes", NULL};

	ctl_error_clear(&err);
	return program_run(argv, env, timeout_ms, &err);
}

static void statuses(void **state)
{
	static const char *const none[] = {"/nonexistent/program", NULL};

	(void)state;
	assert_int_equal(shell("exit 0", 10000), 0);
	assert_int_equal(shell("[ $GIVEN = yes ]", 10000), 0);
	assert_int_equal(shell("echo one; echo two >&2; exit 3", 10000), -EIO);
	assert_string_equal(err.cause, "exit status 3; it said: one two ");
	assert_int_equal(shell("kill -9 $$", 10000), -EIO);
	assert_non_null(strstr(err.cause, "signal 9"));
	/* over before it could become a group of its own */
	assert_int_equal(shell("exec sleep 600", 0), -ETIMEDOUT);
	assert_int_equal(shell("exec sleep 600", 50), -ETIMEDOUT);
	assert_int_equal(shell("exec cat /dev/zero", 200), -ETIMEDOUT);
	assert_int_equal(program_run(none, NULL, 10000, &err), -ENOENT);
	assert_int_equal(shell("head -c 100000 /dev/zero | tr '\\0' x; exit 1", 10000), -EIO);
}

static void leaves_a_daemon(void **state)
{
	(void)state;
	/* it holds the pipe, and nobody waits for it */
	assert_int_equal(shell("setsid sleep 2 & exit 0", 60000), 0);
	assert_int_equal(shell("setsid timeout 1 cat /dev/zero & exit 0", 60000), 0);
}

static void inherits_nothing(void **state)
{
	sigset_t blocked, old;
	int fd = open("/dev/null", O_RDONLY); /* not close-on-exec */

	(void)state;
	assert_true(fd > 2);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &old);
	assert_int_equal(shell("grep -q '^SigBlk:.*0000000000000000$' /proc/self/status", 10000),
			 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	assert_int_equal(shell("[ $(ls /proc/self/fd | wc -l) = 4 ]", 10000), 0); /* one is ls's */
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),
		cmocka_unit_test(leaves_a_daemon),
		cmocka_unit_test(inherits_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
