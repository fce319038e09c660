/* SPDX-License-Identifier: MIT */
/* Leaving the terminal and saying so. */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

static int ready_pipe = -1; /* the child's end */
static int pid_file = -1;

int daemon_fork(void)
{
	int ends[2];
	char verdict;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		return -errno;
	}
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return -errno;
	}
	if (pid) {
		close(ends[1]);
		_exit(read(ends[0], &verdict, 1) == 1 ? 0 : 1);
	}
	close(ends[0]);
	ready_pipe = ends[1];
	setsid();
	return chdir("/") < 0 ? -errno : 0;
}

int daemon_pid_file(const char *path)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", getpid());

	if (!path) {
		return 0;
	}
	pid_file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (pid_file < 0 || write(pid_file, text, (size_t)len) != len) {
		log_error("cannot write %s: %s", path, strerror(errno));
		return -1;
	}
	return 0;
}

void daemon_take_pid_file(int fd)
{
	pid_file = fd;
}

int daemon_pid_fd(void)
{
	return pid_file;
}

void daemon_end(const char *path)
{
	if (path && unlink(path) < 0 && pid_file >= 0 && ftruncate(pid_file, 0) < 0) {
		log_warn("cannot empty %s: %s", path, strerror(errno));
	}
}

/* systemd's notification: one datagram to the socket it names, "@" for an abstract one. */
static void notify_systemd(void)
{
	static const char text[] = "READY=1";
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (!path || !*path || strlen(path) >= sizeof(address.sun_path)) {
		return;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (address.sun_path[0] == '@') {
		address.sun_path[0] = '\0';
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return;
	}
	sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}

int daemon_ready(void)
{
	int null, ret;

	notify_systemd();
	if (ready_pipe < 0) {
		return 0;
	}
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
	ret = write(ready_pipe, "1", 1) == 1 ? 0 : -EPIPE;
	close(ready_pipe);
	ready_pipe = -1;
	return ret;
}

int daemon_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) {
		return -errno;
	}
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int daemon_next_signal(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}
