/* SPDX-License-Identifier: MIT */
/*
 * The daemon's whole state, so that a test can hold several of them. Single-threaded: nothing
 * here is locked.
 */
#ifndef DOM0_TOOLS_STORED_STORED_H
#define DOM0_TOOLS_STORED_STORED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "perms.h"
#include "quota.h"

struct node;
struct watch;
struct connection;
struct domain;
struct transport;

TAILQ_HEAD(watch_chain, watch);
TAILQ_HEAD(connection_list, connection);

#define WATCH_BUCKETS 4096U
#define ACCOUNT_BUCKETS 256U
#define DOMID_COUNT 0x7ff0U /* domain ids that can belong to a domain */

/* What the store needs from the machine below it; replaced by fakes in tests. */
struct stored_backend {
	/* Connects to a guest's ring page and event channel; `port` is the guest's. 0 and a
	 * connection's transport in *transport, or -errno. */
	int (*ring_open)(void *arg, uint16_t domid, uint32_t port, struct transport **transport);
	/* Gives an open ring another event channel. 0 or -errno, then the old one is kept. */
	int (*ring_rebind)(void *arg, struct transport *transport, uint32_t port);
	void *arg;
};

/* A live update that a client prepares and asks for; update.c does it between requests. */
struct update {
	char *program;   /* malloc'ed path, or NULL */
	char *arguments; /* malloc'ed, may be NULL */
	bool wanted;
	struct connection *asker; /* waits for the answer; NULL once it is gone */
	uint32_t req_id;
	uint32_t tx_id;
};

struct stored {
	struct node *root;
	uint64_t generation;          /* counts changes; the newest one given out */
	struct perms introduce_perms; /* who may hear of @introduceDomain */
	struct perms release_perms;   /* who may hear of @releaseDomain */

	struct quota quota;
	LIST_HEAD(account_chain, account) accounts[ACCOUNT_BUCKETS];
	uint64_t *died; /* by domid: generation of its last death, or 0 */

	struct watch_chain watches[WATCH_BUCKETS]; /* by hash of their path */
	struct connection_list connections;
	struct connection_list awake;             /* those that want a turn, in their order */
	TAILQ_HEAD(domain_chain, domain) domains; /* introduced ones */
	const struct stored_backend *backend;
	struct update update;
	bool loading; /* quotas refuse nothing */
};

/* Makes an empty store with /tool/xenstored in it. NULL if out of memory. */
struct stored *stored_create(const struct stored_backend *backend);

/* The same without any node or permissions, for what is loaded. */
struct stored *stored_empty(const struct stored_backend *backend);

/* Closes every connection and frees everything. */
void stored_destroy(struct stored *stored);

#endif
