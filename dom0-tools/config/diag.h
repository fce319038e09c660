/* SPDX-License-Identifier: MIT */
/* How the parts of the configuration library report what they find. */
#ifndef DOM0_TOOLS_CONFIG_DIAG_H
#define DOM0_TOOLS_CONFIG_DIAG_H

#include "config.h"

/* Where something was written. file may be NULL (then the whole place is left out). */
struct place {
	const char *file;
	int line;
	int column;
};

/* After so many entries further ones are only counted. */
#define DIAG_MAX 100

/*
 * Adds one finding. `expected` and `hint` may be NULL; all texts are copied, control characters
 * in them replaced. `what` is printf-like.
 */
void diag_add(struct config_diags *diags, enum config_severity severity, const struct place *place,
	      const char *expected, const char *hint, const char *what, ...)
	__attribute__((format(printf, 6, 7)));

/* Gives the last finding another id than "bad-value", "warning" or "note". */
void diag_id(struct config_diags *diags, const char *id);

/* Gives all that have one id another. */
void diag_change_ids(struct config_diags *diags, const char *from, const char *to);

/* Puts the findings of one file into the order of its lines; those about it as a whole go last. */
void diag_sort(struct config_diags *diags);

/*
 * The candidate most like word, or NULL if none is near (a distance of at most a third of the
 * word). next(state, i) gives candidate i, NULL at the end.
 */
const char *diag_nearest(const char *word, const char *(*next)(const void *state, size_t i),
			 const void *state);

/* Puts `did you mean "x"?` into buf and returns it, or NULL if nothing is near. */
const char *diag_did_you_mean(char *buf, size_t size, const char *word,
			      const char *(*next)(const void *state, size_t i), const void *state);

/* Is it well-formed UTF-8? Anything else could not be shown or written as JSON. */
bool config_is_utf8(const char *text);

/* Memory for bounded input: ends the program when the machine has none left. */
void *config_alloc(size_t size); /* zeroed */
void *config_realloc(void *old, size_t size);
char *config_strdup(const char *text);
char *config_strndup(const char *text, size_t len);
char *config_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
