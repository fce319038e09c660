/* SPDX-License-Identifier: MIT */
/* The physical consoles under lib/printk and console_io. */
#ifndef ARGON_ARCH_CONSOLE_H
#define ARGON_ARCH_CONSOLE_H

#include "lib/types.h"

/* Writes bytes to every console in use; lock held by the caller. */
void console_write(const char *s, size_t n);
/* Next character for dom0's console_io read, or -1. */
int console_read_char(void);
/* Puts a character there; dropped if dom0 does not keep up. */
void console_push_char(char c);

#endif
