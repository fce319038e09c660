/* SPDX-License-Identifier: MIT */
/* Waiting for the states of a device, by watches and with a time limit. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libstore/store.h"
#include "device.h"
#include "elsewhere.h"

/* 1 if the states are what is waited for, 0 if not yet, -errno if they never will be. */
typedef int state_test_fn(enum bus_state back, enum bus_state front);

/*
 * Watches the backend's state (and the frontend's, if asked for) until test() is content.
 * The first event of a watch comes at once, so nothing is missed.
 */
static int wait_states(struct devices_ctx *ctx, const struct device *dev, bool both,
		       state_test_fn *test)
{
	char back[80], front[80];
	int64_t deadline = clock_ms() + devices_timeout(ctx);
	int ret;

	snprintf(back, sizeof(back), "%s/state", dev->backend);
	snprintf(front, sizeof(front), "%s/state", dev->frontend);
	ret = store_watch(ctx->store, back, "devices-wait");
	if (ret < 0) {
		return ret;
	}
	if (both) {
		ret = store_watch(ctx->store, front, "devices-wait");
	}
	while (ret == 0) {
		struct store_event event;

		ret = test(device_backend_state(ctx, dev),
			   both ? device_frontend_state(ctx, dev) : BUS_UNKNOWN);
		/* also where events come faster than we look */
		if (ret == 0 && clock_left(deadline) == 0) {
			ret = -ETIMEDOUT;
		}
		if (ret != 0) {
			break;
		}
		ret = store_wait_event(ctx->store, clock_left(deadline), &event);
		if (ret > 0) {
			store_event_free(&event);
			ret = 0;
		} else if (ret == 0) {
			ret = -ETIMEDOUT;
		}
	}
	store_unwatch(ctx->store, back, "devices-wait");
	if (both) {
		store_unwatch(ctx->store, front, "devices-wait");
	}
	return ret > 0 ? 0 : ret;
}

static int is_ready(enum bus_state back, enum bus_state front)
{
	(void)front;
	if (back == BUS_CLOSING || back == BUS_CLOSED || back == BUS_UNKNOWN) {
		return -EIO;
	}
	return back >= BUS_INIT_WAIT;
}

static int is_closed(enum bus_state back, enum bus_state front)
{
	(void)front;
	return back == BUS_CLOSED || back == BUS_UNKNOWN;
}

static int are_connected(enum bus_state back, enum bus_state front)
{
	if (back == BUS_CLOSING || back == BUS_CLOSED || back == BUS_UNKNOWN) {
		return -EIO;
	}
	return back == BUS_CONNECTED && front == BUS_CONNECTED;
}

/* What the kernel's backend said about its failure; NULL if nothing. */
static char *backend_message(struct devices_ctx *ctx, const struct device *dev)
{
	return store_readf(ctx->store, STORE_NO_TX,
			   "/local/domain/%" PRIu32 "/error/backend/%s/%" PRIu32 "/%" PRIu32
			   "/error",
			   dev->backend_domid, device_kind_name(dev->kind), dev->domid, dev->devid);
}

static void explain(struct devices_ctx *ctx, const struct device *dev, int ret, bool driver,
		    struct ctl_error *err)
{
	const char *module = dev->kind == DEVICE_VBD ? "xen-blkback" : "xen-netback";
	int back = device_backend_state(ctx, dev);
	int front = device_frontend_state(ctx, dev);
	char *message = backend_message(ctx, dev);
	char what[256];

	device_describe(ctx, dev, what, sizeof(what));
	if (dev->elsewhere && (ret == -EIO || ret == -ETIMEDOUT)) {
		elsewhere_explain(ctx, dev, message, err);
	} else if (ret == -EIO) {
		ctl_error_set(err, "backend-failed", "cannot connect %s", what);
		ctl_error_cause(err, "the backend went to state %s: %s", devices_state_name(back),
				message ? message : "it gave no reason");
		if (dev->kind == DEVICE_CONSOLE) {
			ctl_error_hint(err, "choose another path= in channel=");
		} else {
			ctl_error_hint(err, "see the control domain's kernel log (dmesg)");
		}
	} else if (ret == -ETIMEDOUT && dev->kind == DEVICE_CONSOLE) {
		ctl_error_set(err, "no-channel-daemon", "cannot connect %s", what);
		ctl_error_cause(err, "no console daemon took it within %u ms",
				devices_timeout(ctx));
		ctl_error_hint(err, "channels are served by Argon's xenconsoled: start it in place "
				    "of another, or take channel= out");
	} else if (ret == -ETIMEDOUT && !driver && back == BUS_INITIALISING) {
		ctl_error_set(err, "no-backend-driver", "cannot connect %s", what);
		ctl_error_cause(err, "no driver took the backend within %u ms",
				devices_timeout(ctx));
		ctl_error_hint(err, "load it: modprobe %s", module);
	} else if (ret == -ETIMEDOUT) {
		ctl_error_set(err, "device-timeout", "cannot connect %s", what);
		ctl_error_cause(err, "after %u ms the backend is %s and the frontend %s%s%s",
				devices_timeout(ctx), devices_state_name(back),
				devices_state_name(front), message ? ": " : "",
				message ? message : "");
	} else {
		ctl_error_set(err, "xenstore", "cannot wait for %s", what);
		ctl_error_errno(err, ret);
	}
	free(message);
}

int device_wait_ready(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	int ret = wait_states(ctx, dev, false, is_ready);

	if (ret < 0) {
		explain(ctx, dev, ret, device_has_driver(dev), err);
	}
	return ret;
}

int device_wait_closed(struct devices_ctx *ctx, const struct device *dev)
{
	return wait_states(ctx, dev, false, is_closed);
}

int device_wait_both(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	int ret = wait_states(ctx, dev, true, are_connected);

	if (ret < 0) {
		explain(ctx, dev, ret, device_has_driver(dev), err);
	}
	return ret;
}

int devices_wait_connected(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind,
			   uint32_t devid, struct ctl_error *err)
{
	struct device dev;

	device_open(ctx, &dev, kind, domid, devid);
	return device_wait_both(ctx, &dev, err);
}
