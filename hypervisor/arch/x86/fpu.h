/* SPDX-License-Identifier: MIT */
/* FPU and vector state: eager save and restore at each vCPU switch. */
#ifndef ARGON_X86_FPU_H
#define ARGON_X86_FPU_H

#include "lib/types.h"

struct vcpu;

#define XCR0_X87 1UL
#define XCR0_SSE 2UL
#define XCR0_AVX 4UL

extern uint64_t host_xcr0;       /* all components in use; 0: FXSAVE only */
extern unsigned int xsave_bytes; /* size of the area for host_xcr0 */

void fpu_init_cpu(void);
int fpu_vcpu_init(struct vcpu *v);
void fpu_vcpu_free(struct vcpu *v);
void fpu_save(struct vcpu *v);
void fpu_restore(struct vcpu *v);
/* The legacy 512 bytes, as set/getvcpucontext carry them; v descheduled. */
void fpu_set_legacy(struct vcpu *v, const void *fxsave);
void fpu_get_legacy(struct vcpu *v, void *fxsave);
/*
 * The whole area for the toolstack (standard, not compacted format): size,
 * copy out, and copy in after checking it (-EINVAL).  v is descheduled.
 */
void fpu_get_xsave(struct vcpu *v, void *area);
int fpu_set_xsave(struct vcpu *v, const void *area, unsigned int bytes, uint64_t xcr0);

#endif
