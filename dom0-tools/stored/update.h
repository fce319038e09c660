/* SPDX-License-Identifier: MIT */
/* Going on as another program without anybody noticing, and over a stop and a start. */
#ifndef DOM0_TOOLS_STORED_UPDATE_H
#define DOM0_TOOLS_STORED_UPDATE_H

#include "listen.h"
#include "machine.h"
#include "stored.h"
#include "takeover.h"

/* Exit status of a program that has checked a state and would take it over: one that no other
 * program has by chance. */
#define UPDATE_AGREED 90

/* Reads the option's text. */
bool takeover_parse(const char *text, struct takeover *takeover);

/*
 * Does the update that stored->update asks for. `argv` is this daemon's. The new program first
 * checks the state as a process of its own; then this process becomes it. Returns only if that
 * failed: then nothing has changed, and who asked has been told why.
 */
void update_run(struct stored *stored, const struct listener *listener,
		const struct machine *machine, char **argv);

/* Whether the state in a descriptor can be taken over; a line in the log if not. */
bool update_check(const struct stored_backend *backend, int state);

/* Makes the store of an old daemon's state, which is closed. `machine` may be NULL. NULL after a
 * line in the log. */
struct stored *update_take_over(const struct takeover *takeover, struct loop *loop,
				struct machine *machine, const struct stored_backend *backend);

/* Keeps the state in a file for the next start. 0 or -errno. */
int update_save(const struct stored *stored, const char *path);

/* Opens such a file, while the daemon still may: a descriptor, or -1 if there is none. */
int update_open(const char *path);

/* Makes the store of the file opened, which is closed and removed. NULL if it is refused, or of
 * another boot: then it is put aside as PATH.refused. */
struct stored *update_resume(int fd, const char *path, struct loop *loop, struct machine *machine,
			     const struct stored_backend *backend);

#endif
