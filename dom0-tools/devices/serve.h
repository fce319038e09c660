/* SPDX-License-Identifier: MIT */
/*
 * The part of a driver domain: sees what backends the control domain wants in this one, sets up
 * what they need here, and takes it away once the kernel has closed them.
 */
#ifndef DOM0_TOOLS_DEVICES_SERVE_H
#define DOM0_TOOLS_DEVICES_SERVE_H

#include "vbd.h"
#include "vif.h"

#define SERVE_MAX 4096 /* devices of one domain */

/* A device that is served, or that could not be. */
struct served {
	struct device dev;
	bool failed;
	int loop_fd;   /* keeps the loop device; blkback does, too, once it has it. -1: none */
	char node[24]; /* /dev/nbdN, "" if there is none */
	char *script;  /* as its backend names it, or NULL */
	char vifname[16];
};

struct serve {
	struct devices_ctx *ctx; /* .self is this domain; no watches of others on its connection */
	struct served *list;
	size_t count;
	/* Hears what was done; err is NULL if it went well. */
	void (*tell)(const struct device *dev, const char *what, const struct ctl_error *err);
};

/* Looks at everything: for the beginning, and when it is not known what has changed. */
int serve_scan(struct serve *serve);

/* Looks at what an event below this domain's backends is about. */
void serve_event(struct serve *serve, const char *path);

/* Forgets everything; the devices stay as they are. */
void serve_end(struct serve *serve);

/*
 * Sets up what the nodes of a backend of this domain ask for, and says so in them; on failure
 * nothing is left but the cause in *err. What *served has is for serve_undo().
 */
int serve_set_up(struct devices_ctx *ctx, struct served *served, struct ctl_error *err);

/* Takes up one that was set up before this program was started. */
void serve_adopt(struct devices_ctx *ctx, struct served *served);

/* Takes it away, and the backend's nodes, if they are still there. */
int serve_undo(struct devices_ctx *ctx, struct served *served, struct ctl_error *err);

#endif
