/* SPDX-License-Identifier: MIT */
/* GRUB's menu, read without running it. */
#include "bootcfg.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64
#define LINE_MAX_BYTES 4096
#define DEPTH_MAX 16

/* A command: its words, one after another in `bytes`. */
struct command {
	char bytes[LINE_MAX_BYTES];
	size_t used;
	const char *words[WORDS_MAX];
	size_t count;
};

struct reader {
	struct boot_menu *menu;
	const char *at, *end;
	struct command command;
	int parent; /* the submenu we are in */
	int entry;  /* or BOOT_TOP */
	/* What closes with each brace: the submenu and entry outside of it. */
	struct {
		int parent, entry;
		bool is_function;
	} outside[DEPTH_MAX];
	size_t depth;
	size_t too_deep;
	size_t functions;
};

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static void byte_add(struct command *command, char c)
{
	if (command->used < sizeof(command->bytes) - 1) {
		command->bytes[command->used++] = c && (unsigned char)c < 0x20 ? '?'
						  : c == 0x7f                  ? '?'
									       : c;
	}
}

/* Reads one word. What is quoted stays together; variables stay as they are written. */
static void word_read(struct reader *reader)
{
	struct command *command = &reader->command;
	const char *word = command->bytes + command->used;
	char quote = '\0';
	bool was_quoted = false;

	while (reader->at < reader->end) {
		char c = *reader->at;

		if (!quote && (isspace((unsigned char)c) || c == ';' || !c)) {
			break;
		}
		reader->at++;
		if (c == '\\' && quote != '\'' && reader->at < reader->end) {
			if (*reader->at != '\n') {
				byte_add(command, *reader->at);
			}
			reader->at++;
		} else if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? '\0' : c;
			was_quoted = true;
		} else if (c) {
			byte_add(command, c);
		}
	}
	/* a line that goes on in the next one makes no word */
	if (word == command->bytes + command->used && !was_quoted) {
		return;
	}
	if (command->count < WORDS_MAX && command->used < sizeof(command->bytes) - 1) {
		command->bytes[command->used++] = '\0';
		command->words[command->count++] = word;
	}
}

/* Is there a brace alone? */
static bool is_brace(const struct reader *reader)
{
	const char *next = reader->at + 1;

	return (*reader->at == '{' || *reader->at == '}') &&
	       (next == reader->end || isspace((unsigned char)*next) || *next == ';');
}

/* Reads a command up to what ends it: '\n' (or ';'), '{', '}', or 0 at the end of the text. */
static char command_read(struct reader *reader)
{
	reader->command.used = reader->command.count = 0;
	while (reader->at < reader->end) {
		char c = *reader->at;

		if (c == '\n' || c == ';') {
			reader->at++;
			return '\n';
		}
		if (c == '#') {
			const char *newline =
				memchr(reader->at, '\n', (size_t)(reader->end - reader->at));

			reader->at = newline ? newline : reader->end;
		} else if (isspace((unsigned char)c) || !c) {
			reader->at++;
		} else if (is_brace(reader)) {
			reader->at++;
			return c;
		} else {
			word_read(reader);
		}
	}
	return 0;
}

/* --- commands ---------------------------------------------------------- */

static struct boot_entry *entry_now(struct reader *reader)
{
	return reader->entry == BOOT_TOP ? &reader->menu->bare
					 : &reader->menu->entries[reader->entry];
}

/* The first word from `i` on that is no option. */
static size_t skip_options(const struct command *command, size_t i)
{
	while (i < command->count && command->words[i][0] == '-') {
		i++;
	}
	return i;
}

static void add_initrds(struct boot_entry *entry, const struct command *command, size_t i)
{
	for (; i < command->count && entry->initrds < BOOT_INITRDS_MAX; i++) {
		if (command->words[i][0] == '/' || command->words[i][0] == '(') {
			copy_text(entry->initrd[entry->initrds++], BOOT_NAME_MAX,
				  command->words[i]);
		}
	}
}

static void do_multiboot(struct reader *reader)
{
	const struct command *command = &reader->command;
	struct boot_entry *entry = entry_now(reader);
	size_t i = skip_options(command, 1), used = 0;

	if (i == command->count) {
		return;
	}
	entry->is_multiboot = true;
	entry->kernel[0] = entry->options[0] = '\0';
	entry->initrds = 0;
	copy_text(entry->image, sizeof(entry->image), command->words[i]);
	while (++i < command->count && used < sizeof(entry->options)) {
		used += (size_t)snprintf(entry->options + used, sizeof(entry->options) - used,
					 "%s%s", used ? " " : "", command->words[i]);
	}
}

/* The first module is the kernel, what follows goes with it. */
static void do_module(struct reader *reader)
{
	struct boot_entry *entry = entry_now(reader);
	size_t i = skip_options(&reader->command, 1);

	if (i == reader->command.count) {
		return;
	}
	if (entry->kernel[0]) {
		add_initrds(entry, &reader->command, i);
	} else {
		copy_text(entry->kernel, sizeof(entry->kernel), reader->command.words[i]);
	}
}

static void do_linux(struct reader *reader)
{
	size_t i = skip_options(&reader->command, 1);

	if (i < reader->command.count) {
		copy_text(entry_now(reader)->kernel, BOOT_NAME_MAX, reader->command.words[i]);
	}
}

static void do_initrd(struct reader *reader)
{
	add_initrds(entry_now(reader), &reader->command, 1);
}

static void do_chainloader(struct reader *reader)
{
	size_t i = skip_options(&reader->command, 1);

	if (i < reader->command.count) {
		copy_text(entry_now(reader)->image, BOOT_NAME_MAX, reader->command.words[i]);
	}
}

static void do_set(struct reader *reader)
{
	static const char name[] = "default=";
	const struct command *command = &reader->command;

	if (command->count < 2 || reader->entry != BOOT_TOP || reader->parent != BOOT_TOP ||
	    strncmp(command->words[1], name, strlen(name))) {
		return;
	}
	if (strstr(command->words[1], "next_entry")) {
		reader->menu->asks_next = true;
	} else {
		copy_text(reader->menu->wanted, BOOT_NAME_MAX, command->words[1] + strlen(name));
	}
}

static void do_source(struct reader *reader)
{
	const struct command *command = &reader->command;

	if (command->count > 1 && strstr(command->words[1], "/custom.cfg")) {
		reader->menu->reads_custom = true;
	}
}

static void command_do(struct reader *reader)
{
	static const struct {
		const char *name;
		void (*run)(struct reader *reader);
	} commands[] = {
		{"multiboot", do_multiboot},
		{"multiboot2", do_multiboot},
		{"xen_hypervisor", do_multiboot},
		{"module", do_module},
		{"module2", do_module},
		{"xen_module", do_module},
		{"linux", do_linux},
		{"linux16", do_linux},
		{"linuxefi", do_linux},
		{"initrd", do_initrd},
		{"initrd16", do_initrd},
		{"initrdefi", do_initrd},
		{"chainloader", do_chainloader},
		{"set", do_set},
		{"source", do_source},
		{".", do_source},
	};
	struct command *command = &reader->command;

	/* Which way an if goes is not known: both. */
	while (command->count &&
	       (!strcmp(command->words[0], "then") || !strcmp(command->words[0], "else"))) {
		command->count--;
		memmove(command->words, command->words + 1,
			command->count * sizeof(command->words[0]));
	}
	for (size_t i = 0; command->count && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(command->words[0], commands[i].name) && !reader->functions &&
		    !reader->too_deep) {
			commands[i].run(reader);
		}
	}
}

/* --- blocks ------------------------------------------------------------ */

/* Adds the entry or submenu whose block begins. False: there are too many. */
static bool entry_add(struct reader *reader, bool is_submenu)
{
	const struct command *command = &reader->command;
	struct boot_menu *menu = reader->menu;
	struct boot_entry *entry = &menu->entries[menu->count];

	if (menu->count == BOOT_ENTRIES_MAX) {
		return false;
	}
	*entry = (struct boot_entry){.parent = reader->parent, .is_submenu = is_submenu};
	copy_text(entry->title, sizeof(entry->title), command->count > 1 ? command->words[1] : "");
	for (size_t i = 2; i + 1 < command->count; i++) {
		if (!strcmp(command->words[i], "--id") ||
		    strstr(command->words[i], "menuentry_id_option")) {
			copy_text(entry->id, sizeof(entry->id), command->words[i + 1]);
		}
	}
	*(is_submenu ? &reader->parent : &reader->entry) = (int)menu->count++;
	return true;
}

static void block_open(struct reader *reader)
{
	const char *word = reader->command.count ? reader->command.words[0] : "";
	bool is_submenu = !strcmp(word, "submenu");
	bool is_menu = (is_submenu || !strcmp(word, "menuentry")) && reader->entry == BOOT_TOP &&
		       !reader->functions;

	if (reader->depth == DEPTH_MAX || reader->too_deep) {
		reader->too_deep++;
		return;
	}
	reader->outside[reader->depth].parent = reader->parent;
	reader->outside[reader->depth].entry = reader->entry;
	/* entries too many are as little looked at as functions */
	reader->outside[reader->depth].is_function = is_menu ? !entry_add(reader, is_submenu)
							     : !strcmp(word, "function");
	reader->functions += reader->outside[reader->depth++].is_function;
}

static void block_close(struct reader *reader)
{
	if (reader->too_deep) {
		reader->too_deep--;
	} else if (reader->depth) {
		reader->depth--;
		reader->parent = reader->outside[reader->depth].parent;
		reader->entry = reader->outside[reader->depth].entry;
		reader->functions -= reader->outside[reader->depth].is_function;
	}
}

int boot_menu_read(struct boot_menu *menu, const char *text, size_t len)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	char ended = '\n';

	if (!menu->entries) {
		menu->entries = calloc(BOOT_ENTRIES_MAX, sizeof(*menu->entries));
	}
	if (!reader || !menu->entries) {
		free(reader);
		return -ENOMEM;
	}
	*reader = (struct reader){.menu = menu, .at = text, .end = text + len};
	reader->parent = reader->entry = BOOT_TOP;
	while (ended) {
		ended = command_read(reader);
		if (ended == '{') {
			block_open(reader);
			continue;
		}
		command_do(reader);
		if (ended == '}') {
			block_close(reader);
		}
	}
	free(reader);
	return 0;
}

void boot_menu_free(struct boot_menu *menu)
{
	free(menu->entries);
	*menu = (struct boot_menu){0};
}
