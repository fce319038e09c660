/* SPDX-License-Identifier: MIT */
/* xen_version: who we are, as Xen 4.17's guests and tools ask it. */
#include "xen/version.h"

#include "arch/cpu.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "lib/guest_copy.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "lib/version.h"
#include "xen/arch.h"
#include "xen/mmu.h"

#define ABI_MAJOR 4
#define ABI_MINOR 17
#define ABI_EXTRA ".7"

extern const unsigned char __build_id_start[], __build_id_end[];
extern const char *hypervisor_cmdline;

static long copy_string(gptr_t arg, const char *text, size_t size)
{
	char buf[1024] = {0};

	strlcpy(buf, text, sizeof(buf));
	return copy_to_guest(arg, buf, size);
}

static long compile_info(gptr_t arg)
{
	struct xen_compile_info ci = {0};

	snprintf(ci.compiler, sizeof(ci.compiler), "gcc %s", argon_compiler);
	strlcpy(ci.compile_by, "argon", sizeof(ci.compile_by));
	strlcpy(ci.compile_domain, "", sizeof(ci.compile_domain));
	strlcpy(ci.compile_date, argon_version, sizeof(ci.compile_date));
	return copy_to_guest(arg, &ci, sizeof(ci));
}

static long get_features(gptr_t arg)
{
	const struct domain *d = current->domain;
	struct xen_feature_info fi;

	if (copy_from_guest(&fi, arg, sizeof(fi))) {
		return -EFAULT;
	}
	if (fi.submap_idx >= XENFEAT_NR_SUBMAPS) {
		return -EINVAL;
	}
	fi.submap = (1U << XENFEAT_mmu_pt_update_preserve_ad) | (1U << XENFEAT_highmem_assist) |
		    (1U << XENFEAT_gnttab_map_avail_bits) |
		    (1U << XENFEAT_memory_op_vnode_supported) | (1U << XENFEAT_direct_mapped);
	if (d->pv.vm_assist & (1UL << VMASST_TYPE_pae_extended_cr3)) {
		fi.submap |= 1U << XENFEAT_pae_pgdir_above_4gb;
	}
	if (d->is_privileged) {
		fi.submap |= 1U << XENFEAT_dom0;
	}
	return copy_to_guest(arg, &fi, sizeof(fi));
}

static long build_id(gptr_t arg)
{
	/* An ELF note: name and descriptor sizes, type, "GNU\0", then the id. */
	const unsigned char *id = __build_id_start + 16;
	size_t len = (size_t)(__build_id_end - __build_id_start);
	struct xen_build_id b;

	if (len <= 16) {
		return -ENODATA;
	}
	len -= 16;
	if (gptr_is_null(arg)) {
		return (long)len;
	}
	if (copy_from_guest(&b, arg, sizeof(b))) {
		return -EFAULT;
	}
	if (b.len == 0) {
		return -EINVAL;
	}
	if (b.len < len) {
		return -ENOBUFS;
	}
	return copy_to_guest(gptr_add(arg, sizeof(b)), id, len) ? -EFAULT : (long)len;
}

long do_xen_version(uint32_t cmd, gptr_t arg)
{
	switch (cmd) {
	case XENVER_version:
		return ABI_MAJOR << 16 | ABI_MINOR;
	case XENVER_extraversion:
		return copy_string(arg, ABI_EXTRA, XEN_EXTRAVERSION_LEN);
	case XENVER_compile_info:
		return compile_info(arg);
	case XENVER_capabilities:
		return copy_string(arg, "xen-3.0-x86_64 ", XEN_CAPABILITIES_INFO_LEN);
	case XENVER_changeset:
		return copy_string(arg, argon_version, XEN_CHANGESET_INFO_LEN);
	case XENVER_platform_parameters: {
		struct xen_platform_parameters p = {.virt_start = HYPERVISOR_VIRT_START};

		return copy_to_guest(arg, &p, sizeof(p));
	}
	case XENVER_get_features:
		return get_features(arg);
	case XENVER_pagesize:
		return gptr_is_null(arg) ? (long)PAGE_SIZE : -EINVAL;
	case XENVER_guest_handle:
		return copy_to_guest(arg, current->domain->handle, 16);
	case XENVER_commandline:
		if (!current->domain->is_privileged) {
			return copy_string(arg, "<denied>", sizeof(xen_commandline_t));
		}
		return copy_string(arg, hypervisor_cmdline, sizeof(xen_commandline_t));
	case XENVER_build_id:
		return build_id(arg);
	default:
		return -ENOSYS;
	}
}
