/* SPDX-License-Identifier: MIT */
/* Free pages: what the builder mapped beyond the boot stack (half a MiB at least). */
#ifndef RUNTIME_PAGES_H
#define RUNTIME_PAGES_H

#include <stddef.h>

/* A zeroed page; panics when none is left. Works before any initialisation. */
void *page_alloc(void);
void page_free(void *page);

/* Pages left. */
size_t pages_free_count(void);

#endif /* RUNTIME_PAGES_H */
