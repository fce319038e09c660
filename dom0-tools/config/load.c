/* SPDX-License-Identifier: MIT */
/* From files and overrides to a checked struct domain_config. */
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libxl_read.h"

#define MAX_OVERRIDES 1000

/* -- the whole configuration, once all keys are read -- */

static void missing(struct reading *reading, const char *what, const char *hint)
{
	struct place place = {.file = reading->cfg->source};

	/* A line that could not be read may well have been this one. */
	if (!reading->unreadable) {
		diag_add(reading->diags, CONFIG_ERROR, &place, NULL, hint, "%s", what);
		diag_id(reading->diags, "missing-key");
	}
}

/* Place of a key that was set (the file as a whole if it was not). */
static struct place place_of(struct reading *reading, const char *key)
{
	struct setting *setting = doc_find(reading->doc, key);

	return setting ? setting->value->place : (struct place){.file = reading->cfg->source};
}

static void finish_memory(struct reading *reading)
{
	struct domain_config *cfg = reading->cfg;
	struct place place = place_of(reading, "maxmem");

	if (!doc_find(reading->doc, "memory") && !doc_find(reading->doc, "maxmem")) {
		missing(reading, "\"memory\" is missing", "write for example memory = 512 (MiB)");
	}
	if (!cfg->memory_kib) {
		cfg->memory_kib = cfg->maxmem_kib;
	}
	if (!cfg->maxmem_kib) {
		cfg->maxmem_kib = cfg->memory_kib;
	}
	if (cfg->maxmem_kib < cfg->memory_kib) {
		diag_add(reading->diags, CONFIG_ERROR, &place, NULL,
			 "maxmem is the upper bound of memory",
			 "maxmem (%llu MiB) is less than memory (%llu MiB)",
			 (unsigned long long)cfg->maxmem_kib / 1024,
			 (unsigned long long)cfg->memory_kib / 1024);
	} else if (cfg->maxmem_kib / 10 > cfg->memory_kib) {
		diag_add(reading->diags, CONFIG_WARNING, &place, NULL,
			 "a guest's page descriptors for maxmem come out of memory",
			 "maxmem is more than ten times memory");
	}
}

static void finish_vcpus(struct reading *reading)
{
	struct domain_config *cfg = reading->cfg;
	struct place place = place_of(reading, "maxvcpus");

	if (!cfg->vcpus) {
		cfg->vcpus = 1;
	}
	if (!cfg->maxvcpus) {
		cfg->maxvcpus = cfg->vcpus;
	}
	if (cfg->maxvcpus < cfg->vcpus) {
		diag_add(reading->diags, CONFIG_ERROR, &place, NULL, NULL,
			 "maxvcpus (%u) is less than vcpus (%u)", cfg->maxvcpus, cfg->vcpus);
	}
	cpus_finish(reading);
}

static void finish_boot(struct reading *reading)
{
	struct domain_config *cfg = reading->cfg;
	const char *root = reading->root && reading->root[0] ? reading->root : NULL;
	const char *extra = reading->extra ? reading->extra : "";
	struct place place = place_of(reading, "cmdline");

	if (!doc_find(reading->doc, "kernel") && !cfg->bootloader) {
		missing(reading, "\"kernel\" is missing",
			"write for example kernel = \"/boot/vmlinuz\"");
	} else if (!cfg->kernel && !cfg->bootloader && reading->diags->error_count == 0) {
		missing(reading, "\"kernel\" is empty",
			"write for example kernel = \"/boot/vmlinuz\"");
	}
	if (reading->cmdline) {
		if (root || extra[0]) {
			diag_add(reading->diags, CONFIG_WARNING, &place, NULL,
				 "cmdline replaces both", "\"root\" and \"extra\" are ignored");
		}
		cfg->cmdline = config_strdup(reading->cmdline);
	} else if (root) {
		cfg->cmdline = config_printf("root=%s%s%s", root, extra[0] ? " " : "", extra);
	} else {
		cfg->cmdline = config_strdup(extra);
	}
}

static struct domain_config *config_new(const char *source)
{
	struct domain_config *cfg = config_alloc(sizeof(*cfg));

	cfg->source = config_strdup(source);
	cfg->on_poweroff = CONFIG_ACTION_DESTROY;
	cfg->on_reboot = CONFIG_ACTION_RESTART;
	cfg->on_crash = CONFIG_ACTION_DESTROY;
	cfg->on_watchdog = CONFIG_ACTION_DESTROY;
	cfg->max_event_channels = CONFIG_MAX_PORT;
	return cfg;
}

static void keep_places(struct reading *reading)
{
	for (const struct setting *setting = reading->doc->first; setting;
	     setting = setting->next) {
		const struct config_key *key = schema_find(setting->key);

		if (key) {
			place_note(reading->cfg, key->name, &setting->value->place);
		}
	}
}

/* Gives the settings their meaning. */
static struct domain_config *interpret(struct doc *doc, const char *source,
				       struct config_diags *diags)
{
	struct reading reading = {
		.doc = doc,
		.diags = diags,
		.cfg = config_new(source),
		.unreadable = diags->error_count > 0,
	};

	schema_read(&reading);
	keep_places(&reading);
	if (!doc_find(doc, "name")) {
		missing(&reading, "\"name\" is missing", "write for example name = \"guest1\"");
	}
	finish_memory(&reading);
	finish_vcpus(&reading);
	finish_boot(&reading);
	return reading.cfg;
}

/* -- texts -- */

static size_t blanks_before(const char *text, size_t len)
{
	size_t blanks = 0;

	while (blanks < len && strchr(" \t\r\n", text[blanks]) && text[blanks]) {
		blanks++;
	}
	return blanks;
}

static void read_text(struct doc *doc, const char *label, const char *text, size_t len,
		      struct config_diags *diags)
{
	size_t blanks = blanks_before(text, len);

	if (blanks < len && text[blanks] == '{') {
		json_read(doc, label, text, len, diags);
	} else if (blanks < len && text[blanks] == '<') {
		xml_read(doc, label, text, len, diags);
	} else {
		xlcfg_read(doc, label, text, len, diags);
	}
}

static void read_overrides(struct doc *doc, const char *const *overrides, size_t count,
			   struct config_diags *diags)
{
	for (size_t i = 0; i < count; i++) {
		char label[40];

		place_label((int)i + 1, label, sizeof(label));
		xlcfg_read(doc, doc_strndup(doc, label, strlen(label)), overrides[i],
			   strnlen(overrides[i], DOC_MAX_BYTES), diags);
	}
}

/* libxl's own JSON, if the text is that: true and *ret. */
static bool parse_as_libxl(const char *label, const char *text, size_t len,
			   const char *const *overrides, size_t override_count,
			   struct domain_config **cfg, struct config_diags *diags, int *ret)
{
	size_t blanks = blanks_before(text, len);
	bool is_libxl = false;
	char *copy;

	if (blanks < len && (text[blanks] == '{' || text[blanks] == '[')) {
		copy = config_strndup(text, len);
		is_libxl = config_is_libxl(copy);
		if (is_libxl) {
			*ret = config_parse_libxl(label, copy, overrides, override_count, cfg,
						  diags);
		}
		free(copy);
	}
	return is_libxl;
}

/* Keeps *cfg in spite of mistakes. */
static int read_string(const char *label, const char *text, size_t len,
		       const char *const *overrides, size_t override_count,
		       struct domain_config **cfg, struct config_diags *diags)
{
	struct doc doc = {0};
	struct place place = {.file = label};
	int ret;

	*cfg = NULL;
	if (len > DOC_MAX_BYTES || override_count > MAX_OVERRIDES) {
		diag_add(diags, CONFIG_ERROR, &place, NULL, NULL,
			 "the configuration is longer than %d bytes or has more than %d overrides",
			 DOC_MAX_BYTES, MAX_OVERRIDES);
		return -EINVAL;
	}
	if (parse_as_libxl(label, text, len, overrides, override_count, cfg, diags, &ret)) {
		return ret;
	}
	read_text(&doc, label, text, len, diags);
	read_overrides(&doc, overrides, override_count, diags);
	diag_change_ids(diags, "bad-value", "syntax");
	*cfg = interpret(&doc, label, diags);
	diag_sort(diags);
	doc_free(&doc);
	return diags->error_count ? -EINVAL : 0;
}

int config_parse_string(const char *label, const char *text, size_t len,
			const char *const *overrides, size_t override_count,
			struct domain_config **cfg, struct config_diags *diags)
{
	int ret = read_string(label, text, len, overrides, override_count, cfg, diags);

	if (ret) {
		config_free(*cfg);
		*cfg = NULL;
	}
	return ret;
}

/* Libxl's KiB, where they are what ours were made from and no override said something else. */
static uint64_t exact(uint64_t ours, uint64_t kib)
{
	return kib && LIBXL_MIB(kib) * 1024 == ours ? kib : ours;
}

int config_parse_libxl(const char *label, const char *json, const char *const *overrides,
		       size_t override_count, struct domain_config **cfg,
		       struct config_diags *diags)
{
	struct libxl_translation ours;
	int ret = libxl_translate(label, json, &ours, diags);

	*cfg = NULL;
	if (!ret) {
		ret = config_parse_string(label, ours.json, strlen(ours.json), overrides,
					  override_count, cfg, diags);
	}
	if (!ret) {
		uint64_t maxmem = exact((*cfg)->maxmem_kib, ours.maxmem_kib);

		(*cfg)->memory_kib = exact((*cfg)->memory_kib, ours.memory_kib);
		(*cfg)->maxmem_kib = maxmem < (*cfg)->memory_kib ? (*cfg)->maxmem_kib : maxmem;
	}
	free(ours.json);
	return ret;
}

/* Images, saved domains, kernels: one word instead of one for each of their bytes. */
static bool refuse_binary(const char *text, size_t len, const struct place *place,
			  struct config_diags *diags)
{
	static const char *const saved[] = {"Xen saved domain", "Argon saved domain"};
	const char *hint = "a configuration is text: key = value, JSON, or libvirt's XML";
	char restore[512];

	if (!memchr(text, '\0', len)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(saved) / sizeof(saved[0]); i++) {
		if (len > strlen(saved[i]) && !memcmp(text, saved[i], strlen(saved[i]))) {
			snprintf(restore, sizeof(restore), "it is a saved domain: axl restore %s",
				 place->file);
			hint = restore;
		}
	}
	diag_add(diags, CONFIG_ERROR, place, NULL, hint, "this is no configuration");
	diag_id(diags, "syntax");
	return true;
}

/* What may have been meant by a name that is no file: /etc/xen/NAME, with or without .cfg. */
static const char *guess_file(const char *path, char *hint, size_t size)
{
	static const char *const guesses[] = {"%s.cfg", "/etc/xen/%s", "/etc/xen/%s.cfg"};
	char guess[256];

	for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		snprintf(guess, sizeof(guess), guesses[i], path);
		if (access(guess, R_OK) == 0) {
			snprintf(hint, size, "did you mean %s?", guess);
			return hint;
		}
	}
	return NULL;
}

/* Reads a whole file of at most DOC_MAX_BYTES into *text, malloc'ed. */
static int slurp(int fd, char **text, size_t *len)
{
	*text = config_alloc(DOC_MAX_BYTES + 1);
	*len = 0;
	while (*len <= DOC_MAX_BYTES) {
		ssize_t got = read(fd, *text + *len, DOC_MAX_BYTES + 1 - *len);

		if (got == 0) {
			return 0;
		}
		if (got < 0 && errno != EINTR) {
			return -errno;
		}
		*len += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

int config_read_file(const char *path, const char *const *overrides, size_t override_count,
		     struct domain_config **cfg, struct config_diags *diags)
{
	struct place place = {.file = path};
	char *text = NULL;
	char hint[300];
	size_t len = 0;
	int ret = 0;
	int fd;

	*cfg = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
	} else {
		ret = slurp(fd, &text, &len);
		close(fd);
	}
	if (ret < 0 || !text) {
		diag_add(diags, CONFIG_ERROR, &place, NULL,
			 ret == -ENOENT ? guess_file(path, hint, sizeof(hint)) : NULL,
			 "the configuration cannot be read: %s", strerror(-ret));
		diag_id(diags, "cannot-read");
	} else if (refuse_binary(text, len, &place, diags)) {
		ret = -EINVAL;
	} else {
		ret = read_string(path, text, len, overrides, override_count, cfg, diags);
	}
	free(text);
	return ret;
}

int config_parse_file(const char *path, const char *const *overrides, size_t override_count,
		      struct domain_config **cfg, struct config_diags *diags)
{
	int ret = config_read_file(path, overrides, override_count, cfg, diags);

	if (ret) {
		config_free(*cfg);
		*cfg = NULL;
	}
	return ret;
}

void config_free(struct domain_config *cfg)
{
	if (!cfg) {
		return;
	}
	for (size_t i = 0; i < cfg->disk_count; i++) {
		config_disk_free(&cfg->disks[i]);
	}
	for (size_t i = 0; i < cfg->nic_count; i++) {
		config_nic_free(&cfg->nics[i]);
	}
	for (size_t i = 0; i < cfg->channel_count; i++) {
		config_channel_free(&cfg->channels[i]);
	}
	for (size_t i = 0; i < cfg->bootloader_arg_count; i++) {
		free(cfg->bootloader_args[i]);
	}
	free(cfg->disks);
	free(cfg->nics);
	free(cfg->channels);
	free(cfg->places);
	free(cfg->bootloader_args);
	free(cfg->cpus);
	free(cfg->cpus_soft);
	free(cfg->source);
	free(cfg->name);
	free(cfg->kernel);
	free(cfg->ramdisk);
	free(cfg->cmdline);
	free(cfg->bootloader);
	free(cfg->pool);
	free(cfg);
}
