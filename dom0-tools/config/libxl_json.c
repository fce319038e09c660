/* SPDX-License-Identifier: MIT */
/*
 * The JSON that libxl keeps of a domain (libxl_domain_config), as it stands in saved domains:
 * written from a configuration, and read by turning it into our own JSON, so that every value
 * passes the same checks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "diag.h"
#include "spec.h"

#define MIB_OF_KIB(kib) (((kib) + 1023) / 1024)

/* ------------------------------------------------------------------------- actions -- */

/* libxl's names have underscores where xl.cfg has dashes. */
static void action_to_libxl(const char *name, char out[32])
{
	size_t i = 0;

	for (; name[i] && i < 31; i++) {
		out[i] = name[i] == '-' ? '_' : name[i];
	}
	out[i] = '\0';
}

static void action_from_libxl(const char *name, char out[32])
{
	size_t i = 0;

	for (; name[i] && i < 31; i++) {
		out[i] = name[i] == '_' ? '-' : name[i];
	}
	out[i] = '\0';
}

/* ------------------------------------------------------------------------- writing -- */

static void open_map(struct yajl_gen_t *gen, const char *key)
{
	yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	yajl_gen_map_open(gen);
}

static void open_list(struct yajl_gen_t *gen, const char *key)
{
	yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	yajl_gen_array_open(gen);
}

static void gen_maps(struct yajl_gen_t *gen, const char *key, const struct config_cpumap *maps,
		     size_t count, uint32_t vcpus)
{
	if (!count) {
		return;
	}
	open_list(gen, key);
	for (uint32_t v = 0; v < vcpus; v++) {
		const struct config_cpumap *map = &maps[v < count ? v : count - 1];

		yajl_gen_array_open(gen);
		for (unsigned int cpu = 0; cpu < CONFIG_MAX_CPUS; cpu++) {
			if (map->bits[cpu / 64] >> cpu % 64 & 1) {
				yajl_gen_integer(gen, cpu);
			}
		}
		yajl_gen_array_close(gen);
	}
	yajl_gen_array_close(gen);
}

static void gen_created(const struct domain_config *cfg, struct yajl_gen_t *gen)
{
	char uuid[37];

	static const uint8_t none[sizeof(cfg->uuid)];

	config_uuid_format(cfg->uuid, uuid);
	open_map(gen, "c_info");
	spec_gen_text(gen, "type", "pv");
	spec_gen_text(gen, "name", cfg->name);
	spec_gen_text(gen, "uuid", memcmp(cfg->uuid, none, sizeof(none)) ? uuid : NULL);
	spec_gen_text(gen, "run_hotplug_scripts", "True");
	spec_gen_text(gen, "pool_name", cfg->pool);
	yajl_gen_map_close(gen);
}

static void gen_built(const struct domain_config *cfg, struct yajl_gen_t *gen)
{
	static const char *const tsc[] = {
		[CONFIG_TSC_DEFAULT] = NULL, /* absent says so */
		[CONFIG_TSC_ALWAYS_EMULATE] = "always_emulate",
		[CONFIG_TSC_NATIVE] = "native",
		[CONFIG_TSC_NATIVE_PARAVIRT] = "native_paravirt",
	};

	open_map(gen, "b_info");
	spec_gen_number(gen, "max_vcpus", cfg->maxvcpus);
	open_list(gen, "avail_vcpus");
	for (uint32_t i = 0; i < cfg->vcpus; i++) {
		yajl_gen_integer(gen, i);
	}
	yajl_gen_array_close(gen);
	gen_maps(gen, "vcpu_hard_affinity", cfg->cpus, cfg->cpus_count, cfg->maxvcpus);
	gen_maps(gen, "vcpu_soft_affinity", cfg->cpus_soft, cfg->cpus_soft_count, cfg->maxvcpus);
	spec_gen_text(gen, "tsc_mode", tsc[cfg->tsc_mode]);
	spec_gen_number(gen, "max_memkb", (int64_t)cfg->maxmem_kib);
	spec_gen_number(gen, "target_memkb", (int64_t)cfg->memory_kib);
	spec_gen_number(gen, "video_memkb", 0);
	if (cfg->rtc_timeoffset) {
		spec_gen_number(gen, "rtc_timeoffset", cfg->rtc_timeoffset);
	}
	if (cfg->max_event_channels) {
		spec_gen_number(gen, "event_channels", cfg->max_event_channels);
	}
	if (cfg->max_grant_frames) {
		spec_gen_number(gen, "max_grant_frames", cfg->max_grant_frames);
	}
	if (cfg->max_maptrack_frames) {
		spec_gen_number(gen, "max_maptrack_frames", cfg->max_maptrack_frames);
	}
	if (cfg->cpu_weight || cfg->cap) {
		open_map(gen, "sched_params");
		if (cfg->cpu_weight) {
			spec_gen_number(gen, "weight", cfg->cpu_weight);
		}
		spec_gen_number(gen, "cap", cfg->cap);
		yajl_gen_map_close(gen);
	}
	spec_gen_text(gen, "kernel", cfg->kernel);
	spec_gen_text(gen, "ramdisk", cfg->ramdisk);
	spec_gen_text(gen, "cmdline", cfg->cmdline);
	spec_gen_text(gen, "bootloader", cfg->bootloader);
	if (cfg->bootloader_arg_count) {
		open_list(gen, "bootloader_args");
		for (size_t i = 0; i < cfg->bootloader_arg_count; i++) {
			const char *arg = cfg->bootloader_args[i];

			yajl_gen_string(gen, (const unsigned char *)arg, strlen(arg));
		}
		yajl_gen_array_close(gen);
	}
	open_map(gen, "type.pv");
	yajl_gen_map_close(gen);
	yajl_gen_map_close(gen);
}

static void gen_disks(const struct domain_config *cfg, struct yajl_gen_t *gen)
{
	open_list(gen, "disks");
	for (size_t i = 0; i < cfg->disk_count; i++) {
		const struct config_disk *disk = &cfg->disks[i];

		yajl_gen_map_open(gen);
		spec_gen_text(gen, "backend_domname", disk->backend);
		spec_gen_text(gen, "pdev_path", disk->target);
		spec_gen_text(gen, "vdev", disk->vdev);
		spec_gen_text(gen, "format",
			      config_disk_format_name(disk->target ? disk->format
								   : CONFIG_DISK_EMPTY));
		spec_gen_text(gen, "script", disk->script);
		spec_gen_number(gen, "readwrite", disk->readwrite);
		if (disk->cdrom) {
			spec_gen_number(gen, "is_cdrom", 1);
		}
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
}

static void gen_nics(const struct domain_config *cfg, struct yajl_gen_t *gen)
{
	static const uint8_t none[sizeof(cfg->nics->mac)];

	open_list(gen, "nics");
	for (size_t i = 0; i < cfg->nic_count; i++) {
		const struct config_nic *nic = &cfg->nics[i];
		char mac[18];

		config_mac_format(nic->mac, mac);
		yajl_gen_map_open(gen);
		spec_gen_number(gen, "devid", nic->devid < 0 ? (int64_t)i : nic->devid);
		if (nic->mtu) {
			spec_gen_number(gen, "mtu", nic->mtu);
		}
		spec_gen_text(gen, "mac", memcmp(nic->mac, none, sizeof(none)) ? mac : NULL);
		spec_gen_text(gen, "ip", nic->ip);
		spec_gen_text(gen, "vlan", nic->vlan);
		spec_gen_text(gen, "bridge", nic->bridge);
		spec_gen_text(gen, "ifname", nic->vifname[0] ? nic->vifname : NULL);
		spec_gen_text(gen, "script", nic->script);
		spec_gen_text(gen, "nictype", "vif");
		if (nic->rate_bytes_per_interval) {
			spec_gen_number(gen, "rate_bytes_per_interval",
					(int64_t)nic->rate_bytes_per_interval);
			spec_gen_number(gen, "rate_interval_usecs", nic->rate_interval_us);
		}
		spec_gen_text(gen, "gatewaydev", nic->gatewaydev);
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
}

void config_gen_libxl(const struct domain_config *cfg, struct yajl_gen_t *gen)
{
	const struct {
		const char *key;
		enum config_action action;
	} ends[] = {
		{"on_poweroff", cfg->on_poweroff},
		{"on_reboot", cfg->on_reboot},
		{"on_watchdog", cfg->on_watchdog},
		{"on_crash", cfg->on_crash},
	};
	char name[32];

	yajl_gen_map_open(gen);
	gen_created(cfg, gen);
	gen_built(cfg, gen);
	gen_disks(cfg, gen);
	gen_nics(cfg, gen);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		action_to_libxl(config_action_name(ends[i].action), name);
		spec_gen_text(gen, ends[i].key, name);
	}
	yajl_gen_map_close(gen);
}

/* ------------------------------------------------------------------------- reading -- */

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

/* [[0,1],[2]] becomes ["0,1","2"]. */
static void copy_maps(struct yajl_gen_t *gen, const char *key, yajl_val maps)
{
	char text[CONFIG_MAX_CPUS * 5 + 1];

	if (!length_of(maps)) {
		return;
	}
	open_list(gen, key);
	for (size_t i = 0; i < length_of(maps); i++) {
		yajl_val map = YAJL_GET_ARRAY(maps)->values[i];
		size_t used = 0;

		text[0] = '\0';
		for (size_t j = 0; j < length_of(map) && j < CONFIG_MAX_CPUS; j++) {
			yajl_val cpu = YAJL_GET_ARRAY(map)->values[j];
			int64_t n = YAJL_IS_INTEGER(cpu) ? YAJL_GET_INTEGER(cpu) : -1;

			if (n >= 0 && n < CONFIG_MAX_CPUS) {
				used += (size_t)sprintf(text + used, "%s%d", used ? "," : "",
							(int)n);
			}
		}
		yajl_gen_string(gen, (const unsigned char *)text, used);
	}
	yajl_gen_array_close(gen);
}

static void copy_args(struct yajl_gen_t *gen, yajl_val args)
{
	if (!length_of(args)) {
		return;
	}
	open_list(gen, "bootloader_args");
	for (size_t i = 0; i < length_of(args); i++) {
		const char *arg = YAJL_GET_STRING(YAJL_GET_ARRAY(args)->values[i]);

		arg = arg ? arg : "";
		yajl_gen_string(gen, (const unsigned char *)arg, strlen(arg));
	}
	yajl_gen_array_close(gen);
}

static void copy_disks(struct yajl_gen_t *gen, yajl_val disks)
{
	open_list(gen, "disk");
	for (size_t i = 0; i < length_of(disks); i++) {
		yajl_val disk = YAJL_GET_ARRAY(disks)->values[i];

		yajl_gen_map_open(gen);
		copy_text(gen, "format", disk, "format");
		copy_text(gen, "vdev", disk, "vdev");
		spec_gen_text(gen, "access", number_of(disk, "readwrite", 0) ? "rw" : "ro");
		spec_gen_text(gen, "devtype", number_of(disk, "is_cdrom", 0) ? "cdrom" : NULL);
		copy_text(gen, "script", disk, "script");
		copy_text(gen, "target", disk, "pdev_path");
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
}

static void copy_nics(struct yajl_gen_t *gen, yajl_val nics)
{
	open_list(gen, "vif");
	for (size_t i = 0; i < length_of(nics); i++) {
		yajl_val nic = YAJL_GET_ARRAY(nics)->values[i];
		int64_t rate = number_of(nic, "rate_bytes_per_interval", 0);
		int64_t interval = number_of(nic, "rate_interval_usecs", 0);
		char text[64];

		yajl_gen_map_open(gen);
		copy_number(gen, "devid", nic, "devid");
		copy_text(gen, "mac", nic, "mac");
		copy_text(gen, "bridge", nic, "bridge");
		copy_text(gen, "vifname", nic, "ifname");
		copy_text(gen, "ip", nic, "ip");
		copy_text(gen, "vlan", nic, "vlan");
		copy_text(gen, "script", nic, "script");
		copy_text(gen, "gatewaydev", nic, "gatewaydev");
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

	yajl_gen_map_open(gen);
	copy_text(gen, "name", c, "name");
	copy_text(gen, "type", c, "type");
	copy_text(gen, "uuid", c, "uuid");
	copy_text(gen, "pool", c, "pool_name");
	spec_gen_number(gen, "memory", MIB_OF_KIB(number_of(b, "target_memkb", 0)));
	spec_gen_number(gen, "maxmem", MIB_OF_KIB(number_of(b, "max_memkb", 0)));
	spec_gen_number(gen, "vcpus", (int64_t)length_of(member(b, "avail_vcpus")));
	spec_gen_number(gen, "maxvcpus", number_of(b, "max_vcpus", 0));
	copy_maps(gen, "cpus", member(b, "vcpu_hard_affinity"));
	copy_maps(gen, "cpus_soft", member(b, "vcpu_soft_affinity"));
	copy_number(gen, "cpu_weight", share, "weight");
	copy_number(gen, "cap", share, "cap");
	copy_text(gen, "tsc_mode", b, "tsc_mode");
	copy_number(gen, "rtc_timeoffset", b, "rtc_timeoffset");
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
	copy_action(gen, "on_poweroff", libxl);
	copy_action(gen, "on_reboot", libxl);
	copy_action(gen, "on_watchdog", libxl);
	copy_action(gen, "on_crash", libxl);
	yajl_gen_map_close(gen);
}

/* Devices that are not translated. */
static void tell_ignored(const char *label, yajl_val libxl, struct config_diags *diags)
{
	const struct place place = {.file = label};

	for (size_t i = 0; i < YAJL_GET_OBJECT(libxl)->len; i++) {
		const char *key = YAJL_GET_OBJECT(libxl)->keys[i];

		if (length_of(YAJL_GET_OBJECT(libxl)->values[i]) && strcmp(key, "disks") &&
		    strcmp(key, "nics")) {
			diag_add(diags, CONFIG_WARNING, &place, NULL, NULL,
				 "the \"%s\" of libxl's JSON are not supported and are ignored",
				 key);
			diag_id(diags, "ignored");
		}
	}
}

bool config_is_libxl(const char *json)
{
	yajl_val libxl = yajl_tree_parse(json, NULL, 0);
	bool is_libxl = YAJL_IS_OBJECT(member(libxl, "c_info")) &&
			YAJL_IS_OBJECT(member(libxl, "b_info"));

	yajl_tree_free(libxl);
	return is_libxl;
}

static int parse_translated(const char *label, yajl_val libxl, const char *const *overrides,
			    size_t override_count, struct domain_config **cfg,
			    struct config_diags *diags)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	const unsigned char *text;
	size_t len;
	int ret = -ENOMEM;

	if (!gen) {
		return ret;
	}
	translate(gen, libxl);
	if (yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok) {
		ret = config_parse_string(label, (const char *)text, len, overrides, override_count,
					  cfg, diags);
	}
	yajl_gen_free(gen);
	if (!ret) {
		yajl_val b = member(libxl, "b_info");

		(*cfg)->memory_kib = (uint64_t)number_of(b, "target_memkb", 0);
		(*cfg)->maxmem_kib = (uint64_t)number_of(b, "max_memkb", 0);
	}
	return ret;
}

int config_parse_libxl(const char *label, const char *json, const char *const *overrides,
		       size_t override_count, struct domain_config **cfg,
		       struct config_diags *diags)
{
	char message[256];
	yajl_val libxl = yajl_tree_parse(json, message, sizeof(message));
	int ret;

	*cfg = NULL;
	if (!YAJL_IS_OBJECT(libxl)) {
		const struct place place = {.file = label};

		diag_add(diags, CONFIG_ERROR, &place, "libxl's JSON of a domain", NULL,
			 "the configuration in it is not JSON");
		ret = -EINVAL;
	} else {
		tell_ignored(label, libxl, diags);
		ret = parse_translated(label, libxl, overrides, override_count, cfg, diags);
	}
	yajl_tree_free(libxl);
	return ret;
}
