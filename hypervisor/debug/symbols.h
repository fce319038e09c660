/* SPDX-License-Identifier: MIT */
/* The image's own symbol table (code only), made by debug/mksymbols. */
#ifndef ARGON_DEBUG_SYMBOLS_H
#define ARGON_DEBUG_SYMBOLS_H

#include "lib/types.h"

/* Name of the function that addr is in and the offset in it; NULL: not ours. */
const char *symbol_find(uint64_t addr, uint64_t *offset);
/* True if addr lies in code of the image. */
bool symbol_is_code(uint64_t addr);

#endif
