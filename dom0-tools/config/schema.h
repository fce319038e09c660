/* SPDX-License-Identifier: MIT */
/* The one table of configuration keys behind every syntax, the JSON output and the manual. */
#ifndef DOM0_TOOLS_CONFIG_SCHEMA_H
#define DOM0_TOOLS_CONFIG_SCHEMA_H

#include "value.h"

struct yajl_gen_t;
struct config_key;

enum key_kind {
	KEY_STRING,  /* char * */
	KEY_BOOL,    /* bool */
	KEY_NUMBER,  /* uint32_t */
	KEY_SIGNED,  /* int64_t */
	KEY_MIB,     /* written in MiB, kept in KiB as uint64_t */
	KEY_CHOICE,  /* an enum */
	KEY_CUSTOM,  /* read() and dump() of its own */
	KEY_NOTHING, /* known, but read into nothing; see its status */
};

enum key_status {
	KEY_OK,
	KEY_DEPRECATED, /* works, `note` says what replaces it */
	KEY_HVM,        /* only full virtualization knows it: warned about */
	KEY_NO_EFFECT,  /* accepted, `note` says why it does nothing */
	KEY_LATER,      /* refused unless it asks for nothing (0, "", []) */
};

/* One word a KEY_CHOICE takes. */
struct key_choice {
	const char *name; /* NULL ends the list */
	int value;
	const char *refused; /* why it cannot be had, NULL if it can */
};

/* One configuration while it is being read. */
struct reading {
	struct doc *doc;
	struct domain_config *cfg;
	struct config_diags *diags;
	bool unreadable; /* some of the text was not understood */
	/* parts that are put together at the end */
	const char *root;
	const char *extra;
	const char *cmdline;
};

typedef void key_read_fn(struct reading *reading, const struct config_key *key,
			 const struct value *value);
typedef void key_dump_fn(const struct domain_config *cfg, struct yajl_gen_t *gen,
			 const struct config_key *key);

struct config_key {
	const char *name;
	enum key_kind kind;
	enum key_status status;
	size_t offset; /* of the field in struct domain_config */
	int64_t min;   /* NUMBER, SIGNED, MIB; CHOICE: min < max lets numbers stand for words */
	int64_t max;
	const struct key_choice *choices;
	key_read_fn *read;
	key_dump_fn *dump;
	const char *note;
	const char *doc; /* a sentence for the manual; NULL in keys that are not explained */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

const struct config_key *schema_find(const char *name);

/* Reads every setting of the doc into reading->cfg. */
void schema_read(struct reading *reading);

/* The text of a string value (or a number as written); NULL after an error. */
const char *schema_text(struct reading *reading, const char *name, const struct value *value);

/* A place as the configuration keeps it. */
struct config_place place_keep(const struct place *place);

/* Keeps where a key of the key table was written, for config_place_of(). */
void place_note(struct domain_config *cfg, const char *key, const struct place *place);

/* What stands for a file's name in the places of an override, from 1. */
void place_label(int override, char *buf, size_t size);

/* Readers and writers of KEY_CUSTOM, each in the file of its subject. */
key_read_fn disk_read, nic_read, channel_read, cpus_read, uuid_read, name_read, cmdline_read,
	args_read;
key_dump_fn disk_dump, nic_dump, channel_dump, cpus_dump, uuid_dump, cmdline_dump, args_dump;

/* Fits cpus= and cpus_soft= to the number of vCPUs, once that is known. */
void cpus_finish(struct reading *reading);

#endif
