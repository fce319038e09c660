/* SPDX-License-Identifier: MIT */
/* The world of the hypercall fuzzer (see the header). */
#include "hv_world.h"

#include <asm/directmap.h>

#include "arch/context.h"
#include "core/grant.h"
#include "core/sched.h"
#include "core/timer.h"
#include "mm/buddy.h"
#include "mm/init.h"
#include "mm/oracle.h"
#include "mm/page.h"
#include "pv/mmu.h"

#define RAM_END (12UL << 20)
#define ENTRY_RW (PTE_PRESENT | PTE_RW | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define ENTRY_RO (PTE_PRESENT | PTE_USER | PTE_ACCESSED)

uint64_t pool[DOMAINS][POOL];
struct vcpu *hv_wanted[CPUS];
unsigned int hv_alloc_fails;
jmp_buf hv_machine_ends;

static uint64_t pool_at_start[DOMAINS][POOL];
static uint8_t arenas[DOMAINS][VCPUS][ARENA] __attribute__((aligned(PAGE_SIZE)));
static struct actor actors[DOMAINS][VCPUS];
static struct actor *acting; /* whose call runs */
static unsigned int window_left, waits;
static uint64_t free_empty; /* frames before there was a domain */
static bool in_oracle;
static bool traced; /* HV_TRACE is set: calls are shown */

static __attribute__((noreturn)) void fail(const char *when, const char *what)
{
	fprintf(stderr, "%s: %s\n", when, what);
	abort();
}

/* --- memory that can fail; the oracle's is not the machine's ------------ */

struct page_info *__real_buddy_alloc(unsigned int order, unsigned int bits, uint64_t claim,
				     bool zeroed);
struct page_info *__wrap_buddy_alloc(unsigned int order, unsigned int bits, uint64_t claim,
				     bool zeroed);
void *__real_hv_alloc(size_t bytes);
void *__wrap_hv_alloc(size_t bytes);
void __real_hv_free(void *p);
void __wrap_hv_free(void *p);

struct page_info *__wrap_buddy_alloc(unsigned int order, unsigned int bits, uint64_t claim,
				     bool zeroed)
{
	if (hv_alloc_fails && --hv_alloc_fails == 0) {
		return NULL;
	}
	return __real_buddy_alloc(order, bits, claim, zeroed);
}

void *__wrap_hv_alloc(size_t bytes)
{
	static uint64_t scratch[RAM_END >> PAGE_SHIFT];

	if (!in_oracle) {
		return __real_hv_alloc(bytes);
	}
	if (bytes > sizeof(scratch)) {
		return NULL;
	}
	memset(scratch, 0, bytes);
	return scratch;
}

void __wrap_hv_free(void *p)
{
	if (!in_oracle) {
		__real_hv_free(p);
	}
}

/* --- the machine's course ----------------------------------------------- */

void hv_cpu(unsigned int cpu)
{
	fake_cpu = cpu;
}

static void work(unsigned int cpu)
{
	unsigned int self = fake_cpu;

	hv_cpu(cpu);
	while (cpu_work_pending()) {
		uint32_t bits = cpu_work_take();

		if (bits & WORK_TIMER) {
			timer_softirq();
		}
		if (bits & WORK_SCHEDULE) {
			sched_softirq();
		}
	}
	hv_cpu(self);
}

void hv_settle(void)
{
	bool any = true;

	for (unsigned int turns = 0; any; turns++) {
		if (turns == 1000) {
			fail("settle", "CPUs keep waking each other");
		}
		any = false;
		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			any |= fake_cpus[cpu].work != 0;
			work(cpu);
		}
	}
}

/* Something may be there to be done: what the input wants so. */
static void on_window(void)
{
	if (window_left && --window_left == 0) {
		cpu_work_add(WORK_EVENT);
		fake_tlb_fill();
	}
}

static void on_wait(void)
{
	if (++waits > 10000) {
		fail("wait", "for ever");
	}
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		if (cpu != fake_cpu) {
			work(cpu);
		}
	}
}

static void on_end(void)
{
	longjmp(hv_machine_ends, 1);
}

void arch_hypercall_rewind(unsigned int number, unsigned int nargs, const uint64_t *args)
{
	acting->pending = true;
	acting->call.number = number;
	memcpy(acting->call.arg, args, nargs * sizeof(*args));
}

struct actor *hv_actor(const struct vcpu *v)
{
	return v->domain->id < DOMAINS && v->id < VCPUS ? &actors[v->domain->id][v->id] : NULL;
}

void *hv_arena(struct actor *a, size_t bytes)
{
	void *p;

	bytes = ROUND_UP(bytes, 8);
	if (a->used + bytes > ARENA) {
		a->used = 0;
	}
	p = a->arena + a->used;
	a->used += bytes;
	memset(p, 0, bytes);
	return p;
}

static void call_is_over(struct call *c)
{
	unsigned int n = 0;

	for (unsigned int i = 0; c->list && i < c->count; i++) {
		for (unsigned int k = 0; c->list[i] && k < 1U << c->order && n < POOL; k++, n++) {
			pool[c->dom][(c->at + n) % POOL] = c->list[i] + k;
		}
	}
}

void hv_call(struct actor *a, unsigned int preempt_at)
{
	struct call *c = &a->call;
	uint64_t arg[6];
	long rc;

	memcpy(arg, c->arg, sizeof(arg));
	window_left = preempt_at;
	waits = 0;
	acting = a;
	a->pending = false;
	if (traced) {
		unsigned int p = arg[0] < fake_guest_start || arg[0] >= fake_guest_end;
		const uint64_t *w = (const uint64_t *)arg[p + (arg[p] <= 3)];

		fprintf(stderr, "cpu%u d%uv%u %s(%lx, %lx, %lx, %lx)", fake_cpu, a->dom, a->vcpu,
			hypercall_names[c->number], arg[0], arg[1], arg[2], arg[3]);
		for (unsigned int i = 0;
		     i < 9 && (uint64_t)w >= fake_guest_start && (uint64_t)(w + 9) < fake_guest_end;
		     i++) {
			fprintf(stderr, " %lx", w[i]);
		}
	}
	rc = hypercall_table[c->number](arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	if (traced) {
		fprintf(stderr, a->pending ? " goes on\n" : " = %ld\n", rc);
	}
	acting = NULL;
	window_left = 0;
	hv_alloc_fails = 0;
	if (!a->pending) {
		call_is_over(c);
	}
}

/* --- checks -------------------------------------------------------------- */

static unsigned int oracle(void)
{
	unsigned int rc;

	in_oracle = true;
	rc = type_oracle_check();
	in_oracle = false;
	return rc;
}

/* A domain that comes later under the same number begins anew. */
static void forget_ended(void)
{
	for (unsigned int i = 0; i < DOMAINS * VCPUS; i++) {
		if (!domain_by_id((xen_domid_t)(i / VCPUS))) {
			actors[i / VCPUS][i % VCPUS].pending = false;
		}
	}
}

void hv_check(const char *when)
{
	const char *harm;

	forget_ended();
	fake_tlb_fill();
	harm = fake_tlb_harm();
	if (harm) {
		fail(when, harm);
	}
	if (oracle()) {
		fake_log_shown = true;
		oracle();
		fail(when, "the oracle differs");
	}
}

/* Calls that wait to be continued are, as long as their vCPUs can run at all. */
static void end_calls(void)
{
	for (unsigned int i = 0; i < DOMAINS * VCPUS; i++) {
		struct actor *a = &actors[i / VCPUS][i % VCPUS];
		const struct domain *d = domain_by_id((xen_domid_t)a->dom);
		struct vcpu *v = d ? domain_vcpu(d, a->vcpu) : NULL;

		for (unsigned int tries = 0; a->pending && v && vcpu_is_runnable(v); tries++) {
			unsigned int cpu = v->is_running ? v->cpu : bit_first(v->hard_affinity);

			if (tries == 1000) {
				fail("end", "a hypercall is continued for ever");
			}
			hv_wanted[cpu] = v;
			cpu_raise(cpu, WORK_SCHEDULE);
			hv_settle();
			hv_cpu(cpu);
			if (current != v) {
				break;
			}
			hv_call(a, 0);
			hv_settle();
			v = domain_by_id((xen_domid_t)a->dom) == d ? v : NULL;
		}
	}
}

static void end_domain(struct domain *d)
{
	if (d->dying == DOMAIN_DEAD) {
		return; /* mapped by others still */
	}
	domain_get(d);
	domain_pause_nosync(d);
	hv_settle();
	while (domain_kill(d) == -ERESTART) {
	}
	domain_put(d);
}

void hv_world_end(void)
{
	struct domain *d;

	end_calls();
	hv_check("the end");
	domain_pause_nosync(dom0);
	hv_settle();
	hv_cpu(0);
	for (unsigned int from = 1; (d = domain_lookup_from((xen_domid_t)from)) != NULL;) {
		from = d->id + 1U;
		end_domain(d);
		domain_put(d);
	}
	end_domain(dom0);
	d = domain_lookup_from(0);
	if (d) {
		fprintf(stderr, "d%u is left: %u references, %lu frames, %lu shared\n", d->id,
			d->refs, (unsigned long)d->tot_pages, (unsigned long)d->shared_pages);
		fail("end", "a domain does not go");
	}
	if (frames_free_count() != free_empty || frames_claimed_count()) {
		fprintf(stderr, "%lu frames free, %lu before, %lu claimed\n",
			(unsigned long)frames_free_count(), (unsigned long)free_empty,
			(unsigned long)frames_claimed_count());
		fail("end", "frames are lost");
	}
}

/* --- the start ----------------------------------------------------------- */

static void map_entry(struct domain *d, unsigned int table, unsigned int slot, unsigned int frame,
		      uint64_t flags)
{
	pte_t *t = mfn_to_virt(mfn(pool[d->id][table]));

	t[slot] = pool[d->id][frame] << PAGE_SHIFT | flags;
}

/* Pool: 0 to 3 tables of level 4 to 1, 4 a second L1, 8 to 15 mapped, 16 to 23 granted. */
static void guest_memory(struct domain *d)
{
	d->max_pages = 2 * POOL;
	for (unsigned int i = 0; i < POOL; i++) {
		pool[d->id][i] = page_to_mfn(domain_page_alloc(d, 0, 0)).v;
	}
	map_entry(d, 0, 0, 1, ENTRY_RW);
	map_entry(d, 1, 0, 2, ENTRY_RW);
	map_entry(d, 2, 0, 3, ENTRY_RW);
	map_entry(d, 2, 1, 4, ENTRY_RW);
	for (unsigned int i = 0; i < 4; i++) {
		map_entry(d, 3, i, 8 + i, ENTRY_RW);
		map_entry(d, 4, i, 12 + i, ENTRY_RW);
	}
	map_entry(d, 3, 4, 3, ENTRY_RO);
	map_entry(d, 3, 5, 4, ENTRY_RO);
	if (page_pin(mfn_to_page(mfn(pool[d->id][0])), d, PT_L4)) {
		fail("start", "tables refused");
	}
	for (unsigned int i = 0; i < 16; i++) {
		d->grant->shared[0][i] = (struct grant_entry_v1){
			.flags = (uint16_t)(GTF_permit_access | (i & 8 ? GTF_readonly : 0)),
			.domid = i & 3,
			.frame = (uint32_t)pool[d->id][16 + (i & 7)],
		};
	}
}

static void guest_make(unsigned int id)
{
	const struct domain_params p = {
		.max_vcpus = id == 3 ? 1 : 2,
		.max_evtchn_port = 200,
		.max_grant_frames = 2,
		.max_maptrack_frames = 2,
		.grant_version_max = 1,
		.is_privileged = id == 0,
	};
	struct page_info *root;
	int rc;
	struct domain *d = domain_create((xen_domid_t)id, &p, &rc);

	if (!d) {
		fail("start", "no domain");
	}
	d->pv.dom0_device_access = p.is_privileged;
	d->creation_finished = true;
	guest_memory(d);
	root = mfn_to_page(mfn(pool[id][0]));
	for (unsigned int i = 0; i < p.max_vcpus; i++) {
		struct vcpu *v = vcpu_create(d, i);

		if (!v || page_get_and_type(root, d, PT_L4)) {
			fail("start", "no vCPU");
		}
		v->pv.guest_table = root;
		v->pv.cr3_kernel = pool[id][0] << PAGE_SHIFT;
		v->initialised = true;
		v->blocked = 0;
	}
	if (id == 0) {
		dom0 = d;
	}
	hv_wanted[id] = d->vcpu[0];
	d->ctrl_pause_count = 0;
	domain_unpause(d);
	hv_settle();
}

static struct vcpu nobody = {.domain = &(struct domain){.id = DOMID_IDLE, .is_idle = true}};

static void machine_make(void)
{
	static const struct fake_ram ram[] = {{0, 0x9f000}, {0x100000, RAM_END}};

	cpu_online_map = (1 << CPUS) - 1;
	cpu_count = CPUS;
	fake_now = NSEC_PER_SEC;
	fake_guest_start = (uint64_t)arenas;
	fake_guest_end = (uint64_t)arenas + sizeof(arenas);
	fake_on_window = on_window;
	fake_on_wait = on_wait;
	fake_on_end = on_end;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		fake_deadline[cpu] = STIME_MAX;
		fake_cpus[cpu].vcpu = &nobody;
	}
	fake_machine_start(&boot_info, ram, 2);
	mm_init(&boot_info);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		hv_cpu(cpu);
		timers_init_cpu(cpu);
		sched_init_cpu(cpu);
	}
	hv_cpu(0);
}

/* --- the copy ------------------------------------------------------------ */

/* All variables of the hypervisor's (hv_sections.h), and the frames in use. */
extern char __start_hvdata[], __stop_hvdata[], __start_hvbss[], __stop_hvbss[];

static struct part {
	char *at;
	size_t bytes;
	char *copy;
} parts[1024];
static unsigned int part_count;
static bool clean_then[RAM_END >> PAGE_SHIFT];

/* Not memcpy: between the variables are the sanitizer's red zones. */
static void move(char *to, const char *from, size_t bytes)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static void part_keep(void *at, size_t bytes)
{
	struct part *p = &parts[part_count++];

	if (part_count == ARRAY_SIZE(parts)) {
		fail("start", "too much to copy");
	}
	*p = (struct part){at, bytes, malloc(bytes)};
	move(p->copy, p->at, bytes);
}

/* What counted as zero is so again. */
static void clean_again(void)
{
	for (uint64_t m = 0; m < max_page; m++) {
		if (clean_then[m] && !(frame_table[m].word & PGW_CLEAN)) {
			memset(mfn_to_virt(mfn(m)), 0, PAGE_SIZE);
		}
	}
}

void hv_world_restore(void)
{
	clean_again();
	for (unsigned int i = 0; i < part_count; i++) {
		move(parts[i].at, parts[i].copy, parts[i].bytes);
	}
	memcpy(pool, pool_at_start, sizeof(pool));
	memset(actors, 0, sizeof(actors));
	for (unsigned int i = 0; i < DOMAINS * VCPUS; i++) {
		actors[i / VCPUS][i % VCPUS] = (struct actor){
			.dom = i / VCPUS,
			.vcpu = i % VCPUS,
			.arena = arenas[i / VCPUS][i % VCPUS],
		};
	}
	memset(arenas, 0, sizeof(arenas));
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		hv_wanted[cpu] = domain_by_id((xen_domid_t)cpu)->vcpu[0];
	}
	hv_alloc_fails = window_left = 0;
	in_oracle = false;
	hv_cpu(0);
}

void hv_world_make(void)
{
	traced = getenv("HV_TRACE") != NULL;
	machine_make();
	while (frames_scrub()) {
	}
	/* What is made once and kept exists from here on. */
	guest_make(3);
	end_domain(domain_by_id(3));
	free_empty = frames_free_count();
	for (unsigned int id = 0; id < 4; id++) {
		guest_make(id);
	}
	fake_tlb_watch();
	hv_check("the start");
	memcpy(pool_at_start, pool, sizeof(pool));
	part_keep(__start_hvdata, (size_t)(__stop_hvdata - __start_hvdata));
	part_keep(__start_hvbss, (size_t)(__stop_hvbss - __start_hvbss));
	part_keep(frame_table, max_page * sizeof(*frame_table));
	part_keep((void *)M2P_VIRT, max_page * sizeof(uint64_t));
	for (uint64_t m = 0; m < max_page; m++) {
		const struct page_info *p = mfn_to_page(mfn(m));

		clean_then[m] = p->word & PGW_CLEAN;
		/* Without the room of the two tables themselves, 2 MiB each. */
		if (mfn_is_ram(mfn(m)) && !(p->word & PGW_FREE) && m >= RAM_END / 2 >> PAGE_SHIFT) {
			part_keep(mfn_to_virt(mfn(m)), PAGE_SIZE);
		}
	}
}
