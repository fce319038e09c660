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

/*
 * Makes an interface (still down) a port of the bridge: new name (if not NULL), MTU (0 = the
 * bridge's), no ARP and no IPv6 address of its own, master, up. `port` stands for it in messages.
 */
int link_join_bridge(struct link_ctx *link, const char *name, const char *new_name,
		     const char *bridge, uint32_t mtu, struct ctl_error *err);

/* The bridge an interface is a port of; "" if none. */
void link_master(struct link_ctx *link, const char *name, char bridge[16]);

#endif
