/* SPDX-License-Identifier: MIT */
/* The files that doctor reads of the next boot, below a root that tests replace. */
#ifndef DOM0_TOOLS_AXL_DOCTOR_ROOT_H
#define DOM0_TOOLS_AXL_DOCTOR_ROOT_H

#include <stdbool.h>
#include <stddef.h>

#include "bootcfg.h"

#ifndef DOCTOR_ROOT
#define DOCTOR_ROOT ""
#endif
#define DOCTOR_PATH_MAX 512
#define DOCTOR_CFG_MAX (1U << 20)

/* At most `max` bytes of a regular file, for free(); NULL: there is none. */
char *root_read(const char *path, size_t max, size_t *len);

/* Size of a regular file, -1: there is none. */
long long root_size(const char *path);

/* Whether something is there. */
bool root_has(const char *path);

/* Who says what the next boot starts. */
struct boot_next {
	enum {
		NEXT_NONE,  /* no configuration is there */
		NEXT_KNOWN, /* entry is it */
		NEXT_FIRST, /* what is wanted is not there: entry is the first one */
		NEXT_UNTOLD,
		NEXT_BAD, /* `lacks` tells */
	} state;
	char config[DOCTOR_PATH_MAX]; /* its file */
	char wanted[BOOT_NAME_MAX];
	const char *lacks;
	char folder[DOCTOR_PATH_MAX]; /* where relative names start, for argon.efi */
	char volume[DOCTOR_PATH_MAX]; /* its volume; "" for GRUB */
	struct boot_entry entry;
};

/* What GRUB would start, and what argon.efi would if the firmware, or GRUB, starts it. */
void boot_next_grub(struct boot_next *next);
void boot_next_efi(struct boot_next *next);

/* A file as the loader names it, found from here. False: it is not there, path is a guess. */
bool boot_file(const struct boot_next *next, const char *name, char path[DOCTOR_PATH_MAX]);

/* Does a loader start a hypervisor with it? */
bool boot_is_hypervisor(const struct boot_next *next);

/* The entry that starts the hypervisor next: GRUB's, or argon.efi's. False: none is known. */
bool boot_next_hypervisor(struct boot_next *next);

#endif
