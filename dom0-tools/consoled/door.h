/* SPDX-License-Identifier: MIT */
/* Listening sockets where only root may make them: a process that stays root for only that. */
#ifndef DOM0_TOOLS_CONSOLED_DOOR_H
#define DOM0_TOOLS_CONSOLED_DOOR_H

#include <stdbool.h>
#include <sys/types.h>

/* A listening socket, and which file it is. */
struct door {
	int fd;
	dev_t device;
	ino_t inode;
};

/* Starts the process, before anything else is open. It ends with this one. 0 or -errno. Without it
 * (tests) the sockets are made here. */
int door_start(void);

/*
 * Listens at a path, for its user alone, in place of a socket that nobody listens at. 0, or -errno:
 * -EEXIST, something that is no socket is there; -EADDRINUSE, somebody listens.
 */
int door_open(const char *path, struct door *door);

/* Closes the socket, and removes its file if it is still there. */
void door_close(const char *path, const struct door *door);

#endif
