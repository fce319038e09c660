/* SPDX-License-Identifier: MIT */
/*
 * A Unix socket at which one program at a time speaks with a guest; the next ones wait until it
 * has left. Nobody there: what comes is dropped.
 */
#ifndef DOM0_TOOLS_CONSOLED_LISTENER_H
#define DOM0_TOOLS_CONSOLED_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include "../libdaemon/loop.h"

struct listener;

/*
 * Makes a socket that root alone may connect to. The dead socket of an earlier daemon is replaced,
 * nothing else is. `typed` is told when there may be something for listener_read(). NULL with errno
 * set: EEXIST if something else is there, EADDRINUSE if another program listens there,
 * ENAMETOOLONG …
 */
struct listener *listener_create(struct loop *loop, const char *path, void (*typed)(void *arg),
				 void *arg);

/* Also removes the socket's file, if it is still the same. */
void listener_destroy(struct listener *listener);

/* Queues bytes for who is there. */
void listener_write(struct listener *listener, const char *bytes, size_t len);

/* Whether who is there has to read before more is queued. */
bool listener_is_full(const struct listener *listener);

/* What was sent to us: bytes moved, 0 if there is none. */
size_t listener_read(struct listener *listener, char *bytes, size_t room);

/* Says whether `typed` is wanted: not while the guest has no room. */
void listener_listen(struct listener *listener, bool wanted);

#endif
