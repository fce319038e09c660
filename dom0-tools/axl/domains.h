/* SPDX-License-Identifier: MIT */
/* Domains as users know them: by name. */
#ifndef DOM0_TOOLS_AXL_DOMAINS_H
#define DOM0_TOOLS_AXL_DOMAINS_H

#include "../libctl/domctl.h"
#include "axl.h"

#define DOMAIN_NAME_MAX 256

struct domain {
	struct xen_domctl_getdomaininfo info;
	char name[DOMAIN_NAME_MAX]; /* "(null)" if xenstore has none */
};

/* Name of a domain, without asking whether it exists. */
void domain_name(struct axl *axl, xen_domid_t domid, char name[DOMAIN_NAME_MAX]);

/* All domains, or those that argv names; malloc'ed. Returns their number, or -errno with
 * axl->err "no-such-domain". */
int domains_get(struct axl *axl, int argc, char **argv, struct domain **list);

/* Those that a verb without options is to list: its arguments, one at least. Asks for both
 * connections. As domains_get(). */
int domains_listed(struct axl *axl, int argc, char **argv, struct domain **list);

/* The domain that `text`, a name or an id, means. 0, or -errno with axl->err. */
int domain_find(struct axl *axl, const char *text, struct domain *domain);

/* Id of the domain with exactly this name; -ESRCH, without axl->err. */
int domain_by_name(struct axl *axl, const char *name, xen_domid_t *domid);

/*
 * The same as the transaction `tx` sees it, leaving domain `but` out (DOMID_INVALID: none). Costs
 * a read for each domain there is: the one search of its kind that a creation makes.
 */
int domain_by_name_in(struct axl *axl, uint32_t tx, const char *name, xen_domid_t but,
		      xen_domid_t *domid);

/* Fails with "name-in-use": domain `other` has it. */
int domains_name_error(struct axl *axl, const char *name, xen_domid_t other);

/* Fails with "too-little-memory": needed, free, and who holds how much. */
int domains_memory_error(struct axl *axl, uint64_t needed_kib);

/* "r", "b", "p", "s", "c", "d" at their places, '-' elsewhere. */
void domain_state(const struct xen_domctl_getdomaininfo *info, char state[7]);

static inline unsigned int domain_shutdown_code(const struct xen_domctl_getdomaininfo *info)
{
	return (info->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
}

/* "poweroff", "reboot", … */
const char *domain_shutdown_name(unsigned int code);

#endif
