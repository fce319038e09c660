/* SPDX-License-Identifier: MIT */
/* Any bytes as grub.cfg, grubenv and argon.cfg: read, an entry found, no control character kept. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../dom0-tools/axl/doctor/bootcfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	if (len == size) {
		abort();
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
			abort();
		}
	}
}

static void check_entry(const struct boot_entry *entry)
{
	check_text(entry->title, sizeof(entry->title));
	check_text(entry->id, sizeof(entry->id));
	check_text(entry->image, sizeof(entry->image));
	check_text(entry->options, sizeof(entry->options));
	check_text(entry->kernel, sizeof(entry->kernel));
	if (entry->initrds > BOOT_INITRDS_MAX) {
		abort();
	}
	for (size_t i = 0; i < entry->initrds; i++) {
		check_text(entry->initrd[i], BOOT_NAME_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct boot_menu menu = {0};
	const struct boot_entry *found;
	struct boot_entry entry;
	char value[BOOT_NAME_MAX];
	bool is_exact;

	/* twice: grub.cfg and custom.cfg */
	if (boot_menu_read(&menu, text, size) || boot_menu_read(&menu, text, size / 2)) {
		abort();
	}
	check_text(menu.wanted, sizeof(menu.wanted));
	check_entry(&menu.bare);
	for (size_t i = 0; i < menu.count; i++) {
		check_entry(&menu.entries[i]);
		if (menu.entries[i].parent >= (int)i) {
			abort();
		}
	}
	boot_env(text, size, "saved_entry", value);
	check_text(value, sizeof(value));
	found = boot_menu_find(&menu, value, &is_exact);
	if (found && found->is_submenu) {
		abort();
	}
	boot_menu_find(&menu, menu.wanted, &is_exact);
	boot_menu_free(&menu);
	boot_efi_read(&entry, text, size);
	check_entry(&entry);
	return 0;
}
