/* SPDX-License-Identifier: MIT */
/* The console's two-way copy. */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "domains.h"
#include "journal.h"

#define TTY_TIMEOUT_MS 10000
#define AGAIN_TIMEOUT_MS 60000 /* from one domain to its successor */

static int no_console(struct axl *axl, xen_domid_t domid, int ret, const char *cause)
{
	ctl_error_set(&axl->err, "no-console", "domain %u has no console to attach to", domid);
	if (cause) {
		ctl_error_cause(&axl->err, "%s", cause);
	} else {
		ctl_error_errno(&axl->err, ret);
	}
	ctl_error_hint(&axl->err,
		       "is the console daemon running? axl doctor tells; start it: systemctl "
		       "start xenconsoled, or xenconsoled --log=guest");
	return ret;
}

static int open_tty(struct axl *axl, xen_domid_t domid, const char *name)
{
	struct termios raw;
	int fd;

	/* The node is the control domain's own, but only a terminal will do. */
	if (strncmp(name, "/dev/", 5) || strstr(name, "..")) {
		return no_console(axl, domid, -EINVAL, "its xenstore entry names no terminal");
	}
	fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		return no_console(axl, domid, -errno, NULL);
	}
	if (!tcgetattr(fd, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(fd, TCSANOW, &raw);
	}
	return fd;
}

/* Of a channel that has a socket there is no terminal to wait for. */
static int check_channel(struct axl *axl, xen_domid_t domid, unsigned int number)
{
	char *connection = store_readf(axl->store, STORE_NO_TX,
				       "/local/domain/0/backend/console/%u/%u/connection", domid,
				       number);
	char *path;
	int ret = 0;

	if (!connection) {
		ret = -ENOENT;
		ctl_error_set(&axl->err, "no-such-channel", "domain %u has no channel %u", domid,
			      number);
		ctl_error_hint(&axl->err, "axl --json channel-list %u names those it has", domid);
	} else if (strcmp(connection, "pty") != 0) {
		ret = -ENOTTY;
		path = store_readf(axl->store, STORE_NO_TX,
				   "/local/domain/0/backend/console/%u/%u/path", domid, number);
		ctl_error_set(&axl->err, "no-console", "channel %u of domain %u has no terminal",
			      number, domid);
		ctl_error_cause(&axl->err, "it ends at the socket %s", path ? path : "");
		ctl_error_hint(&axl->err, "connect to that: socat - UNIX-CONNECT:%s",
			       path ? path : "PATH");
		free(path);
	}
	free(connection);
	return ret;
}

int console_open(struct axl *axl, xen_domid_t domid, unsigned int number)
{
	struct store_event event;
	char path[80];
	char *name;
	int ret = number ? check_channel(axl, domid, number) : 0;

	if (ret) {
		return ret;
	}
	if (number) {
		snprintf(path, sizeof(path), "/local/domain/0/backend/console/%u/%u/tty", domid,
			 number);
	} else {
		snprintf(path, sizeof(path), "/local/domain/%u/console/tty", domid);
	}
	ret = store_watch(axl->store, path, "tty");
	if (ret) {
		return no_console(axl, domid, ret, NULL);
	}
	for (;;) {
		name = store_read(axl->store, STORE_NO_TX, path, NULL);
		if (name && name[0]) {
			ret = open_tty(axl, domid, name);
			break;
		}
		free(name);
		name = NULL;
		ret = store_wait_event(axl->store, TTY_TIMEOUT_MS, &event);
		if (ret <= 0) {
			ret = no_console(axl, domid, ret ? ret : -ETIMEDOUT,
					 "the console daemon does not offer a terminal for it");
			break;
		}
		store_event_free(&event);
	}
	free(name);
	store_unwatch(axl->store, path, "tty");
	return ret;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno != EINTR) {
			return -errno;
		}
		data += put > 0 ? put : 0;
		len -= put > 0 ? (size_t)put : 0;
	}
	return 0;
}

FILE *console_log_open(const char *name)
{
	static const char *const places[] = {
		"/var/log/xen/console/guest-%.200s.log",
		"/var/log/xen/console/%.200s.log",
	};
	char path[300];
	FILE *log = NULL;

	for (size_t i = 0; !log && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), places[i], name);
		log = fopen(path, "re");
	}
	return log;
}

/* Where the guest's output comes from. */
struct output {
	int tty;
	FILE *log;  /* NULL: from the terminal itself */
	int notify; /* tells of changes of the log */
	const char *name;
};

/* Opens the log that is there now and has changes of it told. */
static bool follow_log(struct output *output)
{
	FILE *log = console_log_open(output->name);
	char path[64];

	if (!log) {
		return false;
	}
	if (output->log) {
		fclose(output->log);
	}
	output->log = log;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(log));
	return inotify_add_watch(output->notify, path, IN_MODIFY | IN_MOVE_SELF) >= 0;
}

static int other_attached(struct axl *axl, struct output *output, const char *name)
{
	output->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (!name || !follow_log(output)) {
		ctl_error_set(&axl->err, "console-in-use", "the console of %s is in use",
			      name ? name : "the channel");
		ctl_error_cause(&axl->err, "another axl console is attached, and there is no log "
					   "that a second one could follow");
		ctl_error_hint(&axl->err, "leave the other one, or run xenconsoled --log=guest");
		return -EBUSY;
	}
	fseek(output->log, 0, SEEK_END);
	return 0;
}

/* A terminal gives each byte to one reader: only who has its lock reads it. */
static int output_open(struct axl *axl, struct output *output, int tty, const char *name)
{
	*output = (struct output){.tty = tty, .notify = -1, .name = name};
	return flock(tty, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK
		       ? other_attached(axl, output, name)
		       : 0;
}

static void output_close(struct output *output)
{
	if (output->log) {
		fclose(output->log);
	}
	if (output->notify >= 0) {
		close(output->notify);
	}
}

/* What has come to the log: 1, or -errno. */
static int copy_log(struct output *output)
{
	union {
		struct inotify_event event;
		char bytes[4096];
	} buf;
	char *next = buf.bytes;
	bool moved = false, again;
	ssize_t told;
	size_t got;
	int ret = 0;

	told = read(output->notify, &buf, sizeof(buf));
	while (next < buf.bytes + told) {
		const struct inotify_event *event = (const void *)next;

		moved |= event->mask & IN_MOVE_SELF;
		next += sizeof(*event) + event->len;
	}
	do {
		clearerr(output->log);
		while (!ret && (got = fread(buf.bytes, 1, sizeof(buf), output->log))) {
			ret = write_all(STDOUT_FILENO, buf.bytes, got);
		}
		/* it was long: another has been begun */
		again = moved && follow_log(output);
		moved = false;
	} while (!ret && again);
	return ret ? ret : 1;
}

/* One side is readable: 1 goes on, 0 it ended, -errno. */
static int copy_output(int tty)
{
	char buf[4096];
	ssize_t got = read(tty, buf, sizeof(buf));

	if (got < 0) {
		return errno == EINTR ? 1 : errno == EIO ? 0 : -errno;
	}
	return got ? write_all(STDOUT_FILENO, buf, (size_t)got) ?: 1 : 0;
}

/* As above; *leave when the escape character came. */
static int copy_input(int tty, int escape, bool *leave)
{
	char buf[512];
	char *stop = NULL;
	ssize_t got = read(STDIN_FILENO, buf, sizeof(buf));
	int ret;

	if (got <= 0) {
		return got < 0 && errno == EINTR;
	}
	if (escape != CONSOLE_NO_ESCAPE) {
		stop = memchr(buf, escape, (size_t)got);
	}
	ret = write_all(tty, buf, stop ? (size_t)(stop - buf) : (size_t)got);
	*leave = stop;
	return ret == -EIO ? 0 : ret ? ret : 1;
}

static int copy_loop(struct output *output, int escape)
{
	/* of a terminal that another reads only the end matters */
	struct pollfd fds[3] = {
		{.fd = output->tty, .events = output->log ? 0 : POLLIN},
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = output->notify, .events = POLLIN},
	};
	bool leave = false;
	int ret = 1;

	while (ret > 0 && !leave) {
		if (poll(fds, 3, -1) < 0) {
			if (errno != EINTR) {
				return -errno;
			}
			continue;
		}
		if (output->log && (fds[0].revents || fds[2].revents)) {
			ret = copy_log(output);
			ret = ret > 0 && fds[0].revents ? 0 : ret;
		} else if (fds[0].revents) {
			ret = copy_output(output->tty);
		}
		if (ret > 0 && fds[1].revents) {
			int in = copy_input(output->tty, escape, &leave);

			if (in < 0) {
				return in;
			}
			fds[1].fd = in ? STDIN_FILENO : -1;
		}
	}
	return ret < 0 ? ret : leave ? 0 : CONSOLE_GONE;
}

int console_attach(struct axl *axl, int tty, int escape, const char *name)
{
	bool terminal = isatty(STDIN_FILENO);
	struct termios old, raw;
	struct output output;
	int ret = output_open(axl, &output, tty, name);

	if (ret) {
		output_close(&output);
		close(tty);
		return ret;
	}
	fflush(stdout);
	if (terminal && !tcgetattr(STDIN_FILENO, &old)) {
		raw = old;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
	} else {
		terminal = false;
	}
	ret = copy_loop(&output, escape);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		write_all(STDOUT_FILENO, "\r\n", 2);
	}
	output_close(&output);
	close(tty);
	if (ret < 0) {
		ctl_error_set(&axl->err, "console-failed", "the console connection broke");
		ctl_error_errno(&axl->err, ret);
	}
	return ret;
}

/* Whether who watched over the domain meant to start it again, and the name it had at its end. */
static bool is_restarted(xen_domid_t domid, char name[DOMAIN_NAME_MAX])
{
	struct journal journal;
	bool again = false;

	if (journal_read(&journal)) {
		return false;
	}
	/* the last end of that id is the one just seen */
	for (size_t i = journal.count; i-- > 0;) {
		const char *action = journal_text(journal.events[i], "action");

		if (action && journal_number(journal.events[i], "domid", -1) == domid) {
			again = strstr(action, "restart") != NULL;
			snprintf(name, DOMAIN_NAME_MAX, "%s",
				 journal_text(journal.events[i], "name"));
			break;
		}
	}
	journal_free(&journal);
	return again;
}

/* The domain that has the name now, in place of *domid. */
static int await_successor(struct axl *axl, const char *name, xen_domid_t *domid)
{
	struct store_event event;
	xen_domid_t now;
	int ret = store_watch(axl->store, "@introduceDomain", "again");

	while (!ret && (domain_by_name(axl, name, &now) || now == *domid)) {
		ret = store_wait_event(axl->store, AGAIN_TIMEOUT_MS, &event);
		if (ret > 0) {
			store_event_free(&event);
		}
		ret = ret > 0 ? 0 : ret ? ret : -ETIMEDOUT;
	}
	store_unwatch(axl->store, "@introduceDomain", "again");
	if (!ret) {
		*domid = now;
	}
	return ret;
}

int console_stay(struct axl *axl, int tty, xen_domid_t domid, int escape, const char *name)
{
	char now[DOMAIN_NAME_MAX];
	int ret = console_attach(axl, tty, escape, name);

	while (ret == CONSOLE_GONE && is_restarted(domid, now) &&
	       !await_successor(axl, now, &domid)) {
		tty = console_open(axl, domid, 0);
		ret = tty < 0 ? tty : console_attach(axl, tty, escape, now);
	}
	return ret < 0 ? ret : 0;
}
