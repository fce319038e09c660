/* SPDX-License-Identifier: MIT */
/*
 * PM timer, HPET, PIT and RTC.
 * Sources: ACPI 6.4, 4.8.3.3; IA-PC HPET 1.0a, 2.3; Intel 8254 data sheet;
 * Motorola MC146818A data sheet.
 */
#include "arch/x86/clock_source.h"

#include <asm/insn.h>

#include "arch/pagetable.h"
#include "arch/x86/acpi.h"
#include "lib/bug.h"
#include "lib/muldiv.h"
#include "lib/options.h"

#define PM_TIMER_HZ 3579545UL
#define PIT_HZ 1193182UL
#define PIT_CHANNEL2 0x42
#define PIT_MODE 0x43
#define PIT_GATE 0x61
#define FEMTOSECONDS 1000000000000000UL
#define HPET_PERIOD 4 /* high half of the capabilities */
#define HPET_CONFIG 0x10
#define HPET_COUNTER 0xf0
#define PROBE_READS 100000U

static volatile uint8_t *hpet __initdata;

static uint64_t __init pm_timer_read(void)
{
	return inl(acpi_info.pm_timer_port);
}

static uint64_t __init hpet_read(void)
{
	return mmio_read32(hpet + HPET_COUNTER);
}

/* Channel 2 counts down from 65535 and around. */
static uint64_t __init pit_read(void)
{
	uint8_t low;

	outb(PIT_MODE, 0x80); /* latch channel 2 */
	low = inb(PIT_CHANNEL2);
	return 0xffffU - (low | (uint64_t)inb(PIT_CHANNEL2) << 8);
}

static bool __init counts(const struct clock_source *s)
{
	uint64_t first = s->read() & s->mask;

	for (unsigned int i = 0; i < PROBE_READS; i++) {
		if ((s->read() & s->mask) != first) {
			return true;
		}
	}
	return false;
}

static bool __init try_pm_timer(struct clock_source *s)
{
	if (!acpi_info.pm_timer_port) {
		return false;
	}
	*s = (struct clock_source){"the PM timer", PM_TIMER_HZ, 0xffffff, pm_timer_read};
	return counts(s);
}

static bool __init try_hpet(struct clock_source *s)
{
	uint32_t period;

	hpet = options.hpet && acpi_info.hpet_address ? ioremap(acpi_info.hpet_address, 1024)
						      : NULL;
	period = hpet ? mmio_read32(hpet + HPET_PERIOD) : 0;
	if (!period || period > 100000000) {
		return false;
	}
	mmio_write32(hpet + HPET_CONFIG, mmio_read32(hpet + HPET_CONFIG) | 1);
	*s = (struct clock_source){"the HPET", FEMTOSECONDS / period, 0xffffffff, hpet_read};
	return counts(s);
}

void __init clock_source_find(struct clock_source *s)
{
	if (try_pm_timer(s) || try_hpet(s)) {
		return;
	}
	outb(PIT_GATE, (uint8_t)((inb(PIT_GATE) & ~2U) | 1));
	outb(PIT_MODE, 0xb4); /* channel 2, low then high byte, rate generator */
	outb(PIT_CHANNEL2, 0xff);
	outb(PIT_CHANNEL2, 0xff);
	*s = (struct clock_source){"the PIT", PIT_HZ, 0xffff, pit_read};
	if (!counts(s)) {
		panic("clock_source_find: neither PM timer nor HPET nor PIT count");
	}
}

/* Counter and TSC as close together as a few tries get them. */
static uint64_t __init sample(const struct clock_source *s, uint64_t *tsc)
{
	uint64_t best = ~0UL, value = 0;

	for (unsigned int i = 0; i < 8; i++) {
		uint64_t before = rdtsc_ordered(), v = s->read() & s->mask, after = rdtsc_ordered();

		if (after - before < best) {
			best = after - before;
			value = v;
			*tsc = before + best / 2;
		}
	}
	return value;
}

uint64_t __init clock_source_measure_tsc(const struct clock_source *s, unsigned int us)
{
	uint64_t tsc0, tsc1, ticks = 0, wanted = s->hz * us / 1000000;
	uint64_t first = sample(s, &tsc0), last = first;

	/* Summing differences: short counters wrap meanwhile. */
	while (ticks < wanted) {
		uint64_t v = s->read() & s->mask;

		ticks += (v - last) & s->mask;
		last = v;
	}
	ticks += (sample(s, &tsc1) - last) & s->mask;
	return muldiv64(tsc1 - tsc0, s->hz, ticks);
}

/* --- RTC --------------------------------------------------------------- */

#define RTC_INDEX 0x70
#define RTC_DATA 0x71

enum rtc_register {
	RTC_SECONDS = 0,
	RTC_MINUTES = 2,
	RTC_HOURS = 4,
	RTC_DAY = 7,
	RTC_MONTH = 8,
	RTC_YEAR = 9,
	RTC_A = 10,
	RTC_B = 11
};
#define RTC_A_UPDATING 0x80
#define RTC_B_24H 0x02
#define RTC_B_BINARY 0x04

static uint8_t __init rtc_register(enum rtc_register r)
{
	outb(RTC_INDEX, (uint8_t)r);
	return inb(RTC_DATA);
}

static unsigned int __init rtc_field(enum rtc_register r, uint8_t mode)
{
	uint8_t v = rtc_register(r);

	return mode & RTC_B_BINARY ? v : (unsigned int)(v & 15) + 10U * (v >> 4);
}

static uint64_t __init days_since_1970(unsigned int year, unsigned int month, unsigned int day)
{
	/* Years begin in March, so that the leap day is the last. */
	unsigned int y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;

	return 365UL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static uint64_t __init rtc_seconds(void)
{
	uint8_t mode = rtc_register(RTC_B), raw_hours = rtc_register(RTC_HOURS);
	unsigned int hours = rtc_field(RTC_HOURS, mode);

	if (!(mode & RTC_B_24H)) {
		unsigned int h = raw_hours & 0x7f;

		h = mode & RTC_B_BINARY ? h : (h & 15) + 10 * (h >> 4);
		hours = h % 12 + (raw_hours & 0x80 ? 12 : 0);
	}
	return days_since_1970(2000 + rtc_field(RTC_YEAR, mode), rtc_field(RTC_MONTH, mode),
			       rtc_field(RTC_DAY, mode)) *
		       86400 +
	       hours * 3600UL + rtc_field(RTC_MINUTES, mode) * 60UL + rtc_field(RTC_SECONDS, mode);
}

uint64_t __init rtc_read(void)
{
	uint64_t a, b = 0;

	/* Two equal readings outside an update; a dead clock reads constant. */
	for (unsigned int i = 0; i < PROBE_READS && (rtc_register(RTC_A) & RTC_A_UPDATING); i++) {
		cpu_pause();
	}
	for (unsigned int i = 0; i < 10; i++) {
		a = rtc_seconds();
		b = rtc_seconds();
		if (a == b) {
			break;
		}
	}
	return b;
}
