/* SPDX-License-Identifier: MIT */
/* Configurations of running domains, in libxl's place. */
#include "userdata.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yajl/yajl_gen.h>

#include "domains.h"
#include "kept_edit.h"

#define CONFIG_BYTES_MAX (1U << 20)

/* Of this domain, whatever its UUID: a domain of the same id before it may have left one. */
static void remove_all(xen_domid_t domid)
{
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern), USERDATA_DIR "/userdata-?.%u.*", domid);
	if (!glob(pattern, GLOB_NOSORT, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			unlink(found.gl_pathv[i]);
		}
		globfree(&found);
	}
}

static void file_name(char path[128], xen_domid_t domid, const uint8_t uuid[16])
{
	char text[37];

	config_uuid_format(uuid, text);
	snprintf(path, 128, USERDATA_DIR "/userdata-d.%u.%s.libxl-json", domid, text);
}

char *userdata_json(const struct domain_config *cfg)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	const unsigned char *text;
	char *json = NULL;
	size_t len;

	if (!gen) {
		return NULL;
	}
	yajl_gen_config(gen, yajl_gen_beautify, 1);
	config_gen_libxl(cfg, gen);
	if (yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok) {
		json = strndup((const char *)text, len);
	}
	yajl_gen_free(gen);
	return json;
}

static int failed(struct axl *axl, const char *path, int error)
{
	ctl_error_set(&axl->err, "config-not-kept", "cannot write %s", path);
	ctl_error_errno(&axl->err, error);
	return -error;
}

int userdata_replace(struct axl *axl, xen_domid_t domid, const uint8_t uuid[16], const char *json)
{
	char path[128], fresh[160];
	size_t len = strlen(json);
	int fd, ret = 0;

	file_name(path, domid, uuid);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	mkdir(USERDATA_DIR, 0755); /* may be there */
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		return failed(axl, path, errno);
	}
	if (write(fd, json, len) != (ssize_t)len) {
		ret = failed(axl, path, ENOSPC);
	}
	close(fd);
	if (!ret && rename(fresh, path)) {
		ret = failed(axl, path, errno);
	}
	if (ret) {
		unlink(fresh);
	}
	return ret;
}

int userdata_write(struct axl *axl, xen_domid_t domid, const struct domain_config *cfg)
{
	char *json = userdata_json(cfg);
	char path[128];
	int ret;

	remove_all(domid);
	file_name(path, domid, cfg->uuid);
	ret = json ? userdata_replace(axl, domid, cfg->uuid, json) : failed(axl, path, ENOMEM);
	free(json);
	return ret;
}

static void lock_name(char path[128], xen_domid_t domid, const uint8_t uuid[16])
{
	char text[37];

	config_uuid_format(uuid, text);
	snprintf(path, 128, USERDATA_DIR "/userdata-l.%u.%s.domain-userdata-lock", domid, text);
}

int userdata_lock(xen_domid_t domid, const uint8_t uuid[16])
{
	struct stat ours, there;
	char path[128];
	int fd;

	lock_name(path, domid, uuid);
	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0) {
			return -1;
		}
		while (flock(fd, LOCK_EX) < 0) {
			if (errno != EINTR) {
				close(fd);
				return -1;
			}
		}
		/* who had it before us has removed it */
		if (!fstat(fd, &ours) && !stat(path, &there) && ours.st_ino == there.st_ino &&
		    ours.st_dev == there.st_dev) {
			return fd;
		}
		close(fd);
	}
}

void userdata_unlock(int lock, xen_domid_t domid, const uint8_t uuid[16])
{
	char path[128];

	if (lock >= 0) {
		lock_name(path, domid, uuid);
		unlink(path);
		close(lock);
	}
}

static char *read_file(const char *path)
{
	char *text = NULL;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		return NULL;
	}
	if (!fstat(fd, &st) && st.st_size <= CONFIG_BYTES_MAX) {
		text = malloc((size_t)st.st_size + 1);
	}
	if (text) {
		ssize_t n = read(fd, text, (size_t)st.st_size);

		text[n > 0 ? n : 0] = '\0';
	}
	close(fd);
	return text;
}

char *userdata_text(xen_domid_t domid, const uint8_t uuid[16])
{
	char path[128];

	file_name(path, domid, uuid);
	return read_file(path);
}

char *userdata_present(struct axl *axl, xen_domid_t domid, const uint8_t uuid[16])
{
	struct kept_edit edit = {.axl = axl, .domid = domid};
	char *text = userdata_text(domid, uuid);
	char *name = axl->store
			     ? store_readf(axl->store, STORE_NO_TX, "/local/domain/%u/name", domid)
			     : NULL;
	char *present = text && name ? kept_edited(text, &edit) : NULL;

	free(name);
	if (present) {
		free(text);
	}
	return present ? present : text;
}

uint64_t userdata_online(struct axl *axl, xen_domid_t domid, uint32_t max_vcpus)
{
	uint64_t online = 0;

	for (uint32_t i = 0; axl->store && i < max_vcpus && i < 64; i++) {
		char *word = store_readf(axl->store, STORE_NO_TX,
					 "/local/domain/%u/cpu/%u/availability", domid, i);

		online |= (uint64_t)(word && !strcmp(word, "online")) << i;
		free(word);
	}
	return online;
}

/* What may have changed since it was kept. */
static void refresh(struct axl *axl, xen_domid_t domid, struct domain_config *cfg)
{
	char *target =
		store_readf(axl->store, STORE_NO_TX, "/local/domain/%u/memory/target", domid);
	char *max =
		store_readf(axl->store, STORE_NO_TX, "/local/domain/%u/memory/static-max", domid);
	uint64_t online = userdata_online(axl, domid, cfg->maxvcpus);
	char name[DOMAIN_NAME_MAX];

	domain_name(axl, domid, name);
	if (online) {
		cfg->vcpus = (uint32_t)__builtin_popcountll(online);
	}
	free(cfg->name);
	cfg->name = strdup(name);
	if (target && strtoull(target, NULL, 10)) {
		cfg->memory_kib = strtoull(target, NULL, 10);
	}
	if (max && strtoull(max, NULL, 10) >= cfg->memory_kib) {
		cfg->maxmem_kib = strtoull(max, NULL, 10);
	}
	free(target);
	free(max);
}

static int read_config(struct axl *axl, xen_domid_t domid, bool present, struct domain_config **cfg)
{
	struct xen_domctl_getdomaininfo info;
	struct config_diags diags = {0};
	char path[128];
	char *json;
	int ret = ctl_domain_info(axl->ctl, domid, &info);

	*cfg = NULL;
	if (ret) {
		return failed(axl, "the configuration", -ret);
	}
	file_name(path, domid, info.handle);
	json = present ? userdata_present(axl, domid, info.handle) : read_file(path);
	ret = json ? config_parse_libxl(path, json, NULL, 0, cfg, &diags) : -ENOENT;
	free(json);
	if (!ret) {
		refresh(axl, domid, *cfg);
	} else {
		ctl_error_set(&axl->err, "no-config", "cannot read the configuration of domain %u",
			      domid);
		ctl_error_cause(&axl->err, "%s %s", path,
				ret == -ENOENT ? "is not there: it was created by other tools"
				: diags.count  ? diags.list[0].what
					       : "has mistakes");
		ctl_error_hint(&axl->err, "name its configuration file as the last argument");
	}
	config_diags_free(&diags);
	return ret;
}

int userdata_read(struct axl *axl, xen_domid_t domid, struct domain_config **cfg)
{
	return read_config(axl, domid, true, cfg);
}

int userdata_read_next(struct axl *axl, xen_domid_t domid, struct domain_config **cfg)
{
	return read_config(axl, domid, false, cfg);
}

void userdata_remove(struct axl *axl, xen_domid_t domid)
{
	(void)axl;
	remove_all(domid);
}
