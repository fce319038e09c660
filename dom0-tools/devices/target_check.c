/* SPDX-License-Identifier: MIT */
/* Whether a disk's target can be had: it opens, and no domain has it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../libstore/store.h"
#include "target.h"

/* What another domain's disk stands on, from nodes that only this domain writes. */
static bool identify_other(struct devices_ctx *ctx, const struct device *other,
			   struct target *target)
{
	char *file = device_read(ctx, other, "loop-file");
	char *params = device_read(ctx, other, "params");
	char *device = device_read(ctx, other, "physical-device");
	unsigned int dev_major, dev_minor;
	uint64_t dev, inode;
	bool known = true;

	*target = (struct target){0};
	if (file && sscanf(file, "%" SCNx64 ":%" SCNx64, &dev, &inode) == 2) {
		target->file_dev = dev;
		target->file_inode = inode;
	} else if (params && target_identify(params, target) == 0) {
		/* made by other tools: a file's path is all there is */
	} else if (device && sscanf(device, "%x:%x", &dev_major, &dev_minor) == 2) {
		target->is_block = true;
		target->dev = makedev(dev_major, dev_minor);
		target->whole = target_whole_disk(target->dev);
	} else {
		known = false;
	}
	free(file);
	free(params);
	free(device);
	return known;
}

/* In a driver domain what is asked for stands in xenstore, and is nobody's until it is set up. */
static bool is_served(struct devices_ctx *ctx, const struct device *other)
{
	char *status = ctx->self ? device_read(ctx, other, "hotplug-status") : NULL;
	bool served = !ctx->self || (status && strcmp(status, "connected") == 0);

	free(status);
	return served;
}

/* -EBUSY if this disk of another domain and ours would clash. */
static int check_other(struct devices_ctx *ctx, const struct config_disk *disk,
		       const struct target *target, const struct device *other,
		       struct ctl_error *err)
{
	struct target theirs;
	char what[256];
	char *mode;
	bool writes;

	if (!is_served(ctx, other) || !identify_other(ctx, other, &theirs) ||
	    !target_overlaps(target, &theirs)) {
		return 0;
	}
	mode = device_read(ctx, other, "mode");
	writes = mode && mode[0] == 'w';
	free(mode);
	if (!writes && !disk->readwrite) {
		return 0;
	}
	device_describe(ctx, other, what, sizeof(what));
	ctl_error_set(err, "disk-in-use", "cannot attach %s as %s", disk->target, disk->vdev);
	ctl_error_cause(err, "it is %s, attached %s", what,
			writes ? "for writing" : "read-only, and asked for writing here");
	ctl_error_hint(err,
		       "detach it there first (axl block-detach %" PRIu32 " %" PRIu32
		       "), or give this guest a copy",
		       other->domid, other->devid);
	return -EBUSY;
}

static int check_domain(struct devices_ctx *ctx, const struct config_disk *disk,
			const struct target *target, uint32_t domid, struct ctl_error *err)
{
	uint32_t *ids;
	size_t count;
	int ret = device_ids_here(ctx, DEVICE_VBD, domid, &ids, &count);

	for (size_t i = 0; ret == 0 && i < count; i++) {
		struct device other;

		device_init(ctx, &other, DEVICE_VBD, domid, ids[i]);
		ret = check_other(ctx, disk, target, &other, err);
	}
	free(ids);
	return ret == -EBUSY ? ret : 0;
}

static int check_domains(struct devices_ctx *ctx, const struct config_disk *disk,
			 const struct target *target, struct ctl_error *err)
{
	size_t count;
	char **names, path[64];
	int ret = 0;

	snprintf(path, sizeof(path), "/local/domain/%" PRIu32 "/backend/vbd", ctx->self);
	names = store_directory(ctx->store, STORE_NO_TX, path, &count);
	if (!names) {
		return 0;
	}
	for (size_t i = 0; ret == 0 && i < count; i++) {
		ret = check_domain(ctx, disk, target, (uint32_t)strtoul(names[i], NULL, 10), err);
	}
	free(names);
	return ret;
}

/* Opens it once the way it will be used, so that the user hears of it now. */
static int check_access(const struct config_disk *disk, const struct target *target,
			struct ctl_error *err)
{
	struct stat st;
	int error;
	int fd = open(disk->target, (disk->readwrite ? O_RDWR : O_RDONLY) | O_CLOEXEC);

	error = fd < 0 ? errno : 0;
	if (fd >= 0 && !target->is_block && fstat(fd, &st) == 0 && st.st_size < 512) {
		ctl_error_set(err, "disk-empty", "cannot attach %s as %s", disk->target,
			      disk->vdev);
		ctl_error_cause(err, "it has %lld bytes, less than one sector",
				(long long)st.st_size);
		ctl_error_hint(err, "make it bigger: truncate -s 10G %s", disk->target);
		close(fd);
		return -EINVAL;
	}
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	ctl_error_set(err, "disk-open", "cannot open %s %s", disk->target,
		      disk->readwrite ? "for writing" : "for reading");
	ctl_error_errno(err, error);
	if (disk->readwrite && (error == EROFS || error == EACCES)) {
		ctl_error_hint(err, "attach it read-only: access=ro");
	}
	return -error;
}

int target_check(struct devices_ctx *ctx, const struct config_disk *disk, struct target *target,
		 struct ctl_error *err)
{
	int ret = target_identify(disk->target, target);

	if (ret == -EINVAL) {
		ctl_error_set(err, "disk-kind", "cannot attach %s as %s", disk->target, disk->vdev);
		ctl_error_cause(err, "it is neither a file nor a block device");
		ctl_error_hint(err, "disk= names an image file, or a device such as /dev/vg/guest");
		return ret;
	}
	if (ret < 0) {
		ctl_error_set(err, "no-such-disk", "cannot attach %s as %s", disk->target,
			      disk->vdev);
		ctl_error_errno(err, ret);
		ctl_error_hint(err, "correct the path in disk=, or make it: truncate -s 8G %s",
			       disk->target);
		return ret;
	}
	ret = check_access(disk, target, err);
	if (ret == 0) {
		ret = check_domains(ctx, disk, target, err);
	}
	if (ret == 0) {
		ret = host_check(disk, target, err);
	}
	return ret;
}
