/* SPDX-License-Identifier: MIT */
/* axl doctor: what is looked at on a host, and how each look tells what it has seen. */
#ifndef DOM0_TOOLS_AXL_DOCTOR_H
#define DOM0_TOOLS_AXL_DOCTOR_H

#include "../axl.h"

enum verdict {
	DOCTOR_OK,
	DOCTOR_NOTE,    /* something is not there that not every host needs */
	DOCTOR_WARNING, /* guests run, but … */
	DOCTOR_ERROR,   /* guests do not start, or not all of them */
};

struct doctor;

/*
 * Tells one finding. id is stable; `remedy` may be NULL; the rest, printf-like, says what was
 * seen, with its figures.
 */
void doctor_tell(struct doctor *doctor, enum verdict verdict, const char *id, const char *remedy,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The run's connections: ctl and store are NULL where there is none. */
struct axl *doctor_axl(struct doctor *doctor);

typedef void doctor_fn(struct doctor *doctor);

/* Looks at one subject each. */
doctor_fn doctor_user, doctor_hypervisor, doctor_nodes, doctor_xenstored, doctor_consoled,
	doctor_modules, doctor_network, doctor_helpers, doctor_memory, doctor_folders,
	doctor_mitigations, doctor_stale_files, doctor_stale_nodes, doctor_stale_loops, doctor_boot,
	doctor_boot_memory, doctor_boot_drivers, doctor_room, doctor_units;

#endif
