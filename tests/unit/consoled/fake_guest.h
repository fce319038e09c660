/* SPDX-License-Identifier: MIT */
/* Domain 5's side of a ring: its page and its port. */
#ifndef TESTS_CONSOLED_FAKE_GUEST_H
#define TESTS_CONSOLED_FAKE_GUEST_H

#include "../../../dom0-tools/consoled/wire.h"

struct fake_guest {
	struct xencons_interface page; /* frame 1234, or grant 8 */
	int mapped, bound, notified, unmasked;
	int attempts; /* to map a grant */
};

#define FAKE_BAD_PORT 666 /* that cannot be bound */
#define FAKE_PORT 77      /* what any other is bound to */

struct wire_backend fake_guest_backend(struct fake_guest *guest);

/* Puts as much into the ring as there is room for; returns how much. */
size_t fake_guest_print(struct fake_guest *guest, const char *text, size_t len);

#endif
