/* SPDX-License-Identifier: MIT */
/* Bridges and their ports by libnl-route. */
#include "link.h"

#include <errno.h>
#include <net/if.h>
#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet6.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

/* addr_gen_mode "none" of linux/if_link.h: no link-local address is made */
#define ADDR_GEN_NONE 1

struct link_ctx {
	struct nl_sock *talk;   /* requests */
	struct nl_sock *events; /* notifications */
};

/* libnl's error numbers are its own. */
static int to_errno(int nl_error)
{
	switch (nl_error < 0 ? -nl_error : nl_error) {
	case 0:
		return 0;
	case NLE_EXIST:
		return -EEXIST;
	case NLE_OBJ_NOTFOUND:
	case NLE_NODEV:
		return -ENODEV;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_INVAL:
		return -EINVAL;
	case NLE_BUSY:
		return -EBUSY;
	case NLE_OPNOTSUPP:
		return -EOPNOTSUPP;
	default:
		return -EIO;
	}
}

/* Sets what (printf-like), with libnl's text as the cause. */
static void link_error(struct ctl_error *err, int nl_error, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

static void link_error(struct ctl_error *err, int nl_error, const char *what, ...)
{
	char text[256];
	va_list args;

	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	ctl_error_set(err, "network", "%s", text);
	ctl_error_cause(err, "%s", nl_geterror(nl_error));
}

static int on_event(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

struct link_ctx *link_open(struct ctl_error *err)
{
	struct link_ctx *link = calloc(1, sizeof(*link));
	int ret = -NLE_NOMEM;

	if (link) {
		link->talk = nl_socket_alloc();
		link->events = nl_socket_alloc();
	}
	if (link && link->talk && link->events) {
		nl_socket_disable_seq_check(link->events);
		nl_socket_modify_cb(link->events, NL_CB_VALID, NL_CB_CUSTOM, on_event, NULL);
		ret = nl_connect(link->talk, NETLINK_ROUTE);
		if (ret == 0) {
			ret = nl_connect(link->events, NETLINK_ROUTE);
		}
		if (ret == 0) {
			ret = nl_socket_add_membership(link->events, RTNLGRP_LINK);
		}
		if (ret == 0) {
			ret = nl_socket_set_nonblocking(link->events);
		}
	}
	if (ret < 0) {
		link_error(err, ret, "cannot talk to the kernel's network stack");
		link_close(link);
		return NULL;
	}
	return link;
}

void link_close(struct link_ctx *link)
{
	if (link) {
		nl_socket_free(link->talk);
		nl_socket_free(link->events);
		free(link);
	}
}

static int get(struct link_ctx *link, const char *name, struct rtnl_link **out)
{
	return rtnl_link_get_kernel(link->talk, 0, name, out);
}

int link_exists(struct link_ctx *link, const char *name)
{
	struct rtnl_link *found = NULL;
	int ret = to_errno(get(link, name, &found));

	if (ret == 0) {
		rtnl_link_put(found);
		return 1;
	}
	return ret == -ENODEV ? 0 : ret;
}

static bool is_bridge(struct rtnl_link *found)
{
	const char *type = rtnl_link_get_type(found);

	return type && strcmp(type, "bridge") == 0;
}

/* "br0, br1" into buf. */
static void list_bridges(struct link_ctx *link, char *buf, size_t size)
{
	struct nl_cache *cache;

	buf[0] = '\0';
	if (rtnl_link_alloc_cache(link->talk, AF_UNSPEC, &cache) < 0) {
		return;
	}
	for (struct nl_object *object = nl_cache_get_first(cache); object;
	     object = nl_cache_get_next(object)) {
		struct rtnl_link *each = (struct rtnl_link *)object;
		size_t used = strlen(buf);

		if (is_bridge(each)) {
			snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
				 rtnl_link_get_name(each));
		}
	}
	nl_cache_free(cache);
}

int link_check_bridge(struct link_ctx *link, const char *bridge, struct ctl_error *err)
{
	struct rtnl_link *found = NULL;
	int ret = get(link, bridge, &found);
	char bridges[256];
	bool good;

	if (ret < 0 && to_errno(ret) != -ENODEV) {
		link_error(err, ret, "cannot look for bridge %s", bridge);
		return to_errno(ret);
	}
	good = ret == 0 && is_bridge(found);
	if (ret == 0) {
		rtnl_link_put(found);
	}
	if (good) {
		return 0;
	}
	list_bridges(link, bridges, sizeof(bridges));
	ctl_error_set(err, "no-such-bridge", "no such bridge: %s", bridge);
	ctl_error_cause(err, "%s; bridges of this host: %s",
			ret == 0 ? "an interface of that name is no bridge"
				 : "there is no interface of that name",
			bridges[0] ? bridges : "none");
	ctl_error_hint(err,
		       "correct vif bridge=, or make it: ip link add %s type bridge && "
		       "ip link set %s up",
		       bridge, bridge);
	return -ENODEV;
}

int link_wait(struct link_ctx *link, const char *name, int timeout_ms)
{
	int64_t deadline = clock_ms() + timeout_ms;
	struct pollfd pfd = {.fd = nl_socket_get_fd(link->events), .events = POLLIN};

	for (;;) {
		int ret = link_exists(link, name);

		if (ret != 0) {
			return ret < 0 ? ret : 0;
		}
		ret = poll(&pfd, 1, clock_left(deadline));
		if (ret == 0) {
			return -ETIMEDOUT;
		}
		if (ret < 0 && errno != EINTR) {
			return -errno;
		}
		/* what it says does not matter, only that something changed */
		nl_recvmsgs_default(link->events);
	}
}

/* Sends a change of one interface; `fill` says which. */
static int change(struct link_ctx *link, int ifindex, void (*fill)(struct rtnl_link *, void *),
		  void *arg)
{
	struct rtnl_link *old = rtnl_link_alloc();
	struct rtnl_link *new = rtnl_link_alloc();
	int ret = -NLE_NOMEM;

	if (old && new) {
		rtnl_link_set_ifindex(old, ifindex);
		rtnl_link_set_ifindex(new, ifindex);
		fill(new, arg);
		ret = rtnl_link_change(link->talk, old, new, 0);
	}
	rtnl_link_put(old);
	rtnl_link_put(new);
	return ret;
}

static void fill_name(struct rtnl_link *new, void *name)
{
	rtnl_link_set_name(new, name);
}

static void fill_no_address(struct rtnl_link *new, void *arg)
{
	(void)arg;
	rtnl_link_inet6_set_addr_gen_mode(new, ADDR_GEN_NONE);
}

static void fill_setup(struct rtnl_link *new, void *arg)
{
	const struct link_setup *setup = arg;

	if (!setup->arp) {
		rtnl_link_set_flags(new, IFF_NOARP);
	}
	if (setup->mtu) {
		rtnl_link_set_mtu(new, setup->mtu);
	}
}

static void fill_master(struct rtnl_link *new, void *master)
{
	rtnl_link_set_master(new, *(int *)master);
}

static void fill_up(struct rtnl_link *new, void *arg)
{
	(void)arg;
	rtnl_link_set_flags(new, IFF_UP);
}

int link_index(struct link_ctx *link, const char *name)
{
	struct rtnl_link *found = NULL;
	int ret = get(link, name, &found);

	if (ret < 0) {
		return to_errno(ret);
	}
	ret = rtnl_link_get_ifindex(found);
	rtnl_link_put(found);
	return ret;
}

static uint32_t mtu_of(struct link_ctx *link, const char *name)
{
	struct rtnl_link *found = NULL;
	uint32_t mtu = 0;

	if (name && get(link, name, &found) == 0) {
		mtu = rtnl_link_get_mtu(found);
		rtnl_link_put(found);
	}
	return mtu;
}

int link_prepare(struct link_ctx *link, const char *name, const struct link_setup *setup,
		 struct ctl_error *err)
{
	struct link_setup full = *setup;
	int ifindex = link_index(link, name);
	int ret;

	if (ifindex < 0) {
		ctl_error_set(err, "network", "cannot set up %s", name);
		ctl_error_errno(err, ifindex);
		return ifindex;
	}
	if (!full.mtu) {
		full.mtu = mtu_of(link, setup->mtu_of);
	}
	if (setup->new_name) {
		char copy[IFNAMSIZ];

		snprintf(copy, sizeof(copy), "%s", setup->new_name);
		ret = change(link, ifindex, fill_name, copy);
		if (ret < 0) {
			link_error(err, ret, "cannot rename %s to %s", name, setup->new_name);
			return to_errno(ret);
		}
	}
	ret = change(link, ifindex, fill_setup, &full);
	if (ret < 0) {
		link_error(err, ret, "cannot set the MTU of %s",
			   setup->new_name ? setup->new_name : name);
		return to_errno(ret);
	}
	/* Refused where IPv6 is switched off: then there is nothing to keep away. */
	change(link, ifindex, fill_no_address, NULL);
	return 0;
}

int link_join_bridge(struct link_ctx *link, const char *name, const char *bridge,
		     struct ctl_error *err)
{
	int ret = link_check_bridge(link, bridge, err);
	int ifindex, master;

	if (ret < 0) {
		return ret;
	}
	ifindex = link_index(link, name);
	master = link_index(link, bridge);
	ret = ifindex < 0  ? -NLE_NODEV
	      : master < 0 ? -NLE_NODEV
			   : change(link, ifindex, fill_master, &master);
	if (ret < 0) {
		link_error(err, ret, "cannot add %s to bridge %s", name, bridge);
	}
	return to_errno(ret);
}

int link_up(struct link_ctx *link, const char *name, struct ctl_error *err)
{
	int ifindex = link_index(link, name);
	int ret = ifindex < 0 ? -NLE_NODEV : change(link, ifindex, fill_up, NULL);

	if (ret < 0) {
		link_error(err, ret, "cannot bring %s up", name);
	}
	return to_errno(ret);
}

void link_master(struct link_ctx *link, const char *name, char bridge[16])
{
	struct rtnl_link *port = NULL, *master = NULL;
	int ifindex = 0;

	bridge[0] = '\0';
	if (get(link, name, &port) == 0) {
		ifindex = rtnl_link_get_master(port);
		rtnl_link_put(port);
	}
	if (ifindex && rtnl_link_get_kernel(link->talk, ifindex, NULL, &master) == 0) {
		snprintf(bridge, 16, "%s", rtnl_link_get_name(master));
		rtnl_link_put(master);
	}
}
