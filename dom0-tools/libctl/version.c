/* SPDX-License-Identifier: MIT */
/* xen_version calls. */
#include "version.h"

#include <stdio.h>
#include <string.h>

#include "hypfs.h"
#include "xen/hypercall.h"
#include "xen/version.h"

static long version_call(struct ctl *ctl, unsigned int cmd, void *arg)
{
	const uint64_t args[5] = {cmd, (uintptr_t)arg};

	return ctl_hypercall(ctl, __HYPERVISOR_xen_version, args);
}

/* Copies a field of fixed width that may lack its NUL. */
static void text_copy(char *to, size_t to_size, const char *from, size_t from_size)
{
	size_t len = strnlen(from, from_size < to_size ? from_size : to_size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

static void version_text(struct ctl *ctl, unsigned int cmd, char *to, size_t size)
{
	char *page = ctl_arg_page(ctl);

	memset(page, 0, XEN_PAGE_SIZE);
	if (version_call(ctl, cmd, page) >= 0) {
		text_copy(to, size, page, size);
	}
}

static void version_build_id(struct ctl *ctl, char *hex, size_t size)
{
	struct xen_build_id *id = ctl_arg_page(ctl);
	const uint8_t *bytes = (const uint8_t *)(id + 1);
	long len;

	memset(id, 0, XEN_PAGE_SIZE);
	id->len = XEN_PAGE_SIZE - sizeof(*id);
	len = version_call(ctl, XENVER_build_id, id);
	for (long i = 0; i < len && (size_t)(2 * i + 3) <= size; i++) {
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	}
}

int ctl_version(struct ctl *ctl, struct ctl_version *version)
{
	long number = version_call(ctl, XENVER_version, NULL);
	struct xen_platform_parameters *platform = ctl_arg_page(ctl);
	struct xen_compile_info *compile = ctl_arg_page(ctl);
	long page_size;

	memset(version, 0, sizeof(*version));
	if (number < 0) {
		return (int)number;
	}
	version->major = (unsigned int)number >> 16;
	version->minor = (unsigned int)number & 0xffff;
	version_text(ctl, XENVER_extraversion, version->extra, sizeof(version->extra));
	version_text(ctl, XENVER_capabilities, version->capabilities,
		     sizeof(version->capabilities));
	version_text(ctl, XENVER_changeset, version->changeset, sizeof(version->changeset));
	version_text(ctl, XENVER_commandline, version->command_line, sizeof(version->command_line));
	memset(compile, 0, sizeof(*compile));
	if (version_call(ctl, XENVER_compile_info, compile) >= 0) {
		text_copy(version->compiler, sizeof(version->compiler), compile->compiler,
			  sizeof(compile->compiler));
		text_copy(version->compile_by, sizeof(version->compile_by), compile->compile_by,
			  sizeof(compile->compile_by));
		text_copy(version->compile_domain, sizeof(version->compile_domain),
			  compile->compile_domain, sizeof(compile->compile_domain));
		text_copy(version->compile_date, sizeof(version->compile_date),
			  compile->compile_date, sizeof(compile->compile_date));
	}
	if (version_call(ctl, XENVER_platform_parameters, platform) >= 0) {
		version->virt_start = platform->virt_start;
	}
	page_size = version_call(ctl, XENVER_pagesize, NULL);
	version->page_size = page_size > 0 ? (unsigned int)page_size : XEN_PAGE_SIZE;
	ctl_hypfs_read(ctl, "/cpu-bugs/mitigations", version->mitigations,
		       sizeof(version->mitigations));
	version_build_id(ctl, version->build_id, sizeof(version->build_id));
	return 0;
}
