/* SPDX-License-Identifier: MIT */
/*
 * Reading the ACPI tables.  Firmware is not an attacker but is often wrong:
 * lengths are bounded by what was mapped, sums are checked.
 * Source: ACPI 6.4, chapters 5.2.5-5.2.12, 5.2.16, 5.2.17; PCI Firmware 3.0, 4.1.2 (MCFG);
 * IA-PC HPET 1.0a, 3.2.4.
 */
#include "arch/x86/acpi.h"

#include "arch/pagetable.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/boot_info.h"
#include "mm/node.h"

#define TABLE_MAX (1U << 20) /* no table we read is larger */

struct acpi_info acpi_info;

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	/* from revision 2 on: */
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum, reserved[3];
} __packed;
#define RSDP_V1_SIZE 20

struct table {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision, creator, creator_revision;
} __packed;

struct generic_address {
	uint8_t space, width, offset, access;
	uint64_t address;
} __packed;
#define SPACE_MEMORY 0
#define SPACE_IO 1

/* Offsets of the FADT fields we use. */
enum fadt_offset {
	FADT_FACS = 36,
	FADT_SCI = 46,
	FADT_PM1A_EVT = 56,
	FADT_PM1B_EVT = 60,
	FADT_PM1A_CNT = 64,
	FADT_PM1B_CNT = 68,
	FADT_PM_TMR = 76,
	FADT_PM1_EVT_LEN = 88,
	FADT_FLAGS = 112,
	FADT_RESET_REG = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_PM_TMR = 208,
};
#define FADT_FLAG_TMR_32 (1U << 8)
#define FADT_FLAG_RESET (1U << 10)

static bool __init sum_is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint8_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum = (uint8_t)(sum + b[i]);
	}
	return sum == 0;
}

/* Field at offset, 0 if the table is too short for it. */
static uint64_t __init field(const struct table *t, uint32_t offset, unsigned int size)
{
	uint64_t v = 0;

	if (t->length >= offset + size) {
		memcpy(&v, (const uint8_t *)t + offset, size);
	}
	return v;
}

static const struct table *__init table_map(maddr_t addr)
{
	const struct table *t = addr ? firmware_map(addr, sizeof(*t)) : NULL;
	char name[5] = "";
	uint32_t length;

	if (!t) {
		return NULL;
	}
	length = t->length;
	memcpy(name, t->signature, 4);
	if (length < sizeof(*t) || length > TABLE_MAX) {
		log_warn("ACPI: table %s at %#lx has impossible length %u, ignored", name, addr,
			 length);
		return NULL;
	}
	t = firmware_map(addr, length);
	if (t && !sum_is_zero(t, length)) {
		log_warn("ACPI: table %s at %#lx has a wrong checksum, ignored", name, addr);
		return NULL;
	}
	return t;
}

/* --- MADT -------------------------------------------------------------- */

static void __init add_cpu(uint32_t apic_id, uint32_t acpi_id, uint32_t flags)
{
	struct acpi_info *a = &acpi_info;

	if (!(flags & 1)) {
		return;
	}
	if (a->cpu_count == MAX_CPUS) {
		a->cpus_ignored++;
		return;
	}
	a->cpu_apic_id[a->cpu_count] = apic_id;
	a->cpu_acpi_id[a->cpu_count++] = acpi_id;
}

static void __init add_override(uint8_t irq, uint32_t gsi, uint16_t flags)
{
	struct acpi_info *a = &acpi_info;

	if (a->override_count < ACPI_MAX_OVERRIDES) {
		a->override[a->override_count++] = (struct acpi_override){
			.irq = irq,
			.gsi = gsi,
			/* Low two bits: polarity, next two: trigger; 0: as the bus, ISA. */
			.active_low = (flags & 3) == 3,
			.level = ((flags >> 2) & 3) == 3,
		};
	}
}

static uint32_t __init get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static uint64_t __init get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

enum madt_type {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_ADDRESS = 5,
	MADT_X2APIC = 9
};

/* Least length of each entry type we read. */
static const uint8_t madt_min[] __initconst = {
	[MADT_LAPIC] = 8,          [MADT_IOAPIC] = 12, [MADT_OVERRIDE] = 10,
	[MADT_LAPIC_ADDRESS] = 12, [MADT_X2APIC] = 16,
};

static void __init madt_entry(const uint8_t *e)
{
	struct acpi_info *a = &acpi_info;

	if (e[0] >= sizeof(madt_min) || !madt_min[e[0]] || e[1] < madt_min[e[0]]) {
		return;
	}
	switch (e[0]) {
	case MADT_LAPIC:
		add_cpu(e[3], e[2], get32(e + 4));
		break;
	case MADT_X2APIC:
		add_cpu(get32(e + 4), get32(e + 12), get32(e + 8));
		break;
	case MADT_IOAPIC:
		if (a->ioapic_count < ACPI_MAX_IOAPICS) {
			a->ioapic[a->ioapic_count++] =
				(struct acpi_ioapic){e[2], get32(e + 4), get32(e + 8)};
		}
		break;
	case MADT_OVERRIDE:
		add_override(e[3], get32(e + 4), (uint16_t)(e[8] | e[9] << 8));
		break;
	case MADT_LAPIC_ADDRESS:
		a->lapic_address = get64(e + 4);
		break;
	}
}

static void __init parse_madt(const struct table *t)
{
	const uint8_t *e = (const uint8_t *)t + 44, *end = (const uint8_t *)t + t->length;

	acpi_info.lapic_address = field(t, 36, 4);
	while (e + 2 <= end && e[1] >= 2 && e + e[1] <= end) {
		madt_entry(e);
		e += e[1];
	}
}

/* --- FADT, HPET, MCFG -------------------------------------------------- */

static void __init parse_fadt(const struct table *t)
{
	struct acpi_info *a = &acpi_info;
	struct generic_address g;
	uint32_t flags = (uint32_t)field(t, FADT_FLAGS, 4);

	a->sci = (uint16_t)field(t, FADT_SCI, 2);
	a->facs_address = field(t, FADT_FACS, 4);
	a->pm1a_event = (uint16_t)field(t, FADT_PM1A_EVT, 4);
	a->pm1b_event = (uint16_t)field(t, FADT_PM1B_EVT, 4);
	a->pm1a_control = (uint16_t)field(t, FADT_PM1A_CNT, 4);
	a->pm1b_control = (uint16_t)field(t, FADT_PM1B_CNT, 4);
	a->pm1_event_length = (uint8_t)field(t, FADT_PM1_EVT_LEN, 1);
	a->pm_timer_port = (uint16_t)field(t, FADT_PM_TMR, 4);
	a->pm_timer_32bit = flags & FADT_FLAG_TMR_32;
	if (t->length >= FADT_X_PM_TMR + sizeof(g)) {
		memcpy(&g, (const uint8_t *)t + FADT_X_PM_TMR, sizeof(g));
		if (g.space == SPACE_IO && g.address && g.address < 0x10000) {
			a->pm_timer_port = (uint16_t)g.address;
		}
	}
	if ((flags & FADT_FLAG_RESET) && t->length > FADT_RESET_VALUE) {
		memcpy(&g, (const uint8_t *)t + FADT_RESET_REG, sizeof(g));
		if (g.space == SPACE_MEMORY || (g.space == SPACE_IO && g.address < 0x10000)) {
			a->reset = (struct acpi_register){g.address, g.space == SPACE_MEMORY, 8};
			a->reset_value = (uint8_t)field(t, FADT_RESET_VALUE, 1);
		}
	}
}

static void __init parse_hpet(const struct table *t)
{
	struct generic_address g;

	if (t->length >= 40 + sizeof(g)) {
		memcpy(&g, (const uint8_t *)t + 40, sizeof(g));
		acpi_info.hpet_address = g.space == SPACE_MEMORY ? g.address : 0;
	}
}

static void __init parse_mcfg(const struct table *t)
{
	struct acpi_info *a = &acpi_info;

	for (uint32_t at = 44; at + 16 <= t->length && a->mcfg_count < ACPI_MAX_MCFG; at += 16) {
		const uint8_t *e = (const uint8_t *)t + at;

		a->mcfg[a->mcfg_count++] = (struct acpi_mcfg){
			.address = get64(e),
			.segment = (uint16_t)(e[8] | e[9] << 8),
			.first_bus = e[10],
			.last_bus = e[11],
		};
	}
}

/* --- SRAT, SLIT -------------------------------------------------------- */

/* Nodes are numbered as their proximity domains appear. */
static uint32_t node_domain[MAX_NODES] __initdata;
static unsigned int nodes_seen __initdata;
static struct {
	uint32_t apic_id;
	unsigned int node;
} cpu_nodes[MAX_CPUS] __initdata;
static unsigned int cpu_node_count __initdata;
static const struct table *slit __initdata;

enum srat_type { SRAT_LAPIC = 0, SRAT_MEMORY = 1, SRAT_X2APIC = 2 };
static const uint8_t srat_size[] __initconst = {
	[SRAT_LAPIC] = 16,
	[SRAT_MEMORY] = 40,
	[SRAT_X2APIC] = 24,
};
#define SRAT_ENABLED 1U

/* MAX_NODES: there are too many. */
static unsigned int __init node_of_domain(uint32_t domain)
{
	unsigned int n = 0;

	while (n < nodes_seen && node_domain[n] != domain) {
		n++;
	}
	if (n == nodes_seen && n < MAX_NODES) {
		node_domain[nodes_seen++] = domain;
	}
	return n;
}

static void __init srat_cpu(uint32_t apic_id, uint32_t domain, uint32_t flags)
{
	unsigned int n;

	if (!(flags & SRAT_ENABLED) || cpu_node_count == MAX_CPUS) {
		return;
	}
	n = node_of_domain(domain);
	if (n < MAX_NODES) {
		cpu_nodes[cpu_node_count].apic_id = apic_id;
		cpu_nodes[cpu_node_count++].node = n;
	}
}

static void __init srat_memory(uint64_t start, uint64_t bytes, uint32_t domain, uint32_t flags)
{
	uint64_t first = start >> PAGE_SHIFT, end = (start + bytes) >> PAGE_SHIFT;
	unsigned int n;

	if (!(flags & SRAT_ENABLED) || end <= first || node_range_count == MAX_NODE_RANGES) {
		return;
	}
	n = node_of_domain(domain);
	if (n < MAX_NODES) {
		node_ranges[node_range_count++] = (struct node_range){first, end, n};
	}
}

static void __init srat_entry(const uint8_t *e, unsigned int revision)
{
	uint32_t high = revision >= 2 ? get32(e + 8) & ~0xffU : 0;

	if (e[0] >= sizeof(srat_size) || e[1] < srat_size[e[0]]) {
		return;
	}
	switch (e[0]) {
	case SRAT_LAPIC:
		srat_cpu(e[3], e[2] | high, get32(e + 4));
		break;
	case SRAT_MEMORY:
		srat_memory(get64(e + 8), get64(e + 16), get32(e + 2), get32(e + 28));
		break;
	case SRAT_X2APIC:
		srat_cpu(get32(e + 8), get32(e + 4), get32(e + 12));
		break;
	}
}

static void __init parse_srat(const struct table *t)
{
	const uint8_t *e = (const uint8_t *)t + 48, *end = (const uint8_t *)t + t->length;

	while (e + 12 <= end && e[1] >= 12 && e + e[1] <= end) {
		srat_entry(e, t->revision);
		e += e[1];
	}
}

/* Read when the nodes are known. */
static void __init parse_slit(const struct table *t)
{
	slit = t;
}

/* The SLIT's rows and columns are proximity domains. */
static uint8_t __init distance(unsigned int from, unsigned int to)
{
	uint64_t count = slit ? field(slit, 36, 8) : 0, i = node_domain[from], j = node_domain[to];
	uint8_t d = 0;

	if (i < count && j < count && count <= TABLE_MAX) {
		d = (uint8_t)field(slit, (uint32_t)(44 + i * count + j), 1);
	}
	if (from == to) {
		return NODE_DISTANCE_LOCAL;
	}
	return d > NODE_DISTANCE_LOCAL ? d : NODE_DISTANCE_REMOTE;
}

static void __init nodes_finish(void)
{
	if (nodes_seen < 2 || !node_range_count) {
		return;
	}
	node_count = nodes_seen;
	for (unsigned int i = 0; i < node_count; i++) {
		for (unsigned int j = 0; j < node_count; j++) {
			node_distance[i][j] = distance(i, j);
		}
	}
	log_info("ACPI: %u NUMA nodes in %u ranges of memory", node_count, node_range_count);
}

unsigned int __init acpi_cpu_node(uint32_t apic_id)
{
	for (unsigned int i = 0; i < cpu_node_count && node_count > 1; i++) {
		if (cpu_nodes[i].apic_id == apic_id) {
			return cpu_nodes[i].node;
		}
	}
	return 0;
}

/* --- roots ------------------------------------------------------------- */

static const struct {
	char signature[5];
	void (*parse)(const struct table *t);
} parsers[] __initconst = {
	{"APIC", parse_madt}, {"FACP", parse_fadt}, {"HPET", parse_hpet},
	{"MCFG", parse_mcfg}, {"SRAT", parse_srat}, {"SLIT", parse_slit},
};

static void __init parse_table(maddr_t addr)
{
	const struct table *t = addr ? firmware_map(addr, sizeof(*t)) : NULL;

	for (unsigned int i = 0; t && i < ARRAY_SIZE(parsers); i++) {
		if (!memcmp(t->signature, parsers[i].signature, 4)) {
			t = table_map(addr);
			if (t) {
				parsers[i].parse(t);
			}
			return;
		}
	}
}

static void __init parse_root(const struct table *root, unsigned int entry_size)
{
	for (uint32_t at = sizeof(*root); at + entry_size <= root->length; at += entry_size) {
		parse_table(field(root, at, entry_size));
	}
}

static bool __init rsdp_is_good(const struct rsdp *r)
{
	return !memcmp(r->signature, "RSD PTR ", 8) && sum_is_zero(r, RSDP_V1_SIZE);
}

/* On 16-byte boundaries of the first KiB of the EBDA and of 0xe0000-0xfffff. */
static maddr_t __init rsdp_search(maddr_t start, uint64_t bytes)
{
	const uint8_t *area = firmware_map(start, bytes);

	for (uint64_t at = 0; area && at + sizeof(struct rsdp) <= bytes; at += 16) {
		if (rsdp_is_good((const struct rsdp *)(area + at))) {
			return start + at;
		}
	}
	return 0;
}

static maddr_t __init rsdp_find(void)
{
	const uint16_t *ebda_segment = firmware_map(0x40e, 2);
	maddr_t ebda = ebda_segment ? (maddr_t)*ebda_segment << 4 : 0, found = 0;

	if (ebda >= 0x80000 && ebda < 0xa0000) {
		found = rsdp_search(ebda, 1024);
	}
	return found ? found : rsdp_search(0xe0000, 0x20000);
}

void __init acpi_init(struct boot_info *bi)
{
	const struct table *root = NULL;
	const struct rsdp *r;
	unsigned int entry_size = 8;

	nodes_seen = cpu_node_count = node_range_count = 0;
	node_count = 1;
	slit = NULL;
	if (!bi->rsdp) {
		bi->rsdp = rsdp_find();
	}
	r = bi->rsdp ? firmware_map(bi->rsdp, sizeof(*r)) : NULL;
	if (!r || !rsdp_is_good(r)) {
		log_warn("ACPI: no tables found: one CPU, no power management");
		return;
	}
	if (r->revision >= 2 && r->length >= sizeof(*r) && r->xsdt) {
		root = table_map(r->xsdt);
	}
	if (!root) {
		root = table_map(r->rsdt);
		entry_size = 4;
	}
	if (!root) {
		log_warn("ACPI: no usable root table");
		return;
	}
	acpi_info.present = true;
	parse_root(root, entry_size);
	nodes_finish();
	log_info("ACPI: %u CPUs, %u IOAPICs, PM timer at port %#x, HPET at %#lx, %u PCI segments",
		 acpi_info.cpu_count, acpi_info.ioapic_count, acpi_info.pm_timer_port,
		 acpi_info.hpet_address, acpi_info.mcfg_count);
	if (acpi_info.cpus_ignored) {
		log_warn("ACPI: %u CPUs beyond the limit of %u stay off", acpi_info.cpus_ignored,
			 MAX_CPUS);
	}
}
