/* SPDX-License-Identifier: MIT */
/*
 * Storms: vCPU 1 does one thing without end, vCPU 0 must get its own work done all the same, and
 * as an unprivileged domain answer on its console.
 */
#ifndef TESTS_GUESTS_STORM_H
#define TESTS_GUESTS_STORM_H

/*
 * Starts vCPU 1, which calls round(n) for ever, n = 0, 1, …; events are masked there. vCPU 0 then
 * sees its timer 50 times and the storm at least `rounds` rounds further. In a domU it says so,
 * answers each line typed on its console, and returns after the line "end"; the storm goes on.
 * Traps and events must be initialised.
 */
void storm_run(void (*round)(unsigned long n), unsigned long rounds);

/*
 * An instruction on vCPU 1 that faults: storm_faults() lets it be passed over. Arguments: the
 * text, then : outputs : inputs; RBX is used.
 */
#define STORM_FAULT(text, ...) \
	__asm__ volatile("lea 1f(%%rip), %%rbx\n" text "\n1:\n" __VA_ARGS__ : "rbx", "memory")
void storm_faults(void);

#endif /* TESTS_GUESTS_STORM_H */
