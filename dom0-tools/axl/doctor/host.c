/* SPDX-License-Identifier: MIT */
/* What doctor looks at in the control domain: devices, daemons, drivers, network, folders. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../libctl/domctl.h"
#include "../../libctl/sysctl.h"
#include "../../libctl/version.h"
#include "doctor.h"
#include "../domains.h"
#include "../userdata.h"

#define MIB_OF_PAGES(pages) ((unsigned long long)(pages) >> 8)
#define LITTLE_DOM0_MIB 192
#define LITTLE_FREE_MIB 64

void doctor_user(struct doctor *doctor)
{
	if (geteuid()) {
		doctor_tell(doctor, DOCTOR_ERROR, "not-root", "run it with sudo",
			    "user %u may not speak to the hypervisor", geteuid());
	} else {
		doctor_tell(doctor, DOCTOR_OK, "root", NULL, "root");
	}
}

/* The first line of a file, "" if there is none. */
static void first_line(const char *path, char *text, int size)
{
	FILE *file = fopen(path, "re");

	text[0] = '\0';
	if (file && fgets(text, size, file)) {
		text[strcspn(text, "\n")] = '\0';
	}
	if (file) {
		fclose(file);
	}
}

static void tell_kernel(struct doctor *doctor)
{
	struct utsname name;

	if (!uname(&name)) {
		doctor_tell(doctor, DOCTOR_OK, "kernel", NULL, "the control domain runs %s %s",
			    name.sysname, name.release);
	}
}

void doctor_hypervisor(struct doctor *doctor)
{
	struct axl *axl = doctor_axl(doctor);
	struct ctl_version version;
	char type[32];

	tell_kernel(doctor);
	first_line("/sys/hypervisor/type", type, sizeof(type));
	if (!axl->ctl && strcmp(type, "xen")) {
		doctor_tell(
			doctor, DOCTOR_ERROR, "no-hypervisor",
			"boot the entry of the hypervisor, e.g. in GRUB \"with Xen hypervisor\"",
			"this Linux runs without the hypervisor");
	} else if (!axl->ctl || ctl_version(axl->ctl, &version)) {
		doctor_tell(doctor, DOCTOR_ERROR, "not-control-domain",
			    "modprobe xen-privcmd; in a guest there is nothing to be done",
			    "there is a hypervisor, but it does not answer");
	} else {
		doctor_tell(doctor, DOCTOR_OK, "hypervisor", NULL, "version %u.%u%s%s%s",
			    version.major, version.minor, version.extra,
			    version.changeset[0] ? ", " : "", version.changeset);
	}
}

void doctor_nodes(struct doctor *doctor)
{
	static const struct {
		const char *path;
		const char *module;
		enum verdict missing;
	} nodes[] = {
		{"/dev/xen/privcmd", "modprobe xen-privcmd", DOCTOR_ERROR},
		{"/dev/xen/evtchn", "modprobe xen-evtchn", DOCTOR_ERROR},
		{"/dev/xen/gntdev", "modprobe xen-gntdev", DOCTOR_ERROR},
		{"/dev/xen/xenbus", "modprobe xenfs, or mount -t xenfs xenfs /proc/xen",
		 DOCTOR_WARNING},
	};
	unsigned int good = 0;

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		if (access(nodes[i].path, R_OK | W_OK)) {
			doctor_tell(doctor, nodes[i].missing, "no-device", nodes[i].module,
				    "%s: %s", nodes[i].path, strerror(errno));
		} else {
			good++;
		}
	}
	if (good == sizeof(nodes) / sizeof(nodes[0])) {
		doctor_tell(doctor, DOCTOR_OK, "devices", NULL,
			    "privcmd, evtchn, gntdev and xenbus in /dev/xen");
	}
}

void doctor_xenstored(struct doctor *doctor)
{
	struct axl *axl = doctor_axl(doctor);
	char *name = axl->store ? store_readf(axl->store, STORE_NO_TX, "/local/domain/%u/name", 0)
				: NULL;

	if (!axl->store) {
		doctor_tell(doctor, DOCTOR_ERROR, "no-xenstore", "systemctl start xenstored",
			    "xenstored does not answer at /run/xenstored/socket");
	} else if (!name) {
		doctor_tell(doctor, DOCTOR_WARNING, "no-dom0-record",
			    "axl create writes it, or run xen-init-dom0",
			    "xenstored answers, but has no record of the control domain");
	} else {
		doctor_tell(doctor, DOCTOR_OK, "xenstored", NULL, "xenstored answers");
	}
	free(name);
}

/* Does a process of that name run? */
static bool runs(const char *name)
{
	glob_t found;
	bool is_there = false;
	char comm[32];

	if (glob("/proc/[0-9]*/comm", GLOB_NOSORT, NULL, &found)) {
		return false;
	}
	for (size_t i = 0; !is_there && i < found.gl_pathc; i++) {
		first_line(found.gl_pathv[i], comm, sizeof(comm));
		is_there = !strcmp(comm, name);
	}
	globfree(&found);
	return is_there;
}

void doctor_consoled(struct doctor *doctor)
{
	if (runs("xenconsoled")) {
		doctor_tell(doctor, DOCTOR_OK, "xenconsoled", NULL, "xenconsoled runs");
	} else {
		doctor_tell(doctor, DOCTOR_ERROR, "no-console-daemon",
			    "systemctl start xenconsoled",
			    "no xenconsoled runs: guests have no console");
	}
}

void doctor_modules(struct doctor *doctor)
{
	static const struct {
		const char *path;
		const char *what;
		const char *remedy;
		enum verdict missing;
	} modules[] = {
		{"/sys/bus/xen-backend/drivers/vbd", "blkback, for disks", "modprobe xen-blkback",
		 DOCTOR_ERROR},
		{"/sys/bus/xen-backend/drivers/vif", "netback, for network interfaces",
		 "modprobe xen-netback", DOCTOR_ERROR},
		{"/dev/loop-control", "loop devices, for raw images", "modprobe loop",
		 DOCTOR_WARNING},
		{"/sys/module/nbd", "nbd, for qcow2 images", "modprobe nbd", DOCTOR_NOTE},
	};

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (!access(modules[i].path, F_OK)) {
			doctor_tell(doctor, DOCTOR_OK, "backend", NULL, "%s", modules[i].what);
		} else {
			doctor_tell(doctor, modules[i].missing, "no-backend", modules[i].remedy,
				    "%s: not loaded", modules[i].what);
		}
	}
}

void doctor_network(struct doctor *doctor)
{
	char names[256] = "";
	size_t used = 0;
	bool has_default = false;
	glob_t found;

	if (!glob("/sys/class/net/*/bridge", 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc && used + 24 < sizeof(names); i++) {
			const char *name = found.gl_pathv[i] + strlen("/sys/class/net/");
			int len = (int)strcspn(name, "/");

			has_default |= len == 6 && !strncmp(name, "xenbr0", 6);
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.*s",
						 used ? ", " : "", len, name);
		}
		globfree(&found);
	}
	if (!used) {
		doctor_tell(doctor, DOCTOR_WARNING, "no-bridge",
			    "ip link add xenbr0 type bridge; ip link set xenbr0 up; then make the "
			    "network card a port of it",
			    "there is no bridge: vif= without routing has nowhere to go");
	} else if (!has_default) {
		doctor_tell(doctor, DOCTOR_NOTE, "no-default-bridge",
			    "name the bridge in vif=, or call one xenbr0",
			    "bridges: %s; none is xenbr0, the default", names);
	} else {
		doctor_tell(doctor, DOCTOR_OK, "bridges", NULL, "bridges: %s", names);
	}
}

/* Is there a program of that name in PATH? */
static bool in_path(const char *program)
{
	const char *rest = getenv("PATH");
	char path[512];

	rest = rest ? rest : "/usr/sbin:/usr/bin:/sbin:/bin";
	while (*rest) {
		int len = (int)strcspn(rest, ":");

		snprintf(path, sizeof(path), "%.*s/%s", len, rest, program);
		if (!access(path, X_OK)) {
			return true;
		}
		rest += len + (rest[len] == ':');
	}
	return false;
}

void doctor_helpers(struct doctor *doctor)
{
	static const struct {
		const char *program;
		const char *need;
		const char *remedy;
	} helpers[] = {
		{"qemu-nbd", "qcow2, qcow, vhd and qed images", "apt install qemu-utils"},
		{"ovs-vsctl", "bridges of Open vSwitch", "apt install openvswitch-switch"},
	};

	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++) {
		if (in_path(helpers[i].program)) {
			doctor_tell(doctor, DOCTOR_OK, "helper", NULL, "%s, for %s",
				    helpers[i].program, helpers[i].need);
		} else {
			doctor_tell(doctor, DOCTOR_NOTE, "no-helper", helpers[i].remedy,
				    "no %s: it is needed for %s only", helpers[i].program,
				    helpers[i].need);
		}
	}
}

void doctor_memory(struct doctor *doctor)
{
	struct axl *axl = doctor_axl(doctor);
	struct xen_sysctl_physinfo machine;
	struct xen_domctl_getdomaininfo dom0;
	unsigned long long total, free_mib, own;

	if (!axl->ctl || ctl_physinfo(axl->ctl, &machine) || ctl_domain_info(axl->ctl, 0, &dom0)) {
		return;
	}
	total = MIB_OF_PAGES(machine.total_pages);
	free_mib = MIB_OF_PAGES(machine.free_pages);
	own = MIB_OF_PAGES(dom0.tot_pages);
	if (own < LITTLE_DOM0_MIB) {
		doctor_tell(doctor, DOCTOR_WARNING, "little-dom0-memory",
			    "boot with dom0_mem=512M or more",
			    "the control domain has %llu MiB; under %u its backends run short", own,
			    LITTLE_DOM0_MIB);
	}
	if (free_mib < LITTLE_FREE_MIB) {
		doctor_tell(doctor, DOCTOR_WARNING, "little-free-memory",
			    own * 10 > total * 8
				    ? "boot with dom0_mem=1024M,max:1024M, or axl mem-set 0 1024"
				    : "shut a guest down, or lower one with axl mem-set",
			    "%llu MiB of %llu are free, the control domain has %llu", free_mib,
			    total, own);
	} else {
		doctor_tell(doctor, DOCTOR_OK, "memory", NULL,
			    "%llu MiB, %llu free, %llu claimed, the control domain has %llu", total,
			    free_mib, MIB_OF_PAGES(machine.outstanding_pages), own);
	}
}

/* Whether this is the user of a name: whom a daemon becomes. */
static bool is_user(uid_t uid, const char *name)
{
	FILE *file = name ? fopen("/etc/passwd", "re") : NULL;
	const struct passwd *entry;
	bool is = false;

	while (file && !is && (entry = fgetpwent(file))) {
		is = entry->pw_uid == uid && !strcmp(entry->pw_name, name);
	}
	if (file) {
		fclose(file);
	}
	return is;
}

/* A folder that is root's, or of the daemon's user `owner` (NULL: of none). */
static void look_at_folder(struct doctor *doctor, const char *path, enum verdict missing,
			   const char *owner)
{
	char remedy[128];
	struct statvfs fs;
	struct stat st;

	if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
		snprintf(remedy, sizeof(remedy), "mkdir -p -m 755 %s", path);
		doctor_tell(doctor, missing, "no-folder", remedy, "%s is not there", path);
	} else if ((st.st_uid && !is_user(st.st_uid, owner)) || st.st_mode & (S_IWGRP | S_IWOTH)) {
		snprintf(remedy, sizeof(remedy), "chown root:root %s; chmod 755 %s", path, path);
		doctor_tell(doctor, DOCTOR_ERROR, "folder-open", remedy,
			    "%s belongs to user %u with mode %04o: others can change what is in it",
			    path, st.st_uid, st.st_mode & 07777);
	} else if (!statvfs(path, &fs) && fs.f_blocks && fs.f_bavail * fs.f_frsize < 1 << 20) {
		snprintf(remedy, sizeof(remedy), "df -h %s", path);
		doctor_tell(doctor, DOCTOR_WARNING, "folder-full", remedy,
			    "%s has less than 1 MiB free", path);
	} else {
		doctor_tell(doctor, DOCTOR_OK, "folder", NULL, "%s, mode %04o", path,
			    st.st_mode & 07777);
	}
}

void doctor_folders(struct doctor *doctor)
{
	look_at_folder(doctor, "/run/xenstored", DOCTOR_WARNING, "xenstored");
	look_at_folder(doctor, USERDATA_DIR, DOCTOR_NOTE, NULL);
	look_at_folder(doctor, "/var/log/xen", DOCTOR_NOTE, NULL);
}

void doctor_mitigations(struct doctor *doctor)
{
	struct axl *axl = doctor_axl(doctor);
	struct ctl_version version;

	if (!axl->ctl || ctl_version(axl->ctl, &version)) {
		return;
	}
	if (version.mitigations[0]) {
		doctor_tell(doctor, DOCTOR_OK, "mitigations", NULL, "%s", version.mitigations);
	} else {
		doctor_tell(doctor, DOCTOR_NOTE, "mitigations-unknown", "axl dmesg",
			    "this hypervisor tells them in its log only");
	}
}
