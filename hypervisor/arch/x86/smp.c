/* SPDX-License-Identifier: MIT */
/*
 * Starting and stopping processors.
 * Source: Intel SDM, volume 3, 9.4.4 (INIT, SIPI, SIPI); MultiProcessor
 * Specification 1.4, B.4.
 */
#include "arch/x86/smp.h"

#include <asm/directmap.h>
#include <asm/features.h>
#include <asm/insn.h>
#include <asm/percpu.h>

#include "arch/cpu.h"
#include "arch/pagetable.h"
#include "arch/x86/acpi.h"
#include "arch/x86/address_space.h"
#include "arch/x86/fpu.h"
#include "arch/x86/lapic.h"
#include "arch/x86/speculation.h"
#include "arch/x86/time.h"
#include "arch/x86/traps.h"
#include "core/idle.h"
#include "core/sched.h"
#include "core/timer.h"
#include "lib/bug.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/boot_info.h"

struct cpu_topology cpu_topology[MAX_CPUS];
unsigned int cpu_count;
bool smp_stopping;

static uint64_t stack_top[MAX_CPUS];

/* What a starting CPU has reached; the boot CPU follows it. */
enum start_step { START_WAITING, START_ALIVE, START_ONLINE };
static uint32_t start_step;

/* The trampoline's words; see trampoline.S. */
extern uint8_t trampoline_start[], trampoline_end[], trampoline_cr3[], trampoline_cr4[];
extern uint8_t trampoline_stack[], trampoline_entry[], trampoline_gdtr[], trampoline_far[];
extern uint8_t trampoline_long[], trampoline_gdt[];

/* Pages below 1 MiB: the code, and tables that show it where it lies. */
enum low_page { LOW_CODE, LOW_L4, LOW_L3, LOW_L2, LOW_PAGES };

#define TABLE_ENTRY 0x63UL
#define LARGE_ENTRY 0xe3UL
#define ALIVE_TIMEOUT_MS 200U

struct cpu_info *cpu_info_of(unsigned int cpu)
{
	return (struct cpu_info *)stack_top[cpu] - 1;
}

uint64_t smp_prepare_cpu(unsigned int cpu)
{
	struct cpu_info *ci;

	stack_top[cpu] = cpu_stack_create(cpu);
	ci = cpu_info_of(cpu);
	memset(ci, 0, sizeof(*ci));
	ci->cpu = cpu;
	ci->guard = STACK_GUARD;
	return stack_top[cpu];
}

/* First C code of a new CPU, on its own stack, on the low tables. */
static void __attribute__((noreturn)) start_here(void)
{
	unsigned int cpu = smp_processor_id();

	write_cr3(hv_root);
	cpu_control_init();
	traps_init_cpu(cpu);
	speculation_init_cpu();
	fpu_init_cpu();
	lapic_init_cpu();
	__atomic_store_n(&start_step, START_ALIVE, __ATOMIC_RELEASE);
	time_sync_new_cpu(cpu);
	timers_init_cpu(cpu);
	sched_init_cpu(cpu);
	cpumask_set_atomic(&cpu_online_map, cpu);
	__atomic_store_n(&start_step, START_ONLINE, __ATOMIC_RELEASE);
	idle_loop();
}

/* Four RAM pages below 1 MiB that no module lies in; 0: none. */
static maddr_t __init low_memory_find(const struct boot_info *bi)
{
	for (unsigned int i = 0; i < bi->map_count; i++) {
		const struct mem_range *r = &bi->map[i];
		maddr_t start = MIN(r->end, 0xa0000UL) - LOW_PAGES * PAGE_SIZE;

		if (r->type == MEM_RAM && r->end >= (LOW_PAGES + 1) * PAGE_SIZE &&
		    start >= r->start && start >= PAGE_SIZE) {
			return start;
		}
	}
	return 0;
}

static void *__init word(maddr_t low, const uint8_t *symbol)
{
	return maddr_to_virt(low + (uint64_t)(symbol - trampoline_start));
}

static void __init put32(maddr_t low, const uint8_t *symbol, uint64_t v)
{
	uint32_t narrow = (uint32_t)v;

	memcpy(word(low, symbol), &narrow, 4);
}

static void __init trampoline_install(maddr_t low)
{
	uint64_t *l4 = maddr_to_virt(low + LOW_L4 * PAGE_SIZE);
	uint64_t *l3 = maddr_to_virt(low + LOW_L3 * PAGE_SIZE);
	uint64_t *l2 = maddr_to_virt(low + LOW_L2 * PAGE_SIZE);
	void (*entry)(void) = start_here;

	memset(maddr_to_virt(low), 0, LOW_PAGES * PAGE_SIZE);
	memcpy(maddr_to_virt(low), trampoline_start, (size_t)(trampoline_end - trampoline_start));
	memcpy(l4, maddr_to_virt(hv_root), PAGE_SIZE);
	l4[0] = (low + LOW_L3 * PAGE_SIZE) | TABLE_ENTRY;
	l3[0] = (low + LOW_L2 * PAGE_SIZE) | TABLE_ENTRY;
	l2[0] = LARGE_ENTRY;
	put32(low, trampoline_cr3, low + LOW_L4 * PAGE_SIZE);
	put32(low, trampoline_cr4, hv_cr4);
	put32(low, trampoline_gdtr + 2, low + (uint64_t)(trampoline_gdt - trampoline_start));
	put32(low, trampoline_far, low + (uint64_t)(trampoline_long - trampoline_start));
	memcpy(word(low, trampoline_entry), &entry, 8);
}

static bool __init wait_for(enum start_step step, unsigned int ms)
{
	for (unsigned int i = 0; i < ms * 10; i++) {
		if (__atomic_load_n(&start_step, __ATOMIC_ACQUIRE) >= step) {
			return true;
		}
		delay_us(100);
	}
	return false;
}

static bool __init start_one(unsigned int cpu, maddr_t low)
{
	uint64_t stack = smp_prepare_cpu(cpu) - sizeof(struct cpu_info);
	uint32_t apic_id = cpu_topology[cpu].apic_id;

	memcpy(word(low, trampoline_stack), &stack, 8);
	__atomic_store_n(&start_step, START_WAITING, __ATOMIC_SEQ_CST);
	lapic_send_init(apic_id);
	delay_us(10000);
	for (unsigned int i = 0; i < 2; i++) {
		lapic_send_startup(apic_id, (uint8_t)(low >> PAGE_SHIFT));
		if (wait_for(START_ALIVE, i ? ALIVE_TIMEOUT_MS : 10)) {
			break;
		}
	}
	if (start_step < START_ALIVE) {
		log_warn("CPU %u (APIC id %u) does not start", cpu, apic_id);
		return false;
	}
	time_sync_boot_cpu();
	while (!wait_for(START_ONLINE, ALIVE_TIMEOUT_MS)) {
	}
	return true;
}

void __init smp_init(unsigned int max)
{
	uint32_t boot_id = lapic_id();
	maddr_t low = low_memory_find(&boot_info);

	if (acpi_info.cpu_count <= 1 || max == 1) {
		return;
	}
	if (!low) {
		log_warn("SMP: no memory below 1 MiB to start CPUs from: using one CPU");
		return;
	}
	trampoline_install(low);
	for (unsigned int i = 0; i < acpi_info.cpu_count; i++) {
		uint32_t apic_id = acpi_info.cpu_apic_id[i];

		if (apic_id == boot_id || (max && cpu_count >= max)) {
			continue;
		}
		topology_set(cpu_count, apic_id);
		if (start_one(cpu_count, low)) {
			cpu_count++;
		}
	}
	memset(maddr_to_virt(low), 0, LOW_PAGES * PAGE_SIZE);
	log_info("%u CPUs run", cpu_count);
}

/* --- topology ---------------------------------------------------------- */

/* Bits of the APIC id below a core and below a socket (CPUID leaf 0xb, or 1). */
static void topology_shifts(unsigned int *core_shift, unsigned int *socket_shift)
{
	*core_shift = *socket_shift = 0;
	if (cpuid(0, 0).eax >= 0xb && (cpuid(0xb, 0).ebx & 0xffff)) {
		*core_shift = cpuid(0xb, 0).eax & 31;
		*socket_shift = cpuid(0xb, 1).eax & 31;
	} else if (cpuid(1, 0).edx & (1U << 28)) {
		unsigned int threads = (cpuid(1, 0).ebx >> 16) & 0xff;

		while ((1U << *socket_shift) < threads) {
			(*socket_shift)++;
		}
	}
	*socket_shift = MAX(*socket_shift, *core_shift);
}

void __init topology_set(unsigned int cpu, uint32_t apic_id)
{
	unsigned int core_shift, socket_shift;

	topology_shifts(&core_shift, &socket_shift);
	cpu_topology[cpu] = (struct cpu_topology){
		.core = (apic_id & ((1U << socket_shift) - 1)) >> core_shift,
		.socket = apic_id >> socket_shift,
		.node = acpi_cpu_node(apic_id),
		.apic_id = apic_id,
	};
}

/* --- the end ----------------------------------------------------------- */

void smp_stop_others(void)
{
	unsigned int cpu, self = smp_processor_id();

	if (__atomic_exchange_n(&smp_stopping, true, __ATOMIC_SEQ_CST)) {
		return;
	}
	for_each_cpu_in(cpu, cpu_online_map & ~cpumask_of(self))
	{
		lapic_send_nmi(cpu_topology[cpu].apic_id);
	}
	delay_us(1000);
}
