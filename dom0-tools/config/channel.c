/* SPDX-License-Identifier: MIT */
/* channel=: `name=,connection=pty|socket,path=`. */
#include "spec.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <yajl/yajl_gen.h>

#define MAX_PATH (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define MAX_NAME 255

struct channel_reader {
	struct reading *reading;
	struct config_channel *channel;
	bool connected; /* connection= was written */
};

typedef void channel_key_fn(struct channel_reader *reader, const struct spec_item *item);

static void complain(struct channel_reader *reader, const struct spec_item *item,
		     const char *expected, const char *hint)
{
	diag_add(reader->reading->diags, CONFIG_ERROR, &item->place, expected, hint,
		 "channel option \"%s\" is \"%s\"", item->key, item->value);
}

static void set_text(char **out, const char *text)
{
	free(*out);
	*out = config_strdup(text);
}

/* It becomes a node's value, and the name of a link in the guest. */
static void read_name(struct channel_reader *reader, const struct spec_item *item)
{
	size_t len = strlen(item->value);
	bool good = len > 0 && len <= MAX_NAME;

	for (const char *c = item->value; *c; c++) {
		good = good && (unsigned char)*c > ' ' && *c != 0x7f && *c != '/';
	}
	if (!good) {
		complain(reader, item, "a name of 1 to 255 characters without blanks and /",
			 "like org.example.agent.0");
		return;
	}
	set_text(&reader->channel->name, item->value);
}

static void read_connection(struct channel_reader *reader, const struct spec_item *item)
{
	if (!strcmp(item->value, "pty")) {
		reader->channel->connection = CONFIG_CHANNEL_PTY;
	} else if (!strcmp(item->value, "socket")) {
		reader->channel->connection = CONFIG_CHANNEL_SOCKET;
	} else {
		complain(reader, item, "pty or socket", NULL);
	}
	reader->connected = true;
}

static void read_path(struct channel_reader *reader, const struct spec_item *item)
{
	if (item->value[0] != '/') {
		complain(reader, item, "an absolute path", NULL);
	} else if (strlen(item->value) > MAX_PATH) {
		complain(reader, item, "a path of at most 107 characters, as sockets have", NULL);
	} else {
		set_text(&reader->channel->path, item->value);
	}
}

static void read_backend(struct channel_reader *reader, const struct spec_item *item)
{
	if (strcmp(item->value, "0") != 0 && strcmp(item->value, "Domain-0") != 0) {
		complain(reader, item, "0: the console daemon of the control domain serves them",
			 NULL);
	}
}

static const struct channel_key {
	const char *name;
	channel_key_fn *read;
} channel_keys[] = {
	{"name", read_name},
	{"connection", read_connection},
	{"path", read_path},
	{"backend", read_backend},
};

#define CHANNEL_KEY_COUNT (sizeof(channel_keys) / sizeof(channel_keys[0]))

static const char *nth_channel_key(const void *state, size_t i)
{
	(void)state;
	return i < CHANNEL_KEY_COUNT ? channel_keys[i].name : NULL;
}

static void read_item(struct channel_reader *reader, const struct spec_item *item)
{
	struct config_diags *diags = reader->reading->diags;
	char hint[96];

	if (!item->key) {
		if (item->value[0]) {
			diag_add(diags, CONFIG_ERROR, &item->place, "key=value", NULL,
				 "\"%s\" in a channel", item->value);
		}
		return;
	}
	for (size_t i = 0; i < CHANNEL_KEY_COUNT; i++) {
		if (!strcmp(channel_keys[i].name, item->key)) {
			channel_keys[i].read(reader, item);
			return;
		}
	}
	diag_add(diags, CONFIG_ERROR, &item->place, NULL,
		 diag_did_you_mean(hint, sizeof(hint), item->key, nth_channel_key, NULL),
		 "unknown channel option \"%s\"", item->key);
	diag_id(diags, "unknown-key");
}

/* What one option alone cannot tell. */
static void check_whole(struct channel_reader *reader, const struct value *element)
{
	const struct config_channel *channel = reader->channel;
	const struct domain_config *cfg = reader->reading->cfg;
	struct config_diags *diags = reader->reading->diags;

	if (!channel->name) {
		diag_add(diags, CONFIG_ERROR, &element->place, "name=NAME", NULL,
			 "a channel has no name");
	}
	if (!reader->connected) {
		diag_add(diags, CONFIG_ERROR, &element->place,
			 "connection=pty or connection=socket", NULL,
			 "a channel has no connection");
	} else if (channel->connection == CONFIG_CHANNEL_SOCKET && !channel->path) {
		diag_add(diags, CONFIG_ERROR, &element->place, "path=/path/of/the/socket", NULL,
			 "a channel with connection=socket has no path");
	} else if (channel->connection == CONFIG_CHANNEL_PTY && channel->path) {
		diag_add(diags, CONFIG_ERROR, &element->place, NULL,
			 "write connection=socket, or leave path= out",
			 "a channel with connection=pty has a path");
	}
	for (size_t i = 0; i < cfg->channel_count; i++) {
		const struct config_channel *other = &cfg->channels[i];
		const char *same = NULL;

		if (channel->name && !strcmp(channel->name, other->name)) {
			same = "name";
		} else if (channel->path && other->path && !strcmp(channel->path, other->path)) {
			same = "path";
		}
		if (same) {
			diag_add(diags, CONFIG_ERROR, &element->place, NULL, NULL,
				 "two channels have the same %s (the other in line %d)", same,
				 other->place.line);
		}
	}
	if (cfg->channel_count == CONFIG_MAX_CHANNELS) {
		diag_add(diags, CONFIG_ERROR, &element->place, "at most 9 channels", NULL,
			 "there are more channels than a Linux guest can tell apart");
	}
}

static void add_channel(struct reading *reading, const struct value *element)
{
	struct config_channel channel = {.place = place_keep(&element->place)};
	struct channel_reader reader = {.reading = reading, .channel = &channel};
	struct domain_config *cfg = reading->cfg;
	size_t errors = reading->diags->error_count;
	struct spec_item item;
	struct spec spec;

	spec_open(&spec, reading->doc, element, NULL);
	while (spec_next(&spec, &item, reading->diags)) {
		read_item(&reader, &item);
	}
	if (reading->diags->error_count == errors) {
		check_whole(&reader, element);
	}
	if (reading->diags->error_count != errors) {
		config_channel_free(&channel);
		return;
	}
	cfg->channels = config_realloc(cfg->channels, (cfg->channel_count + 1) * sizeof(channel));
	cfg->channels[cfg->channel_count++] = channel;
}

void channel_read(struct reading *reading, const struct config_key *key, const struct value *value)
{
	spec_each(reading, key, value, add_channel);
}

void config_channel_free(struct config_channel *channel)
{
	free(channel->name);
	free(channel->path);
	*channel = (struct config_channel){0};
}

const char *config_connection_name(enum config_connection connection)
{
	return connection == CONFIG_CHANNEL_SOCKET ? "socket" : "pty";
}

void channel_dump(const struct domain_config *cfg, struct yajl_gen_t *gen,
		  const struct config_key *key)
{
	if (cfg->channel_count == 0) {
		return;
	}
	yajl_gen_string(gen, (const unsigned char *)key->name, strlen(key->name));
	yajl_gen_array_open(gen);
	for (size_t i = 0; i < cfg->channel_count; i++) {
		const struct config_channel *channel = &cfg->channels[i];

		yajl_gen_map_open(gen);
		spec_gen_text(gen, "name", channel->name);
		spec_gen_text(gen, "connection", config_connection_name(channel->connection));
		spec_gen_text(gen, "path", channel->path);
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
}
