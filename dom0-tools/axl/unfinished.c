/* SPDX-License-Identifier: MIT */
/* Notes of unfinished work: a locked file each, with the domain's id and UUID in it. */
#include "unfinished.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../config/config.h"
#include "../devices/devices.h"
#include "../libctl/domctl.h"
#include "../libctl/sysctl.h"
#include "apart.h"

#define UUID_TEXT 37

/* Work is done without a note where none can be made: it is there for the worst case only. */
static void make(struct unfinished *note)
{
	char parent[] = UNFINISHED_DIR;

	*strrchr(parent, '/') = '\0';
	mkdir(parent, 0755);
	mkdir(UNFINISHED_DIR, 0700);
	note->fd = open(note->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (note->fd >= 0 && flock(note->fd, LOCK_EX | LOCK_NB) < 0) {
		close(note->fd);
		note->fd = -1;
	}
}

void unfinished_create(struct unfinished *note, const uint8_t uuid[16])
{
	char text[UUID_TEXT];

	config_uuid_format(uuid, text);
	snprintf(note->path, sizeof(note->path), UNFINISHED_DIR "/create-%s", text);
	make(note);
}

void unfinished_domid(struct unfinished *note, xen_domid_t domid, const uint8_t uuid[16])
{
	char text[UUID_TEXT];

	config_uuid_format(uuid, text);
	if (note->fd >= 0) {
		dprintf(note->fd, "%u %s\n", domid, text);
	}
}

void unfinished_remove(struct unfinished *note, xen_domid_t domid, const uint8_t uuid[16])
{
	snprintf(note->path, sizeof(note->path), UNFINISHED_DIR "/remove-%u", domid);
	make(note);
	unfinished_domid(note, domid, uuid);
}

void unfinished_end(struct unfinished *note)
{
	if (note->fd >= 0) {
		unlink(note->path);
		close(note->fd);
		note->fd = -1;
	}
}

/* A note that nobody holds. */
struct left {
	int fd;
	char path[320];
	bool has_domid;
	unsigned int domid;
	uint8_t uuid[16];
};

/* False if its command still runs, or has just ended. */
static bool take(struct left *left, const char *name)
{
	char text[128] = "", uuid[UUID_TEXT] = "";
	struct stat st;

	snprintf(left->path, sizeof(left->path), UNFINISHED_DIR "/%s", name);
	left->fd = open(left->path, O_RDWR | O_CLOEXEC);
	if (left->fd < 0) {
		return false;
	}
	if (flock(left->fd, LOCK_EX | LOCK_NB) < 0 || fstat(left->fd, &st) < 0 ||
	    st.st_nlink == 0 || read(left->fd, text, sizeof(text) - 1) < 0) {
		close(left->fd);
		return false;
	}
	left->has_domid = sscanf(text, "%u %36s", &left->domid, uuid) == 2 &&
			  config_uuid_parse(uuid, left->uuid);
	if (!left->has_domid && strncmp(name, "create-", 7) == 0) {
		config_uuid_parse(name + 7, left->uuid);
	}
	return true;
}

/* Killed between making the domain and noting its id: its handle tells. */
static void find_domid(struct axl *axl, struct left *left)
{
	struct xen_domctl_getdomaininfo *list = NULL;
	int count = ctl_domain_list_all(axl->ctl, &list);

	for (int i = 0; i < count && !left->has_domid; i++) {
		if (list[i].domain && memcmp(list[i].handle, left->uuid, 16) == 0) {
			left->domid = list[i].domain;
			left->has_domid = true;
		}
	}
	if (count >= 0) {
		free(list);
	}
}

/* Has the id a domain of another UUID by now? Then what the note is about is gone. */
static bool is_another(struct axl *axl, const struct left *left)
{
	struct xen_domctl_getdomaininfo info;

	return !ctl_domain_info(axl->ctl, (xen_domid_t)left->domid, &info) &&
	       memcmp(info.handle, left->uuid, 16) != 0;
}

static void finish(struct axl *axl, struct left *left)
{
	struct ctl_error kept = axl->err;

	if (!left->has_domid) {
		find_domid(axl, left);
	}
	if (left->has_domid && left->domid && !is_another(axl, left)) {
		domain_take_apart(axl, (xen_domid_t)left->domid);
		fprintf(stderr,
			"axl: note: removed domain %u: the command at work on it was "
			"killed\n",
			left->domid);
	}
	axl->err = kept;
	unlink(left->path);
	close(left->fd);
}

void unfinished_sweep(struct axl *axl)
{
	struct devices_ctx devices = {.store = axl->store};
	DIR *dir = opendir(UNFINISHED_DIR);
	struct dirent *entry;
	struct left left;
	bool found = false;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && take(&left, entry->d_name)) {
			finish(axl, &left);
			found = true;
		}
	}
	if (dir) {
		closedir(dir);
	}
	if (found) {
		devices_sweep(&devices);
	}
}
