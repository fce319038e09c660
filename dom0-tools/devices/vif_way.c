/* SPDX-License-Identifier: MIT */
/* An interface's way by its script=, and what of it does not go with the interface. */
#include "vif_way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nft.h"
#include "ovs.h"
#include "program.h"

static const struct {
	const char *script;
	const char *path; /* what Xen's own tools run for it */
} ways[] = {
	[VIF_BRIDGE] = {"vif-bridge", "/etc/xen/scripts/vif-bridge"},
	[VIF_ROUTE] = {"vif-route", "/etc/xen/scripts/vif-route"},
	[VIF_NAT] = {"vif-nat", "/etc/xen/scripts/vif-nat"},
	[VIF_OVS] = {"vif-openvswitch", "/etc/xen/scripts/vif-openvswitch"},
};

enum vif_way vif_way(const char *script)
{
	const char *name = script ? strrchr(script, '/') : NULL;

	name = name ? name + 1 : script;
	for (size_t i = 0; name && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(name, ways[i].script) == 0) {
			return (enum vif_way)i;
		}
	}
	return script ? VIF_SCRIPT : VIF_BRIDGE;
}

const char *vif_way_script(enum vif_way way)
{
	return ways[way].path;
}

void vif_kernel_name(const struct device *dev, char name[16])
{
	snprintf(name, 16, "vif%u.%u", dev->domid & 0xffff, dev->devid & 0xffff);
}

int vif_undo(struct devices_ctx *ctx, const struct device *dev, const char *script,
	     const char *vifname, struct ctl_error *err)
{
	char kernel_name[16];
	const char *name = vifname && vifname[0] ? vifname : kernel_name;
	int ret = 0;

	vif_kernel_name(dev, kernel_name);
	switch (vif_way(script)) {
	case VIF_OVS:
		ret = ovs_remove(name, err);
		break;
	case VIF_NAT:
		ret = nft_unmasquerade(name, err);
		break;
	case VIF_SCRIPT:
		ret = script_run(ctx, dev, script, "offline", kernel_name, err);
		break;
	case VIF_BRIDGE:
	case VIF_ROUTE:
		break;
	}
	return ret;
}

int vif_release(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	char *script = device_read(ctx, dev, "script");
	char *vifname = device_read(ctx, dev, "vifname");
	int ret = vif_undo(ctx, dev, script, vifname, err);

	free(script);
	free(vifname);
	return ret;
}
