/* SPDX-License-Identifier: MIT */
/*
 * Isolation of guests from the hypervisor's memory (against Meltdown-like
 * reads): a vCPU of an isolated domain runs on two root tables of its own,
 * one for its kernel and one for its user mode, that hold the guest's slots
 * and of the hypervisor only what entering it takes.  They are copies of the
 * guest's L4s, brought up to date when a base pointer or an L4 entry changes.
 */
#ifndef ARGON_ARCH_ISOLATION_H
#define ARGON_ARCH_ISOLATION_H

#include "lib/types.h"

/* What protects guests from each other and from speculation, in words. */
extern char mitigations_text[256];

struct domain;
struct page_info;
struct vcpu;

/* Builds the reduced view; after all CPUs are up. */
void isolation_init(void);
/* Whether domains of that kind are isolated (xpti=, else by CPU: speculation.c). */
bool isolation_wanted(bool privileged);
/* Whether absent page-table entries of such domains are looked at (pv-l1tf=, else by CPU). */
bool absent_entries_leak(bool privileged);
/* Root tables of a new vCPU of an isolated domain; 0 or -ENOMEM. */
int isolation_vcpu_init(struct vcpu *v);
void isolation_vcpu_free(struct vcpu *v);
/* v's guest_table or guest_table_user was set: copies them if they changed. */
void isolation_roots_changed(struct vcpu *v);
/* Entry index of an L4 of d, whose lock the caller holds, was set to pte. */
void isolation_slot_changed(struct domain *d, const struct page_info *l4, unsigned int index,
			    uint64_t pte);

#endif
