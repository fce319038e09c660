/* SPDX-License-Identifier: MIT */
/* libvirt's domain XML: the guarded parser, and what the readers of its parts share. */
#ifndef DOM0_TOOLS_CONFIG_XML_H
#define DOM0_TOOLS_CONFIG_XML_H

#include <libxml/tree.h>

#include "value.h"

/* Limits of foreign XML, far above what libvirt writes. */
#define XML_MAX_BYTES (256 * 1024)
#define XML_MAX_DEPTH 12

/* A parsed document; the text must outlive it. */
struct xml {
	const char *file;
	const char *text;
	size_t len;
	struct config_diags *diags;
	bool stopped; /* a mistake ended the parsing and was reported */
	xmlDoc *tree; /* NULL after a mistake */
};

/*
 * Parses without network, files, DTDs or entities of its own: a DOCTYPE is refused, and so is what
 * is deeper or longer than the limits. Mistakes go to diags with line and column.
 */
void xml_parse(struct xml *xml, const char *file, const char *text, size_t len,
	       struct config_diags *diags);
void xml_free(struct xml *xml);

/* Where an element starts. */
struct place xml_place(const struct xml *xml, const xmlNode *node);

/* What a document is read into. */
struct xml_reader {
	struct doc *doc;
	struct config_diags *diags;
	const struct xml *xml;
	struct value *disks; /* the lists, NULL while empty */
	struct value *nics;
	struct value *channels;
	struct value *device;              /* the disk, interface or channel that is being read */
	const char *pins[CONFIG_MAX_CPUS]; /* CPUs of each vCPU that has a <vcpupin> */
	size_t pin_count;                  /* the highest of them + 1 */
	const xmlNode *last_pin;
};

struct xml_row;
typedef void xml_row_fn(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node);

enum xml_use {
	XML_READ,
	XML_IGNORED, /* says nothing about the guest: a note, `why` */
	XML_REFUSED, /* a PV guest here cannot have it: an error, `why` */
};

/* One element that libvirt has, by its path below <domain>. */
struct xml_row {
	const char *path;  /* "devices/disk/source" */
	const char *attrs; /* those that are read, separated by blanks; "*": whatever they are */
	enum xml_use use;
	const char *key;   /* its text is this key's value */
	xml_row_fn *enter; /* … or this reads it */
	xml_row_fn *leave; /* after its children */
	const char *why;
};

extern const struct xml_row xml_rows[];
extern const size_t xml_row_count;

/* Functions of rows. */
xml_row_fn xml_memory, xml_current, xml_vcpu, xml_pin, xml_type, xml_boot, xml_clock, xml_timer,
	xml_features, xml_controller, xml_console, xml_balloon, xml_input;
xml_row_fn xml_disk_enter, xml_disk_leave, xml_disk_driver, xml_disk_source, xml_disk_target,
	xml_disk_readonly, xml_disk_backend, xml_nic_enter, xml_nic_leave, xml_nic_mac,
	xml_nic_source, xml_nic_script, xml_nic_target, xml_nic_ip, xml_nic_mtu, xml_nic_rate,
	xml_nic_backend, xml_nic_model, xml_channel_enter, xml_channel_leave, xml_channel_source,
	xml_channel_target;

/* An attribute's or an element's text, kept by the doc; NULL if there is none. */
const char *xml_attr(struct xml_reader *reader, const xmlNode *node, const char *name);
const char *xml_text(struct xml_reader *reader, const xmlNode *node);

/* Sets a key of the configuration, or a member of the device being read; NULL text: nothing. */
void xml_set(struct xml_reader *reader, const xmlNode *node, const char *key, const char *text);
void xml_set_member(struct xml_reader *reader, const xmlNode *node, const char *key,
		    const char *text);

/* An error at an element: `what` is printf-like. */
void xml_error(struct xml_reader *reader, const xmlNode *node, const char *expected,
	       const char *hint, const char *what, ...) __attribute__((format(printf, 5, 6)));

#endif
