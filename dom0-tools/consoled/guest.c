/* SPDX-License-Identifier: MIT */
/* Guests' consoles: connecting, draining by turns, typing, dying. */
#include "guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libdaemon/log.h"

#define LINGER_PERIODS (10000U / GUEST_PERIOD_MS) /* for a reader of a dead guest's terminal */

struct guest {
	TAILQ_ENTRY(guest) link;
	TAILQ_ENTRY(guest) ready_link;
	struct guests *guests;
	uint16_t domid;
	bool ready;   /* in guests->ready */
	bool masked;  /* an event has come that was not unmasked yet */
	bool starved; /* has more to do in the next period */
	bool dead;
	bool broken;  /* its ring made no sense: not looked at any more */
	bool typing;  /* somebody types, and the ring has no room */
	int port;     /* ours, 0 = not connected */
	uint64_t mfn; /* as in the store, of the page that is mapped */
	uint64_t remote_port;
	unsigned int left;      /* bytes it may still print in this period */
	unsigned int lingering; /* periods since its death */
	struct xencons_interface *page;
	struct logfile *log;
	struct terminal *terminal;
	char path[64]; /* "/local/domain/N/console" */
};

struct guest *guest_find(struct guests *guests, uint16_t domid)
{
	struct guest *guest;

	TAILQ_FOREACH(guest, &guests->all, link)
	{
		if (guest->domid == domid && !guest->dead) {
			return guest;
		}
	}
	return NULL;
}

static void guest_wake(struct guest *guest)
{
	if (!guest->ready && guest->page && !guest->broken) {
		guest->ready = true;
		TAILQ_INSERT_TAIL(&guest->guests->ready, guest, ready_link);
	}
}

static void guest_sleep(struct guest *guest)
{
	if (guest->ready) {
		guest->ready = false;
		TAILQ_REMOVE(&guest->guests->ready, guest, ready_link);
	}
}

/* Somebody types at the terminal, or the guest has made room. */
static void guest_type(struct guest *guest)
{
	const struct guest_backend *backend = guest->guests->backend;
	char bytes[sizeof(guest->page->in)];
	ssize_t room = guest->page && !guest->broken ? ring_room(guest->page) : 0;
	size_t len;

	if (room < 0) {
		guest->broken = true;
		return;
	}
	len = room ? terminal_read(guest->terminal, bytes, (size_t)room) : 0;
	if (len) {
		ring_give(guest->page, bytes, len);
		backend->notify(backend->arg, guest->port);
	}
	guest->typing = !room;
	terminal_listen(guest->terminal, !guest->typing);
}

static void guest_typed(void *arg)
{
	guest_type(arg);
}

/* What the log is called: by the domain's name, else its number. */
static struct logfile *open_log(const struct guest *guest)
{
	struct guests *guests = guest->guests;
	char *name = store_readf(guests->store, STORE_NO_TX, "/local/domain/%u/name", guest->domid);
	char file[160];
	struct logfile *log;

	if (name && *name) {
		snprintf(file, sizeof(file), "guest-%s", name);
	} else {
		snprintf(file, sizeof(file), "guest-%u", guest->domid);
	}
	free(name);
	log = logfile_open(&guests->log_options, file);
	return log;
}

static void guest_disconnect(struct guest *guest)
{
	const struct guest_backend *backend = guest->guests->backend;

	guest_sleep(guest);
	if (guest->port) {
		backend->unbind(backend->arg, guest->port);
		guest->port = 0;
	}
	if (guest->page) {
		backend->unmap(backend->arg, guest->page);
		guest->page = NULL;
	}
	guest->broken = false;
	guest->masked = false;
}

static void guest_connect(struct guest *guest)
{
	const struct guest_backend *backend = guest->guests->backend;
	char path[80];
	int ret;

	ret = backend->map(backend->arg, guest->domid, guest->mfn, &guest->page);
	if (ret) {
		log_error("domain %u: cannot map its console page: %s", guest->domid,
			  strerror(-ret));
		guest->page = NULL;
		return;
	}
	ret = backend->bind(backend->arg, guest->domid, (uint32_t)guest->remote_port);
	if (ret < 0) {
		log_error("domain %u: cannot bind its console's event channel %u: %s", guest->domid,
			  (unsigned int)guest->remote_port, strerror(-ret));
		guest_disconnect(guest);
		return;
	}
	guest->port = ret;
	guest->left = GUEST_PER_PERIOD;
	if (!guest->log && guest->guests->log) {
		guest->log = open_log(guest);
	}
	snprintf(path, sizeof(path), "%s/tty", guest->path);
	if (!guest->terminal) {
		guest->terminal = terminal_create(guest->guests->terminals, guest_typed, guest);
	}
	if (!guest->terminal) {
		log_error("domain %u: cannot make a terminal: %s; only its log is kept",
			  guest->domid, strerror(errno));
	} else {
		const char *tty = terminal_path(guest->terminal);

		ret = store_write(guest->guests->store, STORE_NO_TX, path, tty, strlen(tty));
		if (ret) {
			log_error("cannot write %s: %s", path, strerror(-ret));
		}
	}
	guest_wake(guest); /* it may have printed before we came */
}

/* Whether the console is ours to serve: other types belong to a device model. */
static bool is_ours(struct guest *guest)
{
	char *type = store_readf(guest->guests->store, STORE_NO_TX, "%s/type", guest->path);
	bool ours = !type || !strcmp(type, "xenconsoled");

	free(type);
	return ours;
}

void guest_update(struct guest *guest)
{
	uint64_t mfn, port;
	char path[80];

	snprintf(path, sizeof(path), "%s/ring-ref", guest->path);
	if (store_read_number(guest->guests->store, STORE_NO_TX, path, UINT64_MAX, &mfn)) {
		return;
	}
	snprintf(path, sizeof(path), "%s/port", guest->path);
	if (store_read_number(guest->guests->store, STORE_NO_TX, path, UINT32_MAX, &port) ||
	    !is_ours(guest) || (guest->page && guest->mfn == mfn && guest->remote_port == port)) {
		return;
	}
	guest_disconnect(guest);
	guest->mfn = mfn;
	guest->remote_port = port;
	guest_connect(guest);
}

int guest_add(struct guests *guests, uint16_t domid)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	char token[16];
	int ret;

	if (!guest) {
		return -ENOMEM;
	}
	guest->guests = guests;
	guest->domid = domid;
	snprintf(guest->path, sizeof(guest->path), "/local/domain/%u/console", domid);
	snprintf(token, sizeof(token), "%u", domid);
	TAILQ_INSERT_TAIL(&guests->all, guest, link);
	/* The first event of the watch comes at once and makes us look. */
	ret = store_watch(guests->store, guest->path, token);
	if (ret) {
		TAILQ_REMOVE(&guests->all, guest, link);
		free(guest);
	}
	return ret;
}

/* Moves what the ring holds, up to `limit` bytes, to the log and the terminal. */
static size_t guest_drain(struct guest *guest, size_t limit)
{
	char bytes[sizeof(guest->page->out)];
	ssize_t len = ring_take(guest->page, bytes, limit < sizeof(bytes) ? limit : sizeof(bytes));

	if (len < 0) {
		log_warn("domain %u: its console ring makes no sense; it is not read any more",
			 guest->domid);
		guest->broken = true;
		return 0;
	}
	if (len && guest->log) {
		logfile_write(guest->log, bytes, (size_t)len);
	}
	if (len && guest->terminal) {
		terminal_write(guest->terminal, bytes, (size_t)len);
	}
	return (size_t)len;
}

/* One turn. Whoever stays out of the ready list waits for an event or, starved, for the next
 * period. */
static void guest_turn(struct guest *guest)
{
	const struct guest_backend *backend = guest->guests->backend;
	struct guests *guests = guest->guests;
	size_t len;

	guests->busy = true;
	if (!guest->left ||
	    (guests->keep_overflow && guest->terminal && terminal_is_full(guest->terminal))) {
		guest->starved = true;
		return;
	}
	len = guest_drain(guest, guest->left);
	guest->left -= (unsigned int)len;
	if (len) {
		backend->notify(backend->arg, guest->port);
		guest_wake(guest);
	} else if (guest->masked && !guest->broken) {
		/* Empty: let the next event through. What came between the look and the
		 * unmasking has left the port pending. */
		guest->masked = false;
		backend->unmask(backend->arg, guest->port);
	}
	if (guest->typing) {
		guest_type(guest);
	}
}

bool guests_run(struct guests *guests)
{
	struct guest *guest;
	size_t turns = 0;

	TAILQ_FOREACH(guest, &guests->ready, ready_link)
	{
		turns++;
	}
	while (turns-- && (guest = TAILQ_FIRST(&guests->ready))) {
		guest_sleep(guest);
		guest_turn(guest);
	}
	return !TAILQ_EMPTY(&guests->ready);
}

void guest_event(struct guests *guests, int port)
{
	struct guest *guest;

	TAILQ_FOREACH(guest, &guests->all, link)
	{
		if (guest->port == port) {
			guest->masked = true;
			guest_wake(guest);
			return;
		}
	}
}

static void guest_free(struct guest *guest)
{
	guest_disconnect(guest);
	TAILQ_REMOVE(&guest->guests->all, guest, link);
	logfile_close(guest->log);
	if (guest->terminal) {
		terminal_destroy(guest->terminal);
	}
	free(guest);
}

void guest_die(struct guest *guest)
{
	char token[16];

	snprintf(token, sizeof(token), "%u", guest->domid);
	store_unwatch(guest->guests->store, guest->path, token);
	if (guest->page && !guest->broken) {
		guest_drain(guest, sizeof(guest->page->out));
	}
	guest_disconnect(guest);
	guest->dead = true;
	guest->guests->busy = true;
	if (!guest->terminal || terminal_is_drained(guest->terminal)) {
		guest_free(guest);
	}
}

void guests_tick(struct guests *guests)
{
	struct guest *guest, *next;

	guests->busy = false;
	for (guest = TAILQ_FIRST(&guests->all); guest; guest = next) {
		next = TAILQ_NEXT(guest, link);
		if (guest->dead &&
		    (terminal_is_drained(guest->terminal) || ++guest->lingering > LINGER_PERIODS)) {
			guest_free(guest);
			continue;
		}
		guests->busy = guests->busy || guest->dead || guest->starved ||
			       (guest->page && guest->left < GUEST_PER_PERIOD);
		guest->left = GUEST_PER_PERIOD;
		if (guest->starved) {
			guest->starved = false;
			guest_wake(guest);
		}
	}
}

void guests_look_for_new(struct guests *guests)
{
	size_t count;
	char **names = store_directory(guests->store, STORE_NO_TX, "/local/domain", &count);

	for (size_t i = 0; names && i < count; i++) {
		unsigned long domid = strtoul(names[i], NULL, 10);

		if (domid && domid < DOMID_FIRST_RESERVED && !guest_find(guests, (uint16_t)domid) &&
		    store_is_introduced(guests->store, (uint32_t)domid) == 1) {
			guest_add(guests, (uint16_t)domid);
		}
	}
	free(names);
}

void guests_look_for_dead(struct guests *guests)
{
	struct guest *guest, *next;

	for (guest = TAILQ_FIRST(&guests->all); guest; guest = next) {
		next = TAILQ_NEXT(guest, link);
		if (!guest->dead && store_is_introduced(guests->store, guest->domid) == 0) {
			guest_die(guest);
		}
	}
}

void guests_reopen_logs(struct guests *guests)
{
	struct guest *guest;

	TAILQ_FOREACH(guest, &guests->all, link)
	{
		if (guest->log) {
			logfile_reopen(guest->log);
		}
	}
}

void guests_close(struct guests *guests)
{
	struct guest *guest;

	while ((guest = TAILQ_FIRST(&guests->all))) {
		/* guest_free() takes it off the list: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		if (guest->page && !guest->broken) {
			guest_drain(guest, sizeof(guest->page->out));
		}
		guest_free(guest);
	}
}
