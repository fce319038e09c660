/* SPDX-License-Identifier: MIT */
/* The page a PV kernel finds at RSI when it starts, and dom0's video description behind it. */
#ifndef XEN_START_INFO_H
#define XEN_START_INFO_H

#include "types.h"

#define MAX_GUEST_CMDLINE	1024
#define XEN_START_INFO_MAGIC	"xen-3.0-x86_64"	/* a trailing 'p' is tolerated */

/* On resume only the fields up to console are written anew. */
struct start_info {
	char magic[32];			/* XEN_START_INFO_MAGIC */
	uint64_t nr_pages;		/* frames given to this domain */
	uint64_t shared_info;		/* machine address of shared_info */
	uint32_t flags;			/* SIF_* */
	xen_pfn_t store_mfn;		/* machine frame of the xenstore ring, 0 in dom0 */
	uint32_t store_evtchn;
	union {
		struct {
			xen_pfn_t mfn;		/* machine frame of the console ring */
			uint32_t evtchn;
		} domU;
		struct {
			uint32_t info_off;	/* dom0_vga_console_info, from this struct */
			uint32_t info_size;	/* 0: no video */
		} dom0;
	} console;
	uint64_t pt_base;		/* virtual address of the top-level table */
	uint64_t nr_pt_frames;		/* frames of the initial page tables */
	uint64_t mfn_list;		/* virtual address of the p2m array */
	uint64_t mod_start;		/* initrd: virtual address, or pfn with SIF_MOD_START_PFN */
	uint64_t mod_len;		/* its bytes */
	int8_t cmd_line[MAX_GUEST_CMDLINE];
	uint64_t first_p2m_pfn;		/* pfns holding the p2m and its page tables */
	uint64_t nr_p2m_frames;
};
ABI_SIZE(struct start_info, 1168);
ABI_OFFSET(struct start_info, nr_pages, 32);
ABI_OFFSET(struct start_info, shared_info, 40);
ABI_OFFSET(struct start_info, flags, 48);
ABI_OFFSET(struct start_info, store_mfn, 56);
ABI_OFFSET(struct start_info, store_evtchn, 64);
ABI_OFFSET(struct start_info, console, 72);
ABI_OFFSET(struct start_info, pt_base, 88);
ABI_OFFSET(struct start_info, cmd_line, 128);
ABI_OFFSET(struct start_info, first_p2m_pfn, 1152);

#define SIF_PRIVILEGED		(1 << 0)	/* may use privileged hypercalls */
#define SIF_INITDOMAIN		(1 << 1)	/* is dom0 */
#define SIF_MULTIBOOT_MOD	(1 << 2)	/* mod_start is a xen_multiboot_mod_list */
#define SIF_MOD_START_PFN	(1 << 3)	/* mod_start is a pfn */
#define SIF_VIRT_P2M_4TOOLS	(1 << 4)	/* tools understand a linear p2m */
#define SIF_PM_MASK		(0xff << 8)	/* power-management flags for dom0 */

struct xen_multiboot_mod_list {
	uint32_t mod_start;	/* pfn or address, end exclusive */
	uint32_t mod_end;
	uint32_t cmdline;
	uint32_t pad;
};
ABI_SIZE(struct xen_multiboot_mod_list, 16);

struct dom0_vga_console_info {
	uint8_t video_type;	/* XEN_VGATYPE_* */
	union {
		struct {
			uint16_t font_height;
			uint16_t cursor_x;
			uint16_t cursor_y;
			uint16_t rows;
			uint16_t columns;
		} text_mode_3;
		struct {
			uint16_t width;		/* pixels */
			uint16_t height;
			uint16_t bytes_per_line;
			uint16_t bits_per_pixel;
			uint32_t lfb_base;	/* physical address, low half */
			uint32_t lfb_size;	/* in units of 64 KiB */
			uint8_t red_pos;
			uint8_t red_size;
			uint8_t green_pos;
			uint8_t green_size;
			uint8_t blue_pos;
			uint8_t blue_size;
			uint8_t rsvd_pos;
			uint8_t rsvd_size;
			uint32_t gbl_caps;
			uint16_t mode_attrs;
			uint16_t pad;
			uint32_t ext_lfb_base;	/* physical address, high half */
		} vesa_lfb;
	} u;
};
#define XEN_VGATYPE_TEXT_MODE_3	0x03
#define XEN_VGATYPE_VESA_LFB	0x23
#define XEN_VGATYPE_EFI_LFB	0x70
ABI_SIZE(struct dom0_vga_console_info, 40);
ABI_OFFSET(struct dom0_vga_console_info, u, 4);

#endif /* XEN_START_INFO_H */
