/* SPDX-License-Identifier: MIT */
/* From root to a user of the daemon's own. */
#include "identity.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"

/* The file itself: the daemons are linked statically, and name services are shared libraries. */
static bool find_user(const char *name, struct identity *who)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;
	bool found = false;

	while (file && !found && (entry = fgetpwent(file))) {
		found = !strcmp(entry->pw_name, name);
		if (found) {
			who->uid = entry->pw_uid;
			who->gid = entry->pw_gid;
		}
	}
	if (file) {
		fclose(file);
	}
	return found;
}

static bool find_number(const char *text, struct identity *who)
{
	unsigned long number;
	char *end;

	if (*text < '0' || *text > '9') {
		return false;
	}
	errno = 0;
	number = strtoul(text, &end, 10);
	who->uid = (uid_t)number;
	who->gid = (gid_t)number;
	return !errno && !*end && number < (uid_t)-1;
}

int identity_find(const struct daemon_settings *settings, struct identity *who)
{
	const char *name = settings->user ? settings->user : settings->name;

	*who = (struct identity){.stays = geteuid() != 0};
	snprintf(who->name, sizeof(who->name), "%s", name);
	if (who->stays) {
		return 0;
	}
	if (find_user(name, who) || (settings->user && find_number(name, who))) {
		who->stays = !who->uid;
		return 0;
	}
	if (settings->user) {
		log_error("--user=%s: there is no such user in /etc/passwd", name);
		return -1;
	}
	log_warn("stays root: there is no user %s; make one (systemd-sysusers with Argon's "
		 "sysusers.d/argon.conf, or useradd -r), or say --user=root",
		 name);
	who->stays = true;
	return 0;
}

/* Files in a folder where only root could make any. */
static void give_files(const struct identity *who, int folder)
{
	int copy = dup(folder);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	struct stat about;

	while (dir && (entry = readdir(dir))) {
		if (!fstatat(folder, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(about.st_mode) && about.st_nlink == 1 &&
		    fchownat(folder, entry->d_name, who->uid, who->gid, AT_SYMLINK_NOFOLLOW) < 0) {
			log_warn("cannot give %s to %s: %s", entry->d_name, who->name,
				 strerror(errno));
		}
	}
	if (dir) {
		closedir(dir);
	} else if (copy >= 0) {
		close(copy);
	}
}

static bool can_write(const struct identity *who, const struct stat *about)
{
	return (about->st_uid == who->uid && about->st_mode & S_IWUSR) ||
	       (about->st_gid == who->gid && about->st_mode & S_IWGRP) || about->st_mode & S_IWOTH;
}

void identity_give_folder(const struct identity *who, const char *path, bool own)
{
	struct stat about;
	int folder;

	if (who->stays) {
		return;
	}
	folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0 || fstat(folder, &about) < 0) {
		log_warn("cannot look at %s: %s", path, strerror(errno));
	} else if (own && !about.st_uid) {
		give_files(who, folder);
		if (fchown(folder, who->uid, who->gid) < 0) {
			log_warn("cannot give %s to %s: %s", path, who->name, strerror(errno));
		}
	} else if (!can_write(who, &about)) {
		log_warn("%s will not be able to write in %s: chown %s %s", who->name, path,
			 who->name, path);
	}
	if (folder >= 0) {
		close(folder);
	}
}

void identity_give_file(const struct identity *who, int fd)
{
	if (!who->stays && fchown(fd, who->uid, who->gid) < 0) {
		log_warn("cannot give a file to %s: %s", who->name, strerror(errno));
	}
}

int identity_confine(const struct identity *who, const struct daemon_settings *settings,
		     bool may_exec)
{
	int ret;

	if (!who->stays && (setgroups(0, NULL) < 0 || setresgid(who->gid, who->gid, who->gid) < 0 ||
			    setresuid(who->uid, who->uid, who->uid) < 0)) {
		log_error("cannot become %s (user %u): %s", who->name, who->uid, strerror(errno));
		return -1;
	}
	ret = sandbox_drop();
	if (ret) {
		log_error("cannot drop capabilities: %s", strerror(-ret));
		return -1;
	}
	if (settings->no_sandbox) {
		log_warn("runs without a filter of system calls, as --no-sandbox says");
		return 0;
	}
	ret = sandbox_enter(may_exec);
	if (ret) {
		log_error("cannot enter the sandbox: %s; does the kernel have seccomp filters? "
			  "--no-sandbox goes on without",
			  strerror(-ret));
		return -1;
	}
	return 0;
}
