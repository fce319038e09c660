/* SPDX-License-Identifier: MIT */
/* The backend of channels: their nodes, their states, their ends. */
#include "channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libdaemon/log.h"
#include "listener.h"
#include "xen/io/xenbus.h"
#include "xen/types.h"

#define BACKENDS "/local/domain/0/backend/console"
#define TOKEN_BACK "channels"
#define TOKEN_FRONT "channel-front"

struct channel {
	LIST_ENTRY(channel) link;
	struct channels *channels;
	struct wire wire;
	uint16_t domid;
	unsigned int devid;
	bool complained; /* of its guest */
	uint64_t ref;    /* what it is connected to */
	uint64_t port;
	struct terminal *terminal; /* its end: one of these */
	struct listener *listener;
	char backend[64];
	char frontend[64];
};

/* ------------------------------------------------------------------------- the end -- */

static struct channel *channel_of(const struct wire *wire)
{
	return (struct channel *)((char *)(uintptr_t)wire - offsetof(struct channel, wire));
}

static void channel_typed(void *arg)
{
	struct channel *channel = arg;

	wire_feed(&channel->wire);
}

static void channel_sent(struct wire *wire, const char *bytes, size_t len)
{
	struct channel *channel = channel_of(wire);

	if (channel->listener) {
		listener_write(channel->listener, bytes, len);
	} else {
		terminal_write(channel->terminal, bytes, len);
	}
}

/* Of a stream that programs speak nothing may be missing: the guest waits for a slow reader. */
static bool channel_is_full(const struct wire *wire)
{
	const struct channel *channel = channel_of(wire);

	return channel->listener ? listener_is_full(channel->listener)
				 : terminal_is_full(channel->terminal);
}

static size_t channel_take(struct wire *wire, char *bytes, size_t room)
{
	struct channel *channel = channel_of(wire);

	return channel->listener ? listener_read(channel->listener, bytes, room)
				 : terminal_read(channel->terminal, bytes, room);
}

static void channel_listen(struct wire *wire, bool wanted)
{
	struct channel *channel = channel_of(wire);

	if (channel->listener) {
		listener_listen(channel->listener, wanted);
	} else {
		terminal_listen(channel->terminal, wanted);
	}
}

static const struct wire_ops channel_ops = {
	.sent = channel_sent,
	.is_full = channel_is_full,
	.take = channel_take,
	.listen = channel_listen,
};

static const char *end_error(int error)
{
	switch (error) {
	case EEXIST:
		return "something that is no socket is there";
	case EADDRINUSE:
		return "another program listens there";
	case ENOENT:
		return "there is no such folder";
	default:
		return strerror(error);
	}
}

static int open_listener(struct channel *channel, char *why, size_t size)
{
	struct channels *channels = channel->channels;
	char *path = store_readf(channels->store, STORE_NO_TX, "%s/path", channel->backend);

	if (path && path[0] == '/') {
		channel->listener = listener_create(channels->loop, path, channel_typed, channel);
	}
	if (!channel->listener) {
		snprintf(why, size, "cannot listen at %.120s: %s", path ? path : "(no path)",
			 path && path[0] == '/' ? end_error(errno) : "not an absolute path");
	}
	free(path);
	return channel->listener ? 0 : -EIO;
}

/* Makes the end that the nodes ask for. 0, or -errno and `why`. */
static int open_end(struct channel *channel, char *why, size_t size)
{
	struct channels *channels = channel->channels;
	char *connection =
		store_readf(channels->store, STORE_NO_TX, "%s/connection", channel->backend);
	int ret = -EINVAL;

	if (connection && !strcmp(connection, "socket")) {
		ret = open_listener(channel, why, size);
	} else if (connection && !strcmp(connection, "pty")) {
		channel->terminal = terminal_create(channels->terminals, channel_typed, channel);
		ret = channel->terminal ? 0 : -errno;
		snprintf(why, size, "cannot make a terminal: %s", strerror(-ret));
	} else {
		snprintf(why, size, "connection \"%.40s\" is neither pty nor socket",
			 connection ? connection : "");
	}
	free(connection);
	return ret;
}

/* ---------------------------------------------------------------------- the states -- */

/* What is written when the state changes. */
struct change {
	struct channel *channel;
	enum xenbus_state state;
	const char *tty;   /* or NULL */
	const char *error; /* or NULL */
};

static int write_node(struct store *store, uint32_t tx, const char *dir, const char *node,
		      const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	return store_write(store, tx, path, value, strlen(value));
}

/* The terminal's name belongs to us, though the folder is the guest's. */
static int write_tty(struct store *store, uint32_t tx, const struct channel *channel,
		     const char *tty)
{
	const struct store_perm perms[] = {
		{0, STORE_PERM_NONE},
		{channel->domid, STORE_PERM_READ},
	};
	char path[80];
	int ret = write_node(store, tx, channel->frontend, "tty", tty);

	snprintf(path, sizeof(path), "%s/tty", channel->frontend);
	ret = ret ? ret : store_set_perms(store, tx, path, perms, 2);
	return ret ? ret : write_node(store, tx, channel->backend, "tty", tty);
}

/* Writing to nodes that somebody has just removed would bring them back. */
static int change_body(struct store *store, uint32_t tx, void *arg)
{
	const struct change *change = arg;
	const struct channel *channel = change->channel;
	char *old = store_readf(store, tx, "%s/state", channel->backend);
	char path[96], number[4];
	int ret = old ? 0 : -ENOENT;

	free(old);
	if (!ret && change->tty) {
		ret = write_tty(store, tx, channel, change->tty);
	}
	if (!ret && change->error) {
		snprintf(path, sizeof(path), "/local/domain/0/error/backend/console/%u/%u",
			 channel->domid, channel->devid);
		ret = write_node(store, tx, path, "error", change->error);
	}
	snprintf(number, sizeof(number), "%d", change->state);
	return ret ? ret : write_node(store, tx, channel->backend, "state", number);
}

static void channel_change(struct channel *channel, enum xenbus_state state, const char *tty,
			   const char *error)
{
	struct change change = {channel, state, tty, error};
	int ret = store_transact(channel->channels->store, change_body, &change);

	if (ret && ret != -ENOENT) {
		log_error("cannot write to %s: %s", channel->backend, strerror(-ret));
	}
}

/* A guest that errs is told of once, however often it tries: it shall not fill the log. */
static void complain(struct channel *channel, const char *what, int ret)
{
	if (!channel->complained) {
		log_warn("domain %u: cannot %s of channel %u: %s", channel->domid, what,
			 channel->devid, strerror(-ret));
		channel->complained = true;
	}
}

/* The guest says that it is ready: true if it is connected. */
static bool channel_connect(struct channel *channel)
{
	struct channels *channels = channel->channels;
	const struct wire_backend *backend = channels->wires->backend;
	struct xencons_interface *page;
	uint64_t ref, port;
	char path[80];
	int ret;

	snprintf(path, sizeof(path), "%s/ring-ref", channel->frontend);
	ret = store_read_number(channels->store, STORE_NO_TX, path, UINT32_MAX, &ref);
	snprintf(path, sizeof(path), "%s/port", channel->frontend);
	ret = ret ? ret : store_read_number(channels->store, STORE_NO_TX, path, UINT32_MAX, &port);
	if (ret) {
		complain(channel, "read ring-ref and port", ret);
		return false;
	}
	if (channel->wire.page && channel->ref == ref && channel->port == port) {
		return true;
	}
	wire_disconnect(&channel->wire);
	ret = backend->map_grant(backend->arg, channel->domid, (uint32_t)ref, &page);
	if (ret) {
		complain(channel, "map the ring", ret);
		return false;
	}
	ret = wire_connect(&channel->wire, page, (uint32_t)port);
	if (ret) {
		complain(channel, "bind the event channel", ret);
		return false;
	}
	channel->ref = ref;
	channel->port = port;
	wire_feed(&channel->wire); /* what was sent before the guest came */
	return true;
}

static enum xenbus_state read_state(struct channel *channel, const char *dir)
{
	char path[80];
	uint64_t state;

	snprintf(path, sizeof(path), "%s/state", dir);
	if (store_read_number(channel->channels->store, STORE_NO_TX, path, XenbusStateReconfigured,
			      &state)) {
		return XenbusStateUnknown;
	}
	return (enum xenbus_state)state;
}

/* Takes what the guest said last and lets go of it. */
static void channel_disconnect(struct channel *channel)
{
	wire_drain(&channel->wire);
	wire_disconnect(&channel->wire);
}

/* The state that ours follows from the guest's. */
static enum xenbus_state next_state(struct channel *channel, enum xenbus_state back)
{
	enum xenbus_state front = read_state(channel, channel->frontend);
	char *online =
		store_readf(channel->channels->store, STORE_NO_TX, "%s/online", channel->backend);
	bool wanted = online && !strcmp(online, "1") && back != XenbusStateClosing;

	free(online);
	switch (front) {
	case XenbusStateInitialised:
	case XenbusStateConnected:
		if (wanted && channel_connect(channel)) {
			return XenbusStateConnected;
		}
		channel_disconnect(channel);
		return wanted ? XenbusStateInitWait : XenbusStateClosing;
	case XenbusStateInitialising:
	case XenbusStateInitWait:
		channel_disconnect(channel);
		return wanted ? XenbusStateInitWait : XenbusStateClosed;
	case XenbusStateClosing:
		channel_disconnect(channel);
		return XenbusStateClosing;
	default:
		channel_disconnect(channel);
		return XenbusStateClosed;
	}
}

static void channel_free(struct channel *channel)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/state", channel->frontend);
	store_unwatch(channel->channels->store, path, TOKEN_FRONT);
	channel_disconnect(channel);
	if (channel->terminal) {
		terminal_destroy(channel->terminal);
	}
	if (channel->listener) {
		listener_destroy(channel->listener);
	}
	LIST_REMOVE(channel, link);
	free(channel);
}

static void channel_update(struct channel *channel)
{
	enum xenbus_state back = read_state(channel, channel->backend);
	enum xenbus_state next;

	if (back == XenbusStateUnknown) {
		channel_free(channel);
		return;
	}
	next = next_state(channel, back);
	if (next != back) {
		channel_change(channel, next, NULL, NULL);
	}
}

/* ----------------------------------------------------------------- coming and going -- */

static struct channel *channel_find(struct channels *channels, unsigned int domid,
				    unsigned int devid)
{
	struct channel *channel;

	LIST_FOREACH(channel, &channels->all, link)
	{
		if (channel->domid == domid && channel->devid == devid) {
			return channel;
		}
	}
	return NULL;
}

/* A device model serves those of other tools, which do not say whose they are. */
static bool is_ours(struct channels *channels, unsigned int domid, unsigned int devid)
{
	char *type =
		store_readf(channels->store, STORE_NO_TX, BACKENDS "/%u/%u/type", domid, devid);
	bool ours = type && !strcmp(type, "xenconsoled");

	free(type);
	return ours;
}

static void channel_add(struct channels *channels, unsigned int domid, unsigned int devid)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	enum xenbus_state back;
	char path[80], why[256] = "";

	if (!channel) {
		return;
	}
	channel->channels = channels;
	channel->domid = (uint16_t)domid;
	channel->devid = devid;
	wire_init(&channel->wire, channels->wires, &channel_ops, channel->domid, "channel's");
	snprintf(channel->backend, sizeof(channel->backend), BACKENDS "/%u/%u", domid, devid);
	snprintf(channel->frontend, sizeof(channel->frontend), "/local/domain/%u/device/console/%u",
		 domid, devid);
	if (open_end(channel, why, sizeof(why))) {
		/* Once: nodes in this state are not looked at again. */
		if (read_state(channel, channel->backend) != XenbusStateClosed) {
			log_error("domain %u: channel %u: %s", domid, devid, why);
			channel_change(channel, XenbusStateClosed, NULL, why);
		}
		free(channel);
		return;
	}
	LIST_INSERT_HEAD(&channels->all, channel, link);
	back = read_state(channel, channel->backend);
	channel_change(channel, back == XenbusStateInitialising ? XenbusStateInitWait : back,
		       channel->terminal ? terminal_path(channel->terminal) : "", NULL);
	/* The first event of the watch comes at once and makes us look. */
	snprintf(path, sizeof(path), "%s/state", channel->frontend);
	if (store_watch(channels->store, path, TOKEN_FRONT)) {
		log_error("cannot watch %s", path);
	}
}

static void look_at(struct channels *channels, unsigned int domid, unsigned int devid)
{
	struct channel *channel = channel_find(channels, domid, devid);

	if (channel) {
		channel_update(channel);
	} else if (domid && domid < DOMID_FIRST_RESERVED && devid &&
		   is_ours(channels, domid, devid)) {
		channel_add(channels, domid, devid);
	}
}

/* Calls look() for every numbered node below `dir`. */
static void each_number(struct channels *channels, const char *dir,
			void (*look)(struct channels *channels, unsigned int number, void *arg),
			void *arg)
{
	size_t count = 0;
	char **names = store_directory(channels->store, STORE_NO_TX, dir, &count);

	for (size_t i = 0; names && i < count; i++) {
		char *end;
		unsigned long number = strtoul(names[i], &end, 10);

		if (end != names[i] && !*end && number <= UINT16_MAX) {
			look(channels, (unsigned int)number, arg);
		}
	}
	free(names);
}

static void look_at_one(struct channels *channels, unsigned int devid, void *arg)
{
	look_at(channels, *(unsigned int *)arg, devid);
}

static void look_at_domain(struct channels *channels, unsigned int domid, void *arg)
{
	char dir[64];

	(void)arg;
	snprintf(dir, sizeof(dir), BACKENDS "/%u", domid);
	each_number(channels, dir, look_at_one, &domid);
}

static void look_at_all(struct channels *channels)
{
	struct channel *channel, *next;

	for (channel = LIST_FIRST(&channels->all); channel; channel = next) {
		next = LIST_NEXT(channel, link);
		channel_update(channel);
	}
	each_number(channels, BACKENDS, look_at_domain, NULL);
}

int channels_open(struct channels *channels)
{
	LIST_INIT(&channels->all);
	return store_watch(channels->store, BACKENDS, TOKEN_BACK);
}

bool channels_event(struct channels *channels, const struct store_event *event)
{
	unsigned int domid, devid;

	if (!strcmp(event->token, TOKEN_BACK)) {
		if (sscanf(event->path, BACKENDS "/%u/%u", &domid, &devid) == 2) {
			look_at(channels, domid, devid);
		} else {
			look_at_all(channels);
		}
		return true;
	}
	if (!strcmp(event->token, TOKEN_FRONT)) {
		struct channel *channel = NULL;

		if (sscanf(event->path, "/local/domain/%u/device/console/%u", &domid, &devid) ==
		    2) {
			channel = channel_find(channels, domid, devid);
		}
		if (channel) {
			channel_update(channel);
		}
		return true;
	}
	return false;
}

void channels_look_for_dead(struct channels *channels)
{
	struct channel *channel;

	LIST_FOREACH(channel, &channels->all, link)
	{
		if (channel->wire.page &&
		    store_is_introduced(channels->store, channel->domid) == 0) {
			channel_disconnect(channel);
		}
	}
}

void channels_close(struct channels *channels)
{
	struct channel *channel;

	while ((channel = LIST_FIRST(&channels->all))) {
		/* that takes it off the list: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		channel_free(channel);
	}
}
