/* SPDX-License-Identifier: MIT */
/* Listening sockets of channels. */
#include "listener.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door.h"
#include "history.h"

struct listener {
	struct loop *loop;
	struct loop_source socket;
	struct loop_source client; /* fd -1: nobody is there */
	bool listening;
	bool ended;      /* the client will send no more */
	uint32_t events; /* of the client, as last told to the loop */
	void (*typed)(void *arg);
	void *arg;
	struct history queue;
	struct door door;
	char path[];
};

/*
 * A client that hangs up is told of whatever is asked for, and must not be dropped while what it
 * sent before waits for room: edges tell that once instead of for ever.
 */
static void listener_update(struct listener *listener)
{
	uint32_t events = (listener->listening && !listener->ended ? EPOLLIN : EPOLLET) |
			  (listener->queue.len ? EPOLLOUT : 0);

	if (listener->client.fd >= 0 && events != listener->events) {
		listener->events = events;
		loop_change(listener->loop, &listener->client, events);
	}
}

/* The client has left: the next may come. */
static void drop_client(struct listener *listener)
{
	loop_remove(listener->loop, &listener->client);
	close(listener->client.fd);
	listener->client.fd = -1;
	history_drop(&listener->queue, listener->queue.len);
	loop_change(listener->loop, &listener->socket, EPOLLIN | EPOLLET);
}

static void send_queue(struct listener *listener)
{
	const char *bytes;
	ssize_t put = 0;
	size_t len;

	while (listener->queue.len && put >= 0) {
		bytes = history_oldest(&listener->queue, &len);
		put = send(listener->client.fd, bytes, len, MSG_NOSIGNAL);
		if (put > 0) {
			history_drop(&listener->queue, (size_t)put);
		} else if (put < 0 && errno != EAGAIN) {
			/* it does not read any more, but may have sent something */
			history_drop(&listener->queue, listener->queue.len);
		}
	}
	listener_update(listener);
}

static void client_ready(struct loop_source *source, uint32_t events)
{
	struct listener *listener =
		(struct listener *)((char *)source - offsetof(struct listener, client));

	if (events & EPOLLOUT) {
		send_queue(listener);
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && listener->listening && !listener->ended) {
		listener->typed(listener->arg);
	}
	if (events & (EPOLLHUP | EPOLLERR) && listener->ended) {
		drop_client(listener);
	}
}

static void socket_ready(struct loop_source *source, uint32_t events)
{
	struct listener *listener =
		(struct listener *)((char *)source - offsetof(struct listener, socket));

	(void)events;
	listener->client.fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (listener->client.fd < 0) {
		return;
	}
	listener->ended = false;
	listener->events = listener->listening ? EPOLLIN : EPOLLET;
	loop_add(listener->loop, &listener->client, listener->events);
	loop_change(listener->loop, source, 0);
}

struct listener *listener_create(struct loop *loop, const char *path, void (*typed)(void *arg),
				 void *arg)
{
	struct listener *listener = calloc(1, sizeof(*listener) + strlen(path) + 1);
	int ret = -ENOMEM;

	if (listener) {
		strcpy(listener->path, path);
		listener->client = (struct loop_source){-1, client_ready};
		listener->loop = loop;
		listener->listening = true;
		listener->typed = typed;
		listener->arg = arg;
		ret = door_open(path, &listener->door);
	}
	if (ret) {
		free(listener);
		errno = -ret;
		return NULL;
	}
	listener->socket = (struct loop_source){listener->door.fd, socket_ready};
	loop_add(loop, &listener->socket, EPOLLIN | EPOLLET);
	return listener;
}

void listener_destroy(struct listener *listener)
{
	if (listener->client.fd >= 0) {
		drop_client(listener);
	}
	loop_remove(listener->loop, &listener->socket);
	door_close(listener->path, &listener->door);
	free(listener);
}

void listener_write(struct listener *listener, const char *bytes, size_t len)
{
	if (listener->client.fd >= 0) {
		history_add(&listener->queue, bytes, len);
		send_queue(listener);
	}
}

bool listener_is_full(const struct listener *listener)
{
	return listener->queue.len > HISTORY_SIZE / 2;
}

size_t listener_read(struct listener *listener, char *bytes, size_t room)
{
	ssize_t got;

	if (listener->client.fd < 0 || listener->ended) {
		return 0;
	}
	got = recv(listener->client.fd, bytes, room, 0);
	if (got > 0) {
		return (size_t)got;
	}
	if (got == 0 || errno != EAGAIN) {
		listener->ended = true;
		listener_update(listener);
	}
	return 0;
}

void listener_listen(struct listener *listener, bool wanted)
{
	listener->listening = wanted;
	listener_update(listener);
}
