/* SPDX-License-Identifier: MIT */
/*
 * The driver libraries in a host process: pages, grants and ports are counted objects, the
 * xenstore daemon is a small one on the other side of the ring, and the back is the test's
 * function, which gets its turn whenever the front waits.
 */
#ifndef PORT_HOSTED_H
#define PORT_HOSTED_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/grant.h>
#include <xen/io/xs_wire.h>

#define HOSTED_DOMID 5 /* the front's */

/* Forgets everything; turn is the back's function, or NULL. */
void hosted_reset(void (*turn)(void));

/* What was not given back. */
unsigned int hosted_pages_in_use(void);
unsigned int hosted_ports_open(void);

/* The k-th allocation of a page from now on fails, once; 0: none. */
void hosted_fail_page(unsigned int k);

/* How often the front signalled a port since the last call. */
unsigned int hosted_signals(uint32_t port);

/*
 * The back maps a grant: checks that it was given to domid (and writable, when asked), marks it
 * in use and returns its page; NULL when the entry does not allow it.
 */
void *hosted_grant_map(grant_ref_t ref, xen_domid_t domid, bool writable);
void hosted_grant_unmap(grant_ref_t ref);

/* The store. Paths are absolute; NULL for what is not there. */
void hosted_store_set(const char *path, const char *value);
void hosted_store_set_number(const char *path, unsigned long value);
const char *hosted_store_get(const char *path);
void hosted_store_remove(const char *path);
struct xenstore_domain_interface *hosted_store_ring(void);

/* What the store does wrong from its next answer on. */
enum hosted_store_fault {
	STORE_HONEST,
	STORE_WRONG_ID, /* answers another request */
	STORE_WRONG_TYPE,
	STORE_HUGE_LENGTH, /* claims a payload beyond the protocol's limit */
	STORE_BAD_INDEX,   /* moves its ring index beyond the ring */
	STORE_BYTEWISE,    /* gives its answers one byte at a time: not wrong */
};
void hosted_store_misbehave(enum hosted_store_fault fault);

/* For port.c: the daemon's turn. */
void hosted_store_serve(void);
void hosted_store_reset(void);

#endif /* PORT_HOSTED_H */
