/* SPDX-License-Identifier: MIT */
/* What a daemon in its sandbox can do no more, and what the log then says. */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

/* A kernel that has no filters: each way to load one fails. */
static void without_filters(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 0);
	seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
			 SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP));
	seccomp_load(filter);
	seccomp_release(filter);
}

/* Starts the daemon there: its exit status, or that of who waited for it to work. */
static int start_without_filters(const char *folder, const char *option)
{
	char socket[80], pid_file[80];
	pid_t child = fork();
	int status;

	if (!child) {
		snprintf(socket, sizeof(socket), "%s/socket", folder);
		snprintf(pid_file, sizeof(pid_file), "%s/pid", folder);
		without_filters();
		execl("build/dom0-tools/xenstored", "xenstored", "--no-domain-init", "--socket",
		      socket, "--pid-file", pid_file, "--user=root", option, (char *)NULL);
		_exit(99);
	}
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A daemon that cannot be confined does not start, unless it is told to. */
static void test_no_filters(void **state)
{
	char folder[] = "/tmp/sandbox-XXXXXX", path[80];
	FILE *file;
	int pid = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(start_without_filters(folder, NULL), 1);
	assert_int_equal(start_without_filters(folder, "--no-sandbox"), 0);
	snprintf(path, sizeof(path), "%s/pid", folder);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	kill(pid, SIGKILL);
	unlink(path);
	snprintf(path, sizeof(path), "%s/socket", folder);
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_no_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
