/* SPDX-License-Identifier: MIT */
/*
 * Claim: the hypercall table answers as Xen 4.17's does: xen_version in full, unknown numbers and
 * sub-operations, pointers that can't be used, multicalls, both ways in.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xen/event.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include "claim.h"
#include "hypercall.h"
#include "pagetable.h"
#include "runtime.h"
#include "traps.h"

const char test_title[] = "hypercalls: table, versions, bad numbers, bad pointers, multicall";

extern char hypercall_page[];

static char buffer[4096] __attribute__((aligned(4096)));

static long version(unsigned int cmd, const void *arg)
{
	return hypercall2(__HYPERVISOR_xen_version, cmd, ptr_arg(arg));
}

static void check_versions(void)
{
	struct xen_feature_info features = {.submap_idx = 0};
	struct xen_platform_parameters platform = {0};
	struct xen_build_id *id = (struct xen_build_id *)buffer;
	long rc;

	CHECK_EQ(version(XENVER_version, NULL), 0x40011);
	CHECK_EQ(version(XENVER_pagesize, NULL), 4096);
	CHECK_EQ(version(XENVER_extraversion, buffer), 0);
	CHECK_EQ(version(XENVER_compile_info, buffer), 0);
	CHECK_EQ(version(XENVER_capabilities, buffer), 0);
	CHECK(strstr(buffer, "xen-3.0-x86_64 ") != NULL);
	CHECK_EQ(version(XENVER_changeset, buffer), 0);
	CHECK_EQ(version(XENVER_commandline, buffer), 0);
	CHECK_EQ(version(XENVER_guest_handle, buffer), 0);
	CHECK_EQ(version(XENVER_platform_parameters, &platform), 0);
	CHECK_EQ(platform.virt_start, HYPERVISOR_VIRT_START);
	CHECK_EQ(version(XENVER_get_features, &features), 0);
	CHECK(features.submap & (1U << XENFEAT_mmu_pt_update_preserve_ad));
	CHECK(features.submap & (1U << XENFEAT_gnttab_map_avail_bits));
	CHECK_EQ(!!(features.submap & (1U << XENFEAT_dom0)), runtime_is_dom0());
	CHECK_EQ(!!(features.submap & (1U << XENFEAT_writable_page_tables)), 0);
	CHECK_EQ(!!(features.submap & (1U << XENFEAT_auto_translated_physmap)), 0);
	features.submap_idx = XENFEAT_NR_SUBMAPS;
	CHECK_EQ(version(XENVER_get_features, &features), -EINVAL);
	CHECK_EQ(version(11, buffer), -ENOSYS);
	CHECK_EQ(version(~0U, buffer), -ENOSYS);
	rc = version(XENVER_build_id, NULL);
	if (rc > 0) {
		id->len = (uint32_t)rc;
		CHECK_EQ(version(XENVER_build_id, id), rc);
		id->len = (uint32_t)rc - 1;
		CHECK_EQ(version(XENVER_build_id, id), -ENOBUFS);
	} else {
		CHECK(rc == -ENODATA || (!runtime_is_dom0() && rc == -EPERM));
	}
}

static void check_unknown_numbers(void)
{
	static const uint16_t absent[] = {
		11, 27, 38, 43, 44, 45, 46, 47, 50, 51, 55, 56, 63, 64, 127, 128, 0x7fff,
	};

	for (unsigned int i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		long rc = hypercall5(absent[i], 0, 0, 0, 0, 0);

		if (rc != -ENOSYS) {
			FAIL("hypercall %u gives %ld, want %d", absent[i], rc, -ENOSYS);
		}
	}
	CHECK_EQ(hypercall1(0xffffffffUL, 0), -ENOSYS);
	CHECK_EQ(hypercall1(0x80000000UL, 0), -ENOSYS);
}

static void check_unknown_operations(void)
{
	CHECK_EQ(hypercall2(__HYPERVISOR_sched_op, 99, ptr_arg(buffer)), -ENOSYS);
	CHECK_EQ(hypercall2(__HYPERVISOR_memory_op, 63, ptr_arg(buffer)), -ENOSYS);
	CHECK_EQ(hypercall2(__HYPERVISOR_event_channel_op, 99, ptr_arg(buffer)), -ENOSYS);
	CHECK_EQ(hypercall2(__HYPERVISOR_physdev_op, 99, ptr_arg(buffer)), -ENOSYS);
	CHECK_EQ(hypercall3(__HYPERVISOR_vcpu_op, 99, 0, ptr_arg(buffer)), -ENOSYS);
	CHECK(hypercall3(__HYPERVISOR_console_io, 99, 1, ptr_arg(buffer)) < 0);
	CHECK_EQ(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 0, 0), 1);
	CHECK_EQ(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 8191, 0), -ENOENT);
	CHECK_EQ(hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_is_up, ~0UL, 0), -ENOENT);
}

/* Every one of these must cost an error, never the hypervisor. */
static void check_pointers(void)
{
	static const uint64_t bad[] = {
		0,
		8,
		4088,
		0x00007fffffffffffUL,
		0x0000800000000000UL,
		0x8000000000000000UL,
		0xffff7fffffffffffUL,
		HYPERVISOR_VIRT_START + 0x4000000000UL,
		0xffff82d040200000UL,
		HYPERVISOR_VIRT_END - 8,
		0xffff880000000000UL,
		0xfffffffffffff000UL,
		~0UL,
		~7UL,
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t p = bad[i];
		long rc[8];

		rc[0] = hypercall2(__HYPERVISOR_xen_version, XENVER_compile_info, p);
		rc[1] = hypercall2(__HYPERVISOR_xen_version, XENVER_get_features, p);
		rc[2] = hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, p);
		rc[3] = hypercall2(__HYPERVISOR_memory_op, XENMEM_machphys_mapping, p);
		rc[4] = hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, p);
		rc[5] = hypercall2(__HYPERVISOR_multicall, p, 1);
		rc[6] = hypercall4(__HYPERVISOR_mmu_update, p, 1, 0, DOMID_SELF);
		rc[7] = p == 0 ? -EFAULT : hypercall1(__HYPERVISOR_set_trap_table, p);
		for (unsigned int j = 0; j < 8; j++) {
			if (rc[j] != -EFAULT) {
				FAIL("pointer %lx, case %u: %ld, want %d", p, j, rc[j], -EFAULT);
			}
		}
	}
	/* the M2P may be read by its owner, but is no place to write an answer to */
	CHECK_EQ(version(XENVER_compile_info, (void *)MACH2PHYS_VIRT_START), -EFAULT);
}

/* A structure across two pages of which only the first is mapped. */
static void check_straddle(void)
{
	static char pair[2][4096] __attribute__((aligned(4096)));
	uint64_t mfn = va_to_mfn(pair[1]);

	memset(pair, 0, sizeof(pair));
	CHECK_EQ(pt_remap(pair[1], 0), 0);
	CHECK_EQ(version(XENVER_compile_info, pair[0] + 4000), -EFAULT);
	CHECK_EQ(pt_remap(pair[1], mfn << 12 | PTE_KERNEL), 0);
	CHECK_EQ(version(XENVER_compile_info, pair[0] + 4000), 0);
	/* an answer into a read-only page */
	pt_make_readonly(pair[0]);
	CHECK_EQ(version(XENVER_compile_info, pair[0]), -EFAULT);
	pt_make_writable(pair[0]);
}

static void check_multicall(void)
{
	struct multicall_entry list[4];

	memset(list, 0xff, sizeof(list));
	list[0] = (struct multicall_entry){
		.op = __HYPERVISOR_xen_version,
		.args = {XENVER_version},
		.result = 77,
	};
	list[1] = (struct multicall_entry){.op = 11, .result = 77};
	list[2] = (struct multicall_entry){
		.op = __HYPERVISOR_xen_version,
		.args = {XENVER_pagesize},
		.result = 77,
	};
	CHECK_EQ(hypercall2(__HYPERVISOR_multicall, ptr_arg(list), 3), 0);
	CHECK_EQ(list[0].result, 0x40011);
	CHECK_EQ(list[1].result, -ENOSYS);
	CHECK_EQ(list[2].result, 4096);
	CHECK_EQ(list[3].result, ~0UL);
	CHECK_EQ(hypercall2(__HYPERVISOR_multicall, ptr_arg(list), 0), 0);
	/* no multicall inside a multicall */
	list[0] = (struct multicall_entry){
		.op = __HYPERVISOR_multicall,
		.args = {ptr_arg(&list[1]), 1},
	};
	CHECK_EQ(hypercall2(__HYPERVISOR_multicall, ptr_arg(list), 1), 0);
	CHECK_EQ(list[0].result, -EINVAL);
}

/* All registers but RAX, RCX and R11 survive; the hypercall page's stubs keep RCX and R11 too. */
static void check_registers(void)
{
	uint64_t rax = __HYPERVISOR_xen_version, rbx = 1, rdi = XENVER_version, rsi = 2, rdx = 55;
	uint64_t after[7];
	register uint64_t r8 __asm__("r8") = 8;
	register uint64_t r9 __asm__("r9") = 9;
	register uint64_t r10 __asm__("r10") = 10;
	register uint64_t r12 __asm__("r12") = 12;
	register uint64_t r13 __asm__("r13") = 13;
	register uint64_t r14 __asm__("r14") = 14;
	register uint64_t r15 __asm__("r15") = 15;

	__asm__ volatile("syscall"
			 : "+a"(rax), "+b"(rbx), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r8),
			   "+r"(r9), "+r"(r10), "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15)
			 :
			 : "rcx", "r11", "memory");
	after[0] = r8;
	after[1] = r9;
	after[2] = r10;
	after[3] = r12;
	after[4] = r13;
	after[5] = r14;
	after[6] = r15;
	CHECK_EQ(rax, 0x40011);
	CHECK_EQ(rbx, 1);
	CHECK_EQ(rdi, XENVER_version);
	CHECK_EQ(rsi, 2);
	CHECK_EQ(rdx, 55);
	CHECK_EQ(after[0], 8);
	CHECK_EQ(after[1], 9);
	CHECK_EQ(after[2], 10);
	CHECK_EQ(after[3], 12);
	CHECK_EQ(after[4], 13);
	CHECK_EQ(after[5], 14);
	CHECK_EQ(after[6], 15);
}

static void check_hypercall_page(void)
{
	uint64_t rax, rcx = 0x1111, rdi = XENVER_version, rsi = 0;
	register uint64_t r11 __asm__("r11") = 0x2222;

	__asm__ volatile("call *%[stub]"
			 : "=a"(rax), "+c"(rcx), "+r"(r11), "+D"(rdi), "+S"(rsi)
			 : [stub] "r"(hypercall_page +
				      __HYPERVISOR_xen_version * XEN_HYPERCALL_SLOT_SIZE)
			 : "memory");
	CHECK_EQ(rax, 0x40011);
	CHECK_EQ(rcx, 0x1111);
	CHECK_EQ(r11, 0x2222);
}

void test_main(void)
{
	check_versions();
	check_unknown_numbers();
	check_unknown_operations();
	check_registers();
	check_hypercall_page();
	check_multicall();
	check_straddle();
	check_pointers();
	CHECK_EQ(hypercall1(__HYPERVISOR_set_trap_table, 0), 0);
}
