/* SPDX-License-Identifier: MIT */
/* Pseudo terminals, and who has them open. */
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/queue.h>
#include <termios.h>
#include <unistd.h>

#include "../libdaemon/log.h"
#include "history.h"

#define SCREEN 8192U /* bytes shown to who comes: more than 80 columns by 24 lines with colours */

struct terminals {
	struct loop *loop;
	struct loop_source notices; /* inotify */
	LIST_HEAD(terminal_chain, terminal) all;
};

struct terminal {
	LIST_ENTRY(terminal) link;
	struct terminals *terminals;
	struct loop_source master;
	int slave; /* held open by us: its settings stay, and no end of file comes */
	int watch; /* inotify's number */
	unsigned int users;
	uint32_t events; /* as last told to the loop */
	bool listening;
	void (*typed)(void *arg);
	void *arg;
	struct history past;  /* all that was written */
	struct history queue; /* of it, what those who are there have not got */
	char path[64];
};

static struct terminal *terminal_of(struct loop_source *source)
{
	return (struct terminal *)((char *)source - offsetof(struct terminal, master));
}

static void terminal_update(struct terminal *terminal)
{
	uint32_t events = (terminal->listening ? EPOLLIN : 0) |
			  (terminal->queue.len ? EPOLLOUT : 0);

	if (events != terminal->events) {
		loop_change(terminal->terminals->loop, &terminal->master, events);
		terminal->events = events;
	}
}

static void terminal_send(struct terminal *terminal)
{
	const char *bytes;
	ssize_t put;
	size_t len;

	while (terminal->queue.len) {
		bytes = history_oldest(&terminal->queue, &len);
		put = write(terminal->master.fd, bytes, len);
		if (put <= 0) {
			break;
		}
		history_drop(&terminal->queue, (size_t)put);
	}
	terminal_update(terminal);
}

static void terminal_ready(struct loop_source *source, uint32_t events)
{
	struct terminal *terminal = terminal_of(source);

	if (events & EPOLLOUT) {
		terminal_send(terminal);
	}
	if (events & EPOLLIN && terminal->listening) {
		terminal->typed(terminal->arg);
	}
}

/* Every byte as it is, and no echo: what a guest prints must not come back to it as input. */
static int make_raw(int fd)
{
	struct termios settings;

	if (tcgetattr(fd, &settings) < 0) {
		return -1;
	}
	cfmakeraw(&settings);
	return tcsetattr(fd, TCSANOW, &settings);
}

static void terminal_opened(struct terminal *terminal)
{
	char screen[SCREEN];

	if (!terminal->users++) {
		history_add(&terminal->queue, screen,
			    history_tail(&terminal->past, screen, sizeof(screen)));
		terminal_send(terminal);
	}
}

/*
 * Looks whether anybody else has the terminal open: the master hangs up when nobody has. inotify
 * merges equal notices, so that counting them alone could miss one who came with another.
 */
static bool somebody_is_there(struct terminal *terminal)
{
	struct pollfd master = {.fd = terminal->master.fd};
	bool there;

	inotify_rm_watch(terminal->terminals->notices.fd, terminal->watch);
	close(terminal->slave);
	there = poll(&master, 1, 0) == 0 || !(master.revents & POLLHUP);
	terminal->slave = open(terminal->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal->slave < 0 || (!there && make_raw(terminal->slave) < 0)) {
		log_error("lost the terminal %s: %s", terminal->path, strerror(errno));
	}
	terminal->watch = inotify_add_watch(terminal->terminals->notices.fd, terminal->path,
					    IN_OPEN | IN_CLOSE);
	return there;
}

static void terminal_closed(struct terminal *terminal)
{
	if (terminal->users > 1) {
		terminal->users--;
	} else if (terminal->users) {
		terminal->users = somebody_is_there(terminal);
	}
	if (!terminal->users) {
		history_drop(&terminal->queue, terminal->queue.len);
		terminal_update(terminal);
	}
}

static void notices_ready(struct loop_source *source, uint32_t events)
{
	struct terminals *terminals =
		(struct terminals *)((char *)source - offsetof(struct terminals, notices));
	char buffer[4096] __attribute__((aligned(8)));
	const struct inotify_event *event;
	struct terminal *terminal;
	ssize_t got;

	(void)events;
	while ((got = read(source->fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < got; at += (ssize_t)(sizeof(*event) + event->len)) {
			event = (const struct inotify_event *)(buffer + at);
			LIST_FOREACH(terminal, &terminals->all, link)
			{
				if (terminal->watch == event->wd) {
					break;
				}
			}
			if (terminal && event->mask & IN_OPEN) {
				terminal_opened(terminal);
			} else if (terminal && event->mask & IN_CLOSE) {
				terminal_closed(terminal);
			}
		}
	}
}

struct terminals *terminals_create(struct loop *loop)
{
	struct terminals *terminals = calloc(1, sizeof(*terminals));

	if (!terminals) {
		return NULL;
	}
	terminals->loop = loop;
	LIST_INIT(&terminals->all);
	terminals->notices.ready = notices_ready;
	terminals->notices.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (terminals->notices.fd < 0) {
		free(terminals);
		return NULL;
	}
	loop_add(loop, &terminals->notices, EPOLLIN);
	return terminals;
}

void terminals_destroy(struct terminals *terminals)
{
	loop_remove(terminals->loop, &terminals->notices);
	close(terminals->notices.fd);
	free(terminals);
}

/* Opens both ends. 0, or -1 with errno set and nothing left open. */
static int open_ends(struct terminal *terminal)
{
	int error;

	terminal->master.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (terminal->master.fd < 0) {
		return -1;
	}
	if (grantpt(terminal->master.fd) < 0 || unlockpt(terminal->master.fd) < 0 ||
	    ptsname_r(terminal->master.fd, terminal->path, sizeof(terminal->path))) {
		goto err_master;
	}
	terminal->slave = open(terminal->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal->slave < 0) {
		goto err_master;
	}
	terminal->watch = inotify_add_watch(terminal->terminals->notices.fd, terminal->path,
					    IN_OPEN | IN_CLOSE);
	if (make_raw(terminal->slave) < 0 || terminal->watch < 0) {
		goto err_slave;
	}
	return 0;

err_slave:
	error = errno;
	close(terminal->slave);
	errno = error;
err_master:
	error = errno;
	close(terminal->master.fd);
	errno = error;
	return -1;
}

struct terminal *terminal_create(struct terminals *terminals, void (*typed)(void *arg), void *arg)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));
	int error;

	if (!terminal) {
		return NULL;
	}
	terminal->terminals = terminals;
	terminal->typed = typed;
	terminal->arg = arg;
	terminal->master.ready = terminal_ready;
	if (open_ends(terminal) < 0) {
		error = errno;
		free(terminal);
		errno = error;
		return NULL;
	}
	terminal->listening = true;
	terminal->events = EPOLLIN;
	loop_add(terminals->loop, &terminal->master, EPOLLIN);
	LIST_INSERT_HEAD(&terminals->all, terminal, link);
	return terminal;
}

void terminal_destroy(struct terminal *terminal)
{
	LIST_REMOVE(terminal, link);
	inotify_rm_watch(terminal->terminals->notices.fd, terminal->watch);
	loop_remove(terminal->terminals->loop, &terminal->master);
	close(terminal->slave);
	close(terminal->master.fd);
	free(terminal);
}

const char *terminal_path(const struct terminal *terminal)
{
	return terminal->path;
}

void terminal_write(struct terminal *terminal, const char *bytes, size_t len)
{
	history_add(&terminal->past, bytes, len);
	if (terminal->users) {
		history_add(&terminal->queue, bytes, len);
		terminal_send(terminal);
	}
}

bool terminal_is_full(const struct terminal *terminal)
{
	return terminal->users && terminal->queue.len > HISTORY_SIZE / 2;
}

size_t terminal_read(struct terminal *terminal, char *bytes, size_t room)
{
	ssize_t got = read(terminal->master.fd, bytes, room);

	return got > 0 ? (size_t)got : 0;
}

void terminal_listen(struct terminal *terminal, bool wanted)
{
	terminal->listening = wanted;
	terminal_update(terminal);
}

bool terminal_is_drained(const struct terminal *terminal)
{
	/* Polling, unlike FIONREAD, also sees what is still on its way between the ends. */
	struct pollfd slave = {.fd = terminal->slave, .events = POLLIN};

	return !terminal->users || (!terminal->queue.len && poll(&slave, 1, 0) <= 0);
}
