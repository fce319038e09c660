/* SPDX-License-Identifier: MIT */
/* The 16550 serial port that carries the console. */
#ifndef ARGON_X86_UART_H
#define ARGON_X86_UART_H

#include "lib/types.h"

/* Sets the port up from com1= ("115200,8n1,0x3f8,4", parts may be missing) and console=. */
void uart_init(const char *com1, const char *console);
/* Takes receive interrupts from the IOAPIC, once that works. */
void uart_init_irq(void);
/* First of its eight ports, 0 without a serial console: dom0 must not touch them. */
uint16_t uart_port(void);

#endif
