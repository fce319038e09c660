/* SPDX-License-Identifier: MIT */
/* A daemon's event loop: descriptors and who is told when they are ready. */
#ifndef DOM0_TOOLS_LIBDAEMON_LOOP_H
#define DOM0_TOOLS_LIBDAEMON_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

struct loop;

/* Embedded in what owns the descriptor. */
struct loop_source {
	int fd;
	/* `events` are EPOLL*; may remove and free any source, this one included. */
	void (*ready)(struct loop_source *source, uint32_t events);
};

/* NULL with errno set. */
struct loop *loop_create(void);
void loop_destroy(struct loop *loop);

/* 0 or -errno. The descriptor stays the caller's. */
int loop_add(struct loop *loop, struct loop_source *source, uint32_t events);
int loop_change(struct loop *loop, struct loop_source *source, uint32_t events);
void loop_remove(struct loop *loop, struct loop_source *source);

/* Waits up to timeout_ms (-1 = for ever) and calls the sources that are ready. 0 or -errno. */
int loop_wait(struct loop *loop, int timeout_ms);

#endif
