/* SPDX-License-Identifier: MIT */
/* Start-up, from the first C function to a running dom0. */
#include "boot/main.h"

#include <asm/directmap.h>
#include <asm/features.h>
#include <asm/insn.h>
#include <asm/percpu.h>

#include "arch/x86/acpi.h"
#include "arch/x86/address_space.h"
#include "arch/x86/uart.h"
#include "boot/cmdline.h"
#include "boot/memory_map.h"
#include "boot/multiboot.h"
#include "boot/version.h"
#include "lib/bug.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/init.h"

extern char __image_start[], __image_end[];

void __init start_multiboot(uint32_t magic, uint32_t info, uint32_t load)
{
	struct boot_info *bi = &boot_info;

	memset(cpu_info(), 0, sizeof(struct cpu_info));
	if (!multiboot_parse(bi, magic, info)) {
		panic("start_multiboot: neither multiboot 1 nor 2 (magic %#x)", magic);
	}
	bi->image_start = load;
	bi->image_end = load + (uint64_t)(__image_end - __image_start);
	start_hypervisor(bi);
}

void __init start_hypervisor(struct boot_info *bi)
{
	cmdline_parse(bi->cmdline);
	uart_init(options.com1, options.console);
	log_info("Argon %s (gcc %s)", argon_version, argon_compiler);
	log_info("Loader: %s; command line: %s", bi->loader[0] ? bi->loader : "unknown",
		 bi->cmdline);
	cmdline_report();
	cpu_features_init();
	cpu_control_init();
	memory_map_normalise(bi);
	memory_map_print(bi);
	memory_map_find_free(bi, 1UL << 32);
	address_space_init(bi);
	boot_alloc_limit(~0UL);
	acpi_init(bi);
	panic("start_hypervisor: stop");
}
