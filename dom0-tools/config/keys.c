/* SPDX-License-Identifier: MIT */
/* The keys of a domain's configuration: name, type, range, standing, meaning. */
#include "schema.h"

#define FIELD(f) .offset = offsetof(struct domain_config, f)
#define MAX_MIB (1LL << 24) /* 16 TiB, what 4.17's frame numbers of PV guests reach */

static const struct key_choice type_choices[] = {
	{"pv", CONFIG_TYPE_PV, NULL},
	{"pvh", 0, "this host runs PV guests"},
	{"hvm", 0, "this host runs PV guests"},
	{0},
};

static const struct key_choice builder_choices[] = {
	{"generic", CONFIG_TYPE_PV, NULL},
	{"linux", CONFIG_TYPE_PV, NULL},
	{"hvm", 0, "this host runs PV guests"},
	{0},
};

static const struct key_choice action_choices[] = {
	{"destroy", CONFIG_ACTION_DESTROY, NULL},
	{"restart", CONFIG_ACTION_RESTART, NULL},
	{"rename-restart", CONFIG_ACTION_RENAME_RESTART, NULL},
	{"preserve", CONFIG_ACTION_PRESERVE, NULL},
	{"coredump-destroy", CONFIG_ACTION_COREDUMP_DESTROY, NULL},
	{"coredump-restart", CONFIG_ACTION_COREDUMP_RESTART, NULL},
	{"soft-reset", 0, "a PV guest cannot be reset softly"},
	{0},
};

static const struct key_choice tsc_choices[] = {
	{"default", CONFIG_TSC_DEFAULT, NULL},
	{"always_emulate", CONFIG_TSC_ALWAYS_EMULATE, NULL},
	{"native", CONFIG_TSC_NATIVE, NULL},
	{"native_paravirt", CONFIG_TSC_NATIVE_PARAVIRT,
	 "it was removed from Xen in 4.14; \"default\" comes nearest"},
	{0},
};

/* A table, a row or two a key. */
/* clang-format off */
#define ACTION(key, text) \
	{ .name = #key, .kind = KEY_CHOICE, FIELD(key), .choices = action_choices, .doc = text }
#define HVM(key) { .name = key, .kind = KEY_NOTHING, .status = KEY_HVM }
#define LATER(key) { .name = key, .kind = KEY_NOTHING, .status = KEY_LATER }
#define NO_EFFECT(key, why) \
	{ .name = key, .kind = KEY_NOTHING, .status = KEY_NO_EFFECT, .note = why }

const struct config_key config_keys[] = {
	/* what the domain is */
	{ .name = "name", .kind = KEY_CUSTOM, FIELD(name), .read = name_read,
	  .doc = "The domain's name, unique on the host. Required." },
	{ .name = "type", .kind = KEY_CHOICE, FIELD(type), .choices = type_choices,
	  .doc = "The kind of guest. Default: pv." },
	{ .name = "builder", .kind = KEY_CHOICE, .status = KEY_DEPRECATED, FIELD(type),
	  .choices = builder_choices, .note = "type = \"pv\"", .doc = "Old form of type." },
	{ .name = "uuid", .kind = KEY_CUSTOM, FIELD(uuid), .read = uuid_read, .dump = uuid_dump,
	  .doc = "The domain's UUID. Default: a random one at each start." },

	/* memory and CPUs */
	{ .name = "memory", .kind = KEY_MIB, FIELD(memory_kib), .min = 1, .max = MAX_MIB,
	  .doc = "Memory at start, in MiB. Required, unless maxmem is given." },
	{ .name = "maxmem", .kind = KEY_MIB, FIELD(maxmem_kib), .min = 1, .max = MAX_MIB,
	  .doc = "Upper bound that the guest can be ballooned to, in MiB. Default: memory." },
	{ .name = "vcpus", .kind = KEY_NUMBER, FIELD(vcpus), .min = 1, .max = CONFIG_MAX_CPUS,
	  .doc = "Virtual CPUs online at start. Default: 1." },
	{ .name = "maxvcpus", .kind = KEY_NUMBER, FIELD(maxvcpus), .min = 1,
	  .max = CONFIG_MAX_CPUS,
	  .doc = "Virtual CPUs that can be brought online later. Default: vcpus." },
	{ .name = "cpus", .kind = KEY_CUSTOM, FIELD(cpus), .read = cpus_read, .dump = cpus_dump,
	  .doc = "Physical CPUs the guest may run on: \"0-3,^1\", \"all\", or a list with one "
		 "such text for each vCPU." },
	{ .name = "cpus_soft", .kind = KEY_CUSTOM, FIELD(cpus_soft), .read = cpus_read,
	  .dump = cpus_dump,
	  .doc = "Physical CPUs the guest prefers, written like cpus." },
	{ .name = "cpu_weight", .kind = KEY_NUMBER, FIELD(cpu_weight), .min = 1, .max = 65535,
	  .doc = "Share of CPU time against other domains; the usual weight is 256." },
	{ .name = "cap", .kind = KEY_NUMBER, FIELD(cap), .min = 0, .max = 100 * CONFIG_MAX_CPUS,
	  .doc = "Upper bound of CPU time in per cent of one CPU; 0 means none." },
	{ .name = "pool", .kind = KEY_STRING, FIELD(pool), .doc = "The CPU pool to run in." },

	/* what it boots */
	{ .name = "kernel", .kind = KEY_STRING, FIELD(kernel),
	  .doc = "Path of the kernel in the control domain, a bzImage or an ELF file." },
	{ .name = "ramdisk", .kind = KEY_STRING, FIELD(ramdisk),
	  .doc = "Path of the initial RAM disk in the control domain." },
	{ .name = "cmdline", .kind = KEY_CUSTOM, FIELD(cmdline), .read = cmdline_read,
	  .dump = cmdline_dump,
	  .doc = "The kernel's command line. Replaces root and extra." },
	{ .name = "root", .kind = KEY_CUSTOM, .read = cmdline_read,
	  .doc = "Put on the kernel's command line as root=VALUE." },
	{ .name = "extra", .kind = KEY_CUSTOM, .read = cmdline_read,
	  .doc = "Appended to the kernel's command line." },
	{ .name = "bootloader", .kind = KEY_STRING, FIELD(bootloader),
	  .doc = "Program that finds kernel and RAM disk inside the guest's disk." },
	{ .name = "bootloader_args", .kind = KEY_CUSTOM, .read = args_read, .dump = args_dump,
	  .doc = "Arguments for it: a list, or one text that is split at spaces." },
	{ .name = "bootargs", .kind = KEY_CUSTOM, .status = KEY_DEPRECATED, .read = args_read,
	  .note = "bootloader_args", .doc = "Old form of bootloader_args, which libvirt writes." },

	/* devices */
	{ .name = "disk", .kind = KEY_CUSTOM, .read = disk_read, .dump = disk_dump,
	  .doc = "List of disks, see DISKS." },
	{ .name = "vif", .kind = KEY_CUSTOM, .read = nic_read, .dump = nic_dump,
	  .doc = "List of network interfaces, see NETWORK INTERFACES." },
	{ .name = "channel", .kind = KEY_CUSTOM, .read = channel_read, .dump = channel_dump,
	  .doc = "List of further consoles for programs, see CHANNELS." },

	/* what happens when it ends */
	ACTION(on_poweroff, "What to do when the guest powers off. Default: destroy."),
	ACTION(on_reboot, "What to do when the guest reboots. Default: restart."),
	ACTION(on_crash, "What to do when the guest crashes. Default: destroy."),
	ACTION(on_watchdog, "What to do when the guest's watchdog fires. Default: destroy."),
	{ .name = "on_soft_reset", .kind = KEY_NOTHING, .status = KEY_NO_EFFECT,
	  .note = "a PV guest cannot be reset softly" },

	/* limits */
	{ .name = "max_grant_frames", .kind = KEY_NUMBER, FIELD(max_grant_frames), .min = 1,
	  .max = 65536, .doc = "Frames of the grant table. Default: the host's gnttab setting." },
	{ .name = "max_maptrack_frames", .kind = KEY_NUMBER, FIELD(max_maptrack_frames),
	  .min = 0, .max = 65536,
	  .doc = "Frames that track foreign grants the guest maps; only backends need any. 0: "
		 "the host's default." },
	{ .name = "max_grant_version", .kind = KEY_NUMBER, FIELD(max_grant_version), .min = 1,
	  .max = 2, .doc = "Highest grant table version the guest may use." },
	{ .name = "max_event_channels", .kind = KEY_NUMBER, FIELD(max_event_channels), .min = 1,
	  .max = 131071, .doc = "Highest event channel port. Default: 1023." },

	/* time, and the rest */
	{ .name = "tsc_mode", .kind = KEY_CHOICE, FIELD(tsc_mode), .choices = tsc_choices,
	  .min = 0, .max = 3,
	  .doc = "How the guest reads the time stamp counter: native reads the CPU's." },
	{ .name = "localtime", .kind = KEY_BOOL, FIELD(localtime),
	  .doc = "Start the guest's wall clock in local time." },
	{ .name = "rtc_timeoffset", .kind = KEY_SIGNED, FIELD(rtc_timeoffset),
	  .min = -(1LL << 31), .max = (1LL << 31) - 1,
	  .doc = "Seconds that the guest's wall clock is ahead of the host's." },
	{ .name = "nomigrate", .kind = KEY_BOOL, FIELD(nomigrate),
	  .doc = "Refuse to save or migrate this guest." },
	{ .name = "driver_domain", .kind = KEY_BOOL, FIELD(driver_domain),
	  .doc = "This guest runs backends for others." },

	/* known, without effect on a PV guest here */
	NO_EFFECT("seclabel", "there is no security label policy on this host"),
	NO_EFFECT("init_seclabel", "there is no security label policy on this host"),
	NO_EFFECT("msr_relaxed", "unknown MSRs read as 0 for PV guests already"),
	NO_EFFECT("device_model_version", "PV guests here have no device model"),
	NO_EFFECT("device_model_override", "PV guests here have no device model"),
	NO_EFFECT("device_model_args", "PV guests here have no device model"),
	NO_EFFECT("device_model_user", "PV guests here have no device model"),
	NO_EFFECT("xend_suspend_evtchn_compat", "it is for guests that xend once saved"),
	NO_EFFECT("device_tree", "it is for Arm"),
	NO_EFFECT("gic_version", "it is for Arm"),
	NO_EFFECT("tee", "it is for Arm"),
	NO_EFFECT("vuart", "it is for Arm"),
	NO_EFFECT("vpmu", "it is for Arm"),
	NO_EFFECT("claim_mode", "memory is always claimed before a guest is built"),
	NO_EFFECT("bootloader_restrict", "bootloaders are always restricted"),
	NO_EFFECT("bootloader_user", "bootloaders are always restricted"),

	LATER("firmware"), LATER("vfb"), LATER("vkb"), LATER("p9"),
	LATER("vtpm"), LATER("usbctrl"), LATER("usbdev"), LATER("pci"), LATER("pci_msitranslate"),
	LATER("pci_power_mgmt"), LATER("pci_permissive"), LATER("pci_seize"), LATER("rdm"),
	LATER("e820_host"), LATER("iomem"), LATER("ioports"), LATER("irqs"), LATER("dtdev"),
	LATER("vnuma"), LATER("pvcalls"), LATER("vdispl"), LATER("vsnd"), LATER("virtio"),
	LATER("cpuid"), LATER("xenstore_quota"), LATER("xenstore_feature_mask"),
	LATER("passthrough"), LATER("vmtrace_buf_kb"), LATER("suppress_spurious_page_faults"),

	HVM("acpi"), HVM("acpi_firmware"), HVM("acpi_laptop_slate"), HVM("acpi_s3"),
	HVM("acpi_s4"), HVM("altp2m"), HVM("apic"), HVM("bios"), HVM("bios_path_override"),
	HVM("boot"), HVM("device_model_args_hvm"), HVM("device_model_args_pv"),
	HVM("device_model_stubdomain_override"), HVM("stubdomain_kernel"),
	HVM("stubdomain_ramdisk"), HVM("stubdomain_cmdline"), HVM("stubdomain_memory"),
	HVM("dm_restrict"), HVM("firmware_override"), HVM("gfx_passthru"), HVM("hap"),
	HVM("hdtype"), HVM("hpet"), HVM("keymap"), HVM("mca_caps"), HVM("mmio_hole"),
	HVM("ms_vm_genid"), HVM("nestedhvm"), HVM("nographic"), HVM("nx"), HVM("oos"),
	HVM("opengl"), HVM("pae"), HVM("parallel"), HVM("pvshim"), HVM("pvshim_cmdline"),
	HVM("pvshim_extra"), HVM("pvshim_path"), HVM("rdm_mem_boundary"), HVM("sdl"),
	HVM("serial"), HVM("shadow_memory"), HVM("smbios_firmware"), HVM("soundhw"),
	HVM("spice"), HVM("spiceagent_mouse"), HVM("spice_clipboard_sharing"),
	HVM("spicedisable_ticketing"), HVM("spicehost"), HVM("spicepasswd"), HVM("spiceport"),
	HVM("spicetls_port"), HVM("spiceusbredirection"), HVM("spicevdagent"),
	HVM("spice_image_compression"), HVM("spice_streaming_video"), HVM("stdvga"),
	HVM("system_firmware"), HVM("timer_mode"), HVM("usb"), HVM("usbdevice"),
	HVM("usbversion"), HVM("vendor_device"), HVM("vga"), HVM("videoram"), HVM("viridian"),
	HVM("vkb_device"), HVM("vnc"), HVM("vncconsole"), HVM("vncdisplay"), HVM("vnclisten"),
	HVM("vncpasswd"), HVM("vncunused"), HVM("vncviewer"), HVM("vpt_align"),
	HVM("xen_platform_pci"), HVM("altp2mhvm"), HVM("assisted_xapic"),
	HVM("assisted_x2apic"),
};
/* clang-format on */

const size_t config_key_count = sizeof(config_keys) / sizeof(config_keys[0]);
