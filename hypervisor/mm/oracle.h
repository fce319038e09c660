/* SPDX-License-Identifier: MIT */
/*
 * The type oracle: recounts every reference from what holds it and compares
 * with page_info.  Slow; nothing else may run meanwhile.  For tests, the
 * debug key, and debug builds at a domain's death.
 */
#ifndef ARGON_MM_ORACLE_H
#define ARGON_MM_ORACLE_H

#include "mm/page.h"

/* Prints the differences; their number, or ~0U if there is no memory to count in. */
unsigned int type_oracle_check(void);

/*
 * Told by holders outside page tables (vCPUs, core): a general reference on
 * m, and one of `type` unless PT_NONE.
 */
void oracle_hold(mfn_t m, enum page_type type);
/* pv/: reports by oracle_hold what d's vCPUs hold. */
void oracle_visit_vcpus(const struct domain *d);
/* core/: what its event channels and grant mappings hold.  Tests of mm alone have neither. */
void oracle_visit_core(const struct domain *d) __attribute__((weak));

#endif
