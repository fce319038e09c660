/* SPDX-License-Identifier: MIT */
/* Granting pages to other domains: version 1 table, references 8 and up. */
#ifndef GUEST_GNTTAB_H
#define GUEST_GNTTAB_H

#include <stdbool.h>

#include <xen/grant.h>

/*
 * Sets up frames pages of table (512 references each). 0, or a negative errno when the
 * hypervisor refuses or memory lacks. Once.
 */
int gnttab_init(unsigned int frames);

/*
 * Lets the domain use the page, or only read it. Returns the reference, or -1 when all are in
 * use.
 */
int gnttab_grant(xen_domid_t to, const void *page, bool readonly);

/*
 * Takes a grant back. False when the other side still has it mapped: the page must not be
 * reused, and the reference stays taken.
 */
bool gnttab_revoke(int ref);

/* References not in use. */
unsigned int gnttab_free_count(void);

/* The shared table itself, for those who test it. */
struct grant_entry_v1 *gnttab_table(void);

#endif /* GUEST_GNTTAB_H */
