/* SPDX-License-Identifier: MIT */
/* The event loop, on epoll. */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define BATCH 64

struct loop {
	int fd;
	int batch_count;
	struct epoll_event batch[BATCH]; /* being worked on; a removed source becomes NULL here */
};

struct loop *loop_create(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop) {
		return NULL;
	}
	loop->fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->fd < 0) {
		free(loop);
		return NULL;
	}
	return loop;
}

void loop_destroy(struct loop *loop)
{
	close(loop->fd);
	free(loop);
}

static int loop_control(struct loop *loop, int operation, struct loop_source *source,
			uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = source};

	return epoll_ctl(loop->fd, operation, source->fd, &event) < 0 ? -errno : 0;
}

int loop_add(struct loop *loop, struct loop_source *source, uint32_t events)
{
	return loop_control(loop, EPOLL_CTL_ADD, source, events);
}

int loop_change(struct loop *loop, struct loop_source *source, uint32_t events)
{
	return loop_control(loop, EPOLL_CTL_MOD, source, events);
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
	loop_control(loop, EPOLL_CTL_DEL, source, 0);
	for (int i = 0; i < loop->batch_count; i++) {
		if (loop->batch[i].data.ptr == source) {
			loop->batch[i].data.ptr = NULL;
		}
	}
}

int loop_wait(struct loop *loop, int timeout_ms)
{
	int count = epoll_wait(loop->fd, loop->batch, BATCH, timeout_ms);

	if (count < 0) {
		return errno == EINTR ? 0 : -errno;
	}
	loop->batch_count = count;
	for (int i = 0; i < count; i++) {
		struct loop_source *source = loop->batch[i].data.ptr;

		if (source) {
			source->ready(source, loop->batch[i].events);
		}
	}
	loop->batch_count = 0;
	return 0;
}
