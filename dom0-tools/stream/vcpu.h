/* SPDX-License-Identifier: MIT */
/* Sizes and marks of the processor's records. */
#ifndef DOM0_TOOLS_STREAM_VCPU_H
#define DOM0_TOOLS_STREAM_VCPU_H

#include "xen/arch.h"
#include "xen/domctl.h"

#define POLICY_LEAVES_MAX 512U /* more than any processor has: some forty */
#define POLICY_MSRS_MAX 64U
#define VCPU_STATE_MAX (1U << 20) /* of an XSAVE image or a list of MSRs: some kilobytes */

/* The part of the structure that 4.17 writes: all of it. */
#define VCPU_EXTENDED_SIZE sizeof(struct xen_domctl_ext_vcpucontext)

#define GDT_ENTRIES_PER_FRAME 512U
#define GDT_FRAMES_MAX 14U
#define GDT_ENTRIES_MAX (GDT_FRAMES_MAX * GDT_ENTRIES_PER_FRAME) /* the rest is the hypervisor's */

/* In ctrlreg[1] of an image: there is a user's table. */
#define CR3_USER_VALID 1UL

#endif
