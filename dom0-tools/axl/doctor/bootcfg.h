/* SPDX-License-Identifier: MIT */
/*
 * What boot loaders' configurations say will be started: GRUB's grub.cfg as far as it can be told
 * without running it, and argon.efi's. The texts may be anybody's.
 */
#ifndef DOM0_TOOLS_AXL_BOOTCFG_H
#define DOM0_TOOLS_AXL_BOOTCFG_H

#include <stdbool.h>
#include <stddef.h>

#define BOOT_NAME_MAX 256
#define BOOT_ENTRIES_MAX 256
#define BOOT_INITRDS_MAX 4
#define BOOT_TOP (-1) /* parent of the entries of the first menu */

/* Texts are without control characters; "" is none. */
struct boot_entry {
	char title[BOOT_NAME_MAX];
	char id[BOOT_NAME_MAX];
	int parent; /* index of its submenu, or BOOT_TOP */
	bool is_submenu;
	bool is_multiboot;          /* image is the hypervisor's, or what else multiboot starts */
	char image[BOOT_NAME_MAX];  /* of multiboot or chainloader */
	char options[1024];         /* the image's command line */
	char kernel[BOOT_NAME_MAX]; /* of linux, or the first module */
	char initrd[BOOT_INITRDS_MAX][BOOT_NAME_MAX];
	size_t initrds;
};

struct boot_menu {
	struct boot_entry *entries;
	size_t count;
	struct boot_entry bare;     /* the commands outside of all entries */
	char wanted[BOOT_NAME_MAX]; /* set default=; "" if there is none */
	bool asks_next;             /* grub-reboot's choice goes first */
	bool reads_custom;          /* custom.cfg belongs to it */
};

/* Adds what a grub.cfg says to a menu, {0} before the first. 0 or -ENOMEM; boot_menu_free(). */
int boot_menu_read(struct boot_menu *menu, const char *text, size_t len);
void boot_menu_free(struct boot_menu *menu);

/* A variable of grubenv's text; "" if it is not there. */
void boot_env(const char *text, size_t len, const char *name, char value[BOOT_NAME_MAX]);

/*
 * The entry that `wanted` names: number, title or id, and so on below submenus. Where nothing has
 * that name GRUB takes the first one: *is_exact is false then. NULL: there is none at all.
 */
const struct boot_entry *boot_menu_find(const struct boot_menu *menu, const char *wanted,
					bool *is_exact);

/* What a configuration of argon.efi starts. Returns NULL, or what it lacks. */
const char *boot_efi_read(struct boot_entry *entry, const char *text, size_t len);

#endif
