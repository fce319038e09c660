/* SPDX-License-Identifier: MIT */
/*
 * 16550 UART: output by polling, input by interrupt.
 * Source: National Semiconductor PC16550D data sheet.
 */
#include "arch/x86/uart.h"

#include <asm/insn.h>

#include "arch/console.h"
#include "arch/cpu.h"
#include "arch/x86/irq_line.h"
#include "debug/keys.h"
#include "lib/printk.h"
#include "lib/string.h"

#define UART_THR 0 /* and receive buffer, divisor low */
#define UART_IER 1 /* and divisor high */
#define UART_FCR 2 /* and interrupt identification */
#define UART_LCR 3
#define UART_MCR 4
#define UART_LSR 5
#define UART_SCR 7

#define LCR_DLAB 0x80
#define IER_RECEIVE 0x01
#define FCR_ENABLE_CLEAR 0x07
#define MCR_DTR_RTS_OUT2 0x0b
#define LSR_DATA 0x01
#define LSR_THR_EMPTY 0x20
#define BASE_BAUD 115200U
#define FIFO_DEPTH 16U

/* A dead port must not hang the machine: about 20 ms at 1 us a port read. */
#define SPIN_MAX 20000U
#define RX_BATCH 64U
#define RX_SIZE 256U

static uint16_t uart_base; /* 0: no serial console */
static uint8_t uart_irq;
static unsigned int fifo_room;

/* Characters for dom0; filled and emptied under the console lock. */
static char rx_buffer[RX_SIZE];
static unsigned int rx_head, rx_tail;

static bool uart_present(uint16_t base)
{
	/* The scratch register keeps what is written to it. */
	outb((uint16_t)(base + UART_SCR), 0x5a);
	if (inb((uint16_t)(base + UART_SCR)) != 0x5a) {
		return false;
	}
	outb((uint16_t)(base + UART_SCR), 0xa5);
	return inb((uint16_t)(base + UART_SCR)) == 0xa5;
}

static unsigned int parse_uint(const char **s)
{
	unsigned int v = 0, base = 10, digit;

	if ((*s)[0] == '0' && (*s)[1] == 'x') {
		base = 16;
		*s += 2;
	}
	for (;; (*s)++) {
		char c = **s;

		if (c >= '0' && c <= '9') {
			digit = (unsigned int)(c - '0');
		} else if (base == 16 && c >= 'a' && c <= 'f') {
			digit = (unsigned int)(c - 'a') + 10;
		} else {
			return v;
		}
		v = v * base + digit;
	}
}

/* "8n1" into the line control register: data bits, parity, stop bits. */
static uint8_t parse_format(const char **s)
{
	static const char parities[] = "noems";
	static const uint8_t parity_bits[] = {0x00, 0x08, 0x18, 0x28, 0x38};
	uint8_t lcr = 0x03;

	if (**s >= '5' && **s <= '8') {
		lcr = (uint8_t)(*(*s)++ - '5');
	}
	for (unsigned int i = 0; i < sizeof(parity_bits); i++) {
		if (**s == parities[i]) {
			lcr |= parity_bits[i];
			(*s)++;
			break;
		}
	}
	if (**s == '1' || **s == '2') {
		lcr |= *(*s)++ == '2' ? 0x04 : 0;
	}
	return lcr;
}

void uart_init(const char *com1, const char *console)
{
	uint16_t base = 0x3f8;
	unsigned int baud = 0, divisor;
	uint8_t lcr = 0x03;

	if (*console && !strstr(console, "com1")) {
		return;
	}
	uart_irq = 4;
	if (!strncmp(com1, "auto", 4)) {
		com1 += 4;
	} else {
		baud = parse_uint(&com1);
	}
	if (*com1 == '/') { /* clock_hz, only for odd crystals: not needed with 1.8432 MHz */
		com1++;
		(void)parse_uint(&com1);
	}
	if (*com1 == ',') {
		com1++;
		lcr = parse_format(&com1);
	}
	if (*com1 == ',') {
		com1++;
		if (*com1 != ',') {
			base = (uint16_t)parse_uint(&com1);
		}
	}
	if (*com1 == ',') {
		com1++;
		uart_irq = (uint8_t)parse_uint(&com1);
	}
	if (!uart_present(base)) {
		return;
	}

	outb((uint16_t)(base + UART_IER), 0);
	if (baud) {
		divisor = MAX(BASE_BAUD / MIN(baud, BASE_BAUD), 1U);
		outb((uint16_t)(base + UART_LCR), LCR_DLAB);
		outb((uint16_t)(base + UART_THR), (uint8_t)divisor);
		outb((uint16_t)(base + UART_IER), (uint8_t)(divisor >> 8));
	}
	outb((uint16_t)(base + UART_LCR), lcr);
	outb((uint16_t)(base + UART_FCR), FCR_ENABLE_CLEAR);
	outb((uint16_t)(base + UART_MCR), MCR_DTR_RTS_OUT2);
	uart_base = base;
}

uint16_t uart_port(void)
{
	return uart_base;
}

static void uart_put(char c)
{
	unsigned int spins = 0;

	if (!fifo_room) {
		while (!(inb((uint16_t)(uart_base + UART_LSR)) & LSR_THR_EMPTY)) {
			if (++spins > SPIN_MAX) {
				return;
			}
			cpu_pause();
		}
		fifo_room = FIFO_DEPTH;
	}
	outb((uint16_t)(uart_base + UART_THR), (uint8_t)c);
	fifo_room--;
}

void console_write(const char *s, size_t n)
{
	if (!uart_base) {
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n') {
			uart_put('\r');
		}
		uart_put(s[i]);
	}
}

int console_read_char(void)
{
	int c = -1;

	printk_lock();
	if (rx_head != rx_tail) {
		c = (unsigned char)rx_buffer[rx_head++ % RX_SIZE];
	}
	printk_unlock();
	return c;
}

void console_push_char(char c)
{
	printk_lock();
	if (rx_tail - rx_head < RX_SIZE) {
		rx_buffer[rx_tail++ % RX_SIZE] = c;
	}
	printk_unlock();
}

static void uart_interrupt(void)
{
	for (unsigned int i = 0; i < RX_BATCH; i++) {
		if (!(inb((uint16_t)(uart_base + UART_LSR)) & LSR_DATA)) {
			return;
		}
		keys_input((char)inb((uint16_t)(uart_base + UART_THR)));
	}
}

void uart_init_irq(void)
{
	if (!uart_base) {
		return;
	}
	if (irq_claim_legacy(uart_irq, uart_interrupt)) {
		log_warn("serial: no interrupt line %u: console input does not work", uart_irq);
		return;
	}
	outb((uint16_t)(uart_base + UART_IER), IER_RECEIVE);
}
