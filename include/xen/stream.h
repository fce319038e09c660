/* SPDX-License-Identifier: MIT */
/*
 * The save stream, version 3: image header, domain header, records; and the two wrappings that
 * Debian's tools put around it (libxl's stream, xl's file header). Little endian unless said.
 */
#ifndef XEN_STREAM_H
#define XEN_STREAM_H

#include "types.h"

#define IHDR_MARKER		0xffffffffffffffffULL
#define IHDR_ID			0x58454E46U	/* "XENF" */
#define IHDR_VERSION		3U
#define IHDR_OPT_LITTLE_ENDIAN	(0 << 0)
#define IHDR_OPT_BIG_ENDIAN	(1 << 0)

/* All fields big endian. */
struct xc_sr_ihdr {
	uint64_t marker;		/* IHDR_MARKER */
	uint32_t id;			/* IHDR_ID */
	uint32_t version;		/* IHDR_VERSION */
	uint16_t options;		/* byte order of what follows */
	uint16_t _res1;
	uint32_t _res2;
};
ABI_SIZE(struct xc_sr_ihdr, 24);
ABI_OFFSET(struct xc_sr_ihdr, options, 16);

#define DHDR_TYPE_X86_PV	1U
#define DHDR_TYPE_X86_HVM	2U

struct xc_sr_dhdr {
	uint32_t type;			/* DHDR_TYPE_* */
	uint16_t page_shift;		/* 12 */
	uint16_t _res1;
	uint32_t xen_major;		/* of the saving hypervisor */
	uint32_t xen_minor;
};
ABI_SIZE(struct xc_sr_dhdr, 16);

/* Record header; the body is padded with zeroes to 8 bytes, length does not count them. */
struct xc_sr_rhdr {
	uint32_t type;			/* REC_TYPE_* */
	uint32_t length;		/* bytes of the body */
};
ABI_SIZE(struct xc_sr_rhdr, 8);

#define REC_LENGTH_MAX			(128U << 20)	/* Debian's reader takes no more */
#define REC_ALIGN			8

#define REC_TYPE_END			0x00000000U
#define REC_TYPE_PAGE_DATA		0x00000001U
#define REC_TYPE_X86_PV_INFO		0x00000002U
#define REC_TYPE_X86_PV_P2M_FRAMES	0x00000003U
#define REC_TYPE_X86_PV_VCPU_BASIC	0x00000004U
#define REC_TYPE_X86_PV_VCPU_EXTENDED	0x00000005U
#define REC_TYPE_X86_PV_VCPU_XSAVE	0x00000006U
#define REC_TYPE_SHARED_INFO		0x00000007U
#define REC_TYPE_X86_TSC_INFO		0x00000008U
#define REC_TYPE_HVM_CONTEXT		0x00000009U
#define REC_TYPE_HVM_PARAMS		0x0000000aU
#define REC_TYPE_TOOLSTACK		0x0000000bU
#define REC_TYPE_X86_PV_VCPU_MSRS	0x0000000cU
#define REC_TYPE_VERIFY			0x0000000dU
#define REC_TYPE_CHECKPOINT		0x0000000eU
#define REC_TYPE_CHECKPOINT_DIRTY_PFN_LIST 0x0000000fU
#define REC_TYPE_STATIC_DATA_END	0x00000010U
#define REC_TYPE_X86_CPUID_POLICY	0x00000011U
#define REC_TYPE_X86_MSR_POLICY		0x00000012U
#define REC_TYPE_OPTIONAL		0x80000000U	/* unknown ones may be skipped */

/* PAGE_DATA: pfns with their types, then the contents of those that have any, in order. */
struct xc_sr_rec_page_data_header {
	uint32_t count;
	uint32_t _res1;
	uint64_t pfn[];			/* type in bits 60-63: XEN_DOMCTL_PFINFO_* << 32 */
};
#define PAGE_DATA_PFN_MASK	0x000fffffffffffffULL
#define PAGE_DATA_TYPE_MASK	0xf000000000000000ULL
#define PAGE_DATA_TYPE_SHIFT	32	/* from XEN_DOMCTL_PFINFO_* */
ABI_SIZE(struct xc_sr_rec_page_data_header, 8);

struct xc_sr_rec_x86_pv_info {
	uint8_t guest_width;		/* bytes of a word: 8 */
	uint8_t pt_levels;		/* 4 */
	uint8_t _res[6];
};
ABI_SIZE(struct xc_sr_rec_x86_pv_info, 8);

/* pfns of the frames that hold the p2m for start_pfn..end_pfn, end included. */
struct xc_sr_rec_x86_pv_p2m_frames {
	uint32_t start_pfn;
	uint32_t end_pfn;
	uint64_t p2m_pfns[];
};
ABI_SIZE(struct xc_sr_rec_x86_pv_p2m_frames, 8);

/* VCPU_BASIC, _EXTENDED, _XSAVE and _MSRS; the domctl's buffer follows. */
struct xc_sr_rec_x86_pv_vcpu_hdr {
	uint32_t vcpu_id;
	uint32_t _res1;
	uint8_t context[];
};
ABI_SIZE(struct xc_sr_rec_x86_pv_vcpu_hdr, 8);

struct xc_sr_rec_x86_tsc_info {
	uint32_t mode;
	uint32_t khz;
	uint64_t nsec;
	uint32_t incarnation;
	uint32_t _res1;
};
ABI_SIZE(struct xc_sr_rec_x86_tsc_info, 24);

struct xc_sr_rec_hvm_params_entry {
	uint64_t index;
	uint64_t value;
};
ABI_SIZE(struct xc_sr_rec_hvm_params_entry, 16);

struct xc_sr_rec_hvm_params {
	uint32_t count;
	uint32_t _res1;
	struct xc_sr_rec_hvm_params_entry param[];
};
ABI_SIZE(struct xc_sr_rec_hvm_params, 8);

/* libxl's stream around the image: this header (big endian), then records of their own types. */
#define RESTORE_STREAM_IDENT	0x4c6962786c466d74ULL	/* "LibxlFmt" */
#define RESTORE_STREAM_VERSION	2U
#define RESTORE_OPT_BIG_ENDIAN	(1U << 0)
#define RESTORE_OPT_LEGACY	(1U << 1)

struct libxl__sr_hdr {
	uint64_t ident;
	uint32_t version;
	uint32_t options;
};
ABI_SIZE(struct libxl__sr_hdr, 16);

struct libxl__sr_rec_hdr {
	uint32_t type;			/* LIBXL_REC_TYPE_* */
	uint32_t length;
};
#define LIBXL_REC_TYPE_END			0x00000000U
#define LIBXL_REC_TYPE_LIBXC_CONTEXT		0x00000001U	/* the image follows */
#define LIBXL_REC_TYPE_EMULATOR_XENSTORE_DATA	0x00000002U
#define LIBXL_REC_TYPE_EMULATOR_CONTEXT		0x00000003U
#define LIBXL_REC_TYPE_CHECKPOINT_END		0x00000004U
#define LIBXL_REC_TYPE_CHECKPOINT_STATE		0x00000005U
ABI_SIZE(struct libxl__sr_rec_hdr, 8);

/* xl's file: this header in the saver's byte order, the configuration, then libxl's stream. */
#define XL_SAVE_MAGIC		"Xen saved domain, xl format\n \0 \r"	/* 32 bytes */
#define XL_SAVE_BYTEORDER	0x01020304U
#define XL_MANDATORY_FLAG_JSON		(1U << 0)	/* configuration is JSON */
#define XL_MANDATORY_FLAG_STREAMv2	(1U << 1)	/* libxl's stream version 2 */
#define XL_MANDATORY_FLAG_ALL		(XL_MANDATORY_FLAG_JSON | XL_MANDATORY_FLAG_STREAMv2)

struct xl_save_header {
	char magic[32];			/* XL_SAVE_MAGIC */
	uint32_t byteorder;		/* XL_SAVE_BYTEORDER */
	uint32_t mandatory_flags;	/* XL_MANDATORY_FLAG_* */
	uint32_t optional_flags;
	uint32_t optional_data_len;	/* bytes up to libxl's stream */
};
ABI_SIZE(struct xl_save_header, 48);
_Static_assert(sizeof(XL_SAVE_MAGIC) == 33, "xl's magic has 32 bytes");

#endif /* XEN_STREAM_H */
