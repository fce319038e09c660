/* SPDX-License-Identifier: MIT */
/* The key table as the KEYS section of axl.cfg(5). */
#include "schema.h"

static const char *const kind_names[] = {
	[KEY_STRING] = "text",      [KEY_BOOL] = "0 or 1", [KEY_NUMBER] = "number",
	[KEY_SIGNED] = "number",    [KEY_MIB] = "MiB",     [KEY_CHOICE] = "text",
	[KEY_CUSTOM] = "see below", [KEY_NOTHING] = "",
};

/* roff takes a leading dot or quote for a request, and a backslash for an escape. */
static void print_text(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'') {
		fputs("\\&", out);
	}
	for (; *text; text++) {
		if (*text == '\\') {
			fputs("\\e", out);
		} else if (*text == '-') {
			fputs("\\-", out);
		} else {
			fputc(*text, out);
		}
	}
}

static void print_key(const struct config_key *key, FILE *out)
{
	fputs(".TP\n.BR ", out);
	print_text(out, key->name);
	if (key->kind == KEY_NUMBER || key->kind == KEY_MIB) {
		fprintf(out, " \" (%s, %lld to %lld)\"\n", kind_names[key->kind],
			(long long)key->min, (long long)key->max);
	} else if (key->kind == KEY_CUSTOM) {
		fputc('\n', out);
	} else {
		fprintf(out, " \" (%s)\"\n", kind_names[key->kind]);
	}
	print_text(out, key->doc);
	if (key->choices) {
		const char *joint = " One of ";

		for (const struct key_choice *choice = key->choices; choice->name; choice++) {
			if (!choice->refused) {
				fputs(joint, out);
				print_text(out, choice->name);
				joint = ", ";
			}
		}
		fputc('.', out);
	}
	if (key->status == KEY_DEPRECATED) {
		fputs(" Deprecated: write ", out);
		print_text(out, key->note);
		fputc('.', out);
	}
	fputc('\n', out);
}

static void print_names(enum key_status status, const char *title, FILE *out)
{
	const char *joint = "";

	fprintf(out, ".SS %s\n", title);
	for (size_t i = 0; i < config_key_count; i++) {
		if (config_keys[i].status == status) {
			fputs(joint, out);
			print_text(out, config_keys[i].name);
			joint = ",\n";
		}
	}
	fputs(".\n", out);
}

void config_print_man_keys(FILE *out)
{
	for (size_t i = 0; i < config_key_count; i++) {
		if (config_keys[i].doc) {
			print_key(&config_keys[i], out);
		}
	}
	print_names(KEY_NO_EFFECT, "Accepted, without effect", out);
	print_names(KEY_HVM, "Ignored with a warning: for HVM guests only", out);
	print_names(KEY_LATER, "Refused for now, unless empty or 0", out);
}
