/* SPDX-License-Identifier: MIT */
/*
 * Permissions of a node: the first entry names the owner and what everybody else may do, the
 * others name exceptions. Domain 0 and owners may do everything.
 */
#ifndef DOM0_TOOLS_STORED_PERMS_H
#define DOM0_TOOLS_STORED_PERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PERM_NONE 0U
#define PERM_READ 1U
#define PERM_WRITE 2U
#define PERM_OWNER 4U /* asked for, never stored: nobody but the owner has it */

struct perm {
	uint16_t domid;
	uint8_t bits; /* PERM_READ, PERM_WRITE */
};

struct perms {
	struct perm *list;
	unsigned int count; /* at least 1 in a node */
	/* Generation at which they were set: entries of domains that died later are void, so that
	 * a new domain of that id inherits nothing. */
	uint64_t since;
};

struct stored;

/* Who is asking. */
struct subject {
	uint16_t domid;
	uint16_t target; /* a domain it stands in for, or NO_TARGET */
};

#define NO_TARGET 0xffffU

static inline bool subject_is_privileged(const struct subject *who)
{
	return who->domid == 0;
}

/* Whether `who` has all the `bits` (PERM_*). */
bool perms_allow(const struct stored *stored, const struct perms *perms, const struct subject *who,
		 unsigned int bits);

/* Reads "r1\0n2\0..." (`len` bytes). -EINVAL, -ENOMEM. On success to->list is malloc'ed. */
int perms_parse(const char *text, size_t len, struct perms *to);

/* Writes the same form, void entries left out; returns its length, which may exceed `room` (then
 * nothing useful was written). */
size_t perms_format(const struct stored *stored, const struct perms *perms, char *text,
		    size_t room);

/* What a new node below one with `from` gets: its entries as far as they are not void, owned by
 * *owner unless that is NULL. 0 or -ENOMEM. */
int perms_inherit(const struct stored *stored, const struct perms *from, const uint16_t *owner,
		  struct perms *to);

/* A list of one entry. 0 or -ENOMEM. */
int perms_single(const struct stored *stored, uint16_t owner, unsigned int others,
		 struct perms *to);

void perms_free(struct perms *perms);

#endif
