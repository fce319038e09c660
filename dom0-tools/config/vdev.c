/* SPDX-License-Identifier: MIT */
/* Names of virtual disks and their device numbers, as xen-vbd-interface(7) lays them down. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#define XVD_MAJOR 202
#define SD_MAJOR 8
#define HD_MAJOR_1 3
#define HD_MAJOR_2 22
#define XVD_EXTENDED (1U << 28)

/* 'a' … 'z', 'aa' … to 0, 1, …; NULL if there is no letter or too many of them. */
static const char *parse_letters(const char *text, uint32_t *disk)
{
	uint64_t number = 0;
	const char *start = text;

	while (*text >= 'a' && *text <= 'z') {
		number = number * 26 + (uint64_t)(*text - 'a') + 1;
		text++;
		if (number > (1U << 20)) {
			return NULL;
		}
	}
	if (text == start) {
		return NULL;
	}
	*disk = (uint32_t)number - 1;
	return text;
}

/* A plain decimal number without leading zeros, below limit. */
static const char *parse_digits(const char *text, uint32_t limit, uint32_t *number)
{
	uint64_t value = 0;

	if (*text < '0' || *text > '9' || (text[0] == '0' && text[1] >= '0' && text[1] <= '9')) {
		return NULL;
	}
	while (*text >= '0' && *text <= '9') {
		value = value * 10 + (uint64_t)(*text++ - '0');
		if (value >= limit) {
			return NULL;
		}
	}
	*number = (uint32_t)value;
	return text;
}

static bool xvd_number(uint32_t disk, uint32_t part, uint32_t *devid)
{
	if (disk < 16 && part < 16) {
		*devid = XVD_MAJOR << 8 | disk << 4 | part;
		return true;
	}
	if (disk < 1U << 20 && part < 256) {
		*devid = XVD_EXTENDED | disk << 8 | part;
		return true;
	}
	return false;
}

static bool sd_number(uint32_t disk, uint32_t part, uint32_t *devid)
{
	*devid = SD_MAJOR << 8 | disk << 4 | part;
	return disk < 16 && part < 16;
}

static bool hd_number(uint32_t disk, uint32_t part, uint32_t *devid)
{
	*devid = (disk < 2 ? HD_MAJOR_1 : HD_MAJOR_2) << 8 | (disk & 1) << 6 | part;
	return disk < 4 && part < 64;
}

static const struct {
	const char *prefix;
	bool (*number)(uint32_t disk, uint32_t part, uint32_t *devid);
} families[] = {
	{"xvd", xvd_number},
	{"sd", sd_number},
	{"hd", hd_number},
};

static bool parse_family(const char *name, uint32_t *devid)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		size_t len = strlen(families[i].prefix);
		uint32_t disk, part = 0;
		const char *rest;

		if (strncmp(name, families[i].prefix, len) != 0) {
			continue;
		}
		rest = parse_letters(name + len, &disk);
		if (rest && *rest) {
			rest = parse_digits(rest, 256, &part);
		}
		return rest && *rest == '\0' && families[i].number(disk, part, devid);
	}
	return false;
}

/* d12 and d12p3: disk and partition by number. */
static bool parse_numbered(const char *name, uint32_t *devid)
{
	uint32_t disk, part = 0;
	const char *rest;

	if (name[0] != 'd') {
		return false;
	}
	rest = parse_digits(name + 1, 1U << 20, &disk);
	if (rest && *rest == 'p') {
		rest = parse_digits(rest + 1, 256, &part);
	}
	return rest && *rest == '\0' && xvd_number(disk, part, devid);
}

bool config_vdev_parse(const char *name, uint32_t *devid)
{
	char *end;
	unsigned long number;

	if (strncmp(name, "/dev/", 5) == 0) {
		name += 5;
	}
	if (parse_family(name, devid) || parse_numbered(name, devid)) {
		return true;
	}
	if (name[0] < '0' || name[0] > '9') {
		return false;
	}
	number = strtoul(name, &end, 0);
	if (*end != '\0' || number == 0 || number >= 1U << 29) {
		return false;
	}
	*devid = (uint32_t)number;
	return true;
}

static void format_name(char name[16], const char *prefix, uint32_t disk, uint32_t part)
{
	char letters[8];
	size_t i = sizeof(letters) - 1;

	letters[i] = '\0';
	for (uint64_t rest = (uint64_t)disk + 1; rest > 0; rest = (rest - 1) / 26) {
		letters[--i] = (char)('a' + (rest - 1) % 26);
	}
	if (part) {
		snprintf(name, 16, "%s%s%u", prefix, letters + i, part & 0xff);
	} else {
		snprintf(name, 16, "%s%s", prefix, letters + i);
	}
}

void config_vdev_name(uint32_t devid, char name[16])
{
	uint32_t major = devid >> 8, minor = devid & 0xff;

	if (devid & XVD_EXTENDED && devid < 1U << 29) {
		format_name(name, "xvd", devid >> 8 & 0xfffff, minor);
	} else if (major == XVD_MAJOR) {
		format_name(name, "xvd", minor >> 4, minor & 15);
	} else if (major == SD_MAJOR) {
		format_name(name, "sd", minor >> 4, minor & 15);
	} else if ((major == HD_MAJOR_1 || major == HD_MAJOR_2) && minor < 128) {
		format_name(name, "hd", (major == HD_MAJOR_2) * 2 + (minor >> 6), minor & 63);
	} else {
		snprintf(name, 16, "%u", devid);
	}
}
