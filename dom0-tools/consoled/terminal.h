/* SPDX-License-Identifier: MIT */
/*
 * The pseudo terminal at which somebody may look at a console. Nobody there: nothing is sent.
 * When the first one opens it, the last screen is shown, then what comes.
 */
#ifndef DOM0_TOOLS_CONSOLED_TERMINAL_H
#define DOM0_TOOLS_CONSOLED_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "../libdaemon/loop.h"

struct terminals; /* all of a daemon's: they share the notice of who opens them */
struct terminal;

/* NULL with errno set. */
struct terminals *terminals_create(struct loop *loop);
void terminals_destroy(struct terminals *terminals);

/* Makes a terminal; `typed` is told when there may be something for terminal_read(). NULL with
 * errno set. */
struct terminal *terminal_create(struct terminals *terminals, void (*typed)(void *arg), void *arg);
void terminal_destroy(struct terminal *terminal);

/* "/dev/pts/3", valid as long as the terminal. */
const char *terminal_path(const struct terminal *terminal);

/* Takes a console's output: remembered for those who come, shown to those who are there. If they
 * read too slowly the oldest of it is lost. */
void terminal_write(struct terminal *terminal, const char *bytes, size_t len);

/* Whether somebody is there who has not taken as much as the queue holds. */
bool terminal_is_full(const struct terminal *terminal);

/* What was typed: bytes moved, 0 if there is none. */
size_t terminal_read(struct terminal *terminal, char *bytes, size_t room);

/* Says whether `typed` is wanted: not while the console has no room. */
void terminal_listen(struct terminal *terminal, bool wanted);

/* Whether nothing of what was written waits for a reader who is there. */
bool terminal_is_drained(const struct terminal *terminal);

#endif
