/* SPDX-License-Identifier: MIT */
/* Number parsing of a tiny guest; the meaning is the C standard's, without errno. */
#ifndef RUNTIME_STDLIB_H
#define RUNTIME_STDLIB_H

/* Bases 10 and 16, or 0 for both by prefix; no sign, no overflow check. */
unsigned long strtoul(const char *text, char **end, int base);

#endif /* RUNTIME_STDLIB_H */
