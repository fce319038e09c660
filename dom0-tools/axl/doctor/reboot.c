/* SPDX-License-Identifier: MIT */
/* What doctor tells of the next boot: memory left for guests, and the kernel's drivers. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "../../libctl/domctl.h"
#include "../../libctl/sysctl.h"
#include "../../libctl/version.h"
#include "doctor.h"
#include "root.h"

#define MODULES_MAX (4U << 20)
#define LITTLE_DOM0_MIB 192
#define LITTLE_GUESTS_MIB 64
/* what dom0 is not given, at most and as a part: hypervisor/pv/dom0_build.c */
#define RESERVE_PAGES (128LL << 8)
#define RESERVE_PART 16

/* --- memory ------------------------------------------------------------ */

/* Pages of "512M", "1G", "-256M", …; without a unit it is KiB. False: that is no amount. */
static bool amount_read(const char *text, const char *end, long long *pages)
{
	static const char units[] = "bkmgt";
	bool is_negative = *text == '-';
	unsigned long long value;
	const char *unit;
	long shift = 10;
	char *rest;

	text += is_negative;
	if (!isdigit((unsigned char)*text)) {
		return false;
	}
	errno = 0;
	value = strtoull(text, &rest, 0);
	unit = rest < end ? strchr(units, *rest | 0x20) : NULL;
	if (unit) {
		shift = (unit - units) * 10;
		rest++;
	}
	if (errno || rest != end || value >> (63 - shift)) {
		return false;
	}
	*pages = (long long)(value << shift >> 12) * (is_negative ? -1 : 1);
	return true;
}

static long long reserve_pages(long long total)
{
	return total / RESERVE_PART < RESERVE_PAGES ? total / RESERVE_PART : RESERVE_PAGES;
}

/* Pages that dom0_mem= gives. 1: there is no such option; -EINVAL: it is not understood. */
static int dom0_memory(const char *options, long long total, char word[128], long long *pages)
{
	const char *at = options, *found = NULL;
	long long size = 0, least = 0, most = 0, reserve = reserve_pages(total);

	while ((at = strstr(at, "dom0_mem="))) {
		found = at == options || at[-1] == ' ' ? at : found; /* the last one counts */
		at++;
	}
	snprintf(word, 128, "%.*s", found ? (int)strcspn(found, " ") : 0, found ? found : "");
	if (!found) {
		return 1;
	}
	for (at = word + strlen("dom0_mem=") - 1; *at;) {
		const char *item = at + 1, *end = item + strcspn(item, ",");
		long long *to = !strncmp(item, "min:", 4)   ? &least
				: !strncmp(item, "max:", 4) ? &most
							    : &size;

		if (!amount_read(to == &size ? item : item + 4, end, to)) {
			return -EINVAL;
		}
		at = end;
	}
	size = size > 0 ? size : total + (size ? size : -reserve);
	most = most < 0 ? total + most : most;
	least = least < 0 ? total + least : least;
	size = most && size > most ? most : size;
	*pages = size < least ? least : size;
	return 0;
}

/* MiB of the guests there are. */
static long long guests_mib(struct axl *axl)
{
	struct xen_domctl_getdomaininfo *infos = NULL;
	int count = ctl_domain_list_all(axl->ctl, &infos);
	unsigned long long pages = 0;

	for (int i = 0; i < count; i++) {
		pages += infos[i].domain ? infos[i].tot_pages : 0;
	}
	free(infos);
	return (long long)(pages >> 8);
}

void doctor_boot_memory(struct doctor *doctor)
{
	static const char remedy[] = "GRUB_CMDLINE_XEN=\"dom0_mem=1024M,max:1024M\" in "
				     "/etc/default/grub, or into your own entry; update-grub";
	static const char efi_remedy[] = "dom0_mem=1024M,max:1024M into options= of argon.cfg";
	struct axl *axl = doctor_axl(doctor);
	struct xen_sysctl_physinfo machine;
	struct ctl_version version;
	struct boot_next next;
	const char *options, *way_out;
	long long total, own = 0, left, need;
	char word[128];
	int ret;

	if (!axl->ctl || ctl_physinfo(axl->ctl, &machine) || ctl_version(axl->ctl, &version)) {
		return;
	}
	options = boot_next_hypervisor(&next) ? next.entry.options : version.command_line;
	way_out = next.volume[0] ? efi_remedy : remedy;
	total = (long long)machine.total_pages;
	ret = dom0_memory(options, total, word, &own);
	total >>= 8;
	own >>= 8;
	need = guests_mib(axl);
	need = need > LITTLE_GUESTS_MIB ? need : LITTLE_GUESTS_MIB;
	left = total - own;
	if (ret == 1) {
		doctor_tell(doctor, DOCTOR_NOTE, "no-dom0-mem", way_out,
			    "the hypervisor's command line has no dom0_mem=: the control domain "
			    "takes all of %lld MiB but %lld, and guests only get what it "
			    "gives back",
			    total, reserve_pages(total << 8) >> 8);
	} else if (ret) {
		doctor_tell(doctor, DOCTOR_WARNING, "bad-dom0-mem", way_out,
			    "the next boot's %s is not understood", word);
	} else if (own < LITTLE_DOM0_MIB) {
		doctor_tell(doctor, DOCTOR_WARNING, "bad-dom0-mem", way_out,
			    "the next boot's %s gives the control domain %lld MiB; under %d its "
			    "backends run short (a number without M or G is KiB)",
			    word, own, LITTLE_DOM0_MIB);
	} else if (left < need) {
		doctor_tell(doctor, DOCTOR_WARNING, "boot-little-memory", way_out,
			    "the next boot's %s leaves %lld MiB of %lld to guests; those that run "
			    "now, or one, need %lld",
			    word, left < 0 ? 0 : left, total, need);
	} else {
		doctor_tell(doctor, DOCTOR_OK, "boot-memory", NULL,
			    "the next boot's %s leaves %lld MiB of %lld to guests", word, left,
			    total);
	}
}

/* --- drivers ----------------------------------------------------------- */

/* Has the list of modules ("a/b/xen-blkback.ko.xz: …" a line) this one? */
static bool list_has(const char *list, const char *module)
{
	size_t len = strlen(module);

	for (const char *at = list; (at = strchr(at, '/')); at++) {
		size_t i = 0;

		while (i < len &&
		       (at[1 + i] == module[i] || (at[1 + i] == '_' && module[i] == '-'))) {
			i++;
		}
		if (i == len && !strncmp(at + 1 + len, ".ko", 3)) {
			return true;
		}
	}
	return false;
}

/* The version of the kernel that boots next, from its file's name; else of the one that runs. */
static void next_kernel(char version[BOOT_NAME_MAX], bool *is_this)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789.+~_-";
	const char *name = NULL;
	struct boot_next next;
	struct utsname now;

	if (uname(&now)) {
		now.release[0] = '\0';
	}
	if (boot_next_hypervisor(&next)) {
		name = strstr(next.entry.kernel, "vmlinuz-");
		name = name ? name + strlen("vmlinuz-") : NULL;
	}
	snprintf(version, BOOT_NAME_MAX, "%s",
		 name && name[0] && !name[strspn(name, plain)] ? name : now.release);
	*is_this = !strcmp(version, now.release);
}

void doctor_boot_drivers(struct doctor *doctor)
{
	static const struct {
		const char *module;
		const char *loaded; /* there when it is */
		const char *what;
	} drivers[] = {
		{"xen-blkback", "/sys/bus/xen-backend/drivers/vbd", "disks"},
		{"xen-netback", "/sys/bus/xen-backend/drivers/vif", "network interfaces"},
		{"xen-gntdev", "/dev/xen/gntdev", "console and xenstore daemons"},
		{"xen-evtchn", "/dev/xen/evtchn", "console and xenstore daemons"},
		{"xen-privcmd", "/dev/xen/privcmd", "axl"},
		{"loop", "/dev/loop-control", "raw images"},
	};
	char version[BOOT_NAME_MAX], path[DOCTOR_PATH_MAX], remedy[DOCTOR_PATH_MAX];
	char *loadable, *builtin;
	unsigned int good = 0;
	bool is_this, has_lists;
	size_t len;

	next_kernel(version, &is_this);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", version);
	loadable = root_read(path, MODULES_MAX, &len);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin", version);
	builtin = root_read(path, MODULES_MAX, &len);
	has_lists = loadable || builtin;
	snprintf(remedy, sizeof(remedy),
		 "apt install --reinstall linux-image-%.200s; depmod %.200s", version, version);
	if (!has_lists && !is_this) {
		doctor_tell(doctor, DOCTOR_WARNING, "boot-no-modules", remedy,
			    "the next boot's kernel %s has no modules in /lib/modules/%s", version,
			    version);
	}
	/* A kernel without lists that runs is looked at as it is, by others. */
	for (size_t i = 0; has_lists && i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if ((is_this && root_has(drivers[i].loaded)) ||
		    list_has(loadable ? loadable : "", drivers[i].module) ||
		    list_has(builtin ? builtin : "", drivers[i].module)) {
			good++;
			continue;
		}
		doctor_tell(doctor, DOCTOR_WARNING, "boot-no-driver", remedy,
			    "the next boot's kernel %s has no %s, neither built in nor in "
			    "/lib/modules/%s: it is for %s",
			    version, drivers[i].module, version, drivers[i].what);
	}
	if (good == sizeof(drivers) / sizeof(drivers[0])) {
		doctor_tell(doctor, DOCTOR_OK, "boot-drivers", NULL,
			    "the next boot's kernel %s has all %u drivers", version, good);
	}
	free(loadable);
	free(builtin);
}
