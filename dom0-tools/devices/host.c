/* SPDX-License-Identifier: MIT */
/* Who in the control domain itself uses a disk: mounts, loop devices, holders in the kernel. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "target.h"

static void busy(const struct config_disk *disk, struct ctl_error *err)
{
	ctl_error_set(err, "disk-in-use", "cannot attach %s as %s", disk->target, disk->vdev);
}

/* One line of /proc/self/mountinfo. */
struct mount_line {
	dev_t dev;
	char where[256];
	bool writable;
};

static bool parse_mount(const char *line, struct mount_line *mount)
{
	unsigned int dev_major, dev_minor;
	const char *super = strstr(line, " - ");
	char options[16];

	if (!super ||
	    sscanf(line, "%*d %*d %u:%u %*s %255s", &dev_major, &dev_minor, mount->where) != 3) {
		return false;
	}
	/* file system type, source, options of the superblock */
	if (sscanf(super, " - %*s %*s %15[^,\n]", options) != 1) {
		return false;
	}
	mount->dev = makedev(dev_major, dev_minor);
	mount->writable = strcmp(options, "ro") != 0;
	return true;
}

/* The first mount of a device that overlaps the target and clashes with our use of it. */
static bool find_mount(const struct target *target, bool we_write, struct mount_line *found)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	bool clash = false;
	size_t size = 0;
	char *line = NULL;

	while (file && !clash && getline(&line, &size, file) > 0) {
		struct target theirs = {.is_block = true};

		if (!parse_mount(line, found) || major(found->dev) == 0) {
			continue;
		}
		theirs.dev = found->dev;
		theirs.whole = target_whole_disk(found->dev);
		clash = target_overlaps(target, &theirs) && (we_write || found->writable);
	}
	free(line);
	if (file) {
		fclose(file);
	}
	return clash;
}

static int check_mounts(const struct config_disk *disk, const struct target *target,
			struct ctl_error *err)
{
	struct mount_line mount;

	if (!find_mount(target, disk->readwrite, &mount)) {
		return 0;
	}
	busy(disk, err);
	ctl_error_cause(err, "the control domain has it mounted %s on %s",
			mount.writable ? "for writing" : "read-only", mount.where);
	ctl_error_hint(err, "umount %s", mount.where);
	return -EBUSY;
}

/* Names in a directory, "a, b"; empty if there are none. */
static void list_names(const char *path, char *buf, size_t size)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	buf[0] = '\0';
	while (dir && (entry = readdir(dir))) {
		size_t used = strlen(buf);

		if (entry->d_name[0] != '.') {
			snprintf(buf + used, size - used, "%s%.32s", used ? ", " : "",
				 entry->d_name);
		}
	}
	if (dir) {
		closedir(dir);
	}
}

/* LVM, md, dm-crypt, swap … hold a device exclusively. */
static int check_holders(const struct config_disk *disk, const struct target *target,
			 struct ctl_error *err)
{
	char path[64], holders[160];
	int fd;

	if (!disk->readwrite) {
		return 0;
	}
	fd = open(disk->target, O_RDWR | O_EXCL | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno != EBUSY) {
		return 0;
	}
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/holders", major(target->dev),
		 minor(target->dev));
	list_names(path, holders, sizeof(holders));
	busy(disk, err);
	ctl_error_cause(err, "the control domain's kernel holds it or a part of it: %s",
			holders[0] ? holders : "mounted, swap, LVM, md or device mapper");
	ctl_error_hint(err, "see lsblk %s", disk->target);
	return -EBUSY;
}

/* Does /dev/loopN stand on our file in a way that clashes? */
static bool loop_clashes(const char *name, const struct config_disk *disk,
			 const struct target *target)
{
	char path[320], file[512];
	struct target theirs;
	size_t len = 0;
	bool readonly = false;
	FILE *stream;

	snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", name);
	stream = fopen(path, "re");
	if (!stream) {
		return false;
	}
	len = fread(file, 1, sizeof(file) - 1, stream);
	fclose(stream);
	file[len] = '\0';
	file[strcspn(file, "\n")] = '\0';
	if (target_identify(file, &theirs) < 0 || !target_overlaps(target, &theirs)) {
		return false;
	}
	snprintf(path, sizeof(path), "/sys/block/%s/ro", name);
	stream = fopen(path, "re");
	if (stream) {
		readonly = fgetc(stream) == '1';
		fclose(stream);
	}
	return disk->readwrite || !readonly;
}

static int loop_busy(const char *name, const struct config_disk *disk, struct ctl_error *err)
{
	struct mount_line mount;
	struct target loop;
	char node[288];

	snprintf(node, sizeof(node), "/dev/%s", name);
	busy(disk, err);
	if (target_identify(node, &loop) == 0 && loop.is_block && find_mount(&loop, true, &mount)) {
		ctl_error_cause(err, "the control domain has it mounted on %s (through %s)",
				mount.where, node);
		ctl_error_hint(err, "umount %s", mount.where);
	} else {
		ctl_error_cause(err, "the control domain has it as %s", node);
		ctl_error_hint(err, "if nothing uses that: losetup -d %s", node);
	}
	return -EBUSY;
}

static int check_loops(const struct config_disk *disk, const struct target *target,
		       struct ctl_error *err)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	int ret = 0;

	while (dir && ret == 0 && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "loop", 4) == 0 &&
		    loop_clashes(entry->d_name, disk, target)) {
			ret = loop_busy(entry->d_name, disk, err);
		}
	}
	if (dir) {
		closedir(dir);
	}
	return ret;
}

int host_check(const struct config_disk *disk, const struct target *target, struct ctl_error *err)
{
	int ret;

	if (!target->is_block) {
		return check_loops(disk, target, err);
	}
	ret = check_mounts(disk, target, err);
	return ret ? ret : check_holders(disk, target, err);
}
