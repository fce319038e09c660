/* SPDX-License-Identifier: MIT */
/*
 * Writing a configuration as the JSON that libxl keeps of a domain (libxl_domain_config), as it
 * stands in saved domains and in libxl's folder.
 */
#include <string.h>
#include <yajl/yajl_gen.h>

#include "diag.h"
#include "spec.h"

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

/* libxl's three-valued booleans are words; what is not said is left out. */
static void gen_defbool(struct yajl_gen_t *gen, const char *key, enum config_tristate state)
{
	if (state != CONFIG_UNSET) {
		spec_gen_text(gen, key, state == CONFIG_TRUE ? "True" : "False");
	}
}

static void gen_if_true(struct yajl_gen_t *gen, const char *key, bool is_true)
{
	gen_defbool(gen, key, is_true ? CONFIG_TRUE : CONFIG_UNSET);
}

static void gen_created(const struct domain_config *cfg, struct yajl_gen_t *gen)
{
	static const uint8_t none[sizeof(cfg->uuid)];
	char uuid[37];

	config_uuid_format(cfg->uuid, uuid);
	open_map(gen, "c_info");
	spec_gen_text(gen, "type", "pv");
	spec_gen_text(gen, "name", cfg->name);
	spec_gen_text(gen, "uuid", memcmp(cfg->uuid, none, sizeof(none)) ? uuid : NULL);
	spec_gen_text(gen, "run_hotplug_scripts", "True");
	spec_gen_text(gen, "pool_name", cfg->pool);
	gen_if_true(gen, "driver_domain", cfg->driver_domain);
	yajl_gen_map_close(gen);
}

static void gen_bootloader(const struct domain_config *cfg, struct yajl_gen_t *gen)
{
	spec_gen_text(gen, "bootloader", cfg->bootloader);
	if (!cfg->bootloader_arg_count) {
		return;
	}
	open_list(gen, "bootloader_args");
	for (size_t i = 0; i < cfg->bootloader_arg_count; i++) {
		const char *arg = cfg->bootloader_args[i];

		yajl_gen_string(gen, (const unsigned char *)arg, strlen(arg));
	}
	yajl_gen_array_close(gen);
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
	gen_if_true(gen, "localtime", cfg->localtime);
	gen_if_true(gen, "disable_migrate", cfg->nomigrate);
	if (cfg->max_grant_version) {
		spec_gen_number(gen, "max_grant_version", cfg->max_grant_version);
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
	gen_bootloader(cfg, gen);
	open_map(gen, "type.pv");
	yajl_gen_map_close(gen);
	yajl_gen_map_close(gen);
}

void config_gen_libxl_disk(const struct config_disk *disk, struct yajl_gen_t *gen)
{
	yajl_gen_map_open(gen);
	spec_gen_text(gen, "backend_domname", disk->backend);
	spec_gen_text(gen, "pdev_path", disk->target);
	spec_gen_text(gen, "vdev", disk->vdev);
	spec_gen_text(gen, "format",
		      config_disk_format_name(disk->target ? disk->format : CONFIG_DISK_EMPTY));
	spec_gen_text(gen, "script", disk->script);
	spec_gen_number(gen, "readwrite", disk->readwrite);
	spec_gen_tristate(gen, "direct_io_safe", disk->direct_io_safe ? CONFIG_TRUE : CONFIG_UNSET);
	gen_defbool(gen, "discard_enable", disk->discard);
	gen_defbool(gen, "trusted", disk->trusted);
	if (disk->cdrom) {
		spec_gen_number(gen, "is_cdrom", 1);
	}
	yajl_gen_map_close(gen);
}

void config_gen_libxl_nic(const struct config_nic *nic, uint32_t devid, struct yajl_gen_t *gen)
{
	static const uint8_t none[sizeof(nic->mac)];
	char mac[18];

	config_mac_format(nic->mac, mac);
	yajl_gen_map_open(gen);
	spec_gen_text(gen, "backend_domname", nic->backend);
	spec_gen_number(gen, "devid", nic->devid < 0 ? (int64_t)devid : nic->devid);
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
	gen_defbool(gen, "trusted", nic->trusted);
	yajl_gen_map_close(gen);
}

static void gen_devices(const struct domain_config *cfg, struct yajl_gen_t *gen)
{
	open_list(gen, "disks");
	for (size_t i = 0; i < cfg->disk_count; i++) {
		config_gen_libxl_disk(&cfg->disks[i], gen);
	}
	yajl_gen_array_close(gen);
	open_list(gen, "nics");
	for (size_t i = 0; i < cfg->nic_count; i++) {
		config_gen_libxl_nic(&cfg->nics[i], (uint32_t)i, gen);
	}
	yajl_gen_array_close(gen);
}

static void gen_channels(const struct domain_config *cfg, struct yajl_gen_t *gen)
{
	if (!cfg->channel_count) {
		return;
	}
	open_list(gen, "channels");
	for (size_t i = 0; i < cfg->channel_count; i++) {
		const struct config_channel *channel = &cfg->channels[i];

		yajl_gen_map_open(gen);
		spec_gen_number(gen, "devid", (int64_t)i + 1);
		spec_gen_text(gen, "name", channel->name);
		open_map(gen, channel->path ? "connection.socket" : "connection.pty");
		spec_gen_text(gen, "path", channel->path);
		yajl_gen_map_close(gen);
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
	gen_devices(cfg, gen);
	gen_channels(cfg, gen);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		action_to_libxl(config_action_name(ends[i].action), name);
		spec_gen_text(gen, ends[i].key, name);
	}
	yajl_gen_map_close(gen);
}
