/* SPDX-License-Identifier: MIT */
/* Finds what the next boot starts in the files that GRUB and argon.efi read. */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

char *root_read(const char *path, size_t max, size_t *len)
{
	char full[DOCTOR_PATH_MAX * 2], *text = NULL;
	struct stat st;
	ssize_t got = 0;
	int fd;

	*len = 0;
	snprintf(full, sizeof(full), DOCTOR_ROOT "%s", path);
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
		size_t size = st.st_size < (off_t)max ? (size_t)st.st_size : max;

		text = malloc(size + 1);
		while (text && *len < size && (got = read(fd, text + *len, size - *len)) > 0) {
			*len += (size_t)got;
		}
		if (text) {
			text[*len] = '\0';
		}
	}
	if (fd >= 0) {
		close(fd);
	}
	return text;
}

static bool root_stat(const char *path, struct stat *st)
{
	char full[DOCTOR_PATH_MAX * 2];

	snprintf(full, sizeof(full), DOCTOR_ROOT "%s", path);
	return !stat(full, st);
}

long long root_size(const char *path)
{
	struct stat st;

	return root_stat(path, &st) && S_ISREG(st.st_mode) ? (long long)st.st_size : -1;
}

bool root_has(const char *path)
{
	struct stat st;

	return root_stat(path, &st);
}

/* --- GRUB -------------------------------------------------------------- */

/* Reads a configuration into the menu; 1: there is none, -EFBIG: more than is read. */
static int menu_add(struct boot_menu *menu, const char *path)
{
	size_t len;
	char *text = root_read(path, DOCTOR_CFG_MAX, &len);
	int ret = !text                                         ? 1
		  : root_size(path) > (long long)DOCTOR_CFG_MAX ? -EFBIG
								: boot_menu_read(menu, text, len);

	free(text);
	return ret;
}

/* What the menu's default is, with its variables. */
static void grub_wanted(const struct boot_menu *menu, const char *folder, char wanted[])
{
	char path[64], value[BOOT_NAME_MAX];
	size_t len;
	char *env;

	snprintf(path, sizeof(path), "%s/grubenv", folder);
	env = root_read(path, 4096, &len);
	boot_env(env ? env : "", len, "next_entry", value);
	if (!menu->asks_next || !value[0]) {
		snprintf(value, sizeof(value), "%s", menu->wanted);
		if (!strcmp(value, "${saved_entry}") || !strcmp(value, "$saved_entry")) {
			boot_env(env ? env : "", len, "saved_entry", value);
		}
	}
	free(env);
	snprintf(wanted, BOOT_NAME_MAX, "%s", value[0] ? value : "0");
}

static void grub_choose(struct boot_next *next, const struct boot_menu *menu, const char *folder)
{
	const struct boot_entry *entry;
	bool is_exact;

	grub_wanted(menu, folder, next->wanted);
	if (menu->count && strchr(next->wanted, '$')) {
		next->state = NEXT_UNTOLD;
		next->lacks = "its default depends on a variable";
		return;
	}
	entry = boot_menu_find(menu, next->wanted, &is_exact);
	if (!entry) {
		next->state = NEXT_UNTOLD;
		next->lacks = "it has no entry";
		return;
	}
	next->state = is_exact ? NEXT_KNOWN : NEXT_FIRST;
	next->entry = *entry;
}

void boot_next_grub(struct boot_next *next)
{
	static const char *const folders[] = {"/boot/grub", "/boot/grub2"};
	struct boot_menu menu = {0};

	*next = (struct boot_next){.state = NEXT_NONE};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char custom[64];
		int ret;

		snprintf(next->config, sizeof(next->config), "%s/grub.cfg", folders[i]);
		ret = menu_add(&menu, next->config);
		if (ret == 1) {
			continue;
		}
		if (!ret && menu.reads_custom) {
			snprintf(custom, sizeof(custom), "%s/custom.cfg", folders[i]);
			ret = menu_add(&menu, custom);
		}
		if (ret < 0) {
			next->state = NEXT_UNTOLD;
			next->lacks = ret == -EFBIG ? "it is longer than 1 MiB" : "out of memory";
		} else {
			grub_choose(next, &menu, folders[i]);
		}
		break;
	}
	boot_menu_free(&menu);
}

/* --- argon.efi --------------------------------------------------------- */

static bool starts_with(const char *text, const char *start)
{
	return !strncasecmp(text, start, strlen(start));
}

/* The configuration beside an application: NAME.cfg, or argon.cfg for ours. */
static bool efi_config(const char *application, char config[DOCTOR_PATH_MAX])
{
	const char *name = strrchr(application, '/') + 1, *dot = strrchr(name, '.');
	int stem = (int)((dot ? dot : name + strlen(name)) - application);
	int folder = (int)(name - application);

	snprintf(config, DOCTOR_PATH_MAX, "%.*s.cfg", stem, application);
	if (root_has(config)) {
		return true;
	}
	snprintf(config, DOCTOR_PATH_MAX, "%.*s.CFG", stem, application);
	if (root_has(config)) {
		return true;
	}
	snprintf(config, DOCTOR_PATH_MAX, "%.*sargon.cfg", folder, application);
	return starts_with(name, "argon");
}

/* Takes the application if it is ours; its volume's path is the first `volume` bytes. */
static bool efi_take(struct boot_next *next, const char *application, size_t volume)
{
	const char *name = strrchr(application, '/') + 1;
	size_t len;
	char *text;

	if (!efi_config(application, next->config)) {
		return false;
	}
	snprintf(next->volume, sizeof(next->volume), "%.*s", (int)volume, application);
	snprintf(next->folder, sizeof(next->folder), "%.*s", (int)(name - application),
		 application);
	text = root_read(next->config, DOCTOR_CFG_MAX, &len);
	next->state = NEXT_BAD;
	next->lacks = text ? boot_efi_read(&next->entry, text, len) : "no such file";
	if (!next->lacks) {
		next->state = NEXT_KNOWN;
		snprintf(next->wanted, sizeof(next->wanted), "%s", next->entry.title);
	}
	free(text);
	snprintf(next->entry.image, sizeof(next->entry.image), "%.255s", name);
	return true;
}

void boot_next_efi(struct boot_next *next)
{
	static const char *const volumes[] = {"/boot/efi", "/efi", "/boot"};
	bool is_found = false;

	*next = (struct boot_next){.state = NEXT_NONE};
	for (size_t i = 0; !is_found && i < sizeof(volumes) / sizeof(volumes[0]); i++) {
		char pattern[256];
		glob_t found;

		snprintf(pattern, sizeof(pattern), DOCTOR_ROOT "%s/[eE][fF][iI]/*/*.[eE][fF][iI]",
			 volumes[i]);
		if (glob(pattern, 0, NULL, &found)) {
			continue;
		}
		for (size_t j = 0; !is_found && j < found.gl_pathc; j++) {
			const char *path = found.gl_pathv[j] + strlen(DOCTOR_ROOT);

			is_found = strlen(path) < DOCTOR_PATH_MAX - 8 &&
				   efi_take(next, path, strlen(volumes[i]));
		}
		globfree(&found);
	}
}

/* --- files ------------------------------------------------------------- */

static bool is_file(const char *prefix, const char *name, char path[DOCTOR_PATH_MAX])
{
	int len = snprintf(path, DOCTOR_PATH_MAX, "%s%s", prefix, name);

	return len < DOCTOR_PATH_MAX && root_size(path) >= 0;
}

bool boot_file(const struct boot_next *next, const char *name, char path[DOCTOR_PATH_MAX])
{
	char plain[BOOT_NAME_MAX];
	const char *start = plain;

	if (next->volume[0]) {
		snprintf(plain, sizeof(plain), "%s", name);
		for (char *c = plain; *c; c++) {
			*c = *c == '\\' ? '/' : *c;
		}
		return is_file(plain[0] == '/' ? next->volume : next->folder, plain, path);
	}
	/* (hd0,gpt2)/boot/… */
	snprintf(plain, sizeof(plain), "%s", name[0] == '(' ? name + strcspn(name, "/") : name);
	/* /@rootfs/boot/…, a subvolume of btrfs */
	while (start[0] == '/' && memchr(start, '@', 1 + strcspn(start + 1, "/"))) {
		start += 1 + strcspn(start + 1, "/");
	}
	return is_file("/boot", start, path) || is_file("/boot/efi", start, path) ||
	       is_file("", start, path);
}

/* The last part of a path, as loaders write it. */
static const char *base_name(const char *path)
{
	const char *name = path;

	for (; *path; path++) {
		name = *path == '/' || *path == '\\' ? path + 1 : name;
	}
	return name;
}

bool boot_is_hypervisor(const struct boot_next *next)
{
	const char *name = base_name(next->entry.image);

	return next->volume[0] || starts_with(name, "argon") || starts_with(name, "xen");
}

bool boot_next_hypervisor(struct boot_next *next)
{
	boot_next_grub(next);
	if ((next->state == NEXT_KNOWN || next->state == NEXT_FIRST) && boot_is_hypervisor(next) &&
	    next->entry.is_multiboot) {
		return true;
	}
	boot_next_efi(next);
	return next->state == NEXT_KNOWN;
}
