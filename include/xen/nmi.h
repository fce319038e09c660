/* SPDX-License-Identifier: MIT */
/* nmi_op, and why dom0 got a non-maskable interrupt (arch_shared_info.nmi_reason). */
#ifndef XEN_NMI_H
#define XEN_NMI_H

#include "types.h"

#define _XEN_NMIREASON_io_error	0
#define XEN_NMIREASON_io_error	(1UL << _XEN_NMIREASON_io_error)
#define _XEN_NMIREASON_pci_serr	1
#define XEN_NMIREASON_pci_serr	(1UL << _XEN_NMIREASON_pci_serr)
#define _XEN_NMIREASON_unknown	2
#define XEN_NMIREASON_unknown	(1UL << _XEN_NMIREASON_unknown)

#define XENNMI_register_callback	0	/* xennmi_callback; vCPU 0 only */
#define XENNMI_unregister_callback	1	/* no argument */

struct xennmi_callback {
	uint64_t handler_address;
	uint64_t pad;
};
ABI_SIZE(struct xennmi_callback, 16);

#endif /* XEN_NMI_H */
