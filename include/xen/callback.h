/* SPDX-License-Identifier: MIT */
/* callback_op: where the hypervisor enters a PV guest for events, system calls and failures. */
#ifndef XEN_CALLBACK_H
#define XEN_CALLBACK_H

#include "types.h"

#define CALLBACKOP_register	0	/* callback_register */
#define CALLBACKOP_unregister	1	/* callback_unregister */

#define CALLBACKTYPE_event			0
#define CALLBACKTYPE_failsafe			1
#define CALLBACKTYPE_syscall			2
#define CALLBACKTYPE_sysenter_deprecated	3
#define CALLBACKTYPE_nmi			4
#define CALLBACKTYPE_sysenter			5
#define CALLBACKTYPE_syscall32			7

#define _CALLBACKF_mask_events	0
#define CALLBACKF_mask_events	(1U << _CALLBACKF_mask_events)	/* enter with upcalls masked */

struct callback_register {
	uint16_t type;			/* CALLBACKTYPE_* */
	uint16_t flags;			/* CALLBACKF_* */
	uint64_t address;
};
ABI_SIZE(struct callback_register, 16);
ABI_OFFSET(struct callback_register, address, 8);

struct callback_unregister {
	uint16_t type;
	uint16_t _unused;
};
ABI_SIZE(struct callback_unregister, 4);

#endif /* XEN_CALLBACK_H */
