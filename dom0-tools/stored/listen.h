/* SPDX-License-Identifier: MIT */
/* Clients in domain 0: the Unix socket and the transport over it. */
#ifndef DOM0_TOOLS_STORED_LISTEN_H
#define DOM0_TOOLS_STORED_LISTEN_H

#include "../libdaemon/loop.h"
#include "stored.h"

struct listener;

/* Makes the socket, in place of one that nobody answers on; its folder is made if missing. NULL
 * after a line in the log. */
struct listener *listen_open(struct loop *loop, struct stored *stored, const char *path);

/* Removes the socket; clients' connections live on. */
void listen_close(struct listener *listener);

#endif
