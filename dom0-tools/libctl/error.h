/* SPDX-License-Identifier: MIT */
/*
 * The one error that the toolstack's libraries hand to the command that asked: a stable id for
 * scripts, what failed, why, and the way out.
 */
#ifndef DOM0_TOOLS_LIBCTL_ERROR_H
#define DOM0_TOOLS_LIBCTL_ERROR_H

#include <stdint.h>
#include <stdio.h>

#define CTL_ERROR_NUMBERS 12

/* One figure of an error, for programs: "free_kib" and its value. */
struct ctl_number {
	char name[32];
	uint64_t value;
};

struct ctl_error {
	char id[32];     /* stable, kebab-case: "no-such-bridge" */
	char what[256];  /* the step that failed and the thing it was about */
	char cause[512]; /* why, with the numbers */
	char hint[512];  /* what the user can do; "" if nothing is known */
	struct ctl_number numbers[CTL_ERROR_NUMBERS]; /* what cause says in words */
	unsigned int number_count;
};

/*
 * Prints words of others, perhaps a guest's, to what may be a terminal: '?' stands for each control
 * character, so that it obeys none.
 */
void ctl_put_clean(FILE *out, const char *text);

/* Empties *err. */
void ctl_error_clear(struct ctl_error *err);

/* Sets id and what (printf-like, cut to size) and empties cause and hint. */
void ctl_error_set(struct ctl_error *err, const char *id, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/* Completes an error that was set. */
void ctl_error_cause(struct ctl_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void ctl_error_hint(struct ctl_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds a figure; further ones than fit are dropped. */
void ctl_error_number(struct ctl_error *err, const char *name, uint64_t value);

/* Sets the cause to the text of an errno value; takes it positive or negative. */
void ctl_error_errno(struct ctl_error *err, int error);

#endif
