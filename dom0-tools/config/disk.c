/* SPDX-License-Identifier: MIT */
/* disk=: `target,format,vdev,access,key=value,flag…` and the older prefixed form. */
#include "spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#define MAX_TARGET 1024

/* One disk while its items are read. */
struct disk_reader {
	struct reading *reading;
	struct config_disk *disk;
	struct place place; /* of the element */
	bool has_format;
	bool has_access;
	bool old_form; /* a prefix like phy: gave the format, its position is gone */
	unsigned int position;
};

typedef void disk_key_fn(struct disk_reader *reader, const struct spec_item *item);

static void complain(struct disk_reader *reader, const struct spec_item *item, const char *expected,
		     const char *hint, const char *what)
{
	diag_add(reader->reading->diags, CONFIG_ERROR, &item->place, expected, hint, "%s \"%s\"",
		 what, item->value);
}

static void later(struct disk_reader *reader, const struct spec_item *item, const char *hint,
		  const char *what)
{
	diag_add(reader->reading->diags, CONFIG_ERROR, &item->place, NULL, hint,
		 "%s is not supported yet", what);
}

static void set_text(char **out, const char *text)
{
	free(*out);
	*out = text[0] ? config_strdup(text) : NULL;
}

static void read_target(struct disk_reader *reader, const struct spec_item *item)
{
	if (strlen(item->value) > MAX_TARGET) {
		diag_add(reader->reading->diags, CONFIG_ERROR, &item->place, NULL, NULL,
			 "the target of a disk is longer than %d characters", MAX_TARGET);
		return;
	}
	set_text(&reader->disk->target, item->value);
}

static const struct {
	const char *name;
	enum config_disk_format format;
} formats[] = {
	{"raw", CONFIG_DISK_RAW},     {"", CONFIG_DISK_RAW},       {"aio", CONFIG_DISK_RAW},
	{"empty", CONFIG_DISK_EMPTY}, {"none", CONFIG_DISK_EMPTY}, {"qcow", CONFIG_DISK_QCOW},
	{"qcow2", CONFIG_DISK_QCOW2}, {"vhd", CONFIG_DISK_VHD},    {"qed", CONFIG_DISK_QED},
};

#define FORMAT_COUNT (sizeof(formats) / sizeof(formats[0]))

const char *config_disk_format_name(enum config_disk_format format)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (formats[i].format == format) {
			return formats[i].name;
		}
	}
	return "raw";
}

static void read_format(struct disk_reader *reader, const struct spec_item *item)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (strcmp(item->value, formats[i].name) == 0) {
			reader->has_format = true;
			reader->disk->format = formats[i].format;
			return;
		}
	}
	complain(reader, item, "raw, qcow2, qcow, vhd or qed", NULL, "unknown disk format");
}

static void read_vdev(struct disk_reader *reader, const struct spec_item *item)
{
	const char *name = item->value;
	char *copy = config_strdup(strncmp(name, "/dev/", 5) == 0 ? name + 5 : name);
	char *colon = strchr(copy, ':');

	if (colon && (strcmp(colon, ":cdrom") == 0 || strcmp(colon, ":disk") == 0)) {
		reader->disk->cdrom |= strcmp(colon, ":cdrom") == 0;
		*colon = '\0';
	}
	if (strlen(copy) < sizeof(reader->disk->vdev) &&
	    config_vdev_parse(copy, &reader->disk->devid)) {
		strcpy(reader->disk->vdev, copy);
	} else {
		complain(reader, item,
			 "xvda … xvdz, xvdaa …, sda, hda or a number, with or "
			 "without a partition (xvda1)",
			 NULL, "no such virtual device:");
	}
	free(copy);
}

static void read_access(struct disk_reader *reader, const struct spec_item *item)
{
	const char *value = item->value;

	reader->has_access = true;
	if (!strcmp(value, "rw") || !strcmp(value, "w")) {
		reader->disk->readwrite = true;
	} else if (!strcmp(value, "ro") || !strcmp(value, "r")) {
		reader->disk->readwrite = false;
	} else if (!strcmp(value, "w!")) {
		complain(reader, item, "rw or ro",
			 "sharing a disk that somebody writes to destroys its file system",
			 "no such access:");
	} else if (value[0]) {
		complain(reader, item, "rw or ro", NULL, "no such access:");
	} else {
		reader->has_access = false;
	}
}

static void read_devtype(struct disk_reader *reader, const struct spec_item *item)
{
	if (!strcmp(item->value, "cdrom") || !strcmp(item->value, "disk")) {
		reader->disk->cdrom = item->value[0] == 'c';
	} else {
		complain(reader, item, "disk or cdrom", NULL, "no such devtype:");
	}
}

static void read_backendtype(struct disk_reader *reader, const struct spec_item *item)
{
	if (!strcmp(item->value, "phy")) {
		reader->disk->backendtype = CONFIG_BACKEND_PHY;
	} else if (!strcmp(item->value, "qdisk")) {
		reader->disk->backendtype = CONFIG_BACKEND_QDISK;
	} else {
		complain(reader, item, "phy or qdisk", NULL, "no such backendtype:");
	}
}

static void read_backend(struct disk_reader *reader, const struct spec_item *item)
{
	if (spec_is_own_backend(item->value)) {
		return;
	}
	if (!spec_is_domain(item->value)) {
		complain(reader, item, "a domain's name or number", NULL, "no such backend:");
		return;
	}
	set_text(&reader->disk->backend, item->value);
}

static void read_script(struct disk_reader *reader, const struct spec_item *item)
{
	set_text(&reader->disk->script, item->value);
}

/* "key", "key=1" and "key=0" of a flag. */
static bool flag_value(struct disk_reader *reader, const struct spec_item *item)
{
	if (!item->key || !strcmp(item->value, "1")) {
		return true;
	}
	if (strcmp(item->value, "0") != 0) {
		complain(reader, item, "0 or 1", NULL, "a flag has the value");
	}
	return false;
}

static void read_cdrom(struct disk_reader *reader, const struct spec_item *item)
{
	reader->disk->cdrom = flag_value(reader, item);
}

static void read_direct(struct disk_reader *reader, const struct spec_item *item)
{
	reader->disk->direct_io_safe = flag_value(reader, item);
}

static void read_discard(struct disk_reader *reader, const struct spec_item *item)
{
	reader->disk->discard = flag_value(reader, item) ? CONFIG_TRUE : CONFIG_FALSE;
}

static void read_no_discard(struct disk_reader *reader, const struct spec_item *item)
{
	reader->disk->discard = flag_value(reader, item) ? CONFIG_FALSE : CONFIG_TRUE;
}

static void read_trusted(struct disk_reader *reader, const struct spec_item *item)
{
	reader->disk->trusted = flag_value(reader, item) ? CONFIG_TRUE : CONFIG_FALSE;
}

static void read_untrusted(struct disk_reader *reader, const struct spec_item *item)
{
	reader->disk->trusted = flag_value(reader, item) ? CONFIG_FALSE : CONFIG_TRUE;
}

static void read_later(struct disk_reader *reader, const struct spec_item *item)
{
	char *what = config_printf("disk option \"%s\"", item->key);

	later(reader, item, NULL, what);
	free(what);
}

static const struct disk_key {
	const char *name;
	disk_key_fn *read;
	bool is_flag;
} disk_keys[] = {
	{"target", read_target, false},       {"format", read_format, false},
	{"vdev", read_vdev, false},           {"access", read_access, false},
	{"devtype", read_devtype, false},     {"backendtype", read_backendtype, false},
	{"backend", read_backend, false},     {"script", read_script, false},
	{"cdrom", read_cdrom, true},          {"direct-io-safe", read_direct, true},
	{"discard", read_discard, true},      {"no-discard", read_no_discard, true},
	{"trusted", read_trusted, true},      {"untrusted", read_untrusted, true},
	{"specification", read_later, false}, {"transport", read_later, false},
	{"grant_usage", read_later, false},   {"colo", read_later, true},
};

#define DISK_KEY_COUNT (sizeof(disk_keys) / sizeof(disk_keys[0]))

static const char *nth_disk_key(const void *state, size_t i)
{
	(void)state;
	return i < DISK_KEY_COUNT ? disk_keys[i].name : NULL;
}

static const struct disk_key *find_key(const char *name, bool flags_only)
{
	for (size_t i = 0; i < DISK_KEY_COUNT; i++) {
		if (strcmp(disk_keys[i].name, name) == 0 && (disk_keys[i].is_flag || !flags_only)) {
			return &disk_keys[i];
		}
	}
	return NULL;
}

static void read_position(struct disk_reader *reader, const struct spec_item *item)
{
	static disk_key_fn *const by_position[] = {read_target, read_format, read_vdev,
						   read_access};

	if (reader->position == 1 && reader->old_form) {
		reader->position++;
	}
	if (reader->position < 4) {
		by_position[reader->position++](reader, item);
		return;
	}
	complain(reader, item, "target,format,vdev,access and then key=value",
		 "a target with a comma in it comes last, as target=…", "one value too many:");
}

static void read_item(struct disk_reader *reader, const struct spec_item *item)
{
	const struct disk_key *key = item->key ? find_key(item->key, false)
					       : find_key(item->value, true);
	char hint[96];

	if (key) {
		key->read(reader, item);
	} else if (item->key) {
		diag_add(reader->reading->diags, CONFIG_ERROR, &item->place, NULL,
			 diag_did_you_mean(hint, sizeof(hint), item->key, nth_disk_key, NULL),
			 "unknown disk option \"%s\"", item->key);
		diag_id(reader->reading->diags, "unknown-key");
	} else {
		read_position(reader, item);
	}
}

/* Prefixes of the older form, and the format each stood for. */
static const struct {
	const char *prefix;
	const char *format;
} prefixes[] = {
	{"phy:", "raw"},     {"file:", "raw"}, {"aio:", "raw"}, {"tap:", NULL},
	{"tap2:", NULL},     {"ioemu:", NULL}, {"raw:", "raw"}, {"qcow:", "qcow"},
	{"qcow2:", "qcow2"}, {"vhd:", "vhd"},  {"qed:", "qed"}, {"tapdisk:", NULL},
	{"empty:", "empty"},
};

/* Strips old prefixes off the text; says so once. */
static void strip_prefixes(struct disk_reader *reader, struct spec *spec)
{
	bool again = spec->start != NULL;

	while (again) {
		again = false;
		for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
			size_t len = strlen(prefixes[i].prefix);
			struct spec_item item = {.place = spec->place};

			if (strncmp(spec->next, prefixes[i].prefix, len) != 0) {
				continue;
			}
			if (!reader->old_form) {
				diag_add(reader->reading->diags, CONFIG_WARNING, &spec->place, NULL,
					 "write target,raw,vdev,access without a prefix",
					 "disk prefix \"%s\" is deprecated", prefixes[i].prefix);
			}
			reader->old_form = true;
			if (prefixes[i].format) {
				item.value = prefixes[i].format;
				read_format(reader, &item);
			}
			spec->next += len;
			again = true;
		}
	}
}

static void check(struct disk_reader *reader)
{
	struct config_disk *disk = reader->disk;
	struct config_diags *diags = reader->reading->diags;

	if (disk->vdev[0] == '\0') {
		diag_add(diags, CONFIG_ERROR, &reader->place, "for example vdev=xvda", NULL,
			 "a disk has no vdev, its name in the guest");
	}
	if (!disk->target) {
		if (disk->cdrom || disk->format == CONFIG_DISK_EMPTY) {
			disk->cdrom = true;
			disk->format = CONFIG_DISK_EMPTY;
		} else {
			diag_add(diags, CONFIG_ERROR, &reader->place,
				 "the path of an image or block device", NULL,
				 "a disk has no target");
		}
	} else if (disk->target[0] != '/' && !disk->script) {
		diag_add(diags, CONFIG_ERROR, &reader->place, "an absolute path", NULL,
			 "disk target \"%s\" does not start with /", disk->target);
	}
	if (!reader->has_access) {
		disk->readwrite = !disk->cdrom;
	}
	if (disk->cdrom && disk->readwrite) {
		diag_add(diags, CONFIG_WARNING, &reader->place, NULL, NULL,
			 "a CD drive is always read-only");
		disk->readwrite = false;
	}
}

/* Reads one element into *disk; false if it has mistakes. */
static bool read_disk(struct reading *reading, const struct value *element,
		      struct config_disk *disk)
{
	struct disk_reader reader = {.reading = reading, .disk = disk, .place = element->place};
	size_t errors = reading->diags->error_count;
	struct spec_item item;
	struct spec spec;

	*disk = (struct config_disk){
		.discard = CONFIG_UNSET,
		.trusted = CONFIG_UNSET,
		.place = place_keep(&element->place),
	};
	spec_open(&spec, reading->doc, element, "target");
	strip_prefixes(&reader, &spec);
	while (spec_next(&spec, &item, reading->diags)) {
		read_item(&reader, &item);
	}
	if (reading->diags->error_count == errors) {
		check(&reader);
	}
	return reading->diags->error_count == errors;
}

static bool same_backend(const struct config_disk *a, const struct config_disk *b)
{
	return strcmp(a->backend ? a->backend : "", b->backend ? b->backend : "") == 0;
}

static void refuse_twin(struct reading *reading, const struct value *element,
			const struct config_disk *disk)
{
	for (size_t i = 0; i < reading->cfg->disk_count; i++) {
		const struct config_disk *other = &reading->cfg->disks[i];

		if (other->devid == disk->devid) {
			diag_add(reading->diags, CONFIG_ERROR, &element->place, NULL,
				 "each disk needs a vdev of its own",
				 "two disks are called %s (the other in line %d)", disk->vdev,
				 other->place.line);
		} else if (disk->target && other->target &&
			   strcmp(disk->target, other->target) == 0 && same_backend(disk, other) &&
			   (disk->readwrite || other->readwrite)) {
			diag_add(reading->diags, CONFIG_ERROR, &element->place, NULL,
				 "two disks may share a target only if both are read-only",
				 "%s is used by two disks (the other in line %d)", disk->target,
				 other->place.line);
		}
	}
}

static void add_disk(struct reading *reading, const struct value *element)
{
	struct domain_config *cfg = reading->cfg;
	struct config_disk disk;

	if (!read_disk(reading, element, &disk)) {
		config_disk_free(&disk);
		return;
	}
	refuse_twin(reading, element, &disk);
	cfg->disks = config_realloc(cfg->disks, (cfg->disk_count + 1) * sizeof(disk));
	cfg->disks[cfg->disk_count++] = disk;
}

void disk_read(struct reading *reading, const struct config_key *key, const struct value *value)
{
	spec_each(reading, key, value, add_disk);
}

int config_parse_disk(const char *text, struct config_disk *out, struct config_diags *diags)
{
	struct doc doc = {0};
	struct reading reading = {.doc = &doc, .diags = diags};
	struct value value = {.type = VALUE_STRING,
			      .text = text,
			      .place = {"disk", 1, 1},
			      .verbatim = true};
	bool good;

	value.place.column = 0; /* no quote in front of it */
	good = read_disk(&reading, &value, out);
	doc_free(&doc);
	if (!good) {
		config_disk_free(out);
		return -EINVAL;
	}
	return 0;
}

void config_disk_free(struct config_disk *disk)
{
	free(disk->target);
	free(disk->script);
	free(disk->backend);
	*disk = (struct config_disk){0};
}

void disk_dump(const struct domain_config *cfg, struct yajl_gen_t *gen,
	       const struct config_key *key)
{
	if (cfg->disk_count == 0) {
		return;
	}
	yajl_gen_string(gen, (const unsigned char *)key->name, strlen(key->name));
	yajl_gen_array_open(gen);
	for (size_t i = 0; i < cfg->disk_count; i++) {
		const struct config_disk *disk = &cfg->disks[i];

		yajl_gen_map_open(gen);
		spec_gen_text(gen, "format",
			      config_disk_format_name(disk->target ? disk->format
								   : CONFIG_DISK_EMPTY));
		spec_gen_text(gen, "vdev", disk->vdev);
		spec_gen_text(gen, "access", disk->readwrite ? "rw" : "ro");
		spec_gen_text(gen, "devtype", disk->cdrom ? "cdrom" : NULL);
		spec_gen_text(gen, "backendtype",
			      disk->backendtype == CONFIG_BACKEND_PHY     ? "phy"
			      : disk->backendtype == CONFIG_BACKEND_QDISK ? "qdisk"
									  : NULL);
		spec_gen_text(gen, "backend", disk->backend);
		spec_gen_text(gen, "script", disk->script);
		spec_gen_tristate(gen, "direct-io-safe",
				  disk->direct_io_safe ? CONFIG_TRUE : CONFIG_UNSET);
		spec_gen_tristate(gen, "discard", disk->discard);
		spec_gen_tristate(gen, "trusted", disk->trusted);
		spec_gen_text(gen, "target", disk->target);
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
}
