/* SPDX-License-Identifier: MIT */
/*
 * System time from the TSC, the one-shot timer of each CPU, the wall clock.
 * System time on a CPU is linear in its TSC; each CPU has its own origin, so
 * that CPUs whose TSCs differ by a constant still agree.
 */
#include "arch/time.h"

#include <asm/features.h>
#include <asm/insn.h>
#include <asm/percpu.h>
#include <asm/regs.h>

#include "arch/cpu.h"
#include "arch/x86/clock_source.h"
#include "arch/x86/lapic.h"
#include "arch/x86/time.h"
#include "lib/bug.h"
#include "lib/muldiv.h"
#include "lib/options.h"
#include "lib/printk.h"

#define CALIBRATE_US 20000U
#define SYNC_ROUNDS 64U
#define SYNC_GOOD_TICKS 4000U /* about a microsecond: as near as two CPUs get */

struct time_scale tsc_scale;
uint32_t cpu_khz;

struct time_base {
	uint64_t tsc;
	stime_t ns;
};
static DEFINE_PER_CPU(struct time_base, base);

static uint64_t lapic_hz; /* of the divided timer clock, 0 with TSC deadlines */
static bool deadline_timer;

static int64_t wallclock_base; /* ns since 1970 at system time 0 */

uint64_t tsc_read(void)
{
	return rdtsc_ordered();
}

static uint64_t tsc_to_ns(uint64_t delta)
{
	delta = tsc_scale.shift >= 0 ? delta << tsc_scale.shift : delta >> -tsc_scale.shift;
	return (uint64_t)(((unsigned __int128)delta * tsc_scale.mul) >> 32);
}

static uint64_t ns_to_tsc(uint64_t ns)
{
	uint64_t t = muldiv64(ns, 1UL << 32, tsc_scale.mul);

	return tsc_scale.shift >= 0 ? t >> tsc_scale.shift : t << -tsc_scale.shift;
}

void time_snapshot(uint64_t *tsc, stime_t *system)
{
	const struct time_base *b = &this_cpu(base);

	*tsc = rdtsc_ordered();
	*system = b->ns + tsc_to_ns(*tsc - b->tsc);
}

stime_t now_ns(void)
{
	const struct time_base *b = &this_cpu(base);

	return b->ns + tsc_to_ns(rdtsc_ordered() - b->tsc);
}

/* The scale guests use: mul / 2^32 * 2^shift ns a tick, mul as large as fits. */
static void scale_set(uint64_t hz)
{
	uint64_t ticks = hz;

	tsc_scale.shift = 0;
	while (ticks > 2 * NSEC_PER_SEC) {
		ticks >>= 1;
		tsc_scale.shift--;
	}
	while (ticks <= NSEC_PER_SEC) {
		ticks <<= 1;
		tsc_scale.shift++;
	}
	/* From hz itself, since halving may have dropped bits; fits up to 8 GHz. */
	tsc_scale.mul = (uint32_t)(tsc_scale.shift <= 0
					   ? (NSEC_PER_SEC << (32 - tsc_scale.shift)) / hz
					   : (NSEC_PER_SEC << 32) / ticks);
	cpu_khz = (uint32_t)(hz / 1000);
}

void delay_us(unsigned int us)
{
	uint64_t start = rdtsc(), ticks = (uint64_t)us * (cpu_khz ? cpu_khz : 4000000) / 1000;

	while (rdtsc() - start < ticks) {
		cpu_pause();
	}
}

/* --- the one-shot timer ------------------------------------------------ */

static void lapic_calibrate(void)
{
	uint64_t start;
	uint32_t left;

	lapic_timer_start(0xffffffff);
	start = rdtsc_ordered();
	delay_us(CALIBRATE_US / 2);
	left = lapic_timer_count();
	lapic_hz =
		(uint64_t)(0xffffffff - left) * NSEC_PER_SEC / tsc_to_ns(rdtsc_ordered() - start);
	lapic_timer_start(0);
	if (!lapic_hz) {
		panic("time_init: the local APIC timer does not count");
	}
}

void cpu_timer_program(stime_t deadline)
{
	uint64_t tsc, ticks, wait;
	stime_t now;

	if (deadline == STIME_MAX) {
		if (deadline_timer) {
			wrmsr(MSR_TSC_DEADLINE, 0);
		} else {
			lapic_timer_start(0);
		}
		return;
	}
	time_snapshot(&tsc, &now);
	if (deadline <= now) {
		cpu_raise_self(WORK_TIMER);
		return;
	}
	/*
	 * Far deadlines come in steps: an early tick arms the timer anew.  A
	 * guest may ask for any 64-bit time, which must not overflow here.
	 */
	wait = MIN(deadline - now, 4 * NSEC_PER_SEC);
	if (deadline_timer) {
		wrmsr(MSR_TSC_DEADLINE, tsc + ns_to_tsc(wait) + 1);
		return;
	}
	ticks = wait * lapic_hz / NSEC_PER_SEC + 1;
	lapic_timer_start((uint32_t)MIN(ticks, 0xffffffffUL));
}

/* --- wall clock -------------------------------------------------------- */

void wallclock_get(uint64_t *sec, uint32_t *nsec)
{
	uint64_t ns = (uint64_t)__atomic_load_n(&wallclock_base, __ATOMIC_RELAXED);

	*sec = ns / NSEC_PER_SEC;
	*nsec = (uint32_t)(ns % NSEC_PER_SEC);
}

void wallclock_set(uint64_t sec, uint32_t nsec, stime_t at)
{
	__atomic_store_n(&wallclock_base, (int64_t)(sec * NSEC_PER_SEC + nsec - at),
			 __ATOMIC_RELAXED);
}

/* --- other CPUs -------------------------------------------------------- */

/* Mailbox of the comparison: the new CPU asks with 1, the boot CPU answers. */
static uint32_t sync_state; /* 0 idle, 1 asked, 2 answered, 3 over */
static uint64_t sync_tsc;

void time_sync_boot_cpu(void)
{
	for (;;) {
		switch (__atomic_load_n(&sync_state, __ATOMIC_ACQUIRE)) {
		case 1:
			sync_tsc = rdtsc_ordered();
			__atomic_store_n(&sync_state, 2, __ATOMIC_RELEASE);
			break;
		case 3:
			__atomic_store_n(&sync_state, 0, __ATOMIC_RELEASE);
			return;
		default:
			cpu_pause();
			break;
		}
	}
}

void time_sync_new_cpu(unsigned int cpu)
{
	uint64_t best = ~0UL;
	int64_t offset = 0; /* boot CPU's TSC minus ours */
	struct time_base *b = &per_cpu(base, cpu);

	for (unsigned int i = 0; i < SYNC_ROUNDS && best > SYNC_GOOD_TICKS; i++) {
		uint64_t asked = rdtsc_ordered(), answered;

		__atomic_store_n(&sync_state, 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&sync_state, __ATOMIC_ACQUIRE) != 2) {
			cpu_pause();
		}
		answered = rdtsc_ordered();
		if (answered - asked < best) {
			best = answered - asked;
			offset = (int64_t)(sync_tsc - (asked + best / 2));
		}
	}
	__atomic_store_n(&sync_state, 3, __ATOMIC_RELEASE);

	*b = per_cpu(base, 0);
	/* Within the measurement's error they are the same clock. */
	if (offset > (int64_t)best || -offset > (int64_t)best) {
		b->tsc -= (uint64_t)offset;
		tsc_scale.stable = false;
		log_warn("CPU %u: TSC differs from CPU 0's by %ld ticks", cpu, offset);
	}
}

/* --- start ------------------------------------------------------------- */

void __init time_init(void)
{
	struct clock_source source;
	uint64_t hz;

	clock_source_find(&source);
	hz = clock_source_measure_tsc(&source, CALIBRATE_US);
	scale_set(hz);
	this_cpu(base) = (struct time_base){rdtsc_ordered(), 0};
	tsc_scale.stable = cpu_features.tsc_invariant;
	deadline_timer = cpu_features.tsc_deadline && options.tsc_deadline;
	if (deadline_timer) {
		lapic_timer_use_deadline();
	} else {
		lapic_calibrate();
	}
	wallclock_set(rtc_read(), 0, now_ns());
	log_info("Time: TSC at %u.%03u MHz measured against %s, %s; timer: local APIC%s",
		 cpu_khz / 1000, cpu_khz % 1000, source.name,
		 tsc_scale.stable ? "invariant" : "not promised invariant",
		 deadline_timer ? ", TSC deadlines" : "");
}
