/* SPDX-License-Identifier: MIT */
/* The small languages inside a vif: ip= and vlan=. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#define MAX_VLAN 4094

int config_ip_next(const char **list, struct config_ip *ip)
{
	const char *text = *list + strspn(*list, " \t");
	size_t length = strcspn(text, " \t");
	char copy[64], *slash;
	unsigned long prefix, limit;

	if (!length) {
		return 0;
	}
	*list = text + length;
	if (length >= sizeof(copy)) {
		return -EINVAL;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	slash = strchr(copy, '/');
	if (slash) {
		*slash++ = '\0';
	}
	*ip = (struct config_ip){.v6 = strchr(copy, ':') != NULL};
	if (inet_pton(ip->v6 ? AF_INET6 : AF_INET, copy, ip->addr) != 1) {
		return -EINVAL;
	}
	limit = ip->v6 ? 128 : 32;
	prefix = limit;
	if (slash) {
		char *end;

		prefix = strtoul(slash, &end, 10);
		if (*slash < '0' || *slash > '9' || *end || prefix > limit) {
			return -EINVAL;
		}
	}
	ip->prefix = (uint8_t)prefix;
	return 1;
}

/* A number 1 to `max` at *text, which moves behind it; 0 if there is none. */
static unsigned int take_number(const char **text, unsigned int max)
{
	unsigned int number = 0;

	while (**text >= '0' && **text <= '9' && number <= max) {
		number = number * 10 + (unsigned int)(*(*text)++ - '0');
	}
	return number <= max ? number : 0;
}

/* `count` VLANs from `first` on, `step` apart. */
static bool add_tagged(struct config_vlans *vlans, unsigned int first, unsigned int step,
		       unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		unsigned int vid = first + i * step;

		if (vid > MAX_VLAN) {
			return false;
		}
		vlans->tagged[vid / 64] |= 1ULL << (vid % 64);
	}
	return true;
}

/* VID, VIDp, VID-VID or VID+STEPxCOUNT; *text moves behind it. */
static bool read_term(const char **text, struct config_vlans *vlans)
{
	unsigned int first = take_number(text, MAX_VLAN);
	unsigned int second, count;

	if (!first) {
		return false;
	}
	switch (**text) {
	case 'p':
		(*text)++;
		if (vlans->pvid) {
			return false;
		}
		vlans->pvid = (uint16_t)first;
		return true;
	case '-':
		(*text)++;
		second = take_number(text, MAX_VLAN);
		return second >= first && add_tagged(vlans, first, 1, second - first + 1);
	case '+':
		(*text)++;
		second = take_number(text, MAX_VLAN);
		if (!second || **text != 'x') {
			return false;
		}
		(*text)++;
		count = take_number(text, MAX_VLAN);
		return count && add_tagged(vlans, first, second, count);
	default:
		return add_tagged(vlans, first, 1, 1);
	}
}

bool config_vlan_parse(const char *text, struct config_vlans *vlans)
{
	*vlans = (struct config_vlans){0};
	for (;;) {
		if (!read_term(&text, vlans)) {
			return false;
		}
		if (!*text) {
			break;
		}
		if (*text++ != '/') {
			return false;
		}
	}
	if (vlans->pvid) {
		vlans->tagged[vlans->pvid / 64] &= ~(1ULL << (vlans->pvid % 64));
	}
	return true;
}
