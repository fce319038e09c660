/* SPDX-License-Identifier: MIT */
/*
 * Where a host process keeps what the hypervisor has in its hole.  The guest's
 * view of the hole (slots, HOLE_START) is the real one.
 */
#ifndef ARGON_ASM_LAYOUT_H
#define ARGON_ASM_LAYOUT_H

#define HOLE_FIRST_SLOT 256
#define HOLE_LAST_SLOT 271
#define HOLE_START 0xffff800000000000
#define HOLE_END 0xffff880000000000

/* Free places of a process, also under the address sanitizer. */
#define M2P_VIRT 0x200000000000
#define FRAMETABLE_VIRT 0x210000000000
#define DIRECTMAP_VIRT 0x220000000000
#define DIRECTMAP_END 0x230000000000
#define PERDOMAIN_VIRT 0xffff808000000000 /* never dereferenced */
#define IMAGE_VIRT 0xffff820000000000

#define PERDOMAIN_VCPU_SHIFT 17
#define GDT_VIRT(vcpu) (PERDOMAIN_VIRT + ((unsigned long)(vcpu) << PERDOMAIN_VCPU_SHIFT))
#define LDT_VIRT(vcpu) (GDT_VIRT(vcpu) + 0x10000)

#define GDT_RESERVED_PAGE 14

#endif
