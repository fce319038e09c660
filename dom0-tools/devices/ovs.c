/* SPDX-License-Identifier: MIT */
/* Open vSwitch by ovs-vsctl, started without a shell. */
#include "ovs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

#define TIMEOUT_MS 35000 /* above the tool's own */
#define TOOL_TIMEOUT "--timeout=30"

/* What the tool ran into, in words that lead out of it. */
static int explain(int ret, const char *bridge, struct ctl_error *err)
{
	if (ret == -ENOENT) {
		ctl_error_set(err, "no-openvswitch", "cannot use Open vSwitch");
		ctl_error_cause(err, "its tool ovs-vsctl is not installed");
		ctl_error_hint(err, "apt install openvswitch-switch; or use a Linux bridge: leave "
				    "script= out");
	} else if (ret < 0 && strstr(err->cause, "database connection failed")) {
		ctl_error_set(err, "openvswitch-down", "cannot use Open vSwitch");
		ctl_error_cause(err, "ovs-vsctl does not reach its database: it does not run");
		ctl_error_hint(err, "systemctl start openvswitch-switch");
	} else if (ret < 0 && strstr(err->cause, "no bridge named")) {
		ctl_error_set(err, "no-such-bridge", "cannot attach a network interface to %s",
			      bridge);
		ctl_error_cause(err, "Open vSwitch has no bridge of that name");
		ctl_error_hint(err,
			       "make it: ovs-vsctl add-br %s; those there are: ovs-vsctl list-br",
			       bridge);
	} else if (ret < 0) {
		ctl_error_hint(err, "see ovs-vsctl show; do ovsdb-server and ovs-vswitchd run?");
	}
	return ret;
}

/* "BRIDGE.TAG:TRUNK:TRUNK" apart; tag and trunks are "" if there are none. */
static int split(const char *text, char bridge[64], char tag[16], char trunks[256])
{
	size_t length = strcspn(text, ".:");

	tag[0] = trunks[0] = '\0';
	if (!length || length >= 64 || text[0] == '-') {
		return -EINVAL;
	}
	memcpy(bridge, text, length);
	bridge[length] = '\0';
	text += length;
	if (*text == '.') {
		length = strspn(text + 1, "0123456789");
		if (!length || length > 4) {
			return -EINVAL;
		}
		snprintf(tag, 16, "tag=%.*s", (int)length, text + 1);
		text += 1 + length;
	}
	if (*text == ':') {
		snprintf(trunks, 256, "trunks=%s", text + 1);
		if (strspn(text + 1, "0123456789:") != strlen(text + 1) || strlen(trunks) == 255) {
			return -EINVAL;
		}
		for (char *c = trunks; *c; c++) {
			*c = *c == ':' ? ',' : *c;
		}
		return 0;
	}
	return *text ? -EINVAL : 0;
}

/* The same from vlan=. A list that does not fit is refused. */
static int from_vlan(const char *vlan, char tag[16], char trunks[256])
{
	struct config_vlans vlans;
	size_t used = 0;

	if (!config_vlan_parse(vlan, &vlans)) {
		return -EINVAL;
	}
	if (vlans.pvid) {
		snprintf(tag, 16, "tag=%u", vlans.pvid);
	}
	for (unsigned int vid = 1; vid < 4095; vid++) {
		if (vlans.tagged[vid / 64] >> (vid % 64) & 1) {
			used += (size_t)snprintf(trunks + used, 256 - used, "%s%u",
						 used ? "," : "trunks=", vid);
			if (used >= 256) {
				return -E2BIG;
			}
		}
	}
	return 0;
}

static int not_understood(const struct config_nic *nic, const char *bridge, struct ctl_error *err)
{
	ctl_error_set(err, "bad-bridge", "cannot attach a network interface to a switch");
	ctl_error_cause(err, "bridge=%s%s%s is not understood, or has too many VLANs", bridge,
			nic->vlan ? ",vlan=" : "", nic->vlan ? nic->vlan : "");
	ctl_error_hint(err, "BRIDGE[.TAG][:TRUNK…], or vlan=TAGp/TRUNK/…");
	return -EINVAL;
}

int ovs_check(const struct config_nic *nic, const char *bridge, struct ctl_error *err)
{
	char name[64], tag[16], trunks[256];
	const char *argv[] = {"ovs-vsctl", TOOL_TIMEOUT, "list-ports", name, NULL};

	if (split(bridge, name, tag, trunks) < 0 ||
	    (nic->vlan && from_vlan(nic->vlan, tag, trunks) < 0)) {
		return not_understood(nic, bridge, err);
	}
	return explain(program_run(argv, NULL, TIMEOUT_MS, err), name, err);
}

int ovs_add(const struct config_nic *nic, const char *bridge, const char *port,
	    struct ctl_error *err)
{
	char name[64], tag[16], trunks[256], mac[18], attached[64];
	const char *argv[20] = {"ovs-vsctl", TOOL_TIMEOUT, "--",       "--if-exists", "del-port",
				port,        "--",         "add-port", name,          port};
	size_t n = 10;
	int ret = split(bridge, name, tag, trunks);

	if (ret == 0 && nic->vlan) {
		ret = from_vlan(nic->vlan, tag, trunks);
	}
	if (ret < 0) {
		return not_understood(nic, bridge, err);
	}
	config_mac_format(nic->mac, mac);
	snprintf(attached, sizeof(attached), "external-ids:attached-mac=\"%s\"", mac);
	if (tag[0]) {
		argv[n++] = tag;
	}
	if (trunks[0]) {
		argv[n++] = trunks;
	}
	if (tag[0] && trunks[0]) {
		/* a port with a tag is in no other VLAN, unless it is told so */
		argv[n++] = "vlan_mode=native-untagged";
	}
	argv[n++] = "--";
	argv[n++] = "set";
	argv[n++] = "interface";
	argv[n++] = port;
	argv[n] = attached;
	return explain(program_run(argv, NULL, TIMEOUT_MS, err), name, err);
}

int ovs_remove(const char *port, struct ctl_error *err)
{
	const char *argv[] = {"ovs-vsctl", TOOL_TIMEOUT, "--", "--if-exists",
			      "del-port",  port,         NULL};
	int ret = program_run(argv, NULL, TIMEOUT_MS, err);

	return ret == -ENOENT ? 0 : explain(ret, port, err);
}
