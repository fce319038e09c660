/* SPDX-License-Identifier: MIT */
/*
 * Virtual addresses of the hypervisor's hole (L4 slots 256..271); see
 * docs/memory.md.  Shared by C and assembly.
 */
#ifndef ARGON_ASM_LAYOUT_H
#define ARGON_ASM_LAYOUT_H

#define HOLE_FIRST_SLOT 256
#define HOLE_LAST_SLOT 271
#define HOLE_START 0xffff800000000000
#define HOLE_END 0xffff880000000000 /* first address after it */

#define M2P_VIRT 0xffff800000000000        /* slot 256: read-only to guests */
#define PERDOMAIN_VIRT 0xffff808000000000  /* slot 257: this domain's GDTs, LDTs */
#define IOREMAP_VIRT 0xffff810000000000    /* slot 258: devices, guarded stacks */
#define FRAMETABLE_VIRT 0xffff818000000000 /* slot 259: page_info array */
#define IMAGE_VIRT 0xffff820000000000      /* slot 260: the image, at its link address */
#define DIRECTMAP_VIRT 0xffff830000000000  /* slots 262..271: all RAM, 5 TiB */
#define DIRECTMAP_END HOLE_END

/* Each vCPU has 32 pages: GDT at +0 (16 pages), LDT at +64 KiB (16 pages). */
#define PERDOMAIN_VCPU_SHIFT 17
#define GDT_VIRT(vcpu) (PERDOMAIN_VIRT + ((unsigned long)(vcpu) << PERDOMAIN_VCPU_SHIFT))
#define LDT_VIRT(vcpu) (GDT_VIRT(vcpu) + 0x10000)

/*
 * Selectors in the two reserved GDT pages (frames 14 and 15).  The guest's
 * flat ones are ABI; Argon's own follow.
 */
#define GDT_RESERVED_PAGE 14
#define SEL_HV_DATA 0xe018 /* SYSCALL loads SS with CS + 8 */
#define SEL_HV_CS 0xe010
#define SEL_HV_SYSCALL_SS 0xe018 /* what SYSCALL puts into SS; an interrupt's IRET checks it */
#define SEL_GUEST_CS32 0xe023
#define SEL_GUEST_DS 0xe02b
#define SEL_GUEST_CS64 0xe033
#define SEL_TSS 0xe040 /* 16 bytes */
#define SEL_LDT 0xe050 /* 16 bytes */

#endif
