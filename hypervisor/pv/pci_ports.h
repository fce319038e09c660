/* SPDX-License-Identifier: MIT */
/*
 * The PCI configuration ports 0xcf8..0xcff as dom0 sees them: the address
 * register is dom0's own copy, since Argon uses the real one too.
 */
#ifndef ARGON_PV_PCI_PORTS_H
#define ARGON_PV_PCI_PORTS_H

#include "lib/types.h"

/* port 0xcf8..0xcff, size 1, 2 or 4. */
uint32_t pci_ports_read(uint16_t port, unsigned int size);
void pci_ports_write(uint16_t port, unsigned int size, uint32_t val);

/* Adds to the ports dom0 is kept away from (console UART, PM timer ...). */
void pv_io_deny(uint16_t first, uint16_t last);

#endif
