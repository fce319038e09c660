/* SPDX-License-Identifier: MIT */
/*
 * The control interface: one handle on /dev/xen/privcmd, hypercalls through it, and buffers that
 * the hypervisor can reach. One thread at a time per handle.
 *
 * Every function of libctl returns 0 (or a count where said) or a negative errno, which is the
 * hypervisor's or the kernel's own.
 */
#ifndef DOM0_TOOLS_LIBCTL_CTL_H
#define DOM0_TOOLS_LIBCTL_CTL_H

#include <stddef.h>
#include <stdint.h>

#include "xen/types.h"

struct ctl;

/* Opens the devices. -ENOENT: no hypervisor below us, or its modules are not loaded; -EACCES:
 * not root. */
int ctl_open(struct ctl **ctl);
void ctl_close(struct ctl *ctl); /* NULL is fine */

/* The handle's two descriptors, for a program that this process becomes (-1: none), and a handle
 * on such, which it owns. 0 or -ENOMEM. */
void ctl_descriptors(const struct ctl *ctl, int *privcmd, int *buffers);
int ctl_take_over(int privcmd, int buffers, struct ctl **ctl);

/* The raw call (`op` is __HYPERVISOR_*); at most five arguments, the rest of args is unused. */
long ctl_hypercall(struct ctl *ctl, unsigned long op, const uint64_t args[5]);

/*
 * Zeroed memory that stays at its place in RAM while the hypervisor reads or writes it: from
 * /dev/xen/hypercall, or locked memory on kernels without that device. NULL: out of memory.
 * Freed with the size it was asked for.
 */
void *ctl_buffer_alloc(struct ctl *ctl, size_t size);
void ctl_buffer_free(struct ctl *ctl, void *buffer, size_t size);

/* The privcmd descriptor, for the mapping files of libctl. */
int ctl_privcmd_fd(const struct ctl *ctl);

/*
 * A page of the handle that holds the argument of the call under way; callers fill it, make the
 * call and read the result back before they call anything else of libctl.
 */
void *ctl_arg_page(struct ctl *ctl);

#endif
