/* SPDX-License-Identifier: MIT */
/*
 * Base types of the guest ABI and the numbers every other header needs: domain ids, guest
 * pointers, bitmaps handed over by tools. 64-bit x86 only, freestanding.
 */
#ifndef XEN_TYPES_H
#define XEN_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef uint16_t xen_domid_t;
typedef uint32_t evtchn_port_t;		/* event channel number within one domain; 0 is invalid */
typedef uint32_t grant_ref_t;		/* index into a grant table */
typedef uint32_t grant_handle_t;	/* names one active mapping, chosen by the hypervisor */
typedef uint16_t grant_status_t;	/* one entry of a v2 status frame */
typedef uint64_t xen_pfn_t;		/* a frame number; which kind is said at each field */
typedef uint64_t xen_ulong_t;
typedef uint8_t xen_domain_handle_t[16];	/* UUID of a domain, in RFC 4122 byte order */

/* A virtual address in the caller's address space. Tools store (uintptr_t)buffer. */
typedef uint64_t guest_handle_t __attribute__((aligned(8)));

/* 64-bit members that a 32-bit tool would also align to 8. */
typedef uint64_t uint64_aligned_t __attribute__((aligned(8)));
typedef int64_t int64_aligned_t __attribute__((aligned(8)));

/* Checks a layout fact at compile time. */
#define ABI_SIZE(type, size) \
	_Static_assert(sizeof(type) == (size), #type " has the wrong size")
#define ABI_OFFSET(type, member, offset) \
	_Static_assert(offsetof(type, member) == (offset), #type "." #member " is misplaced")

/* Domain ids from DOMID_FIRST_RESERVED up name roles, not domains. */
#define DOMID_FIRST_RESERVED	0x7ff0U
#define DOMID_SELF		0x7ff0U		/* whoever makes the call */
#define DOMID_IO		0x7ff1U		/* owner of device memory */
#define DOMID_XEN		0x7ff2U		/* owner of the hypervisor's shareable pages */
#define DOMID_COW		0x7ff3U		/* owner of memory-shared pages */
#define DOMID_INVALID		0x7ff4U		/* never a domain */
#define DOMID_IDLE		0x7fffU		/* the idle vCPUs */
#define DOMID_MASK		0x7fffU		/* bits a domain id may use */

#define XEN_PAGE_SHIFT		12
#define XEN_PAGE_SIZE		4096UL

/* A bitmap in the caller's memory, least significant bit of byte 0 first. */
struct xenctl_bitmap {
	guest_handle_t bitmap;
	uint32_t nr_bits;
};
ABI_SIZE(struct xenctl_bitmap, 16);
ABI_OFFSET(struct xenctl_bitmap, nr_bits, 8);

ABI_SIZE(guest_handle_t, 8);
ABI_SIZE(xen_domain_handle_t, 16);

#endif /* XEN_TYPES_H */
