/* SPDX-License-Identifier: MIT */
/* The local APIC of each CPU, by memory (xAPIC) or MSRs (x2APIC). */
#ifndef ARGON_X86_LAPIC_H
#define ARGON_X86_LAPIC_H

#include "lib/types.h"

/* Vectors: 0x20-0x2f the masked PICs' spurious ones, 0x30-0xdf devices. */
#define VECTOR_DEVICE_FIRST 0x30
#define VECTOR_DEVICE_LAST 0xdf
#define VECTOR_TIMER 0xf0
#define VECTOR_WORK 0xf1 /* look at the work word */
#define VECTOR_ERROR 0xfe
#define VECTOR_SPURIOUS 0xff

/* Finds and maps the APIC, masks the PICs; on the boot CPU, then lapic_init_cpu. */
void lapic_init(void);
void lapic_init_cpu(void);
uint32_t lapic_id(void);
void lapic_eoi(void);
void lapic_error_interrupt(void);

/* Sends an interrupt to the CPU with that APIC id. */
void lapic_send(uint32_t apic_id, uint8_t vector);
void lapic_send_nmi(uint32_t apic_id);
void lapic_send_init(uint32_t apic_id);
void lapic_send_startup(uint32_t apic_id, uint8_t page);
/* Highest id that interrupt messages can name (8 bits without remapping). */
#define LAPIC_MESSAGE_ID_MAX 254

/* Timer: starts counting down ticks of the divided bus clock; 0 stops. */
void lapic_timer_start(uint32_t ticks);
uint32_t lapic_timer_count(void);
/* From now on the timer is armed by writing TSC_DEADLINE. */
void lapic_timer_use_deadline(void);

#endif
