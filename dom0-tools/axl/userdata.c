/* SPDX-License-Identifier: MIT */
/* Configurations of running domains, in libxl's place. */
#include "userdata.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yajl/yajl_gen.h>

#include "domains.h"

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

int userdata_write(struct axl *axl, xen_domid_t domid, const struct domain_config *cfg)
{
	char path[128], fresh[160];
	char *json = userdata_json(cfg);
	int fd, ret = 0;

	remove_all(domid);
	file_name(path, domid, cfg->uuid);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	mkdir(USERDATA_DIR, 0755); /* may be there */
	fd = json ? open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	if (fd < 0) {
		ret = failed(axl, path, json ? errno : ENOMEM);
	} else {
		if (write(fd, json, strlen(json)) != (ssize_t)strlen(json)) {
			ret = failed(axl, path, ENOSPC);
		}
		close(fd);
		if (!ret && rename(fresh, path)) {
			ret = failed(axl, path, errno);
		}
		if (ret) {
			unlink(fresh);
		}
	}
	free(json);
	return ret;
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

/* What may have changed since it was kept. */
static void refresh(struct axl *axl, xen_domid_t domid, struct domain_config *cfg)
{
	char *target =
		store_readf(axl->store, STORE_NO_TX, "/local/domain/%u/memory/target", domid);
	char *max =
		store_readf(axl->store, STORE_NO_TX, "/local/domain/%u/memory/static-max", domid);
	char name[DOMAIN_NAME_MAX];

	domain_name(axl, domid, name);
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

int userdata_read(struct axl *axl, xen_domid_t domid, struct domain_config **cfg)
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
	json = read_file(path);
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

void userdata_remove(struct axl *axl, xen_domid_t domid)
{
	(void)axl;
	remove_all(domid);
}
