/* SPDX-License-Identifier: MIT */
/* CPUID leaves by which a guest finds the hypervisor. PV kernels ask with XEN_CPUID (arch.h). */
#ifndef XEN_CPUID_H
#define XEN_CPUID_H

#define XEN_CPUID_FIRST_LEAF	0x40000000
#define XEN_CPUID_LEAF(i)	(XEN_CPUID_FIRST_LEAF + (i))
#define XEN_CPUID_MAX_NUM_LEAVES	5

/* Leaf 0: EAX the last leaf, and "XenVMMXenVMM". */
#define XEN_CPUID_SIGNATURE_EBX	0x566e6558
#define XEN_CPUID_SIGNATURE_ECX	0x65584d4d
#define XEN_CPUID_SIGNATURE_EDX	0x4d4d566e

/* Leaf 1: EAX major << 16 | minor. Leaf 2: EAX hypercall pages, EBX their MSR, ECX features. */
#define _XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	0
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	(1u << 0)

/* Leaf 3: the time-stamp counter. Leaf 4, EAX: what hardware-virtualised guests have. */
#define XEN_HVM_CPUID_APIC_ACCESS_VIRT	(1u << 0)
#define XEN_HVM_CPUID_X2APIC_VIRT	(1u << 1)
#define XEN_HVM_CPUID_IOMMU_MAPPINGS	(1u << 2)
#define XEN_HVM_CPUID_VCPU_ID_PRESENT	(1u << 3)	/* in EBX */
#define XEN_HVM_CPUID_DOMID_PRESENT	(1u << 4)	/* in ECX */
#define XEN_HVM_CPUID_EXT_DEST_ID	(1u << 5)
#define XEN_HVM_CPUID_UPCALL_VECTOR	(1u << 6)

/* Leaf 5, EBX: for PV guests. */
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK	(0xffu << 0)

#endif /* XEN_CPUID_H */
