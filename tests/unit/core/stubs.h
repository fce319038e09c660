/* SPDX-License-Identifier: MIT */
/* What tests see of the stand-ins in stubs.c. */
#ifndef TESTS_CORE_STUBS_H
#define TESTS_CORE_STUBS_H

#include "xen/arch.h"

/* The context set last, and what setting one answers. */
extern struct vcpu_guest_context stub_context;
extern int stub_context_rc;
/* A leaf that no policy may have. */
#define STUB_BAD_LEAF 0x1234U
/* Debug keys run so far. */
extern char stub_keys[16];

#endif
