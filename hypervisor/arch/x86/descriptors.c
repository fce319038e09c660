/* SPDX-License-Identifier: MIT */
/*
 * IDT (one for all CPUs), GDT pages and TSS (per CPU), SYSCALL entry points.
 * The two reserved GDT pages of a CPU are mapped behind the 14 guest pages of
 * whichever vCPU runs on it, so that selectors at 0xe000 up always work.
 */
#include "arch/cpu.h"
#include "arch/pagetable.h"
#include "arch/x86/traps.h"
#include "core/domain.h"
#include "lib/bug.h"
#include "mm/page.h"
#include "mm/perdomain.h"

#include <asm/layout.h>
#include <asm/pvcpu.h>

#define DESC_PRESENT (1ULL << 47)
#define DESC_CODE64 0x00209a0000000000ULL
#define DESC_DATA 0x00cf92000000ffffULL
#define DESC_CODE64_USER 0x00affb000000ffffULL
#define DESC_CODE32_USER 0x00cffb000000ffffULL
#define DESC_DATA_USER 0x00cff3000000ffffULL
#define DESC_TYPE_LDT 0x2ULL
#define DESC_TYPE_TSS 0x9ULL

#define GDT_RESERVED_BYTES (2 * PAGE_SIZE)
#define GDT_SLOT(sel) (((sel)-0xe000) / 8)

/* Stack numbers of the exceptions that need one of their own. */
enum { IST_DF = 1, IST_NMI, IST_MC, IST_DB };

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7]; /* ist[0] is IST 1 */
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iomap;
} __packed;

struct idt_gate {
	uint16_t offset0;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset1;
	uint32_t offset2;
	uint32_t reserved;
};

#define GATE_INTERRUPT 0x8e
#define GATE_DPL3 0x60

/* (entry.S) */
extern const char exception_stubs[], syscall_stubs[], syscall32_stubs[], sysenter_entry[];
extern struct {
	uint64_t scratch;
	uint64_t stack;
} syscall_stack[MAX_CPUS];

static struct idt_gate idt[256] __aligned(4096);
static uint64_t boot_gdt[GDT_RESERVED_BYTES / 8] __aligned(4096);
/* Alone in its pages, since isolated guests' roots show them. */
static union {
	struct tss cpu[MAX_CPUS];
	uint8_t pages[2 * PAGE_SIZE];
} tss __aligned(4096);
_Static_assert(sizeof(tss) == 2 * PAGE_SIZE, "the TSSs fill two pages");
static uint64_t *gdt_pages[MAX_CPUS];
bool cpu_has_sysenter;

static void set_gate(unsigned int vector, unsigned int ist, unsigned int dpl_bits)
{
	uint64_t entry = (uint64_t)exception_stubs + 16UL * vector;

	idt[vector] = (struct idt_gate){
		.offset0 = (uint16_t)entry,
		.selector = SEL_HV_CS,
		.ist = (uint8_t)ist,
		.type = (uint8_t)(GATE_INTERRUPT | dpl_bits),
		.offset1 = (uint16_t)(entry >> 16),
		.offset2 = (uint32_t)(entry >> 32),
	};
}

void traps_init(void)
{
	static const struct {
		uint8_t vector, ist;
	} own_stack[] = {{1, IST_DB}, {2, IST_NMI}, {8, IST_DF}, {18, IST_MC}};
	unsigned int i;

	for (i = 0; i < 256; i++) {
		/* Guests reach int3, into and int 0x80 directly. */
		set_gate(i, 0, i == 3 || i == 4 || i == 0x80 ? GATE_DPL3 : 0);
	}
	for (i = 0; i < ARRAY_SIZE(own_stack); i++) {
		set_gate(own_stack[i].vector, own_stack[i].ist, 0);
	}
}

/* A 16-byte system descriptor. */
static void set_system_desc(uint64_t *slot, uint64_t base, uint64_t limit, uint64_t type)
{
	slot[1] = base >> 32;
	slot[0] = (limit & 0xffff) | ((base & 0xffffff) << 16) | (type << 40) | DESC_PRESENT |
		  ((limit & 0xf0000) << 32) | ((base & 0xff000000) << 32);
}

static void init_gdt(unsigned int cpu)
{
	uint64_t *g = cpu == 0 ? boot_gdt : frames_alloc(1);

	if (!g) {
		panic("cpu %u: no memory for its GDT", cpu);
	}
	g[GDT_SLOT(SEL_HV_DATA)] = DESC_DATA;
	g[GDT_SLOT(SEL_HV_SYSCALL_SS)] = DESC_DATA;
	g[GDT_SLOT(SEL_HV_CS)] = DESC_CODE64;
	g[GDT_SLOT(SEL_GUEST_CS32)] = DESC_CODE32_USER;
	g[GDT_SLOT(SEL_GUEST_DS)] = DESC_DATA_USER;
	g[GDT_SLOT(SEL_GUEST_CS64)] = DESC_CODE64_USER;
	set_system_desc(&g[GDT_SLOT(SEL_TSS)], (uint64_t)&tss.cpu[cpu], sizeof(struct tss) - 1,
			DESC_TYPE_TSS);
	gdt_pages[cpu] = g;
}

static void init_tss(unsigned int cpu)
{
	uint64_t block = (uint64_t)cpu_info() & ~(STACK_SIZE - 1);
	struct tss *t = &tss.cpu[cpu];
	unsigned int i;

	t->rsp[0] = (uint64_t)&cpu_info()->regs.es;
	for (i = 0; i < 4; i++) {
		t->ist[i] = block + (i + 1) * PAGE_SIZE;
	}
	t->iomap = sizeof(*t); /* no bitmap: every port access of ring 3 faults */
}

static void init_syscall(unsigned int cpu)
{
	syscall_stack[cpu].stack = (uint64_t)&cpu_info()->regs.es;
	wrmsr(MSR_STAR, ((uint64_t)SEL_GUEST_CS32 << 48) | ((uint64_t)SEL_HV_CS << 32));
	wrmsr(MSR_LSTAR, (uint64_t)syscall_stubs + 64UL * cpu);
	wrmsr(MSR_CSTAR, (uint64_t)syscall32_stubs + 64UL * cpu);
	wrmsr(MSR_SYSCALL_MASK,
	      FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_RF | FLAG_VM | FLAG_AC);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);

	cpu_has_sysenter = cpuid(1, 0).edx & (1U << 11);
	if (cpu_has_sysenter) {
		wrmsr(MSR_SYSENTER_CS, SEL_HV_CS);
		wrmsr(MSR_SYSENTER_ESP, (uint64_t)&cpu_info()->regs.es);
		wrmsr(MSR_SYSENTER_EIP, (uint64_t)sysenter_entry);
	}
}

void gdt_load_own(void)
{
	load_gdtr((uint64_t)gdt_pages[smp_processor_id()] - GDT_RESERVED_PAGE * PAGE_SIZE, 0xffff);
}

void gdt_load_vcpu(struct vcpu *v)
{
	uint64_t *g = gdt_pages[smp_processor_id()];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		mfn_t m = hvmap_lookup((uint64_t)g + i * PAGE_SIZE);

		perdomain_set_pte(v, GDT_RESERVED_PAGE + i,
				  mfn_to_maddr(m) | PTE_PRESENT | PTE_RW | PTE_ACCESSED |
					  PTE_DIRTY | PTE_NX);
	}
	load_gdtr(GDT_VIRT(v->id), 0xffff);
}

void ldt_load(uint64_t base, unsigned int entries)
{
	uint64_t *slot = &gdt_pages[smp_processor_id()][GDT_SLOT(SEL_LDT)];

	if (!entries) {
		load_ldtr(0);
		return;
	}
	set_system_desc(slot, base, entries * 8UL - 1, DESC_TYPE_LDT);
	load_ldtr(SEL_LDT);
}

/* Reloads CS by a far return, and the data selectors. */
static void reload_segments(void)
{
	__asm__ volatile("pushq %0\n\t"
			 "lea 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\n\t"
			 "mov %1, %%ss\n\t"
			 "xor %%eax, %%eax\n\t"
			 "mov %%eax, %%ds\n\t"
			 "mov %%eax, %%es\n\t"
			 "mov %%eax, %%fs\n\t"
			 "mov %%eax, %%gs"
			 :
			 : "i"(SEL_HV_CS), "r"((uint32_t)SEL_HV_DATA)
			 : "rax", "memory");
}

void traps_init_cpu(unsigned int cpu)
{
	init_gdt(cpu);
	init_tss(cpu);
	gdt_load_own();
	reload_segments();
	load_ldtr(0);
	load_tr(SEL_TSS);
	load_idtr((uint64_t)idt, sizeof(idt) - 1);
	init_syscall(cpu);
	write_dr7(0x400);
}

void descriptors_show(void (*show)(const void *start, const void *end, uint64_t prot))
{
	show(idt, idt + ARRAY_SIZE(idt), PTE_NX);
	show(&tss, &tss + 1, PTE_RW | PTE_NX);
	show(syscall_stack, syscall_stack + ARRAY_SIZE(syscall_stack), PTE_RW | PTE_NX);
}

uint64_t descriptors_stack_base(unsigned int cpu)
{
	return tss.cpu[cpu].ist[0] - PAGE_SIZE;
}
