/* SPDX-License-Identifier: MIT */
/* Watches and the events they cause. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "talk.h"

int store_watch(struct store *store, const char *path, const char *token)
{
	struct iovec parts[2] = {talk_string(path), talk_string(token)};

	return talk(store, XS_WATCH, STORE_NO_TX, parts, 2, NULL, NULL);
}

int store_watch_depth(struct store *store, const char *path, const char *token, unsigned int depth)
{
	char number[16];
	struct iovec parts[3] = {talk_string(path), talk_string(token)};

	snprintf(number, sizeof(number), "%u", depth);
	parts[2] = talk_string(number);
	return talk(store, XS_WATCH, STORE_NO_TX, parts, 3, NULL, NULL);
}

/* Whether an event can come from the watch on `path` with `token`. */
static bool event_is_from(const struct store_event *event, const char *path, const char *token)
{
	return !strcmp(event->token, token) && !strncmp(event->path, path, strlen(path));
}

int store_unwatch(struct store *store, const char *path, const char *token)
{
	struct iovec parts[2] = {talk_string(path), talk_string(token)};
	struct event_queue keep = STAILQ_HEAD_INITIALIZER(keep);
	struct queued_event *queued;
	int ret = talk(store, XS_UNWATCH, STORE_NO_TX, parts, 2, NULL, NULL);

	if (ret) {
		return ret;
	}
	while ((queued = STAILQ_FIRST(&store->events))) {
		STAILQ_REMOVE_HEAD(&store->events, link);
		if (event_is_from(&queued->event, path, token)) {
			store_event_free(&queued->event);
			free(queued);
		} else {
			STAILQ_INSERT_TAIL(&keep, queued, link);
		}
	}
	STAILQ_CONCAT(&store->events, &keep);
	return 0;
}

int store_next_event(struct store *store, struct store_event *event)
{
	struct queued_event *queued;
	int ret;

	while (STAILQ_EMPTY(&store->events)) {
		ret = talk_fill(store, false);
		if (ret <= 0) {
			return ret;
		}
		store->have = 0;
		if (store->in.header.type != XS_WATCH_EVENT) {
			store->broken = -EPROTO; /* an answer nobody asked for */
			return -EPROTO;
		}
		ret = talk_queue_event(store);
		if (ret) {
			return ret;
		}
	}
	queued = STAILQ_FIRST(&store->events);
	STAILQ_REMOVE_HEAD(&store->events, link);
	*event = queued->event;
	free(queued);
	return 1;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int store_wait_event(struct store *store, int timeout_ms, struct store_event *event)
{
	struct pollfd wish = {.fd = store->fd, .events = POLLIN};
	int64_t end = now_ms() + timeout_ms;
	int64_t left = timeout_ms;
	int ret;

	for (;;) {
		ret = store_next_event(store, event);
		if (ret || !left) {
			return ret;
		}
		if (poll(&wish, 1, (int)left) < 0 && errno != EINTR) {
			return -errno;
		}
		if (timeout_ms >= 0) {
			left = end - now_ms();
			left = left < 0 ? 0 : left;
		}
	}
}
