/* SPDX-License-Identifier: MIT */
/* libvirt's domain XML into the settings of a configuration: the walk, and all but the devices. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "xml.h"

#define PATH_MAX_BYTES 128

/* ------------------------------------------------------------------- texts and errors -- */

static const char *keep(struct xml_reader *reader, xmlChar *text)
{
	const char *kept = NULL;

	if (text) {
		kept = doc_strndup(reader->doc, (const char *)text, strlen((const char *)text));
		xmlFree(text);
	}
	return kept;
}

const char *xml_attr(struct xml_reader *reader, const xmlNode *node, const char *name)
{
	return keep(reader, xmlGetNoNsProp(node, (const xmlChar *)name));
}

const char *xml_text(struct xml_reader *reader, const xmlNode *node)
{
	const char *text = keep(reader, xmlNodeGetContent(node));

	return text ? text : "";
}

static struct value *new_text(struct xml_reader *reader, const xmlNode *node, const char *text)
{
	const struct place place = xml_place(reader->xml, node);
	struct value *value = value_new(reader->doc, VALUE_STRING, &place);

	value->text = text;
	return value;
}

void xml_set(struct xml_reader *reader, const xmlNode *node, const char *key, const char *text)
{
	const struct place place = xml_place(reader->xml, node);

	if (text) {
		doc_set(reader->doc, key, &place, DOC_SET, new_text(reader, node, text),
			reader->diags);
	}
}

void xml_set_member(struct xml_reader *reader, const xmlNode *node, const char *key,
		    const char *text)
{
	if (text && reader->device) {
		struct value *member = new_text(reader, node, text);

		member->key = key;
		value_add(reader->device, member);
	}
}

void xml_error(struct xml_reader *reader, const xmlNode *node, const char *expected,
	       const char *hint, const char *what, ...)
{
	const struct place place = xml_place(reader->xml, node);
	char text[256];
	va_list args;

	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	diag_add(reader->diags, CONFIG_ERROR, &place, expected, hint, "%s", text);
}

/* ------------------------------------------------------------------------- the domain -- */

/* A number of bytes with libvirt's units, as MiB. */
static const char *mib_of(struct xml_reader *reader, const xmlNode *node)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} units[] = {
		{"b", 1},
		{"bytes", 1},
		{"KB", 1000},
		{"k", 1024},
		{"KiB", 1024},
		{"MB", 1000000},
		{"M", 1048576},
		{"MiB", 1048576},
		{"GB", 1000000000},
		{"G", 1073741824},
		{"GiB", 1073741824},
		{"TB", 1000000000000},
		{"T", 1099511627776},
		{"TiB", 1099511627776},
	};
	const char *unit = xml_attr(reader, node, "unit");
	const char *text = xml_text(reader, node);
	char number[24];
	int64_t value;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit ? unit : "KiB", units[i].name)) {
			continue;
		}
		text += strspn(text, " \t\r\n");
		snprintf(number, sizeof(number), "%.*s", (int)strcspn(text, " \t\r\n"), text);
		if (!value_parse_number(number, &value) || value < 0 ||
		    (uint64_t)value > INT64_MAX / units[i].bytes) {
			xml_error(reader, node, "a whole number", NULL, "<%s> is \"%s\"",
				  (const char *)node->name, text);
			return NULL;
		}
		if ((uint64_t)value * units[i].bytes % 1048576) {
			struct place place = xml_place(reader->xml, node);

			diag_add(reader->diags, CONFIG_WARNING, &place, NULL, NULL,
				 "<%s> is no whole number of MiB and is rounded up",
				 (const char *)node->name);
		}
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)(((uint64_t)value * units[i].bytes + 1048575) /
					      1048576));
		return doc_strndup(reader->doc, number, strlen(number));
	}
	xml_error(reader, node, "KiB, MiB, GiB, TiB, KB, MB, GB, TB or bytes", NULL,
		  "the unit of <%s> is \"%s\"", (const char *)node->name, unit);
	return NULL;
}

void xml_memory(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	xml_set(reader, node, "maxmem", mib_of(reader, node));
}

void xml_current(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	xml_set(reader, node, "memory", mib_of(reader, node));
}

/* A number between blanks. */
static const char *number_in(struct xml_reader *reader, const char *text)
{
	text += strspn(text, " \t\r\n");
	return doc_strndup(reader->doc, text, strcspn(text, " \t\r\n"));
}

void xml_vcpu(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *placement = xml_attr(reader, node, "placement");
	const char *max = number_in(reader, xml_text(reader, node));
	const char *current = xml_attr(reader, node, "current");

	(void)row;
	if (placement && strcmp(placement, "static")) {
		xml_error(reader, node, "static",
			  "name the CPUs with cpuset=", "vcpu placement \"%s\"", placement);
	}
	xml_set(reader, node, "maxvcpus", max);
	xml_set(reader, node, "vcpus", current ? current : max);
	xml_set(reader, node, "cpus", xml_attr(reader, node, "cpuset"));
}

void xml_pin(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *vcpu = xml_attr(reader, node, "vcpu");
	const char *cpus = xml_attr(reader, node, "cpuset");
	int64_t number;

	(void)row;
	if (!vcpu || !cpus || !value_parse_number(vcpu, &number) || number < 0 ||
	    number >= CONFIG_MAX_CPUS) {
		xml_error(reader, node, "vcpu='0' cpuset='1-3'", NULL,
			  "<vcpupin> needs a vCPU and its CPUs");
		return;
	}
	reader->pins[number] = cpus;
	reader->pin_count = (size_t)number < reader->pin_count ? reader->pin_count
							       : (size_t)number + 1;
	reader->last_pin = node;
}

/* vCPUs without a <vcpupin> run where <vcpu cpuset=> says. */
static void set_cpus(struct xml_reader *reader)
{
	const struct setting *max = doc_find(reader->doc, "maxvcpus");
	const struct setting *all = doc_find(reader->doc, "cpus");
	const char *others = all ? all->value->text : "all";
	int64_t vcpus = 0;
	struct value *list;

	if (!reader->last_pin) {
		return;
	}
	list = new_text(reader, reader->last_pin, NULL);
	list->type = VALUE_LIST;
	if (max && value_parse_number(max->value->text, &vcpus) && vcpus <= CONFIG_MAX_CPUS &&
	    (size_t)vcpus > reader->pin_count) {
		reader->pin_count = (size_t)vcpus;
	}
	for (size_t i = 0; i < reader->pin_count; i++) {
		const char *cpus = reader->pins[i] ? reader->pins[i] : others;

		value_add(list, new_text(reader, reader->last_pin, cpus));
	}
	if (all) {
		doc_find(reader->doc, "cpus")->value = list;
	} else {
		doc_set(reader->doc, "cpus", &list->place, DOC_SET, list, reader->diags);
	}
}

/* Is the attribute absent or one of the words? Says so otherwise. */
static bool is_word(struct xml_reader *reader, const xmlNode *node, const char *attr,
		    const char *value, const char *const words[], const char *hint)
{
	for (size_t i = 0; value && words[i]; i++) {
		if (!strcmp(value, words[i])) {
			return true;
		}
	}
	if (value) {
		xml_error(reader, node, words[0], hint, "%s of <%s> is \"%s\"", attr,
			  (const char *)node->name, value);
	}
	return !value;
}

void xml_type(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	static const char *const types[] = {"linux", "xen", NULL};
	static const char *const archs[] = {"x86_64", NULL};
	static const char *const machines[] = {"xenpv", NULL};
	static const char hint[] = "this host runs 64-bit PV guests";

	(void)row;
	is_word(reader, node, "the text", xml_text(reader, node), types, hint);
	is_word(reader, node, "arch", xml_attr(reader, node, "arch"), archs, hint);
	is_word(reader, node, "machine", xml_attr(reader, node, "machine"), machines, hint);
}

void xml_boot(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	xml_error(reader, node, NULL, "write <kernel>, or <bootloader>",
		  "<boot> is for guests with firmware");
}

void xml_clock(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	static const char *const offsets[] = {"utc", "localtime", "variable", NULL};
	static const char *const bases[] = {"utc", "localtime", NULL};
	const char *offset = xml_attr(reader, node, "offset");
	const char *basis = xml_attr(reader, node, "basis");
	const char *adjustment = xml_attr(reader, node, "adjustment");
	bool is_local = offset && !strcmp(offset, "localtime");

	(void)row;
	is_word(reader, node, "offset", offset, offsets, NULL);
	is_word(reader, node, "basis", basis, bases, NULL);
	if (is_local || (basis && !strcmp(basis, "localtime"))) {
		xml_set(reader, node, "localtime", "1");
	}
	if (adjustment && strcmp(adjustment, "reset")) {
		xml_set(reader, node, "rtc_timeoffset", adjustment);
	}
}

void xml_timer(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	static const char *const names[] = {"tsc", NULL};
	static const char *const modes[][2] = {
		{"auto", "default"},
		{"native", "native"},
		{"emulate", "always_emulate"},
		{"paravirt", "native_paravirt"},
	};
	const char *present = xml_attr(reader, node, "present");
	const char *name = xml_attr(reader, node, "name");
	const char *mode = xml_attr(reader, node, "mode");

	(void)row;
	if (!is_word(reader, node, "name", name ? name : "", names, "PV guests have no other") ||
	    (present && !strcmp(present, "no"))) {
		return;
	}
	for (size_t i = 0; mode && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!strcmp(mode, modes[i][0])) {
			xml_set(reader, node, "tsc_mode", modes[i][1]);
			return;
		}
	}
	if (mode) {
		xml_error(reader, node, "auto, native or emulate", NULL,
			  "mode of <timer> is \"%s\"", mode);
	}
}

void xml_features(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	for (const xmlNode *child = node->children; child; child = child->next) {
		if (child->type == XML_ELEMENT_NODE) {
			xml_error(reader, child, NULL, "take it out",
				  "feature <%s>: PV guests have no emulated machine",
				  (const char *)child->name);
		}
	}
}

/* <controller type='xenbus'/> carries two limits; PV guests have no other. */
void xml_controller(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	static const char *const types[] = {"xenbus", NULL};
	const char *type = xml_attr(reader, node, "type");

	(void)row;
	if (is_word(reader, node, "type", type ? type : "", types, "PV guests have no other")) {
		xml_set(reader, node, "max_grant_frames", xml_attr(reader, node, "maxGrantFrames"));
		xml_set(reader, node, "max_event_channels",
			xml_attr(reader, node, "maxEventChannels"));
	}
}

void xml_console(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	static const char *const types[] = {"pty", NULL};

	(void)row;
	is_word(reader, node, "type", xml_attr(reader, node, "type"), types,
		"every guest has one PV console, see axl console");
}

void xml_balloon(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	static const char *const models[] = {"xen", NULL};

	(void)row;
	is_word(reader, node, "model", xml_attr(reader, node, "model"), models,
		"every PV guest has Xen's balloon");
}

/* libvirt gives every Xen guest a mouse and a keyboard; they do something beside <graphics>. */
void xml_input(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	static const char *const buses[] = {"xen", NULL};

	(void)row;
	is_word(reader, node, "bus", xml_attr(reader, node, "bus"), buses,
		"PV guests have no emulated machine");
}

/* --------------------------------------------------------------------------- the walk -- */

/* A path that one level of elements shares. */
struct level {
	const char *prefix; /* "devices/disk/" */
	char name[64];
};

static const char *nth_name(const void *state, size_t i)
{
	const struct level *level = state;
	size_t len = strlen(level->prefix);
	size_t seen = 0;

	for (size_t r = 0; r < xml_row_count; r++) {
		const char *path = xml_rows[r].path;

		if (!strncmp(path, level->prefix, len) && !strchr(path + len, '/') && seen++ == i) {
			return path + len;
		}
	}
	return NULL;
}

static const struct xml_row *find_row(const char *path)
{
	for (size_t i = 0; i < xml_row_count; i++) {
		if (!strcmp(xml_rows[i].path, path)) {
			return &xml_rows[i];
		}
	}
	return NULL;
}

/* Is the word in the blank-separated list? */
static bool is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; *at; at += strspn(at, " ")) {
		size_t this = strcspn(at, " ");

		if (this == len && !strncmp(at, word, len)) {
			return true;
		}
		at += this;
	}
	return false;
}

static void check_attrs(struct xml_reader *reader, const char *attrs, const xmlNode *node)
{
	const struct place place = xml_place(reader->xml, node);

	for (const xmlAttr *attr = node->properties; attr; attr = attr->next) {
		if (!is_listed(attrs, (const char *)attr->name)) {
			diag_add(reader->diags, CONFIG_WARNING, &place, NULL,
				 "docs/libvirt-xml.md lists what can be represented",
				 "attribute \"%s\" of <%s> is ignored", (const char *)attr->name,
				 (const char *)node->name);
			diag_id(reader->diags, "ignored");
		}
	}
}

static void walk(struct xml_reader *reader, const xmlNode *parent, const char *prefix);

static void read_row(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const struct place place = xml_place(reader->xml, node);
	char prefix[PATH_MAX_BYTES];

	if (row->use == XML_REFUSED) {
		xml_error(reader, node, NULL, row->why, "<%s> is not supported",
			  (const char *)node->name);
		diag_id(reader->diags, "not-supported");
		return;
	}
	if (row->use == XML_IGNORED) {
		diag_add(reader->diags, CONFIG_NOTE, &place, NULL, NULL, "<%s> is ignored: %s",
			 (const char *)node->name, row->why);
		diag_id(reader->diags, "ignored");
		return;
	}
	check_attrs(reader, row->attrs, node);
	if (row->key) {
		xml_set(reader, node, row->key, xml_text(reader, node));
		return;
	}
	if (row->enter) {
		row->enter(reader, row, node);
	}
	if (row->enter != xml_features) {
		snprintf(prefix, sizeof(prefix), "%s/", row->path);
		walk(reader, node, prefix);
	}
	if (row->leave) {
		row->leave(reader, row, node);
	}
}

static void refuse_unknown(struct xml_reader *reader, const xmlNode *node,
			   const struct level *level)
{
	const char *ns = node->ns && node->ns->prefix ? (const char *)node->ns->prefix : NULL;
	char hint[96];

	xml_error(reader, node, NULL,
		  diag_did_you_mean(hint, sizeof(hint), level->name, nth_name, level),
		  "unknown element <%s%s%s> in <%s>", ns ? ns : "", ns ? ":" : "", level->name,
		  (const char *)node->parent->name);
	diag_id(reader->diags, "unknown-element");
}

static void walk(struct xml_reader *reader, const xmlNode *parent, const char *prefix)
{
	for (const xmlNode *node = parent->children; node; node = node->next) {
		struct level level = {.prefix = prefix};
		const struct xml_row *row = NULL;
		char path[PATH_MAX_BYTES];

		if (node->type != XML_ELEMENT_NODE) {
			continue;
		}
		snprintf(level.name, sizeof(level.name), "%s", (const char *)node->name);
		if (!node->ns || !node->ns->prefix) {
			snprintf(path, sizeof(path), "%s%s", prefix, level.name);
			row = find_row(path);
		}
		if (row) {
			read_row(reader, row, node);
		} else {
			refuse_unknown(reader, node, &level);
		}
	}
}

static void set_list(struct xml_reader *reader, const char *key, struct value *list)
{
	if (list) {
		doc_set(reader->doc, key, &list->place, DOC_SET, list, reader->diags);
	}
}

static void read_domain(struct xml_reader *reader, const xmlNode *root)
{
	static const char *const types[] = {"xen", NULL};
	const char *type = xml_attr(reader, root, "type");

	if (strcmp((const char *)root->name, "domain")) {
		xml_error(reader, root, "<domain type='xen'>", NULL, "this is a <%s>",
			  (const char *)root->name);
		return;
	}
	is_word(reader, root, "type", type ? type : "", types, "this host runs Xen's PV guests");
	check_attrs(reader, "type id", root);
	walk(reader, root, "");
	set_list(reader, "disk", reader->disks);
	set_list(reader, "vif", reader->nics);
	set_list(reader, "channel", reader->channels);
	set_cpus(reader);
}

void xml_read(struct doc *doc, const char *file, const char *text, size_t len,
	      struct config_diags *diags)
{
	struct xml_reader reader = {.doc = doc, .diags = diags};
	struct xml xml;

	xml_parse(&xml, file, text, len, diags);
	if (xml.tree) {
		reader.xml = &xml;
		read_domain(&reader, xmlDocGetRootElement(xml.tree));
	}
	xml_free(&xml);
}
