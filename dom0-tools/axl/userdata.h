/* SPDX-License-Identifier: MIT */
/*
 * The configuration of a running domain, kept in the file and the words that libxl uses, so that
 * Debian's tools and ours find each other's.
 */
#ifndef DOM0_TOOLS_AXL_USERDATA_H
#define DOM0_TOOLS_AXL_USERDATA_H

#include "../config/config.h"
#include "axl.h"
#include "xen/types.h"

/* libxl's folder, name and format. */
#ifndef USERDATA_DIR
#define USERDATA_DIR "/var/lib/xen"
#endif

/* Format of the node that is there once the configuration was replaced while the domain runs. */
#define USERDATA_UPDATED "/libxl/%u/config-updated"

/* Keeps it; replaces what was there. */
int userdata_write(struct axl *axl, xen_domid_t domid, const struct domain_config *cfg);

/*
 * Reads it; name, memory, vCPUs and devices are as they are now. *cfg is for config_free().
 * "no-config": nobody kept one.
 */
int userdata_read(struct axl *axl, xen_domid_t domid, struct domain_config **cfg);

/* The same with its devices as they were kept: of a configuration for the next start. */
int userdata_read_next(struct axl *axl, xen_domid_t domid, struct domain_config **cfg);

/* Puts JSON in its place. */
int userdata_replace(struct axl *axl, xen_domid_t domid, const uint8_t uuid[16], const char *json);

/* libxl's lock on it, for who reads, changes and replaces; -1 if there can be none. */
int userdata_lock(xen_domid_t domid, const uint8_t uuid[16]);
void userdata_unlock(int lock, xen_domid_t domid, const uint8_t uuid[16]);

/* Bit i: vCPU i is to be online. */
uint64_t userdata_online(struct axl *axl, xen_domid_t domid, uint32_t max_vcpus);

/* The JSON that is kept of a running domain, as it is, for free(); NULL: there is none. */
char *userdata_text(xen_domid_t domid, const uint8_t uuid[16]);

/* The JSON that is kept, less the devices that xenstore no longer has; for free(), or NULL. */
char *userdata_present(struct axl *axl, xen_domid_t domid, const uint8_t uuid[16]);

/* Forgets it; nothing there is no error. */
void userdata_remove(struct axl *axl, xen_domid_t domid);

/* The JSON itself, for free(); NULL when memory ran out. */
char *userdata_json(const struct domain_config *cfg);

#endif
