/* SPDX-License-Identifier: MIT */
/* Clients in domain 0: the Unix socket and the transport over it. */
#ifndef DOM0_TOOLS_STORED_LISTEN_H
#define DOM0_TOOLS_STORED_LISTEN_H

#include "../libdaemon/loop.h"
#include "connection.h"
#include "stored.h"

struct listener;

/* Makes the socket for root alone, in place of one that nobody answers on; its folder is made if
 * missing. Its descriptor, which accepts nobody yet, or -errno after a line in the log. */
int listen_make(const char *path);

/* Serves those who connect to a socket of listen_make(), this daemon's or an older one's, which the
 * listener owns then. NULL after a line in the log. */
struct listener *listen_open(struct loop *loop, struct stored *stored, const char *path, int fd);

/* Its descriptor. */
int listen_fd(const struct listener *listener);

/* Serves a client on a descriptor, which the transport owns then. 0 or -errno. */
int listen_client(struct loop *loop, int fd, struct transport **transport);

/* Removes the socket; clients' connections live on. */
void listen_close(struct listener *listener);

#endif
