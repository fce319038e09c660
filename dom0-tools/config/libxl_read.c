/* SPDX-License-Identifier: MIT */
/*
 * Reading the JSON that libxl keeps of a domain: it is turned into our own JSON, so that every
 * value passes the same checks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "diag.h"
#include "libxl_members.h"
#include "libxl_read.h"
#include "spec.h"

/* xl.cfg's names have dashes where libxl's have underscores. */
static void action_from_libxl(const char *name, char out[32])
{
	size_t i = 0;

	for (; name[i] && i < 31; i++) {
		out[i] = name[i] == '_' ? '-' : name[i];
	}
	out[i] = '\0';
}

static void open_list(struct yajl_gen_t *gen, const char *key)
{
	yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	yajl_gen_array_open(gen);
}

static yajl_val member(yajl_val from, const char *name)
{
	const char *path[] = {name, NULL};

	return yajl_tree_get(from, path, yajl_t_any);
}

static const char *text_of(yajl_val from, const char *name)
{
	yajl_val value = member(from, name);

	return YAJL_IS_STRING(value) ? YAJL_GET_STRING(value) : NULL;
}

static int64_t number_of(yajl_val from, const char *name, int64_t missing)
{
	yajl_val value = member(from, name);

	return YAJL_IS_INTEGER(value) ? YAJL_GET_INTEGER(value) : missing;
}

static size_t length_of(yajl_val list)
{
	return YAJL_IS_ARRAY(list) ? YAJL_GET_ARRAY(list)->len : 0;
}

/* With i below length_of(). */
static yajl_val element(yajl_val list, size_t i)
{
	return list->u.array.values[i];
}

static void copy_text(struct yajl_gen_t *gen, const char *key, yajl_val from, const char *name)
{
	spec_gen_text(gen, key, text_of(from, name));
}

static void copy_number(struct yajl_gen_t *gen, const char *key, yajl_val from, const char *name)
{
	int64_t number = number_of(from, name, 0);

	if (number) {
		spec_gen_number(gen, key, number);
	}
}

static void copy_defbool(struct yajl_gen_t *gen, const char *key, yajl_val from, const char *name)
{
	const char *text = text_of(from, name);

	if (text && (!strcmp(text, "True") || !strcmp(text, "False"))) {
		spec_gen_tristate(gen, key, text[0] == 'T' ? CONFIG_TRUE : CONFIG_FALSE);
	}
}

/* [0,1,2] becomes "0-2". */
static char *map_text(yajl_val list)
{
	struct config_cpumap map = {0};

	for (size_t i = 0; i < length_of(list) && i < CONFIG_MAX_CPUS; i++) {
		yajl_val cpu = element(list, i);
		int64_t n = YAJL_IS_INTEGER(cpu) ? YAJL_GET_INTEGER(cpu) : -1;

		if (n >= 0 && n < CONFIG_MAX_CPUS) {
			map.bits[n / 64] |= 1ULL << n % 64;
		}
	}
	return config_cpus_format(&map);
}

/* [[0,1],[2]] becomes ["0-1","2"], and [[0],[0]] "0". */
static void copy_maps(struct yajl_gen_t *gen, const char *key, yajl_val maps)
{
	char *first = length_of(maps) ? map_text(element(maps, 0)) : NULL;
	bool is_one = first != NULL;

	for (size_t i = 1; is_one && i < length_of(maps); i++) {
		char *text = map_text(element(maps, i));

		is_one = !strcmp(first, text);
		free(text);
	}
	if (is_one) {
		spec_gen_text(gen, key, first);
	} else if (first) {
		open_list(gen, key);
		for (size_t i = 0; i < length_of(maps); i++) {
			char *text = map_text(element(maps, i));

			yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
			free(text);
		}
		yajl_gen_array_close(gen);
	}
	free(first);
}

static void copy_args(struct yajl_gen_t *gen, yajl_val args)
{
	if (!length_of(args)) {
		return;
	}
	open_list(gen, "bootloader_args");
	for (size_t i = 0; i < length_of(args); i++) {
		const char *arg = YAJL_GET_STRING(element(args, i));

		arg = arg ? arg : "";
		yajl_gen_string(gen, (const unsigned char *)arg, strlen(arg));
	}
	yajl_gen_array_close(gen);
}

static void copy_disks(struct yajl_gen_t *gen, yajl_val disks)
{
	open_list(gen, "disk");
	for (size_t i = 0; i < length_of(disks); i++) {
		yajl_val disk = element(disks, i);

		yajl_gen_map_open(gen);
		copy_text(gen, "format", disk, "format");
		copy_text(gen, "vdev", disk, "vdev");
		spec_gen_text(gen, "access", number_of(disk, "readwrite", 0) ? "rw" : "ro");
		spec_gen_text(gen, "devtype", number_of(disk, "is_cdrom", 0) ? "cdrom" : NULL);
		/* "backend" is libxl's own choice when nothing was written: not taken over */
		copy_text(gen, "backend", disk, "backend_domname");
		copy_text(gen, "script", disk, "script");
		if (YAJL_IS_TRUE(member(disk, "direct_io_safe"))) {
			spec_gen_tristate(gen, "direct-io-safe", CONFIG_TRUE);
		}
		copy_defbool(gen, "discard", disk, "discard_enable");
		copy_defbool(gen, "trusted", disk, "trusted");
		copy_text(gen, "target", disk, "pdev_path");
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
}

static void copy_nics(struct yajl_gen_t *gen, yajl_val nics)
{
	open_list(gen, "vif");
	for (size_t i = 0; i < length_of(nics); i++) {
		yajl_val nic = element(nics, i);
		int64_t rate = number_of(nic, "rate_bytes_per_interval", 0);
		int64_t interval = number_of(nic, "rate_interval_usecs", 0);
		char text[64];

		yajl_gen_map_open(gen);
		if (number_of(nic, "devid", (int64_t)i) != (int64_t)i) {
			copy_number(gen, "devid", nic, "devid");
		}
		copy_text(gen, "backend", nic, "backend_domname");
		copy_text(gen, "mac", nic, "mac");
		copy_text(gen, "bridge", nic, "bridge");
		copy_text(gen, "vifname", nic, "ifname");
		copy_text(gen, "ip", nic, "ip");
		copy_text(gen, "vlan", nic, "vlan");
		copy_text(gen, "script", nic, "script");
		copy_text(gen, "gatewaydev", nic, "gatewaydev");
		copy_defbool(gen, "trusted", nic, "trusted");
		copy_number(gen, "mtu", nic, "mtu");
		if (rate > 0 && interval > 0 && rate <= INT64_MAX / 1000000) {
			snprintf(text, sizeof(text), "%lldB/s@%lldus",
				 (long long)(rate * 1000000 / interval), (long long)interval);
			spec_gen_text(gen, "rate", text);
		}
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
}

static void copy_channels(struct yajl_gen_t *gen, yajl_val channels)
{
	if (!length_of(channels)) {
		return;
	}
	open_list(gen, "channel");
	for (size_t i = 0; i < length_of(channels); i++) {
		yajl_val channel = element(channels, i);
		yajl_val socket = member(channel, "connection.socket");

		yajl_gen_map_open(gen);
		copy_text(gen, "backend", channel, "backend_domname");
		copy_text(gen, "name", channel, "name");
		spec_gen_text(gen, "connection", socket ? "socket" : "pty");
		copy_text(gen, "path", socket, "path");
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
}

static void copy_action(struct yajl_gen_t *gen, const char *key, yajl_val from)
{
	const char *name = text_of(from, key);
	char text[32];

	action_from_libxl(name ? name : "destroy", text); /* what libxl leaves out */
	spec_gen_text(gen, key, text);
}

static void translate(struct yajl_gen_t *gen, yajl_val libxl)
{
	yajl_val c = member(libxl, "c_info"), b = member(libxl, "b_info");
	yajl_val share = member(b, "sched_params");
	int64_t vcpus = (int64_t)length_of(member(b, "avail_vcpus"));

	yajl_gen_map_open(gen);
	copy_text(gen, "name", c, "name");
	copy_text(gen, "type", c, "type");
	copy_text(gen, "uuid", c, "uuid");
	copy_text(gen, "pool", c, "pool_name");
	spec_gen_number(gen, "memory",
			(int64_t)LIBXL_MIB((uint64_t)number_of(b, "target_memkb", 0)));
	spec_gen_number(gen, "maxmem", (int64_t)LIBXL_MIB((uint64_t)number_of(b, "max_memkb", 0)));
	/* libxl leaves out what it was not told: one */
	spec_gen_number(gen, "vcpus", vcpus ? vcpus : 1);
	spec_gen_number(gen, "maxvcpus", number_of(b, "max_vcpus", 1));
	copy_maps(gen, "cpus", member(b, "vcpu_hard_affinity"));
	copy_maps(gen, "cpus_soft", member(b, "vcpu_soft_affinity"));
	copy_number(gen, "cpu_weight", share, "weight");
	copy_number(gen, "cap", share, "cap");
	copy_text(gen, "tsc_mode", b, "tsc_mode");
	copy_number(gen, "rtc_timeoffset", b, "rtc_timeoffset");
	copy_defbool(gen, "localtime", b, "localtime");
	copy_defbool(gen, "nomigrate", b, "disable_migrate");
	copy_defbool(gen, "driver_domain", c, "driver_domain");
	copy_number(gen, "max_grant_version", b, "max_grant_version");
	copy_number(gen, "max_event_channels", b, "event_channels");
	copy_number(gen, "max_grant_frames", b, "max_grant_frames");
	copy_number(gen, "max_maptrack_frames", b, "max_maptrack_frames");
	copy_text(gen, "kernel", b, "kernel");
	copy_text(gen, "ramdisk", b, "ramdisk");
	copy_text(gen, "cmdline", b, "cmdline");
	copy_text(gen, "bootloader", b, "bootloader");
	copy_args(gen, member(b, "bootloader_args"));
	copy_disks(gen, member(libxl, "disks"));
	copy_nics(gen, member(libxl, "nics"));
	copy_channels(gen, member(libxl, "channels"));
	copy_action(gen, "on_poweroff", libxl);
	copy_action(gen, "on_reboot", libxl);
	copy_action(gen, "on_watchdog", libxl);
	copy_action(gen, "on_crash", libxl);
	yajl_gen_map_close(gen);
}

/* xl list -l prints [{"domid": …, "config": { … }}], xl -N create the element. */
static yajl_val unwrapped(yajl_val libxl)
{
	if (length_of(libxl) == 1) {
		libxl = element(libxl, 0);
	}
	return YAJL_IS_OBJECT(member(libxl, "config")) ? member(libxl, "config") : libxl;
}

bool config_is_libxl(const char *json)
{
	yajl_val tree = yajl_tree_parse(json, NULL, 0);
	yajl_val libxl = unwrapped(tree);
	bool is_libxl = YAJL_IS_OBJECT(member(libxl, "c_info")) &&
			YAJL_IS_OBJECT(member(libxl, "b_info"));

	yajl_tree_free(tree);
	return is_libxl;
}

/* The translation as text, for free(); NULL when memory ran out. */
static char *translated(yajl_val libxl)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	const unsigned char *text;
	char *copy = NULL;
	size_t len;

	if (!gen) {
		return NULL;
	}
	translate(gen, libxl);
	if (yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok) {
		copy = config_strndup((const char *)text, len);
	}
	yajl_gen_free(gen);
	return copy;
}

int libxl_translate(const char *label, const char *json, struct libxl_translation *out,
		    struct config_diags *diags)
{
	char message[256];
	yajl_val tree = yajl_tree_parse(json, message, sizeof(message));
	yajl_val libxl = unwrapped(tree);
	size_t errors = diags->error_count;

	*out = (struct libxl_translation){0};
	if (!YAJL_IS_OBJECT(libxl)) {
		const struct place place = {.file = label};

		diag_add(diags, CONFIG_ERROR, &place, "libxl's JSON of a domain", NULL,
			 "the configuration in it is not JSON");
	} else {
		libxl_members_check(label, libxl, diags);
	}
	if (diags->error_count == errors) {
		yajl_val b = member(libxl, "b_info");

		out->json = translated(libxl);
		out->memory_kib = (uint64_t)number_of(b, "target_memkb", 0);
		out->maxmem_kib = (uint64_t)number_of(b, "max_memkb", 0);
	}
	yajl_tree_free(tree);
	return diags->error_count > errors ? -EINVAL : out->json ? 0 : -ENOMEM;
}
