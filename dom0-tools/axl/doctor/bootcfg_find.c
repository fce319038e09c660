/* SPDX-License-Identifier: MIT */
/* Which of GRUB's entries is meant; its environment block; the configuration of argon.efi. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootcfg.h"

/* Cuts the next line off *at, copied; false at the end. Control characters become '?'. */
static bool line_next(const char **at, const char *end, char *line, size_t size)
{
	const char *stop;
	size_t len;

	if (*at == end) {
		return false;
	}
	stop = memchr(*at, '\n', (size_t)(end - *at));
	len = (size_t)((stop ? stop : end) - *at);
	if (len >= size) {
		len = size - 1;
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)(*at)[i];

		line[i] = (char)(c == '\t' || c == '\r' ? ' ' : c < 0x20 || c == 0x7f ? '?' : c);
	}
	line[len] = '\0';
	*at = stop ? stop + 1 : end;
	return true;
}

void boot_env(const char *text, size_t len, const char *name, char value[BOOT_NAME_MAX])
{
	const char *end = text + len;
	size_t name_len = strlen(name), used = 0;
	char line[BOOT_NAME_MAX];

	value[0] = '\0';
	while (line_next(&text, end, line, sizeof(line))) {
		if (strncmp(line, name, name_len) || line[name_len] != '=') {
			continue;
		}
		for (const char *from = line + name_len + 1; *from; from++) {
			from += *from == '\\' && from[1];
			value[used++] = *from;
		}
		value[used] = '\0';
		return;
	}
}

/* Cuts the first part off a path of entries: "a>b"; ">>" is a '>' of a name. */
static const char *part_next(const char *wanted, char part[BOOT_NAME_MAX])
{
	size_t used = 0;

	while (*wanted && used < BOOT_NAME_MAX - 1) {
		if (*wanted == '>' && wanted[1] != '>') {
			wanted++;
			break;
		}
		wanted += *wanted == '>';
		part[used++] = *wanted++;
	}
	part[used] = '\0';
	return wanted;
}

static int find_below(const struct boot_menu *menu, int parent, const char *part)
{
	char *end;
	unsigned long number = strtoul(part, &end, 10), seen = 0;
	bool is_number = isdigit((unsigned char)part[0]) && !*end;

	for (size_t i = 0; i < menu->count; i++) {
		const struct boot_entry *entry = &menu->entries[i];

		if (entry->parent != parent) {
			continue;
		}
		if (is_number ? seen == number
			      : !strcmp(entry->title, part) || !strcmp(entry->id, part)) {
			return (int)i;
		}
		seen++;
	}
	return BOOT_TOP;
}

const struct boot_entry *boot_menu_find(const struct boot_menu *menu, const char *wanted,
					bool *is_exact)
{
	char part[BOOT_NAME_MAX];
	int at = BOOT_TOP, below;

	*is_exact = true;
	if (!menu->count) {
		/* a configuration without a menu does what it says */
		return menu->bare.image[0] || menu->bare.kernel[0] ? &menu->bare : NULL;
	}
	do {
		wanted = part_next(wanted, part);
		below = find_below(menu, at, part[0] ? part : "0");
		if (below == BOOT_TOP) {
			*is_exact = false;
			below = find_below(menu, at, "0");
		}
		at = below;
	} while (at != BOOT_TOP && menu->entries[at].is_submenu);
	return at == BOOT_TOP ? NULL : &menu->entries[at];
}

/* The value of a key in a section, as argon.efi finds it. */
static bool efi_find(const char *text, size_t len, const char *section, const char *key,
		     char *value, size_t size)
{
	const char *end = text + len;
	bool inside = false;
	char line[2048];

	while (line_next(&text, end, line, sizeof(line))) {
		char *start = line + strspn(line, " "), *equals;
		size_t rest = strlen(start);

		while (rest && start[rest - 1] == ' ') {
			start[--rest] = '\0';
		}
		if (!rest || start[0] == '#' || start[0] == ';') {
			continue;
		}
		if (start[0] == '[' && start[rest - 1] == ']') {
			start[rest - 1] = '\0';
			inside = !strcmp(start + 1, section);
			continue;
		}
		equals = strchr(start, '=');
		if (inside && equals) {
			*equals = '\0';
			if (!strcmp(start, key)) {
				snprintf(value, size, "%s", equals + 1);
				return true;
			}
		}
	}
	return false;
}

const char *boot_efi_read(struct boot_entry *entry, const char *text, size_t len)
{
	*entry = (struct boot_entry){.parent = BOOT_TOP, .is_multiboot = true};
	if (!efi_find(text, len, "global", "default", entry->title, sizeof(entry->title))) {
		return "no default= in [global]";
	}
	if (!efi_find(text, len, entry->title, "kernel", entry->kernel, sizeof(entry->kernel)) ||
	    !entry->kernel[0]) {
		return "no kernel= in its default's section";
	}
	entry->kernel[strcspn(entry->kernel, " ")] = '\0';
	if (efi_find(text, len, entry->title, "ramdisk", entry->initrd[0], BOOT_NAME_MAX)) {
		entry->initrd[0][strcspn(entry->initrd[0], " ")] = '\0';
		entry->initrds = entry->initrd[0][0] != '\0';
	}
	efi_find(text, len, entry->title, "options", entry->options, sizeof(entry->options));
	return NULL;
}
