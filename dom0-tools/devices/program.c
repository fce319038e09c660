/* SPDX-License-Identifier: MIT */
/* fork and exec with a time limit: ovs-vsctl, qemu-nbd, hotplug scripts. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT_DIR "/etc/xen/scripts/"
#define SCRIPT_TIMEOUT_MS 40000 /* libxl's LIBXL_HOTPLUG_TIMEOUT */
#define DEFAULT_PATH "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
#define EXIT_NO_PROGRAM 127

/* In the child: nothing of ours, no descriptor and no blocked signal, since it may leave a daemon
 * behind; what it says goes into the pipe. */
static void run_child(const char *const *argv, const char *const *env, int out)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null >= 0) {
		dup2(null, 0);
	}
	dup2(out, 1);
	dup2(out, 2);
	close_range(3, ~0U, 0);
	if (!getenv("PATH")) {
		putenv((char *)(uintptr_t)DEFAULT_PATH);
	}
	for (; env && *env; env++) {
		putenv((char *)(uintptr_t)*env);
	}
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(errno == ENOENT ? EXIT_NO_PROGRAM : 126);
}

/* Reads until the program ends or the time is over; keeps the beginning of what it says. A
 * program that leaves a daemon behind holds the pipe open: its own end counts. */
static int await(pid_t pid, int in, int64_t deadline, char *text, size_t size, int *status)
{
	struct pollfd pfd = {.fd = in, .events = POLLIN};
	size_t used = 0;
	pid_t ended = 0;
	bool open = true;

	for (;;) {
		char piece[256];
		int left = clock_left(deadline);
		ssize_t got;

		ended = ended == pid ? pid : waitpid(pid, status, WNOHANG);
		if (ended < 0 && errno != EINTR) {
			return -errno;
		}
		if (ended != pid && !left) {
			return -ETIMEDOUT;
		}
		/* a daemon that stays may talk for ever: we have heard enough */
		if (open && (ended != pid || used + 1 < size) &&
		    poll(&pfd, 1,
			 ended       ? 0
			 : left < 50 ? left
				     : 50) > 0) {
			got = read(in, piece, sizeof(piece));
			open = got > 0;
			for (ssize_t i = 0; i < got && used + 1 < size; i++) {
				text[used++] = piece[i] == '\n' ? ' ' : piece[i];
			}
			text[used] = '\0';
			continue;
		}
		if (ended == pid) {
			return 0;
		}
		if (!open) {
			poll(NULL, 0, left < 10 ? left : 10);
		}
	}
}

static int judge(const char *program, int ret, int status, unsigned int timeout_ms,
		 const char *text, struct ctl_error *err)
{
	if (ret == 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_PROGRAM && !text[0]) {
		return -ENOENT;
	}
	if (ret == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		return 0;
	}
	ctl_error_set(err, "program-failed", "%s failed", program);
	if (ret == -ETIMEDOUT) {
		ctl_error_cause(err, "it did not end within %u ms%s%s", timeout_ms,
				text[0] ? "; it said: " : "", text);
	} else if (ret < 0) {
		ctl_error_errno(err, ret);
	} else if (WIFSIGNALED(status)) {
		ctl_error_cause(err, "signal %d ended it; it said: %s", WTERMSIG(status),
				text[0] ? text : "nothing");
	} else {
		ctl_error_cause(err, "exit status %d; it said: %s", WEXITSTATUS(status),
				text[0] ? text : "nothing");
	}
	return ret < 0 ? ret : -EIO;
}

int program_run(const char *const *argv, const char *const *env, unsigned int timeout_ms,
		struct ctl_error *err)
{
	int64_t deadline = clock_ms() + timeout_ms;
	char text[512] = "";
	int status = 0, ret;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		ret = -errno;
		return judge(argv[0], ret, 0, timeout_ms, text, err);
	}
	pid = fork();
	if (pid == 0) {
		run_child(argv, env, ends[1]);
	}
	ret = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (ret == 0) {
		ret = await(pid, ends[0], deadline, text, sizeof(text), &status);
		if (ret == -ETIMEDOUT) {
			/* it may not have got as far as a group of its own */
			if (kill(-pid, SIGKILL) < 0) {
				kill(pid, SIGKILL);
			}
			waitpid(pid, &status, 0);
		}
	}
	close(ends[0]);
	return judge(argv[0], ret, status, timeout_ms, text, err);
}

void script_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s%s", name[0] == '/' ? "" : SCRIPT_DIR, name);
}

int script_run(struct devices_ctx *ctx, const struct device *dev, const char *script,
	       const char *action, const char *vif, struct ctl_error *err)
{
	char path[256], env_script[300], env_path[96], env_base[96], env_vif[32], type[24];
	const char *argv[] = {path, action, vif ? "type_if=vif" : NULL, NULL};
	const char *env[] = {env_script, type, env_path, env_base, vif ? env_vif : NULL, NULL};
	char what[256];
	char *words;
	int ret;

	script_path(script, path, sizeof(path));
	snprintf(env_script, sizeof(env_script), "script=%s", path);
	snprintf(type, sizeof(type), "XENBUS_TYPE=%s", device_kind_name(dev->kind));
	snprintf(env_path, sizeof(env_path), "XENBUS_PATH=%s", dev->backend);
	snprintf(env_base, sizeof(env_base), "XENBUS_BASE_PATH=backend");
	snprintf(env_vif, sizeof(env_vif), "vif=%s", vif ? vif : "");
	ret = program_run(argv, env, SCRIPT_TIMEOUT_MS, err);
	words = device_read(ctx, dev, "hotplug-error");
	if (ret == 0 && !(words && words[0])) {
		free(words);
		return 0;
	}
	device_describe(ctx, dev, what, sizeof(what));
	if (ret == -ENOENT) {
		ctl_error_set(err, "no-such-script", "cannot set up %s", what);
		ctl_error_cause(err, "there is no script %s", path);
		ctl_error_hint(err,
			       "correct script=, or leave it out: bridges and files need none");
	} else if (words && words[0]) {
		ctl_error_set(err, "script-failed", "%s %s failed for %s", path, action, what);
		ctl_error_cause(err, "%s", words);
		ret = ret ? ret : -EIO;
	}
	free(words);
	return ret;
}
