/* SPDX-License-Identifier: MIT */
/* platform_op: dom0 sets the clock, asks about firmware, goes to sleep. */
#include "xen/platform.h"

#include "arch/cpu.h"
#include "arch/platform.h"
#include "arch/time.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "core/vcpu_time.h"
#include "lib/guest_copy.h"
#include "lib/printk.h"

static void refresh_wallclocks(void)
{
	struct domain *d;
	unsigned int from = 0;

	while ((d = domain_lookup_from((xen_domid_t)from)) != NULL) {
		from = d->id + 1U;
		if (!d->dying) {
			domain_wallclock_update(d);
		}
		domain_put(d);
	}
}

static long op_settime64(struct xen_platform_op *op)
{
	if (op->u.settime64.mbz || op->u.settime64.nsecs >= NSEC_PER_SEC) {
		return -EINVAL;
	}
	wallclock_set(op->u.settime64.secs, op->u.settime64.nsecs, op->u.settime64.system_time);
	refresh_wallclocks();
	return 0;
}

static long op_settime32(struct xen_platform_op *op)
{
	if (op->u.settime32.nsecs >= NSEC_PER_SEC) {
		return -EINVAL;
	}
	wallclock_set(op->u.settime32.secs, op->u.settime32.nsecs, op->u.settime32.system_time);
	refresh_wallclocks();
	return 0;
}

static long op_firmware_info(struct xen_platform_op *op)
{
	switch (op->u.firmware_info.type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
	case XEN_FW_VBEDDC_INFO:
		return -ESRCH;
	case XEN_FW_EFI_INFO:
		return platform_efi_info(&op->u.firmware_info);
	case XEN_FW_KBD_SHIFT_FLAGS:
		op->u.firmware_info.u.kbd_shift_flags = 0;
		return 0;
	default:
		return -EINVAL;
	}
}

static long op_enter_acpi_sleep(struct xen_platform_op *op)
{
	const struct xenpf_enter_acpi_sleep *s = &op->u.enter_acpi_sleep;

	if (s->flags & XENPF_ACPI_SLEEP_EXTENDED) {
		return -EOPNOTSUPP; /* hardware-reduced ACPI */
	}
	if (s->flags || s->sleep_state < 1 || s->sleep_state > 5) {
		return -EINVAL;
	}
	if (s->sleep_state != 5) {
		return -EOPNOTSUPP; /* suspend to RAM is not offered */
	}
	log_info("dom0 powers the machine off\n");
	return machine_power_off(s->val_a, s->val_b);
}

static long op_get_cpuinfo(struct xen_platform_op *op)
{
	struct xenpf_pcpuinfo *c = &op->u.pcpu_info;

	c->max_present = cpu_count - 1;
	if (c->xen_cpuid >= cpu_count) {
		c->flags = XEN_PCPU_FLAGS_INVALID;
		return 0;
	}
	c->flags = XEN_PCPU_FLAGS_ONLINE;
	c->apic_id = cpu_topology[c->xen_cpuid].apic_id;
	c->acpi_id = c->xen_cpuid;
	return 0;
}

static const struct {
	long (*fn)(struct xen_platform_op *op);
	bool out;
} platform_ops[] = {
	[XENPF_settime32] = {op_settime32, false},
	[XENPF_firmware_info] = {op_firmware_info, true},
	[XENPF_enter_acpi_sleep] = {op_enter_acpi_sleep, false},
	[XENPF_get_cpuinfo] = {op_get_cpuinfo, true},
	[XENPF_settime64] = {op_settime64, false},
};

long do_platform_op(gptr_t arg)
{
	struct xen_platform_op op;
	long rc;

	if (!current->domain->is_privileged) {
		return -EPERM;
	}
	if (copy_from_guest(&op, arg, sizeof(op))) {
		return -EFAULT;
	}
	if (op.interface_version != XENPF_INTERFACE_VERSION) {
		return -EACCES;
	}
	if (op.cmd >= ARRAY_SIZE(platform_ops) || !platform_ops[op.cmd].fn) {
		return -ENOSYS;
	}
	rc = platform_ops[op.cmd].fn(&op);
	if (!rc && platform_ops[op.cmd].out && copy_to_guest(arg, &op, sizeof(op))) {
		rc = -EFAULT;
	}
	return rc;
}
