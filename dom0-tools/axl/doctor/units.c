/* SPDX-License-Identifier: MIT */
/* What doctor tells of the time after the next boot: room on disks; daemons, guests that start. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "doctor.h"
#include "root.h"
#include "../domains.h"
#include "../journal.h"

#define ROOT_OF(path) DOCTOR_ROOT path
/* a console's log grows to 32 MiB and has one predecessor: dom0-tools/consoled/main.c */
#define CONSOLE_LOG_MIB 64ULL
#define GUESTS_NAMED 3

/* --- room -------------------------------------------------------------- */

/* Room on the file system that a folder is on, or will be; false: it cannot be told. */
static bool room_mib(const char *folder, unsigned long long *mib, unsigned long long *of)
{
	char path[DOCTOR_PATH_MAX];
	struct statvfs fs;

	snprintf(path, sizeof(path), DOCTOR_ROOT "%s", folder);
	while (statvfs(path, &fs)) {
		char *slash = strrchr(path + strlen(DOCTOR_ROOT), '/');

		if (errno != ENOENT || !slash || !slash[1]) {
			return false;
		}
		slash[slash == path + strlen(DOCTOR_ROOT)] = '\0'; /* the root's slash stays */
	}
	*mib = (unsigned long long)fs.f_bavail * fs.f_frsize >> 20;
	*of = (unsigned long long)fs.f_blocks * fs.f_frsize >> 20;
	return *of > 0;
}

/* Guests: their number, the MiB of the largest, their names. */
struct guests {
	unsigned int count;
	unsigned long long largest_mib;
	struct domain *list; /* with domain 0, for free() */
	int domains;
};

static struct guests guests_get(struct axl *axl)
{
	struct guests guests = {0};

	if (!axl->ctl || !axl->store) {
		return guests;
	}
	guests.domains = domains_get(axl, 0, NULL, &guests.list);
	if (guests.domains < 0) {
		ctl_error_clear(&axl->err);
		guests.list = NULL;
	}
	for (int i = 0; i < guests.domains; i++) {
		unsigned long long mib = guests.list[i].info.tot_pages >> 8;

		if (guests.list[i].info.domain) {
			guests.count++;
			guests.largest_mib = mib > guests.largest_mib ? mib : guests.largest_mib;
		}
	}
	return guests;
}

void doctor_room(struct doctor *doctor)
{
	struct guests guests = guests_get(doctor_axl(doctor));
	const struct {
		const char *folder;
		const char *what;
		unsigned long long need;
	} places[] = {
		{"/var/lib/xen", "a save or core of the largest guest", guests.largest_mib},
		{"/var/log/xen", "consoles' logs, each with its predecessor",
		 CONSOLE_LOG_MIB * (guests.count ? guests.count : 1)},
		{"/var/lib/argon", "the journal, with its predecessor",
		 2ULL * JOURNAL_BYTES_MAX >> 20},
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		unsigned long long mib, of;
		char remedy[128];

		if (!room_mib(places[i].folder, &mib, &of)) {
			continue;
		}
		if (mib < places[i].need) {
			snprintf(remedy, sizeof(remedy), "df -h %s; make room, or mount more there",
				 places[i].folder);
			doctor_tell(doctor, DOCTOR_WARNING, "little-room", remedy,
				    "%s has %llu MiB free of %llu; %s: up to %llu MiB",
				    places[i].folder, mib, of, places[i].what, places[i].need);
		} else {
			doctor_tell(doctor, DOCTOR_OK, "room", NULL, "%s has %llu MiB free of %llu",
				    places[i].folder, mib, of);
		}
	}
	free(guests.list);
}

/* --- units ------------------------------------------------------------- */

/* Is there something at a path, a symlink to nowhere included? `pattern` is glob's. */
static bool is_found(const char *pattern)
{
	glob_t found;
	bool is = !glob(pattern, GLOB_NOSORT, NULL, &found);

	if (is) {
		globfree(&found);
	}
	return is;
}

/* Does a target want the unit? Its name must be plain. */
static bool is_enabled(const char *unit)
{
	static const char *const folders[] = {"/etc/systemd/system", "/usr/lib/systemd/system",
					      "/lib/systemd/system"};
	static const char *const kinds[] = {"wants", "requires"};
	bool is = false;

	for (size_t i = 0; !is && i < 6; i++) {
		char pattern[DOCTOR_PATH_MAX];

		snprintf(pattern, sizeof(pattern), ROOT_OF("%s/*.%s/%s"), folders[i / 2],
			 kinds[i % 2], unit);
		is = is_found(pattern);
	}
	return is;
}

static bool is_masked(const char *unit)
{
	char path[DOCTOR_PATH_MAX], target[16] = "";
	ssize_t len;

	snprintf(path, sizeof(path), ROOT_OF("/etc/systemd/system/%s"), unit);
	len = readlink(path, target, sizeof(target) - 1);
	return len > 0 && !strcmp(target, "/dev/null");
}

static void look_at_daemons(struct doctor *doctor)
{
	static const struct {
		const char *name;
		const char *without;
	} daemons[] = {
		{"xenstored", "no guest can start"},
		{"xenconsoled", "guests have no console"},
	};
	/* a guest's unit takes them along */
	bool is_wanted = is_enabled("axl@*.service");
	unsigned int good = 0;

	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
		char unit[64], remedy[192];
		bool masked;

		snprintf(unit, sizeof(unit), "%s.service", daemons[i].name);
		masked = is_masked(unit);
		if (!masked && (is_wanted || is_enabled(unit))) {
			good++;
			continue;
		}
		snprintf(remedy, sizeof(remedy), "%s%s%ssystemctl enable %s",
			 masked ? "systemctl unmask " : "", masked ? unit : "", masked ? "; " : "",
			 unit);
		doctor_tell(doctor, DOCTOR_WARNING, "unit-not-enabled", remedy,
			    "%s is %s: after the next boot %s", unit,
			    masked ? "masked" : "not enabled", daemons[i].without);
	}
	if (good == sizeof(daemons) / sizeof(daemons[0])) {
		doctor_tell(doctor, DOCTOR_OK, "units", NULL,
			    "xenstored and xenconsoled start with the machine");
	}
}

/* Names that a shell and a unit take as they are. */
static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";

	return name[0] && strlen(name) < 128 && !name[strspn(name, plain)];
}

/* Does something of systemd, xendomains or libvirt start it? */
static bool guest_starts(const char *name)
{
	char path[DOCTOR_PATH_MAX];

	snprintf(path, sizeof(path), "axl@%s.service", name);
	if (is_enabled(path)) {
		return true;
	}
	/* xendomains takes each file there; they are named after their guests */
	snprintf(path, sizeof(path), ROOT_OF("/etc/xen/auto/%s"), name);
	if (is_found(path)) {
		return true;
	}
	snprintf(path, sizeof(path), ROOT_OF("/etc/xen/auto/%s.cfg"), name);
	if (is_found(path)) {
		return true;
	}
	snprintf(path, sizeof(path), ROOT_OF("/etc/libvirt/libxl/autostart/%s.xml"), name);
	return is_found(path);
}

static void look_at_guests(struct doctor *doctor)
{
	struct guests guests = guests_get(doctor_axl(doctor));
	char names[GUESTS_NAMED * 130] = "", remedy[GUESTS_NAMED * 140] = "systemctl enable";
	unsigned int missing = 0;

	for (int i = 0; i < guests.domains; i++) {
		const char *name = guests.list[i].name;

		if (!guests.list[i].info.domain || !is_plain(name) || guest_starts(name)) {
			continue;
		}
		if (missing++ < GUESTS_NAMED) {
			size_t used = strlen(names), said = strlen(remedy);

			snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
				 name);
			snprintf(remedy + said, sizeof(remedy) - said, " axl@%s", name);
		}
	}
	if (missing) {
		doctor_tell(doctor, DOCTOR_NOTE, "guest-not-enabled", remedy,
			    "%u of %u guests that run now do not start with the machine: %s%s",
			    missing, guests.count, names, missing > GUESTS_NAMED ? ", ..." : "");
	}
	free(guests.list);
}

/* Guests that are to start, but have no configuration. */
static void look_at_configs(struct doctor *doctor)
{
	glob_t found;

	if (glob(ROOT_OF("/etc/systemd/system/*.wants/axl@*.service"), 0, NULL, &found)) {
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char name[DOCTOR_PATH_MAX], path[DOCTOR_PATH_MAX], remedy[160];
		const char *instance = strrchr(found.gl_pathv[i], '@') + 1;

		snprintf(name, sizeof(name), "%.*s", (int)(strlen(instance) - strlen(".service")),
			 instance);
		snprintf(path, sizeof(path), "/etc/xen/%.200s.cfg", name);
		if (is_plain(name) && root_size(path) < 0) {
			snprintf(remedy, sizeof(remedy), "systemctl disable axl@%.128s", name);
			doctor_tell(doctor, DOCTOR_WARNING, "guest-without-config", remedy,
				    "axl@%.128s.service starts with the machine, but %s is not "
				    "there",
				    name, path);
		}
	}
	globfree(&found);
}

void doctor_units(struct doctor *doctor)
{
	if (!root_has("/run/systemd/system")) {
		return; /* something else starts what is to start */
	}
	if (!is_found(ROOT_OF("/etc/init.d/xen"))) {
		look_at_daemons(doctor);
	}
	look_at_guests(doctor);
	look_at_configs(doctor);
}
