/* SPDX-License-Identifier: MIT */
/* The world of a channel under test: a store, a guest that keeps to the protocol or does not. */
#ifndef TESTS_CONSOLED_CHANNEL_WORLD_H
#define TESTS_CONSOLED_CHANNEL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../dom0-tools/consoled/channel.h"
#include "fake_guest.h"

#define BACK "/local/domain/0/backend/console/5/1"
#define FRONT "/local/domain/5/device/console/1"

#define MAX_NODES 64

struct store {
	struct {
		char path[96];
		char value[160];
		bool is_dom0s;
	} nodes[MAX_NODES];
	unsigned int watches;
	bool introduced;
	unsigned int writes;
};

struct world {
	struct store store;
	struct loop *loop;
	struct wires wires;
	struct channels channels;
	struct wire_backend backend;
	struct fake_guest guest;
	char folder[32];
	char path[64]; /* of a socket */
};

/* A store of paths with values; drop() forgets all that begin with the path. */
void put(struct store *store, const char *path, const char *value);
const char *get(const struct store *store, const char *path);
void drop(struct store *store, const char *below);
int slot_of(const struct store *store, const char *path);

/* For cmocka: a world in *state. */
int channel_setup(void **state);
int channel_teardown(void **state);

/* The daemon hears that a node of the backend, or the state of the frontend, changed. */
void back_event(struct world *world, const char *path);
void front_event(struct world *world);

/* The guest says where it stands. */
void front(struct world *world, const char *state);

/* What axl writes, and the guest once it has booted. */
void make_nodes(struct world *world, bool socket);
void connect_guest(struct world *world);

/* The daemon works until there is nothing left to do. */
void run(struct world *world);

/* The guest prints, and reads: what is there, or so many bytes when they have arrived. */
size_t send_out(struct world *world, const char *text, size_t len);
const char *take_in(struct world *world);
const char *await_in(struct world *world, size_t len);

/* The other end. */
int connect_client(struct world *world);
const char *receive(int fd);

void expect_state(struct world *world, const char *state);

#endif
