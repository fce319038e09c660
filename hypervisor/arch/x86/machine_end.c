/* SPDX-License-Identifier: MIT */
/*
 * Restart, power-off, halt.
 * Sources: ACPI 6.4, 4.8.3.2 and 4.8.3.6; PIIX3 data sheet (port CF9);
 * 8042 data sheet (command FE).
 */
#include <asm/insn.h>
#include <asm/percpu.h>

#include "arch/cpu.h"
#include "arch/pagetable.h"
#include "arch/platform.h"
#include "arch/x86/acpi.h"
#include "arch/x86/interrupts.h"
#include "arch/x86/smp.h"
#include "arch/x86/time.h"
#include "lib/errno.h"
#include "lib/options.h"
#include "lib/printk.h"
#include "lib/string.h"

#define PM1_SLP_EN (1U << 13)
#define KBC_COMMAND 0x64
#define KBC_BUSY 0x02
#define RESET_CONTROL 0xcf9

void machine_halt_now(void)
{
	for (;;) {
		__asm__ volatile("cli; hlt" ::: "memory");
	}
}

void machine_halt(void)
{
	log_info("Halted");
	smp_stop_others();
	machine_halt_now();
}

static void reset_by_acpi(void)
{
	const struct acpi_register *r = &acpi_info.reset;

	if (!r->address) {
		return;
	}
	if (r->memory) {
		volatile uint8_t *p = ioremap(r->address, 1);

		if (p) {
			*p = acpi_info.reset_value;
		}
	} else {
		outb((uint16_t)r->address, acpi_info.reset_value);
	}
}

static void reset_by_chipset(void)
{
	outb(RESET_CONTROL, 0x02);
	delay_us(50);
	outb(RESET_CONTROL, 0x06);
}

static void reset_by_keyboard(void)
{
	for (unsigned int i = 0; i < 10000 && (inb(KBC_COMMAND) & KBC_BUSY); i++) {
		delay_us(2);
	}
	outb(KBC_COMMAND, 0xfe);
}

/* A fault that cannot be delivered: the processor shuts down. */
static void reset_by_triple_fault(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __packed none;

	__asm__ volatile("lidt %0; int3" ::"m"(none));
}

static const struct {
	const char *name; /* as reboot= calls it */
	void (*reset)(void);
} ways[] = {
	{"acpi", reset_by_acpi},
	{"pci", reset_by_chipset},
	{"kbd", reset_by_keyboard},
	{"triple", reset_by_triple_fault},
};

void machine_restart(void)
{
	smp_stop_others();
	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!strcmp(options.reboot, ways[i].name)) {
			ways[i].reset();
			delay_us(100000);
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
		ways[i].reset();
		delay_us(100000);
	}
	machine_halt_now();
}

int machine_power_off(uint16_t pm1a, uint16_t pm1b)
{
	if (!acpi_info.pm1a_control) {
		return -ENODEV;
	}
	log_info("Powering off");
	smp_stop_others();
	wbinvd();
	outw(acpi_info.pm1a_control, (uint16_t)(pm1a & ~PM1_SLP_EN));
	if (acpi_info.pm1b_control) {
		outw(acpi_info.pm1b_control, (uint16_t)(pm1b & ~PM1_SLP_EN));
	}
	outw(acpi_info.pm1a_control, (uint16_t)(pm1a | PM1_SLP_EN));
	if (acpi_info.pm1b_control) {
		outw(acpi_info.pm1b_control, (uint16_t)(pm1b | PM1_SLP_EN));
	}
	delay_us(1000000);
	log_err("ACPI power-off had no effect (PM1a %#x, PM1b %#x)", pm1a, pm1b);
	machine_halt_now();
}

unsigned int nmi_count;

void nmi_handle(const struct cpu_user_regs *regs)
{
	(void)regs;
	if (smp_stopping) {
		machine_halt_now();
	}
	/* Whatever was interrupted may hold the console's lock: only count. */
	__atomic_fetch_add(&nmi_count, 1, __ATOMIC_RELAXED);
}

void cpu_irq_window(void)
{
	__asm__ volatile("sti; nop; cli" ::: "memory");
}
