/* SPDX-License-Identifier: MIT */
/* Loop devices by ioctl. */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Somebody else may take the free device first; so often we look for another one. */
#define MAX_ATTEMPTS 64

static int open_file(const char *path, bool readwrite, struct loop *loop, struct ctl_error *err)
{
	struct stat st;
	int fd = open(path, (readwrite ? O_RDWR : O_RDONLY) | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0) {
		int error = errno;

		ctl_error_set(err, "disk-open", "cannot open %s %s", path,
			      readwrite ? "for writing" : "for reading");
		ctl_error_errno(err, error);
		if (fd >= 0) {
			close(fd);
		}
		return -error;
	}
	loop->file_dev = st.st_dev;
	loop->file_inode = st.st_ino;
	return fd;
}

/* The lowest free loop device; the kernel makes one if there is none. */
static int open_free(int control, struct loop *loop)
{
	struct stat st;
	int number = ioctl(control, LOOP_CTL_GET_FREE);

	if (number < 0) {
		return -errno;
	}
	snprintf(loop->node, sizeof(loop->node), "/dev/loop%d", number);
	loop->fd = open(loop->node, O_RDWR | O_CLOEXEC);
	if (loop->fd < 0) {
		return -errno;
	}
	if (fstat(loop->fd, &st) < 0 || !S_ISBLK(st.st_mode)) {
		close(loop->fd);
		loop->fd = -1;
		return -ENODEV;
	}
	loop->major = major(st.st_rdev);
	loop->minor = minor(st.st_rdev);
	return 0;
}

static int configure(int control, int file, const char *path, bool readwrite, struct loop *loop)
{
	struct loop_config config = {
		.fd = (uint32_t)file,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO |
				 (readwrite ? 0 : LO_FLAGS_READ_ONLY),
	};
	size_t room = sizeof(config.info.lo_file_name) - 1;
	int ret = -EBUSY;

	memcpy(config.info.lo_file_name, path, strnlen(path, room));
	for (int i = 0; i < MAX_ATTEMPTS && ret == -EBUSY; i++) {
		ret = open_free(control, loop);
		if (ret < 0) {
			break;
		}
		if (ioctl(loop->fd, LOOP_CONFIGURE, &config) == 0) {
			return 0;
		}
		ret = -errno;
		close(loop->fd);
		loop->fd = -1;
	}
	return ret;
}

int loop_attach(const char *path, bool readwrite, struct loop *loop, struct ctl_error *err)
{
	struct loop_info64 info;
	int control, file, ret;

	*loop = (struct loop){.fd = -1};
	file = open_file(path, readwrite, loop, err);
	if (file < 0) {
		return file;
	}
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	ret = control < 0 ? -errno : configure(control, file, path, readwrite, loop);
	if (control >= 0) {
		close(control);
	}
	close(file);
	if (ret < 0) {
		ctl_error_set(err, "loop-device", "cannot make a loop device for %s", path);
		ctl_error_errno(err, ret);
		if (ret == -ENOENT || ret == -ENODEV) {
			ctl_error_hint(err, "load the driver: modprobe loop");
		}
		return ret;
	}
	if (ioctl(loop->fd, LOOP_GET_STATUS64, &info) == 0) {
		loop->direct = info.lo_flags & LO_FLAGS_DIRECT_IO;
	}
	return 0;
}

int loop_keep(struct loop *loop, struct ctl_error *err)
{
	struct loop_info64 info;
	int ret = 0;

	if (ioctl(loop->fd, LOOP_GET_STATUS64, &info) < 0) {
		ret = -errno;
	} else {
		info.lo_flags &= ~(uint32_t)LO_FLAGS_AUTOCLEAR;
		if (ioctl(loop->fd, LOOP_SET_STATUS64, &info) < 0) {
			ret = -errno;
		}
	}
	if (ret < 0) {
		ctl_error_set(err, "loop-device", "cannot keep %s", loop->node);
		ctl_error_errno(err, ret);
		return ret;
	}
	close(loop->fd);
	loop->fd = -1;
	return 0;
}

void loop_drop(struct loop *loop)
{
	struct ctl_error ignored;

	if (loop->fd >= 0) {
		close(loop->fd); /* autoclear does the rest */
		loop->fd = -1;
	} else if (loop->node[0]) {
		loop_detach(loop->node, loop->file_dev, loop->file_inode, &ignored);
	}
}

int loop_grow(const char *node, struct ctl_error *err)
{
	int fd = open(node, O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 || ioctl(fd, LOOP_SET_CAPACITY) < 0 ? -errno : 0;

	if (fd >= 0) {
		close(fd);
	}
	if (ret < 0) {
		ctl_error_set(err, "loop-device", "cannot resize %s", node);
		ctl_error_errno(err, ret);
	}
	return ret;
}

int loop_detach(const char *node, uint64_t file_dev, uint64_t file_inode, struct ctl_error *err)
{
	struct loop_info64 info;
	int ret = 0;
	int fd = open(node, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		ret = -errno;
	} else if (ioctl(fd, LOOP_GET_STATUS64, &info) < 0) {
		ret = -errno;
	} else if (info.lo_device == file_dev && info.lo_inode == file_inode) {
		/* With other users left the kernel turns this into "when the last one goes". */
		ret = ioctl(fd, LOOP_CLR_FD) < 0 ? -errno : 0;
	}
	if (fd >= 0) {
		close(fd);
	}
	if (ret == 0 || ret == -ENXIO || ret == -ENOENT) {
		return 0;
	}
	ctl_error_set(err, "loop-device", "cannot release %s", node);
	ctl_error_errno(err, ret);
	ctl_error_hint(err, "release it by hand: losetup -d %s", node);
	return ret;
}
