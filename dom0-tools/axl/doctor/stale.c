/* SPDX-License-Identifier: MIT */
/* What doctor finds of domains that are gone: files, nodes in xenstore, loop devices. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../libctl/domctl.h"
#include "doctor.h"
#include "../userdata.h"

static bool is_alive(struct axl *axl, unsigned long domid)
{
	struct xen_domctl_getdomaininfo info;

	return domid < DOMID_FIRST_RESERVED &&
	       !ctl_domain_info(axl->ctl, (xen_domid_t)domid, &info);
}

void doctor_stale_files(struct doctor *doctor)
{
	struct axl *axl = doctor_axl(doctor);
	unsigned int stale = 0;
	char remedy[256] = "";
	glob_t found;

	if (!axl->ctl || glob(USERDATA_DIR "/userdata-?.*", 0, NULL, &found)) {
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/');
		unsigned long domid;

		if (name && sscanf(name, "/userdata-%*c.%lu.", &domid) == 1 &&
		    !is_alive(axl, domid) && !stale++) {
			snprintf(remedy, sizeof(remedy), "rm %.200s%s", found.gl_pathv[i],
				 found.gl_pathc > 1 ? " and the like" : "");
		}
	}
	globfree(&found);
	if (stale) {
		doctor_tell(doctor, DOCTOR_WARNING, "stale-files", remedy,
			    "%u file%s of domains that are gone in " USERDATA_DIR, stale,
			    stale == 1 ? "" : "s");
	}
}

/* Nodes of domains that are gone below a path whose entries are ids. */
static void look_below(struct doctor *doctor, const char *path, const char *what)
{
	struct axl *axl = doctor_axl(doctor);
	size_t count = 0;
	char **ids = store_directory(axl->store, STORE_NO_TX, path, &count);
	char remedy[160];

	for (size_t i = 0; ids && i < count; i++) {
		char *end;
		unsigned long domid = strtoul(ids[i], &end, 10);

		if (!*end && end != ids[i] && domid && !is_alive(axl, domid)) {
			snprintf(remedy, sizeof(remedy), "xenstore-rm %s/%lu", path, domid);
			doctor_tell(doctor, DOCTOR_WARNING, "stale-nodes", remedy,
				    "xenstore has %s of domain %lu, which is gone", what, domid);
		}
	}
	free(ids);
}

void doctor_stale_nodes(struct doctor *doctor)
{
	struct axl *axl = doctor_axl(doctor);

	if (!axl->ctl || !axl->store) {
		return;
	}
	look_below(doctor, "/local/domain", "a record");
	look_below(doctor, "/libxl", "libxl's record");
	look_below(doctor, "/local/domain/0/backend/vbd", "a disk backend");
	look_below(doctor, "/local/domain/0/backend/vif", "a network backend");
}

/* Does a disk of any guest stand on this node? */
static bool backs_a_guest(struct store *store, const char *node)
{
	static const char path[] = "/local/domain/0/backend/vbd";
	size_t domains = 0, disks;
	char **ids = store_directory(store, STORE_NO_TX, path, &domains);
	bool found = false;

	for (size_t i = 0; ids && !found && i < domains; i++) {
		char below[96];
		char **devids;

		snprintf(below, sizeof(below), "%s/%.16s", path, ids[i]);
		disks = 0;
		devids = store_directory(store, STORE_NO_TX, below, &disks);
		for (size_t d = 0; devids && !found && d < disks; d++) {
			char *used =
				store_readf(store, STORE_NO_TX, "%s/%.16s/node", below, devids[d]);

			found = used && !strcmp(used, node);
			free(used);
		}
		free(devids);
	}
	free(ids);
	return found;
}

static bool is_mounted(const char *node)
{
	FILE *mounts = fopen("/proc/self/mounts", "re");
	size_t len = strlen(node), size = 0;
	char *line = NULL;
	bool found = false;

	while (mounts && !found && getline(&line, &size, mounts) > 0) {
		found = !strncmp(line, node, len) && line[len] == ' ';
	}
	free(line);
	if (mounts) {
		fclose(mounts);
	}
	return found;
}

void doctor_stale_loops(struct doctor *doctor)
{
	struct axl *axl = doctor_axl(doctor);
	glob_t found;

	if (!axl->store || glob("/sys/block/loop*/loop/backing_file", 0, NULL, &found)) {
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char node[32], file[200] = "", remedy[64];
		const char *name = found.gl_pathv[i] + strlen("/sys/block/");
		FILE *stream = fopen(found.gl_pathv[i], "re");

		snprintf(node, sizeof(node), "/dev/%.*s", (int)strcspn(name, "/"), name);
		if (stream && fgets(file, sizeof(file), stream)) {
			file[strcspn(file, "\n")] = '\0';
		}
		if (stream) {
			fclose(stream);
		}
		if (file[0] && !is_mounted(node) && !backs_a_guest(axl->store, node)) {
			snprintf(remedy, sizeof(remedy), "if nothing uses it: losetup -d %s", node);
			doctor_tell(doctor, DOCTOR_NOTE, "loop-without-guest", remedy,
				    "%s stands on %s; no guest and no mount uses it", node, file);
		}
	}
	globfree(&found);
}
