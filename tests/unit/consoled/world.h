/* SPDX-License-Identifier: MIT */
/* The world of a console under test: a fake store and guest, real pseudo terminals. */
#ifndef TESTS_CONSOLED_WORLD_H
#define TESTS_CONSOLED_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../dom0-tools/consoled/guest.h"
#include "fake_guest.h"

/* Domain 5's nodes. */
struct store {
	char name[32];
	char ring_ref[16];
	char port[16];
	char type[16];
	char tty[64];
	bool introduced;
	unsigned int watches;
};

struct world {
	struct store store;
	struct loop *loop;
	struct wires wires;
	struct guests guests;
	struct wire_backend backend;
	struct fake_guest guest;
	char folder[32];
};

/* For cmocka: a world in *state. */
int world_setup(void **state);
int world_teardown(void **state);

/* Domain 5, found and connected. */
struct guest *connect_guest(struct world *world);

/* The guest prints as much as there is room for; returns how much. */
size_t print(struct world *world, const char *text, size_t len);
/* The daemon works until there is nothing left to do. */
void run(struct world *world);
/* Prints all of it, and the daemon works. */
void say(struct world *world, const char *text);

/* What a file of the log's folder holds. */
const char *log_text(struct world *world, const char *file);

/* A reader of the guest's terminal, and what it reads. */
int open_tty(struct world *world);
const char *read_tty(int fd);

#endif
