/* SPDX-License-Identifier: MIT */
/* One attach of a disk at a time on this host. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target.h"

#define LOCK_DIR "/run/argon"
#define LOCK_FILE LOCK_DIR "/disks.lock"

int target_lock(struct ctl_error *err)
{
	int fd;

	if (mkdir(LOCK_DIR, 0755) < 0 && errno != EEXIST) {
		fd = -errno;
	} else {
		fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		fd = fd < 0 ? -errno : fd;
	}
	if (fd >= 0) {
		while (flock(fd, LOCK_EX) < 0) {
			if (errno != EINTR) {
				int error = errno;

				close(fd);
				fd = -error;
				break;
			}
		}
	}
	if (fd < 0) {
		ctl_error_set(err, "lock", "cannot lock %s", LOCK_FILE);
		ctl_error_errno(err, fd);
	}
	return fd;
}
