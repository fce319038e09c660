/* SPDX-License-Identifier: MIT */
/* Rules of the packet filter (nf_tables) for a guest's interface. */
#ifndef DOM0_TOOLS_DEVICES_NFT_H
#define DOM0_TOOLS_DEVICES_NFT_H

#include "../config/config.h"
#include "../libctl/error.h"

/*
 * Lets in from this interface only frames that have the MAC and the addresses of the list
 * (config_ip_next()): IPv4, IPv6, ARP and neighbour discovery; beside these asking for an address
 * by DHCP, and looking whether it is free. Everything else is dropped and counted. The rules stand
 * in the table `netdev argon`, in a chain named like the interface and hooked to it, so they hold
 * whether it is bridged or routed, and the kernel removes them together with it. Replaces older
 * rules of the interface.
 */
int nft_guard(const char *ifname, const uint8_t mac[6], const char *ips, struct ctl_error *err);

/* Removes them; 0 also if there are none. */
int nft_unguard(const char *ifname, struct ctl_error *err);

/* Frames dropped so far; -ENOENT if the interface is not guarded. */
int nft_dropped(const char *ifname, uint64_t *frames);

/*
 * Gives packets from the guest's IPv4 addresses that leave by `out` this host's address there:
 * table `ip argon`, a chain named like the interface. nft_unmasquerade() takes it away,
 * nft_sweep() those of interfaces that are gone.
 */
int nft_masquerade(const char *ifname, const char *ips, const char *out, struct ctl_error *err);
int nft_unmasquerade(const char *ifname, struct ctl_error *err);
void nft_sweep(void);

/* How many chains of ours are called so: 0 to 2, or -errno. */
int nft_chains(const char *ifname);

#endif
