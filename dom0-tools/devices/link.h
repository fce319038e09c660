/* SPDX-License-Identifier: MIT */
/* Network interfaces and bridges of this domain, by netlink. */
#ifndef DOM0_TOOLS_DEVICES_LINK_H
#define DOM0_TOOLS_DEVICES_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../libctl/error.h"

/* A netlink connection, and one that hears of links coming and going. */
struct link_ctx;

struct link_ctx *link_open(struct ctl_error *err);
void link_close(struct link_ctx *link); /* NULL is fine */

/* Does an interface of that name exist? 1, 0 or -errno. */
int link_exists(struct link_ctx *link, const char *name);

/* The bridge must exist and be one; otherwise the error lists those that do. */
int link_check_bridge(struct link_ctx *link, const char *bridge, struct ctl_error *err);

/* Waits for an interface to appear. -ETIMEDOUT without filling an error. */
int link_wait(struct link_ctx *link, const char *name, int timeout_ms);

/* How link_prepare() leaves an interface. */
struct link_setup {
	const char *new_name; /* NULL = keep it */
	const char *mtu_of;   /* interface whose MTU it gets if mtu is 0, or NULL */
	uint32_t mtu;
	bool arp; /* it has an address of this domain's: routed, not bridged */
};

/* Names an interface (still down), sets its MTU, and takes away what would make this domain
 * speak on it. */
int link_prepare(struct link_ctx *link, const char *name, const struct link_setup *setup,
		 struct ctl_error *err);

/* Makes it a port of the bridge, also if it is another's. */
int link_join_bridge(struct link_ctx *link, const char *name, const char *bridge,
		     struct ctl_error *err);
int link_up(struct link_ctx *link, const char *name, struct ctl_error *err);

/* Index of an interface, or -errno without filling an error. */
int link_index(struct link_ctx *link, const char *name);

/* The bridge an interface is a port of; "" if none. */
void link_master(struct link_ctx *link, const char *name, char bridge[16]);

#endif
