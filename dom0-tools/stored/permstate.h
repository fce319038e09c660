/* SPDX-License-Identifier: MIT */
/* Framing of the state's records, and permission lists in them. */
#ifndef DOM0_TOOLS_STORED_PERMSTATE_H
#define DOM0_TOOLS_STORED_PERMSTATE_H

#include "bytes.h"
#include "perms.h"

/* Begins a record; what it returns goes to state_record_end(). */
size_t state_record_begin(struct bytes *to, uint32_t type);
void state_record_end(struct bytes *to, size_t start);

void permstate_dump(const struct perms *perms, struct bytes *to);

/* False: it makes no sense, or no memory. `perms` is the caller's on success. */
bool permstate_load(const struct stored *stored, struct reader *reader, struct perms *perms);

#endif
