/* SPDX-License-Identifier: MIT */
/*
 * Xenstore client over the shared ring: one request at a time, no transactions. Paths are
 * absolute, or relative to the domain's own directory.
 */
#ifndef GUEST_XENBUS_H
#define GUEST_XENBUS_H

#include <stdbool.h>
#include <stddef.h>

#include <xen/io/xenbus.h>

#define XENBUS_PATH_MAX 128
#define XENBUS_VALUE_MAX 256

/* Finds the ring. 0, or a negative errno: ENODEV without one. */
int xenbus_init(void);

/*
 * Reads a value into a NUL-terminated buffer, cutting it to fit. Returns its length or a
 * negative errno (ENOENT, EACCES, EIO when the daemon breaks the protocol, …).
 */
int xenbus_read(const char *path, char *value, size_t size);

/* The value as an unsigned number; a negative errno when it is absent or none. */
long xenbus_read_number(const char *path);

/* DIR/KEY instead of a path. */
int xenbus_read_key(const char *dir, const char *key, char *value, size_t size);
long xenbus_read_key_number(const char *dir, const char *key);

int xenbus_write(const char *path, const char *value);
int xenbus_write_key(const char *dir, const char *key, const char *value);
int xenbus_write_key_number(const char *dir, const char *key, unsigned long value);

/* Names of the entries, NUL after each, an empty one at the end. Returns their count or errno. */
int xenbus_directory(const char *path, char *names, size_t size);

/* Watches a path; something below it changed when xenbus_changed() says so. */
int xenbus_watch(const char *path, const char *token);
int xenbus_unwatch(const char *path, const char *token);

/*
 * Takes in what the daemon sent; true when watches fired since the last call. Which ones is not
 * told: readers look at everything they care for.
 */
bool xenbus_changed(void);

/*
 * Sleeps until DIR/state is one of the states in the mask (1 << state); returns the state, or a
 * negative errno: ETIMEDOUT at the deadline (system time in ns), ENOENT when the directory went.
 */
int xenbus_wait_state(const char *dir, unsigned int mask, unsigned long deadline);

#endif /* GUEST_XENBUS_H */
