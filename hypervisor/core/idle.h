/* SPDX-License-Identifier: MIT */
/* What a CPU does between guests. */
#ifndef ARGON_CORE_IDLE_H
#define ARGON_CORE_IDLE_H

/* Does the work noted in this CPU's work word; may switch vCPUs. No lock held. */
void cpu_do_work(void);
/* The idle vCPU's life: work, sleep, until a guest is to run. */
void idle_loop(void) __attribute__((noreturn));

#endif
