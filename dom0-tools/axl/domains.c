/* SPDX-License-Identifier: MIT */
/* Finding domains by name or id, and saying who has the memory. */
#include "domains.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libctl/sysctl.h"
#include "xen/sched.h"

void domain_name(struct axl *axl, xen_domid_t domid, char name[DOMAIN_NAME_MAX])
{
	char *value = axl->store
			      ? store_readf(axl->store, STORE_NO_TX, "/local/domain/%u/name", domid)
			      : NULL;

	snprintf(name, DOMAIN_NAME_MAX, "%s", value ? value : domid ? "(null)" : "Domain-0");
	free(value);
	for (unsigned char *c = (unsigned char *)name; *c; c++) {
		if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) {
			*c = c[1] = '?';
		}
		*c = iscntrl(*c) ? '?' : *c;
	}
}

static int get_all(struct axl *axl, struct domain **list)
{
	struct xen_domctl_getdomaininfo *infos;
	int count = ctl_domain_list_all(axl->ctl, &infos);

	if (count < 0) {
		ctl_error_set(&axl->err, "hypercall-failed", "cannot list the domains");
		ctl_error_errno(&axl->err, count);
		return count;
	}
	*list = calloc((size_t)count + 1, sizeof(**list));
	for (int i = 0; *list && i < count; i++) {
		(*list)[i].info = infos[i];
		domain_name(axl, infos[i].domain, (*list)[i].name);
	}
	free(infos);
	if (!*list) {
		ctl_error_set(&axl->err, "no-memory", "out of memory");
		return -ENOMEM;
	}
	return count;
}

int domains_get(struct axl *axl, int argc, char **argv, struct domain **list)
{
	if (!argc) {
		return get_all(axl, list);
	}
	*list = calloc((size_t)argc, sizeof(**list));
	if (!*list) {
		ctl_error_set(&axl->err, "no-memory", "out of memory");
		return -ENOMEM;
	}
	for (int i = 0; i < argc; i++) {
		int ret = domain_find(axl, argv[i], &(*list)[i]);

		if (ret) {
			free(*list);
			return ret;
		}
	}
	return argc;
}

int domains_listed(struct axl *axl, int argc, char **argv, struct domain **list)
{
	int ret;

	if (argc < 2) {
		return axl_usage(axl, "no domain given");
	}
	ret = axl_need(axl);
	return ret ? ret : domains_get(axl, argc - 1, argv + 1, list);
}

int domain_by_name_in(struct axl *axl, uint32_t tx, const char *name, xen_domid_t but,
		      xen_domid_t *domid)
{
	char **ids, **names, *end;
	size_t count = 0;
	int ret = -ESRCH;

	ids = store_directory(axl->store, tx, "/local/domain", &count);
	names = ids ? store_read_each(axl->store, tx, "/local/domain", ids, count, "name") : NULL;
	if (!names && errno && errno != ENOENT) {
		ret = -errno;
	}
	for (size_t i = 0; names && ret && i < count; i++) {
		unsigned long id = strtoul(ids[i], &end, 10);
		const char *this = names[i] ? names[i] : id ? "(null)" : "Domain-0";
		struct xen_domctl_getdomaininfo info;

		/* A record without a domain is a leftover. */
		if (!*end && id < DOMID_FIRST_RESERVED && id != but && !strcmp(this, name) &&
		    !ctl_domain_info(axl->ctl, (xen_domid_t)id, &info)) {
			*domid = (xen_domid_t)id;
			ret = 0;
		}
	}
	store_free_each(names, count);
	free(ids);
	return ret;
}

int domain_by_name(struct axl *axl, const char *name, xen_domid_t *domid)
{
	return domain_by_name_in(axl, STORE_NO_TX, name, DOMID_INVALID, domid) ? -ESRCH : 0;
}

int domains_name_error(struct axl *axl, const char *name, xen_domid_t other)
{
	ctl_error_set(&axl->err, "name-in-use", "there is a domain named \"%s\" already: %u", name,
		      other);
	ctl_error_number(&axl->err, "domid", other);
	ctl_error_hint(&axl->err, "choose another name, or axl destroy %s", name);
	return -EEXIST;
}

int domain_find(struct axl *axl, const char *text, struct domain *domain)
{
	xen_domid_t domid = 0;
	char *end;
	unsigned long id = strtoul(text, &end, 10);
	int ret;

	if (isdigit((unsigned char)text[0]) && !*end) {
		domid = (xen_domid_t)id;
		ret = id < DOMID_FIRST_RESERVED ? 0 : -ESRCH;
	} else {
		ret = domain_by_name(axl, text, &domid);
		if (ret && !strcmp(text, "Domain-0")) {
			ret = 0;
		}
	}
	if (!ret) {
		ret = ctl_domain_info(axl->ctl, domid, &domain->info);
	}
	if (ret) {
		ctl_error_set(&axl->err, "no-such-domain", "no domain \"%s\"", text);
		if (ret != -ESRCH) {
			ctl_error_errno(&axl->err, ret);
		}
		ctl_error_hint(&axl->err,
			       "axl list shows those there are; axl why %s what became of "
			       "one that was",
			       text);
		return ret;
	}
	domain_name(axl, domid, domain->name);
	if (!axl->subject.name[0]) {
		axl_subject(axl, domain->name, domid);
	}
	return 0;
}

static int more_pages(const void *a, const void *b)
{
	const struct domain *x = a, *y = b;

	return (x->info.tot_pages < y->info.tot_pages) - (x->info.tot_pages > y->info.tot_pages);
}

int domains_memory_error(struct axl *axl, uint64_t needed_kib)
{
	struct xen_sysctl_physinfo machine = {.nr_cpus = 0};
	struct ctl_error *err = &axl->err;
	struct domain *list = NULL;
	char cause[sizeof(err->cause)];
	uint64_t free_kib, claimed_kib;
	size_t used;
	int count;

	ctl_physinfo(axl->ctl, &machine);
	claimed_kib = machine.outstanding_pages * 4;
	free_kib = machine.free_pages * 4;
	count = get_all(axl, &list);
	ctl_error_set(err, "too-little-memory", "not enough free memory");
	used = (size_t)snprintf(cause, sizeof(cause), "%llu MiB needed, %llu MiB free",
				(unsigned long long)(needed_kib + 1023) / 1024,
				(unsigned long long)free_kib / 1024);
	if (claimed_kib && used < sizeof(cause)) {
		used += (size_t)snprintf(cause + used, sizeof(cause) - used,
					 " (%llu MiB of them promised to others)",
					 (unsigned long long)claimed_kib / 1024);
	}
	if (count > 0) {
		qsort(list, (size_t)count, sizeof(*list), more_pages);
	}
	for (int i = 0; i < count && used + 64 < sizeof(cause); i++) {
		used += (size_t)snprintf(cause + used, sizeof(cause) - used,
					 "%s %.32s has %llu MiB", i ? "," : ";", list[i].name,
					 (unsigned long long)list[i].info.tot_pages / 256);
	}
	ctl_error_cause(err, "%s", cause);
	ctl_error_number(err, "needed_kib", needed_kib);
	ctl_error_number(err, "free_kib", free_kib);
	ctl_error_number(err, "claimed_kib", claimed_kib);
	for (int i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "domain_%u_kib", list[i].info.domain);
		ctl_error_number(err, name, list[i].info.tot_pages * 4);
	}
	ctl_error_hint(err, "shut a guest down, or lower memory= to %llu or less",
		       (unsigned long long)(free_kib > claimed_kib + 4096
						    ? (free_kib - claimed_kib - 4096) / 1024
						    : 0));
	free(list);
	return -ENOMEM;
}

void domain_state(const struct xen_domctl_getdomaininfo *info, char state[7])
{
	bool down = info->flags & XEN_DOMINF_shutdown;

	state[0] = info->flags & XEN_DOMINF_running ? 'r' : '-';
	state[1] = info->flags & XEN_DOMINF_blocked ? 'b' : '-';
	state[2] = info->flags & XEN_DOMINF_paused ? 'p' : '-';
	state[3] = down ? 's' : '-';
	state[4] = down && domain_shutdown_code(info) == SHUTDOWN_crash ? 'c' : '-';
	state[5] = info->flags & XEN_DOMINF_dying ? 'd' : '-';
	state[6] = '\0';
}

const char *domain_shutdown_name(unsigned int code)
{
	static const char *const names[] = {
		[SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
		[SHUTDOWN_suspend] = "suspend",   [SHUTDOWN_crash] = "crash",
		[SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft_reset",
	};

	return code < sizeof(names) / sizeof(names[0]) && names[code] ? names[code] : "unknown";
}
