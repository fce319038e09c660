/* SPDX-License-Identifier: MIT */
/*
 * Channels: the further consoles of a guest, device/console/1 and on, which it connects to by the
 * states of split devices. Each ends at a terminal or at a listening socket of the control domain.
 */
#ifndef DOM0_TOOLS_CONSOLED_CHANNEL_H
#define DOM0_TOOLS_CONSOLED_CHANNEL_H

#include <stdbool.h>
#include <sys/queue.h>

#include "../libstore/store.h"
#include "terminal.h"
#include "wire.h"

struct channel;

/* All channels and what they share. Filled in by the daemon but for `all`. */
struct channels {
	struct store *store;
	struct terminals *terminals;
	struct loop *loop;
	struct wires *wires;
	LIST_HEAD(channel_list, channel) all;
};

/* Watches for channels; those that there are come by the watch's first event. 0 or -errno. */
int channels_open(struct channels *channels);

/* A watch has fired: true if it was one of ours. */
bool channels_event(struct channels *channels, const struct store_event *event);

/* A domain has died: those whose guest is gone let go of its pages. */
void channels_look_for_dead(struct channels *channels);

/* Lets go of everything, and leaves the states as they are: the next daemon takes over. */
void channels_close(struct channels *channels);

#endif
