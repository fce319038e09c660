/* SPDX-License-Identifier: MIT */
/* Start-up, from the first C function to a running dom0. */
#include "boot/main.h"

#include <asm/directmap.h>
#include <asm/features.h>
#include <asm/insn.h>
#include <asm/percpu.h>

#include "arch/cpu.h"
#include "arch/isolation.h"
#include "arch/x86/acpi.h"
#include "arch/x86/address_space.h"
#include "arch/x86/efi_info.h"
#include "arch/x86/fpu.h"
#include "arch/x86/ioapic.h"
#include "arch/x86/irq_line.h"
#include "arch/x86/lapic.h"
#include "arch/x86/pci_config.h"
#include "arch/x86/smp.h"
#include "arch/x86/speculation.h"
#include "arch/x86/time.h"
#include "arch/x86/traps.h"
#include "arch/x86/uart.h"
#include "boot/cmdline.h"
#include "boot/dom0.h"
#include "boot/memory_map.h"
#include "boot/multiboot.h"
#include "core/cpupool.h"
#include "core/idle.h"
#include "core/sched.h"
#include "core/timer.h"
#include "lib/bug.h"
#include "lib/console_ring.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "lib/version.h"
#include "mm/init.h"
#include "mm/page.h"
#include "pv/cpuid.h"
#include "pv/pci_ports.h"

extern char __image_start[], __image_end[];

static char cmdline_kept[sizeof(boot_info.cmdline)];
const char *hypervisor_cmdline = cmdline_kept;

void __init start_multiboot(uint32_t magic, uint32_t info, uint32_t load)
{
	struct boot_info *bi = &boot_info;

	memset(cpu_info(), 0, sizeof(struct cpu_info));
	bi->image_start = load;
	bi->image_end = load + (uint64_t)(__image_end - __image_start);
	if (!multiboot_parse(bi, magic, info)) {
		panic("start_multiboot: neither multiboot 1 nor 2 (magic %#x)", magic);
	}
	start_hypervisor(bi);
}

static void __init console_start(const struct boot_info *bi)
{
	cmdline_parse(bi->cmdline);
	strlcpy(cmdline_kept, bi->cmdline, sizeof(cmdline_kept));
	uart_init(options.com1, options.console);
	log_info("Argon %s (gcc %s)", argon_version, argon_compiler);
	log_info("Loader: %s; command line: %s", bi->loader[0] ? bi->loader : "unknown",
		 bi->cmdline);
	cmdline_report();
}

static void __init memory_start(struct boot_info *bi)
{
	memory_map_normalise(bi);
	memory_map_print(bi);
	memory_map_find_free(bi, 1UL << 32);
	address_space_init(bi);
	boot_alloc_limit(~0UL);
	acpi_init(bi);
	dom0_unpack(bi);
	mm_init(bi);
}

static void __init console_ring_start_big(void)
{
	uint32_t size = options.conring_size;
	unsigned int order = 0;
	char *buffer;

	while ((PAGE_SIZE << order) < size && order < 12) {
		order++;
	}
	buffer = size > PAGE_SIZE ? frames_alloc(order) : NULL;
	if (buffer) {
		console_ring_grow(buffer, (uint32_t)(PAGE_SIZE << order));
	}
}

/* Ports that are Argon's: dom0 reads ones there and its writes are lost. */
static void __init keep_ports(void)
{
	uint16_t uart = uart_port();

	if (uart) {
		pv_io_deny(uart, (uint16_t)(uart + 7));
	}
	if (acpi_info.pm_timer_port) {
		pv_io_deny(acpi_info.pm_timer_port, (uint16_t)(acpi_info.pm_timer_port + 3));
	}
}

static void __init interrupts_start(void)
{
	lapic_init();
	lapic_init_cpu();
	topology_set(0, lapic_id());
	ioapic_init();
	irq_init();
	pci_init();
	time_init();
}

/* The rest runs on the boot CPU's final stack. */
static void __init __attribute__((noreturn)) start_on_own_stack(void)
{
	struct boot_info *bi = &boot_info;

	traps_init();
	traps_init_cpu(0);
	speculation_init_cpu();
	fpu_init_cpu();
	policy_init();
	console_ring_start_big();
	interrupts_start();
	efi_info_init(bi->efi_system_table);
	cpupool_init(options.sched, options.sched_ratelimit_us);
	timers_init_cpu(0);
	sched_init_cpu(0);
	cpu_online_map = cpumask_of(0);
	cpu_count = 1;
	uart_init_irq();
	keep_ports();
	smp_init(options.maxcpus);
	isolation_init();
	dom0_create(bi);
	address_space_seal();
	dom0_start();
	start_finish();
}

/* Leaves boot code for good: here nothing of it may be on the stack. */
void start_finish(void)
{
	address_space_free_init();
	idle_loop();
}

void __init start_hypervisor(struct boot_info *bi)
{
	uint64_t stack;

	console_start(bi);
	cpu_features_init();
	cpu_control_init();
	speculation_init();
	memory_start(bi);
	stack = smp_prepare_cpu(0) - sizeof(struct cpu_info);
	__asm__ volatile("mov %0, %%rsp; xor %%ebp, %%ebp; push $0; jmp *%1" ::"r"(stack),
			 "r"(start_on_own_stack)
			 : "memory");
	__builtin_unreachable();
}
