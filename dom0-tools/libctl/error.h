/* SPDX-License-Identifier: MIT */
/*
 * The one error that the toolstack's libraries hand to the command that asked: a stable id for
 * scripts, what failed, why, and the way out.
 */
#ifndef DOM0_TOOLS_LIBCTL_ERROR_H
#define DOM0_TOOLS_LIBCTL_ERROR_H

struct ctl_error {
	char id[32];	/* stable, kebab-case: "no-such-bridge" */
	char what[256]; /* the step that failed and the thing it was about */
	char cause[512]; /* why, with the numbers */
	char hint[512]; /* what the user can do; "" if nothing is known */
};

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

/* Sets the cause to the text of an errno value; takes it positive or negative. */
void ctl_error_errno(struct ctl_error *err, int error);

#endif
