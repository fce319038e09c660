/* SPDX-License-Identifier: MIT */
/* <disk>, <interface> and <channel> of libvirt's domain XML, as the objects that disk=, vif= and
 * channel= take. */
#include <stdlib.h>
#include <string.h>

#include "xml.h"

static void open_device(struct xml_reader *reader, const xmlNode *node)
{
	const struct place place = xml_place(reader->xml, node);

	reader->device = value_new(reader->doc, VALUE_MAP, &place);
}

static void close_device(struct xml_reader *reader, struct value **list)
{
	if (!*list) {
		*list = value_new(reader->doc, VALUE_LIST, &reader->device->place);
	}
	value_add(*list, reader->device);
	reader->device = NULL;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
	return !strcmp(word, a) || !strcmp(word, b);
}

static bool has_member(const struct value *device, const char *key)
{
	for (const struct value *member = device->first; member; member = member->next) {
		if (!strcmp(member->key, key)) {
			return true;
		}
	}
	return false;
}

static bool has_text(const struct value *device, const char *key, const char *text)
{
	for (const struct value *member = device->first; member; member = member->next) {
		if (!strcmp(member->key, key)) {
			return !strcmp(member->text, text);
		}
	}
	return false;
}

/* ------------------------------------------------------------------------------ disks -- */

void xml_disk_enter(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *type = xml_attr(reader, node, "type");
	const char *device = xml_attr(reader, node, "device");

	(void)row;
	open_device(reader, node);
	if (type && !is_one_of(type, "file", "block")) {
		xml_error(reader, node, "file or block", "attach it to the host before",
			  "type of <disk> is \"%s\"", type);
	}
	if (device && !is_one_of(device, "disk", "cdrom")) {
		xml_error(reader, node, "disk or cdrom", NULL, "device of <disk> is \"%s\"",
			  device);
	} else if (device && device[0] == 'c') {
		xml_set_member(reader, node, "devtype", "cdrom");
	}
}

void xml_disk_leave(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	if (!has_member(reader->device, "access") && !has_member(reader->device, "devtype")) {
		xml_set_member(reader, node, "access", "rw");
	}
	if (!has_member(reader->device, "target") && has_member(reader->device, "devtype")) {
		xml_set_member(reader, node, "format", "empty");
	}
	close_device(reader, &reader->disks);
}

void xml_disk_driver(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	static const char *const names[][2] = {
		{"phy", "phy"}, {"qemu", "qdisk"}, {"file", NULL}, {"tap", NULL}, {"tap2", NULL},
	};
	const char *name = xml_attr(reader, node, "name");
	const char *type = xml_attr(reader, node, "type");
	const char *discard = xml_attr(reader, node, "discard");
	size_t i = 0;

	(void)row;
	while (name && i < sizeof(names) / sizeof(names[0]) && strcmp(name, names[i][0])) {
		i++;
	}
	if (name && i == sizeof(names) / sizeof(names[0])) {
		xml_error(reader, node, "phy or qemu", NULL, "name of <driver> is \"%s\"", name);
	} else if (name && names[i][1] && strcmp(names[i][1], "qdisk")) {
		xml_set_member(reader, node, "backendtype", names[i][1]);
	}
	/* What libvirt calls the driver "qemu" is a choice of backend that the format decides. */
	xml_set_member(reader, node, "format", type);
	if (discard && is_one_of(discard, "unmap", "ignore")) {
		xml_set_member(reader, node, discard[0] == 'u' ? "discard" : "no-discard", "1");
	} else if (discard) {
		xml_error(reader, node, "unmap or ignore", NULL, "discard of <driver> is \"%s\"",
			  discard);
	}
}

void xml_disk_source(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *file = xml_attr(reader, node, "file");
	const char *dev = xml_attr(reader, node, "dev");

	(void)row;
	xml_set_member(reader, node, "target", file ? file : dev);
}

void xml_disk_target(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *bus = xml_attr(reader, node, "bus");

	(void)row;
	xml_set_member(reader, node, "vdev", xml_attr(reader, node, "dev"));
	if (bus && strcmp(bus, "xen")) {
		xml_error(reader, node, "xen", "PV guests have PV disks",
			  "bus of <target> is \"%s\"", bus);
	}
}

void xml_disk_readonly(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	xml_set_member(reader, node, "access", "ro");
}

void xml_disk_backend(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	xml_set_member(reader, node, "backend", xml_attr(reader, node, "name"));
}

/* ----------------------------------------------------------------- network interfaces -- */

void xml_nic_enter(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *type = xml_attr(reader, node, "type");

	(void)row;
	open_device(reader, node);
	if (!type || !is_one_of(type, "bridge", "ethernet")) {
		xml_error(reader, node, "bridge or ethernet",
			  "name its bridge: <interface type='bridge'> <source bridge=…/>",
			  "type of <interface> is \"%s\"", type ? type : "");
	}
}

void xml_nic_leave(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	(void)node;
	close_device(reader, &reader->nics);
}

void xml_nic_mac(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *address = xml_attr(reader, node, "address");

	(void)row;
	/* what domxml-from-native writes for a vif without one */
	if (address && strcmp(address, "00:00:00:00:00:00")) {
		xml_set_member(reader, node, "mac", address);
	}
}

void xml_nic_source(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	xml_set_member(reader, node, "bridge", xml_attr(reader, node, "bridge"));
}

void xml_nic_script(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	xml_set_member(reader, node, "script", xml_attr(reader, node, "path"));
}

/* libvirt names interfaces vifN.M in what a running domain's XML says: that is no choice. */
void xml_nic_target(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *name = xml_attr(reader, node, "dev");
	unsigned int domid, devid;
	int end = 0;

	(void)row;
	if (name && sscanf(name, "vif%u.%u%n", &domid, &devid, &end) == 2 && !name[end]) {
		return;
	}
	xml_set_member(reader, node, "vifname", name);
}

void xml_nic_ip(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *address = xml_attr(reader, node, "address");
	const char *prefix = xml_attr(reader, node, "prefix");
	struct value *member = reader->device->first;
	const char *before;
	char *all;

	(void)row;
	while (member && strcmp(member->key, "ip")) {
		member = member->next;
	}
	before = member ? member->text : "";
	all = config_printf("%s%s%s%s%s", before, before[0] ? " " : "", address ? address : "",
			    prefix ? "/" : "", prefix ? prefix : "");
	if (member) {
		member->text = doc_strndup(reader->doc, all, strlen(all));
	} else {
		xml_set_member(reader, node, "ip", doc_strndup(reader->doc, all, strlen(all)));
	}
	free(all);
}

void xml_nic_mtu(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	xml_set_member(reader, node, "mtu", xml_attr(reader, node, "size"));
}

/* libvirt counts in kB/s, and its converters write that as xl's KB/s. */
void xml_nic_rate(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *average = xml_attr(reader, node, "average");
	int64_t number;
	char text[64];

	(void)row;
	if (!average || !value_parse_number(average, &number) || number <= 0 ||
	    number > INT32_MAX) {
		xml_error(reader, node, "average='N', in kilobytes per second", NULL,
			  "<outbound> has no average that counts");
		return;
	}
	snprintf(text, sizeof(text), "%lldKB/s", (long long)number);
	xml_set_member(reader, node, "rate", doc_strndup(reader->doc, text, strlen(text)));
}

void xml_nic_backend(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	xml_set_member(reader, node, "backend", xml_attr(reader, node, "name"));
}

void xml_nic_model(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *type = xml_attr(reader, node, "type");

	(void)row;
	if (type && strcmp(type, "netfront")) {
		xml_error(reader, node, "netfront", "PV guests have PV interfaces",
			  "type of <model> is \"%s\"", type);
	}
}

/* --------------------------------------------------------------------------- channels -- */

void xml_channel_enter(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *type = xml_attr(reader, node, "type");

	(void)row;
	open_device(reader, node);
	if (!type || !is_one_of(type, "pty", "unix")) {
		xml_error(reader, node, "pty or unix", NULL, "type of <channel> is \"%s\"",
			  type ? type : "");
		return;
	}
	xml_set_member(reader, node, "connection", type[0] == 'u' ? "socket" : "pty");
}

void xml_channel_leave(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	(void)row;
	(void)node;
	close_device(reader, &reader->channels);
}

/* Of a running domain's pty libvirt says which one it is: that is no choice. */
void xml_channel_source(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *mode = xml_attr(reader, node, "mode");
	const char *path = xml_attr(reader, node, "path");

	(void)row;
	if (mode && strcmp(mode, "bind")) {
		xml_error(reader, node, "bind", "the console daemon listens, the program connects",
			  "mode of <source> is \"%s\"", mode);
	}
	if (has_text(reader->device, "connection", "socket")) {
		xml_set_member(reader, node, "path", path);
	}
}

void xml_channel_target(struct xml_reader *reader, const struct xml_row *row, const xmlNode *node)
{
	const char *type = xml_attr(reader, node, "type");

	(void)row;
	if (!type || strcmp(type, "xen")) {
		xml_error(reader, node, "xen", "PV guests have PV channels",
			  "type of <target> is \"%s\"", type ? type : "");
	}
	xml_set_member(reader, node, "name", xml_attr(reader, node, "name"));
}
