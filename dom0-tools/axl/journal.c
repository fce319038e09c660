/* SPDX-License-Identifier: MIT */
/* Writing events. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <yajl/yajl_gen.h>

#include "json.h"
#include "verbs.h"

struct yajl_gen_t *journal_begin(const char *event, const char *name, int domid)
{
	struct yajl_gen_t *gen = yajl_gen_alloc(NULL);
	char stamp[64], seconds[32];
	struct timespec now;
	struct tm tm;

	if (!gen) {
		abort();
	}
	clock_gettime(CLOCK_REALTIME, &now);
	strftime(seconds, sizeof(seconds), "%FT%T", gmtime_r(&now.tv_sec, &tm));
	snprintf(stamp, sizeof(stamp), "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
	yajl_gen_map_open(gen);
	json_string(gen, "time", stamp);
	json_string(gen, "event", event);
	json_string(gen, "name", name);
	if (domid >= 0) {
		json_number(gen, "domid", (uint64_t)domid);
	}
	return gen;
}

static int open_locked(void)
{
	struct stat ours, there;
	int fd;

	for (;;) {
		fd = open(JOURNAL_FILE, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0) {
			return -errno;
		}
		if (flock(fd, LOCK_EX) < 0 || fstat(fd, &ours) < 0 || !S_ISREG(ours.st_mode)) {
			close(fd);
			return -EIO;
		}
		/* Full, or somebody has put another in its place meanwhile: once more. */
		if (lstat(JOURNAL_FILE, &there) < 0 || there.st_ino != ours.st_ino) {
			close(fd);
			continue;
		}
		if (ours.st_size <= JOURNAL_BYTES_MAX) {
			return fd;
		}
		if (rename(JOURNAL_FILE, JOURNAL_OLD) < 0) {
			close(fd);
			return -errno;
		}
		close(fd);
	}
}

/* Whether a writer was stopped in the middle of the last line. */
static bool is_torn(int fd)
{
	struct stat st;
	char last;

	return !fstat(fd, &st) && st.st_size && pread(fd, &last, 1, st.st_size - 1) == 1 &&
	       last != '\n';
}

static int append(const char *text, size_t len)
{
	char line[JOURNAL_LINE_MAX + 2];
	size_t used = 0;
	int fd, ret = 0;

	mkdir(JOURNAL_DIR, 0755); /* may be there */
	fd = open_locked();
	if (fd < 0) {
		return fd;
	}
	if (is_torn(fd)) {
		line[used++] = '\n';
	}
	memcpy(line + used, text, len);
	used += len;
	line[used++] = '\n';
	if (write(fd, line, used) != (ssize_t)used) {
		ret = -ENOSPC;
	}
	close(fd);
	return ret;
}

int journal_end(struct yajl_gen_t *event)
{
	const unsigned char *text;
	size_t len;
	int ret = -E2BIG;

	yajl_gen_map_close(event);
	if (yajl_gen_get_buf(event, &text, &len) == yajl_gen_status_ok && len < JOURNAL_LINE_MAX) {
		ret = append((const char *)text, len);
	}
	yajl_gen_free(event);
	return ret;
}

void journal_put_error(struct yajl_gen_t *event, const struct ctl_error *err)
{
	json_map(event, "error");
	json_string(event, "id", err->id);
	json_string(event, "what", err->what);
	json_string(event, "cause", err->cause);
	json_string(event, "hint", err->hint);
	json_map_end(event);
}

/* Those that change a domain. */
static bool is_noted(const char *verb)
{
	static const char *const noted[] = {
		"block-attach", "block-detach",   "block-resize",    "config-update",
		"create",       "destroy",        "dump-core",       "mem-max",
		"mem-set",      "network-attach", "network-set",     "network-detach",
		"pause",        "reboot",         "rename",          "restore",
		"save",         "shutdown",       "sysrq",           "unpause",
		"vcpu-pin",     "vcpu-set",       "cpupool-migrate",
	};

	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++) {
		if (!strcmp(noted[i], verb)) {
			return true;
		}
	}
	return false;
}

void journal_verb(struct axl *axl, const char *name, int domid, int ret)
{
	bool starts = !strcmp(axl->verb->name, "create") || !strcmp(axl->verb->name, "restore");
	struct yajl_gen_t *event;

	/* What has started notes that itself: it may go on for as long as its domain. */
	if (!name[0] || axl->dry_run || !is_noted(axl->verb->name) || (starts && !ret) ||
	    (ret && !strcmp(axl->err.id, "usage"))) {
		return;
	}
	event = journal_begin(ret ? "failed" : "command", name, domid);
	json_string(event, "verb", axl->verb->name);
	if (ret) {
		if (axl->step) {
			json_string(event, "step", axl->step);
		}
		journal_put_error(event, &axl->err);
	}
	journal_end(event);
}

void journal_run(struct axl *axl, int ret)
{
	if (axl->verb && !axl->noted) {
		journal_verb(axl, axl->subject.name, axl->subject.domid, ret);
	}
}

void journal_created(const struct domain_config *cfg, xen_domid_t domid, const char *by)
{
	struct yajl_gen_t *event = journal_begin("created", cfg->name, domid);
	char uuid[37];

	config_uuid_format(cfg->uuid, uuid);
	json_string(event, "uuid", uuid);
	json_string(event, "by", by);
	json_number(event, "memory_kib", cfg->memory_kib);
	json_number(event, "vcpus", cfg->vcpus);
	journal_end(event);
}
