/* SPDX-License-Identifier: MIT */
/* qemu-nbd serves an image, the kernel's nbd driver makes a block device of it for blkback. */
#include "nbd.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nbd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "../libstore/store.h"
#include "program.h"

#define NOTES "/run/argon/nbd" /* one file for each of ours: "DOMID DEVID" */
#define START_TIMEOUT_MS 20000
#define END_TIMEOUT_MS 10000
#define START_POLL_MS 50 /* nothing tells of a start but looking */
#define START_POLLS 100
#define MAX_DEVICES 1024

bool nbd_needed(const struct config_disk *disk)
{
	return disk->target && !disk->script &&
	       (disk->format != CONFIG_DISK_RAW || disk->backendtype == CONFIG_BACKEND_QDISK);
}

/* The format in QEMU's words. */
static const char *qemu_format(enum config_disk_format format)
{
	return format == CONFIG_DISK_VHD ? "vpc" : config_disk_format_name(format);
}

static void cannot(const struct config_disk *disk, const char *id, struct ctl_error *err)
{
	ctl_error_set(err, id, "cannot attach %s (%s) as %s", disk->target,
		      config_disk_format_name(disk->format), disk->vdev);
}

static bool driver_loaded(void)
{
	return access("/sys/block/nbd0", F_OK) == 0;
}

static int no_driver(const struct config_disk *disk, struct ctl_error *err)
{
	cannot(disk, "no-nbd-driver", err);
	ctl_error_cause(err, "the control domain's kernel has no network block devices");
	ctl_error_hint(err, "load the driver: modprobe nbd");
	return -ENODEV;
}

static int no_program(const struct config_disk *disk, struct ctl_error *err)
{
	cannot(disk, "no-qemu-nbd", err);
	ctl_error_cause(err, "images that are not raw need the program qemu-nbd, which is not "
			     "installed");
	ctl_error_hint(err,
		       "apt install qemu-utils; or convert the image: qemu-img convert -O raw");
	return -ENOENT;
}

int nbd_check(const struct config_disk *disk, struct ctl_error *err)
{
	static const char *const version[] = {"qemu-nbd", "--version", NULL};
	int ret;

	if (!driver_loaded()) {
		return no_driver(disk, err);
	}
	ret = program_run(version, NULL, START_TIMEOUT_MS, err);
	return ret == -ENOENT ? no_program(disk, err) : ret;
}

/* A number in a file of sysfs, -1 if there is none. */
static long sys_number(unsigned int number, const char *name)
{
	char path[64];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/block/nbd%u/%s", number, name);
	file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%ld", &value) != 1) {
			value = -1;
		}
		fclose(file);
	}
	return value;
}

static bool is_free(unsigned int number)
{
	return sys_number(number, "size") == 0 && sys_number(number, "pid") < 0;
}

/* Makes the note of a device; -EEXIST if somebody has it. */
static int write_note(unsigned int number, const struct device *dev)
{
	char path[64];
	FILE *file;

	if ((mkdir("/run/argon", 0755) < 0 && errno != EEXIST) ||
	    (mkdir(NOTES, 0700) < 0 && errno != EEXIST)) {
		return -errno;
	}
	snprintf(path, sizeof(path), NOTES "/%u", number);
	file = fopen(path, "wxe");
	if (!file) {
		return -errno;
	}
	fprintf(file, "%" PRIu32 " %" PRIu32 "\n", dev->domid, dev->devid);
	return fclose(file) ? -errno : 0;
}

/* Takes one that nobody serves and nobody has noted, the note being the claim: its number, -EBUSY
 * if there is none, or what writing the note failed with. */
static int take_free(const struct device *dev)
{
	char path[64];

	for (unsigned int i = 0; i < MAX_DEVICES; i++) {
		int ret;

		snprintf(path, sizeof(path), "/sys/block/nbd%u", i);
		if (access(path, F_OK) != 0) {
			break;
		}
		if (!is_free(i)) {
			continue;
		}
		ret = write_note(i, dev);
		if (ret != -EEXIST) {
			return ret ? ret : (int)i;
		}
	}
	return -EBUSY;
}

static void remove_note(unsigned int number)
{
	char path[64];

	snprintf(path, sizeof(path), NOTES "/%u", number);
	unlink(path);
}

static int serve_image(const struct config_disk *disk, const char *node, struct ctl_error *err)
{
	bool discard = disk->readwrite && disk->discard != CONFIG_FALSE;
	const char *argv[] = {"qemu-nbd",
			      "--connect",
			      node,
			      "--format",
			      qemu_format(disk->format),
			      discard ? "--discard=unmap" : "--discard=ignore",
			      disk->readwrite ? "--" : "--read-only",
			      disk->readwrite ? disk->target : "--",
			      disk->readwrite ? NULL : disk->target,
			      NULL};
	int ret = program_run(argv, NULL, START_TIMEOUT_MS, err);

	if (ret == -ENOENT) {
		return no_program(disk, err);
	}
	if (ret < 0) {
		char cause[sizeof(err->cause)];

		snprintf(cause, sizeof(cause), "%s", err->cause);
		cannot(disk, "image-not-served", err);
		ctl_error_cause(err, "qemu-nbd: %s", cause);
		ctl_error_hint(err, "look at it: qemu-img check %s", disk->target);
	}
	return ret;
}

int nbd_attach(const struct config_disk *disk, const struct device *dev, struct nbd *nbd,
	       struct ctl_error *err)
{
	struct stat st = {0};
	int number, ret;

	*nbd = (struct nbd){0};
	if (!driver_loaded()) {
		return no_driver(disk, err);
	}
	number = take_free(dev);
	if (number == -EBUSY) {
		cannot(disk, "no-nbd-device", err);
		ctl_error_cause(err, "all network block devices are in use");
		ctl_error_hint(err, "more of them: modprobe nbd nbds_max=64, when none is in use");
		return number;
	}
	if (number < 0) {
		cannot(disk, "no-note", err);
		ctl_error_cause(err, "cannot write in " NOTES ": %s", strerror(-number));
		return number;
	}
	snprintf(nbd->node, sizeof(nbd->node), "/dev/nbd%d", number);
	ret = serve_image(disk, nbd->node, err);
	if (ret == 0 && (stat(nbd->node, &st) < 0 || !S_ISBLK(st.st_mode))) {
		cannot(disk, "no-nbd-device", err);
		ctl_error_cause(err, "%s is no block device", nbd->node);
		ret = -ENODEV;
	}
	if (ret < 0) {
		struct ctl_error ignored;

		nbd_detach(nbd->node, &ignored);
		nbd->node[0] = '\0';
		return ret;
	}
	nbd->major = major(st.st_rdev);
	nbd->minor = minor(st.st_rdev);
	return 0;
}

/* The process that serves it; -1 if there is none. The kernel tells the thread that asked. */
static int open_server(unsigned int number)
{
	long thread = sys_number(number, "pid");
	char path[64], line[128];
	long process = -1;
	FILE *file;

	if (thread <= 0) {
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/%ld/status", thread);
	file = fopen(path, "re");
	while (file && process < 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Tgid: %ld", &process) != 1) {
			process = -1;
		}
	}
	if (file) {
		fclose(file);
	}
	return process > 0 ? (int)syscall(SYS_pidfd_open, (pid_t)process, 0) : -1;
}

int nbd_detach(const char *node, struct ctl_error *err)
{
	struct pollfd pfd = {.events = POLLIN};
	unsigned int number;
	int fd, ret = 0;

	if (sscanf(node, "/dev/nbd%u", &number) != 1) {
		return 0;
	}
	fd = open(node, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == EROFS) {
		fd = open(node, O_RDONLY | O_CLOEXEC);
	}
	pfd.fd = open_server(number);
	if (fd >= 0 && sys_number(number, "pid") > 0) {
		if (ioctl(fd, NBD_DISCONNECT) < 0 || ioctl(fd, NBD_CLEAR_SOCK) < 0) {
			ret = -errno;
		}
	}
	if (fd >= 0) {
		close(fd);
	}
	if (pfd.fd >= 0) {
		/* Until then the image is locked and its last blocks may not be in it. */
		if (ret == 0 && poll(&pfd, 1, END_TIMEOUT_MS) == 0) {
			ret = -ETIMEDOUT;
		}
		close(pfd.fd);
	}
	if (ret < 0) {
		ctl_error_set(err, "nbd-device", "cannot release %s", node);
		ctl_error_errno(err, ret);
		ctl_error_hint(err, "release it by hand: qemu-nbd --disconnect %s", node);
		return ret;
	}
	remove_note(number);
	return 0;
}

/* Is the one with this note what a disk in xenstore stands on? */
static bool in_use(struct devices_ctx *ctx, const char *name, const char *node)
{
	char path[320], *value;
	uint32_t domid, devid;
	struct device dev;
	bool used = false;
	FILE *file;

	snprintf(path, sizeof(path), NOTES "/%s", name);
	file = fopen(path, "re");
	if (!file) {
		return true;
	}
	if (fscanf(file, "%" SCNu32 " %" SCNu32, &domid, &devid) == 2) {
		device_init(ctx, &dev, DEVICE_VBD, domid, devid);
		value = device_read(ctx, &dev, "node");
		used = value && strcmp(value, node) == 0;
		free(value);
	}
	fclose(file);
	return used;
}

/* A killed command's qemu-nbd may be about to start. */
static bool may_start_yet(const char *name)
{
	char path[320];
	struct stat st;

	snprintf(path, sizeof(path), NOTES "/%s", name);
	return stat(path, &st) == 0 && time(NULL) - st.st_mtime < START_TIMEOUT_MS / 1000;
}

static void sweep(struct devices_ctx *ctx, const char *name)
{
	unsigned int number = (unsigned int)strtoul(name, NULL, 10);
	struct ctl_error ignored;
	char node[32];

	snprintf(node, sizeof(node), "/dev/nbd%u", number);
	if (in_use(ctx, name, node)) {
		return;
	}
	for (int i = 0; i < START_POLLS && sys_number(number, "pid") < 0 && may_start_yet(name);
	     i++) {
		poll(NULL, 0, START_POLL_MS);
	}
	if (sys_number(number, "pid") > 0 || !may_start_yet(name)) {
		nbd_detach(node, &ignored);
	}
}

void nbd_sweep(struct devices_ctx *ctx)
{
	DIR *dir = opendir(NOTES);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (isdigit((unsigned char)entry->d_name[0]) && strlen(entry->d_name) < 6) {
			sweep(ctx, entry->d_name);
		}
	}
	if (dir) {
		closedir(dir);
	}
}
