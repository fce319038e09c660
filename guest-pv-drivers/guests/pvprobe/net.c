/* SPDX-License-Identifier: MIT */
/* pvprobe's network: ARP and ICMP echo, answered in place (RFC 826, 791, 792). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netfront/netfront.h"
#include "probe.h"

#define ETHERTYPE_IP 0x0800
#define ETHERTYPE_ARP 0x0806
#define ARP_REQUEST 1
#define ARP_REPLY 2
#define IP_ICMP 1
#define ICMP_ECHO 8
#define ICMP_ECHOREPLY 0

struct ethernet {
	uint8_t to[6];
	uint8_t from[6];
	uint8_t type[2];
} __attribute__((packed));

struct arp {
	struct ethernet eth;
	uint8_t hardware[2];
	uint8_t protocol[2];
	uint8_t hardware_length;
	uint8_t protocol_length;
	uint8_t operation[2];
	uint8_t sender_mac[6];
	uint8_t sender_ip[4];
	uint8_t target_mac[6];
	uint8_t target_ip[4];
} __attribute__((packed));

struct ip {
	struct ethernet eth;
	uint8_t version_length;
	uint8_t tos;
	uint8_t total[2];
	uint8_t id[2];
	uint8_t fragment[2];
	uint8_t ttl;
	uint8_t protocol;
	uint8_t checksum[2];
	uint8_t from[4];
	uint8_t to[4];
} __attribute__((packed));

static struct netfront nic;
static bool is_up;
static uint8_t own_ip[4];
static uint64_t echo_count;

static unsigned int get16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned int value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* One's complement sum of RFC 1071 over length bytes, complemented. */
static unsigned int checksum(const uint8_t *p, unsigned int length)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i + 1 < length; i += 2) {
		sum += get16(p + i);
	}
	if (length & 1) {
		sum += (uint32_t)p[length - 1] << 8;
	}
	while (sum >> 16) {
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return ~sum & 0xffff;
}

static void ethernet_turn(struct ethernet *eth)
{
	memcpy(eth->to, eth->from, 6);
	memcpy(eth->from, nic.mac, 6);
}

static void arp_answer(const uint8_t *packet, uint32_t length)
{
	struct arp a;

	if (length < sizeof(a)) {
		return;
	}
	memcpy(&a, packet, sizeof(a));
	if (get16(a.operation) != ARP_REQUEST || get16(a.protocol) != ETHERTYPE_IP ||
	    memcmp(a.target_ip, own_ip, 4) != 0) {
		return;
	}
	ethernet_turn(&a.eth);
	put16(a.operation, ARP_REPLY);
	memcpy(a.target_mac, a.sender_mac, 6);
	memcpy(a.target_ip, a.sender_ip, 4);
	memcpy(a.sender_mac, nic.mac, 6);
	memcpy(a.sender_ip, own_ip, 4);
	netfront_send(&nic, &a, sizeof(a));
}

static void echo_answer(const uint8_t *packet, uint32_t length)
{
	static uint8_t reply[NETFRONT_MAX_PACKET];
	struct ip *ip = (struct ip *)reply;
	uint8_t *icmp = reply + sizeof(*ip);
	unsigned int total;

	if (length < sizeof(*ip) + 8 || length > sizeof(reply)) {
		return;
	}
	memcpy(reply, packet, length);
	total = get16(ip->total);
	if (ip->version_length != 0x45 || ip->protocol != IP_ICMP ||
	    memcmp(ip->to, own_ip, 4) != 0 || (get16(ip->fragment) & 0x3fff) != 0 || total < 28 ||
	    total > length - sizeof(ip->eth) || icmp[0] != ICMP_ECHO) {
		return;
	}
	ethernet_turn(&ip->eth);
	memcpy(ip->to, ip->from, 4);
	memcpy(ip->from, own_ip, 4);
	ip->ttl = 64;
	put16(ip->checksum, 0);
	put16(ip->checksum, checksum(&ip->version_length, 20));
	icmp[0] = ICMP_ECHOREPLY;
	put16(icmp + 2, 0);
	put16(icmp + 2, checksum(icmp, total - 20));
	netfront_send(&nic, reply, (uint32_t)sizeof(ip->eth) + total);
	echo_count++;
}

static void received(void *arg, const uint8_t *packet, uint32_t length)
{
	const struct ethernet *eth = (const struct ethernet *)packet;

	(void)arg;
	if (length < sizeof(*eth)) {
		return;
	}
	switch (get16(eth->type)) {
	case ETHERTYPE_ARP:
		arp_answer(packet, length);
		break;
	case ETHERTYPE_IP:
		echo_answer(packet, length);
		break;
	}
}

/* A gratuitous ARP, so that bridges learn where we are. */
static void announce(void)
{
	struct arp a = {
		.eth = {.to = {255, 255, 255, 255, 255, 255}},
		.hardware_length = 6,
		.protocol_length = 4,
	};

	memcpy(a.eth.from, nic.mac, 6);
	put16(a.eth.type, ETHERTYPE_ARP);
	put16(a.hardware, 1);
	put16(a.protocol, ETHERTYPE_IP);
	put16(a.operation, ARP_REQUEST);
	memcpy(a.sender_mac, nic.mac, 6);
	memcpy(a.sender_ip, own_ip, 4);
	memcpy(a.target_ip, own_ip, 4);
	netfront_send(&nic, &a, sizeof(a));
}

bool net_start(const char *address)
{
	int rc;

	for (unsigned int i = 0; i < 4; i++) {
		char *end;

		own_ip[i] = (uint8_t)strtoul(address, &end, 10);
		if (end == address || *end != (i < 3 ? '.' : '\0')) {
			probe_report("net FAILED: not an address: %s", address);
			return false;
		}
		address = end + 1;
	}
	rc = netfront_open(&nic, 0, PROBE_TIMEOUT);
	if (rc != 0) {
		probe_report("net FAILED: device 0: error %d", -rc);
		return false;
	}
	is_up = true;
	announce();
	probe_report("net up, %u.%u.%u.%u at %02x:%02x:%02x:%02x:%02x:%02x", own_ip[0], own_ip[1],
		     own_ip[2], own_ip[3], nic.mac[0], nic.mac[1], nic.mac[2], nic.mac[3],
		     nic.mac[4], nic.mac[5]);
	return true;
}

bool net_serve(void)
{
	if (is_up && netfront_poll(&nic, received, NULL) != 0) {
		probe_report("net FAILED: the back broke the protocol");
		is_up = false;
		return false;
	}
	return true;
}

void net_stop(void)
{
	if (is_up) {
		is_up = false;
		probe_report("net %lu received, %lu sent, %lu echoes, %lu dropped", nic.received,
			     nic.sent, echo_count, nic.dropped);
	}
}
