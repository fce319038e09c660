/* SPDX-License-Identifier: MIT */
/* Domains that were introduced: their rings, their death and what it takes along. */
#ifndef DOM0_TOOLS_STORED_DOMAIN_H
#define DOM0_TOOLS_STORED_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "connection.h"
#include "stored.h"

struct domain {
	TAILQ_ENTRY(domain) link; /* in stored->domains */
	uint16_t domid;
	uint32_t port; /* as introduced */
	bool shutdown; /* reported by @releaseDomain already */
	struct connection *connection;
};

#define DOMAIN_LABEL 80

/* "domain 5 (web1)" for a log line, in `label`, which is returned. */
const char *domain_label(const struct stored *stored, uint16_t domid, char label[DOMAIN_LABEL]);

struct domain *domain_find(const struct stored *stored, uint16_t domid);

/*
 * Opens a domain's ring, or moves its event channel to a new port if it is introduced already,
 * and fires @introduceDomain. 0 or -errno of the backend.
 */
int domain_introduce(struct stored *stored, uint16_t domid, uint32_t port);

/* Ends the connection and what the domain owned, and fires @releaseDomain. -ENOENT if it was not
 * introduced. */
int domain_release(struct stored *stored, uint16_t domid);

/* What the hypervisor says of a domain. */
struct domain_state {
	bool exists; /* and is not dying */
	bool shutdown;
};

/* Applies the hypervisor's word: a domain gone or dying is released, one that has shut down is
 * reported once. */
void domain_update(struct stored *stored, struct domain *domain, const struct domain_state *now);

/* A shut-down domain runs again. -ENOENT, -EINVAL if it was not shut down. */
int domain_resume(struct stored *stored, uint16_t domid);

/* Lets `domid` act for `target` too. -ENOENT. */
int domain_set_target(struct stored *stored, uint16_t domid, uint16_t target);

/* Forgets what a dead domain was: removes its nodes and voids its permissions. */
void domain_forget(struct stored *stored, uint16_t domid);

#endif
