/* SPDX-License-Identifier: MIT */
/* What doctor tells of the next boot: which hypervisor, and are its files there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../libctl/version.h"
#include "doctor.h"
#include "root.h"

#define IMAGE_MAX (64U << 20)
#define NOTE_BUILD_ID 3 /* NT_GNU_BUILD_ID, gABI's note of linkers */

/* --- files ------------------------------------------------------------- */

/* How the one who says it is called in findings. */
static const char *who(const struct boot_next *next)
{
	return next->volume[0] ? "argon.efi" : "GRUB";
}

/* Tells it if the file is not there, or empty; false then. */
static bool file_is_good(struct doctor *doctor, const struct boot_next *next, const char *name,
			 const char *what)
{
	const char *remedy = next->volume[0] ? "copy it there, or name another in that file"
			     : !strcmp(what, "initrd") ? "update-initramfs -c -k all; update-grub"
						       : "install it again; update-grub";
	char path[DOCTOR_PATH_MAX];
	bool is_there = boot_file(next, name, path);

	if (is_there && root_size(path) > 0) {
		return true;
	}
	doctor_tell(doctor, DOCTOR_WARNING, "boot-no-file", remedy,
		    "the next boot's %s %.160s is %s; %.200s, entry \"%.80s\"", what, path,
		    is_there ? "empty (0 bytes)" : "not there", next->config, next->entry.title);
	return false;
}

/*
 * The build id that linkers leave in an image as a note (size of "GNU", size, type, name, id):
 * hexadecimal, "" if none is found. With `want` the image may have others, too.
 */
static void image_build_id(const char *image, size_t len, const char *want, char id[129])
{
	static const unsigned char head[] = {NOTE_BUILD_ID, 0, 0, 0, 'G', 'N', 'U', 0};
	const char *at = image, *found;
	char this[129];

	id[0] = '\0';
	while ((found = memmem(at, len - (size_t)(at - image), head, sizeof(head)))) {
		size_t room = len - (size_t)(found - image) - sizeof(head);
		size_t size = found - image >= 8 ? (unsigned char)found[-4] : 0;

		at = found + 1;
		if (size < 8 || size > 64 || size > room || found[-8] != 4) {
			continue;
		}
		for (size_t i = 0; i < size; i++) {
			snprintf(this + i * 2, 3, "%02x", (unsigned char)found[sizeof(head) + i]);
		}
		if (!id[0] || !strcmp(this, want)) {
			memcpy(id, this, size * 2 + 1);
		}
	}
}

/* Is it the hypervisor that runs now? Both have a build id, or it cannot be told. */
static void look_at_build(struct doctor *doctor, const struct boot_next *next, const char *path)
{
	struct axl *axl = doctor_axl(doctor);
	struct ctl_version version;
	size_t len;
	char id[129], *image;

	if (!axl->ctl || ctl_version(axl->ctl, &version) || !version.build_id[0]) {
		return;
	}
	image = root_read(path, IMAGE_MAX, &len);
	image_build_id(image ? image : "", len, version.build_id, id);
	free(image);
	if (id[0] && strcmp(id, version.build_id)) {
		doctor_tell(doctor, DOCTOR_NOTE, "boot-other-build",
			    next->volume[0] ? "right after an upgrade; if not: copy the right one"
					    : "right after an upgrade; if not: grub-set-default",
			    "the next boot's hypervisor %.160s has build id %.16s..., the one that "
			    "runs has %.16s...",
			    path, id, version.build_id);
	} else if (id[0]) {
		doctor_tell(doctor, DOCTOR_OK, "boot-build", NULL,
			    "%.160s is the hypervisor that runs, build id %.16s...", path, id);
	}
}

static void look_at_files(struct doctor *doctor, const struct boot_next *next)
{
	const struct boot_entry *entry = &next->entry;
	char path[DOCTOR_PATH_MAX];
	bool is_good = true;

	if (file_is_good(doctor, next, entry->image, "hypervisor")) {
		boot_file(next, entry->image, path);
		look_at_build(doctor, next, path);
	} else {
		is_good = false;
	}
	if (entry->kernel[0]) {
		is_good &= file_is_good(doctor, next, entry->kernel, "kernel");
	} else if (entry->is_multiboot) {
		doctor_tell(
			doctor, DOCTOR_WARNING, "boot-bad-config",
			"add a line module2 with the kernel; see /etc/grub.d/40_custom",
			"%.200s, entry \"%.80s\": a hypervisor without a kernel for the control "
			"domain",
			next->config, entry->title);
		is_good = false;
	}
	for (size_t i = 0; i < entry->initrds; i++) {
		is_good &= file_is_good(doctor, next, entry->initrd[i], "initrd");
	}
	if (is_good) {
		doctor_tell(doctor, DOCTOR_OK, "boot-files", NULL,
			    "%s starts %.100s with %.100s and %zu initrd%s, all there", who(next),
			    entry->image, entry->kernel[0] ? entry->kernel : "its configuration",
			    entry->initrds, entry->initrds == 1 ? "" : "s");
	}
}

/* --- loaders ----------------------------------------------------------- */

static void look_at_grub(struct doctor *doctor, const struct boot_next *next, bool has_efi)
{
	if (next->state == NEXT_UNTOLD) {
		doctor_tell(doctor, DOCTOR_NOTE, "boot-unknown",
			    "grub-editenv list; look at that file yourself",
			    "what GRUB starts next cannot be told from %s: %s", next->config,
			    next->lacks);
		return;
	}
	if (next->state == NEXT_FIRST) {
		doctor_tell(doctor, DOCTOR_WARNING, "boot-default-missing",
			    "grub-set-default with the title or id of an entry; update-grub",
			    "GRUB's default \"%.120s\" is no entry of %s: it starts the first one "
			    "there, "
			    "\"%.120s\"",
			    next->wanted, next->config, next->entry.title);
	}
	if (!boot_is_hypervisor(next)) {
		doctor_tell(doctor, has_efi ? DOCTOR_NOTE : DOCTOR_WARNING, "boot-not-hypervisor",
			    has_efi ? "efibootmgr tells whether argon.efi goes first"
				    : "GRUB_DEFAULT= in /etc/default/grub, or grub-set-default, "
				      "with the entry of the hypervisor; then update-grub",
			    "GRUB's default \"%.120s\" starts %.120s, not a hypervisor: no guest "
			    "starts",
			    next->entry.title,
			    next->entry.kernel[0]  ? next->entry.kernel
			    : next->entry.image[0] ? next->entry.image
						   : "no kernel");
		return;
	}
	look_at_files(doctor, next);
}

static void look_at_efi(struct doctor *doctor, const struct boot_next *next)
{
	if (next->state == NEXT_BAD) {
		doctor_tell(doctor, DOCTOR_WARNING, "boot-bad-config",
			    "write [global] default=NAME, then [NAME] options=, kernel=, ramdisk=",
			    "%.300s, which argon.efi reads: %s", next->config, next->lacks);
	} else {
		look_at_files(doctor, next);
	}
}

void doctor_boot(struct doctor *doctor)
{
	struct boot_next grub, efi;

	boot_next_grub(&grub);
	boot_next_efi(&efi);
	if (grub.state == NEXT_NONE && efi.state == NEXT_NONE) {
		doctor_tell(doctor, DOCTOR_NOTE, "boot-unknown",
			    "mount /boot and /boot/efi, if they are partitions",
			    "neither /boot/grub/grub.cfg nor an argon.cfg beside argon.efi: what "
			    "the next boot starts is not known here");
		return;
	}
	if (grub.state != NEXT_NONE) {
		look_at_grub(doctor, &grub, efi.state != NEXT_NONE);
	}
	if (efi.state != NEXT_NONE) {
		look_at_efi(doctor, &efi);
	}
}
