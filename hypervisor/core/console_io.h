/* SPDX-License-Identifier: MIT */
/* Console output and input of guests through the hypercall. */
#ifndef ARGON_CORE_CONSOLE_IO_H
#define ARGON_CORE_CONSOLE_IO_H

/* Input arrived for dom0: raises VIRQ_CONSOLE. */
void console_input_notify(void);

#endif
