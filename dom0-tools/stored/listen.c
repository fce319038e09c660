/* SPDX-License-Identifier: MIT */
/* Accepting clients on the Unix socket, and moving their bytes. */
#include "listen.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../libdaemon/log.h"
#include "connection.h"

struct listener {
	struct loop_source source; /* first */
	struct loop *loop;
	struct stored *stored;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

struct client {
	struct transport transport; /* first */
	struct loop_source source;
	struct loop *loop;
};

static struct client *client_of(struct loop_source *source)
{
	return (struct client *)((char *)source - offsetof(struct client, source));
}

static ssize_t client_result(ssize_t moved)
{
	if (moved >= 0) {
		return moved;
	}
	return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
}

static ssize_t client_read(struct transport *transport, void *to, size_t len)
{
	struct client *client = (struct client *)transport;
	ssize_t got = recv(client->source.fd, to, len, MSG_DONTWAIT);

	return got == 0 ? -EPIPE : client_result(got);
}

static ssize_t client_write(struct transport *transport, const void *from, size_t len)
{
	struct client *client = (struct client *)transport;

	return client_result(send(client->source.fd, from, len, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static void client_want(struct transport *transport, bool to_read, bool to_write)
{
	struct client *client = (struct client *)transport;

	loop_change(client->loop, &client->source,
		    (to_read ? EPOLLIN : 0) | (to_write ? EPOLLOUT : 0));
}

static void client_close(struct transport *transport)
{
	struct client *client = (struct client *)transport;

	loop_remove(client->loop, &client->source);
	close(client->source.fd);
	free(client);
}

static uint32_t client_port(struct transport *transport)
{
	return (uint32_t)((struct client *)transport)->source.fd;
}

static const struct transport_ops client_ops = {
	.port = client_port,
	.read = client_read,
	.write = client_write,
	.want = client_want,
	.close = client_close,
};

static void client_ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	connection_wake(client_of(source)->transport.connection);
}

int listen_client(struct loop *loop, int fd, struct transport **transport)
{
	struct client *client = calloc(1, sizeof(*client));
	int ret;

	if (!client) {
		return -ENOMEM;
	}
	client->transport.ops = &client_ops;
	client->source = (struct loop_source){.fd = fd, .ready = client_ready};
	client->loop = loop;
	ret = loop_add(loop, &client->source, EPOLLIN);
	if (ret) {
		free(client);
		return ret;
	}
	*transport = &client->transport;
	return 0;
}

static void accept_client(struct loop_source *source, uint32_t events)
{
	struct listener *listener = (struct listener *)source;
	struct transport *transport;
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	if (fd < 0) {
		return;
	}
	if (listen_client(listener->loop, fd, &transport)) {
		close(fd);
	} else if (!connection_create(listener->stored, transport, 0)) {
		client_close(transport);
	}
}

/* Makes the folders of a path, readable by root alone. */
static void make_folders(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];

	strcpy(folder, path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0755);
		*slash = '/';
	}
}

static int bind_socket(int fd, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strcpy(address.sun_path, path);
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		return -EADDRINUSE;
	}
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0600) < 0 ||
	    listen(fd, 64) < 0) {
		return -errno;
	}
	return 0;
}

int listen_make(const char *path)
{
	int fd, ret;

	if (strlen(path) >= sizeof(((struct listener *)0)->path)) {
		log_error("cannot listen on %s: the path is too long", path);
		return -ENAMETOOLONG;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	make_folders(path);
	ret = fd < 0 ? -errno : bind_socket(fd, path);
	if (ret) {
		log_error("cannot listen on %s: %s%s", path, strerror(-ret),
			  ret == -EADDRINUSE ? "; another xenstored is running" : "");
		if (fd >= 0) {
			close(fd);
		}
		return ret;
	}
	return fd;
}

struct listener *listen_open(struct loop *loop, struct stored *stored, const char *path, int fd)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (!listener) {
		log_error("out of memory");
		return NULL;
	}
	snprintf(listener->path, sizeof(listener->path), "%s", path);
	listener->loop = loop;
	listener->stored = stored;
	listener->source = (struct loop_source){.fd = fd, .ready = accept_client};
	if (loop_add(loop, &listener->source, EPOLLIN)) {
		log_error("cannot listen on %s: the event loop refuses it", path);
		free(listener);
		return NULL;
	}
	return listener;
}

int listen_fd(const struct listener *listener)
{
	return listener->source.fd;
}

void listen_close(struct listener *listener)
{
	loop_remove(listener->loop, &listener->source);
	close(listener->source.fd);
	unlink(listener->path);
	free(listener);
}
