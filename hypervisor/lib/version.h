/* SPDX-License-Identifier: MIT */
/* Which build this is; generated into build/hypervisor/version.c. */
#ifndef ARGON_LIB_VERSION_H
#define ARGON_LIB_VERSION_H

extern const char argon_version[];  /* git describe */
extern const char argon_compiler[]; /* version of gcc */

#endif
