/* SPDX-License-Identifier: MIT */
/* Starting as a daemon: the caller of the program waits until the daemon works. */
#ifndef DOM0_TOOLS_LIBDAEMON_DAEMON_H
#define DOM0_TOOLS_LIBDAEMON_DAEMON_H

#include <stdbool.h>

/*
 * Leaves the terminal: forks, and the parent waits until the child calls daemon_ready() (then it
 * exits with 0) or dies (then with 1). Returns in the child only. 0 or -errno.
 */
int daemon_fork(void);

/* Writes this process's id to a file that stays open (NULL: none). 0, or -1 after a line in the
 * log. */
int daemon_pid_file(const char *path);

/* The pid file of the daemon whose heir this process is: only its descriptor came along. */
void daemon_take_pid_file(int fd);

/* The pid file's descriptor, or -1. */
int daemon_pid_fd(void);

/* Says that the pid file's process has ended: removes it, or empties it where this user may not.
 * NULL: there is none. */
void daemon_end(const char *path);

/*
 * Says that the daemon works: tells systemd if it listens ($NOTIFY_SOCKET), and lets the parent go.
 * From then on stdin, stdout and stderr of a forked daemon are /dev/null. 0 or -errno.
 */
int daemon_ready(void);

/* A descriptor that becomes readable on SIGTERM, SIGINT and SIGHUP, which are blocked; SIGPIPE is
 * ignored. -errno on failure. */
int daemon_signals(void);

/* Takes the next of these signals: its number, or 0 if there is none. */
int daemon_next_signal(int fd);

#endif
