/* SPDX-License-Identifier: MIT */
/* Detaching: the closing dance with a living guest, by force for a dead one. */
#include "detach.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libstore/store.h"
#include "elsewhere.h"
#include "vbd_backing.h"
#include "vif_way.h"

/*
 * The backend let go. A loop device is released while the nodes still name it, so that nothing is
 * lost when this command is killed in between; if blkback has it open the kernel waits for that.
 * One of qemu-nbd's goes afterwards, when nobody has it open any more: nbd_sweep() knows it.
 */
static int erase(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	struct vbd_backing backing = {0};
	struct ctl_error second;
	int first, ret;

	if (dev->elsewhere) {
		return device_erase(ctx, dev, err);
	}
	if (dev->kind == DEVICE_VBD) {
		first = vbd_script_remove(ctx, dev, err);
		vbd_backing_read(ctx, dev, &backing);
		if (!vbd_backing_is_nbd(&backing)) {
			ret = vbd_backing_release(&backing, first ? &second : err);
			first = first ? first : ret;
		}
	} else {
		first = vif_release(ctx, dev, err);
	}
	ret = device_erase(ctx, dev, first ? &second : err);
	first = first ? first : ret;
	ret = vbd_backing_release(&backing, first ? &second : err);
	return first ? first : ret;
}

/* A backend that no driver serves would keep us waiting for nothing. */
static int wait_closed(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	enum bus_state state = device_backend_state(ctx, dev);
	char what[256];
	int ret;

	if (dev->elsewhere) {
		return elsewhere_wait_gone(ctx, dev, err);
	}
	if (state == BUS_CLOSED || !device_has_driver(dev)) {
		return 0;
	}
	ret = device_wait_closed(ctx, dev);
	if (ret == -ETIMEDOUT && !device_has_driver(dev)) {
		return 0;
	}
	if (ret < 0) {
		device_describe(ctx, dev, what, sizeof(what));
		ctl_error_set(err, "backend-stuck", "cannot detach %s", what);
		ctl_error_cause(err,
				"its backend in the control domain is %s and did not close "
				"within %u ms: %s",
				devices_state_name(device_backend_state(ctx, dev)),
				devices_timeout(ctx), strerror(-ret));
		ctl_error_hint(err, "see the control domain's kernel log (dmesg)");
	}
	return ret;
}

int detach_by_force(struct devices_ctx *ctx, const struct device *devs, size_t count,
		    struct ctl_error *err)
{
	struct ctl_error later;
	uint32_t silent = ctx->self; /* a driver domain that did not answer is not asked again */
	int first = 0;

	for (size_t i = 0; i < count; i++) {
		int ret = device_request_close(ctx, &devs[i], true, first ? &later : err);

		first = first ? first : ret;
	}
	for (size_t i = 0; i < count; i++) {
		bool skip = devs[i].elsewhere && devs[i].backend_domid == silent;
		int ret = skip ? 0 : wait_closed(ctx, &devs[i], first ? &later : err);

		silent = ret < 0 && devs[i].elsewhere ? devs[i].backend_domid : silent;
		first = first ? first : ret;
		/* Stuck or not, its nodes must not outlive the domain: removing them is what
		 * makes the kernel drop the device for good. */
		ret = erase(ctx, &devs[i], first ? &later : err);
		first = first ? first : ret;
	}
	return first;
}

static int not_there(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	char what[256];

	device_describe(ctx, dev, what, sizeof(what));
	ctl_error_set(err, "no-such-device", "cannot detach %s", what);
	ctl_error_cause(err, "there is no such device");
	return -ENOENT;
}

/* With the guest's help. A frontend that never connected needs none. */
static int detach_politely(struct devices_ctx *ctx, const struct device *dev, struct ctl_error *err)
{
	enum bus_state front = device_frontend_state(ctx, dev);
	char what[256];
	int ret;

	if (front == BUS_UNKNOWN || front == BUS_INITIALISING || front == BUS_CLOSED) {
		return detach_by_force(ctx, dev, 1, err);
	}
	ret = device_request_close(ctx, dev, false, err);
	if (ret < 0) {
		return ret;
	}
	ret = device_has_driver(dev) ? device_wait_closed(ctx, dev) : 0;
	if (ret == 0 && dev->elsewhere) {
		ret = elsewhere_wait_gone(ctx, dev, err);
		return ret ? ret : erase(ctx, dev, err);
	}
	if (ret == 0) {
		return erase(ctx, dev, err);
	}
	device_describe(ctx, dev, what, sizeof(what));
	ctl_error_set(err, "device-busy", "cannot detach %s", what);
	ctl_error_cause(err, "the guest did not let go of it within %u ms (its driver is %s)",
			devices_timeout(ctx), devices_state_name(device_frontend_state(ctx, dev)));
	ctl_error_hint(err, "%s, then detach it again; or take it away with --force",
		       dev->kind == DEVICE_VBD ? "unmount it in the guest"
					       : "stop using it in the guest");
	return ret == -ETIMEDOUT ? -EBUSY : ret;
}

int devices_detach(struct devices_ctx *ctx, uint32_t domid, enum device_kind kind, uint32_t devid,
		   bool force, struct ctl_error *err)
{
	struct device dev;
	char *frontend;

	ctl_error_clear(err);
	device_open(ctx, &dev, kind, domid, devid);
	frontend = device_read(ctx, &dev, "frontend-id");
	if (!frontend) {
		return not_there(ctx, &dev, err);
	}
	free(frontend);
	if (force) {
		return detach_by_force(ctx, &dev, 1, err);
	}
	return detach_politely(ctx, &dev, err);
}

/* All devices of the domain, whatever state they are in. */
static struct device *collect(struct devices_ctx *ctx, uint32_t domid, size_t *count, int *ret)
{
	static const enum device_kind kinds[] = {DEVICE_VBD, DEVICE_VIF};
	struct device *devs = NULL;

	*count = 0;
	*ret = 0;
	for (size_t k = 0; k < 2 && *ret == 0; k++) {
		struct device *longer;
		uint32_t *ids;
		size_t id_count;

		*ret = device_ids(ctx, kinds[k], domid, &ids, &id_count);
		if (*ret < 0) {
			break;
		}
		longer = realloc(devs, (*count + id_count + 1) * sizeof(*devs));
		if (!longer) {
			*ret = -ENOMEM;
		} else {
			devs = longer;
			for (size_t i = 0; i < id_count; i++) {
				device_open(ctx, &devs[(*count)++], kinds[k], domid, ids[i]);
			}
		}
		free(ids);
	}
	return devs;
}

/* Backends of other kinds: channels, a console's and a framebuffer's that other tools made. They
 * are served by processes that see their nodes go. */
static void erase_others(struct devices_ctx *ctx, uint32_t domid)
{
	size_t count;
	char **kinds, path[128], here[48];

	device_backends_here(ctx, here, sizeof(here));
	kinds = store_directory(ctx->store, STORE_NO_TX, here, &count);
	for (size_t i = 0; kinds && i < count; i++) {
		if (strcmp(kinds[i], "vbd") != 0 && strcmp(kinds[i], "vif") != 0) {
			snprintf(path, sizeof(path), "%s/%.40s/%" PRIu32, here, kinds[i], domid);
			store_rm(ctx->store, STORE_NO_TX, path);
			snprintf(path, sizeof(path), "/local/domain/0/error/backend/%.40s/%" PRIu32,
				 kinds[i], domid);
			store_rm(ctx->store, STORE_NO_TX, path);
		}
	}
	free(kinds);
}

int devices_clean_up(struct devices_ctx *ctx, uint32_t domid, struct ctl_error *err)
{
	struct device *devs;
	size_t count;
	int ret;

	ctl_error_clear(err);
	devs = collect(ctx, domid, &count, &ret);
	if (ret < 0) {
		ctl_error_set(err, "xenstore", "cannot list the devices of domain %u", domid);
		ctl_error_errno(err, ret);
	} else {
		ret = detach_by_force(ctx, devs, count, err);
		erase_others(ctx, domid);
	}
	free(devs);
	return ret;
}
