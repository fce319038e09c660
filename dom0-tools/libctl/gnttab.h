/* SPDX-License-Identifier: MIT */
/*
 * Mapping pages that other domains have granted, through /dev/xen/gntdev: thin wrappers, no
 * policy. A mapping lives until it is unmapped here, even if the granting domain dies.
 */
#ifndef DOM0_TOOLS_LIBCTL_GNTTAB_H
#define DOM0_TOOLS_LIBCTL_GNTTAB_H

#include "xen/types.h"

/* Opens the device; the descriptor, or -errno. */
int ctl_gnttab_open(void);

/* Maps one granted page; `prot` is PROT_READ or PROT_READ | PROT_WRITE. The address goes to
 * *page. 0 or -errno; EINVAL or EPERM also when the grant is missing or read-only. */
int ctl_gnttab_map(int fd, xen_domid_t domid, grant_ref_t ref, int prot, void **page);

/* Maps `count` (1..256) granted pages of one domain side by side. 0 or -errno, then nothing is
 * mapped. */
int ctl_gnttab_map_refs(int fd, xen_domid_t domid, const grant_ref_t *refs, unsigned int count,
			int prot, void **pages);

/* As ctl_gnttab_map(), and asks the kernel to send on the local port `port` (of the caller's
 * own evtchn descriptor) and to clear the byte at `clear_offset` of the page when the mapping
 * goes away, however this process ends. */
int ctl_gnttab_map_notify(int fd, xen_domid_t domid, grant_ref_t ref, unsigned int clear_offset,
			  evtchn_port_t port, void **page);

/* Undoes any of the above. 0 or -errno. */
int ctl_gnttab_unmap(int fd, void *pages, unsigned int count);

/*
 * Lets the descriptor forget a mapping, which lasts until munmap(). A descriptor that has forgotten
 * all of them can go to a program that the process becomes. 0 or -errno. Linux allows it since 3.9,
 * and such a descriptor maps again for the new program since 5.5.
 */
int ctl_gnttab_detach(int fd, void *pages, unsigned int count);

#endif
