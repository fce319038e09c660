/* SPDX-License-Identifier: MIT */
/*
 * Sends one frame that says what it is told to say, for tests of what a guest may send:
 *   frames IFACE MAC ip4 SOURCE            UDP from there
 *   frames IFACE MAC ip6 SOURCE            ICMPv6 echo request from there
 *   frames IFACE MAC arp SENDER-MAC SENDER ARP reply
 *   frames IFACE MAC na|ns SOURCE TARGET   neighbour advertisement, solicitation
 *   frames IFACE MAC dhcp                  a question from 0.0.0.0
 *   frames IFACE MAC type NUMBER           some other protocol
 * MAC is the frame's sender. Checksums are of no packet filter's concern: zero.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct frame {
	uint8_t bytes[128];
	size_t used;
};

static void put(struct frame *frame, const void *data, size_t size)
{
	memcpy(frame->bytes + frame->used, data, size);
	frame->used += size;
}

static void put_mac(struct frame *frame, const char *text)
{
	uint8_t m[6];

	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &m[0], &m[1], &m[2], &m[3], &m[4],
		   &m[5]) != 6) {
		fprintf(stderr, "frames: %s is no MAC\n", text);
		exit(2);
	}
	put(frame, m, sizeof(m));
}

static void put_address(struct frame *frame, int family, const char *text)
{
	uint8_t address[16];

	if (inet_pton(family, text, address) != 1) {
		fprintf(stderr, "frames: %s is no address\n", text);
		exit(2);
	}
	put(frame, address, family == AF_INET ? 4 : 16);
}

static void put_type(struct frame *frame, uint16_t type)
{
	uint16_t value = htons(type);

	put(frame, &value, sizeof(value));
}

static void put_ip4(struct frame *frame, const char *source, uint16_t from, uint16_t to)
{
	struct ip ip = {
		.ip_v = 4,
		.ip_hl = 5,
		.ip_len = htons(sizeof(struct ip) + sizeof(struct udphdr)),
		.ip_ttl = 64,
		.ip_p = IPPROTO_UDP,
		.ip_dst.s_addr = INADDR_BROADCAST,
	};
	struct udphdr udp = {
		.uh_sport = htons(from),
		.uh_dport = htons(to),
		.uh_ulen = htons(sizeof(struct udphdr)),
	};

	put_type(frame, ETHERTYPE_IP);
	inet_pton(AF_INET, source, &ip.ip_src);
	put(frame, &ip, sizeof(ip));
	put(frame, &udp, sizeof(udp));
}

static void put_ip6(struct frame *frame, const char *source, uint16_t length)
{
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6U << 28),
		.ip6_plen = htons(length),
		.ip6_nxt = IPPROTO_ICMPV6,
		.ip6_hlim = 255,
	};

	put_type(frame, ETHERTYPE_IPV6);
	put(frame, &ip, offsetof(struct ip6_hdr, ip6_src));
	put_address(frame, AF_INET6, source);
	put_address(frame, AF_INET6, "ff02::1");
}

static void put_icmp6(struct frame *frame, uint8_t type)
{
	struct icmp6_hdr icmp = {.icmp6_type = type};

	put(frame, &icmp, sizeof(icmp));
}

static void put_neighbour(struct frame *frame, uint8_t type, char **args)
{
	put_ip6(frame, args[0], sizeof(struct nd_neighbor_advert));
	put_icmp6(frame, type);
	put_address(frame, AF_INET6, args[1]);
}

static void put_arp(struct frame *frame, char **args)
{
	static const uint8_t head[] = {0, 1, 8, 0, 6, 4, 0, 2}, target[10];

	put_type(frame, ETHERTYPE_ARP);
	put(frame, head, sizeof(head));
	put_mac(frame, args[0]);
	put_address(frame, AF_INET, args[1]);
	put(frame, target, sizeof(target));
}

static int make(struct frame *frame, const char *kind, char **args, int count)
{
	if (!strcmp(kind, "ip4") && count == 1) {
		put_ip4(frame, args[0], 1000, 1000);
	} else if (!strcmp(kind, "dhcp") && count == 0) {
		put_ip4(frame, "0.0.0.0", 68, 67);
	} else if (!strcmp(kind, "ip6") && count == 1) {
		put_ip6(frame, args[0], sizeof(struct icmp6_hdr));
		put_icmp6(frame, ICMP6_ECHO_REQUEST);
	} else if (!strcmp(kind, "na") && count == 2) {
		put_neighbour(frame, ND_NEIGHBOR_ADVERT, args);
	} else if (!strcmp(kind, "ns") && count == 2) {
		put_neighbour(frame, ND_NEIGHBOR_SOLICIT, args);
	} else if (!strcmp(kind, "arp") && count == 2) {
		put_arp(frame, args);
	} else if (!strcmp(kind, "type") && count == 1) {
		put_type(frame, (uint16_t)strtoul(args[0], NULL, 0));
	} else {
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_halen = ETH_ALEN};
	struct frame frame = {.used = 0};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	put_mac(&frame, "ff:ff:ff:ff:ff:ff");
	if (argc < 4) {
		fprintf(stderr, "frames IFACE MAC KIND ARGUMENTS\n");
		return 2;
	}
	put_mac(&frame, argv[2]);
	if (make(&frame, argv[3], argv + 4, argc - 4) < 0) {
		fprintf(stderr, "frames: %s is no kind, or wants other arguments\n", argv[3]);
		return 2;
	}
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	frame.used = frame.used < 60 ? 60 : frame.used;
	if (fd < 0 ||
	    sendto(fd, frame.bytes, frame.used, 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("frames");
		return 1;
	}
	return 0;
}
