/* SPDX-License-Identifier: MIT */
/*
 * The small grammar inside one element of disk= or vif=: items separated by commas, each a
 * `key=value`, a flag, or a positional value. JSON gives the same items as an object.
 */
#ifndef DOM0_TOOLS_CONFIG_SPEC_H
#define DOM0_TOOLS_CONFIG_SPEC_H

#include "schema.h"

struct spec {
	struct doc *doc;
	const char *start;
	const char *next;           /* NULL at the end */
	const char *rest_key;       /* this key's value reaches to the end, commas included */
	struct place place;         /* of start */
	bool verbatim;              /* columns can be told */
	const struct value *member; /* JSON: the next member, instead of text */
};

struct spec_item {
	const char *key;   /* NULL: no = sign */
	const char *value; /* blanks around it removed */
	struct place place;
};

void spec_open(struct spec *spec, struct doc *doc, const struct value *value, const char *rest_key);

/* The next item; false at the end. JSON members that are no scalars are reported and skipped. */
bool spec_next(struct spec *spec, struct spec_item *item, struct config_diags *diags);

/* Calls each() for every element of a list of texts or objects (or for a single one). */
void spec_each(struct reading *reading, const struct config_key *key, const struct value *value,
	       void (*each)(struct reading *reading, const struct value *element));

/* Is it usable as the name of a network interface? */
bool spec_is_ifname(const char *name);

/* backend=: is it this domain, which is what none means? And is it a domain's name or number? */
bool spec_is_own_backend(const char *name);
bool spec_is_domain(const char *name);

/* Writers for the dump: nothing is written for NULL or CONFIG_UNSET. */
void spec_gen_text(struct yajl_gen_t *gen, const char *key, const char *text);
void spec_gen_number(struct yajl_gen_t *gen, const char *key, int64_t number);
void spec_gen_tristate(struct yajl_gen_t *gen, const char *key, enum config_tristate state);

#endif
