/* SPDX-License-Identifier: MIT */
/* The page of call stubs that older kernels use instead of SYSCALL. */
#ifndef ARGON_PV_HYPERCALL_PAGE_H
#define ARGON_PV_HYPERCALL_PAGE_H

/* Fills a frame of the guest's (4096 bytes through the direct map). */
void hypercall_page_fill(void *page);

#endif
