/* SPDX-License-Identifier: MIT */
/* Whom a daemon becomes once it has opened what only root may open, and what it gives him. */
#ifndef DOM0_TOOLS_LIBDAEMON_IDENTITY_H
#define DOM0_TOOLS_LIBDAEMON_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "options.h"

struct identity {
	bool stays; /* as it is: it is not root, or there is nobody to become */
	uid_t uid;
	gid_t gid;
	char name[40];
};

/*
 * Finds the user: --user's, a name of /etc/passwd or a number, or the one that is called like the
 * program. If that one does not exist the daemon stays root, with a line in the log; if --user's
 * does not, -1 after such a line. A daemon that is not root stays who it is.
 */
int identity_find(const struct daemon_settings *settings, struct identity *who);

/*
 * Gives a folder that is the daemon's `own` to the user, and, if it was root's until now, the
 * files in it. Any other folder is left alone, with a line in the log if the user cannot write
 * there.
 */
void identity_give_folder(const struct identity *who, const char *path, bool own);

/* Gives the user an open file. */
void identity_give_file(const struct identity *who, int fd);

/*
 * Gives up what the daemon needs no more: becomes the user, without other groups; drops all
 * capabilities; enters the sandbox, which `may_exec` describes. 0, or -1 after a line in the log.
 */
int identity_confine(const struct identity *who, const struct daemon_settings *settings,
		     bool may_exec);

#endif
