/* SPDX-License-Identifier: MIT */
/* axl doctor: runs every look at the host and prints what was found, with remedies. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "../doctor/doctor.h"
#include "../json.h"
#include "../verbs.h"

struct doctor {
	struct axl *axl;
	const char *subject;
	unsigned int counts[DOCTOR_ERROR + 1]; /* by verdict */
};

static const struct {
	const char *subject;
	doctor_fn *look;
} looks[] = {
	{"user", doctor_user},
	{"hypervisor", doctor_hypervisor},
	{"devices", doctor_nodes},
	{"xenstored", doctor_xenstored},
	{"xenconsoled", doctor_consoled},
	{"backends", doctor_modules},
	{"network", doctor_network},
	{"helpers", doctor_helpers},
	{"memory", doctor_memory},
	{"folders", doctor_folders},
	{"mitigations", doctor_mitigations},
	{"leftovers", doctor_stale_files},
	{"leftovers", doctor_stale_nodes},
	{"leftovers", doctor_stale_loops},
	{"boot", doctor_boot},
	{"boot", doctor_boot_memory},
	{"boot", doctor_boot_drivers},
	{"room", doctor_room},
	{"units", doctor_units},
};

struct axl *doctor_axl(struct doctor *doctor)
{
	return doctor->axl;
}

void doctor_tell(struct doctor *doctor, enum verdict verdict, const char *id, const char *remedy,
		 const char *format, ...)
{
	static const char *const names[] = {
		[DOCTOR_OK] = "ok",
		[DOCTOR_NOTE] = "note",
		[DOCTOR_WARNING] = "warning",
		[DOCTOR_ERROR] = "error",
	};
	struct yajl_gen_t *json = doctor->axl->json;
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	doctor->counts[verdict]++;
	if (json) {
		json_map(json, NULL);
		json_string(json, "severity", names[verdict]);
		json_string(json, "id", id);
		json_string(json, "subject", doctor->subject);
		json_string(json, "what", what);
		json_string(json, "remedy", remedy ? remedy : "");
		json_map_end(json);
		return;
	}
	printf("%-8s %-12s %s%s%s%s\n", names[verdict], doctor->subject, what,
	       verdict == DOCTOR_OK ? "" : " [", verdict == DOCTOR_OK ? "" : id,
	       verdict == DOCTOR_OK ? "" : "]");
	if (remedy) {
		printf("%21s remedy: %s\n", "", remedy);
	}
}

int verb_doctor(struct axl *axl, int argc, char **argv)
{
	struct doctor doctor = {.axl = axl};
	unsigned int errors;

	if (argc > 1) {
		return axl_usage(axl, "%s: doctor takes no arguments", argv[1]);
	}
	axl_need_ctl(axl);
	axl_need_store(axl);
	ctl_error_clear(&axl->err); /* the looks tell it */
	if (axl->json) {
		json_array(axl->json, "findings");
	}
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		doctor.subject = looks[i].subject;
		looks[i].look(&doctor);
	}
	errors = doctor.counts[DOCTOR_ERROR];
	if (axl->json) {
		json_array_end(axl->json);
		json_number(axl->json, "errors", errors);
		json_number(axl->json, "warnings", doctor.counts[DOCTOR_WARNING]);
		json_bool(axl->json, "ok", !errors);
	} else {
		printf("%u error%s, %u warning%s\n", errors, errors == 1 ? "" : "s",
		       doctor.counts[DOCTOR_WARNING],
		       doctor.counts[DOCTOR_WARNING] == 1 ? "" : "s");
	}
	return errors ? -EIO : 0;
}
