/* SPDX-License-Identifier: MIT */
/* The debug keys: one table; and where serial input goes. */
#include "debug/keys.h"

#include <asm/percpu.h>

#include "arch/console.h"
#include "arch/cpu.h"
#include "arch/time.h"
#include "arch/x86/interrupts.h"
#include "core/console_io.h"
#include "core/domain.h"
#include "core/evtchn.h"
#include "core/grant.h"
#include "debug/panic.h"
#include "lib/bug.h"
#include "lib/printk.h"
#include "mm/oracle.h"
#include "mm/page.h"

#define SWITCH_CHAR 0x01 /* Ctrl-a */
#define SWITCH_COUNT 3
#define QUEUE_SIZE 16U

static bool to_argon;             /* whose input is it */
static unsigned int switch_count; /* Ctrl-a in a row */
static char queue[QUEUE_SIZE];    /* keys not yet run; CPU of the serial interrupt only */
static unsigned int queue_head, queue_tail;

/* --- what the keys do -------------------------------------------------- */

static void key_help(void);

static void key_domains(void)
{
	struct domain *d = domain_lookup_from(0);

	while (d) {
		xen_domid_t next = (xen_domid_t)(d->id + 1);
		struct vcpu *v;
		unsigned int i;

		log_info("Domain %u: refs %u, pages %lu of %lu, %u ports, %u grants mapped, "
			 "pauses %d, %s%s",
			 d->id, d->refs, d->tot_pages, d->max_pages, d->evtchn->in_use,
			 d->grant->mapped, d->pause_count,
			 d->dying == DOMAIN_ALIVE ? "alive" : "dying",
			 d->is_shut_down ? ", shut down" : "");
		for_each_vcpu(d, v, i) {
			log_info("  vCPU %u: CPU %u, %s, blocked %#x, pauses %d, "
				 "pending %u, mask %u",
				 v->id, v->cpu, v->is_running ? "running" : "not running",
				 v->blocked, v->pause_count,
				 v->info ? v->info->evtchn_upcall_pending : 0,
				 v->info ? v->info->evtchn_upcall_mask : 0);
		}
		domain_put(d);
		d = domain_lookup_from(next);
	}
}

static void key_memory(void)
{
	log_info("Memory: %lu KiB in the heap, %lu free, %lu claimed", frames_total_count() * 4,
		 frames_free_count() * 4, frames_claimed_count() * 4);
}

static void key_run_queues(void)
{
	unsigned int cpu;

	log_info("System time %lu ns, %u NMIs", now_ns(), nmi_count);
	for_each_cpu_in(cpu, cpu_online_map)
	{
		struct vcpu *idle = idle_vcpu[cpu];

		log_info("CPU %u: %s, interrupted by %u flushes", cpu,
			 idle && idle->is_running ? "idle" : "runs a guest",
			 tlb_flushes_served(cpu));
	}
}

static void key_dom0_registers(void)
{
	struct vcpu *v;
	unsigned int i;

	if (dom0) {
		for_each_vcpu(dom0, v, i) {
			guest_state_print(v);
		}
	}
}

static void key_time(void)
{
	uint64_t sec;
	uint32_t nsec;

	wallclock_get(&sec, &nsec);
	log_info("TSC %u kHz%s, system time %lu ns, wall clock at its start %lu.%09u", cpu_khz,
		 tsc_scale.stable ? ", stable" : "", now_ns(), sec, nsec);
}

static void key_oracle(void)
{
	log_info("Page types: %u differences", type_oracle_check());
}

static void key_reboot(void)
{
	log_info("Restarting");
	machine_restart();
}

static void key_crash(void)
{
	panic("debug key C");
}

static const struct {
	char key;
	const char *text;
	void (*fn)(void);
} keys[] = {
	{'h', "this list", key_help},
	{'0', "registers of dom0", key_dom0_registers},
	{'C', "crash on purpose", key_crash},
	{'m', "memory", key_memory},
	{'O', "recount all page types and references (slow)", key_oracle},
	{'q', "domains and their vCPUs", key_domains},
	{'r', "what each CPU runs", key_run_queues},
	{'R', "restart the machine", key_reboot},
	{'t', "clocks", key_time},
};

static void key_help(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
		log_info(" key '%c': %s", keys[i].key, keys[i].text);
	}
}

void keys_run(char key)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].key == key) {
			log_info("'%c' pressed: %s", key, keys[i].text);
			keys[i].fn();
			return;
		}
	}
	log_info("'%c' is no debug key; 'h' lists them", key >= ' ' && key <= '~' ? key : '?');
}

/* --- input ------------------------------------------------------------- */

static bool is_switch(char c)
{
	switch_count = c == SWITCH_CHAR ? switch_count + 1 : 0;
	if (switch_count < SWITCH_COUNT) {
		return false;
	}
	switch_count = 0;
	to_argon = !to_argon;
	log_info("Serial input goes to %s (Ctrl-a three times switches)",
		 to_argon ? "Argon: 'h' for help" : "dom0");
	return true;
}

void keys_input(char c)
{
	if (is_switch(c)) {
		return;
	}
	if (!to_argon) {
		console_push_char(c);
		console_input_notify();
	} else if (c != SWITCH_CHAR && queue_tail - queue_head < QUEUE_SIZE) {
		queue[queue_tail++ % QUEUE_SIZE] = c;
		cpu_raise_self(WORK_DEBUG_KEY);
	}
}

void keys_softirq(void)
{
	while (queue_head != queue_tail) {
		keys_run(queue[queue_head++ % QUEUE_SIZE]);
	}
}
