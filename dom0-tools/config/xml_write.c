/* SPDX-License-Identifier: MIT */
/* A configuration as libvirt's domain XML; what that has no word for is told. */
#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"

/* A document while it is written. The first failure (of memory) sticks. */
struct xml_writer {
	xmlTextWriter *out;
	const struct domain_config *cfg;
	struct config_diags *diags;
	bool failed;
};

static void note_result(struct xml_writer *writer, int ret)
{
	writer->failed |= ret < 0;
}

static const xmlChar *x(const char *text)
{
	return (const xmlChar *)text;
}

static void open_element(struct xml_writer *writer, const char *name)
{
	note_result(writer, xmlTextWriterStartElement(writer->out, x(name)));
}

static void close_element(struct xml_writer *writer)
{
	note_result(writer, xmlTextWriterEndElement(writer->out));
}

/* Says that something will be missing. */
static void lost(struct xml_writer *writer, const struct config_place *place, const char *what, ...)
	__attribute__((format(printf, 3, 4)));
static void lost(struct xml_writer *writer, const struct config_place *place, const char *what, ...)
{
	const struct place at = {writer->cfg->source, place ? place->line : 0,
				 place ? place->column : 0};
	char text[256];
	va_list args;

	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	diag_add(writer->diags, CONFIG_WARNING, &at, NULL,
		 "docs/libvirt-xml.md lists what can be represented",
		 "%s cannot be written as libvirt XML", text);
	diag_id(writer->diags, "not-representable");
}

/* XML has no control characters but these. */
static bool is_xml_text(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' && !strchr("\t\n", *text)) {
			return false;
		}
	}
	return true;
}

/* An attribute; nothing for NULL. */
static void put_attr(struct xml_writer *writer, const char *name, const char *value)
{
	if (value && !is_xml_text(value)) {
		lost(writer, NULL, "a control character in \"%s\"", name);
	} else if (value) {
		note_result(writer, xmlTextWriterWriteAttribute(writer->out, x(name), x(value)));
	}
}

static void put_number_attr(struct xml_writer *writer, const char *name, uint64_t number)
{
	note_result(writer, xmlTextWriterWriteFormatAttribute(writer->out, x(name), "%llu",
							      (unsigned long long)number));
}

/* An element with a text; nothing for NULL. */
static void put_text(struct xml_writer *writer, const char *name, const char *text)
{
	if (text && !is_xml_text(text)) {
		lost(writer, NULL, "a control character in \"%s\"", name);
	} else if (text) {
		note_result(writer, xmlTextWriterWriteElement(writer->out, x(name), x(text)));
	}
}

/* An element with up to two attributes; a NULL value leaves one out. */
static void put_element(struct xml_writer *writer, const char *name, const char *key,
			const char *value, const char *key2, const char *value2)
{
	open_element(writer, name);
	put_attr(writer, key, value);
	if (key2) {
		put_attr(writer, key2, value2);
	}
	close_element(writer);
}

static void put_kib(struct xml_writer *writer, const char *name, uint64_t kib)
{
	open_element(writer, name);
	put_attr(writer, "unit", "KiB");
	note_result(writer,
		    xmlTextWriterWriteFormatString(writer->out, "%llu", (unsigned long long)kib));
	close_element(writer);
}

/* ------------------------------------------------------------------------- the domain -- */

static void put_vcpus(struct xml_writer *writer)
{
	const struct domain_config *cfg = writer->cfg;
	bool has_one_map = cfg->cpus_count == 1;
	char *map = has_one_map ? config_cpus_format(&cfg->cpus[0]) : NULL;

	open_element(writer, "vcpu");
	put_attr(writer, "placement", "static");
	put_attr(writer, "cpuset", map && strcmp(map, "all") ? map : NULL);
	if (cfg->vcpus != cfg->maxvcpus) {
		put_number_attr(writer, "current", cfg->vcpus);
	}
	note_result(writer, xmlTextWriterWriteFormatString(writer->out, "%u", cfg->maxvcpus));
	close_element(writer);
	free(map);
	if (cfg->cpus_count <= 1) {
		return;
	}
	open_element(writer, "cputune");
	for (size_t i = 0; i < cfg->cpus_count; i++) {
		map = config_cpus_format(&cfg->cpus[i]);
		if (strcmp(map, "all")) {
			open_element(writer, "vcpupin");
			put_number_attr(writer, "vcpu", i);
			put_attr(writer, "cpuset", map);
			close_element(writer);
		}
		free(map);
	}
	close_element(writer);
}

static void put_boot(struct xml_writer *writer)
{
	const struct domain_config *cfg = writer->cfg;

	put_text(writer, "bootloader", cfg->bootloader);
	if (cfg->bootloader_arg_count) {
		char *all = config_strdup("");

		for (size_t i = 0; i < cfg->bootloader_arg_count; i++) {
			const char *arg = cfg->bootloader_args[i];
			char *more = config_printf("%s%s%s", all, i ? " " : "", arg);

			if (!arg[0] || strpbrk(arg, " \t")) {
				lost(writer, NULL, "the limits of the bootloader argument \"%s\"",
				     arg);
			}
			free(all);
			all = more;
		}
		put_text(writer, "bootloader_args", all);
		free(all);
	}
	open_element(writer, "os");
	open_element(writer, "type");
	put_attr(writer, "arch", "x86_64");
	put_attr(writer, "machine", "xenpv");
	note_result(writer, xmlTextWriterWriteString(writer->out, x("linux")));
	close_element(writer);
	put_text(writer, "kernel", cfg->kernel);
	put_text(writer, "initrd", cfg->ramdisk);
	put_text(writer, "cmdline", cfg->cmdline[0] ? cfg->cmdline : NULL);
	close_element(writer);
}

static void put_clock(struct xml_writer *writer)
{
	static const char *const modes[] = {
		[CONFIG_TSC_ALWAYS_EMULATE] = "emulate",
		[CONFIG_TSC_NATIVE] = "native",
		[CONFIG_TSC_NATIVE_PARAVIRT] = "paravirt",
	};
	const struct domain_config *cfg = writer->cfg;
	const char *base = cfg->localtime ? "localtime" : "utc";

	open_element(writer, "clock");
	put_attr(writer, "offset", base);
	put_attr(writer, "adjustment", "reset");
	if (cfg->tsc_mode != CONFIG_TSC_DEFAULT) {
		open_element(writer, "timer");
		put_attr(writer, "name", "tsc");
		put_attr(writer, "present", "yes");
		put_attr(writer, "mode", modes[cfg->tsc_mode]);
		close_element(writer);
	}
	close_element(writer);
}

/* What libvirt has no word for. */
static void tell_lost(struct xml_writer *writer)
{
	const struct domain_config *cfg = writer->cfg;
	const struct {
		const char *key;
		bool is_set;
	} keys[] = {
		{"cpus_soft", cfg->cpus_soft_count > 0},
		{"cpu_weight", cfg->cpu_weight > 0},
		{"cap", cfg->cap > 0},
		{"pool", cfg->pool && strcmp(cfg->pool, "Pool-0")},
		{"on_watchdog", cfg->on_watchdog != CONFIG_ACTION_DESTROY},
		{"max_maptrack_frames", cfg->max_maptrack_frames > 0},
		{"max_grant_version", cfg->max_grant_version > 0},
		{"nomigrate", cfg->nomigrate},
		{"driver_domain", cfg->driver_domain},
		/* XML has it, but libvirt's Xen driver refuses it for PV guests */
		{"rtc_timeoffset", cfg->rtc_timeoffset != 0},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct config_place place;

		if (keys[i].is_set) {
			config_place_of(cfg, keys[i].key, &place);
			lost(writer, &place, "\"%s\"", keys[i].key);
		}
	}
}

/* --------------------------------------------------------------------------- devices -- */

/* libvirt's "qemu" is any image that is not mapped as it is. */
static const char *driver_name(const struct config_disk *disk)
{
	if (disk->backendtype == CONFIG_BACKEND_PHY) {
		return "phy";
	}
	if (disk->backendtype == CONFIG_BACKEND_QDISK ||
	    (disk->target && disk->format != CONFIG_DISK_RAW)) {
		return "qemu";
	}
	return NULL;
}

static void put_disk(struct xml_writer *writer, const struct config_disk *disk)
{
	bool is_block = disk->target && !strncmp(disk->target, "/dev/", 5);
	const char *discard = disk->discard == CONFIG_TRUE    ? "unmap"
			      : disk->discard == CONFIG_FALSE ? "ignore"
							      : NULL;

	open_element(writer, "disk");
	put_attr(writer, "type", is_block ? "block" : "file");
	put_attr(writer, "device", disk->cdrom ? "cdrom" : "disk");
	open_element(writer, "driver");
	put_attr(writer, "name", driver_name(disk));
	put_attr(writer, "type", disk->target ? config_disk_format_name(disk->format) : "raw");
	put_attr(writer, "discard", discard);
	close_element(writer);
	if (disk->target) {
		put_element(writer, "source", is_block ? "dev" : "file", disk->target, NULL, NULL);
	}
	if (disk->backend) {
		put_element(writer, "backenddomain", "name", disk->backend, NULL, NULL);
	}
	put_element(writer, "target", "dev", disk->vdev, "bus", "xen");
	if (!disk->readwrite) {
		open_element(writer, "readonly");
		close_element(writer);
	}
	close_element(writer);
	if (disk->script) {
		lost(writer, &disk->place, "script= of disk %s", disk->vdev);
	}
	/* "qemu" is read as what the format needs, see xml_disk_driver() */
	if (disk->backendtype == CONFIG_BACKEND_QDISK) {
		lost(writer, &disk->place, "backendtype=qdisk of disk %s", disk->vdev);
	}
	if (disk->direct_io_safe) {
		lost(writer, &disk->place, "direct-io-safe of disk %s", disk->vdev);
	}
	if (disk->trusted != CONFIG_UNSET) {
		lost(writer, &disk->place, "trusted of disk %s", disk->vdev);
	}
}

/* libvirt has whole kilobytes per second, without the interval. */
static void put_rate(struct xml_writer *writer, const struct config_nic *nic, size_t index)
{
	uint64_t rate, kilobytes;

	if (!nic->rate_bytes_per_interval || !nic->rate_interval_us) {
		return;
	}
	rate = nic->rate_bytes_per_interval * 1000000 / nic->rate_interval_us;
	kilobytes = rate < 1000 ? 1 : rate / 1000;
	open_element(writer, "bandwidth");
	open_element(writer, "outbound");
	put_number_attr(writer, "average", kilobytes);
	close_element(writer);
	close_element(writer);
	if (kilobytes * 1000 * nic->rate_interval_us / 1000000 != nic->rate_bytes_per_interval ||
	    nic->rate_interval_us != CONFIG_RATE_INTERVAL_US) {
		lost(writer, &nic->place,
		     "the rate of vif %zu, %llu bytes in %u us, as such: it is %llu kB/s; this",
		     index, (unsigned long long)nic->rate_bytes_per_interval, nic->rate_interval_us,
		     (unsigned long long)kilobytes);
	}
}

/* One <ip> each. */
static void put_addresses(struct xml_writer *writer, const struct config_nic *nic)
{
	const char *rest = nic->ip ? nic->ip : "";

	for (rest += strspn(rest, " "); *rest; rest += strspn(rest, " ")) {
		size_t len = strcspn(rest, " ");
		char *one = config_strndup(rest, len);
		char *slash = strchr(one, '/');

		open_element(writer, "ip");
		if (slash) {
			*slash = '\0';
		}
		put_attr(writer, "address", one);
		put_attr(writer, "family", strchr(one, ':') ? "ipv6" : "ipv4");
		put_attr(writer, "prefix", slash ? slash + 1 : NULL);
		close_element(writer);
		free(one);
		rest += len;
	}
}

static void put_nic(struct xml_writer *writer, const struct config_nic *nic, size_t index)
{
	char mac[18];

	open_element(writer, "interface");
	put_attr(writer, "type", nic->bridge ? "bridge" : "ethernet");
	if (nic->mac_set) {
		config_mac_format(nic->mac, mac);
		put_element(writer, "mac", "address", mac, NULL, NULL);
	}
	if (nic->bridge) {
		put_element(writer, "source", "bridge", nic->bridge, NULL, NULL);
	}
	if (nic->mtu) {
		open_element(writer, "mtu");
		put_number_attr(writer, "size", nic->mtu);
		close_element(writer);
	}
	put_addresses(writer, nic);
	if (nic->script) {
		put_element(writer, "script", "path", nic->script, NULL, NULL);
	}
	if (nic->backend) {
		put_element(writer, "backenddomain", "name", nic->backend, NULL, NULL);
	}
	if (nic->vifname[0]) {
		put_element(writer, "target", "dev", nic->vifname, NULL, NULL);
	}
	put_rate(writer, nic, index);
	close_element(writer);
	if (nic->vlan) {
		lost(writer, &nic->place, "vlan= of vif %zu", index);
	}
	if (nic->gatewaydev) {
		lost(writer, &nic->place, "gatewaydev= of vif %zu", index);
	}
	if (nic->trusted != CONFIG_UNSET) {
		lost(writer, &nic->place, "trusted of vif %zu", index);
	}
	if (nic->devid >= 0 && (size_t)nic->devid != index) {
		lost(writer, &nic->place, "devid=%d of vif %zu", nic->devid, index);
	}
}

static void put_channel(struct xml_writer *writer, const struct config_channel *channel)
{
	open_element(writer, "channel");
	put_attr(writer, "type", channel->path ? "unix" : "pty");
	if (channel->path) {
		put_element(writer, "source", "mode", "bind", "path", channel->path);
	}
	put_element(writer, "target", "type", "xen", "name", channel->name);
	close_element(writer);
}

static void put_devices(struct xml_writer *writer)
{
	const struct domain_config *cfg = writer->cfg;

	open_element(writer, "devices");
	for (size_t i = 0; i < cfg->disk_count; i++) {
		put_disk(writer, &cfg->disks[i]);
	}
	open_element(writer, "controller");
	put_attr(writer, "type", "xenbus");
	put_attr(writer, "index", "0");
	if (cfg->max_grant_frames) {
		put_number_attr(writer, "maxGrantFrames", cfg->max_grant_frames);
	}
	if (cfg->max_event_channels != CONFIG_MAX_PORT) {
		put_number_attr(writer, "maxEventChannels", cfg->max_event_channels);
	}
	close_element(writer);
	for (size_t i = 0; i < cfg->nic_count; i++) {
		put_nic(writer, &cfg->nics[i], i);
	}
	for (size_t i = 0; i < cfg->channel_count; i++) {
		put_channel(writer, &cfg->channels[i]);
	}
	open_element(writer, "console");
	put_attr(writer, "type", "pty");
	put_element(writer, "target", "type", "xen", "port", "0");
	close_element(writer);
	put_element(writer, "memballoon", "model", "xen", NULL, NULL);
	close_element(writer);
}

static void put_domain(struct xml_writer *writer)
{
	const struct domain_config *cfg = writer->cfg;
	char uuid[37];

	open_element(writer, "domain");
	put_attr(writer, "type", "xen");
	put_text(writer, "name", cfg->name);
	if (cfg->uuid_set) {
		config_uuid_format(cfg->uuid, uuid);
		put_text(writer, "uuid", uuid);
	}
	put_kib(writer, "memory", cfg->maxmem_kib);
	put_kib(writer, "currentMemory", cfg->memory_kib);
	put_vcpus(writer);
	put_boot(writer);
	put_clock(writer);
	put_text(writer, "on_poweroff", config_action_name(cfg->on_poweroff));
	put_text(writer, "on_reboot", config_action_name(cfg->on_reboot));
	put_text(writer, "on_crash", config_action_name(cfg->on_crash));
	put_devices(writer);
	close_element(writer);
	tell_lost(writer);
}

int config_print_xml(const struct domain_config *cfg, FILE *out, struct config_diags *diags)
{
	struct xml_writer writer = {.cfg = cfg, .diags = diags};
	xmlBuffer *text = xmlBufferCreate();
	int ret = -ENOMEM;

	writer.out = text ? xmlNewTextWriterMemory(text, 0) : NULL;
	if (writer.out) {
		xmlTextWriterSetIndent(writer.out, 1);
		xmlTextWriterSetQuoteChar(writer.out, '\'');
		xmlTextWriterSetIndentString(writer.out, x("  "));
		put_domain(&writer);
		xmlFreeTextWriter(writer.out); /* flushes */
		if (!writer.failed) {
			size_t len = (size_t)xmlBufferLength(text);

			ret = fwrite(xmlBufferContent(text), 1, len, out) == len ? 0 : -EIO;
		}
	}
	xmlBufferFree(text);
	return ret;
}
