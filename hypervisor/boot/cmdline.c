/* SPDX-License-Identifier: MIT */
/* The command line table and its parser. */
#include "boot/cmdline.h"

#include "arch/x86/speculation.h"
#include "lib/errno.h"
#include "lib/parse.h"
#include "lib/printk.h"
#include "lib/string.h"

struct options options = {
	.hpet = true,
	.x2apic = true,
	.tsc_deadline = true,
	.sched = "credit2",
	.sched_ratelimit_us = 1000,
	.mitigation = {[0 ... SPEC_COUNT - 1] = {OPT_AUTO, OPT_AUTO}},
	.guest_spec_msrs = true,
	.gnttab_version = 1,
	.gnttab_max_frames = 64,
	.gnttab_max_maptrack_frames = 1024,
};

#define COMPLAINTS_MAX 16
static char complaint[COMPLAINTS_MAX][80] __initdata;
static unsigned int complaint_count __initdata;

static void __init complain(const char *what, const char *word)
{
	if (complaint_count < COMPLAINTS_MAX) {
		snprintf(complaint[complaint_count++], sizeof(complaint[0]), "parameter \"%s\" %s",
			 word, what);
	}
}

/* --- values ------------------------------------------------------------ */

/* A size: number with B, K, M, G or T; without, in KiB as the ABI's tools do. */
static int __init parse_size(const char *s, const char **end, uint64_t *out)
{
	static const char units[] = "BKMGT";
	unsigned int shift = 10;
	int rc = parse_number(s, end, out);

	if (rc) {
		return rc;
	}
	for (unsigned int i = 0; i < sizeof(units) - 1; i++) {
		if ((**end & ~0x20) == units[i]) {
			shift = i * 10;
			(*end)++;
			break;
		}
	}
	if (*out >> (63 - shift)) {
		return -ERANGE;
	}
	*out <<= shift;
	return 0;
}

/* 1, 0, or -EINVAL. */
static int __init parse_bool(const char *s)
{
	static const char *const yes[] = {"", "1", "y", "yes", "on", "true", "enable"};
	static const char *const no[] = {"0", "n", "no", "off", "false", "disable"};

	for (unsigned int i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcmp(s, yes[i])) {
			return 1;
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(no); i++) {
		if (!strcmp(s, no[i])) {
			return 0;
		}
	}
	return -EINVAL;
}

/* Cuts the next comma-separated item off *list; NULL at the end. */
static char *__init next_item(char **list)
{
	char *item = *list, *comma;

	if (!item) {
		return NULL;
	}
	comma = strchr(item, ',');
	if (comma) {
		*comma++ = 0;
	}
	*list = comma;
	return item;
}

/* --- options with a grammar of their own ------------------------------- */

static int __init parse_amount(const char *s, int64_t *out)
{
	bool negative = *s == '-';
	uint64_t v;
	int rc = parse_size(s + negative, &s, &v);

	*out = negative ? -(int64_t)v : (int64_t)v;
	return rc ? rc : *s ? -EINVAL : 0;
}

static int __init parse_dom0_mem(char *value)
{
	char *item;
	int rc = 0;

	while (!rc && (item = next_item(&value))) {
		if (!strncmp(item, "min:", 4)) {
			rc = parse_amount(item + 4, &options.dom0_mem.min);
		} else if (!strncmp(item, "max:", 4)) {
			rc = parse_amount(item + 4, &options.dom0_mem.max);
		} else {
			rc = parse_amount(item, &options.dom0_mem.size);
		}
	}
	return rc;
}

/* Cuts the value off an item NAME, NAME=BOOL or no-NAME: 1, 0, or -EINVAL. */
static int __init item_bool(char **item)
{
	char *eq = strchr(*item, '=');

	if (eq) {
		*eq++ = 0;
		return parse_bool(eq);
	}
	if (!strncmp(*item, "no-", 3)) {
		*item += 3;
		return 0;
	}
	return 1;
}

/* BOOL, or a list of dom0[=BOOL] and domu[=BOOL]. */
static int __init parse_pair(char *value, enum mitigation_id m)
{
	enum auto_option *o = options.mitigation[m];
	int b = parse_bool(value);
	char *item;

	if (b >= 0) {
		o[0] = o[1] = (enum auto_option)b;
		return 0;
	}
	while ((item = next_item(&value))) {
		b = item_bool(&item);
		if (b < 0 || (strcmp(item, "dom0") && strcmp(item, "domu"))) {
			return -EINVAL;
		}
		o[!strcmp(item, "domu")] = (enum auto_option)b;
	}
	return 0;
}

static int __init parse_xpti(char *value)
{
	return parse_pair(value, SPEC_XPTI);
}

static int __init parse_pv_l1tf(char *value)
{
	return parse_pair(value, SPEC_L1TF);
}

static void __init mitigate(unsigned int m, int on)
{
	options.mitigation[m][0] = options.mitigation[m][1] = (enum auto_option)on;
}

static int __init parse_thunk(const char *name)
{
	static const char *const names[] =
		{[THUNK_RETPOLINE] = "retpoline", [THUNK_LFENCE] = "lfence", [THUNK_JMP] = "jmp"};

	for (unsigned int i = THUNK_RETPOLINE; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i])) {
			options.thunk = (enum branch_thunk)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* All off: for Argon itself, and (guests) what guests could use. */
static void __init mitigate_nothing(bool guests)
{
	for (unsigned int m = 0; m < SPEC_COUNT; m++) {
		/* what an option of its own has decided stays */
		if ((m != SPEC_XPTI && m != SPEC_L1TF) || options.mitigation[m][1] == OPT_AUTO) {
			mitigate(m, OPT_OFF);
		}
	}
	options.thunk = THUNK_JMP;
	options.guest_spec_msrs &= !guests;
}

/* spec-ctrl=: BOOL, xen=BOOL, pv=BOOL, msr-sc=BOOL, bti-thunk=NAME, MITIGATION[=BOOL]. */
static int __init parse_spec_ctrl(char *value)
{
	char *item;

	while ((item = next_item(&value))) {
		unsigned int m = 0;
		int b = parse_bool(item);

		if (b >= 0) {
			if (!b) {
				mitigate_nothing(true);
			}
			continue;
		}
		if (!strncmp(item, "bti-thunk=", 10)) {
			if (parse_thunk(item + 10)) {
				return -EINVAL;
			}
			continue;
		}
		b = item_bool(&item);
		if (!strcmp(item, "verw")) {
			item = "md-clear";
		}
		while (m < SPEC_COUNT && strcmp(item, speculation_option_name(m))) {
			m++;
		}
		if (b < 0) {
			return -EINVAL;
		}
		if (m < SPEC_COUNT) {
			mitigate(m, b);
		} else if (!strcmp(item, "msr-sc")) {
			options.guest_spec_msrs = b;
		} else if (!strcmp(item, "pv")) {
			options.guest_spec_msrs = b;
			mitigate(SPEC_RSB, b);
			mitigate(SPEC_MD_CLEAR, b);
			mitigate(SPEC_IBPB_ENTRY, b);
		} else if (strcmp(item, "xen")) {
			complain("has no effect here", item);
		} else if (!b) {
			mitigate_nothing(false);
		}
	}
	return 0;
}

static int __init parse_loglvl(char *value)
{
	return parse_log_level(value, PRINTK_STANDARD, &printk_level);
}

static int __init parse_guest_loglvl(char *value)
{
	return parse_log_level(value, GPRINTK_STANDARD, &gprintk_level);
}

static int __init parse_gnttab(char *value)
{
	char *item;
	uint64_t v;
	const char *end;

	while ((item = next_item(&value))) {
		if (!strncmp(item, "max-ver:", 8)) {
			if (parse_number(item + 8, &end, &v) || *end || v < 1 || v > 2) {
				return -EINVAL;
			}
			options.gnttab_version = (unsigned int)v;
		} else if (!strncmp(item, "transitive=", 11)) {
			options.gnttab_transitive = parse_bool(item + 11) == 1;
		} else if (!strcmp(item, "no-transitive")) {
			options.gnttab_transitive = false;
		} else if (strcmp(item, "transitive")) {
			return -EINVAL;
		}
	}
	return 0;
}

static int __init ignore_value(char *value)
{
	(void)value;
	return 0;
}

/* --- the table --------------------------------------------------------- */

enum option_kind {
	KIND_BOOL,
	KIND_UINT,
	KIND_SIZE32,
	KIND_TEXT,
	KIND_CALL,
	KIND_UNUSED /* another version's: said so */
};

struct option {
	const char *name;
	enum option_kind kind;
	void *target; /* bool, unsigned int, uint32_t or char[room] */
	size_t room;
	int (*parse)(char *value);
};

/* clang-format off */
#define BOOL_OPTION(n, field) {.name = (n), .kind = KIND_BOOL, .target = &options.field}
#define UINT_OPTION(n, field) {.name = (n), .kind = KIND_UINT, .target = &options.field}
#define SIZE_OPTION(n, field) {.name = (n), .kind = KIND_SIZE32, .target = &options.field}
#define TEXT_OPTION(n, field)                                                  \
	{.name = (n), .kind = KIND_TEXT, .target = options.field, .room = sizeof(options.field)}
#define UNUSED_OPTION(n) {.name = (n), .kind = KIND_UNUSED}
#define CALL_OPTION(n, fn) {.name = (n), .kind = KIND_CALL, .parse = (fn)}
/* clang-format on */

static const struct option option_table[] = {
	TEXT_OPTION("com1", com1),
	TEXT_OPTION("console", console),
	SIZE_OPTION("conring_size", conring_size),
	CALL_OPTION("dom0_mem", parse_dom0_mem),
	UINT_OPTION("dom0_max_vcpus", dom0_max_vcpus),
	CALL_OPTION("edd", ignore_value), /* real-mode disk data: never fetched */
	CALL_OPTION("gnttab", parse_gnttab),
	UINT_OPTION("gnttab_max_frames", gnttab_max_frames),
	UINT_OPTION("gnttab_max_maptrack_frames", gnttab_max_maptrack_frames),
	CALL_OPTION("guest_loglvl", parse_guest_loglvl),
	BOOL_OPTION("hpet", hpet),
	CALL_OPTION("loglvl", parse_loglvl),
	UINT_OPTION("maxcpus", maxcpus),
	CALL_OPTION("no-real-mode", ignore_value), /* real mode is never entered */
	BOOL_OPTION("noreboot", noreboot),
	CALL_OPTION("pv-l1tf", parse_pv_l1tf),
	TEXT_OPTION("reboot", reboot),
	TEXT_OPTION("sched", sched),
	UINT_OPTION("sched_ratelimit_us", sched_ratelimit_us),
	CALL_OPTION("spec-ctrl", parse_spec_ctrl),
	CALL_OPTION("sync_console", ignore_value), /* the console always is */
	BOOL_OPTION("tdt", tsc_deadline),
	UNUSED_OPTION("watchdog"),
	BOOL_OPTION("x2apic", x2apic),
	CALL_OPTION("xpti", parse_xpti),
};

static int __init option_set(const struct option *o, char *value, bool negated)
{
	uint64_t number;
	const char *end;
	int rc;

	switch (o->kind) {
	case KIND_BOOL:
		rc = parse_bool(value);
		if (rc >= 0) {
			*(bool *)o->target = (rc == 1) != negated;
			rc = 0;
		}
		return rc;
	case KIND_UINT:
		rc = parse_number(value, &end, &number);
		if (rc || *end || number > UINT32_MAX) {
			return -EINVAL;
		}
		*(unsigned int *)o->target = (unsigned int)number;
		return 0;
	case KIND_SIZE32:
		rc = parse_size(value, &end, &number);
		if (rc || *end || number > UINT32_MAX) {
			return -EINVAL;
		}
		*(uint32_t *)o->target = (uint32_t)number;
		return 0;
	case KIND_TEXT:
		return strlcpy(o->target, value, o->room) >= o->room ? -E2BIG : 0;
	case KIND_CALL:
		return o->parse(negated ? (char[]){"0"} : value);
	case KIND_UNUSED:
		complain("has no effect here", o->name);
		return 0;
	}
	return -EINVAL;
}

static const struct option *__init option_find(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(option_table); i++) {
		if (!strcmp(option_table[i].name, name)) {
			return &option_table[i];
		}
	}
	return NULL;
}

static void __init parse_word(char *word)
{
	char empty[1] = "", *value = strchr(word, '=');
	const struct option *o;
	bool negated = false;

	if (value) {
		*value++ = 0;
	}
	o = option_find(word);
	if (!o && !strncmp(word, "no-", 3)) {
		o = option_find(word + 3);
		negated = true;
	}
	if (!o) {
		complain("unknown!", word);
	} else if (option_set(o, value ? value : empty, negated)) {
		complain("has a bad value, ignored", word);
	}
}

void __init cmdline_parse(const char *line)
{
	char word[256];

	while (*line) {
		size_t n = 0;

		while (*line == ' ' || *line == '\t') {
			line++;
		}
		for (; *line && *line != ' ' && *line != '\t'; line++) {
			if (n < sizeof(word) - 1) {
				word[n++] = *line;
			}
		}
		word[n] = 0;
		/* "--" ends the options of the hypervisor. */
		if (!strcmp(word, "--")) {
			return;
		}
		if (n) {
			parse_word(word);
		}
	}
}

void __init cmdline_report(void)
{
	for (unsigned int i = 0; i < complaint_count; i++) {
		log_warn("%s", complaint[i]);
	}
}

void __init cmdline_copy(char *dst, size_t size, const char *src, bool has_name)
{
	bool slash = false, equals = false;
	size_t n = 0;

	while (*src == ' ') {
		src++;
	}
	for (; src[n] && src[n] != ' '; n++) {
		slash |= src[n] == '/';
		equals |= src[n] == '=';
	}
	if (has_name || (slash && !equals) || (n == 11 && !strncmp(src, "placeholder", 11))) {
		src += n;
		while (*src == ' ') {
			src++;
		}
	}
	strlcpy(dst, src, size);
}
