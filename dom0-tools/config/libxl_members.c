/* SPDX-License-Identifier: MIT */
/*
 * The members that libxl's JSON of a domain has, as of Xen 4.17 (its types, with JSON's names):
 * what is not among them, of another type, or not supported here is told with its path.
 */
#include "libxl_members.h"

#include <stdio.h>
#include <string.h>

#define PATH_SIZE 128

enum form {
	TEXT,
	NUMBER,
	WORD, /* "True", "False" or "<default>" */
	BOOL,
	LIST,
	OBJECT,
};

/* What becomes of it. */
enum use {
	USED,    /* taken over, or without effect on a PV guest here */
	LACKING, /* has an effect that we do not have: told unless it says nothing */
};

struct member {
	const char *name; /* NULL behind the last */
	enum form form;
	enum use use;
	const struct member *inside; /* of the object, or of each object of the list */
};

#define M(n, f)                      \
	{                            \
		.name = n, .form = f \
	}
#define LACK(n, f)                                   \
	{                                            \
		.name = n, .form = f, .use = LACKING \
	}
#define IN(n, f, in)                               \
	{                                          \
		.name = n, .form = f, .inside = in \
	}

/* clang-format off */
static const struct member create_info[] = {
	M("type", TEXT), M("hap", WORD), M("oos", WORD), M("ssidref", NUMBER),
	LACK("ssid_label", TEXT), M("name", TEXT), M("domid", NUMBER), M("uuid", TEXT),
	LACK("xsdata", OBJECT), M("platformdata", OBJECT), M("poolid", NUMBER),
	M("pool_name", TEXT), M("run_hotplug_scripts", WORD), M("driver_domain", WORD),
	LACK("passthrough", TEXT), M("xend_suspend_evtchn_compat", WORD), {.name = NULL},
};

static const struct member sched_params[] = {
	M("sched", TEXT), M("weight", NUMBER), M("cap", NUMBER), LACK("period", NUMBER),
	LACK("budget", NUMBER), M("extratime", NUMBER), M("slice", NUMBER), M("latency", NUMBER),
	{.name = NULL},
};

static const struct member type_pv[] = {
	LACK("kernel", TEXT), M("slack_memkb", NUMBER), LACK("bootloader", TEXT),
	LACK("bootloader_args", LIST), LACK("cmdline", TEXT),
	LACK("ramdisk", TEXT), LACK("features", TEXT), LACK("e820_host", WORD),
	{.name = NULL},
};

static const struct member arch_arm[] = {M("gic_version", TEXT), M("vuart", TEXT), {.name = NULL}};
static const struct member arch_x86[] = {M("msr_relaxed", WORD), {.name = NULL}};

static const struct member build_info[] = {
	M("max_vcpus", NUMBER), M("avail_vcpus", LIST), M("cpumap", LIST), M("nodemap", LIST),
	M("vcpu_hard_affinity", LIST), M("vcpu_soft_affinity", LIST), M("numa_placement", WORD),
	M("tsc_mode", TEXT), M("max_memkb", NUMBER), M("target_memkb", NUMBER),
	M("video_memkb", NUMBER), M("shadow_memkb", NUMBER), M("iommu_memkb", NUMBER),
	M("rtc_timeoffset", NUMBER), M("exec_ssidref", NUMBER), LACK("exec_ssid_label", TEXT),
	M("localtime", WORD), M("disable_migrate", WORD), LACK("cpuid", LIST),
	M("blkdev_start", TEXT), LACK("vnuma_nodes", LIST), M("max_grant_frames", NUMBER),
	M("max_maptrack_frames", NUMBER), M("max_grant_version", NUMBER),
	M("device_model_version", TEXT), M("device_model_stubdomain", WORD),
	M("stubdomain_memkb", NUMBER), M("stubdomain_kernel", TEXT), M("stubdomain_cmdline", TEXT),
	M("stubdomain_ramdisk", TEXT), M("device_model", TEXT), M("device_model_ssidref", NUMBER),
	M("device_model_ssid_label", TEXT), M("device_model_user", TEXT), LACK("extra", LIST),
	LACK("extra_pv", LIST), M("extra_hvm", LIST), IN("sched_params", OBJECT, sched_params),
	LACK("ioports", LIST), LACK("irqs", LIST), LACK("iomem", LIST),
	M("claim_mode", WORD), M("event_channels", NUMBER), M("kernel", TEXT), M("cmdline", TEXT),
	M("ramdisk", TEXT), M("device_tree", TEXT), M("acpi", WORD), M("bootloader", TEXT),
	M("bootloader_args", LIST), M("timer_mode", TEXT), M("nested_hvm", WORD), M("apic", WORD),
	M("dm_restrict", WORD), M("tee", TEXT), IN("type.pv", OBJECT, type_pv),
	/* another type is refused for itself */
	M("type.hvm", OBJECT), M("type.pvh", OBJECT), M("type.invalid", OBJECT),
	IN("arch_arm", OBJECT, arch_arm), IN("arch_x86", OBJECT, arch_x86),
	M("altp2m", TEXT), LACK("vmtrace_buf_kb", NUMBER), LACK("vpmu", WORD), {.name = NULL},
};

static const struct member disk[] = {
	M("backend_domid", NUMBER), M("backend_domname", TEXT), M("pdev_path", TEXT),
	M("vdev", TEXT),
	M("backend", TEXT), M("format", TEXT), M("script", TEXT), M("removable", NUMBER),
	M("readwrite", NUMBER), M("is_cdrom", NUMBER), M("direct_io_safe", BOOL),
	M("discard_enable", WORD), M("specification", TEXT), M("transport", TEXT), M("irq", NUMBER),
	M("base", NUMBER), LACK("colo_enable", WORD), LACK("colo_restore_enable", WORD),
	LACK("colo_host", TEXT), LACK("colo_port", NUMBER), LACK("colo_export", TEXT),
	LACK("active_disk", TEXT), LACK("hidden_disk", TEXT), M("trusted", WORD), {.name = NULL},
};

/* And those of COLO, which all begin so. */
static const struct member nic[] = {
	M("backend_domid", NUMBER), M("backend_domname", TEXT), M("devid", NUMBER),
	M("mtu", NUMBER),
	M("model", TEXT), M("mac", TEXT), M("ip", TEXT), M("bridge", TEXT), M("ifname", TEXT),
	M("vlan", TEXT), M("script", TEXT), M("nictype", TEXT),
	M("rate_bytes_per_interval", NUMBER),
	M("rate_interval_usecs", NUMBER), M("gatewaydev", TEXT),
	LACK("coloft_forwarddev", TEXT), M("trusted", WORD), {.name = NULL},
};

static const struct member socket[] = {M("path", TEXT), {.name = NULL}};

static const struct member channel[] = {
	M("backend_domid", NUMBER), M("backend_domname", TEXT), M("devid", NUMBER), M("name", TEXT),
	M("connection", TEXT), M("connection.pty", OBJECT),
	IN("connection.socket", OBJECT, socket), M("connection.unknown", OBJECT), {.name = NULL},
};

static const struct member domain_config[] = {
	IN("c_info", OBJECT, create_info), IN("b_info", OBJECT, build_info),
	IN("disks", LIST, disk), IN("nics", LIST, nic), IN("channels", LIST, channel),
	LACK("pcidevs", LIST), LACK("rdms", LIST), LACK("dtdevs", LIST),
	LACK("vfbs", LIST), LACK("vkbs", LIST), LACK("vtpms", LIST),
	LACK("p9s", LIST), LACK("pvcallsifs", LIST), LACK("vdispls", LIST),
	LACK("vsnds", LIST), LACK("usbctrls", LIST), LACK("usbdevs", LIST),
	M("on_poweroff", TEXT), M("on_reboot", TEXT), M("on_watchdog", TEXT), M("on_crash", TEXT),
	M("on_soft_reset", TEXT), {.name = NULL},
};
/* clang-format on */

static const char *nth_member(const void *state, size_t i)
{
	return ((const struct member *)state)[i].name;
}

static const struct member *find(const struct member *members, const char *name)
{
	while (members->name && strcmp(members->name, name) != 0) {
		members++;
	}
	return members->name ? members : NULL;
}

static const char *text_of(yajl_val value)
{
	const char *text = YAJL_GET_STRING(value);

	return text ? text : "";
}

static bool has_form(yajl_val value, enum form form)
{
	switch (form) {
	case TEXT:
		return YAJL_IS_STRING(value) || YAJL_IS_NULL(value);
	case NUMBER:
		return YAJL_IS_INTEGER(value);
	case WORD:
		return !strcmp(text_of(value), "True") || !strcmp(text_of(value), "False") ||
		       !strcmp(text_of(value), "<default>");
	case BOOL:
		return YAJL_IS_TRUE(value) || YAJL_IS_FALSE(value);
	case LIST:
		return YAJL_IS_ARRAY(value) || YAJL_IS_NULL(value);
	case OBJECT:
		return YAJL_IS_OBJECT(value) || YAJL_IS_NULL(value);
	}
	return false;
}

/* Does it ask for nothing? */
static bool is_idle(yajl_val value)
{
	static const char *const nothing[] = {"", "False", "<default>", "unknown", "disabled"};

	for (size_t i = 0; YAJL_IS_STRING(value) && i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		if (!strcmp(text_of(value), nothing[i])) {
			return true;
		}
	}
	return YAJL_IS_NULL(value) || (YAJL_IS_INTEGER(value) && YAJL_GET_INTEGER(value) <= 0) ||
	       (YAJL_IS_ARRAY(value) && !YAJL_GET_ARRAY(value)->len) ||
	       (YAJL_IS_OBJECT(value) && !YAJL_GET_OBJECT(value)->len);
}

struct walk {
	const struct place *place;
	struct config_diags *diags;
};

static void tell_unknown(const struct walk *walk, const char *path, const char *name,
			 const struct member *members)
{
	char hint[PATH_SIZE];

	diag_add(walk->diags, CONFIG_WARNING, walk->place, NULL,
		 diag_did_you_mean(hint, sizeof(hint), name, nth_member, members),
		 "libxl's JSON has no \"%s\" and it is ignored", path);
	diag_id(walk->diags, "unknown-member");
}

static void check_object(const struct walk *walk, const char *path, yajl_val object,
			 const struct member *members);

/* A value that is what it should be. */
static void check_inside(const struct walk *walk, const char *path, yajl_val value,
			 const struct member *member)
{
	char item[PATH_SIZE];

	if (member->use == LACKING && !is_idle(value)) {
		diag_add(walk->diags, CONFIG_WARNING, walk->place, NULL, NULL,
			 "the \"%s\" of libxl's JSON %s not supported and %s ignored", path,
			 member->form == LIST ? "are" : "is", member->form == LIST ? "are" : "is");
		diag_id(walk->diags, "ignored");
	}
	if (member->inside && YAJL_IS_OBJECT(value)) {
		check_object(walk, path, value, member->inside);
	}
	for (size_t i = 0; member->inside && YAJL_IS_ARRAY(value) && i < YAJL_GET_ARRAY(value)->len;
	     i++) {
		snprintf(item, sizeof(item), "%.100s[%zu]", path, i);
		if (YAJL_IS_OBJECT(YAJL_GET_ARRAY(value)->values[i])) {
			check_object(walk, item, YAJL_GET_ARRAY(value)->values[i], member->inside);
		} else {
			diag_add(walk->diags, CONFIG_ERROR, walk->place, "an object", NULL,
				 "\"%s\" of libxl's JSON is of another type", item);
		}
	}
}

/* Three levels of tables, whatever the JSON's depth. */
static void check_object(const struct walk *walk, const char *path, yajl_val object,
			 const struct member *members)
{
	static const char *const forms[] = {
		[TEXT] = "text",          [NUMBER] = "a number", [WORD] = "\"True\" or \"False\"",
		[BOOL] = "true or false", [LIST] = "a list",     [OBJECT] = "an object",
	};

	for (size_t i = 0; i < object->u.object.len; i++) {
		const char *name = object->u.object.keys[i];
		yajl_val value = object->u.object.values[i];
		const struct member *member = find(members, name);
		char at[PATH_SIZE];

		snprintf(at, sizeof(at), "%.60s%s%.60s", path, *path ? "." : "", name);
		if (member && has_form(value, member->form)) {
			check_inside(walk, at, value, member);
		} else if (member) {
			diag_add(walk->diags, CONFIG_ERROR, walk->place, forms[member->form], NULL,
				 "\"%s\" of libxl's JSON is of another type", at);
		} else if (members != nic || strncmp(name, "colo_", 5) != 0) {
			tell_unknown(walk, at, name, members);
		} else if (!is_idle(value)) {
			diag_add(walk->diags, CONFIG_WARNING, walk->place, NULL, NULL,
				 "the \"%s\" of libxl's JSON is not supported and is ignored", at);
			diag_id(walk->diags, "ignored");
		}
	}
}

void libxl_members_check(const char *label, yajl_val libxl, struct config_diags *diags)
{
	const struct place place = {.file = label};
	const struct walk walk = {&place, diags};

	check_object(&walk, "", libxl, domain_config);
}
