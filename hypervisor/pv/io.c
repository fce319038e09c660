/* SPDX-License-Identifier: MIT */
/*
 * Port I/O of the current domain.  dom0 reaches the machine's ports except
 * those Argon drives itself; everybody else reads ones and writes nothing.
 */
#include "arch/cpu.h"
#include "core/domain.h"
#include "pv/pci_ports.h"
#include "pv/pv.h"

#include <asm/pvcpu.h>

#define PORT_PIT_CHANNEL2 0x42
#define PORT_PIT_MODE 0x43
#define PORT_SPEAKER 0x61
#define PORT_RTC_INDEX 0x70
#define PORT_RTC_DATA 0x71

static uint8_t rtc_index; /* as dom0 last selected it; NMI bit excluded */

/* Port ranges dom0 may not touch. */
struct port_range {
	uint16_t first, last;
};
#define DENIED_MAX 16
static struct port_range denied[DENIED_MAX] = {
	{0x20, 0x21},
	{0xa0, 0xa1}, /* interrupt controllers */
	{0x40, 0x41}, /* timer channels that Argon may use */
};
static unsigned int denied_count = 3;

void pv_io_deny(uint16_t first, uint16_t last)
{
	if (denied_count < DENIED_MAX) {
		denied[denied_count++] = (struct port_range){first, last};
	}
}

static bool is_denied(uint32_t first, uint32_t last)
{
	unsigned int i;

	for (i = 0; i < denied_count; i++) {
		if (first <= denied[i].last && last >= denied[i].first) {
			return true;
		}
	}
	return false;
}

static uint32_t port_in(uint16_t port, unsigned int size)
{
	switch (size) {
	case 1:
		return inb(port);
	case 2:
		return inw(port);
	default:
		return inl(port);
	}
}

static void port_out(uint16_t port, unsigned int size, uint32_t val)
{
	switch (size) {
	case 1:
		outb(port, (uint8_t)val);
		break;
	case 2:
		outw(port, (uint16_t)val);
		break;
	default:
		outl(port, val);
		break;
	}
}

static uint32_t ones(unsigned int size)
{
	return size == 4 ? ~0U : (1U << (8 * size)) - 1;
}

uint32_t pv_io_read(uint16_t port, unsigned int size)
{
	if (!current->domain->pv.dom0_device_access) {
		return ones(size);
	}
	if (port >= 0xcf8 && port <= 0xcff) {
		return pci_ports_read(port, size);
	}
	if (is_denied(port, port + size - 1)) {
		return ones(size);
	}
	if (size == 1 && port == PORT_RTC_INDEX) {
		return rtc_index;
	}
	if (size == 1 && port == PORT_RTC_DATA) {
		outb(PORT_RTC_INDEX, rtc_index);
	}
	return port_in(port, size);
}

void pv_io_write(uint16_t port, unsigned int size, uint32_t val)
{
	if (!current->domain->pv.dom0_device_access) {
		return;
	}
	if (port >= 0xcf8 && port <= 0xcff) {
		pci_ports_write(port, size, val);
		return;
	}
	if (is_denied(port, port + size - 1)) {
		return;
	}
	if (size == 1 && port == PORT_RTC_INDEX) {
		rtc_index = val & 0x7f;
		return;
	}
	if (size == 1 && port == PORT_RTC_DATA) {
		outb(PORT_RTC_INDEX, rtc_index);
	}
	if (port == PORT_PIT_MODE && (val & 0xc0) != 0x80 && (val & 0xc0) != 0xc0) {
		return; /* only channel 2 is dom0's */
	}
	port_out(port, size, val);
}
