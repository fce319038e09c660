/* SPDX-License-Identifier: MIT */
/*
 * The per-domain area: slot 257 of every L4 of a domain.  Each vCPU has 32
 * pages there, 0..15 its GDT, 16..31 its LDT.
 */
#ifndef ARGON_MM_PERDOMAIN_H
#define ARGON_MM_PERDOMAIN_H

#include "lib/types.h"

struct domain;
struct vcpu;

#define PERDOMAIN_GDT_PAGE 0
#define PERDOMAIN_LDT_PAGE 16
#define PERDOMAIN_LDT_PAGES 16
#define PERDOMAIN_PAGES 32

/* Tables for d->max_vcpus vCPUs; the guest's GDT pages read as zero. 0 or -ENOMEM. */
int perdomain_create(struct domain *d);
void perdomain_destroy(struct domain *d);

/* Page n of v's part.  Setting does not flush; v must have been in max_vcpus at create. */
void perdomain_set_pte(struct vcpu *v, unsigned int n, uint64_t pte);
uint64_t perdomain_get_pte(const struct vcpu *v, unsigned int n);
/* A writable supervisor entry for frame m. */
uint64_t perdomain_pte(mfn_t m);
/* Makes GDT page n read as zero again. */
void perdomain_clear_gdt(struct vcpu *v, unsigned int n);

#endif
