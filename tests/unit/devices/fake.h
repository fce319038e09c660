/* SPDX-License-Identifier: MIT */
/* What the devices library stands on, played by the test: store, kernel backends, loop, network. */
#ifndef TESTS_UNIT_DEVICES_FAKE_H
#define TESTS_UNIT_DEVICES_FAKE_H

#include "devices/device.h"
#include "libstore/store.h"

/* -- store -- */

struct store *fake_store_open(void);
void fake_store_close(struct store *store);
size_t fake_store_count(const struct store *store);                        /* nodes */
const char *fake_store_value(const struct store *store, const char *path); /* NULL = none */
void fake_store_set(struct store *store, const char *path, const char *value);
bool fake_store_readable(const struct store *store, const char *path, uint32_t domid);
bool fake_store_writable(const struct store *store, const char *path, uint32_t domid);
extern int fake_store_conflicts;  /* so many transactions fail with -EAGAIN first */
extern int fake_store_fail_after; /* so many writes succeed, then -ENOSPC; -1 = never */

/* -- the kernel -- */

struct fake_kernel {
	bool has_driver;                   /* blkback, netback are loaded */
	bool stuck;                        /* the backend does not close */
	bool guest_closes;                 /* the frontend answers a closing backend */
	bool fails;                        /* the backend gives up at once */
	bool (*devd)(struct store *store); /* what a driver domain does; true if anything */
};
extern struct fake_kernel fake_kernel;

/* Lets backends and frontends react to what is in the store; true if something changed. */
bool fake_kernel_step(struct store *store);

/* -- loop devices and network -- */

extern int fake_loops; /* made and not released */
extern bool fake_loop_fails;
extern int fake_nbds;               /* the same for qemu-nbd's */
extern int fake_guards;             /* interfaces with anti-spoofing rules */
extern int fake_translated;         /* interfaces with rules for NAT */
extern int fake_ports;              /* interfaces put on a bridge */
extern const char *fake_join_error; /* id of the error joining gives, NULL = success */

#endif
