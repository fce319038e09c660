/* SPDX-License-Identifier: MIT */
/* Introducing and releasing domains. */
#include "domain.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libdaemon/log.h"
#include "node.h"
#include "watch.h"

const char *domain_label(const struct stored *stored, uint16_t domid, char label[DOMAIN_LABEL])
{
	char path[64];
	const struct node *node;
	size_t len;

	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	node = node_find(stored, path);
	if (!node || !node->value_len) {
		snprintf(label, DOMAIN_LABEL, "domain %u", domid);
		return label;
	}
	len = node->value_len < 48 ? node->value_len : 48;
	snprintf(label, DOMAIN_LABEL, "domain %u (%.*s)", domid, (int)len, node->value);
	return label;
}

struct domain *domain_find(const struct stored *stored, uint16_t domid)
{
	struct domain *domain;

	TAILQ_FOREACH(domain, &stored->domains, link)
	{
		if (domain->domid == domid) {
			return domain;
		}
	}
	return NULL;
}

int domain_introduce(struct stored *stored, uint16_t domid, uint32_t port)
{
	struct domain *domain = domain_find(stored, domid);
	struct transport *transport;
	int ret;

	if (domain) {
		/* A resumed guest: a new event channel, the same ring and watches. */
		ret = stored->backend->ring_rebind(stored->backend->arg,
						   domain->connection->transport, port);
		if (!ret) {
			domain->port = port;
			domain->shutdown = false;
		}
	} else {
		domain = calloc(1, sizeof(*domain));
		if (!domain) {
			return -ENOMEM;
		}
		domain->domid = domid;
		domain->port = port;
		ret = stored->backend->ring_open(stored->backend->arg, domid, port, &transport);
		if (ret) {
			goto err_free;
		}
		domain->connection = connection_create(stored, transport, domid);
		if (!domain->connection) {
			ret = -ENOMEM;
			goto err_close;
		}
		TAILQ_INSERT_TAIL(&stored->domains, domain, link);
	}
	if (!ret) {
		watch_fire_special(stored, "@introduceDomain", &stored->introduce_perms, domid);
	}
	return ret;

err_close:
	transport->ops->close(transport);
err_free:
	free(domain);
	return ret;
}

void domain_forget(struct stored *stored, uint16_t domid)
{
	struct account *account;
	struct node *node;

	if (!domid) {
		return;
	}
	stored->died[domid] = ++stored->generation;
	account = account_hold(stored, domid);
	while (account && (node = LIST_FIRST(&account->owned))) {
		watch_fire_removal(stored, node, true);
		node_remove(stored, node);
	}
	if (account) {
		account_put(stored, account);
	}
}

int domain_release(struct stored *stored, uint16_t domid)
{
	struct domain *domain = domain_find(stored, domid);

	if (!domain) {
		return -ENOENT;
	}
	log_trace("domain %u released", domid);
	TAILQ_REMOVE(&stored->domains, domain, link);
	connection_destroy(domain->connection);
	free(domain);
	domain_forget(stored, domid);
	watch_fire_special(stored, "@releaseDomain", &stored->release_perms, domid);
	return 0;
}

void domain_update(struct stored *stored, struct domain *domain, const struct domain_state *now)
{
	if (!now->exists) {
		domain_release(stored, domain->domid);
	} else if (now->shutdown && !domain->shutdown) {
		domain->shutdown = true;
		watch_fire_special(stored, "@releaseDomain", &stored->release_perms, domain->domid);
	}
}

int domain_resume(struct stored *stored, uint16_t domid)
{
	struct domain *domain = domain_find(stored, domid);

	if (!domain) {
		return -ENOENT;
	}
	if (!domain->shutdown) {
		return -EINVAL;
	}
	domain->shutdown = false;
	return 0;
}

int domain_set_target(struct stored *stored, uint16_t domid, uint16_t target)
{
	struct domain *domain = domain_find(stored, domid);

	if (!domain || !domain_find(stored, target)) {
		return -ENOENT;
	}
	domain->connection->subject.target = target;
	return 0;
}
