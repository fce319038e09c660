/* SPDX-License-Identifier: MIT */
/* Loop devices: a file as a block device, by the kernel's ioctls. */
#ifndef DOM0_TOOLS_DEVICES_LOOP_H
#define DOM0_TOOLS_DEVICES_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "../libctl/error.h"

struct loop {
	int fd;        /* of the loop device; -1 = none */
	char node[32]; /* /dev/loopN */
	uint32_t major, minor;
	uint64_t file_dev, file_inode; /* of the file behind it */
	bool direct;                   /* reads and writes bypass the page cache */
};

/*
 * Makes a loop device for a file, with direct I/O where the file system can. While loop->fd is
 * open and loop_keep() was not called, it vanishes with this process.
 */
int loop_attach(const char *path, bool readwrite, struct loop *loop, struct ctl_error *err);

/* From here on the device lives until loop_detach(); closes loop->fd. */
int loop_keep(struct loop *loop, struct ctl_error *err);

/* Undoes loop_attach() before or after loop_keep(). */
void loop_drop(struct loop *loop);

/* Makes the loop device as big as its file is now. */
int loop_grow(const char *node, struct ctl_error *err);

/*
 * Releases a loop device by its node, if it still belongs to that file; the kernel does so when
 * its last user is gone. 0 also if it was released already.
 */
int loop_detach(const char *node, uint64_t file_dev, uint64_t file_inode, struct ctl_error *err);

#endif
