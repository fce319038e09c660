/* SPDX-License-Identifier: MIT */
/* Anti-spoofing and address translation of guests' interfaces, by nf_tables. */
#include "nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "nft_batch.h"

#define TABLE "argon"
#define PRIORITY_NAT 100 /* NF_IP_PRI_NAT_SRC */
#define MLD2_REPORT 143  /* RFC 3810 */

/* Where things are in the headers. */
enum {
	ETH_SOURCE = 6,
	IP4_PROTOCOL = 9,
	IP4_SOURCE = 12,
	ARP_SENDER_MAC = 8,
	ARP_SENDER_IP = 14,
	IP6_SOURCE = 8,
	ND_TARGET = 8,
};

struct guard {
	struct nft_batch *batch;
	const uint8_t *mac;
};

static void match_protocol(struct nft_batch *batch, uint16_t ethertype)
{
	uint16_t value = htons(ethertype);

	nft_match_meta(batch, NFT_META_PROTOCOL, &value, sizeof(value));
}

static void match_icmp6(struct nft_batch *batch, uint8_t type)
{
	uint8_t protocol = IPPROTO_ICMPV6;

	match_protocol(batch, ETH_P_IPV6);
	nft_match_meta(batch, NFT_META_L4PROTO, &protocol, sizeof(protocol));
	nft_match(batch, NFT_BASE_TRANSPORT, 0, &type, sizeof(type));
}

static void end_rule(struct nft_batch *batch, bool accept)
{
	if (!accept) {
		nft_counter(batch);
	}
	nft_verdict(batch, accept);
	nft_rule_end(batch);
}

/* Frames of another station. */
static void drop_other_macs(const struct guard *guard)
{
	nft_rule_begin(guard->batch);
	nft_match_not(guard->batch, NFT_BASE_LINK, ETH_SOURCE, guard->mac, ETH_ALEN);
	end_rule(guard->batch, false);
}

static void accept_arp(const struct guard *guard, const uint8_t addr[4], unsigned int prefix)
{
	nft_rule_begin(guard->batch);
	match_protocol(guard->batch, ETH_P_ARP);
	nft_match(guard->batch, NFT_BASE_NETWORK, ARP_SENDER_MAC, guard->mac, ETH_ALEN);
	nft_match_prefix(guard->batch, NFT_BASE_NETWORK, ARP_SENDER_IP, addr, 4, prefix);
	end_rule(guard->batch, true);
}

static void accept_ip4(const struct guard *guard, const struct config_ip *ip)
{
	nft_rule_begin(guard->batch);
	match_protocol(guard->batch, ETH_P_IP);
	nft_match_prefix(guard->batch, NFT_BASE_NETWORK, IP4_SOURCE, ip->addr, 4, ip->prefix);
	end_rule(guard->batch, true);
	accept_arp(guard, ip->addr, ip->prefix);
}

/* From an address that is its own, and no advertisement of another's. */
static void accept_ip6(const struct guard *guard, const uint8_t addr[16], unsigned int prefix,
		       bool advertisement)
{
	nft_rule_begin(guard->batch);
	if (advertisement) {
		match_icmp6(guard->batch, ND_NEIGHBOR_ADVERT);
		nft_match_prefix(guard->batch, NFT_BASE_TRANSPORT, ND_TARGET, addr, 16, prefix);
	} else {
		match_protocol(guard->batch, ETH_P_IPV6);
	}
	nft_match_prefix(guard->batch, NFT_BASE_NETWORK, IP6_SOURCE, addr, 16, prefix);
	end_rule(guard->batch, true);
}

/* The address of the link that a station makes of its MAC. */
static void link_local(const uint8_t mac[6], uint8_t addr[16])
{
	memset(addr, 0, 16);
	addr[0] = 0xfe;
	addr[1] = 0x80;
	memcpy(addr + 8, mac, 3);
	addr[8] ^= 2;
	addr[11] = 0xff;
	addr[12] = 0xfe;
	memcpy(addr + 13, mac + 3, 3);
}

/* What a station without an address must ask. */
static void accept_questions(const struct guard *guard, bool v4, bool v6)
{
	static const uint8_t udp = IPPROTO_UDP, none[16], dhcp_ports[4] = {0, 68, 0, 67};
	static const uint8_t questions[] = {ND_NEIGHBOR_SOLICIT, ND_ROUTER_SOLICIT, MLD2_REPORT};

	if (v4) {
		nft_rule_begin(guard->batch);
		match_protocol(guard->batch, ETH_P_IP);
		nft_match(guard->batch, NFT_BASE_NETWORK, IP4_PROTOCOL, &udp, sizeof(udp));
		nft_match(guard->batch, NFT_BASE_NETWORK, IP4_SOURCE, none, 4);
		nft_match(guard->batch, NFT_BASE_TRANSPORT, 0, dhcp_ports, sizeof(dhcp_ports));
		end_rule(guard->batch, true);
		accept_arp(guard, none, 32);
	}
	for (size_t i = 0; v6 && i < sizeof(questions); i++) {
		nft_rule_begin(guard->batch);
		match_icmp6(guard->batch, questions[i]);
		nft_match(guard->batch, NFT_BASE_NETWORK, IP6_SOURCE, none, 16);
		end_rule(guard->batch, true);
	}
}

/* All addresses of the list, then those of IPv6 once more: advertisements first. */
static void accept_own(const struct guard *guard, const char *ips)
{
	bool v4 = false, v6 = false;
	struct config_ip ip;
	const char *list = ips;
	uint8_t local[16];

	link_local(guard->mac, local);
	while (config_ip_next(&list, &ip) > 0) {
		if (ip.v6) {
			accept_ip6(guard, ip.addr, ip.prefix, true);
			v6 = true;
		} else {
			accept_ip4(guard, &ip);
			v4 = true;
		}
	}
	if (v6) {
		accept_ip6(guard, local, 128, true);
		nft_rule_begin(guard->batch);
		match_icmp6(guard->batch, ND_NEIGHBOR_ADVERT);
		end_rule(guard->batch, false);
		accept_ip6(guard, local, 128, false);
	}
	for (list = ips; config_ip_next(&list, &ip) > 0;) {
		if (ip.v6) {
			accept_ip6(guard, ip.addr, ip.prefix, false);
		}
	}
	accept_questions(guard, v4, v6);
}

static int failed(int ret, const char *what, const char *ifname, const char *module,
		  struct ctl_error *err)
{
	if (ret < 0) {
		ctl_error_set(err, "packet-filter", "cannot %s %s", what, ifname);
		ctl_error_errno(err, ret);
		if (ret == -EPROTONOSUPPORT || ret == -EOPNOTSUPP || ret == -ENOENT ||
		    ret == -EINVAL) {
			ctl_error_hint(err, "the kernel needs nf_tables: modprobe %s", module);
		}
	}
	return ret;
}

static struct nft_batch *open_batch(uint8_t family, const char *chain)
{
	struct nft_batch *batch = calloc(1, sizeof(*batch));

	if (batch) {
		batch->family = family;
		batch->table = TABLE;
		batch->chain = chain;
	}
	return batch;
}

int nft_guard(const char *ifname, const uint8_t mac[6], const char *ips, struct ctl_error *err)
{
	struct nft_batch *batch = open_batch(NFPROTO_NETDEV, ifname);
	struct guard guard = {.batch = batch, .mac = mac};
	int ret = -ENOMEM;

	if (batch) {
		nft_add_table(batch);
		nft_add_chain(batch, NF_NETDEV_INGRESS, 0, "filter", ifname);
		nft_flush_chain(batch);
		drop_other_macs(&guard);
		accept_own(&guard, ips);
		nft_rule_begin(batch);
		end_rule(batch, false);
		ret = nft_send(batch);
	}
	free(batch);
	return failed(ret, "keep foreign addresses off", ifname, "nf_tables", err);
}

static int delete_chain(uint8_t family, const char *ifname)
{
	struct nft_batch *batch = open_batch(family, ifname);
	int ret = -ENOMEM;

	if (batch) {
		nft_flush_chain(batch);
		nft_delete_chain(batch);
		ret = nft_send(batch);
	}
	free(batch);
	/* no such table, no such chain, no packet filter at all */
	return ret == -ENOENT || ret == -EPROTONOSUPPORT || ret == -EOPNOTSUPP ? 0 : ret;
}

int nft_unguard(const char *ifname, struct ctl_error *err)
{
	return failed(delete_chain(NFPROTO_NETDEV, ifname), "remove the rules of", ifname,
		      "nf_tables", err);
}

int nft_masquerade(const char *ifname, const char *ips, const char *out, struct ctl_error *err)
{
	struct nft_batch *batch = open_batch(NFPROTO_IPV4, ifname);
	char name[IFNAMSIZ] = "";
	struct config_ip ip;
	int ret = -ENOMEM;

	memcpy(name, out, strnlen(out, sizeof(name) - 1));
	if (batch) {
		nft_add_table(batch);
		nft_add_chain(batch, NF_INET_POST_ROUTING, PRIORITY_NAT, "nat", NULL);
		nft_flush_chain(batch);
		while (config_ip_next(&ips, &ip) > 0) {
			if (!ip.v6) {
				nft_rule_begin(batch);
				nft_match_prefix(batch, NFT_BASE_NETWORK, IP4_SOURCE, ip.addr, 4,
						 32);
				nft_match_meta(batch, NFT_META_OIFNAME, name, sizeof(name));
				nft_masq(batch);
				nft_rule_end(batch);
			}
		}
		ret = nft_send(batch);
	}
	free(batch);
	return failed(ret, "translate the addresses of", ifname, "nft_chain_nat nft_masq", err);
}

int nft_unmasquerade(const char *ifname, struct ctl_error *err)
{
	return failed(delete_chain(NFPROTO_IPV4, ifname), "remove the rules of", ifname,
		      "nf_tables", err);
}

/* -- reading -- */

/* Asks for objects of the table and calls `each` for every one. */
static int dump(uint8_t family, uint8_t type, int table_attr, int chain_attr, const char *chain,
		int (*each)(struct nl_msg *msg, void *arg), void *arg)
{
	struct nfgenmsg header = {.nfgen_family = family, .version = NFNETLINK_V0};
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc();
	int ret = -ENOMEM;

	if (sock && msg && nl_connect(sock, NETLINK_NETFILTER) == 0 &&
	    nlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, NFNL_SUBSYS_NFTABLES << 8 | type, 0,
		      NLM_F_REQUEST | NLM_F_DUMP) &&
	    nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO) == 0) {
		nla_put_string(msg, table_attr, TABLE);
		if (chain) {
			nla_put_string(msg, chain_attr, chain);
		}
		nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, each, arg);
		ret = nl_send_auto(sock, msg) < 0 || nl_recvmsgs_default(sock) < 0 ? -EIO : 0;
	}
	nlmsg_free(msg);
	nl_socket_free(sock);
	return ret;
}

struct dropped {
	uint64_t frames;
	unsigned int rules;
};

static int add_counters(struct nl_msg *msg, void *arg)
{
	struct nlattr *list, *elem, *data, *packets;
	struct dropped *dropped = arg;
	int left;

	list = nlmsg_find_attr(nlmsg_hdr(msg), sizeof(struct nfgenmsg), NFTA_RULE_EXPRESSIONS);
	if (!list) {
		return NL_OK;
	}
	dropped->rules++;
	nla_for_each_nested(elem, list, left)
	{
		struct nlattr *name = nla_find(nla_data(elem), nla_len(elem), NFTA_EXPR_NAME);

		data = nla_find(nla_data(elem), nla_len(elem), NFTA_EXPR_DATA);
		if (!name || !data || nla_strcmp(name, "counter") != 0) {
			continue;
		}
		packets = nla_find(nla_data(data), nla_len(data), NFTA_COUNTER_PACKETS);
		if (packets && nla_len(packets) >= (int)sizeof(uint64_t)) {
			dropped->frames += be64toh(nla_get_u64(packets));
		}
	}
	return NL_OK;
}

int nft_dropped(const char *ifname, uint64_t *frames)
{
	struct dropped dropped = {0};
	int ret = dump(NFPROTO_NETDEV, NFT_MSG_GETRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN, ifname,
		       add_counters, &dropped);

	*frames = dropped.frames;
	return ret ? ret : dropped.rules ? 0 : -ENOENT;
}

struct named {
	const char *name;
	int count;
};

static int count_named(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct nlattr *table = nlmsg_find_attr(header, sizeof(struct nfgenmsg), NFTA_CHAIN_TABLE);
	struct nlattr *name = nlmsg_find_attr(header, sizeof(struct nfgenmsg), NFTA_CHAIN_NAME);
	struct named *named = arg;

	named->count += table && name && nla_strcmp(table, TABLE) == 0 &&
			nla_strcmp(name, named->name) == 0;
	return NL_OK;
}

int nft_chains(const char *ifname)
{
	static const uint8_t families[] = {NFPROTO_NETDEV, NFPROTO_IPV4};
	struct named named = {.name = ifname};
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < sizeof(families); i++) {
		ret = dump(families[i], NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE, 0, NULL, count_named,
			   &named);
	}
	return ret ? ret : named.count;
}

#define MAX_STALE 64

struct stale {
	char names[MAX_STALE][IFNAMSIZ];
	size_t count;
};

static int note_stale(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct nlattr *table = nlmsg_find_attr(header, sizeof(struct nfgenmsg), NFTA_CHAIN_TABLE);
	struct nlattr *name = nlmsg_find_attr(header, sizeof(struct nfgenmsg), NFTA_CHAIN_NAME);
	struct stale *stale = arg;

	if (table && name && nla_strcmp(table, TABLE) == 0 && stale->count < MAX_STALE &&
	    nla_len(name) <= IFNAMSIZ && if_nametoindex(nla_get_string(name)) == 0) {
		memcpy(stale->names[stale->count++], nla_data(name), (size_t)nla_len(name));
	}
	return NL_OK;
}

void nft_sweep(void)
{
	struct stale stale = {.count = 0};

	if (dump(NFPROTO_IPV4, NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE, 0, NULL, note_stale, &stale)) {
		return;
	}
	for (size_t i = 0; i < stale.count; i++) {
		stale.names[i][IFNAMSIZ - 1] = '\0';
		delete_chain(NFPROTO_IPV4, stale.names[i]);
	}
}
