/* SPDX-License-Identifier: MIT */
/* Guests' consoles: connecting, printing, typing, dying. */
#include "guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libdaemon/log.h"

#define LINGER_PERIODS (10000U / WIRE_PERIOD_MS) /* for a reader of a dead guest's terminal */

struct guest {
	TAILQ_ENTRY(guest) link;
	struct guests *guests;
	uint16_t domid;
	bool dead;
	uint64_t mfn; /* as in the store, of the page that is mapped */
	uint64_t remote_port;
	unsigned int lingering; /* periods since its death */
	struct wire wire;
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

static struct guest *guest_of(const struct wire *wire)
{
	return (struct guest *)((char *)(uintptr_t)wire - offsetof(struct guest, wire));
}

/* Somebody types at the terminal. */
static void guest_typed(void *arg)
{
	struct guest *guest = arg;

	wire_feed(&guest->wire);
}

static void guest_sent(struct wire *wire, const char *bytes, size_t len)
{
	struct guest *guest = guest_of(wire);

	if (guest->log) {
		logfile_write(guest->log, bytes, len);
	}
	if (guest->terminal) {
		terminal_write(guest->terminal, bytes, len);
	}
}

static bool guest_is_full(const struct wire *wire)
{
	const struct guest *guest = guest_of(wire);

	return guest->guests->keep_overflow && guest->terminal && terminal_is_full(guest->terminal);
}

static size_t guest_take(struct wire *wire, char *bytes, size_t room)
{
	return terminal_read(guest_of(wire)->terminal, bytes, room);
}

static void guest_listen(struct wire *wire, bool wanted)
{
	terminal_listen(guest_of(wire)->terminal, wanted);
}

static const struct wire_ops guest_ops = {
	.sent = guest_sent,
	.is_full = guest_is_full,
	.take = guest_take,
	.listen = guest_listen,
};

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

static void guest_connect(struct guest *guest)
{
	const struct wire_backend *backend = guest->guests->wires->backend;
	struct xencons_interface *page;
	char path[80];
	int ret;

	ret = backend->map(backend->arg, guest->domid, guest->mfn, &page);
	if (ret) {
		log_error("domain %u: cannot map its console page: %s", guest->domid,
			  strerror(-ret));
		return;
	}
	ret = wire_connect(&guest->wire, page, (uint32_t)guest->remote_port);
	if (ret < 0) {
		log_error("domain %u: cannot bind its console's event channel %u: %s", guest->domid,
			  (unsigned int)guest->remote_port, strerror(-ret));
		return;
	}
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
	    !is_ours(guest) ||
	    (guest->wire.page && guest->mfn == mfn && guest->remote_port == port)) {
		return;
	}
	wire_disconnect(&guest->wire);
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
	wire_init(&guest->wire, guests->wires, &guest_ops, domid, "console");
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

static void guest_free(struct guest *guest)
{
	wire_disconnect(&guest->wire);
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
	wire_drain(&guest->wire);
	wire_disconnect(&guest->wire);
	guest->dead = true;
	guest->guests->wires->busy = true;
	if (!guest->terminal || terminal_is_drained(guest->terminal)) {
		guest_free(guest);
	}
}

void guests_tick(struct guests *guests)
{
	struct guest *guest, *next;

	for (guest = TAILQ_FIRST(&guests->all); guest; guest = next) {
		next = TAILQ_NEXT(guest, link);
		if (guest->dead &&
		    (terminal_is_drained(guest->terminal) || ++guest->lingering > LINGER_PERIODS)) {
			guest_free(guest);
			continue;
		}
		guests->wires->busy = guests->wires->busy || guest->dead;
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
	struct guest *guest, *next;

	for (guest = TAILQ_FIRST(&guests->all); guest; guest = next) {
		next = TAILQ_NEXT(guest, link);
		wire_drain(&guest->wire);
		guest_free(guest);
	}
}
