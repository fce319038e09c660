/* SPDX-License-Identifier: MIT */
/* The configuration file: the format that xen.efi's users know. */
#include "loader.h"

#include <efilib.h>

static BOOLEAN is_blank(CHAR8 c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static BOOLEAN same(const CHAR8 *a, const char *b)
{
	return !strcmpa(a, (const CHAR8 *)b);
}

/* Cuts the next line off *at: without blanks around, 0 at the end of the text. */
static CHAR8 *next_line(CHAR8 **at)
{
	CHAR8 *line = *at, *end;

	if (!*line) {
		return NULL;
	}
	for (end = line; *end && *end != '\n'; end++) {
	}
	*at = *end ? end + 1 : end;
	*end = 0;
	while (end > line && is_blank(end[-1])) {
		*--end = 0;
	}
	while (is_blank(*line)) {
		line++;
	}
	return line;
}

/* The value of key in section; the text stays usable for the next search. */
static CHAR8 *find(const struct file *text, const CHAR8 *section, const char *key)
{
	static CHAR8 empty[1];
	CHAR8 *copy = pages_below_4g(text->bytes + 1), *at = copy, *line;
	BOOLEAN inside = FALSE;

	CopyMem(copy, text->data, text->bytes);
	while ((line = next_line(&at)) != NULL) {
		UINTN length = strlena(line), equals = 0;

		if (line[0] == '#' || line[0] == ';' || !length) {
			continue;
		}
		if (line[0] == '[' && line[length - 1] == ']') {
			line[length - 1] = 0;
			inside = !strcmpa(line + 1, section);
			continue;
		}
		while (equals < length && line[equals] != '=') {
			equals++;
		}
		if (!inside || equals == length) {
			continue;
		}
		line[equals] = 0;
		if (same(line, key)) {
			return equals + 1 < length ? line + equals + 1 : empty;
		}
	}
	return NULL;
}

/* Splits "file arguments" behind the file's name. */
static const CHAR8 *split(CHAR8 *value)
{
	while (*value && !is_blank(*value)) {
		value++;
	}
	if (!*value) {
		return value;
	}
	*value++ = 0;
	while (is_blank(*value)) {
		value++;
	}
	return value;
}

void config_parse(struct file *text, struct config *c)
{
	static const CHAR8 none[1];
	CHAR8 *section = find(text, (const CHAR8 *)"global", "default"), *kernel, *ramdisk;

	if (!section) {
		fail(L"the configuration has no default= in", L"[global]", EFI_NOT_FOUND);
	}
	kernel = find(text, section, "kernel");
	if (!kernel || !*kernel) {
		fail(L"the configuration's default section has no", L"kernel=", EFI_NOT_FOUND);
	}
	c->kernel_args = split(kernel);
	c->kernel = kernel;
	ramdisk = find(text, section, "ramdisk");
	if (ramdisk) {
		split(ramdisk);
	}
	c->ramdisk = ramdisk && *ramdisk ? ramdisk : NULL;
	c->options = find(text, section, "options");
	if (!c->options) {
		c->options = none;
	}
}
