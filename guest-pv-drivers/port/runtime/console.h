/* SPDX-License-Identifier: MIT */
/*
 * Console output: by hypercall in dom0, by the ring shared with the console daemon in other
 * domains. printf() ends here.
 */
#ifndef RUNTIME_CONSOLE_H
#define RUNTIME_CONSOLE_H

#include <stddef.h>

/* Writes all of it; in a domU that may wait for the console daemon to make room. */
void console_write(const char *text, size_t length);

/* Waits (bounded) until the console daemon has taken everything. */
void console_flush(void);

#endif /* RUNTIME_CONSOLE_H */
