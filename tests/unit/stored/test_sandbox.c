/* SPDX-License-Identifier: MIT */
/* What a daemon in its sandbox can do no more, and what the log then says. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../dom0-tools/libdaemon/log.h"
#include "../../../dom0-tools/libdaemon/sandbox.h"

static void call_ptrace(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void call_inet(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void call_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void call_setuid(void)
{
	syscall(SYS_setuid, 0);
}

static void call_allowed(void)
{
	char *memory = malloc(1 << 20);
	int fd = open("/dev/null", O_RDWR);

	memory[1000] = 1;
	free(memory);
	_exit(write(fd, "x", 1) == 1 && fork() != 0 ? 7 : 8);
}

/* Runs a function in a sandboxed child: its exit status, and what it logged. */
static int run(void (*function)(void), bool may_exec, char text[256])
{
	char path[] = "/tmp/sandbox-XXXXXX";
	int fd = mkstemp(path), status;
	ssize_t got;
	pid_t child = fork();

	if (!child) {
		log_to_file(path);
		if (sandbox_drop() || sandbox_enter(may_exec)) {
			_exit(99);
		}
		function();
		_exit(0);
	}
	waitpid(child, &status, 0);
	got = read(fd, text, 255);
	text[got > 0 ? got : 0] = '\0';
	close(fd);
	unlink(path);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void refused(void (*function)(void), bool may_exec, const char *name)
{
	char text[256];

	assert_int_equal(run(function, may_exec, text), 128 + SIGSYS);
	if (!strstr(text, name)) {
		fail_msg("not '%s' but '%s'", name, text);
	}
}

static void test_refused(void **state)
{
	(void)state;
	refused(call_ptrace, true, "system call ptrace (101)");
	refused(call_inet, true, "system call socket (41)");
	refused(call_exec, false, "system call execve (59)");
	refused(call_setuid, true, "system call setuid (105)");
	refused(call_allowed, false, "system call clone (56)");
}

static void test_allowed(void **state)
{
	char text[256];

	(void)state;
	assert_int_equal(run(call_allowed, true, text), 7);
	assert_int_equal(run(call_exec, true, text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
