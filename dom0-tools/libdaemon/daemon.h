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

/*
 * Says that the daemon works: writes the pid file (NULL for none), tells systemd if it listens
 * ($NOTIFY_SOCKET), and lets the parent go. From then on stdin, stdout and stderr of a forked
 * daemon are /dev/null. 0 or -errno of the pid file.
 */
int daemon_ready(const char *pid_file);

/* A descriptor that becomes readable on SIGTERM, SIGINT and SIGHUP, which are blocked; SIGPIPE is
 * ignored. -errno on failure. */
int daemon_signals(void);

/* Takes the next of these signals: its number, or 0 if there is none. */
int daemon_next_signal(int fd);

#endif
