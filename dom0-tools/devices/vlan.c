/* SPDX-License-Identifier: MIT */
/* VLANs of bridge ports, by the messages that `bridge vlan` sends. */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>

#include "route.h"

#define MAX_VLAN 4094

int vlan_check(const char *bridge, struct ctl_error *err)
{
	char path[64];
	FILE *file;
	int flag;

	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge/vlan_filtering", bridge);
	file = fopen(path, "re");
	flag = file ? fgetc(file) : EOF;
	if (file) {
		fclose(file);
	}
	if (flag == '1') {
		return 0;
	}
	ctl_error_set(err, "bridge-without-vlans", "cannot use VLANs on bridge %s", bridge);
	ctl_error_cause(err, "it does not look at them");
	ctl_error_hint(err, "ip link set %s type bridge vlan_filtering 1; or leave vlan= out",
		       bridge);
	return -EINVAL;
}

/* Adds or removes the VLANs `first` to `last` of a port. */
static int change(struct nl_sock *sock, int ifindex, int type, uint16_t flags, uint16_t first,
		  uint16_t last)
{
	struct ifinfomsg header = {.ifi_family = AF_BRIDGE, .ifi_index = ifindex};
	struct bridge_vlan_info info = {.flags = flags, .vid = first};
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST);
	struct nlattr *nest = NULL;
	int ret = -NLE_NOMEM;

	if (msg && nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO) == 0) {
		nest = nla_nest_start(msg, IFLA_AF_SPEC);
	}
	if (nest) {
		if (first != last) {
			info.flags |= BRIDGE_VLAN_INFO_RANGE_BEGIN;
		}
		nla_put(msg, IFLA_BRIDGE_VLAN_INFO, sizeof(info), &info);
		if (first != last) {
			info.flags = flags | BRIDGE_VLAN_INFO_RANGE_END;
			info.vid = last;
			nla_put(msg, IFLA_BRIDGE_VLAN_INFO, sizeof(info), &info);
		}
		nla_nest_end(msg, nest);
		ret = nl_send_sync(sock, msg); /* frees it */
		msg = NULL;
	}
	nlmsg_free(msg);
	return ret;
}

static bool is_tagged(const struct config_vlans *vlans, unsigned int vid)
{
	return vlans->tagged[vid / 64] >> (vid % 64) & 1;
}

static int add_all(struct nl_sock *sock, int ifindex, const struct config_vlans *vlans)
{
	int ret = 0;

	if (vlans->pvid) {
		ret = change(sock, ifindex, RTM_SETLINK,
			     BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED, vlans->pvid,
			     vlans->pvid);
	}
	for (unsigned int vid = 1; ret >= 0 && vid <= MAX_VLAN; vid++) {
		unsigned int last = vid;

		if (!is_tagged(vlans, vid)) {
			continue;
		}
		while (last < MAX_VLAN && is_tagged(vlans, last + 1)) {
			last++;
		}
		ret = change(sock, ifindex, RTM_SETLINK, 0, (uint16_t)vid, (uint16_t)last);
		vid = last;
	}
	return ret;
}

int vlan_set(const char *port, const struct config_vlans *vlans, struct ctl_error *err)
{
	unsigned int ifindex = if_nametoindex(port);
	struct nl_sock *sock = nl_socket_alloc();
	int ret = -NLE_NOMEM;

	if (sock) {
		ret = ifindex ? nl_connect(sock, NETLINK_ROUTE) : -NLE_NODEV;
	}
	if (ret == 0) {
		/* the bridge's default too; it is no fault if there was none */
		change(sock, (int)ifindex, RTM_DELLINK, 0, 1, MAX_VLAN);
		ret = add_all(sock, (int)ifindex, vlans);
	}
	nl_socket_free(sock);
	if (ret < 0) {
		ctl_error_set(err, "network", "cannot set the VLANs of %s", port);
		ctl_error_cause(err, "%s", nl_geterror(ret));
		return -EIO;
	}
	return 0;
}
