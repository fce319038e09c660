/* SPDX-License-Identifier: MIT */
/* Notes about domains that are half made or half removed, for when the command is killed. */
#ifndef DOM0_TOOLS_AXL_UNFINISHED_H
#define DOM0_TOOLS_AXL_UNFINISHED_H

#include <stdint.h>

#include "axl.h"
#include "xen/types.h"

#ifndef UNFINISHED_DIR
#define UNFINISHED_DIR "/run/argon/unfinished"
#endif

/* A note as long as its command lives: the lock on it goes with the process, however it ends. */
struct unfinished {
	int fd; /* -1: none could be made, or another command has it */
	char path[96];
};

/* Before a domain with this UUID is made, and as soon as it has an id. */
void unfinished_create(struct unfinished *note, const uint8_t uuid[16]);
void unfinished_domid(struct unfinished *note, xen_domid_t domid, const uint8_t uuid[16]);

/* Before a domain is taken apart. */
void unfinished_remove(struct unfinished *note, xen_domid_t domid, const uint8_t uuid[16]);

/* It was finished, or undone. */
void unfinished_end(struct unfinished *note);

/*
 * Takes apart what killed commands have left: the domain of each note that nobody holds, if it is
 * still the one that was meant, with its devices and nodes. Says on standard error what it did.
 */
void unfinished_sweep(struct axl *axl);

#endif
