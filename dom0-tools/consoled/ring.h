/* SPDX-License-Identifier: MIT */
/* The console page shared with a guest, who may write anything into it at any time. */
#ifndef DOM0_TOOLS_CONSOLED_RING_H
#define DOM0_TOOLS_CONSOLED_RING_H

#include <stddef.h>
#include <sys/types.h>

#include "xen/io/console.h"

/* Takes what the guest has printed: bytes moved, 0 for none, -EBADMSG if its indices make no
 * sense. */
ssize_t ring_take(struct xencons_interface *page, char *bytes, size_t room);

/* Bytes that the guest's input has room for, or -EBADMSG. */
ssize_t ring_room(const struct xencons_interface *page);

/* Gives the guest input; `len` is at most ring_room(). Returns the bytes moved or -EBADMSG. */
ssize_t ring_give(struct xencons_interface *page, const char *bytes, size_t len);

#endif
