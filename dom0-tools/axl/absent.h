/* SPDX-License-Identifier: MIT */
/* Verbs of xl that axl has not, each with the reason. */
#ifndef DOM0_TOOLS_AXL_ABSENT_H
#define DOM0_TOOLS_AXL_ABSENT_H

/* Why there is no such verb, or NULL if xl has none of that name either. */
const char *verb_absent(const char *name);

/* The verb that does what others call `name` (virsh's, docker's and shells' words), or NULL. */
const char *verb_synonym(const char *name);

#endif
