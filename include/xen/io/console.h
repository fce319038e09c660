/* SPDX-License-Identifier: MIT */
/* The console page: two byte streams between a domain and the console daemon. */
#ifndef XEN_IO_CONSOLE_H
#define XEN_IO_CONSOLE_H

#include "../types.h"

typedef uint32_t XENCONS_RING_IDX;

#define MASK_XENCONS_IDX(idx, ring)	((idx) & (sizeof(ring) - 1))

struct xencons_interface {
	char in[1024];			/* to the domain */
	char out[2048];			/* from the domain */
	XENCONS_RING_IDX in_cons;
	XENCONS_RING_IDX in_prod;
	XENCONS_RING_IDX out_cons;
	XENCONS_RING_IDX out_prod;
};
ABI_SIZE(struct xencons_interface, 3088);
ABI_OFFSET(struct xencons_interface, out, 1024);
ABI_OFFSET(struct xencons_interface, in_cons, 3072);
ABI_OFFSET(struct xencons_interface, in_prod, 3076);
ABI_OFFSET(struct xencons_interface, out_cons, 3080);
ABI_OFFSET(struct xencons_interface, out_prod, 3084);

#endif /* XEN_IO_CONSOLE_H */
