/* SPDX-License-Identifier: MIT */
/*
 * JSON results, one object per run: {"schema": 1, "verb": NAME, …}. The schema number goes up
 * when a key changes its meaning or goes away; new keys do not count.
 */
#ifndef DOM0_TOOLS_AXL_JSON_H
#define DOM0_TOOLS_AXL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_SCHEMA 1

struct yajl_gen_t;
struct yajl_val_s;

/* Starts the object; verb may be NULL. Ends the program when memory is out. */
struct yajl_gen_t *json_begin(const char *verb);

/* Closes it, prints it with a newline, and frees the generator. */
void json_finish(struct yajl_gen_t *json, FILE *out);
void json_discard(struct yajl_gen_t *json);

/* Members; a NULL key is for array elements. Bytes that are not UTF-8 become '?'. */
void json_string(struct yajl_gen_t *json, const char *key, const char *value); /* NULL: null */
void json_number(struct yajl_gen_t *json, const char *key, uint64_t value);
void json_double(struct yajl_gen_t *json, const char *key, double value);
void json_bool(struct yajl_gen_t *json, const char *key, bool value);
void json_map(struct yajl_gen_t *json, const char *key);
void json_map_end(struct yajl_gen_t *json);
void json_array(struct yajl_gen_t *json, const char *key);
void json_array_end(struct yajl_gen_t *json);

/* A value that was parsed; what is nested too deeply becomes null. */
void json_value(struct yajl_gen_t *json, const char *key, struct yajl_val_s *value);

/* "what", "cause", "numbers" and "hint" of an error. */
struct ctl_error;
void json_error(struct yajl_gen_t *json, const struct ctl_error *err);

/* "diagnostics", if there are any. */
struct config_diags;
void json_diags(struct yajl_gen_t *json, const struct config_diags *diags);

#endif
