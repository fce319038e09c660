/* SPDX-License-Identifier: MIT */
/*
 * Local APIC.
 * Source: Intel SDM, volume 3, chapter 11 (registers, ICR, x2APIC);
 * 8259A data sheet for masking the PICs.
 */
#include "arch/x86/lapic.h"

#include <asm/features.h>
#include <asm/insn.h>
#include <asm/percpu.h>
#include <asm/regs.h>

#include "arch/pagetable.h"
#include "arch/x86/acpi.h"
#include "lib/bug.h"
#include "lib/options.h"
#include "lib/printk.h"

enum lapic_reg {
	REG_ID = 0x20,
	REG_VERSION = 0x30,
	REG_TPR = 0x80,
	REG_EOI = 0xb0,
	REG_LDR = 0xd0,
	REG_DFR = 0xe0,
	REG_SPURIOUS = 0xf0,
	REG_ESR = 0x280,
	REG_ICR = 0x300,
	REG_ICR_HIGH = 0x310,
	REG_LVT_TIMER = 0x320,
	REG_LVT_THERMAL = 0x330,
	REG_LVT_PERF = 0x340,
	REG_LVT_LINT0 = 0x350,
	REG_LVT_LINT1 = 0x360,
	REG_LVT_ERROR = 0x370,
	REG_TIMER_INITIAL = 0x380,
	REG_TIMER_CURRENT = 0x390,
	REG_TIMER_DIVIDE = 0x3e0,
};

#define SPURIOUS_ENABLE 0x100
#define LVT_MASKED 0x10000
#define LVT_NMI 0x400
#define LVT_TSC_DEADLINE 0x40000
#define ICR_ASSERT 0x4000
#define ICR_BUSY 0x1000
#define ICR_LEVEL 0x8000
#define ICR_NMI 0x400
#define ICR_INIT 0x500
#define ICR_STARTUP 0x600
#define TIMER_DIVIDE_BY_16 3

#define PIC1_DATA 0x21
#define PIC2_DATA 0xa1
#define PIC1_COMMAND 0x20
#define PIC2_COMMAND 0xa0

static volatile uint8_t *lapic_regs __ro_after_init;
static bool x2apic __ro_after_init;
static bool use_deadline __ro_after_init;

static uint32_t reg_read(enum lapic_reg reg)
{
	return x2apic ? (uint32_t)rdmsr(MSR_X2APIC + reg / 16) : mmio_read32(lapic_regs + reg);
}

static void reg_write(enum lapic_reg reg, uint32_t v)
{
	if (x2apic) {
		wrmsr(MSR_X2APIC + reg / 16, v);
	} else {
		mmio_write32(lapic_regs + reg, v);
	}
}

uint32_t lapic_id(void)
{
	return x2apic ? reg_read(REG_ID) : reg_read(REG_ID) >> 24;
}

void lapic_eoi(void)
{
	reg_write(REG_EOI, 0);
}

/* The PICs are moved off the exception vectors and masked for good. */
static void mask_pics(void)
{
	outb(PIC1_COMMAND, 0x11);
	outb(PIC2_COMMAND, 0x11);
	outb(PIC1_DATA, 0x20);
	outb(PIC2_DATA, 0x28);
	outb(PIC1_DATA, 4);
	outb(PIC2_DATA, 2);
	outb(PIC1_DATA, 1);
	outb(PIC2_DATA, 1);
	outb(PIC1_DATA, 0xff);
	outb(PIC2_DATA, 0xff);
}

void __init lapic_init(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);
	maddr_t address = base & 0xffffff000UL;

	if (!(cpuid(1, 0).edx & (1U << 9))) {
		panic("lapic_init: the processor has no local APIC, or it is off in the firmware");
	}
	mask_pics();
	/* Firmware that turned x2APIC on may have reasons: leave it on. */
	x2apic = (base & APIC_BASE_X2) || (cpu_features.x2apic && options.x2apic);
	if (!x2apic) {
		lapic_regs = ioremap(address, PAGE_SIZE);
		if (!lapic_regs) {
			panic("lapic_init: cannot map the local APIC at %#lx", address);
		}
	}
	mmio_set_private(maddr_to_mfn(address), 1);
	log_info("Local APIC: %s", x2apic ? "x2APIC" : "xAPIC");
}

void lapic_init_cpu(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
	if (x2apic) {
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE | APIC_BASE_X2);
	} else {
		reg_write(REG_DFR, 0xffffffff); /* flat model; we address physically */
		reg_write(REG_LDR, 0);
	}
	reg_write(REG_TPR, 0);
	reg_write(REG_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	reg_write(REG_LVT_LINT0, LVT_MASKED);
	reg_write(REG_LVT_LINT1, smp_processor_id() ? LVT_MASKED : LVT_NMI);
	reg_write(REG_LVT_ERROR, VECTOR_ERROR);
	reg_write(REG_ESR, 0);
	reg_write(REG_TIMER_DIVIDE, TIMER_DIVIDE_BY_16);
	reg_write(REG_TIMER_INITIAL, 0);
	reg_write(REG_LVT_TIMER, VECTOR_TIMER | (use_deadline ? LVT_TSC_DEADLINE : 0));
	/* Anything left in service by firmware would block lower vectors. */
	for (unsigned int i = 0; i < 8; i++) {
		reg_write(REG_EOI, 0);
	}
}

void lapic_error_interrupt(void)
{
	uint32_t esr;

	reg_write(REG_ESR, 0);
	esr = reg_read(REG_ESR);
	log_warn("CPU %u: local APIC error %#x", smp_processor_id(), esr);
}

static void icr_write(uint32_t apic_id, uint32_t command)
{
	if (x2apic) {
		/* Not a serialising write: earlier stores must be seen first. */
		__asm__ volatile("mfence; lfence" ::: "memory");
		wrmsr(MSR_X2APIC + REG_ICR / 16, (uint64_t)apic_id << 32 | command);
		return;
	}
	while (reg_read(REG_ICR) & ICR_BUSY) {
		cpu_pause();
	}
	reg_write(REG_ICR_HIGH, apic_id << 24);
	reg_write(REG_ICR, command);
}

void lapic_send(uint32_t apic_id, uint8_t vector)
{
	icr_write(apic_id, ICR_ASSERT | vector);
}

void lapic_send_nmi(uint32_t apic_id)
{
	icr_write(apic_id, ICR_ASSERT | ICR_NMI);
}

void lapic_send_init(uint32_t apic_id)
{
	icr_write(apic_id, ICR_ASSERT | ICR_LEVEL | ICR_INIT);
}

void lapic_send_startup(uint32_t apic_id, uint8_t page)
{
	icr_write(apic_id, ICR_ASSERT | ICR_STARTUP | page);
}

void lapic_timer_start(uint32_t ticks)
{
	reg_write(REG_TIMER_INITIAL, ticks);
}

uint32_t lapic_timer_count(void)
{
	return reg_read(REG_TIMER_CURRENT);
}

void lapic_timer_use_deadline(void)
{
	use_deadline = true;
	reg_write(REG_LVT_TIMER, VECTOR_TIMER | LVT_TSC_DEADLINE);
	__asm__ volatile("mfence" ::: "memory");
}
