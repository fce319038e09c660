/* SPDX-License-Identifier: MIT */
/* Routed guests, as Xen's vif-route and vif-nat do it: by addresses and routes of libnl-route. */
#include "route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VIF_METRIC 2     /* of vif-route: behind that of an emulated NIC */
#define NAT_DISTANCE 127 /* of vif-nat: from the guest's address to ours */

struct router {
	struct nl_sock *sock;
	const struct route_plan *plan;
	unsigned int ifindex;
	char gateway[16];
	struct nl_addr *own; /* our address on the interface */
};

static int failed(int nl_error, const char *what, const char *ifname, struct ctl_error *err)
{
	ctl_error_set(err, "network", "cannot %s %s", what, ifname);
	ctl_error_cause(err, "%s", nl_geterror(nl_error));
	return -EIO;
}

/* Index of the interface the IPv4 default route leads to; 0 if there is none. */
static int default_interface(struct nl_sock *sock)
{
	struct nl_cache *cache;
	int found = 0;

	if (rtnl_route_alloc_cache(sock, AF_INET, 0, &cache) < 0) {
		return 0;
	}
	for (struct nl_object *object = nl_cache_get_first(cache); object && !found;
	     object = nl_cache_get_next(object)) {
		struct rtnl_route *route = (struct rtnl_route *)object;
		struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, 0);

		if (hop && rtnl_route_get_table(route) == RT_TABLE_MAIN &&
		    nl_addr_get_prefixlen(rtnl_route_get_dst(route)) == 0) {
			found = rtnl_route_nh_get_ifindex(hop);
		}
	}
	nl_cache_free(cache);
	return found;
}

int route_gateway(const char *wanted, char name[16], struct ctl_error *err)
{
	struct nl_sock *sock = NULL;
	int index = 0;

	if (wanted) {
		snprintf(name, 16, "%s", wanted);
		index = (int)if_nametoindex(wanted);
	} else {
		sock = nl_socket_alloc();
		if (sock && nl_connect(sock, NETLINK_ROUTE) == 0) {
			index = default_interface(sock);
		}
		nl_socket_free(sock);
		if (index && !if_indextoname((unsigned int)index, name)) {
			index = 0;
		}
	}
	if (index) {
		return 0;
	}
	ctl_error_set(err, "no-gateway", "cannot route to a guest");
	if (wanted) {
		ctl_error_cause(err, "there is no interface %s", wanted);
	} else {
		ctl_error_cause(err, "the control domain has no default route, and the vif no "
				     "gatewaydev=");
	}
	ctl_error_hint(err, "give the interface that leads out: gatewaydev=eth0");
	return -ENODEV;
}

/* The gateway's first IPv4 address, as one of this host alone (/32). */
static struct nl_addr *gateway_address(struct nl_sock *sock, const char *gateway)
{
	int index = (int)if_nametoindex(gateway);
	struct nl_addr *found = NULL;
	struct nl_cache *cache;

	if (rtnl_addr_alloc_cache(sock, &cache) < 0) {
		return NULL;
	}
	for (struct nl_object *object = nl_cache_get_first(cache); object && !found;
	     object = nl_cache_get_next(object)) {
		struct rtnl_addr *addr = (struct rtnl_addr *)object;

		if (rtnl_addr_get_ifindex(addr) == index && rtnl_addr_get_family(addr) == AF_INET) {
			found = nl_addr_clone(rtnl_addr_get_local(addr));
			nl_addr_set_prefixlen(found, 32);
		}
	}
	nl_cache_free(cache);
	return found;
}

/* What vif-nat gives itself: the last byte of the guest's address and 127. */
static struct nl_addr *nat_address(const char *ips)
{
	struct config_ip ip;

	while (config_ip_next(&ips, &ip) > 0) {
		if (!ip.v6) {
			ip.addr[3] = (uint8_t)(ip.addr[3] + NAT_DISTANCE);
			return nl_addr_build(AF_INET, ip.addr, 4);
		}
	}
	return NULL;
}

/* A switch of an interface below /proc/sys/net/FAMILY/conf. */
static int set_switch(const char *family, const char *ifname, const char *name,
		      struct ctl_error *err)
{
	char path[128];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, ifname, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1) {
		ret = -errno;
		ctl_error_set(err, "network", "cannot set %s", path);
		ctl_error_errno(err, ret);
	}
	if (fd >= 0) {
		close(fd);
	}
	return ret;
}

static int set_switches(const struct router *router, struct ctl_error *err)
{
	int ret = set_switch("ipv4", router->plan->ifname, "forwarding", err);

	if (ret == 0) {
		ret = set_switch("ipv4", router->gateway, "forwarding", err);
	}
	if (ret == 0) {
		ret = set_switch("ipv4", router->plan->ifname, "proxy_arp", err);
	}
	return ret;
}

static int add_address(const struct router *router)
{
	struct rtnl_addr *addr = rtnl_addr_alloc();
	int ret = -NLE_NOMEM;

	if (addr) {
		rtnl_addr_set_ifindex(addr, (int)router->ifindex);
		ret = rtnl_addr_set_local(addr, router->own);
		if (ret == 0) {
			ret = rtnl_addr_add(router->sock, addr, 0);
		}
		rtnl_addr_put(addr);
	}
	return ret == -NLE_EXIST ? 0 : ret;
}

static int bring_up(const struct router *router)
{
	struct rtnl_link *old = rtnl_link_alloc();
	struct rtnl_link *new = rtnl_link_alloc();
	int ret = -NLE_NOMEM;

	if (old && new) {
		rtnl_link_set_ifindex(old, (int)router->ifindex);
		rtnl_link_set_flags(new, IFF_UP);
		ret = rtnl_link_change(router->sock, old, new, 0);
	}
	rtnl_link_put(old);
	rtnl_link_put(new);
	return ret;
}

static int add_route(const struct router *router, const struct config_ip *ip)
{
	struct nl_addr *to = nl_addr_build(ip->v6 ? AF_INET6 : AF_INET, ip->addr, ip->v6 ? 16 : 4);
	struct rtnl_route *route = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	int ret = -NLE_NOMEM;

	if (to && route && hop) {
		nl_addr_set_prefixlen(to, ip->prefix);
		rtnl_route_nh_set_ifindex(hop, (int)router->ifindex);
		rtnl_route_set_family(route, ip->v6 ? AF_INET6 : AF_INET);
		rtnl_route_set_scope(route, RT_SCOPE_LINK);
		rtnl_route_set_priority(route, VIF_METRIC);
		rtnl_route_add_nexthop(route, hop); /* its owner now */
		hop = NULL;
		if (!ip->v6) {
			rtnl_route_set_pref_src(route, router->own);
		}
		ret = rtnl_route_set_dst(route, to);
		if (ret == 0) {
			ret = rtnl_route_add(router->sock, route, 0);
		}
	}
	if (hop) {
		rtnl_route_nh_free(hop);
	}
	rtnl_route_put(route);
	nl_addr_put(to);
	return ret;
}

static int set_up(struct router *router, struct ctl_error *err)
{
	const struct route_plan *plan = router->plan;
	const char *list = plan->ips;
	struct config_ip ip;
	int ret;

	router->own = plan->own_address ? nat_address(plan->ips)
					: gateway_address(router->sock, router->gateway);
	if (!router->own) {
		ctl_error_set(err, "no-address", "cannot route to a guest by %s", plan->ifname);
		ctl_error_cause(err, "%s has no IPv4 address",
				plan->own_address ? "ip=" : router->gateway);
		ctl_error_hint(err, "give it one, or another gatewaydev=");
		return -EADDRNOTAVAIL;
	}
	ret = set_switches(router, err);
	if (ret < 0) {
		return ret;
	}
	ret = add_address(router);
	if (ret < 0) {
		return failed(ret, "give an address to", plan->ifname, err);
	}
	ret = bring_up(router);
	if (ret < 0) {
		return failed(ret, "bring up", plan->ifname, err);
	}
	while (config_ip_next(&list, &ip) > 0) {
		ret = add_route(router, &ip);
		if (ret < 0) {
			return failed(ret, "add a route to", plan->ifname, err);
		}
	}
	return 0;
}

int route_set_up(const struct route_plan *plan, struct ctl_error *err)
{
	struct router router = {.plan = plan, .sock = nl_socket_alloc()};
	int ret = route_gateway(plan->gateway, router.gateway, err);

	router.ifindex = if_nametoindex(plan->ifname);
	if (ret == 0 && (!router.sock || !router.ifindex)) {
		ret = failed(-NLE_NODEV, "set up", plan->ifname, err);
	}
	if (ret == 0) {
		ret = nl_connect(router.sock, NETLINK_ROUTE);
		ret = ret < 0 ? failed(ret, "set up", plan->ifname, err) : set_up(&router, err);
	}
	if (router.own) {
		nl_addr_put(router.own);
	}
	nl_socket_free(router.sock);
	return ret;
}
