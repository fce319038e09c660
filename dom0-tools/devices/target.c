/* SPDX-License-Identifier: MIT */
/* A disk's target: what it is, whatever its path. */
#include "target.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

dev_t target_whole_disk(dev_t dev)
{
	unsigned int disk_major, disk_minor;
	char path[64];
	dev_t whole = dev;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(dev), minor(dev));
	if (access(path, F_OK) != 0) {
		return dev;
	}
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(dev), minor(dev));
	file = fopen(path, "re");
	if (!file) {
		return dev;
	}
	if (fscanf(file, "%u:%u", &disk_major, &disk_minor) == 2) {
		whole = makedev(disk_major, disk_minor);
	}
	fclose(file);
	return whole;
}

int target_identify(const char *path, struct target *target)
{
	struct stat st;

	*target = (struct target){0};
	if (stat(path, &st) < 0) {
		return -errno;
	}
	if (S_ISBLK(st.st_mode)) {
		target->is_block = true;
		target->dev = st.st_rdev;
		target->whole = target_whole_disk(st.st_rdev);
	} else if (S_ISREG(st.st_mode)) {
		target->file_dev = st.st_dev;
		target->file_inode = st.st_ino;
	} else {
		return -EINVAL;
	}
	return 0;
}

bool target_overlaps(const struct target *a, const struct target *b)
{
	if (a->is_block != b->is_block) {
		return false;
	}
	if (a->is_block) {
		return a->dev == b->dev || a->dev == b->whole || a->whole == b->dev;
	}
	return a->file_dev == b->file_dev && a->file_inode == b->file_inode;
}
