/* SPDX-License-Identifier: MIT */
/* xen_version: who the hypervisor is and what it can do. */
#ifndef XEN_VERSION_H
#define XEN_VERSION_H

#include "features.h"
#include "types.h"

#define XENVER_version			0	/* no argument; returns major << 16 | minor */
#define XENVER_extraversion		1	/* xen_extraversion_t */
#define XENVER_compile_info		2	/* xen_compile_info */
#define XENVER_capabilities		3	/* xen_capabilities_info_t */
#define XENVER_changeset		4	/* xen_changeset_info_t */
#define XENVER_platform_parameters	5	/* xen_platform_parameters */
#define XENVER_get_features		6	/* xen_feature_info */
#define XENVER_pagesize			7	/* no argument; returns the bytes of a page */
#define XENVER_guest_handle		8	/* xen_domain_handle_t of the caller */
#define XENVER_commandline		9	/* xen_commandline_t */
#define XENVER_build_id			10	/* xen_build_id; NULL asks for the length */

typedef char xen_extraversion_t[16];
#define XEN_EXTRAVERSION_LEN		(sizeof(xen_extraversion_t))

typedef char xen_capabilities_info_t[1024];
#define XEN_CAPABILITIES_INFO_LEN	(sizeof(xen_capabilities_info_t))

typedef char xen_changeset_info_t[64];
#define XEN_CHANGESET_INFO_LEN		(sizeof(xen_changeset_info_t))

typedef char xen_commandline_t[1024];

struct xen_compile_info {
	char compiler[64];
	char compile_by[16];
	char compile_domain[32];
	char compile_date[32];
};
ABI_SIZE(struct xen_compile_info, 144);

struct xen_platform_parameters {
	xen_ulong_t virt_start;		/* first address of the hypervisor's hole */
};
ABI_SIZE(struct xen_platform_parameters, 8);

struct xen_feature_info {
	uint32_t submap_idx;		/* in: below XENFEAT_NR_SUBMAPS */
	uint32_t submap;		/* out: bit n: XENFEAT n */
};
ABI_SIZE(struct xen_feature_info, 8);

struct xen_build_id {
	uint32_t len;			/* in: room, out: bytes */
	unsigned char buf[];
};
ABI_SIZE(struct xen_build_id, 4);

#endif /* XEN_VERSION_H */
